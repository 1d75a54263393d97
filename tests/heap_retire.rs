//! Quiescent states: what is retired is dropped when nobody can look at it any
//! more, whatever the threads do meanwhile.
#![cfg(all(feature = "gc", not(loom)))]

mod common;
mod heap_common;

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Barrier};
use std::thread::{self, JoinHandle};

use brc::{Mutator, heap};
use common::{Tally, catches_panic, join, panic_quietly, size};
use heap_common::{Finalized, Node, alone, alone_detached, elsewhere, link};

/// What a thread does next.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Step {
    /// Passes a safepoint, and stays.
    Safepoint,
    /// Detaches until the next step.
    Detach,
    /// Leaves, and does not come back.
    Leave,
    /// Panics, which is leaving without a safepoint.
    Panic,
}

/// An attached thread that does as it is told.
struct Puppet {
    steps: Sender<Step>,
    done: Receiver<()>,
    thread: JoinHandle<()>,
}

impl Puppet {
    fn new() -> Self {
        let (steps, todo) = mpsc::channel();
        let (tell, done) = mpsc::channel();
        let thread = thread::spawn(move || {
            catches_panic(|| heap::attach(|m| Self::run(m, &todo, &tell)).unwrap());
            let _ = tell.send(());
        });
        let this = Self { steps, done, thread };
        this.done.recv().unwrap();
        this
    }

    fn run(m: &mut Mutator, todo: &Receiver<Step>, tell: &Sender<()>) {
        tell.send(()).unwrap();
        let mut next = todo.recv();
        while let Ok(step) = next {
            let told = |tell: &Sender<()>| {
                tell.send(()).unwrap();
                todo.recv()
            };
            next = match step {
                Step::Safepoint => {
                    m.safepoint();
                    told(tell)
                }
                Step::Detach => m.detach(|| told(tell)),
                Step::Leave => return,
                Step::Panic => panic_quietly(),
            };
        }
    }

    fn step(&self, step: Step) {
        self.steps.send(step).unwrap();
        self.done.recv().unwrap();
    }

    fn end(self) {
        drop(self.steps);
        join(self.thread);
    }
}

#[test]
fn a_retired_value_waits_for_every_attached_mutator_and_for_nobody_else() {
    use Step::*;
    for step in [Safepoint, Detach, Leave, Panic] {
        let tally = Tally::new();
        alone(|m| {
            let detached = Puppet::new();
            detached.step(Detach);
            let [a, b] = [Puppet::new(), Puppet::new()];
            m.retire(tally.payload());
            assert_eq!((tally.live(), heap::stats().retired), (1, 1));
            for _ in 0..3 {
                m.safepoint();
                a.step(Safepoint);
            }
            // Those that come later have never seen it.
            let late = Puppet::new();
            late.step(Safepoint);
            elsewhere(|m| m.safepoint());
            m.safepoint();
            assert_eq!(tally.live(), 1, "b has not passed a safepoint");
            b.step(step);
            // Who drops it is left open: a thread that panics leaves that to any other.
            m.safepoint();
            a.step(Safepoint);
            late.step(Safepoint);
            assert_eq!(tally.live(), 0, "{step:?}");
            assert_eq!(heap::stats().retired, 0);
            for puppet in [a, b, late, detached] {
                puppet.end();
            }
        });
    }
}

#[test]
fn a_retired_value_is_dropped_when_its_thread_leaves_or_detaches() {
    let tally = Tally::new();
    alone_detached(|| {
        heap::attach(|m| m.retire(tally.payload())).unwrap();
        assert_eq!(tally.live(), 0);
        heap::attach(|m| {
            m.retire(tally.payload());
            m.detach(|| assert_eq!(tally.live(), 0));
            m.retire(tally.payload());
            m.collect();
            assert_eq!(tally.live(), 0);
        })
        .unwrap();
        // Who panics leaves it to others.
        assert!(catches_panic(|| {
            let _: Result<(), _> = heap::attach(|m| {
                m.retire(tally.payload());
                panic_quietly();
            });
        }));
        heap::attach(|m| m.safepoint()).unwrap();
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn what_is_retired_may_be_anything_and_retire_more() {
    let tally = Tally::new();
    alone(|m| {
        let object = m.alloc(Node::new(&tally));
        link(m, &object, &m.alloc(Node::new(&tally)));
        m.retire((object, "text", Box::new([0; 100])));
        let theirs = tally.clone();
        m.retire(m.alloc(Finalized::new(&tally, move |m, _| {
            let innermost = theirs.payload();
            let again = Finalized::new(&theirs, move |m, _| m.retire(innermost));
            m.retire(m.alloc(again));
        })));
        assert_ne!(tally.live(), 0);
        // One for each within another.
        for _ in 0..3 {
            m.safepoint();
        }
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn ten_thousand_threads_that_retire_leave_nothing_behind() {
    const AT_ONCE: usize = 8;
    let waves = size(10_000, 10_000, 200) / AT_ONCE;
    let tally = Tally::new();
    let wave = |barrier: &Arc<Barrier>| {
        let threads = (0..AT_ONCE).map(|_| {
            let (tally, barrier) = (tally.clone(), barrier.clone());
            thread::spawn(move || {
                heap::attach(|m| {
                    m.retire(tally.payload());
                    m.detach(|| barrier.wait());
                    m.retire(tally.payload());
                })
                .unwrap();
            })
        });
        threads.collect::<Vec<_>>().into_iter().for_each(join);
    };
    let barrier = Arc::new(Barrier::new(AT_ONCE));
    alone_detached(|| {
        for _ in 0..waves / 2 {
            wave(&barrier);
            assert_eq!(tally.live(), 0, "all have left");
        }
    });
    alone(|m| {
        for _ in 0..waves / 2 {
            // Not detached: all that is retired meanwhile waits for this thread.
            wave(&barrier);
            m.safepoint();
            assert_eq!(tally.live(), 0);
        }
    });
    assert!(tally.most() <= 2 * AT_ONCE as isize, "{} at once", tally.most());
}

#[test]
fn a_panic_in_a_retired_value_loses_no_other() {
    let tally = Tally::new();
    alone(|m| {
        m.retire(tally.payload());
        m.retire((Node::armed(&tally), tally.payload()));
        m.retire(tally.payload());
        let object = m.alloc(Node::new(&tally));
        m.retire(object);
        assert!(catches_panic(|| m.safepoint()));
        m.safepoint();
        assert_eq!((tally.live(), heap::stats().retired), (0, 0));
    });
}
