//! Formatting: `format`, f-strings and `str.format`.

use crate::object::*;
use crate::ops::Num;
use crate::sym::{intern, s};
use crate::text::FormatError;
use crate::text::spec::{format_float, format_i64, format_int, format_str, parse_spec};
use crate::text::strformat::{
    AutoNumber, FieldName, FormatPiece, IndexKey, PathItem, bad_conversion, parse_format,
};
use crate::vm::{Args, PyErr, R, Vm};

/// Where the fields of a format string get their values.
enum Source<'a> {
    Args(Args<'a>),
    /// Names only.
    Mapping(&'a Value),
}

impl Vm<'_> {
    /// The exception that a failure of a helper is.
    pub fn text_err(&mut self, e: FormatError) -> PyErr {
        let class = match e {
            FormatError::Value(_) => "ValueError",
            FormatError::Type(_) => "TypeError",
            FormatError::Overflow(_) => "OverflowError",
            FormatError::Key(_) => "KeyError",
        };
        self.err(class, e.message())
    }

    /// Python's `format(x, spec)`.
    pub fn format(&mut self, value: &Value, spec: &str) -> R<String> {
        if matches!(value.as_obj(self.m), Some(Obj::Instance(_) | Obj::Native(_))) {
            let class = self.type_of(value);
            if let Some(f) = self.lookup(&class, s().format)
                && !matches!(f.as_obj(self.m), Some(Obj::Builtin(_)))
            {
                let f = self.bind_descriptor(&f, Some(value), &class)?;
                let spec = self.new_str(spec);
                let text = self.call(&f, &[spec])?;
                return match self.text_of(&text) {
                    Some(text) => Ok(text),
                    None => {
                        let name = self.type_name(&text);
                        Err(self.type_error(format!("__format__ must return a str, not {name}")))
                    }
                };
            }
        }
        if spec.is_empty() {
            return self.str(value);
        }
        self.format_builtin(value, spec)
    }

    /// As the builtin classes' `__format__`, with a spec that is not empty.
    fn format_builtin(&mut self, value: &Value, spec: &str) -> R<String> {
        let name = self.type_name(value);
        let base = self.unwrap(value);
        if let Some(Obj::BigInt(n)) = base.as_obj(self.m)
            && (spec.ends_with(['d', 'n']) || !spec.ends_with(|c: char| c.is_ascii_alphabetic()))
        {
            let n = (**n).clone();
            self.int_text(&n)?;
        }
        let done = match (self.num(&base), base.as_obj(self.m)) {
            (Some(n), _) => parse_spec(spec, &name).and_then(|spec| match n {
                Num::Int(n) => format_i64(n, &spec, &name),
                Num::Big(n) => format_int(&n, &spec, &name),
                Num::Float(x) => format_float(x, &spec, &name),
            }),
            (None, Some(Obj::Str(text))) => {
                parse_spec(spec, &name).and_then(|spec| format_str(&text.text, &spec, &name))
            }
            _ => {
                return Err(self
                    .type_error(format!("unsupported format string passed to {name}.__format__")));
            }
        };
        done.map_err(|e| self.text_err(e))
    }

    /// A piece of an f-string: what is in braces, converted and formatted.
    pub fn format_piece(&mut self, value: &Value, conversion: u8, spec: &Value) -> R {
        let converted = match conversion {
            b'r' => {
                let text = self.repr(value)?;
                self.new_str(text)
            }
            b'a' => {
                let text = self.ascii(value)?;
                self.new_str(text)
            }
            b's' => self.str_value(value)?,
            _ => value.clone(),
        };
        let spec = match spec.as_obj(self.m) {
            Some(Obj::Str(spec)) if !spec.text.is_empty() => spec.text.to_string(),
            _ => {
                match converted.as_obj(self.m) {
                    Some(Obj::Str(_)) => return Ok(converted),
                    Some(Obj::Instance(_)) => {}
                    _ => return self.str_value(&converted),
                }
                String::new()
            }
        };
        let text = self.format(&converted, &spec)?;
        Ok(self.new_str(text))
    }

    /// Joins the pieces of an f-string.
    pub fn concat(&self, parts: &[Value]) -> Value {
        let text = |part: &Value| match part.as_obj(self.m) {
            Some(Obj::Str(s)) => s.text.len(),
            _ => 0,
        };
        let mut joined = String::with_capacity(parts.iter().map(text).sum());
        for part in parts {
            if let Some(Obj::Str(s)) = part.as_obj(self.m) {
                joined.push_str(&s.text);
            }
        }
        self.new_str(joined)
    }

    /// `text.format(*args, **kw)`.
    pub fn str_format(&mut self, text: &str, args: Args<'_>) -> R {
        self.format_pieces_of(text, &Source::Args(args))
    }

    /// `text.format_map(mapping)`.
    pub fn str_format_map(&mut self, text: &str, mapping: &Value) -> R {
        self.format_pieces_of(text, &Source::Mapping(mapping))
    }

    fn format_pieces_of(&mut self, text: &str, source: &Source<'_>) -> R {
        let pieces = parse_format(text).map_err(|e| self.text_err(e))?;
        let text = self.fill_pieces(&pieces, source, &mut AutoNumber::default())?;
        Ok(self.new_str(text))
    }

    fn fill_pieces(
        &mut self,
        pieces: &[FormatPiece],
        source: &Source<'_>,
        auto: &mut AutoNumber,
    ) -> R<String> {
        let mut out = String::new();
        for piece in pieces {
            let (name, path, conversion, spec) = match piece {
                FormatPiece::Literal(text) => {
                    out.push_str(text);
                    continue;
                }
                FormatPiece::Field { name, path, conversion, spec } => {
                    (name, path, conversion, spec)
                }
            };
            let mut value = self.field(name, source, auto)?;
            for step in path {
                value = match step {
                    PathItem::Attr(name) => self.getattr(&value, intern(name))?,
                    PathItem::Index(IndexKey::Int(n)) => self.get_item(&value, &Value::Int(*n))?,
                    PathItem::Index(IndexKey::Str(key)) => {
                        let key = self.new_str(key.as_str());
                        self.get_item(&value, &key)?
                    }
                };
            }
            let converted = match conversion {
                None => value,
                Some('s') => self.str_value(&value)?,
                Some(c @ ('r' | 'a')) => {
                    let text = if *c == 'r' { self.repr(&value)? } else { self.ascii(&value)? };
                    self.new_str(text)
                }
                Some(other) => return Err(self.text_err(bad_conversion(*other))),
            };
            let spec = match &spec[..] {
                [] => String::new(),
                [FormatPiece::Literal(text)] => text.clone(),
                spec => self.fill_pieces(spec, source, auto)?,
            };
            out.push_str(&self.format(&converted, &spec)?);
        }
        Ok(out)
    }

    /// What a field of a format string starts from.
    fn field(&mut self, name: &FieldName, source: &Source<'_>, auto: &mut AutoNumber) -> R {
        match auto.resolve(name) {
            Err(e) => Err(self.text_err(e)),
            Ok(Some(index)) => match source {
                Source::Args(args) => match args.get(index) {
                    Some(value) => Ok(value.clone()),
                    None => Err(self.index_error(&format!(
                        "Replacement index {index} out of range for positional args tuple"
                    ))),
                },
                Source::Mapping(_) => {
                    Err(self.value_error("Format string contains positional fields"))
                }
            },
            Ok(None) => {
                let FieldName::Name(name) = name else { return Ok(Value::None) };
                let key = self.new_str(name.as_str());
                match source {
                    Source::Args(args) => match args.keyword(name) {
                        Some(value) => Ok(value.clone()),
                        None => Err(self.key_error(&key)),
                    },
                    Source::Mapping(mapping) => self.get_item(mapping, &key),
                }
            }
        }
    }
}
