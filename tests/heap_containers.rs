//! `GcVec` and `GcMap`: against std's, one operation at a time; against a model of which
//! several threads' operations must be an order; under load; and with payloads, keys and
//! closures that panic or come back.
#![cfg(all(feature = "gc", not(loom)))]

mod common;
mod heap_common;
mod linearizable;

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

use brc::{Gc, GcMap, GcVec, Local, Mutator, Trace, heap};
use common::{Account, Counted, Ledger, Random, Tally, catches_panic, join, panic_quietly, size};
use heap_common::{Finalized, Node, alone, alone_detached, elsewhere};
use linearizable::{Done, Model, check, is_linearizable};
use proptest::prelude::*;

#[global_allocator]
static LEDGER: Ledger = Ledger;

/// An object with a number.
#[derive(Trace)]
struct Item {
    number: u32,
    #[trace(skip)]
    counted: Counted,
}

fn item(m: &Mutator, tally: &Tally, number: u32) -> Gc<Item> {
    m.alloc(Item { number, counted: tally.payload() })
}

fn number(local: Local<'_, Item>) -> u32 {
    local.counted.check();
    local.number
}

fn number_of(m: &Mutator, gc: Gc<Item>) -> u32 {
    number(gc.local(m))
}

/// Hashers from good to none at all.
#[derive(Clone, Copy, Debug)]
enum Quality {
    Good,
    Low,
    High,
    None,
}

impl BuildHasher for Quality {
    type Hasher = Poor;

    fn build_hasher(&self) -> Poor {
        Poor(*self, 0)
    }
}

struct Poor(Quality, u64);

impl Hasher for Poor {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.1 = self.1 * 256 + u64::from(*byte));
    }

    fn write_u32(&mut self, n: u32) {
        self.1 = n.into();
    }

    fn finish(&self) -> u64 {
        match self.0 {
            Quality::Good => self.1.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ self.1 << 7,
            Quality::Low => self.1 % 3,
            Quality::High => self.1 << 60,
            Quality::None => 0,
        }
    }
}

fn qualities() -> impl Strategy<Value = Quality> {
    use Quality::*;
    prop_oneof![Just(Good), Just(Low), Just(High), Just(None)]
}

fn config(cases: usize) -> ProptestConfig {
    ProptestConfig { cases: cases as u32, failure_persistence: None, ..ProptestConfig::default() }
}

// --------------------------------------------------- one operation at a time

#[derive(Clone, Debug)]
enum VecOp {
    Push,
    Pop,
    Get(usize),
    Set(usize),
    Replace(usize),
    Insert(usize),
    Remove(usize),
    Truncate(usize),
    Extend(usize),
    Clear,
    Take,
    Reverse,
    RetainEven,
    ToVec,
    Rebuild,
    Safepoint,
}

fn vec_ops() -> impl Strategy<Value = Vec<VecOp>> {
    use VecOp::*;
    let at = || 0..12_usize;
    let op = prop_oneof![
        4 => Just(Push),
        3 => Just(Pop),
        2 => at().prop_map(Get),
        2 => at().prop_map(Set),
        1 => at().prop_map(Replace),
        2 => at().prop_map(Insert),
        2 => at().prop_map(Remove),
        1 => at().prop_map(Truncate),
        1 => at().prop_map(Extend),
        1 => Just(Clear),
        1 => Just(Take),
        1 => Just(Reverse),
        1 => Just(RetainEven),
        1 => Just(ToVec),
        1 => Just(Rebuild),
        1 => Just(Safepoint),
    ];
    prop::collection::vec(op, 0..60)
}

fn same_vec(m: &mut Mutator, tally: &Tally, ops: &[VecOp]) {
    use VecOp::*;
    let mut vec = GcVec::new();
    let mut model: Vec<u32> = vec![];
    for (n, op) in ops.iter().enumerate() {
        let n = n as u32;
        let new = |m: &Mutator| item(m, tally, n);
        let numbers = |m: &Mutator, all: Vec<Gc<Item>>| -> Vec<u32> {
            all.into_iter().map(|gc| number_of(m, gc)).collect()
        };
        match *op {
            Push => {
                vec.push(m, new(m));
                model.push(n);
            }
            Pop => assert_eq!(vec.pop(m).map(|gc| number_of(m, gc)), model.pop()),
            Get(at) => assert_eq!(vec.get(m, at).map(number), model.get(at).copied()),
            Set(at) => match vec.set(m, at, new(m)) {
                Ok(()) => model[at] = n,
                Err(back) => assert!(at >= model.len() && number_of(m, back) == n),
            },
            Replace(at) => match vec.replace(m, at, new(m)) {
                Ok(old) => {
                    assert_eq!(number_of(m, old), std::mem::replace(&mut model[at], n));
                }
                Err(back) => assert!(at >= model.len() && number_of(m, back) == n),
            },
            Insert(at) => match vec.insert(m, at, new(m)) {
                Ok(()) => model.insert(at, n),
                Err(back) => assert!(at > model.len() && number_of(m, back) == n),
            },
            Remove(at) => {
                let removed = (at < model.len()).then(|| model.remove(at));
                assert_eq!(vec.remove(m, at).map(|gc| number_of(m, gc)), removed);
            }
            Truncate(to) => {
                vec.truncate(m, to);
                model.truncate(to);
            }
            Extend(by) => {
                vec.extend(m, (0..by).map(|_| new(m)));
                model.extend((0..by).map(|_| n));
            }
            Clear => {
                vec.clear(m);
                model.clear();
            }
            Take => assert_eq!(numbers(m, vec.take(m)), std::mem::take(&mut model)),
            Reverse => {
                assert_eq!(vec.update(m, |all| (all.reverse(), all.len()).1), model.len());
                model.reverse();
            }
            RetainEven => {
                vec.retain(m, |one| number(one).is_multiple_of(2));
                model.retain(|one| one.is_multiple_of(2));
            }
            ToVec => assert_eq!(numbers(m, vec.to_vec(m)), model),
            Rebuild => {
                let handles = std::mem::take(&mut vec).into_vec();
                vec = handles.into_iter().collect();
            }
            Safepoint => m.safepoint(),
        }
        assert_eq!(vec.iter(m).map(number).collect::<Vec<_>>(), model, "{op:?}");
        assert_eq!((vec.len(m), vec.is_empty(m)), (model.len(), model.is_empty()));
    }
    drop(vec);
    m.collect();
    assert_eq!(tally.live(), 0);
}

#[test]
fn a_vector_does_what_std_s_does() {
    alone_detached(|| {
        proptest!(config(size(2_000, 300, 8)), |(ops in vec_ops())| {
            heap::attach(|m| same_vec(m, &Tally::new(), &ops)).unwrap();
        });
    });
}

#[derive(Clone, Debug)]
enum MapOp {
    Insert(u32),
    Remove(u32),
    Get(u32),
    GetOrInsert(u32),
    Update(u32),
    UpdateAway(u32),
    Exchange(u32),
    ExchangeOther(u32),
    RetainEven,
    Clear,
    Reserve(usize),
    Extend(u32),
    ExtendUnshared(u32),
    Safepoint,
}

fn map_ops() -> impl Strategy<Value = Vec<MapOp>> {
    use MapOp::*;
    let key = || 0..24_u32;
    let op = prop_oneof![
        6 => key().prop_map(Insert),
        4 => key().prop_map(Remove),
        2 => key().prop_map(Get),
        1 => key().prop_map(GetOrInsert),
        1 => key().prop_map(Update),
        1 => key().prop_map(UpdateAway),
        1 => key().prop_map(Exchange),
        1 => key().prop_map(ExchangeOther),
        1 => Just(RetainEven),
        1 => Just(Clear),
        1 => (0..40_usize).prop_map(Reserve),
        1 => key().prop_map(Extend),
        1 => key().prop_map(ExtendUnshared),
        1 => Just(Safepoint),
    ];
    prop::collection::vec(op, 0..100)
}

/// A key that is counted.
#[derive(Trace, Debug)]
struct Key {
    number: u32,
    #[trace(skip)]
    counted: Counted,
}

impl std::borrow::Borrow<u32> for Key {
    fn borrow(&self) -> &u32 {
        self.counted.check();
        &self.number
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.counted.check();
        self.number == other.number
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.number.hash(hasher);
    }
}

fn same_map(m: &mut Mutator, tally: &Tally, quality: Quality, ops: &[MapOp]) {
    use MapOp::*;
    let mut map: GcMap<Key, Item, _> = GcMap::with_hasher(quality);
    let mut model: HashMap<u32, u32> = HashMap::new();
    let key = |number| Key { number, counted: tally.payload() };
    for (n, op) in ops.iter().enumerate() {
        let n = n as u32;
        let new = |m: &Mutator| item(m, tally, n);
        match *op {
            Insert(k) => {
                let old = map.insert(m, key(k), new(m));
                assert_eq!(old.map(|gc| number_of(m, gc)), model.insert(k, n));
            }
            Remove(k) => {
                assert_eq!(map.remove(m, &k).map(|gc| number_of(m, gc)), model.remove(&k));
            }
            Get(k) => {
                let found = map.get_key_value(m, &k).map(|(key, v)| (key.number, number(v)));
                assert_eq!(found, model.get(&k).map(|v| (k, *v)));
                assert_eq!(map.contains_key(m, &k), found.is_some());
            }
            GetOrInsert(k) => {
                let got = map.get_or_insert_with(m, key(k), || new(m));
                assert_eq!(number(got), *model.entry(k).or_insert(n));
            }
            Update(k) => {
                let old = map.update(m, &k, |old| Some(item(m, tally, number(old) + 1000)));
                let before = model.get(&k).copied();
                assert_eq!(old.map(|gc| number_of(m, gc)), before);
                model.entry(k).and_modify(|v| *v += 1000);
            }
            UpdateAway(k) => {
                let old = map.update(m, &k, |_| None);
                assert_eq!(old.map(|gc| number_of(m, gc)), model.remove(&k));
            }
            Exchange(k) => {
                if let Some(current) = map.get(m, &k) {
                    let old = map.compare_exchange(m, &k, current, new(m)).unwrap();
                    assert_eq!(Some(number_of(m, old)), model.insert(k, n));
                }
            }
            ExchangeOther(k) => {
                let other = new(m);
                let refused = map.compare_exchange(m, &k, other.local(m), new(m)).unwrap_err();
                assert_eq!(refused.current.map(number), model.get(&k).copied());
                assert_eq!(refused.new.map(|gc| number_of(m, gc)), Some(n));
                assert!(map.compare_exchange(m, &k, other.local(m), None).is_err());
            }
            RetainEven => {
                map.retain(m, |k, v| (k.number + number(v)).is_multiple_of(2));
                model.retain(|k, v| (*k + *v).is_multiple_of(2));
            }
            Clear => {
                map.clear(m);
                model.clear();
            }
            Reserve(by) => map.reserve(m, by),
            Extend(to) => {
                map.extend(m, (0..to).map(|k| (key(k), new(m))));
                model.extend((0..to).map(|k| (k, n)));
            }
            ExtendUnshared(to) => {
                std::iter::Extend::extend(&mut map, (0..to).map(|k| (key(k), new(m))));
                model.extend((0..to).map(|k| (k, n)));
            }
            Safepoint => m.safepoint(),
        }
        let mut all: Vec<_> = map.iter(m).map(|(k, v)| (k.number, number(v))).collect();
        all.sort();
        let mut expected: Vec<_> = model.iter().map(|(k, v)| (*k, *v)).collect();
        expected.sort();
        assert_eq!(all, expected, "{op:?}");
        assert_eq!((map.len(m), map.is_empty(m)), (model.len(), model.is_empty()));
        for k in 0..24 {
            assert_eq!(map.get(m, &k).map(number), model.get(&k).copied(), "{op:?}");
        }
    }
    drop(map);
    m.collect();
    assert_eq!(tally.live(), 0);
}

#[test]
fn a_map_does_what_std_s_does_whatever_the_hasher() {
    alone_detached(|| {
        proptest!(config(size(2_000, 300, 8)), |(quality in qualities(), ops in map_ops())| {
            heap::attach(|m| same_map(m, &Tally::new(), quality, &ops)).unwrap();
        });
    });
}

#[test]
fn a_map_with_as_many_keys_coming_as_going_stays_small() {
    const KEPT: u32 = 100;
    /// With room for what waits for the next safepoint.
    const BYTES: isize = 64 << 10;
    let n = size(1_000_000, 100_000, 10_000) as u32;
    let tally = Tally::new();
    let account = Account::open();
    alone(|m| {
        account.on(|| {
            let map: GcMap<u32, Item> = GcMap::new();
            for k in 0..n {
                map.insert(m, k, item(m, &tally, k));
                if k >= KEPT {
                    drop(map.remove(m, &(k - KEPT)));
                }
                if k.is_multiple_of(64) {
                    m.safepoint();
                    assert!(tally.live() <= KEPT as isize + 128, "{}", tally.live());
                    assert!(account.live().1 < BYTES, "{:?}", account.live());
                }
            }
            assert_eq!(map.len(m), KEPT as usize);
            assert_eq!(map.iter(m).count(), KEPT as usize);
        });
    });
    assert_eq!(tally.live(), 0);
}

#[test]
fn what_containers_hold_is_found_by_the_collector() {
    #[derive(Trace)]
    struct Both {
        vec: GcVec<Both>,
        map: GcMap<u32, Both>,
        keys: GcMap<Named, Both>,
        #[trace(skip)]
        _counted: Counted,
    }

    /// A key that refers to an object.
    #[derive(Trace)]
    struct Named(Gc<Both>);

    impl PartialEq for Named {
        fn eq(&self, other: &Self) -> bool {
            Gc::ptr_eq(&self.0, &other.0)
        }
    }
    impl Eq for Named {}
    impl Hash for Named {
        fn hash<H: Hasher>(&self, hasher: &mut H) {
            self.0.as_ptr().hash(hasher);
        }
    }

    let tally = Tally::new();
    alone(|m| {
        let new = |m: &Mutator| {
            m.alloc(Both {
                vec: GcVec::new(),
                map: GcMap::new(),
                keys: GcMap::default(),
                _counted: tally.payload(),
            })
        };
        // Cycles through a vector, through a map's values and through its keys.
        let by_vec = new(m);
        by_vec.get(m).vec.push(m, by_vec.clone());
        let by_map = new(m);
        by_map.get(m).map.insert(m, 1, by_map.clone());
        let by_key = new(m);
        by_key.get(m).keys.insert(m, Named(by_key.clone()), new(m));
        m.collect();
        assert_eq!(tally.live(), 4);
        drop((by_vec, by_map));
        m.collect();
        assert_eq!(tally.live(), 2);
        // What was taken out and put where the object itself leads to.
        let moved = new(m);
        by_key.get(m).vec.push(m, moved);
        {
            let local = by_key.get(m).vec.get(m, 0).unwrap();
            let taken = by_key.get(m).vec.pop(m).unwrap();
            local.get().vec.push(m, taken);
        }
        drop(by_key);
        m.collect();
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn a_chain_of_containers_dies_in_bounded_stack() {
    #[derive(Trace)]
    struct Link {
        vec: GcVec<Link>,
        map: GcMap<(), Link, BuildHasherDefault<std::hash::DefaultHasher>>,
        #[trace(skip)]
        _counted: Counted,
    }

    let n = size(300_000, 100_000, 1_000);
    let tally = Tally::new();
    alone(|m| {
        let mut head: Option<Gc<Link>> = None;
        for at in 0..n {
            let (mut vec, mut map) = (GcVec::new(), GcMap::default());
            if at % 2 == 0 {
                vec = head.into_iter().collect();
            } else {
                map = head.map(|head| ((), head)).into_iter().collect();
            }
            head = Some(m.alloc(Link { vec, map, _counted: tally.payload() }));
        }
        assert_eq!(tally.live(), n as isize);
        drop(head);
        assert_eq!(tally.live(), 0, "at once: nobody could be reading it");
    });
}

// --------------------------------------------------------- several at a time

impl Model for Vec<u32> {
    type Op = SharedVecOp;
    type Result = Got;

    fn apply(&mut self, op: &SharedVecOp) -> Got {
        use SharedVecOp::*;
        match *op {
            Push(n) => {
                self.push(n);
                Got::Nothing
            }
            Extend(n) => {
                self.extend(n..n + EXTENSION);
                Got::Nothing
            }
            Pop => Got::One(self.pop()),
            Get(at) => Got::One(self.get(at).copied()),
            Set(at, n) => Got::One(self.get_mut(at).map(|place| std::mem::replace(place, n))),
            Insert(at, n) => {
                let fits = at <= self.len();
                if fits {
                    self.insert(at, n);
                }
                Got::Count(usize::from(fits))
            }
            Remove(at) => Got::One((at < self.len()).then(|| self.remove(at))),
            Truncate(to) => {
                self.truncate(to);
                Got::Nothing
            }
            Len => Got::Count(self.len()),
            All => Got::All(self.clone()),
            Take => Got::All(std::mem::take(self)),
            Reverse => {
                self.reverse();
                Got::Nothing
            }
        }
    }
}

#[derive(Clone, Debug)]
enum SharedVecOp {
    Push(u32),
    Extend(u32),
    Pop,
    Get(usize),
    Set(usize, u32),
    Insert(usize, u32),
    Remove(usize),
    Truncate(usize),
    Len,
    All,
    Take,
    Reverse,
}

#[derive(Clone, Debug, PartialEq)]
enum Got {
    Nothing,
    One(Option<u32>),
    Count(usize),
    All(Vec<u32>),
}

fn apply_to_vec(m: &Mutator, vec: &(GcVec<Item>, Tally), op: &SharedVecOp) -> Got {
    use SharedVecOp::*;
    let (vec, tally) = vec;
    let new = |n| item(m, tally, n);
    let all = |all: Vec<Gc<Item>>| Got::All(all.into_iter().map(|gc| number_of(m, gc)).collect());
    match *op {
        Push(n) => vec.push(m, new(n)),
        Extend(n) => vec.extend(m, (n..n + EXTENSION).map(new)),
        Pop => return Got::One(vec.pop(m).map(|gc| number_of(m, gc))),
        Get(at) => return Got::One(vec.get(m, at).map(number)),
        Set(at, n) => {
            let old = vec.replace(m, at, new(n)).ok();
            return Got::One(old.map(|gc| number_of(m, gc)));
        }
        Insert(at, n) => return Got::Count(usize::from(vec.insert(m, at, new(n)).is_ok())),
        Remove(at) => return Got::One(vec.remove(m, at).map(|gc| number_of(m, gc))),
        Truncate(to) => vec.truncate(m, to),
        Len => return Got::Count(vec.len(m)),
        All => return all(vec.to_vec(m)),
        Take => return all(vec.take(m)),
        Reverse => vec.update(m, |all| all.reverse()),
    }
    Got::Nothing
}

/// How many elements an extension has.
const EXTENSION: u32 = 8;

/// How many operations a thread does in one history.
const STEPS: usize = 5;

fn histories() -> usize {
    size(20_000, 4_000, 20)
}

#[test]
fn operations_on_a_vector_are_linearizable() {
    use SharedVecOp::*;
    let tally = Tally::new();
    alone(|m| {
        for seed in 0..8 {
            let mut random = Random::new(seed);
            let rounds = (0..histories() / 8).map(|round| {
                let mut fresh = 100;
                let start: Vec<u32> = (0..random.below(4) as u32).collect();
                // Some histories are of few operations, which so meet more often.
                let mixes: [&[usize]; 4] = [
                    &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
                    &[0, 1, 2, 3],
                    &[0, 1, 2, 4, 5, 6],
                    &[2, 3, 4, 9, 11],
                ];
                let mix = mixes[round % 4];
                let mut program = || {
                    let op = |_| {
                        fresh += 10;
                        let at = random.below(4);
                        match mix[random.below(mix.len())] {
                            0 => Push(fresh),
                            1 => Pop,
                            2 | 3 => Get(at),
                            4 => Len,
                            5 => Insert(at, fresh),
                            6 => Remove(at),
                            7 => Set(at, fresh),
                            8 => All,
                            9 => Truncate(at),
                            10 => [Take, Reverse, Extend(fresh)][random.below(3)].clone(),
                            _ => Extend(fresh),
                        }
                    };
                    (0..STEPS).map(op).collect()
                };
                let programs = [program(), program(), program()];
                let vec = start.iter().map(|n| item(m, &tally, *n)).collect();
                (start, (vec, tally.clone()), programs)
            });
            let rounds = rounds.collect();
            m.detach(|| check(rounds, apply_to_vec));
        }
    });
    assert_eq!(tally.live(), 0);
}

#[derive(Clone, Debug)]
enum SharedMapOp {
    Insert(u32, u32),
    Remove(u32),
    Get(u32),
    GetOrInsert(u32, u32),
    Update(u32, u32),
    Len,
    Clear,
}

impl Model for BTreeMap<u32, u32> {
    type Op = SharedMapOp;
    type Result = Got;

    fn apply(&mut self, op: &SharedMapOp) -> Got {
        use SharedMapOp::*;
        Got::One(match *op {
            Insert(k, v) => self.insert(k, v),
            Remove(k) => self.remove(&k),
            Get(k) => self.get(&k).copied(),
            GetOrInsert(k, v) => Some(*self.entry(k).or_insert(v)),
            Update(k, v) => self.get_mut(&k).map(|place| std::mem::replace(place, v)),
            Len => return Got::Count(self.len()),
            Clear => {
                self.clear();
                None
            }
        })
    }
}

type SharedMap = (GcMap<u32, Item, Quality>, Tally);

fn apply_to_map(m: &Mutator, map: &SharedMap, op: &SharedMapOp) -> Got {
    use SharedMapOp::*;
    let (map, tally) = map;
    let new = |n| item(m, tally, n);
    let old = match *op {
        Insert(k, v) => map.insert(m, k, new(v)),
        Remove(k) => map.remove(m, &k),
        Get(k) => return Got::One(map.get(m, &k).map(number)),
        GetOrInsert(k, v) => {
            return Got::One(Some(number(map.get_or_insert_with(m, k, || new(v)))));
        }
        Update(k, v) => map.update(m, &k, |_| Some(new(v))),
        Len => return Got::Count(map.len(m)),
        Clear => {
            map.clear(m);
            None
        }
    };
    Got::One(old.map(|gc| number_of(m, gc)))
}

#[test]
fn operations_on_a_map_are_linearizable() {
    use SharedMapOp::*;
    let tally = Tally::new();
    alone(|m| {
        for seed in 0..8 {
            let mut random = Random::new(seed + 100);
            let rounds = (0..histories() / 8).map(|round| {
                let mut fresh = 100;
                let start: BTreeMap<u32, u32> =
                    (0..random.below(6) as u32).map(|k| (k, k)).collect();
                let keys = [2, 8][round % 2];
                let few = [10, 5][round / 2 % 2];
                let mut program = || {
                    let op = |_| {
                        fresh += 10;
                        let k = random.below(keys) as u32;
                        match random.below(few) {
                            0 => Insert(k, fresh),
                            1 => Remove(k),
                            2 | 3 => Get(k),
                            4 => Len,
                            5 => GetOrInsert(k, fresh),
                            6 => Update(k, fresh),
                            7 => Clear,
                            8 => Insert(k, fresh),
                            _ => Remove(k),
                        }
                    };
                    (0..STEPS).map(op).collect()
                };
                let programs = [program(), program(), program()];
                use Quality::*;
                let mut map = GcMap::with_hasher([Good, Low, High, None][round / 4 % 4]);
                let entries = start.iter().map(|(k, v)| (*k, item(m, &tally, *v)));
                std::iter::Extend::extend(&mut map, entries);
                (start, (map, tally.clone()), programs)
            });
            let rounds = rounds.collect();
            m.detach(|| check(rounds, apply_to_map));
        }
    });
    assert_eq!(tally.live(), 0);
}

type Step = (u64, u64, SharedVecOp, Got);

/// A history, of each thread's operations with their begin and end.
fn history(threads: &[&[&Step]]) -> Vec<Vec<Done<Vec<u32>>>> {
    let done = |step: &&Step| {
        let (begin, end, op, result) = (*step).clone();
        Done { begin, end, op, result }
    };
    threads.iter().map(|thread| thread.iter().map(done).collect()).collect()
}

#[test]
fn the_checker_accepts_what_is_an_order_and_refuses_what_is_none() {
    use SharedVecOp::*;
    let accepts =
        |start: &[u32], threads: &[&[&Step]]| is_linearizable(&start.to_vec(), &history(threads));
    let got = |n| Got::One(Some(n));
    // Seen by one that began later, while the push is under way: the push was before.
    let pushing = (1, 10, Push(7), Got::Nothing);
    let seen = (2, 3, Get(0), got(7));
    assert!(accepts(&[], &[&[&pushing], &[&seen]]));
    // Not seen, seen: the push was in between.
    let early = (2, 3, Get(0), Got::One(None));
    let late = (4, 5, Get(0), got(7));
    assert!(accepts(&[], &[&[&pushing], &[&early, &late]]));
    // Seen, and then not seen, with nobody who could have popped it.
    let gone = (4, 5, Get(0), Got::One(None));
    assert!(!accepts(&[], &[&[&pushing], &[&seen, &gone]]));
    // Likewise, with another length.
    let none = (4, 5, Len, Got::Count(0));
    assert!(!accepts(&[], &[&[&pushing], &[&seen, &none]]));
    // Somebody could: it is right.
    let popped = (2, 9, Pop, got(7));
    assert!(accepts(&[], &[&[&pushing], &[&seen, &gone], &[&popped]]));
    // An old value after the new one was there before this began.
    let set = (1, 2, Set(0, 8), got(7));
    let stale = (3, 4, Get(0), got(7));
    assert!(!accepts(&[7], &[&[&set], &[&stale]]));
    // Two take the same.
    let [one, other] = [(1, 4, Pop, got(7)), (2, 3, Pop, got(7))];
    assert!(!accepts(&[7], &[&[&one], &[&other]]));
    // Two see two pushes in different orders.
    let [a, b] = [1, 2].map(|n| (1, 10, Push(n), Got::Nothing));
    let [ab, ba] = [[1, 2], [2, 1]].map(|all| (2, 10, All, Got::All(all.to_vec())));
    assert!(accepts(&[], &[&[&a], &[&b], &[&ab]]) && accepts(&[], &[&[&a], &[&b], &[&ba]]));
    assert!(!accepts(&[], &[&[&a], &[&b], &[&ab], &[&ba]]));
    // No order gives a torn length.
    let extend = (1, 10, Extend(1), Got::Nothing);
    let torn = (2, 3, All, Got::All(vec![1]));
    assert!(!accepts(&[], &[&[&extend], &[&torn]]));
}

// ------------------------------------------------------------------ under load

/// Runs `change` on one thread and `look` on two, until the first has done it so often.
/// Each passes a safepoint now and then.
fn under_load<T: Send + Sync + 'static>(
    shared: &Arc<T>,
    times: usize,
    change: impl Fn(&Mutator, &T, &mut Random) + Send + 'static,
    look: impl Fn(&Mutator, &T, &mut Random) + Clone + Send + 'static,
) {
    let done = Arc::new(AtomicBool::new(false));
    let lookers = [1, 2].map(|seed| {
        let (shared, done, look) = (shared.clone(), done.clone(), look.clone());
        thread::spawn(move || {
            heap::attach(|m| {
                let mut random = Random::new(seed);
                while !done.load(SeqCst) {
                    look(m, &shared, &mut random);
                    if random.below(4) == 0 {
                        m.safepoint();
                    }
                }
            })
            .unwrap();
        })
    });
    let theirs = shared.clone();
    elsewhere(move |m| {
        let mut random = Random::new(3);
        for _ in 0..times {
            change(m, &theirs, &mut random);
            if random.below(16) == 0 {
                m.safepoint();
            }
        }
    });
    done.store(true, SeqCst);
    lookers.into_iter().for_each(join);
}

#[test]
fn a_vector_is_read_while_it_grows_and_shrinks() {
    let tally = Tally::new();
    alone_detached(|| {
        let vec: Arc<GcVec<Item>> = Arc::default();
        let theirs = tally.clone();
        let change = move |m: &Mutator, vec: &GcVec<Item>, random: &mut Random| {
            let at = random.below(40);
            let new = |m: &Mutator| item(m, &theirs, at as u32);
            match random.below(12) {
                0..4 => vec.push(m, new(m)),
                4..6 => drop(vec.pop(m)),
                6 => drop(vec.insert(m, at, new(m))),
                7 => drop(vec.remove(m, at)),
                8 => drop(vec.set(m, at, new(m))),
                9 => vec.extend(m, (0..at / 8).map(|_| new(m))),
                10 if at == 0 => vec.clear(m),
                10 => vec.truncate(m, at + 20),
                _ if at == 0 => drop(vec.take(m)),
                _ if at == 1 => vec.update(m, |all| all.reverse()),
                _ => {}
            }
        };
        let look = |m: &Mutator, vec: &GcVec<Item>, random: &mut Random| {
            let kept: Vec<Local<'_, Item>> = vec.iter(m).collect();
            let gc = vec.get(m, random.below(40)).map(Local::to_gc);
            kept.into_iter().for_each(|one| assert!(number(one) < 40));
            assert!(gc.is_none_or(|gc| number_of(m, gc) < 40));
        };
        under_load(&vec, size(400_000, 40_000, 400), change, look);
    });
    assert_eq!(tally.live(), 0);
}

#[test]
fn a_map_is_read_while_it_grows_and_shrinks() {
    let tally = Tally::new();
    alone_detached(|| {
        for quality in [Quality::Good, Quality::Low] {
            let map: Arc<GcMap<Key, Item, Quality>> = Arc::new(GcMap::with_hasher(quality));
            let theirs = tally.clone();
            let change =
                move |m: &Mutator, map: &GcMap<Key, Item, Quality>, random: &mut Random| {
                    let k = random.below(100) as u32;
                    let key = || Key { number: k, counted: theirs.payload() };
                    match random.below(10) {
                        0..5 => drop(map.insert(m, key(), item(m, &theirs, k))),
                        5..8 => drop(map.remove(m, &k)),
                        8 => drop(map.update(m, &k, |_| Some(item(m, &theirs, k)))),
                        9 if k == 0 => map.clear(m),
                        _ => drop(map.get_or_insert_with(m, key(), || item(m, &theirs, k)).to_gc()),
                    }
                };
            let look = |m: &Mutator, map: &GcMap<Key, Item, Quality>, random: &mut Random| {
                let k = random.below(100) as u32;
                let found = map.get_key_value(m, &k);
                let kept: Vec<_> = map.iter(m).take(random.below(100)).collect();
                for (key, value) in kept.into_iter().chain(found) {
                    key.counted.check();
                    assert_eq!(key.number, number(value));
                }
                drop(found.map(|(_, value)| value.to_gc()));
            };
            under_load(&map, size(400_000, 40_000, 400), change, look);
        }
    });
    assert_eq!(tally.live(), 0);
}

#[test]
fn threads_that_all_add_the_same_keys_agree_on_the_objects() {
    const KEYS: u32 = 200;
    let rounds = size(40, 10, 2);
    let tally = Tally::new();
    alone_detached(|| {
        for round in 0..rounds {
            let quality = [Quality::Good, Quality::Low][round % 2];
            let map: Arc<GcMap<Key, Item, Quality>> = Arc::new(GcMap::with_hasher(quality));
            let threads = [(); 3].map(|()| {
                let (map, tally) = (map.clone(), tally.clone());
                let get = move |m: &mut Mutator| -> Vec<usize> {
                    let get = |k| {
                        let key = Key { number: k, counted: tally.payload() };
                        let local = map.get_or_insert_with(m, key, || item(m, &tally, k));
                        Local::as_ptr(local).addr()
                    };
                    (0..KEYS).map(get).collect()
                };
                thread::spawn(move || heap::attach(get).unwrap())
            });
            let [a, b, c] = threads.map(join);
            assert!(a == b && b == c);
            heap::attach(|m| {
                m.collect();
                assert_eq!(map.len(m), KEYS as usize);
                assert_eq!(tally.live(), 2 * KEYS as isize, "keys and objects");
            })
            .unwrap();
        }
    });
    assert_eq!(tally.live(), 0);
}

// ------------------------------------------------------- panics and coming back

/// A key that panics when it is hashed, compared or dropped.
#[derive(Trace, Debug)]
struct Moody {
    number: u32,
    mood: Mood,
    #[trace(skip)]
    _last_words: LastWords,
    #[trace(skip)]
    _counted: Counted,
}

#[derive(Trace, Clone, Copy, PartialEq, Debug)]
enum Mood {
    Calm,
    HashPanics,
    EqPanics,
    DropPanics,
}

#[derive(Debug)]
struct LastWords(bool);

impl Drop for LastWords {
    fn drop(&mut self) {
        if self.0 {
            panic_quietly();
        }
    }
}

impl Moody {
    fn new(tally: &Tally, number: u32, mood: Mood) -> Self {
        let last_words = LastWords(mood == Mood::DropPanics);
        Self { number, mood, _last_words: last_words, _counted: tally.payload() }
    }
}

impl Hash for Moody {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        if self.mood == Mood::HashPanics {
            panic_quietly();
        }
        self.number.hash(hasher);
    }
}

impl PartialEq for Moody {
    fn eq(&self, other: &Self) -> bool {
        if [self.mood, other.mood].contains(&Mood::EqPanics) {
            panic_quietly();
        }
        self.number == other.number
    }
}

impl Eq for Moody {}

#[test]
fn a_panic_in_hash_or_eq_leaves_the_map_as_it_was() {
    let tally = Tally::new();
    alone(|m| {
        let mut map: GcMap<Moody, Item> = GcMap::new();
        let calm = |number| Moody::new(&tally, number, Mood::Calm);
        for k in 0..10 {
            map.insert(m, calm(k), item(m, &tally, k));
        }
        for mood in [Mood::HashPanics, Mood::EqPanics] {
            let key = || Moody::new(&tally, 3, mood);
            let new = || item(m, &tally, 0);
            assert!(catches_panic(|| drop(map.insert(m, key(), new()))));
            assert!(catches_panic(|| assert!(map.get(m, &key()).is_none())));
            assert!(catches_panic(|| drop(map.remove(m, &key()))));
            assert!(catches_panic(|| drop(map.get_or_insert_with(m, key(), new).to_gc())));
            assert!(catches_panic(|| drop(map.update(m, &key(), |_| None))));
            assert!(catches_panic(|| map.extend(m, [(calm(99), new()), (key(), new())])));
            assert!(map.remove(m, &calm(99)).is_some());
            m.safepoint();
            assert_eq!((map.len(m), tally.live()), (10, 20));
            assert!((0..10).all(|k| map.get(m, &calm(k)).map(number) == Some(k)));
            let entry = (Moody::new(&tally, 3, mood), item(m, &tally, 0));
            assert!(catches_panic(|| std::iter::Extend::extend(&mut map, [entry])));
        }
        // One that is in the map already.
        map.insert(m, Moody::new(&tally, 50, Mood::EqPanics), item(m, &tally, 50));
        assert!(catches_panic(|| assert!(map.get(m, &calm(50)).is_none())));
        assert_eq!(map.get(m, &calm(5)).map(number), Some(5));
    });
    assert_eq!(tally.live(), 0);
}

#[test]
fn a_panic_in_a_key_s_destructor_loses_no_other() {
    let tally = Tally::new();
    alone(|m| {
        let filled = |m: &Mutator| -> GcMap<Moody, Item> {
            let mood = |k| if k == 4 { Mood::DropPanics } else { Mood::Calm };
            let entry = |k| (Moody::new(&tally, k, mood(k)), item(m, &tally, k));
            (0..10).map(entry).collect()
        };
        let map = filled(m);
        assert!(catches_panic(|| drop(map)));
        assert_eq!(tally.live(), 0);
        let map = filled(m);
        map.clear(m);
        assert!(catches_panic(|| drop(m.collect())));
        m.collect();
        assert_eq!((map.len(m), tally.live()), (0, 0));
        // The key that is dropped because the map has an equal one.
        map.insert(m, Moody::new(&tally, 1, Mood::Calm), item(m, &tally, 1));
        let other = Moody::new(&tally, 1, Mood::DropPanics);
        assert!(catches_panic(|| drop(map.insert(m, other, item(m, &tally, 2)))));
        assert_eq!(map.len(m), 1);
    });
    assert_eq!(tally.live(), 0);
}

#[test]
fn a_panic_in_an_object_s_destructor_loses_no_other() {
    let tally = Tally::new();
    alone(|m| {
        let nodes = |m: &Mutator| -> Vec<Gc<Node>> {
            let node = |k| if k == 2 { Node::armed(&tally) } else { Node::new(&tally) };
            (0..5).map(|k| m.alloc(node(k))).collect()
        };
        let vec = GcVec::from(nodes(m));
        assert!(catches_panic(|| drop(vec)));
        assert_eq!(tally.live(), 0);
        let map: GcMap<usize, Node> = nodes(m).into_iter().enumerate().collect();
        assert!(catches_panic(|| drop(map)));
        assert_eq!(tally.live(), 0);
        let vec = GcVec::from(nodes(m));
        let map: GcMap<usize, Node> = nodes(m).into_iter().enumerate().collect();
        vec.clear(m);
        map.clear(m);
        // They were in sight until now: they die in the next collection.
        let collect = AssertUnwindSafe(|| m.collect());
        assert!(catch_unwind(collect).is_err());
        while tally.live() != 0 {
            let _ = catch_unwind(AssertUnwindSafe(|| m.collect()));
        }
        assert!(vec.is_empty(m) && map.is_empty(m));
        vec.push(m, m.alloc(Node::new(&tally)));
    });
    assert_eq!(tally.live(), 0);
}

#[test]
fn a_panic_in_a_closure_leaves_a_container_as_it_was() {
    let tally = Tally::new();
    alone(|m| {
        let vec: GcVec<Item> = (0..4).map(|n| item(m, &tally, n)).collect();
        assert!(catches_panic(|| vec.update(m, |all| {
            all.clear();
            panic_quietly()
        })));
        assert!(catches_panic(|| vec.retain(m, |n| number(n) < 2 || panic_quietly())));
        let broken = (0..4).map(|n| if n < 2 { item(m, &tally, n) } else { panic_quietly() });
        assert!(catches_panic(|| vec.extend(m, broken)));
        assert_eq!(vec.iter(m).map(number).collect::<Vec<_>>(), [0, 1, 2, 3]);
        vec.push(m, item(m, &tally, 4));

        let map: GcMap<u32, Item> = (0..4).map(|n| (n, item(m, &tally, n))).collect();
        assert!(catches_panic(|| drop(map.update(m, &1, |_| panic_quietly()))));
        assert!(catches_panic(|| drop(map.get_or_insert_with(m, 9, || panic_quietly()).to_gc())));
        assert!(catches_panic(|| map.retain(m, |_, _| panic_quietly())));
        assert_eq!((map.len(m), map.get(m, &1).map(number)), (4, Some(1)));
        assert!(map.insert(m, 9, item(m, &tally, 9)).is_none());
    });
    assert_eq!(tally.live(), 0);
}

#[test]
fn a_closure_that_changes_the_vector_which_it_updates_is_told_so() {
    let tally = Tally::new();
    alone(|m| {
        let vec: GcVec<Item> = (0..2).map(|n| item(m, &tally, n)).collect();
        let panic = catch_unwind(AssertUnwindSafe(|| {
            vec.update(m, |all| {
                assert_eq!(vec.to_vec(m).len(), all.len(), "to look is no change");
                vec.push(m, item(m, &tally, 9));
            });
        }));
        let message = *panic.unwrap_err().downcast::<&str>().unwrap();
        assert!(message.contains("changed the vector that it updates"), "{message}");
        assert_eq!(vec.iter(m).map(number).collect::<Vec<_>>(), [0, 1, 9]);
    });
    assert_eq!(tally.live(), 0);
}

#[test]
fn a_vector_that_another_thread_changes_is_updated_again() {
    let tally = Tally::new();
    alone(|m| {
        let vec: Arc<GcVec<Item>> = Arc::new((0..3).map(|n| item(m, &tally, n)).collect());
        let mut calls = 0;
        vec.update(m, |all| {
            calls += 1;
            if calls == 1 {
                let (vec, tally) = (vec.clone(), tally.clone());
                elsewhere(move |m| vec.push(m, item(m, &tally, 3)));
            }
            all.reverse();
        });
        assert_eq!(calls, 2);
        assert_eq!(vec.iter(m).map(number).collect::<Vec<_>>(), [3, 2, 1, 0]);
    });
    assert_eq!(tally.live(), 0);
}

#[test]
fn closures_may_do_with_the_map_what_they_like() {
    let tally = Tally::new();
    alone(|m| {
        let map: GcMap<u32, Item> = GcMap::new();
        let new = |n| item(m, &tally, n);
        let made = map.get_or_insert_with(m, 1, || {
            map.insert(m, 1, new(10));
            new(20)
        });
        assert_eq!(number(made), 10);
        // Removed, and added again, meanwhile: called again, and then not.
        let mut calls = 0;
        let old = map.update(m, &1, |_| {
            calls += 1;
            if calls == 1 {
                map.insert(m, 1, new(11));
            }
            Some(new(30))
        });
        assert_eq!((calls, old.map(|gc| number_of(m, gc))), (2, Some(11)));
        assert!(
            map.update(m, &1, |_| {
                drop(map.remove(m, &1));
                Some(new(40))
            })
            .is_none()
        );
        assert!(map.is_empty(m));
        map.extend(m, (0..50).map(|n| (n, new(n))));
        map.retain(m, |k, _| {
            drop(map.remove(m, &(k + 1)));
            map.insert(m, k + 100, new(0));
            false
        });
        assert!((0..50).all(|k| !map.contains_key(m, &k)));
        map.retain(m, |_, _| {
            map.clear(m);
            false
        });
        assert!(map.is_empty(m));
    });
    assert_eq!(tally.live(), 0);
}

#[test]
fn destructors_may_do_with_a_container_what_they_like() {
    let tally = Tally::new();
    alone_detached(|| {
        let vec: Arc<GcVec<Finalized>> = Arc::default();
        let map: Arc<GcMap<u32, Finalized>> = Arc::default();
        heap::attach(|m| {
            for n in 0..10 {
                let (ours, theirs) = (vec.clone(), map.clone());
                let inner = tally.clone();
                let new = Finalized::new(&tally, move |m, _| {
                    let last = || m.alloc(Finalized::new(&inner, |_, _| ()));
                    ours.push(m, last());
                    theirs.insert(m, n, last());
                });
                vec.push(m, m.alloc(new));
            }
            for (n, gc) in (0..).zip(vec.to_vec(m)) {
                map.insert(m, n, gc);
            }
            vec.clear(m);
            map.clear(m);
            m.collect();
            assert_eq!((vec.len(m), map.len(m)), (10, 10));
            vec.clear(m);
            map.clear(m);
        })
        .unwrap();
    });
    assert_eq!(tally.live(), 0);
}

thread_local! {
    /// What the next comparison of a [`Busy`] does first.
    static FIRST: std::cell::RefCell<Option<Box<dyn FnOnce()>>> =
        const { std::cell::RefCell::new(None) };
}

/// A key that does something when it is compared.
#[derive(Trace)]
struct Busy(u32);

impl PartialEq for Busy {
    fn eq(&self, other: &Self) -> bool {
        let first = FIRST.with(|first| first.take());
        if let Some(first) = first {
            first();
        }
        self.0 == other.0
    }
}

impl Eq for Busy {}

impl Hash for Busy {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.0.hash(hasher);
    }
}

#[test]
fn a_comparison_may_do_with_the_map_what_it_likes() {
    let tally = Tally::new();
    alone(|m| {
        let map: Arc<GcMap<Busy, Item>> = Arc::default();
        /// Does something to the map in the midst of a search for a key that it has.
        fn meanwhile(
            m: &Mutator,
            map: &Arc<GcMap<Busy, Item>>,
            f: fn(&Mutator, &GcMap<Busy, Item>, &Tally),
            tally: &Tally,
        ) {
            let m = std::ptr::from_ref(m).expose_provenance();
            let (map, tally) = (map.clone(), tally.clone());
            FIRST.with(|first| {
                *first.borrow_mut() = Some(Box::new(move || {
                    let m = std::ptr::with_exposed_provenance::<Mutator>(m);
                    // SAFETY: the test's own, which waits for the comparison.
                    f(unsafe { &*m }, &map, &tally);
                }));
            });
        }

        let grow = |m: &Mutator, map: &GcMap<Busy, Item>, tally: &Tally| {
            map.extend(m, (100..200).map(|n| (Busy(n), item(m, tally, n))));
        };
        let clear = |m: &Mutator, map: &GcMap<Busy, Item>, _: &Tally| map.clear(m);
        let swap = |m: &Mutator, map: &GcMap<Busy, Item>, tally: &Tally| {
            drop(map.remove(m, &Busy(1)));
            map.insert(m, Busy(1), item(m, tally, 7));
        };
        for f in [grow as fn(&Mutator, &GcMap<Busy, Item>, &Tally), clear, swap] {
            let all = [0, 1, 2, 3, 4, 5, 6];
            for doing in all {
                map.clear(m);
                map.insert(m, Busy(1), item(m, &tally, 1));
                meanwhile(m, &map, f, &tally);
                let key = Busy(1);
                match doing {
                    0 => drop(map.get(m, &key).map(number)),
                    1 => drop(map.insert(m, key, item(m, &tally, 2))),
                    2 => drop(map.remove(m, &key)),
                    3 => drop(map.get_or_insert_with(m, key, || item(m, &tally, 2)).to_gc()),
                    4 => drop(map.update(m, &key, |_| Some(item(m, &tally, 2)))),
                    5 => drop(map.update(m, &key, |_| None)),
                    _ => {
                        let other = item(m, &tally, 9);
                        drop(map.compare_exchange(m, &key, other.local(m), None));
                    }
                }
                assert!(FIRST.with(|first| first.borrow().is_none()), "it was compared");
                assert_eq!(map.iter(m).count(), map.len(m));
                let ones = map.keys(m).filter(|key| key.0 == 1).count();
                assert_eq!(usize::from(map.contains_key(m, &Busy(1))), ones);
                m.safepoint();
            }
        }
    });
    assert_eq!(tally.live(), 0);
}
