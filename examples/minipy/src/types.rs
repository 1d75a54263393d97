//! The builtin classes' methods, a file for each family.

use brc::Mutator;

pub mod args;
pub mod bytes;
pub mod container;
pub mod deque;
pub mod dict;
pub mod exception;
pub mod function;
pub mod iterator;
pub mod list;
pub mod number;
pub mod object;
pub mod set;
pub mod str;
pub mod tuple;

/// Gives the builtin classes their methods.
pub fn init(m: &Mutator) {
    object::init(m);
    function::init(m);
    exception::init(m);
    number::init(m);
    str::init(m);
    bytes::init(m);
    list::init(m);
    tuple::init(m);
    dict::init(m);
    set::init(m);
    deque::init(m);
    iterator::init(m);
}
