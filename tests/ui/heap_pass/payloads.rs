//! What `heap_fail/payloads.rs` may do instead.

use std::cell::Cell;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use brc::{Gc, Locked, Mutator, Trace, heap};

#[derive(Trace)]
struct Empty;

#[derive(Trace)]
struct Skipped(#[trace(skip)] Mutex<Cell<u8>>);

#[derive(Trace)]
struct Owns(String);

fn all(m: &Mutator) {
    m.alloc(Empty);
    m.alloc(Locked::new(vec![Empty]));
    m.alloc(Skipped(Mutex::new(Cell::new(1))));
    // Reached by one thread at a time.
    m.alloc(Locked::new(NotSync(Cell::new(1))));
    m.alloc(Arc::new(1));
    m.alloc(Locked::new(Arc::new(1)));
    let shown: Gc<dyn Debug + Send + Sync> = m.alloc_dyn(Arc::new(1), |arc| arc);
    m.alloc(shown);
    let text = m.alloc(String::from("text"));
    m.alloc(Owns(text.get(m).clone()));
    m.try_alloc(Arc::new(1)).unwrap();
    m.alloc_immortal(Arc::new(1));
    m.alloc_slice([Arc::new(1)]);
    // Sent, and never shared.
    m.retire(Cell::new(1));
    let cell = Cell::new(1);
    drop(text.downgrade_with(m, move |_| cell.set(2)));
}

#[derive(Trace)]
struct NotSync(#[trace(skip)] Cell<u8>);

fn main() {
    heap::attach(|m| all(m)).unwrap();
}
