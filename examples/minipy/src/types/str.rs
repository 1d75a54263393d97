//! `str`.

use brc::Mutator;

use super::args::{at_most, bound, class_arg, compare, count, instance_of, sequence, wrong_this};
use crate::code::{Bin, Cmp};
use crate::dict;
use crate::object::*;
use crate::statics::{methods, static_methods};
use crate::text::strings::{self, Mapped};
use crate::vm::{Args, PyErr, R, Vm};

mod codec;

pub fn init(m: &Mutator) {
    codec::init(m);
    static_methods(m, "str", &[("__new__", new), ("maketrans", maketrans)]);
    methods(m, "str", SPECIAL);
    methods(m, "str", CASES);
    methods(m, "str", PREDICATES);
    methods(m, "str", SEARCH);
    methods(m, "str", PARTS);
}

const SPECIAL: &[(&str, NativeFn)] = &[
    ("__len__", |vm, args| {
        let this = this(vm, args, "str.__len__", 0, 0)?;
        vm.len(&this).map(Value::from)
    }),
    ("__getitem__", |vm, args| {
        let this = this(vm, args, "str.__getitem__", 1, 1)?;
        vm.get_item(&this, &args[1])
    }),
    ("__contains__", |vm, args| {
        let this = this(vm, args, "str.__contains__", 1, 1)?;
        vm.contains(&this, &args[1]).map(Value::Bool)
    }),
    ("__iter__", |vm, args| {
        let this = this(vm, args, "str.__iter__", 0, 0)?;
        vm.iter(&this)
    }),
    ("__hash__", |vm, args| {
        let this = this(vm, args, "str.__hash__", 0, 0)?;
        vm.py_hash(&this).map(Value::Int)
    }),
    ("__str__", |vm, args| this(vm, args, "str.__str__", 0, 0)),
    ("__repr__", |vm, args| {
        let this = this(vm, args, "str.__repr__", 0, 0)?;
        let text = vm.repr(&this)?;
        Ok(vm.new_str(text))
    }),
    ("__format__", |vm, args| {
        let this = this(vm, args, "str.__format__", 1, 1)?;
        let spec = str_arg(vm, &args[1], "__format__() argument must be str, not ")?;
        let spec = text(vm, &spec).to_owned();
        let text = vm.format(&this, &spec)?;
        Ok(vm.new_str(text))
    }),
    ("__add__", |vm, args| sequence(vm, args, Bin::Add)),
    ("__mul__", |vm, args| sequence(vm, args, Bin::Mul)),
    ("__rmul__", |vm, args| sequence(vm, args, Bin::Mul)),
    ("__mod__", |vm, args| sequence(vm, args, Bin::Mod)),
    ("__eq__", |vm, args| compare(vm, args, Cmp::Eq, is_str)),
    ("__ne__", |vm, args| compare(vm, args, Cmp::Ne, is_str)),
    ("__lt__", |vm, args| compare(vm, args, Cmp::Lt, is_str)),
    ("__le__", |vm, args| compare(vm, args, Cmp::Le, is_str)),
    ("__gt__", |vm, args| compare(vm, args, Cmp::Gt, is_str)),
    ("__ge__", |vm, args| compare(vm, args, Cmp::Ge, is_str)),
    ("__getnewargs__", |vm, args| {
        let this = this(vm, args, "str.__getnewargs__", 0, 0)?;
        Ok(vm.new_tuple(vec![this]))
    }),
];

const CASES: &[(&str, NativeFn)] = &[
    ("upper", |vm, args| map(vm, args, "str.upper", strings::upper)),
    ("lower", |vm, args| map(vm, args, "str.lower", strings::lower)),
    ("title", |vm, args| map(vm, args, "str.title", strings::title)),
    ("capitalize", |vm, args| map(vm, args, "str.capitalize", strings::capitalize)),
    ("swapcase", |vm, args| map(vm, args, "str.swapcase", strings::swapcase)),
    ("casefold", |vm, args| map(vm, args, "str.casefold", strings::casefold)),
];

const PREDICATES: &[(&str, NativeFn)] = &[
    ("isalpha", |vm, args| ask(vm, args, "str.isalpha", strings::is_alpha)),
    ("isalnum", |vm, args| ask(vm, args, "str.isalnum", strings::is_alnum)),
    ("isascii", |vm, args| ask(vm, args, "str.isascii", str::is_ascii)),
    ("isdecimal", |vm, args| ask(vm, args, "str.isdecimal", strings::is_decimal)),
    ("isdigit", |vm, args| ask(vm, args, "str.isdigit", strings::is_digit)),
    ("isnumeric", |vm, args| ask(vm, args, "str.isnumeric", strings::is_numeric)),
    ("isidentifier", |vm, args| ask(vm, args, "str.isidentifier", strings::is_identifier)),
    ("islower", |vm, args| ask(vm, args, "str.islower", strings::is_lower_cased)),
    ("isupper", |vm, args| ask(vm, args, "str.isupper", strings::is_upper_cased)),
    ("istitle", |vm, args| ask(vm, args, "str.istitle", strings::is_title_cased)),
    ("isspace", |vm, args| ask(vm, args, "str.isspace", strings::is_whitespace)),
    ("isprintable", |vm, args| ask(vm, args, "str.isprintable", strings::is_printable)),
];

const SEARCH: &[(&str, NativeFn)] = &[
    ("find", |vm, args| {
        let at = search(vm, args, "str.find", strings::find)?;
        Ok(Value::Int(at.map_or(-1, |at| at as i64)))
    }),
    ("rfind", |vm, args| {
        let at = search(vm, args, "str.rfind", strings::rfind)?;
        Ok(Value::Int(at.map_or(-1, |at| at as i64)))
    }),
    ("index", |vm, args| match search(vm, args, "str.index", strings::find)? {
        Some(at) => Ok(Value::from(at)),
        None => Err(vm.value_error("substring not found")),
    }),
    ("rindex", |vm, args| match search(vm, args, "str.rindex", strings::rfind)? {
        Some(at) => Ok(Value::from(at)),
        None => Err(vm.value_error("substring not found")),
    }),
    ("count", |vm, args| {
        let n = search(vm, args, "str.count", |s, part, start, end| {
            Some(strings::count(s, part, start, end))
        })?;
        Ok(Value::from(n.unwrap_or(0)))
    }),
    ("startswith", |vm, args| affix(vm, args, "str.startswith", strings::starts_with)),
    ("endswith", |vm, args| affix(vm, args, "str.endswith", strings::ends_with)),
];

const PARTS: &[(&str, NativeFn)] = &[
    ("strip", |vm, args| strip(vm, args, "str.strip", strings::strip)),
    ("lstrip", |vm, args| strip(vm, args, "str.lstrip", strings::lstrip)),
    ("rstrip", |vm, args| strip(vm, args, "str.rstrip", strings::rstrip)),
    ("removeprefix", |vm, args| {
        let (this, part) = with_str(vm, args, "str.removeprefix")?;
        match text(vm, &this).strip_prefix(text(vm, &part)) {
            Some(rest) => Ok(vm.new_str(rest)),
            None => Ok(this),
        }
    }),
    ("removesuffix", |vm, args| {
        let (this, part) = with_str(vm, args, "str.removesuffix")?;
        match text(vm, &this).strip_suffix(text(vm, &part)) {
            Some(rest) => Ok(vm.new_str(rest)),
            None => Ok(this),
        }
    }),
    ("split", |vm, args| split(vm, args, "str.split", strings::split_whitespace, strings::split)),
    ("rsplit", |vm, args| {
        split(vm, args, "str.rsplit", strings::rsplit_whitespace, strings::rsplit)
    }),
    ("splitlines", splitlines),
    ("partition", |vm, args| {
        let this = this(vm, args, "str.partition", 1, 1)?;
        let sep = str_arg(vm, &args[1], "must be str, not ")?;
        let parts = strings::partition(text(vm, &this), text(vm, &sep));
        three(vm, parts.map(|(a, b, c)| [a, b, c].map(|part| vm.new_str(part))))
    }),
    ("rpartition", |vm, args| {
        let this = this(vm, args, "str.rpartition", 1, 1)?;
        let sep = str_arg(vm, &args[1], "must be str, not ")?;
        let parts = strings::rpartition(text(vm, &this), text(vm, &sep));
        three(vm, parts.map(|(a, b, c)| [a, b, c].map(|part| vm.new_str(part))))
    }),
    ("join", join),
    ("replace", replace),
    ("expandtabs", |vm, args| {
        let this = this_kw(vm, args, "str.expandtabs", 1)?;
        let size = match args.arg(1, "tabsize") {
            Some(size) => vm.index_i64(size)?,
            None => 8,
        };
        Ok(vm.new_str(strings::expand_tabs(text(vm, &this), size)))
    }),
    ("center", |vm, args| pad(vm, args, "str.center", strings::center)),
    ("ljust", |vm, args| pad(vm, args, "str.ljust", strings::ljust)),
    ("rjust", |vm, args| pad(vm, args, "str.rjust", strings::rjust)),
    ("zfill", |vm, args| {
        let this = this(vm, args, "str.zfill", 1, 1)?;
        let width = vm.index_i64(&args[1])?;
        check_width(vm, width)?;
        Ok(vm.new_str(strings::zfill(text(vm, &this), width)))
    }),
    ("translate", translate),
    ("encode", |vm, args| {
        let this = this_kw(vm, args, "str.encode", 2)?;
        let text = text(vm, &this).to_owned();
        let bytes = vm.encode("encode", &text, args.arg(1, "encoding"), args.arg(2, "errors"))?;
        Ok(vm.new_bytes(bytes))
    }),
    ("format", |vm, args| {
        let this = this_kw(vm, args, "str.format", usize::MAX)?;
        let text = text(vm, &this).to_owned();
        vm.str_format(&text, Args { pos: &args.pos[1..], kw: args.kw })
    }),
    ("format_map", |vm, args| {
        let this = this(vm, args, "str.format_map", 1, 1)?;
        let text = text(vm, &this).to_owned();
        vm.str_format_map(&text, &args[1])
    }),
];

fn is_str(vm: &Vm<'_>, value: &Value) -> bool {
    matches!(value.as_obj(vm.m), Some(Obj::Str(_)))
}

/// The text of a value that is a string.
fn text<'a>(vm: &'a Vm<'_>, value: &'a Value) -> &'a str {
    match value.as_obj(vm.m) {
        Some(Obj::Str(s)) => &s.text,
        _ => "",
    }
}

/// The string that a method is called on.
fn this(vm: &mut Vm<'_>, args: Args<'_>, method: &str, least: usize, most: usize) -> R {
    count(vm, args, method, least, most)?;
    this_of(vm, args, method)
}

/// As [`this`], of a method whose arguments may be named.
fn this_kw(vm: &mut Vm<'_>, args: Args<'_>, method: &str, most: usize) -> R {
    at_most(vm, args, method, most)?;
    this_of(vm, args, method)
}

fn this_of(vm: &mut Vm<'_>, args: Args<'_>, method: &str) -> R {
    let this = vm.unwrap(&args[0]);
    if is_str(vm, &this) { Ok(this) } else { Err(wrong_this(vm, &this, "str", method)) }
}

/// A string as an argument, or an error that starts so and ends with its type.
fn str_arg(vm: &mut Vm<'_>, arg: &Value, message: &str) -> R {
    let value = vm.unwrap(arg);
    if is_str(vm, &value) {
        return Ok(value);
    }
    let name = match arg {
        Value::None if message.contains("() argument ") => "None".to_owned(),
        _ => vm.type_name(arg),
    };
    Err(vm.type_error(format!("{message}{name}")))
}

/// This string and another.
fn with_str(vm: &mut Vm<'_>, args: Args<'_>, method: &str) -> R<(Value, Value)> {
    let this = this(vm, args, method, 1, 1)?;
    let name = method.strip_prefix("str.").unwrap_or(method);
    let other = str_arg(vm, &args[1], &format!("{name}() argument must be str, not "))?;
    Ok((this, other))
}

fn map(vm: &mut Vm<'_>, args: Args<'_>, method: &str, f: fn(&str) -> String) -> R {
    let this = this(vm, args, method, 0, 0)?;
    Ok(vm.new_str(f(text(vm, &this))))
}

fn ask(vm: &mut Vm<'_>, args: Args<'_>, method: &str, f: fn(&str) -> bool) -> R {
    let this = this(vm, args, method, 0, 0)?;
    Ok(Value::Bool(f(text(vm, &this))))
}

type Search = fn(&str, &str, Option<i64>, Option<i64>) -> Option<usize>;

fn search(vm: &mut Vm<'_>, args: Args<'_>, method: &str, f: Search) -> R<Option<usize>> {
    let this = this(vm, args, method, 1, 3)?;
    let part = str_arg(vm, &args[1], "must be str, not ")?;
    let (start, end) = (bound(vm, args.get(2))?, bound(vm, args.get(3))?);
    Ok(f(text(vm, &this), text(vm, &part), start, end))
}

type Affix = fn(&str, &str, Option<i64>, Option<i64>) -> bool;

fn affix(vm: &mut Vm<'_>, args: Args<'_>, method: &str, f: Affix) -> R {
    let this = this(vm, args, method, 1, 3)?;
    let name = method.strip_prefix("str.").unwrap_or(method);
    let (start, end) = (bound(vm, args.get(2))?, bound(vm, args.get(3))?);
    let wanted = vm.unwrap(&args[1]);
    if is_str(vm, &wanted) {
        return Ok(Value::Bool(f(text(vm, &this), text(vm, &wanted), start, end)));
    }
    if !matches!(wanted.as_obj(vm.m), Some(Obj::Tuple(_))) {
        let class = vm.type_name(&args[1]);
        let message = format!("{name} first arg must be str or a tuple of str, not {class}");
        return Err(vm.type_error(message));
    }
    for one in vm.items_of(&wanted) {
        let message = format!("tuple for {name} must only contain str, not ");
        let one = str_arg(vm, &one, &message)?;
        if f(text(vm, &this), text(vm, &one), start, end) {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

type Strip = for<'a> fn(&'a str, Option<&str>) -> &'a str;

fn strip(vm: &mut Vm<'_>, args: Args<'_>, method: &str, f: Strip) -> R {
    let this = this(vm, args, method, 0, 1)?;
    let chars = match args.get(1) {
        None | Some(Value::None) => Value::None,
        Some(chars) => {
            let chars = vm.unwrap(chars);
            if !is_str(vm, &chars) {
                let name = method.strip_prefix("str.").unwrap_or(method);
                return Err(vm.type_error(format!("{name} arg must be None or str")));
            }
            chars
        }
    };
    let whole = text(vm, &this);
    let rest = f(whole, (!chars.is_none()).then(|| text(vm, &chars)));
    if rest.len() == whole.len() {
        return Ok(this);
    }
    Ok(vm.new_str(rest))
}

type Split = for<'a> fn(&'a str, &str, i64) -> crate::text::Result<Vec<&'a str>>;
type SplitSpace = for<'a> fn(&'a str, i64) -> Vec<&'a str>;

fn split(vm: &mut Vm<'_>, args: Args<'_>, method: &str, by_space: SplitSpace, by_text: Split) -> R {
    let this = this_kw(vm, args, method, 2)?;
    let most = match args.arg(2, "maxsplit") {
        Some(most) => vm.index_i64(most)?,
        None => -1,
    };
    let sep = match args.arg(1, "sep") {
        None | Some(Value::None) => Value::None,
        Some(sep) => str_arg(vm, sep, "must be str or None, not ")?,
    };
    let whole = text(vm, &this);
    let parts = if sep.is_none() {
        Ok(by_space(whole, most))
    } else {
        by_text(whole, text(vm, &sep), most)
    };
    match parts {
        Ok(parts) => {
            let parts = parts.into_iter().map(|part| vm.new_str(part)).collect();
            Ok(vm.new_list(parts))
        }
        Err(e) => Err(vm.text_err(e)),
    }
}

fn splitlines(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = this_kw(vm, args, "str.splitlines", 1)?;
    let keep = match args.arg(1, "keepends") {
        Some(keep) => vm.truth(keep)?,
        None => false,
    };
    let lines = strings::split_lines(text(vm, &this), keep);
    let lines = lines.into_iter().map(|line| vm.new_str(line)).collect();
    Ok(vm.new_list(lines))
}

fn three(vm: &mut Vm<'_>, parts: crate::text::Result<[Value; 3]>) -> R {
    match parts {
        Ok(parts) => Ok(vm.new_tuple(parts.into())),
        Err(e) => Err(vm.text_err(e)),
    }
}

fn join(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = this(vm, args, "str.join", 1, 1)?;
    let items = match vm.collect(&args[1]) {
        Ok(items) => items,
        Err(e) if vm.is_err(&e, "TypeError") && vm.iter(&args[1]).is_err() => {
            return Err(vm.type_error("can only join an iterable"));
        }
        Err(e) => return Err(e),
    };
    if let [one] = &items[..]
        && is_str(vm, one)
    {
        return Ok(one.clone());
    }
    let mut parts = Vec::with_capacity(items.len());
    let mut bytes = 0;
    for (i, item) in items.into_iter().enumerate() {
        let part = if is_str(vm, &item) { item } else { vm.unwrap(&item) };
        if !is_str(vm, &part) {
            let name = vm.type_name(&part);
            let message = format!("sequence item {i}: expected str instance, {name} found");
            return Err(vm.type_error(message));
        }
        bytes += text(vm, &part).len();
        parts.push(part);
    }
    let sep = text(vm, &this);
    let mut joined = String::with_capacity(bytes + sep.len() * parts.len().saturating_sub(1));
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            joined.push_str(sep);
        }
        joined.push_str(text(vm, part));
    }
    Ok(vm.new_str(joined))
}

fn replace(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = this(vm, args, "str.replace", 2, 3)?;
    let old = str_arg(vm, &args[1], "replace() argument 1 must be str, not ")?;
    let new = str_arg(vm, &args[2], "replace() argument 2 must be str, not ")?;
    let most = match args.get(3) {
        Some(most) => vm.index_i64(most)?,
        None => -1,
    };
    let whole = text(vm, &this);
    let (old, new) = (text(vm, &old), text(vm, &new));
    // Of a text that stays as it is nothing new is made.
    if !old.is_empty() && !whole.contains(old) {
        return Ok(this);
    }
    Ok(vm.new_str(strings::replace(whole, old, new, most)))
}

/// No text may be so long.
fn check_width(vm: &mut Vm<'_>, width: i64) -> R<()> {
    if width > 1 << 40 { Err(vm.err("MemoryError", "")) } else { Ok(()) }
}

fn pad(vm: &mut Vm<'_>, args: Args<'_>, method: &str, f: fn(&str, i64, char) -> String) -> R {
    let this = this(vm, args, method, 1, 2)?;
    let width = vm.index_i64(&args[1])?;
    check_width(vm, width)?;
    let fill = match args.get(2) {
        None => ' ',
        Some(fill) => {
            let message = "The fill character must be a unicode character, not ";
            let fill = str_arg(vm, fill, message)?;
            let mut chars = text(vm, &fill).chars();
            match (chars.next(), chars.next()) {
                (Some(c), None) => c,
                _ => {
                    let message = "The fill character must be exactly one character long";
                    return Err(vm.type_error(message));
                }
            }
        }
    };
    Ok(vm.new_str(f(text(vm, &this), width, fill)))
}

/// `str(object, encoding, errors)`.
fn new(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let class = class_arg(vm, args, "str")?;
    at_most(vm, args, "str", 3)?;
    let builtin = vm.s.types.str.clone();
    let object = args.arg(1, "object");
    let (encoding, errors) = (args.arg(2, "encoding"), args.arg(3, "errors"));
    let made = match object {
        None => vm.new_str(""),
        Some(object) if encoding.is_none() && errors.is_none() => vm.str_value(object)?,
        Some(object) => {
            let object = vm.unwrap(object);
            match object.as_obj(vm.m) {
                Some(Obj::Bytes(_) | Obj::ByteArray(_)) => {
                    let bytes = vm.bytes_of(&object);
                    let text = vm.decode("str", &bytes, encoding, errors)?;
                    vm.new_str(text)
                }
                Some(Obj::Str(_)) => return Err(vm.type_error("decoding str is not supported")),
                _ => {
                    let name = vm.type_name(&object);
                    return Err(vm.type_error(format!(
                        "decoding to str: need a bytes-like object, {name} found"
                    )));
                }
            }
        }
    };
    Ok(instance_of(vm, &class, &builtin, made))
}

/// `str.maketrans(x, y, z)`: a dict by code points.
fn maketrans(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let table = vm.new_dict();
    match args.pos {
        [one] => {
            let one = vm.unwrap(one);
            let Some(Obj::Dict(d)) = one.as_obj(vm.m) else {
                return Err(
                    vm.type_error("if you give only one argument to maketrans it must be a dict")
                );
            };
            for (key, value) in d.entries(vm.m) {
                let (key, value) = (Value::from_ref(key, vm.m), Value::from_ref(value, vm.m));
                let key = match vm.text_of(&key) {
                    None => key,
                    Some(text) => match (text.chars().next(), text.chars().nth(1)) {
                        (Some(c), None) => Value::Int(i64::from(u32::from(c))),
                        _ => {
                            return Err(vm.value_error(
                                "string keys in translate table must be of length 1",
                            ));
                        }
                    },
                };
                dict::set(vm, &table, &key, &value)?;
            }
        }
        [from, to, rest @ ..] if rest.len() <= 1 => {
            let message = "first maketrans argument must be a string if there is a second argument";
            let Some(from) = vm.text_of(from) else { return Err(vm.type_error(message)) };
            let message = "maketrans() argument 2 must be str, not ";
            let to = str_arg(vm, to, message)?;
            let to = text(vm, &to).to_owned();
            if from.chars().count() != to.chars().count() {
                return Err(
                    vm.value_error("the first two maketrans arguments must have equal length")
                );
            }
            for (from, to) in from.chars().zip(to.chars()) {
                let (from, to) = (u32::from(from), u32::from(to));
                let to = Value::Int(i64::from(to));
                dict::set(vm, &table, &Value::Int(i64::from(from)), &to)?;
            }
            for dropped in rest {
                let message = "maketrans() argument 3 must be str, not ";
                let dropped = str_arg(vm, dropped, message)?;
                for c in text(vm, &dropped).to_owned().chars() {
                    let c = Value::Int(i64::from(u32::from(c)));
                    dict::set(vm, &table, &c, &Value::None)?;
                }
            }
        }
        pos => {
            let n = pos.len();
            let bound = if n == 0 { "at least 1 argument" } else { "at most 3 arguments" };
            return Err(vm.type_error(format!("maketrans expected {bound}, got {n}")));
        }
    }
    Ok(Value::Obj(table))
}

fn translate(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = this(vm, args, "str.translate", 1, 1)?;
    let whole = text(vm, &this).to_owned();
    // Most tables are dicts, which are asked without an exception for what they lack.
    let d = match &args[1] {
        Value::Obj(gc) if matches!(gc.get(vm.m), Obj::Dict(_)) => Some(gc.clone()),
        _ => None,
    };
    let table = args[1].clone();
    let mapped = strings::translate(&whole, |c| -> Result<Mapped, PyErr> {
        let key = Value::Int(i64::from(u32::from(c)));
        let found = match &d {
            Some(d) => dict::get(vm, d, &key)?,
            None => match vm.get_item(&table, &key) {
                Ok(found) => Some(found),
                Err(e) if vm.is_err(&e, "LookupError") => None,
                Err(e) => return Err(e),
            },
        };
        match found {
            None => Ok(Mapped::Keep),
            Some(Value::None) => Ok(Mapped::Delete),
            Some(Value::Int(n)) => match u32::try_from(n).ok().and_then(char::from_u32) {
                Some(c) => Ok(Mapped::Char(c)),
                None => Err(vm.value_error("character mapping must be in range(0x110000)")),
            },
            Some(other) => match vm.text_of(&other) {
                Some(text) => Ok(Mapped::Text(text)),
                None => {
                    let message = "character mapping must return integer, None or str";
                    Err(vm.type_error(message))
                }
            },
        }
    })?;
    Ok(vm.new_str(mapped))
}
