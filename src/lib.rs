#![cfg_attr(docsrs, feature(doc_cfg))]
#![doc = include_str!("../README.md")]

pub mod biased;
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
