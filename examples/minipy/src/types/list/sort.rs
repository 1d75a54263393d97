//! Sorting: stable, and by comparisons that may be programs, which fail or contradict each other.
//!
//! If all keys are ints, or floats, or strings, the standard library sorts them. Otherwise it is
//! CPython's way: runs that are in order, short ones filled up by binary insertion, then merged.
//! That matters where the order is only partial, as that of sets is: programs get the same
//! result as there.

use std::cmp::Ordering;

use brc::Mutator;

use super::{LIST, of};
use crate::object::*;
use crate::vm::{Args, R, Vm};

/// `list.sort`.
pub fn sort(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    if args.len() > 1 {
        return Err(vm.type_error("sort() takes no positional arguments"));
    }
    let named = Args { pos: args.pos, kw: &[] };
    let this = LIST.this(vm, named, "sort", 0, 0)?;
    let (mut key, mut reverse) = (None, false);
    for (name, value) in args.kw {
        match name.as_str() {
            "key" => key = Some(value).filter(|key| !key.is_none()),
            "reverse" => reverse = vm.index_i64(value)? != 0,
            other => {
                return Err(
                    vm.type_error(format!("'{other}' is an invalid keyword argument for sort()"))
                );
            }
        }
    }
    let (m, list) = (&*vm.m, of(&this, vm.m));
    // Without any program: in one step, for other threads.
    if key.is_none() && list.get(m, 0).is_some_and(|first| is_plain(first.get())) {
        let sorted = list.update(m, |all| {
            let Some(order) = plain_order(m, all, reverse) else {
                return false;
            };
            *all = order.into_iter().map(|at| all[at].clone()).collect();
            true
        });
        if sorted {
            return Ok(Value::None);
        }
    }
    // Who looks at the list meanwhile, as the key function may, sees an empty one.
    let taken = list.take(m);
    let items: Vec<Value> = taken.iter().map(|item| Value::from_ref(item.clone(), m)).collect();
    let order = order_of(vm, items, key, reverse);
    let list = of(&this, vm.m);
    let strange = list.take(vm.m);
    match order {
        Ok(order) => list.extend(vm.m, order.into_iter().map(|at| taken[at].clone())),
        Err(e) => {
            list.extend(vm.m, taken);
            return Err(e);
        }
    }
    if !strange.is_empty() {
        return Err(vm.value_error("list modified during sort"));
    }
    Ok(Value::None)
}

/// The items in order: of themselves, or of what `key` makes of each.
pub fn sort_values(
    vm: &mut Vm<'_>,
    items: Vec<Value>,
    key: Option<&Value>,
    reverse: bool,
) -> R<Vec<Value>> {
    let order = order_of(vm, items.clone(), key, reverse)?;
    Ok(order.into_iter().map(|at| items[at].clone()).collect())
}

/// The places of items, in the order of their keys.
fn order_of(
    vm: &mut Vm<'_>,
    items: Vec<Value>,
    key: Option<&Value>,
    reverse: bool,
) -> R<Vec<usize>> {
    let keys = match key.filter(|key| !key.is_none()) {
        Some(key) => {
            let mut keys = Vec::with_capacity(items.len());
            for item in &items {
                keys.push(vm.call(key, std::slice::from_ref(item))?);
                vm.safepoint()?;
            }
            keys
        }
        None => items,
    };
    let order = {
        let m = &*vm.m;
        let objects = || keys.iter().all(|key| matches!(key, Value::Obj(_)));
        let object = |key: &Value| match key {
            Value::Obj(gc) => Some(gc.clone()),
            _ => None,
        };
        match keys.first() {
            Some(Value::Int(_)) => int_order(&keys, reverse),
            Some(Value::Float(_)) => float_order(&keys, reverse),
            Some(Value::Obj(first)) if is_plain(first.get(m)) && objects() => {
                let keys: Vec<Ref> = keys.iter().filter_map(object).collect();
                plain_order(m, &keys, reverse)
            }
            _ => None,
        }
    };
    if let Some(order) = order {
        return Ok(order);
    }
    // Backwards twice: equal ones stay as they were.
    let place = |i: usize| if reverse { keys.len() - 1 - i } else { i };
    let mut order = merge_sort(keys.len(), &mut |a, b| {
        let (a, b) = (&keys[place(a)], &keys[place(b)]);
        match plain_less(vm.m, a, b) {
            Some(less) => Ok(less),
            None => {
                vm.safepoint()?;
                vm.less(a, b)
            }
        }
    })?;
    order.iter_mut().for_each(|at| *at = place(*at));
    if reverse {
        order.reverse();
    }
    Ok(order)
}

/// The places of things, in the order of their ranks.
fn ranked<K>(ranks: Vec<K>, reverse: bool, compare: impl Fn(&K, &K) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..ranks.len()).collect();
    if reverse {
        order.sort_by(|&a, &b| compare(&ranks[b], &ranks[a]));
    } else {
        order.sort_by(|&a, &b| compare(&ranks[a], &ranks[b]));
    }
    order
}

fn int_order(keys: &[Value], reverse: bool) -> Option<Vec<usize>> {
    let int = |key: &Value| if let Value::Int(n) = key { Some(*n) } else { None };
    Some(ranked(keys.iter().map(int).collect::<Option<Vec<i64>>>()?, reverse, i64::cmp))
}

fn float_order(keys: &[Value], reverse: bool) -> Option<Vec<usize>> {
    let float = |key: &Value| if let Value::Float(x) = key { number(*x) } else { None };
    let floats = keys.iter().map(float).collect::<Option<Vec<f64>>>()?;
    Some(ranked(floats, reverse, compare_floats))
}

/// Not `NaN`, which has no place in an order.
fn number(x: f64) -> Option<f64> {
    (!x.is_nan()).then_some(x)
}

fn compare_floats(a: &f64, b: &f64) -> Ordering {
    a.partial_cmp(b).unwrap_or(Ordering::Equal)
}

fn is_plain(obj: &Obj) -> bool {
    matches!(obj, Obj::Int(_) | Obj::Float(_) | Obj::Str(_))
}

/// The order of objects that are all ints, or floats, or strings.
fn plain_order(m: &Mutator, all: &[Ref], reverse: bool) -> Option<Vec<usize>> {
    match all.first()?.get(m) {
        Obj::Int(_) => {
            let int = |gc: &Ref| if let Obj::Int(n) = gc.get(m) { Some(*n) } else { None };
            Some(ranked(all.iter().map(int).collect::<Option<Vec<i64>>>()?, reverse, i64::cmp))
        }
        Obj::Float(_) => {
            let float = |gc: &Ref| if let Obj::Float(x) = gc.get(m) { number(*x) } else { None };
            let floats = all.iter().map(float).collect::<Option<Vec<f64>>>()?;
            Some(ranked(floats, reverse, compare_floats))
        }
        Obj::Str(_) => {
            let mut texts = Vec::with_capacity(all.len());
            for gc in all {
                let Obj::Str(s) = gc.get(m) else { return None };
                texts.push(&*s.text);
            }
            Some(ranked(texts, reverse, |a, b| a.cmp(b)))
        }
        _ => None,
    }
}

/// Whether `a < b`, if that takes no program: `None` if it may.
fn plain_less(m: &Mutator, a: &Value, b: &Value) -> Option<bool> {
    match (a, b) {
        (Value::Int(x), Value::Int(y)) => Some(x < y),
        (Value::Float(x), Value::Float(y)) => Some(x < y),
        (Value::Obj(x), Value::Obj(y)) => match (x.get(m), y.get(m)) {
            (Obj::Str(x), Obj::Str(y)) => Some(x.text < y.text),
            (Obj::Tuple(x), Obj::Tuple(y)) => {
                for (a, b) in x.iter().zip(y.iter()) {
                    if !plain_same(m, a, b)? {
                        return plain_less(m, a, b);
                    }
                }
                Some(x.len() < y.len())
            }
            _ => None,
        },
        _ => None,
    }
}

fn plain_same(m: &Mutator, a: &Value, b: &Value) -> Option<bool> {
    match (a, b) {
        (Value::Int(x), Value::Int(y)) => Some(x == y),
        (Value::Float(x), Value::Float(y)) => Some(x == y || x.to_bits() == y.to_bits()),
        (Value::Obj(x), Value::Obj(y)) => match (x.get(m), y.get(m)) {
            (Obj::Str(x), Obj::Str(y)) => Some(x.text == y.text),
            (Obj::Tuple(x), Obj::Tuple(y)) if x.len() == y.len() => {
                for (a, b) in x.iter().zip(y.iter()) {
                    if !plain_same(m, a, b)? {
                        return Some(false);
                    }
                }
                Some(true)
            }
            (Obj::Tuple(_), Obj::Tuple(_)) => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// How long a run is at least.
fn least_run(mut n: usize) -> usize {
    let mut odd = 0;
    while n >= 64 {
        odd |= n & 1;
        n >>= 1;
    }
    n + odd
}

/// The numbers below `n` in order, by comparisons that may fail.
fn merge_sort(n: usize, less: &mut dyn FnMut(usize, usize) -> R<bool>) -> R<Vec<usize>> {
    let mut order: Vec<usize> = (0..n).collect();
    let least = least_run(n);
    // Ends of runs; the first begins at 0.
    let mut runs: Vec<(usize, usize)> = Vec::new();
    let mut start = 0;
    while start < n {
        let sorted = count_run(&mut order[start..], less)?;
        let end = (start + sorted.max(least)).min(n);
        insert_rest(&mut order[start..end], sorted, less)?;
        runs.push((start, end));
        start = end;
        // A run is longer than the two after it together.
        while let [.., a, b, c] = runs[..]
            && (length(a) <= length(b) + length(c) || length(b) <= length(c))
        {
            let first = if length(a) < length(c) { runs.len() - 3 } else { runs.len() - 2 };
            merge_at(&mut order, &mut runs, first, less)?;
        }
        if let [a, b] = runs[..]
            && length(a) <= length(b)
        {
            merge_at(&mut order, &mut runs, 0, less)?;
        }
    }
    while runs.len() > 1 {
        let first = runs.len() - 2;
        merge_at(&mut order, &mut runs, first, less)?;
    }
    Ok(order)
}

fn length(run: (usize, usize)) -> usize {
    run.1 - run.0
}

/// How many are in order from the first on; those in the opposite order are turned round.
fn count_run(order: &mut [usize], less: &mut dyn FnMut(usize, usize) -> R<bool>) -> R<usize> {
    if order.len() < 2 {
        return Ok(order.len());
    }
    let falling = less(order[1], order[0])?;
    let mut n = 2;
    while n < order.len() && less(order[n], order[n - 1])? == falling {
        n += 1;
    }
    if falling {
        order[..n].reverse();
    }
    Ok(n)
}

/// Puts each where it belongs, after the first `sorted` ones.
fn insert_rest(
    order: &mut [usize],
    sorted: usize,
    less: &mut dyn FnMut(usize, usize) -> R<bool>,
) -> R<()> {
    for at in sorted..order.len() {
        let (mut low, mut high) = (0, at);
        while low < high {
            let middle = low + (high - low) / 2;
            if less(order[at], order[middle])? {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        order[low..=at].rotate_right(1);
    }
    Ok(())
}

/// Merges a run and the one after it.
fn merge_at(
    order: &mut [usize],
    runs: &mut Vec<(usize, usize)>,
    first: usize,
    less: &mut dyn FnMut(usize, usize) -> R<bool>,
) -> R<()> {
    let (start, middle) = runs[first];
    let end = runs[first + 1].1;
    let left = order[start..middle].to_vec();
    let (mut i, mut j, mut to) = (0, middle, start);
    while i < left.len() && j < end {
        // Of equal ones, the left one comes first.
        if less(order[j], left[i])? {
            order[to] = order[j];
            j += 1;
        } else {
            order[to] = left[i];
            i += 1;
        }
        to += 1;
    }
    order[to..to + left.len() - i].copy_from_slice(&left[i..]);
    runs[first] = (start, end);
    runs.remove(first + 1);
    Ok(())
}
