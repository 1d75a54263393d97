//! Models of the heap: every interleaving of two or three threads, on the code
//! that ships, down to the memory of the objects.
//!
//! ```console
//! ci/loom.sh
//! ```
//!
//! The world itself (attaching, stopping, standing in, quiescent states) has
//! models of its own, in `stw::model`. Here are the deaths of objects and the
//! collector, through the public interface. The main thread of each model is the
//! owner of what it makes, unless it says otherwise. A *guest* is another thread
//! that is attached before the model begins; a *stranger* is one that is not
//! attached at all. Blocks are of loom's allocator, which fails a model that
//! leaks one or frees it twice.
//!
//! Models are explored without a bound on preemptions where that ends within
//! seconds, else with one of two to four; `BRC_LOOM_UNBOUNDED=1` lifts the bounds.
//! `ci/mutants/EQUIVALENT.md` has what rests on an argument alone.
#![cfg(all(loom, feature = "gc"))]

mod containers;
mod cycles;
mod deaths;
mod deferral;
#[path = "../common/explore.rs"]
mod explore;
mod leavings;
mod others;
mod slots;
mod upgrades;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use brc::{Finalize, Gc, GcWeak, Local, Mutator, Trace, Tracer, heap};
use explore::{bounded_model, model};
use loom::cell::UnsafeCell;
use loom::sync::{Condvar, Mutex};
use loom::thread::{self, JoinHandle};

/// What became of a payload, watched from outside.
struct Fate {
    /// Read through handles and by the collector, written by construction and
    /// destruction: loom fails the model if two of these are not ordered.
    cell: UnsafeCell<()>,
    /// As above, but written by the finalizer.
    whole: UnsafeCell<()>,
    destroyed: AtomicBool,
    finalized: AtomicUsize,
}

impl Fate {
    #[allow(clippy::arc_with_non_send_sync, reason = "loom's threads are one thread")]
    fn new() -> Arc<Self> {
        Arc::new(Self {
            cell: UnsafeCell::new(()),
            whole: UnsafeCell::new(()),
            destroyed: AtomicBool::new(false),
            finalized: AtomicUsize::new(0),
        })
    }

    fn is_destroyed(&self) -> bool {
        self.destroyed.load(Relaxed)
    }

    fn assert_destroyed(&self) {
        assert!(self.is_destroyed(), "left alive");
    }

    fn assert_alive(&self) {
        assert!(!self.is_destroyed(), "destroyed too early");
    }
}

/// What a payload has in it. It outlives its block as far as the models look, so
/// that a use after the end is an assertion and no crash.
struct Probe(*const Fate);

// SAFETY: a `Fate` is shared between threads in an `Arc`, and its cell is
// accessed only through loom, which checks that.
unsafe impl Send for Probe {}
// SAFETY: as above.
unsafe impl Sync for Probe {}

impl Probe {
    /// Makes one, which the model must drop before it drops its fate.
    fn new(fate: &Arc<Fate>) -> Self {
        fate.cell.with_mut(|_| ());
        Self(Arc::as_ptr(fate))
    }

    fn fate(&self) -> &Fate {
        // SAFETY: the model holds the `Arc` until its end.
        unsafe { &*self.0 }
    }

    /// Uses the payload through a shared reference.
    fn look(&self) {
        assert!(!self.fate().is_destroyed(), "used after its destruction");
        self.fate().cell.with(|_| ());
        self.fate().whole.with(|_| ());
    }

    /// What a finalizer does, if nobody else has a handle.
    fn finalize(&self) {
        assert!(!self.fate().is_destroyed(), "used after its destruction");
        self.fate().whole.with_mut(|_| ());
        self.fate().finalized.fetch_add(1, Relaxed);
    }

    /// Uses the payload through an exclusive reference.
    fn alter(&mut self) {
        assert!(!self.fate().is_destroyed(), "used after its destruction");
        self.fate().cell.with_mut(|_| ());
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        assert!(!self.fate().destroyed.swap(true, Relaxed), "destroyed twice");
        self.fate().cell.with_mut(|_| ());
    }
}

/// A payload without handles: never a candidate.
struct Leaf(Probe);

// SAFETY: it has no handles.
unsafe impl Trace for Leaf {
    const ACYCLIC: bool = true;

    fn trace(&self, _: &mut Tracer<'_>) {}
}

/// A payload with a handle: a candidate whenever its count goes down.
struct Node {
    probe: Probe,
    /// Set before other threads know of it.
    next: std::sync::Mutex<Option<Gc<Node>>>,
}

// SAFETY: reports its one handle.
unsafe impl Trace for Node {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.probe.look();
        self.next.trace(tracer);
    }
}

/// As [`Node`], with a finalizer.
struct Last {
    probe: Probe,
    next: std::sync::Mutex<Option<Gc<Last>>>,
}

// SAFETY: as for `Node`.
unsafe impl Trace for Last {
    const FINALIZE: Option<fn(&Self, Local<'_, Self>, &Mutator)> =
        Some(<Self as Finalize>::finalize_object);

    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.probe.look();
        self.next.trace(tracer);
    }
}

impl Finalize for Last {
    fn finalize(&self, _: &Mutator) {
        self.probe.finalize();
    }
}

/// What models look at.
trait Look {
    fn look(&self);
}

impl Look for Leaf {
    fn look(&self) {
        self.0.look();
    }
}

impl Look for Node {
    fn look(&self) {
        self.probe.look();
    }
}

impl Look for Last {
    fn look(&self) {
        self.probe.look();
    }
}

fn leaf(m: &Mutator, fate: &Arc<Fate>) -> Gc<Leaf> {
    m.alloc(Leaf(Probe::new(fate)))
}

fn node(m: &Mutator, fate: &Arc<Fate>) -> Gc<Node> {
    m.alloc(Node { probe: Probe::new(fate), next: std::sync::Mutex::new(None) })
}

/// An object that refers to itself.
fn cycle(m: &Mutator, fate: &Arc<Fate>) -> Gc<Node> {
    let node = node(m, fate);
    *node.get(m).next.lock().unwrap() = Some(node.clone());
    node
}

fn last(m: &Mutator, fate: &Arc<Fate>) -> Gc<Last> {
    m.alloc(Last { probe: Probe::new(fate), next: std::sync::Mutex::new(None) })
}

/// An object with a finalizer that refers to itself.
fn last_cycle(m: &Mutator, fate: &Arc<Fate>) -> Gc<Last> {
    let last = last(m, fate);
    *last.get(m).next.lock().unwrap() = Some(last.clone());
    last
}

/// A handle that is counted in the shared word, as one is that a stranger cloned.
fn shared_clone<T: Send + Sync>(m: &mut Mutator, gc: &Gc<T>) -> Gc<T> {
    m.detach(|| gc.clone())
}

/// The only two handles to an object that has no owner.
fn merged<T: Send + Sync>(m: &mut Mutator, gc: Gc<T>) -> [Gc<T>; 2] {
    let both = [shared_clone(m, &gc), shared_clone(m, &gc)];
    drop(gc);
    both
}

fn look_and_drop<T: Look>(m: &Mutator, gc: Gc<T>) {
    gc.get(m).look();
    drop(gc);
}

fn attach<R>(f: impl FnOnce(&mut Mutator) -> R) -> R {
    heap::attach(f).expect("not attached, and open")
}

fn spawn<R: 'static>(f: impl FnOnce() -> R + 'static) -> JoinHandle<R> {
    thread::spawn(f)
}

/// Starts a thread that is attached when this returns. So what attaching does
/// is not explored again in each model.
fn guest<R: 'static>(f: impl FnOnce(&mut Mutator) -> R + 'static) -> JoinHandle<R> {
    #[allow(clippy::arc_with_non_send_sync, reason = "loom's threads are one thread")]
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let opened = gate.clone();
    let guest = spawn(move || {
        attach(|m| {
            *opened.0.lock().unwrap() = true;
            opened.1.notify_one();
            f(m)
        })
    });
    let mut open = gate.0.lock().unwrap();
    while !*open {
        open = gate.1.wait(open).unwrap();
    }
    drop(open);
    guest
}

/// The end of a model, after all threads: what waits on lists is done.
fn end() {
    attach(|m| {
        m.collect();
    });
    let stats = heap::stats();
    assert_eq!((stats.objects, stats.queued, stats.pending), (0, 0, 0), "left behind");
}
