//! Objects that everyone shares.
//!
//! [`Local`] and [`GcSlot`] let threads read without counting; deferred objects let
//! them clone handles without disturbing each other; an [`OperandStack`] lets an
//! interpreter work with both.

mod local;
mod slot;
mod stack;

pub use local::Local;
pub use slot::{GcSlot, Refused};
pub use stack::OperandStack;
pub(crate) use stack::{count_stacks, pin_stacks};
