//! The compiler: from the parser's tree to [`Code`].
//!
//! One pass over the tree, after [`scope`] has said whose variables are whose. What it does beyond the obvious:
//!
//! * Local variables are registers, and expressions use them in place.
//! * It knows which variables surely have a value, so that only others are checked.
//! * Temporaries that may hold the last reference to an object are emptied at the end of a statement: objects
//!   die when a program expects them to.
//! * Comprehensions run in the frame around them.
//! * `finally` bodies are compiled once for each way out, and ranges of instructions say where exceptions go,
//!   so `try` costs nothing.

mod expr;
mod messages;
mod scope;
mod stmt;

use std::collections::HashMap;

use indexmap::IndexMap;
use ruff_python_ast::{self as ast, Expr, Parameters, Stmt};
use ruff_python_parser as parser;
use ruff_text_size::{Ranged, TextRange, TextSize};

pub use self::messages::is_open;
use self::scope::{Kind, Scopes, mangle};
use crate::code::*;
use crate::object::{Obj, Ref, Str, Value};
use crate::sym::{Sym, intern, s};
use crate::vm::Vm;

/// What is wrong with a source, and where.
#[derive(Debug)]
pub struct SyntaxError {
    pub message: String,
    pub offset: TextSize,
}

type Done<T = ()> = Result<T, SyntaxError>;

fn fail<T>(message: impl Into<String>, at: TextSize) -> Done<T> {
    Err(SyntaxError { message: message.into(), offset: at })
}

fn unsupported<T>(what: &str, range: TextRange) -> Done<T> {
    fail(format!("{what} is not supported by minipy"), range.start())
}

/// A place in the code that is not known yet.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Label(usize);

/// What surrounds a statement and has something to do when it is left.
#[derive(Clone)]
enum Block<'a> {
    Loop {
        again: Label,
        out: Label,
    },
    Finally(&'a [Stmt], usize),
    With {
        exit: Reg,
        region: usize,
    },
    /// A handler's body: what was handled before is in `save`; the exception has this name.
    Handler {
        save: Reg,
        name: Option<&'a str>,
        region: usize,
    },
}

/// A range of instructions whose exceptions go to one place.
struct Region {
    target: Label,
    reg: Reg,
    start: usize,
    segments: Vec<(usize, usize)>,
    open: bool,
}

/// Ranges of instructions whose exceptions go to a place, by a register.
type Handled = (Vec<(usize, usize)>, Label, Reg);

/// Where a variable is.
#[derive(Clone, Copy)]
enum Var {
    Local(Reg),
    Cell(Reg),
    Global(Sym),
    /// Of a class body.
    Name(Sym),
    NameOrCell(Sym, Reg),
}

/// Code under way.
struct Unit<'a> {
    scope: usize,
    name: Sym,
    qualname: String,
    class: Option<Sym>,
    ops: Vec<Op>,
    lines: Vec<u32>,
    consts: Vec<Value>,
    globals: IndexMap<Sym, GlobalSite>,
    attrs: Vec<AttrSite>,
    names: indexmap::IndexSet<Sym>,
    kwnames: Vec<Box<[Sym]>>,
    codes: Vec<&'static Code>,
    closures: Vec<Box<[Reg]>>,
    regs: HashMap<Sym, Reg>,
    cell_regs: HashMap<Sym, Reg>,
    vars: Vec<Sym>,
    /// Registers below are variables.
    locals: Reg,
    next: Reg,
    most: Reg,
    dirty: Vec<bool>,
    comprehensions: Vec<(usize, HashMap<Sym, Var>)>,
    blocks: Vec<Block<'a>>,
    regions: Vec<Region>,
    handlers: Vec<Handled>,
    labels: Vec<usize>,
    assigned: Vec<u64>,
    line: u32,
    self_attrs: indexmap::IndexSet<Sym>,
}

struct Compiler<'a, 'v, 'm> {
    vm: &'v mut Vm<'m>,
    module: Ref,
    file: &'static str,
    line_starts: Vec<usize>,
    scopes: Scopes,
    unit: Unit<'a>,
    outer: Vec<Unit<'a>>,
    /// The expressions of statements are shown.
    interactive: bool,
}

/// A private name of a class, as the class's methods see it.
pub fn mangle_for(class: &str, name: &str) -> Sym {
    mangle(Some(intern(class)), name)
}

/// The line of an offset, from 1 on.
pub fn line_of(source: &str, offset: TextSize) -> u32 {
    let upto = source.len().min(offset.to_usize());
    source.as_bytes()[..upto].iter().filter(|&&b| b == b'\n').count() as u32 + 1
}

/// Compiles a module.
///
/// # Errors
///
/// If it is not Python, or not the Python that `minipy` knows.
pub fn compile(
    vm: &mut Vm<'_>,
    source: &str,
    file: &'static str,
    module: &Ref,
    interactive: bool,
) -> Done<&'static Code> {
    let options = parser::ParseOptions::from(parser::Mode::Module);
    let parsed = match parser::parse(source, options) {
        Ok(parsed) => parsed,
        Err(error) => return Err(messages::explain(source, &error)),
    };
    let ast::Mod::Module(tree) = parsed.into_syntax() else {
        return fail("not a module", TextSize::default());
    };
    let scopes = scope::analyze(&tree.body)?;
    let mut line_starts = vec![0];
    line_starts.extend(source.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1));
    let unit = Unit::new(0, s().module_name, "<module>".into(), None);
    let mut compiler = Compiler {
        vm,
        module: module.clone(),
        file,
        line_starts,
        scopes,
        unit,
        outer: Vec::new(),
        interactive,
    };
    compiler.unit.start(Vec::new());
    compiler.unit.line = 1;
    compiler.docstring(&tree.body)?;
    compiler.body(&tree.body)?;
    let none = compiler.constant(Value::None);
    compiler.emit(Op::Return { s: none });
    let mut code = compiler.finish_unit();
    code.first_line = 1;
    Ok(Box::leak(Box::new(code)))
}

impl<'a> Unit<'a> {
    fn new(scope: usize, name: Sym, qualname: String, class: Option<Sym>) -> Self {
        Self {
            scope,
            name,
            qualname,
            class,
            ops: Vec::new(),
            lines: Vec::new(),
            consts: Vec::new(),
            globals: IndexMap::new(),
            attrs: Vec::new(),
            names: Default::default(),
            kwnames: Vec::new(),
            codes: Vec::new(),
            closures: Vec::new(),
            regs: HashMap::new(),
            cell_regs: HashMap::new(),
            vars: Vec::new(),
            locals: 0,
            next: 0,
            most: 0,
            dirty: Vec::new(),
            comprehensions: Vec::new(),
            blocks: Vec::new(),
            regions: Vec::new(),
            handlers: Vec::new(),
            labels: Vec::new(),
            assigned: Vec::new(),
            line: 0,
            self_attrs: Default::default(),
        }
    }

    /// Registers for variables: parameters come first.
    fn start(&mut self, vars: Vec<Sym>) {
        for &var in &vars {
            self.regs.insert(var, self.next);
            self.next += 1;
        }
        self.vars = vars;
        self.locals = self.next;
        self.most = self.next;
        self.assigned = vec![0; usize::from(self.locals) / 64 + 1];
    }

    fn set_assigned(&mut self, r: Reg, yes: bool) {
        let (at, bit) = (usize::from(r) / 64, 1 << (r % 64));
        if let Some(word) = self.assigned.get_mut(at) {
            if yes { *word |= bit } else { *word &= !bit }
        }
    }

    fn is_assigned(&self, r: Reg) -> bool {
        r >= self.locals || self.assigned[usize::from(r) / 64] & (1 << (r % 64)) != 0
    }

    /// What is assigned on both of two ways.
    fn meet(&mut self, other: &[u64]) {
        for (a, b) in self.assigned.iter_mut().zip(other) {
            *a &= b;
        }
    }

    /// Nobody gets here.
    fn unreachable(&mut self) {
        self.assigned.fill(u64::MAX);
    }
}

impl<'a> Compiler<'a, '_, '_> {
    fn line_at(&self, offset: TextSize) -> u32 {
        self.line_starts.partition_point(|&start| start <= offset.to_usize()) as u32
    }

    fn at(&mut self, node: &impl Ranged) {
        self.unit.line = self.line_at(node.range().start());
    }

    fn emit(&mut self, op: Op) -> usize {
        self.unit.ops.push(op);
        self.unit.lines.push(self.unit.line);
        self.unit.ops.len() - 1
    }

    fn label(&mut self) -> Label {
        self.unit.labels.push(usize::MAX);
        Label(self.unit.labels.len() - 1)
    }

    fn place(&mut self, label: Label) {
        self.unit.labels[label.0] = self.unit.ops.len();
    }

    fn here(&mut self) -> Label {
        let label = self.label();
        self.place(label);
        label
    }

    fn jump(&mut self, to: Label) {
        self.emit(Op::Jump { t: to.0 as u32 });
    }

    fn temp(&mut self) -> Done<Reg> {
        let r = self.unit.next;
        if r >= NO_REG - 8 {
            return fail("too many variables and temporaries for minipy", TextSize::default());
        }
        self.unit.next += 1;
        self.unit.most = self.unit.most.max(self.unit.next);
        let at = usize::from(r);
        if self.unit.dirty.len() <= at {
            self.unit.dirty.resize(at + 1, false);
        }
        Ok(r)
    }

    fn temps(&mut self, n: usize) -> Done<Reg> {
        let first = self.unit.next;
        for _ in 0..n {
            self.temp()?;
        }
        Ok(first)
    }

    /// The register that the result of an operation goes to.
    fn dest(&mut self, want: Option<Reg>) -> Done<Reg> {
        match want {
            Some(r) => Ok(r),
            None => self.temp(),
        }
    }

    /// Gives temporaries back; what they hold stays until the statement's end.
    fn release(&mut self, mark: Reg) {
        self.unit.next = mark;
    }

    /// A temporary may hold a reference now.
    fn soil(&mut self, r: Reg) {
        if r >= self.unit.locals {
            let at = usize::from(r);
            if self.unit.dirty.len() <= at {
                self.unit.dirty.resize(at + 1, false);
            }
            self.unit.dirty[at] = true;
        }
    }

    fn clean(&mut self, r: Reg) {
        if let Some(dirty) = self.unit.dirty.get_mut(usize::from(r)) {
            *dirty = false;
        }
    }

    /// Empties temporaries from here on that may hold references.
    fn sweep(&mut self) {
        let from = usize::from(self.unit.next);
        let dirty = self.unit.dirty.get(from..).unwrap_or_default();
        if let (Some(first), Some(last)) =
            (dirty.iter().position(|d| *d), dirty.iter().rposition(|d| *d))
        {
            let (base, n) = ((from + first) as Reg, (last - first + 1) as u16);
            self.emit(Op::Clear { base, n });
            self.unit.dirty[from..].fill(false);
        }
    }

    fn const_index(&mut self, value: Value) -> u32 {
        let same = |other: &Value| match (other, &value) {
            (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
            (a, b) => a.is(b),
        };
        if let Some(at) = self.unit.consts.iter().position(same) {
            return at as u32;
        }
        self.unit.consts.push(value);
        self.unit.consts.len() as u32 - 1
    }

    /// A temporary with a constant.
    fn constant(&mut self, value: Value) -> Reg {
        let d = self.temp().unwrap_or(NO_REG - 1);
        let k = self.const_index(value);
        self.emit(Op::Const { d, k });
        d
    }

    fn name_index(&mut self, name: Sym) -> u32 {
        self.unit.names.insert_full(name).0 as u32
    }

    fn attr_index(&mut self, name: Sym) -> u32 {
        self.unit.attrs.push(AttrSite { name, cache: Default::default() });
        self.unit.attrs.len() as u32 - 1
    }

    fn global_index(&mut self, name: Sym) -> u32 {
        let index = match self.module.get(self.vm.m) {
            Obj::Module(module) => module.index_of(self.vm, name),
            _ => unreachable!("only modules"),
        };
        let entry = self.unit.globals.entry(name);
        let at = entry.index() as u32;
        entry.or_insert_with(|| GlobalSite { name, index, builtin: Default::default() });
        at
    }

    fn mangled(&self, name: &str) -> Sym {
        mangle(self.unit.class, name)
    }

    /// Where the variable of this name is.
    fn var(&mut self, name: &str) -> Var {
        let name = self.mangled(name);
        for (_, vars) in self.unit.comprehensions.iter().rev() {
            if let Some(&var) = vars.get(&name) {
                return var;
            }
        }
        let scope = &self.scopes.all[self.unit.scope];
        let cell = self.unit.cell_regs.get(&name).copied();
        match scope.kind {
            Kind::Function | Kind::Inline => {
                if scope.globals.contains(&name) {
                    return Var::Global(name);
                }
                if let Some(cell) = cell {
                    return Var::Cell(cell);
                }
                match self.unit.regs.get(&name) {
                    Some(&r) => Var::Local(r),
                    None => Var::Global(name),
                }
            }
            Kind::Class => {
                if scope.globals.contains(&name) {
                    return Var::Global(name);
                }
                if !self.unit.comprehensions.is_empty() {
                    // What is in a comprehension does not see the class's names.
                    return match cell {
                        Some(cell) if scope.frees.contains(&name) || name == s().class => {
                            Var::Cell(cell)
                        }
                        _ => Var::Global(name),
                    };
                }
                match cell {
                    Some(cell) if scope.frees.contains(&name) && !scope.bound.contains(&name) => {
                        Var::NameOrCell(name, cell)
                    }
                    Some(cell) if name == s().class => Var::NameOrCell(name, cell),
                    _ => Var::Name(name),
                }
            }
            Kind::Module => Var::Global(name),
        }
    }

    fn load(&mut self, name: &str, want: Option<Reg>) -> Done<Reg> {
        match self.var(name) {
            Var::Local(r) => {
                if !self.unit.is_assigned(r) {
                    self.emit(Op::CheckLocal { r });
                    self.unit.set_assigned(r, true);
                }
                match want {
                    Some(d) if d != r => {
                        self.emit(Op::Move { d, s: r });
                        self.soil(d);
                        Ok(d)
                    }
                    _ => Ok(r),
                }
            }
            Var::Cell(c) => {
                let d = self.dest(want)?;
                self.emit(Op::LoadCell { d, c });
                self.soil(d);
                Ok(d)
            }
            Var::Global(name) => {
                let d = self.dest(want)?;
                let k = self.global_index(name);
                self.emit(Op::LoadGlobal { d, k });
                self.soil(d);
                Ok(d)
            }
            Var::Name(name) => {
                let d = self.dest(want)?;
                self.global_index(name);
                let k = self.name_index(name);
                self.emit(Op::LoadName { d, k });
                self.soil(d);
                Ok(d)
            }
            Var::NameOrCell(name, c) => {
                let d = self.dest(want)?;
                let k = self.name_index(name);
                self.emit(Op::LoadNameOrCell { d, c, k });
                self.soil(d);
                Ok(d)
            }
        }
    }

    fn store(&mut self, name: &str, from: Reg) -> Done {
        match self.var(name) {
            Var::Local(d) => {
                if d != from {
                    self.emit(Op::Move { d, s: from });
                }
                self.unit.set_assigned(d, true);
            }
            Var::Cell(c) => {
                self.emit(Op::StoreCell { c, s: from });
            }
            Var::Global(name) => {
                let k = self.global_index(name);
                self.emit(Op::StoreGlobal { s: from, k });
            }
            Var::Name(name) | Var::NameOrCell(name, _) => {
                let k = self.name_index(name);
                self.emit(Op::StoreName { s: from, k });
            }
        }
        Ok(())
    }

    fn delete(&mut self, name: &str) {
        match self.var(name) {
            Var::Local(r) => {
                if !self.unit.is_assigned(r) {
                    self.emit(Op::CheckLocal { r });
                }
                self.emit(Op::DelLocal { r });
                self.unit.set_assigned(r, false);
            }
            Var::Cell(c) => {
                self.emit(Op::DelCell { c });
            }
            Var::Global(name) => {
                let k = self.global_index(name);
                self.emit(Op::DelGlobal { k });
            }
            Var::Name(name) | Var::NameOrCell(name, _) => {
                let k = self.name_index(name);
                self.emit(Op::DelName { k });
            }
        }
    }

    /// If the name is a plain local variable, its register: a result may go there at once.
    fn local_target(&mut self, target: &Expr) -> Option<Reg> {
        match target {
            Expr::Name(name) => match self.var(name.id.as_str()) {
                Var::Local(r) => Some(r),
                _ => None,
            },
            _ => None,
        }
    }

    // Regions.

    fn open_region(&mut self, target: Label, reg: Reg) -> usize {
        let start = self.unit.ops.len();
        self.unit.regions.push(Region { target, reg, start, segments: Vec::new(), open: true });
        self.unit.regions.len() - 1
    }

    fn close_region(&mut self, id: usize) {
        let end = self.unit.ops.len();
        let region = &mut self.unit.regions[id];
        if region.open {
            region.segments.push((region.start, end));
            region.open = false;
        }
        let entry = (std::mem::take(&mut region.segments), region.target, region.reg);
        self.unit.handlers.push(entry);
    }

    /// Takes what is compiled next out of a region and those within, until
    /// [`resume_regions`](Self::resume_regions).
    fn pause_regions(&mut self, from: usize) -> Vec<usize> {
        let end = self.unit.ops.len();
        let mut paused = Vec::new();
        for (id, region) in self.unit.regions.iter_mut().enumerate().skip(from) {
            if region.open {
                region.segments.push((region.start, end));
                region.open = false;
                paused.push(id);
            }
        }
        paused
    }

    fn resume_regions(&mut self, paused: Vec<usize>) {
        let start = self.unit.ops.len();
        for id in paused {
            self.unit.regions[id].open = true;
            self.unit.regions[id].start = start;
        }
    }

    // Functions.

    /// Compiles a function's code; where its free variables' cells are is left in `closures`.
    fn function_code(
        &mut self,
        node: usize,
        name: Sym,
        parameters: Option<&'a Parameters>,
        line: u32,
        body: impl FnOnce(&mut Self) -> Done,
    ) -> Done<u32> {
        let scope_id = self.scopes.of[&node];
        let qualname = self.qualname(name);
        let class = self.unit.class;
        let mut unit = Unit::new(scope_id, name, qualname, class);
        unit.line = line;
        let mut params: Vec<Sym> = Vec::new();
        let (mut posonly, mut argc, mut kwonly, mut star, mut star_star) = (0, 0, 0, false, false);
        if let Some(p) = parameters {
            let sym = |p: &ast::Parameter| mangle(class, p.name.as_str());
            posonly = p.posonlyargs.len();
            argc = posonly + p.args.len();
            kwonly = p.kwonlyargs.len();
            let all = p.posonlyargs.iter().chain(&p.args).chain(&p.kwonlyargs);
            params.extend(all.map(|p| sym(&p.parameter)));
            params.extend(p.vararg.iter().map(|p| sym(p)));
            params.extend(p.kwarg.iter().map(|p| sym(p)));
            star = p.vararg.is_some();
            star_star = p.kwarg.is_some();
        } else if self.scopes.all[scope_id].bound.contains(&intern(".0")) {
            params.push(intern(".0"));
            argc = 1;
        }
        let count = params.len();
        let scope = &self.scopes.all[scope_id];
        let mut vars = params;
        for &name in &scope.bound {
            if !vars.contains(&name)
                && !scope.globals.contains(&name)
                && !scope.frees.contains(&name)
            {
                vars.push(name);
            }
        }
        let cells: Vec<Sym> = vars.iter().copied().filter(|v| scope.cells.contains(v)).collect();
        let frees: Vec<Sym> = scope.frees.iter().copied().collect();
        let is_generator = scope.is_generator;
        let free_base = vars.len();
        vars.extend(&frees);
        unit.start(vars);
        for r in 0..count as Reg {
            unit.set_assigned(r, true);
        }
        for &cell in &cells {
            let r = unit.regs[&cell];
            unit.cell_regs.insert(cell, r);
        }
        let free_regs: Vec<Reg> = (0..frees.len()).map(|i| (free_base + i) as Reg).collect();
        for (&free, &r) in frees.iter().zip(&free_regs) {
            unit.cell_regs.insert(free, r);
        }
        self.outer.push(std::mem::replace(&mut self.unit, unit));
        for cell in &cells {
            let r = self.unit.regs[cell];
            self.emit(Op::MakeCell { r });
        }
        body(self)?;
        let mut code = self.finish_unit();
        code.first_line = line;
        code.posonly = posonly;
        code.argc = argc;
        code.kwonly = kwonly;
        code.star = star;
        code.star_star = star_star;
        code.is_generator = is_generator;
        code.free = free_regs.into();
        code.free_names = frees.iter().copied().collect();
        self.leave_unit(code, &frees)
    }

    fn qualname(&self, name: Sym) -> String {
        let scope = &self.scopes.all[self.unit.scope];
        match scope.kind {
            Kind::Module => name.to_string(),
            Kind::Class => format!("{}.{name}", self.unit.qualname),
            _ => format!("{}.<locals>.{name}", self.unit.qualname),
        }
    }

    /// Back to the code around; the index of the finished one in it.
    fn leave_unit(&mut self, code: Code, frees: &[Sym]) -> Done<u32> {
        self.unit = self.outer.pop().expect("a unit around");
        let mut regs = Vec::new();
        for free in frees {
            regs.push(self.cell_of(*free)?);
        }
        self.unit.codes.push(Box::leak(Box::new(code)));
        self.unit.closures.push(regs.into());
        Ok(self.unit.codes.len() as u32 - 1)
    }

    /// The register of this frame that has the cell.
    fn cell_of(&self, name: Sym) -> Done<Reg> {
        for (_, vars) in self.unit.comprehensions.iter().rev() {
            if let Some(Var::Cell(c)) = vars.get(&name) {
                return Ok(*c);
            }
        }
        match self.unit.cell_regs.get(&name) {
            Some(&r) => Ok(r),
            None => fail(format!("no cell for '{name}'"), TextSize::default()),
        }
    }

    fn finish_unit(&mut self) -> Code {
        let unit = &mut self.unit;
        let labels = std::mem::take(&mut unit.labels);
        let resolve = |t: &mut u32| *t = labels[*t as usize] as u32;
        for op in &mut unit.ops {
            match op {
                Op::Jump { t }
                | Op::Loop { t }
                | Op::JumpTrue { t, .. }
                | Op::JumpFalse { t, .. }
                | Op::JumpUnless { t, .. }
                | Op::JumpWhen { t, .. }
                | Op::ForNext { t, .. } => resolve(t),
                _ => {}
            }
        }
        // Labels at the end.
        unit.ops.push(Op::Nop);
        unit.lines.push(unit.line);
        let mut handlers = Vec::new();
        for (segments, target, reg) in std::mem::take(&mut unit.handlers) {
            for (start, end) in segments {
                if start < end {
                    handlers.push(Handler {
                        start: start as u32,
                        end: end as u32,
                        target: labels[target.0] as u32,
                        reg,
                    });
                }
            }
        }
        let take = std::mem::take::<Vec<Value>>;
        Code {
            name: unit.name,
            qualname: std::mem::take(&mut unit.qualname).into(),
            module: self.module.clone(),
            file: self.file,
            first_line: 0,
            ops: std::mem::take(&mut unit.ops).into(),
            lines: std::mem::take(&mut unit.lines).into(),
            consts: take(&mut unit.consts).into(),
            globals: std::mem::take(&mut unit.globals).into_values().collect(),
            attrs: std::mem::take(&mut unit.attrs).into(),
            names: std::mem::take(&mut unit.names).into_iter().collect(),
            kwnames: std::mem::take(&mut unit.kwnames).into(),
            codes: std::mem::take(&mut unit.codes).into(),
            closures: std::mem::take(&mut unit.closures).into(),
            handlers: handlers.into(),
            regs: usize::from(unit.most),
            vars: std::mem::take(&mut unit.vars).into(),
            posonly: 0,
            argc: 0,
            kwonly: 0,
            star: false,
            star_star: false,
            is_generator: false,
            is_class: false,
            free: Box::new([]),
            free_names: Box::new([]),
            doc: None,
            self_attrs: std::mem::take(&mut unit.self_attrs).into_iter().collect(),
        }
    }

    fn docstring(&mut self, body: &'a [Stmt]) -> Done {
        if let Some(text) = doc_of(body) {
            let value = self.string(text);
            let r = self.constant(value);
            self.store("__doc__", r)?;
            self.release(r);
        }
        Ok(())
    }

    /// A string constant: immortal.
    fn string(&mut self, text: &str) -> Value {
        if text.len() <= 64 && text.chars().all(|c| c.is_alphanumeric() || c == '_') {
            return self.vm.sym_value(intern(text));
        }
        self.immortal_str(text)
    }

    fn immortal_str(&mut self, text: &str) -> Value {
        Value::Obj(self.vm.m.alloc_immortal(Obj::Str(Str::new(text))))
    }
}

/// A body's documentation.
fn doc_of(body: &[Stmt]) -> Option<&str> {
    match body.first() {
        Some(Stmt::Expr(e)) => match &*e.value {
            Expr::StringLiteral(s) => Some(s.value.to_str()),
            _ => None,
        },
        _ => None,
    }
}
