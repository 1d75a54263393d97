//! The programs of the fuzz target for the heap, as a test: those that are stored,
//! and some that a seed gives.
#![cfg(all(feature = "gc", not(loom)))]

use std::path::Path;
use std::{env, fs};

#[path = "../fuzz/program/mod.rs"]
mod program;

/// How many programs to make up.
const PROGRAMS: u64 = if cfg!(debug_assertions) { 100 } else { 400 };
const INSTRUCTIONS: usize = 200;

fn corpus() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/heap");
    let files = fs::read_dir(folder).expect("the corpus is there");
    let mut programs: Vec<_> = files
        .map(|file| {
            let path = file.expect("the folder can be read").path();
            (path.display().to_string(), fs::read(path).expect("the file can be read"))
        })
        .collect();
    programs.sort();
    programs
}

/// A number from the environment, to run more, or others.
fn setting(name: &str, otherwise: u64) -> u64 {
    env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// One test: what it compares is the whole heap, of which a process has one.
#[test]
fn the_heap_does_what_the_model_of_each_program_says() {
    if let Ok(file) = env::var("BRC_FUZZ_FILE") {
        return program::run(&fs::read(file).expect("the file can be read"));
    }
    let programs = corpus();
    assert!(programs.len() >= 30, "the corpus is gone");
    for (name, bytes) in programs {
        println!("{name}");
        program::run(&bytes);
    }
    let first = setting("BRC_FUZZ_SEED", 0);
    for seed in first..first + setting("BRC_FUZZ_PROGRAMS", PROGRAMS) {
        println!("seed {seed}");
        program::run(&program::generate(seed, INSTRUCTIONS));
    }
}
