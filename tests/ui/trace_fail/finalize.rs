//! A finalizer that would not run, and one that is not there. See
//! `trace_pass/finalize.rs`.

use brc::{Finalize, Mutator, Trace};

#[derive(Trace)]
#[trace(finalize)]
struct Missing;

#[derive(Trace)]
struct Unmarked<T>(T);

impl<T> Finalize for Unmarked<T> {
    fn finalize(&self, _: &Mutator) {}
}

fn main() {}
