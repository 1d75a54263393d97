//! Immortal objects on every path there is to one, statics, and the interner.

mod common;

use std::cell::Cell;
use std::ffi::OsStr;
use std::fmt::Debug;
use std::hash::{BuildHasher, Hash, Hasher};
use std::mem::{align_of, size_of};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::*};
use std::sync::mpsc::channel;
use std::sync::{Barrier, Mutex};
use std::thread;

use brc::header::{Header, IMMORTAL, OwnerId};
use brc::{Brc, Immortal, Interner, Locked, UniqueBrc, Weak};
use common::*;

#[global_allocator]
static LEDGER: Ledger = Ledger;

fn header<T: ?Sized>(b: &Brc<T>) -> &Header {
    // SAFETY: the header stands in front of the payload.
    let header = unsafe { Brc::as_ptr(b).cast::<Header>().sub(1) };
    // SAFETY: `b` keeps both.
    unsafe { &*header }
}

/// Does everything to an immortal object that there is to do, on this thread
/// and on another, and checks that nothing comes of it.
fn assert_immortal(b: Brc<Counted>) {
    assert_immortal_here(&b);
    let other = b.clone();
    on_thread(move || {
        assert_immortal_here(&other);
        drop(other);
    });
    let weak = Brc::downgrade(&b);
    drop(b);
    brc::merge();
    let b = weak.upgrade().expect("an immortal object died");
    assert_immortal_here(&b);
}

fn assert_immortal_here(b: &Brc<Counted>) {
    assert!(Brc::is_immortal(b));
    let words = || {
        let (tid, local, shared, weak) = header(b).peek();
        (tid, local, shared.count(), shared.state(), weak)
    };
    let before = words();
    assert_eq!((before.0, before.1), (OwnerId::NONE, IMMORTAL));
    assert!(!Brc::is_owner(b));
    assert_eq!(Brc::strong_count(b), usize::MAX);

    let mut other = b.clone();
    assert!(Brc::ptr_eq(b, &other));
    let weak = Brc::downgrade(b);
    assert_eq!(weak.strong_count(), usize::MAX);
    drop(weak.clone());
    drop(weak.upgrade().expect("an immortal object died"));
    drop(weak);
    Brc::share(b);
    brc::merge();
    assert!(Brc::immortalize(b));
    assert!(brc::detach(|| Brc::immortalize(b)));
    drop(brc::detach(|| b.clone()));

    assert!(Brc::get_mut(&mut other).is_none());
    let other = Brc::try_unwrap(other).expect_err("unwrapped an immortal object");
    assert!(Brc::into_inner(other.clone()).is_none());
    Brc::unwrap_or_clone(other.clone()).check();
    let mut copy = other;
    Brc::make_mut(&mut copy).check();
    assert!(!Brc::ptr_eq(b, &copy) && !Brc::is_immortal(&copy));
    drop(copy);

    let raw = Brc::into_raw(b.clone());
    // SAFETY: from `into_raw`; the object is alive.
    unsafe { Brc::increment_strong_count(raw) };
    // SAFETY: as above.
    unsafe { Brc::decrement_strong_count(raw) };
    // SAFETY: as above; the handle given up before.
    drop(unsafe { Brc::from_raw(raw) });
    b.check();
    assert_eq!(words(), before, "something was counted");
}

/// Runs `make` on a thread of its own, which makes one payload immortal, and
/// `check` here. At the end that payload is alive, and no other.
fn immortalized(make: impl FnOnce(Brc<Counted>) -> Brc<Counted> + Send + 'static) {
    let tally = Tally::new();
    let payload = tally.payload();
    let b = on_thread(move || make(Brc::new(payload)));
    assert_immortal(b);
    assert_eq!(tally.live(), 1);
}

// ------------------------------------------------------------- ways to become

#[test]
fn born_immortal() {
    let tally = Tally::new();
    assert_immortal(Brc::immortal(tally.payload()));
    assert_immortal(UniqueBrc::into_immortal(UniqueBrc::new(tally.payload())));
    assert_eq!(tally.live(), 2);
}

#[test]
fn immortalized_by_the_owner() {
    immortalized(|b| {
        assert!(Brc::immortalize(&b));
        assert_immortal_here(&b);
        b
    });
}

#[test]
fn immortalized_by_the_owner_with_handles_of_all_kinds() {
    immortalized(|b| {
        let (local, weak) = (b.clone(), Brc::downgrade(&b));
        let (give, take) = channel::<(Brc<Counted>, Weak<Counted>)>();
        let (done, is_done) = channel();
        let stranger = spawn(move || {
            let (theirs, weak) = take.recv().unwrap();
            let clone = theirs.clone();
            done.send(()).unwrap();
            // From here on immortal.
            let (immortal, _) = take.recv().unwrap();
            drop((theirs, clone));
            assert_immortal_here(&weak.upgrade().expect("an immortal object died"));
            assert_immortal_here(&immortal);
        });
        give.send((b.clone(), weak.clone())).unwrap();
        is_done.recv().unwrap();
        assert!(Brc::immortalize(&b));
        give.send((b.clone(), weak.clone())).unwrap();
        join(stranger);
        drop((local, weak));
        b
    });
}

#[test]
fn immortalized_when_merged_by_any_thread() {
    let tally = Tally::new();
    let b = Brc::new(tally.payload());
    Brc::share(&b);
    let other = b.clone();
    let b = on_thread(move || {
        assert!(Brc::immortalize(&b));
        b
    });
    assert_immortal(other);
    assert_immortal(b);
    let b = Brc::new_merged(tally.payload());
    assert!(Brc::immortalize(&b));
    assert_immortal(b);
    assert_eq!(tally.live(), 2);
}

#[test]
fn immortalized_while_it_waits_in_the_queue() {
    immortalized(|b| {
        // Without a shared count, a stranger's drop goes to our queue.
        let other = b.clone();
        on_thread(move || drop(other));
        assert!(Brc::immortalize(&b));
        brc::merge(); // finds it immortal
        assert_immortal_here(&b);
        b
    });
}

#[test]
fn immortalized_inside_detach_by_its_owner() {
    immortalized(|b| {
        assert!(brc::detach(|| Brc::immortalize(&b)));
        b
    });
}

#[test]
fn immortalized_by_a_stranger_while_the_owner_is_detached() {
    let tally = Tally::new();
    let (give, take) = channel();
    let (ring, bell) = channel::<()>();
    let payload = tally.payload();
    let owner = spawn(move || {
        let b = Brc::new(payload);
        let other = b.clone();
        brc::detach(|| {
            give.send(other).unwrap();
            bell.recv().unwrap();
        });
        assert_immortal_here(&b);
    });
    let b: Brc<Counted> = take.recv().unwrap();
    assert!(!Brc::is_owner(&b));
    assert!(Brc::immortalize(&b), "the owner is detached: merged on its behalf");
    ring.send(()).unwrap();
    join(owner);
    assert_immortal(b);
    assert_eq!(tally.live(), 1);
}

#[test]
fn immortalized_when_the_owner_is_gone() {
    let tally = Tally::new();
    let payload = tally.payload();
    let b = on_thread(move || Brc::new(payload));
    assert!(Brc::immortalize(&b));
    assert_immortal(b);
    assert_eq!(tally.live(), 1);
}

#[test]
fn a_stranger_cannot_immortalize_what_a_running_owner_counts_but_it_never_dies() {
    let tally = Tally::new();
    let (give, take) = channel();
    let (ring, bell) = channel::<()>();
    let payload = tally.payload();
    let owner = spawn(move || {
        give.send(Brc::new(payload)).unwrap();
        bell.recv().unwrap();
        brc::merge();
        bell.recv().unwrap();
    });
    let b: Brc<Counted> = take.recv().unwrap();
    assert!(!Brc::immortalize(&b), "only the owner can do that");
    assert!(!Brc::immortalize(&b), "nor the second time");
    assert!(!Brc::is_immortal(&b));
    let weak = Brc::downgrade(&b);
    drop(b);
    ring.send(()).unwrap(); // the owner merges
    while !weak.upgrade().is_some_and(|b| header(&b).is_merged()) {
        thread::yield_now();
    }
    let b = weak.upgrade().expect("it was to live for ever");
    assert!(Brc::immortalize(&b), "merged: anyone can");
    ring.send(()).unwrap();
    join(owner);
    drop(weak);
    assert_immortal(b);
    assert_eq!(tally.live(), 1);
}

#[test]
fn many_threads_immortalize_one_object_while_others_count_it() {
    let rounds = size(200, 100, 5);
    let tally = Tally::new();
    for _ in 0..rounds {
        let b = Brc::new(tally.payload());
        Brc::share(&b);
        let start = Barrier::new(4);
        thread::scope(|s| {
            for kind in 0..4 {
                let (b, start) = (b.clone(), &start);
                s.spawn(move || {
                    let weak = Brc::downgrade(&b);
                    start.wait();
                    if kind < 2 {
                        assert!(Brc::immortalize(&b));
                    }
                    for _ in 0..10 {
                        drop(b.clone());
                        drop(weak.upgrade().expect("held"));
                    }
                    drop(b);
                    weak.upgrade().expect("held by the test").check();
                });
            }
        });
        assert!(Brc::is_immortal(&b));
        drop(b.clone());
        b.check();
    }
    assert_eq!(tally.live(), rounds as isize);
}

#[test]
fn weak_handles_made_before_are_good_after() {
    let tally = Tally::new();
    let b = Brc::new(tally.payload());
    let weak = Brc::downgrade(&b);
    assert_eq!(Brc::weak_count(&b), 1);
    assert!(Brc::immortalize(&b));
    let after = Brc::downgrade(&b);
    assert!(after.ptr_eq(&weak));
    drop(b);
    on_thread(move || drop(weak)); // counted when it was made, not now
    let b = after.upgrade().expect("an immortal object died");
    drop(after);
    assert_immortal(b);
    assert_eq!(tally.live(), 1);
}

#[test]
fn a_cycle_of_weak_handles_can_be_immortal() {
    struct Node {
        me: Weak<Node>,
    }
    let b = Brc::new_cyclic(|me| Node { me: me.clone() });
    assert!(Brc::immortalize(&b));
    let me = b.me.upgrade().expect("alive");
    assert!(Brc::ptr_eq(&b, &me));
    drop(b);
    assert!(Brc::is_immortal(&me.me.upgrade().expect("an immortal object died")));
}

#[test]
fn payloads_of_all_shapes_can_be_immortal() {
    fn check<T: ?Sized + Debug>(b: Brc<T>, shown: &str) {
        assert!(Brc::is_immortal(&b));
        let clone = b.clone();
        drop(b);
        assert_eq!(format!("{clone:?}"), shown);
    }
    #[derive(Debug)]
    #[repr(align(4096))]
    #[expect(dead_code, reason = "only shown")]
    struct Page(u8);

    check(Brc::immortal(()), "()");
    check(Brc::immortal(Page(7)), "Page(7)");
    check(UniqueBrc::into_immortal(UniqueBrc::<str>::from("ab")), "\"ab\"");
    check(UniqueBrc::into_immortal(UniqueBrc::<Path>::from(Path::new("/"))), "\"/\"");
    check(UniqueBrc::into_immortal(UniqueBrc::<[u16]>::from([1, 2])), "[1, 2]");
    let boxed: Box<dyn Debug> = Box::new(5);
    check(UniqueBrc::into_immortal(UniqueBrc::<dyn Debug>::from(boxed)), "5");
    let locked = Brc::immortal(Locked::new(1));
    *locked.lock() += 1;
    assert_eq!(*locked.clone().lock(), 2);
    let b = Brc::<str>::from("x");
    assert!(Brc::immortalize(&b));
    check(b, "\"x\"");
}

// -------------------------------------------------------------------- statics

struct Unmoved(AtomicUsize);

impl Drop for Unmoved {
    fn drop(&mut self) {
        panic!("the payload of a static was destroyed");
    }
}

#[test]
fn a_static_is_an_immortal_object() {
    static S: Immortal<Unmoved> = Immortal::new(Unmoved(AtomicUsize::new(0)));
    let b = S.get();
    assert!(Brc::is_immortal(&b) && Brc::ptr_eq(&b, &S.get()));
    assert_eq!(Brc::as_ptr(&b), &raw const *S);
    assert_eq!(Brc::strong_count(&b), usize::MAX);
    assert_eq!(Brc::weak_count(&b), 0);
    assert!(Brc::immortalize(&b));
    Brc::share(&b);
    thread::scope(|s| {
        for _ in 0..4 {
            s.spawn(|| {
                for _ in 0..100 {
                    let b = S.get();
                    let weak = Brc::downgrade(&b.clone());
                    drop(b);
                    weak.upgrade().expect("an immortal object died").0.fetch_add(1, SeqCst);
                    let Err(b) = Brc::try_unwrap(S.get()) else { panic!("moved out of a static") };
                    assert!(Brc::into_inner(b).is_none());
                }
            });
        }
    });
    let mut b = b;
    assert!(Brc::get_mut(&mut b).is_none());
    assert_eq!(S.0.load(SeqCst), 400);
}

#[test]
fn a_static_that_is_copied_on_write_stays_as_it_is() {
    static S: Immortal<[u8; 3]> = Immortal::new(*b"abc");
    let mut b = S.get();
    *Brc::make_mut(&mut b) = *b"xyz";
    assert!(!Brc::is_immortal(&b));
    assert_eq!((*S, *b), (*b"abc", *b"xyz"));
    assert_eq!(format!("{S:?}"), "[97, 98, 99]");
}

#[derive(Clone, PartialEq, Debug)]
#[repr(align(16))]
struct Align16(u8);
#[derive(Clone, PartialEq, Debug)]
#[repr(align(32))]
struct Align32(u8);
#[derive(Clone, PartialEq, Debug)]
#[repr(align(64))]
struct Align64([u8; 65]);
#[derive(Clone, PartialEq, Debug)]
#[repr(align(4096))]
struct Align4096(u8);
#[derive(Clone, PartialEq, Debug)]
#[repr(align(128))]
struct Nothing128;

static UNIT: Immortal<()> = Immortal::new(());
static BYTE: Immortal<u8> = Immortal::new(1);
static WIDE16: Immortal<Align16> = Immortal::new(Align16(1));
static WIDE32: Immortal<Align32> = Immortal::new(Align32(1));
static WIDE64: Immortal<Align64> = Immortal::new(Align64([1; 65]));
static WIDE4096: Immortal<Align4096> = Immortal::new(Align4096(1));
static WIDE_NOTHING: Immortal<Nothing128> = Immortal::new(Nothing128);
static WIDE_LOCKED: Immortal<Locked<Align64>> = Immortal::new(Locked::new(Align64([0; 65])));

fn check_static<T: Clone + PartialEq + Debug + Send + Sync + 'static>(s: &'static Immortal<T>) {
    // The first `get` of an over-aligned static writes its header: from
    // several threads at once.
    let start = Barrier::new(4);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                start.wait();
                let b = s.get();
                assert!(Brc::is_immortal(&b), "{b:?}");
                drop((b.clone(), Brc::downgrade(&b), b));
            });
        }
    });
    let b = s.get();
    assert_eq!(Brc::as_ptr(&b), &raw const **s);
    assert!(Brc::as_ptr(&b).is_aligned());
    let (tid, local, shared, weak) = header(&b).peek();
    assert_eq!((tid, local, shared.count(), weak), (OwnerId::NONE, IMMORTAL, 1, 1));
    let copy = Brc::unwrap_or_clone(b.clone());
    assert_eq!(copy, *b);
    let mut copy = b.clone();
    assert_eq!(*Brc::make_mut(&mut copy), *b);
    // The head is the least multiple of the alignments that holds a header.
    let head = size_of::<Header>().next_multiple_of(align_of::<T>().max(align_of::<Header>()));
    let payload = size_of::<T>().next_multiple_of(align_of::<Immortal<T>>());
    assert_eq!(size_of::<Immortal<T>>(), head + payload);
}

#[test]
fn statics_of_all_alignments() {
    check_static(&UNIT);
    check_static(&BYTE);
    check_static(&WIDE16);
    check_static(&WIDE32);
    check_static(&WIDE64);
    check_static(&WIDE4096);
    check_static(&WIDE_NOTHING);
}

#[test]
fn the_lock_of_an_overaligned_static_is_that_of_its_handles() {
    let start = Barrier::new(4);
    thread::scope(|s| {
        for n in 0..4 {
            let start = &start;
            s.spawn(move || {
                start.wait();
                for _ in 0..100 {
                    if n % 2 == 0 {
                        WIDE_LOCKED.lock().0[64] += 1;
                    } else {
                        WIDE_LOCKED.get().lock().0[64] += 1;
                    }
                    // Within the range of a byte.
                    let mut guard = WIDE_LOCKED.lock();
                    guard.0[0] = guard.0[0].wrapping_add(1);
                    if guard.0[64] >= 100 {
                        guard.0[64] -= 100;
                        guard.0[1] += 1;
                    }
                }
            });
        }
    });
    let guard = WIDE_LOCKED.lock();
    assert_eq!(usize::from(guard.0[1]) * 100 + usize::from(guard.0[64]), 400);
    assert_eq!(guard.0[0], 400_usize as u8);
}

/// Also an `Immortal` that was moved about before it came to rest is one.
#[test]
fn a_leaked_immortal_is_an_immortal_object() {
    fn rest<T>(value: T) -> &'static Immortal<T> {
        let boxed = vec![Immortal::new(value)].pop().map(Box::new).expect("one");
        Box::leak(boxed)
    }
    check_static(rest(1_u32));
    check_static(rest(Align16(3)));
    check_static(rest(Align64([3; 65])));
    let tally = Tally::new();
    let leaked = rest(tally.payload());
    assert_immortal(leaked.get());
    drop(Immortal::new(tally.payload())); // never gave a handle
    assert_eq!(tally.live(), 1);
}

// ------------------------------------------------------------------- interner

#[test]
fn equal_values_are_one_object() {
    static NAMES: Interner<str> = Interner::new();
    assert!(NAMES.is_empty() && NAMES.get("a").is_none());
    let a = NAMES.intern("a");
    assert!(Brc::is_immortal(&a));
    for again in [NAMES.intern("a"), NAMES.intern(String::from("a")), NAMES.get("a").unwrap()] {
        assert!(Brc::ptr_eq(&a, &again));
    }
    let b = NAMES.intern(String::from("b"));
    assert!(!Brc::ptr_eq(&a, &b));
    assert_eq!((&*a, &*b, NAMES.len()), ("a", "b", 2));
    assert!(NAMES.get("").is_none());
    assert_eq!(format!("{NAMES:?}"), "Interner { len: 2, .. }");
    let there = on_thread(|| NAMES.intern(String::from("b")));
    assert!(Brc::ptr_eq(&b, &there));
}

#[test]
fn values_of_all_types_can_be_interned() {
    let bytes: Interner<[u8]> = Interner::default();
    assert!(Brc::ptr_eq(&bytes.intern(&b"ab"[..]), &bytes.intern(vec![b'a', b'b'])));
    let words: Interner<OsStr> = Interner::new();
    let word = words.intern(OsStr::new("x"));
    assert!(Brc::ptr_eq(&word, &words.intern(OsStr::new("x").to_owned())));
    let paths: Interner<Path> = Interner::new();
    assert!(Brc::ptr_eq(&paths.intern(Path::new("/a")), &paths.get(Path::new("/a")).unwrap()));

    #[derive(PartialEq, Eq, Hash, Debug)]
    #[repr(align(64))]
    struct Point(i32, i32);
    let points: Interner<Point> = Interner::new();
    let p = points.intern(Point(1, 2));
    assert!(Brc::ptr_eq(&p, &points.intern(Point(1, 2))));
    assert!(!Brc::ptr_eq(&p, &points.intern(Point(2, 1))));
    let units: Interner<()> = Interner::new();
    assert!(Brc::ptr_eq(&units.intern(()), &units.intern(())));
}

/// Gives the same few hashes, or one, to all values.
#[derive(Default)]
struct Poor<const HASHES: u64>;

struct PoorHasher(u64, u64);

impl<const HASHES: u64> BuildHasher for Poor<HASHES> {
    type Hasher = PoorHasher;

    fn build_hasher(&self) -> PoorHasher {
        PoorHasher(0, HASHES)
    }
}

impl Hasher for PoorHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.wrapping_mul(31).wrapping_add(byte.into());
        }
    }

    fn finish(&self) -> u64 {
        // The last bits differ: the longest of paths.
        (self.0 % self.1).wrapping_shl(60)
    }
}

fn intern_overlapping<S: BuildHasher + Default + Send + Sync>(
    interner: Interner<str, S>,
    n: usize,
) {
    const THREADS: usize = 4;
    let start = Barrier::new(THREADS);
    let found: Mutex<Vec<(usize, Brc<str>)>> = Mutex::default();
    thread::scope(|s| {
        for thread in 0..THREADS {
            let (interner, start, found) = (&interner, &start, &found);
            s.spawn(move || {
                start.wait();
                // Each from another place on, so that all meet.
                let mine = (0..n).map(|i| (i + thread * n / THREADS) % n);
                let mine = mine.map(|i| {
                    let name = format!("name {i}");
                    let object = interner.intern(name.as_str());
                    assert!(Brc::ptr_eq(&object, &interner.get(&name).expect("just interned")));
                    assert_eq!(*object, *name);
                    (i, object)
                });
                let mine: Vec<_> = mine.collect();
                found.lock().unwrap().extend(mine);
            });
        }
    });
    assert_eq!(interner.len(), n);
    let mut objects: Vec<Option<Brc<str>>> = vec![None; n];
    for (i, object) in found.into_inner().unwrap() {
        match &objects[i] {
            None => objects[i] = Some(object),
            Some(first) => assert!(Brc::ptr_eq(first, &object), "two objects for {object:?}"),
        }
    }
    let names = interner.intern("name 0");
    drop(interner);
    for (i, object) in objects.iter().enumerate() {
        assert_eq!(**object.as_ref().unwrap(), *format!("name {i}"), "gone with its interner");
    }
    assert!(Brc::ptr_eq(&names, objects[0].as_ref().unwrap()));
}

#[test]
fn many_threads_intern_the_same_values() {
    intern_overlapping(Interner::<str>::new(), size(20_000, 5_000, 200));
}

#[test]
fn many_threads_intern_values_whose_hashes_collide() {
    intern_overlapping(Interner::<str, Poor<1>>::new(), size(500, 200, 40));
    intern_overlapping(Interner::<str, Poor<16>>::new(), size(1000, 400, 40));
}

#[test]
fn a_long_chain_of_one_hash_is_freed_in_bounded_stack() {
    // Each value is compared with all before it: only so many.
    let n = size(8_000, 3_000, 200) as u64;
    join(spawn_with_stack(64 << 10, move || {
        let chain: Interner<u64, Poor<1>> = Interner::new();
        for i in 0..n {
            let _ = chain.intern(i);
        }
        drop(chain);
    }));
}

#[test]
fn an_interner_lets_go_of_all_memory_but_the_values() {
    let account = Account::open();
    let values = account.on(|| {
        let interner: Interner<u64, Poor<7>> = Interner::new();
        let values: Vec<_> = (0..100).map(|i| interner.intern(i)).collect();
        for i in 0..100 {
            assert!(Brc::ptr_eq(&values[i as usize], &interner.intern(i)));
        }
        drop(interner);
        values
    });
    // What came too late was freed, too.
    assert_eq!(account.live().0, 101, "one block for each value, and the vector");
    assert!(values.iter().zip(0..).all(|(value, i)| **value == i));
}

thread_local! { static PANICS: Cell<bool> = const { Cell::new(false) } }

/// A value that panics where it is told to.
#[derive(Debug)]
struct Touchy(u8);

fn touch() {
    if PANICS.get() {
        panic_quietly();
    }
}

impl PartialEq for Touchy {
    fn eq(&self, other: &Self) -> bool {
        touch();
        self.0 == other.0
    }
}

impl Eq for Touchy {}

impl Hash for Touchy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

#[test]
fn a_panic_in_eq_or_into_leaves_the_interner_as_it_was() {
    let interner: Interner<Touchy, Poor<1>> = Interner::new();
    let first = interner.intern(Touchy(1));
    let panics = |f: &dyn Fn()| {
        PANICS.set(true);
        assert!(catches_panic(f));
        PANICS.set(false);
    };
    panics(&|| drop(interner.intern(Touchy(1))));
    panics(&|| drop(interner.intern(Touchy(2))));
    panics(&|| drop(interner.get(&Touchy(2))));
    assert_eq!(interner.len(), 1);
    assert!(interner.get(&Touchy(2)).is_none());
    assert!(Brc::ptr_eq(&first, &interner.intern(Touchy(1))));

    /// Panics in its conversion.
    struct Never(Touchy);
    impl std::borrow::Borrow<Touchy> for Never {
        fn borrow(&self) -> &Touchy {
            &self.0
        }
    }
    impl From<Never> for UniqueBrc<Touchy> {
        fn from(_: Never) -> Self {
            panic_quietly()
        }
    }
    assert!(catches_panic(|| drop(interner.intern(Never(Touchy(3))))));
    assert!(interner.get(&Touchy(3)).is_none());
    assert!(Brc::ptr_eq(&first, &interner.intern(Never(Touchy(1)))), "found, so not converted");
    assert_eq!(interner.len(), 1);
}

#[test]
fn a_panic_in_hash_leaves_the_interner_as_it_was() {
    #[derive(PartialEq, Eq, Debug)]
    struct Sharp(u8);
    impl Hash for Sharp {
        fn hash<H: Hasher>(&self, state: &mut H) {
            touch();
            self.0.hash(state);
        }
    }
    let interner: Interner<Sharp> = Interner::new();
    let first = interner.intern(Sharp(1));
    PANICS.set(true);
    assert!(catches_panic(|| drop(interner.intern(Sharp(2)))));
    assert!(catches_panic(|| drop(interner.get(&Sharp(1)))));
    PANICS.set(false);
    assert_eq!(interner.len(), 1);
    assert!(Brc::ptr_eq(&first, &interner.intern(Sharp(1))));
    assert_eq!(*interner.intern(Sharp(2)), Sharp(2));
}

#[test]
fn a_value_that_interns_while_it_is_compared_does_not_lock_up() {
    static ALL: Interner<Nested, Poor<1>> = Interner::new();
    #[derive(Debug)]
    struct Nested(u8);
    impl PartialEq for Nested {
        fn eq(&self, other: &Self) -> bool {
            // What is compared here are others than those that we came from.
            if self.0 > 1 && other.0 > 1 {
                let _ = ALL.intern(Nested(1));
            }
            self.0 == other.0
        }
    }
    impl Eq for Nested {}
    impl Hash for Nested {
        fn hash<H: Hasher>(&self, _: &mut H) {}
    }
    let five = ALL.intern(Nested(5));
    assert!(Brc::ptr_eq(&five, &ALL.intern(Nested(5))));
    let _ = ALL.intern(Nested(7));
    assert_eq!(ALL.len(), 3);
}
