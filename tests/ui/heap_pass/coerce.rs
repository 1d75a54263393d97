//! What `heap_fail/coerce.rs` may do instead.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use brc::{Gc, Locked, heap};

fn main() {
    heap::attach(|m| {
        let locked: Gc<Locked<[u8]>> = m.alloc_dyn(Locked::new([1; 4]), |locked| locked);
        m.lock(&locked)[0] = 2;
        assert_eq!(*m.lock(&locked), [2, 1, 1, 1]);
        let shown: Gc<dyn Debug + Send + Sync> = m.alloc_dyn(AtomicU64::new(1), |atomic| atomic);
        let atomic = Gc::downcast::<AtomicU64>(shown.clone()).unwrap();
        atomic.get(m).store(2, Relaxed);
        assert_eq!(format!("{:?}", shown.get(m)), "2");
        let slice: Gc<[u8]> = m.alloc_dyn([1_u8, 2, 3], |array| array);
        assert_eq!(*slice.get(m), [1, 2, 3]);
    })
    .unwrap();
}
