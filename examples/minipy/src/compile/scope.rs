//! Which variables are whose: the pass before the compiler.
//!
//! Comprehensions are scopes of their own but run in the frame around them; functions, lambdas,
//! generator expressions and classes have frames. A variable that a frame takes from another one
//! is a *cell*.

use std::collections::HashMap;

use indexmap::IndexSet;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, Comprehension, Expr, Parameters, Stmt};
use ruff_text_size::{Ranged, TextSize};

use super::SyntaxError;
use crate::sym::{Sym, intern, s};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Module,
    Function,
    Class,
    /// A comprehension, within a frame.
    Inline,
}

#[derive(Debug)]
pub(super) struct Scope {
    pub(super) kind: Kind,
    parent: Option<usize>,
    pub(super) bound: IndexSet<Sym>,
    pub(super) globals: IndexSet<Sym>,
    nonlocals: IndexSet<Sym>,
    uses: IndexSet<Sym>,
    /// Own variables that other frames use.
    pub(super) cells: IndexSet<Sym>,
    /// Variables of other frames.
    pub(super) frees: IndexSet<Sym>,
    pub(super) is_generator: bool,
    /// A generator expression.
    is_lazy: bool,
    class: Option<Sym>,
}

/// All scopes, by the address of the node that makes one.
#[derive(Default)]
pub(super) struct Scopes {
    pub(super) all: Vec<Scope>,
    pub(super) of: HashMap<usize, usize>,
}

pub(super) fn key<T>(node: &T) -> usize {
    std::ptr::from_ref(node).addr()
}

/// A private name of a class, as the class's methods see it.
pub(super) fn mangle(class: Option<Sym>, name: &str) -> Sym {
    if let Some(class) = class
        && name.starts_with("__")
        && !name.ends_with("__")
        && !name.contains('.')
    {
        let class = class.as_str().trim_start_matches('_');
        if !class.is_empty() {
            return intern(&format!("_{class}{name}"));
        }
    }
    intern(name)
}

struct Pass {
    scopes: Scopes,
    at: usize,
    error: Option<SyntaxError>,
}

/// Finds out whose the variables of a module are.
pub(super) fn analyze(body: &[Stmt]) -> Result<Scopes, SyntaxError> {
    let mut pass = Pass { scopes: Scopes::default(), at: 0, error: None };
    pass.push(Kind::Module, None, None);
    pass.at = 0;
    pass.visit_body(body);
    if let Some(error) = pass.error {
        return Err(error);
    }
    pass.resolve()?;
    Ok(pass.scopes)
}

impl Pass {
    fn push(&mut self, kind: Kind, parent: Option<usize>, node: Option<usize>) -> usize {
        let class = parent.and_then(|p| self.scopes.all[p].class);
        self.scopes.all.push(Scope {
            kind,
            parent,
            bound: IndexSet::new(),
            globals: IndexSet::new(),
            nonlocals: IndexSet::new(),
            uses: IndexSet::new(),
            cells: IndexSet::new(),
            frees: IndexSet::new(),
            is_generator: false,
            is_lazy: false,
            class,
        });
        let id = self.scopes.all.len() - 1;
        if let Some(node) = node {
            self.scopes.of.insert(node, id);
        }
        id
    }

    fn here(&mut self) -> &mut Scope {
        &mut self.scopes.all[self.at]
    }

    fn fail(&mut self, message: impl Into<String>, at: TextSize) {
        if self.error.is_none() {
            self.error = Some(SyntaxError { message: message.into(), offset: at });
        }
    }

    fn mangled(&mut self, name: &str) -> Sym {
        mangle(self.here().class, name)
    }

    fn bind(&mut self, name: &str) {
        let name = self.mangled(name);
        self.here().bound.insert(name);
    }

    fn used(&mut self, name: &str) {
        let name = self.mangled(name);
        self.here().uses.insert(name);
        if name == intern("super") || name == s().class {
            self.here().uses.insert(s().class);
        }
    }

    /// The scope whose frame runs this.
    fn frame(&self, mut at: usize) -> usize {
        while self.scopes.all[at].kind == Kind::Inline {
            at = self.scopes.all[at].parent.expect("only frames have no parent");
        }
        at
    }

    fn within(&mut self, kind: Kind, node: usize, f: impl FnOnce(&mut Self)) {
        let outer = self.at;
        self.at = self.push(kind, Some(outer), Some(node));
        f(self);
        self.at = outer;
    }

    fn function(
        &mut self,
        node: usize,
        parameters: Option<&Parameters>,
        f: impl FnOnce(&mut Self),
    ) {
        if let Some(parameters) = parameters {
            for p in parameters.iter_non_variadic_params() {
                if let Some(default) = &p.default {
                    self.visit_expr(default);
                }
            }
            for p in parameters {
                if let Some(annotation) = p.annotation() {
                    self.visit_expr(annotation);
                }
            }
        }
        self.within(Kind::Function, node, |this| {
            if let Some(parameters) = parameters {
                for p in parameters.posonlyargs.iter().chain(&parameters.args) {
                    this.param(&p.parameter);
                }
                for p in &parameters.kwonlyargs {
                    this.param(&p.parameter);
                }
                for p in parameters.vararg.iter().chain(&parameters.kwarg) {
                    this.param(p);
                }
            }
            f(this);
        });
    }

    fn param(&mut self, p: &ast::Parameter) {
        let name = self.mangled(p.name.as_str());
        if !self.here().bound.insert(name) {
            self.fail(
                format!("duplicate argument '{name}' in function definition"),
                p.name.range.start(),
            );
        }
    }

    fn comprehension(
        &mut self,
        node: usize,
        generators: &[Comprehension],
        parts: &[&Expr],
        lazy: bool,
    ) {
        // The first iterable is evaluated outside.
        self.visit_expr(&generators[0].iter);
        let kind = if lazy { Kind::Function } else { Kind::Inline };
        self.within(kind, node, |this| {
            if lazy {
                this.here().is_generator = true;
                this.here().is_lazy = true;
                this.here().bound.insert(intern(".0"));
            }
            for (n, generator) in generators.iter().enumerate() {
                if generator.is_async {
                    this.fail(
                        "asynchronous comprehensions are not supported by minipy",
                        generator.range.start(),
                    );
                }
                this.visit_expr(&generator.target);
                if n > 0 {
                    this.visit_expr(&generator.iter);
                }
                generator.ifs.iter().for_each(|e| this.visit_expr(e));
            }
            parts.iter().for_each(|e| this.visit_expr(e));
        });
    }

    fn resolve(&mut self) -> Result<(), SyntaxError> {
        for id in 0..self.scopes.all.len() {
            let scope = &self.scopes.all[id];
            let nonlocals: Vec<Sym> = scope.nonlocals.iter().copied().collect();
            let uses: Vec<Sym> =
                scope.uses.iter().chain(&scope.nonlocals).chain(&scope.bound).copied().collect();
            for name in uses {
                let found = self.resolve_one(id, name);
                if !found && nonlocals.contains(&name) {
                    return Err(SyntaxError {
                        message: format!("no binding for nonlocal '{name}' found"),
                        offset: TextSize::default(),
                    });
                }
            }
        }
        Ok(())
    }

    /// Whether the name is a variable of an enclosing function.
    fn resolve_one(&mut self, id: usize, name: Sym) -> bool {
        let scope = &self.scopes.all[id];
        if scope.globals.contains(&name) {
            return false;
        }
        if scope.bound.contains(&name) && !scope.nonlocals.contains(&name) {
            return false;
        }
        let mut passed = vec![id];
        let mut at = scope.parent;
        while let Some(p) = at {
            let above = &self.scopes.all[p];
            let is_class_cell = above.kind == Kind::Class && name == s().class;
            if above.globals.contains(&name) && above.kind != Kind::Class {
                return false;
            }
            let owns = match above.kind {
                Kind::Function | Kind::Inline => {
                    above.bound.contains(&name) && !above.nonlocals.contains(&name)
                }
                Kind::Class => is_class_cell,
                Kind::Module => false,
            };
            if owns {
                // A boundary between frames?
                let frames: Vec<usize> = passed
                    .iter()
                    .copied()
                    .filter(|&s| self.scopes.all[s].kind != Kind::Inline)
                    .collect();
                if !frames.is_empty() {
                    self.scopes.all[p].cells.insert(name);
                    for frame in frames {
                        self.scopes.all[frame].frees.insert(name);
                    }
                }
                return true;
            }
            passed.push(p);
            at = above.parent;
        }
        false
    }
}

impl<'a> Visitor<'a> for Pass {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(f) => {
                self.bind(f.name.as_str());
                f.decorator_list.iter().for_each(|d| self.visit_expr(&d.expression));
                if let Some(returns) = &f.returns {
                    self.visit_expr(returns);
                }
                self.function(key(f), Some(&f.parameters), |this| this.visit_body(&f.body));
            }
            Stmt::ClassDef(c) => {
                self.bind(c.name.as_str());
                c.decorator_list.iter().for_each(|d| self.visit_expr(&d.expression));
                if let Some(arguments) = &c.arguments {
                    arguments.args.iter().for_each(|e| self.visit_expr(e));
                    arguments.keywords.iter().for_each(|k| self.visit_expr(&k.value));
                }
                let name = intern(c.name.as_str());
                self.within(Kind::Class, key(c), |this| {
                    this.here().class = Some(name);
                    this.visit_body(&c.body);
                });
            }
            Stmt::Global(g) => {
                for name in &g.names {
                    let sym = self.mangled(name.as_str());
                    if self.here().bound.contains(&sym) && self.here().kind == Kind::Function {
                        self.fail(
                            format!("name '{sym}' is assigned to before global declaration"),
                            name.range.start(),
                        );
                    }
                    self.here().globals.insert(sym);
                }
            }
            Stmt::Nonlocal(n) => {
                for name in &n.names {
                    let sym = self.mangled(name.as_str());
                    if self.here().kind == Kind::Module {
                        self.fail(
                            "nonlocal declaration not allowed at module level",
                            name.range.start(),
                        );
                    }
                    if self.here().bound.contains(&sym) {
                        self.fail(
                            format!("name '{sym}' is assigned to before nonlocal declaration"),
                            name.range.start(),
                        );
                    }
                    self.here().nonlocals.insert(sym);
                }
            }
            Stmt::Import(i) => {
                for alias in &i.names {
                    let name = match &alias.asname {
                        Some(name) => name.as_str(),
                        None => alias.name.as_str().split('.').next().unwrap_or_default(),
                    };
                    self.bind(name);
                }
            }
            Stmt::ImportFrom(i) => {
                for alias in &i.names {
                    if alias.name.as_str() == "*" {
                        if self.here().kind != Kind::Module {
                            self.fail("import * only allowed at module level", i.range.start());
                        }
                        continue;
                    }
                    self.bind(alias.asname.as_ref().unwrap_or(&alias.name).as_str());
                }
            }
            Stmt::AnnAssign(a) => {
                if let Some(value) = &a.value {
                    self.visit_expr(value);
                }
                // In functions, annotations are not evaluated.
                if self.here().kind != Kind::Function {
                    self.visit_expr(&a.annotation);
                }
                self.visit_expr(&a.target);
                if let Expr::Name(name) = &*a.target {
                    self.bind(name.id.as_str());
                }
            }
            Stmt::AugAssign(a) => {
                if let Expr::Name(name) = &*a.target {
                    self.used(name.id.as_str());
                }
                visitor::walk_stmt(self, stmt);
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_except_handler(&mut self, handler: &'a ast::ExceptHandler) {
        let ast::ExceptHandler::ExceptHandler(h) = handler;
        if let Some(name) = &h.name {
            self.bind(name.as_str());
        }
        visitor::walk_except_handler(self, handler);
    }

    fn visit_expr(&mut self, e: &'a Expr) {
        match e {
            Expr::Name(name) => match name.ctx {
                ast::ExprContext::Store | ast::ExprContext::Del => self.bind(name.id.as_str()),
                _ => self.used(name.id.as_str()),
            },
            Expr::Named(n) => {
                self.visit_expr(&n.value);
                if let Expr::Name(name) = &*n.target {
                    // It is a variable of the function around all comprehensions.
                    let here = self.at;
                    let mut lazy = Vec::new();
                    self.at = self.frame(here);
                    while self.here().is_lazy {
                        lazy.push(self.at);
                        let around = self.here().parent.expect("only modules have no parent");
                        self.at = self.frame(around);
                    }
                    let sym = self.mangled(name.id.as_str());
                    let is_global =
                        self.here().kind == Kind::Module || self.here().globals.contains(&sym);
                    if !self.here().nonlocals.contains(&sym) {
                        self.bind(name.id.as_str());
                    }
                    self.at = here;
                    for scope in lazy {
                        let scope = &mut self.scopes.all[scope];
                        let names =
                            if is_global { &mut scope.globals } else { &mut scope.nonlocals };
                        names.insert(sym);
                    }
                }
            }
            Expr::Lambda(l) => {
                self.function(key(l), l.parameters.as_deref(), |this| this.visit_expr(&l.body));
            }
            Expr::ListComp(c) => self.comprehension(key(c), &c.generators, &[&c.elt], false),
            Expr::SetComp(c) => self.comprehension(key(c), &c.generators, &[&c.elt], false),
            Expr::DictComp(c) => {
                let parts: Vec<&Expr> =
                    c.key.as_deref().into_iter().chain(std::iter::once(&*c.value)).collect();
                self.comprehension(key(c), &c.generators, &parts, false);
            }
            Expr::Generator(g) => self.comprehension(key(g), &g.generators, &[&g.elt], true),
            Expr::Yield(_) | Expr::YieldFrom(_) => {
                let frame = self.frame(self.at);
                if self.scopes.all[frame].kind != Kind::Function {
                    self.fail("'yield' outside function", e.range().start());
                }
                self.scopes.all[frame].is_generator = true;
                visitor::walk_expr(self, e);
            }
            _ => visitor::walk_expr(self, e),
        }
    }
}
