//! Destruction in bounded stack.
//!
//! Dropping the head of a list destroys its payload, which drops the next node,
//! and so on: with `Arc` the stack ends after some 10⁵ nodes. Here a thread
//! destroys nested objects directly only to a small depth. Past that it puts
//! them on a list, which the outermost destruction works off before it returns.
//! (CPython calls its list of this kind the trashcan.)
//!
//! Reaping waits for the end of the outermost destruction too: what waits on a
//! reap list has nothing to do with the object whose destructor is running, so
//! a panic of one must not unwind through the other.

use std::any::TypeId;
use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;

use super::object::Dead;
use crate::header::OwnerId;
use crate::sync::thread_state;

/// How deep destructions nest before they are put off.
const MAX_DEPTH: u32 = 32;

/// No destructor: it must work in the destructors of other thread-locals, and
/// the lists are empty and without memory whenever no destruction is under way.
struct Trash {
    depth: Cell<u32>,
    /// Whether something is on a list.
    any: Cell<bool>,
    dead: RefCell<ManuallyDrop<Vec<Dead>>>,
    /// Whose reap lists to look at, and for which type.
    reap: RefCell<ManuallyDrop<Vec<(OwnerId, TypeId)>>>,
}

thread_state! {
    static TRASH: Trash = Trash {
        depth: Cell::new(0),
        any: Cell::new(false),
        dead: RefCell::new(ManuallyDrop::new(Vec::new())),
        reap: RefCell::new(ManuallyDrop::new(Vec::new())),
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
    TRASH.with(|trash| {
        trash.dead.borrow_mut().push(dead);
        trash.any.set(true);
    });
}

/// Leaves it to the outermost destruction under way on this thread to reap what
/// waits for a drop of a type. `false` if there is none.
pub(super) fn put_off_reaping(owner: OwnerId, type_id: TypeId) -> bool {
    TRASH.with(|trash| {
        if trash.depth.get() == 0 {
            return false;
        }
        let mut reap = trash.reap.borrow_mut();
        if !reap.contains(&(owner, type_id)) {
            reap.push((owner, type_id));
            trash.any.set(true);
        }
        true
    })
}

/// Destroys what was put off, for a destructor that is about to wait. Does
/// nothing where that would nest too deep, or while a panic unwinds.
pub(super) fn work_off_now() {
    let now = |trash: &Trash| trash.any.get() && trash.depth.get() < MAX_DEPTH;
    while !std::thread::panicking() && TRASH.with(now) {
        let Some(dead) = TRASH.with(|trash| trash.dead.borrow_mut().pop()) else { return };
        // SAFETY: as in `work_off`.
        unsafe { dead.destroy() };
    }
}

impl Drop for Level {
    #[inline]
    fn drop(&mut self) {
        /// Also when a destructor panics.
        struct Leave;
        impl Drop for Leave {
            #[inline]
            fn drop(&mut self) {
                TRASH.with(|trash| trash.depth.set(trash.depth.get() - 1));
            }
        }

        let _leave = Leave;
        if TRASH.with(|trash| trash.any.get() && trash.depth.get() == 1) {
            work_off();
        }
    }
}

/// Does what was put off, and what is put off meanwhile.
///
/// If a destructor panics, the dead that were put off still die while the panic
/// unwinds, as the fields of a value would; a second panic then aborts, as
/// theirs would. What was to be reaped stays where it is.
#[cold]
#[inline(never)]
fn work_off() {
    struct Rest;
    impl Drop for Rest {
        fn drop(&mut self) {
            TRASH.with(|trash| {
                drop(ManuallyDrop::into_inner(trash.reap.take()));
                if trash.dead.borrow().is_empty() {
                    // Give the memory back: nobody will when the thread ends.
                    drop(ManuallyDrop::into_inner(trash.dead.take()));
                    trash.any.set(false);
                } else {
                    work_off();
                }
            });
        }
    }

    let _rest = Rest;
    loop {
        while let Some(dead) = TRASH.with(|trash| trash.dead.borrow_mut().pop()) {
            // SAFETY: it was put off on this thread, which might destroy it
            // then and may still; its destruction might wait.
            unsafe { dead.destroy() };
        }
        let next = TRASH.with(|trash| trash.reap.borrow_mut().pop());
        let Some((owner, type_id)) = next else { return };
        super::reap_from(owner, Some(type_id));
    }
}
