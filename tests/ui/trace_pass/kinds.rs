//! What `trace_fail/kinds.rs` may do instead.

use std::borrow::Cow;

use brc::{Gc, Trace};

#[derive(Trace)]
enum Either {
    N(u64),
    Handle(Gc<u64>),
}

#[derive(Trace)]
struct Borrows {
    text: Cow<'static, str>,
}

#[derive(Trace)]
enum Both<T: 'static> {
    A(&'static T),
}

fn main() {}
