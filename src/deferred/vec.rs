//! `GcVec`: a vector of handles that is read without locks and without counting.
//!
//! # How it works
//!
//! The vector is a pointer to a *buffer*: a length, and places for handles. Who changes
//! the vector holds its one-byte lock. Readers take no lock.
//!
//! | operation                                     | how                          | visible by      |
//! |-----------------------------------------------|------------------------------|-----------------|
//! | `set`, `replace`                              | in place                     | the place       |
//! | `push`, `pop`, `extend`, `truncate`, `clear`  | in place                     | the length      |
//! | `push`, `extend` that need room               | a larger buffer, then as above | the length    |
//! | `insert`, `remove`, `update`, `retain`, `take`| a new buffer                 | the pointer     |
//!
//! So each takes effect by **one store**. A buffer that was replaced never changes again;
//! its memory is retired, while its handles belong to the new one. What was removed gets
//! a [stamp](crate::gc) after that store, and is dropped after the lock was released.
//!
//! # Linearizability
//!
//! Changes take effect by their one store, in the order in which they hold the lock.
//! `to_vec` and what must look before it changes something take effect while they hold
//! it. A reader finds the buffer by one load, and
//!
//! * `len` is what that says: the length at the moment of the load; or, if the buffer was
//!   replaced meanwhile, when that was, which is after the reader found it.
//! * `get` loads the length, the place, and **the length again**. If the index is out of
//!   the range both times or the second time, it was at that moment. If it is within: the
//!   handle was in the vector when the place was loaded, or it was just about to be pushed
//!   where another had been popped, after the first look at the length. Then the second
//!   look, which is not older than that pop (edge L), finds an index out of the range,
//!   unless that push took effect in between. In either case there is a moment during `get` at
//!   which the vector held there what it returns. (With one look it could return what
//!   a later `get` does not find yet.)
//!
//! If the buffer was replaced meanwhile, "at that moment" is the last one before that.
//! An iteration is as many such `get`s of one buffer, and is not one step.
//!
//! # Orderings
//!
//! * **B: the buffer.** It is published by a `Release` store and found by an `Acquire`
//!   load: its length and places are filled before.
//! * **P: a place.** A handle is put into it by a `Release` and read by an `Acquire`: the
//!   object is made before.
//! * **L: the length.** A place is filled before the `Release` store of the length that
//!   makes it visible, and read after an `Acquire` load of that. And a place that was
//!   popped is filled again after the store of the shorter length: who finds the new
//!   handle there, by an `Acquire`, finds that length or a later one afterwards.
//! * **F of `stw::retire`**: whatever makes a removal visible comes before the stamp.

mod buffer;
mod change;
mod held;
mod iter;

use std::cell::UnsafeCell;
use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::ptr::{self, NonNull};

use self::buffer::{Buffer, Handles, Head};
use self::held::Held;
pub use self::iter::Iter;
use super::Local;
use super::slot::into_pointer;
use crate::gc::Gc;
use crate::stw::Mutator;
use crate::sync::{AtomicPtr, AtomicU8, Ordering::*, const_fn};
use crate::trace::{Trace, Tracer};

/// A vector of [`Gc`]s that any number of threads read and change at once.
///
/// Reading takes no lock and counts nothing: [`get`](Self::get) is a handful of loads and
/// gives a [`Local`]. Changes take a lock of the vector's own, one after the other.
/// `push`, `pop`, `set` and `truncate` work in place; `insert` and `remove` in the middle
/// copy the vector, so that readers see it before or after, never in between. All single
/// operations are linearizable; [`iter`](Self::iter) is not one step.
///
/// No code of the program's (iterators, closures, destructors) runs while the lock is
/// held, so nothing that it does with the same vector can deadlock.
///
/// As with a [`GcSlot`](super::GcSlot), an object that was removed dies at a later safepoint, when all
/// threads have passed one. Since other threads may have shortened the vector, an index
/// that is out of the range is no panic: `get` and `remove` return `None`, and what was to be
/// put there is given back.
///
/// Three words. `Send` and `Sync` if `T` is both.
///
/// # Examples
///
/// ```
/// use brc::{Gc, GcVec, Trace, heap};
///
/// #[derive(Trace)]
/// struct Node {
///     name: String,
///     children: GcVec<Node>,
/// }
///
/// heap::attach(|m| {
///     let node = |name: &str| m.alloc(Node { name: name.into(), children: GcVec::new() });
///     let root = node("root");
///     root.get(m).children.push(m, node("first"));
///     root.get(m).children.push(m, node("second"));
///     root.get(m).children.push(m, root.clone()); // a cycle
///     let names: Vec<&str> = root.get(m).children.iter(m).map(|node| &*node.get().name).collect();
///     assert_eq!(names, ["first", "second", "root"]);
/// })
/// .unwrap();
/// ```
pub struct GcVec<T: ?Sized> {
    /// Null, or the current buffer, whose handles the vector owns.
    buffer: AtomicPtr<Head>,
    /// How often the vector was changed, and by which mutator last. With the lock.
    changes: UnsafeCell<u64>,
    changed_by: UnsafeCell<u32>,
    lock: AtomicU8,
    /// Invariant, as in [`Gc`].
    payload: PhantomData<*mut T>,
}

// SAFETY: as for `Gc`.
unsafe impl<T: ?Sized + Send + Sync> Send for GcVec<T> {}
// SAFETY: as above; `get` gives references to other threads. What is in cells is touched
// with the lock.
unsafe impl<T: ?Sized + Send + Sync> Sync for GcVec<T> {}

impl<T: ?Sized> GcVec<T> {
    const_fn! {
    /// An empty vector. Allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            buffer: AtomicPtr::new(ptr::null_mut()),
            changes: UnsafeCell::new(0),
            changed_by: UnsafeCell::new(0),
            lock: AtomicU8::new(0),
            payload: PhantomData,
        }
    }
    }

    fn hold<'a>(&'a self, m: &'a Mutator) -> Held<'a, T> {
        Held::new(self, m)
    }

    /// The current buffer. It stays until the next safepoint.
    #[inline]
    fn read(&self, m: &Mutator) -> Option<Buffer> {
        let _ = m;
        // Acquire: edge B.
        // SAFETY: who replaces it retires it; if the vector dies, the borrow is over.
        unsafe { Buffer::at(self.buffer.load(Acquire)) }
    }

    /// The element at `index`.
    ///
    /// Cost: four loads, from two or three cache lines. No lock.
    ///
    /// # Memory ordering
    ///
    /// `Acquire`: what was done before the handle was put there comes before.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{GcVec, heap};
    ///
    /// heap::attach(|m| {
    ///     let vec = GcVec::from(vec![m.alloc(1), m.alloc(2)]);
    ///     let two = vec.get(m, 1).unwrap();
    ///     vec.clear(m);
    ///     assert_eq!(*two, 2); // until the next safepoint
    ///     assert!(vec.get(m, 1).is_none());
    /// })
    /// .unwrap();
    /// ```
    ///
    /// ```compile_fail,E0502
    /// # use brc::{GcVec, heap};
    /// heap::attach(|m| {
    ///     let vec = GcVec::from(vec![m.alloc(1)]);
    ///     let one = vec.get(m, 0).unwrap();
    ///     m.safepoint(); // error: `one` is still in use
    ///     assert_eq!(*one, 1);
    /// }).unwrap();
    /// ```
    #[inline]
    #[must_use]
    pub fn get<'a>(&'a self, m: &'a Mutator, index: usize) -> Option<Local<'a, T>> {
        let pointer = self.read(m)?.get(index)?;
        // SAFETY: who removes it gives it a stamp that is not passed before this
        // thread's next safepoint, which ends `'a`; and if the vector dies, `'a` is over.
        Some(unsafe { Local::at(pointer) })
    }

    /// The number of elements. Two loads, no lock.
    ///
    /// # Memory ordering
    ///
    /// `Acquire`: what was done before the last change of the length comes before.
    #[inline]
    #[must_use]
    pub fn len(&self, m: &Mutator) -> usize {
        self.read(m).map_or(0, Buffer::len)
    }

    /// Whether there is no element. As [`len`](Self::len).
    #[inline]
    #[must_use]
    pub fn is_empty(&self, m: &Mutator) -> bool {
        self.len(m) == 0
    }

    /// The elements, from the first on.
    ///
    /// The buffer and the length are those of now; each element is read when it is
    /// reached. So an iteration sees changes in place (`set`, `pop` and what follows) and
    /// no others, never an element twice, and ends early if the vector became shorter
    /// in place. For all elements as of one moment: [`to_vec`](Self::to_vec).
    ///
    /// Cost: as [`get`](Self::get) for each.
    ///
    /// # Memory ordering
    ///
    /// As [`get`](Self::get).
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{GcVec, heap};
    ///
    /// heap::attach(|m| {
    ///     let vec = GcVec::from(vec![m.alloc(1), m.alloc(2)]);
    ///     assert_eq!(vec.iter(m).map(|n| *n).sum::<i32>(), 3);
    /// })
    /// .unwrap();
    /// ```
    pub fn iter<'a>(&'a self, m: &'a Mutator) -> Iter<'a, T> {
        Iter::new(self.read(m))
    }

    /// Handles to all elements, as of one moment.
    ///
    /// Takes the lock; a clone for each.
    ///
    /// # Memory ordering
    ///
    /// `Acquire`, with all changes before.
    #[must_use]
    pub fn to_vec(&self, m: &Mutator) -> Vec<Gc<T>> {
        self.clones(&self.hold(m))
    }

    fn clones(&self, held: &Held<'_, T>) -> Vec<Gc<T>> {
        let Some(buffer) = held.buffer() else { return Vec::new() };
        let pointers = buffer.pointers(0..buffer.len()).filter_map(NonNull::new);
        // SAFETY: the vector owns them, and who holds the lock removes none.
        pointers.map(|pointer| unsafe { Local::<T>::at(pointer) }.to_gc()).collect()
    }

    /// The handles, of a vector that nobody else can read. Needs no mutator, and the
    /// objects may die at once when they are dropped.
    #[must_use]
    pub fn into_vec(self) -> Vec<Gc<T>> {
        mem::ManuallyDrop::new(self).handles().into_iter().flatten().collect()
    }

    /// What the vector owns, taken by who has it alone.
    fn handles(&mut self) -> Option<Handles<T>> {
        // Relaxed: whoever has the vector for itself got it from who wrote last.
        // SAFETY: the current one.
        let buffer = unsafe { Buffer::at(self.buffer.load(Relaxed)) }?;
        // SAFETY: the callers have the vector alone, and do not use it again.
        Some(unsafe { Handles::of(buffer) })
    }
}

/// A buffer that owns the handles. None for none.
fn buffer_of<T: ?Sized>(handles: Vec<Gc<T>>) -> Option<Buffer> {
    let len = handles.len();
    let pointers = handles.into_iter().map(|gc| into_pointer(Some(gc)));
    (len != 0).then(|| Buffer::filled(len, pointers))
}

impl<T: ?Sized> Drop for GcVec<T> {
    /// Drops the handles. Nobody can be reading the vector, so it is not for that that
    /// the objects would have to wait.
    fn drop(&mut self) {
        drop(self.handles());
    }
}

impl<T: ?Sized> Default for GcVec<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: ?Sized> From<Vec<Gc<T>>> for GcVec<T> {
    /// Needs no mutator: nobody else reads it yet.
    fn from(handles: Vec<Gc<T>>) -> Self {
        let vec = Self::new();
        let buffer = buffer_of(handles).map_or(ptr::null_mut(), Buffer::as_ptr);
        // Relaxed: whoever gets to see the vector sees this.
        vec.buffer.store(buffer, Relaxed);
        vec
    }
}

impl<T: ?Sized> FromIterator<Gc<T>> for GcVec<T> {
    /// Needs no mutator: nobody else reads it yet.
    fn from_iter<I: IntoIterator<Item = Gc<T>>>(handles: I) -> Self {
        Vec::from_iter(handles).into()
    }
}

// SAFETY: reports each of its handles once; who could change it is stopped, and nobody
// is stopped who holds the lock.
unsafe impl<T: ?Sized> Trace for GcVec<T> {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        // Acquire: edge B.
        // SAFETY: the current one.
        let Some(buffer) = (unsafe { Buffer::at(self.buffer.load(Acquire)) }) else { return };
        let pointers = buffer.pointers(0..buffer.len());
        pointers.filter_map(NonNull::new).for_each(|payload| tracer.edge(payload));
    }
}

impl<T: ?Sized> fmt::Debug for GcVec<T> {
    /// The type's name. The elements, and how many there are, need a mutator.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GcVec").finish_non_exhaustive()
    }
}
