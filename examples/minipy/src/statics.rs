//! What exists once, for ever: builtin classes, small numbers, `None` and the like. All of it is
//! *immortal*: every thread uses it all the time, and nobody counts it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32};

use brc::{GcMap, Mutator};
use parking_lot::{Mutex, RwLock};
use rustc_hash::FxHashMap;

use crate::layout::Layout;
use crate::object::*;
use crate::sym::intern;
use crate::vm::new_version;

const LEAST_INT: i64 = -256;
const INTS: usize = 2304;

/// What exists once.
pub struct Statics {
    pub unset: Ref,
    pub none: Ref,
    pub ellipsis: Ref,
    pub not_implemented: Ref,
    pub bools: [Ref; 2],
    ints: Vec<Ref>,
    pub chars: Vec<Ref>,
    pub empty_str: Ref,
    pub empty_tuple: Ref,
    pub types: Types,
    by_name: FxHashMap<&'static str, Ref>,
    /// The module `builtins`.
    pub builtins: OnceLock<Ref>,
    /// Modules by name.
    pub modules: OnceLock<Ref>,
}

impl Statics {
    /// The object of a small number.
    #[inline]
    pub fn int(&self, n: i64) -> Option<Ref> {
        self.ints.get(n.wrapping_sub(LEAST_INT) as usize).cloned()
    }

    /// A builtin class.
    ///
    /// # Panics
    ///
    /// If there is none of this name.
    pub fn type_named(&self, name: &str) -> &Ref {
        match self.by_name.get(name) {
            Some(class) => class,
            None => panic!("no builtin class {name}"),
        }
    }

    pub fn find_type(&self, name: &str) -> Option<&Ref> {
        self.by_name.get(name)
    }

    pub fn iter_type(&self, iter: &Iter, m: &Mutator) -> &Ref {
        let name = match iter {
            Iter::Seq { seq, .. } => match seq.as_obj(m) {
                Some(Obj::Tuple(_)) => "tuple_iterator",
                Some(Obj::Range(_)) => "range_iterator",
                Some(Obj::Str(text)) if text.is_ascii() => "str_ascii_iterator",
                Some(Obj::Str(_)) => "str_iterator",
                Some(Obj::Bytes(_)) => "bytes_iterator",
                Some(Obj::ByteArray(_)) => "bytearray_iterator",
                _ => "list_iterator",
            },
            Iter::Items { .. } => "iterator",
            Iter::Reversed { seq, .. } => match seq.as_obj(m) {
                Some(Obj::List(_)) => "list_reverseiterator",
                _ => "reversed",
            },
            Iter::Dict { set: true, .. } => "set_iterator",
            Iter::Dict { kind, reverse: true, .. } => match kind {
                ViewKind::Keys => "dict_reversekeyiterator",
                ViewKind::Values => "dict_reversevalueiterator",
                ViewKind::Items => "dict_reverseitemiterator",
            },
            Iter::Dict { kind: ViewKind::Keys, .. } => "dict_keyiterator",
            Iter::Dict { kind: ViewKind::Values, .. } => "dict_valueiterator",
            Iter::Dict { kind: ViewKind::Items, .. } => "dict_itemiterator",
            Iter::Enumerate { .. } => "enumerate",
            Iter::Zip { .. } => "zip",
            Iter::Map { .. } => "map",
            Iter::Filter { .. } => "filter",
            Iter::Call { .. } => "callable_iterator",
            Iter::Deque { reverse: true, .. } => "_deque_reverse_iterator",
            Iter::Deque { .. } => "_deque_iterator",
            Iter::Lines { .. } => "lines",
        };
        self.type_named(name)
    }
}

static STATICS: OnceLock<Statics> = OnceLock::new();

/// What exists once, if it does already.
pub fn statics_if_made() -> Option<&'static Statics> {
    STATICS.get()
}

/// What exists once. After [`init`].
#[inline]
pub fn statics() -> &'static Statics {
    STATICS.get().expect("the interpreter was initialized")
}

macro_rules! types {
    ($($field:ident $name:literal),* $(,)?) => {
        /// Builtin classes that are asked for often.
        pub struct Types { $(pub $field: Ref),* }

        impl Types {
            fn of(by_name: &FxHashMap<&'static str, Ref>) -> Self {
                Self { $($field: by_name[$name].clone()),* }
            }
        }
    };
}

types! {
    object "object", type_ "type", none "NoneType", ellipsis "ellipsis",
    not_implemented "NotImplementedType", bool "bool", int "int", float "float", str "str",
    bytes "bytes", bytearray "bytearray", tuple "tuple", list "list", dict "dict", set "set",
    frozenset "frozenset", dict_keys "dict_keys", dict_values "dict_values",
    dict_items "dict_items", cell "cell", range "range", slice "slice", function "function",
    method_descriptor "method_descriptor", builtin "builtin_function_or_method", method "method",
    module "module", generator "generator", property "property", staticmethod "staticmethod",
    classmethod "classmethod", super_ "super", traceback "traceback", deque "deque",
    weakref "weakref", base_exception "BaseException", exception "Exception",
}

/// Name, base, what instances are. In this order, each after its base.
const CLASSES: &[(&str, &str, Kind)] = &[
    ("object", "", Kind::Object),
    ("type", "object", Kind::Type),
    ("NoneType", "object", Kind::Final),
    ("ellipsis", "object", Kind::Final),
    ("NotImplementedType", "object", Kind::Final),
    ("int", "object", Kind::Int),
    ("bool", "int", Kind::Final),
    ("float", "object", Kind::Float),
    ("complex", "object", Kind::Final),
    ("str", "object", Kind::Str),
    ("bytes", "object", Kind::Bytes),
    ("bytearray", "object", Kind::ByteArray),
    ("tuple", "object", Kind::Tuple),
    ("list", "object", Kind::List),
    ("dict", "object", Kind::Dict),
    ("set", "object", Kind::Set),
    ("frozenset", "object", Kind::FrozenSet),
    ("dict_keys", "object", Kind::Final),
    ("dict_values", "object", Kind::Final),
    ("dict_items", "object", Kind::Final),
    ("cell", "object", Kind::Final),
    ("range", "object", Kind::Final),
    ("slice", "object", Kind::Final),
    ("function", "object", Kind::Final),
    ("method_descriptor", "object", Kind::Final),
    ("builtin_function_or_method", "object", Kind::Final),
    ("method", "object", Kind::Final),
    ("module", "object", Kind::Final),
    ("generator", "object", Kind::Final),
    ("list_iterator", "object", Kind::Final),
    ("tuple_iterator", "object", Kind::Final),
    ("range_iterator", "object", Kind::Final),
    ("str_iterator", "object", Kind::Final),
    ("str_ascii_iterator", "object", Kind::Final),
    ("bytes_iterator", "object", Kind::Final),
    ("bytearray_iterator", "object", Kind::Final),
    ("list_reverseiterator", "object", Kind::Final),
    ("iterator", "object", Kind::Final),
    ("reversed", "object", Kind::Final),
    ("set_iterator", "object", Kind::Final),
    ("dict_keyiterator", "object", Kind::Final),
    ("dict_valueiterator", "object", Kind::Final),
    ("dict_itemiterator", "object", Kind::Final),
    ("dict_reversekeyiterator", "object", Kind::Final),
    ("dict_reversevalueiterator", "object", Kind::Final),
    ("dict_reverseitemiterator", "object", Kind::Final),
    ("callable_iterator", "object", Kind::Final),
    ("_deque_iterator", "object", Kind::Final),
    ("_deque_reverse_iterator", "object", Kind::Final),
    ("lines", "object", Kind::Final),
    ("enumerate", "object", Kind::Final),
    ("zip", "object", Kind::Final),
    ("map", "object", Kind::Final),
    ("filter", "object", Kind::Final),
    ("property", "object", Kind::Final),
    ("staticmethod", "object", Kind::Final),
    ("classmethod", "object", Kind::Final),
    ("super", "object", Kind::Final),
    ("traceback", "object", Kind::Final),
    ("code", "object", Kind::Final),
    ("mappingproxy", "object", Kind::Final),
    ("deque", "object", Kind::Deque),
    ("weakref", "object", Kind::WeakRef),
    ("lock", "object", Kind::Final),
    ("RLock", "object", Kind::Final),
    ("_Random", "object", Kind::Final),
    ("TextIOWrapper", "object", Kind::Final),
    ("BaseException", "object", Kind::Exception),
    ("SystemExit", "BaseException", Kind::Exception),
    ("KeyboardInterrupt", "BaseException", Kind::Exception),
    ("GeneratorExit", "BaseException", Kind::Exception),
    ("Exception", "BaseException", Kind::Exception),
    ("StopIteration", "Exception", Kind::Exception),
    ("StopAsyncIteration", "Exception", Kind::Exception),
    ("ArithmeticError", "Exception", Kind::Exception),
    ("FloatingPointError", "ArithmeticError", Kind::Exception),
    ("OverflowError", "ArithmeticError", Kind::Exception),
    ("ZeroDivisionError", "ArithmeticError", Kind::Exception),
    ("AssertionError", "Exception", Kind::Exception),
    ("AttributeError", "Exception", Kind::Exception),
    ("BufferError", "Exception", Kind::Exception),
    ("EOFError", "Exception", Kind::Exception),
    ("ImportError", "Exception", Kind::Exception),
    ("ModuleNotFoundError", "ImportError", Kind::Exception),
    ("LookupError", "Exception", Kind::Exception),
    ("IndexError", "LookupError", Kind::Exception),
    ("KeyError", "LookupError", Kind::Exception),
    ("MemoryError", "Exception", Kind::Exception),
    ("NameError", "Exception", Kind::Exception),
    ("UnboundLocalError", "NameError", Kind::Exception),
    ("OSError", "Exception", Kind::Exception),
    ("BlockingIOError", "OSError", Kind::Exception),
    ("ChildProcessError", "OSError", Kind::Exception),
    ("ConnectionError", "OSError", Kind::Exception),
    ("BrokenPipeError", "ConnectionError", Kind::Exception),
    ("ConnectionAbortedError", "ConnectionError", Kind::Exception),
    ("ConnectionRefusedError", "ConnectionError", Kind::Exception),
    ("ConnectionResetError", "ConnectionError", Kind::Exception),
    ("FileExistsError", "OSError", Kind::Exception),
    ("FileNotFoundError", "OSError", Kind::Exception),
    ("InterruptedError", "OSError", Kind::Exception),
    ("IsADirectoryError", "OSError", Kind::Exception),
    ("NotADirectoryError", "OSError", Kind::Exception),
    ("PermissionError", "OSError", Kind::Exception),
    ("ProcessLookupError", "OSError", Kind::Exception),
    ("TimeoutError", "OSError", Kind::Exception),
    ("ReferenceError", "Exception", Kind::Exception),
    ("RuntimeError", "Exception", Kind::Exception),
    ("NotImplementedError", "RuntimeError", Kind::Exception),
    ("RecursionError", "RuntimeError", Kind::Exception),
    ("SyntaxError", "Exception", Kind::Exception),
    ("IndentationError", "SyntaxError", Kind::Exception),
    ("TabError", "IndentationError", Kind::Exception),
    ("SystemError", "Exception", Kind::Exception),
    ("TypeError", "Exception", Kind::Exception),
    ("ValueError", "Exception", Kind::Exception),
    ("UnicodeError", "ValueError", Kind::Exception),
    ("UnicodeDecodeError", "UnicodeError", Kind::Exception),
    ("UnicodeEncodeError", "UnicodeError", Kind::Exception),
    ("UnicodeTranslateError", "UnicodeError", Kind::Exception),
    ("Warning", "Exception", Kind::Exception),
    ("BytesWarning", "Warning", Kind::Exception),
    ("DeprecationWarning", "Warning", Kind::Exception),
    ("FutureWarning", "Warning", Kind::Exception),
    ("ImportWarning", "Warning", Kind::Exception),
    ("PendingDeprecationWarning", "Warning", Kind::Exception),
    ("ResourceWarning", "Warning", Kind::Exception),
    ("RuntimeWarning", "Warning", Kind::Exception),
    ("SyntaxWarning", "Warning", Kind::Exception),
    ("UnicodeWarning", "Warning", Kind::Exception),
    ("UserWarning", "Warning", Kind::Exception),
];

/// Classes that programs see by name without an import.
pub fn public_classes() -> impl Iterator<Item = &'static str> {
    const HIDDEN: &[&str] = &[
        "ellipsis",
        "cell",
        "function",
        "method",
        "module",
        "generator",
        "code",
        "iterator",
        "traceback",
        "deque",
        "weakref",
        "lock",
        "RLock",
        "lines",
        "mappingproxy",
    ];
    let names = CLASSES.iter().map(|(name, ..)| *name);
    names.filter(|name| {
        !HIDDEN.contains(name)
            && !name.starts_with('_')
            && ![
                "iterator",
                "NoneType",
                "NotImplementedType",
                "dict_",
                "method_descriptor",
                "builtin_function",
                "TextIO",
            ]
            .iter()
            .any(|part| name.contains(part))
    })
}

/// Makes what exists once.
pub fn init(m: &Mutator) {
    let immortal = |obj| m.alloc_immortal(obj);
    let mut by_name: FxHashMap<&'static str, Ref> = FxHashMap::default();
    for &(name, base, kind) in CLASSES {
        let bases: Box<[Ref]> = by_name.get(base).cloned().into_iter().collect();
        let mut mro: Vec<Ref> = bases.to_vec();
        let above = mro.first().map(|base| match base.get(m) {
            Obj::Class(c) => c.mro.to_vec(),
            _ => unreachable!("only classes"),
        });
        mro.extend(above.into_iter().flatten());
        let shown = match name {
            "_Random" => "Random",
            "weakref" => "ReferenceType",
            "TextIOWrapper" => "TextIOWrapper",
            other => other,
        };
        let module = match name {
            "deque" => "collections",
            "_deque_iterator" | "_deque_reverse_iterator" => "_collections",
            "weakref" => "weakref",
            "lock" | "RLock" => "_thread",
            _ => "builtins",
        };
        let class = Class {
            name: RwLock::new((intern(shown), shown.into())),
            bases,
            mro: mro.into(),
            dict: GcMap::with_hasher(rustc_hash::FxBuildHasher),
            order: Mutex::default(),
            version: AtomicU32::new(new_version()),
            layout: Layout::default(),
            simple: AtomicU32::new(0),
            subclasses: std::sync::Mutex::default(),
            kind,
            is_user: false,
            has_del: AtomicBool::new(false),
            slot_names: Box::new([]),
            closed: kind == Kind::Object && name == "object",
        };
        class.dict.insert(m, intern("__module__"), m.alloc_immortal(Obj::Str(Str::new(module))));
        by_name.insert(name, immortal(Obj::Class(Box::new(class))));
    }
    let ints = (0..INTS).map(|n| immortal(Obj::Int(LEAST_INT + n as i64))).collect();
    let chars =
        (0..128_u8).map(|b| immortal(Obj::Str(Str::new((b as char).to_string())))).collect();
    let made = Statics {
        unset: immortal(Obj::Unset),
        none: immortal(Obj::None),
        ellipsis: immortal(Obj::Ellipsis),
        not_implemented: immortal(Obj::NotImplemented),
        bools: [false, true].map(|b| immortal(Obj::Bool(b))),
        ints,
        chars,
        empty_str: immortal(Obj::Str(Str::new(""))),
        empty_tuple: immortal(Obj::Tuple(Box::new([]))),
        types: Types::of(&by_name),
        by_name,
        builtins: OnceLock::new(),
        modules: OnceLock::new(),
    };
    assert!(STATICS.set(made).is_ok(), "initialized once");
}

/// Adds functions to a builtin class.
pub fn methods(m: &Mutator, class: &'static str, defs: &[(&'static str, NativeFn)]) {
    let class_ref = statics().type_named(class).clone();
    let Obj::Class(c) = class_ref.get(m) else { unreachable!("only classes") };
    for &(name, func) in defs {
        let def = Box::leak(Box::new(BuiltinDef { name, class: Some(class), func }));
        c.dict.insert(m, intern(name), m.alloc_immortal(Obj::Builtin(Builtin { def })));
        c.order.lock().push(intern(name));
    }
}

/// As [`methods`], for such that get the class.
pub fn class_methods(m: &Mutator, class: &'static str, defs: &[(&'static str, NativeFn)]) {
    wrapped(m, class, defs, Obj::ClassMethod);
}

/// As [`methods`], for such that get neither.
pub fn static_methods(m: &Mutator, class: &'static str, defs: &[(&'static str, NativeFn)]) {
    wrapped(m, class, defs, Obj::StaticMethod);
}

fn wrapped(
    m: &Mutator,
    class: &'static str,
    defs: &[(&'static str, NativeFn)],
    wrap: fn(Value) -> Obj,
) {
    let class_ref = statics().type_named(class).clone();
    let Obj::Class(c) = class_ref.get(m) else { unreachable!("only classes") };
    for &(name, func) in defs {
        c.dict.insert(m, intern(name), m.alloc_immortal(wrap(function(m, name, func))));
        c.order.lock().push(intern(name));
    }
}

/// A function of a module.
pub fn function(m: &Mutator, name: &'static str, func: NativeFn) -> Value {
    let def = Box::leak(Box::new(BuiltinDef { name, class: None, func }));
    Value::Obj(m.alloc_immortal(Obj::Builtin(Builtin { def })))
}
