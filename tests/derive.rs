//! `#[derive(Trace)]`, and `Trace` for the types of std.
#![cfg(feature = "gc")]
// What the derive emits is the macro's own: this does not see its `unsafe impl`.
#![forbid(elided_lifetimes_in_paths, missing_debug_implementations)]

use std::borrow::Cow;
use std::collections::*;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::num::Wrapping;
use std::ops::Bound;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU8, AtomicUsize};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, RwLock};
use std::thread;

use brc::{Brc, Finalize, Gc, Locked, Mutator, Trace, Tracer, heap};

/// What a handle points at.
#[derive(Trace, Debug)]
struct Leaf(u8);

/// Runs a test with a source of handles, each of an object of its own.
fn with_handles(f: impl FnOnce(&dyn Fn() -> Gc<Leaf>)) {
    heap::attach(|m| {
        let m: &Mutator = m;
        f(&|| m.alloc(Leaf(1)));
    })
    .unwrap();
}

fn edges<T: Trace + ?Sized>(value: &T) -> Vec<NonNull<()>> {
    // SAFETY: no test changes a value that it traces.
    unsafe { brc::__private::edges(value) }
}

/// How many handles a value reports, of different objects.
#[track_caller]
fn count<T: Trace + ?Sized>(value: &T) -> usize {
    let edges = edges(value);
    let distinct: HashSet<_> = edges.iter().collect();
    assert_eq!(distinct.len(), edges.len(), "one is reported twice");
    assert!(!T::ACYCLIC || edges.is_empty(), "it says that it reports nothing");
    edges.len()
}

const fn acyclic<T: Trace + ?Sized>() -> bool {
    T::ACYCLIC
}

// ---------------------------------------------------------------- shapes

#[derive(Trace)]
struct Unit;

#[derive(Trace)]
struct Tuple(Gc<Leaf>, u8, Option<Gc<Leaf>>);

#[derive(Trace)]
struct Named {
    name: String,
    first: Gc<Leaf>,
    rest: Vec<Gc<Leaf>>,
}

#[derive(Trace)]
enum Choice {
    Nothing,
    One(Gc<Leaf>),
    Several {
        n: u8,
        them: [Gc<Leaf>; 3],
    },
    #[trace(skip)]
    Hidden(Gc<Leaf>),
}

#[derive(Trace)]
enum Never {}

#[test]
fn every_field_is_reported_once() {
    with_handles(|new| {
        assert_eq!(count(&Unit), 0);
        assert_eq!(count(&Tuple(new(), 1, Some(new()))), 2);
        assert_eq!(count(&Tuple(new(), 1, None)), 1);
        let named = Named { name: "x".into(), first: new(), rest: vec![new(), new()] };
        assert_eq!((count(&named), &*named.name), (3, "x"));
        assert_eq!(count(&Choice::Nothing), 0);
        assert_eq!(count(&Choice::One(new())), 1);
        let several = Choice::Several { n: 3, them: [new(), new(), new()] };
        assert_eq!(count(&several), 3);
        assert!(matches!(several, Choice::Several { n: 3, .. }));
        let hidden = Choice::Hidden(new());
        assert_eq!(count(&hidden), 0);
        assert!(matches!(hidden, Choice::Hidden(leaf) if count(&leaf) == 1));
        assert_eq!(count(&None::<Never>), 0);
    });
}

#[test]
fn an_edge_is_the_address_of_the_payload() {
    heap::attach(|m| {
        let leaf = m.alloc(Leaf(7));
        let payload = NonNull::from(leaf.get(m)).cast();
        assert_eq!(leaf.get(m).0, 7);
        assert_eq!(edges(&Some(leaf)), [payload]);
    })
    .unwrap();
}

#[test]
fn two_handles_of_one_object_are_two_edges() {
    with_handles(|new| {
        let one = new();
        assert_eq!(edges(&[one.clone(), one]).len(), 2);
    });
}

#[test]
fn what_is_reported_is_the_same_each_time() {
    with_handles(|new| {
        let map: HashMap<u32, Gc<Leaf>> = (0..100).map(|n| (n, new())).collect();
        assert_eq!(edges(&map), edges(&map));
        assert_eq!(count(&map), 100);
    });
}

// ---------------------------------------------------------------- attributes

/// Not `Trace`, and need not be.
struct Foreign;

impl Drop for Foreign {
    fn drop(&mut self) {}
}

#[derive(Trace)]
struct Skips {
    #[trace(skip)]
    foreign: Option<Foreign>,
    #[trace(skip)]
    handle: Gc<Leaf>,
    borrowed: Option<fn(u8) -> u8>,
    /// No impl covers this signature; its form says that it owns nothing.
    of_borrows: for<'a> fn(&'a Foreign, &'a str) -> &'a str,
}

const _: () = assert!(acyclic::<Skips>());

#[test]
fn what_is_skipped_is_not_reported_and_need_not_be_traceable() {
    with_handles(|new| {
        let skips = Skips {
            foreign: Some(Foreign),
            handle: new(),
            borrowed: None,
            of_borrows: |_, text| text,
        };
        assert_eq!(count(&skips), 0);
        let _ = (&skips.handle, (skips.of_borrows)(&Foreign, "x"), skips.borrowed);
        assert!(skips.foreign.is_some());
    });
}

#[derive(Trace)]
#[trace(finalize)]
struct Finalized<T> {
    runs: AtomicUsize,
    value: T,
}

impl<T> Finalize for Finalized<T> {
    fn finalize(&self, _: &Mutator) {
        self.runs.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }
}

const _: () = assert!(Finalized::<u8>::FINALIZE.is_some());
const _: () = assert!(Unit::FINALIZE.is_none());
// The heap does not finalize what is inside of a payload.
const _: () = assert!(<Vec<Finalized<u8>>>::FINALIZE.is_none());

#[test]
fn the_finalizer_is_that_of_the_type() {
    heap::attach(|m| {
        let object = m.alloc(Finalized { runs: AtomicUsize::new(0), value: () });
        let value = object.get(m);
        Finalized::<()>::FINALIZE.unwrap()(value, object.local(m), m);
        assert_eq!(value.runs.load(std::sync::atomic::Ordering::Relaxed), 1);
        let () = value.value;
    })
    .unwrap();
}

#[test]
fn what_may_be_unsized_is_finalized() {
    heap::attach(|m| {
        let runs = Arc::new(AtomicUsize::new(0));
        let object = UnsizedFinalized { runs: runs.clone(), tail: [1_u8, 2] };
        let slice: Gc<UnsizedFinalized<[u8]>> = m.alloc_dyn(object, |object| object);
        assert_eq!(slice.get(m).tail, [1, 2]);
        drop(slice);
        assert_eq!(runs.load(std::sync::atomic::Ordering::Relaxed), 1);
    })
    .unwrap();
}

#[derive(Trace)]
#[trace(cyclic)]
struct Even(Option<Box<Odd>>, Option<Gc<Leaf>>);

#[derive(Trace)]
struct Odd(Option<Box<Even>>);

const _: () = assert!(!acyclic::<Even>() && !acyclic::<Odd>());

#[test]
fn types_that_contain_each_other_need_one_to_be_marked() {
    with_handles(|new| {
        let odd = Odd(Some(Box::new(Even(None, Some(new())))));
        assert_eq!(count(&Even(Some(Box::new(odd)), Some(new()))), 2);
    });
}

mod elsewhere {
    pub(crate) mod inner {
        pub(crate) use ::brc as renamed;
    }
}

#[derive(Trace)]
#[trace(crate = "crate::elsewhere::inner::renamed", bound = "")]
struct ByPath(Gc<Leaf>);

#[test]
fn the_crate_may_have_another_path() {
    with_handles(|new| assert_eq!(count(&ByPath(new())), 1));
}

/// Nothing that the derive emits depends on what is in scope.
mod names_of_the_prelude_mean_something_else {
    #![allow(dead_code, non_camel_case_types, reason = "to shadow")]
    #![forbid(unsafe_code)]
    #![deny(warnings, clippy::all, clippy::pedantic)]

    mod brc {}
    mod core {}
    mod std {}
    struct Option;
    struct Some;
    struct bool;
    trait Trace {}
    trait Tracer {}
    trait Finalize {}

    #[derive(::brc::Trace)]
    #[trace(finalize)]
    pub(super) enum Value {
        Int(u8),
        Handle { r#type: ::brc::Gc<super::Leaf> },
    }

    impl ::brc::Finalize for Value {
        fn finalize(&self, _: &::brc::Mutator) {}
    }
}

#[test]
fn shadowed_names_do_no_harm() {
    use names_of_the_prelude_mean_something_else::Value;
    with_handles(|new| {
        assert_eq!(count(&Value::Int(1)), 0);
        assert_eq!(count(&Value::Handle { r#type: new() }), 1);
    });
}

// ---------------------------------------------------------------- generics

#[derive(Trace)]
struct Generic<T, U: Debug = u8, const N: usize = 2>
where
    T: Clone,
{
    pairs: [(T, U); N],
    marker: PhantomData<fn() -> Foreign>,
}

#[derive(Trace)]
struct List<T> {
    value: T,
    next: Option<Box<List<T>>>,
}

#[derive(Trace)]
enum Tree<T> {
    Leaf(T),
    Node(Vec<Self>),
}

#[derive(Trace)]
struct Unsized<T: ?Sized> {
    n: u8,
    tail: T,
}

/// Only if it is sized it has `Trace`. Handles to it may show something else.
#[derive(Trace)]
#[trace(finalize)]
struct UnsizedFinalized<T: ?Sized> {
    runs: Arc<AtomicUsize>,
    tail: T,
}

impl<T: ?Sized> Finalize for UnsizedFinalized<T> {
    fn finalize(&self, _: &Mutator) {
        self.runs.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }
}

/// `T` needs no `Trace` where no field that is seen mentions it.
#[derive(Trace)]
struct Id<T> {
    n: u32,
    of: PhantomData<T>,
    #[trace(skip)]
    cache: Option<T>,
    make: fn() -> T,
}

mod other {
    #[derive(brc::Trace)]
    pub(crate) struct T(pub(crate) u8);
}

/// Another `T` than the parameter.
#[derive(Trace)]
struct Namesake<T>(other::T, PhantomData<T>);

/// A bound on `I` would say nothing about what it gives.
#[derive(Trace)]
struct Peeked<I: Iterator> {
    #[trace(skip)]
    rest: I,
    peeked: Option<I::Item>,
    held: Vec<<I as Iterator>::Item>,
}

#[derive(Trace)]
#[trace(bound = "")]
struct Handle<T: ?Sized>(Gc<T>);

#[derive(Trace)]
struct NextTo<T: Trace + 'static> {
    it: Locked<Option<Gc<NextTo<T>>>>,
    value: T,
}

/// One value of the lifetime, so it is no parameter.
#[derive(Trace)]
struct Static<'a: 'static, 'b>(&'a str, &'b str)
where
    'b: 'static;

#[test]
fn generic_types_report_what_their_arguments_do() {
    with_handles(|new| {
        let pairs = [(Some(new()), 1), (None, 2)];
        assert_eq!(count(&Generic { pairs, marker: PhantomData }), 1);
        let last = List { value: new(), next: None };
        let list = List { value: new(), next: Some(Box::new(last)) };
        assert_eq!(count(&list), 2);
        let tree = Tree::Node(vec![Tree::Leaf(new()), Tree::Node(vec![Tree::Leaf(new())])]);
        assert_eq!(count(&tree), 2);
        let tail: &Unsized<[Gc<Leaf>]> = &Unsized { n: 2, tail: [new(), new()] };
        assert_eq!(count(tail), usize::from(tail.n));
        let id = Id { n: 1, of: PhantomData, cache: Some(Foreign), make: || Foreign };
        assert_eq!(count(&id), 0);
        let _ = (id.n, id.cache, (id.make)());
        let namesake = Namesake::<Foreign>(other::T(1), PhantomData);
        assert_eq!(count(&namesake), 0);
        let _ = (namesake.0.0, namesake.1);
        let peeked = Peeked { rest: [new()].into_iter(), peeked: Some(new()), held: vec![new()] };
        assert_eq!(count(&peeked), 2);
        assert_eq!(peeked.rest.len(), 1);
        assert_eq!(count(&Handle(new())), 1);
        let next_to = NextTo { it: Locked::new(None), value: new() };
        assert_eq!(count(&next_to), 1);
        assert_eq!(count(&Static("a", "b")), 0);
    });
}

const _: () = {
    assert!(acyclic::<Unit>() && acyclic::<Never>() && acyclic::<Leaf>());
    assert!(!acyclic::<Tuple>() && !acyclic::<Named>() && !acyclic::<Choice>());
    assert!(acyclic::<Generic<u8>>() && !acyclic::<Generic<Gc<Leaf>>>());
    assert!(!acyclic::<Generic<u8, Choice, 1>>());
    assert!(acyclic::<Finalized<u8>>() && !acyclic::<Finalized<Gc<Leaf>>>());
    assert!(acyclic::<Unsized<[u8]>>() && !acyclic::<Unsized<[Gc<Leaf>]>>());
    assert!(acyclic::<Id<Gc<Leaf>>>());
    assert!(acyclic::<Peeked<std::vec::IntoIter<u8>>>());
    assert!(!acyclic::<Peeked<std::vec::IntoIter<Gc<Leaf>>>>());
    assert!(acyclic::<Static<'static, 'static>>());
    // Their own name is in them, so the fields are not asked.
    assert!(!acyclic::<List<u8>>() && !acyclic::<Tree<u8>>() && !acyclic::<NextTo<u8>>());
};

/// Each variant says it for itself.
#[derive(Trace)]
enum Kinds<T: 'static> {
    Nothing,
    Plain(u8, String),
    Handle {
        n: u8,
        leaf: Gc<Leaf>,
    },
    Part(T),
    Behind(Arc<Gc<Leaf>>),
    #[trace(skip)]
    Hidden(Gc<Leaf>),
    HalfHidden(u8, #[trace(skip)] Gc<Leaf>),
    Itself(Box<Self>),
    Shared(Brc<Self>),
}

/// As `Even`, by an enum.
#[derive(Trace)]
#[trace(cyclic)]
enum EvenKinds {
    Zero,
    One(u8),
    More(Box<OddKinds>),
}

#[derive(Trace)]
enum OddKinds {
    One,
    More(Box<EvenKinds>),
}

#[derive(Trace)]
enum Plain {
    A,
    B(u8),
}

#[test]
fn a_variant_says_whether_it_is_acyclic() {
    fn all<T: Trace>(values: impl IntoIterator<Item = T>, expected: bool) {
        for value in values {
            assert_eq!(value.is_acyclic(), expected);
            assert!(!expected || count(&value) == 0);
            assert!(!T::ACYCLIC || expected);
        }
    }

    with_handles(|new| {
        all([Kinds::Nothing, Kinds::Plain(1, "x".into()), Kinds::Part(1_u8)], true);
        all([Kinds::Behind::<u8>(Arc::new(new()))], true);
        all([Kinds::Shared(Brc::new(Kinds::Nothing::<u8>))], true);
        let hidden = [Kinds::Hidden::<u8>(new()), Kinds::HalfHidden(1, new())];
        let [Kinds::Hidden(one), Kinds::HalfHidden(1, two)] = &hidden else { panic!() };
        assert_eq!((count(one), count(two)), (1, 1));
        all(hidden, true);
        let handle = Kinds::Handle::<u8> { n: 1, leaf: new() };
        assert!(matches!(&handle, Kinds::Handle { n: 1, leaf } if edges(leaf).len() == 1));
        // What a variant holds is not asked, but its type.
        all([handle, Kinds::Itself(Box::new(Kinds::Nothing))], false);
        all([Kinds::Part(new())], false);
        all([Kinds::Part(Choice::Nothing)], false);
        all([Choice::Nothing, Choice::Hidden(new())], true);
        all([Choice::One(new())], false);
        all([EvenKinds::Zero, EvenKinds::One(1)], true);
        all([EvenKinds::More(Box::new(OddKinds::One))], false);
        all([OddKinds::One], true);
        all([OddKinds::More(Box::new(EvenKinds::Zero))], false);
        all([Plain::A, Plain::B(1)], true);
        // These can come to hold another variant, unseen.
        all([Mutex::new(Choice::Nothing)], false);
        all([Locked::new(Choice::Nothing)], false);
        all([Unit], true);
        all([Tuple(new(), 1, None)], false);
        all(None::<Never>, true);
    });
}

/// Needs it if it is odd.
#[derive(Trace)]
#[trace(finalize)]
struct Asked(u8);

impl Finalize for Asked {
    fn is_needed(&self) -> bool {
        self.0 % 2 == 1
    }

    fn finalize(&self, _: &Mutator) {}
}

#[test]
fn a_value_says_whether_it_needs_its_finalizer() {
    assert!(Asked(1).needs_finalizer() && !Asked(2).needs_finalizer());
    assert!(Finalized { runs: AtomicUsize::new(0), value: () }.needs_finalizer());
    assert!(!Unit.needs_finalizer() && !Choice::Nothing.needs_finalizer());
    // The heap does not finalize what is inside of a payload.
    assert!(!Some(Asked(1)).needs_finalizer());
}

impl Debug for Choice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Choice")
    }
}

// ---------------------------------------------------------------- std

/// What a lazy value is made by, which is not looked into.
type Made<T> = Box<dyn FnOnce() -> T>;

/// Each container: whether its constant follows its part's, and how many of
/// the handles in it are reported.
macro_rules! containers {
    ($($container:ident<$ty:ty> of $expected:literal: $make:expr,)*) => {
        const _: () = {
            $({
                type $container<T> = $ty;
                assert!(acyclic::<$container<u8>>(), stringify!($ty));
                assert!(!acyclic::<$container<Gc<Leaf>>>(), stringify!($ty));
            })*
        };

        #[test]
        fn containers_report_what_is_in_them() {
            with_handles(|new| {
                $({
                    type $container<T> = $ty;
                    let make: fn(&dyn Fn() -> Gc<Leaf>) -> $container<Gc<Leaf>> = $make;
                    assert_eq!(count(&make(new)), $expected, stringify!($ty));
                })*
            });
        }
    };
}

containers! {
    C<Box<T>> of 1: |new| Box::new(new()),
    C<Box<[T]>> of 2: |new| Box::new([new(), new()]),
    C<[T; 2]> of 2: |new| [new(), new()],
    C<(T,)> of 1: |new| (new(),),
    C<(T, u8, T)> of 2: |new| (new(), 0, new()),
    C<(T, T, T, T, T, T, T, T, T, T, T, T)> of 12: |new| (
        new(), new(), new(), new(), new(), new(), new(), new(), new(), new(), new(), new(),
    ),
    C<Option<T>> of 1: |new| Some(new()),
    C<Result<T, String>> of 1: |new| Ok(new()),
    C<Result<String, T>> of 1: |new| Err(new()),
    C<Vec<T>> of 2: |new| vec![new(), new()],
    C<VecDeque<T>> of 2: |new| [new(), new()].into(),
    C<LinkedList<T>> of 2: |new| [new(), new()].into(),
    C<BTreeMap<u8, T>> of 2: |new| [(1, new()), (2, new())].into(),
    C<HashMap<u8, T>> of 2: |new| [(1, new()), (2, new())].into(),
    C<Mutex<T>> of 1: |new| Mutex::new(new()),
    C<RwLock<T>> of 1: |new| RwLock::new(new()),
    C<Locked<T>> of 1: |new| Locked::new(new()),
    C<OnceLock<T>> of 1: |new| new().into(),
    C<LazyLock<T, Made<T>>> of 0: |new| {
        let new = new();
        LazyLock::new(Box::new(move || new))
    },
    C<Bound<T>> of 1: |new| Bound::Excluded(new()),
    C<std::ops::Range<T>> of 2: |new| new()..new(),
    C<std::ops::RangeInclusive<T>> of 2: |new| new()..=new(),
    C<std::ops::ControlFlow<T, T>> of 1: |new| std::ops::ControlFlow::Continue(new()),
    C<Wrapping<T>> of 1: |new| Wrapping(new()),
    C<std::cmp::Reverse<T>> of 1: |new| std::cmp::Reverse(new()),
}

/// Has an order and a hash, which handles do not.
#[derive(Trace)]
struct Keyed<T>(u8, T);

impl<T> PartialEq for Keyed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for Keyed<T> {}

impl<T> PartialOrd for Keyed<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Keyed<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl<T> std::hash::Hash for Keyed<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

const _: () = {
    assert!(acyclic::<BinaryHeap<u8>>() && !acyclic::<BinaryHeap<Gc<Leaf>>>());
    assert!(acyclic::<BTreeSet<u8>>() && !acyclic::<BTreeSet<Gc<Leaf>>>());
    assert!(acyclic::<HashSet<u8>>() && !acyclic::<HashSet<Gc<Leaf>>>());
    assert!(!acyclic::<BTreeMap<Gc<Leaf>, u8>>() && !acyclic::<HashMap<Gc<Leaf>, u8, Foreign>>());
    assert!(acyclic::<HashMap<u8, u8, Foreign>>() && acyclic::<HashSet<u8, Foreign>>());
};

#[test]
fn keys_report_what_is_in_them() {
    with_handles(|new| {
        let keys = || [Keyed(1, new()), Keyed(2, new())];
        assert_eq!(count(&BinaryHeap::from(keys())), 2);
        assert_eq!(count(&BTreeSet::from(keys())), 2);
        assert_eq!(count(&HashSet::from(keys())), 2);
        assert_eq!(count(&BTreeMap::from(keys().map(|key| (key, new())))), 4);
        assert_eq!(count(&HashMap::from(keys().map(|key| (key, new())))), 4);
    });
}

const _: () = {
    assert!(acyclic::<()>() && acyclic::<str>() && acyclic::<String>() && acyclic::<f64>());
    assert!(acyclic::<Cow<'static, str>>() && acyclic::<Box<str>>() && acyclic::<&'static [u8]>());
    assert!(
        acyclic::<AtomicU8>() && acyclic::<Mutex<Vec<u8>>>() && acyclic::<PhantomData<Foreign>>()
    );
    assert!(acyclic::<unsafe extern "C" fn(Foreign, u8) -> Foreign>() && acyclic::<fn()>());
    // Opaque: nothing is reported for what they hide.
    assert!(acyclic::<Arc<Gc<Leaf>>>() && acyclic::<std::sync::Weak<Gc<Leaf>>>());
    assert!(acyclic::<Brc<Gc<Leaf>>>() && acyclic::<brc::Weak<Gc<Leaf>>>());
    assert!(acyclic::<&'static Gc<Leaf>>() && acyclic::<Cow<'static, [u8]>>());
};

#[test]
fn shared_pointers_are_opaque() {
    with_handles(|new| {
        assert_eq!(count(&Arc::new(new())), 0);
        assert_eq!(count(&Brc::new(Mutex::new(new()))), 0);
        let borrowed: &'static Gc<Leaf> = Box::leak(Box::new(new()));
        assert_eq!(count(&borrowed), 0);
        // SAFETY: leaked above, and the borrow has ended.
        drop(unsafe { Box::from_raw(std::ptr::from_ref(borrowed).cast_mut()) });
    });
}

#[test]
fn a_cow_reports_what_it_owns() {
    #[derive(Trace)]
    struct Name(u8);
    #[derive(Trace)]
    struct Owned(Gc<Leaf>);

    impl std::borrow::Borrow<Name> for Owned {
        fn borrow(&self) -> &Name {
            &Name(1)
        }
    }

    impl ToOwned for Name {
        type Owned = Owned;

        fn to_owned(&self) -> Owned {
            unreachable!("nobody asked for {}", self.0)
        }
    }

    with_handles(|new| {
        assert_eq!(count(&Cow::<Name>::Owned(Owned(new()))), 1);
        assert_eq!(count(&Cow::Borrowed(&Name(1))), 0);
    });
}

#[test]
fn lazy_values_are_reported_once_they_are_there() {
    with_handles(|new| {
        let once = OnceLock::new();
        assert_eq!(count(&once), 0);
        once.set(new()).unwrap_or_else(|_| unreachable!());
        assert_eq!(count(&once), 1);

        let handle = new();
        let lazy = LazyLock::new(move || handle);
        assert_eq!(count(&lazy), 0);
        LazyLock::force(&lazy);
        assert_eq!(count(&lazy), 1);
    });
}

#[test]
fn poisoned_locks_are_looked_into() {
    with_handles(|new| {
        let locks = (Mutex::new(new()), RwLock::new(new()));
        thread::scope(|s| {
            let poison = s.spawn(|| {
                let _guards = (locks.0.lock().unwrap(), locks.1.write().unwrap());
                panic!("on purpose");
            });
            poison.join().unwrap_err();
        });
        assert!(locks.0.is_poisoned() && locks.1.is_poisoned());
        assert_eq!(count(&locks), 2);
        // Looking has changed nothing.
        assert!(locks.0.is_poisoned() && locks.1.is_poisoned());
        assert!(matches!(locks.0.try_lock(), Err(std::sync::TryLockError::Poisoned(_))));
    });
}

#[test]
fn a_lock_whose_guard_was_leaked_reports_nothing() {
    with_handles(|new| {
        let locks = (Mutex::new(new()), RwLock::new(new()), RwLock::new(new()));
        std::mem::forget(locks.0.lock().unwrap());
        std::mem::forget(locks.1.write().unwrap());
        assert_eq!((count(&locks.0), count(&locks.1)), (0, 0));
        // Others may read as well.
        std::mem::forget(locks.2.read().unwrap());
        assert_eq!(count(&locks.2), 1);
    });
}

#[test]
fn a_locked_value_is_reported_though_somebody_holds_the_lock() {
    with_handles(|new| {
        let object = Brc::new(Locked::new(vec![new(), new()]));
        std::mem::forget(object.lock());
        assert_eq!(count::<Locked<_>>(&object), 2);
    });
}

#[test]
fn a_panic_in_trace_passes_through() {
    struct Panics;

    // SAFETY: reports nothing.
    unsafe impl Trace for Panics {
        fn trace(&self, _: &mut Tracer<'_>) {
            panic!("on purpose");
        }
    }

    with_handles(|new| {
        let values = (new(), Panics);
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| edges(&values)));
        assert_eq!(*result.unwrap_err().downcast::<&str>().unwrap(), "on purpose");
    });
}
