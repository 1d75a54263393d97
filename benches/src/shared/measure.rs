//! Takes samples: cases in turns, one thread or two.

use std::time::Duration;

use brc_benches::clock::{Drive, session, sessions};

use super::BATCH;

/// What a thread does from its start to its end.
pub(crate) type Session = Box<dyn FnOnce(&mut Drive<'_>) + Send>;

/// A row.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// Makes what the thread does; 1 is the other of two threads.
    start: Box<dyn Fn(usize) -> Session>,
}

impl Case {
    /// Both threads do the same.
    pub(crate) fn new<S>(name: &'static str, start: impl Fn() -> S + 'static) -> Self
    where
        S: FnOnce(&mut Drive<'_>) + Send + 'static,
    {
        Self { name, start: Box::new(move |_| Box::new(start())) }
    }

    /// The other thread does something else.
    pub(crate) fn two<A, B>(
        name: &'static str,
        this: impl Fn() -> A + 'static,
        other: impl Fn() -> B + 'static,
    ) -> Self
    where
        A: FnOnce(&mut Drive<'_>) + Send + 'static,
        B: FnOnce(&mut Drive<'_>) + Send + 'static,
    {
        let start = move |thread| -> Session {
            if thread == 0 { Box::new(this()) } else { Box::new(other()) }
        };
        Self { name, start: Box::new(start) }
    }
}

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    rounds: usize,
    /// Of one case's round, for one thread.
    round_ns: u64,
    /// Of one case's turn, for two threads, and the turns.
    turn: Duration,
    turns: usize,
}

pub(crate) const FULL: Effort =
    Effort { rounds: 200, round_ns: 50_000, turn: Duration::from_millis(60), turns: 4 };
pub(crate) const BRIEF: Effort =
    Effort { rounds: 10, round_ns: 20_000, turn: Duration::from_millis(12), turns: 2 };

/// What was measured of one case in one column: nanoseconds per operation.
pub(crate) struct Cell {
    pub(crate) case: &'static str,
    pub(crate) column: &'static str,
    pub(crate) samples: Vec<f64>,
}

/// Measures one group.
pub(crate) struct Bench {
    pub(crate) effort: Effort,
    pub(crate) cells: Vec<Cell>,
}

impl Bench {
    fn push(&mut self, case: &Case, column: &'static str, samples: Vec<f64>) {
        self.cells.push(Cell { case: case.name, column, samples });
    }

    /// One thread.
    pub(crate) fn one(&mut self, column: &'static str, cases: &[Case]) {
        let run = |case: &Case, n: u32| {
            let mut spent = 0;
            (case.start)(0)(&mut |work| spent = work(n));
            spent
        };
        let sizes: Vec<u32> = cases
            .iter()
            .map(|case| {
                let trial = 16 * BATCH;
                run(case, trial); // cold
                let spent = run(case, trial).max(1);
                let fit = u64::from(trial) * self.effort.round_ns / spent;
                fit.clamp(BATCH.into(), 1 << 20) as u32
            })
            .collect();
        let mut samples = vec![Vec::new(); cases.len()];
        for round in 0..self.effort.rounds {
            // Start with another one each time, so that none has a fixed neighbour in time.
            for turn in 0..cases.len() {
                let i = (round + turn) % cases.len();
                samples[i].push(run(&cases[i], sizes[i]) as f64 / f64::from(sizes[i]));
            }
        }
        for (case, samples) in cases.iter().zip(samples) {
            self.push(case, column, samples);
        }
    }

    /// One thread alone and two at once, in turns: for the ratio of the two.
    pub(crate) fn one_and_two(&mut self, one: &'static str, two: &'static str, cases: &[Case]) {
        let mut samples = vec![(Vec::new(), Vec::new()); cases.len()];
        for _ in 0..self.effort.turns {
            for (case, (alone, together)) in cases.iter().zip(&mut samples) {
                alone.extend(session(self.effort.turn / 3, 1, (case.start)(0)));
                let (a, b) = sessions(self.effort.turn, 1, (case.start)(0), (case.start)(1));
                together.extend(a);
                together.extend(b);
            }
        }
        for (case, (alone, together)) in cases.iter().zip(samples) {
            self.push(case, one, alone);
            self.push(case, two, together);
        }
    }

    /// Two threads that do different things.
    pub(crate) fn two(&mut self, this: &'static str, other: Option<&'static str>, cases: &[Case]) {
        let mut samples = vec![(Vec::new(), Vec::new()); cases.len()];
        for _ in 0..self.effort.turns {
            for (case, (ours, theirs)) in cases.iter().zip(&mut samples) {
                let (a, b) = sessions(self.effort.turn, 1, (case.start)(0), (case.start)(1));
                ours.extend(a);
                theirs.extend(b);
            }
        }
        for (case, (ours, theirs)) in cases.iter().zip(samples) {
            self.push(case, this, ours);
            if let Some(other) = other {
                self.push(case, other, theirs);
            }
        }
    }
}
