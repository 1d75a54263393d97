//! Programs for the heap, written in bytes, and what must come of them.
//!
//! Three actors, each a thread, hold handles in slots and do what the program says:
//! allocate, link, clone, drop, send, attach, leave, collect. The thread that reads
//! the program is a fourth, and never attached. It keeps a model: which slot and
//! which *lane* (edge) of which object refers to which object.
//!
//! An actor writes only its own lane of an object, so what two actors do commutes,
//! and the model holds without waiting for them. Checked are
//!
//! * always: what is looked at is alive, and is the object that it should be;
//!   what is reachable upgrades; a finalizer runs once, and sees living objects;
//! * at each `check`, when all actors are idle and the heap has been collected:
//!   exactly what is reachable is alive, and [`heap::stats`] and the snapshot
//!   say so, too.
//!
//! The first two bytes are settings, then each three are an instruction:
//! what, who and a slot, another slot or a detail.

mod actors;
mod model;
mod objects;

use std::mem;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use brc::{Gc, Mutator, heap};

use actors::{Actor, Command, wait};
use model::Model;
use objects::{Handle, Kind, Ledger, Manner, Strong, WeakHandle, lock};

const ACTORS: usize = 3;
/// The thread that reads the program: it has slots, but is never attached.
const OUTSIDER: usize = ACTORS;
const SLOTS: usize = 8;
const WEAK_SLOTS: usize = 4;
const OPERATIONS: u8 = 24;
/// Of one program; beyond it nothing is allocated.
const MOST_OBJECTS: usize = 1024;
/// Longer programs end there.
const MOST_INSTRUCTIONS: usize = 1000;
/// Longer than destructions nest.
const CHAIN: usize = 40;
/// How often a check collects until all is as it should be, where others drop
/// things at safepoints of their own.
const PATIENCE: usize = 100;

/// An instruction.
struct Order {
    who: usize,
    a: usize,
    b: usize,
    detail: u8,
}

struct Machine {
    model: Model,
    inside: [bool; ACTORS],
    actors: Vec<Sender<Command>>,
    outsider: Actor,
    ledger: Arc<Ledger>,
    /// Wait for each command to be done.
    in_step: bool,
    /// Idle actors are attached and pass safepoints, instead of being detached.
    polls: bool,
    /// Something was retired, so a collection may not be the end of it.
    retired: bool,
}

impl Machine {
    /// Has somebody do something.
    fn tell(
        &mut self,
        who: usize,
        f: impl FnOnce(&mut Actor, Option<&mut Mutator>) + Send + 'static,
    ) {
        if who == OUTSIDER {
            return self.outsider.obey(Box::new(f), None);
        }
        self.actors[who].send(Box::new(f)).expect("actors run to the end");
        if self.in_step {
            self.wait_for(who);
        }
    }

    /// As `tell`, by who is attached.
    fn tell_inside(
        &mut self,
        who: usize,
        f: impl FnOnce(&mut Actor, &mut Mutator) + Send + 'static,
    ) {
        self.tell(who, |actor, m| f(actor, m.expect("the model says who is attached")));
    }

    /// Waits until an actor has done all that it was told.
    fn wait_for(&self, who: usize) {
        let (done, is_done) = channel();
        let report = move |_: &mut Actor, _: Option<&mut Mutator>| done.send(()).unwrap();
        self.actors[who].send(Box::new(report)).expect("actors run to the end");
        is_done.recv().expect("actors run to the end");
    }

    /// Keeps an actor detached until the result is dropped.
    fn put_to_sleep(&self, who: usize) -> Sender<()> {
        let (tell, asleep) = channel();
        let (wake, awake) = channel();
        let sleep = move |actor: &mut Actor, m: Option<&mut Mutator>| {
            let m = m.expect("the model says who is attached");
            // The error is what ends the sleep.
            let _ = wait(m, &actor.ledger, || {
                tell.send(()).unwrap();
                awake.recv()
            });
        };
        self.actors[who].send(Box::new(sleep)).expect("actors run to the end");
        asleep.recv().expect("actors run to the end");
        wake
    }

    fn is_inside(&self, who: usize) -> bool {
        who != OUTSIDER && self.inside[who]
    }

    fn execute(&mut self, operation: u8, order: &Order) {
        let &Order { who, a, b, detail } = order;
        let weak = a % WEAK_SLOTS;
        let inside = self.is_inside(who);
        let held = self.model.slots[who][a];
        match (operation % OPERATIONS, held) {
            (0 | 1, _) if inside => self.allocate(order),
            (2, Some(_)) => {
                self.model.slots[who][b] = held;
                self.tell(who, move |actor, _| actor.put(b, Some(actor.held(a))));
            }
            (3, Some(_)) => {
                self.model.slots[who][a] = None;
                self.tell(who, move |actor, _| actor.put(a, None));
            }
            (4..=6, Some(id)) if inside => self.link(who, id, order, operation % OPERATIONS == 6),
            (7, Some(id)) if inside => {
                let target = self.model.lanes[id][who];
                self.model.slots[who][b] = target;
                self.tell_inside(who, move |actor, m| {
                    let (from, ledger) = (actor.held(a), actor.ledger.clone());
                    let found = from.replace(m, actor.me, &ledger, None);
                    from.replace(m, actor.me, &ledger, found.clone());
                    assert_eq!(found.as_ref().map(|found| found.id), target, "followed a lane");
                    actor.put(b, found);
                    actor.trash.push(Box::new(from));
                });
            }
            (8, Some(id)) if inside => {
                let weak = b % WEAK_SLOTS;
                self.model.weak[who][weak] = Some(id);
                self.tell_inside(who, move |actor, m| {
                    let handle = actor.slots[a].as_ref().expect("taken");
                    let handle = if detail & 1 == 0 {
                        handle.downgrade(m)
                    } else {
                        with_callback(handle, m, actor.ledger.clone())
                    };
                    actor.put_weak(weak, Some(handle));
                });
            }
            (9, _) if inside => self.upgrade(who, weak, b),
            (10, _) => {
                let other = b % WEAK_SLOTS;
                self.model.weak[who][other] = self.model.weak[who][weak];
                self.tell(who, move |actor, _| actor.put_weak(other, actor.weak[weak].clone()));
            }
            (11, _) => {
                self.model.weak[who][weak] = None;
                self.tell(who, move |actor, _| actor.put_weak(weak, None));
            }
            (12 | 13, Some(id)) => self.hand_over(order, id),
            (14, _) if inside => self.tell_inside(who, |_, m| m.safepoint()),
            (15, Some(_)) if inside => {
                self.model.slots[who][a] = None;
                self.tell_inside(who, move |actor, m| {
                    let mut handle = actor.slots[a].take();
                    wait(m, &actor.ledger.clone(), || {
                        // In there, the thread is not attached.
                        actor.ledger.guarded(|| drop(handle.take()));
                    });
                });
            }
            (16, _) if who != OUTSIDER => {
                self.inside[who] ^= true;
                self.tell(who, |actor, _| actor.inside ^= true);
            }
            (17, _) if inside => self.tell_inside(who, move |_, m| {
                let collected = if detail & 1 == 0 { m.collect() } else { m.collect_full() };
                assert!(!collected.skipped, "an explicit collection was skipped");
            }),
            (18, Some(id)) if inside => self.exchange(who, id, a, b),
            (19, Some(id)) if inside && self.model.kinds[id] == Kind::Body => {
                self.model.lanes[id][who] = None;
                self.tell_inside(who, move |actor, m| empty_in_a_section(actor, a, detail, m));
            }
            (20, _) if inside => self.chain(order),
            (21, Some(id)) if inside => self.count(who, a, id),
            (22, Some(_)) if inside => {
                self.retired = true;
                self.model.slots[who][a] = None;
                self.tell_inside(who, move |actor, m| m.retire(actor.slots[a].take()));
            }
            (23, _) => self.check(Some(who)),
            _ => {}
        }
    }

    fn allocate(&mut self, &Order { who, a, b, detail }: &Order) {
        let kind = Kind::of(b as u8 | detail << 3);
        let Some(id) = self.model.add(kind) else { return };
        self.model.slots[who][a] = Some(id);
        // Most die quietly.
        let manner = Manner {
            drop_panics: detail == 31,
            finalizer_panics: detail == 30,
            finalizer_saves: detail % 4 == 1,
        };
        self.tell_inside(who, move |actor, m| {
            actor.put(a, Some(Handle::new(m, &actor.ledger, id, kind, manner)));
        });
    }

    /// Has `id`, in slot `a`, refer to what is in slot `b`.
    fn link(&mut self, who: usize, id: usize, &Order { a, b, .. }: &Order, moves: bool) {
        let target = self.model.slots[who][b];
        if !self.model.kinds[id].has_lanes() {
            return;
        }
        let moves = moves && a != b;
        self.model.lanes[id][who] = target;
        if moves {
            self.model.slots[who][b] = None;
        }
        self.tell_inside(who, move |actor, m| {
            let from = actor.held(a);
            let to = if moves { actor.slots[b].take() } else { actor.slots[b].clone() };
            let old = from.replace(m, actor.me, &actor.ledger, to);
            actor.trash.push(Box::new((from, old)));
        });
    }

    fn upgrade(&mut self, who: usize, weak: usize, to: usize) {
        let Some(id) = self.model.weak[who][weak] else { return };
        let (tell, upgraded) = channel();
        self.tell_inside(who, move |actor, m| {
            let handle = actor.weak[weak].as_ref().expect("taken").upgrade(m);
            tell.send(handle.is_some()).unwrap();
            if handle.is_some() {
                actor.put(to, handle);
            }
        });
        if upgraded.recv().expect("actors run to the end") {
            self.model.slots[who][to] = Some(id);
        } else if self.model.reachable()[id] {
            self.ledger.fail(format!("a weak handle to {id}, which is reachable, is dead"));
        }
    }

    /// Moves a handle to another thread.
    fn hand_over(&mut self, &Order { who, a, b, detail }: &Order, id: usize) {
        let to = usize::from(detail) % (ACTORS + 1);
        if to == who {
            return;
        }
        self.model.slots[who][a] = None;
        self.model.slots[to][b] = Some(id);
        let (send, receive) = channel();
        self.tell(who, move |actor, _| send.send(actor.slots[a].take()).unwrap());
        self.tell(to, move |actor, m| {
            let handle = match m {
                Some(m) => wait(m, &actor.ledger, || receive.recv()),
                None => receive.recv(),
            };
            actor.put(b, handle.expect("the sender runs to the end"));
        });
    }

    /// Exchanges the lanes of two objects, with both locked.
    fn exchange(&mut self, who: usize, id: usize, a: usize, b: usize) {
        let Some(other) = self.model.slots[who][b] else { return };
        let are_bodies = [id, other].iter().all(|id| self.model.kinds[*id] == Kind::Body);
        if id == other || !are_bodies {
            return;
        }
        let old = mem::take(&mut self.model.lanes[id][who]);
        self.model.lanes[id][who] = mem::replace(&mut self.model.lanes[other][who], old);
        self.tell_inside(who, move |actor, m| {
            let (first, second) = (actor.held(a), actor.held(b));
            let (Strong::Body(gc), Strong::Body(other)) = (&first.gc, &second.gc) else {
                panic!("objects of another kind than they should be");
            };
            actor.ledger.insisted(|| {
                let mut both = m.lock2(gc, other);
                let (left, right) = both.values();
                left.tag.check(first.id);
                right.tag.check(second.id);
                mem::swap(&mut left.lanes[actor.me], &mut right.lanes[actor.me]);
            });
            actor.trash.push(Box::new((first, second)));
        });
    }

    /// Makes a chain of objects, closed to a ring or not.
    fn chain(&mut self, &Order { who, a, b, detail }: &Order) {
        let first = self.model.kinds.len();
        if first + CHAIN > MOST_OBJECTS {
            return;
        }
        let closed = detail & 1 == 0;
        let kind = if b == 0 { Kind::Node } else { Kind::Body };
        for id in first..first + CHAIN {
            self.model.add(kind);
            self.model.lanes[id][who] = (id != first).then(|| id - 1);
        }
        if closed {
            self.model.lanes[first][who] = Some(first + CHAIN - 1);
        }
        self.model.slots[who][a] = Some(first + CHAIN - 1);
        let manner = Manner { drop_panics: false, finalizer_panics: false, finalizer_saves: false };
        self.tell_inside(who, move |actor, m| {
            let oldest = Handle::new(m, &actor.ledger, first, kind, manner);
            let mut head = oldest.clone();
            for id in first + 1..first + CHAIN {
                let next = Handle::new(m, &actor.ledger, id, kind, manner);
                next.replace(m, actor.me, &actor.ledger, Some(head));
                head = next;
            }
            if closed {
                oldest.replace(m, actor.me, &actor.ledger, Some(head.clone()));
            }
            drop(oldest);
            actor.put(a, Some(head));
        });
    }

    /// Compares counts, and takes the object for writing if it is unique.
    fn count(&mut self, who: usize, a: usize, id: usize) {
        let references = |model: &Model| {
            let lanes = model.lanes.iter().zip(model.reachable()).filter(|(_, reached)| *reached);
            let inner = lanes.flat_map(|(lanes, _)| lanes).flatten().copied();
            inner.chain(model.roots()).filter(|target| *target == id).count()
        };
        let least = if self.in_step { references(&self.model) } else { 0 };
        self.tell_inside(who, move |actor, m| {
            let Some(Handle { gc, .. }) = &mut actor.slots[a] else {
                panic!("nothing in slot {a}")
            };
            let (count, unique) = match gc {
                Strong::Node(gc) => (Gc::strong_count(gc), Gc::get_mut(gc, m).is_some()),
                Strong::Shown(gc) => (Gc::strong_count(gc), Gc::get_mut(gc, m).is_some()),
                Strong::Slice(gc) => (Gc::strong_count(gc), Gc::get_mut(gc, m).is_some()),
                Strong::Body(gc) => (Gc::strong_count(gc), Gc::get_mut(gc, m).is_some()),
                Strong::Leaf(gc) => (Gc::strong_count(gc), Gc::get_mut(gc, m).is_some()),
            };
            assert!(count >= least, "{count} references to {id}, which has {least}");
            assert!(!unique || least <= 1, "{id} has {least} references, and is unique");
        });
    }

    /// Has somebody collect, and compares the heap with the model.
    fn check(&mut self, by: Option<usize>) {
        let patience = if self.polls || self.retired { PATIENCE } else { 0 };
        let mut rounds = 0;
        while let Some(difference) = self.difference(by) {
            assert!(rounds < patience, "{difference}");
            rounds += 1;
        }
        self.retired = false;
    }

    /// Collects until nothing panics and nothing is saved any more, and compares.
    fn difference(&mut self, by: Option<usize>) -> Option<String> {
        loop {
            for who in 0..ACTORS {
                if self.inside[who] {
                    self.tell_inside(who, |_, m| m.safepoint());
                }
                self.wait_for(who);
            }
            let _asleep: Vec<_> = (0..ACTORS)
                .filter(|who| self.inside[*who] && by != Some(*who) && !self.polls)
                .map(|who| self.put_to_sleep(who))
                .collect();
            let mut calm = self.collect(by);
            let saved = mem::take(&mut *lock(&self.ledger.risen));
            calm &= saved.is_empty();
            for (slot, handle) in saved.into_iter().enumerate() {
                let slot = slot % SLOTS;
                self.model.slots[OUTSIDER][slot] = Some(handle.id);
                self.outsider.obey(Box::new(move |actor, _| actor.put(slot, Some(handle))), None);
            }
            let mut difference = None;
            let (model, ledger) = (&self.model, &self.ledger);
            calm = calm
                && ledger.guarded(|| {
                    heap::attach(|m| difference = model.differs(m, ledger)).unwrap();
                });
            if let Some(failure) = lock(&ledger.failure).take() {
                panic!("{failure}");
            }
            if calm {
                return difference;
            }
        }
    }

    /// Collects, on an actor's thread if it is attached, else on this one. Says
    /// whether nothing panicked.
    fn collect(&mut self, by: Option<usize>) -> bool {
        match by {
            Some(who) if self.is_inside(who) => {
                let (tell, told) = channel();
                self.tell_inside(who, move |actor, m| {
                    let ledger = actor.ledger.clone();
                    tell.send(ledger.guarded(|| drop(m.collect()))).unwrap();
                });
                told.recv().expect("actors run to the end")
            }
            _ => self.ledger.guarded(|| drop(heap::attach(|m| m.collect()).unwrap())),
        }
    }

    fn drop_everything(&mut self) {
        for who in 0..=ACTORS {
            for slot in 0..SLOTS {
                self.model.slots[who][slot] = None;
                self.tell(who, move |actor, _| actor.put(slot, None));
            }
            for slot in 0..WEAK_SLOTS {
                self.tell(who, move |actor, _| actor.put_weak(slot, None));
            }
        }
    }
}

/// A weak handle that makes sure, when it is called, that the object is out of reach.
fn with_callback(handle: &Handle, m: &Mutator, ledger: Arc<Ledger>) -> WeakHandle {
    let witness = handle.downgrade(m);
    handle.downgrade_with(m, move |m| {
        let id = witness.id;
        if witness.upgrade(m).is_some() {
            ledger.fail(format!("the callback of {id} was called, and it can be upgraded"));
        }
    })
}

/// Empties a lane while the object is locked, after maybe giving the lock up for a while.
fn empty_in_a_section(actor: &Actor, slot: usize, detail: u8, m: &mut Mutator) {
    let handle = actor.held(slot);
    let Strong::Body(gc) = &handle.gc else { panic!("an object of another kind") };
    let ledger = &actor.ledger;
    ledger.insisted(|| {
        let mut section = m.lock(gc);
        match detail % 3 {
            0 => {}
            1 => section.suspend(|m| m.safepoint()),
            _ => section.suspend(|m| drop(m.collect())),
        }
        section.tag.check(handle.id);
        let old = section.lanes[actor.me].take();
        ledger.guarded(|| drop(old));
    });
    ledger.guarded(|| drop(handle));
}

/// Runs a program.
///
/// # Panics
///
/// If the heap does not do as it should.
pub(crate) fn run(program: &[u8]) {
    let Some(([flags, limit], program)) = program.split_first_chunk() else { return };
    let polls = flags & 2 != 0;
    heap::configure()
        .automatic(flags & 4 != 0)
        .collect_after(1 + usize::from(limit % 64))
        .growth(usize::from(limit / 64) * 50);
    let ledger = Ledger::new();
    thread::scope(|s| {
        let (actors, threads): (Vec<_>, Vec<_>) = (0..ACTORS)
            .map(|me| {
                let actor = Actor::new(me, &ledger);
                let (send, receive) = channel();
                (send, s.spawn(move || actor.run(&receive, polls)))
            })
            .unzip();
        let mut machine = Machine {
            model: Model::default(),
            inside: [true; ACTORS],
            actors,
            outsider: Actor::new(OUTSIDER, &ledger),
            ledger: ledger.clone(),
            in_step: flags & 1 != 0,
            polls,
            retired: false,
        };
        for &[operation, first, second] in program.as_chunks().0.iter().take(MOST_INSTRUCTIONS) {
            let order = Order {
                who: usize::from(first & 3),
                a: usize::from(first >> 2 & 7),
                b: usize::from(second & 7),
                detail: second >> 3,
            };
            machine.execute(operation, &order);
        }
        // What a finalizer saves at the end is to be dropped, too.
        loop {
            machine.drop_everything();
            machine.check(None);
            if machine.model.roots().next().is_none() {
                break;
            }
        }
        drop(machine);
        // So that what the threads themselves had is gone, too, which a scope does
        // not wait for.
        threads.into_iter().for_each(|thread| thread.join().expect("actors run to the end"));
    });
}

/// A program for a seed. Each prefers a few operations, different ones.
#[must_use]
pub(crate) fn generate(seed: u64, instructions: usize) -> Vec<u8> {
    let mut state = seed;
    // SplitMix64.
    let mut random = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let mut program = vec![random() as u8, random() as u8];
    let preferred: Vec<u8> = (0..4).map(|_| random() as u8 % OPERATIONS).collect();
    // What a program can hardly do without: allocate, copy, link, drop.
    let basic = [0, 0, 0, 2, 3, 4, 5, 6, 7, 12];
    for _ in 0..instructions {
        let pick = random();
        let operation = match pick % 8 {
            0..=3 => basic[(pick >> 8) as usize % basic.len()],
            4..=5 => preferred[(pick >> 8) as usize % preferred.len()],
            _ => (pick >> 8) as u8 % OPERATIONS,
        };
        program.extend([operation, (pick >> 16) as u8, (pick >> 24) as u8]);
    }
    program
}
