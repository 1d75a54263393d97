//! Measures `minipy` beside CPython, and prints the part of `BENCHMARKS.md` about it.
//!
//! `minipy-report [ROUNDS]`. Whatever is compared takes turns, a whole process each, and a
//! figure is the median of the rounds. Times are those of the operating system: processor time of the
//! process, where it tells (Linux), with start and end.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Program, argument for a run of about a second.
const SINGLE: &[(&str, &str)] = &[
    ("nbody.py", "250000"),
    ("fannkuch.py", "9"),
    ("richards.py", "30000"),
    ("primes_one.py", "600000"),
    ("calls.py", "30"),
    ("strings.py", "500000"),
    ("dicts.py", "1500000"),
    ("objects.py", "700000"),
];

struct Candidate {
    name: String,
    program: PathBuf,
    gil: Option<&'static str>,
}

/// Processor time that children of this process took in user mode, in seconds.
fn children_time() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    // After the name: state is the first; cutime is 16th of all. Without the system's part: what
    // memory costs that the machine has to be given first depends on who ran before.
    let ticks: f64 = fields.get(13)?.parse().ok()?;
    Some(ticks / 100.0)
}

/// Seconds of processor time and of the clock, and what it printed.
fn run(candidate: &Candidate, program: &Path, args: &[&str]) -> (f64, f64, String) {
    let mut command = Command::new(&candidate.program);
    if let Some(gil) = candidate.gil {
        command.args(["-X", gil]);
    }
    let (before, begin) = (children_time(), Instant::now());
    let output = command
        .arg(program)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|e| panic!("{}: {e}", candidate.name));
    let wall = begin.elapsed().as_secs_f64();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{} {}: {}\n{}",
        candidate.name,
        program.display(),
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    let cpu = match (before, children_time()) {
        (Some(before), Some(after)) => after - before,
        _ => wall,
    };
    (cpu, wall, text)
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// The number in the line that begins so.
fn figure(text: &str, label: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.starts_with("~ ") && line.contains(label))?;
    let rest = &line[line.find(label)? + label.len()..];
    rest.split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .find(|part| !part.is_empty())
        .and_then(|part| part.parse().ok())
}

fn main() {
    let arg = std::env::args().nth(1);
    // To see that all works.
    let brief = arg.as_deref() == Some("--brief");
    let rounds = if brief { 1 } else { arg.and_then(|n| n.parse().ok()).unwrap_or(5) };
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let minipy = std::env::current_exe().expect("a path").with_file_name("minipy");
    let mut candidates = vec![
        Candidate { name: "minipy gil=0".into(), program: minipy.clone(), gil: Some("gil=0") },
        Candidate { name: "minipy gil=1".into(), program: minipy, gil: Some("gil=1") },
    ];
    let version = Command::new("python3").arg("--version").output();
    if let Ok(version) = version {
        let name = String::from_utf8_lossy(&version.stdout).trim().replace("Python", "CPython");
        // What is found by the name may be a script that looks for the program.
        let asked =
            Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output();
        let program = asked.map_or("python3".into(), |o| {
            PathBuf::from(String::from_utf8_lossy(&o.stdout).trim().to_owned())
        });
        candidates.push(Candidate { name, program, gil: None });
    } else {
        println!("CPython: skipped, there is no python3.\n");
    }
    if brief {
        candidates.truncate(1);
    }
    single(&candidates, &here, rounds);
    threads(&candidates, &here, rounds);
    memory(&candidates, &here);
    pauses(&candidates[0], &here);
}

fn single(candidates: &[Candidate], here: &Path, rounds: usize) {
    println!(
        "### One thread\n\nProcessor time in seconds, without the system's, the median of {rounds} processes.\n"
    );
    let names: Vec<&str> = candidates.iter().map(|c| c.name.as_str()).collect();
    println!("| | {} | gil=0 / gil=1 | gil=0 / CPython |", names.join(" | "));
    println!("|---|{}--:|--:|", "--:|".repeat(names.len()));
    for &(program, arg) in SINGLE {
        let path = find(here, program);
        let mut samples = vec![Vec::new(); candidates.len()];
        for round in 0..rounds {
            for i in 0..candidates.len() {
                let at = (i + round) % candidates.len();
                samples[at].push(run(&candidates[at], &path, &[arg]).0);
            }
        }
        let medians: Vec<f64> = samples.into_iter().map(median).collect();
        let shown: Vec<String> = medians.iter().map(|t| format!("{t:.2}")).collect();
        let ratio =
            |other: Option<&f64>| other.map_or(String::new(), |t| format!("{:.2}", medians[0] / t));
        println!(
            "| {} {arg} | {} | {} | {} |",
            program.trim_end_matches(".py").replace('_', " "),
            shown.join(" | "),
            ratio(medians.get(1)),
            ratio(medians.get(2))
        );
    }
    println!();
}

fn find(here: &Path, program: &str) -> PathBuf {
    let path = here.join("programs").join(program);
    if path.exists() { path } else { here.join("bench").join(program) }
}

fn threads(candidates: &[Candidate], here: &Path, rounds: usize) {
    println!(
        "### Two threads\n\nHow many times as much two threads do as one, by the clock; the median of {rounds} processes, and the best.\n"
    );
    let names: Vec<&str> = candidates.iter().map(|c| c.name.as_str()).collect();
    println!("| | {} |", names.join(" | "));
    println!("|---|{}", "--:|".repeat(names.len()));
    for what in ["compute", "attributes", "list", "dict", "globals", "allocation"] {
        let path = here.join("bench/two_threads.py");
        let mut samples = vec![Vec::new(); candidates.len()];
        for round in 0..rounds {
            for i in 0..candidates.len() {
                let at = (i + round) % candidates.len();
                let text = run(&candidates[at], &path, &[what]).2;
                samples[at].extend(figure(&text, "gain"));
            }
        }
        let shown: Vec<String> = samples
            .into_iter()
            .map(|s| {
                let best = s.iter().copied().fold(0.0, f64::max);
                format!("{:.2} ({best:.2})", median(s))
            })
            .collect();
        println!("| {what} | {} |", shown.join(" | "));
    }
    println!();
}

fn memory(candidates: &[Candidate], here: &Path) {
    println!("### Memory\n\nBytes that the process grew by for each object, of 200 000.\n");
    let names: Vec<&str> = candidates.iter().map(|c| c.name.as_str()).collect();
    println!("| | {} |", names.join(" | "));
    println!("|---|{}", "--:|".repeat(names.len()));
    for what in ["instance", "list", "dict", "tuple", "int", "float", "str"] {
        let path = here.join("bench/memory.py");
        let shown: Vec<String> = candidates
            .iter()
            .map(|c| {
                let text = run(c, &path, &[what]).2;
                figure(&text, "bytes").map_or("?".into(), |n| format!("{n:.0}"))
            })
            .collect();
        println!("| {what} | {} |", shown.join(" | "));
    }
    println!();
}

fn pauses(candidate: &Candidate, here: &Path) {
    println!(
        "### Pauses\n\nOf `minipy --stats` with a program of two threads that makes cyclic garbage beside 200 000 living objects:\n"
    );
    let output = Command::new(&candidate.program)
        .arg("--stats")
        .arg(here.join("bench/garbage.py"))
        .output()
        .expect("it runs");
    println!("```text");
    print!("{}", String::from_utf8_lossy(&output.stderr));
    println!("```");
}
