//! Counts the objects that died, so that no collector leaks unnoticed.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A count that only one thread writes.
#[repr(align(128))]
struct Count(AtomicU64);

/// More than threads that measure at once.
const THREADS: usize = 4;

static DEAD: [Count; THREADS] = [const { Count(AtomicU64::new(0)) }; THREADS];

thread_local! {
    static THREAD: Cell<usize> = const { Cell::new(0) };
}

/// Part of each object.
#[derive(Debug)]
pub(crate) struct Tally;

impl Drop for Tally {
    #[inline]
    fn drop(&mut self) {
        let count = &DEAD[THREAD.get()].0;
        count.store(count.load(Relaxed) + 1, Relaxed);
    }
}

/// Gives the calling thread a count of its own. Without, it is thread 0.
pub(crate) fn this_thread_is(thread: usize) {
    assert!(thread < THREADS, "one count for each");
    THREAD.set(thread);
}

/// How many objects have died, to be asked while no other thread drops any.
pub(crate) fn dead() -> u64 {
    DEAD.iter().map(|count| count.0.load(Relaxed)).sum()
}
