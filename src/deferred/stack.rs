//! An interpreter's operand stack: it counts no references to what is deferred or
//! immortal.

use std::cell::Cell;
use std::fmt;
use std::iter;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::RangeBounds;
use std::ptr::NonNull;

use super::Local;
use crate::gc::{Gc, ONE, Object, PINNED, release, retain, suspect};
use crate::stw::{Address, Mutator, Stopped};
use crate::sync::{self, Mutex, Ordering::*, global};

/// A stack of references to objects, for the operands and variables of an
/// interpreter's frames.
///
/// It is counted what must be, and no more: deferred and immortal objects (functions,
/// classes, constants) are pushed, copied and discarded without a count. It lives
/// across safepoints: a collection looks at the stack itself.
///
/// What it gives out by [`get`](Self::get) are [`Local`]s, which borrow it: so nothing is
/// popped from under them.
///
/// It can be moved to another thread, and dropped anywhere. It cannot be part of an
/// object: what it refers to is held from outside. (For a suspended frame, move its
/// part of the stack to a `Vec` of handles.)
///
/// Cost: a push is a load and a compare, and for other objects a count. A collection
/// looks at each entry once.
///
/// From PEP 703, "Deferred Reference Counting", and CPython 3.14's stack references.
///
/// # Examples
///
/// ```
/// use brc::heap;
///
/// heap::attach(|m| {
///     let mut stack = m.operand_stack();
///     stack.push(m, m.alloc(2));
///     stack.push(m, m.alloc_immortal(3));
///     m.safepoint();
///     let product = {
///         let (a, b) = (stack.get(m, 0).unwrap(), stack.get(m, 1).unwrap());
///         *a * *b
///     };
///     stack.truncate(m, 0);
///     stack.push(m, m.alloc(product));
///     assert_eq!(stack.pop(m).map(|six| *six.get(m)), Some(6));
/// })
/// .unwrap();
/// ```
pub struct OperandStack<T: ?Sized> {
    /// Leaked, and on the list of all stacks, at `index`.
    words: NonNull<Vec<Cell<Word>>>,
    index: usize,
    payload: PhantomData<*mut T>,
}

// SAFETY: what it owns is `Send`, and its list entry is reached under a lock.
unsafe impl<T: ?Sized + Send + Sync> Send for OperandStack<T> {}
// SAFETY: by `&` it is only read.
unsafe impl<T: ?Sized + Send + Sync> Sync for OperandStack<T> {}

/// The address of a payload, and whether the entry is counted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word(*mut ());

/// Payloads come after a header, so their addresses are multiples of 8.
const UNCOUNTED: usize = 1;

// SAFETY: an address, as in `stw::Address`.
unsafe impl Send for Word {}

impl Word {
    fn counted(object: Object) -> Self {
        Self(object.payload().as_ptr())
    }

    fn uncounted(object: Object) -> Self {
        Self(object.payload().as_ptr().map_addr(|address| address | UNCOUNTED))
    }

    fn is_counted(self) -> bool {
        self.0.addr() & UNCOUNTED == 0
    }

    fn object(self) -> Object {
        let payload = self.0.map_addr(|address| address & !UNCOUNTED);
        // SAFETY: the address of a payload is not null.
        let payload = unsafe { NonNull::new_unchecked(payload) };
        // SAFETY: it is counted, or a pause finds it here and keeps it.
        unsafe { Object::at(Address(payload)) }
    }

    /// Makes a copy of the entry.
    fn retain(self) -> Self {
        if self.is_counted() {
            retain(self.object());
        }
        self
    }

    fn release(self) {
        if self.is_counted() {
            release(self.object());
        }
    }
}

/// All operand stacks, to be looked at in pauses.
#[derive(Default)]
pub(crate) struct Stacks {
    stacks: Vec<Option<NonNull<Vec<Cell<Word>>>>>,
    free: Vec<usize>,
}

// SAFETY: what the pointers lead to is touched by a stack's own methods, attached or
// under the lock, and in pauses, under the lock.
unsafe impl Send for Stacks {}

global! {
    fn stacks() -> Mutex<Stacks> = Mutex::new(Stacks { stacks: Vec::new(), free: Vec::new() })
}

impl Mutator {
    /// A new operand stack. Takes a lock.
    #[must_use]
    pub fn operand_stack<T: ?Sized>(&self) -> OperandStack<T> {
        let words = NonNull::from(Box::leak(Box::<Vec<Cell<Word>>>::default()));
        let mut all = sync::lock(stacks());
        let index = match all.free.pop() {
            Some(index) => {
                all.stacks[index] = Some(words);
                index
            }
            None => {
                all.stacks.push(Some(words));
                all.stacks.len() - 1
            }
        };
        OperandStack { words, index, payload: PhantomData }
    }
}

impl<T: ?Sized> OperandStack<T> {
    #[inline]
    fn words(&self) -> &Vec<Cell<Word>> {
        // SAFETY: leaked, and this borrows the stack. In a pause others only read it,
        // while this thread is stopped, or under the lock, and then keep no reference.
        unsafe { self.words.as_ref() }
    }

    #[inline]
    fn words_mut(&mut self) -> &mut Vec<Cell<Word>> {
        // SAFETY: as above; by threads that are attached, so that no pause is.
        unsafe { self.words.as_mut() }
    }

    /// Puts a handle on top.
    #[inline]
    pub fn push(&mut self, m: &Mutator, gc: Gc<T>) {
        let word = Self::entry(m, gc);
        self.words_mut().push(Cell::new(word));
    }

    fn entry(m: &Mutator, gc: Gc<T>) -> Word {
        let _ = m;
        let object = gc.object();
        if object.is_uncounted() {
            drop(gc);
            Word::uncounted(object)
        } else {
            // The reference is the entry's now.
            std::mem::forget(gc);
            Word::counted(object)
        }
    }

    /// Puts a reference on top. What is deferred or immortal is not counted.
    #[inline]
    pub fn push_local(&mut self, m: &Mutator, local: Local<'_, T>) {
        let _ = m;
        let object = local.object();
        let word = if object.is_uncounted() {
            Word::uncounted(object)
        } else {
            Word::counted(object).retain()
        };
        self.words_mut().push(Cell::new(word));
    }

    /// Puts a copy of an entry on top.
    ///
    /// # Panics
    ///
    /// If there is no such entry.
    #[inline]
    pub fn dup(&mut self, m: &Mutator, index: usize) {
        let _ = m;
        let word = self.words()[index].get().retain();
        self.words_mut().push(Cell::new(word));
    }

    /// Takes the topmost entry.
    #[inline]
    pub fn pop(&mut self, m: &Mutator) -> Option<Gc<T>> {
        let _ = m;
        let word = self.words_mut().pop()?.get();
        if !word.is_counted() {
            retain(word.object());
        }
        // SAFETY: the entry's reference, or the one just counted.
        Some(unsafe { Gc::from_object(word.object()) })
    }

    /// An entry, from the bottom.
    #[inline]
    #[must_use]
    pub fn get<'a>(&'a self, m: &'a Mutator, index: usize) -> Option<Local<'a, T>> {
        let _ = m;
        let word = self.words().get(index)?.get();
        // SAFETY: the entry, which is borrowed, keeps the object: by its count; or by
        // being found in a pause, and what is deferred or immortal dies in none else.
        Some(unsafe { Local::from_object(word.object()) })
    }

    /// The topmost entry.
    #[inline]
    #[must_use]
    pub fn top<'a>(&'a self, m: &'a Mutator) -> Option<Local<'a, T>> {
        self.get(m, self.len().checked_sub(1)?)
    }

    /// The entries of a range, from the bottom: the arguments of a call, say.
    ///
    /// # Panics
    ///
    /// If there are not as many entries.
    pub fn range<'a>(
        &'a self,
        m: &'a Mutator,
        range: impl RangeBounds<usize>,
    ) -> impl DoubleEndedIterator<Item = Local<'a, T>> + ExactSizeIterator + 'a {
        let _ = m;
        let range = (range.start_bound().cloned(), range.end_bound().cloned());
        let words = self.words().get(range);
        let words = words.expect("the range is within the stack");
        // SAFETY: as in `get`.
        words.iter().map(|word| unsafe { Local::from_object(word.get().object()) })
    }

    /// Replaces an entry, and drops what was there.
    ///
    /// # Panics
    ///
    /// If there is no such entry.
    pub fn set(&mut self, m: &Mutator, index: usize, gc: Gc<T>) {
        assert!(index < self.len(), "there is no entry {index}");
        let new = Self::entry(m, gc);
        self.words()[index].replace(new).release();
    }

    /// Exchanges two entries.
    ///
    /// # Panics
    ///
    /// If one of them does not exist.
    pub fn swap(&mut self, m: &Mutator, a: usize, b: usize) {
        let _ = m;
        self.words_mut().swap(a, b);
    }

    /// Drops the entries from `len` on, the topmost first.
    ///
    /// # Panics
    ///
    /// With what a destructor panics with; the entries below are then still there.
    #[inline]
    pub fn truncate(&mut self, m: &Mutator, len: usize) {
        let _ = m;
        while self.len() > len
            && let Some(word) = self.words_mut().pop()
        {
            word.get().release();
        }
    }

    /// Takes the entries from `len` on, the lowest first, as handles: to suspend a
    /// frame.
    ///
    /// # Panics
    ///
    /// If there are not as many entries.
    pub fn split_off(&mut self, m: &Mutator, len: usize) -> Vec<Gc<T>> {
        let count = self.len().checked_sub(len).expect("there are as many entries");
        let mut handles: Vec<_> = iter::from_fn(|| self.pop(m)).take(count).collect();
        handles.reverse();
        handles
    }

    /// The number of entries.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.words().len()
    }

    /// Whether there is none.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words().is_empty()
    }
}

impl<T: ?Sized> Drop for OperandStack<T> {
    /// Drops all entries, from the topmost.
    fn drop(&mut self) {
        /// Also when a destructor panics.
        struct Entries(Vec<Cell<Word>>);
        impl Drop for Entries {
            fn drop(&mut self) {
                while let Some(word) = self.0.pop() {
                    let rest = Entries(std::mem::take(&mut self.0));
                    word.get().release();
                    self.0 = rest.into_words();
                }
            }
        }

        impl Entries {
            fn into_words(self) -> Vec<Cell<Word>> {
                std::mem::take(&mut ManuallyDrop::new(self).0)
            }
        }

        let mut all = sync::lock(stacks());
        all.stacks[self.index] = None;
        all.free.push(self.index);
        // SAFETY: leaked when the stack was made, and on the list no more.
        let words = unsafe { Box::from_raw(self.words.as_ptr()) };
        drop(all);
        drop(Entries(*words));
    }
}

impl<T: ?Sized> fmt::Debug for OperandStack<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OperandStack").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// The deferred objects that stacks refer to without counting them, each marked. In a
/// pause; dropped before its end, which takes the marks away and makes candidates of
/// them: nobody gives up a reference when they leave the stack.
pub(crate) struct Pinned(Vec<Object>);

impl Pinned {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        for &object in &self.0 {
            object.set(0, PINNED);
        }
        for &object in &self.0 {
            suspect(object);
        }
    }
}

/// Calls `f` with each entry of each stack.
fn for_each_entry(_: &Stopped<'_>, f: impl FnMut(&Cell<Word>)) {
    let all = sync::lock(stacks());
    let stacks = all.stacks.iter().flatten();
    // SAFETY: the world is stopped, and a thread that is not attached drops a stack
    // under the lock, and does nothing else that touches the entries.
    stacks.flat_map(|words| unsafe { words.as_ref() }).for_each(f);
}

/// As [`for_each_entry`], for those that are not counted and refer to a deferred object;
/// with that.
fn for_each_deferred(stopped: &Stopped<'_>, mut f: impl FnMut(&Cell<Word>, Object)) {
    for_each_entry(stopped, |entry| {
        let word = entry.get();
        if !word.is_counted() && word.object().deferred_id().is_some() {
            f(entry, word.object());
        }
    });
}

/// Marks the deferred objects that stacks refer to without counting them.
pub(crate) fn pin_stacks(stopped: &Stopped<'_>) -> Pinned {
    let mut pinned = Pinned(Vec::new());
    for_each_deferred(stopped, |_, object| {
        if !object.has(PINNED) {
            object.set(PINNED, 0);
            pinned.0.push(object);
        }
    });
    pinned
}

/// Calls `f` with the deferred object of each entry that is not counted.
pub(crate) fn for_each_uncounted(stopped: &Stopped<'_>, mut f: impl FnMut(Object)) {
    for_each_deferred(stopped, |_, object| f(object));
}

/// Counts the entries that are not counted: deferral ends. In the heap's last pause.
pub(crate) fn count_stacks(stopped: &Stopped<'_>) {
    for_each_deferred(stopped, |entry, object| {
        object.head().ob_ref_shared.fetch_add(ONE, AcqRel);
        entry.set(Word::counted(object));
    });
}
