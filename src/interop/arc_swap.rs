//! `arc_swap::RefCnt`: a `Brc` in an `ArcSwapAny`, swapped and loaded atomically.

use std::pin::Pin;

use arc_swap::RefCnt;

use crate::Brc;

// SAFETY: `into_raw` and `from_raw` are inverse, the pointer is that of the
// payload for all handles of an object, and handles may be cloned through it on
// any thread as long as one is alive.
unsafe impl<T> RefCnt for Brc<T> {
    type Base = T;

    fn into_ptr(me: Self) -> *mut T {
        Brc::into_raw(me).cast_mut()
    }

    fn as_ptr(me: &Self) -> *mut T {
        Brc::as_ptr(me).cast_mut()
    }

    unsafe fn from_ptr(ptr: *const T) -> Self {
        // SAFETY: forwarded: it came from `into_ptr`.
        unsafe { Brc::from_raw(ptr) }
    }
}

// SAFETY: as above; the payload stays pinned, since only pinned handles come back.
unsafe impl<T> RefCnt for Pin<Brc<T>> {
    type Base = T;

    fn into_ptr(me: Self) -> *mut T {
        // SAFETY: the handle goes into a pointer, from which only pinned handles come.
        Brc::into_raw(unsafe { Pin::into_inner_unchecked(me) }).cast_mut()
    }

    fn as_ptr(me: &Self) -> *mut T {
        // The payload's address, with the provenance of the handle's own pointer.
        // SAFETY: `Pin` is transparent; the handle is only looked at.
        let inner = unsafe { &*std::ptr::from_ref(me).cast::<Brc<T>>() };
        Brc::as_ptr(inner).cast_mut()
    }

    unsafe fn from_ptr(ptr: *const T) -> Self {
        // SAFETY: forwarded: it came from `into_ptr`.
        let inner = unsafe { Brc::from_raw(ptr) };
        // SAFETY: it was pinned when it went in.
        unsafe { Pin::new_unchecked(inner) }
    }
}
