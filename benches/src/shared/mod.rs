//! Measurements of what threads share: slots, deferred objects, containers, operand
//! stacks, and what attaching costs, beside what other crates have for the same.
//!
//! A [`Group`](driver::Group) is a table: the [`Case`]s are its rows, and each column is
//! one thing that they do. Within a group the cases take turns, so that whatever
//! disturbs the machine disturbs all of them ([`measure`]). A process measures one
//! group once ([`driver`]).

mod counts;
mod driver;
mod fields;
mod maps;
mod measure;
mod pairs;
mod reads;
mod report;
mod stacks;
mod threads;

use std::thread;

use brc::{GcSlot, Mutator, Trace, heap};

pub(crate) use driver::main;

/// An object that could be part of a cycle.
#[derive(Trace)]
pub(crate) struct Thing {
    pub(crate) value: u64,
    pub(crate) next: GcSlot<Thing>,
}

impl Thing {
    pub(crate) fn new(value: u64) -> Self {
        Self { value, next: GcSlot::empty() }
    }
}

pub(crate) fn attach<R>(f: impl FnOnce(&mut Mutator) -> R) -> R {
    heap::attach(f).expect("not attached yet")
}

/// Makes something on a thread that then keeps its place in the heap, detached.
pub(crate) fn elsewhere<R: Send + 'static>(
    make: impl FnOnce(&mut Mutator) -> R + Send + 'static,
) -> R {
    let (send, receive) = std::sync::mpsc::channel();
    thread::spawn(move || {
        attach(|m| {
            send.send(make(m)).expect("the caller waits");
            m.detach(|| {
                loop {
                    thread::park();
                }
            });
        });
    });
    receive.recv().expect("the maker lives")
}

/// A thread passes a safepoint after so many operations.
pub(crate) const BATCH: u32 = 64;

/// Does `op` `n` times; it is told which time it is.
#[inline(never)]
pub(crate) fn repeat(n: u32, mut op: impl FnMut(u32)) {
    let mut done = 0;
    while done < n {
        let end = n.min(done + BATCH);
        for i in done..end {
            op(i);
        }
        done = end;
    }
}

/// As [`repeat`], with a mutator, and safepoints in between.
#[inline(never)]
pub(crate) fn repeat_in(n: u32, m: &mut Mutator, mut op: impl FnMut(&Mutator, u32)) {
    let mut done = 0;
    while done < n {
        let end = n.min(done + BATCH);
        for i in done..end {
            op(m, i);
        }
        m.safepoint();
        done = end;
    }
}
