//! Tables and lines of JSON.

use std::fmt::Write as _;

use super::driver::{COLLECTORS, Case, LOADS, Load};

/// What `brc` must reach: nanoseconds, microseconds or megabytes, as its figure.
struct Target {
    load: &'static str,
    figure: &'static str,
    limit: f64,
    stretch: Option<f64>,
    /// What rust-cc took where the target was set: elsewhere the target is the
    /// same multiple of what rust-cc takes there.
    rust_cc: Option<f64>,
}

const fn target(
    load: &'static str,
    figure: &'static str,
    limit: f64,
    stretch: Option<f64>,
    rust_cc: Option<f64>,
) -> Target {
    Target { load, figure, limit, stretch, rust_cc }
}

/// The targets, which were set before anything was measured.
const TARGETS: [Target; 6] = [
    target("pairs", "ns/object", 32.0, None, Some(32.0)),
    target("pairs", "peak MB", 8.0, None, None),
    target("live", "all touched, ns/object", 14.0, Some(8.0), Some(7.6)),
    target("live", "nothing touched, µs", 20.0, None, None),
    target("live", "1000 touched, µs", 100.0, None, Some(45.0)),
    target("stop", "stop + start, µs", 5.0, None, None),
];

impl Target {
    fn verdict(&self, is: f64, rust_cc: Option<f64>) -> &'static str {
        // How much slower this machine is than the one where the target was set.
        let slower = match (rust_cc, self.rust_cc) {
            (Some(here), Some(there)) => (here / there).max(1.0),
            _ => 1.0,
        };
        match self.stretch {
            _ if is > self.limit * slower => "**MISSED**",
            _ if is > self.limit => "**MISSED**, ok beside rust-cc",
            Some(stretch) if is <= stretch => "ok, stretch",
            _ => "ok",
        }
    }
}

/// Collectors that free no cycles: nothing to compare a target with.
const FLOORS: [&str; 2] = ["Rc", "Arc"];

fn number(value: f64) -> String {
    match value {
        v if v >= 99.95 => format!("{v:.0}"),
        v if v >= 9.995 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}

fn cell(case: Option<&Case>, figure: &str) -> String {
    match case {
        Some(case) if case.failed => "failed".into(),
        Some(case) => case.figure(figure).map(number).unwrap_or_default(),
        None => String::new(),
    }
}

/// The figures' names, in the order in which they appear.
fn names(cases: &[&Case]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in cases.iter().flat_map(|case| case.names()) {
        if !names.iter().any(|n| n == name) {
            names.push(name.into());
        }
    }
    names
}

/// A table: a heading, columns, and per row a name and cells.
fn table<'a>(
    corner: &str,
    columns: impl Iterator<Item = String>,
    rows: impl Iterator<Item = (&'a str, Vec<String>)>,
) -> String {
    let columns: Vec<String> = columns.collect();
    let mut out = format!("| {corner} | {} |\n|---|", columns.join(" | "));
    out.push_str(&"--:|".repeat(columns.len()));
    out.push('\n');
    for (name, cells) in rows {
        let bold = |cell: &String| match (name.starts_with("brc"), cell.is_empty()) {
            (true, false) => format!("**{cell}**"),
            _ => cell.clone(),
        };
        let cells: Vec<String> = cells.iter().map(bold).collect();
        let _ = writeln!(out, "| {name} | {} |", cells.join(" | "));
    }
    out
}

fn of<'a>(cases: &[&'a Case], collector: &str, size: usize) -> Option<&'a Case> {
    cases.iter().find(|case| case.collector == collector && case.size == size).copied()
}

fn one_size(cases: &[&Case], size: usize) -> String {
    let names = names(cases);
    let rows = COLLECTORS.iter().filter_map(|collector| {
        let case = of(cases, collector, size)?;
        Some((*collector, names.iter().map(|name| cell(Some(case), name)).collect()))
    });
    table("", names.iter().cloned(), rows)
}

/// A load of one collector: a line per figure.
fn one_collector(case: &Case) -> String {
    let names: Vec<&str> = case.names().collect();
    let rows = names.iter().map(|name| (*name, vec![cell(Some(case), name)]));
    table("", std::iter::once(case.collector.into()), rows)
}

fn by_size(cases: &[&Case], sizes: &[usize]) -> String {
    let tables = names(cases).into_iter().map(|name| {
        let rows = COLLECTORS.iter().filter_map(|collector| {
            let cells = sizes.iter().map(|size| cell(of(cases, collector, *size), &name));
            let cells: Vec<String> = cells.collect();
            cells.iter().any(|cell| !cell.is_empty()).then_some((*collector, cells))
        });
        table(&name, sizes.iter().map(usize::to_string), rows)
    });
    tables.collect::<Vec<_>>().join("\n")
}

fn section(load: &Load, cases: &[&Case]) -> String {
    let mut sizes: Vec<usize> = cases.iter().map(|case| case.size).collect();
    sizes.dedup();
    let tables = match (cases, sizes.as_slice()) {
        ([case], _) => one_collector(case),
        (_, [size]) => one_size(cases, *size),
        _ => by_size(cases, &sizes),
    };
    format!("### {}\n\n{}\n\n{tables}\n", load.name, load.about)
}

/// The targets that can be told. A target in nanoseconds is for the machine where
/// it was set; on a slower one, what counts is how `brc` stands beside `rust-cc`.
pub(crate) fn verdicts(cases: &[Case]) -> String {
    let mut out = String::new();
    for target in &TARGETS {
        let figure_of = |collector: &str| {
            let case =
                cases.iter().find(|c| c.load.name == target.load && c.collector == collector)?;
            case.figure(target.figure)
        };
        let Some(is) = figure_of("brc") else {
            continue;
        };
        let rust_cc = figure_of("rust-cc");
        let others = COLLECTORS.iter().filter(|c| !c.starts_with("brc") && !FLOORS.contains(c));
        let best = others
            .filter_map(|collector| Some((figure_of(collector)?, collector)))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        let best = best.map(|(value, name)| format!("{name}: {}", number(value)));
        let stretch = target.stretch.map(|n| format!(" ({n})")).unwrap_or_default();
        let beside = match (rust_cc, target.rust_cc) {
            (Some(here), Some(there)) => {
                format!("{:.2}x, target {:.2}x", is / here, target.limit / there)
            }
            _ => String::new(),
        };
        let _ = writeln!(
            out,
            "| {}: {} | {} | ≤ {}{stretch} | {beside} | {} | {} |",
            target.load,
            target.figure,
            number(is),
            target.limit,
            target.verdict(is, rust_cc),
            best.unwrap_or_default()
        );
    }
    if out.is_empty() {
        return out;
    }
    let head = "| what | brc | target (stretch) | beside rust-cc | verdict | best of the others |";
    format!("### Targets\n\n{head}\n|---|--:|--:|--:|---|---|\n{out}\n")
}

/// A table or several for each load.
pub(crate) fn tables(cases: &[Case]) -> String {
    let mut out = String::new();
    for load in LOADS {
        let of_load: Vec<&Case> = cases.iter().filter(|c| c.load.name == load.name).collect();
        if !of_load.is_empty() {
            out.push_str(&section(load, &of_load));
        }
    }
    out
}

/// One process's figures. No name needs escapes.
pub(crate) fn json(case: &Case, round: usize, figures: &[(String, f64)]) -> String {
    let figures: Vec<String> =
        figures.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
    format!(
        "{{\"load\": \"{}\", \"size\": {}, \"collector\": \"{}\", \"round\": {round}, {}}}",
        case.load.name,
        case.size,
        case.collector,
        figures.join(", ")
    )
}
