//! The old format strings: `"%5.2f of %s" % values`.

use super::number::{bigint_to_f64, float_to_int_bigint};
use super::spec::{FloatOptions, code_point, float_text, truncate};
use super::{FormatError, Result};
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};

/// A part of an old format string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text that is copied.
    Literal(String),
    /// A conversion, which takes a value.
    Spec(PercentSpec),
}

/// A width or a precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// Written in the format string.
    Fixed(usize),
    /// `*`: the next of the values.
    Star,
}

/// A conversion of an old format string.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PercentSpec {
    /// The key in parentheses, where there is one: the values are then a mapping.
    pub key: Option<String>,
    /// `-`: pads at the right.
    pub left: bool,
    /// `+`: a plus before numbers that are not negative.
    pub plus: bool,
    /// A space before numbers that are not negative.
    pub space: bool,
    /// `#`: the alternate form.
    pub alternate: bool,
    /// `0`: pads numbers with zeros.
    pub zero: bool,
    /// The smallest width.
    pub width: Option<Width>,
    /// The precision.
    pub precision: Option<Width>,
    /// The conversion character, whether it is a known one or not.
    pub conv: char,
    /// Where the conversion character stands, in characters, for the error that names it.
    pub index: usize,
}

/// A conversion whose width and precision are known numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// `-`: pads at the right.
    pub left: bool,
    /// `+`: a plus before numbers that are not negative.
    pub plus: bool,
    /// A space before numbers that are not negative.
    pub space: bool,
    /// `#`: the alternate form.
    pub alternate: bool,
    /// `0`: pads numbers with zeros.
    pub zero: bool,
    /// The smallest width.
    pub width: usize,
    /// The precision.
    pub precision: Option<usize>,
    /// The conversion character.
    pub conv: char,
}

impl PercentSpec {
    /// The field with the values that its stars took, where it has any: a negative width aligns to the
    /// left, a negative precision is zero.
    pub fn field(&self, star_width: Option<i64>, star_precision: Option<i64>) -> Field {
        let (width, negative) = match self.width {
            None => (0, false),
            Some(Width::Fixed(width)) => (width, false),
            Some(Width::Star) => {
                let width = star_width.unwrap_or(0);
                (usize::try_from(width.unsigned_abs()).unwrap_or(usize::MAX), width < 0)
            }
        };
        let precision = self.precision.map(|precision| match precision {
            Width::Fixed(precision) => precision,
            Width::Star => usize::try_from(star_precision.unwrap_or(0)).unwrap_or(0),
        });
        Field {
            left: self.left || negative,
            plus: self.plus,
            space: self.space,
            alternate: self.alternate,
            zero: self.zero,
            width,
            precision,
            conv: self.conv,
        }
    }

    /// Whether the conversion character is one that Python knows.
    pub fn is_supported(&self) -> bool {
        "diouxXeEfFgGcrsa".contains(self.conv)
    }

    /// The error for a conversion character that is not known, which comes after taking its value.
    pub fn unsupported(&self) -> FormatError {
        let shown = if (' '..='~').contains(&self.conv) { self.conv } else { '?' };
        FormatError::Value(format!(
            "unsupported format character '{shown}' ({:#x}) at index {}",
            self.conv as u32, self.index
        ))
    }
}

/// The characters of a format string, with the number of those read.
struct Reader<'a> {
    rest: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = &self.rest[c.len_utf8()..];
        self.at += 1;
        Some(c)
    }

    fn count(&mut self, most: usize, too_big: &str) -> Result<usize> {
        let mut count = 0usize;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            self.next();
            count = count
                .checked_mul(10)
                .and_then(|count| count.checked_add(digit as usize))
                .filter(|&count| count <= most)
                .ok_or_else(|| FormatError::value(too_big))?;
        }
        Ok(count)
    }
}

fn parse_spec(reader: &mut Reader<'_>) -> Result<PercentSpec> {
    let mut spec = PercentSpec::default();
    if reader.peek() == Some('(') {
        reader.next();
        let start = reader.rest;
        let mut depth = 1;
        while depth > 0 {
            match reader.next() {
                Some('(') => depth += 1,
                Some(')') => depth -= 1,
                Some(_) => {}
                None => return Err(FormatError::value("incomplete format key")),
            }
        }
        spec.key = Some(start[..start.len() - reader.rest.len() - 1].to_owned());
    }
    loop {
        match reader.peek() {
            Some('-') => spec.left = true,
            Some('+') => spec.plus = true,
            Some(' ') => spec.space = true,
            Some('#') => spec.alternate = true,
            Some('0') => spec.zero = true,
            _ => break,
        }
        reader.next();
    }
    if reader.peek() == Some('*') {
        reader.next();
        spec.width = Some(Width::Star);
    } else if reader.peek().is_some_and(|c| c.is_ascii_digit()) {
        spec.width = Some(Width::Fixed(reader.count(isize::MAX as usize, "width too big")?));
    }
    if reader.peek() == Some('.') {
        reader.next();
        spec.precision = Some(if reader.peek() == Some('*') {
            reader.next();
            Width::Star
        } else {
            Width::Fixed(reader.count(i32::MAX as usize, "precision too big")?)
        });
    }
    if matches!(reader.peek(), Some('h' | 'l' | 'L')) {
        // Sizes of C's types, which mean nothing here.
        reader.next();
    }
    spec.index = reader.at;
    spec.conv = reader.next().ok_or_else(|| FormatError::value("incomplete format"))?;
    Ok(spec)
}

/// Reads an old format string.
pub fn parse_percent(format: &str) -> Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut reader = Reader { rest: format, at: 0 };
    while let Some(c) = reader.next() {
        if c != '%' {
            literal.push(c);
        } else if reader.peek() == Some('%') {
            reader.next();
            literal.push('%');
        } else {
            if !literal.is_empty() {
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            }
            pieces.push(Piece::Spec(parse_spec(&mut reader)?));
        }
    }
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

/// The error for a value whose type a conversion does not take.
pub fn percent_type_error(conv: char, type_name: &str) -> FormatError {
    FormatError::Type(match conv {
        'd' | 'i' | 'u' => {
            format!("%{conv} format: a real number is required, not {type_name}")
        }
        'o' | 'x' | 'X' => format!("%{conv} format: an integer is required, not {type_name}"),
        'c' => "%c requires int or char".to_owned(),
        _ => format!("must be real number, not {type_name}"),
    })
}

/// The error for a `*` whose value is not an int.
pub fn star_error() -> FormatError {
    FormatError::type_error("* wants int")
}

fn checked_width(field: &Field) -> Result<usize> {
    if field.width > u32::MAX as usize {
        return Err(FormatError::overflow("format width is too large"));
    }
    Ok(field.width)
}

fn pad_text(text: &str, count: usize, field: &Field) -> Result<String> {
    let padding = checked_width(field)?.saturating_sub(count);
    let mut out = String::with_capacity(text.len() + padding);
    if !field.left {
        out.extend(std::iter::repeat_n(' ', padding));
    }
    out.push_str(text);
    if field.left {
        out.extend(std::iter::repeat_n(' ', padding));
    }
    Ok(out)
}

fn pad_number(negative: bool, prefix: &str, digits: &str, field: &Field) -> Result<String> {
    let sign = match field {
        _ if negative => "-",
        Field { plus: true, .. } => "+",
        Field { space: true, .. } => " ",
        _ => "",
    };
    let count = sign.len() + prefix.len() + digits.len();
    let padding = checked_width(field)?.saturating_sub(count);
    let mut out = String::with_capacity(count + padding);
    if !field.left && !field.zero {
        out.extend(std::iter::repeat_n(' ', padding));
    }
    out.push_str(sign);
    out.push_str(prefix);
    if !field.left && field.zero {
        out.extend(std::iter::repeat_n('0', padding));
    }
    out.push_str(digits);
    if field.left {
        out.extend(std::iter::repeat_n(' ', padding));
    }
    Ok(out)
}

fn integer_text(negative: bool, mut digits: String, field: &Field) -> Result<String> {
    if let Some(zeros) = field.precision.and_then(|count| count.checked_sub(digits.len())) {
        digits.insert_str(0, &"0".repeat(zeros));
    }
    let prefix = match (field.alternate, field.conv) {
        (true, 'o') => "0o",
        (true, 'x') => "0x",
        (true, 'X') => "0X",
        _ => "",
    };
    pad_number(negative, prefix, &digits, field)
}

fn character(number: Option<i64>, field: &Field) -> Result<String> {
    let c = code_point(number.unwrap_or(-1))?;
    pad_text(c.encode_utf8(&mut [0; 4]), 1, field)
}

/// Formats an int of any size, for every conversion but `s`, `r` and `a`.
pub fn percent_int(n: &BigInt, field: &Field) -> Result<String> {
    let size = n.magnitude();
    let digits = match field.conv {
        'd' | 'i' | 'u' => size.to_string(),
        'o' => size.to_str_radix(8),
        'x' => size.to_str_radix(16),
        'X' => size.to_str_radix(16).to_ascii_uppercase(),
        'c' => return character(n.to_i64(), field),
        _ => {
            let x = bigint_to_f64(n)
                .ok_or_else(|| FormatError::overflow("int too large to convert to float"))?;
            return percent_float(x, field);
        }
    };
    integer_text(n.is_negative(), digits, field)
}

/// Formats an int that fits a machine word, as [`percent_int`] does.
pub fn percent_i64(n: i64, field: &Field) -> Result<String> {
    let size = n.unsigned_abs();
    let digits = match field.conv {
        'd' | 'i' | 'u' => size.to_string(),
        'o' => format!("{size:o}"),
        'x' => format!("{size:x}"),
        'X' => format!("{size:X}"),
        'c' => return character(Some(n), field),
        _ => return percent_float(n as f64, field),
    };
    integer_text(n < 0, digits, field)
}

/// Formats a float, for every conversion but `s`, `r` and `a`; the decimal ones cut it to an int.
pub fn percent_float(x: f64, field: &Field) -> Result<String> {
    match field.conv {
        'd' | 'i' | 'u' => percent_int(&float_to_int_bigint(x)?, field),
        'o' | 'x' | 'X' | 'c' => Err(percent_type_error(field.conv, "float")),
        code => {
            let options = FloatOptions { alternate: field.alternate, ..FloatOptions::default() };
            let text = float_text(x, code, field.precision.unwrap_or(6), options);
            match text.strip_prefix('-') {
                Some(unsigned) => pad_number(true, "", unsigned, field),
                None => pad_number(false, "", &text, field),
            }
        }
    }
}

/// Formats text: what `str`, `repr` or `ascii` gave for `s`, `r` and `a`, or one character for `c`.
pub fn percent_str(text: &str, field: &Field) -> Result<String> {
    if field.conv == 'c' {
        let mut chars = text.chars();
        if chars.next().is_none() || chars.next().is_some() {
            return Err(percent_type_error('c', "str"));
        }
        return pad_text(text, 1, field);
    }
    let (shown, count) = truncate(text, field.precision);
    pad_text(shown, count, field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(format: &str) -> Field {
        match parse_percent(format).as_deref() {
            Ok([Piece::Spec(spec)]) => spec.field(None, None),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn pieces() {
        let pieces = parse_percent("a%%b %(k(e)y)-5.*f!").unwrap_or_default();
        assert_eq!(pieces.len(), 3);
        assert_eq!(pieces[0], Piece::Literal("a%b ".to_owned()));
        let Piece::Spec(spec) = &pieces[1] else { panic!("not a conversion") };
        assert_eq!(spec.key.as_deref(), Some("k(e)y"));
        assert_eq!((spec.width, spec.precision), (Some(Width::Fixed(5)), Some(Width::Star)));
        assert_eq!((spec.left, spec.conv), (true, 'f'));
        assert_eq!(spec.field(None, Some(-2)).precision, Some(0));
        for (format, message) in [
            ("%", "incomplete format"),
            ("%(a", "incomplete format key"),
            ("%99999999999999999999d", "width too big"),
            ("%.2147483648f", "precision too big"),
        ] {
            assert_eq!(parse_percent(format), Err(FormatError::value(message)));
        }
        let spec = match parse_percent("é%5q").as_deref() {
            Ok([_, Piece::Spec(spec)]) => spec.unsupported(),
            other => panic!("{other:?}"),
        };
        assert_eq!(spec.message(), "unsupported format character 'q' (0x71) at index 3");
    }

    #[test]
    fn values() {
        for (format, n, text) in [
            ("%d", -3, "-3"),
            ("%05d", -3, "-0003"),
            ("%-05d", 3, "3    "),
            ("%+.3d", 5, "+005"),
            ("%#.5x", 255, "0x000ff"),
            ("%#08X", -255, "-0X000FF"),
            ("%5c", 65, "    A"),
            ("%6.2f", 2, "  2.00"),
        ] {
            assert_eq!(percent_i64(n, &field(format)).as_deref(), Ok(text), "{format}");
            assert_eq!(percent_int(&n.into(), &field(format)).as_deref(), Ok(text), "{format}");
        }
        assert_eq!(percent_float(1.9, &field("%d")).as_deref(), Ok("1"));
        assert_eq!(percent_float(f64::INFINITY, &field("%010f")).as_deref(), Ok("0000000inf"));
        assert_eq!(percent_str("añb", &field("%5.2s")).as_deref(), Ok("   añ"));
        assert!(percent_str("ab", &field("%c")).is_err());
    }
}
