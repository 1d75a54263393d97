//! When the heap collects, whether threads take turns, and what it says.

#[cfg(not(feature = "tracing"))]
use std::io::{self, Write};
use std::time::Duration;

use crate::gc::set_prompt;
use crate::stw::{self, Mutator, world};
use crate::sync::{self, AtomicBool, AtomicUsize, Mutex, Ordering::*, global};

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

    /// Whether an object that was taken out of a slot, and that others may hang on, is seen
    /// to by the next safepoint of its thread, as are those with a finalizer or weak
    /// callbacks. If not, up to 32 such wait for each other. `false` at first.
    ///
    /// For runtimes whose programs notice when something dies: what has a finalizer may
    /// hang on a container that has none.
    ///
    /// Cost: some 50 ns more for each such object that dies. Nothing for those that refer to
    /// nothing ([`Trace::is_acyclic`](crate::Trace::is_acyclic)), which still wait.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::heap;
    ///
    /// heap::configure().prompt_deaths(true);
    /// ```
    #[expect(
        clippy::must_use_candidate,
        clippy::return_self_not_must_use,
        reason = "it takes effect at once"
    )]
    pub fn prompt_deaths(self, on: bool) -> Self {
        set_prompt(on);
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

    /// Whether attached threads take turns: see [`GlobalLock`]. `Auto` at first.
    ///
    /// The environment has the last word: with `BRC_GIL=1` or `BRC_GIL=0` the lock is
    /// on, or off, whatever is set here. And a lock that an extension
    /// [required](crate::Mutator::require_global_lock) stays on: `Off` then changes nothing.
    ///
    /// # Panics
    ///
    /// If this would turn the lock on or off while a thread is attached, or detached
    /// inside of `attach`, the calling one included: such a thread has begun under
    /// other rules. Set it before threads attach.
    ///
    /// # Memory ordering
    ///
    /// A lock: threads that attach afterwards see it.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::heap::{self, GlobalLock};
    ///
    /// heap::configure().global_lock(GlobalLock::On);
    /// # if std::env::var_os("BRC_GIL").is_none() {
    /// assert!(heap::global_lock_enabled());
    /// # }
    /// ```
    #[expect(
        clippy::must_use_candidate,
        clippy::return_self_not_must_use,
        reason = "it takes effect at once"
    )]
    pub fn global_lock(self, mode: GlobalLock) -> Self {
        apply_environment();
        let mut settings = sync::lock(turns());
        loop {
            let on = settings.is_required || settings.effective(mode) == GlobalLock::On;
            if on == world().is_global_lock_on() {
                break;
            }
            let done = match stw::current() {
                // Perhaps only for the moment, in a destructor.
                Some(_) => Err(world().mutators().max(1)),
                None => world().set_global_lock(on),
            };
            if done == Ok(false) {
                // Not with the mutex: the destructor that a thread has attached for may
                // want it.
                drop(settings);
                sync::yield_now();
                settings = sync::lock(turns());
            } else if let Err(threads) = done {
                drop(settings);
                panic!(
                    "the global lock of the heap can be turned on or off only while no thread is \
                     attached: {threads} are"
                );
            }
        }
        settings.mode = mode;
        self
    }

    /// How long a thread waits for the global lock before it asks for it: then the
    /// thread that has it hands it over at its next safepoint. 5 ms at first. Zero:
    /// at each safepoint, if somebody waits.
    #[expect(
        clippy::must_use_candidate,
        clippy::return_self_not_must_use,
        reason = "it takes effect at once"
    )]
    pub fn switch_interval(self, interval: Duration) -> Self {
        world().set_switch_interval(interval);
        self
    }
}

/// Whether attached threads take turns: the *global lock* of the heap.
///
/// With it on, one thread at a time is attached. The others wait in
/// [`attach`](super::attach) or at the end of [`Mutator::detach`], first come, first
/// served; who has waited for the
/// [switch interval](Configure::switch_interval) gets the lock at the next safepoint of
/// the thread that has it. So what a thread does between two safepoints
/// is not interleaved with what other attached threads do, and plain data
/// that is touched only there needs no other protection.
///
/// This is for a runtime that hosts code which is not made for many threads, as an
/// interpreter hosts extensions: see [`Mutator::require_global_lock`]. Programs of
/// which every part is made for it leave it off, and pay nothing for it.
///
/// The environment variable `BRC_GIL` overrides what the program
/// [configures](Configure::global_lock): `1` is `On`, `0` is `Off`. It is read
/// once.
///
/// # Cost
///
/// Off: nothing. On: attaching and detaching take a mutex each; a safepoint is
/// the load and the branch that it always is. A thread that waits without
/// [detaching](Mutator::detach) makes all others wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum GlobalLock {
    /// Threads run side by side. Requests for the lock are refused, with a warning.
    Off,
    /// One attached thread at a time.
    On,
    /// Off, until somebody [requires](Mutator::require_global_lock) it.
    #[default]
    Auto,
}

/// Who wants the global lock.
pub(super) struct Turns {
    mode: GlobalLock,
    environment: Option<bool>,
    /// It was turned on for good.
    is_required: bool,
    /// Who was warned of.
    names: Vec<String>,
}

impl Turns {
    fn effective(&self, mode: GlobalLock) -> GlobalLock {
        match self.environment {
            Some(true) => GlobalLock::On,
            Some(false) => GlobalLock::Off,
            None => mode,
        }
    }
}

global! {
    fn turns() -> Mutex<Turns> = Mutex::new(Turns {
        mode: GlobalLock::Auto,
        environment: None,
        is_required: false,
        names: Vec::new(),
    })
}

global! {
    fn is_environment_applied() -> AtomicBool = AtomicBool::new(false)
}

/// Does what the environment says about the global lock, before the first thread
/// attaches. One load, after that.
#[inline]
pub(super) fn apply_environment() {
    // Acquire: pairs with the `Release` of who has done it. (Models have no
    // environment.)
    if !cfg!(loom) && !is_environment_applied().load(Acquire) {
        apply_environment_slowly();
    }
}

#[cold]
fn apply_environment_slowly() {
    let value = std::env::var("BRC_GIL").unwrap_or_default();
    let wanted = match value.trim() {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    };
    let mut settings = sync::lock(turns());
    if is_environment_applied().load(Relaxed) {
        return;
    }
    settings.environment = wanted;
    if wanted == Some(true) {
        let result = world().set_global_lock(true);
        assert!(result == Ok(true), "a thread attached before the environment was looked at");
    }
    is_environment_applied().store(true, Release);
    drop(settings);
    if wanted.is_none() && !value.is_empty() {
        warn(format_args!("BRC_GIL is neither 0 nor 1, and has no effect"));
    }
}

/// Whether the [global lock](GlobalLock) is on: one thread at a time is attached.
///
/// One load. To a thread that is attached the answer holds until its next
/// safepoint. It becomes `true` at most once while threads are attached, and
/// `false` never.
///
/// # Memory ordering
///
/// `Acquire` of what was done before the lock was turned on.
///
/// # Examples
///
/// ```
/// use brc::heap;
///
/// # if std::env::var_os("BRC_GIL").is_none() {
/// assert!(!heap::global_lock_enabled());
/// # }
/// ```
#[must_use]
pub fn global_lock_enabled() -> bool {
    apply_environment();
    world().is_global_lock_on()
}

impl Mutator {
    /// Asks for the [global lock](GlobalLock) on behalf of code that is not made for
    /// many threads, and says whether it is on now.
    ///
    /// * [`Auto`](GlobalLock::Auto): stops the world and turns the lock on, for good;
    ///   this thread is the first to have it. Says so, with `name`, through `tracing` if
    ///   that feature is on, else on standard error: once for each name.
    /// * [`On`](GlobalLock::On): nothing happens.
    /// * [`Off`](GlobalLock::Off), or `BRC_GIL=0`: the lock stays off, and `false` is
    ///   returned. Says so likewise.
    ///
    /// For a runtime that loads extensions: call this when one is loaded that does
    /// not declare itself safe, and before its code runs. Threads that are
    /// detached need not be told: they find out when they attach again.
    ///
    /// Cost: a stop of the world, the first time.
    ///
    /// # Panics
    ///
    /// With what a subscriber of `tracing` panics with; the lock is on then.
    ///
    /// # Memory ordering
    ///
    /// What attached threads did before comes before this returns, and
    /// what this thread does until it next passes a safepoint comes before what they do
    /// next, if the lock is on.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::heap;
    ///
    /// heap::attach(|m| {
    ///     let is_on = m.require_global_lock("spam");
    ///     assert_eq!(is_on, heap::global_lock_enabled());
    /// })
    /// .unwrap();
    /// ```
    pub fn require_global_lock(&mut self, name: &str) -> bool {
        let mut settings = sync::lock(turns());
        let mode = settings.effective(settings.mode);
        let is_new = !settings.names.iter().any(|known| known == name);
        if is_new && mode != GlobalLock::On {
            settings.names.push(name.to_owned());
        }
        settings.is_required |= mode != GlobalLock::Off;
        // Who waits for this mutex may be attached, and the stop would wait for it.
        drop(settings);
        let mut is_on = world().is_global_lock_on();
        if !is_on && mode != GlobalLock::Off {
            let stopped = world().stop(Some(self.record()), &report_stall);
            stopped.turn_on_global_lock();
            drop(stopped);
            is_on = true;
        }
        if is_new && mode != GlobalLock::On {
            if is_on {
                warn(format_args!(
                    "the global lock is on from now on, because `{name}` requires it. BRC_GIL=0 \
                     keeps it off, at your own risk"
                ));
            } else {
                warn(format_args!(
                    "the global lock stays off, as configured, though `{name}` requires it"
                ));
            }
        }
        is_on
    }
}

/// Tells the person who runs the program.
fn warn(what: std::fmt::Arguments<'_>) {
    #[cfg(feature = "tracing")]
    tracing::warn!("{what}");
    #[cfg(not(feature = "tracing"))]
    // Not `eprintln!`, which panics if standard error is closed.
    let _ = writeln!(io::stderr(), "brc: {what}");
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
