//! Tuples whose items have names, as `sys.version_info` and `time.struct_time` are.

use super::Entries;
use crate::object::*;
use crate::statics::function;
use crate::sym::{intern, s};
use crate::vm::{Args, R, Vm};

/// What the items are called.
const FIELDS: &str = "_fields";

/// Reads an item by its number.
fn field<const N: usize>(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = args.get(0).map(|this| vm.unwrap(this)).unwrap_or_default();
    Ok(vm.items_of(&this).get(N).cloned().unwrap_or(Value::None))
}

const GETTERS: [NativeFn; 12] = [
    field::<0>,
    field::<1>,
    field::<2>,
    field::<3>,
    field::<4>,
    field::<5>,
    field::<6>,
    field::<7>,
    field::<8>,
    field::<9>,
    field::<10>,
    field::<11>,
];

/// A class of tuples with such items, a dozen at most.
pub fn record_class(vm: &mut Vm<'_>, module: &str, name: &str, fields: &[&'static str]) -> R<Ref> {
    let mut namespace: Entries = Vec::new();
    namespace.push((s().module, vm.new_str(module)));
    namespace.push((s().slots, vm.new_tuple(Vec::new())));
    let names = fields.iter().map(|name| vm.new_str(*name)).collect();
    namespace.push((intern(FIELDS), vm.new_tuple(names)));
    // A class's builtin `__repr__` would be taken for that of what it extends; a property
    // gives one that is the object's own.
    namespace.push((s().repr, property(vm, "__repr__", own_repr)));
    for (name, get) in fields.iter().zip(GETTERS) {
        namespace.push((intern(name), property(vm, name, get)));
    }
    let tuple = vm.s.types.tuple.clone();
    vm.new_class(name, name, vec![tuple], namespace)
}

fn property(vm: &Vm<'_>, name: &'static str, get: NativeFn) -> Value {
    let get = function(vm.m, name, get);
    let made = Property { get, set: Value::None, del: Value::None, doc: Value::None };
    Value::Obj(vm.alloc(Obj::Property(Box::new(made))))
}

/// A tuple of a class that [`record_class`] made.
pub fn record(vm: &Vm<'_>, class: &Ref, items: Vec<Value>) -> Value {
    let items = vm.new_tuple(items);
    Value::Obj(vm.new_instance(class, Some(&items)))
}

/// An object with these attributes, for what has a name and is no tuple.
pub fn namespace(vm: &mut Vm<'_>, class: &str, entries: Entries) -> R {
    let module = (s().module, vm.new_str("sys"));
    let class = vm.new_class(class, class, Vec::new(), vec![module])?;
    let object = Value::Obj(vm.new_instance(&class, None));
    for (name, value) in entries {
        vm.setattr(&object, name, &value)?;
    }
    Ok(object)
}

fn own_repr(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let show = function(vm.m, "__repr__", show);
    Ok(vm.bound(&args[0], &show))
}

/// `module.name(field=value, ...)`
fn show(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let class = vm.type_of(&args[0]);
    let name = crate::types::object::full_name(vm, &class);
    let fields = vm.getattr(&Value::Obj(class), intern(FIELDS))?;
    let (fields, this) = (vm.items_of(&fields), vm.unwrap(&args[0]));
    let mut shown = Vec::new();
    for (field, item) in fields.iter().zip(vm.items_of(&this)) {
        shown.push(format!("{}={}", vm.str(field)?, vm.repr(&item)?));
    }
    Ok(vm.new_str(format!("{name}({})", shown.join(", "))))
}
