//! The heap against a model: see `program/mod.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[expect(dead_code, reason = "the test generates programs, libFuzzer does so itself here")]
#[path = "../program/mod.rs"]
mod program;

fuzz_target!(|bytes: &[u8]| program::run(bytes));
