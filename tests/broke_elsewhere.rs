//! What broke in other libraries of this kind, with the same steps.
//!
//! Each test is named after where it broke. Some of these defects are missing
//! orderings, which only models and sanitizers can show: see the loom suite.

mod common;

use std::cell::Cell;
use std::collections::VecDeque;
use std::marker::PhantomData;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use brc::header::{Header, State};
use brc::{Brc, Weak};
use common::*;

// -------------------------------------------------------------------- CPython

/// A thread that makes `n` objects, gives them away, and sleeps where `asleep`
/// says until it is woken; `wake` then runs on it.
fn blocked_producer(
    n: usize,
    tally: &Tally,
    detached: bool,
    wake: impl FnOnce() + Send + 'static,
) -> (Vec<Brc<Counted>>, impl FnOnce()) {
    let (give, objects) = channel();
    let (ready, is_ready) = channel();
    let (ring, bell) = channel::<()>();
    let tally = tally.clone();
    let producer = spawn(move || {
        give.send((0..n).map(|_| Brc::new(tally.payload())).collect()).unwrap();
        let sleep = || {
            ready.send(()).unwrap();
            bell.recv().unwrap();
        };
        if detached {
            brc::detach(sleep);
        } else {
            sleep();
        }
        wake();
    });
    let objects = objects.recv().unwrap();
    is_ready.recv().unwrap();
    let wake_up = move || {
        ring.send(()).unwrap();
        join(producer);
    };
    (objects, wake_up)
}

#[test]
fn cpython_157838_objects_of_an_owner_blocked_in_detach_die_while_it_sleeps() {
    let n = size(100_000, 100_000, 1000);
    let tally = Tally::new();
    let (objects, wake_up) = blocked_producer(n, &tally, true, || {});
    assert_eq!(tally.live(), n as isize);
    for object in objects {
        let died = tally.died();
        drop(object);
        assert_eq!(tally.died(), died + 1);
    }
    assert_eq!(tally.live(), 0);
    wake_up();
}

#[test]
fn cpython_157838_what_was_handed_over_before_the_owner_blocks_dies_first() {
    let n = size(100_000, 100_000, 1000);
    let tally = Tally::new();
    let (give, objects) = channel::<Vec<Brc<Counted>>>();
    let (ready, is_ready) = channel::<()>();
    let (handed_over, all_handed_over) = channel::<()>();
    let (ring, bell) = channel::<()>();
    let producer = spawn({
        let tally = tally.clone();
        move || {
            give.send((0..n).map(|_| Brc::new(tally.payload())).collect()).unwrap();
            all_handed_over.recv().unwrap();
            assert_eq!(tally.live(), n as isize);
            brc::detach(|| {
                ready.send(()).unwrap();
                bell.recv().unwrap();
            });
        }
    });
    drop(objects.recv().unwrap());
    handed_over.send(()).unwrap();
    is_ready.recv().unwrap();
    assert_eq!(tally.live(), 0);
    ring.send(()).unwrap();
    join(producer);
}

#[test]
fn cpython_157838_outside_detach_they_stay_until_the_next_merge_detach_or_exit() {
    type Wake = fn(Tally);
    let ways: [Wake; 3] = [
        |tally| {
            brc::merge();
            assert_eq!(tally.live(), 0);
        },
        |tally| brc::detach(|| assert_eq!(tally.live(), 0)),
        |_| {},
    ];
    for way in ways {
        let n = size(100_000, 100_000, 1000);
        let tally = Tally::new();
        let theirs = tally.clone();
        let (objects, wake_up) = blocked_producer(n, &tally, false, move || way(theirs));
        drop(objects);
        assert_eq!(tally.live(), n as isize);
        wake_up();
        assert_eq!(tally.live(), 0);
    }
}

#[test]
fn cpython_152276_an_object_that_waits_in_a_merge_queue_becomes_immortal() {
    on_thread(|| {
        let tally = Tally::new();
        let object = Brc::new(tally.payload());
        let weak = Brc::downgrade(&object);
        let theirs = object.clone();
        on_thread(move || drop(theirs));
        assert_eq!(state(&object), State::Queued);

        assert!(Brc::immortalize(&object));
        brc::merge();
        assert!(Brc::is_immortal(&object));
        object.check();
        drop(object);
        brc::merge();
        weak.upgrade().expect("immortal").check();
        assert_eq!(tally.died(), 0);
    });
}

#[test]
fn cpython_152276_a_stranger_makes_an_object_immortal_that_waits_in_a_merge_queue() {
    on_thread(|| {
        let tally = Tally::new();
        let object = Brc::new(tally.payload());
        let theirs = object.clone();
        on_thread(move || drop(theirs));
        assert_eq!(state(&object), State::Queued);

        let theirs = object.clone();
        let theirs = on_thread(move || {
            assert!(!Brc::immortalize(&theirs), "only its owner can, or who finds it merged");
            theirs
        });
        brc::merge();
        on_thread(move || {
            assert!(Brc::immortalize(&theirs));
            drop(theirs);
        });
        brc::merge();
        assert!(Brc::is_immortal(&object));
        object.check();
        drop(object);
        assert_eq!(tally.died(), 0);
    });
}

fn header<T>(object: &Brc<T>) -> &Header {
    // SAFETY: the header stands in front of the payload, and the handle keeps it.
    unsafe { &*Brc::as_ptr(object).cast::<Header>().wrapping_sub(1) }
}

fn state<T>(object: &Brc<T>) -> State {
    header(object).peek().2.state()
}

// ------------------------------------------------------------------- biasedrc

#[test]
fn biasedrc_a_count_below_zero_plus_one_does_not_carry_into_the_state() {
    // The steps as they were: one given away, two cloned, one dropped. Around
    // them, all others of their kind.
    for given in 1..5 {
        for cloned in 0..5 {
            for dropped in 0..=cloned {
                on_thread(move || {
                    let tally = Tally::new();
                    let object = Arc::new(Brc::new(tally.payload()));
                    let gifts = vec![Brc::clone(&object); given];
                    let theirs = object.clone();
                    let kept = on_thread(move || {
                        drop(gifts);
                        assert_eq!(state(&theirs), State::Queued);
                        assert_eq!(header(&theirs).peek().2.count(), 1 - given as isize);
                        let mut kept = vec![Brc::clone(&theirs); cloned];
                        assert_eq!(state(&theirs), State::Queued);
                        kept.truncate(cloned - dropped);
                        kept
                    });
                    brc::merge();
                    assert_eq!(state(&object), State::Merged);
                    assert_eq!(Brc::strong_count(&object), 1 + kept.len());
                    object.check();
                    drop(object);
                    assert_eq!(tally.died(), usize::from(kept.is_empty()));
                    drop(kept);
                    assert_eq!(tally.died(), 1);
                });
            }
        }
    }
}

/// An object of the calling thread that waits in its merge queue, and handles
/// which a stranger made after it was queued, with `make`.
fn queued_with_clones(
    tally: &Tally,
    make: impl Fn(&Brc<Counted>) -> Brc<Counted> + Send + 'static,
) -> (Brc<Counted>, Vec<Brc<Counted>>) {
    let object = Brc::new(tally.payload());
    let (gift, theirs) = (object.clone(), object.clone());
    let clones = on_thread(move || {
        drop(gift);
        assert_eq!(state(&theirs), State::Queued);
        let mut clones = vec![make(&theirs), make(&theirs)];
        clones.push(theirs);
        clones
    });
    (object, clones)
}

/// The owner has dropped all handles, and its queue holds the last reference.
fn check_alive_until_merged(tally: &Tally, weak: &Weak<Counted>) {
    assert_eq!(tally.died(), 0, "freed while it waits in a queue");
    weak.upgrade().expect("the queue's entry is a reference").check();
    brc::merge();
    assert_eq!(tally.died(), 1);
    assert!(weak.upgrade().is_none());
}

#[test]
fn biasedrc_and_steel_a_queue_entry_owns_a_reference_when_the_owner_drops_clones() {
    on_thread(|| {
        let tally = Tally::new();
        let (object, clones) = queued_with_clones(&tally, Brc::clone);
        let weak = Brc::downgrade(&object);
        drop(object);
        drop(clones);
        check_alive_until_merged(&tally, &weak);
    });
}

#[test]
fn biasedrc_and_steel_a_queue_entry_owns_a_reference_beside_upgraded_handles() {
    on_thread(|| {
        let tally = Tally::new();
        let upgraded = |object: &Brc<_>| Brc::downgrade(object).upgrade().unwrap();
        let (object, clones) = queued_with_clones(&tally, upgraded);
        let weak = Brc::downgrade(&object);
        drop(clones);
        drop(object);
        check_alive_until_merged(&tally, &weak);
    });
}

#[test]
fn biasedrc_and_steel_a_queue_entry_owns_a_reference_during_unwinding() {
    on_thread(|| {
        let tally = Tally::new();
        let mut weak = Weak::new();
        assert!(catches_panic(|| {
            let (object, clones) = queued_with_clones(&tally, Brc::clone);
            weak = Brc::downgrade(&object);
            let _handles = (object, clones);
            panic_quietly();
        }));
        check_alive_until_merged(&tally, &weak);
    });
    // And where the stranger unwinds.
    on_thread(|| {
        let tally = Tally::new();
        let object = Brc::new(tally.payload());
        let (gift, theirs) = (object.clone(), object.clone());
        on_thread(move || {
            assert!(catches_panic(move || {
                let _clones = [theirs.clone(), theirs.clone(), gift, theirs];
                panic_quietly();
            }));
        });
        let weak = Brc::downgrade(&object);
        drop(object);
        check_alive_until_merged(&tally, &weak);
    });
}

#[test]
fn biasedrc_the_owner_of_the_hundred_thousandth_thread_is_still_an_owner() {
    let threads = size(100_000, 100_000, 200);
    for _ in 0..threads {
        let thread = thread::Builder::new().stack_size(64 << 10).spawn(|| {
            let object = Brc::new(1);
            assert!(Brc::is_owner(&object));
            object
        });
        drop(thread.unwrap().join().unwrap());
    }
}

#[test]
fn biasedrc_a_borrowing_payload_is_destroyed_before_what_it_borrows() {
    struct Guard<'a>(&'a str, &'a Mutex<Vec<String>>);
    impl Drop for Guard<'_> {
        fn drop(&mut self) {
            self.1.lock().unwrap().push(self.0.to_owned());
        }
    }
    impl Clone for Guard<'_> {
        fn clone(&self) -> Self {
            Guard(self.0, self.1)
        }
    }

    on_thread(|| {
        let seen = Mutex::new(Vec::new());
        {
            let local = String::from("local");
            let object = Brc::new_merged(Guard(&local, &seen));
            let mut copy = object.clone();
            let _ = Brc::make_mut(&mut copy);
            assert!(!Brc::ptr_eq(&object, &copy) && !Brc::is_owner(&copy));
            thread::scope(|scope| {
                scope.spawn(|| {
                    drop(object);
                    assert_eq!(seen.lock().unwrap().len(), 1);
                    drop(copy);
                    assert_eq!(seen.lock().unwrap().len(), 2);
                });
            });
        }
        brc::merge();
        assert_eq!(*seen.lock().unwrap(), ["local", "local"]);
    });
}

#[test]
fn biasedrc_every_api_item_gives_back_its_memory() {
    api::check_all();
}

#[test]
fn biasedrc_workers_clone_change_and_drop_persistent_trees() {
    pool::run();
}

// ---------------------------------------------------------------- steel, hybrid

#[test]
fn steel_get_mut_off_owner_leaves_no_trace() {
    on_thread(|| {
        let tally = Tally::new();
        let mut object = Brc::new(tally.payload());
        let mut theirs = object.clone();
        on_thread(move || {
            assert!(Brc::get_mut(&mut theirs).is_none());
            let clone = theirs.clone();
            drop(theirs);
            clone.check();
            drop(clone);
        });
        object.check();
        assert_eq!(tally.died(), 0);
        assert_eq!(Brc::strong_count(&object), 1);
        Brc::get_mut(&mut object).expect("the only handle").check();
        drop(object);
        assert_eq!(tally.died(), 1);
    });
}

#[test]
fn steel_get_mut_off_owner_of_the_only_handle_leaves_no_trace() {
    let tally = Tally::new();
    let (give, object) = channel();
    let (ring, bell) = channel::<()>();
    let owner = spawn({
        let tally = tally.clone();
        move || {
            give.send(Brc::new(tally.payload())).unwrap();
            bell.recv().unwrap();
        }
    });
    let mut object: Brc<Counted> = object.recv().unwrap();
    // The owner runs, so nobody can tell; the object is now in its queue.
    assert!(Brc::get_mut(&mut object).is_none());
    assert!(Brc::get_mut(&mut object).is_none());
    let clone = object.clone();
    drop(object);
    clone.check();
    let mut object = clone;
    ring.send(()).unwrap();
    join(owner);
    assert_eq!(tally.died(), 0);
    Brc::get_mut(&mut object).expect("the only handle").check();
    drop(object);
    assert_eq!(tally.died(), 1);
}

#[test]
fn steel_objects_of_an_owner_that_exits_first_do_not_leak() {
    let tally = Tally::new();
    let ours = tally.clone();
    let n = 1000;
    let (objects, weak) = on_thread(move || {
        let objects: Vec<_> = (0..n).map(|_| Brc::new(ours.payload())).collect();
        let weak: Vec<_> = objects.iter().skip(500).map(Brc::downgrade).collect();
        // Some die of an entry in the queue that is left at the exit.
        let gifts: Vec<_> = objects.iter().take(100).cloned().collect();
        on_thread(move || drop(gifts));
        (objects, weak)
    });
    assert_eq!(tally.live(), n);
    drop(objects);
    assert_eq!(tally.live(), 0);
    assert!(weak.iter().all(|weak| weak.upgrade().is_none()));
}

#[test]
fn steel_a_destructor_drops_foreign_objects_from_within_the_queue() {
    // Two owners; each has an object in its queue whose payload holds the last
    // handle to one of the other's.
    struct Holder {
        _held: Option<Brc<Holder>>,
        _counted: Counted,
    }
    let tally = Tally::new();
    for rounds in 0..size(200, 100, 10) {
        let (first, second) = (channel(), channel());
        let meet = Arc::new(Barrier::new(2));
        let run = |give: std::sync::mpsc::Sender<Brc<Holder>>, take: Receiver<Brc<Holder>>| {
            let (tally, meet) = (tally.clone(), meet.clone());
            spawn(move || {
                let leaf = Brc::new(Holder { _held: None, _counted: tally.payload() });
                give.send(leaf).unwrap();
                let foreign = take.recv().unwrap();
                let holder = Brc::new(Holder { _held: Some(foreign), _counted: tally.payload() });
                give.send(holder).unwrap();
                drop(take.recv().unwrap()); // to the other's queue
                meet.wait();
                if rounds % 2 == 0 {
                    brc::merge();
                }
            })
        };
        let one = run(first.0, second.1);
        let two = run(second.0, first.1);
        join(one);
        join(two);
        assert_eq!(tally.live(), 0);
    }
}

#[test]
fn hybrid_rc_the_last_local_and_the_last_shared_reference_go_together() {
    let (rounds, n) = (size(100, 50, 3), size(1000, 500, 50));
    let tally = Tally::new();
    let meet = Arc::new(Barrier::new(2));
    let (give, gifts) = channel::<Vec<Brc<Counted>>>();
    let stranger = spawn({
        let meet = meet.clone();
        move || {
            for gifts in gifts {
                meet.wait();
                drop(gifts);
            }
        }
    });
    let owner = spawn({
        let tally = tally.clone();
        move || {
            for round in 0..rounds {
                let objects: Vec<_> = (0..n).map(|_| Brc::new(tally.payload())).collect();
                // The stranger's reference counted by the owner, or by itself.
                let gifts =
                    if round % 2 == 0 { objects.clone() } else { brc::detach(|| objects.clone()) };
                give.send(gifts).unwrap();
                meet.wait();
                drop(objects);
            }
        }
    });
    join(owner);
    join(stranger);
    assert_eq!(tally.live(), 0);
    assert_eq!(tally.died(), rounds * n);
}

#[test]
fn hybrid_rc_and_steel_a_panic_in_a_destructor_frees_the_memory() {
    let account = Account::open();
    on_thread(move || {
        let object = account.on(|| Brc::new(OnDrop(|| panic_quietly())));
        assert!(catches_panic(move || drop(object)));
    });
    assert_eq!(account.live(), (0, 0));
}

// ------------------------------------------------------------------ any scheme

/// Not `Send`; knows the thread that made it.
struct Homebound {
    home: u64,
    died: Arc<Mutex<usize>>,
    _not_send: PhantomData<*const ()>,
}

impl Homebound {
    fn new(died: &Arc<Mutex<usize>>) -> Brc<Self> {
        Brc::new(Self { home: thread_number(), died: died.clone(), _not_send: PhantomData })
    }
}

impl Drop for Homebound {
    fn drop(&mut self) {
        assert_eq!(thread_number(), self.home, "destroyed by another thread");
        *self.died.lock().unwrap() += 1;
    }
}

/// Runs `f` on a thread while others merge for it, whenever it lets them;
/// before the thread is an owner it runs `first`.
fn with_others_merging(first: impl FnOnce() + Send + 'static, f: impl FnOnce() + Send + 'static) {
    let (give, objects) = channel::<Brc<Counted>>();
    let merger = spawn(move || objects.into_iter().for_each(drop));
    let tally = Tally::new();
    let theirs = tally.clone();
    let owner = thread::spawn(move || {
        first();
        for _ in 0..size(2000, 1000, 50) {
            give.send(Brc::new(theirs.payload())).unwrap();
        }
        f();
    });
    join(owner);
    join(merger);
    assert_eq!(tally.live(), 0);
}

#[test]
fn a_payload_that_is_not_send_dies_at_home_though_its_thread_is_detached() {
    let died = Arc::new(Mutex::new(0));
    let ours = died.clone();
    let n = size(1000, 500, 50);
    let f = move || {
        let objects: Vec<_> = (0..n).map(|_| Homebound::new(&ours)).collect();
        let kept = objects.clone();
        brc::detach(|| {
            drop(objects.clone());
            drop(objects);
            drop(kept);
        });
        assert_eq!(*ours.lock().unwrap(), n);
    };
    with_others_merging(|| {}, f);
    assert_eq!(*died.lock().unwrap(), n);
}

#[test]
fn a_payload_that_is_not_send_dies_at_home_in_the_teardown_of_its_thread() {
    thread_local! {
        static FIRST: Cell<Vec<Brc<Homebound>>> = const { Cell::new(Vec::new()) };
        static LAST: Cell<Vec<Brc<Homebound>>> = const { Cell::new(Vec::new()) };
    }
    let died = Arc::new(Mutex::new(0));
    let ours = died.clone();
    let n = size(1000, 500, 50);
    // One is torn down while the thread is an owner, one when it is none any more.
    let first = || FIRST.set(Vec::new());
    with_others_merging(first, move || {
        let objects: Vec<_> = (0..n).map(|_| Homebound::new(&ours)).collect();
        LAST.set(objects.clone());
        FIRST.set(objects);
    });
    assert_eq!(*died.lock().unwrap(), n);
}

#[test]
fn arc_a_long_list_is_dropped_on_a_small_stack() {
    struct Node(#[allow(dead_code, reason = "it is dropped")] Option<Brc<Node>>);
    let n = size(200_000, 200_000, 20_000);
    join(spawn_with_stack(128 << 10, move || {
        let mut head = None;
        for _ in 0..n {
            head = Some(Brc::new(Node(head)));
        }
    }));
}

#[test]
fn dumpster_objects_made_and_dropped_in_a_destructor_do_not_leak() {
    let tally = Tally::new();
    let ours = tally.clone();
    let account = Account::open();
    on_thread(move || {
        account.on(|| {
            let kept: Arc<Mutex<Option<Brc<Counted>>>> = Arc::default();
            let (theirs, payloads) = (kept.clone(), ours.clone());
            drop(Brc::new(OnDrop(move || {
                let made = Brc::new(payloads.payload());
                drop(Brc::new(payloads.payload()));
                *theirs.lock().unwrap() = Some(made.clone());
            })));
            assert_eq!(ours.live(), 1);
            drop(kept);
        });
    });
    assert_eq!(tally.live(), 0);
    assert_eq!(account.live(), (0, 0));
}

#[test]
fn circ_a_count_that_left_its_range_does_not_free_a_live_object() {
    let test = "circ_a_count_that_left_its_range_does_not_free_a_live_object";
    assert_aborts(test, "shared", "left its range", || {
        let object = Brc::new_merged(1);
        let edge = (isize::MAX >> 3) - 3;
        // SAFETY: what 2⁶⁰ forgotten clones do; the process is about to end.
        unsafe { header(&object).poke(None, Some((edge, State::Merged)), None) };
        for _ in 0..10 {
            std::mem::forget(object.clone());
        }
    });
}

#[global_allocator]
static LEDGER: Ledger = Ledger;

/// Every item of the pointers, each of which gives back what it takes.
mod api {
    use super::*;
    use brc::UniqueBrc;
    use std::any::Any;
    use std::borrow::Cow;
    use std::ffi::{CStr, CString, OsStr, OsString};
    use std::path::{Path, PathBuf};

    /// With a destructor and memory of its own.
    #[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
    struct Text(String);

    fn text() -> Text {
        Text(String::from("some text"))
    }

    fn brc() -> Brc<Text> {
        Brc::new(text())
    }

    fn texts() -> Vec<Text> {
        vec![text(), text(), text()]
    }

    fn foreign() -> Brc<Text> {
        on_thread(brc)
    }

    /// Whatever came of it; a handle on its way through another thread.
    fn elsewhere<T: Send + Sync + 'static>(object: Brc<T>) {
        on_thread(move || drop(object));
    }

    type Item = (&'static str, fn());

    const ITEMS: &[Item] = &[
        ("new", || drop(brc())),
        ("new, dropped elsewhere", || elsewhere(brc())),
        ("a foreign one", || drop(foreign())),
        ("new_merged", || drop(Brc::new_merged(text()))),
        ("new_merged, dropped elsewhere", || elsewhere(Brc::new_merged(text()))),
        ("new_unbounded", || {
            // SAFETY: it borrows nothing.
            drop(unsafe { Brc::new_unbounded(text()) });
        }),
        ("new_cyclic", || {
            struct Own(#[allow(dead_code, reason = "it is dropped")] Weak<Own>, Text);
            let object = Brc::new_cyclic(|weak| Own(weak.clone(), text()));
            assert_eq!(object.1, text());
        }),
        ("new_cyclic that panics", || {
            assert!(catches_panic(|| drop(Brc::<Text>::new_cyclic(|_| panic_quietly()))));
        }),
        ("new_cyclic that panics, with a weak handle left", || {
            let mut left = Weak::new();
            assert!(catches_panic(|| {
                drop(Brc::<Text>::new_cyclic(|weak| {
                    left = weak.clone();
                    panic_quietly()
                }));
            }));
            assert!(left.upgrade().is_none());
        }),
        ("pin", || drop(Brc::pin(text()))),
        ("new_uninit", || {
            let mut object = Brc::<Text>::new_uninit();
            drop(Brc::<Text>::new_uninit());
            Brc::get_mut(&mut object).unwrap().write(text());
            // SAFETY: just written.
            assert_eq!(unsafe { object.assume_init() }.0, "some text");
        }),
        ("new_zeroed", || {
            // SAFETY: zero is a number.
            assert_eq!(*unsafe { Brc::<u64>::new_zeroed().assume_init() }, 0);
        }),
        ("new_uninit_slice", || {
            let mut object = Brc::<[Text]>::new_uninit_slice(3);
            drop(Brc::<[Text]>::new_uninit_slice(3));
            for slot in Brc::get_mut(&mut object).unwrap() {
                slot.write(text());
            }
            // SAFETY: just written.
            assert_eq!(unsafe { object.assume_init() }.len(), 3);
        }),
        ("new_zeroed_slice", || {
            // SAFETY: zero is a number.
            let object = unsafe { Brc::<[u32]>::new_zeroed_slice(5).assume_init() };
            assert_eq!(*object, [0; 5]);
        }),
        ("clone", || drop((brc().clone(), foreign().clone()))),
        ("try_unwrap", || {
            assert_eq!(Brc::try_unwrap(brc()).unwrap(), text());
            assert_eq!(Brc::try_unwrap(foreign()).unwrap(), text());
            assert_eq!(Brc::try_unwrap(Brc::new_merged(text())).unwrap(), text());
        }),
        ("try_unwrap beside others", || {
            let object = brc();
            assert!(Brc::try_unwrap(object.clone()).is_err());
            let object = foreign();
            assert!(Brc::try_unwrap(object.clone()).is_err());
        }),
        ("try_unwrap beside a weak handle", || {
            let object = brc();
            let weak = Brc::downgrade(&object);
            assert_eq!(Brc::try_unwrap(object).unwrap(), text());
            assert!(weak.upgrade().is_none());
        }),
        ("into_inner", || {
            assert_eq!(Brc::into_inner(brc()), Some(text()));
            let object = brc();
            assert_eq!(Brc::into_inner(object.clone()), None);
            assert_eq!(Brc::into_inner(object), Some(text()));
        }),
        ("into_inner off the owner", || {
            let object = brc();
            on_thread(move || assert_eq!(Brc::into_inner(object), None));
        }),
        ("unwrap_or_clone", || {
            let object = brc();
            assert_eq!(Brc::unwrap_or_clone(object.clone()), text());
            assert_eq!(Brc::unwrap_or_clone(object), text());
        }),
        ("get_mut", || {
            assert!(Brc::get_mut(&mut brc()).is_some());
            assert!(Brc::get_mut(&mut foreign()).is_some());
            let mut object = brc();
            on_thread(move || assert!(Brc::get_mut(&mut object).is_none()));
        }),
        ("make_mut", || {
            Brc::make_mut(&mut brc()).0.push('x');
            Brc::make_mut(&mut foreign()).0.push('x');
            let object = brc();
            Brc::make_mut(&mut object.clone()).0.push('x');
            assert_eq!(*object, text());
            on_thread(move || Brc::make_mut(&mut object.clone()).0.push('x'));
        }),
        ("make_mut beside a weak handle", || {
            let mut object = brc();
            let weak = Brc::downgrade(&object);
            Brc::make_mut(&mut object).0.push('x');
            assert!(weak.upgrade().is_none());
        }),
        ("make_mut of a slice and a string", || {
            let mut slice: Brc<[Text]> = Brc::from(texts());
            let other = slice.clone();
            Brc::make_mut(&mut slice)[0].0.push('x');
            assert_ne!(slice, other);
            let mut string: Brc<str> = Brc::from("abc");
            let weak = Brc::downgrade(&string);
            Brc::make_mut(&mut string).make_ascii_uppercase();
            assert!(weak.upgrade().is_none());
            assert_eq!(&*string, "ABC");
        }),
        ("into_raw and from_raw", || {
            // SAFETY: it came from `into_raw`.
            drop(unsafe { Brc::from_raw(Brc::into_raw(brc())) });
            let slice: Brc<[Text]> = Brc::from(texts());
            // SAFETY: it came from `into_raw`.
            drop(unsafe { Brc::from_raw(Brc::into_raw(slice)) });
        }),
        ("increment and decrement_strong_count", || {
            let raw = Brc::into_raw(brc());
            // SAFETY: it came from `into_raw`.
            unsafe { Brc::increment_strong_count(raw) };
            // SAFETY: one of the two references.
            unsafe { Brc::decrement_strong_count(raw) };
            // SAFETY: the other one.
            unsafe { Brc::decrement_strong_count(raw) };
        }),
        ("downgrade and upgrade", || {
            let object = brc();
            let weak = Brc::downgrade(&object);
            assert!(weak.upgrade().is_some());
            let other = weak.clone();
            drop(object);
            assert!(weak.upgrade().is_none() && other.ptr_eq(&weak));
        }),
        ("a weak handle that dies elsewhere", || {
            let object = brc();
            let weak = Brc::downgrade(&object);
            drop(object);
            on_thread(move || drop(weak));
        }),
        ("Weak::into_raw and from_raw", || {
            let object = brc();
            let raw = Brc::downgrade(&object).into_raw();
            // SAFETY: it came from `into_raw`.
            assert!(unsafe { Weak::from_raw(raw) }.upgrade().is_some());
        }),
        ("Weak::new", || {
            let weak = Weak::<Text>::default();
            assert!(weak.clone().upgrade().is_none());
            // SAFETY: it came from `into_raw`.
            drop(unsafe { Weak::from_raw(weak.into_raw()) });
        }),
        ("share", || {
            let object = brc();
            Brc::share(&object);
            elsewhere(object.clone());
            drop(object);
            let object = brc();
            on_thread(move || Brc::share(&object));
        }),
        ("counts", || {
            let object = foreign();
            let weak = Brc::downgrade(&object);
            assert_eq!((Brc::strong_count(&object), Brc::weak_count(&object)), (1, 1));
            assert_eq!((weak.strong_count(), weak.weak_count()), (1, 1));
        }),
        ("downcast", || {
            let any = |text: Text| -> Brc<dyn Any + Send + Sync> {
                Brc::from(Box::new(text) as Box<dyn Any + Send + Sync>)
            };
            assert_eq!(any(text()).downcast::<Text>().ok(), Some(brc()));
            assert!(any(text()).downcast::<String>().is_err());
        }),
        ("UniqueBrc", || {
            let mut unique = UniqueBrc::new(text());
            unique.0.push('x');
            assert_eq!(UniqueBrc::into_inner(unique), Text("some textx".into()));
            drop(UniqueBrc::new(text()));
            drop(UniqueBrc::into_brc(UniqueBrc::new(text())));
            drop(UniqueBrc::into_brc_merged(UniqueBrc::new(text())));
            drop(UniqueBrc::<Text>::new_uninit());
            drop(UniqueBrc::<Text>::new_zeroed());
            drop(UniqueBrc::<[Text]>::new_uninit_slice(2));
            drop(UniqueBrc::<[Text]>::new_zeroed_slice(2));
            drop(UniqueBrc::<[Text]>::from_slice(&texts()));
            drop(UniqueBrc::<[Text]>::from_vec(texts()));
            elsewhere::<Text>(UniqueBrc::new(text()).into());
        }),
        ("a slice whose clone panics", || {
            struct Fragile(Text, bool);
            impl Clone for Fragile {
                fn clone(&self) -> Self {
                    if self.1 {
                        panic_quietly();
                    }
                    Self(self.0.clone(), self.1)
                }
            }
            let slice = [Fragile(text(), false), Fragile(text(), false), Fragile(text(), true)];
            assert!(catches_panic(|| drop(Brc::<[Fragile]>::from(&slice[..]))));
        }),
        ("From", || {
            drop(Brc::from(text()));
            drop(Brc::<Text>::from(Box::new(text())));
            drop(Brc::<dyn std::fmt::Debug>::from(Box::new(text()) as Box<dyn std::fmt::Debug>));
            drop(Brc::<[Text]>::from(texts()));
            drop(Brc::<[Text]>::from(&texts()[..]));
            drop(Brc::<[Text]>::from(&mut texts()[..]));
            drop(Brc::<[Text]>::from([text(), text()]));
            drop(texts().into_iter().collect::<Brc<[Text]>>());
            drop(Brc::<str>::from("abc"));
            drop(Brc::<str>::from(String::from("abc")));
            drop(Brc::<CStr>::from(c"abc"));
            drop(Brc::<CStr>::from(CString::from(c"abc")));
            drop(Brc::<OsStr>::from(OsStr::new("abc")));
            drop(Brc::<OsStr>::from(OsString::from("abc")));
            drop(Brc::<Path>::from(Path::new("abc")));
            drop(Brc::<Path>::from(PathBuf::from("abc")));
            drop(Brc::<str>::from(Cow::Borrowed("abc")));
            drop(Brc::<str>::from(Cow::<str>::Owned("abc".into())));
            drop(Brc::<[u8]>::from(Brc::<str>::from("abc")));
        }),
        ("TryFrom", || {
            let slice: Brc<[Text]> = Brc::from(texts());
            assert!(<Brc<[Text; 2]>>::try_from(slice.clone()).is_err());
            assert!(<Brc<[Text; 3]>>::try_from(slice).is_ok());
        }),
        ("Default", || {
            drop((Brc::<Text>::default(), Brc::<str>::default(), Brc::<[Text]>::default()));
            drop((Brc::<CStr>::default(), std::pin::Pin::<Brc<Text>>::default()));
        }),
        ("comparing and printing", || {
            assert!(brc() == brc() && brc() <= brc() && brc().cmp(&brc()).is_eq());
            assert!(!format!("{:?} {:p}", brc(), brc()).is_empty());
        }),
        ("detach", || {
            brc::detach(|| {
                drop(brc());
                elsewhere(brc());
            });
            let object = brc();
            brc::detach(|| elsewhere(object));
        }),
        ("merge", || {
            elsewhere(brc());
            brc::merge();
        }),
        ("the queue, dropped elsewhere, reaped by the next drop", || {
            elsewhere(brc());
            drop(Brc::new(1));
            elsewhere(brc());
            drop(brc());
        }),
    ];

    pub(super) fn check_all() {
        let account = Account::open();
        for &(name, item) in ITEMS {
            on_thread(move || account.on(item));
            assert_eq!(account.live(), (0, 0), "{name}: blocks and bytes not freed");
        }
    }
}

/// A work-stealing pool over persistent search trees.
mod pool {
    use super::*;

    #[derive(Clone)]
    struct Node {
        key: u64,
        value: Counted,
        left: Tree,
        right: Tree,
    }

    type Tree = Option<Brc<Node>>;

    fn insert(tree: &mut Tree, key: u64, tally: &Tally) {
        let Some(node) = tree else {
            *tree = Some(Brc::new(Node { key, value: tally.payload(), left: None, right: None }));
            return;
        };
        if key == node.key {
            return;
        }
        let node = Brc::make_mut(node);
        let side = if key < node.key { &mut node.left } else { &mut node.right };
        insert(side, key, tally);
    }

    fn remove_least(tree: &mut Tree) {
        let Some(node) = tree else { return };
        if node.left.is_some() {
            remove_least(&mut Brc::make_mut(node).left);
        } else {
            *tree = node.right.clone();
        }
    }

    /// How many nodes; panics if they are not in order, or dead.
    fn check(tree: &Tree, range: std::ops::Range<u64>) -> usize {
        let Some(node) = tree else { return 0 };
        assert!(range.contains(&node.key));
        node.value.check();
        1 + check(&node.left, range.start..node.key) + check(&node.right, node.key + 1..range.end)
    }

    pub(super) fn run() {
        const WORKERS: usize = 4;
        const KEYS: u64 = 1 << 20;
        let steps = size(20_000, 4000, 100);
        let tally = Tally::new();
        let queues: Arc<Vec<Mutex<VecDeque<Tree>>>> =
            Arc::new((0..WORKERS).map(|_| Mutex::default()).collect());
        let worker = |me: usize| {
            let (queues, tally) = (queues.clone(), tally.clone());
            spawn(move || {
                let mut random = Random::new(me as u64 + 1);
                let mut tree = None;
                for _ in 0..steps {
                    match random.below(8) {
                        0..3 => insert(&mut tree, random.next() % KEYS, &tally),
                        3 => queues[me].lock().unwrap().push_back(tree.clone()),
                        4 => {
                            let stolen = queues[random.below(WORKERS)].lock().unwrap().pop_front();
                            tree = stolen.flatten();
                        }
                        5 => drop(queues[me].lock().unwrap().pop_back()),
                        6 => remove_least(&mut tree),
                        _ => {
                            let before = tree.clone();
                            insert(&mut tree, random.next() % KEYS, &tally);
                            let nodes = check(&before, 0..KEYS);
                            assert!(check(&tree, 0..KEYS) >= nodes);
                        }
                    }
                }
            })
        };
        let workers: Vec<_> = (0..WORKERS).map(worker).collect();
        workers.into_iter().for_each(join);
        assert!(tally.live() > 0 || queues.iter().all(|queue| queue.lock().unwrap().is_empty()));
        drop(queues);
        assert_eq!(tally.live(), 0);
    }
}
