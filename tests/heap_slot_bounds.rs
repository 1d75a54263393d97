//! What slots and stacks take at most: memory while somebody writes, and the
//! machine's stack when something long dies.
#![cfg(all(feature = "gc", not(loom)))]

mod common;
mod heap_common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;

use brc::{GcSlot, Trace, heap};
use common::{Account, Counted, Ledger, Tally, join, size, spawn_with_stack};
use heap_common::{Node, alone, alone_detached, link};

#[global_allocator]
static LEDGER: Ledger = Ledger;

const MIB: u64 = 1 << 20;

#[derive(Trace)]
struct Value {
    next: GcSlot<Value>,
    #[trace(skip)]
    counted: Counted,
}

impl Value {
    fn new(tally: &Tally) -> Self {
        Self { next: GcSlot::empty(), counted: tally.payload() }
    }
}

/// While one thread writes, one sleeps detached, and one reads and polls.
#[test]
fn a_busy_writer_takes_bounded_memory() {
    let rounds = size(10_000_000, 300_000, 2_000);
    // So often the writer waits until the reader has had its turn: how long a thread
    // does not run is the system's business.
    const EVERY: usize = 5_000;
    let tally = Tally::new();
    alone(|m| {
        let account = Account::open();
        let before = heap::stats();
        let slot = Arc::new(GcSlot::new(m.alloc(Value::new(&tally))));
        let (stop, polls) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let sleeper = {
            let stop = stop.clone();
            thread::spawn(move || {
                let sleep = || {
                    while !stop.load(SeqCst) {
                        thread::park();
                    }
                };
                heap::attach(|m| m.detach(sleep)).unwrap();
            })
        };
        let reader = {
            let (stop, polls, slot) = (stop.clone(), polls.clone(), slot.clone());
            thread::spawn(move || {
                heap::attach(|m| {
                    while !stop.load(SeqCst) {
                        slot.load(m).unwrap().counted.check();
                        m.safepoint();
                        polls.fetch_add(1, SeqCst);
                        thread::yield_now();
                    }
                })
                .unwrap();
            })
        };
        let mut most = (0, 0);
        account.on(|| {
            for round in 1..=rounds {
                slot.store(m, m.alloc(Value::new(&tally)));
                m.safepoint();
                if round % EVERY == 0 {
                    let stats = heap::stats();
                    most = (most.0.max(stats.retired), most.1.max(stats.bytes));
                    let seen = polls.load(SeqCst);
                    while polls.load(SeqCst) < seen + 2 {
                        m.safepoint();
                        thread::yield_now();
                    }
                }
            }
        });
        assert!(most.0 <= 4 * EVERY, "{} retired", most.0);
        assert!(most.1 - before.bytes < 8 * MIB, "{} bytes", most.1 - before.bytes);
        // What the lists themselves take.
        let lists = account.live().1;
        assert!(lists < MIB as isize, "{lists} bytes for lists");
        stop.store(true, SeqCst);
        sleeper.thread().unpark();
        m.detach(|| [sleeper, reader].into_iter().for_each(join));
        drop(slot);
        m.collect();
        assert_eq!(tally.live(), 0);
    });
}

/// Nobody else is there: what one thread writes never waits for more than others
/// of its own.
#[test]
fn a_lonely_writer_keeps_a_handful() {
    const FEW: isize = 40;
    let tally = Tally::new();
    alone(|m| {
        let slot = GcSlot::empty();
        for _ in 0..size(1_000_000, 100_000, 1_000) {
            slot.store(m, m.alloc(Value::new(&tally)));
            m.safepoint();
        }
        assert!(tally.most() <= FEW, "{} at once", tally.most());
        // Detaching instead of polling.
        for _ in 0..size(100_000, 10_000, 100) {
            slot.store(m, m.alloc(Value::new(&tally)));
            m.detach(|| ());
            assert_eq!(tally.live(), 1);
        }
    });
    assert_eq!(tally.live(), 0);
}

/// Each link was taken out of a slot and put into another. On a small stack.
#[test]
fn a_long_chain_dies_at_once_in_bounded_stack() {
    const STACK: usize = 256 << 10;
    let links = size(1_000_000, 200_000, 2_000);
    alone_detached(|| {
        let tally = Tally::new();
        let theirs = tally.clone();
        join(spawn_with_stack(STACK, move || {
            heap::attach(|m| {
                for collects in [false, true] {
                    let head = GcSlot::empty();
                    for _ in 0..links {
                        let link = m.alloc(Value::new(&theirs));
                        link.get(m).next.store(m, head.take(m));
                        head.store(m, link);
                    }
                    assert_eq!((theirs.live(), heap::stats().retired), (links as isize, 0));
                    if collects {
                        // Visited, and found alive.
                        m.collect();
                        assert_eq!(theirs.live(), links as isize);
                    }
                    head.store(m, None);
                    assert!(heap::stats().retired <= 1, "the head alone");
                    m.detach(|| ());
                    assert_eq!((theirs.live(), heap::stats().retired), (0, 0));
                }
            })
            .unwrap();
        }));
        assert_eq!(tally.live(), 0);
    });
}

/// The same by a thread that is not attached, and in the collector.
#[test]
fn a_long_chain_dies_elsewhere_in_bounded_stack_too() {
    const STACK: usize = 256 << 10;
    let links = size(300_000, 50_000, 2_000);
    let tally = Tally::new();
    alone_detached(|| {
        for by_collector in [false, true] {
            let head = heap::attach(|m| {
                let head = m.alloc(Value::new(&tally));
                let mut last = head.local(m);
                for _ in 1..links {
                    last.get().next.store(m, m.alloc(Value::new(&tally)));
                    last = last.get().next.load(m).unwrap();
                }
                if by_collector {
                    last.get().next.store(m, head.clone());
                }
                head
            })
            .unwrap();
            join(spawn_with_stack(STACK, move || {
                drop(head);
                if by_collector {
                    heap::attach(|m| m.collect()).unwrap();
                }
            }));
            assert_eq!(tally.live(), 0);
        }
    });
}

#[test]
fn a_deep_operand_stack_is_no_burden() {
    let depth = size(1_000_000, 100_000, 1_000);
    let tally = Tally::new();
    alone(|m| {
        let before = heap::stats();
        let functions: Vec<_> = (0..10).map(|_| m.alloc_deferred(Node::new(&tally))).collect();
        let mut stack = m.operand_stack();
        for n in 0..depth {
            let function = &functions[n % functions.len()];
            match n % 4 {
                0 => stack.push_local(m, function.local(m)),
                1 => stack.push(m, function.clone()),
                2 => stack.dup(m, n / 2),
                _ => {
                    let counted = m.alloc(Node::new(&tally));
                    link(m, &counted, function);
                    stack.push(m, counted);
                }
            }
            if n % (depth / 5) == 0 {
                m.collect();
            }
        }
        assert_eq!(stack.len(), depth);
        drop(functions);
        m.collect_full();
        stack.range(m, ..).for_each(|local| assert!(local.edges.lock().unwrap().len() < 2));
        assert_eq!(heap::stats().deferred_objects, before.deferred_objects + 10);
        // Half of it is suspended, and the stack goes elsewhere.
        let frame = stack.split_off(m, depth / 2);
        stack = m.detach(|| {
            heap_common::elsewhere(move |m| {
                while stack.len() > 10 {
                    drop(stack.pop(m));
                    if stack.len() % (depth / 5) == 0 {
                        m.collect();
                    }
                }
                stack
            })
        });
        drop(frame);
        m.collect();
        assert!(tally.live() >= 10 && tally.live() < 30, "{}", tally.live());
        drop(stack);
        m.collect();
        assert_eq!(tally.live(), 0);
    });
}
