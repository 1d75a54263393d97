//! What should be.

use std::mem;
use std::sync::atomic::Ordering::Relaxed;

use brc::{Mutator, heap};

use super::objects::{Kind, Ledger};
use super::{ACTORS, MOST_OBJECTS, SLOTS, WEAK_SLOTS};

/// Who refers to what.
#[derive(Default)]
pub(super) struct Model {
    pub(super) kinds: Vec<Kind>,
    pub(super) lanes: Vec<[Option<usize>; ACTORS]>,
    pub(super) slots: [[Option<usize>; SLOTS]; ACTORS + 1],
    pub(super) weak: [[Option<usize>; WEAK_SLOTS]; ACTORS + 1],
}

impl Model {
    pub(super) fn add(&mut self, kind: Kind) -> Option<usize> {
        let id = self.kinds.len();
        (id < MOST_OBJECTS).then(|| {
            self.kinds.push(kind);
            self.lanes.push([None; ACTORS]);
            id
        })
    }

    pub(super) fn roots(&self) -> impl Iterator<Item = usize> {
        self.slots.iter().flatten().flatten().copied()
    }

    pub(super) fn reachable(&self) -> Vec<bool> {
        let mut reached = vec![false; self.kinds.len()];
        let mut todo: Vec<usize> = self.roots().collect();
        while let Some(id) = todo.pop() {
            if !mem::replace(&mut reached[id], true) {
                todo.extend(self.lanes[id].iter().flatten());
            }
        }
        reached
    }

    /// What differs, if all actors are idle and the heap was collected.
    pub(super) fn differs(&self, m: &mut Mutator, ledger: &Ledger) -> Option<String> {
        let reached = self.reachable();
        for (id, &kind) in self.kinds.iter().enumerate() {
            let dropped = ledger.dropped(id);
            let finalized = ledger.fates[id].finalized.load(Relaxed);
            let alive = reached[id];
            let expected = if alive { 0 } else { kind.parts() };
            if dropped != expected {
                return Some(format!("{kind:?} {id}: {dropped} drops instead of {expected}"));
            }
            let (least, most) = match (kind.has_finalizer(), alive) {
                (false, _) => (0, 0),
                (true, true) => (0, 1),
                (true, false) => (1, 1),
            };
            if !(least..=most).contains(&finalized) {
                return Some(format!("{kind:?} {id}: was finalized {finalized} times"));
            }
        }
        let of_reached = |lanes: &[_]| -> usize {
            let lanes = self.lanes.iter().zip(lanes).filter(|(_, reached)| **reached);
            lanes.map(|(lanes, _)| lanes.iter().flatten().count()).sum()
        };
        let alive = reached.iter().filter(|reached| **reached).count();
        let expected = (alive, alive, of_reached(&reached), self.roots().count());
        let snapshot = m.snapshot();
        let objects = heap::stats().objects as usize;
        let held = snapshot.held().map(|held| held.outside).sum();
        let got = (objects, snapshot.objects(), snapshot.edges(), held);
        (got != expected).then(|| {
            format!("(counted objects, objects, edges, held): {got:?} instead of {expected:?}")
        })
    }
}
