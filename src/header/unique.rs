//! Uniqueness and its opposite, immortality.

use super::word::WEAK_LOCKED;
use super::{Header, IMMORTAL, OwnerId, Shared, State, Taken, Uniqueness};
use crate::sync::Ordering::*;

impl Header {
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
                // Release: edges A and C, as in `merge`.
                self.update_shared(Release, |word| word.plus(1).check().with_state(State::Merged));
                Taken::Shared
            }
        }
    }

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
}
