//! Exceptions: raising, catching, telling.
//!
//! An exception is an instance like any other. Its arguments, cause, context and traceback are
//! attributes; the traceback is a list of places that grows as the exception passes frames.

use brc::Gc;

use crate::code::Code;
use crate::object::*;
use crate::sym::s;
use crate::vm::{PyErr, R, Vm};

impl Vm<'_> {
    /// `raise value` (`from cause`).
    pub fn raise(&mut self, value: &Value, cause: Option<&Value>) -> PyErr {
        let e = match self.exception_of(value, "exceptions") {
            Ok(e) => e,
            Err(e) => return e,
        };
        if let Some(cause) = cause {
            let cause = match cause {
                Value::None => None,
                cause => match self.exception_of(cause, "exception causes") {
                    Ok(cause) => Some(Value::Obj(cause)),
                    Err(e) => return e,
                },
            };
            self.set_cause(&e, cause.as_ref());
        }
        self.set_context(&e);
        PyErr(e)
    }

    /// The exception that is raised: a class is called.
    fn exception_of(&mut self, value: &Value, what: &str) -> R<Ref> {
        let base = self.s.types.base_exception.clone();
        if let Value::Obj(gc) = value {
            if matches!(gc.get(self.m), Obj::Class(_)) && self.is_subclass(gc, &base) {
                let made = self.call(value, &[])?;
                if let Value::Obj(made) = made
                    && self.is_instance(&Value::Obj(made.clone()), &base)
                {
                    return Ok(made);
                }
            } else if self.is_instance(value, &base) {
                return Ok(gc.clone());
            }
        }
        Err(self.type_error(format!("{what} must derive from BaseException")))
    }

    /// Sets an attribute of an exception without asking its class.
    fn set_exception_attr(&mut self, e: &Ref, name: crate::sym::Sym, value: &Value) {
        // It can fail only for want of memory.
        let _ = self.generic_setattr(&Value::Obj(e.clone()), name, value);
    }

    fn exception_attr(&mut self, e: &Value, name: crate::sym::Sym) -> Value {
        self.own_attr(e, name).ok().flatten().unwrap_or(Value::None)
    }

    pub fn set_cause(&mut self, e: &Ref, cause: Option<&Value>) {
        self.set_exception_attr(e, s().cause, cause.unwrap_or(&Value::None));
        self.set_exception_attr(e, s().suppress_context, &Value::Bool(true));
    }

    /// What was being handled when an exception was raised is its context.
    pub fn set_context(&mut self, e: &Ref) {
        let Some(Value::Obj(handling)) = self.handling.clone() else { return };
        if Gc::ptr_eq(&handling, e) {
            return;
        }
        // No cycle of contexts: whoever has `e` as its context gives it up.
        let mut at = Value::Obj(handling.clone());
        for _ in 0..100 {
            match self.exception_attr(&at, s().context) {
                Value::Obj(next) if Gc::ptr_eq(&next, e) => {
                    if let Value::Obj(at) = &at {
                        self.set_exception_attr(&at.clone(), s().context, &Value::None);
                    }
                    break;
                }
                Value::Obj(next) => at = Value::Obj(next),
                _ => break,
            }
        }
        self.set_exception_attr(e, s().context, &Value::Obj(handling));
    }

    /// An exception passes a place.
    pub fn add_traceback(&mut self, e: &Ref, code: &'static Code, line: u32) {
        let value = Value::Obj(e.clone());
        let traceback = self.exception_attr(&value, s().traceback);
        if let Some(Obj::Traceback(tb)) = traceback.as_obj(self.m) {
            tb.entries.lock().push((code, line));
            return;
        }
        if matches!(self.exception_attr(&value, s().context), Value::None) {
            self.set_context(e);
        }
        let tb = Traceback { entries: parking_lot::Mutex::new(vec![(code, line)]) };
        let tb = Value::Obj(self.alloc(Obj::Traceback(Box::new(tb))));
        self.set_exception_attr(e, s().traceback, &tb);
    }

    pub fn exception_args(&mut self, e: &Value) -> Vec<Value> {
        let args = self.exception_attr(e, s().args);
        self.items_of(&args)
    }

    /// Whether an exception is one of a class, or of a tuple of classes.
    pub fn match_exception(&mut self, e: &Value, class: &Value) -> R<bool> {
        match class.as_obj(self.m) {
            Some(Obj::Class(_)) => {
                let class = class.as_ref().expect("a class").clone();
                let base = self.s.types.base_exception.clone();
                if !self.is_subclass(&class, &base) {
                    return Err(self.no_exception_class());
                }
                Ok(self.is_instance(e, &class))
            }
            Some(Obj::Tuple(classes)) => {
                let classes = classes.clone();
                for class in &classes {
                    if self.match_exception(e, class)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            _ => Err(self.no_exception_class()),
        }
    }

    fn no_exception_class(&mut self) -> PyErr {
        self.type_error("catching classes that do not inherit from BaseException is not allowed")
    }

    // With.

    /// The exit function, and what `__enter__` returns.
    pub fn enter_with(&mut self, manager: &Value) -> R<(Value, Value)> {
        let class = self.type_of(manager);
        let (enter, exit) = (self.lookup(&class, s().enter), self.lookup(&class, s().exit));
        let (Some(enter), Some(exit)) = (enter, exit) else {
            let name = self.type_name(manager);
            let what = if self.lookup(&class, s().enter).is_none() {
                "context manager protocol"
            } else {
                "context manager protocol (missed __exit__ method)"
            };
            return Err(self.type_error(format!("'{name}' object does not support the {what}")));
        };
        let exit = self.bind_descriptor(&exit, Some(manager), &class)?;
        let enter = self.bind_descriptor(&enter, Some(manager), &class)?;
        let value = self.call(&enter, &[])?;
        Ok((exit, value))
    }

    /// Leaves a `with`; says whether the exception is swallowed.
    pub fn exit_with(&mut self, exit: &Value, e: Option<&Value>) -> R<bool> {
        let args = match e {
            None => [Value::None, Value::None, Value::None],
            Some(e) => {
                let class = Value::Obj(self.type_of(e));
                let traceback = self.exception_attr(e, s().traceback);
                [class, e.clone(), traceback]
            }
        };
        let result = self.call(exit, &args)?;
        if e.is_none() { Ok(false) } else { self.truth(&result) }
    }

    // Telling.

    /// Lines, as Python shows an exception that nobody caught.
    pub fn format_exception(&mut self, e: &Value) -> Vec<String> {
        let mut seen = Vec::new();
        self.format_chain(e, &mut seen)
    }

    fn format_chain(&mut self, e: &Value, seen: &mut Vec<Value>) -> Vec<String> {
        seen.push(e.clone());
        let cause = self.exception_attr(e, s().cause);
        let context = self.exception_attr(e, s().context);
        let suppressed = matches!(self.exception_attr(e, s().suppress_context), Value::Bool(true));
        let mut lines = Vec::new();
        if !cause.is_none() && !seen.iter().any(|x| x.is(&cause)) {
            lines.extend(self.format_chain(&cause, seen));
            lines.push(
                "\nThe above exception was the direct cause of the following exception:\n".into(),
            );
        } else if !suppressed && !context.is_none() && !seen.iter().any(|x| x.is(&context)) {
            lines.extend(self.format_chain(&context, seen));
            lines.push(
                "\nDuring handling of the above exception, another exception occurred:\n".into(),
            );
        }
        let traceback = self.exception_attr(e, s().traceback);
        if let Some(Obj::Traceback(tb)) = traceback.as_obj(self.m) {
            lines.push("Traceback (most recent call last):".into());
            let entries = tb.entries.lock().clone();
            let mut last: Option<((&'static str, u32, crate::sym::Sym), usize)> = None;
            for (code, line) in entries.into_iter().rev() {
                let key = (code.file, line, code.name);
                let times = match last {
                    Some((k, n)) if k == key => n + 1,
                    _ => 1,
                };
                if times <= 3 {
                    if let Some((_, n)) = last
                        && times == 1
                        && n > 3
                    {
                        lines.push(repeated(n - 3));
                    }
                    lines.push(format!("  File \"{}\", line {line}, in {}", code.file, code.name));
                    if let Some(text) = source_line(code.file, line) {
                        lines.push(format!("    {text}"));
                    }
                }
                last = Some((key, times));
            }
            if let Some((_, n)) = last
                && n > 3
            {
                lines.push(repeated(n - 3));
            }
        }
        lines.push(self.exception_line(e));
        let notes = self.exception_attr(e, s().notes);
        for note in self.items_of(&notes) {
            if let Ok(note) = self.str(&note) {
                lines.push(note);
            }
        }
        lines
    }

    /// The last line: the class and the message.
    pub fn exception_line(&mut self, e: &Value) -> String {
        let class = self.type_of(e);
        let mut name = match class.get(self.m) {
            Obj::Class(c) => c.name.read().1.to_string(),
            _ => String::new(),
        };
        if let Some(module) = self.lookup(&class, s().module)
            && let Ok(module) = self.str(&module)
            && module != "builtins"
            && module != "__main__"
        {
            name = format!("{module}.{name}");
        }
        let text = self.str(e).unwrap_or_else(|_| "<exception str() failed>".into());
        if text.is_empty() { name } else { format!("{name}: {text}") }
    }

    /// Shows an exception on standard error.
    pub fn print_exception(&mut self, e: &Value) {
        let lines = self.format_exception(e);
        crate::modules::io::flush();
        eprintln!("{}", lines.join("\n"));
    }

    /// Shows an exception that nobody can get.
    pub fn report_ignored(&mut self, e: &PyErr, what: &Value) {
        let shown = match what.as_obj(self.m) {
            Some(Obj::Instance(_)) => {
                let class = self.type_of(what);
                match self.lookup(&class, s().del) {
                    Some(del) => self.repr(&del),
                    None => self.repr(what),
                }
            }
            _ => self.repr(what),
        };
        let shown = shown.unwrap_or_default();
        crate::modules::io::flush();
        eprintln!("Exception ignored in: {shown}");
        self.print_exception(&Value::Obj(e.0.clone()));
    }
}

fn repeated(n: usize) -> String {
    format!("  [Previous line repeated {n} more time{}]", if n == 1 { "" } else { "s" })
}

/// A line of a source that was read.
pub fn source_line(file: &str, line: u32) -> Option<String> {
    let sources = crate::import::SOURCES.lock();
    let text = sources.get(file)?;
    let line = text.lines().nth(line as usize - 1)?.trim();
    (!line.is_empty()).then(|| line.to_owned())
}
