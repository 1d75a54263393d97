//! Blocks of the Rust allocator, in a list.

use std::alloc::Layout;
use std::collections::BTreeMap;
use std::ptr::NonNull;

use super::{BlockSource, fails};
use crate::sync::{Mutex, alloc, dealloc, global, lock};

/// The Rust allocator with a list of its living blocks, under one lock.
pub(crate) struct Listed;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Block(NonNull<u8>);

// SAFETY: the list does not use the memory.
unsafe impl Send for Block {}

pub(super) struct Living {
    /// With how many came before.
    blocks: BTreeMap<Block, (u64, Layout)>,
    came: u64,
}

global! {
    fn living() -> Mutex<Living> = Mutex::new(Living { blocks: BTreeMap::new(), came: 0 })
}

/// The Rust allocator has no blocks without bytes.
fn never_empty(layout: Layout) -> Layout {
    if layout.size() != 0 {
        return layout;
    }
    // One alignment is a size that a layout can have.
    Layout::from_size_align(layout.align(), layout.align()).unwrap_or(layout)
}

// SAFETY: the blocks are the Rust allocator's; the list has them from `alloc`
// to `free`.
unsafe impl BlockSource for Listed {
    fn alloc(layout: Layout) -> Option<NonNull<u8>> {
        if fails() {
            return None;
        }
        let layout = never_empty(layout);
        // SAFETY: the layout has bytes.
        let block = NonNull::new(unsafe { alloc(layout) })?;
        let mut living = lock(living());
        let number = living.came;
        living.came += 1;
        living.blocks.insert(Block(block), (number, layout));
        Some(block)
    }

    unsafe fn free(block: NonNull<u8>, layout: Layout) {
        let layout = never_empty(layout);
        // Before the memory is given back: another thread may get it at once.
        let listed = lock(living()).blocks.remove(&Block(block));
        debug_assert_eq!(
            listed.map(|(_, layout)| layout),
            Some(layout),
            "not a living block of this layout"
        );
        // A use after the end makes loom stumble over words that are none of its own.
        #[cfg(loom)]
        // SAFETY: as below.
        unsafe {
            block.write_bytes(0xDD, layout.size());
        }
        // SAFETY: it is from `alloc` above with this layout, says the caller.
        unsafe { dealloc(block.as_ptr(), layout) };
    }

    unsafe fn visit(f: &mut dyn FnMut(NonNull<u8>, usize)) {
        let living = lock(living());
        // In the order in which they came. Addresses differ from run to run, and what
        // a model does must not.
        let mut blocks: Vec<_> = living.blocks.iter().collect();
        blocks.sort_unstable_by_key(|(_, (number, _))| *number);
        for (block, (_, layout)) in blocks {
            f(block.0, layout.size());
        }
    }

    fn arm() {}
}
