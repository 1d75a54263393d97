//! Starts a process for each load of each collector, in turns, and gathers what
//! they measured.

use std::fs;
use std::io::Write as _;
use std::process::{Command, ExitCode, Stdio};
use std::thread::{self, Scope, ScopedJoinHandle};

use brc_benches::clock::median;

use super::cells::{
    BaconRajan, BoaGc, DumpsterSync, DumpsterUnsync, RustCc, RustGc, StdArc, StdRc,
};
#[cfg(feature = "brc-heap")]
use super::heap;
use super::{arena, loads, plot, report};

/// What a load measured: names, with units, and values.
pub(crate) type Figures = Vec<(&'static str, f64)>;

/// The collectors, in the order of the tables.
pub(crate) static COLLECTORS: &[&str] = &[
    "brc",
    "brc (Mutex)",
    "rust-cc",
    "gc",
    "boa_gc",
    "gc-arena",
    "bacon_rajan_cc",
    "dumpster::unsync",
    "dumpster::sync",
    "Rc",
    "Arc",
];

/// A load and its sizes.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) sizes: &'static [usize],
    brief: &'static [usize],
    /// At most so many rounds.
    rounds: usize,
}

const fn load(
    name: &'static str,
    about: &'static str,
    sizes: &'static [usize],
    brief: &'static [usize],
) -> Load {
    Load { name, about, sizes, brief, rounds: usize::MAX }
}

/// The loads, in the order of the tables.
pub(crate) static LOADS: &[Load] = &[
    load(
        "pairs",
        "10⁶ objects in cycles of two, dropped as they come, collected as the library sees fit: building, dropping and collecting.",
        &[1_000_000],
        &[2_000],
    ),
    load(
        "live",
        "10⁶ living objects in cycles of two, half of them held from a vector. Collections alone: after all were touched (cloned and dropped), after nothing, after 1000 were touched.",
        &[1_000_000],
        &[2_000],
    ),
    load(
        "small",
        "10⁶ living objects in rings of four with a chord each. Collections alone, after 1000 objects were touched.",
        &[1_000_000],
        &[4_000],
    ),
    load("trees", "Binary trees up to depth 16, made, walked and dropped: no cycles.", &[16], &[8]),
    load(
        "parents",
        "The same up to depth 14, each node with a pointer to its parent.",
        &[14],
        &[8],
    ),
    load(
        "lists",
        "1000 lists of 1000 nodes, linked both ways, 300 nodes of each unlinked at random.",
        &[1000],
        &[3],
    ),
    load(
        "mutate",
        "dumpster's benchmark: 10⁶ random steps, each a new object, a new link, a handle less or a link less.",
        &[1_000_000],
        &[5_000],
    ),
    load(
        "pairs, two threads",
        "`pairs` by two threads at once, half the objects each.",
        &[1_000_000],
        &[4_000],
    ),
    load(
        "trees, two threads",
        "`trees` up to depth 14 by two threads at once, the whole each.",
        &[14],
        &[8],
    ),
    load(
        "mutate, two threads",
        "`mutate` by two threads on one graph, half the steps each.",
        &[1_000_000],
        &[5_000],
    ),
    Load {
        rounds: 3,
        ..load(
            "growth",
            "`live`, by the number of living objects.",
            &[10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000],
            &[1_000, 3_000],
        )
    },
    load(
        "pauses",
        "Two threads make, link and drop cycles of two in a heap of 10⁶ living objects: the pauses of the world, and the longest that a thread spent in a safepoint, with what it destroyed there.",
        &[1_000_000],
        &[2_000],
    ),
    load(
        "stop",
        "A collection by hand while another thread runs from safepoint to safepoint: the world is stopped and started, and there is nothing to look at.",
        &[10_000],
        &[100],
    ),
];

/// Runs a load in this process. `None` if the collector cannot do it.
fn run(name: &str, collector: &str, size: usize) -> Option<Figures> {
    macro_rules! one_thread {
        ($c:ty) => {
            match name {
                "pairs" => loads::pairs::<$c>(size),
                "live" => loads::live::<$c>(size),
                "small" => loads::small::<$c>(size),
                "trees" => loads::trees::<$c>(size),
                "parents" => loads::parents::<$c>(size),
                "lists" => loads::lists::<$c>(size),
                "mutate" => loads::mutate::<$c>(size),
                "growth" => loads::live::<$c>(size),
                _ => return None,
            }
        };
    }
    macro_rules! threads {
        ($c:ty) => {
            match name {
                "pairs, two threads" => loads::pairs2::<$c>(size),
                "trees, two threads" => loads::trees2::<$c>(size),
                "mutate, two threads" => loads::mutate2::<$c>(size),
                _ => one_thread!($c),
            }
        };
    }
    // They would measure nothing, or for minutes.
    match (name, collector) {
        ("live" | "small" | "growth", "Rc" | "Arc") => return None,
        ("growth", "dumpster::unsync" | "dumpster::sync") if size > 1_000_000 => return None,
        _ => (),
    }
    Some(match collector {
        "rust-cc" => one_thread!(RustCc),
        "gc" => one_thread!(RustGc),
        "boa_gc" => one_thread!(BoaGc),
        "bacon_rajan_cc" => one_thread!(BaconRajan),
        "dumpster::unsync" => one_thread!(DumpsterUnsync),
        "dumpster::sync" => threads!(DumpsterSync),
        "Rc" => one_thread!(StdRc),
        "Arc" => threads!(StdArc),
        "gc-arena" => match name {
            "pairs" => arena::pairs(size),
            "live" | "growth" => arena::live(size),
            "trees" => arena::trees(size),
            "parents" => arena::parents(size),
            "lists" => arena::lists(size),
            _ => return None,
        },
        #[cfg(feature = "brc-heap")]
        "brc" => match name {
            "pauses" => heap::pauses(size),
            "stop" => heap::stop(size),
            _ => threads!(heap::BrcLocked),
        },
        #[cfg(feature = "brc-heap")]
        "brc (Mutex)" => threads!(heap::BrcMutex),
        _ => return None,
    })
}

// ------------------------------------------------------------ the measuring process

/// The processor time that this process has used, in nanoseconds.
pub(crate) fn process_time() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is where the answer goes.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    assert_eq!(failed, 0, "this system has no clock of processes");
    time.tv_sec.unsigned_abs() * 1_000_000_000 + time.tv_nsec.unsigned_abs()
}

/// The most memory that this process has used, in megabytes.
pub(crate) fn peak() -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("this system has /proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kilobytes: f64 = kilobytes.and_then(|n| n.parse().ok()).expect("proc(5)");
    kilobytes * 1024.0 / 1e6
}

/// Some collectors, and the destructors of most, call themselves.
pub(crate) fn on_a_deep_stack<'scope, R: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    f: impl FnOnce() -> R + Send + 'scope,
) -> ScopedJoinHandle<'scope, R> {
    let builder = thread::Builder::new().stack_size(1 << 30);
    builder.spawn_scoped(scope, f).expect("an address space of so many gigabytes")
}

/// Measures, and prints a name and a value per line; nothing if the collector
/// cannot do this.
fn measure(load: &str, collector: &str, size: usize) {
    let measured = thread::scope(|scope| {
        let thread = on_a_deep_stack(scope, || (run(load, collector, size), peak()));
        thread.join().expect("the load does not panic")
    });
    if let (Some(figures), peak) = measured {
        for (name, value) in &figures {
            println!("{name}\t{value}");
        }
        if !figures.iter().any(|(name, _)| *name == PEAK) {
            println!("{PEAK}\t{peak}");
        }
    }
}

/// The name of a figure that every load has; the load gives it itself if it has
/// more to do after what is measured.
pub(crate) const PEAK: &str = "peak MB";

// ------------------------------------------------------------- the gathering process

/// All that was measured of one load of one size with one collector.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) load: &'static Load,
    pub(crate) size: usize,
    pub(crate) collector: &'static str,
    /// Per figure the value of each round.
    samples: Vec<(String, Vec<f64>)>,
    /// Whether a process did not end well.
    pub(crate) failed: bool,
}

impl Case {
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.samples.iter().map(|(name, _)| name.as_str())
    }

    /// The median over the rounds.
    pub(crate) fn figure(&self, name: &str) -> Option<f64> {
        let (_, samples) = self.samples.iter().find(|(n, _)| n == name)?;
        Some(median(&mut samples.clone()))
    }

    /// Starts a process, and takes in what it prints. Returns that.
    fn measure(&mut self) -> Vec<(String, f64)> {
        let program = std::env::current_exe().expect("this program has a path");
        let output = Command::new(program)
            .args(["--measure", self.load.name, self.collector, &self.size.to_string()])
            .stderr(Stdio::inherit())
            .output()
            .expect("this program can be started");
        if !output.status.success() {
            eprintln!("{} {} {}: {}", self.load.name, self.collector, self.size, output.status);
            self.failed = true;
        }
        let text = String::from_utf8(output.stdout).expect("figures are text");
        let figures: Vec<(String, f64)> = text
            .lines()
            .filter_map(|line| line.split_once('\t'))
            .map(|(name, value)| (name.into(), value.parse().expect("a number")))
            .collect();
        for (name, value) in &figures {
            match self.samples.iter_mut().find(|(n, _)| n == name) {
                Some((_, samples)) => samples.push(*value),
                None => self.samples.push((name.clone(), vec![*value])),
            }
        }
        figures
    }

    fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }
}

struct Options {
    brief: bool,
    rounds: usize,
    only: Option<String>,
    collectors: Option<Vec<String>>,
    json: Option<String>,
    svg: Option<String>,
    /// Leave out how the targets are met.
    only_tables: bool,
}

const USAGE: &str = "usage: collect [--brief] [--rounds N] [--only PART-OF-A-LOAD]
               [--collectors A,B] [--only-tables] [--json PATH] [--svg PATH]";

impl Options {
    fn parse() -> Self {
        let mut options = Self {
            brief: false,
            rounds: 5,
            only: None,
            collectors: None,
            json: None,
            svg: None,
            only_tables: false,
        };
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            let mut value = || args.next().unwrap_or_else(|| panic!("{USAGE}"));
            match arg.as_str() {
                "--brief" => (options.brief, options.rounds) = (true, 1),
                "--rounds" => options.rounds = value().parse().expect(USAGE),
                "--only" => options.only = Some(value()),
                "--collectors" => {
                    options.collectors = Some(value().split(',').map(String::from).collect());
                }
                "--only-tables" => options.only_tables = true,
                "--json" => options.json = Some(value()),
                "--svg" => options.svg = Some(value()),
                _ => panic!("{USAGE}"),
            }
        }
        options
    }

    fn cases(&self) -> Vec<Case> {
        let wanted = |load: &&Load| self.only.as_ref().is_none_or(|only| load.name.contains(only));
        let chosen = |collector: &&&str| {
            self.collectors.as_ref().is_none_or(|all| all.iter().any(|one| one == **collector))
        };
        let mut cases = Vec::new();
        for load in LOADS.iter().filter(wanted) {
            for &size in if self.brief { load.brief } else { load.sizes } {
                for &collector in COLLECTORS.iter().filter(chosen) {
                    let (samples, failed) = (Vec::new(), false);
                    cases.push(Case { load, size, collector, samples, failed });
                }
            }
        }
        cases
    }
}

/// Measures and prints, as the command line says.
///
/// # Panics
///
/// If the command line is not understood, or a file cannot be written.
pub(crate) fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, load, collector, size] = args.as_slice()
        && flag == "--measure"
    {
        measure(load, collector, size.parse().expect("a size"));
        return ExitCode::SUCCESS;
    }
    let options = Options::parse();
    if options.brief {
        println!("Tiny sizes, one round: this shows that everything works, and no figure.\n");
    }
    let mut json = options.json.as_ref().map(|path| fs::File::create(path).expect("a path"));
    let mut cases = options.cases();
    for round in 0..options.rounds {
        for block in cases.chunk_by_mut(|a, b| a.load.name == b.load.name && a.size == b.size) {
            if round >= block[0].load.rounds {
                continue;
            }
            // Start with another one each time, so that none has a fixed neighbour in time.
            for turn in 0..block.len() {
                let case = &mut block[(round + turn) % block.len()];
                if case.failed || (round > 0 && case.is_empty()) {
                    continue;
                }
                let figures = case.measure();
                if let (Some(file), false) = (&mut json, figures.is_empty()) {
                    let line = report::json(case, round, &figures);
                    writeln!(file, "{line}").expect("the file can be written");
                }
            }
            eprintln!("round {}: {} {}", round + 1, block[0].load.name, block[0].size);
        }
    }
    cases.retain(|case| case.failed || !case.is_empty());
    print!("{}", report::tables(&cases));
    if !options.only_tables && !options.brief {
        print!("{}", report::verdicts(&cases));
    }
    if let Some(path) = options.svg {
        fs::write(path, plot::growth(&cases)).expect("the chart can be written");
    }
    if cases.iter().any(|case| case.failed) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
