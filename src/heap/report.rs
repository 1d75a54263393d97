//! The graph of objects as a picture, and the end of the heap.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::io::{self, Write};
use std::iter;
use std::ptr::NonNull;

use super::config;
use crate::blocks::{BlockSource, Blocks};
use crate::gc::{
    DEAD, Object, counted_in_word, forget_once, merge, merge_counts, pending, release,
    release_weak, settle, strong_count, undefer_for_good,
};
use crate::stw::{Mutator, Record, Stopped, world};
use crate::sync;
use crate::trace::Tracer;
use crate::{collect, deferred};

/// The graph of all objects at one moment, from [`Mutator::snapshot`].
///
/// # Examples
///
/// ```
/// use brc::heap;
///
/// heap::attach(|m| {
///     let inner = m.alloc(1_u8);
///     let outer = m.alloc(vec![inner]);
///     let mut dot = Vec::new();
///     m.snapshot().write_dot(&mut dot).unwrap();
///     let dot = String::from_utf8(dot).unwrap();
///     assert!(dot.contains("Vec<brc::gc::Gc<u8>>"));
/// })
/// .unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Snapshot {
    objects: Vec<Entry>,
    /// Indices of who refers, and to what.
    edges: Vec<(usize, usize)>,
}

#[derive(Clone, Debug)]
struct Entry {
    address: usize,
    type_name: &'static str,
    bytes: usize,
    /// `None`: immortal.
    references: Option<usize>,
    /// Those that are in other objects.
    inside: usize,
}

impl Entry {
    /// References from outside of the heap, or from what cannot be traced.
    fn outside(&self) -> usize {
        self.references.map_or(0, |references| references.saturating_sub(self.inside))
    }
}

impl Snapshot {
    fn take(stopped: &Stopped<'_>) -> Self {
        // So that the words have all references to deferred objects.
        merge_counts(stopped);
        let mut found = Vec::new();
        let mut add = |block, _| {
            // SAFETY: every block of the source is that of an object.
            let object = unsafe { Object::in_block(block) };
            if !object.has(DEAD) {
                found.push(object);
            }
        };
        // SAFETY: the world is stopped, and unattached threads neither allocate
        // nor free.
        unsafe { Blocks::visit(&mut add) };
        let indices: HashMap<_, _> =
            found.iter().enumerate().map(|(index, object)| (object.payload(), index)).collect();
        let mut objects: Vec<_> = found.iter().map(|object| Entry::of(*object)).collect();
        deferred::for_each_uncounted(stopped, |object| {
            if let Some(&index) = indices.get(&object.payload()) {
                objects[index].references = objects[index].references.map(|count| count + 1);
            }
        });
        let mut edges = Vec::new();
        let mut targets: Vec<NonNull<()>> = Vec::new();
        for (from, object) in found.iter().enumerate() {
            // SAFETY: it is alive, and the world is stopped.
            unsafe { object.trace(&mut Tracer::new(&mut targets)) };
            for to in targets.drain(..).filter_map(|target| indices.get(&target).copied()) {
                objects[to].inside += 1;
                edges.push((from, to));
            }
        }
        Self { objects, edges }
    }

    /// How many objects there are.
    #[must_use]
    pub fn objects(&self) -> usize {
        self.objects.len()
    }

    /// How many references there are from object to object.
    #[must_use]
    pub fn edges(&self) -> usize {
        self.edges.len()
    }

    /// Objects that are referred to from outside of the heap, or by what the
    /// collector cannot see into, with how often.
    pub fn held(&self) -> impl Iterator<Item = Held> {
        self.objects.iter().filter(|entry| entry.outside() != 0).map(Held::of)
    }

    /// Writes the graph in the language of Graphviz: objects with their type and
    /// size, those that are held from outside with a bold frame, immortal ones
    /// with a double one.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write_dot(&self, mut out: impl Write) -> io::Result<()> {
        writeln!(out, "digraph heap {{\n  node [shape=box];")?;
        for (index, entry) in self.objects.iter().enumerate() {
            let style = match (entry.references, entry.outside()) {
                (None, _) => ", peripheries=2",
                (_, 0) => "",
                _ => ", style=bold",
            };
            let name = Escaped(entry.type_name);
            writeln!(out, "  n{index} [label=\"{name}\\n{} bytes\"{style}];", entry.bytes)?;
        }
        for (from, to) in &self.edges {
            writeln!(out, "  n{from} -> n{to};")?;
        }
        writeln!(out, "}}")
    }

    /// Writes the graph as JSON: `{"objects": [{"address", "type", "bytes",
    /// "references", "outside"}, ..], "edges": [[from, to], ..]}`, where edges are
    /// indices into `objects`, and `references` is `null` for immortal objects.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write_json(&self, mut out: impl Write) -> io::Result<()> {
        write!(out, "{{\"objects\":[")?;
        for (index, entry) in self.objects.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let references = entry.references.map_or("null".to_owned(), |n| n.to_string());
            write!(
                out,
                "{comma}\n{{\"address\":\"{:#x}\",\"type\":\"{}\",\"bytes\":{},\"references\":{references},\"outside\":{}}}",
                entry.address,
                Escaped(entry.type_name),
                entry.bytes,
                entry.outside(),
            )?;
        }
        write!(out, "],\n\"edges\":[")?;
        for (index, (from, to)) in self.edges.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(out, "{comma}[{from},{to}]")?;
        }
        writeln!(out, "]}}")
    }
}

/// Text within quotes, for both formats.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '"' | '\\' => write!(f, "\\{c}"),
            c if c.is_control() => write!(f, "\\u{:04x}", u32::from(c)),
            c => write!(f, "{c}"),
        })
    }
}

impl Entry {
    fn of(object: Object) -> Self {
        let references = match object.deferred_id() {
            Some(_) => counted_in_word(object),
            None => strong_count(object),
        };
        Self {
            address: object.payload().addr().get(),
            type_name: (object.ty().name)(),
            bytes: object.bytes(),
            references: (references != usize::MAX).then_some(references),
            inside: 0,
        }
    }
}

/// An object that is referred to from outside of the heap.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Held {
    /// The payload's address.
    pub address: usize,
    /// The payload's type.
    pub type_name: &'static str,
    /// Bytes of its block.
    pub bytes: usize,
    /// References from outside.
    pub outside: usize,
    /// References from other objects.
    pub inside: usize,
}

impl Held {
    fn of(entry: &Entry) -> Self {
        Self {
            address: entry.address,
            type_name: entry.type_name,
            bytes: entry.bytes,
            outside: entry.outside(),
            inside: entry.inside,
        }
    }
}

impl Mutator {
    /// A picture of all objects and the references between them.
    ///
    /// Stops the world, for some hundred nanoseconds an object, and takes memory
    /// for each. For tests and people.
    ///
    /// # Panics
    ///
    /// With what a [`trace`](crate::Trace::trace) panics with.
    pub fn snapshot(&mut self) -> Snapshot {
        let stopped = world().stop(Some(self.record()), &config::report_stall);
        Snapshot::take(&stopped)
    }
}

/// What was still alive when the heap was shut down.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// Objects that are referred to from outside, which keep all others alive
    /// that are: a handle somewhere was not dropped, or a cycle goes through
    /// something that cannot be traced, such as an `Arc`.
    pub held: Vec<Held>,
    /// All living objects that are not immortal.
    pub objects: usize,
    /// Their bytes.
    pub bytes: usize,
}

impl fmt::Display for ShutdownReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { held, objects, bytes } = self;
        writeln!(f, "{objects} objects of {bytes} bytes are alive, held by {}:", held.len())?;
        for Held { address, type_name, bytes, outside, inside } in held {
            writeln!(
                f,
                "  {type_name} at {address:#x} ({bytes} bytes): \
                 {outside} references from outside, {inside} from objects"
            )?;
        }
        Ok(())
    }
}

/// Why the heap could not be shut down. It goes on as before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ShutdownError {
    /// Threads are attached, or detached inside of `attach`; the calling one
    /// may be among them.
    Attached {
        /// How many.
        threads: usize,
    },
    /// It is shut down already.
    ShutDown,
}

impl fmt::Display for ShutdownError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attached { threads } => {
                write!(f, "{threads} threads are still attached to the heap: join them first")
            }
            Self::ShutDown => f.write_str("the heap is shut down already"),
        }
    }
}

impl Error for ShutdownError {}

/// Ends the heap: collects everything once more, and reports what is still alive.
///
/// Nobody can attach after this. Handles that are left can be cloned and dropped;
/// the last drop of an object destroys it where it happens, without its
/// finalizer and without weak callbacks, and [`stats`](super::stats()) does not see
/// it. Cycles that are left stay.
///
/// For programs that want to see what they leak, and those that want every
/// finalizer to have run. Without it the heap simply ends with the process.
///
/// # Errors
///
/// If a thread is attached. Nothing is done then, or only a collection.
///
/// # Panics
///
/// As [`Mutator::collect`]; the heap is then not shut down.
///
/// # Examples
///
/// ```
/// use brc::heap;
///
/// let kept = heap::attach(|m| m.alloc(7_u64)).unwrap();
/// let report = heap::shutdown().unwrap();
/// assert_eq!(report.held[0].type_name, "u64");
/// assert!(heap::attach(|_| ()).is_err());
/// drop(kept);
/// ```
pub fn shutdown() -> Result<ShutdownReport, ShutdownError> {
    let threads = world().mutators();
    if threads != 0 {
        return Err(ShutdownError::Attached { threads });
    }
    super::attach(|m| {
        for patient in (0..MOST_TRIES).map(|n| n + 1 < MOST_TRIES).chain(iter::repeat(false)) {
            // Unattached threads may have left something, and not have asked yet.
            m.record().ask();
            m.collect_full();
            if let Some(result) = try_close(m, patient) {
                return result;
            }
        }
        unreachable!("the iterator is endless")
    })
    .unwrap_or_else(|error| match error {
        super::AttachError::ShutDown => Err(ShutdownError::ShutDown),
        super::AttachError::AlreadyAttached => {
            Err(ShutdownError::Attached { threads: world().mutators() })
        }
    })
}

/// How often a shutdown collects what unattached threads let go of meanwhile.
const MOST_TRIES: usize = 16;

/// Closes the heap, unless a thread is attached or something is left to do.
/// Candidates are left to do if it is `patient`.
fn try_close(m: &mut Mutator, patient: bool) -> Option<Result<ShutdownReport, ShutdownError>> {
    let stopped = world().stop(Some(m.record()), &config::report_stall);
    let threads = world().mutators() - 1;
    if threads != 0 {
        return Some(Err(ShutdownError::Attached { threads }));
    }
    let waits = |record: &&Record| record.queue_length() != 0 || record.shelved() != 0;
    let queued = stopped.records().iter().any(waits);
    if queued || world().retired() != 0 || (patient && collect::has_candidates(&stopped)) {
        return None;
    }
    // This runs user code, which may panic: nothing is changed yet.
    let snapshot = Snapshot::take(&stopped);
    let mut candidates = collect::forget_candidates(&stopped);
    let mut orphans = Vec::new();
    let mut list = sync::lock(pending());
    let idle = list.references.is_empty() && list.weak.is_empty();
    if idle {
        merge_counts(&stopped);
        deferred::count_stacks(&stopped);
        let mut merge_one = |block, _| {
            // SAFETY: every block of the source is that of an object.
            let object = unsafe { Object::in_block(block) };
            if object.has(DEAD) {
            } else if object.deferred_id().is_some() {
                if undefer_for_good(&stopped, object) {
                    orphans.push(object);
                }
            } else {
                merge(object);
            }
        };
        // SAFETY: the world is stopped, and unattached threads neither allocate
        // nor free as long as the list is not closed, which is locked.
        unsafe { Blocks::visit(&mut merge_one) };
        // From now on unattached threads destroy, and look at what was changed
        // before this.
        list.closed = true;
        candidates.append(&mut forget_once());
        for address in std::mem::take(&mut list.candidates) {
            // SAFETY: the entry keeps the memory.
            candidates.push(unsafe { Object::at(address) });
        }
    }
    drop(list);
    drop(stopped);
    candidates.into_iter().for_each(release_weak);
    orphans.into_iter().for_each(release);
    // What is left for this thread is the last; what becomes a candidate by that, and by
    // the above, nobody will look at.
    m.record().ask();
    settle(m.record());
    collect::forget_own_candidates(m);
    if !idle {
        return None;
    }
    let mortal = snapshot.objects.iter().filter(|entry| entry.references.is_some());
    let (objects, bytes) = mortal.fold((0, 0), |(n, bytes), entry| (n + 1, bytes + entry.bytes));
    Some(Ok(ShutdownReport { held: snapshot.held().collect(), objects, bytes }))
}
