//! Where the heap's blocks come from.
//!
//! A [`BlockSource`] gives memory to attached threads, takes it back from any of
//! them, and, while the world is stopped, [visits] every living block exactly
//! once: full collections and leak reports are built on that. What is in a
//! block is not known here.
//!
//! There are two sources, and [`Blocks`] is the one in use:
//!
//! * `mimalloc`: one heap of mimalloc 3, shared by all threads. To allocate and
//!   free a block costs a few nanoseconds, and the walk needs no list of them.
//! * [`Listed`](listed::Listed): the Rust allocator with a list of its blocks
//!   under a lock. It takes what mimalloc cannot show (see there). With Miri,
//!   loom, `--cfg brc_std_blocks` (so that AddressSanitizer and Valgrind see each
//!   block) and where there are no pthreads it takes everything.
//!
//! [visits]: BlockSource::visit

use std::alloc::Layout;
use std::cell::Cell;
use std::ptr::NonNull;

use crate::sync::thread_state;

mod listed;
#[cfg(all(unix, not(any(miri, loom, brc_std_blocks))))]
mod mimalloc;
#[cfg(all(test, not(loom)))]
mod properties;

#[cfg(any(not(unix), miri, loom, brc_std_blocks))]
pub(crate) type Blocks = listed::Listed;
#[cfg(all(unix, not(any(miri, loom, brc_std_blocks))))]
pub(crate) type Blocks = mimalloc::Mimalloc;

/// A source of blocks, the same for the whole process.
///
/// # Safety
///
/// A block is aligned and as large as its layout says, belongs to nobody else
/// until it is freed, and is what `visit` promises.
pub(crate) unsafe trait BlockSource {
    /// A block, or `None` if there is no memory. The contents are undefined.
    ///
    /// The calling thread must be such that `visit` waits for it: attached.
    fn alloc(layout: Layout) -> Option<NonNull<u8>>;

    /// Takes a block back. Any thread that `visit` waits for may call this, also
    /// when the thread that allocated the block is gone, and also in the
    /// destructors of thread-locals.
    ///
    /// # Safety
    ///
    /// The block is from `alloc` of this source with this layout, and living.
    unsafe fn free(block: NonNull<u8>, layout: Layout);

    /// Calls `f` with the start and the usable size of every living block, once
    /// each and in no order, whichever thread it is from, living or gone. The
    /// usable size is at least the layout's.
    ///
    /// `f` may panic, which ends the visit. It must not call this source.
    ///
    /// # Safety
    ///
    /// No thread is in `alloc` or `free`, or enters them before this returns,
    /// and what they did happens before. That threads end meanwhile is fine.
    unsafe fn visit(f: &mut dyn FnMut(NonNull<u8>, usize));

    /// Makes this thread's next `alloc` ask [`fails`].
    fn arm();
}

thread_state! {
    static FAILS: Cell<Option<usize>> = Cell::new(None)
}

/// For tests: after `n` more allocations of this thread, all its further ones
/// fail. `None` ends that.
///
/// It costs the fast path nothing: a thread for which this is on finds no cache.
pub(crate) fn fail_after(n: Option<usize>) {
    FAILS.with(|fails| fails.set(n));
    Blocks::arm();
}

/// Says that a block will be looked at soon.
#[inline]
pub(crate) fn prefetch(address: NonNull<u8>) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: SSE is there on every x86-64; a prefetch reads nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address.as_ptr().cast()) };
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = address;
}

/// Whether [`fail_after`] is on for this thread.
#[cfg(all(unix, not(any(miri, loom, brc_std_blocks))))]
fn armed() -> bool {
    FAILS.with(Cell::get).is_some()
}

/// Counts an allocation of this thread; `true` if it has to fail.
fn fails() -> bool {
    FAILS.with(|fails| {
        let left = fails.get();
        fails.set(left.map(|n| n.saturating_sub(1)));
        left == Some(0)
    })
}
