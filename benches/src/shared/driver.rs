//! Starts a process for each group, in rounds, and gathers what they measured.

use std::fs::File;
use std::io::Write as _;
use std::process::{Command, ExitCode, Stdio};

use brc_benches::clock::median;

use super::measure::{BRIEF, Bench, FULL};
use super::report::{self, RATE};
use super::{counts, fields, maps, pairs, reads, stacks, threads};

/// A table.
pub(crate) struct Group {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) columns: &'static [&'static str],
    /// Cases with which each is compared, in this column.
    pub(crate) base: Option<(&'static str, &'static str)>,
    run: fn(&mut Bench),
    /// Once more in another environment, for other columns.
    again: Option<Again>,
}

/// A process with a variable in its environment.
#[derive(Clone, Copy)]
struct Again {
    variable: &'static str,
    value: &'static str,
    run: fn(&mut Bench),
}

const fn group(
    name: &'static str,
    about: &'static str,
    columns: &'static [&'static str],
    base: Option<(&'static str, &'static str)>,
    run: fn(&mut Bench),
) -> Group {
    Group { name, about, columns, base, run, again: None }
}

/// The tables, in order.
pub(crate) static GROUPS: &[Group] = &[
    group(
        "A read of a shared field",
        "The load, and one use of the value. Two threads read the same field.",
        &["one thread", "two threads", RATE],
        Some((fields::PLAIN, "one thread")),
        fields::load,
    ),
    group(
        "Shared reads",
        "Each thread reads an attribute, an element, or an entry of one shared object, and uses the value.",
        &["one thread", "two threads", RATE],
        None,
        reads::shared,
    ),
    group(
        "Lookups in a map",
        "1000 keys (`u64`, the same cheap hasher everywhere), of each a counted object that the lookup reads. The writer replaces values.",
        &[
            "hit",
            "hit, two threads",
            "hit, rate",
            "miss",
            "miss, two threads",
            "miss, rate",
            "hit beside a writer",
            "the writer",
        ],
        Some((maps::PLAIN, "hit")),
        maps::lookups,
    ),
    group(
        "A store to a shared field",
        "A new object replaces the old one, which is freed: all of it, with a safepoint each time.",
        &["alone", "beside a polling reader", "the reader"],
        Some((fields::SWAP, "alone")),
        fields::store,
    ),
    group(
        "Clone and drop of one hot object",
        "A handle and its end.",
        &["one thread", "two threads"],
        Some((counts::ARC, "one thread")),
        counts::hot,
    ),
    group(
        "Immortal with the second thread",
        "Clone and drop on the first thread, before and after a second one attached.",
        &["one thread so far", "after a second one"],
        None,
        counts::once,
    ),
    group(
        "Operand stacks",
        "A push and a pop, by what is pushed.",
        &["its owner's", "another thread's", "deferred", "immortal"],
        None,
        stacks::push_pop,
    ),
    Group {
        again: Some(Again {
            variable: "BRC_GIL",
            value: "1",
            run: |bench| threads::lone(bench, threads::LOCK_ON),
        }),
        ..group(
            "Taking part",
            "One thread; in a process that has the global lock, too.",
            &[threads::LOCK_OFF, threads::LOCK_ON],
            None,
            |bench| threads::lone(bench, threads::LOCK_OFF),
        )
    },
];

// ------------------------------------------------------------ the measuring process

/// Measures a group, and prints a line per case and column.
fn measure(index: usize, again: bool, brief: bool) {
    let group = &GROUPS[index];
    let mut bench = Bench { effort: if brief { BRIEF } else { FULL }, cells: Vec::new() };
    match (again, group.again) {
        (true, Some(again)) => (again.run)(&mut bench),
        _ => (group.run)(&mut bench),
    }
    for cell in &bench.cells {
        let samples: Vec<String> = cell.samples.iter().map(|ns| format!("{ns:.3}")).collect();
        println!("{}\t{}\t{}", cell.case, cell.column, samples.join(","));
    }
}

// ------------------------------------------------------------- the gathering process

/// What all rounds measured of one case in one column.
pub(crate) struct Figure {
    pub(crate) group: usize,
    pub(crate) case: String,
    pub(crate) column: String,
    /// The median of each round.
    pub(crate) rounds: Vec<f64>,
    /// Of all rounds together.
    pub(crate) samples: usize,
}

struct Options {
    brief: bool,
    rounds: usize,
    only: Option<String>,
    json: Option<String>,
}

const USAGE: &str =
    "usage: shared [--brief] [--rounds N] [--only PART-OF-A-TABLE'S-NAME] [--json PATH]
       shared --count CASE N";

impl Options {
    fn parse() -> Self {
        let mut options = Self { brief: false, rounds: 5, only: None, json: None };
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            let mut value = || args.next().unwrap_or_else(|| panic!("{USAGE}"));
            match arg.as_str() {
                "--brief" => (options.brief, options.rounds) = (true, 1),
                "--rounds" => options.rounds = value().parse().expect(USAGE),
                "--only" => options.only = Some(value()),
                "--json" => options.json = Some(value()),
                _ => panic!("{USAGE}"),
            }
        }
        options
    }
}

/// Starts a process, and takes in what it prints. `false`: it did not end well.
fn child(
    index: usize,
    again: bool,
    (brief, round): (bool, usize),
    figures: &mut Vec<Figure>,
    json: &mut Option<File>,
) -> bool {
    let program = std::env::current_exe().expect("this program has a path");
    let mut command = Command::new(program);
    command.args(["--measure", &index.to_string(), &again.to_string(), &brief.to_string()]);
    if let (true, Some(again)) = (again, GROUPS[index].again) {
        command.env(again.variable, again.value);
    }
    let output = command.stderr(Stdio::inherit()).output().expect("this program can be started");
    let text = String::from_utf8(output.stdout).expect("figures are text");
    for line in text.lines() {
        let [case, column, samples] = *line.split('\t').collect::<Vec<_>>() else {
            panic!("not a figure: {line}");
        };
        if let Some(file) = json {
            let name = GROUPS[index].name;
            writeln!(
                file,
                "{{\"table\": \"{name}\", \"row\": \"{case}\", \"column\": \"{column}\", \"round\": {round}, \"ns\": [{samples}]}}"
            )
            .expect("the file can be written");
        }
        let mut samples: Vec<f64> = samples.split(',').filter_map(|ns| ns.parse().ok()).collect();
        let of = |f: &&mut Figure| f.group == index && f.case == case && f.column == column;
        let figure = match figures.iter_mut().find(of) {
            Some(figure) => figure,
            None => {
                let (case, column) = (case.into(), column.into());
                figures.push(Figure { group: index, case, column, rounds: vec![], samples: 0 });
                figures.last_mut().expect("just pushed")
            }
        };
        figure.samples += samples.len();
        // Fewer say nothing.
        figure.rounds.push(if samples.len() < 9 { f64::NAN } else { median(&mut samples) });
    }
    if !output.status.success() {
        eprintln!("{}: {}", GROUPS[index].name, output.status);
    }
    output.status.success()
}

/// Measures and prints, as the command line says.
///
/// # Panics
///
/// If the command line is not understood, or a file cannot be written.
pub(crate) fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--measure", index, again, brief] => {
            measure(index.parse().expect(USAGE), again == "true", brief == "true");
            return ExitCode::SUCCESS;
        }
        ["--count", case, n] => {
            pairs::run(case, n.parse().expect(USAGE));
            return ExitCode::SUCCESS;
        }
        _ => {}
    }
    let options = Options::parse();
    let mut json = options.json.as_ref().map(|path| File::create(path).expect("a path"));
    let wanted = |group: &Group| options.only.as_ref().is_none_or(|o| group.name.contains(o));
    let mut figures = Vec::new();
    let mut ok = true;
    for round in 0..options.rounds {
        for (index, group) in GROUPS.iter().enumerate().filter(|(_, group)| wanted(group)) {
            let how = (options.brief, round);
            ok &= child(index, false, how, &mut figures, &mut json);
            if group.again.is_some() {
                ok &= child(index, true, how, &mut figures, &mut json);
            }
            eprintln!("round {}: {}", round + 1, group.name);
        }
    }
    if options.brief {
        println!("Short rounds: this shows that everything works, and no figure.\n");
    }
    print!("{}", report::tables(&figures));
    print!("{}", report::verdicts(&figures));
    if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
