//! Neither the mutator nor what borrows it leaves the closure of `attach`. See
//! `heap_pass/escapes.rs`.

use std::cell::Cell;
use std::sync::{Mutex, OnceLock};

use brc::{Gc, Locked, Mutator, Section, heap};

static KEPT: Mutex<Option<&'static Mutator>> = Mutex::new(None);
static ONCE: OnceLock<&'static mut Mutator> = OnceLock::new();

thread_local! { static LOCAL: Cell<Option<&'static mut Mutator>> = const { Cell::new(None) } }

struct Interpreter<'m> {
    m: &'m mut Mutator,
}

fn reference_by_return(gc: &Gc<String>) {
    let text = heap::attach(|m| gc.get(m)).unwrap();
    println!("{text}");
}

fn reference_by_variable(gc: &Gc<String>) {
    let mut text = "";
    heap::attach(|m| text = gc.get(m)).unwrap();
    println!("{text}");
}

fn reference_with_the_lifetime_of_the_handle<'a>(gc: &'a Gc<String>, m: &Mutator) -> &'a str {
    gc.get(m)
}

fn mutator_by_return() {
    let m = heap::attach(|m| m).unwrap();
    m.safepoint();
}

fn mutator_by_variable() {
    let mut kept = None;
    heap::attach(|m| kept = Some(m)).unwrap();
    drop(kept);
}

fn mutator_in_a_struct() {
    let interpreter = heap::attach(|m| Interpreter { m }).unwrap();
    interpreter.m.safepoint();
}

fn mutator_in_a_thread_local() {
    heap::attach(|m| LOCAL.set(Some(m))).unwrap();
}

fn section_by_return(gc: &Gc<Locked<String>>) {
    let section: Section<'_, String> = heap::attach(|m| m.lock(gc)).unwrap();
    drop(section);
}

fn mutator_made_by_hand() {
    let _ = Mutator {};
    let _ = Mutator::default();
    heap::attach(|m| drop(m.clone())).unwrap();
}

fn main() {}
