//! Objects to JSON, if they are of the plain classes. Whatever else there is, is left to the encoder
//! that is written in Python.

use super::quote;
use crate::dict;
use crate::object::*;
use crate::text::repr::float_repr;
use crate::vm::Vm;

/// How deep containers may be nested; one that contains itself is deeper.
const DEPTH: usize = 900;

/// How it is to look.
pub struct Encoder {
    pub ascii: bool,
    pub allow_nan: bool,
    pub comma: String,
    pub colon: String,
    pub indent: Option<String>,
    pub out: String,
}

/// Something is not as plain as that.
pub struct NotPlain;

impl Encoder {
    pub fn value(&mut self, vm: &Vm<'_>, value: &Value, depth: usize) -> Result<(), NotPlain> {
        match value {
            Value::None => self.out.push_str("null"),
            Value::Bool(b) => self.out.push_str(if *b { "true" } else { "false" }),
            Value::Int(n) => self.out.push_str(&n.to_string()),
            Value::Float(x) => {
                let text = self.float(*x)?;
                self.out.push_str(&text);
            }
            Value::Obj(gc) => match gc.get(vm.m) {
                Obj::Str(text) => quote(&text.text, self.ascii, &mut self.out),
                Obj::List(list) => {
                    let items = list.to_vec(vm.m);
                    let items = items.into_iter().map(|item| Value::from_ref(item, vm.m));
                    self.array(vm, items, depth)?;
                }
                Obj::Tuple(items) => self.array(vm, items.iter().cloned(), depth)?,
                Obj::Dict(_) => self.object(vm, gc, depth)?,
                _ => return Err(NotPlain),
            },
            _ => return Err(NotPlain),
        }
        Ok(())
    }

    fn float(&self, x: f64) -> Result<String, NotPlain> {
        if x.is_finite() {
            return Ok(float_repr(x));
        }
        if !self.allow_nan {
            return Err(NotPlain);
        }
        let text = if x.is_nan() {
            "NaN"
        } else if x > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        };
        Ok(text.to_owned())
    }

    fn array(
        &mut self,
        vm: &Vm<'_>,
        items: impl Iterator<Item = Value>,
        depth: usize,
    ) -> Result<(), NotPlain> {
        self.out.push('[');
        let mut is_empty = true;
        for item in items {
            self.before_item(is_empty, depth)?;
            is_empty = false;
            self.value(vm, &item, depth + 1)?;
        }
        self.end(is_empty, depth, ']');
        Ok(())
    }

    fn object(&mut self, vm: &Vm<'_>, gc: &Ref, depth: usize) -> Result<(), NotPlain> {
        self.out.push('{');
        let mut is_empty = true;
        for (key, item) in dict::of(gc, vm.m).entries(vm.m) {
            self.before_item(is_empty, depth)?;
            is_empty = false;
            match key.get(vm.m) {
                Obj::Str(text) => quote(&text.text, self.ascii, &mut self.out),
                Obj::Int(n) => self.out.push_str(&format!("\"{n}\"")),
                Obj::Bool(b) => self.out.push_str(if *b { "\"true\"" } else { "\"false\"" }),
                Obj::None => self.out.push_str("\"null\""),
                Obj::Float(x) => {
                    let text = self.float(*x)?;
                    self.out.push_str(&format!("\"{text}\""));
                }
                _ => return Err(NotPlain),
            }
            self.out.push_str(&self.colon);
            self.value(vm, &Value::from_ref(item, vm.m), depth + 1)?;
        }
        self.end(is_empty, depth, '}');
        Ok(())
    }

    fn new_line(&mut self, depth: usize) {
        if let Some(indent) = &self.indent {
            self.out.push('\n');
            for _ in 0..depth {
                self.out.push_str(indent);
            }
        }
    }

    fn before_item(&mut self, is_first: bool, depth: usize) -> Result<(), NotPlain> {
        if depth >= DEPTH {
            return Err(NotPlain);
        }
        if !is_first {
            self.out.push_str(&self.comma);
        }
        self.new_line(depth + 1);
        Ok(())
    }

    fn end(&mut self, is_empty: bool, depth: usize, bracket: char) {
        if !is_empty {
            self.new_line(depth);
        }
        self.out.push(bracket);
    }
}
