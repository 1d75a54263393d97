//! Running programs and comparing what they print.

#![allow(dead_code, reason = "each suite uses a part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Longer than anything takes: who is not done by then hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// The folder of this package.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The Python programs in a folder, in order.
pub fn programs(folder: &str) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(root().join(folder))
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "py"))
        .collect();
    all.sort();
    assert!(!all.is_empty(), "{folder} has programs");
    all
}

/// The interpreter, with no other program within reach.
pub fn minipy(gil: bool) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_minipy"));
    command.env_clear().env("PATH", "").env("PYTHON_GIL", if gil { "1" } else { "0" });
    // A sanitizer's settings, if it runs under one.
    command.envs(std::env::var_os("ASAN_OPTIONS").map(|options| ("ASAN_OPTIONS", options)));
    command
}

/// Runs a command to its end.
///
/// # Panics
///
/// If it does not come to one.
pub fn run(command: &mut Command) -> Output {
    let dir = std::env::temp_dir();
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let n = COUNT.fetch_add(1, Relaxed);
    let file = |what: &str| dir.join(format!("minipy-{}-{n}.{what}", std::process::id()));
    let (out, err) = (file("out"), file("err"));
    let open = |path: &Path| std::fs::File::create(path).expect("a temporary file");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(open(&out))
        .stderr(open(&err))
        .spawn()
        .expect("it starts");
    let begin = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            break status;
        }
        if begin.elapsed() > PATIENCE {
            let _ = child.kill();
            let _ = child.wait();
            let printed = std::fs::read_to_string(&out).unwrap_or_default();
            panic!("{command:?} does not end; so far it printed:\n{printed}");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let take = |path: &Path| {
        let bytes = std::fs::read(path).unwrap_or_default();
        let _ = std::fs::remove_file(path);
        bytes
    };
    Output { status, stdout: take(&out), stderr: take(&err) }
}

/// What a program printed, without the lines that hold times.
pub fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.lines().filter(|line| !line.starts_with("~ ")).map(|line| format!("{line}\n")).collect()
}

/// Calls `f` with each program, two at a time, and fails with all that it says.
pub fn each(all: &[PathBuf], f: impl Fn(&Path) -> Result<(), String> + Sync) {
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(path) = all.get(next.fetch_add(1, Relaxed)) {
                    if let Err(message) = f(path) {
                        failures.lock().unwrap().push(format!("{}: {message}", path.display()));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), all.len(), failures.join("\n"));
}

/// The first line that differs.
pub fn difference(expected: &str, got: &str) -> Option<String> {
    if expected == got {
        return None;
    }
    let (mut a, mut b) = (expected.lines(), got.lines());
    for line in 1.. {
        let (x, y) = (a.next(), b.next());
        if x != y {
            return Some(format!("line {line}: expected {x:?}, got {y:?}"));
        }
        if x.is_none() {
            break;
        }
    }
    Some("the ends of lines differ".into())
}

/// Runs a program with both settings of the global lock, and compares.
pub fn check(program: &Path, expected: &str) -> Result<(), String> {
    for gil in [false, true] {
        let output = run(minipy(gil).arg(program));
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        if let Some(difference) = difference(expected, &shown(&output.stdout)) {
            return Err(format!("gil={}: {difference}\n{stderr}", u8::from(gil)));
        }
        if !output.status.success() {
            return Err(format!("gil={}: {}\n{stderr}", u8::from(gil), output.status));
        }
    }
    Ok(())
}

/// A CPython to compare with, if the machine has one that is new enough.
pub fn python() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join("python3")).find(|python| {
        let code = "import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 13) else 1)";
        let status = Command::new(python).args(["-c", code]).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    })
}
