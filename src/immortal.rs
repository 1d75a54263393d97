//! Immortal objects: never counted, never freed.
//!
//! A runtime has objects that live as long as the process: constants, interned
//! names, the empty string. Counting them is work for nothing, and where many
//! threads do it, contention for nothing. The local count of an immortal object
//! is the value [`IMMORTAL`](crate::header::IMMORTAL), which clone and drop
//! test for before they count anything:
//!
//! ```text
//!   ob_tid = 0      so that no owner's path is taken, which need not test
//!   ob_ref_local    0xFFFF_FFFF ── clone, drop, upgrade, merge: do nothing
//!   ob_ref_shared   whatever it was
//! ```
//!
//! So cloning and dropping a handle is two loads and two compares, on every
//! thread, and writes nothing. An immortal object is never unique:
//! [`Brc::get_mut`] gives `None` and [`Brc::try_unwrap`] the handle back. Its
//! destructor never runs.
//!
//! There are three ways to one: [`Brc::immortal`] and [`Brc::immortalize`], for
//! objects made at run time; [`Immortal`], for statics; and [`Interner`], which
//! makes equal values one object.
//!
//! This is PEP 703's "Immortalization", after PEP 683.

mod interner;
#[cfg(all(test, loom))]
mod model;

use std::cell::UnsafeCell;
use std::fmt;
use std::mem::{ManuallyDrop, offset_of};
use std::ops::Deref;
use std::ptr::NonNull;

pub use interner::Interner;

use crate::biased::{Brc, LockedGuard, UniqueBrc};
use crate::header::Header;
use crate::lock::Locked;
use crate::sync::{AtomicU8, Ordering::*, const_fn, yield_now};

impl<T: 'static> Brc<T> {
    /// Makes an object that is never counted and never freed.
    ///
    /// O(1), one allocation. Cloning and dropping its handles costs two loads
    /// on any thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::Brc;
    ///
    /// let zero = Brc::immortal(0_u64);
    /// assert!(Brc::is_immortal(&zero));
    /// drop(zero.clone());
    /// drop(zero); // the object stays
    /// ```
    #[must_use]
    pub fn immortal(value: T) -> Self {
        UniqueBrc::into_immortal(UniqueBrc::new(value))
    }
}

impl<T: ?Sized + 'static> UniqueBrc<T> {
    /// Shares the object, immortal from the start, as [`Brc::immortal`] makes them.
    ///
    /// O(1). The way to immortal strings, slices and trait objects.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{Brc, UniqueBrc};
    ///
    /// let name: Brc<str> = UniqueBrc::into_immortal(UniqueBrc::from("__init__"));
    /// assert!(Brc::is_immortal(&name));
    /// ```
    #[must_use]
    pub fn into_immortal(mut this: Self) -> Brc<T> {
        *Self::header_mut(&mut this) = Header::immortal();
        // SAFETY: an immortal object's handles own no references.
        unsafe { Brc::from_payload(Self::into_payload(this)) }
    }
}

/// Room for a header that ends where a `T` begins: as large as the least
/// multiple of both alignments that holds it.
///
/// If that is larger than a header, its end is padding, which need not survive
/// a move: `Immortal::new` returns by value. There the header is written when
/// somebody first asks for it, through `&'static`: then nothing moves any more.
#[repr(C)]
union Head<T> {
    /// For the alignment.
    _align: ManuallyDrop<[T; 0]>,
    /// In a head of its own size.
    header: ManuallyDrop<Header>,
    /// In a larger one: whether the header is in its place.
    placed: ManuallyDrop<AtomicU8>,
}

const NOT_PLACED: u8 = 0;
const BEING_PLACED: u8 = 1;
const PLACED: u8 = 2;

/// An immortal object in a static: no allocation, no start-up code.
///
/// It gives handles by [`get`](Self::get), which are those of any other
/// immortal object: two loads for a clone and drop.
///
/// # Examples
///
/// ```
/// use brc::{Brc, Immortal};
///
/// static ORIGIN: Immortal<(i32, i32)> = Immortal::new((0, 0));
///
/// let a: Brc<(i32, i32)> = ORIGIN.get();
/// assert!(Brc::ptr_eq(&a, &ORIGIN.get()));
/// assert_eq!(*a, *ORIGIN);
/// ```
///
/// A handle may outlive everything but a static, so only a static gives one:
///
/// ```compile_fail,E0597
/// use brc::{Brc, Immortal};
///
/// let local = Immortal::new(1);
/// let b: Brc<i32> = local.get();
/// ```
#[repr(C)]
pub struct Immortal<T> {
    head: UnsafeCell<Head<T>>,
    value: T,
}

// SAFETY: the head is a header, which is made to be shared, or becomes one as
// `place` says. Of the value other threads get `&T` and never more: an immortal
// object is never destroyed, moved or unique, so `T: Send` is not needed.
unsafe impl<T: Sync> Sync for Immortal<T> {}

impl<T> Immortal<T> {
    /// How far the header stands in front of the value, as in every object.
    const HEADER_AT: usize = size_of::<Head<T>>() - size_of::<Header>();

    const_fn! {
    /// Makes an immortal object of a value. To be put into a `static`.
    #[must_use]
    pub const fn new(value: T) -> Self {
        const {
            assert!(offset_of!(Self, value) == size_of::<Head<T>>());
            assert!(Self::HEADER_AT.is_multiple_of(align_of::<Header>()));
        }
        let head = if Self::HEADER_AT == 0 {
            Head { header: ManuallyDrop::new(Header::immortal()) }
        } else {
            Head { placed: ManuallyDrop::new(AtomicU8::new(NOT_PLACED)) }
        };
        Self { head: UnsafeCell::new(head), value }
    }
    }

    /// A handle.
    ///
    /// Costs nothing: it is the address. (If `T` is aligned to more than a
    /// header is, one load.)
    #[must_use]
    #[inline]
    pub fn get(&'static self) -> Brc<T> {
        self.header();
        // From the whole object's address, so that the pointer may be used for
        // the header too.
        let this = NonNull::from(self).cast::<u8>();
        // SAFETY: within the object.
        let value = unsafe { this.add(offset_of!(Self, value)) }.cast::<T>();
        // SAFETY: in front of the value stands the header of an immortal
        // object; its handles own no references, and a static is never freed.
        unsafe { Brc::from_payload(value) }
    }
}

impl<T: Send> Immortal<Locked<T>> {
    /// Locks the object and gives its value, as [`Brc::lock`](crate::Brc::lock).
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{Immortal, Locked};
    ///
    /// static LOG: Immortal<Locked<Vec<String>>> = Immortal::new(Locked::new(Vec::new()));
    /// LOG.lock().push("started".into());
    /// assert_eq!(LOG.lock().len(), 1);
    /// ```
    pub fn lock(&'static self) -> LockedGuard<'static, T> {
        // SAFETY: of one object.
        unsafe { LockedGuard::lock(self.header(), &self.value) }
    }
}

impl<T> Immortal<T> {
    /// The header, where it is in every object.
    #[inline]
    fn header(&'static self) -> &'static Header {
        let this = NonNull::from(self).cast::<u8>();
        // SAFETY: within the head.
        let header = unsafe { this.add(Self::HEADER_AT) }.cast::<Header>();
        if Self::HEADER_AT != 0 {
            // SAFETY: `new` wrote that field, which begins where the head does.
            let placed = unsafe { &*self.head.get().cast::<AtomicU8>() };
            // Acquire: pairs with the `Release` in `place`.
            if placed.load(Acquire) != PLACED {
                // SAFETY: the end of the head, of which nobody makes use
                // before `PLACED` is set; as asserted in `new`, aligned.
                unsafe { place(header, placed) };
            }
        }
        // SAFETY: written by `new`, or `place`.
        unsafe { header.as_ref() }
    }
}

/// Writes a header, once, and lets no other thread pass before that is done.
///
/// # Safety
///
/// `header` is valid for writes and used by nobody before `placed` is `PLACED`.
#[cold]
unsafe fn place(header: NonNull<Header>, placed: &AtomicU8) {
    // Relaxed: nothing is read; who waits below loads it again.
    if placed.compare_exchange(NOT_PLACED, BEING_PLACED, Relaxed, Relaxed).is_ok() {
        // SAFETY: forwarded; only one thread gets here.
        unsafe { header.write(Header::immortal()) };
        // Release: the header is written.
        placed.store(PLACED, Release);
    }
    // Acquire: pairs with the `Release` above. Waits for a few stores.
    while placed.load(Acquire) != PLACED {
        yield_now();
    }
}

impl<T> Deref for Immortal<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Immortal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}
