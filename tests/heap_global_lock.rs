//! The global lock: off, on, and on when somebody requires it. It is one for the
//! process, and stays on once it is required, so each test has a process of its own.
#![cfg(all(feature = "gc", not(loom), not(miri)))]

mod common;
mod heap_common;

use std::cell::UnsafeCell;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Duration;

use brc::heap::{self, GlobalLock};
use brc::{Gc, Locked, Mutator};
use common::{OnDrop, Tally, catches_panic, join, panic_quietly, size};
use heap_common::{Node, mortal, panic_with, panics_with, ring, wait_until};

const CASE: &str = "BRC_TEST_CASE";

/// Runs `f` in a process of its own, which runs the calling `test` again, with this
/// BRC_GIL. Demands that it ends well, and returns what it says on standard error;
/// `None` if this is that process.
fn in_process(test: &str, variable: Option<&str>, f: impl FnOnce()) -> Option<String> {
    let case = variable.unwrap_or("none");
    if let Some(wanted) = std::env::var_os(CASE) {
        if wanted.to_str() == Some(case) {
            f();
            // Nothing is left behind, whatever it was.
            let stats = heap::stats();
            let left = (mortal(), stats.queued, stats.pending, stats.retired, stats.mutators);
            assert_eq!(left, (0, 0, 0, 0, 0), "left behind");
            std::process::exit(0);
        }
        return None;
    }
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(CASE, case);
    match variable {
        Some(value) => child.env("BRC_GIL", value),
        None => child.env_remove("BRC_GIL"),
    };
    let output = child.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{case}: {}: {errors}", output.status);
    Some(errors)
}

/// A test in a process of its own, without BRC_GIL.
macro_rules! in_its_own_process {
    ($(fn $name:ident() $body:block)*) => {
        $(
            #[test]
            fn $name() {
                in_process(stringify!($name), None, || $body);
            }
        )*
    };
}

/// How often `text` is among the lines of `said`; what warns is `tracing` if that
/// is on, and then there is nothing to find.
fn assert_said(said: &str, times: usize, text: &str) {
    if !cfg!(feature = "tracing") {
        let lines = said.lines().filter(|line| line.starts_with("brc: ") && line.contains(text));
        assert_eq!(lines.count(), times, "{text}: {said}");
    }
}

/// A place that one attached thread at a time is to be in.
#[derive(Default)]
struct Room(AtomicUsize);

impl Room {
    /// Stays for a while, and sees whether somebody else is there.
    fn stay(&self) {
        assert_eq!(self.0.fetch_add(1, SeqCst), 0, "two threads attached at once");
        for _ in 0..3 {
            thread::yield_now();
        }
        assert_eq!(self.0.fetch_sub(1, SeqCst), 1, "two threads attached at once");
    }
}

/// Some that attach, and work, each on a thread of its own.
fn run_all(threads: usize, f: impl Fn(&mut Mutator, usize) + Sync) {
    thread::scope(|s| {
        for n in 0..threads {
            let f = &f;
            s.spawn(move || heap::attach(|m| f(m, n)).unwrap());
        }
    });
}

/// Two threads read a number, and each writes it back, one more. They meet in between,
/// which takes that both are attached.
fn meet_between_load_and_store() -> usize {
    let number = AtomicUsize::new(0);
    let barrier = Barrier::new(2);
    run_all(2, |_, _| {
        let seen = number.load(Relaxed);
        barrier.wait();
        number.store(seen + 1, Relaxed);
    });
    number.into_inner()
}

/// Plain data that nothing protects but the global lock.
struct Plain(UnsafeCell<usize>);

// SAFETY: touched with the global lock only.
unsafe impl Sync for Plain {}

/// As many threads add one as often, to plain data.
fn add_with_nothing_else(threads: usize, times: usize) -> usize {
    let number = Plain(UnsafeCell::new(0));
    run_all(threads, |m, n| {
        let number = &number;
        for time in 0..times {
            // SAFETY: the global lock is on, and there is no safepoint in here.
            let seen = unsafe { number.0.get().read_volatile() };
            if time % 8 == 0 {
                thread::yield_now();
            }
            // SAFETY: as above.
            unsafe { number.0.get().write_volatile(seen + 1) };
            match (time + n) % 3 {
                0 => m.safepoint(),
                1 => m.detach(thread::yield_now),
                _ => {}
            }
        }
    });
    number.0.into_inner()
}

in_its_own_process! {

fn without_the_lock_an_update_is_lost_and_with_it_none_is() {
    assert!(!heap::global_lock_enabled());
    assert_eq!(meet_between_load_and_store(), 1, "one of two is lost");
    heap::configure().global_lock(GlobalLock::On);
    assert!(heap::global_lock_enabled());
    let times = size(10_000, 1_000, 100);
    for interval in [Duration::ZERO, Duration::from_micros(50), Duration::from_millis(5)] {
        heap::configure().switch_interval(interval);
        assert_eq!(add_with_nothing_else(4, times), 4 * times);
    }
    // And back, while nobody is attached.
    heap::configure().global_lock(GlobalLock::Off);
    assert!(!heap::global_lock_enabled());
    assert_eq!(meet_between_load_and_store(), 1);
}

fn who_only_passes_safepoints_hands_the_lock_over() {
    heap::configure().global_lock(GlobalLock::On);
    for interval in [Duration::ZERO, Duration::from_millis(1), Duration::from_millis(5)] {
        heap::configure().switch_interval(interval);
        let done = AtomicUsize::new(0);
        // Each waits for all others, and never detaches.
        run_all(4, |m, _| {
            done.fetch_add(1, SeqCst);
            while done.load(SeqCst) != 4 {
                m.safepoint();
            }
        });
    }
}

fn every_thread_that_waits_gets_its_turns() {
    const TURNS: usize = 50;
    heap::configure().global_lock(GlobalLock::On).switch_interval(Duration::ZERO);
    let turns: Vec<AtomicUsize> = (0..5).map(|_| AtomicUsize::new(0)).collect();
    run_all(turns.len(), |m, n| {
        // Until the last one has had enough.
        while turns.iter().any(|turns| turns.load(SeqCst) < TURNS) {
            turns[n].fetch_add(1, SeqCst);
            m.safepoint();
        }
    });
}

fn who_only_collects_hands_the_lock_over() {
    heap::configure().global_lock(GlobalLock::On).switch_interval(Duration::ZERO);
    let done = AtomicUsize::new(0);
    run_all(2, |m, _| {
        done.fetch_add(1, SeqCst);
        while done.load(SeqCst) != 2 {
            m.collect();
        }
    });
}

fn no_interval_is_for_those_too_who_wait_already() {
    heap::configure().global_lock(GlobalLock::On).switch_interval(Duration::MAX);
    let (go, gone) = mpsc::channel();
    let other = heap::attach(|m| {
        let other = thread::spawn(move || heap::attach(|_| gone.recv().unwrap()).unwrap());
        wait_until(|| heap::stats().mutators == 2);
        // So that it waits for the lock, most of the time.
        thread::sleep(Duration::from_millis(20));
        heap::configure().switch_interval(Duration::ZERO);
        go.send(()).unwrap();
        wait_until(|| {
            m.safepoint();
            other.is_finished()
        });
        other
    });
    join(other.unwrap());
}

fn a_lock_that_was_on_when_it_was_required_stays_on() {
    heap::configure().global_lock(GlobalLock::On);
    assert!(heap::attach(|m| m.require_global_lock("spam")).unwrap());
    heap::configure().global_lock(GlobalLock::Off);
    assert!(heap::global_lock_enabled());
}

fn a_destructor_that_configures_does_not_wait_for_who_configures() {
    let (tell, told) = mpsc::channel();
    let object = heap::attach(|m| {
        m.alloc(Node::with_end(&Tally::new(), move || {
            tell.send(()).unwrap();
            // So that the other waits for this, most of the time.
            thread::sleep(Duration::from_millis(20));
            assert!(catches_any(|| configure(GlobalLock::On)), "a thread is attached");
        }))
    });
    let dropper = thread::spawn(move || drop(object));
    told.recv().unwrap();
    configure(GlobalLock::On);
    join(dropper);
    assert!(heap::global_lock_enabled());
}

fn the_interval_may_change_while_threads_wait() {
    heap::configure().global_lock(GlobalLock::On).switch_interval(Duration::MAX);
    let (go, gone) = mpsc::channel();
    let other = heap::attach(|m| {
        let other = thread::spawn(move || heap::attach(|_| gone.recv().unwrap()).unwrap());
        wait_until(|| heap::stats().mutators == 2);
        heap::configure().switch_interval(Duration::from_millis(1));
        go.send(()).unwrap();
        wait_until(|| {
            m.safepoint();
            other.is_finished()
        });
        other
    });
    join(other.unwrap());
}

fn the_lock_is_turned_on_or_off_only_while_nobody_is_attached() {
    let refused = |mode| {
        let result = thread::spawn(move || configure(mode)).join();
        let payload = result.unwrap_err();
        let message: &String = payload.downcast_ref().unwrap();
        assert!(message.contains("only while no thread is attached: 1 are"), "{message}");
    };
    let silence = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ()));
    heap::attach(|m| {
        assert!(catches_any(|| configure(GlobalLock::On)));
        m.detach(|| refused(GlobalLock::On));
        // This does not turn anything.
        heap::configure().global_lock(GlobalLock::Off).global_lock(GlobalLock::Auto);
        m.detach(|| heap::configure().global_lock(GlobalLock::Off));
    })
    .unwrap();
    assert!(!heap::global_lock_enabled());
    heap::configure().global_lock(GlobalLock::On);
    heap::attach(|m| {
        m.detach(|| refused(GlobalLock::Auto));
        heap::configure().global_lock(GlobalLock::On);
    })
    .unwrap();
    assert!(heap::global_lock_enabled());
    // Nor by who is attached for the moment.
    let tally = Tally::new();
    let node = heap::attach(|m| {
        m.alloc(Node::with_end(&tally, || {
            assert!(catches_any(|| configure(GlobalLock::Off)));
        }))
    });
    drop(node);
    assert_eq!(tally.live(), 0);
    std::panic::set_hook(silence);
    assert!(heap::global_lock_enabled());
    heap::configure().global_lock(GlobalLock::Auto);
    assert!(!heap::global_lock_enabled());
}

fn two_threads_require_the_lock_at_once() {
    let barrier = Barrier::new(3);
    let room = Room::default();
    run_all(3, |m, n| {
        barrier.wait();
        assert!(m.require_global_lock(["a", "b", "a"][n]));
        for _ in 0..100 {
            assert!(heap::global_lock_enabled());
            room.stay();
            m.safepoint();
        }
    });
    let times = size(5_000, 1_000, 100);
    assert_eq!(add_with_nothing_else(3, times), 3 * times);
}

fn the_lock_comes_while_threads_attach_and_leave_and_detach_and_wait() {
    let (room, over) = (Room::default(), AtomicBool::new(false));
    let shared = heap::attach(|m| m.alloc(Locked::new(0))).unwrap();
    heap::configure().switch_interval(Duration::from_micros(20));
    let stay = |_: &Mutator| {
        // This holds until the next safepoint.
        if heap::global_lock_enabled() {
            room.stay();
        }
    };
    thread::scope(|s| {
        for n in 0..6 {
            let (shared, over) = (&shared, &over);
            s.spawn(move || {
                while !over.load(SeqCst) {
                    let work = |m: &mut Mutator| match n % 6 {
                        0 => {}
                        1 => m.detach(thread::yield_now),
                        2 => *m.lock(shared) += 1,
                        3 => drop(m.collect()),
                        4 => drop(ring(m, 3, |_| Node::new(&Tally::new()))),
                        _ => m.lock(shared).suspend(|m| m.safepoint()),
                    };
                    heap::attach(|m| {
                        for _ in 0..5 {
                            stay(m);
                            work(m);
                            stay(m);
                            m.safepoint();
                        }
                    })
                    .unwrap();
                }
            });
        }
        heap::attach(|m| {
            for _ in 0..10 {
                m.detach(|| thread::sleep(Duration::from_millis(1)));
                stay(m);
            }
            assert!(m.require_global_lock("a"));
            for _ in 0..30 {
                stay(m);
                m.detach(|| thread::sleep(Duration::from_millis(1)));
            }
        })
        .unwrap();
        over.store(true, SeqCst);
    });
    drop(shared);
    heap::attach(|m| m.collect()).unwrap();
}

fn a_thread_that_was_detached_finds_the_lock_on() {
    let (inside, is_inside) = mpsc::channel();
    let (go, gone) = mpsc::channel::<()>();
    let attached = Arc::new(AtomicBool::new(false));
    let other = thread::spawn({
        let attached = attached.clone();
        move || {
            heap::attach(|m| {
                m.detach(|| {
                    inside.send(()).unwrap();
                    gone.recv().unwrap_err();
                });
                assert!(heap::global_lock_enabled());
                attached.store(true, SeqCst);
            })
            .unwrap();
        }
    });
    is_inside.recv().unwrap();
    heap::attach(|m| {
        assert!(m.require_global_lock("a"));
        drop(go);
        // It comes back, and waits for as long as this thread passes no safepoint.
        thread::sleep(heap_common::A_WHILE);
        assert!(!attached.load(SeqCst));
        m.detach(|| join(other));
    })
    .unwrap();
    assert!(attached.load(SeqCst));
}

fn what_unattached_threads_drop_does_not_wait_for_the_lock_and_is_not_lost() {
    let tally = Tally::new();
    heap::configure().global_lock(GlobalLock::On).switch_interval(Duration::ZERO);
    // While nobody is attached, and others come and go.
    let (send, receive) = mpsc::sync_channel::<Gc<Node>>(8);
    let times = size(10_000, 1_000, 100);
    thread::scope(|s| {
        for _ in 0..2 {
            let (send, tally) = (send.clone(), &tally);
            s.spawn(move || {
                for _ in 0..times {
                    let node = heap::attach(|m| m.alloc(Node::new(tally))).unwrap();
                    send.send(node).unwrap();
                }
            });
        }
        drop(send);
        let receive = std::sync::Mutex::new(receive);
        let receive = Arc::new(receive);
        for _ in 0..2 {
            let receive = receive.clone();
            s.spawn(move || {
                loop {
                    let next = receive.lock().unwrap().recv();
                    let Ok(node) = next else { break };
                    drop(node);
                }
            });
        }
    });
    assert_eq!(tally.live(), 0, "left, though nobody is attached");
    // And while somebody is who does nothing: it is left to that one.
    heap::attach(|m| {
        let node = m.alloc(Node::new(&tally));
        join(thread::spawn(move || drop(node)));
        assert_eq!(tally.live(), 1);
        m.safepoint();
        assert_eq!(tally.live(), 0);
        // Inside of `detach` the thread itself does it.
        let node = m.alloc(Node::new(&tally));
        m.detach(|| drop(node));
        assert_eq!(tally.live(), 0);
        // A destructor that waits for another thread's drop is not waited for by it.
        let other = m.alloc(Node::new(&tally));
        let other = std::sync::Mutex::new(Some(other));
        let outer = m.alloc(Node::with_end(&tally, move || {
            let other = other.lock().unwrap().take();
            join(thread::spawn(move || drop(other)));
        }));
        m.detach(|| drop(outer));
        assert_eq!(tally.live(), 0);
    })
    .unwrap();
}

fn who_panics_gives_the_lock_up() {
    heap::configure().global_lock(GlobalLock::On);
    let is_free = || join(thread::spawn(|| heap::attach(|m| drop(m.alloc(1))).unwrap()));
    assert_eq!(panics_with(|| heap::attach(|_| panic_with(1)).unwrap()), Some(1));
    is_free();
    let tally = Tally::new();
    // In a destructor at the end.
    assert!(catches_panic(|| {
        let bomb = OnDrop(|| panic_quietly());
        heap::attach(|_| drop(bomb)).unwrap();
    }));
    is_free();
    heap::attach(|m| {
        assert_eq!(panics_with(|| m.detach(|| panic_with(2))), Some(2));
        // It has it again.
        let (send, receive) = mpsc::channel();
        let other = heap::spawn(m, move |_| send.send(()).unwrap());
        thread::sleep(heap_common::A_WHILE);
        assert!(receive.try_recv().is_err());
        assert!(catches_panic(|| heap::scope(m, |m, s| {
            s.spawn(m, |m| drop(m.collect()));
            panic_quietly()
        })));
        other.join(m).unwrap();
        receive.recv().unwrap();
        let bomb = m.alloc(Node::armed(&tally));
        assert!(catches_panic(|| m.detach(|| drop(bomb))));
        m.detach(is_free);
    })
    .unwrap();
    is_free();
}

fn collections_go_on_while_others_wait_for_the_lock() {
    heap::configure()
        .global_lock(GlobalLock::On)
        .switch_interval(Duration::from_micros(50))
        .collect_after(64);
    let tally = Tally::new();
    let room = Room::default();
    run_all(4, |m, n| {
        for round in 0..size(400, 100, 10) {
            drop(ring(m, 8, |_| Node::new(&tally)));
            room.stay();
            if round % 16 == n {
                m.collect();
            }
            m.safepoint();
        }
    });
    assert!(heap::stats().collections > 0);
    heap::attach(|m| m.collect()).unwrap();
    assert_eq!(tally.live(), 0);
}

fn the_heap_is_shut_down_with_the_lock_on() {
    heap::configure().global_lock(GlobalLock::On);
    let tally = Tally::new();
    let node = heap::attach(|m| m.alloc(Node::new(&tally))).unwrap();
    assert_eq!(heap::shutdown().unwrap().objects, 1);
    assert!(heap::attach(|_| ()).is_err());
    drop(node);
    assert_eq!(tally.live(), 0);
    // What is left to the harness is to count.
    std::process::exit(0);
}
}

fn configure(mode: GlobalLock) {
    heap::configure().global_lock(mode);
}

/// Whether `f` panics, with whatever.
fn catches_any(f: impl FnOnce()) -> bool {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)).is_err()
}

#[test]
fn who_requires_the_lock_gets_it_for_good_and_is_named_once() {
    let said = in_process("who_requires_the_lock_gets_it_for_good_and_is_named_once", None, || {
        heap::attach(|m| {
            assert!(m.require_global_lock("spam"));
            assert!(heap::global_lock_enabled());
            m.safepoint();
            assert!(m.require_global_lock("spam"));
            assert!(m.require_global_lock("eggs"));
            assert!(m.require_global_lock("spam"));
        })
        .unwrap();
        heap::configure().global_lock(GlobalLock::Off);
        assert!(heap::global_lock_enabled());
        assert!(heap::attach(|m| m.require_global_lock("spam")).unwrap());
        assert_eq!(add_with_nothing_else(2, 100), 200);
    });
    let Some(said) = said else { return };
    assert_said(&said, 1, "the global lock is on from now on, because `spam` requires it");
    assert_said(&said, 1, "because `eggs` requires it");
    assert_said(&said, 2, "");
}

#[test]
fn with_the_lock_off_who_requires_it_is_refused_and_named_once() {
    const NAME: &str = "with_the_lock_off_who_requires_it_is_refused_and_named_once";
    let refused = || {
        heap::attach(|m| {
            assert!(!m.require_global_lock("spam"));
            assert!(!m.require_global_lock("eggs"));
            assert!(!m.require_global_lock("spam"));
        })
        .unwrap();
        assert!(!heap::global_lock_enabled());
        assert_eq!(meet_between_load_and_store(), 1);
    };
    let configured = in_process(NAME, None, || {
        heap::configure().global_lock(GlobalLock::Off);
        refused();
    });
    let by_environment = in_process(NAME, Some("0"), || {
        heap::configure().global_lock(GlobalLock::On);
        refused();
        heap::configure().global_lock(GlobalLock::Auto);
        refused();
    });
    for said in configured.into_iter().chain(by_environment) {
        assert_said(&said, 1, "stays off, as configured, though `spam` requires it");
        assert_said(&said, 2, "");
    }
}

#[test]
fn the_environment_turns_the_lock_on_whatever_is_configured() {
    const NAME: &str = "the_environment_turns_the_lock_on_whatever_is_configured";
    let said = in_process(NAME, Some("1"), || {
        heap::configure().global_lock(GlobalLock::Off);
        assert!(heap::global_lock_enabled());
        assert_eq!(add_with_nothing_else(2, 100), 200);
        assert!(heap::attach(|m| m.require_global_lock("spam")).unwrap());
        heap::configure().global_lock(GlobalLock::Auto);
        assert!(heap::global_lock_enabled());
    });
    // Whoever looks first.
    let attached = in_process(NAME, Some(" 1 "), || {
        assert_eq!(add_with_nothing_else(2, 100), 200);
        assert!(heap::global_lock_enabled());
    });
    for said in said.into_iter().chain(attached) {
        assert_said(&said, 0, "");
    }
}

#[test]
fn a_value_in_the_environment_that_means_nothing_is_said_and_ignored() {
    const NAME: &str = "a_value_in_the_environment_that_means_nothing_is_said_and_ignored";
    let said = in_process(NAME, Some("yes"), || {
        assert!(!heap::global_lock_enabled());
        assert_eq!(meet_between_load_and_store(), 1);
        assert!(heap::attach(|m| m.require_global_lock("spam")).unwrap());
    });
    let empty = in_process(NAME, Some(""), || assert!(!heap::global_lock_enabled()));
    let Some(said) = said else { return };
    assert_said(&said, 1, "BRC_GIL is neither 0 nor 1, and has no effect");
    assert_said(&empty.unwrap(), 0, "");
}
