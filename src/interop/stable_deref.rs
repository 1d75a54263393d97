//! `StableDeref`: a handle's payload does not move with it.

use stable_deref_trait::{CloneStableDeref, StableDeref};

use crate::{Brc, UniqueBrc};

// SAFETY: the payload stands in its own block, whatever becomes of the handle.
unsafe impl<T: ?Sized> StableDeref for Brc<T> {}
// SAFETY: as above, and clones are handles of the same object.
unsafe impl<T: ?Sized> CloneStableDeref for Brc<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized> StableDeref for UniqueBrc<T> {}
