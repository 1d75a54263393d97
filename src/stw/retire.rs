//! Quiescent states: what readers may still be looking at dies when they cannot.
//!
//! A mutator that passes a safepoint holds no reference into the heap, nor into
//! anything else that it borrowed its [`Mutator`] for. So a value that was
//! unlinked before every attached mutator passed one is out of sight. PEP 703
//! calls this quiescent-state based reclamation.
//!
//! The write sequence counts the batches of retired values. A batch gets the
//! next number as its goal when somebody at a safepoint takes it in; each mutator
//! publishes the number that it saw at its last safepoint that had something to
//! do; and those that lag behind are asked to. Whoever passes looks whether it was
//! the last that a batch waited for, and drops it, so no list belongs to a
//! thread, and none is stranded when one ends.
//!
//! # Orderings
//!
//! * **Q: last read before the end.** Publishing the sequence is a `Release`, and
//!   the test an `Acquire`. For a mutator that is not attached the test is a
//!   read-modify-write of its record's word: it comes after the detaching (edge
//!   S), and before the attaching (edge R), which then sees what was unlinked.

use std::collections::VecDeque;
use std::mem;

use super::{ATTACHED, Mutator, Record, WORK, World, world};
use crate::sync::{self, Mutex, Ordering::*};

/// Something to drop, whatever it is.
type Value = Box<dyn Send>;

/// What waits for its readers.
#[derive(Default)]
pub(super) struct Retired {
    /// Unlinked, without a goal yet.
    fresh: Vec<Value>,
    /// By goal.
    batches: VecDeque<(u64, Vec<Value>)>,
}

/// [`Retired`] under its lock.
pub(super) struct Retirement(Mutex<Retired>);

impl std::fmt::Debug for Retirement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(Retirement)")
    }
}

impl Retirement {
    crate::sync::const_fn! {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Retired { fresh: Vec::new(), batches: VecDeque::new() }))
    }
    }
}

impl World {
    /// Leaves a value to be dropped when nobody can look at it any more.
    pub(crate) fn retire(&self, value: Value) {
        sync::lock(&self.retirement.0).fresh.push(value);
    }

    /// Says that the calling thread's mutator holds nothing that it read, and
    /// returns what everybody has let go of. At a safepoint that was asked for.
    #[must_use]
    pub(crate) fn pass(&self, record: &Record) -> Vec<Value> {
        let mut retired = sync::lock(&self.retirement.0);
        if !retired.fresh.is_empty() {
            // Release: what was unlinked before is seen unlinked by who reads
            // the new sequence.
            let goal = self.write_seq.fetch_add(1, AcqRel) + 1;
            let batch = mem::take(&mut retired.fresh);
            retired.batches.push_back((goal, batch));
        }
        // Acquire: pairs with the above. Release: edge Q.
        record.read_seq.store(self.write_seq.load(Acquire), Release);
        let mut out_of_sight = Vec::new();
        while let Some((goal, _)) = retired.batches.front()
            && self.has_passed(*goal)
        {
            let (_, mut batch) = retired.batches.pop_front().unwrap_or_default();
            out_of_sight.append(&mut batch);
        }
        out_of_sight
    }

    /// Whether every attached mutator has passed `goal`. Asks those that have not.
    fn has_passed(&self, goal: u64) -> bool {
        let registry = sync::lock(&self.registry);
        let mut all = true;
        for record in &registry.records {
            // Acquire: edge Q.
            if record.read_seq.load(Acquire) < goal
                // A read-modify-write: edge Q, for one that is not attached.
                && record.word.fetch_or(WORK, AcqRel) & ATTACHED != 0
            {
                all = false;
            }
        }
        all
    }

    /// How many values wait.
    pub(crate) fn retired(&self) -> usize {
        let retired = sync::lock(&self.retirement.0);
        retired.fresh.len() + retired.batches.iter().map(|(_, batch)| batch.len()).sum::<usize>()
    }
}

impl Mutator {
    /// Drops a value when every mutator has passed a safepoint.
    ///
    /// For structures that are read without locks: unlink something, so that no
    /// reader finds it any more, and retire it. A reader that found it before holds
    /// a reference that borrows its mutator, and so lets go of it by its next
    /// safepoint. Some thread then drops the value, at a safepoint of its own.
    ///
    /// Takes a lock, and makes a box. Values are dropped in batches; one that
    /// waits for a thread which is attached and passes no safepoint waits as
    /// long as that.
    ///
    /// From PEP 703, "Mimalloc changes for optimistic list and dict access".
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::atomic::{AtomicPtr, Ordering::{AcqRel, Acquire}};
    /// use brc::{Mutator, heap};
    ///
    /// struct Cell(AtomicPtr<String>);
    ///
    /// impl Cell {
    ///     fn read<'a>(&'a self, _: &'a Mutator) -> &'a str {
    ///         // SAFETY: what `write` replaces is retired, so it lives until this
    ///         // thread's next safepoint.
    ///         unsafe { &*self.0.load(Acquire) }
    ///     }
    ///     fn write(&self, m: &Mutator, text: &str) {
    ///         let old = self.0.swap(Box::into_raw(Box::new(text.to_owned())), AcqRel);
    ///         // SAFETY: from `into_raw`, and unlinked just now.
    ///         m.retire(unsafe { Box::from_raw(old) });
    ///     }
    /// }
    ///
    /// let cell = Cell(AtomicPtr::new(Box::into_raw(Box::new("a".to_owned()))));
    /// heap::attach(|m| {
    ///     let a = cell.read(m);
    ///     cell.write(m, "b");
    ///     assert_eq!((a, cell.read(m)), ("a", "b"));
    ///     m.safepoint(); // "a" is dropped
    /// #   m.retire(unsafe { Box::from_raw(cell.0.load(Acquire)) });
    /// })
    /// .unwrap();
    /// ```
    pub fn retire<T: Send + 'static>(&self, value: T) {
        world().retire(Box::new(value));
        self.record().ask();
    }
}
