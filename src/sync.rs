//! The facade over `std` and `loom`.
//!
//! This is the only file that names either for atomics, mutexes and
//! thread-locals, so the code that the models explore is the code that ships.
//! Built with `--cfg loom` every name below is loom's.

#[cfg(not(loom))]
mod imp {
    pub(crate) use std::alloc::{alloc, alloc_zeroed, dealloc};
    #[cfg(feature = "gc")]
    pub(crate) use std::sync::Condvar;
    pub(crate) use std::sync::Mutex;
    #[cfg(feature = "gc")]
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicU64};
    pub(crate) use std::sync::atomic::{
        AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicUsize, Ordering, fence,
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

    /// Spins for some hundred cycles in all, then says so.
    pub(crate) struct Spin(crossbeam_utils::Backoff);

    impl Spin {
        pub(crate) fn new() -> Self {
            Self(crossbeam_utils::Backoff::new())
        }

        /// Waits a little. `false`: it is time to sleep.
        pub(crate) fn spin(&mut self) -> bool {
            if self.0.is_completed() {
                return false;
            }
            self.0.snooze();
            true
        }
    }

    /// Spins until `done` says so, but not for long: a sleep and its end cost
    /// about as much as this.
    #[cfg(feature = "gc")]
    pub(crate) fn spin_until(done: impl Fn() -> bool) -> bool {
        const PATIENCE: std::time::Duration = std::time::Duration::from_micros(50);
        let began = std::time::Instant::now();
        loop {
            for _ in 0..64 {
                if done() {
                    return true;
                }
                std::hint::spin_loop();
            }
            if began.elapsed() > PATIENCE {
                return false;
            }
        }
    }

    /// Sleeping until another thread says so, in queues found by an address.
    pub(crate) mod parking {
        use std::time::Instant;

        use parking_lot_core::{DEFAULT_PARK_TOKEN, ParkResult, UnparkToken};

        use super::super::{Parked, Queue, Wake};

        const HANDED_OFF: UnparkToken = UnparkToken(1);
        const TRY_AGAIN: UnparkToken = UnparkToken(0);

        /// Sleeps in the queue of `key` if `valid` says so under its lock.
        ///
        /// `timed_out` is called under that lock, with whether this thread was
        /// the last in the queue.
        pub(crate) fn park(
            key: usize,
            valid: impl FnOnce() -> bool,
            timed_out: impl FnOnce(bool),
            deadline: Option<Instant>,
        ) -> Parked {
            let timed_out = |_, was_last| timed_out(was_last);
            // SAFETY: the key is the address of the lock's byte, which is
            // ours; the closures neither panic nor call into the parking lot.
            let result = unsafe {
                parking_lot_core::park(key, valid, || (), timed_out, DEFAULT_PARK_TOKEN, deadline)
            };
            match result {
                ParkResult::Unparked(HANDED_OFF) => Parked::Woken(Wake::HandedOff),
                ParkResult::Unparked(_) => Parked::Woken(Wake::TryAgain),
                ParkResult::Invalid => Parked::Changed,
                ParkResult::TimedOut => Parked::TimedOut,
            }
        }

        /// Wakes the first in the queue of `key`, after `decide` said under the
        /// queue's lock what to tell it.
        pub(crate) fn unpark_one(key: usize, decide: impl FnOnce(Queue) -> Wake) {
            let decide = |result: parking_lot_core::UnparkResult| {
                let queue = Queue {
                    woke_one: result.unparked_threads != 0,
                    more_sleep: result.have_more_threads,
                    be_fair: result.be_fair,
                };
                match decide(queue) {
                    Wake::HandedOff => HANDED_OFF,
                    Wake::TryAgain => TRY_AGAIN,
                }
            };
            // SAFETY: as in `park`.
            unsafe { parking_lot_core::unpark_one(key, decide) };
        }
    }
}

#[cfg(loom)]
mod imp {
    // Loom fails a model that leaks a block or frees it twice.
    pub(crate) use loom::alloc::{alloc, alloc_zeroed, dealloc};
    #[cfg(feature = "gc")]
    pub(crate) use loom::sync::Condvar;
    pub(crate) use loom::sync::Mutex;
    #[cfg(feature = "gc")]
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU64};
    pub(crate) use loom::sync::atomic::{
        AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicUsize, Ordering, fence,
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

    /// To spin in a model only adds states: sleep at once.
    pub(crate) struct Spin;

    impl Spin {
        pub(crate) fn new() -> Self {
            Self
        }

        pub(crate) fn spin(&mut self) -> bool {
            false
        }
    }

    #[cfg(feature = "gc")]
    pub(crate) fn spin_until(done: impl Fn() -> bool) -> bool {
        done()
    }

    /// The parking lot, modelled by one queue for all keys.
    pub(crate) mod parking {
        use std::collections::VecDeque;
        use std::sync::Arc;
        use std::sync::atomic::{AtomicBool, Ordering};
        use std::time::Instant;

        use loom::sync::{Condvar, Mutex};

        use super::super::{Parked, Queue, Wake, lock};

        /// Whether releasing threads are to be fair, chosen by the model.
        pub(crate) static BE_FAIR: AtomicBool = AtomicBool::new(false);

        struct Sleeper {
            key: usize,
            told: Arc<Mutex<Option<Wake>>>,
        }

        loom::lazy_static! {
            static ref QUEUE: (Mutex<VecDeque<Sleeper>>, Condvar) =
                (Mutex::new(VecDeque::new()), Condvar::new());
        }

        pub(crate) fn park(
            key: usize,
            valid: impl FnOnce() -> bool,
            timed_out: impl FnOnce(bool),
            deadline: Option<Instant>,
        ) -> Parked {
            let (queue, woken) = &*QUEUE;
            let mut sleepers = lock(queue);
            if !valid() {
                return Parked::Changed;
            }
            if deadline.is_some() {
                // Time passes at once, so that this path is explored.
                timed_out(!sleepers.iter().any(|sleeper| sleeper.key == key));
                return Parked::TimedOut;
            }
            let told = Arc::new(Mutex::new(None));
            sleepers.push_back(Sleeper { key, told: told.clone() });
            loop {
                sleepers = woken.wait(sleepers).unwrap();
                // A condition variable may wake for nothing: only what we are
                // told counts.
                if let Some(wake) = lock(&told).take() {
                    return Parked::Woken(wake);
                }
            }
        }

        pub(crate) fn unpark_one(key: usize, decide: impl FnOnce(Queue) -> Wake) {
            let (queue, woken) = &*QUEUE;
            let mut sleepers = lock(queue);
            let first = sleepers.iter().position(|sleeper| sleeper.key == key);
            let first = first.and_then(|index| sleepers.remove(index));
            let wake = decide(Queue {
                woke_one: first.is_some(),
                more_sleep: sleepers.iter().any(|sleeper| sleeper.key == key),
                be_fair: BE_FAIR.load(Ordering::Relaxed),
            });
            if let Some(first) = first {
                *lock(&first.told) = Some(wake);
                woken.notify_all();
            }
        }
    }
}

pub(crate) use imp::*;

/// What a thread that sleeps is told when it is woken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wake {
    /// The lock is yours.
    HandedOff,
    /// The lock was released: try to take it.
    TryAgain,
}

/// How a sleep ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Parked {
    Woken(Wake),
    /// There was none: the state was no longer one to sleep on.
    Changed,
    TimedOut,
}

/// What the waking thread learns of a queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Queue {
    pub(crate) woke_one: bool,
    pub(crate) more_sleep: bool,
    /// It is time to hand the lock over.
    pub(crate) be_fair: bool,
}

/// Locks a mutex whose holders never run user code, so that a poisoned one can
/// only mean that an unrelated panic unwound through this crate.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> LockGuard<'_, T> {
    match mutex.lock() {
        Ok(guard) => guard,
        Err(poisoned) => poisoned.into_inner(),
    }
}

/// Sleeps until `condvar` is notified, or for `timeout`; may wake for nothing.
/// Under loom time does not pass.
#[cfg(feature = "gc")]
pub(crate) fn wait<'a, T>(
    condvar: &Condvar,
    guard: LockGuard<'a, T>,
    timeout: Option<std::time::Duration>,
) -> LockGuard<'a, T> {
    #[cfg(not(loom))]
    if let Some(timeout) = timeout {
        return match condvar.wait_timeout(guard, timeout) {
            Ok((guard, _)) => guard,
            Err(poisoned) => poisoned.into_inner().0,
        };
    }
    let _ = timeout;
    match condvar.wait(guard) {
        Ok(guard) => guard,
        Err(poisoned) => poisoned.into_inner(),
    }
}

#[cfg(not(loom))]
pub(crate) type LockGuard<'a, T> = std::sync::MutexGuard<'a, T>;
#[cfg(loom)]
pub(crate) type LockGuard<'a, T> = loom::sync::MutexGuard<'a, T>;
