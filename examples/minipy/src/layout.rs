//! Numbers for names: of an instance's fields, of a module's globals. Names are only added, and looked
//! up without a lock: a `GcMap` to small numbers, which are immortal objects.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::*;

use brc::{GcMap, Mutator, Trace};
use parking_lot::Mutex;
use rustc_hash::FxBuildHasher;

use crate::object::{Obj, Ref};
use crate::sym::Sym;

/// Names, each with a number, in order.
#[derive(Trace)]
pub struct Layout {
    index: GcMap<Sym, Obj, FxBuildHasher>,
    /// Who has it may add a name.
    #[trace(skip)]
    names: Mutex<Vec<Sym>>,
    len: AtomicUsize,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            index: GcMap::with_hasher(FxBuildHasher),
            names: Mutex::default(),
            len: AtomicUsize::new(0),
        }
    }
}

/// The object of a number.
fn number(m: &Mutator, n: usize) -> Ref {
    let small = crate::statics::statics_if_made().and_then(|s| s.int(n as i64));
    small.unwrap_or_else(|| m.alloc(Obj::Int(n as i64)))
}

impl Layout {
    /// How many names there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.len.load(Acquire)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All names, in the order of their numbers.
    pub fn names(&self) -> Vec<Sym> {
        self.names.lock().clone()
    }

    /// The number of a name.
    #[inline]
    pub fn get(&self, m: &Mutator, name: Sym) -> Option<u32> {
        match self.index.get(m, &name)?.get() {
            Obj::Int(n) => Some(*n as u32),
            _ => None,
        }
    }

    /// The number of a name, which is added if there are not too many. `first` is called with a new number before
    /// anybody can find it.
    pub fn add(&self, m: &Mutator, name: Sym, most: usize, first: impl FnOnce()) -> Option<u32> {
        if let Some(at) = self.get(m, name) {
            return Some(at);
        }
        let mut names = self.names.lock();
        if let Some(at) = self.get(m, name) {
            return Some(at);
        }
        let at = names.len();
        if at >= most {
            return None;
        }
        first();
        names.push(name);
        self.len.store(at + 1, Release);
        self.index.insert(m, name, number(m, at));
        Some(at as u32)
    }
}
