//! What stable Rust gives to `Arc` alone. See `pass/mutation.rs` and
//! `docs/api.md` for what to do instead.

use std::fmt::Debug;

use brc::{Brc, Weak};

struct Task;

impl Task {
    fn run(self: Brc<Self>) {}
}

fn main() {
    let _: Brc<dyn Debug> = Brc::new(1);
    let _: Brc<[u8]> = Brc::new([1, 2]);
    let _: Weak<dyn Debug> = Weak::<u8>::new();
    Brc::new(Task).run();
}
