//! `GcSlot`: a field that holds a handle, and is read without counting.

use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::ptr::{self, NonNull};

use super::Local;
use crate::gc::{Gc, Object, stamp, suspect};
use crate::stw::{Address, Mutator};
use crate::sync::{AtomicPtr, Ordering::*, const_fn};
use crate::trace::{Trace, Tracer};

/// A field that holds a [`Gc`], or nothing, and that any number of threads read and
/// write at once.
///
/// [`load`](Self::load) is one `Acquire` load, whatever the object: it counts nothing,
/// takes no lock and never tries again. What makes that possible is that whoever takes
/// an object out of a slot lets it live until every attached thread has passed a
/// safepoint, and that a [`Local`] lives no longer than to the next one.
///
/// So a slot makes writing dearer: an object that was taken out dies at a later
/// safepoint instead of at once (if it has a finalizer or weak callbacks at the next
/// one of its thread, else perhaps with up to 31 others; in any case when all threads
/// have passed theirs). For what one thread uses at a time, a plain `Gc` in a
/// [`Locked`](crate::Locked) is better.
///
/// A chain of any length that is linked by slots dies in bounded stack, and at once
/// when its head may.
///
/// One word. `Send` and `Sync` if `T` is both.
///
/// From PEP 703, "Optimistically Avoiding Locking", which reads lists and dicts so, but
/// must count what it reads and look again whether that was right.
///
/// # Examples
///
/// ```
/// use brc::{Gc, GcSlot, Trace, heap};
///
/// #[derive(Trace)]
/// struct Node {
///     name: &'static str,
///     next: GcSlot<Node>,
/// }
///
/// heap::attach(|m| {
///     let last = m.alloc(Node { name: "last", next: GcSlot::empty() });
///     let first = m.alloc(Node { name: "first", next: GcSlot::new(last) });
///     let mut names = vec![];
///     let mut node = Some(first.local(m));
///     while let Some(this) = node {
///         names.push(this.name);
///         node = this.get().next.load(m);
///     }
///     assert_eq!(names, ["first", "last"]);
/// })
/// .unwrap();
/// ```
pub struct GcSlot<T: ?Sized> {
    /// Null, or owns a reference.
    pointer: AtomicPtr<()>,
    /// Invariant, as in [`Gc`].
    payload: PhantomData<*mut T>,
}

// SAFETY: as for `Gc`.
unsafe impl<T: ?Sized + Send + Sync> Send for GcSlot<T> {}
// SAFETY: as above; `load` gives references to other threads.
unsafe impl<T: ?Sized + Send + Sync> Sync for GcSlot<T> {}

/// What a [`GcSlot`] held was not what [`compare_exchange`](GcSlot::compare_exchange)
/// was to replace.
pub struct Refused<'a, T: ?Sized> {
    /// What it held.
    pub current: Option<Local<'a, T>>,
    /// What it was to hold.
    pub new: Option<Gc<T>>,
}

impl<T: ?Sized> fmt::Debug for Refused<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the slot held something else")
    }
}

/// The pointer that owns what the handle owned.
pub(super) fn into_pointer<T: ?Sized>(gc: Option<Gc<T>>) -> *mut () {
    gc.map_or(ptr::null_mut(), |gc| mem::ManuallyDrop::new(gc).object().payload().as_ptr())
}

impl<T: ?Sized> GcSlot<T> {
    const_fn! {
    /// A slot that holds nothing.
    #[must_use]
    pub const fn empty() -> Self {
        Self { pointer: AtomicPtr::new(ptr::null_mut()), payload: PhantomData }
    }
    }

    /// A slot that holds `gc`.
    #[must_use]
    pub fn new(gc: Gc<T>) -> Self {
        Self { pointer: AtomicPtr::new(into_pointer(Some(gc))), payload: PhantomData }
    }

    pub(super) fn object(pointer: *mut ()) -> Option<Object> {
        // SAFETY: not null, so it is a reference of an object; the callers say why
        // that lives.
        NonNull::new(pointer).map(|payload| unsafe { Object::at(Address(payload)) })
    }

    /// The handle that a pointer owned which was in the slot.
    pub(super) fn handle(pointer: *mut ()) -> Option<Gc<T>> {
        // SAFETY: the reference changes hands.
        Self::object(pointer).map(|object| unsafe { Gc::from_object(object) })
    }

    /// The handle that a pointer owned which was just taken out.
    pub(super) fn removed(pointer: *mut ()) -> Option<Gc<T>> {
        let gc = Self::handle(pointer)?;
        if !gc.object().is_uncounted() {
            // Others may have read it before.
            stamp(gc.object());
        }
        Some(gc)
    }

    /// As [`removed`](Self::removed), to be given to the program. It could put the
    /// handle where the object itself leads to, by a [`Local`] to that, and so close a
    /// cycle without giving up a reference: what else makes a candidate.
    pub(super) fn given(pointer: *mut ()) -> Option<Gc<T>> {
        let gc = Self::removed(pointer)?;
        suspect(gc.object());
        Some(gc)
    }

    /// What the slot holds.
    ///
    /// One `Acquire` load. The reference lives until the next safepoint, and no longer
    /// than the borrow of the slot.
    ///
    /// # Memory ordering
    ///
    /// `Acquire`: what was done before the handle was stored comes before.
    #[inline]
    #[must_use]
    pub fn load<'a>(&'a self, m: &'a Mutator) -> Option<Local<'a, T>> {
        let _ = m;
        // Acquire: pairs with the `Release` of who stored it.
        let object = Self::object(self.pointer.load(Acquire))?;
        // SAFETY: who takes it out gives it a stamp that is not passed before this
        // thread's next safepoint, which ends `'a`; and if the slot dies, `'a` is over.
        Some(unsafe { Local::from_object(object) })
    }

    /// Whether the slot holds nothing.
    ///
    /// # Memory ordering
    ///
    /// None (`Relaxed`): only a hint.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pointer.load(Relaxed).is_null()
    }

    /// Replaces what the slot holds, and drops that.
    ///
    /// Cost: three atomic instructions, and what the drop costs.
    ///
    /// # Panics
    ///
    /// With what a destructor panics with.
    ///
    /// # Memory ordering
    ///
    /// `AcqRel`.
    #[inline]
    pub fn store(&self, m: &Mutator, new: impl Into<Option<Gc<T>>>) {
        let _ = m;
        // Release: pairs with `load`. Acquire: for the destruction of the old one.
        drop(Self::removed(self.pointer.swap(into_pointer(new.into()), AcqRel)));
    }

    /// Replaces what the slot holds, and returns that.
    ///
    /// Cost: three atomic instructions, and more if the object was not yet known to the
    /// collector as one that could be part of a cycle.
    ///
    /// # Memory ordering
    ///
    /// `AcqRel`.
    #[must_use = "to drop what the slot held, use `store`"]
    pub fn swap(&self, m: &Mutator, new: impl Into<Option<Gc<T>>>) -> Option<Gc<T>> {
        let _ = m;
        // As in `store`.
        Self::given(self.pointer.swap(into_pointer(new.into()), AcqRel))
    }

    /// Takes what the slot holds. As [`swap`](Self::swap) for nothing.
    ///
    /// # Memory ordering
    ///
    /// `AcqRel`.
    #[must_use = "to drop what the slot held, use `store`"]
    pub fn take(&self, m: &Mutator) -> Option<Gc<T>> {
        self.swap(m, None)
    }

    /// Replaces what the slot holds if that is `current`, and returns it.
    ///
    /// Objects are compared by identity. As `current` lives, no other object can have
    /// its address.
    ///
    /// # Errors
    ///
    /// What the slot holds, and `new`.
    ///
    /// # Memory ordering
    ///
    /// `AcqRel`; `Acquire` if it fails.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{GcSlot, heap};
    ///
    /// heap::attach(|m| {
    ///     let slot = GcSlot::new(m.alloc(1));
    ///     let one = slot.load(m);
    ///     assert!(slot.compare_exchange(m, one, m.alloc(2)).is_ok());
    ///     let refused = slot.compare_exchange(m, one, m.alloc(3)).unwrap_err();
    ///     assert_eq!(refused.current.map(|two| *two), Some(2));
    ///     assert_eq!(refused.new.map(|three| *three.get(m)), Some(3));
    /// })
    /// .unwrap();
    /// ```
    pub fn compare_exchange<'a>(
        &'a self,
        m: &'a Mutator,
        current: Option<Local<'_, T>>,
        new: impl Into<Option<Gc<T>>>,
    ) -> Result<Option<Gc<T>>, Refused<'a, T>> {
        let _ = m;
        let current = current.map_or(ptr::null_mut(), |local| Local::as_ptr(local).cast_mut());
        let new = into_pointer(new.into());
        // As in `store`.
        match self.pointer.compare_exchange(current, new, AcqRel, Acquire) {
            Ok(old) => Ok(Self::given(old)),
            Err(now) => Err(Refused {
                // SAFETY: as in `load`.
                current: Self::object(now).map(|object| unsafe { Local::from_object(object) }),
                new: Self::handle(new),
            }),
        }
    }

    /// Replaces what the slot holds by what `f` makes of it, and returns what it held.
    ///
    /// `f` is called again if another thread was faster.
    ///
    /// # Panics
    ///
    /// With what `f` panics with; the slot is then as it was.
    ///
    /// # Memory ordering
    ///
    /// `AcqRel`.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{GcSlot, heap};
    ///
    /// heap::attach(|m| {
    ///     let slot = GcSlot::new(m.alloc(1));
    ///     slot.update(m, |old| Some(m.alloc(*old? + 1)));
    ///     assert_eq!(slot.load(m).map(|two| *two), Some(2));
    /// })
    /// .unwrap();
    /// ```
    pub fn update<'a>(
        &'a self,
        m: &'a Mutator,
        mut f: impl FnMut(Option<Local<'a, T>>) -> Option<Gc<T>>,
    ) -> Option<Gc<T>> {
        let mut current = self.load(m);
        loop {
            match self.compare_exchange(m, current, f(current)) {
                Ok(old) => return old,
                Err(refused) => current = refused.current,
            }
        }
    }

    /// The handle, of a slot that nobody else can read. Needs no mutator, and the
    /// object may die at once when the handle is dropped.
    #[must_use]
    pub fn into_inner(self) -> Option<Gc<T>> {
        // Relaxed, here and below: whoever has the slot for itself got it from who
        // wrote last.
        Self::handle(mem::ManuallyDrop::new(self).pointer.load(Relaxed))
    }
}

impl<T: ?Sized> Drop for GcSlot<T> {
    /// Drops the handle. Nobody can be reading the slot, so it is not for that that
    /// the object would have to wait.
    fn drop(&mut self) {
        drop(Self::handle(self.pointer.load(Relaxed)));
    }
}

impl<T: ?Sized> Default for GcSlot<T> {
    fn default() -> Self {
        Self::empty()
    }
}

impl<T: ?Sized> From<Gc<T>> for GcSlot<T> {
    fn from(gc: Gc<T>) -> Self {
        Self::new(gc)
    }
}

impl<T: ?Sized> From<Option<Gc<T>>> for GcSlot<T> {
    fn from(gc: Option<Gc<T>>) -> Self {
        Self { pointer: AtomicPtr::new(into_pointer(gc)), payload: PhantomData }
    }
}

// SAFETY: reports its one handle once; who could change it is stopped.
unsafe impl<T: ?Sized> Trace for GcSlot<T> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Some(payload) = NonNull::new(self.pointer.load(Acquire)) {
            tracer.edge(payload);
        }
    }
}

impl<T: ?Sized> fmt::Debug for GcSlot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GcSlot({:p})", self.pointer.load(Relaxed))
    }
}
