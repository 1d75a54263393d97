//! What `heap_fail/stacks.rs` may do instead.

use brc::{Gc, GcSlot, OperandStack, Trace, heap};

fn changed() {
    heap::attach(|m| {
        let mut stack = m.operand_stack();
        stack.push(m, m.alloc(1));
        let one = *stack.get(m, 0).unwrap();
        drop(stack.pop(m));
        assert_eq!(one, 1);
        stack.push(m, m.alloc(2));
        let top = stack.top(m).unwrap().to_gc();
        stack.push_local(m, top.local(m));
        stack.dup(m, 0);
        let sum: i32 = stack.range(m, ..).map(|local| *local).sum();
        stack.truncate(m, 0);
        assert_eq!(sum, 6);
        // From elsewhere.
        let slot = GcSlot::new(m.alloc(3));
        stack.push_local(m, slot.load(m).unwrap());
        stack.push_local(m, m.alloc_deferred(4).unbound(m).unwrap());
        m.safepoint();
        m.collect();
        m.detach(|| ());
        let all = (stack.get(m, 0), stack.get(m, 1));
        assert_eq!((all.0.map(|n| *n), all.1.map(|n| *n)), (Some(3), Some(4)));
    })
    .unwrap();
}

fn threads() {
    let mut stack: OperandStack<i32> = heap::attach(|m| m.operand_stack()).unwrap();
    let stack = std::thread::spawn(move || {
        heap::attach(|m| stack.push(m, m.alloc(1))).unwrap();
        stack
    });
    let stack = stack.join().unwrap();
    heap::attach(|_| {
        std::thread::scope(|s| {
            s.spawn(|| heap::attach(|m| assert_eq!(stack.top(m).map(|one| *one), Some(1))));
        });
        assert_eq!(stack.len(), 1);
    })
    .unwrap();
    // Not attached.
    drop(stack);
}

fn same<'a>(stack: OperandStack<&'a str>) -> OperandStack<&'a str> {
    stack
}

/// A suspended frame.
#[derive(Trace)]
struct Frame {
    stack: Vec<Gc<u8>>,
}

fn main() {
    changed();
    threads();
    heap::attach(|m| {
        drop(same(m.operand_stack()));
        let mut stack = m.operand_stack();
        stack.push(m, m.alloc(1));
        let frame = m.alloc(Frame { stack: stack.split_off(m, 0) });
        assert_eq!(frame.get(m).stack.len(), 1);
    })
    .unwrap();
}
