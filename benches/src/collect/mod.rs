//! Measurements of collectors of cycles.
//!
//! Every collector whose pointers are `'static` is a [`Collector`], so each
//! load ([`loads`]) is one generic function. The arenas of `gc-arena` are not,
//! and repeat the loads ([`arena`]). A process measures one load of one
//! collector, so that its peak of memory is that load's ([`driver`]).

mod arena;
mod cells;
mod driver;
#[cfg(feature = "brc-heap")]
mod heap;
mod loads;
mod plot;
mod report;
mod tally;

pub(crate) use driver::main;

/// Pointers to nodes of which any may point to any.
///
/// A node is a `u64`, three links that can be changed ([`Ptr`](Self::Ptr)), and
/// a [`Tally`](tally::Tally) that counts its death. A hub has a vector of links.
pub(crate) trait Collector: 'static {
    /// Whether cycles die at all.
    const COLLECTS: bool = true;
    /// Whether it is brc's.
    const OURS: bool = false;

    /// What a thread reaches the objects through.
    type Mutator;
    /// A handle to a node.
    type Ptr: Clone + 'static;
    /// A handle to a hub.
    type Hub: Clone + 'static;

    /// To be called once on each thread that uses the pointers.
    fn enter<R>(f: impl FnOnce(&mut Self::Mutator) -> R) -> R;

    fn node(m: &mut Self::Mutator, value: u64, links: Links<Self>) -> Self::Ptr;

    /// Another handle to what a node points to.
    fn link(m: &mut Self::Mutator, node: &Self::Ptr, index: usize) -> Option<Self::Ptr>;

    /// Points a node elsewhere, and drops what it pointed to.
    fn set_link(m: &mut Self::Mutator, node: &Self::Ptr, index: usize, to: Option<Self::Ptr>);

    /// The sum of the values of a tree's nodes, by links 0 and 1.
    fn sum(m: &mut Self::Mutator, tree: &Self::Ptr) -> u64;

    fn hub(m: &mut Self::Mutator) -> Self::Hub;

    fn with_hub<R>(
        m: &mut Self::Mutator,
        hub: &Self::Hub,
        f: impl FnOnce(&mut Vec<Self::Hub>) -> R,
    ) -> R;

    fn collect(m: &mut Self::Mutator);

    /// Where a collection may start by itself. Of most it may anywhere.
    fn safepoint(_: &mut Self::Mutator) {}

    /// No collections by themselves from here on, where they can be turned off.
    fn by_hand() {}

    /// Does what may wait for another thread.
    fn blocking<R>(_: &mut Self::Mutator, f: impl FnOnce() -> R) -> R {
        f()
    }
}

/// What a node points to.
pub(crate) type Links<C> = [Option<<C as Collector>::Ptr>; 3];
