//! Handles are invariant: payloads are `'static`, and a handle that pretends
//! that they may be shorter-lived could put such a one there. See
//! `heap_pass/variance.rs`.

use brc::{Gc, GcWeak, Locked, Mutator, Section};

fn shorter<'a>(gc: Gc<&'static str>) -> Gc<&'a str> {
    gc
}

fn longer<'a>(gc: Gc<&'a str>) -> Gc<&'static str> {
    gc
}

fn shorter_weak<'a>(weak: GcWeak<&'static str>) -> GcWeak<&'a str> {
    weak
}

fn longer_weak<'a>(weak: GcWeak<&'a str>) -> GcWeak<&'static str> {
    weak
}

fn shorter_section<'a>(section: Section<'a, &'static str>) -> Section<'a, &'a str> {
    section
}

fn written_through_a_lock(gc: Gc<Locked<&'static str>>, m: &mut Mutator) {
    let local = String::from("text");
    *m.lock(&gc) = &local;
}

fn written_through_a_unique_handle(mut gc: Gc<&'static str>, m: &mut Mutator) {
    let local = String::from("text");
    *Gc::get_mut(&mut gc, m).unwrap() = &local;
}

fn main() {}
