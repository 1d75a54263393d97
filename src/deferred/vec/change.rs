//! What changes a vector.

use std::{iter, mem};

use super::buffer::Buffer;
use super::held::{Held, LEAST};
use super::{GcVec, buffer_of};
use crate::deferred::slot::into_pointer;
use crate::deferred::{GcSlot, Local};
use crate::gc::Gc;
use crate::stw::Mutator;
use crate::sync::Ordering::*;

/// The capacity of a new buffer for `len` handles, in place of one with `capacity`.
fn shrunk(len: usize, capacity: usize) -> usize {
    if len < capacity / 4 { (len * 2).max(LEAST) } else { capacity.max(len) }
}

impl<T: ?Sized> GcVec<T> {
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
                let new = iter::once(Local::as_ptr(new).cast_mut());
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
}
