//! The `%` operator of strings, and of bytes: those are formatted as text with a character for each byte.

use num_traits::ToPrimitive;

use crate::object::*;
use crate::ops::Num;
use crate::sym::s;
use crate::text::number::float_to_int_bigint;
use crate::text::percent::{
    Field, PercentSpec, Piece, Width, parse_percent, percent_float, percent_i64, percent_int,
    percent_str, percent_type_error, star_error,
};
use crate::vm::{R, Vm};

/// The values that conversions take, one after the other.
struct Values {
    items: Vec<Value>,
    next: usize,
    /// The mapping that keys are looked up in, if the operand may be one.
    mapping: Option<Value>,
    /// What is formatted is bytes.
    bytes: bool,
}

impl Values {
    fn take(&mut self, vm: &mut Vm<'_>) -> R {
        match self.items.get(self.next) {
            Some(item) => {
                self.next += 1;
                Ok(item.clone())
            }
            None => Err(vm.type_error("not enough arguments for format string")),
        }
    }
}

impl Vm<'_> {
    /// `text % args`.
    pub fn percent(&mut self, text: &str, args: &Value) -> R {
        let text = self.fill_percent(text, args, false)?;
        Ok(self.new_str(text))
    }

    /// `bytes % args`.
    pub fn percent_bytes(&mut self, bytes: &[u8], args: &Value) -> R<Vec<u8>> {
        let text: String = bytes.iter().map(|b| char::from(*b)).collect();
        let text = self.fill_percent(&text, args, true)?;
        Ok(text.chars().filter_map(|c| u8::try_from(u32::from(c)).ok()).collect())
    }

    fn fill_percent(&mut self, text: &str, args: &Value, bytes: bool) -> R<String> {
        let base = self.unwrap(args);
        let mut values = match base.as_obj(self.m) {
            Some(Obj::Tuple(items)) => {
                Values { items: items.to_vec(), next: 0, mapping: None, bytes }
            }
            _ => {
                let mapping = self.may_be_mapping(args).then(|| args.clone());
                Values { items: vec![args.clone()], next: 0, mapping, bytes }
            }
        };
        let pieces = parse_percent(text).map_err(|e| self.text_err(e))?;
        let mut out = String::with_capacity(text.len() + 16);
        for piece in &pieces {
            match piece {
                Piece::Literal(text) => out.push_str(text),
                Piece::Spec(spec) => self.convert(spec, &mut values, &mut out)?,
            }
        }
        if values.next < values.items.len() && values.mapping.is_none() {
            let what = if bytes { "bytes" } else { "string" };
            let message = format!("not all arguments converted during {what} formatting");
            return Err(self.type_error(message));
        }
        Ok(out)
    }

    /// Whether a value has items, and is not a string: then it need not be used up.
    fn may_be_mapping(&mut self, value: &Value) -> bool {
        match self.unwrap(value).as_obj(self.m) {
            Some(Obj::Str(_) | Obj::Tuple(_)) => false,
            Some(
                Obj::Dict(_)
                | Obj::List(_)
                | Obj::Bytes(_)
                | Obj::ByteArray(_)
                | Obj::Range(_)
                | Obj::Deque(_),
            ) => true,
            _ => {
                let class = self.type_of(value);
                self.lookup(&class, s().getitem).is_some()
            }
        }
    }

    fn star(&mut self, width: Option<Width>, values: &mut Values) -> R<Option<i64>> {
        if !matches!(width, Some(Width::Star)) {
            return Ok(None);
        }
        let value = values.take(self)?;
        match self.num(&value) {
            Some(Num::Int(n)) => Ok(Some(n)),
            Some(Num::Big(_)) => {
                Err(self.err("OverflowError", "Python int too large to convert to C ssize_t"))
            }
            _ => Err(self.text_err(star_error())),
        }
    }

    fn convert(&mut self, spec: &PercentSpec, values: &mut Values, out: &mut String) -> R<()> {
        if let Some(key) = &spec.key {
            let Some(mapping) = values.mapping.clone() else {
                return Err(self.type_error("format requires a mapping"));
            };
            let key = if values.bytes {
                self.new_bytes(key.chars().map(|c| c as u8).collect::<Vec<u8>>())
            } else {
                self.new_str(key.as_str())
            };
            let value = self.get_item(&mapping, &key)?;
            values.items = vec![value];
            values.next = 0;
        }
        let width = self.star(spec.width, values)?;
        let precision = self.star(spec.precision, values)?;
        let mut field = spec.field(width, precision);
        let value = values.take(self)?;
        if values.bytes {
            match spec.conv {
                'b' | 's' => {
                    field.conv = 's';
                    let text = self.bytes_as_text(&value)?;
                    let done = percent_str(&text, &field);
                    out.push_str(&done.map_err(|e| self.text_err(e))?);
                    return Ok(());
                }
                'c' => {
                    let byte = self.byte_as_text(&value)?;
                    let done = percent_str(&byte, &field);
                    out.push_str(&done.map_err(|e| self.text_err(e))?);
                    return Ok(());
                }
                // What is beyond ASCII is no byte.
                'r' => field.conv = 'a',
                _ => {}
            }
        }
        if !spec.is_supported() {
            return Err(self.text_err(spec.unsupported()));
        }
        let done = match field.conv {
            's' => {
                if field.width == 0
                    && field.precision.is_none()
                    && let Some(Obj::Str(text)) = value.as_obj(self.m)
                {
                    out.push_str(&text.text);
                    return Ok(());
                }
                percent_str(&self.str(&value)?, &field)
            }
            'r' => percent_str(&self.repr(&value)?, &field),
            'a' => percent_str(&self.ascii(&value)?, &field),
            'c' => return self.convert_char(&value, &field, out),
            'd' | 'i' | 'u' | 'o' | 'x' | 'X' => return self.convert_int(&value, &field, out),
            _ => percent_float(self.float(&value)?, &field),
        };
        out.push_str(&done.map_err(|e| self.text_err(e))?);
        Ok(())
    }

    /// The bytes of a value, a character for each.
    fn bytes_as_text(&mut self, value: &Value) -> R<String> {
        let inner = self.unwrap(value);
        let bytes = match inner.as_obj(self.m) {
            Some(Obj::Bytes(_) | Obj::ByteArray(_)) => self.bytes_of(&inner),
            _ => match self.call_special(value, s().bytes, &[])? {
                Some(made) => self.bytes_of(&made),
                None => {
                    let name = self.type_name(value);
                    return Err(self.type_error(format!(
                        "%b requires a bytes-like object, or an object that implements \
                         __bytes__, not '{name}'"
                    )));
                }
            },
        };
        Ok(bytes.into_iter().map(char::from).collect())
    }

    /// One byte: a number, or bytes.
    fn byte_as_text(&mut self, value: &Value) -> R<String> {
        let bytes = match self.num(value) {
            Some(Num::Int(n)) => match u8::try_from(n) {
                Ok(byte) => vec![byte],
                Err(_) => {
                    return Err(self.err("OverflowError", "%c arg not in range(256)"));
                }
            },
            _ => self.bytes_of(&self.unwrap(value)),
        };
        match bytes[..] {
            [byte] => Ok(char::from(byte).to_string()),
            _ => {
                let message = "%c requires an integer in range(256) or a single byte";
                Err(self.type_error(message))
            }
        }
    }

    fn convert_char(&mut self, value: &Value, field: &Field, out: &mut String) -> R<()> {
        let done = match (self.num(value), self.text_of(value)) {
            (Some(Num::Int(n)), _) => percent_i64(n, field),
            (Some(Num::Big(n)), _) => percent_i64(n.to_i64().unwrap_or(-1), field),
            (None, Some(text)) => percent_str(&text, field),
            _ => Err(percent_type_error('c', "")),
        };
        out.push_str(&done.map_err(|e| self.text_err(e))?);
        Ok(())
    }

    fn convert_int(&mut self, value: &Value, field: &Field, out: &mut String) -> R<()> {
        let decimal = matches!(field.conv, 'd' | 'i' | 'u');
        let mut number = self.num(value);
        if number.is_none() {
            // What can be made an int: by `__index__`, and for decimal ones by `__int__`.
            let class = self.type_of(value);
            let wanted = if decimal { [s().int, s().index] } else { [s().index, s().index] };
            for name in wanted {
                if number.is_none() && self.lookup(&class, name).is_some() {
                    let made = self.call_special(value, name, &[])?;
                    number = made.and_then(|made| self.num(&made));
                }
            }
        }
        let done = match number {
            Some(Num::Int(n)) => percent_i64(n, field),
            Some(Num::Big(n)) if decimal => {
                self.int_text(&n)?;
                percent_int(&n, field)
            }
            Some(Num::Big(n)) => percent_int(&n, field),
            Some(Num::Float(x)) if decimal => {
                float_to_int_bigint(x).and_then(|n| percent_int(&n, field))
            }
            _ => {
                let name = self.type_name(value);
                Err(percent_type_error(field.conv, &name))
            }
        };
        out.push_str(&done.map_err(|e| self.text_err(e))?);
        Ok(())
    }
}
