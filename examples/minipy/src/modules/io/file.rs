//! Files as objects: the standard ones, and those on disk, which are read only.

use std::io::{BufRead, Read};
use std::sync::Arc;

use parking_lot::Mutex;

use super::{os_error, write_err, write_out};
use crate::modules::{bind, this};
use crate::object::*;
use crate::sym::intern;
use crate::vm::{Args, PyErr, R, Vm};

/// What a file is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum What {
    Input,
    Output,
    Errors,
    Disk,
}

/// A file, which may be closed while somebody has it.
pub struct File(pub Arc<Stream>);

impl Native for File {
    fn class_name(&self) -> &'static str {
        "TextIOWrapper"
    }
}

/// What there is behind a file.
pub struct Stream {
    what: What,
    name: String,
    mode: String,
    /// It is read as bytes.
    binary: bool,
    encoding: Option<String>,
    errors: Option<String>,
    /// `\r\n` and `\r` are read as `\n`.
    translate: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What is on disk, as long as it has not been read.
    file: Option<std::fs::File>,
    /// What has been read: as UTF-8 if it is text.
    data: Vec<u8>,
    /// How much of it the program has got.
    at: usize,
    closed: bool,
}

impl Stream {
    pub fn standard(what: What, binary: bool) -> Arc<Self> {
        let (name, mode) = match what {
            What::Input => ("<stdin>", "r"),
            What::Errors => ("<stderr>", "w"),
            _ => ("<stdout>", "w"),
        };
        Arc::new(Self {
            what,
            name: name.into(),
            mode: mode.into(),
            binary,
            encoding: None,
            errors: None,
            translate: !binary,
            state: Mutex::default(),
        })
    }

    fn encoding_name(&self) -> &str {
        match (&self.encoding, self.what) {
            (Some(encoding), _) => encoding,
            (None, What::Disk) => "UTF-8",
            (None, _) => "utf-8",
        }
    }

    fn is_readable(&self) -> bool {
        matches!(self.what, What::Input | What::Disk)
    }

    fn is_open(&self, vm: &mut Vm<'_>) -> R<()> {
        if self.state.lock().closed {
            return Err(vm.value_error("I/O operation on closed file."));
        }
        Ok(())
    }

    pub fn write(&self, vm: &mut Vm<'_>, bytes: &[u8]) -> R<()> {
        self.is_open(vm)?;
        match self.what {
            What::Output => write_out(vm, bytes),
            What::Errors => write_err(vm, bytes),
            _ => Err(unsupported(vm, "not writable")),
        }
    }

    pub fn flush(&self, vm: &mut Vm<'_>) -> R<()> {
        self.is_open(vm)?;
        if self.what == What::Output { super::flush_out(vm) } else { Ok(()) }
    }

    /// Reads some more, or nothing at the file's end.
    fn more(&self, vm: &mut Vm<'_>) -> R<bool> {
        let mut new = Vec::new();
        let result = match self.what {
            What::Input => vm.blocking(|| {
                super::flush();
                std::io::stdin().lock().read_until(b'\n', &mut new)
            }),
            _ => {
                let file = self.state.lock().file.take();
                match file {
                    Some(mut file) => vm.blocking(|| file.read_to_end(&mut new)),
                    None => Ok(0),
                }
            }
        };
        if let Err(e) = result {
            return Err(os_error(vm, &e, None));
        }
        if new.is_empty() {
            return Ok(false);
        }
        if !self.binary {
            new = self.decoded(vm, new)?;
        }
        let mut state = self.state.lock();
        if self.what == What::Input && state.at == state.data.len() {
            state.data.clear();
            state.at = 0;
        }
        state.data.extend_from_slice(&new);
        Ok(true)
    }

    /// The text in some bytes, as UTF-8.
    fn decoded(&self, vm: &mut Vm<'_>, bytes: Vec<u8>) -> R<Vec<u8>> {
        let plain = self.encoding.is_none() && self.errors.is_none();
        let text = match String::from_utf8(bytes) {
            Ok(text) if plain => text,
            Ok(text) => self.decoded_slowly(vm, text.as_bytes())?,
            Err(e) => self.decoded_slowly(vm, e.as_bytes())?,
        };
        if self.translate && text.contains('\r') {
            return Ok(text.replace("\r\n", "\n").replace('\r', "\n").into_bytes());
        }
        Ok(text.into_bytes())
    }

    fn decoded_slowly(&self, vm: &mut Vm<'_>, bytes: &[u8]) -> R<String> {
        let encoding = self.encoding.as_deref().map(|name| vm.new_str(name));
        let errors = self.errors.as_deref().map(|name| vm.new_str(name));
        vm.decode("open", bytes, encoding.as_ref(), errors.as_ref())
    }

    fn is_readable_now(&self, vm: &mut Vm<'_>) -> R<()> {
        self.is_open(vm)?;
        if self.is_readable() { Ok(()) } else { Err(unsupported(vm, "not readable")) }
    }

    /// A line, with its end; nothing at the file's end. So many characters at most.
    pub fn read_line(&self, vm: &mut Vm<'_>, most: Option<usize>) -> R<Vec<u8>> {
        self.is_readable_now(vm)?;
        loop {
            {
                let mut state = self.state.lock();
                let rest = state.data.get(state.at..).unwrap_or_default();
                if let Some(end) = rest.iter().position(|b| *b == b'\n') {
                    let end = self.bytes_of(&rest[..=end], most);
                    return Ok(state.take(end));
                }
            }
            if !self.more(vm)? {
                let mut state = self.state.lock();
                let rest = state.data.get(state.at..).unwrap_or_default();
                let end = self.bytes_of(rest, most);
                return Ok(state.take(end));
            }
        }
    }

    /// What is left, or so many characters of it at most.
    fn read(&self, vm: &mut Vm<'_>, most: Option<usize>) -> R<Vec<u8>> {
        self.is_readable_now(vm)?;
        loop {
            if let Some(most) = most {
                let mut state = self.state.lock();
                let rest = state.data.get(state.at..).unwrap_or_default();
                // A character is a byte at least.
                let end = self.bytes_of(rest, Some(most));
                if end < rest.len() || (rest.len() >= most && self.length(rest) >= most) {
                    return Ok(state.take(end));
                }
            }
            if !self.more(vm)? {
                let mut state = self.state.lock();
                let end = state.data.len().saturating_sub(state.at);
                return Ok(state.take(end));
            }
        }
    }

    /// How many characters some bytes are.
    fn length(&self, bytes: &[u8]) -> usize {
        if self.binary {
            return bytes.len();
        }
        bytes.iter().filter(|b| !is_continuation(**b)).count()
    }

    /// How many bytes the first characters of some are.
    fn bytes_of(&self, bytes: &[u8], most: Option<usize>) -> usize {
        let Some(most) = most.filter(|most| *most < bytes.len()) else { return bytes.len() };
        if self.binary {
            return most;
        }
        let mut starts = bytes.iter().enumerate().filter(|(_, b)| !is_continuation(**b));
        starts.nth(most).map_or(bytes.len(), |(at, _)| at)
    }

    /// What was read as the program gets it.
    pub fn value(&self, vm: &mut Vm<'_>, bytes: Vec<u8>) -> R {
        if self.binary {
            return Ok(vm.new_bytes(bytes));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(vm.new_str(text)),
            Err(_) => Err(vm.value_error("cannot seek into the middle of a character")),
        }
    }
}

/// An `io.UnsupportedOperation`, which is written in Python.
fn unsupported(vm: &mut Vm<'_>, what: &str) -> PyErr {
    let class = vm
        .import(intern("io"), true)
        .and_then(|module| vm.getattr(&module, intern("UnsupportedOperation")));
    match class {
        Ok(Value::Obj(class)) => {
            let what = vm.new_str(what);
            vm.err_with(&class, vec![what])
        }
        Ok(_) => vm.err("OSError", what),
        Err(e) => e,
    }
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

impl State {
    fn take(&mut self, n: usize) -> Vec<u8> {
        let taken = self.data.get(self.at..self.at + n).unwrap_or_default().to_vec();
        self.at += taken.len();
        taken
    }
}

pub const METHODS: &[(&str, NativeFn)] = &[
    ("__repr__", repr),
    ("read", read),
    ("readline", readline),
    ("readlines", readlines),
    ("write", write),
    ("writelines", writelines),
    ("flush", |vm, args| {
        let stream = stream(vm, args, "flush")?;
        stream.flush(vm)?;
        Ok(Value::None)
    }),
    ("close", close),
    ("isatty", isatty),
    ("fileno", |vm, args| match stream(vm, args, "fileno")?.what {
        What::Input => Ok(Value::Int(0)),
        What::Output => Ok(Value::Int(1)),
        What::Errors => Ok(Value::Int(2)),
        What::Disk => Err(unsupported(vm, "fileno")),
    }),
    ("readable", |vm, args| Ok(Value::Bool(stream(vm, args, "readable")?.is_readable()))),
    ("writable", |vm, args| Ok(Value::Bool(!stream(vm, args, "writable")?.is_readable()))),
    ("seekable", |vm, args| Ok(Value::Bool(stream(vm, args, "seekable")?.what == What::Disk))),
    ("seek", seek),
    ("tell", |vm, args| Ok(stream(vm, args, "tell")?.state.lock().at.into())),
    ("reconfigure", |_, _| Ok(Value::None)),
    ("__enter__", |vm, args| {
        let stream = stream(vm, args, "__enter__")?;
        stream.is_open(vm)?;
        Ok(args[0].clone())
    }),
    ("__exit__", close),
    ("__iter__", |vm, args| {
        let stream = stream(vm, args, "__iter__")?;
        stream.is_open(vm)?;
        Ok(args[0].clone())
    }),
    ("__next__", |vm, args| {
        let stream = stream(vm, args, "__next__")?;
        let line = stream.read_line(vm, None)?;
        if line.is_empty() {
            return Err(vm.err("StopIteration", ""));
        }
        stream.value(vm, line)
    }),
];

pub const PROPERTIES: &[(&str, NativeFn)] = &[
    ("closed", |vm, args| Ok(Value::Bool(stream(vm, args, "closed")?.state.lock().closed))),
    ("name", |vm, args| {
        let stream = stream(vm, args, "name")?;
        Ok(vm.new_str(stream.name.as_str()))
    }),
    ("mode", |vm, args| {
        let stream = stream(vm, args, "mode")?;
        Ok(vm.new_str(stream.mode.as_str()))
    }),
    ("encoding", |vm, args| {
        let stream = stream(vm, args, "encoding")?;
        Ok(vm.new_str(stream.encoding_name()))
    }),
    ("errors", |vm, args| {
        let stream = stream(vm, args, "errors")?;
        Ok(vm.new_str(stream.errors.as_deref().unwrap_or("strict")))
    }),
    ("newlines", |_, _| Ok(Value::None)),
    ("buffer", |vm, args| {
        let stream = stream(vm, args, "buffer")?;
        if stream.what == What::Disk {
            return Err(vm.attribute_error("'TextIOWrapper' object has no attribute 'buffer'"));
        }
        let buffer = File(Stream::standard(stream.what, true));
        Ok(Value::Obj(vm.alloc(Obj::Native(Box::new(buffer)))))
    }),
];

fn repr(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let stream = stream(vm, args, "__repr__")?;
    let Stream { name, mode, binary, .. } = &*stream;
    let shown = if *binary {
        format!("<_io.BufferedReader name='{name}'>")
    } else {
        let encoding = stream.encoding_name();
        format!("<_io.TextIOWrapper name='{name}' mode='{mode}' encoding='{encoding}'>")
    };
    Ok(vm.new_str(shown))
}

fn stream(vm: &mut Vm<'_>, args: Args<'_>, method: &str) -> R<Arc<Stream>> {
    Ok(this::<File>(vm, args, method)?.0.clone())
}

/// How much to read: everything, or so many characters at most.
fn size(vm: &mut Vm<'_>, args: Args<'_>) -> R<Option<usize>> {
    match args.get(1) {
        None | Some(Value::None) => Ok(None),
        Some(n) => Ok(usize::try_from(vm.index_i64(n)?).ok()),
    }
}

fn read(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let stream = stream(vm, args, "read")?;
    let most = size(vm, args)?;
    let bytes = stream.read(vm, most)?;
    stream.value(vm, bytes)
}

fn readline(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let stream = stream(vm, args, "readline")?;
    let most = size(vm, args)?;
    let bytes = stream.read_line(vm, most)?;
    stream.value(vm, bytes)
}

fn readlines(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let stream = stream(vm, args, "readlines")?;
    let enough = size(vm, args)?.filter(|n| *n > 0);
    let (mut lines, mut total) = (Vec::new(), 0);
    loop {
        let line = stream.read_line(vm, None)?;
        if line.is_empty() || enough.is_some_and(|n| total >= n) {
            return Ok(vm.new_list(lines));
        }
        total += line.len();
        lines.push(stream.value(vm, line)?);
    }
}

fn write(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let stream = stream(vm, args, "write")?;
    let Some(given) = args.get(1) else {
        return Err(vm.type_error("write() takes exactly one argument (0 given)"));
    };
    let given = vm.unwrap(given);
    let (bytes, n) = match given.as_obj(vm.m) {
        Some(Obj::Str(text)) if !stream.binary => {
            (text.text.as_bytes().to_vec(), text.chars as usize)
        }
        Some(Obj::Bytes(_) | Obj::ByteArray(_)) if stream.binary => {
            let bytes = vm.bytes_of(&given);
            let n = bytes.len();
            (bytes, n)
        }
        _ => {
            let name = vm.type_name(&given);
            return Err(vm.type_error(if stream.binary {
                format!("a bytes-like object is required, not '{name}'")
            } else {
                format!("write() argument must be str, not {name}")
            }));
        }
    };
    stream.write(vm, &bytes)?;
    Ok(n.into())
}

fn writelines(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let Some(lines) = args.get(1) else {
        return Err(vm.type_error("writelines() takes exactly one argument (0 given)"));
    };
    for line in vm.collect(lines)? {
        write(vm, Args::new(&[args[0].clone(), line]))?;
    }
    Ok(Value::None)
}

/// Standard files stay open: there may be more to say.
fn close(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let stream = stream(vm, args, "close")?;
    if stream.what == What::Output {
        super::flush();
    }
    if stream.what == What::Disk {
        let old = {
            let mut state = stream.state.lock();
            std::mem::replace(&mut *state, State { closed: true, ..State::default() })
        };
        drop(old);
    }
    Ok(Value::None)
}

fn isatty(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    use std::io::IsTerminal;
    let stream = stream(vm, args, "isatty")?;
    stream.is_open(vm)?;
    Ok(Value::Bool(match stream.what {
        What::Input => std::io::stdin().is_terminal(),
        What::Output => std::io::stdout().is_terminal(),
        What::Errors => std::io::stderr().is_terminal(),
        What::Disk => false,
    }))
}

fn seek(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let stream = stream(vm, args, "seek")?;
    stream.is_open(vm)?;
    if stream.what != What::Disk {
        return Err(unsupported(vm, "underlying stream is not seekable"));
    }
    let offset = match args.get(1) {
        Some(offset) => vm.index_i64(offset)?,
        None => return Err(vm.type_error("seek() takes at least 1 argument (0 given)")),
    };
    let whence = match args.get(2) {
        Some(whence) => vm.index_i64(whence)?,
        None => 0,
    };
    while stream.more(vm)? {}
    let mut state = stream.state.lock();
    let from = match whence {
        0 => 0,
        1 => state.at,
        _ => state.data.len(),
    };
    let at = from as i64 + offset;
    if at < 0 {
        drop(state);
        return Err(vm.value_error(format!("negative seek position {at}")));
    }
    state.at = at as usize;
    Ok(Value::Int(at))
}

/// `open(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None)`
pub fn open(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    const PARAMS: [&str; 8] =
        ["file", "mode", "buffering", "encoding", "errors", "newline", "closefd", "opener"];
    let [file, mode, _, encoding, errors, newline, ..] = bind(vm, args, "open", PARAMS, 1)?;
    let file = file.expect("it is required");
    let text = |vm: &mut Vm<'_>, what: &str, value: Option<&Value>| match value {
        None | Some(Value::None) => Ok(None),
        Some(value) => match vm.text_of(value) {
            Some(text) => Ok(Some(text)),
            None => {
                let name = vm.type_name(value);
                Err(vm.type_error(format!("open() argument '{what}' must be str, not {name}")))
            }
        },
    };
    let mode = text(vm, "mode", mode)?.unwrap_or_else(|| "r".into());
    let (encoding, errors) = (text(vm, "encoding", encoding)?, text(vm, "errors", errors)?);
    let newline = text(vm, "newline", newline)?;
    if !mode.contains(['r', 'w', 'x', 'a']) && mode.chars().all(|c| "bt+".contains(c)) {
        let message = "Must have exactly one of create/read/write/append mode and at most one plus";
        return Err(vm.value_error(message));
    }
    if mode.chars().any(|c| !"rwxabt+U".contains(c)) {
        return Err(vm.value_error(format!("invalid mode: '{mode}'")));
    }
    if mode.contains(['w', 'x', 'a', '+']) {
        return Err(unsupported(vm, "minipy opens files for reading only"));
    }
    let binary = mode.contains('b');
    if binary && mode.contains('t') {
        return Err(vm.value_error("can't have text and binary mode at once"));
    }
    if binary && encoding.is_some() {
        return Err(vm.value_error("binary mode doesn't take an encoding argument"));
    }
    if let Some(encoding) = &encoding {
        // One that nobody knows is an error at once.
        let name = vm.new_str(encoding.as_str());
        vm.decode("open", b"", Some(&name), None)?;
    }
    let path = path_of(vm, file)?;
    let opened = vm.blocking(|| {
        let file = std::fs::File::open(&path)?;
        // Reading a folder fails; opening it should.
        if file.metadata()?.is_dir() {
            return Err(std::io::Error::from_raw_os_error(21));
        }
        Ok(file)
    });
    let opened = opened.map_err(|e| os_error(vm, &e, Some(file)))?;
    let stream = Stream {
        what: What::Disk,
        name: path,
        mode,
        binary,
        encoding,
        errors,
        translate: newline.is_none(),
        state: Mutex::new(State { file: Some(opened), ..State::default() }),
    };
    Ok(Value::Obj(vm.alloc(Obj::Native(Box::new(File(Arc::new(stream)))))))
}

/// The path that a string, bytes or an object with `__fspath__` is.
fn path_of(vm: &mut Vm<'_>, file: &Value) -> R<String> {
    if let Some(text) = vm.text_of(file) {
        return Ok(text);
    }
    if let Some(Obj::Bytes(bytes)) = file.as_obj(vm.m) {
        return Ok(String::from_utf8_lossy(bytes).into_owned());
    }
    if let Some(path) = vm.call_special(file, intern("__fspath__"), &[])?
        && let Some(text) = vm.text_of(&path)
    {
        return Ok(text);
    }
    let name = vm.type_name(file);
    Err(vm.type_error(format!("expected str, bytes or os.PathLike object, not {name}")))
}
