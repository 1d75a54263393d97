//! Statements.

use ruff_python_ast::{self as ast, ExceptHandler, Expr, Parameters, Stmt};
use ruff_text_size::{Ranged, TextSize};

use super::expr::bin_of;
use super::scope::key;
use super::{Block, Compiler, Done, Unit, doc_of, fail, unsupported};
use crate::code::*;
use crate::object::Value;
use crate::sym::{intern, s};

impl<'a> Compiler<'a, '_, '_> {
    pub(super) fn body(&mut self, body: &'a [Stmt]) -> Done {
        body.iter().try_for_each(|stmt| self.stmt(stmt))
    }

    fn stmt(&mut self, stmt: &'a Stmt) -> Done {
        self.at(stmt);
        let mark = self.unit.next;
        self.stmt_inner(stmt)?;
        self.release(mark);
        self.sweep();
        let frees = match stmt {
            Stmt::Expr(e) => e.value.is_call_expr(),
            Stmt::Assign(a) => a.value.is_none_literal_expr() && a.targets[0].is_subscript_expr(),
            _ => false,
        };
        if frees {
            // What is dead now dies before the next statement looks for it.
            self.emit(Op::Safepoint);
        }
        Ok(())
    }

    fn stmt_inner(&mut self, stmt: &'a Stmt) -> Done {
        match stmt {
            Stmt::Expr(e) => {
                let r = self.expr(&e.value, None)?;
                if self.interactive && self.outer.is_empty() {
                    self.emit(Op::Show { s: r });
                }
            }
            Stmt::Assign(a) => self.assignment(a)?,
            Stmt::AugAssign(a) => self.augmented(a)?,
            Stmt::AnnAssign(a) => {
                if let Some(value) = &a.value {
                    let want = self.local_target(&a.target);
                    let r = self.expr(value, want)?;
                    self.assign(&a.target, r)?;
                }
                self.annotation(a)?;
            }
            Stmt::Return(r) => {
                if self.outer.is_empty()
                    || self.scopes.all[self.unit.scope].kind != super::Kind::Function
                {
                    return fail("'return' outside function", r.range.start());
                }
                let value = match &r.value {
                    Some(e) => self.expr(e, None)?,
                    None => self.constant(Value::None),
                };
                if self.unit.blocks.is_empty() {
                    self.emit(Op::Return { s: value });
                } else {
                    // What runs on the way out may change a variable.
                    let kept = if value < self.unit.locals {
                        let d = self.temp()?;
                        self.emit(Op::Move { d, s: value });
                        d
                    } else {
                        value
                    };
                    self.unit.next = self.unit.next.max(kept + 1);
                    self.leave_blocks(0)?;
                    self.emit(Op::Return { s: kept });
                }
                self.unit.unreachable();
            }
            Stmt::Delete(d) => {
                for target in &d.targets {
                    self.delete_target(target)?;
                }
            }
            Stmt::If(i) => self.if_statement(i)?,
            Stmt::While(w) => {
                let (again, out, otherwise) = (self.here(), self.label(), self.label());
                let before = self.unit.assigned.clone();
                self.jump_if(&w.test, false, otherwise)?;
                self.sweep();
                self.unit.blocks.push(Block::Loop { again, out });
                self.body(&w.body)?;
                self.unit.blocks.pop();
                self.at(stmt);
                self.emit(Op::Loop { t: again.0 as u32 });
                self.place(otherwise);
                self.unit.assigned.clone_from(&before);
                self.body(&w.orelse)?;
                self.unit.assigned = before;
                self.place(out);
            }
            Stmt::For(f) => {
                if f.is_async {
                    return unsupported("'async for'", f.range);
                }
                self.for_statement(f)?;
            }
            Stmt::Break(b) => self.leave_loop(b.range.start(), true)?,
            Stmt::Continue(c) => self.leave_loop(c.range.start(), false)?,
            Stmt::Pass(_) | Stmt::Global(_) | Stmt::Nonlocal(_) => {}
            Stmt::Raise(r) => {
                match &r.exc {
                    None => {
                        self.emit(Op::RaiseAgain);
                    }
                    Some(e) => {
                        let e = self.expr(e, None)?;
                        let cause = match &r.cause {
                            Some(cause) => self.expr(cause, None)?,
                            None => e,
                        };
                        self.at(stmt);
                        self.emit(Op::Raise { e, cause, has_cause: r.cause.is_some() });
                    }
                }
                self.unit.unreachable();
            }
            Stmt::Assert(a) => {
                let fine = self.label();
                self.jump_if(&a.test, true, fine)?;
                let base = self.temp()?;
                self.load_builtin("AssertionError", base)?;
                let mut n = 0;
                if let Some(msg) = &a.msg {
                    let d = self.temp()?;
                    self.expr(msg, Some(d))?;
                    n = 1;
                }
                self.at(stmt);
                self.emit(Op::Call { d: base, base, n });
                self.emit(Op::Raise { e: base, cause: base, has_cause: false });
                self.place(fine);
            }
            Stmt::Import(i) => {
                for alias in &i.names {
                    let name = alias.name.as_str();
                    let k = self.name_index(intern(name));
                    let d = self.temp()?;
                    match &alias.asname {
                        Some(asname) => {
                            // The module itself, not the package around it.
                            self.emit(Op::Import { d, k, level: 1 });
                            self.store(asname.as_str(), d)?;
                        }
                        None => {
                            self.emit(Op::Import { d, k, level: 0 });
                            self.store(name.split('.').next().unwrap_or(name), d)?;
                        }
                    }
                    self.soil(d);
                }
            }
            Stmt::ImportFrom(i) => {
                if i.level > 0 {
                    return unsupported("a relative import", i.range);
                }
                let name = i.module.as_ref().map_or("", |m| m.as_str());
                if name == "__future__" {
                    return Ok(());
                }
                let k = self.name_index(intern(name));
                let m = self.temp()?;
                self.emit(Op::Import { d: m, k, level: 1 });
                self.soil(m);
                for alias in &i.names {
                    if alias.name.as_str() == "*" {
                        self.emit(Op::ImportStar { s: m });
                        continue;
                    }
                    let d = self.temp()?;
                    let k = self.name_index(intern(alias.name.as_str()));
                    self.emit(Op::ImportFrom { d, s: m, k });
                    self.soil(d);
                    self.store(alias.asname.as_ref().unwrap_or(&alias.name).as_str(), d)?;
                }
            }
            Stmt::FunctionDef(f) => self.function_def(f)?,
            Stmt::ClassDef(c) => self.class_def(c)?,
            Stmt::With(w) => {
                if w.is_async {
                    return unsupported("'async with'", w.range);
                }
                self.with_statement(w, 0)?;
            }
            Stmt::Try(t) => {
                if t.is_star {
                    return unsupported("'except*'", t.range);
                }
                self.try_statement(t)?;
            }
            Stmt::Match(m) => return unsupported("'match'", m.range),
            Stmt::TypeAlias(t) => return unsupported("a 'type' statement", t.range),
            Stmt::IpyEscapeCommand(i) => return unsupported("an escape command", i.range),
        }
        Ok(())
    }

    fn load_builtin(&mut self, name: &str, d: Reg) -> Done {
        let k = self.global_index(intern(name));
        self.emit(Op::LoadGlobal { d, k });
        Ok(())
    }

    fn if_statement(&mut self, i: &'a ast::StmtIf) -> Done {
        let end = self.label();
        let mut next = self.label();
        self.jump_if(&i.test, false, next)?;
        self.sweep();
        let before = self.unit.assigned.clone();
        self.body(&i.body)?;
        let mut after = self.unit.assigned.clone();
        self.unit.assigned = before;
        let mut has_else = false;
        for (n, clause) in i.elif_else_clauses.iter().enumerate() {
            self.jump(end);
            self.place(next);
            next = self.label();
            match &clause.test {
                Some(test) => {
                    self.at(test);
                    self.jump_if(test, false, next)?;
                    self.sweep();
                }
                None => has_else = true,
            }
            let before = self.unit.assigned.clone();
            self.body(&clause.body)?;
            for (a, b) in after.iter_mut().zip(&self.unit.assigned) {
                *a &= b;
            }
            if clause.test.is_some() || n + 1 < i.elif_else_clauses.len() {
                self.unit.assigned = before;
            }
        }
        self.place(next);
        if has_else {
            self.unit.assigned = after;
        } else {
            self.unit.meet(&after);
        }
        self.place(end);
        Ok(())
    }

    fn for_statement(&mut self, f: &'a ast::StmtFor) -> Done {
        let state = self.temps(3)?;
        let source = self.expr(&f.iter, None)?;
        self.at(&*f.iter);
        self.emit(Op::ForBegin { r: state, s: source });
        self.release(state + 3);
        self.sweep();
        self.soil(state);
        let (again, out, otherwise) = (self.here(), self.label(), self.label());
        let before = self.unit.assigned.clone();
        let item = match self.local_target(&f.target) {
            Some(r) => r,
            None => self.temp()?,
        };
        self.at(&*f.iter);
        self.emit(Op::ForNext { r: state, d: item, t: otherwise.0 as u32 });
        if item >= self.unit.locals {
            self.soil(item);
        }
        self.at(&*f.target);
        self.assign(&f.target, item)?;
        self.release(state + 3);
        self.sweep();
        self.unit.blocks.push(Block::Loop { again, out });
        self.body(&f.body)?;
        self.unit.blocks.pop();
        self.at(f);
        self.emit(Op::Loop { t: again.0 as u32 });
        self.place(otherwise);
        self.unit.assigned.clone_from(&before);
        self.emit(Op::Clear { base: state, n: 3 });
        self.body(&f.orelse)?;
        self.unit.assigned = before;
        if self.unit.labels.len() > out.0 {
            // Who breaks out of the loop has its state yet.
            self.place(out);
            self.emit(Op::Clear { base: state, n: 3 });
        }
        self.moved(state, 3);
        Ok(())
    }

    fn leave_loop(&mut self, at: TextSize, is_break: bool) -> Done {
        let found = self.unit.blocks.iter().rposition(|b| matches!(b, Block::Loop { .. }));
        let Some(depth) = found else {
            let what =
                if is_break { "'break' outside loop" } else { "'continue' not properly in loop" };
            return fail(what, at);
        };
        let Block::Loop { again, out } = self.unit.blocks[depth] else {
            unreachable!("just found")
        };
        self.leave_blocks(depth + 1)?;
        if is_break {
            self.jump(out);
        } else {
            self.emit(Op::Loop { t: again.0 as u32 });
        }
        self.unit.unreachable();
        Ok(())
    }

    /// Does what leaving all blocks from `depth` on takes, innermost first.
    fn leave_blocks(&mut self, depth: usize) -> Done {
        let all = self.unit.blocks.clone();
        let mut paused_all = Vec::new();
        let assigned = self.unit.assigned.clone();
        for at in (depth..all.len()).rev() {
            self.unit.blocks.truncate(at);
            match all[at].clone() {
                Block::Loop { .. } => {}
                Block::Finally(body, region) => {
                    paused_all.push(self.pause_regions(region));
                    self.body(body)?;
                }
                Block::With { exit, region } => {
                    paused_all.push(self.pause_regions(region));
                    let d = self.temp()?;
                    self.emit(Op::WithExit { d, exit, e: NO_REG });
                }
                Block::Handler { save, name, region } => {
                    paused_all.push(self.pause_regions(region));
                    self.emit(Op::PopExc { save });
                    if let Some(name) = name {
                        let none = self.constant(Value::None);
                        self.store(name, none)?;
                        self.delete(name);
                    }
                }
            }
        }
        self.unit.blocks = all;
        self.unit.assigned = assigned;
        // Instructions after the jump are in the regions again; the jump itself need not be.
        for paused in paused_all.into_iter().rev() {
            self.resume_regions(paused);
        }
        Ok(())
    }

    // Assignments.

    fn assignment(&mut self, a: &'a ast::StmtAssign) -> Done {
        if let [target] = &a.targets[..] {
            // `a, b = b, a` needs no tuple.
            if let (Expr::Tuple(to), Expr::Tuple(from)) = (target, &*a.value)
                && to.elts.len() == from.elts.len()
                && to.elts.len() <= 16
                && !to.elts.iter().chain(&from.elts).any(Expr::is_starred_expr)
            {
                let base = self.consecutive(&from.elts)?;
                for (i, target) in to.elts.iter().enumerate() {
                    self.assign(target, base + i as Reg)?;
                }
                return Ok(());
            }
            let want = self.local_target(target);
            let r = self.expr(&a.value, want)?;
            self.at(target);
            return self.assign(target, r);
        }
        let mut r = self.expr(&a.value, None)?;
        if r < self.unit.locals {
            let d = self.temp()?;
            self.emit(Op::Move { d, s: r });
            self.soil(d);
            r = d;
        }
        a.targets.iter().try_for_each(|target| self.assign(target, r))
    }

    pub(super) fn assign(&mut self, target: &'a Expr, from: Reg) -> Done {
        let mark = self.unit.next;
        self.unit.next = mark.max(if from >= self.unit.locals { from + 1 } else { mark });
        match target {
            Expr::Name(name) => self.store(name.id.as_str(), from)?,
            Expr::Attribute(a) => {
                if let (Expr::Name(n), Some(first)) = (&*a.value, self.unit.vars.first())
                    && n.id.as_str() == first.as_str()
                {
                    let name = self.mangled(a.attr.as_str());
                    self.unit.self_attrs.insert(name);
                }
                let o = self.expr(&a.value, None)?;
                let name = self.mangled(a.attr.as_str());
                let k = self.attr_index(name);
                self.at(a);
                self.emit(Op::SetAttr { o, s: from, k });
            }
            Expr::Subscript(sub) => {
                let o = self.expr(&sub.value, None)?;
                if let Expr::Slice(slice) = &*sub.slice {
                    let base = self.slice_parts(slice)?;
                    self.at(sub);
                    self.emit(Op::SetSlice { o, base, s: from });
                } else {
                    let i = self.index(&sub.slice)?;
                    self.at(sub);
                    self.emit(Op::SetItem { o, i, s: from });
                }
            }
            Expr::Tuple(ast::ExprTuple { elts, .. }) | Expr::List(ast::ExprList { elts, .. }) => {
                let star = elts.iter().position(Expr::is_starred_expr);
                if elts.iter().filter(|e| e.is_starred_expr()).count() > 1 {
                    return fail(
                        "multiple starred expressions in assignment",
                        target.range().start(),
                    );
                }
                let base = self.temps(elts.len())?;
                self.at(target);
                match star {
                    None => {
                        self.emit(Op::Unpack { s: from, base, n: elts.len() as u16 });
                    }
                    Some(at) => {
                        let (before, after) = (at as u16, (elts.len() - at - 1) as u16);
                        self.emit(Op::UnpackStar { s: from, base, before, after });
                    }
                }
                for (i, elt) in elts.iter().enumerate() {
                    let r = base + i as Reg;
                    self.soil(r);
                    match elt {
                        Expr::Starred(star) => self.assign(&star.value, r)?,
                        elt => self.assign(elt, r)?,
                    }
                }
            }
            Expr::Starred(star) => {
                return fail(
                    "starred assignment target must be in a list or tuple",
                    star.range.start(),
                );
            }
            other => return fail("cannot assign to this expression", other.range().start()),
        }
        self.release(mark);
        Ok(())
    }

    fn augmented(&mut self, a: &'a ast::StmtAugAssign) -> Done {
        let op = bin_of(a.op);
        match &*a.target {
            Expr::Name(name) => {
                let target = self.load(name.id.as_str(), None)?;
                let into = self.local_target(&a.target);
                if let Some(Value::Int(n)) = self.fold(&a.value)
                    && matches!(op, Bin::Add | Bin::Sub)
                    && n > 0
                    && let Ok(n) = i32::try_from(if op == Bin::Sub { -n } else { n })
                {
                    let d = into.unwrap_or(target);
                    self.at(a);
                    self.emit(Op::AddInt { in_place: true, d, a: target, n });
                    return self.store(name.id.as_str(), d);
                }
                let b = self.expr(&a.value, None)?;
                let d = into.unwrap_or(target);
                self.at(a);
                self.emit(Op::InPlace { op, d, a: target, b });
                self.store(name.id.as_str(), d)
            }
            Expr::Attribute(attribute) => {
                let o = self.expr(&attribute.value, None)?;
                let name = self.mangled(attribute.attr.as_str());
                let d = self.temp()?;
                let k = self.attr_index(name);
                self.at(attribute);
                self.emit(Op::GetAttr { d, o, k });
                self.soil(d);
                let b = self.expr(&a.value, None)?;
                self.at(a);
                self.emit(Op::InPlace { op, d, a: d, b });
                let k = self.attr_index(name);
                self.emit(Op::SetAttr { o, s: d, k });
                Ok(())
            }
            Expr::Subscript(sub) => {
                let o = self.expr(&sub.value, None)?;
                let i = self.index(&sub.slice)?;
                let d = self.temp()?;
                self.at(sub);
                self.emit(Op::GetItem { d, o, i });
                self.soil(d);
                let b = self.expr(&a.value, None)?;
                self.at(a);
                self.emit(Op::InPlace { op, d, a: d, b });
                self.emit(Op::SetItem { o, i, s: d });
                Ok(())
            }
            other => fail("illegal expression for augmented assignment", other.range().start()),
        }
    }

    fn annotation(&mut self, a: &'a ast::StmtAnnAssign) -> Done {
        let kind = self.scopes.all[self.unit.scope].kind;
        if kind == super::Kind::Function {
            return Ok(());
        }
        let Expr::Name(name) = &*a.target else { return Ok(()) };
        // __annotations__[name] = annotation
        let o = self.load("__annotations__", None)?;
        let i = {
            let name = self.mangled(name.id.as_str());
            let value = self.vm.sym_value(name);
            self.constant(value)
        };
        let v = self.expr(&a.annotation, None)?;
        self.emit(Op::SetItem { o, i, s: v });
        Ok(())
    }

    fn delete_target(&mut self, target: &'a Expr) -> Done {
        match target {
            Expr::Name(name) => self.delete(name.id.as_str()),
            Expr::Attribute(a) => {
                let o = self.expr(&a.value, None)?;
                let name = self.mangled(a.attr.as_str());
                let k = self.attr_index(name);
                self.emit(Op::DelAttr { o, k });
            }
            Expr::Subscript(sub) => {
                let o = self.expr(&sub.value, None)?;
                let i = self.index(&sub.slice)?;
                self.emit(Op::DelItem { o, i });
            }
            Expr::Tuple(ast::ExprTuple { elts, .. }) | Expr::List(ast::ExprList { elts, .. }) => {
                elts.iter().try_for_each(|e| self.delete_target(e))?;
            }
            other => return fail("cannot delete this expression", other.range().start()),
        }
        Ok(())
    }

    // Functions and classes.

    /// Evaluates defaults and annotations. Where they are, and which there are.
    pub(super) fn defaults(&mut self, parameters: Option<&'a Parameters>) -> Done<(Reg, u8)> {
        let base = self.unit.next;
        let mut flags = 0;
        let Some(p) = parameters else { return Ok((base, 0)) };
        let positional: Vec<&'a Expr> =
            p.posonlyargs.iter().chain(&p.args).filter_map(|p| p.default.as_deref()).collect();
        if !positional.is_empty() {
            let d = self.temp()?;
            let first = self.unit.next;
            for e in &positional {
                let r = self.temp()?;
                self.expr(e, Some(r))?;
                self.release(r + 1);
            }
            self.emit(Op::Tuple { d, base: first, n: positional.len() as u16 });
            self.soil(d);
            self.release(d + 1);
            flags |= flags::DEFAULTS;
        }
        let named: Vec<_> = p
            .kwonlyargs
            .iter()
            .filter_map(|p| Some((&p.parameter, p.default.as_deref()?)))
            .collect();
        if !named.is_empty() {
            let d = self.temp()?;
            let first = self.unit.next;
            for (parameter, e) in &named {
                let r = self.temps(2)?;
                let name = self.mangled(parameter.name.as_str());
                let value = self.vm.sym_value(name);
                let k = self.const_index(value);
                self.emit(Op::Const { d: r, k });
                self.expr(e, Some(r + 1))?;
                self.release(r + 2);
            }
            self.emit(Op::Dict { d, base: first, n: named.len() as u16 });
            self.soil(d);
            self.release(d + 1);
            flags |= flags::KWDEFAULTS;
        }
        Ok((base, flags))
    }

    fn function_annotations(&mut self, f: &'a ast::StmtFunctionDef) -> Done<bool> {
        let mut all: Vec<(&str, &'a Expr)> = Vec::new();
        for p in &*f.parameters {
            if let Some(annotation) = p.annotation() {
                all.push((p.name().as_str(), annotation));
            }
        }
        if let Some(returns) = &f.returns {
            all.push(("return", returns));
        }
        if all.is_empty() || all.len() > 60 {
            return Ok(false);
        }
        let d = self.temp()?;
        let first = self.unit.next;
        for (name, e) in &all {
            let r = self.temps(2)?;
            let name = self.mangled(name);
            let value = self.vm.sym_value(name);
            let k = self.const_index(value);
            self.emit(Op::Const { d: r, k });
            self.expr(e, Some(r + 1))?;
            self.release(r + 2);
        }
        self.emit(Op::Dict { d, base: first, n: all.len() as u16 });
        self.soil(d);
        self.release(d + 1);
        Ok(true)
    }

    fn function_def(&mut self, f: &'a ast::StmtFunctionDef) -> Done {
        if f.is_async {
            return unsupported("'async def'", f.range);
        }
        if f.type_params.is_some() {
            return unsupported("a type parameter", f.range);
        }
        let first = self.decorators(&f.decorator_list)?;
        let result = self.temp()?;
        let (base, mut flags) = self.defaults(Some(&f.parameters))?;
        flags |= flags::DOC;
        if self.function_annotations(f)? {
            flags |= flags::ANNOTATIONS;
        }
        if self.scopes.all[self.unit.scope].kind != super::Kind::Function
            && self.unit.comprehensions.is_empty()
        {
            flags |= flags::SHARED;
        }
        let name = intern(f.name.as_str());
        let line = self.line_at(f.name.range.start());
        let k = self.function_code(key(f), name, Some(&f.parameters), line, |this| {
            this.body(&f.body)?;
            let none = this.constant(Value::None);
            this.emit(Op::Return { s: none });
            Ok(())
        })?;
        if let Some(doc) = doc_of(&f.body) {
            // The code was leaked just now; its documentation is among its constants.
            let value = self.immortal_str(doc);
            self.unit.consts.push(value);
            let at = self.unit.consts.len() as u32 - 1;
            self.emit(Op::Const { d: result, k: at });
        } else {
            let k = self.const_index(Value::None);
            self.emit(Op::Const { d: result, k });
        }
        self.at(&f.name);
        self.emit(Op::Function { d: result, k, base, flags });
        self.soil(result);
        self.decorate(&f.decorator_list, first, result)?;
        self.store(f.name.as_str(), result)
    }

    /// Evaluates decorators, each into a register, in order.
    fn decorators(&mut self, list: &'a [ast::Decorator]) -> Done<Reg> {
        let first = self.unit.next;
        for decorator in list {
            let d = self.temp()?;
            self.expr(&decorator.expression, Some(d))?;
            self.release(d + 1);
            self.soil(d);
        }
        Ok(first)
    }

    /// Calls decorators, the last first; the result replaces what they decorate.
    fn decorate(&mut self, list: &'a [ast::Decorator], first: Reg, result: Reg) -> Done {
        for (i, decorator) in list.iter().enumerate().rev() {
            let d = first + i as Reg;
            self.at(decorator);
            self.emit(Op::Call { d, base: d, n: 1 });
        }
        if !list.is_empty() {
            self.emit(Op::Move { d: result, s: first });
        }
        Ok(())
    }

    fn class_def(&mut self, c: &'a ast::StmtClassDef) -> Done {
        if c.type_params.is_some() {
            return unsupported("a type parameter", c.range);
        }
        let first = self.decorators(&c.decorator_list)?;
        let base = self.temps(4)?;
        let name = intern(c.name.as_str());
        let line = self.line_at(c.name.range.start());
        let scope_id = self.scopes.of[&key(c)];
        let qualname = self.qualname(name);
        let mut unit = Unit::new(scope_id, name, qualname.clone(), Some(name));
        unit.line = line;
        let scope = &self.scopes.all[scope_id];
        let frees: Vec<_> = scope.frees.iter().copied().collect();
        let has_cell = scope.cells.contains(&s().class);
        let mut vars = frees.clone();
        if has_cell {
            vars.retain(|v| *v != s().class);
            vars.push(s().class);
        }
        unit.start(vars);
        for r in 0..unit.locals {
            unit.set_assigned(r, true);
        }
        for (&name, &r) in &unit.regs {
            unit.cell_regs.insert(name, r);
        }
        let free_regs: Vec<Reg> = frees.iter().map(|f| unit.regs[f]).collect();
        self.outer.push(std::mem::replace(&mut self.unit, unit));
        if has_cell {
            let r = self.unit.regs[&s().class];
            self.emit(Op::MakeCell { r });
        }
        let qualname = self.immortal_str(&qualname);
        let r = self.constant(qualname);
        let k = self.name_index(s().qualname);
        self.emit(Op::StoreName { s: r, k });
        self.release(r);
        let annotated = c.body.iter().any(|s| matches!(s, Stmt::AnnAssign(_)));
        if annotated {
            let d = self.temp()?;
            self.emit(Op::Dict { d, base: d, n: 0 });
            let k = self.name_index(s().annotations);
            self.emit(Op::StoreName { s: d, k });
            self.soil(d);
            self.release(d);
            self.sweep();
        }
        self.docstring(&c.body)?;
        self.body(&c.body)?;
        let result = match has_cell {
            true => self.unit.regs[&s().class],
            false => self.constant(Value::None),
        };
        self.emit(Op::Return { s: result });
        let mut code = self.finish_unit();
        code.first_line = line;
        code.is_class = true;
        code.free = free_regs.into();
        code.free_names = frees.iter().copied().collect();
        let k = self.leave_unit(code, &frees)?;
        self.emit(Op::Function { d: base, k, base, flags: 0 });
        let value = self.vm.sym_value(name);
        let kn = self.const_index(value);
        self.emit(Op::Const { d: base + 1, k: kn });
        let arguments = c.arguments.as_deref();
        self.starred_list(arguments.map_or(&[], |a| &a.args), base + 2, NO_REG)?;
        self.keywords(arguments.map_or(&[], |a| &a.keywords), base + 3, base)?;
        for r in base..base + 4 {
            self.soil(r);
        }
        self.at(&c.name);
        self.emit(Op::Class { d: base, base });
        // The class is right after the decorators.
        self.decorate(&c.decorator_list, first, base)?;
        self.store(c.name.as_str(), base)
    }

    // With and try.

    fn with_statement(&mut self, w: &'a ast::StmtWith, n: usize) -> Done {
        let Some(item) = w.items.get(n) else { return self.body(&w.body) };
        let base = self.temps(2)?;
        let manager = self.expr(&item.context_expr, None)?;
        self.at(&item.context_expr);
        self.emit(Op::With { base, s: manager });
        self.release(base + 2);
        let (handler, end, swallowed) = (self.label(), self.label(), self.label());
        let (save, e) = (self.temp()?, self.temp()?);
        let region = self.open_region(handler, e);
        self.unit.blocks.push(Block::With { exit: base, region });
        let before = self.unit.assigned.clone();
        if let Some(target) = &item.optional_vars {
            self.assign(target, base + 1)?;
        }
        self.emit(Op::Clear { base: base + 1, n: 1 });
        self.sweep();
        self.with_statement(w, n + 1)?;
        self.unit.blocks.pop();
        self.close_region(region);
        self.at(&item.context_expr);
        let d = self.temp()?;
        self.emit(Op::WithExit { d, exit: base, e: NO_REG });
        self.jump(end);
        self.place(handler);
        self.emit(Op::PushExc { save, e });
        let cleanup = self.label();
        let again = self.temp()?;
        let inner = self.open_region(cleanup, again);
        self.emit(Op::WithExit { d, exit: base, e });
        self.emit(Op::JumpTrue { a: d, t: swallowed.0 as u32 });
        self.close_region(inner);
        self.emit(Op::PopExc { save });
        self.emit(Op::Reraise { e });
        self.place(cleanup);
        self.emit(Op::PopExc { save });
        self.emit(Op::Reraise { e: again });
        self.place(swallowed);
        self.emit(Op::PopExc { save });
        self.place(end);
        self.unit.meet(&before);
        self.emit(Op::Clear { base, n: again - base + 1 });
        self.moved(base, usize::from(again - base + 1));
        Ok(())
    }

    fn try_statement(&mut self, t: &'a ast::StmtTry) -> Done {
        if t.finalbody.is_empty() {
            return self.try_except(t);
        }
        let (handler, end) = (self.label(), self.label());
        let (save, e, again) = (self.temp()?, self.temp()?, self.temp()?);
        let region = self.open_region(handler, e);
        self.unit.blocks.push(Block::Finally(&t.finalbody, region));
        let before = self.unit.assigned.clone();
        if t.handlers.is_empty() {
            self.body(&t.body)?;
            self.body(&t.orelse)?;
        } else {
            self.try_except(t)?;
        }
        self.unit.blocks.pop();
        self.close_region(region);
        let after = self.unit.assigned.clone();
        self.body(&t.finalbody)?;
        let end_state = self.unit.assigned.clone();
        self.jump(end);
        self.unit.assigned = before;
        self.unit.meet(&after.clone());
        self.place(handler);
        self.emit(Op::PushExc { save, e });
        let cleanup = self.label();
        let inner = self.open_region(cleanup, again);
        self.unit.blocks.push(Block::Handler { save, name: None, region: inner });
        self.body(&t.finalbody)?;
        self.unit.blocks.pop();
        self.close_region(inner);
        self.emit(Op::PopExc { save });
        self.emit(Op::Reraise { e });
        self.place(cleanup);
        self.emit(Op::PopExc { save });
        self.emit(Op::Reraise { e: again });
        self.place(end);
        self.unit.assigned = end_state;
        self.moved(save, 3);
        Ok(())
    }

    fn try_except(&mut self, t: &'a ast::StmtTry) -> Done {
        let (handler, end) = (self.label(), self.label());
        let (save, e, again) = (self.temp()?, self.temp()?, self.temp()?);
        let before = self.unit.assigned.clone();
        let region = self.open_region(handler, e);
        self.body(&t.body)?;
        self.close_region(region);
        self.body(&t.orelse)?;
        let mut after = self.unit.assigned.clone();
        self.jump(end);
        // What the body assigned may or may not have happened.
        self.place(handler);
        self.emit(Op::PushExc { save, e });
        let cleanup = self.label();
        let inner = self.open_region(cleanup, again);
        for h in &t.handlers {
            let ExceptHandler::ExceptHandler(h) = h;
            self.unit.assigned.clone_from(&before);
            let next = self.label();
            self.at(h);
            if let Some(class) = &h.type_ {
                let mark = self.unit.next;
                let class = self.expr(class, None)?;
                let d = self.temp()?;
                self.emit(Op::MatchExc { d, e, class });
                self.release(mark);
                self.emit(Op::JumpFalse { a: d, t: next.0 as u32 });
                self.sweep();
            }
            let name = h.name.as_ref().map(|n| n.as_str());
            match name {
                Some(name) => {
                    self.store(name, e)?;
                    // The body is in a region of its own: the name goes with it.
                    let gone = self.label();
                    let named = self.temp()?;
                    let body_region = self.open_region(gone, named);
                    self.unit.blocks.push(Block::Handler { save, name: Some(name), region: inner });
                    self.body(&h.body)?;
                    self.unit.blocks.pop();
                    self.close_region(body_region);
                    let done = self.label();
                    self.forget(name)?;
                    self.jump(done);
                    self.place(gone);
                    let assigned = self.unit.assigned.clone();
                    self.forget(name)?;
                    self.unit.assigned = assigned;
                    self.emit(Op::Reraise { e: named });
                    self.place(done);
                    if let super::Var::Local(r) = self.var(name) {
                        self.unit.set_assigned(r, false);
                    }
                    self.release(named);
                }
                None => {
                    self.unit.blocks.push(Block::Handler { save, name: None, region: inner });
                    self.body(&h.body)?;
                    self.unit.blocks.pop();
                }
            }
            let paused = self.pause_regions(inner);
            self.emit(Op::PopExc { save });
            self.emit(Op::Clear { base: save, n: 3 });
            self.jump(end);
            self.resume_regions(paused);
            for (a, b) in after.iter_mut().zip(&self.unit.assigned) {
                *a &= b;
            }
            self.place(next);
        }
        self.close_region(inner);
        self.emit(Op::PopExc { save });
        self.emit(Op::Reraise { e });
        self.place(cleanup);
        self.emit(Op::PopExc { save });
        self.emit(Op::Reraise { e: again });
        self.place(end);
        self.unit.assigned = after;
        self.moved(save, 3);
        Ok(())
    }

    /// An exception's name is gone after its handler.
    fn forget(&mut self, name: &'a str) -> Done {
        let mark = self.unit.next;
        let none = self.constant(Value::None);
        self.store(name, none)?;
        self.release(mark);
        self.delete(name);
        Ok(())
    }
}
