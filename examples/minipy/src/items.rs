//! Iteration and subscripts.

use std::sync::atomic::Ordering::*;

use brc::GcVec;
use num_traits::ToPrimitive;

use crate::code::Bin;
use crate::dict;
use crate::object::*;
use crate::ops::Num;
use crate::sym::s;
use crate::vm::{Args, Exit, R, Vm};

impl Vm<'_> {
    // Iteration.

    /// Python's `iter(x)`.
    pub fn iter(&mut self, value: &Value) -> R {
        let new = |vm: &Self, iter: Iter| Ok(Value::Obj(vm.alloc(Obj::Iter(Box::new(iter)))));
        let seq = |vm: &Self| new(vm, Iter::Seq { seq: value.clone(), index: 0.into() });
        let dict = |vm: &Self, dict: &Ref, kind, set| {
            let len = dict::of(dict, vm.m).len();
            let position = 0.into();
            new(vm, Iter::Dict { dict: dict.clone(), position, len, kind, set, reverse: false })
        };
        match value.as_obj(self.m) {
            Some(
                Obj::List(_)
                | Obj::Tuple(_)
                | Obj::Str(_)
                | Obj::Range(_)
                | Obj::Bytes(_)
                | Obj::ByteArray(_),
            ) => seq(self),
            Some(Obj::Generator(_) | Obj::Iter(_)) => Ok(value.clone()),
            Some(Obj::Dict(_)) => {
                dict(self, value.as_ref().expect("a dict"), ViewKind::Keys, false)
            }
            Some(Obj::Set(_) | Obj::FrozenSet(_)) => {
                dict(self, value.as_ref().expect("a set"), ViewKind::Keys, true)
            }
            Some(Obj::DictView(view)) => {
                let (d, kind) = (view.0.clone(), view.1);
                dict(self, &d, kind, false)
            }
            Some(Obj::Deque(d)) => {
                let changes = d.changes.load(Relaxed).into();
                let deque = value.as_ref().expect("a deque").clone();
                new(self, Iter::Deque { deque, index: 0.into(), changes, reverse: false })
            }
            Some(Obj::Instance(_)) => {
                let class = self.type_of(value);
                if matches!(self.lookup(&class, s().iter), Some(Value::None)) {
                    return Err(self.not_iterable(value));
                }
                if let Some(it) = self.call_special(value, s().iter, &[])? {
                    let class = self.type_of(&it);
                    if self.lookup(&class, s().next).is_none()
                        && !matches!(it.as_obj(self.m), Some(Obj::Iter(_) | Obj::Generator(_)))
                    {
                        let name = self.type_name(&it);
                        return Err(self
                            .type_error(format!("iter() returned non-iterator of type '{name}'")));
                    }
                    return Ok(it);
                }
                let class = self.type_of(value);
                if self.lookup(&class, s().getitem).is_some()
                    && !matches!(self.base_of(value), Some(b) if !b.is_none())
                {
                    return new(self, Iter::Items { seq: value.clone(), index: 0.into() });
                }
                match self.base_of(value) {
                    Some(base) => self.iter(&base),
                    None => Err(self.not_iterable(value)),
                }
            }
            Some(Obj::Class(_)) => {
                let class = value.as_ref().expect("a class").clone();
                if let Some(f) = self.lookup(&class, s().class_iter) {
                    let f = self.bind_descriptor(&f, None, &class)?;
                    let it = self.call(&f, &[])?;
                    return self.iter(&it);
                }
                let _ = class;
                Err(self.type_error("'type' object is not iterable"))
            }
            Some(Obj::Native(_)) => match self.call_special(value, s().iter, &[])? {
                Some(it) => Ok(it),
                None => Err(self.not_iterable(value)),
            },
            _ => Err(self.not_iterable(value)),
        }
    }

    #[cold]
    fn not_iterable(&mut self, value: &Value) -> crate::vm::PyErr {
        let name = self.type_name(value);
        self.type_error(format!("'{name}' object is not iterable"))
    }

    /// The next item of an iterator, or nothing at its end.
    #[inline]
    pub fn next(&mut self, it: &Value) -> R<Option<Value>> {
        Ok(self.next_or_stop(it)?.ok())
    }

    /// The next item, or the value that the iterator ended with.
    pub fn next_or_stop(&mut self, it: &Value) -> R<Result<Value, Value>> {
        let ended = |value: Option<Value>| value.ok_or(Value::None);
        match it.as_obj(self.m) {
            Some(Obj::Generator(_)) => {
                let generator = it.as_ref().expect("a generator");
                match self.resume(generator, crate::call::Resume::Send(Value::None))? {
                    Exit::Yield(value) => Ok(Ok(value)),
                    Exit::Return(value) => Ok(Err(value)),
                }
            }
            Some(Obj::Iter(_)) => self.next_builtin(it).map(ended),
            Some(Obj::Instance(_) | Obj::Native(_)) => match self.call_special(it, s().next, &[]) {
                Ok(Some(value)) => Ok(Ok(value)),
                Ok(None) => Err(self.not_iterator(it)),
                Err(e) => match self.stop_value(&e) {
                    Some(value) => Ok(Err(value)),
                    None => Err(e),
                },
            },
            _ => Err(self.not_iterator(it)),
        }
    }

    #[cold]
    fn not_iterator(&mut self, value: &Value) -> crate::vm::PyErr {
        let name = self.type_name(value);
        self.type_error(format!("'{name}' object is not an iterator"))
    }

    fn next_builtin(&mut self, it: &Value) -> R<Option<Value>> {
        let Some(Obj::Iter(iter)) = it.as_obj(self.m) else { return Ok(None) };
        match &**iter {
            Iter::Seq { .. } => Ok(self.next_of_seq(it).flatten()),
            Iter::Items { seq, index } => {
                let at = index.load(Relaxed);
                if at < 0 {
                    return Ok(None);
                }
                index.store(at + 1, Relaxed);
                let seq = seq.clone();
                match self.get_item(&seq, &Value::Int(at)) {
                    Ok(item) => Ok(Some(item)),
                    Err(e) if self.is_err(&e, "IndexError") || self.is_err(&e, "StopIteration") => {
                        if let Some(Obj::Iter(iter)) = it.as_obj(self.m)
                            && let Iter::Items { index, .. } = &**iter
                        {
                            index.store(-1, Relaxed);
                        }
                        Ok(None)
                    }
                    Err(e) => Err(e),
                }
            }
            Iter::Reversed { seq, index } => {
                let at = index.load(Relaxed);
                if at < 0 {
                    return Ok(None);
                }
                index.store(at - 1, Relaxed);
                let seq = seq.clone();
                match seq.as_obj(self.m) {
                    Some(Obj::Instance(_)) => match self.get_item(&seq, &Value::Int(at)) {
                        Err(e)
                            if self.is_err(&e, "IndexError")
                                || self.is_err(&e, "StopIteration") =>
                        {
                            Ok(None)
                        }
                        item => item.map(Some),
                    },
                    Some(Obj::Str(text)) => {
                        Ok(text.text.chars().nth(at as usize).map(|c| self.new_str(c.to_string())))
                    }
                    _ => Ok(self.item_at(&seq, at).0),
                }
            }
            Iter::Dict { dict, position, len, kind, set, reverse } => {
                let d = dict::of(dict, self.m);
                let at = position.load(Relaxed);
                if at == usize::MAX {
                    return Ok(None);
                }
                if d.len() != *len {
                    let what = if *set { "Set" } else { "dictionary" };
                    position.store(usize::MAX, Relaxed);
                    return Err(
                        self.err("RuntimeError", format!("{what} changed size during iteration"))
                    );
                }
                let found = if *reverse {
                    d.entry_before(self.m, if at == 0 { usize::MAX } else { at - 1 })
                } else {
                    d.entry_at(self.m, at)
                };
                match found {
                    Some((number, key, value)) => {
                        // Backwards: one more than the entry's number, so that 0 is the begin.
                        let next = if *reverse && number == 0 { usize::MAX } else { number + 1 };
                        position.store(next, Relaxed);
                        Ok(Some(match kind {
                            ViewKind::Keys => Value::from_local(key),
                            ViewKind::Values => Value::from_local(value),
                            ViewKind::Items => self
                                .new_tuple(vec![Value::from_local(key), Value::from_local(value)]),
                        }))
                    }
                    None => {
                        position.store(usize::MAX, Relaxed);
                        Ok(None)
                    }
                }
            }
            Iter::Enumerate { inner, count } => {
                let n = count.load(Relaxed);
                if let Some(item) = self.next_of_seq(inner) {
                    count.store(n + 1, Relaxed);
                    return Ok(item.map(|item| self.new_tuple(vec![Value::Int(n), item])));
                }
                let inner = inner.clone();
                match self.next(&inner)? {
                    Some(item) => {
                        if let Some(Obj::Iter(iter)) = it.as_obj(self.m)
                            && let Iter::Enumerate { count, .. } = &**iter
                        {
                            count.store(n + 1, Relaxed);
                        }
                        Ok(Some(self.new_tuple(vec![Value::Int(n), item])))
                    }
                    None => Ok(None),
                }
            }
            Iter::Zip { inner, strict, done } => {
                let strict = *strict;
                if done.load(Relaxed) || inner.is_empty() {
                    return Ok(None);
                }
                let mut items = self.next_of_seqs(inner);
                if items.len() == inner.len() {
                    return Ok(Some(self.new_tuple(items)));
                }
                let inner = inner.to_vec();
                for (i, one) in inner.iter().enumerate().skip(items.len()) {
                    match self.next(one)? {
                        Some(item) => items.push(item),
                        None => {
                            if let Some(Obj::Iter(iter)) = it.as_obj(self.m)
                                && let Iter::Zip { done, .. } = &**iter
                            {
                                done.store(true, Relaxed);
                            }
                            if strict {
                                return self.zip_ended(&inner, i);
                            }
                            return Ok(None);
                        }
                    }
                }
                Ok(Some(self.new_tuple(items)))
            }
            Iter::Map { f, inner } => {
                let f = f.clone();
                let mut items = self.next_of_seqs(inner);
                let rest = inner[items.len()..].to_vec();
                for one in &rest {
                    match self.next(one)? {
                        Some(item) => items.push(item),
                        None => return Ok(None),
                    }
                }
                self.call_regs(&f, None, &mut items).map(Some)
            }
            Iter::Filter { f, inner } => {
                let (f, inner) = (f.clone(), inner.clone());
                while let Some(item) = self.next(&inner)? {
                    let keep = match &f {
                        Value::None => self.truth(&item)?,
                        f => {
                            let result = self.call(f, std::slice::from_ref(&item))?;
                            self.truth(&result)?
                        }
                    };
                    if keep {
                        return Ok(Some(item));
                    }
                    self.safepoint()?;
                }
                Ok(None)
            }
            Iter::Call { f, sentinel, done } => {
                if done.load(Relaxed) {
                    return Ok(None);
                }
                let (f, sentinel) = (f.clone(), sentinel.clone());
                let item = self.call(&f, &[])?;
                if self.equal(&item, &sentinel)? {
                    if let Some(Obj::Iter(iter)) = it.as_obj(self.m)
                        && let Iter::Call { done, .. } = &**iter
                    {
                        done.store(true, Relaxed);
                    }
                    return Ok(None);
                }
                Ok(Some(item))
            }
            Iter::Deque { deque, index, changes, reverse } => {
                let Obj::Deque(d) = deque.get(self.m) else { return Ok(None) };
                if d.changes.load(Relaxed) != changes.load(Relaxed) {
                    return Err(self.err("RuntimeError", "deque mutated during iteration"));
                }
                let at = index.fetch_add(1, Relaxed) as usize;
                let items = d.items.lock().unwrap_or_else(|e| e.into_inner());
                Ok(if *reverse {
                    items.len().checked_sub(at + 1).and_then(|at| items.get(at).cloned())
                } else {
                    items.get(at).cloned()
                })
            }
            Iter::Lines { file } => {
                let file = file.clone();
                self.next_line(&file)
            }
        }
    }

    /// The next item of an iterator of a builtin sequence, which takes no program; `None` if
    /// it is another iterator.
    #[inline]
    fn next_of_seq(&self, it: &Value) -> Option<Option<Value>> {
        let Some(Obj::Iter(iter)) = it.as_obj(self.m) else { return None };
        let Iter::Seq { seq, index } = &**iter else { return None };
        let at = index.load(Relaxed);
        if at < 0 {
            return Some(None);
        }
        let (item, next) = self.item_at(seq, at);
        index.store(if item.is_some() { next } else { -1 }, Relaxed);
        Some(item)
    }

    /// The next items of the first iterators, as long as they are of builtin sequences that have
    /// one.
    fn next_of_seqs(&self, inner: &[Value]) -> Vec<Value> {
        let mut items = Vec::with_capacity(inner.len());
        for one in inner {
            match self.next_of_seq(one) {
                Some(Some(item)) => items.push(item),
                _ => break,
            }
        }
        items
    }

    fn zip_ended(&mut self, inner: &[Value], i: usize) -> R<Option<Value>> {
        if i > 0 {
            let s = if i == 1 { "argument 1".to_owned() } else { format!("arguments 1-{i}") };
            return Err(self.value_error(format!("zip() argument {} is shorter than {s}", i + 1)));
        }
        for (j, one) in inner.iter().enumerate().skip(1) {
            if self.next(one)?.is_some() {
                let s = if j == 1 { "argument 1".to_owned() } else { format!("arguments 1-{j}") };
                return Err(
                    self.value_error(format!("zip() argument {} is longer than {s}", j + 1))
                );
            }
        }
        Ok(None)
    }

    /// An item of a builtin sequence at a position, and the next position.
    fn item_at(&self, seq: &Value, at: i64) -> (Option<Value>, i64) {
        let i = at as usize;
        let item = match seq.as_obj(self.m) {
            Some(Obj::List(list)) => list.get(self.m, i).map(Value::from_local),
            Some(Obj::Tuple(items)) => items.get(i).cloned(),
            Some(Obj::Range(r)) => (i < r.len()).then(|| Value::Int(r.at(i))),
            Some(Obj::Str(text)) => {
                // Positions are bytes.
                let c = text.text.get(i..).and_then(|rest| rest.chars().next());
                let next = at + c.map_or(1, |c| c.len_utf8() as i64);
                return (c.map(|c| self.new_char(c)), next);
            }
            Some(Obj::Bytes(b)) => b.get(i).map(|b| Value::Int(i64::from(*b))),
            Some(Obj::ByteArray(b)) => {
                let b = b.lock().unwrap_or_else(|e| e.into_inner());
                b.get(i).map(|b| Value::Int(i64::from(*b)))
            }
            Some(Obj::Deque(d)) => {
                d.items.lock().unwrap_or_else(|e| e.into_inner()).get(i).cloned()
            }
            _ => None,
        };
        (item, at + 1)
    }

    pub fn new_char(&self, c: char) -> Value {
        match self.s.chars.get(c as usize) {
            Some(one) => Value::Obj(one.clone()),
            None => self.new_str(c.to_string()),
        }
    }

    /// All items of an iterable.
    pub fn collect(&mut self, value: &Value) -> R<Vec<Value>> {
        match value.as_obj(self.m) {
            Some(Obj::List(list)) => return Ok(list.iter(self.m).map(Value::from_local).collect()),
            Some(Obj::Tuple(items)) => return Ok(items.to_vec()),
            Some(Obj::Range(r)) => return Ok((0..r.len()).map(|i| Value::Int(r.at(i))).collect()),
            Some(Obj::Set(d) | Obj::FrozenSet(d) | Obj::Dict(d)) => return Ok(d.keys(self.m)),
            Some(Obj::Str(text)) => {
                return Ok(text.text.chars().map(|c| self.new_char(c)).collect());
            }
            _ => {}
        }
        let it = self.iter(value)?;
        let mut all = Vec::new();
        while let Some(item) = self.next(&it)? {
            all.push(item);
            if all.len() % 64 == 0 {
                self.safepoint()?;
            }
        }
        Ok(all)
    }

    /// Exactly so many items.
    pub fn unpack(&mut self, value: &Value, n: usize) -> R<Vec<Value>> {
        if matches!(value.as_obj(self.m), Some(Obj::List(_) | Obj::Tuple(_))) {
            let items = self.items_of(value);
            if items.len() == n {
                return Ok(items);
            }
            let got = items.len();
            return Err(if got > n {
                self.value_error(format!("too many values to unpack (expected {n})"))
            } else {
                self.value_error(format!("not enough values to unpack (expected {n}, got {got})"))
            });
        }
        let it = match self.iter(value) {
            Ok(it) => it,
            Err(e) if self.is_err(&e, "TypeError") => {
                let name = self.type_name(value);
                return Err(self.type_error(format!("cannot unpack non-iterable {name} object")));
            }
            Err(e) => return Err(e),
        };
        let mut items = Vec::with_capacity(n);
        while let Some(item) = self.next(&it)? {
            if items.len() == n {
                return Err(self.value_error(format!("too many values to unpack (expected {n})")));
            }
            items.push(item);
        }
        if items.len() < n {
            let got = items.len();
            return Err(
                self.value_error(format!("not enough values to unpack (expected {n}, got {got})"))
            );
        }
        Ok(items)
    }

    /// Items before, a list of those in the middle, items after.
    pub fn unpack_star(&mut self, value: &Value, before: usize, after: usize) -> R<Vec<Value>> {
        let mut items = match self.collect(value) {
            Ok(items) => items,
            Err(e)
                if self.is_err(&e, "TypeError")
                    && !matches!(value.as_obj(self.m), Some(Obj::Generator(_))) =>
            {
                let name = self.type_name(value);
                return Err(self.type_error(format!("cannot unpack non-iterable {name} object")));
            }
            Err(e) => return Err(e),
        };
        if items.len() < before + after {
            let got = items.len();
            return Err(self.value_error(format!(
                "not enough values to unpack (expected at least {}, got {got})",
                before + after
            )));
        }
        let tail = items.split_off(items.len() - after);
        let middle = items.split_off(before);
        items.push(self.new_list(middle));
        items.extend(tail);
        Ok(items)
    }

    pub fn extend_display(&mut self, list: &Value, source: &Value, f: Option<&Value>) -> R<()> {
        let items = match self.collect(source) {
            Ok(items) => items,
            Err(e) if self.is_err(&e, "TypeError") && self.iter(source).is_err() => {
                let name = self.type_name(source);
                let what = match f {
                    Some(f) => format!("{} argument", self.callee_name(f)),
                    None => "Value".to_string(),
                };
                return Err(
                    self.type_error(format!("{what} after * must be an iterable, not {name}"))
                );
            }
            Err(e) => return Err(e),
        };
        let boxed: Vec<Ref> = items.iter().map(|item| self.boxed(item)).collect();
        if let Some(Obj::List(list)) = list.as_obj(self.m) {
            list.extend(self.m, boxed);
        }
        Ok(())
    }

    /// `{**source}`; with a function: as arguments of a call, none twice.
    pub fn update_display(&mut self, d: &Ref, source: &Value, call: Option<&Value>) -> R<()> {
        let inner = self.unwrap(source);
        let entries = match inner.as_obj(self.m) {
            Some(Obj::Dict(s)) => s
                .entries(self.m)
                .into_iter()
                .map(|(k, v)| (Value::from_ref(k, self.m), Value::from_ref(v, self.m)))
                .collect(),
            _ => match self.getattr_opt(source, s().keys)? {
                Some(keys) => {
                    let keys = self.call(&keys, &[])?;
                    let mut all = Vec::new();
                    for key in self.collect(&keys)? {
                        let value = self.get_item(source, &key)?;
                        all.push((key, value));
                    }
                    all
                }
                None => {
                    let name = self.type_name(source);
                    return Err(if let Some(f) = call {
                        let f = self.callee_name(f);
                        self.type_error(format!(
                            "{f} argument after ** must be a mapping, not {name}"
                        ))
                    } else {
                        self.type_error(format!("'{name}' object is not a mapping"))
                    });
                }
            },
        };
        for (key, value) in entries {
            if let Some(f) = call {
                if !matches!(key.as_obj(self.m), Some(Obj::Str(_))) {
                    return Err(self.type_error("keywords must be strings"));
                }
                if dict::contains(self, d, &key)? {
                    let f = self.callee_name(f);
                    let key = self.str(&key)?;
                    return Err(self.type_error(format!(
                        "{f} got multiple values for keyword argument '{key}'"
                    )));
                }
            }
            dict::set(self, d, &key, &value)?;
        }
        Ok(())
    }

    fn callee_name(&mut self, f: &Value) -> String {
        let q = match self.getattr_opt(f, s().qualname) {
            Ok(Some(q)) => self.str(&q).unwrap_or_default(),
            _ => self.type_name(f),
        };
        let module = match self.getattr_opt(f, s().module) {
            Ok(Some(m)) if matches!(m.as_obj(self.m), Some(Obj::Str(_))) => {
                self.str(&m).unwrap_or_default()
            }
            _ => String::new(),
        };
        if module.is_empty() || module == "builtins" {
            format!("{q}()")
        } else {
            format!("{module}.{q}()")
        }
    }

    /// Appends all items.
    pub fn list_extend(&mut self, list: &Value, source: &Value) -> R<()> {
        let items = self.collect(source)?;
        let boxed: Vec<Ref> = items.iter().map(|item| self.boxed(item)).collect();
        if let Some(Obj::List(list)) = list.as_obj(self.m) {
            list.extend(self.m, boxed);
        }
        Ok(())
    }

    // Length, membership.

    /// Python's `len(x)`.
    pub fn len(&mut self, value: &Value) -> R<usize> {
        Ok(match value.as_obj(self.m) {
            Some(Obj::Str(s)) => s.chars as usize,
            Some(Obj::List(list)) => list.len(self.m),
            Some(Obj::Tuple(items)) => items.len(),
            Some(Obj::Dict(d) | Obj::Set(d) | Obj::FrozenSet(d)) => d.len(),
            Some(Obj::Bytes(b)) => b.len(),
            Some(Obj::ByteArray(b)) => b.lock().unwrap_or_else(|e| e.into_inner()).len(),
            Some(Obj::Range(r)) => r.len(),
            Some(Obj::DictView(v)) => dict::of(&v.0, self.m).len(),
            Some(Obj::Deque(d)) => d.items.lock().unwrap_or_else(|e| e.into_inner()).len(),
            Some(Obj::Class(_)) => {
                let class = value.as_ref().expect("a class").clone();
                match self.lookup(&class, s().class_len) {
                    Some(f) => {
                        let f = self.bind_descriptor(&f, None, &class)?;
                        let n = self.call(&f, &[])?;
                        return self.index_i64(&n).map(|n| n as usize);
                    }
                    None => return Err(self.type_error("object of type 'type' has no len()")),
                }
            }
            Some(Obj::Instance(_)) => {
                let class = self.type_of(value);
                let user = self.lookup(&class, s().len);
                match user {
                    Some(f) if !matches!(f.as_obj(self.m), Some(Obj::Builtin(_))) => {
                        let n = self.call_bound(&f, value.clone(), Args::new(&[]))?;
                        if !matches!(self.num(&n), Some(Num::Int(_) | Num::Big(_))) {
                            let name = self.type_name(&n);
                            return Err(self.type_error(format!(
                                "'{name}' object cannot be interpreted as an integer"
                            )));
                        }
                        let n = self.index_i64(&n)?;
                        if n < 0 {
                            return Err(self.value_error("__len__() should return >= 0"));
                        }
                        n as usize
                    }
                    _ => match self.base_of(value) {
                        Some(base) => return self.len(&base),
                        None => {
                            let name = self.type_name(value);
                            return Err(
                                self.type_error(format!("object of type '{name}' has no len()"))
                            );
                        }
                    },
                }
            }
            _ => {
                let name = self.type_name(value);
                return Err(self.type_error(format!("object of type '{name}' has no len()")));
            }
        })
    }

    /// Python's `item in value`.
    pub fn contains(&mut self, value: &Value, item: &Value) -> R<bool> {
        match value.as_obj(self.m) {
            Some(Obj::Dict(_) | Obj::Set(_) | Obj::FrozenSet(_)) => {
                let d = value.as_ref().expect("a dict or set").clone();
                if matches!(item.as_obj(self.m), Some(Obj::Set(_)))
                    && !matches!(d.get(self.m), Obj::Dict(_))
                {
                    // A set is looked for as the frozenset that is equal to it.
                    let frozen = Obj::FrozenSet(dict::Dict::new());
                    let frozen = self.alloc(frozen);
                    let source = item.as_ref().expect("a set");
                    dict::of(&frozen, self.m).copy_from(self, dict::of(source, self.m));
                    return dict::contains(self, &d, &Value::Obj(frozen));
                }
                dict::contains(self, &d, item)
            }
            Some(Obj::Str(text)) => match item.as_obj(self.m) {
                Some(Obj::Str(part)) => Ok(text.text.contains(&*part.text)),
                _ => {
                    let inner = self.unwrap(item);
                    if let (Some(Obj::Str(part)), Some(Obj::Str(text))) =
                        (inner.as_obj(self.m), value.as_obj(self.m))
                    {
                        return Ok(text.text.contains(&*part.text));
                    }
                    let name = self.type_name(item);
                    Err(self.type_error(format!(
                        "'in <string>' requires string as left operand, not {name}"
                    )))
                }
            },
            Some(Obj::Bytes(_) | Obj::ByteArray(_)) => {
                let all = self.bytes_of(value);
                match self.num(item) {
                    Some(Num::Int(n)) => match u8::try_from(n) {
                        Ok(n) => Ok(all.contains(&n)),
                        Err(_) => Err(self.value_error("byte must be in range(0, 256)")),
                    },
                    _ => {
                        if !matches!(item.as_obj(self.m), Some(Obj::Bytes(_) | Obj::ByteArray(_))) {
                            let name = self.type_name(item);
                            return Err(self.type_error(format!(
                                "a bytes-like object is required, not '{name}'"
                            )));
                        }
                        let part = self.bytes_of(item);
                        Ok(part.is_empty() || all.windows(part.len()).any(|w| w == part))
                    }
                }
            }
            Some(Obj::Range(r)) => match self.num(item) {
                Some(Num::Int(n)) => {
                    let (start, stop, step) = (r.start, r.stop, r.step);
                    let within =
                        if step > 0 { start <= n && n < stop } else { stop < n && n <= start };
                    Ok(within && (i128::from(n) - i128::from(start)) % i128::from(step) == 0)
                }
                Some(Num::Float(x)) if x.fract() == 0.0 && x.abs() < 9e18 => {
                    self.contains(value, &Value::Int(x as i64))
                }
                _ => Ok(false),
            },
            Some(Obj::List(_)) => {
                let list = value.as_ref().expect("a list");
                Ok(crate::types::list::find(self, list, item, 0, usize::MAX)?.is_some())
            }
            Some(Obj::Tuple(_) | Obj::Deque(_)) => {
                for other in self.items_of(value) {
                    if self.equal(&other, item)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Some(Obj::DictView(v)) => {
                let (d, kind) = (v.0.clone(), v.1);
                match kind {
                    ViewKind::Keys => dict::contains(self, &d, item),
                    ViewKind::Values => {
                        for (_, value) in dict::of(&d, self.m).entries(self.m) {
                            let value = Value::from_ref(value, self.m);
                            if self.equal(&value, item)? {
                                return Ok(true);
                            }
                        }
                        Ok(false)
                    }
                    ViewKind::Items => {
                        let pair = match item.as_obj(self.m) {
                            Some(Obj::Tuple(pair)) if pair.len() == 2 => pair.to_vec(),
                            _ => return Ok(false),
                        };
                        match dict::get(self, &d, &pair[0])? {
                            Some(value) => self.equal(&value, &pair[1]),
                            None => Ok(false),
                        }
                    }
                }
            }
            Some(Obj::Class(_)) => {
                let class = value.as_ref().expect("a class").clone();
                if let Some(f) = self.lookup(&class, s().class_contains) {
                    let f = self.bind_descriptor(&f, None, &class)?;
                    let found = self.call(&f, std::slice::from_ref(item))?;
                    return self.truth(&found);
                }
                self.contains_slowly(value, item)
            }
            Some(Obj::Instance(_)) => {
                let class = self.type_of(value);
                match self.lookup(&class, s().contains) {
                    Some(f) if !matches!(f.as_obj(self.m), Some(Obj::Builtin(_))) => {
                        let f = self.bind_descriptor(&f, Some(value), &class)?;
                        let found = self.call(&f, std::slice::from_ref(item))?;
                        self.truth(&found)
                    }
                    _ => match self.base_of(value) {
                        Some(base) => self.contains(&base, item),
                        None => self.contains_slowly(value, item),
                    },
                }
            }
            _ => self.contains_slowly(value, item),
        }
    }

    fn contains_slowly(&mut self, value: &Value, item: &Value) -> R<bool> {
        let it = match self.iter(value) {
            Ok(it) => it,
            Err(e) if self.is_err(&e, "TypeError") => {
                let name = self.type_name(value);
                return Err(self.type_error(format!("argument of type '{name}' is not iterable")));
            }
            Err(e) => return Err(e),
        };
        while let Some(other) = self.next(&it)? {
            if self.equal(&other, item)? {
                return Ok(true);
            }
            self.safepoint()?;
        }
        Ok(false)
    }

    // Subscripts.

    /// Where a slice begins, its step, and how many items it has of so many.
    pub fn slice_of(&mut self, parts: &[Value; 3], len: usize) -> R<(i64, i64, usize)> {
        let len = len as i64;
        let bound = |vm: &mut Self, part: &Value| -> R<Option<i64>> {
            if part.is_none() {
                return Ok(None);
            }
            let class = vm.type_of(part);
            if vm.num(part).is_none_or(|n| matches!(n, Num::Float(_)))
                && vm.lookup(&class, s().index).is_none()
            {
                return Err(vm.type_error(
                    "slice indices must be integers or None or have an __index__ method",
                ));
            }
            let n = vm.index(part)?;
            let limit =
                if n.sign() == num_bigint::Sign::Minus { i64::MIN / 4 } else { i64::MAX / 4 };
            Ok(Some(n.to_i64().unwrap_or(limit).clamp(i64::MIN / 4, i64::MAX / 4)))
        };
        // Usually the parts are small numbers.
        if let (
            Value::None | Value::Int(_),
            Value::None | Value::Int(_),
            Value::None | Value::Int(1),
        ) = (&parts[0], &parts[1], &parts[2])
        {
            let place = |part: &Value, default: i64| match part {
                Value::Int(n) if *n < 0 => n.saturating_add(len).max(0),
                Value::Int(n) => (*n).min(len),
                _ => default,
            };
            let (start, stop) = (place(&parts[0], 0), place(&parts[1], len));
            return Ok((start, 1, (stop - start).max(0) as usize));
        }
        let step = bound(self, &parts[2])?.unwrap_or(1);
        if step == 0 {
            return Err(self.value_error("slice step cannot be zero"));
        }
        let (low, high) = if step > 0 { (0, len) } else { (-1, len - 1) };
        let place = |vm: &mut Self, part: &Value, default: i64| -> R<i64> {
            Ok(match bound(vm, part)? {
                None => default,
                Some(n) if n < 0 => (n + len).max(low),
                Some(n) => n.min(high),
            })
        };
        let start = place(self, &parts[0], if step > 0 { 0 } else { len - 1 })?;
        let stop = place(self, &parts[1], if step > 0 { len } else { -1 })?;
        let range = Range { start, stop, step };
        Ok((start, step, range.len()))
    }

    /// An index within so many items; negative ones count from the end.
    fn place(&mut self, what: &str, index: &Value, len: usize) -> R<usize> {
        let n = self.index_i64(index).map_err(|e| self.index_too_large(e))?;
        let at = if n < 0 { n + len as i64 } else { n };
        if at < 0 || at >= len as i64 {
            return Err(self.index_error(&format!("{what} index out of range")));
        }
        Ok(at as usize)
    }

    fn index_too_large(&mut self, e: crate::vm::PyErr) -> crate::vm::PyErr {
        if self.is_err(&e, "OverflowError") {
            return self.index_error("cannot fit 'int' into an index-sized integer");
        }
        e
    }

    fn is_index(&mut self, index: &Value) -> bool {
        match self.num(index) {
            Some(Num::Float(_)) => false,
            Some(_) => true,
            None => {
                let class = self.type_of(index);
                self.lookup(&class, s().index).is_some()
            }
        }
    }

    /// `value[index]`.
    pub fn get_item(&mut self, value: &Value, index: &Value) -> R {
        let Value::Obj(gc) = value else { return Err(self.not_subscriptable(value)) };
        match gc.get(self.m) {
            Obj::Dict(_) => match dict::get(self, gc, index)? {
                Some(found) => Ok(found),
                None => Err(self.key_error(index)),
            },
            Obj::List(_)
            | Obj::Tuple(_)
            | Obj::Str(_)
            | Obj::Bytes(_)
            | Obj::ByteArray(_)
            | Obj::Range(_)
            | Obj::Deque(_) => self.get_sequence_item(value, index),
            Obj::Instance(_) => {
                let class = self.type_of(value);
                if let Some(f) = self.lookup(&class, s().getitem)
                    && !matches!(f.as_obj(self.m), Some(Obj::Builtin(_)))
                {
                    let args = [index.clone()];
                    if matches!(f.as_obj(self.m), Some(Obj::Function(_))) {
                        return self.call_bound(&f, value.clone(), Args::new(&args));
                    }
                    let f = self.bind_descriptor(&f, Some(value), &class)?;
                    return self.call(&f, &args);
                }
                let Some(base) = self.base_of(value) else {
                    return Err(self.not_subscriptable(value));
                };
                if let Value::Obj(d) = &base
                    && matches!(d.get(self.m), Obj::Dict(_))
                {
                    if let Some(found) = dict::get(self, d, index)? {
                        return Ok(found);
                    }
                    if let Some(found) =
                        self.call_special(value, s().missing, std::slice::from_ref(index))?
                    {
                        return Ok(found);
                    }
                    return Err(self.key_error(index));
                }
                self.get_item(&base, index)
            }
            Obj::Class(_) => {
                let class = gc.clone();
                if let Some(f) = self.lookup(&class, s().class_getitem) {
                    let f = self.bind_descriptor(&f, None, &class)?;
                    return self.call(&f, std::slice::from_ref(index));
                }
                let generic = ["list", "dict", "tuple", "set", "frozenset", "type", "deque"];
                let name = self.class_name(&class);
                if generic.contains(&name.as_str()) {
                    // `list[int]`: for annotations.
                    return Ok(value.clone());
                }
                Err(self.type_error(format!("type '{name}' is not subscriptable")))
            }
            _ => {
                if let Some(found) =
                    self.call_special(value, s().getitem, std::slice::from_ref(index))?
                {
                    return Ok(found);
                }
                Err(self.not_subscriptable(value))
            }
        }
    }

    #[cold]
    fn not_subscriptable(&mut self, value: &Value) -> crate::vm::PyErr {
        let name = self.type_name(value);
        self.type_error(format!("'{name}' object is not subscriptable"))
    }

    fn get_sequence_item(&mut self, value: &Value, index: &Value) -> R {
        let what = match value.as_obj(self.m) {
            Some(Obj::List(_)) => "list",
            Some(Obj::Tuple(_)) => "tuple",
            Some(Obj::Str(_)) => "string",
            Some(Obj::Bytes(_)) => "byte",
            Some(Obj::ByteArray(_)) => "bytearray",
            Some(Obj::Deque(_)) => "deque",
            _ => "range",
        };
        if let Some(Obj::Slice(parts)) = index.as_obj(self.m)
            && what != "deque"
        {
            let parts = [0, 1, 2].map(|i| parts[i].clone());
            let len = self.len(value)?;
            let (start, step, n) = self.slice_of(&parts, len)?;
            return Ok(self.slice_items(value, start, step, n));
        }
        if !self.is_index(index) {
            let name = self.type_name(index);
            let plural = match what {
                "list" => "list indices must be integers or slices",
                "tuple" => "tuple indices must be integers or slices",
                "string" => {
                    return Err(
                        self.type_error(format!("string indices must be integers, not '{name}'"))
                    );
                }
                "byte" => "byte indices must be integers or slices",
                "bytearray" => "bytearray indices must be integers or slices",
                "deque" => {
                    let message = format!("sequence index must be integer, not '{name}'");
                    return Err(self.type_error(message));
                }
                _ => "range indices must be integers or slices",
            };
            return Err(self.type_error(format!("{plural}, not {name}")));
        }
        let len = self.len(value)?;
        let shown = match what {
            "range" => "range object",
            "byte" => "index out of range",
            what => what,
        };
        let at = match self.place(shown, index, len) {
            Ok(at) => at,
            Err(e) if what == "byte" || what == "deque" => {
                return Err(if self.is_err(&e, "IndexError") {
                    let message = if what == "byte" {
                        "index out of range"
                    } else {
                        "deque index out of range"
                    };
                    self.index_error(message)
                } else {
                    e
                });
            }
            Err(e) => return Err(e),
        };
        if let Some(Obj::Str(text)) = value.as_obj(self.m) {
            let c = if text.is_ascii() {
                text.text.as_bytes().get(at).map(|b| char::from(*b))
            } else {
                text.text.chars().nth(at)
            };
            return Ok(c.map_or(Value::None, |c| self.new_char(c)));
        }
        match self.item_at(value, at as i64).0 {
            Some(item) => Ok(item),
            None => Err(self.index_error(&format!("{what} index out of range"))),
        }
    }

    /// `value[a:b:c]`: of a builtin sequence without a slice object.
    pub fn get_slice(&mut self, value: &Value, parts: [Value; 3]) -> R {
        if let Some(Obj::List(_) | Obj::Tuple(_) | Obj::Str(_)) = value.as_obj(self.m) {
            let len = self.len(value)?;
            let (start, step, n) = self.slice_of(&parts, len)?;
            return Ok(self.slice_items(value, start, step, n));
        }
        let slice = Value::Obj(self.alloc(Obj::Slice(Box::new(parts))));
        self.get_item(value, &slice)
    }

    /// `value[a:b:c] = item`.
    pub fn store_slice(&mut self, value: &Value, parts: [Value; 3], item: &Value) -> R<()> {
        if let Some(Obj::List(_)) = value.as_obj(self.m) {
            return self.set_slice(value, &parts, Some(item));
        }
        let slice = Value::Obj(self.alloc(Obj::Slice(Box::new(parts))));
        self.set_item(value, &slice, item)
    }

    /// Some items of a sequence, as one of the same kind.
    fn slice_items(&self, value: &Value, start: i64, step: i64, n: usize) -> Value {
        let places = (0..n).map(|i| (start + i as i64 * step) as usize);
        match value.as_obj(self.m) {
            Some(Obj::List(list)) => {
                let mut items = Vec::with_capacity(n);
                items.extend(
                    places.filter_map(|i| list.get(self.m, i)).map(|item| self.copied(item)),
                );
                Value::Obj(self.alloc(Obj::List(items.into())))
            }
            Some(Obj::Tuple(items)) => {
                if n == items.len() && step == 1 {
                    return value.clone();
                }
                self.new_tuple(places.map(|i| items[i].clone()).collect())
            }
            Some(Obj::Str(text)) => {
                if n == text.chars as usize && step == 1 {
                    return value.clone();
                }
                if text.is_ascii() {
                    let bytes = text.text.as_bytes();
                    if step == 1 {
                        let start = start as usize;
                        return self.new_str(&text.text[start..start + n]);
                    }
                    let picked: String = places.map(|i| char::from(bytes[i])).collect();
                    return self.new_str(picked);
                }
                if step == 1 {
                    let picked: String = text.text.chars().skip(start as usize).take(n).collect();
                    return self.new_str(picked);
                }
                let chars: Vec<char> = text.text.chars().collect();
                self.new_str(places.map(|i| chars[i]).collect::<String>())
            }
            Some(Obj::Bytes(b)) => self.new_bytes(places.map(|i| b[i]).collect::<Vec<u8>>()),
            Some(Obj::ByteArray(b)) => {
                let b = b.lock().unwrap_or_else(|e| e.into_inner());
                let picked: Vec<u8> = places.filter_map(|i| b.get(i).copied()).collect();
                drop(b);
                Value::Obj(self.alloc(Obj::ByteArray(Box::new(picked.into()))))
            }
            Some(Obj::Range(r)) => {
                let at = |i: i64| r.start + i * r.step;
                let made = Range {
                    start: at(start),
                    stop: at(start + n as i64 * step),
                    step: r.step * step,
                };
                Value::Obj(self.alloc(Obj::Range(Box::new(made))))
            }
            _ => Value::None,
        }
    }

    /// `value[index] = item`.
    pub fn set_item(&mut self, value: &Value, index: &Value, item: &Value) -> R<()> {
        match value.as_obj(self.m) {
            Some(Obj::Dict(_)) => {
                let d = value.as_ref().expect("a dict");
                dict::set(self, d, index, item).map(|_| ())
            }
            Some(Obj::List(_)) => {
                if let Some(Obj::Slice(parts)) = index.as_obj(self.m) {
                    let parts = [0, 1, 2].map(|i| parts[i].clone());
                    return self.set_slice(value, &parts, Some(item));
                }
                if !self.is_index(index) {
                    let name = self.type_name(index);
                    return Err(self.type_error(format!(
                        "list indices must be integers or slices, not {name}"
                    )));
                }
                let len = self.len(value)?;
                let at = self.place("list assignment", index, len)?;
                let Some(Obj::List(list)) = value.as_obj(self.m) else { return Ok(()) };
                if self.store_item(list, at, item) {
                    return Ok(());
                }
                Err(self.index_error("list assignment index out of range"))
            }
            Some(Obj::ByteArray(_)) => {
                if let Some(Obj::Slice(parts)) = index.as_obj(self.m) {
                    let parts = [0, 1, 2].map(|i| parts[i].clone());
                    let len = self.len(value)?;
                    let (start, step, n) = self.slice_of(&parts, len)?;
                    let new: Vec<u8> = match item.as_obj(self.m) {
                        Some(Obj::Bytes(_) | Obj::ByteArray(_)) => self.bytes_of(item),
                        _ => {
                            let mut all = Vec::new();
                            for item in self.collect(item)? {
                                all.push(self.index_i64(&item)? as u8);
                            }
                            all
                        }
                    };
                    if step != 1 {
                        return Err(self.value_error(
                            "extended slices of bytearray are not supported by minipy",
                        ));
                    }
                    if let Some(Obj::ByteArray(b)) = value.as_obj(self.m) {
                        let mut b = b.lock().unwrap_or_else(|e| e.into_inner());
                        let end = (start as usize + n).min(b.len());
                        b.splice((start as usize).min(end)..end, new);
                    }
                    return Ok(());
                }
                let len = self.len(value)?;
                let at = self.place("bytearray", index, len)?;
                let n = match self.index_i64(item) {
                    Err(e) if self.is_err(&e, "OverflowError") => -1,
                    n => n?,
                };
                let Ok(byte) = u8::try_from(n) else {
                    return Err(self.value_error("byte must be in range(0, 256)"));
                };
                if let Some(Obj::ByteArray(b)) = value.as_obj(self.m)
                    && let Some(place) = b.lock().unwrap_or_else(|e| e.into_inner()).get_mut(at)
                {
                    *place = byte;
                }
                Ok(())
            }
            Some(Obj::Deque(_)) => {
                let len = self.len(value)?;
                let at = self.place("deque", index, len)?;
                if let Some(Obj::Deque(d)) = value.as_obj(self.m) {
                    let mut items = d.items.lock().unwrap_or_else(|e| e.into_inner());
                    let old = items.get_mut(at).map(|place| std::mem::replace(place, item.clone()));
                    drop(items);
                    drop(old);
                }
                Ok(())
            }
            Some(Obj::Instance(_)) => {
                let class = self.type_of(value);
                match self.lookup(&class, s().setitem) {
                    Some(f) if !matches!(f.as_obj(self.m), Some(Obj::Builtin(_))) => {
                        let f = self.bind_descriptor(&f, Some(value), &class)?;
                        self.call(&f, &[index.clone(), item.clone()]).map(|_| ())
                    }
                    _ => match self.base_of(value) {
                        Some(base) => self.set_item(&base, index, item),
                        None => Err(self.no_item_assignment(value, "assignment")),
                    },
                }
            }
            _ => Err(self.no_item_assignment(value, "assignment")),
        }
    }

    #[cold]
    fn no_item_assignment(&mut self, value: &Value, what: &str) -> crate::vm::PyErr {
        let name = self.type_name(value);
        // CPython has one slot for both.
        let class = self.type_of(value);
        let (mine, other) = match what {
            "deletion" => ("__delitem__", s().setitem),
            _ => ("__setitem__", s().delitem),
        };
        if self.lookup(&class, other).is_some() {
            return self.attribute_error(mine);
        }
        if what == "deletion" {
            return self.type_error(format!("'{name}' object doesn't support item deletion"));
        }
        self.type_error(format!("'{name}' object does not support item {what}"))
    }

    /// Replaces, or deletes, a slice of a list.
    fn set_slice(&mut self, value: &Value, parts: &[Value; 3], new: Option<&Value>) -> R<()> {
        let values = match new {
            Some(new) => match self.collect(new) {
                Ok(values) => values,
                Err(e) if self.is_err(&e, "TypeError") && self.iter(new).is_err() => {
                    let plain = matches!(parts[2], Value::None | Value::Int(1));
                    return Err(self.type_error(if plain {
                        "can only assign an iterable"
                    } else {
                        "must assign iterable to extended slice"
                    }));
                }
                Err(e) => return Err(e),
            },
            None => Vec::new(),
        };
        let len = self.len(value)?;
        let (start, step, n) = self.slice_of(parts, len)?;
        if new.is_some()
            && values.len() == n
            && let Some(Obj::List(list)) = value.as_obj(self.m)
        {
            // As many stores as items: others may see some of them before the rest.
            let (len, last) = (list.len(self.m) as i64, start + (n as i64 - 1) * step);
            if n == 0 && step != 1 || start < len && last < len && last >= 0 && n > 0 {
                for (i, item) in values.iter().enumerate() {
                    self.store_item(list, (start + i as i64 * step) as usize, item);
                }
                return Ok(());
            }
        }
        let items: Vec<Ref> = values.iter().map(|item| self.boxed(item)).collect();
        if step != 1 && new.is_some() && items.len() != n {
            let got = items.len();
            return Err(self.value_error(format!(
                "attempt to assign sequence of size {got} to extended slice of size {n}"
            )));
        }
        let Some(Obj::List(list)) = value.as_obj(self.m) else { return Ok(()) };
        let mut old = Vec::new();
        list.update(self.m, |all| {
            if step == 1 {
                let from = (start as usize).min(all.len());
                let to = (from + n).min(all.len());
                old.extend(all.splice(from..to, items.iter().cloned()));
            } else if new.is_some() {
                for (i, item) in items.iter().enumerate() {
                    if let Some(place) = all.get_mut((start + i as i64 * step) as usize) {
                        old.push(std::mem::replace(place, item.clone()));
                    }
                }
            } else {
                let mut places: Vec<usize> =
                    (0..n).map(|i| (start + i as i64 * step) as usize).collect();
                places.sort_unstable();
                for at in places.into_iter().rev() {
                    if at < all.len() {
                        old.push(all.remove(at));
                    }
                }
            }
        });
        Ok(())
    }

    /// `del value[index]`.
    pub fn del_item(&mut self, value: &Value, index: &Value) -> R<()> {
        match value.as_obj(self.m) {
            Some(Obj::Dict(_)) => {
                let d = value.as_ref().expect("a dict").clone();
                match dict::remove(self, &d, index)? {
                    Some(_) => Ok(()),
                    None => Err(self.key_error(index)),
                }
            }
            Some(Obj::List(_)) => {
                if let Some(Obj::Slice(parts)) = index.as_obj(self.m) {
                    let parts = [0, 1, 2].map(|i| parts[i].clone());
                    return self.set_slice(value, &parts, None);
                }
                if !self.is_index(index) {
                    let name = self.type_name(index);
                    return Err(self.type_error(format!(
                        "list indices must be integers or slices, not {name}"
                    )));
                }
                let len = self.len(value)?;
                let at = self.place("list assignment", index, len)?;
                if let Some(Obj::List(list)) = value.as_obj(self.m) {
                    drop(list.remove(self.m, at));
                }
                Ok(())
            }
            Some(Obj::Deque(_)) => {
                let len = self.len(value)?;
                let at = self.place("deque", index, len)?;
                if let Some(Obj::Deque(d)) = value.as_obj(self.m) {
                    let old = d.items.lock().unwrap_or_else(|e| e.into_inner()).remove(at);
                    d.changes.fetch_add(1, Relaxed);
                    drop(old);
                }
                Ok(())
            }
            Some(Obj::ByteArray(_)) => {
                let len = self.len(value)?;
                let (start, step, n) = match index.as_obj(self.m) {
                    Some(Obj::Slice(parts)) => {
                        let parts = [0, 1, 2].map(|i| parts[i].clone());
                        self.slice_of(&parts, len)?
                    }
                    _ => (self.place("bytearray", index, len)? as i64, 1, 1),
                };
                if let Some(Obj::ByteArray(b)) = value.as_obj(self.m) {
                    let mut b = b.lock().unwrap_or_else(|e| e.into_inner());
                    let mut at = 0;
                    let places: Vec<i64> = (0..n as i64).map(|i| start + i * step).collect();
                    b.retain(|_| {
                        at += 1;
                        !places.contains(&(at - 1))
                    });
                }
                Ok(())
            }
            Some(Obj::Instance(_)) => {
                let class = self.type_of(value);
                match self.lookup(&class, s().delitem) {
                    Some(f) if !matches!(f.as_obj(self.m), Some(Obj::Builtin(_))) => {
                        let f = self.bind_descriptor(&f, Some(value), &class)?;
                        self.call(&f, std::slice::from_ref(index)).map(|_| ())
                    }
                    _ => match self.base_of(value) {
                        Some(base) => self.del_item(&base, index),
                        None => Err(self.no_item_assignment(value, "deletion")),
                    },
                }
            }
            _ => Err(self.no_item_assignment(value, "deletion")),
        }
    }

    // Operators of sequences and sets.

    /// `+`, `*` and `%` of sequences; `|`, `&`, `-`, `^` of sets and dicts.
    pub fn sequence_op(&mut self, op: Bin, a: &Value, b: &Value) -> R<Option<Value>> {
        let (x, y) = (self.unwrap(a), self.unwrap(b));
        let (xo, yo) = (x.as_obj(self.m), y.as_obj(self.m));
        match (op, xo, yo) {
            (Bin::Add, Some(Obj::Str(x)), Some(Obj::Str(y))) => {
                let joined = [&*x.text, &*y.text].concat();
                Ok(Some(self.new_str(joined)))
            }
            (Bin::Add, Some(Obj::List(x)), Some(Obj::List(y))) => {
                let items: GcVec<Obj> =
                    x.iter(self.m).chain(y.iter(self.m)).map(|item| self.copied(item)).collect();
                Ok(Some(Value::Obj(self.alloc(Obj::List(items)))))
            }
            (Bin::Add, Some(Obj::Tuple(x)), Some(Obj::Tuple(y))) => {
                let items = x.iter().chain(y.iter()).cloned().collect();
                Ok(Some(self.new_tuple(items)))
            }
            (
                Bin::Add,
                Some(Obj::Bytes(_) | Obj::ByteArray(_)),
                Some(Obj::Bytes(_) | Obj::ByteArray(_)),
            ) => {
                let mut joined = self.bytes_of(&x);
                joined.extend(self.bytes_of(&y));
                if matches!(xo, Some(Obj::ByteArray(_))) {
                    return Ok(Some(Value::Obj(
                        self.alloc(Obj::ByteArray(Box::new(joined.into()))),
                    )));
                }
                Ok(Some(self.new_bytes(joined)))
            }
            (Bin::Add, Some(Obj::Deque(_)), Some(Obj::Deque(_))) => {
                crate::types::deque::concat(self, a, &y).map(Some)
            }
            (Bin::Add, Some(Obj::Str(_) | Obj::List(_) | Obj::Tuple(_) | Obj::Deque(_)), _) => {
                let (xn, yn) = (self.type_name(a), self.type_name(b));
                let message = match x.as_obj(self.m) {
                    Some(Obj::Str(_)) => format!("can only concatenate str (not \"{yn}\") to str"),
                    Some(Obj::List(_)) => {
                        format!("can only concatenate list (not \"{yn}\") to list")
                    }
                    Some(Obj::Deque(_)) => {
                        format!("can only concatenate deque (not \"{yn}\") to deque")
                    }
                    _ => format!("can only concatenate tuple (not \"{yn}\") to tuple"),
                };
                let _ = xn;
                Err(self.type_error(message))
            }
            (Bin::Add, Some(Obj::Bytes(_) | Obj::ByteArray(_)), _) => {
                let (xn, yn) = (self.type_name(a), self.type_name(b));
                Err(self.type_error(format!("can't concat {yn} to {xn}")))
            }
            (Bin::Mul, ..) => {
                let is_seq = |v: &Value| {
                    matches!(
                        v.as_obj(self.m),
                        Some(
                            Obj::Str(_)
                                | Obj::List(_)
                                | Obj::Tuple(_)
                                | Obj::Bytes(_)
                                | Obj::ByteArray(_)
                                | Obj::Deque(_)
                        )
                    )
                };
                let (seq, times) = if is_seq(&x) {
                    (&x, &y)
                } else if is_seq(&y) {
                    (&y, &x)
                } else {
                    return Ok(None);
                };
                if !self.is_index(times) {
                    let name = self.type_name(times);
                    return Err(self.type_error(format!(
                        "can't multiply sequence by non-int of type '{name}'"
                    )));
                }
                let n = self.index(times)?;
                let Some(n) = n.to_i64() else {
                    return Err(
                        self.err("OverflowError", "cannot fit 'int' into an index-sized integer")
                    );
                };
                let n = n.max(0) as usize;
                if matches!(seq.as_obj(self.m), Some(Obj::Deque(_))) {
                    // Of the same class.
                    let deque = if std::ptr::eq(seq, &x) { a } else { b };
                    return crate::types::deque::repeat(self, deque, n).map(Some);
                }
                self.repeat(seq, n).map(Some)
            }
            (Bin::Mod, Some(Obj::Str(_)), _) => {
                let Some(Obj::Str(text)) = x.as_obj(self.m) else { return Ok(None) };
                let text = text.text.to_string();
                self.percent(&text, b).map(Some)
            }
            (Bin::Mod, Some(Obj::Bytes(_) | Obj::ByteArray(_)), _) => {
                let made = self.percent_bytes(&self.bytes_of(&x), b)?;
                Ok(Some(if matches!(x.as_obj(self.m), Some(Obj::ByteArray(_))) {
                    Value::Obj(self.alloc(Obj::ByteArray(Box::new(made.into()))))
                } else {
                    self.new_bytes(made)
                }))
            }
            (Bin::Or, Some(Obj::Dict(_)), Some(Obj::Dict(_))) => {
                let new = self.new_dict();
                let (x, y) = (x.as_ref().expect("a dict"), y.as_ref().expect("a dict"));
                dict::of(&new, self.m).copy_from(self, dict::of(x, self.m));
                let y = Value::Obj(y.clone());
                self.update_display(&new, &y, None)?;
                Ok(Some(Value::Obj(new)))
            }
            (Bin::Or | Bin::And | Bin::Sub | Bin::Xor, Some(x_obj), Some(y_obj)) => {
                let set_like = |o: &Obj| match o {
                    Obj::Set(_) | Obj::FrozenSet(_) => true,
                    Obj::DictView(v) => v.1 != ViewKind::Values,
                    _ => false,
                };
                let view = matches!(x_obj, Obj::DictView(_));
                if !(set_like(x_obj) && (set_like(y_obj) || view)) {
                    return Ok(None);
                }
                let frozen = matches!(x_obj, Obj::FrozenSet(_));
                let (x, y) = (self.as_set(&x)?, self.as_set(&y)?);
                self.set_op(op, &x, &y, frozen).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// A new set of two.
    pub fn set_op(&mut self, op: Bin, x: &Ref, y: &Ref, frozen: bool) -> R {
        let new = self.alloc(if frozen {
            Obj::FrozenSet(dict::Dict::new())
        } else {
            Obj::Set(dict::Dict::new())
        });
        for key in dict::of(x, self.m).keys(self.m) {
            let keep = match op {
                Bin::Or => true,
                Bin::And => dict::contains(self, y, &key)?,
                _ => !dict::contains(self, y, &key)?,
            };
            if keep {
                dict::add(self, &new, &key)?;
            }
        }
        if matches!(op, Bin::Or | Bin::Xor) {
            for key in dict::of(y, self.m).keys(self.m) {
                if op == Bin::Or || !dict::contains(self, x, &key)? {
                    dict::add(self, &new, &key)?;
                }
            }
        }
        Ok(Value::Obj(new))
    }

    fn repeat(&mut self, seq: &Value, n: usize) -> R {
        let len = self.len(seq)?;
        if len.checked_mul(n).is_none_or(|total| total > 1 << 40) {
            return Err(self.err("MemoryError", ""));
        }
        Ok(match seq.as_obj(self.m) {
            Some(Obj::Str(text)) => {
                let text = text.text.repeat(n);
                self.new_str(text)
            }
            Some(Obj::List(list)) => {
                let one: Vec<Value> = list.iter(self.m).map(Value::from_local).collect();
                let items: GcVec<Obj> = std::iter::repeat_n(one, n)
                    .flat_map(|one| one.iter().map(|item| self.boxed(item)).collect::<Vec<_>>())
                    .collect();
                Value::Obj(self.alloc(Obj::List(items)))
            }
            Some(Obj::Tuple(items)) => {
                let items = std::iter::repeat_n(items, n).flat_map(|i| i.iter().cloned()).collect();
                self.new_tuple(items)
            }
            Some(Obj::Bytes(b)) => {
                let b = b.repeat(n);
                self.new_bytes(b)
            }
            Some(Obj::ByteArray(_)) => {
                let b = self.bytes_of(seq).repeat(n);
                Value::Obj(self.alloc(Obj::ByteArray(Box::new(b.into()))))
            }
            _ => return Ok(Value::NotImplemented),
        })
    }

    /// In-place operators of builtin objects that change.
    pub fn in_place_builtin(&mut self, op: Bin, a: &Value, b: &Value) -> R<Option<Value>> {
        match (op, a.as_obj(self.m)) {
            (Bin::Mul, Some(Obj::List(_))) => {
                let n = self.index_i64(b)?.max(0) as usize;
                let Some(Obj::List(list)) = a.as_obj(self.m) else { return Ok(None) };
                list.update(self.m, |all| {
                    let one: Vec<Value> =
                        all.drain(..).map(|item| Value::from_ref(item, self.m)).collect();
                    for _ in 0..n {
                        all.extend(one.iter().map(|item| self.boxed(item)));
                    }
                });
                Ok(Some(a.clone()))
            }
            (Bin::Or | Bin::And | Bin::Sub | Bin::Xor, Some(Obj::Set(_))) => {
                if !matches!(
                    b.as_obj(self.m),
                    Some(Obj::Set(_) | Obj::FrozenSet(_) | Obj::DictView(_) | Obj::Instance(_))
                ) {
                    return Ok(None);
                }
                let x = a.as_ref().expect("a set").clone();
                let y = self.as_set(b)?;
                self.set_update(op, &x, &y)?;
                Ok(Some(a.clone()))
            }
            (Bin::Or, Some(Obj::Dict(_))) => {
                let d = a.as_ref().expect("a dict").clone();
                crate::types::dict::update_from(self, &d, b)?;
                Ok(Some(a.clone()))
            }
            (Bin::Add, Some(Obj::ByteArray(_))) => {
                let new = self.bytes_of(b);
                if let Some(Obj::ByteArray(x)) = a.as_obj(self.m) {
                    x.lock().unwrap_or_else(|e| e.into_inner()).extend(new);
                }
                Ok(Some(a.clone()))
            }
            (Bin::Add, Some(Obj::Deque(_))) => {
                let f = crate::sym::intern("extend");
                self.call_method(a, f, std::slice::from_ref(b))?;
                Ok(Some(a.clone()))
            }
            _ => Ok(None),
        }
    }

    /// Changes a set by another one.
    pub fn set_update(&mut self, op: Bin, x: &Ref, y: &Ref) -> R<()> {
        match op {
            Bin::Or => {
                for key in dict::of(y, self.m).keys(self.m) {
                    dict::add(self, x, &key)?;
                }
            }
            Bin::And => {
                for key in dict::of(x, self.m).keys(self.m) {
                    if !dict::contains(self, y, &key)? {
                        dict::remove(self, x, &key)?;
                    }
                }
            }
            Bin::Sub => {
                for key in dict::of(y, self.m).keys(self.m) {
                    dict::remove(self, x, &key)?;
                }
            }
            _ => {
                for key in dict::of(y, self.m).keys(self.m) {
                    if dict::remove(self, x, &key)?.is_none() {
                        dict::add(self, x, &key)?;
                    }
                }
            }
        }
        Ok(())
    }
}
