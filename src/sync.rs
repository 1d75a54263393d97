//! The facade over `std` and `loom`.
//!
//! This is the only file that names either for atomics, mutexes and
//! thread-locals, so the code that the models explore is the code that ships.
//! Built with `--cfg loom` every name below is loom's.

#[cfg(not(loom))]
mod imp {
    pub use std::sync::Mutex;
    pub use std::sync::atomic::{
        AtomicPtr, AtomicU8, AtomicU32, AtomicUsize, Ordering, fence,
    };

    /// Declares a process-wide value, reached through a function.
    macro_rules! global {
        ($(#[$meta:meta])* fn $name:ident() -> $ty:ty = $init:expr) => {
            $(#[$meta])*
            #[inline]
            pub(crate) fn $name() -> &'static $ty {
                static GLOBAL: $ty = $init;
                &GLOBAL
            }
        };
    }

    /// Declares thread-local state that has no destructor, so that it can be
    /// read at any moment of a thread's life.
    macro_rules! thread_state {
        (static $name:ident: $ty:ty = $init:expr) => {
            std::thread_local! { static $name: $ty = const { $init } }
        };
    }

    /// A `const fn`, except under loom, whose atomics have no `const` constructor.
    macro_rules! const_fn {
        ($(#[$meta:meta])* $vis:vis const fn $($rest:tt)*) => {
            $(#[$meta])* $vis const fn $($rest)*
        };
    }

    pub(crate) use {const_fn, global, thread_state};

    /// Gives the processor to another thread for a moment.
    pub(crate) fn yield_now() {
        std::thread::yield_now();
    }
}

#[cfg(loom)]
mod imp {
    pub use loom::sync::Mutex;
    pub use loom::sync::atomic::{
        AtomicPtr, AtomicU8, AtomicU32, AtomicUsize, Ordering, fence,
    };

    macro_rules! global {
        ($(#[$meta:meta])* fn $name:ident() -> $ty:ty = $init:expr) => {
            $(#[$meta])*
            pub(crate) fn $name() -> &'static $ty {
                loom::lazy_static! { static ref GLOBAL: $ty = $init; }
                &GLOBAL
            }
        };
    }

    macro_rules! thread_state {
        (static $name:ident: $ty:ty = $init:expr) => {
            loom::thread_local! { static $name: $ty = $init }
        };
    }

    macro_rules! const_fn {
        ($(#[$meta:meta])* $vis:vis const fn $($rest:tt)*) => {
            $(#[$meta])* $vis fn $($rest)*
        };
    }

    pub(crate) use {const_fn, global, thread_state};

    // Loom explores a spin loop only if it yields.
    pub(crate) fn yield_now() {
        loom::thread::yield_now();
    }
}

pub(crate) use imp::*;

/// Locks a mutex whose holders never run user code, so that a poisoned one can
/// only mean that an unrelated panic unwound through this crate.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> LockGuard<'_, T> {
    match mutex.lock() {
        Ok(guard) => guard,
        Err(poisoned) => poisoned.into_inner(),
    }
}

#[cfg(not(loom))]
type LockGuard<'a, T> = std::sync::MutexGuard<'a, T>;
#[cfg(loom)]
type LockGuard<'a, T> = loom::sync::MutexGuard<'a, T>;
