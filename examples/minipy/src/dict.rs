//! Dicts and sets: in order of insertion, and read without locks.
//!
//! `brc::GcMap` knows no order and compares keys by Rust's `Eq`; a dict needs both an order
//! and keys whose `__eq__` is a program. So this is one of our own, out of the crate's parts:
//!
//! ```text
//!  Dict ──GcSlot──▶ Table ── index: hash → number of an entry, as in any hash table
//!                       └── entries, in order: hash, key (GcSlot), value (GcSlot)
//! ```
//!
//! * **Readers** load the table from its slot, search the index, and load the value from
//!   the entry's slot. No lock, no count.
//! * **Writers** hold the dict's lock. An entry is used once: it is filled, then it gets into the
//!   index (`Release`), and when it is deleted its slots are emptied, for good. When entries run
//!   out, a new table takes the place of the old one, which dies when nobody can be reading it any
//!   more: that is what slots are for.
//! * A key's `__eq__` runs without the lock. Who has run some looks again whether the table is
//!   the same.

use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering::*};

use brc::{Gc, GcSlot, Local, Mutator, Trace};
use parking_lot::Mutex;

use crate::object::{Obj, Ref, Result, Value};
use crate::ops;
use crate::vm::Vm;

/// A dict, or a set: its values are `None` then.
#[derive(Trace, Default)]
pub struct Dict {
    table: GcSlot<Obj>,
    len: AtomicUsize,
    /// Who has it may change the table. Nobody waits for anything else while they have it.
    #[trace(skip)]
    lock: Mutex<()>,
}

#[derive(Trace)]
pub struct Table {
    /// 0, or one more than the number of an entry.
    index: Box<[AtomicU32]>,
    entries: Box<[Entry]>,
    /// How many entries are or were used.
    used: AtomicUsize,
    /// All entries before this one were deleted, and all from that one on: so that who takes
    /// entries from an end does not search it again and again. Written under the lock.
    first: AtomicUsize,
    last: AtomicUsize,
}

#[derive(Trace, Default)]
struct Entry {
    hash: AtomicU64,
    key: GcSlot<Obj>,
    value: GcSlot<Obj>,
}

/// Where a search ended.
enum Found {
    At(usize),
    Nowhere,
    /// This entry's key has the hash, and only the program can say whether it is equal.
    Ask(usize),
}

impl Table {
    fn new(capacity: usize) -> Self {
        let slots = (capacity * 3 / 2).next_power_of_two().max(8);
        Self {
            index: (0..slots).map(|_| AtomicU32::new(0)).collect(),
            entries: (0..capacity).map(|_| Entry::default()).collect(),
            used: AtomicUsize::new(0),
            first: AtomicUsize::new(0),
            last: AtomicUsize::new(0),
        }
    }

    /// Takes note that an entry was deleted, under the lock.
    fn deleted(&self, number: usize) {
        if self.first.load(Relaxed) == number {
            self.first.store(number + 1, Relaxed);
        }
        if self.last.load(Relaxed) == number + 1 {
            self.last.store(number, Relaxed);
        }
    }

    /// Looks for a key, after the entries that `skip` says have another one.
    fn find(&self, m: &Mutator, key: &Value, hash: u64, skip: &[usize]) -> Found {
        let mask = self.index.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            // Acquire: the entry was filled before.
            let number = self.index[at].load(Acquire) as usize;
            if number == 0 {
                return Found::Nowhere;
            }
            let entry = &self.entries[number - 1];
            if entry.hash.load(Relaxed) == hash
                && let Some(other) = entry.key.load(m)
                && !entry.value.is_empty()
            {
                match ops::plain_eq(m, key, other) {
                    Some(true) => return Found::At(number - 1),
                    None if !skip.contains(&(number - 1)) => return Found::Ask(number - 1),
                    _ => {}
                }
            }
            at = (at + 1) & mask;
        }
    }

    fn link(&self, number: usize, hash: u64) {
        let mask = self.index.len() - 1;
        let mut at = hash as usize & mask;
        while self.index[at].load(Relaxed) != 0 {
            at = (at + 1) & mask;
        }
        // Release: pairs with `find`.
        self.index[at].store(number as u32 + 1, Release);
    }

    /// Fills a new entry, under the lock. False if there is no room.
    fn append(&self, m: &Mutator, key: Ref, hash: u64, value: Ref) -> bool {
        let number = self.used.load(Relaxed);
        let Some(entry) = self.entries.get(number) else { return false };
        entry.hash.store(hash, Relaxed);
        entry.key.store(m, key);
        entry.value.store(m, value);
        // Release: pairs with iterations.
        self.used.store(number + 1, Release);
        self.last.store(number + 1, Relaxed);
        self.link(number, hash);
        true
    }
}

impl Dict {
    pub fn new() -> Self {
        Self::default()
    }

    #[inline]
    pub fn len(&self) -> usize {
        self.len.load(Acquire)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    fn table<'a>(&'a self, m: &'a Mutator) -> Option<(Local<'a, Obj>, &'a Table)> {
        let local = self.table.load(m)?;
        match local.get() {
            Obj::Table(table) => Some((local, table)),
            _ => None,
        }
    }

    fn used(&self, m: &Mutator) -> usize {
        self.table(m).map_or(0, |(_, table)| table.used.load(Acquire))
    }

    /// What the dict has for a key whose equality needs no program: `Err` if it turns out
    /// that some key in it does.
    #[inline]
    #[expect(clippy::result_unit_err, reason = "it says that the program must be asked")]
    pub fn get_plain<'a>(
        &'a self,
        m: &'a Mutator,
        key: &Value,
        hash: u64,
    ) -> Result<Option<Local<'a, Obj>>, ()> {
        let Some((_, table)) = self.table(m) else { return Ok(None) };
        match table.find(m, key, hash, &[]) {
            Found::At(number) => Ok(table.entries[number].value.load(m)),
            Found::Nowhere => Ok(None),
            Found::Ask(_) => Err(()),
        }
    }

    /// The entry from `position` on: its number, key and value.
    pub fn entry_at<'a>(
        &'a self,
        m: &'a Mutator,
        mut position: usize,
    ) -> Option<(usize, Local<'a, Obj>, Local<'a, Obj>)> {
        let (_, table) = self.table(m)?;
        position = position.max(table.first.load(Relaxed));
        // Acquire: pairs with `append`.
        while position < table.used.load(Acquire) {
            let entry = &table.entries[position];
            if let (Some(key), Some(value)) = (entry.key.load(m), entry.value.load(m)) {
                return Some((position, key, value));
            }
            position += 1;
        }
        None
    }

    /// The last entry before `position`.
    pub fn entry_before<'a>(
        &'a self,
        m: &'a Mutator,
        position: usize,
    ) -> Option<(usize, Local<'a, Obj>, Local<'a, Obj>)> {
        let (_, table) = self.table(m)?;
        let mut position = position.min(table.last.load(Acquire));
        while position > 0 {
            position -= 1;
            let entry = &table.entries[position];
            if let (Some(key), Some(value)) = (entry.key.load(m), entry.value.load(m)) {
                return Some((position, key, value));
            }
        }
        None
    }

    /// Empties the dict.
    pub fn clear(&self, m: &Mutator) {
        let _held = self.lock.lock();
        self.len.store(0, Release);
        self.table.store(m, None);
    }

    /// All entries, as of one moment.
    pub fn entries(&self, m: &Mutator) -> Vec<(Ref, Ref)> {
        let _held = self.lock.lock();
        let mut all = Vec::with_capacity(self.len());
        let mut position = 0;
        while let Some((at, key, value)) = self.entry_at(m, position) {
            all.push((key.to_gc(), value.to_gc()));
            position = at + 1;
        }
        all
    }

    /// All keys, as values.
    pub fn keys(&self, m: &Mutator) -> Vec<Value> {
        self.entries(m).into_iter().map(|(key, _)| Value::from_ref(key, m)).collect()
    }

    /// Makes room for an entry more, under the lock: a new table, without what was deleted.
    fn grow(&self, m: &Mutator) {
        let capacity = (self.len.load(Relaxed) * 2 + 5).max(6);
        let new = Table::new(capacity);
        if let Some((_, old)) = self.table(m) {
            for entry in &old.entries[..old.used.load(Relaxed)] {
                if let (Some(key), Some(value)) = (entry.key.load(m), entry.value.load(m)) {
                    new.append(m, key.to_gc(), entry.hash.load(Relaxed), value.to_gc());
                }
            }
        }
        self.table.store(m, m.alloc(Obj::Table(Box::new(new))));
    }

    /// Copies all entries of another dict into this one, which is new and empty.
    pub fn copy_from(&self, vm: &Vm<'_>, other: &Self) {
        let m = &*vm.m;
        let new = {
            let _held = other.lock.lock();
            let new = Table::new((other.len() * 3 / 2).max(6));
            if let Some((_, old)) = other.table(m) {
                for entry in &old.entries[..old.used.load(Relaxed)] {
                    if let (Some(key), Some(value)) = (entry.key.load(m), entry.value.load(m)) {
                        new.append(m, vm.copied(key), entry.hash.load(Relaxed), vm.copied(value));
                    }
                }
            }
            new
        };
        let _held = self.lock.lock();
        self.len.store(new.used.load(Relaxed), Release);
        self.table.store(m, m.alloc(Obj::Table(Box::new(new))));
    }

    fn is_current(&self, m: &Mutator, seen: Option<&Ref>) -> bool {
        match (self.table.load(m), seen) {
            (Some(now), Some(seen)) => Local::as_ptr(now) == Gc::as_ptr(seen),
            (None, None) => true,
            _ => false,
        }
    }
}

/// The dict or set in an object, which must be one.
#[inline]
pub fn of<'a>(gc: &'a Ref, m: &'a Mutator) -> &'a Dict {
    match gc.get(m) {
        Obj::Dict(dict) | Obj::Set(dict) | Obj::FrozenSet(dict) => dict,
        _ => unreachable!("the caller knows that it is a dict or a set"),
    }
}

/// The number of the entry with this key and the table in which it is, without the lock.
fn search(
    vm: &mut Vm<'_>,
    gc: &Ref,
    key: &Value,
    hash: u64,
) -> Result<(Option<usize>, Option<Ref>)> {
    'again: loop {
        let mut different = Vec::new();
        let table_ref = of(gc, vm.m).table.load(vm.m).map(Local::to_gc);
        let Some(table_ref) = table_ref else { return Ok((None, None)) };
        loop {
            let Obj::Table(table) = table_ref.get(vm.m) else { unreachable!("only tables") };
            match table.find(vm.m, key, hash, &different) {
                Found::At(number) => return Ok((Some(number), Some(table_ref))),
                Found::Nowhere => return Ok((None, Some(table_ref))),
                Found::Ask(number) => {
                    let Some(other) = table.entries[number].key.load(vm.m) else { continue };
                    let other = Value::from_local(other);
                    let equal = vm.equal(&other, key)?;
                    if !of(gc, vm.m).is_current(vm.m, Some(&table_ref)) {
                        continue 'again;
                    }
                    if equal {
                        return Ok((Some(number), Some(table_ref)));
                    }
                    different.push(number);
                }
            }
        }
    }
}

/// What a dict has for a key.
pub fn get(vm: &mut Vm<'_>, gc: &Ref, key: &Value) -> Result<Option<Value>> {
    let hash = vm.hash(key)?;
    get_hashed(vm, gc, key, hash)
}

#[inline]
pub fn get_hashed(vm: &mut Vm<'_>, gc: &Ref, key: &Value, hash: u64) -> Result<Option<Value>> {
    if let Ok(found) = of(gc, vm.m).get_plain(vm.m, key, hash) {
        return Ok(found.map(Value::from_local));
    }
    let (number, table) = search(vm, gc, key, hash)?;
    let (Some(number), Some(table)) = (number, table) else { return Ok(None) };
    let Obj::Table(table) = table.get(vm.m) else { unreachable!("only tables") };
    Ok(table.entries[number].value.load(vm.m).map(Value::from_local))
}

pub fn contains(vm: &mut Vm<'_>, gc: &Ref, key: &Value) -> Result<bool> {
    Ok(get(vm, gc, key)?.is_some())
}

/// Gives a key a value. Returns whether it is a new key.
pub fn set(vm: &mut Vm<'_>, gc: &Ref, key: &Value, value: &Value) -> Result<bool> {
    let hash = vm.hash(key)?;
    if matches!(value, Value::Int(_) | Value::Float(_))
        && let Ok(Some(old)) = of(gc, vm.m).get_plain(vm.m, key, hash)
        && value.store_in_box(old)
    {
        return Ok(false);
    }
    let value = vm.boxed(value);
    Ok(put(vm, gc, key, hash, value, true)?.is_none())
}

/// Gives a key a value if it has none; else returns what it has.
pub fn set_default(vm: &mut Vm<'_>, gc: &Ref, key: &Value, value: &Value) -> Result<Option<Value>> {
    let hash = vm.hash(key)?;
    let value = vm.boxed(value);
    put(vm, gc, key, hash, value, false)
}

/// Adds a key to a set. Returns whether it is new.
pub fn add(vm: &mut Vm<'_>, gc: &Ref, key: &Value) -> Result<bool> {
    let hash = vm.hash(key)?;
    let none = vm.boxed(&Value::None);
    Ok(put(vm, gc, key, hash, none, false)?.is_none())
}

/// Adds an entry, or replaces or returns its value.
fn put(
    vm: &mut Vm<'_>,
    gc: &Ref,
    key: &Value,
    hash: u64,
    value: Ref,
    replace: bool,
) -> Result<Option<Value>> {
    loop {
        // Usually one look under the lock is all.
        let (number, table) = {
            let dict = of(gc, vm.m);
            let _held = dict.lock.lock();
            match dict.table(vm.m).map_or(Found::Nowhere, |(_, t)| t.find(vm.m, key, hash, &[])) {
                Found::Nowhere => {
                    append(vm, dict, key, hash, value);
                    return Ok(None);
                }
                Found::At(number) => (Some(number), dict.table.load(vm.m).map(Local::to_gc)),
                Found::Ask(_) => (None, None),
            }
        };
        let before = of(gc, vm.m).used(vm.m);
        let (number, table) =
            if number.is_some() { (number, table) } else { search(vm, gc, key, hash)? };
        let dict = of(gc, vm.m);
        let held = dict.lock.lock();
        if !dict.is_current(vm.m, table.as_ref()) {
            continue;
        }
        let Some(number) = number else {
            if dict.used(vm.m) != before {
                // It may have been added meanwhile.
                continue;
            }
            append(vm, dict, key, hash, value);
            return Ok(None);
        };
        let Some(Obj::Table(table)) = table.as_ref().map(|t| t.get(vm.m)) else {
            unreachable!("only tables")
        };
        let entry = &table.entries[number];
        let Some(old) = entry.value.load(vm.m) else { continue };
        let old = old.to_gc();
        if replace {
            entry.value.store(vm.m, value);
        }
        drop(held);
        return Ok(Some(Value::from_ref(old, vm.m)));
    }
}

/// Under the lock.
fn append(vm: &Vm<'_>, dict: &Dict, key: &Value, hash: u64, value: Ref) {
    let key = vm.boxed(key);
    let has_room =
        dict.table(vm.m).is_some_and(|(_, table)| table.used.load(Relaxed) < table.entries.len());
    if !has_room {
        dict.grow(vm.m);
    }
    if let Some((_, table)) = dict.table(vm.m) {
        table.append(vm.m, key, hash, value);
    }
    dict.len.fetch_add(1, AcqRel);
}

/// Takes a key and its value out.
pub fn remove(vm: &mut Vm<'_>, gc: &Ref, key: &Value) -> Result<Option<Value>> {
    let hash = vm.hash(key)?;
    loop {
        let (number, table) = search(vm, gc, key, hash)?;
        let dict = of(gc, vm.m);
        let held = dict.lock.lock();
        if !dict.is_current(vm.m, table.as_ref()) {
            continue;
        }
        let (Some(number), Some(table)) = (number, table) else { return Ok(None) };
        let Obj::Table(table) = table.get(vm.m) else { unreachable!("only tables") };
        let entry = &table.entries[number];
        let Some(value) = entry.value.take(vm.m) else { continue };
        let key = entry.key.take(vm.m);
        table.deleted(number);
        dict.len.fetch_sub(1, AcqRel);
        drop(held);
        let value = Value::from_ref(value, vm.m);
        drop(key);
        return Ok(Some(value));
    }
}

/// Takes the last entry out, or the first.
pub fn pop(vm: &Vm<'_>, gc: &Ref, last: bool) -> Option<(Value, Value)> {
    let dict = of(gc, vm.m);
    let held = dict.lock.lock();
    let found = if last { dict.entry_before(vm.m, usize::MAX) } else { dict.entry_at(vm.m, 0) };
    let (number, ..) = found?;
    let (_, table) = dict.table(vm.m)?;
    let entry = &table.entries[number];
    let (key, value) = (entry.key.take(vm.m)?, entry.value.take(vm.m)?);
    table.deleted(number);
    dict.len.fetch_sub(1, AcqRel);
    drop(held);
    Some((Value::from_ref(key, vm.m), Value::from_ref(value, vm.m)))
}
