//! `bytes` and `bytearray`: letters, padding, hexadecimal digits, decoding.

use brc::Mutator;

use super::{bytes_like, make, this_bytes, this_bytes_kw};
use crate::object::*;
use crate::statics::{class_methods, methods, static_methods};
use crate::vm::{Args, R, Vm};

pub fn init(m: &Mutator) {
    for class in ["bytes", "bytearray"] {
        methods(m, class, METHODS);
        static_methods(m, class, &[("maketrans", maketrans)]);
    }
    class_methods(m, "bytes", &[("fromhex", |vm, args| fromhex(vm, args, false))]);
    class_methods(m, "bytearray", &[("fromhex", |vm, args| fromhex(vm, args, true))]);
}

const METHODS: &[(&str, NativeFn)] = &[
    ("upper", |vm, args| map(vm, args, "upper", |b| b.to_ascii_uppercase())),
    ("lower", |vm, args| map(vm, args, "lower", |b| b.to_ascii_lowercase())),
    ("swapcase", |vm, args| map(vm, args, "swapcase", |b| b.iter().map(swap_case).collect())),
    ("title", |vm, args| map(vm, args, "title", title)),
    ("capitalize", |vm, args| {
        map(vm, args, "capitalize", |b| {
            let mut all = b.to_ascii_lowercase();
            if let Some(first) = all.first_mut() {
                first.make_ascii_uppercase();
            }
            all
        })
    }),
    ("isalpha", |vm, args| all_are(vm, args, "isalpha", u8::is_ascii_alphabetic)),
    ("isalnum", |vm, args| all_are(vm, args, "isalnum", u8::is_ascii_alphanumeric)),
    ("isdigit", |vm, args| all_are(vm, args, "isdigit", u8::is_ascii_digit)),
    ("isspace", |vm, args| all_are(vm, args, "isspace", is_space)),
    ("isascii", |vm, args| {
        let (_, bytes) = this_bytes(vm, args, "isascii", 0, 0)?;
        Ok(Value::Bool(bytes.is_ascii()))
    }),
    ("isupper", |vm, args| cased(vm, args, "isupper", u8::is_ascii_uppercase)),
    ("islower", |vm, args| cased(vm, args, "islower", u8::is_ascii_lowercase)),
    ("istitle", |vm, args| {
        let (_, bytes) = this_bytes(vm, args, "istitle", 0, 0)?;
        let letters = bytes.iter().any(u8::is_ascii_alphabetic);
        Ok(Value::Bool(letters && title(&bytes) == bytes))
    }),
    ("strip", |vm, args| strip(vm, args, "strip", true, true)),
    ("lstrip", |vm, args| strip(vm, args, "lstrip", true, false)),
    ("rstrip", |vm, args| strip(vm, args, "rstrip", false, true)),
    ("ljust", |vm, args| pad(vm, args, "ljust", |_, _| 0)),
    ("rjust", |vm, args| pad(vm, args, "rjust", |room, _| room)),
    ("center", |vm, args| pad(vm, args, "center", |room, width| room / 2 + (room & width & 1))),
    ("zfill", zfill),
    ("expandtabs", expandtabs),
    ("hex", hex),
    ("decode", |vm, args| {
        let (_, bytes) = this_bytes_kw(vm, args, "decode", 2)?;
        let text = vm.decode("decode", &bytes, args.arg(1, "encoding"), args.arg(2, "errors"))?;
        Ok(vm.new_str(text))
    }),
];

fn is_space(b: &u8) -> bool {
    b.is_ascii_whitespace() || *b == 0x0b
}

fn swap_case(b: &u8) -> u8 {
    if b.is_ascii_lowercase() { b.to_ascii_uppercase() } else { b.to_ascii_lowercase() }
}

fn title(bytes: &[u8]) -> Vec<u8> {
    let mut in_word = false;
    let turn = |b: &u8| {
        let turned = if in_word { b.to_ascii_lowercase() } else { b.to_ascii_uppercase() };
        in_word = b.is_ascii_alphabetic();
        turned
    };
    bytes.iter().map(turn).collect()
}

fn map(vm: &mut Vm<'_>, args: Args<'_>, name: &str, f: fn(&[u8]) -> Vec<u8>) -> R {
    let (array, bytes) = this_bytes(vm, args, name, 0, 0)?;
    Ok(make(vm, array, f(&bytes)))
}

fn all_are(vm: &mut Vm<'_>, args: Args<'_>, name: &str, f: fn(&u8) -> bool) -> R {
    let (_, bytes) = this_bytes(vm, args, name, 0, 0)?;
    Ok(Value::Bool(!bytes.is_empty() && bytes.iter().all(f)))
}

/// Whether there are letters, and all are of this case.
fn cased(vm: &mut Vm<'_>, args: Args<'_>, name: &str, f: fn(&u8) -> bool) -> R {
    let (_, bytes) = this_bytes(vm, args, name, 0, 0)?;
    let mut letters = bytes.iter().filter(|b| b.is_ascii_alphabetic()).peekable();
    Ok(Value::Bool(letters.peek().is_some() && letters.all(f)))
}

fn strip(vm: &mut Vm<'_>, args: Args<'_>, name: &str, left: bool, right: bool) -> R {
    let (array, bytes) = this_bytes(vm, args, name, 0, 1)?;
    let chars = match args.get(1) {
        None | Some(Value::None) => None,
        Some(chars) => Some(bytes_like(vm, chars)?),
    };
    let goes = |b: &u8| chars.as_ref().map_or_else(|| is_space(b), |chars| chars.contains(b));
    let mut rest = &bytes[..];
    while left && rest.first().is_some_and(goes) {
        rest = &rest[1..];
    }
    while right && rest.last().is_some_and(goes) {
        rest = &rest[..rest.len() - 1];
    }
    Ok(make(vm, array, rest.to_vec()))
}

/// A width as an argument, and how much of it the bytes leave.
fn room(vm: &mut Vm<'_>, arg: &Value, len: usize) -> R<(usize, usize)> {
    let width = vm.index_i64(arg)?;
    if width > 1 << 40 {
        return Err(vm.err("MemoryError", ""));
    }
    let width = width.max(0) as usize;
    Ok((width.saturating_sub(len), width))
}

/// Pads; the function says how much of the room is at the left.
fn pad(vm: &mut Vm<'_>, args: Args<'_>, name: &str, left: fn(usize, usize) -> usize) -> R {
    let (array, bytes) = this_bytes(vm, args, name, 1, 2)?;
    let (room, width) = room(vm, &args[1], bytes.len())?;
    let fill = match args.get(2) {
        None => b' ',
        Some(fill) => match (bytes_like(vm, fill), vm.type_name(fill)) {
            (Ok(fill), _) if fill.len() == 1 => fill[0],
            (_, class) => {
                return Err(vm.type_error(format!(
                    "{name}() argument 2 must be a byte string of length 1, not {class}"
                )));
            }
        },
    };
    let left = left(room, width);
    let mut out = vec![fill; left];
    out.extend(bytes);
    out.extend(std::iter::repeat_n(fill, room - left));
    Ok(make(vm, array, out))
}

fn zfill(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let (array, bytes) = this_bytes(vm, args, "zfill", 1, 1)?;
    let (room, _) = room(vm, &args[1], bytes.len())?;
    let sign = bytes.iter().take(1).filter(|b| matches!(b, b'+' | b'-')).count();
    let mut out = bytes[..sign].to_vec();
    out.extend(std::iter::repeat_n(b'0', room));
    out.extend_from_slice(&bytes[sign..]);
    Ok(make(vm, array, out))
}

fn expandtabs(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let (array, bytes) = this_bytes_kw(vm, args, "expandtabs", 1)?;
    let size = match args.arg(1, "tabsize") {
        Some(size) => usize::try_from(vm.index_i64(size)?).unwrap_or(0),
        None => 8,
    };
    let (mut out, mut column) = (Vec::with_capacity(bytes.len()), 0);
    for b in bytes {
        match b {
            b'\t' if size == 0 => {}
            b'\t' => {
                let n = size - column % size;
                out.extend(std::iter::repeat_n(b' ', n));
                column += n;
            }
            b => {
                column = if matches!(b, b'\n' | b'\r') { 0 } else { column + 1 };
                out.push(b);
            }
        }
    }
    Ok(make(vm, array, out))
}

/// `b.hex(sep, bytes_per_sep)`: groups are counted from the right, or the left if negative.
fn hex(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let (_, bytes) = this_bytes_kw(vm, args, "hex", 2)?;
    let sep = match args.arg(1, "sep") {
        None => None,
        Some(sep) => {
            vm.len(sep)?;
            let inner = vm.unwrap(sep);
            let text = match inner.as_obj(vm.m) {
                Some(Obj::Str(text)) => text.text.to_string(),
                Some(Obj::Bytes(_) | Obj::ByteArray(_)) => {
                    vm.bytes_of(&inner).into_iter().map(char::from).collect()
                }
                _ => return Err(vm.type_error("sep must be str or bytes.")),
            };
            if text.chars().count() != 1 {
                return Err(vm.value_error("sep must be length 1."));
            }
            if !text.is_ascii() {
                return Err(vm.value_error("sep must be ASCII."));
            }
            Some(text)
        }
    };
    let group = match args.arg(2, "bytes_per_sep") {
        Some(group) => vm.index_i64(group)?,
        None => 1,
    };
    let size = usize::try_from(group.unsigned_abs()).unwrap_or(usize::MAX);
    let mut out = String::with_capacity(2 * bytes.len());
    for (i, b) in bytes.iter().enumerate() {
        let before = if group < 0 { i } else { bytes.len() - i };
        if let Some(sep) = &sep
            && i > 0
            && size != 0
            && before % size == 0
        {
            out.push_str(sep);
        }
        for digit in [b >> 4, b & 15] {
            out.extend(char::from_digit(u32::from(digit), 16));
        }
    }
    Ok(vm.new_str(out))
}

fn fromhex(vm: &mut Vm<'_>, args: Args<'_>, array: bool) -> R {
    if args.len() != 2 {
        let n = args.len().saturating_sub(1);
        let class = if array { "bytearray" } else { "bytes" };
        let message = format!("{class}.fromhex() takes exactly one argument ({n} given)");
        return Err(vm.type_error(message));
    }
    let Some(text) = vm.text_of(&args[1]) else {
        let name = vm.type_name(&args[1]);
        return Err(vm.type_error(format!("fromhex() argument must be str, not {name}")));
    };
    let (mut bytes, mut chars) = (Vec::new(), text.chars().enumerate().peekable());
    while let Some((at, c)) = chars.next() {
        if c.is_ascii_whitespace() || c == '\x0b' {
            continue;
        }
        let bad = match (c.to_digit(16), chars.next()) {
            (None, _) => at,
            (Some(high), Some((at, c))) => match c.to_digit(16) {
                Some(low) => {
                    bytes.push((high * 16 + low) as u8);
                    continue;
                }
                None => at,
            },
            (Some(_), None) => at + 1,
        };
        let message = format!("non-hexadecimal number found in fromhex() arg at position {bad}");
        return Err(vm.value_error(message));
    }
    let made = make(vm, array, bytes);
    let builtin = if array { &vm.s.types.bytearray } else { &vm.s.types.bytes };
    match args.get(0) {
        Some(Value::Obj(class)) if !brc::Gc::ptr_eq(class, builtin) => vm.call(&args[0], &[made]),
        _ => Ok(made),
    }
}

fn maketrans(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    if args.len() != 2 {
        let n = args.len();
        return Err(vm.type_error(format!("maketrans expected 2 arguments, got {n}")));
    }
    let (from, to) = (bytes_like(vm, &args[0])?, bytes_like(vm, &args[1])?);
    if from.len() != to.len() {
        return Err(vm.value_error("maketrans arguments must have same length"));
    }
    let mut table: Vec<u8> = (0..=255).collect();
    for (from, to) in from.into_iter().zip(to) {
        table[usize::from(from)] = to;
    }
    Ok(vm.new_bytes(table))
}
