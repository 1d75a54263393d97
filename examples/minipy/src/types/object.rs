//! `object`, `type`, `super`, and the singletons' classes.

use brc::{Gc, Mutator};

use crate::code::Cmp;
use crate::dict;
use crate::object::*;
use crate::statics::{class_methods, methods, static_methods};
use crate::sym::{intern, s};
use crate::vm::{Args, R, Vm};

pub fn init(m: &Mutator) {
    static_methods(m, "object", &[("__new__", object_new)]);
    methods(
        m,
        "object",
        &[
            ("__init__", object_init),
            ("__repr__", object_repr),
            ("__str__", object_str),
            ("__format__", object_format),
            ("__eq__", object_eq),
            ("__ne__", object_ne),
            ("__hash__", object_hash),
            ("__getattribute__", object_getattribute),
            ("__setattr__", object_setattr),
            ("__delattr__", object_delattr),
            ("__dir__", object_dir),
            ("__sizeof__", object_sizeof),
            ("__reduce_ex__", object_reduce),
        ],
    );
    class_methods(
        m,
        "object",
        &[("__init_subclass__", object_init_subclass), ("__subclasshook__", object_subclasshook)],
    );
    static_methods(m, "type", &[("__new__", type_new)]);
    methods(
        m,
        "type",
        &[
            ("mro", type_mro),
            ("__subclasses__", type_subclasses),
            ("__call__", type_call),
            ("__or__", type_or),
            ("__instancecheck__", type_instancecheck),
            ("__subclasscheck__", type_subclasscheck),
        ],
    );
    static_methods(m, "super", &[("__new__", super_new)]);
    static_methods(m, "NoneType", &[("__new__", none_new)]);
    methods(m, "NoneType", &[("__bool__", none_bool)]);
}

fn class_arg(vm: &mut Vm<'_>, args: Args<'_>, what: &str) -> R<Ref> {
    match args.get(0) {
        Some(Value::Obj(class)) if matches!(class.get(vm.m), Obj::Class(_)) => Ok(class.clone()),
        _ => Err(vm.type_error(format!("{what}(X): X is not a type object"))),
    }
}

/// `object.__new__`: for classes whose instances are nothing but instances.
pub fn object_new(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let class = class_arg(vm, args, "object.__new__")?;
    let (kind, is_user) = match class.get(vm.m) {
        Obj::Class(c) => (c.kind, c.is_user),
        _ => (Kind::Object, true),
    };
    if kind.has_base() || kind == Kind::Type || (kind == Kind::Final) {
        let name = vm.class_name(&class);
        return Err(
            vm.type_error(format!("object.__new__({name}) is not safe, use {name}.__new__()"))
        );
    }
    let extra = args.len() > 1 || !args.kw.is_empty();
    if extra && is_user {
        // Arguments are for `__init__`, if there is one.
        let init = vm.lookup(&class, s().init);
        let own_init = init.is_some_and(|f| !matches!(f.as_obj(vm.m), Some(Obj::Builtin(_))));
        if !own_init && kind == Kind::Object {
            let name = vm.class_name(&class);
            return Err(vm.type_error(format!("{name}() takes no arguments")));
        }
    } else if extra {
        return Err(vm.type_error("object() takes no arguments"));
    }
    if let Some(found) = vm.lookup(&class, intern("__abstractmethods__")) {
        let names: Vec<Value> = vm.collect(&found).unwrap_or_default();
        if !names.is_empty() {
            let mut texts = Vec::new();
            for name in &names {
                texts.push(vm.str(name)?);
            }
            texts.sort();
            let class_name = vm.class_name(&class);
            let s = if texts.len() == 1 { "" } else { "s" };
            return Err(vm.type_error(format!(
                "Can't instantiate abstract class {class_name} with abstract method{s} {}",
                texts.join(", ")
            )));
        }
    }
    Ok(Value::Obj(vm.new_instance(&class, None)))
}

fn object_init(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    if args.len() > 1 || !args.kw.is_empty() {
        let class = vm.type_of(&args[0]);
        let new = vm.lookup(&class, s().new);
        let own_new = match new.as_ref().and_then(|f| f.as_obj(vm.m)) {
            Some(Obj::StaticMethod(f)) => {
                !matches!(f.as_obj(vm.m), Some(Obj::Builtin(b)) if b.def.name == "__new__")
            }
            _ => false,
        };
        let kind = match class.get(vm.m) {
            Obj::Class(c) => c.kind,
            _ => Kind::Object,
        };
        let init = vm.lookup(&class, s().init);
        let own_init = init.is_some_and(|f| !matches!(f.as_obj(vm.m), Some(Obj::Builtin(_))));
        if (own_init || !own_new) && kind == Kind::Object {
            let name = vm.class_name(&class);
            let message = if own_init {
                "object.__init__() takes exactly one argument (the instance to initialize)"
                    .to_owned()
            } else {
                format!("{name}() takes no arguments")
            };
            return Err(vm.type_error(message));
        }
    }
    Ok(Value::None)
}

fn object_repr(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let text = default_repr(vm, &args[0]);
    Ok(vm.new_str(text))
}

/// `<module.Class object at 0x...>`
pub fn default_repr(vm: &mut Vm<'_>, value: &Value) -> String {
    let class = vm.type_of(value);
    let name = full_name(vm, &class);
    let address = value.as_ref().map_or(0, |gc| Gc::as_ptr(gc).addr());
    format!("<{name} object at {address:#x}>")
}

/// A class's name with its module.
pub fn full_name(vm: &mut Vm<'_>, class: &Ref) -> String {
    let Obj::Class(c) = class.get(vm.m) else { return String::new() };
    let qualname = c.name.read().1.to_string();
    let module = vm.lookup_uncached(class, s().module);
    match module.map(|m| vm.str(&m)) {
        Some(Ok(module)) if module != "builtins" => format!("{module}.{qualname}"),
        _ => qualname,
    }
}

fn object_str(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let text = vm.repr(&args[0])?;
    Ok(vm.new_str(text))
}

fn object_format(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let spec = match args.get(1) {
        Some(spec) => vm.str(spec)?,
        None => String::new(),
    };
    if !spec.is_empty() {
        let name = vm.type_name(&args[0]);
        return Err(vm.type_error(format!("unsupported format string passed to {name}.__format__")));
    }
    let text = vm.str(&args[0])?;
    Ok(vm.new_str(text))
}

fn object_eq(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let (Some(a), Some(b)) = (args.get(0), args.get(1)) else {
        return Err(vm.type_error("expected 1 argument, got 0"));
    };
    Ok(if a.is(b) { Value::Bool(true) } else { Value::NotImplemented })
}

fn object_ne(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let (Some(a), Some(b)) = (args.get(0), args.get(1)) else {
        return Err(vm.type_error("expected 1 argument, got 0"));
    };
    vm.compare_op(Cmp::Ne, a, b)
}

fn object_hash(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let address = args[0].as_ref().map_or(0, |gc| Gc::as_ptr(gc).addr());
    let _ = vm;
    Ok(Value::Int((address >> 4) as i64))
}

fn name_arg(vm: &mut Vm<'_>, args: Args<'_>, at: usize) -> R<crate::sym::Sym> {
    match args.get(at).map(|name| vm.unwrap(name)) {
        Some(name) if matches!(name.as_obj(vm.m), Some(Obj::Str(_))) => Ok(intern(&vm.str(&name)?)),
        Some(other) => {
            let name = vm.type_name(&other);
            Err(vm.type_error(format!("attribute name must be string, not '{name}'")))
        }
        None => Err(vm.type_error("expected an attribute name")),
    }
}

fn object_getattribute(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let name = name_arg(vm, args, 1)?;
    let found = match args[0].as_obj(vm.m) {
        Some(Obj::Instance(_)) => {
            let class = vm.type_of(&args[0]);
            vm.generic_getattr(&args[0], &class, name)?
        }
        _ => vm.getattr_opt(&args[0], name)?,
    };
    match found {
        Some(value) => Ok(value),
        None => Err(vm.no_attribute(&args[0], name)),
    }
}

fn object_setattr(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let name = name_arg(vm, args, 1)?;
    let Some(value) = args.get(2) else {
        return Err(vm.type_error("expected 2 arguments, got 1"));
    };
    vm.generic_setattr(&args[0], name, value)?;
    Ok(Value::None)
}

fn object_delattr(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let name = name_arg(vm, args, 1)?;
    vm.generic_delattr(&args[0], name)?;
    Ok(Value::None)
}

fn object_dir(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let names = all_names(vm, &args[0])?;
    let names = names.into_iter().map(|n| vm.new_str(n)).collect();
    Ok(vm.new_list(names))
}

/// The names of all attributes, sorted.
pub fn all_names(vm: &mut Vm<'_>, value: &Value) -> R<Vec<String>> {
    let mut names: std::collections::BTreeSet<String> = Default::default();
    let mut classes = Vec::new();
    match value.as_obj(vm.m) {
        Some(Obj::Module(module)) => {
            return Ok(module
                .all(vm)
                .into_iter()
                .map(|(n, _)| n.to_string())
                .collect::<std::collections::BTreeSet<_>>()
                .into_iter()
                .collect());
        }
        Some(Obj::Class(c)) => {
            classes.push(value.as_ref().expect("a class").clone());
            classes.extend(c.mro.iter().cloned());
        }
        _ => {
            names.extend(vm.own_attrs(value).into_iter().map(|(n, _)| n.to_string()));
            let class = vm.type_of(value);
            if let Obj::Class(c) = class.get(vm.m) {
                classes.extend(c.mro.iter().cloned());
            }
            classes.push(class);
            names.insert("__class__".into());
        }
    }
    for class in classes {
        if let Obj::Class(c) = class.get(vm.m) {
            names.extend(c.order.lock().iter().chain(&c.slot_names).map(|n| n.to_string()));
        }
    }
    Ok(names.into_iter().collect())
}

fn object_sizeof(_: &mut Vm<'_>, _: Args<'_>) -> R {
    Ok(Value::Int((size_of::<Obj>() + 40) as i64))
}

fn object_reduce(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let name = vm.type_name(&args[0]);
    Err(vm.type_error(format!("cannot pickle '{name}' object")))
}

fn object_init_subclass(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    if let Some((name, _)) = args.kw.first() {
        let class = args.get(0).and_then(Value::as_ref).cloned();
        let class = class.map_or(String::new(), |c| vm.class_name(&c));
        let _ = name;
        return Err(
            vm.type_error(format!("{class}.__init_subclass__() takes no keyword arguments"))
        );
    }
    Ok(Value::None)
}

fn object_subclasshook(_: &mut Vm<'_>, _: Args<'_>) -> R {
    Ok(Value::NotImplemented)
}

/// `type(x)` and `type(name, bases, dict)`.
fn type_new(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    match args.len() {
        2 => Ok(Value::Obj(vm.type_of(&args[1]))),
        4 => {
            let name = vm.str(&args[1])?;
            let mut bases = Vec::new();
            for base in vm.collect(&args[2])? {
                bases.extend(base.as_ref().cloned());
            }
            let namespace = vm.unwrap(&args[3]);
            let Value::Obj(d) = &namespace else {
                return Err(vm.type_error("type.__new__() argument 3 must be dict"));
            };
            if !matches!(d.get(vm.m), Obj::Dict(_)) {
                return Err(vm.type_error("type.__new__() argument 3 must be dict"));
            }
            let mut entries = Vec::new();
            let mut qualname = name.clone();
            for (key, value) in dict::of(d, vm.m).entries(vm.m) {
                let key = intern(&vm.str(&Value::Obj(key))?);
                let value = Value::from_ref(value, vm.m);
                if key == s().qualname {
                    qualname = vm.str(&value)?;
                } else {
                    entries.push((key, value));
                }
            }
            if !entries.iter().any(|(n, _)| *n == s().module) {
                let main = vm.sym_value(s().main);
                entries.push((s().module, main));
            }
            let class = vm.new_class(&name, &qualname, bases, entries.clone())?;
            let kw = vm.dict_of(args.kw)?;
            vm.finish_class(&class, &entries, &Value::Obj(kw))?;
            Ok(Value::Obj(class))
        }
        _ => Err(vm.type_error("type() takes 1 or 3 arguments")),
    }
}

fn type_mro(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let mro = vm.getattr(&args[0], s().mro)?;
    let mro = vm.collect(&mro)?;
    Ok(vm.new_list(mro))
}

fn type_subclasses(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let class = class_arg(vm, args, "__subclasses__")?;
    let all = vm.subclasses(&class).into_iter().map(Value::Obj).collect();
    Ok(vm.new_list(all))
}

fn type_call(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let class = class_arg(vm, args, "type.__call__")?;
    vm.instantiate(&class, Args { pos: &args.pos[1..], kw: args.kw })
}

/// `int | str`: a tuple serves for `isinstance` and annotations.
fn type_or(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    Ok(vm.new_tuple(args.pos.to_vec()))
}

fn type_instancecheck(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let class = class_arg(vm, args, "__instancecheck__")?;
    Ok(Value::Bool(args.get(1).is_some_and(|value| vm.is_instance(value, &class))))
}

fn type_subclasscheck(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let class = class_arg(vm, args, "__subclasscheck__")?;
    Ok(Value::Bool(match args.get(1) {
        Some(Value::Obj(sub)) => vm.is_subclass(sub, &class),
        _ => false,
    }))
}

fn super_new(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    match (args.get(1), args.get(2)) {
        (Some(class), Some(this)) => vm.make_super(class, this),
        _ => Err(vm.err("RuntimeError", "super(): no arguments")),
    }
}

fn none_new(_: &mut Vm<'_>, _: Args<'_>) -> R {
    Ok(Value::None)
}

fn none_bool(_: &mut Vm<'_>, _: Args<'_>) -> R {
    Ok(Value::Bool(false))
}
