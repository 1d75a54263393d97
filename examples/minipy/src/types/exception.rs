//! The builtin exceptions.

use brc::Mutator;

use crate::object::*;
use crate::statics::{methods, static_methods, statics};
use crate::sym::{intern, s};
use crate::vm::{Args, R, Vm};

pub fn init(m: &Mutator) {
    static_methods(m, "BaseException", &[("__new__", new)]);
    methods(
        m,
        "BaseException",
        &[
            ("__init__", exception_init),
            ("__str__", str_of),
            ("__repr__", repr_of),
            ("with_traceback", with_traceback),
            ("add_note", add_note),
        ],
    );
    methods(m, "StopIteration", &[("__init__", stop_init)]);
    methods(m, "SystemExit", &[("__init__", exit_init)]);
    methods(m, "OSError", &[("__init__", os_init)]);
    methods(m, "ImportError", &[("__init__", import_init)]);
    methods(m, "NameError", &[("__init__", named_init)]);
    methods(m, "AttributeError", &[("__init__", named_init)]);
    // What every exception has comes first in the layout.
    let base = statics().type_named("BaseException");
    if let Obj::Class(c) = base.get(m) {
        for name in [s().args, s().cause, s().context, s().suppress_context, s().traceback] {
            c.add_field(m, name);
        }
    }
    for (name, _) in exception_classes(m) {
        if let Obj::Class(c) = statics().type_named(name).get(m) {
            for name in [s().args, s().cause, s().context, s().suppress_context, s().traceback] {
                c.add_field(m, name);
            }
        }
    }
}

fn exception_classes(m: &Mutator) -> Vec<(&'static str, Ref)> {
    let all = crate::statics::public_classes();
    all.filter_map(|name| {
        let class = statics().type_named(name);
        matches!(class.get(m), Obj::Class(c) if c.kind == Kind::Exception)
            .then(|| (name, class.clone()))
    })
    .collect()
}

fn new(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let Some(Value::Obj(class)) = args.get(0) else {
        return Err(vm.type_error("BaseException.__new__(): not enough arguments"));
    };
    let mut class = class.clone();
    // `OSError` becomes what its number says.
    if args.len() >= 3
        && brc::Gc::ptr_eq(&class, vm.s.type_named("OSError"))
        && let Value::Int(n) = args[1]
    {
        let name = match n {
            1 | 13 => "PermissionError",
            2 => "FileNotFoundError",
            3 => "ProcessLookupError",
            4 => "InterruptedError",
            10 => "ChildProcessError",
            11 => "BlockingIOError",
            17 => "FileExistsError",
            20 => "NotADirectoryError",
            21 => "IsADirectoryError",
            32 => "BrokenPipeError",
            110 => "TimeoutError",
            111 => "ConnectionRefusedError",
            _ => "OSError",
        };
        class = vm.s.type_named(name).clone();
    }
    let e = Value::Obj(vm.new_instance(&class, None));
    let given = vm.new_tuple(args.pos[1..].to_vec());
    vm.generic_setattr(&e, s().args, &given)?;
    Ok(e)
}

fn exception_init(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    if let Some((_, _)) = args.kw.first() {
        let name = vm.type_name(&args[0]);
        return Err(vm.type_error(format!("{name}() takes no keyword arguments")));
    }
    let given = vm.new_tuple(args.pos[1..].to_vec());
    vm.generic_setattr(&args[0], s().args, &given)?;
    Ok(Value::None)
}

fn stop_init(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    exception_init(vm, args)?;
    let value = args.get(1).cloned().unwrap_or(Value::None);
    vm.generic_setattr(&args[0], s().value, &value)?;
    Ok(Value::None)
}

fn exit_init(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    exception_init(vm, args)?;
    let code = match args.len() {
        1 => Value::None,
        2 => args[1].clone(),
        _ => vm.new_tuple(args.pos[1..].to_vec()),
    };
    vm.generic_setattr(&args[0], s().code_attr, &code)?;
    Ok(Value::None)
}

fn os_init(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let given = &args.pos[1..];
    let kept = if given.len() == 3 { &given[..2] } else { given };
    let kept = vm.new_tuple(kept.to_vec());
    vm.generic_setattr(&args[0], s().args, &kept)?;
    let at = |i: usize| if given.len() >= 2 { given.get(i).cloned() } else { None };
    for (i, name) in ["errno", "strerror", "filename"].into_iter().enumerate() {
        let value = at(i).unwrap_or(Value::None);
        vm.generic_setattr(&args[0], intern(name), &value)?;
    }
    Ok(Value::None)
}

fn import_init(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let given = vm.new_tuple(args.pos[1..].to_vec());
    vm.generic_setattr(&args[0], s().args, &given)?;
    let msg = args.get(1).cloned().unwrap_or(Value::None);
    vm.generic_setattr(&args[0], s().msg, &msg)?;
    for name in [s().name_attr, s().path] {
        let value = args.keyword(name.as_str()).cloned().unwrap_or(Value::None);
        vm.generic_setattr(&args[0], name, &value)?;
    }
    Ok(Value::None)
}

fn named_init(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let given = vm.new_tuple(args.pos[1..].to_vec());
    vm.generic_setattr(&args[0], s().args, &given)?;
    for (name, value) in args.kw {
        vm.generic_setattr(&args[0], *name, value)?;
    }
    Ok(Value::None)
}

fn str_of(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let text = base_str(vm, &args[0])?;
    Ok(vm.new_str(text))
}

/// What `str` of an exception is, unless its class says otherwise.
pub fn base_str(vm: &mut Vm<'_>, e: &Value) -> R<String> {
    let os = vm.s.type_named("OSError").clone();
    let key = vm.s.type_named("KeyError").clone();
    let args = vm.exception_args(e);
    if vm.is_instance(e, &os) {
        let get =
            |vm: &mut Vm<'_>, name| vm.own_attr(e, intern(name)).map(|v| v.unwrap_or(Value::None));
        let (errno, text, file) = (get(vm, "errno")?, get(vm, "strerror")?, get(vm, "filename")?);
        if !errno.is_none() {
            let (errno, text) = (vm.str(&errno)?, vm.str(&text)?);
            if file.is_none() {
                return Ok(format!("[Errno {errno}] {text}"));
            }
            let file = vm.repr(&file)?;
            return Ok(format!("[Errno {errno}] {text}: {file}"));
        }
    }
    match &args[..] {
        [] => Ok(String::new()),
        [one] if vm.is_instance(e, &key) => vm.repr(one),
        [one] => vm.str(one),
        _ => {
            let all = vm.new_tuple(args);
            vm.repr(&all)
        }
    }
}

fn repr_of(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let text = base_repr(vm, &args[0])?;
    Ok(vm.new_str(text))
}

/// What `repr` of an exception is, unless its class says otherwise.
pub fn base_repr(vm: &mut Vm<'_>, e: &Value) -> R<String> {
    let name = vm.type_name(e);
    let args = vm.exception_args(e);
    match &args[..] {
        [one] => {
            let one = vm.repr(one)?;
            Ok(format!("{name}({one})"))
        }
        _ => {
            let all = vm.new_tuple(args);
            let all = vm.repr(&all)?;
            Ok(format!("{name}{all}"))
        }
    }
}

fn with_traceback(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let tb = args.get(1).cloned().unwrap_or(Value::None);
    vm.generic_setattr(&args[0], s().traceback, &tb)?;
    Ok(args[0].clone())
}

fn add_note(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let note = args.get(1).cloned().unwrap_or(Value::None);
    match vm.own_attr(&args[0], s().notes)? {
        Some(notes) => {
            let one = vm.new_list(vec![note]);
            vm.list_extend(&notes, &one)?;
        }
        None => {
            let notes = vm.new_list(vec![note]);
            vm.generic_setattr(&args[0], s().notes, &notes)?;
        }
    }
    Ok(Value::None)
}
