//! What `trace_fail/attributes.rs` may do instead.

use brc::{Finalize, Mutator, Trace};

mod renamed {
    pub use brc::*;
}

#[derive(Trace)]
#[trace(finalize, cyclic)]
#[trace(bound = "T: Trace", crate = "crate::renamed")]
struct Type<T> {
    #[trace(skip)]
    a: u8,
    b: T,
}

impl<T> Finalize for Type<T> {
    fn finalize(&self, _: &Mutator) {}
}

#[derive(Trace)]
enum Variants {
    #[trace(skip)]
    A {
        a: u8,
    },
    B(#[trace(skip)] u8),
}

fn main() {}
