//! Owners: the identity of threads, and what one thread does for another.
//!
//! A thread that makes its first [`Brc`](crate::Brc) becomes an *owner*: it
//! gets an id that is never used again and counts its own objects in plain
//! memory. Other threads, when they let go of a reference that only the owner
//! can account for, hand the object to the owner's *merge queue*. The owner
//! looks at its queue when it makes an object, destroys one, calls [`merge`],
//! enters [`detach`], and when it ends.
//!
//! ```text
//!            first Brc::new                 detach(f) begins
//!  stranger ────────────────▶ ATTACHED ◀──────────────────────▶ DETACHED
//!                                │          detach(f) ends          (others merge for it)
//!                                │ the thread ends
//!                                ▼
//!                              gone  (others merge for it)
//! ```
//!
//! # Blocking
//!
//! An owner that blocks outside [`detach`] keeps what others hand to it until
//! it wakes up. This program hangs, where the same with `Arc` ends, because the
//! sender inside `b` is not dropped until the main thread looks at its queue:
//!
//! ```no_run
//! use brc::Brc;
//! use std::{sync::mpsc, thread};
//!
//! let (tx, rx) = mpsc::channel::<u32>();
//! let b = Brc::new(tx);
//! thread::spawn(move || drop(b));
//! for _ in rx {} // waits for a destructor that waits for us
//! ```
//!
//! Any of these mends it: `brc::detach(|| for _ in rx {})`, `Brc::share(&b)`
//! before handing it off, or `Brc::new_merged` instead of `Brc::new`.
//!
//! # Where destructors run
//!
//! Destructors run user code, and the caller may hold a lock which that code
//! wants. So they run only where they are expected: in the drop of a handle of
//! the same static type, or in an explicit call (`merge`, `detach`, the end of
//! the thread). `Brc::new` may merge counts, but runs no destructor. What is
//! found dead meanwhile waits on the owner's *reap list* for the next drop of
//! a handle of its type, by the owner to zero or by another thread into the
//! owner's queue. Nothing is reaped while a panic unwinds.
//!
//! So **dropping a handle of a biased object, the last one or not, may run the
//! destructors of other objects of that static type**. Do not hold a lock, or
//! the borrow of a `RefCell`, that any of them wants:
//!
//! ```no_run
//! use brc::Brc;
//! use std::sync::{Arc, Mutex};
//!
//! struct Child { parent: Arc<Mutex<u32>> }
//! impl Drop for Child {
//!     fn drop(&mut self) {
//!         *self.parent.lock().unwrap() -= 1;
//!     }
//! }
//!
//! fn remove(parent: &Mutex<u32>, child: Brc<Child>) {
//!     let _guard = parent.lock();
//!     drop(child); // may destroy another child, of this very parent: hangs
//! }
//! ```
//!
//! Objects that are [shared](crate::Brc::share) or of the `new_merged` kind never
//! wait for such a drop.
//!
//! # Limits
//!
//! * Signal handlers must not count references: they may interrupt an owner
//!   between the load and the store of its local count.
//! * After `fork`, only the objects of the forking thread move on; the other
//!   owners are still registered, but will never run again; and the child may
//!   hang if another thread held a lock of the registry at that moment.
//! * A global allocator must not use this crate: it is called under a lock.
//! * A destructor that waits for another one must do so inside `detach`, or
//!   call `merge` first: the other may have been put off by this very thread.
//!   Where the waiting one is itself nested 32 destructions deep, not even that
//!   helps.
//! * On targets whose thread-locals are emulated (Android, OpenBSD, illumos and
//!   others) the end of a thread may go unnoticed: what others hand to it from
//!   then on is leaked. `detach` around the end of such a thread avoids it.
//! * Two copies of this crate in one process have two spaces of ids: they must
//!   not exchange raw pointers.
//!
//! Merging for a gone owner is from PEP 703; merging for a detached one is
//! CPython's answer to [python/cpython#157838]. Here both need no more than a
//! lock: see `registry.rs`.
//!
//! [python/cpython#157838]: https://github.com/python/cpython/issues/157838

#[cfg(all(test, loom))]
mod model;
mod object;
#[cfg(all(test, not(loom)))]
mod properties;
mod registry;
mod trash;

use std::any::TypeId;
use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

pub(crate) use object::Dead;
pub use object::{Kind, Object};
pub(crate) use trash::{enter as enter_destruction, put_off as put_off_destruction};

use crate::header::{OwnerId, complain};
use crate::sync::{global, thread_state};
use registry::{Handed, Registry, Work};

global! {
    fn registry() -> Registry = Registry::new()
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// Not registered yet.
    Fresh,
    Attached,
    /// Inside `detach`; `id` is `NONE` if it was never registered.
    Detached,
    /// In teardown, or no id was left: everything it makes is born merged.
    Gone,
}

/// A thread's own view of its ownership. It has no destructor, so it can be
/// read at any moment, in the destructors of thread-locals too.
struct Local {
    /// The thread's id while it is attached, else `NOBODY`: the one cell that
    /// every count compares with.
    current: Cell<OwnerId>,
    /// The thread's id from its registration on, else `NONE`.
    id: Cell<OwnerId>,
    phase: Cell<Phase>,
    /// Points into the owner's record; valid while attached.
    work: Cell<*const Work>,
}

thread_state! {
    static LOCAL: Local = Local {
        current: Cell::new(OwnerId::NOBODY),
        id: Cell::new(OwnerId::NONE),
        phase: Cell::new(Phase::Fresh),
        work: Cell::new(std::ptr::null()),
    }
}

/// What the calling thread goes by: its id while it is attached, else
/// [`OwnerId::NOBODY`].
///
/// One thread-local load. It does not register the thread.
#[must_use]
#[inline]
pub fn current() -> OwnerId {
    LOCAL.with(|local| local.current.get())
}

/// The calling thread's id if it is attached, after merging what other threads
/// handed over. No destructor runs.
#[inline]
pub(crate) fn current_settled() -> Option<OwnerId> {
    LOCAL.with(|local| {
        let id = local.current.get();
        if id == OwnerId::NOBODY {
            return None;
        }
        // SAFETY: attached, so the record is there and shared.
        let work = unsafe { &*local.work.get() };
        if work.queue() {
            merge_counts();
        }
        Some(id)
    })
}

/// The id with which the calling thread makes a new object, or
/// [`OwnerId::NONE`] if the object must be born merged.
///
/// Registers the thread at its first call. May merge what other threads handed
/// over, but runs no destructor.
#[must_use]
#[inline]
pub fn current_or_register() -> OwnerId {
    current_settled().unwrap_or_else(|| LOCAL.with(register))
}

#[cold]
#[inline(never)]
fn register(local: &Local) -> OwnerId {
    // Inside `detach`, even a thread that has no id yet stays a stranger: it
    // may be about to block.
    if local.phase.get() != Phase::Fresh {
        return OwnerId::NONE;
    }
    // Without the hook at its end the thread would never leave the registry.
    let joined = if watch_exit() { registry().join() } else { None };
    let Some((id, work)) = joined else {
        local.phase.set(Phase::Gone);
        return OwnerId::NONE;
    };
    local.id.set(id);
    // Lives as long as the record; this reference is released in `end`.
    local.work.set(Arc::into_raw(work));
    local.phase.set(Phase::Attached);
    local.current.set(id);
    id
}

/// Has `end` called when this thread ends. `false` if it is too late for that.
#[cfg(not(loom))]
fn watch_exit() -> bool {
    struct Exit;
    impl Drop for Exit {
        fn drop(&mut self) {
            end();
        }
    }
    thread_local! { static EXIT: Exit = const { Exit } }
    EXIT.try_with(|_| ()).is_ok()
}

/// Under loom, thread-locals die in an order of their own: the model's threads
/// call this themselves, as the last thing they do.
#[cfg(loom)]
pub fn leave() {
    end();
}

#[cfg(loom)]
fn watch_exit() -> bool {
    true
}

/// Ends this thread's ownership: works off its queue until it finds it empty
/// under the lock, and leaves the registry.
fn end() {
    LOCAL.with(|local| {
        if local.phase.get() != Phase::Attached {
            return;
        }
        let id = local.id.get();
        // While a panic unwinds (a panic hook may end the process, and with it
        // this thread) no destructor may run, and what waits for one is leaked.
        while let Err(queue) = registry().leave(id, !may_reap()) {
            take_in(id, queue);
            let unwound = catch_unwind(AssertUnwindSafe(|| reap_from(id, None)));
            if let Err(payload) = unwound {
                // The standard library would abort: nothing may unwind out of
                // the destructor of a thread-local. The message is out already.
                complain("brc: a destructor panicked at the end of its thread; going on\n");
                if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
                    std::mem::forget(another);
                }
            }
        }
        local.current.set(OwnerId::NOBODY);
        local.phase.set(Phase::Gone);
        let work = local.work.replace(std::ptr::null());
        // SAFETY: it came from `Arc::into_raw` in `register`, and is gone from
        // the cell.
        drop(unsafe { Arc::from_raw(work) });
    });
}

/// Whether the calling thread may destroy dead objects that it did not drop itself.
fn may_reap() -> bool {
    !thread::panicking()
}

/// Merges the queue of the calling owner. No user code runs.
#[cold]
#[inline(never)]
fn merge_counts() {
    let id = current();
    if id != OwnerId::NOBODY {
        take_in(id, registry().take_queue(id));
    }
}

/// Merges what was in the queue of the calling owner. What dies of it goes to
/// the reap list, or is freed if it has no destructor. No user code runs.
fn take_in(id: OwnerId, queue: Vec<Object>) {
    // SAFETY: this thread is the owner, attached.
    let dead = unsafe { registry::merge_all(queue) };
    let (inert, dead): (Vec<_>, Vec<_>) =
        dead.into_iter().partition(|dead| dead.object.kind().inert);
    for dead in inert {
        // SAFETY: there is no destructor to run, so any thread may free it.
        unsafe { dead.destroy() };
    }
    if !dead.is_empty() {
        registry().keep(id, dead);
    }
}

/// Merges what other threads handed to the calling owner, so that counts and
/// tests for uniqueness are exact. No destructor runs.
#[inline]
pub(crate) fn settle() {
    let _ = current_settled();
}

/// To be called when a handle's drop destroyed an object: destroys what waits
/// on this owner's reap list for a drop of the same type, unless that is
/// `inert`, since such objects are never on it.
#[inline]
pub(crate) fn after_destruction(type_id: fn() -> TypeId, inert: bool) {
    LOCAL.with(|local| {
        if local.current.get() == OwnerId::NOBODY {
            return;
        }
        // SAFETY: attached, so the record is there and shared.
        let work = unsafe { &*local.work.get() };
        if work.any() {
            take_along(work, type_id, inert);
        }
    });
}

#[cold]
#[inline(never)]
fn take_along(work: &Work, type_id: fn() -> TypeId, inert: bool) {
    if work.queue() {
        merge_counts();
    }
    let id = current();
    if !inert && id != OwnerId::NOBODY && work.may_reap(type_id()) {
        reap_outermost(id, type_id());
    }
}

/// Whether anything waits for the calling thread.
///
/// # Safety
///
/// It is attached.
#[inline]
pub(crate) unsafe fn has_work() -> bool {
    LOCAL.with(|local| {
        // SAFETY: attached, so the record is there and shared.
        unsafe { &*local.work.get() }.any()
    })
}

/// Destroys what waits on an owner's reap list for a drop of a type: now, or if
/// this is inside a destructor, at the end of the outermost destruction.
fn reap_outermost(owner: OwnerId, type_id: TypeId) {
    if !trash::put_off_reaping(owner, type_id) {
        reap_from(owner, Some(type_id));
    }
}

/// Destroys what waits on an owner's reap list for a drop of a type, or all.
///
/// One at a time, so that a destructor which panics, or detaches, leaves the
/// rest where it is found.
fn reap_from(owner: OwnerId, type_id: Option<TypeId>) {
    while may_reap() {
        let Some(dead) = registry().reap(owner, type_id) else { return };
        // SAFETY: it crossed threads on its way to a queue, so any thread may
        // destroy it; `Dead` is made once for an object.
        unsafe { dead.destroy() };
    }
}

/// Takes in everything that other threads handed to this one, and destroys
/// what nobody refers to any more.
///
/// Does nothing on a thread that is not attached: nothing waits for it. Costs
/// two thread-local loads and one plain load if nothing waits; otherwise a lock,
/// one read-modify-write for each object, and a lock for each that has a
/// destructor to run, which it does on this thread.
/// While a panic unwinds, only counts are merged.
///
/// A thread that makes or destroys objects now and then does this on its own;
/// call it where a thread is idle for long but does not block.
///
/// # Panics
///
/// If a destructor does. The rest stays for the next call.
///
/// # Examples
///
/// ```
/// use brc::{Brc, Weak};
///
/// let b = Brc::new(String::from("x"));
/// let weak = Brc::downgrade(&b);
/// std::thread::spawn(move || drop(b)).join().unwrap();
///
/// brc::merge();
/// assert!(weak.upgrade().is_none());
/// ```
pub fn merge() {
    LOCAL.with(|local| {
        let id = local.current.get();
        if id == OwnerId::NOBODY {
            return;
        }
        trash::work_off_now();
        // SAFETY: attached, so the record is there and shared.
        if unsafe { &*local.work.get() }.any() {
            merge_counts();
            reap_from(id, None);
        }
    });
}

/// Runs `f`, which may block, while other threads act for this owner: whatever
/// they let go of meanwhile is merged, and destroyed, by them and at once.
///
/// Wrap a blocking call in it if other threads drop objects of this thread. It
/// first takes in what waits, as [`merge`] does. Then two uses of an
/// uncontended lock, before and after `f`; afterwards it blocks if another
/// thread is merging an object of this one at that moment. Nested calls only
/// call `f`.
///
/// Inside `f` this thread is a stranger to all objects, its own too: counting
/// is atomic, and what it makes is born merged. An object of its own that it
/// drops it hands over to itself, so that one whose payload is not `Send` is
/// still destroyed by this thread alone.
///
/// # Memory ordering
///
/// Entering is a `Release`, leaving an `Acquire` (edge B of [`header`](crate::header#orderings)).
///
/// # Panics
///
/// If `f` does, or a destructor before it. The thread is attached again then.
///
/// # Examples
///
/// ```
/// use brc::Brc;
/// use std::{sync::mpsc, thread};
///
/// let (tx, rx) = mpsc::channel::<u32>();
/// let b = Brc::new(tx);
/// thread::spawn(move || {
///     b.send(7).unwrap();
///     drop(b); // merged and destroyed by this thread, as its owner is detached
/// });
/// let got: Vec<u32> = brc::detach(|| rx.iter().collect());
/// assert_eq!(got, [7]);
/// ```
pub fn detach<R>(f: impl FnOnce() -> R) -> R {
    struct Reattach(Phase);
    impl Drop for Reattach {
        fn drop(&mut self) {
            LOCAL.with(|local| {
                if self.0 == Phase::Attached {
                    let id = local.id.get();
                    registry().attach(id);
                    local.current.set(id);
                }
                local.phase.set(self.0);
            });
        }
    }

    let before = LOCAL.with(|local| local.phase.get());
    let _reattach = match before {
        Phase::Detached | Phase::Gone => None,
        Phase::Fresh | Phase::Attached => {
            if before == Phase::Attached {
                let id = current();
                trash::work_off_now();
                while let Err(queue) = registry().detach(id, !may_reap()) {
                    take_in(id, queue);
                    reap_from(id, None);
                    trash::work_off_now();
                }
            }
            LOCAL.with(|local| {
                local.current.set(OwnerId::NOBODY);
                local.phase.set(Phase::Detached);
            });
            Some(Reattach(before))
        }
    };
    f()
}

/// Puts an object into its owner's merge queue: what
/// [`Released::Enqueue`](crate::header::Released::Enqueue) asks for.
///
/// If the owner is detached or gone, merges at once and, if nobody refers to
/// the object any more, destroys it. Also destroys what waits in the owner's
/// reap list for a drop of this type. Blocks for a lock.
///
/// # Memory ordering
///
/// Edge B of [`header`](crate::header#orderings), by the lock.
///
/// # Panics
///
/// If a destructor does.
///
/// # Safety
///
/// * `Released::Enqueue(owner)` was the outcome of releasing the reference that
///   `object` stands for.
/// * The payload may be destroyed by any thread; or the caller is the owner,
///   detached or gone.
pub unsafe fn hand_over(object: Object, owner: OwnerId) {
    // SAFETY: forwarded.
    let Handed { dead, reap } = unsafe { registry().hand_over(object, owner) };
    if let Some(dead) = dead {
        // SAFETY: the caller dropped the last handle to it.
        unsafe { dead.destroy() };
    }
    if let Some(type_id) = reap {
        reap_outermost(owner, type_id);
    }
}

/// Asks the owner to merge, on behalf of a thread that needs the exact count:
/// what [`MergeRequest::Enqueue`](crate::header::MergeRequest::Enqueue) asks
/// for. Destroys nothing: the caller holds another reference.
///
/// # Safety
///
/// `MergeRequest::Enqueue(owner)` was the outcome for the object.
pub unsafe fn hand_over_request(object: Object, owner: OwnerId) {
    // SAFETY: forwarded.
    let Handed { dead, .. } = unsafe { registry().hand_over(object, owner) };
    assert!(dead.is_none(), "brc: the caller of a merge request holds a reference");
}

impl fmt::Debug for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Local")
            .field("current", &self.current.get())
            .field("phase", &self.phase.get())
            .finish_non_exhaustive()
    }
}
