//! What `heap_fail/locals.rs` may do instead.

use std::sync::Mutex;
use std::thread;

use brc::{Finalize, Gc, GcSlot, Local, Locked, Mutator, Trace, heap};

#[derive(Trace)]
struct Node {
    next: GcSlot<Node>,
}

static SHARED: GcSlot<Node> = GcSlot::empty();
static KEPT: Mutex<Option<Gc<Node>>> = Mutex::new(None);

fn pauses() {
    heap::attach(|m| {
        SHARED.store(m, m.alloc(Node { next: GcSlot::empty() }));
        let local = SHARED.load(m).unwrap();
        let counted = local.to_gc();
        let last = local.get().next.load(m);
        assert!(last.is_none() && local.next.is_empty());
        m.safepoint();
        m.detach(|| drop(counted.clone()));
        m.collect();
        assert!(counted.get(m).next.is_empty());
    })
    .unwrap();

    heap::attach(|m| {
        let refused = SHARED.compare_exchange(m, None, None).unwrap_err();
        let new = refused.new;
        m.safepoint();
        assert!(new.is_none());
        let locked = m.alloc(Locked::new(1));
        let is_there = SHARED.load(m).is_some();
        *m.lock(&locked) = usize::from(is_there);
    })
    .unwrap();

    heap::attach(|m| {
        let class = m.alloc_deferred(1);
        let one = class.unbound(m).unwrap();
        drop(class);
        assert_eq!(*one, 1);
        let class = one.to_gc();
        Gc::defer(&class, m);
        Gc::immortalize(&class, m);
        assert_eq!(*class.local(m), 1);
    })
    .unwrap();
}

fn sections() {
    heap::attach(|m| {
        let locked = m.alloc(Locked::new(GcSlot::<Node>::empty()));
        let mut section = m.lock(&locked);
        let local = SHARED.load(section.mutator()).unwrap();
        section.store(section.mutator(), local.to_gc());
        assert!(section.load(section.mutator()).is_some());
        drop(std::mem::take(&mut *section));
        section.suspend(|m| m.safepoint());
        assert!(section.is_empty());
    })
    .unwrap();
}

fn sources() {
    heap::attach(|m| {
        let slot = GcSlot::new(m.alloc(1));
        let one = *slot.load(m).unwrap();
        drop(slot.into_inner());
        let gc = m.alloc(one);
        assert_eq!(*gc.local(m), 1);
        drop(gc);
        let mut node = m.alloc(Node { next: GcSlot::empty() });
        assert!(node.get(m).next.load(m).is_none());
        Gc::get_mut(&mut node, m).unwrap().next = GcSlot::empty();
    })
    .unwrap();
}

fn escapes() {
    let kept: Option<Gc<Node>> = heap::attach(|m| SHARED.load(m).map(Local::to_gc)).unwrap();
    drop(kept);
    heap::attach(|m| {
        // An uncounted reference may leave the closure of `update`, but not `m`.
        let mut kept = None;
        SHARED.update(m, |old| {
            kept = old;
            old.map(Local::to_gc)
        });
        assert!(kept.is_some());
    })
    .unwrap();
}

fn with_the_lifetime_of_both<'a>(slot: &'a GcSlot<Node>, m: &'a Mutator) -> &'a Node {
    slot.load(m).unwrap().get()
}

/// The shorter of the two.
fn shorter<'a, 'b: 'a>(local: Local<'b, Node>) -> Local<'a, Node> {
    local
}

struct Last(&'static Mutex<Option<Gc<Node>>>);

impl Finalize for Last {
    fn finalize(&self, m: &Mutator) {
        *self.0.lock().unwrap() = SHARED.load(m).map(Local::to_gc);
    }
}

fn by_a_callback() {
    heap::attach(|m| {
        let keep = |m: &Mutator| *KEPT.lock().unwrap() = SHARED.load(m).map(Local::to_gc);
        drop(m.alloc(1).downgrade_with(m, keep));
    })
    .unwrap();
}

#[derive(Trace)]
struct Keeps {
    gc: Gc<Node>,
}

fn threads() {
    heap::attach(|m| {
        let local = SHARED.load(m).unwrap();
        thread::scope(|s| {
            s.spawn(|| drop(local.to_gc()));
            s.spawn(|| heap::attach(|m| local.get().next.load(m).is_some()));
        });
        let counted = local.to_gc();
        thread::spawn(move || drop(counted)).join().unwrap();
        assert!(with_the_lifetime_of_both(&SHARED, m).next.is_empty());
        assert!(shorter(SHARED.load(m).unwrap()).next.is_empty());
        drop(Keeps { gc: local.to_gc() }.gc);
        Last(&KEPT).finalize(m);
    })
    .unwrap();
}

fn main() {
    pauses();
    sections();
    sources();
    escapes();
    by_a_callback();
    threads();
    *KEPT.lock().unwrap() = None;
}
