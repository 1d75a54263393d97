//! Finalizers that keep their own object, and what becomes of it then.
#![cfg(all(feature = "gc", not(loom)))]

mod common;
mod heap_common;

use std::any::Any;
use std::cell::RefCell;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use brc::{Finalize, Gc, GcSlot, Lifetime, Local, Mutator, Trace, heap};
use common::{Counted, Tally, assert_survives, join};
use heap_common::{alone, alone_detached, elsewhere, outside, panic_with, panics_with};

type Finalizer = Box<dyn FnOnce(&Mutator, Local<'_, Phoenix>) + Send>;

#[derive(Trace)]
#[trace(finalize)]
struct Phoenix {
    edges: Mutex<Vec<Gc<Phoenix>>>,
    #[trace(skip)]
    finalizer: Mutex<Option<Finalizer>>,
    #[trace(skip)]
    _counted: Counted,
}

impl Phoenix {
    fn new(
        tally: &Tally,
        finalizer: impl FnOnce(&Mutator, Local<'_, Self>) + Send + 'static,
    ) -> Self {
        Self {
            edges: Mutex::default(),
            finalizer: Mutex::new(Some(Box::new(finalizer))),
            _counted: tally.payload(),
        }
    }

    /// One that is kept there.
    fn kept(tally: &Tally, kept: &Kept) -> Self {
        let kept = kept.clone();
        Self::new(tally, move |_, object| kept.lock().unwrap().push(object.to_gc()))
    }

    fn link(m: &Mutator, from: &Gc<Self>, to: &Gc<Self>) {
        from.get(m).edges.lock().unwrap().push(to.clone());
    }
}

impl Finalize for Phoenix {
    fn finalize(&self, _: &Mutator) {
        unreachable!("the heap calls the other");
    }

    fn finalize_object(&self, object: Local<'_, Self>, m: &Mutator) {
        assert!(std::ptr::eq(self, object.get()));
        let finalizer = self.finalizer.lock().unwrap().take();
        finalizer.expect("finalized twice")(m, object);
    }
}

/// Where finalizers keep their objects.
type Kept = Arc<Mutex<Vec<Gc<Phoenix>>>>;

fn take(kept: &Kept) -> Gc<Phoenix> {
    let mut kept = kept.lock().unwrap();
    let object = kept.pop().expect("it was kept");
    assert!(kept.is_empty(), "once");
    object
}

/// Demands that a resurrected object is as any other, and dies without its finalizer.
fn dies_at_last(m: &mut Mutator, tally: &Tally, object: Gc<Phoenix>) {
    m.safepoint();
    m.collect();
    assert_eq!((tally.live(), Gc::strong_count(&object)), (1, 1));
    assert!(object.get(m).finalizer.lock().unwrap().is_none());
    let weak = object.downgrade(m);
    let other = object.clone();
    m.detach(|| elsewhere(move |m| assert!(other.get(m).edges.lock().unwrap().is_empty())));
    assert!(weak.upgrade(m).is_some());
    drop(object);
    m.safepoint();
    assert_eq!(tally.live(), 0);
    assert!(weak.upgrade(m).is_none());
}

// --------------------------------------------------------------------------- kept

#[test]
fn by_the_owner() {
    let tally = Tally::new();
    alone(|m| {
        let kept = Kept::default();
        let object = m.alloc(Phoenix::kept(&tally, &kept));
        let address = object.as_ptr();
        drop(object);
        let object = take(&kept);
        assert_eq!((object.as_ptr(), tally.live()), (address, 1));
        assert!(Gc::is_owner(&object, m));
        // At once, where it was.
        drop(object);
        assert_eq!(tally.live(), 0);
        drop(m.alloc(Phoenix::kept(&tally, &kept)));
        dies_at_last(m, &tally, take(&kept));
    });
}

#[test]
fn with_weak_handles_that_were_there_before() {
    let tally = Tally::new();
    alone(|m| {
        let kept = Kept::default();
        let object = m.alloc(Phoenix::kept(&tally, &kept));
        let (called, was_called) = mpsc::channel();
        let weak = object.downgrade_with(m, move |_| called.send(()).unwrap());
        drop(object);
        let object = take(&kept);
        assert!(weak.upgrade(m).is_some_and(|same| Gc::ptr_eq(&same, &object)));
        was_called.try_recv().unwrap_err();
        drop(object);
        was_called.try_recv().unwrap();
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn by_another_thread_after_its_owner_has_gone() {
    let tally = Tally::new();
    alone(|m| {
        let kept = Kept::default();
        let (theirs, ours) = (tally.clone(), kept.clone());
        let object = m.detach(|| elsewhere(move |m| m.alloc(Phoenix::kept(&theirs, &ours))));
        drop(object);
        dies_at_last(m, &tally, take(&kept));
    });
}

#[test]
fn at_a_safepoint_of_the_owner() {
    thread_local! { static HERE: RefCell<Vec<Gc<Phoenix>>> = const { RefCell::new(Vec::new()) } }
    let tally = Tally::new();
    alone(|m| {
        let keep = |_: &Mutator, object: Local<'_, Phoenix>| {
            HERE.with_borrow_mut(|here| here.push(object.to_gc()));
        };
        let object = m.alloc(Phoenix::new(&tally, keep));
        join(thread::spawn(move || heap::attach(|_| drop(object)).unwrap()));
        assert!(HERE.with_borrow(Vec::is_empty));
        m.safepoint();
        let object = HERE.with_borrow_mut(Vec::pop).unwrap();
        dies_at_last(m, &tally, object);
    });
}

#[test]
fn while_attached_for_the_moment() {
    let tally = Tally::new();
    alone_detached(|| {
        let kept = Kept::default();
        let object = heap::attach(|m| m.alloc(Phoenix::kept(&tally, &kept))).unwrap();
        drop(object);
        let object = take(&kept);
        assert_eq!(tally.live(), 1);
        drop(object);
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn after_it_was_retired() {
    let tally = Tally::new();
    alone(|m| {
        let kept = Kept::default();
        let slot = GcSlot::new(m.alloc(Phoenix::kept(&tally, &kept)));
        slot.store(m, None);
        assert!(kept.lock().unwrap().is_empty());
        m.safepoint();
        m.safepoint();
        dies_at_last(m, &tally, take(&kept));
    });
}

#[test]
fn in_a_slot_that_others_read() {
    static SLOT: GcSlot<Phoenix> = GcSlot::empty();
    let tally = Tally::new();
    alone(|m| {
        // Put in and taken out while it dies: it is retired, as others may have read it.
        let come_and_go = |m: &Mutator, object: Local<'_, Phoenix>| {
            SLOT.store(m, Some(object.to_gc()));
            SLOT.store(m, None);
        };
        for watched in [false, true] {
            let object = m.alloc(Phoenix::new(&tally, come_and_go));
            let weak = watched.then(|| object.downgrade(m));
            drop(object);
            assert_eq!(tally.live(), 1);
            m.safepoint();
            m.collect();
            assert_eq!(tally.live(), 0);
            drop(weak);
        }
        drop(m.alloc(Phoenix::new(&tally, |m, object| SLOT.store(m, Some(object.to_gc())))));
        m.collect();
        dies_at_last(m, &tally, SLOT.take(m).unwrap());
    });
}

#[test]
fn from_a_cycle_with_all_that_it_reaches() {
    let tally = Tally::new();
    alone(|m| {
        let kept = Kept::default();
        let first = m.alloc(Phoenix::kept(&tally, &kept));
        let second = m.alloc(Phoenix::new(&tally, |_, object| drop(object.to_gc())));
        let third = m.alloc(Phoenix::new(&tally, |_, _| ()));
        let apart = m.alloc(Phoenix::new(&tally, |_, _| ()));
        for (from, to) in [(&first, &second), (&second, &third), (&third, &first)] {
            Phoenix::link(m, from, to);
        }
        Phoenix::link(m, &apart, &apart);
        Phoenix::link(m, &apart, &first);
        let weak = second.downgrade(m);
        drop((first, second, third, apart));
        let collected = m.collect();
        assert_eq!((collected.freed, collected.resurrected, tally.live()), (1, 3, 3));
        assert!(weak.upgrade(m).is_some());
        m.collect();
        assert_eq!(tally.live(), 3);
        // Of the same cycle, found again.
        drop(take(&kept));
        let collected = m.collect();
        assert_eq!((collected.freed, collected.resurrected, tally.live()), (3, 0, 0));
        assert!(weak.upgrade(m).is_none());
    });
}

#[test]
fn from_a_cycle_that_is_opened_then() {
    let tally = Tally::new();
    alone(|m| {
        let kept = Kept::default();
        let object = m.alloc(Phoenix::kept(&tally, &kept));
        Phoenix::link(m, &object, &object);
        drop(object);
        assert_eq!(m.collect().resurrected, 1);
        let object = take(&kept);
        object.get(m).edges.lock().unwrap().clear();
        dies_at_last(m, &tally, object);
    });
}

#[test]
fn a_deferred_object_that_stays_so() {
    let tally = Tally::new();
    alone(|m| {
        let kept = Kept::default();
        drop(m.alloc_deferred(Phoenix::kept(&tally, &kept)));
        assert_eq!(m.collect().resurrected, 1);
        let object = take(&kept);
        assert!(Gc::is_deferred(&object, m));
        m.collect();
        assert_eq!(tally.live(), 1);
        drop(object);
        assert_eq!(tally.live(), 1, "only the collector frees it");
        m.collect();
        assert_eq!((tally.live(), heap::stats().deferred_objects), (0, 0));
    });
}

#[test]
fn an_object_that_becomes_immortal_with_the_second_thread() {
    assert_survives("an_object_that_becomes_immortal_with_the_second_thread", "it", || {
        let tally = Tally::new();
        let (kept, once) = (Kept::default(), Lifetime::ImmortalOnceThreaded);
        heap::attach(|m| {
            drop(m.alloc_with(Phoenix::kept(&tally, &kept), once));
            let object = take(&kept);
            drop(object);
            assert_eq!(tally.live(), 0);
            drop(m.alloc_with(Phoenix::kept(&tally, &kept), once));
            m.detach(|| elsewhere(|_| ()));
            let object = take(&kept);
            assert!(Gc::is_immortal(&object));
            drop(object);
            assert_eq!(tally.live(), 1);
        })
        .unwrap();
    });
}

#[test]
fn as_its_own_type_whatever_its_handles_were_made_for() {
    let tally = Tally::new();
    alone(|m| {
        let kept = Kept::default();
        let any: Gc<dyn Any + Send + Sync> = m.alloc_dyn(Phoenix::kept(&tally, &kept), |it| it);
        let weak = any.downgrade(m);
        drop(any);
        let object = take(&kept);
        let any = weak.upgrade(m).unwrap();
        let same: *const Phoenix = any.get(m).downcast_ref().unwrap();
        assert!(std::ptr::eq(object.get(m), same));
        drop(Gc::downcast::<Phoenix>(any).unwrap());
        dies_at_last(m, &tally, object);
    });
}

#[test]
fn in_itself_for_the_collector_to_find() {
    let tally = Tally::new();
    alone(|m| {
        let keep = |_: &Mutator, object: Local<'_, Phoenix>| {
            object.edges.lock().unwrap().push(object.to_gc());
        };
        drop(m.alloc(Phoenix::new(&tally, keep)));
        assert_eq!(tally.live(), 1);
        assert_eq!(m.collect().freed, 1);
        assert_eq!(tally.live(), 0);
        // What only garbage refers to is none the less garbage.
        let object = m.alloc(Phoenix::new(&tally, keep));
        Phoenix::link(m, &object, &object);
        drop(object);
        let collected = m.collect();
        assert_eq!((collected.freed, collected.resurrected, tally.live()), (1, 0, 0));
    });
}

#[test]
fn and_panic() {
    let tally = Tally::new();
    alone(|m| {
        let kept = Kept::default();
        let bomb = || {
            let kept = kept.clone();
            Phoenix::new(&tally, move |_, object| {
                kept.lock().unwrap().push(object.to_gc());
                panic_with(7);
            })
        };
        let object = m.alloc(bomb());
        assert_eq!(panics_with(|| drop(object)), Some(7));
        dies_at_last(m, &tally, take(&kept));
        let object = m.alloc(bomb());
        Phoenix::link(m, &object, &object);
        drop(object);
        assert_eq!(panics_with(|| drop(m.collect())), Some(7));
        let object = take(&kept);
        object.get(m).edges.lock().unwrap().clear();
        dies_at_last(m, &tally, object);
    });
}

#[test]
fn at_the_shutdown_and_beyond() {
    assert_survives("at_the_shutdown_and_beyond", "it", || {
        let tally = Tally::new();
        let kept = Kept::default();
        heap::attach(|m| {
            let object = m.alloc(Phoenix::kept(&tally, &kept));
            Phoenix::link(m, &object, &object);
        })
        .unwrap();
        // One that nobody finalizes any more.
        let other = heap::attach(|m| m.alloc(Phoenix::kept(&tally, &kept))).unwrap();
        assert_eq!(heap::shutdown().unwrap().objects, 2);
        drop(other);
        assert_eq!(tally.live(), 1);
        drop(take(&kept));
        assert_eq!(tally.live(), 1, "a cycle that is left stays");
    });
}

// ------------------------------------------------------------------------ not kept

#[test]
fn handles_that_are_gone_when_the_finalizer_returns_change_nothing() {
    let tally = Tally::new();
    alone(|m| {
        let passing = || {
            Phoenix::new(&tally, |m: &Mutator, object| {
                let mut handles = vec![object.to_gc(); 5];
                handles.push(object.to_gc());
                for handle in &mut handles {
                    assert!(Gc::get_mut(handle, m).is_none(), "its destroyer has another");
                }
                drop(handles);
                let only = Gc::try_unwrap(object.to_gc(), m).err().unwrap();
                assert!(std::ptr::eq(only.get(m), object.get()));
            })
        };
        drop(m.alloc(passing()));
        assert_eq!(tally.live(), 0, "by the owner");
        let weak = m.alloc(passing()).downgrade(m);
        assert_eq!(tally.live(), 0, "merged");
        assert!(weak.upgrade(m).is_none());
        let object = m.alloc(passing());
        Phoenix::link(m, &object, &object);
        drop(object);
        assert_eq!((m.collect().freed, tally.live()), (1, 0), "by the collector");
        drop(m.alloc_deferred(passing()));
        assert_eq!((m.collect().freed, tally.live()), (1, 0), "deferred");
    });
}

#[test]
fn weak_handles_that_a_finalizer_makes_fail_afterwards() {
    let tally = Tally::new();
    alone(|m| {
        for in_a_cycle in [false, true] {
            let (tell, told) = mpsc::channel();
            let (called, was_called) = mpsc::channel();
            let object = m.alloc(Phoenix::new(&tally, move |m, object| {
                let weak = object.to_gc().downgrade_with(m, move |_| called.send(()).unwrap());
                assert_eq!(weak.upgrade(m).is_some(), !in_a_cycle);
                tell.send(weak).unwrap();
            }));
            if in_a_cycle {
                Phoenix::link(m, &object, &object);
            }
            drop(object);
            m.collect();
            assert_eq!(tally.live(), 0);
            assert!(told.recv().unwrap().upgrade(m).is_none());
            was_called.try_recv().unwrap();
        }
    });
}

// ------------------------------------------------------------------- other threads

/// Lets a thread that is not attached have a handle, and some more, while the
/// finalizer runs: it gives some back, and drops or keeps the others.
fn shares(
    tally: &Tally,
    keeps: Option<Kept>,
    gives_back: bool,
) -> impl FnOnce(&Mutator, Local<'_, Phoenix>) + Send + use<> {
    let tally = tally.clone();
    move |_, object| {
        let (ours, theirs) = (object.to_gc(), object.to_gc());
        let back = outside(move || {
            let others = vec![theirs.clone(); 3];
            drop(theirs);
            let back = gives_back.then(|| others[0].clone());
            if let Some(kept) = keeps {
                kept.lock().unwrap().push(others[1].clone());
            }
            back
        });
        drop((ours, back));
        assert_eq!(tally.live(), 1);
    }
}

#[test]
fn handles_can_be_sent_dropped_and_kept_elsewhere() {
    let tally = Tally::new();
    alone(|m| {
        for (gives_back, watched) in [(false, false), (false, true), (true, false), (true, true)] {
            let kept = Kept::default();
            let make = |m: &Mutator, keeps| {
                let object = m.alloc(Phoenix::new(&tally, shares(&tally, keeps, gives_back)));
                let weak = watched.then(|| object.downgrade(m));
                (object, weak)
            };
            let (object, weak) = make(m, None);
            drop(object);
            m.safepoint();
            assert_eq!(tally.live(), 0, "{gives_back} {watched}");
            assert!(weak.is_none_or(|weak| weak.upgrade(m).is_none()));

            let (object, _weak) = make(m, Some(kept.clone()));
            drop(object);
            m.safepoint();
            dies_at_last(m, &tally, take(&kept));

            let (object, _weak) = make(m, Some(kept.clone()));
            Phoenix::link(m, &object, &object);
            drop(object);
            assert_eq!(m.collect().resurrected, 1);
            let object = take(&kept);
            object.get(m).edges.lock().unwrap().clear();
            dies_at_last(m, &tally, object);
        }
    });
}

#[test]
fn a_thread_that_the_finalizer_waits_for_can_make_handles_too() {
    let tally = Tally::new();
    alone(|m| {
        let kept = Kept::default();
        let ours = kept.clone();
        drop(m.alloc(Phoenix::new(&tally, move |_, object| {
            thread::scope(|s| {
                s.spawn(|| ours.lock().unwrap().push(object.to_gc()));
                s.spawn(|| drop(object.to_gc()));
            });
        })));
        m.safepoint();
        dies_at_last(m, &tally, take(&kept));
    });
}

#[test]
fn what_was_kept_can_be_dropped_by_a_thread_that_is_not_attached() {
    let tally = Tally::new();
    alone(|m| {
        let kept = Kept::default();
        drop(m.alloc(Phoenix::kept(&tally, &kept)));
        let object = take(&kept);
        outside(move || drop(object));
        m.safepoint();
        assert_eq!(tally.live(), 0);
    });
}

/// Many objects that die on several threads, each of which keeps some of those that
/// die on it for the others to drop.
#[test]
fn threads_that_bury_what_others_saved() {
    let tally = Tally::new();
    alone_detached(|| {
        let kept = Kept::default();
        let rounds = common::size(20_000, 2_000, 100);
        let threads = (0..4).map(|_| {
            let (tally, kept) = (tally.clone(), kept.clone());
            thread::spawn(move || {
                heap::attach(|m| {
                    for round in 0..rounds {
                        let object = m.alloc(Phoenix::kept(&tally, &kept));
                        if round % 3 == 0 {
                            Phoenix::link(m, &object, &object);
                        }
                        if round % 5 == 0 {
                            kept.lock().unwrap().push(object.clone());
                        }
                        drop(object);
                        let other = kept.lock().unwrap().pop();
                        if let Some(other) = other {
                            other.get(m).edges.lock().unwrap().clear();
                        }
                        m.safepoint();
                    }
                })
                .unwrap();
            })
        });
        threads.collect::<Vec<_>>().into_iter().for_each(join);
        heap::attach(|m| {
            while m.collect().resurrected != 0 || !kept.lock().unwrap().is_empty() {
                let all = std::mem::take(&mut *kept.lock().unwrap());
                drop(all);
            }
        })
        .unwrap();
        assert_eq!(tally.live(), 0);
    });
}
