//! Panics at every place where the heap runs the program's code: what else was to
//! be done is done, what was locked is unlocked, and the world goes on.
#![cfg(all(feature = "gc", not(loom)))]

mod common;
mod heap_common;

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use brc::{Gc, GcWeak, Local, Locked, Mutator, Trace, Tracer, heap};
use common::{Counted, Tally, catches_panic, join, panic_quietly};
use heap_common::{
    Finalized, Node, alone, alone_detached, chain, elsewhere, link, outside, panic_with,
    panics_with, ring,
};

// ------------------------------------------------------------------------- trace

/// Its `trace` panics as long as the flag is up, which its finalizer can raise.
struct Odd {
    edges: Mutex<Vec<Gc<Odd>>>,
    flag: Arc<AtomicBool>,
    finalized: Arc<AtomicUsize>,
    raises: bool,
    _counted: Counted,
}

// SAFETY: reports each handle once, or panics; has no `Drop`.
unsafe impl Trace for Odd {
    const FINALIZE: Option<fn(&Self, Local<'_, Self>, &Mutator)> = Some(|this, _, _| {
        this.finalized.fetch_add(1, SeqCst);
        if this.raises {
            this.flag.store(true, SeqCst);
        }
    });

    fn trace(&self, tracer: &mut Tracer<'_>) {
        if self.flag.load(SeqCst) {
            panic_quietly();
        }
        self.edges.trace(tracer);
    }
}

/// A ring of these, one of which panics in the end.
fn odd_ring(
    m: &Mutator,
    tally: &Tally,
    flag: &Arc<AtomicBool>,
    finalized: &Arc<AtomicUsize>,
    raises: bool,
) -> Gc<Odd> {
    let new = |n| {
        m.alloc(Odd {
            edges: Mutex::default(),
            flag: if n == 1 { flag.clone() } else { Arc::default() },
            finalized: finalized.clone(),
            raises: raises && n == 1,
            _counted: tally.payload(),
        })
    };
    let all = [new(0), new(1), new(2)];
    for (from, to) in [(0, 1), (1, 2), (2, 0)] {
        all[from].get(m).edges.lock().unwrap().push(all[to].clone());
    }
    let [first, ..] = all;
    first
}

#[test]
fn a_panic_in_trace_ends_the_collection_and_frees_nothing() {
    let stops: [fn(&mut Mutator); 3] =
        [|m| drop(m.collect()), |m| drop(m.collect_full()), |m| drop(m.snapshot())];
    for (n, stop) in stops.into_iter().enumerate() {
        let (tally, flag, finalized) = (Tally::new(), Arc::default(), Arc::default());
        alone(|m| {
            let good = ring(m, 3, |_| Node::new(&tally));
            let weak = good.downgrade(m);
            drop(good);
            drop(odd_ring(m, &tally, &flag, &finalized, false));
            // Left to this thread, which takes it in the pause.
            let left = m.alloc(Node::new(&tally));
            join(thread::spawn(move || heap::attach(|_| drop(left)).unwrap()));
            let theirs = (tally.clone(), flag.clone(), finalized.clone());
            m.detach(|| {
                elsewhere(move |m| drop(odd_ring(m, &theirs.0, &theirs.1, &theirs.2, false)));
            });
            m.safepoint();
            assert_eq!(tally.live(), 3 + 2 * 3, "what was left is done");
            flag.store(true, SeqCst);
            let left = m.alloc(Node::new(&tally));
            join(thread::spawn(move || heap::attach(|_| drop(left)).unwrap()));
            for _ in 0..2 {
                assert!(catches_panic(|| stop(m)), "{n}");
                // The world runs, for this thread and others.
                assert_eq!(m.detach(|| elsewhere(|m| *m.alloc(5).get(m))), 5);
                m.safepoint();
                drop(m.alloc(1));
            }
            assert_eq!(tally.live(), 3 + 2 * 3, "nothing is freed, and what was left is done");
            assert!(weak.upgrade(m).is_some());
            assert_eq!(finalized.load(SeqCst), 0);
            flag.store(false, SeqCst);
            m.collect();
            assert_eq!((tally.live(), finalized.load(SeqCst)), (0, 6));
            assert!(weak.upgrade(m).is_none());
        });
    }
}

#[test]
fn a_panic_in_trace_in_the_second_pause_gives_everything_back() {
    let (tally, flag, finalized) = (Tally::new(), Arc::default(), Arc::default());
    alone(|m| {
        let first = odd_ring(m, &tally, &flag, &finalized, true);
        let weak = first.downgrade(m);
        drop(first);
        assert!(catches_panic(|| drop(m.collect())));
        assert_eq!((tally.live(), finalized.load(SeqCst)), (3, 3));
        assert!(weak.upgrade(m).is_some(), "it is weakable again");
        assert!(catches_panic(|| drop(m.collect())), "the first pause, now");
        flag.store(false, SeqCst);
        let again = weak.upgrade(m).unwrap();
        m.collect();
        assert_eq!(tally.live(), 3, "held");
        drop(again);
        m.collect();
        assert_eq!((tally.live(), finalized.load(SeqCst)), (0, 3), "finalized once");
    });
}

// -------------------------------------------------------------------- finalizers

#[test]
fn a_panic_in_a_finalizer_by_count_destroys_the_object_all_the_same() {
    let tally = Tally::new();
    let bomb = |number| Finalized::new(&tally, move |_, _| panic_with(number));
    alone(|m| {
        // By the owner.
        let gc = m.alloc(bomb(1));
        Finalized::link(m, &gc, &m.alloc(Finalized::new(&tally, |_, _| ())));
        assert_eq!(panics_with(|| drop(gc)), Some(1));
        assert_eq!(tally.live(), 0);
        // With a weak handle, which has it merged.
        let gc = m.alloc(bomb(2));
        let weak = gc.downgrade(m);
        assert_eq!(panics_with(|| drop(gc)), Some(2));
        assert!(weak.upgrade(m).is_none());
        assert_eq!(tally.live(), 0);
        // Within the end of another.
        let outer = m.alloc(Finalized::new(&tally, |_, _| ()));
        Finalized::link(m, &outer, &m.alloc(bomb(3)));
        assert_eq!(panics_with(|| drop(outer)), Some(3));
        assert_eq!(tally.live(), 0);
        // By another thread, in the owner's stead.
        let gc = m.alloc(bomb(4));
        let caught = m.detach(|| elsewhere(move |_| panics_with(|| drop(gc))));
        assert_eq!((caught, tally.live()), (Some(4), 0));
        // Left to the owner.
        let gc = m.alloc(bomb(5));
        join(thread::spawn(move || heap::attach(|_| drop(gc)).unwrap()));
        assert_eq!(panics_with(|| m.safepoint()), Some(5));
        assert_eq!(tally.live(), 0);
    });
    // By a thread that attaches for this moment.
    alone_detached(|| {
        let gc = heap::attach(|m| m.alloc(bomb(6))).unwrap();
        assert_eq!(panics_with(|| drop(gc)), Some(6));
        assert_eq!((tally.live(), heap::stats().mutators), (0, 0));
    });
}

#[test]
fn a_panic_in_a_finalizer_by_the_collector_keeps_no_other_from_its_turn() {
    let tally = Tally::new();
    let finalized = Arc::new(AtomicUsize::new(0));
    alone(|m| {
        let new = |n: u32| {
            let finalized = finalized.clone();
            m.alloc(Finalized::new(&tally, move |_, _| {
                finalized.fetch_add(1, SeqCst);
                if n % 3 == 1 {
                    panic_with(n);
                }
            }))
        };
        let all: Vec<_> = (0..10).map(new).collect();
        for n in 0..10 {
            Finalized::link(m, &all[n], &all[(n + 1) % 10]);
        }
        drop(all);
        let caught = panics_with(|| drop(m.collect()));
        assert!(caught.is_some_and(|n| n % 3 == 1), "{caught:?}");
        assert_eq!((finalized.load(SeqCst), tally.live()), (10, 0));
        assert_eq!(m.collect().freed, 0);
    });
}

#[test]
fn a_finalizer_that_saves_its_object_and_panics_has_saved_it() {
    let tally = Tally::new();
    let saved = Arc::new(Mutex::new(Vec::new()));
    alone(|m| {
        for by_collector in [false, true] {
            let hidden = Arc::new(Mutex::new(None::<GcWeak<Finalized>>));
            let (theirs, kept) = (hidden.clone(), saved.clone());
            let gc = m.alloc(Finalized::new(&tally, move |m, this| {
                let weak = theirs.lock().unwrap().take().unwrap();
                // The collector clears weak handles, but not those in the object.
                let to_itself = this.edges.lock().unwrap().pop();
                kept.lock().unwrap().extend(weak.upgrade(m).or(to_itself));
                panic_with(1);
            }));
            *hidden.lock().unwrap() = Some(gc.downgrade(m));
            if by_collector {
                Finalized::link(m, &gc, &gc);
            }
            assert_eq!(
                panics_with(|| {
                    drop(gc);
                    m.collect();
                }),
                Some(1)
            );
            assert_eq!(tally.live(), 1, "by collector: {by_collector}");
            let risen = saved.lock().unwrap().pop().unwrap();
            assert_eq!(Gc::strong_count(&risen), 1);
            drop(risen);
            assert_eq!(tally.live(), 0, "and it is finalized once");
        }
    });
}

// ------------------------------------------------------------------- destructors

#[test]
fn a_panic_in_a_destructor_by_count_frees_and_goes_on() {
    let tally = Tally::new();
    alone(|m| {
        assert!(catches_panic(|| drop(m.alloc(Node::armed(&tally)))));
        assert_eq!(tally.live(), 0);
        // It has neighbours.
        let bomb = m.alloc(Node::armed(&tally));
        link(m, &bomb, &chain(m, 3, |_| Node::new(&tally)));
        assert!(catches_panic(|| drop(bomb)));
        assert_eq!(tally.live(), 0);
        // It is one of many.
        let outer = m.alloc(Node::new(&tally));
        for n in 0..100 {
            link(
                m,
                &outer,
                &m.alloc(if n == 50 { Node::armed(&tally) } else { Node::new(&tally) }),
            );
        }
        assert!(catches_panic(|| drop(outer)));
        assert_eq!(tally.live(), 0);
        // In a slice.
        let node = |n| if n == 2 { Node::armed(&tally) } else { Node::new(&tally) };
        assert!(catches_panic(|| drop(m.alloc_slice((0..5).map(node)))));
        assert_eq!(tally.live(), 0);
        m.collect();
    });
}

#[test]
fn a_panic_anywhere_in_a_chain_destroys_the_rest_and_leaves_the_next_alone() {
    const LENGTH: usize = 200;
    let tally = Tally::new();
    alone(|m| {
        for armed in [0, 1, LENGTH / 4, LENGTH - 33, LENGTH - 10, LENGTH - 1] {
            let node = |n| if n == armed { Node::armed(&tally) } else { Node::new(&tally) };
            let head = chain(m, LENGTH, node);
            assert!(catches_panic(|| drop(head)), "{armed}");
            assert_eq!(tally.live(), 0, "the rest died while the panic unwound: {armed}");
            let head = chain(m, LENGTH, |_| Node::new(&tally));
            drop(head);
            assert_eq!(tally.live(), 0, "the next chain is worked off as ever: {armed}");
        }
    });
}

#[test]
fn panics_in_destructors_by_the_collector_destroy_the_rest_and_the_first_is_passed_on() {
    let tally = Tally::new();
    let order = Arc::new(Mutex::new(Vec::new()));
    alone(|m| {
        let ring = ring(m, 20, |n| {
            let (n, order) = (n as u32, order.clone());
            Node::with_end(&tally, move || {
                if n % 4 == 0 {
                    order.lock().unwrap().push(n);
                    panic_with(n);
                }
            })
        });
        // What garbage alone refers to dies with it.
        link(m, &ring, &chain(m, 50, |_| Node::new(&tally)));
        drop(ring);
        let caught = panics_with(|| drop(m.collect()));
        let order = order.lock().unwrap();
        assert_eq!((tally.live(), order.len()), (0, 5));
        assert_eq!(caught, order.first().copied(), "the first");
        assert_eq!(m.collect().freed, 0);
    });
}

#[test]
fn a_panic_in_a_destructor_at_a_safepoint_leaves_the_rest_to_the_next() {
    const OBJECTS: usize = 20;
    let tally = Tally::new();
    alone(|m| {
        let node = |n| if n % 5 == 0 { Node::armed(&tally) } else { Node::new(&tally) };
        let all: Vec<_> = (0..OBJECTS).map(|n| m.alloc(node(n))).collect();
        join(thread::spawn(move || heap::attach(|_| drop(all)).unwrap()));
        let mut panics = 0;
        // The last one may find nothing.
        for _ in 0..=OBJECTS / 5 {
            panics += usize::from(catches_panic(|| m.safepoint()));
        }
        assert_eq!((panics, tally.live()), (OBJECTS / 5, 0));
    });
}

#[test]
fn a_panic_in_a_destructor_leaves_a_thread_as_unattached_as_it_was() {
    let tally = Tally::new();
    alone_detached(|| {
        let new = || heap::attach(|m| m.alloc(Node::armed(&tally))).unwrap();
        let gc = new();
        assert!(catches_panic(|| drop(gc)));
        assert_eq!((tally.live(), heap::stats().mutators), (0, 0));
        // Detached: it attaches, for the moment, with its own record.
        heap::attach(|m| {
            let gc = m.alloc(Node::armed(&tally));
            m.detach(|| {
                assert!(catches_panic(|| drop(gc)));
                assert_eq!(heap::stats().mutators, 1);
            });
            assert_eq!(tally.live(), 0);
            drop(m.alloc(1));
            m.safepoint();
        })
        .unwrap();
        // Weak handles too, whose callbacks are destroyed with them.
        let callback = {
            let bomb = Node::armed(&tally);
            move |_: &Mutator| drop(bomb)
        };
        let (gc, weak) = heap::attach(|m| {
            let gc = m.alloc(1);
            let weak = gc.downgrade_with(m, callback);
            (gc, weak)
        })
        .unwrap();
        assert!(catches_panic(|| drop(weak)));
        drop(gc);
        assert_eq!((tally.live(), heap::stats().mutators), (0, 0));
    });
}

// --------------------------------------------------------------- weak callbacks

#[test]
fn a_panic_in_a_weak_callback_loses_neither_the_payload_nor_the_other_callbacks() {
    for by_collector in [false, true] {
        let tally = Tally::new();
        let called = Arc::new(AtomicUsize::new(0));
        alone(|m| {
            let inner = m.alloc(Node::new(&tally));
            let outer = m.alloc(Node::new(&tally));
            link(m, &outer, &inner);
            if by_collector {
                link(m, &outer, &outer);
            }
            drop(inner);
            let _weak: Vec<GcWeak<Node>> = (0..3)
                .map(|n| {
                    let called = called.clone();
                    outer.downgrade_with(m, move |_| {
                        called.fetch_add(1, SeqCst);
                        if n == 0 {
                            panic_quietly();
                        }
                    })
                })
                .collect();
            assert!(catches_panic(|| {
                drop(outer);
                m.collect();
            }));
            assert_eq!(tally.live(), 0, "payload lost; by collector: {by_collector}");
            assert_eq!(called.load(SeqCst), 3, "callbacks lost; by collector: {by_collector}");
        });
    }
}

#[test]
fn of_several_panics_in_weak_callbacks_the_first_is_passed_on() {
    for by_collector in [false, true] {
        let order = Arc::new(Mutex::new(Vec::new()));
        let tally = Tally::new();
        alone(|m| {
            let gc = m.alloc(Node::new(&tally));
            if by_collector {
                link(m, &gc, &gc);
            }
            let _weak: Vec<_> = (0..3)
                .map(|n| {
                    let order = order.clone();
                    gc.downgrade_with(m, move |_| {
                        order.lock().unwrap().push(n);
                        panic_with(n);
                    })
                })
                .collect();
            let caught = panics_with(|| {
                drop(gc);
                m.collect();
            });
            assert_eq!(caught, order.lock().unwrap().first().copied());
            assert_eq!((order.lock().unwrap().len(), tally.live()), (3, 0));
        });
    }
}

// ---------------------------------------------------------------------- closures

#[test]
fn a_panic_in_attach_detaches_and_unlocks() {
    let tally = Tally::new();
    alone_detached(|| {
        let locked = heap::attach(|m| m.alloc(Locked::new(1))).unwrap();
        let caught = panics_with(|| {
            heap::attach(|m| {
                let _chain = chain(m, 100, |_| Node::new(&tally));
                let finalized = m.alloc(Finalized::new(&tally, |m, _| drop(m.alloc(1))));
                Finalized::link(m, &finalized, &finalized);
                let mut section = m.lock(&locked);
                *section += 1;
                panic_with(7);
            })
            .unwrap();
        });
        assert_eq!((caught, heap::stats().mutators), (Some(7), 0));
        assert_eq!(tally.live(), 1, "what the closure had is dropped");
        heap::attach(|m| {
            assert_eq!(*m.try_lock(&locked).unwrap(), 2, "unlocked, and not poisoned");
            m.collect();
        })
        .unwrap();
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn a_panic_in_detach_attaches_again() {
    let tally = Tally::new();
    alone(|m| {
        let mine = m.alloc(Node::new(&tally));
        let theirs = mine.clone();
        let caught = panics_with(|| {
            m.detach(|| {
                // Handed over meanwhile, and the world stopped.
                drop(mine);
                elsewhere(move |m| {
                    drop(theirs);
                    m.collect();
                });
                panic_with(3);
            });
        });
        assert_eq!(caught, Some(3));
        m.safepoint();
        assert_eq!(tally.live(), 0);
        // As attached as ever: others wait for this thread.
        let gc = m.alloc(1);
        assert!(Gc::is_owner(&gc, m));
        assert_eq!(*gc.get(m), 1);
        let stopper = thread::spawn(|| heap::attach(|m| drop(m.collect())).unwrap());
        while !stopper.is_finished() {
            m.safepoint();
        }
        join(stopper);
        m.detach(|| ());
        m.collect();
    });
}

#[test]
fn a_panic_in_a_suspension_locks_again_and_then_unlocks() {
    alone(|m| {
        let (a, b) = (m.alloc(Locked::new(1)), m.alloc(Locked::new(2)));
        let caught = panics_with(|| {
            let mut section = m.lock(&a);
            section.suspend(|m| {
                *m.lock(&a) += 1;
                let mut both = m.lock2(&a, &b);
                both.suspend(|m| {
                    m.detach(|| panic_with(5));
                });
            });
        });
        assert_eq!(caught, Some(5));
        assert_eq!(*m.try_lock(&a).unwrap(), 2);
        assert!(m.try_lock(&b).is_some());
        // The section that is left is whole.
        let mut section = m.lock(&a);
        assert!(catches_panic(|| section.suspend(|_| panic_quietly())));
        *section += 1;
        let (theirs, held) = (a.clone(), mpsc::channel());
        let other = thread::spawn(move || {
            heap::attach(|m| {
                let free = m.try_lock(&theirs).is_some();
                held.0.send(free).unwrap();
            })
            .unwrap();
        });
        assert!(!held.1.recv().unwrap(), "locked again");
        drop(section);
        m.detach(|| join(other));
        assert_eq!(*m.lock(&a), 3);
    });
}

// -------------------------------------------------- a thread's end by a panic

/// A thread panics attached, with objects in its queue that `new` makes, and
/// leaves a lock, candidates and retired values behind.
fn panics_attached(objects: usize, new: impl Fn(usize) -> Node + Send + 'static, tally: &Tally) {
    let (send, receive) = mpsc::channel();
    let (go, gone) = mpsc::channel::<()>();
    let theirs = tally.clone();
    let thread = thread::spawn(move || {
        heap::attach(|m| {
            send.send((0..objects).map(|n| m.alloc(new(n))).collect::<Vec<_>>()).unwrap();
            gone.recv().unwrap();
            drop(ring(m, 3, |_| Node::new(&theirs)));
            m.retire(theirs.payload());
            panic_quietly();
        })
        .unwrap();
    });
    let handles = receive.recv().unwrap();
    elsewhere(move |_| drop(handles));
    assert_eq!(heap::stats().queued, objects);
    go.send(()).unwrap();
    let payload = thread.join().unwrap_err();
    assert!(catches_panic(|| resume_unwind(payload)), "the thread's own panic");
}

#[test]
fn what_was_left_to_a_thread_that_panics_is_done_by_another_that_is_attached() {
    let tally = Tally::new();
    alone(|m| {
        let theirs = tally.clone();
        panics_attached(50, move |_| Node::new(&theirs), &tally);
        assert_ne!(tally.live(), 0, "not while the panic unwound");
        m.safepoint();
        assert_eq!(tally.live(), 3, "but for a cycle");
        m.collect();
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn what_was_left_to_a_thread_that_panics_is_done_by_whoever_attaches_next() {
    let tally = Tally::new();
    alone_detached(|| {
        let theirs = tally.clone();
        panics_attached(50, move |_| Node::new(&theirs), &tally);
        assert_eq!(heap::stats().mutators, 0);
        heap::attach(|_| ()).unwrap();
        assert_eq!(tally.live(), 3, "but for a cycle");
    });
    assert_eq!(tally.live(), 0);
}

#[test]
fn panics_at_the_begin_of_attach_come_one_by_one() {
    const BOMBS: usize = 4;
    let tally = Tally::new();
    alone_detached(|| {
        let theirs = tally.clone();
        let node = move |n| if n % 2 == 0 { Node::armed(&theirs) } else { Node::new(&theirs) };
        panics_attached(2 * BOMBS, node, &tally);
        let mut panics = 0;
        for _ in 0..=BOMBS {
            let mut began = false;
            let panicked = catches_panic(|| heap::attach(|_| began = true).unwrap());
            assert_eq!(heap::stats().mutators, 0);
            assert_ne!(began, panicked);
            panics += usize::from(panicked);
        }
        assert_eq!((panics, tally.live()), (BOMBS, 3));
    });
    assert_eq!(tally.live(), 0);
}

#[test]
fn a_panic_at_the_end_of_attach_leaves_the_rest_to_others() {
    let tally = Tally::new();
    alone_detached(|| {
        assert!(catches_panic(|| {
            heap::attach(|m| {
                let all = [Node::new(&tally), Node::armed(&tally), Node::new(&tally)];
                let all = all.map(|node| m.alloc(node));
                join(thread::spawn(move || heap::attach(|_| drop(all)).unwrap()));
                assert_eq!(tally.live(), 3);
            })
            .unwrap();
        }));
        assert_eq!(heap::stats().mutators, 0);
        heap::attach(|_| ()).unwrap();
        assert_eq!((tally.live(), heap::stats().pending), (0, 0));
    });
}

#[test]
fn objects_that_die_while_a_panic_unwinds_die_as_ever() {
    let tally = Tally::new();
    alone(|m| {
        let finalized = Arc::new(AtomicUsize::new(0));
        let count = finalized.clone();
        assert!(catches_panic(|| {
            let theirs = tally.clone();
            let _finalized = m.alloc(Finalized::new(&tally, move |m, _| {
                assert!(thread::panicking());
                count.fetch_add(1, SeqCst);
                drop(chain(m, 50, |_| Node::new(&theirs)));
            }));
            let _chain = chain(m, 200, |_| Node::new(&tally));
            panic_quietly();
        }));
        assert_eq!((tally.live(), finalized.load(SeqCst)), (0, 1));
        // Not attached.
        let handles = [chain(m, 200, |_| Node::new(&tally)), m.alloc(Node::new(&tally))];
        m.detach(|| {
            outside(move || {
                assert!(catches_panic(|| {
                    let _handles = handles;
                    panic_quietly();
                }));
            });
        });
        m.safepoint();
        assert_eq!(tally.live(), 0);
    });
}
