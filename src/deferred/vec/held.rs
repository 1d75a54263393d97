//! Changing a vector's buffer, with its lock.

use std::ptr;

use super::GcVec;
use super::buffer::{Buffer, Memory};
use crate::lock;
use crate::stw::Mutator;
use crate::sync::Ordering::*;

/// The least capacity of a buffer.
pub(super) const LEAST: usize = if cfg!(loom) { 1 } else { 4 };

/// The vector's lock, held. No code of the program's runs meanwhile, and no safepoint is
/// passed: so who waits for it may stay attached.
pub(super) struct Held<'a, T: ?Sized> {
    vec: &'a GcVec<T>,
    m: &'a Mutator,
}

impl<T: ?Sized> Drop for Held<'_, T> {
    fn drop(&mut self) {
        // SAFETY: held.
        unsafe { lock::unlock(&self.vec.lock, false) };
    }
}

impl<'a, T: ?Sized> Held<'a, T> {
    /// Takes the lock.
    pub(super) fn new(vec: &'a GcVec<T>, m: &'a Mutator) -> Self {
        lock::lock(&vec.lock);
        Self { vec, m }
    }

    pub(super) fn buffer(&self) -> Option<Buffer> {
        // Relaxed: written with the lock.
        // SAFETY: the current one, which only who holds the lock replaces.
        unsafe { Buffer::at(self.vec.buffer.load(Relaxed)) }
    }

    pub(super) fn len(&self) -> usize {
        self.buffer().map_or(0, Buffer::len)
    }

    /// How often the vector was changed.
    pub(super) fn changes(&self) -> u64 {
        // SAFETY: with the lock.
        unsafe { *self.vec.changes.get() }
    }

    /// Whether the last change is this thread's.
    pub(super) fn changed_here(&self) -> bool {
        // SAFETY: with the lock.
        let by = unsafe { *self.vec.changed_by.get() };
        by == self.m.record().id
    }

    /// Publishes another buffer. Returns the old one, for readers to let go of.
    pub(super) fn publish(&self, new: Option<Buffer>) -> Option<Memory> {
        let old = self.buffer();
        // Release: edge B.
        self.vec.buffer.store(new.map_or(ptr::null_mut(), Buffer::as_ptr), Release);
        old.map(Memory)
    }

    /// The current buffer, with room for so many more; and the one that it replaced.
    pub(super) fn room(&self, more: usize) -> (Buffer, Option<Memory>) {
        let (len, capacity) = self.buffer().map_or((0, 0), |now| (now.len(), now.capacity()));
        let wanted = len.checked_add(more).expect("capacity overflow");
        match self.buffer() {
            Some(buffer) if wanted <= capacity => (buffer, None),
            now => {
                let capacity = wanted.max(capacity.saturating_mul(2)).max(LEAST);
                let pointers = now.into_iter().flat_map(|now| now.pointers(0..len));
                let buffer = Buffer::filled(capacity, pointers);
                (buffer, self.publish(Some(buffer)))
            }
        }
    }

    /// Ends the change: releases the lock, and retires what was replaced.
    pub(super) fn done(self, old: Option<Memory>) {
        // SAFETY: with the lock.
        unsafe { *self.vec.changes.get() += 1 };
        // SAFETY: as above.
        unsafe { *self.vec.changed_by.get() = self.m.record().id };
        let m = self.m;
        drop(self);
        if let Some(old) = old {
            m.retire(old);
        }
    }
}
