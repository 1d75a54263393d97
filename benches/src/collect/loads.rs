//! The loads.

use std::sync::{Mutex, MutexGuard, TryLockError};
use std::time::Instant;

use brc_benches::clock::{median, timed};

use super::driver::{Figures, PEAK, on_a_deep_stack, peak, process_time};
use super::{Collector, tally};

/// Handles that are touched before a collection.
pub(crate) const TOUCHED: usize = 1000;

/// How often a quick thing is measured in one process.
const TIMES: usize = 9;

/// Numbers that look random, the same in every run (SplitMix64).
#[derive(Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One of `0..end`.
    #[inline]
    pub(crate) fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.next()) * end as u128) >> 64) as usize
    }
}

/// Fails if any of `made` objects lives on, though nothing holds any; of another
/// crate's collector, only says so.
fn all_die<C: Collector>(m: &mut C::Mutator, made: u64) {
    // Some collectors take a second look at what other threads handed over.
    for _ in 0..3 {
        if tally::dead() < made {
            C::collect(m);
        }
    }
    if C::COLLECTS {
        let dead = tally::dead();
        if C::OURS {
            assert_eq!(dead, made, "objects that died, of all that were made");
        } else if dead != made {
            eprintln!("{} of {made} objects were never collected", made - dead);
        }
    }
}

/// The median time of a collection, in nanoseconds, each after a call of `before`.
fn collections<C: Collector>(
    m: &mut C::Mutator,
    mut before: impl FnMut(&mut C::Mutator, usize),
) -> f64 {
    let mut samples: Vec<f64> = (0..TIMES)
        .map(|time| {
            before(m, time);
            timed(|| C::collect(m)) as f64
        })
        .collect();
    median(&mut samples)
}

// ----------------------------------------------------------------------- pairs

/// Two nodes that point to each other; a handle to one of them.
fn pair<C: Collector>(m: &mut C::Mutator, value: u64) -> C::Ptr {
    let a = C::node(m, value, [None, None, None]);
    let b = C::node(m, value, [Some(a.clone()), None, None]);
    C::set_link(m, &a, 0, Some(b));
    a
}

fn make_and_drop_pairs<C: Collector>(m: &mut C::Mutator, objects: usize) {
    for i in 0..objects / 2 {
        drop(pair::<C>(m, i as u64));
        C::safepoint(m);
    }
    C::collect(m);
}

/// Cycles of two, dropped as they come, collected as the library sees fit.
pub(crate) fn pairs<C: Collector>(objects: usize) -> Figures {
    C::enter(|m| {
        let spent = timed(|| make_and_drop_pairs::<C>(m, objects));
        all_die::<C>(m, objects as u64);
        vec![("ns/object", spent as f64 / objects as f64)]
    })
}

// -------------------------------------------------------------- much that lives

/// Cycles of two that live on: what collections cost that free nothing.
pub(crate) fn live<C: Collector>(objects: usize) -> Figures {
    C::enter(|m| {
        let mut held = Vec::with_capacity(objects / 2);
        for i in 0..objects / 2 {
            held.push(pair::<C>(m, i as u64));
            C::safepoint(m);
        }
        C::by_hand();
        for a in &held {
            drop(a.clone());
            drop(C::link(m, a, 0));
        }
        let first = timed(|| C::collect(m)) as f64;
        let idle = collections::<C>(m, |_, _| ());
        let touched = collections::<C>(m, |_, time| touch(&held, time));
        let peak = peak();
        drop(held);
        all_die::<C>(m, objects as u64);
        vec![
            ("all touched, ns/object", first / objects as f64),
            ("nothing touched, µs", idle / 1e3),
            ("1000 touched, µs", touched / 1e3),
            (PEAK, peak),
        ]
    })
}

/// Clones and drops handles here and there, each time others.
fn touch<P: Clone>(held: &[P], time: usize) {
    let step = (held.len() / TOUCHED).max(1);
    for i in 0..TOUCHED.min(held.len()) {
        drop(held[(i * step + time) % held.len()].clone());
    }
}

/// How many nodes a small graph has.
const SMALL: usize = 4;

/// Rings of four with a chord each, that live on.
pub(crate) fn small<C: Collector>(objects: usize) -> Figures {
    let graphs = objects / SMALL;
    C::enter(|m| {
        let mut held = Vec::with_capacity(graphs);
        for i in 0..graphs as u64 {
            let first = C::node(m, i, [None, None, None]);
            let mut last = first.clone();
            for _ in 1..SMALL {
                last = C::node(m, i, [Some(last), Some(first.clone()), None]);
            }
            C::set_link(m, &first, 0, Some(last));
            held.push(first);
            C::safepoint(m);
        }
        C::by_hand();
        C::collect(m);
        let touched = collections::<C>(m, |_, time| touch(&held, time));
        let peak = peak();
        drop(held);
        all_die::<C>(m, (graphs * SMALL) as u64);
        vec![("1000 touched, µs", touched / 1e3), (PEAK, peak)]
    })
}

// ----------------------------------------------------------------------- trees

/// The depth of the least trees, and how the depths of the trees go up.
const LEAST: u32 = 4;

/// The trees of the benchmark: how many of which depth, all of about the same
/// number of nodes together.
pub(crate) fn tree_sizes(depth: u32) -> impl Iterator<Item = (u32, u32)> {
    (LEAST..=depth).step_by(LEAST as usize).map(move |d| (1 << (depth - d + LEAST), d))
}

/// The nodes of a full tree.
pub(crate) fn tree_nodes(depth: u32) -> u64 {
    (1 << (depth + 1)) - 1
}

fn tree<C: Collector>(m: &mut C::Mutator, depth: u32, parents: bool) -> C::Ptr {
    if depth == 0 {
        return C::node(m, 1, [None, None, None]);
    }
    let left = tree::<C>(m, depth - 1, parents);
    let right = tree::<C>(m, depth - 1, parents);
    if !parents {
        return C::node(m, 1, [Some(left), Some(right), None]);
    }
    let node = C::node(m, 1, [Some(left.clone()), Some(right.clone()), None]);
    C::set_link(m, &left, 2, Some(node.clone()));
    C::set_link(m, &right, 2, Some(node.clone()));
    node
}

/// Makes trees, walks each and drops it, beside one that lives on. Returns the
/// number of nodes.
fn grow_trees<C: Collector>(m: &mut C::Mutator, depth: u32, parents: bool) -> u64 {
    let mut nodes = 0;
    let mut grow = |m: &mut C::Mutator, depth| {
        let tree = tree::<C>(m, depth, parents);
        let sum = C::sum(m, &tree);
        assert_eq!(sum, tree_nodes(depth), "the tree is whole");
        nodes += sum;
        tree
    };
    drop(grow(m, depth + 1));
    let long_lived = grow(m, depth);
    for (trees, depth) in tree_sizes(depth) {
        for _ in 0..trees {
            drop(grow(m, depth));
            C::safepoint(m);
        }
    }
    drop(long_lived);
    C::collect(m);
    nodes
}

/// Binary trees, which counting alone would free.
pub(crate) fn trees<C: Collector>(depth: usize) -> Figures {
    one_forest::<C>(depth, false)
}

/// Binary trees whose nodes point to their parents.
pub(crate) fn parents<C: Collector>(depth: usize) -> Figures {
    one_forest::<C>(depth, true)
}

fn one_forest<C: Collector>(depth: usize, parents: bool) -> Figures {
    C::enter(|m| {
        let mut nodes = 0;
        let spent = timed(|| nodes = grow_trees::<C>(m, depth as u32, parents));
        all_die::<C>(m, nodes);
        vec![("ns/node", spent as f64 / nodes as f64)]
    })
}

// ----------------------------------------------------------------------- lists

/// How many nodes a list has, and how many of them are unlinked.
pub(crate) const LIST: (usize, usize) = (1000, 300);

const NEXT: usize = 0;
const PREVIOUS: usize = 1;

fn list<C: Collector>(m: &mut C::Mutator, random: &mut Random) {
    let mut nodes: Vec<C::Ptr> = Vec::with_capacity(LIST.0);
    for i in 0..LIST.0 {
        let previous = nodes.last().cloned();
        let node = C::node(m, i as u64, [None, previous.clone(), None]);
        if let Some(previous) = previous {
            C::set_link(m, &previous, NEXT, Some(node.clone()));
        }
        nodes.push(node);
    }
    for _ in 0..LIST.1 {
        let node = nodes.swap_remove(random.below(nodes.len()));
        let (next, previous) = (C::link(m, &node, NEXT), C::link(m, &node, PREVIOUS));
        if let Some(next) = &next {
            C::set_link(m, next, PREVIOUS, previous.clone());
        }
        if let Some(previous) = previous {
            C::set_link(m, &previous, NEXT, next);
        }
        C::set_link(m, &node, NEXT, None);
        C::set_link(m, &node, PREVIOUS, None);
    }
}

/// Lists linked both ways, of which nodes are unlinked at random.
pub(crate) fn lists<C: Collector>(lists: usize) -> Figures {
    let nodes = lists * LIST.0;
    C::enter(|m| {
        let mut random = Random(1);
        let spent = timed(|| {
            for _ in 0..lists {
                list::<C>(m, &mut random);
                C::safepoint(m);
            }
            C::collect(m);
        });
        all_die::<C>(m, nodes as u64);
        vec![("ns/node", spent as f64 / nodes as f64)]
    })
}

// -------------------------------------------------------------------- mutation

const HUBS: usize = 50;

fn remove_random<T>(from: &mut Vec<T>, random: &mut Random) -> Option<T> {
    (!from.is_empty()).then(|| from.swap_remove(random.below(from.len())))
}

/// A graph that changes at random, as in dumpster's own benchmark: with the same
/// odds a new hub, a new link, a handle less, or a link less.
pub(crate) fn mutate<C: Collector>(steps: usize) -> Figures {
    C::enter(|m| {
        let mut random = Random(12345);
        let mut held: Vec<_> = (0..HUBS).map(|_| C::hub(m)).collect();
        let mut made = HUBS;
        let spent = timed(|| {
            for _ in 0..steps {
                match random.below(4) {
                    _ if held.is_empty() => {
                        held.push(C::hub(m));
                        made += 1;
                    }
                    0 => {
                        held.push(C::hub(m));
                        made += 1;
                    }
                    1 => {
                        let (from, to) = (random.below(held.len()), random.below(held.len()));
                        let to = held[to].clone();
                        C::with_hub(m, &held[from], |links| links.push(to));
                    }
                    2 => drop(remove_random(&mut held, &mut random)),
                    _ => {
                        let from = random.below(held.len());
                        C::with_hub(m, &held[from], |links| {
                            drop(remove_random(links, &mut random));
                        });
                    }
                }
                C::safepoint(m);
            }
            held.clear();
            C::collect(m);
        });
        all_die::<C>(m, made as u64);
        vec![("ns/step", spent as f64 / steps as f64)]
    })
}

// ----------------------------------------------------------------- two threads

const THREADS: usize = 2;

/// What [`THREADS`] threads do at once: processor time and time on the clock, in
/// nanoseconds, and what they return.
fn at_once<R: Send>(work: impl Fn(usize) -> R + Sync) -> (f64, f64, Vec<R>) {
    let (cpu, start) = (process_time(), Instant::now());
    let results = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|i| {
                let work = &work;
                on_a_deep_stack(scope, move || {
                    tally::this_thread_is(1 + i);
                    work(i)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    let (wall, cpu) = (start.elapsed().as_nanos() as f64, process_time() - cpu);
    (cpu as f64, wall, results)
}

fn both((cpu, wall, divisor): (f64, f64, f64), of: [&'static str; 2]) -> Figures {
    vec![(of[0], cpu / divisor), (of[1], wall / divisor)]
}

/// As [`pairs`], by two threads that share the objects' heap, half each.
pub(crate) fn pairs2<C: Collector>(objects: usize) -> Figures {
    let each = objects / THREADS;
    let (cpu, wall, _) = at_once(|_| C::enter(|m| make_and_drop_pairs::<C>(m, each)));
    C::enter(|m| all_die::<C>(m, (each * THREADS) as u64));
    both((cpu, wall, objects as f64), ["CPU ns/object", "wall ns/object"])
}

/// As [`trees`], by two threads, the whole each.
pub(crate) fn trees2<C: Collector>(depth: usize) -> Figures {
    let (cpu, wall, nodes) = at_once(|_| C::enter(|m| grow_trees::<C>(m, depth as u32, false)));
    let nodes = nodes.iter().sum();
    C::enter(|m| all_die::<C>(m, nodes));
    both((cpu, wall, nodes as f64), ["CPU ns/node", "wall ns/node"])
}

/// Locks, at a safepoint if it must wait: two threads hold such locks when they
/// pass safepoints.
fn lock<'a, C: Collector, T>(m: &mut C::Mutator, mutex: &'a Mutex<T>) -> MutexGuard<'a, T> {
    match mutex.try_lock() {
        Ok(guard) => guard,
        Err(TryLockError::WouldBlock) => {
            C::blocking(m, || mutex.lock().expect("nobody panics in a section"))
        }
        Err(TryLockError::Poisoned(_)) => panic!("nobody panics in a section"),
    }
}

/// One thread's part of [`mutate2`]. Returns how many hubs it made.
fn mutate_bags<C: Collector>(
    m: &mut C::Mutator,
    bags: &[Mutex<Vec<C::Hub>>],
    steps: usize,
    random: &mut Random,
) -> usize {
    let mut made = 0;
    for _ in 0..steps {
        let i = random.below(bags.len());
        match random.below(4) {
            0 => {
                let hub = C::hub(m);
                lock::<C, _>(m, &bags[i]).push(hub);
                made += 1;
            }
            1 => {
                let j = random.below(bags.len());
                // The lower one first, so that nobody waits in a circle.
                let low = lock::<C, _>(m, &bags[i.min(j)]);
                let high = (i != j).then(|| lock::<C, _>(m, &bags[i.max(j)]));
                let high = high.as_deref().unwrap_or(&*low);
                if !low.is_empty() && !high.is_empty() {
                    let from = &low[random.below(low.len())];
                    let to = high[random.below(high.len())].clone();
                    C::with_hub(m, from, |links| links.push(to));
                }
            }
            2 => {
                let mut bag = lock::<C, _>(m, &bags[i]);
                drop(remove_random(&mut bag, random));
            }
            _ => {
                let bag = lock::<C, _>(m, &bags[i]);
                if !bag.is_empty() {
                    C::with_hub(m, &bag[random.below(bag.len())], |links| {
                        drop(remove_random(links, random));
                    });
                }
            }
        }
        C::safepoint(m);
    }
    made
}

/// As [`mutate`], by two threads on one graph, half the steps each.
pub(crate) fn mutate2<C: Collector>(steps: usize) -> Figures
where
    C::Hub: Send,
{
    const BAGS: usize = 10 * THREADS;
    let bags: Vec<Mutex<Vec<C::Hub>>> = C::enter(|m| {
        (0..BAGS).map(|_| Mutex::new((0..HUBS).map(|_| C::hub(m)).collect())).collect()
    });
    let (cpu, wall, made) = at_once(|i| {
        let mut random = Random(12345 + i as u64);
        C::enter(|m| mutate_bags::<C>(m, &bags, steps / THREADS, &mut random))
    });
    C::enter(|m| {
        drop(bags);
        all_die::<C>(m, (BAGS * HUBS + made.iter().sum::<usize>()) as u64);
    });
    both((cpu, wall, steps as f64), ["CPU ns/step", "wall ns/step"])
}
