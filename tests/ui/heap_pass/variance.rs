//! What `heap_fail/variance.rs` may do instead.

use brc::{Gc, GcWeak, Locked, Mutator, Section, heap};

fn same<'a>(gc: Gc<&'a str>) -> Gc<&'a str> {
    gc
}

fn same_weak<'a>(weak: GcWeak<&'a str>) -> GcWeak<&'a str> {
    weak
}

/// The borrow of the mutator may become shorter.
fn shorter_section<'a, 'b: 'a>(section: Section<'b, &'static str>) -> Section<'a, &'static str> {
    section
}

/// What is borrowed from the heap may too.
fn shorter<'a>(gc: &'a Gc<&'static str>, m: &'a Mutator) -> &'a str {
    gc.get(m)
}

fn main() {
    heap::attach(|m| {
        let mut gc = same(m.alloc("text"));
        *Gc::get_mut(&mut gc, m).unwrap() = "other";
        assert_eq!(shorter(&gc, m), "other");
        drop(same_weak(gc.downgrade(m)));
        let locked = m.alloc(Locked::new("text"));
        *m.lock(&locked) = "other";
        drop(shorter_section(m.lock(&locked)));
    })
    .unwrap();
}
