//! `set` and `frozenset`.

use brc::Mutator;

use super::container::{Of, special, unhashable};
use crate::code::{Bin, Cmp};
use crate::dict::{self, Dict};
use crate::object::*;
use crate::statics::{methods, static_methods};
use crate::vm::{Args, R, Vm};

const SET: Of = Of { class: "set", is: |obj| matches!(obj, Obj::Set(_)), comparable: is_set_like };

const FROZEN: Of =
    Of { class: "frozenset", is: |obj| matches!(obj, Obj::FrozenSet(_)), comparable: is_set_like };

fn is_set_like(obj: &Obj) -> bool {
    match obj {
        Obj::Set(_) | Obj::FrozenSet(_) => true,
        Obj::DictView(view) => view.1 != ViewKind::Values,
        _ => false,
    }
}

pub fn init(m: &Mutator) {
    static_methods(m, "set", &[("__new__", new)]);
    static_methods(m, "frozenset", &[("__new__", new_frozen)]);
    methods(m, "set", special!(SET: len iter contains repr eq ne lt le gt ge));
    methods(m, "frozenset", special!(FROZEN: len iter contains repr hash eq ne lt le gt ge));
    for class in ["set", "frozenset"] {
        methods(m, class, COMMON);
    }
    methods(m, "set", CHANGING);
    unhashable(m, "set");
}

/// Methods of both classes.
const COMMON: &[(&str, NativeFn)] = &[
    ("__or__", |vm, args| operator(vm, args, Bin::Or, false)),
    ("__and__", |vm, args| operator(vm, args, Bin::And, false)),
    ("__sub__", |vm, args| operator(vm, args, Bin::Sub, false)),
    ("__xor__", |vm, args| operator(vm, args, Bin::Xor, false)),
    ("__ror__", |vm, args| operator(vm, args, Bin::Or, true)),
    ("__rand__", |vm, args| operator(vm, args, Bin::And, true)),
    ("__rsub__", |vm, args| operator(vm, args, Bin::Sub, true)),
    ("__rxor__", |vm, args| operator(vm, args, Bin::Xor, true)),
    ("union", |vm, args| combine(vm, args, "union", Bin::Or)),
    ("intersection", |vm, args| combine(vm, args, "intersection", Bin::And)),
    ("difference", |vm, args| combine(vm, args, "difference", Bin::Sub)),
    ("symmetric_difference", |vm, args| {
        let this = either(vm, args, "symmetric_difference", 1, 1)?;
        let frozen = matches!(this.get(vm.m), Obj::FrozenSet(_));
        let other = vm.as_set(&args[1])?;
        vm.set_op(Bin::Xor, &this, &other, frozen)
    }),
    ("issubset", |vm, args| {
        let this = either(vm, args, "issubset", 1, 1)?;
        let other = Value::Obj(vm.as_set(&args[1])?);
        vm.compare_op(Cmp::Le, &Value::Obj(this), &other)
    }),
    ("issuperset", |vm, args| {
        let this = either(vm, args, "issuperset", 1, 1)?;
        let other = Value::Obj(vm.as_set(&args[1])?);
        vm.compare_op(Cmp::Ge, &Value::Obj(this), &other)
    }),
    ("isdisjoint", isdisjoint),
    ("copy", |vm, args| {
        let this = either(vm, args, "copy", 0, 0)?;
        if FROZEN.has(vm, &args[0]) {
            return Ok(Value::Obj(this));
        }
        let frozen = matches!(this.get(vm.m), Obj::FrozenSet(_));
        Ok(Value::Obj(copy(vm, &this, frozen)))
    }),
];

/// Methods of sets that can change.
const CHANGING: &[(&str, NativeFn)] = &[
    ("__init__", fill),
    ("__ior__", |vm, args| in_place(vm, args, "__ior__", Bin::Or)),
    ("__iand__", |vm, args| in_place(vm, args, "__iand__", Bin::And)),
    ("__isub__", |vm, args| in_place(vm, args, "__isub__", Bin::Sub)),
    ("__ixor__", |vm, args| in_place(vm, args, "__ixor__", Bin::Xor)),
    ("add", add),
    ("remove", |vm, args| {
        let this = SET.this(vm, args, "remove", 1, 1)?;
        match take(vm, &this, &args[1])? {
            true => Ok(Value::None),
            false => Err(vm.key_error(&args[1])),
        }
    }),
    ("discard", |vm, args| {
        let this = SET.this(vm, args, "discard", 1, 1)?;
        take(vm, &this, &args[1])?;
        Ok(Value::None)
    }),
    ("pop", |vm, args| {
        let this = SET.this(vm, args, "pop", 0, 0)?;
        match dict::pop(vm, &this, false) {
            Some((key, _)) => Ok(key),
            None => {
                let text = vm.new_str("pop from an empty set");
                Err(vm.key_error(&text))
            }
        }
    }),
    ("clear", |vm, args| {
        let this = SET.this(vm, args, "clear", 0, 0)?;
        dict::of(&this, vm.m).clear(vm.m);
        Ok(Value::None)
    }),
    ("update", |vm, args| change(vm, args, "update", Bin::Or)),
    ("intersection_update", |vm, args| change(vm, args, "intersection_update", Bin::And)),
    ("difference_update", |vm, args| change(vm, args, "difference_update", Bin::Sub)),
    ("symmetric_difference_update", |vm, args| {
        let this = SET.this(vm, args, "symmetric_difference_update", 1, 1)?;
        let other = vm.as_set(&args[1])?;
        vm.set_update(Bin::Xor, &this, &other)?;
        Ok(Value::None)
    }),
];

/// The set that a method of both classes is called on.
fn either(vm: &mut Vm<'_>, args: Args<'_>, method: &str, least: usize, most: usize) -> R<Ref> {
    let frozen = args.get(0).is_some_and(|this| {
        let this = vm.unwrap(this);
        FROZEN.has(vm, &this)
    });
    if frozen { &FROZEN } else { &SET }.this(vm, args, method, least, most)
}

fn empty(vm: &Vm<'_>, frozen: bool) -> Ref {
    vm.alloc(if frozen { Obj::FrozenSet(Dict::new()) } else { Obj::Set(Dict::new()) })
}

fn copy(vm: &Vm<'_>, set: &Ref, frozen: bool) -> Ref {
    let new = empty(vm, frozen);
    dict::of(&new, vm.m).copy_from(vm, dict::of(set, vm.m));
    new
}

/// `__init__` fills it.
fn new(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let (class, exact) = SET.class_arg(vm, args)?;
    let set = Value::Obj(empty(vm, false));
    if exact {
        SET.constructor(vm, args, 0, 1)?;
        return Ok(set);
    }
    Ok(Value::Obj(vm.new_instance(&class, Some(&set))))
}

fn fill(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = SET.this(vm, args, "__init__", 0, 1)?;
    let set = dict::of(&this, vm.m);
    if !set.is_empty() {
        set.clear(vm.m);
    }
    if let Some(source) = args.get(1) {
        add_all(vm, &this, source)?;
    }
    Ok(Value::None)
}

fn new_frozen(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let (class, exact) = FROZEN.class_arg(vm, args)?;
    if exact {
        FROZEN.constructor(vm, args, 0, 1)?;
    }
    let set = match args.get(1) {
        Some(source) if FROZEN.has(vm, source) => source.clone(),
        source => {
            let new = empty(vm, true);
            if let Some(source) = source {
                add_all(vm, &new, source)?;
            }
            Value::Obj(new)
        }
    };
    if exact { Ok(set) } else { Ok(Value::Obj(vm.new_instance(&class, Some(&set)))) }
}

/// Adds all items of an iterable.
fn add_all(vm: &mut Vm<'_>, set: &Ref, source: &Value) -> R<()> {
    let inner = source.as_ref().filter(|gc| {
        matches!(
            gc.get(vm.m),
            Obj::Set(_) | Obj::FrozenSet(_) | Obj::Dict(_) | Obj::List(_) | Obj::Tuple(_)
        )
    });
    if inner.is_some() {
        for item in vm.collect(source)? {
            dict::add(vm, set, &item)?;
        }
        return Ok(());
    }
    let it = vm.iter(source)?;
    while let Some(item) = vm.next(&it)? {
        dict::add(vm, set, &item)?;
        vm.safepoint()?;
    }
    Ok(())
}

fn add(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    if let ([Value::Obj(this), item], []) = (args.pos, args.kw)
        && matches!(this.get(vm.m), Obj::Set(_))
    {
        dict::add(vm, this, item)?;
        return Ok(Value::None);
    }
    let this = SET.this(vm, args, "add", 1, 1)?;
    dict::add(vm, &this, &args[1])?;
    Ok(Value::None)
}

/// Takes an item out, if it is there. A set is the item that is the frozenset equal to it.
fn take(vm: &mut Vm<'_>, set: &Ref, item: &Value) -> R<bool> {
    if let Value::Obj(inner) = vm.unwrap(item)
        && matches!(inner.get(vm.m), Obj::Set(_))
    {
        let frozen = Value::Obj(copy(vm, &inner, true));
        return Ok(dict::remove(vm, set, &frozen)?.is_some());
    }
    Ok(dict::remove(vm, set, item)?.is_some())
}

fn operator(vm: &mut Vm<'_>, args: Args<'_>, op: Bin, reflected: bool) -> R {
    let this = Value::Obj(either(vm, args, "__or__", 1, 1)?);
    let other = vm.unwrap(&args[1]);
    if !other.as_obj(vm.m).is_some_and(is_set_like) {
        return Ok(Value::NotImplemented);
    }
    let (a, b) = if reflected { (&other, &this) } else { (&this, &other) };
    Ok(vm.sequence_op(op, a, b)?.unwrap_or(Value::NotImplemented))
}

fn in_place(vm: &mut Vm<'_>, args: Args<'_>, method: &str, op: Bin) -> R {
    let this = SET.this(vm, args, method, 1, 1)?;
    let other = vm.unwrap(&args[1]);
    if !matches!(other.as_obj(vm.m), Some(Obj::Set(_) | Obj::FrozenSet(_))) {
        return Ok(Value::NotImplemented);
    }
    let other = vm.as_set(&other)?;
    vm.set_update(op, &this, &other)?;
    Ok(args[0].clone())
}

/// `union` and the like, with any number of others.
fn combine(vm: &mut Vm<'_>, args: Args<'_>, method: &str, op: Bin) -> R {
    let this = either(vm, args, method, 0, usize::MAX - 1)?;
    let frozen = matches!(this.get(vm.m), Obj::FrozenSet(_));
    let mut result = copy(vm, &this, frozen);
    for other in &args.pos[1..] {
        if op == Bin::Or {
            add_all(vm, &result, other)?;
            continue;
        }
        let other = vm.as_set(other)?;
        if let Value::Obj(next) = vm.set_op(op, &result, &other, frozen)? {
            result = next;
        }
    }
    Ok(Value::Obj(result))
}

/// `update` and the like, with any number of others.
fn change(vm: &mut Vm<'_>, args: Args<'_>, method: &str, op: Bin) -> R {
    let this = SET.this(vm, args, method, 0, usize::MAX - 1)?;
    for other in &args.pos[1..] {
        if op == Bin::Or {
            add_all(vm, &this, other)?;
        } else {
            let other = vm.as_set(other)?;
            vm.set_update(op, &this, &other)?;
        }
    }
    Ok(Value::None)
}

fn isdisjoint(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = either(vm, args, "isdisjoint", 1, 1)?;
    let it = vm.iter(&args[1])?;
    while let Some(item) = vm.next(&it)? {
        if dict::contains(vm, &this, &item)? {
            return Ok(Value::Bool(false));
        }
    }
    Ok(Value::Bool(true))
}
