//! `_weakref`: references that do not keep their objects alive.
//!
//! A reference is a [`GcWeak`] that calls a closure when its object dies. That may be in the middle
//! of anything, where no Python code can run: so the closure only leaves the callback for the thread's
//! next safepoint. It must not keep the reference alive, which CPython does not call back once it is
//! gone itself: it knows it weakly, too.

use std::sync::{Arc, LazyLock, OnceLock};

use brc::{Gc, GcWeak, Mutator};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use super::{Entries, class, count, functions, property};
use crate::object::*;
use crate::statics::{methods, static_methods};
use crate::sym::{intern, s};
use crate::types::args::class_arg;
use crate::vm::{Args, Pending, R, Vm, leave};

/// The references to each object that has some, by its address.
#[derive(Default)]
struct Known {
    by_target: FxHashMap<usize, Vec<GcWeak<Obj>>>,
    /// With how many objects those are looked for whose references are all gone.
    limit: usize,
}

static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);

pub fn fill(vm: &mut Vm<'_>) -> Entries {
    crate::finalize::watch();
    let mut all =
        functions(vm.m, &[("getweakrefcount", getweakrefcount), ("getweakrefs", getweakrefs)]);
    for name in ["ref", "ReferenceType"] {
        all.push((intern(name), class("weakref")));
    }
    all
}

pub fn init(m: &Mutator) {
    static_methods(m, "weakref", &[("__new__", new)]);
    methods(m, "weakref", &[("__init__", |_, _| Ok(Value::None)), ("__call__", call)]);
    property(m, "weakref", "__callback__", callback);
}

/// `ref(object, callback=None)`
fn new(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let class = class_arg(vm, args, "weakref")?;
    let plain = Gc::ptr_eq(&class, &vm.s.types.weakref);
    // A class that extends this one may have other arguments for its `__init__`.
    if plain || args.len() < 2 {
        count(vm, Args { pos: &args.pos[1..], kw: args.kw }, "__new__", 1, 2)?;
    }
    let object = &args[1];
    let callback = args.get(2).cloned().unwrap_or(Value::None);
    if !is_referenceable(vm, object) {
        let name = vm.type_name(object);
        return Err(vm.type_error(format!("cannot create weak reference to '{name}' object")));
    }
    let target = object.as_ref().expect("only objects are").clone();
    let address = Gc::as_ptr(&target).addr();
    let reusable = plain && callback.is_none();
    if reusable && let Some(found) = existing(vm, address) {
        return Ok(found);
    }
    let this: Arc<OnceLock<GcWeak<Obj>>> = Arc::default();
    let weak = {
        let this = this.clone();
        target.downgrade_with(vm.m, move |m| {
            KNOWN.lock().by_target.remove(&address);
            if let Some(reference) = this.get().and_then(|weak| weak.upgrade(m))
                && let Some(callback) = callback_of(m, &reference)
            {
                leave(Pending::Weak(callback, Value::Obj(reference)));
            }
        })
    };
    let reference =
        vm.alloc(Obj::WeakRef(Box::new(WeakRef { weak, callback, hash: 0.into(), address })));
    let made =
        if plain { reference } else { vm.new_instance(&class, Some(&Value::Obj(reference))) };
    let _ = this.set(made.downgrade(vm.m));
    remember(vm, address, &made);
    Ok(Value::Obj(made))
}

fn is_referenceable(vm: &mut Vm<'_>, value: &Value) -> bool {
    let Value::Obj(gc) = value else { return false };
    match gc.get(vm.m) {
        Obj::Instance(i) => {
            let class = i.class.clone();
            let Obj::Class(c) = class.get(vm.m) else { return false };
            let (is_user, closed, kind) = (c.is_user, c.closed, c.kind);
            is_user
                && !matches!(kind, Kind::Int | Kind::Tuple | Kind::Bytes)
                && (!closed || has_slot(vm, &class))
        }
        obj => matches!(
            obj,
            Obj::Set(_)
                | Obj::FrozenSet(_)
                | Obj::Function(_)
                | Obj::Builtin(_)
                | Obj::BoundMethod(_)
                | Obj::Class(_)
                | Obj::Module(_)
                | Obj::Generator(_)
                | Obj::Deque(_)
                | Obj::Native(_)
        ),
    }
}

/// Whether some class of the order has a slot for weak references.
fn has_slot(vm: &mut Vm<'_>, class: &Ref) -> bool {
    let Obj::Class(c) = class.get(vm.m) else { return false };
    let slots: Vec<Value> = std::iter::once(class)
        .chain(c.mro.iter())
        .filter_map(|class| match class.get(vm.m) {
            Obj::Class(c) => c.dict.get(vm.m, &s().slots).map(Value::from_local),
            _ => None,
        })
        .collect();
    slots.iter().any(|slots| {
        let names = vm.collect(slots).unwrap_or_default();
        names.iter().any(|name| vm.text_of(name).as_deref() == Some("__weakref__"))
    })
}

/// The callback of a reference, which may be in an instance of another class.
fn callback_of(m: &Mutator, reference: &Ref) -> Option<Value> {
    let of = |obj: &Obj| match obj {
        Obj::WeakRef(w) if !w.callback.is_none() => Some(w.callback.clone()),
        _ => None,
    };
    match reference.get(m) {
        Obj::Instance(i) => of(i.slots.get(SLOT_BASE)?.load(m)?.get()),
        obj => of(obj),
    }
}

/// A reference without a callback, which serves everybody.
fn existing(vm: &Vm<'_>, address: usize) -> Option<Value> {
    let alive = references(vm, address);
    alive.into_iter().find_map(|reference| match reference.get(vm.m) {
        Obj::WeakRef(w) if w.callback.is_none() => Some(Value::Obj(reference)),
        _ => None,
    })
}

/// The living references to an object.
fn references(vm: &Vm<'_>, address: usize) -> Vec<Ref> {
    let known = KNOWN.lock();
    let all = known.by_target.get(&address).map(Vec::as_slice).unwrap_or_default();
    let alive = all.iter().filter_map(|weak| weak.upgrade(vm.m)).collect();
    drop(known);
    alive
}

fn remember(vm: &Vm<'_>, address: usize, reference: &Ref) {
    let weak = reference.downgrade(vm.m);
    let mut known = KNOWN.lock();
    let of = known.by_target.entry(address).or_default();
    if of.len() == of.capacity() {
        of.retain(|weak| weak.is_alive(vm.m));
    }
    of.push(weak);
    if known.by_target.len() > known.limit {
        known.by_target.retain(|_, all| all.iter().any(|weak| weak.is_alive(vm.m)));
        known.limit = (known.by_target.len() * 2).max(64);
    }
}

fn target_address(value: &Value) -> usize {
    value.as_ref().map_or(0, |gc| Gc::as_ptr(gc).addr())
}

fn getweakrefcount(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "_weakref.getweakrefcount", 1, 1)?;
    Ok(references(vm, target_address(&args[0])).len().into())
}

fn getweakrefs(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "_weakref.getweakrefs", 1, 1)?;
    let all = references(vm, target_address(&args[0]));
    Ok(vm.new_list(all.into_iter().map(Value::Obj).collect()))
}

/// The object, or `None` if it is gone.
fn call(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = args.get(0).map(|this| vm.unwrap(this)).unwrap_or_default();
    match this.as_obj(vm.m) {
        Some(Obj::WeakRef(w)) => Ok(w.weak.upgrade(vm.m).map_or(Value::None, Value::Obj)),
        _ => Err(vm.type_error("descriptor '__call__' requires a 'weakref' object")),
    }
}

fn callback(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = args.get(0).map(|this| vm.unwrap(this)).unwrap_or_default();
    Ok(match this.as_obj(vm.m) {
        Some(Obj::WeakRef(w)) if w.weak.is_alive(vm.m) => w.callback.clone(),
        _ => Value::None,
    })
}
