//! Loom models of the global lock: every interleaving of two or three threads, on
//! the code that ships.
//!
//! What the lock guards is a cell that every mutator changes: loom fails a model in
//! which two changes are not ordered. Time does not pass in a model, so the switch
//! interval is zero: whoever waits asks for the lock at once.

use loom::cell::UnsafeCell;
use loom::sync::{Arc, Mutex as List};
use loom::thread::{self, JoinHandle};

use super::super::{Asked, world};
use super::*;
use crate::lock::model::explore;

/// Plain data that nothing guards but the lock, or a pause.
struct Plain(UnsafeCell<usize>);

// SAFETY: loom checks it.
unsafe impl Sync for Plain {}
// SAFETY: as above.
unsafe impl Send for Plain {}

impl Plain {
    fn new() -> Arc<Self> {
        Arc::new(Self(UnsafeCell::new(0)))
    }

    /// What an attached mutator does.
    fn alter(&self) {
        // SAFETY: loom checks it.
        self.0.with_mut(|plain| unsafe { *plain += 1 });
    }

    fn look(&self) -> usize {
        // SAFETY: loom checks it.
        self.0.with(|plain| unsafe { *plain })
    }

    /// As [`alter`](Self::alter), if the lock is on: without it, that needs another.
    fn alter_if_on(&self) {
        if world().is_global_lock_on() {
            self.alter();
        }
    }

    /// A pause, in which nobody else looks.
    fn stop(&self, me: Option<&'static Record>) {
        let stopped = world().stop(me, &|_, _| unreachable!("time does not pass"));
        self.alter();
        drop(stopped);
    }
}

fn spawn<R: 'static>(plain: &Arc<Plain>, f: impl FnOnce(&Plain) -> R + 'static) -> JoinHandle<R> {
    let plain = plain.clone();
    thread::spawn(move || f(&plain))
}

/// Turns the lock on for a model.
fn on() {
    while !world().set_global_lock(true).expect("there is no mutator") {
        sync::yield_now();
    }
}

/// A mutator that is attached.
fn enter() -> &'static Record {
    let record = world().claim();
    world().attach(record);
    record
}

/// A safepoint, as that of the library.
fn safepoint(record: &'static Record) {
    if !record.is_idle() {
        if record.is_asked_to_stop() {
            world().park(record);
        }
        record.take_request();
    }
}

/// Detaches, as the library does.
fn detach(record: &'static Record) {
    while !record.try_detach() {
        safepoint(record);
    }
}

fn leave(record: &'static Record) {
    detach(record);
    world().give_back(record);
}

/// Turns the lock on, as who requires it.
fn require(record: &'static Record) {
    let stopped = world().stop(Some(record), &|_, _| unreachable!("time does not pass"));
    stopped.turn_on_global_lock();
    drop(stopped);
}

// Turns.

/// Protects two mutators from each other, that come and go.
///
/// Fails if attaching does not look whether the lock is on; if a new record does not
/// know; if detaching does not give it up, or not to who waits, or does not wake that
/// one; or if who takes it does not look who has it.
#[test]
fn one_mutator_at_a_time_is_attached() {
    explore(Some(4), || {
        on();
        let plain = Plain::new();
        let work = |plain: &Plain| {
            let record = enter();
            plain.alter();
            detach(record);
            world().attach(record);
            plain.alter();
            leave(record);
        };
        let other = spawn(&plain, work);
        work(&plain);
        other.join().unwrap();
        assert_eq!(plain.look(), 4);
        assert!(world().global_lock.turns().holder.is_none(), "nobody is there");
    });
}

/// As above, with three.
///
/// Fails if the lock goes to the last that came.
#[test]
fn one_of_three_is_attached_and_the_first_that_waits_is_next() {
    explore(Some(2), || {
        on();
        let plain = Plain::new();
        let record = enter();
        let queue = || -> Vec<u32> {
            world().global_lock.turns().queue.iter().map(|record| record.id).collect()
        };
        let others = [(); 2].map(|()| {
            spawn(&plain, |plain| {
                let record = enter();
                // SAFETY: loom checks it.
                let turn = plain.0.with_mut(|plain| unsafe {
                    *plain += 1;
                    *plain
                });
                let id = record.id;
                leave(record);
                (id, turn)
            })
        });
        let first = queue();
        leave(record);
        let mut turns = others.map(|other| other.join().unwrap());
        turns.sort_by_key(|&(_, turn)| turn);
        if let [first, ..] = *first {
            assert_eq!(turns[0].0, first, "overtaken");
        }
    });
}

/// Protects who waits from a mutator that only passes safepoints: once it waits, the
/// next one hands the lock over, and the other gets it back after that.
///
/// Fails if who waits does not ask, or asks too late; if a safepoint does not look, or
/// parks without giving the lock up; or if who is asked is not asked any more after
/// it attached.
#[test]
fn a_safepoint_hands_the_lock_over() {
    explore(Some(4), || {
        on();
        let plain = Plain::new();
        let record = enter();
        let other = spawn(&plain, |plain| {
            let record = enter();
            plain.alter();
            leave(record);
        });
        for _ in 0..2 {
            let waits = !world().global_lock.turns().queue.is_empty();
            safepoint(record);
            assert!(plain.look() == 1 || !waits, "it waits still");
        }
        plain.alter();
        leave(record);
        other.join().unwrap();
        assert_eq!(record.word.load(Relaxed) & YIELD, 0, "asked, though it has nothing to give");
    });
}

/// As above, with two that wait: the first of them, who gets the lock, is asked for it
/// in turn.
///
/// Fails if it is not.
#[test]
fn who_gets_the_lock_is_asked_for_it_by_the_next() {
    explore(Some(2), || {
        on();
        let plain = Plain::new();
        let record = enter();
        // So that it leaves without another turn.
        record.take_request();
        let others = [(); 2].map(|()| {
            spawn(&plain, |plain| {
                let record = enter();
                plain.alter();
                let next = world().global_lock.turns().queue.front().map(|next| next.id);
                let before = plain.look();
                safepoint(record);
                assert!(next.is_none() || plain.look() > before, "the next waits still");
                // It may have been this one that was waited for.
                plain.alter();
                leave(record);
            })
        });
        plain.alter();
        leave(record);
        for other in others {
            other.join().unwrap();
        }
    });
}

// Stops.

/// Protects who stops the world: it keeps the lock meanwhile, so that for the others its
/// pause and what it does next are one.
///
/// Fails if the lock is given up in a stop, or who has it waits for it.
#[test]
fn who_stops_the_world_keeps_the_lock() {
    explore(Some(4), || {
        on();
        let plain = Plain::new();
        let record = enter();
        let other = spawn(&plain, |plain| {
            let record = enter();
            plain.alter();
            plain.alter();
            leave(record);
        });
        let before = plain.look();
        plain.stop(Some(record));
        assert_eq!(plain.look(), before + 1, "another was attached");
        leave(record);
        other.join().unwrap();
    });
}

/// Protects a pause of a thread that is no mutator from two that are, of which one
/// waits for the lock, and may get it during the pause.
///
/// Fails if attaching with the lock does not look for a stop.
#[test]
fn a_pause_excludes_who_has_the_lock_and_who_gets_it() {
    explore(Some(2), || {
        on();
        let plain = Plain::new();
        let record = enter();
        let other = spawn(&plain, |plain| {
            let record = enter();
            plain.alter();
            leave(record);
        });
        let holder = spawn(&plain, move |plain| {
            plain.alter();
            safepoint(record);
            plain.alter();
            leave(record);
        });
        plain.stop(None);
        other.join().unwrap();
        holder.join().unwrap();
    });
}

/// Protects two mutators that stop the world one after the other.
#[test]
fn two_stop_the_world_with_the_lock_on() {
    explore(Some(3), || {
        on();
        let plain = Plain::new();
        let work = |plain: &Plain| {
            let record = enter();
            plain.stop(Some(record));
            plain.alter();
            leave(record);
        };
        let other = spawn(&plain, work);
        work(&plain);
        other.join().unwrap();
        assert_eq!(plain.look(), 4);
    });
}

// Turning it on.

/// Protects the thread that turns the lock on from one that attaches meanwhile for the
/// first time, and again, and from one that is attached.
///
/// Fails if not every record learns of it; if the lock is not that thread's at
/// once, or only after others could take it; or if attaching goes by what was so
/// before.
#[test]
fn the_lock_is_turned_on_while_another_attaches() {
    explore(Some(3), || {
        let plain = Plain::new();
        let record = enter();
        let other = spawn(&plain, |plain| {
            let record = enter();
            plain.alter_if_on();
            detach(record);
            world().attach(record);
            plain.alter_if_on();
            leave(record);
        });
        let stopped = world().stop(Some(record), &|_, _| unreachable!("time does not pass"));
        assert!(stopped.turn_on_global_lock());
        let before = plain.look();
        drop(stopped);
        assert_eq!(plain.look(), before, "another had the lock first");
        plain.alter();
        leave(record);
        other.join().unwrap();
    });
}

/// As above, with a record that was there before, detached.
#[test]
fn the_lock_is_turned_on_while_another_is_detached() {
    explore(Some(4), || {
        let plain = Plain::new();
        let away = enter();
        detach(away);
        let record = enter();
        let other = spawn(&plain, move |plain| {
            world().attach(away);
            plain.alter_if_on();
            leave(away);
        });
        require(record);
        plain.alter();
        leave(record);
        other.join().unwrap();
    });
}

/// Protects two that turn the lock on at once: one does, and both have turns.
///
/// Fails if the second takes the lock from the first.
#[test]
fn two_turn_the_lock_on() {
    explore(Some(3), || {
        let plain = Plain::new();
        let (one, two) = (enter(), enter());
        let other = spawn(&plain, move |plain| {
            require(one);
            plain.alter();
            leave(one);
        });
        require(two);
        plain.alter();
        leave(two);
        other.join().unwrap();
        assert_eq!(plain.look(), 2);
    });
}

/// Protects a mutator from one that stands in for a third, while the lock comes.
#[test]
fn the_lock_is_turned_on_while_another_stands_in() {
    explore(Some(3), || {
        let plain = Plain::new();
        let (away, one, two) = (enter(), enter(), enter());
        detach(away);
        let other = spawn(&plain, move |plain| {
            if let Asked::You(held) = world().ask_or_hold(away) {
                plain.alter_if_on();
                drop(held);
            }
            detach(one);
        });
        require(two);
        plain.alter();
        detach(two);
        other.join().unwrap();
        world().attach(away);
        detach(away);
    });
}

// For the moment.

/// What is left to whoever is attached.
type Left = Arc<List<usize>>;

/// What a thread that is not attached does with something that only a mutator may
/// take: as the library, in `gc::deaths`.
fn leave_to_others(plain: &Plain, left: &Left) {
    *left.lock().unwrap() += 1;
    if world().ask_anyone() {
        return;
    }
    let mut done = false;
    while !done {
        done = true;
        let Some(record) = world().try_claim() else { return };
        if world().attach_for_the_moment(record) {
            plain.alter();
            *left.lock().unwrap() = 0;
            while !world().try_leave(record) {
                record.take_request();
            }
            done = *left.lock().unwrap() == 0 || world().ask_anyone();
        }
        world().give_back_moment(record);
    }
}

/// Detaches as the library does, and takes what was left if asked.
fn take_and_detach(record: &'static Record, plain: &Plain, left: &Left) {
    while !record.try_detach() {
        if record.is_asked_to_stop() {
            world().park(record);
        }
        if record.take_request() {
            plain.alter();
            *left.lock().unwrap() = 0;
        }
    }
}

/// Protects a mutator from one that attaches for the moment, and what that one leaves if
/// it cannot have the lock: the holder takes it, though it is about to go.
///
/// Fails if attaching for the moment does not take the lock, or takes one that is another's;
/// if who leaves does not give it up; or if detaching and handing over are two
/// steps, between which somebody is refused for nothing.
#[test]
fn what_is_left_is_taken_by_the_holder_or_for_the_moment() {
    explore(None, || {
        on();
        let plain = Plain::new();
        let left = Left::default();
        let record = enter();
        take_and_detach(record, &plain, &left);
        let other = spawn(&plain, {
            let left = left.clone();
            move |plain| {
                world().attach(record);
                plain.alter();
                take_and_detach(record, plain, &left);
            }
        });
        leave_to_others(&plain, &left);
        other.join().unwrap();
        assert_eq!(*left.lock().unwrap(), 0, "lost");
        assert!(world().global_lock.turns().holder.is_none());
    });
}

/// As above, with two that attach for the moment.
#[test]
fn what_two_leave_is_taken_for_the_moment() {
    explore(Some(3), || {
        on();
        let plain = Plain::new();
        let left = Left::default();
        let other = spawn(&plain, {
            let left = left.clone();
            move |plain| leave_to_others(plain, &left)
        });
        leave_to_others(&plain, &left);
        other.join().unwrap();
        assert_eq!(*left.lock().unwrap(), 0, "lost");
        assert!(world().global_lock.turns().holder.is_none());
    });
}

/// Protects the lock from who took it for the moment and then finds the world stopped: it
/// gives it back.
///
/// Fails if it does not.
#[test]
fn who_cannot_attach_for_the_moment_gives_the_lock_back() {
    explore(Some(4), || {
        on();
        let plain = Plain::new();
        let other = spawn(&plain, |plain| {
            let Some(record) = world().try_claim() else { return };
            if world().attach_for_the_moment(record) {
                plain.alter();
                while !world().try_leave(record) {
                    record.take_request();
                }
            }
            world().give_back_moment(record);
        });
        plain.stop(None);
        let record = enter();
        plain.alter();
        leave(record);
        other.join().unwrap();
    });
}

/// Protects who turns the lock on without a stop from one that is attached for the
/// moment, without the lock.
///
/// Fails if it does not wait for that one.
#[test]
fn the_lock_is_turned_on_while_another_is_attached_for_the_moment() {
    explore(Some(3), || {
        let plain = Plain::new();
        let other = spawn(&plain, |plain| {
            let Some(record) = world().try_claim() else { return };
            if world().attach_for_the_moment(record) {
                plain.alter();
                while !world().try_leave(record) {
                    record.take_request();
                }
            }
            world().give_back_moment(record);
        });
        on();
        let record = enter();
        plain.alter();
        leave(record);
        other.join().unwrap();
        assert_eq!(world().set_global_lock(false), Ok(true));
        let record = enter();
        assert_eq!(world().set_global_lock(true), Err(1));
        leave(record);
    });
}
