//! Weak handles against the end of their object.

use super::*;

/// Upgrades, and looks if that succeeds.
fn upgrade<T: Look + Send + Sync>(m: &Mutator, weak: GcWeak<T>) {
    if let Some(gc) = weak.upgrade(m) {
        look_and_drop(m, gc);
    }
}

/// A guest upgrades while the owner drops the last handle.
///
/// Fails if a downgrade does not close the owner's way without a
/// read-modify-write, if an upgrade does not look whether the object is dead,
/// or if what is upgraded is not looked for.
#[test]
fn a_guest_upgrades_while_the_owner_drops_the_last() {
    bounded_model(3, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let weak = gc.downgrade(m);
            let guest = guest(move |m| upgrade(m, weak));
            look_and_drop(m, gc);
            guest
        })
        .join()
        .unwrap();
        fate.assert_destroyed();
        end();
    });
}

/// A guest upgrades while the owner counts, and has a handle all the time.
///
/// Fails if a downgrade does not mark the word, so that the object looks dead.
#[test]
fn a_guest_upgrades_what_is_alive() {
    model(|| {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let weak = gc.downgrade(m);
            let guest = guest(move |m| {
                look_and_drop(m, weak.upgrade(m).expect("it is alive"));
            });
            drop(gc.clone());
            m.detach(|| guest.join().unwrap());
            drop(gc);
        });
        fate.assert_destroyed();
        end();
    });
}

/// The owner upgrades while a guest drops the last handle.
#[test]
fn the_owner_upgrades_while_a_guest_drops_the_last() {
    model(|| {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let weak = gc.downgrade(m);
            let guest = guest(move |m| look_and_drop(m, gc));
            upgrade(m, weak);
            guest
        })
        .join()
        .unwrap();
        fate.assert_destroyed();
        end();
    });
}

/// Two guests, neither of which is the owner: one upgrades, the other drops.
#[test]
fn a_guest_upgrades_while_another_drops_the_last() {
    bounded_model(4, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let weak = gc.downgrade(m);
            let [ours, theirs] = merged(m, gc);
            drop(ours);
            let guest = guest(move |m| upgrade(m, weak));
            look_and_drop(m, theirs);
            guest
        })
        .join()
        .unwrap();
        fate.assert_destroyed();
        end();
    });
}

/// A guest upgrades while a stranger drops the last handle.
#[test]
fn a_guest_upgrades_while_a_stranger_drops_the_last() {
    bounded_model(3, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let weak = gc.downgrade(m);
            let stranger = spawn(move || drop(gc));
            upgrade(m, weak);
            stranger
        })
        .join()
        .unwrap();
        fate.assert_destroyed();
        end();
    });
}

/// A guest makes a weak handle of its own, drops its strong one and upgrades,
/// while the owner drops.
///
/// Fails if a downgrade does not mark the word.
#[test]
fn a_guest_downgrades_drops_and_upgrades() {
    bounded_model(2, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let theirs = shared_clone(m, &gc);
            let guest = guest(move |m| {
                let weak = theirs.downgrade(m);
                look_and_drop(m, theirs);
                upgrade(m, weak);
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

/// The memory of a dead object, when its last weak handles go at once: on the
/// owner and on a guest.
///
/// Fails if the weak count is not right.
#[test]
fn two_threads_drop_the_last_weak_handles() {
    model(|| {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let weak = gc.downgrade(m);
            let theirs = weak.clone();
            let guest = guest(move |_| {
                drop(theirs.clone());
                drop(theirs);
            });
            drop(gc);
            fate.assert_destroyed();
            drop(weak);
            guest
        })
        .join()
        .unwrap();
        end();
    });
}

/// As above, by a stranger, which may not free: it leaves that to who is
/// attached, or attaches for the moment.
///
/// Fails if what it leaves is not looked for, or if it frees it all the same.
#[test]
fn a_stranger_drops_the_last_weak_handle() {
    model(|| {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let weak = gc.downgrade(m);
            drop(gc);
            let stranger = spawn(move || drop(weak));
            m.safepoint();
            stranger
        })
        .join()
        .unwrap();
        end();
    });
}

/// As above, with the object's death at the same time.
#[test]
fn a_stranger_drops_a_weak_handle_while_the_object_dies() {
    model(|| {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let weak = gc.downgrade(m);
            let stranger = spawn(move || drop(weak.clone()));
            look_and_drop(m, gc);
            stranger
        })
        .join()
        .unwrap();
        fate.assert_destroyed();
        end();
    });
}

/// A weak callback is called once, or forgotten: its handle goes on a guest while
/// the object dies.
#[test]
fn a_callback_is_forgotten_while_the_object_dies() {
    model(|| {
        let fate = Fate::new();
        let called = Arc::new(AtomicUsize::new(0));
        attach(|m| {
            let gc = leaf(m, &fate);
            let count = called.clone();
            let weak = gc.downgrade_with(m, move |_| _ = count.fetch_add(1, Relaxed));
            let guest = guest(move |_| drop(weak));
            look_and_drop(m, gc);
            guest
        })
        .join()
        .unwrap();
        fate.assert_destroyed();
        assert!(called.load(Relaxed) <= 1);
        assert_eq!(Arc::strong_count(&called), 1, "the callback was leaked");
        end();
    });
}
