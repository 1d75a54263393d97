//! Programs print what they should, with and without a global lock, and what CPython prints.

mod common;

use std::path::Path;
use std::process::Command;

use common::*;

fn expected(program: &Path, folder: &str) -> String {
    let name = program.file_stem().expect("a name").to_string_lossy().into_owned();
    let path = root().join(folder).join(format!("{name}.out"));
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The demonstration programs.
#[test]
fn demonstrations() {
    each(&programs("programs"), |program| {
        let expected = expected(program, "programs/expected");
        check(program, &shown(expected.as_bytes()))
    });
}

/// Programs that go through the language and its modules.
#[test]
fn corpus() {
    each(&programs("tests/corpus"), |program| check(program, &expected(program, "tests/corpus")));
}

/// Many threads on the same objects.
#[test]
fn stress() {
    for program in programs("tests/stress") {
        let name = program.file_stem().expect("a name").to_string_lossy().into_owned();
        for gil in [false, true] {
            let output = run(minipy(gil).arg(&program));
            let stdout = shown(&output.stdout);
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(
                output.status.success() && stdout.contains(&format!("ok {name}")),
                "{name}, gil={gil}: {}\n{stdout}\n{stderr}",
                output.status
            );
        }
    }
}

/// Programs that fail as they should: the exit status, the last line on standard error (`*` is any
/// message), and what they print before.
#[test]
fn errors() {
    each(&programs("tests/errors"), |program| {
        let expectation =
            std::fs::read_to_string(program.with_extension("expect")).map_err(|e| e.to_string())?;
        let mut lines = expectation.lines();
        let status: i32 =
            lines.next().unwrap_or_default().trim().parse().map_err(|_| "no status")?;
        let last = lines.next().unwrap_or_default();
        let output = run(minipy(false).arg(program));
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.code() != Some(status) {
            return Err(format!("expected status {status}, got {}\n{stderr}", output.status));
        }
        let got = stderr.lines().last().unwrap_or_default();
        let matches = match last.strip_suffix('*') {
            Some(class) => got.starts_with(class),
            None => got == last,
        };
        if !matches {
            return Err(format!("expected {last:?}, got {got:?}\n{stderr}"));
        }
        let printed = std::fs::read(program.with_extension("out")).unwrap_or_default();
        match difference(&shown(&printed), &shown(&output.stdout)) {
            None => Ok(()),
            Some(difference) => Err(difference),
        }
    });
}

/// The stored expectations are CPython's, and so is what was not stored.
#[test]
fn like_cpython() {
    let Some(python) = python() else {
        println!("SKIPPED: no python3 of version 3.11 or 3.12 on this machine");
        return;
    };
    let mut all = programs("tests/corpus");
    all.extend(programs("programs"));
    each(&all, |program| {
        let theirs = run(Command::new(&python).arg(program).env("PYTHONHASHSEED", "0"));
        let ours = run(minipy(false).arg(program));
        match difference(&shown(&theirs.stdout), &shown(&ours.stdout)) {
            None => Ok(()),
            Some(difference) => Err(difference),
        }
    });
}
