//! What the suites that misuse the heap share: turns, and objects that count
//! themselves. Needs `common`.

#![allow(dead_code, reason = "each suite uses a part of this")]

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use brc::{Finalize, Gc, Mutator, Trace, heap};

use crate::common::{Counted, Tally, panic_quietly};

/// The heap is one for all tests of a process: they take turns.
static TURN: Mutex<()> = Mutex::new(());

pub(crate) fn turn() -> impl Drop {
    TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Runs `f` attached, while no other test runs, and demands that it leaves
/// nothing behind.
pub(crate) fn alone<R>(f: impl FnOnce(&mut Mutator) -> R) -> R {
    alone_detached(|| heap::attach(f).unwrap())
}

/// As [`alone`], but it is for `f` to attach.
pub(crate) fn alone_detached<R>(f: impl FnOnce() -> R) -> R {
    let _turn = turn();
    // What a test that failed has left is none of this one's business.
    heap::attach(|m| m.collect()).unwrap();
    let before = mortal();
    let result = f();
    heap::attach(|m| m.collect()).unwrap();
    let stats = heap::stats();
    let left = (mortal(), stats.queued, stats.pending, stats.retired, stats.mutators);
    assert_eq!(left, (before, 0, 0, 0, 0), "left behind");
    result
}

/// How many objects there are that are not immortal.
pub(crate) fn mortal() -> u64 {
    let stats = heap::stats();
    stats.objects - stats.immortal_objects
}

/// Something to do at the end. A destructor of the program's own.
pub(crate) struct AtEnd(Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl AtEnd {
    pub(crate) fn new(f: impl FnOnce() + Send + 'static) -> Self {
        Self(Mutex::new(Some(Box::new(f))))
    }
}

impl Drop for AtEnd {
    fn drop(&mut self) {
        let f = self.0.get_mut().unwrap().take();
        if let Some(f) = f {
            f();
        }
    }
}

#[derive(Trace)]
pub(crate) struct Node {
    pub(crate) edges: Mutex<Vec<Gc<Node>>>,
    // Before the count: what panics here must not keep that from being dropped.
    #[trace(skip)]
    _at_end: Option<AtEnd>,
    #[trace(skip)]
    _counted: Counted,
}

impl Node {
    pub(crate) fn new(tally: &Tally) -> Self {
        Self { edges: Mutex::default(), _at_end: None, _counted: tally.payload() }
    }

    pub(crate) fn with_end(tally: &Tally, f: impl FnOnce() + Send + 'static) -> Self {
        Self { _at_end: Some(AtEnd::new(f)), ..Self::new(tally) }
    }

    /// Its destructor panics.
    pub(crate) fn armed(tally: &Tally) -> Self {
        Self::with_end(tally, || panic_quietly())
    }
}

pub(crate) fn link(m: &Mutator, from: &Gc<Node>, to: &Gc<Node>) {
    from.get(m).edges.lock().unwrap().push(to.clone());
}

/// A cycle of as many objects. Returns one of them.
pub(crate) fn ring(m: &Mutator, length: usize, mut new: impl FnMut(usize) -> Node) -> Gc<Node> {
    let first = m.alloc(new(0));
    let mut last = first.clone();
    for n in 1..length {
        let next = m.alloc(new(n));
        link(m, &last, &next);
        last = next;
    }
    link(m, &last, &first);
    first
}

/// A chain of as many objects, each of which keeps the one made before it.
pub(crate) fn chain(m: &Mutator, length: usize, mut new: impl FnMut(usize) -> Node) -> Gc<Node> {
    let mut head = m.alloc(new(0));
    for n in 1..length {
        let next = m.alloc(new(n));
        link(m, &next, &head);
        head = next;
    }
    head
}

/// Runs `f` on a thread of its own, attached, to the thread's very end; not as a
/// part of the calling thread's work.
pub(crate) fn elsewhere<R: Send + 'static>(
    f: impl FnOnce(&mut Mutator) -> R + Send + 'static,
) -> R {
    crate::common::join(thread::spawn(|| heap::attach(f).unwrap()))
}

/// As [`elsewhere`], not attached.
pub(crate) fn outside<R: Send + 'static>(f: impl FnOnce() -> R + Send + 'static) -> R {
    crate::common::join(thread::spawn(f))
}

/// The number that `f` panics with, by [`panic_with`].
pub(crate) fn panics_with(f: impl FnOnce()) -> Option<u32> {
    let payload = catch_unwind(AssertUnwindSafe(f)).err()?;
    Some(*payload.downcast::<u32>().unwrap_or_else(|other| resume_unwind(other)))
}

/// Panics, quietly.
pub(crate) fn panic_with(number: u32) -> ! {
    resume_unwind(Box::new(number))
}

/// How long a thread waits where the test cannot know what the other does: long
/// enough to see it go wrong, if it does.
pub(crate) const A_WHILE: Duration = Duration::from_millis(200);

/// Waits until something happens elsewhere that does.
pub(crate) fn wait_until(mut happened: impl FnMut() -> bool) {
    while !happened() {
        thread::sleep(Duration::from_millis(1));
    }
}

/// A finalizer, and the object that it is of.
type Finalizer = Box<dyn FnOnce(&Mutator, &Finalized) + Send>;

/// As [`Node`], with a finalizer.
#[derive(Trace)]
#[trace(finalize)]
pub(crate) struct Finalized {
    pub(crate) edges: Mutex<Vec<Gc<Finalized>>>,
    #[trace(skip)]
    finalizer: Mutex<Option<Finalizer>>,
    #[trace(skip)]
    _counted: Counted,
}

impl Finalized {
    pub(crate) fn new(
        tally: &Tally,
        finalizer: impl FnOnce(&Mutator, &Self) + Send + 'static,
    ) -> Self {
        Self {
            edges: Mutex::default(),
            finalizer: Mutex::new(Some(Box::new(finalizer))),
            _counted: tally.payload(),
        }
    }

    pub(crate) fn link(m: &Mutator, from: &Gc<Self>, to: &Gc<Self>) {
        from.get(m).edges.lock().unwrap().push(to.clone());
    }
}

impl Finalize for Finalized {
    fn finalize(&self, m: &Mutator) {
        let finalizer = self.finalizer.lock().unwrap().take();
        finalizer.expect("finalized twice")(m, self);
    }
}
