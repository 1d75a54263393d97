//! Code: what the compiler makes and the interpreter runs.
//!
//! A register machine. A frame's registers are first its parameters, then its other variables and
//! cells, then temporaries. An instruction names registers, so an operand is *borrowed* from the register that has it:
//! most instructions of a stack machine are there to push and pop, and each counts.
//!
//! Code is never freed (there is as much of it as a program has source), so nobody counts it.

use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;

use crate::object::{Ref, Value};
use crate::sym::Sym;

pub type Reg = u16;

/// A binary operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bin {
    Add,
    Sub,
    Mul,
    MatMul,
    Div,
    FloorDiv,
    Mod,
    Pow,
    LShift,
    RShift,
    And,
    Or,
    Xor,
}

/// A comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cmp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Is,
    IsNot,
    In,
    NotIn,
}

/// An instruction: `d` is where the result goes, `t` where to jump.
#[derive(Clone, Copy, Debug)]
pub enum Op {
    Move {
        d: Reg,
        s: Reg,
    },
    Const {
        d: Reg,
        k: u32,
    },
    /// Empties temporaries.
    Clear {
        base: Reg,
        n: u16,
    },
    CheckLocal {
        r: Reg,
    },
    DelLocal {
        r: Reg,
    },
    LoadGlobal {
        d: Reg,
        k: u32,
    },
    StoreGlobal {
        s: Reg,
        k: u32,
    },
    DelGlobal {
        k: u32,
    },
    /// Of a class body: in its namespace, else global.
    LoadName {
        d: Reg,
        k: u32,
    },
    StoreName {
        s: Reg,
        k: u32,
    },
    DelName {
        k: u32,
    },
    LoadNameOrCell {
        d: Reg,
        c: Reg,
        k: u32,
    },
    MakeCell {
        r: Reg,
    },
    LoadCell {
        d: Reg,
        c: Reg,
    },
    StoreCell {
        c: Reg,
        s: Reg,
    },
    DelCell {
        c: Reg,
    },
    Binary {
        op: Bin,
        d: Reg,
        a: Reg,
        b: Reg,
    },
    InPlace {
        op: Bin,
        d: Reg,
        a: Reg,
        b: Reg,
    },
    Add {
        d: Reg,
        a: Reg,
        b: Reg,
    },
    Sub {
        d: Reg,
        a: Reg,
        b: Reg,
    },
    Mul {
        d: Reg,
        a: Reg,
        b: Reg,
    },
    /// With a small number.
    AddInt {
        in_place: bool,
        d: Reg,
        a: Reg,
        n: i32,
    },
    Compare {
        op: Cmp,
        d: Reg,
        a: Reg,
        b: Reg,
    },
    /// Jumps unless the comparison holds.
    JumpUnless {
        op: Cmp,
        a: Reg,
        b: Reg,
        t: u32,
    },
    JumpWhen {
        op: Cmp,
        a: Reg,
        b: Reg,
        t: u32,
    },
    Not {
        d: Reg,
        a: Reg,
    },
    Neg {
        d: Reg,
        a: Reg,
    },
    Pos {
        d: Reg,
        a: Reg,
    },
    Invert {
        d: Reg,
        a: Reg,
    },
    Jump {
        t: u32,
    },
    /// To the begin of a loop: a safepoint.
    Loop {
        t: u32,
    },
    JumpTrue {
        a: Reg,
        t: u32,
    },
    JumpFalse {
        a: Reg,
        t: u32,
    },
    /// Begins an iteration, whose state is in three registers.
    ForBegin {
        r: Reg,
        s: Reg,
    },
    ForNext {
        r: Reg,
        d: Reg,
        t: u32,
    },
    Iter {
        d: Reg,
        s: Reg,
    },
    List {
        d: Reg,
        base: Reg,
        n: u16,
    },
    Tuple {
        d: Reg,
        base: Reg,
        n: u16,
    },
    Set {
        d: Reg,
        base: Reg,
        n: u16,
    },
    Dict {
        d: Reg,
        base: Reg,
        n: u16,
    },
    Slice {
        d: Reg,
        base: Reg,
        n: u16,
    },
    Concat {
        d: Reg,
        base: Reg,
        n: u16,
    },
    ListAppend {
        list: Reg,
        s: Reg,
    },
    /// `f`: the function, if these are all its positional arguments.
    ListExtend {
        list: Reg,
        s: Reg,
        f: Reg,
    },
    SetAdd {
        set: Reg,
        s: Reg,
    },
    SetUpdate {
        set: Reg,
        s: Reg,
    },
    DictPut {
        dict: Reg,
        base: Reg,
    },
    /// `merge`: keyword arguments, none twice.
    DictUpdate {
        dict: Reg,
        s: Reg,
        merge: bool,
        f: Reg,
    },
    ListToTuple {
        d: Reg,
        s: Reg,
    },
    GetAttr {
        d: Reg,
        o: Reg,
        k: u32,
    },
    SetAttr {
        o: Reg,
        s: Reg,
        k: u32,
    },
    DelAttr {
        o: Reg,
        k: u32,
    },
    GetItem {
        d: Reg,
        o: Reg,
        i: Reg,
    },
    /// The parts of a slice are in `base` and the next two.
    GetSlice {
        d: Reg,
        o: Reg,
        base: Reg,
    },
    SetSlice {
        o: Reg,
        base: Reg,
        s: Reg,
    },
    SetItem {
        o: Reg,
        i: Reg,
        s: Reg,
    },
    DelItem {
        o: Reg,
        i: Reg,
    },
    /// The function is in `base`, the arguments after it.
    Call {
        d: Reg,
        base: Reg,
        n: u16,
    },
    /// The last arguments have names.
    CallKw {
        d: Reg,
        base: Reg,
        n: u16,
        k: u32,
    },
    /// A list of arguments after the function, and a dict or `None`.
    CallEx {
        d: Reg,
        base: Reg,
    },
    /// The object is in `base`, the arguments after it.
    CallMethod {
        d: Reg,
        base: Reg,
        n: u16,
        k: u32,
    },
    Return {
        s: Reg,
    },
    Yield {
        d: Reg,
        s: Reg,
    },
    /// With an iterator, to its end; `d` is first what is sent, `None`, and then the result.
    YieldFrom {
        d: Reg,
        it: Reg,
    },
    Raise {
        e: Reg,
        cause: Reg,
        has_cause: bool,
    },
    RaiseAgain,
    Reraise {
        e: Reg,
    },
    /// Begins the handling of an exception: what was handled before is saved.
    PushExc {
        save: Reg,
        e: Reg,
    },
    PopExc {
        save: Reg,
    },
    MatchExc {
        d: Reg,
        e: Reg,
        class: Reg,
    },
    Function {
        d: Reg,
        k: u32,
        base: Reg,
        flags: u8,
    },
    /// Body, name, list of bases, dict of keywords.
    Class {
        d: Reg,
        base: Reg,
    },
    Import {
        d: Reg,
        k: u32,
        level: u16,
    },
    ImportFrom {
        d: Reg,
        s: Reg,
        k: u32,
    },
    ImportStar {
        s: Reg,
    },
    Unpack {
        s: Reg,
        base: Reg,
        n: u16,
    },
    UnpackStar {
        s: Reg,
        base: Reg,
        before: u16,
        after: u16,
    },
    /// `spec` is a register if it is not `NO_REG`.
    Format {
        d: Reg,
        s: Reg,
        spec: Reg,
        conversion: u8,
    },
    /// The exit function goes to `base`, what `__enter__` returns to the next.
    With {
        base: Reg,
        s: Reg,
    },
    /// Calls the exit function with an exception, or with none if `e` is `NO_REG`.
    WithExit {
        d: Reg,
        exit: Reg,
        e: Reg,
    },
    /// `super()`.
    Super {
        d: Reg,
        class: Reg,
        this: Reg,
    },
    /// A dict of the variables here, or of the module's.
    Variables {
        d: Reg,
        globals: bool,
    },
    /// Shows the value of an expression in the REPL.
    Show {
        s: Reg,
    },
    /// Not to be reached.
    /// Where others may stop this thread.
    Safepoint,
    Nop,
}

pub const NO_REG: Reg = Reg::MAX;

/// What `Op::Function` finds from `base` on, in this order.
pub mod flags {
    pub const DEFAULTS: u8 = 1;
    pub const KWDEFAULTS: u8 = 2;
    pub const ANNOTATIONS: u8 = 4;
    /// Made once: at the level of a module or class.
    pub const SHARED: u8 = 8;
    /// Its documentation, or `None`, is where the function goes.
    pub const DOC: u8 = 16;
}

/// A global that code names.
#[derive(Debug)]
pub struct GlobalSite {
    pub name: Sym,
    /// In the module's table.
    pub index: u32,
    /// In that of `builtins`, once it was found there.
    pub builtin: OnceLock<u32>,
}

/// An attribute that code names.
#[derive(Debug)]
pub struct AttrSite {
    pub name: Sym,
    /// The version of the class and the field, of when it was last found in a field.
    pub cache: AtomicU64,
}

/// Where an exception goes.
#[derive(Debug, Clone, Copy)]
pub struct Handler {
    pub start: u32,
    pub end: u32,
    pub target: u32,
    /// Where the exception is put.
    pub reg: Reg,
}

/// A piece of code: of a function, a class or a module.
pub struct Code {
    pub name: Sym,
    pub qualname: Box<str>,
    /// The module whose globals it sees.
    pub module: Ref,
    pub file: &'static str,
    pub first_line: u32,
    pub ops: Box<[Op]>,
    pub lines: Box<[u32]>,
    pub consts: Box<[Value]>,
    pub globals: Box<[GlobalSite]>,
    pub attrs: Box<[AttrSite]>,
    pub names: Box<[Sym]>,
    /// Names of arguments of calls.
    pub kwnames: Box<[Box<[Sym]>]>,
    pub codes: Box<[&'static Code]>,
    /// Innermost first.
    pub handlers: Box<[Handler]>,
    pub regs: usize,
    /// What is in the first registers.
    pub vars: Box<[Sym]>,
    /// Parameters: positional-only, all positional, keyword-only.
    pub posonly: usize,
    pub argc: usize,
    pub kwonly: usize,
    pub star: bool,
    pub star_star: bool,
    pub is_generator: bool,
    pub is_class: bool,
    /// Registers of this code's free variables' cells.
    pub free: Box<[Reg]>,
    pub free_names: Box<[Sym]>,
    /// For each of `codes`: registers of the cells it closes over.
    pub closures: Box<[Box<[Reg]>]>,
    pub doc: Option<Box<str>>,
    /// Attributes of the first parameter that it assigns to.
    pub self_attrs: Box<[Sym]>,
}

impl Code {
    /// All parameters.
    pub fn params(&self) -> usize {
        self.argc + self.kwonly + usize::from(self.star) + usize::from(self.star_star)
    }

    /// The line of an instruction.
    pub fn line(&self, pc: usize) -> u32 {
        self.lines.get(pc).copied().unwrap_or(self.first_line)
    }
}
