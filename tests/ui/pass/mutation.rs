//! What `fail/mutation.rs`, `fail/only_arc.rs` and `fail/borrows.rs` may do instead.

use std::any::Any;
use std::fmt::Debug;

use brc::{Brc, UniqueBrc};

struct Task(u32);

trait Run {
    fn run(&self) -> u32;
}

impl Run for Task {
    fn run(&self) -> u32 {
        self.0
    }
}

impl Task {
    fn consume(this: Brc<Self>) -> usize {
        Brc::strong_count(&this)
    }
}

fn main() {
    let mut b = Brc::new(String::from("x"));
    Brc::get_mut(&mut b).unwrap().push('y');
    Brc::make_mut(&mut b).push('z');
    assert_eq!(*b, "xyz");
    let mut unique = UniqueBrc::new(String::from("x"));
    unique.push('y');
    assert_eq!(*UniqueBrc::into_brc(unique), "xy");

    // Unsized objects.
    let debug: Brc<dyn Debug> = Brc::from(Box::new(1) as Box<dyn Debug>);
    assert_eq!(format!("{debug:?}"), "1");
    let run = Brc::new(Task(3));
    // SAFETY: the same object, whose type is only hidden.
    let run: Brc<dyn Run> = unsafe { Brc::from_raw(Brc::into_raw(run) as *const dyn Run) };
    assert_eq!(run.run(), 3);
    let slice: Brc<[u8]> = Brc::new([1, 2]).into();
    assert_eq!(*slice, [1, 2]);
    let any: Brc<dyn Any + Send + Sync> = Brc::new(5_u8).into();
    assert_eq!(*any.downcast::<u8>().unwrap(), 5);

    // Functions that take the handle.
    assert_eq!(Task::consume(Brc::new(Task(1))), 1);

    // Declared after what it borrows, a handle is dropped before it.
    let local = String::from("x");
    let b = Brc::new_merged(&local);
    assert_eq!(**b, "x");
}
