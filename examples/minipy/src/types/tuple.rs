//! `tuple`.

use brc::Mutator;

use super::container::{Of, section, special};
use crate::code::{Bin, Cmp};
use crate::object::*;
use crate::statics::{methods, static_methods};
use crate::vm::{Args, R, Vm};

const TUPLE: Of = Of { class: "tuple", is: is_tuple, comparable: is_tuple };

fn is_tuple(obj: &Obj) -> bool {
    matches!(obj, Obj::Tuple(_))
}

pub fn init(m: &Mutator) {
    static_methods(m, "tuple", &[("__new__", new)]);
    methods(m, "tuple", special!(TUPLE: len iter contains repr hash getitem eq ne lt le gt ge));
    methods(
        m,
        "tuple",
        &[
            ("__add__", |vm, args| operator(vm, args, "__add__", Bin::Add)),
            ("__mul__", |vm, args| operator(vm, args, "__mul__", Bin::Mul)),
            ("__rmul__", |vm, args| operator(vm, args, "__rmul__", Bin::Mul)),
            ("__getnewargs__", |vm, args| {
                let this = TUPLE.this(vm, args, "__getnewargs__", 0, 0)?;
                Ok(vm.new_tuple(vec![Value::Obj(this)]))
            }),
            ("index", index),
            ("count", count),
        ],
    );
}

fn item(tuple: &Ref, m: &Mutator, at: usize) -> Option<Value> {
    match tuple.get(m) {
        Obj::Tuple(items) => items.get(at).cloned(),
        _ => None,
    }
}

/// Classes that extend `tuple`, such as named tuples, call it for each of their instances.
fn new(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let (class, exact) = TUPLE.class_arg(vm, args)?;
    if exact {
        TUPLE.constructor(vm, args, 0, 1)?;
    }
    let tuple = match args.get(1) {
        None => vm.new_tuple(Vec::new()),
        Some(source) if TUPLE.has(vm, source) => source.clone(),
        Some(source) => {
            let items = vm.collect(source)?;
            vm.new_tuple(items)
        }
    };
    if exact {
        return Ok(tuple);
    }
    Ok(Value::Obj(vm.new_instance(&class, Some(&tuple))))
}

fn operator(vm: &mut Vm<'_>, args: Args<'_>, method: &str, op: Bin) -> R {
    let this = TUPLE.special(vm, args, method, 1)?;
    if op == Bin::Mul {
        vm.index(&args[1])?;
    }
    Ok(vm.sequence_op(op, &this, &args[1])?.unwrap_or(Value::NotImplemented))
}

fn index(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = TUPLE.this(vm, args, "index", 1, 3)?;
    let len = vm.len(&Value::Obj(this.clone()))?;
    let (start, stop) = section(vm, args, len)?;
    for at in start..stop {
        let Some(item) = item(&this, vm.m, at) else { break };
        if vm.equal(&item, &args[1])? {
            return Ok(Value::from(at));
        }
    }
    Err(vm.value_error("tuple.index(x): x not in tuple"))
}

fn count(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = TUPLE.this(vm, args, "count", 1, 1)?;
    let (mut n, mut at) = (0, 0);
    while let Some(item) = item(&this, vm.m, at) {
        n += usize::from(vm.equal(&item, &args[1])?);
        at += 1;
    }
    Ok(Value::from(n))
}
