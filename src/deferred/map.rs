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

mod table;

use std::borrow::Borrow;
use std::cell::UnsafeCell;
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::marker::PhantomData;
use std::mem;
use std::ptr::{self, NonNull};

use self::table::{Entries, Entry, Head, Memory, Removed, Table};
use super::slot::into_pointer;
use super::{GcSlot, Local, Refused};
use crate::gc::{Gc, Object};
use crate::lock;
use crate::stw::{Address, Mutator};
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

/// The map's lock, held. No code of the program's runs meanwhile, and no safepoint is
/// passed: so who waits for it may stay attached.
struct Held<'a, K, V: ?Sized, S>(&'a GcMap<K, V, S>);

impl<K, V: ?Sized, S> Drop for Held<'_, K, V, S> {
    fn drop(&mut self) {
        // SAFETY: held.
        unsafe { lock::unlock(&self.0.lock, false) };
    }
}

impl<K, V: ?Sized, S> Held<'_, K, V, S> {
    fn table(&self) -> Option<Table<K>> {
        // Relaxed: written with the lock.
        // SAFETY: the current one, which only who holds the lock replaces.
        unsafe { Table::at(self.0.table.load(Relaxed)) }
    }

    fn len(&self) -> usize {
        self.0.count.load(Relaxed) / 2
    }

    /// Says that the number of entries changes.
    fn begin(&self) {
        // Relaxed: edge C; what comes next is a `Release`.
        self.0.count.store(self.len() * 2 + 1, Relaxed);
    }

    /// Says how many there are now.
    fn end(&self, len: usize) {
        // Release: who sees it sees what it counts.
        self.0.count.store(len * 2, Release);
    }

    /// Whether no entry with a key can have come since a search that began when so many
    /// had been added.
    fn is_still_absent(&self, added: u64, hash: usize) -> bool {
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
    fn room(&self, more: usize) -> (Table<K>, Option<Memory<K>>) {
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
    fn add(&self, hash: usize, key: K, value: *mut ()) -> Option<Memory<K>> {
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
        lock::lock(&self.lock);
        Held(self)
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
        Iter { table: self.read(), next: 0, borrowed: PhantomData }
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
        Some((&found.entry.key, unsafe { local(found.value) }))
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

impl<K, V, S> GcMap<K, V, S>
where
    K: Eq + Hash + Send + Sync + 'static,
    V: ?Sized,
    S: BuildHasher,
{
    /// Puts a handle into the map, and returns what the key had before. If it had
    /// something, the map keeps the key that it has, and drops this one.
    ///
    /// Cost: [`get`](Self::get), and three atomic instructions if the key is there;
    /// otherwise the lock, a box, and now and then a larger table.
    ///
    /// # Panics
    ///
    /// With what `Hash`, `Eq` and the key's destructor panic with. If the capacity would
    /// exceed `isize::MAX` bytes. Aborts without memory, as std's does.
    ///
    /// # Memory ordering
    ///
    /// `AcqRel`: who finds the handle sees what was done before.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{GcMap, heap};
    ///
    /// heap::attach(|m| {
    ///     let map = GcMap::new();
    ///     assert!(map.insert(m, "a", m.alloc(1)).is_none());
    ///     let one = map.get(m, "a").unwrap();
    ///     assert_eq!(map.insert(m, "a", m.alloc(2)).map(|old| *old.get(m)), Some(1));
    ///     assert_eq!(*one, 1); // until the next safepoint
    ///     assert_eq!(map.get(m, "a").map(|two| *two), Some(2));
    /// })
    /// .unwrap();
    /// ```
    pub fn insert(&self, m: &Mutator, key: K, value: Gc<V>) -> Option<Gc<V>> {
        let hash = self.hash(&key);
        let new = Local::as_ptr(value.local(m)).cast_mut();
        loop {
            // Acquire: edge N.
            let added = self.added.load(Acquire);
            if let Some(found) = self.find(hash, &key) {
                if let Some(old) = exchange(found.entry, found.value, new) {
                    mem::forget(value);
                    let old = GcSlot::given(old);
                    // Here, so that the old handle is not lost if this panics.
                    drop(key);
                    return old;
                }
                continue;
            }
            let held = self.hold();
            if held.is_still_absent(added, hash) {
                let old = held.add(hash, key, into_pointer(Some(value)));
                drop(held);
                retire(m, old);
                return None;
            }
        }
    }

    /// What the map has for `key`; if that is nothing, what `make` makes.
    ///
    /// `make` is called once at most, without the lock. If another thread was faster,
    /// what it made is dropped, and that of the other returned.
    ///
    /// Cost: as [`insert`](Self::insert).
    ///
    /// # Panics
    ///
    /// As [`insert`](Self::insert), and with what `make` panics with.
    ///
    /// # Memory ordering
    ///
    /// `AcqRel`.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{GcMap, heap};
    ///
    /// heap::attach(|m| {
    ///     let map = GcMap::new();
    ///     let five = map.get_or_insert_with(m, "five", || m.alloc(5));
    ///     let same = map.get_or_insert_with(m, "five", || unreachable!());
    ///     assert!(brc::Local::ptr_eq(five, same));
    /// })
    /// .unwrap();
    /// ```
    pub fn get_or_insert_with<'a>(
        &'a self,
        m: &'a Mutator,
        key: K,
        make: impl FnOnce() -> Gc<V>,
    ) -> Local<'a, V> {
        let hash = self.hash(&key);
        let mut make = Some(make);
        let mut made = None;
        loop {
            // Acquire: edge N.
            let added = self.added.load(Acquire);
            if let Some(found) = self.find(hash, &key) {
                // SAFETY: as in `get_key_value`.
                return unsafe { local(found.value) };
            }
            if let Some(make) = make.take() {
                made = Some(make());
            }
            let held = self.hold();
            if held.is_still_absent(added, hash) {
                let new = into_pointer(made);
                let old = held.add(hash, key, new);
                drop(held);
                retire(m, old);
                let new = NonNull::new(new).expect("made above");
                // SAFETY: as in `get_key_value`: it was in the map just now.
                return unsafe { local(new) };
            }
        }
    }

    /// Replaces what the map has for `key` by what `f` makes of it, or removes it if that
    /// is `None`; and returns what it had. Without an entry, `f` is not called.
    ///
    /// `f` is called without the lock; again if another thread was faster.
    ///
    /// # Panics
    ///
    /// With what `Hash`, `Eq` and `f` panic with; the map is then as it was.
    ///
    /// # Memory ordering
    ///
    /// `AcqRel`.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{GcMap, heap};
    ///
    /// heap::attach(|m| {
    ///     let map = GcMap::new();
    ///     map.insert(m, "hits", m.alloc(1));
    ///     map.update(m, "hits", |hits| Some(m.alloc(*hits + 1)));
    ///     assert_eq!(map.get(m, "hits").map(|two| *two), Some(2));
    ///     map.update(m, "hits", |_| None);
    ///     assert!(map.is_empty(m));
    /// })
    /// .unwrap();
    /// ```
    pub fn update<'a, Q>(
        &'a self,
        m: &'a Mutator,
        key: &Q,
        mut f: impl FnMut(Local<'a, V>) -> Option<Gc<V>>,
    ) -> Option<Gc<V>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let hash = self.hash(key);
        let Found { entry, mut value } = self.find(hash, key)?;
        loop {
            // SAFETY: as in `get_key_value`.
            let new = f(unsafe { local(value) });
            match self.change(m, hash, entry, value, new) {
                Ok(old) => return Some(old),
                // `None`: removed meanwhile.
                Err((now, _)) => value = now?,
            }
        }
    }

    /// Replaces what the map has for `key` if that is `current`, or removes it if `new` is
    /// `None`; and returns what it had.
    ///
    /// Objects are compared by identity, as in [`GcSlot::compare_exchange`].
    ///
    /// # Errors
    ///
    /// What the map has for the key, and `new`.
    ///
    /// # Panics
    ///
    /// With what `Hash` and `Eq` panic with.
    ///
    /// # Memory ordering
    ///
    /// `AcqRel`; `Acquire` if it fails.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{GcMap, heap};
    ///
    /// heap::attach(|m| {
    ///     let map = GcMap::new();
    ///     map.insert(m, 'a', m.alloc(1));
    ///     let one = map.get(m, &'a').unwrap();
    ///     assert!(map.compare_exchange(m, &'a', one, m.alloc(2)).is_ok());
    ///     let refused = map.compare_exchange(m, &'a', one, None).unwrap_err();
    ///     assert_eq!(refused.current.map(|two| *two), Some(2));
    /// })
    /// .unwrap();
    /// ```
    pub fn compare_exchange<'a, Q>(
        &'a self,
        m: &'a Mutator,
        key: &Q,
        current: Local<'_, V>,
        new: impl Into<Option<Gc<V>>>,
    ) -> Result<Gc<V>, Refused<'a, V>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let hash = self.hash(key);
        let new = new.into();
        let Some(Found { entry, value }) = self.find(hash, key) else {
            return Err(Refused { current: None, new });
        };
        let (now, new) = if ptr::eq(value.as_ptr(), Local::as_ptr(current)) {
            match self.change(m, hash, entry, value, new) {
                Ok(old) => return Ok(old),
                Err(refused) => refused,
            }
        } else {
            (Some(value), new)
        };
        // SAFETY: as in `get_key_value`.
        Err(Refused { current: now.map(|now| unsafe { local(now) }), new })
    }

    /// Removes `key`, and returns what it had.
    ///
    /// Cost: [`get`](Self::get), the lock, four atomic instructions, and a box for the
    /// entry to be retired in.
    ///
    /// # Panics
    ///
    /// With what `Hash` and `Eq` panic with; the map is then as it was.
    ///
    /// # Memory ordering
    ///
    /// `AcqRel`.
    pub fn remove<Q>(&self, m: &Mutator, key: &Q) -> Option<Gc<V>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let hash = self.hash(key);
        let found = self.find(hash, key)?;
        // If another thread removes it first, the key is not in the map at that moment.
        self.unlink(m, hash, found.entry, None).ok()
    }

    /// Replaces the handle in an entry, if it is `value`, or removes the entry. Gives back
    /// what is there otherwise, and `new`.
    #[expect(clippy::type_complexity, reason = "of one use")]
    fn change(
        &self,
        m: &Mutator,
        hash: usize,
        entry: &Entry<K>,
        value: NonNull<()>,
        new: Option<Gc<V>>,
    ) -> Result<Gc<V>, (Option<NonNull<()>>, Option<Gc<V>>)> {
        let Some(new) = new else {
            return self.unlink(m, hash, entry, Some(value)).map_err(|now| (now, None));
        };
        let pointer = Local::as_ptr(new.local(m)).cast_mut();
        // Release: edge V. Acquire: for the destruction of the old one.
        match entry.value.compare_exchange(value.as_ptr(), pointer, AcqRel, Acquire) {
            Ok(old) => {
                mem::forget(new);
                Ok(GcSlot::given(old).expect("it was not null"))
            }
            Err(now) => Err((NonNull::new(now), Some(new))),
        }
    }

    /// Removes an entry, if its handle is `value` (`None`: whatever it is, but not null).
    /// Gives back what is there otherwise.
    fn unlink(
        &self,
        m: &Mutator,
        hash: usize,
        entry: &Entry<K>,
        value: Option<NonNull<()>>,
    ) -> Result<Gc<V>, Option<NonNull<()>>> {
        let held = self.hold();
        let len = held.len();
        held.begin();
        // Release: edge C. Acquire: for the destruction of the object.
        let taken = match value {
            None => Ok(entry.value.swap(ptr::null_mut(), AcqRel)),
            Some(value) => {
                entry.value.compare_exchange(value.as_ptr(), ptr::null_mut(), AcqRel, Acquire)
            }
        };
        let taken = match taken {
            Ok(taken) if !taken.is_null() => taken,
            Ok(now) | Err(now) => {
                held.end(len);
                return Err(NonNull::new(now));
            }
        };
        // It had a handle, so it is in the current table.
        let slot = held.table().and_then(|table| {
            table.probe(hash).find(|slot| ptr::eq(slot.entry.load(Relaxed), entry))
        });
        let slot = slot.expect("an entry with a handle is in the table");
        // Release: edge C.
        let entry = slot.entry.swap(ptr::null_mut(), Release);
        held.end(len - 1);
        drop(held);
        retire(m, NonNull::new(entry).map(Removed));
        Ok(GcSlot::given(taken).expect("it is not null"))
    }

    /// Removes everything, in one step, and gives the memory back.
    ///
    /// # Panics
    ///
    /// With what a destructor of an object panics with; all are dropped.
    ///
    /// # Memory ordering
    ///
    /// `AcqRel`.
    pub fn clear(&self, m: &Mutator) {
        let held = self.hold();
        let Some(table) = held.table() else { return };
        let mut values = Vec::with_capacity(held.len());
        held.begin();
        // Release: edges T and C.
        self.table.store(ptr::null_mut(), Release);
        for (_, _, entry) in table.entries(0) {
            // SAFETY: linked until now, so it is alive.
            let entry = unsafe { entry.as_ref() };
            // Acquire: for the destruction of the object.
            values.push(entry.value.swap(ptr::null_mut(), AcqRel));
        }
        // SAFETY: with the lock.
        unsafe { *self.used.get() = 0 };
        held.end(0);
        drop(held);
        // SAFETY: unlinked just now.
        m.retire(unsafe { Entries::of(table) });
        drop(values.into_iter().filter_map(GcSlot::<V>::removed).collect::<Vec<_>>());
    }

    /// Removes the keys for which `f` does not say that they are to be kept. Each is
    /// removed only while it has what `f` was shown; so `f` may be called again.
    ///
    /// `f` is called without the lock. The keys are those of an [iteration](Self::iter).
    ///
    /// # Panics
    ///
    /// With what `f`, or a destructor of an object, panics with; the keys that come later
    /// are then kept.
    ///
    /// # Memory ordering
    ///
    /// `AcqRel`.
    pub fn retain(&self, m: &Mutator, mut f: impl FnMut(&K, Local<'_, V>) -> bool) {
        let _ = m;
        let Some(table) = self.read() else { return };
        for (_, slot, entry) in table.entries(0) {
            // SAFETY: who unlinks it retires it.
            let entry = unsafe { entry.as_ref() };
            // Acquire: edge V.
            let mut value = NonNull::new(entry.value.load(Acquire));
            while let Some(now) = value {
                // SAFETY: as in `get_key_value`.
                if f(&entry.key, unsafe { local(now) }) {
                    break;
                }
                // Relaxed: written before the entry.
                match self.unlink(m, slot.hash.load(Relaxed), entry, Some(now)) {
                    Ok(removed) => {
                        drop(removed);
                        break;
                    }
                    Err(other) => value = other,
                }
            }
        }
    }

    /// Puts all that `entries` gives into the map, one by one, as [`insert`](Self::insert)
    /// does, and drops what the keys had.
    ///
    /// # Panics
    ///
    /// As [`insert`](Self::insert), and with what the iterator or a destructor panics
    /// with; what came before is then in the map.
    ///
    /// # Memory ordering
    ///
    /// `AcqRel`.
    pub fn extend(&self, m: &Mutator, entries: impl IntoIterator<Item = (K, Gc<V>)>) {
        for (key, value) in entries {
            drop(self.insert(m, key, value));
        }
    }

    /// Makes room for so many entries more: until something is removed, that many are
    /// added without another table.
    ///
    /// # Panics
    ///
    /// If the capacity would exceed `isize::MAX` bytes. Aborts without memory.
    ///
    /// # Memory ordering
    ///
    /// None: nothing changes for readers.
    pub fn reserve(&self, m: &Mutator, additional: usize) {
        let held = self.hold();
        let (_, old) = held.room(additional);
        drop(held);
        retire(m, old);
    }
}

/// Replaces the handle in an entry, whatever it is. `None`: the entry was removed.
fn exchange<K>(entry: &Entry<K>, value: NonNull<()>, new: *mut ()) -> Option<*mut ()> {
    let mut now = value.as_ptr();
    loop {
        // Release: edge V. Acquire: for the destruction of the old one.
        match entry.value.compare_exchange_weak(now, new, AcqRel, Relaxed) {
            Ok(old) => return Some(old),
            Err(null) if null.is_null() => return None,
            Err(other) => now = other,
        }
    }
}

fn retire(m: &Mutator, value: Option<impl Send + 'static>) {
    if let Some(value) = value {
        m.retire(value);
    }
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

/// An iteration over a [`GcMap`]: [`GcMap::iter`].
pub struct Iter<'a, K, V: ?Sized> {
    table: Option<Table<K>>,
    next: usize,
    borrowed: PhantomData<(&'a Mutator, &'a K, Local<'a, V>)>,
}

impl<'a, K, V: ?Sized> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, Local<'a, V>);

    fn next(&mut self) -> Option<Self::Item> {
        let table = self.table?;
        for (index, _, entry) in table.entries(self.next) {
            // SAFETY: as in `GcMap::find`.
            let entry: &'a Entry<K> = unsafe { entry.as_ref() };
            // Acquire: edge V.
            if let Some(value) = NonNull::new(entry.value.load(Acquire)) {
                self.next = index + 1;
                // SAFETY: as in `GcMap::get_key_value`.
                return Some((&entry.key, unsafe { local(value) }));
            }
        }
        self.table = None;
        None
    }
}

impl<K, V: ?Sized> std::iter::FusedIterator for Iter<'_, K, V> {}

impl<K, V: ?Sized> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<K, V: ?Sized> fmt::Debug for Iter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").field("next", &self.next).finish_non_exhaustive()
    }
}
