//! The laws of owners: where destructors run, and when.

mod common;

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{self, channel, sync_channel};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::Duration;

use brc::{Brc, UniqueBrc, Weak};
use common::*;

// ------------------- a payload that is not `Send` is destroyed on its own thread

/// Not `Send`; panics if it is destroyed by another thread than its maker.
struct Homebound {
    home: u64,
    died: Arc<AtomicUsize>,
    _not_send: PhantomData<*const ()>,
}

impl Homebound {
    fn new(died: &Arc<AtomicUsize>) -> Self {
        Self { home: thread_number(), died: died.clone(), _not_send: PhantomData }
    }
}

impl Drop for Homebound {
    fn drop(&mut self) {
        assert_eq!(thread_number(), self.home, "destroyed by another thread");
        self.died.fetch_add(1, SeqCst);
    }
}

/// Every way of giving up handles, alone and beside others. Each returns how
/// many payloads it made.
const WAYS: &[fn(&Arc<AtomicUsize>) -> usize] = &[
    |died| {
        drop(Brc::new(Homebound::new(died)));
        1
    },
    |died| {
        let object = Brc::new(Homebound::new(died));
        let clones = vec![object.clone(); 3];
        drop(object);
        drop(clones);
        1
    },
    |died| {
        let object = Brc::new(Homebound::new(died));
        let weak = Brc::downgrade(&object);
        let upgraded = weak.upgrade().unwrap();
        drop(object);
        drop(weak.upgrade().unwrap());
        drop(upgraded);
        assert!(weak.upgrade().is_none());
        1
    },
    |died| {
        let mut object = Brc::new(Homebound::new(died));
        assert!(Brc::get_mut(&mut object).is_some());
        let other = object.clone();
        assert!(Brc::get_mut(&mut object).is_none());
        drop(other);
        assert!(Brc::get_mut(&mut object).is_some());
        1
    },
    |died| {
        let object = Brc::new(Homebound::new(died));
        drop(Brc::try_unwrap(object.clone()).err().unwrap());
        drop(Brc::try_unwrap(object).ok().unwrap());
        1
    },
    |died| {
        let object = Brc::new(Homebound::new(died));
        assert!(Brc::into_inner(object.clone()).is_none());
        drop(Brc::into_inner(object).unwrap());
        1
    },
    |died| {
        let object = Brc::new(Homebound::new(died));
        Brc::share(&object);
        drop(object.clone());
        1
    },
    |died| {
        drop(Brc::new_merged(Homebound::new(died)));
        drop(UniqueBrc::new(Homebound::new(died)));
        drop(UniqueBrc::into_brc(UniqueBrc::new(Homebound::new(died))));
        3
    },
    |died| {
        struct Own(#[allow(dead_code, reason = "it is dropped")] (Homebound, Weak<Own>));
        drop(Brc::new_cyclic(|weak| Own((Homebound::new(died), weak.clone()))));
        1
    },
    |died| {
        // Nested past the depth at which destruction is put off.
        type Node = (Homebound, RefCell<Option<Brc<dyn std::any::Any>>>);
        let mut chain: Option<Brc<dyn std::any::Any>> = None;
        for _ in 0..100 {
            let node: Node = (Homebound::new(died), RefCell::new(chain));
            chain = Some(Brc::from(Box::new(node) as Box<dyn std::any::Any>));
        }
        100
    },
];

/// Runs `f` on a thread whose other objects are dropped by others all the while,
/// so that whenever it is not attached, someone merges for it.
fn beside_mergers(f: impl FnOnce() + Send + 'static) {
    const MERGERS: usize = 2;
    let tally = Tally::new();
    let (give, objects) = sync_channel::<Brc<Counted>>(64);
    let objects = Arc::new(Mutex::new(objects));
    let mergers: Vec<_> = (0..MERGERS)
        .map(|_| {
            let objects = objects.clone();
            spawn(move || {
                while let Ok(object) = { objects.lock().unwrap().recv() } {
                    drop(object);
                }
            })
        })
        .collect();
    let theirs = tally.clone();
    let owner = thread::spawn(move || {
        for _ in 0..size(300, 200, 20) {
            give.send(Brc::new(theirs.payload())).unwrap();
        }
        FEED.set(Some((give, theirs)));
        f();
        FEED.take();
    });
    join(owner);
    mergers.into_iter().for_each(join);
    assert_eq!(tally.live(), 0);
}

type Feed = Option<(std::sync::mpsc::SyncSender<Brc<Counted>>, Tally)>;
thread_local! { static FEED: RefCell<Feed> = const { RefCell::new(None) } }

/// Gives the mergers something to do: an object of this thread, if it is attached.
fn feed() {
    FEED.with_borrow(|feed| {
        if let Some((give, tally)) = feed {
            give.send(Brc::new(tally.payload())).unwrap();
        }
    });
}

#[test]
fn a_payload_that_is_not_send_dies_at_home_while_attached() {
    beside_mergers(|| {
        for way in WAYS {
            let died = Arc::default();
            feed();
            let made = way(&died);
            assert_eq!(died.load(SeqCst), made);
        }
    });
}

#[test]
fn a_payload_that_is_not_send_dies_at_home_while_detached() {
    beside_mergers(|| {
        for _ in 0..size(50, 20, 2) {
            for way in WAYS {
                let died = Arc::default();
                feed();
                let made = brc::detach(|| way(&died));
                assert_eq!(died.load(SeqCst), made);
            }
        }
    });
}

#[test]
fn a_payload_that_is_not_send_made_before_detaching_dies_at_home_inside() {
    type Way = fn(Brc<Homebound>);
    let ways: [Way; 8] = [
        drop,
        |object| drop((object.clone(), object)),
        |object| {
            let weak = Brc::downgrade(&object);
            drop((weak.upgrade(), object));
            assert!(weak.upgrade().is_none());
        },
        |mut object| assert!(Brc::get_mut(&mut object).is_some()),
        |object| drop(Brc::try_unwrap(object).ok().unwrap()),
        |object| drop(Brc::into_inner(object).unwrap()),
        |object| {
            Brc::share(&object);
            drop(object.clone());
        },
        |object| {
            let other = object.clone();
            assert!(Brc::try_unwrap(object).is_err());
            drop(other);
        },
    ];
    beside_mergers(move || {
        for _ in 0..size(50, 20, 2) {
            for way in ways {
                for clones in 0..3 {
                    let died: Arc<AtomicUsize> = Arc::default();
                    let object = Brc::new(Homebound::new(&died));
                    let others = vec![object.clone(); clones];
                    feed();
                    brc::detach(|| {
                        drop(others);
                        assert_eq!(died.load(SeqCst), 0);
                        way(object);
                        assert_eq!(died.load(SeqCst), 1);
                    });
                }
            }
        }
    });
}

#[test]
fn a_payload_that_is_not_send_dies_at_home_in_late_teardown() {
    /// Acts when its thread-local is torn down.
    struct Teardown(Option<Box<dyn FnOnce()>>);
    impl Drop for Teardown {
        fn drop(&mut self) {
            if let Some(f) = self.0.take() {
                f();
            }
        }
    }
    thread_local! {
        static FIRST: RefCell<Teardown> = const { RefCell::new(Teardown(None)) };
        static LAST: RefCell<Teardown> = const { RefCell::new(Teardown(None)) };
    }
    // A thread-local that is used before the first object is made outlives the
    // ownership, one that is used later does not. (Where a platform has it the
    // other way round, the two change roles.)
    let died: Arc<AtomicUsize> = Arc::default();
    let made: Arc<AtomicUsize> = Arc::default();
    let owners: Arc<AtomicUsize> = Arc::default();
    let (their_died, their_made, their_owners) = (died.clone(), made.clone(), owners.clone());
    join(thread::spawn(move || {
        let teardown = || {
            let (died, made) = (their_died.clone(), their_made.clone());
            let owners = their_owners.clone();
            let kept: Vec<_> = (0..20).map(|_| Brc::new(Homebound::new(&died))).collect();
            made.fetch_add(20, SeqCst);
            Teardown(Some(Box::new(move || {
                owners.fetch_add(Brc::is_owner(&Brc::new(1)).into(), SeqCst);
                drop(kept.clone());
                drop(kept);
                for way in WAYS {
                    made.fetch_add(way(&died), SeqCst);
                }
            })))
        };
        FIRST.with(|_| ());
        let (first, last) = (teardown(), teardown());
        FIRST.set(first);
        LAST.set(last);
    }));
    assert_eq!(died.load(SeqCst), made.load(SeqCst));
    assert_eq!(owners.load(SeqCst), 1, "once before and once after the hook");
}

// ------------------------------------ destructors run where they are expected

/// Its destructor wants a lock.
struct Locking(Arc<Mutex<usize>>);

impl Drop for Locking {
    fn drop(&mut self) {
        // Not `lock`: a test fails better than it hangs.
        *self.0.try_lock().expect("a destructor ran where the lock is held") += 1;
    }
}

/// Has `n` objects of the calling thread wait for it, dead but for its merge.
fn hand_over_locking(n: usize, died: &Arc<Mutex<usize>>) {
    let objects: Vec<_> = (0..n).map(|_| Brc::new(Locking(died.clone()))).collect();
    on_thread(move || drop(objects));
}

#[test]
fn nothing_but_a_drop_of_its_type_runs_a_destructor() {
    on_thread(|| {
        struct Other(#[allow(dead_code, reason = "a destructor")] String);
        let died: Arc<Mutex<usize>> = Arc::default();
        let mut other = Brc::new(String::from("other"));
        let foreign = on_thread(|| Brc::new(String::from("foreign")));
        hand_over_locking(10, &died);

        let lock = died.lock().unwrap();
        for _ in 0..3 {
            let made = Brc::new(String::from("new"));
            assert_eq!(Brc::strong_count(&made), 1);
            drop(made.clone());
            let weak = Brc::downgrade(&made);
            assert_eq!((weak.strong_count(), weak.weak_count()), (1, 1));
            drop(weak.upgrade());
            drop(made); // to zero
            assert!(weak.upgrade().is_none());
            assert!(Brc::get_mut(&mut other).is_some());
            let mut copy = other.clone();
            Brc::make_mut(&mut copy).push('x');
            assert_eq!(Brc::try_unwrap(copy).unwrap(), "otherx");
            assert_eq!(Brc::into_inner(Brc::new(1)), Some(1));
            Brc::share(&Brc::new(Other(String::new())));
            drop(Brc::<[String]>::from(vec![String::new()]));
            drop(Brc::new_merged(Other(String::new())));
            drop(UniqueBrc::new(Other(String::new())));
            drop(foreign.clone());
            drop(Brc::new_cyclic(|weak: &Weak<Other>| {
                assert!(weak.upgrade().is_none());
                Other(String::new())
            }));
        }
        drop(foreign);
        drop(other);
        assert_eq!(*lock, 0);
        drop(lock);

        drop(Brc::new(Locking(died.clone())));
        assert_eq!(*died.lock().unwrap(), 11, "the next drop of that type");
    });
}

#[test]
fn a_drop_by_another_thread_of_another_type_runs_no_destructor_either() {
    on_thread(|| {
        let died: Arc<Mutex<usize>> = Arc::default();
        hand_over_locking(10, &died);
        let lock = died.lock().unwrap();
        drop(Brc::new(1)); // to the reap list
        let other = Brc::new(String::from("other"));
        on_thread(move || drop(other));
        drop(lock);
        assert_eq!(*died.lock().unwrap(), 0);
        brc::merge();
        assert_eq!(*died.lock().unwrap(), 10);
    });
}

#[test]
fn the_owners_next_drop_of_that_type_to_zero_reaps() {
    on_thread(|| {
        let died: Arc<Mutex<usize>> = Arc::default();
        let object = Brc::new(Locking(died.clone()));
        hand_over_locking(10, &died);
        drop(object.clone()); // not to zero
        assert_eq!(*died.lock().unwrap(), 0);
        drop(object);
        assert_eq!(*died.lock().unwrap(), 11);
    });
}

#[test]
fn another_threads_drop_of_that_type_into_the_queue_reaps() {
    on_thread(|| {
        let died: Arc<Mutex<usize>> = Arc::default();
        let object = Brc::new(Locking(died.clone()));
        hand_over_locking(10, &died);
        drop(Brc::new(1)); // merges, so that they are known to be dead
        assert_eq!(*died.lock().unwrap(), 0);
        on_thread(move || drop(object));
        assert_eq!(*died.lock().unwrap(), 10);
        brc::merge();
        assert_eq!(*died.lock().unwrap(), 11);
    });
}

#[test]
fn handles_of_different_static_types_are_reaped_apart() {
    on_thread(|| {
        trait Thing: Send + Sync {}
        impl Thing for Locking {}
        let died: Arc<Mutex<usize>> = Arc::default();
        let thing: Brc<dyn Thing> = Brc::from(Box::new(Locking(died.clone())) as Box<dyn Thing>);
        let slice: Brc<[Locking]> = Brc::from(vec![Locking(died.clone())]);
        on_thread(move || drop((thing, slice)));
        drop(Brc::new(Locking(died.clone())));
        assert_eq!(*died.lock().unwrap(), 1);
        drop(Brc::<[Locking]>::from(vec![]));
        assert_eq!(*died.lock().unwrap(), 2);
        let thing: Brc<dyn Thing> = Brc::from(Box::new(Locking(died.clone())) as Box<dyn Thing>);
        drop(thing);
        assert_eq!(*died.lock().unwrap(), 4);
    });
}

#[test]
fn a_stranger_that_holds_the_lock_may_drop_what_is_not_the_last_reference() {
    on_thread(|| {
        let died: Arc<Mutex<usize>> = Arc::default();
        let object = Brc::new(Locking(died.clone()));
        let theirs = object.clone();
        let lock = died.clone();
        on_thread(move || {
            let _lock = lock.lock().unwrap();
            drop(theirs.clone());
            drop(theirs);
        });
        let lock = died.lock().unwrap();
        drop(object.clone());
        assert_eq!(Brc::strong_count(&object), 1);
        drop(lock);
        drop(object);
        assert_eq!(*died.lock().unwrap(), 1);
    });
}

#[test]
fn nothing_is_reaped_while_panicking() {
    type Way = fn(Arc<Mutex<usize>>);
    let ways: [Way; 5] = [
        |died| drop(Brc::new(Locking(died))),
        |_| brc::merge(),
        |_| brc::detach(|| ()),
        |_| drop(Brc::new(1)),
        |_| {
            brc::merge();
            brc::detach(|| drop(Brc::new(1)));
        },
    ];
    for way in ways {
        on_thread(move || {
            let died: Arc<Mutex<usize>> = Arc::default();
            let own: Arc<Mutex<usize>> = Arc::default();
            hand_over_locking(10, &died);
            let theirs = own.clone();
            let lock = died.lock().unwrap();
            assert!(catches_panic(move || {
                let _during = OnDrop(|| way(theirs.clone()));
                panic_quietly();
            }));
            drop(lock);
            assert_eq!(*died.lock().unwrap(), 0);
            brc::merge();
            assert_eq!(*died.lock().unwrap(), 10);
        });
    }
}

#[test]
fn what_a_panicking_owner_left_behind_in_detach_dies_with_the_next_drop_of_its_type() {
    on_thread(|| {
        let died: Arc<Mutex<usize>> = Arc::default();
        let object = Brc::new(Locking(died.clone()));
        hand_over_locking(10, &died);
        let gift = RefCell::new(Some(object));
        assert!(catches_panic(|| {
            let _during = OnDrop(|| {
                brc::detach(|| {
                    // The owner is detached, and its reap list was left alone.
                    let gift = gift.take();
                    on_thread(move || drop(gift));
                });
            });
            panic_quietly();
        }));
        assert_eq!(*died.lock().unwrap(), 11);
    });
}

#[test]
fn payloads_without_destructor_are_freed_anywhere() {
    let account = Account::open();
    on_thread(move || {
        let objects: Vec<_> = account.on(|| (0..100_u64).map(Brc::new).collect());
        on_thread(move || drop(objects));
        assert_eq!(account.live().0, 100);
        drop(Brc::new(String::new())); // another type, and an allocation
        assert_eq!(account.live(), (0, 0));
    });
}

/// Moves `n` objects from a thread that only makes them to threads that only
/// drop them, and returns how many were alive at once at most.
fn produce_and_consume(n: usize, bound: usize, consumers: usize) -> isize {
    let tally = Tally::new();
    let (give, objects) = sync_channel::<Brc<Counted>>(bound);
    let objects = Arc::new(Mutex::new(objects));
    let consume = || {
        let objects = objects.clone();
        spawn(move || {
            loop {
                // The lock is for the channel only.
                let object = objects.lock().unwrap().recv();
                if object.is_err() {
                    break;
                }
            }
        })
    };
    let consumers: Vec<_> = (0..consumers).map(|_| consume()).collect();
    let theirs = tally.clone();
    on_thread(move || {
        for _ in 0..n {
            give.send(Brc::new(theirs.payload())).unwrap();
        }
    });
    consumers.into_iter().for_each(join);
    assert_eq!(tally.live(), 0);
    assert_eq!(tally.died(), n);
    tally.most()
}

#[test]
fn a_producer_that_only_makes_and_consumers_that_only_drop_need_bounded_memory() {
    let n = size(200_000, 50_000, 2000);
    for consumers in [1, 3] {
        let bound = 16;
        let most = produce_and_consume(n, bound, consumers);
        // In the channel; in hands; dropped since the producer last looked,
        // which is at most a channel full and what is in hands; and as many
        // again on the reap list.
        let limit = 4 * (bound + consumers + 2);
        assert!(most <= limit as isize, "{most} objects alive at once");
    }
}

// ----------------------------------------------- detached owners and gone owners

/// A thread that gives away an object of each kind of handle count and then
/// sleeps in `detach`, or is gone.
fn dropped_by_others_dies_at_once(detached: bool) {
    let tally = Tally::new();
    let theirs = tally.clone();
    let (give, objects) = channel();
    let (ring, bell) = channel::<()>();
    let owner = spawn(move || {
        let own = Brc::new(theirs.payload());
        let cloned = Brc::new(theirs.payload());
        let weak = Brc::new(theirs.payload());
        let handle = Brc::downgrade(&weak);
        let clones = vec![cloned.clone(); 3];
        let send = || give.send((own, cloned, clones, weak, handle)).unwrap();
        if detached {
            brc::detach(move || {
                send();
                bell.recv().unwrap();
            });
        } else {
            send();
        }
    });
    let (own, cloned, clones, weak, handle): (Brc<Counted>, Brc<Counted>, Vec<_>, Brc<Counted>, _) =
        objects.recv().unwrap();
    let owner = if detached {
        Some(owner)
    } else {
        join(owner);
        None
    };
    assert_eq!(tally.live(), 3);
    drop(own);
    assert_eq!(tally.live(), 2);
    drop(clones);
    assert_eq!(tally.live(), 2);
    drop(cloned);
    assert_eq!(tally.live(), 1);
    drop(handle.upgrade().unwrap());
    drop(weak);
    assert_eq!(tally.live(), 0);
    assert!(Weak::upgrade(&handle).is_none());
    if let Some(owner) = owner {
        ring.send(()).unwrap();
        join(owner);
    }
}

#[test]
fn what_others_drop_of_a_detached_owner_dies_at_once() {
    dropped_by_others_dies_at_once(true);
}

#[test]
fn what_others_drop_of_a_gone_owner_dies_at_once() {
    dropped_by_others_dies_at_once(false);
}

/// Objects of a thread that is in `detach` meanwhile, or gone.
fn with_foreign<const N: usize>(detached: bool, f: impl FnOnce([Brc<String>; N])) {
    let make = || [(); N].map(|()| Brc::new(String::from("foreign")));
    if !detached {
        f(on_thread(make));
        return;
    }
    let (give, objects) = channel();
    let (ring, bell) = channel::<()>();
    let owner = spawn(move || {
        let objects = make();
        brc::detach(|| {
            give.send(objects).unwrap();
            bell.recv().unwrap();
        });
    });
    f(objects.recv().unwrap());
    ring.send(()).unwrap();
    join(owner);
}

#[test]
fn uniqueness_of_objects_of_detached_and_gone_owners_is_known() {
    for detached in [true, false] {
        with_foreign(detached, |[mut one, two, mut three, four, mut five]| {
            assert!(Brc::get_mut(&mut one).is_some());
            assert_eq!(Brc::try_unwrap(two).unwrap(), "foreign");
            let at = Brc::as_ptr(&three);
            Brc::make_mut(&mut three).push('x');
            assert_eq!(Brc::as_ptr(&three), at);
            assert!(Brc::try_unwrap(four.clone()).is_err());
            assert_eq!(Brc::unwrap_or_clone(four), "foreign");
            let weak = Brc::downgrade(&five);
            assert!(Brc::get_mut(&mut five).is_none());
            assert_eq!(Brc::try_unwrap(five).unwrap(), "foreign");
            assert!(weak.upgrade().is_none());
        });
    }
}

#[test]
fn into_inner_of_the_only_handle_gives_the_value_of_a_detached_or_gone_owner() {
    for detached in [true, false] {
        with_foreign(detached, |[object]| {
            assert_eq!(Brc::into_inner(object).as_deref(), Some("foreign"));
        });
    }
}

#[test]
fn objects_of_detached_and_gone_owners_are_shared_and_made_immortal_at_once() {
    for detached in [true, false] {
        with_foreign(detached, |[one, two]| {
            Brc::share(&one);
            assert!(Brc::try_unwrap(one).is_ok());
            assert!(Brc::immortalize(&two));
        });
    }
}

// ------------------------------------------------------- the documented example

/// The program of the docs: `share_with` is the remedy. Whether the channel
/// closes although the owner waits for it without doing anything else.
fn waits_for_a_destructor(
    make: fn(std::sync::mpsc::Sender<u32>) -> Brc<std::sync::mpsc::Sender<u32>>,
    detached: bool,
) -> bool {
    on_thread(move || {
        let (send, receive) = channel::<u32>();
        let object = make(send);
        on_thread(move || drop(object));
        // The destructor had all the time it needs; what is not closed now
        // stays open until this thread does something about it.
        let wait = || receive.recv_timeout(Duration::from_millis(20));
        let outcome = if detached { brc::detach(wait) } else { wait() };
        let closed = outcome == Err(std::sync::mpsc::RecvTimeoutError::Disconnected);
        brc::merge();
        assert!(receive.try_recv() == Err(std::sync::mpsc::TryRecvError::Disconnected));
        closed
    })
}

#[test]
fn the_documented_hang_hangs_and_its_three_remedies_work() {
    assert!(!waits_for_a_destructor(Brc::new, false));
    assert!(waits_for_a_destructor(Brc::new, true));
    assert!(waits_for_a_destructor(Brc::new_merged, false));
    let shared = |send| {
        let object = Brc::new(send);
        Brc::share(&object);
        object
    };
    assert!(waits_for_a_destructor(shared, false));
}

#[test]
fn a_receiver_in_detach_ends_although_the_sender_is_dropped_while_it_waits() {
    for _ in 0..size(200, 100, 10) {
        let got = on_thread(|| {
            let (send, receive) = channel::<u32>();
            let object = Brc::new(send);
            let other = spawn(move || {
                object.send(7).unwrap();
                drop(object);
            });
            let got: Vec<u32> = brc::detach(|| receive.iter().collect());
            join(other);
            got
        });
        assert_eq!(got, [7]);
    }
}

// ------------------------------------------------------------------------ detach

#[test]
fn nested_detach_stays_detached_until_the_outermost_ends() {
    on_thread(|| {
        let tally = Tally::new();
        let own = || Brc::is_owner(&Brc::new(1));
        let objects: Vec<_> = (0..3).map(|_| Brc::new(tally.payload())).collect();
        let mut objects = objects.into_iter();
        let mut dies_at_once = |expected| {
            let (died, object) = (tally.died(), objects.next().unwrap());
            on_thread(move || drop(object));
            assert_eq!(tally.died() > died, expected);
        };
        assert!(own());
        let value = brc::detach(|| {
            assert!(!own());
            let value = brc::detach(|| {
                assert!(!own());
                dies_at_once(true);
                7
            });
            assert!(!own());
            dies_at_once(true);
            value
        });
        assert_eq!(value, 7);
        assert!(own());
        dies_at_once(false);
    });
}

#[test]
fn detach_works_on_a_thread_that_was_never_an_owner() {
    let thread = thread::spawn(|| {
        let object = brc::detach(|| {
            let object = Brc::new(String::from("x"));
            assert!(!Brc::is_owner(&object));
            brc::merge();
            brc::detach(|| assert!(!Brc::is_owner(&Brc::new(1))));
            object
        });
        assert!(!Brc::is_owner(&object), "born merged");
        assert!(Brc::is_owner(&Brc::new(1)), "an owner from now on");
        Brc::try_unwrap(object).unwrap()
    });
    assert_eq!(join(thread), "x");
}

#[test]
fn a_panic_inside_detach_attaches_the_thread_again() {
    on_thread(|| {
        let tally = Tally::new();
        let object = Brc::new(tally.payload());
        assert!(catches_panic(|| brc::detach(|| brc::detach(|| panic_quietly()))));
        assert!(Brc::is_owner(&object) && Brc::is_owner(&Brc::new(1)));
        on_thread(move || drop(object));
        assert_eq!(tally.died(), 0, "it waits for its attached owner");
        brc::merge();
        assert_eq!(tally.died(), 1);
    });
}

#[test]
fn what_a_detached_thread_makes_is_born_merged() {
    on_thread(|| {
        let tally = Tally::new();
        let made = brc::detach(|| {
            let objects = [
                Brc::new(tally.payload()),
                UniqueBrc::into_brc(UniqueBrc::new(tally.payload())),
                Brc::from(Box::new(tally.payload())),
            ];
            assert!(!objects.iter().any(Brc::is_owner));
            objects
        });
        assert!(!made.iter().any(Brc::is_owner));
        on_thread(move || drop(made));
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn an_object_is_biased_again_when_its_thread_is_attached_again() {
    on_thread(|| {
        let object = Brc::new(1);
        brc::detach(|| {
            assert!(!Brc::is_owner(&object));
            assert_eq!(*object, 1);
        });
        assert!(Brc::is_owner(&object));
    });
}

#[test]
fn a_detached_owner_is_a_stranger_to_its_own_objects_and_knows_their_counts() {
    on_thread(|| {
        let object = Brc::new(1);
        let clones = vec![object.clone(); 3];
        let mut sole = Brc::new(2);
        let cloned = Brc::new(3);
        brc::detach(|| {
            drop(clones);
            assert_eq!(Brc::strong_count(&object), 1);
            assert!(Brc::get_mut(&mut sole).is_some());
            drop(cloned.clone());
        });
        assert_eq!(Brc::strong_count(&object), 1);
        assert!(Brc::is_owner(&cloned), "counting as a stranger alone does not end the bias");
    });
}

#[test]
fn an_owner_and_the_threads_that_merge_for_it_do_not_hinder_each_other() {
    // An owner goes in and out of `detach` while others drop its objects.
    let tally = Tally::new();
    let (rounds, strangers) = (size(3000, 1500, 50), 3);
    let stop = Arc::new(AtomicBool::new(false));
    let slots: Arc<[Mutex<Option<Brc<Counted>>>; 4]> = Arc::default();
    let start = Arc::new(Barrier::new(strangers + 1));
    let strangers: Vec<_> = (0..strangers)
        .map(|seed| {
            let (slots, stop, start) = (slots.clone(), stop.clone(), start.clone());
            spawn(move || {
                let mut random = Random::new(seed as u64);
                start.wait();
                while !stop.load(SeqCst) {
                    let taken = slots[random.below(4)].lock().unwrap().take();
                    if let Some(object) = taken {
                        object.check();
                        drop(object.clone());
                    }
                    thread::yield_now();
                }
            })
        })
        .collect();
    let (theirs, their_slots) = (tally.clone(), slots.clone());
    let owner = spawn(move || {
        start.wait();
        for round in 0..rounds {
            let object = Brc::new(theirs.payload());
            let before = their_slots[round % 4].lock().unwrap().replace(object.clone());
            drop(before);
            brc::detach(|| {
                object.check();
                drop(object.clone());
                drop(object);
            });
        }
    });
    join(owner);
    stop.store(true, SeqCst);
    strangers.into_iter().for_each(join);
    drop(slots);
    assert_eq!(tally.live(), 0);
    assert_eq!(tally.died(), rounds);
}

#[test]
fn a_thread_that_uses_foreign_objects_only_is_no_owner() {
    let object = Brc::new(Cell::new(1).take());
    let shared = object.clone();
    join(thread::spawn(move || {
        assert_eq!(brc::owner::current(), brc::header::OwnerId::NOBODY);
        drop((shared.clone(), Brc::downgrade(&shared).upgrade(), shared));
        brc::merge();
        assert_eq!(brc::owner::current(), brc::header::OwnerId::NOBODY);
    }));
    assert_eq!(*object, 1);
}

#[global_allocator]
static LEDGER: Ledger = Ledger;

#[test]
fn a_destructor_can_wait_in_detach_for_one_that_was_put_off() {
    /// A chain, at whose end is a sender.
    struct Link {
        _next: Option<Brc<Link>>,
        _end: Option<mpsc::Sender<()>>,
    }
    /// Drops a chain, and waits for its end.
    struct Waits(Option<Brc<Link>>, mpsc::Receiver<()>);
    impl Drop for Waits {
        fn drop(&mut self) {
            drop(self.0.take());
            let ended = brc::detach(|| self.1.recv_timeout(Duration::from_secs(60)));
            assert_eq!(ended, Err(mpsc::RecvTimeoutError::Disconnected), "the chain is gone");
        }
    }

    on_thread(|| {
        let (tx, rx) = mpsc::channel();
        let mut chain = Brc::new(Link { _next: None, _end: Some(tx) });
        for _ in 0..100 {
            chain = Brc::new(Link { _next: Some(chain), _end: None });
        }
        drop(Brc::new(Waits(Some(chain), rx)));
    });
}

#[test]
fn what_waits_for_one_type_is_not_reaped_by_a_drop_of_another() {
    struct Other(#[expect(dead_code, reason = "it has a destructor")] String);
    let tally = Tally::new();
    on_thread(move || {
        let object = Brc::new(tally.payload());
        on_thread(move || drop(object));
        drop(Brc::new(0)); // merges counts
        drop(Brc::new(Other(String::from("x"))));
        assert_eq!(tally.live(), 1, "it waits for a drop of its type");
        drop(Brc::new(tally.payload()));
        assert_eq!(tally.live(), 0);
    });
}
