//! The heap: objects that form cycles, seen by many threads.
//!
//! A [`Brc`](crate::Brc) can be looked at anywhere, and a cycle of them leaks.
//! The heap is for graphs that may have cycles, as those of a language runtime. Its
//! objects are reached by a [`Gc`](crate::Gc), and looked at only by a thread that is
//! *attached*; in exchange, a collector finds the cycles that are garbage.
//!
//! ```
//! use brc::{Gc, Locked, Trace, heap};
//!
//! #[derive(Trace)]
//! struct Node {
//!     name: String,
//!     friends: Vec<Gc<Locked<Node>>>,
//! }
//!
//! heap::attach(|m| {
//!     let new = |name: &str| Locked::new(Node { name: name.into(), friends: vec![] });
//!     let ann = m.alloc(new("Ann"));
//!     let witness = ann.downgrade(m);
//!     let bob = m.alloc(new("Bob"));
//!     m.lock(&ann).friends.push(bob.clone());
//!     m.lock(&bob).friends.push(ann.clone());
//!     assert_eq!(m.lock(&ann).name, "Ann");
//!     drop((ann, bob)); // each still holds the other
//!     m.collect();
//!     assert!(witness.upgrade(m).is_none());
//! })
//! .unwrap();
//! ```
//!
//! # What a thread has to do
//!
//! * **Attach**: [`attach`] lends a [`Mutator`] to a closure. Whatever looks at
//!   objects borrows it.
//! * **Pass safepoints**: a thread that works for long calls
//!   [`Mutator::safepoint`](crate::Mutator::safepoint) now and then (a load and a branch), say at each
//!   back-edge of its loops. Collections happen there and nowhere else.
//! * **Detach to wait**: who blocks in something else than
//!   [`Mutator::lock`](crate::Mutator::lock) does so in [`Mutator::detach`](crate::Mutator::detach). A thread that blocks
//!   attached keeps every other from collecting. A stop that waits for longer
//!   than a second says for whom (see [`Configure::report_stalls_after`]).
//!
//! All three take the mutator by `&mut`, so no reference into the heap lives
//! across one; the compiler sees to it.
//!
//! [`spawn`] and [`scope`] start threads that attach, and wait for them as one should.
//! Code that is not made for many threads can have one attached thread at a
//! time: see [`GlobalLock`].
//!
//! There is one heap in a process, as there is one global allocator. It is made
//! by its first use.
//!
//! # What runs where
//!
//! Destructors, finalizers and weak callbacks of an object run where its last
//! handle is dropped, if that thread is attached and made the object, or the maker
//! is not attached. If the maker is another attached thread, they mostly run at
//! its next safepoint. What a thread drops that is not attached runs at the next
//! safepoint of some thread, or, if none is attached, where it is dropped after
//! all, by attaching for the moment. Those of cycles run in the collection. They
//! never run in a pause, nor while a thread waits for a lock of the heap. Code
//! in them that attaches gets [`AttachError::AlreadyAttached`].
//!
//! A destructor or a finalizer can be that of any object that became garbage:
//! it should not wait for a lock that a thread may hold while it passes a
//! safepoint.
//!
//! In a signal handler no handle may be cloned or dropped. In the child of a
//! `fork` the other threads' records stay attached for ever, so nothing can be
//! collected there.
//!
//! # When not to use it
//!
//! For trees and shared data without cycles a [`Brc`](crate::Brc) is simpler, and
//! just as fast. If all is on one thread, crates like `gc-arena` can move less and
//! trace less.

mod config;
mod report;
mod stats;
// The models have threads of their own.
#[cfg(not(loom))]
mod threads;

use std::error::Error;
use std::fmt;
use std::panic::resume_unwind;

pub use config::{Configure, GlobalLock, configure, global_lock_enabled};
pub use report::{Held, ShutdownError, ShutdownReport, Snapshot, shutdown};
pub use stats::{Pauses, Stats, stats};
#[cfg(not(loom))]
pub use threads::{Builder, Context, JoinError, JoinHandle, Scope, ScopedJoinHandle, scope, spawn};

pub use crate::collect::Collected;
use crate::collect::{self, From};
pub use crate::gc::AllocError;
use crate::gc::{
    attach as attach_again, detach, note_thread, pending_is_closed, settle, step_aside,
    stop_if_asked,
};
use crate::stw::{self, Mutator, Record, Stopped, world};

/// Why a thread could not attach.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum AttachError {
    /// The thread is attached already, or is inside of [`Mutator::detach`]. Use
    /// the mutator that is there.
    AlreadyAttached,
    /// The heap is [shut down](shutdown).
    ShutDown,
}

impl fmt::Display for AttachError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyAttached => {
                "this thread is attached to the heap already, or detached inside of `attach`: \
                 pass the mutator on instead"
            }
            Self::ShutDown => "the heap is shut down",
        })
    }
}

impl Error for AttachError {}

/// Attaches the calling thread for the time of `f`.
///
/// Waits while another thread has the world stopped. At the end, and at the
/// beginning, does what other threads left to this one: destructors may run. The second
/// thread that ever attaches stops the world itself, if there are objects that
/// [become immortal](crate::Lifetime::ImmortalOnceThreaded) by that.
///
/// Attaching takes a lock, for some ten nanoseconds; a thread that often leaves
/// and comes back stays attached and uses [`Mutator::detach`].
///
/// # Errors
///
/// If the thread is attached already, or the heap is shut down.
///
/// # Panics
///
/// With what `f` panics with; the thread is detached then too, and what others had left
/// to it is for whoever is attached, or attaches next. With what a destructor panics with.
///
/// # Memory ordering
///
/// Attaching is an `Acquire` of the last stop, and leaving a `Release` to the next.
///
/// # Examples
///
/// ```
/// use brc::heap::{self, AttachError};
///
/// let five = heap::attach(|m| m.alloc(5)).unwrap();
/// let sum = heap::attach(|m| {
///     assert_eq!(heap::attach(|_| ()), Err(AttachError::AlreadyAttached));
///     five.get(m) + 1
/// });
/// assert_eq!(sum, Ok(6));
/// ```
pub fn attach<R>(f: impl FnOnce(&mut Mutator) -> R) -> Result<R, AttachError> {
    if stw::current().is_some() {
        return Err(AttachError::AlreadyAttached);
    }
    if pending_is_closed() {
        return Err(AttachError::ShutDown);
    }
    config::apply_environment();
    let record = world().claim();
    attach_again(record);
    wait_for_candidates(record, 0);
    let leave = Leave { record };
    // The heap may have been shut down while this thread waited.
    if pending_is_closed() {
        drop(leave);
        return Err(AttachError::ShutDown);
    }
    // SAFETY: attached until `leave` goes, and the value is the only one.
    let mut m = unsafe { Mutator::new(record) };
    note_thread(&mut m, &config::report_stall);
    settle(record);
    if record.local.wants_collection.get() {
        // That was for the next safepoint.
        record.ask();
    }
    let result = f(&mut m);
    drop(leave);
    Ok(result)
}

/// Sets how many candidates call for a collection, after so many were left. By
/// the record's attached thread.
fn wait_for_candidates(record: &Record, left: usize) {
    record.local.left.set(left);
    record.local.limit.set(config::candidates().max(2 * left));
}

/// Frees the memory of dead candidates, if there are many: a thread may detach
/// often and never pass a safepoint. It is attached.
#[inline]
fn tidy(record: &'static Record) {
    if record.local.limit.get() == usize::MAX {
        tidy_slowly(record);
    }
}

#[cold]
fn tidy_slowly(record: &'static Record) {
    let limit = config::candidates();
    // SAFETY: attached.
    let left = collect::purge(&unsafe { Mutator::new(record) });
    wait_for_candidates(record, left);
    record.local.wants_collection.set(left >= limit / 2);
}

/// Detaches for good, also when unwinding.
struct Leave {
    record: &'static Record,
}

impl Drop for Leave {
    fn drop(&mut self) {
        /// Also when a destructor panics.
        struct GiveBack(&'static Record);
        impl Drop for GiveBack {
            fn drop(&mut self) {
                stw::enter(None, false);
                world().give_back(self.0);
                // A finalizer may have set another meanwhile.
                #[cfg(not(loom))]
                drop(threads::take_context());
            }
        }
        /// Also when a destructor panics.
        struct Detach(&'static Record);
        impl Drop for Detach {
            fn drop(&mut self) {
                detach_in_any_case(self.0);
            }
        }

        let _give_back = GiveBack(self.record);
        let _detach = Detach(self.record);
        #[cfg(not(loom))]
        drop(threads::take_context());
    }
}

/// Detaches, whatever happens: if a panic is under way, or a destructor panics, what
/// was left to this thread goes to others.
fn detach_in_any_case(record: &'static Record) {
    /// Also when a destructor panics.
    struct StepAside(&'static Record);
    impl Drop for StepAside {
        fn drop(&mut self) {
            if stw::me() != stw::NOBODY {
                // Another panic would abort.
                step_aside(self.0);
            }
        }
    }

    let _step_aside = StepAside(record);
    if !std::thread::panicking() {
        tidy(record);
        detach(record);
    }
}

impl Mutator {
    /// A point at which the world may stop, at which collections happen, and at
    /// which what other threads left to this one is done.
    ///
    /// No reference into the heap lives across it, which the compiler checks.
    ///
    /// Cost: a load and a branch if nothing is asked. Otherwise waits until the
    /// world runs, runs destructors of what others left, and may
    /// [`collect`](Self::collect).
    ///
    /// # Panics
    ///
    /// With what a destructor, a finalizer or a weak callback panics with.
    ///
    /// # Memory ordering
    ///
    /// None if nothing is asked. A stop is an `Acquire` and a `Release`.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::heap;
    ///
    /// heap::attach(|m| {
    ///     for n in 0..1000 {
    ///         m.alloc(n);
    ///         m.safepoint();
    ///     }
    /// })
    /// .unwrap();
    /// ```
    #[inline]
    pub fn safepoint(&mut self) {
        let record = self.record();
        if !record.is_idle() {
            // The record, not `self`: so the compiler knows that it stays the same.
            // SAFETY: attached with it, and `self` is borrowed for this.
            unsafe { Self::safepoint_slowly(record) };
        }
    }

    /// # Safety
    ///
    /// The calling thread is attached with `record`, and has no mutator in use.
    #[cold]
    unsafe fn safepoint_slowly(record: &'static Record) {
        stop_if_asked(record);
        // It may have been configured anew. And if something panics below, the
        // next candidate calls for a collection again.
        wait_for_candidates(record, record.local.left.get());
        settle(record);
        if record.local.wants_collection.take() {
            // SAFETY: the caller's.
            unsafe { Self::new(record) }.collect_if_worthwhile();
        }
    }

    /// Many objects became candidates. If most of them died meanwhile, there is
    /// nothing to collect.
    fn collect_if_worthwhile(&mut self) {
        let limit = config::candidates();
        let automatic = config::automatic();
        let most_live = collect::most_live(self);
        let left = if automatic && most_live { limit } else { collect::purge(self) };
        if automatic && left >= limit / 2 {
            // Now and then look behind old deferred objects too.
            let from = if stats::is_complete_due() { From::Candidates } else { From::Mine };
            if !self.run_collection(from, false).skipped {
                return;
            }
            // Another thread is collecting. As many again before the next attempt.
            let left = if most_live { collect::purge(self) } else { left };
            return wait_for_candidates(self.record(), (left + limit) / 2);
        }
        wait_for_candidates(self.record(), left);
    }

    /// Calls `f`, which may wait as long as it likes: the thread is detached
    /// meanwhile, so others can stop the world.
    ///
    /// `f` cannot use this mutator or what borrows it, and cannot attach. It can
    /// clone and drop handles.
    ///
    /// Cost: two compare-and-swaps, if nothing is asked (nor a collection due at the next
    /// safepoint). Otherwise what
    /// [`safepoint`](Self::safepoint) does, but for collecting (cyclic garbage of
    /// a thread that only ever detaches waits for others to collect); at the end waits
    /// until the world runs.
    ///
    /// # Panics
    ///
    /// With what `f` or a destructor panics with; the thread is attached again.
    ///
    /// # Memory ordering
    ///
    /// Detaching is a `Release` to the next stop, attaching an `Acquire` of the last.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::{thread, time::Duration};
    /// use brc::heap;
    ///
    /// heap::attach(|m| {
    ///     let n = m.alloc(1);
    ///     m.detach(|| thread::sleep(Duration::from_millis(1)));
    ///     assert_eq!(*n.get(m), 1);
    /// })
    /// .unwrap();
    /// ```
    ///
    /// ```compile_fail,E0502
    /// # use brc::heap;
    /// heap::attach(|m| {
    ///     let n = m.alloc(1);
    ///     let one = n.get(m);
    ///     m.detach(|| println!("{one}")); // error: `one` borrows `m`
    /// }).unwrap();
    /// ```
    #[inline]
    pub fn detach<R>(&mut self, f: impl FnOnce() -> R) -> R {
        /// Attaches again, also when unwinding.
        struct Again(&'static Record);
        impl Drop for Again {
            #[inline]
            fn drop(&mut self) {
                attach_again(self.0);
            }
        }

        let record = self.record();
        tidy(record);
        detach(record);
        let again = Again(record);
        let result = f();
        drop(again);
        result
    }

    /// Finds and destroys the cycles that nothing outside refers to.
    ///
    /// Looks only at what candidates reach. What is unreachable when this is called
    /// is gone when it returns, but for what a finalizer saved, and what other
    /// threads are about to drop. If what dies lets go of other cycles in ways that
    /// the collector cannot see, it begins again, a hundred times at most.
    ///
    /// Rarely needed: safepoints collect when there are enough candidates. If
    /// another thread is collecting, waits for it, detached.
    ///
    /// Cost: two stops of the world each time, and some twenty nanoseconds for each
    /// object visited. Finalizers, callbacks and destructors of the cycles run
    /// before this returns; if one of them waits for another thread to collect, both
    /// wait for ever.
    ///
    /// # Panics
    ///
    /// With the first panic of a weak callback, a finalizer or a destructor, after
    /// all the others have run. With that of a [`trace`](crate::Trace::trace), and
    /// then nothing is freed.
    ///
    /// # Examples
    ///
    /// See [the module](crate::heap).
    pub fn collect(&mut self) -> Collected {
        self.collect_from(From::Candidates)
    }

    /// As [`collect`](Self::collect), but looks at every object of the heap.
    ///
    /// What this finds and `collect` does not is a cycle through a handle that a
    /// [`Trace`](crate::Trace) by hand reported once and not before.
    ///
    /// Cost: as [`collect`](Self::collect), and some twenty nanoseconds for each
    /// object of the heap.
    ///
    /// # Panics
    ///
    /// As [`collect`](Self::collect).
    pub fn collect_full(&mut self) -> Collected {
        self.collect_from(From::Everything)
    }

    fn collect_from(&mut self, from: From) -> Collected {
        let record = self.record();
        // Who only collects has a safepoint here.
        stop_if_asked(record);
        settle(record);
        record.local.wants_collection.set(false);
        let mut all = self.run_collection(from, true);
        // What was destroyed may have held the last references to other cycles.
        let mut more_to_do = all.freed != 0 || all.took_references;
        let mut rounds = 0;
        while more_to_do && rounds < MOST_ROUNDS && collect::purge(self) != 0 {
            let more = self.run_collection(From::Candidates, true);
            more_to_do = more.freed != 0 || more.took_references;
            rounds += 1;
            all.freed += more.freed;
            all.resurrected += more.resurrected;
            all.candidates += more.candidates;
            all.visited += more.visited;
            all.pauses.extend(more.pauses);
        }
        all
    }

    fn run_collection(&mut self, from: From, wait: bool) -> Collected {
        let me = self.record();
        let mut settled = |stopped: &Stopped<'_>, alive: usize, stay: usize| {
            let limit = config::next_limit(alive, stay);
            let is_in = |record: &&&Record| from != From::Mine || record.id == me.id;
            for record in stopped.records().iter().filter(is_in) {
                record.local.limit.set(limit);
                record.local.left.set(limit / 2);
            }
        };
        #[cfg(feature = "tracing")]
        let span = tracing::debug_span!(
            "brc::collect",
            ?from,
            candidates = tracing::field::Empty,
            visited = tracing::field::Empty,
            freed = tracing::field::Empty,
            resurrected = tracing::field::Empty,
            pauses = tracing::field::Empty,
        )
        .entered();
        let (collected, panic) =
            collect::collect(self, from, wait, &config::report_stall, &mut settled);
        #[cfg(feature = "tracing")]
        {
            span.record("candidates", collected.candidates);
            span.record("visited", collected.visited);
            span.record("freed", collected.freed);
            span.record("resurrected", collected.resurrected);
            span.record("pauses", tracing::field::debug(&collected.pauses));
        }
        stats::count(&collected);
        if from != From::Mine && !collected.skipped {
            stats::note_complete();
        }
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
        collected
    }
}

/// How often [`Mutator::collect`] begins again: finalizers could make garbage
/// for ever.
const MOST_ROUNDS: usize = 100;
