//! `float`.

use brc::Mutator;

use super::{Which, property, this};
use crate::object::*;
use crate::ops::Num;
use crate::statics::{class_methods, methods, static_methods};
use crate::text::number::{
    bigint_to_f64, float_as_integer_ratio, float_hex, is_space, parse_float,
};
use crate::types::args::{class_arg, count, instance_of};
use crate::vm::{Args, R, Vm};

pub fn init(m: &Mutator) {
    static_methods(m, "float", &[("__new__", new)]);
    class_methods(m, "float", &[("fromhex", fromhex)]);
    methods(
        m,
        "float",
        &[
            ("is_integer", |vm, args| {
                let x = this_float(vm, args, "is_integer")?;
                Ok(Value::Bool(x.is_finite() && x.trunc() == x))
            }),
            ("conjugate", |vm, args| this_float(vm, args, "conjugate").map(Value::Float)),
            ("hex", |vm, args| {
                let x = this_float(vm, args, "hex")?;
                Ok(vm.new_str(float_hex(x)))
            }),
            ("as_integer_ratio", |vm, args| {
                let x = this_float(vm, args, "as_integer_ratio")?;
                match float_as_integer_ratio(x) {
                    Ok((n, d)) => {
                        let parts = vec![vm.new_int(n), vm.new_int(d)];
                        Ok(vm.new_tuple(parts))
                    }
                    Err(e) => Err(vm.text_err(e)),
                }
            }),
        ],
    );
    property(m, "float", "real", |vm, args| this(vm, args, Which::Float, "real"));
    property(m, "float", "imag", |_, _| Ok(Value::Float(0.0)));
}

fn this_float(vm: &mut Vm<'_>, args: Args<'_>, name: &str) -> R<f64> {
    if args.len() != 1 || !args.kw.is_empty() {
        count(vm, args, &format!("float.{name}"), 0, 0)?;
    }
    let this = this(vm, args, Which::Float, name)?;
    vm.float(&this)
}

/// `float(x)`.
fn new(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let class = class_arg(vm, args, "float")?;
    let builtin = vm.s.types.float.clone();
    if brc::Gc::ptr_eq(&class, &builtin) {
        count(vm, args, "float", 0, 1)?;
    }
    let made = match args.get(1) {
        None => 0.0,
        Some(x) => float_of(vm, x)?,
    };
    Ok(instance_of(vm, &class, &builtin, Value::Float(made)))
}

fn float_of(vm: &mut Vm<'_>, x: &Value) -> R<f64> {
    if let Value::Float(x) = x {
        return Ok(*x);
    }
    let inner = vm.unwrap(x);
    let text = match inner.as_obj(vm.m) {
        Some(Obj::Str(text)) => Some(text.text.to_string()),
        Some(Obj::Bytes(_) | Obj::ByteArray(_)) => {
            Some(String::from_utf8_lossy(&vm.bytes_of(&inner)).into_owned())
        }
        _ => None,
    };
    if let Some(text) = text {
        return match parse_float(&text) {
            Some(x) => Ok(x),
            None => {
                let shown = vm.repr(&inner)?;
                Err(vm.value_error(format!("could not convert string to float: {shown}")))
            }
        };
    }
    // A subclass of a number may say itself what float it is.
    if matches!(x.as_obj(vm.m), Some(Obj::Instance(_)))
        && let Some(made) = vm.call_special(x, crate::sym::s().float, &[])?
    {
        return match vm.num(&made) {
            Some(Num::Float(x)) => Ok(x),
            _ => {
                let (name, of) = (vm.type_name(x), vm.type_name(&made));
                Err(vm.type_error(format!("{name}.__float__ returned non-float (type {of})")))
            }
        };
    }
    match vm.float(x) {
        Err(e) if vm.is_err(&e, "TypeError") && !has_float(vm, x) => {
            let name = vm.type_name(x);
            Err(vm.type_error(format!(
                "float() argument must be a string or a real number, not '{name}'"
            )))
        }
        result => result,
    }
}

fn has_float(vm: &mut Vm<'_>, x: &Value) -> bool {
    let class = vm.type_of(x);
    let (float, index) = (crate::sym::s().float, crate::sym::s().index);
    vm.lookup(&class, float).is_some() || vm.lookup(&class, index).is_some()
}

/// `float.fromhex(text)`.
fn fromhex(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "float.fromhex", 1, 1)?;
    let Some(text) = vm.text_of(&args[1]) else {
        return Err(vm.type_error("bad argument type for built-in operation"));
    };
    let x = match parse_hex(text.trim_matches(is_space)) {
        Some(Some(x)) => x,
        Some(None) => {
            let message = "hexadecimal value too large to represent as a float";
            return Err(vm.err("OverflowError", message));
        }
        None => {
            let message = "invalid hexadecimal floating-point string";
            return Err(vm.value_error(message));
        }
    };
    let class = class_arg(vm, args, "float")?;
    if brc::Gc::ptr_eq(&class, &vm.s.types.float) {
        return Ok(Value::Float(x));
    }
    vm.call(&args[0], &[Value::Float(x)])
}

/// The number that a hexadecimal float is: nothing if the text is none, and no number if it is
/// too large.
fn parse_hex(text: &str) -> Option<Option<f64>> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let signed = |x: f64| Some(Some(if negative { -x } else { x }));
    match rest.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => return signed(f64::INFINITY),
        "nan" => return signed(f64::NAN),
        _ => {}
    }
    let rest = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X")).unwrap_or(rest);
    let (digits, exponent) = match rest.split_once(['p', 'P']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i64>().ok()?),
        None => (rest, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let number = num_bigint::BigInt::parse_bytes(all.as_bytes(), 16)?;
    if number.bits() == 0 {
        return signed(0.0);
    }
    let exponent = exponent.saturating_sub(4 * fraction.len() as i64);
    let top = exponent.saturating_add(number.bits() as i64);
    if top > 1024 {
        return Some(None);
    }
    if top < -1080 {
        return signed(0.0);
    }
    // A ratio of ints is rounded once.
    let x = if exponent >= 0 {
        bigint_to_f64(&(number << exponent as u64))
    } else {
        let unit = num_bigint::BigInt::from(1) << exponent.unsigned_abs();
        crate::text::number::int_true_div(&number, &unit).ok()
    };
    match x {
        Some(x) => signed(x),
        None => Some(None),
    }
}
