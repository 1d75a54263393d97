//! The interpreter loop.
//!
//! Registers are in `frame.regs`, which nobody else sees. Safepoints are at the end of loops
//! and at calls; there, objects that no reference leads to any more die, other threads may stop this one, and
//! `__del__` and weak callbacks that were left to be done are.

use brc::GcSlot;

use crate::code::*;
use crate::dict::{self, Dict};
use crate::object::*;
use crate::sym::s;
use crate::vm::{Args, Exit, Frame, PyErr, R, Vm};

/// Evaluates, or goes to the handler of the exception.
macro_rules! tri {
    ($at:lifetime, $e:expr) => {
        match $e {
            Ok(value) => value,
            Err(e) => break $at e,
        }
    };
}

impl Vm<'_> {
    /// Runs a frame to its end, or to its next `yield`.
    pub fn run(&mut self, frame: &mut Frame) -> R<Exit> {
        self.enter_call()?;
        let handling = self.handling.clone();
        if frame.handling.is_some() {
            self.handling = frame.handling.take();
        }
        let result = self.run_inner(frame);
        if matches!(result, Ok(Exit::Yield(_))) && !is_same(&self.handling, &handling) {
            frame.handling = self.handling.take();
        }
        self.handling = handling;
        self.leave_call();
        result
    }

    fn run_inner(&mut self, frame: &mut Frame) -> R<Exit> {
        let code = frame.code;
        let mut pc = frame.pc;
        'handled: loop {
            let e = 'run: {
                let regs: &mut [Value] = &mut frame.regs;
                macro_rules! r {
                    ($r:expr) => {
                        regs[usize::from($r)]
                    };
                }
                loop {
                    let op = code.ops[pc];
                    pc += 1;
                    match op {
                        Op::Move { d, s } => {
                            let value = r!(s).clone();
                            r!(d) = value;
                        }
                        Op::Const { d, k } => r!(d) = code.consts[k as usize].clone(),
                        Op::Clear { base, n } => {
                            for at in base..base + n {
                                r!(at) = Value::Unset;
                            }
                        }
                        Op::CheckLocal { r } => {
                            if r!(r).is_unset() {
                                break 'run self.unbound_local(code, r);
                            }
                        }
                        Op::DelLocal { r } => {
                            r!(r) = Value::Unset;
                            tri!('run, self.safepoint());
                        }
                        Op::LoadGlobal { d, k } => {
                            let site = &code.globals[k as usize];
                            let Obj::Module(module) = code.module.get(self.m) else {
                                unreachable!("only modules")
                            };
                            let found = module.values.get(self.m, site.index as usize);
                            let value = found.map_or(Value::Unset, Value::from_local);
                            r!(d) = match value {
                                Value::Unset => tri!('run, self.load_builtin(site)),
                                value => {
                                    self.note_foreign(&value);
                                    value
                                }
                            };
                        }
                        Op::StoreGlobal { s, k } => {
                            let site = &code.globals[k as usize];
                            self.store_global(&code.module, site.index, &r!(s));
                            tri!('run, self.safepoint());
                        }
                        Op::DelGlobal { k } => {
                            let site = &code.globals[k as usize];
                            tri!('run, self.delete_global(&code.module, site));
                            tri!('run, self.safepoint());
                        }
                        Op::LoadName { d, k } => {
                            let name = code.names[k as usize];
                            let locals = frame.locals.clone();
                            r!(d) = tri!('run, self.load_name(locals.as_ref(), &code.module, name));
                        }
                        Op::StoreName { s, k } => {
                            let name = self.sym_value(code.names[k as usize]);
                            let locals = frame.locals.clone().expect("a class body has names");
                            tri!('run, dict::set(self, &locals, &name, &r!(s)));
                        }
                        Op::DelName { k } => {
                            let name = code.names[k as usize];
                            let key = self.sym_value(name);
                            let locals = frame.locals.clone().expect("a class body has names");
                            if tri!('run, dict::remove(self, &locals, &key)).is_none() {
                                break 'run self.name_error(name);
                            }
                        }
                        Op::LoadNameOrCell { d, c, k } => {
                            let name = code.names[k as usize];
                            let key = self.sym_value(name);
                            let locals = frame.locals.clone().expect("a class body has names");
                            r!(d) = match tri!('run, dict::get(self, &locals, &key)) {
                                Some(value) => value,
                                None => match self.cell_value(&r!(c)) {
                                    Value::Unset => break 'run self.free_error(name),
                                    value => value,
                                },
                            };
                        }
                        Op::MakeCell { r } => {
                            let slot = match &r!(r) {
                                Value::Unset => GcSlot::empty(),
                                value => GcSlot::new(self.boxed(value)),
                            };
                            r!(r) = Value::Obj(self.alloc(Obj::Cell(slot)));
                        }
                        Op::LoadCell { d, c } => {
                            let value = self.cell_value(&r!(c));
                            if value.is_unset() {
                                break 'run self.unbound_cell(code, c);
                            }
                            self.note_foreign(&value);
                            r!(d) = value;
                        }
                        Op::StoreCell { c, s } => {
                            if let Value::Obj(gc) = &r!(c)
                                && let Obj::Cell(cell) = gc.get(self.m)
                            {
                                self.store_field(cell, &r!(s));
                            }
                        }
                        Op::DelCell { c } => {
                            if self.cell_value(&r!(c)).is_unset() {
                                break 'run self.unbound_cell(code, c);
                            }
                            if let Value::Obj(gc) = &r!(c)
                                && let Obj::Cell(cell) = gc.get(self.m)
                            {
                                cell.store(self.m, None);
                            }
                            tri!('run, self.safepoint());
                        }
                        Op::Add { d, a, b } => {
                            r!(d) = match (&r!(a), &r!(b)) {
                                (Value::Int(x), Value::Int(y)) => match x.checked_add(*y) {
                                    Some(n) => Value::Int(n),
                                    None => tri!('run, self.binary(Bin::Add, &r!(a), &r!(b))),
                                },
                                (Value::Float(x), Value::Float(y)) => Value::Float(x + y),
                                (x, y) => tri!('run, self.binary(Bin::Add, x, y)),
                            };
                        }
                        Op::Sub { d, a, b } => {
                            r!(d) = match (&r!(a), &r!(b)) {
                                (Value::Int(x), Value::Int(y)) => match x.checked_sub(*y) {
                                    Some(n) => Value::Int(n),
                                    None => tri!('run, self.binary(Bin::Sub, &r!(a), &r!(b))),
                                },
                                (Value::Float(x), Value::Float(y)) => Value::Float(x - y),
                                (x, y) => tri!('run, self.binary(Bin::Sub, x, y)),
                            };
                        }
                        Op::Mul { d, a, b } => {
                            r!(d) = match (&r!(a), &r!(b)) {
                                (Value::Int(x), Value::Int(y)) => match x.checked_mul(*y) {
                                    Some(n) => Value::Int(n),
                                    None => tri!('run, self.binary(Bin::Mul, &r!(a), &r!(b))),
                                },
                                (Value::Float(x), Value::Float(y)) => Value::Float(x * y),
                                (x, y) => tri!('run, self.binary(Bin::Mul, x, y)),
                            };
                        }
                        Op::AddInt { in_place, d, a, n } => {
                            r!(d) = match &r!(a) {
                                Value::Int(x) => match x.checked_add(i64::from(n)) {
                                    Some(n) => Value::Int(n),
                                    None => {
                                        let n = Value::Int(i64::from(n));
                                        tri!('run, self.binary(Bin::Add, &r!(a), &n))
                                    }
                                },
                                Value::Float(x) => Value::Float(x + f64::from(n)),
                                x => tri!('run, self.add_int(x, n, in_place)),
                            };
                        }
                        Op::Binary { op, d, a, b } => {
                            r!(d) = match (op, &r!(a), &r!(b)) {
                                (Bin::Div, Value::Float(x), Value::Float(y)) if *y != 0.0 => {
                                    Value::Float(x / y)
                                }
                                (Bin::And, Value::Int(x), Value::Int(y)) => Value::Int(x & y),
                                (Bin::Or, Value::Int(x), Value::Int(y)) => Value::Int(x | y),
                                (Bin::Xor, Value::Int(x), Value::Int(y)) => Value::Int(x ^ y),
                                (Bin::Mod, Value::Int(x), Value::Int(y)) if *y > 0 => {
                                    Value::Int(x.rem_euclid(*y))
                                }
                                (Bin::FloorDiv, Value::Int(x), Value::Int(y)) if *y > 0 => {
                                    Value::Int(x.div_euclid(*y))
                                }
                                (_, x, y) => tri!('run, self.binary(op, x, y)),
                            };
                        }
                        Op::InPlace { op, d, a, b } => {
                            r!(d) = match (op, &r!(a), &r!(b)) {
                                (Bin::Add, Value::Float(x), Value::Float(y)) => Value::Float(x + y),
                                (Bin::Sub, Value::Float(x), Value::Float(y)) => Value::Float(x - y),
                                (Bin::Add, Value::Int(x), Value::Int(y)) => match x.checked_add(*y)
                                {
                                    Some(n) => Value::Int(n),
                                    None => tri!('run, self.binary(op, &r!(a), &r!(b))),
                                },
                                (_, Value::Obj(_), _) => {
                                    let x = std::mem::take(&mut r!(a));
                                    let y = if a == b { x.clone() } else { r!(b).clone() };
                                    match self.in_place(op, &x, &y) {
                                        Ok(value) => {
                                            r!(a) = x;
                                            value
                                        }
                                        Err(e) => {
                                            r!(a) = x;
                                            break 'run e;
                                        }
                                    }
                                }
                                (_, x, y) => tri!('run, self.in_place(op, x, y)),
                            };
                        }
                        Op::Compare { op, d, a, b } => {
                            r!(d) = match (op, &r!(a), &r!(b)) {
                                (Cmp::Is, x, y) => Value::Bool(x.is(y)),
                                (Cmp::IsNot, x, y) => Value::Bool(!x.is(y)),
                                (_, Value::Int(x), Value::Int(y))
                                    if op != Cmp::In && op != Cmp::NotIn =>
                                {
                                    Value::Bool(compare_ints(op, *x, *y))
                                }
                                (_, x, y) => tri!('run, self.compare_op(op, x, y)),
                            };
                        }
                        Op::JumpUnless { op, a, b, t } => {
                            if !tri!('run, self.holds(op, &r!(a), &r!(b))) {
                                pc = t as usize;
                            }
                        }
                        Op::JumpWhen { op, a, b, t } => {
                            if tri!('run, self.holds(op, &r!(a), &r!(b))) {
                                pc = t as usize;
                            }
                        }
                        Op::Not { d, a } => {
                            let truth = tri!('run, self.truth(&r!(a)));
                            r!(d) = Value::Bool(!truth);
                        }
                        Op::Neg { d, a } => {
                            r!(d) = match &r!(a) {
                                Value::Float(x) => Value::Float(-x),
                                x => tri!('run, self.unary(s().neg, x)),
                            };
                        }
                        Op::Pos { d, a } => r!(d) = tri!('run, self.unary(s().pos, &r!(a))),
                        Op::Invert { d, a } => r!(d) = tri!('run, self.unary(s().invert, &r!(a))),
                        Op::Jump { t } => pc = t as usize,
                        Op::Loop { t } => {
                            // Here: what it raises belongs to the loop.
                            tri!('run, self.safepoint());
                            pc = t as usize;
                        }
                        Op::JumpTrue { a, t } => {
                            if tri!('run, self.truth(&r!(a))) {
                                pc = t as usize;
                            }
                        }
                        Op::JumpFalse { a, t } => {
                            if !tri!('run, self.truth(&r!(a))) {
                                pc = t as usize;
                            }
                        }
                        Op::ForBegin { r, s } => {
                            let source = r!(s).clone();
                            let state = tri!('run, self.begin_loop(source));
                            for (i, value) in state.into_iter().enumerate() {
                                regs[usize::from(r) + i] = value;
                            }
                        }
                        Op::ForNext { r, d, t } => match (&r!(r), &r!(r + 1), &r!(r + 2)) {
                            (Value::Int(now), Value::Int(stop), Value::Int(step)) => {
                                let (now, stop, step) = (*now, *stop, *step);
                                if (step > 0 && now < stop) || (step < 0 && now > stop) {
                                    // At the end of the words there is no next one.
                                    match now.checked_add(step) {
                                        Some(next) => r!(r) = Value::Int(next),
                                        None => r!(r + 1) = Value::Int(now),
                                    }
                                    r!(d) = Value::Int(now);
                                } else {
                                    pc = t as usize;
                                }
                            }
                            (Value::Obj(seq), Value::Int(at), _) => {
                                let at = *at;
                                let item = match seq.get(self.m) {
                                    Obj::List(list) => {
                                        list.get(self.m, at as usize).map(Value::from_local)
                                    }
                                    Obj::Tuple(items) => items.get(at as usize).cloned(),
                                    _ => None,
                                };
                                match item {
                                    Some(item) => {
                                        r!(r + 1) = Value::Int(at + 1);
                                        self.note_foreign(&item);
                                        r!(d) = item;
                                    }
                                    None => {
                                        r!(r) = Value::Unset;
                                        pc = t as usize;
                                    }
                                }
                            }
                            (it, ..) => match tri!('run, self.next(it)) {
                                Some(item) => r!(d) = item,
                                None => pc = t as usize,
                            },
                        },
                        Op::Iter { d, s } => r!(d) = tri!('run, self.iter(&r!(s))),
                        Op::List { d, base, n } => {
                            let items = &mut regs[usize::from(base)..usize::from(base + n)];
                            let items: brc::GcVec<Obj> = items
                                .iter_mut()
                                .map(|item| self.into_boxed(std::mem::take(item)))
                                .collect();
                            r!(d) = Value::Obj(self.alloc(Obj::List(items)));
                        }
                        Op::Tuple { d, base, n } => {
                            let items = &mut regs[usize::from(base)..usize::from(base + n)];
                            let items = items.iter_mut().map(std::mem::take).collect();
                            r!(d) = self.new_tuple(items);
                        }
                        Op::Set { d, base, n } => {
                            let set = self.new_set();
                            for at in base..base + n {
                                tri!('run, dict::add(self, &set, &r!(at)));
                            }
                            r!(d) = Value::Obj(set);
                        }
                        Op::Dict { d, base, n } => {
                            let new = self.alloc(Obj::Dict(Dict::new()));
                            for i in 0..n {
                                let (key, value) = (&r!(base + 2 * i), &r!(base + 2 * i + 1));
                                tri!('run, dict::set(self, &new, key, value));
                            }
                            for i in 0..2 * n {
                                r!(base + i) = Value::Unset;
                            }
                            r!(d) = Value::Obj(new);
                        }
                        Op::Slice { d, base, n: _ } => {
                            let parts = [0, 1, 2].map(|i| std::mem::take(&mut r!(base + i)));
                            r!(d) = Value::Obj(self.alloc(Obj::Slice(Box::new(parts))));
                        }
                        Op::Concat { d, base, n } => {
                            let parts = &regs[usize::from(base)..usize::from(base + n)];
                            let joined = self.concat(parts);
                            for at in base..base + n {
                                r!(at) = Value::Unset;
                            }
                            r!(d) = joined;
                        }
                        Op::ListAppend { list, s } => {
                            let item = self.boxed(&r!(s));
                            if let Some(Obj::List(list)) = r!(list).as_obj(self.m) {
                                list.push(self.m, item);
                            }
                        }
                        Op::ListExtend { list, s, f } => {
                            let (list, source) = (r!(list).clone(), r!(s).clone());
                            let f = (f != NO_REG).then(|| r!(f).clone());
                            tri!('run, self.extend_display(&list, &source, f.as_ref()));
                        }
                        Op::SetAdd { set, s } => {
                            let set = r!(set).as_ref().expect("a set").clone();
                            tri!('run, dict::add(self, &set, &r!(s)));
                        }
                        Op::SetUpdate { set, s } => {
                            let set = r!(set).as_ref().expect("a set").clone();
                            for item in tri!('run, self.collect(&r!(s))) {
                                tri!('run, dict::add(self, &set, &item));
                            }
                        }
                        Op::DictPut { dict, base } => {
                            let dict = r!(dict).as_ref().expect("a dict").clone();
                            tri!('run, dict::set(self, &dict, &r!(base), &r!(base + 1)));
                        }
                        Op::DictUpdate { dict, s, merge, f } => {
                            let dict = r!(dict).as_ref().expect("a dict").clone();
                            let (source, f) = (r!(s).clone(), r!(f).clone());
                            tri!('run, self.update_display(&dict, &source, merge.then_some(&f)));
                        }
                        Op::ListToTuple { d, s } => {
                            let items = tri!('run, self.collect(&r!(s)));
                            r!(d) = self.new_tuple(items);
                        }
                        Op::GetAttr { d, o, k } => {
                            let site = &code.attrs[k as usize];
                            r!(d) = match self.cached_field(&r!(o), site) {
                                Some(value) => {
                                    self.note_foreign(&value);
                                    value
                                }
                                None => {
                                    let object = r!(o).clone();
                                    tri!('run, self.get_attr_at(&object, site))
                                }
                            };
                        }
                        Op::SetAttr { o, s, k } => {
                            let site = &code.attrs[k as usize];
                            if !self.store_cached_field(&r!(o), site, &r!(s)) {
                                let (object, value) = (r!(o).clone(), r!(s).clone());
                                tri!('run, self.set_attr_at(&object, site, &value));
                            }
                        }
                        Op::DelAttr { o, k } => {
                            let (object, name) = (r!(o).clone(), code.attrs[k as usize].name);
                            tri!('run, self.delattr(&object, name));
                            tri!('run, self.safepoint());
                        }
                        Op::GetItem { d, o, i } => {
                            let found = match (&r!(o), &r!(i)) {
                                (Value::Obj(gc), Value::Int(n)) => match gc.get(self.m) {
                                    Obj::List(list) => {
                                        let at = if *n < 0 {
                                            n.wrapping_add(list.len(self.m) as i64)
                                        } else {
                                            *n
                                        };
                                        list.get(self.m, at as usize).map(Value::from_local)
                                    }
                                    Obj::Tuple(items) => {
                                        let at = if *n < 0 { n + items.len() as i64 } else { *n };
                                        items.get(at as usize).cloned()
                                    }
                                    _ => None,
                                },
                                _ => None,
                            };
                            let value = match found {
                                Some(value) => value,
                                None => tri!('run, self.get_item(&r!(o), &r!(i))),
                            };
                            self.note_foreign(&value);
                            r!(d) = value;
                        }
                        Op::GetSlice { d, o, base } => {
                            let parts = [0, 1, 2].map(|i| std::mem::take(&mut r!(base + i)));
                            r!(d) = tri!('run, self.get_slice(&r!(o), parts));
                        }
                        Op::SetSlice { o, base, s } => {
                            let parts = [0, 1, 2].map(|i| std::mem::take(&mut r!(base + i)));
                            tri!('run, self.store_slice(&r!(o), parts, &r!(s)));
                        }
                        Op::SetItem { o, i, s } => {
                            let done = match (&r!(o), &r!(i)) {
                                (Value::Obj(gc), Value::Int(n)) if *n >= 0 => {
                                    match gc.get(self.m) {
                                        Obj::List(list) => {
                                            self.store_item(list, *n as usize, &r!(s))
                                        }
                                        _ => false,
                                    }
                                }
                                _ => false,
                            };
                            if !done {
                                tri!('run, self.set_item(&r!(o), &r!(i), &r!(s)));
                            }
                        }
                        Op::DelItem { o, i } => {
                            tri!('run, self.del_item(&r!(o), &r!(i)));
                            tri!('run, self.safepoint());
                        }
                        Op::Call { d, base, n } => {
                            tri!('run, self.safepoint());
                            let from = usize::from(base);
                            let f = std::mem::take(&mut regs[from]);
                            let args = &mut regs[from + 1..from + 1 + usize::from(n)];
                            let result = self.call_regs(&f, None, args);
                            drop(f);
                            r!(d) = tri!('run, result);
                        }
                        Op::CallMethod { d, base, n, k } => {
                            tri!('run, self.safepoint());
                            let site = &code.attrs[k as usize];
                            let from = usize::from(base);
                            let args = &mut regs[from..from + 1 + usize::from(n)];
                            let result = self.call_method_regs(site, args);
                            r!(d) = tri!('run, result);
                        }
                        Op::CallKw { d, base, n, k } => {
                            tri!('run, self.safepoint());
                            let from = usize::from(base);
                            let names = &code.kwnames[k as usize];
                            let f = std::mem::take(&mut regs[from]);
                            let mut args: Vec<Value> = regs[from + 1..from + 1 + usize::from(n)]
                                .iter_mut()
                                .map(std::mem::take)
                                .collect();
                            let named = args.split_off(args.len() - names.len());
                            let kw: Vec<_> = names.iter().copied().zip(named).collect();
                            let result = self.call_args(&f, Args { pos: &args, kw: &kw });
                            drop(f);
                            r!(d) = tri!('run, result);
                        }
                        Op::CallEx { d, base } => {
                            tri!('run, self.safepoint());
                            let [f, list, kw] =
                                [0, 1, 2].map(|i| std::mem::take(&mut r!(base + i)));
                            r!(d) = tri!('run, self.call_spread(&f, &list, &kw));
                        }
                        Op::Return { s } => {
                            frame.pc = pc;
                            return Ok(Exit::Return(std::mem::take(&mut r!(s))));
                        }
                        Op::Yield { d: _, s } => {
                            let value = r!(s).clone();
                            frame.pc = pc;
                            // What is sent comes to `d`; what is thrown leaves it as it was.
                            return Ok(Exit::Yield(value));
                        }
                        Op::YieldFrom { d, it } => {
                            let (it, sent) = (r!(it).clone(), std::mem::take(&mut r!(d)));
                            match tri!('run, self.send_to(&it, sent)) {
                                Exit::Yield(value) => {
                                    r!(d) = Value::None;
                                    // Once more when it is resumed.
                                    frame.pc = pc - 1;
                                    return Ok(Exit::Yield(value));
                                }
                                Exit::Return(value) => r!(d) = value,
                            }
                        }
                        Op::Raise { e, cause, has_cause } => {
                            let (value, cause) = (r!(e).clone(), r!(cause).clone());
                            break 'run self.raise(&value, has_cause.then_some(&cause));
                        }
                        Op::RaiseAgain => {
                            break 'run match self.handling.clone() {
                                Some(Value::Obj(e)) => PyErr(e),
                                _ => self.err("RuntimeError", "No active exception to reraise"),
                            };
                        }
                        Op::Reraise { e } => match std::mem::take(&mut r!(e)) {
                            Value::Obj(e) => {
                                frame.pc = pc;
                                // It has been here.
                                match self.find_handler(frame, pc - 1, &e) {
                                    Some(target) => {
                                        pc = target;
                                        break;
                                    }
                                    None => return Err(PyErr(e)),
                                }
                            }
                            _ => unreachable!("an exception was caught"),
                        },
                        Op::PushExc { save, e } => {
                            let e = r!(e).clone();
                            r!(save) = self.handling.replace(e).unwrap_or_default();
                        }
                        Op::PopExc { save } => {
                            let saved = std::mem::take(&mut r!(save));
                            self.handling = (!saved.is_unset()).then_some(saved);
                        }
                        Op::MatchExc { d, e, class } => {
                            let (e, class) = (r!(e).clone(), r!(class).clone());
                            r!(d) = Value::Bool(tri!('run, self.match_exception(&e, &class)));
                        }
                        Op::Function { d, k, base, flags } => {
                            let doc =
                                if flags & flags::DOC != 0 { r!(d).clone() } else { Value::None };
                            let mut at = usize::from(base);
                            let mut part = |flag: u8| {
                                if flags & flag == 0 {
                                    return None;
                                }
                                at += 1;
                                Some(std::mem::take(&mut regs[at - 1]))
                            };
                            let defaults = part(flags::DEFAULTS);
                            let kwdefaults = part(flags::KWDEFAULTS);
                            let annotations = part(flags::ANNOTATIONS);
                            let closure = code.closures[k as usize]
                                .iter()
                                .map(|&c| regs[usize::from(c)].as_ref().expect("a cell").clone())
                                .collect();
                            let new = Function {
                                code: code.codes[k as usize],
                                module: code.module.clone(),
                                defaults: defaults.map(|v| self.boxed(&v)).into(),
                                kwdefaults: kwdefaults.map(|v| self.boxed(&v)).into(),
                                closure,
                                name: parking_lot::RwLock::new((
                                    code.codes[k as usize].name,
                                    code.codes[k as usize].qualname.clone(),
                                )),
                                doc: GcSlot::new(self.boxed(&doc)),
                                dict: GcSlot::empty(),
                            };
                            let new = Obj::Function(Box::new(new));
                            let f = if flags & flags::SHARED != 0 {
                                self.alloc_shared(new)
                            } else {
                                self.alloc(new)
                            };
                            let f = Value::Obj(f);
                            if let Some(annotations) = annotations {
                                tri!('run, self.setattr(&f, s().annotations, &annotations));
                            }
                            r!(d) = f;
                        }
                        Op::Class { d, base } => {
                            let parts = [0, 1, 2, 3].map(|i| std::mem::take(&mut r!(base + i)));
                            r!(d) = tri!('run, self.build_class(&parts));
                        }
                        Op::Import { d, k, level } => {
                            let name = code.names[k as usize];
                            r!(d) = tri!('run, self.import(name, level == 1));
                        }
                        Op::ImportFrom { d, s, k } => {
                            let (module, name) = (r!(s).clone(), code.names[k as usize]);
                            r!(d) = tri!('run, self.import_from(&module, name));
                        }
                        Op::ImportStar { s } => {
                            let (from, to) = (r!(s).clone(), code.module.clone());
                            tri!('run, self.import_star(&from, &to));
                        }
                        Op::Unpack { s, base, n } => {
                            let (at, n) = (usize::from(base), usize::from(n));
                            let quick = match r!(s).as_obj(self.m) {
                                Some(Obj::Tuple(items)) if items.len() == n => Some(items.to_vec()),
                                _ => None,
                            };
                            let items = match quick {
                                Some(items) => items,
                                None => {
                                    let source = r!(s).clone();
                                    tri!('run, self.unpack(&source, n))
                                }
                            };
                            for (i, item) in items.into_iter().enumerate() {
                                regs[at + i] = item;
                            }
                        }
                        Op::UnpackStar { s, base, before, after } => {
                            let source = r!(s).clone();
                            let items = tri!('run, self.unpack_star(
                                &source,
                                usize::from(before),
                                usize::from(after)
                            ));
                            for (i, item) in items.into_iter().enumerate() {
                                regs[usize::from(base) + i] = item;
                            }
                        }
                        Op::Format { d, s, spec, conversion } => {
                            let value = r!(s).clone();
                            let spec = if spec == NO_REG { Value::None } else { r!(spec).clone() };
                            r!(d) = tri!('run, self.format_piece(&value, conversion, &spec));
                        }
                        Op::With { base, s } => {
                            let manager = r!(s).clone();
                            let (exit, value) = tri!('run, self.enter_with(&manager));
                            r!(base) = exit;
                            r!(base + 1) = value;
                        }
                        Op::WithExit { d, exit, e } => {
                            let f = r!(exit).clone();
                            let e = if e == NO_REG { None } else { Some(r!(e).clone()) };
                            r!(d) = Value::Bool(tri!('run, self.exit_with(&f, e.as_ref())));
                        }
                        Op::Super { d, class, this } => {
                            let class = self.cell_value(&r!(class));
                            let this = match &r!(this) {
                                // The first parameter is a cell if inner functions use it.
                                Value::Obj(gc) if matches!(gc.get(self.m), Obj::Cell(_)) => {
                                    self.cell_value(&r!(this))
                                }
                                this => this.clone(),
                            };
                            r!(d) = tri!('run, self.make_super(&class, &this));
                        }
                        Op::Variables { d, globals } => {
                            r!(d) = tri!('run, self.variables(code, regs, frame.locals.as_ref(), globals));
                        }
                        Op::Show { s } => {
                            let value = r!(s).clone();
                            tri!('run, self.show(&value));
                        }
                        Op::Safepoint => tri!('run, self.safepoint()),
                        Op::Nop => {}
                    }
                }
                continue 'handled;
            };
            // The exception goes to the innermost handler here, or to the caller.
            frame.pc = pc;
            let at = pc.saturating_sub(1);
            self.add_traceback(&e.0, code, code.line(at));
            match self.find_handler(frame, at, &e.0) {
                Some(target) => pc = target,
                None => return Err(e),
            }
        }
    }

    /// Where an exception goes that was raised at an instruction; it is put there.
    fn find_handler(&mut self, frame: &mut Frame, at: usize, e: &Ref) -> Option<usize> {
        let at = at as u32;
        let handler = frame.code.handlers.iter().find(|h| h.start <= at && at < h.end)?;
        frame.regs[usize::from(handler.reg)] = Value::Obj(e.clone());
        Some(handler.target as usize)
    }

    #[inline]
    fn holds(&mut self, op: Cmp, a: &Value, b: &Value) -> R<bool> {
        match (op, a, b) {
            (Cmp::Is, x, y) => Ok(x.is(y)),
            (Cmp::IsNot, x, y) => Ok(!x.is(y)),
            (_, Value::Int(x), Value::Int(y)) if op != Cmp::In && op != Cmp::NotIn => {
                Ok(compare_ints(op, *x, *y))
            }
            (_, x, y) => {
                let result = self.compare_op(op, x, y)?;
                self.truth(&result)
            }
        }
    }

    pub fn cell_value(&self, cell: &Value) -> Value {
        match cell.as_obj(self.m) {
            Some(Obj::Cell(cell)) => cell.load(self.m).map_or(Value::Unset, Value::from_local),
            _ => Value::Unset,
        }
    }

    fn add_int(&mut self, a: &Value, n: i32, in_place: bool) -> R {
        // `x - 1` is compiled as `x + -1`, which only numbers do not mind.
        let op = if n < 0 { Bin::Sub } else { Bin::Add };
        let n = Value::Int(i64::from(n).abs());
        if in_place { self.in_place(op, a, &n) } else { self.binary(op, a, &n) }
    }

    #[cold]
    fn unbound_local(&mut self, code: &Code, r: Reg) -> PyErr {
        let name = code.vars[usize::from(r)];
        self.err(
            "UnboundLocalError",
            format!(
                "cannot access local variable '{name}' where it is not associated with a value"
            ),
        )
    }

    #[cold]
    fn unbound_cell(&mut self, code: &Code, c: Reg) -> PyErr {
        let name = code.vars.get(usize::from(c)).copied().unwrap_or(s().underscore);
        if code.free.contains(&c) { self.free_error(name) } else { self.unbound_local(code, c) }
    }

    #[cold]
    fn free_error(&mut self, name: crate::sym::Sym) -> PyErr {
        self.err(
            "NameError",
            format!("cannot access free variable '{name}' where it is not associated with a value in enclosing scope"),
        )
    }

    /// The state of a loop over a value: three registers.
    fn begin_loop(&mut self, source: Value) -> R<[Value; 3]> {
        if let Value::Obj(gc) = &source {
            match gc.get(self.m) {
                Obj::Range(range) => {
                    let Range { start, stop, step } = **range;
                    return Ok([Value::Int(start), Value::Int(stop), Value::Int(step)]);
                }
                Obj::List(_) | Obj::Tuple(_) => {
                    return Ok([source, Value::Int(0), Value::Unset]);
                }
                Obj::Generator(_) => return Ok([source, Value::Unset, Value::Unset]),
                _ => {}
            }
        }
        Ok([self.iter(&source)?, Value::Unset, Value::Unset])
    }
}

fn is_same(a: &Option<Value>, b: &Option<Value>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => a.is(b),
        _ => false,
    }
}

#[inline]
fn compare_ints(op: Cmp, x: i64, y: i64) -> bool {
    match op {
        Cmp::Eq => x == y,
        Cmp::Ne => x != y,
        Cmp::Lt => x < y,
        Cmp::Le => x <= y,
        Cmp::Gt => x > y,
        Cmp::Ge => x >= y,
        Cmp::Is | Cmp::IsNot | Cmp::In | Cmp::NotIn => false,
    }
}
