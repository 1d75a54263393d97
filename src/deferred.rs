//! Objects that everyone shares.
//!
//! In a program whose threads work on the same objects, counting is what keeps them
//! from running side by side: each clone and each drop of a handle to a class, a module
//! or a global writes to a line that all of them want. This module has what such objects
//! need instead. In short:
//!
//! * Where threads **read a field** of a shared object, make it a [`GcSlot`]. Reading counts
//!   nothing, whatever is in it.
//! * Where they **keep handles** to a few hot objects, make those *deferred*
//!   ([`Mutator::alloc_deferred`](crate::Mutator::alloc_deferred)). Each thread then counts for itself.
//! * What never dies anyway is *immortal*
//!   ([`alloc_immortal`](crate::Mutator::alloc_immortal)): nobody counts it.
//! * A program that may or may not have a second thread leaves it open
//!   ([`Lifetime::ImmortalOnceThreaded`](crate::Lifetime)).
//! * An interpreter keeps its operands in an [`OperandStack`], which counts only what must be.
//! * Lists and tables that all threads read are a [`GcVec`] and a [`GcMap`].
//!
//! | | read it | clone and drop a handle | dies | forbids |
//! |---|---|---|---|---|
//! | counted (`alloc`) | free, through a handle | plain on its owner; elsewhere one atomic instruction each, on a line that all write to | with the last handle, at once | |
//! | in a [`GcSlot`] | one load, by any number of threads | as what is in it | once it was in a slot: when all threads have passed a safepoint | [`get_mut`](crate::Gc::get_mut) and [`try_unwrap`](crate::Gc::try_unwrap) until that |
//! | deferred | free | plain on every attached thread; elsewhere atomic | in a collection, and only there | both, for ever; prompt finalizers |
//! | once-threaded | free | as counted; with a second thread as immortal | as counted; with a second thread never | as immortal, later |
//! | immortal | free | a load and a compare | never, and keeps alive what it refers to | both, and its finalizer never runs |
//!
//! In nanoseconds, for each of two threads that do it at once, on the machine of the crate's
//! `BENCHMARKS.md`: a clone and its drop take about 180 for a counted object (`Arc`: 76), 2.5 for a
//! deferred one, and 1.1 for an immortal one; a read takes 0.5 from a [`GcSlot`], 1.5 from a
//! [`GcVec`], and 4.5 from a [`GcMap`], each as for one thread alone.
//!
//! A deferred object that lives long costs nothing but the work of collections that look
//! at it; one that is made and dropped often makes work for the collector that counting would
//! not: defer the few objects that all threads use, not the many that each makes.
//!
//! # Example: an interpreter's function call
//!
//! ```
//! use brc::{Gc, GcSlot, Trace, heap};
//!
//! #[derive(Trace)]
//! struct Function {
//!     name: &'static str,
//! }
//!
//! /// A module's globals: read by all threads, seldom written.
//! #[derive(Trace)]
//! struct Module {
//!     main: GcSlot<Function>,
//! }
//!
//! heap::attach(|m| {
//!     let main = m.alloc_deferred(Function { name: "main" });
//!     let module = m.alloc_deferred(Module { main: GcSlot::new(main) });
//!     let mut stack = m.operand_stack();
//!
//!     // LOAD_GLOBAL main: no count is touched, neither by the load nor by the push.
//!     let main = module.get(m).main.load(m).unwrap();
//!     stack.push_local(m, main);
//!
//!     // Meanwhile somebody gives the name to another function.
//!     module.get(m).main.store(m, m.alloc_deferred(Function { name: "other" }));
//!     m.collect();
//!
//!     // CALL: the stack has kept it.
//!     assert_eq!(stack.top(m).unwrap().name, "main");
//!     stack.truncate(m, 0);
//! })
//! .unwrap();
//! ```
//!
//! # How it works
//!
//! *Reading without counting.* A [`Local`] lives to its thread's next safepoint at most: the
//! borrow checker sees to it. So what is taken out of a slot must live until all threads
//! have passed one. Whoever takes it out gives the object a *stamp*, and whoever drops the
//! last handle looks whether that stamp is passed. If it is not, the handle waits on a list.
//! See PEP 703, "Optimistically Avoiding Locking" and "Mimalloc Changes for Optimistic `list` and
//! `dict` Access".
//!
//! *Deferred counts.* Only the collector frees a deferred object, so its count need be known
//! in its pauses only. Each attached thread counts in an array of its own, which a pause
//! adds up; what an [`OperandStack`] refers to is not counted at all, but looked at in the
//! pause. See PEP 703, "Deferred Reference Counting", and CPython 3.14's per-thread counts.
//!
//! Ordinary collections do not look behind deferred objects that an earlier one found alive,
//! since nearly everything can be behind a module or a class. So a cycle that dies together with
//! such an object waits for a collection that does:
//! [`collect`](crate::Mutator::collect), or an automatic one when the number of deferred objects,
//! or the heap, has doubled since the last.

mod local;
mod map;
mod slot;
mod stack;
mod vec;

pub use crate::trace::local::Local;
pub use map::{GcMap, Iter as MapIter};
pub use slot::{GcSlot, Refused};
pub use stack::OperandStack;
pub(crate) use stack::{count_stacks, for_each_uncounted, pin_stacks};
pub use vec::{GcVec, Iter as VecIter};
