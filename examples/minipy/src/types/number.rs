//! `int` and `bool`; what the builtin functions `round`, `divmod` and `pow` do.

use brc::Mutator;
use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

use super::args::{at_most, class_arg, count, instance_of, wrong_this};
use crate::code::Bin;
use crate::object::*;
use crate::ops::Num;
use crate::show::MAX_STR_DIGITS;
use crate::statics::{class_methods, function, methods, static_methods, statics};
use crate::sym::{intern, s};
use crate::text::number as text;
use crate::vm::{Args, R, Vm};

mod float;
mod special;

/// Which class's method it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Int,
    Float,
}

pub fn init(m: &Mutator) {
    special::init(m);
    float::init(m);
    static_methods(m, "int", &[("__new__", int_new)]);
    static_methods(m, "bool", &[("__new__", bool_new)]);
    class_methods(m, "int", &[("from_bytes", from_bytes)]);
    methods(
        m,
        "int",
        &[
            ("bit_length", |vm, args| {
                let n = this_int(vm, args, "bit_length")?;
                Ok(Value::Int(n.bits() as i64))
            }),
            ("bit_count", |vm, args| {
                let n = this_int(vm, args, "bit_count")?;
                let ones: u64 = n.iter_u64_digits().map(|word| u64::from(word.count_ones())).sum();
                Ok(Value::Int(ones as i64))
            }),
            ("conjugate", |vm, args| {
                let n = this_int(vm, args, "conjugate")?;
                Ok(vm.new_int(n))
            }),
            ("as_integer_ratio", |vm, args| {
                let n = this_int(vm, args, "as_integer_ratio")?;
                let n = vm.new_int(n);
                Ok(vm.new_tuple(vec![n, Value::Int(1)]))
            }),
            ("to_bytes", to_bytes),
        ],
    );
    for name in ["real", "numerator"] {
        property(m, "int", name, |vm, args| {
            let n = this_int(vm, args, "real")?;
            Ok(vm.new_int(n))
        });
    }
    property(m, "int", "imag", |_, _| Ok(Value::Int(0)));
    property(m, "int", "denominator", |_, _| Ok(Value::Int(1)));
    methods(
        m,
        "bool",
        &[
            ("__repr__", |vm, args| {
                let b = args.get(0).is_some_and(|b| matches!(b, Value::Bool(true)));
                Ok(vm.new_str(if b { "True" } else { "False" }))
            }),
            ("__and__", |vm, args| bits(vm, args, Bin::And)),
            ("__rand__", |vm, args| bits(vm, args, Bin::And)),
            ("__or__", |vm, args| bits(vm, args, Bin::Or)),
            ("__ror__", |vm, args| bits(vm, args, Bin::Or)),
            ("__xor__", |vm, args| bits(vm, args, Bin::Xor)),
            ("__rxor__", |vm, args| bits(vm, args, Bin::Xor)),
        ],
    );
}

/// Gives a builtin class an attribute that is computed.
fn property(m: &Mutator, class: &'static str, name: &'static str, get: NativeFn) {
    let Obj::Class(c) = statics().type_named(class).get(m) else { return };
    let none = || Value::None;
    let made = Property { get: function(m, name, get), set: none(), del: none(), doc: none() };
    c.dict.insert(m, intern(name), m.alloc_immortal(Obj::Property(Box::new(made))));
    c.order.lock().push(intern(name));
}

/// The number that a method is called on.
fn this(vm: &mut Vm<'_>, args: Args<'_>, which: Which, name: &str) -> R {
    let class = if which == Which::Int { "int" } else { "float" };
    let Some(this) = args.get(0) else {
        return Err(vm.type_error(format!("unbound method {class}.{name}() needs an argument")));
    };
    match (which, vm.num(this)) {
        (Which::Int, Some(Num::Int(_) | Num::Big(_))) | (Which::Float, Some(Num::Float(_))) => {
            Ok(vm.unwrap(this))
        }
        _ => Err(wrong_this(vm, this, class, name)),
    }
}

fn this_int(vm: &mut Vm<'_>, args: Args<'_>, name: &str) -> R<BigInt> {
    if args.len() != 1 || !args.kw.is_empty() {
        count(vm, args, &format!("int.{name}"), 0, 0)?;
    }
    let this = this(vm, args, Which::Int, name)?;
    vm.index(&this)
}

fn bits(vm: &mut Vm<'_>, args: Args<'_>, op: Bin) -> R {
    match (args.get(0), args.get(1)) {
        (Some(a), Some(b)) if !matches!(vm.num(b), None | Some(Num::Float(_))) => {
            let (a, b) = (vm.unwrap(a), vm.unwrap(b));
            Ok(vm.arithmetic(op, &a, &b)?.unwrap_or(Value::NotImplemented))
        }
        _ => Ok(Value::NotImplemented),
    }
}

fn bool_new(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    if !args.kw.is_empty() {
        return Err(vm.type_error("bool() takes no keyword arguments"));
    }
    match args.len() {
        0 | 1 => Ok(Value::Bool(false)),
        2 => vm.truth(&args[1]).map(Value::Bool),
        n => Err(vm.type_error(format!("bool expected at most 1 argument, got {}", n - 1))),
    }
}

/// `int(x, base)`.
fn int_new(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let class = class_arg(vm, args, "int")?;
    let builtin = vm.s.types.int.clone();
    at_most(vm, args, "int", 2)?;
    if let Some((name, _)) = args.kw.iter().find(|(name, _)| name.as_str() != "base") {
        let message = format!("'{name}' is an invalid keyword argument for int()");
        return Err(vm.type_error(message));
    }
    let base = args.arg(2, "base");
    let made = match (args.get(1), base) {
        (None, None) => Value::Int(0),
        (None, Some(_)) => return Err(vm.type_error("int() missing string argument")),
        (Some(x), None) => int_of(vm, x)?,
        (Some(x), Some(base)) => {
            let base = vm.index(base)?.to_i64().unwrap_or(-1);
            if base != 0 && !(2..=36).contains(&base) {
                return Err(vm.value_error("int() base must be >= 2 and <= 36, or 0"));
            }
            let inner = vm.unwrap(x);
            match inner.as_obj(vm.m) {
                Some(Obj::Str(_) | Obj::Bytes(_) | Obj::ByteArray(_)) => {
                    parse(vm, &inner, base as u32)?
                }
                _ => {
                    let message = "int() can't convert non-string with explicit base";
                    return Err(vm.type_error(message));
                }
            }
        }
    };
    Ok(instance_of(vm, &class, &builtin, made))
}

/// `int(x)`.
fn int_of(vm: &mut Vm<'_>, x: &Value) -> R {
    match x {
        Value::Int(_) => return Ok(x.clone()),
        Value::Bool(b) => return Ok(Value::Int(i64::from(*b))),
        Value::Float(x) => return int_of_float(vm, *x),
        _ => {}
    }
    if matches!(x.as_obj(vm.m), Some(Obj::BigInt(_))) {
        return Ok(x.clone());
    }
    // What it says itself comes first; a builtin's method says what the number inside is.
    let class = vm.type_of(x);
    for name in [s().int, s().index] {
        if vm.lookup(&class, name).is_none() {
            continue;
        }
        let made = vm.call_special(x, name, &[])?.unwrap_or(Value::None);
        return match vm.num(&made) {
            Some(Num::Int(n)) => Ok(Value::Int(n)),
            Some(Num::Big(n)) => Ok(vm.new_int(n)),
            _ => {
                let of = vm.type_name(&made);
                Err(vm.type_error(format!("{name} returned non-int (type {of})")))
            }
        };
    }
    if vm.lookup(&class, s().trunc).is_some() {
        let made = vm.call_special(x, s().trunc, &[])?.unwrap_or(Value::None);
        if vm.num(&made).is_none() {
            let of = vm.type_name(&made);
            return Err(vm.type_error(format!("__trunc__ returned non-Integral (type {of})")));
        }
        let n = vm.index(&made)?;
        return Ok(vm.new_int(n));
    }
    let inner = vm.unwrap(x);
    if matches!(inner.as_obj(vm.m), Some(Obj::Str(_) | Obj::Bytes(_) | Obj::ByteArray(_))) {
        return parse(vm, &inner, 10);
    }
    let name = vm.type_name(x);
    Err(vm.type_error(format!(
        "int() argument must be a string, a bytes-like object or a real number, not '{name}'"
    )))
}

/// A float without its fraction.
pub fn int_of_float(vm: &mut Vm<'_>, x: f64) -> R {
    if let Some(n) = text::float_as_i64(x.trunc()) {
        return Ok(Value::Int(n));
    }
    match text::float_to_int_bigint(x) {
        Ok(n) => Ok(vm.new_int(n)),
        Err(e) => Err(vm.text_err(e)),
    }
}

/// A numeral: a string or bytes.
fn parse(vm: &mut Vm<'_>, value: &Value, base: u32) -> R {
    let numeral = match value.as_obj(vm.m) {
        Some(Obj::Str(s)) => s.text.to_string(),
        _ => String::from_utf8_lossy(&vm.bytes_of(value)).into_owned(),
    };
    let limit = MAX_STR_DIGITS.load(std::sync::atomic::Ordering::Relaxed);
    // Bases of powers of two are read in linear time, however long.
    if limit != 0 && numeral.len() > limit && !base.is_power_of_two() {
        let digits = numeral.bytes().filter(u8::is_ascii_digit).count();
        if digits > limit {
            return Err(vm.value_error(format!(
                "Exceeds the limit ({limit} digits) for integer string conversion: value has \
                 {digits} digits; use sys.set_int_max_str_digits() to increase the limit"
            )));
        }
    }
    match text::parse_int(&numeral, base) {
        Some(text::IntValue::Small(n)) => Ok(Value::Int(n)),
        Some(text::IntValue::Big(n)) => Ok(vm.new_int(n)),
        None => {
            let shown: String = vm.repr(value)?.chars().take(200).collect();
            let message = format!("invalid literal for int() with base {base}: {shown}");
            Err(vm.value_error(message))
        }
    }
}

/// Whether the least byte comes first.
fn is_little(vm: &mut Vm<'_>, order: Option<&Value>) -> R<bool> {
    let Some(order) = order else { return Ok(false) };
    match vm.text_of(order).as_deref() {
        Some("little") => Ok(true),
        Some("big") => Ok(false),
        Some(_) => Err(vm.value_error("byteorder must be either 'little' or 'big'")),
        None => {
            let name = vm.type_name(order);
            Err(vm.type_error(format!("argument 'byteorder' must be str, not {name}")))
        }
    }
}

fn is_signed(vm: &mut Vm<'_>, args: Args<'_>) -> R<bool> {
    match args.keyword("signed") {
        Some(signed) => vm.truth(signed),
        None => Ok(false),
    }
}

/// `n.to_bytes(length, byteorder, signed=False)`.
fn to_bytes(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = this(vm, args, Which::Int, "to_bytes")?;
    let n = vm.index(&this)?;
    let length = match args.arg(1, "length") {
        Some(length) => vm.index_i64(length)?,
        None => 1,
    };
    let little = is_little(vm, args.arg(2, "byteorder"))?;
    let signed = is_signed(vm, args)?;
    let Ok(length) = usize::try_from(length) else {
        return Err(vm.value_error("length argument must be non-negative"));
    };
    if n.is_negative() && !signed {
        return Err(vm.err("OverflowError", "can't convert negative int to unsigned"));
    }
    let mut bytes = if signed { n.to_signed_bytes_le() } else { n.to_bytes_le().1 };
    if n.is_zero() {
        bytes.clear();
    }
    let filler = if n.is_negative() { 0xff } else { 0 };
    if bytes.len() > length {
        return Err(vm.err("OverflowError", "int too big to convert"));
    }
    bytes.resize(length, filler);
    if !little {
        bytes.reverse();
    }
    Ok(vm.new_bytes(bytes))
}

/// `int.from_bytes(bytes, byteorder, signed=False)`.
fn from_bytes(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let Some(source) = args.arg(1, "bytes") else {
        let message = "from_bytes() missing required argument 'bytes' (pos 1)";
        return Err(vm.type_error(message));
    };
    let little = is_little(vm, args.arg(2, "byteorder"))?;
    let signed = is_signed(vm, args)?;
    let bytes = super::bytes::bytes_from(vm, source)?;
    let n = match (little, signed) {
        (true, true) => BigInt::from_signed_bytes_le(&bytes),
        (false, true) => BigInt::from_signed_bytes_be(&bytes),
        (true, false) => BigInt::from_bytes_le(Sign::Plus, &bytes),
        (false, false) => BigInt::from_bytes_be(Sign::Plus, &bytes),
    };
    let n = vm.new_int(n);
    let class = class_arg(vm, args, "int")?;
    if brc::Gc::ptr_eq(&class, &vm.s.types.int) {
        return Ok(n);
    }
    vm.call(&args[0], &[n])
}

/// `round(x, ndigits)`.
pub fn round(vm: &mut Vm<'_>, value: &Value, ndigits: Option<&Value>) -> R {
    let ndigits = ndigits.filter(|n| !n.is_none());
    let number = match value.as_obj(vm.m) {
        Some(Obj::Instance(_)) => None,
        _ => vm.num(value),
    };
    match number {
        Some(Num::Float(x)) => {
            let rounded = match ndigits {
                None => text::float_round_int(x).map(|n| vm.new_int(n)),
                Some(n) => {
                    let n = vm.index_i64(n)?;
                    let n = n.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32;
                    text::float_round(x, n).map(Value::Float)
                }
            };
            rounded.map_err(|e| vm.text_err(e))
        }
        Some(Num::Int(n)) => match ndigits {
            None => Ok(Value::Int(n)),
            Some(places) => {
                let places = clamped(vm, places)?;
                if places >= 0 {
                    return Ok(Value::Int(n));
                }
                Ok(vm.new_int(text::int_round(&n.into(), places)))
            }
        },
        Some(Num::Big(n)) => match ndigits {
            None => Ok(value.clone()),
            Some(places) => {
                let places = clamped(vm, places)?;
                Ok(vm.new_int(text::int_round(&n, places)))
            }
        },
        None => {
            let args: &[Value] = match ndigits {
                Some(n) => std::slice::from_ref(n),
                None => &[],
            };
            match vm.call_special(value, s().round, args)? {
                Some(result) => Ok(result),
                None => {
                    let name = vm.type_name(value);
                    Err(vm.type_error(format!("type {name} doesn't define __round__ method")))
                }
            }
        }
    }
}

/// An index, or the nearest machine word.
fn clamped(vm: &mut Vm<'_>, n: &Value) -> R<i64> {
    let n = vm.index(n)?;
    Ok(n.to_i64().unwrap_or(if n.is_negative() { i64::MIN } else { i64::MAX }))
}

/// `divmod(a, b)`.
pub fn divmod(vm: &mut Vm<'_>, a: &Value, b: &Value) -> R {
    let is_instance = |v: &Value| matches!(v.as_obj(vm.m), Some(Obj::Instance(_)));
    if (is_instance(a) || is_instance(b))
        && let Some(result) = vm.operator(a, b, s().divmod, s().rdivmod)?
    {
        return Ok(result);
    }
    let (q, r) = match (vm.num(a), vm.num(b)) {
        (Some(Num::Float(_)), Some(_)) | (Some(_), Some(Num::Float(_))) => {
            let (x, y) = (vm.float(a)?, vm.float(b)?);
            if y == 0.0 {
                return Err(vm.err("ZeroDivisionError", "float divmod()"));
            }
            let (q, r) = text::float_divmod(x, y);
            (Value::Float(q), Value::Float(r))
        }
        (Some(_), Some(_)) => {
            let (a, b) = (vm.unwrap(a), vm.unwrap(b));
            let (q, r) = (vm.arithmetic(Bin::FloorDiv, &a, &b)?, vm.arithmetic(Bin::Mod, &a, &b)?);
            (q.unwrap_or_default(), r.unwrap_or_default())
        }
        _ => {
            let (x, y) = (vm.type_name(a), vm.type_name(b));
            return Err(
                vm.type_error(format!("unsupported operand type(s) for divmod(): '{x}' and '{y}'"))
            );
        }
    };
    Ok(vm.new_tuple(vec![q, r]))
}

/// `pow(a, b, modulus)`.
pub fn pow3(vm: &mut Vm<'_>, a: &Value, b: &Value, modulus: &Value) -> R {
    if modulus.is_none() {
        return vm.binary(Bin::Pow, a, b);
    }
    if matches!(a.as_obj(vm.m), Some(Obj::Instance(_))) {
        let class = vm.type_of(a);
        let own = vm.lookup(&class, s().pow);
        if own.is_some_and(|f| !matches!(f.as_obj(vm.m), Some(Obj::Builtin(_)))) {
            let args = [b.clone(), modulus.clone()];
            match vm.call_special(a, s().pow, &args)? {
                None | Some(Value::NotImplemented) => {}
                Some(result) => return Ok(result),
            }
        }
    }
    let numbers = [vm.num(a), vm.num(b), vm.num(modulus)];
    if numbers.iter().any(Option::is_none) {
        let names = [a, b, modulus].map(|v| vm.type_name(v));
        return Err(vm.type_error(format!(
            "unsupported operand type(s) for ** or pow(): '{}', '{}', '{}'",
            names[0], names[1], names[2]
        )));
    }
    if numbers.iter().any(|n| matches!(n, Some(Num::Float(_)))) {
        let message = "pow() 3rd argument not allowed unless all arguments are integers";
        return Err(vm.type_error(message));
    }
    let (mut base, mut exponent) = (vm.index(a)?, vm.index(b)?);
    let modulus = vm.index(modulus)?;
    if modulus.is_zero() {
        return Err(vm.value_error("pow() 3rd argument cannot be 0"));
    }
    let size = modulus.abs();
    if exponent.is_negative() {
        let gcd = base.extended_gcd(&size);
        if !gcd.gcd.is_one() {
            return Err(vm.value_error("base is not invertible for the given modulus"));
        }
        base = gcd.x;
        exponent = -exponent;
    }
    let result = base.mod_floor(&size).modpow(&exponent, &size);
    // The result has the modulus's sign.
    let result =
        if modulus.is_negative() && !result.is_zero() { result + &modulus } else { result };
    Ok(vm.new_int(result))
}
