//! Weak handles, and what is called when their object dies.

use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroU64;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::NonNull;

use super::object::{CALLBACKS, Object};
use super::word::{CLEARED, DEFERRED, REVIVED, State, Word, overflow};
use super::{Gc, deaths};
use crate::stw::{self, Address, Mutator};
use crate::sync::{self, Mutex, Ordering::*, global};

/// A handle that does not keep its object alive.
///
/// Made by [`Gc::downgrade`]; [`upgrade`](Self::upgrade) gives a [`Gc`] as long as
/// the object lives. When the collector finds a cycle to be garbage, all weak
/// handles into it are cleared at once, before any finalizer runs.
///
/// Cloning and dropping needs no mutator and is one atomic instruction; the
/// memory of a dead object (not what its payload owned) stays until its last
/// weak handle is gone.
///
/// # Examples
///
/// ```
/// use brc::heap;
///
/// heap::attach(|m| {
///     let strong = m.alloc(5);
///     let weak = strong.downgrade(m);
///     assert_eq!(weak.upgrade(m).map(|gc| *gc.get(m)), Some(5));
///     drop(strong);
///     assert!(weak.upgrade(m).is_none());
/// })
/// .unwrap();
/// ```
pub struct GcWeak<T: ?Sized> {
    object: NonNull<()>,
    /// The entry in the table of callbacks.
    callback: Option<NonZeroU64>,
    /// Invariant, as in [`Gc`].
    payload: PhantomData<*mut T>,
}

// SAFETY: as for `Gc`, which an upgrade makes.
unsafe impl<T: ?Sized + Send + Sync> Send for GcWeak<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Send + Sync> Sync for GcWeak<T> {}

type Callback = Box<dyn FnOnce(&Mutator) + Send>;

/// What is called when an object dies, by the object's address and, for each
/// weak handle with a callback, a number.
type Callbacks = HashMap<Address, Vec<(NonZeroU64, Callback)>>;

#[derive(Default)]
pub(crate) struct Table {
    callbacks: Option<Callbacks>,
    last: u64,
}

global! {
    fn table() -> Mutex<Table> = Mutex::new(Table { callbacks: None, last: 0 })
}

impl<T: ?Sized> GcWeak<T> {
    #[inline]
    fn object(&self) -> Object {
        // SAFETY: the handle owns a weak count, which keeps the memory.
        unsafe { Object::at(Address(self.object)) }
    }

    /// A handle to the object, if it lives.
    ///
    /// Two plain loads and a store on the thread that owns the object, otherwise
    /// a compare-and-swap.
    ///
    /// # Memory ordering
    ///
    /// `Acquire` if it succeeds: what was done through handles that are gone
    /// comes before.
    #[must_use]
    pub fn upgrade(&self, m: &Mutator) -> Option<Gc<T>> {
        let _ = m;
        // SAFETY: just counted.
        try_retain(self.object()).then(|| unsafe { Gc::from_object(self.object()) })
    }

    /// Whether the object lives, as far as this thread can tell.
    ///
    /// # Memory ordering
    ///
    /// None (`Relaxed`): only a hint.
    #[must_use]
    pub fn is_alive(&self, m: &Mutator) -> bool {
        let _ = m;
        let head = self.object().head();
        let word = Word(head.ob_ref_shared.load(Relaxed));
        let none = word.count() == 0 && word.is_merged() && !word.has(DEFERRED);
        self.object().is_immortal() || !(none || word.has(CLEARED))
    }

    /// Whether both point at the same object, living or not.
    #[must_use]
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        this.object == other.object
    }

    /// The address of the payload, which may be dead. The same for all handles to
    /// one object, and given to no other object as long as this handle lives.
    #[must_use]
    pub fn as_ptr(&self) -> *const () {
        self.object.as_ptr()
    }
}

/// Counts one more reference, if the object lives. By an attached thread with a
/// weak count.
fn try_retain(object: Object) -> bool {
    let head = object.head();
    // Relaxed: only our own id matters.
    let owned = head.ob_tid.load(Relaxed) == stw::me();
    // Acquire: edge C.
    let mut now = Word(head.ob_ref_shared.load(Acquire));
    if object.is_immortal() {
        return true;
    }
    if owned {
        // The local count is at least 1, but in the owner's own drop, which
        // upgrades nothing before it has merged.
        if now.has(CLEARED) {
            return false;
        }
        deaths::retain(object);
        return true;
    }
    loop {
        if now.has(CLEARED) {
            return false;
        }
        if now.has(DEFERRED) {
            // Only a pause ends that, and none comes before this thread's next
            // safepoint.
            deaths::retain(object);
            return true;
        }
        if now.count() == 0 && matches!(now.state(), State::Biased | State::Merged) {
            return false;
        }
        // Acquire: edge C. REVIVED: whoever has the last reference, and has found
        // that nobody looks at the object, must look again.
        let next = now.plus(1).with(REVIVED);
        match head.ob_ref_shared.compare_exchange_weak(now.0, next.0, Acquire, Acquire) {
            Ok(_) => return true,
            Err(seen) => now = Word(seen),
        }
    }
}

/// Makes a weak handle. By an attached thread with a reference.
pub(super) fn downgrade<T: ?Sized>(object: Object) -> GcWeak<T> {
    let head = object.head();
    let mut now = Word(head.ob_ref_shared.load(Relaxed));
    while now.state() == State::Biased {
        // From now on the owner's last drop looks for upgrades.
        let next = now.with_state(State::Weakref);
        // Relaxed: the owner reads the word before it destroys, and either sees
        // this or has a reference of which this thread's is another.
        match head.ob_ref_shared.compare_exchange_weak(now.0, next.0, Relaxed, Relaxed) {
            Ok(_) => break,
            Err(seen) => now = Word(seen),
        }
    }
    deaths::retain_weak(object);
    GcWeak { object: object.payload(), callback: None, payload: PhantomData }
}

/// As [`downgrade`], with something to call when the object dies.
pub(super) fn downgrade_with<T: ?Sized>(object: Object, callback: Callback) -> GcWeak<T> {
    let mut weak = downgrade(object);
    let mut table = sync::lock(table());
    table.last += 1;
    let id = NonZeroU64::new(table.last).unwrap_or_else(|| overflow());
    let callbacks = table.callbacks.get_or_insert_default();
    callbacks.entry(object.address()).or_default().push((id, callback));
    drop(table);
    // Relaxed: who destroys the object has seen this thread's reference go.
    object.head().ob_stamp.fetch_or(CALLBACKS, Relaxed);
    weak.callback = Some(id);
    weak
}

/// Takes what is to be called when the object dies.
pub(crate) fn take_callbacks(object: Object) -> Vec<Callback> {
    object.head().ob_stamp.fetch_and(!CALLBACKS, Relaxed);
    let taken = sync::lock(table()).callbacks.as_mut().and_then(|c| c.remove(&object.address()));
    taken.unwrap_or_default().into_iter().map(|(_, callback)| callback).collect()
}

/// Calls what is to be called when the object dies. By its destroyer.
#[cold]
pub(super) fn run_callbacks(object: Object) {
    let callbacks = take_callbacks(object);
    stw::with_current(|m| {
        let mut panic = None;
        for callback in callbacks {
            // The others are called all the same.
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| callback(m))) {
                // The first is kept; the value of another may panic when dropped.
                match &panic {
                    None => panic = Some(payload),
                    Some(_) => std::mem::forget(payload),
                }
            }
        }
        if let Some(payload) = panic {
            resume_unwind(payload);
        }
    });
}

impl<T: ?Sized> Clone for GcWeak<T> {
    /// Another weak handle to the object. A callback stays with the original.
    ///
    /// # Aborts
    ///
    /// At 2³¹ weak handles to one object.
    fn clone(&self) -> Self {
        deaths::retain_weak(self.object());
        Self { object: self.object, callback: None, payload: PhantomData }
    }
}

impl<T: ?Sized> Drop for GcWeak<T> {
    /// Gives the weak handle up. Its callback, if it was not called, never will be.
    fn drop(&mut self) {
        /// Also when what a callback captured panics.
        struct Release(Object);
        impl Drop for Release {
            fn drop(&mut self) {
                deaths::release_weak(self.0);
            }
        }

        let _release = Release(self.object());
        if let Some(id) = self.callback {
            let mut table = sync::lock(table());
            let mut forgotten = None;
            if let Some(callbacks) = table.callbacks.as_mut()
                && let Some(list) = callbacks.get_mut(&Address(self.object))
            {
                let index = list.iter().position(|(other, _)| *other == id);
                forgotten = index.map(|index| list.swap_remove(index));
                if list.is_empty() {
                    callbacks.remove(&Address(self.object));
                }
            }
            drop(table);
            // What it captured may have a destructor.
            drop(forgotten);
        }
    }
}

impl<T: ?Sized> fmt::Debug for GcWeak<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(GcWeak)")
    }
}
