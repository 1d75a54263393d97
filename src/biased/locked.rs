//! `Brc<Locked<T>>`: the lock of an object, reached through its pointer.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use super::Brc;
use crate::header::Header;
use crate::lock::{self, Locked};

impl<T: ?Sized> Brc<Locked<T>> {
    /// Locks the object and gives its value.
    ///
    /// One compare-and-swap if the lock is free; otherwise blocks, after a
    /// short spin, until it is this thread's turn. A thread that locks an
    /// object twice waits for itself for ever.
    ///
    /// A thread that blocks here keeps what other threads hand to it (see
    /// [`owner`](crate::owner#blocking)). If the wait may be long,
    /// `brc::detach(|| b.lock())`.
    ///
    /// # Memory ordering
    ///
    /// `Acquire`: what earlier holders did to the value comes before.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{Brc, Locked};
    ///
    /// let list = Brc::new(Locked::new(vec![1]));
    /// list.lock().push(2);
    /// assert_eq!(*list.lock(), [1, 2]);
    /// ```
    #[inline]
    pub fn lock(&self) -> LockedGuard<'_, T> {
        // SAFETY: this object's.
        unsafe { LockedGuard::lock(Self::header(self), self) }
    }

    /// As [`lock`](Self::lock), but `None` instead of blocking.
    ///
    /// # Memory ordering
    ///
    /// `Acquire` if it gives the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{Brc, Locked};
    ///
    /// let b = Brc::new(Locked::new(1));
    /// let guard = b.lock();
    /// assert!(b.try_lock().is_none());
    /// drop(guard);
    /// assert!(b.try_lock().is_some());
    /// ```
    #[inline]
    #[must_use]
    pub fn try_lock(&self) -> Option<LockedGuard<'_, T>> {
        let header = Self::header(self);
        // SAFETY: just locked.
        lock::try_lock(header.ob_mutex()).then(|| unsafe { LockedGuard::new(header, self) })
    }

    /// As [`lock`](Self::lock), but `None` after blocking for `timeout`.
    ///
    /// A timeout beyond what the clock can represent is none.
    ///
    /// # Memory ordering
    ///
    /// `Acquire` if it gives the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{Brc, Locked};
    /// use std::time::Duration;
    ///
    /// let b = Brc::new(Locked::new(1));
    /// let _guard = b.lock();
    /// assert!(b.try_lock_for(Duration::from_millis(1)).is_none());
    /// ```
    #[must_use]
    pub fn try_lock_for(&self, timeout: Duration) -> Option<LockedGuard<'_, T>> {
        let header = Self::header(self);
        // SAFETY: just locked.
        lock::try_lock_for(header.ob_mutex(), timeout)
            .then(|| unsafe { LockedGuard::new(header, self) })
    }

    /// Whether somebody held the lock a moment ago. One load.
    ///
    /// # Memory ordering
    ///
    /// None (`Relaxed`): only a hint.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{Brc, Locked};
    ///
    /// let b = Brc::new(Locked::new(1));
    /// assert!(!b.is_locked());
    /// let _guard = b.lock();
    /// assert!(b.is_locked());
    /// ```
    #[inline]
    #[must_use]
    pub fn is_locked(&self) -> bool {
        lock::is_locked(Self::header(self).ob_mutex())
    }
}

/// The value of a locked object; dropping it unlocks.
///
/// `Sync` if the value is. Not `Send`, as that of `std::sync::Mutex`: a lock is
/// released by the thread that took it.
#[must_use = "the object is unlocked when the guard is dropped"]
pub struct LockedGuard<'a, T: ?Sized> {
    header: &'a Header,
    value: &'a Locked<T>,
    /// Gives `&mut T`, and stays on its thread.
    marker: PhantomData<(&'a mut T, *mut ())>,
}

// SAFETY: sharing the guard shares the value.
unsafe impl<T: ?Sized + Sync> Sync for LockedGuard<'_, T> {}

impl<'a, T: ?Sized> LockedGuard<'a, T> {
    /// # Safety
    ///
    /// The caller just took the lock of `header`, in whose object `value` is.
    #[inline]
    unsafe fn new(header: &'a Header, value: &'a Locked<T>) -> Self {
        Self { header, value, marker: PhantomData }
    }

    /// Locks an object.
    ///
    /// # Safety
    ///
    /// `value` is the payload in the object of `header`.
    #[inline]
    pub(crate) unsafe fn lock(header: &'a Header, value: &'a Locked<T>) -> Self {
        lock::lock(header.ob_mutex());
        // SAFETY: just locked; the caller says the rest.
        unsafe { Self::new(header, value) }
    }

    /// Unlocks, and hands the lock to the thread that has waited longest, if
    /// any does.
    ///
    /// Dropping the guard does so only now and then, which is faster.
    ///
    /// # Memory ordering
    ///
    /// `Release`.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{Brc, Locked, LockedGuard};
    ///
    /// let b = Brc::new(Locked::new(1));
    /// let guard = b.lock();
    /// LockedGuard::unlock_fair(guard);
    /// assert!(!b.is_locked());
    /// ```
    pub fn unlock_fair(guard: Self) {
        let guard = std::mem::ManuallyDrop::new(guard);
        // SAFETY: the guard holds the lock, and is not used or dropped again.
        unsafe { lock::unlock(guard.header.ob_mutex(), true) };
    }
}

impl<T: ?Sized> Drop for LockedGuard<'_, T> {
    /// Unlocks: one compare-and-swap if nobody sleeps.
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the guard holds the lock.
        unsafe { lock::unlock(self.header.ob_mutex(), false) };
    }
}

impl<T: ?Sized> Deref for LockedGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard holds the lock.
        unsafe { &*self.value.value() }
    }
}

impl<T: ?Sized> DerefMut for LockedGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard holds the lock, and is borrowed mutably.
        unsafe { &mut *self.value.value() }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for LockedGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for LockedGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
