//! `_json`: strings as JSON writes and reads them, and all of it for plain objects. What is
//! special, and what is wrong, is for the module that is written in Python.

use std::fmt::Write;

use super::{Entries, count, functions};
use crate::object::*;
use crate::vm::{Args, R, Vm};

mod decode;
mod encode;

pub fn fill(vm: &mut Vm<'_>) -> Entries {
    functions(
        vm.m,
        &[
            ("encode_basestring_ascii", |vm, args| encode_string(vm, args, true)),
            ("encode_basestring", |vm, args| encode_string(vm, args, false)),
            ("scanstring", scanstring),
            ("decode", decode),
            ("encode", encode),
        ],
    )
}

/// A string in quotes, with escapes for what must not be in there.
fn encode_string(vm: &mut Vm<'_>, args: Args<'_>, ascii: bool) -> R {
    count(vm, args, "encode_basestring_ascii", 1, 1)?;
    let value = vm.unwrap(&args[0]);
    let Some(Obj::Str(text)) = value.as_obj(vm.m) else {
        let name = vm.type_name(&value);
        return Err(vm.type_error(format!("first argument must be a string, not {name}")));
    };
    let mut quoted = String::with_capacity(text.text.len() + 2);
    quote(&text.text, ascii, &mut quoted);
    Ok(vm.new_str(quoted))
}

fn quote(text: &str, ascii: bool, out: &mut String) {
    out.push('"');
    let mut rest = text;
    loop {
        // Most of a text is as it is.
        let is_plain = |b: u8| match b {
            b'"' | b'\\' | 0..=31 => false,
            127.. => !ascii,
            _ => true,
        };
        let plain = rest.bytes().position(|b| !is_plain(b)).unwrap_or(rest.len());
        out.push_str(&rest[..plain]);
        let mut chars = rest[plain..].chars();
        let Some(c) = chars.next() else { break };
        rest = chars.as_str();
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x0c' => out.push_str("\\f"),
            '\x08' => out.push_str("\\b"),
            _ => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    // Writing to a string does not fail.
                    _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

/// Where the character with this number begins; the text's length if there are not so many.
fn offset_of(text: &Str, number: usize) -> usize {
    if text.is_ascii() {
        return number.min(text.text.len());
    }
    text.text.char_indices().nth(number).map_or(text.text.len(), |(at, _)| at)
}

/// `scanstring(text, begin, strict=True)`: the string whose contents begin there, and the place
/// after it.
fn scanstring(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "scanstring", 2, 3)?;
    let begin = vm.index_i64(&args[1])?;
    let strict = match args.get(2) {
        Some(strict) => vm.truth(strict)?,
        None => true,
    };
    let value = vm.unwrap(&args[0]);
    let Some(Obj::Str(text)) = value.as_obj(vm.m) else {
        let name = vm.type_name(&value);
        return Err(vm.type_error(format!("first argument must be a string, not {name}")));
    };
    let Ok(begin) = usize::try_from(begin) else {
        return Err(vm.value_error("end is out of bounds"));
    };
    let start = offset_of(text, begin);
    match scan(&text.text[start..], strict) {
        Ok((scanned, length)) => {
            let rest = &text.text[start..start + length];
            let chars = if text.is_ascii() { length } else { rest.chars().count() };
            Ok(vm.new_tuple(vec![vm.new_str(scanned), (begin + chars).into()]))
        }
        Err(what) => Err(vm.value_error(what)),
    }
}

/// What is before the quote, and how many bytes it took, with the quote.
fn scan(text: &str, strict: bool) -> Result<(String, usize), &'static str> {
    const UNTERMINATED: &str = "Unterminated string starting at";
    let mut out = String::new();
    let mut at = 0;
    loop {
        let rest = &text.as_bytes()[at..];
        let plain =
            rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..=31)).ok_or(UNTERMINATED)?;
        out.push_str(&text[at..at + plain]);
        at += plain;
        match text.as_bytes()[at] {
            b'"' => return Ok((out, at + 1)),
            b'\\' => {}
            _ if strict => return Err("Invalid control character at"),
            control => {
                out.push(control as char);
                at += 1;
                continue;
            }
        }
        let escape = *text.as_bytes().get(at + 1).ok_or(UNTERMINATED)?;
        at += 2;
        out.push(match escape {
            b'"' | b'\\' | b'/' => escape as char,
            b'b' => '\x08',
            b'f' => '\x0c',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = unit_at(text, at).ok_or("Invalid \\uXXXX escape")?;
                at += 4;
                let mut c = char::from_u32(unit);
                if (0xd800..0xdc00).contains(&unit)
                    && text[at..].starts_with("\\u")
                    && let Some(low @ 0xdc00..0xe000) = unit_at(text, at + 2)
                {
                    c = char::from_u32(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
                    at += 6;
                }
                // Half of a pair is no character here.
                c.unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return Err("Invalid \\escape"),
        });
    }
}

/// Four hexadecimal digits.
fn unit_at(text: &str, at: usize) -> Option<u32> {
    let digits = text.get(at..at + 4)?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

/// `decode(text)`: what it says, or `NotImplemented` if something is not right.
fn decode(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "decode", 1, 1)?;
    match vm.text_of(&args[0]) {
        Some(text) => Ok(decode::decode(vm, &text)?.unwrap_or(Value::NotImplemented)),
        None => Ok(Value::NotImplemented),
    }
}

/// `encode(object, ascii, allow_nan, indent, comma, colon)`: the text, or `NotImplemented` if
/// something is not plain.
fn encode(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "encode", 6, 6)?;
    let (ascii, allow_nan) = (vm.truth(&args[1])?, vm.truth(&args[2])?);
    let indent = if args[3].is_none() { None } else { Some(vm.str(&args[3])?) };
    let (comma, colon) = (vm.str(&args[4])?, vm.str(&args[5])?);
    let mut encoder =
        encode::Encoder { ascii, allow_nan, comma, colon, indent, out: String::new() };
    match encoder.value(vm, &args[0], 0) {
        Ok(()) => Ok(vm.new_str(encoder.out)),
        Err(encode::NotPlain) => Ok(Value::NotImplemented),
    }
}
