//! The memory of a [`GcMap`](super::GcMap): a table of slots, and entries.

use std::alloc::{Layout, handle_alloc_error};
use std::marker::PhantomData;
use std::mem;
use std::ptr::{self, NonNull};

use crate::gc::{Object, release};
use crate::stw::Address;
use crate::sync::{AtomicPtr, AtomicUsize, Ordering::*, alloc, dealloc};

/// The least number of slots.
const LEAST: usize = if cfg!(loom) { 2 } else { 8 };

/// What a map's array begins with; the slots follow.
pub(super) struct Head {
    /// One less than the number of slots, which is a power of two.
    mask: usize,
    /// How many bits of a hash do not choose the first slot.
    shift: u32,
}

/// Where an entry may be.
pub(super) struct Slot<K> {
    /// 0 until there is an entry, then its hash for ever: an entry with another hash
    /// never comes here. Written by who holds the map's lock.
    pub(super) hash: AtomicUsize,
    /// The entry, or null: not yet there, or removed. Likewise.
    pub(super) entry: AtomicPtr<Entry<K>>,
}

/// A key, and what the map has for it.
pub(super) struct Entry<K> {
    /// Null once the entry was removed; then for ever. Otherwise owns a reference.
    pub(super) value: AtomicPtr<()>,
    pub(super) key: K,
}

impl<K> Drop for Entry<K> {
    fn drop(&mut self) {
        // Relaxed: nobody looks at it any more.
        if let Some(payload) = NonNull::new(self.value.load(Relaxed)) {
            // SAFETY: the entry owns a reference.
            release(unsafe { Object::at(Address(payload)) });
        }
    }
}

/// An entry that was removed, and waits until nobody looks at it.
pub(super) struct Removed<K>(pub(super) NonNull<Entry<K>>);

// SAFETY: whoever drops it has it alone; others have looked at the key.
unsafe impl<K: Send + Sync> Send for Removed<K> {}

impl<K> Drop for Removed<K> {
    fn drop(&mut self) {
        // SAFETY: made of a box, and unlinked; nobody looks at it any more.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

/// Where a table is. Owns neither it nor the entries in it.
pub(super) struct Table<K> {
    head: NonNull<Head>,
    slots: PhantomData<*mut Slot<K>>,
}

impl<K> Clone for Table<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Table<K> {}

impl<K> Table<K> {
    /// Where the slots begin.
    const OFFSET: usize = size_of::<Head>().next_multiple_of(align_of::<Slot<K>>());

    fn layout(slots: usize) -> Layout {
        let slots = Layout::array::<Slot<K>>(slots);
        let whole = slots.and_then(|slots| Layout::new::<Head>().extend(slots));
        let (layout, offset) = whole.expect("capacity overflow");
        debug_assert_eq!(offset, Self::OFFSET);
        layout
    }

    /// How many slots are right for so many entries: twice as many, to four times.
    ///
    /// # Panics
    ///
    /// If that is too many.
    pub(super) fn slots_for(entries: usize) -> usize {
        let slots = entries.checked_mul(2).and_then(usize::checked_next_power_of_two);
        slots.expect("capacity overflow").max(LEAST)
    }

    /// An empty table.
    pub(super) fn new(slots: usize) -> Self {
        debug_assert!(slots.is_power_of_two());
        let layout = Self::layout(slots);
        // SAFETY: the layout has a head's size at least.
        let Some(block) = NonNull::new(unsafe { alloc(layout) }) else {
            handle_alloc_error(layout);
        };
        let table = Self { head: block.cast(), slots: PhantomData };
        // SAFETY: at the begin of the block.
        unsafe { table.head.write(Head { mask: slots - 1, shift: u64::BITS - slots.ilog2() }) };
        for index in 0..slots {
            let slot = Slot { hash: AtomicUsize::new(0), entry: AtomicPtr::new(ptr::null_mut()) };
            // SAFETY: within the block; nobody else knows of it.
            unsafe { table.place(index).write(slot) };
        }
        table
    }

    /// The table at `head`, if that is not null.
    ///
    /// # Safety
    ///
    /// There is one, of this type, and its memory stays for as long as the value is used.
    #[inline]
    pub(super) unsafe fn at(head: *mut Head) -> Option<Self> {
        NonNull::new(head).map(|head| Self { head, slots: PhantomData })
    }

    pub(super) fn as_ptr(self) -> *mut Head {
        self.head.as_ptr()
    }

    #[inline]
    pub(super) fn slots(self) -> usize {
        self.head().mask + 1
    }

    #[inline]
    fn head<'a>(self) -> &'a Head {
        // SAFETY: `at`, `new`: its memory stays.
        unsafe { self.head.as_ref() }
    }

    #[inline]
    fn place(self, index: usize) -> NonNull<Slot<K>> {
        // SAFETY: where `layout` has them.
        let slots = unsafe { self.head.byte_add(Self::OFFSET) }.cast::<Slot<K>>();
        // SAFETY: the callers ask for indices below the number of slots.
        unsafe { slots.add(index) }
    }

    #[inline]
    fn slot<'a>(self, index: usize) -> &'a Slot<K> {
        // SAFETY: written by `new`, and its memory stays.
        unsafe { self.place(index).as_ref() }
    }

    /// The slots in which an entry with this hash can be, in the order in which they are
    /// tried.
    #[inline]
    pub(super) fn probe<'a>(self, hash: usize) -> impl Iterator<Item = &'a Slot<K>>
    where
        K: 'a,
    {
        // Relaxed: the slot of an entry that was seen to be there, or made known
        // otherwise, has its hash since; and what comes before was no end then.
        let path = self.path(hash).map(|slot| (slot.hash.load(Relaxed), slot));
        let used = path.take_while(|(theirs, _)| *theirs != 0);
        used.filter(move |(theirs, _)| *theirs == hash).map(|(_, slot)| slot)
    }

    /// The slot for a new entry with this hash, by who holds the lock. One of its own kind
    /// that was left, or the first that was never used.
    pub(super) fn vacant<'a>(self, hash: usize) -> &'a Slot<K> {
        let left = self.probe(hash).find(|slot| slot.entry.load(Relaxed).is_null());
        left.unwrap_or_else(|| self.unused(hash))
    }

    /// The first slot on the way of a hash that was never used.
    fn unused<'a>(self, hash: usize) -> &'a Slot<K> {
        let mut path = self.path(hash);
        path.find(|slot| slot.hash.load(Relaxed) == 0).expect("a table is never full")
    }

    /// All slots, beginning with the one that is a hash's own.
    #[inline]
    fn path<'a>(self, hash: usize) -> impl Iterator<Item = &'a Slot<K>>
    where
        K: 'a,
    {
        /// 2⁶⁴ divided by the golden ratio: so all bits of a poor hash count.
        const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
        let Head { mask, shift } = *self.head();
        let first = ((hash as u64).wrapping_mul(GOLDEN) >> shift) as usize;
        (0..=mask).map(move |step| self.slot(first.wrapping_add(step) & mask))
    }

    /// The slots from `index` on that hold an entry, with it.
    pub(super) fn entries<'a>(
        self,
        index: usize,
    ) -> impl Iterator<Item = (usize, &'a Slot<K>, NonNull<Entry<K>>)>
    where
        K: 'a,
    {
        (index..self.slots()).filter_map(move |index| {
            let slot = self.slot(index);
            // Acquire: edge E.
            NonNull::new(slot.entry.load(Acquire)).map(|entry| (index, slot, entry))
        })
    }

    /// A table with as many slots that has the same entries. By who holds the lock.
    pub(super) fn rebuilt(old: Option<Self>, slots: usize) -> Self {
        let new = Self::new(slots);
        for (_, slot, entry) in old.into_iter().flat_map(|old| old.entries(0)) {
            let hash = slot.hash.load(Relaxed);
            let place = new.unused(hash);
            place.hash.store(hash, Relaxed);
            place.entry.store(entry.as_ptr(), Relaxed);
        }
        new
    }
}

/// A table that nobody looks at, or that waits until nobody does. Its memory only.
pub(super) struct Memory<K>(pub(super) Table<K>);

// SAFETY: whoever drops it has it alone.
unsafe impl<K> Send for Memory<K> {}

impl<K> Drop for Memory<K> {
    fn drop(&mut self) {
        let layout = Table::<K>::layout(self.0.slots());
        // SAFETY: allocated with this layout, and nobody looks at it any more.
        unsafe { dealloc(self.0.as_ptr().cast(), layout) };
    }
}

/// A table that nobody looks at, or that waits until nobody does, with all its entries.
pub(super) struct Entries<K> {
    memory: Memory<K>,
    next: usize,
}

// SAFETY: whoever drops it has it alone; others have looked at the keys.
unsafe impl<K: Send + Sync> Send for Entries<K> {}

impl<K> Entries<K> {
    /// # Safety
    ///
    /// The table and its entries are the caller's, who gives them up.
    pub(super) unsafe fn of(table: Table<K>) -> Self {
        Self { memory: Memory(table), next: 0 }
    }

    fn next(&mut self) -> Option<Removed<K>> {
        let (index, _, entry) = self.memory.0.entries(self.next).next()?;
        self.next = index + 1;
        Some(Removed(entry))
    }
}

impl<K> Drop for Entries<K> {
    fn drop(&mut self) {
        /// If a destructor panics, the others run while that unwinds.
        struct Rest<'a, K>(&'a mut Entries<K>);
        impl<K> Drop for Rest<'_, K> {
            fn drop(&mut self) {
                while let Some(entry) = self.0.next() {
                    let rest = Rest(&mut *self.0);
                    drop(entry);
                    mem::forget(rest);
                }
            }
        }
        drop(Rest(self));
    }
}
