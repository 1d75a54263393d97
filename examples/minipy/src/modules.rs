//! Modules that come along: those written in Rust, a file each, and those written in Python, whose
//! sources are part of the program.

use std::any::Any;

use brc::{Gc, Mutator};

use crate::object::*;
use crate::statics::{function, statics};
use crate::sym::{Sym, intern};
use crate::vm::{Args, PyErr, R, Vm};

pub mod builtins;
pub mod collections;
pub mod gc;
pub mod io;
pub mod json;
pub mod math;
pub mod random;
pub mod records;
pub mod sys;
pub mod thread;
pub mod time;
pub mod weakref;

/// What a module has.
pub type Entries = Vec<(Sym, Value)>;

/// What a module written in Rust has, if there is one of this name.
pub fn fill(vm: &mut Vm<'_>, name: &str) -> R<Option<Entries>> {
    Ok(Some(match name {
        "builtins" => {
            // The first module: so this happens once.
            init(vm.m);
            builtins::fill(vm)
        }
        "sys" => sys::fill(vm)?,
        "time" => time::fill(vm)?,
        "math" => math::fill(vm),
        "gc" => gc::fill(vm),
        "_weakref" => weakref::fill(vm),
        "_random" => random::fill(vm),
        "_thread" => thread::fill(vm),
        "_json" => json::fill(vm),
        "_collections" => collections::fill(vm),
        _ => return Ok(None),
    }))
}

/// Gives the classes of these modules their methods.
fn init(m: &Mutator) {
    io::init(m);
    random::init(m);
    thread::init(m);
    weakref::init(m);
}

macro_rules! sources {
    ($($name:literal),* $(,)?) => {
        /// Modules written in Python.
        const SOURCES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("lib/", $name, ".py")))),*];
    };
}

sources! {
    "_argcheck",
    "_collections_abc",
    "abc",
    "atexit",
    "bisect",
    "collections",
    "collections.abc",
    "concurrent",
    "concurrent.futures",
    "concurrent.futures.thread",
    "contextlib",
    "copy",
    "dataclasses",
    "enum",
    "fractions",
    "functools",
    "heapq",
    "io",
    "itertools",
    "json",
    "operator",
    "os",
    "os.path",
    "posixpath",
    "queue",
    "random",
    "statistics",
    "string",
    "textwrap",
    "threading",
    "traceback",
    "types",
    "typing",
    "weakref",
}

/// The source of a module written in Python.
pub fn source(name: &str) -> Option<&'static str> {
    SOURCES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// Functions as what a module has.
fn functions(m: &Mutator, defs: &[(&'static str, NativeFn)]) -> Entries {
    defs.iter().map(|&(name, func)| (intern(name), function(m, name, func))).collect()
}

/// A builtin class as a value.
fn class(name: &str) -> Value {
    Value::Obj(statics().type_named(name).clone())
}

/// Gives a builtin class an attribute that is computed.
fn property(m: &Mutator, class: &str, name: &'static str, get: NativeFn) {
    let Obj::Class(c) = statics().type_named(class).get(m) else { return };
    let get = function(m, name, get);
    let made = Property { get, set: Value::None, del: Value::None, doc: Value::None };
    c.dict.insert(m, intern(name), m.alloc_immortal(Obj::Property(Box::new(made))));
    c.order.lock().push(intern(name));
}

/// The object of a Rust type that a value is.
fn native<'a, T: Native>(m: &'a Mutator, value: &'a Value) -> Option<&'a T> {
    match value.as_obj(m) {
        Some(Obj::Native(object)) => {
            let object: &dyn Any = &**object;
            object.downcast_ref()
        }
        _ => None,
    }
}

/// As [`native`], of the first argument of a method; something else is a `TypeError`.
fn this<'a, T: Native>(vm: &'a mut Vm<'_>, args: Args<'a>, name: &str) -> R<&'a T> {
    let found = args.get(0).is_some_and(|value| native::<T>(vm.m, value).is_some());
    if !found {
        return Err(match args.get(0) {
            Some(other) => {
                let other = vm.type_name(other);
                vm.type_error(format!("descriptor '{name}' doesn't apply to a '{other}' object"))
            }
            None => vm.type_error(format!("unbound method {name}() needs an argument")),
        });
    }
    Ok(native(vm.m, &args.pos[0]).expect("just looked"))
}

/// Where an object is, as its `repr` says.
fn address(value: &Value) -> usize {
    value.as_ref().map_or(0, |gc| Gc::as_ptr(gc).addr())
}

/// Sees to it that a function gets so many arguments, none of them named. The name may have the
/// module's before it.
#[inline]
fn count(vm: &mut Vm<'_>, args: Args<'_>, name: &str, least: usize, most: usize) -> R<()> {
    if args.kw.is_empty() && least <= args.len() && args.len() <= most {
        return Ok(());
    }
    Err(wrong_count(vm, args, name, least, most))
}

#[cold]
fn wrong_count(vm: &mut Vm<'_>, args: Args<'_>, name: &str, least: usize, most: usize) -> PyErr {
    let given = args.len();
    if !args.kw.is_empty() {
        return vm.type_error(format!("{name}() takes no keyword arguments"));
    }
    let short = name.rsplit('.').next().unwrap_or(name);
    let s = |n: usize| if n == 1 { "" } else { "s" };
    vm.type_error(match (least, most) {
        (0, 0) => format!("{name}() takes no arguments ({given} given)"),
        (1, 1) => format!("{name}() takes exactly one argument ({given} given)"),
        _ if least == most => format!("{short} expected {least} argument{}, got {given}", s(least)),
        _ if given < least => {
            format!("{short} expected at least {least} argument{}, got {given}", s(least))
        }
        _ => format!("{short} expected at most {most} argument{}, got {given}", s(most)),
    })
}

/// The arguments of a function whose parameters have names; the first `least` of them must be
/// given.
fn bind<'a, const N: usize>(
    vm: &mut Vm<'_>,
    args: Args<'a>,
    name: &str,
    params: [&str; N],
    least: usize,
) -> R<[Option<&'a Value>; N]> {
    let mut bound = [None; N];
    if args.len() > N {
        let (given, s) = (args.len() + args.kw.len(), if N == 1 { "" } else { "s" });
        return Err(
            vm.type_error(format!("{name}() takes at most {N} argument{s} ({given} given)"))
        );
    }
    for (at, value) in args.pos.iter().enumerate() {
        bound[at] = Some(value);
    }
    for (key, value) in args.kw {
        match params.iter().position(|param| *param == key.as_str()) {
            Some(at) if bound[at].is_some() => {
                return Err(vm.type_error(format!(
                    "argument for {name}() given by name ('{key}') and position ({})",
                    at + 1
                )));
            }
            Some(at) => bound[at] = Some(value),
            None => {
                return Err(
                    vm.type_error(format!("'{key}' is an invalid keyword argument for {name}()"))
                );
            }
        }
    }
    if let Some(at) = bound[..least].iter().position(Option::is_none) {
        return Err(vm.type_error(format!(
            "{name}() missing required argument '{}' (pos {})",
            params[at],
            at + 1
        )));
    }
    Ok(bound)
}
