//! The format strings of `str.format`: literal text and replacement fields.

use super::{FormatError, Result, decimal_value};

/// A part of a format string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormatPiece {
    /// Text that is copied.
    Literal(String),
    /// A replacement field.
    Field {
        /// Which argument.
        name: FieldName,
        /// What to take of it.
        path: Vec<PathItem>,
        /// The letter after `!`, whether it is a known one or not.
        conversion: Option<char>,
        /// The format specifier, which may hold fields itself.
        spec: Vec<FormatPiece>,
    },
}

/// Which argument a field takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldName {
    /// The next one.
    Auto,
    /// The one at this index.
    Index(usize),
    /// The keyword argument of this name.
    Name(String),
}

/// A step from an argument to the value that is formatted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathItem {
    /// `.name`.
    Attr(String),
    /// `[key]`.
    Index(IndexKey),
}

/// What stands between brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IndexKey {
    /// Digits only: an int.
    Int(i64),
    /// Anything else: a string, quotes and all.
    Str(String),
}

/// Counts the fields without a number, and refuses a format string that mixes them with numbered ones.
/// One serves a whole format string, nested fields included.
#[derive(Clone, Debug, Default)]
pub struct AutoNumber {
    next: usize,
    manual: Option<bool>,
}

impl AutoNumber {
    /// The index of the positional argument; `None` for a keyword argument.
    pub fn resolve(&mut self, name: &FieldName) -> Result<Option<usize>> {
        let manual = match name {
            FieldName::Name(_) => return Ok(None),
            FieldName::Auto => false,
            FieldName::Index(_) => true,
        };
        match (*self.manual.get_or_insert(manual), name) {
            (false, FieldName::Index(_)) => Err(FormatError::value(
                "cannot switch from automatic field numbering to manual field specification",
            )),
            (true, FieldName::Index(index)) => Ok(Some(*index)),
            (true, _) => Err(FormatError::value(
                "cannot switch from manual field specification to automatic field numbering",
            )),
            (false, _) => {
                self.next += 1;
                Ok(Some(self.next - 1))
            }
        }
    }
}

/// The error for a letter after `!` other than `r`, `s` and `a`.
pub fn bad_conversion(conversion: char) -> FormatError {
    FormatError::Value(if ('!'..='~').contains(&conversion) {
        format!("Unknown conversion specifier {conversion}")
    } else {
        format!("Unknown conversion specifier \\x{:x}", conversion as u32)
    })
}

fn error<T>(message: &str) -> Result<T> {
    Err(FormatError::value(message))
}

/// The int that a text of digits only is; `None` for any other text.
fn whole_number(text: &str) -> Result<Option<i64>> {
    let mut number: Option<i64> = None;
    for c in text.chars() {
        let Some(digit) = decimal_value(c) else { return Ok(None) };
        let next = number.unwrap_or(0).checked_mul(10).and_then(|n| n.checked_add(digit.into()));
        match next {
            Some(_) => number = next,
            None => return error("Too many decimal digits in format string"),
        }
    }
    Ok(number)
}

/// Reads a format string.
pub fn parse_format(format: &str) -> Result<Vec<FormatPiece>> {
    parse_nested(format, 2)
}

fn parse_nested(format: &str, depth: usize) -> Result<Vec<FormatPiece>> {
    if depth == 0 {
        return error("Max string recursion exceeded");
    }
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        let brace = &rest[at..=at];
        literal.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            literal.push_str(brace);
            rest = after;
        } else if brace == "}" {
            return error("Single '}' encountered in format string");
        } else if rest.is_empty() {
            return error("Single '{' encountered in format string");
        } else {
            if !literal.is_empty() {
                pieces.push(FormatPiece::Literal(std::mem::take(&mut literal)));
            }
            pieces.push(parse_field(&mut rest, depth)?);
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(FormatPiece::Literal(literal));
    }
    Ok(pieces)
}

/// Reads a field behind its opening brace, and takes it off `rest` with its closing one.
fn parse_field(rest: &mut &str, depth: usize) -> Result<FormatPiece> {
    let text = *rest;
    let mut end = None;
    let mut in_brackets = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if in_brackets => in_brackets = c != ']',
            '[' => in_brackets = true,
            '{' => return error("unexpected '{' in field name"),
            '}' | ':' | '!' => {
                end = Some((at, c));
                break;
            }
            _ => {}
        }
    }
    let Some((end, mark)) = end else { return error("expected '}' before end of string") };
    let field = &text[..end];
    let mut after = &text[end + 1..];
    let mut conversion = None;
    let mut has_spec = mark == ':';
    if mark == '!' {
        let mut chars = after.chars();
        conversion = chars.next();
        if conversion.is_none() {
            return error("end of string while looking for conversion specifier");
        }
        has_spec = match chars.next() {
            Some('}') => false,
            Some(':') | None => true,
            Some(_) => return error("expected ':' after conversion specifier"),
        };
        after = chars.as_str();
    }
    let mut spec = Vec::new();
    if has_spec {
        let mut open = 1;
        let end = after.find(|c| {
            match c {
                '{' => open += 1,
                '}' => open -= 1,
                _ => {}
            }
            open == 0
        });
        let Some(end) = end else { return error("unmatched '{' in format spec") };
        let spec_text = &after[..end];
        if spec_text.contains('{') {
            spec = parse_nested(spec_text, depth - 1)?;
        } else if !spec_text.is_empty() {
            spec.push(FormatPiece::Literal(spec_text.to_owned()));
        }
        after = &after[end + 1..];
    }
    *rest = after;
    let (name, path) = parse_field_name(field)?;
    Ok(FormatPiece::Field { name, path, conversion, spec })
}

/// Reads the name of a field and the steps behind it.
pub fn parse_field_name(field: &str) -> Result<(FieldName, Vec<PathItem>)> {
    let (first, mut rest) = field.split_at(field.find(['.', '[']).unwrap_or(field.len()));
    let name = match whole_number(first)? {
        Some(index) => FieldName::Index(usize::try_from(index).unwrap_or(usize::MAX)),
        None if first.is_empty() => FieldName::Auto,
        None => FieldName::Name(first.to_owned()),
    };
    let mut path = Vec::new();
    while !rest.is_empty() {
        let item = if let Some(after) = rest.strip_prefix('.') {
            let (attr, after) = after.split_at(after.find(['.', '[']).unwrap_or(after.len()));
            rest = after;
            PathItem::Attr(attr.to_owned())
        } else if let Some(after) = rest.strip_prefix('[') {
            let Some((key, after)) = after.split_once(']') else {
                return error("Missing ']' in format string");
            };
            rest = after;
            PathItem::Index(match whole_number(key)? {
                Some(index) => IndexKey::Int(index),
                None => IndexKey::Str(key.to_owned()),
            })
        } else {
            return error("Only '.' or '[' may follow ']' in format field specifier");
        };
        match &item {
            PathItem::Attr(text) | PathItem::Index(IndexKey::Str(text)) if text.is_empty() => {
                return error("Empty attribute in format string");
            }
            _ => path.push(item),
        }
    }
    Ok((name, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields() {
        let pieces = parse_format("a{{{0.x[1][k]!r:>{width}}}}b{}").unwrap_or_default();
        assert_eq!(
            pieces,
            [
                FormatPiece::Literal("a{".to_owned()),
                FormatPiece::Field {
                    name: FieldName::Index(0),
                    path: vec![
                        PathItem::Attr("x".to_owned()),
                        PathItem::Index(IndexKey::Int(1)),
                        PathItem::Index(IndexKey::Str("k".to_owned())),
                    ],
                    conversion: Some('r'),
                    spec: vec![
                        FormatPiece::Literal(">".to_owned()),
                        FormatPiece::Field {
                            name: FieldName::Name("width".to_owned()),
                            path: vec![],
                            conversion: None,
                            spec: vec![],
                        },
                    ],
                },
                FormatPiece::Literal("}b".to_owned()),
                FormatPiece::Field {
                    name: FieldName::Auto,
                    path: vec![],
                    conversion: None,
                    spec: vec![],
                },
            ]
        );
    }

    #[test]
    fn errors() {
        for (format, message) in [
            ("{", "Single '{' encountered in format string"),
            ("}", "Single '}' encountered in format string"),
            ("{a", "expected '}' before end of string"),
            ("{a!", "end of string while looking for conversion specifier"),
            ("{a!r", "unmatched '{' in format spec"),
            ("{a!rx", "expected ':' after conversion specifier"),
            ("{a{", "unexpected '{' in field name"),
            ("{a[b", "expected '}' before end of string"),
            ("{a.}", "Empty attribute in format string"),
            ("{a[]}", "Empty attribute in format string"),
            ("{a[b]c}", "Only '.' or '[' may follow ']' in format field specifier"),
            ("{:{:{}}}", "Max string recursion exceeded"),
            ("{99999999999999999999}", "Too many decimal digits in format string"),
        ] {
            assert_eq!(parse_format(format), error(message), "{format}");
        }
        let mut auto = AutoNumber::default();
        assert_eq!(auto.resolve(&FieldName::Auto), Ok(Some(0)));
        assert_eq!(auto.resolve(&FieldName::Name("a".to_owned())), Ok(None));
        assert_eq!(auto.resolve(&FieldName::Auto), Ok(Some(1)));
        assert!(auto.resolve(&FieldName::Index(0)).is_err());
        assert_eq!(bad_conversion('x').message(), "Unknown conversion specifier x");
    }
}
