//! What `fail/variance.rs` may do instead: read through the handle, or make an
//! object of the right type.

use brc::{Brc, UniqueBrc, Weak};

fn shorter<'a>(b: &Brc<&'static str>, _: &'a str) -> &'a str {
    b
}

fn same<'a>(b: Brc<&'a str>, weak: Weak<&'a str>) -> (Brc<&'a str>, Weak<&'a str>) {
    (b, weak)
}

fn merged<'a>(b: &Brc<&'static str>, _: &'a str) -> Brc<&'a str> {
    Brc::new_merged(**b)
}

fn rebuilt<'a>(unique: UniqueBrc<&'static str>, _: &'a str) -> UniqueBrc<&'a str> {
    UniqueBrc::new(UniqueBrc::into_inner(unique))
}

fn main() {
    let local = String::from("local");
    let b = Brc::new("static");
    assert_eq!(shorter(&b, &local), "static");
    let mut short = merged(&b, &local);
    *Brc::get_mut(&mut short).unwrap() = &local;
    let (short, weak) = same(short.clone(), Brc::downgrade(&short));
    assert!(*short == "local" && weak.upgrade().is_some());
    let mut unique = rebuilt(UniqueBrc::new("static"), &local);
    *unique = &local;
    assert_eq!(*unique, "local");
}
