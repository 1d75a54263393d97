//! `minipy`: an interpreter of a subset of Python that runs threads side by side, without a global lock.
//!
//! It is there to show how to build a language runtime on `brc`. Read it in this order; each file opens with
//! the part of the crate that it uses, and why.
//!
//! | file | what | of `brc` |
//! |---|---|---|
//! | [`object`] | values and objects | `Gc`, `GcSlot`, `GcVec`, `GcMap`, `#[derive(Trace)]` |
//! | [`statics`], [`sym`] | what exists once: small numbers, names, builtin classes | `Lifetime::Immortal` |
//! | [`vm`] | the interpreter of one thread | `Mutator`, `safepoint`, `detach`, `Lifetime::Deferred` |
//! | [`compile`], [`code`] | from source to instructions | |
//! | [`exec`], [`call`] | the interpreter loop; calls and generators | `Local`: operands that nobody counts |
//! | [`attr`] | attributes, classes, caches | `GcSlot::load`, `GcMap::get` |
//! | [`dict`] | dicts and sets that are read without locks | `GcSlot`, a table that dies when nobody reads it |
//! | [`finalize`] | `__del__` | `Finalize::finalize_object` |
//! | [`modules`] | threads, weak references, the collector's switches | `heap::Builder`, `downgrade_with`, `collect` |
//!
//! There is no `unsafe` in it: `#![forbid(unsafe_code)]`.

pub mod attr;
pub mod call;
pub mod code;
pub mod compile;
pub mod dict;
mod ending;
pub mod errors;
pub mod exec;
pub mod finalize;
pub mod import;
pub mod interp;
pub mod items;
pub mod layout;
pub mod modules;
pub mod object;
pub mod ops;
pub mod show;
pub mod statics;
pub mod sym;
pub mod text;
pub mod types;
pub mod vm;
