//! `GcMap`: a hash map to handles that is read without locks and without counting.
//!
//! # How it works
//!
//! The map is a pointer to a *table* of slots, which are tried one after the other from
//! the one that a key's hash names. A slot has a hash and a pointer to an *entry*: the key,
//! and the handle. So most slots with another key are passed without a look at it.
//!
//! Who adds or removes an entry, or replaces the table, holds the map's one-byte lock.
//! Readers take none, and neither does who replaces the handle in an entry.
//!
//! | change                  | by one store to                                            |
//! |-------------------------|------------------------------------------------------------|
//! | an entry is added       | its slot                                                   |
//! | its handle is replaced  | the entry's handle, a compare-and-swap                     |
//! | an entry is removed     | the entry's handle: null for ever. Then its slot is vacated |
//! | the table is replaced   | the map's pointer. The new one has the same entries        |
//! | the map is cleared      | the map's pointer. Then all entries' handles become null   |
//!
//! The hash in a slot is written once: a slot that was vacated takes no entry with another
//! hash. Slots that were left so go when the table is replaced: when two thirds of
//! its slots are used. The new one has two to four slots for an entry, so it may be
//! smaller. What is unlinked (tables, and entries with their keys) is retired; the handles get
//! [stamps](crate::gc).
//!
//! # The program's code
//!
//! `Hash`, `Eq`, closures and destructors never run while the lock is held. Who is to add
//! an entry looks for the key first, without it. Then, with it, there is nothing to do but
//! to see that no entry was added since, or that none has this hash; otherwise it lets go
//! and looks again. Who is to remove an entry knows it, and sees that its handle is not null:
//! an entry never comes back, and a key has one.
//!
//! # Linearizability
//!
//! For each key there is one entry at a time whose handle is not null and that is in the
//! current table. Adding, replacing and removing take effect by their one store.
//!
//! A look-up finds the current table by one load. A table that was replaced never changes,
//! but the entries in it do; so what is found there is
//!
//! * an entry with a handle: the map had that for the key when it was loaded, or, if the
//!   entry was in a table that `clear` had unlinked but not yet emptied, right before
//!   that (the look-up began before; and so did whatever replaced the handle);
//! * an entry without: it was removed at some moment, and the key was not in the map then.
//!   That is after the look-up began: before, the slot was vacated, or the table not
//!   current;
//! * no entry: there was none when the look-up passed the slot in which it would be
//!   found; or, in a table that was replaced, when that was. (An entry that is added again where the look-up
//!   has passed already was removed before, and that was meanwhile: the look-up would have
//!   found it where it was.)
//!
//! `len` must not contradict `get`, so its word says that a change is under way, and then
//! who asks waits for that. An iteration is not one step.
//!
//! # Orderings
//!
//! * **T: the table.** Published by a `Release` store and found by an `Acquire` load.
//! * **E: the entry.** The same: the key and the first handle are in it before. The hash
//!   of the slot is written before, too; to read it needs no order.
//! * **V: the handle.** Put into the entry by a `Release`, read by an `Acquire`.
//! * **N: the number of entries that were added.** Stored by a `Release` after the entry,
//!   and read by an `Acquire` before the search that is not to overlook it.
//! * **C: the count.** Marked before an entry is added or removed, which is a `Release`:
//!   who has seen that (edge E, V or T) sees the mark or what came after.
//! * **F of `stw::retire`**: whatever makes a removal visible comes before the stamp.
//!
//! # Why no other table
//!
//! papaya and scc reclaim by guards of crates of their own (seize, sdd): an access enters and
//! leaves, and what is unlinked goes to their lists; a guard that does neither also frees
//! at once. So lookups would pay for what a [`Mutator`] already is. hashbrown's
//! tables are for one writer or many readers.

mod change;
mod held;
mod iter;
mod table;

use std::borrow::Borrow;
use std::cell::UnsafeCell;
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

use self::change::exchange;
use self::held::Held;
pub use self::iter::Iter;
use self::table::{Entries, Entry, Head, Table};
use super::slot::into_pointer;
use super::{GcSlot, Local};
use crate::gc::Gc;
use crate::stw::Mutator;
use crate::sync::{AtomicPtr, AtomicU8, AtomicU64, AtomicUsize, Ordering::*};
use crate::trace::{Trace, Tracer};

/// A hash map from `K` to [`Gc`]s of `V` that any number of threads read and change at
/// once.
///
/// Reading takes no lock and counts nothing: [`get`](Self::get) hashes the key, loads some
/// words and gives a [`Local`]. Replacing what a key has is a compare-and-swap; adding and
/// removing keys takes a lock of the map's own. All operations on one key, and `len` and
/// `clear`, are linearizable; iterations are not one step, and neither are `extend` and
/// `retain`.
///
/// The hasher is std's by default, whose keys are random, so that nobody can choose keys
/// that all come to the same place. A key is hashed once in each operation, never when the
/// map grows.
///
/// `Hash`, `Eq`, closures and destructors never run while the lock is held: they may
/// panic, and do with the map what they like. As with std's map, a key must not change
/// its hash or what it equals while it is in the map; if it does, or `Hash` and `Eq`
/// disagree, entries may not be found, and nothing worse.
///
/// As with a [`GcSlot`], an object that was removed dies at a later safepoint, when all
/// threads have passed one; a key likewise.
///
/// `Send` and `Sync` if `K`, `V` and `S` are both.
///
/// # Examples
///
/// ```
/// use brc::{Gc, GcMap, Trace, heap};
///
/// #[derive(Trace)]
/// struct Module {
///     names: GcMap<String, Module>,
/// }
///
/// heap::attach(|m| {
///     let module = || m.alloc(Module { names: GcMap::new() });
///     let root = module();
///     let names = &root.get(m).names;
///     names.insert(m, "std".to_owned(), module());
///     names.insert(m, "self".to_owned(), root.clone()); // a cycle
///     assert_eq!(names.len(m), 2);
///     let found = names.get(m, "self").unwrap();
///     assert!(std::ptr::eq(found.get(), root.get(m)));
/// })
/// .unwrap();
/// ```
pub struct GcMap<K, V: ?Sized, S = RandomState> {
    /// Null, or the current table, whose entries the map owns.
    table: AtomicPtr<Head>,
    /// Twice the number of entries; odd while that changes.
    count: AtomicUsize,
    /// How many entries were ever added.
    added: AtomicU64,
    /// How many of the table's slots are or were used. With the lock.
    used: UnsafeCell<usize>,
    lock: AtomicU8,
    hasher: S,
    /// Invariant: keys and handles are put in by `&`.
    payload: PhantomData<(*mut K, *mut V)>,
}

// SAFETY: it owns keys, of which retired ones may be dropped by another thread while
// others hold theirs, handles, and a hasher.
unsafe impl<K: Send + Sync, V: ?Sized + Send + Sync, S: Send> Send for GcMap<K, V, S> {}
// SAFETY: as above; and gives references to all of them. What is in a cell is touched
// with the lock.
unsafe impl<K: Send + Sync, V: ?Sized + Send + Sync, S: Sync> Sync for GcMap<K, V, S> {}

/// An entry that a search found, and the handle that it had.
struct Found<'a, K> {
    entry: &'a Entry<K>,
    value: NonNull<()>,
}

impl<K, V: ?Sized> GcMap<K, V> {
    /// An empty map. Allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::with_hasher(RandomState::new())
    }
}

impl<K, V: ?Sized, S> GcMap<K, V, S> {
    /// An empty map that hashes by `hasher`. Allocates nothing.
    ///
    /// If others choose the keys, it should be one with random keys of its own.
    #[must_use]
    pub fn with_hasher(hasher: S) -> Self {
        Self {
            table: AtomicPtr::new(ptr::null_mut()),
            count: AtomicUsize::new(0),
            added: AtomicU64::new(0),
            used: UnsafeCell::new(0),
            lock: AtomicU8::new(0),
            hasher,
            payload: PhantomData,
        }
    }

    /// What keys are hashed by.
    pub fn hasher(&self) -> &S {
        &self.hasher
    }

    fn hold(&self) -> Held<'_, K, V, S> {
        Held::new(self)
    }

    /// The current table. It, and the entries in it, stay until the next safepoint of the
    /// caller, or it has the map alone.
    #[inline]
    fn read(&self) -> Option<Table<K>> {
        // Acquire: edge T.
        // SAFETY: who replaces it retires it; if the map dies, the borrow is over.
        unsafe { Table::at(self.table.load(Acquire)) }
    }

    /// The number of entries. One load, unless one is being added or removed just now: then it
    /// waits for that.
    ///
    /// # Memory ordering
    ///
    /// `Acquire`: what was done before the last change of the number comes before.
    #[must_use]
    pub fn len(&self, m: &Mutator) -> usize {
        let _ = m;
        // Acquire: edge C.
        match self.count.load(Acquire) {
            count if count & 1 == 0 => count / 2,
            _ => self.hold().len(),
        }
    }

    /// Whether there is no entry. As [`len`](Self::len).
    #[must_use]
    pub fn is_empty(&self, m: &Mutator) -> bool {
        self.len(m) == 0
    }

    /// The keys and what they have, in any order.
    ///
    /// What is in the map during the whole iteration comes once. What is added or removed
    /// meanwhile may come or not.
    ///
    /// Cost: some loads for each slot; there are up to four for an entry, more after
    /// many were removed. No lock.
    ///
    /// # Memory ordering
    ///
    /// As [`get`](Self::get), for each.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{GcMap, heap};
    ///
    /// heap::attach(|m| {
    ///     let map: GcMap<_, _> = [(1, m.alloc(2)), (3, m.alloc(4))].into_iter().collect();
    ///     let mut sums: Vec<_> = map.iter(m).map(|(key, value)| key + *value).collect();
    ///     sums.sort();
    ///     assert_eq!(sums, [3, 7]);
    /// })
    /// .unwrap();
    /// ```
    pub fn iter<'a>(&'a self, m: &'a Mutator) -> Iter<'a, K, V> {
        let _ = m;
        Iter::new(self.read())
    }

    /// The keys. As [`iter`](Self::iter).
    pub fn keys<'a>(&'a self, m: &'a Mutator) -> impl Iterator<Item = &'a K>
    where
        V: 'a,
    {
        self.iter(m).map(|(key, _)| key)
    }

    /// What the keys have. As [`iter`](Self::iter).
    pub fn values<'a>(&'a self, m: &'a Mutator) -> impl Iterator<Item = Local<'a, V>>
    where
        K: 'a,
    {
        self.iter(m).map(|(_, value)| value)
    }
}

impl<K: Eq + Hash, V: ?Sized, S: BuildHasher> GcMap<K, V, S> {
    /// A key's hash. Never 0, which stands for no entry.
    #[inline]
    fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> usize {
        let hash = self.hasher.hash_one(key);
        let hash = if usize::BITS < 64 { hash ^ hash >> 32 } else { hash };
        (hash as usize).max(1)
    }

    /// The entry with a key. By an attached thread, or one that has the map alone.
    #[inline]
    fn find<'a, Q>(&'a self, hash: usize, key: &Q) -> Option<Found<'a, K>>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        for slot in self.read()?.probe(hash) {
            // Acquire: edge E.
            let Some(entry) = NonNull::new(slot.entry.load(Acquire)) else { continue };
            // SAFETY: who unlinks it retires it; if the map dies, the borrow is over.
            let entry: &'a Entry<K> = unsafe { entry.as_ref() };
            if entry.key.borrow() == key {
                // Acquire: edge V.
                let value = NonNull::new(entry.value.load(Acquire))?;
                return Some(Found { entry, value });
            }
        }
        None
    }

    /// What the map has for `key`.
    ///
    /// Cost: a hash, a comparison, and some loads: from three cache lines if the key is where
    /// it belongs. No lock.
    ///
    /// # Panics
    ///
    /// With what `Hash` and `Eq` panic with, as all that takes a key; the map is then as
    /// it was.
    ///
    /// # Memory ordering
    ///
    /// `Acquire`: what was done before the handle was put there comes before.
    #[inline]
    #[must_use]
    pub fn get<'a, Q>(&'a self, m: &'a Mutator, key: &Q) -> Option<Local<'a, V>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.get_key_value(m, key).map(|(_, value)| value)
    }

    /// The key that the map has, and what it has for it. As [`get`](Self::get).
    #[inline]
    #[must_use]
    pub fn get_key_value<'a, Q>(&'a self, m: &'a Mutator, key: &Q) -> Option<(&'a K, Local<'a, V>)>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let _ = m;
        let found = self.find(self.hash(key), key)?;
        // SAFETY: who takes it out gives it a stamp that is not passed before this
        // thread's next safepoint, which ends `'a`; and if the map dies, `'a` is over.
        Some((&found.entry.key, unsafe { Local::at(found.value) }))
    }

    /// Whether the map has something for `key`. As [`get`](Self::get).
    #[must_use]
    pub fn contains_key<Q>(&self, m: &Mutator, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.get_key_value(m, key).is_some()
    }
}

impl<K: Eq + Hash, V: ?Sized, S: BuildHasher> Extend<(K, Gc<V>)> for GcMap<K, V, S> {
    /// Needs no mutator: nobody else can read the map. What the keys had may die at once.
    fn extend<I: IntoIterator<Item = (K, Gc<V>)>>(&mut self, entries: I) {
        for (key, value) in entries {
            let hash = self.hash(&key);
            match self.find(hash, &key) {
                Some(found) => {
                    let old = exchange(found.entry, found.value, into_pointer(Some(value)));
                    drop(old.and_then(GcSlot::<V>::handle));
                }
                // The memory of an old table goes at once.
                None => drop(self.hold().add(hash, key, into_pointer(Some(value)))),
            }
        }
    }
}

impl<K: Eq + Hash, V: ?Sized, S: BuildHasher + Default> FromIterator<(K, Gc<V>)>
    for GcMap<K, V, S>
{
    /// Needs no mutator: nobody else reads it yet.
    fn from_iter<I: IntoIterator<Item = (K, Gc<V>)>>(entries: I) -> Self {
        let mut map = Self::default();
        Extend::extend(&mut map, entries);
        map
    }
}

impl<K, V: ?Sized, S: Default> Default for GcMap<K, V, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<K, V: ?Sized, S> Drop for GcMap<K, V, S> {
    /// Drops keys and handles. Nobody can be reading the map, so it is not for that that
    /// they would have to wait.
    fn drop(&mut self) {
        if let Some(table) = self.read() {
            // SAFETY: the current one, whose entries the map owns, and gives up.
            drop(unsafe { Entries::of(table) });
        }
    }
}

// SAFETY: reports each of its handles and keys once; who could change it is stopped, and
// nobody is stopped who holds the lock. The hasher is not looked into.
unsafe impl<K: Trace, V: ?Sized, S> Trace for GcMap<K, V, S> {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        let entries = self.read().into_iter().flat_map(|table| table.entries(0));
        for (_, _, entry) in entries {
            // SAFETY: linked, so it is alive.
            let entry = unsafe { entry.as_ref() };
            entry.key.trace(tracer);
            if let Some(payload) = NonNull::new(entry.value.load(Acquire)) {
                tracer.edge(payload);
            }
        }
    }
}

impl<K, V: ?Sized, S> fmt::Debug for GcMap<K, V, S> {
    /// How many entries there are, of late.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let len = self.count.load(Relaxed) / 2;
        f.debug_struct("GcMap").field("len", &len).finish_non_exhaustive()
    }
}
