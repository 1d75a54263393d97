//! `dict`, and views of dicts.

use std::sync::atomic::AtomicUsize;

use brc::Mutator;

use super::container::{Of, getters, special, unhashable};
use crate::code::{Bin, Cmp};
use crate::dict;
use crate::object::*;
use crate::statics::{class_methods, methods, static_methods};
use crate::sym::s;
use crate::vm::{Args, R, Vm};

const DICT: Of = Of { class: "dict", is: is_dict, comparable: is_dict };

fn is_dict(obj: &Obj) -> bool {
    matches!(obj, Obj::Dict(_))
}

pub fn init(m: &Mutator) {
    static_methods(m, "dict", &[("__new__", new)]);
    class_methods(m, "dict", &[("fromkeys", fromkeys)]);
    methods(m, "dict", special!(DICT: len iter reversed contains repr setitem delitem eq ne));
    methods(
        m,
        "dict",
        &[
            ("__init__", fill),
            ("__getitem__", getitem),
            ("__or__", |vm, args| {
                let this = DICT.special(vm, args, "__or__", 1)?;
                or(vm, &this, &args[1])
            }),
            ("__ror__", |vm, args| {
                let this = DICT.special(vm, args, "__ror__", 1)?;
                or(vm, &args[1], &this)
            }),
            ("__ior__", |vm, args| {
                let this = DICT.this(vm, args, "__ior__", 1, 1)?;
                update_from(vm, &this, &args[1])?;
                Ok(args[0].clone())
            }),
            ("get", get),
            ("setdefault", setdefault),
            ("pop", pop),
            ("popitem", |vm, args| {
                let this = DICT.this(vm, args, "popitem", 0, 0)?;
                match dict::pop(vm, &this, true) {
                    Some((key, value)) => Ok(vm.new_tuple(vec![key, value])),
                    None => {
                        let text = vm.new_str("popitem(): dictionary is empty");
                        Err(vm.key_error(&text))
                    }
                }
            }),
            ("update", update),
            ("clear", |vm, args| {
                let this = DICT.this(vm, args, "clear", 0, 0)?;
                dict::of(&this, vm.m).clear(vm.m);
                Ok(Value::None)
            }),
            ("copy", |vm, args| {
                let this = DICT.this(vm, args, "copy", 0, 0)?;
                Ok(Value::Obj(copy(vm, &this)))
            }),
            ("keys", |vm, args| view(vm, args, "keys", ViewKind::Keys)),
            ("values", |vm, args| view(vm, args, "values", ViewKind::Values)),
            ("items", |vm, args| view(vm, args, "items", ViewKind::Items)),
        ],
    );
    unhashable(m, "dict");
    views(m);
}

/// `__init__` fills it.
fn new(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let (class, exact) = DICT.class_arg(vm, args)?;
    let d = Value::Obj(vm.new_dict());
    if exact { Ok(d) } else { Ok(Value::Obj(vm.new_instance(&class, Some(&d)))) }
}

fn fill(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = DICT.unwrap(vm, &args[0], "__init__")?;
    fill_with(vm, &this, args, "dict")
}

fn update(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = DICT.this(vm, Args { kw: &[], ..args }, "update", 0, 1)?;
    fill_with(vm, &this, args, "update")
}

fn fill_with(vm: &mut Vm<'_>, this: &Ref, args: Args<'_>, name: &str) -> R {
    let given = args.len() - 1;
    if given > 1 {
        return Err(vm.type_error(format!("{name} expected at most 1 argument, got {given}")));
    }
    if let Some(source) = args.get(1) {
        update_from(vm, this, source)?;
    }
    for (key, value) in args.kw {
        let key = vm.sym_value(*key);
        dict::set(vm, this, &key, value)?;
    }
    Ok(Value::None)
}

/// Adds what a mapping has, or an iterable of pairs.
pub(crate) fn update_from(vm: &mut Vm<'_>, d: &Ref, source: &Value) -> R<()> {
    if DICT.has(vm, source) || vm.getattr_opt(source, s().keys)?.is_some() {
        return vm.update_display(d, source, None);
    }
    let it = vm.iter(source)?;
    let mut i = 0;
    while let Some(pair) = vm.next(&it)? {
        let pair = match pair.as_obj(vm.m) {
            Some(Obj::Tuple(_) | Obj::List(_)) => vm.items_of(&pair),
            _ => vm.collect(&pair).map_err(|e| {
                if !vm.is_err(&e, "TypeError") {
                    return e;
                }
                vm.type_error(format!(
                    "cannot convert dictionary update sequence element #{i} to a sequence"
                ))
            })?,
        };
        let [key, value] = &pair[..] else {
            let n = pair.len();
            return Err(vm.value_error(format!(
                "dictionary update sequence element #{i} has length {n}; 2 is required"
            )));
        };
        dict::set(vm, d, key, value)?;
        i += 1;
        vm.safepoint()?;
    }
    Ok(())
}

fn copy(vm: &Vm<'_>, d: &Ref) -> Ref {
    let new = vm.new_dict();
    dict::of(&new, vm.m).copy_from(vm, dict::of(d, vm.m));
    new
}

/// `a | b`, if both are dicts.
fn or(vm: &mut Vm<'_>, a: &Value, b: &Value) -> R {
    let (Value::Obj(a), Value::Obj(b)) = (vm.unwrap(a), vm.unwrap(b)) else {
        return Ok(Value::NotImplemented);
    };
    if !(is_dict(a.get(vm.m)) && is_dict(b.get(vm.m))) {
        return Ok(Value::NotImplemented);
    }
    let new = copy(vm, &a);
    vm.update_display(&new, &Value::Obj(b), None)?;
    Ok(Value::Obj(new))
}

fn fromkeys(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let given = args.len().saturating_sub(1);
    let Some(source) = args.get(1) else {
        return Err(vm.type_error("fromkeys expected at least 1 argument, got 0"));
    };
    if given > 2 {
        return Err(vm.type_error(format!("fromkeys expected at most 2 arguments, got {given}")));
    }
    let value = args.get(2).cloned().unwrap_or(Value::None);
    let made = vm.call(&args[0], &[])?;
    let it = vm.iter(source)?;
    while let Some(key) = vm.next(&it)? {
        vm.set_item(&made, &key, &value)?;
        vm.safepoint()?;
    }
    Ok(made)
}

/// A class that extends `dict` may have `__missing__`.
fn getitem(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = DICT.this(vm, args, "__getitem__", 1, 1)?;
    if let Some(value) = dict::get(vm, &this, &args[1])? {
        return Ok(value);
    }
    if !DICT.has(vm, &args[0])
        && let Some(value) =
            vm.call_special(&args[0], s().missing, std::slice::from_ref(&args[1]))?
    {
        return Ok(value);
    }
    Err(vm.key_error(&args[1]))
}

fn get(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    // Usually a dict itself.
    let found = match (args.pos, args.kw) {
        ([Value::Obj(this), key] | [Value::Obj(this), key, _], []) if is_dict(this.get(vm.m)) => {
            dict::get(vm, this, key)?
        }
        _ => {
            let this = DICT.this(vm, args, "get", 1, 2)?;
            dict::get(vm, &this, &args[1])?
        }
    };
    Ok(found.or_else(|| args.get(2).cloned()).unwrap_or(Value::None))
}

fn setdefault(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = DICT.this(vm, args, "setdefault", 1, 2)?;
    let default = args.get(2).cloned().unwrap_or(Value::None);
    // What is there, most often; a look takes no lock.
    if let Some(found) = dict::get(vm, &this, &args[1])? {
        return Ok(found);
    }
    Ok(dict::set_default(vm, &this, &args[1], &default)?.unwrap_or(default))
}

fn pop(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = DICT.this(vm, args, "pop", 1, 2)?;
    // An empty dict has no key, not even an unhashable one.
    let found = match dict::of(&this, vm.m).len() {
        0 => None,
        _ => dict::remove(vm, &this, &args[1])?,
    };
    match found.or_else(|| args.get(2).cloned()) {
        Some(value) => Ok(value),
        None => Err(vm.key_error(&args[1])),
    }
}

fn view(vm: &mut Vm<'_>, args: Args<'_>, method: &str, kind: ViewKind) -> R {
    let this = DICT.this(vm, args, method, 0, 0)?;
    Ok(Value::Obj(vm.alloc(Obj::DictView(Box::new((this, kind))))))
}

/// An iterator of a dict or view from its end on.
pub fn reversed(vm: &Vm<'_>, d: &Ref, kind: ViewKind) -> Value {
    let len = dict::of(d, vm.m).len();
    let position = AtomicUsize::new(0);
    let iter = Iter::Dict { dict: d.clone(), position, len, kind, set: false, reverse: true };
    Value::Obj(vm.alloc(Obj::Iter(Box::new(iter))))
}

// Views.

const KEYS: Of =
    Of { class: "dict_keys", is: |obj| is_view(obj, ViewKind::Keys), comparable: is_set_like };

const VALUES: Of =
    Of { class: "dict_values", is: |obj| is_view(obj, ViewKind::Values), comparable: |_| false };

const ITEMS: Of =
    Of { class: "dict_items", is: |obj| is_view(obj, ViewKind::Items), comparable: is_set_like };

fn is_view(obj: &Obj, kind: ViewKind) -> bool {
    matches!(obj, Obj::DictView(view) if view.1 == kind)
}

fn is_set_like(obj: &Obj) -> bool {
    match obj {
        Obj::Set(_) | Obj::FrozenSet(_) => true,
        Obj::DictView(view) => view.1 != ViewKind::Values,
        _ => false,
    }
}

fn views(m: &Mutator) {
    methods(m, "dict_keys", special!(KEYS: len iter reversed contains repr eq ne lt le gt ge));
    methods(m, "dict_values", special!(VALUES: len iter reversed contains repr));
    methods(m, "dict_items", special!(ITEMS: len iter reversed contains repr eq ne lt le gt ge));
    const SET_METHODS: &[(&str, NativeFn)] = &[
        ("__or__", |vm, args| operator(vm, args, Bin::Or, false)),
        ("__and__", |vm, args| operator(vm, args, Bin::And, false)),
        ("__sub__", |vm, args| operator(vm, args, Bin::Sub, false)),
        ("__xor__", |vm, args| operator(vm, args, Bin::Xor, false)),
        ("__ror__", |vm, args| operator(vm, args, Bin::Or, true)),
        ("__rand__", |vm, args| operator(vm, args, Bin::And, true)),
        ("__rsub__", |vm, args| operator(vm, args, Bin::Sub, true)),
        ("__rxor__", |vm, args| operator(vm, args, Bin::Xor, true)),
        ("isdisjoint", isdisjoint),
    ];
    for class in ["dict_keys", "dict_items"] {
        methods(m, class, SET_METHODS);
        unhashable(m, class);
    }
    for class in ["dict_keys", "dict_values", "dict_items"] {
        getters(m, class, &[("mapping", mapping)]);
    }
}

/// The view that a method of keys and items is called on.
fn set_like(vm: &mut Vm<'_>, args: Args<'_>, method: &str) -> R {
    match args.get(0) {
        Some(this) if ITEMS.has(vm, this) => ITEMS.this(vm, args, method, 1, 1),
        _ => KEYS.this(vm, args, method, 1, 1),
    }
    .map(Value::Obj)
}

fn operator(vm: &mut Vm<'_>, args: Args<'_>, op: Bin, reflected: bool) -> R {
    let this = set_like(vm, args, "__or__")?;
    let (a, b) = if reflected { (&args[1], &this) } else { (&this, &args[1]) };
    Ok(vm.sequence_op(op, a, b)?.unwrap_or(Value::NotImplemented))
}

fn isdisjoint(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = set_like(vm, args, "isdisjoint")?;
    for item in vm.collect(&args[1])? {
        if vm.contains(&this, &item)? {
            return Ok(Value::Bool(false));
        }
    }
    Ok(Value::Bool(true))
}

/// The dict: CPython shows a read-only view of it.
fn mapping(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    match args[0].as_obj(vm.m) {
        Some(Obj::DictView(view)) => Ok(Value::Obj(view.0.clone())),
        _ => Ok(Value::None),
    }
}
