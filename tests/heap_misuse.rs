//! The heap, used wrongly or to the edge: in the wrong place, too late, too much,
//! by threads that come and go.
#![cfg(all(feature = "gc", not(loom)))]

mod common;
mod heap_common;

use std::fmt::Debug;
use std::mem;
use std::panic::AssertUnwindSafe;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use brc::gc::__fail_after;
use brc::heap::AttachError;
use brc::{Gc, Locked, Mutator, Trace, Tracer, heap};
use common::{Counted, OnDrop, Tally, assert_aborts, catches_panic, join, panic_quietly, size};
use heap_common::{
    A_WHILE, Finalized, Node, alone, alone_detached, elsewhere, link, outside, ring, wait_until,
};

// -------------------------------------------------------------- in the wrong place

#[test]
fn attaching_again_is_an_error_wherever_it_is_tried() {
    let tally = Tally::new();
    let refused = Arc::new(AtomicUsize::new(0));
    let attempt = {
        let refused = refused.clone();
        move || {
            assert_eq!(heap::attach(|_| ()), Err(AttachError::AlreadyAttached));
            refused.fetch_add(1, SeqCst);
        }
    };
    let at_end = || {
        let attempt = attempt.clone();
        Node::with_end(&tally, attempt)
    };
    let finalizer = || {
        let attempt = attempt.clone();
        Finalized::new(&tally, move |_, _| attempt())
    };
    alone_detached(|| {
        let left = heap::attach(|m| {
            attempt();
            m.detach(&attempt);
            m.detach(|| elsewhere(|m| m.safepoint()));
            let locked = m.alloc(Locked::new(1));
            let mut section = m.lock(&locked);
            attempt();
            section.suspend(|_| attempt());
            drop(section);
            assert_eq!(refused.load(SeqCst), 4);
            // By count, then by the collector.
            drop(m.alloc(finalizer()));
            drop(m.alloc(at_end()));
            let cycle = m.alloc(finalizer());
            Finalized::link(m, &cycle, &cycle);
            drop(cycle);
            drop(ring(m, 1, |_| at_end()));
            m.collect();
            assert_eq!(refused.load(SeqCst), 8);
            let watched = m.alloc(1);
            let callback = attempt.clone();
            let _weak = watched.downgrade_with(m, move |_| callback());
            drop(watched);
            let retired = attempt.clone();
            m.retire(OnDrop(retired));
            m.safepoint();
            assert_eq!(refused.load(SeqCst), 10);
            (m.alloc(at_end()), m.alloc(finalizer()))
        });
        // By a thread that is attached only for this moment.
        drop(left);
        assert_eq!(refused.load(SeqCst), 12);
        assert_eq!(heap::attach(|m| m.safepoint()), Ok(()));
    });
    assert_eq!(tally.live(), 0);
}

#[test]
fn a_stop_that_waits_says_for_whom() {
    const CHILD: &str = "BRC_TEST_STALL";
    if std::env::var_os(CHILD).is_none() {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["a_stop_that_waits_says_for_whom", "--exact", "--nocapture"])
            .env(CHILD, "1")
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&child.stderr);
        assert!(child.status.success(), "{errors}");
        if !cfg!(feature = "tracing") {
            assert!(errors.contains("late and attached"), "{errors}");
            assert!(!errors.contains("late but detached"), "{errors}");
        }
        return;
    }
    let named = |name: &str| thread::Builder::new().name(name.to_owned());
    heap::configure().report_stalls_after(Some(Duration::from_millis(2)));
    let (ready, is_ready) = mpsc::channel();
    let (end, ended) = mpsc::channel::<()>();
    let signal = ready.clone();
    let stalls = || heap::stats().stalls;
    let late = move || {
        heap::attach(|m| {
            signal.send(()).unwrap();
            wait_until(|| stalls() != 0);
            m.safepoint();
        })
    };
    let late = named("late and attached").spawn(late).unwrap();
    let detached = move || {
        heap::attach(|m| {
            m.detach(|| {
                ready.send(()).unwrap();
                let _ = ended.recv();
            });
        })
    };
    let detached = named("late but detached").spawn(detached).unwrap();
    heap::attach(|m| {
        m.detach(|| (0..2).for_each(|_| is_ready.recv().unwrap()));
        m.collect();
    })
    .unwrap();
    assert_eq!(stalls(), 1, "said once");
    join(late).unwrap();
    drop(end);
    join(detached).unwrap();
}

#[test]
fn finalizers_may_do_all_that_needs_no_safepoint() {
    let tally = Tally::new();
    let kept = Arc::new(Mutex::new(Vec::new()));
    let new = || {
        let (tally, kept) = (tally.clone(), kept.clone());
        Finalized::new(&tally.clone(), move |m, this| {
            let fresh = m.alloc(Node::new(&tally));
            link(m, &fresh, &fresh.clone());
            kept.lock().unwrap().push(m.alloc_str("kept"));
            drop(m.alloc_slice([fresh.clone(), fresh]));
            let edges = this.edges.lock().unwrap();
            for other in &*edges {
                let before = Gc::strong_count(other);
                drop(other.clone());
                assert_eq!(Gc::strong_count(other), before);
                let weak = other.downgrade(m);
                drop(weak.clone());
                // By count the neighbour lives; of a cycle, none does.
                let alive = weak.upgrade(m).is_some();
                assert_eq!(alive, edges.len() == 1);
            }
            // The end of another, whose finalizer runs within this one.
            let theirs = tally.clone();
            let nested = Finalized::new(&tally, move |m, _| drop(m.alloc(Node::new(&theirs))));
            drop(m.alloc(nested));
            m.retire(m.alloc(Node::new(&tally)));
            assert_eq!(heap::attach(|_| ()), Err(AttachError::AlreadyAttached));
        })
    };
    alone(|m| {
        let other = m.alloc(new());
        let one = m.alloc(new());
        Finalized::link(m, &one, &other);
        drop(one);
        drop(other);
        assert_eq!(kept.lock().unwrap().drain(..).count(), 2);

        let cycle = [m.alloc(new()), m.alloc(new())];
        for (from, to) in [(0, 1), (0, 0), (1, 0), (1, 1)] {
            Finalized::link(m, &cycle[from], &cycle[to]);
        }
        drop(cycle);
        m.collect();
        assert_eq!(kept.lock().unwrap().drain(..).count(), 2);

        // By a thread that is not the owner.
        let foreign = m.alloc(new());
        m.detach(|| elsewhere(move |_| drop(foreign)));
        let foreign = m.alloc(new());
        m.detach(|| outside(move || drop(foreign)));
        m.safepoint();
        assert_eq!(kept.lock().unwrap().drain(..).count(), 2);
        m.collect();
        assert_eq!(tally.live(), 0);
    });
}

// ------------------------------------------------------------------------- locks

#[test]
fn lock2_of_one_object_panics_and_locks_nothing() {
    alone(|m| {
        let locked = m.alloc(Locked::new(1));
        let other = locked.clone();
        let caught = std::panic::catch_unwind(AssertUnwindSafe(|| drop(m.lock2(&locked, &other))));
        assert!(caught.unwrap_err().downcast::<&str>().unwrap().contains("one object twice"));
        assert!(m.try_lock(&locked).is_some());
        *m.lock(&other) += 1;
        assert_eq!(*m.lock(&locked), 2);
    });
}

/// A node that is reached by its lock.
#[derive(Trace)]
struct Inner {
    edges: Vec<Gc<Locked<Inner>>>,
    #[trace(skip)]
    _counted: Counted,
}

#[test]
fn a_leaked_section_leaves_its_object_locked_and_nothing_else_broken() {
    let tally = Tally::new();
    let new = || Locked::new(Inner { edges: vec![], _counted: tally.payload() });
    alone(|m| {
        let (a, b, c) = (m.alloc(new()), m.alloc(new()), m.alloc(new()));
        let mut section = m.lock(&a);
        section.edges.extend([a.clone(), b.clone()]);
        mem::forget(section);
        mem::forget(m.lock2(&b, &c));
        for locked in [&a, &b, &c] {
            assert!(m.try_lock(locked).is_none());
        }
        let theirs = a.clone();
        assert!(m.detach(|| elsewhere(move |m| m.try_lock(&theirs).is_none())));
        m.safepoint();
        m.collect();
        assert_eq!(tally.live(), 3);
        // Its neighbours are as ever.
        let d = m.alloc(new());
        m.lock(&d).edges.push(a);
        assert!(m.try_lock(&d).is_some());
        drop(c);
        assert_eq!(tally.live(), 3, "by count");
        drop((b, d));
        m.collect();
        assert_eq!(tally.live(), 0, "by the collector");
    });
}

type Wait = fn(&mut Mutator, &Gc<Locked<u8>>, &Gc<Locked<u8>>, &dyn Fn());

/// Has another thread hold `high`, which meanwhile leaves an object to this one;
/// `wait` has to call its last argument, and then to wait for the lock.
fn nothing_runs_in(wait: Wait) {
    let tally = Tally::new();
    alone(|m| {
        let mut both = [m.alloc(Locked::new(0)), m.alloc(Locked::new(1))];
        both.sort_by_key(|gc| gc.as_ptr());
        let [low, high] = both;
        let left = m.alloc(Node::new(&tally));
        let (begin, begun) = mpsc::channel();
        let (ready, is_ready) = mpsc::channel();
        let (end, ended) = mpsc::channel::<()>();
        let wanted = high.clone();
        let holder = thread::spawn(move || {
            heap::attach(|m| {
                begun.recv().unwrap();
                let section = m.lock(&wanted);
                drop(left);
                ready.send(()).unwrap();
                // What was left for the other thread: as long as that waits, it
                // is nobody's.
                let since = Instant::now();
                while heap::stats().pending == 0 && since.elapsed() < 10 * A_WHILE {
                    thread::yield_now();
                }
                drop(section);
                // Attached, so nobody takes it.
                let _ = ended.recv();
                m.safepoint();
            })
            .unwrap();
        });
        wait(m, &low, &high, &|| {
            begin.send(()).unwrap();
            is_ready.recv().unwrap();
        });
        assert_eq!(tally.live(), 1, "a destructor ran while this thread waited for a lock");
        assert!(m.try_lock(&low).is_some() && m.try_lock(&high).is_some());
        drop(end);
        m.detach(|| join(holder));
        assert_eq!(tally.live(), 0, "the next safepoint does what was left");
        drop(m.lock2(&high, &low));
    });
}

#[test]
fn waiting_in_lock_runs_no_destructors() {
    nothing_runs_in(|m, _, high, begin| {
        begin();
        drop(m.lock(high));
    });
}

#[test]
fn waiting_in_lock2_runs_no_destructors() {
    nothing_runs_in(|m, low, high, begin| {
        begin();
        drop(m.lock2(low, high));
    });
}

#[test]
fn locking_again_after_a_suspension_runs_no_destructors() {
    nothing_runs_in(|m, _, high, begin| {
        let mut section = m.lock(high);
        section.suspend(|_| begin());
        *section += 1;
    });
    nothing_runs_in(|m, low, high, begin| {
        let mut both = m.lock2(high, low);
        both.suspend(|_| begin());
        *both.values().0 += 1;
    });
}

#[test]
fn locking_again_while_unwinding_out_of_a_suspension_runs_no_destructors() {
    nothing_runs_in(|m, low, high, begin| {
        let mut both = m.lock2(low, high);
        assert!(catches_panic(|| {
            both.suspend(|_| {
                begin();
                panic_quietly();
            });
        }));
        *both.values().1 += 1;
    });
}

// --------------------------------------------------------------------- no memory

#[test]
fn an_allocation_that_fails_gives_the_value_back() {
    let tally = Tally::new();
    alone(|m| {
        // So that the thread has its part of the heap, or not.
        for first in [true, false] {
            let _end = OnDrop(|| __fail_after(None));
            for n in 0..3 {
                __fail_after(Some(n));
                let before = heap::stats();
                let made: Vec<_> = (0..n).map(|_| m.alloc(Node::new(&tally))).collect();
                for _ in 0..2 {
                    let node = Node::new(&tally);
                    node.edges.lock().unwrap().extend(made.iter().cloned());
                    let error = m.try_alloc(node).unwrap_err();
                    assert!(error.to_string().contains("no memory"), "{error} {first}");
                    assert_eq!(tally.live(), n as isize + 1);
                    let node = error.into_inner();
                    assert_eq!(node.edges.lock().unwrap().len(), n);
                    drop(m.try_alloc(vec![1_u64; 10]).unwrap_err());
                }
                let after = heap::stats();
                assert_eq!(after.allocated_objects, before.allocated_objects + n as u64);
                // Frees, collections and all else go on.
                made.iter().for_each(|node| link(m, node, node));
                drop(made);
                m.collect();
                assert_eq!(tally.live(), 0);
                __fail_after(None);
                drop(m.try_alloc(Node::new(&tally)).unwrap());
            }
        }
        // Others are not concerned.
        __fail_after(Some(0));
        let theirs = tally.clone();
        m.detach(|| elsewhere(move |m| drop(m.try_alloc(Node::new(&theirs)).unwrap())));
        __fail_after(None);
    });
    // Nor does it matter that it is a thread's first allocation.
    let theirs = tally.clone();
    alone_detached(|| {
        elsewhere(move |m| {
            __fail_after(Some(0));
            drop(m.try_alloc(Node::new(&theirs)).unwrap_err());
            __fail_after(None);
            drop(m.try_alloc(Node::new(&theirs)).unwrap());
        });
    });
    assert_eq!(tally.live(), 0);
}

#[test]
fn an_allocation_that_cannot_fail_aborts() {
    type Alloc = fn(&Mutator);
    let cases: [(&str, Alloc); 5] = [
        ("alloc", |m| drop(m.alloc(1))),
        ("immortal", |m| drop(m.alloc_immortal(1))),
        ("slice", |m| drop(m.alloc_slice([1, 2]))),
        ("str", |m| drop(m.alloc_str("text"))),
        ("dyn", |m| drop::<Gc<dyn Debug>>(m.alloc_dyn(1, |n| n))),
    ];
    for (case, alloc) in cases {
        assert_aborts(
            "an_allocation_that_cannot_fail_aborts",
            case,
            "memory allocation of",
            || {
                heap::attach(|m| {
                    __fail_after(Some(0));
                    alloc(m);
                })
                .unwrap();
            },
        );
    }
}

// --------------------------------------------------- threads that come and go

#[test]
fn ten_thousand_mutators_leave_nothing_behind() {
    const AT_ONCE: usize = 8;
    let waves = size(10_000, 10_000, 200) / AT_ONCE;
    let tally = Tally::new();
    alone_detached(|| {
        let (meet, part) =
            (Arc::new(Barrier::new(AT_ONCE + 1)), Arc::new(Barrier::new(AT_ONCE + 1)));
        let mut most = 0;
        for _ in 0..waves {
            let threads: Vec<_> = (0..AT_ONCE)
                .map(|_| {
                    let (meet, part, tally) = (meet.clone(), part.clone(), tally.clone());
                    thread::spawn(move || {
                        heap::attach(|m| {
                            drop(ring(m, 2, |_| Node::new(&tally)));
                            m.detach(|| {
                                meet.wait();
                                part.wait();
                            });
                            m.safepoint();
                        })
                        .unwrap();
                    })
                })
                .collect();
            meet.wait();
            assert_eq!(heap::stats().mutators, AT_ONCE);
            part.wait();
            threads.into_iter().for_each(join);
            assert_eq!(heap::stats().mutators, 0);
            most = most.max(tally.live());
        }
        // Rings are candidates one by one, 2,048 of which call for a collection, on
        // whichever thread has the record by then.
        assert!(most < (AT_ONCE * 2 * 2_048) as isize, "{most} objects, none collected");
    });
    assert_eq!(tally.live(), 0);
}

/// The process's memory, in bytes, where that is to be had.
fn resident() -> Option<usize> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(statm.split(' ').nth(1)?.parse::<usize>().ok()? * 4096)
}

/// Large, in no cycle, and a candidate all the same.
type Large = (Locked<Option<Gc<Node>>>, [[u64; 32]; 64]);

fn large() -> Large {
    (Locked::new(None), std::array::from_fn(|n| [n as u64; 32]))
}

/// Demands that `step` returns with what memory it took at first.
fn takes_bounded_memory(steps: usize, mut step: impl FnMut()) {
    const BOUND: usize = 64 << 20;
    (0..steps / 10).for_each(|_| step());
    let Some(before) = resident() else { return };
    (0..steps).for_each(|_| step());
    let more = resident().unwrap().saturating_sub(before);
    assert!(more < BOUND, "{} MiB more", more >> 20);
}

#[test]
fn threads_that_come_and_go_without_a_safepoint_take_bounded_memory() {
    alone_detached(|| {
        takes_bounded_memory(size(10_000, 5_000, 200), || {
            elsewhere(|m| {
                for _ in 0..2 {
                    let gc = m.alloc(large());
                    drop(gc.clone());
                }
            });
        });
    });
}

#[test]
fn a_thread_that_often_leaves_and_comes_back_takes_bounded_memory() {
    alone_detached(|| {
        takes_bounded_memory(size(20_000, 10_000, 200), || {
            heap::attach(|m| {
                let gc = m.alloc(large());
                drop(gc.clone());
            })
            .unwrap();
        });
    });
}

#[test]
fn a_thread_that_detaches_and_passes_no_safepoint_takes_bounded_memory() {
    alone(|m| {
        takes_bounded_memory(size(20_000, 10_000, 200), || {
            let gc = m.alloc(large());
            drop(gc.clone());
            drop(gc);
            m.detach(|| ());
        });
    });
}

// ------------------------------------------------------- automatic collections

/// Makes cyclic garbage, with safepoints, and says how many objects were alive
/// at most.
fn churn(m: &mut Mutator, tally: &Tally, rings: usize) -> isize {
    let mut most = 0;
    for _ in 0..rings {
        ring(m, 2, |_| Node::new(tally));
        m.safepoint();
        most = most.max(tally.live());
    }
    most
}

const CANDIDATES: usize = 100;

/// Sets when to collect, and sets it back.
struct Often;

impl Often {
    fn new(m: &mut Mutator) -> Self {
        heap::configure().collect_after(CANDIDATES);
        m.safepoint();
        Self
    }
}

impl Drop for Often {
    fn drop(&mut self) {
        heap::configure().collect_after(2_048);
    }
}

/// Has `f` done when a collection is called for, and demands that collections
/// go on.
fn collections_go_on_after(f: impl FnOnce(&mut Mutator, &Tally)) {
    let tally = Tally::new();
    alone(|m| {
        let _often = Often::new(m);
        // So many that the next safepoint would collect.
        for _ in 0..2 * CANDIDATES {
            ring(m, 2, |_| Node::new(&tally));
        }
        f(m, &tally);
        let most = churn(m, &tally, 50 * CANDIDATES);
        assert!(most < 20 * CANDIDATES as isize, "{most} objects, none collected");
    });
}

#[test]
fn automatic_collections_go_on_after_a_detach() {
    collections_go_on_after(|m, _| m.detach(|| ()));
}

#[test]
fn automatic_collections_go_on_after_a_wait_for_a_lock() {
    collections_go_on_after(|m, _| {
        let locked = m.alloc(Locked::new(1));
        let theirs = locked.clone();
        let (ready, is_ready) = mpsc::channel();
        let holder = thread::spawn(move || {
            heap::attach(|m| {
                let section = m.lock(&theirs);
                ready.send(()).unwrap();
                thread::sleep(A_WHILE / 10);
                drop(section);
                // To drop it here would ask the owner for a safepoint.
                theirs
            })
            .unwrap()
        });
        is_ready.recv().unwrap();
        drop(m.lock(&locked));
        join(holder);
    });
}

#[test]
fn automatic_collections_go_on_after_the_thread_left_and_came_back() {
    let tally = Tally::new();
    alone_detached(|| {
        let mut often = None;
        let mut most = 0;
        for _ in 0..50 {
            heap::attach(|m| {
                often.get_or_insert_with(|| Often::new(m));
                churn(m, &tally, CANDIDATES / 4);
                // It leaves with a collection called for.
                (0..2 * CANDIDATES).for_each(|_| drop(ring(m, 2, |_| Node::new(&tally))));
            })
            .unwrap();
            most = most.max(tally.live());
        }
        assert!(most < 20 * CANDIDATES as isize, "{most} objects, none collected");
    });
}

#[test]
fn automatic_collections_go_on_after_one_was_skipped() {
    let tally = Tally::new();
    alone(|m| {
        let _often = Often::new(m);
        let (started, has_started) = mpsc::channel();
        let (end, ended) = mpsc::channel::<()>();
        let theirs = tally.clone();
        // A collection that does not come to its end, outside of its pause.
        let other = thread::spawn(move || {
            heap::attach(|m| {
                let ring = m.alloc(Node::with_end(&theirs, move || {
                    started.send(()).unwrap();
                    let _ = ended.recv();
                }));
                link(m, &ring, &ring);
                drop(ring);
                m.collect();
            })
            .unwrap();
        });
        m.detach(|| has_started.recv().unwrap());
        churn(m, &tally, 2 * CANDIDATES);
        drop(end);
        m.detach(|| join(other));
        let most = churn(m, &tally, 50 * CANDIDATES);
        assert!(most < 20 * CANDIDATES as isize, "{most} objects, none collected");
    });
}

#[test]
fn automatic_collections_go_on_after_a_panic_at_the_safepoint() {
    collections_go_on_after(|m, tally| {
        let bomb = m.alloc(Node::armed(tally));
        let thread = thread::spawn(move || heap::attach(|_| drop(bomb)).unwrap());
        // Blocks attached, so that the bomb is this thread's to destroy.
        join(thread);
        assert!(catches_panic(|| m.safepoint()));
    });
}

/// Its `trace` panics as long as the flag is up.
struct Untraceable(Gc<Node>, Arc<AtomicUsize>);

// SAFETY: reports the handle once, or panics.
unsafe impl Trace for Untraceable {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if self.1.load(SeqCst) != 0 {
            panic_quietly();
        }
        self.0.trace(tracer);
    }
}

#[test]
fn automatic_collections_go_on_after_a_panic_in_trace() {
    collections_go_on_after(|m, tally| {
        let bad = Arc::new(AtomicUsize::new(1));
        let first = m.alloc(Untraceable(m.alloc(Node::new(tally)), bad.clone()));
        drop(first.clone());
        assert!(catches_panic(|| m.safepoint()));
        bad.store(0, SeqCst);
    });
}

#[test]
fn handles_that_unattached_threads_drop_side_by_side_are_not_stranded() {
    const OBJECTS: usize = 200;
    let _turn = heap_common::turn();
    for round in 0..size(100, 60, 5) {
        let tally = Tally::new();
        let handles: Vec<Gc<Node>> =
            heap::attach(|m| (0..OBJECTS).map(|_| m.alloc(Node::new(&tally))).collect()).unwrap();
        let halves = [0, 1].map(|half| {
            let mine = handles.iter().skip(half).step_by(2).cloned();
            mine.collect::<Vec<_>>()
        });
        drop(handles);
        let threads = halves.map(|half| thread::spawn(move || half.into_iter().for_each(drop)));
        threads.into_iter().for_each(join);
        // Not by a collection, which would take all queues.
        for _ in 0..2 {
            let others: Vec<_> = (0..3)
                .map(|_| thread::spawn(|| heap::attach(|m| m.safepoint()).unwrap()))
                .collect();
            others.into_iter().for_each(join);
            heap::attach(|m| m.safepoint()).unwrap();
        }
        let stats = heap::stats();
        assert_eq!((tally.live(), stats.queued, stats.pending), (0, 0, 0), "round {round}");
    }
}

#[test]
fn a_cycle_whose_last_handle_waits_in_anothers_queue_dies_in_the_next_collection() {
    let tally = Tally::new();
    alone(|m| {
        let (send, receive) = mpsc::channel();
        let (go, gone) = mpsc::channel::<()>();
        let theirs = tally.clone();
        let owner = thread::spawn(move || {
            heap::attach(|m| {
                send.send(ring(m, 2, |_| Node::new(&theirs))).unwrap();
                gone.recv().unwrap();
                // So that its next safepoint is that of the stop.
                thread::sleep(A_WHILE / 10);
                m.safepoint();
            })
            .unwrap();
        });
        let ring = receive.recv().unwrap();
        drop(ring);
        go.send(()).unwrap();
        m.collect();
        assert_eq!(tally.live(), 0);
        m.detach(|| join(owner));
    });
}
