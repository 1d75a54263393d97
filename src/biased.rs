//! [`Brc`], [`Weak`] and [`UniqueBrc`]: biased reference counting as a pointer.
//!
//! This floor turns the transitions of [`header`](crate::header) into handles:
//! it allocates, destroys, and does what a transition asks for. It holds no
//! ordering of its own but those that the methods document.
//!
//! The whole API of `Arc` and `Weak`, item by item:
//!
#![doc = include_str!("../docs/api.md")]

mod alloc;
mod convert;
mod locked;
mod slice;
mod traits;
mod unique;
mod unwrap;
mod wake;
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
#[cfg(feature = "unsize")]
pub(crate) use unique::with_address;
pub use unwrap::CloneToBrc;
pub use wake::Wake;
pub use weak::Weak;

use crate::header::Header;
use crate::owner;

/// A pointer that shares ownership of a `T`: about an [`Rc`](std::rc::Rc) on the
/// thread that made the object, about an [`Arc`](std::sync::Arc) elsewhere.
///
/// It has `Arc`'s methods under `Arc`'s names, so that `use brc::Brc as Arc`
/// compiles in most programs. Like `Arc` it gives `&T` only; for changing what
/// it points at there are [`Locked`](crate::Locked), `Mutex`, atomics,
/// [`make_mut`](Self::make_mut) and [`UniqueBrc`].
///
/// # Cost
///
/// One word (also as `Option<Brc<T>>`, for sized `T`), and 24 bytes in front of
/// the payload.
///
/// | operation | the owner | another thread | immortal |
/// |---|---|---|---|
/// | deref | one load | one load | one load |
/// | clone | load, compare, load, store | as the owner's compare, then one read-modify-write | two loads |
/// | drop, not the last | load, compare, load, store | one read-modify-write | two loads |
/// | drop, the last | no read-modify-write if no other thread ever counted | one read-modify-write if merged; else the object goes to the owner's queue, under a lock | – |
///
/// # Owners
///
/// The thread that makes an object owns it, if `T: 'static` and the thread is
/// not inside [`detach`](crate::detach) or ending. It counts its own handles in
/// plain memory. When another thread drops a handle that only the owner's count
/// accounts for, the object is handed to the owner, which *merges* it: from then
/// on the object is counted atomically by all. [`owner`] tells
/// when that happens, and what to do where an owner blocks.
///
/// # Delayed destruction
///
/// Where `Arc` destroys the payload in the drop of the last handle, a biased
/// object may have to wait: for its owner to look at its queue, or, inside
/// deeply nested destructors, for the outermost one. The payload may therefore
/// outlive the call that dropped the last handle, and for that
///
/// * every safe function that makes a biased object demands `T: 'static`;
/// * `Brc<T>` is *invariant* in `T`, so that a `Brc<&'static str>` does not
///   become a `Brc<&'a str>` of whose payload `get_mut` could make something
///   that borrows;
/// * [`new_merged`](Self::new_merged) takes any `T`, counts atomically, and
///   destroys at once, as `Arc` does.
///
/// ```compile_fail,E0597
/// let text = String::from("local");
/// let b = brc::Brc::new(text.as_str()); // may be destroyed when `text` is gone
/// ```
///
/// ```
/// let text = String::from("local");
/// let b = brc::Brc::new_merged(text.as_str());
/// assert_eq!(*b, "local");
/// ```
///
/// Destroying a chain of objects takes bounded stack, however long it is. (Not
/// if they are of the `new_merged` kind, or `UniqueBrc`s: those must be destroyed
/// before their drop returns, so they recurse as `Arc`s and `Box`es do.)
///
/// A payload that is not `Send` is destroyed on its own thread, always.
///
/// # Panics in destructors
///
/// If the payload's destructor panics, its memory is freed and the panic goes
/// on to whoever dropped the handle or called [`merge`](crate::merge) or
/// [`detach`](crate::detach). At the end of a thread it is caught and reported.
///
/// # Examples
///
/// ```
/// use brc::Brc;
/// use std::thread;
///
/// let numbers = Brc::new(vec![1, 2, 3]);
/// let theirs = numbers.clone(); // no atomic instruction
/// let sum = thread::spawn(move || theirs.iter().sum::<i32>()).join().unwrap();
/// assert_eq!(sum, numbers.iter().sum());
/// ```
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
    ///
    /// One allocation. Registers the thread at its first call. May merge counts
    /// that other threads handed over, but runs no destructor. Inside
    /// [`detach`](crate::detach) and at the end of a thread the object has no
    /// owner: it is counted atomically from the start, but its destruction may
    /// still wait for that of an outer object.
    ///
    /// # Panics
    ///
    /// If the object would be larger than `isize::MAX` bytes. If the memory is
    /// spent, [`handle_alloc_error`](std::alloc::handle_alloc_error) is called.
    ///
    /// # Examples
    ///
    /// ```
    /// let five = brc::Brc::new(5);
    /// assert_eq!(*five, 5);
    /// ```
    #[inline]
    pub fn new(value: T) -> Self
    where
        T: 'static,
    {
        // SAFETY: `T: 'static`, so the destruction may wait.
        unsafe { Self::new_unbounded(value) }
    }

    /// As [`new`](Self::new), for wrappers that know better whether the payload
    /// outlives what it borrows.
    ///
    /// # Safety
    ///
    /// The payload may be destroyed some time after the last handle was
    /// dropped: when the owner merges, or ends. Whatever it borrows must still
    /// be there then. The same goes for objects that [`make_mut`](Self::make_mut)
    /// makes of this one, and for handles whose lifetimes the wrapper shortens.
    ///
    /// # Examples
    ///
    /// ```
    /// let text: &'static str = "static";
    /// // SAFETY: it borrows from something that is never freed.
    /// let b = unsafe { brc::Brc::new_unbounded(text) };
    /// # assert_eq!(*b, "static");
    /// ```
    #[inline]
    #[must_use]
    pub unsafe fn new_unbounded(value: T) -> Self {
        match owner::current_settled() {
            Some(owner) => Self::with_header(Header::new(owner), value),
            // SAFETY: forwarded.
            None => unsafe { Self::new_cold(value) },
        }
    }

    /// The thread's first object, or one of a thread that is not attached.
    ///
    /// # Safety
    ///
    /// As for [`new_unbounded`](Self::new_unbounded).
    #[cold]
    #[inline(never)]
    unsafe fn new_cold(value: T) -> Self {
        // SAFETY: forwarded.
        unsafe { UniqueBrc::into_brc_unbounded(UniqueBrc::new(value)) }
    }

    /// Makes an object that is counted atomically from the start, and destroyed
    /// in the drop of its last handle: what `Arc::new` makes.
    ///
    /// For payloads that borrow, whose destructor somebody waits for, or that
    /// are handed off at once. One allocation.
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::Brc;
    ///
    /// let text = String::from("a b c");
    /// let words: Brc<Vec<&str>> = Brc::new_merged(text.split(' ').collect());
    /// std::thread::scope(|s| {
    ///     s.spawn(|| assert_eq!(words.clone().len(), 3));
    /// });
    /// ```
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
    ///
    /// While `data_fn` runs, [`upgrade`](Weak::upgrade) gives `None`. The object
    /// has no owner: it is counted atomically.
    ///
    /// # Memory ordering
    ///
    /// An upgrade that succeeds sees the payload (edge C of [`header`](crate::header#orderings)).
    ///
    /// # Panics
    ///
    /// If `data_fn` does: then weak handles that it gave away stay dead, and the
    /// memory is freed with the last of them.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{Brc, Weak};
    ///
    /// struct Widget { me: Weak<Widget> }
    /// let w = Brc::new_cyclic(|me| Widget { me: me.clone() });
    /// assert!(Brc::ptr_eq(&w, &w.me.upgrade().unwrap()));
    /// ```
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

    /// Makes a pinned object. Costs what [`new`](Self::new) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let pinned = brc::Brc::pin(5);
    /// assert_eq!(*pinned, 5);
    /// ```
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

    /// Makes an object whose payload is not initialized. Costs what [`new`](Self::new) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::Brc;
    ///
    /// let mut five = Brc::<u32>::new_uninit();
    /// Brc::get_mut(&mut five).unwrap().write(5);
    /// // SAFETY: just written.
    /// let five = unsafe { five.assume_init() };
    /// assert_eq!(*five, 5);
    /// ```
    #[must_use]
    pub fn new_uninit() -> Brc<MaybeUninit<T>>
    where
        T: 'static,
    {
        UniqueBrc::new_uninit().into()
    }

    /// Makes an object whose payload is filled with zero bytes. Costs what
    /// [`new`](Self::new) does, besides the zeroing.
    ///
    /// # Examples
    ///
    /// ```
    /// // SAFETY: zero is a `u32`.
    /// let zero = unsafe { brc::Brc::<u32>::new_zeroed().assume_init() };
    /// assert_eq!(*zero, 0);
    /// ```
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

    /// Gives up the handle for a raw pointer to the payload. Costs nothing.
    ///
    /// The pointer may be used for the payload, and for [`from_raw`](Self::from_raw)
    /// on any thread to which the handle could have gone.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::Brc;
    ///
    /// let raw = Brc::into_raw(Brc::new("x"));
    /// // SAFETY: from `into_raw`, once.
    /// let back = unsafe { Brc::from_raw(raw) };
    /// assert_eq!(*back, "x");
    /// ```
    #[inline]
    #[must_use = "losing the pointer leaks the object"]
    pub fn into_raw(this: Self) -> *const T {
        Self::into_payload(this).as_ptr()
    }

    /// Takes back a handle that was given up. Costs nothing in release builds.
    ///
    /// # Panics
    ///
    /// In debug builds, if the words in front of `ptr` cannot be those of a live
    /// object. That catches some wrong pointers, not all.
    ///
    /// # Safety
    ///
    /// * `ptr` came from [`into_raw`](Self::into_raw), of this very crate (two
    ///   copies of it in one process have two spaces of owner ids), and is used
    ///   for one handle.
    /// * It was a `Brc` of the same `T`, lifetimes included: a biased object's
    ///   payload is `'static`. A pointer may change from an unsized type to the
    ///   sized one that it is, and the other way.
    ///
    /// # Examples
    ///
    /// See [`into_raw`](Self::into_raw). This is also a way to a trait object:
    ///
    /// ```
    /// use brc::Brc;
    /// use std::fmt::Debug;
    ///
    /// let raw = Brc::into_raw(Brc::new(5)) as *const dyn Debug;
    /// // SAFETY: from `into_raw`, once; `i32` is `'static`, as `dyn Debug` is here.
    /// let debug: Brc<dyn Debug> = unsafe { Brc::from_raw(raw) };
    /// assert_eq!(format!("{debug:?}"), "5");
    /// ```
    #[inline]
    pub unsafe fn from_raw(ptr: *const T) -> Self {
        // SAFETY: forwarded; a pointer to a payload is not null.
        let payload = unsafe { NonNull::new_unchecked(ptr.cast_mut()) };
        // SAFETY: forwarded: the object is alive.
        unsafe { debug_check(payload) };
        // SAFETY: forwarded: the reference is the one that was given up.
        unsafe { Self::from_payload(payload) }
    }

    /// A raw pointer to the payload, which the handle still keeps. Costs nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::Brc;
    ///
    /// let a = Brc::new(1);
    /// assert_eq!(Brc::as_ptr(&a), Brc::as_ptr(&a.clone()));
    /// ```
    #[inline]
    #[must_use]
    pub fn as_ptr(this: &Self) -> *const T {
        this.payload.as_ptr()
    }

    /// Adds a reference to the object of a raw pointer. Costs what a clone does.
    ///
    /// # Aborts
    ///
    /// As [`clone`](Self::clone).
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::Brc;
    ///
    /// let a = Brc::new(1);
    /// let raw = Brc::into_raw(a.clone());
    /// // SAFETY: from `into_raw`, and the object is alive; in all, as many
    /// // references are given up as there are.
    /// unsafe {
    ///     Brc::increment_strong_count(raw);
    ///     assert_eq!(Brc::strong_count(&a), 3);
    ///     Brc::decrement_strong_count(raw);
    ///     Brc::decrement_strong_count(raw);
    /// }
    /// assert_eq!(Brc::strong_count(&a), 1);
    /// ```
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

    /// Gives up a reference of the object of a raw pointer. Costs what a drop
    /// does, and may destroy the object. For an example see
    /// [`increment_strong_count`](Self::increment_strong_count).
    ///
    /// # Safety
    ///
    /// As for [`from_raw`](Self::from_raw).
    #[inline]
    pub unsafe fn decrement_strong_count(ptr: *const T) {
        // SAFETY: forwarded.
        drop(unsafe { Self::from_raw(ptr) });
    }

    /// Makes a weak handle, which keeps the memory but not the payload.
    ///
    /// One read-modify-write; one more the first time. Spins while another
    /// thread tests for uniqueness, which takes a few instructions. Does not
    /// count for an immortal object.
    ///
    /// # Memory ordering
    ///
    /// `Acquire`: edge D of [`header`](crate::header#orderings).
    ///
    /// # Aborts
    ///
    /// If there are more than 2³¹ weak handles.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::Brc;
    ///
    /// let a = Brc::new(1);
    /// let weak = Brc::downgrade(&a);
    /// assert!(weak.upgrade().is_some());
    /// drop(a);
    /// assert!(weak.upgrade().is_none());
    /// ```
    #[must_use = "this returns a new `Weak` and leaves the `Brc` alone"]
    pub fn downgrade(this: &Self) -> Weak<T> {
        // SAFETY: this handle is a reference.
        unsafe { Self::header(this).downgrade() };
        // SAFETY: `downgrade` made a weak reference, which the new handle is.
        unsafe { Weak::from_payload(this.payload) }
    }

    /// The number of strong handles, at least 1; `usize::MAX` if immortal.
    ///
    /// Exact if no other thread counts at the same time; else a snapshot. If
    /// the calling thread is an owner, it first merges what was handed to it,
    /// so that handles which other threads dropped before do not count. On
    /// another thread a handle that waits in the owner's queue still counts.
    /// Not for decisions: use [`get_mut`](Self::get_mut) for those.
    ///
    /// # Memory ordering
    ///
    /// Nothing to rely on.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::Brc;
    ///
    /// let a = Brc::new(1);
    /// let b = a.clone();
    /// assert_eq!(Brc::strong_count(&a), 2);
    /// std::thread::spawn(move || drop(b)).join().unwrap();
    /// assert_eq!(Brc::strong_count(&a), 1);
    /// ```
    #[must_use]
    pub fn strong_count(this: &Self) -> usize {
        owner::settle();
        Self::header(this).strong_count().max(1)
    }

    /// The number of weak handles: a snapshot. Those of an immortal object are
    /// not counted.
    ///
    /// # Memory ordering
    ///
    /// Nothing to rely on.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::Brc;
    ///
    /// let a = Brc::new(1);
    /// let _weak = Brc::downgrade(&a);
    /// assert_eq!(Brc::weak_count(&a), 1);
    /// ```
    #[must_use]
    pub fn weak_count(this: &Self) -> usize {
        Self::header(this).weak_count()
    }

    /// Whether two handles are of one object. Compares addresses, not metadata.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::Brc;
    ///
    /// let a = Brc::new(1);
    /// assert!(Brc::ptr_eq(&a, &a.clone()));
    /// assert!(!Brc::ptr_eq(&a, &Brc::new(1)));
    /// ```
    #[inline]
    #[must_use]
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        std::ptr::addr_eq(this.payload.as_ptr(), other.payload.as_ptr())
    }

    /// Whether the calling thread counts this object without atomics: it made
    /// it, is not inside [`detach`](crate::detach), and the object is neither
    /// merged nor immortal.
    ///
    /// Two loads.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::Brc;
    ///
    /// let a = Brc::new(1);
    /// assert!(Brc::is_owner(&a));
    /// std::thread::scope(|s| {
    ///     s.spawn(|| assert!(!Brc::is_owner(&a)));
    /// });
    /// ```
    #[inline]
    #[must_use]
    pub fn is_owner(this: &Self) -> bool {
        Self::header(this).is_owned_by(owner::current())
    }

    /// Ends the bias: merges the counts, so that the object is counted
    /// atomically from now on and dies in the drop of its last handle, on
    /// whichever thread that is. (Inside destructors that are nested 32 deep, at
    /// the end of the outermost.)
    ///
    /// For the owner to call before it hands an object off: nobody will then
    /// have to hand it back. One read-modify-write; nothing if merged already. On
    /// another thread it asks the owner to do it, which is one read-modify-write
    /// and a lock.
    ///
    /// # Memory ordering
    ///
    /// `Release`: edge A of [`header`](crate::header#orderings).
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::Brc;
    ///
    /// let a = Brc::new(String::from("x"));
    /// let weak = Brc::downgrade(&a);
    /// Brc::share(&a);
    /// std::thread::spawn(move || drop(a)).join().unwrap();
    /// assert!(weak.upgrade().is_none()); // it did not wait for this thread
    /// ```
    pub fn share(this: &Self) {
        let header = Self::header(this);
        if header.is_owned_by(owner::current()) {
            // SAFETY: this thread owns the object, and this handle is a reference.
            unsafe { header.merge() };
        } else if !header.is_merged() {
            // SAFETY: this handle is a reference, and not the owner's.
            unsafe { alloc::request_merge(this.payload) };
        }
    }

    /// Makes the object immortal: from now on handles are not counted, and it is
    /// never destroyed. Returns whether it is so already.
    ///
    /// `false` means that another thread owns the object and is running: the
    /// object is kept alive for good (by a reference that is never given up, one
    /// for each such call), but counted until somebody calls this again after
    /// the owner has merged it.
    ///
    /// Two stores for the owner, or on a merged object.
    ///
    /// # Memory ordering
    ///
    /// `Release`: edge C of [`header`](crate::header#orderings).
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::Brc;
    ///
    /// let a: Brc<str> = Brc::from("None");
    /// assert!(Brc::immortalize(&a));
    /// assert!(Brc::is_immortal(&a));
    /// ```
    pub fn immortalize(this: &Self) -> bool {
        let header = Self::header(this);
        // SAFETY: this handle is a reference.
        let done = || unsafe { header.immortalize(owner::current()) };
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

    /// Whether the object is immortal. One load.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::Brc;
    ///
    /// assert!(Brc::is_immortal(&Brc::immortal(1)));
    /// assert!(!Brc::is_immortal(&Brc::new(1)));
    /// ```
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
    /// Converts to an initialized object. Costs nothing. For an example see
    /// [`Brc::new_uninit`].
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
    /// Downcasts to a concrete type. One call through the vtable.
    ///
    /// # Errors
    ///
    /// Gives the handle back if the payload is of another type.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::Brc;
    /// use std::any::Any;
    ///
    /// let any: Brc<dyn Any + Send + Sync> = Brc::from(Box::new(5_i32) as Box<_>);
    /// let any = any.downcast::<String>().unwrap_err();
    /// assert_eq!(*any.downcast::<i32>().unwrap(), 5);
    /// ```
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
    ///
    /// No read-modify-write for the owner and for immortal objects; one otherwise.
    ///
    /// # Memory ordering
    ///
    /// None (`Relaxed`).
    ///
    /// # Aborts
    ///
    /// If there are more than 2⁶⁰ handles (2²⁸ on 32-bit targets), which takes
    /// `mem::forget`.
    ///
    /// # Examples
    ///
    /// ```
    /// let five = brc::Brc::new(5);
    /// let also_five = five.clone();
    /// assert_eq!(five, also_five);
    /// ```
    #[inline]
    fn clone(&self) -> Self {
        // SAFETY: this handle is a reference.
        unsafe { Self::header(self).retain(owner::current()) };
        // SAFETY: `retain` made the reference which the new handle is.
        unsafe { Self::from_payload(self.payload) }
    }
}

impl<T: ?Sized> Drop for Brc<T> {
    /// Gives up the handle. The last one destroys the payload, here or where the
    /// [type's docs](Brc#delayed-destruction) say. Any may destroy other objects
    /// of the same static type (see [`owner`](crate::owner#where-destructors-run)).
    ///
    /// Blocks for a lock if the object must be handed to its owner.
    ///
    /// # Memory ordering
    ///
    /// All uses of the payload come before its destruction, as with `Arc`.
    ///
    /// # Panics
    ///
    /// If a destructor does: the payload's, or that of another object of the
    /// same type which waited for a thread to run it.
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
