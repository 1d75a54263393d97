//! Whether a history of operations, each of which took some time, is one of a model
//! whose operations take none.
//!
//! The search is that of Wing and Gong, "Testing and Verifying Concurrent Objects", with
//! Lowe's refinement, "Testing for linearizability": what was tried is not tried again.

use std::collections::HashSet;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::thread;

use brc::{Mutator, heap};

use crate::common::join;

/// What an object is, one operation at a time.
pub(crate) trait Model: Clone + Eq + Hash + Debug {
    type Op: Clone + Debug + Send + 'static;
    type Result: Debug + PartialEq + Send + 'static;

    /// Does it, and says what it gives.
    fn apply(&mut self, op: &Self::Op) -> Self::Result;
}

/// An operation that was done: when it began and ended, and what it gave.
#[derive(Debug)]
pub(crate) struct Done<M: Model> {
    pub(crate) begin: u64,
    pub(crate) end: u64,
    pub(crate) op: M::Op,
    pub(crate) result: M::Result,
}

/// Whether there is an order of the operations, by thread, in which each comes at a
/// moment between its begin and its end, and gives what it gave.
pub(crate) fn is_linearizable<M: Model>(start: &M, threads: &[Vec<Done<M>>]) -> bool {
    let mut tried = HashSet::new();
    let mut to_try = vec![(vec![0; threads.len()], start.clone())];
    while let Some((next, model)) = to_try.pop() {
        let pending = || threads.iter().zip(&next).filter_map(|(thread, &next)| thread.get(next));
        let Some(first_end) = pending().map(|done| done.end).min() else { return true };
        for (index, thread) in threads.iter().enumerate() {
            let Some(done) = thread.get(next[index]) else { continue };
            // Else another one ended before this began.
            if done.begin > first_end {
                continue;
            }
            let mut model = model.clone();
            if model.apply(&done.op) == done.result {
                let mut next = next.clone();
                next[index] += 1;
                if tried.insert((next.clone(), model.clone())) {
                    to_try.push((next, model));
                }
            }
        }
    }
    false
}

/// A model's start, the object in that state, and what each thread does with it.
pub(crate) type Round<M, O> = (M, O, [Vec<<M as Model>::Op>; 3]);

/// Does what each round says, on three threads at once that are attached, and demands
/// that the histories are linearizable.
pub(crate) fn check<M: Model + 'static, O: Send + Sync + 'static>(
    rounds: Vec<Round<M, O>>,
    apply: fn(&Mutator, &O, &M::Op) -> M::Result,
) {
    let mut starts = vec![];
    let mut objects = vec![];
    let mut programs = [const { vec![] }; 3];
    for (start, object, ops) in rounds {
        starts.push(start);
        objects.push(object);
        for (program, ops) in programs.iter_mut().zip(ops) {
            program.push(ops);
        }
    }
    let objects = Arc::new(objects);
    let clock = Arc::new(AtomicU64::new(0));
    let arrived = Arc::new(AtomicUsize::new(0));
    let threads = programs.map(|program| {
        let (objects, clock, arrived) = (objects.clone(), clock.clone(), arrived.clone());
        let play = move |m: &mut Mutator| {
            let mut histories: Vec<Vec<Done<M>>> = vec![];
            for (round, ops) in program.into_iter().enumerate() {
                arrived.fetch_add(1, SeqCst);
                while arrived.load(SeqCst) < 3 * (round + 1) {
                    m.safepoint();
                    thread::yield_now();
                }
                let ops = ops.into_iter().map(|op| {
                    let begin = clock.fetch_add(1, SeqCst);
                    let result = apply(m, &objects[round], &op);
                    let end = clock.fetch_add(1, SeqCst);
                    Done { begin, end, op, result }
                });
                histories.push(ops.collect());
            }
            histories
        };
        thread::spawn(move || heap::attach(play).unwrap())
    });
    let mut histories = threads.map(|thread| join(thread).into_iter());
    for start in starts {
        let history = histories.each_mut().map(|thread| thread.next().unwrap());
        assert!(is_linearizable(&start, &history), "from {start:?}: {history:#?}");
    }
}
