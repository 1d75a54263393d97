//! Pointer kinds for `archery`, and so for `rpds` and `imbl`.
//!
//! archery's kinds make pointers for *any* payload, also one that borrows, and
//! its wrapper sends them to other threads. A biased object may be destroyed
//! after the call that dropped its last handle has returned, when what the
//! payload borrowed may be gone. Hence two kinds:
//!
//! * [`MergedBrcK`] counts atomically and destroys at once, as `Arc` does. It is
//!   sound for all payloads. Use it in libraries.
//! * [`BiasedBrcK<P>`](BiasedBrcK) is biased. `P` is a type of the program's
//!   own, by which it promises, in an `unsafe impl`, that it uses the kind for
//!   `'static` payloads only. Use it in programs, or in libraries that bound
//!   their payloads.
//!
//! # Examples
//!
//! ```
//! use brc::interop::archery::{BiasedBrcK, MergedBrcK, StaticPayloads};
//! use rpds::Vector;
//!
//! // Any payload, atomic counts.
//! let text = String::from("a b");
//! let words: Vector<&str, MergedBrcK> = text.split(' ').collect();
//! assert_eq!(words.get(1), Some(&"b"));
//!
//! // `'static` payloads, biased counts.
//! struct Names;
//! // SAFETY: this program uses `BiasedBrcK<Names>` for vectors of `String` only.
//! unsafe impl StaticPayloads for Names {}
//! let names: Vector<String, BiasedBrcK<Names>> = ["x".to_owned()].into_iter().collect();
//! assert_eq!(names.len(), 1);
//! ```

use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

use archery::SharedPointerKind;

use crate::{Brc, UniqueBrc};

/// A promise that a [`BiasedBrcK`] is used for `'static` payloads only.
///
/// # Safety
///
/// Whoever names `BiasedBrcK<Self>` uses it only for payloads that are
/// `'static`, and does not shorten lifetimes in the payload's type afterwards
/// (archery's `SharedPointer` is covariant, so the compiler would not object).
/// To make sure, keep the implementing type private.
pub unsafe trait StaticPayloads {}

/// A handle whose payload type archery's wrapper knows.
#[derive(Clone, Copy)]
struct Erased(NonNull<()>);

impl Erased {
    fn new<T>(brc: Brc<T>) -> Self {
        Self(Brc::into_payload(brc).cast())
    }

    /// The handle, to be looked at.
    ///
    /// # Safety
    ///
    /// `T` is the type it was made with.
    unsafe fn view<T>(&self) -> ManuallyDrop<Brc<T>> {
        // SAFETY: forwarded; not dropped, so the reference stays ours.
        ManuallyDrop::new(unsafe { self.take() })
    }

    /// The handle, whose reference is then gone from here.
    ///
    /// # Safety
    ///
    /// `T` is the type it was made with, and `self` is not used again.
    unsafe fn take<T>(self) -> Brc<T> {
        // SAFETY: it came from `into_payload` of a `Brc<T>`.
        unsafe { Brc::from_payload(self.0.cast()) }
    }

    /// Applies `f` to the handle in place, and gives a pointer to the payload.
    ///
    /// # Safety
    ///
    /// `T` is the type it was made with.
    unsafe fn update<T, R>(&mut self, f: impl FnOnce(&mut Brc<T>) -> R) -> R {
        /// Writes back what the handle has become, also when `f` panics.
        struct Restore<'a, T>(&'a mut Erased, ManuallyDrop<Brc<T>>);
        impl<T> Drop for Restore<'_, T> {
            fn drop(&mut self) {
                self.0.0 = NonNull::new(Brc::as_ptr(&self.1).cast_mut().cast())
                    .expect("brc: a payload's address is not null");
            }
        }
        // SAFETY: forwarded.
        let view = unsafe { self.view::<T>() };
        f(&mut Restore(self, view).1)
    }
}

macro_rules! kind {
    ($name:ty, [$($generics:tt)*], $from_unique:expr, $wrap:expr) => {
        // SAFETY: a `Brc` does not give `&mut T` nor move the payload but in the
        // methods that say so, and its drop destroys the payload in place.
        unsafe impl<$($generics)*> SharedPointerKind for $name {
            #[inline]
            fn new<T>(value: T) -> Self {
                let from_unique: fn(UniqueBrc<T>) -> Brc<T> = $from_unique;
                $wrap(Erased::new(from_unique(UniqueBrc::new(value))))
            }

            #[inline]
            fn from_box<T>(value: Box<T>) -> Self {
                let from_unique: fn(UniqueBrc<T>) -> Brc<T> = $from_unique;
                $wrap(Erased::new(from_unique(UniqueBrc::<T>::from(value))))
            }

            #[inline]
            unsafe fn as_ptr<T>(&self) -> *const T {
                self.handle.0.as_ptr().cast()
            }

            #[inline]
            unsafe fn deref<T>(&self) -> &T {
                // SAFETY: forwarded: it points at a `T` that this handle keeps.
                unsafe { self.handle.0.cast().as_ref() }
            }

            #[inline]
            unsafe fn try_unwrap<T>(self) -> Result<T, Self> {
                // SAFETY: forwarded; `self` is consumed.
                let brc = unsafe { self.handle.take::<T>() };
                Brc::try_unwrap(brc).map_err(|brc| $wrap(Erased::new(brc)))
            }

            #[inline]
            unsafe fn get_mut<T>(&mut self) -> Option<&mut T> {
                let unique = |brc: &mut Brc<T>| Brc::get_mut(brc).map(NonNull::from);
                // SAFETY: forwarded.
                let payload = unsafe { self.handle.update(unique) };
                // SAFETY: the only handle is `self`, which stays borrowed.
                payload.map(|mut payload| unsafe { payload.as_mut() })
            }

            #[inline]
            unsafe fn make_mut<T: Clone>(&mut self) -> &mut T {
                let unique = |brc: &mut Brc<T>| NonNull::from(Brc::make_mut(brc));
                // SAFETY: forwarded.
                let mut payload = unsafe { self.handle.update(unique) };
                // SAFETY: the only handle is `self`, which stays borrowed.
                unsafe { payload.as_mut() }
            }

            #[inline]
            unsafe fn strong_count<T>(&self) -> usize {
                // SAFETY: forwarded.
                let view = unsafe { self.handle.view::<T>() };
                Brc::strong_count(&view)
            }

            #[inline]
            unsafe fn clone<T>(&self) -> Self {
                // SAFETY: forwarded.
                let view = unsafe { self.handle.view::<T>() };
                $wrap(Erased::new(Brc::clone(&view)))
            }

            #[inline]
            unsafe fn drop<T>(&mut self) {
                // SAFETY: forwarded; not used again.
                drop(unsafe { self.handle.take::<T>() });
            }
        }

        // SAFETY: archery's wrapper is `Send` only if its payload is `Send` and
        // `Sync`, and so is a `Brc`.
        unsafe impl<$($generics)*> Send for $name {}
        // SAFETY: as above.
        unsafe impl<$($generics)*> Sync for $name {}

        impl<$($generics)*> fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    };
}

/// [`Brc::new_merged`] as a pointer kind: atomic counts, sound for all payloads.
pub struct MergedBrcK {
    handle: Erased,
}

kind!(MergedBrcK, [], UniqueBrc::into_brc_merged, |handle| Self { handle });

/// [`Brc::new`] as a pointer kind: biased counts, for payloads that the program
/// promises to be `'static`. See the [module docs](self).
pub struct BiasedBrcK<P: StaticPayloads> {
    handle: Erased,
    marker: PhantomData<fn() -> P>,
}

kind!(
    BiasedBrcK<P>,
    [P: StaticPayloads],
    // SAFETY: `P` promises that the payload is `'static`.
    |unique| unsafe { UniqueBrc::into_brc_unbounded(unique) },
    |handle| Self { handle, marker: PhantomData }
);
