//! When the heap collects, and what it says.

#[cfg(not(feature = "tracing"))]
use std::io::{self, Write};
use std::time::Duration;

use crate::stw::world;
use crate::sync::{AtomicBool, AtomicUsize, Ordering::*, global};

global! {
    /// The number of candidates, on one thread, that calls for a collection.
    fn least_candidates() -> AtomicUsize = AtomicUsize::new(DEFAULT_CANDIDATES)
}

global! {
    fn growth() -> AtomicUsize = AtomicUsize::new(DEFAULT_GROWTH)
}

global! {
    fn is_automatic() -> AtomicBool = AtomicBool::new(true)
}

/// A collection of this many objects stays within a second-level cache, and
/// costs many times what stopping the world does.
const DEFAULT_CANDIDATES: usize = 2_048;

/// In percent.
const DEFAULT_GROWTH: usize = 50;

/// Settings of the heap. Each takes effect at once, for the whole process.
///
/// # When the heap collects
///
/// A *candidate* is an object whose count went down and did not reach zero. When a
/// thread has made so many of them since the last collection that the limit is
/// reached, its next safepoint collects if most of them seem to live; else it frees
/// the memory of those that died meanwhile, and collects if half of the limit is
/// left. (Candidates that unattached threads make count for one that is attached.) The limit is
/// [`collect_after`](Self::collect_after), but at least
/// [`growth`](Self::growth) percent of the objects that the last collection
/// visited and found alive: so what collections cost is proportional to what the
/// program does, also if all candidates reach one big graph.
///
/// Memory that is not in cycles is freed by counting and does not wait for this.
///
/// # Examples
///
/// ```
/// use brc::heap;
///
/// heap::configure().collect_after(100_000).growth(100);
/// ```
#[derive(Debug)]
pub struct Configure(());

/// Changes settings of the heap. See [`Configure`].
pub fn configure() -> Configure {
    Configure(())
}

impl Configure {
    /// After how many candidates on a thread to collect, at least. 2,048 at first.
    ///
    /// A thread that detaches before its next safepoint may go by the old number until
    /// its next collection.
    #[expect(
        clippy::must_use_candidate,
        clippy::return_self_not_must_use,
        reason = "it takes effect at once"
    )]
    pub fn collect_after(self, candidates: usize) -> Self {
        least_candidates().store(candidates.max(1), Relaxed);
        for record in world().records() {
            // The next safepoint compares with the new limit.
            record.ask();
        }
        self
    }

    /// How many candidates to wait for, in percent of the objects that the last
    /// collection visited and found alive. 50 at first.
    #[expect(
        clippy::must_use_candidate,
        clippy::return_self_not_must_use,
        reason = "it takes effect at once"
    )]
    pub fn growth(self, percent: usize) -> Self {
        growth().store(percent, Relaxed);
        self
    }

    /// Whether safepoints collect. `true` at first. If not, only
    /// [`Mutator::collect`](crate::Mutator::collect) and
    /// [`collect_full`](crate::Mutator::collect_full) do.
    #[expect(
        clippy::must_use_candidate,
        clippy::return_self_not_must_use,
        reason = "it takes effect at once"
    )]
    pub fn automatic(self, on: bool) -> Self {
        is_automatic().store(on, Relaxed);
        self
    }

    /// How long a stop waits before it says which threads hold it up: through
    /// `tracing` if that feature is on, else on standard error. `None`: never. One
    /// second at first.
    #[expect(
        clippy::must_use_candidate,
        clippy::return_self_not_must_use,
        reason = "it takes effect at once"
    )]
    pub fn report_stalls_after(self, patience: Option<Duration>) -> Self {
        world().set_patience(patience);
        self
    }
}

/// The least limit.
pub(super) fn candidates() -> usize {
    least_candidates().load(Relaxed)
}

pub(super) fn automatic() -> bool {
    is_automatic().load(Relaxed)
}

/// The limit after a collection that found so many objects alive, of which some
/// stay candidates.
pub(super) fn next_limit(alive: usize, stay: usize) -> usize {
    let share = alive.saturating_mul(growth().load(Relaxed)) / 100;
    share.max(candidates()).saturating_add(stay)
}

/// Says whom a stop waits for.
pub(super) fn report_stall(threads: &[String], waited: Duration) {
    let threads = threads.join(", ");
    #[cfg(feature = "tracing")]
    tracing::warn!(?waited, threads, "a stop of the world waits for threads without a safepoint");
    #[cfg(not(feature = "tracing"))]
    // Not `eprintln!`, which panics if standard error is closed.
    let _ = writeln!(
        io::stderr(),
        "brc: a stop of the world has waited {waited:?} for a safepoint of: {threads}. A thread \
         that blocks should do so in `Mutator::detach`"
    );
    super::stats::count_stall();
}
