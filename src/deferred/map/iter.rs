//! Iterations over a map.

use std::fmt;
use std::marker::PhantomData;
use std::ptr::NonNull;

use super::table::{Entry, Table};
use crate::deferred::Local;
use crate::stw::Mutator;
use crate::sync::Ordering::*;

/// An iteration over a `GcMap`: [`GcMap::iter`](super::GcMap::iter).
pub struct Iter<'a, K, V: ?Sized> {
    table: Option<Table<K>>,
    next: usize,
    borrowed: PhantomData<(&'a Mutator, &'a K, Local<'a, V>)>,
}

impl<K, V: ?Sized> Iter<'_, K, V> {
    /// An iteration over a table, which the caller borrows.
    pub(super) fn new(table: Option<Table<K>>) -> Self {
        Self { table, next: 0, borrowed: PhantomData }
    }
}

impl<'a, K, V: ?Sized> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, Local<'a, V>);

    fn next(&mut self) -> Option<Self::Item> {
        let table = self.table?;
        for (index, _, entry) in table.entries(self.next) {
            // SAFETY: as in `GcMap::find`.
            let entry: &'a Entry<K> = unsafe { entry.as_ref() };
            // Acquire: edge V.
            if let Some(value) = NonNull::new(entry.value.load(Acquire)) {
                self.next = index + 1;
                // SAFETY: as in `GcMap::get_key_value`.
                return Some((&entry.key, unsafe { Local::at(value) }));
            }
        }
        self.table = None;
        None
    }
}

impl<K, V: ?Sized> std::iter::FusedIterator for Iter<'_, K, V> {}

impl<K, V: ?Sized> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<K, V: ?Sized> fmt::Debug for Iter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").field("next", &self.next).finish_non_exhaustive()
    }
}
