//! Real threads, random operations, every item of the heap, over shared objects,
//! with collections all the time. The sequences of operations are the same in
//! every run; how they interleave is not.
#![cfg(all(feature = "gc", not(loom)))]

mod common;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use brc::{Finalize, Gc, GcWeak, Locked, Mutator, Trace, heap};
use common::*;

/// The heap is one for all tests of a process: they take turns.
static TURN: Mutex<()> = Mutex::new(());

/// Runs `f` while no other test runs, on a heap that collects often, and demands
/// that it leaves nothing behind.
fn alone(f: impl FnOnce(&Tally)) {
    let _turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    heap::configure().automatic(true).collect_after(32).growth(10);
    let before = heap::stats();
    let tally = Tally::new();
    f(&tally);
    heap::attach(|m| {
        // Finalizers may leave something for the next.
        for _ in 0..4 {
            m.collect();
        }
        assert_eq!(tally.live(), 0, "left behind");
        assert_eq!(m.collect_full().freed, 0);
    })
    .unwrap();
    let after = heap::stats();
    assert_eq!((after.objects, after.bytes), (before.objects, before.bytes));
    assert_eq!((after.queued, after.pending, after.retired, after.mutators), (0, 0, 0, 0));
}

const THREADS: usize = 4;

// --------------------------------------------------------------------- graphs

/// An object that everybody changes under its lock.
#[derive(Trace)]
struct Node {
    edges: Vec<Handle>,
    /// Text and slices of the heap.
    names: Vec<Gc<str>>,
    numbers: Option<Gc<[u64]>>,
    weak: Vec<GcWeak<Locked<Node>>>,
    end: End,
    #[trace(skip)]
    counted: Counted,
}

type Handle = Gc<Locked<Node>>;

/// Part of a node, and an object of its own that is finalized.
#[derive(Trace)]
struct End {
    last: Option<Gc<Last>>,
}

#[derive(Trace)]
#[trace(finalize)]
struct Last {
    /// Leads back into the graph.
    back: Mutex<Option<Handle>>,
    #[trace(skip)]
    events: Arc<Events>,
    #[trace(skip)]
    finalized: AtomicBool,
    #[trace(skip)]
    counted: Counted,
}

#[derive(Default)]
struct Events {
    made: AtomicUsize,
    finalized: AtomicUsize,
    /// Callbacks of weak handles: given, called, and taken back in time or not.
    given: AtomicUsize,
    called: AtomicUsize,
    forgotten: AtomicUsize,
    /// What finalizers saved.
    saved: Mutex<Vec<Handle>>,
}

/// Says whether a callback was called, or dropped without that.
struct Once {
    events: Arc<Events>,
    called: bool,
}

impl Drop for Once {
    fn drop(&mut self) {
        let count = if self.called { &self.events.called } else { &self.events.forgotten };
        count.fetch_add(1, SeqCst);
    }
}

impl Finalize for Last {
    fn finalize(&self, m: &Mutator) {
        self.counted.check();
        assert!(!self.finalized.swap(true, SeqCst), "finalized twice");
        self.events.finalized.fetch_add(1, SeqCst);
        let back = self.back.lock().unwrap().clone();
        // Allocates, which may ask for a collection.
        drop(m.alloc_str("litter"));
        // Saves some of what it leads to.
        if let Some(back) = back
            && back.as_ptr().addr() / 64 % 4 == 0
        {
            self.events.saved.lock().unwrap().push(back);
        }
    }
}

struct Worker {
    random: Random,
    tally: Tally,
    events: Arc<Events>,
    roots: Arc<Vec<Handle>>,
    held: Vec<Handle>,
    weak: Vec<GcWeak<Locked<Node>>>,
    /// To the others, and to a thread that is never attached.
    send: Vec<mpsc::Sender<Handle>>,
    receive: mpsc::Receiver<Handle>,
}

fn new_node(m: &Mutator, tally: &Tally) -> Handle {
    m.alloc(Locked::new(Node {
        edges: vec![],
        names: vec![],
        numbers: None,
        weak: vec![],
        end: End { last: None },
        counted: tally.payload(),
    }))
}

impl Worker {
    fn pick(&mut self) -> Handle {
        let all = self.roots.len() + self.held.len();
        let index = self.random.below(all);
        let held = index.checked_sub(self.roots.len()).map(|index| &self.held[index]);
        held.unwrap_or_else(|| &self.roots[index]).clone()
    }

    fn keep(&mut self, m: &Mutator, handle: Handle) {
        let _ = handle.get(m);
        if self.held.len() > 12 {
            let index = self.random.below(self.held.len());
            self.held.swap_remove(index);
        }
        self.held.push(handle);
    }

    /// Follows some references.
    fn walk(&mut self, m: &mut Mutator) -> Handle {
        let mut at = self.pick();
        for _ in 0..self.random.below(6) {
            let section = m.lock(&at);
            section.counted.check();
            let Some(index) = self.random.next().checked_rem(section.edges.len() as u64) else {
                break;
            };
            let next = section.edges[index as usize].clone();
            drop(section);
            at = next;
        }
        at
    }

    fn step(&mut self, m: &mut Mutator) {
        match self.random.below(40) {
            0..8 => {
                let node = new_node(m, &self.tally);
                let from = self.walk(m);
                m.lock(&node).edges.push(from.clone());
                m.lock(&from).edges.push(node.clone());
                self.keep(m, node);
            }
            8..14 => {
                let (from, to) = (self.walk(m), self.walk(m));
                m.lock(&from).edges.push(to);
            }
            14..20 => {
                let root = self.random.below(2 * self.roots.len());
                let root = self.roots.get(root).cloned();
                let from = root.unwrap_or_else(|| self.walk(m));
                let mut section = m.lock(&from);
                // Often all: what lives must stay small, since collections visit it.
                let left = section.edges.len().min(self.random.below(2));
                let gone = section.edges.split_off(left);
                // Destructors and finalizers run here, in a section or after it.
                if self.random.below(2) == 0 {
                    drop(gone);
                    drop(section);
                } else {
                    drop(section);
                    drop(gone);
                }
            }
            20..22 => {
                let (a, b) = (self.walk(m), self.walk(m));
                if !Gc::ptr_eq(&a, &b) {
                    let mut both = m.lock2(&a, &b);
                    let (a, b) = both.values();
                    std::mem::swap(&mut a.edges, &mut b.edges);
                }
            }
            22 => {
                let at = self.walk(m);
                let weak = at.downgrade(m);
                m.lock(&at).weak.push(weak.clone());
                self.weak.push(weak);
            }
            23 => {
                let at = self.walk(m);
                self.events.given.fetch_add(1, SeqCst);
                let once = Once { events: self.events.clone(), called: false };
                let witness = at.downgrade(m);
                self.weak.push(at.downgrade_with(m, move |m| {
                    // All of it moves in here.
                    let mut once = once;
                    assert!(witness.upgrade(m).is_none());
                    once.called = true;
                }));
            }
            24..27 => {
                let Some(weak) = self.weak.pop() else { return };
                if let Some(strong) = weak.upgrade(m) {
                    m.lock(&strong).counted.check();
                    self.keep(m, strong);
                }
                if self.weak.len() < 8 {
                    self.weak.insert(0, weak);
                } else {
                    m.detach(|| drop(weak));
                }
            }
            27 => {
                let at = self.walk(m);
                let name = m.alloc_str("name");
                let numbers = m.alloc_slice([1, 2, 3]);
                let mut section = m.lock(&at);
                for name in &section.names {
                    assert_eq!(name.get(section.mutator()), "name");
                }
                section.names.truncate(4);
                section.names.push(name);
                let before = section.numbers.replace(numbers);
                assert!(before.is_none_or(|before| before.get(section.mutator()) == [1, 2, 3]));
            }
            28..30 => {
                let at = self.walk(m);
                let back = self.walk(m);
                self.events.made.fetch_add(1, SeqCst);
                let last = m.alloc(Last {
                    back: Mutex::new(Some(back)),
                    events: self.events.clone(),
                    finalized: AtomicBool::new(false),
                    counted: self.tally.payload(),
                });
                let before = m.lock(&at).end.last.replace(last);
                drop(before);
            }
            30..33 => {
                let handle = self.walk(m);
                let to = self.random.below(self.send.len());
                let _ = self.send[to].send(handle);
            }
            33..36 => {
                while let Ok(handle) = self.receive.try_recv() {
                    self.keep(m, handle);
                }
                let saved = self.events.saved.lock().unwrap().pop();
                if let Some(saved) = saved {
                    m.lock(&saved).counted.check();
                    self.keep(m, saved);
                }
            }
            36 => {
                let handle = self.walk(m);
                let copy = self.pick();
                m.detach(|| {
                    let more = copy.clone();
                    drop((handle, copy, more));
                });
            }
            37 => {
                let payload = self.tally.payload();
                m.retire(payload);
            }
            38 => drop(if self.random.below(4) == 0 { m.collect_full() } else { m.collect() }),
            _ if self.random.below(8) == 0 => {
                // Collections visit what lives, so that must not grow for ever.
                self.held.clear();
                for root in &*self.roots.clone() {
                    let gone = std::mem::take(&mut m.lock(root).edges);
                    drop(gone);
                }
            }
            _ => {
                let at = self.walk(m);
                let others = m.lock(&at).suspend(|m| {
                    m.safepoint();
                    self.held.len()
                });
                assert_eq!(others, self.held.len());
            }
        }
        m.safepoint();
    }
}

/// Takes what comes and drops it, or sends it back; never attached.
fn unattached(receive: &mpsc::Receiver<Handle>, to: &[mpsc::Sender<Handle>]) {
    for (round, handle) in receive.iter().enumerate() {
        let copy = handle.clone();
        if round % 3 == 0 {
            let _ = to[round % to.len()].send(copy);
        }
        drop(handle);
    }
}

#[test]
fn threads_change_one_graph_while_it_is_collected() {
    let steps = size(100_000, 10_000, 300);
    alone(|tally| {
        let events = Arc::new(Events::default());
        let roots = heap::attach(|m| (0..4).map(|_| new_node(m, tally)).collect()).unwrap();
        let roots: Arc<Vec<Handle>> = Arc::new(roots);
        let (mut senders, receivers): (Vec<_>, Vec<_>) =
            (0..=THREADS).map(|_| mpsc::channel()).unzip();
        let mut receivers = receivers.into_iter();
        let workers = receivers.by_ref().take(THREADS).enumerate().map(|(seed, receive)| {
            let mut worker = Worker {
                random: Random::new(seed as u64 + 1),
                tally: tally.clone(),
                events: events.clone(),
                roots: roots.clone(),
                held: vec![],
                weak: vec![],
                send: senders.clone(),
                receive,
            };
            thread::spawn(move || {
                // Comes and goes.
                for stretch in 0..4 {
                    let work = |m: &mut Mutator| (0..steps / 4).for_each(|_| worker.step(m));
                    heap::attach(work).unwrap();
                    if stretch % 2 == 0 {
                        worker.held.clear();
                        worker.weak.truncate(4);
                    }
                }
            })
        });
        let workers: Vec<_> = workers.collect();
        let receive = receivers.next().unwrap();
        // It ends with the last worker, so it must not send to itself.
        senders.truncate(THREADS);
        let others = thread::spawn(move || unattached(&receive, &senders));
        workers.into_iter().for_each(join);
        join(others);
        drop(roots);
        heap::attach(|m| {
            loop {
                let saved = std::mem::take(&mut *events.saved.lock().unwrap());
                if saved.is_empty() && m.collect().resurrected == 0 {
                    break;
                }
                drop(saved);
            }
        })
        .unwrap();
        let count = |n: &AtomicUsize| n.load(SeqCst);
        assert_eq!(count(&events.finalized), count(&events.made), "each once");
        assert!(count(&events.called) > 0 || is_small());
        let over = count(&events.called) + count(&events.forgotten);
        assert_eq!(over, count(&events.given), "each callback ran or was dropped");
    });
}

// ------------------------------------------------------------------- turnover

/// Short threads make rings, give them away and end, while others collect.
#[test]
fn threads_come_and_go_while_others_collect() {
    let threads = size(4_000, 1_000, 40);
    alone(|tally| {
        let stop = Arc::new(AtomicBool::new(false));
        let collectors: Vec<_> = (0..2)
            .map(|_| {
                let stop = stop.clone();
                thread::spawn(move || {
                    heap::attach(|m| {
                        while !stop.load(SeqCst) {
                            m.collect();
                            m.safepoint();
                            m.detach(thread::yield_now);
                        }
                    })
                    .unwrap();
                })
            })
            .collect();
        let (give, take) = mpsc::channel::<Handle>();
        let consumer = thread::spawn(move || {
            let mut before = None;
            for handle in take {
                // Every other one attached.
                before = match before.take() {
                    None => Some(handle),
                    Some(before) => {
                        heap::attach(|m| {
                            m.lock(&handle).edges.push(before);
                        })
                        .unwrap();
                        drop(handle);
                        None
                    }
                };
            }
        });
        for _ in 0..threads / 2 {
            let pair = [(); 2].map(|()| {
                let (tally, give) = (tally.clone(), give.clone());
                thread::spawn(move || {
                    heap::attach(|m| {
                        let ring = [(); 3].map(|()| new_node(m, &tally));
                        for (n, node) in ring.iter().enumerate() {
                            m.lock(node).edges.push(ring[(n + 1) % 3].clone());
                        }
                        m.retire(tally.payload());
                        let [first, second, third] = ring;
                        give.send(first).unwrap();
                        m.detach(|| drop(second));
                        drop(third);
                    })
                    .unwrap();
                })
            });
            pair.into_iter().for_each(join);
        }
        drop(give);
        join(consumer);
        stop.store(true, SeqCst);
        collectors.into_iter().for_each(join);
    });
}

// ---------------------------------------------------------------------- weak

/// Upgrades race with the last drop, on the owner, elsewhere, and in a collection.
#[test]
fn upgrades_race_with_the_end() {
    let rounds = size(100_000, 20_000, 200);
    alone(|tally| {
        let (to_weak, weak) = mpsc::sync_channel::<GcWeak<Locked<Node>>>(16);
        let (to_strong, strong) = mpsc::sync_channel::<Handle>(16);
        let upgrader = thread::spawn(move || {
            let mut alive = 0_usize;
            heap::attach(|m| {
                while let Ok(weak) = m.detach(|| weak.recv()) {
                    if let Some(strong) = weak.upgrade(m) {
                        m.lock(&strong).counted.check();
                        alive += 1;
                    }
                    drop(weak);
                }
            })
            .unwrap();
            alive
        });
        let dropper = thread::spawn(move || strong.into_iter().for_each(drop));
        heap::attach(|m| {
            for round in 0..rounds {
                let node = new_node(m, tally);
                if round % 4 == 0 {
                    let again = node.clone();
                    m.lock(&node).edges.push(again);
                }
                let witness = node.downgrade(m);
                m.detach(|| to_weak.send(witness)).unwrap();
                if round % 3 == 0 {
                    m.detach(|| to_strong.send(node)).unwrap();
                } else {
                    drop(node);
                }
                m.safepoint();
            }
            drop((to_weak, to_strong));
            let alive = m.detach(|| join(upgrader));
            m.detach(|| join(dropper));
            assert!(alive <= rounds);
        })
        .unwrap();
    });
}
