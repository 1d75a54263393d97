#![cfg_attr(docsrs, feature(doc_cfg))]
#![doc = include_str!("../README.md")]

pub mod biased;
pub mod header;
pub mod immortal;
pub mod lock;
pub mod owner;
mod sync;

pub use biased::{Brc, UniqueBrc, Weak};


pub use owner::{detach, merge};
