//! Weak references: upgrade, downgrade, clone, drop; and objects that hold weak
//! references to themselves.

use super::word::{WEAK_LIMIT, WEAK_LOCKED};
use super::{Header, IMMORTAL, OwnerId, Shared, State, overflow};
use crate::sync::{Ordering::*, fence, yield_now};

impl Header {
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
}
