//! Conversions into and between handles, as `Arc` has them.

use std::alloc::Layout;
use std::any::Any;
use std::borrow::Cow;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::ptr::NonNull;

use super::{Brc, UniqueBrc};

impl<T: ?Sized + 'static> From<UniqueBrc<T>> for Brc<T> {
    /// As [`UniqueBrc::into_brc`].
    #[inline]
    fn from(unique: UniqueBrc<T>) -> Self {
        UniqueBrc::into_brc(unique)
    }
}

impl<T: 'static> From<T> for Brc<T> {
    /// As [`Brc::new`].
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T> From<T> for UniqueBrc<T> {
    /// As [`UniqueBrc::new`].
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized> From<Box<T>> for UniqueBrc<T> {
    /// Moves the boxed value, sized or not, into an object.
    fn from(boxed: Box<T>) -> Self {
        let layout = Layout::for_value::<T>(&boxed);
        let value = NonNull::from(Box::leak(boxed));
        // SAFETY: of this layout, and not used again but for its memory.
        let this = unsafe { Self::move_from(value, layout) };
        // SAFETY: allocated by a box of this type, whose value moved away;
        // `ManuallyDrop` has the same layout.
        drop(unsafe { Box::from_raw(value.as_ptr() as *mut ManuallyDrop<T>) });
        this
    }
}

impl<T: ?Sized + 'static> From<Box<T>> for Brc<T> {
    /// Moves the boxed value, sized or not, into an object. This is the way to
    /// make a `Brc<dyn Trait>` on stable Rust.
    fn from(boxed: Box<T>) -> Self {
        UniqueBrc::into_brc(UniqueBrc::<T>::from(boxed))
    }
}

impl<T> From<Vec<T>> for UniqueBrc<[T]> {
    /// As [`UniqueBrc::from_vec`].
    fn from(vec: Vec<T>) -> Self {
        Self::from_vec(vec)
    }
}

impl<T: Clone> From<&[T]> for UniqueBrc<[T]> {
    /// As [`UniqueBrc::from_slice`].
    fn from(slice: &[T]) -> Self {
        Self::from_slice(slice)
    }
}

impl<T, const N: usize> From<[T; N]> for UniqueBrc<[T]> {
    /// Moves the elements into an object.
    fn from(array: [T; N]) -> Self {
        Self::fill(N, array.into_iter())
    }
}

impl<T> FromIterator<T> for UniqueBrc<[T]> {
    /// Collects the items into an object, by way of a `Vec`.
    fn from_iter<I: IntoIterator<Item = T>>(iter: I) -> Self {
        Self::from_vec(iter.into_iter().collect())
    }
}

impl<T: 'static> From<Vec<T>> for Brc<[T]> {
    /// Moves the elements into an object.
    fn from(vec: Vec<T>) -> Self {
        UniqueBrc::into_brc(UniqueBrc::from_vec(vec))
    }
}

impl<T: Clone + 'static> From<&[T]> for Brc<[T]> {
    /// Clones the elements into an object.
    fn from(slice: &[T]) -> Self {
        UniqueBrc::into_brc(UniqueBrc::from_slice(slice))
    }
}

impl<T: Clone + 'static> From<&mut [T]> for Brc<[T]> {
    /// Clones the elements into an object.
    fn from(slice: &mut [T]) -> Self {
        Self::from(&*slice)
    }
}

impl<T: 'static, const N: usize> From<[T; N]> for Brc<[T]> {
    /// Moves the elements into an object.
    fn from(array: [T; N]) -> Self {
        UniqueBrc::into_brc(UniqueBrc::<[T]>::from(array))
    }
}

impl<T: 'static> FromIterator<T> for Brc<[T]> {
    /// Collects the items into an object, by way of a `Vec`.
    fn from_iter<I: IntoIterator<Item = T>>(iter: I) -> Self {
        UniqueBrc::into_brc(iter.into_iter().collect::<UniqueBrc<[T]>>())
    }
}

/// String-like types: what their bytes are, and what owns them.
macro_rules! strings {
    ($($ty:ty, $owned:ty, |$s:ident| $bytes:expr, |$o:ident| $borrow:expr;)*) => {$(
        impl From<&$ty> for UniqueBrc<$ty> {
            /// Copies the string into an object.
            fn from($s: &$ty) -> Self {
                let bytes: &[u8] = $bytes;
                let copy = UniqueBrc::into_payload(UniqueBrc::from_slice(bytes));
                // The string's own pointer says how its bytes are typed.
                let payload = super::unique::with_address(NonNull::from($s), copy.cast());
                // SAFETY: the same bytes, so a valid string of this type.
                unsafe { Self::from_payload(payload) }
            }
        }
        impl From<$owned> for UniqueBrc<$ty> {
            /// Copies the string into an object.
            fn from($o: $owned) -> Self {
                Self::from($borrow)
            }
        }
        impl From<&$ty> for Brc<$ty> {
            /// Copies the string into an object.
            fn from(string: &$ty) -> Self {
                UniqueBrc::into_brc(UniqueBrc::<$ty>::from(string))
            }
        }
        impl From<&mut $ty> for Brc<$ty> {
            /// Copies the string into an object.
            fn from(string: &mut $ty) -> Self {
                Self::from(&*string)
            }
        }
        impl From<$owned> for Brc<$ty> {
            /// Copies the string into an object.
            fn from($o: $owned) -> Self {
                Self::from($borrow)
            }
        }
    )*};
}

strings! {
    str, String, |s| s.as_bytes(), |o| o.as_str();
    CStr, CString, |s| s.to_bytes_with_nul(), |o| o.as_c_str();
    OsStr, OsString, |s| s.as_encoded_bytes(), |o| o.as_os_str();
    Path, PathBuf, |s| s.as_os_str().as_encoded_bytes(), |o| o.as_path();
}

impl<'a, B> From<Cow<'a, B>> for Brc<B>
where
    B: ToOwned + ?Sized,
    Brc<B>: From<&'a B> + From<B::Owned>,
{
    /// Makes an object of what the `Cow` holds.
    fn from(cow: Cow<'a, B>) -> Self {
        match cow {
            Cow::Borrowed(borrowed) => Self::from(borrowed),
            Cow::Owned(owned) => Self::from(owned),
        }
    }
}

impl From<Brc<str>> for Brc<[u8]> {
    /// The same object, as bytes.
    fn from(string: Brc<str>) -> Self {
        let string = Brc::into_payload(string);
        // A string is its bytes.
        let bytes = NonNull::new(string.as_ptr() as *mut [u8]).expect("not null before");
        // SAFETY: the reference was the string's.
        unsafe { Self::from_payload(bytes) }
    }
}

impl<T, const N: usize> From<Brc<[T; N]>> for Brc<[T]> {
    /// The same object, as a slice. For `Arc` the compiler does this implicitly.
    fn from(array: Brc<[T; N]>) -> Self {
        let payload = Brc::into_payload(array);
        // SAFETY: the same elements, and the reference was the array's.
        unsafe { Self::from_payload(payload as NonNull<[T]>) }
    }
}

impl<T: Any + Send + Sync> From<Brc<T>> for Brc<dyn Any + Send + Sync> {
    /// The same object, without its type: see [`Brc::downcast`]. For `Arc` the
    /// compiler does this implicitly.
    fn from(this: Brc<T>) -> Self {
        let payload = Brc::into_payload(this);
        // SAFETY: the same value, and the reference was `this`'s.
        unsafe { Self::from_payload(payload as NonNull<dyn Any + Send + Sync>) }
    }
}

impl<T, const N: usize> TryFrom<Brc<[T]>> for Brc<[T; N]> {
    type Error = Brc<[T]>;

    /// The same object, as an array.
    ///
    /// # Errors
    ///
    /// Gives the handle back if the length is another.
    fn try_from(slice: Brc<[T]>) -> Result<Self, Brc<[T]>> {
        if slice.len() != N {
            return Err(slice);
        }
        let payload = Brc::into_payload(slice).cast::<[T; N]>();
        // SAFETY: as many elements, and the reference was the slice's.
        Ok(unsafe { Self::from_payload(payload) })
    }
}
