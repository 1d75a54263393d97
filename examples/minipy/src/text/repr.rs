//! How Python's `repr` writes floats, strings and bytes.

use super::{in_table, tables};
use std::fmt::Write;

/// `repr` of a float: the shortest digits that read back as the same number.
pub fn float_repr(x: f64) -> String {
    if x.is_nan() {
        return "nan".to_owned();
    }
    if x.is_infinite() {
        return if x < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    let size = x.abs();
    if x == x.trunc() && size < 1e16 {
        // Whole and short of the exponent form.
        return format!("{x:.1}");
    }
    if (1e-4..1e16).contains(&size) {
        let text = format!("{x}");
        let places = text.len() - text.find('.').map_or(0, |at| at + 1);
        return if tie_possible(&text) { even_tie(text, format!("{x:.places$}"), x) } else { text };
    }
    let text = shortest_exponential(x);
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    match exponent.strip_prefix('-') {
        Some(exponent) => format!("{digits}e-{exponent:0>2}"),
        None => format!("{digits}e+{exponent:0>2}"),
    }
}

/// The shortest digits of a finite float in Rust's form with an exponent.
pub(crate) fn shortest_exponential(x: f64) -> String {
    let text = format!("{x:e}");
    let digits = text.split_once('e').map_or(text.as_str(), |(digits, _)| digits);
    if !tie_possible(digits) {
        return text;
    }
    let places = digits.len() - digits.find('.').map_or(0, |at| at + 1);
    even_tie(text, format!("{x:.places$e}"), x)
}

/// Whether the exact value may lie halfway between these digits and others as short, of which Python takes
/// the even ones. Below 16 digits no two decimals are the same float.
fn tie_possible(digits: &str) -> bool {
    let odd = digits.bytes().next_back().is_some_and(|digit| digit & 1 == 1);
    odd && digits.trim_start_matches(['-', '0', '.']).len() >= 16
}

/// Takes the digits that are rounded to even, where they still read back as the number.
fn even_tie(shortest: String, rounded: String, x: f64) -> String {
    if rounded.parse() == Ok(x) { rounded } else { shortest }
}

/// Whether `repr` shows the character as itself.
pub fn str_is_printable(c: char) -> bool {
    if c.is_ascii() { matches!(c, ' '..='~') } else { !in_table(tables::UNPRINTABLE, c) }
}

/// Double quotes only where the text has a single one and no double one.
fn choose_quote(single: bool, double: bool) -> char {
    if single && !double { '"' } else { '\'' }
}

/// Writes `\xNN`, `\uNNNN` or `\UNNNNNNNN`, the shortest that holds the code point.
pub(crate) fn push_escape(out: &mut String, code: u32) {
    let written = match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
    debug_assert!(written.is_ok());
}

fn quoted(s: &str, plain: impl Fn(char) -> bool) -> String {
    let quote = choose_quote(s.contains('\''), s.contains('"'));
    let mut out = String::with_capacity(s.len() + 2);
    out.push(quote);
    for c in s.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if plain(c) => out.push(c),
            c => push_escape(&mut out, c as u32),
        }
    }
    out.push(quote);
    out
}

/// `repr` of a string.
pub fn str_repr(s: &str) -> String {
    quoted(s, str_is_printable)
}

/// `ascii` of a string: its `repr` with everything beyond ASCII escaped.
pub fn ascii_repr(s: &str) -> String {
    quoted(s, |c| matches!(c, ' '..='~'))
}

/// Escapes what is beyond ASCII in a text that is a `repr` already, which is how `ascii` treats objects.
pub fn ascii_escape(repr: &str) -> String {
    let mut out = String::with_capacity(repr.len());
    for c in repr.chars() {
        if c.is_ascii() { out.push(c) } else { push_escape(&mut out, c as u32) }
    }
    out
}

/// `repr` of a bytes object.
pub fn bytes_repr(bytes: &[u8]) -> String {
    let quote = choose_quote(bytes.contains(&b'\''), bytes.contains(&b'"'));
    let mut out = String::with_capacity(bytes.len() + 3);
    out.push('b');
    out.push(quote);
    for &byte in bytes {
        match byte {
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b'\\' => out.push_str("\\\\"),
            _ if char::from(byte) == quote => {
                out.push('\\');
                out.push(quote);
            }
            b' '..=b'~' => out.push(char::from(byte)),
            _ => push_escape(&mut out, u32::from(byte)),
        }
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats() {
        for (x, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.5e16, "1.5e+16"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (1e100, "1e+100"),
            (5e-324, "5e-324"),
            (0.1 + 0.2, "0.30000000000000004"),
            // Exact values halfway between two shortest forms.
            (2f64.powi(-24) * 10.0, "5.960464477539062e-07"),
            (433.0 * 2f64.powi(-21), "0.00020647048950195312"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(float_repr(x), text);
        }
        assert_eq!(float_repr(f64::NAN), "nan");
    }

    #[test]
    fn strings() {
        assert_eq!(str_repr("it's"), "\"it's\"");
        assert_eq!(str_repr("it's \"so\""), "'it\\'s \"so\"'");
        assert_eq!(str_repr("a\n\t\\\x00\x7f\u{a0}é\u{200b}\u{e000}"), {
            "'a\\n\\t\\\\\\x00\\x7f\\xa0é\\u200b\\ue000'"
        });
        assert_eq!(str_repr("\u{10ffff}"), "'\\U0010ffff'");
        assert_eq!(ascii_repr("é€😀"), "'\\xe9\\u20ac\\U0001f600'");
        assert_eq!(ascii_escape("['é']"), "['\\xe9']");
        assert_eq!(bytes_repr(b"a'\n\xff\x00"), "b\"a'\\n\\xff\\x00\"");
    }
}
