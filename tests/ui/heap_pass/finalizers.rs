//! What `heap_fail/finalizers.rs` may do instead.

use std::sync::Mutex;

use brc::{Finalize, Gc, GcWeak, Local, Mutator, Trace, Tracer, heap};

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

#[derive(Trace)]
#[trace(finalize)]
struct Clinging;

static KEPT: Mutex<Option<Gc<Clinging>>> = Mutex::new(None);

impl Finalize for Clinging {
    fn finalize(&self, _: &Mutator) {}

    fn finalize_object(&self, object: Local<'_, Self>, m: &Mutator) {
        self.finalize(m);
        *KEPT.lock().unwrap() = Some(object.to_gc());
    }
}

struct ByHand;

// SAFETY: reports nothing.
unsafe impl Trace for ByHand {
    const FINALIZE: Option<fn(&Self, Local<'_, Self>, &Mutator)> = Some(keep);

    fn trace(&self, _: &mut Tracer<'_>) {}
}

fn keep(_: &ByHand, object: Local<'_, ByHand>, _: &Mutator) {
    drop(object.to_gc());
}

fn main() {
    heap::attach(|m| {
        drop(m.alloc(Clinging));
        let kept = KEPT.lock().unwrap().take().unwrap();
        m.safepoint();
        drop(kept);
        drop(m.alloc(ByHand));

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
