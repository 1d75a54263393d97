//! Tables, and how the targets are met.

use std::fmt::Write as _;

use brc_benches::clock::median;

use super::driver::{Figure, GROUPS, Group};
use super::{counts, fields, reads};

/// A column that is not measured: how many operations two threads do in the time in
/// which one does one. It is of the two columns before it.
pub(crate) const RATE: &str = "rate";

fn is_rate(column: &str) -> bool {
    column.ends_with(RATE)
}

fn find<'a>(figures: &'a [Figure], group: usize, case: &str, column: &str) -> Option<&'a Figure> {
    figures.iter().find(|f| f.group == group && f.case == case && f.column == column)
}

/// The median of those rounds that say something.
fn of_rounds(rounds: impl Iterator<Item = f64>) -> Option<f64> {
    let mut rounds: Vec<f64> = rounds.filter(|ns| ns.is_finite()).collect();
    (!rounds.is_empty()).then(|| median(&mut rounds))
}

fn value(figure: &Figure) -> Option<f64> {
    of_rounds(figure.rounds.iter().copied())
}

/// How many times the second the first is, by rounds: what disturbed one round
/// disturbed both.
fn ratio(a: &Figure, b: &Figure) -> Option<f64> {
    of_rounds(a.rounds.iter().zip(&b.rounds).map(|(a, b)| a / b))
}

fn rate(figures: &[Figure], group: usize, case: &str, column: &str) -> Option<f64> {
    let columns = GROUPS[group].columns;
    let at = columns.iter().position(|c| *c == column)?;
    let one = find(figures, group, case, columns[at - 2])?;
    Some(2.0 * ratio(one, find(figures, group, case, columns[at - 1])?)?)
}

fn number(value: f64) -> String {
    match value {
        v if v >= 99.95 => format!("{v:.0}"),
        v if v >= 9.995 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}

/// The rows, in the order in which they were measured.
fn cases(figures: &[Figure], group: usize) -> Vec<&str> {
    let mut cases: Vec<&str> = Vec::new();
    for figure in figures.iter().filter(|f| f.group == group) {
        if !cases.contains(&figure.case.as_str()) {
            cases.push(&figure.case);
        }
    }
    cases
}

fn table(figures: &[Figure], index: usize, group: &Group) -> String {
    let mut out = format!("### {}\n\n{}\n\n| ns per operation |", group.name, group.about);
    for column in group.columns {
        let _ = write!(out, " {column} |");
    }
    if let Some((base, _)) = group.base {
        let _ = write!(out, " of {base} |");
    }
    out.push_str("\n|---|");
    out.push_str(&"--:|".repeat(group.columns.len() + usize::from(group.base.is_some())));
    out.push('\n');
    for case in cases(figures, index) {
        let _ = write!(out, "| {case} |");
        let ours = case.starts_with("brc") || index == GROUPS.len() - 1;
        for column in group.columns {
            let cell = if is_rate(column) {
                rate(figures, index, case, column).map(|rate| format!("{rate:.2}x"))
            } else {
                find(figures, index, case, column).and_then(value).map(number)
            };
            let _ = match cell {
                Some(cell) if ours => write!(out, " **{cell}** |"),
                Some(cell) => write!(out, " {cell} |"),
                None => write!(out, " |"),
            };
        }
        if let Some((base, column)) = group.base {
            let of = find(figures, index, case, column)
                .zip(find(figures, index, base, column))
                .and_then(|(this, base)| ratio(this, base));
            let _ = match of {
                Some(of) => write!(out, " {of:.2}x |"),
                None => write!(out, " |"),
            };
        }
        out.push('\n');
    }
    let two = |f: &&Figure| f.group == index && f.column.contains("two threads");
    if let Some(fewest) = figures.iter().filter(two).map(|f| f.samples).min() {
        let _ =
            write!(out, "\nBy two threads: at least {fewest} stretches each in which both ran.\n");
    }
    out.push('\n');
    out
}

/// The tables of what was measured.
pub(crate) fn tables(figures: &[Figure]) -> String {
    let is_measured = |index: &usize| figures.iter().any(|f| f.group == *index);
    let groups = GROUPS.iter().enumerate().filter(|(index, _)| is_measured(index));
    groups.map(|(index, group)| table(figures, index, group)).collect()
}

enum Target {
    /// At most so many times the other case.
    Times(&'static str, f64),
    /// At most so many nanoseconds.
    Ns(f64),
    /// At least this rate.
    Rate(f64),
}

const TARGETS: &[(&str, &str, &str, Target)] = &[
    ("A read of a shared field", fields::SLOT, "one thread", Target::Times(fields::PLAIN, 1.2)),
    ("Clone and drop of one hot object", counts::DEFERRED, "two threads", Target::Ns(3.0)),
    ("Shared reads", reads::ATTRIBUTE, RATE, Target::Rate(1.8)),
    ("Shared reads", reads::ELEMENT, RATE, Target::Rate(1.8)),
    ("Shared reads", reads::ENTRY, RATE, Target::Rate(1.8)),
];

/// The targets that can be told.
pub(crate) fn verdicts(figures: &[Figure]) -> String {
    let mut out = String::new();
    for (name, case, column, target) in TARGETS {
        let Some(group) = GROUPS.iter().position(|group| group.name == *name) else { continue };
        let (is, limit, ok) = match target {
            Target::Times(base, limit) => {
                let of = find(figures, group, case, column)
                    .zip(find(figures, group, base, column))
                    .and_then(|(this, base)| ratio(this, base));
                let Some(of) = of else { continue };
                (format!("{of:.2}x"), format!("≤ {limit}x {base}"), of <= *limit)
            }
            Target::Ns(limit) => {
                let Some(ns) = find(figures, group, case, column).and_then(value) else { continue };
                (format!("{} ns", number(ns)), format!("≤ {limit} ns"), ns <= *limit)
            }
            Target::Rate(limit) => {
                let Some(rate) = rate(figures, group, case, column) else { continue };
                (format!("{rate:.2}x"), format!("≥ {limit}x"), rate >= *limit)
            }
        };
        let verdict = if ok { "ok" } else { "**MISSED**" };
        let _ = writeln!(out, "| {name}: {case}, {column} | {is} | {limit} | {verdict} |");
    }
    if out.is_empty() {
        return out;
    }
    format!(
        "### Targets of shared objects\n\n| what | is | target | verdict |\n|---|--:|--:|---|\n{out}\n"
    )
}
