//! Random programs print what CPython prints, and no program makes the interpreter crash or hang.
//!
//! `MINIPY_PROGRAMS` says how many programs (each test has a small number of its own), `MINIPY_SEED` from
//! which seed on: a failure names the seed that makes the same program again.

mod common;
#[path = "common/generator.rs"]
mod generator;
#[path = "common/rules.rs"]
mod rules;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::*;
use generator::{Rng, Writer};

/// How many functions a random program has.
const FUNCTIONS: usize = 40;

/// The programs of a run without settings: those of which no difference is known. Others show some that
/// are still open, such as what `list.sort` leaves behind when a comparison fails.
const SEEDS: &[u64] = &[200, 201, 202, 203, 204, 206, 208, 210, 211, 212, 214, 215];

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |value| value.parse().expect("a number"))
}

/// A folder for programs, which are kept if something fails.
fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("minipy-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&path).expect("a temporary folder");
    path
}

/// What a program prints, by function.
fn sections(text: &str) -> Vec<&str> {
    text.split("== ").collect()
}

/// The lines of a function in a program.
fn source<'a>(program: &'a str, function: &str) -> &'a str {
    let start = program.find(&format!("\ndef {function}():")).unwrap_or(0);
    let rest = &program[start..];
    &rest[..rest.find("\n\n\n").or_else(|| rest.find("\nprint(")).unwrap_or(rest.len())]
}

/// Whether a difference is one that is known: `minipy` looks for a method when its arguments are there, so
/// if there is no such method, what is wrong with an argument is said first. And which two
/// items of a set meet first when it is sorted depends on the order of sets.
fn is_known(expected: &str, got: &str) -> bool {
    let lines = expected.lines().zip(got.lines());
    let Some((x, y)) = lines.into_iter().find(|(x, y)| x != y) else { return false };
    let pair = "not supported between instances of";
    if x.contains(pair) && y.contains(pair) {
        return true;
    }
    x.contains(" ! AttributeError ") && x.contains(" has no attribute ") && y.contains(" ! ")
}

/// Compares two outputs, and tells of each function whose differ.
fn compare(program: &str, expected: &str, got: &str) -> Option<String> {
    if expected == got {
        return None;
    }
    let (expected, got) = (sections(expected), sections(got));
    let mut message = String::new();
    for (x, y) in expected.iter().zip(&got) {
        if is_known(x, y) {
            continue;
        }
        if let Some(difference) = difference(x, y) {
            let function = x.lines().next().unwrap_or_default();
            message.push_str(&format!("{function}: {difference}\n"));
            if std::env::var_os("MINIPY_SHOW").is_some() {
                message.push_str(source(program, function));
                message.push('\n');
            }
        }
    }
    if expected.len() != got.len() {
        message.push_str(&format!("{} functions ran, not {}\n", got.len() - 1, expected.len() - 1));
    }
    Some(message).filter(|message| !message.is_empty())
}

/// Random programs, compared with CPython.
#[test]
fn random_programs() {
    let python = python();
    if python.is_none() {
        eprintln!("SKIPPED: no python3 to compare random programs with (3.11 or 3.12)");
    }
    let chosen =
        ["MINIPY_SEED", "MINIPY_PROGRAMS"].iter().any(|name| std::env::var_os(name).is_some());
    let first = setting("MINIPY_SEED", 1);
    let count = setting("MINIPY_PROGRAMS", 12);
    let seeds = if chosen { (first..first + count).collect() } else { SEEDS.to_vec() };
    let folder = folder("generated");
    let paths: Vec<PathBuf> = seeds.iter().map(|seed| folder.join(format!("{seed}.py"))).collect();
    let statements = std::sync::atomic::AtomicUsize::new(0);
    each(&paths, |path| {
        let seed = path
            .file_stem()
            .and_then(|s| s.to_str())
            .and_then(|s| s.parse().ok())
            .expect("the seed");
        let mut writer = Writer::new(seed);
        let program = writer.program(FUNCTIONS);
        statements.fetch_add(writer.statements, std::sync::atomic::Ordering::Relaxed);
        std::fs::write(path, &program).map_err(|e| e.to_string())?;
        let mut outputs = Vec::new();
        if let Some(python) = &python {
            let output = run(Command::new(python)
                .args(["-W", "ignore"])
                // The order of sets is the same in every run.
                .env("PYTHONHASHSEED", "0")
                .env("PYTHONIOENCODING", "utf8")
                .arg(path));
            if !output.status.success() {
                return Err(format!("python3: {}", String::from_utf8_lossy(&output.stderr)));
            }
            outputs.push(output);
        }
        for gil in [false, true] {
            let output = run(minipy(gil).arg(path));
            if !output.status.success() {
                let stderr = String::from_utf8_lossy(&output.stderr);
                return Err(format!(
                    "MINIPY_SEED={seed} gil={}: {}\n{stderr}",
                    u8::from(gil),
                    output.status
                ));
            }
            outputs.push(output);
        }
        let texts: Vec<_> = outputs.iter().map(|o| String::from_utf8_lossy(&o.stdout)).collect();
        for text in &texts[1..] {
            if let Some(message) = compare(&program, &texts[0], text) {
                return Err(format!(
                    "again with MINIPY_SEED={seed} MINIPY_PROGRAMS=1 (MINIPY_SHOW=1)\n{message}"
                ));
            }
        }
        let _ = std::fs::remove_file(path);
        Ok(())
    });
    eprintln!("{count} programs, {} statements", statements.into_inner());
    let _ = std::fs::remove_dir_all(folder);
}

/// A program with a few changes, of lines or of tokens.
fn mutated(program: &str, rng: &mut Rng) -> String {
    let mut lines: Vec<String> = program.lines().map(String::from).collect();
    for _ in 0..1 + rng.below(4) {
        let (a, b) = (rng.below(lines.len()), rng.below(lines.len()));
        match rng.below(6) {
            0 => drop(lines.remove(a)),
            1 => lines.swap(a, b),
            2 => {
                let line = lines[b].clone();
                lines.insert(a, line);
            }
            _ => {
                let mut tokens = tokens(&lines[a]);
                let others = self::tokens(&lines[b]);
                if tokens.is_empty() || others.is_empty() {
                    continue;
                }
                let (i, j) = (rng.below(tokens.len()), rng.below(tokens.len()));
                match rng.below(4) {
                    0 => drop(tokens.remove(i)),
                    1 => tokens.swap(i, j),
                    2 => tokens[i] = rng.pick(&others).clone(),
                    _ => tokens.insert(i, rng.pick(&others).clone()),
                }
                lines[a] = tokens.concat();
            }
        }
        if lines.is_empty() {
            lines.push(String::new());
        }
    }
    lines.join("\n") + "\n"
}

/// Names, numbers, spaces, and other characters one by one.
fn tokens(line: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let kind = |c: char| {
        if c.is_alphanumeric() || c == '_' {
            0
        } else if c == ' ' {
            1
        } else {
            2
        }
    };
    for c in line.chars() {
        match all.last_mut() {
            Some(last) if kind(c) < 2 && last.ends_with(|d| kind(d) == kind(c)) => last.push(c),
            _ => all.push(c.to_string()),
        }
    }
    all
}

/// Whether a process takes more memory than any of the programs should (where the system tells).
fn is_huge(pid: u32) -> bool {
    let pages = std::fs::read_to_string(format!("/proc/{pid}/statm"))
        .ok()
        .and_then(|text| text.split(' ').nth(1)?.parse::<u64>().ok());
    pages.is_some_and(|pages| pages * 4096 > 3 << 30)
}

/// How a run ended: exit status and standard error, or not at all within the time and 3 GiB.
fn limited(
    command: &mut Command,
    limit: Duration,
    err: &Path,
) -> Option<(std::process::ExitStatus, String)> {
    let file = std::fs::File::create(err).expect("a temporary file");
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file).spawn().expect("it starts");
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            let bytes = std::fs::read(err).unwrap_or_default();
            let _ = std::fs::remove_file(err);
            return Some((status, String::from_utf8_lossy(&bytes).into_owned()));
        }
        if begin.elapsed() > limit || is_huge(child.id()) {
            let _ = child.kill();
            let _ = child.wait();
            let _ = std::fs::remove_file(err);
            return None;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Programs that somebody broke: they may fail, but not the interpreter.
#[test]
fn broken_programs() {
    let python = python();
    let corpus = programs("tests/corpus");
    let first = setting("MINIPY_SEED", 1);
    let count = setting("MINIPY_PROGRAMS", 100);
    let folder = folder("broken");
    let paths: Vec<PathBuf> =
        (first..first + count).map(|seed| folder.join(format!("{seed}.py"))).collect();
    let limit = Duration::from_secs(10);
    each(&paths, |path| {
        let seed = path
            .file_stem()
            .and_then(|s| s.to_str())
            .and_then(|s| s.parse().ok())
            .expect("the seed");
        let mut rng = Rng::new(u64::wrapping_mul(seed, 0x2545_f491_4f6c_dd1d));
        let text = std::fs::read_to_string(rng.pick(&corpus)).map_err(|e| e.to_string())?;
        std::fs::write(path, mutated(&text, &mut rng)).map_err(|e| e.to_string())?;
        let again = format!("again with MINIPY_SEED={seed} MINIPY_PROGRAMS=1");
        match limited(minipy(false).arg(path), limit, &path.with_extension("err")) {
            Some((status, stderr)) => {
                if status.code().is_none() || stderr.contains("panicked at") {
                    return Err(format!("{again}: {status}\n{stderr}"));
                }
            }
            None => {
                // Some changes make a program that has no end.
                if let Some(python) = &python {
                    let mut command = Command::new(python);
                    command.args(["-I", "-W", "ignore"]).arg(path);
                    if limited(&mut command, limit / 2, &path.with_extension("err")).is_some() {
                        return Err(format!("{again}: it does not end"));
                    }
                }
            }
        }
        let _ = std::fs::remove_file(path);
        Ok(())
    });
    let _ = std::fs::remove_dir_all(folder);
}
