//! What a `Local` can do: to look at its object, and to make counted handles of it.

use std::any::TypeId;
use std::fmt;
use std::ops::Deref;

use crate::gc::{Gc, Object, retain};
use crate::stw::{Address, Mutator};
use crate::trace::local::Local;

impl<'a, T: ?Sized> Local<'a, T> {
    /// A reference to an object.
    ///
    /// # Safety
    ///
    /// As for [`at`](Self::at).
    #[inline]
    pub(crate) unsafe fn from_object(object: Object) -> Self {
        // SAFETY: the caller's.
        unsafe { Self::at(object.payload()) }
    }

    #[inline]
    pub(crate) fn object(self) -> Object {
        // SAFETY: alive until the end of `'a`.
        unsafe { Object::at(Address(self.payload())) }
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
        // one that is on a list until all have passed a safepoint. One that is being
        // finalized has that of its destroyer, who looks at the count afterwards.
        retain(self.object());
        // SAFETY: just counted.
        unsafe { Gc::from_object(self.object()) }
    }

    /// Whether both refer to the same object.
    #[inline]
    #[must_use]
    pub fn ptr_eq(this: Self, other: Self) -> bool {
        this.payload() == other.payload()
    }

    /// The address of the payload.
    #[inline]
    #[must_use]
    pub fn as_ptr(this: Self) -> *const () {
        this.payload().as_ptr()
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
        fmt::Pointer::fmt(&self.payload(), f)
    }
}
