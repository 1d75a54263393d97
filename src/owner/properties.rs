//! Random programs over several owners, all on one real thread, against an
//! oracle that counts handles.
//!
//! The owners' ids are passed in, so that every interleaving of whole
//! operations can be had. What lies within an operation is for the models.

use std::any::TypeId;
use std::cell::Cell;
use std::ptr::NonNull;
use std::sync::Arc;

use proptest::prelude::*;

use super::object::{Dead, Kind, Object};
use super::registry::{Handed, Registry, Work, merge_all};
use crate::header::{Header, MergeRequest, OwnerId, Released, State, Taken, Uniqueness};

/// An object, and what the oracle knows of it.
struct Thing {
    header: Header,
    kind: &'static Kind,
    handles: Cell<usize>,
    weak: Cell<usize>,
    /// In a merge queue.
    entries: Cell<usize>,
    /// Dead, and on a reap list.
    reaping: Cell<bool>,
    immortal: Cell<bool>,
    /// The payload was destroyed, or taken out.
    destroyed: Cell<u32>,
    freed: Cell<u32>,
}

impl Thing {
    fn references(&self) -> usize {
        self.handles.get() + self.entries.get()
    }

    fn is_alive(&self) -> bool {
        self.references() > 0 || self.immortal.get()
    }

    /// After the payload's end.
    fn release_memory(&self, unshared: bool) {
        if unshared {
            assert_eq!(self.weak.get(), 0, "a weak handle was overlooked");
        }
        // SAFETY: the strong handles' weak reference, given up once.
        if unshared || unsafe { self.header.release_weak() } {
            add(&self.freed, 1);
        }
    }
}

fn add<T: Copy + std::ops::Add<Output = T>>(cell: &Cell<T>, n: T) {
    cell.set(cell.get() + n);
}

fn take_one(cell: &Cell<usize>) {
    cell.set(cell.get().checked_sub(1).expect("the oracle lost count"));
}

unsafe fn destroy(object: &Object, unshared: bool) {
    let thing = thing_of(object);
    assert!(!thing.is_alive(), "a live object is destroyed");
    thing.reaping.set(false);
    add(&thing.destroyed, 1);
    thing.release_memory(unshared);
}

fn apples() -> TypeId {
    TypeId::of::<u8>()
}

fn pears() -> TypeId {
    TypeId::of::<u16>()
}

const KINDS: [&Kind; 2] = [
    &Kind { destroy, type_id: apples, inert: false },
    &Kind { destroy, type_id: pears, inert: false },
];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Attached,
    Detached,
    Gone,
    /// A thread that never made an object.
    Stranger,
}

/// A thread as it were.
struct Actor {
    phase: Phase,
    id: OwnerId,
    work: Option<Arc<Work>>,
    handles: Vec<NonNull<Thing>>,
    weak: Vec<NonNull<Thing>>,
}

struct World {
    registry: Registry,
    actors: Vec<Actor>,
    things: Vec<NonNull<Thing>>,
}

fn thing<'a>(at: NonNull<Thing>) -> &'a Thing {
    // SAFETY: things live until the world's end.
    unsafe { at.as_ref() }
}

fn thing_of(object: &Object) -> &Thing {
    // SAFETY: every object here is a thing.
    thing(unsafe { object.payload() })
}

impl World {
    fn new(actors: usize) -> Self {
        let mut world = Self { registry: Registry::new(), actors: Vec::new(), things: Vec::new() };
        for _ in 0..actors {
            world.join();
        }
        world.actors.push(Actor {
            phase: Phase::Stranger,
            id: OwnerId::NONE,
            work: None,
            handles: Vec::new(),
            weak: Vec::new(),
        });
        world
    }

    fn join(&mut self) {
        let (id, work) = self.registry.join().expect("ids are left");
        self.actors.push(Actor {
            phase: Phase::Attached,
            id,
            work: Some(work),
            handles: Vec::new(),
            weak: Vec::new(),
        });
    }

    /// What an actor goes by.
    fn me(&self, actor: usize) -> OwnerId {
        let actor = &self.actors[actor];
        if actor.phase == Phase::Attached { actor.id } else { OwnerId::NOBODY }
    }

    /// Whether an actor is the owner of an object, attached, or there is none.
    fn can_tell(&self, actor: usize, header: &Header) -> bool {
        header.is_owned_by(self.me(actor)) || header.is_merged()
    }

    fn object(at: NonNull<Thing>) -> Object {
        // SAFETY: the header is within the thing. The reference is the
        // caller's; nothing here is ever dropped by itself.
        unsafe { Object::new(NonNull::from(&thing(at).header), at, thing(at).kind) }
    }

    fn destroy_all(dead: impl IntoIterator<Item = Dead>) {
        for dead in dead {
            // SAFETY: one thread does it all.
            unsafe { dead.destroy() };
        }
    }

    fn hand_over(&self, at: NonNull<Thing>, owner: OwnerId, reap: bool) {
        let it = thing(at);
        let phase = self.actors.iter().find(|actor| actor.id == owner).expect("unknown").phase;
        if phase != Phase::Attached {
            take_one(&it.entries);
        }
        // SAFETY: that was the outcome; the object's reference is the queue's.
        let Handed { dead, reap: waits } =
            unsafe { self.registry.hand_over(Self::object(at), owner) };
        assert!(waits.is_none_or(|type_id| type_id == (it.kind.type_id)()));
        assert!(dead.is_none() || phase != Phase::Attached);
        Self::destroy_all(dead);
        if reap && waits.is_some() {
            self.reap_from(owner, waits);
        }
    }

    fn reap_from(&self, owner: OwnerId, type_id: Option<TypeId>) {
        Self::destroy_all(std::iter::from_fn(|| self.registry.reap(owner, type_id)));
    }

    /// What an owner does with its queue: who died of it goes to its reap list.
    fn take_in(&self, id: OwnerId, queue: Vec<Object>) {
        for object in &queue {
            take_one(&thing_of(object).entries);
        }
        // SAFETY: taken by its owner.
        let dead = unsafe { merge_all(queue) };
        for dead in &dead {
            thing_of(&dead.object).reaping.set(true);
        }
        self.registry.keep(id, dead);
    }

    /// Does what a dropped reference asks for; the oracle has counted it already.
    fn conclude(&self, at: NonNull<Thing>, released: Released, reap: bool) {
        let it = thing(at);
        match released {
            Released::Alive => {}
            Released::DeadUnshared | Released::Dead => {
                assert!(!it.is_alive(), "a live object is called dead");
                add(&it.destroyed, 1);
                it.release_memory(released == Released::DeadUnshared);
            }
            Released::Enqueue(owner) => {
                add(&it.entries, 1);
                self.hand_over(at, owner, reap);
            }
        }
    }

    fn step(&mut self, step: Step) {
        let n = self.actors.len();
        let actor = step.actor % n;
        let me = self.me(actor);
        let phase = self.actors[actor].phase;
        let id = self.actors[actor].id;
        let pick = |from: &[NonNull<Thing>]| (!from.is_empty()).then(|| step.which % from.len());
        let strong = pick(&self.actors[actor].handles);
        let weak = pick(&self.actors[actor].weak);
        let held = strong.map(|i| self.actors[actor].handles[i]);
        let weakly = weak.map(|i| self.actors[actor].weak[i]);
        match (step.op, held, weakly) {
            (Op::New, ..) => {
                let header = match phase {
                    Phase::Attached => Header::new(id),
                    _ => Header::new_merged(true),
                };
                let it = Box::new(Thing {
                    header,
                    kind: KINDS[step.which % KINDS.len()],
                    handles: Cell::new(1),
                    weak: Cell::new(0),
                    entries: Cell::new(0),
                    reaping: Cell::new(false),
                    immortal: Cell::new(false),
                    destroyed: Cell::new(0),
                    freed: Cell::new(0),
                });
                let at = NonNull::from(Box::leak(it));
                self.things.push(at);
                self.actors[actor].handles.push(at);
            }
            (Op::NewCyclic, ..) => {
                let it = Box::new(Thing {
                    header: Header::new_cyclic(true),
                    kind: KINDS[step.which % KINDS.len()],
                    handles: Cell::new(1),
                    weak: Cell::new(1),
                    entries: Cell::new(0),
                    reaping: Cell::new(false),
                    immortal: Cell::new(false),
                    destroyed: Cell::new(0),
                    freed: Cell::new(0),
                });
                // SAFETY: the constructor's weak reference is ours meanwhile.
                unsafe { it.header.retain_weak() };
                // SAFETY: as above.
                assert!(!unsafe { it.header.try_retain(me) });
                // SAFETY: made by `new_cyclic`, once.
                unsafe { it.header.finish_cyclic() };
                let at = NonNull::from(Box::leak(it));
                self.things.push(at);
                self.actors[actor].handles.push(at);
                self.actors[actor].weak.push(at);
            }
            (Op::Clone, Some(at), _) => {
                // SAFETY: the actor holds a reference.
                unsafe { thing(at).header.retain(me) };
                add(&thing(at).handles, 1);
                self.actors[actor].handles.push(at);
            }
            (Op::Drop, Some(at), _) => {
                let it = thing(at);
                self.actors[actor].handles.swap_remove(strong.expect("held"));
                take_one(&it.handles);
                // SAFETY: the actor gives up its reference.
                let released = unsafe { it.header.release(self.me(actor)) };
                self.conclude(at, released, step.flag);
            }
            (Op::Move, Some(at), _) => {
                self.actors[actor].handles.swap_remove(strong.expect("held"));
                self.actors[step.which % n].handles.push(at);
            }
            (Op::Downgrade, Some(at), _) => {
                // SAFETY: the actor holds a reference.
                unsafe { thing(at).header.downgrade() };
                add(&thing(at).weak, 1);
                self.actors[actor].weak.push(at);
            }
            (Op::WeakMove, _, Some(at)) => {
                self.actors[actor].weak.swap_remove(weak.expect("held"));
                self.actors[step.which % n].weak.push(at);
            }
            (Op::WeakClone, _, Some(at)) => {
                // SAFETY: the actor holds a weak reference.
                unsafe { thing(at).header.retain_weak() };
                add(&thing(at).weak, 1);
                self.actors[actor].weak.push(at);
            }
            (Op::WeakDrop, _, Some(at)) => {
                let it = thing(at);
                self.actors[actor].weak.swap_remove(weak.expect("held"));
                take_one(&it.weak);
                // SAFETY: the actor gives up its weak reference.
                if unsafe { it.header.release_weak() } {
                    add(&it.freed, 1);
                }
            }
            (Op::Upgrade, _, Some(at)) => {
                let it = thing(at);
                // SAFETY: the actor holds a weak reference.
                let upgraded = unsafe { it.header.try_retain(me) };
                assert_eq!(upgraded, it.is_alive());
                if upgraded {
                    add(&it.handles, 1);
                    self.actors[actor].handles.push(at);
                }
            }
            (Op::IsUnique, Some(at), _) => {
                let it = thing(at);
                let only = it.references() == 1 && it.weak.get() == 0 && !it.immortal.get();
                let exact = self.can_tell(actor, &it.header);
                // SAFETY: the actor holds a reference, and nobody acts meanwhile.
                let answer = unsafe { it.header.is_unique(self.me(actor)) };
                match answer {
                    Uniqueness::Unique => assert!(only, "a false yes"),
                    Uniqueness::Shared => assert!(!only, "a false no"),
                    Uniqueness::AskOwner => assert!(!exact && !it.immortal.get()),
                }
            }
            (Op::TryTake, Some(at), _) => {
                let it = thing(at);
                let only = it.references() == 1 && !it.immortal.get();
                let exact = self.can_tell(actor, &it.header);
                // SAFETY: the actor holds a reference, and nobody acts meanwhile.
                let answer = unsafe { it.header.try_take(self.me(actor)) };
                match answer {
                    Taken::Unshared | Taken::Taken => {
                        assert!(only, "a false yes");
                        self.actors[actor].handles.swap_remove(strong.expect("held"));
                        take_one(&it.handles);
                        add(&it.destroyed, 1);
                        it.release_memory(answer == Taken::Unshared);
                    }
                    Taken::Shared => assert!(!only, "a false no"),
                    Taken::AskOwner => assert!(!exact && !it.immortal.get()),
                }
            }
            (Op::Immortalize, Some(at), _) => {
                let it = thing(at);
                let may = self.can_tell(actor, &it.header) || it.immortal.get();
                // SAFETY: the actor holds a reference.
                let done = unsafe { it.header.immortalize(self.me(actor)) };
                assert_eq!(done, may);
                it.immortal.set(done);
            }
            (Op::Merge, Some(at), _) => {
                let it = thing(at);
                if it.header.is_owned_by(self.me(actor)) {
                    // SAFETY: the actor is the owner, attached.
                    unsafe { it.header.merge() };
                    assert!(it.header.is_merged());
                } else {
                    self.request_merge(at);
                }
            }
            (Op::Drain, ..) if phase == Phase::Attached => {
                self.take_in(id, self.registry.take_queue(id));
                self.reap_from(id, None);
            }
            (Op::MergeCounts, ..) if phase == Phase::Attached => {
                self.take_in(id, self.registry.take_queue(id));
            }
            (Op::Reap, ..) => {
                let kind = KINDS[step.which % KINDS.len()];
                self.reap_from(id, Some((kind.type_id)()));
            }
            (Op::Detach, ..) if phase == Phase::Attached => {
                // Its reap list may stay, as while a panic unwinds.
                while let Err(queue) = self.registry.detach(id, step.flag) {
                    self.take_in(id, queue);
                    if !step.flag {
                        self.reap_from(id, None);
                    }
                }
                self.actors[actor].phase = Phase::Detached;
            }
            (Op::Attach, ..) if phase == Phase::Detached => {
                self.registry.attach(id);
                self.actors[actor].phase = Phase::Attached;
            }
            (Op::Leave, ..) if phase == Phase::Attached && step.flag => {
                while let Err(queue) = self.registry.leave(id, false) {
                    self.take_in(id, queue);
                    self.reap_from(id, None);
                }
                self.actors[actor].phase = Phase::Gone;
                if self.actors.len() < 8 {
                    self.join();
                }
            }
            _ => {}
        }
        self.check();
    }

    fn request_merge(&self, at: NonNull<Thing>) {
        let it = thing(at);
        // SAFETY: the caller holds a reference and is not on the owner's side.
        match unsafe { it.header.request_merge() } {
            MergeRequest::Settled => {}
            MergeRequest::Enqueue(owner) => {
                add(&it.entries, 1);
                self.hand_over(at, owner, false);
            }
            MergeRequest::Release => panic!("nobody acts meanwhile"),
        }
    }

    /// The laws that hold between any two operations.
    fn check(&self) {
        for &at in &self.things {
            let it = thing(at);
            if it.freed.get() > 0 {
                assert_eq!((it.freed.get(), it.destroyed.get(), it.weak.get()), (1, 1, 0));
                continue;
            }
            let dead = it.destroyed.get() + u32::from(it.reaping.get());
            assert_eq!(dead, u32::from(!it.is_alive()), "destroyed when nobody refers to it");
            if it.immortal.get() {
                assert!(it.header.is_immortal());
                continue;
            }
            let (owner, local, shared, weak) = it.header.peek();
            assert_eq!(weak as usize, it.weak.get() + usize::from(dead == 0 || it.reaping.get()));
            if dead > 0 {
                continue;
            }
            let sum = local as isize + shared.count();
            assert_eq!(sum, it.references() as isize, "the sum");
            assert_eq!(it.header.strong_count(), it.references());
            if shared.state() == State::Merged {
                assert_eq!((owner, local), (OwnerId::NONE, 0));
            } else {
                assert!(owner != OwnerId::NONE && local > 0, "an owner has a local reference");
            }
            assert!(shared.count() >= 0 || shared.state() == State::Queued);
            if shared.state() == State::Queued {
                assert!(it.entries.get() > 0, "nobody will merge it");
            }
        }
        for actor in &self.actors {
            let Some(work) = &actor.work else { continue };
            if actor.phase != Phase::Attached {
                assert!(!work.queue(), "an object waits for an owner that is away");
            }
            if actor.phase != Phase::Gone {
                assert!(self.registry.hint_is_exact(actor.id));
            }
        }
    }

    /// Ends all owners and drops all handles; nothing may be left then.
    fn end(mut self) {
        for op in [Op::Attach, Op::Leave] {
            for actor in 0..self.actors.len() {
                self.step(Step { op, actor, which: 0, flag: true });
            }
        }
        for actor in 0..self.actors.len() {
            while !self.actors[actor].handles.is_empty() {
                self.step(Step { op: Op::Drop, actor, which: 0, flag: true });
            }
            while !self.actors[actor].weak.is_empty() {
                self.step(Step { op: Op::WeakDrop, actor, which: 0, flag: true });
            }
        }
        for op in [Op::Drain, Op::Leave] {
            for actor in 0..self.actors.len() {
                self.step(Step { op, actor, which: 0, flag: true });
            }
        }
        for at in std::mem::take(&mut self.things) {
            let it = thing(at);
            if it.immortal.get() {
                assert_eq!((it.destroyed.get(), it.freed.get()), (0, 0));
            } else {
                assert_eq!((it.destroyed.get(), it.freed.get()), (1, 1));
            }
            // SAFETY: leaked when it was made; nobody refers to it any more.
            drop(unsafe { Box::from_raw(at.as_ptr()) });
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Op {
    New,
    NewCyclic,
    Clone,
    Drop,
    Move,
    Downgrade,
    Upgrade,
    WeakMove,
    WeakClone,
    WeakDrop,
    IsUnique,
    TryTake,
    Immortalize,
    Merge,
    Drain,
    MergeCounts,
    Reap,
    Detach,
    Attach,
    Leave,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    op: Op,
    actor: usize,
    which: usize,
    flag: bool,
}

/// With so many clones for 20 drops.
fn steps(clones: u32, length: usize) -> impl Strategy<Value = Vec<Step>> {
    let op = prop_oneof![
        4 => Just(Op::New),
        1 => Just(Op::NewCyclic),
        clones => Just(Op::Clone),
        20 => Just(Op::Drop),
        14 => Just(Op::Move),
        3 => Just(Op::Downgrade),
        4 => Just(Op::Upgrade),
        2 => Just(Op::WeakMove),
        1 => Just(Op::WeakClone),
        3 => Just(Op::WeakDrop),
        4 => Just(Op::IsUnique),
        3 => Just(Op::TryTake),
        1 => Just(Op::Immortalize),
        3 => Just(Op::Merge),
        2 => Just(Op::Drain),
        2 => Just(Op::MergeCounts),
        2 => Just(Op::Reap),
        3 => Just(Op::Detach),
        3 => Just(Op::Attach),
        1 => Just(Op::Leave),
    ];
    let step = (op, 0..8_usize, 0..64_usize, any::<bool>())
        .prop_map(|(op, actor, which, flag)| Step { op, actor, which, flag });
    prop::collection::vec(step, 0..length)
}

const CASES: u32 = if cfg!(debug_assertions) { 200 } else { 4000 };

proptest! {
    #![proptest_config(ProptestConfig {
        cases: CASES, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn random_programs_over_several_owners_agree_with_an_oracle(
        owners in 1..4_usize,
        steps in steps(12, 120),
    ) {
        let mut world = World::new(owners);
        for step in steps {
            world.step(step);
        }
        world.end();
    }

    /// Few objects and many handles: the counts go far below zero and back.
    #[test]
    fn random_programs_over_one_object_agree_with_an_oracle(
        given in 0..12_usize,
        steps in steps(25, 200),
    ) {
        let mut world = World::new(2);
        let first = |op, which| Step { op, actor: 0, which, flag: false };
        world.step(first(Op::New, 0));
        for to in 0..given {
            world.step(first(Op::Clone, 0));
            world.step(first(Op::Move, 1 + to % 2));
        }
        for step in steps {
            // Drains would end the bias too soon, and so would a merge.
            let keeps = step.flag || !matches!(step.op, Op::Merge | Op::Drain | Op::MergeCounts);
            if keeps && !matches!(step.op, Op::New | Op::NewCyclic | Op::Immortalize) {
                world.step(step);
            }
        }
        world.end();
    }
}

#[test]
fn owner_ids_stop_at_the_end_of_their_range_for_good() {
    let registry = Registry::starting_at(OwnerId::LAST.get() - 2);
    let ids: Vec<_> = std::iter::from_fn(|| registry.join()).map(|(id, _)| id.get()).collect();
    assert_eq!(ids, [u32::MAX - 3, u32::MAX - 2, u32::MAX - 1]);
    for _ in 0..10 {
        assert!(registry.join().is_none());
    }
    registry.leave(OwnerId::LAST, false).expect("nothing waits");
    assert!(registry.join().is_none(), "an id is never used again");
}

#[test]
fn the_owner_with_the_last_id_is_an_owner_like_any_other() {
    let registry = Registry::starting_at(OwnerId::LAST.get());
    let (id, work) = registry.join().expect("one is left");
    assert_ne!(id, OwnerId::NOBODY);
    let header = Header::new(id);
    // SAFETY: one reference each, on one thread.
    unsafe { header.retain(id) };
    assert!(header.is_owned_by(id) && !header.is_owned_by(OwnerId::NOBODY));
    // SAFETY: one of the two.
    assert_eq!(unsafe { header.release(OwnerId::NOBODY) }, Released::Enqueue(id));
    assert!(!work.any());
    registry.leave(id, false).expect("nothing waits");
}
