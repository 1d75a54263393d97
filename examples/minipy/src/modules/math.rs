//! `math`: numbers.

use std::f64::consts;

use brc::Mutator;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

use super::{Entries, bind, count, functions};
use crate::code::Bin;
use crate::object::*;
use crate::ops::Num;
use crate::sym::{Sym, intern, s};
use crate::text::number;
use crate::vm::{Args, PyErr, R, Vm};

mod special;
mod sums;

use special::Trouble;

pub fn fill(vm: &mut Vm<'_>) -> Entries {
    let mut all = functions(vm.m, FLOATS);
    all.extend(functions(vm.m, OTHERS));
    all.extend(constants(vm.m));
    all
}

fn constants(_: &Mutator) -> Entries {
    let all = [
        ("pi", consts::PI),
        ("e", consts::E),
        ("tau", consts::TAU),
        ("inf", f64::INFINITY),
        ("nan", f64::NAN),
    ];
    all.into_iter().map(|(name, x)| (intern(name), Value::Float(x))).collect()
}

fn domain(vm: &mut Vm<'_>) -> PyErr {
    vm.value_error("math domain error")
}

fn range(vm: &mut Vm<'_>) -> PyErr {
    vm.err("OverflowError", "math range error")
}

fn result(vm: &mut Vm<'_>, x: Result<f64, Trouble>) -> R {
    match x {
        Ok(x) => Ok(Value::Float(x)),
        Err(Trouble::Domain) => Err(domain(vm)),
        Err(Trouble::Range) => Err(range(vm)),
    }
}

/// A function of one float. What is infinite of a finite number is too large, or, if the function
/// cannot overflow, a pole.
fn one(vm: &mut Vm<'_>, args: Args<'_>, name: &str, f: fn(f64) -> f64, overflows: bool) -> R {
    count(vm, args, name, 1, 1)?;
    let x = vm.float(&args[0])?;
    let r = f(x);
    if r.is_nan() && !x.is_nan() {
        return Err(domain(vm));
    }
    if r.is_infinite() && x.is_finite() {
        return Err(if overflows { range(vm) } else { domain(vm) });
    }
    Ok(Value::Float(r))
}

fn two(vm: &mut Vm<'_>, args: Args<'_>, name: &str) -> R<(f64, f64)> {
    count(vm, args, name, 2, 2)?;
    Ok((vm.float(&args[0])?, vm.float(&args[1])?))
}

/// A whole number, of anything that is one.
fn int(vm: &mut Vm<'_>, value: &Value) -> R<BigInt> {
    vm.index(value)
}

macro_rules! of_one {
    ($($name:literal $overflows:literal $f:expr),* $(,)?) => {
        &[$(($name, |vm, args| one(vm, args, concat!("math.", $name), $f, $overflows))),*]
    };
}

const FLOATS: &[(&str, NativeFn)] = of_one! {
    "sin" false f64::sin, "cos" false f64::cos, "tan" false f64::tan,
    "asin" false f64::asin, "acos" false f64::acos, "atan" false f64::atan,
    "sinh" true f64::sinh, "cosh" true f64::cosh, "tanh" false f64::tanh,
    "asinh" false asinh, "acosh" false acosh, "atanh" false atanh,
    "exp" true f64::exp, "exp2" true f64::exp2, "expm1" true f64::exp_m1, "log1p" false f64::ln_1p,
    "sqrt" false f64::sqrt, "cbrt" false f64::cbrt, "fabs" false f64::abs,
    "erf" false special::erf, "erfc" false special::erfc,
    "degrees" false |x| x * (180.0 / consts::PI), "radians" false |x| x * (consts::PI / 180.0),
};

const OTHERS: &[(&str, NativeFn)] = &[
    ("gamma", |vm, args| {
        count(vm, args, "math.gamma", 1, 1)?;
        let x = vm.float(&args[0])?;
        result(vm, special::gamma(x))
    }),
    ("lgamma", |vm, args| {
        count(vm, args, "math.lgamma", 1, 1)?;
        let x = vm.float(&args[0])?;
        result(vm, special::lgamma(x))
    }),
    ("floor", |vm, args| rounded(vm, args, "math.floor", s().floor, f64::floor)),
    ("ceil", |vm, args| rounded(vm, args, "math.ceil", s().ceil, f64::ceil)),
    ("trunc", trunc),
    ("atan2", |vm, args| {
        let (y, x) = two(vm, args, "math.atan2")?;
        Ok(Value::Float(y.atan2(x)))
    }),
    ("copysign", |vm, args| {
        let (x, y) = two(vm, args, "math.copysign")?;
        Ok(Value::Float(x.copysign(y)))
    }),
    ("fmod", fmod),
    ("remainder", remainder),
    ("pow", pow),
    ("log", log),
    ("log2", |vm, args| {
        count(vm, args, "math.log2", 1, 1)?;
        log_of(vm, &args[0], f64::log2).map(Value::Float)
    }),
    ("log10", |vm, args| {
        count(vm, args, "math.log10", 1, 1)?;
        log_of(vm, &args[0], f64::log10).map(Value::Float)
    }),
    ("frexp", |vm, args| {
        count(vm, args, "math.frexp", 1, 1)?;
        let (mantissa, exponent) = sums::frexp(vm.float(&args[0])?);
        Ok(vm.new_tuple(vec![Value::Float(mantissa), Value::Int(exponent.into())]))
    }),
    ("ldexp", ldexp),
    ("modf", |vm, args| {
        count(vm, args, "math.modf", 1, 1)?;
        let x = vm.float(&args[0])?;
        let part = if x.is_infinite() { 0.0 } else { x - x.trunc() };
        Ok(vm.new_tuple(vec![Value::Float(part.copysign(x)), Value::Float(x.trunc())]))
    }),
    ("isnan", |vm, args| {
        count(vm, args, "math.isnan", 1, 1)?;
        Ok(Value::Bool(vm.float(&args[0])?.is_nan()))
    }),
    ("isinf", |vm, args| {
        count(vm, args, "math.isinf", 1, 1)?;
        Ok(Value::Bool(vm.float(&args[0])?.is_infinite()))
    }),
    ("isfinite", |vm, args| {
        count(vm, args, "math.isfinite", 1, 1)?;
        Ok(Value::Bool(vm.float(&args[0])?.is_finite()))
    }),
    ("isclose", isclose),
    ("nextafter", |vm, args| {
        let (x, y) = two(vm, args, "math.nextafter")?;
        Ok(Value::Float(next_after(x, y)))
    }),
    ("ulp", |vm, args| {
        count(vm, args, "math.ulp", 1, 1)?;
        let x = vm.float(&args[0])?.abs();
        Ok(Value::Float(if !x.is_finite() {
            x
        } else if x == f64::MAX {
            x - x.next_down()
        } else {
            x.next_up() - x
        }))
    }),
    ("hypot", |vm, args| {
        count(vm, args, "math.hypot", 0, usize::MAX)?;
        let mut parts = Vec::with_capacity(args.len());
        for arg in args.pos {
            parts.push(vm.float(arg)?);
        }
        Ok(Value::Float(sums::length(&parts)))
    }),
    ("dist", dist),
    ("fsum", fsum),
    ("prod", prod),
    ("gcd", gcd),
    ("lcm", lcm),
    ("factorial", factorial),
    ("comb", comb),
    ("perm", perm),
    ("isqrt", isqrt),
];

// Rust's own lose what these do not.

fn asinh(x: f64) -> f64 {
    let abs = x.abs();
    if !x.is_finite() || abs < 2.0_f64.powi(-28) {
        return x;
    }
    let r = if abs > 2.0_f64.powi(28) {
        abs.ln() + consts::LN_2
    } else if abs > 2.0 {
        (2.0 * abs + 1.0 / ((x * x + 1.0).sqrt() + abs)).ln()
    } else {
        let t = x * x;
        (abs + t / (1.0 + (1.0 + t).sqrt())).ln_1p()
    };
    r.copysign(x)
}

fn acosh(x: f64) -> f64 {
    if x < 1.0 || x.is_nan() {
        return f64::NAN;
    }
    if x > 2.0_f64.powi(28) {
        return if x.is_infinite() { x } else { x.ln() + consts::LN_2 };
    }
    if x > 2.0 {
        let t = x * x;
        return (2.0 * x - 1.0 / (x + (t - 1.0).sqrt())).ln();
    }
    let t = x - 1.0;
    (t + (2.0 * t + t * t).sqrt()).ln_1p()
}

fn atanh(x: f64) -> f64 {
    let abs = x.abs();
    if abs >= 1.0 || x.is_nan() {
        // A pole at one.
        return f64::NAN;
    }
    if abs < 2.0_f64.powi(-28) {
        return x;
    }
    let t = abs + abs;
    let r = if abs < 0.5 {
        0.5 * (t + t * abs / (1.0 - abs)).ln_1p()
    } else {
        0.5 * (t / (1.0 - abs)).ln_1p()
    };
    r.copysign(x)
}

/// What an object's own method says, or the float rounded.
fn rounded(vm: &mut Vm<'_>, args: Args<'_>, name: &str, method: Sym, f: fn(f64) -> f64) -> R {
    count(vm, args, name, 1, 1)?;
    let value = &args[0];
    if !matches!(value, Value::Float(_) | Value::Int(_))
        && let Some(result) = vm.call_special(value, method, &[])?
    {
        return Ok(result);
    }
    if let Value::Int(n) = value {
        return Ok(Value::Int(*n));
    }
    let x = vm.float(value)?;
    whole(vm, f(x))
}

/// The int that a float without a fraction is.
fn whole(vm: &mut Vm<'_>, x: f64) -> R {
    if let Some(n) = number::float_as_i64(x) {
        return Ok(Value::Int(n));
    }
    match number::float_to_int_bigint(x) {
        Ok(n) => Ok(vm.new_int(n)),
        Err(e) => Err(vm.text_err(e)),
    }
}

fn trunc(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "math.trunc", 1, 1)?;
    match &args[0] {
        Value::Float(x) => return whole(vm, x.trunc()),
        Value::Int(n) => return Ok(Value::Int(*n)),
        _ => {}
    }
    match vm.call_special(&args[0], s().trunc, &[])? {
        Some(result) => Ok(result),
        None => {
            let name = vm.type_name(&args[0]);
            Err(vm.type_error(format!("type {name} doesn't define __trunc__ method")))
        }
    }
}

fn fmod(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let (x, y) = two(vm, args, "math.fmod")?;
    if y.is_infinite() && x.is_finite() {
        return Ok(Value::Float(x));
    }
    let r = x % y;
    if r.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain(vm));
    }
    Ok(Value::Float(r))
}

/// The remainder from the nearest multiple, an even one of two that are as near.
fn remainder(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let (x, y) = two(vm, args, "math.remainder")?;
    if x.is_nan() || y.is_nan() {
        return Ok(Value::Float(if x.is_nan() { x } else { y }));
    }
    if x.is_infinite() || y == 0.0 {
        return Err(domain(vm));
    }
    if y.is_infinite() {
        return Ok(Value::Float(x));
    }
    let (abs_x, abs_y) = (x.abs(), y.abs());
    let m = abs_x % abs_y;
    let c = abs_y - m;
    let r = if m < c {
        m
    } else if m > c {
        -c
    } else {
        m - 2.0 * ((0.5 * (abs_x - m)) % abs_y)
    };
    Ok(Value::Float(1.0_f64.copysign(x) * r))
}

fn pow(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let (x, y) = two(vm, args, "math.pow")?;
    let r = x.powf(y);
    if x.is_finite() && y.is_finite() {
        if r.is_nan() {
            return Err(domain(vm));
        }
        if r.is_infinite() {
            return Err(if x == 0.0 { domain(vm) } else { range(vm) });
        }
    }
    Ok(Value::Float(r))
}

/// A logarithm, also of an int that is no float.
fn log_of(vm: &mut Vm<'_>, value: &Value, f: fn(f64) -> f64) -> R<f64> {
    if let Some(Num::Big(n)) = vm.num(value) {
        if !n.is_positive() {
            return Err(domain(vm));
        }
        if let Some(x) = number::bigint_to_f64(&n) {
            return Ok(f(x));
        }
        let shift = n.bits() - 64;
        // 64 bits of it are more than a float has.
        let top: BigInt = &n >> shift;
        let mantissa = top.to_f64().unwrap_or(f64::INFINITY) / 2.0_f64.powi(64);
        return Ok(f(mantissa) + f(2.0) * (shift + 64) as f64);
    }
    let x = vm.float(value)?;
    if x.is_nan() {
        return Ok(x);
    }
    if x <= 0.0 {
        return Err(domain(vm));
    }
    Ok(f(x))
}

fn log(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    if !args.kw.is_empty() {
        return Err(vm.type_error("math.log() takes no keyword arguments"));
    }
    count(vm, args, "log", 1, 2)?;
    let x = log_of(vm, &args[0], f64::ln)?;
    let Some(base) = args.get(1) else { return Ok(Value::Float(x)) };
    let base = log_of(vm, base, f64::ln)?;
    if base == 0.0 {
        return Err(vm.err("ZeroDivisionError", "float division by zero"));
    }
    Ok(Value::Float(x / base))
}

fn ldexp(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "math.ldexp", 2, 2)?;
    let x = vm.float(&args[0])?;
    if !matches!(vm.num(&args[1]), Some(Num::Int(_) | Num::Big(_))) {
        return Err(vm.type_error("Expected an int as second argument to ldexp."));
    }
    let n = vm.index(&args[1])?;
    let limit = if n.is_negative() { i64::MIN } else { i64::MAX };
    result(vm, sums::ldexp(x, n.to_i64().unwrap_or(limit)))
}

fn isclose(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    if args.len() > 2 {
        let given = args.len();
        return Err(vm.type_error(format!(
            "isclose() takes exactly 2 positional arguments ({given} given)"
        )));
    }
    let [a, b, rel, abs] = bind(vm, args, "isclose", ["a", "b", "rel_tol", "abs_tol"], 2)?;
    let mut float = |arg: Option<&Value>, default| arg.map_or(Ok(default), |arg| vm.float(arg));
    let (a, b) = (float(a, 0.0)?, float(b, 0.0)?);
    let (rel, abs) = (float(rel, 1e-9)?, float(abs, 0.0)?);
    if rel < 0.0 || abs < 0.0 {
        return Err(vm.value_error("tolerances must be non-negative"));
    }
    if a == b {
        return Ok(Value::Bool(true));
    }
    if a.is_infinite() || b.is_infinite() {
        return Ok(Value::Bool(false));
    }
    let diff = (b - a).abs();
    Ok(Value::Bool(diff <= (rel * b).abs() || diff <= (rel * a).abs() || diff <= abs))
}

fn next_after(x: f64, y: f64) -> f64 {
    if x.is_nan() || y.is_nan() {
        return x + y;
    }
    if x == y {
        return y;
    }
    if y > x { x.next_up() } else { x.next_down() }
}

fn dist(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "math.dist", 2, 2)?;
    let (p, q) = (vm.collect(&args[0])?, vm.collect(&args[1])?);
    if p.len() != q.len() {
        return Err(vm.value_error("both points must have the same number of dimensions"));
    }
    let mut parts = Vec::with_capacity(p.len());
    for (p, q) in p.iter().zip(&q) {
        parts.push(vm.float(p)? - vm.float(q)?);
    }
    Ok(Value::Float(sums::length(&parts)))
}

fn fsum(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "math.fsum", 1, 1)?;
    let it = vm.iter(&args[0])?;
    let mut sum = sums::ExactSum::default();
    let no_sum = |vm: &mut Vm<'_>, why| match why {
        sums::NoSum::Overflow => vm.err("OverflowError", "intermediate overflow in fsum"),
        sums::NoSum::Infinities => vm.value_error("-inf + inf in fsum"),
    };
    while let Some(item) = vm.next(&it)? {
        let x = vm.float(&item)?;
        sum.add(x).map_err(|why| no_sum(vm, why))?;
    }
    sum.sum().map(Value::Float).map_err(|why| no_sum(vm, why))
}

fn prod(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    if args.len() > 1 {
        let given = args.len();
        return Err(
            vm.type_error(format!("prod() takes exactly 1 positional argument ({given} given)"))
        );
    }
    let [items, start] = bind(vm, args, "prod", ["iterable", "start"], 1)?;
    let it = vm.iter(items.expect("it is required"))?;
    let mut product = start.cloned().unwrap_or(Value::Int(1));
    while let Some(item) = vm.next(&it)? {
        product = vm.binary(Bin::Mul, &product, &item)?;
        vm.safepoint()?;
    }
    Ok(product)
}

fn gcd(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "math.gcd", 0, usize::MAX)?;
    if let [Value::Int(a), Value::Int(b)] = args.pos
        && *a != i64::MIN
        && *b != i64::MIN
    {
        return Ok(Value::Int(a.gcd(b)));
    }
    let mut all = BigInt::zero();
    for arg in args.pos {
        all = all.gcd(&int(vm, arg)?);
    }
    Ok(vm.new_int(all))
}

fn lcm(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "math.lcm", 0, usize::MAX)?;
    let mut all = BigInt::one();
    for arg in args.pos {
        let n = int(vm, arg)?;
        all = if all.is_zero() || n.is_zero() { BigInt::zero() } else { all.lcm(&n).abs() };
    }
    Ok(vm.new_int(all))
}

/// The product of a range, by halves: so factors are of about the same size.
fn product(from: u64, to: u64) -> BigInt {
    if to - from <= 8 {
        return (from..to).fold(BigInt::one(), |all, n| all * n);
    }
    let middle = from + (to - from) / 2;
    product(from, middle) * product(middle, to)
}

fn factorial(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "math.factorial", 1, 1)?;
    let n = int(vm, &args[0])?;
    if n.is_negative() {
        return Err(vm.value_error("factorial() not defined for negative values"));
    }
    match n.to_u64() {
        Some(n) if n < i64::MAX as u64 => Ok(vm.new_int(product(1, n + 1))),
        _ => Err(
            vm.err("OverflowError", format!("factorial() argument should not exceed {}", i64::MAX))
        ),
    }
}

/// The arguments of `comb` and `perm`.
fn n_and_k(vm: &mut Vm<'_>, n: &Value, k: &Value) -> R<(BigInt, BigInt)> {
    let (n, k) = (int(vm, n)?, int(vm, k)?);
    if n.is_negative() {
        return Err(vm.value_error("n must be a non-negative integer"));
    }
    if k.is_negative() {
        return Err(vm.value_error("k must be a non-negative integer"));
    }
    Ok((n, k))
}

/// `n * (n-1) * ... `: `k` factors.
fn falling(vm: &mut Vm<'_>, n: &BigInt, k: &BigInt, name: &str) -> R<BigInt> {
    let Some(k) = k.to_u64().filter(|k| *k < i64::MAX as u64) else {
        let message = format!("{name} must not exceed {}", i64::MAX);
        return Err(vm.err("OverflowError", message));
    };
    if let Some(n) = n.to_u64().filter(|n| *n < u64::MAX) {
        return Ok(product(n - k + 1, n + 1));
    }
    Ok((0..k).fold(BigInt::one(), |all, i| all * (n - i)))
}

fn comb(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "math.comb", 2, 2)?;
    let (n, k) = n_and_k(vm, &args[0], &args[1])?;
    if k > n {
        return Ok(Value::Int(0));
    }
    let k = k.clone().min(&n - k);
    let above = falling(vm, &n, &k, "min(n - k, k)")?;
    let below = falling(vm, &k, &k, "min(n - k, k)")?;
    Ok(vm.new_int(above / below))
}

fn perm(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "math.perm", 1, 2)?;
    let Some(k) = args.get(1).filter(|k| !k.is_none()) else { return factorial(vm, args) };
    let (n, k) = n_and_k(vm, &args[0], k)?;
    if k > n {
        return Ok(Value::Int(0));
    }
    let all = falling(vm, &n, &k, "k")?;
    Ok(vm.new_int(all))
}

fn isqrt(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "math.isqrt", 1, 1)?;
    let n = int(vm, &args[0])?;
    if n.is_negative() {
        return Err(vm.value_error("isqrt() argument must be nonnegative"));
    }
    Ok(vm.new_int(n.sqrt()))
}
