//! A visit against a list of what lives, for both sources.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Barrier, Mutex};
use std::thread;

use super::listed::Listed;
use super::*;

const SMALL: bool = cfg!(miri);
const ROUNDS: usize = if SMALL { 3 } else { 8 };
const STEPS: usize = if SMALL { 40 } else { 4000 };
const SHORT_THREADS: usize = if SMALL { 10 } else { 2000 };
const ENDINGS: usize = if SMALL { 5 } else { 300 };

/// A living block, with its number in its first and last bytes.
struct Held<S: BlockSource> {
    block: NonNull<u8>,
    layout: Layout,
    number: u8,
    source: std::marker::PhantomData<fn() -> S>,
}

// SAFETY: any thread may free a block; nobody else knows this one.
unsafe impl<S: BlockSource> Send for Held<S> {}

impl<S: BlockSource> Held<S> {
    fn new(size: usize, align: usize, number: u8) -> Self {
        let layout = Layout::from_size_align(size, align).unwrap();
        let block = S::alloc(layout).expect("there is memory");
        assert!(block.addr().get().is_multiple_of(align), "{block:?} for {layout:?}");
        let held = Self { block, layout, number, source: std::marker::PhantomData };
        for byte in held.bytes() {
            // SAFETY: a byte of the block.
            unsafe { byte.write(number) };
        }
        held
    }

    fn bytes(&self) -> impl Iterator<Item = NonNull<u8>> + use<S> {
        let (block, size) = (self.block, self.layout.size());
        let both = [0, size.wrapping_sub(1)].into_iter().filter(move |at| *at < size);
        // SAFETY: in the block.
        both.map(move |at| unsafe { block.add(at) })
    }

    fn free(self) {
        for byte in self.bytes() {
            // SAFETY: a byte of the block, written by `new`.
            assert_eq!(unsafe { byte.read() }, self.number, "another block lies here");
        }
        // SAFETY: from `new`, and freed by value.
        unsafe { S::free(self.block, self.layout) };
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end
    }

    /// Mostly what objects look like, and now and then something odd.
    fn block<S: BlockSource>(&mut self) -> Held<S> {
        let number = self.below(256) as u8;
        let (size, align) = match self.below(100) {
            0..50 => (24 + self.below(200), 8),
            50..60 => (24, 8),
            60..65 => (self.below(40), 1 << self.below(5)),
            65..80 => (24 + self.below(3000), 16),
            80..90 => (self.below(6000), 32 << self.below(8)),
            90..96 => (self.below(64 << 10), 8),
            96 if SMALL => (0, 1),
            96 => (self.below(700 << 10), 8),
            97 if self.below(20) == 0 && !SMALL => (1 + self.below(40 << 20), 16),
            98 if self.below(8) == 0 && !SMALL => (self.below(100 << 10), 4 << 10 << self.below(9)),
            _ => (48, 8),
        };
        Held::new(size, align, number)
    }
}

/// Visits twice, and compares with what lives.
///
/// # Safety
///
/// As for `visit`.
unsafe fn check<'a, S: BlockSource + 'a>(living: impl Iterator<Item = &'a Held<S>>) {
    let living: BTreeMap<_, _> = living.map(|held| (held.block, held.layout)).collect();
    for _ in 0..2 {
        let mut seen = BTreeMap::new();
        let mut f = |block: NonNull<u8>, usable: usize| {
            assert_eq!(seen.insert(block, usable), None, "{block:?} is visited twice");
        };
        // SAFETY: of the caller.
        unsafe { S::visit(&mut f) };
        for (block, layout) in &living {
            let usable = *seen.get(block).unwrap_or_else(|| panic!("no {block:?}, {layout:?}"));
            assert!(usable >= layout.size(), "{usable} bytes for {layout:?}");
        }
        // Where a test cannot have a process for itself, others' blocks are there.
        if !cfg!(miri) {
            let extra = seen.keys().find(|block| !living.contains_key(block));
            assert_eq!(extra, None, "{} blocks for {}", seen.len(), living.len());
        }
    }
}

/// Runs the test `name` in a process for itself: a visit needs that nobody else
/// allocates.
fn alone(name: &str, environment: &[(&str, &str)], test: impl FnOnce()) {
    const ALONE: &str = "BRC_TEST_ALONE";
    if cfg!(miri) || std::env::var_os(ALONE).is_some() {
        return test();
    }
    let (_, module) = module_path!().split_once("::").unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args([&format!("{module}::{name}"), "--exact", "--test-threads=1", "--nocapture"])
        .env(ALONE, "")
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{text}\n{errors}", output.status);
    assert!(text.contains("1 passed"), "no test `{name}`: {text}");
}

/// Threads allocate and free each other's blocks at random; between the rounds
/// some end, and a visit is compared with what lives.
fn random_program<S: BlockSource + 'static>() {
    const THREADS: usize = 3;
    let shared: Mutex<Vec<Held<S>>> = Mutex::new(Vec::new());
    let (begin, done) = (Barrier::new(THREADS + 1), Barrier::new(THREADS + 1));
    /// The threads would wait for the next round for ever.
    struct Abort;
    impl Drop for Abort {
        fn drop(&mut self) {
            if thread::panicking() {
                std::process::abort();
            }
        }
    }
    let worker = |seed: u64, rounds: usize| {
        let (shared, begin, done) = (&shared, &begin, &done);
        move || {
            let _abort = Abort;
            let mut random = Random(seed);
            for _ in 0..rounds {
                begin.wait();
                let mut own = Vec::new();
                // Some rounds fill, some leave holes.
                let fills = random.below(3) != 0;
                for _ in 0..STEPS {
                    match random.below(10) {
                        0..5 => own.push(random.block::<S>()),
                        5 => shared.lock().unwrap().extend(own.pop()),
                        6 if !own.is_empty() => own.swap_remove(random.below(own.len())).free(),
                        _ if fills => own.push(random.block::<S>()),
                        _ => {
                            let mut shared = shared.lock().unwrap();
                            if !shared.is_empty() {
                                let held = random.below(shared.len());
                                let held = shared.swap_remove(held);
                                drop(shared);
                                held.free();
                            }
                        }
                    }
                }
                shared.lock().unwrap().append(&mut own);
                done.wait();
            }
        }
    };
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    thread::scope(|scope| {
        let _abort = Abort;
        for round in 0..ROUNDS {
            // One thread lives on, the others are new in each round.
            for thread in 0..THREADS {
                if round == 0 || thread != 0 {
                    let rounds = if thread == 0 { ROUNDS } else { 1 };
                    scope.spawn(worker(1 + (round * THREADS + thread) as u64 * 7919, rounds));
                }
            }
            begin.wait();
            done.wait();
            // SAFETY: the other threads wait for the next round, or end.
            unsafe { check(shared.lock().unwrap().iter()) };
            let mut shared = shared.lock().unwrap();
            for _ in 0..shared.len() * random.below(8) / 8 {
                let held = random.below(shared.len());
                shared.swap_remove(held).free();
            }
            shared.push(random.block());
            // SAFETY: as above.
            unsafe { check(shared.iter()) };
        }
    });
    let mut shared = shared.into_inner().unwrap();
    // SAFETY: no other thread is left.
    unsafe { check(shared.iter()) };
    shared.drain(..).for_each(Held::free);
    // SAFETY: no other thread is left.
    unsafe { check::<S>([].iter()) };
}

#[test]
fn a_visit_finds_exactly_what_lives_after_a_random_program() {
    alone("a_visit_finds_exactly_what_lives_after_a_random_program", &[], random_program::<Blocks>);
}

#[test]
fn a_visit_of_the_list_finds_exactly_what_lives_after_a_random_program() {
    let name = "a_visit_of_the_list_finds_exactly_what_lives_after_a_random_program";
    alone(name, &[], random_program::<Listed>);
}

#[test]
fn a_visit_finds_pages_that_are_in_no_arena() {
    let environment = [("MIMALLOC_DISALLOW_ARENA_ALLOC", "1")];
    alone("a_visit_finds_pages_that_are_in_no_arena", &environment, random_program::<Blocks>);
}

#[test]
fn blocks_of_short_threads_are_found_and_freed() {
    alone("blocks_of_short_threads_are_found_and_freed", &[], || {
        let mut living: Vec<Held<Blocks>> = Vec::new();
        for n in 0..SHORT_THREADS {
            let old =
                if living.is_empty() { None } else { Some(living.swap_remove(n % living.len())) };
            let new = thread::spawn(move || {
                let number = n as u8;
                let blocks = [48, 64, 80].map(|size| Held::new(size, 8, number));
                old.into_iter().for_each(Held::free);
                blocks
            });
            let [first, second, third] = new.join().unwrap();
            first.free();
            living.extend([second, third]);
        }
        assert_eq!(living.len(), SHORT_THREADS + 1);
        // SAFETY: no other thread is left.
        unsafe { check(living.iter()) };
        living.into_iter().for_each(Held::free);
        // SAFETY: no other thread is left.
        unsafe { check::<Blocks>([].iter()) };
    });
}

#[test]
fn threads_may_end_during_a_visit() {
    alone("threads_may_end_during_a_visit", &[], || {
        let mut random = Random(42);
        let mut living: Vec<Held<Blocks>> = Vec::new();
        for round in 0..ENDINGS {
            let (sender, receiver): (Sender<Vec<Held<Blocks>>>, Receiver<_>) = channel();
            let threads: Vec<_> = (0..4)
                .map(|thread| {
                    let sender = sender.clone();
                    let others: Vec<_> = living.drain(living.len() - living.len() / 8..).collect();
                    thread::spawn(move || {
                        let mut random = Random((1 + round * 4 + thread) as u64 * 31);
                        let mut blocks: Vec<_> =
                            (0..100).map(|n| Held::new(24 + random.below(400), 8, n)).collect();
                        others.into_iter().for_each(Held::free);
                        (0..50).for_each(|_| blocks.swap_remove(random.below(blocks.len())).free());
                        // Afterwards this thread does nothing but end.
                        sender.send(blocks).unwrap();
                    })
                })
                .collect();
            drop(sender);
            living.extend(receiver.iter().take(4).flatten());
            // SAFETY: the threads have sent their blocks, and use none any more.
            unsafe { check(living.iter()) };
            threads.into_iter().for_each(|thread| thread.join().unwrap());
            let keep = living.len() / (1 + random.below(3));
            living.drain(keep..).for_each(Held::free);
        }
    });
}

#[test]
fn destructors_of_thread_locals_may_allocate_and_free() {
    struct Late(Sender<Held<Blocks>>, Option<Held<Blocks>>);
    impl Drop for Late {
        fn drop(&mut self) {
            self.1.take().into_iter().for_each(Held::free);
            for n in 0..3 {
                self.0.send(Held::new(40 + 400 * n, 8, n as u8)).unwrap();
            }
            Held::<Blocks>::new(5000, 8, 1).free();
        }
    }
    thread_local! {
        static BEFORE: std::cell::RefCell<Option<Late>> = const { std::cell::RefCell::new(None) };
        static AFTER: std::cell::RefCell<Option<Late>> = const { std::cell::RefCell::new(None) };
    }
    alone("destructors_of_thread_locals_may_allocate_and_free", &[], || {
        let (sender, receiver) = channel();
        for _ in 0..ENDINGS / 5 {
            let sender = sender.clone();
            // Whichever order destructors run in, one of the two is late.
            thread::spawn(move || {
                BEFORE.with_borrow_mut(|late| *late = Some(Late(sender.clone(), None)));
                let first = Held::new(64, 8, 1);
                let second = Held::new(64, 8, 2);
                BEFORE.with_borrow_mut(|late| late.as_mut().unwrap().1 = Some(first));
                AFTER.with_borrow_mut(|late| *late = Some(Late(sender, Some(second))));
            })
            .join()
            .unwrap();
        }
        drop(sender);
        let living: Vec<_> = receiver.iter().collect();
        assert_eq!(living.len(), ENDINGS / 5 * 6);
        // SAFETY: no other thread is left.
        unsafe { check(living.iter()) };
        living.into_iter().for_each(Held::free);
        // SAFETY: no other thread is left.
        unsafe { check::<Blocks>([].iter()) };
    });
}

#[test]
fn a_thread_gives_up_its_pages_only_after_the_visit() {
    static PASSED: Mutex<usize> = Mutex::new(0);
    struct Pass;
    impl Drop for Pass {
        fn drop(&mut self) {
            *PASSED.lock().unwrap() += 1;
        }
    }
    // Whichever order destructors run in, ours is between these two.
    thread_local! {
        static BEFORE: Pass = const { Pass };
        static AFTER: Pass = const { Pass };
    }
    alone("a_thread_gives_up_its_pages_only_after_the_visit", &[], || {
        let (end, may_end) = channel::<()>();
        let (sender, receiver) = channel();
        let thread = thread::spawn(move || {
            BEFORE.with(|_| ());
            sender.send(Held::<Blocks>::new(48, 8, 0)).unwrap();
            AFTER.with(|_| ());
            may_end.recv().unwrap();
        });
        let living = receiver.recv().unwrap();
        let mut f = |_: NonNull<u8>, _: usize| {
            end.send(()).unwrap();
            // As long as it would need: it must not, however long this takes.
            for _ in 0..if SMALL { 1 } else { 200 } {
                assert_ne!(*PASSED.lock().unwrap(), 2, "the pages are given up");
                thread::sleep(std::time::Duration::from_micros(100));
            }
        };
        // Not so in the list, which no thread's end changes.
        if cfg!(not(any(not(unix), miri, brc_std_blocks))) {
            // SAFETY: the thread waits, and then ends.
            unsafe { Blocks::visit(&mut f) };
        } else {
            end.send(()).unwrap();
        }
        thread.join().unwrap();
        assert_eq!(*PASSED.lock().unwrap(), 2);
        living.free();
    });
}

#[cfg(all(unix, not(any(miri, brc_std_blocks))))]
#[test]
fn mimalloc_ends_no_thread_that_we_have_ended() {
    use std::cell::RefCell;
    use std::sync::Arc;

    use libmimalloc_sys::{mi_free, mi_malloc};

    /// Keeps a thread between our end of it and mimalloc's.
    struct Between([Arc<Barrier>; 2]);
    impl Drop for Between {
        fn drop(&mut self) {
            self.0.iter().for_each(|barrier| _ = barrier.wait());
        }
    }
    thread_local! { static BETWEEN: RefCell<Option<Between>> = const { RefCell::new(None) } }

    alone("mimalloc_ends_no_thread_that_we_have_ended", &[], || {
        for _ in 0..ENDINGS / 5 {
            let [ended, go] = [8, 8].map(|n| Arc::new(Barrier::new(n + 1)));
            let held = Arc::new(Barrier::new(6));
            let old: Vec<_> = (0..8)
                .map(|_| {
                    let between = Between([ended.clone(), go.clone()]);
                    thread::spawn(|| {
                        BETWEEN.set(Some(between));
                        Held::<Blocks>::new(48, 8, 0).free();
                    })
                })
                .collect();
            ended.wait();
            // What mimalloc had for the old threads is now others'.
            let new: Vec<_> = (0..5)
                .map(|_| {
                    let held = held.clone();
                    thread::spawn(move || {
                        // SAFETY: no conditions.
                        let block = unsafe { mi_malloc(100) };
                        held.wait();
                        held.wait();
                        // SAFETY: from above.
                        unsafe { mi_free(block) };
                    })
                })
                .collect();
            held.wait();
            go.wait();
            old.into_iter().for_each(|thread| thread.join().unwrap());
            held.wait();
            new.into_iter().for_each(|thread| thread.join().unwrap());
        }
    });
}

#[test]
fn a_panic_ends_a_visit_and_nothing_else() {
    alone("a_panic_ends_a_visit_and_nothing_else", &[], || {
        let living = [48, 48, 1 << 20].map(|size| Held::<Blocks>::new(size, 8, 0));
        for last in 1..=3 {
            let mut calls = 0;
            let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                let mut f = |_: NonNull<u8>, _: usize| {
                    calls += 1;
                    if calls == last {
                        std::panic::panic_any(last);
                    }
                };
                // SAFETY: no other thread is there.
                unsafe { Blocks::visit(&mut f) };
            }));
            assert_eq!(panic.unwrap_err().downcast_ref(), Some(&last));
            assert_eq!(calls, last);
            // SAFETY: no other thread is there.
            unsafe { check(living.iter()) };
        }
        living.into_iter().for_each(Held::free);
    });
}

#[test]
fn allocations_fail_when_a_test_says_so() {
    alone("allocations_fail_when_a_test_says_so", &[], || {
        let layouts = [(48, 8), (1 << 20, 8), (64, 64), (100, 8192)]
            .map(|(size, align)| Layout::from_size_align(size, align).unwrap());
        for used_before in [false, true] {
            thread::spawn(move || {
                if used_before {
                    Held::<Blocks>::new(48, 8, 0).free();
                }
                fail_after(Some(2));
                let kept = [48, 1 << 20].map(|size| Held::<Blocks>::new(size, 8, 0));
                for layout in layouts {
                    assert_eq!(Blocks::alloc(layout), None);
                    assert_eq!(Listed::alloc(layout), None);
                }
                // Another thread does not notice.
                thread::spawn(|| Held::<Blocks>::new(48, 8, 0).free()).join().unwrap();
                fail_after(None);
                kept.into_iter().for_each(Held::free);
                for layout in layouts {
                    Held::<Blocks>::new(layout.size(), layout.align(), 0).free();
                }
            })
            .join()
            .unwrap();
        }
    });
}

#[test]
fn what_does_not_fit_into_memory_is_none() {
    for (size, align) in [(isize::MAX as usize - 15, 16), (1 << 60, 4096)] {
        let layout = Layout::from_size_align(size, align).unwrap();
        if !cfg!(miri) {
            assert_eq!(Blocks::alloc(layout), None);
            assert_eq!(Listed::alloc(layout), None);
        }
    }
}
