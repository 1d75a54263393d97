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

use std::cell::UnsafeCell;
use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::ptr::{self, NonNull};

use self::buffer::{Buffer, Handles, Head, Memory};
use super::slot::into_pointer;
use super::{GcSlot, Local};
use crate::gc::{Gc, Object};
use crate::lock;
use crate::stw::{Address, Mutator};
use crate::sync::{AtomicPtr, AtomicU8, Ordering::*, const_fn};
use crate::trace::{Trace, Tracer};

/// The least capacity of a buffer.
const LEAST: usize = if cfg!(loom) { 1 } else { 4 };

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
/// As with a [`GcSlot`], an object that was removed dies at a later safepoint, when all
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

/// The vector's lock, held. No code of the program's runs meanwhile, and no safepoint is
/// passed: so who waits for it may stay attached.
struct Held<'a, T: ?Sized> {
    vec: &'a GcVec<T>,
    m: &'a Mutator,
}

impl<T: ?Sized> Drop for Held<'_, T> {
    fn drop(&mut self) {
        // SAFETY: held.
        unsafe { lock::unlock(&self.vec.lock, false) };
    }
}

impl<T: ?Sized> Held<'_, T> {
    fn buffer(&self) -> Option<Buffer> {
        // Relaxed: written with the lock.
        // SAFETY: the current one, which only who holds the lock replaces.
        unsafe { Buffer::at(self.vec.buffer.load(Relaxed)) }
    }

    fn len(&self) -> usize {
        self.buffer().map_or(0, Buffer::len)
    }

    /// How often the vector was changed.
    fn changes(&self) -> u64 {
        // SAFETY: with the lock.
        unsafe { *self.vec.changes.get() }
    }

    /// Whether the last change is this thread's.
    fn changed_here(&self) -> bool {
        // SAFETY: with the lock.
        let by = unsafe { *self.vec.changed_by.get() };
        by == self.m.record().id
    }

    /// Publishes another buffer. Returns the old one, for readers to let go of.
    fn publish(&self, new: Option<Buffer>) -> Option<Memory> {
        let old = self.buffer();
        // Release: edge B.
        self.vec.buffer.store(new.map_or(ptr::null_mut(), Buffer::as_ptr), Release);
        old.map(Memory)
    }

    /// The current buffer, with room for so many more; and the one that it replaced.
    fn room(&self, more: usize) -> (Buffer, Option<Memory>) {
        let (len, capacity) = self.buffer().map_or((0, 0), |now| (now.len(), now.capacity()));
        let wanted = len.checked_add(more).expect("capacity overflow");
        match self.buffer() {
            Some(buffer) if wanted <= capacity => (buffer, None),
            now => {
                let capacity = wanted.max(capacity.saturating_mul(2)).max(LEAST);
                let pointers = now.into_iter().flat_map(|now| now.pointers(0..len));
                let buffer = Buffer::filled(capacity, pointers);
                (buffer, self.publish(Some(buffer)))
            }
        }
    }

    /// Ends the change: releases the lock, and retires what was replaced.
    fn done(self, old: Option<Memory>) {
        // SAFETY: with the lock.
        unsafe { *self.vec.changes.get() += 1 };
        // SAFETY: as above.
        unsafe { *self.vec.changed_by.get() = self.m.record().id };
        let m = self.m;
        drop(self);
        if let Some(old) = old {
            m.retire(old);
        }
    }
}

/// The capacity of a new buffer for `len` handles, in place of one with `capacity`.
fn shrunk(len: usize, capacity: usize) -> usize {
    if len < capacity / 4 { (len * 2).max(LEAST) } else { capacity.max(len) }
}

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
        lock::lock(&self.lock);
        Held { vec: self, m }
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
    #[inline]
    #[must_use]
    pub fn get<'a>(&'a self, m: &'a Mutator, index: usize) -> Option<Local<'a, T>> {
        let pointer = self.read(m)?.get(index)?;
        // SAFETY: who removes it gives it a stamp that is not passed before this
        // thread's next safepoint, which ends `'a`; and if the vector dies, `'a` is over.
        Some(unsafe { local(pointer) })
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
        let buffer = self.read(m);
        Iter { buffer, next: 0, end: buffer.map_or(0, Buffer::len), borrowed: PhantomData }
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
        pointers.map(|pointer| unsafe { local::<T>(pointer) }.to_gc()).collect()
    }

    /// Puts an element at the end.
    ///
    /// Cost: the lock, two stores; now and then a buffer of twice the capacity.
    ///
    /// # Panics
    ///
    /// If the capacity would exceed `isize::MAX` bytes. Aborts without memory, as `Vec`
    /// does.
    ///
    /// # Memory ordering
    ///
    /// `AcqRel`: who sees the element sees what was done before.
    pub fn push(&self, m: &Mutator, gc: Gc<T>) {
        let held = self.hold(m);
        let (buffer, old) = held.room(1);
        let len = buffer.len();
        // Release: edge P.
        buffer.place(len).store(into_pointer(Some(gc)), Release);
        buffer.set_len(len + 1);
        held.done(old);
    }

    /// Puts all that `handles` gives at the end, in one step.
    ///
    /// The iterator runs before the lock is taken.
    ///
    /// # Panics
    ///
    /// As [`push`](Self::push), and with what the iterator panics with; the vector is
    /// then as it was.
    ///
    /// # Memory ordering
    ///
    /// As [`push`](Self::push).
    pub fn extend(&self, m: &Mutator, handles: impl IntoIterator<Item = Gc<T>>) {
        let handles: Vec<_> = handles.into_iter().collect();
        if handles.is_empty() {
            return;
        }
        let held = self.hold(m);
        let (buffer, old) = held.room(handles.len());
        let mut len = buffer.len();
        for gc in handles {
            // Release: edge P.
            buffer.place(len).store(into_pointer(Some(gc)), Release);
            len += 1;
        }
        buffer.set_len(len);
        held.done(old);
    }

    /// Takes the last element.
    ///
    /// Cost: the lock, a store, and two more atomic instructions for the object.
    ///
    /// # Memory ordering
    ///
    /// `AcqRel`.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{GcVec, heap};
    ///
    /// heap::attach(|m| {
    ///     let vec = GcVec::new();
    ///     vec.push(m, m.alloc(1));
    ///     assert_eq!(vec.pop(m).map(|one| *one.get(m)), Some(1));
    ///     assert!(vec.pop(m).is_none());
    /// })
    /// .unwrap();
    /// ```
    pub fn pop(&self, m: &Mutator) -> Option<Gc<T>> {
        let held = self.hold(m);
        let last = held.len().checked_sub(1)?;
        self.remove_at(held, last)
    }

    /// Takes the element at `index`, and moves those behind it up, in one step.
    /// `None` if there is none.
    ///
    /// Cost: the lock, and a copy of the buffer (none for the last element).
    ///
    /// # Memory ordering
    ///
    /// `AcqRel`.
    #[must_use = "`None` says that there was no such element"]
    pub fn remove(&self, m: &Mutator, index: usize) -> Option<Gc<T>> {
        self.remove_at(self.hold(m), index)
    }

    fn remove_at(&self, held: Held<'_, T>, index: usize) -> Option<Gc<T>> {
        let buffer = held.buffer()?;
        let len = buffer.len();
        let removed = buffer.pointers(index..len).next()?;
        let old = if index + 1 == len {
            buffer.set_len(index);
            None
        } else {
            let rest = buffer.pointers(0..index).chain(buffer.pointers(index + 1..len));
            held.publish(Some(Buffer::filled(shrunk(len - 1, buffer.capacity()), rest)))
        };
        held.done(old);
        GcSlot::given(removed)
    }

    /// Puts an element at `index`, and moves those from there on down, in one step.
    ///
    /// Cost: the lock, and a copy of the buffer (none at the end).
    ///
    /// # Errors
    ///
    /// Gives the handle back if there are fewer elements than `index`.
    ///
    /// # Panics
    ///
    /// As [`push`](Self::push).
    ///
    /// # Memory ordering
    ///
    /// As [`push`](Self::push).
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{GcVec, heap};
    ///
    /// heap::attach(|m| {
    ///     let vec = GcVec::from(vec![m.alloc(2)]);
    ///     assert!(vec.insert(m, 0, m.alloc(1)).is_ok());
    ///     let refused = vec.insert(m, 3, m.alloc(4)).unwrap_err();
    ///     assert_eq!(*refused.get(m), 4);
    ///     assert_eq!(vec.iter(m).map(|n| *n).collect::<Vec<_>>(), [1, 2]);
    /// })
    /// .unwrap();
    /// ```
    pub fn insert(&self, m: &Mutator, index: usize, gc: Gc<T>) -> Result<(), Gc<T>> {
        let held = self.hold(m);
        let len = held.len();
        if index > len {
            return Err(gc);
        }
        let old = match held.buffer() {
            Some(buffer) if index < len => {
                let full = len == buffer.capacity();
                let capacity = if full { len.saturating_mul(2) } else { buffer.capacity() };
                let new = gc.local(m);
                let new = std::iter::once(Local::as_ptr(new).cast_mut());
                let all = buffer.pointers(0..index).chain(new).chain(buffer.pointers(index..len));
                let new = Buffer::filled(capacity, all);
                mem::forget(gc);
                held.publish(Some(new))
            }
            _ => {
                let (buffer, old) = held.room(1);
                // Release: edge P.
                buffer.place(len).store(into_pointer(Some(gc)), Release);
                buffer.set_len(len + 1);
                old
            }
        };
        held.done(old);
        Ok(())
    }

    /// Replaces the element at `index`, and drops the old one.
    ///
    /// Cost: the lock, an exchange, two more atomic instructions for the object, and what
    /// the drop costs.
    ///
    /// # Errors
    ///
    /// Gives the handle back if there is no such element.
    ///
    /// # Panics
    ///
    /// With what a destructor panics with.
    ///
    /// # Memory ordering
    ///
    /// `AcqRel`.
    pub fn set(&self, m: &Mutator, index: usize, gc: Gc<T>) -> Result<(), Gc<T>> {
        self.exchange(m, index, gc).map(|old| drop(GcSlot::<T>::removed(old)))
    }

    /// Replaces the element at `index`, and returns the old one. As [`set`](Self::set).
    ///
    /// # Errors
    ///
    /// Gives the handle back if there is no such element.
    ///
    /// # Memory ordering
    ///
    /// `AcqRel`.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{GcVec, heap};
    ///
    /// heap::attach(|m| {
    ///     let vec = GcVec::from(vec![m.alloc(1)]);
    ///     let one = vec.replace(m, 0, m.alloc(2)).unwrap();
    ///     let one = vec.replace(m, 1, one).unwrap_err();
    ///     assert_eq!((*one.get(m), vec.get(m, 0).map(|n| *n)), (1, Some(2)));
    /// })
    /// .unwrap();
    /// ```
    pub fn replace(&self, m: &Mutator, index: usize, gc: Gc<T>) -> Result<Gc<T>, Gc<T>> {
        let old = self.exchange(m, index, gc)?;
        Ok(GcSlot::given(old).expect("a place in use holds a handle"))
    }

    fn exchange(&self, m: &Mutator, index: usize, gc: Gc<T>) -> Result<*mut (), Gc<T>> {
        let held = self.hold(m);
        let Some(buffer) = held.buffer().filter(|buffer| index < buffer.len()) else {
            return Err(gc);
        };
        // Release: edge P. Acquire: for the destruction of the old one.
        let old = buffer.place(index).swap(into_pointer(Some(gc)), AcqRel);
        held.done(None);
        Ok(old)
    }

    /// Drops the elements from `len` on. Keeps the capacity.
    ///
    /// Cost: the lock, a store, and for each of them two atomic instructions and a drop.
    ///
    /// # Panics
    ///
    /// With what a destructor panics with; all are dropped.
    ///
    /// # Memory ordering
    ///
    /// `AcqRel`.
    pub fn truncate(&self, m: &Mutator, len: usize) {
        let held = self.hold(m);
        let Some(buffer) = held.buffer().filter(|buffer| len < buffer.len()) else { return };
        let cut: Vec<_> = buffer.pointers(len..buffer.len()).collect();
        buffer.set_len(len);
        held.done(None);
        drop(cut.into_iter().filter_map(GcSlot::<T>::removed).collect::<Vec<_>>());
    }

    /// Drops all elements. As [`truncate`](Self::truncate) to 0.
    ///
    /// # Panics
    ///
    /// As [`truncate`](Self::truncate).
    ///
    /// # Memory ordering
    ///
    /// `AcqRel`.
    pub fn clear(&self, m: &Mutator) {
        self.truncate(m, 0);
    }

    /// Takes all elements, in one step. The vector is then empty, and without capacity.
    ///
    /// # Memory ordering
    ///
    /// `AcqRel`.
    #[must_use = "to drop the elements, use `clear`"]
    pub fn take(&self, m: &Mutator) -> Vec<Gc<T>> {
        let held = self.hold(m);
        let Some(buffer) = held.buffer() else { return Vec::new() };
        let taken: Vec<_> = buffer.pointers(0..buffer.len()).collect();
        let old = held.publish(None);
        held.done(old);
        taken.into_iter().filter_map(GcSlot::given).collect()
    }

    /// Replaces the elements by what `f` makes of them, in one step: sorts them, swaps
    /// two, removes some.
    ///
    /// `f` gets handles to all elements, and is called without the lock; again, with
    /// fresh ones, if another thread changed the vector meanwhile.
    ///
    /// Cost: some clones and drops for each element; each is a candidate for the
    /// collector then.
    ///
    /// # Panics
    ///
    /// With what `f`, or a destructor, panics with; in the first case the vector is as
    /// it was. And if `f` itself changes this vector.
    ///
    /// # Memory ordering
    ///
    /// `AcqRel`.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{GcVec, heap};
    ///
    /// heap::attach(|m| {
    ///     let vec = GcVec::from(vec![m.alloc(2), m.alloc(3), m.alloc(1)]);
    ///     vec.update(m, |all| all.sort_by_key(|n| *n.get(m)));
    ///     assert_eq!(vec.iter(m).map(|n| *n).collect::<Vec<_>>(), [1, 2, 3]);
    /// })
    /// .unwrap();
    /// ```
    pub fn update<R>(&self, m: &Mutator, mut f: impl FnMut(&mut Vec<Gc<T>>) -> R) -> R {
        loop {
            let held = self.hold(m);
            let mut handles = self.clones(&held);
            let changes = held.changes();
            drop(held);
            let result = f(&mut handles);
            let held = self.hold(m);
            if held.changes() == changes {
                let old = held.publish(buffer_of(handles));
                let removed: Vec<_> =
                    old.iter().flat_map(|old| old.0.pointers(0..old.0.len())).collect();
                held.done(old);
                drop(removed.into_iter().filter_map(GcSlot::<T>::removed).collect::<Vec<_>>());
                return result;
            }
            let here = held.changed_here();
            drop(held);
            assert!(!here, "the closure of `GcVec::update` changed the vector that it updates");
        }
    }

    /// Keeps the elements for which `f` says so, in one step. As [`update`](Self::update).
    ///
    /// # Panics
    ///
    /// As [`update`](Self::update).
    ///
    /// # Memory ordering
    ///
    /// `AcqRel`.
    pub fn retain(&self, m: &Mutator, mut f: impl FnMut(Local<'_, T>) -> bool) {
        self.update(m, |all| all.retain(|gc| f(gc.local(m))));
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

/// A reference to the object whose payload is at `pointer`.
///
/// # Safety
///
/// As for [`Local::from_object`].
#[inline]
unsafe fn local<'a, T: ?Sized>(pointer: NonNull<()>) -> Local<'a, T> {
    // SAFETY: the caller's.
    let object = unsafe { Object::at(Address(pointer)) };
    // SAFETY: the caller's.
    unsafe { Local::from_object(object) }
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

/// An iteration over a [`GcVec`]: [`GcVec::iter`].
pub struct Iter<'a, T: ?Sized> {
    buffer: Option<Buffer>,
    next: usize,
    end: usize,
    borrowed: PhantomData<(&'a Mutator, &'a GcVec<T>)>,
}

impl<'a, T: ?Sized> Iterator for Iter<'a, T> {
    type Item = Local<'a, T>;

    #[inline]
    fn next(&mut self) -> Option<Local<'a, T>> {
        if self.next == self.end {
            return None;
        }
        let pointer = self.buffer?.get(self.next);
        self.next += 1;
        let Some(pointer) = pointer else {
            // Popped: what comes after it was so before.
            self.end = self.next;
            return None;
        };
        // SAFETY: as in `GcVec::get`.
        Some(unsafe { local(pointer) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.end - self.next))
    }
}

impl<T: ?Sized> std::iter::FusedIterator for Iter<'_, T> {}

impl<T: ?Sized> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<T: ?Sized> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").field("next", &self.next).finish_non_exhaustive()
    }
}
