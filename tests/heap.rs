//! The heap, through its public API.
#![cfg(all(feature = "gc", not(loom)))]

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;

use brc::{Finalize, Gc, GcWeak, Locked, Mutator, Trace, heap};

/// The heap is one for all tests of a process: those that count what a
/// collection does take turns.
static TURN: Mutex<()> = Mutex::new(());

fn alone<R>(f: impl FnOnce(&mut Mutator) -> R) -> R {
    let _turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    heap::attach(f).unwrap()
}

/// How long chains and rings are.
fn length() -> usize {
    match std::env::var_os("BRC_TEST_SMALL") {
        Some(_) => 2_000,
        None if cfg!(debug_assertions) => 100_000,
        None => 10_000_000,
    }
}

/// Counts what is dropped.
#[derive(Clone, Default)]
struct Drops(Arc<AtomicUsize>);

struct Counted(Drops);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Relaxed);
    }
}

impl Drops {
    fn one(&self) -> Counted {
        Counted(self.clone())
    }
    fn count(&self) -> usize {
        self.0.load(Relaxed)
    }
}

#[derive(Trace)]
struct Node {
    #[trace(skip)]
    _drops: Option<Counted>,
    edges: Vec<Gc<Locked<Node>>>,
}

fn node(drops: &Drops) -> Locked<Node> {
    Locked::new(Node { _drops: Some(drops.one()), edges: vec![] })
}

#[test]
fn the_last_drop_destroys_at_once() {
    let drops = Drops::default();
    alone(|m| {
        let a = m.alloc(node(&drops));
        let b = m.alloc(node(&drops));
        m.lock(&a).edges.push(b);
        assert_eq!(drops.count(), 0);
        drop(a);
        assert_eq!(drops.count(), 2);
    });
}

#[test]
fn a_cycle_dies_in_a_collection() {
    let drops = Drops::default();
    alone(|m| {
        let a = m.alloc(node(&drops));
        let b = m.alloc(node(&drops));
        m.lock(&a).edges.push(b.clone());
        m.lock(&b).edges.push(a.clone());
        drop(a);
        m.collect();
        assert_eq!(drops.count(), 0, "b is held from outside");
        drop(b);
        m.collect();
        assert_eq!(drops.count(), 2);
    });
}

#[test]
fn a_handle_dropped_outside_destroys_at_once_if_nobody_is_attached() {
    let drops = Drops::default();
    let _turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let a = heap::attach(|m| m.alloc(node(&drops))).unwrap();
    let b = a.clone();
    drop(a);
    assert_eq!(drops.count(), 0);
    drop(b);
    assert_eq!(drops.count(), 1);
}

#[test]
fn a_long_chain_dies_in_bounded_stack() {
    let length = length();
    #[derive(Trace)]
    struct Link {
        _next: Option<Gc<Link>>,
    }
    alone(|m| {
        let mut head = None;
        for _ in 0..length {
            head = Some(m.alloc(Link { _next: head }));
        }
        drop(head);
    });
}

#[test]
fn a_long_ring_dies_in_a_collection() {
    let length = length();
    alone(|m| {
        let new = || Locked::new(Node { _drops: None, edges: vec![] });
        let first = m.alloc(new());
        let mut last = first.clone();
        for _ in 0..length {
            let next = m.alloc(new());
            m.lock(&last).edges.push(next.clone());
            last = next;
        }
        m.lock(&last).edges.push(first.clone());
        drop((first, last));
        m.collect();
    });
}

#[derive(Trace)]
#[trace(finalize)]
struct Phoenix {
    myself: Mutex<Option<Gc<Phoenix>>>,
    #[trace(skip)]
    saved: Arc<Mutex<Vec<Gc<Phoenix>>>>,
    #[trace(skip)]
    finalized: Arc<AtomicUsize>,
    #[trace(skip)]
    _drops: Counted,
}

impl Finalize for Phoenix {
    fn finalize(&self, _: &Mutator) {
        self.finalized.fetch_add(1, Relaxed);
        if let Some(myself) = &*self.myself.lock().unwrap() {
            self.saved.lock().unwrap().push(myself.clone());
        }
    }
}

#[test]
fn a_finalizer_runs_once_and_can_save_its_object() {
    let drops = Drops::default();
    let saved = Arc::new(Mutex::new(Vec::new()));
    let finalized = Arc::new(AtomicUsize::new(0));
    alone(|m| {
        let phoenix = m.alloc(Phoenix {
            myself: Mutex::new(None),
            saved: saved.clone(),
            finalized: finalized.clone(),
            _drops: drops.one(),
        });
        *phoenix.get(m).myself.lock().unwrap() = Some(phoenix.clone());
        let weak = phoenix.downgrade(m);
        drop(phoenix);
        let collected = m.collect();
        assert_eq!((collected.freed, collected.resurrected), (0, 1));
        assert_eq!((finalized.load(Relaxed), drops.count()), (1, 0));
        assert!(weak.upgrade(m).is_some(), "given back with its weak handles");
        let risen = saved.lock().unwrap().pop().unwrap();
        *risen.get(m).myself.lock().unwrap() = None;
        drop(risen);
        assert_eq!((finalized.load(Relaxed), drops.count()), (1, 1));
        assert!(weak.upgrade(m).is_none());
    });
}

#[test]
fn weak_handles_die_with_their_object() {
    alone(|m| {
        let strong = m.alloc(5);
        let weak: GcWeak<i32> = strong.downgrade(m);
        assert!(weak.upgrade(m).is_some());
        drop(strong);
        assert!(weak.upgrade(m).is_none());
    });
}

#[test]
fn handles_cross_threads_and_die_on_any() {
    let drops = Drops::default();
    alone(|m| {
        for round in 0..100 {
            let a = m.alloc(node(&drops));
            let theirs = a.clone();
            let thread = thread::spawn(move || {
                heap::attach(|m| {
                    m.lock(&theirs).edges.clear();
                    drop(theirs);
                })
                .unwrap();
            });
            if round % 2 == 0 {
                drop(a);
                m.detach(|| thread.join().unwrap());
            } else {
                m.detach(|| thread.join().unwrap());
                drop(a);
            }
            m.safepoint();
        }
        assert_eq!(drops.count(), 100);
    });
}

#[test]
fn slices_strings_and_trait_objects() {
    alone(|m| {
        assert_eq!(m.alloc_slice(vec![1, 2, 3]).get(m), [1, 2, 3]);
        assert_eq!(m.alloc_slice(Vec::<u64>::new()).get(m), []);
        assert_eq!(m.alloc_str("").get(m), "");
        assert_eq!(m.alloc_str("abc").clone().get(m), "abc");
        let shown: Gc<dyn std::fmt::Debug + Send + Sync> = m.alloc_dyn(vec![1], |v| v);
        assert_eq!(format!("{:?}", shown.get(m)), "[1]");
        assert_eq!(size_of_val(&shown), size_of::<usize>());
    });
}
