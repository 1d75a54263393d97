//! The objects of a program, and what becomes of them.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use brc::{Finalize, Gc, GcWeak, Locked, Mutator, Trace};

use super::{ACTORS, MOST_OBJECTS};

pub(super) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What happened to one object.
#[derive(Default)]
pub(super) struct Fate {
    pub(super) dropped: AtomicU32,
    pub(super) finalized: AtomicU32,
}

/// What happened to the objects of a program.
pub(super) struct Ledger {
    pub(super) fates: Vec<Fate>,
    /// What finalizers saved.
    pub(super) risen: Mutex<Vec<Handle>>,
    /// The first thing that went wrong.
    pub(super) failure: Mutex<Option<String>>,
}

impl Ledger {
    pub(super) fn new() -> Arc<Self> {
        let fates = (0..MOST_OBJECTS).map(|_| Fate::default()).collect();
        Arc::new(Self { fates, risen: Mutex::default(), failure: Mutex::default() })
    }

    pub(super) fn dropped(&self, id: usize) -> usize {
        self.fates[id].dropped.load(Relaxed) as usize
    }

    pub(super) fn fail(&self, what: String) {
        lock(&self.failure).get_or_insert(what);
    }

    /// Calls `f`. Says whether it came to its end; if not, it was for a bomb.
    pub(super) fn guarded(&self, f: impl FnOnce()) -> bool {
        let Err(panic) = catch_unwind(AssertUnwindSafe(f)) else { return true };
        if !panic.is::<Bomb>() {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or(panic.downcast_ref::<&str>().map(|text| text.to_string()));
            self.fail(text.unwrap_or_else(|| "a panic of unknown kind".into()));
        }
        false
    }

    /// Calls `f` until no bomb keeps it from coming to its end. It is to do
    /// nothing before what may panic.
    pub(super) fn insisted<R>(&self, mut f: impl FnMut() -> R) -> R {
        let mut result = None;
        while result.is_none() {
            self.guarded(|| result = Some(f()));
            assert!(lock(&self.failure).is_none(), "it failed already");
        }
        result.expect("just looked")
    }
}

/// What some destructors and finalizers panic with.
pub(super) struct Bomb;

impl Bomb {
    /// Not through the panic hook, which may end the process.
    pub(super) fn explode() {
        if !thread::panicking() {
            resume_unwind(Box::new(Self));
        }
    }
}

/// How an object behaves when it dies.
#[derive(Clone, Copy)]
pub(super) struct Manner {
    pub(super) drop_panics: bool,
    pub(super) finalizer_panics: bool,
    pub(super) finalizer_saves: bool,
}

pub(super) const ALIVE: u32 = 0x600d_600d;

/// In each payload: who it is, and that it is.
pub(super) struct Tag {
    pub(super) canary: AtomicU32,
    pub(super) id: usize,
    pub(super) manner: Manner,
    pub(super) ledger: Arc<Ledger>,
}

impl Tag {
    pub(super) fn check(&self, id: usize) {
        let canary = self.canary.load(Relaxed);
        assert!(canary == ALIVE, "object {id} is dead, with {canary:#x} for a canary");
        assert!(self.id == id, "object {} where {id} should be", self.id);
    }
}

impl Drop for Tag {
    fn drop(&mut self) {
        self.check(self.id);
        self.canary.store(0xdead_dead, Relaxed);
        self.ledger.fates[self.id].dropped.fetch_add(1, Relaxed);
        if self.manner.drop_panics {
            Bomb::explode();
        }
    }
}

#[derive(Trace)]
#[trace(finalize)]
pub(super) struct Node {
    #[trace(skip)]
    pub(super) tag: Tag,
    pub(super) lanes: [Mutex<Option<Handle>>; ACTORS],
}

impl Finalize for Node {
    fn finalize(&self, m: &Mutator) {
        self.tag.check(self.tag.id);
        let ledger = &self.tag.ledger;
        ledger.fates[self.tag.id].finalized.fetch_add(1, Relaxed);
        for lane in &self.lanes {
            // Who revived this object through a weak handle may be at it.
            let target = lane.try_lock().ok().and_then(|lane| lane.clone());
            let Some(target) = target else { continue };
            assert!(ledger.dropped(target.id) == 0, "a finalizer refers to a dead object");
            target.look(m);
            if self.tag.manner.finalizer_saves {
                lock(&ledger.risen).push(target);
            }
        }
        if self.tag.manner.finalizer_panics {
            Bomb::explode();
        }
    }
}

#[derive(Trace)]
pub(super) struct Body {
    #[trace(skip)]
    pub(super) tag: Tag,
    pub(super) lanes: [Option<Handle>; ACTORS],
}

#[derive(Trace)]
pub(super) struct Leaf {
    #[trace(skip)]
    pub(super) tag: Tag,
}

pub(super) trait Shown: Send + Sync {
    fn node(&self) -> &Node;
}

impl Shown for Node {
    fn node(&self) -> &Node {
        self
    }
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Kind {
    Node,
    Shown,
    Slice(usize),
    Body,
    Leaf,
}

impl Kind {
    pub(super) fn of(detail: u8) -> Self {
        match detail % 8 {
            0 | 1 => Self::Node,
            2 => Self::Shown,
            3 => Self::Slice(1 + usize::from(detail / 8) % ACTORS),
            4..=6 => Self::Body,
            _ => Self::Leaf,
        }
    }

    pub(super) fn has_lanes(self) -> bool {
        self != Self::Leaf
    }

    pub(super) fn has_finalizer(self) -> bool {
        matches!(self, Self::Node | Self::Shown)
    }

    /// How many destructors of ours run when it dies.
    pub(super) fn parts(self) -> usize {
        if let Self::Slice(length) = self { length } else { 1 }
    }
}

/// A handle, and to what.
#[derive(Clone, Trace)]
pub(super) struct Handle {
    pub(super) id: usize,
    pub(super) gc: Strong,
}

#[derive(Clone, Trace)]
pub(super) enum Strong {
    Node(Gc<Node>),
    Shown(Gc<dyn Shown>),
    Slice(Gc<[Node]>),
    Body(Gc<Locked<Body>>),
    Leaf(Gc<Leaf>),
}

#[derive(Clone)]
pub(super) struct WeakHandle {
    pub(super) id: usize,
    pub(super) gc: Weak,
}

#[derive(Clone)]
pub(super) enum Weak {
    Node(GcWeak<Node>),
    Shown(GcWeak<dyn Shown>),
    Slice(GcWeak<[Node]>),
    Body(GcWeak<Locked<Body>>),
    Leaf(GcWeak<Leaf>),
}

impl Handle {
    pub(super) fn new(
        m: &Mutator,
        ledger: &Arc<Ledger>,
        id: usize,
        kind: Kind,
        manner: Manner,
    ) -> Self {
        let tag = || Tag { canary: AtomicU32::new(ALIVE), id, manner, ledger: ledger.clone() };
        let node = || Node { tag: tag(), lanes: Default::default() };
        let gc = match kind {
            Kind::Node => Strong::Node(m.alloc(node())),
            Kind::Shown => Strong::Shown(m.alloc_dyn(node(), |node| node)),
            Kind::Slice(length) => Strong::Slice(m.alloc_slice((0..length).map(|_| node()))),
            Kind::Body => {
                Strong::Body(m.alloc(Locked::new(Body { tag: tag(), lanes: Default::default() })))
            }
            Kind::Leaf => Strong::Leaf(m.alloc(Leaf { tag: tag() })),
        };
        Self { id, gc }
    }

    /// Looks at the object, where that needs no lock.
    pub(super) fn look(&self, m: &Mutator) {
        match &self.gc {
            Strong::Node(gc) => gc.get(m).tag.check(self.id),
            Strong::Shown(gc) => gc.get(m).node().tag.check(self.id),
            Strong::Slice(gc) => gc.get(m).iter().for_each(|node| node.tag.check(self.id)),
            Strong::Body(_) => {}
            Strong::Leaf(gc) => gc.get(m).tag.check(self.id),
        }
    }

    /// Puts something else into a lane of the object, and returns what was there.
    pub(super) fn replace(
        &self,
        m: &mut Mutator,
        lane: usize,
        ledger: &Ledger,
        mut new: Option<Self>,
    ) -> Option<Self> {
        self.look(m);
        let node = match &self.gc {
            Strong::Body(gc) => {
                return ledger.insisted(|| {
                    let mut body = m.lock(gc);
                    body.tag.check(self.id);
                    mem::replace(&mut body.lanes[lane], new.take())
                });
            }
            Strong::Leaf(_) => return None,
            Strong::Node(gc) => gc.get(m),
            Strong::Shown(gc) => gc.get(m).node(),
            Strong::Slice(gc) => {
                let nodes = gc.get(m);
                &nodes[lane % nodes.len()]
            }
        };
        mem::replace(&mut lock(&node.lanes[lane]), new)
    }

    pub(super) fn downgrade(&self, m: &Mutator) -> WeakHandle {
        let gc = match &self.gc {
            Strong::Node(gc) => Weak::Node(gc.downgrade(m)),
            Strong::Shown(gc) => Weak::Shown(gc.downgrade(m)),
            Strong::Slice(gc) => Weak::Slice(gc.downgrade(m)),
            Strong::Body(gc) => Weak::Body(gc.downgrade(m)),
            Strong::Leaf(gc) => Weak::Leaf(gc.downgrade(m)),
        };
        WeakHandle { id: self.id, gc }
    }

    pub(super) fn downgrade_with(
        &self,
        m: &Mutator,
        f: impl FnOnce(&Mutator) + Send + 'static,
    ) -> WeakHandle {
        let gc = match &self.gc {
            Strong::Node(gc) => Weak::Node(gc.downgrade_with(m, f)),
            Strong::Shown(gc) => Weak::Shown(gc.downgrade_with(m, f)),
            Strong::Slice(gc) => Weak::Slice(gc.downgrade_with(m, f)),
            Strong::Body(gc) => Weak::Body(gc.downgrade_with(m, f)),
            Strong::Leaf(gc) => Weak::Leaf(gc.downgrade_with(m, f)),
        };
        WeakHandle { id: self.id, gc }
    }
}

impl WeakHandle {
    pub(super) fn upgrade(&self, m: &Mutator) -> Option<Handle> {
        let gc = match &self.gc {
            Weak::Node(gc) => gc.upgrade(m).map(Strong::Node),
            Weak::Shown(gc) => gc.upgrade(m).map(Strong::Shown),
            Weak::Slice(gc) => gc.upgrade(m).map(Strong::Slice),
            Weak::Body(gc) => gc.upgrade(m).map(Strong::Body),
            Weak::Leaf(gc) => gc.upgrade(m).map(Strong::Leaf),
        };
        let handle = Handle { id: self.id, gc: gc? };
        handle.look(m);
        Some(handle)
    }
}
