//! How the models of `tests/loom_*` are explored.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

/// Explores a model, and prints how many executions it has.
pub(crate) fn model(f: impl Fn() + Send + Sync + 'static) {
    explore(None, f);
}

/// Explores a model with at most this many preemptions.
pub(crate) fn bounded_model(preemptions: usize, f: impl Fn() + Send + Sync + 'static) {
    explore(Some(preemptions), f);
}

fn explore(preemption_bound: Option<usize>, f: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    let unbounded = std::env::var_os("BRC_LOOM_UNBOUNDED").is_some();
    let preemption_bound = preemption_bound.filter(|_| !unbounded);
    // An exploration without bound must not get one from the environment.
    builder.preemption_bound = preemption_bound;
    builder.max_branches = 10_000;
    let executions = Arc::new(AtomicUsize::new(0));
    let begin = Instant::now();
    let counter = executions.clone();
    builder.check(move || {
        counter.fetch_add(1, Relaxed);
        f();
    });
    let bound = preemption_bound.map_or(String::new(), |n| format!(", bound {n}"));
    println!(
        "{}: {} executions in {:.1?}{bound}",
        std::thread::current().name().unwrap_or("model"),
        executions.load(Relaxed),
        begin.elapsed(),
    );
}
