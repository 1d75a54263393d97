//! The loads of one thread for `gc-arena`, whose pointers live inside of calls.
//!
//! There is no touching, since handles are not counted, and no graph that
//! changes at random.

use brc_benches::clock::{median, timed};
use gc_arena::barrier::field;
use gc_arena::{Arena, Collect, Gc, Lock, Mutation, Rootable};

use super::driver::{Figures, PEAK, peak};
use super::loads::{LIST, Random, tree_nodes, tree_sizes};
use super::tally::{self, Tally};

#[derive(Collect)]
#[collect(no_drop)]
struct Node<'gc> {
    value: u64,
    links: [Lock<Option<Gc<'gc, Node<'gc>>>>; 3],
    #[collect(require_static)]
    _tally: Tally,
}

type Ptr<'gc> = Gc<'gc, Node<'gc>>;

/// The root is a vector of pointers.
type Heap = Arena<Rootable![Vec<Ptr<'_>>]>;

fn heap() -> Heap {
    Arena::new(|_| Vec::new())
}

fn node<'gc>(m: &Mutation<'gc>, value: u64, links: [Option<Ptr<'gc>>; 3]) -> Ptr<'gc> {
    Gc::new(m, Node { value, links: links.map(Lock::new), _tally: Tally })
}

fn set_link<'gc>(m: &Mutation<'gc>, node: Ptr<'gc>, index: usize, to: Option<Ptr<'gc>>) {
    field!(Gc::write(m, node), Node, links)[index].unlock().set(to);
}

fn all_die(mut heap: Heap, made: u64) {
    heap.mutate_root(|_, root| root.clear());
    heap.finish_cycle();
    heap.finish_cycle();
    assert_eq!(tally::dead(), made, "objects that died, of all that were made");
}

fn pair<'gc>(m: &Mutation<'gc>, value: u64) -> Ptr<'gc> {
    let a = node(m, value, [None, None, None]);
    let b = node(m, value, [Some(a), None, None]);
    set_link(m, a, 0, Some(b));
    a
}

pub(crate) fn pairs(objects: usize) -> Figures {
    let mut heap = heap();
    let spent = timed(|| {
        for i in 0..objects / 2 {
            heap.mutate(|m, _| {
                pair(m, i as u64);
            });
            heap.collect_debt();
        }
        heap.finish_cycle();
    });
    all_die(heap, objects as u64);
    vec![("ns/object", spent as f64 / objects as f64)]
}

pub(crate) fn live(objects: usize) -> Figures {
    let mut heap = heap();
    for i in 0..objects / 2 {
        heap.mutate_root(|m, root| root.push(pair(m, i as u64)));
        heap.collect_debt();
    }
    heap.finish_cycle();
    let mut idle: Vec<f64> = (0..5).map(|_| timed(|| heap.finish_cycle()) as f64).collect();
    let (idle, peak) = (median(&mut idle), peak());
    all_die(heap, objects as u64);
    vec![
        ("all touched, ns/object", idle / objects as f64),
        ("nothing touched, µs", idle / 1e3),
        (PEAK, peak),
    ]
}

fn tree<'gc>(m: &Mutation<'gc>, depth: u32, parents: bool) -> Ptr<'gc> {
    if depth == 0 {
        return node(m, 1, [None, None, None]);
    }
    let children = [tree(m, depth - 1, parents), tree(m, depth - 1, parents)];
    let node = node(m, 1, [Some(children[0]), Some(children[1]), None]);
    if parents {
        children.iter().for_each(|child| set_link(m, *child, 2, Some(node)));
    }
    node
}

fn sum(tree: Ptr<'_>) -> u64 {
    let below: u64 = tree.links[..2].iter().map(|link| link.get().map_or(0, sum)).sum();
    below + tree.value
}

fn grow<'gc>(m: &Mutation<'gc>, depth: u32, parents: bool) -> Ptr<'gc> {
    let tree = tree(m, depth, parents);
    assert_eq!(sum(tree), tree_nodes(depth), "the tree is whole");
    tree
}

fn forest(depth: u32, parents: bool) -> Figures {
    let mut heap = heap();
    let mut nodes = tree_nodes(depth + 1) + tree_nodes(depth);
    let spent = timed(|| {
        heap.mutate(|m, _| {
            grow(m, depth + 1, parents);
        });
        heap.mutate_root(|m, root| root.push(grow(m, depth, parents)));
        for (trees, depth) in tree_sizes(depth) {
            for _ in 0..trees {
                heap.mutate(|m, _| {
                    grow(m, depth, parents);
                });
                heap.collect_debt();
            }
            nodes += u64::from(trees) * tree_nodes(depth);
        }
        heap.mutate_root(|_, root| root.clear());
        heap.finish_cycle();
    });
    all_die(heap, nodes);
    vec![("ns/node", spent as f64 / nodes as f64)]
}

pub(crate) fn trees(depth: usize) -> Figures {
    forest(depth as u32, false)
}

pub(crate) fn parents(depth: usize) -> Figures {
    forest(depth as u32, true)
}

fn list(m: &Mutation<'_>, random: &mut Random) {
    let mut nodes: Vec<Ptr<'_>> = Vec::with_capacity(LIST.0);
    for i in 0..LIST.0 {
        let previous = nodes.last().copied();
        let node = node(m, i as u64, [None, previous, None]);
        if let Some(previous) = previous {
            set_link(m, previous, 0, Some(node));
        }
        nodes.push(node);
    }
    for _ in 0..LIST.1 {
        let node = nodes.swap_remove(random.below(nodes.len()));
        let (next, previous) = (node.links[0].get(), node.links[1].get());
        if let Some(next) = next {
            set_link(m, next, 1, previous);
        }
        if let Some(previous) = previous {
            set_link(m, previous, 0, next);
        }
        set_link(m, node, 0, None);
        set_link(m, node, 1, None);
    }
}

pub(crate) fn lists(lists: usize) -> Figures {
    let nodes = lists * LIST.0;
    let mut heap = heap();
    let mut random = Random(1);
    let spent = timed(|| {
        for _ in 0..lists {
            heap.mutate(|m, _| list(m, &mut random));
            heap.collect_debt();
        }
        heap.finish_cycle();
    });
    all_die(heap, nodes as u64);
    vec![("ns/node", spent as f64 / nodes as f64)]
}
