//! What `trace_fail/finalize.rs` may do instead.

use brc::{Finalize, Mutator, Trace};

#[derive(Trace)]
struct Missing;

#[derive(Trace)]
#[trace(finalize)]
struct Marked<T>(T);

impl<T> Finalize for Marked<T> {
    fn finalize(&self, _: &Mutator) {}
}

fn main() {}
