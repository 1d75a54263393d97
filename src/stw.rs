//! The world: who may look at the heap, and how all of them are made to stop.
//!
//! A thread that may look at objects is a *mutator*. It is *attached* while it
//! may, and *detached* while it does something else. Each mutator has a
//! [`Record`] with one word, and everything that one thread may ask of another
//! goes through that word:
//!
//! ```text
//!   ATTACHED   the thread may look at objects
//!   STOP       the world is stopped, or is to stop: it may not attach
//!   WORK       something waits for it: look at the lists at the next safepoint
//!   HELD       another thread does something in its stead: it may not attach
//!   MOMENT     attached only to drop something: not to be given other work
//!   GLOBAL     the global lock is on: to be had before ATTACHED is set
//!   YIELD      another mutator waits for the global lock: hand it over
//! ```
//!
//! A *safepoint* is one relaxed load of that word and a branch: anything but
//! ATTACHED and GLOBAL leads to the slow path. Attaching and detaching are one
//! compare-and-swap each if nothing else is asked, and the global lock is off.
//!
//! # Stopping
//!
//! Who stops the world is a mutator itself (and counts as detached meanwhile),
//! or is none. It takes the right to stop (one at a time; who waits for it is
//! detached, so that two who want to stop cannot wait for each other), sets
//! STOP in every word, and waits for those that were attached. Because STOP and
//! ATTACHED are bits of one word, and every change is a read-modify-write, a
//! mutator cannot leave without seeing the request, and need not be looked for
//! again. Then it has the heap for itself:
//!
//! ```text
//!              fetch_or(STOP)                      fetch_and(!STOP)
//!   ATTACHED ────────────────▶ ATTACHED|STOP ─┐      ┌──────────▶ detached
//!                              fetch_and(!ATTACHED)  │
//!                                             ▼      │   each attaches
//!   detached ────────────────▶            STOP ──────┘   itself again
//! ```
//!
//! New mutators, and those that leave, wait until the world runs.
//!
//! # Orderings
//!
//! * **S: into the pause.** Clearing ATTACHED is a `Release`; the stopper reads
//!   the word by an `Acquire` (the `fetch_or` that asks) or the counter of those
//!   it waits for (which continues each one's release sequence). So all that
//!   mutators did comes before the pause.
//! * **R: out of the pause.** Clearing STOP is a `Release` and attaching an
//!   `Acquire`, so the pause comes before all that mutators do next. The same
//!   pair orders what a holder (HELD) does, before and after.
//! * **W: work.** Whoever leaves something on a mutator's list sets WORK by a
//!   read-modify-write after that; the mutator clears WORK by one before it
//!   looks. So either it sees what was left, or WORK is set again.
//!
//! The states are those of CPython's thread states, and the pause is that of
//! PEP 703, "Stop-the-world"; with one difference: there a thread that was seen
//! attached may detach without seeing the request, so the stopper scans again
//! every millisecond.

mod global_lock;
#[cfg(all(loom, test))]
mod model;
mod mutator;
mod retire;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::time::{Duration, Instant};

use global_lock::GlobalLock;
pub use mutator::Mutator;
pub(crate) use mutator::{Local, NOBODY, current, current_attached, enter, me, with_current};
pub(crate) use retire::Batch;
use retire::Retirement;

use crate::sync::{
    self, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Condvar, Mutex, Ordering::*, global,
};

const ATTACHED: u32 = 1;
const GLOBAL: u32 = 2;
const STOP: u32 = 4;
const WORK: u32 = 8;
const HELD: u32 = 16;
const MOMENT: u32 = 32;
const YIELD: u32 = 64;

/// What the world knows of one mutator. Records are used again, with whatever
/// lists are on them, by the next mutator: who has a record's id owns the
/// objects that bear it.
pub(crate) struct Record {
    /// What its objects have in `ob_tid`. Never 0 or [`NOBODY`].
    pub(crate) id: u32,
    word: AtomicU32,
    /// The write sequence at its last safepoint that had something to do.
    read_seq: AtomicU64,
    /// Objects of this mutator that others handed to it. Each entry owns a reference.
    queue: Mutex<Vec<Address>>,
    /// For reports.
    thread: Mutex<String>,
    /// Notified when this mutator gets the global lock. Goes with that lock's mutex.
    turn: Condvar,
    pub(crate) local: Local,
}

/// The address of an object's payload: all that this floor knows of objects.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Address(pub(crate) std::ptr::NonNull<()>);

// SAFETY: an address is a number here; who makes an object of it again answers
// for the thread on which that happens. Payloads are `Send` and `Sync`.
unsafe impl Send for Address {}
// SAFETY: as above.
unsafe impl Sync for Address {}

impl Record {
    fn new(id: u32, global_lock: bool) -> Self {
        Self {
            id,
            // WORK: something may have been left for anyone before this record was.
            word: AtomicU32::new(if global_lock { WORK | GLOBAL } else { WORK }),
            read_seq: AtomicU64::new(0),
            queue: Mutex::new(Vec::new()),
            thread: Mutex::new(String::new()),
            turn: Condvar::new(),
            local: Local::new(),
        }
    }

    /// Whether a safepoint has nothing to do. One load. The mutator is attached.
    #[inline]
    pub(crate) fn is_idle(&self) -> bool {
        const { assert!(ATTACHED < STOP && GLOBAL < STOP, "all others are requests") };
        // Relaxed: a hint; what is asked is looked at through read-modify-writes.
        self.word.load(Relaxed) < STOP
    }

    /// Whether a stop waits for this mutator, or another for the global lock.
    pub(crate) fn is_asked_to_stop(&self) -> bool {
        self.word.load(Relaxed) & (STOP | YIELD) != 0
    }

    /// Attaches, if nothing stands against it, and the global lock is off.
    #[inline]
    fn try_attach(&self) -> bool {
        // Acquire: edge R.
        self.word.compare_exchange(0, ATTACHED, Acquire, Relaxed).is_ok()
    }

    /// Detaches, if nothing is asked of this mutator but to hand the global lock over.
    #[inline]
    pub(crate) fn try_detach(&'static self) -> bool {
        // Release: edges S and R.
        match self.word.compare_exchange(ATTACHED, 0, Release, Relaxed) {
            Ok(_) => true,
            Err(word) => word & GLOBAL != 0 && self.try_detach_and_hand_over(),
        }
    }

    #[cold]
    fn try_detach_and_hand_over(&'static self) -> bool {
        let mut turns = world().global_lock.turns();
        // Relaxed: a guess for the compare-and-swap.
        let mut word = self.word.load(Relaxed);
        while word & !YIELD == ATTACHED | GLOBAL {
            // Release: edges S and R.
            match self.word.compare_exchange_weak(word, word & !ATTACHED, Release, Relaxed) {
                Ok(_) => {
                    turns.hand_over(self);
                    return true;
                }
                Err(now) => word = now,
            }
        }
        false
    }

    /// Asks this mutator to look at its lists, whoever it is now.
    pub(crate) fn ask(&self) {
        // Release: edge W.
        self.word.fetch_or(WORK, Release);
    }

    /// Takes note of what is asked; `false`: nothing. Look at the lists after this.
    pub(crate) fn take_request(&self) -> bool {
        // Acquire: edge W.
        self.word.fetch_and(!WORK, Acquire) & WORK != 0
    }

    /// Leaves an object on the queue, with the reference that the entry owns.
    pub(crate) fn push(&self, object: Address) {
        sync::lock(&self.queue).push(object);
    }

    /// Takes the queue. By the mutator, by its holder, or in a pause.
    pub(crate) fn take_queue(&self) -> Vec<Address> {
        std::mem::take(&mut *sync::lock(&self.queue))
    }

    /// How many objects it retired and has not taken to where all see them.
    pub(crate) fn shelved(&self) -> usize {
        // Relaxed: a figure; exact for the record's side.
        self.local.shelved.load(Relaxed)
    }

    pub(crate) fn queue_length(&self) -> usize {
        sync::lock(&self.queue).len()
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record").field("id", &self.id).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Registry {
    /// By id, from 1.
    records: Vec<&'static Record>,
    /// Those without a mutator.
    free: Vec<&'static Record>,
    /// How many of the others belong to threads that attach for the moment.
    moments: usize,
    /// Somebody has the right to stop the world.
    stopping: bool,
    /// When a stop that waits says who holds it up.
    patience: Option<Duration>,
}

/// All mutators.
#[derive(Debug)]
pub(crate) struct World {
    registry: Mutex<Registry>,
    /// Notified by the last mutator that a stop waits for.
    arrived: Condvar,
    /// Notified when the world runs again, and when a record is no longer held.
    resumed: Condvar,
    /// How many mutators the stop under way waits for, plus one while it asks.
    outstanding: AtomicUsize,
    /// The first records, by id from 1, for who must not take the lock for each
    /// object that it hands over.
    first: [AtomicPtr<Record>; FIRST],
    retirement: Retirement,
    global_lock: GlobalLock,
}

/// For reports. Before any lock: in a late destructor this may panic.
fn thread_name() -> String {
    std::thread::current().name().unwrap_or("unnamed").to_owned()
}

/// The greatest id of a mutator. Above, objects have ids.
const LAST_ID: u32 = (1 << 31) - 1;

/// How many records are found without the lock.
const FIRST: usize = if cfg!(loom) { 2 } else { 256 };

global! {
    /// The world of the one heap of this process.
    fn world() -> World = World::new()
}

/// What stands against attaching.
enum Obstacle {
    /// The world is stopped, or somebody stands in for the mutator.
    Stop,
    /// The global lock is on, and to be taken first.
    GlobalLock,
}

/// What became of the attempt to leave something for a mutator.
#[derive(Debug)]
pub(crate) enum Asked<'w> {
    /// It is attached, and will look.
    Mutator,
    /// It is not: the caller now stands in for it.
    You(Held<'w>),
    /// It is stopped, or somebody else stands in for it: ask again later.
    Nobody,
}

impl World {
    crate::sync::const_fn! {
    pub(crate) const fn new() -> Self {
        Self {
            registry: Mutex::new(Registry {
                records: Vec::new(),
                free: Vec::new(),
                moments: 0,
                stopping: false,
                patience: Some(Duration::from_secs(1)),
            }),
            arrived: Condvar::new(),
            resumed: Condvar::new(),
            outstanding: AtomicUsize::new(0),
            #[cfg(not(loom))]
            first: [const { AtomicPtr::new(ptr::null_mut()) }; FIRST],
            #[cfg(loom)]
            first: std::array::from_fn(|_| AtomicPtr::new(ptr::null_mut())),
            retirement: Retirement::new(),
            global_lock: GlobalLock::new(),
        }
    }
    }

    /// Gives the calling thread a record of its own. Waits while the world is
    /// stopped. The mutator is not attached yet.
    pub(crate) fn claim(&self) -> &'static Record {
        let name = thread_name();
        let mut registry = sync::lock(&self.registry);
        while registry.stopping {
            registry = sync::wait(&self.resumed, registry, None);
        }
        self.take_record(&mut registry, &name)
    }

    /// As [`claim`](Self::claim), but `None` rather than wait, and for the moment:
    /// the thread does not count as a mutator.
    pub(crate) fn try_claim(&self) -> Option<&'static Record> {
        let name = thread_name();
        let mut registry = sync::lock(&self.registry);
        if registry.stopping {
            return None;
        }
        registry.moments += 1;
        Some(self.take_record(&mut registry, &name))
    }

    /// Gives back what [`try_claim`](Self::try_claim) gave.
    pub(crate) fn give_back_moment(&self, record: &'static Record) {
        let mut registry = sync::lock(&self.registry);
        registry.moments -= 1;
        registry.free.push(record);
    }

    /// Gives a record back. The mutator is detached and has looked at its lists.
    pub(crate) fn give_back(&self, record: &'static Record) {
        let mut registry = sync::lock(&self.registry);
        debug_assert!(!registry.free.iter().any(|free| free.id == record.id));
        registry.free.push(record);
    }

    /// How many records have a mutator now.
    pub(crate) fn mutators(&self) -> usize {
        let registry = sync::lock(&self.registry);
        registry.records.len() - registry.free.len() - registry.moments
    }

    /// The record of an id, which an object bears.
    pub(crate) fn record(&self, id: u32) -> &'static Record {
        let index = id as usize - 1;
        let record = match self.first.get(index) {
            // Acquire: pairs with the `Release` of who made it.
            Some(record) => record.load(Acquire),
            None => ptr::null_mut(),
        };
        // SAFETY: records are leaked, so what was stored is valid for ever.
        match unsafe { record.as_ref() } {
            Some(record) => record,
            None => sync::lock(&self.registry).records[index],
        }
    }

    fn take_record(&self, registry: &mut Registry, name: &str) -> &'static Record {
        let record = registry.free.pop().unwrap_or_else(|| {
            let id = u32::try_from(registry.records.len() + 1).unwrap_or(NOBODY);
            assert!(id <= LAST_ID, "there are no more ids for mutators");
            // Leaked: others may look at a record at any time. There are as
            // many as there were ever mutators at once.
            let record: &'static Record =
                Box::leak(Box::new(Record::new(id, self.global_lock.is_on())));
            if let Some(first) = self.first.get(registry.records.len()) {
                // Release: pairs with the `Acquire` in `record`.
                first.store(ptr::from_ref(record).cast_mut(), Release);
            }
            registry.records.push(record);
            record
        });
        name.clone_into(&mut sync::lock(&record.thread));
        record
    }

    /// All records, to read what may be read at any time.
    pub(crate) fn records(&self) -> Vec<&'static Record> {
        sync::lock(&self.registry).records.clone()
    }

    /// Attaches the calling thread's mutator. Waits while the world is stopped, or
    /// while somebody stands in for it, and for the global lock if that is on.
    #[inline]
    pub(crate) fn attach(&self, record: &'static Record) {
        if !record.try_attach() {
            self.attach_slowly(record);
        }
    }

    #[cold]
    fn attach_slowly(&self, record: &'static Record) {
        let mut has_lock = false;
        loop {
            match self.attach_now(record, ATTACHED, has_lock) {
                Ok(()) => return,
                Err(Obstacle::Stop) => self.wait_for_start(record),
                Err(Obstacle::GlobalLock) => {
                    self.global_lock.take(record);
                    has_lock = true;
                }
            }
        }
    }

    /// Waits while the world is stopped, or while somebody stands in for `record`.
    fn wait_for_start(&self, record: &Record) {
        let runs = || record.word.load(Relaxed) & (STOP | HELD) == 0;
        if sync::spin_until(runs) {
            return;
        }
        let mut registry = sync::lock(&self.registry);
        while !runs() {
            // Who clears STOP or HELD then takes the lock and notifies, so the
            // change cannot fall between the test and the sleep.
            registry = sync::wait(&self.resumed, registry, None);
        }
    }

    /// Attaches for the moment, if that can be had without waiting.
    pub(crate) fn attach_for_the_moment(&self, record: &'static Record) -> bool {
        match self.attach_now(record, ATTACHED | MOMENT, false) {
            Ok(()) => true,
            Err(Obstacle::Stop) => false,
            Err(Obstacle::GlobalLock) => {
                if !self.global_lock.try_take(record) {
                    return false;
                }
                let attached = self.attach_now(record, ATTACHED | MOMENT, true).is_ok();
                if !attached {
                    self.global_lock.turns().hand_over(record);
                }
                attached
            }
        }
    }

    /// Sets `bits`, ATTACHED among them, unless something stands against it.
    fn attach_now(
        &self,
        record: &Record,
        bits: u32,
        has_global_lock: bool,
    ) -> Result<(), Obstacle> {
        // Relaxed: a guess for the compare-and-swap.
        let mut word = record.word.load(Relaxed);
        loop {
            if word & (STOP | HELD) != 0 {
                return Err(Obstacle::Stop);
            }
            if word & GLOBAL != 0 && !has_global_lock {
                return Err(Obstacle::GlobalLock);
            }
            // Acquire: edge R.
            match record.word.compare_exchange_weak(word, word | bits, Acquire, Relaxed) {
                Ok(_) => return Ok(()),
                Err(now) => word = now,
            }
        }
    }

    /// Detaches, whatever is asked: WORK stays for who attaches next, which should
    /// be soon.
    pub(crate) fn detach(&self, record: &'static Record) {
        // Release: edges S and R. Acquire: so that, if we are the last a stop
        // waits for, what we count down is what it asked us for.
        let word = record.word.fetch_and(!ATTACHED, AcqRel);
        if word & GLOBAL != 0 {
            self.global_lock.turns().hand_over(record);
        }
        if word & STOP != 0 {
            self.arrive(|| sync::lock(&self.registry));
        }
    }

    /// Detaches, and does not wait for the end of a stop; `false`: there is work.
    pub(crate) fn try_leave(&self, record: &'static Record) -> bool {
        // Relaxed: a guess for the compare-and-swap; and GLOBAL does not change
        // while we are attached.
        let mut word = record.word.load(Relaxed);
        let turns = (word & GLOBAL != 0).then(|| self.global_lock.turns());
        while word & WORK == 0 {
            let left = word & !(ATTACHED | MOMENT);
            // As in `detach`.
            match record.word.compare_exchange_weak(word, left, AcqRel, Relaxed) {
                Ok(_) => {
                    if let Some(mut turns) = turns {
                        turns.hand_over(record);
                    }
                    if word & STOP != 0 {
                        self.arrive(|| sync::lock(&self.registry));
                    }
                    return true;
                }
                Err(now) => word = now,
            }
        }
        false
    }

    /// Stops the calling thread's mutator for as long as the world is stopped, or
    /// another has the global lock.
    pub(crate) fn park(&self, record: &'static Record) {
        self.detach(record);
        self.attach(record);
    }

    /// Counts one down of those a stop waits for.
    fn arrive<L>(&self, lock: impl FnOnce() -> L) {
        // Release: edge S. Acquire is for the stopper, who reads the counter.
        if self.outstanding.fetch_sub(1, Release) == 1 {
            let _registry = lock();
            self.arrived.notify_all();
        }
    }

    /// Stops the world. `me` is the calling thread's mutator, attached, if it
    /// has one; it is detached until the world runs again, but keeps the global lock.
    ///
    /// `stalled` is called with the names of threads that a stop has long waited for.
    pub(crate) fn stop(
        &self,
        me: Option<&'static Record>,
        stalled: &dyn Fn(&[String], Duration),
    ) -> Stopped<'_> {
        let mut registry = sync::lock(&self.registry);
        if let Some(me) = me
            && me.word.fetch_and(!ATTACHED, AcqRel) & STOP != 0
        {
            // We hold the lock already.
            self.arrive(|| ());
        }
        while registry.stopping {
            registry = sync::wait(&self.resumed, registry, None);
        }
        registry.stopping = true;
        let asked = Instant::now();
        self.outstanding.store(1, Relaxed);
        let mut dormant = Vec::new();
        for &record in &registry.records {
            self.outstanding.fetch_add(1, Relaxed);
            // Acquire: edge S, with those that are detached. A holder (HELD) is
            // an attached mutator, so its arrival is waited for. Release: who
            // sees the request sees the counter that it must count down.
            if record.word.fetch_or(STOP, AcqRel) & ATTACHED == 0 {
                self.outstanding.fetch_sub(1, Relaxed);
                dormant.push(record);
            }
        }
        // Acquire: edge S, if it was the last.
        let mut arrived = self.outstanding.fetch_sub(1, Acquire) == 1;
        if !arrived {
            drop(registry);
            sync::spin_until(|| self.outstanding.load(Relaxed) == 0);
            registry = sync::lock(&self.registry);
            // Acquire: edge S. Under the lock, so that the last one's
            // notification does not fall between this test and the sleep.
            arrived = self.outstanding.load(Acquire) == 0;
        }
        let mut patience = registry.patience;
        while !arrived {
            registry = sync::wait(&self.arrived, registry, patience);
            // Acquire: edge S.
            arrived = self.outstanding.load(Acquire) == 0;
            if !arrived && patience.is_some_and(|patience| asked.elapsed() >= patience) {
                patience = None;
                let late = registry.records.iter();
                let late = late.filter(|record| record.word.load(Relaxed) & ATTACHED != 0);
                let names: Vec<_> = late.map(|r| sync::lock(&r.thread).clone()).collect();
                // User code may log: not under the lock, and whatever it does,
                // the world starts again.
                drop(registry);
                // It goes by its id, but is not attached.
                enter_as(me, false);
                let result = catch_unwind(AssertUnwindSafe(|| stalled(&names, asked.elapsed())));
                enter_as(me, true);
                // The panic's value may panic when it is dropped.
                std::mem::forget(result);
                registry = sync::lock(&self.registry);
                // Acquire: edge S.
                arrived = self.outstanding.load(Acquire) == 0;
            }
        }
        let records = registry.records.clone();
        Stopped { world: self, me, records, dormant, asked }
    }

    /// Sets how long a stop waits before it says who holds it up.
    pub(crate) fn set_patience(&self, patience: Option<Duration>) {
        sync::lock(&self.registry).patience = patience;
    }

    /// Asks some attached mutator to look at the lists that belong to all, or,
    /// if there is none, whoever attaches next. `false`: nobody is attached, but
    /// perhaps for the moment.
    pub(crate) fn ask_anyone(&self) -> bool {
        let registry = sync::lock(&self.registry);
        for record in &registry.records {
            // Relaxed: a guess for the compare-and-swap.
            let mut word = record.word.load(Relaxed);
            while word & (ATTACHED | MOMENT) == ATTACHED {
                // Release: edge W.
                match record.word.compare_exchange_weak(word, word | WORK, Release, Relaxed) {
                    Ok(_) => return true,
                    Err(now) => word = now,
                }
            }
        }
        registry.records.iter().for_each(|record| record.ask());
        false
    }

    /// Whether a thread is attached, if only for the moment.
    pub(crate) fn is_anyone_attached(&self) -> bool {
        let registry = sync::lock(&self.registry);
        // Relaxed: who leaves afterwards looks at the lists afterwards.
        registry.records.iter().any(|record| record.word.load(Relaxed) & ATTACHED != 0)
    }

    /// Asks the mutator of `record` to look at its queue, to which the caller,
    /// an attached mutator, has pushed; or lets the caller stand in for it.
    pub(crate) fn ask_or_hold(&self, record: &'static Record) -> Asked<'_> {
        let mut word = record.word.load(Relaxed);
        loop {
            let (next, asked) = match word {
                // Release: edge W.
                word if word & ATTACHED != 0 => (word | WORK, Asked::Mutator),
                word if word & (STOP | HELD) != 0 => return Asked::Nobody,
                word => (word | HELD, Asked::You(Held { world: self, record })),
            };
            // Acquire: edge R, for a holder.
            match record.word.compare_exchange_weak(word, next, AcqRel, Relaxed) {
                Ok(_) => return asked,
                Err(now) => {
                    if let Asked::You(held) = asked {
                        std::mem::forget(held);
                    }
                    word = now;
                }
            }
        }
    }
}

/// Says whether the calling thread is attached, if it is a mutator.
fn enter_as(me: Option<&'static Record>, attached: bool) {
    if me.is_some() {
        enter(me, attached);
    }
}

/// The right to act for a mutator that is not attached. The holder is attached.
#[derive(Debug)]
pub(crate) struct Held<'w> {
    world: &'w World,
    pub(crate) record: &'static Record,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // Release: edge R.
        self.record.word.fetch_and(!HELD, Release);
        drop(sync::lock(&self.world.registry));
        self.world.resumed.notify_all();
    }
}

/// The world is stopped: no mutator is attached, and none attaches until this
/// is dropped. Threads that are not mutators go on: they may clone and drop
/// handles, which changes shared counts and nothing else.
#[derive(Debug)]
pub(crate) struct Stopped<'w> {
    world: &'w World,
    me: Option<&'static Record>,
    records: Vec<&'static Record>,
    dormant: Vec<&'static Record>,
    asked: Instant,
}

impl Stopped<'_> {
    /// All records, those without a mutator too.
    pub(crate) fn records(&self) -> &[&'static Record] {
        &self.records
    }

    /// The time since the stop was asked for: nobody was held up for longer.
    pub(crate) fn elapsed(&self) -> Duration {
        self.asked.elapsed()
    }

    /// Those that were not attached when the stop was asked for: the stopper's
    /// own, and those of mutators that are detached or gone.
    pub(crate) fn dormant(&self) -> &[&'static Record] {
        &self.dormant
    }
}

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        let mut registry = sync::lock(&self.world.registry);
        registry.stopping = false;
        for record in &registry.records {
            // Release: edge R.
            record.word.fetch_and(!STOP, Release);
        }
        drop(registry);
        self.world.resumed.notify_all();
        if let Some(me) = self.me {
            self.world.attach(me);
        }
    }
}
