//! Names: each is one leaked string, compared by address.
//!
//! A name that a program writes is never forgotten, as CPython's interned
//! strings are not. Its string object, for programs that ask for it, is an *immortal*
//! `Gc`: any number of threads use it, and nobody counts it.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{LazyLock, OnceLock};

use parking_lot::RwLock;
use rustc_hash::FxHashMap;

use crate::object::Ref;

/// What there is to know of a name.
pub struct Entry {
    text: &'static str,
    /// Consecutive, for caches.
    id: u32,
    object: OnceLock<Ref>,
}

/// A name.
#[derive(Clone, Copy, brc::Trace)]
pub struct Sym(#[trace(skip)] &'static Entry);

impl Sym {
    /// The name's text.
    #[inline]
    pub fn as_str(self) -> &'static str {
        self.0.text
    }

    /// A small number that no other name has.
    #[inline]
    pub fn id(self) -> u32 {
        self.0.id
    }

    /// The string object of the name.
    pub fn object(self, make: impl FnOnce(&'static str) -> Ref) -> &'static Ref {
        self.0.object.get_or_init(|| make(self.0.text))
    }
}

impl PartialEq for Sym {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for Sym {}

impl Hash for Sym {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u32(self.0.id);
    }
}

impl fmt::Debug for Sym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.text)
    }
}

impl fmt::Display for Sym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.text)
    }
}

#[derive(Default)]
struct Names {
    by_text: FxHashMap<&'static str, Sym>,
}

static NAMES: LazyLock<RwLock<Names>> = LazyLock::new(Default::default);

/// The name with this text.
pub fn intern(text: &str) -> Sym {
    if let Some(&sym) = NAMES.read().by_text.get(text) {
        return sym;
    }
    let mut names = NAMES.write();
    if let Some(&sym) = names.by_text.get(text) {
        return sym;
    }
    let id = u32::try_from(names.by_text.len()).expect("fewer than 2^32 names");
    let text: &'static str = Box::leak(text.into());
    let sym = Sym(Box::leak(Box::new(Entry { text, id, object: OnceLock::new() })));
    names.by_text.insert(text, sym);
    sym
}

/// The name with this text, if anything has that name.
pub fn known(text: &str) -> Option<Sym> {
    NAMES.read().by_text.get(text).copied()
}

macro_rules! syms {
    ($($field:ident $text:literal),* $(,)?) => {
        /// Names that the interpreter itself uses.
        #[derive(Debug)]
        pub struct Syms { $(#[doc = $text] pub $field: Sym),* }

        static SYMS: LazyLock<Syms> = LazyLock::new(|| Syms { $($field: intern($text)),* });
    };
}

/// Names that the interpreter itself uses.
#[inline]
pub fn s() -> &'static Syms {
    &SYMS
}

syms! {
    init "__init__", new "__new__", del "__del__", repr "__repr__", str "__str__", bytes "__bytes__",
    format "__format__", hash "__hash__", bool "__bool__", len "__len__", call "__call__",
    eq "__eq__", ne "__ne__", lt "__lt__", le "__le__", gt "__gt__", ge "__ge__",
    getattr "__getattr__", getattribute "__getattribute__", setattr "__setattr__", delattr "__delattr__",
    get "__get__", set "__set__", delete "__delete__", set_name "__set_name__",
    init_subclass "__init_subclass__", class_getitem "__class_getitem__",
    getitem "__getitem__", setitem "__setitem__", delitem "__delitem__", contains "__contains__",
    missing "__missing__", reversed "__reversed__", length_hint "__length_hint__",
    iter "__iter__", next "__next__", enter "__enter__", exit "__exit__",
    add "__add__", radd "__radd__", iadd "__iadd__", sub "__sub__", rsub "__rsub__", isub "__isub__",
    mul "__mul__", rmul "__rmul__", imul "__imul__", truediv "__truediv__", rtruediv "__rtruediv__",
    itruediv "__itruediv__", floordiv "__floordiv__", rfloordiv "__rfloordiv__", ifloordiv "__ifloordiv__",
    mod_ "__mod__", rmod "__rmod__", imod "__imod__", pow "__pow__", rpow "__rpow__", ipow "__ipow__",
    lshift "__lshift__", rlshift "__rlshift__", ilshift "__ilshift__", rshift "__rshift__",
    rrshift "__rrshift__", irshift "__irshift__", and "__and__", rand "__rand__", iand "__iand__",
    or "__or__", ror "__ror__", ior "__ior__", xor "__xor__", rxor "__rxor__", ixor "__ixor__",
    matmul "__matmul__", rmatmul "__rmatmul__", imatmul "__imatmul__",
    divmod "__divmod__", rdivmod "__rdivmod__",
    neg "__neg__", pos "__pos__", invert "__invert__", abs "__abs__", round "__round__",
    int "__int__", float "__float__", index "__index__", trunc "__trunc__", floor "__floor__", ceil "__ceil__",
    name "__name__", qualname "__qualname__", module "__module__", doc "__doc__", dict "__dict__",
    class "__class__", bases "__bases__", mro "__mro__", slots "__slots__", annotations "__annotations__",
    defaults "__defaults__", kwdefaults "__kwdefaults__", code "__code__", globals "__globals__",
    closure "__closure__", func "__func__", self_ "__self__", wrapped "__wrapped__",
    file "__file__", main "__main__", all "__all__", path "__path__",
    cause "__cause__", context "__context__", traceback "__traceback__",
    suppress_context "__suppress_context__", notes "__notes__", args "args", value "value", errno "errno",
    build_class "__build_class__", import "__import__", match_args "__match_args__",
    instancecheck "__instancecheck__", subclasscheck "__subclasscheck__", minipy_check "_minipy_check_",
    minipy_class "__minipy_class__", class_iter "__class_iter__", class_len "__class_len__",
    class_contains "__class_contains__", class_call "__class_call__",
    keys "keys", copy "copy", write "write", flush "flush", end "end", sep "sep", key "key",
    reverse "reverse", default "default", strict "strict", start "start", send "send", throw "throw",
    close "close", fget "fget", self_name "self", cls "cls", lambda "<lambda>", module_name "<module>",
    code_attr "code", msg "msg", lineno "lineno", filename "filename", offset "offset", text "text",
    name_attr "name", obj "obj", underscore "_", sizeof "__sizeof__", dir "__dir__",
    subclasshook "__subclasshook__", weakref "__weakref__", is_abstract "__isabstractmethod__",
    set_attr_name "__setattr__", getstate "__getstate__", base "__base__", subclasses "__subclasses__",
}
