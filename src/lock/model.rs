//! Models of the lock: every interleaving of two or three threads, on the code
//! that ships over a model of the queue of sleepers.
//!
//! The queue is `sync::parking`, which takes what `parking_lot_core` documents:
//! whoever sleeps or wakes holds its lock meanwhile. A wait with a deadline
//! gives up at once, the worst that can happen to it. Whether an unlock is told
//! to be fair, which the real queue decides by the clock, is chosen here: each
//! model is explored for both.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use super::*;
use crate::sync::parking::BE_FAIR;

/// Explores a model, with at most so many preemptions if that is limited, and
/// prints how many executions it has.
pub(crate) fn explore(preemptions: Option<usize>, f: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    // An exploration without bound must not get one from the environment.
    builder.preemption_bound = preemptions;
    builder.max_branches = 10_000;
    let executions = std::sync::Arc::new(AtomicUsize::new(0));
    let begin = Instant::now();
    let counter = executions.clone();
    builder.check(move || {
        counter.fetch_add(1, Relaxed);
        f();
    });
    let bound = preemptions.map_or(String::new(), |n| format!(", bound {n}"));
    println!(
        "{}: {} executions in {:.1?}{bound}",
        std::thread::current().name().unwrap_or("model"),
        executions.load(Relaxed),
        begin.elapsed(),
    );
}

/// Explores a model with unlocks that may be overtaken, then with fair ones.
fn explore_both(preemptions: Option<usize>, f: impl Fn() + Send + Sync + Copy + 'static) {
    // The choice is one for all models of the process.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    for fair in [false, true] {
        BE_FAIR.store(fair, Relaxed);
        explore(preemptions, f);
    }
}

/// A lock and what it guards: loom fails a model in which two accesses to the
/// value are not ordered.
struct Guarded {
    byte: AtomicU8,
    value: UnsafeCell<usize>,
}

impl Guarded {
    fn new() -> Arc<Self> {
        Arc::new(Self { byte: AtomicU8::new(0), value: UnsafeCell::new(0) })
    }

    /// A turn with the lock, which the caller took.
    fn turn(&self, fair: bool) {
        assert_eq!(self.state() & LOCKED, LOCKED, "taken, but free");
        // SAFETY: the caller took the lock.
        self.value.with_mut(|value| unsafe { *value += 1 });
        // SAFETY: as above.
        unsafe { unlock(&self.byte, fair) };
    }

    fn lock_turn(&self) {
        lock(&self.byte);
        self.turn(false);
    }

    fn fair_turn(&self) {
        lock(&self.byte);
        self.turn(true);
    }

    /// Whether there was a turn.
    fn try_turn(&self) -> bool {
        let taken = try_lock(&self.byte);
        if taken {
            self.turn(false);
        }
        taken
    }

    /// Whether there was a turn. A wait that is necessary is given up.
    fn try_turn_for(&self) -> bool {
        let taken = try_lock_for(&self.byte, Duration::from_secs(1));
        if taken {
            self.turn(false);
        }
        taken
    }

    fn state(&self) -> u8 {
        self.byte.load(Relaxed)
    }
}

fn spawn<R: 'static>(
    guarded: &Arc<Guarded>,
    f: impl FnOnce(&Guarded) -> R + 'static,
) -> thread::JoinHandle<R> {
    let guarded = guarded.clone();
    thread::spawn(move || f(&guarded))
}

/// The end of a model, after all threads: the lock is free, nobody is said to
/// sleep, and there were so many turns.
fn assert_turns(guarded: &Guarded, turns: usize) {
    assert_eq!(guarded.state(), 0, "not free, or a sleeper left behind");
    // SAFETY: the other threads have ended.
    let seen = guarded.value.with(|value| unsafe { *value });
    assert_eq!(seen, turns);
}

/// Protects mutual exclusion between two threads, and that the one who waits
/// is woken.
///
/// Fails if the `Acquire` of `lock` or `lock_slow` or the `Release` of `unlock`
/// is weakened, if a sleeper does not look at the byte again under the queue's
/// lock, or if one that was told to try takes the lock for its own.
#[test]
fn two_threads_exclude_each_other() {
    explore_both(None, || {
        let guarded = Guarded::new();
        let other = spawn(&guarded, Guarded::lock_turn);
        guarded.lock_turn();
        other.join().unwrap();
        assert_turns(&guarded, 2);
    });
}

/// As above, with threads that come back: a released lock is taken again while
/// the other is on its way to sleep.
///
/// Fails if a thread sleeps though the byte does not say `PARKED`.
#[test]
fn two_threads_that_come_back_exclude_each_other() {
    explore_both(Some(3), || {
        let guarded = Guarded::new();
        let twice = |guarded: &Guarded| {
            guarded.lock_turn();
            guarded.lock_turn();
        };
        let other = spawn(&guarded, twice);
        twice(&guarded);
        other.join().unwrap();
        assert_turns(&guarded, 4);
    });
}

/// Protects the second sleeper: whoever takes or hands over the lock meanwhile
/// leaves the sign that it sleeps.
///
/// Fails if `PARKED` is lost where one of two is woken, where the lock is handed
/// over, or where a free lock is taken in `lock_slow`.
#[test]
fn three_threads_exclude_each_other() {
    explore_both(Some(3), || {
        let guarded = Guarded::new();
        let others = [(); 2].map(|()| spawn(&guarded, Guarded::lock_turn));
        guarded.lock_turn();
        for other in others {
            other.join().unwrap();
        }
        assert_turns(&guarded, 3);
    });
}

/// Protects an unlock that hands over by request, also if nobody sleeps.
///
/// Fails if the lock is handed over to nobody, or if the thread it was handed
/// to does not know.
#[test]
fn a_fair_unlock_hands_over_to_two_sleepers() {
    explore_both(Some(3), || {
        let guarded = Guarded::new();
        let others = [(); 2].map(|()| spawn(&guarded, Guarded::fair_turn));
        guarded.fair_turn();
        for other in others {
            other.join().unwrap();
        }
        assert_turns(&guarded, 3);
    });
}

/// As above with two threads, without bound; and the last that wanted the lock
/// has no sign that somebody sleeps, so its unlock is a fast one.
///
/// Fails as above, or if handing over to the last sleeper leaves `PARKED`.
#[test]
fn a_fair_unlock_hands_over_to_one_sleeper() {
    explore_both(None, || {
        let guarded = Guarded::new();
        let turn = |guarded: &Guarded| {
            lock(&guarded.byte);
            // SAFETY: just locked.
            let is_last = guarded.value.with(|value| unsafe { *value } == 1);
            assert!(!is_last || guarded.state() == LOCKED, "nobody is left to sleep");
            guarded.turn(true);
        };
        let other = spawn(&guarded, turn);
        turn(&guarded);
        other.join().unwrap();
        assert_turns(&guarded, 2);
    });
}

/// Protects `try_lock` against `lock` and against another `try_lock`.
///
/// Fails if its `Acquire` is weakened.
#[test]
fn a_thread_that_only_tries_is_excluded_too() {
    explore_both(None, || {
        let guarded = Guarded::new();
        let other = spawn(&guarded, |guarded| {
            guarded.lock_turn();
            usize::from(guarded.try_turn())
        });
        let ours = usize::from(guarded.try_turn());
        let theirs = other.join().unwrap();
        assert!(theirs + ours > 0, "failed, though nobody held the lock");
        assert_turns(&guarded, 1 + theirs + ours);
    });
}

/// Protects two sleepers against a thread that takes a free lock past them.
///
/// Fails if `try_lock` loses `PARKED`.
#[test]
fn a_thread_that_overtakes_two_sleepers_leaves_their_sign() {
    explore_both(Some(3), || {
        let guarded = Guarded::new();
        lock(&guarded.byte);
        let others = [(); 2].map(|()| spawn(&guarded, Guarded::lock_turn));
        guarded.turn(false);
        let ours = usize::from(guarded.try_turn());
        for other in others {
            other.join().unwrap();
        }
        assert_turns(&guarded, 3 + ours);
    });
}

/// Protects a sleeper against another that gives up.
///
/// Fails if one that gives up clears `PARKED` though another sleeps.
#[test]
fn a_waiter_that_gives_up_leaves_the_sign_of_another() {
    explore_both(Some(3), || {
        let guarded = Guarded::new();
        lock(&guarded.byte);
        let sleeper = spawn(&guarded, Guarded::lock_turn);
        let waiter = spawn(&guarded, Guarded::try_turn_for);
        guarded.turn(false);
        sleeper.join().unwrap();
        let theirs = usize::from(waiter.join().unwrap());
        assert_turns(&guarded, 2 + theirs);
    });
}

/// Protects the unlock of a thread that was about to wake a waiter which then
/// gave up, and comes back for a lock that is free.
///
/// Fails if the `Release` of `unlock_slow` is weakened.
#[test]
fn a_waiter_that_gave_up_sees_what_the_holder_did() {
    explore_both(None, || {
        let guarded = Guarded::new();
        lock(&guarded.byte);
        let waiter = spawn(&guarded, |guarded| {
            let turns = usize::from(guarded.try_turn_for());
            guarded.lock_turn();
            turns + 1
        });
        guarded.turn(false);
        let theirs = waiter.join().unwrap();
        assert_turns(&guarded, 1 + theirs);
    });
}

/// Protects the fast path of later unlocks.
///
/// Fails if the last waiter that gives up does not clear `PARKED`.
#[test]
fn the_last_waiter_that_gives_up_leaves_no_sign() {
    explore_both(None, || {
        let guarded = Guarded::new();
        lock(&guarded.byte);
        let waiter = spawn(&guarded, Guarded::try_turn_for);
        assert!(!waiter.join().unwrap(), "the lock is held");
        assert_eq!(guarded.state(), LOCKED);
        guarded.turn(false);
        assert_turns(&guarded, 1);
    });
}
