//! `list`.

use brc::{Gc, GcVec, Local, Mutator};

use super::container::{Of, section, special, unhashable};
use crate::code::{Bin, Cmp};
use crate::object::*;
use crate::ops;
use crate::statics::{methods, static_methods};
use crate::vm::{Args, R, Vm};

mod sort;

pub use sort::sort_values;

const LIST: Of = Of { class: "list", is: is_list, comparable: is_list };

fn is_list(obj: &Obj) -> bool {
    matches!(obj, Obj::List(_))
}

pub fn init(m: &Mutator) {
    static_methods(m, "list", &[("__new__", new)]);
    methods(
        m,
        "list",
        special!(LIST: len iter reversed contains repr getitem setitem delitem eq ne lt le gt ge),
    );
    methods(
        m,
        "list",
        &[
            ("__init__", fill),
            ("__add__", |vm, args| operator(vm, args, "__add__", Bin::Add)),
            ("__mul__", |vm, args| operator(vm, args, "__mul__", Bin::Mul)),
            ("__rmul__", |vm, args| operator(vm, args, "__rmul__", Bin::Mul)),
            ("__iadd__", |vm, args| {
                let this = LIST.special(vm, args, "__iadd__", 1)?;
                vm.list_extend(&this, &args[1])?;
                Ok(args[0].clone())
            }),
            ("__imul__", |vm, args| {
                let this = LIST.special(vm, args, "__imul__", 1)?;
                vm.in_place_builtin(Bin::Mul, &this, &args[1])?;
                Ok(args[0].clone())
            }),
            ("append", append),
            ("extend", |vm, args| {
                let this = LIST.this(vm, args, "extend", 1, 1)?;
                vm.list_extend(&Value::Obj(this), &args[1])?;
                Ok(Value::None)
            }),
            ("insert", insert),
            ("remove", remove),
            ("pop", pop),
            ("clear", |vm, args| {
                let this = LIST.this(vm, args, "clear", 0, 0)?;
                of(&this, vm.m).clear(vm.m);
                Ok(Value::None)
            }),
            ("index", index),
            ("count", count),
            ("sort", sort::sort),
            ("reverse", |vm, args| {
                let this = LIST.this(vm, args, "reverse", 0, 0)?;
                of(&this, vm.m).update(vm.m, |all| all.reverse());
                Ok(Value::None)
            }),
            ("copy", |vm, args| {
                let this = LIST.this(vm, args, "copy", 0, 0)?;
                let items = of(&this, vm.m).to_vec(vm.m);
                Ok(Value::Obj(vm.alloc(Obj::List(items.into()))))
            }),
        ],
    );
    unhashable(m, "list");
}

/// The items of an object that is a list.
#[inline]
fn of<'a>(list: &'a Ref, m: &'a Mutator) -> &'a GcVec<Obj> {
    match list.get(m) {
        Obj::List(items) => items,
        _ => unreachable!("the caller knows that it is a list"),
    }
}

/// `__init__` fills it.
fn new(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let (class, exact) = LIST.class_arg(vm, args)?;
    let list = Value::Obj(vm.alloc(Obj::List(GcVec::new())));
    if exact {
        LIST.constructor(vm, args, 0, 1)?;
        return Ok(list);
    }
    Ok(Value::Obj(vm.new_instance(&class, Some(&list))))
}

fn fill(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = LIST.this(vm, args, "__init__", 0, 1)?;
    let list = of(&this, vm.m);
    if !list.is_empty(vm.m) {
        list.clear(vm.m);
    }
    if let Some(source) = args.get(1) {
        vm.list_extend(&Value::Obj(this), source)?;
    }
    Ok(Value::None)
}

fn operator(vm: &mut Vm<'_>, args: Args<'_>, method: &str, op: Bin) -> R {
    let this = LIST.special(vm, args, method, 1)?;
    if op == Bin::Mul {
        vm.index(&args[1])?;
    }
    Ok(vm.sequence_op(op, &this, &args[1])?.unwrap_or(Value::NotImplemented))
}

/// What programs do all the time: a list and one argument are quickly recognized.
fn append(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    if let ([Value::Obj(this), item], []) = (args.pos, args.kw)
        && let Obj::List(list) = this.get(vm.m)
    {
        list.push(vm.m, vm.boxed(item));
        return Ok(Value::None);
    }
    let this = LIST.this(vm, args, "append", 1, 1)?;
    of(&this, vm.m).push(vm.m, vm.boxed(&args[1]));
    Ok(Value::None)
}

fn insert(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = LIST.this(vm, args, "insert", 2, 2)?;
    let n = vm.index_i64(&args[1])?;
    let mut item = vm.boxed(&args[2]);
    let list = of(&this, vm.m);
    loop {
        let len = list.len(vm.m) as i64;
        let at = if n < 0 { n.saturating_add(len).max(0) } else { n.min(len) };
        // It does not fit if another thread shortened the list meanwhile.
        match list.insert(vm.m, at as usize, item) {
            Ok(()) => return Ok(Value::None),
            Err(back) => item = back,
        }
    }
}

/// Whether an item is equal, if it takes no program to say: `None` if it may.
fn simple_eq(m: &Mutator, wanted: &Value, item: Local<'_, Obj>) -> Option<bool> {
    let simple = match wanted {
        Value::None | Value::Bool(_) | Value::Int(_) => true,
        Value::Float(x) => !x.is_nan(),
        Value::Obj(gc) if Gc::as_ptr(gc) == Local::as_ptr(item) => return Some(true),
        Value::Obj(gc) => matches!(gc.get(m), Obj::Str(_)),
        _ => false,
    };
    if !simple || matches!(item.get(), Obj::Instance(_)) {
        return None;
    }
    ops::plain_eq(m, wanted, item)
}

/// The first equal item within these bounds, and where it is. Of the items as of one moment:
/// other threads that remove some do not make it miss one.
pub fn find(
    vm: &mut Vm<'_>,
    list: &Ref,
    wanted: &Value,
    start: usize,
    stop: usize,
) -> R<Option<(usize, Ref)>> {
    let mut ask = None;
    for (at, item) in of(list, vm.m).iter(vm.m).enumerate().take(stop).skip(start) {
        match simple_eq(vm.m, wanted, item) {
            Some(true) => return Ok(Some((at, item.to_gc()))),
            Some(false) => {}
            None => {
                ask = Some(at);
                break;
            }
        }
    }
    let Some(start) = ask else { return Ok(None) };
    let items = of(list, vm.m).to_vec(vm.m);
    for (at, item) in items.into_iter().enumerate().take(stop).skip(start) {
        let value = Value::from_ref(item.clone(), vm.m);
        if vm.equal(&value, wanted)? {
            return Ok(Some((at, item)));
        }
    }
    Ok(None)
}

fn remove(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = LIST.this(vm, args, "remove", 1, 1)?;
    loop {
        let Some((at, item)) = find(vm, &this, &args[1], 0, usize::MAX)? else {
            return Err(vm.value_error("list.remove(x): x not in list"));
        };
        // That one, wherever it is by now.
        let removed = of(&this, vm.m).update(vm.m, |all| {
            let is_it = |other: &Ref| Gc::ptr_eq(other, &item);
            let at =
                if all.get(at).is_some_and(is_it) { Some(at) } else { all.iter().position(is_it) };
            at.map(|at| all.remove(at))
        });
        if removed.is_some() {
            return Ok(Value::None);
        }
    }
}

fn pop(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = LIST.this(vm, args, "pop", 0, 1)?;
    let n = match args.get(1) {
        None => -1,
        Some(n) => vm.index_i64(n)?,
    };
    let list = of(&this, vm.m);
    let popped = if n == -1 {
        list.pop(vm.m)
    } else {
        let at = if n < 0 { n + list.len(vm.m) as i64 } else { n };
        usize::try_from(at).ok().and_then(|at| list.remove(vm.m, at))
    };
    match popped {
        Some(item) => Ok(Value::from_ref(item, vm.m)),
        None if list.is_empty(vm.m) => Err(vm.index_error("pop from empty list")),
        None => Err(vm.index_error("pop index out of range")),
    }
}

fn index(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = LIST.this(vm, args, "index", 1, 3)?;
    let len = of(&this, vm.m).len(vm.m);
    let (start, stop) = section(vm, args, len)?;
    if let Some((at, _)) = find(vm, &this, &args[1], start, stop)? {
        return Ok(Value::from(at));
    }
    let shown = vm.repr(&args[1])?;
    Err(vm.value_error(format!("{shown} is not in list")))
}

fn count(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = LIST.this(vm, args, "count", 1, 1)?;
    let mut n = 0;
    for item in vm.items_of(&Value::Obj(this)) {
        n += usize::from(vm.equal(&item, &args[1])?);
    }
    Ok(Value::from(n))
}
