//! Loom models of the world: every interleaving of two or three threads, on the
//! code that ships.
//!
//! What the heap is to the library is here a handful of cells. A mutator reads
//! what is common to all and changes what is its own; who stops the world
//! changes both; who stands in for a mutator changes what is that one's. Loom
//! fails a model in which two such accesses are not ordered, and one in which
//! nobody can go on. Every name of the world is made anew in each execution.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize as Plain, Ordering as Order};

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::AtomicUsize as Pointer;
use loom::thread::{self, JoinHandle};

use super::*;
use crate::lock::model::explore;
use crate::sync::fence;

/// As many mutators as a model has at once, at most.
const MUTATORS: usize = 3;

/// What the world guards.
struct Heap {
    /// Read by every mutator, changed by who has stopped the world.
    objects: UnsafeCell<usize>,
    /// What belongs to the mutator with this id, less one.
    own: [UnsafeCell<usize>; MUTATORS],
}

impl Heap {
    fn new() -> Arc<Self> {
        let own = [(); MUTATORS].map(|()| UnsafeCell::new(0));
        Arc::new(Self { objects: UnsafeCell::new(0), own })
    }

    /// What a mutator does, and who stands in for one does for it.
    fn alter_own(&self, record: &Record) {
        // SAFETY: loom checks it.
        self.own[record.id as usize - 1].with_mut(|own| unsafe { *own += 1 });
    }

    /// What an attached mutator does. Reading twice shows a pause in between.
    fn use_it(&self, record: &Record) {
        // SAFETY: loom checks it.
        let before = self.objects.with(|objects| unsafe { *objects });
        self.alter_own(record);
        // SAFETY: as above.
        let after = self.objects.with(|objects| unsafe { *objects });
        assert_eq!(before, after, "a pause while a mutator was attached");
    }

    /// A pause, by a mutator or none.
    fn stop(&self, me: Option<&'static Record>) {
        let stopped = world().stop(me, &|_, _| unreachable!("time does not pass"));
        // SAFETY: as above.
        self.objects.with_mut(|objects| unsafe { *objects += 1 });
        for record in stopped.records() {
            self.alter_own(record);
        }
        drop(stopped);
    }
}

fn spawn<R: 'static>(heap: &Arc<Heap>, f: impl FnOnce(&Heap) -> R + 'static) -> JoinHandle<R> {
    let heap = heap.clone();
    thread::spawn(move || f(&heap))
}

/// A mutator that is attached.
fn enter() -> &'static Record {
    let record = world().claim();
    world().attach(record);
    record
}

/// A safepoint. Returns what was on the queue if somebody asked to look.
fn safepoint(record: &'static Record) -> Vec<Address> {
    let mut taken = Vec::new();
    if !record.is_idle() {
        if record.is_asked_to_stop() {
            world().park(record);
        }
        if record.take_request() {
            taken.append(&mut record.take_queue());
        }
    }
    taken
}

/// Detaches, after looking at what it was asked to look at; returns that. So
/// does the library, in `gc::detach`.
fn detach(record: &'static Record) -> Vec<Address> {
    let mut taken = Vec::new();
    while !record.try_detach() {
        taken.append(&mut safepoint(record));
    }
    taken
}

fn leave(record: &'static Record) -> Vec<Address> {
    let taken = detach(record);
    world().give_back(record);
    taken
}

/// The `n`th object, of which only the address is looked at.
fn object(n: usize) -> Address {
    let place = NonNull::<u64>::dangling().as_ptr().wrapping_add(n);
    Address(NonNull::new(place).expect("small").cast())
}

// Stopping.

/// Protects the pause from a mutator that works, comes to safepoints, detaches
/// and attaches again, and the mutator from the pause: edges S and R.
///
/// Fails if the `Release` of `try_detach`, of `arrive` or of the end of a pause
/// is weakened, or the `Acquire` of attaching, of the request, or of looking at
/// the counter; if attaching or a safepoint does not honour STOP; if the stop
/// does not wait; or if the last to arrive does not say so.
#[test]
fn a_pause_excludes_a_mutator_that_comes_and_goes() {
    explore(None, || {
        let heap = Heap::new();
        let other = spawn(&heap, |heap| {
            let record = enter();
            heap.use_it(record);
            safepoint(record);
            heap.use_it(record);
            detach(record);
            world().attach(record);
            heap.use_it(record);
            detach(record);
        });
        heap.stop(None);
        other.join().unwrap();
        heap.stop(None);
    });
}

/// As above, with a mutator that was there before, and is detached when the
/// stop begins, or not.
///
/// Fails if a detached mutator attaches in spite of STOP.
#[test]
fn a_pause_excludes_a_mutator_that_attaches_again() {
    explore(None, || {
        let heap = Heap::new();
        let record = enter();
        heap.use_it(record);
        detach(record);
        let other = spawn(&heap, move |heap| {
            world().attach(record);
            heap.use_it(record);
            detach(record);
            world().attach(record);
            heap.use_it(record);
            detach(record);
        });
        heap.stop(None);
        other.join().unwrap();
    });
}

/// Protects a pause from two mutators at once: all of them are waited for, and
/// the last to arrive wakes the stopper.
///
/// Fails if the counter is not right, or its `Release` is weakened: what the
/// first to arrive did comes to the stopper through the second one's.
#[test]
fn a_pause_excludes_two_mutators() {
    explore(Some(3), || {
        let heap = Heap::new();
        let others = [(); 2].map(|()| {
            let record = enter();
            spawn(&heap, move |heap| {
                heap.use_it(record);
                detach(record);
            })
        });
        heap.stop(None);
        for other in others {
            other.join().unwrap();
        }
    });
}

/// Protects a pause from a mutator that is new: whether it claims its record
/// before the stop or during it, it is waited for or waits.
///
/// Fails if `claim` does not wait for the end of a stop, or the end does not
/// wake who waits there.
#[test]
fn a_pause_excludes_a_new_mutator() {
    explore(None, || {
        let heap = Heap::new();
        let other = spawn(&heap, |heap| {
            let record = enter();
            heap.use_it(record);
            leave(record);
        });
        heap.stop(None);
        other.join().unwrap();
        assert_eq!(world().mutators(), 0);
    });
}

/// Protects a pause from a mutator that leaves during the stop, and one that
/// takes over its record at once.
///
/// Fails if the record of one that has left is not waited for by the next.
#[test]
fn a_pause_excludes_the_next_mutator_of_a_record() {
    explore(Some(3), || {
        let heap = Heap::new();
        let record = enter();
        let first = spawn(&heap, move |heap| {
            heap.use_it(record);
            leave(record);
        });
        let second = spawn(&heap, |heap| {
            let record = enter();
            heap.use_it(record);
            leave(record);
        });
        heap.stop(None);
        first.join().unwrap();
        second.join().unwrap();
        let records = world().records().len();
        assert!(records == 1 || records == 2, "{records} records");
    });
}

/// Protects `try_claim`, `attach_for_the_moment` and `try_leave`, by which a thread
/// attaches for the moment that must not wait: it gets nothing during a stop, and
/// leaves during one without waiting for its end.
///
/// Fails if one of the first does not look for a stop, or if the last does not say
/// that it has left, or takes no `Release`.
#[test]
fn who_must_not_wait_gets_nothing_during_a_stop() {
    explore(None, || {
        let heap = Heap::new();
        let other = spawn(&heap, |heap| {
            let Some(record) = world().try_claim() else { return };
            if world().attach_for_the_moment(record) {
                heap.use_it(record);
                while !world().try_leave(record) {
                    record.take_request();
                }
            }
            world().give_back_moment(record);
        });
        heap.stop(None);
        other.join().unwrap();
        assert_eq!(world().mutators(), 0);
    });
}

/// Protects two mutators that stop the world at once: one waits, detached, so
/// neither waits for the other, and the pauses exclude each other.
///
/// Fails if who waits for the right to stop stays attached or does not say that
/// it has arrived (nobody can go on), if there is no such right, or if the end
/// of a stop does not wake who waits for it.
#[test]
fn two_mutators_stop_the_world_at_once() {
    explore(Some(4), || {
        let heap = Heap::new();
        let (one, two) = (enter(), enter());
        let other = spawn(&heap, move |heap| {
            heap.stop(Some(one));
            heap.use_it(one);
            detach(one);
        });
        heap.stop(Some(two));
        heap.use_it(two);
        detach(two);
        other.join().unwrap();
    });
}

/// As above, with a third that only works.
#[test]
fn two_mutators_stop_the_world_and_a_third() {
    explore(Some(2), || {
        let heap = Heap::new();
        let (one, two, three) = (enter(), enter(), enter());
        let stopper = spawn(&heap, move |heap| {
            heap.stop(Some(one));
            detach(one);
        });
        let third = spawn(&heap, move |heap| {
            heap.use_it(three);
            detach(three);
        });
        heap.stop(Some(two));
        detach(two);
        stopper.join().unwrap();
        third.join().unwrap();
    });
}

// Standing in.

/// Protects who stands in for a mutator, and that one from it: edges S and R, by HELD.
///
/// Fails if the `Acquire` of holding, or the `Release` of its end, or that of
/// detaching is weakened; if attaching does not honour HELD; or if HELD is not
/// cleared, or its end not told to who waits for it.
#[test]
fn a_mutator_attaches_while_another_stands_in_for_it() {
    explore(None, || {
        let heap = Heap::new();
        let (record, me) = (enter(), enter());
        let owner = spawn(&heap, move |heap| {
            heap.alter_own(record);
            detach(record);
            world().attach(record);
            heap.alter_own(record);
            detach(record);
        });
        if let Asked::You(held) = world().ask_or_hold(record) {
            heap.alter_own(held.record);
        }
        detach(me);
        owner.join().unwrap();
    });
}

/// Protects who stands in for a mutator that detached without looking, as one
/// does whose destructor panicked.
///
/// Fails if the `Release` of `detach` is weakened.
#[test]
fn another_stands_in_for_a_mutator_that_left_in_a_hurry() {
    explore(None, || {
        let heap = Heap::new();
        let (record, me) = (enter(), enter());
        let owner = spawn(&heap, move |heap| {
            heap.alter_own(record);
            world().detach(record);
        });
        if let Asked::You(held) = world().ask_or_hold(record) {
            heap.alter_own(held.record);
        }
        detach(me);
        owner.join().unwrap();
    });
}

/// Protects a mutator that two others want to stand in for: one does.
///
/// Fails if holding does not look whether it is held.
#[test]
fn one_at_a_time_stands_in() {
    explore(None, || {
        let heap = Heap::new();
        let (record, one, two) = (enter(), enter(), enter());
        detach(record);
        let stand_in = |heap: &Heap, me: &'static Record| {
            if let Asked::You(held) = world().ask_or_hold(record) {
                heap.alter_own(held.record);
            }
            detach(me);
        };
        let other = spawn(&heap, move |heap| stand_in(heap, one));
        stand_in(&heap, two);
        other.join().unwrap();
        assert!(record.try_attach(), "HELD was left behind");
    });
}

/// Protects a pause from who stands in for a mutator: that is attached, and so
/// waited for.
///
/// Fails if who stands in may be detached meanwhile.
#[test]
fn nobody_stands_in_during_a_pause() {
    explore(None, || {
        let heap = Heap::new();
        let (record, me) = (enter(), enter());
        detach(record);
        let other = spawn(&heap, move |heap| {
            if let Asked::You(held) = world().ask_or_hold(record) {
                heap.alter_own(held.record);
            }
            detach(me);
        });
        heap.stop(None);
        other.join().unwrap();
    });
}

// Work.

/// Pushes to `owner`'s queue and has somebody look at it. Returns what was taken
/// by standing in. By an attached mutator.
fn hand(heap: &Heap, owner: &'static Record, n: usize) -> Vec<Address> {
    owner.push(object(n));
    match world().ask_or_hold(owner) {
        Asked::Mutator => Vec::new(),
        Asked::You(held) => {
            heap.alter_own(held.record);
            held.record.take_queue()
        }
        Asked::Nobody => vec![],
    }
}

/// Protects what is pushed while its owner works, detaches, and stays away:
/// edge W. Somebody takes it before both are done.
///
/// Fails if a request is taken note of after looking, or is not made.
#[test]
fn a_push_is_not_lost_while_its_owner_detaches() {
    explore(None, || {
        let heap = Heap::new();
        let (record, me) = (enter(), enter());
        let owner = spawn(&heap, move |heap| {
            heap.alter_own(record);
            let mut taken = safepoint(record);
            heap.alter_own(record);
            taken.append(&mut detach(record));
            taken
        });
        let mut taken = hand(&heap, record, 1);
        taken.append(&mut hand(&heap, record, 2));
        detach(me);
        taken.append(&mut owner.join().unwrap());
        assert_eq!(taken.len(), 2, "lost, though nobody was stopped or held");
    });
}

/// As above, while the owner attaches again.
#[test]
fn a_push_is_not_lost_while_its_owner_attaches() {
    explore(None, || {
        let heap = Heap::new();
        let (record, me) = (enter(), enter());
        detach(record);
        let owner = spawn(&heap, move |heap| {
            world().attach(record);
            heap.alter_own(record);
            detach(record)
        });
        let mut taken = hand(&heap, record, 1);
        taken.append(&mut hand(&heap, record, 2));
        detach(me);
        taken.append(&mut owner.join().unwrap());
        assert_eq!(taken.len(), 2);
    });
}

/// As above, while the owner leaves, and another takes over its record.
#[test]
fn a_push_is_not_lost_while_its_owner_is_replaced() {
    explore(Some(3), || {
        let heap = Heap::new();
        let (record, me) = (enter(), enter());
        let owner = spawn(&heap, move |heap| {
            heap.alter_own(record);
            leave(record)
        });
        let next = spawn(&heap, |heap| {
            let record = enter();
            heap.alter_own(record);
            leave(record)
        });
        let mut taken = hand(&heap, record, 1);
        detach(me);
        taken.append(&mut owner.join().unwrap());
        taken.append(&mut next.join().unwrap());
        assert_eq!(taken.len(), 1);
    });
}

/// Protects what two leave to one that is away: who is turned away, because the
/// other stands in, has to come back, and what it pushed is still there then.
///
/// Fails if it is not told so.
#[test]
fn a_push_is_not_lost_while_another_stands_in() {
    explore(None, || {
        let heap = Heap::new();
        let (record, one, two) = (enter(), enter(), enter());
        detach(record);
        let hand = move |heap: &Heap, me: &'static Record, n| {
            record.push(object(n));
            let mut taken = Vec::new();
            let again = match world().ask_or_hold(record) {
                Asked::Mutator => unreachable!("it is detached"),
                Asked::You(held) => {
                    heap.alter_own(held.record);
                    taken.append(&mut held.record.take_queue());
                    false
                }
                Asked::Nobody => true,
            };
            detach(me);
            (taken.len(), again)
        };
        let other = spawn(&heap, move |heap| hand(heap, one, 1));
        let (ours, we_again) = hand(&heap, two, 2);
        let (theirs, they_again) = other.join().unwrap();
        assert!(ours + theirs == 2 || we_again || they_again, "lost");
        assert!(!(we_again && they_again), "both were turned away");
        assert_eq!(record.queue_length(), 2 - ours - theirs);
    });
}

/// Protects what is left to anyone: who is asked looks; if nobody is attached,
/// whoever attaches next does.
///
/// Fails if a mutator is asked that is detached by then, or if, with nobody
/// there, not everyone is asked.
#[test]
fn what_is_left_to_anyone_is_not_lost() {
    explore(None, || {
        let heap = Heap::new();
        let list = Arc::new(loom::sync::Mutex::new(0));
        let record = enter();
        safepoint(record);
        let theirs = list.clone();
        let other = spawn(&heap, move |_| {
            let look = || {
                if record.take_request() {
                    *theirs.lock().unwrap() = 0;
                }
            };
            look();
            while !record.try_detach() {
                look();
            }
            world().attach(record);
            look();
            while !record.try_detach() {
                look();
            }
        });
        *list.lock().unwrap() = 1;
        let asked = world().ask_anyone();
        other.join().unwrap();
        let left = *list.lock().unwrap() != 0;
        assert!(!(asked && left), "lost");
        assert!(!left || record.take_request(), "nobody will look");
    });
}

/// As above, if who could look is new: a new record asks to look.
///
/// Fails if it does not.
#[test]
fn what_is_left_to_anyone_is_seen_by_a_new_mutator() {
    explore(None, || {
        let heap = Heap::new();
        let list = Arc::new(loom::sync::Mutex::new(0));
        let theirs = list.clone();
        let other = spawn(&heap, move |_| {
            let record = enter();
            let mut seen = 0;
            while !record.try_detach() {
                if record.take_request() {
                    seen += std::mem::take(&mut *theirs.lock().unwrap());
                }
            }
            (record, seen)
        });
        *list.lock().unwrap() = 1;
        let asked = world().ask_anyone();
        let (record, seen) = other.join().unwrap();
        assert!(!asked || seen == 1, "lost");
        assert!(seen == 1 || record.take_request(), "nobody will look");
    });
}

// Quiescent states.

/// Something that is read without a lock, in two versions: which one is current,
/// and what becomes of the first.
struct Published {
    current: Pointer,
    versions: [UnsafeCell<()>; 2],
    dropped: Plain,
}

// SAFETY: the cells are accessed through loom, whose threads are one thread.
unsafe impl Send for Published {}
// SAFETY: as above.
unsafe impl Sync for Published {}

/// The end of a version, as something to retire.
struct End(std::sync::Arc<Published>, usize);

impl Drop for End {
    fn drop(&mut self) {
        self.0.versions[self.1].with_mut(|_| ());
        self.0.dropped.fetch_add(1, Order::Relaxed);
    }
}

impl Published {
    fn new() -> std::sync::Arc<Self> {
        std::sync::Arc::new(Self {
            current: Pointer::new(0),
            versions: [(); 2].map(|()| UnsafeCell::new(())),
            dropped: Plain::new(0),
        })
    }

    /// What an attached mutator does: it finds a version and looks at it.
    fn read(&self) {
        // Relaxed: that the reader cannot find what is gone is for the world to
        // see to.
        let current = self.current.load(Relaxed);
        self.versions[current].with(|_| ());
    }

    /// Unlinks the first version, and retires it.
    fn replace(self: &std::sync::Arc<Self>, record: &Record) {
        self.current.store(1, Relaxed);
        let end = Box::new(End(self.clone(), 0));
        world().retire(Batch { values: vec![end], ..Batch::default() });
        record.ask();
    }

    /// Every value that was retired is gone.
    fn assert_gone(&self) {
        assert_eq!(world().retired(), 0, "it waits for nobody");
        assert_eq!(self.dropped.load(Order::Relaxed), 1);
    }
}

/// A safepoint at which somebody may have asked to pass. What is out of sight
/// is dropped at its end.
fn pass(record: &'static Record) {
    if !record.is_idle() {
        if record.is_asked_to_stop() {
            world().park(record);
        }
        if record.take_request() {
            drop(world().pass(record, Vec::new(), |_| ()));
        }
    }
}

/// Detaches as the library does: passes if asked.
fn pass_and_detach(record: &'static Record) {
    while !record.try_detach() {
        pass(record);
    }
}

/// Protects what a reader looks at from its end: edge Q, with a reader that is
/// attached and passes safepoints.
///
/// Fails if the `Release` or the `Acquire` of the read sequence is weakened, if
/// the number is not counted up, or if an attached reader is not waited for, or
/// is not asked to pass.
#[test]
fn what_is_retired_outlives_a_reader() {
    explore(None, || {
        let heap = Heap::new();
        let published = Published::new();
        let (reader, me) = (enter(), enter());
        let other = spawn(&heap, {
            let published = published.clone();
            move |_| {
                published.read();
                pass(reader);
                published.read();
                pass_and_detach(reader);
            }
        });
        published.replace(me);
        pass(me);
        pass_and_detach(me);
        other.join().unwrap();
        published.assert_gone();
    });
}

/// As above, with a reader that detaches, attaches again, and reads again.
///
/// Fails if the test of a detached reader is no `Acquire`, or no `Release`, or if
/// one that is detached is waited for.
#[test]
fn what_is_retired_outlives_a_reader_that_comes_back() {
    explore(None, || {
        let heap = Heap::new();
        let published = Published::new();
        let (reader, me) = (enter(), enter());
        pass(reader);
        let other = spawn(&heap, {
            let published = published.clone();
            move |_| {
                published.read();
                pass_and_detach(reader);
                world().attach(reader);
                published.read();
                pass_and_detach(reader);
            }
        });
        published.replace(me);
        pass_and_detach(me);
        other.join().unwrap();
        published.assert_gone();
    });
}

/// As above, with a reader that is new, or takes over the record of one that left.
#[test]
fn what_is_retired_outlives_a_reader_that_is_new() {
    explore(None, || {
        let heap = Heap::new();
        let published = Published::new();
        let me = enter();
        let gone = enter();
        pass_and_detach(gone);
        world().give_back(gone);
        let other = spawn(&heap, {
            let published = published.clone();
            move |_| {
                let reader = enter();
                published.read();
                pass_and_detach(reader);
                world().give_back(reader);
            }
        });
        published.replace(me);
        pass_and_detach(me);
        other.join().unwrap();
        published.assert_gone();
    });
}

/// As above, with two readers.
#[test]
fn what_is_retired_outlives_two_readers() {
    explore(Some(2), || {
        let heap = Heap::new();
        let published = Published::new();
        let me = enter();
        let others = [(); 2].map(|()| {
            let reader = enter();
            pass(reader);
            let published = published.clone();
            spawn(&heap, move |_| {
                published.read();
                pass_and_detach(reader);
            })
        });
        published.replace(me);
        pass_and_detach(me);
        for other in others {
            other.join().unwrap();
        }
        published.assert_gone();
    });
}

// Stamps.

impl Published {
    /// Unlinks the first version, and says which stamp it has then. As `gc::stamp`.
    fn remove(&self) -> u16 {
        self.current.store(1, Relaxed);
        fence(SeqCst);
        world().stamp().0
    }

    /// Ends the first version, if nobody can look at it.
    fn end_if_passed(&self, stamp: u16) {
        if is_passed(stamp) {
            self.versions[0].with_mut(|_| ());
        }
    }
}

/// As `gc::stamp` asks.
fn is_passed(stamp: u16) -> bool {
    world().is_passed(stamp, world().passed())
}

/// A safepoint with something to pass, so that the write sequence goes on.
fn pass_on(record: &'static Record) {
    world().retire(Batch { values: vec![Box::new(())], ..Batch::default() });
    record.ask();
    pass(record);
}

/// Protects what was removed without being retired: it has a stamp, which is not
/// passed before all have passed what they had not then. Edges F and Q, with a
/// reader whose own batch counts the sequence up.
///
/// Fails if the fence of who passes is missing, or if the stamp is not that of the next
/// number.
#[test]
fn what_has_a_stamp_outlives_a_reader() {
    explore(None, || {
        let heap = Heap::new();
        let published = Published::new();
        let (reader, me) = (enter(), enter());
        let other = spawn(&heap, {
            let published = published.clone();
            move |_| {
                pass_on(reader);
                published.read();
                pass_and_detach(reader);
            }
        });
        let stamp = published.remove();
        pass(me);
        published.end_if_passed(stamp);
        pass_and_detach(me);
        other.join().unwrap();
    });
}

/// As above, with a reader that looks twice, while the writer counts the sequence up.
///
/// Fails if the reader is not waited for, if what all have passed is read relaxed, or if
/// a stamp is never passed.
#[test]
fn what_has_a_stamp_outlives_a_reader_that_passes() {
    explore(Some(3), || {
        let heap = Heap::new();
        let published = Published::new();
        let (reader, me) = (enter(), enter());
        let other = spawn(&heap, {
            let published = published.clone();
            move |_| {
                published.read();
                pass(reader);
                published.read();
                pass_and_detach(reader);
            }
        });
        let stamp = published.remove();
        pass_on(me);
        published.end_if_passed(stamp);
        other.join().unwrap();
        pass_on(me);
        assert!(is_passed(stamp), "never passed");
        published.end_if_passed(stamp);
        pass_and_detach(me);
    });
}

/// As above, with a reader that detaches and comes back.
///
/// Fails if the test of a detached reader is no `Acquire`.
#[test]
fn what_has_a_stamp_outlives_a_reader_that_comes_back() {
    explore(Some(3), || {
        let heap = Heap::new();
        let published = Published::new();
        let (reader, me) = (enter(), enter());
        pass(reader);
        let other = spawn(&heap, {
            let published = published.clone();
            move |_| {
                published.read();
                pass_and_detach(reader);
                world().attach(reader);
                published.read();
                pass_and_detach(reader);
            }
        });
        let stamp = published.remove();
        pass_on(me);
        published.end_if_passed(stamp);
        pass_and_detach(me);
        other.join().unwrap();
    });
}

/// As above, where a third thread finds that all have passed: the reader by detaching.
#[test]
fn what_has_a_stamp_is_passed_by_a_third() {
    explore(Some(3), || {
        let heap = Heap::new();
        let published = Published::new();
        let (reader, third, me) = (enter(), enter(), enter());
        pass(reader);
        let others = [
            spawn(&heap, {
                let published = published.clone();
                move |_| {
                    published.read();
                    pass_and_detach(reader);
                }
            }),
            spawn(&heap, move |_| pass_and_detach(third)),
        ];
        let stamp = published.remove();
        pass_on(me);
        published.end_if_passed(stamp);
        pass_and_detach(me);
        for other in others {
            other.join().unwrap();
        }
    });
}

/// As above, with a pause, in which everybody passes.
///
/// Fails if a pause does not count the sequence up, or does not say that all have
/// passed.
#[test]
fn what_has_a_stamp_is_passed_in_a_pause() {
    explore(Some(4), || {
        let heap = Heap::new();
        let published = Published::new();
        let (reader, me) = (enter(), enter());
        let other = spawn(&heap, {
            let published = published.clone();
            move |_| {
                published.read();
                pass(reader);
                published.read();
                pass_and_detach(reader);
            }
        });
        let stamp = published.remove();
        let stopped = world().stop(Some(me), &|_, _| unreachable!("time does not pass"));
        drop(stopped.pass_all());
        drop(stopped);
        assert!(is_passed(stamp), "not passed in a pause");
        published.end_if_passed(stamp);
        pass_and_detach(me);
        other.join().unwrap();
    });
}
