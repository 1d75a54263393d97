//! A directed graph in the heap: several threads load it, parts of it are let go,
//! and the heap says what became of them.
//!
//! A node refers to the nodes that its edges lead to, and those may lead back. When
//! the last handle from outside to a part of the graph goes away, counting frees at
//! once what no cycle refers to; the collector frees the rest.
//!
//! ```console
//! cargo run --release --features gc --example graph
//! cargo run --release --features gc --example graph -- --threads 8 web-Google.txt
//! cargo run --features gc --example graph -- --nodes 40 --dot graph.dot && dot -Tsvg -O graph.dot
//! ```

mod input;

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use std::{env, thread};

use brc::heap::{self, AttachError, Snapshot, Stats};
use brc::{Gc, Locked, Mutator, Trace};
use input::Options;

/// What the heap holds. `derive(Trace)` tells the collector where the handles are.
#[derive(Trace)]
struct Node {
    out: Vec<NodeRef>,
}

/// A counted handle; `Locked` lets whoever has the node's lock change it.
type NodeRef = Gc<Locked<Node>>;

/// The nodes by id, which is what keeps them alive: a handle can be anywhere. In
/// parts, each with a lock, so that threads seldom wait for each other.
struct Nodes<'a>(Vec<Mutex<HashMap<&'a str, NodeRef>>>);

impl<'a> Nodes<'a> {
    fn new() -> Self {
        Self((0..64).map(|_| Mutex::default()).collect())
    }

    /// The node of that id, made now if it is the first time.
    fn get(&self, id: &'a str, m: &Mutator) -> NodeRef {
        let hash = id.bytes().fold(0, |hash: usize, byte| hash.wrapping_mul(31) + byte as usize);
        // Nobody passes a safepoint with this lock, so it is short: no need to detach.
        let mut part = lock(&self.0[hash % self.0.len()]);
        let new = || m.alloc(Locked::new(Node { out: Vec::new() }));
        part.entry(id).or_insert_with(new).clone()
    }

    /// All nodes, in an order that does not depend on which thread was first.
    fn into_sorted(self) -> Vec<NodeRef> {
        let parts = self.0.into_iter();
        let maps = parts.map(|part| part.into_inner().unwrap_or_else(PoisonError::into_inner));
        let mut nodes: Vec<_> = maps.flatten().collect();
        nodes.sort_by_key(|(id, _)| (id.len(), *id));
        nodes.into_iter().map(|(_, node)| node).collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts the edges into the heap, with several threads.
fn load<'a>(edges: &[(&'a str, &'a str)], threads: usize) -> Result<Vec<NodeRef>, AttachError> {
    let nodes = Nodes::new();
    let load_part = |part: &[(&'a str, &'a str)]| {
        // A thread has to be attached to look at objects. Handles outlive that.
        heap::attach(|m| {
            for &(from, to) in part {
                let (from, to) = (nodes.get(from, m), nodes.get(to, m));
                m.lock(&from).out.push(to);
                // Here the world may stop, and collections happen.
                m.safepoint();
            }
        })
    };
    thread::scope(|s| {
        let parts = edges.chunks(edges.len().div_ceil(threads));
        let loaders: Vec<_> = parts.map(|part| s.spawn(|| load_part(part))).collect();
        loaders.into_iter().try_for_each(|loader| loader.join().expect("a loader panicked"))
    })?;
    Ok(nodes.into_sorted())
}

/// Every node that can be reached from one.
fn reach(root: &NodeRef, m: &mut Mutator) -> Vec<NodeRef> {
    let mut seen = HashSet::from([root.as_ptr()]);
    let mut found = vec![root.clone()];
    let mut next = 0;
    while next < found.len() {
        let node = m.lock(&found[next]);
        let new = |target: &&NodeRef| seen.insert(target.as_ptr());
        let targets: Vec<_> = node.out.iter().filter(new).cloned().collect();
        drop(node);
        found.extend(targets);
        next += 1;
    }
    found
}

/// Collects, and says in a line what died since `before`, and how.
fn report(what: &str, before: &Stats, m: &mut Mutator) -> Stats {
    let collected = m.collect();
    let now = heap::stats();
    // Safepoints may have collected before that.
    let by_collecting = now.collected_objects - before.collected_objects;
    let by_counting = now.freed_objects - before.freed_objects - by_collecting;
    let longest = collected.pauses.iter().max().copied().unwrap_or_default();
    println!(
        "{what:<28} {:>9} {by_counting:>12} {by_collecting:>14} {longest:>14.1?}",
        now.objects
    );
    now
}

/// Lets the graph go, part by part. Returns what was left after the cut.
fn let_go(nodes: Vec<NodeRef>, m: &mut Mutator) -> Snapshot {
    println!(
        "{:28} {:>9} {:>12} {:>14} {:>14}",
        "", "alive", "by counting", "by collecting", "pause"
    );
    let stats = report("loaded", &heap::stats(), m);

    let mut nodes = nodes.into_iter();
    let root = nodes.next().expect("a graph with edges has nodes");
    for node in nodes {
        // The last handle to a node that no other refers to: it dies here.
        drop(node);
        m.safepoint();
    }
    let stats = report("all but the first let go", &stats, m);

    for node in reach(&root, m).into_iter().skip(1).step_by(12) {
        m.lock(&node).out.clear();
    }
    let stats = report("every 12th node cut off", &stats, m);
    let left = m.snapshot();

    // A weak handle does not keep its object, and sees whether it is alive.
    let witness = root.downgrade(m);
    drop(root);
    report("the first let go", &stats, m);
    assert!(witness.upgrade(m).is_none(), "a cycle that nobody refers to is collected");
    left
}

fn write(path: &str, f: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> Result<(), String> {
    let all = || {
        let mut out = BufWriter::new(File::create(path)?);
        f(&mut out)?;
        out.flush()
    };
    all().map_err(|error| format!("cannot write {path}: {error}"))
}

fn run(options: &Options) -> Result<(), String> {
    let (name, text) = match &options.file {
        Some(path) => {
            let text = fs::read_to_string(path);
            (&**path, text.map_err(|error| format!("cannot read {path}: {error}"))?)
        }
        None => ("the made-up graph", input::make_up(options.nodes)),
    };
    let edges = input::parse(name, &text)?;

    let start = Instant::now();
    let nodes = load(&edges, options.threads).map_err(|error| error.to_string())?;
    let (n, e, threads) = (nodes.len(), edges.len(), options.threads);
    println!("{n} nodes and {e} edges, loaded by {threads} threads in {:.0?}\n", start.elapsed());

    let left = heap::attach(|m| let_go(nodes, m)).map_err(|error| error.to_string())?;
    let stats = heap::stats();
    let (pauses, collections) = (&stats.pauses, stats.collections);
    let (half, max) = (pauses.percentile(50.0), pauses.max());
    println!(
        "\n{collections} collections, {} pauses: half within {half:.1?}, the longest {max:.1?}",
        pauses.count()
    );

    println!("left after the cut: {} objects, {} edges", left.objects(), left.edges());
    if let Some(path) = &options.dot {
        write(path, |out| left.write_dot(out))?;
    }
    if let Some(path) = &options.json {
        write(path, |out| left.write_json(out))?;
    }
    Ok(())
}

fn main() -> ExitCode {
    let (message, code) = match Options::read(env::args().skip(1)) {
        Ok(Some(options)) => match run(&options) {
            Ok(()) => return ExitCode::SUCCESS,
            Err(message) => (message, 1),
        },
        Ok(None) => {
            println!("{}", input::USAGE);
            return ExitCode::SUCCESS;
        }
        Err(message) => (format!("{message}\n\n{}", input::USAGE), 2),
    };
    eprintln!("graph: {message}");
    ExitCode::from(code)
}
