//! Models of counting and of owners: every interleaving of two or three
//! threads, on the code that ships, down to the memory of the objects.
//!
//! ```console
//! ci/loom.sh
//! ```
//!
//! The main thread of each model is the owner of what it makes; the threads
//! that it starts are strangers. (Under loom a thread's end does not call
//! [`leave`]; the models do.) Models are explored without a bound on
//! preemptions where that ends within seconds. Else those of two threads have
//! four or five, those of three two or three; `BRC_LOOM_UNBOUNDED=1` lifts the
//! bounds.
//!
//! Loom cannot show everything: it never lets a load be satisfied by a store
//! that the same thread's later store made possible (load buffering), and a
//! plain store that races with a read-modify-write may get lost in it. See
//! `ci/mutants/EQUIVALENT.md` for the orderings that rest on an argument alone.
#![cfg(loom)]

mod count;
#[path = "../common/explore.rs"]
mod explore;
mod immortal;
mod owner;
mod unique;
mod weak;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use brc::header::Header;
use brc::owner::leave;
use brc::{Brc, Weak};
use explore::{bounded_model, model};
use loom::cell::UnsafeCell;
use loom::sync::Mutex;
use loom::thread::{self, JoinHandle};

/// What became of a payload, watched from outside.
struct Fate {
    /// Read through handles, written by construction and destruction: loom
    /// fails the model if two of these are not ordered.
    cell: UnsafeCell<()>,
    destroyed: AtomicBool,
}

impl Fate {
    #[allow(clippy::arc_with_non_send_sync, reason = "loom's threads are one thread")]
    fn new() -> Arc<Self> {
        Arc::new(Self { cell: UnsafeCell::new(()), destroyed: AtomicBool::new(false) })
    }

    fn is_destroyed(&self) -> bool {
        self.destroyed.load(Relaxed)
    }

    fn assert_destroyed(&self) {
        assert!(self.is_destroyed(), "leaked");
    }
}

/// A payload. It outlives its block as far as the models look, so that a use
/// after the end is an assertion and no crash.
struct Probe(*const Fate);

// SAFETY: a `Fate` is shared between threads in an `Arc`, and its cell is
// accessed only through loom, which checks that.
unsafe impl Send for Probe {}
// SAFETY: as above.
unsafe impl Sync for Probe {}

impl Probe {
    /// Makes a payload, which the model must drop before it drops its fate.
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

/// An object of the calling thread, and its fate.
fn object() -> (Brc<Probe>, Arc<Fate>) {
    let fate = Fate::new();
    (Brc::new(Probe::new(&fate)), fate)
}

/// An object that is merged already, and its fate.
fn merged_object() -> (Brc<Probe>, Arc<Fate>) {
    let (b, fate) = object();
    Brc::share(&b);
    (b, fate)
}

/// A handle that is counted in the shared word, as a stranger's clone is.
fn shared_clone(b: &Brc<Probe>) -> Brc<Probe> {
    brc::detach(|| b.clone())
}

fn look_and_drop(b: Brc<Probe>) {
    b.look();
    drop(b);
}

/// Turns a strong handle into a weak one and that into a strong one again, if
/// that can be. What is left is dropped later, to keep the models small.
fn downgrade_drop_upgrade(b: Brc<Probe>) -> (Weak<Probe>, Option<Brc<Probe>>) {
    let w = Brc::downgrade(&b);
    drop(b);
    let b = w.upgrade();
    if let Some(b) = &b {
        b.look();
    }
    (w, b)
}

/// The header of an object, which must not be dead.
fn header(b: &Brc<Probe>) -> &Header {
    // SAFETY: the header stands in front of the payload, in the same block.
    let header = unsafe { Brc::as_ptr(b).cast::<Header>().sub(1) };
    // SAFETY: `b` keeps the block.
    unsafe { &*header }
}

/// A place to pass a handle through.
struct Slot<T>(Mutex<Option<T>>);

impl<T> Slot<T> {
    fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(None)))
    }

    fn put(&self, value: T) {
        *self.0.lock().unwrap() = Some(value);
    }

    fn take(&self) -> Option<T> {
        self.0.lock().unwrap().take()
    }
}

/// Ends a model: the strangers end, then the owner.
fn end<const N: usize>(strangers: [JoinHandle<()>; N], fate: &Fate) {
    for stranger in strangers {
        stranger.join().unwrap();
    }
    leave();
    fate.assert_destroyed();
}

fn spawn(f: impl FnOnce() + 'static) -> JoinHandle<()> {
    thread::spawn(f)
}
