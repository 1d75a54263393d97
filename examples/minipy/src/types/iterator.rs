//! Iterators: `enumerate`, `zip`, `map`, `filter`, `reversed`, and what all of them have.

use std::sync::atomic::{AtomicBool, Ordering::*};

use brc::Mutator;

use super::{deque, dict};
use crate::object::*;
use crate::statics::{methods, static_methods};
use crate::sym::s;
use crate::vm::{Args, PyErr, R, Vm};

mod generator;
mod range;

pub fn init(m: &Mutator) {
    for class in COUNTED {
        methods(m, class, &[("__length_hint__", length_hint)]);
    }
    for class in COUNTED.iter().chain(OTHERS) {
        methods(m, class, &[("__iter__", itself), ("__next__", next)]);
    }
    static_methods(m, "enumerate", &[("__new__", new_enumerate)]);
    static_methods(m, "zip", &[("__new__", new_zip)]);
    static_methods(m, "map", &[("__new__", new_map)]);
    static_methods(m, "filter", &[("__new__", new_filter)]);
    static_methods(m, "reversed", &[("__new__", new_reversed)]);
    range::init(m);
    generator::init(m);
}

/// Classes of iterators that know how many items are left.
const COUNTED: &[&str] = &[
    "list_iterator",
    "tuple_iterator",
    "range_iterator",
    "str_iterator",
    "str_ascii_iterator",
    "bytes_iterator",
    "bytearray_iterator",
    "list_reverseiterator",
    "iterator",
    "reversed",
    "set_iterator",
    "dict_keyiterator",
    "dict_valueiterator",
    "dict_itemiterator",
    "dict_reversekeyiterator",
    "dict_reversevalueiterator",
    "dict_reverseitemiterator",
    "_deque_iterator",
    "_deque_reverse_iterator",
];

const OTHERS: &[&str] = &["callable_iterator", "lines", "enumerate", "zip", "map", "filter"];

/// The error of a method that gets a number of arguments other than it wants.
#[cold]
fn wrong_count(vm: &mut Vm<'_>, args: Args<'_>, wanted: usize) -> PyErr {
    let given = args.len().saturating_sub(1);
    let s = if wanted == 1 { "" } else { "s" };
    vm.type_error(format!("expected {wanted} argument{s}, got {given}"))
}

fn itself(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    match args.pos {
        [it] => Ok(it.clone()),
        _ => Err(wrong_count(vm, args, 0)),
    }
}

fn next(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let [it] = args.pos else { return Err(wrong_count(vm, args, 0)) };
    match vm.next_or_stop(it)? {
        Ok(item) => Ok(item),
        Err(value) => Err(stop(vm, value)),
    }
}

/// A `StopIteration` with the value that an iterator ended with.
fn stop(vm: &mut Vm<'_>, value: Value) -> PyErr {
    let class = vm.s.type_named("StopIteration").clone();
    let args = if value.is_none() { vec![] } else { vec![value] };
    vm.err_with(&class, args)
}

fn length_hint(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let [it] = args.pos else { return Err(wrong_count(vm, args, 0)) };
    let Some(Obj::Iter(iter)) = it.as_obj(vm.m) else { return Ok(Value::Int(0)) };
    let (all, before) = match &**iter {
        Iter::Seq { seq, index } | Iter::Items { seq, index } => {
            let at = index.load(Relaxed);
            if at < 0 {
                return Ok(Value::Int(0));
            }
            if let Some(Obj::Str(text)) = seq.as_obj(vm.m) {
                let rest = text.text.get(at as usize..).unwrap_or_default();
                return Ok(Value::from(rest.chars().count()));
            }
            (seq.clone(), at)
        }
        Iter::Reversed { index, .. } => return Ok(Value::Int(index.load(Relaxed) + 1)),
        Iter::Deque { deque, index, .. } => (Value::Obj(deque.clone()), index.load(Relaxed)),
        Iter::Dict { dict, position, reverse, .. } => {
            let d = crate::dict::of(dict, vm.m);
            let (mut n, mut at) = (0, position.load(Relaxed));
            if at == usize::MAX {
                return Ok(Value::Int(0));
            }
            if *reverse {
                at = at.checked_sub(1).unwrap_or(usize::MAX);
            }
            let find = |at| if *reverse { d.entry_before(vm.m, at) } else { d.entry_at(vm.m, at) };
            while let Some((number, ..)) = find(at) {
                n += 1;
                at = if *reverse { number } else { number + 1 };
            }
            return Ok(Value::Int(n));
        }
        _ => return Ok(Value::NotImplemented),
    };
    let len = vm.len(&all)? as i64;
    Ok(Value::Int((len - before).max(0)))
}

// Constructors.

fn made(vm: &Vm<'_>, iter: Iter) -> R {
    Ok(Value::Obj(vm.alloc(Obj::Iter(Box::new(iter)))))
}

fn no_keywords(vm: &mut Vm<'_>, args: Args<'_>, name: &str) -> R<()> {
    if args.kw.is_empty() {
        return Ok(());
    }
    Err(vm.type_error(format!("{name}() takes no keyword arguments")))
}

/// Sees to it that there are only these named arguments.
fn only_keywords(vm: &mut Vm<'_>, args: Args<'_>, name: &str, known: &[&str]) -> R<()> {
    match args.kw.iter().find(|(keyword, _)| !known.contains(&keyword.as_str())) {
        None => Ok(()),
        Some((other, _)) => {
            Err(vm.type_error(format!("'{other}' is an invalid keyword argument for {name}()")))
        }
    }
}

fn exactly(vm: &mut Vm<'_>, args: Args<'_>, name: &str, n: usize) -> R<()> {
    let given = args.len().saturating_sub(1);
    if given == n {
        return Ok(());
    }
    let s = if n == 1 { "" } else { "s" };
    Err(vm.type_error(format!("{name} expected {n} argument{s}, got {given}")))
}

fn new_enumerate(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let given = args.len() - 1 + args.kw.len();
    if given > 2 {
        return Err(vm.type_error(format!("enumerate() takes at most 2 arguments ({given} given)")));
    }
    only_keywords(vm, args, "enumerate", &["iterable", "start"])?;
    let Some(source) = args.arg(1, "iterable") else {
        return Err(vm.type_error("enumerate() missing required argument 'iterable'"));
    };
    let start = match args.arg(2, "start") {
        None => 0,
        Some(start) => vm.index_i64(start)?,
    };
    let inner = vm.iter(source)?;
    made(vm, Iter::Enumerate { inner, count: start.into() })
}

/// Iterators of some arguments.
fn iterators(vm: &mut Vm<'_>, sources: &[Value]) -> R<Box<[Value]>> {
    sources.iter().map(|source| vm.iter(source)).collect()
}

fn new_zip(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    only_keywords(vm, args, "zip", &["strict"])?;
    let strict = match args.keyword("strict") {
        None => false,
        Some(strict) => vm.truth(strict)?,
    };
    let inner = iterators(vm, &args.pos[1..])?;
    made(vm, Iter::Zip { inner, strict, done: AtomicBool::new(false) })
}

fn new_map(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    no_keywords(vm, args, "map")?;
    let [_, f, sources @ ..] = args.pos else {
        return Err(vm.type_error("map() must have at least two arguments."));
    };
    if sources.is_empty() {
        return Err(vm.type_error("map() must have at least two arguments."));
    }
    let inner = iterators(vm, sources)?;
    made(vm, Iter::Map { f: f.clone(), inner })
}

fn new_filter(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    no_keywords(vm, args, "filter")?;
    exactly(vm, args, "filter", 2)?;
    let inner = vm.iter(&args[2])?;
    made(vm, Iter::Filter { f: args[1].clone(), inner })
}

fn new_reversed(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    no_keywords(vm, args, "reversed")?;
    exactly(vm, args, "reversed", 1)?;
    reversed(vm, &args[1])
}

/// Python's `reversed(x)`.
pub fn reversed(vm: &mut Vm<'_>, value: &Value) -> R {
    let backwards = |vm: &Vm<'_>, seq: Value, len: usize| {
        made(vm, Iter::Reversed { seq, index: (len as i64 - 1).into() })
    };
    match value.as_obj(vm.m) {
        Some(Obj::List(_) | Obj::Tuple(_) | Obj::Bytes(_) | Obj::ByteArray(_)) => {
            let len = vm.len(value)?;
            backwards(vm, value.clone(), len)
        }
        Some(Obj::Str(text)) => {
            // A character that is not one byte is not found by its place.
            let chars: Vec<Value> = text.text.chars().map(|c| vm.new_char(c)).collect();
            let len = chars.len();
            backwards(vm, vm.new_tuple(chars), len)
        }
        Some(Obj::Range(range)) => {
            let seq = match range::backwards(range) {
                Some(range) => Value::Obj(vm.alloc(Obj::Range(Box::new(range)))),
                None => return backwards(vm, value.clone(), range.len()),
            };
            vm.iter(&seq)
        }
        Some(Obj::Dict(_)) => {
            let d = value.as_ref().expect("a dict");
            Ok(dict::reversed(vm, d, ViewKind::Keys))
        }
        Some(Obj::DictView(view)) => Ok(dict::reversed(vm, &view.0, view.1)),
        Some(Obj::Deque(_)) => Ok(deque::reversed(vm, value.as_ref().expect("a deque"))),
        _ => {
            let class = vm.type_of(value);
            match vm.lookup(&class, s().reversed) {
                Some(Value::None) => Err(not_reversible(vm, value)),
                Some(_) => {
                    let it = vm.call_special(value, s().reversed, &[])?;
                    Ok(it.unwrap_or(Value::None))
                }
                None if vm.lookup(&class, s().getitem).is_some()
                    && vm.lookup(&class, s().len).is_some() =>
                {
                    let len = vm.len(value)?;
                    backwards(vm, value.clone(), len)
                }
                None => Err(not_reversible(vm, value)),
            }
        }
    }
}

#[cold]
fn not_reversible(vm: &mut Vm<'_>, value: &Value) -> PyErr {
    let name = vm.type_name(value);
    vm.type_error(format!("'{name}' object is not reversible"))
}
