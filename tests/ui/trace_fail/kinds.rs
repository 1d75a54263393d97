//! What the derive can make no sense of. See `trace_pass/kinds.rs`.

use std::borrow::Cow;

use brc::{Gc, Trace};

#[derive(Trace)]
union Either {
    n: u64,
    handle: std::mem::ManuallyDrop<Gc<u64>>,
}

#[derive(Trace)]
struct Borrows<'a> {
    text: Cow<'a, str>,
}

#[derive(Trace)]
enum Both<'a, 'b: 'a, T> {
    A(&'a T),
    B(&'b T),
}

fn main() {}
