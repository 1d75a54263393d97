//! Strong references: clone, drop, merge.

use super::word::LOCAL_LIMIT;
use super::{Header, MergeRequest, OwnerId, Released, Shared, State, overflow};
use crate::sync::{Ordering, Ordering::*, fence};

impl Header {
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
    /// If the shared count passes half of its range below zero, which no sequence
    /// of these operations leads to: a local count moves up before it is so large.
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

    /// Whether nobody but the owner counts the object, and no weak handle was
    /// ever made.
    ///
    /// # Memory ordering
    ///
    /// `Acquire`: edge A of the module docs.
    #[inline]
    pub(crate) fn is_unshared(&self) -> bool {
        // Acquire: edge A. A stranger that counted and is done has decremented
        // this word, or passed its reference to us; either way we see it.
        self.ob_ref_shared.load(Acquire) == 0
    }

    /// Concludes the drop of the owner's last local reference.
    ///
    /// # Safety
    ///
    /// The caller is on the owner's side and has just stored 0 to the local count.
    #[inline]
    pub(crate) unsafe fn release_last_local(&self) -> Released {
        if self.is_unshared() {
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
        // Release: edge A, as a decrement, and C. Acquire: edge A, as a destroyer.
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

    /// Gives up a reference to an object that is not merged, if the shared word
    /// counts that reference alone, as it does where a thread clones and drops
    /// what another owns. Whether it did; if not, nothing changed.
    ///
    /// # Memory ordering
    ///
    /// `Release`: edge A of the module docs.
    ///
    /// # Safety
    ///
    /// The caller gives up a reference if the answer is yes. It may be the
    /// object's detached owner: the count that is left is not negative, so the
    /// object neither dies nor goes to a queue.
    #[inline]
    pub(crate) unsafe fn release_only_counted(&self) -> bool {
        // With constants on both sides the compare-and-swap does not wait for
        // the load before it. Release: edge A. Relaxed on failure: nothing changed.
        let take = |one: Shared| {
            let zero = one.minus_one();
            self.ob_ref_shared.compare_exchange(one.0, zero.0, Release, Relaxed).is_ok()
        };
        const ONE: Shared = Shared::new(1, State::Biased);
        const ONE_WEAKREF: Shared = Shared::new(1, State::Weakref);
        match self.shared() {
            ONE => take(ONE),
            ONE_WEAKREF => take(ONE_WEAKREF),
            _ => false,
        }
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

    /// Moves the local count to the shared word and ends the bias for good.
    ///
    /// Does nothing to a merged or immortal object, so it may be repeated.
    ///
    /// # Memory ordering
    ///
    /// `Release`: edges A and C of the module docs.
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
        // Release: edges A and C. The owner's uses and the stores above come before.
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
    /// `Release`, and `Acquire` if dead: edges A and C of the module docs.
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
        // Release: edge A, as a decrement, and C. Acquire: edge A, as a destroyer.
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
    pub(super) fn update_shared(
        &self,
        success: Ordering,
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
}
