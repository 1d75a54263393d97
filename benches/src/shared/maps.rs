//! Lookups in maps that threads share.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, RwLock};

use arc_swap::ArcSwap;
use brc::{GcMap, Mutator};
use dashmap::DashMap;

use super::attach;
use super::fields::{heap_reader, heap_reading, heap_writing, reader, reading, writing};
use super::measure::{Bench, Case};
use super::reads::SIZE;

/// One multiplication: what is compared is the maps.
#[derive(Clone, Copy, Default)]
pub(crate) struct Mix(u64);

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(byte.into()));
    }

    #[inline]
    fn write_u64(&mut self, n: u64) {
        let product = (self.0 ^ n).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = product ^ product >> 32;
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}

pub(crate) type State = BuildHasherDefault<Mix>;

/// The key of an entry, spread over the numbers.
pub(crate) const fn key(i: u64) -> u64 {
    (i % SIZE) * 8
}

/// A key that is there, or (`MISS`) one that is not, in no order.
#[inline]
pub(crate) fn ask<const MISS: bool>(i: u32) -> u64 {
    key(u64::from(i).wrapping_mul(7919)) + MISS as u64
}

pub(crate) const PLAIN: &str = "`HashMap`, which nobody can write";

fn entries() -> impl Iterator<Item = (u64, Arc<u64>)> {
    (0..SIZE).map(|i| (key(i), Arc::new(i)))
}

/// The columns' cases.
#[derive(Default)]
pub(crate) struct Columns {
    pub(crate) hit: Vec<Case>,
    pub(crate) miss: Vec<Case>,
    pub(crate) beside: Vec<Case>,
}

impl Columns {
    /// `get` and `set` are given a map and a key.
    fn add<T: Send + Sync + 'static>(
        &mut self,
        name: &'static str,
        map: T,
        get: impl Fn(&T, u64) -> u64 + Copy + Send + 'static,
        set: Option<impl Fn(&T, u64, Arc<u64>) + Copy + Send + 'static>,
    ) {
        let map = Arc::new(map);
        self.hit.push(reader(name, map.clone(), move |map, i| get(map, ask::<false>(i))));
        self.miss.push(reader(name, map.clone(), move |map, i| get(map, ask::<true>(i))));
        if let Some(set) = set {
            let other = map.clone();
            self.beside.push(Case::two(
                name,
                move || reading(map.clone(), move |map, i| get(map, ask::<false>(i))),
                move || {
                    writing(other.clone(), move |map, i| {
                        set(map, ask::<false>(i), Arc::new(u64::from(i)));
                    })
                },
            ));
        }
    }
}

pub(crate) fn lookups(bench: &mut Bench) {
    let mut all = Columns::default();
    type Std = HashMap<u64, Arc<u64>, State>;
    let none: Option<fn(&Std, u64, Arc<u64>)> = None;
    let value = |value: Option<&Arc<u64>>| value.map_or(0, |value| **value);
    all.add(PLAIN, entries().collect::<Std>(), move |map, key| value(map.get(&key)), none);
    let map = attach(|m| {
        let map = GcMap::<u64, u64, State>::default();
        map.extend(m, (0..SIZE).map(|i| (key(i), m.alloc(i))));
        m.alloc(map)
    });
    let find = |m: &Mutator, map: &GcMap<u64, u64, State>, key: u64| {
        map.get(m, &key).map_or(0, |value| *value)
    };
    let name = "brc: `GcMap`";
    all.hit.push(heap_reader(name, map.clone(), move |m, map, i| find(m, map, ask::<false>(i))));
    all.miss.push(heap_reader(name, map.clone(), move |m, map, i| find(m, map, ask::<true>(i))));
    let other = map.clone();
    all.beside.push(Case::two(
        name,
        move || heap_reading(map.clone(), move |m, map, i| find(m, map, ask::<false>(i))),
        move || {
            heap_writing(other.clone(), |m, map, i| {
                drop(map.insert(m, ask::<false>(i), m.alloc(u64::from(i))));
            })
        },
    ));
    all.add(
        "papaya, pinned each time",
        entries().collect::<papaya::HashMap<_, _, State>>(),
        move |map, key| value(map.pin().get(&key)),
        Some(|map: &papaya::HashMap<_, _, State>, key, value| {
            map.pin().insert(key, value);
        }),
    );
    all.add(
        "dashmap",
        entries().collect::<DashMap<_, _, State>>(),
        move |map, key| map.get(&key).map_or(0, |value| **value),
        Some(|map: &DashMap<_, _, State>, key, value| {
            map.insert(key, value);
        }),
    );
    let scc = scc::HashMap::<u64, Arc<u64>, State>::default();
    let index = scc::HashIndex::<u64, Arc<u64>, State>::default();
    for (key, value) in entries() {
        scc.upsert_sync(key, value.clone());
        let _ = index.insert_sync(key, value);
    }
    all.add(
        "scc: `HashMap`",
        scc,
        |map, key| map.read_sync(&key, |_, value| **value).unwrap_or_default(),
        Some(|map: &scc::HashMap<_, _, State>, key, value| {
            map.upsert_sync(key, value);
        }),
    );
    all.add(
        "scc: `HashIndex`",
        index,
        |map, key| map.peek_with(&key, |_, value: &Arc<u64>| **value).unwrap_or_default(),
        Some(|map: &scc::HashIndex<_, _, State>, key, value| {
            map.remove_sync(&key);
            let _ = map.insert_sync(key, value);
        }),
    );
    all.add(
        "`RwLock<HashMap>`",
        RwLock::new(entries().collect::<Std>()),
        move |map, key| value(map.read().expect("no panic").get(&key)),
        Some(|map: &RwLock<Std>, key, value| {
            map.write().expect("no panic").insert(key, value);
        }),
    );
    all.add(
        "arc-swap of a `HashMap`",
        ArcSwap::from_pointee(entries().collect::<Std>()),
        move |map, key| value(map.load().get(&key)),
        Some(|map: &ArcSwap<Std>, key, value: Arc<u64>| {
            map.rcu(|map| {
                let mut map = Std::clone(map);
                map.insert(key, value.clone());
                map
            });
        }),
    );
    bench.one_and_two("hit", "hit, two threads", &all.hit);
    bench.one_and_two("miss", "miss, two threads", &all.miss);
    bench.two("hit beside a writer", Some("the writer"), &all.beside);
}
