//! No reference into the heap lives across a point at which the world may stop.
//! See `heap_pass/safepoints.rs`.

use brc::{Gc, Locked, heap};

fn main() {
    heap::attach(|m| {
        let gc = m.alloc(1);
        let one = gc.get(m);
        m.safepoint();
        println!("{one}");
    })
    .unwrap();

    heap::attach(|m| {
        let gc = m.alloc(1);
        let one = gc.get(m);
        m.detach(|| ());
        println!("{one}");
    })
    .unwrap();

    heap::attach(|m| {
        let gc = m.alloc(1);
        let one = gc.get(m);
        m.detach(|| println!("{one}"));
    })
    .unwrap();

    heap::attach(|m| {
        let gc = m.alloc(1);
        m.detach(|| println!("{}", gc.get(m)));
    })
    .unwrap();

    heap::attach(|m| {
        let gc = m.alloc(1);
        let one = gc.get(m);
        m.collect();
        println!("{one}");
    })
    .unwrap();

    heap::attach(|m| {
        let gc = m.alloc(1);
        let one = gc.get(m);
        m.collect_full();
        println!("{one}");
    })
    .unwrap();

    heap::attach(|m| {
        let gc = m.alloc(1);
        let one = gc.get(m);
        m.snapshot();
        println!("{one}");
    })
    .unwrap();

    heap::attach(|m| {
        let (gc, locked) = (m.alloc(1), m.alloc(Locked::new(2)));
        let one = gc.get(m);
        *m.lock(&locked) += one;
    })
    .unwrap();

    heap::attach(|m| {
        let (gc, locked) = (m.alloc(1), m.alloc(Locked::new(2)));
        let one = gc.get(m);
        let _ = m.try_lock(&locked);
        println!("{one}");
    })
    .unwrap();

    heap::attach(|m| {
        let (gc, locked, other) = (m.alloc(1), m.alloc(Locked::new(2)), m.alloc(Locked::new(3)));
        let one = gc.get(m);
        let _both = m.lock2(&locked, &other);
        println!("{one}");
    })
    .unwrap();

    heap::attach(|m| {
        let mut gc = m.alloc(1);
        let one = Gc::get_mut(&mut gc, m).unwrap();
        m.safepoint();
        *one = 2;
    })
    .unwrap();

    heap::attach(|m| {
        let gc = m.alloc_slice([1, 2]);
        let first = gc.get(m).iter();
        m.safepoint();
        println!("{}", first.count());
    })
    .unwrap();
}
