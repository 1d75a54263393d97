//! [`Interner`]: equal values as one immortal object.
//!
//! A trie over the hash, which only grows: a slot is empty, then a leaf, then,
//! when a second hash shares its path, a node with both further down. Each of
//! these steps is one compare-and-swap, so nothing ever waits, and since
//! nothing is ever removed, readers need no protection.
//!
//! ```text
//!   root: 256 slots by 8 bits of the hash     (the shards)
//!     └─ node: 16 slots by the next 4 bits, at most 14 levels of them
//!          └─ leaf: hash, value ─▶ next leaf with the very same hash
//! ```

use std::borrow::Borrow;
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};
use std::sync::OnceLock;

use crate::biased::{Brc, UniqueBrc};
use crate::header::Header;
use crate::sync::{AtomicPtr, AtomicUsize, Ordering::*, const_fn};

const ROOT_BITS: u32 = if cfg!(loom) { 1 } else { 8 };
const NODE_BITS: u32 = if cfg!(loom) { 1 } else { 4 };
const ROOT_SLOTS: usize = 1 << ROOT_BITS;
const NODE_SLOTS: usize = 1 << NODE_BITS;

/// What a slot's pointer points at is told by its lowest bit, which alignment
/// leaves free.
const LEAF_TAG: usize = 1;

/// A place in the trie. Goes from nothing to a leaf to a node, never back.
///
/// Invariant in `T`, for values come in as well as out. This must not compile:
///
/// ```compile_fail,E0308
/// use brc::Interner;
///
/// let narrow: Interner<for<'a> fn(&'a u8)> = Interner::new();
/// let wide: &Interner<fn(&'static u8)> = &narrow;
/// ```
struct Slot<T: ?Sized> {
    pointer: AtomicPtr<()>,
    marker: PhantomData<*mut T>,
}

struct Node<T: ?Sized>([Slot<T>; NODE_SLOTS]);

struct Leaf<T: ?Sized> {
    hash: u64,
    /// The payload of an immortal object.
    value: NonNull<T>,
    /// Another value with the same hash. Only ever goes from nothing to a leaf.
    next: Slot<T>,
}

/// What a slot holds. The raw pointers are for who moves or frees it.
enum Content<'a, T: ?Sized> {
    Nothing,
    Leaf(&'a Leaf<T>, *mut Leaf<T>),
    Node(&'a Node<T>, *mut Node<T>),
}

/// Makes equal values one immortal object, as Python's `sys.intern` does.
///
/// Interned values can be compared by [`Brc::ptr_eq`] and are never counted.
/// They are never freed either, not even when the interner is dropped: intern
/// what a program has a bounded number of (names, not data).
///
/// All methods take `&self`, and after the first use of the interner, which
/// makes its hasher, they block nobody. A call does a bounded amount of
/// work (besides hashing and comparing values): at most 15 steps down, one
/// comparison for each value of the very same 64-bit hash, two allocations.
/// There is no table to be resized.
///
/// # Examples
///
/// ```
/// use brc::{Brc, Interner};
///
/// static NAMES: Interner<str> = Interner::new();
///
/// let a = NAMES.intern("self");
/// let b = NAMES.intern(String::from("self"));
/// assert!(Brc::ptr_eq(&a, &b));
/// assert!(NAMES.get("cls").is_none());
/// ```
pub struct Interner<T: ?Sized, S = RandomState> {
    root: [Slot<T>; ROOT_SLOTS],
    len: AtomicUsize,
    /// Made when first needed, so that `new` can be `const`.
    hasher: OnceLock<S>,
}

// SAFETY: sharing the interner shares the values, and inserts those of other
// threads.
unsafe impl<T: ?Sized + Send + Sync, S: Send + Sync> Sync for Interner<T, S> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Send + Sync, S: Send> Send for Interner<T, S> {}

impl<T: ?Sized> Slot<T> {
    const_fn! {
    const fn new() -> Self {
        Self { pointer: AtomicPtr::new(ptr::null_mut()), marker: PhantomData }
    }
    }

    fn tag(leaf: *mut Leaf<T>) -> *mut () {
        leaf.map_addr(|address| address | LEAF_TAG).cast()
    }

    fn content(&self) -> Content<'_, T> {
        // Acquire: pairs with the `Release` of the `replace` that put it there.
        // SAFETY: that is where the pointer comes from.
        unsafe { Self::decode(self.pointer.load(Acquire)) }
    }

    /// # Safety
    ///
    /// `pointer` is one that a slot of an interner held, which lives for `'a`.
    unsafe fn decode<'a>(pointer: *mut ()) -> Content<'a, T> {
        if pointer.is_null() {
            Content::Nothing
        } else if pointer.addr() & LEAF_TAG != 0 {
            let leaf = pointer.map_addr(|address| address & !LEAF_TAG).cast::<Leaf<T>>();
            // SAFETY: the tag says that it is a leaf; freed with the interner.
            Content::Leaf(unsafe { &*leaf }, leaf)
        } else {
            let node = pointer.cast::<Node<T>>();
            // SAFETY: no tag: it is a node; freed with the interner.
            Content::Node(unsafe { &*node }, node)
        }
    }

    /// Goes one step forward, unless somebody else did.
    fn replace(&self, old: *mut (), new: *mut ()) -> bool {
        // Release: what `new` points at is written. Relaxed on failure: who
        // goes on loads the slot again.
        self.pointer.compare_exchange(old, new, Release, Relaxed).is_ok()
    }

    /// Frees what hangs below.
    ///
    /// # Safety
    ///
    /// Called once, by who has the interner for itself.
    unsafe fn free(&self) {
        // Relaxed: nobody else is there.
        let mut pointer = self.pointer.load(Relaxed);
        // SAFETY: of a slot of an interner that is still there.
        match unsafe { Self::decode(pointer) } {
            Content::Nothing => {}
            // A loop: any number of values may share one hash.
            Content::Leaf(..) => {
                // SAFETY: as above: what follows a leaf is not freed yet.
                while let Content::Leaf(leaf, raw) = unsafe { Self::decode(pointer) } {
                    pointer = leaf.next.pointer.load(Relaxed);
                    // SAFETY: it came from a box, and nobody else uses it.
                    drop(unsafe { Box::from_raw(raw) });
                }
            }
            Content::Node(node, raw) => {
                for slot in &node.0 {
                    // SAFETY: forwarded. As deep as the hash has bits.
                    unsafe { slot.free() };
                }
                // SAFETY: it came from a box, and nobody else uses it.
                drop(unsafe { Box::from_raw(raw) });
            }
        }
    }
}

/// A leaf on its way into the trie.
struct NewLeaf<T: ?Sized + 'static>(NonNull<Leaf<T>>);

impl<T: ?Sized> NewLeaf<T> {
    fn new(hash: u64, mut value: UniqueBrc<T>) -> Self {
        // Before anybody else sees it.
        *UniqueBrc::header_mut(&mut value) = Header::immortal();
        let value = UniqueBrc::into_payload(value);
        let leaf = Box::new(Leaf { hash, value, next: Slot::new() });
        Self(NonNull::from(Box::leak(leaf)))
    }

    fn leaf(&self) -> &Leaf<T> {
        // SAFETY: ours until it is published, then the interner's, whom
        // the users of this value borrow.
        unsafe { self.0.as_ref() }
    }

    fn value(&self) -> &T {
        // SAFETY: as above.
        unsafe { self.leaf().value.as_ref() }
    }

    /// To be called when the leaf is in the trie.
    fn publish(self) -> Brc<T> {
        let value = self.leaf().value;
        std::mem::forget(self);
        // SAFETY: an immortal object's handles own no references.
        unsafe { Brc::from_payload(value) }
    }
}

impl<T: ?Sized> Drop for NewLeaf<T> {
    /// It was not needed: an equal one got there first.
    fn drop(&mut self) {
        // SAFETY: it came from a box, and nobody has seen it.
        let leaf = unsafe { Box::from_raw(self.0.as_ptr()) };
        // SAFETY: nobody has a handle, whatever the header says.
        drop(unsafe { UniqueBrc::from_payload(leaf.value) });
    }
}

impl<T: ?Sized, S> Interner<T, S> {
    const_fn! {
    /// Makes an empty interner. `const`, so it can be a static.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            #[cfg(not(loom))]
            root: [const { Slot::new() }; ROOT_SLOTS],
            #[cfg(loom)]
            root: std::array::from_fn(|_| Slot::new()),
            len: AtomicUsize::new(0),
            hasher: OnceLock::new(),
        }
    }
    }

    /// The number of values.
    ///
    /// # Memory ordering
    ///
    /// None (`Relaxed`): a snapshot.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len.load(Relaxed)
    }

    /// Whether there are no values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T, S> Interner<T, S>
where
    T: ?Sized + Eq + Hash + Send + Sync + 'static,
    S: BuildHasher + Default,
{
    /// The object of a value, made of it if there is none yet.
    ///
    /// Several threads that intern equal values at once get one object.
    ///
    /// # Panics
    ///
    /// If hashing, comparing or converting the value does; the interner is as
    /// before then.
    pub fn intern<Q>(&self, value: Q) -> Brc<T>
    where
        Q: Borrow<T> + Into<UniqueBrc<T>>,
    {
        let hash = self.hash(value.borrow());
        match self.find(hash, value.borrow()) {
            Ok(found) => found,
            Err(place) => self.insert(place, NewLeaf::new(hash, value.into())),
        }
    }

    /// The object of a value, if it was interned.
    #[must_use]
    pub fn get(&self, value: &T) -> Option<Brc<T>> {
        self.find(self.hash(value), value).ok()
    }

    fn hash(&self, value: &T) -> u64 {
        self.hasher.get_or_init(S::default).hash_one(value)
    }

    /// Walks down to a value, or to where it would be.
    fn find(&self, hash: u64, value: &T) -> Result<Brc<T>, Place<'_, T>> {
        let slot = &self.root[hash as usize % ROOT_SLOTS];
        Place { slot, depth: ROOT_BITS }.find(hash, value)
    }

    fn insert(&self, mut place: Place<'_, T>, new: NewLeaf<T>) -> Brc<T> {
        loop {
            if place.take(&new) {
                // Relaxed: a statistic.
                self.len.fetch_add(1, Relaxed);
                return new.publish();
            }
            // Somebody else stepped forward here: look again from here on.
            match place.find(new.leaf().hash, new.value()) {
                Ok(found) => return found,
                Err(further) => place = further,
            }
        }
    }
}

/// A slot on a hash's path.
struct Place<'a, T: ?Sized> {
    slot: &'a Slot<T>,
    /// How many bits of the hash lead here.
    depth: u32,
}

impl<'a, T: ?Sized + Eq + 'static> Place<'a, T> {
    /// Walks on to the value, or to where it would be.
    fn find(mut self, hash: u64, value: &T) -> Result<Brc<T>, Self> {
        loop {
            match self.slot.content() {
                Content::Nothing => return Err(self),
                Content::Node(node, _) => self.descend(node, hash),
                Content::Leaf(leaf, _) if leaf.hash != hash => return Err(self),
                Content::Leaf(leaf, _) => {
                    // SAFETY: an immortal object's payload.
                    let found = unsafe { leaf.value.as_ref() };
                    if found == value {
                        // SAFETY: an immortal object's handles own no references.
                        return Ok(unsafe { Brc::from_payload(leaf.value) });
                    }
                    self.slot = &leaf.next;
                }
            }
        }
    }

    fn descend(&mut self, node: &'a Node<T>, hash: u64) {
        self.slot = &node.0[(hash >> self.depth) as usize % NODE_SLOTS];
        self.depth += NODE_BITS;
    }

    /// Puts a leaf here. Makes nodes as long as a leaf with another hash is in
    /// the way. `false` if somebody else changed the slot.
    ///
    /// On success the leaf is the interner's.
    fn take(&mut self, new: &NewLeaf<T>) -> bool {
        let hash = new.leaf().hash;
        loop {
            match self.slot.content() {
                Content::Nothing => {
                    return self.slot.replace(ptr::null_mut(), Slot::tag(new.0.as_ptr()));
                }
                Content::Leaf(other, raw) if other.hash != hash => self.split(other, raw),
                Content::Node(node, _) => self.descend(node, hash),
                Content::Leaf(..) => return false,
            }
        }
    }

    /// Puts a node in the place of a leaf, and the leaf below it.
    fn split(&self, leaf: &Leaf<T>, raw: *mut Leaf<T>) {
        let old = Slot::tag(raw);
        let node: Box<Node<T>> = Box::new(Node(std::array::from_fn(|_| Slot::new())));
        let below = &node.0[(leaf.hash >> self.depth) as usize % NODE_SLOTS];
        // Relaxed: nobody sees the node yet.
        below.pointer.store(old, Relaxed);
        let node = Box::into_raw(node);
        if !self.slot.replace(old, node.cast()) {
            // SAFETY: nobody has seen it.
            drop(unsafe { Box::from_raw(node) });
        }
    }
}

impl<T: ?Sized, S> Drop for Interner<T, S> {
    /// Frees the trie, not the values.
    fn drop(&mut self) {
        for slot in &self.root {
            // SAFETY: dropped once, and nobody else has it.
            unsafe { slot.free() };
        }
    }
}

impl<T: ?Sized, S> Default for Interner<T, S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: ?Sized, S> fmt::Debug for Interner<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interner").field("len", &self.len()).finish_non_exhaustive()
    }
}
