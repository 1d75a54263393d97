//! What `fail/borrowed_payload.rs` may do instead: objects that are counted
//! atomically from the start, or payloads that do not borrow.

use std::borrow::Cow;
use std::fmt::Debug;

use brc::{Brc, UniqueBrc};

fn merged(s: &str) -> Brc<&str> {
    Brc::new_merged(s)
}

fn merged_unsized(s: &str) -> Brc<dyn Debug + '_> {
    UniqueBrc::into_brc_merged(UniqueBrc::from(Box::new(s) as Box<dyn Debug>))
}

fn merged_slice(s: &str) -> Brc<[&str]> {
    UniqueBrc::into_brc_merged(UniqueBrc::from_vec(vec![s]))
}

fn unbounded(s: &str) -> Brc<&str> {
    // SAFETY: the payload has no destructor.
    unsafe { Brc::new_unbounded(s) }
}

fn statics(s: &'static str) {
    let values: [Brc<&'static str>; 8] = [
        Brc::new(s),
        Brc::new_cyclic(|_| s),
        Brc::from(s.to_owned().leak() as &'static str),
        Brc::from(Box::new(s)),
        UniqueBrc::into_brc(UniqueBrc::new(s)),
        UniqueBrc::new(s).into(),
        Brc::new_merged(s),
        Brc::clone(&*std::pin::Pin::into_inner(Brc::pin(Brc::new(s)))),
    ];
    assert!(values.iter().all(|v| ***v == *s));
    let slices: [Brc<[&'static str]>; 7] = [
        Brc::from(vec![s]),
        Brc::from([s]),
        Brc::from(&[s][..]),
        Brc::from(&mut [s][..]),
        Brc::from(Cow::Owned(vec![s])),
        [s].into_iter().collect(),
        UniqueBrc::into_brc(UniqueBrc::from_vec(vec![s])),
    ];
    assert!(slices.iter().all(|v| **v == [s]));
}

fn main() {
    let local = String::from("x");
    let mut b = merged(&local);
    let weak = Brc::downgrade(&b);
    // A borrowing payload stays in merged objects, whatever is done with it.
    let c = b.clone();
    *Brc::make_mut(&mut b) = "y";
    assert!(!Brc::is_owner(&b));
    assert_eq!((*b, *c), ("y", "x"));
    drop(c);
    assert!(weak.upgrade().is_none());
    *Brc::get_mut(&mut b).unwrap() = "z";
    assert_eq!(Brc::try_unwrap(b).unwrap(), "z");

    assert_eq!(
        format!("{:?} {:?}", merged_unsized(&local), merged_slice(&local)),
        r#""x" ["x"]"#
    );
    assert_eq!(*unbounded(&local), "x");
    // To copy what is borrowed is always possible.
    assert_eq!(*Brc::<str>::from(local.as_str()), *local);
    assert_eq!(
        *Brc::<[u8]>::from(Cow::Borrowed(local.as_bytes())),
        *local.as_bytes()
    );
    statics("s");
}
