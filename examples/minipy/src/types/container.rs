//! What the classes of containers share: whose method it is, and special methods that do what
//! the interpreter does with such an object anyway.

use brc::{Gc, Mutator};

use super::args;
use crate::code::Cmp;
use crate::object::*;
use crate::statics::{function, statics};
use crate::sym::intern;
use crate::vm::{Args, R, Vm};

/// A builtin class, as its methods know it.
pub struct Of {
    pub class: &'static str,
    pub is: fn(&Obj) -> bool,
    /// What its objects are compared with.
    pub comparable: fn(&Obj) -> bool,
}

impl Of {
    /// The builtin object that a method is called on, with so many arguments besides.
    #[inline]
    pub fn this(
        &self,
        vm: &mut Vm<'_>,
        args: Args<'_>,
        method: &str,
        least: usize,
        most: usize,
    ) -> R<Ref> {
        let given = args.len().wrapping_sub(1);
        if args.kw.is_empty() && least <= given && given <= most {
            return self.unwrap(vm, &args[0], method);
        }
        self.wrong_count(vm, args, method, least, most)
    }

    #[cold]
    fn wrong_count(
        &self,
        vm: &mut Vm<'_>,
        args: Args<'_>,
        method: &str,
        least: usize,
        most: usize,
    ) -> R<Ref> {
        if let Some(this) = args.get(0) {
            self.unwrap(vm, this, method)?;
        }
        let whole = format!("{}.{method}", self.class);
        let Some(given) = args.len().checked_sub(1) else {
            return Err(vm.type_error(format!("unbound method {whole}() needs an argument")));
        };
        if !args.kw.is_empty() {
            return Err(vm.type_error(format!("{whole}() takes no keyword arguments")));
        }
        let (bound, n) = if given < least { ("at least ", least) } else { ("at most ", most) };
        let (bound, s) = (if least == most { "" } else { bound }, if n == 1 { "" } else { "s" });
        Err(vm.type_error(match (least, most) {
            (_, 0) => format!("{whole}() takes no arguments ({given} given)"),
            (1, 1) => format!("{whole}() takes exactly one argument ({given} given)"),
            _ => format!("{method} expected {bound}{n} argument{s}, got {given}"),
        }))
    }

    /// As [`this`](Self::this), of a special method.
    #[inline]
    pub fn special(&self, vm: &mut Vm<'_>, args: Args<'_>, method: &str, n: usize) -> R {
        let given = args.len().wrapping_sub(1);
        if given != n {
            let s = if n == 1 { "" } else { "s" };
            let given = args.len().saturating_sub(1);
            return Err(vm.type_error(format!("expected {n} argument{s}, got {given}")));
        }
        self.unwrap(vm, &args[0], method).map(Value::Obj)
    }

    /// The builtin object in a value.
    #[inline]
    pub fn unwrap(&self, vm: &mut Vm<'_>, value: &Value, method: &str) -> R<Ref> {
        if let Value::Obj(gc) = value {
            if (self.is)(gc.get(vm.m)) {
                return Ok(gc.clone());
            }
            if let Some(Value::Obj(base)) = vm.base_of(value)
                && (self.is)(base.get(vm.m))
            {
                return Ok(base);
            }
        }
        Err(args::wrong_this(vm, value, self.class, method))
    }

    /// Whether a value is of the class.
    pub fn has(&self, vm: &Vm<'_>, value: &Value) -> bool {
        value.as_obj(vm.m).is_some_and(self.is)
    }

    /// The class that a constructor gets first, and whether it is the builtin one.
    pub fn class_arg(&self, vm: &mut Vm<'_>, args: Args<'_>) -> R<(Ref, bool)> {
        let name = self.class;
        let builtin = vm.s.type_named(name);
        match args.get(0) {
            Some(Value::Obj(class)) if Gc::ptr_eq(class, builtin) => Ok((class.clone(), true)),
            Some(Value::Obj(class)) if vm.is_subclass(class, builtin) => Ok((class.clone(), false)),
            Some(Value::Obj(class)) if matches!(class.get(vm.m), Obj::Class(_)) => {
                let other = vm.class_name(class);
                Err(vm.type_error(format!(
                    "{name}.__new__({other}): {other} is not a subtype of {name}"
                )))
            }
            Some(value) => {
                let of = vm.type_name(value);
                Err(vm.type_error(format!("{name}.__new__(X): X is not a type object ({of})")))
            }
            None => Err(vm.type_error(format!("{name}.__new__(): not enough arguments"))),
        }
    }

    /// Sees to it that a constructor gets at most so many arguments, and no named ones.
    pub fn constructor(&self, vm: &mut Vm<'_>, args: Args<'_>, least: usize, most: usize) -> R<()> {
        let name = self.class;
        if !args.kw.is_empty() {
            return Err(vm.type_error(format!("{name}() takes no keyword arguments")));
        }
        let given = args.len().saturating_sub(1);
        let (bound, n) = match given {
            given if given < least => ("at least", least),
            given if given > most => ("at most", most),
            _ => return Ok(()),
        };
        let (bound, s) = (if least == most { "" } else { bound }, if n == 1 { "" } else { "s" });
        let space = if bound.is_empty() { "" } else { " " };
        Err(vm.type_error(format!("{name} expected {bound}{space}{n} argument{s}, got {given}")))
    }

    /// A comparison's special method.
    pub fn compare(&self, vm: &mut Vm<'_>, args: Args<'_>, method: &str, op: Cmp) -> R {
        let this = self.special(vm, args, method, 1)?;
        let other = vm.unwrap(&args[1]);
        if !other.as_obj(vm.m).is_some_and(self.comparable) {
            return Ok(Value::NotImplemented);
        }
        vm.compare_op(op, &this, &other)
    }
}

/// Special methods that do what the interpreter does: those of `$of` with these names.
macro_rules! special {
    ($of:ident: $($name:ident)*) => {
        &[$($crate::types::container::special!(@ $of $name)),*]
    };
    (@ $of:ident len) => { ("__len__", |vm, args| {
        let this = $of.special(vm, args, "__len__", 0)?;
        vm.len(&this).map(Value::from)
    }) };
    (@ $of:ident iter) => { ("__iter__", |vm, args| {
        let this = $of.special(vm, args, "__iter__", 0)?;
        vm.iter(&this)
    }) };
    (@ $of:ident reversed) => { ("__reversed__", |vm, args| {
        let this = $of.special(vm, args, "__reversed__", 0)?;
        $crate::types::iterator::reversed(vm, &this)
    }) };
    (@ $of:ident contains) => { ("__contains__", |vm, args| {
        let this = $of.special(vm, args, "__contains__", 1)?;
        vm.contains(&this, &args[1]).map(Value::Bool)
    }) };
    (@ $of:ident repr) => { ("__repr__", |vm, args| {
        $of.special(vm, args, "__repr__", 0)?;
        let text = vm.repr_builtin(&args[0])?;
        Ok(vm.new_str(text))
    }) };
    (@ $of:ident hash) => { ("__hash__", |vm, args| {
        let this = $of.special(vm, args, "__hash__", 0)?;
        vm.py_hash(&this).map(Value::Int)
    }) };
    (@ $of:ident getitem) => { ("__getitem__", |vm, args| {
        let this = $of.special(vm, args, "__getitem__", 1)?;
        vm.get_item(&this, &args[1])
    }) };
    (@ $of:ident setitem) => { ("__setitem__", |vm, args| {
        let this = $of.special(vm, args, "__setitem__", 2)?;
        vm.set_item(&this, &args[1], &args[2])?;
        Ok(Value::None)
    }) };
    (@ $of:ident delitem) => { ("__delitem__", |vm, args| {
        let this = $of.special(vm, args, "__delitem__", 1)?;
        vm.del_item(&this, &args[1])?;
        Ok(Value::None)
    }) };
    (@ $of:ident eq) => { ("__eq__", |vm, args| $of.compare(vm, args, "__eq__", Cmp::Eq)) };
    (@ $of:ident ne) => { ("__ne__", |vm, args| $of.compare(vm, args, "__ne__", Cmp::Ne)) };
    (@ $of:ident lt) => { ("__lt__", |vm, args| $of.compare(vm, args, "__lt__", Cmp::Lt)) };
    (@ $of:ident le) => { ("__le__", |vm, args| $of.compare(vm, args, "__le__", Cmp::Le)) };
    (@ $of:ident gt) => { ("__gt__", |vm, args| $of.compare(vm, args, "__gt__", Cmp::Gt)) };
    (@ $of:ident ge) => { ("__ge__", |vm, args| $of.compare(vm, args, "__ge__", Cmp::Ge)) };
}

pub(super) use special;

/// Gives a builtin class attributes that are computed.
pub fn getters(m: &Mutator, class: &'static str, defs: &[(&'static str, NativeFn)]) {
    let Obj::Class(c) = statics().type_named(class).get(m) else { unreachable!("only classes") };
    for &(name, get) in defs {
        let none = || Value::None;
        let property =
            Property { get: function(m, name, get), set: none(), del: none(), doc: none() };
        c.dict.insert(m, intern(name), m.alloc_immortal(Obj::Property(Box::new(property))));
        c.order.lock().push(intern(name));
    }
}

/// Takes the hash from a builtin class: what it has can change.
pub fn unhashable(m: &Mutator, class: &'static str) {
    let Obj::Class(c) = statics().type_named(class).get(m) else { unreachable!("only classes") };
    c.dict.insert(m, intern("__hash__"), statics().none.clone());
    c.order.lock().push(intern("__hash__"));
}

/// Where a search of `index` begins and ends.
pub fn section(vm: &mut Vm<'_>, args: Args<'_>, len: usize) -> R<(usize, usize)> {
    let mut bounds = [0, len as i64];
    for (bound, arg) in bounds.iter_mut().zip(args.pos.iter().skip(2)) {
        let n = match arg {
            Value::None => None,
            arg => args::bound(vm, Some(arg)).map_err(|e| no_index(vm, e))?,
        };
        let Some(n) = n else { return Err(no_index_error(vm)) };
        *bound = if n < 0 { n.saturating_add(len as i64).max(0) } else { n };
    }
    Ok((bounds[0] as usize, bounds[1] as usize))
}

fn no_index(vm: &mut Vm<'_>, e: crate::vm::PyErr) -> crate::vm::PyErr {
    if vm.is_err(&e, "TypeError") { no_index_error(vm) } else { e }
}

fn no_index_error(vm: &mut Vm<'_>) -> crate::vm::PyErr {
    vm.type_error("slice indices must be integers or have an __index__ method")
}
