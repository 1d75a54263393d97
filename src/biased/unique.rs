//! [`UniqueBrc`]: an object under construction, with one handle.

use std::alloc::Layout;
use std::fmt;
use std::marker::PhantomData;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::ops::{Deref, DerefMut};
use std::ptr::{self, NonNull};

use super::{Brc, alloc};
use crate::header::Header;
use crate::owner;

/// The only handle of an object: mutable, and ready to be shared.
///
/// A `Box` whose block already has room for the header, so that sharing it
/// moves nothing. Use it to build an object in steps; then
/// [`into_brc`](Self::into_brc) makes it a [`Brc`] that the calling thread owns,
/// whichever thread made it, or [`into_brc_merged`](Self::into_brc_merged) one
/// that is counted atomically, for payloads that borrow.
///
/// `Send` and `Sync` if `T` is. Invariant in `T`. The functions are no methods,
/// so that they do not hide those of `T`.
///
/// # Examples
///
/// ```
/// use brc::{Brc, UniqueBrc};
///
/// let mut numbers: UniqueBrc<[i32]> = UniqueBrc::from([3, 1, 2]);
/// numbers.sort();
/// let shared: Brc<[i32]> = UniqueBrc::into_brc(numbers);
/// assert_eq!(*shared, [1, 2, 3]);
/// ```
pub struct UniqueBrc<T: ?Sized> {
    payload: NonNull<T>,
    /// Invariant, as [`Brc`] is, and owning.
    invariant: PhantomData<(*mut T, T)>,
}

// SAFETY: it owns the payload, as a `Box` does.
unsafe impl<T: ?Sized + Send> Send for UniqueBrc<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Sync> Sync for UniqueBrc<T> {}

/// The header while there is one handle: the counts are not looked at, and the
/// right ones are written when the object is shared.
fn header() -> Header {
    Header::new_merged(false)
}

impl<T> UniqueBrc<T> {
    /// Makes an object. One allocation.
    ///
    /// # Panics
    ///
    /// If it would be larger than `isize::MAX` bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut five = brc::UniqueBrc::new(4);
    /// *five += 1;
    /// assert_eq!(*five, 5);
    /// ```
    #[inline]
    #[must_use]
    pub fn new(value: T) -> Self {
        let mut this = Self::new_uninit();
        this.write(value);
        // SAFETY: just written.
        unsafe { this.assume_init() }
    }

    /// Makes an object whose payload is not initialized.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut five = brc::UniqueBrc::<u32>::new_uninit();
    /// five.write(5);
    /// // SAFETY: just written.
    /// let five = unsafe { five.assume_init() };
    /// assert_eq!(*five, 5);
    /// ```
    #[inline]
    #[must_use]
    pub fn new_uninit() -> UniqueBrc<MaybeUninit<T>> {
        // SAFETY: allocated with this layout; `MaybeUninit` needs no value.
        unsafe { UniqueBrc::from_payload(alloc::allocate(Layout::new::<T>(), header()).cast()) }
    }

    /// Makes an object whose payload is filled with zero bytes.
    #[must_use]
    pub fn new_zeroed() -> UniqueBrc<MaybeUninit<T>> {
        // SAFETY: as in `new_uninit`.
        unsafe {
            UniqueBrc::from_payload(alloc::allocate_zeroed(Layout::new::<T>(), header()).cast())
        }
    }

    /// The payload. Frees the memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::UniqueBrc;
    ///
    /// assert_eq!(UniqueBrc::into_inner(UniqueBrc::new(5)), 5);
    /// ```
    #[must_use]
    pub fn into_inner(this: Self) -> T {
        let payload = Self::into_payload(this);
        // SAFETY: ours, and not used again.
        let value = unsafe { payload.read() };
        // SAFETY: there was one handle, and the payload is moved out.
        unsafe { alloc::free(payload) };
        value
    }
}

impl<T: ?Sized> UniqueBrc<T> {
    /// # Safety
    ///
    /// `payload` is that of an object made here, initialized, to which nobody
    /// else has a handle.
    #[inline]
    pub(crate) unsafe fn from_payload(payload: NonNull<T>) -> Self {
        Self { payload, invariant: PhantomData }
    }

    /// The payload's address, with metadata.
    #[cfg(feature = "unsize")]
    pub(crate) fn payload_ptr(&self) -> *mut T {
        self.payload.as_ptr()
    }

    /// Where the payload is.
    #[inline]
    pub(super) fn payload(&self) -> NonNull<T> {
        self.payload
    }

    /// The header, which is ours while nobody else has a handle.
    #[inline]
    pub(crate) fn header_mut(this: &mut Self) -> &mut Header {
        // SAFETY: an object's payload.
        let mut header = unsafe { alloc::header_of(this.payload) };
        // SAFETY: this handle keeps the object, and is the only one.
        unsafe { header.as_mut() }
    }

    /// The payload; the object is now the caller's.
    #[inline]
    pub(crate) fn into_payload(this: Self) -> NonNull<T> {
        ManuallyDrop::new(this).payload
    }

    /// Makes an object of a payload's bytes.
    ///
    /// # Safety
    ///
    /// `layout` is the payload's, and the value there is not used again.
    pub(super) unsafe fn move_from(value: NonNull<T>, layout: Layout) -> Self {
        let new = alloc::allocate(layout, header());
        // SAFETY: both are of this layout, and the new one is nobody else's.
        unsafe {
            ptr::copy_nonoverlapping(value.cast::<u8>().as_ptr(), new.as_ptr(), layout.size());
        }
        // SAFETY: the bytes there are now those of a valid value.
        unsafe { Self::from_payload(with_address(value, new)) }
    }

    /// Shares the object, owned by the calling thread. A few stores; registers
    /// the thread at its first call, as [`Brc::new`] does.
    ///
    /// # Examples
    ///
    /// See [the type](Self).
    #[inline]
    #[must_use]
    pub fn into_brc(this: Self) -> Brc<T>
    where
        T: 'static,
    {
        // SAFETY: `T: 'static`, so the destruction may wait.
        unsafe { Self::into_brc_unbounded(this) }
    }

    /// As [`into_brc`](Self::into_brc), for payloads that may borrow.
    ///
    /// # Safety
    ///
    /// As for [`Brc::new_unbounded`].
    #[inline]
    #[must_use]
    pub unsafe fn into_brc_unbounded(mut this: Self) -> Brc<T> {
        Self::header_mut(&mut this).adopt(owner::current_or_register());
        // SAFETY: the header has one reference, which this is.
        unsafe { Brc::from_payload(Self::into_payload(this)) }
    }

    /// Shares the object, counted atomically from the start, as
    /// [`Brc::new_merged`] does. Costs nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{Brc, UniqueBrc};
    ///
    /// let text = String::from("local");
    /// let shared: Brc<&str> = UniqueBrc::into_brc_merged(UniqueBrc::new(text.as_str()));
    /// assert!(!Brc::is_owner(&shared));
    /// ```
    #[inline]
    #[must_use]
    pub fn into_brc_merged(this: Self) -> Brc<T> {
        // SAFETY: the header is that of a merged object with one reference,
        // which this is.
        unsafe { Brc::from_payload(Self::into_payload(this)) }
    }
}

/// A pointer to another address, with the metadata of `of`.
pub(crate) fn with_address<T: ?Sized>(of: NonNull<T>, address: NonNull<u8>) -> NonNull<T> {
    let mut pointer = of;
    // SAFETY: a pointer to an unsized value begins with its address, as one to
    // a sized value consists of it. Both are valid for the write.
    unsafe { (&raw mut pointer).cast::<NonNull<u8>>().write(address) };
    debug_assert_eq!(pointer.cast(), address, "a pointer's address comes first");
    pointer
}

impl<T> UniqueBrc<MaybeUninit<T>> {
    /// Converts to an initialized object.
    ///
    /// # Safety
    ///
    /// The payload is initialized.
    #[inline]
    #[must_use]
    pub unsafe fn assume_init(self) -> UniqueBrc<T> {
        // SAFETY: forwarded.
        unsafe { UniqueBrc::from_payload(UniqueBrc::into_payload(self).cast()) }
    }
}

impl<T: ?Sized> Drop for UniqueBrc<T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the only handle goes away.
        unsafe { alloc::destroy(self.payload, true) };
    }
}

impl<T: ?Sized> Deref for UniqueBrc<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this handle owns the payload.
        unsafe { self.payload.as_ref() }
    }
}

impl<T: ?Sized> DerefMut for UniqueBrc<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: this handle owns the payload, and is borrowed mutably.
        unsafe { self.payload.as_mut() }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for UniqueBrc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for UniqueBrc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
