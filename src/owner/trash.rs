//! Destruction in bounded stack.
//!
//! Dropping the head of a list destroys its payload, which drops the next node,
//! and so on: with `Arc` the stack ends after some 10⁵ nodes. Here a thread
//! destroys nested objects directly only to a small depth. Past that it puts
//! them on a list, which the outermost destruction works off before it returns.
//! (CPython calls its list of this kind the trashcan.)

use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;

use super::object::Dead;
use crate::sync::thread_state;

/// How deep destructions nest before they are put off.
const MAX_DEPTH: u32 = 32;

/// No destructor: it must work in the destructors of other thread-locals, and
/// the list is empty and without memory whenever no destruction is under way.
struct Trash {
    depth: Cell<u32>,
    list: RefCell<ManuallyDrop<Vec<Dead>>>,
}

thread_state! {
    static TRASH: Trash = Trash {
        depth: Cell::new(0),
        list: RefCell::new(ManuallyDrop::new(Vec::new())),
    }
}

/// One level of nested destruction.
#[derive(Debug)]
pub(crate) struct Level(());

/// Begins to destroy an object. `None`: too deep, [`put_off`] it.
///
/// An object that may not wait (because its payload may borrow) is always let in.
#[inline]
pub(crate) fn enter(may_wait: bool) -> Option<Level> {
    TRASH.with(|trash| {
        let depth = trash.depth.get();
        if depth >= MAX_DEPTH && may_wait {
            return None;
        }
        trash.depth.set(depth + 1);
        Some(Level(()))
    })
}

/// Leaves an object to the outermost destruction under way on this thread.
///
/// # Safety
///
/// This thread may destroy it, and its destruction may wait.
#[cold]
pub(crate) unsafe fn put_off(dead: Dead) {
    TRASH.with(|trash| trash.list.borrow_mut().push(dead));
}

impl Drop for Level {
    #[inline]
    fn drop(&mut self) {
        TRASH.with(|trash| {
            let depth = trash.depth.get();
            if depth == 1 && !trash.list.borrow().is_empty() {
                work_off();
            }
            trash.depth.set(depth - 1);
        });
    }
}

/// Destroys what was put off, and what is put off meanwhile.
#[cold]
#[inline(never)]
fn work_off() {
    /// If a destructor panics, the rest still dies while the panic unwinds, as
    /// the fields of a value would. A second panic then aborts, as theirs would.
    struct Rest;
    impl Drop for Rest {
        fn drop(&mut self) {
            TRASH.with(|trash| {
                if trash.list.borrow().is_empty() {
                    // Give the memory back: nobody will when the thread ends.
                    drop(ManuallyDrop::into_inner(trash.list.take()));
                    if std::thread::panicking() {
                        // `Level::drop` was cut short.
                        trash.depth.set(0);
                    }
                } else {
                    work_off();
                }
            });
        }
    }
    let _rest = Rest;
    while let Some(dead) = TRASH.with(|trash| trash.list.borrow_mut().pop()) {
        // SAFETY: it was put off on this thread, which might destroy it then
        // and may still; its destruction might wait.
        unsafe { dead.destroy() };
    }
}
