//! A mutator is its thread's own; a handle changes threads only if its payload
//! may be sent and shared. See `heap_pass/threads.rs`.

use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::rc::Rc;
use std::sync::MutexGuard;
use std::thread;

use brc::{Gc, GcWeak, Locked, Mutator, Section, Section2, heap};

fn send<T: Send>() {}
fn sync<T: Sync>() {}

fn mutators() {
    send::<Mutator>();
    sync::<Mutator>();
    send::<Section<'static, u8>>();
    sync::<Section<'static, u8>>();
    send::<Section2<'static, u8, u8>>();
}

fn handles() {
    send::<Gc<Cell<u8>>>();
    sync::<Gc<Cell<u8>>>();
    send::<Gc<Rc<u8>>>();
    send::<Gc<dyn Debug>>();
    sync::<Gc<dyn Debug + Send>>();
    send::<Gc<MutexGuard<'static, u8>>>();
    send::<Gc<Locked<Rc<u8>>>>();

    send::<GcWeak<Cell<u8>>>();
    sync::<GcWeak<RefCell<u8>>>();
}

fn lent() {
    heap::attach(|m| {
        let gc = m.alloc(1);
        thread::scope(|s| {
            s.spawn(|| println!("{}", gc.get(m)));
        });
    })
    .unwrap();
}

fn moved() {
    heap::attach(|m| {
        thread::scope(|s| {
            s.spawn(move || m.safepoint());
        });
    })
    .unwrap();
}

fn section() {
    heap::attach(|m| {
        let gc = m.alloc(Locked::new(1));
        let mut section = m.lock(&gc);
        thread::scope(|s| {
            s.spawn(|| *section += 1);
        });
    })
    .unwrap();
}

fn main() {}
