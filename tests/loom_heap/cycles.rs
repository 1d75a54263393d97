//! The collector against threads that go on: strangers in its pauses, and guests
//! between them.

use super::*;

/// A stranger drops the last handle into a cycle while it is collected: the
/// collection finds it, or the next does.
///
/// Fails if a drop that comes after the count was read makes no candidate, if an
/// object is taken for garbage that a stranger has, or if an entry does not keep
/// the memory.
#[test]
fn a_stranger_drops_the_last_handle_into_a_cycle() {
    model(|| {
        let fate = Fate::new();
        attach(|m| {
            let gc = cycle(m, &fate);
            let theirs = shared_clone(m, &gc);
            drop(gc);
            let stranger = spawn(move || drop(theirs));
            m.collect();
            m.detach(|| stranger.join().unwrap());
            m.collect();
            fate.assert_destroyed();
        });
        end();
    });
}

/// As above, with an object that has no owner.
#[test]
fn a_stranger_drops_the_last_handle_into_a_merged_cycle() {
    model(|| {
        let fate = Fate::new();
        attach(|m| {
            let gc = cycle(m, &fate);
            let theirs = gc.clone();
            // A guest merges it.
            m.detach(|| spawn(move || attach(|_| drop(theirs))).join().unwrap());
            let stranger = spawn(move || drop(gc));
            m.collect();
            m.detach(|| stranger.join().unwrap());
            m.collect();
            fate.assert_destroyed();
        });
        end();
    });
}

/// A stranger's handle, which it clones and drops, keeps a cycle alive through
/// both pauses; finalizers do not run.
///
/// Fails if a count is read twice where once would do, or a clone is overlooked.
#[test]
fn a_stranger_keeps_a_cycle_through_two_pauses() {
    model(|| {
        let fates = [Fate::new(), Fate::new()];
        attach(|m| {
            let kept = last_cycle(m, &fates[0]);
            // Its finalizer makes the second pause.
            drop(last_cycle(m, &fates[1]));
            drop(kept.clone());
            let stranger = spawn(move || {
                let more = kept.clone();
                drop(kept);
                more
            });
            m.collect();
            fates[0].assert_alive();
            fates[1].assert_destroyed();
            let kept = m.detach(|| stranger.join().unwrap());
            kept.get(m).look();
            drop(kept);
            m.collect();
            fates[0].assert_destroyed();
        });
        end();
    });
}

/// A guest drops the last handle into a cycle of another thread's while that
/// collects, and comes to safepoints or leaves.
///
/// Fails if what a guest did before a pause is not seen in it, or a candidate
/// of a guest's is lost.
#[test]
fn a_guest_drops_the_last_handle_into_a_cycle() {
    model(|| {
        let fate = Fate::new();
        attach(|m| {
            let gc = cycle(m, &fate);
            let theirs = shared_clone(m, &gc);
            drop(gc);
            let guest = guest(move |m| {
                m.safepoint();
                look_and_drop(m, theirs);
            });
            m.collect();
            m.detach(|| guest.join().unwrap());
            m.collect();
            fate.assert_destroyed();
        });
        end();
    });
}

/// As above, with the handle that the owner counted, which is handed over.
#[test]
fn a_guest_hands_over_during_a_collection() {
    bounded_model(3, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = cycle(m, &fate);
            let guest = guest(move |m| {
                m.safepoint();
                look_and_drop(m, gc);
            });
            m.collect();
            m.detach(|| guest.join().unwrap());
            m.collect();
            fate.assert_destroyed();
        });
        end();
    });
}

/// A guest upgrades a weak handle into a cycle that is collected: it gets it
/// before the pause, or never.
///
/// Fails if weak handles are not cleared, or an upgrade does not look for that.
#[test]
fn a_guest_upgrades_into_a_cycle_that_is_collected() {
    bounded_model(3, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = cycle(m, &fate);
            let weak = gc.downgrade(m);
            drop(gc);
            let guest = guest(move |m| {
                m.safepoint();
                if let Some(gc) = weak.upgrade(m) {
                    look_and_drop(m, gc);
                }
            });
            m.collect();
            m.detach(|| guest.join().unwrap());
            m.collect();
            fate.assert_destroyed();
        });
        end();
    });
}

/// As above, with a finalizer, and so two pauses, between which the guest may
/// come.
#[test]
fn a_guest_upgrades_into_a_cycle_between_two_pauses() {
    bounded_model(2, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = last_cycle(m, &fate);
            let weak = gc.downgrade(m);
            drop(gc);
            let guest = guest(move |m| {
                m.safepoint();
                if let Some(gc) = weak.upgrade(m) {
                    look_and_drop(m, gc);
                }
            });
            m.collect();
            m.detach(|| guest.join().unwrap());
            m.collect();
            fate.assert_destroyed();
            assert_eq!(fate.finalized.load(Relaxed), 1);
        });
        end();
    });
}

/// What a finalizer leaves behind for whoever comes.
struct Escape {
    probe: Probe,
    next: std::sync::Mutex<Option<Gc<Escape>>>,
    way: *const Mutex<Option<Gc<Escape>>>,
}

// SAFETY: as for `Probe`.
unsafe impl Send for Escape {}
// SAFETY: as above.
unsafe impl Sync for Escape {}

// SAFETY: reports its one handle.
unsafe impl Trace for Escape {
    const FINALIZE: Option<fn(&Self, Local<'_, Self>, &Mutator)> =
        Some(<Self as Finalize>::finalize_object);

    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.next.trace(tracer);
    }
}

impl Finalize for Escape {
    fn finalize(&self, _: &Mutator) {
        self.probe.finalize();
        // SAFETY: the model holds it until its end.
        let way = unsafe { &*self.way };
        *way.lock().unwrap() = self.next.lock().unwrap().clone();
    }
}

/// A finalizer lets an object of a cycle escape to a guest, which looks at it and
/// drops it, before the second pause, in it or after: it is saved, or is not,
/// and the next collection finds it. Its finalizer runs once.
///
/// Fails if the second pause does not look, if what was garbage has an owner
/// while others can have it, or if what is given back stays marked.
#[test]
fn a_finalizer_lets_a_guest_have_what_is_condemned() {
    bounded_model(3, || {
        let fate = Fate::new();
        #[allow(clippy::arc_with_non_send_sync, reason = "loom's threads are one thread")]
        let way = Arc::new(Mutex::new(None));
        attach(|m| {
            let probe = Probe::new(&fate);
            let next = std::sync::Mutex::new(None);
            let gc = m.alloc(Escape { probe, next, way: Arc::as_ptr(&way) });
            *gc.get(m).next.lock().unwrap() = Some(gc.clone());
            drop(gc);
            let theirs = way.clone();
            let guest = guest(move |m| {
                m.safepoint();
                let gc: Option<Gc<Escape>> = theirs.lock().unwrap().take();
                if let Some(gc) = gc {
                    m.safepoint();
                    gc.get(m).probe.look();
                    drop(gc);
                }
            });
            m.collect();
            m.detach(|| guest.join().unwrap());
            let left = way.lock().unwrap().take();
            drop(left);
            m.collect();
            fate.assert_destroyed();
            assert_eq!(fate.finalized.load(Relaxed), 1);
        });
        end();
    });
}

/// Two threads collect at once: one does it, the other waits, and what both had
/// is collected.
///
/// Fails if who waits stays attached (nobody can go on), or two collect at once.
#[test]
fn two_threads_collect() {
    bounded_model(2, || {
        let fates = [Fate::new(), Fate::new()];
        attach(|m| {
            let fate = fates[1].clone();
            let guest = guest(move |m| {
                drop(cycle(m, &fate));
                m.collect();
                fate.assert_destroyed();
            });
            drop(cycle(m, &fates[0]));
            m.collect();
            fates[0].assert_destroyed();
            guest
        })
        .join()
        .unwrap();
        fates[1].assert_destroyed();
        end();
    });
}

/// An object on its owner's list of candidates, collected by another thread,
/// which clears the mark, while the owner goes on.
#[test]
fn a_guest_collects_what_the_owner_made_a_candidate() {
    bounded_model(3, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = cycle(m, &fate);
            let guest = guest(|m| {
                m.collect();
            });
            drop(gc.clone());
            m.safepoint();
            look_and_drop(m, gc);
            guest
        })
        .join()
        .unwrap();
        attach(|m| {
            m.collect();
        });
        fate.assert_destroyed();
        end();
    });
}
