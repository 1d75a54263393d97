//! The owners that exist: who is attached, what waits for whom.
//!
//! Every method takes the owner's id and keeps no thread-local state, so that
//! models and tests can be several owners on one thread.
//!
//! # One lock an owner
//!
//! All that others may see of an owner is guarded by the lock of its shard: is
//! it attached, its merge queue, its reap list. While an owner is not
//! attached, holding that lock *is* being on the owner's side (see
//! [`header`](crate::header#who-may-touch-what)), so who hands an object to an
//! owner that is detached or gone merges it at once, under the lock. An owner
//! looks at its queue in the same critical section in which it stops being
//! attached. Hence this invariant, from which it follows that no object waits
//! to be merged by an owner that is detached or gone:
//!
//! > Outside the lock, an owner that is not attached has an empty queue.
//!
//! Its reap list is empty too, unless it detached while a panic unwound, when
//! destructors must not run.
//!
//! No user code runs under the lock, except a global allocator's.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crossbeam_utils::CachePadded;

use super::object::{Dead, Object};
use crate::header::{OwnerId, Released};
use crate::sync::{AtomicU32, AtomicUsize, Mutex, Ordering::*, const_fn, lock};

/// A power of two. Ids are given out in turn, so that this many threads share
/// no lock.
const SHARDS: usize = if cfg!(loom) { 1 } else { 64 };
const _: () = assert!(SHARDS.is_power_of_two());

/// A hint to an owner that something waits for it: readable without the lock,
/// written under it. One bit says that the queue is not empty, the others are a
/// filter of the types on the reap list.
#[derive(Debug)]
pub(crate) struct Work(AtomicUsize);

impl Work {
    const QUEUE: usize = 1;

    fn reap_bit(type_id: TypeId) -> usize {
        let mut hasher = DefaultHasher::new();
        type_id.hash(&mut hasher);
        2 << (hasher.finish() % u64::from(usize::BITS - 1))
    }

    /// Whether anything waits.
    #[inline]
    pub(crate) fn any(&self) -> bool {
        // Relaxed: a hint. Who acts on it takes the lock; who misses it looks
        // again at its next operation.
        self.0.load(Relaxed) != 0
    }

    /// Whether objects wait to be merged.
    #[inline]
    pub(crate) fn queue(&self) -> bool {
        // Relaxed: as in `any`.
        self.0.load(Relaxed) & Self::QUEUE != 0
    }

    /// Whether dead objects of a type may wait for their destruction.
    pub(crate) fn may_reap(&self, type_id: TypeId) -> bool {
        // Relaxed: as in `any`.
        self.0.load(Relaxed) & Self::reap_bit(type_id) != 0
    }

    /// Overwrites the bits of `mask`, under the lock.
    fn set(&self, mask: usize, bits: usize) {
        // Relaxed: as in `any`. A load and a store will do: nobody else writes.
        let others = self.0.load(Relaxed) & !mask;
        self.0.store(others | bits, Relaxed);
    }
}

/// What waits for an owner.
#[derive(Default, Debug)]
struct Waiting {
    /// Objects handed over; each entry owns a reference.
    queue: Vec<Object>,
    /// Objects found dead while merging, by the static type of their handles.
    /// No list in it is empty.
    reap: BTreeMap<TypeId, Vec<Dead>>,
}

#[derive(Debug)]
struct Owner {
    attached: bool,
    waiting: Waiting,
    work: Arc<Work>,
}

impl Owner {
    /// The bits that say what is on the reap list.
    fn reap_bits(&self) -> usize {
        self.waiting.reap.keys().fold(0, |bits, id| bits | Work::reap_bit(*id))
    }

    /// Notes in the hint which types are on the reap list.
    fn update_reap_bits(&self) {
        self.work.set(!Work::QUEUE, self.reap_bits());
    }

    fn reap(&mut self, type_id: Option<TypeId>) -> Option<Dead> {
        let mut list = match type_id {
            None => self.waiting.reap.first_entry()?,
            Some(type_id) => match self.waiting.reap.entry(type_id) {
                Entry::Vacant(_) => return None,
                Entry::Occupied(list) => list,
            },
        };
        let dead = list.get_mut().pop();
        if list.get().is_empty() {
            list.remove();
            self.update_reap_bits();
        }
        dead
    }

    /// Whether nothing waits; a reap list does not count if it may stay.
    fn is_clear(&self, leave_dead: bool) -> bool {
        self.waiting.queue.is_empty() && (leave_dead || self.waiting.reap.is_empty())
    }

    fn push(&mut self, object: Object) {
        self.waiting.queue.push(object);
        self.work.set(Work::QUEUE, Work::QUEUE);
    }

    fn take_queue(&mut self) -> Vec<Object> {
        self.work.set(Work::QUEUE, 0);
        std::mem::take(&mut self.waiting.queue)
    }
}

type Shard = CachePadded<Mutex<BTreeMap<OwnerId, Owner>>>;

/// The living owners.
#[derive(Debug)]
pub(crate) struct Registry {
    /// The next id to give out; past [`OwnerId::LAST`] there are none.
    next: AtomicU32,
    shards: [Shard; SHARDS],
}

/// What came of handing an object over.
#[derive(Debug)]
#[must_use]
pub(crate) struct Handed {
    /// The object, if its owner is detached or gone and this was the last
    /// reference: for the caller to destroy.
    pub(crate) dead: Option<Dead>,
    /// The object's type, if something of it is on the owner's reap list.
    pub(crate) reap: Option<TypeId>,
}

impl Registry {
    const_fn! {
    pub(crate) const fn new() -> Self {
        Self::starting_at(1)
    }
    }

    const_fn! {
    /// A registry whose first owner gets the id `first`.
    pub(crate) const fn starting_at(first: u32) -> Self {
        Self {
            next: AtomicU32::new(first),
            #[cfg(not(loom))]
            shards: [const { CachePadded::new(Mutex::new(BTreeMap::new())) }; SHARDS],
            #[cfg(loom)]
            shards: [CachePadded::new(Mutex::new(BTreeMap::new()))],
        }
    }
    }

    fn shard(&self, owner: OwnerId) -> &Shard {
        &self.shards[owner.get() as usize & (SHARDS - 1)]
    }

    /// Applies `f` to an owner's record, under its lock.
    fn with<R>(&self, owner: OwnerId, f: impl FnOnce(&mut Owner) -> R) -> R {
        let mut shard = lock(self.shard(owner));
        f(shard.get_mut(&owner).expect("brc: an owner acts that is not registered"))
    }

    /// Registers a new owner, attached. `None` if the ids are spent.
    pub(crate) fn join(&self) -> Option<(OwnerId, Arc<Work>)> {
        let mut id = self.next.load(Relaxed);
        loop {
            if id > OwnerId::LAST.get() {
                return None;
            }
            // Relaxed: only uniqueness matters. A CAS and not an addition, so
            // that it stops at the end for good.
            match self.next.compare_exchange_weak(id, id + 1, Relaxed, Relaxed) {
                Ok(_) => break,
                Err(actual) => id = actual,
            }
        }
        let id = OwnerId::new(id);
        let work = Arc::new(Work(AtomicUsize::new(0)));
        let owner = Owner { attached: true, waiting: Waiting::default(), work: work.clone() };
        lock(self.shard(id)).insert(id, owner);
        Some((id, work))
    }

    /// Takes the queue of an owner.
    ///
    /// The caller is the owner, attached.
    pub(crate) fn take_queue(&self, me: OwnerId) -> Vec<Object> {
        self.with(me, Owner::take_queue)
    }

    /// Takes one dead object from an owner's reap list: of one type, or of any.
    pub(crate) fn reap(&self, owner: OwnerId, type_id: Option<TypeId>) -> Option<Dead> {
        let mut shard = lock(self.shard(owner));
        shard.get_mut(&owner)?.reap(type_id)
    }

    /// Puts dead objects on the caller's reap list.
    ///
    /// The caller is the owner, attached.
    pub(crate) fn keep(&self, me: OwnerId, dead: Vec<Dead>) {
        self.with(me, |owner| {
            for dead in dead {
                let type_id = (dead.object.kind().type_id)();
                owner.waiting.reap.entry(type_id).or_default().push(dead);
            }
            owner.update_reap_bits();
        });
    }

    /// Detaches an owner, unless something waits for it: then it stays attached
    /// and gets its queue. With `leave_dead`, a reap list may stay behind.
    ///
    /// The caller is the owner, attached.
    pub(crate) fn detach(&self, me: OwnerId, leave_dead: bool) -> Result<(), Vec<Object>> {
        self.with(me, |owner| {
            if !owner.is_clear(leave_dead) {
                return Err(owner.take_queue());
            }
            owner.attached = false;
            Ok(())
        })
    }

    /// Attaches an owner. Blocks while another thread merges on its behalf.
    ///
    /// The caller is the owner, detached.
    pub(crate) fn attach(&self, me: OwnerId) {
        self.with(me, |owner| owner.attached = true);
    }

    /// Removes an owner, unless something waits for it: then it stays and gets
    /// its queue. With `leave_dead`, what is on its reap list is leaked.
    ///
    /// The caller is the owner, attached.
    pub(crate) fn leave(&self, me: OwnerId, leave_dead: bool) -> Result<(), Vec<Object>> {
        let mut shard = lock(self.shard(me));
        let owner = shard.get_mut(&me).expect("brc: an owner leaves twice");
        if !owner.is_clear(leave_dead) {
            return Err(owner.take_queue());
        }
        shard.remove(&me);
        Ok(())
    }

    /// Gives an object to its owner's queue; or if the owner is not attached,
    /// merges it at once and lets go of the reference.
    ///
    /// # Safety
    ///
    /// * The object is queued, or its owner was `owner` when its state became
    ///   queued, and the reference that `object` owns was meant for the queue.
    /// * The caller is not `owner`, unless that is detached or gone.
    pub(crate) unsafe fn hand_over(&self, object: Object, owner: OwnerId) -> Handed {
        let type_id = (object.kind().type_id)();
        let mut shard = lock(self.shard(owner));
        let mut record = shard.get_mut(&owner);
        let waits = |owner: &&mut Owner| owner.waiting.reap.contains_key(&type_id);
        let reap = record.as_ref().is_some_and(waits).then_some(type_id);
        if let Some(owner) = record.take_if(|owner| owner.attached) {
            owner.push(object);
            return Handed { dead: None, reap };
        }
        // SAFETY: the owner is detached or gone, and we hold its shard's lock;
        // `object`'s reference is given up.
        Handed { dead: unsafe { merge_and_release(object) }, reap }
    }

    /// Whether an owner's hint says what waits for it, no more and no less.
    #[cfg(test)]
    pub(crate) fn hint_is_exact(&self, owner: OwnerId) -> bool {
        self.with(owner, |owner| {
            let queue = if owner.waiting.queue.is_empty() { 0 } else { Work::QUEUE };
            owner.work.0.load(Relaxed) == queue | owner.reap_bits()
        })
    }
}

/// Merges what was in a queue and lets go of the queue's references. Returns
/// what died of it. No user code runs.
///
/// # Safety
///
/// The caller is the owner whose queue it was, attached since it took it.
pub(crate) unsafe fn merge_all(queue: Vec<Object>) -> Vec<Dead> {
    // SAFETY: we are the owner of whatever in our queue is not merged yet; the
    // entries' references are given up.
    queue.into_iter().filter_map(|object| unsafe { merge_and_release(object) }).collect()
}

/// Merges an object and lets go of a reference. Returns it if that was the last.
///
/// # Safety
///
/// The caller is on the owner's side of the object, and gives up its reference.
unsafe fn merge_and_release(object: Object) -> Option<Dead> {
    // SAFETY: forwarded.
    match unsafe { object.header().merge_and_release() } {
        Released::Dead => Some(Dead { object, unshared: false }),
        _ => None,
    }
}
