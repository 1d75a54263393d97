//! What there is in a program: values, and the objects behind them.
//!
//! A [`Value`] is what a register of a frame holds. Small things are in it; everything else is
//! an [`Obj`] on the heap, behind a `Gc`. Registers belong to one thread, so they need no
//! slots. **Fields of objects** are read by any number of threads at once, so whatever
//! in an object can change is a [`GcSlot`], a [`GcVec`], a [`GcMap`] (or a few
//! atomics): reading one takes no lock and counts nothing, and gives a `Local` that lives
//! until the next safepoint. What cannot change (tuples, a function's code) is plain data.
//!
//! Numbers in fields are boxed; small ones are immortal objects that exist once.

use std::sync::Mutex;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, AtomicUsize};

use brc::{Gc, GcMap, GcSlot, GcVec, GcWeak, Local, Trace};
use num_bigint::BigInt;
use parking_lot::RwLock;
use rustc_hash::FxBuildHasher;

use crate::code::Code;
use crate::dict::{Dict, Table};
use crate::layout::Layout;
use crate::sym::Sym;
use crate::vm::{Args, Frame, PyErr, R, Vm};

/// A handle to an object.
pub type Ref = Gc<Obj>;

/// What a register holds.
///
/// Two words, of which the first says what the second is: so that the compiler moves words, not
/// the odd bytes of a word.
#[derive(Clone, Trace, Default)]
#[repr(u64)]
pub enum Value {
    /// Nothing: a variable that was not assigned yet.
    #[default]
    Unset,
    None,
    Ellipsis,
    NotImplemented,
    Bool(bool),
    Int(i64),
    Float(f64),
    Obj(Ref),
}

/// An object of the heap.
#[derive(Trace)]
#[trace(finalize)]
pub enum Obj {
    /// A field or variable without a value.
    Unset,
    None,
    Ellipsis,
    NotImplemented,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// Numbers in boxes that belong to one field: another number is written into the box, so
    /// that storing numbers neither makes nor frees objects. Who copies a field copies the
    /// number, not the box.
    IntBox(AtomicI64),
    FloatBox(AtomicU64),
    BigInt(#[trace(skip)] Box<BigInt>),
    Str(Str),
    Bytes(Box<[u8]>),
    ByteArray(Box<Mutex<Vec<u8>>>),
    Tuple(Box<[Value]>),
    List(GcVec<Obj>),
    Dict(Dict),
    Set(Dict),
    FrozenSet(Dict),
    /// Keys, values or items of a dict.
    DictView(Box<(Ref, ViewKind)>),
    /// What a dict or set stores its entries in.
    Table(Box<Table>),
    Range(Box<Range>),
    Slice(Box<[Value; 3]>),
    /// A variable that closures share.
    Cell(GcSlot<Obj>),
    Function(Box<Function>),
    Builtin(Builtin),
    BoundMethod(Box<(Value, Value)>),
    Class(Box<Class>),
    Instance(Instance),
    Module(Box<Module>),
    Generator(Box<Generator>),
    Iter(Box<Iter>),
    Property(Box<Property>),
    StaticMethod(Value),
    ClassMethod(Value),
    Super(Box<Super>),
    Traceback(Box<Traceback>),
    Deque(Box<Deque>),
    WeakRef(Box<WeakRef>),
    /// What a module written in Rust brings along.
    Native(#[trace(skip)] Box<dyn Native>),
}

/// An object of a module written in Rust, without handles in it.
pub trait Native: Send + Sync + std::any::Any {
    /// The class of such objects, which was registered by this name.
    fn class_name(&self) -> &'static str;
}

/// A string.
#[derive(Trace)]
pub struct Str {
    pub text: Box<str>,
    /// 0: not yet known.
    pub hash: AtomicU32,
    /// How many characters there are.
    pub chars: u32,
}

impl Str {
    pub fn new(text: impl Into<Box<str>>) -> Self {
        let text = text.into();
        let chars = if text.is_ascii() { text.len() } else { text.chars().count() };
        Self { text, hash: AtomicU32::new(0), chars: chars as u32 }
    }

    /// Whether bytes are characters.
    #[inline]
    pub fn is_ascii(&self) -> bool {
        self.chars as usize == self.text.len()
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Trace)]
pub enum ViewKind {
    Keys,
    Values,
    Items,
}

impl ViewKind {
    pub fn class_name(self) -> &'static str {
        match self {
            Self::Keys => "dict_keys",
            Self::Values => "dict_values",
            Self::Items => "dict_items",
        }
    }
}

/// A range of machine words.
#[derive(Trace, Clone, Copy, Debug)]
pub struct Range {
    pub start: i64,
    pub stop: i64,
    pub step: i64,
}

impl Range {
    pub fn len(&self) -> usize {
        let (start, stop, step) = (self.start as i128, self.stop as i128, self.step as i128);
        let n = if step > 0 {
            if start < stop { (stop - start - 1) / step + 1 } else { 0 }
        } else if start > stop {
            (start - stop - 1) / -step + 1
        } else {
            0
        };
        n as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The `i`-th number, which must exist.
    pub fn at(&self, i: usize) -> i64 {
        self.start.wrapping_add(self.step.wrapping_mul(i as i64))
    }
}

/// A Python function.
#[derive(Trace)]
pub struct Function {
    #[trace(skip)]
    pub code: &'static Code,
    /// The module whose globals it sees.
    pub module: Ref,
    /// Values of the last positional parameters.
    pub defaults: GcSlot<Obj>,
    /// A dict.
    pub kwdefaults: GcSlot<Obj>,
    /// Cells of the variables of enclosing functions.
    pub closure: Box<[Ref]>,
    #[trace(skip)]
    pub name: RwLock<(Sym, Box<str>)>,
    pub doc: GcSlot<Obj>,
    /// A dict, once somebody sets an attribute.
    pub dict: GcSlot<Obj>,
}

/// A function written in Rust.
pub type NativeFn = fn(&mut Vm<'_>, Args<'_>) -> R;

/// A function written in Rust, as an object.
#[derive(Trace, Clone, Copy)]
pub struct Builtin {
    #[trace(skip)]
    pub def: &'static BuiltinDef,
}

/// What a function written in Rust is.
pub struct BuiltinDef {
    pub name: &'static str,
    /// The class whose method it is.
    pub class: Option<&'static str>,
    pub func: NativeFn,
}

/// A class.
#[derive(Trace)]
pub struct Class {
    #[trace(skip)]
    pub name: RwLock<(Sym, Box<str>)>,
    pub bases: Box<[Ref]>,
    /// The method resolution order without the class itself.
    pub mro: Box<[Ref]>,
    pub dict: GcMap<Sym, Obj, FxBuildHasher>,
    /// The order in which names were put into `dict`.
    #[trace(skip)]
    pub order: parking_lot::Mutex<Vec<Sym>>,
    /// What caches compare: no two states of classes have the same.
    pub version: AtomicU32,
    /// Which field of an instance an attribute is.
    pub layout: Layout,
    /// The version as of which calling the class was found to be nothing but making an
    /// instance and calling its `__init__`.
    pub simple: AtomicU32,
    pub subclasses: Mutex<Vec<GcWeak<Obj>>>,
    /// What instances are, besides instances.
    #[trace(skip)]
    pub kind: Kind,
    /// Made by a class statement.
    pub is_user: bool,
    /// Some class of the order has `__del__`.
    pub has_del: AtomicBool,
    /// `__slots__` of this class and of all its bases: no other attributes.
    pub closed: bool,
    /// Names of `__slots__`: attributes that are not in `__dict__`.
    #[trace(skip)]
    pub slot_names: Box<[Sym]>,
}

/// How many attributes have fields of their own; others go to a dict.
pub const MAX_FIELDS: usize = 64;

/// What a class written in Rust gives to instances of its subclasses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Object,
    Exception,
    Int,
    Float,
    Str,
    Bytes,
    ByteArray,
    Tuple,
    List,
    Dict,
    Set,
    FrozenSet,
    Deque,
    WeakRef,
    /// Not to be subclassed.
    Final,
    Type,
}

impl Kind {
    /// Whether an instance has a builtin object in it.
    #[inline]
    pub fn has_base(self) -> bool {
        !matches!(self, Self::Object | Self::Exception | Self::Final | Self::Type)
    }
}

/// An instance of a class.
#[derive(Trace)]
pub struct Instance {
    pub class: Ref,
    /// The first is a dict of attributes without a field; the second, if the class extends
    /// a builtin one, is the builtin object (or [`Obj::Unset`] if it has `__del__`); the others are as the class's layout says, as
    /// far as that went when the instance was made.
    pub slots: Box<[GcSlot<Obj>]>,
}

pub const SLOT_DICT: usize = 0;
pub const SLOT_BASE: usize = 1;
/// The first field.
pub const SLOT_FIELDS: usize = 2;

/// A module: a table of globals, which code refers to by index.
#[derive(Trace)]
pub struct Module {
    #[trace(skip)]
    pub name: Sym,
    pub names: Layout,
    /// The values; [`Obj::Unset`] where there is none.
    pub values: GcVec<Obj>,
    /// Of the module's source.
    #[trace(skip)]
    pub file: Box<str>,
}

/// A suspended call.
#[derive(Trace)]
pub struct Generator {
    pub frame: Mutex<GenState>,
    #[trace(skip)]
    pub code: &'static Code,
}

#[derive(Trace)]
pub enum GenState {
    Suspended(Box<Frame>),
    Running,
    Done,
}

/// An iterator of a builtin kind.
#[derive(Trace)]
pub enum Iter {
    /// Of a list, tuple, string, range or bytes: by index. Negative: at its end.
    Seq {
        seq: Value,
        index: AtomicI64,
    },
    /// By `__getitem__`.
    Items {
        seq: Value,
        index: AtomicI64,
    },
    Reversed {
        seq: Value,
        index: AtomicI64,
    },
    Dict {
        dict: Ref,
        position: AtomicUsize,
        len: usize,
        kind: ViewKind,
        set: bool,
        reverse: bool,
    },
    Enumerate {
        inner: Value,
        count: AtomicI64,
    },
    Zip {
        inner: Box<[Value]>,
        strict: bool,
        done: AtomicBool,
    },
    Map {
        f: Value,
        inner: Box<[Value]>,
    },
    Filter {
        f: Value,
        inner: Value,
    },
    /// Calls until it gets the sentinel.
    Call {
        f: Value,
        sentinel: Value,
        done: AtomicBool,
    },
    /// Of a deque: with the number of changes when it was made.
    Deque {
        deque: Ref,
        index: AtomicI64,
        changes: AtomicU64,
        reverse: bool,
    },
    /// Lines of a file.
    Lines {
        file: Value,
    },
}

#[derive(Trace)]
pub struct Property {
    pub get: Value,
    pub set: Value,
    pub del: Value,
    pub doc: Value,
}

#[derive(Trace)]
pub struct Super {
    pub class: Ref,
    pub this: Value,
    /// The class in whose order to look: of `this`, or `this` itself.
    pub of: Ref,
}

/// Where an exception has been: innermost first.
#[derive(Trace)]
pub struct Traceback {
    #[trace(skip)]
    pub entries: parking_lot::Mutex<Vec<(&'static Code, u32)>>,
}

#[derive(Trace)]
pub struct Deque {
    pub items: Mutex<std::collections::VecDeque<Value>>,
    pub max: Option<usize>,
    pub changes: AtomicU64,
}

#[derive(Trace)]
pub struct WeakRef {
    #[trace(skip)]
    pub weak: GcWeak<Obj>,
    /// A handle to itself would be a cycle that is alive: so it has none.
    pub callback: Value,
    pub hash: AtomicI64,
    pub address: usize,
}

impl From<Ref> for Value {
    #[inline]
    fn from(gc: Ref) -> Self {
        Value::Obj(gc)
    }
}

impl From<bool> for Value {
    #[inline]
    fn from(b: bool) -> Self {
        Value::Bool(b)
    }
}

impl From<i64> for Value {
    #[inline]
    fn from(n: i64) -> Self {
        Value::Int(n)
    }
}

impl From<usize> for Value {
    #[inline]
    fn from(n: usize) -> Self {
        Value::Int(n as i64)
    }
}

impl From<f64> for Value {
    #[inline]
    fn from(x: f64) -> Self {
        Value::Float(x)
    }
}

impl Value {
    /// What a field holds, as a value: small things are taken out of their boxes.
    #[inline]
    pub fn from_local(local: Local<'_, Obj>) -> Self {
        match local.get() {
            Obj::Int(n) => Value::Int(*n),
            Obj::Float(x) => Value::Float(*x),
            // Relaxed: a number by itself.
            Obj::IntBox(n) => Value::Int(n.load(Relaxed)),
            Obj::FloatBox(x) => Value::Float(f64::from_bits(x.load(Relaxed))),
            Obj::None => Value::None,
            Obj::Bool(b) => Value::Bool(*b),
            Obj::Unset => Value::Unset,
            Obj::Ellipsis => Value::Ellipsis,
            Obj::NotImplemented => Value::NotImplemented,
            _ => Value::Obj(local.to_gc()),
        }
    }

    /// As [`from_local`](Self::from_local), of a handle.
    #[inline]
    pub fn from_ref(gc: Ref, m: &brc::Mutator) -> Self {
        match gc.get(m) {
            Obj::Int(n) => Value::Int(*n),
            Obj::Float(x) => Value::Float(*x),
            // Relaxed: a number by itself.
            Obj::IntBox(n) => Value::Int(n.load(Relaxed)),
            Obj::FloatBox(x) => Value::Float(f64::from_bits(x.load(Relaxed))),
            Obj::None => Value::None,
            Obj::Bool(b) => Value::Bool(*b),
            Obj::Unset => Value::Unset,
            Obj::Ellipsis => Value::Ellipsis,
            Obj::NotImplemented => Value::NotImplemented,
            _ => Value::Obj(gc),
        }
    }

    /// Writes a number into the box that a field has already, if it has one for such.
    #[inline]
    pub fn store_in_box(&self, field: Local<'_, Obj>) -> bool {
        match (self, field.get()) {
            (Value::Float(x), Obj::FloatBox(b)) => b.store(x.to_bits(), Relaxed),
            (Value::Int(n), Obj::IntBox(b)) => b.store(*n, Relaxed),
            _ => return false,
        }
        true
    }

    /// The object, if it is one.
    #[inline]
    pub fn as_obj<'a>(&'a self, m: &'a brc::Mutator) -> Option<&'a Obj> {
        match self {
            Value::Obj(gc) => Some(gc.get(m)),
            _ => None,
        }
    }

    #[inline]
    pub fn as_ref(&self) -> Option<&Ref> {
        match self {
            Value::Obj(gc) => Some(gc),
            _ => None,
        }
    }

    #[inline]
    pub fn is_none(&self) -> bool {
        matches!(self, Value::None)
    }

    #[inline]
    pub fn is_unset(&self) -> bool {
        matches!(self, Value::Unset)
    }

    /// Python's `is`.
    #[inline]
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Value::Obj(a), Value::Obj(b)) => Gc::ptr_eq(a, b),
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::None, Value::None)
            | (Value::Ellipsis, Value::Ellipsis)
            | (Value::NotImplemented, Value::NotImplemented)
            | (Value::Unset, Value::Unset) => true,
            _ => false,
        }
    }
}

/// A result whose error is a Python exception.
pub type Result<T, E = PyErr> = std::result::Result<T, E>;
