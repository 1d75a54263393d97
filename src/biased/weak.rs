//! [`Weak`]: a handle that does not keep the payload.

use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::num::NonZero;
use std::ptr::NonNull;

use super::{Brc, alloc};
use crate::header::Header;
use crate::owner;

/// A handle that does not keep the payload alive, only the memory.
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

    /// The number of strong handles.
    #[must_use]
    pub fn strong_count(&self) -> usize {
        owner::settle();
        self.header().map_or(0, Header::strong_count)
    }

    /// The number of weak handles; 0 if no strong ones are left.
    #[must_use]
    pub fn weak_count(&self) -> usize {
        match self.header() {
            Some(header) if header.strong_count() > 0 => header.weak_count(),
            _ => 0,
        }
    }

    /// Whether two handles are of one object, or both of none.
    #[inline]
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        std::ptr::addr_eq(self.payload.as_ptr(), other.payload.as_ptr())
    }

    /// A raw pointer to the payload, which may be dead or not there at all.
    #[inline]
    #[must_use]
    pub fn as_ptr(&self) -> *const T {
        self.payload.as_ptr()
    }

    /// Gives up the handle for a raw pointer.
    #[inline]
    #[must_use = "losing the pointer leaks the memory"]
    pub fn into_raw(self) -> *const T {
        ManuallyDrop::new(self).payload.as_ptr()
    }

    /// Takes back a handle that was given up.
    ///
    /// # Safety
    ///
    /// `ptr` came from [`into_raw`](Self::into_raw) of a `Weak` of the same `T`, lifetimes included.
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
    /// Makes another weak handle.
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
