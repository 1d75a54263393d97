//! What `alloc_dyn` shows of a value, it shows to many at once: nothing that one
//! reaches only by `&mut`, such as the inside of a lock. See `heap_pass/coerce.rs`.

use std::slice;
use std::sync::atomic::AtomicU64;

use brc::{Gc, Locked, Mutator};

fn inside_of_a_lock(m: &Mutator) -> Gc<[u8]> {
    m.alloc_dyn(Locked::new([1; 4]), |locked| locked.get_mut())
}

fn inside_of_an_atomic(m: &Mutator) -> Gc<[u64]> {
    m.alloc_dyn(AtomicU64::new(1), |atomic| slice::from_mut(atomic.get_mut()))
}

fn main() {}
