//! Measurements of [`brc::Brc`] beside `Rc`, `Arc` and the pointers of other crates.
//!
//! Every pointer is a [`Family`], so each row of the tables is one generic
//! function ([`loops`]) and the pointers differ in nothing else.

pub mod clock;
pub mod loops;
pub mod rows;
pub mod svg;
pub mod table;

use std::cell::Cell;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use brc::Brc;

/// A kind of shared pointer.
pub trait Family: 'static {
    type Of<T: 'static>: Clone + Deref<Target = T> + 'static;

    fn new<T: 'static>(value: T) -> Self::Of<T>;

    /// To be called on each thread before it uses the pointers.
    fn enter() {}

    /// Takes in what other threads handed over to this one.
    fn take_in() {}
}

/// A kind that can tell whether a handle is the only one.
pub trait Unique: Family {
    fn get_mut<T: 'static>(this: &mut Self::Of<T>) -> Option<&mut T>;
    fn make_mut<T: Clone + 'static>(this: &mut Self::Of<T>) -> &mut T;
    fn try_unwrap<T: 'static>(this: Self::Of<T>) -> Option<T>;
}

/// A kind with weak handles.
pub trait Weakly: Family {
    type Weak<T: 'static>: 'static;

    fn downgrade<T: 'static>(this: &Self::Of<T>) -> Self::Weak<T>;
    fn upgrade<T: 'static>(weak: &Self::Weak<T>) -> Option<Self::Of<T>>;
}

macro_rules! family {
    ($(#[$meta:meta])* $name:ident, $of:ident :: $ptr:ident $(, $method:ident => $body:expr)*) => {
        $(#[$meta])*
        #[derive(Debug)]
        pub enum $name {}

        impl Family for $name {
            type Of<T: 'static> = $of::$ptr<T>;

            #[inline]
            fn new<T: 'static>(value: T) -> Self::Of<T> {
                $of::$ptr::new(value)
            }

            $(fn $method() {
                $body
            })*
        }
    };
}

macro_rules! unique {
    ($name:ident, $of:ident :: $ptr:ident) => {
        impl Unique for $name {
            #[inline]
            fn get_mut<T: 'static>(this: &mut Self::Of<T>) -> Option<&mut T> {
                $of::$ptr::get_mut(this)
            }

            #[inline]
            fn make_mut<T: Clone + 'static>(this: &mut Self::Of<T>) -> &mut T {
                $of::$ptr::make_mut(this)
            }

            #[inline]
            fn try_unwrap<T: 'static>(this: Self::Of<T>) -> Option<T> {
                $of::$ptr::try_unwrap(this).ok()
            }
        }
    };
}

macro_rules! weakly {
    ($name:ident, $of:ident :: $ptr:ident, $weak:ty) => {
        impl Weakly for $name {
            type Weak<T: 'static> = $weak;

            #[inline]
            fn downgrade<T: 'static>(this: &Self::Of<T>) -> Self::Weak<T> {
                $of::$ptr::downgrade(this)
            }

            #[inline]
            fn upgrade<T: 'static>(weak: &Self::Weak<T>) -> Option<Self::Of<T>> {
                weak.upgrade()
            }
        }
    };
}

use std::{rc, sync};

family!(
    /// `brc::Brc`.
    BrcFamily, brc::Brc, take_in => brc::merge()
);
unique!(BrcFamily, brc::Brc);
weakly!(BrcFamily, brc::Brc, brc::Weak<T>);

family!(
    /// `std::rc::Rc`.
    RcFamily, rc::Rc
);
unique!(RcFamily, rc::Rc);
weakly!(RcFamily, rc::Rc, rc::Weak<T>);

family!(
    /// `std::sync::Arc`.
    ArcFamily, sync::Arc
);
unique!(ArcFamily, sync::Arc);
weakly!(ArcFamily, sync::Arc, sync::Weak<T>);

family!(
    /// `triomphe::Arc`: no weak handles.
    Triomphe, triomphe::Arc
);
unique!(Triomphe, triomphe::Arc);

family!(
    /// `hybrid_rc::Rc`: the handle that stays on its thread.
    HybridRc, hybrid_rc::Rc
);
unique!(HybridRc, hybrid_rc::Rc);

family!(
    /// `hybrid_rc::Arc`: the handle of the same objects that may travel.
    HybridArc, hybrid_rc::Arc
);
unique!(HybridArc, hybrid_rc::Arc);

impl Weakly for HybridRc {
    type Weak<T: 'static> = hybrid_rc::Weak<T>;

    #[inline]
    fn downgrade<T: 'static>(this: &Self::Of<T>) -> Self::Weak<T> {
        hybrid_rc::Rc::downgrade(this)
    }

    #[inline]
    fn upgrade<T: 'static>(weak: &Self::Weak<T>) -> Option<Self::Of<T>> {
        weak.upgrade_local().ok()
    }
}

impl Weakly for HybridArc {
    type Weak<T: 'static> = hybrid_rc::Weak<T>;

    #[inline]
    fn downgrade<T: 'static>(this: &Self::Of<T>) -> Self::Weak<T> {
        hybrid_rc::Arc::downgrade(this)
    }

    #[inline]
    fn upgrade<T: 'static>(weak: &Self::Weak<T>) -> Option<Self::Of<T>> {
        weak.upgrade().ok()
    }
}

family!(
    /// `biasedrc::Brc`. Its `try_unwrap` leaks, so it is not [`Unique`] here.
    Biasedrc, biasedrc::Brc, take_in => biasedrc::collect()
);
weakly!(Biasedrc, biasedrc::Brc, biasedrc::Weak<T>);

family!(
    /// `steel_rc::BiasedRc`: no weak handles, and its `get_mut` is unsound.
    Steel, steel_rc::BiasedRc,
    enter => steel_rc::register_thread(),
    take_in => {
        steel_rc::QueueHandle::run_explicit_merge();
    }
);

/// A count as a floor to compare with: never tested, and nothing is ever freed.
pub trait Count: 'static {
    fn new() -> Self;
    fn increment(&self);
    fn decrement(&self);
}

impl Count for Cell<u32> {
    fn new() -> Self {
        Cell::new(1)
    }

    #[inline]
    fn increment(&self) {
        self.set(self.get().wrapping_add(1));
    }

    #[inline]
    fn decrement(&self) {
        self.set(self.get().wrapping_sub(1));
    }
}

impl Count for AtomicU32 {
    fn new() -> Self {
        AtomicU32::new(1)
    }

    #[inline]
    fn increment(&self) {
        // The result is looked at, so that both are `lock xadd`.
        std::hint::black_box(self.fetch_add(1, Relaxed));
    }

    #[inline]
    fn decrement(&self) {
        std::hint::black_box(self.fetch_sub(1, Relaxed));
    }
}

/// A pointer that counts in a `C` and does nothing else.
#[derive(Debug)]
pub struct Floor<C: Count, T>(NonNull<(C, T)>);

// SAFETY: `C` and `T` are only reached by shared reference, and nothing is
// ever destroyed.
unsafe impl<T: Sync> Send for Floor<AtomicU32, T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Floor<AtomicU32, T> {}

impl<C: Count, T> Floor<C, T> {
    fn block(&self) -> &(C, T) {
        // SAFETY: leaked when it was made.
        unsafe { self.0.as_ref() }
    }
}

impl<C: Count, T> Clone for Floor<C, T> {
    #[inline]
    fn clone(&self) -> Self {
        self.block().0.increment();
        Self(self.0)
    }
}

impl<C: Count, T> Drop for Floor<C, T> {
    #[inline]
    fn drop(&mut self) {
        self.block().0.decrement();
    }
}

impl<C: Count, T> Deref for Floor<C, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.block().1
    }
}

/// The floors: [`Plain`] and [`Xadd`].
#[derive(Debug)]
pub struct FloorFamily<C>(std::convert::Infallible, std::marker::PhantomData<C>);

/// A count in plain memory.
pub type Plain = FloorFamily<Cell<u32>>;

/// A count by atomic read-modify-writes.
pub type Xadd = FloorFamily<AtomicU32>;

impl<C: Count> Family for FloorFamily<C> {
    type Of<T: 'static> = Floor<C, T>;

    fn new<T: 'static>(value: T) -> Self::Of<T> {
        Floor(NonNull::from(Box::leak(Box::new((C::new(), value)))))
    }
}

/// Makes an object on a thread that then lives on, so that it is a living
/// stranger's, and gives it to the caller.
pub fn made_elsewhere<P: Family, R: Send + 'static>(
    make: impl FnOnce() -> R + Send + 'static,
) -> R {
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        P::enter();
        send.send(make()).expect("the caller waits");
        loop {
            std::thread::park();
        }
    });
    P::enter();
    receive.recv().expect("the maker lives")
}

/// An immortal object.
#[must_use]
pub fn immortal(value: u64) -> Brc<u64> {
    let b = Brc::new(value);
    assert!(Brc::immortalize(&b), "made here");
    b
}

/// A binary tree of shared nodes.
pub struct Node<P: Family> {
    value: u64,
    children: Option<[P::Of<Node<P>>; 2]>,
}

impl<P: Family> Node<P> {
    /// A full tree of `2^(depth + 1) - 1` nodes.
    #[must_use]
    pub fn tree(depth: u32) -> P::Of<Self> {
        let children = (depth > 0).then(|| [Self::tree(depth - 1), Self::tree(depth - 1)]);
        P::new(Self { value: u64::from(depth), children })
    }

    /// Visits every node through a handle of its own.
    pub fn walk(this: P::Of<Self>) -> u64 {
        let mut sum = this.value;
        if let Some(children) = &this.children {
            for child in children {
                sum += Self::walk(child.clone());
            }
        }
        sum
    }
}

impl<P: Family> std::fmt::Debug for Node<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node").field("value", &self.value).finish_non_exhaustive()
    }
}
