//! Standard output and what else programs read and write.
//!
//! There is one buffer for standard output. What one `print` writes goes into it at once, so that
//! threads do not write into each other's lines. Whoever has to wait, for the buffer or
//! for whoever reads the output, waits detached.

use std::io::{IsTerminal, Write};
use std::sync::{Arc, LazyLock};

use brc::Mutator;
use parking_lot::Mutex;

use super::{native, property};
use crate::object::*;
use crate::statics::{function, methods};
use crate::sym::{intern, s};
use crate::vm::{Args, PyErr, R, Vm};

mod file;

pub use file::open;
use file::{File, Stream, What};

/// How much is written at once.
const BUFFER: usize = 16 << 10;

struct Output {
    buffer: Vec<u8>,
    is_terminal: bool,
}

static OUTPUT: LazyLock<Mutex<Output>> = LazyLock::new(|| {
    let is_terminal = std::io::stdout().is_terminal();
    Mutex::new(Output { buffer: Vec::with_capacity(2 * BUFFER), is_terminal })
});

impl Output {
    fn is_due(&self, new: &[u8]) -> bool {
        self.buffer.len() >= BUFFER || (self.is_terminal && new.contains(&b'\n'))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let mut out = std::io::stdout().lock();
        let result = out.write_all(&self.buffer).and_then(|()| out.flush());
        // What could not be written is not tried again.
        self.buffer.clear();
        result
    }
}

/// Writes to standard output.
pub fn write(text: &str) {
    let mut output = OUTPUT.lock();
    output.buffer.extend_from_slice(text.as_bytes());
    if output.is_due(text.as_bytes()) {
        // Nobody could be told.
        let _ = output.flush();
    }
}

/// Writes out what waits in the buffer.
pub fn flush() {
    let _ = OUTPUT.lock().flush();
}

/// As [`write`], for a program, which learns of errors.
fn write_out(vm: &mut Vm<'_>, bytes: &[u8]) -> R<()> {
    let mut output = match OUTPUT.try_lock() {
        Some(output) => output,
        None => vm.blocking(|| OUTPUT.lock()),
    };
    output.buffer.extend_from_slice(bytes);
    let is_due = output.is_due(bytes);
    drop(output);
    if is_due { flush_out(vm) } else { Ok(()) }
}

fn flush_out(vm: &mut Vm<'_>) -> R<()> {
    vm.blocking(|| OUTPUT.lock().flush()).map_err(|e| os_error(vm, &e, None))
}

fn write_err(vm: &mut Vm<'_>, bytes: &[u8]) -> R<()> {
    let written = vm.blocking(|| {
        flush();
        std::io::stderr().lock().write_all(bytes)
    });
    written.map_err(|e| os_error(vm, &e, None))
}

/// The `OSError` that a Rust one is.
pub fn os_error(vm: &mut Vm<'_>, e: &std::io::Error, file: Option<&Value>) -> PyErr {
    let class = vm.s.type_named("OSError").clone();
    let text = e.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let Some(errno) = e.raw_os_error() else {
        return vm.err("OSError", text);
    };
    let mut args = vec![Value::Int(i64::from(errno)), vm.new_str(text)];
    args.extend(file.cloned());
    vm.err_with(&class, args)
}

/// Writes to what `sys.stderr` is.
pub fn print_error(vm: &mut Vm<'_>, text: &str) {
    let target = super::sys::attribute(vm, intern("stderr")).unwrap_or(Value::None);
    if target.is_none() {
        return;
    }
    // There is no other place to tell about it.
    let _ = emit(vm, &target, text);
}

/// Writes a text to something with a method for that.
fn emit(vm: &mut Vm<'_>, target: &Value, text: &str) -> R<()> {
    match native::<File>(vm.m, target).map(|file| file.0.clone()) {
        Some(stream) => stream.write(vm, text.as_bytes()),
        None => {
            let text = vm.new_str(text);
            vm.call_method(target, s().write, &[text]).map(|_| ())
        }
    }
}

/// `print(*args, sep=' ', end='\n', file=None, flush=False)`
pub fn print(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let (mut sep, mut end, mut target, mut flush) = (None, None, Value::None, false);
    for (name, value) in args.kw {
        match name.as_str() {
            "sep" => sep = text_or_none(vm, "sep", value)?,
            "end" => end = text_or_none(vm, "end", value)?,
            "file" => target = value.clone(),
            "flush" => flush = vm.truth(value)?,
            other => {
                return Err(
                    vm.type_error(format!("'{other}' is an invalid keyword argument for print()"))
                );
            }
        }
    }
    if target.is_none() {
        match super::sys::attribute(vm, intern("stdout")) {
            None => return Err(vm.err("RuntimeError", "lost sys.stdout")),
            Some(Value::None) => return Ok(Value::None),
            Some(stdout) => target = stdout,
        }
    }
    let (sep, end) = (sep.as_deref().unwrap_or(" "), end.as_deref().unwrap_or("\n"));
    match native::<File>(vm.m, &target).map(|file| file.0.clone()) {
        Some(stream) => {
            let mut line = String::new();
            for (at, value) in args.pos.iter().enumerate() {
                if at > 0 {
                    line.push_str(sep);
                }
                push_str(vm, value, &mut line)?;
            }
            line.push_str(end);
            stream.write(vm, line.as_bytes())?;
            if flush {
                stream.flush(vm)?;
            }
        }
        None => {
            let write = vm.getattr(&target, s().write)?;
            for (at, value) in args.pos.iter().enumerate() {
                if at > 0 {
                    let sep = vm.new_str(sep);
                    vm.call(&write, &[sep])?;
                }
                let text = vm.str_value(value)?;
                vm.call(&write, &[text])?;
            }
            let end = vm.new_str(end);
            vm.call(&write, &[end])?;
            if flush {
                vm.call_method(&target, s().flush, &[])?;
            }
        }
    }
    Ok(Value::None)
}

/// Appends `str(value)`.
fn push_str(vm: &mut Vm<'_>, value: &Value, line: &mut String) -> R<()> {
    match value.as_obj(vm.m) {
        Some(Obj::Str(text)) => line.push_str(&text.text),
        _ => line.push_str(&vm.str(value)?),
    }
    Ok(())
}

fn text_or_none(vm: &mut Vm<'_>, what: &str, value: &Value) -> R<Option<String>> {
    if value.is_none() {
        return Ok(None);
    }
    match vm.text_of(value) {
        Some(text) => Ok(Some(text)),
        None => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!("{what} must be None or a string, not {name}")))
        }
    }
}

static STDIN: LazyLock<Arc<Stream>> = LazyLock::new(|| Stream::standard(What::Input, false));

/// `input(prompt='')`
pub fn input(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    super::count(vm, args, "input", 0, 1)?;
    if let Some(prompt) = args.get(0) {
        let target = super::sys::attribute(vm, intern("stdout")).unwrap_or(Value::None);
        let prompt = vm.str(prompt)?;
        if !target.is_none() {
            emit(vm, &target, &prompt)?;
        }
    }
    flush_out(vm)?;
    let source = super::sys::attribute(vm, intern("stdin")).unwrap_or(Value::None);
    let line = match native::<File>(vm.m, &source).map(|file| file.0.clone()) {
        Some(stream) => {
            let line = stream.read_line(vm, None)?;
            String::from_utf8_lossy(&line).into_owned()
        }
        None => {
            let line = vm.call_method(&source, intern("readline"), &[])?;
            vm.str(&line)?
        }
    };
    if line.is_empty() {
        return Err(vm.err("EOFError", "EOF when reading a line"));
    }
    Ok(vm.new_str(line.strip_suffix('\n').unwrap_or(&line)))
}

/// Standard input, output and errors as objects.
pub fn standard(vm: &Vm<'_>) -> [(&'static str, Value); 3] {
    let object = |stream| Value::Obj(vm.alloc(Obj::Native(Box::new(File(stream)))));
    [
        ("stdin", object(STDIN.clone())),
        ("stdout", object(Stream::standard(What::Output, false))),
        ("stderr", object(Stream::standard(What::Errors, false))),
    ]
}

/// Gives files their methods.
pub fn init(m: &Mutator) {
    methods(m, "TextIOWrapper", file::METHODS);
    for &(name, get) in file::PROPERTIES {
        property(m, "TextIOWrapper", name, get);
    }
}

/// Functions for `builtins`.
pub fn functions(m: &Mutator) -> super::Entries {
    let function = |name, func| (intern(name), function(m, name, func));
    vec![function("print", print), function("input", input), function("open", open)]
}

impl Vm<'_> {
    /// The next line of a file, or nothing at its end.
    pub fn next_line(&mut self, value: &Value) -> R<Option<Value>> {
        let Some(stream) = native::<File>(self.m, value).map(|file| file.0.clone()) else {
            return Ok(None);
        };
        let line = stream.read_line(self, None)?;
        if line.is_empty() {
            return Ok(None);
        }
        stream.value(self, line).map(Some)
    }
}
