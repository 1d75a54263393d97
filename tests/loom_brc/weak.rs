//! Weak handles: upgrades against the last drop, and the memory.

use super::*;

fn upgrade_and_look(w: &Weak<Probe>) -> bool {
    w.upgrade().map(look_and_drop).is_some()
}

/// The owner's last drop against a stranger's upgrade: either the upgrade
/// fails, or the object dies after what came of it.
#[test]
fn the_owner_drops_while_a_stranger_upgrades() {
    model(|| {
        let (b, fate) = object();
        let w = Brc::downgrade(&b);
        let stranger = spawn(move || {
            upgrade_and_look(&w);
        });
        look_and_drop(b);
        end([stranger], &fate);
    });
}

/// As above, with two upgrades at once.
#[test]
fn the_owner_drops_while_two_strangers_upgrade() {
    bounded_model(2, || {
        let (b, fate) = object();
        let w = Brc::downgrade(&b);
        let [one, two] = [w.clone(), w].map(|w| {
            spawn(move || {
                upgrade_and_look(&w);
            })
        });
        look_and_drop(b);
        end([one, two], &fate);
    });
}

/// A stranger holds the only strong handle, the owner upgrades.
#[test]
fn a_stranger_drops_while_the_owner_upgrades() {
    model(|| {
        let (b, fate) = object();
        let w = Brc::downgrade(&b);
        let stranger = spawn(|| look_and_drop(b));
        upgrade_and_look(&w);
        brc::merge();
        upgrade_and_look(&w);
        stranger.join().unwrap();
        drop(w);
        end([], &fate);
    });
}

/// On a merged object: the last drop by a stranger against an upgrade.
#[test]
fn the_last_drop_of_a_merged_object_against_an_upgrade() {
    model(|| {
        let (b, fate) = merged_object();
        let w = Brc::downgrade(&b);
        let stranger = spawn(|| look_and_drop(b));
        upgrade_and_look(&w);
        stranger.join().unwrap();
        drop(w);
        end([], &fate);
    });
}

/// A stranger makes a weak handle of its counted reference, drops that and
/// upgrades: the owner must not take the object for one that was never shared,
/// although the shared count is 0 again.
#[test]
fn a_stranger_downgrades_drops_and_upgrades() {
    bounded_model(5, || {
        let (b, fate) = object();
        let c = shared_clone(&b);
        let stranger = thread::spawn(|| downgrade_drop_upgrade(c));
        look_and_drop(b);
        drop(stranger.join().unwrap());
        end([], &fate);
    });
}

/// As above, with a reference that the owner counted, so that the object is
/// queued, and the owner merges meanwhile.
#[test]
fn a_stranger_downgrades_drops_and_upgrades_while_the_owner_merges() {
    model(|| {
        let (b, fate) = object();
        let c = b.clone();
        let stranger = thread::spawn(|| downgrade_drop_upgrade(c));
        brc::merge();
        look_and_drop(b);
        drop(stranger.join().unwrap());
        end([], &fate);
    });
}

/// An upgrade must succeed while there is a handle, also when its count is the
/// owner's and the shared one is 0, in every state.
#[test]
fn an_upgrade_succeeds_while_a_handle_is_held() {
    model(|| {
        let (b, fate) = object();
        let c = shared_clone(&b);
        let stranger = spawn(|| {
            let w = Brc::downgrade(&c);
            drop(c);
            assert!(upgrade_and_look(&w));
        });
        brc::merge();
        b.look();
        stranger.join().unwrap();
        drop(b);
        end([], &fate);
    });
}

/// As above, while the object is queued and then merged.
#[test]
fn an_upgrade_succeeds_while_the_object_is_merged() {
    bounded_model(5, || {
        let (b, fate) = object();
        let c = b.clone();
        let w = Brc::downgrade(&b);
        let stranger = spawn(move || {
            drop(c);
            assert!(upgrade_and_look(&w));
        });
        brc::merge();
        stranger.join().unwrap();
        drop(b);
        end([], &fate);
    });
}

/// The strong handles' end and the last weak drop race for the memory: loom
/// fails a double free, a leak, and a use of the header after the free.
#[test]
fn the_last_weak_drop_frees_once() {
    model(|| {
        let (b, fate) = object();
        let w = Brc::downgrade(&b);
        let stranger = spawn(move || drop(w));
        look_and_drop(b);
        end([stranger], &fate);
    });
}

/// Weak handles of a dead object, dropped and copied on two threads.
#[test]
fn weak_handles_of_a_dead_object() {
    model(|| {
        let (b, fate) = object();
        let w = Brc::downgrade(&b);
        let v = w.clone();
        drop(b);
        let stranger = spawn(move || {
            drop(v.clone());
            assert!(!upgrade_and_look(&v));
        });
        drop(w);
        end([stranger], &fate);
    });
}

/// Two threads downgrade the same object for the first time.
#[test]
fn two_threads_downgrade() {
    model(|| {
        let (b, fate) = object();
        let c = b.clone();
        let stranger = spawn(|| {
            let w = Brc::downgrade(&c);
            look_and_drop(c);
            drop(w);
        });
        let w = Brc::downgrade(&b);
        look_and_drop(b);
        drop(w);
        end([stranger], &fate);
    });
}

/// Edge C: an upgrade that succeeds sees the payload that the construction of
/// a cyclic object wrote; one that is too early fails.
#[test]
fn an_upgrade_while_a_cyclic_object_is_made() {
    model(|| {
        let fate = Fate::new();
        let slot = Slot::new();
        let b = Brc::new_cyclic(|w: &Weak<Probe>| {
            let w = w.clone();
            slot.put(spawn(move || {
                upgrade_and_look(&w);
            }));
            Probe::new(&fate)
        });
        look_and_drop(b);
        end([slot.take().unwrap()], &fate);
    });
}

/// A header that died unshared stays as it was; where its memory is kept by
/// other means than weak handles, nobody may revive it.
#[test]
fn a_dead_header_is_not_upgraded() {
    use brc::header::{OwnerId, Released};
    model(|| {
        let me = OwnerId::new(1);
        let header = Header::new(me);
        // SAFETY: the only reference; we play the owner.
        assert_eq!(unsafe { header.release(me) }, Released::DeadUnshared);
        for who in [me, OwnerId::NOBODY] {
            // SAFETY: the header is still there.
            assert!(!unsafe { header.try_retain(who) });
        }
    });
}
