#![cfg_attr(docsrs, feature(doc_cfg))]
//! Biased reference counting: one pointer that costs about an `Rc` on the thread
//! that made the object and about an `Arc` elsewhere, and is sound in safe code.
//!
//! [`Brc`] has `Arc`'s methods under `Arc`'s names. Each object has the header of
//! [PEP 703], CPython's design for running Python without its global lock. The
//! thread that made an object, its *owner*, counts in plain memory; other threads
//! count atomically; and when they let go of what only the owner can account for,
//! they hand it to the owner, who *merges* the two counts. Objects can also be
//! *immortal*, and then nobody counts them.
//!
//! ```
//! use brc::{Brc, Interner, Locked};
//! use std::thread;
//!
//! static NAMES: Interner<str> = Interner::new();
//!
//! let list = Brc::new(vec![1, 2, 3]);
//! let ours = list.clone(); // no atomic instruction
//! let sum = thread::spawn(move || list.iter().sum::<i32>());
//! assert_eq!(sum.join().unwrap(), ours.iter().sum());
//!
//! let name = NAMES.intern("self"); // one immortal object for equal names
//! assert!(Brc::ptr_eq(&name, &NAMES.intern("self")));
//!
//! let hits = Brc::new(Locked::new(0)); // every object has a lock
//! *hits.lock() += 1;
//! ```
//!
//! # Which pointer when
//!
#![doc = include_str!("../docs/which.md")]
//!
//! # How it differs from `Arc`
//!
#![doc = include_str!("../docs/differences.md")]
//!
//! # The header
//!
//! ```text
//!  -24      -20         -16                      -8       -4      -3       -2      0
//!   +--------+-----------+------------------------+--------+-------+--------+-------+--------
//!   | ob_tid | ob_ref_   | ob_ref_shared          | ob_    | ob_   | ob_gc_ | spare | payload
//!   | u32    | local u32 | signed count | state   | weak   | mutex | bits   | u16   |
//!   +--------+-----------+------------------------+--------+-------+--------+-------+--------
//!       |         |            |                      |        |
//!       |         |            |                      |        the lock: `Locked`
//!       |         |            |                      weak handles
//!       |         |            all other references, by atomic instructions
//!       |         the owner's references, in plain memory; all ones: immortal
//!       who that is; 0: merged or immortal
//! ```
//!
//! # Where to read on
//!
//! * [`biased`]: the pointers, and the table of `Arc`'s items.
//! * [`owner`]: what one thread does for another, and what to do where a thread blocks.
//! * [`immortal`], [`lock`]: what else an object can be and do.
//! * [`header`]: the states, who may touch which word, and the memory-ordering
//!   argument, edge by edge. Also the layer for runtimes with their own allocation.
//! * [`interop`]: other crates' traits, by features.
#![cfg_attr(
    feature = "gc",
    doc = "* [`heap`]: objects in cycles, threads that attach, and the collector; [`gc`], its pointers;
  [`trace`], what a type shows of itself."
)]
//! * [`design`]: how it all hangs together, and why.
//!
//! [PEP 703]: https://peps.python.org/pep-0703/

// The derive emits paths into this crate, which in it are found by this name.
#[cfg(feature = "gc")]
extern crate self as brc;

pub mod biased;
#[cfg(feature = "gc")]
mod blocks;
#[cfg(feature = "gc")]
mod collect;
#[cfg(feature = "gc")]
#[cfg_attr(docsrs, doc(cfg(feature = "gc")))]
pub mod deferred;
pub mod design;
#[cfg(feature = "gc")]
#[cfg_attr(docsrs, doc(cfg(feature = "gc")))]
pub mod gc;
pub mod header;
#[cfg(feature = "gc")]
#[cfg_attr(docsrs, doc(cfg(feature = "gc")))]
pub mod heap;
pub mod immortal;
pub mod interop;
pub mod lock;
pub mod owner;
#[cfg(feature = "gc")]
mod stw;
mod sync;
#[cfg(feature = "gc")]
#[cfg_attr(docsrs, doc(cfg(feature = "gc")))]
pub mod trace;

#[cfg(feature = "gc")]
pub use brc_derive::Trace;
#[cfg(feature = "gc")]
pub use deferred::{GcMap, GcSlot, GcVec, Local, OperandStack};
#[cfg(feature = "gc")]
#[doc(inline)]
pub use gc::{Gc, GcWeak, Lifetime, Section, Section2};
#[cfg(feature = "gc")]
#[doc(inline)]
pub use stw::Mutator;
#[cfg(feature = "gc")]
#[doc(hidden)]
pub use trace::__private;
#[cfg(feature = "gc")]
#[doc(inline)]
pub use trace::{Finalize, Trace, Tracer};

pub use biased::{Brc, CloneToBrc, LockedGuard, UniqueBrc, Wake, Weak};
pub use immortal::{Immortal, Interner};
pub use lock::Locked;
pub use owner::{detach, merge};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
