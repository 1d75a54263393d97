//! Each trait of another crate, used as that crate uses it.

#![allow(unused_imports, dead_code, reason = "each feature's tests use a part of this")]

mod common;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};
use std::sync::{Barrier, Mutex};
use std::thread;

use brc::{Brc, Locked, UniqueBrc, Weak};
use common::*;

#[global_allocator]
static LEDGER: Ledger = Ledger;

/// Runs `f`, and demands that it frees what it allocates and destroys what it
/// makes, once all threads that it started with [`spawn`] have ended.
fn leaves_nothing(f: impl FnOnce(&Tally) + Send + 'static) {
    let account = Account::open();
    leaves_no_payload(move |tally| account.on(|| f(tally)));
    assert_eq!(account.live(), (0, 0), "blocks and bytes that were not freed");
}

/// As [`leaves_nothing`], for crates that keep memory of their own.
fn leaves_no_payload(f: impl FnOnce(&Tally) + Send + 'static) {
    let tally = Tally::new();
    let on_its_thread = tally.clone();
    on_thread(move || f(&on_its_thread));
    assert_eq!(tally.live(), 0, "not all payloads were destroyed");
}

#[cfg(feature = "serde")]
mod serde {
    use super::*;
    use ::serde::{Deserialize, Serialize, de::DeserializeOwned};
    use std::fmt::Debug;

    fn round_trip<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T, json: &str) {
        assert_eq!(serde_json::to_string(&value).unwrap(), json);
        let back: T = serde_json::from_str(json).unwrap();
        assert_eq!(back, value);
    }

    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Tree {
        name: Brc<str>,
        weights: Brc<[f64]>,
        children: Brc<[Tree]>,
        parent: Option<Brc<String>>,
    }

    #[test]
    fn handles_are_written_and_read_as_their_payloads() {
        round_trip(Brc::new(7_u32), "7");
        round_trip(Brc::new(()), "null");
        round_trip(Brc::new(String::from("a")), "\"a\"");
        round_trip(Brc::<str>::from("a\n"), r#""a\n""#);
        round_trip(Brc::<str>::default(), "\"\"");
        round_trip(Brc::<[u8]>::from([1, 2]), "[1,2]");
        round_trip(Brc::<[Brc<str>]>::from(["x".into()]), "[\"x\"]");
        round_trip(Some(Brc::new(1)), "1");
        let leaf = Tree {
            name: "leaf".into(),
            weights: Brc::from([0.5]),
            children: Brc::from([]),
            parent: Some(Brc::new("root".into())),
        };
        let root =
            Tree { name: "root".into(), weights: [].into(), children: [leaf].into(), parent: None };
        round_trip(
            root,
            concat!(
                r#"{"name":"root","weights":[],"children":[{"name":"leaf","weights":[0.5],"#,
                r#""children":[],"parent":"root"}],"parent":null}"#
            ),
        );
    }

    #[test]
    fn unique_handles_are_written_and_read_as_their_payloads() {
        let mut unique: UniqueBrc<[u8]> = serde_json::from_str("[1,2]").unwrap();
        unique[0] = 9;
        assert_eq!(serde_json::to_string(&unique).unwrap(), "[9,2]");
        let unique: UniqueBrc<str> = serde_json::from_str("\"ab\"").unwrap();
        assert_eq!(&*UniqueBrc::into_brc(unique), "ab");
        let unique: UniqueBrc<Vec<u8>> = serde_json::from_str("[3]").unwrap();
        assert_eq!(UniqueBrc::into_inner(unique), [3]);
    }

    #[test]
    fn what_is_read_is_owned_by_the_reader_and_not_shared() {
        let b: Brc<[Brc<str>]> = serde_json::from_str(r#"["a", "a"]"#).unwrap();
        assert!(Brc::is_owner(&b) && !Brc::ptr_eq(&b[0], &b[1]));
        let name = Brc::<str>::from("a");
        let twice = serde_json::to_string(&[&name, &name]).unwrap();
        assert_eq!(twice, r#"["a","a"]"#);
        assert_eq!(Brc::strong_count(&name), 1);
    }

    #[test]
    fn a_value_that_cannot_be_read_leaves_nothing() {
        leaves_nothing(|_| {
            assert!(serde_json::from_str::<Brc<u8>>("\"a\"").is_err());
            assert!(serde_json::from_str::<Brc<str>>("[]").is_err());
            assert!(serde_json::from_str::<Brc<[Brc<u8>]>>("[1, 2, 3, 1000]").is_err());
            assert!(serde_json::from_str::<UniqueBrc<[String]>>("[\"a\", 1]").is_err());
        });
    }
}

#[cfg(feature = "archery")]
mod archery {
    use super::*;
    use ::archery::{SharedPointer, SharedPointerKind};
    use brc::interop::archery::{BiasedBrcK, MergedBrcK, StaticPayloads};
    use rpds::{HashTrieMap, List, RedBlackTreeMap, Vector};
    use std::collections::hash_map::RandomState;
    use std::sync::mpsc::channel;

    enum ThisTest {}
    // SAFETY: the tests below use this kind for payloads without lifetimes only.
    unsafe impl StaticPayloads for ThisTest {}
    type Biased = BiasedBrcK<ThisTest>;

    /// Makes a test of each of these, once for each kind, which must leave nothing.
    macro_rules! for_both_kinds {
        ($($name:ident)*) => {
            mod merged {
                $(#[test] fn $name() {
                    super::super::leaves_nothing(super::$name::<super::MergedBrcK>);
                })*
            }
            mod biased {
                $(#[test] fn $name() {
                    super::super::leaves_nothing(super::$name::<super::Biased>);
                })*
            }
        };
    }

    for_both_kinds! {
        pointers_by_themselves
        a_panic_while_cloning_leaves_the_pointer
        lists vectors hash_maps tree_maps
        collections_grow_and_shrink_on_many_threads
        collections_outlive_the_thread_that_made_them
    }

    fn pointers_by_themselves<P: SharedPointerKind>(tally: &Tally) {
        type Pointer<P> = SharedPointer<Counted, P>;
        let mut p: Pointer<P> = SharedPointer::new(tally.payload());
        SharedPointer::get_mut(&mut p).expect("not shared").check();
        let mut q = p.clone();
        assert_eq!(SharedPointer::strong_count(&p), 2);
        assert!(SharedPointer::ptr_eq(&p, &q));
        assert_eq!(SharedPointer::as_ptr(&p), &raw const *q);
        assert!(SharedPointer::get_mut(&mut p).is_none());
        let Err(p) = SharedPointer::try_unwrap(p) else { panic!("moved out while shared") };
        p.check();

        // Shared: cloned into an object of its own.
        SharedPointer::make_mut(&mut q).check();
        assert!(!SharedPointer::ptr_eq(&p, &q));
        assert_eq!(tally.live(), 2);
        // Not shared: in place.
        let before = SharedPointer::as_ptr(&q);
        SharedPointer::make_mut(&mut q).check();
        assert_eq!(SharedPointer::as_ptr(&q), before);
        drop(SharedPointer::try_unwrap(q).expect("not shared"));
        assert_eq!(tally.live(), 1);
        drop(p);
        assert_eq!(tally.live(), 0);

        let boxed: Pointer<P> = SharedPointer::from(Box::new(tally.payload()));
        boxed.check();
        let pinned = SharedPointer::<_, P>::pin(tally.payload());
        pinned.check();
        drop(pinned.clone());
        assert_eq!(tally.live(), 2);
        assert_eq!(*SharedPointer::<u8, P>::default(), 0);
        #[derive(Clone)]
        #[repr(align(64))]
        struct Wide(u8);
        let mut wide = SharedPointer::<_, P>::new(Wide(1));
        let other = wide.clone();
        SharedPointer::make_mut(&mut wide).0 = 2;
        assert_eq!((wide.0, other.0), (2, 1));
    }

    fn a_panic_while_cloning_leaves_the_pointer<P: SharedPointerKind>(tally: &Tally) {
        struct Bad(Counted);
        impl Clone for Bad {
            fn clone(&self) -> Self {
                panic_quietly()
            }
        }
        let mut p = SharedPointer::<_, P>::new(Bad(tally.payload()));
        let q = p.clone();
        assert!(catches_panic(|| {
            SharedPointer::make_mut(&mut p);
        }));
        p.0.check();
        assert!(SharedPointer::ptr_eq(&p, &q));
        assert_eq!(SharedPointer::strong_count(&p), 2);
    }

    fn lists<P: SharedPointerKind>(tally: &Tally) {
        let mut list: List<Counted, P> = List::new_with_ptr_kind();
        for _ in 0..100 {
            list.push_front_mut(tally.payload());
        }
        let tail = list.drop_first().expect("not empty");
        assert_eq!((list.len(), tail.len()), (100, 99));
        drop(list);
        assert_eq!(tally.live(), 99);
        tail.iter().for_each(Counted::check);
        let more = tail.push_front(tally.payload());
        drop(tail);
        assert_eq!(more.reverse().iter().count(), 100);
    }

    fn vectors<P: SharedPointerKind>(tally: &Tally) {
        let mut vector: Vector<Counted, P> = Vector::new_with_ptr_kind();
        for _ in 0..200 {
            vector.push_back_mut(tally.payload());
        }
        assert_eq!(tally.live(), 200, "changed in place, as nobody shares it");
        let before = vector.clone();
        vector.set_mut(7, tally.payload());
        let shorter = vector.drop_last().expect("not empty");
        assert_eq!((before.len(), vector.len(), shorter.len()), (200, 200, 199));
        for vector in [&before, &vector, &shorter] {
            vector.iter().for_each(Counted::check);
        }
    }

    fn hash_maps<P: SharedPointerKind>(tally: &Tally) {
        let mut map: HashTrieMap<u32, Counted, P> =
            HashTrieMap::new_with_hasher_and_ptr_kind(RandomState::new());
        for i in 0..200 {
            map.insert_mut(i, tally.payload());
        }
        let before = map.clone();
        for i in 0..100 {
            assert!(map.remove_mut(&(2 * i)));
        }
        assert_eq!((before.size(), map.size()), (200, 100));
        assert!(map.get(&1).is_some() && map.get(&2).is_none());
        before.values().for_each(Counted::check);
        drop(before);
        map.values().for_each(Counted::check);
    }

    fn tree_maps<P: SharedPointerKind>(tally: &Tally) {
        let mut map: RedBlackTreeMap<u32, Counted, P> = RedBlackTreeMap::new_with_ptr_kind();
        for i in (0..200).rev() {
            map.insert_mut(i, tally.payload());
        }
        let before = map.clone();
        for i in 0..100 {
            assert!(map.remove_mut(&(2 * i)));
        }
        assert!(before.keys().copied().eq(0..200));
        assert!(map.keys().copied().eq((0..200).filter(|i| i % 2 == 1)));
        map.values().for_each(Counted::check);
    }

    /// A version of each collection.
    struct All<P: SharedPointerKind> {
        list: List<Counted, P>,
        vector: Vector<Counted, P>,
        hash_map: HashTrieMap<usize, Counted, P>,
        tree_map: RedBlackTreeMap<usize, Counted, P>,
    }

    impl<P: SharedPointerKind> All<P> {
        fn new() -> Self {
            Self {
                list: List::new_with_ptr_kind(),
                vector: Vector::new_with_ptr_kind(),
                hash_map: HashTrieMap::new_with_hasher_and_ptr_kind(RandomState::new()),
                tree_map: RedBlackTreeMap::new_with_ptr_kind(),
            }
        }

        fn step(&mut self, n: usize, tally: &Tally) {
            self.list.push_front_mut(tally.payload());
            self.vector.push_back_mut(tally.payload());
            self.hash_map.insert_mut(n % 50, tally.payload());
            self.tree_map.insert_mut(n % 50, tally.payload());
            if n.is_multiple_of(3) {
                self.list.drop_first_mut();
                self.vector.drop_last_mut();
                self.hash_map.remove_mut(&(n / 2 % 50));
                self.tree_map.remove_mut(&(n / 2 % 50));
            }
        }

        fn check(&self) {
            self.list.iter().for_each(Counted::check);
            self.vector.iter().for_each(Counted::check);
            self.hash_map.values().for_each(Counted::check);
            self.tree_map.values().for_each(Counted::check);
        }
    }

    impl<P: SharedPointerKind> Clone for All<P> {
        fn clone(&self) -> Self {
            Self {
                list: self.list.clone(),
                vector: self.vector.clone(),
                hash_map: self.hash_map.clone(),
                tree_map: self.tree_map.clone(),
            }
        }
    }

    /// Each thread makes versions, gives them to the next, and takes those of
    /// the one before apart.
    fn collections_grow_and_shrink_on_many_threads<P>(tally: &Tally)
    where
        P: SharedPointerKind + Send + Sync + 'static,
    {
        const THREADS: usize = 3;
        let steps = size(300, 100, 20);
        let (gives, takes): (Vec<_>, Vec<_>) = (0..THREADS).map(|_| channel::<All<P>>()).unzip();
        let mut start = All::<P>::new();
        (0..50).for_each(|n| start.step(n, tally));
        let mut gives = gives.into_iter().cycle().skip(1).take(THREADS).collect::<Vec<_>>();
        let threads: Vec<_> = takes
            .into_iter()
            .map(|take| {
                let (give, mut mine, tally) = (gives.remove(0), start.clone(), tally.clone());
                spawn(move || {
                    for n in 0..steps {
                        mine.step(n, &tally);
                        // Nobody may be there any more.
                        let _ = give.send(mine.clone());
                        if let Ok(mut theirs) = take.try_recv() {
                            theirs.step(n, &tally);
                            theirs.check();
                            if n.is_multiple_of(2) {
                                mine = theirs;
                            }
                        }
                    }
                    mine.check();
                })
            })
            .collect();
        drop(start);
        threads.into_iter().for_each(join);
    }

    fn collections_outlive_the_thread_that_made_them<P>(tally: &Tally)
    where
        P: SharedPointerKind + Send + Sync + 'static,
    {
        let maker = tally.clone();
        let mut all = on_thread(move || {
            let mut all = All::<P>::new();
            (0..100).for_each(|n| all.step(n, &maker));
            all
        });
        let version = all.clone();
        let changer = tally.clone();
        let theirs = on_thread(move || {
            (0..100).for_each(|n| all.step(n, &changer));
            all
        });
        version.check();
        drop(version);
        theirs.check();
        drop(theirs);
        brc::merge();
        assert_eq!(tally.live(), 0, "the owner is gone, so nobody is waited for");
    }

    #[test]
    fn merged_kinds_may_borrow_and_destroy_at_once() {
        struct Borrows<'a>(&'a AtomicUsize);
        impl Drop for Borrows<'_> {
            fn drop(&mut self) {
                self.0.fetch_add(1, SeqCst);
            }
        }
        let dropped = AtomicUsize::new(0);
        thread::scope(|s| {
            let mut list: List<Borrows<'_>, MergedBrcK> = List::new_with_ptr_kind();
            for _ in 0..10 {
                list.push_front_mut(Borrows(&dropped));
            }
            let other = list.clone();
            s.spawn(move || drop(other)).join().unwrap();
            assert_eq!(dropped.load(SeqCst), 0);
            drop(list);
            assert_eq!(dropped.load(SeqCst), 10, "not destroyed in the drop");
        });
        let text = String::from("b a");
        let words: RedBlackTreeMap<&str, usize, MergedBrcK> = {
            let pairs = text.split(' ').enumerate();
            pairs.fold(RedBlackTreeMap::new_with_ptr_kind(), |map, (n, word)| map.insert(word, n))
        };
        assert!(words.iter().eq([(&"a", &1), (&"b", &0)]));
        let mut p: SharedPointer<&str, MergedBrcK> = SharedPointer::new(text.as_str());
        let q = p.clone();
        *SharedPointer::make_mut(&mut p) = &text[2..];
        assert_eq!((*p, *q), ("a", "b a"));
        fn shorten<'a>(
            p: SharedPointer<&'static str, MergedBrcK>,
        ) -> SharedPointer<&'a str, MergedBrcK> {
            p
        }
        assert_eq!(*shorten(SharedPointer::new("x")), "x");
    }

    #[test]
    fn the_kinds_count_as_they_say() {
        // By the header in front of the payload.
        fn is_merged<P: SharedPointerKind>(p: &SharedPointer<u8, P>) -> bool {
            let payload = SharedPointer::as_ptr(p);
            // SAFETY: the payload of a `Brc`, in front of which its header stands.
            let header = unsafe { payload.cast::<brc::header::Header>().sub(1) };
            // SAFETY: `p` keeps both.
            unsafe { &*header }.is_merged()
        }
        assert!(is_merged(&SharedPointer::<_, MergedBrcK>::new(1)));
        assert!(!is_merged(&SharedPointer::<_, Biased>::new(1)));
        let mut copy = SharedPointer::<_, Biased>::new(1);
        let _other = copy.clone();
        *SharedPointer::make_mut(&mut copy) = 2;
        assert!(!is_merged(&copy), "a copy of what is biased is biased");
    }
}

#[cfg(feature = "arc-swap")]
mod arc_swap {
    use super::*;
    use ::arc_swap::{ArcSwapAny, RefCnt};
    use std::pin::Pin;
    use std::ptr;

    /// With the default strategy.
    type Swap<T> = ArcSwapAny<T>;

    #[test]
    fn load_store_swap_and_compare() {
        leaves_no_payload(|tally| {
            let swap = Swap::new(Brc::new(tally.payload()));
            swap.load().check();
            let full = swap.load_full();
            let second = Brc::new(tally.payload());
            let first = swap.swap(second.clone());
            assert!(Brc::ptr_eq(&first, &full));
            let failed = swap.compare_and_swap(&first, Brc::new(tally.payload()));
            assert!(Brc::ptr_eq(&failed, &second), "compared with one that is gone");
            drop(failed);
            let guard = swap.load();
            swap.store(first.clone());
            guard.check(); // keeps the second
            drop((second, full));
            assert_eq!(tally.live(), 2);
            drop(guard);
            assert_eq!(tally.live(), 1);
            assert!(Brc::ptr_eq(&swap.into_inner(), &first));
        });
    }

    #[test]
    fn nothing_can_be_stored() {
        leaves_no_payload(|tally| {
            let swap: Swap<Option<Brc<Counted>>> = Swap::new(None);
            assert!(swap.load().is_none());
            swap.store(Some(Brc::new(tally.payload())));
            swap.load().as_ref().expect("stored").check();
            let old = swap.swap(None).expect("stored");
            assert_eq!(Brc::strong_count(&old), 1);
            assert!(swap.load_full().is_none());
        });
    }

    #[test]
    fn payloads_without_size_have_addresses_of_their_own() {
        let (a, b) = (Brc::new(()), Brc::new(()));
        assert_ne!(<Brc<()> as RefCnt>::as_ptr(&a), RefCnt::as_ptr(&b));
        let swap = Swap::new(a.clone());
        assert!(Brc::ptr_eq(&swap.swap(b.clone()), &a));
        assert!(Brc::ptr_eq(&swap.load(), &b));
    }

    #[test]
    fn pinned_handles_stay_where_they_are() {
        leaves_no_payload(|tally| {
            let pinned = Brc::pin(tally.payload());
            let address = ptr::from_ref(&*pinned);
            assert_eq!(RefCnt::as_ptr(&pinned).cast_const(), address);
            let swap = Swap::new(pinned);
            assert_eq!(ptr::from_ref(&**swap.load()), address);
            let old: Pin<Brc<Counted>> = swap.swap(Brc::pin(tally.payload()));
            assert_eq!(ptr::from_ref(&*old), address);
            drop(swap);
            old.check();
        });
    }

    /// Writers replace what readers load. All kinds of objects take turns:
    /// those of the writer, merged and immortal ones.
    #[test]
    fn readers_and_writers_on_threads() {
        let rounds = size(20_000, 4_000, 100);
        leaves_no_payload(move |tally| {
            let swap = Brc::new_merged(Swap::new(Brc::new((0, tally.payload()))));
            let done = Brc::new_merged(AtomicBool::new(false));
            let readers = [0, 1, 2].map(|kind| {
                let (swap, done) = (swap.clone(), done.clone());
                spawn(move || {
                    let mut last = 0;
                    let mut kept = Vec::new();
                    while !done.load(SeqCst) {
                        let guard = swap.load();
                        guard.1.check();
                        assert!(last <= guard.0, "went back in time");
                        last = guard.0;
                        match kind {
                            0 => drop(guard),
                            1 => drop(swap.load_full().clone()),
                            _ => kept.push(guard),
                        }
                        if kept.len() == 10 {
                            kept.drain(..5).for_each(|guard| guard.1.check());
                        }
                    }
                })
            });
            let writer = spawn({
                let (swap, tally) = (swap.clone(), tally.clone());
                move || {
                    for n in 1..=rounds {
                        let payload = (n, tally.payload());
                        let new = match n % 3 {
                            0 => Brc::new_merged(payload),
                            _ => Brc::new(payload),
                        };
                        if n.is_multiple_of(2) {
                            swap.store(new);
                        } else {
                            assert_eq!(swap.swap(new).0, n - 1);
                        }
                    }
                }
            });
            join(writer);
            done.store(true, SeqCst);
            readers.into_iter().for_each(join);
            assert_eq!(swap.load().0, rounds);
        });
    }

    #[test]
    fn read_copy_update_on_threads_loses_nothing() {
        let rounds = size(5_000, 1_000, 50);
        leaves_no_payload(move |tally| {
            let swap = Brc::new_merged(Swap::new(Brc::new((0, tally.payload()))));
            let threads = [(); 3].map(|()| {
                let (swap, tally) = (swap.clone(), tally.clone());
                spawn(move || {
                    for _ in 0..rounds {
                        swap.rcu(|old| Brc::new((old.0 + 1, tally.payload())));
                    }
                })
            });
            threads.into_iter().for_each(join);
            assert_eq!(swap.load().0, 3 * rounds);
        });
    }

    #[test]
    fn read_copy_update_of_nothing() {
        let swap: Swap<Option<Brc<usize>>> = Swap::new(None);
        thread::scope(|s| {
            for _ in 0..3 {
                s.spawn(|| {
                    for _ in 0..100 {
                        swap.rcu(|old| Some(Brc::new(old.as_ref().map_or(1, |old| **old + 1))));
                    }
                });
            }
        });
        assert_eq!(swap.load().as_deref(), Some(&300));
    }
}

#[cfg(feature = "stable_deref_trait")]
mod stable_deref {
    use super::*;
    use ::stable_deref_trait::{CloneStableDeref, StableDeref};
    use std::ops::Deref;

    /// What `owning_ref`, `yoke` and the like do: a reference into what a
    /// pointer points at, beside the pointer.
    struct Beside<P: StableDeref<Target = str>> {
        pointer: P,
        first_word: *const str,
    }

    impl<P: StableDeref<Target = str>> Beside<P> {
        fn new(pointer: P) -> Self {
            let first_word = pointer.split(' ').next().unwrap_or("");
            Self { first_word: std::ptr::from_ref(first_word), pointer }
        }

        fn first_word(&self) -> &str {
            // SAFETY: `StableDeref`: the string is where it was, and the
            // pointer, which keeps it, is still here.
            unsafe { &*self.first_word }
        }
    }

    impl<P: CloneStableDeref<Target = str>> Clone for Beside<P> {
        fn clone(&self) -> Self {
            // `CloneStableDeref`: the clone points at the same string.
            Self { pointer: self.pointer.clone(), first_word: self.first_word }
        }
    }

    #[test]
    fn references_stay_good_when_the_handle_moves() {
        let beside = Beside::new(Brc::<str>::from("one two"));
        let moved = Box::new(vec![beside]);
        let clone = moved[0].clone();
        drop(moved);
        assert_eq!(clone.first_word(), "one");
        let there = UniqueBrc::<str>::from("three four");
        let beside = Box::new(Beside::new(there));
        assert_eq!(beside.first_word(), "three");
        let shared = UniqueBrc::into_brc(beside.pointer);
        assert_eq!(&*shared, "three four");
    }

    #[test]
    fn handles_of_all_shapes_are_stable() {
        fn is_stable<P: StableDeref>(p: P) -> P {
            let before = std::ptr::from_ref(&*p).cast::<u8>();
            let moved = Box::new(p);
            assert_eq!(before, std::ptr::from_ref(&**moved).cast());
            *moved
        }
        fn clones_are_stable<P: CloneStableDeref>(p: P) {
            let clone = p.clone();
            assert!(std::ptr::addr_eq(&raw const *p, &raw const *clone));
        }
        clones_are_stable(is_stable(Brc::new(1)));
        clones_are_stable(is_stable(Brc::new_merged(())));
        clones_are_stable(is_stable(Brc::immortal([1, 2])));
        clones_are_stable(is_stable(Brc::<[u8]>::from([1, 2])));
        clones_are_stable(is_stable(Brc::<dyn std::fmt::Debug>::from(
            Box::new(1) as Box<dyn std::fmt::Debug>
        )));
        is_stable(UniqueBrc::new(1));
        is_stable(UniqueBrc::<[u8]>::from([1, 2]));
    }
}

#[cfg(feature = "unsize")]
mod unsize {
    use super::*;
    use ::unsize::{CoerceUnsize, Coercion};
    use std::any::Any;
    use std::fmt::{Debug, Display};

    /// `unsize` goes through `&mut T` here, whose pointer must not become the
    /// handle's: it does not reach the header.
    #[test]
    fn a_pinned_unique_handle_keeps_its_own_pointer() {
        let pinned: std::pin::Pin<UniqueBrc<[u8; 2]>> = std::pin::Pin::new(UniqueBrc::new([1, 2]));
        let pinned: std::pin::Pin<UniqueBrc<[u8]>> = pinned.unsize(Coercion::to_slice());
        let shared: Brc<[u8]> = UniqueBrc::into_brc(std::pin::Pin::into_inner(pinned));
        assert_eq!(*shared, [1, 2]);
    }

    trait Animal: Send + Sync {
        fn name(&self) -> &str;
    }

    struct Dog(String, Counted);

    impl Animal for Dog {
        fn name(&self) -> &str {
            self.1.check();
            &self.0
        }
    }

    fn dog(tally: &Tally) -> Dog {
        Dog("dog".into(), tally.payload())
    }

    #[test]
    fn a_sized_payload_becomes_a_trait_object() {
        leaves_nothing(|tally| {
            let sized = Brc::new(dog(tally));
            let animal: Brc<dyn Animal> = sized.clone().unsize(Coercion!(to dyn Animal));
            assert!(std::ptr::addr_eq(Brc::as_ptr(&sized), Brc::as_ptr(&animal)));
            assert_eq!((animal.name(), Brc::strong_count(&sized)), ("dog", 2));
            drop(sized);
            // The last handle is one of the trait object, on another thread.
            join(spawn(move || drop(animal)));
            brc::merge();
            // Not destroyed by us: our handles were of another type, and it
            // was in our queue until now.
            assert_eq!(tally.live(), 0);
        });
    }

    #[test]
    fn weak_handles_are_coerced_too() {
        leaves_nothing(|tally| {
            let sized = Brc::new(dog(tally));
            let weak: Weak<dyn Animal> = Brc::downgrade(&sized).unsize(Coercion!(to dyn Animal));
            assert_eq!(weak.upgrade().expect("alive").name(), "dog");
            assert_eq!(Brc::weak_count(&sized), 1);
            drop(sized);
            assert!(weak.upgrade().is_none());
            assert_eq!(tally.live(), 0);
            let none: Weak<dyn Animal> = Weak::<Dog>::new().unsize(Coercion!(to dyn Animal));
            assert!(none.upgrade().is_none() && none.clone().upgrade().is_none());
            assert_eq!((none.strong_count(), none.weak_count()), (0, 0));
            let none: Weak<[u8]> = Weak::<[u8; 3]>::new().unsize(Coercion::to_slice());
            assert!(none.upgrade().is_none());
        });
    }

    #[test]
    fn unique_handles_are_coerced_before_they_are_shared() {
        leaves_nothing(|tally| {
            let unique: UniqueBrc<dyn Animal> =
                UniqueBrc::new(dog(tally)).unsize(Coercion!(to dyn Animal));
            let animal = UniqueBrc::into_brc(unique);
            assert!(Brc::is_owner(&animal));
            assert_eq!(animal.name(), "dog");
            let dropped: UniqueBrc<dyn Any> =
                UniqueBrc::new(tally.payload()).unsize(Coercion::to_any());
            drop(dropped);
            assert_eq!(tally.live(), 1);
        });
    }

    #[test]
    fn arrays_become_slices() {
        leaves_nothing(|tally| {
            let array = Brc::new([(); 3].map(|()| tally.payload()));
            let slice: Brc<[Counted]> = array.clone().unsize(Coercion::to_slice());
            assert_eq!((slice.len(), Brc::strong_count(&array)), (3, 2));
            drop(array);
            slice.iter().for_each(Counted::check);
            let mut empty: Brc<[u8]> = Brc::new([]).unsize(Coercion::to_slice());
            assert!(Brc::get_mut(&mut empty).expect("not shared").is_empty());
        });
    }

    #[test]
    fn overaligned_and_locked_payloads_are_coerced() {
        #[derive(Debug)]
        #[repr(align(256))]
        #[expect(dead_code, reason = "only shown")]
        struct Wide(u8);
        let wide: Brc<dyn Debug> = Brc::new(Wide(3)).unsize(Coercion::to_debug());
        assert_eq!(format!("{wide:?}"), "Wide(3)");
        drop(wide);
        let locked = Brc::new(Locked::new([2, 1]));
        // SAFETY: an unsizing coercion of the pointer, nothing else.
        let to_slice =
            unsafe { Coercion::new(|p: *const Locked<[i32; 2]>| p as *const Locked<[i32]>) };
        let slice: Brc<Locked<[i32]>> = locked.clone().unsize(to_slice);
        slice.lock().sort_unstable();
        assert_eq!(*locked.lock(), [1, 2]);
        let guard = locked.lock();
        assert!(slice.try_lock().is_none(), "one object, one lock");
        drop(guard);
    }

    #[test]
    fn payloads_that_borrow_are_coerced() {
        let text = String::from("x");
        let shown: Brc<dyn Display + '_> =
            Brc::new_merged(text.as_str()).unsize(Coercion!(to dyn Display));
        assert_eq!(shown.to_string(), "x");
    }
}
