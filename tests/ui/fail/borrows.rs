//! Borrows end in time: those in a payload, and those of one.

use brc::{Brc, UniqueBrc, Weak};

fn outlives_its_borrow() {
    let b;
    {
        let local = String::from("x");
        b = Brc::new_merged(&local);
    }
    drop(b);
}

/// `Arc` allows this one, by an unstable promise about its destructor.
fn is_dropped_after_its_borrow() {
    let b;
    let local = String::from("x");
    b = Brc::new_merged(&local);
    assert_eq!(**b, "x");
}

fn weak_outlives_the_borrow() {
    let weak: Weak<&String>;
    {
        let local = String::from("x");
        weak = Brc::downgrade(&Brc::new_merged(&local));
    }
    drop(weak);
}

fn unique_outlives_its_borrow() {
    let unique;
    {
        let local = String::from("x");
        unique = UniqueBrc::new(&local);
    }
    drop(unique);
}

fn reference_outlives_the_handle() -> &'static str {
    let b = Brc::<str>::from("x");
    &b
}

fn clone_while_mutable() {
    let mut b = Brc::new(1);
    let one = Brc::get_mut(&mut b).unwrap();
    let other = b.clone();
    *one = 2;
    drop(other);
}

fn main() {}
