//! How objects are destroyed: in which order, in how much stack, and what a
//! destructor may do, panicking included.

#![allow(dead_code, reason = "fields are there for their destructors")]

mod common;

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;

use brc::{Brc, UniqueBrc, Weak};
use common::*;

/// Beyond this depth, destruction is put off.
const DEPTH: usize = 32;

// ----------------------------------------------------------------------- order

/// Writes its name down when it is destroyed.
struct Named(&'static str, Arc<Mutex<Vec<&'static str>>>);

impl Drop for Named {
    fn drop(&mut self) {
        self.1.lock().unwrap().push(self.0);
    }
}

#[test]
fn the_fields_of_a_payload_are_destroyed_in_order_before_drop_returns() {
    struct Payload {
        _first: Brc<Named>,
        _second: Named,
        _third: Brc<(Named, Brc<Named>)>,
        names: Arc<Mutex<Vec<&'static str>>>,
    }
    impl Drop for Payload {
        fn drop(&mut self) {
            self.names.lock().unwrap().push("self");
        }
    }
    on_thread(|| {
        let names = Arc::new(Mutex::new(Vec::new()));
        let named = |name| Named(name, names.clone());
        let object = Brc::new(Payload {
            _first: Brc::new(named("first")),
            _second: named("second"),
            _third: Brc::new((named("third"), Brc::new(named("fourth")))),
            names: names.clone(),
        });
        drop(object);
        assert_eq!(*names.lock().unwrap(), ["self", "first", "second", "third", "fourth"]);
    });
}

#[test]
fn a_payload_is_destroyed_before_its_weak_handles_die() {
    on_thread(|| {
        let account = Account::open();
        let tally = Tally::new();
        let object = account.on(|| Brc::new(tally.payload()));
        let weak = Brc::downgrade(&object);
        drop(object);
        assert_eq!(tally.live(), 0);
        assert_eq!(account.live().0, 1, "the weak handle keeps the memory");
        drop(weak.clone());
        assert_eq!(account.live().0, 1);
        drop(weak);
        assert_eq!(account.live(), (0, 0));
    });
}

// ---------------------------------------------------------------------- panics

/// Panics when it is destroyed, if armed; its other fields are still destroyed then.
struct Bomb {
    _first: Counted,
    armed: bool,
    _last: Brc<Counted>,
}

impl Bomb {
    fn new(tally: &Tally) -> Self {
        Self::armed_if(true, tally)
    }

    fn armed_if(armed: bool, tally: &Tally) -> Self {
        Self { _first: tally.payload(), armed, _last: Brc::new(tally.payload()) }
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        if self.armed {
            panic_quietly();
        }
    }
}

/// Runs `f` with an account and a tally, on a thread of its own, and demands
/// that nothing is left of what it makes.
fn leaves_nothing(f: impl FnOnce(&Tally) + Send + 'static) {
    let (account, tally) = (Account::open(), Tally::new());
    let theirs = tally.clone();
    on_thread(move || account.on(|| f(&theirs)));
    assert_eq!(tally.live(), 0);
    drop(tally);
    assert_eq!(account.live(), (0, 0), "blocks and bytes not freed");
}

/// After a panic, everything works as before.
fn still_works(tally: &Tally) {
    brc::merge();
    let before = tally.live();
    let object = Brc::new(tally.payload());
    let theirs = object.clone();
    on_thread(move || drop(theirs));
    drop(object);
    brc::merge();
    drop(list(3 * DEPTH, tally));
    assert_eq!(tally.live(), before);
}

/// A list node.
struct Node(Option<Brc<Node>>, Option<Counted>);

fn list(n: usize, tally: &Tally) -> Option<Brc<Node>> {
    (0..n).fold(None, |next, _| Some(Brc::new(Node(next, Some(tally.payload())))))
}

#[test]
fn a_destructor_panics_in_the_owners_drop() {
    leaves_nothing(|tally| {
        let object = Brc::new(Bomb::new(tally));
        assert!(catches_panic(|| drop(object)));
        still_works(tally);
        let object = Brc::new(Bomb::new(tally));
        let weak = Brc::downgrade(&object);
        assert!(catches_panic(|| drop(object)));
        assert!(weak.upgrade().is_none());
        still_works(tally);
        let unique = UniqueBrc::new(Bomb::new(tally));
        assert!(catches_panic(|| drop(unique)));
        let merged = Brc::new_merged(Bomb::new(tally));
        assert!(catches_panic(|| drop(merged)));
        still_works(tally);
    });
}

#[test]
fn a_destructor_panics_in_a_strangers_drop_of_a_merged_object() {
    leaves_nothing(|tally| {
        let object = Brc::new(Bomb::new(tally));
        Brc::share(&object);
        let theirs = tally.clone();
        on_thread(move || {
            assert!(catches_panic(|| drop(object)));
            still_works(&theirs);
        });
        still_works(tally);
    });
}

#[test]
fn a_destructor_panics_in_a_strangers_drop_for_a_detached_or_gone_owner() {
    leaves_nothing(|tally| {
        let object = Brc::new(Bomb::new(tally));
        let theirs = tally.clone();
        brc::detach(|| {
            on_thread(move || {
                assert!(catches_panic(|| drop(object)));
                still_works(&theirs);
            });
        });
        still_works(tally);
        let theirs = tally.clone();
        let object = on_thread(move || Brc::new(Bomb::new(&theirs)));
        assert!(catches_panic(|| drop(object)));
        still_works(tally);
    });
}

/// Has `n` objects wait in the calling thread's queue, of which each third
/// panics. Returns how many those are.
fn hand_over_bombs(n: usize, tally: &Tally) -> usize {
    let bombs: Vec<_> = (0..n).map(|i| Brc::new(Bomb::armed_if(i % 3 == 0, tally))).collect();
    on_thread(move || drop(bombs));
    n.div_ceil(3)
}

/// Calls `f` until it does not panic. How often it did.
fn panics_until_it_works(mut f: impl FnMut()) -> usize {
    let mut panics = 0;
    while catches_panic(&mut f) {
        panics += 1;
    }
    panics
}

#[test]
fn destructors_panic_in_merge() {
    leaves_nothing(|tally| {
        let armed = hand_over_bombs(20, tally);
        assert_eq!(panics_until_it_works(brc::merge), armed);
        assert_eq!(tally.live(), 0);
        still_works(tally);
    });
}

#[test]
fn destructors_panic_when_the_owner_reaps() {
    leaves_nothing(|tally| {
        let armed = hand_over_bombs(20, tally);
        let drop_one = || drop(Brc::new(Bomb::armed_if(false, tally)));
        assert_eq!(panics_until_it_works(drop_one), armed);
        assert_eq!(tally.live(), 0);
        still_works(tally);
    });
}

#[test]
fn destructors_panic_when_a_stranger_reaps() {
    leaves_nothing(|tally| {
        let mut gifts: Vec<_> = (0..10).map(|_| Brc::new(Bomb::armed_if(false, tally))).collect();
        let armed = hand_over_bombs(20, tally);
        drop(Brc::new(1)); // merges
        on_thread(move || {
            assert_eq!(panics_until_it_works(|| drop(gifts.pop().unwrap())), armed);
        });
        still_works(tally);
        brc::merge();
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn destructors_panic_on_the_way_into_detach() {
    leaves_nothing(|tally| {
        let armed = hand_over_bombs(20, tally);
        let mut runs = 0;
        let panics = panics_until_it_works(|| {
            brc::detach(|| runs += 1);
        });
        assert_eq!((panics, runs), (armed, 1));
        assert_eq!(tally.live(), 0);
        assert!(Brc::is_owner(&Brc::new(1)));
        still_works(tally);
    });
}

#[test]
fn destructors_panic_at_the_end_of_their_thread_and_the_rest_is_still_destroyed() {
    leaves_nothing(|tally| {
        let theirs = tally.clone();
        on_thread(move || {
            hand_over_bombs(20, &theirs);
        });
        assert_eq!(tally.live(), 0);
        still_works(tally);
    });
}

#[test]
fn a_destructor_panics_while_a_panicking_thread_ends() {
    leaves_nothing(|tally| {
        let theirs = tally.clone();
        let thread = spawn(move || {
            hand_over_bombs(20, &theirs);
            panic_quietly();
        });
        assert!(catches_panic(|| join(thread)));
        assert_eq!(tally.live(), 0);
        still_works(tally);
    });
}

/// A list of `n` nodes, of which the one at `bomb` panics.
fn list_with_bomb(n: usize, bomb: usize, tally: &Tally) -> Option<Brc<Link>> {
    (0..n).rev().fold(None, |next, i| {
        Some(Brc::new(Link { panics: i == bomb, _next: next, _counted: tally.payload() }))
    })
}

struct Link {
    panics: bool,
    _next: Option<Brc<Link>>,
    _counted: Counted,
}

impl Drop for Link {
    fn drop(&mut self) {
        if self.panics {
            panic_quietly();
        }
    }
}

const BOMBS: [usize; 12] =
    [0, 1, DEPTH - 2, DEPTH - 1, DEPTH, DEPTH + 1, 40, 2 * DEPTH - 1, 2 * DEPTH, 70, 198, 199];

#[test]
fn a_destructor_panics_deep_inside_others() {
    leaves_nothing(|tally| {
        for bomb in BOMBS {
            let list = list_with_bomb(200, bomb, tally);
            assert!(catches_panic(|| drop(list)));
            assert_eq!(tally.live(), 0, "{bomb}");
            still_works(tally);
        }
    });
}

#[test]
fn a_destructor_panics_deep_inside_others_in_merge() {
    leaves_nothing(|tally| {
        for bomb in BOMBS {
            let list = list_with_bomb(200, bomb, tally);
            on_thread(move || drop(list));
            assert_eq!(panics_until_it_works(brc::merge), 1);
            assert_eq!(tally.live(), 0, "{bomb}");
            still_works(tally);
        }
    });
}

#[test]
fn the_panics_of_two_objects_that_wait_to_be_destroyed_do_not_meet() {
    struct Parent(Option<Brc<Parent>>, OnDrop<fn()>);
    let test = "the_panics_of_two_objects_that_wait_to_be_destroyed_do_not_meet";
    assert_survives(test, "", || {
        on_thread(|| {
            let make = |child, f: fn()| Brc::new(Parent(child, OnDrop(f)));
            let parents = [(); 2].map(|()| make(Some(make(None, || ())), || panic_quietly()));
            on_thread(move || drop(parents));
            // The destruction of the first drops a handle of the same type.
            assert_eq!(panics_until_it_works(brc::merge), 2);
        });
    });
}

#[test]
fn a_destructor_catches_the_panic_of_another_deep_inside() {
    struct Catching(RefCell<Option<Brc<dyn std::any::Any>>>, Counted);
    impl Drop for Catching {
        fn drop(&mut self) {
            let inner = self.0.take();
            catches_panic(|| drop(inner));
        }
    }
    leaves_nothing(|tally| {
        for depth in [1, DEPTH - 3, DEPTH - 1, DEPTH, DEPTH + 1, 100] {
            let mut object: Brc<dyn std::any::Any> =
                Brc::from(Box::new(list_with_bomb(100, 0, tally)) as Box<dyn std::any::Any>);
            for _ in 0..depth {
                let catching = Catching(RefCell::new(Some(object)), tally.payload());
                object = Brc::from(Box::new(catching) as Box<dyn std::any::Any>);
            }
            // Past the depth it may come out of the outermost drop instead.
            catches_panic(|| drop(object));
            assert_eq!(tally.live(), 0, "{depth}");
            still_works(tally);
        }
    });
}

#[test]
fn a_list_is_destroyed_while_a_panic_unwinds() {
    leaves_nothing(|tally| {
        assert!(catches_panic(|| {
            let _list = list(1000, tally);
            panic_quietly();
        }));
        still_works(tally);
    });
}

// ------------------------------------------------- what a destructor may do

/// Destroys an object, in every way there is, whose destructor runs `f`.
fn in_destructors(f: fn(&Tally)) {
    struct Runs(fn(&Tally), Tally, Counted);
    impl Drop for Runs {
        fn drop(&mut self) {
            (self.0)(&self.1);
        }
    }
    leaves_nothing(move |tally| {
        let make = || Brc::new(Runs(f, tally.clone(), tally.payload()));
        drop(make());
        let object = make();
        let weak = Brc::downgrade(&object);
        drop((object, weak));
        drop(Brc::new_merged(Runs(f, tally.clone(), tally.payload())));
        drop(UniqueBrc::new(Runs(f, tally.clone(), tally.payload())));
        // Off the owner, merged.
        let object = make();
        Brc::share(&object);
        on_thread(move || drop(object));
        // In the queue: merged by hand, reaped, on the way into detach.
        let hand_over = || {
            let objects = [make(), make(), make()];
            on_thread(move || drop(objects));
        };
        hand_over();
        brc::merge();
        hand_over();
        drop(make());
        hand_over();
        brc::detach(|| drop(make()));
        let object = make();
        brc::detach(|| on_thread(move || drop(object)));
        // Deep inside others.
        for depth in [1, DEPTH - 1, DEPTH, 100] {
            let mut object: Brc<dyn std::any::Any> =
                Brc::from(Box::new(make()) as Box<dyn std::any::Any>);
            for _ in 0..depth {
                object = Brc::from(Box::new(object) as Box<dyn std::any::Any>);
            }
            drop(object);
        }
        // What those destructors handed over, and what that did in turn.
        brc::merge();
        brc::merge();
        assert_eq!(tally.live(), 0);
        // While a panic unwinds.
        assert!(catches_panic(|| {
            let _object = make();
            panic_quietly();
        }));
        // At the end of a thread.
        let theirs = tally.clone();
        on_thread(move || {
            let object = Brc::new(Runs(f, theirs.clone(), theirs.payload()));
            let gift = object.clone();
            on_thread(move || drop(gift));
            thread_local! { static LAST: RefCell<Option<Brc<Runs>>> = const { RefCell::new(None) } }
            LAST.set(Some(object));
        });
        brc::merge();
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn a_destructor_makes_objects() {
    in_destructors(|tally| {
        let objects: Vec<_> = (0..10).map(|_| Brc::new(tally.payload())).collect();
        drop(objects.clone());
        drop(list(100, tally));
        on_thread(move || drop(objects));
    });
}

#[test]
fn a_destructor_drops_the_objects_of_others() {
    in_destructors(|tally| {
        let theirs = tally.clone();
        let objects = on_thread(move || [Brc::new(theirs.payload()), Brc::new(theirs.payload())]);
        drop(objects.clone());
        drop(objects);
        // Of an owner that waits for us.
        let (give, take) = channel();
        let (ring, bell) = channel::<()>();
        let theirs = tally.clone();
        let owner = spawn(move || {
            give.send(Brc::new(theirs.payload())).unwrap();
            bell.recv().unwrap();
        });
        drop(take.recv().unwrap());
        ring.send(()).unwrap();
        join(owner);
    });
}

#[test]
fn a_destructor_merges_and_detaches() {
    in_destructors(|tally| {
        let objects: Vec<_> = (0..3).map(|_| Brc::new(tally.payload())).collect();
        on_thread(move || drop(objects));
        brc::merge();
        brc::detach(|| {
            brc::merge();
            drop(list(100, tally));
        });
        brc::merge();
    });
}

#[test]
fn a_destructor_starts_threads() {
    in_destructors(|tally| {
        let theirs = tally.clone();
        let object = Brc::new(tally.payload());
        let back = on_thread(move || {
            drop(object);
            Brc::new(theirs.payload())
        });
        drop(back);
        brc::merge();
    });
}

#[test]
fn a_destructor_cannot_upgrade_a_weak_handle_to_its_object() {
    struct Own {
        own: Weak<Own>,
        counted: Counted,
        upgrades: Arc<AtomicUsize>,
    }
    impl Drop for Own {
        fn drop(&mut self) {
            self.counted.check();
            let other = self.own.clone();
            if other.upgrade().is_some() || self.own.upgrade().is_some() {
                self.upgrades.fetch_add(1, SeqCst);
            }
            assert_eq!(self.own.strong_count(), 0);
        }
    }
    type Way = fn(Brc<Own>);
    let ways: [Way; 8] = [
        drop,
        |object| drop((object.clone(), object)),
        |object| {
            Brc::share(&object);
            drop(object);
        },
        |object| {
            on_thread(move || drop(object));
            brc::merge();
        },
        |object| brc::detach(|| drop(object)),
        |object| brc::detach(|| on_thread(move || drop(object))),
        |object| drop(on_thread(|| object)),
        |object| drop(Brc::try_unwrap(object)),
    ];
    for way in ways {
        leaves_nothing(move |tally| {
            let upgrades = Arc::new(AtomicUsize::new(0));
            let own = |own| Own { own, counted: tally.payload(), upgrades: upgrades.clone() };
            way(Brc::new_cyclic(|weak| own(weak.clone())));
            // Biased, with the weak handle put in later.
            let mut object = Brc::new(own(Weak::new()));
            let upgraded = Brc::get_mut(&mut object).unwrap();
            upgraded.own = Weak::new();
            let parts = Brc::new(Mutex::new(Weak::new()));
            *parts.lock().unwrap() = Brc::downgrade(&object);
            way(object);
            assert!(parts.lock().unwrap().upgrade().is_none());
            assert_eq!(upgrades.load(SeqCst), 0);
        });
    }
}

#[test]
fn a_weak_handle_cannot_be_upgraded_while_its_object_waits_to_be_destroyed() {
    leaves_nothing(|tally| {
        let object = Brc::new(tally.payload());
        let weak = Brc::downgrade(&object);
        on_thread(move || drop(object));
        assert!(weak.upgrade().is_some(), "the queue's entry is a reference");
        drop(Brc::new(1)); // merges
        assert_eq!(tally.live(), 1, "on the reap list");
        assert!(weak.upgrade().is_none());
        assert_eq!((weak.strong_count(), weak.weak_count()), (0, 0));
        brc::merge();
        assert_eq!(tally.live(), 0);
    });
}

// ----------------------------------------------------------------------- depth

struct Plain(Option<Brc<Plain>>);

fn plain_list(n: usize, share: bool) -> Option<Brc<Plain>> {
    (0..n).fold(None, |next, _| {
        let node = Brc::new(Plain(next));
        if share {
            Brc::share(&node);
        }
        Some(node)
    })
}

/// A tree in which every node has a long list as well as children.
struct Branch(Vec<Brc<Branch>>);

fn tree(width: usize, depth: usize) -> Brc<Branch> {
    let mut children: Vec<_> = (1..width).map(|_| Brc::new(Branch(Vec::new()))).collect();
    if depth > 0 {
        children.push(tree_below(width, depth));
    }
    Brc::new(Branch(children))
}

/// As deep as that, made without recursion.
fn tree_below(width: usize, depth: usize) -> Brc<Branch> {
    let leaves = || (0..width).map(|_| Brc::new(Branch(Vec::new())));
    (0..depth).fold(Brc::new(Branch(Vec::new())), |below, i| {
        let mut children: Vec<_> = leaves().collect();
        children.insert(i % width, below);
        Brc::new(Branch(children))
    })
}

/// Runs `f` on a thread with a stack of one mebibyte.
fn in_a_mebibyte(f: impl FnOnce() + Send + 'static) {
    join(spawn_with_stack(1 << 20, f));
}

#[test]
fn ten_million_nodes_are_destroyed_in_a_mebibyte_of_stack() {
    let n = size(10_000_000, 1_000_000, 50_000);
    let account = Account::open();
    let nothing_left = |what| assert_eq!(account.live(), (0, 0), "{what}");
    account.on(|| {
        in_a_mebibyte(move || drop(plain_list(n, false)));
        nothing_left("by their owner");
        in_a_mebibyte(move || {
            let list = plain_list(n / 4, true);
            in_a_mebibyte(move || drop(list));
        });
        nothing_left("by another thread, shared");
        in_a_mebibyte(move || {
            let list = plain_list(n / 4, false);
            in_a_mebibyte(move || drop(list));
            brc::merge();
        });
        nothing_left("out of a queue");
        in_a_mebibyte(move || {
            let list = plain_list(n / 4, false);
            in_a_mebibyte(move || drop(list));
        });
        nothing_left("out of a queue, at the end of a thread");
        in_a_mebibyte(move || {
            let list = plain_list(n / 4, false);
            brc::detach(|| in_a_mebibyte(move || drop(list)));
        });
        nothing_left("of a detached owner");
        let list = on_thread(move || plain_list(n / 4, false));
        in_a_mebibyte(move || drop(list));
        nothing_left("of a gone owner");
        in_a_mebibyte(move || drop(tree(10, n / 40)));
        nothing_left("in a tree, wide and deep");
        in_a_mebibyte(move || {
            drop(Brc::new(Branch((0..n / 4).map(|_| Brc::new(Branch(Vec::new()))).collect())));
        });
        nothing_left("in a tree, wide only");
        in_a_mebibyte(move || {
            let lists: Vec<_> = (0..100).map(|_| plain_list(n / 400, false)).collect();
            in_a_mebibyte(move || drop(lists));
            brc::merge();
        });
        nothing_left("many lists in a queue");
        in_a_mebibyte(move || {
            thread_local! { static LIST: RefCell<Option<Brc<Plain>>> = const { RefCell::new(None) } }
            LIST.set(plain_list(n / 4, false));
        });
        nothing_left("in the teardown of a thread");
    });
}

#[test]
fn a_chain_of_merged_objects_is_destroyed_before_drop_returns() {
    struct Chain<'a>(Option<Brc<Chain<'a>>>, &'a AtomicUsize);
    impl Drop for Chain<'_> {
        fn drop(&mut self) {
            self.1.fetch_add(1, SeqCst);
        }
    }
    fn chain(n: usize, died: &AtomicUsize) -> Option<Brc<Chain<'_>>> {
        (0..n).fold(None, |next, _| Some(Brc::new_merged(Chain(next, died))))
    }
    let died = AtomicUsize::new(0);
    drop(chain(10 * DEPTH, &died));
    assert_eq!(died.load(SeqCst), 10 * DEPTH);
    thread::scope(|scope| {
        let died = AtomicUsize::new(0);
        let list = chain(10 * DEPTH, &died);
        thread::scope(|inner| {
            inner.spawn(|| drop(list));
        });
        assert_eq!(died.into_inner(), 10 * DEPTH);
        let _ = scope;
    });
}

/// What a destructor found out about the drop of another object, at some depth.
fn is_destroyed_before_drop_returns(depth: usize, make: fn(Counted) -> Brc<Counted>) -> bool {
    struct Asks(Option<Brc<Counted>>, Tally, Arc<Mutex<Option<bool>>>);
    impl Drop for Asks {
        fn drop(&mut self) {
            let died = self.1.died();
            self.0 = None;
            *self.2.lock().unwrap() = Some(self.1.died() > died);
        }
    }
    struct Nest(Option<Brc<Nest>>, Option<Asks>);
    on_thread(move || {
        let (tally, answer) = (Tally::new(), Arc::default());
        let asks = Asks(Some(make(tally.payload())), tally.clone(), Arc::clone(&answer));
        let innermost = Brc::new(Nest(None, Some(asks)));
        drop((1..depth).fold(innermost, |inner, _| Brc::new(Nest(Some(inner), None))));
        assert_eq!(tally.live(), 0, "the outermost drop leaves nothing behind");
        let answer = answer.lock().unwrap().take();
        answer.expect("the destructor did not run")
    })
}

#[test]
fn only_deep_inside_destructors_may_drop_return_first() {
    for depth in 1..DEPTH {
        assert!(is_destroyed_before_drop_returns(depth, Brc::new), "{depth}");
    }
    for depth in [DEPTH, DEPTH + 1, 2 * DEPTH, 10 * DEPTH] {
        // May or may not; what matters is checked inside.
        is_destroyed_before_drop_returns(depth, Brc::new);
        assert!(is_destroyed_before_drop_returns(depth, Brc::new_merged), "{depth}");
    }
    assert!(!is_destroyed_before_drop_returns(DEPTH, Brc::new), "or the docs are out of date");
}

#[global_allocator]
static LEDGER: Ledger = Ledger;
