//! [`Wake`]: a waker for tasks that are shared by `Brc`.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::task::{RawWaker, RawWakerVTable, Waker};

use super::Brc;

/// What `std::task::Wake` is for `Arc`: wake-up code for a task that handles share.
///
/// The standard library's trait takes `Arc<Self>`; this one takes `Brc<Self>`.
/// A [`Waker`] comes from a handle by `From`. Wakers go to other threads, so
/// their clones and drops count atomically there; if they are what keeps the
/// task, make it by [`Brc::new_merged`].
///
/// # Examples
///
/// ```
/// use brc::{Brc, Wake};
/// use std::task::Waker;
/// use std::thread::{self, Thread};
///
/// struct Unpark(Thread);
///
/// impl Wake for Unpark {
///     fn wake(this: Brc<Self>) {
///         this.0.unpark();
///     }
/// }
///
/// let waker = Waker::from(Brc::new_merged(Unpark(thread::current())));
/// thread::spawn(move || waker.wake());
/// thread::park();
/// ```
pub trait Wake: Send + Sync + Sized + 'static {
    /// Wakes the task, and gives up the handle.
    fn wake(this: Brc<Self>);

    /// Wakes the task.
    fn wake_by_ref(this: &Brc<Self>) {
        Self::wake(this.clone());
    }
}

impl<W: Wake> From<Brc<W>> for Waker {
    /// The waker of a task. Costs nothing.
    fn from(task: Brc<W>) -> Self {
        // SAFETY: the functions of the table keep the contract of a waker: each
        // takes the handle that the pointer stands for, or looks at it; and
        // `W: Send + Sync`, so they may be called on any thread.
        unsafe { Self::from_raw(raw(task)) }
    }
}

fn raw<W: Wake>(task: Brc<W>) -> RawWaker {
    RawWaker::new(Brc::into_raw(task).cast(), Table::<W>::TABLE)
}

struct Table<W>(PhantomData<W>);

impl<W: Wake> Table<W> {
    const TABLE: &'static RawWakerVTable =
        &RawWakerVTable::new(Self::clone, Self::wake, Self::wake_by_ref, Self::drop);

    // For all four, the caller is a waker, which sees to the safety contract.

    /// # Safety
    ///
    /// `task` came from `raw` for this `W`, and its handle was not given up.
    unsafe fn clone(task: *const ()) -> RawWaker {
        // SAFETY: forwarded.
        let task = unsafe { view::<W>(task) };
        raw(Brc::clone(&task))
    }

    /// # Safety
    ///
    /// As for `clone`; the handle is given up.
    unsafe fn wake(task: *const ()) {
        // SAFETY: forwarded.
        W::wake(unsafe { Brc::from_raw(task.cast()) });
    }

    /// # Safety
    ///
    /// As for `clone`.
    unsafe fn wake_by_ref(task: *const ()) {
        // SAFETY: forwarded.
        let task = unsafe { view::<W>(task) };
        W::wake_by_ref(&task);
    }

    /// # Safety
    ///
    /// As for `clone`; the handle is given up.
    unsafe fn drop(task: *const ()) {
        // SAFETY: forwarded.
        drop(unsafe { Brc::<W>::from_raw(task.cast()) });
    }
}

/// The handle, to be looked at.
///
/// # Safety
///
/// The pointer came from `raw` for this `W`, whose handle was not given up.
unsafe fn view<W>(task: *const ()) -> ManuallyDrop<Brc<W>> {
    // SAFETY: forwarded; not dropped, since the handle stays the waker's.
    ManuallyDrop::new(unsafe { Brc::from_raw(task.cast()) })
}
