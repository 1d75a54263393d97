//! One field that threads share: read, and written.

use std::hint::black_box;
use std::sync::atomic::{AtomicPtr, Ordering::*};
use std::sync::{Arc, Mutex, RwLock};

use arc_swap::ArcSwap;
use brc::{Gc, GcSlot, Locked, Mutator};
use brc_benches::clock::{Drive, timed};
use crossbeam_epoch::{self as epoch, Atomic, Owned};

use super::measure::{Bench, Case};
use super::{BATCH, attach, repeat};

/// What all the readers of others' structures do: `read` gives a value to add up.
pub(crate) fn reader<T: Send + Sync + 'static>(
    name: &'static str,
    shared: Arc<T>,
    read: impl Fn(&T, u32) -> u64 + Copy + Send + 'static,
) -> Case {
    Case::new(name, move || reading(shared.clone(), read))
}

pub(crate) fn reading<T: Send + Sync + 'static>(
    shared: Arc<T>,
    read: impl Fn(&T, u32) -> u64 + Copy + Send + 'static,
) -> impl FnOnce(&mut Drive<'_>) + Send + 'static {
    move |drive| {
        let shared = &*shared;
        drive(&mut |n| {
            timed(|| {
                let mut sum = 0u64;
                repeat(n, |i| sum = sum.wrapping_add(read(black_box(shared), i)));
                black_box(sum);
            })
        });
    }
}

/// And the readers of the heap's.
pub(crate) fn heap_reader<T: Send + Sync + 'static>(
    name: &'static str,
    shared: Gc<T>,
    read: impl Fn(&Mutator, &T, u32) -> u64 + Copy + Send + 'static,
) -> Case {
    Case::new(name, move || heap_reading(shared.clone(), read))
}

pub(crate) fn heap_reading<T: Send + Sync + 'static>(
    shared: Gc<T>,
    read: impl Fn(&Mutator, &T, u32) -> u64 + Copy + Send + 'static,
) -> impl FnOnce(&mut Drive<'_>) + Send + 'static {
    move |drive| {
        attach(|m| {
            drive(&mut |n| {
                timed(|| {
                    let mut sum = 0u64;
                    let mut done = 0;
                    while done < n {
                        let end = n.min(done + BATCH);
                        let object = shared.get(m);
                        for i in done..end {
                            sum = sum.wrapping_add(read(m, black_box(object), i));
                        }
                        m.safepoint();
                        done = end;
                    }
                    black_box(sum);
                })
            });
        });
    }
}

/// A pointer to a value that is never freed.
struct Leaked(AtomicPtr<u64>);

impl Leaked {
    fn new(value: u64) -> Self {
        Self(AtomicPtr::new(Box::leak(Box::new(value))))
    }
}

fn epoch_read(field: &Atomic<u64>, guard: &epoch::Guard) -> u64 {
    // SAFETY: a value that is taken out is freed after all guards of that time.
    let value = unsafe { field.load(Acquire, guard).as_ref() };
    *value.expect("not null")
}

pub(crate) const PLAIN: &str = "plain `Acquire` load";
pub(crate) const PLAIN_TESTED: &str = "plain `Acquire` load, tested for null";
pub(crate) const SWAP: &str = "arc-swap: `store`";
pub(crate) const SLOT: &str = "brc: `GcSlot::load`";

/// A read of one field, with a use of the value.
pub(crate) fn load(bench: &mut Bench) {
    let slot = attach(|m| m.alloc(GcSlot::new(m.alloc(7u64))));
    let pinned = Arc::new(Atomic::new(7u64));
    let cases = [
        reader(PLAIN, Arc::new(Leaked::new(7)), |field, _| {
            // SAFETY: not null, and never freed.
            unsafe { *field.0.load(Acquire) }
        }),
        reader(PLAIN_TESTED, Arc::new(Leaked::new(7)), |field, _| {
            // SAFETY: if not null, never freed.
            *unsafe { field.0.load(Acquire).as_ref() }.expect("not null")
        }),
        heap_reader(SLOT, slot, |m, slot, _| *slot.load(m).expect("not empty")),
        Case::new("crossbeam-epoch, pinned before", move || {
            let field = pinned.clone();
            move |drive: &mut Drive<'_>| {
                drive(&mut |n| {
                    timed(|| {
                        let mut sum = 0u64;
                        let mut guard = epoch::pin();
                        for _ in 0..n.div_ceil(BATCH) {
                            for _ in 0..BATCH {
                                sum = sum.wrapping_add(epoch_read(black_box(&field), &guard));
                            }
                            guard.repin();
                        }
                        black_box(sum);
                    })
                });
            }
        }),
        reader("crossbeam-epoch, pin and load", Arc::new(Atomic::new(7u64)), |field, _| {
            epoch_read(field, &epoch::pin())
        }),
        reader("arc-swap: `load`", Arc::new(ArcSwap::from_pointee(7u64)), |field, _| {
            **field.load()
        }),
        reader("arc-swap: `load_full`", Arc::new(ArcSwap::from_pointee(7u64)), |field, _| {
            *field.load_full()
        }),
        reader("`RwLock<Arc>`, cloned", Arc::new(RwLock::new(Arc::new(7u64))), |field, _| {
            *field.read().expect("no panic").clone()
        }),
        reader("`Mutex<Arc>`, cloned", Arc::new(Mutex::new(Arc::new(7u64))), |field, _| {
            *field.lock().expect("no panic").clone()
        }),
    ];
    bench.one_and_two("one thread", "two threads", &cases);
}

/// What the writers of others' structures do.
pub(crate) fn writing<T: Send + Sync + 'static>(
    shared: Arc<T>,
    write: impl Fn(&T, u32) + Copy + Send + 'static,
) -> impl FnOnce(&mut Drive<'_>) + Send + 'static {
    move |drive| {
        let shared = &*shared;
        drive(&mut |n| timed(|| repeat(n, |i| write(shared, i))));
    }
}

/// And those of the heap's, with a safepoint each time: what was replaced is to die.
pub(crate) fn heap_writing<T: Send + Sync + 'static>(
    shared: Gc<T>,
    write: impl Fn(&Mutator, &T, u32) + Copy + Send + 'static,
) -> impl FnOnce(&mut Drive<'_>) + Send + 'static {
    move |drive| {
        attach(|m| {
            drive(&mut |n| {
                timed(|| {
                    for i in 0..n {
                        write(m, shared.get(m), i);
                        m.safepoint();
                    }
                })
            });
        });
    }
}

/// Replaces what the field holds by a new value, with the end of the old one.
pub(crate) fn store(bench: &mut Bench) {
    let slot = attach(|m| m.alloc(GcSlot::new(m.alloc(7u64))));
    let ours = slot.clone();
    // A reader that waits for something: it passes a safepoint after each look.
    let poll = move || {
        let slot = ours.clone();
        move |drive: &mut Drive<'_>| {
            attach(|m| {
                drive(&mut |n| {
                    timed(|| {
                        for _ in 0..n {
                            black_box(slot.get(m).load(m).map(|value| *value));
                            m.safepoint();
                        }
                    })
                });
            });
        }
    };
    let kept = attach(|m| {
        let pair = [m.alloc(1u64), m.alloc(2u64)];
        m.alloc((GcSlot::new(pair[0].clone()), pair))
    });
    let kept2 = kept.clone();
    let locked = attach(|m| m.alloc(Locked::new(m.alloc(7u64))));
    let locked2 = locked.clone();
    let swap = Arc::new(ArcSwap::from_pointee(7u64));
    let swap2 = swap.clone();
    let atomic = Arc::new(Atomic::new(7u64));
    let atomic2 = atomic.clone();
    let lock = Arc::new(RwLock::new(Arc::new(7u64)));
    let lock2 = lock.clone();
    let cases = [
        Case::two(
            "brc: `GcSlot::store` of a new object",
            move || heap_writing(slot.clone(), |m, slot, i| slot.store(m, m.alloc(u64::from(i)))),
            poll,
        ),
        Case::two(
            "brc: `GcSlot::store` of one of two that live on",
            move || {
                heap_writing(kept.clone(), |m, (slot, pair), i| {
                    slot.store(m, pair[i as usize % 2].clone());
                })
            },
            move || {
                heap_reading(kept2.clone(), |m, (slot, _), _| {
                    slot.load(m).map_or(0, |value| *value)
                })
            },
        ),
        Case::two(
            "brc: a `Gc` in a `Locked`",
            move || {
                let locked = locked.clone();
                move |drive: &mut Drive<'_>| {
                    attach(|m| {
                        drive(&mut |n| {
                            timed(|| {
                                for i in 0..n {
                                    let new = m.alloc(u64::from(i));
                                    drop(std::mem::replace(&mut *m.lock(&locked), new));
                                    m.safepoint();
                                }
                            })
                        });
                    });
                }
            },
            move || {
                let locked = locked2.clone();
                move |drive: &mut Drive<'_>| {
                    attach(|m| {
                        drive(&mut |n| {
                            timed(|| {
                                for _ in 0..n {
                                    let value = m.lock(&locked).clone();
                                    black_box(*value.get(m));
                                    drop(value);
                                    m.safepoint();
                                }
                            })
                        });
                    });
                }
            },
        ),
        Case::two(
            "crossbeam-epoch: pin, swap, defer",
            move || {
                writing(atomic.clone(), |field, i| {
                    let guard = epoch::pin();
                    let old = field.swap(Owned::new(u64::from(i)), AcqRel, &guard);
                    // SAFETY: just taken out.
                    unsafe { guard.defer_destroy(old) };
                })
            },
            move || reading(atomic2.clone(), |field, _| epoch_read(field, &epoch::pin())),
        ),
        Case::two(
            SWAP,
            move || writing(swap.clone(), |field, i| field.store(Arc::new(u64::from(i)))),
            move || reading(swap2.clone(), |field, _| **field.load()),
        ),
        Case::two(
            "`RwLock<Arc>`",
            move || {
                writing(lock.clone(), |field, i| {
                    let new = Arc::new(u64::from(i));
                    drop(std::mem::replace(&mut *field.write().expect("no panic"), new));
                })
            },
            move || reading(lock2.clone(), |field, _| *field.read().expect("no panic").clone()),
        ),
    ];
    bench.one("alone", &cases);
    bench.two("beside a polling reader", Some("the reader"), &cases);
}
