//! The command line and the edge list: nothing of this concerns the heap.

use std::fmt::Write;

pub(crate) const USAGE: &str = "\
usage: graph [OPTIONS] [FILE]

Loads the directed graph in FILE, with an edge on each line: `from to`, two words;
lines that begin with # are comments, as in SNAP's files. Without FILE, makes a
graph up, the same each time.

  --nodes N    how many nodes to make up (100000)
  --threads N  how many threads load, 1 to 256 (4)
  --dot FILE   write what is left after the cut, for Graphviz
  --json FILE  write what is left after the cut, as JSON
  --help       print this";

/// The edges in a text.
pub(crate) fn parse<'a>(name: &str, text: &'a str) -> Result<Vec<(&'a str, &'a str)>, String> {
    let mut edges = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let mut words = line.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (None, ..) => {}
            (Some(first), ..) if first.starts_with('#') => {}
            (Some(from), Some(to), None) => edges.push((from, to)),
            _ => return Err(format!("{name}, line {number}: not `from to`: {line:?}")),
        }
    }
    if edges.is_empty() {
        return Err(format!("{name}: there is no edge in it"));
    }
    Ok(edges)
}

/// A graph in the form of a file: groups with cycles, and edges from group to group.
pub(crate) fn make_up(nodes: usize) -> String {
    const GROUP: usize = 10;
    let mut state: u64 = 1;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as usize % below
    };
    let mut text = String::new();
    for from in 0..nodes {
        let group = from / GROUP * GROUP;
        let mut targets = vec![group + random(GROUP), group + random(GROUP)];
        if random(5) == 0 {
            targets.push(group + random(1000));
        }
        for to in targets {
            let _ = writeln!(text, "{from} {}", to % nodes);
        }
    }
    text
}

/// What the command line says.
pub(crate) struct Options {
    pub(crate) file: Option<String>,
    pub(crate) nodes: usize,
    pub(crate) threads: usize,
    pub(crate) dot: Option<String>,
    pub(crate) json: Option<String>,
}

impl Options {
    /// `None`: only help is wanted.
    pub(crate) fn read(mut args: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut options = Self { file: None, nodes: 100_000, threads: 4, dot: None, json: None };
        let mut nodes = None;
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or(format!("{arg} needs a value"));
            match &*arg {
                "--help" | "-h" => return Ok(None),
                "--nodes" => nodes = Some(number(&arg, &value()?, 100_000_000)?),
                "--threads" => options.threads = number(&arg, &value()?, 256)?,
                "--dot" => options.dot = Some(value()?),
                "--json" => options.json = Some(value()?),
                _ if arg.starts_with('-') => return Err(format!("unknown option {arg}")),
                _ if options.file.is_some() => return Err(format!("a second file: {arg}")),
                _ => options.file = Some(arg),
            }
        }
        if nodes.is_some() && options.file.is_some() {
            return Err("--nodes is for graphs that are made up, not for a file".into());
        }
        options.nodes = nodes.unwrap_or(options.nodes);
        Ok(Some(options))
    }
}

fn number(option: &str, text: &str, most: usize) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=most).contains(number));
    number.ok_or(format!("{option} needs a number from 1 to {most}, not {text:?}"))
}
