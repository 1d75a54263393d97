//! The format mini-language: what follows the colon in `f"{x:>10.3f}"`, and `format(x, spec)`.

use super::number::bigint_to_f64;
use super::repr::{float_repr, shortest_exponential};
use super::{FormatError, Result, decimal_value};
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};

/// Where the text goes in a field that is wider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// `<`: at the left.
    Left,
    /// `>`: at the right.
    Right,
    /// `^`: in the middle.
    Center,
    /// `=`: at the right, but with the sign at the left.
    AfterSign,
}

/// What a number that is not negative starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// `-`: nothing, and saying so is still a sign option.
    Minus,
    /// `+`: a plus.
    Plus,
    /// A space.
    Space,
}

/// A format specifier, read but not yet matched with the type of a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spec {
    /// The character that pads, where one was given before the alignment.
    pub fill: Option<char>,
    /// The alignment, where one was given.
    pub align: Option<Align>,
    /// The sign option.
    pub sign: Option<Sign>,
    /// `z`: a negative zero loses its sign.
    pub no_negative_zero: bool,
    /// `#`: the alternate form.
    pub alternate: bool,
    /// `0` before the width: zeros pad, after the sign.
    pub zero: bool,
    /// The smallest width in characters.
    pub width: Option<usize>,
    /// What separates groups of digits: `,` or `_`.
    pub grouping: Option<char>,
    /// The precision.
    pub precision: Option<usize>,
    /// The presentation type.
    pub kind: Option<char>,
}

impl Spec {
    /// Whether nothing was asked for, so that the value prints as `str` prints it.
    pub fn is_empty(&self) -> bool {
        *self == Spec::default()
    }

    fn fill_char(&self) -> char {
        self.fill.unwrap_or(if self.zero { '0' } else { ' ' })
    }

    fn number_align(&self) -> Align {
        self.align.unwrap_or(if self.zero && self.fill.is_none() {
            Align::AfterSign
        } else {
            Align::Right
        })
    }
}

fn align_of(c: char) -> Option<Align> {
    match c {
        '<' => Some(Align::Left),
        '>' => Some(Align::Right),
        '^' => Some(Align::Center),
        '=' => Some(Align::AfterSign),
        _ => None,
    }
}

fn too_many_digits() -> FormatError {
    FormatError::value("Too many decimal digits in format string")
}

/// Reads decimal digits at the start; `None` where there are none.
fn read_number(rest: &mut &str) -> Result<Option<usize>> {
    let mut number: Option<usize> = None;
    while let Some(c) = rest.chars().next() {
        let Some(digit) = decimal_value(c) else { break };
        let next = number
            .unwrap_or(0)
            .checked_mul(10)
            .and_then(|n| n.checked_add(digit as usize))
            .filter(|&n| n <= isize::MAX as usize)
            .ok_or_else(too_many_digits)?;
        number = Some(next);
        *rest = &rest[c.len_utf8()..];
    }
    Ok(number)
}

fn eat(rest: &mut &str, c: char) -> bool {
    rest.strip_prefix(c).map(|after| *rest = after).is_some()
}

/// A type code as the messages show it: itself, or an escape where it is not plain ASCII.
fn shown_code(c: char) -> String {
    if ('!'..='\x7f').contains(&c) { c.to_string() } else { format!("\\x{:x}", c as u32) }
}

/// The error for a presentation type that values of this type lack.
pub fn unknown_code(code: char, type_name: &str) -> FormatError {
    FormatError::Value(format!(
        "Unknown format code '{}' for object of type '{type_name}'",
        shown_code(code)
    ))
}

fn bad_grouping(separator: char, code: char) -> FormatError {
    FormatError::Value(format!("Cannot specify '{separator}' with '{}'.", shown_code(code)))
}

/// Reads a format specifier; `type_name` is that of the value, for the error.
pub fn parse_spec(text: &str, type_name: &str) -> Result<Spec> {
    let mut spec = Spec::default();
    let mut rest = text;
    let mut chars = rest.chars();
    let (first, second) = (chars.next(), chars.next());
    if let (Some(fill), Some(align)) = (first, second.and_then(align_of)) {
        spec.fill = Some(fill);
        spec.align = Some(align);
        rest = chars.as_str();
    } else if let Some(align) = first.and_then(align_of) {
        spec.align = Some(align);
        rest = &rest[1..];
    }
    for (c, sign) in [('-', Sign::Minus), ('+', Sign::Plus), (' ', Sign::Space)] {
        if spec.sign.is_none() && eat(&mut rest, c) {
            spec.sign = Some(sign);
        }
    }
    spec.no_negative_zero = eat(&mut rest, 'z');
    spec.alternate = eat(&mut rest, '#');
    // After a fill character a zero is the first digit of the width.
    spec.zero = spec.fill.is_none() && eat(&mut rest, '0');
    spec.width = read_number(&mut rest)?;
    if eat(&mut rest, ',') {
        spec.grouping = Some(',');
    }
    if eat(&mut rest, '_') {
        if spec.grouping.is_some() {
            return Err(FormatError::value("Cannot specify both ',' and '_'."));
        }
        spec.grouping = Some('_');
    }
    if spec.grouping == Some('_') && rest.starts_with(',') {
        return Err(FormatError::value("Cannot specify both ',' and '_'."));
    }
    if eat(&mut rest, '.') {
        spec.precision = read_number(&mut rest)?;
        if spec.precision.is_none() {
            return Err(FormatError::value("Format specifier missing precision"));
        }
    }
    let mut chars = rest.chars();
    spec.kind = chars.next();
    if chars.next().is_some() {
        return Err(FormatError::Value(format!(
            "Invalid format specifier '{text}' for object of type '{type_name}'"
        )));
    }
    match (spec.grouping, spec.kind) {
        (Some('_'), Some('b' | 'o' | 'x' | 'X')) => {}
        (Some(separator), Some(code)) if !"defgEG%F".contains(code) => {
            return Err(bad_grouping(separator, code));
        }
        _ => {}
    }
    Ok(spec)
}

/// Pads `text` to a width in characters.
fn push_padded(out: &mut String, text: &str, count: usize, fill: char, align: Align, width: usize) {
    let padding = width.saturating_sub(count);
    let left = match align {
        Align::Left => 0,
        Align::Center => padding / 2,
        Align::Right | Align::AfterSign => padding,
    };
    out.reserve(text.len() + padding * fill.len_utf8());
    out.extend(std::iter::repeat_n(fill, left));
    out.push_str(text);
    out.extend(std::iter::repeat_n(fill, padding - left));
}

/// The width that makes padding fail before it would ask for absurd memory.
fn checked_width(width: Option<usize>) -> Result<usize> {
    // CPython fails here with MemoryError; a message of that kind is not worth an own variant.
    match width {
        Some(width) if width > u32::MAX as usize => {
            Err(FormatError::overflow("format width is too large"))
        }
        width => Ok(width.unwrap_or(0)),
    }
}

/// Formats a string.
pub fn format_str(s: &str, spec: &Spec, type_name: &str) -> Result<String> {
    if let (Some(separator), None) = (spec.grouping, spec.kind) {
        return Err(bad_grouping(separator, 's'));
    }
    if let Some(code) = spec.kind.filter(|&code| code != 's') {
        return Err(unknown_code(code, type_name));
    }
    let message = match spec {
        Spec { sign: Some(Sign::Space), .. } => "Space not allowed in string format specifier",
        Spec { sign: Some(_), .. } => "Sign not allowed in string format specifier",
        Spec { no_negative_zero: true, .. } => {
            "Negative zero coercion (z) not allowed in string format specifier"
        }
        Spec { alternate: true, .. } => "Alternate form (#) not allowed in string format specifier",
        Spec { align: Some(Align::AfterSign), .. } => {
            "'=' alignment not allowed in string format specifier"
        }
        _ => "",
    };
    if !message.is_empty() {
        return Err(FormatError::value(message));
    }
    let width = checked_width(spec.width)?;
    let (shown, count) = truncate(s, spec.precision);
    if width <= count {
        return Ok(shown.to_owned());
    }
    let mut out = String::new();
    push_padded(&mut out, shown, count, spec.fill_char(), spec.align.unwrap_or(Align::Left), width);
    Ok(out)
}

/// The first `limit` characters, and how many they are.
pub(crate) fn truncate(s: &str, limit: Option<usize>) -> (&str, usize) {
    let Some(limit) = limit else { return (s, s.chars().count()) };
    let mut count = 0;
    for (at, _) in s.char_indices() {
        if count == limit {
            return (&s[..at], count);
        }
        count += 1;
    }
    (s, count)
}

/// A number taken apart for the field it goes into.
struct Parts<'a> {
    negative: bool,
    prefix: &'a str,
    digits: &'a str,
    /// What follows the digits: a point and more digits, an exponent, a percent sign.
    rest: &'a str,
    /// How many characters `rest` has.
    rest_count: usize,
}

/// Groups digits from the right, with zeros at the left up to a width that counts the separators too.
fn grouped(digits: &str, separator: Option<char>, group: usize, min_width: usize) -> String {
    let Some(separator) = separator else {
        return format!("{}{digits}", "0".repeat(min_width.saturating_sub(digits.len())));
    };
    // Built from the right and turned round at the end.
    let mut reversed = String::with_capacity(digits.len().max(min_width) * 4 / 3 + 2);
    let mut left = digits.bytes().rev();
    let mut remaining = digits.len();
    let mut min_width = min_width as i64;
    loop {
        let length = (remaining as i64).max(min_width).max(1).min(group as i64);
        for _ in 0..length {
            reversed.push(left.next().map_or('0', char::from));
        }
        remaining = remaining.saturating_sub(length as usize);
        min_width -= length;
        if remaining == 0 && min_width <= 0 {
            break;
        }
        min_width -= 1;
        reversed.push(separator);
    }
    reversed.chars().rev().collect()
}

fn lay_out(parts: &Parts<'_>, spec: &Spec) -> Result<String> {
    let sign = match (parts.negative, spec.sign) {
        (true, _) => "-",
        (false, Some(Sign::Plus)) => "+",
        (false, Some(Sign::Space)) => " ",
        _ => "",
    };
    let (fill, align) = (spec.fill_char(), spec.number_align());
    let width = checked_width(spec.width)?;
    let others = sign.len() + parts.prefix.len() + parts.rest_count;
    let zeros = fill == '0' && align == Align::AfterSign;
    let min_width = if zeros { width.saturating_sub(others) } else { 0 };
    let group = if matches!(spec.kind, Some('b' | 'o' | 'x' | 'X')) { 4 } else { 3 };
    let grouped_text;
    let digits = if parts.digits.is_empty()
        || (spec.grouping.is_none() && min_width <= parts.digits.len())
    {
        parts.digits
    } else {
        grouped_text = grouped(parts.digits, spec.grouping, group, min_width);
        &grouped_text
    };
    let count = others + digits.len();
    let padding = width.saturating_sub(count);
    let (before, inside, after) = match align {
        Align::Left => (0, 0, padding),
        Align::Center => (padding / 2, 0, padding - padding / 2),
        Align::AfterSign => (0, padding, 0),
        Align::Right => (padding, 0, 0),
    };
    let mut out = String::with_capacity(
        sign.len()
            + parts.prefix.len()
            + digits.len()
            + parts.rest.len()
            + padding * fill.len_utf8(),
    );
    out.extend(std::iter::repeat_n(fill, before));
    out.push_str(sign);
    out.push_str(parts.prefix);
    out.extend(std::iter::repeat_n(fill, inside));
    out.push_str(digits);
    out.push_str(parts.rest);
    out.extend(std::iter::repeat_n(fill, after));
    Ok(out)
}

/// The number of bits, as far as it matters, of an int that is formatted.
trait Integer {
    fn negative(&self) -> bool;
    fn digits(&self, base: u32) -> String;
    fn to_i64(&self) -> Option<i64>;
    fn to_float(&self) -> Option<f64>;
}

impl Integer for i64 {
    fn negative(&self) -> bool {
        *self < 0
    }

    fn digits(&self, base: u32) -> String {
        let size = self.unsigned_abs();
        match base {
            2 => format!("{size:b}"),
            8 => format!("{size:o}"),
            16 => format!("{size:x}"),
            _ => size.to_string(),
        }
    }

    fn to_i64(&self) -> Option<i64> {
        Some(*self)
    }

    fn to_float(&self) -> Option<f64> {
        Some(*self as f64)
    }
}

impl Integer for BigInt {
    fn negative(&self) -> bool {
        self.is_negative()
    }

    fn digits(&self, base: u32) -> String {
        self.magnitude().to_str_radix(base)
    }

    fn to_i64(&self) -> Option<i64> {
        ToPrimitive::to_i64(self)
    }

    fn to_float(&self) -> Option<f64> {
        bigint_to_f64(self)
    }
}

fn format_integer<N: Integer>(n: &N, spec: &Spec, type_name: &str) -> Result<String> {
    let code = spec.kind.unwrap_or('d');
    match code {
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%' => {
            let Some(x) = n.to_float() else {
                return Err(FormatError::overflow("int too large to convert to float"));
            };
            return format_float(x, spec, type_name);
        }
        'b' | 'c' | 'd' | 'n' | 'o' | 'x' | 'X' => {}
        _ => return Err(unknown_code(code, type_name)),
    }
    if spec.precision.is_some() {
        return Err(FormatError::value("Precision not allowed in integer format specifier"));
    }
    if spec.no_negative_zero {
        return Err(FormatError::value(
            "Negative zero coercion (z) not allowed in integer format specifier",
        ));
    }
    if code == 'c' {
        if spec.sign.is_some() {
            return Err(FormatError::value("Sign not allowed with integer format specifier 'c'"));
        }
        if spec.alternate {
            return Err(FormatError::value(
                "Alternate form (#) not allowed with integer format specifier 'c'",
            ));
        }
        let Some(number) = n.to_i64() else {
            return Err(FormatError::overflow("Python int too large to convert to C long"));
        };
        let mut buffer = [0; 4];
        let text: &str = code_point(number)?.encode_utf8(&mut buffer);
        let parts = Parts { negative: false, prefix: "", digits: "", rest: text, rest_count: 1 };
        return lay_out(&parts, spec);
    }
    let (base, prefix) = match code {
        'b' => (2, "0b"),
        'o' => (8, "0o"),
        'x' => (16, "0x"),
        'X' => (16, "0X"),
        _ => (10, ""),
    };
    let mut digits = n.digits(base);
    if code == 'X' {
        digits.make_ascii_uppercase();
    }
    let parts = Parts {
        negative: n.negative(),
        prefix: if spec.alternate { prefix } else { "" },
        digits: &digits,
        rest: "",
        rest_count: 0,
    };
    lay_out(&parts, spec)
}

/// The character of a code point, for `c`; a lone surrogate, which Rust's text cannot hold, is refused
/// with the same words as a number out of range.
pub(crate) fn code_point(number: i64) -> Result<char> {
    u32::try_from(number)
        .ok()
        .and_then(char::from_u32)
        .ok_or_else(|| FormatError::overflow("%c arg not in range(0x110000)"))
}

/// Formats an int of any size.
pub fn format_int(n: &BigInt, spec: &Spec, type_name: &str) -> Result<String> {
    format_integer(n, spec, type_name)
}

/// Formats an int that fits a machine word.
pub fn format_i64(n: i64, spec: &Spec, type_name: &str) -> Result<String> {
    format_integer(&n, spec, type_name)
}

/// Formats a float.
pub fn format_float(x: f64, spec: &Spec, type_name: &str) -> Result<String> {
    let code = spec.kind.unwrap_or('r');
    if spec.kind == Some('r') || !"eEfFgGn%r".contains(code) {
        return Err(unknown_code(code, type_name));
    }
    if spec.precision.is_some_and(|precision| precision > i32::MAX as usize) {
        return Err(FormatError::value("precision too big"));
    }
    let options = FloatOptions {
        alternate: spec.alternate,
        no_negative_zero: spec.no_negative_zero,
        add_dot_zero: spec.kind.is_none(),
    };
    let mut text = match (code, spec.precision) {
        ('r', None) => float_text(x, 'r', 0, options),
        ('r', Some(precision)) => float_text(x, 'g', precision, options),
        ('n', precision) => float_text(x, 'g', precision.unwrap_or(6), options),
        ('%', precision) => float_text(x * 100.0, 'f', precision.unwrap_or(6), options),
        (code, precision) => float_text(x, code, precision.unwrap_or(6), options),
    };
    if code == '%' {
        text.push('%');
    }
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => (true, unsigned),
        None => (false, text.as_str()),
    };
    let end = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = unsigned.split_at(end);
    lay_out(&Parts { negative, prefix: "", digits, rest, rest_count: rest.len() }, spec)
}

/// What changes the text of a float besides its type and precision.
#[derive(Clone, Copy, Default)]
pub(crate) struct FloatOptions {
    /// Keep the point and, for `g`, the zeros at the end.
    pub(crate) alternate: bool,
    /// A zero loses its sign.
    pub(crate) no_negative_zero: bool,
    /// End with `.0` rather than as an int would.
    pub(crate) add_dot_zero: bool,
}

// More digits than these a binary64 never has: after the point, and significant ones.
const MAX_FRACTION: usize = 1074;
const MAX_SIGNIFICANT: usize = 767;

/// The digits of a float that is finite and not negative, rounded to `count` significant ones, half to
/// even on the exact value, and its decimal exponent. Without a count: the shortest digits.
fn significant(x: f64, count: Option<usize>) -> (String, i32) {
    let text = match count {
        Some(count) => format!("{x:.*e}", count.min(MAX_SIGNIFICANT) - 1),
        None => shortest_exponential(x),
    };
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mut digits = digits.replace('.', "");
    digits.truncate(digits.trim_end_matches('0').len().max(1));
    (digits, exponent.parse().unwrap_or(0))
}

fn push_exponent(out: &mut String, exponent: i32, upper: bool) {
    out.push(if upper { 'E' } else { 'e' });
    out.push(if exponent < 0 { '-' } else { '+' });
    out.push_str(&format!("{:02}", exponent.unsigned_abs()));
}

fn push_zeros(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n('0', count));
}

/// The text of a float, sign included where it is negative; `code` is one of `eEfFgGr`.
pub(crate) fn float_text(x: f64, code: char, precision: usize, options: FloatOptions) -> String {
    let upper = code.is_ascii_uppercase();
    if x.is_nan() {
        return if upper { "NAN" } else { "nan" }.to_owned();
    }
    let mut out = String::new();
    if x.is_sign_negative() {
        out.push('-');
    }
    if x.is_infinite() {
        out.push_str(if upper { "INF" } else { "inf" });
        return out;
    }
    let size = x.abs();
    match code.to_ascii_lowercase() {
        'r' if !options.alternate && !options.no_negative_zero && options.add_dot_zero => {
            return float_repr(x);
        }
        'f' => {
            out.push_str(&format!("{size:.*}", precision.min(MAX_FRACTION)));
            push_zeros(&mut out, precision.saturating_sub(MAX_FRACTION));
            if options.alternate && precision == 0 {
                out.push('.');
            }
        }
        'e' => {
            let (digits, exponent) = significant(size, Some(precision.saturating_add(1)));
            out.push_str(&digits[..1]);
            if options.alternate || precision > 0 {
                out.push('.');
            }
            out.push_str(&digits[1..]);
            push_zeros(&mut out, precision + 1 - digits.len());
            push_exponent(&mut out, exponent, upper);
        }
        shortest_or_g => {
            let shortest = shortest_or_g == 'r';
            let precision = precision.max(1);
            let (digits, exponent) = significant(size, (!shortest).then_some(precision));
            let point = exponent + 1;
            // The largest position of the point that is still written without an exponent.
            let largest = if shortest {
                16
            } else {
                i64::try_from(precision).unwrap_or(i64::MAX) - i64::from(options.add_dot_zero)
            };
            let exponential = point <= -4 || i64::from(point) > largest;
            // Where the digits end, counted from the first one.
            let mut end =
                if options.alternate && !shortest { precision } else { digits.len() } as i64;
            let shown_point = if exponential { 1 } else { i64::from(point) };
            end = end.max(if options.add_dot_zero && !exponential {
                shown_point + 1
            } else {
                shown_point
            });
            let mut position = shown_point.min(1) - 1;
            if shown_point <= 0 {
                position = shown_point - 1;
            }
            while position < end {
                if position == shown_point {
                    out.push('.');
                }
                let digit = usize::try_from(position).ok().and_then(|at| digits.as_bytes().get(at));
                out.push(digit.map_or('0', |&digit| char::from(digit)));
                position += 1;
            }
            if end == shown_point && options.alternate {
                out.push('.');
            }
            if exponential {
                push_exponent(&mut out, exponent, upper);
            }
        }
    }
    if options.no_negative_zero
        && x.is_sign_negative()
        && !out
            .bytes()
            .take_while(|b| !b.eq_ignore_ascii_case(&b'e'))
            .any(|b| matches!(b, b'1'..=b'9'))
    {
        out.remove(0);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(n: i64, spec: &str) -> Result<String> {
        let spec = parse_spec(spec, "int")?;
        let text = format_i64(n, &spec, "int")?;
        assert_eq!(format_int(&n.into(), &spec, "int").as_ref(), Ok(&text));
        Ok(text)
    }

    fn float(x: f64, spec: &str) -> Result<String> {
        format_float(x, &parse_spec(spec, "float")?, "float")
    }

    fn string(s: &str, spec: &str) -> Result<String> {
        format_str(s, &parse_spec(spec, "str")?, "str")
    }

    #[test]
    fn ints() {
        for (n, spec, text) in [
            (42, "", "42"),
            (-42, "06d", "-00042"),
            (1234567, ",", "1,234,567"),
            (1234, "010,", "00,001,234"),
            (1234, "08,", "0,001,234"),
            (255, "#x", "0xff"),
            (255, "#010X", "0X000000FF"),
            (65535, "_b", "1111_1111_1111_1111"),
            (65, "c", "A"),
            (5, "*^+7", "**+5***"),
            (5, "x=+7", "+xxxxx5"),
            (3, ".2f", "3.00"),
            (1, "%", "100.000000%"),
        ] {
            assert_eq!(int(n, spec).as_deref(), Ok(text), "{n} {spec}");
        }
        for (spec, message) in [
            (".3", "Precision not allowed in integer format specifier"),
            ("s", "Unknown format code 's' for object of type 'int'"),
            (",_", "Cannot specify both ',' and '_'."),
            (",x", "Cannot specify ',' with 'x'."),
            ("xx", "Invalid format specifier 'xx' for object of type 'int'"),
            ("99999999999999999999", "Too many decimal digits in format string"),
        ] {
            assert_eq!(int(1, spec), Err(FormatError::value(message)));
        }
        let huge = BigInt::from(10).pow(400);
        let spec = parse_spec("f", "int").unwrap_or_default();
        assert_eq!(
            format_int(&huge, &spec, "int"),
            Err(FormatError::overflow("int too large to convert to float"))
        );
    }

    #[test]
    fn floats() {
        for (x, spec, text) in [
            (0.5, ".0f", "0"),
            (1.5, ".0f", "2"),
            (2.5, ".0f", "2"),
            (0.125, ".2f", "0.12"),
            (2.675, ".2f", "2.67"),
            (2.5, ".0e", "2e+00"),
            (1e16, "", "1e+16"),
            (1e20, "#", "1.e+20"),
            (12.0, ".2", "1.2e+01"),
            (12.0, ".3", "12.0"),
            (1234567.0, "g", "1.23457e+06"),
            (0.0001, "g", "0.0001"),
            (100000.0, "#g", "100000."),
            (0.0, "#.3g", "0.00"),
            (f64::INFINITY, "010", "0000000inf"),
            (f64::NEG_INFINITY, "F", "-INF"),
            (-0.0, "z.1f", "0.0"),
            (-0.04, "z.1f", "0.0"),
            (1234.5, "012,.2f", "0,001,234.50"),
            (0.256, ".1%", "25.6%"),
        ] {
            assert_eq!(float(x, spec).as_deref(), Ok(text), "{x} {spec}");
        }
        assert_eq!(float(0.1, ".2000f").map(|text| text.len()), Ok(2002));
    }

    #[test]
    fn strings() {
        for (spec, text) in
            [("", "añb"), ("5", "añb  "), (">5", "  añb"), ("^6.2", "  añ  "), ("05", "añb00")]
        {
            assert_eq!(string("añb", spec).as_deref(), Ok(text), "{spec}");
        }
        for (spec, message) in [
            ("d", "Unknown format code 'd' for object of type 'str'"),
            ("=5", "'=' alignment not allowed in string format specifier"),
            (" ", "Space not allowed in string format specifier"),
            (",", "Cannot specify ',' with 's'."),
        ] {
            assert_eq!(string("a", spec), Err(FormatError::value(message)));
        }
    }
}
