//! A finalizer, and what is called when an object dies, runs inside of a drop,
//! whose caller may be looking at objects: it gets `&Mutator`, with which the
//! world cannot be stopped. What the finalizer gets of its own object ends with it.
//! See `heap_pass/finalizers.rs`.

use std::sync::Mutex;

use brc::{Finalize, Gc, Local, Locked, Mutator, Trace, Tracer, heap};

#[derive(Trace)]
#[trace(finalize)]
struct Node {
    other: Gc<Locked<u8>>,
}

impl Finalize for Node {
    fn finalize(&self, m: &Mutator) {
        m.safepoint();
        m.detach(|| ());
        m.collect();
        m.collect_full();
        m.snapshot();
        *m.lock(&self.other) += 1;
        let _ = m.try_lock(&self.other);
        drop(m.lock2(&self.other, &self.other));
    }
}

#[derive(Trace)]
#[trace(finalize)]
struct Demanding;

impl Finalize for Demanding {
    fn finalize(&self, m: &mut Mutator) {
        m.safepoint();
    }
}

#[derive(Trace)]
#[trace(finalize)]
struct Clinging;

static KEPT: Mutex<Option<Local<'static, Clinging>>> = Mutex::new(None);

impl Finalize for Clinging {
    fn finalize(&self, _: &Mutator) {}

    fn finalize_object(&self, object: Local<'_, Self>, m: &Mutator) {
        *KEPT.lock().unwrap() = Some(object);
        m.safepoint();
    }
}

#[derive(Trace)]
#[trace(finalize)]
struct Lasting;

impl Finalize for Lasting {
    fn finalize(&self, _: &Mutator) {}

    fn finalize_object(&self, _: Local<'static, Self>, _: &Mutator) {}
}

fn as_another_type(object: Local<'_, Lasting>) -> Gc<Locked<Lasting>> {
    object.to_gc()
}

struct ByHand;

unsafe impl Trace for ByHand {
    const FINALIZE: Option<fn(&Self, Local<'_, Self>, &Mutator)> = Some(keep);

    fn trace(&self, _: &mut Tracer<'_>) {}
}

fn keep(_: &ByHand, _: Local<'static, ByHand>, _: &Mutator) {}

fn callback(m: &Mutator, gc: &Gc<u8>) {
    let _ = gc.downgrade_with(m, |m| m.safepoint());
}

fn main() {
    heap::attach(|m| {
        let gc = m.alloc(1);
        let mut kept: Option<&u8> = None;
        drop(gc.downgrade_with(m, |m| kept = Some(gc.get(m))));
    })
    .unwrap();
}
