//! `unsize`: from a sized payload to a trait object or slice, on stable Rust.

use std::mem::ManuallyDrop;
use std::ptr::NonNull;

use unsize::CoerciblePtr;

use crate::biased::with_address;
use crate::{Brc, UniqueBrc, Weak};

macro_rules! coercible {
    ($($pointer:ident),*) => {$(
        // SAFETY: the pointer that goes out is the payload's own, and only the
        // metadata of the one that comes back is used.
        unsafe impl<T, U: ?Sized> CoerciblePtr<U> for $pointer<T> {
            type Pointee = T;
            type Output = $pointer<U>;

            fn as_sized_ptr(&mut self) -> *mut T {
                self.payload_ptr()
            }

            unsafe fn replace_ptr(self, new: *mut U) -> $pointer<U> {
                let old = ManuallyDrop::new(self).payload_ptr();
                // SAFETY: a handle's pointer is not null.
                let old = unsafe { NonNull::new_unchecked(old) };
                // SAFETY: forwarded: the address of `old`.
                let new = unsafe { NonNull::new_unchecked(new) };
                debug_assert_eq!(old, new.cast(), "unsizing keeps the address");
                // Only the metadata of `new`: its provenance may be that of a
                // `&mut T`, which does not cover the header.
                let new = with_address(new, old.cast());
                // SAFETY: the same object, seen as a `U`; the reference was `self`'s.
                unsafe { $pointer::from_payload(new) }
            }
        }
    )*};
}

coercible!(Brc, Weak, UniqueBrc);
