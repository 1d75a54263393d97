//! `collections.deque`.
//!
//! Its items are in an ordinary queue under a lock, which is held for a push or a pop and never
//! while anything of the program runs: what is taken out dies after that.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::*};

use brc::Mutator;

use super::container::{Of, getters, section, special, unhashable};
use crate::code::{Bin, Cmp};
use crate::object::*;
use crate::statics::{methods, static_methods};
use crate::vm::{Args, R, Vm};

const DEQUE: Of = Of { class: "deque", is: is_deque, comparable: is_deque };

fn is_deque(obj: &Obj) -> bool {
    matches!(obj, Obj::Deque(_))
}

pub fn init(m: &Mutator) {
    static_methods(m, "deque", &[("__new__", new)]);
    methods(
        m,
        "deque",
        special!(DEQUE: len iter reversed contains repr getitem setitem delitem eq ne lt le gt ge),
    );
    methods(
        m,
        "deque",
        &[
            ("__init__", fill),
            ("__add__", |vm, args| {
                let this = DEQUE.special(vm, args, "__add__", 1)?;
                Ok(vm.sequence_op(Bin::Add, &this, &args[1])?.unwrap_or(Value::NotImplemented))
            }),
            ("__iadd__", |vm, args| {
                extend(vm, args, "__iadd__", false)?;
                Ok(args[0].clone())
            }),
            ("__mul__", |vm, args| times(vm, args, "__mul__")),
            ("__rmul__", |vm, args| times(vm, args, "__rmul__")),
            ("__imul__", |vm, args| {
                let this = DEQUE.this(vm, args, "__imul__", 1, 1)?;
                let n = vm.index_i64(&args[1])?.max(0) as usize;
                let all = vm.items_of(&Value::Obj(this.clone()));
                clear(vm, &this);
                push_all(vm, &this, std::iter::repeat_n(all, n).flatten().collect(), false);
                Ok(args[0].clone())
            }),
            ("append", |vm, args| {
                let this = DEQUE.this(vm, args, "append", 1, 1)?;
                push(vm, &this, args[1].clone(), false);
                Ok(Value::None)
            }),
            ("appendleft", |vm, args| {
                let this = DEQUE.this(vm, args, "appendleft", 1, 1)?;
                push(vm, &this, args[1].clone(), true);
                Ok(Value::None)
            }),
            ("pop", |vm, args| pop(vm, args, "pop", false)),
            ("popleft", |vm, args| pop(vm, args, "popleft", true)),
            ("extend", |vm, args| extend(vm, args, "extend", false)),
            ("extendleft", |vm, args| extend(vm, args, "extendleft", true)),
            ("rotate", rotate),
            ("clear", |vm, args| {
                let this = DEQUE.this(vm, args, "clear", 0, 0)?;
                clear(vm, &this);
                Ok(Value::None)
            }),
            ("count", count),
            ("index", index),
            ("insert", insert),
            ("remove", remove),
            ("reverse", |vm, args| {
                let this = DEQUE.this(vm, args, "reverse", 0, 0)?;
                change(vm, &this, |items| items.make_contiguous().reverse());
                Ok(Value::None)
            }),
            ("copy", |vm, args| {
                DEQUE.this(vm, args, "copy", 0, 0)?;
                copy(vm, &args[0])
            }),
            ("__copy__", |vm, args| {
                DEQUE.this(vm, args, "__copy__", 0, 0)?;
                copy(vm, &args[0])
            }),
        ],
    );
    getters(
        m,
        "deque",
        &[("maxlen", |vm, args| {
            let this = DEQUE.this(vm, args, "maxlen", 0, 0)?;
            Ok(max(vm, &this).map_or(Value::None, Value::from))
        })],
    );
    unhashable(m, "deque");
}

/// The deque in an object that is one.
#[inline]
fn of<'a>(deque: &'a Ref, m: &'a Mutator) -> &'a Deque {
    match deque.get(m) {
        Obj::Deque(deque) => deque,
        _ => unreachable!("the caller knows that it is a deque"),
    }
}

fn max(vm: &Vm<'_>, deque: &Ref) -> Option<usize> {
    of(deque, vm.m).max
}

/// Looks at the items. What `f` takes out it returns, so that it dies without the lock.
fn with<T>(vm: &Vm<'_>, deque: &Ref, f: impl FnOnce(&mut VecDeque<Value>) -> T) -> T {
    f(&mut of(deque, vm.m).items.lock().unwrap_or_else(|e| e.into_inner()))
}

/// As [`with`], and iterators take notice.
fn change<T>(vm: &Vm<'_>, deque: &Ref, f: impl FnOnce(&mut VecDeque<Value>) -> T) -> T {
    of(deque, vm.m).changes.fetch_add(1, Relaxed);
    with(vm, deque, f)
}

fn push(vm: &Vm<'_>, deque: &Ref, item: Value, left: bool) {
    let max = max(vm, deque);
    let beyond = change(vm, deque, |items| {
        if left {
            items.push_front(item);
        } else {
            items.push_back(item);
        }
        match max {
            Some(max) if items.len() > max && left => items.pop_back(),
            Some(max) if items.len() > max => items.pop_front(),
            _ => None,
        }
    });
    drop(beyond);
}

fn push_all(vm: &Vm<'_>, deque: &Ref, new: Vec<Value>, left: bool) {
    let max = max(vm, deque);
    let beyond: Vec<Value> = change(vm, deque, |items| {
        if left {
            new.into_iter().for_each(|item| items.push_front(item));
        } else {
            items.extend(new);
        }
        match max {
            Some(max) if items.len() > max && left => items.drain(max..).collect(),
            Some(max) if items.len() > max => items.drain(..items.len() - max).collect(),
            _ => Vec::new(),
        }
    });
    drop(beyond);
}

fn clear(vm: &Vm<'_>, deque: &Ref) {
    drop(change(vm, deque, std::mem::take));
}

/// A new deque.
fn made(vm: &Vm<'_>, items: Vec<Value>, max: Option<usize>) -> Ref {
    let changes = AtomicU64::new(0);
    let deque = vm.alloc(Obj::Deque(Box::new(Deque { items: Mutex::default(), max, changes })));
    push_all(vm, &deque, items, false);
    deque
}

/// What a constructor is given: items, and the greatest length.
fn parse(vm: &mut Vm<'_>, args: Args<'_>) -> R<(Option<Value>, Option<usize>)> {
    let given = args.len() - 1 + args.kw.len();
    if given > 2 {
        return Err(vm.type_error(format!("deque() takes at most 2 arguments ({given} given)")));
    }
    let other = args.kw.iter().find(|(name, _)| !matches!(name.as_str(), "iterable" | "maxlen"));
    if let Some((name, _)) = other {
        return Err(vm.type_error(format!("'{name}' is an invalid keyword argument for deque()")));
    }
    let max = match args.arg(2, "maxlen") {
        None | Some(Value::None) => None,
        Some(max) => {
            let n = match vm.index_i64(max) {
                Err(e) if vm.is_err(&e, "TypeError") => {
                    return Err(vm.type_error("an integer is required"));
                }
                n => n?,
            };
            let Ok(n) = usize::try_from(n) else {
                return Err(vm.value_error("maxlen must be non-negative"));
            };
            Some(n)
        }
    };
    Ok((args.arg(1, "iterable").cloned(), max))
}

/// `__init__` fills it.
fn new(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let (class, exact) = DEQUE.class_arg(vm, args)?;
    if exact {
        let (_, max) = parse(vm, args)?;
        return Ok(Value::Obj(made(vm, Vec::new(), max)));
    }
    let empty = Value::Obj(made(vm, Vec::new(), None));
    Ok(Value::Obj(vm.new_instance(&class, Some(&empty))))
}

fn fill(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let mut this = DEQUE.unwrap(vm, &args[0], "__init__")?;
    let (source, new_max) = parse(vm, args)?;
    if max(vm, &this) == new_max {
        clear(vm, &this);
    } else if let Some(Obj::Instance(i)) = args[0].as_obj(vm.m) {
        // How long it may get does not change: so it is another deque.
        this = made(vm, Vec::new(), new_max);
        i.slots[SLOT_BASE].store(vm.m, this.clone());
    }
    if let Some(source) = source {
        let items = vm.collect(&source)?;
        push_all(vm, &this, items, false);
    }
    Ok(Value::None)
}

/// A copy: an object of the same class, as long at most.
fn copy(vm: &mut Vm<'_>, deque: &Value) -> R {
    let this = DEQUE.unwrap(vm, deque, "copy")?;
    let max = max(vm, &this);
    let items = vm.items_of(&Value::Obj(this));
    if DEQUE.has(vm, deque) {
        return Ok(Value::Obj(made(vm, items, max)));
    }
    let class = Value::Obj(vm.type_of(deque));
    let mut args = vec![vm.new_list(items)];
    args.extend(max.map(Value::from));
    vm.call(&class, &args)
}

/// `a + b`, of two deques.
pub fn concat(vm: &mut Vm<'_>, a: &Value, b: &Value) -> R {
    let other = DEQUE.unwrap(vm, b, "__add__")?;
    let new = copy(vm, a)?;
    let deque = DEQUE.unwrap(vm, &new, "__add__")?;
    let items = vm.items_of(&Value::Obj(other));
    push_all(vm, &deque, items, false);
    Ok(new)
}

/// `deque * n`.
pub fn repeat(vm: &mut Vm<'_>, deque: &Value, n: usize) -> R {
    let new = copy(vm, deque)?;
    let this = DEQUE.unwrap(vm, &new, "__mul__")?;
    let all = vm.items_of(&Value::Obj(this.clone()));
    if n == 0 {
        clear(vm, &this);
    } else {
        push_all(vm, &this, std::iter::repeat_n(all, n - 1).flatten().collect(), false);
    }
    Ok(new)
}

fn times(vm: &mut Vm<'_>, args: Args<'_>, method: &str) -> R {
    DEQUE.special(vm, args, method, 1)?;
    let n = vm.index_i64(&args[1])?.max(0) as usize;
    repeat(vm, &args[0], n)
}

/// An iterator from the end on.
pub fn reversed(vm: &Vm<'_>, deque: &Ref) -> Value {
    let changes = of(deque, vm.m).changes.load(Relaxed).into();
    let iter = Iter::Deque { deque: deque.clone(), index: 0.into(), changes, reverse: true };
    Value::Obj(vm.alloc(Obj::Iter(Box::new(iter))))
}

fn pop(vm: &mut Vm<'_>, args: Args<'_>, method: &str, left: bool) -> R {
    let this = DEQUE.this(vm, args, method, 0, 0)?;
    let popped = change(vm, &this, |items| if left { items.pop_front() } else { items.pop_back() });
    match popped {
        Some(item) => Ok(item),
        None => Err(vm.index_error("pop from an empty deque")),
    }
}

fn extend(vm: &mut Vm<'_>, args: Args<'_>, method: &str, left: bool) -> R {
    let this = DEQUE.this(vm, args, method, 1, 1)?;
    let source = vm.unwrap(&args[1]);
    let items = if DEQUE.has(vm, &source) { vm.items_of(&source) } else { vm.collect(&args[1])? };
    push_all(vm, &this, items, left);
    Ok(Value::None)
}

fn rotate(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = DEQUE.this(vm, args, "rotate", 0, 1)?;
    let n = match args.get(1) {
        None => 1,
        Some(n) => vm.index_i64(n)?,
    };
    change(vm, &this, |items| {
        if !items.is_empty() {
            let n = n.rem_euclid(items.len() as i64) as usize;
            items.rotate_right(n);
        }
    });
    Ok(Value::None)
}

fn count(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = DEQUE.this(vm, args, "count", 1, 1)?;
    let mut n = 0;
    for item in vm.items_of(&Value::Obj(this)) {
        n += usize::from(vm.equal(&item, &args[1])?);
    }
    Ok(Value::from(n))
}

/// The first equal item within these bounds, and where it is.
fn find(
    vm: &mut Vm<'_>,
    deque: &Ref,
    wanted: &Value,
    start: usize,
    stop: usize,
) -> R<Option<(usize, Value)>> {
    let items = vm.items_of(&Value::Obj(deque.clone()));
    for (at, item) in items.into_iter().enumerate().take(stop).skip(start) {
        if vm.equal(&item, wanted)? {
            return Ok(Some((at, item)));
        }
    }
    Ok(None)
}

fn index(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = DEQUE.this(vm, args, "index", 1, 3)?;
    let len = with(vm, &this, |items| items.len());
    let (start, stop) = section(vm, args, len)?;
    match find(vm, &this, &args[1], start, stop)? {
        Some((at, _)) => Ok(Value::from(at)),
        None => {
            let shown = vm.repr(&args[1])?;
            Err(vm.value_error(format!("{shown} is not in deque")))
        }
    }
}

fn insert(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = DEQUE.this(vm, args, "insert", 2, 2)?;
    let n = vm.index_i64(&args[1])?;
    let (max, item) = (max(vm, &this), args[2].clone());
    let inserted = change(vm, &this, |items| {
        if max.is_some_and(|max| items.len() >= max) {
            return false;
        }
        let len = items.len() as i64;
        let at = if n < 0 { n.saturating_add(len).max(0) } else { n.min(len) };
        items.insert(at as usize, item);
        true
    });
    if !inserted {
        return Err(vm.index_error("deque already at its maximum size"));
    }
    Ok(Value::None)
}

fn remove(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = DEQUE.this(vm, args, "remove", 1, 1)?;
    loop {
        let Some((at, item)) = find(vm, &this, &args[1], 0, usize::MAX)? else {
            let shown = vm.repr(&args[1])?;
            return Err(vm.value_error(format!("{shown} is not in deque")));
        };
        // That one, wherever it is by now.
        let removed = change(vm, &this, |items| {
            let is_it = |other: &Value| other.is(&item);
            let at = if items.get(at).is_some_and(is_it) {
                Some(at)
            } else {
                items.iter().position(is_it)
            };
            at.and_then(|at| items.remove(at))
        });
        if removed.is_some() {
            return Ok(Value::None);
        }
    }
}
