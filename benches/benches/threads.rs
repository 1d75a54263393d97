//! The rows of two threads at the same time by criterion. Only stretches count
//! in which both really ran: see `clock`.

use std::time::Duration;

use brc_benches::clock::median;
use brc_benches::rows::{Bench, Cases, Target, Together, Work, two_threads};
use criterion::{Criterion, criterion_group, criterion_main};

struct Criteria<'c>(&'c mut Criterion);

/// How long the threads run for one sample.
const TURN: Duration = Duration::from_millis(20);

/// After so many turns without a stretch that counts, the machine is too busy.
const TURNS: usize = 200;

impl Bench for Criteria<'_> {
    fn one(&mut self, _: &'static str, _: Target, _: u32, _: impl FnOnce() -> Cases<Work>) {
        unreachable!("these rows have two threads");
    }

    fn two(
        &mut self,
        (title, _): (&'static str, Target),
        other: Option<(&'static str, Target)>,
        cases: impl FnOnce() -> Cases<Together>,
    ) {
        let mut group = self.0.benchmark_group(title);
        for (name, mut together) in cases() {
            group.bench_function(name, |bencher| {
                bencher.iter_custom(|n| {
                    if n == 1 {
                        // A trial, which shall end on the busiest machine.
                        together(TURN);
                        return Duration::from_nanos(1);
                    }
                    let ns = (0..TURNS)
                        .map(|_| together(TURN))
                        .map(
                            |(ours, theirs)| {
                                if other.is_some() { ours } else { [ours, theirs].concat() }
                            },
                        )
                        .find(|samples| !samples.is_empty())
                        .map(|mut samples| median(&mut samples))
                        .expect("both threads get a processor now and then");
                    Duration::from_secs_f64(ns * n as f64 / 1e9)
                });
            });
        }
        group.finish();
    }
}

fn threads(criterion: &mut Criterion) {
    two_threads(&mut Criteria(criterion));
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1));
    targets = threads
}
criterion_main!(benches);
