//! Slots, uncounted references, deferred objects and operand stacks.
#![cfg(all(feature = "gc", not(loom)))]

mod common;
mod heap_common;

use std::sync::Arc;

use brc::{Finalize, Gc, GcSlot, Mutator, Trace, heap};
use common::{Counted, Tally, size};
use heap_common::{alone, elsewhere};

#[derive(Trace)]
struct Link {
    next: GcSlot<Link>,
    #[trace(skip)]
    _counted: Counted,
}

impl Link {
    fn new(tally: &Tally) -> Self {
        Self { next: GcSlot::empty(), _counted: tally.payload() }
    }
}

/// An object whose death is noticed at the next safepoint.
#[derive(Trace)]
#[trace(finalize)]
struct Prompt(
    #[trace(skip)]
    #[expect(dead_code, reason = "counts")]
    Counted,
);

impl Finalize for Prompt {
    fn finalize(&self, _: &Mutator) {}
}

#[test]
fn what_was_taken_out_of_a_slot_lives_to_the_next_safepoint() {
    let tally = Tally::new();
    alone(|m| {
        let slot = GcSlot::new(m.alloc(Prompt(tally.payload())));
        let local = slot.load(m).unwrap();
        slot.store(m, None);
        assert_eq!(tally.live(), 1);
        let again = local.to_gc();
        m.safepoint();
        assert_eq!(tally.live(), 1);
        drop(again);
        m.safepoint();
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn a_chain_of_slots_dies_with_its_head() {
    let n = size(1_000_000, 100_000, 1000);
    let tally = Tally::new();
    alone(|m| {
        let head = GcSlot::empty();
        for _ in 0..n {
            let link = m.alloc(Link::new(&tally));
            link.get(m).next.store(m, head.take(m));
            head.store(m, link);
        }
        assert_eq!(tally.live(), n as isize);
        m.safepoint();
        m.safepoint();
        head.store(m, None);
        m.collect();
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn a_cycle_closed_by_moving_a_handle_is_collected() {
    let tally = Tally::new();
    alone(|m| {
        let slot = GcSlot::new(m.alloc(Link::new(&tally)));
        {
            let link = slot.load(m).unwrap();
            let handle = slot.take(m);
            link.next.store(m, handle);
        }
        m.collect();
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn a_deferred_object_is_freed_by_the_collector_only() {
    let tally = Tally::new();
    alone(|m| {
        let object = m.alloc_deferred(Prompt(tally.payload()));
        let others: Vec<_> = (0..10).map(|_| object.clone()).collect();
        drop(object);
        m.collect();
        assert_eq!(tally.live(), 1);
        elsewhere(move |_| drop(others));
        m.safepoint();
        assert_eq!(tally.live(), 1);
        m.collect();
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn a_stack_keeps_deferred_objects_without_counting_them() {
    let tally = Tally::new();
    alone(|m| {
        let mut stack = m.operand_stack();
        for _ in 0..10 {
            let object = m.alloc_deferred(Prompt(tally.payload()));
            stack.push(m, object.clone());
            stack.push_local(m, object.local(m));
        }
        stack.push(m, m.alloc(Prompt(tally.payload())));
        m.collect();
        assert_eq!(tally.live(), 11);
        drop(stack.pop(m));
        assert_eq!(tally.live(), 10);
        stack.truncate(m, 2);
        m.collect();
        assert_eq!(tally.live(), 1);
        let kept = stack.pop(m);
        drop(stack);
        m.collect();
        assert_eq!(tally.live(), 1);
        drop(kept);
        m.collect();
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn a_living_object_can_be_deferred() {
    let tally = Tally::new();
    alone(|m| {
        let object = m.alloc(Prompt(tally.payload()));
        let other = object.clone();
        Gc::defer(&object, m);
        drop((object, other));
        assert_eq!(tally.live(), 1);
        m.collect();
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn readers_and_writers_of_one_slot_see_living_objects() {
    let rounds = size(200_000, 20_000, 500);
    let tally = Tally::new();
    alone(|m| {
        let slot = Arc::new(GcSlot::new(m.alloc(Link::new(&tally))));
        let threads: Vec<_> = (0..3)
            .map(|reader| {
                let (slot, tally) = (slot.clone(), tally.clone());
                std::thread::spawn(move || {
                    heap::attach(|m| {
                        let mut kept = None;
                        for n in 0..rounds {
                            if reader == 0 {
                                slot.store(m, m.alloc(Link::new(&tally)));
                            } else if let Some(local) = slot.load(m) {
                                assert!(local.next.is_empty());
                                if n % 7 == 0 {
                                    kept = Some(local.to_gc());
                                }
                            }
                            m.safepoint();
                        }
                        drop(kept);
                    })
                    .unwrap();
                })
            })
            .collect();
        m.detach(|| threads.into_iter().for_each(common::join));
        drop(slot);
        m.collect();
        assert_eq!(tally.live(), 0);
    });
}
