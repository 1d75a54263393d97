//! What `heap_fail/no_deref.rs` may do instead.

use brc::{Gc, GcWeak, Locked, Mutator, Trace, heap};

#[derive(Trace)]
struct Node {
    name: String,
}

fn method(gc: &Gc<String>, m: &Mutator) -> usize {
    gc.get(m).len()
}

fn field<'a>(gc: &'a Gc<Node>, m: &'a Mutator) -> &'a str {
    &gc.get(m).name
}

fn weak(weak: &GcWeak<String>, m: &Mutator) -> Option<Gc<String>> {
    weak.upgrade(m)
}

fn main() {
    heap::attach(|m| {
        let text = m.alloc("text".to_owned());
        assert_eq!(method(&text, m), 4);
        assert_eq!(field(&m.alloc(Node { name: "Ann".into() }), m), "Ann");
        assert!(weak(&text.downgrade(m), m).is_some());
        let locked = m.alloc(Locked::new(1));
        *m.lock(&locked) += 1;
    })
    .unwrap();
}
