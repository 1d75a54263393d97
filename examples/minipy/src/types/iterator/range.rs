//! `range` and `slice`.

use brc::Mutator;
use num_bigint::Sign;
use num_traits::ToPrimitive;

use crate::code::Cmp;
use crate::object::*;
use crate::statics::{methods, static_methods};
use crate::sym::s;
use crate::types::container::{Of, getters, special, unhashable};
use crate::vm::{Args, R, Vm};

const RANGE: Of = Of { class: "range", is: is_range, comparable: is_range };

const SLICE: Of = Of { class: "slice", is: is_slice, comparable: is_slice };

fn is_range(obj: &Obj) -> bool {
    matches!(obj, Obj::Range(_))
}

fn is_slice(obj: &Obj) -> bool {
    matches!(obj, Obj::Slice(_))
}

pub fn init(m: &Mutator) {
    static_methods(m, "range", &[("__new__", new_range)]);
    methods(m, "range", special!(RANGE: len iter reversed contains repr hash getitem eq ne));
    methods(m, "range", &[("index", index), ("count", count)]);
    getters(
        m,
        "range",
        &[
            ("start", |vm, args| Ok(Value::Int(range_of(vm, args)?.start))),
            ("stop", |vm, args| Ok(Value::Int(range_of(vm, args)?.stop))),
            ("step", |vm, args| Ok(Value::Int(range_of(vm, args)?.step))),
        ],
    );
    static_methods(m, "slice", &[("__new__", new_slice)]);
    methods(m, "slice", special!(SLICE: repr eq ne));
    methods(m, "slice", &[("indices", indices)]);
    getters(
        m,
        "slice",
        &[
            ("start", |vm, args| part(vm, args, 0)),
            ("stop", |vm, args| part(vm, args, 1)),
            ("step", |vm, args| part(vm, args, 2)),
        ],
    );
    unhashable(m, "slice");
}

fn new_range(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    RANGE.constructor(vm, args, 1, 3)?;
    let mut parts = [0, 0, 1];
    let given = &args.pos[1..];
    // One argument is where it stops.
    let first = usize::from(given.len() == 1);
    for (part, arg) in parts[first..].iter_mut().zip(given) {
        *part = vm.index_i64(arg)?;
    }
    let [start, stop, step] = parts;
    if step == 0 {
        return Err(vm.value_error("range() arg 3 must not be zero"));
    }
    Ok(Value::Obj(vm.alloc(Obj::Range(Box::new(Range { start, stop, step })))))
}

/// The same numbers from the last one on, if a range of words can be that.
pub fn backwards(range: &Range) -> Option<Range> {
    let step = range.step.checked_neg()?;
    let Some(last) = range.len().checked_sub(1) else {
        return Some(Range { start: 0, stop: 0, step: 1 });
    };
    Some(Range { start: range.at(last), stop: range.start.checked_sub(range.step)?, step })
}

fn range_of(vm: &mut Vm<'_>, args: Args<'_>) -> R<Range> {
    let this = RANGE.unwrap(vm, &args[0], "start")?;
    match this.get(vm.m) {
        Obj::Range(range) => Ok(**range),
        _ => unreachable!("a range was unwrapped"),
    }
}

/// Where a value is in the range.
fn place(vm: &mut Vm<'_>, args: Args<'_>) -> R<Option<usize>> {
    let range = range_of(vm, args)?;
    if let Value::Int(_) | Value::Bool(_) = args[1] {
        let n = vm.index_i64(&args[1])?;
        if !vm.contains(&args[0], &Value::Int(n))? {
            return Ok(None);
        }
        let distance = (i128::from(n) - i128::from(range.start)) / i128::from(range.step);
        return Ok(Some(distance as usize));
    }
    for at in 0..range.len() {
        if vm.equal(&Value::Int(range.at(at)), &args[1])? {
            return Ok(Some(at));
        }
        vm.safepoint()?;
    }
    Ok(None)
}

fn index(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    RANGE.this(vm, args, "index", 1, 1)?;
    match (place(vm, args)?, &args[1]) {
        (Some(at), _) => Ok(Value::from(at)),
        (None, n) if matches!(vm.type_name(n).as_str(), "int" | "bool") => {
            let n = vm.repr(n)?;
            Err(vm.value_error(format!("{n} is not in range")))
        }
        (None, _) => Err(vm.value_error("sequence.index(x): x not in sequence")),
    }
}

fn count(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    RANGE.this(vm, args, "count", 1, 1)?;
    Ok(Value::Int(i64::from(place(vm, args)?.is_some())))
}

fn new_slice(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    SLICE.constructor(vm, args, 1, 3)?;
    let parts = match &args.pos[1..] {
        [stop] => [Value::None, stop.clone(), Value::None],
        given => [0, 1, 2].map(|i| given.get(i).cloned().unwrap_or(Value::None)),
    };
    Ok(Value::Obj(vm.alloc(Obj::Slice(Box::new(parts)))))
}

fn part(vm: &mut Vm<'_>, args: Args<'_>, at: usize) -> R {
    let this = SLICE.unwrap(vm, &args[0], "start")?;
    match this.get(vm.m) {
        Obj::Slice(parts) => Ok(parts[at].clone()),
        _ => unreachable!("a slice was unwrapped"),
    }
}

/// A part of a slice, as near to what it says as a word can be.
fn bound(vm: &mut Vm<'_>, part: &Value) -> R<Option<i64>> {
    if part.is_none() {
        return Ok(None);
    }
    let class = vm.type_of(part);
    let is_int = matches!(vm.num(part), Some(crate::ops::Num::Int(_) | crate::ops::Num::Big(_)));
    if !is_int && vm.lookup(&class, s().index).is_none() {
        return Err(
            vm.type_error("slice indices must be integers or None or have an __index__ method")
        );
    }
    let n = vm.index(part)?;
    let limit = if n.sign() == Sign::Minus { i64::MIN / 4 } else { i64::MAX / 4 };
    Ok(Some(n.to_i64().unwrap_or(limit).clamp(i64::MIN / 4, i64::MAX / 4)))
}

/// Start, stop and step for a sequence of so many items.
fn indices(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    SLICE.this(vm, args, "indices", 1, 1)?;
    let len = vm.index_i64(&args[1])?;
    if len < 0 {
        return Err(vm.value_error("length should not be negative"));
    }
    let parts = [part(vm, args, 0)?, part(vm, args, 1)?, part(vm, args, 2)?];
    let step = bound(vm, &parts[2])?.unwrap_or(1);
    if step == 0 {
        return Err(vm.value_error("slice step cannot be zero"));
    }
    let (low, high) = if step > 0 { (0, len) } else { (-1, len - 1) };
    let (first, last) = if step > 0 { (low, high) } else { (high, low) };
    let within = |n: Option<i64>, default: i64| match n {
        None => default,
        Some(n) if n < 0 => (n + len).max(low),
        Some(n) => n.min(high),
    };
    let start = within(bound(vm, &parts[0])?, first);
    let stop = within(bound(vm, &parts[1])?, last);
    Ok(vm.new_tuple([start, stop, step].map(Value::Int).to_vec()))
}
