//! `__del__` and generators that are given up: what is to be done before an object dies.
//!
//! A finalizer may not run Python code: it may be called anywhere, and has no `&mut Mutator`. So it
//! keeps its object and leaves it to the thread, which calls `__del__` at its next safepoint. The
//! object dies when that is done and nothing else refers to it; its finalizer does not run twice.

use std::sync::atomic::Ordering::*;

use brc::{Finalize, Local, Mutator};

use crate::object::{GenState, Obj, SLOT_BASE};
use crate::vm::{Pending, leave};

/// From now on a program can tell when objects die: there is a class with `__del__`, or there are weak
/// references. What hangs on something that was taken out of a field is then to die with it, not
/// some safepoints later.
pub fn watch() {
    brc::heap::configure().prompt_deaths(true);
}

impl Finalize for Obj {
    fn finalize(&self, _: &Mutator) {}

    /// Most objects have nothing to finalize, and it is known when they are made: then they die
    /// without being asked. (`__del__` that a class gets later is for instances made later.)
    fn is_needed(&self) -> bool {
        match self {
            Obj::Instance(i) => !i.slots[SLOT_BASE].is_empty(),
            Obj::Generator(g) => !g.code.handlers.is_empty(),
            _ => false,
        }
    }

    fn finalize_object(&self, object: Local<'_, Self>, m: &Mutator) {
        match self {
            Obj::Instance(i) => {
                if let Obj::Class(class) = i.class.get(m)
                    && class.has_del.load(Relaxed)
                    && !i.slots[SLOT_BASE].is_empty()
                {
                    leave(Pending::Del(object.to_gc()));
                }
            }
            // A generator with something to do on the way out.
            Obj::Generator(g) => {
                if let Ok(state) = g.frame.try_lock()
                    && let GenState::Suspended(frame) = &*state
                    && frame.pc > 0
                    && !g.code.handlers.is_empty()
                {
                    drop(state);
                    leave(Pending::Del(object.to_gc()));
                }
            }
            _ => {}
        }
    }
}
