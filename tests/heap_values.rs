//! Objects of one type, an enum, of which each value says for itself whether it can be
//! in a cycle and whether it needs the finalizer.
#![cfg(all(feature = "gc", not(loom)))]

mod common;
mod heap_common;

use std::any::Any;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use brc::{Finalize, Gc, GcSlot, GcVec, GcWeak, Local, Mutator, Trace, Tracer, heap};
use common::{Counted, Tally};
use heap_common::{alone, elsewhere, outside, panic_with, panics_with};

#[derive(Trace)]
#[trace(finalize)]
enum Value {
    Int,
    File,
    Text {
        #[trace(skip)]
        _counted: Counted,
    },
    List(GcVec<Value>),
    Links {
        links: Mutex<Vec<Gc<Value>>>,
        #[trace(skip)]
        _counted: Counted,
    },
    Instance {
        links: Mutex<Vec<Gc<Value>>>,
    },
}

/// How many finalizers ran. The tests take turns.
static FINALIZED: AtomicUsize = AtomicUsize::new(0);

impl Finalize for Value {
    fn is_needed(&self) -> bool {
        matches!(self, Self::Instance { .. } | Self::File)
    }

    fn finalize(&self, _: &Mutator) {
        FINALIZED.fetch_add(1, SeqCst);
    }
}

impl Value {
    fn text(tally: &Tally) -> Self {
        Self::Text { _counted: tally.payload() }
    }

    fn links(tally: &Tally) -> Self {
        Self::Links { links: Mutex::default(), _counted: tally.payload() }
    }

    fn instance() -> Self {
        Self::Instance { links: Mutex::default() }
    }
}

fn link(m: &Mutator, from: &Gc<Value>, to: &Gc<Value>) {
    let (Value::Links { links, .. } | Value::Instance { links }) = from.get(m) else {
        panic!("it has no links");
    };
    links.lock().unwrap().push(to.clone());
}

/// Runs `f`, and says how many finalizers ran.
fn finalized<R>(f: impl FnOnce() -> R) -> (R, usize) {
    let before = FINALIZED.load(SeqCst);
    let result = f();
    (result, FINALIZED.load(SeqCst) - before)
}

// --------------------------------------------------------------------- candidates

/// Drops a second handle in every way there is. Returns how many candidates that made.
fn dropped(m: &mut Mutator, object: &Gc<Value>) -> usize {
    assert_eq!(m.collect().candidates, 0);
    let mut candidates = Vec::new();
    // By the owner; by another thread; by one that is not attached; out of a slot.
    drop(object.clone());
    candidates.push(m.collect().candidates);
    let other = object.clone();
    m.detach(|| elsewhere(move |_| drop(other)));
    candidates.push(m.collect().candidates);
    let other = object.clone();
    m.detach(|| outside(move || drop(other)));
    candidates.push(m.collect().candidates);
    let slot = GcSlot::new(object.clone());
    drop(slot.take(m));
    candidates.push(m.collect().candidates);
    let first = candidates[0];
    assert!(candidates.iter().all(|candidates| *candidates == first), "{candidates:?}");
    first
}

#[test]
fn leaves_never_become_candidates() {
    let tally = Tally::new();
    alone(|m| {
        for leaf in [Value::Int, Value::text(&tally), Value::File] {
            let leaf = m.alloc(leaf);
            assert_eq!(dropped(m, &leaf), 0);
        }
        assert_eq!(tally.live(), 0);
        for inner in [Value::List(GcVec::new()), Value::links(&tally), Value::instance()] {
            let inner = m.alloc(inner);
            assert_eq!(dropped(m, &inner), 1);
        }
    });
}

#[test]
fn leaves_are_not_visited() {
    let tally = Tally::new();
    alone(|m| {
        let ring = m.alloc(Value::links(&tally));
        link(m, &ring, &ring);
        for _ in 0..10 {
            link(m, &ring, &m.alloc(Value::text(&tally)));
        }
        drop(ring.clone());
        assert_eq!(m.collect().visited, 1);
        drop(ring);
        let collected = m.collect();
        // The texts died by counting.
        assert_eq!((collected.visited, collected.freed, tally.live()), (1, 1, 0));
    });
}

#[test]
fn a_slice_is_asked_for_its_type_only() {
    alone(|m| {
        let slice = m.alloc_slice([Value::Int, Value::File]);
        drop(slice.clone());
        assert_eq!(m.collect().candidates, 1);
        let ((), runs) = finalized(|| drop(slice));
        assert_eq!(runs, 0);
    });
}

// --------------------------------------------------------------------- finalizers

#[test]
fn only_what_needs_it_is_finalized() {
    let tally = Tally::new();
    alone(|m| {
        let runs_of = |m: &Mutator, value| finalized(|| drop(m.alloc(value))).1;
        assert_eq!(runs_of(m, Value::Int), 0);
        assert_eq!(runs_of(m, Value::text(&tally)), 0);
        assert_eq!(runs_of(m, Value::List(GcVec::new())), 0);
        assert_eq!(runs_of(m, Value::links(&tally)), 0);
        assert_eq!(runs_of(m, Value::instance()), 1);
        assert_eq!(runs_of(m, Value::File), 1);
        assert_eq!(tally.live(), 0);
        // Dropped by another thread, merged.
        let both = [m.alloc(Value::Int), m.alloc(Value::File)];
        let (_, runs) = finalized(|| {
            m.detach(|| elsewhere(move |_| drop(both)));
            m.safepoint();
        });
        assert_eq!(runs, 1);
    });
}

#[test]
fn a_collection_that_finalizes_nothing_has_one_pause() {
    let tally = Tally::new();
    alone(|m| {
        for (value, expected) in [(Value::Int, 0), (Value::instance(), 1)] {
            let ring = m.alloc(Value::links(&tally));
            link(m, &ring, &ring);
            link(m, &ring, &m.alloc(value));
            drop(ring);
            let (collected, runs) = finalized(|| m.collect());
            assert_eq!((runs, collected.pauses.len()), (expected, 1 + expected));
            assert_eq!((collected.freed, tally.live()), (1 + expected, 0));
        }
    });
}

#[test]
fn what_needs_no_finalizer_is_retired_in_batches() {
    let tally = Tally::new();
    alone(|m| {
        let slot = GcSlot::empty();
        let retire = |m: &mut Mutator, value| {
            let object = m.alloc(value);
            slot.store(m, object);
            // Others may be looking at it.
            drop(slot.take(m));
            assert_eq!(heap::stats().retired, 1);
            let ((), runs) = finalized(|| m.safepoint());
            (heap::stats().retired, runs)
        };
        assert_eq!(retire(m, Value::File), (0, 1));
        assert_eq!(retire(m, Value::text(&tally)), (1, 0));
    });
    assert_eq!(tally.live(), 0);
}

// ------------------------------------------------------------------ kinds of objects

#[test]
fn trait_objects_say_it_too() {
    alone(|m| {
        let dynamic = |m: &Mutator, value: Value| -> Gc<dyn Any + Send + Sync> {
            m.alloc_dyn(value, |value| value)
        };
        for (value, candidates, expected) in
            [(Value::Int, 0, 0), (Value::File, 0, 1), (Value::instance(), 1, 1)]
        {
            let object = dynamic(m, value);
            drop(object.clone());
            assert_eq!(m.collect().candidates, candidates);
            assert_eq!(finalized(|| drop(object)).1, expected);
        }
        let object = m.try_alloc(Value::Int).unwrap();
        drop(object.clone());
        assert_eq!(m.collect().candidates, 0);
    });
}

#[test]
fn deferred_leaves_are_freed_by_the_collector() {
    let tally = Tally::new();
    alone(|m| {
        let ((), runs) = finalized(|| {
            drop(m.alloc_deferred(Value::text(&tally)));
            drop(m.alloc_deferred(Value::File));
            let later = m.alloc(Value::text(&tally));
            Gc::defer(&later, m);
            drop(later);
            m.collect();
        });
        assert_eq!((runs, tally.live()), (1, 0));
    });
}

// -------------------------------------------------------------------- changed later

/// An object that was born a leaf, and has become one that can be linked.
fn changed(m: &Mutator, to: Value) -> Gc<Value> {
    let mut object = m.alloc(Value::Int);
    *Gc::get_mut(&mut object, m).unwrap() = to;
    object
}

fn is_alive(m: &Mutator, weak: &GcWeak<Value>) -> bool {
    weak.upgrade(m).is_some()
}

#[test]
fn a_cycle_through_what_was_born_a_leaf_is_a_leak_and_no_more() {
    let tally = Tally::new();
    alone(|m| {
        // leaf -> one -> two -> one, two -> leaf
        let leaf = changed(m, Value::links(&tally));
        let (one, two) = (m.alloc(Value::links(&tally)), m.alloc(Value::links(&tally)));
        link(m, &leaf, &one);
        link(m, &one, &two);
        link(m, &two, &one);
        link(m, &two, &leaf);
        let weak = [&leaf, &one, &two].map(|object| object.downgrade(m));
        drop((leaf, one, two));
        assert_eq!(m.collect().freed, 0);
        assert_eq!(m.collect_full().freed, 0);
        assert!(weak.iter().all(|weak| is_alive(m, weak)));
        assert_eq!(tally.live(), 3);
        // It is whole: all of it can be reached, changed, and dies when it is opened.
        let leaf = weak[0].upgrade(m).unwrap();
        let Value::Links { links, .. } = leaf.get(m) else { panic!() };
        let one = links.lock().unwrap().pop().unwrap();
        drop(leaf);
        drop(one);
        assert_eq!(m.collect().freed, 2);
        m.safepoint();
        assert!(!weak.iter().any(|weak| is_alive(m, weak)));
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn what_was_born_a_leaf_keeps_what_it_refers_to() {
    let tally = Tally::new();
    alone(|m| {
        let leaf = changed(m, Value::links(&tally));
        let ring = m.alloc(Value::links(&tally));
        link(m, &ring, &ring);
        link(m, &leaf, &ring);
        let weak = ring.downgrade(m);
        drop(ring);
        // Garbage that refers to the leaf does not take it along, nor what it keeps.
        let garbage = m.alloc(Value::instance());
        link(m, &garbage, &garbage);
        link(m, &garbage, &leaf);
        link(m, &garbage, &m.alloc(Value::links(&tally)));
        drop(garbage);
        let (collected, runs) = finalized(|| m.collect());
        assert_eq!((collected.freed, runs), (2, 1));
        assert!(is_alive(m, &weak));
        assert_eq!(tally.live(), 2);
        // Its handles are dropped with it.
        drop(leaf);
        assert_eq!(tally.live(), 1);
        assert_eq!(m.collect().freed, 1);
        assert!(!is_alive(m, &weak));
    });
    assert_eq!(tally.live(), 0);
}

#[test]
fn what_was_born_a_leaf_and_is_deferred_is_looked_into() {
    let tally = Tally::new();
    alone(|m| {
        let leaf = changed(m, Value::links(&tally));
        link(m, &leaf, &leaf);
        Gc::defer(&leaf, m);
        drop(leaf);
        assert_eq!(m.collect_full().freed, 1);
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn the_finalizer_is_that_of_the_value_it_was_born_with() {
    alone(|m| {
        let object = changed(m, Value::File);
        assert_eq!(finalized(|| drop(object)).1, 0);
        let mut object = m.alloc(Value::File);
        *Gc::get_mut(&mut object, m).unwrap() = Value::Int;
        assert_eq!(finalized(|| drop(object)).1, 1);
    });
}

// ------------------------------------------------------------------------ by hand

/// What each question is answered by: a number is panicked with.
struct ByHand {
    acyclic: Result<bool, u32>,
    finalizer: Result<bool, u32>,
    asked: Mutex<Vec<&'static str>>,
    _counted: Counted,
}

impl ByHand {
    fn new(tally: &Tally, acyclic: Result<bool, u32>, finalizer: Result<bool, u32>) -> Self {
        Self { acyclic, finalizer, asked: Mutex::default(), _counted: tally.payload() }
    }

    fn answer(&self, name: &'static str, answer: Result<bool, u32>) -> bool {
        self.asked.lock().unwrap().push(name);
        answer.unwrap_or_else(|number| panic_with(number))
    }
}

// SAFETY: reports nothing.
unsafe impl Trace for ByHand {
    const FINALIZE: Option<fn(&Self, Local<'_, Self>, &Mutator)> = Some(|_, _, _| {
        FINALIZED.fetch_add(1, SeqCst);
    });

    fn is_acyclic(&self) -> bool {
        self.answer("acyclic", self.acyclic)
    }

    fn needs_finalizer(&self) -> bool {
        self.answer("finalizer", self.finalizer)
    }

    fn trace(&self, _: &mut Tracer<'_>) {}
}

#[test]
fn each_is_asked_once() {
    let tally = Tally::new();
    alone(|m| {
        for (acyclic, finalizer) in [(true, true), (true, false), (false, true), (false, false)] {
            let object = m.alloc(ByHand::new(&tally, Ok(acyclic), Ok(finalizer)));
            drop(object.clone());
            assert_eq!(m.collect().candidates, usize::from(!acyclic));
            assert_eq!(*object.get(m).asked.lock().unwrap(), ["acyclic", "finalizer"]);
            assert_eq!(finalized(|| drop(object)).1, usize::from(finalizer));
        }
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn a_panic_of_either_leaves_nothing_behind() {
    let tally = Tally::new();
    alone(|m| {
        let makers: [fn(&Mutator, ByHand); 5] = [
            |m, value| drop(m.alloc(value)),
            |m, value| drop(m.try_alloc(value)),
            |m, value| drop(m.alloc_dyn::<_, dyn Any>(value, |value| value)),
            |m, value| drop(m.alloc_immortal(value)),
            |m, value| drop(m.alloc_deferred(value)),
        ];
        let before = heap::stats();
        for make in makers {
            let first = ByHand::new(&tally, Err(1), Ok(true));
            assert_eq!(panics_with(|| make(m, first)), Some(1));
            let second = ByHand::new(&tally, Ok(true), Err(2));
            assert_eq!(panics_with(|| make(m, second)), Some(2));
        }
        let after = heap::stats();
        assert_eq!(after.allocated_objects, before.allocated_objects);
        assert_eq!((after.objects, after.bytes), (before.objects, before.bytes));
        assert_eq!(after.deferred_objects, before.deferred_objects);
        assert_eq!(tally.live(), 0);
    });
}

/// A container without a finalizer, taken out of a slot, dies at the next safepoint if
/// that was asked for, and what hangs on it with it.
#[test]
fn prompt_deaths_do_not_wait_for_others() {
    use brc::Locked;

    alone(|m| {
        let slot = GcSlot::empty();
        for prompt in [true, false, true] {
            heap::configure().prompt_deaths(prompt);
            let inner = m.alloc(Locked::new(Vec::<Gc<u8>>::new()));
            let witness = inner.downgrade(m);
            let outer = m.alloc(Locked::new(vec![inner]));
            slot.store(m, outer);
            // Nothing of before waits.
            for _ in 0..64 {
                let number = GcSlot::new(m.alloc(Locked::new(Vec::<Gc<u8>>::new())));
                number.store(m, None);
            }
            m.safepoint();
            m.safepoint();
            slot.store(m, None);
            m.safepoint();
            m.safepoint();
            assert_eq!(witness.is_alive(m), !prompt);
        }
        heap::configure().prompt_deaths(false);
    });
}
