//! What `heap_fail/finalizers.rs` may do instead.

use std::sync::Mutex;

use brc::{Finalize, Gc, GcWeak, Mutator, Trace, heap};

#[derive(Trace)]
#[trace(finalize)]
struct Node {
    number: Gc<u8>,
    log: Gc<Mutex<Vec<u8>>>,
    watched: GcWeak<u8>,
}

impl Finalize for Node {
    fn finalize(&self, m: &Mutator) {
        let number = *self.number.get(m);
        let fresh = m.alloc(number + 1);
        let log = self.log.get(m);
        log.try_lock().unwrap().extend([number, *fresh.get(m)]);
        m.retire(fresh);
        assert!(self.watched.upgrade(m).is_some());
    }
}

fn main() {
    heap::attach(|m| {
        let log = m.alloc(Mutex::new(vec![]));
        let number = m.alloc(1);
        let watched = number.downgrade(m);
        drop(m.alloc(Node { number, log: log.clone(), watched }));
        assert_eq!(*log.get(m).lock().unwrap(), [1, 2]);

        let gc = m.alloc(1);
        let other = gc.clone();
        let _weak = gc.downgrade_with(m, move |m| drop(m.alloc(2)));
        drop((gc, other));
    })
    .unwrap();
}
