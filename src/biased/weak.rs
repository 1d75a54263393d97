//! [`Weak`]: a handle that does not keep the payload.

use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::num::NonZero;
use std::ptr::NonNull;

use super::{Brc, alloc};
use crate::header::Header;
use crate::owner;

/// A handle that does not keep the payload alive, only the memory:
/// [`std::sync::Weak`] for [`Brc`].
///
/// [`upgrade`](Self::upgrade) gives a [`Brc`] as long as the payload is alive.
/// For back references, caches and observers. It has one word (for sized `T`),
/// as has `Option<Weak<T>>`. Invariant in `T`, as `Brc` is.
///
/// # Examples
///
/// ```
/// use brc::{Brc, Weak};
///
/// let strong = Brc::new("x");
/// let weak: Weak<&str> = Brc::downgrade(&strong);
/// assert_eq!(weak.upgrade().as_deref(), Some(&"x"));
/// drop(strong);
/// assert_eq!(weak.upgrade(), None);
/// ```
pub struct Weak<T: ?Sized> {
    /// Dangling, at the last address, if made by [`Weak::new`].
    payload: NonNull<T>,
    invariant: PhantomData<*mut T>,
}

// SAFETY: as for `Brc`: it can be upgraded to one.
unsafe impl<T: ?Sized + Send + Sync> Send for Weak<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Send + Sync> Sync for Weak<T> {}

impl<T> Weak<T> {
    /// Makes a weak handle of no object. [`upgrade`](Self::upgrade) gives `None`.
    ///
    /// Allocates nothing; `const`.
    ///
    /// # Examples
    ///
    /// ```
    /// let none = brc::Weak::<u32>::new();
    /// assert!(none.upgrade().is_none());
    /// ```
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self { payload: NonNull::without_provenance(NonZero::<usize>::MAX), invariant: PhantomData }
    }
}

impl<T: ?Sized> Weak<T> {
    /// # Safety
    ///
    /// `payload` is that of an object, alive or dead, and the new handle owns
    /// one of its weak references.
    #[inline]
    pub(crate) unsafe fn from_payload(payload: NonNull<T>) -> Self {
        Self { payload, invariant: PhantomData }
    }

    /// The payload's address, with metadata.
    #[cfg(feature = "unsize")]
    pub(crate) fn payload_ptr(&self) -> *mut T {
        self.payload.as_ptr()
    }

    /// The header, unless there is no object.
    #[inline]
    fn header(&self) -> Option<&Header> {
        if is_dangling(self.payload.as_ptr()) {
            return None;
        }
        // SAFETY: this handle keeps the header.
        Some(unsafe { alloc::header(self.payload) })
    }

    /// Makes a strong handle if the payload is alive.
    ///
    /// No read-modify-write for the owner and for immortal objects; otherwise
    /// one, repeated if others count at the same time.
    ///
    /// # Memory ordering
    ///
    /// `Acquire` if it gives a handle (edge C of [`header`](crate::header#orderings)).
    ///
    /// # Aborts
    ///
    /// As [`Brc::clone`].
    ///
    /// # Examples
    ///
    /// See [the type](Self).
    #[inline]
    #[must_use = "this returns a new `Brc` and leaves the `Weak` alone"]
    pub fn upgrade(&self) -> Option<Brc<T>> {
        let header = self.header()?;
        // SAFETY: this handle is a weak reference.
        if !unsafe { header.try_retain(owner::current()) } {
            return None;
        }
        // SAFETY: `try_retain` made the reference which the new handle is.
        Some(unsafe { Brc::from_payload(self.payload) })
    }

    /// The number of strong handles, as [`Brc::strong_count`] tells it; 0 if the
    /// payload is gone, or there is no object.
    ///
    /// # Memory ordering
    ///
    /// Nothing to rely on.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{Brc, Weak};
    ///
    /// let a = Brc::new(1);
    /// assert_eq!(Brc::downgrade(&a).strong_count(), 1);
    /// assert_eq!(Weak::<u32>::new().strong_count(), 0);
    /// ```
    #[must_use]
    pub fn strong_count(&self) -> usize {
        owner::settle();
        self.header().map_or(0, Header::strong_count)
    }

    /// The number of weak handles; 0 if no strong ones are left. A snapshot.
    ///
    /// # Memory ordering
    ///
    /// Nothing to rely on.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::Brc;
    ///
    /// let a = Brc::new(1);
    /// let weak = Brc::downgrade(&a);
    /// assert_eq!(weak.weak_count(), 1);
    /// drop(a);
    /// assert_eq!(weak.weak_count(), 0);
    /// ```
    #[must_use]
    pub fn weak_count(&self) -> usize {
        match self.header() {
            Some(header) if header.strong_count() > 0 => header.weak_count(),
            _ => 0,
        }
    }

    /// Whether two handles are of one object, or both of none. Compares addresses.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{Brc, Weak};
    ///
    /// let a = Brc::new(1);
    /// assert!(Brc::downgrade(&a).ptr_eq(&Brc::downgrade(&a)));
    /// assert!(Weak::<i32>::new().ptr_eq(&Weak::new()));
    /// ```
    #[inline]
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        std::ptr::addr_eq(self.payload.as_ptr(), other.payload.as_ptr())
    }

    /// A raw pointer to the payload, which may be dead or not there at all: valid
    /// as long as there are strong handles.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::Brc;
    ///
    /// let a = Brc::new(1);
    /// assert_eq!(Brc::downgrade(&a).as_ptr(), Brc::as_ptr(&a));
    /// ```
    #[inline]
    #[must_use]
    pub fn as_ptr(&self) -> *const T {
        self.payload.as_ptr()
    }

    /// Gives up the handle for a raw pointer. Costs nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{Brc, Weak};
    ///
    /// let a = Brc::new(1);
    /// let raw = Brc::downgrade(&a).into_raw();
    /// // SAFETY: from `into_raw`, once.
    /// let weak = unsafe { Weak::from_raw(raw) };
    /// assert!(weak.upgrade().is_some());
    /// ```
    #[inline]
    #[must_use = "losing the pointer leaks the memory"]
    pub fn into_raw(self) -> *const T {
        ManuallyDrop::new(self).payload.as_ptr()
    }

    /// Takes back a handle that was given up. Costs nothing. For an example see
    /// [`into_raw`](Self::into_raw).
    ///
    /// # Safety
    ///
    /// As for [`Brc::from_raw`]: `ptr` came from [`into_raw`](Self::into_raw) of a
    /// `Weak` of the same `T`, lifetimes included, and is used for one handle.
    #[inline]
    pub unsafe fn from_raw(ptr: *const T) -> Self {
        // SAFETY: forwarded; neither a payload's address nor the last one is null.
        let payload = unsafe { NonNull::new_unchecked(ptr.cast_mut()) };
        // SAFETY: forwarded: the weak reference is the one that was given up.
        unsafe { Self::from_payload(payload) }
    }
}

fn is_dangling<T: ?Sized>(ptr: *const T) -> bool {
    ptr.addr() == usize::MAX
}

impl<T: ?Sized> Clone for Weak<T> {
    /// Makes another weak handle. One read-modify-write.
    ///
    /// # Memory ordering
    ///
    /// None (`Relaxed`).
    ///
    /// # Aborts
    ///
    /// If there are more than 2³¹ weak handles.
    #[inline]
    fn clone(&self) -> Self {
        if let Some(header) = self.header() {
            // SAFETY: this handle is a weak reference.
            unsafe { header.retain_weak() };
        }
        // SAFETY: `retain_weak` made the reference which the new handle is.
        unsafe { Self::from_payload(self.payload) }
    }
}

impl<T: ?Sized> Drop for Weak<T> {
    /// Gives up the handle; the last one frees the memory of a dead object.
    /// One read-modify-write.
    ///
    /// # Memory ordering
    ///
    /// `Release`, and `Acquire` if it frees.
    #[inline]
    fn drop(&mut self) {
        let Some(header) = self.header() else { return };
        // SAFETY: the handle goes away.
        if unsafe { header.release_weak() } {
            // SAFETY: the strong handles' weak reference is gone too, so the
            // payload is destroyed or moved out.
            unsafe { alloc::free(self.payload) };
        }
    }
}

impl<T> Default for Weak<T> {
    /// As [`Weak::new`].
    fn default() -> Self {
        Self::new()
    }
}

impl<T: ?Sized> fmt::Debug for Weak<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(Weak)")
    }
}
