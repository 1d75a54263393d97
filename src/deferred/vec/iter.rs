//! Iterations over a vector.

use std::fmt;
use std::marker::PhantomData;

use super::GcVec;
use super::buffer::Buffer;
use crate::deferred::Local;
use crate::stw::Mutator;

/// An iteration over a `GcVec`: [`GcVec::iter`].
pub struct Iter<'a, T: ?Sized> {
    buffer: Option<Buffer>,
    next: usize,
    end: usize,
    borrowed: PhantomData<(&'a Mutator, &'a GcVec<T>)>,
}

impl<T: ?Sized> Iter<'_, T> {
    /// An iteration over a buffer, which the caller borrows.
    pub(super) fn new(buffer: Option<Buffer>) -> Self {
        Self { buffer, next: 0, end: buffer.map_or(0, Buffer::len), borrowed: PhantomData }
    }
}

impl<'a, T: ?Sized> Iterator for Iter<'a, T> {
    type Item = Local<'a, T>;

    #[inline]
    fn next(&mut self) -> Option<Local<'a, T>> {
        if self.next == self.end {
            return None;
        }
        let pointer = self.buffer?.get(self.next);
        self.next += 1;
        let Some(pointer) = pointer else {
            // Popped: what comes after it was so before.
            self.end = self.next;
            return None;
        };
        // SAFETY: as in `GcVec::get`.
        Some(unsafe { Local::at(pointer) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.end - self.next))
    }
}

impl<T: ?Sized> std::iter::FusedIterator for Iter<'_, T> {}

impl<T: ?Sized> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<T: ?Sized> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").field("next", &self.next).finish_non_exhaustive()
    }
}
