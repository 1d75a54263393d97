//! Reads of one shared object by one thread and by two.

use std::sync::atomic::{AtomicPtr, Ordering::Acquire};
use std::sync::{Arc, Mutex, RwLock};

use arc_swap::ArcSwap;
use brc::{GcMap, GcSlot, GcVec, Trace};

use super::attach;
use super::fields::{heap_reader, reader};
use super::maps::{State, ask, key};
use super::measure::{Bench, Case};

/// An instance, by its class's layout.
#[derive(Trace)]
struct Instance {
    fields: [GcSlot<u64>; 4],
}

pub(crate) const ATTRIBUTE: &str = "brc: attribute, a `GcSlot` of an object";
pub(crate) const ELEMENT: &str = "brc: element, `GcVec::get`";
pub(crate) const ENTRY: &str = "brc: entry, `GcMap::get`";

pub(crate) const SIZE: u64 = 1000;

pub(crate) fn shared(bench: &mut Bench) {
    let instance = attach(|m| {
        let fields = [1u64, 2, 3, 4].map(|value| GcSlot::new(m.alloc(value)));
        m.alloc(Instance { fields })
    });
    let vec = attach(|m| m.alloc((0..SIZE).map(|i| m.alloc(i)).collect::<GcVec<u64>>()));
    let map = attach(|m| {
        let map = GcMap::<u64, u64, State>::default();
        map.extend(m, (0..SIZE).map(|i| (key(i), m.alloc(i))));
        m.alloc(map)
    });
    let arcs = || [1u64, 2, 3, 4].map(Arc::new);
    let list = || (0..SIZE).map(Arc::new).collect::<Vec<_>>();
    let own = || {
        Case::new("plain loads, of each thread's own", || {
            let cells: Vec<_> = (0..4u64).map(|i| AtomicPtr::new(Box::leak(Box::new(i)))).collect();
            super::fields::reading(Arc::new(cells), |cells, i| {
                // SAFETY: not null, and never freed.
                unsafe { *cells[i as usize % 4].load(Acquire) }
            })
        })
    };
    let cases = [
        own(),
        heap_reader(ATTRIBUTE, instance, |m, instance, i| {
            *instance.fields[i as usize % 4].load(m).expect("not empty")
        }),
        heap_reader(ELEMENT, vec, |m, vec, i| {
            *vec.get(m, i as usize % SIZE as usize).expect("within its length")
        }),
        heap_reader(ENTRY, map, |m, map, i| *map.get(m, &ask::<false>(i)).expect("a key")),
        reader("attribute, arc-swap", Arc::new(arcs().map(ArcSwap::new)), |fields, i| {
            **fields[i as usize % 4].load()
        }),
        reader("attribute, `Mutex`, cloned `Arc`", Arc::new(Mutex::new(arcs())), |fields, i| {
            *fields.lock().expect("no panic")[i as usize % 4].clone()
        }),
        reader("element, `RwLock<Vec>`, cloned `Arc`", Arc::new(RwLock::new(list())), |list, i| {
            *list.read().expect("no panic")[i as usize % SIZE as usize].clone()
        }),
        reader("element, `Mutex<Vec>`, cloned `Arc`", Arc::new(Mutex::new(list())), |list, i| {
            *list.lock().expect("no panic")[i as usize % SIZE as usize].clone()
        }),
    ];
    bench.one_and_two("one thread", "two threads", &cases);
}
