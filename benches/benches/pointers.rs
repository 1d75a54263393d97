//! The rows of one thread by criterion, for distributions and baselines. The
//! table (`src/bin/table.rs`) measures the same pointers side by side.

use std::time::Duration;

use brc_benches::rows::{Bench, Cases, Target, Together, Work, one_thread};
use criterion::{Criterion, criterion_group, criterion_main};

struct Criteria<'c>(&'c mut Criterion);

/// The hand-over of more objects at once would measure the memory's speed.
const AT_ONCE: u64 = 1 << 16;

impl Bench for Criteria<'_> {
    fn one(
        &mut self,
        title: &'static str,
        _: Target,
        multiple: u32,
        cases: impl FnOnce() -> Cases<Work>,
    ) {
        let mut group = self.0.benchmark_group(title);
        for (name, mut work) in cases() {
            group.bench_function(name, |bencher| {
                bencher.iter_custom(|n| {
                    let (mut done, mut spent) = (0, 0);
                    while done < n {
                        let part = (n - done).min(AT_ONCE) as u32;
                        let part = part.next_multiple_of(multiple);
                        spent += work(part);
                        done += u64::from(part);
                    }
                    // More was done than asked for if `multiple` is not 1.
                    Duration::from_nanos(spent).mul_f64(n as f64 / done as f64)
                });
            });
        }
        group.finish();
    }

    fn two(
        &mut self,
        _: (&'static str, Target),
        _: Option<(&'static str, Target)>,
        _: impl FnOnce() -> Cases<Together>,
    ) {
        unreachable!("these rows have one thread");
    }
}

fn pointers(criterion: &mut Criterion) {
    one_thread(&mut Criteria(criterion));
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1));
    targets = pointers
}
criterion_main!(benches);
