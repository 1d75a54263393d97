//! Owners that detach, attach and leave, and what others do for them.

use super::*;

/// The owner leaves while a stranger hands over: somebody merges.
#[test]
fn an_owner_leaves_while_it_is_handed_an_object() {
    model(|| {
        let (b, fate) = object();
        let stranger = spawn(|| look_and_drop(b));
        leave();
        stranger.join().unwrap();
        fate.assert_destroyed();
    });
}

/// An owner that found something in its queue looks again before it is gone.
#[test]
fn an_owner_that_leaves_looks_again() {
    model(|| {
        let (b, fate_b) = object();
        let (c, fate_c) = object();
        let stranger = spawn(|| {
            look_and_drop(b);
            look_and_drop(c);
        });
        leave();
        stranger.join().unwrap();
        fate_b.assert_destroyed();
        fate_c.assert_destroyed();
    });
}

/// Edge B: the owner counts, leaves, and a stranger merges what it counted.
#[test]
fn a_stranger_merges_for_a_gone_owner() {
    model(|| {
        let (b, fate) = object();
        let c = b.clone();
        let stranger = spawn(|| look_and_drop(c));
        look_and_drop(b.clone());
        drop(b);
        leave();
        stranger.join().unwrap();
        fate.assert_destroyed();
    });
}

/// Two strangers hand over while the owner leaves.
#[test]
fn two_strangers_and_a_leaving_owner() {
    bounded_model(3, || {
        let (b, fate) = object();
        let c = b.clone();
        let one = spawn(|| look_and_drop(b));
        let two = spawn(|| look_and_drop(c));
        leave();
        one.join().unwrap();
        two.join().unwrap();
        fate.assert_destroyed();
    });
}

/// Two strangers merge different references for an owner that is gone.
#[test]
fn two_strangers_and_a_gone_owner() {
    bounded_model(4, || {
        let (b, fate) = object();
        let c = b.clone();
        leave();
        let stranger = spawn(|| look_and_drop(b));
        look_and_drop(c);
        stranger.join().unwrap();
        fate.assert_destroyed();
    });
}

/// Nothing waits for a detached owner: when the strangers are done, the
/// object is dead, before the owner attaches again.
#[test]
fn strangers_merge_for_a_detached_owner() {
    bounded_model(4, || {
        let (b, fate) = object();
        let c = b.clone();
        brc::detach(|| {
            let one = spawn(|| look_and_drop(b));
            look_and_drop(c);
            one.join().unwrap();
            fate.assert_destroyed();
        });
        end([], &fate);
    });
}

/// An owner stops being attached only with an empty queue: what was handed
/// over before does not wait for it to attach again.
#[test]
fn nothing_waits_for_an_owner_that_detaches() {
    model(|| {
        let (b, fate) = object();
        let stranger = spawn(|| look_and_drop(b));
        brc::detach(|| {
            stranger.join().unwrap();
            fate.assert_destroyed();
        });
        end([], &fate);
    });
}

/// An owner that found something in its queue looks again before it is detached.
#[test]
fn an_owner_that_detaches_looks_again() {
    model(|| {
        let (b, fate_b) = object();
        let (c, fate_c) = object();
        let stranger = spawn(|| {
            look_and_drop(b);
            look_and_drop(c);
        });
        brc::detach(|| {
            stranger.join().unwrap();
            fate_b.assert_destroyed();
            fate_c.assert_destroyed();
        });
        leave();
    });
}

/// A stranger merges for the owner while that attaches again, counts, and
/// drops: the two are never on the owner's side at once.
#[test]
fn an_owner_attaches_while_a_stranger_merges() {
    model(|| {
        let (b, fate) = object();
        let c = b.clone();
        let stranger = brc::detach(|| spawn(|| look_and_drop(c)));
        let d = b.clone();
        look_and_drop(b);
        look_and_drop(d);
        end([stranger], &fate);
    });
}

/// As above, with two strangers.
#[test]
fn an_owner_attaches_while_two_strangers_merge() {
    bounded_model(3, || {
        let (b, fate) = object();
        let (c, d) = (b.clone(), b.clone());
        let [one, two] = brc::detach(|| [c, d].map(|c| spawn(|| look_and_drop(c))));
        look_and_drop(b);
        end([one, two], &fate);
    });
}

/// A detached owner drops its own object, which it hands over to itself, while a
/// stranger does so.
#[test]
fn a_detached_owner_drops_its_own_object() {
    bounded_model(4, || {
        let (b, fate) = object();
        let c = b.clone();
        let stranger = spawn(|| look_and_drop(c));
        brc::detach(|| look_and_drop(b));
        end([stranger], &fate);
    });
}

/// A detached owner drops a local reference, while a stranger merges.
#[test]
fn a_detached_owner_counts_its_own_object() {
    bounded_model(4, || {
        let (b, fate) = object();
        let (c, d) = (b.clone(), b.clone());
        brc::detach(|| {
            let stranger = spawn(|| look_and_drop(c));
            look_and_drop(d);
            stranger.join().unwrap();
        });
        drop(b);
        end([], &fate);
    });
}

/// A detached owner tests its object for uniqueness, while a stranger merges.
#[test]
fn a_detached_owner_tests_its_own_object() {
    bounded_model(4, || {
        let (mut b, fate) = object();
        let c = b.clone();
        brc::detach(|| {
            let stranger = spawn(|| look_and_drop(c));
            if let Some(probe) = Brc::get_mut(&mut b) {
                probe.alter();
            }
            stranger.join().unwrap();
            assert!(Brc::get_mut(&mut b).is_some());
            drop(b);
            fate.assert_destroyed();
        });
        end([], &fate);
    });
}

/// A detached owner that clones and drops counts as a stranger does, which
/// alone does not end the bias.
#[test]
fn a_detached_owner_keeps_its_bias() {
    model(|| {
        let (b, fate) = object();
        brc::detach(|| look_and_drop(b.clone()));
        assert!(!header(&b).is_merged());
        drop(b);
        end([], &fate);
    });
}

/// A detached owner makes its object a merged one, against a stranger's drop.
#[test]
fn a_detached_owner_shares_its_own_object() {
    bounded_model(4, || {
        let (b, fate) = object();
        let c = b.clone();
        brc::detach(|| {
            let stranger = spawn(|| look_and_drop(c));
            Brc::share(&b);
            stranger.join().unwrap();
            drop(b);
            fate.assert_destroyed();
        });
        end([], &fate);
    });
}

/// The reap list: a producer that makes objects merges counts, and a consumer
/// that hands over an object of the same type destroys what died of that.
#[test]
fn a_consumer_reaps_for_its_producer() {
    model(|| {
        let (b, fate_b) = object();
        let (c, fate_c) = object();
        let stranger = spawn(|| {
            look_and_drop(b);
            look_and_drop(c);
        });
        let (d, fate_d) = object();
        drop(d);
        end([stranger], &fate_b);
        fate_c.assert_destroyed();
        fate_d.assert_destroyed();
    });
}

/// What the owner put on its reap list dies at the latest when it leaves, also
/// if a consumer reaps at that moment.
#[test]
fn an_owner_leaves_while_a_consumer_reaps() {
    model(|| {
        let (b, fate_b) = object();
        let (c, fate_c) = object();
        thread::spawn(|| drop(b)).join().unwrap();
        let (d, fate_d) = object(); // puts `b` on the list
        assert!(!fate_b.is_destroyed());
        let stranger = spawn(|| look_and_drop(c));
        drop(d);
        end([stranger], &fate_b);
        fate_c.assert_destroyed();
        fate_d.assert_destroyed();
    });
}

/// Making an object merges counts and destroys nothing; what is found dead
/// meanwhile dies in the next drop of a handle of its type, by the owner or by
/// a stranger that hands over.
#[test]
fn what_waits_on_the_reap_list_dies_with_the_next_of_its_type() {
    model(|| {
        let (b, fate_b) = object();
        let (c, fate_c) = object();
        let d = c.clone();
        spawn(|| drop(b)).join().unwrap();
        let (e, fate_e) = object(); // `b` is found dead
        assert!(!fate_b.is_destroyed());
        spawn(|| drop(c)).join().unwrap();
        assert!(fate_b.is_destroyed(), "by the stranger's drop");

        spawn(|| drop(d)).join().unwrap();
        let (f, fate_f) = object(); // `c` is found dead
        assert!(!fate_c.is_destroyed());
        drop(f);
        assert!(fate_c.is_destroyed(), "by the owner's drop");
        drop(e);
        end([], &fate_e);
        fate_f.assert_destroyed();
    });
}

/// The reap list does not wait for an owner that detaches, either.
#[test]
fn an_owner_that_detaches_destroys_what_it_found_dead() {
    model(|| {
        let (b, fate_b) = object();
        spawn(|| drop(b)).join().unwrap();
        let (c, fate_c) = object(); // `b` is found dead
        assert!(!fate_b.is_destroyed());
        brc::detach(|| fate_b.assert_destroyed());
        drop(c);
        end([], &fate_c);
    });
}

/// Nor for one that leaves.
#[test]
fn an_owner_that_leaves_destroys_what_it_found_dead() {
    model(|| {
        let (b, fate_b) = object();
        spawn(|| drop(b)).join().unwrap();
        let (c, fate_c) = object(); // `b` is found dead
        leave();
        fate_b.assert_destroyed();
        drop(c);
        fate_c.assert_destroyed();
    });
}

/// Two owners hand objects to each other and leave.
#[test]
fn two_owners_hand_over_to_each_other() {
    model(|| {
        let (b, fate_b) = object();
        let fate_c = Fate::new();
        let slot = Slot::new();
        let other = spawn({
            let (slot, fate_c) = (slot.clone(), fate_c.clone());
            move || {
                slot.put(Brc::new(Probe::new(&fate_c)));
                look_and_drop(b);
                leave();
            }
        });
        if let Some(c) = slot.take() {
            look_and_drop(c);
        }
        leave();
        other.join().unwrap();
        drop(slot.take());
        fate_b.assert_destroyed();
        fate_c.assert_destroyed();
    });
}
