//! `Gc<Locked<T>>`: the lock of a heap object, and the section in which it is held.

use std::fmt;
use std::ops::{Deref, DerefMut};

use super::object::Head;
use super::{Gc, deaths};
use crate::lock::{self, Locked};
use crate::stw::Mutator;

/// The value of a locked heap object; dropping it unlocks.
///
/// Lent by [`Mutator::lock`]. It borrows the mutator mutably, so in a section the
/// thread cannot pass a safepoint, detach or lock a second object: sections of
/// two threads never wait for each other. To lock two objects,
/// [`Mutator::lock2`]; to do one of the other things, [`suspend`](Self::suspend).
///
/// A section that is leaked leaves its object locked for ever, as with any lock.
///
/// Neither `Send` nor `Sync`, as the mutator.
#[must_use = "the object is unlocked when the section is dropped"]
pub struct Section<'a, T: ?Sized> {
    m: &'a mut Mutator,
    head: &'a Head,
    value: *mut T,
}

/// The values of two locked heap objects; dropping it unlocks both.
///
/// Lent by [`Mutator::lock2`]. See [`Section`].
#[must_use = "the objects are unlocked when the section is dropped"]
pub struct Section2<'a, T: ?Sized, U: ?Sized> {
    m: &'a mut Mutator,
    heads: [&'a Head; 2],
    first: *mut T,
    second: *mut U,
}

impl Mutator {
    /// Locks an object and lends its value.
    ///
    /// One compare-and-swap if the lock is free, and one more to unlock.
    /// Otherwise waits, detached, so a wait keeps nobody from stopping the world.
    /// Runs no destructors: what others left to this thread goes to those that are
    /// attached, or waits for the next safepoint.
    ///
    /// # Memory ordering
    ///
    /// `Acquire`: what earlier holders did to the value comes before. Unlocking
    /// is a `Release`.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{Locked, heap};
    ///
    /// heap::attach(|m| {
    ///     let list = m.alloc(Locked::new(vec![1]));
    ///     m.lock(&list).push(2);
    ///     assert_eq!(*m.lock(&list), [1, 2]);
    /// })
    /// .unwrap();
    /// ```
    ///
    /// One thread, one section:
    ///
    /// ```compile_fail,E0499
    /// # use brc::{Locked, heap};
    /// heap::attach(|m| {
    ///     let (a, b) = (m.alloc(Locked::new(1)), m.alloc(Locked::new(2)));
    ///     let mut first = m.lock(&a);
    ///     let second = m.lock(&b); // error: `m` is borrowed by `first`
    ///     *first += *second;
    /// }).unwrap();
    /// ```
    #[inline]
    pub fn lock<'a, T: ?Sized>(&'a mut self, gc: &'a Gc<Locked<T>>) -> Section<'a, T> {
        let head = gc.object().head();
        self.acquire(head);
        let value = gc.get(self).value();
        Section { m: self, head, value }
    }

    /// As [`lock`](Self::lock), but `None` instead of waiting.
    ///
    /// # Memory ordering
    ///
    /// `Acquire` if it succeeds.
    #[inline]
    #[must_use]
    pub fn try_lock<'a, T: ?Sized>(&'a mut self, gc: &'a Gc<Locked<T>>) -> Option<Section<'a, T>> {
        let head = gc.object().head();
        let value = gc.get(self).value();
        lock::try_lock(&head.ob_mutex).then(|| Section { m: self, head, value })
    }

    /// Locks two objects, in the order of their addresses, so that two threads
    /// which lock the same two do not wait for each other.
    ///
    /// # Panics
    ///
    /// If both are the same object.
    ///
    /// # Memory ordering
    ///
    /// As [`lock`](Self::lock).
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{Locked, heap};
    ///
    /// heap::attach(|m| {
    ///     let (from, to) = (m.alloc(Locked::new(5)), m.alloc(Locked::new(0)));
    ///     let mut both = m.lock2(&from, &to);
    ///     let (from, to) = both.values();
    ///     *to += std::mem::take(from);
    ///     assert_eq!((*from, *to), (0, 5));
    /// })
    /// .unwrap();
    /// ```
    pub fn lock2<'a, T: ?Sized, U: ?Sized>(
        &'a mut self,
        first: &'a Gc<Locked<T>>,
        second: &'a Gc<Locked<U>>,
    ) -> Section2<'a, T, U> {
        let heads = [first.object().head(), second.object().head()];
        let order = std::ptr::from_ref(heads[0]).cmp(&std::ptr::from_ref(heads[1]));
        assert!(order.is_ne(), "lock2 was called with one object twice: use lock");
        let (low, high) = if order.is_lt() { (0, 1) } else { (1, 0) };
        self.acquire(heads[low]);
        self.acquire(heads[high]);
        let (first, second) = (first.get(self).value(), second.get(self).value());
        Section2 { m: self, heads, first, second }
    }

    #[inline]
    fn acquire(&mut self, head: &Head) {
        if !lock::try_lock(&head.ob_mutex) {
            self.wait_for(head);
        }
    }

    #[cold]
    fn wait_for(&mut self, head: &Head) {
        let record = self.record();
        // No user code runs here: the caller may hold the lock that it wants.
        deaths::step_aside(record);
        lock::lock(&head.ob_mutex);
        deaths::attach(record);
    }
}

/// Unlocks an object.
#[inline]
fn unlock(head: &Head) {
    // SAFETY: a section exists only while its thread holds the lock, and calls
    // this once for each time that it took it.
    unsafe { lock::unlock(&head.ob_mutex, false) };
}

/// Calls `f` with the locks given up, and takes them again, also when unwinding.
fn suspended<R>(m: &mut Mutator, heads: &[&Head], f: impl FnOnce(&mut Mutator) -> R) -> R {
    struct Again<'a> {
        m: &'a mut Mutator,
        heads: &'a [&'a Head],
    }
    impl Drop for Again<'_> {
        fn drop(&mut self) {
            self.heads.iter().for_each(|head| self.m.acquire(head));
        }
    }

    heads.iter().rev().for_each(|head| unlock(head));
    let again = Again { m, heads };
    f(again.m)
}

impl<T: ?Sized> Section<'_, T> {
    /// The mutator, to look at other objects.
    #[inline]
    #[must_use]
    pub fn mutator(&self) -> &Mutator {
        self.m
    }

    /// Gives the lock up, lends the mutator to `f`, and locks again. What was
    /// known of the value is to be looked at again.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{Locked, heap};
    ///
    /// heap::attach(|m| {
    ///     let (a, b) = (m.alloc(Locked::new(1)), m.alloc(Locked::new(2)));
    ///     let mut section = m.lock(&a);
    ///     let other = section.suspend(|m| *m.lock(&b));
    ///     *section += other;
    ///     assert_eq!(*section, 3);
    /// })
    /// .unwrap();
    /// ```
    pub fn suspend<R>(&mut self, f: impl FnOnce(&mut Mutator) -> R) -> R {
        suspended(self.m, &[self.head], f)
    }
}

impl<T: ?Sized> Deref for Section<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this thread holds the lock, and the handle that the section
        // borrows keeps the object.
        unsafe { &*self.value }
    }
}

impl<T: ?Sized> DerefMut for Section<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`; and nobody reads the value without the lock:
        // the collector does in a pause, which waits for the end of the section
        // or its suspension, since that borrows the mutator.
        unsafe { &mut *self.value }
    }
}

impl<T: ?Sized> Drop for Section<'_, T> {
    #[inline]
    fn drop(&mut self) {
        unlock(self.head);
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Section<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized, U: ?Sized> Section2<'_, T, U> {
    /// Both values.
    #[inline]
    #[must_use]
    pub fn values(&mut self) -> (&mut T, &mut U) {
        // SAFETY: as for `Section`.
        let first = unsafe { &mut *self.first };
        // SAFETY: as above; of another object.
        (first, unsafe { &mut *self.second })
    }

    /// The mutator, to look at other objects.
    #[inline]
    #[must_use]
    pub fn mutator(&self) -> &Mutator {
        self.m
    }

    /// Gives both locks up, lends the mutator to `f`, and takes them again.
    pub fn suspend<R>(&mut self, f: impl FnOnce(&mut Mutator) -> R) -> R {
        let mut heads = self.heads;
        heads.sort_by_key(|head| std::ptr::from_ref(*head));
        suspended(self.m, &heads, f)
    }
}

impl<T: ?Sized, U: ?Sized> Drop for Section2<'_, T, U> {
    #[inline]
    fn drop(&mut self) {
        self.heads.iter().for_each(|head| unlock(head));
    }
}

impl<T: ?Sized, U: ?Sized> fmt::Debug for Section2<'_, T, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(Section2)")
    }
}
