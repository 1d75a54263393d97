//! `Brc`, `Weak` and `UniqueBrc` are invariant: a handle of another lifetime
//! could put a shorter borrow into an object that dies later.
//! See `pass/variance.rs`.

use brc::{Brc, UniqueBrc, Weak};

fn shorter<'a>(b: Brc<&'static str>, _: &'a str) -> Brc<&'a str> {
    b
}

fn longer<'a>(b: Brc<fn(&'a str)>) -> Brc<fn(&'static str)> {
    b
}

fn shorter_by_reference<'a, 'b>(b: &'b Brc<&'static str>, _: &'a str) -> &'b Brc<&'a str> {
    b
}

fn shorter_weak<'a>(weak: Weak<&'static str>, _: &'a str) -> Weak<&'a str> {
    weak
}

fn shorter_unique<'a>(unique: UniqueBrc<&'static str>, _: &'a str) -> UniqueBrc<&'a str> {
    unique
}

fn shorter_trait_object<'a>(b: Brc<dyn Fn() + 'static>, _: &'a str) -> Brc<dyn Fn() + 'a> {
    b
}

fn main() {}
