//! What is left: by who attached for the moment, by who leaves, by who takes a
//! payload out, and by the heap itself, at its end.

use super::*;

/// A payload whose destructor says that it runs, and waits until it may end.
struct Gate(Arc<(Mutex<u8>, Condvar)>);

// SAFETY: loom's threads are one thread.
unsafe impl Send for Gate {}
// SAFETY: as above.
unsafe impl Sync for Gate {}

// SAFETY: it has no handles.
unsafe impl Trace for Gate {
    const ACYCLIC: bool = true;

    fn trace(&self, _: &mut Tracer<'_>) {}
}

impl Drop for Gate {
    fn drop(&mut self) {
        step(&self.0, 1, 2);
    }
}

/// Brings both sides to a step, and waits for another.
fn step(gate: &(Mutex<u8>, Condvar), to: u8, until: u8) {
    let mut at = gate.0.lock().unwrap();
    *at = (*at).max(to);
    gate.1.notify_all();
    while *at < until {
        at = gate.1.wait(at).unwrap();
    }
}

/// A stranger is attached for the moment with the record that owns an object, which
/// it is handed. Then the heap is shut down: that object dies before.
///
/// Fails if who steps aside is gone before what it was handed is on a list, or
/// if a moment counts as a mutator for ever.
#[test]
fn what_a_stranger_is_handed_in_its_moment_dies_before_a_shutdown() {
    bounded_model(3, || {
        let fate = Fate::new();
        #[allow(clippy::arc_with_non_send_sync, reason = "loom's threads are one thread")]
        let gate = Arc::new((Mutex::new(0), Condvar::new()));
        let (theirs, ours) = attach(|m| (m.alloc(Gate(gate.clone())), leaf(m, &fate)));
        let stranger = spawn(move || drop(theirs));
        step(&gate, 0, 1);
        attach(|m| look_and_drop(m, ours));
        fate.assert_alive();
        step(&gate, 2, 2);
        while heap::shutdown().is_err() {
            thread::yield_now();
        }
        fate.assert_destroyed();
        stranger.join().unwrap();
    });
}

/// A stranger destroys, in its moment, what refers to an object that lives on, and so
/// makes a candidate of that. Its memory goes with the candidate.
///
/// Fails if what a moment made a candidate is lost, with the memory.
#[test]
fn what_becomes_a_candidate_in_a_moment_is_freed() {
    bounded_model(3, || {
        let fates = [Fate::new(), Fate::new()];
        let (top, kept) = attach(|m| {
            let kept = node(m, &fates[0]);
            let top = node(m, &fates[1]);
            let shared = shared_clone(m, &kept);
            *top.get(m).next.lock().unwrap() = Some(shared);
            (top, kept)
        });
        let stranger = spawn(move || drop(top));
        attach(|m| look_and_drop(m, kept));
        stranger.join().unwrap();
        end();
        fates.iter().for_each(|fate| fate.assert_destroyed());
    });
}

/// Nobody is attached, nor will be; two strangers drop the last handle to one object
/// and the last weak handle of another, which is dead. Loom says if memory is left.
///
/// Fails if who steps aside does not look for dead memory, which the other left to
/// it in its last moment.
#[test]
fn two_strangers_drop_a_weak_and_a_strong_handle_with_nobody_attached() {
    bounded_model(3, || {
        let fates = [Fate::new(), Fate::new()];
        let (weak, strong) = attach(|m| (leaf(m, &fates[0]).downgrade(m), leaf(m, &fates[1])));
        let stranger = spawn(move || drop(weak));
        drop(strong);
        stranger.join().unwrap();
        fates.iter().for_each(|fate| fate.assert_destroyed());
    });
}

/// The owner takes the payload out, if the guest's handle is gone: then what the guest
/// did comes before, and the memory, on which a list of candidates has a claim,
/// is freed by the next collection.
///
/// Fails if a guest's handle is overlooked, or what is unwrapped is not freed or
/// counted.
#[test]
fn the_owner_takes_out_what_a_guest_looked_at() {
    model(|| {
        let fate = Fate::new();
        attach(|m| {
            let gc = node(m, &fate);
            // Makes it a candidate.
            drop(gc.clone());
            let theirs = shared_clone(m, &gc);
            let guest = guest(move |m| look_and_drop(m, theirs));
            match Gc::try_unwrap(gc, m) {
                Ok(mut node) => node.probe.alter(),
                Err(gc) => look_and_drop(m, gc),
            }
            guest
        })
        .join()
        .unwrap();
        fate.assert_destroyed();
        end();
    });
}

/// A thread attaches, detaches inside and comes back while the heap is shut down:
/// that waits until it is gone, or it is told so.
///
/// Fails if the end does not count who is inside, or if who waited to get in does
/// not look again.
#[test]
fn nobody_is_inside_when_the_heap_has_ended() {
    bounded_model(3, || {
        let [ended, inside] = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
        let (over, here) = (ended.clone(), inside.clone());
        let other = spawn(move || {
            let _ = heap::attach(|m| {
                assert!(!over.load(Relaxed), "got in after the end");
                here.store(true, Relaxed);
                m.detach(|| ());
                here.store(false, Relaxed);
            });
        });
        while heap::shutdown().is_err() {
            thread::yield_now();
        }
        ended.store(true, Relaxed);
        assert!(!inside.load(Relaxed), "ended with somebody inside");
        other.join().unwrap();
    });
}
