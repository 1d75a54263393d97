//! The special methods of `int` and `float`: each is an operator of the interpreter, or answers
//! `NotImplemented`.

use brc::Mutator;

use super::{Which, this};
use crate::code::{Bin, Cmp};
use crate::object::*;
use crate::ops::Num;
use crate::statics::methods;
use crate::sym::s;
use crate::types::args::{compare, count};
use crate::vm::{Args, R, Vm};

macro_rules! operators {
    ($f:ident: $($name:literal $reflected:literal $op:ident),* $(,)?) => {
        &[$(
            ($name, |vm, args| $f(vm, args, Bin::$op, false)),
            ($reflected, |vm, args| $f(vm, args, Bin::$op, true)),
        )*]
    };
}

macro_rules! unary {
    ($which:expr, $($name:literal $f:expr),* $(,)?) => {
        &[$(($name, |vm, args| {
            count(vm, args, concat!("int.", $name), 0, 0)?;
            let this = this(vm, args, $which, $name)?;
            $f(vm, &this)
        }),)*]
    };
}

macro_rules! comparisons {
    ($comparable:ident) => {
        &[
            ("__eq__", |vm, args| compare(vm, args, Cmp::Eq, $comparable)),
            ("__ne__", |vm, args| compare(vm, args, Cmp::Ne, $comparable)),
            ("__lt__", |vm, args| compare(vm, args, Cmp::Lt, $comparable)),
            ("__le__", |vm, args| compare(vm, args, Cmp::Le, $comparable)),
            ("__gt__", |vm, args| compare(vm, args, Cmp::Gt, $comparable)),
            ("__ge__", |vm, args| compare(vm, args, Cmp::Ge, $comparable)),
        ]
    };
}

const INT_BINARY: &[(&str, NativeFn)] = operators! {
    int_binary:
    "__add__" "__radd__" Add, "__sub__" "__rsub__" Sub, "__mul__" "__rmul__" Mul,
    "__truediv__" "__rtruediv__" Div, "__floordiv__" "__rfloordiv__" FloorDiv,
    "__mod__" "__rmod__" Mod, "__lshift__" "__rlshift__" LShift,
    "__rshift__" "__rrshift__" RShift, "__and__" "__rand__" And, "__or__" "__ror__" Or,
    "__xor__" "__rxor__" Xor,
};

const FLOAT_BINARY: &[(&str, NativeFn)] = operators! {
    float_binary:
    "__add__" "__radd__" Add, "__sub__" "__rsub__" Sub, "__mul__" "__rmul__" Mul,
    "__truediv__" "__rtruediv__" Div, "__floordiv__" "__rfloordiv__" FloorDiv,
    "__mod__" "__rmod__" Mod,
};

const INT_UNARY: &[(&str, NativeFn)] = unary! {
    Which::Int,
    "__neg__" |vm: &mut Vm<'_>, n: &Value| vm.unary(s().neg, n),
    "__pos__" as_int,
    "__invert__" |vm: &mut Vm<'_>, n: &Value| vm.unary(s().invert, n),
    "__abs__" abs,
    "__int__" as_int,
    "__index__" as_int,
    "__trunc__" as_int,
    "__floor__" as_int,
    "__ceil__" as_int,
    "__float__" |vm: &mut Vm<'_>, n: &Value| vm.float(n).map(Value::Float),
    "__bool__" |vm: &mut Vm<'_>, n: &Value| vm.truth(n).map(Value::Bool),
    "__hash__" |vm: &mut Vm<'_>, n: &Value| vm.py_hash(n).map(Value::Int),
    "__repr__" shown,
    "__getnewargs__" |vm: &mut Vm<'_>, n: &Value| Ok(vm.new_tuple(vec![n.clone()])),
};

const FLOAT_UNARY: &[(&str, NativeFn)] = unary! {
    Which::Float,
    "__neg__" |vm: &mut Vm<'_>, x: &Value| vm.unary(s().neg, x),
    "__pos__" |_: &mut Vm<'_>, x: &Value| Ok(x.clone()),
    "__abs__" abs,
    "__int__" |vm: &mut Vm<'_>, x: &Value| whole(vm, x, f64::trunc),
    "__trunc__" |vm: &mut Vm<'_>, x: &Value| whole(vm, x, f64::trunc),
    "__floor__" |vm: &mut Vm<'_>, x: &Value| whole(vm, x, f64::floor),
    "__ceil__" |vm: &mut Vm<'_>, x: &Value| whole(vm, x, f64::ceil),
    "__float__" |_: &mut Vm<'_>, x: &Value| Ok(x.clone()),
    "__bool__" |vm: &mut Vm<'_>, x: &Value| vm.truth(x).map(Value::Bool),
    "__hash__" |vm: &mut Vm<'_>, x: &Value| vm.py_hash(x).map(Value::Int),
    "__repr__" shown,
    "__getnewargs__" |vm: &mut Vm<'_>, x: &Value| Ok(vm.new_tuple(vec![x.clone()])),
};

const INT_OTHER: &[(&str, NativeFn)] = &[
    ("__format__", |vm, args| format(vm, args, Which::Int)),
    ("__round__", |vm, args| round(vm, args, Which::Int)),
    ("__divmod__", |vm, args| divmod(vm, args, int_pair(vm, args), false)),
    ("__rdivmod__", |vm, args| divmod(vm, args, int_pair(vm, args), true)),
    ("__pow__", |vm, args| match args.get(2) {
        None | Some(Value::None) => int_binary(vm, args, Bin::Pow, false),
        Some(modulus) if int_pair(vm, args) => {
            let (a, b) = (vm.unwrap(&args[0]), vm.unwrap(&args[1]));
            super::pow3(vm, &a, &b, modulus)
        }
        Some(_) => Ok(Value::NotImplemented),
    }),
    ("__rpow__", |vm, args| int_binary(vm, args, Bin::Pow, true)),
];

const FLOAT_OTHER: &[(&str, NativeFn)] = &[
    ("__format__", |vm, args| format(vm, args, Which::Float)),
    ("__round__", |vm, args| round(vm, args, Which::Float)),
    ("__divmod__", |vm, args| divmod(vm, args, float_pair(vm, args), false)),
    ("__rdivmod__", |vm, args| divmod(vm, args, float_pair(vm, args), true)),
    ("__pow__", |vm, args| float_binary(vm, args, Bin::Pow, false)),
    ("__rpow__", |vm, args| float_binary(vm, args, Bin::Pow, true)),
];

pub fn init(m: &Mutator) {
    methods(m, "int", INT_BINARY);
    methods(m, "int", INT_UNARY);
    methods(m, "int", INT_OTHER);
    methods(m, "int", comparisons!(is_int));
    methods(m, "float", FLOAT_BINARY);
    methods(m, "float", FLOAT_UNARY);
    methods(m, "float", FLOAT_OTHER);
    methods(m, "float", comparisons!(is_number));
}

fn is_int(vm: &Vm<'_>, value: &Value) -> bool {
    matches!(vm.num(value), Some(Num::Int(_) | Num::Big(_)))
}

fn is_number(vm: &Vm<'_>, value: &Value) -> bool {
    vm.num(value).is_some()
}

fn int_pair(vm: &Vm<'_>, args: Args<'_>) -> bool {
    args.len() >= 2 && is_int(vm, &args[0]) && is_int(vm, &args[1])
}

fn float_pair(vm: &Vm<'_>, args: Args<'_>) -> bool {
    args.len() >= 2 && is_number(vm, &args[0]) && is_number(vm, &args[1])
}

fn int_binary(vm: &mut Vm<'_>, args: Args<'_>, op: Bin, reflected: bool) -> R {
    let fits = int_pair(vm, args) && (args.len() == 2 || op == Bin::Pow);
    if fits { arithmetic(vm, args, op, reflected) } else { declined(vm, args) }
}

fn float_binary(vm: &mut Vm<'_>, args: Args<'_>, op: Bin, reflected: bool) -> R {
    let fits = float_pair(vm, args) && (args.len() == 2 || op == Bin::Pow);
    if fits { arithmetic(vm, args, op, reflected) } else { declined(vm, args) }
}

fn declined(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    match args.len() {
        2 => Ok(Value::NotImplemented),
        n => {
            let given = n.saturating_sub(1);
            Err(vm.type_error(format!("expected 1 argument, got {given}")))
        }
    }
}

fn arithmetic(vm: &mut Vm<'_>, args: Args<'_>, op: Bin, reflected: bool) -> R {
    let (mut a, mut b) = (vm.unwrap(&args[0]), vm.unwrap(&args[1]));
    if reflected {
        std::mem::swap(&mut a, &mut b);
    }
    Ok(vm.arithmetic(op, &a, &b)?.unwrap_or(Value::NotImplemented))
}

fn divmod(vm: &mut Vm<'_>, args: Args<'_>, fits: bool, reflected: bool) -> R {
    if !fits {
        return declined(vm, args);
    }
    let (mut a, mut b) = (vm.unwrap(&args[0]), vm.unwrap(&args[1]));
    if reflected {
        std::mem::swap(&mut a, &mut b);
    }
    super::divmod(vm, &a, &b)
}

/// The int that a bool, too, is.
fn as_int(vm: &mut Vm<'_>, n: &Value) -> R {
    Ok(match n {
        Value::Bool(b) => Value::Int(i64::from(*b)),
        n => {
            let _ = vm;
            n.clone()
        }
    })
}

fn abs(vm: &mut Vm<'_>, n: &Value) -> R {
    match vm.num(n) {
        Some(Num::Int(n)) => Ok(match n.checked_abs() {
            Some(n) => Value::Int(n),
            None => vm.new_int(-num_bigint::BigInt::from(n)),
        }),
        Some(Num::Big(n)) => Ok(vm.new_int(num_traits::Signed::abs(&n))),
        Some(Num::Float(x)) => Ok(Value::Float(x.abs())),
        None => Ok(Value::NotImplemented),
    }
}

fn whole(vm: &mut Vm<'_>, x: &Value, f: fn(f64) -> f64) -> R {
    let x = vm.float(x)?;
    super::int_of_float(vm, f(x))
}

fn shown(vm: &mut Vm<'_>, n: &Value) -> R {
    let text = vm.repr(n)?;
    Ok(vm.new_str(text))
}

fn format(vm: &mut Vm<'_>, args: Args<'_>, which: Which) -> R {
    count(vm, args, if which == Which::Int { "int.__format__" } else { "float.__format__" }, 1, 1)?;
    let this = this(vm, args, which, "__format__")?;
    let Some(spec) = vm.text_of(&args[1]) else {
        let name = vm.type_name(&args[1]);
        return Err(vm.type_error(format!("__format__() argument must be str, not {name}")));
    };
    let text = vm.format(&this, &spec)?;
    Ok(vm.new_str(text))
}

fn round(vm: &mut Vm<'_>, args: Args<'_>, which: Which) -> R {
    count(vm, args, "int.__round__", 0, 1)?;
    let this = this(vm, args, which, "__round__")?;
    super::round(vm, &this, args.get(1))
}
