//! What a thread pays to take part in the heap; with the global lock and without.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use brc::{GcSlot, Locked, Mutator, heap};
use brc_benches::clock::{Drive, timed};

use super::measure::{Bench, Case};
use super::{Thing, attach, repeat};

fn attached(name: &'static str, op: impl Fn(&mut Mutator) + Copy + Send + 'static) -> Case {
    Case::new(name, move || {
        move |drive: &mut Drive<'_>| {
            attach(|m| drive(&mut |n| timed(|| repeat(n, |_| op(m)))));
        }
    })
}

/// With an object to work with.
fn with<T: brc::Trace + Send + Sync + 'static>(
    name: &'static str,
    make: impl Fn() -> T + Copy + Send + 'static,
    op: impl Fn(&mut Mutator, &brc::Gc<T>) + Copy + Send + 'static,
) -> Case {
    Case::new(name, move || {
        move |drive: &mut Drive<'_>| {
            attach(|m| {
                let gc = m.alloc(make());
                drive(&mut |n| timed(|| repeat(n, |_| op(m, &gc))));
            });
        }
    })
}

pub(crate) const LOCK_OFF: &str = "global lock off";
pub(crate) const LOCK_ON: &str = "global lock on";
pub(crate) const POLL: &str = "`safepoint`";

pub(crate) fn lone(bench: &mut Bench, column: &'static str) {
    let is_on = attach(|_| heap::global_lock_enabled());
    assert_eq!(is_on, column == LOCK_ON, "as the environment says");
    let flag = AtomicU64::new(0);
    let flag: &'static AtomicU64 = Box::leak(Box::new(flag));
    let cases = [
        Case::new("a `Relaxed` load and a branch", move || {
            move |drive: &mut Drive<'_>| {
                drive(&mut |n| {
                    timed(|| {
                        repeat(n, |_| {
                            if flag.load(Relaxed) != 0 {
                                black_box(());
                            }
                        });
                    })
                });
            }
        }),
        attached(POLL, Mutator::safepoint),
        attached("`detach`, and back", |m| m.detach(|| black_box(()))),
        Case::new("`attach`, and leave", || {
            |drive: &mut Drive<'_>| {
                drive(&mut |n| {
                    timed(|| repeat(n, |_| heap::attach(|_| black_box(())).expect("not attached")))
                });
            }
        }),
        attached("`alloc`, and drop", |m| drop(black_box(m.alloc(Thing::new(7))))),
        with("clone and drop", || Thing::new(7), |_, gc| drop(black_box(black_box(gc).clone()))),
        with(
            "`GcSlot::load`, of a slot of an object",
            || Thing { value: 7, next: GcSlot::empty() },
            |m, gc| {
                black_box(gc.get(m).next.load(m).is_some());
            },
        ),
        with("`lock`", || Locked::new(7u64), |m, gc| *m.lock(gc) += 1),
    ];
    bench.one(column, &cases);
}
