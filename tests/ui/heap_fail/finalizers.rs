//! A finalizer, and what is called when an object dies, runs inside of a drop,
//! whose caller may be looking at objects: it gets `&Mutator`, with which the
//! world cannot be stopped. See `heap_pass/finalizers.rs`.

use brc::{Finalize, Gc, Locked, Mutator, Trace, heap};

#[derive(Trace)]
#[trace(finalize)]
struct Node {
    other: Gc<Locked<u8>>,
}

impl Finalize for Node {
    fn finalize(&self, m: &Mutator) {
        m.safepoint();
        m.detach(|| ());
        m.collect();
        m.collect_full();
        m.snapshot();
        *m.lock(&self.other) += 1;
        let _ = m.try_lock(&self.other);
        drop(m.lock2(&self.other, &self.other));
    }
}

#[derive(Trace)]
#[trace(finalize)]
struct Demanding;

impl Finalize for Demanding {
    fn finalize(&self, m: &mut Mutator) {
        m.safepoint();
    }
}

fn callback(m: &Mutator, gc: &Gc<u8>) {
    let _ = gc.downgrade_with(m, |m| m.safepoint());
}

fn main() {
    heap::attach(|m| {
        let gc = m.alloc(1);
        let mut kept: Option<&u8> = None;
        drop(gc.downgrade_with(m, |m| kept = Some(gc.get(m))));
    })
    .unwrap();
}
