//! Counting, the queue, merging.

use super::*;

/// Edges A and B: whichever of owner and stranger drops last, the object dies
/// once and after the other's last use. The stranger's reference was counted
/// by the owner, so it goes through the queue.
#[test]
fn the_last_drop_destroys_once() {
    model(|| {
        let (b, fate) = object();
        let c = b.clone();
        let stranger = spawn(|| look_and_drop(c));
        look_and_drop(b);
        end([stranger], &fate);
    });
}

/// Edge A, on the path without read-modify-write: the owner that finds the
/// shared word 0 sees the uses by those who took it back to 0.
#[test]
fn a_count_that_returned_to_zero_lets_the_owner_destroy() {
    model(|| {
        let (b, fate) = object();
        let c = shared_clone(&b);
        let stranger = spawn(|| look_and_drop(c));
        look_and_drop(b);
        end([stranger], &fate);
    });
}

/// A clone that a stranger made is counted, whatever the owner does meanwhile.
#[test]
fn a_strangers_clone_keeps_the_object() {
    model(|| {
        let (b, fate) = object();
        let c = b.clone();
        let stranger = spawn(|| {
            let d = c.clone();
            drop(c);
            look_and_drop(d);
        });
        look_and_drop(b);
        end([stranger], &fate);
    });
}

/// The owner drops its last local reference, a stranger holds more than one:
/// nobody but the last destroys, and not before the owner's last use.
#[test]
fn the_owners_last_local_drop_merges() {
    bounded_model(5, || {
        let (b, fate) = object();
        let (c, d) = (shared_clone(&b), shared_clone(&b));
        let stranger = spawn(|| {
            look_and_drop(c);
            look_and_drop(d);
        });
        look_and_drop(b);
        end([stranger], &fate);
    });
}

/// Edge A on a merged object, where no owner and no lock is involved.
#[test]
fn the_last_drop_of_a_merged_object() {
    model(|| {
        let (b, fate) = merged_object();
        let c = b.clone();
        let stranger = spawn(|| look_and_drop(c));
        look_and_drop(b);
        end([stranger], &fate);
    });
}

/// The owner takes in its queue at any moment while it still holds handles.
#[test]
fn the_owner_merges_while_it_is_handed_objects() {
    model(|| {
        let (b, fate) = object();
        let (c, d) = (b.clone(), b.clone());
        let stranger = spawn(|| look_and_drop(c));
        brc::merge();
        look_and_drop(b);
        brc::merge();
        look_and_drop(d);
        end([stranger], &fate);
    });
}

/// Edge A on the merge of a queue's entry: the owner's last use comes before
/// it, and a stranger's last use before the owner destroys by it.
#[test]
fn the_owner_lets_go_by_merging() {
    model(|| {
        let (b, fate) = object();
        let (c, d) = (b.clone(), b.clone());
        spawn(|| drop(c)).join().unwrap();
        look_and_drop(b);
        let stranger = spawn(|| look_and_drop(d));
        brc::merge();
        end([stranger], &fate);
    });
}

/// The shared count is negative while the object is queued: a stranger drops
/// references that the owner counted, also in the middle of the merge.
#[test]
fn negative_counts_are_merged() {
    model(|| {
        let (b, fate) = object();
        let (c, d) = (b.clone(), b.clone());
        let stranger = spawn(|| {
            look_and_drop(c);
            look_and_drop(d);
        });
        brc::merge();
        b.look();
        stranger.join().unwrap();
        drop(b);
        end([], &fate);
    });
}

/// As above with two strangers and an owner that merges while they drop.
#[test]
fn two_strangers_drop_what_the_owner_counted() {
    bounded_model(3, || {
        let (b, fate) = object();
        let (c, d) = (b.clone(), b.clone());
        let one = spawn(|| look_and_drop(c));
        let two = spawn(|| look_and_drop(d));
        look_and_drop(b);
        end([one, two], &fate);
    });
}

/// Two strangers' references are counted in the shared word, and end there.
#[test]
fn two_strangers_drop_what_they_counted() {
    bounded_model(2, || {
        let (b, fate) = object();
        let (c, d) = (shared_clone(&b), shared_clone(&b));
        let one = spawn(|| look_and_drop(c));
        let two = spawn(|| look_and_drop(d));
        look_and_drop(b);
        end([one, two], &fate);
    });
}

/// After the merge the owner's id must not match any more: references that
/// come back to the owner are counted in the shared word.
#[test]
fn references_that_come_back_after_the_merge() {
    model(|| {
        let (b, fate) = object();
        let (c, d) = (b.clone(), b.clone());
        let slot = Slot::new();
        let stranger = spawn({
            let slot = slot.clone();
            move || {
                drop(c);
                slot.put(d);
            }
        });
        brc::merge();
        if let Some(d) = slot.take() {
            let e = d.clone();
            drop(d);
            look_and_drop(e);
        }
        look_and_drop(b);
        stranger.join().unwrap();
        drop(slot.take());
        end([], &fate);
    });
}

/// The same after the owner's last local drop, which merges too.
#[test]
fn references_that_come_back_after_the_last_local_drop() {
    model(|| {
        let (b, fate) = object();
        let c = shared_clone(&b);
        let slot = Slot::new();
        let stranger = spawn({
            let slot = slot.clone();
            move || slot.put(c)
        });
        look_and_drop(b);
        if let Some(c) = slot.take() {
            look_and_drop(c);
        }
        stranger.join().unwrap();
        drop(slot.take());
        end([], &fate);
    });
}

/// A queue's entry owns a reference. Else the stranger's clones would balance
/// the count it went below zero by, the owner would drop them, and the object
/// would die while it is queued (biasedrc 0.1.0 and steel-rc 0.8.3).
#[test]
fn a_queued_object_is_owned_by_the_queue() {
    model(|| {
        let (b, fate) = object();
        let (c, d) = (b.clone(), b.clone());
        let slot = Slot::new();
        let stranger = spawn({
            let slot = slot.clone();
            move || {
                drop(c);
                slot.put([d.clone(), d]);
            }
        });
        drop(slot.take());
        look_and_drop(b);
        stranger.join().unwrap();
        drop(slot.take());
        end([], &fate);
    });
}

/// A clone of a queued object whose count is -1 must not carry into the state
/// (biasedrc 0.1.0: the flags were above the count).
#[test]
fn a_count_rises_from_below_zero() {
    model(|| {
        let (b, fate) = object();
        let (c, d, e) = (b.clone(), b.clone(), b.clone());
        let stranger = spawn(|| {
            drop(c);
            drop(d);
            let f = e.clone();
            drop(e);
            look_and_drop(f);
        });
        look_and_drop(b);
        end([stranger], &fate);
    });
}

/// The owner ends the bias while a stranger counts.
#[test]
fn sharing_against_a_strangers_count() {
    bounded_model(5, || {
        let (b, fate) = object();
        let c = b.clone();
        let stranger = spawn(|| look_and_drop(c));
        Brc::share(&b);
        look_and_drop(b);
        end([stranger], &fate);
    });
}

/// A stranger asks for the merge, and the owner merges or drops meanwhile.
#[test]
fn sharing_by_a_stranger_is_a_request() {
    model(|| {
        let (b, fate) = object();
        let c = b.clone();
        let stranger = spawn(|| {
            Brc::share(&c);
            look_and_drop(c);
        });
        look_and_drop(b);
        end([stranger], &fate);
    });
}

/// Two objects are in one queue, and the owner takes them one or two at a time.
#[test]
fn several_objects_in_one_queue() {
    model(|| {
        let (b, fate_b) = object();
        let (c, fate_c) = object();
        let stranger = spawn(|| {
            look_and_drop(b);
            look_and_drop(c);
        });
        brc::merge();
        end([stranger], &fate_b);
        fate_c.assert_destroyed();
    });
}

/// A local count that reaches its limit is moved to the shared word, while a
/// stranger hands over a reference of the same object.
#[test]
fn an_overflowing_local_count_is_merged() {
    const LIMIT: u32 = if usize::BITS == 64 { 1 << 31 } else { 1 << 27 };
    bounded_model(5, || {
        let (b, fate) = object();
        let c = b.clone();
        // Two handles are real.
        // SAFETY: no other thread knows the object; the count is too high,
        // never too low.
        unsafe { header(&b).poke(Some(LIMIT - 1), None, None) };
        let stranger = spawn(|| look_and_drop(c));
        let d = b.clone();
        assert!(header(&b).is_merged());
        look_and_drop(d);
        stranger.join().unwrap();
        brc::merge();
        assert_eq!(header(&b).strong_count(), LIMIT as usize - 2);
        // SAFETY: one handle is left, and no queue entry.
        unsafe { header(&b).poke(None, Some((1, brc::header::State::Merged)), None) };
        look_and_drop(b);
        leave();
        fate.assert_destroyed();
    });
}
