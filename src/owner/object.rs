//! Erased handles: what the queues hold, since a plain [`Brc`](crate::Brc) has
//! no type record.

use std::any::TypeId;
use std::fmt;
use std::mem::{self, MaybeUninit};
use std::ptr::{self, NonNull};

use crate::header::Header;

/// What the queues must know of a handle's static type.
///
/// One constant for each type; the queues hold references to it.
#[derive(Debug)]
pub struct Kind {
    /// Destroys the payload of a dead object and frees its memory, or gives up
    /// the strong handles' weak reference. The arguments are those of
    /// [`Object::new`] and whether the object died
    /// [unshared](crate::header::Released::DeadUnshared).
    ///
    /// # Safety
    ///
    /// Called once, when the object is dead, on a thread that may destroy it.
    pub destroy: unsafe fn(object: &Object, unshared: bool),
    /// The handle's static type, without lifetimes.
    pub type_id: fn() -> TypeId,
    /// The payload has no destructor, so it may be freed anywhere, at any time.
    pub inert: bool,
}

/// A handle without its type: a pointer to the payload, which owns one
/// reference. Dropping it gives nothing up.
pub struct Object {
    header: NonNull<Header>,
    payload: [MaybeUninit<*mut ()>; 2],
    kind: &'static Kind,
}

// SAFETY: an `Object` crosses threads only inside a merge queue or a reap list,
// and `Object::new` demands that what enters one may be destroyed by any thread.
unsafe impl Send for Object {}

impl Object {
    /// Erases a handle.
    ///
    /// # Safety
    ///
    /// * `header` is the header of a live object, and the new value owns one of
    ///   its references; or of a dead one, and the new value owns the duty to
    ///   destroy it.
    /// * `kind` destroys objects of which `payload` is the pointer.
    /// * The handle came from another thread than the object's owner, so that the
    ///   payload is one that may change threads; or the value never leaves this
    ///   thread.
    #[inline]
    pub unsafe fn new<P: ?Sized>(
        header: NonNull<Header>,
        payload: NonNull<P>,
        kind: &'static Kind,
    ) -> Self {
        const { assert!(size_of::<*mut P>() <= size_of::<[*mut (); 2]>()) };
        let mut erased = [MaybeUninit::uninit(); 2];
        // SAFETY: any pointer fits (checked above); the source is initialized
        // and the two do not overlap.
        unsafe {
            ptr::copy_nonoverlapping(
                (&raw const payload).cast::<u8>(),
                (&raw mut erased).cast::<u8>(),
                size_of::<*mut P>(),
            );
        }
        Self { header, payload: erased, kind }
    }

    /// The pointer that was erased.
    ///
    /// # Safety
    ///
    /// `P` is the type that [`new`](Self::new) was called with, lifetimes aside.
    #[must_use]
    #[inline]
    pub unsafe fn payload<P: ?Sized>(&self) -> NonNull<P> {
        // SAFETY: `new` wrote a `NonNull<P>` at the start of the array.
        unsafe { mem::transmute_copy(&self.payload) }
    }

    /// The header.
    #[must_use]
    #[inline]
    pub fn header(&self) -> &Header {
        // SAFETY: this value owns a reference, or the object is dead and waits
        // for its destroyer, who takes this value; either keeps the header.
        unsafe { self.header.as_ref() }
    }

    #[inline]
    pub(crate) fn kind(&self) -> &'static Kind {
        self.kind
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Object").field(&self.header).finish()
    }
}

/// An object without references, which waits for its destruction.
#[derive(Debug)]
#[must_use = "a dead object must be destroyed"]
pub(crate) struct Dead {
    pub(crate) object: Object,
    /// No weak handle was ever made.
    pub(crate) unshared: bool,
}

impl Dead {
    /// Destroys it, here and now (or a little later: see `trash`).
    ///
    /// # Safety
    ///
    /// This thread may destroy the payload.
    #[inline]
    pub(crate) unsafe fn destroy(self) {
        // SAFETY: a `Dead` is made once for an object, and is consumed here.
        unsafe { (self.object.kind.destroy)(&self.object, self.unshared) }
    }
}
