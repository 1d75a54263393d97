//! The shared word of a heap object: a count, flags and a state, each change of
//! which is one compare-and-swap.

use std::fmt;

/// A value of `ob_ref_shared`, read once.
///
/// ```text
///   63                        8   7   6   5   4   3   2   1   0
///  +---------------------------+---+---+---+---+---+---+-------+
///  | signed count              | - | K | R | D | C | - | state |
///  +---------------------------+---+---+---+---+---+---+-------+
///    C: CANDIDATE   D: DEFERRED   R: REVIVED   K: CLEARED   -: unused
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word(pub(crate) usize);

/// The state, in the low two bits. As that of [`header`](crate::header).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// The owner has a local count, and no weak handle was ever made.
    Biased = 0b00,
    /// The owner has a local count.
    Weakref = 0b01,
    /// As before, and a list owns one of the references, to merge and drop it.
    Queued = 0b10,
    /// All references are counted here.
    Merged = 0b11,
}

/// A list of candidates has an entry for this object, which owns a weak count.
pub(crate) const CANDIDATE: usize = 1 << 3;
/// Freed by the collector only, whatever the count: see [`deferred`](crate::deferred).
pub(crate) const DEFERRED: usize = 1 << 4;
/// A weak handle was upgraded since somebody who had the last reference looked.
pub(crate) const REVIVED: usize = 1 << 5;
/// Upgrades fail: the collector found the object to be garbage.
pub(crate) const CLEARED: usize = 1 << 6;

const COUNT_SHIFT: u32 = 8;
/// One reference.
pub(crate) const ONE: usize = 1 << COUNT_SHIFT;

/// The process aborts at this count, on both sides of zero: half of what fits,
/// so that racing threads cannot wrap before one of them sees it.
pub(crate) const COUNT_LIMIT: isize = isize::MAX >> COUNT_SHIFT >> 1;

impl Word {
    pub(crate) fn count(self) -> isize {
        self.0 as isize >> COUNT_SHIFT
    }

    pub(crate) fn state(self) -> State {
        match self.0 & 0b11 {
            0b00 => State::Biased,
            0b01 => State::Weakref,
            0b10 => State::Queued,
            _ => State::Merged,
        }
    }

    pub(crate) fn is_merged(self) -> bool {
        self.state() == State::Merged
    }

    pub(crate) fn has(self, flag: usize) -> bool {
        self.0 & flag != 0
    }

    #[must_use]
    pub(crate) fn with(self, flags: usize) -> Self {
        Self(self.0 | flags)
    }

    #[must_use]
    pub(crate) fn without(self, flags: usize) -> Self {
        Self(self.0 & !flags)
    }

    #[must_use]
    pub(crate) fn with_state(self, state: State) -> Self {
        Self(self.0 & !0b11 | state as usize)
    }

    /// With `by` more references.
    #[must_use]
    #[inline]
    pub(crate) fn plus(self, by: isize) -> Self {
        let count = self.count() + by;
        if count.unsigned_abs() >= COUNT_LIMIT.unsigned_abs() {
            overflow();
        }
        Self(self.0.wrapping_add_signed(by << COUNT_SHIFT))
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Word")
            .field("count", &self.count())
            .field("state", &self.state())
            .field("candidate", &self.has(CANDIDATE))
            .field("deferred", &self.has(DEFERRED))
            .field("revived", &self.has(REVIVED))
            .field("cleared", &self.has(CLEARED))
            .finish()
    }
}

/// Too many references: the next could wrap a count, and free a living object.
#[cold]
#[inline(never)]
pub(crate) fn overflow() -> ! {
    // A panic could be caught, and the count would stay where it is.
    std::process::abort()
}
