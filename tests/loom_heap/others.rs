//! Strangers, which are not attached: what they leave to others, and what they
//! do when there are none.

use super::*;

/// A stranger drops one of the references that the owner counts.
///
/// Fails if what it leaves is not looked for, or if it merges or destroys itself.
#[test]
fn the_owner_and_a_stranger_drop() {
    model(|| {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let theirs = gc.clone();
            let stranger = spawn(move || drop(theirs));
            look_and_drop(m, gc);
            stranger
        })
        .join()
        .unwrap();
        fate.assert_destroyed();
        end();
    });
}

/// A stranger clones and drops: the shared count goes up and below zero.
#[test]
fn a_stranger_clones_and_drops() {
    model(|| {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let theirs = gc.clone();
            let stranger = spawn(move || {
                let more = theirs.clone();
                drop(theirs);
                drop(more);
            });
            look_and_drop(m, gc);
            stranger
        })
        .join()
        .unwrap();
        fate.assert_destroyed();
        end();
    });
}

/// A stranger drops the last handle to an object without owner, while a thread is
/// attached that comes to a safepoint and leaves: one of them destroys it.
///
/// Fails if the stranger destroys without attaching, if who is asked does not
/// look, or if it is asked too late.
#[test]
fn a_stranger_drops_the_last_while_a_thread_leaves() {
    model(|| {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let [ours, theirs] = merged(m, gc);
            drop(ours);
            let stranger = spawn(move || drop(theirs));
            m.safepoint();
            stranger
        })
        .join()
        .unwrap();
        fate.assert_destroyed();
        end();
    });
}

/// As above, with a finalizer, which needs a mutator.
///
/// Fails if the stranger destroys the object itself.
#[test]
fn a_stranger_drops_the_last_of_an_object_with_a_finalizer() {
    model(|| {
        let fate = Fate::new();
        attach(|m| {
            let gc = last(m, &fate);
            let [ours, theirs] = merged(m, gc);
            let stranger = spawn(move || drop(theirs));
            look_and_drop(m, ours);
            stranger
        })
        .join()
        .unwrap();
        fate.assert_destroyed();
        assert_eq!(fate.finalized.load(Relaxed), 1);
        end();
    });
}

/// As above, while a thread attaches.
#[test]
fn a_stranger_drops_the_last_while_a_thread_attaches() {
    model(|| {
        let fate = Fate::new();
        let [ours, theirs] = attach(|m| {
            let gc = leaf(m, &fate);
            merged(m, gc)
        });
        drop(ours);
        let stranger = spawn(move || drop(theirs));
        attach(|_| ());
        stranger.join().unwrap();
        fate.assert_destroyed();
        end();
    });
}

/// A stranger makes a candidate of an object that is on its owner's list already,
/// and dies meanwhile: two entries, one of which has the memory.
///
/// Fails if a stranger's entry owns no weak count.
#[test]
fn a_stranger_makes_a_candidate_of_a_candidate() {
    bounded_model(4, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = node(m, &fate);
            drop(gc.clone());
            let theirs = shared_clone(m, &gc);
            let stranger = spawn(move || drop(theirs));
            look_and_drop(m, gc);
            m.safepoint();
            stranger
        })
        .join()
        .unwrap();
        fate.assert_destroyed();
        end();
    });
}

/// A stranger attaches for the moment with a record whose last mutator owned an
/// object, and so owns it for the moment; a thread that attaches meanwhile hands
/// that object over.
///
/// Fails if who steps aside does not look at its queue.
#[test]
fn a_stranger_is_handed_an_object_in_its_moment() {
    bounded_model(3, || {
        let fates = [Fate::new(), Fate::new()];
        let [one, two] = attach(|m| [leaf(m, &fates[0]), leaf(m, &fates[1])]);
        let other = spawn(move || attach(|m| look_and_drop(m, two)));
        drop(one);
        other.join().unwrap();
        fates.iter().for_each(|fate| fate.assert_destroyed());
        end();
    });
}

/// A thread that is detached is a stranger too, and attaches for the moment with
/// its own record.
#[test]
fn a_detached_thread_drops_the_last() {
    model(|| {
        let fate = Fate::new();
        let guest = attach(|m| {
            let gc = leaf(m, &fate);
            let [ours, theirs] = merged(m, gc);
            drop(ours);
            let guest = guest(|m| m.safepoint());
            m.detach(|| drop(theirs));
            guest
        });
        guest.join().unwrap();
        fate.assert_destroyed();
        end();
    });
}

/// Nobody is attached, and two strangers drop the last handles to two objects:
/// each attaches for the moment. What one is handed in its last moment it does then.
///
/// Fails if who steps aside leaves something to nobody.
#[test]
fn two_strangers_drop_with_nobody_attached() {
    bounded_model(3, || {
        let fates = [Fate::new(), Fate::new()];
        let [one, two] = attach(|m| [leaf(m, &fates[0]), leaf(m, &fates[1])]);
        let stranger = spawn(move || drop(one));
        drop(two);
        stranger.join().unwrap();
        fates.iter().for_each(|fate| fate.assert_destroyed());
        end();
    });
}

/// As above, with one object.
#[test]
fn two_strangers_drop_one_object_with_nobody_attached() {
    bounded_model(3, || {
        let fate = Fate::new();
        let [one, two] = attach(|m| {
            let gc = leaf(m, &fate);
            [gc.clone(), gc]
        });
        let stranger = spawn(move || drop(one));
        drop(two);
        stranger.join().unwrap();
        fate.assert_destroyed();
        end();
    });
}

/// A stranger drops the last handle while another thread has the world stopped:
/// it does not wait, and what it leaves is looked for after the pause.
///
/// Fails if attaching for the moment does not honour a stop.
#[test]
fn a_stranger_drops_the_last_during_a_pause() {
    bounded_model(3, || {
        let fate = Fate::new();
        let [ours, theirs] = attach(|m| {
            let gc = leaf(m, &fate);
            merged(m, gc)
        });
        drop(ours);
        let stranger = spawn(move || drop(theirs));
        attach(|m| {
            m.collect();
        });
        stranger.join().unwrap();
        attach(|_| ());
        fate.assert_destroyed();
        end();
    });
}

/// A stranger that attaches for the moment is turned away from a record, for
/// which a guest stands in: what it left there does not wait for the owner.
///
/// Fails if who leaves does not look again at what it was turned away from.
#[test]
fn a_stranger_is_turned_away_from_a_detached_owner() {
    bounded_model(3, || {
        let fates = [Fate::new(), Fate::new()];
        attach(|m| {
            let [one, two] = [leaf(m, &fates[0]), leaf(m, &fates[1])];
            m.detach(|| {
                let stranger = spawn(move || drop(one));
                attach_and(move |m| look_and_drop(m, two));
                stranger.join().unwrap();
                fates.iter().for_each(|fate| fate.assert_destroyed());
            });
        });
        end();
    });
}

/// Attaches on a thread of its own, whose own is detached.
fn attach_and(f: impl FnOnce(&mut Mutator) + 'static) {
    spawn(move || attach(f)).join().unwrap();
}

/// A value that is retired waits for a thread that attaches for the moment, and
/// is dropped all the same.
///
/// Fails if who attaches for the moment is asked to pass, and forgets it.
#[test]
fn what_is_retired_outlives_a_stranger() {
    bounded_model(3, || {
        let fate = Fate::new();
        let [ours, theirs] = attach(|m| {
            let gc = leaf(m, &fate);
            merged(m, gc)
        });
        drop(ours);
        let stranger = spawn(move || drop(theirs));
        attach(|m| m.retire(()));
        stranger.join().unwrap();
        assert_eq!(heap::stats().retired, 0);
        end();
    });
}

/// A stranger drops the last handle while the heap is shut down: it is left to
/// the last collection, or the stranger destroys it.
///
/// Fails if a stranger leaves something after that, or nobody destroys.
#[test]
fn a_stranger_drops_the_last_during_a_shutdown() {
    bounded_model(3, || {
        let fate = Fate::new();
        let gc = attach(|m| leaf(m, &fate));
        let stranger = spawn(move || drop(gc));
        while heap::shutdown().is_err() {
            // The stranger is attached for the moment.
            thread::yield_now();
        }
        stranger.join().unwrap();
        fate.assert_destroyed();
    });
}

/// As above, with an object that becomes a candidate.
#[test]
fn a_stranger_makes_a_candidate_during_a_shutdown() {
    bounded_model(2, || {
        let fate = Fate::new();
        let (gc, more) = attach(|m| {
            let gc = node(m, &fate);
            let [one, two] = merged(m, gc);
            (one, two)
        });
        let stranger = spawn(move || {
            drop(gc);
            drop(more);
        });
        while heap::shutdown().is_err() {
            thread::yield_now();
        }
        stranger.join().unwrap();
        fate.assert_destroyed();
    });
}

/// As above, with the last weak handle of an object that is dead.
#[test]
fn a_stranger_drops_a_weak_handle_during_a_shutdown() {
    bounded_model(3, || {
        let fate = Fate::new();
        let weak = attach(|m| leaf(m, &fate).downgrade(m));
        fate.assert_destroyed();
        let stranger = spawn(move || drop(weak));
        while heap::shutdown().is_err() {
            thread::yield_now();
        }
        stranger.join().unwrap();
    });
}

/// A thread that waits for a lock runs no destructors; what it was handed before it
/// waits goes to others.
///
/// Fails if who steps aside forgets what is on its queue.
#[test]
fn who_waits_for_a_lock_is_handed_an_object() {
    bounded_model(3, || {
        let fates = [Fate::new(), Fate::new()];
        attach(|m| {
            let lock = m.alloc(brc::Locked::new(Leaf(Probe::new(&fates[0]))));
            let gc = leaf(m, &fates[1]);
            let theirs = lock.clone();
            let guest = guest(move |m| {
                let section = m.lock(&theirs);
                drop(gc);
                drop(section);
            });
            m.lock(&lock).0.alter();
            drop(lock);
            guest
        })
        .join()
        .unwrap();
        attach(|_| ());
        fates.iter().for_each(|fate| fate.assert_destroyed());
        end();
    });
}

/// A lock that is waited for keeps nobody from stopping the world, and what is
/// done under it is ordered.
///
/// Fails if who waits for it does not say that it has detached: nobody can go on.
#[test]
fn who_waits_for_a_lock_holds_up_no_stop() {
    bounded_model(2, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = m.alloc(brc::Locked::new(Leaf(Probe::new(&fate))));
            let theirs = gc.clone();
            let guest = guest(move |m| {
                let mut section = m.lock(&theirs);
                section.0.alter();
                section.suspend(|m| {
                    m.collect();
                });
                section.0.alter();
            });
            m.lock(&gc).0.alter();
            drop(gc);
            guest
        })
        .join()
        .unwrap();
        fate.assert_destroyed();
        end();
    });
}
