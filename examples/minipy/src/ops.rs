//! Operators: arithmetic, comparison, truth, hashes.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::atomic::Ordering::*;

use brc::{Gc, Local, Mutator};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, ToPrimitive, Zero};

use crate::code::{Bin, Cmp};
use crate::dict;
use crate::object::*;
use crate::sym::{Sym, s};
use crate::text::number;
use crate::vm::{Args, PyErr, R, Vm};

/// A number.
pub enum Num {
    Int(i64),
    Big(BigInt),
    Float(f64),
}

/// Whether two things are equal, if that takes no program: `None` if it does.
pub fn plain_eq(m: &Mutator, a: &Value, b: Local<'_, Obj>) -> Option<bool> {
    match a {
        Value::Obj(gc) => {
            if Gc::as_ptr(gc) == Local::as_ptr(b) {
                return Some(true);
            }
            plain_eq_obj(m, gc.get(m), b.get())
        }
        Value::Int(x) => match b.get() {
            Obj::Int(y) => Some(x == y),
            other => plain_eq_obj(m, &Obj::Int(*x), other),
        },
        Value::None => Some(matches!(b.get(), Obj::None)),
        Value::Bool(x) => plain_eq_obj(m, &Obj::Bool(*x), b.get()),
        Value::Float(x) => plain_eq_obj(m, &Obj::Float(*x), b.get()),
        Value::Ellipsis => Some(matches!(b.get(), Obj::Ellipsis)),
        Value::NotImplemented => Some(matches!(b.get(), Obj::NotImplemented)),
        Value::Unset => Some(false),
    }
}

fn plain_eq_values(m: &Mutator, a: &Value, b: &Value) -> Option<bool> {
    if a.is(b) {
        return Some(true);
    }
    match (a, b) {
        (Value::Obj(x), Value::Obj(y)) => plain_eq_obj(m, x.get(m), y.get(m)),
        (Value::Obj(x), y) | (y, Value::Obj(x)) => match y {
            Value::Int(n) => plain_eq_obj(m, x.get(m), &Obj::Int(*n)),
            Value::Float(n) => plain_eq_obj(m, x.get(m), &Obj::Float(*n)),
            Value::Bool(n) => plain_eq_obj(m, x.get(m), &Obj::Bool(*n)),
            _ => match x.get(m) {
                Obj::Instance(_) => None,
                _ => Some(false),
            },
        },
        (x, y) => match (small(x), small(y)) {
            (Some(x), Some(y)) => Some(num_eq(&x, &y)),
            _ => Some(false),
        },
    }
}

fn plain_eq_obj(m: &Mutator, a: &Obj, b: &Obj) -> Option<bool> {
    Some(match (a, b) {
        (Obj::Str(x), Obj::Str(y)) => x.text == y.text,
        (Obj::Instance(x), _) | (_, Obj::Instance(x)) => {
            let _ = x;
            return None;
        }
        (Obj::Int(x), Obj::Int(y)) => x == y,
        (Obj::Bytes(x), Obj::Bytes(y)) => x == y,
        (Obj::Tuple(x), Obj::Tuple(y)) => {
            if x.len() != y.len() {
                return Some(false);
            }
            for (x, y) in x.iter().zip(y.iter()) {
                match plain_eq_values(m, x, y) {
                    Some(true) => {}
                    other => return other,
                }
            }
            true
        }
        // Containers, and what compares by what is in it.
        (Obj::FrozenSet(_), Obj::FrozenSet(_))
        | (Obj::Range(_), Obj::Range(_))
        | (Obj::WeakRef(_), Obj::WeakRef(_))
        | (Obj::BoundMethod(_), Obj::BoundMethod(_))
        | (Obj::Slice(_), Obj::Slice(_)) => return None,
        (x, y) => match (num_of_obj(x), num_of_obj(y)) {
            (Some(x), Some(y)) => num_eq(&x, &y),
            _ => std::ptr::eq(a, b),
        },
    })
}

fn small(v: &Value) -> Option<Num> {
    match v {
        Value::Int(n) => Some(Num::Int(*n)),
        Value::Bool(b) => Some(Num::Int(i64::from(*b))),
        Value::Float(x) => Some(Num::Float(*x)),
        _ => None,
    }
}

fn num_of_obj(obj: &Obj) -> Option<Num> {
    match obj {
        Obj::Int(n) => Some(Num::Int(*n)),
        Obj::Bool(b) => Some(Num::Int(i64::from(*b))),
        Obj::Float(x) => Some(Num::Float(*x)),
        Obj::IntBox(n) => Some(Num::Int(n.load(Relaxed))),
        Obj::FloatBox(x) => Some(Num::Float(f64::from_bits(x.load(Relaxed)))),
        Obj::BigInt(n) => Some(Num::Big((**n).clone())),
        _ => None,
    }
}

fn num_cmp(a: &Num, b: &Num) -> Option<Ordering> {
    match (a, b) {
        (Num::Int(x), Num::Int(y)) => Some(x.cmp(y)),
        (Num::Float(x), Num::Float(y)) => x.partial_cmp(y),
        (Num::Big(x), Num::Big(y)) => Some(x.cmp(y)),
        (Num::Int(x), Num::Big(y)) => Some(BigInt::from(*x).cmp(y)),
        (Num::Big(x), Num::Int(y)) => Some(x.cmp(&BigInt::from(*y))),
        (Num::Int(x), Num::Float(y)) if x.unsigned_abs() < 1 << 53 => (*x as f64).partial_cmp(y),
        (Num::Int(x), Num::Float(y)) => number::compare_int_float(&BigInt::from(*x), *y),
        (Num::Big(x), Num::Float(y)) => number::compare_int_float(x, *y),
        (Num::Float(_), _) => num_cmp(b, a).map(Ordering::reverse),
    }
}

fn num_eq(a: &Num, b: &Num) -> bool {
    num_cmp(a, b) == Some(Ordering::Equal)
}

/// Method of an operator, of its reflection, of its in-place form; its sign.
fn names(op: Bin) -> (Sym, Sym, Sym, &'static str) {
    let s = s();
    match op {
        Bin::Add => (s.add, s.radd, s.iadd, "+"),
        Bin::Sub => (s.sub, s.rsub, s.isub, "-"),
        Bin::Mul => (s.mul, s.rmul, s.imul, "*"),
        Bin::MatMul => (s.matmul, s.rmatmul, s.imatmul, "@"),
        Bin::Div => (s.truediv, s.rtruediv, s.itruediv, "/"),
        Bin::FloorDiv => (s.floordiv, s.rfloordiv, s.ifloordiv, "//"),
        Bin::Mod => (s.mod_, s.rmod, s.imod, "%"),
        Bin::Pow => (s.pow, s.rpow, s.ipow, "** or pow()"),
        Bin::LShift => (s.lshift, s.rlshift, s.ilshift, "<<"),
        Bin::RShift => (s.rshift, s.rrshift, s.irshift, ">>"),
        Bin::And => (s.and, s.rand, s.iand, "&"),
        Bin::Or => (s.or, s.ror, s.ior, "|"),
        Bin::Xor => (s.xor, s.rxor, s.ixor, "^"),
    }
}

impl Vm<'_> {
    /// The number that a value is.
    pub fn num(&self, value: &Value) -> Option<Num> {
        match value {
            Value::Obj(gc) => match gc.get(self.m) {
                Obj::Instance(i) => {
                    let base = i.slots.get(SLOT_BASE)?.load(self.m)?;
                    num_of_obj(base.get())
                }
                obj => num_of_obj(obj),
            },
            value => small(value),
        }
    }

    /// The integer that a value is: an int, or what its `__index__` says.
    pub fn index(&mut self, value: &Value) -> R<BigInt> {
        match self.num(value) {
            Some(Num::Int(n)) => return Ok(n.into()),
            Some(Num::Big(n)) => return Ok(n),
            _ => {}
        }
        if let Some(n) = self.call_special(value, s().index, &[])? {
            return match self.num(&n) {
                Some(Num::Int(n)) => Ok(n.into()),
                Some(Num::Big(n)) => Ok(n),
                _ => {
                    let name = self.type_name(&n);
                    Err(self.type_error(format!("__index__ returned non-int (type {name})")))
                }
            };
        }
        let name = self.type_name(value);
        Err(self.type_error(format!("'{name}' object cannot be interpreted as an integer")))
    }

    /// As [`index`](Self::index), as a machine word.
    pub fn index_i64(&mut self, value: &Value) -> R<i64> {
        if let Value::Int(n) = value {
            return Ok(*n);
        }
        let n = self.index(value)?;
        match n.to_i64() {
            Some(n) => Ok(n),
            None => Err(self.err("OverflowError", "Python int too large to convert to C ssize_t")),
        }
    }

    /// A real number.
    pub fn float(&mut self, value: &Value) -> R<f64> {
        match self.num(value) {
            Some(Num::Float(x)) => Ok(x),
            Some(Num::Int(n)) => Ok(n as f64),
            Some(Num::Big(n)) => match number::bigint_to_f64(&n) {
                Some(x) => Ok(x),
                None => Err(self.err("OverflowError", "int too large to convert to float")),
            },
            None => {
                if let Some(x) = self.call_special(value, s().float, &[])? {
                    return match self.num(&x) {
                        Some(Num::Float(x)) => Ok(x),
                        _ => {
                            let (name, of) = (self.type_name(value), self.type_name(&x));
                            Err(self.type_error(format!(
                                "{name}.__float__ returned non-float (type {of})"
                            )))
                        }
                    };
                }
                let class = self.type_of(value);
                if self.lookup(&class, s().index).is_some() {
                    let n = self.index(value)?;
                    return Ok(number::bigint_to_f64(&n).unwrap_or(f64::INFINITY));
                }
                let name = self.type_name(value);
                Err(self.type_error(format!("must be real number, not {name}")))
            }
        }
    }

    // Arithmetic.

    /// A binary operator.
    pub fn binary(&mut self, op: Bin, a: &Value, b: &Value) -> R {
        if let Some(result) = self.arithmetic(op, a, b)? {
            return Ok(result);
        }
        self.binary_slowly(op, a, b)
    }

    fn binary_slowly(&mut self, op: Bin, a: &Value, b: &Value) -> R {
        let (left, right, _, sign) = names(op);
        if let Some(result) = self.operator(a, b, left, right)? {
            return Ok(result);
        }
        if op == Bin::Or && self.is_type_like(a) && self.is_type_like(b) {
            // A union of types: a tuple serves for `isinstance` and annotations.
            let parts = [a, b].map(|v| match v.as_obj(self.m) {
                Some(Obj::Tuple(items)) => items.to_vec(),
                Some(_) => vec![v.clone()],
                None => vec![Value::Obj(self.s.types.none.clone())],
            });
            return Ok(self.new_tuple(parts.concat()));
        }
        // Sequences come after numbers.
        if let Some(result) = self.sequence_op(op, a, b)? {
            return Ok(result);
        }
        let (x, y) = (self.type_name(a), self.type_name(b));
        Err(self.type_error(format!("unsupported operand type(s) for {sign}: '{x}' and '{y}'")))
    }

    fn is_type_like(&self, value: &Value) -> bool {
        match value.as_obj(self.m) {
            Some(Obj::Class(_)) => true,
            Some(Obj::Tuple(items)) => {
                !items.is_empty()
                    && items.iter().all(|v| matches!(v.as_obj(self.m), Some(Obj::Class(_))))
            }
            _ => value.is_none(),
        }
    }

    fn has_user_op(&mut self, value: &Value, name: Sym) -> Option<Value> {
        let class = self.type_of(value);
        let is_user = matches!(class.get(self.m), Obj::Class(c) if c.is_user);
        if !is_user {
            return None;
        }
        let f = self.lookup(&class, name)?;
        // A builtin's method is what happens anyway.
        (!matches!(f.as_obj(self.m), Some(Obj::Builtin(_)))).then_some(f)
    }

    /// Asks both operands' classes; the right one first if it is the more special one.
    pub fn operator(&mut self, a: &Value, b: &Value, left: Sym, right: Sym) -> R<Option<Value>> {
        let lf = self.has_user_op(a, left);
        let (ta, tb) = (self.type_of(a), self.type_of(b));
        let same = Gc::ptr_eq(&ta, &tb);
        let rf = if same { None } else { self.has_user_op(b, right) };
        let right_first = rf.is_some() && self.is_subclass(&tb, &ta);
        let ask =
            |vm: &mut Self, f: &Option<Value>, this: &Value, other: &Value| -> R<Option<Value>> {
                let Some(f) = f else { return Ok(None) };
                let args = [other.clone()];
                let result = vm.call_bound(f, this.clone(), Args::new(&args))?;
                Ok((!matches!(result, Value::NotImplemented)).then_some(result))
            };
        if right_first && let Some(result) = ask(self, &rf, b, a)? {
            return Ok(Some(result));
        }
        if let Some(result) = ask(self, &lf, a, b)? {
            return Ok(Some(result));
        }
        if !right_first {
            return ask(self, &rf, b, a);
        }
        Ok(None)
    }

    /// Numbers only.
    pub fn arithmetic(&mut self, op: Bin, a: &Value, b: &Value) -> R<Option<Value>> {
        let user = |v: &Value| matches!(v.as_obj(self.m), Some(Obj::Instance(_)));
        if user(a) || user(b) {
            // A class that extends a number may have operators of its own.
            let (left, right, ..) = names(op);
            if self.has_user_op(a, left).is_some() || self.has_user_op(b, right).is_some() {
                return Ok(None);
            }
        }
        let (Some(x), Some(y)) = (self.num(a), self.num(b)) else { return Ok(None) };
        if let (Bin::And | Bin::Or | Bin::Xor, Value::Bool(x), Value::Bool(y)) = (op, a, b) {
            return Ok(Some(Value::Bool(match op {
                Bin::And => x & y,
                Bin::Or => x | y,
                _ => x ^ y,
            })));
        }
        let result = match (x, y) {
            (Num::Int(x), Num::Int(y)) => self.int_op(op, x, y)?,
            (Num::Float(_), _) | (_, Num::Float(_)) => {
                if matches!(
                    op,
                    Bin::MatMul | Bin::LShift | Bin::RShift | Bin::And | Bin::Or | Bin::Xor
                ) {
                    return Ok(None);
                }
                let (x, y) = (self.float(a)?, self.float(b)?);
                Some(self.float_op(op, x, y)?)
            }
            (Num::Int(x), Num::Big(y)) => self.big_op(op, &x.into(), &y)?,
            (Num::Big(x), Num::Int(y)) => self.big_op(op, &x, &y.into())?,
            (Num::Big(x), Num::Big(y)) => self.big_op(op, &x, &y)?,
        };
        Ok(result)
    }

    fn int_op(&mut self, op: Bin, x: i64, y: i64) -> R<Option<Value>> {
        let quick = match op {
            Bin::Add => x.checked_add(y),
            Bin::Sub => x.checked_sub(y),
            Bin::Mul => x.checked_mul(y),
            Bin::FloorDiv if y != 0 && !(x == i64::MIN && y == -1) => {
                Some(Integer::div_floor(&x, &y))
            }
            Bin::Mod if y != 0 && y != -1 => Some(Integer::mod_floor(&x, &y)),
            Bin::And => Some(x & y),
            Bin::Or => Some(x | y),
            Bin::Xor => Some(x ^ y),
            Bin::RShift if y >= 0 => Some(if y > 63 { x >> 63 } else { x >> y }),
            Bin::LShift if (0..62).contains(&y) && x.unsigned_abs() >> (62 - y) == 0 => {
                Some(x << y)
            }
            Bin::Pow if y >= 0 => u32::try_from(y).ok().and_then(|y| x.checked_pow(y)),
            Bin::Div if y != 0 && x.unsigned_abs() < 1 << 53 && y.unsigned_abs() < 1 << 53 => {
                return Ok(Some(Value::Float(x as f64 / y as f64)));
            }
            _ => None,
        };
        match quick {
            Some(n) => Ok(Some(Value::Int(n))),
            None => self.big_op(op, &x.into(), &y.into()),
        }
    }

    fn big_op(&mut self, op: Bin, x: &BigInt, y: &BigInt) -> R<Option<Value>> {
        let zero = |vm: &mut Self, message: &str| Err(vm.err("ZeroDivisionError", message));
        let n =
            match op {
                Bin::Add => x + y,
                Bin::Sub => x - y,
                Bin::Mul => x * y,
                Bin::FloorDiv | Bin::Mod if y.is_zero() => {
                    let what = if op == Bin::Mod {
                        "integer modulo by zero"
                    } else {
                        "integer division or modulo by zero"
                    };
                    return zero(self, what);
                }
                Bin::FloorDiv => x.div_floor(y),
                Bin::Mod => x.mod_floor(y),
                Bin::Div => {
                    if y.is_zero() {
                        return zero(self, "division by zero");
                    }
                    return match number::int_true_div(x, y) {
                        Ok(q) => Ok(Some(Value::Float(q))),
                        Err(_) => Err(self
                            .err("OverflowError", "integer division result too large for a float")),
                    };
                }
                Bin::And => x & y,
                Bin::Or => x | y,
                Bin::Xor => x ^ y,
                Bin::LShift | Bin::RShift => {
                    if y.is_negative() {
                        return Err(self.value_error("negative shift count"));
                    }
                    match (op, y.to_usize()) {
                        (Bin::LShift, Some(y)) if y < 1 << 34 => x << y,
                        (Bin::LShift, _) if x.is_zero() => BigInt::zero(),
                        (Bin::LShift, _) => {
                            return Err(self.err("OverflowError", "too many digits in integer"));
                        }
                        (_, Some(y)) => x >> y,
                        (_, None) => BigInt::from(if x.is_negative() { -1 } else { 0 }),
                    }
                }
                Bin::Pow => {
                    if y.is_negative() {
                        if x.is_zero() {
                            return zero(self, "0.0 cannot be raised to a negative power");
                        }
                        let (x, y) = (self.new_int(x.clone()), self.new_int(y.clone()));
                        let (x, y) = (self.float(&x)?, self.float(&y)?);
                        return self.float_op(op, x, y).map(Some);
                    }
                    match y.to_u32() {
                        Some(y) => x.pow(y),
                        None if x.is_zero() || *x == BigInt::from(1) => x.clone(),
                        None if *x == BigInt::from(-1) => {
                            if y.is_even() {
                                BigInt::from(1)
                            } else {
                                x.clone()
                            }
                        }
                        None => return Err(self.err("MemoryError", "")),
                    }
                }
                Bin::MatMul => return Ok(None),
            };
        Ok(Some(self.new_int(n)))
    }

    fn float_op(&mut self, op: Bin, x: f64, y: f64) -> R {
        Ok(Value::Float(match op {
            Bin::Add => x + y,
            Bin::Sub => x - y,
            Bin::Mul => x * y,
            Bin::Div | Bin::FloorDiv | Bin::Mod if y == 0.0 => {
                return Err(self.err(
                    "ZeroDivisionError",
                    match op {
                        Bin::Div => "float division by zero",
                        Bin::FloorDiv => "float floor division by zero",
                        _ => "float modulo",
                    },
                ));
            }
            Bin::Div => x / y,
            Bin::FloorDiv => number::float_divmod(x, y).0,
            Bin::Mod => number::float_divmod(x, y).1,
            Bin::Pow => {
                if x == 0.0 && y < 0.0 {
                    return Err(
                        self.err("ZeroDivisionError", "0.0 cannot be raised to a negative power")
                    );
                }
                if x < 0.0 && y.is_finite() && x.is_finite() && y.fract() != 0.0 {
                    return Err(self.value_error("complex numbers are not supported by minipy"));
                }
                let z = x.powf(y);
                if z.is_infinite() && x.is_finite() && y.is_finite() {
                    let errno = Value::Int(34);
                    let text = self.new_str("Numerical result out of range");
                    let class = self.s.type_named("OverflowError").clone();
                    return Err(self.err_with(&class, vec![errno, text]));
                }
                z
            }
            _ => unreachable!("not of floats"),
        }))
    }

    /// `+=` and the like.
    pub fn in_place(&mut self, op: Bin, a: &Value, b: &Value) -> R {
        match (op, a.as_obj(self.m)) {
            (Bin::Add, Some(Obj::List(_))) => {
                self.list_extend(a, b)?;
                return Ok(a.clone());
            }
            (Bin::Add, Some(Obj::Str(x))) => {
                if let Some(Obj::Str(y)) = b.as_obj(self.m) {
                    let joined = [&*x.text, &*y.text].concat();
                    return Ok(self.new_str(joined));
                }
            }
            (_, Some(Obj::Instance(_))) => {
                let (_, _, name, _) = names(op);
                if let Some(result) = self.call_special(a, name, std::slice::from_ref(b))?
                    && !matches!(result, Value::NotImplemented)
                {
                    return Ok(result);
                }
            }
            (_, Some(_)) => {
                if let Some(result) = self.in_place_builtin(op, a, b)? {
                    return Ok(result);
                }
            }
            _ => {}
        }
        let (_, _, _, sign) = names(op);
        match self.binary(op, a, b) {
            // The message has the operator as it was written.
            Err(e) if self.is_err(&e, "TypeError") && self.is_unsupported(&e) => {
                let (x, y) = (self.type_name(a), self.type_name(b));
                let sign = if op == Bin::Pow { "**" } else { sign };
                Err(self.type_error(format!(
                    "unsupported operand type(s) for {sign}=: '{x}' and '{y}'"
                )))
            }
            result => result,
        }
    }

    fn is_unsupported(&mut self, e: &PyErr) -> bool {
        let e = Value::Obj(e.0.clone());
        matches!(self.str(&e), Ok(text) if text.starts_with("unsupported operand type(s) for "))
    }

    /// `-x` and the like.
    pub fn unary(&mut self, name: Sym, a: &Value) -> R {
        let user = self.has_user_op(a, name);
        if let Some(f) = user {
            return self.call_bound(&f, a.clone(), Args::new(&[]));
        }
        let sign = match name.as_str() {
            "__neg__" => "-",
            "__pos__" => "+",
            _ => "~",
        };
        match (self.num(a), sign) {
            (Some(Num::Int(n)), "-") => {
                Ok(n.checked_neg().map_or_else(|| self.new_int(-BigInt::from(n)), Value::Int))
            }
            (Some(Num::Int(n)), "+") => Ok(Value::Int(n)),
            (Some(Num::Int(n)), _) => Ok(Value::Int(!n)),
            (Some(Num::Big(n)), "-") => Ok(self.new_int(-n)),
            (Some(Num::Big(n)), "+") => Ok(self.new_int(n)),
            (Some(Num::Big(n)), _) => Ok(self.new_int(-n - 1)),
            (Some(Num::Float(x)), "-") => Ok(Value::Float(-x)),
            (Some(Num::Float(x)), "+") => Ok(Value::Float(x)),
            _ => {
                if let Some(result) = self.call_special(a, name, &[])? {
                    return Ok(result);
                }
                let class = self.type_name(a);
                Err(self.type_error(format!("bad operand type for unary {sign}: '{class}'")))
            }
        }
    }

    // Comparison.

    /// Whether two values are equal, as containers ask: identity suffices.
    pub fn equal(&mut self, a: &Value, b: &Value) -> R<bool> {
        if let (Value::Float(x), Value::Float(y)) = (a, b) {
            return Ok(x == y || x.to_bits() == y.to_bits());
        }
        if a.is(b) {
            return Ok(true);
        }
        if let Some(equal) = plain_eq_values(self.m, a, b)
            && !self.is_container(a)
            && !self.is_container(b)
        {
            return Ok(equal);
        }
        let result = self.compare_op(Cmp::Eq, a, b)?;
        self.truth(&result)
    }

    fn is_container(&self, value: &Value) -> bool {
        matches!(
            value.as_obj(self.m),
            Some(
                Obj::List(_)
                    | Obj::Tuple(_)
                    | Obj::Dict(_)
                    | Obj::Set(_)
                    | Obj::FrozenSet(_)
                    | Obj::DictView(_)
                    | Obj::ByteArray(_)
                    | Obj::Deque(_)
                    | Obj::Instance(_)
            )
        )
    }

    /// A comparison operator.
    pub fn compare_op(&mut self, op: Cmp, a: &Value, b: &Value) -> R {
        match op {
            Cmp::Is => return Ok(Value::Bool(a.is(b))),
            Cmp::IsNot => return Ok(Value::Bool(!a.is(b))),
            Cmp::In => return self.contains(b, a).map(Value::Bool),
            Cmp::NotIn => return self.contains(b, a).map(|found| Value::Bool(!found)),
            _ => {}
        }
        // Strings and numbers.
        if let (Some(Obj::Str(x)), Some(Obj::Str(y))) = (a.as_obj(self.m), b.as_obj(self.m)) {
            return Ok(Value::Bool(match op {
                Cmp::Eq => x.text == y.text,
                Cmp::Ne => x.text != y.text,
                _ => ordering_holds(op, Some(x.text.cmp(&y.text))),
            }));
        }
        let is_instance = |v: &Value| matches!(v.as_obj(self.m), Some(Obj::Instance(_)));
        if is_instance(a) || is_instance(b) {
            if let Some(result) = self.compare_instances(op, a, b)? {
                return Ok(result);
            }
        } else if let (Some(x), Some(y)) = (self.num(a), self.num(b)) {
            return Ok(Value::Bool(ordering_holds(op, num_cmp(&x, &y))));
        }
        let (x, y) = (self.unwrap(a), self.unwrap(b));
        if let Some(result) = self.compare_builtin(op, &x, &y)? {
            return Ok(result);
        }
        match op {
            Cmp::Eq => Ok(Value::Bool(a.is(b))),
            Cmp::Ne => Ok(Value::Bool(!a.is(b))),
            _ => {
                let (x, y) = (self.type_name(a), self.type_name(b));
                let sign = sign_of(op);
                Err(self.type_error(format!(
                    "'{sign}' not supported between instances of '{x}' and '{y}'"
                )))
            }
        }
    }

    fn compare_instances(&mut self, op: Cmp, a: &Value, b: &Value) -> R<Option<Value>> {
        let sy = s();
        let (name, reflected) = match op {
            Cmp::Eq => (sy.eq, sy.eq),
            Cmp::Ne => (sy.ne, sy.ne),
            Cmp::Lt => (sy.lt, sy.gt),
            Cmp::Le => (sy.le, sy.ge),
            Cmp::Gt => (sy.gt, sy.lt),
            _ => (sy.ge, sy.le),
        };
        let lf = self.has_user_op(a, name);
        let rf = self.has_user_op(b, reflected);
        let (ta, tb) = (self.type_of(a), self.type_of(b));
        let right_first = rf.is_some() && !Gc::ptr_eq(&ta, &tb) && self.is_subclass(&tb, &ta);
        let mut order = [(lf, a, b), (rf, b, a)];
        if right_first {
            order.swap(0, 1);
        }
        for (f, this, other) in order {
            if let Some(f) = f {
                let args = [other.clone()];
                let result = self.call_bound(&f, this.clone(), Args::new(&args))?;
                if !matches!(result, Value::NotImplemented) {
                    return Ok(Some(result));
                }
            }
        }
        if op == Cmp::Ne {
            // By default the opposite of `__eq__`.
            if let Some(result) = self.compare_instances(Cmp::Eq, a, b)? {
                let equal = self.truth(&result)?;
                return Ok(Some(Value::Bool(!equal)));
            }
        }
        let (x, y) = (self.unwrap(a), self.unwrap(b));
        if let (Some(x), Some(y)) = (self.num(&x), self.num(&y)) {
            return Ok(Some(Value::Bool(ordering_holds(op, num_cmp(&x, &y)))));
        }
        if let (Some(Obj::Str(x)), Some(Obj::Str(y))) = (x.as_obj(self.m), y.as_obj(self.m)) {
            return Ok(Some(Value::Bool(ordering_holds(op, Some(x.text.cmp(&y.text))))));
        }
        Ok(None)
    }

    fn compare_builtin(&mut self, op: Cmp, a: &Value, b: &Value) -> R<Option<Value>> {
        let (Some(x), Some(y)) = (a.as_obj(self.m), b.as_obj(self.m)) else { return Ok(None) };
        match (x, y) {
            (Obj::List(_), Obj::List(_))
            | (Obj::Tuple(_), Obj::Tuple(_))
            | (Obj::Deque(_), Obj::Deque(_)) => {
                let (x, y) = (self.items_of(a), self.items_of(b));
                self.compare_sequences(op, &x, &y).map(Some)
            }
            (Obj::Bytes(_) | Obj::ByteArray(_), Obj::Bytes(_) | Obj::ByteArray(_)) => {
                let (x, y) = (self.bytes_of(a), self.bytes_of(b));
                Ok(Some(Value::Bool(ordering_holds(op, Some(x.cmp(&y))))))
            }
            (Obj::Dict(_), Obj::Dict(_)) if matches!(op, Cmp::Eq | Cmp::Ne) => {
                let (x, y) = (a.as_ref().expect("a dict"), b.as_ref().expect("a dict"));
                let equal = self.equal_dicts(x, y)?;
                Ok(Some(Value::Bool(equal == (op == Cmp::Eq))))
            }
            (Obj::Set(_) | Obj::FrozenSet(_), Obj::Set(_) | Obj::FrozenSet(_)) => {
                let (x, y) =
                    (a.as_ref().expect("a set").clone(), b.as_ref().expect("a set").clone());
                self.compare_sets(op, &x, &y).map(|b| Some(Value::Bool(b)))
            }
            (Obj::DictView(v), Obj::DictView(_) | Obj::Set(_) | Obj::FrozenSet(_))
                if v.1 != ViewKind::Values =>
            {
                let (x, y) = (self.as_set(a)?, self.as_set(b)?);
                self.compare_sets(op, &x, &y).map(|b| Some(Value::Bool(b)))
            }
            (Obj::Set(_) | Obj::FrozenSet(_), Obj::DictView(v)) if v.1 != ViewKind::Values => {
                let (x, y) = (self.as_set(a)?, self.as_set(b)?);
                self.compare_sets(op, &x, &y).map(|b| Some(Value::Bool(b)))
            }
            (Obj::Range(x), Obj::Range(y)) if matches!(op, Cmp::Eq | Cmp::Ne) => {
                let n = x.len();
                let equal = n == y.len()
                    && (n == 0 || (x.start == y.start && (n == 1 || x.step == y.step)));
                Ok(Some(Value::Bool(equal == (op == Cmp::Eq))))
            }
            (Obj::Slice(x), Obj::Slice(y)) if matches!(op, Cmp::Eq | Cmp::Ne) => {
                let (x, y) = (x.to_vec(), y.to_vec());
                self.compare_sequences(op, &x, &y).map(Some)
            }
            (Obj::BoundMethod(x), Obj::BoundMethod(y)) if matches!(op, Cmp::Eq | Cmp::Ne) => {
                let equal = x.0.is(&y.0) && x.1.is(&y.1);
                Ok(Some(Value::Bool(equal == (op == Cmp::Eq))))
            }
            (Obj::WeakRef(x), Obj::WeakRef(y)) if matches!(op, Cmp::Eq | Cmp::Ne) => {
                let (x, y) = (x.weak.upgrade(self.m), y.weak.upgrade(self.m));
                let equal = match (x, y) {
                    (Some(x), Some(y)) => self.equal(&Value::Obj(x), &Value::Obj(y))?,
                    _ => a.is(b),
                };
                Ok(Some(Value::Bool(equal == (op == Cmp::Eq))))
            }
            _ => Ok(None),
        }
    }

    /// The items of a list, tuple or deque, as of now.
    pub fn items_of(&self, value: &Value) -> Vec<Value> {
        match value.as_obj(self.m) {
            Some(Obj::List(list)) => list.iter(self.m).map(Value::from_local).collect(),
            Some(Obj::Tuple(items)) => items.to_vec(),
            Some(Obj::Deque(d)) => {
                d.items.lock().unwrap_or_else(|e| e.into_inner()).iter().cloned().collect()
            }
            _ => Vec::new(),
        }
    }

    pub fn bytes_of(&self, value: &Value) -> Vec<u8> {
        match value.as_obj(self.m) {
            Some(Obj::Bytes(b)) => b.to_vec(),
            Some(Obj::ByteArray(b)) => b.lock().unwrap_or_else(|e| e.into_inner()).clone(),
            _ => Vec::new(),
        }
    }

    fn compare_sequences(&mut self, op: Cmp, x: &[Value], y: &[Value]) -> R {
        if matches!(op, Cmp::Eq | Cmp::Ne) && x.len() != y.len() {
            return Ok(Value::Bool(op == Cmp::Ne));
        }
        self.enter_call()?;
        let mut different = None;
        for (a, b) in x.iter().zip(y) {
            match self.equal(a, b) {
                Ok(true) => {}
                Ok(false) => {
                    different = Some((a, b));
                    break;
                }
                Err(e) => {
                    self.leave_call();
                    return Err(e);
                }
            }
        }
        self.leave_call();
        match (different, op) {
            (None, _) => Ok(Value::Bool(ordering_holds(op, Some(x.len().cmp(&y.len()))))),
            (Some(_), Cmp::Eq) => Ok(Value::Bool(false)),
            (Some(_), Cmp::Ne) => Ok(Value::Bool(true)),
            (Some((a, b)), _) => self.compare_op(op, a, b),
        }
    }

    pub fn equal_dicts(&mut self, x: &Ref, y: &Ref) -> R<bool> {
        if dict::of(x, self.m).len() != dict::of(y, self.m).len() {
            return Ok(false);
        }
        for (key, value) in dict::of(x, self.m).entries(self.m) {
            let (key, value) = (Value::from_ref(key, self.m), Value::from_ref(value, self.m));
            match dict::get(self, y, &key)? {
                Some(other) if self.equal(&value, &other)? => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    /// A set, or the set of what another iterable has.
    pub fn as_set(&mut self, value: &Value) -> R<Ref> {
        let value = self.unwrap(value);
        if let Value::Obj(gc) = &value
            && matches!(gc.get(self.m), Obj::Set(_) | Obj::FrozenSet(_))
        {
            return Ok(gc.clone());
        }
        let set = self.new_set();
        for item in self.collect(&value)? {
            dict::add(self, &set, &item)?;
        }
        Ok(set)
    }

    fn compare_sets(&mut self, op: Cmp, x: &Ref, y: &Ref) -> R<bool> {
        let (nx, ny) = (dict::of(x, self.m).len(), dict::of(y, self.m).len());
        let subset = |vm: &mut Self, x: &Ref, y: &Ref| -> R<bool> {
            for key in dict::of(x, vm.m).keys(vm.m) {
                if !dict::contains(vm, y, &key)? {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        Ok(match op {
            Cmp::Eq => nx == ny && subset(self, x, y)?,
            Cmp::Ne => !(nx == ny && subset(self, x, y)?),
            Cmp::Le => nx <= ny && subset(self, x, y)?,
            Cmp::Lt => nx < ny && subset(self, x, y)?,
            Cmp::Ge => nx >= ny && subset(self, y, x)?,
            _ => nx > ny && subset(self, y, x)?,
        })
    }

    /// Whether `a < b`.
    pub fn less(&mut self, a: &Value, b: &Value) -> R<bool> {
        match (a, b) {
            (Value::Int(x), Value::Int(y)) => return Ok(x < y),
            (Value::Float(x), Value::Float(y)) => return Ok(x < y),
            _ => {}
        }
        let result = self.compare_op(Cmp::Lt, a, b)?;
        self.truth(&result)
    }

    // Truth and hashes.

    /// Python's `bool(x)`.
    #[inline]
    pub fn truth(&mut self, value: &Value) -> R<bool> {
        match value {
            Value::Bool(b) => Ok(*b),
            Value::None | Value::Unset => Ok(false),
            Value::Int(n) => Ok(*n != 0),
            Value::Float(x) => Ok(*x != 0.0),
            Value::Ellipsis | Value::NotImplemented => Ok(true),
            Value::Obj(_) => self.truth_of_object(value),
        }
    }

    fn truth_of_object(&mut self, value: &Value) -> R<bool> {
        let Value::Obj(gc) = value else { return Ok(true) };
        Ok(match gc.get(self.m) {
            Obj::Str(s) => !s.text.is_empty(),
            Obj::List(list) => !list.is_empty(self.m),
            Obj::Dict(d) | Obj::Set(d) | Obj::FrozenSet(d) => !d.is_empty(),
            Obj::Tuple(items) => !items.is_empty(),
            Obj::Bytes(b) => !b.is_empty(),
            Obj::BigInt(_) => true,
            Obj::Range(r) => !r.is_empty(),
            Obj::Instance(_) => {
                if let Some(result) = self.call_special(value, s().bool, &[])? {
                    return match result {
                        Value::Bool(b) => Ok(b),
                        other => {
                            let name = self.type_name(&other);
                            Err(self.type_error(format!(
                                "__bool__ should return bool, returned {name}"
                            )))
                        }
                    };
                }
                let class = self.type_of(value);
                if self.lookup(&class, s().len).is_some() {
                    return Ok(self.len(value)? != 0);
                }
                true
            }
            Obj::ByteArray(_) | Obj::Deque(_) | Obj::DictView(_) => self.len(value)? != 0,
            _ => true,
        })
    }

    /// Python's `hash(x)`, for dicts.
    #[inline]
    pub fn hash(&mut self, value: &Value) -> R<u64> {
        match value {
            Value::Int(n) => Ok(mix(int_hash(*n) as u64)),
            Value::Obj(gc) => {
                if let Obj::Str(s) = gc.get(self.m) {
                    return Ok(str_hash(s));
                }
                self.py_hash(value).map(|h| mix(h as u64))
            }
            _ => self.py_hash(value).map(|h| mix(h as u64)),
        }
    }

    /// Python's `hash(x)`.
    pub fn py_hash(&mut self, value: &Value) -> R<i64> {
        match value {
            Value::Int(n) => Ok(int_hash(*n)),
            Value::Bool(b) => Ok(i64::from(*b)),
            Value::Float(x) => Ok(number::float_hash(*x)),
            Value::None | Value::Unset => Ok(0x00fc_a860),
            Value::Ellipsis => Ok(0x00fc_a861),
            Value::NotImplemented => Ok(0x00fc_a862),
            Value::Obj(gc) => match gc.get(self.m) {
                // Not mixed yet, as no other hash here is.
                Obj::Str(s) => Ok(i64::from(known_hash(s))),
                Obj::BigInt(n) => Ok(number::int_hash(n)),
                Obj::Bytes(b) => {
                    let mut h = rustc_hash::FxHasher::default();
                    b.hash(&mut h);
                    Ok((h.finish() >> 2) as i64)
                }
                Obj::Tuple(items) => {
                    let items = items.to_vec();
                    self.enter_call()?;
                    let mut acc = 0x27D4_EB2F_1656_67C5_u64;
                    for item in &items {
                        match self.py_hash(item) {
                            Ok(h) => {
                                acc = acc
                                    .wrapping_add((h as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F));
                                acc = acc.rotate_left(31).wrapping_mul(0x9E37_79B1_85EB_CA87);
                            }
                            Err(e) => {
                                self.leave_call();
                                return Err(e);
                            }
                        }
                    }
                    self.leave_call();
                    Ok(acc.wrapping_add(items.len() as u64) as i64)
                }
                Obj::FrozenSet(d) => {
                    let keys = d.keys(self.m);
                    let mut acc = 1_927_868_237_u64.wrapping_mul(keys.len() as u64 + 1);
                    for key in keys {
                        acc ^= mix(self.py_hash(&key)? as u64);
                    }
                    Ok(acc as i64)
                }
                Obj::Range(r) => {
                    let (n, start, step) = (r.len() as i64, r.start, r.step);
                    Ok(n.wrapping_mul(31)
                        .wrapping_add(if n == 0 { 0 } else { start })
                        .wrapping_mul(31)
                        .wrapping_add(if n <= 1 { 0 } else { step }))
                }
                Obj::List(_)
                | Obj::Dict(_)
                | Obj::Set(_)
                | Obj::ByteArray(_)
                | Obj::Slice(_)
                | Obj::Deque(_) => Err(self.unhashable(value)),
                Obj::BoundMethod(b) => {
                    let (x, y) = (b.0.clone(), b.1.clone());
                    Ok(address_hash(&x) ^ address_hash(&y).rotate_left(7))
                }
                Obj::WeakRef(w) => {
                    let known = w.hash.load(Relaxed);
                    if known != 0 {
                        return Ok(known);
                    }
                    let target = w.weak.upgrade(self.m);
                    let Some(target) = target else {
                        return Err(self.type_error("weak object has gone away"));
                    };
                    let h = self.py_hash(&Value::Obj(target))?;
                    if let Some(Obj::WeakRef(w)) = value.as_obj(self.m) {
                        w.hash.store(h, Relaxed);
                    }
                    Ok(h)
                }
                Obj::Instance(_) => self.hash_instance(value),
                _ => Ok(address_hash(value)),
            },
        }
    }

    fn hash_instance(&mut self, value: &Value) -> R<i64> {
        let class = self.type_of(value);
        match self.lookup(&class, s().hash) {
            Some(Value::None) => Err(self.unhashable(value)),
            Some(f) if !matches!(f.as_obj(self.m), Some(Obj::Builtin(_))) => {
                let f = self.bind_descriptor(&f, Some(value), &class)?;
                let h = self.call(&f, &[])?;
                match self.num(&h) {
                    Some(Num::Int(n)) => Ok(int_hash(n)),
                    Some(Num::Big(n)) => Ok(number::int_hash(&n)),
                    _ => Err(self.type_error("__hash__ method should return an integer")),
                }
            }
            _ => match self.base_of(value) {
                Some(base) => self.py_hash(&base),
                None => Ok(address_hash(value)),
            },
        }
    }

    fn unhashable(&mut self, value: &Value) -> PyErr {
        let name = self.type_name(value);
        self.type_error(format!("unhashable type: '{name}'"))
    }
}

fn sign_of(op: Cmp) -> &'static str {
    match op {
        Cmp::Eq => "==",
        Cmp::Ne => "!=",
        Cmp::Lt => "<",
        Cmp::Le => "<=",
        Cmp::Gt => ">",
        Cmp::Ge => ">=",
        Cmp::Is => "is",
        Cmp::IsNot => "is not",
        Cmp::In => "in",
        Cmp::NotIn => "not in",
    }
}

fn ordering_holds(op: Cmp, order: Option<Ordering>) -> bool {
    match op {
        Cmp::Eq => order == Some(Ordering::Equal),
        Cmp::Ne => order != Some(Ordering::Equal),
        Cmp::Lt => order == Some(Ordering::Less),
        Cmp::Le => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Cmp::Gt => order == Some(Ordering::Greater),
        Cmp::Ge => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        _ => false,
    }
}

fn int_hash(n: i64) -> i64 {
    const P: i64 = (1 << 61) - 1;
    match n % P {
        -1 => -2,
        h => h,
    }
}

fn address_hash(value: &Value) -> i64 {
    match value {
        Value::Obj(gc) => (Gc::as_ptr(gc).addr() >> 4) as i64,
        _ => 0,
    }
}

/// Spreads a hash over the word.
fn mix(h: u64) -> u64 {
    let h = (h ^ h >> 32).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    h ^ h >> 29
}

/// A string's hash, which it remembers.
#[inline]
pub fn str_hash(s: &Str) -> u64 {
    mix(u64::from(known_hash(s)))
}

#[inline]
fn known_hash(s: &Str) -> u32 {
    let known = s.hash.load(Relaxed);
    if known != 0 {
        return known;
    }
    let mut h = rustc_hash::FxHasher::default();
    s.text.hash(&mut h);
    let h = h.finish();
    let h = ((h ^ h >> 32) as u32).max(1);
    s.hash.store(h, Relaxed);
    h
}
