//! The rows: what is measured, for which pointers, against which target.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use brc::Brc;

use crate::clock::{timed, together};
use crate::{
    ArcFamily, Biasedrc, BrcFamily, Family, HybridArc, HybridRc, Node, Plain, RcFamily, Steel,
    Triomphe, Unique, Weakly, Xadd, immortal, loops, made_elsewhere,
};

/// What a row must reach.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// At most so many times this column.
    Ratio { base: &'static str, limit: f64, stretch: Option<f64> },
    /// At most so many nanoseconds.
    Ns { limit: f64, stretch: f64 },
    /// None; shown as a ratio to this column.
    Shown { base: &'static str },
    /// None, and nothing to compare with.
    Alone,
}

/// Does a number of operations and returns the nanoseconds they took.
pub type Work = Box<dyn FnMut(u32) -> u64>;

/// Runs two threads against each other for so long. Returns the nanoseconds per
/// operation of the stretches of each that count.
pub type Together = Box<dyn FnMut(Duration) -> (Vec<f64>, Vec<f64>)>;

/// A row's pointers, by column.
pub type Cases<W> = Vec<(&'static str, W)>;

/// Something that measures rows.
///
/// `cases` makes the objects: not to be called for a row that is left out.
pub trait Bench {
    /// One thread. The number of operations must be a multiple of `multiple`.
    fn one(
        &mut self,
        title: &'static str,
        target: Target,
        multiple: u32,
        cases: impl FnOnce() -> Cases<Work>,
    );

    /// Two threads at the same time. Without a row for the other thread, both
    /// do the same, and both count.
    fn two(
        &mut self,
        this: (&'static str, Target),
        other: Option<(&'static str, Target)>,
        cases: impl FnOnce() -> Cases<Together>,
    );
}

fn work(mut f: impl FnMut(u32) + 'static) -> Work {
    Box::new(move |n| timed(|| f(n)))
}

// --------------------------------------------------------------- single thread

/// How many objects take turns as the one hot object: where an object lies
/// relative to the stack can change its figure.
const HOT: u64 = 8;

/// Clones and drops one object's handle, of another object each round.
fn hot<H: Clone + 'static>(mut handles: Vec<H>) -> Work {
    work(move |n| {
        handles.rotate_left(1);
        loops::clone_drop(n, &handles[0]);
    })
}

fn owner<P: Family>() -> Work {
    P::enter();
    hot((0..HOT).map(P::new).collect())
}

const DISTINCT: usize = 1000;

fn owner_each<P: Family>() -> Work {
    P::enter();
    let handles: Vec<_> = (0..DISTINCT as u64).map(P::new).collect();
    work(move |n| loops::clone_drop_each(n, &handles))
}

fn stranger<P: Family>() -> Work
where
    P::Of<u64>: Send,
{
    hot(made_elsewhere::<P, _>(|| (0..HOT).map(P::new).collect()))
}

fn stranger_each<P: Family>() -> Work
where
    P::Of<u64>: Send,
{
    let handles: Vec<_> = made_elsewhere::<P, _>(|| (0..DISTINCT as u64).map(P::new).collect());
    work(move |n| loops::clone_drop_each(n, &handles))
}

fn merged(count: u64) -> Vec<Brc<u64>> {
    made_elsewhere::<BrcFamily, _>(move || {
        let handles: Vec<_> = (0..count).map(Brc::new).collect();
        handles.iter().for_each(Brc::share);
        handles
    })
}

fn new_drop<P: Family>() -> Work {
    P::enter();
    work(loops::new_drop::<P>)
}

fn new_drop_batch<P: Family>() -> Work {
    P::enter();
    let mut room = Vec::with_capacity(1000);
    work(move |n| loops::new_drop_batch::<P>(n, &mut room))
}

fn deref<P: Family>() -> Work {
    P::enter();
    let handle = P::new(7u64);
    work(move |n| loops::deref::<P>(n, &handle))
}

fn upgrade<P: Weakly>() -> Work {
    P::enter();
    let handle = P::new(7u64);
    let weak = P::downgrade(&handle);
    work(move |n| {
        let _alive = &handle;
        loops::upgrade_drop::<P>(n, &weak);
    })
}

fn upgrade_stranger<P: Weakly>() -> Work
where
    P::Of<u64>: Send,
    P::Weak<u64>: Send,
{
    let (handle, weak) = made_elsewhere::<P, _>(|| {
        let handle = P::new(7u64);
        let weak = P::downgrade(&handle);
        (handle, weak)
    });
    work(move |n| {
        let _alive = &handle;
        loops::upgrade_drop::<P>(n, &weak);
    })
}

fn downgrade<P: Weakly>() -> Work {
    P::enter();
    let handle = P::new(7u64);
    work(move |n| loops::downgrade_drop::<P>(n, &handle))
}

fn get_mut<P: Unique>() -> Work {
    P::enter();
    let mut handle = P::new(7u64);
    work(move |n| loops::get_mut::<P>(n, &mut handle))
}

fn make_mut<P: Unique>() -> Work {
    P::enter();
    let mut handle = P::new(7u64);
    work(move |n| loops::make_mut::<P>(n, &mut handle))
}

fn try_unwrap<P: Unique>() -> Work {
    P::enter();
    let mut handles = Vec::new();
    Box::new(move |n| {
        handles.extend((0..u64::from(n)).map(P::new));
        timed(|| loops::try_unwrap::<P>(&mut handles))
    })
}

// ------------------------------------------------------------------- hand-over

/// Lets another thread drop the only handles to objects of this thread, and
/// gives the time that takes there, or here when this thread takes them in.
fn hand_over<P: Family>(here: bool) -> Work
where
    P::Of<u64>: Send,
{
    P::enter();
    let (to, inbox): (Sender<Vec<P::Of<u64>>>, Receiver<_>) = channel();
    let (answer, spent) = channel();
    thread::spawn(move || {
        P::enter();
        for handles in inbox {
            if answer.send(timed(|| drop(handles))).is_err() {
                break;
            }
        }
    });
    Box::new(move |n| {
        to.send((0..u64::from(n)).map(P::new).collect()).expect("the thread lives");
        let there = spent.recv().expect("the thread lives");
        let taken_in = timed(P::take_in);
        if here { taken_in } else { there }
    })
}

// ----------------------------------------------------------------- two threads

fn owner_and_stranger<P: Family>() -> Together
where
    P::Of<u64>: Send,
{
    P::enter();
    two_handles(P::new(7u64), P::enter)
}

/// `Rc` handles here, `Arc` handles there, of one object.
fn owner_and_stranger_hybrid() -> Together {
    let ours = hybrid_rc::Rc::new(7u64);
    let theirs = hybrid_rc::Rc::to_shared(&ours);
    Box::new(move |length| {
        let theirs = theirs.clone();
        together(length, 1, |n| loops::clone_drop(n, &ours), move |n| loops::clone_drop(n, &theirs))
    })
}

/// Clones and drops on this and another thread.
fn two_handles<H: Clone + Send + 'static>(ours: H, enter: fn()) -> Together {
    Box::new(move |length| {
        let theirs = ours.clone();
        let mut entered = false;
        together(
            length,
            1,
            |n| loops::clone_drop(n, &ours),
            move |n| {
                if !std::mem::replace(&mut entered, true) {
                    enter();
                }
                loops::clone_drop(n, &theirs);
            },
        )
    })
}

fn two_strangers<P: Family>() -> Together
where
    P::Of<u64>: Send,
{
    two_handles(made_elsewhere::<P, _>(|| P::new(7u64)), P::enter)
}

const TREE_DEPTH: u32 = 9;
const TREE_NODES: u32 = (1 << (TREE_DEPTH + 1)) - 1;

fn two_walkers<P: Family>() -> Together
where
    P::Of<Node<P>>: Send,
{
    let ours = made_elsewhere::<P, _>(|| Node::<P>::tree(TREE_DEPTH));
    Box::new(move |length| {
        let theirs = ours.clone();
        let mut entered = false;
        together(
            length,
            TREE_NODES,
            |n| loops::walk::<P>(n, TREE_NODES, &ours),
            move |n| {
                if !std::mem::replace(&mut entered, true) {
                    P::enter();
                }
                loops::walk::<P>(n, TREE_NODES, &theirs);
            },
        )
    })
}

fn walker<P: Family>(owner: bool) -> Work
where
    P::Of<Node<P>>: Send,
{
    P::enter();
    let tree = if owner {
        Node::<P>::tree(TREE_DEPTH)
    } else {
        made_elsewhere::<P, _>(|| Node::<P>::tree(TREE_DEPTH))
    };
    work(move |n| loops::walk::<P>(n, TREE_NODES, &tree))
}

fn walker_rc<P: Family>() -> Work {
    let tree = Node::<P>::tree(TREE_DEPTH);
    work(move |n| loops::walk::<P>(n, TREE_NODES, &tree))
}

// -------------------------------------------------------------------- the rows

const fn ratio(base: &'static str, limit: f64, stretch: f64) -> Target {
    Target::Ratio { base, limit, stretch: Some(stretch) }
}

const fn at_most(base: &'static str, limit: f64) -> Target {
    Target::Ratio { base, limit, stretch: None }
}

const fn shown(base: &'static str) -> Target {
    Target::Shown { base }
}

/// The rows of one thread (others may have made its objects).
pub fn one_thread(bench: &mut impl Bench) {
    // First, while the heap is in order.
    bench.one("owner: new + drop", ratio("Rc", 1.25, 1.1), 1, || {
        vec![
            ("Rc", new_drop::<RcFamily>()),
            ("Brc", new_drop::<BrcFamily>()),
            ("hybrid-rc", new_drop::<HybridRc>()),
            ("biasedrc", new_drop::<Biasedrc>()),
            ("steel-rc", new_drop::<Steel>()),
            ("triomphe", new_drop::<Triomphe>()),
            ("Arc", new_drop::<ArcFamily>()),
        ]
    });
    bench.one("owner: new 1000, then drop them", ratio("Rc", 1.25, 1.1), 1000, || {
        vec![
            ("Rc", new_drop_batch::<RcFamily>()),
            ("Brc", new_drop_batch::<BrcFamily>()),
            ("hybrid-rc", new_drop_batch::<HybridRc>()),
            ("biasedrc", new_drop_batch::<Biasedrc>()),
            ("steel-rc", new_drop_batch::<Steel>()),
            ("triomphe", new_drop_batch::<Triomphe>()),
            ("Arc", new_drop_batch::<ArcFamily>()),
        ]
    });
    bench.one("owner: clone + drop", ratio("Rc", 1.6, 1.2), 1, || {
        vec![
            ("plain", owner::<Plain>()),
            ("Rc", owner::<RcFamily>()),
            ("Brc", owner::<BrcFamily>()),
            ("hybrid-rc", owner::<HybridRc>()),
            ("biasedrc", owner::<Biasedrc>()),
            ("steel-rc", owner::<Steel>()),
            ("triomphe", owner::<Triomphe>()),
            ("Arc", owner::<ArcFamily>()),
            ("xadd", owner::<Xadd>()),
        ]
    });
    bench.one("owner: clone + drop, 1000 distinct", ratio("Rc", 2.2, 1.5), 1000, || {
        vec![
            ("plain", owner_each::<Plain>()),
            ("Rc", owner_each::<RcFamily>()),
            ("Brc", owner_each::<BrcFamily>()),
            ("hybrid-rc", owner_each::<HybridRc>()),
            ("biasedrc", owner_each::<Biasedrc>()),
            ("steel-rc", owner_each::<Steel>()),
            ("triomphe", owner_each::<Triomphe>()),
            ("Arc", owner_each::<ArcFamily>()),
            ("xadd", owner_each::<Xadd>()),
        ]
    });
    bench.one("other thread: clone + drop, merged", at_most("Arc", 1.02), 1, || {
        vec![
            ("Arc", stranger::<ArcFamily>()),
            ("Brc", hot(merged(HOT))),
            ("triomphe", stranger::<Triomphe>()),
            ("hybrid-rc", stranger::<HybridArc>()),
            ("xadd", stranger::<Xadd>()),
        ]
    });
    bench.one("other thread: clone + drop, not merged", at_most("Arc", 1.10), 1, || {
        vec![
            ("Arc", stranger::<ArcFamily>()),
            ("Brc", stranger::<BrcFamily>()),
            ("triomphe", stranger::<Triomphe>()),
            ("hybrid-rc", stranger::<HybridArc>()),
            ("biasedrc", stranger::<Biasedrc>()),
            ("steel-rc", stranger::<Steel>()),
            ("xadd", stranger::<Xadd>()),
        ]
    });
    bench.one("other thread: 1000 distinct, merged", shown("Arc"), 1000, || {
        let handles = merged(DISTINCT as u64);
        vec![
            ("Arc", stranger_each::<ArcFamily>()),
            ("Brc", work(move |n| loops::clone_drop_each(n, &handles))),
            ("triomphe", stranger_each::<Triomphe>()),
            ("hybrid-rc", stranger_each::<HybridArc>()),
            ("xadd", stranger_each::<Xadd>()),
        ]
    });
    bench.one("other thread: 1000 distinct, not merged", shown("Arc"), 1000, || {
        vec![
            ("Arc", stranger_each::<ArcFamily>()),
            ("Brc", stranger_each::<BrcFamily>()),
            ("triomphe", stranger_each::<Triomphe>()),
            ("hybrid-rc", stranger_each::<HybridArc>()),
            ("biasedrc", stranger_each::<Biasedrc>()),
            ("steel-rc", stranger_each::<Steel>()),
            ("xadd", stranger_each::<Xadd>()),
        ]
    });
    bench.one("immortal: clone + drop, its maker", ratio("plain", 1.5, 1.1), 1, || {
        vec![
            ("plain", owner::<Plain>()),
            ("Rc", owner::<RcFamily>()),
            ("Brc", hot((0..HOT).map(immortal).collect())),
            ("Arc", owner::<ArcFamily>()),
        ]
    });
    bench.one("immortal: clone + drop, other thread", ratio("plain", 1.5, 1.1), 1, || {
        let handles = made_elsewhere::<BrcFamily, _>(|| (0..HOT).map(immortal).collect());
        vec![
            ("plain", owner::<Plain>()),
            ("Rc", owner::<RcFamily>()),
            ("Brc", hot(handles)),
            ("Arc", owner::<ArcFamily>()),
        ]
    });
    bench.one("owner: Weak upgrade + drop", shown("Rc"), 1, || {
        vec![
            ("Rc", upgrade::<RcFamily>()),
            ("Brc", upgrade::<BrcFamily>()),
            ("hybrid-rc", upgrade::<HybridRc>()),
            ("biasedrc", upgrade::<Biasedrc>()),
            ("Arc", upgrade::<ArcFamily>()),
        ]
    });
    bench.one("other thread: Weak upgrade + drop", shown("Arc"), 1, || {
        vec![
            ("Brc", upgrade_stranger::<BrcFamily>()),
            ("hybrid-rc", upgrade_stranger::<HybridArc>()),
            ("biasedrc", upgrade_stranger::<Biasedrc>()),
            ("Arc", upgrade_stranger::<ArcFamily>()),
        ]
    });
    bench.one("owner: downgrade + drop", shown("Arc"), 1, || {
        vec![
            ("Rc", downgrade::<RcFamily>()),
            ("Brc", downgrade::<BrcFamily>()),
            ("hybrid-rc", downgrade::<HybridRc>()),
            ("biasedrc", downgrade::<Biasedrc>()),
            ("Arc", downgrade::<ArcFamily>()),
        ]
    });
    bench.one("deref", shown("Rc"), 1, || {
        vec![
            ("plain", deref::<Plain>()),
            ("Rc", deref::<RcFamily>()),
            ("Brc", deref::<BrcFamily>()),
            ("hybrid-rc", deref::<HybridRc>()),
            ("biasedrc", deref::<Biasedrc>()),
            ("steel-rc", deref::<Steel>()),
            ("triomphe", deref::<Triomphe>()),
            ("Arc", deref::<ArcFamily>()),
        ]
    });
    bench.one("owner: get_mut, unique", shown("Rc"), 1, || {
        vec![
            ("Rc", get_mut::<RcFamily>()),
            ("Brc", get_mut::<BrcFamily>()),
            ("hybrid-rc", get_mut::<HybridRc>()),
            ("triomphe", get_mut::<Triomphe>()),
            ("Arc", get_mut::<ArcFamily>()),
        ]
    });
    bench.one("owner: make_mut, unique", shown("Rc"), 1, || {
        vec![
            ("Rc", make_mut::<RcFamily>()),
            ("Brc", make_mut::<BrcFamily>()),
            ("hybrid-rc", make_mut::<HybridRc>()),
            ("triomphe", make_mut::<Triomphe>()),
            ("Arc", make_mut::<ArcFamily>()),
        ]
    });
    bench.one("owner: try_unwrap, unique, with its free", shown("Rc"), 1, || {
        vec![
            ("Rc", try_unwrap::<RcFamily>()),
            ("Brc", try_unwrap::<BrcFamily>()),
            ("hybrid-rc", try_unwrap::<HybridRc>()),
            ("triomphe", try_unwrap::<Triomphe>()),
            ("Arc", try_unwrap::<ArcFamily>()),
        ]
    });
    bench.one("last drop elsewhere: the dropper", shown("Arc"), 1, || {
        vec![
            ("Brc", hand_over::<BrcFamily>(false)),
            ("biasedrc", hand_over::<Biasedrc>(false)),
            ("steel-rc", hand_over::<Steel>(false)),
            ("triomphe", hand_over::<Triomphe>(false)),
            ("Arc", hand_over::<ArcFamily>(false)),
        ]
    });
    bench.one("last drop elsewhere: the owner's merge", Target::Alone, 1, || {
        vec![
            ("Brc", hand_over::<BrcFamily>(true)),
            ("biasedrc", hand_over::<Biasedrc>(true)),
            ("steel-rc", hand_over::<Steel>(true)),
        ]
    });
    bench.one("walk of a tree, its owner", shown("Rc"), TREE_NODES, || {
        vec![
            ("Rc", walker_rc::<RcFamily>()),
            ("Brc", walker::<BrcFamily>(true)),
            ("hybrid-rc", walker_rc::<HybridRc>()),
            ("biasedrc", walker::<Biasedrc>(true)),
            ("steel-rc", walker::<Steel>(true)),
            ("triomphe", walker::<Triomphe>(true)),
            ("Arc", walker::<ArcFamily>(true)),
        ]
    });
    bench.one("walk of a tree, other thread", shown("Arc"), TREE_NODES, || {
        vec![
            ("Brc", walker::<BrcFamily>(false)),
            ("hybrid-rc", walker::<HybridArc>(false)),
            ("biasedrc", walker::<Biasedrc>(false)),
            ("steel-rc", walker::<Steel>(false)),
            ("triomphe", walker::<Triomphe>(false)),
            ("Arc", walker::<ArcFamily>(false)),
        ]
    });
    bench.one("detach + attach", Target::Alone, 1, || {
        drop(Brc::new(7)); // registers the thread
        vec![("Brc", work(loops::detach_attach))]
    });
}

/// The rows of two threads at the same time.
pub fn two_threads(bench: &mut impl Bench) {
    bench.two(
        ("two threads, one object: its owner", Target::Ns { limit: 5.0, stretch: 4.0 }),
        Some(("two threads, one object: the other", shown("Arc"))),
        || {
            vec![
                ("Arc", owner_and_stranger::<ArcFamily>()),
                ("Brc", owner_and_stranger::<BrcFamily>()),
                ("triomphe", owner_and_stranger::<Triomphe>()),
                ("hybrid-rc", owner_and_stranger_hybrid()),
                ("biasedrc", owner_and_stranger::<Biasedrc>()),
                ("steel-rc", owner_and_stranger::<Steel>()),
                ("xadd", owner_and_stranger::<Xadd>()),
            ]
        },
    );
    bench.two(("two threads, one object of a third", shown("Arc")), None, || {
        vec![
            ("Arc", two_strangers::<ArcFamily>()),
            ("Brc", two_strangers::<BrcFamily>()),
            ("triomphe", two_strangers::<Triomphe>()),
            ("hybrid-rc", two_strangers::<HybridArc>()),
            ("biasedrc", two_strangers::<Biasedrc>()),
            ("steel-rc", two_strangers::<Steel>()),
            ("xadd", two_strangers::<Xadd>()),
        ]
    });
    bench.two(("two threads, one merged object", shown("Arc")), None, || {
        vec![
            ("Arc", two_strangers::<ArcFamily>()),
            ("Brc", two_handles(merged(1).remove(0), BrcFamily::enter)),
            ("xadd", two_strangers::<Xadd>()),
        ]
    });
    bench.two(("immortal: two threads at once", ratio("plain", 1.5, 1.1)), None, || {
        // The plain count is each thread's own: shared, it would be wrong.
        let plain = || {
            Box::new(|length| {
                let ours = Plain::new(7u64);
                together(length, 1, |n| loops::clone_drop(n, &ours), {
                    let mut theirs = None;
                    move |n| {
                        let theirs = theirs.get_or_insert_with(|| OwnThread(Plain::new(7u64)));
                        loops::clone_drop(n, &theirs.0);
                    }
                })
            })
        };
        vec![
            ("plain", plain()),
            ("Brc", two_handles(immortal(7), BrcFamily::enter)),
            ("Arc", two_strangers::<ArcFamily>()),
        ]
    });
    bench.two(("walk of one tree, two other threads", shown("Arc")), None, || {
        vec![
            ("Brc", two_walkers::<BrcFamily>()),
            ("hybrid-rc", two_walkers::<HybridArc>()),
            ("biasedrc", two_walkers::<Biasedrc>()),
            ("steel-rc", two_walkers::<Steel>()),
            ("triomphe", two_walkers::<Triomphe>()),
            ("Arc", two_walkers::<ArcFamily>()),
        ]
    });
}

/// What one thread makes and keeps, moved there before it is made.
struct OwnThread<T>(T);

// SAFETY: `measure` puts a value into it only on the thread that then keeps it.
unsafe impl<T> Send for OwnThread<T> {}
