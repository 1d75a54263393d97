//! Defects that other implementations had, as tests of the heap. The names say
//! whose; for those of Rust crates see also `broke_elsewhere.rs`.
#![cfg(all(feature = "gc", not(loom)))]

mod common;

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;

use brc::{Finalize, Gc, GcSlot, Lifetime, Locked, Mutator, OperandStack, Trace, heap};
use common::{
    Counted, Tally, assert_survives, catches_panic, is_small, join, panic_quietly, size,
    spawn_with_stack,
};

/// The heap is one for all tests of a process: they take turns.
static TURN: Mutex<()> = Mutex::new(());

/// Runs `f`, on a thread that is not attached, while no other test runs.
fn alone<R>(f: impl FnOnce() -> R) -> R {
    let _turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    f()
}

fn attached<R>(f: impl FnOnce(&mut Mutator) -> R) -> R {
    heap::attach(f).unwrap()
}

#[derive(Trace)]
struct Thing(#[trace(skip)] Counted);

fn things(m: &Mutator, tally: &Tally, count: usize) -> Vec<Gc<Thing>> {
    (0..count).map(|_| m.alloc(Thing(tally.payload()))).collect()
}

#[derive(Trace)]
struct Node {
    edges: Mutex<Vec<Gc<Node>>>,
    #[trace(skip)]
    counted: Counted,
}

fn node(m: &Mutator, tally: &Tally) -> Gc<Node> {
    m.alloc(Node { edges: Mutex::default(), counted: tally.payload() })
}

fn link(m: &Mutator, from: &Gc<Node>, to: &Gc<Node>) {
    from.get(m).edges.lock().unwrap().push(to.clone());
}

// -------------------------------------------------------------------- CPython

/// A thread that has made objects, with one handle to each handed out.
struct Producer<T> {
    objects: Vec<T>,
    go_on: mpsc::Sender<()>,
    thread: thread::JoinHandle<()>,
}

/// A producer that waits until it is told to go on, detached or not, and then
/// does `last`.
fn producer<T: Send + 'static>(
    make: impl FnOnce(&mut Mutator) -> Vec<T> + Send + 'static,
    detached: bool,
    last: impl FnOnce(&mut Mutator) + Send + 'static,
) -> Producer<T> {
    let (hand_out, objects) = mpsc::channel();
    let (go_on, told) = mpsc::channel();
    let thread = thread::spawn(move || {
        attached(|m| {
            let objects = make(m);
            if detached {
                m.detach(|| {
                    hand_out.send(objects).unwrap();
                    told.recv().unwrap();
                });
            } else {
                hand_out.send(objects).unwrap();
                told.recv().unwrap();
            }
            last(m);
        });
    });
    Producer { objects: objects.recv().unwrap(), go_on, thread }
}

const MANY: usize = if cfg!(debug_assertions) { 10_000 } else { 100_000 };

#[test]
fn cpython_157838_objects_of_an_owner_blocked_in_detach_die_while_it_sleeps() {
    for attached_consumer in [true, false] {
        alone(|| {
            let tally = Tally::new();
            let ours = tally.clone();
            let make = move |m: &mut Mutator| things(m, &ours, MANY);
            let producer = producer(make, true, |_| ());
            assert_eq!(tally.live(), MANY as isize);
            if attached_consumer {
                attached(|_| drop(producer.objects));
            } else {
                drop(producer.objects);
                // What was left to anyone is done by whoever comes next.
                attached(|m| m.safepoint());
            }
            assert_eq!(tally.live(), 0, "the owner sleeps");
            let stats = heap::stats();
            assert_eq!((stats.queued, stats.pending), (0, 0));
            producer.go_on.send(()).unwrap();
            join(producer.thread);
        });
    }
}

#[test]
fn cpython_157838_cycles_of_an_owner_blocked_in_detach_die_while_it_sleeps() {
    alone(|| {
        let tally = Tally::new();
        let ours = tally.clone();
        let make = move |m: &mut Mutator| {
            let ring = |_| {
                let (a, b) = (node(m, &ours), node(m, &ours));
                link(m, &a, &b);
                link(m, &b, &a);
                a
            };
            (0..MANY / 2).map(ring).collect()
        };
        let producer = producer(make, true, |_| ());
        attached(|m| {
            drop(producer.objects);
            m.collect();
            assert_eq!(tally.live(), 0, "the owner sleeps");
        });
        producer.go_on.send(()).unwrap();
        join(producer.thread);
    });
}

#[test]
fn cpython_157838_outside_detach_they_stay_until_the_next_safepoint() {
    alone(|| {
        let tally = Tally::new();
        let (ours, theirs) = (tally.clone(), tally.clone());
        let make = move |m: &mut Mutator| things(m, &ours, 100);
        let last = move |m: &mut Mutator| {
            assert_eq!(theirs.live(), 100);
            m.safepoint();
            assert_eq!(theirs.live(), 0);
        };
        let producer = producer(make, false, last);
        attached(|_| drop(producer.objects));
        assert_eq!(tally.live(), 100, "only the owner may merge them, and it is asleep");
        assert_eq!(heap::stats().queued, 100);
        producer.go_on.send(()).unwrap();
        join(producer.thread);
        assert_eq!(heap::stats().queued, 0);
    });
}

#[test]
fn cpython_157838_what_was_handed_over_dies_when_the_owner_detaches_or_leaves() {
    for leaves in [true, false] {
        alone(|| {
            let tally = Tally::new();
            let (ours, theirs) = (tally.clone(), tally.clone());
            let make = move |m: &mut Mutator| things(m, &ours, 100);
            let last = move |m: &mut Mutator| {
                if !leaves {
                    m.detach(|| assert_eq!(theirs.live(), 0));
                }
            };
            let producer = producer(make, false, last);
            attached(|_| drop(producer.objects));
            assert_eq!(tally.live(), 100);
            producer.go_on.send(()).unwrap();
            join(producer.thread);
            assert_eq!(tally.live(), 0);
        });
    }
}

/// How many threads come and go.
fn turnover() -> usize {
    size(10_000, 10_000, 300)
}

#[test]
fn cpython_130794_what_short_threads_retire_does_not_pile_up() {
    const EVERY: usize = 100;
    alone(|| {
        let tally = Tally::new();
        let retire = |tally: &Tally| {
            let value = tally.payload();
            join(thread::spawn(move || attached(|m| m.retire(value))));
        };
        // This thread is attached throughout, and passes now and then.
        attached(|m| {
            for round in 0..turnover() / 2 {
                m.detach(|| retire(&tally));
                if round % EVERY == 0 {
                    m.safepoint();
                }
            }
            m.safepoint();
            m.safepoint();
            assert_eq!(tally.live(), 0);
        });
        assert!(tally.most() <= 2 * EVERY as isize, "{} at once", tally.most());
        // Nobody else is attached.
        for _ in 0..turnover() / 2 {
            retire(&tally);
        }
        assert_eq!(tally.live(), 0, "the last to leave drops them");
        assert_eq!((heap::stats().retired, heap::stats().mutators), (0, 0));
    });
}

#[test]
fn cpython_130794_a_thread_that_is_attached_and_does_not_pass_keeps_what_was_retired_meanwhile() {
    alone(|| {
        let tally = Tally::new();
        let ours = tally.clone();
        let sleeper = producer(
            |_| vec![()],
            false,
            move |m| {
                assert_eq!(ours.live(), 100);
                m.safepoint();
            },
        );
        for _ in 0..100 {
            let value = tally.payload();
            join(thread::spawn(move || attached(|m| m.retire(value))));
        }
        assert_eq!(heap::stats().retired, 100, "it may be looking at them");
        sleeper.go_on.send(()).unwrap();
        join(sleeper.thread);
        attached(|m| m.safepoint());
        assert_eq!((tally.live(), heap::stats().retired), (0, 0));
    });
}

#[test]
fn cpython_130794_what_short_threads_hand_over_does_not_pile_up() {
    alone(|| {
        let tally = Tally::new();
        // What is handed over waits for the main thread's safepoint, as its owner.
        attached(|m| {
            for round in 0..turnover() / 2 {
                let [ours] = &things(m, &tally, 1)[..] else { unreachable!() };
                let theirs = ours.clone();
                m.detach(|| join(thread::spawn(move || attached(|_| drop(theirs)))));
                m.safepoint();
                assert!(tally.live() <= 1, "round {round}");
            }
        });
        // And what comes from a thread that has ended has no owner any more.
        attached(|m| {
            for round in 0..turnover() / 2 {
                let tally = tally.clone();
                let make = move || attached(|m| things(m, &tally, 2));
                let objects = m.detach(|| join(thread::spawn(make)));
                drop(objects);
                assert_eq!(heap::stats().queued, 0, "round {round}");
            }
        });
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn cpython_130794_what_short_threads_take_out_of_slots_does_not_pile_up() {
    const EVERY: usize = 100;
    /// Objects that each of them takes out.
    const OBJECTS: usize = 3;
    alone(|| {
        let tally = Tally::new();
        let slot = Arc::new(GcSlot::empty());
        let write = |tally: &Tally| {
            let (slot, tally) = (slot.clone(), tally.clone());
            join(thread::spawn(move || {
                attached(|m| {
                    for thing in things(m, &tally, OBJECTS) {
                        slot.store(m, thing);
                    }
                });
            }));
        };
        // This thread is attached throughout, and passes now and then.
        attached(|m| {
            for round in 0..turnover() / 2 {
                m.detach(|| write(&tally));
                if round % EVERY == 0 {
                    m.safepoint();
                }
            }
            m.safepoint();
            m.safepoint();
            assert_eq!(tally.live(), 1, "the last one");
        });
        let most = (2 * EVERY * OBJECTS) as isize;
        assert!(tally.most() <= most, "{} at once", tally.most());
        // Nobody else is attached.
        for _ in 0..turnover() / 2 {
            write(&tally);
            assert_eq!((tally.live(), heap::stats().retired), (1, 0));
        }
        drop(slot);
        assert_eq!((tally.live(), heap::stats().mutators), (0, 0));
    });
}

#[test]
fn cpython_313_deferred_objects_that_come_and_go_take_bounded_memory() {
    // In 3.13 what is now deferred was immortal.
    let each = size(500_000, 100_000, 2_000);
    // A thread whose turn it is to collect goes on without if another is at it, so it
    // depends on the system how many there are.
    let most = each as isize / 2;
    // They wait for each other so often.
    const EVERY: usize = 5_000;
    alone(|| {
        let tally = Tally::new();
        let before = heap::stats();
        let barrier = Arc::new(Barrier::new(2));
        let threads = [false, true].map(|in_cycles| {
            let (tally, barrier) = (tally.clone(), barrier.clone());
            thread::spawn(move || {
                attached(|m| {
                    for round in 0..each {
                        if round % EVERY == 0 {
                            m.detach(|| barrier.wait());
                        }
                        let node = Node { edges: Mutex::default(), counted: tally.payload() };
                        let it = m.alloc_deferred(node);
                        drop(it.clone());
                        if in_cycles {
                            link(m, &it, &it);
                        }
                        m.safepoint();
                    }
                });
            })
        });
        threads.into_iter().for_each(join);
        assert!(tally.most() <= most || is_small(), "{} at once", tally.most());
        attached(|m| drop(m.collect()));
        let after = heap::stats();
        assert_eq!((tally.live(), after.deferred_objects), (0, before.deferred_objects));
        assert_eq!((after.objects, after.bytes), (before.objects, before.bytes));
    });
}

#[test]
fn cpython_152276_an_object_becomes_immortal_while_it_waits_in_a_list() {
    alone(|| {
        let tally = Tally::new();
        attached(|m| {
            let before = heap::stats();
            let mut kept = Vec::new();
            let mut waits = |m: &mut Mutator, gc: Gc<Thing>| {
                let weak = gc.downgrade(m);
                Gc::immortalize(&gc, m);
                m.safepoint();
                let stats = heap::stats();
                assert_eq!((stats.queued, stats.pending, stats.retired), (0, 0, 0));
                assert!(Gc::is_immortal(&gc));
                // No list has a reference that matters.
                drop((0..10).map(|_| gc.clone()).collect::<Vec<_>>());
                m.detach(|| join(thread::spawn(move || drop(gc))));
                m.collect();
                let gc = weak.upgrade(m).unwrap();
                gc.get(m).0.check();
                kept.push(gc);
            };
            let new = |m: &Mutator, lifetime| m.alloc_with(Thing(tally.payload()), lifetime);
            for lifetime in [Lifetime::Counted, Lifetime::Deferred] {
                // In this thread's queue, once or often.
                for handles in [1, 10] {
                    let gc = new(m, lifetime);
                    let theirs = vec![gc.clone(); handles];
                    join(thread::spawn(move || attached(|_| drop(theirs))));
                    waits(m, gc);
                }
                // On the list of those that are not attached.
                let gc = new(m, lifetime);
                let theirs = gc.clone();
                join(thread::spawn(move || drop(theirs)));
                waits(m, gc);
                // Taken out of a slot, and given up: a list has that reference, and a
                // weak handle found the object.
                let slot = GcSlot::new(new(m, lifetime));
                let weak = slot.load(m).unwrap().to_gc().downgrade(m);
                slot.store(m, None);
                waits(m, weak.upgrade(m).unwrap());
                // A candidate, of this thread and of another.
                let gc = new(m, lifetime);
                drop(gc.clone());
                let theirs = [gc.clone(), gc.clone()];
                m.detach(|| join(thread::spawn(move || attached(|_| drop(theirs)))));
                waits(m, gc);
                // Its owner sleeps, with a queue, or is gone.
                let theirs = tally.clone();
                let make =
                    move |m: &mut Mutator| vec![m.alloc_with(Thing(theirs.payload()), lifetime)];
                let mut owner = producer(make, true, |_| ());
                let gc = owner.objects.pop().unwrap();
                drop(gc.clone());
                waits(m, gc);
                owner.go_on.send(()).unwrap();
                m.detach(|| join(owner.thread));
            }
            let now = heap::stats();
            let made = kept.len() as u64;
            assert_eq!(now.immortal_objects - before.immortal_objects, made);
            assert_eq!((now.objects - before.objects, tally.live() as u64), (made, made));
        });
    });
}

/// Resident memory in KiB, where that can be told.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn cpython_145615_resident_memory_stays_flat_when_one_thread_frees_what_another_made() {
    const NAME: &str =
        "cpython_145615_resident_memory_stays_flat_when_one_thread_frees_what_another_made";
    const ROUNDS: usize = 20;
    let count = size(100_000, 20_000, 500);
    // A process of its own: nobody else's memory is to be measured.
    for case in ["plain", "candidates", "cycles"] {
        assert_survives(NAME, case, || {
            let tally = Tally::new();
            let mut after = Vec::new();
            for _ in 0..ROUNDS {
                let tally = tally.clone();
                let worker = thread::spawn(move || {
                    attached(|m| {
                        let nodes: Vec<_> = (0..count).map(|_| node(m, &tally)).collect();
                        match case {
                            "cycles" => nodes.iter().for_each(|node| link(m, node, node)),
                            // The list of candidates has their memory.
                            "candidates" => nodes.iter().for_each(|node| drop(node.clone())),
                            _ => {}
                        }
                        nodes
                    })
                });
                let nodes = join(worker);
                attached(|m| {
                    drop(nodes);
                    m.collect();
                });
                after.push(resident().unwrap_or(0));
            }
            assert_eq!(tally.live(), 0);
            assert_eq!(heap::stats().objects, 0);
            let early = after[2];
            // A sanitizer keeps freed blocks for a while.
            let grown = after[ROUNDS - 1].saturating_sub(early);
            assert!(is_small() || grown < early / 4 + 2_048, "{after:?} KiB");
        });
    }
}

/// Refers to itself, and is finalized.
#[derive(Trace)]
#[trace(finalize)]
struct Loop {
    myself: Mutex<Option<Gc<Loop>>>,
    #[trace(skip)]
    finalized: Arc<AtomicUsize>,
    #[trace(skip)]
    _counted: Counted,
}

impl Finalize for Loop {
    fn finalize(&self, _: &Mutator) {
        self.finalized.fetch_add(1, SeqCst);
    }
}

#[test]
fn cpython_122697_the_end_of_the_heap_runs_every_destructor() {
    assert_survives("cpython_122697_the_end_of_the_heap_runs_every_destructor", "", || {
        let tally = Tally::new();
        let finalized = Arc::new(AtomicUsize::new(0));
        for _ in 0..4 {
            let (tally, finalized) = (tally.clone(), finalized.clone());
            join(thread::spawn(move || {
                attached(|m| {
                    for _ in 0..100 {
                        let ring = [(); 3].map(|()| node(m, &tally));
                        (0..3).for_each(|n| link(m, &ring[n], &ring[(n + 1) % 3]));
                        let it = m.alloc(Loop {
                            myself: Mutex::default(),
                            finalized: finalized.clone(),
                            _counted: tally.payload(),
                        });
                        let again = it.clone();
                        *it.get(m).myself.lock().unwrap() = Some(again);
                    }
                });
            }));
        }
        assert_eq!(tally.live(), 4 * 400);
        let report = heap::shutdown().unwrap();
        assert_eq!((report.objects, report.held.len()), (0, 0), "{report}");
        assert_eq!((tally.live(), finalized.load(SeqCst)), (0, 400));
        assert_eq!(heap::stats().objects, 0);
    });
}

#[test]
fn cpython_122697_the_end_of_the_heap_runs_every_destructor_of_deferred_objects() {
    const NAME: &str =
        "cpython_122697_the_end_of_the_heap_runs_every_destructor_of_deferred_objects";
    let new = |m: &Mutator, tally: &Tally| {
        m.alloc_deferred(Node { edges: Mutex::default(), counted: tally.payload() })
    };
    // Nothing holds them.
    assert_survives(NAME, "garbage", || {
        let tally = Tally::new();
        for _ in 0..4 {
            let tally = tally.clone();
            join(thread::spawn(move || {
                attached(|m| {
                    for _ in 0..100 {
                        drop(new(m, &tally));
                        let ring = [(); 3].map(|()| new(m, &tally));
                        (0..3).for_each(|n| link(m, &ring[n], &ring[(n + 1) % 3]));
                    }
                });
            }));
        }
        assert!(tally.live() > 0);
        let report = heap::shutdown().unwrap();
        assert_eq!((report.objects, tally.live()), (0, 0), "{report}");
        assert_eq!(heap::stats().deferred_objects, 0);
    });
    // Stacks, threads that are not attached, slots and counted objects hold them.
    assert_survives(NAME, "held", || {
        static SLOT: GcSlot<Node> = GcSlot::empty();
        const OBJECTS: usize = 6;
        let tally = Tally::new();
        let (stack, handles, outer) = attached(|m| {
            let mut stack: OperandStack<Node> = m.operand_stack();
            let on_stack = new(m, &tally);
            link(m, &on_stack, &new(m, &tally));
            for _ in 0..10 {
                stack.push_local(m, on_stack.local(m));
            }
            drop(on_stack);
            stack.push(m, new(m, &tally));
            SLOT.store(m, new(m, &tally));
            let handles = vec![new(m, &tally); 10];
            let outer = node(m, &tally);
            link(m, &outer, &new(m, &tally));
            (stack, handles, outer)
        });
        let held_elsewhere = producer(|_| Vec::<()>::new(), true, |_| ());
        held_elsewhere.go_on.send(()).unwrap();
        join(held_elsewhere.thread);
        let (give, take) = mpsc::channel::<()>();
        let thread = thread::spawn(move || {
            let more = handles.clone();
            take.recv().unwrap_err();
            drop(more);
            drop(handles);
        });
        let report = heap::shutdown().unwrap();
        assert_eq!((report.objects, tally.live()), (OBJECTS + 1, OBJECTS as isize + 1), "{report}");
        assert_eq!(heap::stats().deferred_objects, 0);
        // What is left dies with its last handle.
        drop(give);
        join(thread);
        assert_eq!(tally.live(), OBJECTS as isize);
        drop(outer);
        assert_eq!(tally.live(), OBJECTS as isize - 2);
        // Somewhere else.
        join(thread::spawn(move || drop(stack)));
        assert_eq!(tally.live(), 1, "in the slot");
    });
    // Cycles through what a stack holds, which nobody looks at any more.
    assert_survives(NAME, "late", || {
        let tally = Tally::new();
        let (stacks, handles) = attached(|m| {
            let stacks: Vec<_> = (0..100)
                .map(|_| {
                    let mut stack: OperandStack<Node> = m.operand_stack();
                    for _ in 0..10 {
                        let object = new(m, &tally);
                        stack.push_local(m, object.local(m));
                        stack.push(m, object);
                        stack.push(m, node(m, &tally));
                    }
                    stack
                })
                .collect();
            let mut handles = Vec::new();
            for stack in &stacks {
                handles.extend(stack.range(m, ..).map(|local| local.to_gc()));
            }
            (stacks, handles)
        });
        let mut stacks = stacks.into_iter();
        let early: Vec<_> = stacks.by_ref().take(50).collect();
        drop(early);
        heap::shutdown().unwrap();
        assert_eq!(tally.live(), 2_000);
        let stacks: Vec<_> = stacks.collect();
        let threads = [thread::spawn(move || drop(stacks)), thread::spawn(move || drop(handles))];
        threads.into_iter().for_each(join);
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn cpython_115184_the_figures_are_exact_after_threads_have_ended() {
    alone(|| {
        let tally = Tally::new();
        let before = heap::stats();
        let mut kept = Vec::new();
        for number in 0..8 {
            // Made here, kept here, and freed by the next: also after its maker's end.
            let given = std::mem::take(&mut kept);
            let theirs = tally.clone();
            kept = join(thread::spawn(move || {
                attached(|m| {
                    let made = things(m, &theirs, 100 + number);
                    drop(given);
                    drop(things(m, &theirs, 10));
                    made
                })
            }));
            let now = heap::stats();
            assert_eq!(now.objects - before.objects, kept.len() as u64);
            assert_eq!(now.objects - before.objects, tally.live() as u64);
            let freed = tally.died() as u64;
            assert_eq!(now.freed_objects - before.freed_objects, freed);
            let made = freed + kept.len() as u64;
            assert_eq!(now.allocated_objects - before.allocated_objects, made);
            assert_eq!((now.mutators, now.queued, now.pending), (0, 0, 0));
        }
        let per_object = (heap::stats().bytes - before.bytes) / kept.len() as u64;
        assert!(per_object >= size_of::<Thing>() as u64 + 40);
        drop(kept);
        let now = heap::stats();
        assert_eq!((now.objects, now.bytes), (before.objects, before.bytes));
    });
}

// ----------------------------------------------------------------- Rust peers

/// Runs `f` on another thread, attached there, while this one does nothing. If
/// `detached`, this one is detached meanwhile.
fn elsewhere<R: Send + 'static>(
    m: &mut Mutator,
    detached: bool,
    f: impl FnOnce(&mut Mutator) -> R + Send + 'static,
) -> R {
    let wait = || join(thread::spawn(move || attached(f)));
    if detached { m.detach(wait) } else { wait() }
}

#[test]
fn biasedrc_a_count_below_zero_plus_one_does_not_carry_into_what_is_above() {
    for detached in [true, false] {
        alone(|| {
            let tally = Tally::new();
            attached(|m| {
                let [ours] = &things(m, &tally, 1)[..] else { unreachable!() };
                let (first, second, third) = (ours.clone(), ours.clone(), ours.clone());
                // The owner has not polled: all this is in the shared word.
                let kept = elsewhere(m, detached, move |_| {
                    drop(first);
                    let more = (second.clone(), third.clone());
                    drop(second);
                    (more, third)
                });
                // One of them may be the queue's.
                assert_eq!(Gc::strong_count(ours), 4 + usize::from(!detached));
                m.safepoint();
                assert_eq!((Gc::strong_count(ours), tally.live()), (4, 1));
                kept.1.get(m).0.check();
                drop(kept);
                assert_eq!(Gc::strong_count(ours), 1);
                ours.get(m).0.check();
            });
            assert_eq!(tally.live(), 0);
        });
    }
}

/// The other thread drops a handle, so the object is queued, and makes others,
/// which the owner drops.
fn queued_with_others(
    more: impl Fn(&Mutator, &Gc<Thing>) -> Vec<Gc<Thing>> + Send + Sync + 'static,
    drop_them: impl Fn(Vec<Gc<Thing>>),
) {
    alone(|| {
        let tally = Tally::new();
        attached(|m| {
            let object = things(m, &tally, 1).pop().unwrap();
            let (first, second) = (object.clone(), object.clone());
            let others = elsewhere(m, false, move |m| {
                drop(first);
                let mut others = more(m, &second);
                others.push(second);
                others
            });
            assert_eq!(heap::stats().queued, 1);
            let witness = object.downgrade(m);
            drop_them(others);
            drop(object);
            // The queue's entry is the last reference.
            assert_eq!(tally.live(), 1);
            witness.upgrade(m).unwrap().get(m).0.check();
            m.safepoint();
            assert_eq!(tally.live(), 0);
            assert!(witness.upgrade(m).is_none());
        });
    });
}

#[test]
fn biasedrc_and_steel_a_queue_entry_owns_a_reference_when_the_owner_drops_clones() {
    queued_with_others(|_, handle| vec![handle.clone(); 3], drop);
}

#[test]
fn biasedrc_and_steel_a_queue_entry_owns_a_reference_beside_upgraded_handles() {
    let upgrade = |m: &Mutator, handle: &Gc<Thing>| {
        let weak = handle.downgrade(m);
        (0..3).map(|_| weak.upgrade(m).unwrap()).collect()
    };
    queued_with_others(upgrade, drop);
}

#[test]
fn biasedrc_and_steel_a_queue_entry_owns_a_reference_during_unwinding() {
    let unwind = |handles: Vec<Gc<Thing>>| {
        assert!(catches_panic(move || {
            let _handles = handles;
            panic_quietly();
        }));
    };
    queued_with_others(|_, handle| vec![handle.clone(); 3], unwind);
}

#[test]
fn biasedrc_the_mutator_of_the_last_of_many_threads_is_still_an_owner() {
    alone(|| {
        let tally = Tally::new();
        for _ in 0..turnover() {
            let tally = tally.clone();
            join(thread::spawn(move || {
                attached(|m| {
                    let [object] = &things(m, &tally, 1)[..] else { unreachable!() };
                    assert!(Gc::is_owner(object, m));
                });
            }));
        }
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn steel_get_mut_off_owner_leaves_no_trace() {
    alone(|| {
        let tally = Tally::new();
        attached(|m| {
            let mut object = things(m, &tally, 1).pop().unwrap();
            assert!(Gc::get_mut(&mut object, m).is_some());
            let mut object = elsewhere(m, true, move |m| {
                assert!(Gc::get_mut(&mut object, m).is_none());
                object
            });
            assert!(Gc::get_mut(&mut object, m).is_some());
            let other = object.clone();
            drop(object);
            assert_eq!(tally.live(), 1);
            drop(other);
            assert_eq!(tally.live(), 0);
        });
    });
}

#[test]
fn hybrid_rc_the_last_local_and_the_last_shared_reference_go_together() {
    alone(|| {
        let tally = Tally::new();
        let (give, take) = mpsc::channel::<Gc<Thing>>();
        let (ready, wait) = mpsc::channel();
        let other = thread::spawn(move || {
            attached(|m| {
                ready.send(()).unwrap();
                while let Ok(object) = m.detach(|| take.recv()) {
                    drop(object);
                }
            });
        });
        wait.recv().unwrap();
        attached(|m| {
            for _ in 0..size(100_000, 10_000, 500) {
                let object = things(m, &tally, 1).pop().unwrap();
                give.send(object.clone()).unwrap();
                drop(object);
                m.safepoint();
            }
            drop(give);
            m.detach(|| join(other));
            m.safepoint();
            assert_eq!(tally.live(), 0);
        });
    });
}

const LENGTH: usize = if cfg!(debug_assertions) { 100_000 } else { 10_000_000 };
const STACK: usize = 1 << 20;

#[derive(Trace)]
struct Link {
    next: Option<Gc<Locked<Link>>>,
}

fn list(m: &Mutator, length: usize) -> Option<Gc<Locked<Link>>> {
    let mut head = None;
    for _ in 0..length {
        head = Some(m.alloc(Locked::new(Link { next: head })));
    }
    head
}

/// A list of this length, of which the last refers to the first.
fn ring(m: &mut Mutator, length: usize) -> Gc<Locked<Link>> {
    let last = m.alloc(Locked::new(Link { next: None }));
    let mut head = last.clone();
    for _ in 1..length {
        head = m.alloc(Locked::new(Link { next: Some(head) }));
    }
    m.lock(&last).next = Some(head.clone());
    head
}

/// Runs `f` on a small stack, alone, and demands that nothing is left.
fn on_a_small_stack(f: impl FnOnce(&mut Mutator) + Send + 'static) {
    alone(|| {
        let before = heap::stats().objects;
        join(spawn_with_stack(STACK, move || attached(f)));
        assert_eq!(heap::stats().objects, before);
    });
}

#[test]
fn rc_and_arc_a_long_list_is_dropped_on_a_small_stack() {
    let length = if is_small() { 5_000 } else { LENGTH };
    on_a_small_stack(move |m| {
        drop(list(m, length));
    });
    // By a thread that does not own it.
    on_a_small_stack(move |m| {
        let head = list(m, length);
        m.detach(|| join(spawn_with_stack(STACK, move || attached(|_| drop(head)))));
        m.safepoint();
    });
    // By one that is not attached, while nobody is.
    alone(|| {
        let before = heap::stats().objects;
        let head = attached(|m| list(m, length));
        join(spawn_with_stack(STACK, move || drop(head)));
        assert_eq!(heap::stats().objects, before);
    });
}

#[test]
fn dumpster_a_long_ring_is_collected_on_a_small_stack() {
    let length = if is_small() { 5_000 } else { LENGTH };
    for full in [false, true] {
        on_a_small_stack(move |m| {
            let head = ring(m, length);
            let collected = if full { m.collect_full() } else { m.collect() };
            assert_eq!(collected.freed, 0);
            drop(head);
            let collected = if full { m.collect_full() } else { m.collect() };
            assert_eq!(collected.freed, length);
        });
    }
}

/// Makes objects when it is finalized, drops some, and leaves the last one with
/// those that its destructor drops.
#[derive(Trace)]
#[trace(finalize)]
struct Maker {
    myself: Mutex<Option<Gc<Maker>>>,
    made: Mutex<Vec<Gc<Node>>>,
    #[trace(skip)]
    tally: Tally,
}

impl Finalize for Maker {
    fn finalize(&self, m: &Mutator) {
        drop(node(m, &self.tally));
        let (a, b) = (node(m, &self.tally), node(m, &self.tally));
        link(m, &a, &b);
        link(m, &b, &a);
        a.get(m).counted.check();
        // A cycle that is garbage as soon as the destructor has run.
        self.made.lock().unwrap().push(a);
        drop(b);
        // One that is garbage now, and was never reached by what is collected.
        let (c, d) = (node(m, &self.tally), node(m, &self.tally));
        link(m, &c, &d);
        link(m, &d, &c);
        for object in &*self.made.lock().unwrap() {
            drop(object.clone());
        }
    }
}

#[test]
fn dumpster_objects_made_and_dropped_in_a_finalizer_do_not_leak() {
    for in_cycle in [false, true] {
        alone(|| {
            let tally = Tally::new();
            let before = heap::stats().objects;
            attached(|m| {
                for _ in 0..20 {
                    let maker = m.alloc(Maker {
                        myself: Mutex::default(),
                        made: Mutex::default(),
                        tally: tally.clone(),
                    });
                    if in_cycle {
                        let again = maker.clone();
                        *maker.get(m).myself.lock().unwrap() = Some(again);
                    }
                }
                m.collect();
                assert_eq!((tally.live(), tally.died()), (0, 100));
            });
            assert_eq!(heap::stats().objects, before);
        });
    }
}

/// Large, and panics when it is dropped.
#[derive(Trace)]
struct Bomb {
    myself: Mutex<Option<Gc<Bomb>>>,
    #[trace(skip)]
    _armed: Armed,
    #[trace(skip)]
    _counted: Counted,
    #[trace(skip)]
    _bulk: [u64; 2_000],
}

struct Armed;

impl Drop for Armed {
    fn drop(&mut self) {
        panic_quietly();
    }
}

#[test]
fn hybrid_rc_and_steel_a_panic_in_a_destructor_frees_the_memory() {
    const NAME: &str = "hybrid_rc_and_steel_a_panic_in_a_destructor_frees_the_memory";
    let rounds = size(4_000, 4_000, 50);
    for in_cycle in [false, true] {
        assert_survives(NAME, if in_cycle { "cycle" } else { "alone" }, || {
            let tally = Tally::new();
            attached(|m| {
                let mut early = 0;
                for round in 0..rounds {
                    let bomb = m.alloc(Bomb {
                        myself: Mutex::default(),
                        _armed: Armed,
                        _counted: tally.payload(),
                        _bulk: [0; 2_000],
                    });
                    let panicked = if in_cycle {
                        let again = bomb.clone();
                        *bomb.get(m).myself.lock().unwrap() = Some(again);
                        drop(bomb);
                        catches_panic(|| drop(m.collect()))
                    } else {
                        catches_panic(|| drop(bomb))
                    };
                    assert!(panicked);
                    // The other fields were dropped all the same.
                    assert_eq!((tally.live(), heap::stats().objects), (0, 0));
                    if round == rounds / 10 {
                        early = resident().unwrap_or(0);
                    }
                }
                // All blocks together are 64 MB.
                let grown = resident().unwrap_or(0).saturating_sub(early);
                assert!(is_small() || grown < 16 << 10, "{grown} KiB");
                // And later drops are fine.
                let fine = things(m, &tally, 10);
                drop(fine);
                assert_eq!(tally.live(), 0);
            });
        });
    }
}
