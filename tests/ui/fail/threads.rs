//! A handle may change threads only if its payload may be shared and sent.
//! See `pass/threads.rs`.

use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::rc::Rc;
use std::sync::MutexGuard;

use brc::{Brc, UniqueBrc, Weak};

fn send<T: Send>() {}
fn sync<T: Sync>() {}

fn main() {
    send::<Brc<Cell<u8>>>();
    sync::<Brc<Cell<u8>>>();
    send::<Brc<Rc<u8>>>();
    send::<Brc<dyn Debug>>();
    send::<Brc<dyn Debug + Send>>();
    sync::<Brc<MutexGuard<'static, u8>>>();

    send::<Weak<Cell<u8>>>();
    sync::<Weak<RefCell<u8>>>();
    send::<Weak<Rc<u8>>>();

    send::<UniqueBrc<Rc<u8>>>();
    sync::<UniqueBrc<Cell<u8>>>();
}
