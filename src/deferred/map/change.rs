//! What changes a map.

use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};
use std::mem;
use std::ptr::{self, NonNull};

use super::table::{Entries, Entry, Removed};
use super::{Found, GcMap};
use crate::deferred::slot::into_pointer;
use crate::deferred::{GcSlot, Local, Refused};
use crate::gc::Gc;
use crate::stw::Mutator;
use crate::sync::Ordering::*;

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
                return unsafe { Local::at(found.value) };
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
                return unsafe { Local::at(new) };
            }
        }
    }

    /// Replaces what the map has for `key` by what `f` makes of it, or removes it if that
    /// is `None`; and returns what it had. Without an entry, `f` is not called.
    ///
    /// `f` is called without the lock; again if another thread was faster. If the key is
    /// removed meanwhile, what `f` made is dropped.
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
            let new = f(unsafe { Local::at(value) });
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
        Err(Refused { current: now.map(|now| unsafe { Local::at(now) }), new })
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
                if f(&entry.key, unsafe { Local::at(now) }) {
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
pub(super) fn exchange<K>(entry: &Entry<K>, value: NonNull<()>, new: *mut ()) -> Option<*mut ()> {
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
