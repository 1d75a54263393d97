use brc::{Brc, Weak};
use std::thread;
#[test]
fn smoke() {
    let b = Brc::new(String::from("x"));
    let c = b.clone();
    assert_eq!(Brc::strong_count(&b), 2);
    thread::spawn(move || { let d = c.clone(); drop(c); drop(d); }).join().unwrap();
    assert_eq!(Brc::strong_count(&b), 1);
    let w = Brc::downgrade(&b);
    let w2: Weak<String> = Weak::new();
    assert!(w2.upgrade().is_none());
    assert!(w.upgrade().is_some());
    drop(b);
    assert!(w.upgrade().is_none());
    let mut m = Brc::<str>::from("abc");
    Brc::make_mut(&mut m).make_ascii_uppercase();
    let x: Brc<dyn std::fmt::Debug> = Brc::from(Box::new(3) as Box<dyn std::fmt::Debug>);
    assert_eq!(format!("{x:?} {m}"), "3 ABC");
}
struct Node(#[allow(dead_code)] Option<Brc<Node>>);
#[test]
fn list() {
    let mut head = None;
    for _ in 0..1_000_000 { head = Some(Brc::new(Node(head))); }
    thread::Builder::new().stack_size(1 << 20).spawn(move || drop(head)).unwrap().join().unwrap();
    brc::merge();
}
