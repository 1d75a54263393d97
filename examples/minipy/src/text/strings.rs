//! The string methods of Python that only need text. Positions and widths count characters.

use super::number::is_space;
use super::repr::{push_escape, str_is_printable};
use super::{FormatError, in_table, tables};
use std::borrow::Cow;
use std::fmt;

/// The number of characters, as `len` counts.
pub fn char_len(s: &str) -> usize {
    if s.is_ascii() { s.len() } else { s.chars().count() }
}

/// The byte where the character at an index starts; the end of the text where there is none.
pub fn char_to_byte(s: &str, index: usize) -> usize {
    if s.is_ascii() {
        return index.min(s.len());
    }
    s.char_indices().nth(index).map_or(s.len(), |(at, _)| at)
}

/// The text between two character indices that are in range already.
pub fn char_slice(s: &str, start: usize, end: usize) -> &str {
    let from = char_to_byte(s, start);
    let to = from + char_to_byte(&s[from..], end.saturating_sub(start));
    &s[from..to]
}

/// Slice bounds of a method made absolute: negative ones count from the end. `None` where the start lies
/// beyond the end of the text or of the slice, where not even an empty text is found.
fn window(s: &str, start: Option<i64>, end: Option<i64>) -> Option<(usize, &str)> {
    let (start, end) = (start.unwrap_or(0), end.unwrap_or(i64::MAX));
    if start == 0 && end == i64::MAX {
        return Some((0, s));
    }
    let length = char_len(s) as i64;
    let absolute = |index: i64| if index < 0 { (index + length).max(0) } else { index };
    let (start, end) = (absolute(start), absolute(end.min(length)));
    (start <= end).then(|| (start as usize, char_slice(s, start as usize, end as usize)))
}

/// `s.find(sub, start, end)`, as an index.
pub fn find(s: &str, sub: &str, start: Option<i64>, end: Option<i64>) -> Option<usize> {
    let (offset, slice) = window(s, start, end)?;
    slice.find(sub).map(|at| offset + char_len(&slice[..at]))
}

/// `s.rfind(sub, start, end)`, as an index.
pub fn rfind(s: &str, sub: &str, start: Option<i64>, end: Option<i64>) -> Option<usize> {
    let (offset, slice) = window(s, start, end)?;
    slice.rfind(sub).map(|at| offset + char_len(&slice[..at]))
}

/// `s.count(sub, start, end)`.
pub fn count(s: &str, sub: &str, start: Option<i64>, end: Option<i64>) -> usize {
    match window(s, start, end) {
        None => 0,
        Some((_, slice)) if sub.is_empty() => char_len(slice) + 1,
        Some((_, slice)) => slice.matches(sub).count(),
    }
}

/// `s.startswith(prefix, start, end)`.
pub fn starts_with(s: &str, prefix: &str, start: Option<i64>, end: Option<i64>) -> bool {
    window(s, start, end).is_some_and(|(_, slice)| slice.starts_with(prefix))
}

/// `s.endswith(suffix, start, end)`.
pub fn ends_with(s: &str, suffix: &str, start: Option<i64>, end: Option<i64>) -> bool {
    window(s, start, end).is_some_and(|(_, slice)| slice.ends_with(suffix))
}

/// The number of splits that are allowed; negative means any number.
fn limit(maxsplit: i64) -> usize {
    usize::try_from(maxsplit).unwrap_or(usize::MAX)
}

/// `s.split(None, maxsplit)`.
pub fn split_whitespace(s: &str, maxsplit: i64) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = s.trim_start_matches(is_space);
    while !rest.is_empty() {
        if parts.len() == limit(maxsplit) {
            parts.push(rest);
            break;
        }
        let (part, after) = rest.split_at(rest.find(is_space).unwrap_or(rest.len()));
        parts.push(part);
        rest = after.trim_start_matches(is_space);
    }
    parts
}

/// `s.rsplit(None, maxsplit)`.
pub fn rsplit_whitespace(s: &str, maxsplit: i64) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = s.trim_end_matches(is_space);
    while !rest.is_empty() {
        if parts.len() == limit(maxsplit) {
            parts.push(rest);
            break;
        }
        let start = rest.char_indices().rev().find(|&(_, c)| is_space(c));
        let (before, part) = rest.split_at(start.map_or(0, |(at, c)| at + c.len_utf8()));
        parts.push(part);
        rest = before.trim_end_matches(is_space);
    }
    parts.reverse();
    parts
}

fn empty_separator() -> FormatError {
    FormatError::value("empty separator")
}

/// `s.split(sep, maxsplit)`.
pub fn split<'a>(s: &'a str, sep: &str, maxsplit: i64) -> super::Result<Vec<&'a str>> {
    if sep.is_empty() {
        return Err(empty_separator());
    }
    Ok(s.splitn(limit(maxsplit).saturating_add(1), sep).collect())
}

/// `s.rsplit(sep, maxsplit)`.
pub fn rsplit<'a>(s: &'a str, sep: &str, maxsplit: i64) -> super::Result<Vec<&'a str>> {
    if sep.is_empty() {
        return Err(empty_separator());
    }
    let mut parts: Vec<_> = s.rsplitn(limit(maxsplit).saturating_add(1), sep).collect();
    parts.reverse();
    Ok(parts)
}

/// `s.splitlines(keepends)`.
pub fn split_lines(s: &str, keepends: bool) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = s;
    let breaks =
        |c| matches!(c, '\n'..='\r' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}');
    while let Some(at) = rest.find(breaks) {
        let after = &rest[at..];
        let width = if after.starts_with("\r\n") {
            2
        } else {
            after.chars().next().map_or(1, char::len_utf8)
        };
        lines.push(&rest[..if keepends { at + width } else { at }]);
        rest = &after[width..];
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}

/// `s.partition(sep)`.
pub fn partition<'a>(s: &'a str, sep: &str) -> super::Result<(&'a str, &'a str, &'a str)> {
    if sep.is_empty() {
        return Err(empty_separator());
    }
    Ok(match s.find(sep) {
        Some(at) => (&s[..at], &s[at..at + sep.len()], &s[at + sep.len()..]),
        None => (s, "", ""),
    })
}

/// `s.rpartition(sep)`.
pub fn rpartition<'a>(s: &'a str, sep: &str) -> super::Result<(&'a str, &'a str, &'a str)> {
    if sep.is_empty() {
        return Err(empty_separator());
    }
    Ok(match s.rfind(sep) {
        Some(at) => (&s[..at], &s[at..at + sep.len()], &s[at + sep.len()..]),
        None => ("", "", s),
    })
}

/// `s.strip(chars)`; without characters, of whitespace.
pub fn strip<'a>(s: &'a str, chars: Option<&str>) -> &'a str {
    lstrip(rstrip(s, chars), chars)
}

/// `s.lstrip(chars)`.
pub fn lstrip<'a>(s: &'a str, chars: Option<&str>) -> &'a str {
    match chars {
        None => s.trim_start_matches(is_space),
        Some(chars) => s.trim_start_matches(|c| chars.contains(c)),
    }
}

/// `s.rstrip(chars)`.
pub fn rstrip<'a>(s: &'a str, chars: Option<&str>) -> &'a str {
    match chars {
        None => s.trim_end_matches(is_space),
        Some(chars) => s.trim_end_matches(|c| chars.contains(c)),
    }
}

/// `s.replace(old, new, count)`; a negative count replaces all.
pub fn replace(s: &str, old: &str, new: &str, count: i64) -> String {
    // An empty `old` is found before every character and at the end, by Rust as by Python.
    s.replacen(old, new, limit(count))
}

/// `s.expandtabs(tabsize)`.
pub fn expand_tabs(s: &str, tabsize: i64) -> String {
    let tabsize = usize::try_from(tabsize).unwrap_or(0);
    let mut out = String::with_capacity(s.len());
    let mut column = 0;
    for c in s.chars() {
        if c == '\t' {
            if tabsize > 0 {
                let spaces = tabsize - column % tabsize;
                out.extend(std::iter::repeat_n(' ', spaces));
                column += spaces;
            }
            continue;
        }
        out.push(c);
        column = if matches!(c, '\n' | '\r') { 0 } else { column + 1 };
    }
    out
}

fn padded(s: &str, left: usize, right: usize, fill: char) -> String {
    let mut out = String::with_capacity(s.len() + (left + right) * fill.len_utf8());
    out.extend(std::iter::repeat_n(fill, left));
    out.push_str(s);
    out.extend(std::iter::repeat_n(fill, right));
    out
}

fn missing(s: &str, width: i64) -> usize {
    usize::try_from(width).unwrap_or(0).saturating_sub(char_len(s))
}

/// `s.center(width, fill)`.
pub fn center(s: &str, width: i64, fill: char) -> String {
    let padding = missing(s, width);
    // Which side an odd one goes to depends on the width, in CPython.
    let left = padding / 2 + if padding & 1 == 1 && width & 1 == 1 { 1 } else { 0 };
    padded(s, left, padding - left, fill)
}

/// `s.ljust(width, fill)`.
pub fn ljust(s: &str, width: i64, fill: char) -> String {
    padded(s, 0, missing(s, width), fill)
}

/// `s.rjust(width, fill)`.
pub fn rjust(s: &str, width: i64, fill: char) -> String {
    padded(s, missing(s, width), 0, fill)
}

/// `s.zfill(width)`.
pub fn zfill(s: &str, width: i64) -> String {
    let zeros = "0".repeat(missing(s, width));
    let sign = if s.starts_with(['+', '-']) { 1 } else { 0 };
    format!("{}{zeros}{}", &s[..sign], &s[sign..])
}

/// Whether the character is of title case: one letter that shows a capital and a small one.
fn is_title(c: char) -> bool {
    matches!(c, '\u{1c5}' | '\u{1c8}' | '\u{1cb}' | '\u{1f2}')
        || (matches!(c, '\u{1f88}'..='\u{1faf}') && c as u32 & 8 != 0)
        || matches!(c, '\u{1fbc}' | '\u{1fcc}' | '\u{1ffc}')
}

fn push_title(out: &mut String, c: char) {
    match c {
        // Georgian has capitals, but no titles.
        '\u{10d0}'..='\u{10ff}' => out.push(c),
        '\u{1f80}'..='\u{1faf}' => out.push(char::from_u32(c as u32 | 8).unwrap_or(c)),
        c if c.is_ascii() => out.push(c.to_ascii_uppercase()),
        c => match tables::TITLE.binary_search_by_key(&c, |&(from, _)| from) {
            Ok(at) => out.push_str(tables::TITLE[at].1),
            Err(_) => out.extend(c.to_uppercase()),
        },
    }
}

/// The small form of every sigma in the text, in order: it is another one at the end of a word.
fn sigmas(s: &str) -> std::vec::IntoIter<char> {
    let small = if s.contains('Σ') { s.to_lowercase() } else { String::new() };
    let mut lowered = small.chars();
    let mut found = Vec::new();
    if !small.is_empty() {
        for c in s.chars() {
            let first = lowered.next();
            lowered.by_ref().take(c.to_lowercase().count() - 1).for_each(drop);
            if c == 'Σ' {
                found.extend(first);
            }
        }
    }
    found.into_iter()
}

fn push_lower(out: &mut String, c: char, sigmas: &mut std::vec::IntoIter<char>) {
    match c {
        'Σ' => out.push(sigmas.next().unwrap_or('σ')),
        c => out.extend(c.to_lowercase()),
    }
}

/// `s.lower()`.
pub fn lower(s: &str) -> String {
    s.to_lowercase()
}

/// `s.upper()`.
pub fn upper(s: &str) -> String {
    s.to_uppercase()
}

/// `s.title()`.
pub fn title(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    let mut sigmas = sigmas(s);
    let mut in_word = false;
    for c in s.chars() {
        if in_word {
            push_lower(&mut out, c, &mut sigmas);
        } else {
            if c == 'Σ' {
                sigmas.next();
            }
            push_title(&mut out, c);
        }
        in_word = c.is_lowercase() || c.is_uppercase() || is_title(c);
    }
    out
}

/// `s.capitalize()`.
pub fn capitalize(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    let mut sigmas = sigmas(s);
    for (at, c) in s.chars().enumerate() {
        if at > 0 {
            push_lower(&mut out, c, &mut sigmas);
        } else {
            if c == 'Σ' {
                sigmas.next();
            }
            push_title(&mut out, c);
        }
    }
    out
}

/// `s.swapcase()`.
pub fn swapcase(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    let mut sigmas = sigmas(s);
    for c in s.chars() {
        if c.is_uppercase() {
            push_lower(&mut out, c, &mut sigmas);
        } else if c.is_lowercase() {
            out.extend(c.to_uppercase());
        } else {
            out.push(c);
        }
    }
    out
}

/// `s.casefold()`, by way of upper and lower case: right but for a few rare letters.
pub fn casefold(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        match c {
            c if c.is_ascii() => out.push(c.to_ascii_lowercase()),
            'ı' => out.push(c),
            // Cherokee folds to its capitals, which came first.
            '\u{13a0}'..='\u{13fd}' | '\u{ab70}'..='\u{abbf}' => out.extend(c.to_uppercase()),
            c => out
                .extend(c.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase)),
        }
    }
    out
}

/// `s.istitle()`.
pub fn is_title_cased(s: &str) -> bool {
    let (mut in_word, mut any) = (false, false);
    for c in s.chars() {
        if c.is_uppercase() || is_title(c) {
            if in_word {
                return false;
            }
            (in_word, any) = (true, true);
        } else if c.is_lowercase() {
            if !in_word {
                return false;
            }
            any = true;
        } else {
            in_word = false;
        }
    }
    any
}

/// `s.isupper()`.
pub fn is_upper_cased(s: &str) -> bool {
    s.chars().any(char::is_uppercase) && !s.chars().any(|c| c.is_lowercase() || is_title(c))
}

/// `s.islower()`.
pub fn is_lower_cased(s: &str) -> bool {
    s.chars().any(char::is_lowercase) && !s.chars().any(|c| c.is_uppercase() || is_title(c))
}

fn all(s: &str, test: impl Fn(char) -> bool) -> bool {
    !s.is_empty() && s.chars().all(test)
}

/// `s.isspace()`.
pub fn is_whitespace(s: &str) -> bool {
    all(s, is_space)
}

/// `s.isdecimal()`.
pub fn is_decimal(s: &str) -> bool {
    all(s, |c| c.is_ascii_digit() || (!c.is_ascii() && in_table(tables::DECIMAL, c)))
}

/// `s.isdigit()`.
pub fn is_digit(s: &str) -> bool {
    all(s, |c| c.is_ascii_digit() || (!c.is_ascii() && in_table(tables::DIGIT, c)))
}

fn is_numeric_char(c: char) -> bool {
    c.is_ascii_digit() || (!c.is_ascii() && in_table(tables::NUMERIC, c))
}

/// `s.isnumeric()`.
pub fn is_numeric(s: &str) -> bool {
    all(s, is_numeric_char)
}

fn is_letter(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphabetic() } else { in_table(tables::ALPHABETIC, c) }
}

/// `s.isalpha()`.
pub fn is_alpha(s: &str) -> bool {
    all(s, is_letter)
}

/// `s.isalnum()`.
pub fn is_alnum(s: &str) -> bool {
    all(s, |c| is_letter(c) || is_numeric_char(c))
}

/// `s.isprintable()`.
pub fn is_printable(s: &str) -> bool {
    s.chars().all(str_is_printable)
}

/// `s.isidentifier()`.
pub fn is_identifier(s: &str) -> bool {
    let start = |c: char| {
        if c.is_ascii() {
            return c.is_ascii_alphabetic() || c == '_';
        }
        (is_letter(c) && !in_table(tables::ID_NOT_START, c)) || in_table(tables::ID_START, c)
    };
    let mut chars = s.chars();
    chars.next().is_some_and(start)
        && chars.all(|c| {
            start(c)
                || if c.is_ascii() { c.is_ascii_digit() } else { in_table(tables::ID_EXTEND, c) }
        })
}

/// What a translation table makes of a character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mapped {
    /// It stays: the table lacks it.
    Keep,
    /// It goes: the table has `None`.
    Delete,
    /// It becomes another character.
    Char(char),
    /// It becomes a text.
    Text(String),
}

/// `s.translate(table)`, with the look-up in the table as a function that may fail.
pub fn translate<E>(s: &str, mut map: impl FnMut(char) -> Result<Mapped, E>) -> Result<String, E> {
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        match map(c)? {
            Mapped::Keep => out.push(c),
            Mapped::Delete => {}
            Mapped::Char(other) => out.push(other),
            Mapped::Text(text) => out.push_str(&text),
        }
    }
    Ok(out)
}

/// An encoding that is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// UTF-8.
    Utf8,
    /// ASCII.
    Ascii,
    /// Latin-1: the first 256 code points.
    Latin1,
}

impl Codec {
    /// The encoding of a name, in any of the usual spellings; `None` for one that is not known, which is
    /// a `LookupError` ("unknown encoding: ...").
    pub fn lookup(name: &str) -> Option<Codec> {
        match name.to_ascii_lowercase().replace(['-', ' '], "_").as_str() {
            "utf_8" | "utf8" | "u8" | "utf" | "cp65001" => Some(Codec::Utf8),
            "ascii" | "us_ascii" | "646" => Some(Codec::Ascii),
            "latin_1" | "latin1" | "latin" | "l1" | "iso_8859_1" | "iso8859_1" | "8859"
            | "cp819" => Some(Codec::Latin1),
            _ => None,
        }
    }

    /// The name that the messages use.
    pub fn name(self) -> &'static str {
        match self {
            Codec::Utf8 => "utf-8",
            Codec::Ascii => "ascii",
            Codec::Latin1 => "latin-1",
        }
    }
}

/// What to do with what an encoding cannot hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorMode {
    /// Fail.
    Strict,
    /// Leave it out.
    Ignore,
    /// Put a question mark, or U+FFFD, in its place.
    Replace,
    /// Put an escape with a backslash in its place.
    BackslashReplace,
    /// Put an XML character reference in its place; for encoding only.
    XmlCharRefReplace,
}

impl ErrorMode {
    /// The mode of a name; `None` for one that is not known, which is a `LookupError` ("unknown error
    /// handler name '...'") once it is needed.
    pub fn lookup(name: &str) -> Option<ErrorMode> {
        match name {
            "strict" => Some(ErrorMode::Strict),
            "ignore" => Some(ErrorMode::Ignore),
            "replace" => Some(ErrorMode::Replace),
            "backslashreplace" => Some(ErrorMode::BackslashReplace),
            "xmlcharrefreplace" => Some(ErrorMode::XmlCharRefReplace),
            _ => None,
        }
    }
}

/// A `UnicodeEncodeError` or `UnicodeDecodeError`; prints as its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodecError {
    /// The name of the encoding.
    pub encoding: &'static str,
    /// Whether bytes were decoded, rather than text encoded.
    pub decoding: bool,
    /// Where the fault starts: in bytes when decoding, in characters when encoding.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// The byte or the code point at the start.
    pub code: u32,
    /// What is wrong.
    pub reason: &'static str,
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CodecError { encoding, start, end, reason, code, .. } = self;
        let last = end.saturating_sub(1);
        let (verb, noun) = if self.decoding { ("decode", "byte") } else { ("encode", "character") };
        write!(f, "'{encoding}' codec can't {verb} {noun}")?;
        if end - start != 1 {
            return write!(f, "s in position {start}-{last}: {reason}");
        }
        if self.decoding {
            write!(f, " 0x{code:02x}")?;
        } else {
            let mut escape = String::new();
            push_escape(&mut escape, *code);
            write!(f, " '{escape}'")?;
        }
        write!(f, " in position {start}: {reason}")
    }
}

impl std::error::Error for CodecError {}

/// `s.encode(encoding, errors)`.
pub fn encode(s: &str, codec: Codec, mode: ErrorMode) -> Result<Vec<u8>, CodecError> {
    let (limit, reason) = match codec {
        Codec::Utf8 => return Ok(s.as_bytes().to_vec()),
        Codec::Ascii => (0x80, "ordinal not in range(128)"),
        Codec::Latin1 => (0x100, "ordinal not in range(256)"),
    };
    let mut out = Vec::with_capacity(s.len());
    for (at, c) in s.chars().enumerate() {
        let code = c as u32;
        if code < limit {
            out.push(code as u8);
            continue;
        }
        match mode {
            ErrorMode::Strict => {
                let run = s.chars().skip(at).take_while(|&c| c as u32 >= limit).count();
                let (start, end) = (at, at + run);
                let encoding = codec.name();
                return Err(CodecError { encoding, decoding: false, start, end, code, reason });
            }
            ErrorMode::Ignore => {}
            ErrorMode::Replace => out.push(b'?'),
            ErrorMode::BackslashReplace => {
                let mut escape = String::new();
                push_escape(&mut escape, code);
                out.extend(escape.bytes());
            }
            ErrorMode::XmlCharRefReplace => out.extend(format!("&#{code};").bytes()),
        }
    }
    Ok(out)
}

/// `b.decode(encoding, errors)`; a mode that is for encoding only acts as strict.
pub fn decode(bytes: &[u8], codec: Codec, mode: ErrorMode) -> Result<String, CodecError> {
    let mut out = String::with_capacity(bytes.len());
    let mut at = 0;
    if codec == Codec::Latin1 {
        out.extend(bytes.iter().map(|&b| char::from(b)));
        return Ok(out);
    }
    while at < bytes.len() {
        let (good, width, reason) = match codec {
            Codec::Utf8 => utf8_prefix(&bytes[at..]),
            _ => {
                let good = bytes[at..].iter().take_while(|b| b.is_ascii()).count();
                let width = usize::from(at + good < bytes.len());
                let text = String::from_utf8_lossy(&bytes[at..at + good]);
                (text, width, "ordinal not in range(128)")
            }
        };
        out.push_str(&good);
        at += good.len();
        if width == 0 {
            break;
        }
        match mode {
            ErrorMode::Ignore => {}
            ErrorMode::Replace => out.push(char::REPLACEMENT_CHARACTER),
            ErrorMode::BackslashReplace => {
                bytes[at..at + width].iter().for_each(|&b| push_escape(&mut out, b.into()));
            }
            ErrorMode::Strict | ErrorMode::XmlCharRefReplace => {
                return Err(CodecError {
                    encoding: codec.name(),
                    decoding: true,
                    start: at,
                    end: at + width,
                    code: bytes[at].into(),
                    reason,
                });
            }
        }
        at += width;
    }
    Ok(out)
}

/// The longest start that is UTF-8, how many bytes are wrong behind it, and what is wrong with them.
fn utf8_prefix(bytes: &[u8]) -> (Cow<'_, str>, usize, &'static str) {
    let error = match str::from_utf8(bytes) {
        Ok(text) => return (Cow::Borrowed(text), 0, ""),
        Err(error) => error,
    };
    let (good, bad) = bytes.split_at(error.valid_up_to());
    let good = String::from_utf8_lossy(good);
    match error.error_len() {
        None => (good, bad.len(), "unexpected end of data"),
        Some(width) if matches!(bad[0], 0xc2..=0xf4) => (good, width, "invalid continuation byte"),
        Some(width) => (good, width, "invalid start byte"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions() {
        assert_eq!(find("añbañb", "b", Some(3), None), Some(5));
        assert_eq!(rfind("añbañb", "ñ", None, Some(-1)), Some(4));
        assert_eq!(find("abc", "", Some(3), None), Some(3));
        assert_eq!(find("abc", "", Some(4), None), None);
        assert_eq!(count("abc", "", None, None), 4);
        assert_eq!(count("aaaa", "aa", Some(1), None), 1);
        assert!(starts_with("abc", "b", Some(-2), None));
        assert!(!ends_with("abc", "", Some(4), None));
        assert_eq!(char_slice("añb", 1, 2), "ñ");
    }

    #[test]
    fn splitting() {
        assert_eq!(split_whitespace("  a b  c ", -1), ["a", "b", "c"]);
        assert_eq!(split_whitespace("  a b  c ", 1), ["a", "b  c "]);
        assert_eq!(rsplit_whitespace("  a b  c ", 1), ["  a b", "c"]);
        assert_eq!(split("a,b,,c", ",", 2).ok(), Some(vec!["a", "b", ",c"]));
        assert_eq!(rsplit("a,b,,c", ",", 1).ok(), Some(vec!["a,b,", "c"]));
        assert_eq!(split("", ",", -1).ok(), Some(vec![""]));
        assert_eq!(split("a", "", -1), Err(FormatError::value("empty separator")));
        assert_eq!(split_lines("a\r\nb\n\nc\u{2028}", false), ["a", "b", "", "c"]);
        assert_eq!(split_lines("a\r\nb", true), ["a\r\n", "b"]);
        assert_eq!(partition("a=b=c", "="), Ok(("a", "=", "b=c")));
        assert_eq!(rpartition("abc", "="), Ok(("", "", "abc")));
        assert_eq!(strip("xxaxx", Some("x")), "a");
        assert_eq!(strip("\x1c a \n", None), "a");
    }

    #[test]
    fn shaping() {
        assert_eq!(center("ab", 5, '*'), "**ab*");
        assert_eq!(center("a", 4, '*'), "*a**");
        assert_eq!(zfill("-5", 4), "-005");
        assert_eq!(replace("abc", "", "-", -1), "-a-b-c-");
        assert_eq!(replace("aaa", "a", "b", 2), "bba");
        assert_eq!(expand_tabs("a\tb\n\tc", 4), "a   b\n    c");
        assert_eq!(title("they're ΟΔΟΣ ßa ǆ"), "They'Re Οδος Ssa ǅ");
        assert_eq!(capitalize("hELLO ΑΣ"), "Hello ας");
        assert_eq!(swapcase("aBß"), "AbSS");
        assert_eq!(casefold("Straße"), "strasse");
        assert!(is_title_cased("Ab Cd") && !is_title_cased("AB"));
        let mapped = translate("abc", |c| {
            Ok::<_, ()>(match c {
                'a' => Mapped::Delete,
                'b' => Mapped::Text("xy".to_owned()),
                _ => Mapped::Keep,
            })
        });
        assert_eq!(mapped.as_deref(), Ok("xyc"));
    }

    #[test]
    fn classes() {
        assert!(is_identifier("é_1") && !is_identifier("1a") && !is_identifier(""));
        assert!(is_digit("²") && !is_decimal("²") && is_numeric("½") && !is_digit("½"));
        assert!(is_upper_cased("A1") && !is_upper_cased("1") && is_lower_cased("a1"));
        assert!(is_alpha("é") && is_alnum("é1") && !is_alpha("") && is_printable(""));
    }

    #[test]
    fn codecs() {
        let decoded = |bytes: &[u8], codec| match decode(bytes, codec, ErrorMode::Strict) {
            Ok(text) => text,
            Err(error) => error.to_string(),
        };
        let head = "'utf-8' codec can't decode byte";
        assert_eq!(
            decoded(b"\xff", Codec::Utf8),
            format!("{head} 0xff in position 0: invalid start byte")
        );
        assert_eq!(
            decoded(b"a\xe9b", Codec::Utf8),
            format!("{head} 0xe9 in position 1: invalid continuation byte")
        );
        assert_eq!(
            decoded(b"\xf0\x9f", Codec::Utf8),
            format!("{head}s in position 0-1: unexpected end of data")
        );
        assert_eq!(decoded(b"a\xe9", Codec::Latin1), "aé");
        assert_eq!(
            decode(b"a\xff\xfeb", Codec::Utf8, ErrorMode::Replace).as_deref(),
            Ok("a\u{fffd}\u{fffd}b")
        );
        let encoded = encode("aéü", Codec::Ascii, ErrorMode::Strict).map_err(|e| e.to_string());
        assert_eq!(
            encoded.err().as_deref(),
            Some(
                "'ascii' codec can't encode characters in position 1-2: ordinal not in range(128)"
            )
        );
        assert_eq!(encode("a€", Codec::Latin1, ErrorMode::Replace).as_deref(), Ok(&b"a?"[..]));
        assert_eq!(Codec::lookup("UTF-8"), Some(Codec::Utf8));
    }
}
