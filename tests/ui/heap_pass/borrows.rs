//! What `heap_fail/borrows.rs` may do instead.

use std::sync::Mutex;

use brc::{Gc, Mutator, heap};

fn all(m: &Mutator) {
    let mut gc = m.alloc(1);
    let one = gc.get(m);
    let other = gc.clone();
    println!("{one}");
    drop(gc);
    println!("{}", other.get(m));
    gc = m.alloc(2);
    println!("{gc:?}");

    // A temporary lives to the end of its statement.
    assert_eq!(*m.alloc(1).get(m), 1);
    let weak = gc.downgrade(m);
    assert_eq!(*weak.upgrade(m).unwrap().get(m), 2);

    let outer = m.alloc(vec![gc]);
    let inner = outer.get(m)[0].get(m);
    println!("{inner}");
    drop(outer);

    let outer = m.alloc(Mutex::new(vec![m.alloc(3)]));
    let inner = outer.get(m).lock().unwrap()[0].clone();
    println!("{}", inner.get(m));

    let mut gc = m.alloc(1);
    let one = Gc::get_mut(&mut gc, m).unwrap();
    *one = 2;
    println!("{}", gc.get(m));
    drop(gc.downgrade(m));
    drop(gc.clone());
}

fn main() {
    heap::attach(|m| all(m)).unwrap();
}
