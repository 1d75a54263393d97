//! Trial deletion: which of the visited objects does nothing outside refer to?

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;

use crate::blocks::{BlockSource, Blocks};
use crate::gc::{ACYCLIC, AGED, CONDEMNED, DEAD, FINALIZED, Object, PINNED, UNCOUNTED, Word};
use crate::stw::{Address, Stopped};
use crate::sync::{AtomicU32, Ordering::*, global};
use crate::trace::Tracer;

/// The number of the trial, in the upper half of `ob_scratch`: an object with
/// another has not been visited. Below it [`ALIVE`] and the references that no
/// visited object accounts for so far.
const EPOCH_SHIFT: u32 = 32;
/// Held from outside, directly or not.
const ALIVE: u64 = 1 << 31;
const REFERENCES: u64 = ALIVE - 1;

/// How many edges are kept until what they belong to is decided.
const KEPT_EDGES: usize = 256;

global! {
    /// The number of the last trial.
    fn last_epoch() -> AtomicU32 = AtomicU32::new(0)
}

pub(super) struct Trial {
    epoch: u64,
    /// Bits of objects that are not visited, and thought alive.
    barred: u8,
    /// The deferred ones of the objects.
    deferred: Vec<Object>,
    /// In the order of the visit.
    objects: Vec<Object>,
    /// The next to decide: those before it are decided.
    decided: usize,
    /// What was thought alive may not be, since garbage was found that refers to it.
    again: bool,
    /// Those of the objects that are not decided, as far as they are kept.
    edges: Vec<NonNull<()>>,
    /// Where the edges of each such object end.
    ends: Vec<usize>,
    /// Kept for its memory.
    held: Vec<Object>,
    /// The visited objects that nothing outside refers to.
    pub(super) garbage: Vec<Object>,
    /// Some of these have a finalizer to run.
    pub(super) finalizers: bool,
}

fn scratch(object: Object) -> u64 {
    // Relaxed: only who has stopped the world touches this word.
    object.head().ob_scratch.load(Relaxed)
}

fn set_scratch(object: Object, value: u64) {
    object.head().ob_scratch.store(value, Relaxed);
}

/// The references to an object, wherever they are counted.
fn references(object: Object) -> u64 {
    let head = object.head();
    let local = match head.ob_ref_local.load(Relaxed) {
        UNCOUNTED => 0,
        local => local as isize,
    };
    // Acquire: continues the release sequence of who gave references up; their
    // use of the payload comes before its destruction.
    let count = local + Word(head.ob_ref_shared.load(Acquire)).count();
    // What does not fit is never accounted for, so it stays alive.
    u64::try_from(count).unwrap_or(0).min(REFERENCES)
}

/// What is never visited: what can be in no cycle, what is being destroyed, and what is
/// known to be alive.
const BARRED: u8 = ACYCLIC | DEAD | CONDEMNED | PINNED;

impl Trial {
    /// With the world stopped. If it is not to be `complete`, deferred objects that an
    /// earlier collection found alive are taken for alive: much can be behind them.
    pub(super) fn new(_: &Stopped<'_>, complete: bool) -> Self {
        let barred = if complete { BARRED } else { BARRED | AGED };
        let epoch = last_epoch().fetch_add(1, Relaxed).wrapping_add(1);
        if epoch == 0 {
            // The numbers begin again: no object may have one from before.
            // SAFETY: every block of the source is that of an object.
            let mut reset = |block, _| set_scratch(unsafe { Object::in_block(block) }, 0);
            // SAFETY: the world is stopped, and unattached threads neither
            // allocate nor free.
            unsafe { Blocks::visit(&mut reset) };
            let epoch = last_epoch().fetch_add(1, Relaxed).wrapping_add(1);
            return Self::new_with(u64::from(epoch), barred);
        }
        Self::new_with(u64::from(epoch), barred)
    }

    fn new_with(epoch: u64, barred: u8) -> Self {
        Self {
            epoch,
            barred,
            deferred: Vec::new(),
            objects: Vec::new(),
            decided: 0,
            again: false,
            edges: Vec::new(),
            ends: Vec::new(),
            held: Vec::new(),
            garbage: Vec::new(),
            finalizers: false,
        }
    }

    pub(super) fn visited(&self) -> usize {
        self.objects.len()
    }

    fn is_visited(&self, object: Object) -> bool {
        scratch(object) >> EPOCH_SHIFT == self.epoch
    }

    #[inline]
    fn is_eligible(&self, object: Object) -> bool {
        !object.has(self.barred) && !object.is_immortal()
    }

    #[inline]
    fn visit(&mut self, object: Object) -> u64 {
        if object.deferred_id().is_some() {
            self.deferred.push(object);
        }
        let word = self.epoch << EPOCH_SHIFT | references(object);
        set_scratch(object, word);
        self.objects.push(object);
        word
    }

    /// Visits what an object reaches, and decides what of it is alive.
    #[inline]
    pub(super) fn start(&mut self, root: Object) {
        if !self.is_visited(root) && self.is_eligible(root) {
            self.visit(root);
            self.subtract(true);
            self.decide(self.decided);
            self.decided = self.objects.len();
        }
    }

    /// Starts from every object of the heap.
    pub(super) fn start_everywhere(&mut self) {
        let mut all = Vec::new();
        // SAFETY: every block of the source is that of an object.
        let mut add = |block, _| all.push(unsafe { Object::in_block(block) });
        // SAFETY: the world is stopped, and unattached threads neither allocate
        // nor free.
        unsafe { Blocks::visit(&mut add) };
        all.into_iter().for_each(|object| self.start(object));
    }

    /// Marks the deferred objects that are alive as those of an earlier collection.
    pub(super) fn age(&mut self) {
        for object in std::mem::take(&mut self.deferred) {
            // Garbage has no ALIVE, and neither has what was all decided at once.
            let is_garbage = scratch(object) & (ALIVE | REFERENCES) == 0;
            if !is_garbage {
                object.set(AGED, 0);
            }
        }
    }

    /// After the last start: decides again if that is called for.
    pub(super) fn finish(&mut self) {
        if self.again {
            for &object in &self.objects {
                set_scratch(object, scratch(object) & !ALIVE);
            }
            self.garbage.clear();
            self.decide(0);
        }
    }

    /// Takes from each object's references those from visited objects, of which
    /// the ones from `decided` on have not been traced yet. `grow`: what they
    /// refer to is visited too.
    fn subtract(&mut self, grow: bool) {
        let mut next = self.decided;
        let mut edges = std::mem::take(&mut self.edges);
        edges.clear();
        self.ends.clear();
        while next < self.objects.len() {
            if edges.len() > KEPT_EDGES {
                edges.clear();
            }
            let first = edges.len();
            // SAFETY: visited objects are alive, and the world is stopped.
            unsafe { self.objects[next].trace(&mut Tracer::new(&mut edges)) };
            for &edge in &edges[first..] {
                // SAFETY: a handle owns a reference.
                let target = unsafe { Object::at(Address(edge)) };
                let mut word = scratch(target);
                if word >> EPOCH_SHIFT != self.epoch {
                    if !grow || !self.is_eligible(target) {
                        continue;
                    }
                    word = self.visit(target);
                }
                let references = word & REFERENCES;
                if references == 0 || references == REFERENCES {
                    debug_assert!(references != 0, "more handles were reported than there are");
                    continue;
                }
                set_scratch(target, word - 1);
                self.again |= references == 1 && word & ALIVE != 0;
            }
            if edges.len() <= KEPT_EDGES && self.ends.len() == next - self.decided {
                self.ends.push(edges.len());
            }
            next += 1;
        }
        self.edges = edges;
    }

    /// Decides which of the objects from `first` on are held from outside, or
    /// reached by such, and takes note of the others.
    fn decide(&mut self, first: usize) {
        let mut undecided = 0;
        for &object in &self.objects[first..] {
            let word = scratch(object);
            if word & REFERENCES == 0 {
                undecided += 1;
            } else {
                set_scratch(object, word | ALIVE);
            }
        }
        if undecided == 0 {
            return;
        }
        let count = self.objects.len() - first;
        if undecided != count {
            undecided = if self.ends.len() == count && first == self.decided {
                self.mark_few(first, undecided)
            } else {
                self.mark(first, undecided)
            };
        }
        if undecided == 0 {
            return;
        }
        for &object in &self.objects[first..] {
            if scratch(object) & ALIVE == 0 {
                self.finalizers |= !object.has(FINALIZED);
                self.garbage.push(object);
            }
        }
    }

    /// As [`mark`](Self::mark), with the edges that were found when the objects
    /// were visited, and which still are at hand if there are few.
    fn mark_few(&mut self, first: usize, mut undecided: usize) -> usize {
        // An object mostly comes after one that refers to it.
        for _ in 0..2 {
            let before = undecided;
            let mut from = 0;
            for (&object, &end) in self.objects[first..].iter().zip(&self.ends) {
                if undecided != 0 && scratch(object) & ALIVE != 0 {
                    for &edge in &self.edges[from..end] {
                        // SAFETY: as in `subtract`.
                        let target = unsafe { Object::at(Address(edge)) };
                        let word = scratch(target);
                        if word >> EPOCH_SHIFT == self.epoch && word & ALIVE == 0 {
                            set_scratch(target, word | ALIVE);
                            undecided -= 1;
                        }
                    }
                }
                from = end;
            }
            if undecided == 0 || undecided == before {
                return undecided;
            }
        }
        self.mark(first, undecided)
    }

    /// Marks what objects that are held from outside reach, and returns how many
    /// of the undecided are left.
    fn mark(&mut self, first: usize, mut undecided: usize) -> usize {
        let mut held = std::mem::take(&mut self.held);
        let is_held = |object: &Object| scratch(*object) & ALIVE != 0;
        held.extend(self.objects[first..].iter().copied().filter(is_held));
        let mut edges = std::mem::take(&mut self.edges);
        while undecided != 0
            && let Some(object) = held.pop()
        {
            edges.clear();
            // SAFETY: as in `subtract`.
            unsafe { object.trace(&mut Tracer::new(&mut edges)) };
            for &edge in &edges {
                // SAFETY: as in `subtract`.
                let target = unsafe { Object::at(Address(edge)) };
                let word = scratch(target);
                if word >> EPOCH_SHIFT == self.epoch && word & ALIVE == 0 {
                    set_scratch(target, word | ALIVE);
                    held.push(target);
                    undecided -= 1;
                }
            }
        }
        held.clear();
        self.held = held;
        self.edges = edges;
        undecided
    }

    /// Splits garbage, to each object of which the collector has a reference,
    /// into what still is garbage, and what something outside now refers to.
    pub(super) fn split(
        mut self,
        condemned: &[Object],
    ) -> Result<(Vec<Object>, Vec<Object>), Box<dyn Any + Send>> {
        for &object in condemned {
            let word = self.visit(object);
            if word & REFERENCES != REFERENCES {
                // The collector's own.
                set_scratch(object, word - 1);
            }
        }
        // What the trial knows is thrown away with it.
        catch_unwind(AssertUnwindSafe(|| {
            self.subtract(false);
            self.decide(0);
        }))?;
        let is_alive = |object: &Object| scratch(*object) & ALIVE != 0;
        let (saved, rest) = condemned.iter().partition(|object| is_alive(object));
        Ok((rest, saved))
    }
}
