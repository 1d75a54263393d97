//! What the borrow checker and the trait bounds refuse of programs that use the
//! heap wrongly, and how they say so.
#![cfg(all(feature = "gc", not(loom)))]

/// Each file under `heap_fail/` has a sibling under `heap_pass/`, as in
/// `tests/compile_fail.rs`.
#[test]
fn programs_that_would_look_at_dead_objects_are_rejected_and_their_neighbours_are_not() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/heap_pass/*.rs");
    cases.compile_fail("tests/ui/heap_fail/*.rs");
}
