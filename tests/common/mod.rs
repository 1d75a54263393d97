//! What the test suites share: sizes, threads, counted payloads, an allocator
//! that keeps accounts, and processes for what must abort.

#![allow(dead_code, reason = "each suite uses a part of this")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::panic::resume_unwind;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, AtomicU64, AtomicUsize, Ordering::*};
use std::thread::{self, JoinHandle};

// ---------------------------------------------------------------------- sizes

/// Whether a tool that slows everything down runs us: `BRC_TEST_SMALL=1`.
pub(crate) fn is_small() -> bool {
    cfg!(miri) || std::env::var_os("BRC_TEST_SMALL").is_some()
}

/// How much to do: in a release build, in a debug build, under a slow tool.
pub(crate) fn size(release: usize, debug: usize, small: usize) -> usize {
    if is_small() {
        small
    } else if cfg!(debug_assertions) {
        debug
    } else {
        release
    }
}

// -------------------------------------------------------------------- threads

/// Starts a thread that is an owner before `f` begins, and books to the
/// caller's account.
pub(crate) fn spawn<R: Send + 'static>(f: impl FnOnce() -> R + Send + 'static) -> JoinHandle<R> {
    spawn_with_stack(2 << 20, f)
}

/// As [`spawn`], with a stack of this many bytes.
pub(crate) fn spawn_with_stack<R: Send + 'static>(
    stack: usize,
    f: impl FnOnce() -> R + Send + 'static,
) -> JoinHandle<R> {
    let account = ACCOUNT.get();
    let start = move || {
        drop(brc::Brc::new(0));
        Account(account).on(f)
    };
    thread::Builder::new().stack_size(stack).spawn(start).expect("no thread")
}

/// Waits for the end of a thread, its thread-locals included.
pub(crate) fn join<R>(thread: JoinHandle<R>) -> R {
    thread.join().unwrap_or_else(|payload| resume_unwind(payload))
}

/// Runs `f` on a thread of its own, to its very end: everything that the thread
/// owned is settled when this returns.
pub(crate) fn on_thread<R: Send + 'static>(f: impl FnOnce() -> R + Send + 'static) -> R {
    join(spawn(f))
}

/// A number of the calling thread, to be had in its teardown too.
pub(crate) fn thread_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    thread_local! { static NUMBER: Cell<u64> = const { Cell::new(0) } }
    NUMBER.with(|number| {
        if number.get() == 0 {
            number.set(NEXT.fetch_add(1, Relaxed));
        }
        number.get()
    })
}

/// A random sequence that is the same in every run.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.next() as usize % limit
    }
}

// ------------------------------------------------------------------- payloads

/// Counts the payloads of one test.
#[derive(Clone, Default, Debug)]
pub(crate) struct Tally(Arc<Counts>);

#[derive(Default, Debug)]
struct Counts {
    live: AtomicIsize,
    most: AtomicIsize,
    died: AtomicUsize,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn payload(&self) -> Counted {
        let live = self.0.live.fetch_add(1, SeqCst) + 1;
        self.0.most.fetch_max(live, SeqCst);
        Counted { tally: self.clone(), canary: ALIVE }
    }

    /// How many are alive.
    pub(crate) fn live(&self) -> isize {
        self.0.live.load(SeqCst)
    }

    /// How many were alive at once, at most.
    pub(crate) fn most(&self) -> isize {
        self.0.most.load(SeqCst)
    }

    /// How many destructors ran.
    pub(crate) fn died(&self) -> usize {
        self.0.died.load(SeqCst)
    }
}

const ALIVE: u64 = 0x5afe_5afe_5afe_5afe;
const DESTROYED: u64 = 0xdead_dead_dead_dead;

/// A payload that is counted, and knows whether it is alive.
#[derive(Debug)]
pub(crate) struct Counted {
    tally: Tally,
    canary: u64,
}

impl Counted {
    /// Panics if this was destroyed. (Reading it then is what it guards
    /// against; sanitizers say so before we can.)
    pub(crate) fn check(&self) {
        assert_eq!(self.canary, ALIVE, "a dead payload was used");
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        self.check();
        self.tally.payload()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.check();
        // Volatile, or it would be optimized away.
        // SAFETY: a field of ours.
        unsafe { ptr::write_volatile(&raw mut self.canary, DESTROYED) };
        self.tally.0.live.fetch_sub(1, SeqCst);
        self.tally.0.died.fetch_add(1, SeqCst);
    }
}

/// Runs a closure when it is dropped.
pub(crate) struct OnDrop<F: FnMut()>(pub(crate) F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// The payload of a panic that is on purpose. It needs no memory.
#[derive(Debug)]
struct OnPurpose;

/// Panics without a message on the terminal.
pub(crate) fn panic_quietly() -> ! {
    resume_unwind(Box::new(OnPurpose))
}

/// Catches a panic that is on purpose. Whether there was one.
pub(crate) fn catches_panic(f: impl FnOnce()) -> bool {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)) {
        Ok(()) => false,
        Err(payload) if payload.is::<OnPurpose>() => true,
        Err(payload) => resume_unwind(payload),
    }
}

// ------------------------------------------------------------------ allocator

/// An allocator that books every block to the account that its thread worked
/// for when it was allocated, whoever frees it. A suite makes it its
/// `#[global_allocator]`.
pub(crate) struct Ledger;

const ACCOUNTS: usize = 256;
static BYTES: [AtomicIsize; ACCOUNTS] = [const { AtomicIsize::new(0) }; ACCOUNTS];
static BLOCKS: [AtomicIsize; ACCOUNTS] = [const { AtomicIsize::new(0) }; ACCOUNTS];

thread_local! { static ACCOUNT: Cell<usize> = const { Cell::new(0) } }

impl Ledger {
    /// The block around a block, and the room in front for the account.
    fn outer(layout: Layout) -> Option<(Layout, usize)> {
        let front = layout.align().max(16);
        let size = layout.size().checked_add(front)?;
        Some((Layout::from_size_align(size, front).ok()?, front))
    }

    fn book(account: usize, layout: Layout, sign: isize) {
        BYTES[account].fetch_add(sign * layout.size() as isize, SeqCst);
        BLOCKS[account].fetch_add(sign, SeqCst);
    }
}

// SAFETY: the system's blocks, each a little larger than asked for and as
// aligned, with our note in front of what we hand out.
unsafe impl GlobalAlloc for Ledger {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some((outer, front)) = Self::outer(layout) else { return ptr::null_mut() };
        // SAFETY: at least `front` bytes.
        let start = unsafe { System.alloc(outer) };
        if start.is_null() {
            return start;
        }
        let account = ACCOUNT.get();
        // SAFETY: within the block.
        let block = unsafe { start.add(front) };
        // SAFETY: the front has room for it, aligned.
        unsafe { block.cast::<usize>().wrapping_sub(1).write(account) };
        Self::book(account, layout, 1);
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let (outer, front) = Self::outer(layout).expect("it was allocated");
        // SAFETY: written by `alloc`.
        let account = unsafe { block.cast::<usize>().wrapping_sub(1).read() };
        Self::book(account, layout, -1);
        // SAFETY: the block began there.
        let start = unsafe { block.sub(front) };
        // SAFETY: allocated with this layout.
        unsafe { System.dealloc(start, outer) };
    }
}

/// What was allocated for one purpose.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account(usize);

impl Account {
    pub(crate) fn open() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let account = NEXT.fetch_add(1, Relaxed);
        assert!(account < ACCOUNTS, "too many accounts");
        Self(account)
    }

    /// Books what `f` allocates, on this thread and those that it spawns with
    /// [`spawn`], to this account.
    pub(crate) fn on<R>(self, f: impl FnOnce() -> R) -> R {
        let before = ACCOUNT.replace(self.0);
        let _restore = OnDrop(|| ACCOUNT.set(before));
        f()
    }

    /// The blocks and bytes that were not freed yet.
    pub(crate) fn live(self) -> (isize, isize) {
        (BLOCKS[self.0].load(SeqCst), BYTES[self.0].load(SeqCst))
    }
}

// ------------------------------------------------------------------ processes

const CASE: &str = "BRC_TEST_CASE";

/// Runs `f` in a process of its own, which runs the calling `test` again; it
/// may have several `case`s. `None` if this is such a process.
fn in_process(test: &str, case: &str, f: impl FnOnce()) -> Option<std::process::Output> {
    if let Some(wanted) = std::env::var_os(CASE) {
        if wanted.to_str() == Some(case) {
            f();
            std::process::exit(0);
        }
        return None;
    }
    let child = std::process::Command::new(std::env::current_exe().expect("no own path"))
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(CASE, case)
        .output();
    Some(child.expect("no process"))
}

/// Runs `f` in a process of its own and demands that it aborts with `message`.
#[cfg(unix)]
pub(crate) fn assert_aborts(test: &str, case: &str, message: &str, f: impl FnOnce()) {
    use std::os::unix::process::ExitStatusExt;

    let Some(child) = in_process(test, case, f) else { return };
    let errors = String::from_utf8_lossy(&child.stderr);
    assert_eq!(child.status.signal(), Some(6), "{case}: {}: {errors}", child.status);
    assert!(errors.contains(message), "{case}: {errors}");
}

#[cfg(not(unix))]
pub(crate) fn assert_aborts(_test: &str, _case: &str, _message: &str, _f: impl FnOnce()) {}

/// Runs `f` in a process of its own and demands that it ends well.
pub(crate) fn assert_survives(test: &str, case: &str, f: impl FnOnce()) {
    let Some(child) = in_process(test, case, f) else { return };
    let errors = String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success(), "{case}: {}: {errors}", child.status);
}
