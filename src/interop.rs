//! Traits of other crates, each behind a feature of that crate's name.

#[cfg(feature = "arc-swap")]
mod arc_swap;
#[cfg(feature = "archery")]
pub mod archery;
#[cfg(feature = "serde")]
mod serde;
#[cfg(feature = "stable_deref_trait")]
mod stable_deref;
#[cfg(feature = "unsize")]
mod unsize;
