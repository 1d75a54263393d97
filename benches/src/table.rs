//! The table of all rows, pointers side by side.
//!
//! Within a row the pointers take turns, many short rounds, so that whatever
//! disturbs the machine disturbs all of them; a figure is the median over the
//! rounds, in processor time of the measuring thread.

use std::fmt::Write as _;
use std::time::Duration;

use crate::clock::median;
use crate::rows::{Bench, Cases, Target, Together, Work, one_thread, two_threads};
use crate::svg;

/// The columns, in order.
pub const COLUMNS: [&str; 9] =
    ["Brc", "Rc", "Arc", "triomphe", "hybrid-rc", "biasedrc", "steel-rc", "plain", "xadd"];

const BRC: usize = 0;

/// A measured row.
#[derive(Debug)]
pub struct Row {
    pub title: &'static str,
    /// Nanoseconds per operation.
    pub cells: [Option<f64>; COLUMNS.len()],
    pub target: Target,
    /// For two threads: the stretches that counted, the fewest of all columns.
    pub stretches: Option<usize>,
}

fn column(name: &str) -> usize {
    COLUMNS.iter().position(|column| *column == name).expect("a column")
}

impl Row {
    fn base(&self) -> Option<&'static str> {
        match self.target {
            Target::Ratio { base, .. } | Target::Shown { base } => Some(base),
            Target::Ns { .. } | Target::Alone => None,
        }
    }

    /// How many times the base column `Brc` takes.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        Some(self.cells[BRC]? / self.cells[column(self.base()?)]?)
    }

    fn ratio_text(&self) -> String {
        match (self.ratio(), self.base()) {
            (Some(ratio), Some(base)) => format!("{ratio:.2}x {base}"),
            _ => String::new(),
        }
    }

    fn target_text(&self) -> String {
        match self.target {
            Target::Ratio { base, limit, stretch: Some(stretch) } => {
                format!("≤ {limit}x {base} ({stretch}x)")
            }
            Target::Ratio { base, limit, stretch: None } => format!("≤ {limit}x {base}"),
            Target::Ns { limit, stretch } => format!("≤ {limit} ns ({stretch})"),
            Target::Shown { .. } | Target::Alone => String::new(),
        }
    }

    /// `ok`, `MISSED`, or nothing if there is no target.
    #[must_use]
    pub fn verdict(&self) -> &'static str {
        let (is, limit, stretch) = match self.target {
            Target::Ratio { limit, stretch, .. } => (self.ratio(), limit, stretch),
            Target::Ns { limit, stretch } => (self.cells[BRC], limit, Some(stretch)),
            Target::Shown { .. } | Target::Alone => return "",
        };
        match (is, stretch) {
            (None, _) => "not measured",
            (Some(is), _) if is > limit => "MISSED",
            (Some(is), Some(stretch)) if is <= stretch => "ok, stretch",
            (Some(_), _) => "ok",
        }
    }
}

/// How long to measure.
#[derive(Clone, Copy, Debug)]
struct Effort {
    rounds: usize,
    /// Of one pointer's round, for one thread.
    round_ns: u64,
    /// Of one pointer's turn, for two threads, and the turns.
    turn: Duration,
    turns: usize,
}

const FULL: Effort =
    Effort { rounds: 400, round_ns: 50_000, turn: Duration::from_millis(100), turns: 8 };
const BRIEF: Effort =
    Effort { rounds: 25, round_ns: 20_000, turn: Duration::from_millis(25), turns: 2 };

struct Rows {
    effort: Effort,
    only: Option<String>,
    rows: Vec<Row>,
}

impl Rows {
    fn wanted(&self, title: &str) -> bool {
        self.only.as_ref().is_none_or(|only| title.contains(only.as_str()))
    }
}

impl Bench for Rows {
    fn one(
        &mut self,
        title: &'static str,
        target: Target,
        multiple: u32,
        cases: impl FnOnce() -> Cases<Work>,
    ) {
        if !self.wanted(title) {
            return;
        }
        let mut cases = cases();
        let round_ns = self.effort.round_ns;
        let sizes: Vec<u32> = cases
            .iter_mut()
            .map(|(_, work)| {
                let trial = 1024u32.next_multiple_of(multiple);
                work(trial); // cold
                let spent = work(trial).max(1);
                let fit = u64::from(trial) * round_ns / spent;
                (fit.clamp(64, 1 << 20) as u32).next_multiple_of(multiple)
            })
            .collect();
        let mut samples = vec![Vec::with_capacity(self.effort.rounds); cases.len()];
        for round in 0..self.effort.rounds {
            // Start with another one each time, so that none has a fixed neighbour in time.
            for turn in 0..cases.len() {
                let i = (round + turn) % cases.len();
                samples[i].push(cases[i].1(sizes[i]) as f64 / f64::from(sizes[i]));
            }
        }
        let mut cells = [None; COLUMNS.len()];
        for ((name, _), samples) in cases.iter().zip(&mut samples) {
            cells[column(name)] = Some(median(samples));
        }
        self.rows.push(Row { title, cells, target, stretches: None });
    }

    fn two(
        &mut self,
        (title, target): (&'static str, Target),
        other: Option<(&'static str, Target)>,
        cases: impl FnOnce() -> Cases<Together>,
    ) {
        if !self.wanted(title) {
            return;
        }
        let mut cases = cases();
        let mut samples = vec![(Vec::new(), Vec::new()); cases.len()];
        for _ in 0..self.effort.turns {
            for ((_, together), (ours, theirs)) in cases.iter_mut().zip(&mut samples) {
                let (a, b) = together(self.effort.turn);
                ours.extend(a);
                theirs.extend(b);
            }
        }
        let (ours, theirs): (Vec<_>, Vec<_>) = samples.into_iter().unzip();
        let mut push = |(title, target), samples: Vec<Vec<f64>>| {
            let mut cells = [None; COLUMNS.len()];
            let stretches = samples.iter().map(Vec::len).min();
            for ((name, _), mut samples) in cases.iter().zip(samples) {
                // Too few say nothing.
                if samples.len() >= 10 {
                    cells[column(name)] = Some(median(&mut samples));
                }
            }
            self.rows.push(Row { title, cells, target, stretches });
        };
        match other {
            Some(other) => {
                push((title, target), ours);
                push(other, theirs);
            }
            // Both threads do the same: both count.
            None => {
                let both = ours.into_iter().zip(theirs).map(|(a, b)| [a, b].concat()).collect();
                push((title, target), both);
            }
        }
    }
}

// -------------------------------------------------------------------- printing

fn text(rows: &[Row]) -> String {
    let mut out = String::new();
    let width = rows.iter().map(|row| row.title.len()).max().unwrap_or(0);
    let _ = write!(out, "{:width$}", "ns per operation");
    for column in COLUMNS {
        let _ = write!(out, " {column:>9}");
    }
    let _ = writeln!(out, "  {:<14} {:<20} verdict", "ratio", "target (stretch)");
    for row in rows {
        let _ = write!(out, "{:width$}", row.title);
        for cell in row.cells {
            let _ = match cell {
                Some(ns) => write!(out, " {ns:>9.2}"),
                None => write!(out, " {:>9}", "-"),
            };
        }
        let _ =
            write!(out, "  {:<14} {:<20} {}", row.ratio_text(), row.target_text(), row.verdict());
        if let Some(stretches) = row.stretches {
            let _ = write!(out, " [{stretches} stretches]");
        }
        out.push('\n');
    }
    out
}

fn markdown(rows: &[Row]) -> String {
    let mut out = String::new();
    for row in rows.iter().filter(|row| row.verdict() == "MISSED") {
        let is = match row.target {
            Target::Ns { .. } => format!("{:.1} ns", row.cells[BRC].unwrap_or(f64::NAN)),
            _ => row.ratio_text(),
        };
        let _ = writeln!(out, "* **MISSED** {}: {is}, target {}", row.title, row.target_text());
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out.push_str("| ns per operation |");
    for column in COLUMNS {
        let _ = write!(out, " {column} |");
    }
    out.push_str(" ratio | target (stretch) | verdict |\n|---|");
    for _ in COLUMNS {
        out.push_str("--:|");
    }
    out.push_str("---|---|---|\n");
    for row in rows {
        let _ = write!(out, "| {}", row.title);
        if let Some(stretches) = row.stretches {
            let _ = write!(out, " ({stretches} stretches)");
        }
        out.push_str(" |");
        for (i, cell) in row.cells.iter().enumerate() {
            let _ = match cell {
                Some(ns) if i == BRC => write!(out, " **{ns:.2}** |"),
                Some(ns) => write!(out, " {ns:.2} |"),
                None => write!(out, " |"),
            };
        }
        let verdict = match row.verdict() {
            "MISSED" => "**MISSED**",
            verdict => verdict,
        };
        let _ = writeln!(out, " {} | {} | {verdict} |", row.ratio_text(), row.target_text());
    }
    out
}

/// Measures and prints, as the command line says.
///
/// # Panics
///
/// If the command line is not understood, or the chart cannot be written.
pub fn main() {
    let mut rows = Rows { effort: FULL, only: None, rows: Vec::new() };
    let mut as_markdown = false;
    let mut chart = None;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--brief" => rows.effort = BRIEF,
            "--markdown" => as_markdown = true,
            "--svg" => chart = Some(args.next().expect("--svg PATH")),
            "--only" => rows.only = Some(args.next().expect("--only PART-OF-A-TITLE")),
            _ => {
                panic!("usage: table [--brief] [--markdown] [--svg PATH] [--only PART-OF-A-TITLE]")
            }
        }
    }
    one_thread(&mut rows);
    two_threads(&mut rows);
    print!("{}", if as_markdown { markdown(&rows.rows) } else { text(&rows.rows) });
    if let Some(path) = chart {
        std::fs::write(&path, svg::chart(&rows.rows)).expect("the chart can be written");
    }
}
