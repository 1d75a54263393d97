//! The collector: finds cycles that nothing outside refers to, and destroys them.
//!
//! Counting frees what it can; what is left are cycles. A cycle becomes garbage
//! when the last reference from outside goes away, and that is a decrement which
//! leaves its object alive. So such a decrement makes its object a *candidate*,
//! and *trial deletion* starts from those: nothing else is looked at.
//!
//! # A collection
//!
//! 1. **Pause.** Queues are merged, and candidates are taken in. From each
//!    candidate, what it reaches is visited, and each object's count is compared
//!    with the number of references from visited objects. Where they differ, it
//!    is held from outside; so is what such an object reaches. The rest is
//!    *garbage*: the collector takes a reference to each, and clears the weak
//!    handles to it.
//! 2. The world runs. Weak callbacks are called, then finalizers, each once.
//! 3. **Pause**, if there was a finalizer. It may have let an object of the
//!    garbage escape, so each is compared again, and what is held from outside
//!    now is given back, with all that it reaches.
//! 4. The world runs. The rest is destroyed, in any order: a destructor cannot
//!    look at what a handle points at, and an object's memory stays until its
//!    last handle is gone.
//!
//! Without finalizers nobody can reach the garbage after the first pause, so
//! there is only one.
//!
//! References are compared where they are counted: a collection does not cost an
//! object its owner. No step recurses along references.
//!
//! The pauses and their order are those of PEP 703, "Cycle collection", which visits
//! the whole heap each time. Trial deletion from candidates is that of Bacon and
//! Rajan, "Concurrent Cycle Collection in Reference Counted Systems" (ECOOP 2001).
//! Here what one candidate reaches is decided before the next is looked at, while
//! it is in the cache; only if garbage that is found later turns out to hold what
//! was taken for alive is everything decided again, once.
//!
//! # What unattached threads may do meanwhile
//!
//! They clone and drop handles, in a pause too. A thread that drops the last
//! reference leaves it to a list, so an object whose count was read never dies
//! in a pause; and one to which such a thread has a handle has a reference that
//! no visited object accounts for, whenever its count is read.

mod trial;

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::TryLockError;
use std::time::Duration;

use crate::deferred;
use crate::gc::{
    AGED, BUFFERED, CANDIDATE, CLEARED, CONDEMNED, DEAD, FINALIZED, ONE, Object, Rest,
    WAS_DEFERRED, Word, attach, count_freed, defer, deferred_objects, detach, merge, pending,
    release, release_weak, take_callbacks, take_references, undefer,
};
use crate::stw::{Address, Batch, Mutator, Record, Stopped, world};
use crate::sync::{self, Mutex, Ordering::*, global};
use trial::Trial;

/// Where a collection starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum From {
    /// The candidates of this thread, and of those that are not attached. What is
    /// behind old deferred objects is not looked at.
    Mine,
    /// All candidates, and all deferred objects.
    Candidates,
    /// Every object.
    Everything,
}

/// What a collection did.
#[derive(Clone, Default, Debug)]
#[non_exhaustive]
pub struct Collected {
    /// Objects that were destroyed.
    pub freed: usize,
    /// Objects that a finalizer saved, and what they reach.
    pub resurrected: usize,
    /// Candidates that the collection started from.
    pub candidates: usize,
    /// Objects that were looked at, alive or not.
    pub visited: usize,
    /// How long the world was stopped, each time, from when that was asked for: no
    /// thread was held up for longer.
    pub pauses: Vec<Duration>,
    /// Another collection was under way, so this one did nothing. Not from
    /// [`Mutator::collect`], which waits.
    pub skipped: bool,
    /// References that waited in lists were dropped: there may be new candidates.
    pub(crate) took_references: bool,
}

global! {
    /// Held while a collection is under way.
    fn collecting() -> Mutex<()> = Mutex::new(())
}

/// What user code panicked with.
pub(crate) type Panic = Box<dyn Any + Send>;

/// Told when a stop waits for somebody.
pub(crate) type Stalled<'a> = &'a dyn Fn(&[String], Duration);

/// Collects once. If another collection is under way, waits for it, or does
/// nothing. `settled` is called in the first pause, at its end, with the
/// number of visited objects that are alive, and of candidates that stay.
///
/// Returns the first panic of a callback, a finalizer or a destructor, after
/// everything else is done.
///
/// # Panics
///
/// With that of a `trace`, and then nothing is done.
pub(crate) fn collect(
    m: &mut Mutator,
    from: From,
    wait: bool,
    stalled: Stalled<'_>,
    settled: &mut dyn FnMut(&Stopped<'_>, usize, usize),
) -> (Collected, Option<Panic>) {
    let _turn = match collecting().try_lock() {
        Ok(turn) => turn,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) if !wait => {
            return (Collected { skipped: true, ..Collected::default() }, None);
        }
        Err(TryLockError::WouldBlock) => {
            detach(m.record());
            let turn = sync::lock(collecting());
            attach(m.record());
            turn
        }
    };
    let mut run = Run { m, stalled, report: Collected::default(), panic: None };
    let Found { garbage, finalizers, callbacks, references, out_of_sight } =
        run.find(from, settled);
    for callback in callbacks {
        run.guarded(|m| callback(m));
    }
    let garbage = if finalizers {
        for &object in garbage.iter().filter(|object| !object.has(FINALIZED)) {
            object.set(FINALIZED, 0);
            // SAFETY: the collector has a reference.
            run.guarded(|m| unsafe { object.finalize(m) });
        }
        run.find_resurrected(garbage)
    } else {
        garbage
    };
    run.destroy(garbage);
    run.report.took_references = !references.0.is_empty();
    run.guarded(|_| references.release_all());
    run.guarded(|_| drop(out_of_sight));
    (run.report, run.panic)
}

struct Run<'a> {
    m: &'a mut Mutator,
    stalled: Stalled<'a>,
    report: Collected,
    /// The first.
    panic: Option<Panic>,
}

type Callback = Box<dyn FnOnce(&Mutator) + Send>;

/// What the first pause finds.
struct Found {
    garbage: Vec<Object>,
    /// There is a finalizer to run.
    finalizers: bool,
    callbacks: Vec<Callback>,
    /// To be dropped when the world runs.
    references: Rest,
    /// Likewise.
    out_of_sight: Batch,
}

impl Run<'_> {
    /// Calls user code, and keeps the first panic for the end.
    fn guarded(&mut self, f: impl FnOnce(&Mutator)) {
        let m = &*self.m;
        // What the panic leaves behind is the user's; our own state is not touched in there.
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| f(m))) {
            self.keep(panic);
        }
    }

    /// Keeps the first panic. The value of another may panic when it is dropped.
    fn keep(&mut self, panic: Panic) {
        if let Some(panic) = self.panic.replace(panic) {
            mem::forget(self.panic.replace(panic));
        }
    }

    /// The first pause.
    fn find(&mut self, from: From, settled: &mut dyn FnMut(&Stopped<'_>, usize, usize)) -> Found {
        let me = self.m.record().id;
        // Declared before the pause: what is in it is dropped after its end, also if a
        // `trace` panics.
        let out_of_sight;
        let stopped = world().stop(Some(self.m.record()), self.stalled);
        let mut references;
        (references, out_of_sight) = take_references(&stopped);
        let pinned = deferred::pin_stacks(&stopped);
        let roots = Roots::take(&stopped, self.m.record(), from, &mut self.report);
        let mut trial = Trial::new(&stopped, from != From::Mine);
        if from != From::Mine {
            // What a trial that is not complete takes for alive by mistake refers to
            // one of them.
            deferred_objects(&stopped).into_iter().for_each(|object| trial.start(object));
        }
        if from == From::Everything {
            trial.start_everywhere();
        }
        let dead = roots.try_all(&mut trial);
        trial.age();
        self.report.visited += trial.visited();
        let alive = trial.visited() - trial.garbage.len();
        let keeper = if trial.finalizers { 0 } else { me };
        let mut callbacks = Vec::new();
        for &object in &trial.garbage {
            condemn(&stopped, object, keeper);
            if object.has_callbacks() {
                callbacks.append(&mut take_callbacks(object));
            }
        }
        settled(&stopped, alive, pinned.len());
        drop(pinned);
        self.report.pauses.push(stopped.elapsed());
        drop(stopped);
        for object in dead {
            release_weak(object);
        }
        // So that they are dropped in the order in which they came.
        references.0.reverse();
        let Trial { garbage, finalizers, .. } = trial;
        Found { garbage, finalizers, callbacks, references, out_of_sight }
    }

    /// The second pause. Gives back what a finalizer saved, and returns the rest.
    fn find_resurrected(&mut self, garbage: Vec<Object>) -> Vec<Object> {
        let stopped = world().stop(Some(self.m.record()), self.stalled);
        let (rest, saved) = match Trial::new(&stopped, true).split(&garbage) {
            Ok(both) => both,
            Err(panic) => {
                // A `trace` panicked: nothing more is freed.
                self.keep(panic);
                (Vec::new(), garbage)
            }
        };
        for &object in &saved {
            give_back(&stopped, object);
        }
        let mut callbacks = Vec::new();
        for &object in rest.iter().filter(|object| object.has_callbacks()) {
            // A finalizer made the weak handle.
            callbacks.append(&mut take_callbacks(object));
        }
        self.report.pauses.push(stopped.elapsed());
        drop(stopped);
        for callback in callbacks {
            self.guarded(|m| callback(m));
        }
        self.report.resurrected += saved.len();
        let saved = Rest(saved.iter().map(|object| object.address()).collect());
        self.guarded(|_| saved.release_all());
        rest
    }

    /// Destroys the condemned. Each one's memory is freed with its last handle.
    fn destroy(&mut self, garbage: Vec<Object>) {
        self.report.freed += garbage.len();
        for object in garbage {
            count_freed(object);
            object.set(DEAD, 0);
            if object.needs_drop() {
                // SAFETY: only garbage refers to it, whose payloads nobody looks
                // at; and it is condemned once.
                self.guarded(|_| unsafe { object.drop_payload() });
            }
            release(object);
        }
    }
}

/// How many candidates ahead of the present one memory is asked for.
const AHEAD: usize = 8;

/// The candidates of a collection, taken from the lists. If the collection does
/// not come to its end, they go back.
struct Roots {
    /// Each was BUFFERED; the entry has the memory if the object is DEAD.
    own: Vec<Object>,
    /// Each was a CANDIDATE; the entry has a weak count.
    shared: Vec<Object>,
    record: &'static Record,
}

impl Roots {
    fn take(
        stopped: &Stopped<'_>,
        me: &'static Record,
        from: From,
        report: &mut Collected,
    ) -> Self {
        let mut own = Vec::new();
        let mut shared = mem::take(&mut sync::lock(pending()).candidates);
        // Among the dormant is `me`.
        let mine = from == From::Mine;
        for record in if mine { stopped.dormant() } else { stopped.records() } {
            let local = &record.local;
            // SAFETY: the world is stopped.
            own.append(&mut unsafe { local.candidates.take() });
            // SAFETY: as above.
            shared.append(&mut unsafe { local.shared_candidates.take() });
        }
        report.candidates += own.len() + shared.len();
        // SAFETY: an entry keeps the memory.
        let object = |address| unsafe { Object::at(address) };
        let own: Vec<_> = own.into_iter().map(object).collect();
        let shared: Vec<_> = shared.into_iter().map(object).collect();
        for object in &shared {
            // Before the count is read: an unattached thread that decrements
            // after that makes it a candidate anew. Release: continues edge A.
            object.head().ob_ref_shared.fetch_and(!CANDIDATE, AcqRel);
            if object.has(AGED) {
                object.set(0, AGED);
            }
        }
        Self { own, shared, record: me }
    }

    /// Starts a trial from each that is alive. Returns those that have a weak
    /// count to give up: they are candidates no more.
    fn try_all(mut self, trial: &mut Trial) -> Vec<Object> {
        let mut weak = Vec::new();
        for (index, &object) in self.own.iter().enumerate() {
            if let Some(soon) = self.own.get(index + AHEAD) {
                soon.prefetch();
            }
            // In a pause nobody looks at this bit; its owner is stopped.
            object.set(0, BUFFERED | AGED);
            if object.has(DEAD) {
                weak.push(object);
            } else {
                trial.start(object);
            }
        }
        for &object in &self.shared {
            trial.start(object);
        }
        trial.finish();
        self.own.clear();
        weak.append(&mut self.shared);
        weak
    }
}

/// Whether there is a candidate.
pub(crate) fn has_candidates(stopped: &Stopped<'_>) -> bool {
    !sync::lock(pending()).candidates.is_empty()
        || stopped.records().iter().any(|record| {
            let local = &record.local;
            // SAFETY: the world is stopped.
            let own = unsafe { local.candidates.is_empty() };
            // SAFETY: as above.
            !(own && unsafe { local.shared_candidates.is_empty() })
        })
}

/// Takes all candidates from the lists, for good. Returns those that have a weak
/// count to give up.
pub(crate) fn forget_candidates(stopped: &Stopped<'_>) -> Vec<Object> {
    let Some(record) = stopped.records().first() else { return Vec::new() };
    let mut roots = Roots::take(stopped, record, From::Candidates, &mut Collected::default());
    forget(mem::take(&mut roots.own), mem::take(&mut roots.shared))
}

/// Those of candidates that have a weak count to give up, as they are candidates no more.
fn forget(own: Vec<Object>, shared: Vec<Object>) -> Vec<Object> {
    let mut weak = shared;
    for object in own {
        object.set(0, BUFFERED);
        if object.has(DEAD) {
            weak.push(object);
        }
    }
    weak
}

/// Takes this thread's candidates from the lists, for good. After the heap was closed.
pub(crate) fn forget_own_candidates(m: &Mutator) {
    let local = &m.record().local;
    // SAFETY: attached, so the lists are this thread's.
    let own = unsafe { local.candidates.take() };
    // SAFETY: as above.
    let shared = unsafe { local.shared_candidates.take() };
    // SAFETY: an entry keeps the memory.
    let object = |address| unsafe { Object::at(address) };
    let own = own.into_iter().map(object).collect();
    let shared = shared.into_iter().map(object).collect();
    forget(own, shared).into_iter().for_each(release_weak);
}

impl Drop for Roots {
    fn drop(&mut self) {
        for object in self.own.drain(..) {
            object.set(BUFFERED, 0);
            // SAFETY: the record is this thread's own, in the pause or after.
            unsafe { self.record.local.candidates.push(object.address()) };
        }
        for object in self.shared.drain(..) {
            // Relaxed: only a flag.
            let old = Word(object.head().ob_ref_shared.fetch_or(CANDIDATE, Relaxed));
            if old.has(CANDIDATE) {
                // It has a new entry already.
                release_weak(object);
            } else {
                // SAFETY: as above.
                unsafe { self.record.local.shared_candidates.push(object.address()) };
            }
        }
    }
}

/// Takes a reference to garbage, and marks it. In a pause.
///
/// What `keeper` owns stays its own; all else is merged. 0: everything is.
fn condemn(stopped: &Stopped<'_>, object: Object, keeper: u32) {
    let head = object.head();
    if object.deferred_id().is_some() {
        undefer(stopped, object);
        object.set(WAS_DEFERRED, 0);
    }
    object.set(CONDEMNED, 0);
    // Relaxed, here and below: nobody but the collector has a way to garbage in
    // a pause, so these words are its own. The end of the pause publishes them.
    let cleared = Word(head.ob_ref_shared.load(Relaxed)).with(CLEARED);
    if keeper != 0 && head.ob_tid.load(Relaxed) == keeper {
        head.ob_ref_local.store(head.ob_ref_local.load(Relaxed) + 1, Relaxed);
        head.ob_ref_shared.store(cleared.0, Relaxed);
    } else {
        head.ob_ref_shared.store(cleared.0, Relaxed);
        merge(object);
        head.ob_ref_shared.fetch_add(ONE, Relaxed);
    }
}

/// Undoes [`condemn`], but for the reference, which is still to be dropped. In
/// a pause.
fn give_back(stopped: &Stopped<'_>, object: Object) {
    object.set(0, CONDEMNED);
    // Relaxed: upgrades that now succeed come after the pause.
    object.head().ob_ref_shared.fetch_and(!CLEARED, Relaxed);
    if object.has(WAS_DEFERRED) {
        object.set(0, WAS_DEFERRED);
        defer(stopped, object);
    }
}

/// Whether an entry of a list of candidates is that of a dead object.
fn is_dead(address: Address) -> bool {
    // SAFETY: the entry keeps the memory.
    unsafe { Object::at(address) }.is_dead()
}

/// Whether most of this thread's candidates seem to live, by a few of them.
pub(crate) fn most_live(m: &Mutator) -> bool {
    const SAMPLE: usize = 32;
    // SAFETY: attached, so the list is this thread's.
    let own = unsafe { m.record().local.candidates.take() };
    let step = (own.len() / SAMPLE).max(1);
    let dead = own.iter().step_by(step).filter(|address| is_dead(**address)).count();
    let most = own.len() >= SAMPLE && 2 * dead < SAMPLE;
    // SAFETY: as above.
    unsafe { m.record().local.candidates.put_back(own) };
    most
}

/// Frees the memory of those on this thread's lists of candidates that are
/// dead, and says how many others there are.
pub(crate) fn purge(m: &Mutator) -> usize {
    let local = &m.record().local;
    // SAFETY: attached, so the lists are this thread's.
    let own = unsafe { local.candidates.take() };
    // SAFETY: as above.
    let shared = unsafe { local.shared_candidates.take() };
    let alive = |mut list: Vec<Address>| {
        list.retain(|&address| {
            let dead = is_dead(address);
            if dead {
                // SAFETY: the entry keeps the memory.
                release_weak(unsafe { Object::at(address) });
            }
            !dead
        });
        list
    };
    let (own, shared) = (alive(own), alive(shared));
    let left = own.len() + shared.len();
    // SAFETY: as above.
    unsafe { local.candidates.put_back(own) };
    // SAFETY: as above.
    unsafe { local.shared_candidates.put_back(shared) };
    left
}
