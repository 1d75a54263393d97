//! `Gc`: handles to objects of the heap.
//!
//! A [`Gc`] is one word, is counted like a [`Brc`](crate::Brc), by plain
//! instructions on the thread that made the object, and can be cloned, dropped
//! and sent anywhere. What it points at can be looked at only with a
//! [`Mutator`]. See [`heap`](crate::heap) for the whole.
//!
//! # What a last drop does
//!
//! An object that nothing refers to any more dies at once, where a thread may
//! destroy it: on the thread that dropped the last handle, if that is attached
//! and counts for the object; otherwise at the next safepoint of a thread that
//! does. Its finalizer runs first, then its payload is dropped, which drops the
//! handles in it. A chain of any length dies in bounded stack: past a small
//! depth objects wait for the outermost destruction under way on their thread.
//!
//! A cycle waits for the collector.

mod alloc;
mod deaths;
mod deferral;
mod lifetime;
mod object;
mod section;
mod stamp;
mod weak;
mod word;

use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;
use std::ptr::NonNull;

#[doc(hidden)]
pub use alloc::__fail_after;
pub use alloc::AllocError;
pub(crate) use deaths::*;
pub(crate) use deferral::*;
pub use lifetime::Lifetime;
pub(crate) use lifetime::{forget_once, note_thread, take_references};
pub(crate) use object::*;
pub use section::{Section, Section2};
pub(crate) use stamp::stamp;
pub use weak::GcWeak;
pub(crate) use weak::take_callbacks;
pub(crate) use word::*;

use crate::stw::{Address, Mutator, world};
use crate::sync::Ordering::*;
use crate::trace::{Trace, Tracer};

/// A counted handle to an object of the heap.
///
/// One word, also for slices, strings and trait objects. It has no `Deref`: a
/// payload is reached by [`get`](Self::get), through a [`Mutator`]. Cloning,
/// dropping and comparing need none.
///
/// Cost: on the thread that made the object, a clone is a load, a compare, and a
/// plain increment, and a drop the same with a test for the last one. Elsewhere
/// they are an atomic increment, and a compare-and-swap.
///
/// `Send` and `Sync` if `T` is both.
///
/// # Examples
///
/// ```
/// use brc::{Gc, Locked, Trace, heap};
///
/// #[derive(Trace)]
/// struct Node {
///     next: Option<Gc<Locked<Node>>>,
/// }
///
/// heap::attach(|m| {
///     let a = m.alloc(Locked::new(Node { next: None }));
///     let b = m.alloc(Locked::new(Node { next: Some(a.clone()) }));
///     m.lock(&a).next = Some(b); // a cycle
///     let witness = a.downgrade(m);
///     drop(a);
///     m.collect();
///     assert!(witness.upgrade(m).is_none());
/// })
/// .unwrap();
/// ```
pub struct Gc<T: ?Sized> {
    object: NonNull<()>,
    /// Invariant: payloads are `'static`, and a handle that could pretend that
    /// they may be shorter-lived could write such a one.
    payload: PhantomData<*mut T>,
}

// SAFETY: any thread that is attached may look at the payload, or destroy it.
unsafe impl<T: ?Sized + Send + Sync> Send for Gc<T> {}
// SAFETY: as above; a `&Gc` can be cloned.
unsafe impl<T: ?Sized + Send + Sync> Sync for Gc<T> {}

impl<T: ?Sized> Gc<T> {
    /// The handle that owns a reference which the caller has.
    ///
    /// # Safety
    ///
    /// The caller gives up a reference to the object, which was made for
    /// pointers to `T`, or whose payload is a `T`.
    #[inline]
    pub(crate) unsafe fn from_object(object: Object) -> Self {
        Self { object: object.payload(), payload: PhantomData }
    }

    #[inline]
    pub(crate) fn object(&self) -> Object {
        // SAFETY: the handle owns a reference.
        unsafe { Object::at(Address(self.object)) }
    }

    /// The payload.
    ///
    /// Free for sized payloads, a load for others. The reference borrows both
    /// the handle and the mutator, so it lives until the next safepoint at most.
    #[inline]
    pub fn get<'a>(&'a self, m: &'a Mutator) -> &'a T {
        let _ = m;
        // SAFETY: the handle was made for pointers to `T`.
        let payload = unsafe { self.object().pointer::<T>() };
        // SAFETY: the handle, borrowed for `'a`, keeps the payload alive unless
        // the collector finds it to be garbage; but then the handle is in a
        // payload itself, which nobody borrows: a borrow needs an attached
        // thread between two safepoints, and in a pause there is none. No
        // `&mut` exists but those of `get_mut`, which needs the only handle.
        unsafe { &*payload }
    }

    /// The payload, for writing, if this is the only handle and no other thread
    /// and no weak handle was ever concerned.
    ///
    /// Three loads. The object may have an owner only: what another thread
    /// cloned or dropped, or a weak handle was made of, is not unique again. What was
    /// taken out of a [`GcSlot`](crate::GcSlot) is, once every attached thread has passed a
    /// safepoint (or two).
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{Gc, heap};
    ///
    /// heap::attach(|m| {
    ///     let mut number = m.alloc(1);
    ///     *Gc::get_mut(&mut number, m).unwrap() = 2;
    ///     let other = number.clone();
    ///     assert!(Gc::get_mut(&mut number, m).is_none());
    ///     assert_eq!(*other.get(m), 2);
    /// })
    /// .unwrap();
    /// ```
    #[inline]
    #[must_use]
    pub fn get_mut<'a>(this: &'a mut Self, m: &'a Mutator) -> Option<&'a mut T> {
        if !is_unique(this.object(), m) || this.object().is_coerced::<T>() {
            return None;
        }
        // SAFETY: the handle was made for pointers to `T`.
        let payload = unsafe { this.object().pointer::<T>() }.cast_mut();
        // SAFETY: the only reference, which is borrowed mutably; no pause looks
        // at the payload before this thread's next safepoint, for which `m`
        // must be free.
        Some(unsafe { &mut *payload })
    }

    /// Whether both point at the same object.
    #[inline]
    #[must_use]
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        this.object == other.object
    }

    /// The address of the payload: the object's identity as long as it lives.
    #[inline]
    #[must_use]
    pub fn as_ptr(&self) -> *const () {
        self.object.as_ptr()
    }

    /// A weak handle to the object. Two atomic instructions, the second time one.
    #[must_use]
    pub fn downgrade(&self, m: &Mutator) -> GcWeak<T> {
        let _ = m;
        weak::downgrade(self.object())
    }

    /// A weak handle with something to call when the object dies.
    ///
    /// `callback` runs once, after the last handle is gone or the collector has
    /// found the object to be garbage, when upgrades fail already and before
    /// its finalizer (if the collector found it) or its destruction. It runs on
    /// the thread that destroys. If the weak handle is dropped first, it never
    /// runs. A [`Gc`] to the object itself that it captures keeps it alive.
    ///
    /// Takes a process-wide lock, once more when the handle is dropped.
    ///
    /// # Panics
    ///
    /// What a callback panics with is passed on by the drop or the collection.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
    /// use brc::heap;
    ///
    /// heap::attach(|m| {
    ///     let gone = Arc::new(AtomicBool::new(false));
    ///     let strong = m.alloc("text".to_owned());
    ///     let flag = gone.clone();
    ///     let weak = strong.downgrade_with(m, move |_| flag.store(true, Relaxed));
    ///     drop(strong);
    ///     assert!(weak.upgrade(m).is_none() && gone.load(Relaxed));
    /// })
    /// .unwrap();
    /// ```
    pub fn downgrade_with(
        &self,
        m: &Mutator,
        callback: impl FnOnce(&Mutator) + Send + 'static,
    ) -> GcWeak<T> {
        let _ = m;
        weak::downgrade_with(self.object(), Box::new(callback))
    }

    /// Whether the calling thread owns the object, so that it counts it by plain
    /// instructions. One load.
    #[must_use]
    pub fn is_owner(this: &Self, m: &Mutator) -> bool {
        this.object().head().ob_tid.load(Relaxed) == m.record().id
    }

    /// Whether the object is never counted and never dies.
    #[must_use]
    pub fn is_immortal(this: &Self) -> bool {
        this.object().is_immortal()
    }

    /// The number of references, as far as this thread can tell. Lists of the
    /// heap may own some for a while. Immortal: `usize::MAX`.
    ///
    /// Not for decisions.
    #[must_use]
    pub fn strong_count(this: &Self) -> usize {
        strong_count(this.object())
    }

    /// A handle to the same object with the payload's own type, if that is `U`.
    ///
    /// For handles to trait objects; for others it is the identity or nothing.
    ///
    /// # Errors
    ///
    /// Gives the handle back.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::fmt::Display;
    /// use brc::{Gc, heap};
    ///
    /// heap::attach(|m| {
    ///     let shown: Gc<dyn Display + Send + Sync> = m.alloc_dyn(5_u8, |n| n);
    ///     assert_eq!(shown.get(m).to_string(), "5");
    ///     let shown = Gc::downcast::<i64>(shown).unwrap_err();
    ///     assert_eq!(*Gc::downcast::<u8>(shown).unwrap().get(m), 5);
    /// })
    /// .unwrap();
    /// ```
    pub fn downcast<U: 'static>(this: Self) -> Result<Gc<U>, Self> {
        if (this.object().ty().type_id)() == TypeId::of::<U>() {
            let this = std::mem::ManuallyDrop::new(this);
            // SAFETY: the payload is a `U`, and the reference changes hands.
            Ok(unsafe { Gc::from_object(this.object()) })
        } else {
            Err(this)
        }
    }

    /// The handle as an address, for storage that knows nothing of handles: it owns
    /// a reference until [`from_raw`](Self::from_raw) makes a handle of it again.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{Gc, heap};
    ///
    /// heap::attach(|m| {
    ///     let raw = Gc::into_raw(m.alloc(5));
    ///     // SAFETY: from `into_raw` of a `Gc<i32>`, once.
    ///     let five: Gc<i32> = unsafe { Gc::from_raw(raw) };
    ///     assert_eq!(*five.get(m), 5);
    /// })
    /// .unwrap();
    /// ```
    #[must_use = "the object lives for ever unless it is made a handle again"]
    pub fn into_raw(this: Self) -> *const () {
        std::mem::ManuallyDrop::new(this).object.as_ptr()
    }

    /// The handle that [`into_raw`](Self::into_raw) gave.
    ///
    /// # Safety
    ///
    /// `raw` is from `into_raw` of a `Gc<T>` with this very `T`, for which no handle
    /// was made since.
    #[must_use]
    pub unsafe fn from_raw(raw: *const ()) -> Self {
        // SAFETY: the caller's: it came from a `NonNull`.
        let object = unsafe { NonNull::new_unchecked(raw.cast_mut()) };
        Self { object, payload: PhantomData }
    }

    /// The name of the payload's own type, for people.
    #[must_use]
    pub fn type_name(this: &Self) -> &'static str {
        (this.object().ty().name)()
    }
}

impl<T> Gc<T> {
    /// Takes the payload out, if this is the only handle and no other thread and no
    /// weak handle was ever concerned. A finalizer does not run.
    ///
    /// Cost: as [`get_mut`](Self::get_mut), and freeing the block.
    ///
    /// # Errors
    ///
    /// Gives the handle back.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{Gc, heap};
    ///
    /// heap::attach(|m| {
    ///     let text = m.alloc("text".to_owned());
    ///     let other = text.clone();
    ///     let text = Gc::try_unwrap(text, m).unwrap_err();
    ///     drop(other);
    ///     assert_eq!(Gc::try_unwrap(text, m).unwrap(), "text");
    /// })
    /// .unwrap();
    /// ```
    pub fn try_unwrap(this: Self, m: &Mutator) -> Result<T, Self> {
        let object = this.object();
        if !is_unique(object, m) || object.is_coerced::<T>() {
            return Err(this);
        }
        std::mem::forget(this);
        // SAFETY: the payload is a `T`, and this was the only reference, which is
        // given up here: nobody reads or drops the payload after this.
        let value = unsafe { object.payload().cast::<T>().read() };
        deaths::discard(object);
        Ok(value)
    }
}

/// Whether the caller's is the only reference and always was the only kind.
fn is_unique(object: Object, m: &Mutator) -> bool {
    let head = object.head();
    // Relaxed: the owner's own words. Acquire: edge A; what other threads did
    // before they gave up their references comes before.
    head.ob_tid.load(Relaxed) == m.record().id
        && head.ob_ref_local.load(Relaxed) == 1
        && head.ob_ref_shared.load(Acquire) == 0
        && (stamp::is_out_of_sight(object, Word(0)) || {
            // So that it is, some safepoints later.
            world().want_pass(m.record());
            false
        })
}

pub(crate) fn strong_count(object: Object) -> usize {
    let head = object.head();
    let local = match head.ob_ref_local.load(Relaxed) {
        IMMORTAL => return usize::MAX,
        UNCOUNTED => counted_here(object).cast_unsigned(),
        local => local as usize,
    };
    let count = Word(head.ob_ref_shared.load(Acquire)).count();
    (local as isize + count).max(1).unsigned_abs()
}

impl<T: ?Sized> Clone for Gc<T> {
    /// Another handle to the object.
    ///
    /// # Aborts
    ///
    /// At 2⁵⁴ references to one object (2²² on 32-bit targets).
    #[inline]
    fn clone(&self) -> Self {
        retain(self.object());
        Self { ..*self }
    }
}

impl<T: ?Sized> Drop for Gc<T> {
    /// Gives the handle up. The last one finalizes and destroys the object, here
    /// or where a thread may: see [the module](self#what-a-last-drop-does).
    ///
    /// # Panics
    ///
    /// If the finalizer, the payload's destructor, or one of those that it
    /// leads to panics. The memory is freed all the same.
    #[inline]
    fn drop(&mut self) {
        release(self.object());
    }
}

// SAFETY: reports its one handle once.
unsafe impl<T: ?Sized> Trace for Gc<T> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.edge(self.object);
    }
}

// SAFETY: reports nothing.
unsafe impl<T: ?Sized> Trace for GcWeak<T> {
    const ACYCLIC: bool = true;

    #[inline]
    fn trace(&self, _: &mut Tracer<'_>) {}
}

impl<T: ?Sized> fmt::Debug for Gc<T> {
    /// The type's name and the address; the payload is not looked at.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gc<{}>({:p})", Self::type_name(self), self.object)
    }
}

impl<T: ?Sized> fmt::Pointer for Gc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Pointer::fmt(&self.object, f)
    }
}
