//! The heap of `brc`, and the loads that only it has.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use brc::{Gc, Locked, Mutator, Trace, heap};
use brc_benches::clock::median;

use super::driver::Figures;
use super::loads::Random;
use super::tally::{self, Tally};
use super::{Collector, Links};

/// Whole objects in a `Locked`: what a program does that changes several fields
/// at once. Who walks needs a handle to each node, since two locks cannot be held.
#[derive(Debug)]
pub(crate) enum BrcLocked {}

#[derive(Trace)]
pub(crate) struct Node {
    value: u64,
    links: [Option<Gc<Locked<Node>>>; 3],
    #[trace(skip)]
    _tally: Tally,
}

#[derive(Trace)]
pub(crate) struct Hub {
    links: Vec<Gc<Locked<Hub>>>,
    #[trace(skip)]
    _tally: Tally,
}

fn attach<R>(f: impl FnOnce(&mut Mutator) -> R) -> R {
    heap::attach(f).expect("not attached yet")
}

impl Collector for BrcLocked {
    const OURS: bool = true;
    type Mutator = Mutator;
    type Ptr = Gc<Locked<Node>>;
    type Hub = Gc<Locked<Hub>>;

    fn enter<R>(f: impl FnOnce(&mut Mutator) -> R) -> R {
        attach(f)
    }

    #[inline]
    fn node(m: &mut Mutator, value: u64, links: Links<Self>) -> Self::Ptr {
        m.alloc(Locked::new(Node { value, links, _tally: Tally }))
    }

    #[inline]
    fn link(m: &mut Mutator, node: &Self::Ptr, index: usize) -> Option<Self::Ptr> {
        m.lock(node).links[index].clone()
    }

    #[inline]
    fn set_link(m: &mut Mutator, node: &Self::Ptr, index: usize, to: Option<Self::Ptr>) {
        m.lock(node).links[index] = to;
    }

    fn sum(m: &mut Mutator, tree: &Self::Ptr) -> u64 {
        let (value, left, right) = {
            let node = m.lock(tree);
            (node.value, node.links[0].clone(), node.links[1].clone())
        };
        let mut below = |child: Option<Self::Ptr>| child.map_or(0, |child| Self::sum(m, &child));
        value + below(left) + below(right)
    }

    #[inline]
    fn hub(m: &mut Mutator) -> Self::Hub {
        m.alloc(Locked::new(Hub { links: Vec::new(), _tally: Tally }))
    }

    #[inline]
    fn with_hub<R>(
        m: &mut Mutator,
        hub: &Self::Hub,
        f: impl FnOnce(&mut Vec<Self::Hub>) -> R,
    ) -> R {
        f(&mut m.lock(hub).links)
    }

    fn collect(m: &mut Mutator) {
        m.collect();
    }

    fn by_hand() {
        heap::configure().automatic(false);
    }

    #[inline]
    fn safepoint(m: &mut Mutator) {
        m.safepoint();
    }

    fn blocking<R>(m: &mut Mutator, f: impl FnOnce() -> R) -> R {
        m.detach(f)
    }
}

/// A std mutex for each link, as the objects of `Arc` and `dumpster::sync` have:
/// nodes are read in place.
#[derive(Debug)]
pub(crate) enum BrcMutex {}

#[derive(Trace)]
pub(crate) struct MutexNode {
    value: u64,
    links: [Mutex<Option<Gc<MutexNode>>>; 3],
    #[trace(skip)]
    _tally: Tally,
}

#[derive(Trace)]
pub(crate) struct MutexHub {
    links: Mutex<Vec<Gc<MutexHub>>>,
    #[trace(skip)]
    _tally: Tally,
}

fn sum(m: &Mutator, tree: &Gc<MutexNode>) -> u64 {
    let node = tree.get(m);
    let below = node.links[..2].iter().map(|link| match &*link.lock().expect("no panic") {
        Some(child) => sum(m, child),
        None => 0,
    });
    below.sum::<u64>() + node.value
}

impl Collector for BrcMutex {
    const OURS: bool = true;
    type Mutator = Mutator;
    type Ptr = Gc<MutexNode>;
    type Hub = Gc<MutexHub>;

    fn enter<R>(f: impl FnOnce(&mut Mutator) -> R) -> R {
        attach(f)
    }

    #[inline]
    fn node(m: &mut Mutator, value: u64, links: Links<Self>) -> Self::Ptr {
        m.alloc(MutexNode { value, links: links.map(Mutex::new), _tally: Tally })
    }

    #[inline]
    fn link(m: &mut Mutator, node: &Self::Ptr, index: usize) -> Option<Self::Ptr> {
        node.get(m).links[index].lock().expect("no panic").clone()
    }

    #[inline]
    fn set_link(m: &mut Mutator, node: &Self::Ptr, index: usize, to: Option<Self::Ptr>) {
        *node.get(m).links[index].lock().expect("no panic") = to;
    }

    fn sum(m: &mut Mutator, tree: &Self::Ptr) -> u64 {
        sum(m, tree)
    }

    #[inline]
    fn hub(m: &mut Mutator) -> Self::Hub {
        m.alloc(MutexHub { links: Mutex::default(), _tally: Tally })
    }

    #[inline]
    fn with_hub<R>(
        m: &mut Mutator,
        hub: &Self::Hub,
        f: impl FnOnce(&mut Vec<Self::Hub>) -> R,
    ) -> R {
        f(&mut hub.get(m).links.lock().expect("no panic"))
    }

    fn collect(m: &mut Mutator) {
        m.collect();
    }

    fn by_hand() {
        heap::configure().automatic(false);
    }

    #[inline]
    fn safepoint(m: &mut Mutator) {
        m.safepoint();
    }

    fn blocking<R>(m: &mut Mutator, f: impl FnOnce() -> R) -> R {
        m.detach(f)
    }
}

// ---------------------------------------------------------------------- pauses

/// A cycle of two.
fn pair(m: &mut Mutator) -> Gc<Locked<Node>> {
    let a = BrcLocked::node(m, 0, [None, None, None]);
    let b = BrcLocked::node(m, 0, [Some(a.clone()), None, None]);
    BrcLocked::set_link(m, &a, 0, Some(b));
    a
}

/// Replaces cycles at random until each has been replaced once, on average.
/// Returns the longest that a safepoint took.
fn replace(m: &mut Mutator, objects: usize, random: &mut Random, full: &Barrier) -> Duration {
    let mut held = Vec::with_capacity(objects / 2);
    for _ in 0..objects / 2 {
        held.push(pair(m));
        m.safepoint();
    }
    m.detach(|| full.wait());
    let mut longest = Duration::ZERO;
    for _ in 0..held.len() {
        let [old, from, to] = [0; 3].map(|_| random.below(held.len()));
        held[old] = pair(m);
        let to = held[to].clone();
        BrcLocked::set_link(m, &held[from], 1, Some(to));
        BrcLocked::set_link(m, &held[old], 1, None);
        let start = Instant::now();
        m.safepoint();
        longest = longest.max(start.elapsed());
    }
    longest
}

/// The pauses of the world while two threads fill and change a heap of so many
/// living objects.
pub(crate) fn pauses(objects: usize) -> Figures {
    let full = Barrier::new(2);
    let start = Instant::now();
    let longest = thread::scope(|scope| {
        let threads = [0, 1].map(|i| {
            let full = &full;
            scope.spawn(move || {
                tally::this_thread_is(1 + i);
                let mut random = Random(i as u64);
                attach(|m| replace(m, objects / 2, &mut random, full))
            })
        });
        threads.map(|thread| thread.join().expect("no panic")).into_iter().max()
    });
    let spent = start.elapsed();
    let pauses = heap::stats().pauses;
    vec![
        ("pauses", pauses.count() as f64),
        ("10th percentile, µs", micros(pauses.percentile(10.0))),
        ("median, µs", micros(pauses.percentile(50.0))),
        ("90th percentile, µs", micros(pauses.percentile(90.0))),
        ("99th percentile, µs", micros(pauses.percentile(99.0))),
        ("longest, µs", micros(pauses.max())),
        ("of the time, %", 100.0 * pauses.total().as_secs_f64() / spent.as_secs_f64()),
        ("longest safepoint, µs", micros(longest.expect("two threads"))),
    ]
}

/// What it takes to stop and start the world, seen by who does it, while another
/// thread does nothing but pass safepoints. Nobody makes a candidate, so there is
/// nothing to look at in the pause.
pub(crate) fn stop(times: usize) -> Figures {
    let (passed, done) = (AtomicU64::new(0), AtomicBool::new(false));
    let (mut pauses, mut calls): (Vec<f64>, Vec<f64>) = thread::scope(|scope| {
        scope.spawn(|| {
            tally::this_thread_is(1);
            attach(|m| {
                while !done.load(Relaxed) {
                    m.safepoint();
                    passed.fetch_add(1, Relaxed);
                }
            });
        });
        attach(|m| {
            let once = |_| {
                // Not while it still comes back from the last stop.
                let seen = passed.load(Relaxed);
                while passed.load(Relaxed) < seen + 10 {
                    std::hint::spin_loop();
                }
                let start = Instant::now();
                let pause = m.collect().pauses[0];
                (micros(pause), micros(start.elapsed()))
            };
            let samples = (0..times).map(once).collect();
            done.store(true, Relaxed);
            samples
        })
    });
    let [pause, call] = [median(&mut pauses), median(&mut calls)];
    let slow = pauses[pauses.len() * 99 / 100];
    vec![("stop + start, µs", pause), ("99th percentile, µs", slow), ("the whole call, µs", call)]
}

fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e3
}
