//! Threads that attach: starting them, waiting for them, what they inherit.
#![cfg(all(feature = "gc", not(loom)))]

mod common;
mod heap_common;

use std::error::Error;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread;

use brc::heap::{self, AttachError, Builder, Context, JoinError};
use brc::{Gc, Mutator};
use common::{Tally, assert_survives, catches_panic, join, panic_quietly};
use heap_common::{Finalized, Node, alone, panic_with, panics_with, ring, wait_until};

fn number(m: &Mutator) -> Option<u32> {
    m.context().map(|context| *context.get::<u32>().expect("a number"))
}

fn with_number(number: u32) -> Option<Context> {
    Some(Context::new(number))
}

/// Collects, which takes that nobody else blocks while attached.
fn make_and_collect_garbage(m: &mut Mutator) {
    let tally = Tally::new();
    drop(ring(m, 3, |_| Node::new(&tally)));
    m.collect();
    assert_eq!(tally.live(), 0);
}

#[test]
fn a_spawned_thread_attaches_and_its_result_comes_back() {
    alone(|m| {
        let two = m.alloc(2);
        let theirs = two.clone();
        let thread = heap::spawn(m, move |m| m.alloc(theirs.get(m) + 1));
        let three = thread.join(m).unwrap();
        assert_eq!(*three.get(m), 3);
    });
}

#[test]
fn who_waits_for_a_thread_is_detached() {
    alone(|m| {
        heap::spawn(m, make_and_collect_garbage).join(m).unwrap();
        heap::scope(m, |m, s| s.spawn(m, make_and_collect_garbage).join(m).unwrap());
        // At the end of a scope too.
        heap::scope(m, |m, s| {
            for _ in 0..3 {
                s.spawn(m, make_and_collect_garbage);
            }
        });
        make_and_collect_garbage(m);
    });
}

#[test]
fn a_thread_whose_handle_is_dropped_goes_on() {
    alone(|m| {
        let (send, receive) = mpsc::channel();
        drop(heap::spawn(m, move |m| send.send(*m.alloc(1).get(m)).unwrap()));
        assert_eq!(m.detach(|| receive.recv()), Ok(1));
        // It has sent, but not left.
        m.detach(|| wait_until(|| heap::stats().mutators == 1));
    });
}

#[test]
fn a_handle_can_wait_outside_of_the_heap() {
    let thread = alone(|m| {
        let thread = heap::spawn(m, |_| 7);
        m.detach(|| wait_until(|| thread.is_finished()));
        thread
    });
    assert_eq!(thread.into_std().join().unwrap(), Ok(7));
}

#[test]
fn a_panic_of_a_thread_comes_to_who_waits_for_it() {
    alone(|m| {
        let thread = heap::spawn(m, |m| {
            let _one = m.alloc(1);
            panic_with(7)
        });
        let error = thread.join(m).unwrap_err();
        assert_eq!(error.to_string(), "the thread panicked");
        assert!(error.source().is_none());
        let JoinError::Panicked(payload) = error else { panic!("{error:?}") };
        assert_eq!(payload.downcast_ref(), Some(&7_u32));
        let result = heap::scope(m, |m, s| s.spawn(m, |_| panic_with(8)).join(m));
        assert_eq!(result.unwrap_err().downcast_ref(), Some(&8_u32));
        make_and_collect_garbage(m);
    });
}

#[test]
fn why_a_thread_did_not_attach_is_the_source_of_the_error() {
    let error = JoinError::NotAttached(AttachError::ShutDown);
    assert_eq!(error.to_string(), "the thread could not attach");
    assert_eq!(error.source().unwrap().to_string(), AttachError::ShutDown.to_string());
}

#[test]
fn a_shutdown_and_a_thread_that_was_just_started_do_not_meet() {
    assert_survives("a_shutdown_and_a_thread_that_was_just_started_do_not_meet", "it", || {
        let thread = heap::attach(|m| heap::spawn(m, |m| *m.alloc(1).get(m))).unwrap();
        while heap::shutdown().is_err() {
            thread::yield_now();
        }
        match thread.into_std().join().unwrap() {
            Ok(one) => assert_eq!(one, 1),
            Err(error) => assert_eq!(error, AttachError::ShutDown),
        }
    });
}

#[test]
fn threads_in_a_scope_borrow_from_the_one_that_waits() {
    alone(|m| {
        let numbers: Vec<Gc<usize>> = (0..100).map(|n| m.alloc(n)).collect();
        let count = AtomicUsize::new(0);
        let sum = heap::scope(m, |m, s| {
            let parts: Vec<_> = numbers
                .chunks(25)
                .map(|part| {
                    s.spawn(m, |m| {
                        count.fetch_add(part.len(), SeqCst);
                        part.iter().map(|n| n.get(m)).sum::<usize>()
                    })
                })
                .collect();
            parts.into_iter().map(|part| part.join(m).unwrap()).sum::<usize>()
        });
        assert_eq!((sum, count.into_inner()), (4950, 100));
    });
}

#[test]
fn threads_in_a_scope_start_others_in_it() {
    alone(|m| {
        let count = AtomicUsize::new(0);
        heap::scope(m, |m, s| {
            s.spawn(m, |m| {
                s.spawn(m, |m| {
                    make_and_collect_garbage(m);
                    count.fetch_add(1, SeqCst)
                });
                count.fetch_add(1, SeqCst);
            });
        });
        assert_eq!(count.into_inner(), 2);
    });
}

#[test]
fn a_scope_that_panics_waits_for_its_threads_and_attaches_again() {
    alone(|m| {
        let (go, gone) = mpsc::channel();
        let done = AtomicBool::new(false);
        let panicked = panics_with(|| {
            heap::scope(m, |m, s| {
                let done = &done;
                s.spawn(m, move |m| {
                    m.detach(|| gone.recv()).unwrap_err();
                    make_and_collect_garbage(m);
                    done.store(true, SeqCst);
                });
                let _go: mpsc::Sender<()> = go;
                panic_with(7);
            })
        });
        assert_eq!(panicked, Some(7));
        assert!(done.into_inner());
        make_and_collect_garbage(m);
    });
}

#[test]
fn a_scope_panics_if_a_thread_did_that_was_not_joined() {
    alone(|m| {
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            heap::scope(m, |m, s| {
                s.spawn(m, |_| panic_quietly());
            });
        }));
        let payload = result.unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&"a scoped thread panicked"));
        make_and_collect_garbage(m);
    });
}

#[test]
fn a_scope_whose_end_runs_a_destructor_that_panics_attaches_again() {
    let tally = Tally::new();
    alone(|m| {
        let bomb = m.alloc(Node::armed(&tally));
        let done = AtomicBool::new(false);
        assert!(catches_panic(|| {
            heap::scope(m, |m, s| {
                // It hands the last reference to this thread, which is attached.
                let (send, receive) = mpsc::channel();
                let (done, tally) = (&done, &tally);
                s.spawn(m, move |m| {
                    drop(bomb);
                    send.send(()).unwrap();
                    m.detach(|| wait_until(|| tally.live() == 0));
                    make_and_collect_garbage(m);
                    done.store(true, SeqCst);
                });
                receive.recv().unwrap();
            });
        }));
        assert!(done.into_inner());
        assert_eq!(tally.live(), 0);
        make_and_collect_garbage(m);
    });
}

#[test]
fn a_scope_returns_what_its_closure_returns_and_what_it_borrows() {
    alone(|m| {
        let text = String::from("text");
        let part = heap::scope(m, |m, s| s.spawn(m, |_| &text[1..]).join(m).unwrap());
        assert_eq!(part, "ext");
    });
}

#[test]
fn a_thread_has_the_name_and_the_stack_that_it_was_given() {
    const STACK: usize = 16 << 20;
    fn deep(levels: usize) -> usize {
        let filler = std::hint::black_box([levels; 128]);
        if levels == 0 { 0 } else { deep(levels - 1) + filler[0] / levels }
    }
    alone(|m| {
        let builder = || Builder::new().name("a name").stack_size(STACK);
        let it = move |_: &mut Mutator| {
            (thread::current().name().map(str::to_owned), deep(STACK / (128 * 8 * 4)))
        };
        let wanted = (Some("a name".to_owned()), STACK / (128 * 8 * 4));
        let spawned = builder().spawn(m, it).unwrap();
        assert_eq!(spawned.thread().name(), Some("a name"));
        assert_eq!(spawned.join(m).unwrap(), wanted);
        heap::scope(m, |m, s| {
            let spawned = builder().spawn_scoped(m, s, it).unwrap();
            assert_eq!(spawned.thread().name(), Some("a name"));
            assert_eq!(spawned.join(m).unwrap(), wanted);
        });
    });
}

#[test]
#[cfg(all(target_os = "linux", target_pointer_width = "64", not(miri)))]
fn a_thread_that_cannot_be_started_is_an_error() {
    alone(|m| {
        let tally = Tally::new();
        let builder = || Builder::new().stack_size(1 << 47);
        let payload = tally.payload();
        assert!(builder().spawn(m, move |_| payload.check()).is_err());
        assert_eq!(tally.live(), 0);
        heap::scope(m, |m, s| assert!(builder().spawn_scoped(m, s, |_| ()).is_err()));
        make_and_collect_garbage(m);
    });
}

#[test]
fn a_thread_inherits_the_context_of_the_one_that_starts_it() {
    alone(|m| {
        assert_eq!(number(m), None);
        assert_eq!(heap::spawn(m, |m| number(m)).join(m).unwrap(), None);
        assert!(m.set_context(with_number(1)).is_none());
        let one = m.context().unwrap();
        assert!(one.get::<u64>().is_none());
        let thread = heap::spawn(m, |m| {
            let theirs = m.context();
            let theirs_too = heap::spawn(m, |m| number(m));
            // Its own from now on.
            m.set_context(with_number(5));
            (theirs, theirs_too.join(m).unwrap(), number(m))
        });
        let before = m.set_context(with_number(2)).unwrap();
        assert!(before.is_same(&one));
        let (theirs, theirs_too, five) = thread.join(m).unwrap();
        assert!(theirs.unwrap().is_same(&one), "that of when it was started");
        assert_eq!((theirs_too, five), (Some(1), Some(5)));
        assert_eq!(number(m), Some(2));
        let scoped = heap::scope(m, |m, s| s.spawn(m, |m| number(m)).join(m).unwrap());
        assert_eq!(scoped, Some(2));
    });
}

#[test]
fn a_thread_can_be_given_another_context_or_none() {
    alone(|m| {
        m.set_context(with_number(1));
        let other = Builder::new().context(with_number(2)).spawn(m, |m| number(m)).unwrap();
        assert_eq!(other.join(m).unwrap(), Some(2));
        heap::scope(m, |m, s| {
            let none = Builder::new().context(None).spawn_scoped(m, s, |m| number(m)).unwrap();
            assert_eq!(none.join(m).unwrap(), None);
        });
        assert_eq!(number(m), Some(1));
    });
}

#[test]
fn a_context_ends_with_the_attachment() {
    let tally = Tally::new();
    alone(|m| {
        m.set_context(Some(Context::new(tally.payload())));
        m.detach(|| assert_eq!(tally.live(), 1));
    });
    assert_eq!(tally.live(), 0);
    alone(|m| assert!(m.context().is_none()));
    // A handle in it is a reference from outside, of objects in cycles too.
    let weak = alone(|m| {
        let ring = ring(m, 3, |_| Node::new(&tally));
        let weak = ring.downgrade(m);
        m.set_context(Some(Context::new(ring)));
        m.collect();
        assert_eq!(tally.live(), 3);
        weak
    });
    assert_eq!(tally.live(), 0);
    alone(|m| assert!(weak.upgrade(m).is_none()));
    drop(weak);
}

#[test]
fn a_context_that_a_finalizer_sets_at_the_end_is_not_for_the_next() {
    let tally = Tally::new();
    alone(|m| {
        let object = Finalized::new(&tally, |m, _| drop(m.set_context(with_number(7))));
        m.set_context(Some(Context::new(m.alloc(object))));
    });
    alone(|m| assert!(m.context().is_none()));
}

#[test]
fn a_context_that_panics_at_its_end_does_not_keep_the_thread_attached() {
    let tally = Tally::new();
    heap_common::alone_detached(|| {
        assert!(catches_panic(|| {
            let bomb = heap_common::AtEnd::new(|| panic_quietly());
            heap::attach(|m| drop(m.set_context(Some(Context::new(bomb))))).unwrap();
        }));
        assert_eq!(heap::stats().mutators, 0);
        join(thread::spawn(move || heap::attach(make_and_collect_garbage).unwrap()));
    });
    assert_eq!(tally.live(), 0);
}

#[test]
fn a_context_for_a_while_ends_with_that_also_when_unwinding() {
    alone(|m| {
        m.set_context(with_number(1));
        let inside = m.with_context(with_number(2), |m| {
            m.with_context(None, |m| assert_eq!(number(m), None));
            m.safepoint();
            number(m)
        });
        assert_eq!((inside, number(m)), (Some(2), Some(1)));
        assert_eq!(panics_with(|| m.with_context(with_number(3), |_| panic_with(7))), Some(7));
        assert_eq!(number(m), Some(1));
        // Whatever it was set to within.
        m.with_context(None, |m| drop(m.set_context(with_number(4))));
        assert_eq!(number(m), Some(1));
    });
}

#[test]
fn a_destructor_finds_the_context_of_the_thread_that_runs_it() {
    alone(|m| {
        let found = Arc::new(AtomicUsize::new(0));
        let seen = found.clone();
        let tally = Tally::new();
        m.set_context(with_number(3));
        drop(m.alloc(heap_common::Finalized::new(&tally, move |m, _| {
            seen.store(number(m).unwrap() as usize, SeqCst);
        })));
        assert_eq!(found.load(SeqCst), 3);
    });
}
