//! Slots, uncounted references, operand stacks and lifetimes, item by item.
#![cfg(all(feature = "gc", not(loom)))]

mod common;
mod heap_common;

use std::any::Any;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use brc::deferred::Refused;
use brc::{Finalize, Gc, GcSlot, Lifetime, Local, Mutator, OperandStack, Trace, heap};
use common::{Counted, Tally, assert_survives, catches_panic, is_small, panic_quietly, size};
use heap_common::{
    A_WHILE, Finalized, Node, alone, alone_detached, elsewhere, link, mortal, outside,
};

#[derive(Trace)]
struct Link {
    next: GcSlot<Link>,
    #[trace(skip)]
    counted: Counted,
}

impl Link {
    fn new(tally: &Tally) -> Self {
        Self { next: GcSlot::empty(), counted: tally.payload() }
    }
}

/// An object whose death is noticed at the next safepoint.
#[derive(Trace)]
#[trace(finalize)]
struct Prompt(#[trace(skip)] Counted);

impl Finalize for Prompt {
    fn finalize(&self, _: &Mutator) {}
}

fn prompt(m: &Mutator, tally: &Tally) -> Gc<Prompt> {
    m.alloc(Prompt(tally.payload()))
}

/// Whether `f` panics as a failed assertion does. Says nothing on the terminal.
fn panics(f: impl FnOnce()) -> bool {
    static HOOK: Mutex<()> = Mutex::new(());
    let _turn = HOOK.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

// ----------------------------------------------------------------------- Local

#[test]
fn a_local_is_one_word_and_may_be_none_in_one_word() {
    const WORD: usize = size_of::<usize>();
    assert_eq!(size_of::<Local<'_, Link>>(), WORD);
    assert_eq!(size_of::<Option<Local<'_, Link>>>(), WORD);
    assert_eq!(size_of::<Local<'_, [Link]>>(), WORD);
    assert_eq!(size_of::<Option<Local<'_, dyn Any>>>(), WORD);
    assert_eq!(size_of::<GcSlot<Link>>(), WORD);
    assert_eq!(size_of::<GcSlot<str>>(), WORD);
}

#[test]
fn a_local_shows_the_object_and_is_it() {
    alone(|m| {
        let slot = GcSlot::new(m.alloc("text".to_owned()));
        let other = m.alloc("text".to_owned());
        // The payload lives longer than the value that was asked.
        let text: &str = {
            let local = slot.load(m).unwrap();
            local.get()
        };
        assert_eq!(text, "text");
        let local = slot.load(m).unwrap();
        let copy = local;
        #[expect(clippy::clone_on_copy, reason = "that is the test")]
        let clone = local.clone();
        assert!(Local::ptr_eq(local, copy) && Local::ptr_eq(copy, clone));
        assert!(!Local::ptr_eq(local, other.local(m)));
        assert!(std::ptr::eq(Local::as_ptr(local), local.get() as *const String as *const ()));
        assert_eq!(local.len(), 4, "by `Deref`");
        assert_eq!(format!("{local:?}"), "\"text\"");
        assert_eq!(format!("{local:p}"), format!("{:p}", Local::as_ptr(local)));
        let counted = local.to_gc();
        assert_eq!(Gc::strong_count(&counted), 2);
        assert_eq!(counted.as_ptr(), Local::as_ptr(local));
    });
}

#[test]
fn a_local_of_a_trait_object_is_cast_to_what_it_is() {
    alone(|m| {
        let slot: GcSlot<dyn Any + Send + Sync> = GcSlot::new(m.alloc_dyn(5_u8, |n| n));
        let any = slot.load(m).unwrap();
        assert_eq!(Local::downcast::<u8>(any).map(|five| *five), Some(5));
        assert!(Local::downcast::<i8>(any).is_none());
        let five: Gc<u8> = Local::downcast::<u8>(any).unwrap().to_gc();
        slot.store(m, None);
        assert_eq!(*five.get(m), 5);
    });
}

#[test]
fn a_local_may_be_looked_at_by_other_threads_while_its_own_waits() {
    let tally = Tally::new();
    alone(|m| {
        let slot = GcSlot::new(m.alloc(Link::new(&tally)));
        let local = slot.load(m).unwrap();
        slot.store(m, None);
        let (unattached, attached) = thread::scope(|s| {
            let unattached = s.spawn(|| {
                local.counted.check();
                local.to_gc()
            });
            let attached = s.spawn(|| {
                heap::attach(|m| {
                    let handle = local.to_gc();
                    // Its own safepoints end nothing here.
                    (0..3).for_each(|_| m.safepoint());
                    local.counted.check();
                    handle
                })
                .unwrap()
            });
            (unattached.join().unwrap(), attached.join().unwrap())
        });
        assert!(Gc::ptr_eq(&unattached, &attached));
        m.safepoint();
        m.detach(|| drop(unattached));
        m.safepoint();
        assert_eq!(tally.live(), 1);
        m.detach(|| outside(|| drop(attached)));
        m.collect();
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn local_of_a_handle_counts_nothing_and_unbound_is_for_what_is_uncounted() {
    let tally = Tally::new();
    alone(|m| {
        let counted = prompt(m, &tally);
        counted.local(m).0.check();
        assert_eq!(Gc::strong_count(&counted), 1);
        assert!(counted.unbound(m).is_none());
        let deferred = m.alloc_deferred(Prompt(tally.payload()));
        let local = deferred.unbound(m).unwrap();
        drop(deferred);
        local.0.check();
        let again = local.to_gc();
        m.collect();
        assert_eq!(tally.live(), 2);
        assert!(again.unbound(m).is_some());
        let immortal = m.alloc_immortal(7);
        let local = immortal.unbound(m).unwrap();
        drop(immortal);
        assert_eq!(*local, 7);
        Gc::defer(&counted, m);
        assert!(counted.unbound(m).is_some(), "now it is");
    });
    assert_eq!(tally.live(), 0);
}

// ---------------------------------------------------------------------- GcSlot

#[test]
fn what_was_taken_out_of_a_slot_lives_to_the_next_safepoint() {
    let tally = Tally::new();
    alone(|m| {
        let slot = GcSlot::new(prompt(m, &tally));
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

/// The ways to let go of what a slot holds.
const REMOVALS: [fn(&Mutator, &GcSlot<Prompt>); 6] = [
    |m, slot| slot.store(m, None),
    |m, slot| drop(slot.swap(m, None)),
    |m, slot| drop(slot.take(m)),
    |m, slot| drop(slot.compare_exchange(m, slot.load(m), None)),
    |m, slot| drop(slot.update(m, |_| None)),
    |m, slot| {
        let handle = slot.take(m);
        drop(handle.clone());
        drop(handle);
    },
];

#[test]
fn however_it_was_removed_another_thread_that_looks_at_it_keeps_it() {
    let tally = Tally::new();
    alone(|m| {
        for (number, remove) in REMOVALS.into_iter().enumerate() {
            // Made by the one who looks, or by the one who removes.
            for made_there in [true, false] {
                let slot = Arc::new(GcSlot::empty());
                if !made_there {
                    slot.store(m, prompt(m, &tally));
                }
                let (looks, is_looking) = mpsc::channel();
                let (go, gone) = mpsc::channel::<()>();
                let (theirs, theirs_too) = (slot.clone(), tally.clone());
                let reader = thread::spawn(move || {
                    heap::attach(|m| {
                        if made_there {
                            theirs.store(m, prompt(m, &theirs_too));
                        }
                        let local = theirs.load(m).unwrap();
                        looks.send(()).unwrap();
                        // Attached: this is no safepoint.
                        gone.recv().unwrap();
                        local.0.check();
                        assert_eq!(theirs_too.live(), 1, "{number}");
                        m.safepoint();
                    })
                    .unwrap();
                });
                is_looking.recv().unwrap();
                remove(m, &slot);
                for _ in 0..3 {
                    m.safepoint();
                    m.detach(|| ());
                }
                assert_eq!(tally.live(), 1, "{number}: looked at");
                go.send(()).unwrap();
                m.detach(|| common::join(reader));
                m.safepoint();
                assert_eq!(tally.live(), 0, "{number}");
            }
        }
    });
}

#[test]
fn a_slot_that_nobody_else_can_read_lets_go_at_once() {
    let tally = Tally::new();
    alone(|m| {
        drop(GcSlot::new(prompt(m, &tally)));
        assert_eq!(tally.live(), 0);
        drop(GcSlot::new(prompt(m, &tally)).into_inner());
        assert_eq!(tally.live(), 0);
        let slot = GcSlot::empty();
        slot.store(m, prompt(m, &tally));
        let mut unwrapped = slot.into_inner().unwrap();
        assert!(Gc::get_mut(&mut unwrapped, m).is_some());
        drop(unwrapped);
        assert_eq!(tally.live(), 0);
        assert!(GcSlot::<Prompt>::empty().into_inner().is_none());
        // Not attached.
        let slot = GcSlot::new(prompt(m, &tally));
        m.detach(|| {
            drop(slot);
            assert_eq!(tally.live(), 0);
        });
    });
}

#[test]
fn what_was_removed_is_not_the_programs_alone_before_all_have_passed() {
    let tally = Tally::new();
    alone(|m| {
        let slot = GcSlot::new(m.alloc(Link::new(&tally)));
        let mut taken = slot.take(m).unwrap();
        assert!(Gc::get_mut(&mut taken, m).is_none(), "others may be looking at it");
        let mut taken = Gc::try_unwrap(taken, m).err().unwrap();
        m.collect();
        assert!(Gc::get_mut(&mut taken, m).is_some());
        assert!(Gc::try_unwrap(taken, m).is_ok());
        assert_eq!(tally.live(), 0);
        // It can die at once then, too.
        slot.store(m, m.alloc(Link::new(&tally)));
        let taken = slot.take(m);
        m.collect();
        drop(taken);
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn a_slot_is_made_empty_or_full() {
    static SHARED: GcSlot<u8> = GcSlot::empty();
    alone(|m| {
        assert!(SHARED.is_empty() && SHARED.load(m).is_none() && SHARED.take(m).is_none());
        SHARED.store(m, m.alloc(1));
        assert!(!SHARED.is_empty());
        assert_eq!(SHARED.take(m).map(|one| *one.get(m)), Some(1));
        assert!(GcSlot::<u8>::default().is_empty());
        assert!(GcSlot::<u8>::from(None).is_empty());
        let full = [GcSlot::new(m.alloc(2)), m.alloc(2).into(), Some(m.alloc(2)).into()];
        for slot in full {
            assert_eq!(slot.load(m).map(|two| *two), Some(2));
            assert!(format!("{slot:?}").starts_with("GcSlot(0x"));
        }
        let empty = GcSlot::<Link>::empty();
        empty.store(m, None);
        assert!(empty.is_empty());
    });
}

#[test]
fn slots_hold_what_is_unsized() {
    alone(|m| {
        let text = GcSlot::new(m.alloc_str("text"));
        let numbers = GcSlot::new(m.alloc_slice([1, 2, 3]));
        assert_eq!(text.load(m).unwrap().get(), "text");
        assert_eq!(numbers.load(m).unwrap().get(), [1, 2, 3]);
        text.store(m, m.alloc_str(""));
        assert_eq!(text.load(m).unwrap().get(), "");
        assert_eq!(numbers.take(m).unwrap().get(m).len(), 3);
    });
}

#[test]
fn compare_exchange_replaces_what_it_was_told_and_nothing_else() {
    let tally = Tally::new();
    alone(|m| {
        let slot = GcSlot::empty();
        let (one, two) = (prompt(m, &tally), prompt(m, &tally));
        // Nothing is expected, and there.
        assert!(slot.compare_exchange(m, None, one.clone()).unwrap().is_none());
        // Nothing is expected, and something is there.
        let Refused { current, new, .. } = slot.compare_exchange(m, None, two.clone()).unwrap_err();
        assert_eq!(current.map(Local::as_ptr), Some(one.as_ptr()));
        assert!(Gc::ptr_eq(&new.unwrap(), &two));
        // Something else is expected.
        let refused = slot.compare_exchange(m, Some(two.local(m)), None).unwrap_err();
        assert!(refused.current.is_some() && refused.new.is_none());
        assert_eq!(format!("{refused:?}"), "the slot held something else");
        // By an uncounted reference from elsewhere.
        let old = slot.compare_exchange(m, Some(one.local(m)), two.clone()).unwrap();
        assert!(Gc::ptr_eq(&old.unwrap(), &one));
        // What is there, for itself.
        assert!(slot.compare_exchange(m, slot.load(m), two.clone()).unwrap().is_some());
        // Something is expected, and nothing there.
        drop(slot.take(m));
        assert!(slot.compare_exchange(m, Some(one.local(m)), None).unwrap_err().current.is_none());
        drop((one, two, slot));
        m.safepoint();
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn update_tries_again_until_nobody_was_faster() {
    alone(|m| {
        let slot = GcSlot::new(m.alloc(0));
        let mut calls = 0;
        let old = slot.update(m, |old| {
            calls += 1;
            if calls <= 3 {
                // Somebody is.
                slot.store(m, m.alloc(10 * calls));
            }
            old.map(|old| m.alloc(*old + 1))
        });
        assert_eq!((calls, old.map(|old| *old.get(m))), (4, Some(30)));
        assert_eq!(slot.load(m).map(|new| *new), Some(31));
        assert_eq!(slot.update(m, |_| None).map(|old| *old.get(m)), Some(31));
        assert!(slot.update(m, |old| old.map(Local::to_gc)).is_none());
    });
}

#[test]
fn a_panic_in_update_leaves_the_slot_as_it_was() {
    let tally = Tally::new();
    alone(|m| {
        let slot = GcSlot::new(prompt(m, &tally));
        let before = slot.load(m);
        assert!(catches_panic(|| {
            drop(slot.update(m, |_| {
                let _new = prompt(m, &tally);
                panic_quietly()
            }));
        }));
        assert_eq!(slot.load(m).map(Local::as_ptr), before.map(Local::as_ptr));
        assert_eq!(tally.live(), 1);
        // In a second call, when another's value is there.
        let mut calls = 0;
        assert!(catches_panic(|| {
            drop(slot.update(m, |_| {
                calls += 1;
                if calls == 2 {
                    panic_quietly();
                }
                slot.store(m, prompt(m, &tally));
                Some(prompt(m, &tally))
            }));
        }));
        assert!(!slot.is_empty());
        drop(slot);
        m.safepoint();
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn a_panic_in_the_destructor_of_what_was_replaced_leaves_the_new_one_there() {
    let tally = Tally::new();
    alone(|m| {
        // At once: it was in no slot before others could read it.
        let bomb = m.alloc(Node::armed(&tally));
        let slot = GcSlot::new(bomb.clone());
        slot.store(m, m.alloc(Node::new(&tally)));
        assert!(catches_panic(|| {
            drop(bomb);
            m.collect();
        }));
        assert_eq!(tally.live(), 1);
        // Several wait, and each is told of.
        const BOMBS: usize = 40;
        for n in 0..2 * BOMBS {
            let node = if n % 2 == 0 { Node::armed(&tally) } else { Node::new(&tally) };
            slot.store(m, m.alloc(node));
        }
        let mut caught = 0;
        for _ in 0..=BOMBS {
            caught += usize::from(catches_panic(|| m.safepoint()));
        }
        for _ in 0..=BOMBS {
            caught += usize::from(catches_panic(|| m.detach(|| ())));
        }
        assert_eq!((caught, tally.live()), (BOMBS, 1), "the last is a harmless one");
        slot.load(m).unwrap().edges.lock().unwrap().push(m.alloc(Node::new(&tally)));
        drop(slot);
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
        // By each way that hands the handle out, and over two objects.
        type Out = fn(&Mutator, &GcSlot<Link>) -> Option<Gc<Link>>;
        let out: [Out; 4] = [
            |m, slot| slot.take(m),
            |m, slot| slot.swap(m, None),
            |m, slot| slot.compare_exchange(m, slot.load(m), None).unwrap(),
            |m, slot| slot.update(m, |_| None),
        ];
        for (number, out) in out.into_iter().enumerate() {
            slot.store(m, m.alloc(Link::new(&tally)));
            {
                let first = slot.load(m).unwrap();
                first.next.store(m, m.alloc(Link::new(&tally)));
                let second = first.get().next.load(m).unwrap();
                second.next.store(m, out(m, &slot));
            }
            m.collect();
            assert_eq!(tally.live(), 0, "{number}");
        }
    });
}

#[test]
fn a_weak_handle_finds_what_was_retired_until_it_dies() {
    let tally = Tally::new();
    alone(|m| {
        let called = Arc::new(AtomicUsize::new(0));
        let slot = GcSlot::new(m.alloc(Link::new(&tally)));
        let count = called.clone();
        let weak = slot.load(m).unwrap().to_gc().downgrade_with(m, move |_| {
            count.fetch_add(1, SeqCst);
        });
        slot.store(m, None);
        let again = weak.upgrade(m).expect("it is not dead yet");
        m.safepoint();
        assert_eq!((tally.live(), called.load(SeqCst)), (1, 0));
        slot.store(m, again);
        m.safepoint();
        slot.store(m, None);
        assert!(weak.is_alive(m));
        m.safepoint();
        assert_eq!((tally.live(), called.load(SeqCst)), (0, 1), "who has a callback dies soon");
        assert!(!weak.is_alive(m) && weak.upgrade(m).is_none());
    });
}

#[test]
fn a_finalizer_may_put_what_was_retired_back() {
    static KEPT: GcSlot<Finalized> = GcSlot::empty();
    let tally = Tally::new();
    alone(|m| {
        let mut weak = None;
        let (tell, told) = mpsc::channel::<brc::GcWeak<Finalized>>();
        let finalizer = move |m: &Mutator, _: &Finalized| {
            let weak = told.recv().unwrap();
            KEPT.store(m, weak.upgrade(m));
        };
        let slot = GcSlot::new(m.alloc(Finalized::new(&tally, finalizer)));
        tell.send(weak.insert(slot.load(m).unwrap().to_gc().downgrade(m)).clone()).unwrap();
        slot.store(m, None);
        m.safepoint();
        assert_eq!((tally.live(), KEPT.is_empty()), (1, false), "resurrected");
        m.safepoint();
        KEPT.store(m, None);
        assert_eq!(tally.live(), 1, "it is retired again");
        m.collect();
        assert_eq!(tally.live(), 0, "without its finalizer");
        assert!(weak.unwrap().upgrade(m).is_none());
    });
}

#[test]
fn the_figure_of_what_is_retired_is_exact() {
    const FEW: usize = 31;
    let tally = Tally::new();
    alone(|m| {
        let slot = GcSlot::empty();
        let write = |m: &Mutator| slot.store(m, m.alloc(Link::new(&tally)));
        write(m);
        let before = heap::stats();
        for n in 1..=FEW {
            write(m);
            assert_eq!(heap::stats().retired, n);
        }
        assert_eq!(heap::stats().objects, before.objects + FEW as u64);
        write(m);
        m.safepoint();
        assert_eq!((heap::stats().retired, tally.live()), (0, 1), "there were many");
        // However few there are, a detach, a collection or the end finds them.
        let ways: [fn(&mut Mutator); 4] = [
            |m| m.detach(|| ()),
            |m| drop(m.collect()),
            |m| drop(m.collect_full()),
            |m| m.detach(|| elsewhere(|m| drop(m.collect()))),
        ];
        for way in ways {
            write(m);
            assert_eq!(heap::stats().retired, 1);
            way(m);
            assert_eq!((heap::stats().retired, tally.live()), (0, 1));
        }
        drop(slot);
        assert_eq!(tally.live(), 0);
        let theirs = tally.clone();
        m.detach(|| {
            elsewhere(move |m| {
                let slot = GcSlot::new(m.alloc(Link::new(&theirs)));
                slot.store(m, None);
                assert_eq!(heap::stats().retired, 1);
            });
        });
        m.safepoint();
        assert_eq!((heap::stats().retired, tally.live()), (0, 0));
    });
}

/// Whose it was does not matter: that thread may sleep by then.
#[test]
fn the_last_one_to_pass_destroys_what_another_has_retired() {
    let tally = Tally::new();
    alone(|m| {
        let slot = Arc::new(GcSlot::empty());
        let (retires, has_retired) = mpsc::channel();
        let (go, gone) = mpsc::channel::<()>();
        let (theirs, owner) = (slot.clone(), tally.clone());
        let thread = thread::spawn(move || {
            heap::attach(|m| {
                theirs.store(m, prompt(m, &owner));
                theirs.store(m, None);
                // Passes: the other has not.
                m.safepoint();
                assert_eq!(owner.live(), 1);
                retires.send(()).unwrap();
                // Attached: this is no safepoint.
                gone.recv().unwrap();
            })
            .unwrap();
        });
        has_retired.recv().unwrap();
        assert_eq!(heap::stats().retired, 1);
        m.safepoint();
        assert_eq!((tally.live(), heap::stats().retired, heap::stats().queued), (0, 0, 0));
        go.send(()).unwrap();
        m.detach(|| common::join(thread));
        assert!(slot.is_empty());
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
                thread::spawn(move || {
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

// ---------------------------------------------------------------------- stacks

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
        stack.push(m, prompt(m, &tally));
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

/// A stack of numbers, from the bottom.
fn numbers(m: &Mutator, stack: &OperandStack<i32>) -> Vec<i32> {
    stack.range(m, ..).map(|local| *local).collect()
}

#[test]
fn a_stack_does_what_stacks_do() {
    alone(|m| {
        let lifetimes = [Lifetime::Counted, Lifetime::Deferred, Lifetime::Immortal];
        let mut stack = m.operand_stack();
        assert!(stack.is_empty() && stack.pop(m).is_none() && stack.top(m).is_none());
        assert!(stack.get(m, 0).is_none());
        for n in 0..6 {
            stack.push(m, m.alloc_with(n, lifetimes[n as usize % 3]));
        }
        assert_eq!((stack.len(), stack.is_empty()), (6, false));
        assert_eq!(numbers(m, &stack), [0, 1, 2, 3, 4, 5]);
        assert_eq!(stack.get(m, 4).map(|four| *four), Some(4));
        assert_eq!(stack.top(m).map(|five| *five), Some(5));
        assert!(stack.get(m, 6).is_none() && stack.get(m, usize::MAX).is_none());
        let some: Vec<_> = stack.range(m, 1..=3).rev().map(|local| *local).collect();
        assert_eq!((some, stack.range(m, 6..).len()), (vec![3, 2, 1], 0));
        stack.swap(m, 0, 5);
        stack.swap(m, 2, 2);
        stack.dup(m, 0);
        stack.dup(m, 5);
        assert_eq!(numbers(m, &stack), [5, 1, 2, 3, 4, 0, 5, 0]);
        stack.set(m, 1, m.alloc(7));
        stack.set(m, 0, m.alloc_deferred(8));
        assert_eq!(numbers(m, &stack), [8, 7, 2, 3, 4, 0, 5, 0]);
        let frame = stack.split_off(m, 5);
        assert_eq!(frame.iter().map(|gc| *gc.get(m)).collect::<Vec<_>>(), [0, 5, 0]);
        assert!(stack.split_off(m, 5).is_empty());
        stack.truncate(m, 9);
        stack.truncate(m, 3);
        assert_eq!(numbers(m, &stack), [8, 7, 2]);
        assert_eq!(stack.pop(m).map(|two| *two.get(m)), Some(2));
        stack.truncate(m, 0);
        assert!(stack.is_empty());
        assert_eq!(format!("{stack:?}"), "OperandStack { len: 0, .. }");
    });
}

#[test]
fn indices_that_a_stack_does_not_have_change_nothing() {
    let tally = Tally::new();
    alone(|m| {
        let mut stack = m.operand_stack();
        for _ in 0..2 {
            stack.push(m, prompt(m, &tally));
            stack.push(m, m.alloc_deferred(Prompt(tally.payload())));
        }
        assert!(panics(|| stack.dup(m, 4)));
        assert!(panics(|| stack.set(m, 4, prompt(m, &tally))));
        assert_eq!(tally.live(), 4, "what was to be set is dropped");
        assert!(panics(|| stack.swap(m, 0, 4)));
        assert!(panics(|| drop(stack.split_off(m, 5))));
        assert!(panics(|| drop(stack.range(m, 3..5))));
        #[expect(clippy::reversed_empty_ranges, reason = "that is the test")]
        let reversed = panics(|| drop(stack.range(m, 2..1)));
        assert!(reversed);
        assert_eq!((stack.len(), tally.live()), (4, 4));
        m.collect();
        stack.range(m, ..).for_each(|local| local.0.check());
        drop(stack);
        assert_eq!(tally.live(), 2, "the counted ones");
        m.collect();
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn a_stack_counts_what_must_be_counted() {
    let tally = Tally::new();
    alone(|m| {
        let mut stack = m.operand_stack();
        let count = |gc: &Gc<Prompt>| Gc::strong_count(gc);
        let counted = prompt(m, &tally);
        stack.push(m, counted.clone());
        stack.push_local(m, counted.local(m));
        stack.dup(m, 0);
        assert_eq!(count(&counted), 4);
        stack.set(m, 2, prompt(m, &tally));
        assert_eq!((count(&counted), tally.live()), (3, 2));
        let popped = stack.pop(m).unwrap();
        assert_eq!(count(&popped), 1);
        drop(popped);
        stack.truncate(m, 1);
        assert_eq!((count(&counted), tally.live()), (2, 1));
        drop(stack);
        assert_eq!(count(&counted), 1);
        // These are not.
        let deferred = m.alloc_deferred(Prompt(tally.payload()));
        let mut stack = m.operand_stack();
        stack.push(m, deferred.clone());
        stack.push_local(m, deferred.local(m));
        stack.dup(m, 1);
        assert_eq!(count(&deferred), 1);
        let popped = stack.pop(m).unwrap();
        assert_eq!(count(&popped), 2);
        let immortal = m.alloc_immortal(0);
        let mut constants = m.operand_stack();
        constants.push(m, immortal.clone());
        constants.dup(m, 0);
        assert_eq!(Gc::strong_count(&constants.pop(m).unwrap()), usize::MAX);
    });
    assert_eq!(tally.live(), 0);
}

#[test]
fn a_stack_changes_threads_and_is_dropped_anywhere() {
    let tally = Tally::new();
    alone(|m| {
        let fill = |m: &Mutator| {
            let mut stack = m.operand_stack();
            for _ in 0..5 {
                stack.push(m, prompt(m, &tally));
                stack.push(m, m.alloc_deferred(Prompt(tally.payload())));
            }
            stack
        };
        let mut stack = fill(m);
        stack = m.detach(|| {
            elsewhere(move |m| {
                m.collect();
                stack.range(m, ..).for_each(|local| local.0.check());
                stack.swap(m, 0, 9);
                let top = stack.pop(m).unwrap();
                stack.dup(m, 3);
                stack.push(m, top);
                stack
            })
        });
        assert_eq!((stack.len(), tally.live()), (11, 10));
        m.collect();
        stack.range(m, ..).for_each(|local| local.0.check());
        let drops: [fn(&mut Mutator, OperandStack<Prompt>); 5] = [
            |_, stack| drop(stack),
            |m, stack| m.detach(|| drop(stack)),
            |m, stack| m.detach(|| outside(|| drop(stack))),
            |_, stack| outside(|| drop(stack)),
            |m, stack| m.detach(|| elsewhere(|_| drop(stack))),
        ];
        drop(stack);
        for drop in drops {
            let stack = fill(m);
            m.collect();
            drop(m, stack);
            m.collect();
            assert_eq!(tally.live(), 0);
        }
    });
}

#[test]
fn stacks_that_come_and_go_do_not_disturb_each_other() {
    let tally = Tally::new();
    alone(|m| {
        let mut stacks: Vec<Option<OperandStack<Prompt>>> = (0..20).map(|_| None).collect();
        let mut expected = [0; 20];
        for round in 0..size(2_000, 500, 50) {
            let which = round * 7 % 20;
            if round % 3 == 0 {
                stacks[which] = None;
                expected[which] = 0;
            } else {
                let stack = stacks[which].get_or_insert_with(|| m.operand_stack());
                stack.push(m, m.alloc_deferred(Prompt(tally.payload())));
                expected[which] += 1;
            }
            if round % 25 == 0 {
                m.collect();
                assert_eq!(tally.live(), expected.iter().sum::<isize>());
            }
        }
        drop(stacks);
        m.collect();
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn a_stack_keeps_what_its_deferred_objects_lead_to_and_cycles_through_them() {
    let tally = Tally::new();
    alone(|m| {
        let mut stack = m.operand_stack();
        let function = m.alloc_deferred(Node::new(&tally));
        let cell = m.alloc(Node::new(&tally));
        link(m, &function, &cell);
        link(m, &cell, &function);
        link(m, &cell, &m.alloc(Node::new(&tally)));
        drop(cell);
        stack.push(m, function);
        for _ in 0..3 {
            m.collect();
            m.collect_full();
            assert_eq!(tally.live(), 3);
        }
        stack.truncate(m, 0);
        m.collect();
        assert_eq!(tally.live(), 0, "nobody gave up a reference");
    });
}

#[test]
fn what_only_a_stack_kept_is_found_by_a_collection_that_a_safepoint_starts() {
    let tally = Tally::new();
    alone(|m| {
        let mut stack = m.operand_stack();
        let function = m.alloc_deferred(Node::new(&tally));
        stack.push_local(m, function.local(m));
        link(m, &function, &m.alloc(Node::new(&tally)));
        drop(function);
        m.collect();
        m.collect();
        assert_eq!(tally.live(), 2, "old by now");
        stack.truncate(m, 0);
        let before = heap::stats().collections;
        while heap::stats().collections == before {
            let node = m.alloc(Node::new(&Tally::new()));
            link(m, &node, &node);
            drop(node);
            m.safepoint();
        }
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn an_entry_stays_right_when_its_object_changes_its_lifetime() {
    let tally = Tally::new();
    alone(|m| {
        // Counted there, and uncounted when it leaves.
        let object = prompt(m, &tally);
        let mut stack = m.operand_stack();
        stack.push(m, object.clone());
        Gc::defer(&object, m);
        stack.push_local(m, object.local(m));
        drop(object);
        m.collect();
        assert_eq!(tally.live(), 1);
        stack.swap(m, 0, 1);
        drop(stack.pop(m));
        m.collect();
        assert_eq!(tally.live(), 1, "by the uncounted entry");
        drop(stack.pop(m));
        m.collect();
        assert_eq!(tally.live(), 0);
        // Deferred there, then immortal.
        let object = m.alloc_deferred(1);
        let mut numbers = m.operand_stack();
        numbers.push_local(m, object.local(m));
        numbers.push(m, m.alloc(2));
        Gc::immortalize(&object, m);
        Gc::immortalize(&numbers.top(m).unwrap().to_gc(), m);
        drop(object);
        m.collect();
        assert!(Gc::is_immortal(&numbers.pop(m).unwrap()));
        assert_eq!(numbers.pop(m).map(|one| *one.get(m)), Some(1));
    });
}

#[test]
fn a_panic_in_a_destructor_leaves_a_stack_as_it_should_be() {
    let tally = Tally::new();
    alone(|m| {
        let fill = |m: &Mutator| {
            let mut stack = m.operand_stack();
            for n in 0..10 {
                let node = if n % 3 == 2 { Node::armed(&tally) } else { Node::new(&tally) };
                stack.push(m, m.alloc(node));
            }
            stack
        };
        let mut stack = fill(m);
        assert!(catches_panic(|| stack.truncate(m, 0)));
        assert_eq!((stack.len(), tally.live()), (8, 8), "the entries below are still there");
        assert!(catches_panic(|| stack.truncate(m, 4)));
        assert_eq!((stack.len(), tally.live()), (5, 5));
        stack.truncate(m, 4);
        assert!(catches_panic(|| stack.set(m, 2, m.alloc(Node::new(&tally)))));
        assert_eq!((stack.len(), tally.live()), (4, 4), "replaced all the same");
        m.collect();
        stack.range(m, ..).for_each(|local| drop(local.edges.lock().unwrap()));
        drop(stack);
        assert_eq!(tally.live(), 0);
        // One bomb, so that the rest dies while its panic unwinds.
        let mut stack = m.operand_stack();
        for n in 0..10 {
            let node = if n == 5 { Node::armed(&tally) } else { Node::new(&tally) };
            stack.push(m, m.alloc(node));
            stack.push(m, m.alloc_deferred(Node::new(&tally)));
        }
        assert!(catches_panic(|| drop(stack)));
        assert_eq!(tally.live(), 10, "but for the deferred");
        m.collect();
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn a_stack_in_an_object_is_like_one_elsewhere() {
    #[derive(Trace)]
    struct Frame {
        #[trace(skip)]
        stack: Mutex<OperandStack<Prompt>>,
    }
    let tally = Tally::new();
    alone(|m| {
        let frame = m.alloc(Frame { stack: Mutex::new(m.operand_stack()) });
        let push = |m: &Mutator, gc| frame.get(m).stack.lock().unwrap().push(m, gc);
        push(m, m.alloc_deferred(Prompt(tally.payload())));
        push(m, prompt(m, &tally));
        m.collect();
        assert_eq!(tally.live(), 2);
        drop(frame);
        assert_eq!(tally.live(), 1);
        m.collect();
        assert_eq!(tally.live(), 0);
    });
}

// ------------------------------------------------------------------- deferred

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
fn handles_to_a_deferred_object_may_be_made_here_and_dropped_there() {
    const HANDLES: usize = 100;
    let tally = Tally::new();
    alone(|m| {
        let object = m.alloc_deferred(Prompt(tally.payload()));
        let weak = object.downgrade(m);
        let mut handles: Vec<_> = (0..HANDLES).map(|_| object.clone()).collect();
        assert_eq!(Gc::strong_count(&object), 1 + HANDLES);
        // By an attached thread, by one that is not, by one that has ended.
        let (one, mut rest) = (handles.split_off(70), handles.split_off(40));
        m.detach(|| {
            elsewhere(move |_| drop(one));
            let more: Vec<_> = outside(move || {
                drop(handles);
                rest.extend_from_within(..10);
                rest
            });
            elsewhere(move |m| {
                m.collect();
                assert_eq!(weak.upgrade(m).map(|gc| gc.get(m).0.check()), Some(()));
                drop(more);
                m.collect();
                assert!(weak.is_alive(m));
            });
        });
        assert_eq!(tally.live(), 1);
        m.collect();
        assert_eq!((tally.live(), Gc::strong_count(&object)), (1, 1));
        drop(object);
        m.collect();
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn ids_of_deferred_objects_are_used_again_and_counts_are_not() {
    let rounds = size(300, 100, 10);
    let tally = Tally::new();
    alone(|m| {
        for round in 0..rounds {
            let objects: Vec<_> =
                (0..20).map(|_| m.alloc_deferred(Prompt(tally.payload()))).collect();
            // Many more made than given up, on this thread; and the reverse elsewhere.
            let clones: Vec<_> = objects.iter().flat_map(|it| vec![it.clone(); 3]).collect();
            if round % 2 == 0 {
                m.detach(|| elsewhere(move |_| drop(clones)));
            } else {
                m.detach(|| outside(move || drop(clones)));
            }
            assert_eq!(heap::stats().deferred_objects, 20);
            m.collect();
            assert_eq!(tally.live(), 20, "round {round}");
            drop(objects);
            m.collect();
            assert_eq!((tally.live(), heap::stats().deferred_objects), (0, 0), "round {round}");
        }
    });
}

#[test]
fn a_living_object_can_be_deferred() {
    let tally = Tally::new();
    alone(|m| {
        let object = prompt(m, &tally);
        let other = object.clone();
        assert!(!Gc::is_deferred(&object, m));
        let before = heap::stats();
        Gc::defer(&object, m);
        Gc::defer(&other, m);
        assert!(Gc::is_deferred(&object, m) && !Gc::is_owner(&object, m));
        assert_eq!(heap::stats().deferred_objects, before.deferred_objects + 1);
        drop((object, other));
        assert_eq!(tally.live(), 1);
        m.collect();
        assert_eq!(tally.live(), 0);
        assert_eq!(heap::stats().deferred_objects, before.deferred_objects);
    });
}

#[test]
fn an_object_of_another_thread_that_waits_in_its_queue_can_be_deferred() {
    let tally = Tally::new();
    alone(|m| {
        for (in_slot, is_cycle) in [(false, false), (true, false), (false, true)] {
            let node = m.alloc(Node::new(&tally));
            let weak = node.downgrade(m);
            if is_cycle {
                link(m, &node, &node);
            }
            let slot = in_slot.then(|| GcSlot::new(node.clone()));
            let (theirs, kept) = (node.clone(), node.clone());
            // This thread sleeps attached: it is queued.
            outside(move || drop(theirs));
            elsewhere(move |_| drop(kept));
            Gc::defer(&node, m);
            drop(slot);
            drop(node);
            m.safepoint();
            assert_eq!(tally.live(), 1);
            assert!(weak.upgrade(m).is_some());
            m.collect();
            assert_eq!(tally.live(), 0);
            assert!(weak.upgrade(m).is_none());
        }
    });
}

#[test]
fn a_finalizer_may_save_a_deferred_object_which_stays_deferred() {
    let tally = Tally::new();
    alone(|m| {
        let saved = Arc::new(Mutex::new(Vec::new()));
        let theirs = saved.clone();
        let rescue = move |_: &Mutator, this: &Finalized| {
            theirs.lock().unwrap().extend(this.edges.lock().unwrap().iter().cloned());
        };
        // It refers to itself, and so finds itself.
        let object = m.alloc_deferred(Finalized::new(&tally, rescue));
        Finalized::link(m, &object, &object);
        let weak = object.downgrade(m);
        drop(object);
        assert_eq!(m.collect().resurrected, 1);
        let again = saved.lock().unwrap().pop().unwrap();
        assert!(Gc::is_deferred(&again, m) && weak.upgrade(m).is_some());
        assert_eq!(heap::stats().deferred_objects, 1);
        let clones = vec![again.clone(); 5];
        m.detach(|| elsewhere(move |_| drop(clones)));
        drop(again);
        assert_eq!(tally.live(), 1);
        m.collect();
        assert_eq!((tally.live(), heap::stats().deferred_objects), (0, 0), "finalized once");
    });
}

#[test]
fn a_panic_in_the_end_of_a_deferred_object_is_passed_on_by_the_collector() {
    let tally = Tally::new();
    alone(|m| {
        let bomb = m.alloc_deferred(Node::armed(&tally));
        link(m, &bomb, &m.alloc_deferred(Node::new(&tally)));
        drop(bomb);
        m.safepoint();
        assert!(catches_panic(|| drop(m.collect())));
        assert_eq!((tally.live(), heap::stats().deferred_objects), (0, 0));
        let bomb = m.alloc_deferred(Finalized::new(&tally, |_, _| panic_quietly()));
        Finalized::link(m, &bomb, &m.alloc(Finalized::new(&tally, |_, _| ())));
        drop(bomb);
        assert!(catches_panic(|| drop(m.collect())));
        assert_eq!((tally.live(), heap::stats().deferred_objects), (0, 0));
        // And of retired ones, by the safepoint.
        let slot = GcSlot::new(m.alloc(Finalized::new(&tally, |_, _| panic_quietly())));
        Finalized::link(m, &slot.load(m).unwrap().to_gc(), &{
            m.alloc(Finalized::new(&tally, |_, _| ()))
        });
        slot.store(m, None);
        assert_eq!(tally.live(), 2);
        assert!(catches_panic(|| m.safepoint()));
        assert_eq!(tally.live(), 0);
        m.safepoint();
    });
}

/// What old deferred objects keep is looked at when somebody asks for a collection,
/// also if none of them is a candidate.
#[test]
fn cycles_through_old_deferred_objects_are_found() {
    let tally = Tally::new();
    alone(|m| {
        let module = m.alloc_deferred(Node::new(&tally));
        let ring = heap_common::ring(m, 3, |_| Node::new(&tally));
        link(m, &module, &ring);
        link(m, &ring, &module);
        drop(module);
        // The first time it is new, then old.
        for _ in 0..3 {
            m.collect();
            assert_eq!(tally.live(), 4);
        }
        // The last handle is to an object behind it.
        drop(ring);
        m.collect();
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn what_an_old_deferred_object_has_let_go_of_is_found() {
    let tally = Tally::new();
    alone(|m| {
        let module = m.alloc_deferred(Node::new(&tally));
        let ring = heap_common::ring(m, 3, |_| Node::new(&tally));
        link(m, &module, &ring);
        drop(ring);
        for _ in 0..3 {
            m.collect();
            assert_eq!(tally.live(), 4);
        }
        module.get(m).edges.lock().unwrap().clear();
        m.collect();
        assert_eq!(tally.live(), 1);
        drop(module);
        m.collect();
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn a_snapshot_knows_who_has_handles_to_a_deferred_object() {
    let tally = Tally::new();
    alone(|m| {
        let outer = m.alloc(Node::new(&tally));
        let function = m.alloc_deferred(Node::new(&tally));
        (0..5).for_each(|_| link(m, &outer, &function));
        let clones = vec![function.clone(); 7];
        let address = function.as_ptr().addr();
        let outside = m.snapshot().held().find(|held| held.address == address);
        let outside = outside.expect("it is held from outside");
        assert_eq!((outside.outside, outside.inside), (8, 5));
        drop((clones, function));
        let outside = m.snapshot().held().find(|held| held.address == address);
        assert!(outside.is_none(), "only an object refers to it");
        drop(outer);
        m.collect();
    });
}

#[test]
fn deferred_objects_are_never_the_programs_alone() {
    alone(|m| {
        for lifetime in [Lifetime::Deferred, Lifetime::Immortal] {
            let mut gc = m.alloc_with(1, lifetime);
            assert!(Gc::get_mut(&mut gc, m).is_none());
            let mut gc = Gc::try_unwrap(gc, m).unwrap_err();
            m.collect();
            assert!(Gc::get_mut(&mut gc, m).is_none());
        }
    });
}

// ------------------------------------------------------------------ lifetimes

#[test]
fn every_shape_can_be_made_for_every_lifetime() {
    assert_eq!(Lifetime::default(), Lifetime::Counted);
    assert_eq!(format!("{:?}", Lifetime::ImmortalOnceThreaded), "ImmortalOnceThreaded");
    alone(|m| {
        // So that two threads have used the heap.
        m.detach(|| elsewhere(|_| ()));
        let before = heap::stats();
        let lifetimes = [
            (Lifetime::Counted, false, false),
            (Lifetime::Deferred, true, false),
            (Lifetime::ImmortalOnceThreaded, false, true),
            (Lifetime::Immortal, false, true),
        ];
        let mut bytes = 0;
        for (lifetime, deferred, immortal) in lifetimes {
            let sized = m.alloc_with(String::from("text"), lifetime);
            let any: Gc<dyn Any + Send + Sync> = m.alloc_dyn_with(5_u8, |n| n, lifetime);
            let slice = m.alloc_slice_with([1_u16, 2, 3], lifetime);
            let empty = m.alloc_slice_with([(); 0], lifetime);
            let text = m.alloc_str_with("text", lifetime);
            assert_eq!((sized.get(m).as_str(), text.get(m)), ("text", "text"));
            assert_eq!(any.get(m).downcast_ref(), Some(&5_u8));
            assert_eq!((slice.get(m), empty.get(m).len()), (&[1, 2, 3][..], 0));
            macro_rules! is_so {
                ($($gc:ident)*) => {$(
                    assert_eq!(Gc::is_deferred(&$gc, m), deferred, "{lifetime:?}");
                    assert_eq!(Gc::is_immortal(&$gc), immortal, "{lifetime:?}");
                    drop((0..5).map(|_| $gc.clone()).collect::<Vec<_>>());
                    let weak = $gc.downgrade(m);
                    drop($gc);
                    m.collect();
                    assert_eq!(weak.upgrade(m).is_some(), immortal, "{lifetime:?}");
                )*};
            }
            if immortal {
                let now = heap::stats();
                bytes = now.immortal_bytes - before.immortal_bytes;
            }
            is_so!(sized any slice empty text);
        }
        let now = heap::stats();
        assert_eq!(now.immortal_objects - before.immortal_objects, 10);
        assert_eq!(now.objects - before.objects, 10);
        assert_eq!(now.immortal_bytes - before.immortal_bytes, bytes);
        assert_eq!(now.bytes - before.bytes, bytes);
        assert_eq!(now.deferred_objects, before.deferred_objects);
    });
}

#[test]
fn a_panic_in_coerce_leaves_no_deferred_object_behind() {
    type Erased = dyn Any + Send + Sync;
    let tally = Tally::new();
    alone(|m| {
        let coerce: fn(&Prompt) -> &Erased = |_| panic_quietly();
        let payload = Prompt(tally.payload());
        assert!(catches_panic(|| drop(m.alloc_dyn_with(payload, coerce, Lifetime::Deferred))));
        m.collect();
        assert_eq!((tally.live(), heap::stats().deferred_objects), (0, 0));
    });
}

#[test]
fn immortalizing_ends_counting_and_keeps_what_the_object_leads_to() {
    let tally = Tally::new();
    alone(|m| {
        let before = heap::stats();
        let inner = m.alloc(Node::new(&tally));
        let outer = m.alloc(Mutex::new(Some(inner.clone())));
        let weak = outer.downgrade(m);
        let theirs = outer.clone();
        Gc::immortalize(&outer, m);
        Gc::immortalize(&theirs, m);
        assert!(Gc::is_immortal(&outer));
        let now = heap::stats();
        assert_eq!(now.immortal_objects, before.immortal_objects + 1);
        assert!(now.immortal_bytes > before.immortal_bytes);
        // More is dropped than there ever was.
        m.detach(|| outside(move || drop((0..100).map(|_| theirs.clone()).collect::<Vec<_>>())));
        drop((outer, inner));
        m.collect_full();
        assert_eq!(tally.live(), 1);
        let again = weak.upgrade(m).unwrap();
        let inner = again.get(m).lock().unwrap().take();
        drop(inner);
        assert_eq!(tally.live(), 0);
        // A deferred one.
        let deferred = m.alloc_deferred(1);
        let clones = vec![deferred.clone(); 5];
        Gc::immortalize(&deferred, m);
        assert!(Gc::is_immortal(&deferred) && !Gc::is_deferred(&deferred, m));
        assert_eq!(heap::stats().deferred_objects, before.deferred_objects);
        Gc::defer(&deferred, m);
        assert!(Gc::is_immortal(&deferred), "for ever");
        m.detach(|| outside(move || drop(clones)));
        drop(deferred);
        m.collect();
        assert_eq!(heap::stats().immortal_objects, before.immortal_objects + 2);
    });
}

#[test]
fn what_is_in_a_slot_can_be_made_immortal_or_deferred() {
    alone(|m| {
        let slot = GcSlot::new(m.alloc(1));
        Gc::immortalize(&slot.load(m).unwrap().to_gc(), m);
        let local = slot.load(m).unwrap();
        slot.store(m, m.alloc(2));
        assert_eq!(*local, 1);
        Gc::defer(&slot.load(m).unwrap().to_gc(), m);
        let local = slot.load(m).unwrap();
        slot.store(m, None);
        assert_eq!(*local, 2);
        assert_eq!(heap::stats().retired, 0, "neither has to wait");
    });
}

/// For processes in which one thread alone has used the heap so far.
fn second_thread() {
    elsewhere(|_| ());
}

#[test]
fn with_one_thread_they_are_counted_and_with_the_second_immortal() {
    const NAME: &str = "with_one_thread_they_are_counted_and_with_the_second_immortal";
    assert_survives(NAME, "one", || {
        let tally = Tally::new();
        heap::attach(|m| {
            let make =
                |m: &Mutator| m.alloc_with(Prompt(tally.payload()), Lifetime::ImmortalOnceThreaded);
            drop(make(m));
            assert_eq!(tally.live(), 0, "as any other");
            // Threads that never attach do not matter.
            let given = make(m);
            m.detach(|| outside(move || drop(given)));
            m.safepoint();
            assert_eq!(tally.live(), 0);
            // Many that die are forgotten.
            for _ in 0..10_000 {
                drop(make(m));
            }
            let (first, slot) = (make(m), GcSlot::new(make(m)));
            let mut stack = m.operand_stack();
            stack.push(m, make(m));
            let text = m.alloc_str_with("text", Lifetime::ImmortalOnceThreaded);
            assert!(!Gc::is_immortal(&first) && Gc::is_owner(&first, m));
            assert_eq!(heap::stats().immortal_objects, 0);
            let weak = first.downgrade(m);
            m.detach(second_thread);
            assert!(Gc::is_immortal(&first) && Gc::is_immortal(&text));
            assert!(Gc::is_immortal(&slot.take(m).unwrap()));
            assert!(Gc::is_immortal(&stack.pop(m).unwrap()));
            assert_eq!(heap::stats().immortal_objects, 4);
            assert!(Gc::is_immortal(&make(m)), "it is born so");
            drop(first);
            m.collect();
            assert_eq!(tally.live(), 4);
            assert!(weak.upgrade(m).is_some());
            assert_eq!(mortal(), 0);
        })
        .unwrap();
        assert_eq!(heap::shutdown().unwrap().objects, 0);
    });
    // The same thread again and again is one.
    assert_survives(NAME, "again", || {
        for _ in 0..10 {
            heap::attach(|m| {
                let it = m.alloc_with(1, Lifetime::ImmortalOnceThreaded);
                m.detach(|| ());
                assert!(!Gc::is_immortal(&it));
            })
            .unwrap();
        }
        assert_eq!(heap::stats().objects, 0);
    });
    // The first thread has ended.
    assert_survives(NAME, "ended", || {
        let kept = elsewhere(|m| m.alloc_with(1, Lifetime::ImmortalOnceThreaded));
        let copy = kept.clone();
        heap::attach(|m| {
            assert!(Gc::is_immortal(&kept) && Gc::is_immortal(&copy));
            assert_eq!(*kept.get(m), 1);
        })
        .unwrap();
    });
}

#[test]
fn what_is_retired_or_garbage_when_the_second_thread_comes_dies() {
    const NAME: &str = "what_is_retired_or_garbage_when_the_second_thread_comes_dies";
    assert_survives(NAME, "it", || {
        let tally = Tally::new();
        heap::attach(|m| {
            let once = Lifetime::ImmortalOnceThreaded;
            let slot = GcSlot::new(m.alloc_with(Link::new(&tally), once));
            slot.store(m, None);
            let weak = {
                let ring = m.alloc_with(Link::new(&tally), once);
                ring.get(m).next.store(m, ring.clone());
                let weak = ring.downgrade(m);
                drop(ring);
                weak
            };
            m.collect();
            assert_eq!(tally.live(), 0);
            assert!(weak.upgrade(m).is_none());
            // Retired, and still so when it comes: this thread waits attached.
            slot.store(m, m.alloc_with(Link::new(&tally), once));
            slot.store(m, None);
            m.detach(second_thread);
            m.collect();
            assert_eq!(tally.live(), 0);
            assert_eq!(heap::stats().immortal_objects, 0);
        })
        .unwrap();
    });
}

/// One handle of several waits in a list: the object lives, and becomes immortal.
#[test]
fn a_living_object_one_of_whose_handles_was_just_dropped_elsewhere_becomes_immortal() {
    const NAME: &str =
        "a_living_object_one_of_whose_handles_was_just_dropped_elsewhere_becomes_immortal";
    assert_survives(NAME, "it", || {
        heap::attach(|m| {
            let kept = m.alloc_with(1, Lifetime::ImmortalOnceThreaded);
            let given = kept.clone();
            // This thread is attached, and has passed nothing since.
            outside(move || drop(given));
            let second = thread::spawn(second_thread);
            // It waits for this thread by then, which has not looked at its list.
            thread::sleep(A_WHILE);
            while !second.is_finished() {
                m.safepoint();
            }
            common::join(second);
            assert!(Gc::is_immortal(&kept));
        })
        .unwrap();
    });
}

#[test]
fn nothing_is_left_of_lifetimes_when_nobody_is_attached() {
    let tally = Tally::new();
    alone_detached(|| {
        let (deferred, slot, stack) = heap::attach(|m| {
            let deferred = m.alloc_deferred(Prompt(tally.payload()));
            let mut stack = m.operand_stack();
            stack.push(m, m.alloc_deferred(Prompt(tally.payload())));
            stack.push(m, prompt(m, &tally));
            (deferred, GcSlot::new(prompt(m, &tally)), stack)
        })
        .unwrap();
        let many = (0..size(1_000, 1_000, 10)).map(|_| deferred.clone()).collect::<Vec<_>>();
        outside(move || drop(many));
        drop(slot);
        assert_eq!(tally.live(), 3, "it attached for the moment");
        drop(stack);
        assert_eq!(tally.live(), 2);
        drop(deferred);
        assert_eq!(tally.live(), 2);
        heap::attach(|m| m.collect()).unwrap();
        assert_eq!(tally.live(), 0);
        assert!(is_small() || tally.most() == 4);
    });
}

#[test]
fn what_was_taken_out_of_a_slot_can_be_unique_again() {
    alone(|m| {
        let slot = GcSlot::new(m.alloc(1));
        let mut gc = slot.take(m).unwrap();
        assert!(Gc::get_mut(&mut gc, m).is_none(), "somebody may be looking at it");
        for _ in 0..2 {
            m.safepoint();
        }
        *Gc::get_mut(&mut gc, m).unwrap() = 2;
        assert_eq!(Gc::try_unwrap(gc, m).unwrap(), 2);
    });
}

#[test]
fn a_slot_for_trait_objects_needs_no_lifetimes() {
    fn shown<'a>(slot: &'a GcSlot<dyn Display + Send + Sync>, m: &'a Mutator) -> String {
        let local: Option<Local<'a, dyn Display + Send + Sync>> = slot.load(m);
        local.map_or_else(String::new, |local| local.to_string())
    }
    alone(|m| {
        let slot: GcSlot<dyn Display + Send + Sync> = GcSlot::new(m.alloc_dyn(5, |n| n));
        assert_eq!(shown(&slot, m), "5");
    });
}

#[test]
fn what_only_a_handle_kept_is_found_by_a_collection_that_a_safepoint_starts() {
    let tally = Tally::new();
    alone(|m| {
        let function = m.alloc_deferred(Node::new(&tally));
        m.collect();
        m.collect();
        assert_eq!(tally.live(), 1, "old by now");
        drop(function);
        let before = heap::stats().collections;
        while heap::stats().collections == before {
            let node = m.alloc(Node::new(&Tally::new()));
            link(m, &node, &node);
            drop(node);
            m.safepoint();
        }
        assert_eq!(tally.live(), 0);
    });
}
