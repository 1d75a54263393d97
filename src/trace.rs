//! What the collector asks of a type: which handles a value holds.
//!
//! Counting frees what no handle points at. A cycle of objects that point at each
//! other is never free of handles, so the collector looks inside of objects: it
//! subtracts from each count the handles that other objects hold. Where they are,
//! only the type knows, and tells by [`Trace`].
//!
//! ```
//! use std::sync::Mutex;
//! use brc::{Gc, Trace, heap};
//!
//! #[derive(Trace)]
//! struct Node {
//!     name: String,
//!     neighbours: Mutex<Vec<Gc<Node>>>,
//! }
//!
//! heap::attach(|m| {
//!     let node = m.alloc(Node { name: "a".into(), neighbours: Mutex::default() });
//!     let to_itself = node.clone();
//!     node.get(m).neighbours.lock().unwrap().push(to_itself);
//!     assert_eq!(node.get(m).name, "a");
//!     drop(node); // its count stays at 1
//!     m.collect(); // and here it dies
//! })
//! .unwrap();
//! ```
//!
//! [`#[derive(Trace)]`](macro@crate::Trace) writes the impl for structs and enums;
//! its page has the attributes. Types of other crates get `#[trace(skip)]`, on the
//! field, if they hold no handles (or none that matters, see below). The impl by
//! hand is `unsafe`, and [`Trace`] says what it promises.
//!
//! # What is looked into
//!
//! | types | |
//! |---|---|
//! | [`Gc`](crate::Gc) | one edge, which is not followed here |
//! | `Box`, `[T]`, arrays, tuples to 12, `Option`, `Result`, `Vec`, `VecDeque`, `LinkedList`, `BinaryHeap`, the maps and sets, `Cow`, ranges, `Wrapping`, `Reverse`, .. | each part |
//! | [`Locked`](crate::Locked) | its value, without a look at the lock: during a pause nobody has `&mut` to it |
//! | `Mutex`, `RwLock` | the value, poisoned or not; nothing if it is locked, which during a pause it can be only by a guard that was leaked |
//! | `OnceLock`, `LazyLock` | the value, once it is there |
//! | `Brc`, `Arc`, `Rc`, their weak handles, `&'static T`, function pointers | nothing: they are *opaque* |
//! | numbers, text, paths, times, addresses, atomics, .. | nothing: there is nothing in them |
//!
//! **Opaque** types may hold a [`Gc`](crate::Gc), as `Arc<Mutex<Vec<Gc<T>>>>` does,
//! and the collector does not know. Several handles would lead to the one `Gc`
//! within, and it must be reported once. Such a `Gc` counts as held from outside:
//! what it leads to stays alive, and a cycle through it is never found. That is a
//! leak, never a dangling handle. The same goes for what `#[trace(skip)]` hides,
//! and for hashers, which are not looked into.
//!
//! There is no impl for `Cell` and `RefCell`, which are not `Sync` (take [`Locked`](
//! crate::Locked), a `Mutex`, atomics), none for raw pointers, `MaybeUninit` and
//! `ManuallyDrop`, which do not say whether there is a value, and none for
//! `dyn Trait`: a [`Gc<dyn Trait>`](crate::Gc) needs none, and a `Box<dyn Trait>`
//! can be skipped.
//!
//! # Types that contain each other
//!
//! [`Trace::ACYCLIC`] of a type is what its fields say. A type that contains itself
//! would be asked what it says itself, so one that names itself in a field is
//! `false` without asking. Of two that contain each other by value, one has to be
//! told:
//!
//! ```
//! # use brc::Trace;
//! #[derive(Trace)]
//! #[trace(cyclic)]
//! struct Even(Option<Box<Odd>>);
//!
//! #[derive(Trace)]
//! struct Odd(Option<Box<Even>>);
//! ```
//!
//! Without that the compiler finds a cycle, of constants:
//!
//! ```compile_fail,E0391
//! # use brc::Trace;
//! #[derive(Trace)]
//! struct Even(Option<Box<Odd>>);
//!
//! #[derive(Trace)]
//! struct Odd(Option<Box<Even>>);
//! ```
//!
//! Between objects there is no such question: a [`Gc`](crate::Gc) is always
//! `false`.
//!
//! # Types with many kinds of values
//!
//! The objects of a runtime may all have one type, an enum with a variant for each kind
//! of value. Such a type is not [`ACYCLIC`](Trace::ACYCLIC), and has a finalizer, if one
//! of its variants needs that. So both are asked of the value too, once, when it is put
//! into the heap: [`Trace::is_acyclic`], which the derive answers for each variant, and
//! [`Finalize::is_needed`]. An object whose value says `true` and `false` costs no more
//! than one of a type of its own.
//!
//! ```
//! use brc::{Finalize, Gc, GcVec, Mutator, Trace, heap};
//!
//! #[derive(Trace)]
//! #[trace(finalize)]
//! enum Object {
//!     Int(i64),
//!     List(GcVec<Object>),
//!     File { path: String },
//! }
//!
//! impl Finalize for Object {
//!     fn is_needed(&self) -> bool {
//!         matches!(self, Self::File { .. })
//!     }
//!
//!     fn finalize(&self, _: &Mutator) {
//!         if let Self::File { path } = self {
//!             println!("closing {path}");
//!         }
//!     }
//! }
//!
//! assert!(!Object::ACYCLIC);
//! assert!(Object::Int(1).is_acyclic());
//! assert!(!Object::List(GcVec::new()).is_acyclic());
//!
//! heap::attach(|m| {
//!     let one = m.alloc(Object::Int(1));
//!     drop(one.clone()); // does not make it a candidate
//!     drop(one); // no finalizer
//!     drop(m.alloc(Object::File { path: "spam.txt".into() })); // finalized
//! })
//! .unwrap();
//! ```
//!
//! # Depth
//!
//! Handles are not followed while tracing, so a list of 10⁷ objects needs no
//! stack. What a *payload* owns by value is traced as it would be dropped or
//! compared: a list of `Box`es in a single payload takes a stack frame for each.

pub(crate) mod local;
mod std_impls;

use std::fmt;
use std::ptr::NonNull;

use crate::stw::Mutator;
use local::Local;

/// A type whose values the heap can hold: it shows the collector which handles
/// they own.
///
/// To be derived: `#[derive(Trace)]` ([its attributes](macro@crate::Trace)). See
/// the [module](self) for what the types of std show.
///
/// # Safety
///
/// The collector frees what has no more handles than were reported to it. So for
/// an impl by hand:
///
/// * `trace` reports each [`Gc`](crate::Gc) that the value owns **at most once**,
///   and none that it does not own: it calls `trace` on parts of the value that
///   nothing else owns, not on what is behind an `Arc`, a `Brc` or a reference.
///   Less is allowed: what is not reported counts as held from outside, and is
///   never collected.
/// * While the value is not changed, it reports **the same** each time. A pause
///   asks more than once, and nothing changes a payload in a pause; so this is about
///   clocks, random numbers and locks.
/// * `trace` **touches no count**: it does not clone, drop, upgrade or downgrade a
///   handle of the heap; it allocates no object, and does not attach, or wait for
///   a lock (other threads are stopped, and may hold it): `try_lock`, and no edges
///   if that fails.
/// * [`ACYCLIC`](Self::ACYCLIC) is `true` only if `trace` never reports anything.
/// * **`Drop`**, of the type and of those parts that are traced, does not read,
///   clone or let escape a traced handle. The collector destroys a cycle in any
///   order, so in a destructor a traced handle may point at what is destroyed
///   already. (What is not traced is alive.) The derive sees to this: it refuses
///   types that implement `Drop`, and each traced part is `Trace` itself.
///
/// # Cost
///
/// The collector calls `trace` on each object that it visits, several times, in a
/// pause: about what iterating over the value costs. A `HashMap` costs its capacity.
/// Parts whose type is `ACYCLIC` cost nothing, and objects whose type is are never
/// visited.
///
/// # Panics
///
/// If `trace` panics, the collection ends there, frees nothing, starts the world
/// again and lets the panic pass on to its caller. (A `Mutex` that was being traced
/// is poisoned.)
///
/// # Examples
///
/// By hand, for a handle that is packed into a type of another crate, or, as here,
/// for a part that the derive cannot see into:
///
/// ```
/// use std::cell::UnsafeCell;
/// use brc::{Gc, Trace, Tracer, heap};
///
/// /// Written once, by whoever makes it, before it is shared.
/// struct Link(UnsafeCell<Option<Gc<Link>>>);
///
/// // SAFETY: never written while it is shared.
/// unsafe impl Sync for Link {}
///
/// // SAFETY: reports the handle once, touches nothing, has no `Drop`.
/// unsafe impl Trace for Link {
///     fn trace(&self, tracer: &mut Tracer<'_>) {
///         // SAFETY: never written while it is shared.
///         let next = unsafe { &*self.0.get() };
///         next.trace(tracer);
///     }
/// }
///
/// heap::attach(|m| {
///     let last = m.alloc(Link(UnsafeCell::new(None)));
///     let first = m.alloc(Link(UnsafeCell::new(Some(last))));
///     drop(first);
/// })
/// .unwrap();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be put into the heap: it does not implement `Trace`",
    label = "the collector cannot look into `{Self}`",
    note = "if the type is yours, `#[derive(Trace)]`",
    note = "if this is a field, `#[trace(skip)]` hides it from the collector, which is memory-safe: a cycle through it is never collected"
)]
pub unsafe trait Trace {
    /// Whether [`trace`](Self::trace) never reports anything, whatever the value.
    ///
    /// The collector does not visit objects of such a type and never suspects them
    /// of being in a cycle: they live and die by counting alone.
    ///
    /// `false` is always right, and costs visits that find nothing. `true` is a
    /// promise, on which visits are left out. The derive asks the fields' types
    /// (unless [they contain each other](self#types-that-contain-each-other)),
    /// containers ask their parts'. *Opaque* types are `true` even though they may
    /// hide a handle: nothing is reported for them, so a visit could not find it.
    const ACYCLIC: bool = false;

    /// What runs once before an object of this type dies, with the payload and the
    /// object: [`Finalize::finalize_object`], set by `#[trace(finalize)]`.
    ///
    /// Only that of the payload's own type: the heap does not finalize what is
    /// inside of a payload, so a `Vec<T>`, and a `Locked<T>`, has none even if `T`
    /// has one. (A finalizer has `&self` while others may still have the object
    /// through a weak handle, so that of a `Locked` would need its lock. A type
    /// that needs a finalizer keeps what changes in a `Mutex`, or in atomics.)
    const FINALIZE: Option<fn(&Self, Local<'_, Self>, &Mutator)> = None;

    /// Whether this very value reports nothing, as it is now.
    ///
    /// Asked once, when the value is put into the heap, as a payload of its own (not
    /// as part of another, or of a slice), unless its type is `ACYCLIC` anyway. The collector then does not visit the object
    /// and never suspects it, as if its type were [`ACYCLIC`](Self::ACYCLIC).
    ///
    /// The derive overrides it for enums: `true` for a variant if the types of all
    /// its fields that are traced are `ACYCLIC`.
    ///
    /// `true` is for what stays so. A value that is changed later, by
    /// [`Gc::get_mut`](crate::Gc::get_mut), into one that owns handles is memory-safe:
    /// what is not visited counts as held from outside. The handles are dropped with the
    /// object, but what a cycle through it holds is never collected. (A deferred
    /// object is visited whatever this says.)
    ///
    /// It runs before there is an object, outside of pauses. If it panics, the
    /// value is dropped.
    #[inline]
    fn is_acyclic(&self) -> bool {
        Self::ACYCLIC
    }

    /// Whether [`FINALIZE`](Self::FINALIZE) is to run before this very value dies.
    ///
    /// Asked once, with [`is_acyclic`](Self::is_acyclic), if there is one. `#[trace(finalize)]` lets
    /// [`Finalize::is_needed`] answer.
    #[inline]
    fn needs_finalizer(&self) -> bool {
        Self::FINALIZE.is_some()
    }

    /// Reports the handles that this value owns, by calling `trace` on its parts.
    ///
    /// Called by the collector with the world stopped, and by other impls.
    fn trace(&self, tracer: &mut Tracer<'_>);
}

/// Cleanup that needs the object whole.
///
/// With `#[trace(finalize)]`, [`finalize`](Self::finalize) runs once before an
/// object dies, before anything in it is dropped: all handles in it still work.
/// It takes the place of `Drop`, which the heap's types must not have. If the
/// object is part of a cycle, the finalizers of the whole cycle run before any
/// of it is destroyed, in any order.
///
/// # Examples
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
/// use brc::{Finalize, Gc, Mutator, Trace, heap};
///
/// #[derive(Trace)]
/// struct Account {
///     open: AtomicUsize,
/// }
///
/// #[derive(Trace)]
/// #[trace(finalize)]
/// struct Connection {
///     account: Gc<Account>,
/// }
///
/// impl Finalize for Connection {
///     fn finalize(&self, m: &Mutator) {
///         self.account.get(m).open.fetch_sub(1, Relaxed);
///     }
/// }
///
/// heap::attach(|m| {
///     let account = m.alloc(Account { open: AtomicUsize::new(1) });
///     drop(m.alloc(Connection { account: account.clone() }));
///     assert_eq!(account.get(m).open.load(Relaxed), 0);
/// })
/// .unwrap();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is marked `#[trace(finalize)]` but does not implement `Finalize`",
    label = "`Finalize` is not implemented for `{Self}`"
)]
pub trait Finalize {
    /// Cleans up after the object.
    ///
    /// It may read what the handles in it point at, store clones of them elsewhere
    /// (the object, if among them, then stays alive: *resurrection*; its finalizer
    /// does not run again), and allocate. To keep the object itself, override
    /// [`finalize_object`](Self::finalize_object). It has no `&mut Mutator`, so it cannot
    /// pass a safepoint, detach, or collect, and it should not wait for a lock
    /// (`try_lock` will do): who has it may be waiting for this thread to come to
    /// a safepoint.
    ///
    /// # Panics
    ///
    /// A panic is passed on by the drop or the call that runs the finalizer, after
    /// the object has been destroyed like any other.
    fn finalize(&self, m: &Mutator);

    /// Whether this very value needs its finalizer. `true`, unless overridden.
    ///
    /// Asked once, when the value is put into the heap. If it is `false` the object dies
    /// as one of a type that has no finalizer, also if the value is changed later: a
    /// collection that finds only such garbage has one pause, not two, and what another
    /// thread may still be looking at waits for its death in a batch. For types with
    /// [many kinds of values](self#types-with-many-kinds-of-values).
    ///
    /// It runs before there is an object. If it panics, the value is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    /// use brc::{Finalize, Mutator, Trace, heap};
    ///
    /// static CLOSED: AtomicUsize = AtomicUsize::new(0);
    ///
    /// #[derive(Trace)]
    /// #[trace(finalize)]
    /// enum Stream {
    ///     Closed,
    ///     File(u32),
    /// }
    ///
    /// impl Finalize for Stream {
    ///     fn is_needed(&self) -> bool {
    ///         matches!(self, Self::File(_))
    ///     }
    ///
    ///     fn finalize(&self, _: &Mutator) {
    ///         CLOSED.fetch_add(1, Relaxed);
    ///     }
    /// }
    ///
    /// heap::attach(|m| {
    ///     drop(m.alloc(Stream::Closed));
    ///     assert_eq!(CLOSED.load(Relaxed), 0);
    ///     drop(m.alloc(Stream::File(3)));
    ///     assert_eq!(CLOSED.load(Relaxed), 1);
    /// })
    /// .unwrap();
    /// ```
    fn is_needed(&self) -> bool {
        true
    }

    /// What the heap calls. It calls [`finalize`](Self::finalize), unless a type that
    /// may want to keep its object overrides it.
    ///
    /// `object` refers to the object that `self` is in, until this returns. A handle made
    /// of it, by [`to_gc`](Local::to_gc), has the payload's own type, and can be kept and sent
    /// like any other: the object then lives (*resurrection*) until its last handle is
    /// gone, and dies without its finalizer. If the collector found the object, its weak
    /// handles work again when the collection is over.
    ///
    /// So a finalizer that needs `&mut Mutator`, as the `__del__` of a scripting language
    /// does, leaves a handle, and the runtime does the rest where it can.
    ///
    /// Cost: that of [`finalize`](Self::finalize). `to_gc` is a clone: whoever runs the
    /// finalizer has a reference, and looks at the count only afterwards.
    ///
    /// # Panics
    ///
    /// As [`finalize`](Self::finalize), but an object with a new handle lives.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::mem;
    /// use std::sync::Mutex;
    /// use brc::{Finalize, Gc, Local, Mutator, Trace, heap};
    ///
    /// #[derive(Trace)]
    /// #[trace(finalize)]
    /// struct Instance {
    ///     name: &'static str,
    /// }
    ///
    /// static TO_DELETE: Mutex<Vec<Gc<Instance>>> = Mutex::new(Vec::new());
    ///
    /// impl Finalize for Instance {
    ///     fn finalize(&self, _: &Mutator) {}
    ///
    ///     fn finalize_object(&self, object: Local<'_, Self>, _: &Mutator) {
    ///         TO_DELETE.lock().unwrap().push(object.to_gc());
    ///     }
    /// }
    ///
    /// heap::attach(|m| {
    ///     drop(m.alloc(Instance { name: "spam" }));
    ///     // Later, where the interpreter can run:
    ///     let [instance] = &mem::take(&mut *TO_DELETE.lock().unwrap())[..] else { panic!() };
    ///     m.safepoint();
    ///     assert_eq!(instance.get(m).name, "spam");
    /// })
    /// .unwrap();
    /// ```
    fn finalize_object(&self, object: Local<'_, Self>, m: &Mutator)
    where
        Self: Sized,
    {
        let _ = object;
        self.finalize(m);
    }
}

/// Takes the reports of [`Trace::trace`].
///
/// Only the collector makes one; an impl passes it to the parts of its value.
pub struct Tracer<'a> {
    edges: &'a mut Vec<NonNull<()>>,
}

impl<'a> Tracer<'a> {
    /// One that appends what is reported to `edges`.
    #[inline]
    pub(crate) fn new(edges: &'a mut Vec<NonNull<()>>) -> Self {
        Self { edges }
    }

    /// Reports a handle, by the address of the payload it points at.
    #[inline]
    pub(crate) fn edge(&mut self, payload: NonNull<()>) {
        self.edges.push(payload);
    }
}

impl fmt::Debug for Tracer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracer").field("edges", &self.edges.len()).finish_non_exhaustive()
    }
}

/// For what the derive emits, and for tests of it. Not part of the API.
#[doc(hidden)]
pub mod __private {
    use super::{Finalize, NonNull, Trace, Tracer};

    /// A type that the derive emits an impl of this for gets a second one if it
    /// implements `Finalize`, and the compiler refuses both.
    pub trait MustBeMarkedTraceFinalize {}

    impl<T: Finalize + ?Sized> MustBeMarkedTraceFinalize for T {}

    /// What a value reports.
    ///
    /// # Safety
    ///
    /// Nobody changes the value meanwhile: no other thread, and nobody who holds
    /// the lock of a `Locked` in it.
    #[must_use]
    pub unsafe fn edges<T: Trace + ?Sized>(value: &T) -> Vec<NonNull<()>> {
        let mut edges = Vec::new();
        value.trace(&mut Tracer::new(&mut edges));
        edges
    }
}
