//! A model of the hint that tells an owner what waits for it.
//!
//! A hint that says too little keeps objects waiting, and the models of whole
//! handles see that. One that says too much costs a lock at each look, and only
//! this one sees that.

use std::any::TypeId;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use loom::sync::Arc;
use loom::thread;

use super::object::{Kind, Object};
use super::registry::{Handed, Registry, merge_all};
use crate::header::{Header, OwnerId, Released};

/// The headers are the model's, and there is no payload.
unsafe fn destroy(_: &Object, _: bool) {}

const KINDS: [&Kind; 2] = [
    &Kind { destroy, type_id: TypeId::of::<u8>, inert: false },
    &Kind { destroy, type_id: TypeId::of::<u16>, inert: false },
];

/// Hands the last reference to an object over, as a stranger.
fn hand_over(registry: &Registry, header: &Header, kind: &'static Kind) {
    // SAFETY: the object's one reference, given up.
    let Released::Enqueue(owner) = (unsafe { header.release(OwnerId::NOBODY) }) else {
        panic!("nobody else counts it");
    };
    let at = NonNull::from(header);
    // SAFETY: the reference is the queue's, and the header outlives the registry.
    let object = unsafe { Object::new(at, at, kind) };
    // SAFETY: that was the outcome, and the owner is another thread.
    let Handed { dead, .. } = unsafe { registry.hand_over(object, owner) };
    assert!(dead.is_none(), "the owner is attached");
}

/// What the owner does with its queue.
fn take_in(registry: &Registry, me: OwnerId) {
    let queue = registry.take_queue(me);
    assert!(registry.hint_is_exact(me));
    // SAFETY: taken by its owner.
    registry.keep(me, unsafe { merge_all(queue) });
    assert!(registry.hint_is_exact(me));
}

/// Protects that each bit of the hint changes when what it stands for does, and
/// no other: a stranger hands over an object of each of two types, at any moment
/// between two steps of the owner.
///
/// Fails if `push` does not set the bit of the queue or `take_queue` does not
/// clear it, if either forgets what is on the reap list, or if what `keep` and
/// `reap` note of that list is missing, or forgets the queue.
#[test]
fn the_hint_says_what_waits() {
    let executions = std::sync::Arc::new(AtomicUsize::new(0));
    let counter = executions.clone();
    let mut builder = loom::model::Builder::new();
    // An exploration without bound must not get one from the environment.
    builder.preemption_bound = None;
    builder.check(move || {
        counter.fetch_add(1, Relaxed);
        let registry = Arc::new(Registry::new());
        let (me, work) = registry.join().expect("ids are left");
        let headers = Arc::new([Header::new(me), Header::new(me)]);

        let stranger = thread::spawn({
            let (registry, headers) = (registry.clone(), headers.clone());
            move || {
                for (header, kind) in headers.iter().zip(KINDS) {
                    hand_over(&registry, header, kind);
                    assert!(registry.hint_is_exact(me));
                }
            }
        });
        take_in(&registry, me);
        stranger.join().unwrap();
        take_in(&registry, me);
        for kind in KINDS {
            let dead = registry.reap(me, Some((kind.type_id)())).expect("kept");
            // SAFETY: it is dead, and there is no payload.
            unsafe { dead.destroy() };
            assert!(registry.hint_is_exact(me));
        }
        assert!(!work.any());
        registry.leave(me, false).expect("nothing waits");
    });
    println!("the_hint_says_what_waits: {} executions", executions.load(Relaxed));
}
