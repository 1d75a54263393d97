//! Changing a map's table, with its lock.

use super::GcMap;
use super::table::{Entry, Memory, Table};
use crate::lock;
use crate::sync::{AtomicPtr, Ordering::*};

/// The map's lock, held. No code of the program's runs meanwhile, and no safepoint is
/// passed: so who waits for it may stay attached.
pub(super) struct Held<'a, K, V: ?Sized, S>(&'a GcMap<K, V, S>);

impl<K, V: ?Sized, S> Drop for Held<'_, K, V, S> {
    fn drop(&mut self) {
        // SAFETY: held.
        unsafe { lock::unlock(&self.0.lock, false) };
    }
}

impl<'a, K, V: ?Sized, S> Held<'a, K, V, S> {
    /// Takes the lock.
    pub(super) fn new(map: &'a GcMap<K, V, S>) -> Self {
        lock::lock(&map.lock);
        Self(map)
    }

    pub(super) fn table(&self) -> Option<Table<K>> {
        // Relaxed: written with the lock.
        // SAFETY: the current one, which only who holds the lock replaces.
        unsafe { Table::at(self.0.table.load(Relaxed)) }
    }

    pub(super) fn len(&self) -> usize {
        self.0.count.load(Relaxed) / 2
    }

    /// Says that the number of entries changes.
    pub(super) fn begin(&self) {
        // Relaxed: edge C; what comes next is a `Release`.
        self.0.count.store(self.len() * 2 + 1, Relaxed);
    }

    /// Says how many there are now.
    pub(super) fn end(&self, len: usize) {
        // Release: who sees it sees what it counts.
        self.0.count.store(len * 2, Release);
    }

    /// Whether no entry with a key can have come since a search that began when so many
    /// had been added.
    pub(super) fn is_still_absent(&self, added: u64, hash: usize) -> bool {
        self.0.added.load(Relaxed) == added
            || self.table().is_none_or(|table| {
                table.probe(hash).all(|slot| slot.entry.load(Relaxed).is_null())
            })
    }

    /// Replaces the table by one with as many slots, unless there are none to be used.
    /// Returns the old one, for readers to let go of.
    fn rebuild(&self, slots: usize) -> Option<Memory<K>> {
        let old = self.table();
        let new = Table::rebuilt(old, slots);
        // SAFETY: with the lock.
        unsafe { *self.0.used.get() = self.len() };
        // Release: edge T.
        self.0.table.store(new.as_ptr(), Release);
        old.map(Memory)
    }

    /// Sees to it that so many entries can be added. Returns the table, and the one
    /// that it replaced.
    pub(super) fn room(&self, more: usize) -> (Table<K>, Option<Memory<K>>) {
        // SAFETY: with the lock.
        let used = unsafe { *self.0.used.get() };
        if let Some(table) = self.table()
            && used.checked_add(more).is_some_and(|used| used <= table.slots() * 2 / 3)
        {
            return (table, None);
        }
        let wanted = self.len().checked_add(more).expect("capacity overflow");
        let old = self.rebuild(Table::<K>::slots_for(wanted));
        (self.table().expect("just made"), old)
    }

    /// Adds an entry with a key that has none. What it returns is to be retired.
    pub(super) fn add(&self, hash: usize, key: K, value: *mut ()) -> Option<Memory<K>> {
        let (table, old) = self.room(1);
        let slot = table.vacant(hash);
        if slot.hash.load(Relaxed) == 0 {
            // Relaxed: edge E.
            slot.hash.store(hash, Relaxed);
            // SAFETY: with the lock.
            unsafe { *self.0.used.get() += 1 };
        }
        let entry = Box::into_raw(Box::new(Entry { value: AtomicPtr::new(value), key }));
        let len = self.len();
        self.begin();
        // Release: edge E.
        slot.entry.store(entry, Release);
        // Release: edge N.
        self.0.added.store(self.0.added.load(Relaxed) + 1, Release);
        self.end(len + 1);
        old
    }
}
