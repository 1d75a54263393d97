//! How references come and go, and what becomes of an object with its last one.
//!
//! **An object's death has one owner.** Whoever takes the count to zero destroys
//! the object, and only a thread that may destroy it takes it there: any other
//! hands its reference over instead of giving it up, to a list. So every list
//! owns the references that are on it, and the count reaches zero once.
//!
//! | the last reference is dropped            | what happens                                                    |
//! |------------------------------------------|-----------------------------------------------------------------|
//! | to a deferred object                     | nothing: the collector frees it                                 |
//! | before the object's [stamp](super::stamp) is passed | handed to the list of retired ones; at a later safepoint, when every mutator has passed, some thread drops the reference again |
//! | by the owner                             | finalized, then destroyed at once; without a read-modify-write if no other thread counted it |
//! | by an attached thread, object merged     | finalized, then destroyed at once                               |
//! | by an attached thread, owner attached    | handed to the owner's queue: its next safepoint merges, and drops the reference |
//! | by an attached thread, owner not attached | merged in the owner's stead, then as a merged one              |
//! | by a thread that is not attached         | handed to the pending list: the next safepoint of any mutator drops the reference; if nobody is attached, this thread attaches for the moment |
//!
//! # Orderings
//!
//! * **A: last use before destruction.** Every decrement, every merge and every
//!   hand-over is a `Release` on the shared word, all writes to which are
//!   read-modify-writes; who finds the last reference issues an `Acquire` on it
//!   before touching the payload.
//! * **B: the owner's side.** The local count, `ob_tid` and `ob_gc_bits` change
//!   hands only with the record's word (edges S and R of [`stw`](crate::stw)),
//!   or with the merge (edge A).
//! * **C: weak handles.** A successful upgrade is an `Acquire`.

use std::cell::{Cell, RefCell};
use std::mem::{self, ManuallyDrop};

use super::object::{
    ACYCLIC, BUFFERED, CONDEMNED, DEAD, DEFERRED_ID, FINALIZED, IMMORTAL, Object, UNCOUNTED,
};
use super::stamp::is_out_of_sight;
use super::word::{CANDIDATE, CLEARED, DEFERRED, ONE, REVIVED, State, Word, overflow};
use super::{deferral, weak};
use crate::blocks::{BlockSource, Blocks};
use crate::stw::{self, Address, Asked, Batch, Mutator, NOBODY, Record, world};
use crate::sync::{self, AtomicBool, Mutex, Ordering::*, fence, global, thread_state};

/// A local count that reaches this goes to the shared word, where it must fit.
const LOCAL_LIMIT: u32 = if usize::BITS == 64 { 1 << 31 } else { 1 << 20 };

/// A weak count past this aborts; half the range is left for racing threads.
const WEAK_LIMIT: u32 = u32::MAX >> 1;

/// How many entries on the pending list make a thread that is not attached
/// attach for the moment, although somebody is attached; and how many candidates
/// make it ask somebody to take them.
const MANY_PENDING: usize = 1024;

fn word(object: Object) -> Word {
    // Relaxed: a guess for a compare-and-swap.
    Word(object.head().ob_ref_shared.load(Relaxed))
}

#[inline]
pub(super) fn is_owner(object: Object) -> bool {
    // Relaxed: only our own id matters, and only our side writes over it.
    object.head().ob_tid.load(Relaxed) == stw::me()
}

/// Counts one more reference, of which the caller has one.
#[inline]
pub(crate) fn retain(object: Object) {
    let head = object.head();
    if is_owner(object) {
        // Relaxed: the owner's own word.
        let local = head.ob_ref_local.load(Relaxed) + 1;
        if local < LOCAL_LIMIT {
            head.ob_ref_local.store(local, Relaxed);
            return;
        }
        merge(object);
    }
    retain_shared(object);
}

#[inline]
fn retain_shared(object: Object) {
    // Relaxed: who takes an immortal object for a mortal one only changes a count
    // that nobody looks at, and so does, if it is not attached, who takes a
    // deferred object for another.
    let local = object.head().ob_ref_local.load(Relaxed);
    if local >= UNCOUNTED && (local == IMMORTAL || deferral::count::<true>(object)) {
        return;
    }
    // Relaxed: the caller has a reference, and whatever gave it that ordered it.
    let old = Word(object.head().ob_ref_shared.fetch_add(ONE, Relaxed));
    let _ = old.plus(1);
}

/// Gives up a reference.
#[inline]
pub(crate) fn release(object: Object) {
    if is_owner(object) {
        let head = object.head();
        // Relaxed: the owner's own word.
        let local = head.ob_ref_local.load(Relaxed);
        if local == 1 {
            return release_last_local(object);
        }
        head.ob_ref_local.store(local - 1, Relaxed);
        if !object.has(ACYCLIC | BUFFERED | CONDEMNED) {
            buffer(object);
        }
    } else {
        release_shared(object);
    }
}

/// Makes an object of this thread's a candidate.
#[cold]
#[inline(never)]
pub(super) fn buffer(object: Object) {
    let Some(record) = stw::current() else { return };
    object.set(BUFFERED, 0);
    // SAFETY: the owner is attached, so the list is this thread's.
    let entries = unsafe { record.local.candidates.push(object.address()) };
    want_collection_at(record, entries);
}

#[inline]
fn want_collection_at(record: &Record, entries: usize) {
    if entries >= record.local.limit.get() {
        record.local.wants_collection.set(true);
        // Not again for every entry that follows.
        record.local.limit.set(usize::MAX);
        record.ask();
    }
}

/// The owner gives up its last local reference. The local count is still 1.
#[inline(never)]
fn release_last_local(object: Object) {
    let head = object.head();
    loop {
        // Acquire: edge A.
        let now = Word(head.ob_ref_shared.load(Acquire));
        if object.has(CONDEMNED) && now.count() == 0 {
            // The collector has destroyed the payload and given up its own
            // reference: nobody else ever had one.
            return free(object);
        }
        if now.count() != 0 || now.state() != State::Biased {
            // Others count it, or could upgrade a weak handle.
            merge(object);
            return release_shared(object);
        }
        if !is_out_of_sight(object, now) {
            // Others may look at it, and even count it.
            return retire(object);
        }
        if object.has(FINALIZED) {
            // No other thread has a reference or can get one.
            return destroy(object);
        }
        finalize(object);
        let local = head.ob_ref_local.load(Relaxed);
        if !is_owner(object) || local != 1 {
            // Resurrected, or merged meanwhile: an ordinary reference.
            return release(object);
        }
    }
}

/// Gives up a reference that this thread's local count does not account for.
#[inline]
pub(crate) fn release_shared(object: Object) {
    // Relaxed: as in `retain_shared`.
    if object.head().ob_ref_local.load(Relaxed) >= UNCOUNTED {
        release_uncounted(object);
    } else {
        release_counted(object);
    }
}

/// As [`release_shared`], for what is immortal or deferred.
#[inline(never)]
fn release_uncounted(object: Object) {
    if object.is_immortal() {
        return;
    }
    if !deferral::count::<false>(object) {
        return release_counted(object);
    }
    deferral::suspect_deferred(object);
}

/// Gives up a reference that is counted in the shared word, or that another
/// thread's local count accounts for.
#[inline(never)]
fn release_counted(object: Object) {
    let head = object.head();
    let attached = stw::me() != NOBODY;
    let mut now = word(object);
    loop {
        let (count, state) = (now.count(), now.state());
        let last = match state {
            _ if now.has(DEFERRED) => false,
            State::Merged => count == 1,
            State::Biased | State::Weakref => count == 0,
            State::Queued => false,
        };
        if !last {
            match decrement(object, now, attached) {
                Ok(()) => return,
                Err(seen) => now = seen,
            }
        } else if state != State::Merged {
            // The owner has the other references: our own goes to the queue.
            // Release: edge A.
            let queued = now.with_state(State::Queued);
            match head.ob_ref_shared.compare_exchange_weak(now.0, queued.0, AcqRel, Relaxed) {
                Ok(_) => return hand_over(object),
                Err(seen) => now = Word(seen),
            }
        } else if !attached && !pending_is_closed() {
            return leave_to_others(object);
        } else {
            // Acquire: edge A.
            fence(Acquire);
            if attached && !object.has(CONDEMNED) {
                if now.has(REVIVED) {
                    // From here on, who upgrades a weak handle makes the exchange
                    // below fail: it could put the object where others read it.
                    // Relaxed: only a flag.
                    let next = now.without(REVIVED);
                    let word = &head.ob_ref_shared;
                    now = match word.compare_exchange_weak(now.0, next.0, Relaxed, Relaxed) {
                        Ok(_) => next,
                        Err(seen) => Word(seen),
                    };
                    continue;
                }
                if !is_out_of_sight(object, now) {
                    return retire(object);
                }
                if !object.has(FINALIZED) {
                    finalize(object);
                    now = word(object);
                    continue;
                }
            }
            let none = now.plus(-1);
            match head.ob_ref_shared.compare_exchange_weak(now.0, none.0, AcqRel, Relaxed) {
                Ok(_) if object.has(CONDEMNED) => return free(object),
                Ok(_) => return destroy(object),
                Err(seen) => now = Word(seen),
            }
        }
    }
}

/// Takes one from the shared count, which leaves the object alive, and makes it
/// a candidate if it is none.
#[inline]
fn decrement(object: Object, now: Word, attached: bool) -> Result<(), Word> {
    let head = object.head();
    let known = if attached { ACYCLIC | BUFFERED | CONDEMNED } else { ACYCLIC };
    let becomes = !now.has(CANDIDATE | CLEARED) && !object.has(known);
    let mut less = now.plus(-1);
    if becomes {
        // Before the decrement: once that is done the object may die, and the
        // entry must find its memory.
        retain_weak(object);
        less = less.with(CANDIDATE);
    }
    // Release: edge A.
    match head.ob_ref_shared.compare_exchange_weak(now.0, less.0, Release, Relaxed) {
        Ok(_) => {
            if becomes {
                shelve_candidate(object);
            }
            Ok(())
        }
        Err(seen) => {
            if becomes {
                // Not the last weak reference: the strong ones have one.
                head.ob_weak.fetch_sub(1, Relaxed);
            }
            Err(Word(seen))
        }
    }
}

/// How many retired objects call for a safepoint that looks at them.
const MANY_RETIRED: usize = if cfg!(loom) { 1 } else { 32 };

global! {
    /// Retired objects that refer to others are looked at by the next safepoint too.
    fn is_prompt() -> AtomicBool = AtomicBool::new(false)
}

/// See `heap::Configure::prompt_deaths`.
pub(crate) fn set_prompt(on: bool) {
    is_prompt().store(on, Relaxed);
}

/// Keeps the caller's reference, the last, until nobody can look at the object by an
/// uncounted one; then it is dropped again. By an attached thread.
#[cold]
#[inline(never)]
fn retire(object: Object) {
    let Some(record) = stw::current_attached() else { return };
    // SAFETY: attached, so the list is this thread's.
    let entries = unsafe { record.local.retired.push(object.address()) };
    // Relaxed: only a figure, written by one thread at a time.
    record.local.shelved.store(entries, Relaxed);
    // Relaxed: a setting.
    let leads_on = || !object.has(ACYCLIC) && is_prompt().load(Relaxed);
    if entries >= MANY_RETIRED || !object.has(FINALIZED) || object.has_callbacks() || leads_on() {
        record.ask();
    }
}

/// Takes what the record's shelf of retired objects has. By the record's side.
///
/// # Safety
///
/// As for [`Shelf::take`](stw::Shelf::take).
pub(crate) unsafe fn take_shelf(record: &Record) -> Vec<Address> {
    record.local.shelved.store(0, Relaxed);
    // SAFETY: the caller's.
    unsafe { record.local.retired.take() }
}

#[cold]
pub(super) fn shelve_candidate(object: Object) {
    if stw::me() != NOBODY
        && let Some(record) = stw::current()
    {
        // SAFETY: attached, so the list is this thread's.
        let entries = unsafe { record.local.shared_candidates.push(object.address()) };
        want_collection_at(record, entries);
        return;
    }
    let mut list = sync::lock(pending());
    if list.closed {
        drop(list);
        // Nobody collects any more.
        release_weak(object);
    } else {
        list.candidates.push(object.address());
        let many = list.candidates.len().is_multiple_of(MANY_PENDING);
        drop(list);
        if many {
            // They are that thread's then, and count for it.
            world().ask_anyone();
        }
    }
}

/// Leaves the candidates that this thread made, while attached for the moment,
/// to those that stay. It still is.
fn leave_candidates(record: &Record) {
    // SAFETY: attached, so the list is this thread's.
    let mut made = unsafe { record.local.shared_candidates.take() };
    if made.is_empty() {
        return;
    }
    let mut list = sync::lock(pending());
    let before = list.candidates.len() / MANY_PENDING;
    list.candidates.append(&mut made);
    let many = list.candidates.len() / MANY_PENDING != before;
    drop(list);
    if many {
        world().ask_anyone();
    }
}

/// Moves the owner's count to the shared word. By the owner's side; does
/// nothing if that is done already.
pub(crate) fn merge(object: Object) {
    let head = object.head();
    // Relaxed: the owner's side writes these, and that is the caller. A deferred
    // object's has its id.
    let tid = head.ob_tid.load(Relaxed);
    if tid == 0 || tid >= DEFERRED_ID {
        return;
    }
    let local = head.ob_ref_local.load(Relaxed);
    head.ob_ref_local.store(0, Relaxed);
    // Release: edge A, for who reads 0 here and then counts in the shared word.
    head.ob_tid.store(0, Release);
    let mut now = word(object);
    loop {
        let merged = now.plus(local as isize).with_state(State::Merged);
        // Release: edge A; and the two stores come before.
        match head.ob_ref_shared.compare_exchange_weak(now.0, merged.0, AcqRel, Relaxed) {
            Ok(_) => return,
            Err(seen) => now = Word(seen),
        }
    }
}

/// Finds somebody who may merge an object that was just queued.
fn hand_over(object: Object) {
    if stw::me() == NOBODY {
        if pending_is_closed() {
            // After the shutdown every object is merged.
            return release_shared(object);
        }
        return leave_to_others(object);
    }
    hand_to_owner(object);
}

/// As [`hand_over`], by an attached thread.
fn hand_to_owner(object: Object) {
    // Acquire: pairs with the merge, whose word we then count in.
    match object.head().ob_tid.load(Acquire) {
        // It was merged meanwhile.
        0 => release_shared(object),
        tid if tid == stw::me() => {
            merge(object);
            release_shared(object);
        }
        tid => {
            let owner = world().record(tid);
            owner.push(object.address());
            stand_in_for(owner);
        }
    }
}

/// Has somebody look at a record's queue; if nobody else can, the caller, which
/// is attached.
fn stand_in_for(owner: &'static Record) {
    match world().ask_or_hold(owner) {
        Asked::Mutator => {}
        Asked::You(held) => {
            let merged = merge_queue(owner);
            drop(held);
            Rest(merged).release_all();
        }
        Asked::Nobody => ask_later(owner),
    }
}

/// Merges what is on a record's queue. By the owner's side. The references that
/// the entries own are still to be dropped.
pub(crate) fn merge_queue(record: &Record) -> Vec<Address> {
    let queue = record.take_queue();
    for &address in &queue {
        // SAFETY: the entry owns a reference.
        merge(unsafe { Object::at(address) });
    }
    queue
}

/// References to drop, one by one. If a destructor panics, the rest is left to others.
pub(crate) struct Rest(pub(crate) Vec<Address>);

impl Rest {
    /// Drops every reference; by an attached thread.
    pub(crate) fn release_all(mut self) {
        while let Some(address) = self.0.pop() {
            // SAFETY: the entry owns a reference.
            let object = unsafe { Object::at(address) };
            if word(object).state() == State::Queued {
                hand_to_owner(object);
            } else {
                release(object);
            }
        }
    }
}

impl Drop for Rest {
    fn drop(&mut self) {
        if !self.0.is_empty() {
            sync::lock(pending()).references.append(&mut self.0);
            world().ask_anyone();
        }
    }
}

/// What threads that are not attached leave to those that are.
#[derive(Debug)]
pub(crate) struct Pending {
    /// Objects, with a reference to drop.
    pub(crate) references: Vec<Address>,
    /// Objects without references, with a weak count to drop.
    pub(crate) weak: Vec<Address>,
    /// Candidates, each with a weak count.
    pub(crate) candidates: Vec<Address>,
    /// Records with something on their queue for which nobody could be asked.
    pub(crate) unasked: Vec<&'static Record>,
    /// The heap is shut down: whoever drops the last reference destroys.
    pub(crate) closed: bool,
}

global! {
    fn pending() -> Mutex<Pending> = Mutex::new(Pending {
        references: Vec::new(),
        weak: Vec::new(),
        candidates: Vec::new(),
        unasked: Vec::new(),
        closed: false,
    })
}

#[cold]
pub(crate) fn pending_is_closed() -> bool {
    sync::lock(pending()).closed
}

/// Leaves the caller's reference to the next safepoint of any mutator. If there
/// is none, attaches for the moment and drops it here.
#[cold]
fn leave_to_others(object: Object) {
    let mut list = sync::lock(pending());
    if list.closed {
        drop(list);
        // The heap was shut down meanwhile, and the object merged.
        return release_shared(object);
    }
    list.references.push(object.address());
    let many = list.references.len() > MANY_PENDING;
    drop(list);
    if world().ask_anyone() && !many {
        return;
    }
    attach_for_the_moment(|| {
        let mut list = sync::lock(pending());
        // From the end: it was just pushed. Somebody may have taken it.
        let ours = list.references.iter().rposition(|address| *address == object.address());
        let ours = ours.map(|index| list.references.swap_remove(index));
        drop(list);
        Rest(ours.into_iter().collect()).release_all();
    });
}

/// Leaves a dead object's memory to the next safepoint of any mutator.
#[cold]
fn leave_weak_to_others(object: Object) {
    let mut list = sync::lock(pending());
    if list.closed {
        drop(list);
        return free_memory(object);
    }
    list.weak.push(object.address());
    drop(list);
    if !world().ask_anyone() {
        attach_for_the_moment(|| free_all(mem::take(&mut sync::lock(pending()).weak)));
    }
}

/// Runs `f` attached, if that can be had without waiting.
fn attach_for_the_moment(f: impl FnOnce()) {
    let mut done = for_the_moment(|_| f());
    while !done {
        // Handed to us in the last moment, and nobody else is there.
        sync::yield_now();
        done = for_the_moment(|record| {
            record.ask();
            settle(record);
        });
    }
}

/// Runs `f` attached, if that can be had without waiting. `false`: something is
/// left, and nobody is attached who could be asked.
fn for_the_moment(f: impl FnOnce(&'static Record)) -> bool {
    /// Detaches again, also when unwinding.
    struct Leave<'a> {
        record: &'static Record,
        before: Option<&'static Record>,
        done: &'a Cell<bool>,
    }
    impl Drop for Leave<'_> {
        fn drop(&mut self) {
            leave_candidates(self.record);
            self.done.set(step_aside(self.record));
            if self.before.is_none() {
                stw::enter(None, false);
                world().give_back_moment(self.record);
            }
        }
    }

    let done = Cell::new(true);
    let before = stw::current();
    // If the world is stopped, who stopped it looks at the lists afterwards.
    let Some(record) = before.or_else(|| world().try_claim()) else { return true };
    if !world().attach_for_the_moment(record) {
        if before.is_none() {
            world().give_back_moment(record);
        }
        return true;
    }
    stw::enter(Some(record), true);
    let leave = Leave { record, before, done: &done };
    f(record);
    drop(leave);
    done.get()
}

/// Does what others left to this thread, or to anyone. It is attached.
#[cold]
pub(crate) fn settle(record: &'static Record) {
    if !record.take_request() {
        return;
    }
    // SAFETY: attached, so the list is this thread's.
    let shelf = unsafe { take_shelf(record) };
    // Who gets a retired object from another thread's batch should be able to destroy
    // it. (Its owner is this thread, or it is merged.)
    // SAFETY: the entry owns a reference.
    let share = |address| share_retired(unsafe { Object::at(address) });
    let mut out_of_sight = world().pass(record, shelf, share);
    let mut list = sync::lock(pending());
    let mut references = Rest(mem::take(&mut list.references));
    let weak = mem::take(&mut list.weak);
    let candidates = mem::take(&mut list.candidates);
    let unasked = mem::take(&mut list.unasked);
    drop(list);
    for candidate in candidates {
        // SAFETY: attached, so the list is this thread's.
        let entries = unsafe { record.local.shared_candidates.push(candidate) };
        want_collection_at(record, entries);
    }
    free_all(weak);
    references.0.append(&mut merge_queue(record));
    for owner in unasked {
        match world().ask_or_hold(owner) {
            Asked::Mutator => {}
            Asked::You(_held) => references.0.append(&mut merge_queue(owner)),
            Asked::Nobody => ask_later(owner),
        }
    }
    references.0.append(&mut out_of_sight.objects);
    references.release_all();
    drop(out_of_sight);
}

/// Merges an object of the calling thread's.
fn share_retired(object: Object) {
    if is_owner(object) {
        merge(object);
    }
}

/// Leaves a record's queue to whoever can ask its owner.
fn ask_later(owner: &'static Record) {
    sync::lock(pending()).unasked.push(owner);
    // There is somebody: this thread is attached.
    world().ask_anyone();
    // It may come back at once, while who stands in for that owner is at it.
    sync::yield_now();
}

/// Gives up a weak count of each.
fn free_all(entries: Vec<Address>) {
    for address in entries {
        // SAFETY: the entry owns a weak count.
        release_weak(unsafe { Object::at(address) });
    }
}

/// Detaches the calling thread's mutator without running user code, and without
/// waiting: what others left to it goes to those that are attached. `false`:
/// something is left, and nobody is.
pub(crate) fn step_aside(record: &'static Record) -> bool {
    leave_shelf(record);
    while !world().try_leave(record) {
        if record.take_request() {
            // Before we are gone: who stops the world then finds them here.
            let mut queue = merge_queue(record);
            sync::lock(pending()).references.append(&mut queue);
        }
    }
    stw::enter(Some(record), false);
    let list = sync::lock(pending());
    let nothing = list.references.is_empty() && list.weak.is_empty() && list.unasked.is_empty();
    drop(list);
    if nothing {
        // Retired values wait for whoever is attached; the last to leave finds
        // that there is nobody.
        world().retired() == 0 || world().ask_anyone() || world().is_anyone_attached()
    } else {
        world().ask_anyone()
    }
}

/// Leaves what this thread retired to those that pass a safepoint. It is attached.
fn leave_shelf(record: &Record) {
    // SAFETY: attached, so the list is this thread's.
    let objects = unsafe { take_shelf(record) };
    if !objects.is_empty() {
        for &address in &objects {
            // SAFETY: the entry owns a reference.
            share_retired(unsafe { Object::at(address) });
        }
        world().retire(Batch { objects, ..Batch::default() });
    }
}

/// Stops for as long as the world is stopped, if a stop waits for this thread; or
/// hands the global lock over, if another does.
pub(crate) fn stop_if_asked(record: &'static Record) {
    if record.is_asked_to_stop() {
        stw::enter(Some(record), false);
        world().park(record);
        stw::enter(Some(record), true);
    }
}

/// Detaches the calling thread's mutator, after it has done what others left to it.
pub(crate) fn detach(record: &'static Record) {
    loop {
        if record.shelved() != 0 {
            record.ask();
        }
        if record.try_detach() {
            break;
        }
        stop_if_asked(record);
        settle(record);
    }
    stw::enter(Some(record), false);
}

/// Attaches the calling thread's mutator again.
pub(crate) fn attach(record: &'static Record) {
    world().attach(record);
    stw::enter(Some(record), true);
    if record.local.wants_collection.get() {
        // Whoever looked at the lists meanwhile did not collect.
        record.ask();
    }
}

/// Runs the finalizer, once. The caller has a reference, and gives it up next.
fn finalize(object: Object) {
    /// If the finalizer panics, the caller does not get to that.
    struct Release(Object);
    impl Drop for Release {
        fn drop(&mut self) {
            release(self.0);
        }
    }

    let release = Release(object);
    object.set(FINALIZED, 0);
    stw::with_current(|m: &Mutator| {
        // SAFETY: the caller's reference keeps the payload alive.
        unsafe { object.finalize(m) };
    });
    mem::forget(release);
}

/// How deep destructions nest before they are put off.
const MAX_DEPTH: u32 = 32;

struct Trash {
    depth: Cell<u32>,
    /// Without references, to be destroyed.
    dead: RefCell<ManuallyDrop<Vec<Address>>>,
}

thread_state! {
    static TRASH: Trash =
        Trash { depth: Cell::new(0), dead: RefCell::new(ManuallyDrop::new(Vec::new())) }
}

/// Destroys an object without references, or leaves that to the outermost
/// destruction under way on this thread.
fn destroy(object: Object) {
    /// One level of nested destruction; the outermost works off the list.
    struct Level;
    impl Drop for Level {
        fn drop(&mut self) {
            /// Also when a destructor panics.
            struct Leave;
            impl Drop for Leave {
                fn drop(&mut self) {
                    TRASH.with(|trash| trash.depth.set(trash.depth.get() - 1));
                }
            }

            let _leave = Leave;
            if TRASH.with(|trash| trash.depth.get() == 1 && !trash.dead.borrow().is_empty()) {
                work_off();
            }
        }
    }

    let put_off = TRASH.with(|trash| {
        if trash.depth.get() >= MAX_DEPTH {
            trash.dead.borrow_mut().push(object.address());
            return true;
        }
        trash.depth.set(trash.depth.get() + 1);
        false
    });
    if !put_off {
        let _level = Level;
        destroy_here(object);
    }
}

fn destroy_here(object: Object) {
    /// Also when the destructor panics.
    struct Finish(Object);
    impl Drop for Finish {
        fn drop(&mut self) {
            count_freed(self.0);
            free(self.0);
        }
    }

    /// Also when a callback panics.
    struct Payload(Object);
    impl Drop for Payload {
        fn drop(&mut self) {
            // SAFETY: no reference is left, and who took the last one is here, once.
            unsafe { self.0.drop_payload() };
        }
    }

    let _finish = Finish(object);
    let _payload = Payload(object);
    if object.has_callbacks() {
        weak::run_callbacks(object);
    }
}

/// Destroys what was put off, and what is put off meanwhile. If a destructor
/// panics, the rest dies while the panic unwinds, as the fields of a value would.
#[cold]
#[inline(never)]
fn work_off() {
    struct Rest;
    impl Drop for Rest {
        fn drop(&mut self) {
            let done = TRASH.with(|trash| {
                let mut dead = trash.dead.borrow_mut();
                if dead.is_empty() {
                    // Give the memory back: nobody will when the thread ends.
                    drop(ManuallyDrop::into_inner(mem::take(&mut *dead)));
                }
                dead.is_empty()
            });
            if !done {
                work_off();
            }
        }
    }

    let _rest = Rest;
    while let Some(next) = TRASH.with(|trash| trash.dead.borrow_mut().pop()) {
        // SAFETY: it was put off on this thread, which may still destroy it.
        destroy_here(unsafe { Object::at(next) });
    }
}

/// Counts an object whose payload is destroyed.
pub(crate) fn count_freed(object: Object) {
    if let Some(record) = stw::current() {
        record.local.freed.add(object.bytes());
    }
}

/// Gives up the only reference to an object of this thread's, whose payload was
/// moved out.
pub(super) fn discard(object: Object) {
    count_freed(object);
    free(object);
}

/// Frees the memory of an object whose payload is destroyed, unless a list of
/// candidates or a weak handle still has a claim on it.
fn free(object: Object) {
    let buffered = object.has(BUFFERED);
    // Who has the object on its list finds it DEAD and not CONDEMNED there, later
    // on the same thread or (if the object was merged) by an Acquire of this.
    let bits = &object.head().ob_gc_bits;
    bits.store(bits.load(Relaxed) & !CONDEMNED | DEAD, Release);
    if !buffered {
        release_weak(object);
    }
}

/// Counts a weak reference more; the caller has a reference of some kind.
pub(crate) fn retain_weak(object: Object) {
    // Relaxed: as for strong references.
    if object.head().ob_weak.fetch_add(1, Relaxed) > WEAK_LIMIT {
        overflow();
    }
}

/// Gives up a weak count. The last one frees the memory.
pub(crate) fn release_weak(object: Object) {
    let weak = &object.head().ob_weak;
    // Acquire: as below. If it is the last one, nobody can make another.
    if weak.load(Acquire) != 1 {
        // Release: our use of the header comes before its memory is freed.
        if weak.fetch_sub(1, Release) != 1 {
            return;
        }
        // Acquire: pairs with the `Release` of the others.
        fence(Acquire);
    }
    if stw::me() == NOBODY && !pending_is_closed() {
        weak.store(1, Relaxed);
        return leave_weak_to_others(object);
    }
    free_memory(object);
}

fn free_memory(object: Object) {
    let (block, layout) = object.block();
    #[cfg(loom)]
    object.retire();
    // SAFETY: it is the object's block, and nothing refers to it any more.
    unsafe { Blocks::free(block, layout) };
}
