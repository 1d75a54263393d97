//! Real threads, random operations, every item of the pointers, over shared
//! slots. The sequences of operations are the same in every run; how they
//! interleave is not.

mod common;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;

use brc::{Brc, UniqueBrc, Weak};
use common::*;

const THREADS: usize = 4;
const SLOTS: usize = 32;

/// What objects hold: other objects, so that destructors drop handles.
#[derive(Clone)]
struct Payload {
    counted: Counted,
    number: u64,
    next: Option<Brc<Payload>>,
    weak: Option<Weak<Payload>>,
}

impl Payload {
    fn new(tally: &Tally, random: &mut Random) -> Self {
        Self { counted: tally.payload(), number: random.next(), next: None, weak: None }
    }

    fn check(&self) {
        self.counted.check();
        if let Some(next) = &self.next {
            next.counted.check();
        }
    }
}

#[derive(Default)]
struct Slots {
    strong: [Mutex<Option<Brc<Payload>>>; SLOTS],
    weak: [Mutex<Option<Weak<Payload>>>; SLOTS],
}

/// One thread's hands: a few handles.
struct Worker {
    random: Random,
    tally: Tally,
    slots: Arc<Slots>,
    held: VecDeque<Brc<Payload>>,
}

impl Worker {
    fn new(seed: usize, tally: &Tally, slots: &Arc<Slots>) -> Self {
        Self {
            random: Random::new(seed as u64 + 1),
            tally: tally.clone(),
            slots: slots.clone(),
            held: VecDeque::new(),
        }
    }

    fn payload(&mut self) -> Payload {
        Payload::new(&self.tally, &mut self.random)
    }

    fn make(&mut self) -> Brc<Payload> {
        let mut payload = self.payload();
        if self.random.below(4) == 0 {
            // No cycles: what is held is older than what is made.
            payload.next = self.held.front().cloned();
        }
        if self.random.below(4) == 0 {
            payload.weak = self.held.back().map(Brc::downgrade);
        }
        match self.random.below(8) {
            0 => Brc::new_merged(payload),
            1 => UniqueBrc::into_brc(UniqueBrc::new(payload)),
            2 => UniqueBrc::into_brc_merged(UniqueBrc::new(payload)),
            3 => Brc::from(Box::new(payload)),
            4 => Brc::new_cyclic(|weak| {
                assert!(weak.upgrade().is_none());
                payload.weak = Some(weak.clone());
                payload
            }),
            _ => Brc::new(payload),
        }
    }

    /// A handle, from a hand or from a slot or new.
    fn get(&mut self) -> Brc<Payload> {
        let slot = self.random.below(SLOTS);
        let found = match self.random.below(3) {
            0 => self.held.pop_front(),
            1 => self.slots.strong[slot].lock().unwrap().clone(),
            _ => self.slots.strong[slot].lock().unwrap().take(),
        };
        found.unwrap_or_else(|| self.make())
    }

    fn keep(&mut self, object: Brc<Payload>) {
        object.check();
        if self.held.len() > 8 {
            self.held.pop_back();
        }
        self.held.push_front(object);
    }

    fn step(&mut self) {
        let slot = self.random.below(SLOTS);
        let mut object = self.get();
        object.check();
        match self.random.below(24) {
            0..4 => {
                let before = self.slots.strong[slot].lock().unwrap().replace(object);
                drop(before);
            }
            4..6 => self.keep(object),
            6 => {
                self.keep(object.clone());
                let clones = vec![object; 3];
                clones.iter().for_each(|clone| clone.check());
            }
            7 => {
                let weak = Brc::downgrade(&object);
                assert!(weak.upgrade().is_some());
                drop(self.slots.weak[slot].lock().unwrap().replace(weak));
            }
            8..10 => {
                let weak = self.slots.weak[slot].lock().unwrap().clone();
                if let Some(object) = weak.as_ref().and_then(Weak::upgrade) {
                    object.check();
                    self.keep(object);
                }
                if let Some(weak) = weak {
                    let _ = (weak.strong_count(), weak.weak_count());
                    // SAFETY: it came from `into_raw`.
                    drop(unsafe { Weak::from_raw(weak.clone().into_raw()) });
                }
            }
            10 => drop(self.slots.weak[slot].lock().unwrap().take()),
            11 => match Brc::try_unwrap(object) {
                Ok(payload) => payload.check(),
                Err(object) => self.keep(object),
            },
            12 => {
                if let Some(payload) = Brc::into_inner(object) {
                    payload.check();
                }
            }
            13 => {
                if let Some(payload) = Brc::get_mut(&mut object) {
                    // Nobody else looks, or ThreadSanitizer says so.
                    payload.number = payload.number.wrapping_add(1);
                    payload.check();
                }
                self.keep(object);
            }
            14 => {
                let payload = Brc::make_mut(&mut object);
                payload.number = payload.number.wrapping_add(1);
                payload.next = None;
                self.keep(object);
            }
            15 => Brc::unwrap_or_clone(object).check(),
            16 => {
                Brc::share(&object);
                self.keep(object);
            }
            17 => {
                // SAFETY: it came from `into_raw`.
                let object = unsafe { Brc::from_raw(Brc::into_raw(object)) };
                let at = Brc::as_ptr(&object);
                // SAFETY: of a live object.
                unsafe { Brc::increment_strong_count(at) };
                // SAFETY: the reference made just now.
                unsafe { Brc::decrement_strong_count(at) };
            }
            18 => {
                assert!(Brc::strong_count(&object) >= 1);
                let _ = (Brc::weak_count(&object), Brc::is_owner(&object));
                assert!(Brc::ptr_eq(&object, &object.clone()));
            }
            19 => brc::merge(),
            20 => {
                let mut inside = Worker {
                    random: self.random.clone(),
                    tally: self.tally.clone(),
                    slots: self.slots.clone(),
                    held: std::mem::take(&mut self.held),
                };
                brc::detach(|| {
                    drop(object);
                    for _ in 0..self.random.below(4) {
                        inside.step();
                    }
                    thread::yield_now();
                });
                self.random = inside.random.clone();
                self.held = std::mem::take(&mut inside.held);
            }
            21 => {
                // Handles of other types, in the same queues.
                let slice: Brc<[Brc<Payload>]> = Brc::from(vec![object.clone(), object]);
                let boxed = Box::new(slice) as Box<dyn std::any::Any + Send + Sync>;
                let any: Brc<dyn std::any::Any + Send + Sync> = Brc::from(boxed);
                drop(any);
            }
            _ => drop(object),
        }
    }
}

#[test]
fn random_operations_over_shared_slots() {
    let (generations, steps) = (size(30, 15, 2), size(60_000, 15_000, 150));
    let tally = Tally::new();
    let slots = Arc::new(Slots::default());
    for generation in 0..generations {
        // Threads come and go; their objects stay in the slots.
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let mut worker = Worker::new(generation * THREADS + thread, &tally, &slots);
                spawn(move || (0..steps).for_each(|_| worker.step()))
            })
            .collect();
        threads.into_iter().for_each(join);
    }
    for slot in &slots.strong {
        if let Some(object) = &*slot.lock().unwrap() {
            object.check();
        }
    }
    drop(slots);
    // All other owners are gone, and this thread has none in its queue.
    brc::merge();
    assert_eq!(tally.live(), 0);
}

/// Threads that make objects and pass them on in a ring; each is dropped by
/// another thread than it was made by, most while that one is busy, blocked or gone.
#[test]
fn objects_go_round() {
    let (laps, n) = (size(2000, 300, 3), 200);
    let tally = Tally::new();
    let ring: Arc<[Mutex<Vec<Brc<Payload>>>; THREADS]> = Arc::default();
    let threads: Vec<_> = (0..THREADS)
        .map(|me| {
            let (ring, tally) = (ring.clone(), tally.clone());
            spawn(move || {
                let mut random = Random::new(me as u64 + 100);
                for _ in 0..laps {
                    let mut objects = std::mem::take(&mut *ring[me].lock().unwrap());
                    for object in &objects {
                        object.check();
                    }
                    objects.truncate(random.below(n));
                    let clones: Vec<_> =
                        objects.iter().filter(|_| random.below(2) == 0).cloned().collect();
                    drop(objects);
                    let made = (0..n).map(|_| Brc::new(Payload::new(&tally, &mut random)));
                    let made: Vec<_> = made.collect();
                    let mut next = ring[(me + 1) % THREADS].lock().unwrap();
                    next.extend(clones);
                    next.extend(made.iter().cloned());
                    drop(next);
                    if random.below(2) == 0 {
                        brc::detach(|| drop(made));
                    }
                }
            })
        })
        .collect();
    threads.into_iter().for_each(join);
    drop(ring);
    assert_eq!(tally.live(), 0);
}

/// Upgrades against the last drop, by owner and strangers.
#[test]
fn weak_handles_are_upgraded_while_the_last_strong_one_goes() {
    let rounds = size(200_000, 20_000, 100);
    let tally = Tally::new();
    let slot: Arc<Mutex<Option<Weak<Payload>>>> = Arc::default();
    let stop = Arc::new(AtomicBool::new(false));
    let strangers: Vec<_> = (0..2)
        .map(|_| {
            let (slot, stop) = (slot.clone(), stop.clone());
            spawn(move || {
                let mut upgraded = 0;
                while !stop.load(SeqCst) {
                    let weak = slot.lock().unwrap().clone();
                    if let Some(object) = weak.and_then(|weak| weak.upgrade()) {
                        object.check();
                        upgraded += 1;
                    }
                    thread::yield_now();
                }
                upgraded
            })
        })
        .collect();
    let theirs = tally.clone();
    let owner = spawn(move || {
        let mut random = Random::new(7);
        for round in 0..rounds {
            let object = Brc::new(Payload::new(&theirs, &mut random));
            *slot.lock().unwrap() = Some(Brc::downgrade(&object));
            if round % 3 == 0 {
                thread::yield_now();
            }
            match round % 4 {
                0 => drop(Brc::try_unwrap(object)),
                1 => brc::detach(|| drop(object)),
                2 => drop((object.clone(), object)),
                _ => drop(object),
            }
        }
        *slot.lock().unwrap() = None;
    });
    join(owner);
    stop.store(true, SeqCst);
    for stranger in strangers {
        let _: usize = join(stranger);
    }
    assert_eq!(tally.live(), 0);
}

#[global_allocator]
static LEDGER: Ledger = Ledger;
