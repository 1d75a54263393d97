//! A payload is looked at through a mutator, the value of a `Locked` through its
//! lock. See `heap_pass/no_deref.rs`.

use brc::{Gc, GcWeak, Locked, Mutator, heap};

struct Node {
    name: String,
}

fn method(gc: &Gc<String>) -> usize {
    gc.len()
}

fn field(gc: &Gc<Node>) -> &str {
    &gc.name
}

fn star(gc: &Gc<u8>) -> u8 {
    **gc
}

fn coerced(gc: &Gc<String>) -> &str {
    gc
}

fn unattached(gc: &Gc<String>) -> &str {
    gc.get()
}

fn weak(weak: &GcWeak<String>) -> Option<Gc<String>> {
    weak.upgrade()
}

fn without_the_lock(gc: &Gc<Locked<u8>>) {
    heap::attach(|m| {
        let locked = gc.get(m);
        *locked.lock() += 1;
    })
    .unwrap();
}

fn behind_the_lock(gc: &Gc<Locked<u8>>, m: &Mutator) {
    *gc.get(m).get_mut() += 1;
}

fn what_is_no_locked(gc: &Gc<u8>) {
    heap::attach(|m| drop(m.lock(gc))).unwrap();
}

fn main() {}
