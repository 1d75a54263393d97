//! The example `graph`, as a program.
#![cfg(all(feature = "gc", not(loom), not(miri)))]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Once;
use std::{env, fs};

/// Where cargo puts the examples, which it builds with the tests, but not with a
/// single one.
fn program() -> PathBuf {
    let test = env::current_exe().expect("the test is a file");
    let folder = test.parent().and_then(Path::parent).expect("target/PROFILE/deps/TEST");
    folder.join("examples/graph").with_extension(env::consts::EXE_EXTENSION)
}

/// Builds the program if cargo did not: it does for `cargo test`, but not for
/// `cargo test --tests`.
fn build() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if program().exists() {
            return;
        }
        let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
        let folder = env::current_exe().expect("the test is a file");
        let target = folder.ancestors().nth(3).expect("target/PROFILE/deps/TEST");
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--features", "gc", "--example", "graph"])
            .args(["--profile", profile, "--target-dir"])
            .arg(target)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status();
        assert!(built.is_ok_and(|status| status.success()), "the example does not build");
    });
}

fn graph(args: &[&str]) -> Output {
    build();
    Command::new(program()).args(args).output().expect("it was just built")
}

/// A file of this test's own, which is deleted in the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, text: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::write(&path, text).expect("cargo's folder for such files can be written");
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("its name is text")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[track_caller]
fn refuses(args: &[&str], code: i32, message: &str) {
    let output = graph(args);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{error}");
    assert!(error.contains(message), "{error:?} does not say {message:?}");
}

#[test]
fn a_file_is_loaded_dropped_and_written() {
    let file = Scratch::new("graph-small.txt", "# From To\n1\t2\n2 3\n\n3 1\n3 four\n9 1\n");
    let (dot, json) = (Scratch::new("graph.dot", ""), Scratch::new("graph.json", ""));
    let output = graph(&[file.path(), "--dot", dot.path(), "--json", json.path()]);
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.starts_with("5 nodes and 5 edges"), "{said}");
    let line = |what: &str| -> Vec<u64> {
        let line = said.lines().find_map(|line| line.strip_prefix(what)).expect("such a line");
        line.split_whitespace().map_while(|word| word.parse().ok()).collect()
    };
    assert_eq!(line("loaded"), [5, 0, 0]);
    assert_eq!(line("all but the first let go"), [4, 1, 0], "9, which nobody refers to");
    // 2, the first of the others that is reached from 1, refers to nothing more.
    assert_eq!(line("every 12th node cut off"), [2, 2, 0]);
    assert_eq!(line("the first let go"), [0, 2, 0]);

    let dot = fs::read_to_string(dot.path()).unwrap();
    assert_eq!(dot.matches("label").count(), 2, "{dot}");
    assert_eq!(dot.matches("->").count(), 1, "{dot}");
    let json: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(json.path()).unwrap()).unwrap();
    assert_eq!(json["objects"].as_array().map(Vec::len), Some(2));
    assert_eq!(json["edges"].as_array().map(Vec::len), Some(1));
}

#[test]
fn cycles_of_a_made_up_graph_are_collected() {
    let output = graph(&["--nodes", "5000", "--threads", "3"]);
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    let last = said.lines().find_map(|line| line.strip_prefix("the first let go")).unwrap();
    let numbers: Vec<u64> = last.split_whitespace().map_while(|word| word.parse().ok()).collect();
    let [alive, _, by_collecting] = numbers[..] else { panic!("{last:?}") };
    assert!(alive == 0 && by_collecting > 0, "{said}");
}

#[test]
fn bad_input_is_refused_with_a_reason() {
    let bad = Scratch::new("graph-bad.txt", "# fine\n1 2\n1 2 3\n");
    refuses(&[bad.path()], 1, "line 3: not `from to`: \"1 2 3\"");
    let empty = Scratch::new("graph-empty.txt", "# nothing\n");
    refuses(&[empty.path()], 1, "no edge");
    refuses(&["no such file"], 1, "cannot read no such file");
    let good = Scratch::new("graph-good.txt", "1 1\n");
    refuses(&[good.path(), "--dot", "no such folder/x"], 1, "cannot write no such folder/x");
    refuses(&["--frobnicate"], 2, "unknown option --frobnicate");
    refuses(&["--threads"], 2, "--threads needs a value");
    refuses(&["--threads", "0"], 2, "a number from 1 to 256");
    refuses(&["--nodes", "many"], 2, "not \"many\"");
    refuses(&["a", "b"], 2, "a second file: b");
    refuses(&["--nodes", "5", good.path()], 2, "not for a file");
}

#[test]
fn help_is_printed() {
    let output = graph(&["--help"]);
    assert!(output.status.success() && output.stdout.starts_with(b"usage: graph"));
}
