//! Handles to one hot object, cloned and dropped.

use std::sync::Arc;
use std::thread;

use brc::{Brc, Gc, Lifetime};
use brc_benches::clock::{Drive, timed};
use brc_benches::{ArcFamily, BrcFamily, Family, loops, made_elsewhere};

use super::measure::{Bench, Case};
use super::{Thing, attach, elsewhere};

fn pairs<H: Clone + Send + Sync + 'static>(name: &'static str, handle: H) -> Case {
    Case::new(name, move || {
        let handle = handle.clone();
        move |drive: &mut Drive<'_>| drive(&mut |n| timed(|| loops::clone_drop(n, &handle)))
    })
}

fn heap_pairs(name: &'static str, handle: Gc<Thing>) -> Case {
    Case::new(name, move || {
        let handle = handle.clone();
        move |drive: &mut Drive<'_>| {
            attach(|m| {
                drive(&mut |n| {
                    let spent = timed(|| loops::clone_drop(n, &handle));
                    m.safepoint();
                    spent
                });
            });
        }
    })
}

/// A new object each time.
fn owner_pairs(name: &'static str, lifetime: Lifetime) -> Case {
    Case::new(name, move || {
        move |drive: &mut Drive<'_>| {
            attach(|m| {
                let handle = m.alloc_with(Thing::new(7), lifetime);
                drive(&mut |n| timed(|| loops::clone_drop(n, &handle)));
            });
        }
    })
}

pub(crate) const ARC: &str = "`Arc`";
pub(crate) const DEFERRED: &str = "brc: `Gc`, deferred";

pub(crate) fn hot(bench: &mut Bench) {
    let deferred = attach(|m| m.alloc_deferred(Thing::new(7)));
    let immortal = attach(|m| m.alloc_immortal(Thing::new(7)));
    let merged = made_elsewhere::<BrcFamily, _>(|| {
        let handle = Brc::new(7u64);
        Brc::share(&handle);
        handle
    });
    bench.one_and_two(
        "one thread",
        "two threads",
        &[
            heap_pairs(DEFERRED, deferred),
            heap_pairs("brc: `Gc`, another thread's", elsewhere(|m| m.alloc(Thing::new(7)))),
            heap_pairs("brc: `Gc`, immortal", immortal),
            pairs("`Brc`, merged", merged),
            pairs(ARC, made_elsewhere::<ArcFamily, _>(|| Arc::new(7u64))),
        ],
    );
    bench.one("one thread", &[owner_pairs("brc: `Gc`, its owner", Lifetime::Counted)]);
}

/// Before and after a second thread attaches: the first thing that its process does.
pub(crate) fn once(bench: &mut Bench) {
    let make = |lifetime| attach(|m| m.alloc_with(Thing::new(7), lifetime));
    let cases = [
        heap_pairs("brc: `ImmortalOnceThreaded`", make(Lifetime::ImmortalOnceThreaded)),
        heap_pairs("brc: `Counted`", make(Lifetime::Counted)),
        heap_pairs("brc: `Deferred`", make(Lifetime::Deferred)),
        heap_pairs("brc: `Immortal`", make(Lifetime::Immortal)),
        pairs(ARC, ArcFamily::new(7u64)),
    ];
    bench.one("one thread so far", &cases);
    thread::spawn(|| attach(|m| m.safepoint())).join().expect("no panic");
    bench.one("after a second one", &cases);
}
