//! Processor time of a thread, and stretches in which two threads really ran.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// The processor time that the calling thread has used, in nanoseconds.
#[must_use]
pub fn thread_time() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is where the answer goes.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    assert_eq!(failed, 0, "this system has no clock of threads");
    time.tv_sec.unsigned_abs() * 1_000_000_000 + time.tv_nsec.unsigned_abs()
}

/// How often the calling thread lost its processor, or gave it up.
fn switches() -> i64 {
    // SAFETY: plain numbers, of which all zeros is a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: `usage` is where the answer goes.
    let failed = unsafe { libc::getrusage(libc::RUSAGE_THREAD, &mut usage) };
    assert_eq!(failed, 0, "this system does not count the switches of a thread");
    usage.ru_nivcsw + usage.ru_nvcsw
}

/// The processor time of `f`, in nanoseconds.
pub fn timed(f: impl FnOnce()) -> u64 {
    let before = thread_time();
    f();
    thread_time() - before
}

/// The middle one.
#[must_use]
pub fn median(samples: &mut [f64]) -> f64 {
    assert!(!samples.is_empty(), "nothing was measured");
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}

/// A timed piece of work, between two looks at the clock on the wall.
struct Stretch {
    start: Instant,
    end: Instant,
    switches: (i64, i64),
    ns: f64,
}

/// How long a stretch shall last: short against the scheduler's slices, long
/// against what it takes to look at the clocks.
const STRETCH_NS: u64 = 100_000;

impl Stretch {
    /// Whether the thread kept its processor: no switch, and not so long that
    /// the machine below this one must have stopped it.
    fn kept(&self) -> bool {
        self.switches.0 == self.switches.1
            && self.end - self.start < Duration::from_nanos(20 * STRETCH_NS)
    }
}

/// Calls what it is given over and over, with numbers of operations; that returns the
/// nanoseconds they took.
pub type Drive<'a> = dyn FnMut(&mut dyn FnMut(u32) -> u64) + 'a;

fn stretches(
    stop: &AtomicBool,
    multiple: u32,
    work: &mut dyn FnMut(u32) -> u64,
    all: &mut Vec<Stretch>,
) {
    all.reserve(1 << 14);
    let mut n = 256u32.next_multiple_of(multiple);
    while !stop.load(Relaxed) {
        let before = switches();
        let start = Instant::now();
        let spent = work(n);
        let end = Instant::now();
        let ns = spent as f64 / f64::from(n);
        all.push(Stretch { start, end, switches: (before, switches()), ns });
        let fit = u64::from(n) * STRETCH_NS / spent.max(1);
        n = (fit.clamp(1, 1 << 20) as u32).next_multiple_of(multiple);
    }
    // The first ones find cold caches and the other thread not started.
    all.drain(..all.len().min(2));
}

/// The intervals in which a thread kept its processor.
fn running(stretches: &[Stretch]) -> Vec<(Instant, Instant)> {
    stretches
        .chunk_by(|a, b| a.kept() && b.kept() && a.switches.0 == b.switches.1)
        .filter(|chunk| chunk[0].kept())
        .map(|chunk| (chunk[0].start, chunk[chunk.len() - 1].end))
        .collect()
}

/// Nanoseconds per operation of those stretches that count: this thread kept
/// its processor, and all the while the other kept its own.
fn counted(ours: &[Stretch], theirs: &[Stretch]) -> Vec<f64> {
    let theirs = running(theirs);
    ours.iter()
        .filter(|s| s.kept())
        .filter(|s| theirs.iter().any(|(start, end)| *start <= s.start && s.end <= *end))
        .map(|s| s.ns)
        .collect()
}

/// The processors that the calling thread may run on.
fn allowed() -> libc::cpu_set_t {
    // SAFETY: a set of bits, of which all zeros is the empty one.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    // SAFETY: `set` is where the answer goes, and this is its size.
    let failed = unsafe { libc::sched_getaffinity(0, size_of_val(&set), &mut set) };
    assert_eq!(failed, 0, "this system does not say where a thread may run");
    set
}

fn allow(set: &libc::cpu_set_t) {
    // SAFETY: `set` is a set of this size.
    let failed = unsafe { libc::sched_setaffinity(0, size_of_val(set), set) };
    assert_eq!(failed, 0, "the processors are among those allowed before");
}

fn pin(cpu: usize) {
    // SAFETY: a set of bits, of which all zeros is the empty one.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    // SAFETY: a processor of a set of this type.
    unsafe { libc::CPU_SET(cpu, &mut set) };
    allow(&set);
}

/// Two processors of different cores if there are any. Left to itself, a
/// scheduler that is fair to groups puts both threads on one processor when
/// another program keeps the other busy.
fn two_processors() -> Option<(usize, usize)> {
    let set = allowed();
    let core = |cpu: usize| {
        let path = format!("/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list");
        std::fs::read_to_string(path).unwrap_or_else(|_| cpu.to_string())
    };
    let mut cpus = (0..libc::CPU_SETSIZE as usize)
        // SAFETY: a processor of a set of this type.
        .filter(|cpu| unsafe { libc::CPU_ISSET(*cpu, &set) });
    let first = cpus.next()?;
    let rest: Vec<_> = cpus.collect();
    let other = rest.iter().find(|cpu| core(**cpu) != core(first)).or(rest.first())?;
    Some((first, *other))
}

/// Runs two pieces of work against each other, `a` on the calling thread.
/// Returns the nanoseconds per operation of the stretches of each that count.
/// The number of operations is a multiple of `multiple`.
pub fn together(
    length: Duration,
    multiple: u32,
    mut a: impl FnMut(u32),
    mut b: impl FnMut(u32) + Send,
) -> (Vec<f64>, Vec<f64>) {
    sessions(
        length,
        multiple,
        |drive| drive(&mut |n| timed(|| a(n))),
        |drive| drive(&mut |n| timed(|| b(n))),
    )
}

/// As [`together`], for threads that prepare something before they work, and put it
/// away after: each has to call its [`Drive`] once.
pub fn sessions(
    length: Duration,
    multiple: u32,
    a: impl FnOnce(&mut Drive<'_>),
    b: impl FnOnce(&mut Drive<'_>) + Send,
) -> (Vec<f64>, Vec<f64>) {
    let Some((here, there)) = two_processors() else {
        return (Vec::new(), Vec::new());
    };
    let stop = AtomicBool::new(false);
    let started = AtomicBool::new(false);
    let before = allowed();
    let (a, b) = thread::scope(|scope| {
        let b = scope.spawn(|| {
            pin(there);
            let mut all = Vec::new();
            b(&mut |work| {
                started.store(true, Relaxed);
                stretches(&stop, multiple, work, &mut all);
            });
            all
        });
        scope.spawn(|| {
            thread::sleep(length);
            stop.store(true, Relaxed);
        });
        let mut all = Vec::new();
        a(&mut |work| {
            while !started.load(Relaxed) {
                thread::yield_now();
            }
            pin(here);
            stretches(&stop, multiple, work, &mut all);
            allow(&before);
        });
        (all, b.join().expect("the other thread does not panic"))
    });
    (counted(&a, &b), counted(&b, &a))
}

/// Runs one piece of work, in the same way. Returns the nanoseconds per operation of
/// the stretches in which the thread kept its processor.
pub fn session(length: Duration, multiple: u32, a: impl FnOnce(&mut Drive<'_>)) -> Vec<f64> {
    let Some((here, _)) = two_processors() else {
        return Vec::new();
    };
    let stop = AtomicBool::new(false);
    let before = allowed();
    let mut all = Vec::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(length);
            stop.store(true, Relaxed);
        });
        a(&mut |work| {
            pin(here);
            stretches(&stop, multiple, work, &mut all);
            allow(&before);
        });
    });
    all.iter().filter(|s| s.kept()).map(|s| s.ns).collect()
}
