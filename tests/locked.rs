//! `Brc<Locked<T>>`: the lock in the header, with real threads.
//!
//! That the lock excludes, and loses no sleeper, in every interleaving, is
//! shown by the models in `src/lock/model.rs`.

mod common;

use std::cell::Cell;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::mem::{forget, size_of};
use std::rc::Rc;
use std::sync::MutexGuard;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::*};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use brc::{Brc, Immortal, Locked, LockedGuard, UniqueBrc};
use common::*;

/// Whether a thread says that it sleeps, or is about to, until the lock is free.
fn somebody_sleeps<T: ?Sized>(b: &Brc<Locked<T>>) -> bool {
    const PARKED: u8 = 0b10;
    // SAFETY: within the header, which stands in front of the payload.
    let byte = unsafe { Brc::as_ptr(b).cast::<AtomicU8>().sub(4) };
    // SAFETY: the lock byte, where the header's docs say; `b` keeps it.
    let byte = unsafe { &*byte };
    byte.load(SeqCst) & PARKED != 0
}

fn wait_for_a_sleeper<T: ?Sized>(b: &Brc<Locked<T>>) {
    while !somebody_sleeps(b) {
        thread::yield_now();
    }
}

// ------------------------------------------------------------------ exclusion

#[test]
fn no_increment_of_many_threads_is_lost() {
    let (threads, turns) = (4, size(100_000, 20_000, 200));
    // A `Cell` is not `Sync`: only the lock makes this right.
    let b = Brc::new(Locked::new(Cell::new(0)));
    thread::scope(|s| {
        for _ in 0..threads {
            s.spawn(|| {
                for _ in 0..turns {
                    let guard = b.lock();
                    guard.set(guard.get() + 1);
                }
            });
        }
    });
    assert_eq!(b.lock().get(), threads * turns);
}

#[test]
fn all_ways_to_lock_and_unlock_exclude_each_other() {
    let turns = size(20_000, 4_000, 100);
    let b = Brc::new(Locked::new([0_usize; 64]));
    let add = |guard: &mut [usize; 64]| {
        for n in guard {
            *n += 1;
        }
    };
    let done: usize = thread::scope(|s| {
        let threads = [0, 1, 2, 3].map(|kind| {
            let b = &b;
            s.spawn(move || {
                let mut done = 0;
                for turn in 0..turns {
                    let guard = match kind {
                        0 => b.try_lock(),
                        1 => b.try_lock_for(Duration::from_micros(turn as u64 % 40)),
                        _ => Some(b.lock()),
                    };
                    let Some(mut guard) = guard else { continue };
                    add(&mut guard);
                    done += 1;
                    if kind == 2 && turn % 2 == 0 {
                        LockedGuard::unlock_fair(guard);
                    }
                }
                done
            })
        });
        threads.map(|thread| thread.join().unwrap()).iter().sum()
    });
    assert!(done >= 2 * turns);
    assert_eq!(*b.lock(), [done; 64]);
    assert!(!b.is_locked() && !somebody_sleeps(&b));
}

#[test]
fn what_the_holder_wrote_is_seen_by_the_next() {
    let rounds = size(20_000, 4_000, 100);
    let b = Brc::new(Locked::new((0_usize, Vec::new())));
    thread::scope(|s| {
        s.spawn(|| {
            for n in 0..rounds {
                let mut guard = b.lock();
                guard.1.push(n);
                guard.0 += 1;
            }
        });
        loop {
            let guard = b.lock();
            assert_eq!(guard.0, guard.1.len());
            assert!(
                guard.1.iter().rev().take(3).eq((0..guard.0)
                    .rev()
                    .take(3)
                    .collect::<Vec<_>>()
                    .iter())
            );
            if guard.0 == rounds {
                break;
            }
        }
    });
}

#[test]
fn try_lock_gives_none_while_the_lock_is_held_and_only_then() {
    let b = Brc::new(Locked::new(1));
    let guard = b.lock();
    assert!(b.is_locked());
    assert!(b.try_lock().is_none(), "this thread holds it");
    thread::scope(|s| s.spawn(|| assert!(b.clone().try_lock().is_none())).join().unwrap());
    drop(guard);
    assert!(!b.is_locked());
    *b.try_lock().expect("free") += 1;
    assert_eq!(*b.try_lock().expect("free again"), 2);
}

#[test]
fn try_lock_for_gives_up_and_leaves_no_trace() {
    let b = Brc::new(Locked::new(1));
    let guard = b.lock();
    assert!(b.try_lock_for(Duration::ZERO).is_none());
    assert!(b.try_lock_for(Duration::from_millis(1)).is_none());
    assert!(!somebody_sleeps(&b), "the last that gave up leaves its sign");
    drop(guard);
    *b.try_lock_for(Duration::ZERO).expect("free") += 1;
    assert_eq!(*b.lock(), 2);
}

#[test]
fn try_lock_for_the_longest_time_waits_until_the_lock_is_free() {
    let b = Brc::new(Locked::new(1));
    thread::scope(|s| {
        let guard = b.lock();
        let waiter = s.spawn(|| *b.try_lock_for(Duration::MAX).expect("no deadline") += 1);
        wait_for_a_sleeper(&b);
        drop(guard);
        waiter.join().unwrap();
    });
    assert_eq!(*b.lock(), 2);
}

#[test]
fn a_sleeper_is_woken_though_another_gave_up() {
    let b = Brc::new(Locked::new(0));
    for _ in 0..size(200, 100, 10) {
        thread::scope(|s| {
            let mut guard = b.lock();
            let sleeper = s.spawn(|| *b.lock() += 1);
            wait_for_a_sleeper(&b);
            let waiter = s.spawn(|| b.try_lock_for(Duration::from_micros(10)).is_none());
            assert!(waiter.join().unwrap(), "the lock is held");
            *guard += 1;
            drop(guard);
            sleeper.join().unwrap();
        });
    }
    assert_eq!(*b.lock(), 2 * size(200, 100, 10));
}

// ----------------------------------------------------------------- handing on

/// Whether the thread that waits gets the lock before the one that unlocks can
/// take it again. Two threads wait; the first gets the lock and hands it over.
///
/// By the clock every unlock is fair once in half a millisecond or so, in this
/// test mostly that which lets the first go. A waiter announces itself shortly
/// before it is in the queue, hence the pause, and hence a few rounds may go
/// wrong on a busy machine. Without a fair unlock nearly all do.
#[test]
fn unlock_fair_hands_the_lock_to_the_waiter() {
    const ROUNDS: usize = 24;
    let retaken = (0..ROUNDS).filter(|_| {
        let b = Brc::new(Locked::new(0));
        let (tell, told) = (AtomicBool::new(false), AtomicBool::new(false));
        let wait = || {
            let mut guard = b.lock();
            *guard += 1;
            if *guard == 1 {
                LockedGuard::unlock_fair(guard);
                told.store(b.try_lock().is_some(), SeqCst);
                tell.store(true, SeqCst);
            } else {
                // Holds it until the other has tried.
                while !tell.load(SeqCst) {
                    thread::yield_now();
                }
            }
        };
        thread::scope(|s| {
            let guard = b.lock();
            s.spawn(wait);
            s.spawn(wait);
            wait_for_a_sleeper(&b);
            thread::sleep(Duration::from_millis(2));
            drop(guard);
        });
        told.load(SeqCst)
    });
    let retaken = retaken.count();
    assert!(retaken <= ROUNDS / 4, "taken back {retaken} times of {ROUNDS}");
}

#[test]
fn unlock_fair_with_nobody_waiting_is_an_unlock() {
    let b = Brc::new(Locked::new(1));
    LockedGuard::unlock_fair(b.lock());
    assert!(!b.is_locked());
    assert_eq!(*b.try_lock().expect("free"), 1);
}

#[test]
fn a_waiter_inside_detach_does_not_hold_up_objects_of_its_own() {
    let tally = Tally::new();
    let b = Brc::new(Locked::new(1));
    let (give, objects) = channel();
    let (locked, is_locked) = channel();
    thread::scope(|s| {
        let (b, tally) = (&b, &tally);
        s.spawn(move || {
            let guard = b.lock();
            locked.send(()).unwrap();
            let object: Brc<Counted> = objects.recv().unwrap();
            wait_for_a_sleeper(b);
            // Its owner waits for us, and cannot look at its queue.
            drop(object);
            assert_eq!(tally.live(), 0, "the object waits for its owner");
            drop(guard);
        });
        is_locked.recv().unwrap();
        give.send(Brc::new(tally.payload())).unwrap();
        let guard = brc::detach(|| b.lock());
        assert_eq!(*guard, 1);
        drop(guard);
    });
}

// --------------------------------------------------------------------- panics

#[test]
fn a_panic_releases_the_lock_and_poisons_nothing() {
    let b = Brc::new(Locked::new(vec![1]));
    assert!(catches_panic(|| {
        let mut guard = b.lock();
        guard.push(2);
        panic_quietly();
    }));
    assert!(!b.is_locked());
    assert_eq!(*b.lock(), [1, 2]);

    let from_thread = b.clone();
    let thread = thread::spawn(move || {
        let mut guard = from_thread.lock();
        guard.push(3);
        panic_quietly();
    });
    thread.join().expect_err("panicked on purpose");
    assert_eq!(*b.lock(), [1, 2, 3]);
}

#[test]
fn a_panic_of_the_holder_wakes_the_waiter() {
    let b = Brc::new(Locked::new(1));
    thread::scope(|s| {
        let holds = b.lock();
        let waiter = s.spawn(|| *b.lock() += 1);
        wait_for_a_sleeper(&b);
        assert!(catches_panic(move || {
            let _holds = holds;
            panic_quietly();
        }));
        waiter.join().unwrap();
    });
    assert_eq!(*b.lock(), 2);
}

// ------------------------------------------------------- the object around it

#[test]
fn debug_does_not_block_and_does_not_show_the_value() {
    let b = Brc::new(Locked::new(7));
    let guard = b.lock();
    assert_eq!(format!("{b:?}"), "Locked { .. }");
    assert_eq!(format!("{guard:?} {guard}"), "7 7");
    drop(guard);
    assert_eq!(format!("{b:?}"), "Locked { .. }");
}

#[test]
fn counting_does_not_touch_the_lock_nor_locking_the_counts() {
    let b = Brc::new(Locked::new(1));
    let guard = b.lock();
    let clones = [b.clone(), b.clone()];
    let weak = Brc::downgrade(&b);
    assert_eq!((Brc::strong_count(&b), Brc::weak_count(&b)), (3, 1));
    thread::scope(|s| {
        s.spawn(|| {
            let [first, second] = clones;
            drop(first.clone());
            drop(first);
            drop(weak.upgrade().expect("alive"));
            assert!(second.try_lock().is_none());
            drop(second);
        });
    });
    brc::merge();
    assert!(b.is_locked());
    Brc::share(&b);
    assert!(b.is_locked() && b.try_lock().is_none(), "a merge released the lock");
    assert_eq!(Brc::strong_count(&b), 1);
    drop(guard);
    assert!(!b.is_locked());
    assert_eq!(Brc::strong_count(&b), 1);
    drop(b);
    assert!(weak.upgrade().is_none());
}

#[test]
fn all_handles_of_an_object_lock_one_lock() {
    for make in [Brc::new, Brc::new_merged, Brc::immortal] {
        let b = make(Locked::new(1));
        let other = b.clone();
        let upgraded = Brc::downgrade(&b).upgrade().expect("alive");
        let guard = other.lock();
        assert!(b.is_locked() && b.try_lock().is_none() && upgraded.try_lock().is_none());
        drop(guard);
        *upgraded.lock() += 1;
        assert_eq!(*b.lock(), 2);
    }
}

#[test]
fn two_objects_have_two_locks() {
    let (a, b) = (Brc::new(Locked::new(1)), Brc::new(Locked::new(2)));
    let (guard_a, guard_b) = (a.lock(), b.lock());
    assert_eq!(*guard_a + *guard_b, 3);
    drop(guard_a);
    assert!(!a.is_locked() && b.is_locked());
}

#[test]
fn the_value_of_an_object_that_is_not_shared_needs_no_lock() {
    let mut b = Brc::new(Locked::new(String::from("a")));
    Brc::get_mut(&mut b).expect("not shared").get_mut().push('b');
    let other = b.clone();
    assert!(Brc::get_mut(&mut b).is_none());
    drop(other);
    let value = Brc::try_unwrap(b).expect("not shared").into_inner();
    assert_eq!(value, "ab");

    let mut unique = UniqueBrc::new(Locked::from(1));
    *unique.get_mut() += 1;
    assert_eq!(*UniqueBrc::into_brc(unique).lock(), 2);
    assert_eq!(*Brc::<Locked<u8>>::default().lock(), 0);
}

#[test]
fn a_guard_that_is_forgotten_locks_for_ever_and_breaks_nothing_else() {
    let tally = Tally::new();
    let mut b = Brc::new(Locked::new(tally.payload()));
    forget(b.lock());
    assert!(b.try_lock().is_none());
    assert!(b.try_lock_for(Duration::from_micros(1)).is_none());
    Brc::get_mut(&mut b).expect("not shared").get_mut().check();
    drop(b);
    assert_eq!(tally.live(), 0);
}

#[test]
fn a_lock_in_memory_that_was_used_before_is_free() {
    for n in 0..100 {
        let b = Brc::new(Locked::new(n));
        let guard = b.try_lock().expect("new");
        forget(guard); // leaves the byte set in the memory
    }
}

trait Shape {
    fn grow(&mut self);
    fn area(&self) -> u64;
}

struct Square(u64);

impl Shape for Square {
    fn grow(&mut self) {
        self.0 += 1;
    }

    fn area(&self) -> u64 {
        self.0 * self.0
    }
}

#[test]
fn trait_objects_and_slices_can_be_locked() {
    let boxed: Box<Locked<dyn Shape + Send>> = Box::new(Locked::new(Square(2)));
    let shape = UniqueBrc::into_brc(UniqueBrc::<Locked<dyn Shape + Send>>::from(boxed));
    thread::scope(|s| {
        for _ in 0..3 {
            s.spawn(|| shape.lock().grow());
        }
    });
    assert_eq!(shape.lock().area(), 25);

    let boxed: Box<Locked<[u32]>> = Box::new(Locked::new([3, 1, 2]));
    let slice: Brc<Locked<[u32]>> = Brc::from(boxed);
    slice.lock().sort_unstable();
    assert_eq!(*slice.lock(), [1, 2, 3]);
    assert!(slice.try_lock().is_some() && !slice.is_locked());

    #[repr(align(256))]
    struct Wide(u8);
    let boxed: Box<Locked<dyn Debug>> = Box::new(Locked::new(5));
    assert_eq!(format!("{:?}", Brc::<Locked<dyn Debug>>::from(boxed).lock()), "5");
    let wide = Brc::new(Locked::new(Wide(1)));
    wide.lock().0 += 1;
    assert_eq!(wide.lock().0, 2);
}

#[test]
fn a_lock_in_a_static() {
    static LOG: Immortal<Locked<Vec<usize>>> = Immortal::new(Locked::new(Vec::new()));
    let handle = LOG.get();
    let guard = LOG.lock();
    assert!(handle.is_locked() && handle.try_lock().is_none());
    assert!(LOG.get().try_lock_for(Duration::ZERO).is_none());
    drop(guard);
    thread::scope(|s| {
        for n in 0..4 {
            s.spawn(move || {
                for _ in 0..100 {
                    LOG.lock().push(n);
                    LOG.get().lock().push(n);
                }
            });
        }
    });
    assert_eq!(handle.lock().len(), 800);
    assert!(!handle.is_locked());
}

// ----------------------------------------------------------------- types only

/// `Implements::<T>::SEND` and `SYNC`: an inherent constant is found before a
/// trait's, but only if its bounds hold.
struct Implements<T: ?Sized>(PhantomData<T>);

trait ImplementsNot {
    const SEND: bool = false;
    const SYNC: bool = false;
}

impl<T: ?Sized> ImplementsNot for Implements<T> {}

impl<T: ?Sized + Send> Implements<T> {
    const SEND: bool = true;
}

impl<T: ?Sized + Sync> Implements<T> {
    const SYNC: bool = true;
}

/// `Sync`, but not `Send`.
type SyncOnly = MutexGuard<'static, u8>;

macro_rules! assert_auto_traits {
    ($($ty:ty: $send:literal, $sync:literal;)*) => {$(
        const { assert!(Implements::<$ty>::SEND == $send, stringify!($ty)) };
        const { assert!(Implements::<$ty>::SYNC == $sync, stringify!($ty)) };
    )*};
}

#[test]
fn what_may_cross_threads() {
    assert_auto_traits! {
        Locked<u8>: true, true;
        Locked<Cell<u8>>: true, true;
        Locked<SyncOnly>: false, false;
        Locked<Rc<u8>>: false, false;
        Locked<dyn Debug + Send>: true, true;
        Locked<dyn Debug>: false, false;
        Brc<Locked<Cell<u8>>>: true, true;
        Brc<Locked<SyncOnly>>: false, false;
        Brc<Locked<Rc<u8>>>: false, false;
        Brc<Cell<u8>>: false, false;
        LockedGuard<'static, u8>: false, true;
        LockedGuard<'static, Cell<u8>>: false, false;
        LockedGuard<'static, SyncOnly>: false, true;
        LockedGuard<'static, Rc<u8>>: false, false;
        Immortal<u8>: true, true;
        Immortal<SyncOnly>: false, true;
        Immortal<Cell<u8>>: true, false;
        Immortal<Locked<Cell<u8>>>: true, true;
        Immortal<Locked<SyncOnly>>: false, false;
    }
}

#[test]
fn the_lock_costs_the_payload_no_space() {
    assert_eq!(size_of::<Locked<u8>>(), 1);
    assert_eq!(size_of::<Locked<[u64; 3]>>(), 24);
    assert_eq!(size_of::<LockedGuard<'_, u8>>(), 2 * size_of::<usize>());
}
