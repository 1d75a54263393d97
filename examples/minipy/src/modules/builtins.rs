//! `builtins`: the functions that need no import, and the builtin classes by name.

use brc::Gc;
use num_bigint::BigInt;
use num_traits::Signed;

use super::{Entries, address, bind, count, functions, io, sys};
use crate::code::{Bin, Cmp};
use crate::object::*;
use crate::ops::Num;
use crate::statics::public_classes;
use crate::sym::{Sym, intern, s};
use crate::types::list::sort_values;
use crate::types::number;
use crate::types::object::all_names;
use crate::vm::{Args, R, Vm};

pub fn fill(vm: &mut Vm<'_>) -> Entries {
    let mut all: Entries = Vec::new();
    for name in public_classes() {
        all.push((intern(name), super::class(name)));
    }
    for name in ["EnvironmentError", "IOError"] {
        all.push((intern(name), super::class("OSError")));
    }
    all.extend(functions(vm.m, FUNCTIONS));
    all.extend(io::functions(vm.m));
    all.extend([
        (intern("None"), Value::None),
        (intern("True"), Value::Bool(true)),
        (intern("False"), Value::Bool(false)),
        (intern("Ellipsis"), Value::Ellipsis),
        (intern("NotImplemented"), Value::NotImplemented),
        (intern("__debug__"), Value::Bool(true)),
    ]);
    all
}

const FUNCTIONS: &[(&str, NativeFn)] = &[
    ("abs", abs),
    ("all", |vm, args| all_or_any(vm, args, "all", false)),
    ("any", |vm, args| all_or_any(vm, args, "any", true)),
    ("ascii", |vm, args| {
        count(vm, args, "ascii", 1, 1)?;
        let text = vm.ascii(&args[0])?;
        Ok(vm.new_str(text))
    }),
    ("bin", |vm, args| digits(vm, args, "bin", "0b", 2)),
    ("oct", |vm, args| digits(vm, args, "oct", "0o", 8)),
    ("hex", |vm, args| digits(vm, args, "hex", "0x", 16)),
    ("callable", |vm, args| {
        count(vm, args, "callable", 1, 1)?;
        Ok(Value::Bool(is_callable(vm, &args[0])))
    }),
    ("chr", chr),
    ("delattr", |vm, args| {
        count(vm, args, "delattr", 2, 2)?;
        let name = attribute_name(vm, &args[1])?;
        vm.delattr(&args[0], name)?;
        Ok(Value::None)
    }),
    ("dir", dir),
    ("divmod", |vm, args| {
        count(vm, args, "divmod", 2, 2)?;
        number::divmod(vm, &args[0], &args[1])
    }),
    ("exit", sys::exit),
    ("quit", sys::exit),
    ("format", format),
    ("getattr", getattr),
    ("globals", |vm, args| {
        count(vm, args, "globals", 0, 0)?;
        main_globals(vm)
    }),
    ("hasattr", |vm, args| {
        count(vm, args, "hasattr", 2, 2)?;
        let name = attribute_name(vm, &args[1])?;
        Ok(Value::Bool(try_getattr(vm, &args[0], name)?.is_some()))
    }),
    ("hash", |vm, args| {
        count(vm, args, "hash", 1, 1)?;
        vm.py_hash(&args[0]).map(Value::Int)
    }),
    ("id", id),
    ("isinstance", |vm, args| {
        count(vm, args, "isinstance", 2, 2)?;
        is_instance(vm, &args[0], &args[1]).map(Value::Bool)
    }),
    ("issubclass", issubclass),
    ("iter", iter),
    ("len", |vm, args| {
        count(vm, args, "len", 1, 1)?;
        vm.len(&args[0]).map(Value::from)
    }),
    ("max", |vm, args| extreme(vm, args, "max", Cmp::Gt)),
    ("min", |vm, args| extreme(vm, args, "min", Cmp::Lt)),
    ("next", next),
    ("ord", ord),
    ("pow", |vm, args| {
        let [base, exp, modulus] = bind(vm, args, "pow", ["base", "exp", "mod"], 2)?;
        let (base, exp) = (base.expect("it is required"), exp.expect("it is required"));
        number::pow3(vm, base, exp, modulus.unwrap_or(&Value::None))
    }),
    ("repr", |vm, args| {
        count(vm, args, "repr", 1, 1)?;
        let text = vm.repr(&args[0])?;
        Ok(vm.new_str(text))
    }),
    ("round", |vm, args| {
        let [number, ndigits] = bind(vm, args, "round", ["number", "ndigits"], 1)?;
        number::round(vm, number.expect("it is required"), ndigits)
    }),
    ("setattr", |vm, args| {
        count(vm, args, "setattr", 3, 3)?;
        let name = attribute_name(vm, &args[1])?;
        vm.setattr(&args[0], name, &args[2])?;
        Ok(Value::None)
    }),
    ("sorted", sorted),
    ("sum", sum),
    ("vars", vars),
    ("__import__", import),
];

fn abs(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "abs", 1, 1)?;
    let value = &args[0];
    if !matches!(value.as_obj(vm.m), Some(Obj::Instance(_))) {
        match vm.num(value) {
            Some(Num::Int(n)) => {
                return Ok(match n.checked_abs() {
                    Some(n) => Value::Int(n),
                    None => vm.new_int(BigInt::from(n).abs()),
                });
            }
            Some(Num::Float(x)) => return Ok(Value::Float(x.abs())),
            Some(Num::Big(n)) => return Ok(vm.new_int(n.abs())),
            None => {}
        }
    }
    match vm.call_special(value, s().abs, &[])? {
        Some(result) => Ok(result),
        None => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!("bad operand type for abs(): '{name}'")))
        }
    }
}

/// Whether some item's truth is `wanted`; the result is `wanted` then.
fn all_or_any(vm: &mut Vm<'_>, args: Args<'_>, name: &str, wanted: bool) -> R {
    count(vm, args, name, 1, 1)?;
    let it = vm.iter(&args[0])?;
    while let Some(item) = vm.next(&it)? {
        if vm.truth(&item)? == wanted {
            return Ok(Value::Bool(wanted));
        }
        vm.safepoint()?;
    }
    Ok(Value::Bool(!wanted))
}

fn digits(vm: &mut Vm<'_>, args: Args<'_>, name: &str, prefix: &str, base: u32) -> R {
    count(vm, args, name, 1, 1)?;
    let n = vm.index(&args[0])?;
    let sign = if n.is_negative() { "-" } else { "" };
    Ok(vm.new_str(format!("{sign}{prefix}{}", n.magnitude().to_str_radix(base))))
}

pub fn is_callable(vm: &mut Vm<'_>, value: &Value) -> bool {
    match value.as_obj(vm.m) {
        Some(Obj::Instance(_)) => {
            let class = vm.type_of(value);
            vm.lookup(&class, s().call).is_some()
        }
        Some(obj) => matches!(
            obj,
            Obj::Function(_)
                | Obj::Builtin(_)
                | Obj::BoundMethod(_)
                | Obj::Class(_)
                | Obj::StaticMethod(_)
                | Obj::WeakRef(_)
        ),
        None => false,
    }
}

fn chr(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "chr", 1, 1)?;
    let n = vm.index_i64(&args[0])?;
    match u32::try_from(n).ok().filter(|n| *n < 0x11_0000) {
        None => Err(vm.value_error("chr() arg not in range(0x110000)")),
        Some(n) => match char::from_u32(n) {
            Some(c) => Ok(vm.new_char(c)),
            None => {
                Err(vm
                    .value_error("chr() arg is half of a pair, which minipy's strings do not have"))
            }
        },
    }
}

fn ord(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "ord", 1, 1)?;
    let value = vm.unwrap(&args[0]);
    let found = match value.as_obj(vm.m) {
        Some(Obj::Str(text)) => match (text.chars, text.text.chars().next()) {
            (1, Some(c)) => Ok(c as i64),
            (n, _) => Err(n as usize),
        },
        Some(Obj::Bytes(_) | Obj::ByteArray(_)) => match vm.bytes_of(&value)[..] {
            [byte] => Ok(i64::from(byte)),
            ref bytes => Err(bytes.len()),
        },
        _ => {
            let name = vm.type_name(&value);
            return Err(
                vm.type_error(format!("ord() expected string of length 1, but {name} found"))
            );
        }
    };
    found.map(Value::Int).map_err(|n| {
        vm.type_error(format!("ord() expected a character, but string of length {n} found"))
    })
}

/// The name that an argument of `getattr` and the like is.
fn attribute_name(vm: &mut Vm<'_>, value: &Value) -> R<Sym> {
    if let Some(Obj::Str(text)) = value.as_obj(vm.m) {
        return Ok(intern(&text.text));
    }
    match vm.text_of(value) {
        Some(text) => Ok(intern(&text)),
        None => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!("attribute name must be string, not '{name}'")))
        }
    }
}

/// An attribute, if there is one: also what raises `AttributeError` is not there.
fn try_getattr(vm: &mut Vm<'_>, object: &Value, name: Sym) -> R<Option<Value>> {
    match vm.getattr_opt(object, name) {
        Err(e) if vm.is_err(&e, "AttributeError") => Ok(None),
        other => other,
    }
}

fn getattr(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "getattr", 2, 3)?;
    let name = attribute_name(vm, &args[1])?;
    match args.get(2) {
        None => vm.getattr(&args[0], name),
        Some(default) => Ok(try_getattr(vm, &args[0], name)?.unwrap_or_else(|| default.clone())),
    }
}

fn dir(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "dir", 0, 1)?;
    let names = match args.get(0) {
        None => {
            let main = vm.loaded(s().main)?.unwrap_or(Value::None);
            all_names(vm, &main)?
        }
        Some(value) => {
            let class = vm.type_of(value);
            let own = vm.lookup(&class, s().dir);
            if own.is_some_and(|f| !matches!(f.as_obj(vm.m), Some(Obj::Builtin(_)))) {
                let names = vm.call_special(value, s().dir, &[])?.unwrap_or_default();
                let names = vm.collect(&names)?;
                let names = sort_values(vm, names, None, false)?;
                return Ok(vm.new_list(names));
            }
            all_names(vm, value)?
        }
    };
    let names = names.into_iter().map(|name| vm.new_str(name)).collect();
    Ok(vm.new_list(names))
}

fn format(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "format", 1, 2)?;
    let spec = match args.get(1) {
        None => String::new(),
        Some(spec) => match vm.text_of(spec) {
            Some(spec) => spec,
            None => {
                let name = vm.type_name(spec);
                return Err(vm.type_error(format!("format() argument 2 must be str, not {name}")));
            }
        },
    };
    let text = vm.format(&args[0], &spec)?;
    Ok(vm.new_str(text))
}

/// A copy of the main module's globals: functions written in Rust do not know who calls them.
fn main_globals(vm: &mut Vm<'_>) -> R {
    let main = vm.loaded(s().main)?;
    let all = match main.as_ref().and_then(|main| main.as_obj(vm.m)) {
        Some(Obj::Module(main)) => main.all(vm),
        _ => Vec::new(),
    };
    vm.dict_of(&all).map(Value::Obj)
}

fn vars(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "vars", 0, 1)?;
    let Some(value) = args.get(0) else { return main_globals(vm) };
    match try_getattr(vm, value, s().dict)? {
        Some(dict) => Ok(dict),
        None => Err(vm.type_error("vars() argument must have __dict__ attribute")),
    }
}

/// An object's address. Numbers have none: theirs is a number that no address is.
fn id(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "id", 1, 1)?;
    Ok(match &args[0] {
        Value::Int(n) => vm.new_int(BigInt::from(*n) * 16 + 1),
        Value::Float(x) => vm.new_int(BigInt::from(x.to_bits()) * 16 + 3),
        Value::Obj(_) => address(&args[0]).into(),
        other => {
            let boxed = vm.boxed(other);
            Gc::as_ptr(&boxed).addr().into()
        }
    })
}

/// What a class that decides by itself says of another one: it has a function for that in its own
/// dict.
fn own_check(vm: &mut Vm<'_>, class: &Ref, of: &Ref) -> R<bool> {
    let check = match class.get(vm.m) {
        Obj::Class(c) => c.dict.get(vm.m, &s().minipy_check).map(Value::from_local),
        _ => None,
    };
    match check {
        Some(check) => {
            let answer = vm.call(&check, &[Value::Obj(of.clone())])?;
            vm.truth(&answer)
        }
        None => Ok(false),
    }
}

/// `isinstance(value, class)`
fn is_instance(vm: &mut Vm<'_>, value: &Value, class: &Value) -> R<bool> {
    match class.as_obj(vm.m) {
        Some(Obj::Class(_)) => {
            let class = class.as_ref().expect("a class");
            if vm.is_instance(value, class) {
                return Ok(true);
            }
            let of = vm.type_of(value);
            own_check(vm, class, &of)
        }
        Some(Obj::Tuple(_)) => {
            for class in vm.items_of(class) {
                if is_instance(vm, value, &class)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        // In a union.
        None if class.is_none() => Ok(value.is_none()),
        _ => {
            match vm.call_special(class, s().instancecheck, std::slice::from_ref(value))? {
                Some(answer) => vm.truth(&answer),
                None => Err(vm
                    .type_error("isinstance() arg 2 must be a type, a tuple of types, or a union")),
            }
        }
    }
}

fn issubclass(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "issubclass", 2, 2)?;
    match args[0].as_obj(vm.m) {
        Some(Obj::Class(_)) => {
            let class = args[0].as_ref().expect("a class");
            is_subclass(vm, class, &args[1]).map(Value::Bool)
        }
        _ => Err(vm.type_error("issubclass() arg 1 must be a class")),
    }
}

fn is_subclass(vm: &mut Vm<'_>, class: &Ref, of: &Value) -> R<bool> {
    match of.as_obj(vm.m) {
        Some(Obj::Class(_)) => {
            let of = of.as_ref().expect("a class");
            if vm.is_subclass(class, of) {
                return Ok(true);
            }
            own_check(vm, of, class)
        }
        Some(Obj::Tuple(_)) => {
            for of in vm.items_of(of) {
                if is_subclass(vm, class, &of)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => match vm.call_special(of, s().subclasscheck, &[Value::Obj(class.clone())])? {
            Some(answer) => vm.truth(&answer),
            None => Err(
                vm.type_error("issubclass() arg 2 must be a class, a tuple of classes, or a union")
            ),
        },
    }
}

fn iter(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "iter", 1, 2)?;
    let Some(sentinel) = args.get(1) else { return vm.iter(&args[0]) };
    if !is_callable(vm, &args[0]) {
        return Err(vm.type_error("iter(v, w): v must be callable"));
    }
    let (f, sentinel) = (args[0].clone(), sentinel.clone());
    let iter = Iter::Call { f, sentinel, done: false.into() };
    Ok(Value::Obj(vm.alloc(Obj::Iter(Box::new(iter)))))
}

fn next(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "next", 1, 2)?;
    match (vm.next_or_stop(&args[0])?, args.get(1)) {
        (Ok(item), _) => Ok(item),
        (Err(_), Some(default)) => Ok(default.clone()),
        (Err(value), None) => {
            let class = vm.s.type_named("StopIteration").clone();
            let args = if value.is_none() { Vec::new() } else { vec![value] };
            Err(vm.err_with(&class, args))
        }
    }
}

/// `max` and `min`: an item takes the place of the best so far if `op` holds.
fn extreme(vm: &mut Vm<'_>, args: Args<'_>, name: &str, op: Cmp) -> R {
    let (mut key, mut default) = (None, None);
    for (keyword, value) in args.kw {
        match keyword.as_str() {
            "key" => key = Some(value).filter(|key| !key.is_none()),
            "default" => default = Some(value),
            other => {
                return Err(
                    vm.type_error(format!("'{other}' is an invalid keyword argument for {name}()"))
                );
            }
        }
    }
    let it = match args.pos {
        [] => return Err(vm.type_error(format!("{name} expected at least 1 argument, got 0"))),
        [items] => vm.iter(items)?,
        all => {
            if default.is_some() {
                return Err(vm.type_error(format!(
                    "Cannot specify a default for {name}() with multiple positional arguments"
                )));
            }
            let all = vm.new_tuple(all.to_vec());
            vm.iter(&all)?
        }
    };
    let mut best: Option<(Value, Value)> = None;
    while let Some(item) = vm.next(&it)? {
        let rank = match key {
            Some(key) => vm.call(key, std::slice::from_ref(&item))?,
            None => item.clone(),
        };
        let better = match &best {
            None => true,
            Some((_, best)) => match (op, &rank, best) {
                (Cmp::Gt, Value::Int(x), Value::Int(y)) => x > y,
                (Cmp::Lt, Value::Int(x), Value::Int(y)) => x < y,
                _ => {
                    let answer = vm.compare_op(op, &rank, best)?;
                    vm.truth(&answer)?
                }
            },
        };
        if better {
            best = Some((item, rank));
        }
        vm.safepoint()?;
    }
    match (best, default) {
        (Some((item, _)), _) => Ok(item),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(vm.value_error(format!("{name}() arg is an empty sequence"))),
    }
}

fn sorted(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let [items] = args.pos else {
        let given = args.len();
        return Err(vm.type_error(format!("sorted expected 1 argument, got {given}")));
    };
    let (mut key, mut reverse) = (None, false);
    for (keyword, value) in args.kw {
        match keyword.as_str() {
            "key" => key = Some(value).filter(|key| !key.is_none()),
            "reverse" => reverse = vm.index_i64(value)? != 0,
            other => {
                return Err(
                    vm.type_error(format!("'{other}' is an invalid keyword argument for sort()"))
                );
            }
        }
    }
    let items = vm.collect(items)?;
    let items = sort_values(vm, items, key, reverse)?;
    Ok(vm.new_list(items))
}

fn sum(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    if args.is_empty() {
        return Err(vm.type_error("sum() takes at least 1 positional argument (0 given)"));
    }
    let [items, start] = bind(vm, args, "sum", ["iterable", "start"], 1)?;
    let mut total = start.cloned().unwrap_or(Value::Int(0));
    let text = match total.as_obj(vm.m) {
        Some(Obj::Str(_)) => Some("strings [use ''.join(seq) instead]"),
        Some(Obj::Bytes(_)) => Some("bytes [use b''.join(seq) instead]"),
        Some(Obj::ByteArray(_)) => Some("bytearray [use b''.join(seq) instead]"),
        _ => None,
    };
    if let Some(text) = text {
        return Err(vm.type_error(format!("sum() can't sum {text}")));
    }
    let it = vm.iter(items.expect("it is required"))?;
    while let Some(item) = vm.next(&it)? {
        let quick = match (&total, &item) {
            (Value::Int(x), Value::Int(y)) => x.checked_add(*y).map(Value::Int),
            (Value::Float(x), Value::Float(y)) => Some(Value::Float(x + y)),
            _ => None,
        };
        total = match quick {
            Some(total) => total,
            None => vm.binary(Bin::Add, &total, &item)?,
        };
        vm.safepoint()?;
    }
    Ok(total)
}

/// `__import__(name, globals=None, locals=None, fromlist=(), level=0)`
fn import(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    const PARAMS: [&str; 5] = ["name", "globals", "locals", "fromlist", "level"];
    let [name, _, _, fromlist, _] = bind(vm, args, "__import__", PARAMS, 1)?;
    let Some(name) = vm.text_of(name.expect("it is required")) else {
        return Err(vm.type_error("module name must be a string"));
    };
    let last = match fromlist {
        Some(names) => vm.truth(names)?,
        None => false,
    };
    vm.import(intern(&name), last)
}
