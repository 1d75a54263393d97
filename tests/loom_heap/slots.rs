//! Slots: what is read without counting outlives those who look at it.
//!
//! A reader here finds an object in a slot and looks at its payload, which the
//! destructor writes: loom fails a model in which nothing orders the two. The main
//! thread is the writer, unless it says otherwise.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use brc::GcSlot;

use super::*;

/// A payload that is linked by a slot, which is read without a lock.
struct Link {
    probe: Probe,
    next: GcSlot<Link>,
}

// SAFETY: reports its one slot.
unsafe impl Trace for Link {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.probe.look();
        self.next.trace(tracer);
    }
}

impl Look for Link {
    fn look(&self) {
        self.probe.look();
    }
}

/// A slot that several threads have. The main thread drops it, after the others.
#[allow(clippy::arc_with_non_send_sync, reason = "loom's threads are one thread")]
fn slot<T>(gc: impl Into<Option<Gc<T>>>) -> Arc<GcSlot<T>> {
    Arc::new(GcSlot::from(gc.into()))
}

/// Looks at what the slot holds, if anything.
fn look_into<T: Look>(m: &Mutator, slot: &GcSlot<T>) {
    if let Some(local) = slot.load(m) {
        local.look();
    }
}

/// Passes a safepoint, with something for all to pass: so the write sequence goes on.
fn pass(m: &mut Mutator) {
    m.retire(());
    m.safepoint();
}

/// Publishing and reclaiming: a reader sees the payload as it was made, and what it
/// finds lives until it has passed a safepoint.
///
/// Fails if a store is no `Release`, or a load no `Acquire`; if a removal gives no
/// stamp, if the last drop does not look at that, or if a number is passed before
/// the reader has passed it.
#[test]
fn a_reader_looks_at_what_is_replaced() {
    model(|| {
        let fates = [Fate::new(), Fate::new()];
        attach(|m| {
            let slot = slot(leaf(m, &fates[0]));
            let theirs = slot.clone();
            let guest = guest(move |m| {
                look_into(m, &theirs);
                m.safepoint();
                look_into(m, &theirs);
            });
            slot.store(m, leaf(m, &fates[1]));
            m.safepoint();
            m.detach(|| guest.join().unwrap());
            fates[0].assert_destroyed();
            fates[1].assert_alive();
            slot.store(m, None);
        });
        fates[1].assert_destroyed();
        end();
    });
}

/// The reader is the last to pass, and the owner, which has passed before, drops a handle
/// that it had besides: at once, if it sees that.
///
/// Fails if what all have passed is read relaxed.
#[test]
fn the_owner_drops_what_a_reader_has_passed() {
    bounded_model(3, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let slot = slot(gc.clone());
            let theirs = slot.clone();
            let guest = guest(move |m| {
                look_into(m, &theirs);
                m.safepoint();
            });
            slot.store(m, None);
            pass(m);
            drop(gc);
            m.detach(|| guest.join().unwrap());
        });
        fate.assert_destroyed();
        end();
    });
}

/// A reader counts what it found, and so keeps it across a safepoint, at which all
/// have passed the removal.
///
/// Fails if who drops an object again, when nobody looks at it any more, does not look
/// at its count.
#[test]
fn a_reader_keeps_what_is_removed() {
    bounded_model(2, || {
        let fate = Fate::new();
        attach(|m| {
            let slot = slot(leaf(m, &fate));
            let theirs = slot.clone();
            let guest = guest(move |m| {
                let kept = theirs.load(m).map(|local| local.to_gc());
                m.safepoint();
                if let Some(gc) = kept {
                    look_and_drop(m, gc);
                }
            });
            slot.store(m, None);
            m.safepoint();
            m.detach(|| guest.join().unwrap());
        });
        fate.assert_destroyed();
        end();
    });
}

/// A reader counts what it found, and passes what the owner's last drop waits for,
/// in the midst of that.
///
/// Fails if the owner looks at the count before it looks at what is passed.
#[test]
fn a_reader_counts_during_the_owners_last_drop() {
    bounded_model(2, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let slot = slot(gc.clone());
            let theirs = slot.clone();
            let guest = guest(move |m| {
                let kept = theirs.load(m).map(|local| local.to_gc());
                m.safepoint();
                if let Some(gc) = kept {
                    look_and_drop(m, gc);
                }
            });
            // Not the last: the stamp is passed once the reader has.
            slot.store(m, None);
            pass(m);
            look_and_drop(m, gc);
            m.detach(|| guest.join().unwrap());
        });
        fate.assert_destroyed();
        end();
    });
}

/// As above, with an owner that wants to write.
#[test]
fn a_reader_counts_while_the_owner_wants_to_write() {
    bounded_model(2, || {
        let fate = Fate::new();
        attach(|m| {
            let mut gc = leaf(m, &fate);
            let slot = slot(gc.clone());
            let theirs = slot.clone();
            let guest = guest(move |m| {
                let kept = theirs.load(m).map(|local| local.to_gc());
                m.safepoint();
                if let Some(gc) = kept {
                    look_and_drop(m, gc);
                }
            });
            slot.store(m, None);
            pass(m);
            if let Some(leaf) = Gc::get_mut(&mut gc, m) {
                leaf.0.alter();
            }
            drop(gc);
            m.detach(|| guest.join().unwrap());
        });
        fate.assert_destroyed();
        end();
    });
}

/// As above, with an object without owner: the reader counts what it found, stores it
/// elsewhere, passes, finds it there, takes it out and drops it, all in the midst of
/// the last drop, so that the count is what it was.
///
/// Fails if who drops looks at the count or the stamp before it looks at what is passed.
#[test]
fn a_reader_moves_it_during_the_last_drop() {
    bounded_model(2, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let [gc, more] = merged(m, gc);
            let slot = slot(more);
            let theirs = slot.clone();
            let guest = guest(move |m| {
                let other = GcSlot::empty();
                other.store(m, theirs.load(m).map(|local| local.to_gc()));
                m.safepoint();
                let found = other.load(m);
                drop(other.take(m));
                if let Some(local) = found {
                    local.look();
                }
            });
            slot.store(m, None);
            pass(m);
            look_and_drop(m, gc);
            m.detach(|| guest.join().unwrap());
        });
        fate.assert_destroyed();
        end();
    });
}

/// Edge F: the write sequence goes on by a batch of the reader's, which passes that
/// number and then looks into the slot, while the writer removes what is there, gives
/// it the stamp of that number or the next, and passes too.
///
/// Fails if one of the two fences is missing, or the stamp is not that of the next
/// number.
#[test]
fn a_stamp_is_not_one_that_a_reader_has_passed() {
    bounded_model(3, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let slot = slot(gc.clone());
            let theirs = slot.clone();
            let guest = guest(move |m| {
                pass(m);
                look_into(m, &theirs);
            });
            slot.store(m, None);
            m.safepoint();
            // If the stamp is passed it dies at once.
            drop(gc);
            m.detach(|| guest.join().unwrap());
        });
        fate.assert_destroyed();
        end();
    });
}

/// An object is removed from two slots at once: the later stamp stays.
///
/// Fails if who gives a stamp does not look at the sequence again, or not by an
/// `Acquire`.
#[test]
fn two_stamps_at_once() {
    bounded_model(3, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let [ours, theirs] = [slot(gc.clone()), slot(gc.clone())];
            let other = theirs.clone();
            let guest = guest(move |m| {
                pass(m);
                let found = other.load(m);
                drop(other.take(m));
                if let Some(local) = found {
                    local.look();
                }
            });
            ours.store(m, None);
            m.safepoint();
            drop(gc);
            m.detach(|| guest.join().unwrap());
            drop(theirs);
        });
        fate.assert_destroyed();
        end();
    });
}

/// An object is taken out of a slot, all pass, and it is put into another: who looks at
/// it there is waited for anew.
///
/// Fails if a stamp is given once only.
#[test]
fn a_stamp_is_renewed() {
    bounded_model(3, || {
        let fate = Fate::new();
        attach(|m| {
            let one = slot(leaf(m, &fate));
            let two = slot(None);
            let theirs = two.clone();
            let guest = guest(move |m| {
                m.safepoint();
                look_into(m, &theirs);
            });
            let taken = one.take(m);
            pass(m);
            two.store(m, taken);
            two.store(m, None);
            m.detach(|| guest.join().unwrap());
        });
        fate.assert_destroyed();
        end();
    });
}

/// As above, by another thread than the object's owner, which looks.
#[test]
fn a_guest_moves_what_it_takes() {
    bounded_model(3, || {
        let fate = Fate::new();
        attach(|m| {
            let one = slot(leaf(m, &fate));
            let two = slot(None);
            let theirs = [one.clone(), two.clone()];
            let guest = guest(move |m| {
                let [one, two] = theirs;
                let taken = one.take(m);
                two.store(m, taken);
                m.safepoint();
                two.store(m, None);
            });
            look_into(m, &one);
            m.safepoint();
            look_into(m, &two);
            m.detach(|| guest.join().unwrap());
        });
        fate.assert_destroyed();
        end();
    });
}

/// Two readers and the writer, with three threads.
#[test]
fn two_readers_look_at_what_is_replaced() {
    bounded_model(2, || {
        let fate = Fate::new();
        attach(|m| {
            let slot = slot(leaf(m, &fate));
            let guests = [(); 2].map(|()| {
                let theirs = slot.clone();
                guest(move |m| look_into(m, &theirs))
            });
            slot.store(m, None);
            m.safepoint();
            m.detach(|| guests.into_iter().for_each(|guest| guest.join().unwrap()));
        });
        fate.assert_destroyed();
        end();
    });
}

/// A reader detaches, attaches again and looks again.
///
/// Fails if the test of a detached reader is no `Acquire`.
#[test]
fn a_reader_comes_back() {
    model(|| {
        let fate = Fate::new();
        attach(|m| {
            let slot = slot(leaf(m, &fate));
            let theirs = slot.clone();
            let guest = guest(move |m| {
                look_into(m, &theirs);
                m.detach(|| ());
                look_into(m, &theirs);
            });
            slot.store(m, None);
            m.safepoint();
            m.detach(|| guest.join().unwrap());
        });
        fate.assert_destroyed();
        end();
    });
}

/// A guest removes and leaves, a reader comes back, and the owner passes both, which are
/// detached, and drops what it has besides: the reader sees what the guest did, by way of
/// the owner. With three threads.
///
/// Fails if the test of a detached reader is no `Acquire`, or no `Release`.
#[test]
fn a_reader_comes_back_after_a_guest_has_left() {
    bounded_model(2, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let slot = slot(shared_clone(m, &gc));
            let theirs = [slot.clone(), slot.clone()];
            let [one, two] = theirs;
            let reader = guest(move |m| {
                m.detach(|| ());
                look_into(m, &two);
            });
            let guest = guest(move |m| one.store(m, None));
            pass(m);
            drop(gc);
            m.detach(|| {
                guest.join().unwrap();
                reader.join().unwrap();
            });
        });
        fate.assert_destroyed();
        end();
    });
}

/// The owner removes and detaches, a reader looks and detaches, and a guest passes for
/// both, the owner first. The owner comes back, finds that all have passed, and drops what
/// it has besides. With three threads.
///
/// Fails if what all have passed is not published by a `Release`.
#[test]
fn an_owner_comes_back_to_what_a_guest_has_passed() {
    bounded_model(3, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let slot = slot(gc.clone());
            let theirs = slot.clone();
            let reader = guest(move |m| {
                look_into(m, &theirs);
                m.detach(|| ());
            });
            let guest = guest(pass);
            slot.store(m, None);
            m.detach(|| ());
            drop(gc);
            m.detach(|| {
                reader.join().unwrap();
                guest.join().unwrap();
            });
        });
        fate.assert_destroyed();
        end();
    });
}

/// A reader attaches while the writer removes and passes.
#[test]
fn a_reader_attaches_late() {
    bounded_model(4, || {
        let fate = Fate::new();
        attach(|m| {
            let slot = slot(leaf(m, &fate));
            let theirs = slot.clone();
            let reader = spawn(move || attach(|m| look_into(m, &theirs)));
            slot.store(m, None);
            m.safepoint();
            m.detach(|| reader.join().unwrap());
        });
        fate.assert_destroyed();
        end();
    });
}

/// Two writers replace: each removes something else, and a reader that looks at
/// neither's is none of theirs.
#[test]
fn two_writers_replace() {
    bounded_model(3, || {
        let fates = [Fate::new(), Fate::new(), Fate::new()];
        attach(|m| {
            let slot = slot(leaf(m, &fates[0]));
            let (theirs, fate) = (slot.clone(), fates[1].clone());
            let guest = guest(move |m| {
                theirs.store(m, leaf(m, &fate));
                look_into(m, &theirs);
            });
            look_into(m, &slot);
            slot.store(m, leaf(m, &fates[2]));
            m.safepoint();
            m.detach(|| guest.join().unwrap());
            slot.store(m, None);
        });
        fates.iter().for_each(|fate| fate.assert_destroyed());
        end();
    });
}

/// Two threads exchange the same object for another: one gets it.
///
/// Fails if the exchange is no `Release`.
#[test]
fn two_writers_exchange() {
    bounded_model(3, || {
        let fates = [Fate::new(), Fate::new(), Fate::new()];
        attach(|m| {
            let slot = slot(leaf(m, &fates[0]));
            let (theirs, fate) = (slot.clone(), fates[1].clone());
            let guest = guest(move |m| {
                let current = theirs.load(m);
                drop(theirs.compare_exchange(m, current, leaf(m, &fate)));
                look_into(m, &theirs);
            });
            let current = slot.load(m);
            drop(slot.compare_exchange(m, current, leaf(m, &fates[2])));
            look_into(m, &slot);
            m.detach(|| guest.join().unwrap());
            slot.store(m, None);
        });
        fates.iter().for_each(|fate| fate.assert_destroyed());
        end();
    });
}

/// REVIVED: while a guest drops the last handle to an object that was in no slot, the
/// writer upgrades a weak one, stores it, finds it, takes it out and drops it. So the
/// count is what it was, and there is somebody to look.
///
/// Fails if an upgrade does not mark the word, or the last drop does not look for that.
#[test]
fn an_upgrade_comes_and_goes_during_the_last_drop() {
    bounded_model(4, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let weak = gc.downgrade(m);
            let [gc, more] = merged(m, gc);
            drop(more);
            // So the mark is there when the last drop begins.
            drop(weak.upgrade(m));
            let guest = guest(move |m| {
                drop(gc);
                m.safepoint();
            });
            let slot = GcSlot::from(weak.upgrade(m));
            let found = slot.load(m);
            drop(slot.take(m));
            if let Some(local) = found {
                local.look();
            }
            drop(weak);
            m.detach(|| guest.join().unwrap());
        });
        fate.assert_destroyed();
        end();
    });
}

/// As above, with a third thread that looks into the slot.
#[test]
fn an_upgrade_is_seen_by_a_third_during_the_last_drop() {
    bounded_model(2, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let weak = gc.downgrade(m);
            let [gc, more] = merged(m, gc);
            drop(more);
            let slot = slot(None);
            let theirs = slot.clone();
            let guests = [guest(move |_| drop(gc)), guest(move |m| look_into(m, &theirs))];
            slot.store(m, weak.upgrade(m));
            slot.store(m, None);
            drop(weak);
            m.detach(|| guests.into_iter().for_each(|guest| guest.join().unwrap()));
        });
        fate.assert_destroyed();
        end();
    });
}

/// A reader is in the middle of a chain that is linked by slots, when its head is
/// removed: nothing of it dies before the reader passes, and then all of it.
///
/// Fails if the head does not wait.
#[test]
fn a_reader_walks_a_chain_that_is_removed() {
    bounded_model(4, || {
        let fates = [Fate::new(), Fate::new()];
        attach(|m| {
            let link = |fate, next| m.alloc(Link { probe: Probe::new(fate), next });
            let tail = link(&fates[1], GcSlot::empty());
            let slot = slot(link(&fates[0], GcSlot::new(tail)));
            let theirs = slot.clone();
            let guest = guest(move |m| {
                if let Some(head) = theirs.load(m) {
                    head.look();
                    look_into(m, &head.get().next);
                }
                m.safepoint();
            });
            slot.store(m, None);
            m.safepoint();
            m.detach(|| guest.join().unwrap());
        });
        fates.iter().for_each(|fate| fate.assert_destroyed());
        end();
    });
}

/// As above, while the chain is cut: what was behind the cut is a chain of its own.
#[test]
fn a_reader_walks_a_chain_that_is_cut() {
    bounded_model(3, || {
        let fates = [Fate::new(), Fate::new()];
        attach(|m| {
            let link = |fate, next| m.alloc(Link { probe: Probe::new(fate), next });
            let tail = link(&fates[1], GcSlot::empty());
            let head = link(&fates[0], GcSlot::new(tail));
            let theirs = shared_clone(m, &head);
            let guest = guest(move |m| {
                look_into(m, &theirs.get(m).next);
                m.safepoint();
                look_and_drop(m, theirs);
            });
            head.get(m).next.store(m, None);
            drop(head);
            m.safepoint();
            m.detach(|| guest.join().unwrap());
        });
        fates.iter().for_each(|fate| fate.assert_destroyed());
        end();
    });
}

/// A stranger drops the last handle to an object that a reader may still look at: it
/// goes to the pending list, and from there to the retired ones.
///
/// Fails if who works off the pending list does not look at the stamp.
#[test]
fn a_stranger_drops_the_last_while_a_reader_looks() {
    bounded_model(3, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let slot = slot(shared_clone(m, &gc));
            let last = shared_clone(m, &gc);
            drop(gc);
            let theirs = slot.clone();
            let guest = guest(move |m| look_into(m, &theirs));
            slot.store(m, None);
            let stranger = spawn(move || drop(last));
            m.safepoint();
            m.detach(|| {
                guest.join().unwrap();
                stranger.join().unwrap();
            });
        });
        attach(|_| ());
        fate.assert_destroyed();
        end();
    });
}

/// As above, in a slot of its own, which the stranger drops.
#[test]
fn a_stranger_drops_a_slot() {
    bounded_model(3, || {
        let fate = Fate::new();
        attach(|m| {
            let one = slot(leaf(m, &fate));
            let theirs = one.clone();
            let guest = guest(move |m| look_into(m, &theirs));
            let two = GcSlot::from(one.take(m));
            m.detach(|| drop(two));
            m.safepoint();
            m.detach(|| guest.join().unwrap());
        });
        fate.assert_destroyed();
        end();
    });
}

/// The writer leaves right after a removal, with the reader still there, or not.
///
/// Fails if a shelf stays with a record that nobody has.
#[test]
fn a_writer_leaves_with_a_full_shelf() {
    model(|| {
        let fate = Fate::new();
        let (guest, slot) = attach(|m| {
            let slot = slot(leaf(m, &fate));
            let theirs = slot.clone();
            let guest = guest(move |m| look_into(m, &theirs));
            slot.store(m, None);
            (guest, slot)
        });
        guest.join().unwrap();
        drop(slot);
        fate.assert_destroyed();
        end();
    });
}

/// As above, by a panic: what it retired goes to those who stay.
///
/// Fails if who steps aside forgets the shelf.
#[test]
fn a_writer_panics_with_a_full_shelf() {
    bounded_model(2, || {
        let fate = Fate::new();
        let slot = attach(|m| slot(leaf(m, &fate)));
        let theirs = slot.clone();
        let guest = guest(move |m| {
            look_into(m, &theirs);
            m.safepoint();
        });
        let panic = || {
            attach(|m| -> () {
                slot.store(m, None);
                resume_unwind(Box::new(()));
            })
        };
        assert!(catch_unwind(AssertUnwindSafe(panic)).is_err());
        guest.join().unwrap();
        attach(|_| ());
        fate.assert_destroyed();
        end();
    });
}

/// The writer collects right after a removal: a pause is a safepoint of all.
///
/// Fails if a pause does not say that all have passed what they had not.
#[test]
fn a_collection_passes_what_is_removed() {
    bounded_model(4, || {
        let fate = Fate::new();
        attach(|m| {
            let slot = slot(leaf(m, &fate));
            let theirs = slot.clone();
            let guest = guest(move |m| {
                look_into(m, &theirs);
                m.safepoint();
                look_into(m, &theirs);
            });
            slot.store(m, None);
            m.collect();
            fate.assert_destroyed();
            m.detach(|| guest.join().unwrap());
        });
        end();
    });
}

/// The reader collects while the writer removes.
#[test]
fn a_reader_collects() {
    bounded_model(2, || {
        let fate = Fate::new();
        attach(|m| {
            let slot = slot(leaf(m, &fate));
            let theirs = slot.clone();
            let guest = guest(move |m| {
                look_into(m, &theirs);
                m.collect();
                look_into(m, &theirs);
            });
            slot.store(m, None);
            m.safepoint();
            m.detach(|| guest.join().unwrap());
        });
        fate.assert_destroyed();
        end();
    });
}
