//! What `heap_fail/escapes.rs` may do instead.

use std::sync::Mutex;

use brc::{Gc, Locked, Mutator, heap};

static KEPT: Mutex<Option<Gc<String>>> = Mutex::new(None);

struct Interpreter<'m> {
    m: &'m mut Mutator,
    steps: usize,
}

impl Interpreter<'_> {
    fn step(&mut self) {
        self.steps += 1;
        self.m.safepoint();
    }
}

fn reference<'a>(gc: &'a Gc<String>, m: &'a Mutator) -> &'a str {
    gc.get(m)
}

fn main() {
    let gc = heap::attach(|m| m.alloc("text".to_owned())).unwrap();
    *KEPT.lock().unwrap() = Some(gc.clone());
    let text = heap::attach(|m| gc.get(m).clone()).unwrap();
    assert_eq!(text, "text");
    heap::attach(|m| assert_eq!(reference(&gc, m), "text")).unwrap();

    let steps = heap::attach(|m| {
        let mut interpreter = Interpreter { m, steps: 0 };
        interpreter.step();
        interpreter.steps
    });
    assert_eq!(steps, Ok(1));

    let locked = heap::attach(|m| m.alloc(Locked::new(1))).unwrap();
    assert_eq!(heap::attach(|m| *m.lock(&locked)), Ok(1));
}
