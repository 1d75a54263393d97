//! The measured loops, one per row.
//!
//! `black_box` hides the handle between its making and its end, so that the
//! counting is not optimized away, and costs a store and a load.

use std::hint::black_box;

use crate::{Family, Node, Unique, Weakly};

/// Clones and drops one object's handle `n` times.
#[inline(never)]
pub fn clone_drop<H: Clone>(n: u32, handle: &H) {
    for _ in 0..n {
        drop(black_box(black_box(handle).clone()));
    }
}

/// Clones and drops a handle of each of these objects, `n` in all.
#[inline(never)]
pub fn clone_drop_each<H: Clone>(n: u32, handles: &[H]) {
    for _ in 0..n as usize / handles.len() {
        for handle in handles {
            drop(black_box(handle.clone()));
        }
    }
}

#[inline(never)]
pub fn new_drop<P: Family>(n: u32) {
    for i in 0..n {
        drop(black_box(P::new(u64::from(i))));
    }
}

/// Makes 1000 objects, then drops them, until there were `n`.
#[inline(never)]
pub fn new_drop_batch<P: Family>(n: u32, room: &mut Vec<P::Of<u64>>) {
    for _ in 0..n / 1000 {
        for i in 0..1000 {
            room.push(P::new(i));
        }
        black_box(&mut *room).clear();
    }
}

#[inline(never)]
pub fn deref<P: Family>(n: u32, handle: &P::Of<u64>) {
    let mut sum = 0u64;
    for _ in 0..n {
        sum = sum.wrapping_add(**black_box(handle));
    }
    black_box(sum);
}

#[inline(never)]
pub fn upgrade_drop<P: Weakly>(n: u32, weak: &P::Weak<u64>) {
    for _ in 0..n {
        drop(black_box(P::upgrade(black_box(weak))));
    }
}

#[inline(never)]
pub fn downgrade_drop<P: Weakly>(n: u32, handle: &P::Of<u64>) {
    for _ in 0..n {
        drop(black_box(P::downgrade(black_box(handle))));
    }
}

#[inline(never)]
pub fn get_mut<P: Unique>(n: u32, handle: &mut P::Of<u64>) {
    for _ in 0..n {
        *P::get_mut(black_box(&mut *handle)).expect("the only handle") += 1;
    }
}

#[inline(never)]
pub fn make_mut<P: Unique>(n: u32, handle: &mut P::Of<u64>) {
    for _ in 0..n {
        *P::make_mut(black_box(&mut *handle)) += 1;
    }
}

#[inline(never)]
pub fn try_unwrap<P: Unique>(handles: &mut Vec<P::Of<u64>>) {
    for handle in handles.drain(..) {
        black_box(P::try_unwrap(handle));
    }
}

/// Walks a tree over and over until about `n` nodes were visited.
#[inline(never)]
pub fn walk<P: Family>(n: u32, nodes: u32, tree: &P::Of<Node<P>>) {
    for _ in 0..n / nodes {
        black_box(Node::<P>::walk(tree.clone()));
    }
}

/// Leaves and re-enters the ownership of this thread.
#[inline(never)]
pub fn detach_attach(n: u32) {
    for _ in 0..n {
        brc::detach(|| black_box(()));
    }
}
