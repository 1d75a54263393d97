//! What the methods of builtin classes share: how many arguments there are, and what they must be.

use crate::code::{Bin, Cmp};
use crate::object::*;
use crate::vm::{Args, PyErr, R, Vm};

/// Sees to it that a method has so many arguments besides the object, and no named ones.
#[inline]
pub fn count(vm: &mut Vm<'_>, args: Args<'_>, method: &str, least: usize, most: usize) -> R<()> {
    let given = args.len().wrapping_sub(1);
    if args.kw.is_empty() && least <= given && given <= most {
        return Ok(());
    }
    Err(wrong_count(vm, args, method, least, most))
}

/// As [`count`], but some may be named.
pub fn at_most(vm: &mut Vm<'_>, args: Args<'_>, method: &str, most: usize) -> R<()> {
    let given = args.len().wrapping_sub(1).wrapping_add(args.kw.len());
    if !args.is_empty() && given <= most {
        return Ok(());
    }
    let name = method.rsplit('.').next().unwrap_or(method);
    let s = if most == 1 { "" } else { "s" };
    Err(vm.type_error(format!("{name}() takes at most {most} argument{s} ({given} given)")))
}

#[cold]
fn wrong_count(vm: &mut Vm<'_>, args: Args<'_>, method: &str, least: usize, most: usize) -> PyErr {
    if args.is_empty() {
        return vm.type_error(format!("unbound method {method}() needs an argument"));
    }
    if !args.kw.is_empty() {
        return vm.type_error(format!("{method}() takes no keyword arguments"));
    }
    let given = args.len() - 1;
    let name = method.rsplit('.').next().unwrap_or(method);
    let message = match (least, most) {
        // The special methods of operators do not say whose they are.
        (n, most) if n == most && name.starts_with("__") && name != "__format__" => {
            format!("expected {n} argument{}, got {given}", plural(n))
        }
        // What searches is called in an older way.
        (1, 3) if given < 1 => format!("{name}() takes at least 1 argument ({given} given)"),
        (1, 3) => format!("{name}() takes at most 3 arguments ({given} given)"),
        (_, 0) => format!("{method}() takes no arguments ({given} given)"),
        (1, 1) => format!("{method}() takes exactly one argument ({given} given)"),
        (n, most) if given < n => {
            let (at_least, s) = (if n == most { "" } else { "at least " }, plural(n));
            format!("{name} expected {at_least}{n} argument{s}, got {given}")
        }
        (least, n) => {
            let (at_most, s) = (if n == least { "" } else { "at most " }, plural(n));
            format!("{name} expected {at_most}{n} argument{s}, got {given}")
        }
    };
    vm.type_error(message)
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

/// The error of a method that is called on something of another class.
#[cold]
pub fn wrong_this(vm: &mut Vm<'_>, this: &Value, class: &str, method: &str) -> PyErr {
    let name = vm.type_name(this);
    let method = method.rsplit('.').next().unwrap_or(method);
    vm.type_error(format!(
        "descriptor '{method}' for '{class}' objects doesn't apply to a '{name}' object"
    ))
}

/// A bound of `find` and the like: nothing, `None` or an index.
pub fn bound(vm: &mut Vm<'_>, arg: Option<&Value>) -> R<Option<i64>> {
    match arg {
        None | Some(Value::None) => Ok(None),
        Some(Value::Int(n)) => Ok(Some(*n)),
        Some(value) => {
            let n = vm.index(value).map_err(|e| {
                if !vm.is_err(&e, "TypeError") {
                    return e;
                }
                vm.type_error("slice indices must be integers or None or have an __index__ method")
            })?;
            let limit = if n.sign() == num_bigint::Sign::Minus { i64::MIN } else { i64::MAX };
            Ok(Some(num_traits::ToPrimitive::to_i64(&n).unwrap_or(limit)))
        }
    }
}

/// The class that a constructor gets first.
pub fn class_arg(vm: &mut Vm<'_>, args: Args<'_>, name: &str) -> R<Ref> {
    match args.get(0) {
        Some(Value::Obj(class)) if matches!(class.get(vm.m), Obj::Class(_)) => Ok(class.clone()),
        _ => Err(vm.type_error(format!("{name}.__new__(X): X is not a type object"))),
    }
}

/// A new object of a class that is or extends a builtin one.
pub fn instance_of(vm: &Vm<'_>, class: &Ref, builtin: &Ref, value: Value) -> Value {
    if brc::Gc::ptr_eq(class, builtin) {
        value
    } else {
        Value::Obj(vm.new_instance(class, Some(&value)))
    }
}

/// The special methods of comparison: `NotImplemented` if the other one is not comparable.
pub fn compare(
    vm: &mut Vm<'_>,
    args: Args<'_>,
    op: Cmp,
    comparable: fn(&Vm<'_>, &Value) -> bool,
) -> R {
    let (Some(a), Some(b)) = (args.get(0), args.get(1)) else {
        let given = args.len().saturating_sub(1);
        return Err(vm.type_error(format!("expected 1 argument, got {given}")));
    };
    let (a, b) = (vm.unwrap(a), vm.unwrap(b));
    if !comparable(vm, &b) {
        return Ok(Value::NotImplemented);
    }
    vm.compare_op(op, &a, &b)
}

/// The special methods of `+`, `*` and `%` of sequences.
pub fn sequence(vm: &mut Vm<'_>, args: Args<'_>, op: Bin) -> R {
    let (Some(a), Some(b)) = (args.get(0), args.get(1)) else {
        let given = args.len().saturating_sub(1);
        return Err(vm.type_error(format!("expected 1 argument, got {given}")));
    };
    let a = vm.unwrap(a);
    if op == Bin::Mul {
        vm.index(b)?;
    }
    Ok(vm.sequence_op(op, &a, b)?.unwrap_or(Value::NotImplemented))
}
