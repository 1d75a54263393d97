//! What the words hold: ids, states, counts and their limits. No policy.

use std::fmt;

use super::overflow;

/// The identity of an owner: a thread that counts its own objects in plain
/// memory. Never reused within a process.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct OwnerId(pub(super) u32);

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
pub(super) const LOCAL_LIMIT: u32 = if usize::BITS == 64 { 1 << 31 } else { 1 << 27 };

/// The weak count while its holder tests for uniqueness.
pub(super) const WEAK_LOCKED: u32 = u32::MAX;

/// A weak count past this aborts. Half the range is left for threads that race
/// past the test.
pub(super) const WEAK_LIMIT: u32 = u32::MAX >> 1;

/// The state in the low two bits of `ob_ref_shared`. See the [module docs](super#states).
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
pub struct Shared(pub(super) usize);

impl Shared {
    pub(super) const STATE_BITS: u32 = 2;
    const STATE_MASK: usize = (1 << Self::STATE_BITS) - 1;
    pub(super) const ONE: usize = 1 << Self::STATE_BITS;

    /// The count at which the process aborts, on both sides of zero: half of
    /// what fits, so that racing threads cannot wrap before one of them sees it.
    pub(super) const COUNT_LIMIT: isize = isize::MAX >> Self::STATE_BITS >> 1;

    pub(super) const fn new(count: isize, state: State) -> Self {
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
    pub(super) const fn is_merged(self) -> bool {
        self.0 & Self::STATE_MASK == State::Merged as usize
    }

    pub(super) const fn minus_one(self) -> Self {
        Self(self.0.wrapping_sub(Self::ONE))
    }

    pub(super) const fn plus(self, count: isize) -> Self {
        Self(self.0.wrapping_add((count << Self::STATE_BITS) as usize))
    }

    pub(super) const fn with_state(self, state: State) -> Self {
        Self((self.0 & !Self::STATE_MASK) | state as usize)
    }

    /// Aborts if the count is in the guard band at either end.
    #[inline]
    pub(super) fn check(self) -> Self {
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
