//! Deferred objects: who counts them, and how deferral begins and ends.
//!
//! A deferred object is freed by the collector alone. So its count need not be
//! known at any moment but in a pause, and each attached thread counts for itself,
//! in an array of its record's, by the object's *id*; threads that are not attached
//! count in the word. A pause begins by adding the arrays to the words. So between
//! two pauses threads that clone one hot object write to no common line.
//!
//! | word             | of a deferred object                                          |
//! |------------------|---------------------------------------------------------------|
//! | `ob_ref_local`   | [`UNCOUNTED`]: leads everybody off the ways of counted ones   |
//! | `ob_tid`         | [`DEFERRED_ID`] and the id; no mutator's id                   |
//! | `ob_ref_shared`  | merged, DEFERRED; the count is what the arrays do not have    |
//!
//! All three change together in pauses only (or when the object is made), so an
//! attached thread may go by any of them; others go by the flag, in the word that
//! they change.
//!
//! An id is given to another object only after a pause in which the arrays were
//! added up, and since which none counted by it.
//!
//! From PEP 703, "Deferred reference counting"; the counts by thread are those of
//! CPython 3.14, which has them for heap types, code and a few more.

use super::deaths::{buffer, is_owner, merge, retain_weak, shelve_candidate};
use super::object::{
    ACYCLIC, AGED, BUFFERED, CONDEMNED, DEFERRED_ID, Object, UNCOUNTED, WAS_DEFERRED,
};

use super::word::{CANDIDATE, CLEARED, DEFERRED, ONE, Word};
use crate::stw::{self, Address, Stopped};
use crate::sync::{self, Mutex, Ordering::*, global};

/// The deferred objects by their ids.
#[derive(Debug)]
pub(crate) struct Ids {
    objects: Vec<Option<Address>>,
    free: Vec<u32>,
}

global! {
    fn ids() -> Mutex<Ids> = Mutex::new(Ids { objects: Vec::new(), free: Vec::new() })
}

/// An id for an object that is being made. [`set_object`] says which.
pub(super) fn take_id() -> u32 {
    let mut ids = sync::lock(ids());
    if let Some(id) = ids.free.pop() {
        return id;
    }
    let id = u32::try_from(ids.objects.len()).unwrap_or(DEFERRED_ID);
    // The last one would make `NOBODY`, which is nobody's id.
    assert!(id < DEFERRED_ID - 1, "there are no more ids for deferred objects");
    ids.objects.push(None);
    id
}

pub(super) fn set_object(id: u32, object: Object) {
    sync::lock(ids()).objects[id as usize] = Some(object.address());
}

/// Gives back an id that no object bears any more.
pub(super) fn give_id(id: u32) {
    let mut ids = sync::lock(ids());
    ids.objects[id as usize] = None;
    ids.free.push(id);
}

/// How many deferred objects there are.
pub(crate) fn count_deferred() -> usize {
    let ids = sync::lock(ids());
    ids.objects.len() - ids.free.len()
}

/// The references to a deferred object, but for uncounted ones. In a pause, after
/// [`merge_counts`].
pub(crate) fn counted_in_word(object: Object) -> usize {
    let count = Word(object.head().ob_ref_shared.load(Acquire)).count();
    usize::try_from(count).unwrap_or(0)
}

/// All deferred objects.
pub(crate) fn deferred_objects(_: &Stopped<'_>) -> Vec<Object> {
    let ids = sync::lock(ids());
    let objects = ids.objects.iter().flatten();
    // SAFETY: what bears an id lives, and only who has stopped the world ends that.
    objects.map(|&address| unsafe { Object::at(address) }).collect()
}

/// Counts a reference to a deferred object that was made, or else one that was given
/// up. `false`: the calling thread is not attached, so it is for the caller to count in
/// the word.
#[inline]
pub(super) fn count<const MADE: bool>(object: Object) -> bool {
    let Some(record) = stw::current_attached() else { return false };
    // Relaxed: changes in pauses only.
    let id = object.head().ob_tid.load(Relaxed) & !DEFERRED_ID;
    // SAFETY: attached, so the counts are this thread's.
    unsafe { record.local.counts.count::<MADE>(id) };
    true
}

/// What this thread counted of a deferred object.
pub(super) fn counted_here(object: Object) -> isize {
    match (stw::current_attached(), object.deferred_id()) {
        // SAFETY: attached, so the counts are this thread's.
        (Some(record), Some(id)) => unsafe { record.local.counts.get(id) },
        _ => 0,
    }
}

/// Makes an object a candidate, unless it is one. By an attached thread, while it is
/// sure that the object lives.
#[inline]
pub(crate) fn suspect(object: Object) {
    if is_owner(object) {
        if !object.has(ACYCLIC | BUFFERED | CONDEMNED) {
            buffer(object);
        }
        return;
    }
    if !object.has(ACYCLIC | BUFFERED | CONDEMNED) {
        suspect_deferred(object);
    }
}

/// As [`suspect`], for an object that is deferred.
#[inline]
pub(super) fn suspect_deferred(object: Object) {
    // Relaxed: a guess for the compare-and-swap.
    let now = Word(object.head().ob_ref_shared.load(Relaxed));
    if !now.has(CANDIDATE | CLEARED) {
        suspect_slowly(object, now);
    }
}

#[cold]
#[inline(never)]
fn suspect_slowly(object: Object, mut now: Word) {
    if object.is_immortal() {
        return;
    }
    // Before the flag: the entry must find the memory.
    retain_weak(object);
    while !now.has(CANDIDATE | CLEARED) {
        let next = now.with(CANDIDATE);
        // Relaxed: only a flag.
        let word = &object.head().ob_ref_shared;
        match word.compare_exchange_weak(now.0, next.0, Relaxed, Relaxed) {
            Ok(_) => return shelve_candidate(object),
            Err(seen) => now = Word(seen),
        }
    }
    // Not the last weak reference: the strong ones have one.
    object.head().ob_weak.fetch_sub(1, Relaxed);
}

/// Adds what the mutators counted to the words. At the beginning of a pause, before
/// a count is looked at or an id given back.
pub(crate) fn merge_counts(stopped: &Stopped<'_>) {
    let ids = sync::lock(ids());
    let add = |id: u32, count: isize| {
        let Some(address) = ids.objects[id as usize] else { return };
        // SAFETY: it bears the id, so it lives.
        let word = &unsafe { Object::at(address) }.head().ob_ref_shared;
        // Release: edge A, for what the threads did before they counted; that comes
        // before the pause.
        let old = Word(word.fetch_add(ONE.wrapping_mul(count.cast_unsigned()), AcqRel));
        let _ = old.plus(count);
    };
    for record in stopped.records() {
        // SAFETY: the world is stopped.
        unsafe { record.local.counts.take(add) };
    }
}

/// Defers a living object. In a pause, after the queues were merged.
pub(crate) fn defer(_: &Stopped<'_>, object: Object) {
    let head = object.head();
    if object.is_immortal() || object.deferred_id().is_some() {
        return;
    }
    if object.has(CONDEMNED) {
        // A finalizer has saved it; the collector will give it back.
        return object.set(WAS_DEFERRED, 0);
    }
    // Whoever owns it is stopped.
    merge(object);
    let id = take_id();
    set_object(id, object);
    object.set(0, ACYCLIC | AGED);
    head.ob_tid.store(DEFERRED_ID | id, Relaxed);
    // Release, here and below: the pause orders it for those who are attached.
    head.ob_ref_local.store(UNCOUNTED, Release);
    head.ob_ref_shared.fetch_or(DEFERRED, AcqRel);
}

/// Ends that: from now on its references are counted in the word. In a pause, after
/// [`merge_counts`].
pub(crate) fn undefer(_: &Stopped<'_>, object: Object) {
    let Some(id) = object.deferred_id() else { return };
    let head = object.head();
    head.ob_ref_shared.fetch_and(!DEFERRED, AcqRel);
    head.ob_ref_local.store(0, Release);
    head.ob_tid.store(0, Release);
    object.set(0, AGED);
    give_id(id);
}

/// As [`undefer`], for the time when nobody collects any more. `true`: nothing refers
/// to the object; the caller now does.
pub(crate) fn undefer_for_good(stopped: &Stopped<'_>, object: Object) -> bool {
    undefer(stopped, object);
    let word = &object.head().ob_ref_shared;
    // Nobody can make a reference to it if there is none.
    let is_orphan = Word(word.load(Acquire)).count() == 0;
    if is_orphan {
        word.fetch_add(ONE, Relaxed);
    }
    is_orphan
}
