//! A slot and what is read from it are invariant in the payload, and change threads
//! only if it may. See `heap_pass/slots.rs`.

use std::cell::Cell;
use std::rc::Rc;

use brc::{Gc, GcSlot, Local, Mutator};

fn shorter<'a>(slot: GcSlot<&'static str>) -> GcSlot<&'a str> {
    slot
}

fn longer<'a>(slot: GcSlot<&'a str>) -> GcSlot<&'static str> {
    slot
}

fn shorter_local<'a>(local: Local<'a, &'static str>) -> Local<'a, &'a str> {
    local
}

fn longer_local<'a>(local: Local<'a, &'a str>) -> Local<'a, &'static str> {
    local
}

fn longer_lived<'a>(local: Local<'a, String>) -> Local<'static, String> {
    local
}

/// A counted handle that says its payload may be shorter-lived.
fn counted<'a>(local: Local<'a, &'static str>) -> Gc<&'a str> {
    local.to_gc()
}

fn stored(slot: &GcSlot<&'static str>, m: &Mutator) {
    let text = String::from("text");
    slot.store(m, m.alloc(&*text));
}

fn through_a_reference<'a>(slot: &'a GcSlot<&'static str>) -> &'a GcSlot<&'a str> {
    slot
}

fn written(slot: &GcSlot<String>, m: &Mutator) {
    slot.load(m).unwrap().push('a');
}

fn send<T: Send>() {}
fn sync<T: Sync>() {}

fn threads() {
    send::<GcSlot<Cell<u8>>>();
    sync::<GcSlot<Cell<u8>>>();
    sync::<GcSlot<Rc<u8>>>();
    send::<Local<'static, Cell<u8>>>();
    sync::<Local<'static, Rc<u8>>>();
}

fn not_attached(slot: &GcSlot<u8>) {
    assert!(slot.load().is_none());
    slot.store(None);
}

fn main() {}
