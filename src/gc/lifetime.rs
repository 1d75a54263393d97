//! How long an object lives, chosen when it is made or later: counted, deferred,
//! immortal, or immortal from the moment a second thread appears.

use std::cell::Cell;
use std::collections::HashMap;
use std::mem;
use std::time::Duration;

use super::deaths::{merge, merge_queue, pending, release_weak, retain_weak, take_shelf};
use super::deferral::{defer, merge_counts, suspect, undefer};
use super::object::{CONDEMNED, DEAD, IMMORTAL, Object};
use super::word::{COUNT_LIMIT, ONE, State, Word};
use super::{Gc, Rest};
use crate::stw::{self, Address, Batch, Mutator, Stopped, world};
use crate::sync::{self, AtomicBool, AtomicUsize, Mutex, Ordering::*, global, thread_state};

/// Who frees an object, and what it costs to have many handles to it.
///
/// | | clone and drop | freed | for |
/// |---|---|---|---|
/// | `Counted` | plain on its owner, atomic elsewhere | with the last handle | nearly everything |
/// | `Deferred` | plain on every attached thread | by the collector | what all threads use: functions, classes, modules |
/// | `ImmortalOnceThreaded` | as `Counted`, later as `Immortal` | with the last handle, as long as one thread has used the heap | the same, in programs that mostly have one thread |
/// | `Immortal` | nothing is written | never | constants, interned names |
///
/// `ImmortalOnceThreaded` is what CPython 3.13 does with functions, code objects,
/// modules and classes, and `Deferred` what 3.14 does. See [`deferred`](crate::deferred).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub enum Lifetime {
    /// Until the last handle is gone.
    #[default]
    Counted,
    /// Until the collector finds that no handle and no operand stack leads to it.
    Deferred,
    /// `Counted` as long as only one thread has ever attached; when a second one
    /// does, all such objects become immortal, and later ones are born so.
    ImmortalOnceThreaded,
    /// For ever.
    Immortal,
}

/// Objects that become immortal with the second thread; each entry has a weak count.
#[derive(Debug)]
pub(crate) struct Once {
    objects: Vec<Address>,
    /// Look for dead ones when there are so many.
    purge_at: usize,
}

global! {
    fn once() -> Mutex<Once> = Mutex::new(Once { objects: Vec::new(), purge_at: LEAST_PURGE })
}

global! {
    /// A second thread has attached.
    fn threaded() -> AtomicBool = AtomicBool::new(false)
}

global! {
    /// How many threads have ever attached.
    fn threads() -> AtomicUsize = AtomicUsize::new(0)
}

// The calling thread is one of those.
thread_state! {
    static HAS_ATTACHED: Cell<bool> = Cell::new(false)
}

const LEAST_PURGE: usize = 1024;

/// Whether a second thread has ever attached.
pub(super) fn is_threaded() -> bool {
    // Acquire: pairs with the second thread's `Release`, in a pause.
    threaded().load(Acquire)
}

/// Takes note of a new object that is to become immortal, unless that is due at once.
pub(super) fn note_once(object: Object) {
    let mut once = sync::lock(once());
    if is_threaded() {
        // Since it was made; nobody else knows of it. Relaxed: whoever does will have
        // it from this thread.
        object.head().ob_tid.store(0, Relaxed);
        object.head().ob_ref_local.store(IMMORTAL, Relaxed);
        object.head().ob_ref_shared.fetch_or(State::Merged as usize, Relaxed);
        drop(once);
        if let Some(record) = stw::current() {
            record.local.immortal.add(object.bytes());
        }
        return;
    }
    retain_weak(object);
    once.objects.push(object.address());
    let mut dead = Vec::new();
    if once.objects.len() >= once.purge_at {
        once.objects.retain(|&address| {
            // SAFETY: the entry keeps the memory.
            let object = unsafe { Object::at(address) };
            // Once: another thread may be destroying it.
            let is_dead = object.is_dead();
            if is_dead {
                dead.push(object);
            }
            !is_dead
        });
        once.purge_at = LEAST_PURGE.max(2 * once.objects.len());
    }
    drop(once);
    dead.into_iter().for_each(release_weak);
}

/// What every pause that looks at counts begins with: the counts of queues and of
/// threads are moved to the words, and the references that lists own are taken.
/// They are to be dropped after the pause. And what was retired is out of sight.
pub(crate) fn take_references(stopped: &Stopped<'_>) -> (Rest, Batch) {
    merge_counts(stopped);
    let mut references = Vec::new();
    for record in stopped.records() {
        references.append(&mut merge_queue(record));
    }
    let mut list = mem::take(&mut sync::lock(pending()).references);
    for record in stopped.records() {
        // SAFETY: the world is stopped.
        list.append(&mut unsafe { take_shelf(record) });
    }
    let mut out_of_sight = stopped.pass_all();
    list.append(&mut out_of_sight.objects);
    for &address in &list {
        // SAFETY: the entry owns a reference. The world is stopped, so every
        // owner's side is ours.
        merge(unsafe { Object::at(address) });
    }
    references.append(&mut list);
    (Rest(references), out_of_sight)
}

/// Called whenever a thread attaches as a mutator. If it is the second one ever to do
/// so, makes those objects immortal that were to become so.
#[inline]
pub(crate) fn note_thread(m: &mut Mutator, stalled: &dyn Fn(&[String], Duration)) {
    if !HAS_ATTACHED.with(|flag| flag.replace(true)) {
        note_new_thread(m, stalled);
    }
}

#[cold]
fn note_new_thread(m: &mut Mutator, stalled: &dyn Fn(&[String], Duration)) {
    // Relaxed: only one thread can be the second.
    if threads().fetch_add(1, Relaxed) != 1 {
        return;
    }
    let once = sync::lock(once());
    if once.objects.is_empty() {
        // Nobody need be stopped. Who makes such an object looks under this lock.
        threaded().store(true, Release);
        return;
    }
    drop(once);
    become_threaded(m, stalled);
}

fn become_threaded(m: &mut Mutator, stalled: &dyn Fn(&[String], Duration)) {
    /// Gives up the weak counts, also when a destructor panics.
    struct Entries(Vec<Object>);
    impl Drop for Entries {
        fn drop(&mut self) {
            mem::take(&mut self.0).into_iter().for_each(release_weak);
        }
    }

    let mut once = Entries(Vec::new());
    in_a_pause(m, stalled, |stopped, m, references| {
        threaded().store(true, Release);
        // All references to one of these may be on lists: it is as good as dead.
        let mut listed: HashMap<_, isize> = HashMap::new();
        for &address in &references.0 {
            *listed.entry(address).or_default() += 1;
        }
        once.0 = forget_once();
        for &object in &once.0 {
            // What is listed was merged.
            let count = Word(object.head().ob_ref_shared.load(Acquire)).count();
            let is_dying = listed.get(&object.address()).is_some_and(|listed| count <= *listed);
            if !object.has(DEAD | CONDEMNED) && !is_dying {
                make_immortal(stopped, object, m);
            }
        }
    });
}

/// Takes the list of those that are to become immortal, each with a weak count to
/// give up.
pub(crate) fn forget_once() -> Vec<Object> {
    let objects = mem::take(&mut sync::lock(once()).objects);
    // SAFETY: the entry keeps the memory.
    objects.into_iter().map(|address| unsafe { Object::at(address) }).collect()
}

/// Makes a living object immortal. In a pause, after [`take_references`].
fn make_immortal(stopped: &Stopped<'_>, object: Object, m: &Mutator) {
    if object.is_immortal() {
        return;
    }
    let head = object.head();
    if object.has(CONDEMNED) {
        // A finalizer has saved it. The collector's work with it is not done; but with a
        // reference that nobody gives up it never dies either.
        head.ob_ref_shared.fetch_add(ONE, Relaxed);
        return;
    }
    undefer(stopped, object);
    merge(object);
    // A thread that is not attached may have seen the local count as it was, and
    // then count in the word: it never comes near zero again. Release: before
    // that count says that the word does not matter.
    head.ob_ref_shared.fetch_add(ONE * (COUNT_LIMIT.unsigned_abs() / 2), AcqRel);
    head.ob_ref_local.store(IMMORTAL, Release);
    m.record().local.immortal.add(object.bytes());
}

/// Runs `f` in a pause, after what each such begins with; then drops what was taken.
fn in_a_pause(
    m: &mut Mutator,
    stalled: &dyn Fn(&[String], Duration),
    f: impl FnOnce(&Stopped<'_>, &Mutator, &Rest),
) {
    let stopped = world().stop(Some(m.record()), stalled);
    let (references, out_of_sight) = take_references(&stopped);
    f(&stopped, m, &references);
    drop(stopped);
    references.release_all();
    drop(out_of_sight);
}

impl<T: ?Sized> Gc<T> {
    /// Defers a living object: from now on only the collector frees it, and each
    /// attached thread counts its own handles. See [`deferred`](crate::deferred).
    ///
    /// Nothing changes if it is deferred or immortal.
    ///
    /// Cost: stops the world. [`Mutator::alloc_deferred`] does not.
    ///
    /// # Panics
    ///
    /// With what a destructor panics with that other threads had left to this one.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{Gc, heap};
    ///
    /// heap::attach(|m| {
    ///     let function = m.alloc("print".to_owned());
    ///     Gc::defer(&function, m);
    ///     assert!(Gc::is_deferred(&function, m));
    /// })
    /// .unwrap();
    /// ```
    pub fn defer(this: &Self, m: &mut Mutator) {
        let object = this.object();
        if !object.is_immortal() && object.deferred_id().is_none() {
            in_a_pause(m, &|_, _| (), |stopped, _, _| defer(stopped, object));
            suspect(object);
        }
    }

    /// Whether only the collector frees the object.
    #[must_use]
    pub fn is_deferred(this: &Self, m: &Mutator) -> bool {
        let _ = m;
        this.object().deferred_id().is_some()
    }

    /// Makes a living object immortal: its handles are no longer counted, and it
    /// keeps alive what it refers to.
    ///
    /// If a finalizer has just saved it from a collection that is not over, it is kept
    /// alive for ever, but still counted.
    ///
    /// Cost: stops the world. [`Mutator::alloc_immortal`] does not.
    ///
    /// # Panics
    ///
    /// With what a destructor panics with that other threads had left to this one.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{Gc, heap};
    ///
    /// heap::attach(|m| {
    ///     let name = m.alloc_str("name");
    ///     Gc::immortalize(&name, m);
    ///     assert!(Gc::is_immortal(&name));
    /// })
    /// .unwrap();
    /// ```
    pub fn immortalize(this: &Self, m: &mut Mutator) {
        let object = this.object();
        if !object.is_immortal() {
            in_a_pause(m, &|_, _| (), |stopped, m, _| make_immortal(stopped, object, m));
        }
    }
}
