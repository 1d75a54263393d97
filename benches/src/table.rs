//! The table of all rows, pointers side by side.
//!
//! Within a row the pointers take turns, many short rounds, so that whatever
//! disturbs the machine disturbs all of them; a figure is the median over the
//! rounds, in processor time of the measuring thread.

use std::fmt::Write as _;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use brc::Brc;

use crate::clock::{median, timed, together};
use crate::{
    ArcFamily, Biasedrc, BrcFamily, Family, HybridArc, HybridRc, Node, Plain, RcFamily, Steel,
    Triomphe, Unique, Weakly, Xadd, immortal, loops, made_elsewhere, svg,
};

/// The columns, in order.
pub const COLUMNS: [&str; 9] =
    ["Brc", "Rc", "Arc", "triomphe", "hybrid-rc", "biasedrc", "steel-rc", "plain", "xadd"];

const BRC: usize = 0;

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

/// A measured row.
#[derive(Debug)]
pub struct Row {
    pub title: &'static str,
    /// Nanoseconds per operation.
    pub cells: [Option<f64>; COLUMNS.len()],
    pub target: Target,
    /// For two threads: the stretches that counted, the fewest of all columns.
    pub stretches: Option<usize>,
}

fn column(name: &str) -> usize {
    COLUMNS.iter().position(|column| *column == name).expect("a column")
}

impl Row {
    fn base(&self) -> Option<&'static str> {
        match self.target {
            Target::Ratio { base, .. } | Target::Shown { base } => Some(base),
            Target::Ns { .. } | Target::Alone => None,
        }
    }

    /// How many times the base column `Brc` takes.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        Some(self.cells[BRC]? / self.cells[column(self.base()?)]?)
    }

    fn ratio_text(&self) -> String {
        match (self.ratio(), self.base()) {
            (Some(ratio), Some(base)) => format!("{ratio:.2}x {base}"),
            _ => String::new(),
        }
    }

    fn target_text(&self) -> String {
        match self.target {
            Target::Ratio { base, limit, stretch: Some(stretch) } => {
                format!("≤ {limit}x {base} ({stretch}x)")
            }
            Target::Ratio { base, limit, stretch: None } => format!("≤ {limit}x {base}"),
            Target::Ns { limit, stretch } => format!("≤ {limit} ns ({stretch})"),
            Target::Shown { .. } | Target::Alone => String::new(),
        }
    }

    /// `ok`, `MISSED`, or nothing if there is no target.
    #[must_use]
    pub fn verdict(&self) -> &'static str {
        let (is, limit, stretch) = match self.target {
            Target::Ratio { limit, stretch, .. } => (self.ratio(), limit, stretch),
            Target::Ns { limit, stretch } => (self.cells[BRC], limit, Some(stretch)),
            Target::Shown { .. } | Target::Alone => return "",
        };
        match (is, stretch) {
            (None, _) => "not measured",
            (Some(is), _) if is > limit => "MISSED",
            (Some(is), Some(stretch)) if is <= stretch => "ok, stretch",
            (Some(_), _) => "ok",
        }
    }
}

/// How long to measure.
#[derive(Clone, Copy, Debug)]
struct Effort {
    rounds: usize,
    /// Of one pointer's round, for one thread.
    round_ns: u64,
    /// Of one pointer's turn, for two threads, and the turns.
    turn: Duration,
    turns: usize,
}

const FULL: Effort =
    Effort { rounds: 400, round_ns: 50_000, turn: Duration::from_millis(100), turns: 8 };
const BRIEF: Effort =
    Effort { rounds: 25, round_ns: 20_000, turn: Duration::from_millis(25), turns: 2 };

/// Does a number of operations and returns the nanoseconds they took.
type Work = Box<dyn FnMut(u32) -> u64>;

struct Rows {
    effort: Effort,
    only: Option<String>,
    rows: Vec<Row>,
}

fn work(mut f: impl FnMut(u32) + 'static) -> Work {
    Box::new(move |n| timed(|| f(n)))
}

impl Rows {
    fn wanted(&self, title: &str) -> bool {
        self.only.as_ref().is_none_or(|only| title.contains(only.as_str()))
    }

    /// Measures a row of one thread. `cases` is called only if it is wanted.
    fn row(
        &mut self,
        title: &'static str,
        target: Target,
        cases: impl FnOnce() -> Vec<(&'static str, Work)>,
    ) {
        self.row_of(title, target, 1, cases);
    }

    /// As `row`, for operations that come in multiples of `multiple`.
    fn row_of(
        &mut self,
        title: &'static str,
        target: Target,
        multiple: u32,
        cases: impl FnOnce() -> Vec<(&'static str, Work)>,
    ) {
        if !self.wanted(title) {
            return;
        }
        let mut cases = cases();
        let round_ns = self.effort.round_ns;
        let sizes: Vec<u32> = cases
            .iter_mut()
            .map(|(_, work)| {
                let trial = 1024u32.next_multiple_of(multiple);
                work(trial); // cold
                let spent = work(trial).max(1);
                let fit = u64::from(trial) * round_ns / spent;
                (fit.clamp(64, 1 << 20) as u32).next_multiple_of(multiple)
            })
            .collect();
        let mut samples = vec![Vec::with_capacity(self.effort.rounds); cases.len()];
        for round in 0..self.effort.rounds {
            // Start with another one each time, so that none has a fixed neighbour in time.
            for turn in 0..cases.len() {
                let i = (round + turn) % cases.len();
                samples[i].push(cases[i].1(sizes[i]) as f64 / f64::from(sizes[i]));
            }
        }
        let mut cells = [None; COLUMNS.len()];
        for ((name, _), samples) in cases.iter().zip(&mut samples) {
            cells[column(name)] = Some(median(samples));
        }
        self.rows.push(Row { title, cells, target, stretches: None });
    }

    /// Measures a row of two threads that run at the same time, and a second
    /// one if the other thread's figures are wanted too.
    fn row_of_two(
        &mut self,
        (title, target): (&'static str, Target),
        other: Option<(&'static str, Target)>,
        cases: impl FnOnce() -> Vec<(&'static str, Together)>,
    ) {
        if !self.wanted(title) {
            return;
        }
        let mut cases = cases();
        let mut samples = vec![(Vec::new(), Vec::new()); cases.len()];
        for _ in 0..self.effort.turns {
            for ((_, together), (ours, theirs)) in cases.iter_mut().zip(&mut samples) {
                let (a, b) = together(self.effort.turn);
                ours.extend(a);
                theirs.extend(b);
            }
        }
        let (ours, theirs): (Vec<_>, Vec<_>) = samples.into_iter().unzip();
        let mut push = |(title, target), samples: Vec<Vec<f64>>| {
            let mut cells = [None; COLUMNS.len()];
            let stretches = samples.iter().map(Vec::len).min();
            for ((name, _), mut samples) in cases.iter().zip(samples) {
                // Too few say nothing.
                if samples.len() >= 10 {
                    cells[column(name)] = Some(median(&mut samples));
                }
            }
            self.rows.push(Row { title, cells, target, stretches });
        };
        match other {
            Some(other) => {
                push((title, target), ours);
                push(other, theirs);
            }
            // Both threads do the same: both count.
            None => {
                let both = ours.into_iter().zip(theirs).map(|(a, b)| [a, b].concat()).collect();
                push((title, target), both);
            }
        }
    }
}

type Together = Box<dyn FnMut(Duration) -> (Vec<f64>, Vec<f64>)>;

// --------------------------------------------------------------- single thread

fn owner<P: Family>() -> Work {
    P::enter();
    let handle = P::new(7u64);
    work(move |n| loops::clone_drop(n, &handle))
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
    let handle = made_elsewhere::<P, _>(|| P::new(7u64));
    work(move |n| loops::clone_drop(n, &handle))
}

fn stranger_each<P: Family>() -> Work
where
    P::Of<u64>: Send,
{
    let handles: Vec<_> =
        made_elsewhere::<P, _>(|| (0..DISTINCT as u64).map(P::new).collect());
    work(move |n| loops::clone_drop_each(n, &handles))
}

fn merged() -> Brc<u64> {
    made_elsewhere::<BrcFamily, _>(|| {
        let b = Brc::new(7);
        Brc::share(&b);
        b
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
        together(
            length,
            |n| loops::clone_drop(n, &ours),
            move |n| loops::clone_drop(n, &theirs),
        )
    })
}

/// Clones and drops on this and another thread.
fn two_handles<H: Clone + Send + 'static>(ours: H, enter: fn()) -> Together {
    Box::new(move |length| {
        let theirs = ours.clone();
        let mut entered = false;
        together(
            length,
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

fn measure(rows: &mut Rows) {
    rows.row("owner: clone + drop", ratio("Rc", 1.6, 1.2), || {
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
    rows.row_of("owner: clone + drop, 1000 distinct", ratio("Rc", 2.2, 1.5), 1000, || {
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
    rows.row("other thread: clone + drop, merged", at_most("Arc", 1.02), || {
        let b = merged();
        vec![
            ("Arc", stranger::<ArcFamily>()),
            ("Brc", work(move |n| loops::clone_drop(n, &b))),
            ("triomphe", stranger::<Triomphe>()),
            ("hybrid-rc", stranger::<HybridArc>()),
            ("xadd", stranger::<Xadd>()),
        ]
    });
    rows.row("other thread: clone + drop, not merged", at_most("Arc", 1.10), || {
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
    rows.row_of("other thread: 1000 distinct, not merged", shown("Arc"), 1000, || {
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
    rows.row_of_two(
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
    rows.row_of_two(("two threads, one object of a third", shown("Arc")), None, || {
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
    rows.row_of_two(("two threads, one merged object", shown("Arc")), None, || {
        vec![
            ("Arc", two_strangers::<ArcFamily>()),
            ("Brc", two_handles(merged(), BrcFamily::enter)),
            ("xadd", two_strangers::<Xadd>()),
        ]
    });
    rows.row("immortal: clone + drop, its maker", ratio("plain", 1.5, 1.1), || {
        let b = immortal(7);
        vec![
            ("plain", owner::<Plain>()),
            ("Rc", owner::<RcFamily>()),
            ("Brc", work(move |n| loops::clone_drop(n, &b))),
            ("Arc", owner::<ArcFamily>()),
        ]
    });
    rows.row("immortal: clone + drop, other thread", ratio("plain", 1.5, 1.1), || {
        let b = made_elsewhere::<BrcFamily, _>(|| immortal(7));
        vec![
            ("plain", owner::<Plain>()),
            ("Rc", owner::<RcFamily>()),
            ("Brc", work(move |n| loops::clone_drop(n, &b))),
            ("Arc", owner::<ArcFamily>()),
        ]
    });
    rows.row_of_two(
        ("immortal: two threads at once", ratio("plain", 1.5, 1.1)),
        None,
        || {
            // The plain count is each thread's own: shared, it would be wrong.
            let plain = || {
                Box::new(|length| {
                    let ours = Plain::new(7u64);
                    together(
                        length,
                        |n| loops::clone_drop(n, &ours),
                        {
                            let mut theirs = None;
                            move |n| {
                                let theirs = theirs.get_or_insert_with(|| OwnThread(Plain::new(7u64)));
                                loops::clone_drop(n, &theirs.0);
                            }
                        },
                    )
                })
            };
            vec![
                ("plain", plain()),
                ("Brc", two_handles(immortal(7), BrcFamily::enter)),
                ("Arc", two_strangers::<ArcFamily>()),
            ]
        },
    );
    rows.row(NEW_DROP, ratio("Rc", 1.25, 1.1), || {
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
    rows.row_of(NEW_DROP_BATCH, ratio("Rc", 1.25, 1.1), 1000, || {
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
    rows.row("owner: Weak upgrade + drop", shown("Rc"), || {
        vec![
            ("Rc", upgrade::<RcFamily>()),
            ("Brc", upgrade::<BrcFamily>()),
            ("hybrid-rc", upgrade::<HybridRc>()),
            ("biasedrc", upgrade::<Biasedrc>()),
            ("Arc", upgrade::<ArcFamily>()),
        ]
    });
    rows.row("other thread: Weak upgrade + drop", shown("Arc"), || {
        vec![
            ("Brc", upgrade_stranger::<BrcFamily>()),
            ("hybrid-rc", upgrade_stranger::<HybridArc>()),
            ("biasedrc", upgrade_stranger::<Biasedrc>()),
            ("Arc", upgrade_stranger::<ArcFamily>()),
        ]
    });
    rows.row("owner: downgrade + drop", shown("Arc"), || {
        vec![
            ("Rc", downgrade::<RcFamily>()),
            ("Brc", downgrade::<BrcFamily>()),
            ("hybrid-rc", downgrade::<HybridRc>()),
            ("biasedrc", downgrade::<Biasedrc>()),
            ("Arc", downgrade::<ArcFamily>()),
        ]
    });
    rows.row("deref", shown("Rc"), || {
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
    rows.row("owner: get_mut, unique", shown("Rc"), || {
        vec![
            ("Rc", get_mut::<RcFamily>()),
            ("Brc", get_mut::<BrcFamily>()),
            ("hybrid-rc", get_mut::<HybridRc>()),
            ("triomphe", get_mut::<Triomphe>()),
            ("Arc", get_mut::<ArcFamily>()),
        ]
    });
    rows.row("owner: make_mut, unique", shown("Rc"), || {
        vec![
            ("Rc", make_mut::<RcFamily>()),
            ("Brc", make_mut::<BrcFamily>()),
            ("hybrid-rc", make_mut::<HybridRc>()),
            ("triomphe", make_mut::<Triomphe>()),
            ("Arc", make_mut::<ArcFamily>()),
        ]
    });
    rows.row("owner: try_unwrap, unique, with its free", shown("Rc"), || {
        vec![
            ("Rc", try_unwrap::<RcFamily>()),
            ("Brc", try_unwrap::<BrcFamily>()),
            ("hybrid-rc", try_unwrap::<HybridRc>()),
            ("triomphe", try_unwrap::<Triomphe>()),
            ("Arc", try_unwrap::<ArcFamily>()),
        ]
    });
    rows.row("last drop elsewhere: the dropper", shown("Arc"), || {
        vec![
            ("Brc", hand_over::<BrcFamily>(false)),
            ("biasedrc", hand_over::<Biasedrc>(false)),
            ("steel-rc", hand_over::<Steel>(false)),
            ("triomphe", hand_over::<Triomphe>(false)),
            ("Arc", hand_over::<ArcFamily>(false)),
        ]
    });
    rows.row("last drop elsewhere: the owner's merge", Target::Alone, || {
        vec![
            ("Brc", hand_over::<BrcFamily>(true)),
            ("biasedrc", hand_over::<Biasedrc>(true)),
            ("steel-rc", hand_over::<Steel>(true)),
        ]
    });
    rows.row_of("walk of a tree, its owner", shown("Rc"), TREE_NODES, || {
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
    rows.row_of("walk of a tree, other thread", shown("Arc"), TREE_NODES, || {
        vec![
            ("Brc", walker::<BrcFamily>(false)),
            ("hybrid-rc", walker::<HybridArc>(false)),
            ("biasedrc", walker::<Biasedrc>(false)),
            ("steel-rc", walker::<Steel>(false)),
            ("triomphe", walker::<Triomphe>(false)),
            ("Arc", walker::<ArcFamily>(false)),
        ]
    });
    rows.row_of_two(("walk of one tree, two other threads", shown("Arc")), None, || {
        vec![
            ("Brc", two_walkers::<BrcFamily>()),
            ("hybrid-rc", two_walkers::<HybridArc>()),
            ("biasedrc", two_walkers::<Biasedrc>()),
            ("steel-rc", two_walkers::<Steel>()),
            ("triomphe", two_walkers::<Triomphe>()),
            ("Arc", two_walkers::<ArcFamily>()),
        ]
    });
    rows.row("detach + attach", Target::Alone, || {
        drop(Brc::new(7)); // registers the thread
        vec![("Brc", work(loops::detach_attach))]
    });
}

const NEW_DROP: &str = "owner: new + drop";
const NEW_DROP_BATCH: &str = "owner: new 1000, then drop them";

/// What one thread makes and keeps, moved there before it is made.
struct OwnThread<T>(T);

// SAFETY: `measure` puts a value into it only on the thread that then keeps it.
unsafe impl<T> Send for OwnThread<T> {}

// -------------------------------------------------------------------- printing

fn text(rows: &[Row]) -> String {
    let mut out = String::new();
    let width = rows.iter().map(|row| row.title.len()).max().unwrap_or(0);
    let _ = write!(out, "{:width$}", "ns per operation");
    for column in COLUMNS {
        let _ = write!(out, " {column:>9}");
    }
    let _ = writeln!(out, "  {:<14} {:<20} verdict", "ratio", "target (stretch)");
    for row in rows {
        let _ = write!(out, "{:width$}", row.title);
        for cell in row.cells {
            let _ = match cell {
                Some(ns) => write!(out, " {ns:>9.2}"),
                None => write!(out, " {:>9}", "-"),
            };
        }
        let _ = write!(out, "  {:<14} {:<20} {}", row.ratio_text(), row.target_text(), row.verdict());
        if let Some(stretches) = row.stretches {
            let _ = write!(out, " [{stretches} stretches]");
        }
        out.push('\n');
    }
    out
}

fn markdown(rows: &[Row]) -> String {
    let mut out = String::from("| ns per operation |");
    for column in COLUMNS {
        let _ = write!(out, " {column} |");
    }
    out.push_str(" ratio | target (stretch) | verdict |\n|---|");
    for _ in COLUMNS {
        out.push_str("--:|");
    }
    out.push_str("---|---|---|\n");
    for row in rows {
        let _ = write!(out, "| {}", row.title);
        if let Some(stretches) = row.stretches {
            let _ = write!(out, " ({stretches} stretches)");
        }
        out.push_str(" |");
        for (i, cell) in row.cells.iter().enumerate() {
            let _ = match cell {
                Some(ns) if i == BRC => write!(out, " **{ns:.2}** |"),
                Some(ns) => write!(out, " {ns:.2} |"),
                None => write!(out, " |"),
            };
        }
        let verdict = match row.verdict() {
            "MISSED" => "**MISSED**",
            verdict => verdict,
        };
        let _ = writeln!(out, " {} | {} | {verdict} |", row.ratio_text(), row.target_text());
    }
    out
}

/// Measures and prints, as the command line says.
///
/// # Panics
///
/// If the command line is not understood, or the chart cannot be written.
pub fn main() {
    let mut rows = Rows { effort: FULL, only: None, rows: Vec::new() };
    let mut as_markdown = false;
    let mut chart = None;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--brief" => rows.effort = BRIEF,
            "--markdown" => as_markdown = true,
            "--svg" => chart = Some(args.next().expect("--svg PATH")),
            "--only" => rows.only = Some(args.next().expect("--only PART-OF-A-TITLE")),
            _ => panic!("usage: table [--brief] [--markdown] [--svg PATH] [--only PART-OF-A-TITLE]"),
        }
    }
    measure(&mut rows);
    print!("{}", if as_markdown { markdown(&rows.rows) } else { text(&rows.rows) });
    if let Some(path) = chart {
        std::fs::write(&path, svg::chart(&rows.rows)).expect("the chart can be written");
    }
}
