//! `unsize`: from a sized payload to a trait object or slice, on stable Rust.

use std::ptr::NonNull;

use unsize::CoerciblePtr;

use crate::{Brc, UniqueBrc, Weak};

macro_rules! coercible {
    ($($pointer:ident),*) => {$(
        // SAFETY: the pointer that goes out is the payload's own, and only its
        // metadata comes back changed, at the same address and provenance.
        unsafe impl<T, U: ?Sized> CoerciblePtr<U> for $pointer<T> {
            type Pointee = T;
            type Output = $pointer<U>;

            fn as_sized_ptr(&mut self) -> *mut T {
                self.payload_ptr()
            }

            unsafe fn replace_ptr(self, new: *mut U) -> $pointer<U> {
                let old = NonNull::new(std::mem::ManuallyDrop::new(self).payload_ptr());
                // SAFETY: forwarded: the address of `old`, which is not null.
                let new = unsafe { NonNull::new_unchecked(new) };
                debug_assert_eq!(old, Some(new.cast()), "unsizing keeps the address");
                // SAFETY: the same object, seen as a `U`; the reference was `self`'s.
                unsafe { $pointer::from_payload(new) }
            }
        }
    )*};
}

coercible!(Brc, Weak, UniqueBrc);
