//! The global lock: one mutator at a time.
//!
//! While it is on, a thread is attached only while it holds the lock. So a program
//! that is not made for many threads, or an extension of one, has between two
//! safepoints what it would have with one thread. Python's has the same place in
//! an interpreter.
//!
//! The lock is *outside* of ATTACHED: taken before that is set, and given up with
//! it. Whether it is on is a bit of every record's word (GLOBAL), which changes
//! only while nobody is attached or can attach. So the compare-and-swap by which a
//! mutator attaches finds out, and as long as the lock is off, it costs nothing.
//!
//! ```text
//!             take                 CAS
//!   detached ──────▶ has the lock ─────▶ ATTACHED|GLOBAL ──safepoint──▶ YIELD?
//!      ▲                                    │                             │
//!      └───── CAS and hand-over, as one ────┴─────────────────────────────┘
//! ```
//!
//! Who stops the world keeps the lock while it does, though it is not attached.
//!
//! Those that wait are in a queue, and who gives the lock up hands it to the first.
//! One that has waited for the *switch interval* without a hand-over sets YIELD in
//! the holder's word, and the holder's next safepoint hands the lock over, and
//! queues for it again, last.
//!
//! # Who is refused need not come back
//!
//! A thread that attaches for the moment does not wait: it looks first whether
//! somebody is attached and can be asked, and then tries the lock. If that fails, the
//! holder looks at what was left, for either it
//!
//! * was attached and was asked, or attached meanwhile: WORK was set in every word
//!   by then, and nobody detaches with WORK set; or
//! * has yet to attach, and finds WORK then; or
//! * was attached for the moment, or stopped the world: it looks at the lists when
//!   that is over.
//!
//! There is no other, because a holder detaches and hands over in one critical
//! section, unless it comes back at once.
//!
//! # Orderings
//!
//! All of this is under a mutex, by which one holder's writes come before the next
//! one's reads. GLOBAL is published as the rest of a pause is (edge R of
//! [`stw`](super)), or by the registry's lock.

#[cfg(all(loom, test))]
mod model;

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

use super::{GLOBAL, Record, Registry, Stopped, World, YIELD};
use crate::sync::{self, AtomicBool, LockGuard, Mutex, Ordering::*};

/// Under loom time does not pass: whoever waits has waited long enough.
const INTERVAL: Duration = if cfg!(loom) { Duration::ZERO } else { Duration::from_millis(5) };

pub(super) struct GlobalLock {
    /// For new records and for who asks. Written with the registry locked.
    is_on: AtomicBool,
    turns: Mutex<Turns>,
}

/// Whose turn it is, now and next.
pub(super) struct Turns {
    /// `None` only if nobody waits.
    holder: Option<&'static Record>,
    queue: VecDeque<&'static Record>,
    /// Counts the hand-overs.
    number: u64,
    interval: Duration,
}

impl fmt::Debug for GlobalLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(GlobalLock)")
    }
}

impl GlobalLock {
    crate::sync::const_fn! {
    pub(super) const fn new() -> Self {
        Self {
            is_on: AtomicBool::new(false),
            turns: Mutex::new(Turns {
                holder: None,
                queue: VecDeque::new(),
                number: 0,
                interval: INTERVAL,
            }),
        }
    }
    }

    pub(super) fn is_on(&self) -> bool {
        // Acquire: who hears that it is on may rely on what was said before.
        self.is_on.load(Acquire)
    }

    pub(super) fn turns(&self) -> LockGuard<'_, Turns> {
        sync::lock(&self.turns)
    }

    /// Takes the lock for a mutator that is not attached. Waits, unless it has the
    /// lock already.
    pub(super) fn take(&self, record: &'static Record) {
        let mut turns = self.turns();
        match turns.holder {
            None => {
                turns.holder = Some(record);
                return;
            }
            Some(holder) if holder.id == record.id => return,
            Some(holder) => {
                turns.queue.push_back(record);
                if turns.interval.is_zero() {
                    holder.ask_to_yield();
                }
            }
        }
        loop {
            let (number, interval, since) = (turns.number, turns.interval, Instant::now());
            turns = sync::wait(&record.turn, turns, Some(interval).filter(|time| !time.is_zero()));
            match turns.holder {
                Some(holder) if holder.id == record.id => return,
                Some(holder) if turns.number == number && since.elapsed() >= interval => {
                    holder.ask_to_yield();
                }
                _ => {}
            }
        }
    }

    /// Takes the lock, if nobody has it.
    pub(super) fn try_take(&self, record: &'static Record) -> bool {
        let mut turns = self.turns();
        let free = turns.holder.is_none();
        if free {
            turns.holder = Some(record);
        }
        free
    }
}

impl Turns {
    /// Gives the lock of `record`, which is not attached, to the first that waits.
    pub(super) fn hand_over(&mut self, record: &Record) {
        assert!(
            self.holder.is_some_and(|holder| holder.id == record.id),
            "the global lock was given up by who does not have it"
        );
        // Relaxed: it is set under the same mutex, for the holder.
        record.word.fetch_and(!YIELD, Relaxed);
        self.number += 1;
        self.holder = self.queue.pop_front();
        if let Some(next) = self.holder {
            if self.interval.is_zero() && !self.queue.is_empty() {
                next.ask_to_yield();
            }
            next.turn.notify_one();
        }
    }
}

impl Record {
    /// Asks the holder of the lock to hand it over at its next safepoint.
    fn ask_to_yield(&self) {
        // Relaxed: it orders nothing; the mutex does.
        self.word.fetch_or(YIELD, Relaxed);
    }
}

impl World {
    /// Whether the global lock is on.
    pub(crate) fn is_global_lock_on(&self) -> bool {
        self.global_lock.is_on()
    }

    /// Turns the global lock on or off while there is no mutator. If there is: `Err`,
    /// with their number. `Ok(false)`: a thread is attached for the moment, try again.
    pub(crate) fn set_global_lock(&self, on: bool) -> Result<bool, usize> {
        let registry = sync::lock(&self.registry);
        let threads = registry.records.len() - registry.free.len() - registry.moments;
        if threads != 0 {
            return Err(threads);
        }
        let nobody = registry.moments == 0;
        if nobody {
            self.turn_global_lock(&registry, on);
        }
        Ok(nobody)
    }

    /// Sets how long a mutator waits for the lock before it asks for it.
    pub(crate) fn set_switch_interval(&self, interval: Duration) {
        let mut turns = self.global_lock.turns();
        turns.interval = interval;
        for record in &turns.queue {
            // It waits anew, for so long.
            record.turn.notify_one();
        }
        // Those that wait ask no more.
        if interval.is_zero()
            && !turns.queue.is_empty()
            && let Some(holder) = turns.holder
        {
            holder.ask_to_yield();
        }
    }

    /// As [`set_global_lock`](Self::set_global_lock), while nobody is attached or
    /// can attach.
    fn turn_global_lock(&self, registry: &Registry, on: bool) {
        for record in &registry.records {
            // Relaxed: as the module says.
            if on {
                record.word.fetch_or(GLOBAL, Relaxed);
            } else {
                record.word.fetch_and(!GLOBAL, Relaxed);
            }
        }
        // Release: pairs with `is_on`.
        self.global_lock.is_on.store(on, Release);
    }
}

impl Stopped<'_> {
    /// Turns the global lock on. Who stopped the world has it then. `false`: it was
    /// on before.
    pub(crate) fn turn_on_global_lock(&self) -> bool {
        let registry = sync::lock(&self.world.registry);
        if self.world.global_lock.is_on() {
            return false;
        }
        // Before GLOBAL: others may queue as soon as they see that.
        self.world.global_lock.turns().holder = self.me;
        self.world.turn_global_lock(&registry, true);
        true
    }
}
