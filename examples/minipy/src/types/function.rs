//! Functions, methods, properties, modules: what they know of themselves.

use brc::Mutator;

use crate::object::*;
use crate::statics::{methods, static_methods};
use crate::sym::{Sym, intern, s};
use crate::vm::{Args, R, Vm};

pub fn init(m: &Mutator) {
    methods(m, "function", &[("__get__", function_get), ("__call__", call_it)]);
    methods(m, "builtin_function_or_method", &[("__call__", call_it)]);
    methods(m, "method_descriptor", &[("__get__", function_get), ("__call__", call_it)]);
    methods(m, "method", &[("__call__", call_it)]);
    static_methods(m, "property", &[("__new__", property_new)]);
    methods(
        m,
        "property",
        &[
            ("getter", property_getter),
            ("setter", property_setter),
            ("deleter", property_deleter),
            ("__get__", descriptor_get),
        ],
    );
    static_methods(m, "staticmethod", &[("__new__", staticmethod_new)]);
    static_methods(m, "classmethod", &[("__new__", classmethod_new)]);
    methods(m, "staticmethod", &[("__get__", descriptor_get), ("__call__", call_it)]);
    methods(m, "classmethod", &[("__get__", descriptor_get)]);
    static_methods(m, "module", &[("__new__", module_new)]);
    static_methods(m, "method", &[("__new__", method_new)]);
}

fn call_it(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    vm.call_args(&args[0], Args { pos: &args.pos[1..], kw: args.kw })
}

fn function_get(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    match args.get(1) {
        None | Some(Value::None) => Ok(args[0].clone()),
        Some(this) => Ok(vm.bound(this, &args[0])),
    }
}

fn descriptor_get(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = args.get(1).filter(|v| !v.is_none());
    let class = match (args.get(2), this) {
        (Some(Value::Obj(class)), _) => class.clone(),
        (_, Some(this)) => vm.type_of(this),
        _ => return Err(vm.type_error("__get__(None, None) is invalid")),
    };
    vm.bind_descriptor(&args[0], this, &class)
}

fn property_new(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let arg = |i, name: &str| args.arg(i, name).cloned().unwrap_or(Value::None);
    let get = arg(1, "fget");
    let doc = match arg(4, "doc") {
        Value::None if !get.is_none() => vm.getattr_opt(&get, s().doc)?.unwrap_or(Value::None),
        doc => doc,
    };
    let property = Property { get, set: arg(2, "fset"), del: arg(3, "fdel"), doc };
    Ok(Value::Obj(vm.alloc_shared(Obj::Property(Box::new(property)))))
}

/// The property with one function replaced.
fn property_with(vm: &mut Vm<'_>, args: Args<'_>, change: impl FnOnce(&mut Property, Value)) -> R {
    let Some(Obj::Property(p)) = args[0].as_obj(vm.m) else {
        return Err(vm.type_error("not a property"));
    };
    let mut new =
        Property { get: p.get.clone(), set: p.set.clone(), del: p.del.clone(), doc: p.doc.clone() };
    change(&mut new, args.get(1).cloned().unwrap_or(Value::None));
    Ok(Value::Obj(vm.alloc_shared(Obj::Property(Box::new(new)))))
}

fn property_getter(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    property_with(vm, args, |p, f| p.get = f)
}

fn property_setter(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    property_with(vm, args, |p, f| p.set = f)
}

fn property_deleter(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    property_with(vm, args, |p, f| p.del = f)
}

fn staticmethod_new(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let f = args.get(1).cloned().unwrap_or(Value::None);
    Ok(Value::Obj(vm.alloc_shared(Obj::StaticMethod(f))))
}

fn classmethod_new(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let f = args.get(1).cloned().unwrap_or(Value::None);
    Ok(Value::Obj(vm.alloc_shared(Obj::ClassMethod(f))))
}

fn module_new(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let name = match args.get(1) {
        Some(name) => vm.str(name)?,
        None => String::new(),
    };
    Ok(Value::Obj(vm.new_module(&name, "")))
}

fn method_new(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    match (args.get(1), args.get(2)) {
        (Some(f), Some(this)) => Ok(vm.bound(this, f)),
        _ => Err(vm.type_error("method expected 2 arguments")),
    }
}

impl Vm<'_> {
    /// Attributes that objects of builtin classes have without anybody having set them.
    pub fn builtin_attr(&mut self, object: &Value, name: Sym) -> R<Option<Value>> {
        // Ordinary names are methods.
        let text = name.as_str();
        if name == s().class {
            return Ok(Some(Value::Obj(self.type_of(object))));
        }
        let Some(obj) = object.as_obj(self.m) else { return Ok(None) };
        let value = match obj {
            Obj::Function(f) => match text {
                "__name__" => {
                    let name = f.name.read().0;
                    self.sym_value(name)
                }
                "__qualname__" => {
                    let q = f.name.read().1.clone();
                    self.new_str(q)
                }
                "__doc__" => f.doc.load(self.m).map_or(Value::None, Value::from_local),
                "__module__" => {
                    if let Some(own) = self.own_attr(object, name)? {
                        return Ok(Some(own));
                    }
                    let Some(Obj::Function(f)) = object.as_obj(self.m) else { return Ok(None) };
                    match f.module.get(self.m) {
                        Obj::Module(m) => m.get(self, s().name).unwrap_or(Value::None),
                        _ => Value::None,
                    }
                }
                "__defaults__" => f.defaults.load(self.m).map_or(Value::None, Value::from_local),
                "__kwdefaults__" => {
                    f.kwdefaults.load(self.m).map_or(Value::None, Value::from_local)
                }
                "__globals__" => {
                    let all = match f.module.get(self.m) {
                        Obj::Module(m) => m.all(self),
                        _ => Vec::new(),
                    };
                    Value::Obj(self.dict_of(&all)?)
                }
                "__closure__" => {
                    if f.closure.is_empty() {
                        Value::None
                    } else {
                        let cells = f.closure.iter().cloned().map(Value::Obj).collect();
                        self.new_tuple(cells)
                    }
                }
                "__annotations__" => match self.own_attr(object, name)? {
                    Some(own) => own,
                    None => {
                        let d = Value::Obj(self.new_dict());
                        self.generic_setattr(object, name, &d)?;
                        d
                    }
                },
                "__dict__" => {
                    // What is put there is an attribute: so there must be one dict.
                    if f.dict.is_empty() {
                        let new = self.new_dict();
                        let Some(Obj::Function(f)) = object.as_obj(self.m) else {
                            return Ok(None);
                        };
                        let _ = f.dict.compare_exchange(self.m, None, new);
                    }
                    let Some(Obj::Function(f)) = object.as_obj(self.m) else { return Ok(None) };
                    f.dict.load(self.m).map_or(Value::None, Value::from_local)
                }
                "__code__" => self.code_object(f.code)?,
                _ => return Ok(None),
            },
            Obj::Builtin(b) => {
                let def = b.def;
                match text {
                    "__name__" => self.new_str(def.name),
                    "__qualname__" => match def.class {
                        Some(class) => self.new_str(format!("{class}.{}", def.name)),
                        None => self.new_str(def.name),
                    },
                    "__doc__" => Value::None,
                    "__module__" => self.new_str("builtins"),
                    "__self__" => Value::None,
                    _ => return Ok(None),
                }
            }
            Obj::BoundMethod(b) => {
                let (this, f) = (b.0.clone(), b.1.clone());
                match text {
                    "__self__" => this,
                    "__func__" => f,
                    _ => {
                        let builtin = matches!(f.as_obj(self.m), Some(Obj::Builtin(_)));
                        if builtin && text == "__qualname__" {
                            let class = match this.as_obj(self.m) {
                                Some(Obj::Class(c)) => c.name.read().0.to_string(),
                                _ => self.type_name(&this),
                            };
                            let name = self.getattr(&f, s().name)?;
                            let name = self.str(&name)?;
                            return Ok(Some(self.new_str(format!("{class}.{name}"))));
                        }
                        return self.getattr_opt(&f, name);
                    }
                }
            }
            Obj::Property(p) => match text {
                "fget" => p.get.clone(),
                "fset" => p.set.clone(),
                "fdel" => p.del.clone(),
                "__doc__" => p.doc.clone(),
                "__isabstractmethod__" => {
                    let get = p.get.clone();
                    return self.getattr_opt(&get, name);
                }
                _ => return Ok(None),
            },
            Obj::StaticMethod(f) | Obj::ClassMethod(f) => {
                let f = f.clone();
                match text {
                    "__func__" | "__wrapped__" => f,
                    "__name__"
                    | "__qualname__"
                    | "__doc__"
                    | "__module__"
                    | "__annotations__"
                    | "__isabstractmethod__" => return self.getattr_opt(&f, name),
                    _ => return Ok(None),
                }
            }
            Obj::Generator(g) => match text {
                "__name__" | "gi_name" => self.sym_value(g.code.name),
                "__qualname__" => self.new_str(g.code.qualname.clone()),
                "gi_running" => {
                    let state = g.frame.lock().unwrap_or_else(|e| e.into_inner());
                    Value::Bool(matches!(*state, GenState::Running))
                }
                "gi_frame" => {
                    let state = g.frame.lock().unwrap_or_else(|e| e.into_inner());
                    if matches!(*state, GenState::Done) { Value::None } else { Value::Bool(true) }
                }
                _ => return Ok(None),
            },
            Obj::Cell(_) if text == "cell_contents" => {
                let value = self.cell_value(object);
                if value.is_unset() {
                    return Err(self.value_error("Cell is empty"));
                }
                value
            }
            Obj::Super(sup) => match text {
                "__thisclass__" => Value::Obj(sup.class.clone()),
                "__self__" => sup.this.clone(),
                _ => return Ok(None),
            },
            Obj::Traceback(tb) => match text {
                "tb_lineno" => {
                    let line = tb.entries.lock().last().map_or(0, |(_, line)| *line);
                    Value::Int(i64::from(line))
                }
                "tb_next" | "tb_frame" => Value::None,
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        Ok(Some(value))
    }

    /// What programs look at in code: names and numbers.
    fn code_object(&mut self, code: &'static crate::code::Code) -> R {
        let own = code.vars.iter().filter(|name| !code.free_names.contains(name));
        let names = self.new_tuple(own.map(|name| self.sym_value(*name)).collect());
        let free = self.new_tuple(code.free_names.iter().map(|v| self.sym_value(*v)).collect());
        let entries = vec![
            (intern("co_name"), self.sym_value(code.name)),
            (intern("co_argcount"), Value::Int(code.argc as i64)),
            (intern("co_posonlyargcount"), Value::Int(code.posonly as i64)),
            (intern("co_kwonlyargcount"), Value::Int(code.kwonly as i64)),
            (intern("co_varnames"), names),
            (intern("co_freevars"), free),
            (intern("co_filename"), self.new_str(code.file)),
            (intern("co_firstlineno"), Value::Int(i64::from(code.first_line))),
            (
                intern("co_flags"),
                Value::Int(i64::from(code.star) * 4 + i64::from(code.star_star) * 8),
            ),
        ];
        let module = self.new_module("code", "");
        for (name, value) in entries {
            self.set_global(&module, name, &value);
        }
        Ok(Value::Obj(module))
    }
}
