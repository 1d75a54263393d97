//! `_collections`: the class `deque`, whose methods are with the other builtin classes.

use super::{Entries, class};
use crate::sym::intern;
use crate::vm::Vm;

pub fn fill(_: &mut Vm<'_>) -> Entries {
    vec![(intern("deque"), class("deque"))]
}
