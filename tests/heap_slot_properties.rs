//! Random programs over slots, uncounted references, operand stacks and all
//! lifetimes, against a model of what they can reach.
//!
//! Several threads take part, one step at a time, so that each program runs the same
//! way each time. Between two safepoints of its own a thread keeps uncounted
//! references, while the others go on. After each step nothing that the program can
//! reach, or that a thread has an uncounted reference to, may be dead or finalized;
//! after a collection exactly what can be reached is alive.
//!
//! See `heap_properties.rs` for what has to do with counting alone.
#![cfg(all(feature = "gc", not(loom)))]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, mpsc};
use std::thread::{self, JoinHandle};

use brc::heap::{self, Stats};
use brc::{Finalize, Gc, GcSlot, GcWeak, Lifetime, Local, Mutator, OperandStack, Trace};
use common::size;
use proptest::prelude::*;

// ------------------------------------------------------------------- payloads

/// What happened to the objects of a program, by their numbers.
#[derive(Clone, Default)]
struct Lives(Arc<Mutex<Log>>);

#[derive(Default)]
struct Log {
    alive: Vec<bool>,
    finalized: Vec<u32>,
    /// How often each callback was called, by a number of its own.
    called: Vec<u32>,
    /// What finalizers kept.
    saved: Vec<(usize, Handle)>,
    errors: Vec<String>,
}

impl Lives {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// In destructors and finalizers nobody should panic.
    fn demand(&self, what: bool, or: impl FnOnce() -> String) {
        if !what {
            self.log().errors.push(or());
        }
    }

    fn node(&self) -> Node {
        let mut log = self.log();
        log.alive.push(true);
        log.finalized.push(0);
        let life = Life { number: log.alive.len() - 1, canary: CANARY, lives: self.clone() };
        Node { slots: [GcSlot::empty(), GcSlot::empty()], field: Mutex::default(), life }
    }

    fn living(&self) -> BTreeSet<usize> {
        let log = self.log();
        (0..log.alive.len()).filter(|&number| log.alive[number]).collect()
    }

    fn is_alive(&self, number: usize) -> bool {
        self.log().alive[number]
    }
}

const CANARY: u64 = 0x5afe_5afe_5afe_5afe;

struct Life {
    number: usize,
    canary: u64,
    lives: Lives,
}

impl Life {
    fn check(&self) {
        let fine = self.canary == CANARY && self.lives.is_alive(self.number);
        self.lives.demand(fine, || format!("a dead object was looked at: {}", self.number));
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.check();
        // Volatile, or it would be optimized away.
        // SAFETY: a field of ours.
        unsafe { std::ptr::write_volatile(&raw mut self.canary, !CANARY) };
        self.lives.log().alive[self.number] = false;
    }
}

/// Slots of an object.
const SLOTS: usize = 2;

#[derive(Trace)]
struct Node {
    slots: [Slot; SLOTS],
    field: Mutex<Vec<Handle>>,
    #[trace(skip)]
    life: Life,
}

trait Thing: Send + Sync {
    fn node(&self) -> &Node;

    /// Tells it who it is.
    fn know(&self, _: GcWeak<dyn Thing>) {}
}

impl dyn Thing {
    fn number(&self) -> usize {
        self.node().life.check();
        self.node().life.number
    }
}

type Handle = Gc<dyn Thing>;
type Slot = GcSlot<dyn Thing>;
type Stack = OperandStack<dyn Thing>;
type Locals<'a> = Vec<Local<'a, dyn Thing + 'static>>;

#[derive(Trace)]
struct Plain(Node);

#[derive(Trace)]
#[trace(finalize)]
struct Final {
    node: Node,
    #[trace(skip)]
    saves: bool,
    #[trace(skip)]
    myself: OnceLock<GcWeak<dyn Thing>>,
}

impl Thing for Plain {
    fn node(&self) -> &Node {
        &self.0
    }
}

impl Thing for Final {
    fn node(&self) -> &Node {
        &self.node
    }
    fn know(&self, myself: GcWeak<dyn Thing>) {
        assert!(self.myself.set(myself).is_ok());
    }
}

impl Finalize for Final {
    fn finalize(&self, m: &Mutator) {
        let Node { slots, field, life } = &self.node;
        life.check();
        life.lives.log().finalized[life.number] += 1;
        for local in slots.iter().filter_map(|slot| slot.load(m)) {
            local.number();
        }
        for handle in &*field.lock().unwrap() {
            handle.get(m).number();
        }
        if self.saves {
            // Itself, which it can if it was not found by the collector, and another.
            let myself = self.myself.get().and_then(|weak| weak.upgrade(m));
            let first = slots[0].load(m).map(Local::to_gc);
            for handle in [myself, first].into_iter().flatten() {
                let number = handle.get(m).number();
                life.lives.log().saved.push((number, handle));
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Plain,
    Final,
    /// Its finalizer keeps things.
    Saves,
}

fn make(m: &Mutator, kind: Kind, lifetime: Lifetime, lives: &Lives) -> Handle {
    let node = lives.node();
    match kind {
        Kind::Plain => m.alloc_dyn_with(Plain(node), |it| it, lifetime),
        Kind::Final | Kind::Saves => {
            let saves = kind == Kind::Saves;
            let value = Final { node, saves, myself: OnceLock::new() };
            let it: Handle = m.alloc_dyn_with(value, |it| it, lifetime);
            if saves {
                it.get(m).know(it.downgrade(m));
            }
            it
        }
    }
}

// -------------------------------------------------------------------- threads

/// Something to do between two safepoints, with the uncounted references that the
/// thread keeps, and the slots that all share.
type Job = Box<dyn for<'a> FnOnce(&'a Mutator, &mut Locals<'a>, &'a [Slot]) + Send>;

/// Something to do that ends the time of the references.
type Pause = Box<dyn FnOnce(&mut Mutator) + Send>;

enum Order {
    Work(Job),
    /// And whether to wait detached for what comes next.
    Pause(Pause, bool),
}

/// A thread that does as it is told.
struct Player {
    orders: mpsc::Sender<Order>,
    done: mpsc::Receiver<()>,
    thread: JoinHandle<()>,
    detached: bool,
    /// What its uncounted references refer to.
    locals: Vec<usize>,
}

impl Player {
    fn new(slots: Arc<[Slot]>) -> Self {
        let (orders, queue) = mpsc::channel();
        let (tell, done) = mpsc::channel();
        let thread = thread::spawn(move || {
            heap::attach(|m| while_told(m, &slots, &queue, &tell)).unwrap();
        });
        let player = Self { orders, done, thread, detached: true, locals: Vec::new() };
        player.wait()
    }

    fn wait(self) -> Self {
        if self.done.recv().is_ok() {
            return self;
        }
        resume_unwind(self.thread.join().expect_err("it ended by itself"));
    }

    fn order(self, order: Order) -> Self {
        self.orders.send(order).unwrap();
        self.wait()
    }

    fn exit(self) {
        drop(self.orders);
        self.thread.join().unwrap_or_else(|panic| resume_unwind(panic));
    }
}

fn while_told(
    m: &mut Mutator,
    slots: &[Slot],
    queue: &mpsc::Receiver<Order>,
    tell: &mpsc::Sender<()>,
) {
    let wait = || tell.send(()).ok().and_then(|()| queue.recv().ok());
    let mut detached = true;
    loop {
        let mut order = if detached { m.detach(wait) } else { wait() };
        let mut locals = Locals::new();
        while let Some(Order::Work(job)) = order {
            job(m, &mut locals, slots);
            for local in &locals {
                local.get().number();
            }
            order = wait();
        }
        drop(locals);
        let Some(Order::Pause(pause, then_detached)) = order else { return };
        pause(m);
        detached = then_detached;
    }
}

// ---------------------------------------------------------------------- model

/// An object as the model sees it.
#[derive(Clone, Debug)]
struct Model {
    kind: Kind,
    lifetime: Lifetime,
    slots: [Option<usize>; SLOTS],
    field: Vec<usize>,
}

struct Weak {
    to: usize,
    handle: GcWeak<dyn Thing>,
    /// The number of its callback.
    callback: Option<usize>,
}

/// A slot of the program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum At {
    Shared(usize),
    /// Of the object that a handle of the bag refers to.
    Bag(usize, usize),
    /// Of the object that an uncounted reference of the thread refers to.
    Local(usize, usize),
}

impl At {
    /// The slot, if no handle leads there.
    fn find<'a>(self, locals: &Locals<'a>, slots: &'a [Slot]) -> Option<&'a Slot> {
        match self {
            Self::Shared(index) => Some(&slots[index]),
            Self::Local(index, slot) => Some(&locals[index].get().node().slots[slot]),
            Self::Bag(..) => None,
        }
    }
}

const PLAYERS: usize = 3;
const SHARED: usize = 3;
const STACKS: usize = 2;

struct Session {
    lives: Lives,
    threads: usize,
    nodes: BTreeMap<usize, Model>,
    slots: Arc<[Slot]>,
    shared: [Option<usize>; SHARED],
    /// The program's handles. `None` while a step has it.
    bag: Vec<(usize, Option<Handle>)>,
    stacks: [Option<(Vec<usize>, Stack)>; STACKS],
    weak: Vec<Weak>,
    /// Leads to immortal objects, to empty them at the end.
    breakers: Vec<GcWeak<dyn Thing>>,
    players: [Option<Player>; PLAYERS],
    /// What was finalized, and how often callbacks were called, at the last look.
    finalized: BTreeSet<usize>,
    called: Vec<u32>,
    before: Stats,
}

impl Session {
    fn new(threads: usize) -> Self {
        Self {
            lives: Lives::default(),
            threads,
            nodes: BTreeMap::new(),
            slots: (0..SHARED).map(|_| GcSlot::empty()).collect(),
            shared: [None; SHARED],
            bag: Vec::new(),
            stacks: [const { None }; STACKS],
            weak: Vec::new(),
            breakers: Vec::new(),
            players: [const { None }; PLAYERS],
            finalized: BTreeSet::new(),
            called: Vec::new(),
            before: heap::stats(),
        }
    }

    fn order(&mut self, who: usize, order: Order) -> &mut Player {
        let slots = &self.slots;
        let player = self.players[who].take().unwrap_or_else(|| Player::new(slots.clone()));
        self.players[who].insert(player.order(order))
    }

    /// Does something with the thread's uncounted references.
    fn work<R: Send + 'static>(
        &mut self,
        who: usize,
        f: impl for<'a> FnOnce(&'a Mutator, &mut Locals<'a>, &'a [Slot]) -> R + Send + 'static,
    ) -> R {
        let (tell, result) = mpsc::channel();
        let job: Job = Box::new(move |m, locals, slots| tell.send(f(m, locals, slots)).unwrap());
        self.order(who, Order::Work(job)).detached = false;
        result.recv().unwrap()
    }

    fn on<R: Send + 'static>(
        &mut self,
        who: usize,
        f: impl FnOnce(&Mutator) -> R + Send + 'static,
    ) -> R {
        self.work(who, |m, _, _| f(m))
    }

    /// Does something that ends the time of the thread's uncounted references.
    fn pause<R: Send + 'static>(
        &mut self,
        who: usize,
        then_detached: bool,
        f: impl FnOnce(&mut Mutator) -> R + Send + 'static,
    ) -> R {
        let (tell, result) = mpsc::channel();
        let pause: Pause = Box::new(move |m| tell.send(f(m)).unwrap());
        let player = self.order(who, Order::Pause(pause, then_detached));
        player.detached = then_detached;
        player.locals.clear();
        result.recv().unwrap()
    }

    /// As [`pause`](Self::pause), when it stops the world: all others must let it.
    fn stop<R: Send + 'static>(
        &mut self,
        who: usize,
        f: impl FnOnce(&mut Mutator) -> R + Send + 'static,
    ) -> R {
        for other in (0..PLAYERS).filter(|&other| other != who) {
            if self.players[other].as_ref().is_some_and(|player| !player.detached) {
                self.pause(other, true, |_| ());
            }
        }
        self.pause(who, true, f)
    }

    fn exit(&mut self, who: usize) {
        if let Some(player) = self.players[who].take() {
            player.exit();
        }
    }

    fn locals(&self, who: usize) -> &[usize] {
        self.players[who].as_ref().map_or(&[], |player| &player.locals)
    }

    // --------------------------------------------------------------- the steps

    fn alloc(&mut self, who: usize, kind: Kind, lifetime: Lifetime) {
        let lives = self.lives.clone();
        let (number, handle, weak) = self.on(who, move |m| {
            let handle = make(m, kind, lifetime, &lives);
            // Not of others: both would make another object of it.
            let weak = Gc::is_immortal(&handle).then(|| handle.downgrade(m));
            (handle.get(m).number(), handle, weak)
        });
        self.breakers.extend(weak);
        let lifetime = match lifetime {
            // Many threads have attached by now.
            Lifetime::ImmortalOnceThreaded => Lifetime::Immortal,
            other => other,
        };
        assert_eq!(Gc::is_immortal(&handle), lifetime == Lifetime::Immortal);
        let model = Model { kind, lifetime, slots: [None; SLOTS], field: Vec::new() };
        self.nodes.insert(number, model);
        self.bag.push((number, Some(handle)));
    }

    fn take(&mut self, index: usize) -> Handle {
        self.bag[index].1.take().unwrap()
    }

    /// Does something that needs no mutator.
    fn from<R: Send + 'static>(
        &mut self,
        whence: Whence,
        f: impl FnOnce() -> R + Send + 'static,
    ) -> R {
        match whence {
            Whence::Outside => f(),
            Whence::Attached(who) => self.on(who % self.threads, |_| f()),
            Whence::Detached(who) => self.pause(who % self.threads, true, |m| m.detach(f)),
        }
    }

    fn clone_handle(&mut self, whence: Whence, index: usize) {
        let handle = self.take(index);
        let (handle, other) = self.from(whence, move || (handle.clone(), handle));
        let number = self.bag[index].0;
        self.bag[index].1 = Some(handle);
        self.bag.push((number, Some(other)));
    }

    fn drop_handle(&mut self, whence: Whence, index: usize) {
        let (_, handle) = self.bag.swap_remove(index);
        self.from(whence, move || drop(handle));
    }

    /// Does something with a slot.
    fn on_slot<R: Send + 'static>(
        &mut self,
        who: usize,
        at: At,
        f: impl FnOnce(&Mutator, &Slot) -> R + Send + 'static,
    ) -> R {
        let holder = match at {
            At::Bag(index, _) => Some(self.take(index)),
            _ => None,
        };
        let (holder, result) = self.work(who, move |m, locals, slots| {
            let result = match at.find(locals, slots) {
                Some(slot) => f(m, slot),
                None => {
                    let At::Bag(_, slot) = at else { unreachable!() };
                    f(m, &holder.as_ref().unwrap().get(m).node().slots[slot])
                }
            };
            (holder, result)
        });
        if let At::Bag(index, _) = at {
            self.bag[index].1 = holder;
        }
        result
    }

    /// What the model thinks is in a slot.
    fn slot(&mut self, who: usize, at: At) -> &mut Option<usize> {
        let (holder, slot) = match at {
            At::Shared(index) => return &mut self.shared[index],
            At::Bag(index, slot) => (self.bag[index].0, slot),
            At::Local(index, slot) => (self.locals(who)[index], slot),
        };
        &mut self.nodes.get_mut(&holder).unwrap().slots[slot]
    }

    /// A handle for the program to store: a new one, or, if `moves`, its own.
    fn lend(&mut self, index: Option<usize>, moves: bool, spare: At) -> Option<(usize, Handle)> {
        let index = index?;
        if moves && !matches!(spare, At::Bag(..)) {
            let (number, handle) = self.bag.swap_remove(index);
            return Some((number, handle.unwrap()));
        }
        let (number, handle) = &self.bag[index];
        Some((*number, handle.as_ref().unwrap().clone()))
    }

    fn store(&mut self, who: usize, at: At, new: Option<usize>, moves: bool) {
        let new = self.lend(new, moves, at);
        *self.slot(who, at) = new.as_ref().map(|(number, _)| *number);
        self.on_slot(who, at, move |m, slot| slot.store(m, new.map(|(_, handle)| handle)));
    }

    fn swap(&mut self, who: usize, at: At, new: Option<usize>, moves: bool) {
        let new = self.lend(new, moves, at);
        let number = new.as_ref().map(|(number, _)| *number);
        let old = std::mem::replace(self.slot(who, at), number);
        let got = self.on_slot(who, at, move |m, slot| match new {
            Some((_, handle)) => slot.swap(m, handle),
            None => slot.take(m),
        });
        self.got(old, got);
    }

    fn got(&mut self, expected: Option<usize>, got: Option<Handle>) {
        assert_eq!(expected.is_some(), got.is_some(), "what the slot held");
        self.bag.extend(expected.map(|number| (number, got)));
    }

    /// If `right`, with what the slot holds; else with something else, or nothing. If it
    /// `drops`, what it got is dropped at once.
    fn compare_exchange(
        &mut self,
        who: usize,
        at: At,
        new: Option<usize>,
        right: bool,
        drops: bool,
    ) {
        let new = self.lend(new, false, at);
        let number = new.as_ref().map(|(number, _)| *number);
        let held = *self.slot(who, at);
        let other = self.bag.first().map(|(number, handle)| (*number, handle.clone()));
        let other = other.filter(|(number, handle)| Some(*number) != held && handle.is_some());
        let right = right || (other.is_none() && held.is_none());
        let got = self.on_slot(who, at, move |m, slot| {
            let new = new.map(|(_, handle)| handle);
            let other = other.and_then(|(_, handle)| handle);
            let current = if right { slot.load(m) } else { other.as_ref().map(|it| it.local(m)) };
            match slot.compare_exchange(m, current, new) {
                Ok(old) => Ok(old.filter(|_| !drops)),
                Err(refused) => Err((refused.current.map(|it| it.get().number()), refused.new)),
            }
        });
        match got {
            Ok(old) => {
                assert!(right);
                *self.slot(who, at) = number;
                self.got(held.filter(|_| !drops), old);
            }
            Err((current, new)) => {
                assert!(!right);
                assert_eq!((current, new.is_some()), (held, number.is_some()));
            }
        }
    }

    fn update(&mut self, who: usize, at: At, new: Option<usize>, drops: bool) {
        let new = self.lend(new, false, at);
        let number = new.as_ref().map(|(number, _)| *number);
        let held = std::mem::replace(self.slot(who, at), number);
        let got = self.on_slot(who, at, move |m, slot| {
            let old = slot.update(m, |old| {
                assert_eq!(old.map(|it| it.get().number()), held);
                new.as_ref().map(|(_, handle)| handle.clone())
            });
            old.filter(|_| !drops)
        });
        self.got(held.filter(|_| !drops), got);
    }

    /// Moves what one slot holds to another, and drops what that held.
    fn move_slot(&mut self, who: usize, from: At, to: At) {
        if matches!(from, At::Bag(..)) || matches!(to, At::Bag(..)) {
            return;
        }
        let taken = self.slot(who, from).take();
        *self.slot(who, to) = taken;
        self.work(who, move |m, locals, slots| {
            let taken = from.find(locals, slots).unwrap().take(m);
            to.find(locals, slots).unwrap().store(m, taken);
        });
    }

    /// Keeps an uncounted reference to what a slot holds; through a handle, a
    /// counted one.
    fn load(&mut self, who: usize, at: At) {
        let held = *self.slot(who, at);
        if matches!(at, At::Bag(..)) {
            let got = self.on_slot(who, at, |m, slot| slot.load(m).map(Local::to_gc));
            return self.got(held, got);
        }
        let got = self.work(who, move |m, locals, slots| {
            let local = at.find(locals, slots).unwrap().load(m);
            locals.extend(local);
            local.map(|local| local.get().number())
        });
        assert_eq!(got, held);
        self.players[who].as_mut().unwrap().locals.extend(held);
    }

    fn count(&mut self, who: usize, index: usize) {
        let number = self.locals(who)[index];
        let handle = self.work(who, move |_, locals, _| locals[index].to_gc());
        self.bag.push((number, Some(handle)));
    }

    fn unbound(&mut self, who: usize, index: usize) {
        let number = self.bag[index].0;
        let handle = self.take(index);
        let (handle, kept) = self.work(who, move |m, locals, _| {
            let local = handle.unbound(m);
            locals.extend(local);
            (handle, local.is_some())
        });
        self.bag[index].1 = Some(handle);
        assert_eq!(kept, self.nodes[&number].lifetime != Lifetime::Counted);
        if kept {
            self.players[who].as_mut().unwrap().locals.push(number);
        }
    }

    fn field(&mut self, who: usize, index: usize, new: Option<usize>) {
        let holder = self.bag[index].0;
        let handle = self.take(index);
        let new = new.and_then(|new| {
            let (number, handle) = &self.bag[new];
            Some((*number, handle.as_ref()?.clone()))
        });
        let field = &mut self.nodes.get_mut(&holder).unwrap().field;
        let adds = new.is_some();
        let taken = if let Some((number, _)) = &new {
            field.push(*number);
            None
        } else {
            field.pop()
        };
        let (handle, got) = self.on(who, move |m| {
            let mut field = handle.get(m).node().field.lock().unwrap();
            let got = match new {
                Some((_, new)) => {
                    field.push(new);
                    None
                }
                None => field.pop(),
            };
            drop(field);
            (handle, got)
        });
        self.bag[index].1 = Some(handle);
        assert!(!adds || got.is_none());
        self.got(taken, got);
    }

    /// Does something with a stack, which changes threads for it.
    fn on_stack<R: Send + 'static>(
        &mut self,
        who: usize,
        which: usize,
        f: impl for<'a> FnOnce(&'a Mutator, &mut Stack, &Locals<'a>) -> R + Send + 'static,
    ) -> R {
        let stack = self.stacks[which].take();
        let (numbers, stack) = match stack {
            Some((numbers, stack)) => (numbers, Some(stack)),
            None => (Vec::new(), None),
        };
        let (stack, result) = self.work(who, move |m, locals, _| {
            let mut stack = stack.unwrap_or_else(|| m.operand_stack());
            let result = f(m, &mut stack, locals);
            (stack, result)
        });
        self.stacks[which] = Some((numbers, stack));
        result
    }

    fn stack(&mut self, who: usize, which: usize, op: StackOp, a: usize, b: usize) {
        let depth = self.stacks[which].as_ref().map_or(0, |(numbers, _)| numbers.len());
        let (at, other) = (a.checked_rem(depth), b.checked_rem(depth));
        let bag = b.checked_rem(self.bag.len());
        match (op, at, other, bag) {
            (StackOp::Push, .., Some(index)) => {
                let (number, handle) = self.bag.swap_remove(index);
                self.on_stack(who, which, |m, stack, _| stack.push(m, handle.unwrap()));
                self.numbers(which).push(number);
            }
            (StackOp::PushLocal, ..) => {
                let Some(index) = a.checked_rem(self.locals(who).len()) else { return };
                let number = self.locals(who)[index];
                self.on_stack(who, which, move |m, stack, locals| {
                    stack.push_local(m, locals[index]);
                });
                self.numbers(which).push(number);
            }
            (StackOp::Pop, Some(_), ..) => {
                let number = self.numbers(which).pop();
                let got = self.on_stack(who, which, |m, stack, _| stack.pop(m));
                self.got(number, got);
            }
            (StackOp::Get, Some(at), ..) => {
                let number = self.numbers(which)[at];
                let got = self.on_stack(who, which, move |m, stack, _| {
                    stack.get(m, at).map(|local| (local.get().number(), local.to_gc()))
                });
                let (found, handle) = got.unwrap();
                assert_eq!(found, number);
                self.bag.push((number, Some(handle)));
            }
            (StackOp::Dup, Some(at), ..) => {
                let number = self.numbers(which)[at];
                self.on_stack(who, which, move |m, stack, _| stack.dup(m, at));
                self.numbers(which).push(number);
            }
            (StackOp::Swap, Some(at), Some(other), _) => {
                self.numbers(which).swap(at, other);
                self.on_stack(who, which, move |m, stack, _| stack.swap(m, at, other));
            }
            (StackOp::Set, Some(at), _, Some(index)) => {
                let (number, handle) = self.bag.swap_remove(index);
                self.numbers(which)[at] = number;
                self.on_stack(who, which, move |m, stack, _| stack.set(m, at, handle.unwrap()));
            }
            (StackOp::Truncate, Some(at), ..) => {
                self.numbers(which).truncate(at);
                self.on_stack(who, which, move |m, stack, _| stack.truncate(m, at));
            }
            (StackOp::SplitOff, Some(at), ..) => {
                let numbers = self.numbers(which).split_off(at);
                let got = self.on_stack(who, which, move |m, stack, _| stack.split_off(m, at));
                assert_eq!(got.len(), numbers.len());
                self.bag.extend(numbers.into_iter().zip(got.into_iter().map(Some)));
            }
            (StackOp::Drop(whence), ..) => {
                let stack = self.stacks[which].take();
                self.from(whence, move || drop(stack));
            }
            _ => {}
        }
        // As the model has it.
        if self.stacks[which].is_some() {
            let found = self.on_stack(who, which, |m, stack, _| {
                stack.range(m, ..).map(|local| local.get().number()).collect::<Vec<_>>()
            });
            assert_eq!(found, *self.numbers(which));
        }
    }

    fn numbers(&mut self, which: usize) -> &mut Vec<usize> {
        &mut self.stacks[which].as_mut().unwrap().0
    }

    fn downgrade(&mut self, who: usize, index: usize, with_callback: bool) {
        let to = self.bag[index].0;
        let handle = self.take(index);
        let lives = self.lives.clone();
        let callback = with_callback.then(|| {
            let mut log = lives.log();
            log.called.push(0);
            self.called.push(0);
            log.called.len() - 1
        });
        let (handle, weak) = self.on(who, move |m| {
            let weak = match callback {
                None => handle.downgrade(m),
                Some(number) => {
                    let witness = handle.downgrade(m);
                    handle.downgrade_with(m, move |m| {
                        let dead = witness.upgrade(m).is_none();
                        lives.demand(dead, || "a callback's object could be upgraded".into());
                        lives.log().called[number] += 1;
                    })
                }
            };
            (handle, weak)
        });
        self.bag[index].1 = Some(handle);
        self.weak.push(Weak { to, handle: weak, callback });
    }

    fn upgrade(&mut self, who: usize, index: usize) {
        let Weak { to, handle, callback } = self.weak.swap_remove(index);
        let (handle, strong) = self.on(who, move |m| {
            let strong = handle.upgrade(m);
            assert_eq!(handle.is_alive(m), strong.is_some());
            (handle, strong)
        });
        assert_eq!(strong.is_some(), self.lives.is_alive(to), "a weak handle to {to}");
        self.bag.extend(strong.map(|handle| (to, Some(handle))));
        self.weak.push(Weak { to, handle, callback });
    }

    /// Defers a living object, or makes it immortal.
    fn change(&mut self, who: usize, index: usize, lifetime: Lifetime) {
        let number = self.bag[index].0;
        let handle = self.take(index);
        let (handle, weak) = self.stop(who, move |m| {
            match lifetime {
                Lifetime::Deferred => Gc::defer(&handle, m),
                _ => Gc::immortalize(&handle, m),
            }
            let weak = handle.downgrade(m);
            (handle, weak)
        });
        let immortal = Gc::is_immortal(&handle);
        self.bag[index].1 = Some(handle);
        let now = &mut self.nodes.get_mut(&number).unwrap().lifetime;
        match (lifetime, *now) {
            (_, Lifetime::Immortal) => {}
            (Lifetime::Deferred, _) => *now = Lifetime::Deferred,
            _ => {
                *now = Lifetime::Immortal;
                self.breakers.push(weak);
            }
        }
        assert_eq!(immortal, *now == Lifetime::Immortal);
    }

    // -------------------------------------------------------------- the demands

    /// What the program can reach.
    fn reachable(&self) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut next: Vec<_> = self.bag.iter().map(|(number, _)| *number).collect();
        next.extend(self.shared.iter().flatten());
        next.extend(self.stacks.iter().flatten().flat_map(|(numbers, _)| numbers));
        next.extend(self.players.iter().flatten().flat_map(|player| &player.locals));
        let immortal = |(number, model): (&usize, &Model)| {
            (model.lifetime == Lifetime::Immortal).then_some(*number)
        };
        next.extend(self.nodes.iter().filter_map(immortal));
        while let Some(number) = next.pop() {
            if found.insert(number) {
                let model = &self.nodes[&number];
                next.extend(model.slots.iter().flatten());
                next.extend(&model.field);
            }
        }
        found
    }

    /// Takes note of what has happened, and demands what must always be so.
    fn look(&mut self) {
        let reachable = self.reachable();
        let Log { alive, finalized, called, saved, errors } = &mut *self.lives.log();
        assert!(errors.is_empty(), "{errors:?}");
        for &number in self.nodes.keys() {
            assert!(finalized[number] <= 1, "{number} was finalized more than once");
            if finalized[number] == 1 && self.finalized.insert(number) {
                assert!(!reachable.contains(&number), "{number} was finalized, yet in use");
            }
        }
        for Weak { to, callback, .. } in &self.weak {
            let Some(callback) = *callback else { continue };
            assert!(called[callback] <= 1, "a callback was called twice");
            if called[callback] != self.called[callback] {
                assert!(!reachable.contains(to), "a callback was called for {to}, in use");
            }
            assert!(called[callback] == 1 || alive[*to], "a callback of {to} was forgotten");
        }
        self.called.clone_from(called);
        let dead: Vec<_> = self.nodes.keys().copied().filter(|&number| !alive[number]).collect();
        for number in dead {
            let model = self.nodes.remove(&number).unwrap();
            assert!(!reachable.contains(&number), "{number} was freed, yet in use");
            assert!(model.lifetime != Lifetime::Immortal, "an immortal object died");
            if model.kind != Kind::Plain {
                assert_eq!(finalized[number], 1, "{number} died without its finalizer");
            }
        }
        // They are the program's now.
        self.bag.extend(saved.drain(..).map(|(number, handle)| (number, Some(handle))));
        for (number, model) in &self.nodes {
            for target in model.slots.iter().flatten().chain(&model.field) {
                assert!(alive[*target], "{number} refers to {target}, which is dead");
            }
        }
        for (number, _) in &self.bag {
            assert!(alive[*number], "{number} is dead, yet in use");
        }
    }

    fn collect(&mut self, who: usize, full: bool) -> (usize, usize) {
        let collected = self.stop(who, move |m| if full { m.collect_full() } else { m.collect() });
        (collected.freed, collected.resurrected)
    }

    /// Collects, and demands that exactly those are alive that should be.
    fn check(&mut self, who: usize) {
        for _ in 0..1_000 {
            let collected = self.collect(who, false);
            self.look();
            // What finalizers kept may be for the next.
            if collected == (0, 0) {
                break;
            }
        }
        assert_eq!(self.lives.living(), self.reachable(), "alive, and what should be");
        let full = self.collect(who, true);
        self.look();
        assert_eq!(full, (0, 0), "found by a full collection only");
        let deferred =
            self.nodes.values().filter(|model| model.lifetime == Lifetime::Deferred).count();
        let now = heap::stats();
        assert_eq!(now.deferred_objects, deferred);
        assert_eq!((now.queued, now.pending, now.retired), (0, 0, 0));
        assert_eq!(now.objects - self.before.objects, self.nodes.len() as u64);
        self.check_shape(who);
    }

    /// The objects refer to each other as they should.
    fn check_shape(&mut self, who: usize) {
        let handles: Vec<_> =
            self.bag.iter().filter_map(|(number, it)| Some((*number, it.clone()?))).collect();
        let shape = self.work(who, move |m, _, shared| {
            let mut shape = BTreeMap::new();
            let mut next: Vec<Handle> = handles.into_iter().map(|(_, handle)| handle).collect();
            next.extend(shared.iter().filter_map(|slot| slot.load(m)).map(Local::to_gc));
            while let Some(handle) = next.pop() {
                let thing = handle.get(m);
                let Node { slots, field, .. } = thing.node();
                let field = field.lock().unwrap();
                let slots = slots.each_ref().map(|slot| slot.load(m));
                let numbers = (
                    slots.map(|local| local.map(|local| local.get().number())),
                    field.iter().map(|it| it.get(m).number()).collect::<Vec<_>>(),
                );
                if shape.insert(thing.number(), numbers).is_none() {
                    next.extend(slots.into_iter().flatten().map(Local::to_gc));
                    next.extend(field.iter().cloned());
                }
            }
            shape
        });
        for (number, (slots, field)) in shape {
            let model = &self.nodes[&number];
            assert_eq!((slots, field), (model.slots, model.field.clone()), "{number}");
        }
    }

    /// Lets everything go, in one of several ways, and demands that nothing stays.
    fn finish(mut self, whence: Whence, threads_first: bool) {
        for breaker in std::mem::take(&mut self.breakers) {
            let (slots, field) = self.on(0, move |m| {
                let immortal = breaker.upgrade(m).unwrap();
                let Node { slots, field, .. } = immortal.get(m).node();
                let gone = std::mem::take(&mut *field.lock().unwrap());
                (slots.each_ref().map(|slot| slot.take(m)), gone)
            });
            drop((slots, field));
        }
        for model in self.nodes.values_mut() {
            if model.lifetime == Lifetime::Immortal {
                model.slots = [None; SLOTS];
                model.field.clear();
            }
        }
        self.look();
        for index in 0..SHARED {
            self.swap(0, At::Shared(index), None, false);
        }
        for which in 0..STACKS {
            self.stack(0, which, StackOp::Drop(whence), 0, 0);
        }
        if threads_first {
            (0..PLAYERS).for_each(|who| self.exit(who));
        }
        for _ in 0..1_000 {
            while !self.bag.is_empty() {
                self.drop_handle(whence, 0);
            }
            self.check(0);
            if self.bag.is_empty() {
                break;
            }
        }
        assert!(self.nodes.values().all(|model| model.lifetime == Lifetime::Immortal));
        while let Some(index) = self.weak.len().checked_sub(1) {
            self.upgrade(0, index);
            self.weak.pop();
            self.bag.clear();
        }
        (0..PLAYERS).for_each(|who| self.exit(who));
        let now = heap::stats();
        let mortal = |stats: &Stats| stats.objects - stats.immortal_objects;
        assert_eq!(mortal(&now), mortal(&self.before));
        let bytes = |stats: &Stats| stats.bytes - stats.immortal_bytes;
        assert_eq!(bytes(&now), bytes(&self.before));
        assert_eq!(now.deferred_objects, self.before.deferred_objects);
        assert_eq!((now.mutators, now.queued, now.pending, now.retired), (0, 0, 0, 0));
    }
}

impl Drop for Session {
    /// If a demand failed: the next program begins with no thread of this one's.
    fn drop(&mut self) {
        for player in self.players.iter_mut().filter_map(Option::take) {
            drop(player.orders);
            let _ = player.thread.join();
        }
    }
}

/// Where something happens that needs no mutator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Whence {
    /// On a thread that is never attached.
    Outside,
    Attached(usize),
    Detached(usize),
}

/// The heap is one for all tests of a process: they take turns.
static TURN: Mutex<()> = Mutex::new(());

/// Runs `f` while no other test runs, on a heap that collects only when told to, and
/// that two threads have used.
fn alone(f: impl FnOnce()) {
    let _turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    heap::configure().automatic(false);
    // What a test that failed has left is none of this one's business.
    heap::attach(|m| m.collect_full()).unwrap();
    common::join(thread::spawn(|| heap::attach(|_| ()).unwrap()));
    f();
}

fn config(cases: usize) -> ProptestConfig {
    ProptestConfig { cases: cases as u32, failure_persistence: None, ..ProptestConfig::default() }
}

// ------------------------------------------------------------------- programs

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum StackOp {
    Push,
    PushLocal,
    Pop,
    Get,
    Dup,
    Swap,
    Set,
    Truncate,
    SplitOff,
    Drop(Whence),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Op {
    Alloc(Kind, Lifetime),
    /// Into a shared slot, so that nobody ever gave up a reference to it.
    AllocThere(Kind, Lifetime),
    Clone(Whence),
    Drop(Whence),
    Store {
        new: bool,
        moves: bool,
    },
    Swap {
        new: bool,
        moves: bool,
    },
    CompareExchange {
        new: bool,
        right: bool,
        drops: bool,
    },
    Update {
        new: bool,
        drops: bool,
    },
    Move,
    Load,
    ToGc,
    Unbound,
    Field {
        adds: bool,
    },
    Stack(StackOp),
    Downgrade {
        with_callback: bool,
    },
    Upgrade,
    DropWeak,
    Change(Lifetime),
    Safepoint {
        then_detached: bool,
    },
    Exit,
    Collect {
        full: bool,
    },
    Check,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    op: Op,
    by: usize,
    a: usize,
    b: usize,
    /// What kind of slot, and of what slot.
    at: (usize, usize, usize),
}

fn whence() -> impl Strategy<Value = Whence> + Clone {
    prop_oneof![
        1 => Just(Whence::Outside),
        4 => (0..PLAYERS).prop_map(Whence::Attached),
        1 => (0..PLAYERS).prop_map(Whence::Detached),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let kind = prop_oneof![
        6 => Just(Kind::Plain),
        2 => Just(Kind::Final),
        1 => Just(Kind::Saves),
    ];
    let lifetime = prop_oneof![
        12 => Just(Lifetime::Counted),
        6 => Just(Lifetime::Deferred),
        1 => Just(Lifetime::Immortal),
        1 => Just(Lifetime::ImmortalOnceThreaded),
    ];
    let change = prop_oneof![
        3 => Just(Lifetime::Deferred),
        1 => Just(Lifetime::Immortal),
    ];
    let stack = prop_oneof![
        4 => Just(StackOp::Push),
        4 => Just(StackOp::PushLocal),
        3 => Just(StackOp::Pop),
        2 => Just(StackOp::Get),
        2 => Just(StackOp::Dup),
        1 => Just(StackOp::Swap),
        1 => Just(StackOp::Set),
        1 => Just(StackOp::Truncate),
        1 => Just(StackOp::SplitOff),
        1 => whence().prop_map(StackOp::Drop),
    ];
    let both = || (prop::bool::weighted(0.7), any::<bool>());
    prop_oneof![
        14 => (kind.clone(), lifetime.clone())
            .prop_map(|(kind, lifetime)| Op::Alloc(kind, lifetime)),
        8 => (kind, lifetime).prop_map(|(kind, lifetime)| Op::AllocThere(kind, lifetime)),
        3 => whence().prop_map(Op::Clone),
        16 => whence().prop_map(Op::Drop),
        14 => both().prop_map(|(new, moves)| Op::Store { new, moves }),
        8 => both().prop_map(|(new, moves)| Op::Swap { new, moves }),
        6 => (both(), any::<bool>())
            .prop_map(|((new, right), drops)| Op::CompareExchange { new, right, drops }),
        4 => any::<(bool, bool)>().prop_map(|(new, drops)| Op::Update { new, drops }),
        10 => Just(Op::Move),
        14 => Just(Op::Load),
        4 => Just(Op::ToGc),
        2 => Just(Op::Unbound),
        6 => prop::bool::weighted(0.7).prop_map(|adds| Op::Field { adds }),
        14 => stack.prop_map(Op::Stack),
        3 => any::<bool>().prop_map(|with_callback| Op::Downgrade { with_callback }),
        5 => Just(Op::Upgrade),
        1 => Just(Op::DropWeak),
        2 => change.prop_map(Op::Change),
        8 => any::<bool>().prop_map(|then_detached| Op::Safepoint { then_detached }),
        1 => Just(Op::Exit),
        2 => prop::bool::weighted(0.2).prop_map(|full| Op::Collect { full }),
        1 => Just(Op::Check),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let at = (0..5_usize, 0..1_000_usize, 0..SLOTS);
    let step = (op(), 0..PLAYERS, 0..1_000_usize, 0..1_000_usize, at)
        .prop_map(|(op, by, a, b, at)| Step { op, by, a, b, at });
    prop::collection::vec(step, 0..100)
}

impl Session {
    fn at(&self, who: usize, (kind, which, slot): (usize, usize, usize)) -> At {
        let bag = which.checked_rem(self.bag.len());
        let local = which.checked_rem(self.locals(who).len());
        match (kind, bag, local) {
            (0 | 1, Some(index), _) => At::Bag(index, slot),
            (2 | 3, _, Some(index)) => At::Local(index, slot),
            _ => At::Shared(which % SHARED),
        }
    }

    fn step(&mut self, Step { op, by, a, b, at }: Step) {
        let by = by % self.threads;
        let strong = a.checked_rem(self.bag.len());
        let other = b.checked_rem(self.bag.len());
        let weak = a.checked_rem(self.weak.len());
        let local = a.checked_rem(self.locals(by).len());
        let slot = self.at(by, at);
        let given = |new: bool| if new { strong } else { None };
        match op {
            Op::Alloc(kind, lifetime) => self.alloc(by, kind, lifetime),
            Op::AllocThere(kind, lifetime) => {
                self.alloc(by, kind, lifetime);
                let new = self.bag.len() - 1;
                self.store(by, At::Shared(a % SHARED), Some(new), true);
            }
            Op::Store { new, moves } => self.store(by, slot, given(new), moves),
            Op::Swap { new, moves } => self.swap(by, slot, given(new), moves),
            Op::CompareExchange { new, right, drops } => {
                self.compare_exchange(by, slot, given(new), right, drops);
            }
            Op::Update { new, drops } => self.update(by, slot, given(new), drops),
            Op::Move => {
                let from = if b % 2 == 0 { At::Shared(a % SHARED) } else { slot };
                let to = self.at(by, (2 + b % 3, b, a % SLOTS));
                self.move_slot(by, from, to);
            }
            Op::Load => self.load(by, slot),
            Op::Stack(op) => self.stack(by, a % STACKS, op, a, b),
            Op::Safepoint { then_detached } => self.pause(by, then_detached, |m| m.safepoint()),
            Op::Exit => self.exit(by),
            Op::Collect { full } => drop(self.collect(by, full)),
            Op::Check => self.check(by),
            _ => {}
        }
        if let Some(index) = strong {
            match op {
                Op::Clone(whence) => self.clone_handle(whence, index),
                Op::Drop(whence) => self.drop_handle(whence, index),
                Op::Unbound => self.unbound(by, index),
                Op::Field { adds } => self.field(by, index, if adds { other } else { None }),
                Op::Downgrade { with_callback } => self.downgrade(by, index, with_callback),
                Op::Change(lifetime) => self.change(by, index, lifetime),
                _ => {}
            }
        }
        match (op, weak, local) {
            (Op::Upgrade, Some(index), _) => self.upgrade(by, index),
            (Op::DropWeak, Some(index), _) => drop(self.weak.swap_remove(index)),
            (Op::ToGc, _, Some(index)) => self.count(by, index),
            _ => {}
        }
        self.look();
    }
}

fn run(threads: usize, steps: Vec<Step>, whence: Whence, threads_first: bool) {
    let mut session = Session::new(threads);
    for step in steps {
        session.step(step);
    }
    session.check(0);
    session.finish(whence, threads_first);
}

fn programs(threads: usize, cases: usize) {
    alone(|| {
        let ending = (whence(), any::<bool>());
        proptest!(config(cases), |(steps in steps(), ending in ending)| {
            run(threads, steps, ending.0, ending.1);
        });
    });
}

#[test]
fn threads_with_slots_free_exactly_what_they_cannot_reach() {
    programs(PLAYERS, size(6_000, 300, 8));
}

#[test]
fn one_thread_with_slots_frees_exactly_what_it_cannot_reach() {
    programs(1, size(4_000, 150, 8));
}
