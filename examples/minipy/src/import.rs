//! Modules: where they are found, and how they begin.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use brc::GcVec;
use parking_lot::{Mutex, RwLock};

use crate::code::Code;
use crate::compile::{SyntaxError, compile, line_of};
use crate::dict;
use crate::layout::Layout;
use crate::modules;
use crate::object::*;
use crate::sym::{Sym, intern, s};
use crate::vm::{PyErr, R, Vm};

/// The text of each source that was compiled, for tracebacks.
pub static SOURCES: LazyLock<Mutex<HashMap<String, String>>> = LazyLock::new(Mutex::default);

/// Where modules are looked for besides those that come along: the folder of the program.
pub static SEARCH: LazyLock<RwLock<Vec<PathBuf>>> = LazyLock::new(RwLock::default);

/// A module's code runs once, whichever threads import it.
static IMPORTING: LazyLock<parking_lot::ReentrantMutex<()>> =
    LazyLock::new(|| parking_lot::ReentrantMutex::new(()));

impl Vm<'_> {
    /// A new module, which is not registered.
    pub fn new_module(&mut self, name: &str, file: &str) -> Ref {
        let module = Module {
            name: intern(name),
            names: Layout::default(),
            values: GcVec::new(),
            file: file.into(),
        };
        let module = self.alloc_shared(Obj::Module(Box::new(module)));
        let (name, doc) = (self.sym_value(intern(name)), Value::None);
        self.set_global(&module, s().name, &name);
        self.set_global(&module, s().doc, &doc);
        if !file.is_empty() {
            let file = self.new_str(file);
            self.set_global(&module, s().file, &file);
        }
        module
    }

    pub fn set_global(&mut self, module: &Ref, name: Sym, value: &Value) {
        if let Obj::Module(module) = module.get(self.m) {
            module.set(self, name, value);
        }
    }

    /// A module that was imported before.
    pub fn loaded(&mut self, name: Sym) -> R<Option<Value>> {
        let modules = self.s.modules.get().expect("there is a table of modules").clone();
        let key = self.sym_value(name);
        dict::get(self, &modules, &key)
    }

    pub fn register(&mut self, name: Sym, module: &Value) -> R<()> {
        let modules = self.s.modules.get().expect("there is a table of modules").clone();
        let key = self.sym_value(name);
        dict::set(self, &modules, &key, module).map(|_| ())
    }

    /// `import a.b.c`: the last module, or the first one.
    pub fn import(&mut self, name: Sym, last: bool) -> R {
        let text = name.as_str();
        if let Some(found) = self.loaded(name)? {
            if last || !text.contains('.') {
                return Ok(found);
            }
            let first = intern(text.split('.').next().unwrap_or(text));
            if let Some(first) = self.loaded(first)? {
                return Ok(first);
            }
        }
        let mut first = None;
        let mut parent: Option<Value> = None;
        let mut at = 0;
        loop {
            let end = text[at..].find('.').map_or(text.len(), |i| at + i);
            let module = self.import_one(intern(&text[..end]))?;
            if let Some(parent) = &parent {
                self.setattr(parent, intern(&text[at..end]), &module)?;
            }
            first.get_or_insert_with(|| module.clone());
            if end == text.len() {
                return Ok(if last { module } else { first.unwrap_or(module) });
            }
            parent = Some(module);
            at = end + 1;
        }
    }

    fn import_one(&mut self, name: Sym) -> R {
        if let Some(found) = self.loaded(name)? {
            return Ok(found);
        }
        // Who waits for another thread's import must not keep that from a stop.
        let held = match IMPORTING.try_lock() {
            Some(held) => held,
            None => self.blocking(|| IMPORTING.lock()),
        };
        let result = self.import_new(name);
        drop(held);
        result
    }

    fn import_new(&mut self, name: Sym) -> R {
        if let Some(found) = self.loaded(name)? {
            return Ok(found);
        }
        if let Some(entries) = modules::fill(self, name.as_str())? {
            let module = self.new_module(name.as_str(), "");
            for (name, value) in entries {
                self.set_global(&module, name, &value);
            }
            let module = Value::Obj(module);
            self.register(name, &module)?;
            return Ok(module);
        }
        if let Some(source) = modules::source(name.as_str()) {
            let file = format!("<minipy>/{name}.py");
            return self.run_module(name, &file, source);
        }
        let relative: PathBuf = name.as_str().split('.').collect();
        let folders = SEARCH.read().clone();
        for folder in folders {
            for path in [
                folder.join(&relative).with_extension("py"),
                folder.join(&relative).join("__init__.py"),
            ] {
                if let Ok(source) = std::fs::read_to_string(&path) {
                    let file = path.to_string_lossy().into_owned();
                    return self.run_module(name, &file, &source);
                }
            }
        }
        let e = self.err("ModuleNotFoundError", format!("No module named '{name}'"));
        let value = self.sym_value(name);
        self.setattr(&Value::Obj(e.0.clone()), s().name_attr, &value)?;
        Err(e)
    }

    fn run_module(&mut self, name: Sym, file: &str, source: &str) -> R {
        let module = self.new_module(name.as_str(), file);
        let value = Value::Obj(module.clone());
        self.register(name, &value)?;
        let code = self.compile(source, file, &module, false)?;
        match self.run_code(code, None, &[]) {
            // It may have put something else in its place.
            Ok(_) => Ok(self.loaded(name)?.unwrap_or(value)),
            Err(e) => {
                let modules = self.s.modules.get().expect("there is a table of modules").clone();
                let key = self.sym_value(name);
                dict::remove(self, &modules, &key)?;
                Err(e)
            }
        }
    }

    /// Compiles a source; what is wrong with it becomes a `SyntaxError`.
    pub fn compile(
        &mut self,
        source: &str,
        file: &str,
        module: &Ref,
        interactive: bool,
    ) -> R<&'static Code> {
        SOURCES.lock().insert(file.to_owned(), source.to_owned());
        let file: &'static str = intern(file).as_str();
        match compile(self, source, file, module, interactive) {
            Ok(code) => {
                // A module that annotates variables keeps what it says of them.
                let annotations = s().annotations;
                let has = match module.get(self.m) {
                    Obj::Module(module) => module.get(self, annotations).is_some(),
                    _ => true,
                };
                if !has && code.globals.iter().any(|g| g.name == annotations) {
                    let d = Value::Obj(self.new_dict());
                    self.set_global(module, annotations, &d);
                }
                Ok(code)
            }
            Err(e) => Err(self.syntax_error(source, file, &e)),
        }
    }

    fn syntax_error(&mut self, source: &str, file: &str, e: &SyntaxError) -> PyErr {
        let line = line_of(source, e.offset);
        let offset = e.offset.to_usize().min(source.len());
        let start = source[..offset].rfind('\n').map_or(0, |i| i + 1);
        let text = source[start..].lines().next().unwrap_or_default().to_owned();
        let column = source[start..offset].chars().count() + 1;
        let unsupported = e.message.ends_with("is not supported by minipy");
        let message =
            if unsupported { format!("line {line}: {}", e.message) } else { e.message.clone() };
        let class = if e.message.to_lowercase().contains("indent") {
            "IndentationError"
        } else {
            "SyntaxError"
        };
        let err = self.err(class, message.clone());
        let value = Value::Obj(err.0.clone());
        let attrs = [
            (s().msg, self.new_str(message)),
            (s().lineno, Value::Int(i64::from(line))),
            (s().filename, self.new_str(file)),
            (s().offset, Value::Int(column as i64)),
            (s().text, self.new_str(text)),
        ];
        for (name, attr) in attrs {
            // Plain attributes of a builtin class.
            let _ = self.generic_setattr(&value, name, &attr);
        }
        err
    }

    pub fn import_from(&mut self, module: &Value, name: Sym) -> R {
        if let Some(value) = self.getattr_opt(module, name)? {
            return Ok(value);
        }
        // A module of a package.
        if let Some(Obj::Module(m)) = module.as_obj(self.m) {
            let full = intern(&format!("{}.{name}", m.name));
            if modules::source(full.as_str()).is_some() || self.loaded(full)?.is_some() {
                return self.import(full, true);
            }
            let Some(Obj::Module(m)) = module.as_obj(self.m) else { return Ok(Value::None) };
            let (m, file) = (m.name, m.file.to_string());
            let place = if file.is_empty() { "unknown location".to_owned() } else { file };
            return Err(self
                .err("ImportError", format!("cannot import name '{name}' from '{m}' ({place})")));
        }
        Err(self.err("ImportError", format!("cannot import name '{name}'")))
    }

    pub fn import_star(&mut self, from: &Value, to: &Ref) -> R<()> {
        let Some(Obj::Module(module)) = from.as_obj(self.m) else { return Ok(()) };
        let (all, listed) = (module.all(self), module.get(self, s().all));
        let names = match listed {
            Some(listed) => {
                let mut names = Vec::new();
                for name in self.collect(&listed)? {
                    let name = intern(&self.str(&name)?);
                    names.push((name, self.getattr(from, name)?));
                }
                names
            }
            None => all.into_iter().filter(|(n, _)| !n.as_str().starts_with('_')).collect(),
        };
        for (name, value) in names {
            self.set_global(to, name, &value);
        }
        Ok(())
    }

    /// Shows a value in the REPL.
    pub fn show(&mut self, value: &Value) -> R<()> {
        if value.is_none() {
            return Ok(());
        }
        let text = self.repr(value)?;
        modules::io::write(&format!("{text}\n"));
        let builtins = self.s.builtins.get().expect("there are builtins").clone();
        self.set_global(&builtins, s().underscore, value);
        Ok(())
    }
}

/// Adds a folder in which modules are looked for.
pub fn search_in(folder: &Path) {
    SEARCH.write().push(folder.to_owned());
}
