//! The design: what is, with the invariants and the edges.
#![doc = include_str!("../DESIGN.md")]
