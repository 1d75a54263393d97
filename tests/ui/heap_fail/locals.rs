//! An uncounted reference lives no longer than what it was read from, and than to the
//! next point at which objects may die. See `heap_pass/locals.rs`.

use std::sync::Mutex;
use std::thread;

use brc::{Finalize, Gc, GcSlot, Local, Locked, Mutator, Trace, heap};

#[derive(Trace)]
struct Node {
    next: GcSlot<Node>,
}

static SHARED: GcSlot<Node> = GcSlot::empty();
static KEPT: Mutex<Option<Local<'static, Node>>> = Mutex::new(None);

fn pauses() {
    heap::attach(|m| {
        let local = SHARED.load(m).unwrap();
        m.safepoint();
        drop(local.to_gc());
    })
    .unwrap();

    heap::attach(|m| {
        let local = SHARED.load(m).unwrap();
        m.detach(|| drop(local.to_gc()));
    })
    .unwrap();

    heap::attach(|m| {
        let node: &Node = SHARED.load(m).unwrap().get();
        m.collect();
        assert!(node.next.is_empty());
    })
    .unwrap();

    heap::attach(|m| {
        let locked = m.alloc(Locked::new(1));
        let local = SHARED.load(m).unwrap();
        let section = m.lock(&locked);
        assert!(local.next.is_empty() && *section == 1);
    })
    .unwrap();

    heap::attach(|m| {
        let local = SHARED.load(m).unwrap();
        let last = local.get().next.load(m);
        m.collect_full();
        assert!(last.is_none());
    })
    .unwrap();

    heap::attach(|m| {
        let refused = SHARED.compare_exchange(m, None, None).unwrap_err();
        m.safepoint();
        assert!(refused.current.is_some());
    })
    .unwrap();

    heap::attach(|m| {
        let class = m.alloc_deferred(1);
        let one = class.unbound(m).unwrap();
        m.safepoint();
        assert_eq!(*one, 1);
    })
    .unwrap();

    heap::attach(|m| {
        let class = m.alloc(1);
        let one = class.local(m);
        Gc::defer(&class, m);
        assert_eq!(*one, 1);
    })
    .unwrap();

    heap::attach(|m| {
        let class = m.alloc_deferred(1);
        let one = class.unbound(m).unwrap();
        Gc::immortalize(&class, m);
        assert_eq!(*one, 1);
    })
    .unwrap();
}

fn sections() {
    heap::attach(|m| {
        let locked = m.alloc(Locked::new(1));
        let section = m.lock(&locked);
        let local = SHARED.load(section.mutator()).unwrap();
        drop(section);
        assert!(local.next.is_empty());
    })
    .unwrap();

    heap::attach(|m| {
        let locked = m.alloc(Locked::new(1));
        let mut section = m.lock(&locked);
        let local = SHARED.load(section.mutator());
        section.suspend(|m| m.safepoint());
        assert!(local.is_none());
    })
    .unwrap();

    heap::attach(|m| {
        let locked = m.alloc(Locked::new(GcSlot::<Node>::empty()));
        let section = m.lock(&locked);
        let local = section.load(section.mutator()).unwrap();
        drop(section);
        assert!(local.next.is_empty());
    })
    .unwrap();

    heap::attach(|m| {
        let locked = m.alloc(Locked::new(GcSlot::<Node>::empty()));
        let mut section = m.lock(&locked);
        let local = section.load(section.mutator()).unwrap();
        drop(std::mem::take(&mut *section));
        assert!(local.next.is_empty());
    })
    .unwrap();
}

fn sources() {
    heap::attach(|m| {
        let slot = GcSlot::new(m.alloc(1));
        let one = slot.load(m).unwrap();
        drop(slot);
        assert_eq!(*one, 1);
    })
    .unwrap();

    heap::attach(|m| {
        let slot = GcSlot::new(m.alloc(1));
        let one = slot.load(m).unwrap();
        drop(slot.into_inner());
        assert_eq!(*one, 1);
    })
    .unwrap();

    heap::attach(|m| {
        let gc = m.alloc(1);
        let one = gc.local(m);
        drop(gc);
        assert_eq!(*one, 1);
    })
    .unwrap();

    heap::attach(|m| {
        let node = m.alloc(Node { next: GcSlot::empty() });
        let local = node.get(m).next.load(m).unwrap();
        drop(node);
        assert!(local.next.is_empty());
    })
    .unwrap();

    heap::attach(|m| {
        let mut node = m.alloc(Node { next: GcSlot::empty() });
        let local = node.get(m).next.load(m);
        Gc::get_mut(&mut node, m).unwrap().next = GcSlot::empty();
        assert!(local.is_none());
    })
    .unwrap();
}

fn escapes() {
    let kept = heap::attach(|m| SHARED.load(m)).unwrap();
    drop(kept);

    let mut kept = None;
    heap::attach(|m| kept = SHARED.load(m)).unwrap();
    drop(kept);

    heap::attach(|m| *KEPT.lock().unwrap() = SHARED.load(m)).unwrap();

    let mut kept = None;
    SHARED.update(&heap::attach(|m| m).unwrap(), |old| {
        kept = old;
        None
    });
}

fn with_the_lifetime_of_the_slot<'a>(slot: &'a GcSlot<Node>, m: &Mutator) -> &'a Node {
    slot.load(m).unwrap().get()
}

fn with_the_lifetime_of_the_mutator<'a>(slot: &GcSlot<Node>, m: &'a Mutator) -> &'a Node {
    slot.load(m).unwrap().get()
}

struct Last(&'static Mutex<Option<Local<'static, Node>>>);

impl Finalize for Last {
    fn finalize(&self, m: &Mutator) {
        *self.0.lock().unwrap() = SHARED.load(m);
    }
}

fn by_a_callback() {
    heap::attach(|m| {
        drop(m.alloc(1).downgrade_with(m, |m| *KEPT.lock().unwrap() = SHARED.load(m)));
    })
    .unwrap();
}

#[derive(Trace)]
struct Keeps {
    local: Local<'static, Node>,
}

fn sent() {
    heap::attach(|m| {
        let local = SHARED.load(m).unwrap();
        thread::spawn(move || drop(local.to_gc()));
    })
    .unwrap();
}

fn used_elsewhere() {
    heap::attach(|m| {
        let local = SHARED.load(m).unwrap();
        thread::scope(|s| {
            s.spawn(|| local.get().next.load(m).is_some());
        });
    })
    .unwrap();
}

fn main() {}
