//! The one-byte lock in every object, and [`Locked`], the payload it guards.
//!
//! # The byte
//!
//! | `PARKED` | `LOCKED` | meaning                                        |
//! |----------|----------|------------------------------------------------|
//! | 0        | 0        | free                                           |
//! | 0        | 1        | held, nobody sleeps                            |
//! | 1        | 1        | held, threads sleep                            |
//! | 1        | 0        | free, threads sleep (one was woken, may be overtaken) |
//!
//! Taking a free lock and releasing one for which nobody sleeps are one
//! compare-and-swap each. A thread that finds the lock held spins briefly, then
//! sleeps in a queue outside the object, found by the byte's address. Threads
//! may overtake sleepers (which is fast), but about every half millisecond of
//! contention the releasing thread hands the lock to the first in the queue
//! (so nobody starves).
//!
//! This is the lock of WebKit's `WTF::Lock`, which CPython's `PyMutex` follows
//! too (PEP 703, "Per-object locks"); the queue, and the choice of when to be
//! fair, are `parking_lot_core`'s.

#[cfg(all(test, loom))]
pub(crate) mod model;

use std::cell::UnsafeCell;
use std::fmt;
use std::time::{Duration, Instant};

use crate::sync::{AtomicU8, Ordering::*, Spin};
use crate::sync::{Parked, Wake, parking};

const LOCKED: u8 = 0b01;
const PARKED: u8 = 0b10;

/// Takes the lock if it is free.
///
/// `Acquire` if taken: pairs with every unlock.
#[inline]
pub(crate) fn try_lock(byte: &AtomicU8) -> bool {
    let mut state = byte.load(Relaxed);
    while state & LOCKED == 0 {
        // Acquire: pairs with the `Release` in `unlock` and `unlock_slow`.
        match byte.compare_exchange_weak(state, state | LOCKED, Acquire, Relaxed) {
            Ok(_) => return true,
            Err(actual) => state = actual,
        }
    }
    false
}

/// Takes the lock; blocks while another thread, or this one, holds it.
#[inline]
pub(crate) fn lock(byte: &AtomicU8) {
    // Acquire: pairs with the `Release` in `unlock` and `unlock_slow`.
    if byte.compare_exchange_weak(0, LOCKED, Acquire, Relaxed).is_err() {
        let taken = lock_slow(byte, None);
        debug_assert!(taken, "without a deadline, one waits until it is taken");
    }
}

/// Takes the lock, or gives up after a while.
#[inline]
pub(crate) fn try_lock_for(byte: &AtomicU8, timeout: Duration) -> bool {
    if try_lock(byte) {
        return true;
    }
    // A deadline too far to be represented is none.
    lock_slow(byte, Instant::now().checked_add(timeout))
}

#[cold]
#[inline(never)]
fn lock_slow(byte: &AtomicU8, deadline: Option<Instant>) -> bool {
    let mut spin = Spin::new();
    let mut state = byte.load(Relaxed);
    loop {
        if state & LOCKED == 0 {
            // Acquire: pairs with the `Release` in `unlock` and `unlock_slow`.
            match byte.compare_exchange_weak(state, state | LOCKED, Acquire, Relaxed) {
                Ok(_) => return true,
                Err(actual) => state = actual,
            }
            continue;
        }
        if state & PARKED == 0 {
            if spin.spin() {
                state = byte.load(Relaxed);
                continue;
            }
            // Relaxed: only says that somebody is about to sleep; the queue's
            // own lock orders the rest.
            if let Err(actual) = byte.compare_exchange_weak(state, state | PARKED, Relaxed, Relaxed)
            {
                state = actual;
                continue;
            }
        }
        let still_held = || byte.load(Relaxed) == LOCKED | PARKED;
        // Runs under the queue's lock, so no one sleeps unseen behind us.
        let gave_up = |was_last| {
            if was_last {
                // Relaxed: as when it was set.
                byte.fetch_and(!PARKED, Relaxed);
            }
        };
        match parking::park(key(byte), still_held, gave_up, deadline) {
            // Acquire: by the waking itself, which the unlocking thread did
            // after all that it did with the lock.
            Parked::Woken(Wake::HandedOff) => return true,
            Parked::Woken(Wake::TryAgain) | Parked::Changed => {}
            Parked::TimedOut => return false,
        }
        spin = Spin::new();
        state = byte.load(Relaxed);
    }
}

/// Releases the lock. With `fair`, hands it to the first that sleeps.
///
/// `Release`: pairs with the next `Acquire`.
///
/// # Safety
///
/// The caller holds the lock.
#[inline]
pub(crate) unsafe fn unlock(byte: &AtomicU8, fair: bool) {
    // Release: pairs with the `Acquire` of the next holder.
    if byte.compare_exchange(LOCKED, 0, Release, Relaxed).is_err() {
        unlock_slow(byte, fair);
    }
}

#[cold]
#[inline(never)]
fn unlock_slow(byte: &AtomicU8, fair: bool) {
    // The closure runs under the queue's lock, without which the others can do
    // one thing only: set `PARKED` when the last sleeper gave up and cleared it.
    // If that is lost here, its setter finds out under the queue's lock. (So
    // stores would do for the swaps, but the models are exact for swaps only.)
    parking::unpark_one(key(byte), |queue| {
        if queue.woke_one && (fair || queue.be_fair) {
            // The byte stays locked, for the thread that was woken. Relaxed:
            // the waking tells it the rest.
            if !queue.more_sleep {
                byte.swap(LOCKED, Relaxed);
            }
            return Wake::HandedOff;
        }
        let state = if queue.more_sleep { PARKED } else { 0 };
        // Release: pairs with the `Acquire` of the next holder.
        byte.swap(state, Release);
        Wake::TryAgain
    });
}

/// Whether somebody holds the lock, at some moment of late.
#[inline]
pub(crate) fn is_locked(byte: &AtomicU8) -> bool {
    byte.load(Relaxed) & LOCKED != 0
}

fn key(byte: &AtomicU8) -> usize {
    std::ptr::from_ref(byte).addr()
}

/// A payload that is guarded by the lock of the object it lives in.
///
/// `Brc<Locked<T>>` is what `Arc<Mutex<T>>` is, without a byte of its own: every
/// object's header has a one-byte lock (PEP 703's `ob_mutex`). It is locked
/// through the pointer, by [`Brc::lock`](crate::Brc::lock); a bare
/// `&Locked<T>` has no header, so nothing but `get_mut` and `into_inner`, which
/// need no lock, can be done with it.
///
/// There is no poisoning: if a thread panics while it holds the lock, the lock
/// is released and the value is as the panic left it. `Debug` never blocks and
/// does not show the value.
///
/// # Examples
///
/// ```
/// use brc::{Brc, Locked};
/// use std::thread;
///
/// let hits = Brc::new(Locked::new(0));
/// thread::scope(|s| {
///     for _ in 0..4 {
///         s.spawn(|| *hits.lock() += 1);
///     }
/// });
/// assert_eq!(*hits.lock(), 4);
/// ```
///
/// Without the pointer there is nothing to lock:
///
/// ```compile_fail,E0599
/// brc::Locked::new(0).lock();
/// ```
#[repr(transparent)]
pub struct Locked<T: ?Sized> {
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached by one thread at a time, with the lock or by
// `&mut`, hence `Send` is enough of it.
unsafe impl<T: ?Sized + Send> Sync for Locked<T> {}

impl<T> Locked<T> {
    /// Wraps a value.
    #[inline]
    #[must_use]
    pub const fn new(value: T) -> Self {
        Self { value: UnsafeCell::new(value) }
    }

    /// Unwraps the value. Needs no lock: nobody else can have one.
    #[inline]
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> Locked<T> {
    /// The value. Needs no lock: nobody else can have one.
    ///
    /// With [`Brc::get_mut`](crate::Brc::get_mut) or
    /// [`UniqueBrc`](crate::UniqueBrc) this reaches the value of an object that
    /// is not shared.
    #[inline]
    #[must_use]
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// The value, for who holds the lock.
    #[inline]
    pub(crate) fn value(&self) -> *mut T {
        self.value.get()
    }
}

impl<T: ?Sized> fmt::Debug for Locked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Locked").finish_non_exhaustive()
    }
}

impl<T: Default> Default for Locked<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for Locked<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}
