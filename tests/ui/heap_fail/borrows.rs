//! A reference into the heap borrows the handle too, which keeps the object. See
//! `heap_pass/borrows.rs`.

use brc::{Gc, Mutator};

fn handle_dropped(m: &Mutator) {
    let gc = m.alloc(1);
    let one = gc.get(m);
    drop(gc);
    println!("{one}");
}

fn handle_replaced(m: &Mutator) {
    let mut gc = m.alloc(1);
    let one = gc.get(m);
    gc = m.alloc(2);
    println!("{one} {gc:?}");
}

fn handle_out_of_scope(m: &Mutator) {
    let one;
    {
        let gc = m.alloc(1);
        one = gc.get(m);
    }
    println!("{one}");
}

fn temporary(m: &Mutator) {
    let one = m.alloc(1).get(m);
    println!("{one}");
}

fn temporary_from_a_weak_handle(m: &Mutator, gc: &Gc<u8>) {
    let weak = gc.downgrade(m);
    let one = weak.upgrade(m).unwrap().get(m);
    println!("{one}");
}

fn behind_another(m: &Mutator, outer: Gc<Vec<Gc<u8>>>) {
    let inner = outer.get(m)[0].get(m);
    drop(outer);
    println!("{inner}");
}

fn behind_a_lock(m: &Mutator, outer: &Gc<std::sync::Mutex<Vec<Gc<u8>>>>) {
    let inner = outer.get(m).lock().unwrap()[0].get(m);
    println!("{inner}");
}

fn mutable_twice(m: &Mutator) {
    let mut gc = m.alloc(1);
    let one = Gc::get_mut(&mut gc, m).unwrap();
    let two = Gc::get_mut(&mut gc, m).unwrap();
    std::mem::swap(one, two);
}

fn mutable_and_shared(m: &Mutator) {
    let mut gc = m.alloc(1);
    let one = Gc::get_mut(&mut gc, m).unwrap();
    println!("{}", gc.get(m));
    *one = 2;
}

fn cloned_while_mutable(m: &Mutator) {
    let mut gc = m.alloc(1);
    let one = Gc::get_mut(&mut gc, m).unwrap();
    let other = gc.clone();
    *one = 2;
    drop(other);
}

fn weak_while_mutable(m: &Mutator) {
    let mut gc = m.alloc(1);
    let one = Gc::get_mut(&mut gc, m).unwrap();
    let weak = gc.downgrade(m);
    *one = 2;
    drop(weak);
}

fn main() {}
