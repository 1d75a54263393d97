//! A destructor could reach what the collector destroyed already. See
//! `trace_pass/drops.rs`.

use brc::{Gc, Trace};

#[derive(Trace)]
struct Node {
    next: Option<Gc<Node>>,
}

impl Drop for Node {
    fn drop(&mut self) {
        let _escaped = self.next.clone();
    }
}

#[derive(Trace)]
#[trace(bound = "T: Trace")]
enum Generic<T> {
    Value(T),
}

impl<T> Drop for Generic<T> {
    fn drop(&mut self) {}
}

/// What the derive emits comes from elsewhere, but the trait is the same.
mod elsewhere {
    pub use brc::{Trace, Tracer};

    pub mod __private {
        pub trait MustBeMarkedTraceFinalize {}
    }
}

#[derive(Trace)]
#[trace(crate = "elsewhere")]
struct ByPath(Gc<u8>);

impl Drop for ByPath {
    fn drop(&mut self) {}
}

fn main() {}
