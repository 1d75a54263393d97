//! How values show themselves: `repr`, `str` and `ascii`.
//!
//! A container copies its items out before it shows any: showing one may run a program, and
//! nobody holds a reference into the heap meanwhile.

use std::fmt::Write;
use std::sync::atomic::{AtomicUsize, Ordering::*};

use brc::Gc;
use num_bigint::BigInt;

use crate::dict;
use crate::object::*;
use crate::sym::{intern, s};
use crate::text::repr;
use crate::types::exception::{base_repr, base_str};
use crate::types::object::{default_repr, full_name};
use crate::vm::{Args, PyErr, R, Vm};

mod format;
mod old_format;

/// How many digits an int may have to be written in decimal, or read; 0: any number.
pub static MAX_STR_DIGITS: AtomicUsize = AtomicUsize::new(4300);

impl Vm<'_> {
    /// Python's `repr(x)`.
    pub fn repr(&mut self, value: &Value) -> R<String> {
        let mut out = String::new();
        self.write_repr(value, &mut out)?;
        Ok(out)
    }

    /// What the `__repr__` of a builtin class says of an instance of a class that extends it.
    pub fn repr_builtin(&mut self, value: &Value) -> R<String> {
        let Some(Value::Obj(base)) = self.base_of(value) else { return self.repr(value) };
        let class = self.type_name(value);
        let mut out = String::new();
        self.write_object(&base, Some(&class), &mut out)?;
        Ok(out)
    }

    /// Python's `str(x)`.
    pub fn str(&mut self, value: &Value) -> R<String> {
        match value.as_obj(self.m) {
            Some(Obj::Str(s)) => Ok(s.text.to_string()),
            Some(Obj::Instance(_)) => self.str_of_instance(value),
            _ => self.repr(value),
        }
    }

    /// As [`str`](Self::str), as a value: a string is itself.
    pub fn str_value(&mut self, value: &Value) -> R {
        if matches!(value.as_obj(self.m), Some(Obj::Str(_))) {
            return Ok(value.clone());
        }
        let text = self.str(value)?;
        Ok(self.new_str(text))
    }

    /// Python's `ascii(x)`.
    pub fn ascii(&mut self, value: &Value) -> R<String> {
        Ok(repr::ascii_escape(&self.repr(value)?))
    }

    /// The text of a string, or of an instance of a class that extends `str`.
    pub fn text_of(&self, value: &Value) -> Option<String> {
        match self.unwrap(value).as_obj(self.m) {
            Some(Obj::Str(s)) => Some(s.text.to_string()),
            _ => None,
        }
    }

    /// An int in decimal, if it is not too long for that.
    pub fn int_text(&mut self, n: &BigInt) -> R<String> {
        let limit = MAX_STR_DIGITS.load(Relaxed);
        // A decimal digit is a bit more than 3.32 bits.
        if limit != 0 && n.bits() > limit as u64 * 3322 / 1000 {
            let certain = n.bits() > limit as u64 * 3322 / 1000 + 64;
            if certain || n.magnitude().to_string().len() > limit {
                return Err(self.value_error(format!(
                    "Exceeds the limit ({limit} digits) for integer string conversion; use \
                     sys.set_int_max_str_digits() to increase the limit"
                )));
            }
        }
        Ok(n.to_string())
    }

    fn str_of_instance(&mut self, value: &Value) -> R<String> {
        let class = self.type_of(value);
        let Some(f) = self.lookup(&class, s().str) else { return self.repr_for_str(value) };
        if let Some(Obj::Builtin(b)) = f.as_obj(self.m) {
            return match b.def.class {
                Some("BaseException") => base_str(self, value),
                Some("str") => match self.base_of(value) {
                    Some(base) => self.str(&base),
                    None => self.repr(value),
                },
                Some("object") | None => self.repr_for_str(value),
                Some(_) => {
                    let text = self.call_bound(&f, value.clone(), Args::new(&[]))?;
                    self.str(&text)
                }
            };
        }
        let f = self.bind_descriptor(&f, Some(value), &class)?;
        let text = self.call(&f, &[])?;
        self.expect_text(&text, "__str__")
    }

    /// `repr`, where it stands in for `str`, which then is what an error names.
    fn repr_for_str(&mut self, value: &Value) -> R<String> {
        let mut out = String::new();
        self.write_instance(value, "__str__", &mut out)?;
        Ok(out)
    }

    fn expect_text(&mut self, text: &Value, from: &str) -> R<String> {
        match self.text_of(text) {
            Some(text) => Ok(text),
            None => {
                let name = self.type_name(text);
                Err(self.type_error(format!("{from} returned non-string (type {name})")))
            }
        }
    }

    /// Appends `repr` of a value.
    fn write_repr(&mut self, value: &Value, out: &mut String) -> R<()> {
        match value {
            Value::Unset => out.push_str("<unset>"),
            Value::None => out.push_str("None"),
            Value::Ellipsis => out.push_str("Ellipsis"),
            Value::NotImplemented => out.push_str("NotImplemented"),
            Value::Bool(b) => out.push_str(if *b { "True" } else { "False" }),
            Value::Int(n) => write_to(out, format_args!("{n}")),
            Value::Float(x) => out.push_str(&repr::float_repr(*x)),
            Value::Obj(gc) => return self.write_object(gc, None, out),
        }
        Ok(())
    }

    /// Appends `repr` of an object; of one inside an instance of a subclass, with that one's name.
    fn write_object(&mut self, gc: &Ref, class: Option<&str>, out: &mut String) -> R<()> {
        let value = Value::Obj(gc.clone());
        match gc.get(self.m) {
            Obj::Unset
            | Obj::None
            | Obj::Ellipsis
            | Obj::NotImplemented
            | Obj::Bool(_)
            | Obj::Int(_)
            | Obj::IntBox(_)
            | Obj::Float(_)
            | Obj::FloatBox(_) => {
                let value = Value::from_ref(gc.clone(), self.m);
                return self.write_repr(&value, out);
            }
            Obj::BigInt(n) => {
                let n = (**n).clone();
                out.push_str(&self.int_text(&n)?);
            }
            Obj::Str(s) => out.push_str(&repr::str_repr(&s.text)),
            Obj::Bytes(b) => out.push_str(&repr::bytes_repr(b)),
            Obj::ByteArray(b) => {
                let b = b.lock().unwrap_or_else(|e| e.into_inner());
                let mut shown = repr::bytes_repr(&b);
                if shown.starts_with("b\"") {
                    // A `bytearray` escapes this one between double quotes, too.
                    shown = shown.replace('\'', "\\'");
                }
                write_to(out, format_args!("{}({shown})", class.unwrap_or("bytearray")));
            }
            Obj::Tuple(_) => return self.write_items(gc, "(", ")", "(...)", out),
            Obj::List(_) => return self.write_items(gc, "[", "]", "[...]", out),
            Obj::Set(d) => {
                let class = class.unwrap_or("set");
                if d.is_empty() {
                    write_to(out, format_args!("{class}()"));
                } else if class == "set" {
                    return self.write_items(gc, "{", "}", "set(...)", out);
                } else {
                    let (open, cycle) = (format!("{class}({{"), format!("{class}(...)"));
                    return self.write_items(gc, &open, "})", &cycle, out);
                }
            }
            Obj::FrozenSet(d) => {
                let class = class.unwrap_or("frozenset");
                if d.is_empty() {
                    write_to(out, format_args!("{class}()"));
                } else {
                    let (open, cycle) = (format!("{class}({{"), format!("{class}(...)"));
                    return self.write_items(gc, &open, "})", &cycle, out);
                }
            }
            Obj::Deque(d) => {
                let open = format!("{}([", class.unwrap_or("deque"));
                let close = match d.max {
                    Some(max) => format!("], maxlen={max})"),
                    None => "])".to_owned(),
                };
                return self.write_items(gc, &open, &close, "[...]", out);
            }
            Obj::Dict(_) => return self.write_dict(gc, out),
            Obj::DictView(view) => {
                let open = format!("{}([", view.1.class_name());
                return self.write_items(gc, &open, "])", "...", out);
            }
            Obj::Range(r) if r.step == 1 => {
                write_to(out, format_args!("range({}, {})", r.start, r.stop));
            }
            Obj::Range(r) => {
                write_to(out, format_args!("range({}, {}, {})", r.start, r.stop, r.step));
            }
            Obj::Slice(parts) => {
                let parts = parts.to_vec();
                out.push_str("slice(");
                self.write_all(&parts, out)?;
                out.push(')');
            }
            Obj::Instance(_) => return self.write_instance(&value, "__repr__", out),
            Obj::Class(_) => return self.write_class(gc, out),
            Obj::Native(_) => {
                let class = self.type_of(&value);
                let shown = match self.lookup(&class, s().repr) {
                    Some(f) if !self.is_method_of(&f, "object") => {
                        let text = self.call_bound(&f, value, Args::new(&[]))?;
                        self.str(&text)?
                    }
                    _ => default_repr(self, &value),
                };
                out.push_str(&shown);
            }
            _ => return self.write_other(&value, out),
        }
        Ok(())
    }

    fn is_method_of(&self, f: &Value, class: &str) -> bool {
        matches!(f.as_obj(self.m), Some(Obj::Builtin(b)) if b.def.class == Some(class))
    }

    fn write_instance(&mut self, value: &Value, what: &str, out: &mut String) -> R<()> {
        let class = self.type_of(value);
        match self.lookup(&class, s().repr) {
            Some(f) if !matches!(f.as_obj(self.m), Some(Obj::Builtin(_))) => {
                let f = self.bind_descriptor(&f, Some(value), &class)?;
                let text = self.call(&f, &[])?;
                out.push_str(&self.expect_text(&text, what)?);
            }
            Some(f) if self.is_method_of(&f, "BaseException") => {
                out.push_str(&base_repr(self, value)?);
            }
            _ => match self.base_of(value) {
                Some(Value::Obj(base)) => {
                    let name = self.class_name(&class);
                    return self.write_object(&base, Some(&name), out);
                }
                Some(base) => return self.write_repr(&base, out),
                None => out.push_str(&default_repr(self, value)),
            },
        }
        Ok(())
    }

    fn write_class(&mut self, class: &Ref, out: &mut String) -> R<()> {
        if let Some(f) = self.lookup(class, intern("__class_repr__")) {
            let f = self.bind_descriptor(&f, None, class)?;
            let text = self.call(&f, &[])?;
            out.push_str(&self.str(&text)?);
            return Ok(());
        }
        let name = full_name(self, class);
        write_to(out, format_args!("<class '{name}'>"));
        Ok(())
    }

    /// Shows what is in an object between two texts, or another text within itself.
    fn write_items(
        &mut self,
        gc: &Ref,
        open: &str,
        close: &str,
        cycle: &str,
        out: &mut String,
    ) -> R<()> {
        self.guarded(gc, cycle, out, |vm, out| {
            out.push_str(open);
            let value = Value::Obj(gc.clone());
            let items = match gc.get(vm.m) {
                Obj::List(_) | Obj::Tuple(_) | Obj::Deque(_) => vm.items_of(&value),
                _ => vm.collect(&value)?,
            };
            vm.write_all(&items, out)?;
            if items.len() == 1 && open == "(" {
                out.push(',');
            }
            out.push_str(close);
            Ok(())
        })
    }

    fn write_all(&mut self, items: &[Value], out: &mut String) -> R<()> {
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            self.write_repr(item, out)?;
            if i % 1024 == 1023 {
                self.safepoint()?;
            }
        }
        Ok(())
    }

    fn write_dict(&mut self, gc: &Ref, out: &mut String) -> R<()> {
        self.guarded(gc, "{...}", out, |vm, out| {
            out.push('{');
            let entries = dict::of(gc, vm.m).entries(vm.m);
            for (i, (key, value)) in entries.into_iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                vm.write_object(&key, None, out)?;
                out.push_str(": ");
                vm.write_object(&value, None, out)?;
                if i % 1024 == 1023 {
                    vm.safepoint()?;
                }
            }
            out.push('}');
            Ok(())
        })
    }

    /// Shows an object that may have itself in it.
    fn guarded(
        &mut self,
        gc: &Ref,
        cycle: &str,
        out: &mut String,
        show: impl FnOnce(&mut Self, &mut String) -> R<()>,
    ) -> R<()> {
        let address = Gc::as_ptr(gc).addr();
        if self.repr_guard.contains(&address) {
            out.push_str(cycle);
            return Ok(());
        }
        if let Err(e) = self.enter_call() {
            return Err(self.too_deep_to_show(e));
        }
        self.repr_guard.push(address);
        let result = show(self, out);
        self.repr_guard.pop();
        self.leave_call();
        result
    }

    fn too_deep_to_show(&mut self, e: PyErr) -> PyErr {
        let text = "maximum recursion depth exceeded while getting the repr of an object";
        let text = self.new_str(text);
        let args = self.new_tuple(vec![text]);
        match self.generic_setattr(&Value::Obj(e.0.clone()), s().args, &args) {
            Ok(()) => e,
            Err(e) => e,
        }
    }

    /// Functions, iterators and the like.
    fn write_other(&mut self, value: &Value, out: &mut String) -> R<()> {
        let address = value.as_ref().map_or(0, |gc| Gc::as_ptr(gc).addr());
        let Some(obj) = value.as_obj(self.m) else { return Ok(()) };
        match obj {
            Obj::Function(f) => {
                write_to(out, format_args!("<function {} at {address:#x}>", f.name.read().1));
            }
            Obj::Builtin(b) => match b.def.class {
                None => write_to(out, format_args!("<built-in function {}>", b.def.name)),
                Some(class) if b.def.name.starts_with("__") => {
                    let name = b.def.name;
                    write_to(out, format_args!("<slot wrapper '{name}' of '{class}' objects>"));
                }
                Some(class) => {
                    let name = b.def.name;
                    write_to(out, format_args!("<method '{name}' of '{class}' objects>"));
                }
            },
            Obj::BoundMethod(bound) => {
                let (this, f) = (bound.0.clone(), bound.1.clone());
                if let Some(Obj::Builtin(b)) = f.as_obj(self.m) {
                    let name = b.def.name;
                    let what = if name.starts_with("__") && b.def.class.is_some() {
                        "method-wrapper '"
                    } else {
                        "built-in method "
                    };
                    let end = if what.ends_with('\'') { "'" } else { "" };
                    let class = self.type_name(&this);
                    let address = this.as_ref().map_or(0, |gc| Gc::as_ptr(gc).addr());
                    let shown = format!("<{what}{name}{end} of {class} object at {address:#x}>");
                    out.push_str(&shown);
                    return Ok(());
                }
                let name = match self.getattr_opt(&f, s().qualname)? {
                    Some(name) => self.str(&name)?,
                    None => "?".to_owned(),
                };
                let this = self.repr(&this)?;
                write_to(out, format_args!("<bound method {name} of {this}>"));
            }
            Obj::Module(module) => {
                let name = module.name;
                if module.file.is_empty() {
                    write_to(out, format_args!("<module '{name}' (built-in)>"));
                } else {
                    write_to(out, format_args!("<module '{name}' from '{}'>", module.file));
                }
            }
            Obj::Generator(_) => {
                let name = match self.getattr_opt(value, s().qualname)? {
                    Some(name) => self.str(&name)?,
                    None => "?".to_owned(),
                };
                write_to(out, format_args!("<generator object {name} at {address:#x}>"));
            }
            Obj::Cell(cell) => match cell.load(self.m).map(Value::from_local) {
                None | Some(Value::Unset) => {
                    write_to(out, format_args!("<cell at {address:#x}: empty>"));
                }
                Some(inner) => {
                    let class = self.type_name(&inner);
                    let at = inner.as_ref().map_or(0, |gc| Gc::as_ptr(gc).addr());
                    let shown = format!("<cell at {address:#x}: {class} object at {at:#x}>");
                    out.push_str(&shown);
                }
            },
            Obj::StaticMethod(f) | Obj::ClassMethod(f) => {
                let f = f.clone();
                let name = self.type_name(value);
                let f = self.repr(&f)?;
                write_to(out, format_args!("<{name}({f})>"));
            }
            Obj::Super(sup) => {
                let (class, of) = (self.class_name(&sup.class), self.class_name(&sup.of));
                write_to(out, format_args!("<super: <class '{class}'>, <{of} object>>"));
            }
            Obj::WeakRef(weak) => match weak.weak.upgrade(self.m) {
                Some(target) => {
                    let at = Gc::as_ptr(&target).addr();
                    let class = self.type_name(&Value::Obj(target));
                    let shown = format!("<weakref at {address:#x}; to '{class}' at {at:#x}>");
                    out.push_str(&shown);
                }
                None => write_to(out, format_args!("<weakref at {address:#x}; dead>")),
            },
            _ => out.push_str(&default_repr(self, value)),
        }
        Ok(())
    }
}

/// Writing to a string does not fail.
fn write_to(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}
