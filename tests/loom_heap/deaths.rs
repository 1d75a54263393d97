//! The last reference: who destroys the object, and what comes before.

use super::*;

/// Edge A: the owner finds that only it counts the object, and destroys it
/// without a read-modify-write, after what a guest did with a handle that was
/// counted in the shared word.
///
/// Fails if the `Acquire` of the owner's last drop, or the `Release` of a
/// decrement is weakened.
#[test]
fn the_owner_destroys_what_a_guest_looked_at() {
    model(|| {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let theirs = shared_clone(m, &gc);
            let guest = guest(move |m| look_and_drop(m, theirs));
            look_and_drop(m, gc);
            guest
        })
        .join()
        .unwrap();
        fate.assert_destroyed();
        end();
    });
}

/// The owner's last drop against that of a guest who has one of the references
/// that the owner counts: whoever is last, the object is destroyed once, by a
/// thread that may.
///
/// Fails if the queue's reference is not kept, the state is not looked at, or
/// what is handed over is not looked for.
#[test]
fn the_owner_and_a_guest_drop() {
    model(|| {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let theirs = gc.clone();
            let guest = guest(move |m| look_and_drop(m, theirs));
            look_and_drop(m, gc);
            guest
        })
        .join()
        .unwrap();
        fate.assert_destroyed();
        end();
    });
}

/// As above, with a guest that also clones: the shared count is negative for a
/// while, and an object is queued once.
#[test]
fn a_guest_takes_the_shared_count_below_zero() {
    bounded_model(3, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let theirs = [gc.clone(), gc.clone()];
            let guest = guest(move |m| {
                let [a, b] = theirs;
                drop(a.clone());
                drop(a);
                look_and_drop(m, b);
            });
            look_and_drop(m, gc);
            guest
        })
        .join()
        .unwrap();
        fate.assert_destroyed();
        end();
    });
}

/// As above, with an object that can be in a cycle: it becomes a candidate on
/// both threads, and dies on one of them. Its memory is freed once.
///
/// Fails if an entry does not keep the memory, or two think it theirs.
#[test]
fn a_candidate_dies_on_one_of_two_threads() {
    bounded_model(4, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = node(m, &fate);
            let theirs = gc.clone();
            let guest = guest(move |m| {
                drop(theirs.clone());
                look_and_drop(m, theirs);
            });
            drop(gc.clone());
            look_and_drop(m, gc);
            guest
        })
        .join()
        .unwrap();
        fate.assert_destroyed();
        end();
    });
}

/// An object on its owner's list of candidates dies on another thread, while the
/// owner frees what is dead on that list, and again.
///
/// Fails if the destroyer frees the memory too, or nobody does.
#[test]
fn a_candidate_of_its_owner_dies_on_another_thread() {
    bounded_model(3, || {
        let fate = Fate::new();
        heap::configure().collect_after(1);
        attach(|m| {
            let gc = node(m, &fate);
            let theirs = shared_clone(m, &gc);
            drop(gc.clone());
            drop(gc);
            // It has no owner now, but its first owner's list has it.
            let guest = guest(move |m| look_and_drop(m, theirs));
            m.safepoint();
            guest
        })
        .join()
        .unwrap();
        fate.assert_destroyed();
        end();
    });
}

/// As above, with its owner's entry only: that alone has the memory.
#[test]
fn a_candidate_with_one_entry_dies_on_another_thread() {
    model(|| {
        let fate = Fate::new();
        attach(|m| {
            let gc = node(m, &fate);
            drop(gc.clone());
            let guest = guest(move |m| look_and_drop(m, gc));
            m.detach(|| guest.join().unwrap());
            fate.assert_destroyed();
        });
        end();
    });
}

/// Edge A, for an object that has no owner: the last of two threads destroys it
/// after what the other did.
///
/// Fails if a decrement is no `Release`, or the last drop no `Acquire`.
#[test]
fn two_threads_drop_a_merged_object() {
    model(|| {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let [ours, theirs] = merged(m, gc);
            let guest = guest(move |m| look_and_drop(m, theirs));
            look_and_drop(m, ours);
            guest
        })
        .join()
        .unwrap();
        fate.assert_destroyed();
        end();
    });
}

/// As above, with an object that becomes a candidate, of one of the two.
///
/// Fails if the entry does not keep the memory, or both make one.
#[test]
fn two_threads_drop_a_merged_candidate() {
    bounded_model(4, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = node(m, &fate);
            let [ours, theirs] = merged(m, gc);
            let guest = guest(move |m| {
                drop(theirs.clone());
                look_and_drop(m, theirs);
            });
            drop(ours.clone());
            look_and_drop(m, ours);
            guest
        })
        .join()
        .unwrap();
        fate.assert_destroyed();
        end();
    });
}

/// Two threads that do not own it make an object a candidate at once: one of them
/// does, and the other gives back the weak count that it took.
#[test]
fn two_threads_make_a_candidate() {
    bounded_model(4, || {
        let fate = Fate::new();
        let its = fate.clone();
        let make = spawn(move || {
            attach(|m| {
                let gc = node(m, &its);
                let ours = shared_clone(m, &gc);
                (shared_clone(m, &gc), ours, gc)
            })
        });
        // While this thread is attached, so that it has another record.
        attach(|m| {
            let (theirs, ours, kept) = m.detach(|| make.join().unwrap());
            let guest = guest(move |_| drop(theirs));
            drop(ours);
            m.detach(|| guest.join().unwrap());
            look_and_drop(m, kept);
        });
        fate.assert_destroyed();
        end();
    });
}

/// Edge A with three threads.
#[test]
fn three_threads_drop_a_merged_object() {
    bounded_model(3, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let [one, two] = merged(m, gc);
            let three = two.clone();
            let guests =
                [guest(move |m| look_and_drop(m, one)), guest(move |m| look_and_drop(m, two))];
            look_and_drop(m, three);
            guests
        })
        .into_iter()
        .for_each(|guest| guest.join().unwrap());
        fate.assert_destroyed();
        end();
    });
}

/// The finalizer runs once, before the destruction and after all other uses,
/// whoever is last.
///
/// Fails if that a finalizer has run is not seen by the next.
#[test]
fn two_threads_drop_an_object_with_a_finalizer() {
    model(|| {
        let fate = Fate::new();
        attach(|m| {
            let gc = last(m, &fate);
            let [ours, theirs] = merged(m, gc);
            let guest = guest(move |m| look_and_drop(m, theirs));
            look_and_drop(m, ours);
            guest
        })
        .join()
        .unwrap();
        fate.assert_destroyed();
        assert_eq!(fate.finalized.load(Relaxed), 1);
        end();
    });
}

/// As above, between the owner and a guest.
#[test]
fn the_owner_and_a_guest_drop_an_object_with_a_finalizer() {
    model(|| {
        let fate = Fate::new();
        attach(|m| {
            let gc = last(m, &fate);
            let theirs = gc.clone();
            let guest = guest(move |m| look_and_drop(m, theirs));
            look_and_drop(m, gc);
            guest
        })
        .join()
        .unwrap();
        fate.assert_destroyed();
        assert_eq!(fate.finalized.load(Relaxed), 1);
        end();
    });
}

/// Leaves itself to whoever comes, in its finalizer.
struct Revenant {
    probe: Probe,
    way: *const Mutex<Option<Gc<Revenant>>>,
}

// SAFETY: as for `Probe`.
unsafe impl Send for Revenant {}
// SAFETY: as above.
unsafe impl Sync for Revenant {}

// SAFETY: reports nothing.
unsafe impl Trace for Revenant {
    const FINALIZE: Option<fn(&Self, Local<'_, Self>, &Mutator)> =
        Some(<Self as Finalize>::finalize_object);

    fn trace(&self, _: &mut Tracer<'_>) {}
}

impl Finalize for Revenant {
    fn finalize(&self, _: &Mutator) {
        self.probe.finalize();
    }

    fn finalize_object(&self, object: Local<'_, Self>, m: &Mutator) {
        self.finalize(m);
        // SAFETY: the model holds it until its end.
        let way = unsafe { &*self.way };
        *way.lock().unwrap() = Some(object.to_gc());
    }
}

/// A finalizer leaves its object to a guest, which looks at it, clones it and drops
/// it, while the finalizer runs or after; or to nobody. It is destroyed once, after all
/// other uses, and its finalizer runs once.
///
/// Fails if who finalizes goes on with the count that it saw before.
fn leave_to_a_guest(is_merged: bool) {
    let fate = Fate::new();
    #[allow(clippy::arc_with_non_send_sync, reason = "loom's threads are one thread")]
    let way = Arc::new(Mutex::new(None));
    attach(|m| {
        let (probe, theirs) = (Probe::new(&fate), way.clone());
        let gc = m.alloc(Revenant { probe, way: Arc::as_ptr(&way) });
        let gc = if is_merged { Vec::from(merged(m, gc)) } else { vec![gc] };
        let guest = guest(move |m| {
            let gc: Option<Gc<Revenant>> = theirs.lock().unwrap().take();
            if let Some(gc) = gc {
                let other = gc.clone();
                drop(gc);
                other.get(m).probe.look();
                drop(other);
            }
        });
        drop(gc);
        m.detach(|| guest.join().unwrap());
        let left = way.lock().unwrap().take();
        drop(left);
    });
    fate.assert_destroyed();
    assert_eq!(fate.finalized.load(Relaxed), 1);
    end();
}

#[test]
fn a_finalizer_leaves_an_object_of_its_owner_to_a_guest() {
    model(|| leave_to_a_guest(false));
}

#[test]
fn a_finalizer_leaves_a_merged_object_to_a_guest() {
    model(|| leave_to_a_guest(true));
}

/// A guest hands over while the owner detaches: nothing waits for an owner that
/// is detached.
///
/// Fails if an owner detaches without looking, or looks before it takes note of
/// the request, or if nobody merges for one that is detached.
#[test]
fn nothing_waits_for_an_owner_that_detaches() {
    model(|| {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let guest = guest(move |m| look_and_drop(m, gc));
            m.detach(|| {
                guest.join().unwrap();
                fate.assert_destroyed();
            });
        });
        end();
    });
}

/// Edge B: the owner counts, detaches, and a guest merges what it counted, while
/// the owner attaches again and counts on.
///
/// Fails if the two are on the owner's side at once.
#[test]
fn a_guest_merges_for_an_owner_that_attaches_again() {
    bounded_model(4, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let theirs = gc.clone();
            let guest = guest(move |m| look_and_drop(m, theirs));
            m.detach(|| ());
            let more = gc.clone();
            look_and_drop(m, gc);
            look_and_drop(m, more);
            guest
        })
        .join()
        .unwrap();
        fate.assert_destroyed();
        end();
    });
}

/// Two guests hand over two objects of an owner that is detached: one of them
/// stands in for it, and the other's object does not wait for the owner either.
///
/// Fails if who is turned away does not come back.
#[test]
fn two_guests_stand_in_for_a_detached_owner() {
    bounded_model(3, || {
        let fates = [Fate::new(), Fate::new()];
        attach(|m| {
            let [one, two] = [leaf(m, &fates[0]), leaf(m, &fates[1])];
            m.detach(|| {
                let guests =
                    [guest(move |m| look_and_drop(m, one)), guest(move |m| look_and_drop(m, two))];
                guests.into_iter().for_each(|guest| guest.join().unwrap());
                fates.iter().for_each(|fate| fate.assert_destroyed());
            });
        });
        end();
    });
}

/// As above, with one object.
#[test]
fn two_guests_drop_an_object_of_a_detached_owner() {
    bounded_model(3, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let two = gc.clone();
            m.detach(|| {
                let guests =
                    [guest(move |m| look_and_drop(m, gc)), guest(move |m| look_and_drop(m, two))];
                guests.into_iter().for_each(|guest| guest.join().unwrap());
                fate.assert_destroyed();
            });
        });
        end();
    });
}

/// The owner leaves for good while a guest hands over.
#[test]
fn an_owner_leaves_while_it_is_handed_an_object() {
    model(|| {
        let fate = Fate::new();
        let guest = attach(|m| {
            let gc = leaf(m, &fate);
            guest(move |m| look_and_drop(m, gc))
        });
        guest.join().unwrap();
        fate.assert_destroyed();
        end();
    });
}

/// The owner is gone, and its record taken over by another, which is then the
/// owner, while a guest hands over.
///
/// Fails if the record's queue does not go with its id.
#[test]
fn the_next_owner_gets_what_is_handed_over() {
    bounded_model(3, || {
        let fate = Fate::new();
        let (guest, ours) = attach(|m| {
            let gc = leaf(m, &fate);
            let theirs = gc.clone();
            (guest(move |m| look_and_drop(m, theirs)), gc)
        });
        let next = spawn(move || attach(|m| look_and_drop(m, ours)));
        guest.join().unwrap();
        next.join().unwrap();
        fate.assert_destroyed();
        end();
    });
}

/// As above, while the same thread comes back as its own successor.
#[test]
fn an_owner_comes_back_while_it_is_handed_an_object() {
    bounded_model(3, || {
        let fate = Fate::new();
        let (guest, ours) = attach(|m| {
            let gc = leaf(m, &fate);
            let theirs = gc.clone();
            (guest(move |m| look_and_drop(m, theirs)), gc)
        });
        attach(|m| look_and_drop(m, ours));
        guest.join().unwrap();
        fate.assert_destroyed();
        end();
    });
}

/// The owner asks whether it is the only one, and writes, after what a guest did.
///
/// Fails if the answer is no `Acquire`, or a guest's handle is overlooked.
#[test]
fn the_owner_writes_what_a_guest_looked_at() {
    model(|| {
        let fate = Fate::new();
        attach(|m| {
            let mut gc = leaf(m, &fate);
            let theirs = shared_clone(m, &gc);
            let guest = guest(move |m| look_and_drop(m, theirs));
            if let Some(leaf) = Gc::get_mut(&mut gc, m) {
                leaf.0.alter();
            }
            drop(gc);
            guest
        })
        .join()
        .unwrap();
        fate.assert_destroyed();
        end();
    });
}
