//! Objects that everyone shares: deferred ones, which each thread counts for itself and
//! the collector frees, and those that become immortal.

use brc::Lifetime;

use super::*;

fn deferred(m: &Mutator, fate: &Arc<Fate>) -> Gc<Leaf> {
    m.alloc_deferred(Leaf(Probe::new(fate)))
}

/// Ends a model of one immortal object, after all threads: destroys it, for loom would
/// say that it is left.
fn end_immortal(gc: Gc<Leaf>, fate: &Fate) {
    attach(|m| {
        m.collect();
        gc.get(m).look();
    });
    fate.assert_alive();
    assert!(Gc::is_immortal(&gc));
    free_immortal(Gc::into_raw(gc));
}

/// Destroys the one immortal object, which is all that is left.
fn free_immortal(raw: *const ()) {
    let stats = heap::stats();
    assert_eq!((stats.objects, stats.immortal_objects, stats.queued, stats.pending), (1, 1, 0, 0));
    let payload = raw.cast_mut().cast::<Leaf>();
    // SAFETY: nobody uses the object any more.
    unsafe { payload.drop_in_place() };
    let size = stats.immortal_bytes as usize;
    let layout = std::alloc::Layout::from_size_align(size, align_of::<u64>()).unwrap();
    let end = payload.cast::<u8>().wrapping_add(size_of::<Leaf>());
    // SAFETY: the payload is at the end of its block.
    let block = unsafe { end.sub(size) };
    // SAFETY: it was allocated with this layout.
    unsafe { loom::alloc::dealloc(block, layout) };
}

/// A handle is cloned on one thread and dropped on another, each of which counts for
/// itself, before a pause adds that up, after it, or in turn.
///
/// Fails if a pause does not add up the counts of all threads, or one that was added up
/// stays.
#[test]
fn a_guest_drops_what_another_thread_counted() {
    model(|| {
        let fate = Fate::new();
        attach(|m| {
            let gc = deferred(m, &fate);
            let theirs = gc.clone();
            let guest = guest(move |m| {
                drop(theirs.clone());
                look_and_drop(m, theirs);
            });
            m.collect();
            gc.get(m).look();
            m.detach(|| guest.join().unwrap());
            m.collect();
            look_and_drop(m, gc);
            m.collect();
            fate.assert_destroyed();
        });
        end();
    });
}

/// As above, with two collections, each of which finds it alive.
#[test]
fn a_guest_drops_the_last_of_a_deferred_object() {
    bounded_model(4, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = deferred(m, &fate);
            let guest = guest(move |m| {
                let more = gc.clone();
                m.safepoint();
                drop(gc);
                look_and_drop(m, more);
            });
            m.collect();
            m.detach(|| guest.join().unwrap());
            m.collect();
            fate.assert_destroyed();
        });
        end();
    });
}

/// A guest clones, and gives what it cloned to the collecting thread, which drops it: all
/// that is left is what the guest counted.
///
/// Fails if a pause does not add up the counts of threads that are attached.
#[test]
fn a_guest_has_the_only_handle_to_a_deferred_object() {
    bounded_model(4, || {
        let fate = Fate::new();
        #[allow(clippy::arc_with_non_send_sync, reason = "loom's threads are one thread")]
        let way = Arc::new(Mutex::new(None));
        attach(|m| {
            let gc = deferred(m, &fate);
            let back = way.clone();
            let guest = guest(move |m| {
                let more = gc.clone();
                *back.lock().unwrap() = Some(gc);
                m.safepoint();
                look_and_drop(m, more);
            });
            let theirs: Option<Gc<Leaf>> = way.lock().unwrap().take();
            drop(theirs);
            m.collect();
            m.detach(|| guest.join().unwrap());
            let left = way.lock().unwrap().take();
            drop(left);
            m.collect();
            fate.assert_destroyed();
        });
        end();
    });
}

/// A stranger clones and drops, in the word, while the collector looks.
///
/// Fails if what a stranger drops is taken for the last reference, or is no candidate.
#[test]
fn a_stranger_clones_and_drops_a_deferred_object() {
    bounded_model(3, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = deferred(m, &fate);
            let theirs = gc.clone();
            let stranger = spawn(move || {
                let more = theirs.clone();
                drop(theirs);
                drop(more);
            });
            m.collect();
            look_and_drop(m, gc);
            m.collect();
            m.detach(|| stranger.join().unwrap());
            m.collect();
            fate.assert_destroyed();
        });
        end();
    });
}

/// The last handle is a stranger's, while the collector looks: it is alive or found.
#[test]
fn a_stranger_drops_the_last_of_a_deferred_object() {
    model(|| {
        let fate = Fate::new();
        attach(|m| {
            let gc = deferred(m, &fate);
            let stranger = spawn(move || drop(gc));
            m.collect();
            m.detach(|| stranger.join().unwrap());
            m.collect();
            fate.assert_destroyed();
        });
        end();
    });
}

/// An id goes to another object, while a guest has just counted by it, and counts on.
///
/// Fails if an id is given back while a thread has a count by it.
#[test]
fn an_id_is_used_again() {
    bounded_model(3, || {
        let fates = [Fate::new(), Fate::new()];
        attach(|m| {
            let gc = deferred(m, &fates[0]);
            let guest = guest(move |m| {
                drop(gc.clone());
                look_and_drop(m, gc);
            });
            m.collect();
            let next = deferred(m, &fates[1]);
            m.collect();
            next.get(m).look();
            m.detach(|| guest.join().unwrap());
            m.collect();
            fates[0].assert_destroyed();
            look_and_drop(m, next);
            m.collect();
        });
        fates[1].assert_destroyed();
        end();
    });
}

/// A guest upgrades a weak handle while the object is collected: it gets it before the
/// pause, or never.
///
/// Fails if an upgrade does not look whether the collector has cleared it.
#[test]
fn a_guest_upgrades_a_deferred_object_that_is_collected() {
    bounded_model(4, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = deferred(m, &fate);
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

/// A reader finds a deferred object in a slot, which another thread empties; no stamp is
/// given, for it dies after a pause only.
#[test]
fn a_reader_looks_at_a_deferred_object_that_is_removed() {
    bounded_model(4, || {
        let fate = Fate::new();
        attach(|m| {
            #[allow(clippy::arc_with_non_send_sync, reason = "loom's threads are one thread")]
            let slot = Arc::new(brc::GcSlot::new(deferred(m, &fate)));
            let theirs = slot.clone();
            let guest = guest(move |m| {
                if let Some(local) = theirs.load(m) {
                    local.look();
                }
                m.safepoint();
                let kept = theirs.load(m).map(|local| local.to_gc());
                drop(kept);
            });
            slot.store(m, None);
            m.collect();
            m.detach(|| guest.join().unwrap());
            m.collect();
        });
        fate.assert_destroyed();
        end();
    });
}

/// A living object is deferred while a stranger clones and drops.
///
/// Fails if the stranger's references are lost, or it takes one for the last.
#[test]
fn a_stranger_counts_while_an_object_is_deferred() {
    bounded_model(2, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let theirs = gc.clone();
            let stranger = spawn(move || {
                let more = theirs.clone();
                drop(theirs);
                drop(more);
            });
            Gc::defer(&gc, m);
            gc.get(m).look();
            m.detach(|| stranger.join().unwrap());
            m.collect();
            look_and_drop(m, gc);
            m.collect();
            fate.assert_destroyed();
        });
        end();
    });
}

/// An object is deferred that a guest hands over: the queue has a reference.
#[test]
fn an_object_is_deferred_that_is_queued() {
    bounded_model(3, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let theirs = gc.clone();
            let guest = guest(move |m| look_and_drop(m, theirs));
            Gc::defer(&gc, m);
            m.collect();
            gc.get(m).look();
            m.detach(|| guest.join().unwrap());
            look_and_drop(m, gc);
            m.collect();
            fate.assert_destroyed();
        });
        end();
    });
}

/// The guest defers what the owner counts.
#[test]
fn a_guest_defers_what_the_owner_counts() {
    bounded_model(3, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let theirs = gc.clone();
            let guest = guest(move |m| {
                Gc::defer(&theirs, m);
                look_and_drop(m, theirs);
            });
            let more = gc.clone();
            m.safepoint();
            drop(gc);
            look_and_drop(m, more);
            m.detach(|| guest.join().unwrap());
            m.collect();
            fate.assert_destroyed();
        });
        end();
    });
}

/// An object becomes immortal while a stranger clones and drops.
///
/// Fails if the object keeps its owner.
#[test]
fn a_stranger_counts_while_an_object_becomes_immortal() {
    bounded_model(3, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let theirs = gc.clone();
            let stranger = spawn(move || {
                let more = theirs.clone();
                drop(theirs);
                drop(more);
            });
            Gc::immortalize(&gc, m);
            drop(gc.clone());
            m.detach(|| stranger.join().unwrap());
            gc
        })
        .pipe(|gc| end_immortal(gc, &fate));
    });
}

/// An object becomes immortal while a guest hands over.
#[test]
fn an_object_becomes_immortal_that_is_queued() {
    bounded_model(3, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = leaf(m, &fate);
            let theirs = gc.clone();
            let guest = guest(move |m| look_and_drop(m, theirs));
            Gc::immortalize(&gc, m);
            drop(gc.clone());
            m.detach(|| guest.join().unwrap());
            gc
        })
        .pipe(|gc| end_immortal(gc, &fate));
    });
}

/// A deferred object becomes immortal while a guest counts it.
#[test]
fn a_deferred_object_becomes_immortal() {
    model(|| {
        let fate = Fate::new();
        attach(|m| {
            let gc = deferred(m, &fate);
            let theirs = gc.clone();
            let guest = guest(move |m| {
                drop(theirs.clone());
                look_and_drop(m, theirs);
            });
            Gc::immortalize(&gc, m);
            drop(gc.clone());
            m.detach(|| guest.join().unwrap());
            gc
        })
        .pipe(|gc| end_immortal(gc, &fate));
    });
}

/// A second thread attaches, which makes an object immortal, while a stranger drops the
/// last handle: it is destroyed, or lives for ever.
#[test]
fn a_stranger_drops_what_is_immortal_once_threaded() {
    bounded_model(3, || {
        let fate = Fate::new();
        let (gc, raw) = attach(|m| {
            let gc = m.alloc_with(Leaf(Probe::new(&fate)), Lifetime::ImmortalOnceThreaded);
            let raw = gc.as_ptr();
            (gc, raw)
        });
        let second = spawn(|| attach(|_| ()));
        drop(gc);
        second.join().unwrap();
        if fate.is_destroyed() {
            end();
        } else {
            free_immortal(raw);
        }
    });
}

/// As above, while its owner clones and drops.
#[test]
fn the_owner_counts_what_is_immortal_once_threaded() {
    model(|| {
        let fate = Fate::new();
        attach(|m| {
            let gc = m.alloc_with(Leaf(Probe::new(&fate)), Lifetime::ImmortalOnceThreaded);
            let second = spawn(|| attach(|_| ()));
            drop(gc.clone());
            m.safepoint();
            drop(gc.clone());
            m.detach(|| second.join().unwrap());
            gc
        })
        .pipe(|gc| end_immortal(gc, &fate));
    });
}

/// The last handle to what becomes immortal is a stranger's, who may take it for counted,
/// and finds that the heap is shut down: what is immortal lives on all the same.
///
/// Fails if the count of what becomes immortal can come to zero.
#[test]
fn a_stranger_drops_what_is_immortal_once_threaded_beside_a_shutdown() {
    bounded_model(2, || {
        let fate = Fate::new();
        let (gc, raw) = attach(|m| {
            let gc = m.alloc_with(Leaf(Probe::new(&fate)), Lifetime::ImmortalOnceThreaded);
            let raw = gc.as_ptr();
            (gc, raw)
        });
        let stranger = spawn(move || drop(gc));
        spawn(|| attach(|_| ())).join().unwrap();
        let is_immortal = heap::stats().immortal_objects == 1;
        while heap::shutdown().is_err() {
            thread::yield_now();
        }
        stranger.join().unwrap();
        assert_eq!(fate.is_destroyed(), !is_immortal);
        if is_immortal {
            free_immortal(raw);
        }
    });
}

/// A stranger drops an operand stack that has a deferred object uncounted, while the
/// collector looks at it.
///
/// Fails if the list of stacks has one that is gone.
#[test]
fn a_stranger_drops_an_operand_stack() {
    model(|| {
        let fate = Fate::new();
        attach(|m| {
            let mut stack = m.operand_stack();
            stack.push(m, deferred(m, &fate));
            m.collect();
            fate.assert_alive();
            let stranger = spawn(move || drop(stack));
            m.collect();
            m.detach(|| stranger.join().unwrap());
            m.collect();
            fate.assert_destroyed();
        });
        end();
    });
}

/// A guest works with its stack while another thread collects.
///
/// Fails if a pause does not look at the stacks.
#[test]
fn a_guest_works_with_its_stack_while_another_collects() {
    bounded_model(3, || {
        let fate = Fate::new();
        attach(|m| {
            let gc = deferred(m, &fate);
            let guest = guest(move |m| {
                let mut stack = m.operand_stack();
                stack.push(m, gc);
                m.safepoint();
                stack.top(m).unwrap().look();
                let gc = stack.pop(m).unwrap();
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

/// `f` of a value, after it.
trait Pipe: Sized {
    fn pipe<R>(self, f: impl FnOnce(Self) -> R) -> R {
        f(self)
    }
}

impl<T> Pipe for T {}
