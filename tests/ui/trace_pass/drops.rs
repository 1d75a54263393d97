//! What `trace_fail/drops.rs` may do instead.

use brc::{Finalize, Gc, Mutator, Trace};

#[derive(Trace)]
#[trace(finalize)]
struct Node {
    next: Option<Gc<Node>>,
    #[trace(skip)]
    log: Log,
}

impl Finalize for Node {
    fn finalize(&self, _: &Mutator) {
        let _kept = self.next.clone();
    }
}

/// What is skipped may do as it likes: it does not see its neighbours.
struct Log;

impl Drop for Log {
    fn drop(&mut self) {}
}

fn main() {}
