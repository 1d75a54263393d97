//! The calling thread as a mutator.

use std::cell::{Cell, UnsafeCell};
use std::fmt;
use std::marker::PhantomData;

use super::{Address, Record};
use crate::sync::{AtomicU64, AtomicUsize, Ordering::*, thread_state};

/// What a thread goes by while it is not attached. No object bears it.
pub(crate) const NOBODY: u32 = u32::MAX;

/// The right to look at the heap: a thread has it while it is attached.
///
/// [`heap::attach`](crate::heap::attach) lends one to its closure, and there is
/// no other way to get one. It is neither `Send` nor `Sync`, and one thread has
/// one at a time. References into the heap borrow it; whatever may destroy
/// objects under their feet ([`safepoint`](Self::safepoint),
/// [`detach`](Self::detach), [`collect`](Self::collect), [`lock`](Self::lock))
/// takes it by `&mut`. So the borrow checker keeps every reference from living
/// across such a point, and reading costs nothing at run time.
///
/// ```compile_fail,E0502
/// # use brc::heap;
/// heap::attach(|m| {
///     let number = m.alloc(1);
///     let one = number.get(m);
///     m.safepoint(); // error: `one` is still in use
///     assert_eq!(*one, 1);
/// }).unwrap();
/// ```
pub struct Mutator {
    record: &'static Record,
    /// Neither `Send` nor `Sync`.
    thread: PhantomData<*mut ()>,
}

impl Mutator {
    /// A value for the calling thread, which is attached with `record`.
    ///
    /// # Safety
    ///
    /// The thread is attached with `record` for as long as the value is in use,
    /// and hands it out by `&mut` only where it holds no other value.
    #[inline]
    pub(crate) unsafe fn new(record: &'static Record) -> Self {
        Self { record, thread: PhantomData }
    }

    #[inline]
    pub(crate) fn record(&self) -> &'static Record {
        self.record
    }
}

impl fmt::Debug for Mutator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutator").field("id", &self.record.id).finish_non_exhaustive()
    }
}

/// A list that only who has the record's side touches: its attached mutator, or
/// who has stopped the world.
pub(crate) struct Shelf(UnsafeCell<Vec<Address>>);

// SAFETY: the methods demand exclusive access.
unsafe impl Sync for Shelf {}

impl Shelf {
    const fn new() -> Self {
        Self(UnsafeCell::new(Vec::new()))
    }

    /// Adds an entry and says how many there are.
    ///
    /// # Safety
    ///
    /// The caller is the record's attached mutator, or has stopped the world.
    #[inline]
    pub(crate) unsafe fn push(&self, object: Address) -> usize {
        // SAFETY: nobody else touches the list now, and no reference to it is
        // kept beyond a method.
        let list = unsafe { &mut *self.0.get() };
        if list.capacity() == 0 {
            // Lists are taken whole, and filled again.
            list.reserve(64);
        }
        list.push(object);
        list.len()
    }

    /// Takes all entries.
    ///
    /// # Safety
    ///
    /// As for [`push`](Self::push).
    pub(crate) unsafe fn take(&self) -> Vec<Address> {
        // SAFETY: as in `push`.
        let list = unsafe { &mut *self.0.get() };
        std::mem::take(list)
    }

    /// Whether there is none.
    ///
    /// # Safety
    ///
    /// As for [`push`](Self::push).
    pub(crate) unsafe fn is_empty(&self) -> bool {
        // SAFETY: as in `push`.
        let list = unsafe { &*self.0.get() };
        list.is_empty()
    }

    /// Puts entries back, in front of those pushed since they were taken.
    ///
    /// # Safety
    ///
    /// As for [`push`](Self::push).
    pub(crate) unsafe fn put_back(&self, mut entries: Vec<Address>) {
        // SAFETY: as in `push`.
        let list = unsafe { &mut *self.0.get() };
        entries.append(list);
        *list = entries;
    }
}

/// References to deferred objects that one mutator has made and given up, by the
/// object's id. Touched by the record's side only. Outlives the mutator, as the record
/// does.
pub(crate) struct Counts(UnsafeCell<Counted>);

#[derive(Default)]
struct Counted {
    counts: Vec<Count>,
    /// The ids of those that are not zero.
    touched: Vec<u32>,
}

/// Two counts, not one: the processor need not wait for a clone to do the drop that
/// follows it.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    made: usize,
    given_up: usize,
}

// SAFETY: the methods demand exclusive access.
unsafe impl Sync for Counts {}

impl Counts {
    const fn new() -> Self {
        Self(UnsafeCell::new(Counted { counts: Vec::new(), touched: Vec::new() }))
    }

    /// Counts a reference that was made, or else one that was given up.
    ///
    /// # Safety
    ///
    /// The caller is the record's attached mutator, or has stopped the world.
    #[inline]
    pub(crate) unsafe fn count<const MADE: bool>(&self, id: u32) {
        // SAFETY: nobody else touches this now, and no reference to it is kept
        // beyond a method.
        let counted = unsafe { &mut *self.0.get() };
        if let Some(count) = counted.counts.get_mut(id as usize) {
            let one = if MADE { &mut count.made } else { &mut count.given_up };
            if *one != 0 {
                *one = one.wrapping_add(1);
                return;
            }
        }
        counted.touch::<MADE>(id);
    }

    /// Takes all counts.
    ///
    /// # Safety
    ///
    /// As for [`count`](Self::count).
    pub(crate) unsafe fn take(&self, mut f: impl FnMut(u32, isize)) {
        // SAFETY: as in `count`.
        let counted = unsafe { &mut *self.0.get() };
        for id in counted.touched.drain(..) {
            let count = std::mem::take(&mut counted.counts[id as usize]);
            f(id, count.sum());
        }
    }

    /// The references to one object that were made and not given up: perhaps less than
    /// none.
    ///
    /// # Safety
    ///
    /// As for [`count`](Self::count).
    pub(crate) unsafe fn get(&self, id: u32) -> isize {
        // SAFETY: as in `count`.
        let counted = unsafe { &*self.0.get() };
        counted.counts.get(id as usize).map_or(0, |count| count.sum())
    }
}

impl Count {
    fn sum(self) -> isize {
        self.made.wrapping_sub(self.given_up).cast_signed()
    }
}

impl Counted {
    #[cold]
    #[inline(never)]
    fn touch<const MADE: bool>(&mut self, id: u32) {
        let length = (id as usize + 1).next_power_of_two();
        if length > self.counts.len() {
            self.counts.resize(length, Count::default());
        }
        self.touched.push(id);
        let count = &mut self.counts[id as usize];
        // One more of both, so that neither is 0, which is what the fast way looks at.
        count.made = count.made.wrapping_add(1 + usize::from(MADE));
        count.given_up = count.given_up.wrapping_add(1 + usize::from(!MADE));
    }
}

/// What a mutator keeps from one safepoint to the next.
pub(crate) struct Local {
    /// Objects of its own whose count went down and did not reach zero. The
    /// bit BUFFERED of each says that it is here, and that this entry frees
    /// the memory if it dies.
    pub(crate) candidates: Shelf,
    /// Other objects of that kind. Each entry owns a weak count.
    pub(crate) shared_candidates: Shelf,
    /// Objects that wait until nobody looks at them. Each entry owns a reference.
    pub(crate) retired: Shelf,
    /// How many there are. Written as the tallies are.
    pub(crate) shelved: AtomicUsize,
    /// References to deferred objects, by id.
    pub(crate) counts: Counts,
    /// How many candidates call for a collection.
    pub(crate) limit: Cell<usize>,
    /// Half of the least limit that this thread is to have now: as many candidates
    /// as were left when those that are dead were last freed, say.
    pub(crate) left: Cell<usize>,
    /// A collection is called for.
    pub(crate) wants_collection: Cell<bool>,
    /// Objects and bytes that it allocated and freed. Written by the record's
    /// side, read by anyone.
    pub(crate) allocated: Tally,
    pub(crate) freed: Tally,
    /// Objects that it made immortal.
    pub(crate) immortal: Tally,
}

// SAFETY: the cells are touched by the record's side only, as `Shelf` is.
unsafe impl Sync for Local {}

impl Local {
    pub(super) fn new() -> Self {
        Self {
            candidates: Shelf::new(),
            shared_candidates: Shelf::new(),
            retired: Shelf::new(),
            shelved: AtomicUsize::new(0),
            counts: Counts::new(),
            limit: Cell::new(usize::MAX),
            left: Cell::new(0),
            wants_collection: Cell::new(false),
            allocated: Tally::new(),
            freed: Tally::new(),
            immortal: Tally::new(),
        }
    }
}

/// Objects and bytes, counted by one thread and read by others.
#[derive(Debug)]
pub(crate) struct Tally {
    objects: AtomicU64,
    bytes: AtomicU64,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self { objects: AtomicU64::new(0), bytes: AtomicU64::new(0) }
    }

    /// Counts an object. One writer at a time.
    #[inline]
    pub(crate) fn add(&self, bytes: usize) {
        // Relaxed: only figures; one writer, so no read-modify-write is needed.
        self.objects.store(self.objects.load(Relaxed) + 1, Relaxed);
        self.bytes.store(self.bytes.load(Relaxed) + bytes as u64, Relaxed);
    }

    pub(crate) fn get(&self) -> (u64, u64) {
        (self.objects.load(Relaxed), self.bytes.load(Relaxed))
    }
}

struct Current {
    /// The record's id while the thread is attached, else [`NOBODY`].
    id: Cell<u32>,
    /// The record, from the begin of `attach` to its end, detached or not.
    record: Cell<Option<&'static Record>>,
    /// The same, but only while the thread is attached.
    attached: Cell<Option<&'static Record>>,
}

thread_state! {
    static CURRENT: Current = Current {
        id: Cell::new(NOBODY),
        record: Cell::new(None),
        attached: Cell::new(None),
    }
}

/// The id by which the calling thread counts: that of its record while it is
/// attached, else [`NOBODY`].
#[inline]
pub(crate) fn me() -> u32 {
    CURRENT.with(|current| current.id.get())
}

/// The record of the calling thread, attached or detached.
#[inline]
pub(crate) fn current() -> Option<&'static Record> {
    CURRENT.with(|current| current.record.get())
}

/// The record of the calling thread, if it is attached.
#[inline]
pub(crate) fn current_attached() -> Option<&'static Record> {
    CURRENT.with(|current| current.attached.get())
}

/// Runs `f` with a mutator for the calling thread, if it is attached.
#[inline]
pub(crate) fn with_current<R>(f: impl FnOnce(&Mutator) -> R) -> Option<R> {
    let record = current_attached()?;
    // SAFETY: attached (the id says so), and nobody detaches within `f`, since
    // that takes the thread's `&mut Mutator`, which is not to be had in `f`.
    Some(f(&unsafe { Mutator::new(record) }))
}

/// Says by which record the thread goes, and whether it is attached.
#[inline]
pub(crate) fn enter(record: Option<&'static Record>, attached: bool) {
    CURRENT.with(|current| {
        current.record.set(record);
        let attached = record.filter(|_| attached);
        current.attached.set(attached);
        current.id.set(attached.map_or(NOBODY, |record| record.id));
    });
}
