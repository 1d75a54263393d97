//! What a stack shows is not popped from under the reference, and a stack is its
//! thread's as long as it is used. See `heap_pass/stacks.rs`.

use std::cell::Cell;
use std::rc::Rc;

use brc::{Gc, OperandStack, Trace, heap};

fn changed_under_a_reference() {
    heap::attach(|m| {
        let mut stack = m.operand_stack();
        stack.push(m, m.alloc(1));
        let one = stack.get(m, 0).unwrap();
        drop(stack.pop(m));
        assert_eq!(*one, 1);
    })
    .unwrap();

    heap::attach(|m| {
        let mut stack = m.operand_stack();
        stack.push(m, m.alloc(1));
        let one = stack.top(m).unwrap();
        stack.push(m, m.alloc(2));
        assert_eq!(*one, 1);
    })
    .unwrap();

    heap::attach(|m| {
        let mut stack = m.operand_stack();
        stack.push(m, m.alloc(1));
        let one = stack.top(m).unwrap();
        stack.push_local(m, one);
    })
    .unwrap();

    heap::attach(|m| {
        let mut stack = m.operand_stack();
        stack.push(m, m.alloc(1));
        let one: &i32 = stack.get(m, 0).unwrap().get();
        stack.set(m, 0, m.alloc(2));
        assert_eq!(*one, 1);
    })
    .unwrap();

    heap::attach(|m| {
        let mut stack = m.operand_stack();
        stack.push(m, m.alloc(1));
        let all = stack.range(m, ..);
        stack.truncate(m, 0);
        assert_eq!(all.count(), 1);
    })
    .unwrap();

    heap::attach(|m| {
        let mut stack = m.operand_stack();
        stack.push(m, m.alloc(1));
        let one = stack.get(m, 0).unwrap();
        drop(stack);
        assert_eq!(*one, 1);
    })
    .unwrap();
}

fn pauses() {
    heap::attach(|m| {
        let mut stack = m.operand_stack();
        stack.push(m, m.alloc(1));
        let one = stack.get(m, 0).unwrap();
        m.safepoint();
        assert_eq!(*one, 1);
    })
    .unwrap();

    heap::attach(|m| {
        let stack: OperandStack<i32> = m.operand_stack();
        let all = stack.range(m, ..);
        m.collect();
        assert_eq!(all.count(), 0);
    })
    .unwrap();
}

fn detached(mut stack: OperandStack<i32>, gc: Gc<i32>) {
    heap::attach(|m| m.detach(|| stack.push(m, gc))).unwrap();
}

fn not_attached(mut stack: OperandStack<i32>) {
    drop(stack.pop());
}

fn send<T: Send>() {}
fn sync<T: Sync>() {}

fn threads() {
    send::<OperandStack<Cell<u8>>>();
    sync::<OperandStack<Cell<u8>>>();
    send::<OperandStack<Rc<u8>>>();
}

fn shorter<'a>(stack: OperandStack<&'static str>) -> OperandStack<&'a str> {
    stack
}

#[derive(Trace)]
struct Frame {
    stack: OperandStack<u8>,
}

fn main() {}
