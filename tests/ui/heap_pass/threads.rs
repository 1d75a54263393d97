//! What `heap_fail/threads.rs` may do instead.

use std::cell::Cell;
use std::fmt::Debug;
use std::sync::{Mutex, MutexGuard};
use std::thread;

use brc::{Gc, GcWeak, Locked, heap};

fn send<T: Send>() {}
fn sync<T: Sync>() {}

fn main() {
    send::<Gc<Mutex<Cell<u8>>>>();
    sync::<Gc<Mutex<Cell<u8>>>>();
    send::<Gc<dyn Debug + Send + Sync>>();
    sync::<Gc<dyn Debug + Send + Sync>>();
    send::<Gc<Locked<Cell<u8>>>>();
    sync::<Gc<Locked<Cell<u8>>>>();
    send::<GcWeak<Mutex<Cell<u8>>>>();
    sync::<GcWeak<Mutex<u8>>>();
    // The lock's guard is a value like any other for a handle that stays here.
    let _: Option<Gc<MutexGuard<'static, u8>>> = None;

    heap::attach(|m| {
        let gc = m.alloc(1);
        // The other thread attaches itself; this one waits where it keeps nobody
        // from stopping the world.
        m.detach(|| {
            thread::scope(|s| {
                s.spawn(|| heap::attach(|m| println!("{}", gc.get(m))).unwrap());
            });
        });
    })
    .unwrap();

    heap::attach(|m| {
        let gc = m.alloc(Locked::new(1));
        let theirs = gc.clone();
        let thread = thread::spawn(move || heap::attach(|m| *m.lock(&theirs) += 1));
        m.detach(|| thread.join().unwrap().unwrap());
        assert_eq!(*m.lock(&gc), 2);
        // The value can be lent, if it may be sent: not the section.
        let mut section = m.lock(&gc);
        let value: &mut i32 = &mut section;
        thread::scope(|s| {
            s.spawn(|| *value += 1);
        });
        assert_eq!(*section, 3);
    })
    .unwrap();
}
