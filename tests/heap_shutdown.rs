//! The end of the heap, which a process has once: so each test has one of its own.
#![cfg(all(feature = "gc", not(loom)))]

mod common;
mod heap_common;

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use brc::heap::{self, AttachError, ShutdownError, shutdown};
use brc::{Gc, Locked, Mutator, Trace, Tracer};
use common::{Tally, assert_survives, catches_panic, join, panic_quietly, size};
use heap_common::{
    Finalized, Node, chain, elsewhere, link, outside, panic_with, panics_with, ring,
};

/// A test in a process of its own.
macro_rules! in_its_own_process {
    ($(fn $name:ident() $body:block)*) => {
        $(
            #[test]
            fn $name() {
                assert_survives(stringify!($name), "it", || $body);
            }
        )*
    };
}

fn is_shut_down() {
    assert_eq!(heap::attach(|_| ()), Err(AttachError::ShutDown));
    assert_eq!(shutdown().unwrap_err(), ShutdownError::ShutDown);
    assert!(AttachError::ShutDown.to_string().contains("shut down"));
    assert_eq!(heap::stats().mutators, 0);
}

in_its_own_process! {

fn an_unused_heap_shuts_down() {
    let report = shutdown().unwrap();
    assert_eq!((report.objects, report.bytes, report.held.len()), (0, 0, 0));
    is_shut_down();
    assert!(outside(|| heap::attach(|_| ())).is_err());
}

fn a_shutdown_while_a_thread_is_attached_is_an_error_and_changes_nothing() {
    let tally = Tally::new();
    let attached = |threads| Err(ShutdownError::Attached { threads });
    let refused = move || shutdown().map(|report| report.objects);
    let gc = heap::attach(|m| {
        assert_eq!(refused(), attached(1));
        m.detach(|| assert_eq!(refused(), attached(1)));
        let locked = m.alloc(Locked::new(1));
        m.lock(&locked).suspend(|_| assert_eq!(refused(), attached(1)));
        // In a finalizer, in a destructor, in a callback.
        drop(m.alloc(Finalized::new(&tally, move |_, _| assert_eq!(refused(), attached(1)))));
        drop(m.alloc(Node::with_end(&tally, move || assert_eq!(refused(), attached(1)))));
        let watched = m.alloc(1);
        let _weak = watched.downgrade_with(m, move |_| assert_eq!(refused(), attached(1)));
        drop(watched);
        m.retire(common::OnDrop(move || assert_eq!(refused(), attached(1))));
        m.safepoint();
        // By a thread that is not attached.
        m.detach(|| outside(move || assert_eq!(refused(), attached(1))));
        m.alloc(Node::new(&tally))
    })
    .unwrap();
    let (ready, is_ready) = mpsc::channel();
    let (end, ended) = mpsc::channel::<()>();
    let other = thread::spawn(move || {
        heap::attach(|m| {
            ready.send(()).unwrap();
            m.detach(|| ended.recv().unwrap_err());
        })
    });
    is_ready.recv().unwrap();
    assert_eq!(refused(), attached(1));
    heap::attach(|m| {
        assert_eq!(refused(), attached(2));
        gc.get(m).edges.lock().unwrap().push(gc.clone());
    })
    .unwrap();
    drop(gc);
    drop(end);
    join(other).unwrap();
    assert_eq!(tally.live(), 1, "a cycle");
    assert_eq!(refused(), Ok(0));
    assert_eq!(tally.live(), 0);
    is_shut_down();
}

fn a_shutdown_reports_what_is_held_by_type_and_count() {
    let tally = Tally::new();
    let (all, forever) = heap::attach(|m| {
        let inner = m.alloc(7_u64);
        let outer = m.alloc(vec![inner.clone(), inner.clone()]);
        let text = m.alloc_str("text");
        let garbage = ring(m, 5, |_| Node::new(&tally));
        let cycle = ring(m, 3, |_| Node::new(&tally));
        drop(garbage);
        let forever = m.alloc_immortal(Mutex::new(Vec::new()));
        forever.get(m).lock().unwrap().push(text.clone());
        ((inner, outer.clone(), outer, cycle), forever)
    })
    .unwrap();
    let report = shutdown().unwrap();
    is_shut_down();
    assert_eq!(tally.live(), 3);
    // The number, its list, the text and the cycle: not what is immortal.
    assert_eq!(report.objects, 1 + 1 + 1 + 3);
    assert_eq!(report.bytes as u64, heap::stats().bytes - heap::stats().immortal_bytes);
    let mut held: Vec<_> =
        report.held.iter().map(|held| (held.type_name, held.outside, held.inside)).collect();
    held.sort_unstable();
    assert_eq!(
        held,
        [
            ("alloc::vec::Vec<brc::gc::Gc<u64>>", 2, 0),
            (std::any::type_name::<Node>(), 1, 1),
            ("u64", 1, 2),
        ]
    );
    let number = report.held.iter().find(|held| held.type_name == "u64").unwrap();
    assert_eq!(number.address, all.0.as_ptr().addr());
    let text = report.to_string();
    assert!(text.contains("u64 at 0x") && text.contains("1 references from outside, 2 from"), "{text}");
    assert!(Gc::is_immortal(&forever));
    drop(all);
    assert_eq!(tally.live(), 3, "a cycle stays");
}

fn after_a_shutdown_handles_are_cloned_and_the_last_drop_destroys_at_once() {
    let tally = Tally::new();
    let finalized = Arc::new(AtomicUsize::new(0));
    let called = Arc::new(AtomicUsize::new(0));
    let (nodes, finals, weak, watched, locked, slice, text) = heap::attach(|m| {
        let nodes: Vec<_> = (0..20).map(|_| m.alloc(Node::new(&tally))).collect();
        link(m, &nodes[0], &nodes[1]);
        let count = finalized.clone();
        let finals = m.alloc(Finalized::new(&tally, move |_, _| {
            count.fetch_add(1, SeqCst);
        }));
        let weak: Vec<_> = nodes.iter().map(|node| node.downgrade(m)).collect();
        let count = called.clone();
        let callback = nodes[2].downgrade_with(m, move |_| {
            count.fetch_add(1, SeqCst);
        });
        let slice = m.alloc_slice((0..3).map(|_| Node::new(&tally)));
        let locked = m.alloc(Locked::new(Some(m.alloc(Node::new(&tally)))));
        (nodes, finals, weak, callback, locked, slice, m.alloc_str("text"))
    })
    .unwrap();
    assert_eq!(shutdown().unwrap().objects, 20 + 1 + 1 + 2 + 1);
    let live = tally.live();
    // Others clone and drop meanwhile, and weak handles too.
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let (nodes, weak, text) = (nodes.clone(), weak.clone(), text.clone());
            thread::spawn(move || {
                for _ in 0..size(10_000, 1_000, 100) {
                    drop((nodes[0].clone(), nodes[1].clone(), weak[1].clone(), text.clone()));
                }
            })
        })
        .collect();
    threads.into_iter().for_each(join);
    assert_eq!(tally.live(), live);
    assert_eq!(Gc::type_name(&nodes[0]), std::any::type_name::<Node>());
    drop(nodes);
    assert_eq!(tally.live(), live - 20);
    drop((weak, watched));
    drop(finals);
    drop(slice);
    outside(move || drop((locked, text)));
    assert_eq!(tally.live(), 0);
    assert_eq!(finalized.load(SeqCst), 0, "nobody can look at it any more");
    assert_eq!(called.load(SeqCst), 0, "nor call with a mutator");
    is_shut_down();
}

fn after_a_shutdown_the_last_handles_may_be_dropped_side_by_side() {
    for_each_object_two_threads(size(20_000, 5_000, 200));
}

fn after_a_shutdown_a_long_chain_dies_in_bounded_stack() {
    let tally = Tally::new();
    let length = size(1_000_000, 100_000, 1_000);
    let (head, armed) = heap::attach(|m| {
        let node = |n| if n == 50 { Node::armed(&tally) } else { Node::new(&tally) };
        (chain(m, length, |_| Node::new(&tally)), chain(m, 100, node))
    })
    .unwrap();
    shutdown().unwrap();
    outside(move || drop(head));
    assert_eq!(tally.live(), 100);
    assert!(catches_panic(|| drop(armed)));
    assert_eq!(tally.live(), 0);
}

fn after_a_shutdown_destructors_may_drop_and_ask() {
    let tally = Tally::new();
    let (outer, inner) = heap::attach(|m| {
        let inner = m.alloc(Node::new(&tally));
        let theirs = inner.clone();
        let end = move || {
            assert_eq!(heap::attach(|_| ()), Err(AttachError::ShutDown));
            assert_eq!(shutdown().unwrap_err(), ShutdownError::ShutDown);
            drop(theirs);
        };
        (m.alloc(Node::with_end(&tally, end)), inner)
    })
    .unwrap();
    shutdown().unwrap();
    drop(inner);
    assert_eq!(tally.live(), 2);
    drop(outer);
    assert_eq!(tally.live(), 0);
}

fn handles_in_thread_locals_and_statics_outlive_the_heap() {
    static KEPT: Mutex<Option<Gc<Node>>> = Mutex::new(None);
    thread_local! { static MINE: RefCell<Option<Gc<Node>>> = const { RefCell::new(None) } }
    let tally = Tally::new();
    let theirs = tally.clone();
    let (ready, is_ready) = mpsc::channel();
    let (end, ended) = mpsc::channel::<()>();
    let thread = thread::spawn(move || {
        let gc = heap::attach(|m| m.alloc(Node::new(&theirs))).unwrap();
        *KEPT.lock().unwrap() = Some(gc.clone());
        MINE.set(Some(gc));
        ready.send(()).unwrap();
        let _ = ended.recv();
    });
    is_ready.recv().unwrap();
    let report = shutdown().unwrap();
    assert_eq!((report.held.len(), report.held[0].outside), (1, 2));
    drop(end);
    join(thread);
    assert_eq!(tally.live(), 1);
    KEPT.lock().unwrap().take();
    assert_eq!(tally.live(), 0);
}

fn a_shutdown_runs_every_finalizer_that_can_run() {
    let tally = Tally::new();
    let finalized = Arc::new(AtomicUsize::new(0));
    let count = || {
        let finalized = finalized.clone();
        move |_: &Mutator, _: &Finalized| {
            finalized.fetch_add(1, SeqCst);
        }
    };
    heap::attach(|m| {
        for _ in 0..10 {
            let cycle = m.alloc(Finalized::new(&tally, count()));
            Finalized::link(m, &cycle, &cycle);
        }
        // Its finalizer makes more garbage that has one, and retires more.
        let (theirs, last) = (tally.clone(), count());
        let more = m.alloc(Finalized::new(&tally, move |m, _| {
            let cycle = m.alloc(Finalized::new(&theirs, last.clone()));
            Finalized::link(m, &cycle, &cycle);
            m.retire(m.alloc(Finalized::new(&theirs, last)));
        }));
        Finalized::link(m, &more, &more);
    })
    .unwrap();
    // On their way: handed over, retired, by threads that are gone.
    let gc = heap::attach(|m| m.alloc(Finalized::new(&tally, count()))).unwrap();
    outside(move || drop(gc));
    let (theirs, last) = (tally.clone(), count());
    elsewhere(move |m| m.retire(m.alloc(Finalized::new(&theirs, last))));
    let report = shutdown().unwrap();
    assert_eq!((finalized.load(SeqCst), tally.live()), (10 + 2 + 2, 0));
    assert_eq!((report.objects, report.held.len()), (0, 0), "{report}");
    assert_eq!((heap::stats().objects, heap::stats().retired), (0, 0));
}

fn a_cycle_that_dies_while_the_shutdown_collects_is_collected() {
    let tally = Tally::new();
    heap::attach(|m| {
        let cycle = ring(m, 1, |_| Node::new(&tally));
        let mut last = Some(m.detach(|| cycle.clone()));
        drop(cycle);
        // Dies in the shutdown's first collection, and has an unattached thread drop
        // the last handle to the other.
        drop(ring(m, 1, |_| {
            let last = last.take();
            Node::with_end(&tally, move || outside(move || drop(last)))
        }));
    })
    .unwrap();
    assert_eq!(tally.live(), 2);
    assert_eq!(shutdown().unwrap().objects, 0);
    assert_eq!(tally.live(), 0);
    is_shut_down();
}

fn a_panic_in_a_finalizer_or_a_destructor_is_no_shutdown_and_it_can_be_tried_again() {
    let tally = Tally::new();
    heap::attach(|m| {
        let cycle = m.alloc(Finalized::new(&tally, |_, _| panic_with(1)));
        Finalized::link(m, &cycle, &cycle);
    })
    .unwrap();
    assert_eq!(panics_with(|| drop(shutdown())), Some(1));
    assert_eq!((tally.live(), heap::stats().mutators), (0, 0));
    heap::attach(|m| drop(ring(m, 3, |_| Node::with_end(&tally, || panic_with(2))))).unwrap();
    assert_eq!(panics_with(|| drop(shutdown())), Some(2));
    assert_eq!((tally.live(), heap::stats().mutators), (0, 0));
    heap::attach(|m| drop(m.alloc(1))).unwrap();
    assert_eq!(shutdown().unwrap().objects, 0);
    is_shut_down();
}

fn a_panic_in_trace_is_no_shutdown_and_it_can_be_tried_again() {
    struct Odd(Gc<Node>, Arc<AtomicBool>);
    // SAFETY: reports the handle once, or panics.
    unsafe impl Trace for Odd {
        fn trace(&self, tracer: &mut Tracer<'_>) {
            if self.1.load(SeqCst) {
                panic_quietly();
            }
            self.0.trace(tracer);
        }
    }
    let tally = Tally::new();
    let flag = Arc::new(AtomicBool::new(true));
    let odd = heap::attach(|m| m.alloc(Odd(m.alloc(Node::new(&tally)), flag.clone()))).unwrap();
    assert!(catches_panic(|| drop(shutdown())));
    heap::attach(|m| drop(m.alloc(1))).unwrap();
    flag.store(false, SeqCst);
    let report = shutdown().unwrap();
    assert_eq!((report.objects, report.held.len()), (2, 1));
    drop(odd);
    assert_eq!(tally.live(), 0);
}

fn a_shutdown_amid_threads_that_come_and_go_ends_once() {
    let tally = Tally::new();
    let stop = Arc::new(AtomicBool::new(false));
    let kept = Arc::new(Mutex::new(Vec::new()));
    let workers: Vec<_> = (0..3)
        .map(|_| {
            let (tally, stop, kept) = (tally.clone(), stop.clone(), kept.clone());
            thread::spawn(move || {
                let mut rounds = 0_usize;
                while !stop.load(SeqCst) {
                    let mine = heap::attach(|m| {
                        drop(ring(m, 2, |_| Node::new(&tally)));
                        m.safepoint();
                        m.alloc(Node::new(&tally))
                    });
                    // Dropped unattached, before and after the end.
                    match mine {
                        Ok(mine) => {
                            let mut kept = kept.lock().unwrap();
                            kept.push(mine.clone());
                            let oldest = (kept.len() > 20).then(|| kept.swap_remove(rounds % 20));
                            drop(kept);
                            drop(oldest);
                        }
                        Err(AttachError::ShutDown) => drop(kept.lock().unwrap().pop()),
                        Err(error) => panic!("{error}"),
                    }
                    rounds += 1;
                    // There must be moments in which nobody is attached.
                    thread::sleep(Duration::from_micros(200));
                }
            })
        })
        .collect();
    while kept.lock().unwrap().len() < 20 {
        thread::yield_now();
    }
    let report = loop {
        match shutdown() {
            Ok(report) => break report,
            Err(error) => assert!(matches!(error, ShutdownError::Attached { .. }), "{error}"),
        }
    };
    stop.store(true, SeqCst);
    workers.into_iter().for_each(join);
    assert!(report.objects <= 30, "{report}");
    kept.lock().unwrap().clear();
    assert_eq!(tally.live(), 0);
    is_shut_down();
}

}

/// Objects whose two handles two threads drop at the same time, after the end.
fn for_each_object_two_threads(objects: usize) {
    let tally = Tally::new();
    let handles: Vec<_> =
        heap::attach(|m| (0..objects).map(|_| m.alloc(Node::new(&tally))).collect()).unwrap();
    let others = handles.clone();
    // Some are counted by another thread, some are candidates.
    let third: Vec<_> = handles.iter().step_by(3).cloned().collect();
    outside(move || drop(third));
    assert_eq!(shutdown().unwrap().objects, objects);
    let threads = [handles, others].map(|half| thread::spawn(move || drop(half)));
    threads.into_iter().for_each(join);
    assert_eq!(tally.live(), 0);
}
