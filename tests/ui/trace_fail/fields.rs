//! The collector looks into every field. See `trace_pass/fields.rs`.

use std::cell::{Cell, RefCell, UnsafeCell};
use std::fmt::Debug;
use std::fs::File;

use brc::Trace;

struct Foreign;

#[derive(Trace)]
struct Fields {
    foreign: Foreign,
    nested: Vec<Option<Foreign>>,
    raw: UnsafeCell<u8>,
}

#[derive(Trace)]
enum Variants {
    File(File),
    Object(Box<dyn Debug + Send + Sync>),
}

#[derive(Trace)]
struct NotShareable {
    cell: Cell<u8>,
    ref_cell: RefCell<u8>,
}

#[derive(Trace)]
#[trace(bound = "")]
struct Generic<T> {
    value: T,
}

fn traced<T: Trace>() {}

fn main() {
    traced::<Vec<Foreign>>();
    traced::<Derived<Foreign>>();
}

#[derive(Trace)]
struct Derived<T> {
    value: T,
}
