//! What `heap_fail/sections.rs` may do instead.

use brc::{Locked, heap};

fn main() {
    heap::attach(|m| {
        let (a, b, c) = (m.alloc(Locked::new(1)), m.alloc(Locked::new(2)), m.alloc(3));
        let two = *m.lock(&b);
        let mut section = m.lock(&a);
        *section += two;
        drop(section);
        m.safepoint();
        m.detach(|| ());

        let mut both = m.lock2(&a, &b);
        let (first, second) = both.values();
        std::mem::swap(first, second);
        both.suspend(|m| drop(m.lock(&a)));
        *both.values().0 += 1;
        drop(both);

        let mut section = m.lock(&a);
        let three = *c.get(section.mutator());
        section.suspend(|m| m.safepoint());
        *section += three;
        let other = section.suspend(|m| *m.lock(&b));
        *section += other;
        let value = &mut *section;
        *value += 1;
        drop(section);
        drop(a);

        let d = m.alloc(Locked::new(1));
        let section = m.lock(&d);
        drop(section);
        drop(d);
    })
    .unwrap();
}
