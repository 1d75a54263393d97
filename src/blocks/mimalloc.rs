//! One heap of mimalloc 3 for all threads.
//!
//! Each thread that allocates has its part of the heap, its *theap*, which we
//! keep in a thread-local: to ask mimalloc for it costs more than a whole
//! allocation when the program also allocates elsewhere with mimalloc.
//!
//! # What goes aside
//!
//! mimalloc's walk reports the start of what it calls a block. A block that it
//! aligned by hand starts elsewhere, and one that has a mapping of its own may
//! not be walked at all. So these come from [`Listed`], by their layout alone:
//!
//! * larger than [`MAX_SIZE`], up to which blocks share pages;
//! * aligned to more than 16 bytes, unless the next power of two is at most
//!   [`MAX_ALIGNED`]: up to there, blocks of a power of two have that alignment
//!   by themselves. (With mimalloc's `debug` or `secure`, which another crate
//!   may turn on, they do not, and all of these go aside.)
//!
//! # Pages outside of arenas
//!
//! If mimalloc gets no address space for an arena, or is told by
//! `MIMALLOC_DISALLOW_ARENA_ALLOC` to use none, it maps pages singly, and the
//! walk over the heap leaves out those that a thread uses. Then they are found
//! in the threads' theaps, and those in nobody's use in the list that the option
//! `visit_abandoned` makes mimalloc keep. (With that variable, mimalloc 3.3.2
//! crashes programs of several threads that use it as the global allocator,
//! without us too.)
//!
//! # The end of a thread
//!
//! When a thread ends, mimalloc gives up its pages: it edits, without the world
//! knowing of it, what a visit reads. So our own destructor does this, under the
//! lock that visits hold. mimalloc's own must then not run: it would use a
//! pointer to the thread's main theap, which it keeps under a pthread key and
//! which `mi_thread_done` leaves there. So we clear the key beforehand.
//!
//! * Afterwards the thread has no theap. Frees need none. An allocation, in the
//!   destructor of another thread-local, makes one and gives it up at once.
//! * The thread that mimalloc calls the main one cannot be ended, since it could
//!   not allocate any more, and the program may use mimalloc elsewhere. It keeps
//!   its theap, which no destructor of mimalloc's touches then either.

use std::alloc::Layout;
use std::any::Any;
use std::cell::Cell;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::{self, NonNull};

use libmimalloc_sys::{
    MI_SMALL_SIZE_MAX, mi_block_visit_fun, mi_free, mi_good_size, mi_heap_area_t, mi_heap_malloc,
    mi_heap_new, mi_heap_t, mi_heap_visit_blocks, mi_option_get, mi_option_set,
    mi_option_set_enabled, mi_option_t, mi_theap_t, mi_thread_done, mi_version,
};

use super::listed::Listed;
use super::{BlockSource, armed, fails};
use crate::sync::{Mutex, global, lock, thread_state};

/// mimalloc 3.3.2 and what is compatible with it. `mi_heap_t` is something else
/// in mimalloc 2.
const VERSIONS: std::ops::Range<i32> = 30302..40000;

/// Larger blocks go aside: mimalloc gives each of them a page of its own.
const MAX_SIZE: usize = 512 << 10;

/// Up to this size mimalloc aligns a power of two to itself.
const MAX_ALIGNED: usize = 4 << 10;

/// How mimalloc aligns any block that is not smaller than this.
const ALIGN: usize = 16;

/// `mi_option_arena_eager_commit` of mimalloc 3.3.
const ARENA_EAGER_COMMIT: mi_option_t = 4;
/// `mi_option_visit_abandoned` of mimalloc 3.3.
const VISIT_ABANDONED: mi_option_t = 28;

// Not declared by `libmimalloc-sys`, whose version is pinned: the last two are
// not even in mimalloc's header.
unsafe extern "C" {
    fn mi_heap_theap(heap: *mut mi_heap_t) -> *mut mi_theap_t;
    fn mi_theap_malloc(theap: *mut mi_theap_t, size: usize) -> *mut c_void;
    fn mi_theap_malloc_small(theap: *mut mi_theap_t, size: usize) -> *mut c_void;
    fn mi_theap_guarded_set_sample_rate(theap: *mut mi_theap_t, rate: usize, seed: usize);
    fn mi_theap_visit_blocks(
        theap: *const mi_theap_t,
        visit_blocks: bool,
        visitor: mi_block_visit_fun,
        arg: *mut c_void,
    ) -> bool;
    fn _mi_is_main_thread() -> bool;
    fn _mi_prim_thread_associate_default_theap(theap: *mut mi_theap_t);
}

/// One heap of mimalloc, and [`Listed`] for what it cannot show.
pub(crate) struct Mimalloc;

pub(super) struct World {
    /// Made by the first allocation, and never given back.
    heap: *mut mi_heap_t,
    /// Of all threads that have one.
    theaps: Vec<*mut mi_theap_t>,
}

// SAFETY: the heap is for all threads. The theaps are used here by visits only,
// which others wait for.
unsafe impl Send for World {}

global! {
    /// Held by visits, and by threads that begin or end.
    fn world() -> Mutex<World> = Mutex::new(World { heap: ptr::null_mut(), theaps: Vec::new() })
}

struct Local {
    /// The theap for the fast path. Null: go the slow one.
    fast: Cell<*mut mi_theap_t>,
    /// This thread's theap, null if it has none.
    theap: Cell<*mut mi_theap_t>,
}

thread_state! {
    static LOCAL: Local = Local {
        fast: Cell::new(ptr::null_mut()),
        theap: Cell::new(ptr::null_mut()),
    }
}

/// What to ask mimalloc for; `None`: the block goes aside.
///
/// It depends on the layout alone, since `free` asks again.
#[inline]
fn size_of(layout: Layout) -> Option<usize> {
    let size = layout.size().max(layout.align());
    if layout.align() <= ALIGN {
        return (size <= MAX_SIZE).then_some(size);
    }
    let size = size.checked_next_power_of_two()?;
    // SAFETY: a computation, without conditions.
    let natural = || unsafe { mi_good_size(MAX_ALIGNED) } == MAX_ALIGNED;
    (size <= MAX_ALIGNED && natural()).then_some(size)
}

// SAFETY: mimalloc's blocks are as large as asked for, aligned as `size_of`
// says, and all of them are in arenas, in theaps, or abandoned.
unsafe impl BlockSource for Mimalloc {
    #[inline]
    fn alloc(layout: Layout) -> Option<NonNull<u8>> {
        let Some(size) = size_of(layout) else {
            return Listed::alloc(layout);
        };
        let theap = LOCAL.with(|local| local.fast.get());
        if theap.is_null() {
            return alloc_slowly(size);
        }
        let block = if size <= MI_SMALL_SIZE_MAX {
            // SAFETY: the theap is this thread's, and the size is small.
            unsafe { mi_theap_malloc_small(theap, size) }
        } else {
            // SAFETY: the theap is this thread's.
            unsafe { mi_theap_malloc(theap, size) }
        };
        debug_assert!(block.addr().is_multiple_of(layout.align()));
        NonNull::new(block.cast())
    }

    #[inline]
    unsafe fn free(block: NonNull<u8>, layout: Layout) {
        if size_of(layout).is_some() {
            // SAFETY: it is mimalloc's, as in `alloc`, and living, says the caller.
            unsafe { mi_free(block.as_ptr().cast()) };
        } else {
            // SAFETY: it is from `Listed::alloc`, as in `alloc`, and living.
            unsafe { Listed::free(block, layout) };
        }
    }

    unsafe fn visit(f: &mut dyn FnMut(NonNull<u8>, usize)) {
        let mut visit = Visit { f, pages: Vec::new(), missed: false, panic: None };
        {
            let world = lock(world());
            if !world.heap.is_null() {
                // SAFETY: nobody changes the heap, says the caller, and threads
                // that end wait for the lock.
                unsafe { visit.all(&world) };
            }
        }
        let Visit { f, panic, .. } = visit;
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
        // SAFETY: the same condition.
        unsafe { Listed::visit(f) };
    }

    fn arm() {
        LOCAL.with(|local| local.fast.set(ptr::null_mut()));
    }
}

/// Allocates on a thread that has no theap yet, or no more, or that is to fail.
#[cold]
#[inline(never)]
fn alloc_slowly(size: usize) -> Option<NonNull<u8>> {
    if fails() {
        return None;
    }
    let theap = LOCAL.with(|local| local.theap.get());
    if !theap.is_null() {
        if !armed() {
            LOCAL.with(|local| local.fast.set(theap));
        }
        // SAFETY: the theap is this thread's.
        return NonNull::new(unsafe { mi_theap_malloc(theap, size) }.cast());
    }
    let watched = watch_exit();
    let mut world = lock(world());
    if world.heap.is_null() {
        world.heap = make_heap();
        if world.heap.is_null() {
            return None;
        }
    }
    // SAFETY: the heap is never given back.
    let theap = unsafe { mi_heap_theap(world.heap) };
    // mimalloc's `debug` puts some blocks elsewhere than where they start.
    // SAFETY: the theap is this thread's, or one that ignores this.
    unsafe { mi_theap_guarded_set_sample_rate(theap, 0, 0) };
    // SAFETY: the theap is this thread's. If there was no memory for it, it is a
    // static one, from which nobody gets anything: do not keep that.
    let block = NonNull::new(unsafe { mi_theap_malloc(theap, size) }.cast())?;
    // From here on mimalloc's own destructor does nothing on this thread.
    // SAFETY: a null pointer is what the thread began with.
    unsafe { _mi_prim_thread_associate_default_theap(ptr::null_mut()) };
    // SAFETY: no conditions.
    if watched || unsafe { _mi_is_main_thread() } {
        world.theaps.push(theap);
        LOCAL.with(|local| local.theap.set(theap));
    } else {
        // SAFETY: this thread has nothing left that knows its theaps.
        unsafe { mi_thread_done() };
    }
    Some(block)
}

/// # Panics
///
/// If mimalloc is not the one that this is written for.
fn make_heap() -> *mut mi_heap_t {
    // SAFETY: no conditions.
    let version = unsafe { mi_version() };
    assert!(VERSIONS.contains(&version), "mimalloc {version} is none of {VERSIONS:?}");
    // SAFETY: an option of this version.
    unsafe { mi_option_set_enabled(VISIT_ABANDONED, true) };
    // An arena that is committed in pieces: else the first allocations of a
    // small program touch megabytes. The program's own setting for later arenas
    // stays what it is.
    // SAFETY: an option of this version.
    let eager = unsafe { mi_option_get(ARENA_EAGER_COMMIT) };
    // SAFETY: as above.
    unsafe { mi_option_set(ARENA_EAGER_COMMIT, 0) };
    // SAFETY: no conditions.
    let heap = unsafe { mi_heap_new() };
    // SAFETY: the heap was just made. This reserves the first arena, if nobody did.
    let block = unsafe { mi_heap_malloc(heap, 1) };
    // SAFETY: just allocated, or null.
    unsafe { mi_free(block) };
    // SAFETY: an option of this version.
    unsafe { mi_option_set(ARENA_EAGER_COMMIT, eager) };
    heap
}

/// Has this thread's theap given up when it ends. `false` if it is too late.
fn watch_exit() -> bool {
    struct Exit;
    impl Drop for Exit {
        fn drop(&mut self) {
            end();
        }
    }
    thread_local! { static EXIT: Exit = const { Exit } }
    EXIT.try_with(|_| ()).is_ok()
}

fn end() {
    // SAFETY: no conditions.
    if unsafe { _mi_is_main_thread() } {
        return;
    }
    let theap = LOCAL.with(|local| {
        local.fast.set(ptr::null_mut());
        local.theap.replace(ptr::null_mut())
    });
    if theap.is_null() {
        return;
    }
    let mut world = lock(world());
    world.theaps.retain(|other| *other != theap);
    // SAFETY: nobody knows this thread's theaps any more, and `mi_free` does
    // without. Should this thread allocate with mimalloc elsewhere, that begins
    // anew and ends by mimalloc's destructor, which finds nothing of our heap.
    unsafe { mi_thread_done() };
}

struct Visit<'a> {
    f: &'a mut dyn FnMut(NonNull<u8>, usize),
    /// Where the blocks of the pages begin that the walk over the heap found.
    pages: Vec<usize>,
    /// A theap has a page that is not among these.
    missed: bool,
    panic: Option<Box<dyn Any + Send>>,
}

impl Visit<'_> {
    /// # Safety
    ///
    /// Nobody changes the heap meanwhile.
    unsafe fn all(&mut self, world: &World) {
        let this: *mut Self = self;
        // SAFETY: nobody changes the heap; `this` is what the callback expects.
        unsafe { mi_heap_visit_blocks(world.heap, true, Some(in_heap), this.cast()) };
        self.pages.sort_unstable();
        for &theap in &world.theaps {
            if self.panic.is_some() {
                return;
            }
            self.missed = false;
            let this: *mut Self = self;
            // SAFETY: as above, and the theap's thread has not ended.
            unsafe { mi_theap_visit_blocks(theap, false, Some(look), this.cast()) };
            if self.missed {
                let this: *mut Self = self;
                // SAFETY: the same.
                unsafe { mi_theap_visit_blocks(theap, true, Some(in_theap), this.cast()) };
            }
        }
    }

    /// Whether the walk over the heap found the page.
    fn knows(&self, area: &mi_heap_area_t) -> bool {
        self.pages.binary_search(&area.blocks.addr()).is_ok()
    }

    /// `false` ends the walk: nothing may unwind into C.
    fn block(&mut self, block: NonNull<u8>, size: usize) -> bool {
        match catch_unwind(AssertUnwindSafe(|| (self.f)(block, size))) {
            Ok(()) => true,
            Err(panic) => {
                self.panic = Some(panic);
                false
            }
        }
    }
}

/// The walk over the heap: first each page, without a block, then its blocks.
unsafe extern "C" fn in_heap(
    _: *const mi_heap_t,
    area: *const mi_heap_area_t,
    block: *mut c_void,
    size: usize,
    visit: *mut c_void,
) -> bool {
    // SAFETY: from `Visit::all`, which uses it no otherwise during the walk.
    let visit = unsafe { &mut *visit.cast::<Visit<'_>>() };
    if let Some(block) = NonNull::new(block.cast()) {
        return visit.block(block, size);
    }
    // SAFETY: mimalloc describes the page in it during the call.
    let area = unsafe { &*area };
    visit.pages.push(area.blocks.addr());
    true
}

/// The walk over a theap's pages, for one that is not known.
unsafe extern "C" fn look(
    _: *const mi_heap_t,
    area: *const mi_heap_area_t,
    _: *mut c_void,
    _: usize,
    visit: *mut c_void,
) -> bool {
    // SAFETY: as in `in_heap`.
    let visit = unsafe { &mut *visit.cast::<Visit<'_>>() };
    // SAFETY: as in `in_heap`.
    let area = unsafe { &*area };
    visit.missed = !visit.knows(area);
    !visit.missed
}

/// The walk over a theap, for the blocks of pages that are not known.
unsafe extern "C" fn in_theap(
    _: *const mi_heap_t,
    area: *const mi_heap_area_t,
    block: *mut c_void,
    size: usize,
    visit: *mut c_void,
) -> bool {
    // SAFETY: as in `in_heap`.
    let visit = unsafe { &mut *visit.cast::<Visit<'_>>() };
    // SAFETY: as in `in_heap`.
    let area = unsafe { &*area };
    match NonNull::new(block.cast()) {
        Some(block) if !visit.knows(area) => visit.block(block, size),
        _ => true,
    }
}
