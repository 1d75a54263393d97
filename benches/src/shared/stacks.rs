//! Operand stacks beside a `Vec` of handles.

use std::hint::black_box;
use std::sync::Arc;

use brc::Gc;
use brc_benches::clock::{Drive, timed};

use super::measure::{Bench, Case};
use super::{Thing, attach, elsewhere, repeat, repeat_in};

/// Entries below those that come and go.
const DEPTH: usize = 8;

pub(crate) const PUSH_POP: &str = "brc: `push` a clone, `pop` and drop it";
pub(crate) const VEC: &str = "`Vec<Gc>`: the same";

fn cases(handle: &Gc<Thing>) -> Vec<Case> {
    let (a, b, c) = (handle.clone(), handle.clone(), handle.clone());
    vec![
        Case::new(PUSH_POP, move || {
            let handle = a.clone();
            move |drive: &mut Drive<'_>| {
                attach(|m| {
                    let mut stack = m.operand_stack();
                    (0..DEPTH).for_each(|_| stack.push(m, handle.clone()));
                    drive(&mut |n| {
                        timed(|| {
                            repeat_in(n, m, |m, _| {
                                stack.push(m, black_box(&handle).clone());
                                drop(black_box(stack.pop(m)));
                            });
                        })
                    });
                });
            }
        }),
        Case::new("brc: `push_local`, `truncate`", move || {
            let handle = b.clone();
            move |drive: &mut Drive<'_>| {
                attach(|m| {
                    let mut stack = m.operand_stack();
                    (0..DEPTH).for_each(|_| stack.push(m, handle.clone()));
                    drive(&mut |n| {
                        timed(|| {
                            repeat_in(n, m, |m, _| {
                                stack.push_local(m, black_box(&handle).local(m));
                                stack.truncate(m, DEPTH);
                            });
                        })
                    });
                });
            }
        }),
        Case::new(VEC, move || {
            let handle = c.clone();
            move |drive: &mut Drive<'_>| {
                attach(|m| {
                    let mut stack = vec![handle.clone(); DEPTH];
                    drive(&mut |n| {
                        timed(|| {
                            repeat_in(n, m, |_, _| {
                                stack.push(black_box(&handle).clone());
                                drop(black_box(stack.pop()));
                            });
                        })
                    });
                });
            }
        }),
    ]
}

/// A push and a pop, by what is pushed.
pub(crate) fn push_pop(bench: &mut Bench) {
    let arc = Arc::new(7u64);
    let mut counted = cases(&elsewhere(|m| m.alloc(Thing::new(7))));
    counted.push(Case::new("`Vec<Arc>`: the same", move || {
        let handle = arc.clone();
        move |drive: &mut Drive<'_>| {
            let mut stack = vec![handle.clone(); DEPTH];
            drive(&mut |n| {
                timed(|| {
                    repeat(n, |_| {
                        stack.push(black_box(&handle).clone());
                        drop(black_box(stack.pop()));
                    });
                })
            });
        }
    }));
    let own = attach(|m| m.alloc(Thing::new(7)));
    bench.one("its owner's", &cases(&own));
    bench.one("another thread's", &counted);
    bench.one("deferred", &cases(&attach(|m| m.alloc_deferred(Thing::new(7)))));
    bench.one("immortal", &cases(&attach(|m| m.alloc_immortal(Thing::new(7)))));
}
