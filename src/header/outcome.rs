//! What a transition's caller must do now.

use super::OwnerId;

/// What the dropper of a reference must do now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use = "an object that died must be destroyed, one to enqueue must be enqueued"]
pub enum Released {
    /// Nothing. The header must not be touched again.
    Alive,
    /// Destroy the payload and free the memory: no weak handle was ever made.
    DeadUnshared,
    /// Destroy the payload, then give up the strong handles' weak reference
    /// with [`Header::release_weak`](super::Header::release_weak), which says
    /// whether to free the memory.
    Dead,
    /// The reference now belongs to this owner's merge queue: put it there.
    /// See [`owner::hand_over`](crate::owner::hand_over).
    Enqueue(OwnerId),
}

/// Whether the caller holds the only reference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Uniqueness {
    /// It does: no other handle, strong or weak, exists.
    Unique,
    /// It does not, or the object is immortal.
    Shared,
    /// Only the owner's side can tell. See [`Header::request_merge`](super::Header::request_merge).
    AskOwner,
}

/// The outcome of taking the last strong reference out of an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Taken {
    /// The payload is the caller's; free the memory: no weak handle was ever made.
    Unshared,
    /// The payload is the caller's; then give up the strong handles' weak
    /// reference with [`Header::release_weak`](super::Header::release_weak).
    Taken,
    /// Other references exist, or the object is immortal. At most the object
    /// has been merged.
    Shared,
    /// Only the owner's side can tell. Nothing changed.
    AskOwner,
}

/// The outcome of asking for a merge.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use = "an object to enqueue must be enqueued, an extra reference released"]
pub enum MergeRequest {
    /// Merged, immortal, or in a queue already: nothing to do.
    Settled,
    /// A reference was added for this owner's merge queue: put it there.
    Enqueue(OwnerId),
    /// A reference was added, but the owner merged meanwhile: release it.
    Release,
}
