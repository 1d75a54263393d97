//! Quiescent states: what readers may still be looking at dies when they cannot.
//!
//! A mutator that passes a safepoint holds no reference into the heap, nor into
//! anything else that it borrowed its [`Mutator`] for. So what was unlinked before
//! every attached mutator passed one is out of sight. PEP 703 calls this
//! quiescent-state based reclamation.
//!
//! The *write sequence* counts the batches of what was retired. A batch gets the
//! next number as its goal when somebody at a safepoint takes it in; each mutator
//! publishes the number that it saw at its last safepoint that had something to
//! do; and those that lag behind are asked to. The least of these numbers is what
//! all have *passed*. Whoever passes looks whether it was the last that a batch
//! waited for, and gets it, so no list belongs to a thread, and none is stranded
//! when one ends.
//!
//! A *stamp* is the number that must have been passed before an object may die:
//! the write sequence plus one, as it was after a handle to the object was last
//! removed from where others may read it.
//!
//! # Orderings
//!
//! * **Q: last read before the end.** Publishing the sequence is a `Release`, and
//!   the test an `Acquire`; what all have passed is published and read likewise.
//!   For a mutator that is not attached the test is a read-modify-write of its
//!   record's word: it comes after the detaching (edge S), and before the
//!   attaching (edge R), which then sees what was unlinked.
//! * **F: the removal against the sequence.** Who removes reads the sequence after
//!   it, and who passes reads slots after the sequence, with a `fence(SeqCst)`
//!   in between on both sides. So either the stamp is one that this safepoint
//!   does not reach, or the removal is seen after it.

use std::collections::VecDeque;
use std::mem;

use super::{ATTACHED, Address, Mutator, Record, Stopped, WORK, World, world};
use crate::sync::{self, AtomicU64, Mutex, Ordering::*, fence};

/// Something to drop, whatever it is.
type Value = Box<dyn Send>;

/// What was retired, or what has become of it: nobody looks at it any more.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) values: Vec<Value>,
    /// Objects, each with a reference to drop.
    pub(crate) objects: Vec<Address>,
}

impl Batch {
    fn len(&self) -> usize {
        self.values.len() + self.objects.len()
    }

    fn append(&mut self, mut other: Self) {
        self.values.append(&mut other.values);
        self.objects.append(&mut other.objects);
    }
}

/// What waits for its readers.
#[derive(Default)]
struct Retired {
    /// Unlinked, without a goal yet.
    fresh: Batch,
    /// By goal.
    batches: VecDeque<(u64, Batch)>,
    /// Somebody waits until all have passed, though nothing was retired.
    is_wanted: bool,
}

/// [`Retired`] under its lock, and what all have passed.
pub(super) struct Retirement {
    retired: Mutex<Retired>,
    /// The number of batches.
    write_seq: AtomicU64,
    /// The greatest number that every mutator which was attached has passed.
    passed: AtomicU64,
}

impl std::fmt::Debug for Retirement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(Retirement)")
    }
}

impl Retirement {
    crate::sync::const_fn! {
    pub(super) const fn new() -> Self {
        Self {
            retired: Mutex::new(Retired {
                fresh: Batch { values: Vec::new(), objects: Vec::new() },
                batches: VecDeque::new(),
                is_wanted: false,
            }),
            write_seq: AtomicU64::new(1),
            passed: AtomicU64::new(0),
        }
    }
    }
}

/// How much a safepoint takes at most, but for the batch with which that is
/// exceeded.
const MOST_AT_ONCE: usize = 1024;

/// What of a number a stamp has.
const STAMP: u64 = 0x7fff;

/// A number of the write sequence as a stamp of 15 bits. Not 0: where that would be,
/// the stamp is that of the next number.
fn stamp_of(number: u64) -> u16 {
    ((number & STAMP) as u16).max(1)
}

/// The greatest number that a stamp can stand for, if it was made of one that is not
/// greater than `next`.
fn greatest_with(stamp: u16, next: u64) -> u64 {
    let last = next + 1;
    last - (last.wrapping_sub(u64::from(stamp)) & STAMP)
}

impl World {
    /// Leaves something to be dropped when nobody can look at it any more.
    pub(crate) fn retire(&self, batch: Batch) {
        sync::lock(&self.retirement.retired).fresh.append(batch);
    }

    /// Says that the calling thread's mutator holds nothing that it read, retires
    /// `shelf`, and returns what everybody has let go of. At a safepoint that
    /// was asked for. `share` is called for each of `shelf` that stays: another
    /// thread may get it.
    #[must_use]
    pub(crate) fn pass(
        &self,
        record: &Record,
        shelf: Vec<Address>,
        share: impl Fn(Address),
    ) -> Batch {
        let Retirement { retired, write_seq, passed } = &self.retirement;
        let mut retired = sync::lock(retired);
        retired.fresh.objects.extend(&shelf);
        let mut now = write_seq.load(Acquire);
        if mem::take(&mut retired.is_wanted) || retired.fresh.len() != 0 {
            // Release: what was unlinked before is seen unlinked by who reads
            // the new sequence.
            now = write_seq.fetch_add(1, AcqRel) + 1;
            let batch = mem::take(&mut retired.fresh);
            retired.batches.push_back((now, batch));
        }
        // Edge F.
        fence(SeqCst);
        // Release: edge Q.
        record.read_seq.store(now, Release);
        let Some(&(goal, _)) = retired.batches.back() else { return Batch::default() };
        // Release: edge Q, for who reads it without the lock.
        let least = self.least_passed(goal);
        let least = passed.fetch_max(least, AcqRel).max(least);
        let mut out_of_sight = Batch::default();
        while let Some((goal, _)) = retired.batches.front()
            && *goal <= least
        {
            if out_of_sight.len() >= MOST_AT_ONCE {
                // The rest is for the next safepoint.
                record.ask();
                break;
            }
            let (_, batch) = retired.batches.pop_front().unwrap_or_default();
            out_of_sight.append(batch);
        }
        if !shelf.is_empty() && !retired.batches.is_empty() {
            shelf.into_iter().for_each(share);
        }
        out_of_sight
    }

    /// What every attached mutator has passed, up to `goal`. Asks those that have
    /// not passed that.
    fn least_passed(&self, goal: u64) -> u64 {
        let registry = sync::lock(&self.registry);
        let mut least = goal;
        for record in &registry.records {
            // Acquire: edge Q.
            let read = record.read_seq.load(Acquire);
            if read < goal
                // A read-modify-write: edge Q, for one that is not attached.
                && record.word.fetch_or(WORK, AcqRel) & ATTACHED != 0
            {
                least = least.min(read);
            }
        }
        least
    }

    /// The stamp for an object that was just removed from where others may read
    /// it, and the number that it stands for. After a `fence(SeqCst)` (edge F).
    pub(crate) fn stamp(&self) -> (u16, u64) {
        // Acquire: no later look at the sequence is older.
        let number = self.retirement.write_seq.load(Acquire) + 1;
        (stamp_of(number), number)
    }

    /// Sees to it that every attached mutator passes a safepoint. `record` is the
    /// calling thread's.
    #[cold]
    pub(crate) fn want_pass(&self, record: &Record) {
        sync::lock(&self.retirement.retired).is_wanted = true;
        record.ask();
    }

    /// What every mutator that was attached has passed.
    pub(crate) fn passed(&self) -> u64 {
        // Acquire: edge Q.
        self.retirement.passed.load(Acquire)
    }

    /// Whether what a stamp stands for is at most `passed`.
    pub(crate) fn is_passed(&self, stamp: u16, passed: u64) -> bool {
        // Acquire: not older than what the stamp was made of, since the stamp was seen
        // by an `Acquire`. So the number that it was made of is not greater than the next.
        let next = self.retirement.write_seq.load(Acquire) + 1;
        // If it is passed, so is every other number that has this stamp.
        greatest_with(stamp, next) <= passed
    }

    /// How many values and objects wait, but for those on the shelves of attached
    /// mutators.
    pub(crate) fn retired(&self) -> usize {
        let retired = sync::lock(&self.retirement.retired);
        retired.fresh.len() + retired.batches.iter().map(|(_, batch)| batch.len()).sum::<usize>()
    }
}

impl Stopped<'_> {
    /// Everything that was retired, but for the shelves: in a pause nobody looks
    /// at anything, so every mutator has passed.
    #[must_use]
    pub(crate) fn pass_all(&self) -> Batch {
        let Retirement { retired, write_seq, passed } = &self.world.retirement;
        let mut retired = sync::lock(retired);
        // The pause (edges S and R) orders all of this with what mutators do.
        let now = write_seq.fetch_add(1, AcqRel) + 1;
        for record in self.records() {
            record.read_seq.store(now, Release);
        }
        passed.fetch_max(now, AcqRel);
        let mut all = Batch::default();
        for (_, batch) in mem::take(&mut retired.batches) {
            all.append(batch);
        }
        all.append(mem::take(&mut retired.fresh));
        all
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
        world().retire(Batch { values: vec![Box::new(value)], objects: Vec::new() });
        self.record().ask();
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// For numbers around each turn of the 15 bits.
    #[test]
    fn no_stamp_looks_older_than_it_is_and_few_look_newer() {
        for turn in 0..3 {
            for next in (turn << 15) + 2..(turn << 15) + 70 {
                for number in 2..=next {
                    let read = greatest_with(stamp_of(number), next);
                    assert!(number <= read && read <= next + 1, "{number} of {next}: {read}");
                    if next - number < STAMP {
                        assert!(read <= number + 1, "{number} of {next}: {read}");
                    }
                }
            }
        }
    }
}
