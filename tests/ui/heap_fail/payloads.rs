//! What an attached thread may look at, and any may destroy, is `Trace`, `Send`,
//! `Sync` and `'static`. See `heap_pass/payloads.rs`.

use std::cell::Cell;
use std::fmt::Debug;
use std::rc::Rc;
use std::sync::MutexGuard;

use brc::{Gc, Locked, Mutator, Trace, Tracer};

struct NotTrace;

#[derive(Trace)]
struct NotSync(#[trace(skip)] Cell<u8>);

#[derive(Trace)]
struct NotSend(#[trace(skip)] MutexGuard<'static, u8>);

struct Borrows<'a>(&'a str);

// SAFETY: owns no handle.
unsafe impl Trace for Borrows<'_> {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

fn without_trace(m: &Mutator) {
    m.alloc(NotTrace);
}

fn within_others(m: &Mutator) {
    m.alloc(Locked::new(vec![NotTrace]));
}

fn not_sync(m: &Mutator) {
    m.alloc(NotSync(Cell::new(1)));
}

fn not_send(m: &Mutator, guard: MutexGuard<'static, u8>) {
    m.alloc(NotSend(guard));
}

fn neither(m: &Mutator) {
    m.alloc(Rc::new(1));
}

fn locked_but_not_send(m: &Mutator) {
    m.alloc(Locked::new(Rc::new(1)));
}

fn handle_to_what_is_not_sync(m: &Mutator, gc: Gc<dyn Debug>) {
    m.alloc(gc);
}

fn borrowed(m: &Mutator) {
    let text = String::from("text");
    m.alloc(Borrows(&text));
}

fn borrowed_from_the_heap(m: &Mutator) {
    let gc = m.alloc(String::from("text"));
    m.alloc(Borrows(gc.get(m)));
}

fn others(m: &Mutator) {
    m.try_alloc(Rc::new(1)).unwrap();
    m.alloc_immortal(Rc::new(1));
    m.alloc_slice([Rc::new(1)]);
    m.alloc_dyn::<_, dyn Debug>(Rc::new(1), |rc| rc);
    m.retire(Rc::new(1));
}

fn callback(m: &Mutator, gc: &Gc<u8>) {
    let rc = Rc::new(1);
    let _ = gc.downgrade_with(m, move |_| drop(rc));
}

fn main() {}
