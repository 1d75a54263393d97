//! Random programs on the heap, against a model of what they can reach.
//!
//! The model keeps who refers to whom. After each step what a living object or
//! the program refers to must be alive, and nothing that the program can reach
//! may have been finalized. After a collection the living objects are exactly
//! those that the model keeps, the figures of the heap agree, and a collection of
//! everything finds nothing more.
//!
//! Several threads take part, one step at a time, so that each program runs the
//! same way each time; in the last tests they run at once.
#![cfg(all(feature = "gc", not(loom)))]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, mpsc};
use std::thread::{self, JoinHandle};

use brc::heap::{self, Collected, Stats};
use brc::{Finalize, Gc, GcWeak, Mutator, Trace};
use common::{Random, join, size};
use proptest::prelude::*;

// ------------------------------------------------------------------- payloads

/// What a finalizer does, beside looking at what its object refers to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Act {
    Look,
    /// Keeps what its object refers to, which may be itself.
    Save,
    /// Lets go of what its object refers to.
    Unlink,
    /// Makes objects that are garbage at once.
    Litter,
    /// Keeps its object, which it finds by a weak handle, if it still can.
    Revive,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Plain,
    Final(Act),
    /// What it refers to cannot be traced, so it is in no cycle that can be seen.
    Opaque,
    Leaf,
}

impl Kind {
    fn can_hold(self, hidden: bool) -> bool {
        match self {
            Self::Plain | Self::Final(_) => true,
            Self::Opaque => hidden,
            Self::Leaf => false,
        }
    }
}

/// What happened to the objects of a program, by their numbers.
#[derive(Clone, Default)]
struct Lives(Arc<Mutex<Log>>);

#[derive(Default)]
struct Log {
    alive: Vec<bool>,
    finalized: Vec<u32>,
    /// How often each callback was called, by a number of its own.
    called: Vec<u32>,
    saved: Vec<Handle>,
    unlinked: Vec<usize>,
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

    fn core(&self) -> Core {
        let mut log = self.log();
        log.alive.push(true);
        log.finalized.push(0);
        Core { number: log.alive.len() - 1, canary: CANARY, lives: self.clone() }
    }

    fn living(&self) -> BTreeSet<usize> {
        let log = self.log();
        (0..log.alive.len()).filter(|&number| log.alive[number]).collect()
    }

    fn made(&self) -> usize {
        self.log().alive.len()
    }

    fn is_alive(&self, number: usize) -> bool {
        self.log().alive[number]
    }
}

const CANARY: u64 = 0x5afe_5afe_5afe_5afe;

struct Core {
    number: usize,
    canary: u64,
    lives: Lives,
}

impl Core {
    fn check(&self) {
        let fine = self.canary == CANARY && self.lives.is_alive(self.number);
        self.lives.demand(fine, || format!("a dead object was looked at: {}", self.number));
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        self.check();
        // Volatile, or it would be optimized away.
        // SAFETY: a field of ours.
        unsafe { std::ptr::write_volatile(&raw mut self.canary, !CANARY) };
        self.lives.log().alive[self.number] = false;
    }
}

trait Thing: Send + Sync {
    fn core(&self) -> &Core;

    /// Where it keeps handles.
    fn place(&self, hidden: bool) -> Option<&Mutex<Vec<Handle>>>;

    /// Tells it who it is.
    fn know(&self, _: GcWeak<dyn Thing>) {}
}

type Handle = Gc<dyn Thing>;
type Place = Mutex<Vec<Handle>>;

#[derive(Trace)]
struct Plain {
    edges: Place,
    #[trace(skip)]
    hidden: Place,
    #[trace(skip)]
    core: Core,
}

#[derive(Trace)]
#[trace(finalize)]
struct Final {
    plain: Plain,
    #[trace(skip)]
    act: Act,
    #[trace(skip)]
    myself: OnceLock<GcWeak<dyn Thing>>,
}

#[derive(Trace)]
struct Opaque {
    #[trace(skip)]
    hidden: Place,
    #[trace(skip)]
    core: Core,
}

#[derive(Trace)]
struct Leaf {
    #[trace(skip)]
    core: Core,
}

impl Thing for Plain {
    fn core(&self) -> &Core {
        &self.core
    }
    fn place(&self, hidden: bool) -> Option<&Place> {
        Some(if hidden { &self.hidden } else { &self.edges })
    }
}

impl Thing for Final {
    fn core(&self) -> &Core {
        &self.plain.core
    }
    fn place(&self, hidden: bool) -> Option<&Place> {
        self.plain.place(hidden)
    }
    fn know(&self, myself: GcWeak<dyn Thing>) {
        assert!(self.myself.set(myself).is_ok());
    }
}

impl Thing for Opaque {
    fn core(&self) -> &Core {
        &self.core
    }
    fn place(&self, hidden: bool) -> Option<&Place> {
        hidden.then_some(&self.hidden)
    }
}

impl Thing for Leaf {
    fn core(&self) -> &Core {
        &self.core
    }
    fn place(&self, _: bool) -> Option<&Place> {
        None
    }
}

fn plain(lives: &Lives) -> Plain {
    Plain { edges: Place::default(), hidden: Place::default(), core: lives.core() }
}

fn make(m: &Mutator, kind: Kind, lives: &Lives) -> Handle {
    match kind {
        Kind::Plain => m.alloc_dyn(plain(lives), |it| it),
        Kind::Final(act) => {
            let value = Final { plain: plain(lives), act, myself: OnceLock::new() };
            let it: Handle = m.alloc_dyn(value, |it| it);
            if act == Act::Revive {
                it.get(m).know(it.downgrade(m));
            }
            it
        }
        Kind::Opaque => {
            m.alloc_dyn(Opaque { hidden: Place::default(), core: lives.core() }, |it| it)
        }
        Kind::Leaf => m.alloc_dyn(Leaf { core: lives.core() }, |it| it),
    }
}

impl Finalize for Final {
    fn finalize(&self, m: &Mutator) {
        let Plain { edges, hidden, core } = &self.plain;
        let lives = &core.lives;
        core.check();
        lives.log().finalized[core.number] += 1;
        let targets = edges.lock().unwrap().clone();
        for target in targets.iter().chain(&*hidden.lock().unwrap()) {
            target.get(m).core().check();
        }
        match self.act {
            Act::Look => {}
            Act::Save => lives.log().saved.extend(targets.iter().cloned()),
            Act::Unlink => {
                lives.log().unlinked.push(core.number);
                let gone = std::mem::take(&mut *edges.lock().unwrap());
                drop(gone);
            }
            Act::Litter => {
                let ring = make(m, Kind::Plain, lives);
                let myself = ring.clone();
                ring.get(m).place(false).unwrap().lock().unwrap().push(myself);
                drop(make(m, Kind::Plain, lives));
            }
            Act::Revive => {
                let myself = self.myself.get().and_then(|weak| weak.upgrade(m));
                lives.log().saved.extend(myself);
            }
        }
    }
}

// -------------------------------------------------------------------- threads

type Job = Box<dyn FnOnce(&mut Mutator) + Send>;

/// How a thread waits for its next step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Rest {
    Detached,
    /// Attached, and not looking: others cannot stop the world.
    Asleep,
}

/// A thread that does as it is told.
struct Player {
    jobs: mpsc::Sender<(Job, Rest)>,
    done: mpsc::Receiver<()>,
    thread: JoinHandle<()>,
    rest: Rest,
}

impl Player {
    fn new() -> Self {
        let (jobs, queue) = mpsc::channel::<(Job, Rest)>();
        let (tell, done) = mpsc::channel();
        let play = move |m: &mut Mutator| {
            let mut rest = Rest::Detached;
            loop {
                // Told only when nothing more happens here.
                let wait = || tell.send(()).ok().and_then(|()| queue.recv().ok());
                let next = if rest == Rest::Asleep { wait() } else { m.detach(wait) };
                let Some((job, then)) = next else { return };
                job(m);
                rest = then;
            }
        };
        let thread = thread::spawn(move || heap::attach(play).unwrap());
        let mut player = Self { jobs, done, thread, rest: Rest::Detached };
        player = player.wait();
        player
    }

    fn wait(self) -> Self {
        if self.done.recv().is_ok() {
            return self;
        }
        resume_unwind(self.thread.join().expect_err("it ended by itself"));
    }

    fn run<R: Send + 'static>(
        mut self,
        rest: Rest,
        f: impl FnOnce(&mut Mutator) -> R + Send + 'static,
    ) -> (Self, R) {
        let (tell, result) = mpsc::channel();
        let job: Job = Box::new(move |m| tell.send(f(m)).unwrap());
        self.rest = rest;
        self.jobs.send((job, rest)).unwrap();
        let this = self.wait();
        let result = result.recv().unwrap();
        (this, result)
    }

    fn exit(self) {
        drop(self.jobs);
        self.thread.join().unwrap_or_else(|panic| resume_unwind(panic));
    }
}

// ---------------------------------------------------------------------- model

/// An object as the model sees it.
#[derive(Clone, Debug)]
struct Node {
    kind: Kind,
    edges: Vec<usize>,
    hidden: Vec<usize>,
}

impl Node {
    fn place(&mut self, hidden: bool) -> &mut Vec<usize> {
        if hidden { &mut self.hidden } else { &mut self.edges }
    }
}

struct Weak {
    to: usize,
    handle: GcWeak<dyn Thing>,
    /// The number of its callback.
    callback: Option<usize>,
}

const PLAYERS: usize = 3;

struct Session {
    lives: Lives,
    nodes: BTreeMap<usize, Node>,
    /// The program's handles.
    bag: Vec<(usize, Handle)>,
    weak: Vec<Weak>,
    /// Leads to objects with hidden references, to break their cycles at the end.
    breakers: Vec<GcWeak<dyn Thing>>,
    players: [Option<Player>; PLAYERS],
    /// What was finalized, and how often callbacks were called, at the last look.
    finalized: BTreeSet<usize>,
    called: Vec<u32>,
    /// Callbacks whose handle is gone, and how often they were called before.
    silenced: Vec<(usize, u32)>,
    before: Stats,
    /// References between objects of other programs.
    edges_before: usize,
    /// Values that were retired and dropped.
    retired: Arc<Mutex<(usize, usize)>>,
}

struct Retired(Arc<Mutex<(usize, usize)>>);

impl Drop for Retired {
    fn drop(&mut self) {
        self.0.lock().unwrap().1 += 1;
    }
}

impl Session {
    fn new() -> Self {
        Self {
            lives: Lives::default(),
            nodes: BTreeMap::new(),
            bag: Vec::new(),
            weak: Vec::new(),
            breakers: Vec::new(),
            players: [const { None }; PLAYERS],
            finalized: BTreeSet::new(),
            called: Vec::new(),
            silenced: Vec::new(),
            before: heap::stats(),
            edges_before: heap::attach(|m| m.snapshot().edges()).unwrap(),
            retired: Arc::default(),
        }
    }

    fn on<R: Send + 'static>(
        &mut self,
        who: usize,
        f: impl FnOnce(&mut Mutator) -> R + Send + 'static,
    ) -> R {
        let player = self.players[who].take().unwrap_or_else(Player::new);
        let rest = player.rest;
        let (player, result) = player.run(rest, f);
        self.players[who] = Some(player);
        result
    }

    fn rest(&mut self, who: usize, rest: Rest) {
        let player = self.players[who].take().unwrap_or_else(Player::new);
        self.players[who] = Some(player.run(rest, |_| ()).0);
    }

    /// From now on the world can be stopped.
    fn detach_all(&mut self) {
        for who in 0..PLAYERS {
            if self.players[who].as_ref().is_some_and(|player| player.rest == Rest::Asleep) {
                self.rest(who, Rest::Detached);
            }
        }
    }

    fn exit(&mut self, who: usize) {
        if let Some(player) = self.players[who].take() {
            player.exit();
        }
    }

    // --------------------------------------------------------------- the steps

    fn alloc(&mut self, who: usize, kind: Kind) {
        let lives = self.lives.clone();
        let number = lives.made();
        let handle = self.on(who, move |m| make(m, kind, &lives));
        self.nodes.insert(number, Node { kind, edges: vec![], hidden: vec![] });
        self.bag.push((number, handle));
    }

    fn clone_handle(&mut self, whence: Whence, index: usize) {
        let (number, handle) = self.bag.swap_remove(index);
        let (handle, other) = self.from(whence, move || (handle.clone(), handle));
        self.bag.extend([(number, handle), (number, other)]);
    }

    fn drop_handle(&mut self, whence: Whence, index: usize) {
        let (_, handle) = self.bag.swap_remove(index);
        self.from(whence, move || drop(handle));
    }

    /// Does something that needs no mutator.
    fn from<R: Send + 'static>(
        &mut self,
        whence: Whence,
        f: impl FnOnce() -> R + Send + 'static,
    ) -> R {
        match whence {
            Whence::Outside => f(),
            Whence::Attached(who) => self.on(who, |_| f()),
            Whence::Detached(who) => self.on(who, |m| m.detach(f)),
        }
    }

    /// Stores `times` handles to one object in another, or, if 0, the very
    /// handle that the program has.
    fn link(&mut self, who: usize, from: usize, to: usize, hidden: bool, times: usize) {
        let holder = self.bag[from].0;
        let moves = times == 0 && from != to;
        if !self.nodes[&holder].kind.can_hold(hidden) {
            return;
        }
        let (target, from_handle, to_handle) = self.take_two(from, to);
        let (from_handle, to_handle) = self.on(who, move |m| {
            let place = from_handle.get(m).place(hidden).unwrap();
            let target = to_handle.as_ref().unwrap_or(&from_handle);
            let clones = (0..times).map(|_| target.clone());
            place.lock().unwrap().extend(clones);
            if moves {
                place.lock().unwrap().extend(to_handle);
                return (from_handle, None);
            }
            (from_handle, to_handle)
        });
        let place = self.nodes.get_mut(&holder).unwrap().place(hidden);
        place.extend(std::iter::repeat_n(target, if moves { 1 } else { times }));
        if hidden {
            let breaker = self.on_ref(who, &from_handle);
            self.breakers.push(breaker);
        }
        self.bag.push((holder, from_handle));
        self.bag.extend(to_handle.map(|handle| (target, handle)));
    }

    fn take_two(&mut self, first: usize, second: usize) -> (usize, Handle, Option<Handle>) {
        let number = self.bag[second].0;
        if first == second {
            return (number, self.bag.swap_remove(first).1, None);
        }
        let (low, high) = (first.min(second), first.max(second));
        let high = self.bag.swap_remove(high).1;
        let low = self.bag.swap_remove(low).1;
        if first < second { (number, low, Some(high)) } else { (number, high, Some(low)) }
    }

    /// A weak handle. The handle is cloned for the time.
    fn on_ref(&mut self, who: usize, handle: &Handle) -> GcWeak<dyn Thing> {
        let handle = handle.clone();
        self.on(who, move |m| handle.downgrade(m))
    }

    /// Takes a handle out of an object, and drops or keeps it.
    fn unlink(&mut self, who: usize, from: usize, which: usize, hidden: bool, keep: bool) {
        let holder = self.bag[from].0;
        let place = self.nodes.get_mut(&holder).unwrap().place(hidden);
        if place.is_empty() {
            return;
        }
        let which = which % place.len();
        let target = place.swap_remove(which);
        let (_, handle) = self.bag.swap_remove(from);
        let (handle, taken) = self.on(who, move |m| {
            let place = handle.get(m).place(hidden).unwrap();
            let taken = place.lock().unwrap().swap_remove(which);
            (handle, keep.then_some(taken))
        });
        self.bag.push((holder, handle));
        self.bag.extend(taken.map(|handle| (target, handle)));
    }

    fn downgrade(&mut self, who: usize, index: usize, with_callback: bool) {
        let (to, handle) = self.bag.swap_remove(index);
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
        self.bag.push((to, handle));
        self.weak.push(Weak { to, handle: weak, callback });
    }

    fn upgrade(&mut self, who: usize, index: usize) {
        let Weak { to, handle, callback } = self.weak.swap_remove(index);
        let (handle, strong) = self.on(who, move |m| {
            let strong = handle.upgrade(m);
            assert_eq!(handle.is_alive(m), strong.is_some());
            if let Some(strong) = &strong {
                strong.get(m).core().check();
                assert!(std::ptr::eq(strong.as_ptr(), handle.as_ptr()));
            }
            (handle, strong)
        });
        assert_eq!(strong.is_some(), self.lives.is_alive(to), "a weak handle to {to}");
        self.bag.extend(strong.map(|handle| (to, handle)));
        self.weak.push(Weak { to, handle, callback });
    }

    fn clone_weak(&mut self, whence: Whence, index: usize) {
        let Weak { to, handle, callback } = self.weak.swap_remove(index);
        let (handle, other) = self.from(whence, move || {
            let other = handle.clone();
            (handle, other)
        });
        self.weak.push(Weak { to, handle, callback });
        self.weak.push(Weak { to, handle: other, callback: None });
    }

    fn drop_weak(&mut self, whence: Whence, index: usize) {
        let Weak { handle, callback, .. } = self.weak.swap_remove(index);
        self.from(whence, move || drop(handle));
        self.silenced.extend(callback.map(|number| (number, self.lives.log().called[number])));
    }

    fn retire(&mut self, who: usize) {
        self.retired.lock().unwrap().0 += 1;
        let value = Retired(self.retired.clone());
        self.on(who, move |m| m.retire(value));
    }

    fn collect(&mut self, who: usize, full: bool) -> Collected {
        self.detach_all();
        self.on(who, move |m| if full { m.collect_full() } else { m.collect() })
    }

    // -------------------------------------------------------------- the demands

    /// Everything that `roots` and what they lead to refer to.
    fn closure(&self, roots: impl Iterator<Item = usize>, hidden_too: bool) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut next: Vec<_> = roots.collect();
        while let Some(number) = next.pop() {
            if found.insert(number) {
                let node = &self.nodes[&number];
                next.extend(&node.edges);
                if hidden_too {
                    next.extend(&node.hidden);
                }
            }
        }
        found
    }

    fn reachable(&self) -> BTreeSet<usize> {
        self.closure(self.bag.iter().map(|(number, _)| *number), true)
    }

    /// What the collector keeps: also what something hidden refers to, as long
    /// as that is kept.
    fn kept(&self) -> BTreeSet<usize> {
        let mut kept: BTreeSet<_> = self.nodes.keys().copied().collect();
        loop {
            let hidden = kept.iter().flat_map(|number| self.nodes[number].hidden.iter());
            let roots = self.bag.iter().map(|(number, _)| number).chain(hidden);
            let next = self.closure(roots.copied(), false);
            let done = next.len() == kept.len();
            kept = next;
            if done {
                return kept;
            }
        }
    }

    /// Takes note of what has happened, and demands what must always be so.
    fn look(&mut self) {
        let reachable = self.reachable();
        let Log { alive, finalized, called, saved, unlinked, errors } = &mut *self.lives.log();
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
        for (callback, before) in &self.silenced {
            assert_eq!(called[*callback], *before, "called after its handle was dropped");
        }
        for handle in saved.drain(..) {
            // The program's now. Its number is that of the one with its address.
            self.bag.push((usize::MAX, handle));
        }
        for number in unlinked.drain(..) {
            if let Some(node) = self.nodes.get_mut(&number) {
                node.edges.clear();
            }
        }
        let dead: Vec<_> = self.nodes.keys().copied().filter(|&number| !alive[number]).collect();
        for number in dead {
            let node = self.nodes.remove(&number).unwrap();
            assert!(!reachable.contains(&number), "{number} was freed, yet in use");
            if matches!(node.kind, Kind::Final(_)) {
                assert_eq!(finalized[number], 1, "{number} died without its finalizer");
            }
        }
    }

    /// As [`look`](Self::look), and finds out what was saved.
    fn settle(&mut self, who: usize) {
        self.look();
        let unknown = self.bag.iter().any(|(number, _)| *number == usize::MAX);
        if unknown {
            let bag = std::mem::take(&mut self.bag);
            let name = |m: &Mutator, (_, handle): (usize, Handle)| {
                let number = handle.get(m).core().number;
                (number, handle)
            };
            self.bag = self.on(who, move |m| bag.into_iter().map(|one| name(m, one)).collect());
            self.look();
        }
        let living = self.lives.living();
        for (number, node) in &self.nodes {
            for target in node.edges.iter().chain(&node.hidden) {
                assert!(living.contains(target), "{number} refers to {target}, which is dead");
            }
        }
        for (number, _) in &self.bag {
            assert!(living.contains(number), "{number} is dead, yet in use");
        }
    }

    fn has_finalizers(&self) -> bool {
        self.nodes.values().any(|node| matches!(node.kind, Kind::Final(_)))
    }

    /// Collects, and demands that exactly those are alive that should be.
    fn check(&mut self, who: usize) {
        let mut with_finalizers = self.has_finalizers();
        let can_save = self.nodes.values().any(|node| node.kind == Kind::Final(Act::Save));
        loop {
            let collected = self.collect(who, false);
            self.settle(who);
            assert!(can_save || collected.resurrected == 0, "nobody saved anything");
            // What finalizers leave behind may be for the next.
            with_finalizers &= collected.freed + collected.resurrected != 0;
            if !with_finalizers {
                break;
            }
        }
        assert_eq!(self.lives.living(), self.kept(), "alive, and what should be");
        let full = self.collect(who, true);
        self.settle(who);
        assert_eq!((full.freed, full.resurrected), (0, 0), "found by a full collection only");
        self.check_shape(who);
        self.check_figures(who);
    }

    /// The objects refer to each other as they should.
    fn check_shape(&mut self, who: usize) {
        let handles: Vec<_> = self.bag.iter().map(|(_, handle)| handle.clone()).collect();
        let shape = self.on(who, move |m| {
            let mut shape = BTreeMap::new();
            let mut next = handles;
            while let Some(handle) = next.pop() {
                let thing = handle.get(m);
                thing.core().check();
                let number = thing.core().number;
                if shape.contains_key(&number) {
                    continue;
                }
                let mut both = [false, true].map(|hidden| {
                    let Some(place) = thing.place(hidden) else { return Vec::new() };
                    let targets = place.lock().unwrap().clone();
                    let numbers = targets.iter().map(|it| it.get(m).core().number).collect();
                    next.extend(targets);
                    numbers
                });
                shape.insert(number, both.each_mut().map(std::mem::take));
            }
            shape
        });
        let expected = self.reachable().into_iter().map(|number| {
            let node = &self.nodes[&number];
            (number, [node.edges.clone(), node.hidden.clone()])
        });
        assert_eq!(shape, expected.collect::<BTreeMap<_, _>>());
        // The clones made candidates.
        self.collect(who, false);
        self.settle(who);
    }

    fn check_figures(&mut self, who: usize) {
        // Each passes, so that what is retired is out of sight.
        for who in (0..PLAYERS).chain(0..PLAYERS) {
            if self.players[who].is_some() {
                self.on(who, |m| m.safepoint());
            }
        }
        let (retired, dropped) = *self.retired.lock().unwrap();
        assert_eq!(dropped, retired, "retired values");
        let now = heap::stats();
        let before = &self.before;
        let living = self.lives.living().len() as u64;
        assert_eq!(now.objects - before.objects, living);
        let made = self.lives.made() as u64;
        assert_eq!(now.allocated_objects - before.allocated_objects, made);
        assert_eq!(now.freed_objects - before.freed_objects, made - living);
        assert_eq!((now.queued, now.pending, now.retired), (0, 0, 0));
        assert_eq!(now.mutators, self.players.iter().flatten().count());
        if living == 0 {
            assert_eq!(now.bytes, before.bytes);
        }
        let snapshot = self.on(who, |m| m.snapshot());
        assert_eq!(snapshot.objects() as u64, now.objects);
        let edges: usize = self.nodes.values().map(|node| node.edges.len()).sum();
        assert_eq!(snapshot.edges() - self.edges_before, edges);
    }

    /// Lets everything go, in one of several ways, and demands that nothing stays.
    fn finish(mut self, ending: Ending) {
        self.detach_all();
        let breakers = std::mem::take(&mut self.breakers);
        self.on(0, move |m| {
            for breaker in breakers {
                if let Some(strong) = breaker.upgrade(m) {
                    let place = strong.get(m).place(true).unwrap();
                    let gone = std::mem::take(&mut *place.lock().unwrap());
                    drop(gone);
                }
            }
        });
        for node in self.nodes.values_mut() {
            node.hidden.clear();
        }
        self.settle(0);
        if ending == Ending::ThreadsFirst {
            (0..PLAYERS).for_each(|who| self.exit(who));
        }
        // Finalizers may save more.
        for _ in 0..1_000 {
            let whence = match ending {
                Ending::Outside | Ending::ThreadsFirst => Whence::Outside,
                Ending::Attached => Whence::Attached(1),
                Ending::Detached => Whence::Detached(1),
            };
            while !self.bag.is_empty() {
                self.drop_handle(whence, 0);
            }
            self.check(2);
            if self.bag.is_empty() {
                break;
            }
        }
        assert_eq!(self.lives.living().len(), 0, "all handles are gone");
        while !self.weak.is_empty() {
            let witness = self.weak.len() - 1;
            self.upgrade(0, witness);
            self.drop_weak(Whence::Attached(1), witness);
        }
        self.look();
        (0..PLAYERS).for_each(|who| self.exit(who));
        let now = heap::stats();
        assert_eq!((now.objects, now.bytes), (self.before.objects, self.before.bytes));
        assert_eq!((now.mutators, now.queued, now.pending), (0, 0, 0));
    }
}

impl Drop for Session {
    /// If a demand failed: the next program begins with no thread of this one's.
    fn drop(&mut self) {
        for player in self.players.iter_mut().filter_map(Option::take) {
            drop(player.jobs);
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

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ending {
    Outside,
    Attached,
    Detached,
    ThreadsFirst,
}

/// The heap is one for all tests of a process: they take turns.
static TURN: Mutex<()> = Mutex::new(());

/// Runs `f` while no other test runs, on a heap that collects only when told to.
fn alone(f: impl FnOnce()) {
    let _turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    heap::configure().automatic(false);
    // What a test that failed has left is none of this one's business.
    heap::attach(|m| m.collect_full()).unwrap();
    f();
}

fn config(cases: usize) -> ProptestConfig {
    ProptestConfig { cases: cases as u32, failure_persistence: None, ..ProptestConfig::default() }
}

// ------------------------------------------------------------------- programs

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Op {
    Alloc(Kind),
    Clone(Whence),
    Drop(Whence),
    Link { hidden: bool, times: usize },
    Unlink { hidden: bool, keep: bool },
    Downgrade { with_callback: bool },
    Upgrade,
    CloneWeak(Whence),
    DropWeak(Whence),
    Retire,
    Safepoint,
    Sleep(bool),
    Exit,
    Collect { full: bool },
    Check,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    op: Op,
    by: usize,
    which: usize,
    other: usize,
}

fn whence() -> impl Strategy<Value = Whence> + Clone {
    prop_oneof![
        1 => Just(Whence::Outside),
        4 => (0..PLAYERS).prop_map(Whence::Attached),
        1 => (0..PLAYERS).prop_map(Whence::Detached),
    ]
}

fn kind(finalizers: bool) -> impl Strategy<Value = Kind> {
    let act =
        prop::sample::select(vec![Act::Look, Act::Save, Act::Unlink, Act::Litter, Act::Revive]);
    prop_oneof![
        6 => Just(Kind::Plain),
        u32::from(finalizers) * 6 => act.prop_map(Kind::Final),
        1 => Just(Kind::Opaque),
        1 => Just(Kind::Leaf),
    ]
}

fn steps(finalizers: bool) -> impl Strategy<Value = Vec<Step>> {
    let times = prop_oneof![3 => Just(1_usize), 1 => Just(0), 1 => Just(2)];
    let hidden = prop::bool::weighted(0.15);
    let op = prop_oneof![
        14 => kind(finalizers).prop_map(Op::Alloc),
        4 => whence().prop_map(Op::Clone),
        22 => whence().prop_map(Op::Drop),
        26 => (hidden, times).prop_map(|(hidden, times)| Op::Link { hidden, times }),
        5 => (hidden, any::<bool>()).prop_map(|(hidden, keep)| Op::Unlink { hidden, keep }),
        3 => any::<bool>().prop_map(|with_callback| Op::Downgrade { with_callback }),
        4 => Just(Op::Upgrade),
        1 => whence().prop_map(Op::CloneWeak),
        2 => whence().prop_map(Op::DropWeak),
        1 => Just(Op::Retire),
        3 => Just(Op::Safepoint),
        5 => any::<bool>().prop_map(Op::Sleep),
        2 => Just(Op::Exit),
        3 => prop::bool::weighted(0.2).prop_map(|full| Op::Collect { full }),
        2 => Just(Op::Check),
    ];
    let step = (op, 0..PLAYERS, 0..1_000_usize, 0..1_000_usize)
        .prop_map(|(op, by, which, other)| Step { op, by, which, other });
    prop::collection::vec(step, 0..90)
}

fn ending() -> impl Strategy<Value = Ending> {
    prop::sample::select(vec![
        Ending::Outside,
        Ending::Attached,
        Ending::Detached,
        Ending::ThreadsFirst,
    ])
}

impl Session {
    fn step(&mut self, Step { op, by, which, other }: Step) {
        // Looking for what was saved is a step of its own: not by who sleeps.
        let strong = (!self.bag.is_empty()).then(|| which % self.bag.len());
        let second = other.checked_rem(self.bag.len()).unwrap_or(0);
        let weak = (!self.weak.is_empty()).then(|| which % self.weak.len());
        match op {
            Op::Alloc(kind) => self.alloc(by, kind),
            Op::Retire => self.retire(by),
            Op::Safepoint => self.on(by, |m| m.safepoint()),
            Op::Sleep(true) => self.rest(by, Rest::Asleep),
            Op::Sleep(false) => self.rest(by, Rest::Detached),
            Op::Exit => self.exit(by),
            Op::Collect { full } => drop(self.collect(by, full)),
            Op::Check => self.check(by),
            _ => {}
        }
        if let Some(index) = strong {
            match op {
                Op::Clone(whence) => self.clone_handle(whence, index),
                Op::Drop(whence) => self.drop_handle(whence, index),
                Op::Link { hidden, times } => self.link(by, index, second, hidden, times),
                Op::Unlink { hidden, keep } => self.unlink(by, index, other, hidden, keep),
                Op::Downgrade { with_callback } => self.downgrade(by, index, with_callback),
                _ => {}
            }
        }
        if let Some(index) = weak {
            match op {
                Op::Upgrade => self.upgrade(by, index),
                Op::CloneWeak(whence) => self.clone_weak(whence, index),
                Op::DropWeak(whence) => self.drop_weak(whence, index),
                _ => {}
            }
        }
        self.settle(by);
    }
}

fn run(steps: Vec<Step>, ending: Ending) {
    let mut session = Session::new();
    for step in steps {
        session.step(step);
    }
    session.check(0);
    session.finish(ending);
}

#[test]
fn a_program_frees_exactly_what_it_cannot_reach() {
    alone(|| {
        proptest!(config(size(3_000, 250, 8)), |(steps in steps(false), ending in ending())| {
            run(steps, ending);
        });
    });
}

#[test]
fn a_program_with_finalizers_frees_exactly_what_it_cannot_reach() {
    alone(|| {
        proptest!(config(size(3_000, 250, 8)), |(steps in steps(true), ending in ending())| {
            run(steps, ending);
        });
    });
}

// --------------------------------------------------------------------- graphs

/// Objects that belong together, by their numbers within the group.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Line,
    Ring,
    /// Each refers to each.
    Full,
    Loops,
    /// The first refers to all others, and each of those to the one before it.
    Backwards,
}

impl Shape {
    fn edges(self, size: usize) -> Vec<(usize, usize)> {
        let all = 0..size;
        match self {
            Self::Line => (1..size).map(|n| (n - 1, n)).collect(),
            Self::Ring => all.map(|n| (n, (n + 1) % size)).collect(),
            Self::Full => all.flat_map(|a| (0..size).map(move |b| (a, b))).collect(),
            Self::Loops => all.map(|n| (n, n)).collect(),
            Self::Backwards => (1..size)
                .map(|n| (0, n))
                .chain((2..size).map(|n| (n, n - 1)))
                .chain([(0, 0)])
                .collect(),
        }
    }
}

#[derive(Clone, Debug)]
struct Graph {
    /// Who makes what.
    objects: Vec<(usize, Kind)>,
    /// From, to, hidden, how often.
    edges: Vec<(usize, usize, bool, usize)>,
    weak: Vec<(usize, bool)>,
    /// What is dropped, in which order, and whether to collect then.
    drops: Vec<(usize, Whence, bool)>,
}

fn graph(finalizers: bool) -> impl Strategy<Value = Graph> {
    let shape = prop::sample::select(vec![
        Shape::Line,
        Shape::Ring,
        Shape::Full,
        Shape::Loops,
        Shape::Backwards,
    ]);
    let groups = prop::collection::vec((shape, 1..6_usize), 1..6);
    let index = 0..1_000_usize;
    let times = prop_oneof![8 => Just(1_usize), 2 => Just(2), 1 => Just(100)];
    let hidden = prop::bool::weighted(0.1);
    let across = prop::collection::vec((index.clone(), index.clone(), hidden, times), 0..10);
    let object = (0..PLAYERS, prop_oneof![3 => Just(Kind::Plain), 1 => kind(finalizers)]);
    let objects = prop::collection::vec(object, 30);
    let weak = prop::collection::vec((index.clone(), any::<bool>()), 0..3);
    let drops = prop::collection::vec((index, whence(), prop::bool::weighted(0.15)), 30);
    (groups, across, objects, weak, drops).prop_map(|(groups, across, objects, weak, drops)| {
        let mut count = 0;
        let mut edges = Vec::new();
        for (shape, size) in groups {
            let within = shape.edges(size).into_iter();
            edges.extend(within.map(|(from, to)| (count + from, count + to, false, 1)));
            count += size;
        }
        let count = count.min(objects.len());
        edges.retain(|(from, to, ..)| *from < count && *to < count);
        let within = |(from, to, hidden, times)| (from % count, to % count, hidden, times);
        edges.extend(across.into_iter().map(within));
        Graph {
            objects: objects[..count].to_vec(),
            edges,
            weak: weak.into_iter().map(|(of, with_callback)| (of % count, with_callback)).collect(),
            drops,
        }
    })
}

fn run_graph(graph: Graph, ending: Ending) {
    let mut session = Session::new();
    let owner = |number: usize| graph.objects[number].0;
    for &(who, kind) in &graph.objects {
        session.alloc(who, kind);
    }
    let at = |session: &Session, number: usize| {
        session.bag.iter().position(|(other, _)| *other == number).unwrap()
    };
    for &(from, to, hidden, times) in &graph.edges {
        // A type that cannot be traced can still refer to something.
        let hidden = hidden || graph.objects[from].1 == Kind::Opaque;
        session.link(owner(from), at(&session, from), at(&session, to), hidden, times);
    }
    for &(number, with_callback) in &graph.weak {
        session.downgrade(owner(number), at(&session, number), with_callback);
    }
    session.settle(0);
    for (number, &(which, whence, collects)) in graph.drops.iter().enumerate() {
        let Some(which) = which.checked_rem(session.bag.len()) else { break };
        session.drop_handle(whence, which);
        session.settle(number % PLAYERS);
        if collects {
            session.check(number % PLAYERS);
        }
    }
    session.check(1);
    session.finish(ending);
}

#[test]
fn of_a_graph_exactly_what_is_not_held_is_freed() {
    alone(|| {
        proptest!(config(size(3_000, 120, 8)), |(graph in graph(false), ending in ending())| {
            run_graph(graph, ending);
        });
    });
}

#[test]
fn of_a_graph_with_finalizers_exactly_what_is_not_held_is_freed() {
    alone(|| {
        proptest!(config(size(3_000, 120, 8)), |(graph in graph(true), ending in ending())| {
            run_graph(graph, ending);
        });
    });
}

/// Plain objects in a graph given by edges. The handles are in their order.
fn build(m: &Mutator, lives: &Lives, count: usize, edges: &[(usize, usize)]) -> Vec<Handle> {
    let objects: Vec<_> = (0..count).map(|_| make(m, Kind::Plain, lives)).collect();
    for &(from, to) in edges {
        let target = objects[to].clone();
        objects[from].get(m).place(false).unwrap().lock().unwrap().push(target);
    }
    objects
}

fn permutations(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![vec![]];
    }
    let shorter = permutations(count - 1);
    let insert = |short: Vec<usize>| {
        (0..count).map(move |at| {
            let mut long = short.clone();
            long.insert(at, count - 1);
            long
        })
    };
    shorter.into_iter().flat_map(insert).collect()
}

/// Garbage that is found late and refers to what was taken for alive before: all
/// graphs of four cycles, all orders of their candidates, nothing or one of them
/// held.
#[test]
fn cycles_that_lead_to_each_other_die_in_one_pause_in_every_order() {
    const CYCLES: usize = 4;
    let pairs: Vec<_> = (0..CYCLES).flat_map(|a| (a + 1..CYCLES).map(move |b| (a, b))).collect();
    let orders = permutations(CYCLES);
    let some = if common::is_small() { 7 } else { 1 };
    let program = |m: &mut Mutator, graph: usize, order: &[usize], held: Option<usize>| {
        let lives = Lives::default();
        // A cycle of one or two: number n begins at 2 n.
        let mut edges: Vec<_> = (0..CYCLES)
            .flat_map(|n| {
                let second = if n % 2 == 0 { 2 * n } else { 2 * n + 1 };
                [(2 * n, second), (second, 2 * n)]
            })
            .collect();
        let links = pairs.iter().enumerate().filter(|(bit, _)| graph >> bit & 1 == 1);
        let links: Vec<_> = links.map(|(_, pair)| *pair).collect();
        edges.extend(links.iter().map(|(from, to)| (2 * from, 2 * to)));
        let mut handles: Vec<_> =
            build(m, &lives, 2 * CYCLES, &edges).into_iter().map(Some).collect();
        for &cycle in order {
            // The second dies at once if it is in no cycle.
            handles[2 * cycle + 1] = None;
            if held != Some(cycle) {
                handles[2 * cycle] = None;
            }
        }
        let mut kept: BTreeSet<_> = held.into_iter().collect();
        for &(from, to) in &links {
            if kept.contains(&from) {
                kept.insert(to);
            }
        }
        let objects = |cycle: usize| 1 + cycle % 2;
        let expected: usize = kept.iter().copied().map(objects).sum();
        let collected = m.collect();
        assert_eq!(lives.living().len(), expected, "{links:?} {order:?} {held:?}");
        if held.is_none() {
            assert_eq!(collected.freed, 6);
            assert_eq!(collected.pauses.len(), 1, "{links:?} {order:?}");
        }
        drop(handles);
        m.collect();
        assert_eq!(lives.living().len(), 0);
    };
    alone(|| {
        heap::attach(|m| {
            for graph in (0..1 << pairs.len()).step_by(some) {
                for order in orders.iter().step_by(some) {
                    program(m, graph, order, None);
                    program(m, graph, order, Some(graph % CYCLES));
                }
            }
        })
        .unwrap();
    });
}

#[test]
fn long_chains_of_cycles_die_in_one_pause_in_either_order() {
    const CYCLES: usize = 1_000;
    for backwards in [false, true] {
        alone(|| {
            heap::attach(|m| {
                let lives = Lives::default();
                let chain = (1..CYCLES).map(|n| (n - 1, n));
                let edges: Vec<_> = (0..CYCLES).map(|n| (n, n)).chain(chain).collect();
                let mut handles = build(m, &lives, CYCLES, &edges);
                if backwards {
                    handles.reverse();
                }
                drop(handles);
                let collected = m.collect();
                assert_eq!((collected.freed, collected.pauses.len()), (CYCLES, 1));
                assert_eq!(lives.living().len(), 0);
            })
            .unwrap();
        });
    }
}

/// The first refers to all others and to itself, and each of those to the one
/// before it; so what the last one keeps comes in the wrong order.
#[test]
fn what_is_reached_against_the_order_of_the_visit_stays() {
    // Few edges are kept from the visit, many are not.
    for count in (3..20).chain(120..135).chain(250..265) {
        for held in [1, count / 2, count - 1] {
            alone(|| {
                heap::attach(|m| {
                    let lives = Lives::default();
                    let edges = Shape::Backwards.edges(count);
                    let mut handles = build(m, &lives, count, &edges);
                    let kept = handles.swap_remove(held);
                    drop(handles);
                    m.collect();
                    assert_eq!(lives.living(), (1..=held).collect(), "{count}, {held}");
                    assert_eq!(m.collect_full().freed, 0);
                    drop(kept);
                    assert_eq!(lives.living().len(), 0);
                })
                .unwrap();
            });
        }
    }
}

#[test]
fn a_big_component_dies_as_a_whole_or_not_at_all() {
    let count = size(200_000, 5_000, 300);
    alone(|| {
        heap::attach(|m| {
            let lives = Lives::default();
            let mut random = Random::new(1);
            let ring = (0..count).map(|n| (n, (n + 1) % count));
            let more = (0..3 * count).map(|_| (random.below(count), random.below(count)));
            let edges: Vec<_> = ring.chain(more).collect();
            let mut handles = build(m, &lives, count, &edges);
            let kept = handles.swap_remove(count / 3);
            drop(handles);
            assert_eq!((m.collect().freed, m.collect_full().freed), (0, 0));
            drop(kept);
            assert_eq!(m.collect().freed, count);
            assert_eq!(lives.living().len(), 0);
        })
        .unwrap();
    });
}

#[test]
fn what_an_immortal_object_refers_to_stays() {
    alone(|| {
        heap::attach(|m| {
            let lives = Lives::default();
            let immortal = m.alloc_immortal(Place::default());
            let ring = build(m, &lives, 3, &Shape::Ring.edges(3));
            immortal.get(m).lock().unwrap().extend(ring);
            assert_eq!((m.collect().freed, m.collect_full().freed), (0, 0));
            let gone = std::mem::take(&mut *immortal.get(m).lock().unwrap());
            assert_eq!(gone[2].get(m).core().number, 2);
            drop(gone);
            assert_eq!(m.collect().freed, 3);
            assert_eq!(lives.living().len(), 0);
        })
        .unwrap();
    });
}

// ------------------------------------------------------------------- at once

/// One of several threads that work on the same objects at the same time.
struct Hand {
    random: Random,
    lives: Lives,
    slots: Arc<Vec<Mutex<Option<Handle>>>>,
    bag: Vec<Handle>,
    weak: Vec<GcWeak<dyn Thing>>,
}

impl Hand {
    fn pick(&mut self) -> Option<usize> {
        (!self.bag.is_empty()).then(|| self.random.below(self.bag.len()))
    }

    fn swap(&mut self, handle: Option<Handle>) {
        let slot = self.random.below(self.slots.len());
        let before = std::mem::replace(&mut *self.slots[slot].lock().unwrap(), handle);
        self.bag.extend(before);
    }

    fn step(&mut self, m: &mut Mutator, kinds: &[Kind]) {
        match self.random.below(32) {
            0..6 => {
                let kind = kinds[self.random.below(kinds.len())];
                self.bag.push(make(m, kind, &self.lives));
            }
            6..12 => {
                let Some(index) = self.pick() else { return };
                let handle = self.bag.swap_remove(index);
                if self.random.below(4) == 0 {
                    m.detach(|| drop(handle));
                }
            }
            12..18 => {
                let (Some(from), Some(to)) = (self.pick(), self.pick()) else { return };
                let target = self.bag[to].clone();
                if let Some(place) = self.bag[from].get(m).place(false) {
                    place.lock().unwrap().push(target);
                }
            }
            18..21 => {
                let Some(from) = self.pick() else { return };
                let Some(place) = self.bag[from].get(m).place(false) else { return };
                let gone = place.lock().unwrap().pop();
                if let Some(gone) = &gone {
                    gone.get(m).core().check();
                }
                drop(gone);
            }
            21..24 => {
                let handle = self.pick().map(|index| self.bag.swap_remove(index));
                self.swap(handle);
            }
            24..26 => {
                let handle = self.pick().map(|index| self.bag[index].clone());
                self.swap(handle);
            }
            26 => {
                let Some(index) = self.pick() else { return };
                self.weak.push(self.bag[index].downgrade(m));
            }
            27 => {
                let Some(weak) = self.weak.pop() else { return };
                let found = weak.upgrade(m);
                if let Some(found) = &found {
                    found.get(m).core().check();
                }
                self.bag.extend(found);
            }
            28 => {
                let saved = self.lives.log().saved.pop();
                self.bag.extend(saved);
            }
            29 => drop(m.collect()),
            _ => m.safepoint(),
        }
        let Some(index) = self.pick() else { return };
        self.bag[index].get(m).core().check();
    }
}

fn run_at_once(seeds: [u64; PLAYERS], stretches: usize, steps: usize, kinds: &[Kind]) {
    let before = heap::stats();
    let lives = Lives::default();
    let slots: Arc<Vec<_>> = Arc::new((0..4).map(|_| Mutex::new(None)).collect());
    let threads = seeds.map(|seed| {
        let mut hand = Hand {
            random: Random::new(seed),
            lives: lives.clone(),
            slots: slots.clone(),
            bag: Vec::new(),
            weak: Vec::new(),
        };
        let kinds = kinds.to_vec();
        thread::spawn(move || {
            for _ in 0..stretches {
                let work = |m: &mut Mutator| (0..steps).for_each(|_| hand.step(m, &kinds));
                heap::attach(work).unwrap();
                // Not attached now.
                hand.bag.truncate(4);
                hand.bag.extend(hand.bag.first().cloned());
            }
            (hand.bag, hand.weak)
        })
    });
    let (mut bag, mut weak) = (Vec::new(), Vec::new());
    for thread in threads {
        let (handles, witnesses) = join(thread);
        bag.extend(handles);
        weak.extend(witnesses);
    }
    bag.extend(slots.iter().filter_map(|slot| slot.lock().unwrap().take()));
    heap::attach(|m| {
        loop {
            loop {
                bag.append(&mut lives.log().saved);
                let collected = m.collect();
                if collected.freed + collected.resurrected == 0 {
                    break;
                }
            }
            let mut reachable = BTreeSet::new();
            let mut next = bag.clone();
            while let Some(handle) = next.pop() {
                let thing = handle.get(m);
                if reachable.insert(thing.core().number) {
                    let place = thing.place(false).map(|place| place.lock().unwrap().clone());
                    next.extend(place.into_iter().flatten());
                }
            }
            assert_eq!(lives.living(), reachable);
            assert_eq!(m.collect_full().freed, 0);
            let objects = heap::stats().objects - before.objects;
            assert_eq!(objects, reachable.len() as u64);
            if bag.is_empty() {
                break;
            }
            bag.truncate(bag.len() / 2);
        }
        assert!(weak.iter().all(|weak| weak.upgrade(m).is_none()));
        drop(weak);
    })
    .unwrap();
    assert!(lives.log().errors.is_empty(), "{:?}", lives.log().errors);
    assert!(lives.log().finalized.iter().all(|count| *count <= 1));
    let after = heap::stats();
    assert_eq!((after.objects, after.bytes), (before.objects, before.bytes));
}

fn at_once(cases: usize, kinds: &[Kind]) {
    alone(|| {
        heap::configure().automatic(true).collect_after(8).growth(10);
        let seeds = prop::array::uniform::<_, PLAYERS>(any::<u64>());
        proptest!(config(cases), |(seeds in seeds, stretches in 1..4_usize)| {
            run_at_once(seeds, stretches, 60, kinds);
        });
    });
}

#[test]
fn threads_that_work_at_once_free_exactly_what_they_cannot_reach() {
    at_once(size(2_000, 80, 4), &[Kind::Plain, Kind::Plain, Kind::Plain, Kind::Leaf]);
}

#[test]
fn threads_with_finalizers_that_work_at_once_free_exactly_what_they_cannot_reach() {
    let acts = [Act::Look, Act::Save, Act::Unlink, Act::Litter, Act::Revive].map(Kind::Final);
    at_once(size(2_000, 80, 4), &[&[Kind::Plain; 4], &acts[..]].concat());
}
