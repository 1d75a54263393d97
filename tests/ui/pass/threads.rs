//! What `fail/threads.rs` may do instead.

use std::cell::Cell;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use brc::{Brc, UniqueBrc, Weak};

fn send<T: Send>() {}
fn sync<T: Sync>() {}

fn main() {
    send::<Brc<Mutex<Cell<u8>>>>();
    sync::<Brc<Mutex<Cell<u8>>>>();
    send::<Brc<Arc<u8>>>();
    send::<Brc<dyn Debug + Send + Sync>>();
    sync::<Brc<Mutex<u8>>>();

    send::<Weak<Mutex<Cell<u8>>>>();
    sync::<Weak<Mutex<u8>>>();

    // It owns its payload, as a `Box` does.
    send::<UniqueBrc<Cell<u8>>>();
    sync::<UniqueBrc<MutexGuard<'static, u8>>>();

    // Built on one thread, shared by another, which then owns it.
    let unique = UniqueBrc::new(Cell::new(1));
    let owner = thread::spawn(|| {
        let b = UniqueBrc::into_brc(unique);
        b.set(2);
        Brc::is_owner(&b) && b.get() == 2
    });
    assert!(owner.join().unwrap());
}
