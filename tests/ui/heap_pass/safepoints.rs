//! What `heap_fail/safepoints.rs` may do instead.

use brc::{Gc, Locked, heap};

fn main() {
    heap::attach(|m| {
        let gc = m.alloc(1);
        let one = *gc.get(m); // a copy
        m.safepoint();
        m.detach(|| println!("{one}"));
        m.collect();
        m.collect_full();
        m.snapshot();
        println!("{one} {}", gc.get(m)); // and another look
    })
    .unwrap();

    heap::attach(|m| {
        let (gc, locked, other) = (m.alloc(1), m.alloc(Locked::new(2)), m.alloc(Locked::new(3)));
        let one = *gc.get(m);
        *m.lock(&locked) += one;
        assert!(m.try_lock(&locked).is_some());
        let both = m.lock2(&locked, &other);
        println!("{}", gc.get(both.mutator()));
    })
    .unwrap();

    heap::attach(|m| {
        let mut gc = m.alloc(1);
        *Gc::get_mut(&mut gc, m).unwrap() = 2;
        m.safepoint();
        *Gc::get_mut(&mut gc, m).unwrap() = 3;
    })
    .unwrap();

    heap::attach(|m| {
        let gc = m.alloc_slice([1, 2]);
        for index in 0..gc.get(m).len() {
            println!("{}", gc.get(m)[index]);
            m.safepoint();
        }
    })
    .unwrap();

    // The handle itself lives as long as it likes, with or without a mutator.
    let gc = heap::attach(|m| {
        let gc = m.alloc(1);
        m.safepoint();
        m.detach(|| drop(gc.clone()));
        gc
    })
    .unwrap();
    drop(gc);
}
