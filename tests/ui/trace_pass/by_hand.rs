//! What `trace_fail/by_hand.rs` may do instead.

use brc::{Gc, Trace, Tracer};

struct Link(Gc<u8>);

// SAFETY: reports the handle once and has no `Drop`.
unsafe impl Trace for Link {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.0.trace(tracer);
    }
}

fn main() {}
