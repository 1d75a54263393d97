//! Random programs with `Brc`, against the same programs with `Rc`.
//!
//! The oracle's steps all happen on one thread. Ours happen on the owner, on
//! the owner while it is detached, or on another thread while the owner waits;
//! after each the owner merges.

mod common;

use std::collections::BTreeSet;
use std::rc::{self, Rc};
use std::sync::{Arc, Mutex};

use brc::{Brc, UniqueBrc, Weak};
use common::{on_thread, size};
use proptest::prelude::*;

/// One side of the comparison: which payloads are alive there.
#[derive(Clone, Default)]
struct Side(Arc<Mutex<Living>>);

#[derive(Default)]
struct Living {
    next: u32,
    numbers: BTreeSet<u32>,
}

impl Side {
    fn payload(&self) -> Payload {
        let mut living = self.0.lock().unwrap();
        living.next += 1;
        let number = living.next;
        living.numbers.insert(number);
        Payload { number, side: self.clone() }
    }

    fn numbers(&self) -> BTreeSet<u32> {
        self.0.lock().unwrap().numbers.clone()
    }
}

/// The payloads made on one side, clones included, are numbered in turn: equal
/// programs on both sides make equal numbers.
struct Payload {
    number: u32,
    side: Side,
}

impl Clone for Payload {
    fn clone(&self) -> Self {
        self.side.payload()
    }
}

impl Drop for Payload {
    fn drop(&mut self) {
        assert!(self.side.0.lock().unwrap().numbers.remove(&self.number), "destroyed twice");
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Owner,
    Detached,
    Elsewhere,
}

impl Place {
    fn run<R: Send + 'static>(self, f: impl FnOnce() -> R + Send + 'static) -> R {
        match self {
            Self::Owner => f(),
            Self::Detached => brc::detach(f),
            Self::Elsewhere => on_thread(f),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Op {
    New,
    NewMerged,
    NewUnique,
    NewCyclic,
    Clone,
    Drop,
    Downgrade,
    Upgrade,
    WeakClone,
    WeakDrop,
    GetMut,
    MakeMut,
    TryUnwrap,
    IntoInner,
    UnwrapOrClone,
    Raw,
    WeakRaw,
    Share,
    PtrEq,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    op: Op,
    place: Place,
    which: usize,
    other: usize,
}

#[derive(Default)]
struct Both {
    ours: Side,
    theirs: Side,
    strong: Vec<(Brc<Payload>, Rc<Payload>)>,
    weak: Vec<(Weak<Payload>, rc::Weak<Payload>)>,
}

impl Both {
    fn step(&mut self, Step { op, place, which, other }: Step) {
        let elsewhere = place == Place::Elsewhere;
        match op {
            Op::New | Op::NewMerged | Op::NewUnique => {
                let side = self.ours.clone();
                let object = place.run(move || match op {
                    Op::New => Brc::new(side.payload()),
                    Op::NewMerged => Brc::new_merged(side.payload()),
                    _ => UniqueBrc::into_brc(UniqueBrc::new(side.payload())),
                });
                assert_eq!(Brc::is_owner(&object), op != Op::NewMerged && place == Place::Owner);
                return self.strong.push((object, Rc::new(self.theirs.payload())));
            }
            Op::NewCyclic => {
                let side = self.ours.clone();
                let (object, weak) = place.run(move || {
                    let mut left = Weak::new();
                    let object = Brc::new_cyclic(|weak| {
                        assert!(weak.upgrade().is_none());
                        left = weak.clone();
                        side.payload()
                    });
                    (object, left)
                });
                let theirs = Rc::new(self.theirs.payload());
                self.weak.push((weak, Rc::downgrade(&theirs)));
                return self.strong.push((object, theirs));
            }
            Op::Upgrade | Op::WeakClone | Op::WeakDrop | Op::WeakRaw => {
                if !self.weak.is_empty() {
                    self.weak_step(op, place, which % self.weak.len());
                }
                return;
            }
            _ => {}
        }
        if self.strong.is_empty() {
            return;
        }
        let which = which % self.strong.len();
        let (mut our, mut their) = self.strong.swap_remove(which);
        match op {
            Op::Clone => {
                let pair = place.run(move || (our.clone(), our));
                self.strong.extend([(pair.0, their.clone()), (pair.1, their)]);
            }
            Op::Drop => {
                place.run(move || drop(our));
                drop(their);
            }
            Op::Downgrade => {
                let (our, weak) = place.run(move || {
                    let weak = Brc::downgrade(&our);
                    (our, weak)
                });
                self.weak.push((weak, Rc::downgrade(&their)));
                self.strong.push((our, their));
            }
            Op::GetMut => {
                let (our, unique) = place.run(move || {
                    let unique = Brc::get_mut(&mut our).is_some();
                    (our, unique)
                });
                let truly = Rc::get_mut(&mut their).is_some();
                assert!(if elsewhere { truly || !unique } else { unique == truly });
                self.strong.push((our, their));
            }
            // Off the owner it may clone although it need not: not compared.
            Op::MakeMut if !elsewhere => {
                let our = place.run(move || {
                    let _ = Brc::make_mut(&mut our);
                    our
                });
                let _ = Rc::make_mut(&mut their);
                self.strong.push((our, their));
            }
            Op::UnwrapOrClone if !elsewhere => {
                let ours = place.run(move || Brc::unwrap_or_clone(our));
                assert_eq!(ours.number, Rc::unwrap_or_clone(their).number);
            }
            Op::TryUnwrap => match place.run(move || Brc::try_unwrap(our)) {
                Ok(ours) => {
                    let theirs = Rc::try_unwrap(their).unwrap_or_else(|_| panic!("a false yes"));
                    assert_eq!(ours.number, theirs.number);
                }
                Err(our) => {
                    assert!(elsewhere || Rc::strong_count(&their) > 1, "a false no");
                    self.strong.push((our, their));
                }
            },
            Op::IntoInner => {
                let ours = place.run(move || Brc::into_inner(our));
                let theirs = Rc::into_inner(their);
                let (our, their) = (ours.map(|it| it.number), theirs.map(|it| it.number));
                assert!(our == their || elsewhere && our.is_none());
            }
            Op::Raw => {
                let at = Brc::into_raw(our).expose_provenance();
                let our = place.run(move || {
                    let at = std::ptr::with_exposed_provenance::<Payload>(at);
                    // SAFETY: it came from `into_raw`.
                    let our = unsafe { Brc::from_raw(at) };
                    // SAFETY: of a live object.
                    unsafe { Brc::increment_strong_count(Brc::as_ptr(&our)) };
                    // SAFETY: the reference made just now.
                    unsafe { Brc::decrement_strong_count(Brc::as_ptr(&our)) };
                    our
                });
                self.strong.push((our, their));
            }
            Op::Share => {
                let our = place.run(move || {
                    Brc::share(&our);
                    our
                });
                brc::merge();
                assert!(!Brc::is_owner(&our));
                self.strong.push((our, their));
            }
            Op::PtrEq => {
                if let Some((our_other, their_other)) = self.strong.get(other) {
                    assert_eq!(Brc::ptr_eq(&our, our_other), Rc::ptr_eq(&their, their_other));
                }
                self.strong.push((our, their));
            }
            _ => self.strong.push((our, their)),
        }
    }

    fn weak_step(&mut self, op: Op, place: Place, which: usize) {
        let (our, their) = self.weak.swap_remove(which);
        match op {
            Op::Upgrade => {
                let (our, upgraded) = place.run(move || {
                    let upgraded = our.upgrade();
                    (our, upgraded)
                });
                let theirs = their.upgrade();
                assert_eq!(upgraded.is_some(), theirs.is_some());
                self.strong.extend(upgraded.zip(theirs));
                self.weak.push((our, their));
            }
            Op::WeakClone => {
                let pair = place.run(move || (our.clone(), our));
                self.weak.extend([(pair.0, their.clone()), (pair.1, their)]);
            }
            Op::WeakRaw => {
                // SAFETY: it came from `into_raw`.
                let our = unsafe { Weak::from_raw(our.into_raw()) };
                self.weak.push((our, their));
            }
            _ => place.run(move || drop(our)),
        }
    }

    /// After the owner has merged, both sides are the same.
    fn check(&self) {
        brc::merge();
        assert_eq!(self.ours.numbers(), self.theirs.numbers());
        for (our, their) in &self.strong {
            assert_eq!(our.number, their.number);
            assert_eq!(Brc::strong_count(our), Rc::strong_count(their));
            assert_eq!(Brc::weak_count(our), Rc::weak_count(their));
        }
        for (our, their) in &self.weak {
            assert_eq!(our.strong_count(), their.strong_count());
            assert_eq!(our.weak_count(), their.weak_count());
        }
    }
}

fn steps(places: Vec<Place>) -> impl Strategy<Value = Vec<Step>> {
    let op = prop_oneof![
        4 => Just(Op::New),
        1 => Just(Op::NewMerged),
        1 => Just(Op::NewUnique),
        1 => Just(Op::NewCyclic),
        8 => Just(Op::Clone),
        10 => Just(Op::Drop),
        4 => Just(Op::Downgrade),
        4 => Just(Op::Upgrade),
        1 => Just(Op::WeakClone),
        3 => Just(Op::WeakDrop),
        3 => Just(Op::GetMut),
        3 => Just(Op::MakeMut),
        3 => Just(Op::TryUnwrap),
        2 => Just(Op::IntoInner),
        2 => Just(Op::UnwrapOrClone),
        1 => Just(Op::Raw),
        1 => Just(Op::WeakRaw),
        1 => Just(Op::Share),
        1 => Just(Op::PtrEq),
    ];
    let place = prop::sample::select(places);
    let step = (op, place, 0..32_usize, 0..32_usize).prop_map(|(op, place, which, other)| Step {
        op,
        place,
        which,
        other,
    });
    prop::collection::vec(step, 0..60)
}

fn run(steps: Vec<Step>) {
    let mut both = Both::default();
    for step in steps {
        both.step(step);
        both.check();
    }
    let Both { ours, strong, weak, .. } = both;
    drop((strong, weak));
    brc::merge();
    assert!(ours.numbers().is_empty());
}

fn config(cases: usize) -> ProptestConfig {
    ProptestConfig { cases: cases as u32, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(size(5000, 300, 10)))]

    #[test]
    fn on_its_owner_a_brc_does_what_an_rc_does(
        steps in steps(vec![Place::Owner, Place::Owner, Place::Detached]),
    ) {
        run(steps);
    }
}

proptest! {
    #![proptest_config(config(size(500, 60, 3)))]

    #[test]
    fn on_several_threads_a_brc_does_what_an_rc_does_but_for_spurious_noes(
        steps in steps(vec![Place::Owner, Place::Detached, Place::Elsewhere]),
    ) {
        run(steps);
    }
}
