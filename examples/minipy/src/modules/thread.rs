//! `_thread`: threads and locks.
//!
//! A Python thread is a thread of the heap: [`heap::Builder`] starts one that is attached, with a
//! [`Mutator`] of its own, and what it is to call is moved into it. Nobody waits while attached: who
//! wants a lock that somebody else has detaches for that long, so that the world can be stopped
//! without them.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::*};
use std::time::{Duration, Instant};

use brc::{Mutator, heap};
use parking_lot::{Condvar, Mutex};

use super::{Entries, address, bind, class, count, functions, io, this};
use crate::object::*;
use crate::statics::{methods, static_methods};
use crate::sym::intern;
use crate::vm::{Args, INTERRUPTED, R, Vm};

/// How much stack a thread has; of what it does not use there is only the address.
const STACK: usize = 64 << 20;

/// How long the main thread waits without looking for Ctrl-C.
const SLICE: Duration = Duration::from_millis(50);

/// The longest time that somebody may ask to wait for, in seconds.
const TIMEOUT_MAX: f64 = 9_223_372_036.0;

/// How often a lock is tried before its thread goes to sleep.
const SPINS: usize = 64;

thread_local! {
    static IDENT: Cell<u64> = const { Cell::new(0) };
}

/// The last thread's number. The main thread is number 1.
static LAST_IDENT: AtomicU64 = AtomicU64::new(1);

/// How many threads run that `start_new_thread` has started.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

pub fn fill(vm: &mut Vm<'_>) -> Entries {
    let mut all = functions(
        vm.m,
        &[
            ("start_new_thread", start_new_thread),
            ("start_new", start_new_thread),
            ("get_ident", |vm, _| Ok(Value::Int(ident(vm) as i64))),
            ("get_native_id", |vm, _| Ok(Value::Int(ident(vm) as i64))),
            ("allocate_lock", |vm, args| {
                count(vm, args, "_thread.allocate_lock", 0, 0)?;
                Ok(Value::Obj(vm.alloc(Obj::Native(Box::new(Lock(Arc::default()))))))
            }),
            ("_excepthook", excepthook),
            ("_count", |_, _| Ok(RUNNING.load(Relaxed).into())),
            ("stack_size", |_, _| Ok(Value::Int(0))),
            ("exit", |vm, _| Err(vm.err("SystemExit", ""))),
            ("interrupt_main", |_, _| {
                INTERRUPTED.store(true, Relaxed);
                Ok(Value::None)
            }),
        ],
    );
    all.extend([
        (intern("LockType"), class("lock")),
        (intern("RLock"), class("RLock")),
        (intern("error"), class("RuntimeError")),
        (intern("TIMEOUT_MAX"), Value::Float(TIMEOUT_MAX)),
    ]);
    all
}

pub fn init(m: &Mutator) {
    static_methods(
        m,
        "lock",
        &[("__new__", |vm, _| Err(vm.type_error("cannot create '_thread.lock' instances")))],
    );
    methods(
        m,
        "lock",
        &[
            ("acquire", acquire),
            ("acquire_lock", acquire),
            ("__enter__", acquire),
            ("release", release),
            ("release_lock", release),
            ("__exit__", release),
            ("locked", locked),
            ("locked_lock", locked),
            ("__repr__", lock_repr),
        ],
    );
    static_methods(
        m,
        "RLock",
        &[("__new__", |vm, _| {
            Ok(Value::Obj(vm.alloc(Obj::Native(Box::new(RLock(Arc::default()))))))
        })],
    );
    methods(
        m,
        "RLock",
        &[
            ("acquire", acquire_again),
            ("__enter__", acquire_again),
            ("release", release_once),
            ("__exit__", release_once),
            ("_is_owned", |vm, args| {
                let me = ident(vm);
                Ok(Value::Bool(this::<RLock>(vm, args, "_is_owned")?.0.owner.load(Relaxed) == me))
            }),
            ("_release_save", release_save),
            ("_acquire_restore", acquire_restore),
            ("__repr__", rlock_repr),
        ],
    );
}

/// The number of this thread.
pub fn ident(vm: &Vm<'_>) -> u64 {
    if vm.is_main {
        return 1;
    }
    IDENT.with(|ident| {
        if ident.get() == 0 {
            ident.set(LAST_IDENT.fetch_add(1, Relaxed) + 1);
        }
        ident.get()
    })
}

/// How many threads run besides the main one.
pub fn running() -> usize {
    RUNNING.load(Relaxed)
}

/// `start_new_thread(function, args, kwargs={})`
fn start_new_thread(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "_thread.start_new_thread", 2, 3)?;
    let f = args[0].clone();
    if !super::builtins::is_callable(vm, &f) {
        return Err(vm.type_error("first arg must be callable"));
    }
    let pos = vm.unwrap(&args[1]);
    if !matches!(pos.as_obj(vm.m), Some(Obj::Tuple(_))) {
        return Err(vm.type_error("2nd arg must be a tuple"));
    }
    let pos = vm.items_of(&pos);
    let mut kw = Vec::new();
    if let Some(given) = args.get(2) {
        let given = vm.unwrap(given);
        let Some(Obj::Dict(given)) = given.as_obj(vm.m) else {
            return Err(vm.type_error("optional 3rd arg must be a dictionary"));
        };
        for (key, value) in given.entries(vm.m) {
            if let Obj::Str(key) = key.get(vm.m) {
                kw.push((intern(&key.text), Value::from_ref(value, vm.m)));
            }
        }
    }
    let ident = LAST_IDENT.fetch_add(1, Relaxed) + 1;
    let builder = heap::Builder::new().name(format!("python {ident}")).stack_size(STACK);
    RUNNING.fetch_add(1, Relaxed);
    let started = builder.spawn(vm.m, move |m| {
        IDENT.with(|own| own.set(ident));
        let mut vm = Vm::new(m, STACK, false);
        run(&mut vm, f, &pos, &kw);
        drop((pos, kw));
        // What dies with the arguments.
        let _ = vm.run_pending();
        RUNNING.fetch_sub(1, Relaxed);
    });
    if started.is_err() {
        RUNNING.fetch_sub(1, Relaxed);
        return Err(vm.err("RuntimeError", "can't start new thread"));
    }
    Ok(Value::Int(ident as i64))
}

/// What a thread does.
fn run(vm: &mut Vm<'_>, f: Value, pos: &[Value], kw: &[(crate::sym::Sym, Value)]) {
    let Err(e) = vm.call_args(&f, Args { pos, kw }) else { return };
    if vm.is_err(&e, "SystemExit") {
        return;
    }
    let shown = vm.repr(&f).unwrap_or_default();
    let lines = vm.format_exception(&Value::Obj(e.0)).join("\n");
    let text = format!("Exception ignored in thread started by: {shown}\n{lines}\n");
    io::print_error(vm, &text);
}

/// Tells about an exception that left a thread.
fn excepthook(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "_thread._excepthook", 2, 2)?;
    let name = vm.str(&args[0])?;
    let lines = vm.format_exception(&args[1]).join("\n");
    io::print_error(vm, &format!("Exception in thread {name}:\n{lines}\n"));
    Ok(Value::None)
}

/// Something that one thread at a time can have.
#[derive(Default)]
struct State {
    held: AtomicBool,
    waiting: AtomicUsize,
    gate: Mutex<()>,
    opened: Condvar,
}

impl State {
    fn try_take(&self) -> bool {
        // SeqCst: see `give_back`.
        self.held.compare_exchange(false, true, SeqCst, Relaxed).is_ok()
    }

    /// Waits for it, until some moment. Not by an attached thread.
    fn take(&self, until: Option<Instant>) -> bool {
        self.waiting.fetch_add(1, SeqCst);
        let mut gate = self.gate.lock();
        let taken = loop {
            if self.try_take() {
                break true;
            }
            match until {
                None => self.opened.wait(&mut gate),
                Some(until) => {
                    if self.opened.wait_until(&mut gate, until).timed_out() {
                        break self.try_take();
                    }
                }
            }
        };
        self.waiting.fetch_sub(1, Relaxed);
        taken
    }

    fn give_back(&self) {
        // SeqCst, as in `take`: either a thread that begins to wait sees that it is free, or
        // it is seen here.
        self.held.store(false, SeqCst);
        if self.waiting.load(SeqCst) > 0 {
            let _gate = self.gate.lock();
            self.opened.notify_one();
        }
    }

    /// Takes it for a Python thread, waiting for so long at most.
    fn take_for(self: &Arc<Self>, vm: &mut Vm<'_>, wait: Wait) -> R<bool> {
        if self.try_take() {
            return Ok(true);
        }
        let until = match wait {
            Wait::No => return Ok(false),
            Wait::Forever => None,
            Wait::For(time) => Instant::now().checked_add(time),
        };
        if !heap::global_lock_enabled() {
            for _ in 0..SPINS {
                std::hint::spin_loop();
                if !self.held.load(Relaxed) && self.try_take() {
                    return Ok(true);
                }
            }
        }
        loop {
            let slice = vm.is_main.then(|| Instant::now() + SLICE);
            let next = match (until, slice) {
                (Some(until), Some(slice)) => Some(until.min(slice)),
                (until, slice) => until.or(slice),
            };
            if vm.blocking(|| self.take(next)) {
                return Ok(true);
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                return Ok(false);
            }
            vm.safepoint()?;
        }
    }
}

/// How long to wait for a lock.
#[derive(Clone, Copy)]
enum Wait {
    No,
    For(Duration),
    Forever,
}

/// The arguments of `acquire(blocking=True, timeout=-1)`.
fn wait_args(vm: &mut Vm<'_>, args: Args<'_>) -> R<Wait> {
    if args.len() <= 1 && args.kw.is_empty() {
        return Ok(Wait::Forever);
    }
    let rest = Args { pos: args.pos.get(1..).unwrap_or_default(), kw: args.kw };
    let [blocking, timeout] = bind(vm, rest, "acquire", ["blocking", "timeout"], 0)?;
    let blocking = match blocking {
        Some(blocking) => vm.truth(blocking)?,
        None => true,
    };
    let timeout = match timeout {
        Some(timeout) => vm.float(timeout)?,
        None => -1.0,
    };
    if !blocking {
        if timeout != -1.0 {
            return Err(vm.value_error("can't specify a timeout for a non-blocking call"));
        }
        return Ok(Wait::No);
    }
    if timeout == -1.0 {
        return Ok(Wait::Forever);
    }
    if timeout < 0.0 || timeout.is_nan() {
        return Err(vm.value_error("timeout value must be positive"));
    }
    if timeout > TIMEOUT_MAX {
        return Err(vm.err("OverflowError", "timeout value is too large"));
    }
    Ok(Wait::For(Duration::from_secs_f64(timeout)))
}

/// A lock, which any thread may release.
struct Lock(Arc<State>);

impl Native for Lock {
    fn class_name(&self) -> &'static str {
        "lock"
    }
}

fn lock_repr(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let held = this::<Lock>(vm, args, "__repr__")?.0.held.load(Relaxed);
    let (state, at) = (if held { "locked" } else { "unlocked" }, address(&args[0]));
    Ok(vm.new_str(format!("<{state} _thread.lock object at {at:#x}>")))
}

fn acquire(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let wait = wait_args(vm, args)?;
    let lock = &this::<Lock>(vm, args, "acquire")?.0;
    if lock.try_take() {
        return Ok(Value::Bool(true));
    }
    let lock = lock.clone();
    lock.take_for(vm, wait).map(Value::Bool)
}

fn release(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let lock = &this::<Lock>(vm, args, "release")?.0;
    if lock.held.load(Relaxed) {
        lock.give_back();
        return Ok(Value::None);
    }
    Err(vm.err("RuntimeError", "release unlocked lock"))
}

fn locked(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    Ok(Value::Bool(this::<Lock>(vm, args, "locked")?.0.held.load(Relaxed)))
}

/// A lock that its owner may take again.
struct RLock(Arc<Reentrant>);

#[derive(Default)]
struct Reentrant {
    state: Arc<State>,
    /// The thread that has it, or 0. Written by that thread.
    owner: AtomicU64,
    count: AtomicUsize,
}

impl Native for RLock {
    fn class_name(&self) -> &'static str {
        "RLock"
    }
}

fn rlock_repr(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let lock = this::<RLock>(vm, args, "__repr__")?.0.clone();
    let (owner, count) = (lock.owner.load(Relaxed), lock.count.load(Relaxed));
    let (state, at) = (if count > 0 { "locked" } else { "unlocked" }, address(&args[0]));
    Ok(vm.new_str(format!("<{state} _thread.RLock object owner={owner} count={count} at {at:#x}>")))
}

fn acquire_again(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let wait = wait_args(vm, args)?;
    let me = ident(vm);
    let lock = this::<RLock>(vm, args, "acquire")?.0.clone();
    if lock.owner.load(Relaxed) == me {
        lock.count.fetch_add(1, Relaxed);
        return Ok(Value::Bool(true));
    }
    let taken = lock.state.take_for(vm, wait)?;
    if taken {
        lock.owner.store(me, Relaxed);
        lock.count.store(1, Relaxed);
    }
    Ok(Value::Bool(taken))
}

fn release_once(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let me = ident(vm);
    let lock = &this::<RLock>(vm, args, "release")?.0;
    if lock.owner.load(Relaxed) != me {
        return Err(vm.err("RuntimeError", "cannot release un-acquired lock"));
    }
    if lock.count.fetch_sub(1, Relaxed) == 1 {
        lock.owner.store(0, Relaxed);
        lock.state.give_back();
    }
    Ok(Value::None)
}

/// Releases the lock altogether; what is returned restores it.
fn release_save(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let lock = this::<RLock>(vm, args, "_release_save")?.0.clone();
    let count = lock.count.swap(0, Relaxed);
    if count == 0 {
        return Err(vm.err("RuntimeError", "cannot release un-acquired lock"));
    }
    let owner = lock.owner.swap(0, Relaxed);
    lock.state.give_back();
    Ok(vm.new_tuple(vec![count.into(), Value::Int(owner as i64)]))
}

fn acquire_restore(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let Some(saved) = args.get(1) else {
        return Err(vm.type_error("_acquire_restore() takes exactly one argument (0 given)"));
    };
    let saved = vm.unpack(saved, 2)?;
    let (count, owner) = (vm.index_i64(&saved[0])?, vm.index_i64(&saved[1])?);
    let lock = this::<RLock>(vm, args, "_acquire_restore")?.0.clone();
    lock.state.take_for(vm, Wait::Forever)?;
    lock.count.store(count as usize, Relaxed);
    lock.owner.store(owner as u64, Relaxed);
    Ok(Value::None)
}
