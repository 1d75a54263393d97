//! `Local`: a reference to an object that is not counted. What can be done with it
//! is defined where handles are known.

use std::marker::PhantomData;
use std::ptr::NonNull;

/// A reference to an object that is not counted, and lives until the next safepoint
/// at most.
///
/// One word, `Copy`, and free: what [`GcSlot::load`](crate::GcSlot::load) gives. It
/// borrows the [`Mutator`](crate::Mutator) and what it was read from, so the borrow checker ends it
/// at the next [`safepoint`](crate::Mutator::safepoint), where objects may die. To keep the
/// object longer, make a counted handle: [`to_gc`](Self::to_gc).
///
/// A finalizer gets one to its own object, until it returns:
/// [`Finalize::finalize_object`](crate::Finalize::finalize_object).
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
    /// Invariant: a [`Gc`](crate::Gc) can be made of it.
    payload: PhantomData<*mut T>,
}

// SAFETY: as for a `&T`, of which a `Gc<T>` can be made.
unsafe impl<T: ?Sized + Send + Sync> Send for Local<'_, T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Send + Sync> Sync for Local<'_, T> {}

impl<T: ?Sized> Local<'_, T> {
    /// A reference to the object whose payload is there.
    ///
    /// # Safety
    ///
    /// The object was made for pointers to `T`, or its payload is a `T`. It does not die
    /// before the end of `'_`, nor then if a reference to it was made until then.
    #[inline]
    pub(crate) unsafe fn at(payload: NonNull<()>) -> Self {
        Self { object: payload, borrowed: PhantomData, payload: PhantomData }
    }

    #[inline]
    pub(crate) fn payload(self) -> NonNull<()> {
        self.object
    }
}

impl<T: ?Sized> Clone for Local<'_, T> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Local<'_, T> {}
