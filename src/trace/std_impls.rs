//! [`Trace`] for the types of std and the crate's own pointers.
//!
//! Containers report what their parts report. They ask `ACYCLIC` first, so that
//! a `Vec<u8>` is not walked and a `Mutex<u8>` not locked.
//!
//! The locks and atomics here are those that payloads have, hence std's also in
//! the models; nothing here synchronizes by them.

use std::alloc::Layout;
use std::any::TypeId;
use std::borrow::Cow;
use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::convert::Infallible;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::hash::{BuildHasherDefault, RandomState};
use std::marker::{PhantomData, PhantomPinned};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::{NonZero, Saturating, Wrapping};
use std::ops::{
    Bound, ControlFlow, Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive,
};
use std::path::{Path, PathBuf};
use std::rc::{self, Rc};
use std::sync::{self, LazyLock, OnceLock, RwLock, TryLockError, atomic};
use std::thread::ThreadId;
use std::time::{Duration, Instant, SystemTime};

use super::{Trace, Tracer};
use crate::biased::{Brc, Weak};
use crate::lock::Locked;

/// Types that report nothing: no handle is in them, or none that could be
/// reported once.
macro_rules! opaque {
    ($({ $($generics:tt)* } $ty:ty,)*) => {
        $(
            // SAFETY: reports nothing.
            unsafe impl<$($generics)*> Trace for $ty {
                const ACYCLIC: bool = true;

                #[inline]
                fn trace(&self, _: &mut Tracer<'_>) {}
            }
        )*
    };
    ($($ty:ty),* $(,)?) => {
        opaque! { $({} $ty,)* }
    };
}

opaque! {
    (), bool, char, f32, f64,
    i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize,
    NonZero<i8>, NonZero<i16>, NonZero<i32>, NonZero<i64>, NonZero<i128>, NonZero<isize>,
    NonZero<u8>, NonZero<u16>, NonZero<u32>, NonZero<u64>, NonZero<u128>, NonZero<usize>,
    atomic::AtomicBool, atomic::AtomicI8, atomic::AtomicI16, atomic::AtomicI32,
    atomic::AtomicIsize, atomic::AtomicU8, atomic::AtomicU16, atomic::AtomicU32,
    atomic::AtomicUsize,
    str, String, CStr, CString, OsStr, OsString, Path, PathBuf,
    Duration, Instant, SystemTime,
    IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6,
    Ordering, RangeFull, PhantomPinned, Infallible, Layout, TypeId, ThreadId, RandomState,
    sync::Barrier, sync::Condvar, sync::Once,
}

#[cfg(target_has_atomic = "64")]
opaque! { atomic::AtomicI64, atomic::AtomicU64 }

opaque! {
    { T: ?Sized } PhantomData<T>,
    { T } BuildHasherDefault<T>,
    { T } atomic::AtomicPtr<T>,
    { T: ?Sized } &'static T,
    { T: ?Sized } Brc<T>,
    { T: ?Sized } Weak<T>,
    { T: ?Sized } sync::Arc<T>,
    { T: ?Sized } sync::Weak<T>,
    { T: ?Sized } Rc<T>,
    { T: ?Sized } rc::Weak<T>,
}

macro_rules! function_pointers {
    ($($done:ident)* / $($rest:ident)*) => {
        opaque! {
            { Output, $($done),* } fn($($done),*) -> Output,
            { Output, $($done),* } unsafe fn($($done),*) -> Output,
            { Output, $($done),* } extern "C" fn($($done),*) -> Output,
            { Output, $($done),* } unsafe extern "C" fn($($done),*) -> Output,
        }
        function_pointers! { @ $($done)* / $($rest)* }
    };
    (@ $($done:ident)* / $next:ident $($rest:ident)*) => {
        function_pointers! { $($done)* $next / $($rest)* }
    };
    (@ $($done:ident)* /) => {};
}

function_pointers! { / A B C D E F G H I J K L }

/// Types that own their parts and nothing else, as an iteration over them.
macro_rules! sequences {
    ($({ $($generics:tt)* } $ty:ty,)*) => {
        $(
            // SAFETY: each part is owned once and reports as it must; walking
            // them reads only, and dropping them is all that its drop does.
            unsafe impl<T: Trace, $($generics)*> Trace for $ty {
                const ACYCLIC: bool = T::ACYCLIC;

                #[inline]
                fn trace(&self, tracer: &mut Tracer<'_>) {
                    if !T::ACYCLIC {
                        self.iter().for_each(|part| part.trace(tracer));
                    }
                }
            }
        )*
    };
}

sequences! {
    {} [T],
    { const N: usize } [T; N],
    {} Option<T>,
    {} Vec<T>,
    {} VecDeque<T>,
    {} LinkedList<T>,
    {} BinaryHeap<T>,
    {} BTreeSet<T>,
    { S } HashSet<T, S>,
}

macro_rules! maps {
    ($({ $($generics:tt)* } $ty:ty,)*) => {
        $(
            // SAFETY: as for the sequences.
            unsafe impl<K: Trace, V: Trace, $($generics)*> Trace for $ty {
                const ACYCLIC: bool = K::ACYCLIC && V::ACYCLIC;

                #[inline]
                fn trace(&self, tracer: &mut Tracer<'_>) {
                    if !Self::ACYCLIC {
                        for (key, value) in self {
                            key.trace(tracer);
                            value.trace(tracer);
                        }
                    }
                }
            }
        )*
    };
}

maps! {
    {} BTreeMap<K, V>,
    { S } HashMap<K, V, S>,
}

/// Types that own the parts which a pattern binds.
macro_rules! parts {
    ($(
        $(#[$meta:meta])*
        { $($param:ident),* } $ty:ty { $($pattern:pat => $($part:expr),*;)* }
    )*) => {
        $(
            $(#[$meta])*
            // SAFETY: each part is owned once and reports as it must.
            unsafe impl<$($param: Trace),*> Trace for $ty {
                const ACYCLIC: bool = true $(&& $param::ACYCLIC)*;

                #[inline]
                fn trace(&self, tracer: &mut Tracer<'_>) {
                    match self {
                        $($pattern => { $($part.trace(tracer);)* })*
                    }
                }
            }
        )*
    };
}

parts! {
    { A, B } Result<A, B> { Ok(a) => a; Err(b) => b; }
    { A, B } ControlFlow<A, B> { Self::Break(a) => a; Self::Continue(b) => b; }
    { A } Bound<A> { Self::Included(a) | Self::Excluded(a) => a; Self::Unbounded => ; }
    { A } Range<A> { Self { start, end } => start, end; }
    { A } RangeFrom<A> { Self { start } => start; }
    { A } RangeTo<A> { Self { end } => end; }
    { A } RangeToInclusive<A> { Self { end } => end; }
    { A } RangeInclusive<A> { range => range.start(), range.end(); }
    { A } Reverse<A> { Self(a) => a; }
    { A } Wrapping<A> { Self(a) => a; }
    { A } Saturating<A> { Self(a) => a; }
}

macro_rules! tuples {
    ($($done:ident)* / $next:ident $($rest:ident)*) => {
        parts! {
            #[allow(non_snake_case, reason = "a part is named as its type is")]
            { $($done,)* $next } ($($done,)* $next,) {
                ($($done,)* $next,) => $($done,)* $next;
            }
        }
        tuples! { $($done)* $next / $($rest)* }
    };
    ($($done:ident)* /) => {};
}

tuples! { / A B C D E F G H I J K L }

// SAFETY: the value is owned once and reports as it must.
unsafe impl<T: Trace + ?Sized> Trace for Box<T> {
    const ACYCLIC: bool = T::ACYCLIC;

    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        (**self).trace(tracer);
    }
}

// SAFETY: what is owned is owned once; what is borrowed is not reported.
unsafe impl<T: ToOwned<Owned: Trace> + ?Sized + 'static> Trace for Cow<'static, T> {
    const ACYCLIC: bool = T::Owned::ACYCLIC;

    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Self::Owned(value) = self {
            value.trace(tracer);
        }
    }
}

// SAFETY: the value is owned once. `Tracer`s exist in pauses only, when nobody
// has `&mut` to the payload of an object, nor has a thread that waits for its
// lock; and a `Locked` that is no such payload cannot be locked.
unsafe impl<T: Trace + ?Sized> Trace for Locked<T> {
    const ACYCLIC: bool = T::ACYCLIC;

    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if !T::ACYCLIC {
            // SAFETY: nobody writes to it, as above.
            let value = unsafe { &*self.value() };
            value.trace(tracer);
        }
    }
}

/// Locks that are tried and, if somebody has them, say nothing. In a pause that
/// can only be a guard that was leaked, which stays.
macro_rules! locks {
    ($($ty:ty: $try_lock:ident,)*) => {
        $(
            // SAFETY: the value is owned once, cannot change while the lock is
            // held, and nobody comes or goes during a pause.
            unsafe impl<T: Trace + ?Sized> Trace for $ty {
                const ACYCLIC: bool = T::ACYCLIC;

                #[inline]
                fn trace(&self, tracer: &mut Tracer<'_>) {
                    if T::ACYCLIC {
                        return;
                    }
                    match self.$try_lock() {
                        Ok(value) => T::trace(&value, tracer),
                        Err(TryLockError::Poisoned(poisoned)) => {
                            T::trace(poisoned.get_ref(), tracer);
                        }
                        Err(TryLockError::WouldBlock) => {}
                    }
                }
            }
        )*
    };
}

locks! {
    sync::Mutex<T>: try_lock,
    RwLock<T>: try_read,
}

// SAFETY: the value, if it is there, is owned once; nobody makes it in a pause.
unsafe impl<T: Trace> Trace for OnceLock<T> {
    const ACYCLIC: bool = T::ACYCLIC;

    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Some(value) = self.get() {
            value.trace(tracer);
        }
    }
}

// SAFETY: as for `OnceLock`. What the function holds is not reported.
unsafe impl<T: Trace, F> Trace for LazyLock<T, F> {
    const ACYCLIC: bool = T::ACYCLIC;

    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Some(value) = Self::get(self) {
            value.trace(tracer);
        }
    }
}
