//! One thread, one section; and nothing in it at which the world may stop. See
//! `heap_pass/sections.rs`.

use brc::{Gc, Locked, heap};

fn main() {
    heap::attach(|m| {
        let (a, b) = (m.alloc(Locked::new(1)), m.alloc(Locked::new(2)));
        let mut first = m.lock(&a);
        let second = m.lock(&b);
        *first += *second;
    })
    .unwrap();

    heap::attach(|m| {
        let (a, b) = (m.alloc(Locked::new(1)), m.alloc(Locked::new(2)));
        let first = m.lock(&a);
        let second = m.try_lock(&b);
        drop((first, second));
    })
    .unwrap();

    heap::attach(|m| {
        let (a, b) = (m.alloc(Locked::new(1)), m.alloc(Locked::new(2)));
        let mut both = m.lock2(&a, &b);
        let again = m.lock(&a);
        drop(again);
        both.values();
    })
    .unwrap();

    heap::attach(|m| {
        let a = m.alloc(Locked::new(1));
        let section = m.lock(&a);
        m.safepoint();
        drop(section);
    })
    .unwrap();

    heap::attach(|m| {
        let a = m.alloc(Locked::new(1));
        let section = m.lock(&a);
        m.detach(|| ());
        drop(section);
    })
    .unwrap();

    heap::attach(|m| {
        let (a, b) = (m.alloc(Locked::new(1)), m.alloc(2));
        let mut section = m.lock(&a);
        *section += b.get(m);
    })
    .unwrap();

    heap::attach(|m| {
        let a = m.alloc(Locked::new(1));
        let mut section = m.lock(&a);
        section.mutator().safepoint();
        *section += 1;
    })
    .unwrap();

    heap::attach(|m| {
        let (a, b) = (m.alloc(Locked::new(1)), m.alloc(2));
        let mut section = m.lock(&a);
        let two = b.get(section.mutator());
        section.suspend(|m| m.safepoint());
        *section += two;
    })
    .unwrap();

    heap::attach(|m| {
        let a = m.alloc(Locked::new(1));
        let mut section = m.lock(&a);
        let value = &mut *section;
        section.suspend(|m| m.safepoint());
        *value += 1;
    })
    .unwrap();

    heap::attach(|m| {
        let a = m.alloc(Locked::new(1));
        let mut section = m.lock(&a);
        section.suspend(|_| *section += 1);
    })
    .unwrap();

    heap::attach(|m| {
        let (a, b) = (m.alloc(Locked::new(1)), m.alloc(Locked::new(2)));
        let mut both = m.lock2(&a, &b);
        let (first, _) = both.values();
        both.suspend(|m| m.safepoint());
        *first += 1;
    })
    .unwrap();

    heap::attach(|m| {
        let a = m.alloc(Locked::new(1));
        let section = m.lock(&a);
        drop(a);
        drop(section);
    })
    .unwrap();

    heap::attach(|m| {
        let section = m.lock(&Gc::clone(&m.alloc(Locked::new(1))));
        drop(section);
    })
    .unwrap();
}
