//! Generators' methods.

use brc::Mutator;

use super::{itself, stop, wrong_count};
use crate::call::Resume;
use crate::object::*;
use crate::statics::methods;
use crate::types::container::Of;
use crate::vm::{Args, Exit, PyErr, R, Vm};

const GENERATOR: Of =
    Of { class: "generator", is: |obj| matches!(obj, Obj::Generator(_)), comparable: |_| false };

pub fn init(m: &Mutator) {
    methods(
        m,
        "generator",
        &[
            ("__iter__", itself),
            ("__next__", |vm, args| {
                if args.len() != 1 {
                    return Err(wrong_count(vm, args, 0));
                }
                let this = GENERATOR.this(vm, args, "__next__", 0, 0)?;
                go_on(vm, &this, Resume::Send(Value::None))
            }),
            ("send", |vm, args| {
                let this = GENERATOR.this(vm, args, "send", 1, 1)?;
                go_on(vm, &this, Resume::Send(args[1].clone()))
            }),
            ("throw", |vm, args| {
                let this = GENERATOR.this(vm, args, "throw", 1, 3)?;
                let e = thrown(vm, args)?;
                go_on(vm, &this, Resume::Throw(e))
            }),
            ("close", |vm, args| {
                let this = GENERATOR.this(vm, args, "close", 0, 0)?;
                vm.close_generator(&this)?;
                Ok(Value::None)
            }),
        ],
    );
}

/// What the generator yields next; its end is a `StopIteration`.
fn go_on(vm: &mut Vm<'_>, generator: &Ref, how: Resume) -> R {
    match vm.resume(generator, how)? {
        Exit::Yield(value) => Ok(value),
        Exit::Return(value) => Err(stop(vm, value)),
    }
}

/// The exception that `throw` is given: one, or a class with what to make one of.
fn thrown(vm: &mut Vm<'_>, args: Args<'_>) -> R<PyErr> {
    let what = &args[1];
    let value = args.get(2).filter(|value| !value.is_none());
    match args.get(3) {
        None | Some(Value::None) => {}
        Some(tb) if matches!(tb.as_obj(vm.m), Some(Obj::Traceback(_))) => {}
        Some(_) => return Err(vm.type_error("throw() third argument must be a traceback object")),
    }
    let base = vm.s.types.base_exception.clone();
    let class = what.as_ref().filter(|gc| matches!(gc.get(vm.m), Obj::Class(_)));
    if let Some(class) = class
        && vm.is_subclass(class, &base)
    {
        let made = match value {
            None => vm.call(what, &[])?,
            Some(value) if vm.is_instance(value, class) => value.clone(),
            Some(value) => match value.as_obj(vm.m) {
                Some(Obj::Tuple(items)) => {
                    let items = items.to_vec();
                    vm.call(what, &items)?
                }
                _ => vm.call(what, std::slice::from_ref(value))?,
            },
        };
        return Ok(vm.raise(&made, None));
    }
    if vm.is_instance(what, &base) {
        if value.is_some() {
            return Err(vm.type_error("instance exception may not have a separate value"));
        }
        return Ok(vm.raise(what, None));
    }
    let name = vm.type_name(what);
    Err(vm.type_error(format!(
        "exceptions must be classes or instances deriving from BaseException, not {name}"
    )))
}
