//! The operations that need to know whether a handle is the only one.
//!
//! The owner knows, and anyone knows of a merged object. Another thread cannot
//! know while the owner counts, so it asks the owner to merge. If the owner is
//! detached or gone, that is done at once; else the answer is "no", and it will
//! be exact after the owner's next look at its queue. There is never a false
//! "yes".

use std::alloc::Layout;
use std::ffi::{CStr, OsStr};
use std::mem::ManuallyDrop;
use std::path::Path;
use std::ptr::{self, NonNull};

use super::{Brc, UniqueBrc, alloc};
use crate::header::{Header, Released, Taken, Uniqueness};
use crate::owner;

/// What [`Brc::make_mut`] needs of a payload: to be cloned into a new object.
///
/// Implemented for all `T: Clone`, and for slices and strings. (The standard
/// library's `CloneToUninit`, which `Arc::make_mut` demands, is not stable.)
///
/// # Examples
///
/// ```
/// use brc::{CloneToBrc, UniqueBrc};
///
/// let copy: UniqueBrc<str> = "abc".clone_to_unique();
/// assert_eq!(&*copy, "abc");
/// ```
pub trait CloneToBrc {
    /// Clones the payload into an object of its own.
    #[must_use]
    fn clone_to_unique(&self) -> UniqueBrc<Self>;
}

impl<T: Clone> CloneToBrc for T {
    fn clone_to_unique(&self) -> UniqueBrc<Self> {
        UniqueBrc::new(self.clone())
    }
}

impl<T: Clone> CloneToBrc for [T] {
    fn clone_to_unique(&self) -> UniqueBrc<Self> {
        UniqueBrc::from_slice(self)
    }
}

macro_rules! clone_bytes {
    ($($ty:ty),*) => {$(
        impl CloneToBrc for $ty {
            fn clone_to_unique(&self) -> UniqueBrc<Self> {
                UniqueBrc::from(self)
            }
        }
    )*};
}

clone_bytes!(str, CStr, OsStr, Path);

/// Runs a test that only the owner's side may be able to answer: once more if
/// the owner's side could be had.
fn decide<T: ?Sized, R>(this: &Brc<T>, test: impl Fn(&Header) -> Option<R>) -> Option<R> {
    // Entries of our own queue hold references; merging them runs no user code.
    owner::settle();
    let header = Brc::header(this);
    let answer = test(header);
    if answer.is_some() {
        return answer;
    }
    // SAFETY: this handle is a reference; `test` found another thread to be the owner.
    if unsafe { alloc::request_merge(this.payload) } { test(header) } else { None }
}

impl<T: ?Sized> Brc<T> {
    /// Whether this is the only handle, strong or weak.
    fn is_unique(this: &mut Self) -> bool {
        let test = |header: &Header| {
            // SAFETY: this handle is a reference, borrowed mutably meanwhile.
            match unsafe { header.is_unique(owner::current()) } {
                Uniqueness::Unique => Some(true),
                Uniqueness::Shared => Some(false),
                Uniqueness::AskOwner => None,
            }
        };
        decide(this, test).unwrap_or(false)
    }

    /// Takes the only strong reference out of the object. On success the
    /// payload is the caller's to move out, then [`alloc::release_memory`].
    fn take(this: &mut Self) -> Option<bool> {
        let test = |header: &Header| {
            // SAFETY: this handle is a reference, borrowed mutably meanwhile;
            // if it is taken the callers do not drop the handle.
            match unsafe { header.try_take(owner::current()) } {
                Taken::Unshared => Some(Some(true)),
                Taken::Taken => Some(Some(false)),
                Taken::Shared => Some(None),
                Taken::AskOwner => None,
            }
        };
        decide(this, test).flatten()
    }

    /// The payload, mutably, if this is the only handle, strong or weak.
    ///
    /// No read-modify-write for the owner of an object that was never shared;
    /// two otherwise. The owner first merges what was handed to it. On another
    /// thread, `None` may come although the handle is the only one, as long as
    /// the object is not merged: this then asks the owner to merge it (once,
    /// under a lock). If the owner has ended, or is inside
    /// [`detach`](crate::detach), the answer is exact.
    ///
    /// # Memory ordering
    ///
    /// `Acquire` if it gives the payload: all uses through handles that are
    /// gone come before.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::Brc;
    ///
    /// let mut a = Brc::new(1);
    /// *Brc::get_mut(&mut a).unwrap() = 2;
    /// let b = a.clone();
    /// assert!(Brc::get_mut(&mut a).is_none());
    /// drop(b);
    /// assert_eq!(Brc::get_mut(&mut a), Some(&mut 2));
    /// ```
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        if !Self::is_unique(this) {
            return None;
        }
        // SAFETY: there is no other handle, and the borrow of this one forbids
        // to make any.
        Some(unsafe { this.payload.as_mut() })
    }
}

impl<T> Brc<T> {
    /// The payload, if this is the only strong handle. Weak ones then find it gone.
    ///
    /// Costs, and orders, as [`get_mut`](Self::get_mut) does, and like it may
    /// say no off-owner although the handle is the only one. If several threads
    /// want to end a shared object and one is to have the payload, use
    /// [`into_inner`](Self::into_inner) on an object that was
    /// [shared](Self::share).
    ///
    /// # Errors
    ///
    /// Gives the handle back if there are others, or the object is immortal.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::Brc;
    ///
    /// let a = Brc::new(String::from("x"));
    /// let b = a.clone();
    /// let a = Brc::try_unwrap(a).unwrap_err();
    /// drop(b);
    /// assert_eq!(Brc::try_unwrap(a).unwrap(), "x");
    /// ```
    pub fn try_unwrap(this: Self) -> Result<T, Self> {
        let mut this = ManuallyDrop::new(this);
        match Self::take(&mut this) {
            // SAFETY: taken.
            Some(unshared) => Ok(unsafe { move_out(this.payload, unshared) }),
            None => Err(ManuallyDrop::into_inner(this)),
        }
    }

    /// Gives up the handle, and gets the payload if it was the last strong one.
    ///
    /// Costs what a drop does. If several threads call it on the handles of one
    /// *merged* object ([`share`](Self::share), [`new_merged`](Self::new_merged)),
    /// exactly one gets the payload, as with `Arc`. Otherwise, while the owner
    /// runs, it may be that none does: a handle of another thread ends up in the
    /// owner's queue, which then destroys the payload.
    ///
    /// # Memory ordering
    ///
    /// As a drop.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::Brc;
    ///
    /// let a = Brc::new(String::from("x"));
    /// let b = a.clone();
    /// assert_eq!(Brc::into_inner(a), None);
    /// assert_eq!(Brc::into_inner(b).unwrap(), "x");
    /// ```
    pub fn into_inner(this: Self) -> Option<T> {
        // Else an entry of our own queue could be the last reference.
        owner::settle();
        let payload = Self::into_payload(this);
        // SAFETY: the reference keeps the object.
        let header = unsafe { alloc::header(payload) };
        let me = owner::current();
        if !header.is_merged() && !header.is_owned_by(me) {
            // So that the last handle is known for one if the owner is detached
            // or gone.
            // SAFETY: `payload` is still a reference; another thread is the owner.
            unsafe { alloc::request_merge(payload) };
        }
        // SAFETY: the reference is given up.
        match unsafe { header.release(me) } {
            Released::Alive => None,
            // SAFETY: dead, and ours.
            Released::DeadUnshared => Some(unsafe { move_out(payload, true) }),
            // SAFETY: dead, and ours.
            Released::Dead => Some(unsafe { move_out(payload, false) }),
            enqueue @ Released::Enqueue(_) => {
                // SAFETY: that was the outcome of dropping our reference.
                unsafe { alloc::conclude(payload, enqueue) };
                None
            }
        }
    }

    /// The payload: moved out if this is the only strong handle, else cloned.
    ///
    /// Costs what [`try_unwrap`](Self::try_unwrap) does, and the clone.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::Brc;
    ///
    /// assert_eq!(Brc::unwrap_or_clone(Brc::new(5)), 5);
    /// ```
    pub fn unwrap_or_clone(this: Self) -> T
    where
        T: Clone,
    {
        Self::try_unwrap(this).unwrap_or_else(|this| (*this).clone())
    }
}

/// Moves the payload out of a dead object and frees the memory.
///
/// # Safety
///
/// The object is dead, its payload the caller's; `unshared` only if no weak
/// handle was ever made.
unsafe fn move_out<T>(payload: NonNull<T>, unshared: bool) -> T {
    // SAFETY: the payload is ours and not used again.
    let value = unsafe { payload.read() };
    // SAFETY: moved out.
    unsafe { alloc::release_memory(payload, unshared) };
    value
}

impl<T: ?Sized + CloneToBrc> Brc<T> {
    /// The payload, mutably. If there are other strong handles, it is cloned into
    /// a new object first; if there are only weak ones, it is moved into one and
    /// they find it gone.
    ///
    /// Costs, and orders, as [`get_mut`](Self::get_mut) does; off-owner it may
    /// clone although the handle is the only one. The new object belongs to the
    /// calling thread; if the old one is of the [`new_merged`](Self::new_merged)
    /// kind, so is the new one.
    ///
    /// # Panics
    ///
    /// If cloning the payload does; nothing has changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::Brc;
    ///
    /// let mut a: Brc<str> = Brc::from("abc");
    /// let b = a.clone();
    /// Brc::make_mut(&mut a).make_ascii_uppercase();
    /// assert_eq!((&*a, &*b), ("ABC", "abc"));
    /// ```
    pub fn make_mut(this: &mut Self) -> &mut T {
        if !Self::is_unique(this) {
            Self::detach_payload(this);
        }
        // SAFETY: there is no other handle, strong or weak, and the borrow of
        // this one forbids to make any.
        unsafe { this.payload.as_mut() }
    }

    /// Puts the payload, or a clone, into an object of its own.
    fn detach_payload(this: &mut Self) {
        // A payload that may borrow must not become biased.
        let is_static = Self::header(this).is_static();
        let finish = |unique: UniqueBrc<T>| {
            if is_static {
                // SAFETY: the old object was made with the promise that
                // destruction may be delayed, and the payload is of the same type.
                unsafe { UniqueBrc::into_brc_unbounded(unique) }
            } else {
                UniqueBrc::into_brc_merged(unique)
            }
        };
        let layout = Layout::for_value::<T>(this);
        let Some(unshared) = Self::take(this) else {
            *this = finish((**this).clone_to_unique());
            return;
        };
        // Only weak handles keep the old object: move the payload over. `this`
        // is no handle any more, so nothing may unwind before it is one again.
        let bomb = AbortOnUnwind;
        let old = this.payload;
        // SAFETY: taken, so the payload is ours, and not used again.
        let new = finish(unsafe { UniqueBrc::move_from(old, layout) });
        // SAFETY: `this` was taken, so it must not be dropped.
        unsafe { ptr::write(this, new) };
        std::mem::forget(bomb);
        // SAFETY: dead, and its payload moved out.
        unsafe { alloc::release_memory(old, unshared) };
    }
}

struct AbortOnUnwind;

impl Drop for AbortOnUnwind {
    fn drop(&mut self) {
        std::process::abort();
    }
}
