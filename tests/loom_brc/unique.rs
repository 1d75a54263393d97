//! Who may believe to be alone: `get_mut`, `make_mut`, `try_unwrap`, `into_inner`.

use super::*;

/// Alters the payload if the handle is the only one. Whether it was.
fn try_alter(b: &mut Brc<Probe>) -> bool {
    Brc::get_mut(b).map(Probe::alter).is_some()
}

/// Uses the payload, then takes it out if this is the last handle. Whether it was.
fn look_and_take(b: Brc<Probe>) -> bool {
    b.look();
    Brc::into_inner(b).map(|mut probe| probe.alter()).is_some()
}

/// Edge A: the owner is alone only after the last use by a stranger, whose
/// reference was counted in the shared word.
#[test]
fn the_owner_is_alone_after_a_shared_count_ends() {
    model(|| {
        let (mut b, fate) = object();
        let c = shared_clone(&b);
        let stranger = spawn(|| look_and_drop(c));
        try_alter(&mut b);
        drop(b);
        end([stranger], &fate);
    });
}

/// As above, with a weak handle that stays, so that the object cannot be
/// [unshared](brc::header::Released::DeadUnshared).
#[test]
fn the_owner_is_alone_after_weak_handles_were_made() {
    model(|| {
        let (mut b, fate) = object();
        drop(Brc::downgrade(&b));
        let c = shared_clone(&b);
        let stranger = spawn(|| look_and_drop(c));
        try_alter(&mut b);
        drop(b);
        end([stranger], &fate);
    });
}

/// As above, through the queue. Once the stranger has ended, the owner's answer
/// is exact: its own queue's reference does not count.
#[test]
fn the_owner_is_alone_after_a_queued_reference() {
    model(|| {
        let (mut b, fate) = object();
        let c = b.clone();
        let stranger = spawn(|| look_and_drop(c));
        try_alter(&mut b);
        stranger.join().unwrap();
        assert!(try_alter(&mut b));
        drop(b);
        end([], &fate);
    });
}

/// Edge D: a stranger upgrades the only weak handle and drops it: the owner
/// must not take itself for alone between the two.
#[test]
fn an_upgraded_weak_handle_is_seen() {
    bounded_model(5, || {
        let (mut b, fate) = object();
        let w = Brc::downgrade(&b);
        let stranger = spawn(move || {
            if let Some(c) = w.upgrade() {
                drop(w);
                look_and_drop(c);
            }
        });
        try_alter(&mut b);
        drop(b);
        end([stranger], &fate);
    });
}

/// The same on a merged object, where the holder is not the owner either.
#[test]
fn an_upgraded_weak_handle_of_a_merged_object_is_seen() {
    model(|| {
        let (mut b, fate) = merged_object();
        let w = Brc::downgrade(&b);
        let stranger = spawn(move || {
            if let Some(c) = w.upgrade() {
                drop(w);
                look_and_drop(c);
            }
        });
        try_alter(&mut b);
        drop(b);
        end([stranger], &fate);
    });
}

/// The weak lock: a stranger turns its strong handle into a weak one, so that
/// at no moment the holder is alone, though at no moment both counts may have
/// been looked at.
#[test]
fn a_strong_handle_that_becomes_weak_is_seen() {
    model(|| {
        let (mut b, fate) = merged_object();
        let c = b.clone();
        let stranger = thread::spawn(|| downgrade_drop_upgrade(c));
        try_alter(&mut b);
        drop(b);
        drop(stranger.join().unwrap());
        end([], &fate);
    });
}

/// The same with the owner of a biased object as the holder.
#[test]
fn a_strong_handle_that_becomes_weak_is_seen_by_the_owner() {
    bounded_model(5, || {
        let (mut b, fate) = object();
        drop(Brc::downgrade(&b));
        let c = shared_clone(&b);
        let stranger = thread::spawn(|| downgrade_drop_upgrade(c));
        try_alter(&mut b);
        drop(b);
        drop(stranger.join().unwrap());
        end([], &fate);
    });
}

/// A stranger with the only shared count is not alone beside the owner, which
/// counts its handle in the local word.
#[test]
fn a_stranger_is_not_alone_beside_the_owner() {
    model(|| {
        let (b, fate) = object();
        let mut c = shared_clone(&b);
        let stranger = spawn(move || {
            try_alter(&mut c);
        });
        b.look();
        stranger.join().unwrap();
        drop(b);
        end([], &fate);
    });
}

/// Two handles of a merged object: whoever believes to be alone is.
#[test]
fn one_of_two_is_alone() {
    model(|| {
        let (mut b, fate) = merged_object();
        let mut c = b.clone();
        let stranger = spawn(move || {
            try_alter(&mut c);
        });
        try_alter(&mut b);
        drop(b);
        end([stranger], &fate);
    });
}

/// A stranger with the only handle asks for a merge, while the owner merges,
/// and again when the owner is gone: at the latest then it is alone.
#[test]
fn a_stranger_asks_a_running_owner() {
    model(|| {
        let (mut b, fate) = object();
        let stranger = spawn(move || {
            try_alter(&mut b);
        });
        brc::merge();
        end([stranger], &fate);
    });
}

/// A stranger asks while the owner drops its last local reference: a request
/// that comes between the two steps of that has nobody to go to.
#[test]
fn a_stranger_asks_an_owner_that_drops() {
    bounded_model(5, || {
        let (b, fate) = object();
        let mut c = shared_clone(&b);
        let stranger = spawn(move || {
            try_alter(&mut c);
        });
        look_and_drop(b);
        end([stranger], &fate);
    });
}

/// A stranger asks while the owner merges: a request must not undo that.
#[test]
fn a_stranger_asks_an_owner_that_shares() {
    bounded_model(5, || {
        let (b, fate) = object();
        let mut c = b.clone();
        let stranger = spawn(move || {
            try_alter(&mut c);
        });
        Brc::share(&b);
        stranger.join().unwrap();
        assert!(header(&b).is_merged());
        drop(b);
        end([], &fate);
    });
}

/// A stranger with the only handle asks while the owner leaves: the request
/// waits for nobody.
#[test]
fn a_stranger_asks_a_leaving_owner() {
    model(|| {
        let (mut b, fate) = object();
        let stranger = spawn(move || {
            if !try_alter(&mut b) {
                // Asked already; the owner answers or is gone.
                b.look();
            }
        });
        leave();
        stranger.join().unwrap();
        fate.assert_destroyed();
    });
}

/// For a gone owner it is answered at once.
#[test]
fn a_stranger_asks_a_gone_owner() {
    model(|| {
        let (mut b, fate) = object();
        leave();
        assert!(try_alter(&mut b));
        drop(b);
        fate.assert_destroyed();

        // In a second owner's life, the same for `try_unwrap`.
        let (slot, fate) = (Slot::new(), Fate::new());
        let owner = spawn({
            let (slot, fate) = (slot.clone(), fate.clone());
            move || {
                slot.put(Brc::new(Probe::new(&fate)));
                leave();
            }
        });
        owner.join().unwrap();
        assert!(Brc::try_unwrap(slot.take().unwrap()).is_ok());
        fate.assert_destroyed();
    });
}

/// `into_inner` takes in the caller's own queue first, or an entry of that
/// would be the last reference.
#[test]
fn into_inner_by_the_owner_of_a_queued_object() {
    model(|| {
        let (b, fate) = object();
        let c = b.clone();
        spawn(|| drop(c)).join().unwrap();
        assert!(Brc::into_inner(b).is_some());
        end([], &fate);
    });
}

/// A detached owner is answered for at once, while it attaches again.
#[test]
fn a_stranger_asks_a_detached_owner() {
    model(|| {
        let (mut b, fate) = object();
        let stranger = brc::detach(|| {
            let slot = Slot::new();
            let stranger = spawn({
                let slot = slot.clone();
                move || {
                    let alone = try_alter(&mut b);
                    slot.put((b, alone));
                }
            });
            stranger.join().unwrap();
            slot.take()
        });
        let (b, alone) = stranger.unwrap();
        assert!(alone);
        drop(b);
        end([], &fate);
    });
}

/// As above, against the owner's attaching, and its own use of the handle that
/// it may have got back.
#[test]
fn a_stranger_asks_an_owner_that_attaches() {
    model(|| {
        let (b, fate) = object();
        let mut c = b.clone();
        let stranger = brc::detach(|| {
            spawn(move || {
                try_alter(&mut c);
            })
        });
        look_and_drop(b);
        end([stranger], &fate);
    });
}

/// Two strangers ask at once, while the owner drops its handle and merges.
#[test]
fn two_strangers_ask() {
    bounded_model(2, || {
        let (b, fate) = object();
        let c = b.clone();
        let one = spawn(move || {
            Brc::share(&b);
        });
        let two = spawn(move || {
            Brc::share(&c);
        });
        brc::merge();
        end([one, two], &fate);
    });
}

/// Two strangers ask for the merge of an object whose owner leaves. (A request
/// may not enter the queue of an object that is queued: a merge for the gone
/// owner would not be alone.)
#[test]
fn two_strangers_ask_a_leaving_owner() {
    bounded_model(3, || {
        let (mut b, fate) = object();
        let mut c = b.clone();
        let one = spawn(move || {
            try_alter(&mut b);
        });
        let two = spawn(move || {
            try_alter(&mut c);
        });
        end([one, two], &fate);
    });
}

/// Exactly one of two threads gets the value out of a merged object.
#[test]
fn into_inner_gives_one_value() {
    model(|| {
        let (b, fate) = merged_object();
        let c = b.clone();
        let stranger = thread::spawn(|| look_and_take(c));
        let here = look_and_take(b);
        let there = stranger.join().unwrap();
        assert!(here != there);
        end([], &fate);
    });
}

/// Of a biased object the value is given to one thread or to none.
#[test]
fn into_inner_gives_a_biased_value_at_most_once() {
    model(|| {
        let (b, fate) = object();
        let c = b.clone();
        let stranger = thread::spawn(|| look_and_take(c));
        let here = look_and_take(b);
        let there = stranger.join().unwrap();
        assert!(!(here && there));
        end([], &fate);
    });
}

/// Taking the value out of a merged object against a stranger's drop.
#[test]
fn try_unwrap_of_a_merged_object_against_a_drop() {
    model(|| {
        let (b, fate) = merged_object();
        let c = b.clone();
        // Else the fence of the free would do for that of the test.
        let w = Brc::downgrade(&b);
        let stranger = spawn(|| look_and_drop(c));
        match Brc::try_unwrap(b) {
            Ok(mut probe) => probe.alter(),
            Err(b) => b.look(),
        }
        stranger.join().unwrap();
        drop(w);
        end([], &fate);
    });
}

/// The owner takes the value out, with a stranger's count in the shared word.
#[test]
fn try_unwrap_by_the_owner_against_a_drop() {
    model(|| {
        let (b, fate) = object();
        let c = shared_clone(&b);
        let stranger = spawn(|| look_and_drop(c));
        match Brc::try_unwrap(b) {
            Ok(mut probe) => probe.alter(),
            Err(b) => b.look(),
        }
        end([stranger], &fate);
    });
}

/// The owner takes the value out while a stranger upgrades: one step from
/// (0, `Weakref`) to (0, `Merged`), or it did not happen.
#[test]
fn try_unwrap_by_the_owner_against_an_upgrade() {
    bounded_model(5, || {
        let (b, fate) = object();
        let w = Brc::downgrade(&b);
        let stranger = spawn(move || {
            if let Some(c) = w.upgrade() {
                look_and_drop(c);
            }
        });
        match Brc::try_unwrap(b) {
            Ok(mut probe) => probe.alter(),
            Err(b) => b.look(),
        }
        end([stranger], &fate);
    });
}

/// As above, on a merged object.
#[test]
fn try_unwrap_of_a_merged_object_against_an_upgrade() {
    model(|| {
        let (b, fate) = merged_object();
        let w = Brc::downgrade(&b);
        let stranger = spawn(move || {
            if let Some(c) = w.upgrade() {
                look_and_drop(c);
            }
        });
        match Brc::try_unwrap(b) {
            Ok(mut probe) => probe.alter(),
            Err(b) => b.look(),
        }
        end([stranger], &fate);
    });
}

/// As above, with a stranger's reference that the owner counted.
#[test]
fn try_unwrap_by_the_owner_against_a_queued_reference() {
    model(|| {
        let (b, fate) = object();
        let c = b.clone();
        let stranger = spawn(|| look_and_drop(c));
        match Brc::try_unwrap(b) {
            Ok(mut probe) => probe.alter(),
            Err(b) => b.look(),
        }
        end([stranger], &fate);
    });
}
