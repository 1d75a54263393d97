//! The shortest tour: make, clone, hand over, look back, intern, lock.
//!
//! ```console
//! cargo run --example quickstart
//! ```

use std::thread;

use brc::{Brc, Immortal, Interner, Locked};

static GREETING: Immortal<&str> = Immortal::new("hello");
static NAMES: Interner<str> = Interner::new();

fn main() {
    // An object of this thread's: cloning and dropping touches no atomic.
    let list: Brc<[u32]> = Brc::from([1, 2, 3]);
    let ours = list.clone();
    assert!(Brc::is_owner(&ours));

    // Any thread may have handles. There they count atomically, as `Arc` does.
    let sum = thread::spawn(move || list.iter().sum::<u32>()).join().unwrap();
    println!("the sum of {ours:?} is {sum}");

    // A weak handle knows when the object is gone.
    let weak = Brc::downgrade(&ours);
    drop(ours);
    brc::merge(); // take in what the other thread dropped
    println!("gone: {}", weak.upgrade().is_none());

    // Immortal objects are never counted, on any thread.
    let hello = GREETING.get();
    println!("{} is immortal: {}", *hello, Brc::is_immortal(&hello));

    // Equal names are one object.
    let (a, b) = (NAMES.intern("self"), NAMES.intern("self"));
    println!("interned twice, one object: {}", Brc::ptr_eq(&a, &b));

    // Every object has a lock.
    let hits = Brc::new(Locked::new(0));
    thread::scope(|s| {
        for _ in 0..4 {
            s.spawn(|| *hits.lock() += 1);
        }
    });
    println!("hits: {}", *hits.lock());

    // Whoever blocks lets others clean up meanwhile.
    let (tx, rx) = std::sync::mpsc::channel();
    let sender = Brc::new(tx);
    thread::spawn(move || sender.send("done").unwrap());
    brc::detach(|| rx.iter().for_each(|word| println!("{word}")));
}
