//! `bytes` and `bytearray`: making them, their special methods, and what changes a `bytearray`.
//!
//! A `bytearray` has a lock, which is held only while its bytes are copied or changed; methods
//! work on copies.

use std::sync::MutexGuard;

use brc::Mutator;
use num_traits::ToPrimitive;

use super::args::{at_most, class_arg, compare, count, instance_of, sequence, wrong_this};
use crate::code::{Bin, Cmp};
use crate::object::*;
use crate::ops::Num;
use crate::statics::{methods, static_methods};
use crate::sym::s;
use crate::vm::{Args, R, Vm};

mod search;
mod shape;

pub fn init(m: &Mutator) {
    static_methods(m, "bytes", &[("__new__", bytes_new)]);
    static_methods(m, "bytearray", &[("__new__", bytearray_new)]);
    for class in ["bytes", "bytearray"] {
        methods(m, class, SPECIAL);
    }
    methods(
        m,
        "bytes",
        &[("__hash__", |vm, args| {
            let this = this(vm, args, "__hash__", 0, 0)?;
            vm.py_hash(&this).map(Value::Int)
        })],
    );
    methods(m, "bytearray", CHANGES);
    search::init(m);
    shape::init(m);
}

const SPECIAL: &[(&str, NativeFn)] = &[
    ("__len__", |vm, args| {
        let this = this(vm, args, "__len__", 0, 0)?;
        vm.len(&this).map(Value::from)
    }),
    ("__getitem__", |vm, args| {
        let this = this(vm, args, "__getitem__", 1, 1)?;
        vm.get_item(&this, &args[1])
    }),
    ("__contains__", |vm, args| {
        let this = this(vm, args, "__contains__", 1, 1)?;
        vm.contains(&this, &args[1]).map(Value::Bool)
    }),
    ("__iter__", |vm, args| {
        let this = this(vm, args, "__iter__", 0, 0)?;
        vm.iter(&this)
    }),
    ("__repr__", |vm, args| {
        let this = this(vm, args, "__repr__", 0, 0)?;
        let text = vm.repr(&this)?;
        Ok(vm.new_str(text))
    }),
    ("__bytes__", |vm, args| {
        let (_, bytes) = this_bytes(vm, args, "__bytes__", 0, 0)?;
        Ok(vm.new_bytes(bytes))
    }),
    ("__add__", |vm, args| sequence(vm, args, Bin::Add)),
    ("__mul__", |vm, args| sequence(vm, args, Bin::Mul)),
    ("__rmul__", |vm, args| sequence(vm, args, Bin::Mul)),
    ("__mod__", |vm, args| sequence(vm, args, Bin::Mod)),
    ("__eq__", |vm, args| compare(vm, args, Cmp::Eq, is_bytes)),
    ("__ne__", |vm, args| compare(vm, args, Cmp::Ne, is_bytes)),
    ("__lt__", |vm, args| compare(vm, args, Cmp::Lt, is_bytes)),
    ("__le__", |vm, args| compare(vm, args, Cmp::Le, is_bytes)),
    ("__gt__", |vm, args| compare(vm, args, Cmp::Gt, is_bytes)),
    ("__ge__", |vm, args| compare(vm, args, Cmp::Ge, is_bytes)),
];

const CHANGES: &[(&str, NativeFn)] = &[
    ("__init__", bytearray_init),
    ("__setitem__", |vm, args| {
        let this = this(vm, args, "__setitem__", 2, 2)?;
        vm.set_item(&this, &args[1], &args[2])?;
        Ok(Value::None)
    }),
    ("__delitem__", |vm, args| {
        let this = this(vm, args, "__delitem__", 1, 1)?;
        vm.del_item(&this, &args[1])?;
        Ok(Value::None)
    }),
    ("__iadd__", |vm, args| {
        let this = this(vm, args, "__iadd__", 1, 1)?;
        let more = bytes_like(vm, &args[1])?;
        change(vm, &this, |bytes| bytes.extend(more));
        Ok(args[0].clone())
    }),
    ("append", |vm, args| {
        let this = this(vm, args, "append", 1, 1)?;
        let byte = byte_arg(vm, &args[1])?;
        change(vm, &this, |bytes| bytes.push(byte));
        Ok(Value::None)
    }),
    ("extend", |vm, args| {
        let this = this(vm, args, "extend", 1, 1)?;
        let inner = vm.unwrap(&args[1]);
        let more = if is_bytes(vm, &inner) {
            vm.bytes_of(&inner)
        } else {
            if vm.iter(&inner).is_err() {
                let name = vm.type_name(&args[1]);
                return Err(vm.type_error(format!("can't extend bytearray with {name}")));
            }
            let mut more = Vec::new();
            for item in vm.collect(&args[1])? {
                more.push(byte_arg(vm, &item)?);
            }
            more
        };
        change(vm, &this, |bytes| bytes.extend(more));
        Ok(Value::None)
    }),
    ("insert", |vm, args| {
        let this = this(vm, args, "insert", 2, 2)?;
        let at = vm.index_i64(&args[1])?;
        let byte = byte_arg(vm, &args[2])?;
        change(vm, &this, |bytes| {
            let len = bytes.len() as i64;
            let at = if at < 0 { (at + len).max(0) } else { at.min(len) };
            bytes.insert(at as usize, byte);
        });
        Ok(Value::None)
    }),
    ("pop", |vm, args| {
        let this = this(vm, args, "pop", 0, 1)?;
        let at = match args.get(1) {
            Some(at) => vm.index_i64(at)?,
            None => -1,
        };
        let popped = change(vm, &this, |bytes| {
            let len = bytes.len() as i64;
            let at = if at < 0 { at + len } else { at };
            if len == 0 {
                Err("pop from empty bytearray")
            } else if (0..len).contains(&at) {
                Ok(bytes.remove(at as usize))
            } else {
                Err("pop index out of range")
            }
        });
        match popped {
            Some(Ok(byte)) => Ok(Value::Int(i64::from(byte))),
            Some(Err(message)) => Err(vm.index_error(message)),
            None => Ok(Value::None),
        }
    }),
    ("remove", |vm, args| {
        let this = this(vm, args, "remove", 1, 1)?;
        let byte = byte_arg(vm, &args[1])?;
        let found = change(vm, &this, |bytes| {
            let at = bytes.iter().position(|b| *b == byte)?;
            Some(bytes.remove(at))
        });
        match found.flatten() {
            Some(_) => Ok(Value::None),
            None => Err(vm.value_error("value not found in bytearray")),
        }
    }),
    ("clear", |vm, args| {
        let this = this(vm, args, "clear", 0, 0)?;
        change(vm, &this, Vec::clear);
        Ok(Value::None)
    }),
    ("reverse", |vm, args| {
        let this = this(vm, args, "reverse", 0, 0)?;
        change(vm, &this, |bytes| bytes.reverse());
        Ok(Value::None)
    }),
    ("copy", |vm, args| {
        let (_, bytes) = this_bytes(vm, args, "copy", 0, 0)?;
        Ok(make(vm, true, bytes))
    }),
];

fn is_bytes(vm: &Vm<'_>, value: &Value) -> bool {
    matches!(value.as_obj(vm.m), Some(Obj::Bytes(_) | Obj::ByteArray(_)))
}

fn is_bytearray(vm: &Vm<'_>, value: &Value) -> bool {
    matches!(value.as_obj(vm.m), Some(Obj::ByteArray(_)))
}

/// The bytes that a method is called on.
fn this(vm: &mut Vm<'_>, args: Args<'_>, name: &str, least: usize, most: usize) -> R {
    let this = match args.get(0) {
        Some(this) => vm.unwrap(this),
        None => {
            let message = format!("unbound method bytes.{name}() needs an argument");
            return Err(vm.type_error(message));
        }
    };
    if !is_bytes(vm, &this) {
        return Err(wrong_this(vm, &this, "bytes", name));
    }
    if !args.kw.is_empty() || !(least..=most).contains(&(args.len() - 1)) {
        let class = if is_bytearray(vm, &this) { "bytearray" } else { "bytes" };
        count(vm, args, &format!("{class}.{name}"), least, most)?;
    }
    Ok(this)
}

/// A copy of the bytes that a method is called on; whether they are a `bytearray`'s.
fn this_bytes(
    vm: &mut Vm<'_>,
    args: Args<'_>,
    name: &str,
    least: usize,
    most: usize,
) -> R<(bool, Vec<u8>)> {
    let this = this(vm, args, name, least, most)?;
    Ok((is_bytearray(vm, &this), vm.bytes_of(&this)))
}

/// As [`this_bytes`], of a method whose arguments may be named.
fn this_bytes_kw(vm: &mut Vm<'_>, args: Args<'_>, name: &str, most: usize) -> R<(bool, Vec<u8>)> {
    at_most(vm, args, name, most)?;
    this_bytes(vm, Args::new(&args.pos[..1]), name, 0, 0)
}

fn change<T>(vm: &Vm<'_>, this: &Value, f: impl FnOnce(&mut Vec<u8>) -> T) -> Option<T> {
    match this.as_obj(vm.m) {
        Some(Obj::ByteArray(bytes)) => {
            let mut bytes: MutexGuard<'_, Vec<u8>> =
                bytes.lock().unwrap_or_else(|e| e.into_inner());
            Some(f(&mut bytes))
        }
        _ => None,
    }
}

/// A new object of either kind.
fn make(vm: &Vm<'_>, array: bool, bytes: Vec<u8>) -> Value {
    if array {
        Value::Obj(vm.alloc(Obj::ByteArray(Box::new(bytes.into()))))
    } else {
        vm.new_bytes(bytes)
    }
}

/// Other bytes, as an argument.
fn bytes_like(vm: &mut Vm<'_>, value: &Value) -> R<Vec<u8>> {
    let inner = vm.unwrap(value);
    if is_bytes(vm, &inner) {
        return Ok(vm.bytes_of(&inner));
    }
    let name = vm.type_name(value);
    Err(vm.type_error(format!("a bytes-like object is required, not '{name}'")))
}

fn byte_arg(vm: &mut Vm<'_>, value: &Value) -> R<u8> {
    let n = vm.index(value)?;
    match n.to_u8() {
        Some(byte) => Ok(byte),
        None => Err(vm.value_error("byte must be in range(0, 256)")),
    }
}

/// The bytes that another object has, or that it has numbers of.
pub fn bytes_from(vm: &mut Vm<'_>, source: &Value) -> R<Vec<u8>> {
    let inner = vm.unwrap(source);
    if is_bytes(vm, &inner) {
        return Ok(vm.bytes_of(&inner));
    }
    let class = vm.type_of(source);
    if vm.lookup(&class, s().bytes).is_some()
        && let Some(made) = vm.call_special(source, s().bytes, &[])?
    {
        let made = vm.unwrap(&made);
        if is_bytes(vm, &made) {
            return Ok(vm.bytes_of(&made));
        }
        let name = vm.type_name(&made);
        return Err(vm.type_error(format!("__bytes__ returned non-bytes (type {name})")));
    }
    if matches!(inner.as_obj(vm.m), Some(Obj::Str(_))) {
        return Err(vm.type_error("cannot convert 'str' object to bytes"));
    }
    let items = match vm.collect(source) {
        Ok(items) => items,
        Err(e) if vm.is_err(&e, "TypeError") && vm.iter(source).is_err() => {
            let name = vm.type_name(source);
            return Err(vm.type_error(format!("cannot convert '{name}' object to bytes")));
        }
        Err(e) => return Err(e),
    };
    let mut bytes = Vec::with_capacity(items.len());
    for item in &items {
        match vm.index(item)?.to_u8() {
            Some(byte) => bytes.push(byte),
            None => return Err(vm.value_error("bytes must be in range(0, 256)")),
        }
    }
    Ok(bytes)
}

/// What `bytes(source, encoding, errors)` has in it.
fn contents(vm: &mut Vm<'_>, args: Args<'_>, class: &str) -> R<Vec<u8>> {
    let (encoding, errors) = (args.arg(2, "encoding"), args.arg(3, "errors"));
    let Some(source) = args.arg(1, "source") else {
        return match (encoding, errors) {
            (None, None) => Ok(Vec::new()),
            (Some(_), _) => Err(vm.type_error("encoding without a string argument")),
            (None, Some(_)) => Err(vm.type_error("errors without a string argument")),
        };
    };
    if let Some(text) = vm.text_of(source) {
        if encoding.is_none() {
            return Err(vm.type_error("string argument without an encoding"));
        }
        return vm.encode(class, &text, encoding, errors);
    }
    if encoding.is_some() {
        return Err(vm.type_error("encoding without a string argument"));
    }
    if errors.is_some() {
        return Err(vm.type_error("errors without a string argument"));
    }
    let class = vm.type_of(source);
    let is_size = match vm.num(source) {
        Some(Num::Int(_) | Num::Big(_)) => true,
        Some(Num::Float(_)) => false,
        None => vm.lookup(&class, s().index).is_some() && vm.lookup(&class, s().bytes).is_none(),
    };
    if is_size {
        let n = vm.index(source)?;
        return match n.to_i64() {
            Some(n) if n < 0 => Err(vm.value_error("negative count")),
            Some(n) if n < 1 << 40 => Ok(vec![0; n as usize]),
            Some(_) => Err(vm.err("MemoryError", "")),
            None => {
                let message = "cannot fit 'int' into an index-sized integer";
                Err(vm.err("OverflowError", message))
            }
        };
    }
    bytes_from(vm, source)
}

fn bytes_new(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let class = class_arg(vm, args, "bytes")?;
    at_most(vm, args, "bytes", 3)?;
    let builtin = vm.s.types.bytes.clone();
    let made = match args.get(1) {
        Some(same) if args.len() == 2 && matches!(same.as_obj(vm.m), Some(Obj::Bytes(_))) => {
            same.clone()
        }
        _ => {
            let bytes = contents(vm, args, "bytes")?;
            vm.new_bytes(bytes)
        }
    };
    Ok(instance_of(vm, &class, &builtin, made))
}

fn bytearray_new(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let class = class_arg(vm, args, "bytearray")?;
    let builtin = vm.s.types.bytearray.clone();
    let made = make(vm, true, Vec::new());
    Ok(instance_of(vm, &class, &builtin, made))
}

fn bytearray_init(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    at_most(vm, args, "bytearray", 3)?;
    let this = vm.unwrap(&args[0]);
    let bytes = contents(vm, args, "bytearray")?;
    change(vm, &this, |old| *old = bytes);
    Ok(Value::None)
}
