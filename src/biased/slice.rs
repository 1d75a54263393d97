//! Slices as payloads.

use std::alloc::Layout;
use std::mem::{self, MaybeUninit};
use std::ptr::{self, NonNull};

use super::{Brc, UniqueBrc, alloc};
use crate::header::Header;

/// The layout of a slice.
///
/// # Panics
///
/// If its size exceeds `isize::MAX`.
fn slice_layout<T>(len: usize) -> Layout {
    Layout::array::<T>(len).unwrap_or_else(|_| alloc::capacity_overflow())
}

impl<T> UniqueBrc<[T]> {
    /// Makes an object with a slice that is not initialized. One allocation.
    ///
    /// # Panics
    ///
    /// If its size exceeds `isize::MAX`.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::UniqueBrc;
    ///
    /// let mut squares = UniqueBrc::<[u32]>::new_uninit_slice(3);
    /// for (i, slot) in squares.iter_mut().enumerate() {
    ///     slot.write((i * i) as u32);
    /// }
    /// // SAFETY: all written.
    /// let squares = unsafe { squares.assume_init() };
    /// assert_eq!(*squares, [0, 1, 4]);
    /// ```
    #[must_use]
    pub fn new_uninit_slice(len: usize) -> UniqueBrc<[MaybeUninit<T>]> {
        let payload = alloc::allocate(slice_layout::<T>(len), Header::new_merged(false));
        // SAFETY: allocated with this layout; `MaybeUninit` needs no value.
        unsafe { UniqueBrc::from_payload(NonNull::slice_from_raw_parts(payload.cast(), len)) }
    }

    /// Makes an object with a slice that is filled with zero bytes.
    ///
    /// # Panics
    ///
    /// If its size exceeds `isize::MAX`.
    #[must_use]
    pub fn new_zeroed_slice(len: usize) -> UniqueBrc<[MaybeUninit<T>]> {
        let payload = alloc::allocate_zeroed(slice_layout::<T>(len), Header::new_merged(false));
        // SAFETY: as in `new_uninit_slice`.
        unsafe { UniqueBrc::from_payload(NonNull::slice_from_raw_parts(payload.cast(), len)) }
    }

    /// Makes an object with a clone of a slice. One allocation, and the clones.
    ///
    /// # Examples
    ///
    /// ```
    /// let copy = brc::UniqueBrc::from_slice(&[1, 2]);
    /// assert_eq!(*copy, [1, 2]);
    /// ```
    ///
    /// # Panics
    ///
    /// If cloning an element does; those cloned before it are dropped.
    #[must_use]
    pub fn from_slice(slice: &[T]) -> Self
    where
        T: Clone,
    {
        Self::fill(slice.len(), slice.iter().cloned())
    }

    /// Makes an object with the elements of a vector, which are moved. One
    /// allocation, and a copy of their bytes.
    ///
    /// # Panics
    ///
    /// If its size exceeds `isize::MAX`.
    ///
    /// # Examples
    ///
    /// ```
    /// let moved = brc::UniqueBrc::from_vec(vec![String::from("x")]);
    /// assert_eq!(*moved, ["x"]);
    /// ```
    #[must_use]
    pub fn from_vec(mut vec: Vec<T>) -> Self {
        let len = vec.len();
        let this = Self::new_uninit_slice(len);
        let payload = UniqueBrc::into_payload(this).cast::<T>();
        // SAFETY: room for as many elements; a fresh object is not the vector's.
        unsafe { ptr::copy_nonoverlapping(vec.as_ptr(), payload.as_ptr(), len) };
        // SAFETY: moved out; only the vector's memory is left to it.
        unsafe { vec.set_len(0) };
        // SAFETY: all elements are written.
        unsafe { Self::from_payload(NonNull::slice_from_raw_parts(payload, len)) }
    }

    /// Makes an object with the first `len` items.
    ///
    /// # Panics
    ///
    /// If there are fewer, or the iterator panics; the items so far are dropped.
    pub(super) fn fill(len: usize, mut items: impl Iterator<Item = T>) -> Self {
        /// Drops what was written if the iterator panics.
        struct Written<T> {
            start: *mut T,
            len: usize,
        }
        impl<T> Drop for Written<T> {
            fn drop(&mut self) {
                // SAFETY: the first `len` elements are written, and ours.
                unsafe { ptr::slice_from_raw_parts_mut(self.start, self.len).drop_in_place() };
            }
        }

        let this = Self::new_uninit_slice(len);
        // One raw pointer for all that follows, so that none invalidates another.
        let start = this.payload().cast::<T>().as_ptr();
        let mut written = Written { start, len: 0 };
        for index in 0..len {
            let item = items.next().expect("an iterator was shorter than it said");
            // SAFETY: within the slice.
            let slot = unsafe { start.add(index) };
            // SAFETY: within the slice, and ours.
            unsafe { slot.write(item) };
            written.len += 1;
        }
        mem::forget(written);
        // SAFETY: all elements are written.
        unsafe { this.assume_init() }
    }
}

impl<T> UniqueBrc<[MaybeUninit<T>]> {
    /// Converts to an initialized object.
    ///
    /// # Safety
    ///
    /// All elements are initialized.
    #[must_use]
    pub unsafe fn assume_init(self) -> UniqueBrc<[T]> {
        let slice = UniqueBrc::into_payload(self);
        let slice = NonNull::slice_from_raw_parts(slice.cast(), slice.len());
        // SAFETY: forwarded.
        unsafe { UniqueBrc::from_payload(slice) }
    }
}

impl<T> Brc<[T]> {
    /// Makes an object with a slice that is not initialized.
    ///
    /// # Panics
    ///
    /// If its size exceeds `isize::MAX`.
    #[must_use]
    pub fn new_uninit_slice(len: usize) -> Brc<[MaybeUninit<T>]>
    where
        T: 'static,
    {
        UniqueBrc::new_uninit_slice(len).into()
    }

    /// Makes an object with a slice that is filled with zero bytes.
    ///
    /// # Panics
    ///
    /// If its size exceeds `isize::MAX`.
    #[must_use]
    pub fn new_zeroed_slice(len: usize) -> Brc<[MaybeUninit<T>]>
    where
        T: 'static,
    {
        UniqueBrc::new_zeroed_slice(len).into()
    }
}

impl<T> Brc<[MaybeUninit<T>]> {
    /// Converts to an initialized object.
    ///
    /// # Safety
    ///
    /// All elements are initialized.
    #[must_use]
    pub unsafe fn assume_init(self) -> Brc<[T]> {
        let slice = Brc::into_payload(self);
        let slice = NonNull::slice_from_raw_parts(slice.cast(), slice.len());
        // SAFETY: the reference was `self`'s; the caller says the rest.
        unsafe { Brc::from_payload(slice) }
    }
}
