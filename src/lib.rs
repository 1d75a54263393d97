#![cfg_attr(docsrs, feature(doc_cfg))]
#![doc = include_str!("../README.md")]
//!
//! # The header
//!
//! ```text
//!  -24      -20         -16                      -8       -4      -3       -2      0
//!   +--------+-----------+------------------------+--------+-------+--------+-------+--------
//!   | ob_tid | ob_ref_   | ob_ref_shared          | ob_    | ob_   | ob_gc_ | spare | payload
//!   | u32    | local u32 | signed count | state   | weak   | mutex | bits   | u16   |
//!   +--------+-----------+------------------------+--------+-------+--------+-------+--------
//! ```
//!
//! [`header`] has the states, who may touch what, and the memory-ordering
//! argument, edge by edge; [`owner`] what one thread does for another;
//! [`biased`] the pointers, and the table of `Arc`'s items; [`design`] how it
//! all hangs together, and why.

pub mod biased;
pub mod design;
pub mod header;
pub mod immortal;
pub mod interop;
pub mod lock;
pub mod owner;
mod sync;

pub use biased::{Brc, CloneToBrc, LockedGuard, UniqueBrc, Weak};
pub use immortal::{Immortal, Interner};
pub use lock::Locked;
pub use owner::{detach, merge};
