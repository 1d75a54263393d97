//! An impl by hand is a promise, and only the collector traces. See
//! `trace_pass/by_hand.rs`.

use brc::{Gc, Trace, Tracer};

struct Link(Gc<u8>);

impl Trace for Link {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.0.trace(tracer);
    }
}

fn make_a_tracer() -> Tracer<'static> {
    Tracer::new(Box::leak(Box::default()))
}

fn main() {
    brc::__private::edges(&1);
}
