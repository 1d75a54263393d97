//! Real threads over shared slots, with everything that slots, stacks and lifetimes
//! can do, and collections all the time. The sequences of operations are the same in
//! every run; how they interleave is not.
#![cfg(all(feature = "gc", not(loom)))]

mod common;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use brc::{Finalize, Gc, GcSlot, GcWeak, Lifetime, Local, Mutator, OperandStack, Trace, heap};
use common::*;

/// The heap is one for all tests of a process: they take turns.
static TURN: Mutex<()> = Mutex::new(());

/// Runs `f` while no other test runs, on a heap that collects often, and demands that
/// it leaves nothing behind but what is immortal.
fn alone(f: impl FnOnce(&Tally)) {
    let _turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    heap::configure().automatic(true).collect_after(64).growth(10);
    let mortal = || {
        let stats = heap::stats();
        (stats.objects - stats.immortal_objects, stats.bytes - stats.immortal_bytes)
    };
    let before = mortal();
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
    assert_eq!(mortal(), before);
    assert_eq!((after.queued, after.pending, after.retired, after.mutators), (0, 0, 0, 0));
    assert_eq!(after.deferred_objects, 0);
}

type Handle = Gc<Node>;
type Slot = GcSlot<Node>;

/// Slots of an object.
const SLOTS: usize = 2;

#[derive(Trace)]
struct Node {
    slots: [Slot; SLOTS],
    end: Option<Gc<Last>>,
    #[trace(skip)]
    counted: Counted,
}

/// Is finalized when its node dies.
#[derive(Trace)]
#[trace(finalize)]
struct Last {
    /// Where its node leads to.
    back: Slot,
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
    given: AtomicUsize,
    /// Callbacks that were called, or dropped.
    over: AtomicUsize,
    /// What was made immortal.
    immortal: Mutex<Vec<Handle>>,
}

impl Finalize for Last {
    fn finalize(&self, m: &Mutator) {
        self.counted.check();
        assert!(!self.finalized.swap(true, SeqCst), "finalized twice");
        self.events.finalized.fetch_add(1, SeqCst);
        if let Some(back) = self.back.load(m) {
            look(back);
        }
        drop(self.back.take(m));
    }
}

/// Looks at an object, and at what it leads to, for a while.
fn look(node: Local<'_, Node>) {
    node.counted.check();
    for slot in &node.get().slots {
        // Only whether it is there: that takes no mutator.
        let _ = slot.is_empty();
    }
    node.counted.check();
}

/// Says that a callback is over.
struct Over(Arc<Events>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.over.fetch_add(1, SeqCst);
    }
}

struct Worker {
    random: Random,
    tally: Tally,
    events: Arc<Events>,
    slots: Arc<Vec<Slot>>,
    /// Everybody has these.
    classes: Arc<Vec<Handle>>,
    held: Vec<Handle>,
    weak: Vec<GcWeak<Node>>,
    stack: Option<OperandStack<Node>>,
    /// To the others, and to a thread that is never attached.
    send: Vec<mpsc::Sender<Handle>>,
    receive: mpsc::Receiver<Handle>,
}

impl Worker {
    fn new_node(&mut self, m: &Mutator) -> Handle {
        let lifetime =
            if self.random.below(6) == 0 { Lifetime::Deferred } else { Lifetime::Counted };
        let end = (self.random.below(8) == 0).then(|| {
            self.events.made.fetch_add(1, SeqCst);
            let back = self.held.last().cloned().into();
            let (events, counted) = (self.events.clone(), self.tally.payload());
            m.alloc(Last { back, events, finalized: AtomicBool::new(false), counted })
        });
        let slots = [self.pick(), self.pick()].map(GcSlot::from);
        m.alloc_with(Node { slots, end, counted: self.tally.payload() }, lifetime)
    }

    /// A handle, now and then.
    fn pick(&mut self) -> Option<Handle> {
        let all = self.held.len() + self.classes.len();
        let index = self.random.below(4 * all);
        self.held.iter().chain(&*self.classes).nth(index).cloned()
    }

    fn keep(&mut self, handle: Option<Handle>) {
        if self.held.len() > 10 {
            let index = self.random.below(self.held.len());
            self.held.swap_remove(index);
        }
        self.held.extend(handle);
    }

    /// Reads on from a shared slot, without counting, and says what slot that led to.
    fn walk<'a>(&mut self, m: &'a Mutator, shared: &'a [Slot]) -> &'a Slot {
        let mut slot = &shared[self.random.below(shared.len())];
        let mut seen = [None; 4];
        for place in &mut seen[..self.random.below(4)] {
            let Some(local) = slot.load(m) else { break };
            look(local);
            *place = Some(local);
            slot = &local.get().slots[self.random.below(SLOTS)];
        }
        // However others have unlinked them meanwhile.
        seen.into_iter().flatten().for_each(look);
        slot
    }

    /// Several operations between two safepoints.
    fn stretch(&mut self, m: &Mutator) {
        let shared = self.slots.clone();
        let kept = self.walk(m, &shared).load(m);
        for _ in 0..self.random.below(6) {
            self.operate(m, &shared);
        }
        if let Some(kept) = kept {
            look(kept);
            if self.random.below(4) == 0 {
                self.keep(Some(kept.to_gc()));
            }
        }
    }

    fn operate(&mut self, m: &Mutator, shared: &[Slot]) {
        let slot = self.walk(m, shared);
        match self.random.below(24) {
            0..6 => {
                let new = self.new_node(m);
                slot.store(m, new);
            }
            6 => slot.store(m, None),
            7..9 => {
                let taken = slot.take(m);
                self.keep(taken);
            }
            9..11 => {
                // From one slot to another, which may be one of its own.
                let to = self.walk(m, shared);
                let taken = slot.take(m);
                let old = to.swap(m, taken);
                drop(old);
            }
            11..13 => {
                let (current, new) = (slot.load(m), self.new_node(m));
                match slot.compare_exchange(m, current, new) {
                    Ok(old) => {
                        let same = old.as_ref().map(Gc::as_ptr) == current.map(Local::as_ptr);
                        assert!(same, "compare_exchange took something else");
                        drop(old);
                    }
                    Err(refused) => refused.current.into_iter().for_each(look),
                }
            }
            13 => {
                let new = self.pick();
                let old = slot.update(m, |old| {
                    old.into_iter().for_each(look);
                    new.clone()
                });
                self.keep(old);
            }
            14..16 => {
                let Some(local) = slot.load(m) else { return };
                let weak = if self.random.below(4) == 0 {
                    self.events.given.fetch_add(1, SeqCst);
                    let over = Over(self.events.clone());
                    let witness = local.to_gc().downgrade(m);
                    local.to_gc().downgrade_with(m, move |m| {
                        assert!(witness.upgrade(m).is_none());
                        drop(over);
                    })
                } else {
                    local.to_gc().downgrade(m)
                };
                self.weak.push(weak);
            }
            16..18 => {
                let Some(weak) = self.weak.pop() else { return };
                if let Some(strong) = weak.upgrade(m) {
                    look(strong.local(m));
                    if self.random.below(2) == 0 {
                        slot.store(m, strong);
                    }
                }
                if self.weak.len() < 12 {
                    self.weak.insert(0, weak);
                }
            }
            18..22 => {
                let local = slot.load(m);
                let mut stack = self.stack.take().unwrap_or_else(|| m.operand_stack());
                match (local, self.random.below(4)) {
                    (Some(local), 0 | 1) => stack.push_local(m, local),
                    (_, 2) => {
                        let popped = stack.pop(m);
                        self.keep(popped);
                    }
                    _ => {
                        let len = stack.len();
                        stack.truncate(m, len / 2);
                    }
                }
                stack.range(m, ..).for_each(look);
                if stack.len() < 20 {
                    self.stack = Some(stack);
                }
            }
            22 => {
                let class = self.classes[self.random.below(self.classes.len())].clone();
                let copies = vec![class; 5];
                copies.iter().for_each(|class| look(class.local(m)));
            }
            _ => {
                let to = self.random.below(self.send.len());
                if let Some(local) = slot.load(m) {
                    let _ = self.send[to].send(local.to_gc());
                }
                let received = self.receive.try_recv().ok();
                self.keep(received);
            }
        }
    }

    fn step(&mut self, m: &mut Mutator) {
        self.stretch(m);
        match self.random.below(64) {
            0..4 => {
                let held = std::mem::take(&mut self.held);
                m.detach(|| drop(held));
            }
            4 => drop(m.collect()),
            5 => {
                let one = self.pick();
                one.into_iter().for_each(|one| Gc::defer(&one, m));
            }
            6 => {
                // Others may store something in it, which stays until the end.
                let slots = [const { GcSlot::empty() }; SLOTS];
                let one = m.alloc(Node { slots, end: None, counted: Tally::new().payload() });
                let slot = &self.slots[self.random.below(self.slots.len())];
                let theirs = one.clone();
                m.detach(|| drop(theirs));
                Gc::immortalize(&one, m);
                self.events.immortal.lock().unwrap().push(one.clone());
                drop(slot.swap(m, one));
            }
            7 => {
                let stack = self.stack.take();
                m.detach(|| drop(stack));
            }
            8 => {
                // What lives must stay small, since collections visit it.
                self.held.clear();
                let slots = self.slots.clone();
                slots.iter().for_each(|slot| slot.store(m, None));
            }
            _ => m.safepoint(),
        }
    }
}

const THREADS: usize = 4;

/// Takes what comes, and clones and drops it; never attached.
fn unattached(receive: &mpsc::Receiver<Handle>, to: &[mpsc::Sender<Handle>]) {
    let mut held = Vec::new();
    for (round, handle) in receive.iter().enumerate() {
        if round % 3 == 0 {
            let _ = to[round % to.len()].send(handle.clone());
        }
        held.push(handle);
        if held.len() > 8 {
            drop(held.swap_remove(round % 8));
        }
    }
}

fn empty(m: &Mutator, node: &Handle) {
    node.get(m).slots.iter().for_each(|slot| slot.store(m, None));
}

#[test]
fn readers_and_writers_over_shared_slots_see_what_lives_and_leave_nothing() {
    let steps = size(100_000, 20_000, 100);
    alone(|tally| {
        let events = Arc::new(Events::default());
        let (slots, classes) = heap::attach(|m| {
            let new = |lifetime| {
                let slots = [const { GcSlot::empty() }; SLOTS];
                m.alloc_with(Node { slots, end: None, counted: tally.payload() }, lifetime)
            };
            let slots: Vec<Slot> = (0..6).map(|_| new(Lifetime::Counted).into()).collect();
            let classes: Vec<Handle> = (0..3).map(|_| new(Lifetime::Deferred)).collect();
            (Arc::new(slots), Arc::new(classes))
        })
        .unwrap();
        let (mut senders, receivers): (Vec<_>, Vec<_>) =
            (0..=THREADS).map(|_| mpsc::channel()).unzip();
        let mut receivers = receivers.into_iter();
        let workers = receivers.by_ref().take(THREADS).enumerate().map(|(seed, receive)| {
            let mut worker = Worker {
                random: Random::new(seed as u64 + 1),
                tally: tally.clone(),
                events: events.clone(),
                slots: slots.clone(),
                classes: classes.clone(),
                held: vec![],
                weak: vec![],
                stack: None,
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
        let stop = Arc::new(AtomicBool::new(false));
        let collector = {
            let stop = stop.clone();
            thread::spawn(move || {
                heap::attach(|m| {
                    while !stop.load(SeqCst) {
                        m.collect();
                        m.detach(|| thread::sleep(std::time::Duration::from_millis(1)));
                    }
                })
                .unwrap();
            })
        };
        workers.into_iter().for_each(join);
        join(others);
        stop.store(true, SeqCst);
        join(collector);
        heap::attach(|m| {
            let immortal = std::mem::take(&mut *events.immortal.lock().unwrap());
            classes.iter().chain(&immortal).for_each(|node| empty(m, node));
            drop((slots, classes));
            for _ in 0..4 {
                m.collect();
            }
        })
        .unwrap();
        let count = |n: &AtomicUsize| n.load(SeqCst);
        assert_eq!(count(&events.finalized), count(&events.made), "each once");
        assert_eq!(count(&events.over), count(&events.given), "each ran or was dropped");
    });
}

/// The same object goes in and out of slots, by counted handles, weak ones and
/// uncounted ones, and each round somebody should be the last.
#[test]
fn an_object_dies_once_whoever_looks_at_it() {
    let rounds = size(500_000, 60_000, 300);
    alone(|tally| {
        let slots: Arc<[GcSlot<Thing>; 2]> = Arc::default();
        let weak: Arc<Mutex<Option<GcWeak<Thing>>>> = Arc::default();
        let go = Arc::new(AtomicBool::new(true));
        let reader = {
            let (slots, go) = (slots.clone(), go.clone());
            thread::spawn(move || {
                let mut seen = 0_usize;
                heap::attach(|m| {
                    while go.load(SeqCst) {
                        for slot in &*slots {
                            let Some(local) = slot.load(m) else { continue };
                            local.0.check();
                            if seen.is_multiple_of(3) {
                                // Moves it, counted.
                                slots[seen % 2].store(m, local.to_gc());
                            }
                            local.0.check();
                            seen += 1;
                        }
                        m.safepoint();
                    }
                })
                .unwrap();
            })
        };
        let upgrader = {
            let (slots, go, weak) = (slots.clone(), go.clone(), weak.clone());
            thread::spawn(move || {
                let mut seen = 0_usize;
                heap::attach(|m| {
                    while go.load(SeqCst) {
                        let one = weak.lock().unwrap().clone();
                        if let Some(strong) = one.and_then(|weak| weak.upgrade(m)) {
                            strong.get(m).0.check();
                            seen += 1;
                            // In, out, and gone: others may have looked.
                            slots[seen % 2].store(m, strong);
                            let out = slots[seen % 2].take(m);
                            if seen.is_multiple_of(2) {
                                m.detach(|| drop(out));
                            }
                        }
                        m.safepoint();
                    }
                })
                .unwrap();
            })
        };
        heap::attach(|m| {
            for round in 0..rounds {
                let lifetime = if round % 5 == 0 { Lifetime::Deferred } else { Lifetime::Counted };
                let one = m.alloc_with(Thing(tally.payload()), lifetime);
                *weak.lock().unwrap() = Some(one.downgrade(m));
                slots[round % 2].store(m, one);
                if round % 2 == 0 {
                    drop(slots[round / 2 % 2].take(m));
                }
                m.safepoint();
            }
            go.store(false, SeqCst);
            m.detach(|| [reader, upgrader].into_iter().for_each(join));
            drop((slots, weak));
        })
        .unwrap();
    });
}

#[derive(Trace)]
struct Thing(#[trace(skip)] Counted);
