//! The memory of a [`GcVec`](super::GcVec): a length, and places for handles.

use std::alloc::{Layout, handle_alloc_error};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

use crate::deferred::GcSlot;
use crate::gc::Gc;
use crate::sync::{AtomicPtr, AtomicUsize, Ordering::*, alloc, dealloc};

/// What a buffer begins with; the places follow.
pub(super) struct Head {
    /// How many places are in use: in a buffer that was replaced, when it was. Written
    /// by who holds the vector's lock.
    len: AtomicUsize,
    capacity: usize,
}

/// Where a buffer is. Owns neither it nor what it holds.
#[derive(Clone, Copy)]
pub(super) struct Buffer(NonNull<Head>);

/// The layout of a buffer, and where its places begin.
fn layout(capacity: usize) -> (Layout, usize) {
    let places = Layout::array::<AtomicPtr<()>>(capacity);
    let whole = places.and_then(|places| Layout::new::<Head>().extend(places));
    whole.expect("capacity overflow")
}

impl Buffer {
    /// A new one, which holds the pointers, in order.
    ///
    /// # Panics
    ///
    /// If `capacity` is too large, before a pointer is taken.
    pub(super) fn filled(capacity: usize, pointers: impl Iterator<Item = *mut ()>) -> Self {
        let (layout, offset) = layout(capacity);
        // SAFETY: the layout has a head's size at least.
        let Some(block) = NonNull::new(unsafe { alloc(layout) }) else {
            handle_alloc_error(layout);
        };
        let buffer = Self(block.cast());
        // SAFETY: the layout has room for them there.
        let places = unsafe { block.byte_add(offset) }.cast::<AtomicPtr<()>>();
        let mut len = 0;
        let filled = pointers.inspect(|_| len += 1).chain(std::iter::repeat(ptr::null_mut()));
        for (index, pointer) in (0..capacity).zip(filled) {
            // SAFETY: as above.
            let place = unsafe { places.add(index) };
            // SAFETY: as above; nobody else knows of it.
            unsafe { place.write(AtomicPtr::new(pointer)) };
        }
        let len = len.min(capacity);
        // SAFETY: at the begin of the block.
        unsafe { buffer.0.write(Head { len: AtomicUsize::new(len), capacity }) };
        buffer
    }

    /// The buffer at `head`, if that is not null.
    ///
    /// # Safety
    ///
    /// There is one, and its memory stays for as long as the value is used.
    #[inline]
    pub(super) unsafe fn at(head: *mut Head) -> Option<Self> {
        NonNull::new(head).map(Self)
    }

    pub(super) fn as_ptr(self) -> *mut Head {
        self.0.as_ptr()
    }

    #[inline]
    fn head<'a>(self) -> &'a Head {
        // SAFETY: `at`, `filled`: its memory stays.
        unsafe { self.0.as_ref() }
    }

    /// A place.
    #[inline]
    pub(super) fn place<'a>(self, index: usize) -> &'a AtomicPtr<()> {
        debug_assert!(index < self.capacity());
        const OFFSET: usize = size_of::<Head>().next_multiple_of(align_of::<AtomicPtr<()>>());
        // SAFETY: where `layout` has them.
        let places = unsafe { self.0.byte_add(OFFSET) }.cast::<AtomicPtr<()>>();
        // SAFETY: the callers ask for indices below the capacity.
        let place = unsafe { places.add(index) };
        // SAFETY: written by `filled`.
        unsafe { place.as_ref() }
    }

    #[inline]
    pub(super) fn capacity(self) -> usize {
        self.head().capacity
    }

    /// How many handles it holds.
    #[inline]
    pub(super) fn len(self) -> usize {
        // Acquire: edge L, for readers.
        self.head().len.load(Acquire)
    }

    /// Makes places visible that were filled, or invisible. By who holds the lock.
    #[inline]
    pub(super) fn set_len(self, len: usize) {
        // Release: edge L.
        self.head().len.store(len, Release);
    }

    /// What the vector holds, or held when this buffer was replaced, at `index`.
    #[inline]
    pub(super) fn get(self, index: usize) -> Option<NonNull<()>> {
        if index >= self.len() {
            return None;
        }
        // Acquire: edges P and L.
        let pointer = self.place(index).load(Acquire);
        // It may be one that is about to be pushed where another was popped.
        if index >= self.len() {
            return None;
        }
        NonNull::new(pointer)
    }

    /// The pointers in a range, for who holds the lock.
    pub(super) fn pointers(self, range: std::ops::Range<usize>) -> impl Iterator<Item = *mut ()> {
        // Relaxed: who holds the lock wrote them, or got it from who did.
        range.map(move |index| self.place(index).load(Relaxed))
    }
}

/// A buffer that nobody looks at, or that waits until nobody does. Its memory only.
pub(super) struct Memory(pub(super) Buffer);

// SAFETY: whoever drops it has it alone.
unsafe impl Send for Memory {}

impl Drop for Memory {
    fn drop(&mut self) {
        let (layout, _) = layout(self.0.capacity());
        // SAFETY: allocated with this layout, and nobody looks at it any more.
        unsafe { dealloc(self.0.as_ptr().cast(), layout) };
    }
}

/// What a buffer holds that nobody looks at, handle by handle, and then its memory.
pub(super) struct Handles<T: ?Sized> {
    memory: Memory,
    next: usize,
    payload: PhantomData<Gc<T>>,
}

impl<T: ?Sized> Handles<T> {
    /// # Safety
    ///
    /// The buffer, and the handles in it, are the caller's alone, who gives them up.
    pub(super) unsafe fn of(buffer: Buffer) -> Self {
        Self { memory: Memory(buffer), next: 0, payload: PhantomData }
    }
}

impl<T: ?Sized> Iterator for Handles<T> {
    type Item = Gc<T>;

    fn next(&mut self) -> Option<Gc<T>> {
        let buffer = self.memory.0;
        let index = self.next;
        if index >= buffer.len() {
            return None;
        }
        self.next += 1;
        // Relaxed: nobody writes any more.
        GcSlot::handle(buffer.place(index).load(Relaxed))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.memory.0.len() - self.next;
        (left, Some(left))
    }
}

impl<T: ?Sized> Drop for Handles<T> {
    fn drop(&mut self) {
        /// If a destructor panics, the others run while that unwinds.
        struct Rest<'a, T: ?Sized>(&'a mut Handles<T>);
        impl<T: ?Sized> Drop for Rest<'_, T> {
            fn drop(&mut self) {
                while let Some(gc) = self.0.next() {
                    let rest = Rest(&mut *self.0);
                    drop(gc);
                    std::mem::forget(rest);
                }
            }
        }
        drop(Rest(self));
    }
}
