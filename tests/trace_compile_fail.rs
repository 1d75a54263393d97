//! What `#[derive(Trace)]` and `Trace` refuse, and how they say so.
#![cfg(feature = "gc")]

/// Each file under `trace_fail/` has a sibling under `trace_pass/`, as in
/// `tests/compile_fail.rs`.
#[test]
fn types_that_the_collector_could_not_handle_are_rejected_and_their_neighbours_are_not() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/trace_pass/*.rs");
    cases.compile_fail("tests/ui/trace_fail/*.rs");
}
