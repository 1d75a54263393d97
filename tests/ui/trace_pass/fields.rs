//! What `trace_fail/fields.rs` may do instead.

use std::cell::UnsafeCell;
use std::fmt::Debug;
use std::fs::File;
use std::sync::Mutex;
use std::sync::atomic::AtomicU8;

use brc::Trace;

struct Foreign;

#[derive(Trace)]
struct Ours;

#[derive(Trace)]
struct Fields {
    #[trace(skip)]
    foreign: Foreign,
    nested: Vec<Option<Ours>>,
    #[trace(skip)]
    raw: UnsafeCell<u8>,
}

#[derive(Trace)]
enum Variants {
    #[trace(skip)]
    File(File),
    Object(#[trace(skip)] Box<dyn Debug + Send + Sync>),
}

#[derive(Trace)]
struct Shareable {
    cell: AtomicU8,
    ref_cell: Mutex<u8>,
}

#[derive(Trace)]
#[trace(bound = "T: Trace + Clone")]
struct Generic<T> {
    value: T,
}

fn traced<T: Trace>() {}

fn main() {
    traced::<Vec<Ours>>();
    traced::<Derived<Ours>>();
}

#[derive(Trace)]
struct Derived<T> {
    value: T,
}
