//! When an object that others may look at without counting it may die.
//!
//! A [`Local`](crate::Local) that was read from a slot is not counted, and lives no
//! longer than to its thread's next safepoint. So what is taken out of a slot must
//! not die before every attached mutator has passed one. Who takes it out gives it
//! a *stamp*: the number of the write sequence that must be [passed](crate::stw).
//! Who has the last reference to an object destroys it if its stamp is passed,
//! and otherwise puts the reference on a list until that is so.
//!
//! A slot that dies with the payload that it is part of gives no stamps: who read
//! something from it had an uncounted reference to that payload, or borrowed a
//! counted one, and has let go of it since. So a chain of any length that is linked
//! by slots dies at once, when its head may.

use super::object::{CALLBACKS, Object};
use super::word::Word;
use crate::stw::world;
use crate::sync::{Ordering::*, fence};

/// Gives an object the stamp of now. By an attached thread that has removed a handle
/// to it from where others may be reading it, and still has that.
pub(crate) fn stamp(object: Object) {
    let word = &object.head().ob_stamp;
    // Edge F of `stw::retire`: the removal comes before the look at the sequence.
    fence(SeqCst);
    let mut old = word.load(Relaxed);
    loop {
        let (stamp, number) = world().stamp();
        let new = old & CALLBACKS | stamp;
        if old != new {
            // Release: who sees the stamp sees the sequence that it was made of.
            // Acquire: if it takes the place of a later one, the look at the
            // sequence below finds that.
            if let Err(now) = word.compare_exchange_weak(old, new, AcqRel, Relaxed) {
                old = now;
                continue;
            }
        }
        if world().stamp().1 == number {
            return;
        }
        old = new;
    }
}

/// Whether nobody can look at the object by an uncounted reference. By who has the
/// last counted one, and saw that in `word` by an `Acquire`. May be wrong by saying no.
#[inline]
pub(crate) fn is_out_of_sight(object: Object, word: Word) -> bool {
    // Relaxed: each stamp was given by a thread that had a reference, and that
    // reference was given up since.
    object.head().ob_stamp.load(Relaxed) & !CALLBACKS == 0 || has_passed(object, word)
}

#[cold]
#[inline(never)]
fn has_passed(object: Object, word: Word) -> bool {
    // Before the word is read again: a reader that passed since that was read may
    // have counted what it saw, and have given it to others.
    let passed = world().passed();
    // Acquire: edge A.
    if object.head().ob_ref_shared.load(Acquire) != word.0 {
        return false;
    }
    // Acquire: the sequence is not older than what the stamp was made of.
    let stamp = object.head().ob_stamp.load(Acquire) & !CALLBACKS;
    world().is_passed(stamp, passed)
}
