//! Expressions.

use std::collections::HashMap;

use num_bigint::BigInt;
use ruff_python_ast::{
    self as ast, BoolOp, CmpOp, Comprehension, Expr, FStringPart, InterpolatedStringElement,
    Number, Operator, UnaryOp,
};
use ruff_text_size::Ranged;

use super::scope::key;
use super::{Compiler, Done, Label, Var, fail, unsupported};
use crate::code::*;
use crate::object::{Obj, Value};
use crate::sym::{Sym, intern, s};

pub(super) fn bin_of(op: Operator) -> Bin {
    match op {
        Operator::Add => Bin::Add,
        Operator::Sub => Bin::Sub,
        Operator::Mult => Bin::Mul,
        Operator::MatMult => Bin::MatMul,
        Operator::Div => Bin::Div,
        Operator::Mod => Bin::Mod,
        Operator::Pow => Bin::Pow,
        Operator::LShift => Bin::LShift,
        Operator::RShift => Bin::RShift,
        Operator::BitOr => Bin::Or,
        Operator::BitXor => Bin::Xor,
        Operator::BitAnd => Bin::And,
        Operator::FloorDiv => Bin::FloorDiv,
    }
}

fn cmp_of(op: CmpOp) -> Cmp {
    match op {
        CmpOp::Eq => Cmp::Eq,
        CmpOp::NotEq => Cmp::Ne,
        CmpOp::Lt => Cmp::Lt,
        CmpOp::LtE => Cmp::Le,
        CmpOp::Gt => Cmp::Gt,
        CmpOp::GtE => Cmp::Ge,
        CmpOp::Is => Cmp::Is,
        CmpOp::IsNot => Cmp::IsNot,
        CmpOp::In => Cmp::In,
        CmpOp::NotIn => Cmp::NotIn,
    }
}

/// Whether evaluating it may assign to a local variable.
fn assigns(e: &Expr) -> bool {
    use ruff_python_ast::visitor::{Visitor, walk_expr};
    struct Look(bool);
    impl<'a> Visitor<'a> for Look {
        fn visit_expr(&mut self, e: &'a Expr) {
            self.0 |= matches!(e, Expr::Named(_));
            walk_expr(self, e);
        }
    }
    if matches!(e, Expr::Name(_) | Expr::NumberLiteral(_) | Expr::StringLiteral(_)) {
        return false;
    }
    let mut look = Look(false);
    look.visit_expr(e);
    look.0
}

enum What<'a> {
    List(&'a Expr),
    Set(&'a Expr),
    Dict(&'a Expr, &'a Expr),
    Yield(&'a Expr),
}

impl<'a> Compiler<'a, '_, '_> {
    /// Evaluates an expression into `want`, or wherever it is.
    pub(super) fn expr(&mut self, e: &'a Expr, want: Option<Reg>) -> Done<Reg> {
        match e {
            Expr::Name(name) => {
                self.at(name);
                self.load(name.id.as_str(), want)
            }
            Expr::NumberLiteral(_)
            | Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_) => {
                let value = self.literal(e)?;
                self.put_const(value, want)
            }
            Expr::BinOp(b) => {
                if let Some(value) = self.fold(e) {
                    return self.put_const(value, want);
                }
                self.binary(&b.left, b.op, &b.right, want, e)
            }
            Expr::UnaryOp(u) => {
                if let Some(value) = self.fold(e) {
                    return self.put_const(value, want);
                }
                let mark = self.unit.next;
                let a = self.expr(&u.operand, None)?;
                self.release(mark);
                let d = self.dest(want)?;
                self.at(u);
                self.emit(match u.op {
                    UnaryOp::Not => Op::Not { d, a },
                    UnaryOp::USub => Op::Neg { d, a },
                    UnaryOp::UAdd => Op::Pos { d, a },
                    UnaryOp::Invert => Op::Invert { d, a },
                });
                Ok(d)
            }
            Expr::BoolOp(b) => {
                let d = self.fresh_dest(want)?;
                let end = self.label();
                let mark = self.unit.next;
                let before = self.unit.assigned.clone();
                for (i, value) in b.values.iter().enumerate() {
                    self.expr(value, Some(d))?;
                    self.release(mark);
                    if i + 1 < b.values.len() {
                        let t = end.0 as u32;
                        self.emit(match b.op {
                            BoolOp::And => Op::JumpFalse { a: d, t },
                            BoolOp::Or => Op::JumpTrue { a: d, t },
                        });
                    }
                }
                self.unit.meet(&before);
                self.place(end);
                self.soil(d);
                self.settle(d, want)
            }
            Expr::Compare(c) => self.comparison(c, want),
            Expr::If(i) => {
                let d = self.fresh_dest(want)?;
                let mark = self.unit.next;
                let (otherwise, end) = (self.label(), self.label());
                self.jump_if(&i.test, false, otherwise)?;
                self.release(mark);
                let before = self.unit.assigned.clone();
                self.expr(&i.body, Some(d))?;
                self.release(mark);
                self.jump(end);
                let after = std::mem::replace(&mut self.unit.assigned, before);
                self.place(otherwise);
                self.expr(&i.orelse, Some(d))?;
                self.release(mark);
                self.unit.meet(&after);
                self.place(end);
                self.soil(d);
                self.settle(d, want)
            }
            Expr::Named(n) => {
                let Expr::Name(name) = &*n.target else {
                    return fail("cannot use assignment expressions with this", n.range.start());
                };
                let r = self.expr(&n.value, want)?;
                // Not one of an inner comprehension's variables.
                let comprehensions = std::mem::take(&mut self.unit.comprehensions);
                let stored = self.store(name.id.as_str(), r);
                self.unit.comprehensions = comprehensions;
                stored?;
                Ok(r)
            }
            Expr::Attribute(a) => {
                let mark = self.unit.next;
                let o = self.expr(&a.value, None)?;
                self.release(mark);
                let d = self.dest(want)?;
                let name = self.mangled(a.attr.as_str());
                let k = self.attr_index(name);
                self.at(a);
                self.emit(Op::GetAttr { d, o, k });
                self.soil(d);
                Ok(d)
            }
            Expr::Subscript(sub) => {
                let mark = self.unit.next;
                let o = self.operand(&sub.value, &sub.slice)?;
                if let Expr::Slice(slice) = &*sub.slice {
                    let base = self.slice_parts(slice)?;
                    self.release(mark);
                    let d = self.dest(want)?;
                    self.at(sub);
                    self.emit(Op::GetSlice { d, o, base });
                    self.soil(d);
                    return Ok(d);
                }
                let i = self.index(&sub.slice)?;
                self.release(mark);
                let d = self.dest(want)?;
                self.at(sub);
                self.emit(Op::GetItem { d, o, i });
                self.soil(d);
                Ok(d)
            }
            Expr::Slice(_) => self.index_into(e, want),
            Expr::Tuple(t) => {
                if let Some(value) = self.constant_tuple(e) {
                    return self.put_const(value, want);
                }
                self.sequence(&t.elts, want, true)
            }
            Expr::List(l) => self.sequence(&l.elts, want, false),
            Expr::Set(set) => {
                let mark = self.unit.next;
                let d = self.fresh_dest(want)?;
                let inner = self.unit.next;
                if set.elts.iter().any(Expr::is_starred_expr) {
                    self.emit(Op::Set { d, base: inner, n: 0 });
                    for elt in &set.elts {
                        let (op, e): (fn(Reg, Reg) -> Op, _) = match elt {
                            Expr::Starred(star) => {
                                (|set, s| Op::SetUpdate { set, s }, &*star.value)
                            }
                            e => (|set, s| Op::SetAdd { set, s }, e),
                        };
                        let s = self.expr(e, None)?;
                        self.emit(op(d, s));
                        self.release(inner);
                    }
                } else {
                    let base = self.consecutive(&set.elts)?;
                    self.release(inner);
                    self.emit(Op::Set { d, base, n: set.elts.len() as u16 });
                }
                self.finish_dest(mark, d, want)
            }
            Expr::Dict(dict) => self.dict(dict, want),
            Expr::Lambda(l) => {
                let mark = self.unit.next;
                let (base, flags) = self.defaults(l.parameters.as_deref())?;
                let line = self.line_at(l.range.start());
                let k = self.function_code(
                    key(l),
                    s().lambda,
                    l.parameters.as_deref(),
                    line,
                    |this| {
                        let r = this.expr(&l.body, None)?;
                        this.emit(Op::Return { s: r });
                        Ok(())
                    },
                )?;
                self.release(mark);
                let d = self.dest(want)?;
                self.emit(Op::Function { d, k, base, flags });
                self.soil(d);
                Ok(d)
            }
            Expr::ListComp(c) => {
                self.comprehension(key(c), &c.generators, What::List(&c.elt), want)
            }
            Expr::SetComp(c) => self.comprehension(key(c), &c.generators, What::Set(&c.elt), want),
            Expr::DictComp(c) => {
                let Some(k) = c.key.as_deref() else {
                    return fail(
                        "dict unpacking cannot be used in dict comprehension",
                        c.range.start(),
                    );
                };
                self.comprehension(key(c), &c.generators, What::Dict(k, &c.value), want)
            }
            Expr::Generator(g) => {
                let mark = self.unit.next;
                let line = self.line_at(g.range.start());
                let base = self.temps(2)?;
                let first = self.expr(&g.generators[0].iter, None)?;
                self.emit(Op::Iter { d: base + 1, s: first });
                self.soil(base + 1);
                let k = self.function_code(key(g), intern("<genexpr>"), None, line, |this| {
                    let it = this.unit.regs[&intern(".0")];
                    this.generators(&g.generators, Some(it), 0, &What::Yield(&g.elt), NO_REG)?;
                    let none = this.constant(Value::None);
                    this.emit(Op::Return { s: none });
                    Ok(())
                })?;
                self.emit(Op::Function { d: base, k, base, flags: 0 });
                self.emit(Op::Call { d: base, base, n: 1 });
                self.clean(base + 1);
                self.release(mark);
                self.move_to(base, want)
            }
            Expr::Yield(y) => {
                let mark = self.unit.next;
                let value = match &y.value {
                    Some(value) => self.expr(value, None)?,
                    None => self.constant(Value::None),
                };
                self.release(mark);
                let d = self.dest(want)?;
                self.at(y);
                self.emit(Op::Yield { d, s: value });
                self.soil(d);
                Ok(d)
            }
            Expr::YieldFrom(y) => {
                let mark = self.unit.next;
                let it = self.temp()?;
                let d = self.temp()?;
                let value = self.expr(&y.value, None)?;
                self.at(y);
                self.emit(Op::Iter { d: it, s: value });
                self.soil(it);
                let none = self.const_index(Value::None);
                self.emit(Op::Const { d, k: none });
                self.emit(Op::YieldFrom { d, it });
                self.emit(Op::Clear { base: it, n: 1 });
                self.clean(it);
                self.soil(d);
                self.finish_dest(mark, d, want)
            }
            Expr::Call(c) => self.call(c, want),
            Expr::FString(f) => self.f_string(f, want),
            Expr::Starred(star) => fail("can't use starred expression here", star.range.start()),
            Expr::Await(a) => unsupported("'await'", a.range),
            Expr::TString(t) => unsupported("a t-string", t.range),
            Expr::IpyEscapeCommand(i) => unsupported("an escape command", i.range),
        }
    }

    fn put_const(&mut self, value: Value, want: Option<Reg>) -> Done<Reg> {
        let d = self.dest(want)?;
        let k = self.const_index(value);
        self.emit(Op::Const { d, k });
        Ok(d)
    }

    /// A register to be written before the operands are all read: not a variable's.
    fn fresh_dest(&mut self, want: Option<Reg>) -> Done<Reg> {
        match want {
            Some(r) if r >= self.unit.locals => Ok(r),
            _ => self.temp(),
        }
    }

    /// From a fresh destination to the wanted one.
    fn settle(&mut self, d: Reg, want: Option<Reg>) -> Done<Reg> {
        match want {
            Some(w) if w != d => {
                self.emit(Op::Move { d: w, s: d });
                Ok(w)
            }
            _ => Ok(d),
        }
    }

    fn finish_dest(&mut self, mark: Reg, d: Reg, want: Option<Reg>) -> Done<Reg> {
        self.soil(d);
        match want {
            Some(w) => {
                self.release(mark);
                if w != d {
                    self.emit(Op::Move { d: w, s: d });
                    self.soil(w);
                }
                Ok(w)
            }
            None => {
                self.release(mark);
                // `d` is the first temporary after the mark, or is moved there.
                self.move_to(d, None)
            }
        }
    }

    /// Moves from a temporary that was given back to where a result belongs.
    fn move_to(&mut self, from: Reg, want: Option<Reg>) -> Done<Reg> {
        let d = self.dest(want)?;
        if d != from {
            self.emit(Op::Move { d, s: from });
        }
        self.soil(d);
        Ok(d)
    }

    /// An operand that stays what it is while `then` is evaluated.
    fn operand(&mut self, e: &'a Expr, then: &Expr) -> Done<Reg> {
        let r = self.expr(e, None)?;
        if r < self.unit.locals && assigns(then) {
            let d = self.temp()?;
            self.emit(Op::Move { d, s: r });
            self.soil(d);
            return Ok(d);
        }
        Ok(r)
    }

    fn binary(
        &mut self,
        left: &'a Expr,
        op: Operator,
        right: &'a Expr,
        want: Option<Reg>,
        node: &Expr,
    ) -> Done<Reg> {
        let mark = self.unit.next;
        let a = self.operand(left, right)?;
        if let (Operator::Add | Operator::Sub, Some(Value::Int(n))) = (op, self.fold(right))
            && let Ok(n) = i32::try_from(n)
            && (n > 0 || (n == 0 && op == Operator::Add))
        {
            self.release(mark);
            let d = self.dest(want)?;
            self.at(node);
            let n = if op == Operator::Sub { -n } else { n };
            self.emit(Op::AddInt { in_place: false, d, a, n });
            return Ok(d);
        }
        let b = self.expr(right, None)?;
        self.release(mark);
        let d = self.dest(want)?;
        self.at(node);
        self.emit(match op {
            Operator::Add => Op::Add { d, a, b },
            Operator::Sub => Op::Sub { d, a, b },
            Operator::Mult => Op::Mul { d, a, b },
            _ => Op::Binary { op: bin_of(op), d, a, b },
        });
        Ok(d)
    }

    fn comparison(&mut self, c: &'a ast::ExprCompare, want: Option<Reg>) -> Done<Reg> {
        let mark = self.unit.next;
        if c.ops.len() == 1 {
            let a = self.operand(&c.left, &c.comparators[0])?;
            let b = self.expr(&c.comparators[0], None)?;
            self.release(mark);
            let d = self.dest(want)?;
            self.at(c);
            self.emit(Op::Compare { op: cmp_of(c.ops[0]), d, a, b });
            return Ok(d);
        }
        let d = self.fresh_dest(want)?;
        let end = self.label();
        let mut a = self.operand(&c.left, &c.comparators[0])?;
        for (i, (op, right)) in c.ops.iter().zip(&c.comparators).enumerate() {
            let b = match c.comparators.get(i + 1) {
                Some(next) => self.operand(right, next)?,
                None => self.expr(right, None)?,
            };
            self.at(c);
            self.emit(Op::Compare { op: cmp_of(*op), d, a, b });
            if i + 1 < c.ops.len() {
                self.emit(Op::JumpFalse { a: d, t: end.0 as u32 });
            }
            a = b;
        }
        self.place(end);
        if want.is_none() {
            self.release(mark.max(d + 1));
        } else {
            self.release(mark);
        }
        self.settle(d, want)
    }

    /// Jumps if the expression's truth is this.
    pub(super) fn jump_if(&mut self, e: &'a Expr, truth: bool, to: Label) -> Done {
        let t = to.0 as u32;
        let mark = self.unit.next;
        match e {
            Expr::UnaryOp(u) if u.op == UnaryOp::Not => {
                return self.jump_if(&u.operand, !truth, to);
            }
            Expr::BoolOp(b) => {
                // `a and b` is false, or `a or b` true, as soon as one part is.
                let any = matches!(b.op, BoolOp::Or) == truth;
                let skip = self.label();
                let before = self.unit.assigned.clone();
                for (i, value) in b.values.iter().enumerate() {
                    if any || i + 1 == b.values.len() {
                        self.jump_if(value, truth, to)?;
                    } else {
                        self.jump_if(value, !truth, skip)?;
                    }
                }
                self.unit.meet(&before);
                self.place(skip);
                return Ok(());
            }
            Expr::Compare(c) if c.ops.len() == 1 => {
                let a = self.operand(&c.left, &c.comparators[0])?;
                let b = self.expr(&c.comparators[0], None)?;
                self.at(c);
                let op = cmp_of(c.ops[0]);
                self.emit(if truth {
                    Op::JumpWhen { op, a, b, t }
                } else {
                    Op::JumpUnless { op, a, b, t }
                });
            }
            _ => match self.fold(e) {
                Some(Value::Bool(b)) => {
                    if b == truth {
                        self.jump(to);
                    }
                }
                Some(Value::None) => {
                    if !truth {
                        self.jump(to);
                    }
                }
                Some(Value::Int(n)) => {
                    if (n != 0) == truth {
                        self.jump(to);
                    }
                }
                _ => {
                    let a = self.expr(e, None)?;
                    self.at(e);
                    self.emit(if truth { Op::JumpTrue { a, t } } else { Op::JumpFalse { a, t } });
                }
            },
        }
        self.release(mark);
        Ok(())
    }

    /// Evaluates expressions into temporaries that follow each other.
    pub(super) fn consecutive(&mut self, items: &'a [Expr]) -> Done<Reg> {
        let base = self.unit.next;
        for item in items {
            let d = self.temp()?;
            self.expr(item, Some(d))?;
            self.release(d + 1);
            self.soil(d);
        }
        Ok(base)
    }

    /// Tells that temporaries were moved out of.
    pub(super) fn moved(&mut self, base: Reg, n: usize) {
        for r in base..base + n as Reg {
            self.clean(r);
        }
    }

    fn sequence(&mut self, items: &'a [Expr], want: Option<Reg>, tuple: bool) -> Done<Reg> {
        let mark = self.unit.next;
        if items.iter().any(Expr::is_starred_expr) {
            let d = self.temp()?;
            self.starred_list(items, d, NO_REG)?;
            if tuple {
                self.emit(Op::ListToTuple { d, s: d });
            }
            return self.finish_dest(mark, d, want);
        }
        // Long displays are built piece by piece, so that registers suffice.
        if !tuple && items.len() > 256 {
            let d = self.temp()?;
            self.emit(Op::List { d, base: d, n: 0 });
            self.soil(d);
            for item in items {
                let inner = self.unit.next;
                let s = self.expr(item, None)?;
                self.emit(Op::ListAppend { list: d, s });
                self.release(inner);
            }
            return self.finish_dest(mark, d, want);
        }
        let base = self.consecutive(items)?;
        self.moved(base, items.len());
        self.release(mark);
        let d = self.dest(want)?;
        let n = items.len() as u16;
        self.emit(if tuple { Op::Tuple { d, base, n } } else { Op::List { d, base, n } });
        self.soil(d);
        Ok(d)
    }

    /// A list of items some of which are starred.
    pub(super) fn starred_list(&mut self, items: &'a [Expr], d: Reg, f: Reg) -> Done {
        self.emit(Op::List { d, base: d, n: 0 });
        self.soil(d);
        for item in items {
            let inner = self.unit.next;
            match item {
                Expr::Starred(star) => {
                    let s = self.expr(&star.value, None)?;
                    self.at(item);
                    self.emit(Op::ListExtend { list: d, s, f });
                }
                item => {
                    let s = self.expr(item, None)?;
                    self.emit(Op::ListAppend { list: d, s });
                }
            }
            self.release(inner);
        }
        Ok(())
    }

    fn dict(&mut self, dict: &'a ast::ExprDict, want: Option<Reg>) -> Done<Reg> {
        let mark = self.unit.next;
        let d = self.temp()?;
        let inner = self.unit.next;
        let items: Vec<_> = dict.items.iter().collect();
        let small = items.len() <= 64 && items.iter().all(|item| item.key.is_some());
        if small {
            let base = self.unit.next;
            for item in &items {
                for e in item.key.iter().chain(std::iter::once(&item.value)) {
                    let r = self.temp()?;
                    self.expr(e, Some(r))?;
                    self.release(r + 1);
                    self.soil(r);
                }
            }
            self.at(dict);
            self.emit(Op::Dict { d, base, n: items.len() as u16 });
            self.moved(base, items.len() * 2);
            self.release(inner);
            return self.finish_dest(mark, d, want);
        }
        self.emit(Op::Dict { d, base: inner, n: 0 });
        self.soil(d);
        for item in items {
            match &item.key {
                Some(key) => {
                    let base = self.temps(2)?;
                    self.expr(key, Some(base))?;
                    self.expr(&item.value, Some(base + 1))?;
                    self.emit(Op::DictPut { dict: d, base });
                    self.soil(base);
                    self.soil(base + 1);
                }
                None => {
                    let s = self.expr(&item.value, None)?;
                    self.emit(Op::DictUpdate { dict: d, s, merge: false, f: d });
                }
            }
            self.release(inner);
        }
        self.finish_dest(mark, d, want)
    }

    /// What is between the brackets of a subscript.
    pub(super) fn index(&mut self, e: &'a Expr) -> Done<Reg> {
        match e {
            Expr::Slice(_) => self.index_into(e, None),
            Expr::Tuple(t) if t.elts.iter().any(Expr::is_slice_expr) => {
                let mark = self.unit.next;
                let base = self.unit.next;
                for elt in &t.elts {
                    let d = self.temp()?;
                    self.index_into(elt, Some(d))?;
                    self.release(d + 1);
                }
                self.release(mark);
                let d = self.temp()?;
                self.emit(Op::Tuple { d, base, n: t.elts.len() as u16 });
                self.soil(d);
                Ok(d)
            }
            e => self.expr(e, None),
        }
    }

    fn index_into(&mut self, e: &'a Expr, want: Option<Reg>) -> Done<Reg> {
        let Expr::Slice(slice) = e else { return self.expr(e, want) };
        let mark = self.unit.next;
        let base = self.slice_parts(slice)?;
        self.release(mark);
        let d = self.dest(want)?;
        self.emit(Op::Slice { d, base, n: 3 });
        self.soil(d);
        Ok(d)
    }

    /// The three parts of a slice, in registers that follow each other.
    pub(super) fn slice_parts(&mut self, slice: &'a ast::ExprSlice) -> Done<Reg> {
        let base = self.temps(3)?;
        for (i, part) in [&slice.lower, &slice.upper, &slice.step].into_iter().enumerate() {
            let d = base + i as Reg;
            match part {
                Some(e) => {
                    self.expr(e, Some(d))?;
                }
                None => {
                    self.put_const(Value::None, Some(d))?;
                }
            }
            self.release(base + 3);
        }
        Ok(base)
    }

    fn f_string(&mut self, f: &'a ast::ExprFString, want: Option<Reg>) -> Done<Reg> {
        let mark = self.unit.next;
        let base = self.unit.next;
        let mut n = 0;
        let mut text = String::new();
        for part in f.value.iter() {
            match part {
                FStringPart::Literal(literal) => text.push_str(literal),
                FStringPart::FString(f) => self.pieces(&f.elements, &mut text, &mut n)?,
            }
        }
        if !text.is_empty() || n == 0 {
            self.text_piece(&mut text)?;
            n += 1;
        }
        self.release(mark);
        let d = self.dest(want)?;
        self.emit(Op::Concat { d, base, n });
        self.soil(d);
        Ok(d)
    }

    fn text_piece(&mut self, text: &mut String) -> Done {
        let value = self.immortal_str(text);
        text.clear();
        let d = self.temp()?;
        self.put_const(value, Some(d))?;
        Ok(())
    }

    fn pieces(
        &mut self,
        elements: &'a ast::InterpolatedStringElements,
        text: &mut String,
        n: &mut u16,
    ) -> Done {
        for element in elements {
            match element {
                InterpolatedStringElement::Literal(literal) => text.push_str(&literal.value),
                InterpolatedStringElement::Interpolation(i) => {
                    let mut conversion = match i.conversion {
                        ast::ConversionFlag::None => 0,
                        ast::ConversionFlag::Str => b's',
                        ast::ConversionFlag::Ascii => b'a',
                        ast::ConversionFlag::Repr => b'r',
                    };
                    if let Some(debug) = &i.debug_text {
                        text.push_str(debug.as_str());
                        if conversion == 0 && i.format_spec.is_none() {
                            conversion = b'r';
                        }
                    }
                    if !text.is_empty() {
                        self.text_piece(text)?;
                        *n += 1;
                    }
                    let d = self.temp()?;
                    let value = self.expr(&i.expression, None)?;
                    let spec = match &i.format_spec {
                        None => NO_REG,
                        Some(spec) => {
                            let spec_base = self.unit.next;
                            let (mut inner, mut count) = (String::new(), 0);
                            self.pieces(&spec.elements, &mut inner, &mut count)?;
                            if !inner.is_empty() || count == 0 {
                                self.text_piece(&mut inner)?;
                                count += 1;
                            }
                            let r = self.temp()?;
                            self.emit(Op::Concat { d: r, base: spec_base, n: count });
                            r
                        }
                    };
                    self.at(&*i.expression);
                    self.emit(Op::Format { d, s: value, spec, conversion });
                    self.release(d + 1);
                    *n += 1;
                }
            }
        }
        Ok(())
    }

    /// Whether a call is `locals()`, `vars()` or `globals()`, which a function written in Rust could
    /// not answer: it does not see who calls it.
    fn asks_for_variables(&mut self, c: &ast::ExprCall) -> Option<bool> {
        let Expr::Name(name) = &*c.func else { return None };
        let globals = match name.id.as_str() {
            "globals" => true,
            "locals" | "vars" => false,
            _ => return None,
        };
        if !c.arguments.is_empty() {
            return None;
        }
        let name = intern(name.id.as_str());
        let is_builtin = match self.var(name.as_str()) {
            Var::Global(_) | Var::Name(_) => {
                !self.scopes.all.iter().any(|s| s.bound.contains(&name))
            }
            _ => false,
        };
        is_builtin.then_some(globals)
    }

    fn call(&mut self, c: &'a ast::ExprCall, want: Option<Reg>) -> Done<Reg> {
        let args = &c.arguments;
        let mark = self.unit.next;
        let starred = args.args.iter().any(Expr::is_starred_expr)
            || args.keywords.iter().any(|k| k.arg.is_none());
        let plain = !starred && args.args.len() < 250;
        if let Expr::Name(name) = &*c.func
            && name.id.as_str() == "super"
            && args.args.is_empty()
            && args.keywords.is_empty()
            && let Ok(class) = self.cell_of(s().class)
            && let Some(&this) = self.unit.vars.first()
        {
            let r = self.load(this.as_str(), None)?;
            self.release(mark);
            let d = self.dest(want)?;
            self.at(c);
            self.emit(Op::Super { d, class, this: r });
            self.soil(d);
            return Ok(d);
        }
        if let Some(globals) = self.asks_for_variables(c) {
            let d = self.dest(want)?;
            self.at(c);
            self.emit(Op::Variables { d, globals });
            self.soil(d);
            return Ok(d);
        }
        if plain
            && args.keywords.is_empty()
            && let Expr::Attribute(a) = &*c.func
        {
            let base = self.temp()?;
            self.expr(&a.value, Some(base))?;
            self.release(base + 1);
            let n = args.args.len();
            self.consecutive(&args.args)?;
            let name = self.mangled(a.attr.as_str());
            let k = self.attr_index(name);
            self.release(mark);
            let d = self.dest(want)?;
            self.at(a);
            self.emit(Op::CallMethod { d, base, n: n as u16, k });
            self.moved(base, n + 1);
            self.soil(d);
            return Ok(d);
        }
        let base = self.temp()?;
        self.expr(&c.func, Some(base))?;
        self.release(base + 1);
        if plain {
            self.consecutive(&args.args)?;
            let names: Box<[Sym]> = args
                .keywords
                .iter()
                .filter_map(|k| k.arg.as_ref().map(|a| intern(a.as_str())))
                .collect();
            for keyword in &args.keywords {
                let d = self.temp()?;
                self.expr(&keyword.value, Some(d))?;
                self.release(d + 1);
                self.soil(d);
            }
            let n = args.args.len() + names.len();
            self.release(mark);
            let d = self.dest(want)?;
            self.at(c);
            if names.is_empty() {
                self.emit(Op::Call { d, base, n: n as u16 });
            } else {
                self.unit.kwnames.push(names);
                let k = self.unit.kwnames.len() as u32 - 1;
                self.emit(Op::CallKw { d, base, n: n as u16, k });
            }
            self.moved(base, n + 1);
            self.soil(d);
            return Ok(d);
        }
        let (list, kwargs) = (self.temp()?, self.temp()?);
        let f = if args.args.len() == 1 { base } else { NO_REG };
        self.starred_list(&args.args, list, f)?;
        self.keywords(&args.keywords, kwargs, base)?;
        self.release(mark);
        let d = self.dest(want)?;
        self.at(c);
        self.emit(Op::CallEx { d, base });
        self.moved(base, 3);
        self.soil(d);
        Ok(d)
    }

    /// Keyword arguments as a dict, or `None`.
    pub(super) fn keywords(&mut self, keywords: &'a [ast::Keyword], d: Reg, f: Reg) -> Done {
        if keywords.is_empty() {
            self.put_const(Value::None, Some(d))?;
            return Ok(());
        }
        self.emit(Op::Dict { d, base: d, n: 0 });
        self.soil(d);
        for keyword in keywords {
            let inner = self.unit.next;
            match &keyword.arg {
                Some(name) => {
                    let base = self.temps(2)?;
                    let value = self.vm.sym_value(intern(name.as_str()));
                    self.put_const(value, Some(base))?;
                    self.expr(&keyword.value, Some(base + 1))?;
                    // Twice the same name is an error, whichever way it came.
                    let one = self.temp()?;
                    self.emit(Op::Dict { d: one, base, n: 1 });
                    self.emit(Op::DictUpdate { dict: d, s: one, merge: true, f });
                    self.soil(one);
                }
                None => {
                    let s = self.expr(&keyword.value, None)?;
                    self.at(&keyword.value);
                    self.emit(Op::DictUpdate { dict: d, s, merge: true, f });
                }
            }
            self.release(inner);
        }
        Ok(())
    }

    // Comprehensions.

    fn comprehension(
        &mut self,
        node: usize,
        generators: &'a [Comprehension],
        what: What<'a>,
        want: Option<Reg>,
    ) -> Done<Reg> {
        let mark = self.unit.next;
        let d = self.temp()?;
        self.emit(match what {
            What::List(_) | What::Yield(_) => Op::List { d, base: d, n: 0 },
            What::Set(_) => Op::Set { d, base: d, n: 0 },
            What::Dict(..) => Op::Dict { d, base: d, n: 0 },
        });
        self.soil(d);
        let first = self.expr(&generators[0].iter, None)?;
        let scope = self.scopes.of[&node];
        #[expect(clippy::mutable_key_type, reason = "names are compared by address")]
        let mut vars = HashMap::new();
        let names: Vec<Sym> = self.scopes.all[scope].bound.iter().copied().collect();
        let first_var = self.unit.next;
        for name in names {
            let r = self.temp()?;
            // Temporaries: emptied when the comprehension is over.
            if self.scopes.all[scope].cells.contains(&name) {
                self.emit(Op::Clear { base: r, n: 1 });
                self.emit(Op::MakeCell { r });
                vars.insert(name, Var::Cell(r));
            } else {
                vars.insert(name, Var::Local(r));
            }
            self.soil(r);
        }
        let vars_end = self.unit.next;
        self.unit.comprehensions.push((scope, vars));
        let before = self.unit.assigned.clone();
        let done = self.generators(generators, Some(first), 0, &what, d);
        self.unit.meet(&before);
        self.unit.comprehensions.pop();
        done?;
        if vars_end > first_var {
            self.emit(Op::Clear { base: first_var, n: vars_end - first_var });
            self.moved(first_var, usize::from(vars_end - first_var));
        }
        self.finish_dest(mark, d, want)
    }

    /// The loops of a comprehension, from the `n`-th on.
    fn generators(
        &mut self,
        generators: &'a [Comprehension],
        first: Option<Reg>,
        n: usize,
        what: &What<'a>,
        into: Reg,
    ) -> Done {
        let Some(generator) = generators.get(n) else {
            let mark = self.unit.next;
            match *what {
                What::List(e) => {
                    let s = self.expr(e, None)?;
                    self.emit(Op::ListAppend { list: into, s });
                }
                What::Set(e) => {
                    let s = self.expr(e, None)?;
                    self.emit(Op::SetAdd { set: into, s });
                }
                What::Dict(key, value) => {
                    let base = self.temps(2)?;
                    self.expr(key, Some(base))?;
                    self.expr(value, Some(base + 1))?;
                    self.soil(base);
                    self.soil(base + 1);
                    self.emit(Op::DictPut { dict: into, base });
                }
                What::Yield(e) => {
                    let s = self.expr(e, None)?;
                    let d = self.temp()?;
                    self.emit(Op::Yield { d, s });
                }
            }
            self.release(mark);
            return Ok(());
        };
        let mark = self.unit.next;
        let state = self.temps(3)?;
        let source = match first {
            Some(r) => r,
            None => self.expr(&generator.iter, None)?,
        };
        self.at(generator);
        self.emit(Op::ForBegin { r: state, s: source });
        self.soil(state);
        self.release(state + 3);
        let (again, out) = (self.here(), self.label());
        let item = match self.local_target(&generator.target) {
            Some(r) => r,
            None => self.temp()?,
        };
        self.emit(Op::ForNext { r: state, d: item, t: out.0 as u32 });
        if item >= self.unit.locals {
            self.soil(item);
        }
        self.assign(&generator.target, item)?;
        for test in &generator.ifs {
            self.jump_if(test, false, again)?;
        }
        self.generators(generators, None, n + 1, what, into)?;
        self.emit(Op::Loop { t: again.0 as u32 });
        self.place(out);
        self.emit(Op::Clear { base: state, n: 3 });
        self.moved(state, 3);
        self.release(mark);
        Ok(())
    }

    // Constants.

    fn literal(&mut self, e: &Expr) -> Done<Value> {
        Ok(match e {
            Expr::NumberLiteral(n) => match &n.value {
                Number::Int(i) => match i.as_i64() {
                    Some(i) => Value::Int(i),
                    None => {
                        let text = i.to_string().replace('_', "");
                        let (digits, radix) = match text.get(..2) {
                            Some("0x" | "0X") => (&text[2..], 16),
                            Some("0o" | "0O") => (&text[2..], 8),
                            Some("0b" | "0B") => (&text[2..], 2),
                            _ => (&text[..], 10),
                        };
                        let Some(big) = BigInt::parse_bytes(digits.as_bytes(), radix) else {
                            return fail("invalid number", n.range.start());
                        };
                        match i64::try_from(&big) {
                            Ok(n) => Value::Int(n),
                            Err(_) => {
                                Value::Obj(self.vm.m.alloc_immortal(Obj::BigInt(Box::new(big))))
                            }
                        }
                    }
                },
                Number::Float(x) => Value::Float(*x),
                Number::Complex { .. } => return unsupported("a complex number", n.range),
            },
            Expr::StringLiteral(s) => self.string(s.value.to_str()),
            Expr::BytesLiteral(b) => {
                let bytes: Vec<u8> = b.value.bytes().collect();
                Value::Obj(self.vm.m.alloc_immortal(Obj::Bytes(bytes.into())))
            }
            Expr::BooleanLiteral(b) => Value::Bool(b.value),
            Expr::NoneLiteral(_) => Value::None,
            Expr::EllipsisLiteral(_) => Value::Ellipsis,
            _ => return fail("not a constant", e.range().start()),
        })
    }

    /// A constant number, if the expression is one.
    pub(super) fn fold(&mut self, e: &Expr) -> Option<Value> {
        match e {
            Expr::NumberLiteral(_) | Expr::BooleanLiteral(_) | Expr::NoneLiteral(_) => {
                self.literal(e).ok()
            }
            Expr::UnaryOp(u) => match (u.op, self.fold(&u.operand)?) {
                (UnaryOp::USub, Value::Int(n)) => n.checked_neg().map(Value::Int),
                (UnaryOp::USub, Value::Float(x)) => Some(Value::Float(-x)),
                (UnaryOp::UAdd, v @ (Value::Int(_) | Value::Float(_))) => Some(v),
                (UnaryOp::Invert, Value::Int(n)) => Some(Value::Int(!n)),
                (UnaryOp::Not, Value::Bool(b)) => Some(Value::Bool(!b)),
                _ => None,
            },
            Expr::BinOp(b) => {
                let (x, y) = (self.fold(&b.left)?, self.fold(&b.right)?);
                let n = match (x, b.op, y) {
                    (Value::Int(x), Operator::Add, Value::Int(y)) => x.checked_add(y),
                    (Value::Int(x), Operator::Sub, Value::Int(y)) => x.checked_sub(y),
                    (Value::Int(x), Operator::Mult, Value::Int(y)) => x.checked_mul(y),
                    (Value::Int(x), Operator::Pow, Value::Int(y)) => {
                        u32::try_from(y).ok().and_then(|y| x.checked_pow(y))
                    }
                    (Value::Int(x), Operator::LShift, Value::Int(y)) => {
                        let fits = (0..62).contains(&y) && (x.abs() >> (62 - y)) == 0;
                        fits.then(|| x << y)
                    }
                    (Value::Float(x), Operator::Mult, Value::Float(y)) => {
                        return Some(Value::Float(x * y));
                    }
                    (Value::Float(x), Operator::Add, Value::Float(y)) => {
                        return Some(Value::Float(x + y));
                    }
                    _ => None,
                };
                n.map(Value::Int)
            }
            _ => None,
        }
    }

    /// A tuple of constants, which is one itself: immortal.
    fn constant_tuple(&mut self, e: &Expr) -> Option<Value> {
        let Expr::Tuple(t) = e else { return None };
        let mut items = Vec::new();
        for elt in &t.elts {
            items.push(match elt {
                Expr::Tuple(_) => self.constant_tuple(elt)?,
                Expr::StringLiteral(_) | Expr::BytesLiteral(_) | Expr::EllipsisLiteral(_) => {
                    self.literal(elt).ok()?
                }
                _ => self.fold(elt)?,
            });
        }
        if items.is_empty() {
            return Some(Value::Obj(self.vm.s.empty_tuple.clone()));
        }
        Some(Value::Obj(self.vm.m.alloc_immortal(Obj::Tuple(items.into()))))
    }
}
