//! Word counting with a producer and workers, once with `Brc` and once with
//! `Arc`: the same source, compiled twice.
//!
//! The producer makes records of the lines and hands them to the workers. Workers
//! share the words they find between the counts of words and of word pairs, so
//! that most clones are of objects of their own. A number after the file's name
//! says how many times over to read it, so that a short text takes long enough
//! to be timed.
//!
//! ```console
//! cargo run --release --example pipeline -- DESIGN.md 200
//! some-program | cargo run --release --example pipeline
//! ```

use std::time::{Duration, Instant};
use std::{env, fs, io, process, thread};

mod with_brc {
    use super::Answer;
    mod count {
        use brc::Brc as Arc;
        include!("count.rs");
    }
    pub(crate) use count::run;
}

mod with_arc {
    use super::Answer;
    mod count {
        use std::sync::Arc;
        include!("count.rs");
    }
    pub(crate) use count::run;
}

/// What is printed.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    lines: usize,
    distinct: usize,
    pairs: usize,
    longest: usize,
    common: Vec<(usize, String)>,
}

/// The least of several times; the two are timed in turn, since the machine
/// may be busy with other things.
fn time(runs: usize, tasks: [&dyn Fn() -> Answer; 2]) -> ([Duration; 2], Answer) {
    let mut best = [Duration::MAX; 2];
    let mut answer = None;
    for run in 0..2 * runs {
        let start = Instant::now();
        let got = tasks[run % 2]();
        best[run % 2] = best[run % 2].min(start.elapsed());
        let before = answer.get_or_insert_with(|| tasks[0]());
        assert_eq!(*before, got, "both count the same");
    }
    (best, answer.expect("at least one run"))
}

/// Reads the text that the command line names.
fn read(mut args: env::Args) -> Result<String, String> {
    args.next();
    let text = match args.next() {
        Some(path) => fs::read_to_string(&path).map_err(|e| format!("cannot read {path}: {e}"))?,
        None => io::read_to_string(io::stdin()).map_err(|e| format!("standard input: {e}"))?,
    };
    let times = match args.next() {
        Some(times) => times.parse().map_err(|_| format!("{times:?} is not a number of times"))?,
        None => 1,
    };
    Ok(text.repeat(times))
}

fn main() {
    let text = read(env::args()).unwrap_or_else(|message| {
        eprintln!("pipeline: {message}");
        process::exit(1);
    });

    let workers = thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
    let with_brc = || with_brc::run(&text, workers);
    let with_arc = || with_arc::run(&text, workers);
    let ([brc, arc], answer) = time(7, [&with_brc, &with_arc]);

    println!(
        "{} lines, {} distinct words, {} distinct pairs, longest line {}",
        answer.lines, answer.distinct, answer.pairs, answer.longest
    );
    for (n, word) in &answer.common {
        println!("{n:>8}  {word}");
    }
    let ratio = brc.as_secs_f64() / arc.as_secs_f64();
    println!("{workers} workers, best of 7 runs each");
    println!("Brc {brc:>10.2?}   {ratio:.2} of Arc's time");
    println!("Arc {arc:>10.2?}");
}
