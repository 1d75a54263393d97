//! JSON to objects, without hooks. Who finds a mistake leaves it to the decoder that is written in
//! Python to say what it is.

use super::scan;
use crate::dict;
use crate::object::*;
use crate::text::number::{self, IntValue};
use crate::vm::{R, Vm};

/// How deep lists and objects may be nested.
const DEPTH: usize = 900;

pub struct Decoder<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

/// What the whole text says; nothing if it is not right.
pub fn decode(vm: &mut Vm<'_>, text: &str) -> R<Option<Value>> {
    let mut decoder = Decoder { text, at: 0, depth: 0 };
    decoder.skip_space();
    let value = decoder.value(vm)?;
    decoder.skip_space();
    Ok(value.filter(|_| decoder.at == text.len()))
}

impl Decoder<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Whether the text goes on so; then it is passed.
    fn eat(&mut self, word: &str) -> bool {
        let found = self.text.as_bytes()[self.at..].starts_with(word.as_bytes());
        if found {
            self.at += word.len();
        }
        found
    }

    fn value(&mut self, vm: &mut Vm<'_>) -> R<Option<Value>> {
        let constant = |found: bool, value| Ok(found.then_some(value));
        match self.peek() {
            Some(b'"') => Ok(self.string(vm)),
            Some(b'{') => self.nested(vm, Self::object),
            Some(b'[') => self.nested(vm, Self::array),
            Some(b'n') => constant(self.eat("null"), Value::None),
            Some(b't') => constant(self.eat("true"), Value::Bool(true)),
            Some(b'f') => constant(self.eat("false"), Value::Bool(false)),
            Some(b'N') => constant(self.eat("NaN"), Value::Float(f64::NAN)),
            Some(b'I') => constant(self.eat("Infinity"), Value::Float(f64::INFINITY)),
            Some(b'-') if self.eat("-Infinity") => Ok(Some(Value::Float(f64::NEG_INFINITY))),
            Some(b'-' | b'0'..=b'9') => Ok(self.number(vm)),
            _ => Ok(None),
        }
    }

    fn string(&mut self, vm: &Vm<'_>) -> Option<Value> {
        let (text, length) = scan(&self.text[self.at + 1..], true).ok()?;
        self.at += 1 + length;
        Some(vm.new_str(text))
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self, vm: &Vm<'_>) -> Option<Value> {
        let start = self.at;
        self.eat("-");
        if !self.eat("0") && self.digits() == 0 {
            return None;
        }
        let (whole, mut is_float) = (self.at, false);
        if self.eat(".") {
            is_float = true;
            if self.digits() == 0 {
                // Such a text ends before the point.
                self.at = whole;
                return None;
            }
        }
        if let Some(b'e' | b'E') = self.peek() {
            is_float = true;
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            if self.digits() == 0 {
                return None;
            }
        }
        let text = &self.text[start..self.at];
        if is_float {
            return text.parse().ok().map(Value::Float);
        }
        if let Ok(n) = text.parse() {
            return Some(Value::Int(n));
        }
        // There is a limit to how many digits are read.
        if text.len() > 600 {
            return None;
        }
        number::parse_int(text, 10).map(|n| match n {
            IntValue::Small(n) => Value::Int(n),
            IntValue::Big(n) => vm.new_int(n),
        })
    }

    fn nested(
        &mut self,
        vm: &mut Vm<'_>,
        f: fn(&mut Self, &mut Vm<'_>) -> R<Option<Value>>,
    ) -> R<Option<Value>> {
        if self.depth == DEPTH {
            return Ok(None);
        }
        self.at += 1;
        self.depth += 1;
        self.skip_space();
        let value = f(self, vm)?;
        self.depth -= 1;
        vm.safepoint()?;
        Ok(value)
    }

    fn array(&mut self, vm: &mut Vm<'_>) -> R<Option<Value>> {
        let mut items = Vec::new();
        if self.eat("]") {
            return Ok(Some(vm.new_list(items)));
        }
        loop {
            let Some(item) = self.value(vm)? else { return Ok(None) };
            items.push(item);
            self.skip_space();
            if self.eat("]") {
                return Ok(Some(vm.new_list(items)));
            }
            if !self.eat(",") {
                return Ok(None);
            }
            self.skip_space();
        }
    }

    fn object(&mut self, vm: &mut Vm<'_>) -> R<Option<Value>> {
        let object = vm.new_dict();
        if self.eat("}") {
            return Ok(Some(Value::Obj(object)));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Ok(None);
            }
            let Some(key) = self.string(vm) else { return Ok(None) };
            self.skip_space();
            if !self.eat(":") {
                return Ok(None);
            }
            self.skip_space();
            let Some(value) = self.value(vm)? else { return Ok(None) };
            dict::set(vm, &object, &key, &value)?;
            self.skip_space();
            if self.eat("}") {
                return Ok(Some(Value::Obj(object)));
            }
            if !self.eat(",") {
                return Ok(None);
            }
            self.skip_space();
        }
    }
}
