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

use std::fmt;

use crate::sync::{
    AtomicU8, AtomicU16, AtomicU32, AtomicUsize, Ordering::*, const_fn, fence, yield_now,
};

/// The identity of an owner: a thread that counts its own objects in plain
/// memory. Never reused within a process.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct OwnerId(u32);

impl OwnerId {
    /// What `ob_tid` holds when an object has no owner: it is merged, immortal,
    /// or on its way there.
    pub const NONE: Self = Self(0);

    /// What a thread goes by while it may not act as an owner (never
    /// registered, detached, or in teardown). Never equal to a stored
    /// `ob_tid`, so such a thread is a stranger to every object.
    pub const NOBODY: Self = Self(u32::MAX);

    /// The greatest id that can be given out.
    pub(crate) const LAST: Self = Self(u32::MAX - 1);

    /// Makes an id from its number.
    ///
    /// Ids of real threads come from the registry. This is for tests and for
    /// runtimes that model several owners on one thread.
    ///
    /// # Panics
    ///
    /// If `id` is 0 or `u32::MAX`, which are [`NONE`](Self::NONE) and
    /// [`NOBODY`](Self::NOBODY).
    #[must_use]
    pub const fn new(id: u32) -> Self {
        assert!(id != 0 && id != u32::MAX, "0 and u32::MAX are not owner ids");
        Self(id)
    }

    /// The id as a number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Debug for OwnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NONE => f.write_str("OwnerId(NONE)"),
            Self::NOBODY => f.write_str("OwnerId(NOBODY)"),
            Self(id) => write!(f, "OwnerId({id})"),
        }
    }
}

/// The local count of an immortal object.
pub const IMMORTAL: u32 = u32::MAX;

/// A local count that reaches this is moved to the shared word, where it must
/// fit. Far below `IMMORTAL`; on 64-bit targets the test is a sign test.
const LOCAL_LIMIT: u32 = if usize::BITS == 64 { 1 << 31 } else { 1 << 27 };

/// The weak count while its holder tests for uniqueness.
const WEAK_LOCKED: u32 = u32::MAX;

/// A weak count past this aborts. Half the range is left for threads that race
/// past the test.
const WEAK_LIMIT: u32 = u32::MAX >> 1;

/// `ob_gc_bits`: the payload is known to outlive every borrow (`T: 'static`),
/// so its destruction may be delayed.
const GC_BIT_STATIC: u8 = 1;

/// The state in the low two bits of `ob_ref_shared`. See the [module docs](self#states).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Only the owner has a local count; no weak handle was ever made.
    Biased = 0b00,
    /// As `Biased`, but a weak handle may exist, so the last drop must be
    /// visible to an upgrade.
    Weakref = 0b01,
    /// A merge queue owns one of the references.
    Queued = 0b10,
    /// All references are counted in the shared word.
    Merged = 0b11,
}

/// A value of `ob_ref_shared`, read once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Shared(usize);

impl Shared {
    const STATE_BITS: u32 = 2;
    const STATE_MASK: usize = (1 << Self::STATE_BITS) - 1;
    const ONE: usize = 1 << Self::STATE_BITS;

    /// The count at which the process aborts, on both sides of zero: half of
    /// what fits, so that racing threads cannot wrap before one of them sees it.
    const COUNT_LIMIT: isize = isize::MAX >> Self::STATE_BITS >> 1;

    const fn new(count: isize, state: State) -> Self {
        Self(((count << Self::STATE_BITS) as usize) | state as usize)
    }

    /// The references counted in this word. Negative only while queued.
    #[must_use]
    pub const fn count(self) -> isize {
        (self.0 as isize) >> Self::STATE_BITS
    }

    /// The state.
    #[must_use]
    pub const fn state(self) -> State {
        match self.0 & Self::STATE_MASK {
            0b00 => State::Biased,
            0b01 => State::Weakref,
            0b10 => State::Queued,
            _ => State::Merged,
        }
    }

    #[inline]
    const fn is_merged(self) -> bool {
        self.0 & Self::STATE_MASK == State::Merged as usize
    }

    const fn minus_one(self) -> Self {
        Self(self.0.wrapping_sub(Self::ONE))
    }

    const fn plus(self, count: isize) -> Self {
        Self(self.0.wrapping_add((count << Self::STATE_BITS) as usize))
    }

    const fn with_state(self, state: State) -> Self {
        Self((self.0 & !Self::STATE_MASK) | state as usize)
    }

    /// Aborts if the count is in the guard band at either end.
    #[inline]
    fn check(self) -> Self {
        if self.count().unsigned_abs() >= Self::COUNT_LIMIT.unsigned_abs() {
            overflow();
        }
        self
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}, {:?})", self.count(), self.state())
    }
}

/// What the dropper of a reference must do now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use = "an object that died must be destroyed, one to enqueue must be enqueued"]
pub enum Released {
    /// Nothing. The header must not be touched again.
    Alive,
    /// Destroy the payload and free the memory: no weak handle was ever made.
    DeadUnshared,
    /// Destroy the payload, then give up the strong handles' weak reference
    /// with [`Header::release_weak`], which says whether to free the memory.
    Dead,
    /// The reference now belongs to this owner's merge queue: put it there.
    /// See [`owner::hand_over`](crate::owner::hand_over).
    Enqueue(OwnerId),
}

/// Whether the caller holds the only reference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Uniqueness {
    /// It does: no other handle, strong or weak, exists.
    Unique,
    /// It does not, or the object is immortal.
    Shared,
    /// Only the owner's side can tell. See [`Header::request_merge`].
    AskOwner,
}

/// The outcome of taking the last strong reference out of an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Taken {
    /// The payload is the caller's; free the memory: no weak handle was ever made.
    Unshared,
    /// The payload is the caller's; then give up the strong handles' weak
    /// reference with [`Header::release_weak`].
    Taken,
    /// Other references exist, or the object is immortal. At most the object
    /// has been merged.
    Shared,
    /// Only the owner's side can tell. Nothing changed.
    AskOwner,
}

/// The outcome of asking for a merge.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use = "an object to enqueue must be enqueued, an extra reference released"]
pub enum MergeRequest {
    /// Merged, immortal, or in a queue already: nothing to do.
    Settled,
    /// A reference was added for this owner's merge queue: put it there.
    Enqueue(OwnerId),
    /// A reference was added, but the owner merged meanwhile: release it.
    Release,
}

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

    // ----------------------------------------------------------------- clone

    /// Adds a reference.
    ///
    /// The owner executes no read-modify-write; another thread executes one;
    /// an immortal object costs two loads.
    ///
    /// # Memory ordering
    ///
    /// None (`Relaxed`).
    ///
    /// # Aborts
    ///
    /// If the shared count passes half of its range: a wrapped count is a use
    /// after free. A local count near its end is moved to the shared word.
    ///
    /// # Safety
    ///
    /// * The caller holds a reference to this object.
    /// * `me` is what the calling thread goes by: its id while it is attached,
    ///   else [`OwnerId::NOBODY`]. See [`owner::current`](crate::owner::current).
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::header::{Header, OwnerId, Released};
    ///
    /// let (me, stranger) = (OwnerId::new(1), OwnerId::NOBODY);
    /// let header = Header::new(me); // one reference: ours
    ///
    /// // SAFETY: we hold a reference throughout; this thread plays both parts,
    /// // one after the other.
    /// unsafe {
    ///     header.retain(me);
    ///     header.retain(stranger);
    ///     assert_eq!(header.strong_count(), 3);
    ///     assert_eq!(header.release(stranger), Released::Alive);
    ///     assert_eq!(header.release(me), Released::Alive);
    ///     assert_eq!(header.release(me), Released::DeadUnshared);
    /// }
    /// ```
    #[inline]
    pub unsafe fn retain(&self, me: OwnerId) {
        if self.is_owned_by(me) {
            let local = self.ob_ref_local.load(Relaxed).wrapping_add(1);
            self.ob_ref_local.store(local, Relaxed);
            if local >= LOCAL_LIMIT {
                // SAFETY: `me` owns the object and is the calling thread, and
                // the caller holds a reference.
                unsafe { self.merge() };
            }
        } else if !self.is_immortal() {
            self.retain_shared();
        }
    }

    #[inline]
    fn retain_shared(&self) {
        // Relaxed: see "Increments" in the module docs.
        let before = self.ob_ref_shared.fetch_add(Shared::ONE, Relaxed);
        // One signed comparison: an increment can only leave the range upwards.
        if before as isize >= Shared::COUNT_LIMIT << Shared::STATE_BITS {
            overflow();
        }
    }

    // ------------------------------------------------------------------ drop

    /// Gives up a reference.
    ///
    /// The owner executes no read-modify-write unless it lets go of its last
    /// local reference while others count; another thread executes one.
    ///
    /// # Memory ordering
    ///
    /// `Release`, and `Acquire` if the outcome is [`Dead`](Released::Dead) or
    /// [`DeadUnshared`](Released::DeadUnshared): edge A of the module docs.
    ///
    /// # Aborts
    ///
    /// If the shared count passes half of its range below zero, which takes
    /// 2³¹ local references on a 32-bit target.
    ///
    /// # Safety
    ///
    /// * The caller holds a reference to this object, and gives it up.
    /// * `me` is what the calling thread goes by, as in [`retain`](Self::retain).
    /// * An attached owner does not pass `NOBODY` for an object of its own. (One
    ///   that is detached or gone is a stranger to all objects.)
    #[inline]
    pub unsafe fn release(&self, me: OwnerId) -> Released {
        if self.is_owned_by(me) {
            // SAFETY: `me` is on the owner's side; the reference is given up.
            if !unsafe { self.release_local() } {
                return Released::Alive;
            }
            // SAFETY: as above, and the local count is now 0.
            unsafe { self.release_last_local() }
        } else if self.is_immortal() {
            Released::Alive
        } else {
            // SAFETY: the caller gives up a reference and is not the owner.
            unsafe { self.release_shared() }
        }
    }

    /// Gives up one of the owner's local references; whether it was the last,
    /// in which case [`release_last_local`](Self::release_last_local) must follow.
    ///
    /// # Safety
    ///
    /// The caller is on the owner's side and gives up a reference.
    #[must_use]
    #[inline]
    pub(crate) unsafe fn release_local(&self) -> bool {
        // At least 1 before, by the sum and because the owner keeps it so.
        let local = self.ob_ref_local.load(Relaxed).wrapping_sub(1);
        self.ob_ref_local.store(local, Relaxed);
        local == 0
    }

    /// Concludes the drop of the owner's last local reference.
    ///
    /// # Safety
    ///
    /// The caller is on the owner's side and has just stored 0 to the local count.
    #[inline]
    pub(crate) unsafe fn release_last_local(&self) -> Released {
        // Acquire: edge A. A stranger that counted and is done has decremented
        // this word, or passed its reference to us; either way we see it.
        if self.ob_ref_shared.load(Acquire) == 0 {
            return Released::DeadUnshared;
        }
        // SAFETY: forwarded; the word says that others counted or may upgrade.
        unsafe { self.merge_zero_local() }
    }

    /// Merges an object whose local count is 0.
    ///
    /// # Safety
    ///
    /// As for `release_last_local`.
    #[cold]
    #[inline(never)]
    unsafe fn merge_zero_local(&self) -> Released {
        // Before the CAS: from then on another thread may free the object.
        // Relaxed: strangers only use it to find the owner, and the CAS below
        // is what tells them to stop looking.
        self.ob_tid.store(0, Relaxed);
        // Release and Acquire: edge A, as a decrement and as a destroyer.
        let merged = self.update_shared(AcqRel, |word| word.with_state(State::Merged));
        assert!(merged.count() >= 0, "brc: more references dropped than made");
        if merged.count() == 0 { Released::Dead } else { Released::Alive }
    }

    /// Gives up a reference that is not the owner's to count.
    ///
    /// # Safety
    ///
    /// The caller gives up a reference, is not on the owner's side, and the
    /// object was not immortal when that reference was counted.
    #[inline]
    unsafe fn release_shared(&self) -> Released {
        if self.is_merged() {
            // SAFETY: forwarded; the state is final.
            unsafe { self.release_merged() }
        } else {
            // SAFETY: forwarded.
            unsafe { self.release_biased() }
        }
    }

    /// # Safety
    ///
    /// As for `release_shared`, and the object is merged.
    #[inline]
    pub(crate) unsafe fn release_merged(&self) -> Released {
        // Release: edge A. A plain decrement will do, since nothing else than
        // the count can change any more.
        let before = Shared(self.ob_ref_shared.fetch_sub(Shared::ONE, Release));
        if before.count() != 1 {
            debug_assert!(before.count() > 1, "brc: more references dropped than made");
            return Released::Alive;
        }
        // Acquire: edge A. Pairs with every decrement and the merge.
        fence(Acquire);
        Released::Dead
    }

    /// The part of `release_shared` that must look before it subtracts.
    ///
    /// # Safety
    ///
    /// As for `release_shared`.
    #[cold]
    unsafe fn release_biased(&self) -> Released {
        let mut word = self.shared();
        loop {
            if word.is_merged() {
                // SAFETY: forwarded.
                return unsafe { self.release_merged() };
            }
            let donate = word.count() == 0 && word.state() != State::Queued;
            let next = if donate {
                // Not subtracted: the reference is the queue's from here on,
                // and keeps the object alive until the push.
                word.with_state(State::Queued)
            } else {
                word.minus_one().check()
            };
            // Release: edge A. Relaxed on failure: we only try again.
            match self.ob_ref_shared.compare_exchange_weak(word.0, next.0, Release, Relaxed) {
                Err(actual) => word = Shared(actual),
                Ok(_) if !donate => return Released::Alive,
                Ok(_) => {
                    // Relaxed: an id that is out of date is handled by the
                    // queue, which finds the object merged.
                    match self.owner() {
                        // The owner is merging, or has merged: there may be no
                        // queue to wait for. Take the reference back and drop
                        // it as if it had never been donated.
                        OwnerId::NONE => word = self.shared(),
                        owner => return Released::Enqueue(owner),
                    }
                }
            }
        }
    }

    // ----------------------------------------------------------------- merge

    /// Moves the local count to the shared word and ends the bias for good.
    ///
    /// Does nothing to a merged or immortal object, so it may be repeated.
    ///
    /// # Memory ordering
    ///
    /// `Release`: edge A of the module docs.
    ///
    /// # Aborts
    ///
    /// If the sum does not fit the shared count.
    ///
    /// # Safety
    ///
    /// * The caller is on the owner's side: it is the attached owner, or it
    ///   holds the shard lock of an owner that is detached or gone.
    /// * The caller holds a reference, or acts for who does.
    #[cold]
    #[inline(never)]
    pub unsafe fn merge(&self) {
        if self.is_merged() || self.is_immortal() {
            return;
        }
        let local = self.ob_ref_local.load(Relaxed);
        // Both before the CAS, as in `merge_zero_local`. Relaxed: the owner's
        // side is ours alone, and strangers only look for `IMMORTAL`.
        self.ob_ref_local.store(0, Relaxed);
        self.ob_tid.store(0, Relaxed);
        // Release: edge A, for the references counted locally until now.
        self.update_shared(Release, |word| {
            word.check().plus(local as isize).check().with_state(State::Merged)
        });
    }

    /// [Merges](Self::merge) and gives up a reference, in one step.
    ///
    /// The outcome is [`Released::Alive`] or [`Released::Dead`].
    ///
    /// # Memory ordering
    ///
    /// `Release`, and `Acquire` if dead: edge A of the module docs.
    ///
    /// # Aborts
    ///
    /// As [`merge`](Self::merge).
    ///
    /// # Safety
    ///
    /// As for [`merge`](Self::merge); the reference is given up.
    pub unsafe fn merge_and_release(&self) -> Released {
        if self.is_immortal() {
            return Released::Alive;
        }
        if self.is_merged() {
            // SAFETY: forwarded.
            return unsafe { self.release_merged() };
        }
        let local = self.ob_ref_local.load(Relaxed);
        // As in `merge`, with one reference less.
        self.ob_ref_local.store(0, Relaxed);
        self.ob_tid.store(0, Relaxed);
        // Release and Acquire: edge A, as a decrement and as a destroyer.
        let merged = self.update_shared(AcqRel, |word| {
            word.check().plus(local as isize - 1).check().with_state(State::Merged)
        });
        assert!(merged.count() >= 0, "brc: more references dropped than made");
        if merged.count() == 0 { Released::Dead } else { Released::Alive }
    }

    /// Asks for the object to be merged, from a thread that cannot do it.
    ///
    /// Adds a reference for the queue unless the object is settled already.
    ///
    /// # Memory ordering
    ///
    /// None (`Relaxed`): it only adds a reference.
    ///
    /// # Safety
    ///
    /// * The caller holds a reference and is not on the owner's side.
    /// * What it asks for is done: [`MergeRequest::Enqueue`] and
    ///   [`MergeRequest::Release`] carry a reference.
    pub unsafe fn request_merge(&self) -> MergeRequest {
        if self.is_immortal() {
            return MergeRequest::Settled;
        }
        let mut word = self.shared();
        loop {
            match word.state() {
                State::Queued | State::Merged => return MergeRequest::Settled,
                State::Biased | State::Weakref => {}
            }
            let next = word.plus(1).check().with_state(State::Queued);
            // Relaxed: an increment.
            match self.ob_ref_shared.compare_exchange_weak(word.0, next.0, Relaxed, Relaxed) {
                Err(actual) => word = Shared(actual),
                Ok(_) => {
                    return match self.owner() {
                        OwnerId::NONE => MergeRequest::Release,
                        owner => MergeRequest::Enqueue(owner),
                    };
                }
            }
        }
    }

    /// Applies `next` to the shared word by compare-and-swap and returns what it stored.
    #[inline]
    fn update_shared(
        &self,
        success: crate::sync::Ordering,
        next: impl Fn(Shared) -> Shared,
    ) -> Shared {
        let mut word = self.shared();
        loop {
            let new = next(word);
            // Relaxed on failure: we only try again.
            match self.ob_ref_shared.compare_exchange_weak(word.0, new.0, success, Relaxed) {
                Ok(_) => return new,
                Err(actual) => word = Shared(actual),
            }
        }
    }

    // ------------------------------------------------------------------ weak

    /// Adds a reference unless the object is dead: what upgrading a weak handle does.
    ///
    /// The owner executes no read-modify-write; another thread executes one.
    ///
    /// # Memory ordering
    ///
    /// `Acquire` on success: edge C of the module docs.
    ///
    /// # Aborts
    ///
    /// As [`retain`](Self::retain).
    ///
    /// # Safety
    ///
    /// * The caller holds a weak reference made by [`downgrade`](Self::downgrade)
    ///   or copied from one, or the header's memory is kept otherwise.
    /// * `me` is what the calling thread goes by, as in [`retain`](Self::retain).
    #[must_use]
    #[inline]
    pub unsafe fn try_retain(&self, me: OwnerId) -> bool {
        // Acquire: edge C, for an object that became immortal.
        let local = self.ob_ref_local.load(Acquire);
        if local == IMMORTAL {
            return true;
        }
        if local > 0 && self.is_owned_by(me) {
            // SAFETY: `me` is on the owner's side; a local count above 0 is a
            // reference that keeps the object alive meanwhile.
            unsafe { self.retain(me) };
            return true;
        }
        self.try_retain_shared()
    }

    fn try_retain_shared(&self) -> bool {
        let mut word = self.shared();
        loop {
            // (0, Weakref) is not dead: the owner's local count holds it.
            if word.count() == 0 && matches!(word.state(), State::Biased | State::Merged) {
                return false;
            }
            let next = word.plus(1).check();
            // Acquire: edge C, pairs with `finish_cyclic`. Relaxed on failure:
            // we only try again.
            match self.ob_ref_shared.compare_exchange_weak(word.0, next.0, Acquire, Relaxed) {
                Ok(_) => return true,
                Err(actual) => word = Shared(actual),
            }
        }
    }

    /// Adds a weak reference, from a strong one.
    ///
    /// Blocks, by spinning, while another thread tests for uniqueness.
    ///
    /// # Memory ordering
    ///
    /// `Acquire`: edge D of the module docs.
    ///
    /// # Aborts
    ///
    /// If the weak count passes half of its range.
    ///
    /// # Safety
    ///
    /// The caller holds a (strong) reference.
    pub unsafe fn downgrade(&self) {
        if self.is_immortal() {
            return;
        }
        // From now on the owner's last drop must be visible to an upgrade.
        let mut word = self.shared();
        while word.state() == State::Biased {
            let next = word.with_state(State::Weakref);
            // Relaxed: the strong reference we hold will be passed to the owner
            // or dropped on this very word before the owner can find no
            // reference left, so it cannot miss this.
            match self.ob_ref_shared.compare_exchange_weak(word.0, next.0, Relaxed, Relaxed) {
                Ok(_) => break,
                Err(actual) => word = Shared(actual),
            }
        }
        let mut weak = self.ob_weak.load(Relaxed);
        loop {
            if weak == WEAK_LOCKED {
                yield_now();
                weak = self.ob_weak.load(Relaxed);
                continue;
            }
            if weak >= WEAK_LIMIT {
                overflow();
            }
            // Acquire: edge D, pairs with the unlock in `is_unique`.
            match self.ob_weak.compare_exchange_weak(weak, weak + 1, Acquire, Relaxed) {
                Ok(_) => return,
                Err(actual) => weak = actual,
            }
        }
    }

    /// Adds a weak reference, from a weak one. One read-modify-write.
    ///
    /// # Memory ordering
    ///
    /// None (`Relaxed`).
    ///
    /// # Aborts
    ///
    /// If the weak count passes half of its range.
    ///
    /// # Safety
    ///
    /// The caller holds a weak reference, so the count cannot be locked.
    #[inline]
    pub unsafe fn retain_weak(&self) {
        if self.is_immortal() {
            return;
        }
        // Relaxed: see "Increments" in the module docs.
        if self.ob_weak.fetch_add(1, Relaxed) >= WEAK_LIMIT {
            overflow();
        }
    }

    /// Gives up a weak reference. `true`: it was the last, free the memory.
    ///
    /// # Memory ordering
    ///
    /// `Release`, and `Acquire` if it was the last: all uses of the header come
    /// before it is freed.
    ///
    /// # Safety
    ///
    /// The caller holds a weak reference, and gives it up.
    #[must_use = "the last weak reference must free the memory"]
    #[inline]
    pub unsafe fn release_weak(&self) -> bool {
        if self.is_immortal() {
            return false;
        }
        // Release: this thread's use of the header comes before the free.
        if self.ob_weak.fetch_sub(1, Release) != 1 {
            return false;
        }
        // Acquire: pairs with the above in every other thread.
        fence(Acquire);
        true
    }

    /// Ends the construction of a cyclic object: from now on upgrades succeed.
    ///
    /// # Memory ordering
    ///
    /// `Release`: edge C of the module docs.
    ///
    /// # Safety
    ///
    /// The header came from [`new_cyclic`](Self::new_cyclic), this is called
    /// once, and the payload is written. The caller then holds the reference.
    pub unsafe fn finish_cyclic(&self) {
        // Release: edge C. A store will do: until now every read-modify-write
        // of this word fails.
        self.ob_ref_shared.store(Shared::new(1, State::Merged).0, Release);
    }

    // ------------------------------------------------------------ uniqueness

    /// Tests whether the caller's reference is the only one, strong or weak.
    ///
    /// No read-modify-write for the owner of an object that was never shared;
    /// two otherwise.
    ///
    /// # Memory ordering
    ///
    /// `Acquire` if unique: every use through a reference that is gone comes
    /// before the answer (edges A and D of the module docs).
    ///
    /// # Safety
    ///
    /// * The caller holds a reference and lets nobody else use it meanwhile.
    /// * `me` is what the calling thread goes by, as in [`release`](Self::release).
    pub unsafe fn is_unique(&self, me: OwnerId) -> Uniqueness {
        if self.is_immortal() {
            return Uniqueness::Shared;
        }
        let owned = self.is_owned_by(me);
        if owned {
            if self.ob_ref_local.load(Relaxed) != 1 {
                return Uniqueness::Shared;
            }
            // Acquire: edge A.
            if self.ob_ref_shared.load(Acquire) == 0 {
                return Uniqueness::Unique;
            }
        }
        // With the weak count locked nobody can downgrade, and as it was 1
        // nobody can upgrade, so the strong count cannot rise behind our back.
        // Acquire: edge D, pairs with `release_weak`.
        if self.ob_weak.compare_exchange(1, WEAK_LOCKED, Acquire, Relaxed).is_err() {
            return Uniqueness::Shared;
        }
        // Acquire: edge A.
        let word = Shared(self.ob_ref_shared.load(Acquire));
        let answer = if owned {
            // Our local count is 1.
            if word.count() == 0 { Uniqueness::Unique } else { Uniqueness::Shared }
        } else if word.is_merged() {
            if word.count() == 1 { Uniqueness::Unique } else { Uniqueness::Shared }
        } else {
            Uniqueness::AskOwner
        };
        // Release: edge D, pairs with `downgrade`. A store will do: nobody
        // writes a locked count.
        self.ob_weak.store(1, Release);
        answer
    }

    /// Takes the payload out if the caller's reference is the only strong one:
    /// from then on upgrades fail.
    ///
    /// # Memory ordering
    ///
    /// `Acquire` if taken (edge A of the module docs).
    ///
    /// # Safety
    ///
    /// As for [`is_unique`](Self::is_unique). If taken, the caller's reference
    /// is gone and the payload is the caller's.
    pub unsafe fn try_take(&self, me: OwnerId) -> Taken {
        if self.is_immortal() {
            return Taken::Shared;
        }
        if self.is_owned_by(me) {
            // SAFETY: forwarded; `me` is on the owner's side.
            return unsafe { self.try_take_local() };
        }
        let sole = Shared::new(1, State::Merged);
        let none = Shared::new(0, State::Merged);
        if !self.is_merged() {
            return Taken::AskOwner;
        }
        // Acquire: edge A. Relaxed on failure: nothing is done with it.
        match self.ob_ref_shared.compare_exchange(sole.0, none.0, Acquire, Relaxed) {
            Ok(_) => Taken::Taken,
            Err(_) => Taken::Shared,
        }
    }

    /// # Safety
    ///
    /// As for `try_take`, and `me` is on the owner's side.
    unsafe fn try_take_local(&self) -> Taken {
        if self.ob_ref_local.load(Relaxed) != 1 {
            return Taken::Shared;
        }
        // Acquire: edge A.
        let word = Shared(self.ob_ref_shared.load(Acquire));
        if word == Shared::new(0, State::Biased) {
            self.ob_ref_local.store(0, Relaxed);
            return Taken::Unshared;
        }
        if word != Shared::new(0, State::Weakref) {
            return Taken::Shared;
        }
        // Weak handles may be upgraded by strangers at any moment, so the end
        // of the strong count must be one step: from (0, Weakref) with nothing
        // local to (0, Merged). If that fails, it was an ordinary merge.
        self.ob_ref_local.store(0, Relaxed);
        self.ob_tid.store(0, Relaxed);
        let none = Shared::new(0, State::Merged);
        // AcqRel: edge A, as in `merge_zero_local`. Relaxed on failure.
        match self.ob_ref_shared.compare_exchange(word.0, none.0, AcqRel, Relaxed) {
            Ok(_) => Taken::Taken,
            Err(_) => {
                // Release: edge A, as in `merge`.
                self.update_shared(Release, |word| word.plus(1).check().with_state(State::Merged));
                Taken::Shared
            }
        }
    }

    // -------------------------------------------------------------- immortal

    /// Makes the object immortal, if the caller may: it is on the owner's side,
    /// or the object is merged. Returns whether the object is immortal now.
    ///
    /// Counts that other threads still change meanwhile drift, which is
    /// harmless: the reference that the caller holds is never given up by
    /// anyone who can still see a mortal object, because whoever gives it up
    /// got it after this.
    ///
    /// # Memory ordering
    ///
    /// `Release`: edge C of the module docs.
    ///
    /// # Safety
    ///
    /// * The caller holds a reference.
    /// * `me` is what the calling thread goes by, as in [`release`](Self::release).
    pub unsafe fn immortalize(&self, me: OwnerId) -> bool {
        if self.is_immortal() {
            return true;
        }
        if self.is_owned_by(me) {
            // Release: edge C, pairs with the test in `try_retain`. First, so
            // that nobody finds an object without owner, unmerged and mortal.
            self.ob_ref_local.store(IMMORTAL, Release);
            // Relaxed: only sends strangers that look for the owner away. Those
            // that do not see the mark yet count, which is harmless.
            self.ob_tid.store(0, Relaxed);
            return true;
        }
        // Acquire: edge C, pairs with the merge, so that its store of 0 to the
        // local count comes before ours.
        if Shared(self.ob_ref_shared.load(Acquire)).is_merged() {
            // Release: edge C.
            self.ob_ref_local.store(IMMORTAL, Release);
            return true;
        }
        false
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
