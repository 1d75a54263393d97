//! One operation, a given number of times, for an instruction counter. As the
//! program `pairs`, for the heap.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering::*};

use arc_swap::ArcSwap;
use brc::{Gc, GcSlot, Lifetime, Mutator};
use crossbeam_epoch as epoch;

use super::{Thing, attach, elsewhere};

macro_rules! loops {
    ($($name:ident($handle:ident: $ty:ty, $m:ident) $op:block)*) => {$(
        // One function each, to be found by name in a disassembly.
        #[inline(never)]
        fn $name(n: u32, m: &mut Mutator, handle: $ty) {
            let ($m, $handle) = (m, handle);
            for _ in 0..n {
                black_box(());
                $op
            }
        }
    )*};
}

loops! {
    // The loop of all the others.
    nothing(handle: &mut Gc<Thing>, m) { let _ = (&*handle, &*m); }
    clone_drop(handle: &mut Gc<Thing>, m) { let _ = &m; drop(black_box(handle.clone())); }
    new_drop(handle: &mut Gc<Thing>, m) { let _ = &handle; drop(black_box(m.alloc(Thing::new(7)))); }
    poll(handle: &mut Gc<Thing>, m) { let _ = &handle; m.safepoint(); }
    detach(handle: &mut Gc<Thing>, m) { let _ = &handle; m.detach(|| black_box(())); }
    load(handle: &mut GcSlot<Thing>, m) { black_box(handle.load(m).map(|local| local.get())); }
    to_gc(handle: &mut GcSlot<Thing>, m) { drop(black_box(handle.load(m).map(|local| local.to_gc()))); }
    store(handle: &mut (GcSlot<Thing>, Gc<Thing>), m) { handle.0.store(m, handle.1.clone()); m.safepoint(); }
    store_new(handle: &mut GcSlot<Thing>, m) { handle.store(m, m.alloc(Thing::new(7))); m.safepoint(); }
    push_pop(handle: &mut (brc::OperandStack<Thing>, Gc<Thing>), m) { handle.0.push(m, handle.1.clone()); drop(black_box(handle.0.pop(m))); }
    push_truncate(handle: &mut (brc::OperandStack<Thing>, Gc<Thing>), m) { handle.0.push_local(m, handle.1.local(m)); handle.0.truncate(m, 0); }
    vec_push_pop(handle: &mut (Vec<Gc<Thing>>, Gc<Thing>), m) { let _ = &m; handle.0.push(handle.1.clone()); drop(black_box(handle.0.pop())); }
    load_plain(handle: &mut AtomicPtr<u64>, m) { let _ = &m; black_box(handle.load(Acquire)); }
    load_flag(handle: &mut AtomicU64, m) { let _ = &m; if handle.load(Relaxed) != 0 { black_box(()); } }
    load_epoch(handle: &mut epoch::Atomic<u64>, m) { let _ = &m; let guard = epoch::pin(); black_box(handle.load(Acquire, &guard)); }
    load_arc_swap(handle: &mut ArcSwap<u64>, m) { let _ = &m; black_box(&**handle.load()); }
    arc(handle: &mut Arc<u64>, m) { let _ = &m; drop(black_box(handle.clone())); }
}

/// Does an operation `n` times.
///
/// # Panics
///
/// If there is no such case.
pub(crate) fn run(case: &str, n: u32) {
    // The first word is what is done, the second to what.
    let (op, what) = case.split_once(' ').unwrap_or((case, "owner"));
    let others = (what == "stranger").then(|| elsewhere(|m| m.alloc(Thing::new(7))));
    attach(|m| {
        let mut handle = match what {
            "owner" => m.alloc(Thing::new(7)),
            "stranger" => others.expect("made above"),
            "deferred" => m.alloc_deferred(Thing::new(7)),
            "immortal" => m.alloc_immortal(Thing::new(7)),
            "once" => m.alloc_with(Thing::new(7), Lifetime::ImmortalOnceThreaded),
            _ => panic!("no such object: {what}"),
        };
        let stack = (m.operand_stack(), handle.clone());
        match op {
            "nothing" => nothing(n, m, &mut handle),
            "clone-drop" => clone_drop(n, m, &mut handle),
            "new-drop" => new_drop(n, m, &mut handle),
            "poll" => poll(n, m, &mut handle),
            "detach" => detach(n, m, &mut handle),
            "load" => load(n, m, &mut GcSlot::new(handle)),
            "to-gc" => to_gc(n, m, &mut GcSlot::new(handle)),
            "store" => store(n, m, &mut (GcSlot::new(handle.clone()), handle)),
            "store-new" => store_new(n, m, &mut GcSlot::new(handle)),
            "push-pop" => push_pop(n, m, &mut { stack }),
            "push-truncate" => push_truncate(n, m, &mut { stack }),
            "vec-push-pop" => vec_push_pop(n, m, &mut (Vec::with_capacity(4), handle)),
            "load-plain" => load_plain(n, m, &mut AtomicPtr::new(Box::leak(Box::new(7)))),
            "load-flag" => load_flag(n, m, &mut AtomicU64::new(0)),
            "load-epoch" => load_epoch(n, m, &mut epoch::Atomic::new(7)),
            "load-arc-swap" => load_arc_swap(n, m, &mut ArcSwap::from_pointee(7)),
            "arc" => arc(n, m, &mut Arc::new(7)),
            _ => panic!("no such case: {op}"),
        }
    });
}
