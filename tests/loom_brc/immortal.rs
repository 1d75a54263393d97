//! Objects that become immortal while others count them.

use super::*;

/// Ends a model of an immortal object: makes it mortal, with one reference,
/// and drops that, since loom demands that the memory is freed.
fn end_immortal(object: *const Probe, stranger: JoinHandle<()>, fate: &Fate) {
    stranger.join().unwrap();
    leave();
    assert!(!fate.is_destroyed(), "an immortal object died");
    // SAFETY: the object is alive, and its immortal reference is never given
    // up but here.
    let mut b = unsafe { Brc::from_raw(object) };
    assert!(Brc::is_immortal(&b));
    b.look();
    b = assert_not_counted(b);
    // SAFETY: no other handle is left, and no other thread.
    unsafe { header(&b).poke(Some(0), Some((1, brc::header::State::Merged)), Some(1)) };
    drop(b);
    fate.assert_destroyed();
}

/// No operation changes the words of an immortal object, or takes its payload.
fn assert_not_counted(mut b: Brc<Probe>) -> Brc<Probe> {
    let words = header(&b).peek();
    drop(b.clone());
    let w = Brc::downgrade(&b);
    drop(w.clone());
    drop(w.upgrade().expect("an immortal object is alive"));
    drop(w);
    Brc::share(&b);
    assert!(Brc::get_mut(&mut b).is_none());
    assert!(Brc::into_inner(b.clone()).is_none());
    let Err(b) = Brc::try_unwrap(b) else { panic!("the payload was taken") };
    b.look();
    assert_eq!(header(&b).peek(), words);
    b
}

/// The owner immortalizes while a stranger counts and hands over.
#[test]
fn the_owner_immortalizes_while_a_stranger_counts() {
    model(|| {
        let (b, fate) = object();
        let c = b.clone();
        let stranger = spawn(move || {
            let d = c.clone();
            drop(c);
            look_and_drop(d);
        });
        assert!(Brc::immortalize(&b));
        let c = b.clone();
        assert!(Brc::is_immortal(&b), "counted by its former owner");
        drop(c);
        end_immortal(Brc::into_raw(b), stranger, &fate);
    });
}

/// The object is immortalized while it waits in its owner's queue
/// ([python/cpython#152276](https://github.com/python/cpython/issues/152276)).
#[test]
fn a_queued_object_becomes_immortal() {
    model(|| {
        let (b, fate) = object();
        let (c, d) = (b.clone(), b.clone());
        thread::spawn(|| drop(c)).join().unwrap();
        let stranger = spawn(|| look_and_drop(d));
        assert!(Brc::immortalize(&b));
        brc::merge();
        end_immortal(Brc::into_raw(b), stranger, &fate);
    });
}

/// Someone who is not the owner immortalizes a merged object.
#[test]
fn a_merged_object_becomes_immortal() {
    model(|| {
        let (b, fate) = merged_object();
        let c = b.clone();
        let stranger = spawn(|| look_and_drop(c));
        assert!(Brc::immortalize(&b));
        end_immortal(Brc::into_raw(b), stranger, &fate);
    });
}

/// A merged object becomes immortal while its memory and its strong count are
/// tested, upgraded and copied.
#[test]
fn an_object_becomes_immortal_under_weak_handles() {
    model(|| {
        let (b, fate) = merged_object();
        let w = Brc::downgrade(&b);
        let stranger = spawn(move || {
            let c = w.upgrade().expect("there is a handle");
            drop(w);
            look_and_drop(c);
        });
        assert!(Brc::immortalize(&b));
        end_immortal(Brc::into_raw(b), stranger, &fate);
    });
}

/// A stranger asks to immortalize what the owner still counts.
#[test]
fn a_stranger_immortalizes_while_the_owner_counts() {
    model(|| {
        let (b, fate) = object();
        let c = b.clone();
        let raw = Brc::as_ptr(&b);
        let stranger = spawn(move || {
            Brc::immortalize(&c);
            look_and_drop(c);
        });
        look_and_drop(b);
        stranger.join().unwrap();
        leave();
        assert!(!fate.is_destroyed(), "a leaked reference keeps the object");
        // SAFETY: the reference that `immortalize` leaked keeps the object.
        let b = std::mem::ManuallyDrop::new(unsafe { Brc::from_raw(raw) });
        // Its owner is gone, so this time it is done, if it was not before.
        assert!(Brc::immortalize(&b));
        end_immortal(raw, spawn(|| ()), &fate);
    });
}

/// Edge C: whoever upgrades because it finds the object immortal sees the
/// payload of a cyclic object.
#[test]
fn an_upgrade_of_a_cyclic_object_that_becomes_immortal() {
    model(|| {
        let fate = Fate::new();
        let slot = Slot::new();
        let b = Brc::new_cyclic(|w: &Weak<Probe>| {
            let w = w.clone();
            slot.put(spawn(move || {
                if let Some(b) = w.upgrade() {
                    look_and_drop(b);
                }
            }));
            Probe::new(&fate)
        });
        assert!(Brc::immortalize(&b));
        end_immortal(Brc::into_raw(b), slot.take().unwrap(), &fate);
    });
}

/// Immortality is not undone by a merge that was under way.
#[test]
fn an_object_becomes_immortal_as_it_becomes_merged() {
    bounded_model(4, || {
        let (b, fate) = object();
        let c = b.clone();
        let stranger = thread::spawn(move || Brc::immortalize(&c));
        Brc::share(&b);
        if stranger.join().unwrap() {
            assert!(Brc::is_immortal(&b), "undone");
        } else {
            assert!(Brc::immortalize(&b));
        }
        end_immortal(Brc::into_raw(b), spawn(|| ()), &fate);
    });
}

/// Nor by an owner that fails to take the payload out, because of the upgrade
/// whose handle is immortalized.
#[test]
fn an_object_becomes_immortal_as_it_fails_to_be_taken() {
    bounded_model(4, || {
        let (b, fate) = object();
        let w = Brc::downgrade(&b);
        let stranger = thread::spawn(move || {
            let c = w.upgrade();
            let is_immortal = c.as_ref().is_some_and(Brc::immortalize);
            (w, c, is_immortal)
        });
        let b = Brc::try_unwrap(b);
        let (w, c, is_immortal) = stranger.join().unwrap();
        drop(w);
        match b {
            Ok(probe) => {
                assert!(c.is_none());
                drop(probe);
                end([], &fate);
            }
            Err(b) if is_immortal => {
                assert!(Brc::is_immortal(&b), "undone");
                drop(c);
                end_immortal(Brc::into_raw(b), spawn(|| ()), &fate);
            }
            Err(b) => {
                drop(c);
                assert!(Brc::immortalize(&b));
                end_immortal(Brc::into_raw(b), spawn(|| ()), &fate);
            }
        }
    });
}

/// A merge may be repeated, also when the object becomes immortal meanwhile.
#[test]
fn a_merged_header_becomes_immortal_as_it_is_merged_again() {
    use brc::header::OwnerId;
    model(|| {
        let header = Arc::new(Header::new_merged(true));
        let other = spawn({
            let header = header.clone();
            // SAFETY: there is a reference, which nobody gives up.
            move || assert!(unsafe { header.immortalize(OwnerId::NOBODY) })
        });
        // SAFETY: as above, and a merged object has no owner's side.
        unsafe { header.merge() };
        other.join().unwrap();
        assert!(header.is_immortal());
        // SAFETY: as above.
        unsafe { header.merge() };
        assert!(header.is_immortal());
    });
}

/// The merge of an immortal object does nothing: its local count is no count.
#[test]
fn an_immortal_header_is_not_merged() {
    use brc::header::OwnerId;
    model(|| {
        let me = OwnerId::new(1);
        let header = Header::new(me);
        // SAFETY: there is a reference, which nobody gives up; we play the owner.
        assert!(unsafe { header.immortalize(me) });
        let words = header.peek();
        // SAFETY: as above.
        unsafe { header.merge() };
        assert_eq!(header.peek(), words);
    });
}

/// An entry of the queue may be of an object that is merged already, and
/// becomes immortal just then: merging it again must not touch it.
#[test]
fn an_entry_that_is_merged_becomes_immortal() {
    model(|| {
        let (b, fate) = object();
        let (c, d) = (b.clone(), b.clone());
        spawn(|| drop(c)).join().unwrap();
        Brc::share(&b);
        let stranger = spawn(move || {
            assert!(Brc::immortalize(&d));
        });
        brc::merge();
        end_immortal(Brc::into_raw(b), stranger, &fate);
    });
}
