//! The object header: PEP 703's words in front of every payload, and every
//! transition they can make.
//!
//! This floor knows how the words are laid out, which thread may touch which of
//! them, and what each operation does to them. It allocates nothing, knows no
//! threads and destroys nothing: an operation returns an enum that says what
//! its caller must do now. [`Brc`](crate::Brc) is one such caller; a language
//! runtime that brings its own allocation and type record can be another.
//!
//! # Layout
//!
//! ```text
//!  -24      -20         -16                      -8       -4      -3       -2      0
//!   +--------+-----------+------------------------+--------+-------+--------+-------+--------
//!   | ob_tid | ob_ref_   | ob_ref_shared          | ob_    | ob_   | ob_gc_ | spare | payload
//!   | u32    | local u32 | signed count | state   | weak   | mutex | bits   | u16   |
//!   +--------+-----------+------------------------+--------+-------+--------+-------+--------
//!                          63           2 | 1   0
//! ```
//!
//! Pointers point at the payload and the header stands at a fixed negative
//! offset, so nothing has to know the payload's type or size to count. (On
//! 32-bit targets `ob_ref_shared` has 32 bits and the header 20 bytes.)
//!
//! # The sum
//!
//! The number of references is `ob_ref_local + count(ob_ref_shared)`. The sum
//! is never negative; the shared part may be, while the object is queued,
//! because a stranger may drop a reference that the owner counted. A reference
//! is a handle, or an entry of a merge queue.
//!
//! # Who may touch what
//!
//! | word            | read by                       | written by                                        |
//! |-----------------|-------------------------------|---------------------------------------------------|
//! | `ob_tid`        | anyone                        | the *owner's side*, once, to 0                    |
//! | `ob_ref_local`  | the owner's side; anyone, but only to compare it with [`IMMORTAL`] | the owner's side; to `IMMORTAL` also anyone, on a merged object |
//! | `ob_ref_shared` | anyone                        | anyone, by read-modify-write                      |
//! | `ob_weak`       | anyone                        | anyone, by read-modify-write; who locked it, by store |
//! | `ob_mutex`      | [`lock`](crate::lock)         | [`lock`](crate::lock)                             |
//! | `ob_gc_bits`    | anyone                        | whoever makes the object, before sharing it       |
//!
//! The *owner's side* is the owner itself while it is attached, or whoever
//! holds the lock of its registry shard while it is detached or gone. These
//! exclude each other, and every change from one to the other goes through that
//! lock, so the two owner's-side words are in effect plain memory. They are
//! relaxed atomics because strangers peek at them.
//!
//! # States
//!
//! ```text
//!            a weak handle is made         a stranger gives its reference to the queue
//!   00 BIASED ────────────────▶ 01 WEAKREF ────────────────────────┐
//!      │  │                        │                              ▼
//!      │  └────────────────────────┼─────────────────────────▶ 10 QUEUED
//!      │ owner merges              │ owner merges                 │ owner's side merges
//!      ▼                           ▼                              ▼
//!   11 MERGED ◀────────────────────┴──────────────────────────────┘
//! ```
//!
//! States only rise, each step by a compare-and-swap from the state expected.
//! (A `fetch_or` would be wrong: `10 | 01` is `11`.) `MERGED` is final:
//! `ob_tid` is 0, `ob_ref_local` is dead, and the object is counted like an
//! `Arc`. An object whose word is exactly 0 when its owner's last local
//! reference goes dies with no read-modify-write at all: nobody else ever
//! counted it and no weak handle was ever made.
//!
//! # Orderings
//!
//! The edges have letters here and are argued once; each site names its letter.
//!
//! * **A: last use before destruction.** Every decrement of `ob_ref_shared`,
//!   and every merge, is a `Release` on that word: the use of the payload
//!   through the reference that goes away comes before it. All writes to the
//!   word after its initialization are read-modify-writes, so each continues
//!   the release sequences of those before it, and whoever finds that no
//!   reference is left issues an `Acquire` on the same word before it touches
//!   the payload: it sees all of them. The owner's own uses are in program
//!   order before the owner's own destruction, or before its merge.
//! * **B: local count before merged count.** Who merges on behalf of an owner
//!   reads the local count which that owner wrote. Both hold the owner's shard
//!   lock in between (the owner when it detached or left), which orders them.
//! * **C: payload of a cyclic object.** [`finish_cyclic`](Header::finish_cyclic)
//!   is a `Release` store after the payload is written; a successful
//!   [`try_retain`](Header::try_retain) is an `Acquire`, so an upgrade sees the
//!   payload. Likewise immortality: the store of `IMMORTAL` is a `Release`, and
//!   an upgrade's test of it an `Acquire`; and who makes a merged object
//!   immortal finds it merged by an `Acquire`, so that its store comes after
//!   that of the merge to the same word.
//! * **D: the weak lock.** Locking `ob_weak` is an `Acquire` that pairs with the
//!   `Release` of every weak drop: a weak handle that was upgraded and then
//!   dropped has its upgrade seen by the count read under the lock. Unlocking
//!   is a `Release` that pairs with the `Acquire` in [`downgrade`](Header::downgrade):
//!   a weak handle made afterwards, and an upgrade of it, come after the test.
//!
//! Increments are `Relaxed`: the caller holds a reference already, so it learns
//! nothing from the count, and whatever gave it the reference ordered it after
//! the payload's initialization.
//!
//! The algorithm is that of PEP 703, "Biased reference counting", after Choi,
//! Shull and Torrellas, "Biased Reference Counting: Minimizing Atomic Operations
//! in Garbage Collection" (PACT 2018), with one change that PEP 703 made: the
//! reference that enters the queue is not subtracted but given to the queue, so
//! a queued object cannot die before the queue lets go of it.

mod outcome;
mod strong;
mod unique;
mod weak;
mod word;

use std::fmt;

pub use outcome::{MergeRequest, Released, Taken, Uniqueness};
pub use word::{IMMORTAL, OwnerId, Shared, State};

use crate::sync::{AtomicU8, AtomicU16, AtomicU32, AtomicUsize, Ordering::*, const_fn};
use word::WEAK_LOCKED;

/// `ob_gc_bits`: the payload is known to outlive every borrow (`T: 'static`),
/// so its destruction may be delayed.
const GC_BIT_STATIC: u8 = 1;

/// The counts and the lock of one object. See the [module docs](self).
///
/// A runtime that brings its own allocation embeds this at a fixed place of
/// each object and keeps the contracts of the methods below.
#[repr(C)]
pub struct Header {
    ob_tid: AtomicU32,
    ob_ref_local: AtomicU32,
    ob_ref_shared: AtomicUsize,
    ob_weak: AtomicU32,
    ob_mutex: AtomicU8,
    ob_gc_bits: AtomicU8,
    /// Zero; kept for the collector and for heap isolation. Atomic, as every
    /// byte of a header must be: another thread may free it while a `&Header`
    /// is still in scope here, after the operation that gave up the reference.
    spare: AtomicU16,
}

impl Header {
    const_fn! {
    #[inline]
    const fn raw(tid: OwnerId, local: u32, shared: Shared, gc_bits: u8) -> Self {
        Self {
            ob_tid: AtomicU32::new(tid.0),
            ob_ref_local: AtomicU32::new(local),
            ob_ref_shared: AtomicUsize::new(shared.0),
            // All strong references together hold one weak reference.
            ob_weak: AtomicU32::new(1),
            ob_mutex: AtomicU8::new(0),
            ob_gc_bits: AtomicU8::new(gc_bits),
            spare: AtomicU16::new(0),
        }
    }
    }

    const_fn! {
    /// A header with one reference, counted by `owner`.
    ///
    /// Destruction of such an object may be delayed until the owner merges.
    ///
    /// # Panics
    ///
    /// If `owner` is [`OwnerId::NONE`] or [`OwnerId::NOBODY`], in debug builds.
    #[must_use]
    #[inline]
    pub const fn new(owner: OwnerId) -> Self {
        debug_assert!(owner.0 != OwnerId::NONE.0 && owner.0 != OwnerId::NOBODY.0);
        Self::raw(owner, 1, Shared::new(0, State::Biased), GC_BIT_STATIC)
    }
    }

    const_fn! {
    /// A header with one reference, counted atomically from the start.
    ///
    /// `is_static` says that the payload is `'static`, so that objects made
    /// from this one may be biased. See [`is_static`](Self::is_static).
    #[must_use]
    #[inline]
    pub const fn new_merged(is_static: bool) -> Self {
        let gc_bits = if is_static { GC_BIT_STATIC } else { 0 };
        Self::raw(OwnerId::NONE, 0, Shared::new(1, State::Merged), gc_bits)
    }
    }

    const_fn! {
    /// A header with no reference, so that upgrades fail until
    /// [`finish_cyclic`](Self::finish_cyclic).
    #[must_use]
    #[inline]
    pub const fn new_cyclic(is_static: bool) -> Self {
        let gc_bits = if is_static { GC_BIT_STATIC } else { 0 };
        Self::raw(OwnerId::NONE, 0, Shared::new(0, State::Merged), gc_bits)
    }
    }

    const_fn! {
    /// A header of an object that is never counted and never dies.
    #[must_use]
    #[inline]
    pub const fn immortal() -> Self {
        Self::raw(OwnerId::NONE, IMMORTAL, Shared::new(1, State::Merged), GC_BIT_STATIC)
    }
    }

    /// Turns the header of an object that only the caller can reach into one
    /// with one reference, counted by `owner`, or atomically if that is
    /// [`OwnerId::NONE`].
    ///
    /// # Panics
    ///
    /// If `owner` is [`OwnerId::NOBODY`], in debug builds.
    pub fn adopt(&mut self, owner: OwnerId) {
        *self = match owner {
            OwnerId::NONE => Self::new_merged(true),
            owner => Self::new(owner),
        };
    }

    /// Whether `me`, which the calling thread goes by, is the owner.
    #[must_use]
    #[inline]
    pub(crate) fn is_owned_by(&self, me: OwnerId) -> bool {
        // Relaxed: only our own id matters, and only we write over it (or a
        // holder of our shard's lock while we are detached, which we took since).
        self.ob_tid.load(Relaxed) == me.0
    }

    #[inline]
    fn shared(&self) -> Shared {
        // Relaxed: the value is a guess for a compare-and-swap, or a snapshot.
        Shared(self.ob_ref_shared.load(Relaxed))
    }

    /// Whether the object is immortal: never counted, never unique, never freed.
    ///
    /// One load. `false` may be out of date: another thread may be making it
    /// immortal, which is harmless (see [`immortalize`](Self::immortalize)).
    ///
    /// # Memory ordering
    ///
    /// None (`Relaxed`).
    #[must_use]
    #[inline]
    pub fn is_immortal(&self) -> bool {
        self.ob_ref_local.load(Relaxed) == IMMORTAL
    }

    /// The owner's id; [`OwnerId::NONE`] if merged, immortal, or on the way there.
    ///
    /// # Memory ordering
    ///
    /// None (`Relaxed`). Another thread's id may be out of date when returned.
    #[must_use]
    #[inline]
    pub fn owner(&self) -> OwnerId {
        OwnerId(self.ob_tid.load(Relaxed))
    }

    /// Whether all references are counted in the shared word, for good.
    ///
    /// # Memory ordering
    ///
    /// None (`Relaxed`).
    #[must_use]
    #[inline]
    pub fn is_merged(&self) -> bool {
        self.shared().is_merged()
    }

    /// Whether the payload is known to be `'static`, so that its destruction
    /// may be delayed.
    #[must_use]
    #[inline]
    pub fn is_static(&self) -> bool {
        // Relaxed: written before the object was shared.
        self.ob_gc_bits.load(Relaxed) & GC_BIT_STATIC != 0
    }

    /// The lock byte, for [`lock`](crate::lock).
    #[must_use]
    #[inline]
    pub(crate) fn ob_mutex(&self) -> &AtomicU8 {
        &self.ob_mutex
    }

    /// The number of references, as far as this thread can tell: exact if no
    /// other thread counts at the same time. Immortal: `usize::MAX`.
    ///
    /// Not for decisions: use [`is_unique`](Self::is_unique) for those.
    ///
    /// # Memory ordering
    ///
    /// `Acquire`, so that a decrement is not seen without the increment that
    /// made it possible.
    #[must_use]
    pub fn strong_count(&self) -> usize {
        let mut sum = 0;
        // The two words are not read at one moment: read again if one changed
        // meanwhile, but not for ever.
        for _ in 0..4 {
            // Acquire: pairs with the `Release` of decrements.
            let shared = Shared(self.ob_ref_shared.load(Acquire));
            // Acquire: so that the next load is not before this one.
            let local = self.ob_ref_local.load(Acquire);
            if local == IMMORTAL {
                return usize::MAX;
            }
            // A word other than (0, Merged) is that of a live object, whatever
            // the sum of two loads says.
            let least = isize::from(shared != Shared::new(0, State::Merged));
            sum = (local as isize + shared.count()).max(least).unsigned_abs();
            if self.shared() == shared {
                break;
            }
        }
        sum
    }

    /// The number of weak references, without the one that the strong ones hold.
    ///
    /// # Memory ordering
    ///
    /// None (`Relaxed`): a snapshot.
    #[must_use]
    pub fn weak_count(&self) -> usize {
        match self.ob_weak.load(Relaxed) {
            // Locked by a test for uniqueness: there was no weak handle.
            WEAK_LOCKED => 0,
            n => n.saturating_sub(1) as usize,
        }
    }

    /// Whether these words can be those of a live object: a guard against wrong
    /// pointers in debug builds, not a proof.
    #[must_use]
    pub(crate) fn is_plausible(&self) -> bool {
        self.spare.load(Relaxed) == 0
            && self.ob_gc_bits.load(Relaxed) & !GC_BIT_STATIC == 0
            && self.ob_weak.load(Relaxed) != 0
            && self.strong_count() > 0
    }

    /// Tells loom that the memory goes away: all uses of these words must have
    /// come before.
    #[cfg(loom)]
    pub(crate) fn retire(&mut self) {
        self.ob_tid.with_mut(|_| ());
        self.ob_ref_local.with_mut(|_| ());
        self.ob_ref_shared.with_mut(|_| ());
        self.ob_weak.with_mut(|_| ());
        self.ob_mutex.with_mut(|_| ());
        self.ob_gc_bits.with_mut(|_| ());
        self.spare.with_mut(|_| ());
    }

    /// Overwrites the counts, for tests of their limits.
    #[doc(hidden)]
    pub unsafe fn poke(
        &self,
        local: Option<u32>,
        shared: Option<(isize, State)>,
        weak: Option<u32>,
    ) {
        if let Some(local) = local {
            self.ob_ref_local.store(local, Relaxed);
        }
        if let Some((count, state)) = shared {
            self.ob_ref_shared.store(Shared::new(count, state).0, Relaxed);
        }
        if let Some(weak) = weak {
            self.ob_weak.store(weak, Relaxed);
        }
    }

    /// A snapshot of the words, for tests and for debugging.
    #[doc(hidden)]
    pub fn peek(&self) -> (OwnerId, u32, Shared, u32) {
        (self.owner(), self.ob_ref_local.load(Relaxed), self.shared(), self.ob_weak.load(Relaxed))
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ob_tid, ob_ref_local, ob_ref_shared, ob_weak) = self.peek();
        f.debug_struct("Header")
            .field("ob_tid", &ob_tid)
            .field("ob_ref_local", &ob_ref_local)
            .field("ob_ref_shared", &ob_ref_shared)
            .field("ob_weak", &ob_weak)
            .finish_non_exhaustive()
    }
}

/// Writes to standard error, if that can be written to. (`eprintln!` panics if
/// it cannot, and a panic here would undo the guard or abort the process.)
pub(crate) fn complain(message: &str) {
    use std::io::Write;
    let _ = std::io::stderr().write_all(message.as_bytes());
}

/// Ends the process: unwinding would not bring a wrapped count back.
#[cold]
#[inline(never)]
fn overflow() -> ! {
    complain("brc: a reference count left its range; aborting\n");
    std::process::abort()
}
