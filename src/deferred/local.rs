//! `Local`: a reference to an object that is not counted.

use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;

use crate::gc::{Gc, Object, retain};
use crate::stw::{Address, Mutator};

/// A reference to an object that is not counted, and lives until the next safepoint
/// at most.
///
/// One word, `Copy`, and free: what [`GcSlot::load`](crate::GcSlot::load) gives. It
/// borrows the [`Mutator`] and what it was read from, so the borrow checker ends it
/// at the next [`safepoint`](Mutator::safepoint), where objects may die. To keep the
/// object longer, make a counted handle: [`to_gc`](Self::to_gc).
///
/// ```compile_fail,E0502
/// # use brc::{GcSlot, heap};
/// heap::attach(|m| {
///     let slot = GcSlot::new(m.alloc(1));
///     let one = slot.load(m).unwrap();
///     m.safepoint(); // error: `one` is still in use
///     assert_eq!(*one, 1);
/// }).unwrap();
/// ```
///
/// # Examples
///
/// ```
/// use brc::{GcSlot, heap};
///
/// heap::attach(|m| {
///     let slot = GcSlot::new(m.alloc("old".to_owned()));
///     let old = slot.load(m).unwrap();
///     slot.store(m, m.alloc("new".to_owned()));
///     assert_eq!(*old, "old"); // still there
///     let kept = old.to_gc();
///     m.safepoint();
///     assert_eq!(kept.get(m), "old");
/// })
/// .unwrap();
/// ```
pub struct Local<'a, T: ?Sized> {
    object: NonNull<()>,
    borrowed: PhantomData<&'a ()>,
    /// Invariant: a [`Gc`] can be made of it.
    payload: PhantomData<*mut T>,
}

// SAFETY: as for a `&T`, of which a `Gc<T>` can be made.
unsafe impl<T: ?Sized + Send + Sync> Send for Local<'_, T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Send + Sync> Sync for Local<'_, T> {}

impl<'a, T: ?Sized> Local<'a, T> {
    /// A reference to an object.
    ///
    /// # Safety
    ///
    /// The object was made for pointers to `T`, or its payload is a `T`, and does
    /// not die before the end of `'a`.
    #[inline]
    pub(crate) unsafe fn from_object(object: Object) -> Self {
        Self { object: object.payload(), borrowed: PhantomData, payload: PhantomData }
    }

    /// A reference to the object whose payload is there.
    ///
    /// # Safety
    ///
    /// As for [`from_object`](Self::from_object).
    #[inline]
    pub(super) unsafe fn at(payload: NonNull<()>) -> Self {
        // SAFETY: the caller's.
        let object = unsafe { Object::at(Address(payload)) };
        // SAFETY: the caller's.
        unsafe { Self::from_object(object) }
    }

    #[inline]
    pub(crate) fn object(self) -> Object {
        // SAFETY: alive until the end of `'a`.
        unsafe { Object::at(Address(self.object)) }
    }

    /// The payload, for as long as this reference may live: longer than the
    /// value that `Deref` borrows.
    #[inline]
    #[must_use]
    pub fn get(self) -> &'a T
    where
        T: 'a,
    {
        // SAFETY: made for pointers to `T`.
        let payload = unsafe { self.object().pointer::<T>() };
        // SAFETY: the object lives until the end of `'a`; nobody has `&mut` to the
        // payload, since that takes the only handle and that nobody can look at the
        // object by an uncounted reference.
        unsafe { &*payload }
    }

    /// A counted handle to the object, to be kept across safepoints.
    ///
    /// Cost: that of cloning one.
    #[inline]
    #[must_use]
    pub fn to_gc(self) -> Gc<T> {
        // An object that somebody may look at has a reference: the one in the slot, or
        // one that is on a list until all have passed a safepoint.
        retain(self.object());
        // SAFETY: just counted.
        unsafe { Gc::from_object(self.object()) }
    }

    /// Whether both refer to the same object.
    #[inline]
    #[must_use]
    pub fn ptr_eq(this: Self, other: Self) -> bool {
        this.object == other.object
    }

    /// The address of the payload.
    #[inline]
    #[must_use]
    pub fn as_ptr(this: Self) -> *const () {
        this.object.as_ptr()
    }

    /// A reference with the payload's own type, if that is `U`. As [`Gc::downcast`].
    #[must_use]
    pub fn downcast<U: 'static>(this: Self) -> Option<Local<'a, U>> {
        let is_it = (this.object().ty().type_id)() == TypeId::of::<U>();
        // SAFETY: the payload is a `U`.
        is_it.then(|| unsafe { Local::from_object(this.object()) })
    }
}

impl<T: ?Sized> Gc<T> {
    /// An uncounted reference to the object, as long as this handle is borrowed. Free.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::heap;
    ///
    /// heap::attach(|m| {
    ///     let one = m.alloc(1);
    ///     let local = one.local(m);
    ///     assert_eq!(*local, 1);
    /// })
    /// .unwrap();
    /// ```
    #[inline]
    #[must_use]
    pub fn local<'a>(&'a self, m: &'a Mutator) -> Local<'a, T> {
        let _ = m;
        // SAFETY: the handle, borrowed for `'a`, keeps the object; if that is garbage
        // the handle is in a payload, which nobody looks at in a pause: see `get`.
        unsafe { Local::from_object(self.object()) }
    }

    /// An uncounted reference that outlives the handle, if the object is deferred or
    /// immortal: those do not die between two safepoints.
    ///
    /// Cost: a load.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::heap;
    ///
    /// heap::attach(|m| {
    ///     let function = m.alloc_deferred("print".to_owned());
    ///     let local = function.unbound(m).unwrap();
    ///     drop(function);
    ///     assert_eq!(*local, "print");
    ///     assert!(m.alloc(1).unbound(m).is_none());
    /// })
    /// .unwrap();
    /// ```
    #[inline]
    #[must_use]
    pub fn unbound<'m>(&self, m: &'m Mutator) -> Option<Local<'m, T>>
    where
        T: 'm,
    {
        let _ = m;
        // SAFETY: it dies in a pause or after one, if at all, for which `m` must be
        // free; and that it is so changes in pauses only.
        self.object().is_uncounted().then(|| unsafe { Local::from_object(self.object()) })
    }
}

impl<T: ?Sized> Clone for Local<'_, T> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Local<'_, T> {}

impl<T: ?Sized> Deref for Local<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: as in `get`.
        let payload = unsafe { self.object().pointer::<T>() };
        // SAFETY: as in `get`; the borrow of this value ends before `'a`.
        unsafe { &*payload }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Local<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized> fmt::Pointer for Local<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Pointer::fmt(&self.object, f)
    }
}
