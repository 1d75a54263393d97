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
//! for a detached or dead owner:
//!
//! > Outside the lock, an owner that is not attached has an empty queue.
//!
//! No user code runs under the lock.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::sync::Arc;

use crossbeam_utils::CachePadded;

use super::object::{Dead, Object};
use crate::header::{OwnerId, Released};
use crate::sync::{AtomicU8, AtomicU32, Mutex, Ordering::*, const_fn, lock};

/// A power of two. Ids are given out in turn, so that this many threads share
/// no lock.
const SHARDS: usize = if cfg!(loom) { 1 } else { 64 };

/// A hint to an owner that something waits for it: readable without the lock,
/// written under it.
#[derive(Debug)]
pub(crate) struct Work(AtomicU8);

impl Work {
    const QUEUE: u8 = 1;
    const REAP: u8 = 2;

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
}

/// What waits for an owner.
#[derive(Default, Debug)]
pub(crate) struct Waiting {
    /// Objects handed over; each entry owns a reference.
    pub(crate) queue: Vec<Object>,
    /// Objects found dead while merging, by the static type of their handles.
    pub(crate) reap: BTreeMap<TypeId, Vec<Dead>>,
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.reap.is_empty()
    }
}

#[derive(Debug)]
struct Owner {
    attached: bool,
    waiting: Waiting,
    work: Arc<Work>,
}

impl Owner {
    fn update_work(&self) {
        let queue = if self.waiting.queue.is_empty() { 0 } else { Work::QUEUE };
        let reap = if self.waiting.reap.is_empty() { 0 } else { Work::REAP };
        // Relaxed: a hint, see `Work::any`.
        self.work.0.store(queue | reap, Relaxed);
    }

    fn take(&mut self) -> Waiting {
        let waiting = std::mem::take(&mut self.waiting);
        self.update_work();
        waiting
    }

    fn reap(&mut self, type_id: TypeId) -> Vec<Dead> {
        let dead = self.waiting.reap.remove(&type_id).unwrap_or_default();
        self.update_work();
        dead
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
    /// The object, if the caller must release its reference: it has been
    /// merged, because its owner is detached or gone.
    pub(crate) merged: Option<Object>,
    /// Dead objects of the type asked for, for the caller to destroy.
    pub(crate) dead: Vec<Dead>,
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
        &self.shards[owner.get() as usize % SHARDS]
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
        let work = Arc::new(Work(AtomicU8::new(0)));
        let owner = Owner { attached: true, waiting: Waiting::default(), work: work.clone() };
        lock(self.shard(id)).insert(id, owner);
        Some((id, work))
    }

    /// Takes what waits for an attached owner.
    ///
    /// The caller is the owner.
    pub(crate) fn take(&self, me: OwnerId) -> Waiting {
        self.with(me, Owner::take)
    }

    /// Takes only the queue.
    ///
    /// The caller is the owner.
    pub(crate) fn take_queue(&self, me: OwnerId) -> Vec<Object> {
        self.with(me, |owner| {
            let queue = std::mem::take(&mut owner.waiting.queue);
            owner.update_work();
            queue
        })
    }

    /// Takes the dead objects of one type from an owner's reap list.
    pub(crate) fn reap(&self, owner: OwnerId, type_id: TypeId) -> Vec<Dead> {
        let mut shard = lock(self.shard(owner));
        shard.get_mut(&owner).map(|owner| owner.reap(type_id)).unwrap_or_default()
    }

    /// Puts dead objects on the reap list of an attached owner. Gives them back
    /// if it is not attached: then nobody may look at that list for long.
    pub(crate) fn keep(&self, owner: OwnerId, dead: Vec<Dead>) -> Result<(), Vec<Dead>> {
        let mut shard = lock(self.shard(owner));
        let Some(owner) = shard.get_mut(&owner).filter(|owner| owner.attached) else {
            return Err(dead);
        };
        for dead in dead {
            let type_id = (dead.object.kind().type_id)();
            owner.waiting.reap.entry(type_id).or_default().push(dead);
        }
        owner.update_work();
        Ok(())
    }

    /// Detaches an owner, unless something waits for it: then it stays
    /// attached and gets that. With `leave_dead`, a reap list may stay behind.
    ///
    /// The caller is the owner, attached.
    pub(crate) fn detach(&self, me: OwnerId, leave_dead: bool) -> Result<(), Waiting> {
        self.with(me, |owner| {
            let clear = if leave_dead {
                owner.waiting.queue.is_empty()
            } else {
                owner.waiting.is_empty()
            };
            if !clear {
                return Err(owner.take());
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

    /// Runs `f`, a transition of a header, on the owner's side of a detached owner.
    ///
    /// The caller is that owner. Blocks while another thread merges on its behalf.
    pub(crate) fn while_detached<R>(&self, me: OwnerId, f: impl FnOnce() -> R) -> R {
        self.with(me, |_| f())
    }

    /// Removes an owner, unless something waits for it: then it stays and gets that.
    ///
    /// The caller is the owner, attached.
    pub(crate) fn leave(&self, me: OwnerId) -> Result<(), Waiting> {
        let mut shard = lock(self.shard(me));
        let owner = shard.get_mut(&me).expect("brc: an owner leaves twice");
        if !owner.waiting.is_empty() {
            return Err(owner.take());
        }
        shard.remove(&me);
        Ok(())
    }

    /// Gives an object to its owner's queue, or merges it at once if the owner
    /// is not attached. With `reap`, also takes what is dead of that type from
    /// the owner's reap list.
    ///
    /// # Safety
    ///
    /// * The object is queued, or its owner was `owner` when its state became
    ///   queued, and the reference that `object` owns was meant for the queue.
    /// * The caller is not `owner`.
    pub(crate) unsafe fn hand_over(
        &self,
        object: Object,
        owner: OwnerId,
        reap: Option<TypeId>,
    ) -> Handed {
        let mut shard = lock(self.shard(owner));
        let Some(record) = shard.get_mut(&owner) else {
            // SAFETY: the owner is gone and we hold its shard's lock; `object`
            // owns a reference.
            unsafe { object.header().merge() };
            return Handed { merged: Some(object), dead: Vec::new() };
        };
        let dead = reap.map(|type_id| record.reap(type_id)).unwrap_or_default();
        if record.attached {
            record.waiting.queue.push(object);
            record.update_work();
            return Handed { merged: None, dead };
        }
        // SAFETY: the owner is detached and we hold its shard's lock; `object`
        // owns a reference.
        unsafe { object.header().merge() };
        Handed { merged: Some(object), dead }
    }
}

/// Merges what was in a queue and lets go of the queue's references. Returns
/// what died of it. No user code runs.
///
/// # Safety
///
/// The caller is the owner whose queue it was, attached since it took it.
pub(crate) unsafe fn merge_all(queue: Vec<Object>) -> Vec<Dead> {
    let mut dead = Vec::new();
    for object in queue {
        // SAFETY: we are the owner of whatever in our queue is not merged yet;
        // the entry owns a reference.
        unsafe { object.header().merge() };
        // SAFETY: we give up the entry's reference.
        dead.extend(unsafe { release_merged(object) });
    }
    dead
}

/// Lets go of a reference to an object that is merged or immortal.
///
/// # Safety
///
/// `object`'s reference is given up; the object is merged or immortal.
pub(crate) unsafe fn release_merged(object: Object) -> Option<Dead> {
    // SAFETY: forwarded. A merged object has no owner, so `NOBODY` will do.
    match unsafe { object.header().release(OwnerId::NOBODY) } {
        Released::Alive => None,
        Released::Dead => Some(Dead { object, unshared: false }),
        Released::DeadUnshared | Released::Enqueue(_) => {
            unreachable!("brc: a merged object counted as if it had an owner")
        }
    }
}
