//! What `heap_fail/slots.rs` may do instead.

use std::sync::Mutex;

use brc::{Gc, GcSlot, Local, Mutator, heap};

fn same<'a>(slot: GcSlot<&'a str>) -> GcSlot<&'a str> {
    slot
}

/// The time of the reference may become shorter.
fn shorter<'a, 'b: 'a>(local: Local<'b, &'static str>) -> Local<'a, &'static str> {
    local
}

/// So may what is borrowed.
fn borrowed<'a>(local: Local<'a, &'static str>) -> &'a str {
    local.get()
}

fn counted(local: Local<'_, &'static str>) -> Gc<&'static str> {
    local.to_gc()
}

fn written(slot: &GcSlot<Mutex<String>>, m: &Mutator) {
    slot.load(m).unwrap().lock().unwrap().push('a');
}

fn send<T: Send>() {}
fn sync<T: Sync>() {}

fn main() {
    send::<GcSlot<u8>>();
    sync::<GcSlot<dyn Fn() + Send + Sync>>();
    send::<Local<'static, str>>();
    sync::<Local<'static, [u8]>>();
    heap::attach(|m| {
        let slot = same(GcSlot::new(m.alloc("text")));
        slot.store(m, m.alloc("other"));
        let local = slot.load(m).unwrap();
        assert_eq!(borrowed(shorter(local)), "other");
        drop(counted(local));
        written(&GcSlot::new(m.alloc(Mutex::default())), m);
    })
    .unwrap();
    let slot: GcSlot<u8> = GcSlot::empty();
    assert!(slot.is_empty() && slot.into_inner().is_none());
}
