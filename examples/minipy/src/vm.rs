//! The interpreter of one thread: a [`Vm`] is the thread's mutator, and what the thread keeps.
//!
//! Whoever has a `&mut Vm` may pass safepoints, block and collect; whoever looks into an object
//! borrows `vm.m` for that long. So the compiler sees to it that nobody holds a reference into the heap
//! while Python code runs, which may do anything to it.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::*};

use brc::{Gc, GcVec, Lifetime, Mutator, Trace};
use num_bigint::BigInt;
use num_traits::ToPrimitive;

use crate::code::Code;
use crate::dict::{self, Dict};
use crate::object::*;
use crate::statics::{Statics, statics};
use crate::sym::{Sym, s};

/// A Python exception on its way.
#[derive(Clone, Trace)]
pub struct PyErr(pub Ref);

impl std::fmt::Debug for PyErr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PyErr")
    }
}

/// What most operations return.
pub type R<T = Value> = std::result::Result<T, PyErr>;

/// Arguments of a call.
#[derive(Clone, Copy)]
pub struct Args<'a> {
    pub pos: &'a [Value],
    pub kw: &'a [(Sym, Value)],
}

impl<'a> Args<'a> {
    pub fn new(pos: &'a [Value]) -> Self {
        Self { pos, kw: &[] }
    }

    pub fn len(&self) -> usize {
        self.pos.len()
    }

    pub fn is_empty(&self) -> bool {
        self.pos.is_empty()
    }

    /// A positional argument, if there are so many.
    pub fn get(&self, i: usize) -> Option<&'a Value> {
        self.pos.get(i)
    }

    /// An argument by position or name.
    pub fn arg(&self, i: usize, name: &str) -> Option<&'a Value> {
        self.pos.get(i).or_else(|| self.keyword(name))
    }

    /// An argument by name only.
    pub fn keyword(&self, name: &str) -> Option<&'a Value> {
        self.kw.iter().find(|(sym, _)| sym.as_str() == name).map(|(_, value)| value)
    }
}

impl std::ops::Index<usize> for Args<'_> {
    type Output = Value;

    fn index(&self, i: usize) -> &Value {
        &self.pos[i]
    }
}

/// A call under way, or suspended.
#[derive(Trace)]
pub struct Frame {
    #[trace(skip)]
    pub code: &'static Code,
    pub regs: Vec<Value>,
    pub pc: usize,
    /// For a class body: the namespace, a dict.
    pub locals: Option<Ref>,
    /// The exception that was being handled when a generator was suspended.
    pub handling: Option<Value>,
}

/// What a frame ended with.
pub enum Exit {
    Return(Value),
    Yield(Value),
}

/// What finalizers and weak callbacks leave to be done where Python code can run.
pub enum Pending {
    /// `__del__` of an object.
    Del(Ref),
    /// Callback, weak reference.
    Weak(Value, Value),
}

thread_local! {
    static PENDING: RefCell<Vec<Pending>> = const { RefCell::new(Vec::new()) };
    static HAS_PENDING: Cell<bool> = const { Cell::new(false) };
}

/// Leaves something to be done by this thread, soon.
pub fn leave(pending: Pending) {
    // No thread-local: the thread ends, and nobody runs Python code on it any more.
    let _ = PENDING.try_with(|list| list.borrow_mut().push(pending));
    let _ = HAS_PENDING.try_with(|flag| flag.set(true));
}

/// Ctrl-C was pressed.
pub static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Which entry of a cache says what.
struct Cached {
    version: u32,
    name: u32,
    found: Option<Value>,
}

const CACHE: usize = 2048;

/// Where the cache has a name in a class of a version.
#[inline]
fn place_of(version: u32, name: Sym) -> usize {
    let at = (version.wrapping_mul(0x9E37_79B1) ^ name.id().wrapping_mul(0x85EB_CA6B)) as usize;
    (at ^ (at >> 15)) % CACHE
}

/// How many objects of other threads are watched at a time.
const FOREIGN: usize = 4096;

/// After how many handles to an object of another thread it is deferred.
const MANY_FOREIGN: u32 = 200;

/// The interpreter of one thread.
pub struct Vm<'m> {
    pub m: &'m mut Mutator,
    pub s: &'static Statics,
    /// Calls under way.
    pub depth: usize,
    /// The lowest stack address that calls may reach.
    pub stack_limit: usize,
    /// The exception being handled.
    pub handling: Option<Value>,
    /// Register files to be used again.
    pub pool: Vec<Vec<Value>>,
    /// What looking up names in classes led to.
    cache: Box<[Cached]>,
    /// Objects whose representation is being made, for `[...]`.
    pub repr_guard: Vec<usize>,
    pub is_main: bool,
    /// Objects of other threads that this one counts, by address: how often of late.
    foreign: Box<[(usize, u32)]>,
    running_pending: bool,
}

pub static RECURSION_LIMIT: AtomicUsize = AtomicUsize::new(1000);

/// An address on the current thread's stack, about where it ends now.
#[inline(never)]
pub fn stack_address() -> usize {
    let here = 0u8;
    std::ptr::from_ref(std::hint::black_box(&here)).addr()
}

impl<'m> Vm<'m> {
    /// An interpreter for this thread, whose stack has this many bytes left.
    pub fn new(m: &'m mut Mutator, stack: usize, is_main: bool) -> Self {
        let cache = (0..CACHE).map(|_| Cached { version: 0, name: 0, found: None }).collect();
        Self {
            m,
            s: statics(),
            depth: 0,
            stack_limit: stack_address().saturating_sub(stack - 256 * 1024),
            handling: None,
            pool: Vec::new(),
            cache,
            repr_guard: Vec::new(),
            is_main,
            foreign: vec![(0, 0); FOREIGN].into(),
            running_pending: false,
        }
    }

    /// Where other threads may stop this one, and the collector works; then what was left for
    /// this thread is done. At each loop's end and each call.
    #[inline]
    pub fn safepoint(&mut self) -> R<()> {
        self.m.safepoint();
        if HAS_PENDING.with(Cell::get) || (self.is_main && INTERRUPTED.load(Relaxed)) {
            return self.run_pending();
        }
        Ok(())
    }

    #[cold]
    #[inline(never)]
    pub fn run_pending(&mut self) -> R<()> {
        if self.is_main && INTERRUPTED.swap(false, Relaxed) {
            return Err(self.err("KeyboardInterrupt", ""));
        }
        if self.running_pending {
            return Ok(());
        }
        self.running_pending = true;
        loop {
            let all = PENDING.with(|list| std::mem::take(&mut *list.borrow_mut()));
            HAS_PENDING.with(|flag| flag.set(false));
            if all.is_empty() {
                break;
            }
            for pending in all {
                let (result, what) = match pending {
                    Pending::Del(object) => {
                        let is_generator = matches!(object.get(self.m), Obj::Generator(_));
                        let result = if is_generator {
                            self.close_generator(&object)
                        } else {
                            let object = Value::Obj(object.clone());
                            self.call_special(&object, s().del, &[]).map(|_| ())
                        };
                        (result, Value::Obj(object))
                    }
                    Pending::Weak(callback, weak) => {
                        (self.call(&callback, &[weak]).map(|_| ()), callback)
                    }
                };
                if let Err(e) = result {
                    self.report_ignored(&e, &what);
                }
            }
        }
        self.running_pending = false;
        Ok(())
    }

    /// Takes note of a handle to an object that another thread counts in plain memory. Each such handle
    /// is two atomic instructions on a line that others write too; where that happens again and
    /// again, the object is *deferred*, and then each thread counts for itself.
    #[inline]
    pub fn note_foreign(&mut self, value: &Value) {
        if let Value::Obj(gc) = value
            && !Gc::is_owner(gc, self.m)
            && gc.unbound(self.m).is_none()
        {
            self.note_foreign_slowly(gc);
        }
    }

    #[cold]
    #[inline(never)]
    fn note_foreign_slowly(&mut self, gc: &Ref) {
        let address = Gc::as_ptr(gc).addr();
        let entry =
            &mut self.foreign[(address >> 4).wrapping_mul(0x9E37_79B9) >> 7 & (FOREIGN - 1)];
        if entry.0 != address {
            // Who is seldom seen makes room.
            entry.1 /= 2;
            if entry.1 == 0 {
                *entry = (address, 1);
            }
            return;
        }
        entry.1 += 1;
        if entry.1 >= MANY_FOREIGN {
            *entry = (0, 0);
            Gc::defer(gc, self.m);
        }
    }

    /// Runs `f` while other threads may stop the world without waiting for this one.
    pub fn blocking<T>(&mut self, f: impl FnOnce() -> T) -> T {
        self.m.detach(f)
    }

    // What a name is in a class's order, from the cache.

    /// What the class's order has for a name.
    #[inline]
    pub fn lookup(&mut self, class: &Ref, name: Sym) -> Option<Value> {
        let Obj::Class(c) = class.get(self.m) else { return None };
        let version = c.version.load(Relaxed);
        if let Some(found) = self.cached(version, name) {
            return found.clone();
        }
        self.lookup_slowly(class, name, version)
    }

    /// What the cache has for a name in a class of a version, if it has something.
    #[inline]
    pub fn cached(&self, version: u32, name: Sym) -> Option<&Option<Value>> {
        let cached = &self.cache[place_of(version, name)];
        let hit = cached.version == version && cached.name == name.id() && version != 0;
        hit.then_some(&cached.found)
    }

    #[inline(never)]
    fn lookup_slowly(&mut self, class: &Ref, name: Sym, version: u32) -> Option<Value> {
        let found = self.lookup_uncached(class, name);
        // Data would be kept alive by the cache; what is replaced without a new version
        // must not be in it.
        let cachable = match &found {
            None => true,
            Some(value) => is_lasting(value, self.m),
        };
        if cachable {
            self.cache[place_of(version, name)] =
                Cached { version, name: name.id(), found: found.clone() };
        }
        found
    }

    /// As [`lookup`](Self::lookup), without the cache.
    pub fn lookup_uncached(&self, class: &Ref, name: Sym) -> Option<Value> {
        let Obj::Class(c) = class.get(self.m) else { return None };
        if let Some(found) = c.dict.get(self.m, &name) {
            return Some(Value::from_local(found));
        }
        c.mro.iter().find_map(|base| match base.get(self.m) {
            Obj::Class(b) => b.dict.get(self.m, &name).map(Value::from_local),
            _ => None,
        })
    }

    /// As [`lookup`](Self::lookup), in the order after a certain class.
    pub fn lookup_after(&self, of: &Ref, after: &Ref, name: Sym) -> Option<Value> {
        let Obj::Class(c) = of.get(self.m) else { return None };
        let mut order = std::iter::once(of).chain(c.mro.iter());
        order.find(|class| Gc::ptr_eq(class, after))?;
        order.find_map(|base| match base.get(self.m) {
            Obj::Class(b) => b.dict.get(self.m, &name).map(Value::from_local),
            _ => None,
        })
    }

    // Objects.

    #[inline]
    pub fn alloc(&self, obj: Obj) -> Ref {
        self.m.alloc(obj)
    }

    pub fn new_str(&self, text: impl Into<Box<str>>) -> Value {
        Value::Obj(self.str_ref(text))
    }

    pub fn str_ref(&self, text: impl Into<Box<str>>) -> Ref {
        let text = text.into();
        if text.len() <= 1 {
            let byte = text.as_bytes().first();
            if let Some(&b) = byte.filter(|b| b.is_ascii()) {
                return self.s.chars[b as usize].clone();
            }
            if byte.is_none() {
                return self.s.empty_str.clone();
            }
        }
        self.alloc(Obj::Str(Str::new(text)))
    }

    pub fn new_bytes(&self, bytes: impl Into<Box<[u8]>>) -> Value {
        Value::Obj(self.alloc(Obj::Bytes(bytes.into())))
    }

    /// A name's string: immortal, made once.
    pub fn sym_value(&self, sym: Sym) -> Value {
        let m = &*self.m;
        let make = |text: &'static str| m.alloc_immortal(Obj::Str(Str::new(text)));
        Value::Obj(sym.object(make).clone())
    }

    pub fn new_list(&self, items: Vec<Value>) -> Value {
        let items: GcVec<Obj> = items.iter().map(|item| self.boxed(item)).collect();
        Value::Obj(self.alloc(Obj::List(items)))
    }

    pub fn new_tuple(&self, items: Vec<Value>) -> Value {
        if items.is_empty() {
            return Value::Obj(self.s.empty_tuple.clone());
        }
        Value::Obj(self.alloc(Obj::Tuple(items.into())))
    }

    pub fn new_dict(&self) -> Ref {
        self.alloc(Obj::Dict(Dict::new()))
    }

    pub fn new_set(&self) -> Ref {
        self.alloc(Obj::Set(Dict::new()))
    }

    /// An int: a machine word if it fits.
    pub fn new_int(&self, n: BigInt) -> Value {
        match n.to_i64() {
            Some(n) => Value::Int(n),
            None => Value::Obj(self.alloc(Obj::BigInt(Box::new(n)))),
        }
    }

    /// A dict with names as keys.
    pub fn dict_of(&mut self, items: &[(Sym, Value)]) -> R<Ref> {
        let d = self.new_dict();
        for (name, value) in items {
            let name = self.sym_value(*name);
            dict::set(self, &d, &name, value)?;
        }
        Ok(d)
    }

    /// The value as an object, to be put into a field.
    #[inline]
    pub fn boxed(&self, value: &Value) -> Ref {
        match value {
            Value::Obj(gc) => gc.clone(),
            Value::Int(n) => self.s.int(*n).unwrap_or_else(|| self.alloc(Obj::IntBox((*n).into()))),
            Value::Float(x) => self.alloc(Obj::FloatBox(x.to_bits().into())),
            Value::Unset => self.s.unset.clone(),
            Value::None => self.s.none.clone(),
            Value::Ellipsis => self.s.ellipsis.clone(),
            Value::NotImplemented => self.s.not_implemented.clone(),
            Value::Bool(b) => self.s.bools[usize::from(*b)].clone(),
        }
    }

    /// What a field holds, for another field.
    #[inline]
    pub fn copied(&self, field: brc::Local<'_, Obj>) -> Ref {
        match field.get() {
            Obj::IntBox(_) | Obj::FloatBox(_) => self.boxed(&Value::from_local(field)),
            _ => field.to_gc(),
        }
    }

    /// As [`boxed`](Self::boxed), of a value that is not needed any more.
    #[inline]
    pub fn into_boxed(&self, value: Value) -> Ref {
        match value {
            Value::Obj(gc) => gc,
            other => self.boxed(&other),
        }
    }

    /// The class of a value.
    #[inline]
    pub fn type_of(&self, value: &Value) -> Ref {
        self.type_ref(value).clone()
    }

    /// As [`type_of`](Self::type_of), borrowed.
    pub fn type_ref<'a>(&'a self, value: &'a Value) -> &'a Ref {
        let t = &self.s.types;
        match value {
            Value::Unset | Value::None => &t.none,
            Value::Ellipsis => &t.ellipsis,
            Value::NotImplemented => &t.not_implemented,
            Value::Bool(_) => &t.bool,
            Value::Int(_) => &t.int,
            Value::Float(_) => &t.float,
            Value::Obj(gc) => self.type_of_obj(gc.get(self.m)),
        }
    }

    pub fn type_of_obj<'a>(&'a self, obj: &'a Obj) -> &'a Ref {
        let t = &self.s.types;
        match obj {
            Obj::Instance(i) => &i.class,
            Obj::Unset | Obj::None => &t.none,
            Obj::Ellipsis => &t.ellipsis,
            Obj::NotImplemented => &t.not_implemented,
            Obj::Bool(_) => &t.bool,
            Obj::Int(_) | Obj::IntBox(_) | Obj::BigInt(_) => &t.int,
            Obj::Float(_) | Obj::FloatBox(_) => &t.float,
            Obj::Str(_) => &t.str,
            Obj::Bytes(_) => &t.bytes,
            Obj::ByteArray(_) => &t.bytearray,
            Obj::Tuple(_) => &t.tuple,
            Obj::List(_) => &t.list,
            Obj::Dict(_) => &t.dict,
            Obj::Set(_) => &t.set,
            Obj::FrozenSet(_) => &t.frozenset,
            Obj::DictView(v) => match v.1 {
                ViewKind::Keys => &t.dict_keys,
                ViewKind::Values => &t.dict_values,
                ViewKind::Items => &t.dict_items,
            },
            Obj::Table(_) | Obj::Cell(_) => &t.cell,
            Obj::Range(_) => &t.range,
            Obj::Slice(_) => &t.slice,
            Obj::Function(_) => &t.function,
            Obj::Builtin(b) => {
                if b.def.class.is_some() {
                    &t.method_descriptor
                } else {
                    &t.builtin
                }
            }
            Obj::BoundMethod(b) => match b.1.as_obj(self.m) {
                Some(Obj::Builtin(_)) => &t.builtin,
                _ => &t.method,
            },
            Obj::Class(_) => &t.type_,
            Obj::Module(_) => &t.module,
            Obj::Generator(_) => &t.generator,
            Obj::Iter(i) => self.s.iter_type(i, self.m),
            Obj::Property(_) => &t.property,
            Obj::StaticMethod(_) => &t.staticmethod,
            Obj::ClassMethod(_) => &t.classmethod,
            Obj::Super(_) => &t.super_,
            Obj::Traceback(_) => &t.traceback,
            Obj::Deque(_) => &t.deque,
            Obj::WeakRef(_) => &t.weakref,
            Obj::Native(n) => self.s.type_named(n.class_name()),
        }
    }

    /// The name of a value's class.
    pub fn type_name(&self, value: &Value) -> String {
        self.class_name(self.type_ref(value))
    }

    pub fn class_name(&self, class: &Ref) -> String {
        match class.get(self.m) {
            Obj::Class(c) => c.name.read().0.as_str().to_owned(),
            _ => "?".to_owned(),
        }
    }

    /// Whether the class is, or extends, another.
    pub fn is_subclass(&self, class: &Ref, of: &Ref) -> bool {
        Gc::ptr_eq(class, of)
            || match class.get(self.m) {
                Obj::Class(c) => c.mro.iter().any(|base| Gc::ptr_eq(base, of)),
                _ => false,
            }
    }

    /// Whether a value is an instance of a class, by its type alone.
    pub fn is_instance(&self, value: &Value, of: &Ref) -> bool {
        self.is_subclass(self.type_ref(value), of)
    }

    // Exceptions.

    /// A new exception of a builtin class, with a message.
    pub fn err(&mut self, class: &str, message: impl Into<String>) -> PyErr {
        let message: String = message.into();
        let class = self.s.type_named(class).clone();
        let args = if message.is_empty() { vec![] } else { vec![self.new_str(message)] };
        self.err_with(&class, args)
    }

    /// A new exception with these arguments.
    pub fn err_with(&mut self, class: &Ref, args: Vec<Value>) -> PyErr {
        match self.call(&Value::Obj(class.clone()), &args) {
            Ok(Value::Obj(e)) => PyErr(e),
            Ok(_) => self.err("TypeError", "exceptions must derive from BaseException"),
            Err(e) => e,
        }
    }

    pub fn type_error(&mut self, message: impl Into<String>) -> PyErr {
        self.err("TypeError", message)
    }

    pub fn value_error(&mut self, message: impl Into<String>) -> PyErr {
        self.err("ValueError", message)
    }

    pub fn key_error(&mut self, key: &Value) -> PyErr {
        let class = self.s.type_named("KeyError").clone();
        self.err_with(&class, vec![key.clone()])
    }

    pub fn index_error(&mut self, message: &str) -> PyErr {
        self.err("IndexError", message)
    }

    pub fn attribute_error(&mut self, message: impl Into<String>) -> PyErr {
        self.err("AttributeError", message)
    }

    /// Whether an exception is of a builtin class.
    pub fn is_err(&self, e: &PyErr, class: &str) -> bool {
        self.is_instance(&Value::Obj(e.0.clone()), self.s.type_named(class))
    }

    /// Room for another call, or a `RecursionError`.
    #[inline]
    pub fn enter_call(&mut self) -> R<()> {
        self.depth += 1;
        if self.depth > RECURSION_LIMIT.load(Relaxed) || stack_address() < self.stack_limit {
            return Err(self.too_deep());
        }
        Ok(())
    }

    #[cold]
    fn too_deep(&mut self) -> PyErr {
        self.depth -= 1;
        // Room for what handles it.
        let (limit, stack) = (RECURSION_LIMIT.load(Relaxed), self.stack_limit);
        let saved = self.depth;
        self.depth = saved.min(limit.saturating_sub(60));
        self.stack_limit = stack.saturating_sub(128 * 1024);
        let e = self.err("RecursionError", "maximum recursion depth exceeded");
        self.depth = saved;
        self.stack_limit = stack;
        e
    }

    #[inline]
    pub fn leave_call(&mut self) {
        self.depth -= 1;
    }

    /// An object that lives as functions, classes and modules do.
    pub fn alloc_shared(&self, obj: Obj) -> Ref {
        self.m.alloc_with(obj, shared_lifetime())
    }
}

/// Whether caches may keep what a class has: functions and the like, which are shared
/// and whose replacement changes the class's version.
pub fn is_lasting(value: &Value, m: &Mutator) -> bool {
    match value.as_obj(m) {
        Some(obj) => matches!(
            obj,
            Obj::Function(_)
                | Obj::Builtin(_)
                | Obj::Property(_)
                | Obj::StaticMethod(_)
                | Obj::ClassMethod(_)
        ),
        None => false,
    }
}

static SHARED: AtomicBool = AtomicBool::new(false);

/// Makes functions, classes and modules immortal from the moment of a second thread, rather than
/// deferred.
pub fn share_once_threaded() {
    SHARED.store(true, Relaxed);
}

/// How functions, classes and modules live.
pub fn shared_lifetime() -> Lifetime {
    if SHARED.load(Relaxed) { Lifetime::ImmortalOnceThreaded } else { Lifetime::Deferred }
}

static VERSIONS: AtomicU64 = AtomicU64::new(1);

/// A class version that was never used. After 2³² of them, that of a class that is not cached.
pub fn new_version() -> u32 {
    u32::try_from(VERSIONS.fetch_add(1, Relaxed)).unwrap_or(0)
}
