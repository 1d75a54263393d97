//! Interleavings of the heap that once went wrong, each played step by step.
#![cfg(all(feature = "gc", not(loom)))]
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, mpsc};
use std::thread;

use brc::{Finalize, Gc, Mutator, Trace, heap};

/// They change the settings of the one heap, and count on nobody else's safepoints.
static TURN: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Calls a function in its destructor.
struct OnDrop(Option<Box<dyn FnOnce() + Send>>);

impl OnDrop {
    fn new(f: impl FnOnce() + Send + 'static) -> Self {
        Self(Some(Box::new(f)))
    }
    fn nothing() -> Self {
        Self(None)
    }
}

impl Drop for OnDrop {
    fn drop(&mut self) {
        if let Some(f) = self.0.take() {
            f();
        }
    }
}

#[derive(Trace)]
struct Node {
    to: Mutex<Option<Gc<Node>>>,
    #[trace(skip)]
    _on_drop: Mutex<OnDrop>,
}

fn node(m: &Mutator, on_drop: OnDrop) -> Gc<Node> {
    m.alloc(Node { to: Mutex::new(None), _on_drop: Mutex::new(on_drop) })
}

fn link(m: &Mutator, from: &Gc<Node>, to: &Gc<Node>) {
    *from.get(m).to.lock().unwrap() = Some(to.clone());
}

/// Objects whose count goes down, so that they become candidates.
fn touch(all: &[Gc<Node>]) {
    all.iter().for_each(|node| drop(node.clone()));
}

/// An owner's list has the claim on the memory of an object that another
/// thread's collection is destroying: it was freed as soon as that began.
#[test]
fn an_owner_does_not_free_what_anothers_collection_still_destroys() {
    let _turn = turn();
    heap::configure().collect_after(1_000_000);
    let (in_destructor, owner_goes) = mpsc::channel();
    let (owner_purged, go_on) = mpsc::channel();
    let (give, take) = mpsc::channel();
    let owner = thread::spawn(move || {
        heap::attach(|m| {
            let go_on = Mutex::new(go_on);
            let b = node(
                m,
                OnDrop::new(move || {
                    in_destructor.send(()).unwrap();
                    go_on.lock().unwrap().recv().unwrap();
                }),
            );
            touch(std::slice::from_ref(&b)); // on this thread's list
            let live: Vec<_> = (0..8).map(|_| node(m, OnDrop::nothing())).collect();
            give.send(b).unwrap();
            m.detach(|| owner_goes.recv().unwrap());
            heap::configure().collect_after(4);
            m.safepoint();
            touch(&live);
            m.safepoint(); // frees its dead candidates
            let _reused: Vec<_> = (0..64).map(|_| node(m, OnDrop::nothing())).collect();
            owner_purged.send(()).unwrap();
        })
        .unwrap();
    });
    heap::attach(|m| {
        let b = m.detach(|| take.recv().unwrap());
        let a = node(m, OnDrop::nothing());
        link(m, &a, &b);
        link(m, &b, &a);
        drop((b, a));
        let live: Vec<_> = (0..64).map(|_| node(m, OnDrop::nothing())).collect();
        heap::configure().collect_after(50);
        m.safepoint();
        touch(&live);
        m.safepoint(); // collects its own candidates, and with them the cycle
        m.detach(|| owner.join().unwrap());
    })
    .unwrap();
}

/// A thread that attached for the moment waited for the end of a stop, which
/// waited for a thread that waited for this one.
#[test]
fn a_drop_by_an_unattached_thread_does_not_wait_for_a_stop() {
    let _turn = turn();
    heap::configure().report_stalls_after(None);
    let (in_destructor, stopper_goes) = mpsc::channel();
    let stopper = thread::spawn(move || {
        stopper_goes.recv().unwrap();
        heap::attach(|m| m.snapshot().objects()).unwrap()
    });
    heap::attach(|m| {
        let make = || {
            heap::attach(|m| {
                let mut all: Vec<_> = (0..1100).map(|_| node(m, OnDrop::nothing())).collect();
                all.push(node(
                    m,
                    OnDrop::new(move || {
                        in_destructor.send(()).unwrap();
                        // The stop is under way by then, most of the time.
                        thread::sleep(std::time::Duration::from_millis(50));
                    }),
                ));
                all
            })
            .unwrap()
        };
        // Of an owner that has left.
        let all = m.detach(|| thread::spawn(make).join().unwrap());
        // Blocks attached, which only holds the stop up.
        thread::scope(|scope| {
            scope.spawn(move || drop(all));
        });
        m.detach(|| stopper.join().unwrap());
    })
    .unwrap();
}

/// The drop was left to a thread that was attached only for the moment, and went.
#[test]
fn what_is_dropped_while_another_thread_is_attached_for_the_moment_dies() {
    let _turn = turn();
    let drops = Arc::new(AtomicUsize::new(0));
    let (in_destructor, entered) = mpsc::channel();
    let (leave, left) = mpsc::channel();
    let (a, b) = heap::attach(|m| {
        let (first, second) = (drops.clone(), drops.clone());
        let left = Mutex::new(left);
        let a = OnDrop::new(move || {
            in_destructor.send(()).unwrap();
            left.lock().unwrap().recv().unwrap();
            first.fetch_add(1, Relaxed);
        });
        let b = OnDrop::new(move || {
            second.fetch_add(1, Relaxed);
        });
        (node(m, a), node(m, b))
    })
    .unwrap();
    let thread = thread::spawn(move || drop(a));
    entered.recv().unwrap();
    drop(b);
    leave.send(()).unwrap();
    thread.join().unwrap();
    assert_eq!(drops.load(Relaxed), 2, "pending: {}", heap::stats().pending);
}

/// Automatic collections took no candidates of a thread that was detached.
#[test]
fn a_cycle_on_a_sleepers_list_is_found_by_other_threads() {
    let _turn = turn();
    heap::configure().collect_after(64);
    let drops = Arc::new(AtomicUsize::new(0));
    let (give, take) = mpsc::channel();
    let (wake, sleep) = mpsc::channel::<()>();
    let theirs = drops.clone();
    let owner = thread::spawn(move || {
        heap::attach(|m| {
            let on_drop = OnDrop::new(move || {
                theirs.fetch_add(1, Relaxed);
            });
            let x = node(m, on_drop);
            link(m, &x, &x);
            touch(std::slice::from_ref(&x));
            give.send(x).unwrap();
            m.detach(|| sleep.recv().unwrap());
        })
        .unwrap();
    });
    heap::attach(|m| {
        drop(m.detach(|| take.recv().unwrap()));
        for _ in 0..1000 {
            let n = node(m, OnDrop::nothing());
            link(m, &n, &n);
            drop(n);
            m.safepoint();
        }
        assert_eq!(drops.load(Relaxed), 1);
        wake.send(()).unwrap();
        m.detach(|| owner.join().unwrap());
    })
    .unwrap();
}

/// Candidates that unattached threads made called for no collection.
#[test]
fn cycles_that_unattached_threads_let_go_are_collected() {
    const CYCLES: usize = if cfg!(debug_assertions) { 10_000 } else { 100_000 };
    let _turn = turn();
    heap::configure().collect_after(1_000).growth(50);
    heap::attach(|m| {
        m.collect();
        let before = heap::stats().objects;
        let (give, take) = mpsc::sync_channel::<Gc<Node>>(1024);
        let worker = thread::spawn(move || take.into_iter().for_each(drop));
        for _ in 0..CYCLES {
            let n = node(m, OnDrop::nothing());
            link(m, &n, &n);
            m.detach(|| give.send(n).unwrap());
            m.safepoint();
        }
        drop(give);
        m.detach(|| worker.join().unwrap());
        m.safepoint();
        assert!(heap::stats().objects - before < 8_000, "{}", heap::stats().objects - before);
        m.collect();
        assert_eq!(heap::stats().objects, before);
    })
    .unwrap();
}

type Finalizer = Box<dyn Fn(&Finalized, &Mutator) + Send + Sync>;

#[derive(Trace)]
#[trace(finalize)]
struct Finalized {
    to: Mutex<Option<Gc<Finalized>>>,
    #[trace(skip)]
    f: Finalizer,
}

impl Finalize for Finalized {
    fn finalize(&self, m: &Mutator) {
        (self.f)(self, m);
    }
}

/// The drop waited, busily, for the end of another thread's destructor.
#[test]
fn a_drop_by_an_unattached_thread_does_not_wait_for_anothers_destructor() {
    let _turn = turn();
    let (in_destructor, entered) = mpsc::channel();
    let (leave, left) = mpsc::channel();
    let in_time = Arc::new(AtomicUsize::new(0));
    let (a, r) = heap::attach(|m| {
        let in_time = in_time.clone();
        let left = Mutex::new(left);
        let a = OnDrop::new(move || {
            in_destructor.send(()).unwrap();
            let told = left.lock().unwrap().recv_timeout(std::time::Duration::from_secs(20));
            in_time.fetch_add(usize::from(told.is_ok()), Relaxed);
        });
        // Retires something that waits for all that are attached.
        let f = Box::new(|_: &Finalized, m: &Mutator| m.retire(5_u8));
        (node(m, a), m.alloc(Finalized { to: Mutex::new(None), f }))
    })
    .unwrap();
    let thread = thread::spawn(move || drop(a));
    entered.recv().unwrap();
    drop(r);
    let _ = leave.send(());
    thread.join().unwrap();
    assert_eq!(in_time.load(Relaxed), 1);
}

/// Only the callbacks that were there in the first pause were called.
#[test]
fn a_callback_that_a_finalizer_made_is_called() {
    let _turn = turn();
    let called = Arc::new(AtomicUsize::new(0));
    let weak = Arc::new(Mutex::new(None));
    heap::attach(|m| {
        let (made, calls) = (weak.clone(), called.clone());
        let f = Box::new(move |this: &Finalized, m: &Mutator| {
            let calls = calls.clone();
            let to = this.to.lock().unwrap();
            let to = to.as_ref().unwrap().downgrade_with(m, move |_| {
                calls.fetch_add(1, Relaxed);
            });
            *made.lock().unwrap() = Some(to);
        });
        let n = m.alloc(Finalized { to: Mutex::new(None), f });
        *n.get(m).to.lock().unwrap() = Some(n.clone());
        drop(n);
        m.collect();
        let weak = weak.lock().unwrap().take().unwrap();
        assert!(weak.upgrade(m).is_none());
        assert_eq!(called.load(Relaxed), 1);
    })
    .unwrap();
}

/// While a thread that was attached for the moment gave its record back, it
/// counted as a mutator.
#[test]
fn threads_that_attach_for_the_moment_are_no_mutators() {
    const OBJECTS: u64 = if cfg!(debug_assertions) { 10_000 } else { 100_000 };
    let _turn = turn();
    let all: Vec<_> = heap::attach(|m| (0..OBJECTS).map(|n| m.alloc(n)).collect()).unwrap();
    let thread = thread::spawn(move || all.into_iter().for_each(drop));
    while !thread.is_finished() {
        assert_eq!(heap::stats().mutators, 0);
    }
    thread.join().unwrap();
}

/// What `coerce` shows read-only could be written through the handle, or seen
/// through another view while it was.
#[test]
fn a_coerced_handle_gives_no_way_to_write() {
    #[derive(Trace)]
    struct Wrapper {
        even: [u64; 1],
    }
    let _turn = turn();
    heap::attach(|m| {
        let mut slice: Gc<[u64]> = m.alloc_dyn(Wrapper { even: [2] }, |w| &w.even[..]);
        assert!(Gc::get_mut(&mut slice, m).is_none());
        assert_eq!(*slice.get(m), [2]);
        let mut part: Gc<[u64; 1]> = m.alloc_dyn(Wrapper { even: [2] }, |w| &w.even);
        assert!(Gc::get_mut(&mut part, m).is_none());
        let mut whole = Gc::downcast::<Wrapper>(part).unwrap();
        assert!(Gc::get_mut(&mut whole, m).is_some());
    })
    .unwrap();
}

/// What called for a collection was left to a thread that attached later and did not
/// know of it: its safepoints passed all that garbage by.
#[test]
fn a_collection_that_a_thread_left_is_done_at_a_safepoint_of_the_next() {
    const CYCLES: usize = 10_000;
    let _turn = turn();
    heap::configure().collect_after(1_000).growth(50);
    let before = heap::attach(|m| {
        m.collect();
        heap::stats().objects
    })
    .unwrap();
    let make = || {
        heap::attach(|m| {
            for _ in 0..CYCLES {
                let n = node(m, OnDrop::nothing());
                link(m, &n, &n);
            }
        })
    };
    thread::spawn(make).join().unwrap().unwrap();
    heap::attach(|m| {
        m.safepoint();
        assert_eq!(heap::stats().objects, before);
    })
    .unwrap();
}
