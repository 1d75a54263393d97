//! Calls: of functions, methods, classes; generators.

use std::sync::Mutex;
use std::sync::atomic::Ordering::Relaxed;

use brc::Gc;

use crate::attr::no_field;
use crate::code::*;
use crate::dict;
use crate::object::*;
use crate::sym::{Sym, s};
use crate::vm::{Args, Exit, Frame, PyErr, R, Vm};

/// What a suspended generator goes on with.
pub enum Resume {
    Send(Value),
    Throw(PyErr),
}

impl Vm<'_> {
    /// Calls something with positional arguments.
    pub fn call(&mut self, f: &Value, args: &[Value]) -> R {
        self.call_args(f, Args::new(args))
    }

    /// Calls something.
    pub fn call_args(&mut self, f: &Value, args: Args<'_>) -> R {
        let Value::Obj(gc) = f else { return Err(self.not_callable(f)) };
        match gc.get(self.m) {
            Obj::Function(function) => {
                let code = function.code;
                let mut regs = self.new_regs(code);
                self.bind(gc, code, None, args, &mut regs)?;
                self.start(gc, code, regs)
            }
            Obj::Builtin(b) => {
                let func = b.def.func;
                self.call_native(func, args)
            }
            Obj::BoundMethod(bound) => {
                let (this, f) = (bound.0.clone(), bound.1.clone());
                self.call_bound(&f, this, args)
            }
            Obj::Class(_) => {
                let class = gc.clone();
                self.instantiate(&class, args)
            }
            Obj::StaticMethod(f) => {
                let f = f.clone();
                self.call_args(&f, args)
            }
            Obj::WeakRef(w) => Ok(w.weak.upgrade(self.m).map_or(Value::None, Value::Obj)),
            Obj::Instance(_) => {
                let class = self.type_of(f);
                let Some(call) = self.lookup(&class, s().call) else {
                    if let Some(base) = self.base_of(f)
                        && matches!(base.as_obj(self.m), Some(Obj::WeakRef(_)))
                    {
                        return self.call_args(&base, args);
                    }
                    return Err(self.not_callable(f));
                };
                let call = self.bind_descriptor(&call, Some(f), &class)?;
                self.call_args(&call, args)
            }
            _ => Err(self.not_callable(f)),
        }
    }

    /// Calls a function with a first argument before the others.
    pub fn call_bound(&mut self, f: &Value, this: Value, args: Args<'_>) -> R {
        if let Value::Obj(gc) = f
            && let Obj::Function(function) = gc.get(self.m)
        {
            let code = function.code;
            let mut regs = self.new_regs(code);
            self.bind(gc, code, Some(this), args, &mut regs)?;
            return self.start(gc, code, regs);
        }
        let mut all = Vec::with_capacity(args.len() + 1);
        all.push(this);
        all.extend_from_slice(args.pos);
        self.call_args(f, Args { pos: &all, kw: args.kw })
    }

    fn call_native(&mut self, f: NativeFn, args: Args<'_>) -> R {
        self.enter_call()?;
        let result = f(self, args);
        self.leave_call();
        result
    }

    /// Calls something with arguments that are moved out of registers.
    #[inline]
    pub fn call_regs(&mut self, f: &Value, this: Option<Value>, args: &mut [Value]) -> R {
        if let Value::Obj(gc) = f {
            match gc.get(self.m) {
                Obj::Function(function) => {
                    let code = function.code;
                    let count = args.len() + usize::from(this.is_some());
                    if count == code.argc && code.params() == count {
                        // Each argument is a parameter.
                        let mut regs = self.new_regs(code);
                        let given = this.into_iter().chain(args.iter_mut().map(std::mem::take));
                        for (reg, value) in regs.iter_mut().zip(given) {
                            *reg = value;
                        }
                        return self.start(gc, code, regs);
                    }
                    let mut regs = self.new_regs(code);
                    self.bind(gc, code, this, Args::new(args), &mut regs)?;
                    args.fill(Value::Unset);
                    return self.start(gc, code, regs);
                }
                Obj::BoundMethod(bound) if this.is_none() => {
                    let (this, f) = (bound.0.clone(), bound.1.clone());
                    return self.call_regs(&f, Some(this), args);
                }
                // Relaxed: words by themselves.
                Obj::Class(class)
                    if this.is_none()
                        && class.simple.load(Relaxed) == class.version.load(Relaxed) =>
                {
                    return self.instantiate_quickly(gc, args);
                }
                _ => {}
            }
        }
        let result = match this {
            None => self.call_args(f, Args::new(args)),
            Some(this) => {
                let mut all = Vec::with_capacity(args.len() + 1);
                all.push(this);
                all.extend(args.iter_mut().map(std::mem::take));
                self.call_args(f, Args::new(&all))
            }
        };
        args.fill(Value::Unset);
        result
    }

    /// The frame of a method that was found here before, if no instance's attribute hides it and
    /// each argument is a parameter. Nothing is counted but the cells it closes over.
    #[inline]
    fn quick_method(
        &mut self,
        site: &AttrSite,
        args: &mut [Value],
    ) -> Option<(&'static Code, Vec<Value>)> {
        let mut regs = self.pool.pop().unwrap_or_default();
        match self.fill_quickly(site, args, &mut regs) {
            Some(code) => Some((code, regs)),
            None => {
                self.pool.push(regs);
                None
            }
        }
    }

    #[inline]
    fn fill_quickly(
        &self,
        site: &AttrSite,
        args: &mut [Value],
        regs: &mut Vec<Value>,
    ) -> Option<&'static Code> {
        let Value::Obj(gc) = &args[0] else { return None };
        let Obj::Instance(i) = gc.get(self.m) else { return None };
        let Obj::Class(class) = i.class.get(self.m) else { return None };
        // Relaxed: both are words by themselves.
        let version = class.version.load(Relaxed);
        if site.cache.load(Relaxed) != no_field(version) || !i.slots[SLOT_DICT].is_empty() {
            return None;
        }
        let Some(Value::Obj(f)) = self.cached(version, site.name)? else { return None };
        let Obj::Function(f) = f.get(self.m) else { return None };
        let code = f.code;
        if code.argc != args.len() || code.params() != args.len() {
            return None;
        }
        if regs.len() < code.regs {
            regs.resize(code.regs.max(24), Value::Unset);
        }
        for (&r, cell) in code.free.iter().zip(&f.closure) {
            regs[usize::from(r)] = Value::Obj(cell.clone());
        }
        for (reg, arg) in regs.iter_mut().zip(args) {
            *reg = std::mem::take(arg);
        }
        Some(code)
    }

    /// Calls a method of the first of some registers with the others.
    pub fn call_method_regs(&mut self, site: &AttrSite, args: &mut [Value]) -> R {
        if let Some((code, regs)) = self.quick_method(site, args) {
            return self.start_code(code, regs);
        }
        // An instance's method, or a builtin's: no bound method is made.
        let name = site.name;
        let class = match &args[0] {
            Value::Obj(gc) => match gc.get(self.m) {
                Obj::Instance(i) => {
                    let class = i.class.clone();
                    if !self.plain_lookup(&class) || self.has_own(&args[0], site) {
                        None
                    } else {
                        Some(class)
                    }
                }
                Obj::Module(_) | Obj::Class(_) | Obj::Super(_) | Obj::Function(_) => None,
                obj => Some(self.type_of_obj(obj).clone()),
            },
            value => Some(self.type_of(value)),
        };
        if let Some(class) = class
            && let Some(Value::Obj(f)) = self.lookup(&class, name)
        {
            match f.get(self.m) {
                Obj::Function(_) => {
                    let (this, rest) = args.split_at_mut(1);
                    let this = std::mem::take(&mut this[0]);
                    return self.call_regs(&Value::Obj(f), Some(this), rest);
                }
                Obj::Builtin(b) => {
                    let func = b.def.func;
                    let result = self.call_native(func, Args::new(args));
                    args.fill(Value::Unset);
                    return result;
                }
                _ => {}
            }
        }
        let this = std::mem::take(&mut args[0]);
        let f = self.get_attr_at(&this, site)?;
        drop(this);
        self.call_regs(&f, None, &mut args[1..])
    }

    /// Calls with a list of arguments and a dict of named ones.
    pub fn call_spread(&mut self, f: &Value, list: &Value, kw: &Value) -> R {
        let pos = self.collect(list)?;
        let mut named = Vec::new();
        if let Value::Obj(kw) = kw {
            for (key, value) in dict::of(kw, self.m).entries(self.m) {
                let Obj::Str(key) = key.get(self.m) else {
                    return Err(self.type_error("keywords must be strings"));
                };
                let key = crate::sym::intern(&key.text);
                named.push((key, Value::from_ref(value, self.m)));
            }
        }
        self.call_args(f, Args { pos: &pos, kw: &named })
    }

    /// Calls a method by name.
    pub fn call_method(&mut self, this: &Value, name: Sym, args: &[Value]) -> R {
        let f = self.getattr(this, name)?;
        self.call(&f, args)
    }

    /// Calls a special method, which is looked up in the class, if there is one.
    pub fn call_special(&mut self, this: &Value, name: Sym, args: &[Value]) -> R<Option<Value>> {
        let class = self.type_of(this);
        let Some(f) = self.lookup(&class, name) else { return Ok(None) };
        if let Value::Obj(gc) = &f
            && matches!(gc.get(self.m), Obj::Function(_) | Obj::Builtin(_))
        {
            return self.call_bound(&f, this.clone(), Args::new(args)).map(Some);
        }
        let f = self.bind_descriptor(&f, Some(this), &class)?;
        self.call(&f, args).map(Some)
    }

    fn not_callable(&mut self, f: &Value) -> PyErr {
        let name = self.type_name(f);
        self.type_error(format!("'{name}' object is not callable"))
    }

    // Frames.

    /// Empty registers, perhaps more than are needed.
    #[inline]
    fn new_regs(&mut self, code: &Code) -> Vec<Value> {
        match self.pool.pop() {
            Some(regs) if regs.len() >= code.regs => regs,
            _ => vec![Value::Unset; code.regs.max(24)],
        }
    }

    /// Gives registers back, emptied.
    #[inline]
    pub fn drop_regs(&mut self, code: &Code, mut regs: Vec<Value>) {
        for reg in &mut regs[..code.regs] {
            if !reg.is_unset() {
                *reg = Value::Unset;
            }
        }
        if self.pool.len() < 64 {
            self.pool.push(regs);
        }
    }

    /// Runs a function whose parameters are in place; or makes a generator.
    #[inline]
    fn start(&mut self, f: &Ref, code: &'static Code, mut regs: Vec<Value>) -> R {
        let Obj::Function(function) = f.get(self.m) else { unreachable!("only functions") };
        for (&r, cell) in code.free.iter().zip(&function.closure) {
            regs[usize::from(r)] = Value::Obj(cell.clone());
        }
        self.start_code(code, regs)
    }

    /// As [`start`](Self::start), with all cells in place.
    #[inline]
    fn start_code(&mut self, code: &'static Code, regs: Vec<Value>) -> R {
        let mut frame = Frame { code, regs, pc: 0, locals: None, handling: None };
        if code.is_generator {
            frame.regs.truncate(code.regs);
            let state = GenState::Suspended(Box::new(frame));
            let generator = Generator { frame: Mutex::new(state), code };
            return Ok(Value::Obj(self.alloc(Obj::Generator(Box::new(generator)))));
        }
        let result = self.run(&mut frame);
        self.drop_regs(frame.code, std::mem::take(&mut frame.regs));
        match result? {
            Exit::Return(value) | Exit::Yield(value) => Ok(value),
        }
    }

    /// Runs a module's code, or a class's with its namespace.
    pub fn run_code(&mut self, code: &'static Code, locals: Option<Ref>, cells: &[Ref]) -> R {
        let mut regs = self.new_regs(code);
        for (&r, cell) in code.free.iter().zip(cells) {
            regs[usize::from(r)] = Value::Obj(cell.clone());
        }
        let mut frame = Frame { code, regs, pc: 0, locals, handling: None };
        let result = self.run(&mut frame);
        self.drop_regs(frame.code, std::mem::take(&mut frame.regs));
        match result? {
            Exit::Return(value) | Exit::Yield(value) => Ok(value),
        }
    }

    /// Puts arguments where parameters are.
    fn bind(
        &mut self,
        f: &Ref,
        code: &'static Code,
        this: Option<Value>,
        args: Args<'_>,
        regs: &mut [Value],
    ) -> R<()> {
        let given = args.len() + usize::from(this.is_some());
        let mut pos = this.into_iter().chain(args.pos.iter().cloned());
        for reg in regs.iter_mut().take(code.argc) {
            match pos.next() {
                Some(value) => *reg = value,
                None => break,
            }
        }
        let star_at = code.argc + code.kwonly;
        if code.star {
            let rest: Vec<Value> = pos.collect();
            regs[star_at] = self.new_tuple(rest);
        }
        let star_star = code.star_star.then(|| self.new_dict());
        for (name, value) in args.kw {
            let params = &code.vars[code.posonly..star_at];
            match params.iter().position(|p| p == name) {
                Some(at) => {
                    let at = at + code.posonly;
                    if !regs[at].is_unset() {
                        let q = self.function_qualname(f);
                        return Err(self.type_error(format!(
                            "{q}() got multiple values for argument '{name}'"
                        )));
                    }
                    regs[at] = value.clone();
                }
                None => match &star_star {
                    Some(kw) => {
                        let key = self.sym_value(*name);
                        dict::set(self, kw, &key, value)?;
                    }
                    None => {
                        let q = self.function_qualname(f);
                        let message = if code.vars[..code.posonly].contains(name) {
                            format!(
                                "{q}() got some positional-only arguments passed as keyword arguments: '{name}'"
                            )
                        } else {
                            format!("{q}() got an unexpected keyword argument '{name}'")
                        };
                        return Err(self.type_error(message));
                    }
                },
            }
        }
        if given > code.argc && !code.star {
            return Err(self.too_many(f, code, given, regs));
        }
        if let Some(kw) = star_star {
            regs[star_at + usize::from(code.star)] = Value::Obj(kw);
        }
        if regs[..star_at].iter().any(Value::is_unset) {
            self.fill_defaults(f, code, regs)?;
        }
        Ok(())
    }

    fn fill_defaults(&mut self, f: &Ref, code: &'static Code, regs: &mut [Value]) -> R<()> {
        let Obj::Function(function) = f.get(self.m) else { unreachable!("only functions") };
        if let Some(defaults) = function.defaults.load(self.m)
            && let Obj::Tuple(defaults) = defaults.get()
        {
            let first = code.argc.saturating_sub(defaults.len());
            for (reg, value) in regs[first..code.argc].iter_mut().zip(defaults.iter()) {
                if reg.is_unset() {
                    *reg = value.clone();
                }
            }
        }
        let missing: Vec<Sym> =
            (0..code.argc).filter(|&i| regs[i].is_unset()).map(|i| code.vars[i]).collect();
        if !missing.is_empty() {
            return Err(self.missing(f, &missing, "positional"));
        }
        let kwdefaults = match f.get(self.m) {
            Obj::Function(function) => function.kwdefaults.load(self.m).map(|d| d.to_gc()),
            _ => None,
        };
        let mut missing = Vec::new();
        let named = code.vars.iter().zip(regs).skip(code.argc).take(code.kwonly);
        for (&var, reg) in named {
            if !reg.is_unset() {
                continue;
            }
            let name = self.sym_value(var);
            let default = match &kwdefaults {
                Some(d) => dict::get(self, d, &name)?,
                None => None,
            };
            match default {
                Some(value) => *reg = value,
                None => missing.push(var),
            }
        }
        if !missing.is_empty() {
            return Err(self.missing(f, &missing, "keyword-only"));
        }
        Ok(())
    }

    fn function_qualname(&self, f: &Ref) -> String {
        match f.get(self.m) {
            Obj::Function(function) => function.name.read().1.to_string(),
            _ => String::new(),
        }
    }

    #[cold]
    fn missing(&mut self, f: &Ref, names: &[Sym], kind: &str) -> PyErr {
        let q = self.function_qualname(f);
        let quoted: Vec<String> = names.iter().map(|n| format!("'{n}'")).collect();
        let list = match &quoted[..] {
            [one] => one.clone(),
            [a, b] => format!("{a} and {b}"),
            [most @ .., last] => format!("{}, and {last}", most.join(", ")),
            [] => String::new(),
        };
        let s = if names.len() == 1 { "" } else { "s" };
        self.type_error(format!(
            "{q}() missing {} required {kind} argument{s}: {list}",
            names.len()
        ))
    }

    #[cold]
    fn too_many(&mut self, f: &Ref, code: &Code, given: usize, regs: &[Value]) -> PyErr {
        let q = self.function_qualname(f);
        let defaults = match f.get(self.m) {
            Obj::Function(function) => match function.defaults.load(self.m).map(|d| d.get()) {
                Some(Obj::Tuple(items)) => items.len(),
                _ => 0,
            },
            _ => 0,
        };
        let named = &regs[code.argc..code.argc + code.kwonly];
        let named = named.iter().filter(|value| !value.is_unset()).count();
        let takes = if defaults > 0 {
            format!("from {} to {}", code.argc - defaults, code.argc)
        } else {
            code.argc.to_string()
        };
        let s = if code.argc == 1 && defaults == 0 { "" } else { "s" };
        let also = if named == 0 {
            String::new()
        } else {
            let (s, more) = (if given == 1 { "" } else { "s" }, if named == 1 { "" } else { "s" });
            format!(" positional argument{s} (and {named} keyword-only argument{more})")
        };
        let were = if given == 1 && named == 0 { "was" } else { "were" };
        self.type_error(format!(
            "{q}() takes {takes} positional argument{s} but {given}{also} {were} given"
        ))
    }

    // Generators.

    /// Lets a generator go on to its next `yield`, or its end.
    pub fn resume(&mut self, generator: &Ref, how: Resume) -> R<Exit> {
        let Obj::Generator(g) = generator.get(self.m) else { unreachable!("only generators") };
        let state = {
            let mut state = g.frame.lock().unwrap_or_else(|e| e.into_inner());
            match &*state {
                GenState::Suspended(_) => std::mem::replace(&mut *state, GenState::Running),
                GenState::Running => GenState::Running,
                GenState::Done => GenState::Done,
            }
        };
        let mut frame = match state {
            GenState::Suspended(frame) => frame,
            GenState::Running => {
                return Err(self.value_error("generator already executing"));
            }
            GenState::Done => {
                return match how {
                    Resume::Send(_) => Ok(Exit::Return(Value::None)),
                    Resume::Throw(e) => Err(e),
                };
            }
        };
        let result = self.resume_frame(&mut frame, how);
        let state = match &result {
            Ok(Exit::Yield(_)) => GenState::Suspended(frame),
            _ => {
                self.drop_regs(frame.code, std::mem::take(&mut frame.regs));
                GenState::Done
            }
        };
        let Obj::Generator(g) = generator.get(self.m) else { unreachable!("only generators") };
        *g.frame.lock().unwrap_or_else(|e| e.into_inner()) = state;
        match result {
            Err(e) if self.is_err(&e, "StopIteration") => {
                let new = self.err("RuntimeError", "generator raised StopIteration");
                self.set_cause(&new.0, Some(&Value::Obj(e.0)));
                Err(new)
            }
            result => result,
        }
    }

    fn resume_frame(&mut self, frame: &mut Frame, how: Resume) -> R<Exit> {
        let delegated = match frame.code.ops[frame.pc] {
            Op::YieldFrom { d, it } => Some((d, it)),
            _ => None,
        };
        match how {
            Resume::Send(value) => {
                let d = match (delegated, frame.pc.checked_sub(1).map(|at| frame.code.ops[at])) {
                    (Some((d, _)), _) => Some(d),
                    (None, Some(Op::Yield { d, .. })) => Some(d),
                    _ => None,
                };
                match d {
                    Some(d) => frame.regs[usize::from(d)] = value,
                    None if !value.is_none() => {
                        return Err(self
                            .type_error("can't send non-None value to a just-started generator"));
                    }
                    None => {}
                }
                self.run(frame)
            }
            Resume::Throw(e) => {
                let mut e = e;
                if let Some((d, it)) = delegated {
                    let inner = frame.regs[usize::from(it)].clone();
                    match self.throw_into(&inner, e) {
                        Ok(Some(Exit::Yield(value))) => return Ok(Exit::Yield(value)),
                        Ok(Some(Exit::Return(value))) => {
                            // The delegation is over.
                            frame.regs[usize::from(d)] = value;
                            frame.pc += 1;
                            return self.run(frame);
                        }
                        Ok(None) => unreachable!("throw_into throws or returns"),
                        Err(again) => e = again,
                    }
                }
                self.run_throwing(frame, e)
            }
        }
    }

    /// Runs a frame from an exception on, which is raised where it was suspended.
    fn run_throwing(&mut self, frame: &mut Frame, e: PyErr) -> R<Exit> {
        let at = match frame.code.ops[frame.pc] {
            Op::YieldFrom { .. } => frame.pc,
            _ => frame.pc.saturating_sub(1),
        };
        self.add_traceback(&e.0, frame.code, frame.code.line(at));
        let handler =
            frame.code.handlers.iter().find(|h| h.start as usize <= at && at < h.end as usize);
        match handler {
            Some(h) if frame.pc > 0 => {
                frame.regs[usize::from(h.reg)] = Value::Obj(e.0);
                frame.pc = h.target as usize;
                self.run(frame)
            }
            _ => Err(e),
        }
    }

    /// Throws into what a generator delegates to.
    fn throw_into(&mut self, inner: &Value, e: PyErr) -> R<Option<Exit>> {
        if let Value::Obj(gc) = inner
            && matches!(gc.get(self.m), Obj::Generator(_))
        {
            return self.resume(gc, Resume::Throw(e)).map(Some);
        }
        if self.is_err(&e, "GeneratorExit") {
            if let Some(close) = self.getattr_opt(inner, s().close)? {
                self.call(&close, &[])?;
            }
            return Err(e);
        }
        match self.getattr_opt(inner, s().throw)? {
            Some(throw) => match self.call(&throw, &[Value::Obj(e.0)]) {
                Ok(value) => Ok(Some(Exit::Yield(value))),
                Err(e) => match self.stop_value(&e) {
                    Some(value) => Ok(Some(Exit::Return(value))),
                    None => Err(e),
                },
            },
            None => Err(e),
        }
    }

    /// Sends to what a generator delegates to.
    pub fn send_to(&mut self, inner: &Value, value: Value) -> R<Exit> {
        if let Value::Obj(gc) = inner
            && matches!(gc.get(self.m), Obj::Generator(_))
        {
            return self.resume(gc, Resume::Send(value));
        }
        let result = if value.is_none() {
            match self.next_or_stop(inner)? {
                Ok(value) => return Ok(Exit::Yield(value)),
                Err(value) => return Ok(Exit::Return(value)),
            }
        } else {
            self.call_method(inner, s().send, &[value])
        };
        match result {
            Ok(value) => Ok(Exit::Yield(value)),
            Err(e) => match self.stop_value(&e) {
                Some(value) => Ok(Exit::Return(value)),
                None => Err(e),
            },
        }
    }

    /// The value of a `StopIteration`.
    pub fn stop_value(&mut self, e: &PyErr) -> Option<Value> {
        if !self.is_err(e, "StopIteration") {
            return None;
        }
        let e = Value::Obj(e.0.clone());
        let args = self.exception_args(&e);
        Some(args.into_iter().next().unwrap_or(Value::None))
    }

    /// Ends a generator.
    pub fn close_generator(&mut self, generator: &Ref) -> R<()> {
        let unstarted = match generator.get(self.m) {
            Obj::Generator(g) => match &*g.frame.lock().unwrap_or_else(|e| e.into_inner()) {
                GenState::Suspended(frame) => frame.pc == 0,
                GenState::Done => return Ok(()),
                GenState::Running => false,
            },
            _ => return Ok(()),
        };
        if unstarted {
            if let Obj::Generator(g) = generator.get(self.m) {
                let old = std::mem::replace(
                    &mut *g.frame.lock().unwrap_or_else(|e| e.into_inner()),
                    GenState::Done,
                );
                drop(old);
            }
            return Ok(());
        }
        let e = self.err("GeneratorExit", "");
        match self.resume(generator, Resume::Throw(e)) {
            Ok(Exit::Yield(_)) => Err(self.err("RuntimeError", "generator ignored GeneratorExit")),
            Ok(Exit::Return(_)) => Ok(()),
            Err(e) if self.is_err(&e, "GeneratorExit") || self.is_err(&e, "StopIteration") => {
                Ok(())
            }
            Err(e) => Err(e),
        }
    }

    // Instances.

    /// Whether calling a class does nothing but make an instance and call its `__init__`,
    /// which is a function.
    fn is_simple(&mut self, class: &Ref) -> bool {
        let Obj::Class(c) = class.get(self.m) else { return false };
        if !c.is_user || c.kind != Kind::Object {
            return false;
        }
        let version = c.version.load(Relaxed);
        if self.lookup(class, s().class_call).is_some()
            || self.lookup(class, crate::sym::intern("__abstractmethods__")).is_some()
        {
            return false;
        }
        let init = self.lookup(class, s().init);
        let is_function = init.is_some_and(|f| matches!(f.as_obj(self.m), Some(Obj::Function(_))));
        let new = self.lookup(class, s().new);
        let is_default = match new.as_ref().and_then(|f| f.as_obj(self.m)) {
            Some(Obj::StaticMethod(f)) => match f.as_obj(self.m) {
                Some(Obj::Builtin(b)) => {
                    std::ptr::fn_addr_eq(b.def.func, crate::types::object::object_new as NativeFn)
                }
                _ => false,
            },
            _ => false,
        };
        let simple = is_function && is_default;
        if simple && let Obj::Class(c) = class.get(self.m) {
            c.simple.store(version, Relaxed);
        }
        simple
    }

    fn instantiate_quickly(&mut self, class: &Ref, args: &mut [Value]) -> R {
        let object = Value::Obj(self.new_instance(class, None));
        let init = self.lookup(class, s().init).unwrap_or_default();
        let result = self.call_regs(&init, Some(object.clone()), args)?;
        if !result.is_none() {
            return Err(self.bad_init(&result));
        }
        Ok(object)
    }

    #[cold]
    fn bad_init(&mut self, result: &Value) -> PyErr {
        let name = self.type_name(result);
        self.type_error(format!("__init__() should return None, not '{name}'"))
    }

    /// Calls a class.
    pub fn instantiate(&mut self, class: &Ref, args: Args<'_>) -> R {
        let t = &self.s.types;
        if Gc::ptr_eq(class, &t.type_) && args.len() == 1 && args.kw.is_empty() {
            return Ok(Value::Obj(self.type_of(&args[0])));
        }
        if let Some(call) = self.lookup(class, s().class_call) {
            let call = self.bind_descriptor(&call, None, class)?;
            return self.call_args(&call, args);
        }
        let new = self.lookup(class, s().new);
        let object = match &new {
            Some(new) => {
                let new = match new.as_obj(self.m) {
                    Some(Obj::StaticMethod(f)) => f.clone(),
                    _ => new.clone(),
                };
                self.call_bound(&new, Value::Obj(class.clone()), args)?
            }
            None => Value::Obj(self.new_instance(class, None)),
        };
        if !self.is_instance(&object, class) {
            return Ok(object);
        }
        let of = self.type_of(&object);
        match self.lookup(&of, s().init) {
            Some(init) => {
                let result = if let Value::Obj(gc) = &init
                    && matches!(gc.get(self.m), Obj::Function(_) | Obj::Builtin(_))
                {
                    self.call_bound(&init, object.clone(), args)?
                } else {
                    let init = self.bind_descriptor(&init, Some(&object), &of)?;
                    self.call_args(&init, args)?
                };
                if !result.is_none() {
                    return Err(self.bad_init(&result));
                }
                self.is_simple(class);
            }
            None if new.is_none() && !(args.is_empty() && args.kw.is_empty()) => {
                let name = self.class_name(class);
                return Err(self.type_error(format!("{name}() takes no arguments")));
            }
            None => {}
        }
        Ok(object)
    }
}
