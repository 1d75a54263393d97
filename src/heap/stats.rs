//! What the heap has and did, in figures.

use std::time::Duration;

use super::Collected;
use crate::gc::{count_deferred, pending};
use crate::stw::{Record, world};
use crate::sync::{self, AtomicU64, AtomicUsize, Mutex, Ordering::*, global};

/// Figures of the heap, from [`stats`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stats {
    /// Living objects.
    pub objects: u64,
    /// Their blocks' bytes, headers included.
    pub bytes: u64,
    /// Immortal ones among them.
    pub immortal_objects: u64,
    /// Their bytes.
    pub immortal_bytes: u64,
    /// Objects that were ever made.
    pub allocated_objects: u64,
    /// Objects that were destroyed.
    pub freed_objects: u64,
    /// Threads that are attached, or detached inside of `attach`.
    pub mutators: usize,
    /// Deferred ones among them.
    pub deferred_objects: usize,
    /// References that wait for their object's owner.
    pub queued: usize,
    /// References that unattached threads have left for any mutator.
    pub pending: usize,
    /// Values that were [retired](crate::Mutator::retire) and are not dropped yet, and
    /// objects whose last reference is gone, but which others may be looking at.
    pub retired: usize,
    /// Collections that ran.
    pub collections: u64,
    /// Objects that collections destroyed.
    pub collected_objects: u64,
    /// Objects that finalizers saved.
    pub resurrected_objects: u64,
    /// Objects that collections visited.
    pub visited_objects: u64,
    /// Candidates from which collections started.
    pub candidates: u64,
    /// How long the world was stopped: see [`Collected::pauses`].
    pub pauses: Pauses,
    /// Stops that waited so long that it was reported.
    pub stalls: u64,
}

/// A histogram of pauses, with a relative error of at most a sixteenth.
#[derive(Clone, Debug)]
pub struct Pauses {
    /// By [`bucket`].
    counts: Vec<u64>,
    count: u64,
    total: Duration,
    max: Duration,
}

/// Buckets to a power of two.
const STEPS: u64 = 16;

fn bucket(nanos: u64) -> usize {
    if nanos < STEPS {
        return nanos as usize;
    }
    let exponent = u64::from(nanos.ilog2() - STEPS.ilog2());
    ((exponent + 1) * STEPS + (nanos >> exponent) - STEPS) as usize
}

/// The greatest value of a bucket.
fn greatest(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < STEPS {
        return bucket;
    }
    let exponent = bucket / STEPS - 1;
    ((bucket % STEPS + STEPS + 1) << exponent) - 1
}

impl Pauses {
    const fn new() -> Self {
        Self { counts: Vec::new(), count: 0, total: Duration::ZERO, max: Duration::ZERO }
    }

    fn add(&mut self, pause: Duration) {
        let index = bucket(u64::try_from(pause.as_nanos()).unwrap_or(u64::MAX >> 1));
        if self.counts.len() <= index {
            self.counts.resize(index + 1, 0);
        }
        self.counts[index] += 1;
        self.count += 1;
        self.total += pause;
        self.max = self.max.max(pause);
    }

    /// How many there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How long all together took.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.total
    }

    /// The longest.
    #[must_use]
    pub fn max(&self) -> Duration {
        self.max
    }

    /// A time that `percent` of the pauses did not exceed, such as 50 or 99. Zero
    /// if there was none.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::heap;
    ///
    /// heap::attach(|m| m.collect()).unwrap();
    /// let pauses = heap::stats().pauses;
    /// assert!(pauses.percentile(50.0) <= pauses.max());
    /// ```
    #[must_use]
    pub fn percentile(&self, percent: f64) -> Duration {
        let rank = (self.count as f64 * percent / 100.0).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (index, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return Duration::from_nanos(greatest(index)).min(self.max);
            }
        }
        self.max
    }
}

#[derive(Debug)]
pub(crate) struct Totals {
    collections: u64,
    collected: u64,
    resurrected: u64,
    visited: u64,
    candidates: u64,
    stalls: u64,
    pauses: Pauses,
}

global! {
    fn totals() -> Mutex<Totals> = Mutex::new(Totals {
        collections: 0,
        collected: 0,
        resurrected: 0,
        visited: 0,
        candidates: 0,
        stalls: 0,
        pauses: Pauses::new(),
    })
}

pub(super) fn count(collected: &Collected) {
    if collected.skipped {
        return;
    }
    let mut totals = sync::lock(totals());
    totals.collections += 1;
    totals.collected += collected.freed as u64;
    totals.resurrected += collected.resurrected as u64;
    totals.visited += collected.visited as u64;
    totals.candidates += collected.candidates as u64;
    for &pause in &collected.pauses {
        totals.pauses.add(pause);
    }
}

pub(super) fn count_stall() {
    sync::lock(totals()).stalls += 1;
}

global! {
    /// So many deferred objects, or so many bytes, call for a collection that looks at all
    /// deferred objects.
    fn complete_at() -> (AtomicUsize, AtomicU64) =
        (AtomicUsize::new(LEAST_DEFERRED), AtomicU64::new(LEAST_BYTES))
}

const LEAST_DEFERRED: usize = 10_000;
const LEAST_BYTES: u64 = 64 << 20;

/// Whether a collection is due that looks behind old deferred objects: since the last
/// one there are twice as many, or there are some and twice as many bytes in all.
pub(super) fn is_complete_due() -> bool {
    let (deferred, bytes) = complete_at();
    let now = count_deferred();
    now >= deferred.load(Relaxed) || now != 0 && live_bytes() >= bytes.load(Relaxed)
}

/// After such a collection.
pub(super) fn note_complete() {
    let (deferred, bytes) = complete_at();
    deferred.store(LEAST_DEFERRED.max(2 * count_deferred()), Relaxed);
    bytes.store(LEAST_BYTES.max(2 * live_bytes()), Relaxed);
}

fn live_bytes() -> u64 {
    let sum = |total: u64, record: &&Record| {
        let (allocated, freed) = (record.local.allocated.get().1, record.local.freed.get().1);
        // One thread may free what another made.
        total.wrapping_add(allocated).wrapping_sub(freed)
    };
    world().records().iter().fold(0, sum)
}

/// Figures of the heap, now.
///
/// Exact while no other thread allocates or destroys; otherwise a snapshot in
/// which threads may be a little apart. Takes some locks for a moment, one after
/// the other.
///
/// # Examples
///
/// ```
/// use brc::heap;
///
/// heap::attach(|m| {
///     let before = heap::stats().objects;
///     let n = m.alloc(1);
///     assert_eq!(heap::stats().objects, before + 1);
///     drop(n);
///     assert_eq!(heap::stats().objects, before);
/// })
/// .unwrap();
/// ```
#[must_use]
pub fn stats() -> Stats {
    let (mut allocated, mut freed, mut immortal) = ((0, 0), (0, 0), (0, 0));
    let add = |sum: &mut (u64, u64), (objects, bytes): (u64, u64)| {
        sum.0 += objects;
        sum.1 += bytes;
    };
    let (mut queued, mut shelved) = (0, 0);
    let records = world().records();
    // What is freed was allocated before: read in this order, the difference is
    // not negative.
    records.iter().for_each(|record| add(&mut freed, record.local.freed.get()));
    for record in records {
        add(&mut allocated, record.local.allocated.get());
        add(&mut immortal, record.local.immortal.get());
        queued += record.queue_length();
        shelved += record.shelved();
    }
    let pending = sync::lock(pending()).references.len();
    let (mutators, retired) = (world().mutators(), world().retired() + shelved);
    let totals = sync::lock(totals());
    Stats {
        objects: allocated.0.saturating_sub(freed.0),
        bytes: allocated.1.saturating_sub(freed.1),
        immortal_objects: immortal.0,
        immortal_bytes: immortal.1,
        allocated_objects: allocated.0,
        freed_objects: freed.0,
        mutators,
        deferred_objects: count_deferred(),
        queued,
        pending,
        retired,
        collections: totals.collections,
        collected_objects: totals.collected,
        resurrected_objects: totals.resurrected,
        visited_objects: totals.visited,
        candidates: totals.candidates,
        pauses: totals.pauses.clone(),
        stalls: totals.stalls,
    }
}
