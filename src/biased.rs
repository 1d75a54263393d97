//! [`Brc`], [`Weak`] and [`UniqueBrc`]: biased reference counting as a pointer.

mod alloc;
mod convert;
mod locked;
mod slice;
mod traits;
mod unique;
mod unwrap;
mod weak;

use std::alloc::Layout;
use std::any::Any;
use std::marker::PhantomData;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::ops::Deref;
use std::pin::Pin;
use std::ptr::NonNull;

pub use locked::LockedGuard;
pub use unique::UniqueBrc;
pub use unwrap::CloneToBrc;
pub use weak::Weak;

use crate::header::{Header, OwnerId};
use crate::owner;

/// A pointer that shares ownership of a `T`: about an `Rc` on the thread that
/// made it, about an `Arc` elsewhere.
pub struct Brc<T: ?Sized> {
    payload: NonNull<T>,
    /// Invariant in `T`: see "Delayed destruction" above.
    invariant: PhantomData<*mut T>,
}

// SAFETY: as for `Arc`: a handle on another thread gives `&T` there, hence
// `Sync`, and may destroy the `T` there or take it out, hence `Send`. The counts
// are kept by `header`, whose contracts hold for handles on any thread.
unsafe impl<T: ?Sized + Send + Sync> Send for Brc<T> {}
// SAFETY: as above: a `&Brc<T>` can be cloned into a handle.
unsafe impl<T: ?Sized + Send + Sync> Sync for Brc<T> {}

impl<T> Brc<T> {
    /// Makes an object that the calling thread owns.
    #[inline]
    #[must_use]
    pub fn new(value: T) -> Self
    where
        T: 'static,
    {
        // SAFETY: `T: 'static`, so the destruction may wait.
        unsafe { Self::new_unbounded(value) }
    }

    /// As [`new`](Self::new), for payloads that may borrow.
    ///
    /// # Safety
    ///
    /// The payload may be destroyed some time after the last handle was
    /// dropped. Whatever it borrows must still be there then.
    #[inline]
    #[must_use]
    pub unsafe fn new_unbounded(value: T) -> Self {
        let header = match owner::current_or_register() {
            OwnerId::NONE => Header::new_merged(true),
            owner => Header::new(owner),
        };
        Self::with_header(header, value)
    }

    /// Makes an object that is counted atomically from the start, and destroyed
    /// in the drop of its last handle: an `Arc`.
    #[inline]
    #[must_use]
    pub fn new_merged(value: T) -> Self {
        Self::with_header(Header::new_merged(false), value)
    }

    #[inline]
    fn with_header(header: Header, value: T) -> Self {
        let payload = alloc::allocate(Layout::new::<T>(), header).cast::<T>();
        // SAFETY: allocated with the layout of `T`, and ours.
        unsafe { payload.write(value) };
        // SAFETY: the header has one reference, which this is.
        unsafe { Self::from_payload(payload) }
    }

    /// Makes an object that holds weak handles to itself.
    #[must_use]
    pub fn new_cyclic<F>(data_fn: F) -> Self
    where
        F: FnOnce(&Weak<T>) -> T,
        T: 'static,
    {
        let payload = alloc::allocate(Layout::new::<T>(), Header::new_cyclic(true)).cast::<T>();
        // The strong handles' weak reference, ours until there is one. If
        // `data_fn` panics, dropping it frees the memory, or leaves that to a
        // weak handle that escaped.
        // SAFETY: the header has that reference.
        let weak = unsafe { Weak::from_payload(payload) };
        let value = data_fn(&weak);
        // SAFETY: allocated with the layout of `T`; upgrades still fail, so
        // nobody else looks at the payload.
        unsafe { payload.write(value) };
        // SAFETY: we still hold the weak reference.
        let header = unsafe { alloc::header(payload) };
        // SAFETY: made by `new_cyclic`, once, and the payload is written.
        unsafe { header.finish_cyclic() };
        // Now the strong handles' again.
        std::mem::forget(weak);
        // SAFETY: `finish_cyclic` made the reference which this is.
        unsafe { Self::from_payload(payload) }
    }

    /// Makes a pinned object.
    #[inline]
    #[must_use]
    pub fn pin(value: T) -> Pin<Self>
    where
        T: 'static,
    {
        // SAFETY: the payload never moves: `DerefMut` is not implemented, and
        // the methods that move it out take a `Brc`, not a `Pin`.
        unsafe { Pin::new_unchecked(Self::new(value)) }
    }

    /// Makes an object whose payload is not initialized.
    #[must_use]
    pub fn new_uninit() -> Brc<MaybeUninit<T>>
    where
        T: 'static,
    {
        UniqueBrc::new_uninit().into()
    }

    /// Makes an object whose payload is filled with zero bytes.
    #[must_use]
    pub fn new_zeroed() -> Brc<MaybeUninit<T>>
    where
        T: 'static,
    {
        UniqueBrc::new_zeroed().into()
    }
}

impl<T: ?Sized> Brc<T> {
    /// # Safety
    ///
    /// `payload` is that of a live object, and the new handle owns one of its
    /// references.
    #[inline]
    pub(crate) unsafe fn from_payload(payload: NonNull<T>) -> Self {
        Self { payload, invariant: PhantomData }
    }

    /// The payload's address, with metadata.
    #[cfg(feature = "unsize")]
    pub(crate) fn payload_ptr(&self) -> *mut T {
        self.payload.as_ptr()
    }

    /// The payload; the reference is now the caller's to give up.
    #[inline]
    pub(crate) fn into_payload(this: Self) -> NonNull<T> {
        ManuallyDrop::new(this).payload
    }

    /// The header: the counts, for whoever wants to look at them.
    #[inline]
    pub(crate) fn header(this: &Self) -> &Header {
        // SAFETY: this handle keeps the object.
        unsafe { alloc::header(this.payload) }
    }

    /// Gives up the handle for a raw pointer to the payload.
    #[inline]
    #[must_use = "losing the pointer leaks the object"]
    pub fn into_raw(this: Self) -> *const T {
        Self::into_payload(this).as_ptr()
    }

    /// Takes back a handle that was given up.
    ///
    /// # Safety
    ///
    /// `ptr` came from [`into_raw`](Self::into_raw) of a `Brc` of the same `T`, lifetimes included.
    #[inline]
    pub unsafe fn from_raw(ptr: *const T) -> Self {
        // SAFETY: forwarded; a pointer to a payload is not null.
        let payload = unsafe { NonNull::new_unchecked(ptr.cast_mut()) };
        // SAFETY: forwarded: the object is alive.
        unsafe { debug_check(payload) };
        // SAFETY: forwarded: the reference is the one that was given up.
        unsafe { Self::from_payload(payload) }
    }

    /// A raw pointer to the payload.
    #[inline]
    #[must_use]
    pub fn as_ptr(this: &Self) -> *const T {
        this.payload.as_ptr()
    }

    /// Adds a reference to the object of a raw pointer.
    ///
    /// # Safety
    ///
    /// As for [`from_raw`](Self::from_raw), and the object is alive.
    #[inline]
    pub unsafe fn increment_strong_count(ptr: *const T) {
        // SAFETY: forwarded; not dropped, since the reference is not ours.
        let this = ManuallyDrop::new(unsafe { Self::from_raw(ptr) });
        std::mem::forget(Brc::clone(&this));
    }

    /// Gives up a reference of the object of a raw pointer.
    ///
    /// # Safety
    ///
    /// As for [`from_raw`](Self::from_raw).
    #[inline]
    pub unsafe fn decrement_strong_count(ptr: *const T) {
        // SAFETY: forwarded.
        drop(unsafe { Self::from_raw(ptr) });
    }

    /// Makes a weak handle.
    #[must_use = "this returns a new `Weak` and leaves the `Brc` alone"]
    pub fn downgrade(this: &Self) -> Weak<T> {
        // SAFETY: this handle is a reference.
        unsafe { Self::header(this).downgrade() };
        // SAFETY: `downgrade` made a weak reference, which the new handle is.
        unsafe { Weak::from_payload(this.payload) }
    }

    /// The number of handles, strong ones.
    #[must_use]
    pub fn strong_count(this: &Self) -> usize {
        owner::settle();
        Self::header(this).strong_count().max(1)
    }

    /// The number of weak handles.
    #[must_use]
    pub fn weak_count(this: &Self) -> usize {
        Self::header(this).weak_count()
    }

    /// Whether two handles are of one object.
    #[inline]
    #[must_use]
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        std::ptr::addr_eq(this.payload.as_ptr(), other.payload.as_ptr())
    }

    /// Whether the calling thread counts this object without atomics.
    #[inline]
    #[must_use]
    pub fn is_owner(this: &Self) -> bool {
        Self::header(this).is_owned_by(owner::current())
    }

    /// Ends the bias: merges the counts now, so that the object is counted
    /// atomically and dies in the drop of its last handle, on any thread.
    pub fn share(this: &Self) {
        let header = Self::header(this);
        owner::as_owner_of(header, |me| {
            if header.is_owned_by(me) {
                // SAFETY: `me` acts for the owner, and this handle is a reference.
                unsafe { header.merge() };
            }
        });
        if !header.is_merged() {
            // SAFETY: this handle is a reference; the owner is another thread.
            unsafe { alloc::request_merge(this.payload) };
        }
    }

    /// Makes the object immortal.
    pub fn immortalize(this: &Self) -> bool {
        let header = Self::header(this);
        // SAFETY: this handle is a reference.
        let done = || owner::as_owner_of(header, |me| unsafe { header.immortalize(me) });
        if done() {
            return true;
        }
        // Another thread counts it. Keep it alive by a reference that is never
        // given up, and have it merged.
        std::mem::forget(this.clone());
        // SAFETY: this handle is a reference; the owner is another thread.
        unsafe { alloc::request_merge(this.payload) };
        done()
    }

    /// Whether the object is immortal.
    #[inline]
    #[must_use]
    pub fn is_immortal(this: &Self) -> bool {
        Self::header(this).is_immortal()
    }
}

/// Looks, in debug builds, whether a raw pointer can be one to a live object.
///
/// # Safety
///
/// `payload` is claimed to be that of a live object.
unsafe fn debug_check<T: ?Sized>(payload: NonNull<T>) {
    if cfg!(debug_assertions) {
        let header = payload.cast::<u8>().as_ptr().addr() - size_of::<Header>();
        assert!(
            header.is_multiple_of(align_of::<Header>()),
            "brc: `from_raw` of a pointer that is not from `into_raw`: misaligned"
        );
        // SAFETY: forwarded.
        let header = unsafe { alloc::header(payload) };
        assert!(
            header.is_plausible(),
            "brc: `from_raw` of a pointer that is not from `into_raw`: no live object there"
        );
    }
}

impl<T> Brc<MaybeUninit<T>> {
    /// Converts to an initialized object.
    ///
    /// # Safety
    ///
    /// The payload is initialized.
    #[inline]
    #[must_use]
    pub unsafe fn assume_init(self) -> Brc<T> {
        let payload = Brc::into_payload(self).cast();
        // SAFETY: the reference was `self`'s; the caller says the rest.
        unsafe { Brc::from_payload(payload) }
    }
}

impl Brc<dyn Any + Send + Sync> {
    /// Downcasts to a concrete type.
    ///
    /// # Errors
    ///
    /// Gives the handle back if the payload is of another type.
    pub fn downcast<T: Any + Send + Sync>(self) -> Result<Brc<T>, Self> {
        if !(*self).is::<T>() {
            return Err(self);
        }
        let payload = Brc::into_payload(self).cast();
        // SAFETY: the payload is a `T`, and the reference was `self`'s.
        Ok(unsafe { Brc::from_payload(payload) })
    }
}

impl<T: ?Sized> Clone for Brc<T> {
    /// Makes another handle to the same object.
    #[inline]
    fn clone(&self) -> Self {
        // SAFETY: this handle is a reference. A detached owner may count its
        // own object as a stranger: the sum is the same.
        unsafe { Self::header(self).retain(owner::current()) };
        // SAFETY: `retain` made the reference which the new handle is.
        unsafe { Self::from_payload(self.payload) }
    }
}

impl<T: ?Sized> Drop for Brc<T> {
    /// Gives up the handle.
    #[inline]
    fn drop(&mut self) {
        let header = Self::header(self);
        if header.is_owned_by(owner::current()) {
            // SAFETY: this thread owns the object, and the handle goes away.
            if unsafe { header.release_local() } {
                // SAFETY: as above, and that was the last local reference.
                unsafe { alloc::drop_last_local(self.payload) };
            }
        } else if !header.is_immortal() {
            // SAFETY: the handle goes away; the object is not attached to us.
            unsafe { alloc::drop_shared(self.payload) };
        }
    }
}

impl<T: ?Sized> Deref for Brc<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this handle keeps the payload, and nobody has `&mut` to it:
        // `get_mut` and the like demand that there is one handle, by `&mut`.
        unsafe { self.payload.as_ref() }
    }
}
