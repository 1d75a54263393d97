//! Threads that attach, waiting for them, and what they inherit.

use std::any::Any;
use std::cell::RefCell;
use std::error::Error;
use std::sync::Arc;
use std::{fmt, io, ptr, thread};

use super::{AttachError, Mutator, Record, attach, attach_again, detach_in_any_case};

thread_local! {
    /// Only while the thread is a mutator.
    static CONTEXT: RefCell<Option<Context>> = const { RefCell::new(None) };
}

/// A value that goes with a thread while it is attached, and with the threads that it starts.
///
/// As the context of Python's `contextvars`, which threads inherit since 3.14 if
/// there is no global lock: what a runtime finds anywhere on a thread, such as the settings of
/// a task. It is not changed in place: who wants another one
/// [sets](Mutator::set_context) it, which other threads do not see.
///
/// Cloning one is cloning an `Arc`. Handles in it are references from outside of the heap.
///
/// # Examples
///
/// ```
/// use brc::heap::{self, Context};
///
/// heap::attach(|m| {
///     m.with_context(Some(Context::new("request 7")), |m| {
///         let thread = heap::spawn(m, |m| m.context().unwrap().get::<&str>().copied());
///         assert_eq!(thread.join(m).unwrap(), Some("request 7"));
///     });
///     assert!(m.context().is_none());
/// })
/// .unwrap();
/// ```
#[derive(Clone)]
pub struct Context(Arc<dyn Any + Send + Sync>);

impl Context {
    /// A context with a value.
    #[must_use]
    pub fn new<T: Any + Send + Sync>(value: T) -> Self {
        Self(Arc::new(value))
    }

    /// The value, if it is of this type.
    #[must_use]
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.0.downcast_ref()
    }

    /// Whether both are clones of one.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}

/// Takes the context from a thread that is about to leave.
pub(super) fn take_context() -> Option<Context> {
    // At the end of a thread there may be none any more.
    CONTEXT.try_with(RefCell::take).unwrap_or_default()
}

impl Mutator {
    /// The [context](Context) of this thread. A thread that attached by
    /// [`attach`] begins without one; one that was [spawned](spawn) begins with that
    /// of the thread that started it.
    ///
    /// Cost: that of cloning an `Arc`.
    ///
    /// # Examples
    ///
    /// See [`Context`].
    #[must_use]
    pub fn context(&self) -> Option<Context> {
        CONTEXT.try_with(|context| context.borrow().clone()).unwrap_or_default()
    }

    /// Sets the [context](Context) of this thread, until it leaves the heap, and
    /// returns the one before. Threads that it started keep theirs.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::heap::{self, Context};
    ///
    /// heap::attach(|m| {
    ///     assert!(m.set_context(Some(Context::new(1))).is_none());
    ///     assert_eq!(m.context().unwrap().get(), Some(&1));
    /// })
    /// .unwrap();
    /// // It goes with the attachment.
    /// assert!(heap::attach(|m| m.context().is_none()).unwrap());
    /// ```
    pub fn set_context(&self, context: Option<Context>) -> Option<Context> {
        // At the end of a thread there is nothing more that could inherit it.
        CONTEXT.try_with(|current| current.replace(context)).unwrap_or_default()
    }

    /// Calls `f` with another [context](Context), and sets the one before again, also
    /// when unwinding.
    ///
    /// # Panics
    ///
    /// With what `f` panics with.
    ///
    /// # Examples
    ///
    /// See [`Context`].
    pub fn with_context<R>(
        &mut self,
        context: Option<Context>,
        f: impl FnOnce(&mut Self) -> R,
    ) -> R {
        struct Restore<'a> {
            m: &'a mut Mutator,
            before: Option<Context>,
        }
        impl Drop for Restore<'_> {
            fn drop(&mut self) {
                drop(self.m.set_context(self.before.take()));
            }
        }

        let before = self.set_context(context);
        let restore = Restore { m: self, before };
        f(&mut *restore.m)
    }
}

/// Starts a thread that attaches and calls `f`.
///
/// It inherits the [`Context`] of the calling thread. [`Builder`] gives it
/// a name, a stack of some size, another context.
///
/// Costs what starting a thread costs; does not wait for it to attach. The calling
/// thread stays attached.
///
/// # Panics
///
/// If there cannot be another thread. [`Builder::spawn`] returns that as an error.
///
/// # Memory ordering
///
/// What the calling thread did comes before all that the new one does; and all that it
/// did, before [`join`](JoinHandle::join) returns.
///
/// # Examples
///
/// ```
/// use brc::heap;
///
/// let sum = heap::attach(|m| {
///     let two = m.alloc(2);
///     let thread = heap::spawn(m, {
///         let two = two.clone();
///         move |m| two.get(m) + 1
///     });
///     let three = thread.join(m).unwrap();
///     two.get(m) + three
/// });
/// assert_eq!(sum, Ok(5));
/// ```
pub fn spawn<F, R>(m: &Mutator, f: F) -> JoinHandle<R>
where
    F: FnOnce(&mut Mutator) -> R + Send + 'static,
    R: Send + 'static,
{
    match Builder::new().spawn(m, f) {
        Ok(handle) => handle,
        Err(error) => panic!("cannot start a thread: {error}"),
    }
}

/// What a thread that is to attach begins with: see [`spawn`].
///
/// # Examples
///
/// ```
/// use brc::heap::{self, Context};
///
/// heap::attach(|m| {
///     let builder = heap::Builder::new()
///         .name("worker")
///         .stack_size(1 << 20)
///         .context(Some(Context::new(7)));
///     let thread = builder.spawn(m, |m| m.context().unwrap().get().copied()).unwrap();
///     assert_eq!(thread.thread().name(), Some("worker"));
///     assert_eq!(thread.join(m).unwrap(), Some(7));
/// })
/// .unwrap();
/// ```
#[derive(Debug, Default)]
#[must_use = "it starts no thread by itself"]
pub struct Builder {
    name: Option<String>,
    stack_size: Option<usize>,
    /// `None`: that of the starting thread.
    context: Option<Option<Context>>,
}

impl Builder {
    /// A thread without a name, with a stack as std gives, and the context of the
    /// thread that starts it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the thread, as [`std::thread::Builder::name`] does.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The size of its stack, in bytes.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// The context that it begins with, instead of the one that it would inherit.
    pub fn context(mut self, context: Option<Context>) -> Self {
        self.context = Some(context);
        self
    }

    /// As [`spawn`](spawn()), with what was set here.
    ///
    /// # Errors
    ///
    /// If the operating system cannot start another thread; `f` is dropped.
    ///
    /// # Panics
    ///
    /// If the name has a zero byte in it.
    ///
    /// # Memory ordering
    ///
    /// As [`spawn`](spawn()).
    pub fn spawn<F, R>(self, m: &Mutator, f: F) -> io::Result<JoinHandle<R>>
    where
        F: FnOnce(&mut Mutator) -> R + Send + 'static,
        R: Send + 'static,
    {
        let (builder, context) = self.split(m);
        builder.spawn(|| run(context, f)).map(JoinHandle)
    }

    /// As [`Scope::spawn`], with what was set here.
    ///
    /// # Errors
    ///
    /// If the operating system cannot start another thread; `f` is dropped.
    ///
    /// # Panics
    ///
    /// If the name has a zero byte in it.
    ///
    /// # Memory ordering
    ///
    /// As [`spawn`](spawn()).
    pub fn spawn_scoped<'scope, F, R>(
        self,
        m: &Mutator,
        scope: &'scope Scope<'scope, '_>,
        f: F,
    ) -> io::Result<ScopedJoinHandle<'scope, R>>
    where
        F: FnOnce(&mut Mutator) -> R + Send + 'scope,
        R: Send + 'scope,
    {
        let (builder, context) = self.split(m);
        let start = || match run(context, f) {
            Ok(result) => result,
            // The thread that is in `scope` is one of the heap's, so that is not shut down.
            Err(error) => unreachable!("a thread in a scope cannot attach: {error}"),
        };
        builder.spawn_scoped(&scope.0, start).map(ScopedJoinHandle)
    }

    fn split(self, m: &Mutator) -> (thread::Builder, Option<Context>) {
        let mut builder = thread::Builder::new();
        if let Some(name) = self.name {
            builder = builder.name(name);
        }
        if let Some(bytes) = self.stack_size {
            builder = builder.stack_size(bytes);
        }
        (builder, self.context.unwrap_or_else(|| m.context()))
    }
}

/// What a new thread does.
fn run<R>(context: Option<Context>, f: impl FnOnce(&mut Mutator) -> R) -> Result<R, AttachError> {
    attach(|m| {
        m.set_context(context);
        f(m)
    })
}

/// A thread that was started by [`spawn`]. If this is dropped, the thread goes on.
#[derive(Debug)]
pub struct JoinHandle<R>(thread::JoinHandle<Result<R, AttachError>>);

impl<R> JoinHandle<R> {
    /// Waits for the end of the thread, detached, and returns what its closure returned.
    ///
    /// # Errors
    ///
    /// If the closure panicked; or if the heap was shut down before the thread
    /// attached (which takes that the calling thread left the heap meanwhile).
    ///
    /// # Panics
    ///
    /// As [`Mutator::detach`].
    ///
    /// # Memory ordering
    ///
    /// All that the thread did comes before this returns.
    ///
    /// # Examples
    ///
    /// See [`spawn`](spawn()).
    pub fn join(self, m: &mut Mutator) -> Result<R, JoinError> {
        match m.detach(|| self.0.join()) {
            Ok(result) => result.map_err(JoinError::NotAttached),
            Err(panic) => Err(JoinError::Panicked(panic)),
        }
    }

    /// Whether the closure has returned, or panicked. Does not wait.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.0.is_finished()
    }

    /// The thread itself, to know its name, say.
    #[must_use]
    pub fn thread(&self) -> &thread::Thread {
        self.0.thread()
    }

    /// The handle of the standard library, for who is not attached: to wait for the
    /// thread while attached makes it wait as well.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::heap;
    ///
    /// let thread = heap::attach(|m| heap::spawn(m, |m| m.alloc(1))).unwrap();
    /// let one = thread.into_std().join().unwrap().unwrap();
    /// # drop(one);
    /// ```
    #[must_use]
    pub fn into_std(self) -> thread::JoinHandle<Result<R, AttachError>> {
        self.0
    }
}

/// Why a thread has no result.
#[derive(Debug)]
#[non_exhaustive]
pub enum JoinError {
    /// It could not attach, and its closure was not called.
    NotAttached(AttachError),
    /// Its closure panicked with this.
    Panicked(Box<dyn Any + Send>),
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAttached(_) => "the thread could not attach",
            Self::Panicked(_) => "the thread panicked",
        })
    }
}

impl Error for JoinError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NotAttached(error) => Some(error),
            Self::Panicked(_) => None,
        }
    }
}

/// A place for threads that may borrow from the calling one: see [`scope`].
#[derive(Debug)]
#[repr(transparent)]
pub struct Scope<'scope, 'env: 'scope>(thread::Scope<'scope, 'env>);

/// Calls `f`, in which threads can be started that borrow from the caller, and waits
/// for all of them, detached.
///
/// As [`std::thread::scope`], with threads that attach; that one, called while
/// attached, would wait attached, and keep others from collecting.
///
/// Cost: that of a [`detach`](Mutator::detach), and of the threads.
///
/// # Panics
///
/// With what `f` or a destructor panics with; and if a thread panicked that was not
/// [joined](ScopedJoinHandle::join). All threads have ended then, and this one is
/// attached again.
///
/// # Memory ordering
///
/// All that the threads did comes before this returns.
///
/// # Examples
///
/// ```
/// use brc::{Gc, heap};
///
/// heap::attach(|m| {
///     let numbers: Vec<Gc<u64>> = (1..=4).map(|n| m.alloc(n)).collect();
///     let (low, high) = numbers.split_at(2);
///     let sum = heap::scope(m, |m, s| {
///         let other = s.spawn(m, |m| high.iter().map(|n| n.get(m)).sum::<u64>());
///         let ours: u64 = low.iter().map(|n| n.get(m)).sum();
///         ours + other.join(m).unwrap()
///     });
///     assert_eq!(sum, 10);
/// })
/// .unwrap();
/// ```
///
/// References into the heap do not go to other threads: they end with a safepoint
/// of this one.
///
/// ```compile_fail
/// # use brc::heap;
/// heap::attach(|m| {
///     let number = m.alloc(1);
///     heap::scope(m, |m, s| {
///         let one = number.get(m);
///         s.spawn(m, move |_| assert_eq!(*one, 1)); // error: `one` borrows `m`
///     });
/// }).unwrap();
/// ```
pub fn scope<'env, F, R>(m: &mut Mutator, f: F) -> R
where
    F: for<'scope> FnOnce(&mut Mutator, &'scope Scope<'scope, 'env>) -> R,
{
    /// Also when unwinding.
    struct Detach(&'static Record);
    impl Drop for Detach {
        fn drop(&mut self) {
            detach_in_any_case(self.0);
        }
    }
    /// Also when unwinding.
    struct Again(&'static Record);
    impl Drop for Again {
        fn drop(&mut self) {
            attach_again(self.0);
        }
    }

    let record = m.record();
    let _again = Again(record);
    thread::scope(|scope| {
        let _detach = Detach(record);
        f(m, Scope::of(scope))
        // Then it waits.
    })
}

impl<'scope, 'env> Scope<'scope, 'env> {
    fn of(scope: &'scope thread::Scope<'scope, 'env>) -> &'scope Self {
        // SAFETY: it is the only field of a transparent type.
        unsafe { &*ptr::from_ref(scope).cast() }
    }

    /// Starts a thread that attaches and calls `f`. As [`spawn`](spawn()), but `f` may borrow
    /// what outlives the scope.
    ///
    /// # Panics
    ///
    /// If there cannot be another thread. [`Builder::spawn_scoped`] returns that
    /// as an error.
    ///
    /// # Memory ordering
    ///
    /// As [`spawn`](spawn()).
    ///
    /// # Examples
    ///
    /// See [`scope`].
    pub fn spawn<F, R>(&'scope self, m: &Mutator, f: F) -> ScopedJoinHandle<'scope, R>
    where
        F: FnOnce(&mut Mutator) -> R + Send + 'scope,
        R: Send + 'scope,
    {
        match Builder::new().spawn_scoped(m, self, f) {
            Ok(handle) => handle,
            Err(error) => panic!("cannot start a thread: {error}"),
        }
    }
}

/// A thread that was started by [`Scope::spawn`].
#[derive(Debug)]
pub struct ScopedJoinHandle<'scope, R>(thread::ScopedJoinHandle<'scope, R>);

impl<R> ScopedJoinHandle<'_, R> {
    /// Waits for the end of the thread, detached, and returns what its closure returned.
    ///
    /// # Errors
    ///
    /// What the closure panicked with.
    ///
    /// # Panics
    ///
    /// As [`Mutator::detach`].
    ///
    /// # Memory ordering
    ///
    /// All that the thread did comes before this returns.
    ///
    /// # Examples
    ///
    /// See [`scope`].
    pub fn join(self, m: &mut Mutator) -> thread::Result<R> {
        m.detach(|| self.0.join())
    }

    /// Whether the closure has returned, or panicked. Does not wait.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.0.is_finished()
    }

    /// The thread itself, to know its name, say.
    #[must_use]
    pub fn thread(&self) -> &thread::Thread {
        self.0.thread()
    }
}
