//! Random Python programs: a walk through the rules of `rules.rs`.

use super::rules;

/// Small random numbers (SplitMix64).
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

const EXCEPTIONS: &[&str] = &[
    "ValueError",
    "TypeError",
    "KeyError",
    "IndexError",
    "ZeroDivisionError",
    "RuntimeError",
    "AttributeError",
    "LookupError",
    "ArithmeticError",
    "Exception",
    "OverflowError",
    "StopIteration",
    "AssertionError",
    "NotImplementedError",
    "NameError",
    "OSError",
    "MyError",
    "MyKeyError",
];

const INTS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "5",
    "7",
    "10",
    "-1",
    "-2",
    "-7",
    "42",
    "97",
    "255",
    "1000",
    "65536",
    "-12345",
    "2**31",
    "2**62",
    "2**63",
    "-2**63",
    "2**64 - 1",
    "10**18",
    "-10**20",
    "3**40",
    "0x1F",
    "1_000",
    "True",
];

const FLOATS: &[&str] = &[
    "0.0",
    "-0.0",
    "1.0",
    "0.5",
    "1.5",
    "2.5",
    "-3.25",
    "0.1",
    "0.3",
    "3.14159",
    "1e10",
    "1e16",
    "1e22",
    "123456789.125",
    "-1e-5",
    "1e-7",
    "1e300",
    "5e-324",
    "99.995",
    "100.0",
    "1e-3",
    "7.0",
    "2.675",
];

const STRINGS: &[&str] = &[
    "''",
    "'a'",
    "'b'",
    "'abc'",
    "'Hello World'",
    "'  pad\\t'",
    "'1'",
    "'42'",
    "'-7'",
    "'3.5'",
    "'ünï€'",
    "'ß'",
    "'a,b,,c'",
    "'x=1;y'",
    "'line\\nbreak\\r\\n'",
    "'it\\'s'",
    "'\"q\"'",
    "'tab\\there'",
    "'AbC dEf'",
    "'\\x00\\x7f'",
    "'\\U0001f600z'",
    "'{}'",
    "'%s'",
    "'%d-%s'",
    "'back\\\\'",
    "'aaa'",
    "'0x1f'",
    "'_x1'",
    "' '",
    "','",
    "'RED'",
    "'v'",
    "'x'",
    "'\\u0301e'",
    "'ǆ'",
    "'1e5'",
    "'١٢'",
];

const PAIRS: &[(char, &[&str])] = &[
    ('I', rules::INT),
    ('F', rules::FLOAT),
    ('S', rules::STR),
    ('B', rules::BOOL),
    ('L', rules::LIST),
    ('M', rules::WORDS),
    ('T', rules::TUPLE),
    ('D', rules::DICT),
    ('E', rules::SET),
    ('A', rules::ANY),
    ('N', rules::OF_N),
    ('U', rules::OF_C),
    ('H', rules::ITERATOR),
];

/// Writes one program.
pub struct Writer {
    rng: Rng,
    count: usize,
    /// Whether it writes what the classes and helpers consist of, which must not use them.
    inside: bool,
    /// Whether there are no variables yet.
    literal: bool,
    pub statements: usize,
}

/// Whether nothing in a rule can lead back to a class or helper.
fn is_inside(rule: &str) -> bool {
    let helper = ["h0(", "h1(", "h2(", "h3(", "h4(", "h5(", "h6(", "C0", "C1", "C2", "$o"];
    !helper.iter().any(|name| rule.contains(name))
}

fn indented(text: &str, by: usize) -> String {
    let space = " ".repeat(by);
    text.lines().map(|line| format!("{space}{line}\n")).collect()
}

impl Writer {
    pub fn new(seed: u64) -> Self {
        Self {
            rng: Rng::new(seed.wrapping_mul(0x2545_f491_4f6c_dd1d)),
            count: 0,
            inside: false,
            literal: false,
            statements: 0,
        }
    }

    /// A whole program of so many functions.
    pub fn program(&mut self, functions: usize) -> String {
        let mut text = String::from(include_str!("prelude.py"));
        text.push_str(&self.variables());
        self.inside = true;
        for class in 0..3 {
            text.push_str(&self.class(class));
        }
        text.push_str(&self.helpers());
        self.inside = false;
        text.push_str("\no0, o1 = C0(3), C1(4)\n");
        for n in 0..functions {
            text.push_str(&self.function(n));
        }
        for n in 0..functions {
            text.push_str(&format!(
                "\nprint('== run{n}')\ntry:\n    run{n}()\nexcept BaseException as e:\n    oops('run{n}', e)\n"
            ));
        }
        text
    }

    fn variables(&mut self) -> String {
        let mut lines = String::from("\n");
        self.literal = true;
        for name in ["i0", "i1", "i2", "f0", "f1", "s0", "s1", "s2"] {
            let value = self.leaf(&name[..1].to_uppercase());
            lines.push_str(&format!("{name} = {value}\n"));
        }
        lines.push_str(
            "b0, b1 = True, False\nl0, l1 = [3, 1, 2], list(range(7))\nm0 = ['x', 'yy', '']\n",
        );
        lines.push_str("t0, d0, d1, e0 = (1, 'a', 2.5), {'a': 1, 'b': 2}, {'x': 9}, {1, 2, 3}\n");
        lines
    }

    fn class(&mut self, n: usize) -> String {
        let bases = ["", "(C0)", "(C1)"];
        let start = [
            "def __init__(self, v=0):\n    self.v = v",
            "def __init__(self, v=1, w=2):\n    super().__init__(v)\n    self.w = w",
            "def extra_method(self):\n    return self.v",
        ];
        let mut text = format!("\n\nclass C{n}{}:\n{}", bases[n], indented(start[n], 4));
        if n == 0 {
            let shown = "def __repr__(self):\n    v = 'obj' if isinstance(self.v, C0) else self.v\n    return f'{type(self).__name__}({v!r})'\nname = 'cls'";
            text.push_str(&indented(shown, 4));
        }
        for _ in 0..[9, 4, 4][n] {
            let rule = self.rng.pick(rules::METHODS);
            let method = self.expand(rule, 2, 0);
            text.push('\n');
            text.push_str(&indented(&method, 4));
        }
        text
    }

    fn helpers(&mut self) -> String {
        let all = [
            "def h0(n):\n    return $N",
            "def h1(a, b=$Q):\n    n = a\n    return $N",
            "def h2(a, *rest, k=$Q):\n    n = len(rest)\n    return num(a) + num(k) + n if $B else $I",
            "def h3(a, **kw):\n    for c in sorted(kw):\n        if $B: return $I\n    return a",
            "def h4(s='dflt', t=$W):\n    c = s\n    return $U + t",
            "def h5(a, b, *c):\n    return b, c, a",
            "def h6(**kw):\n    return dict(sorted(kw.items()))",
        ];
        all.iter().map(|rule| format!("\n\n{}\n", self.expand(rule, 2, 0))).collect()
    }

    fn function(&mut self, n: usize) -> String {
        let mut text = format!("\n\ndef run{n}():\n    global g0\n");
        text.push_str(&indented(&self.variables(), 4));
        text.push_str("    o0, o1 = C1(5), C2(6)\n");
        for _ in 0..12 {
            let statement = self.wrapped(2);
            text.push_str(&indented(&statement, 4));
        }
        text.push_str("    for v in (i0, i1, i2, g0, f0, f1, s0, s1, s2, b0, b1, l0, l1, m0, t0, d0, d1, e0):\n");
        text.push_str("        show('end', v)\n");
        text
    }

    fn wrapped(&mut self, depth: usize) -> String {
        let statement = self.statement(rules::STATEMENTS, depth);
        self.count += 1;
        let n = self.count;
        // What `del` unbound is bound again.
        let again =
            statement.lines().next().and_then(|line| line.strip_prefix("del ")).and_then(|name| {
                let value = if name.starts_with('i') { "1" } else { "'s'" };
                (name.len() == 2 && name != "g0")
                    .then(|| format!("finally:\n    {name} = {value}\n"))
            });
        let again = again.unwrap_or_default();
        format!(
            "try:\n{}except Exception as e:\n    oops({n}, e)\n{again}",
            indented(&statement, 4)
        )
    }

    fn statement(&mut self, from: &[&str], depth: usize) -> String {
        self.statements += 1;
        loop {
            let rule = *self.rng.pick(from);
            if depth > 0 || !(rule.contains("$Z") || rule.contains("$J")) {
                let expressions = 1 + self.rng.below(3);
                return self.expand(rule, expressions, depth);
            }
        }
    }

    /// Fills in a rule.
    fn expand(&mut self, rule: &str, depth: usize, nesting: usize) -> String {
        let (mut text, mut last) = (String::new(), String::new());
        self.count += 1;
        let counter = format!("k{}", self.count);
        let mut rest = rule;
        while let Some(at) = rest.find('$') {
            text.push_str(&rest[..at]);
            let kind = rest[at + 1..].chars().next().expect("a kind");
            rest = &rest[at + 2..];
            let piece = match kind {
                '_' => last.clone(),
                'k' => counter.clone(),
                '#' => {
                    self.count += 1;
                    self.count.to_string()
                }
                'a'..='z' => {
                    last = self.variable(kind);
                    last.clone()
                }
                'Z' | 'J' => {
                    let column = text.len() - text.rfind('\n').map_or(0, |at| at + 1);
                    let block = self.block(kind == 'J', nesting.saturating_sub(1));
                    indented(&block, column).trim().to_string()
                }
                _ => self.expression(kind, depth, rest.starts_with('.')),
            };
            text.push_str(&piece);
        }
        text + rest
    }

    fn block(&mut self, in_loop: bool, nesting: usize) -> String {
        let mut text = String::new();
        for _ in 0..1 + self.rng.below(2) {
            let statement = if in_loop && self.rng.chance(60) {
                let usable = if nesting > 0 { rules::IN_LOOP } else { &rules::IN_LOOP[..2] };
                self.statement(usable, nesting)
            } else if self.rng.chance(40) {
                self.wrapped(nesting)
            } else {
                // What unbinds a variable is only for where it is bound again.
                loop {
                    let statement = self.statement(rules::STATEMENTS, nesting);
                    if !statement.starts_with("del ") {
                        break statement;
                    }
                }
            };
            text.push_str(statement.trim_end());
            text.push('\n');
        }
        text
    }

    fn variable(&mut self, kind: char) -> String {
        let all: &[&str] = match kind {
            'i' => &["i0", "i1", "i2", "g0"],
            'n' => &["i0", "i1", "i2"],
            'f' => &["f0", "f1"],
            's' => &["s0", "s1", "s2"],
            'b' => &["b0", "b1"],
            'l' => &["l0", "l1"],
            'm' => &["m0"],
            't' => &["t0"],
            'd' => &["d0", "d1"],
            'e' => &["e0"],
            'o' => &["o0", "o1"],
            _ => panic!("no variable ${kind}"),
        };
        (*self.rng.pick(all)).to_string()
    }

    fn expression(&mut self, kind: char, depth: usize, dotted: bool) -> String {
        match kind {
            'K' if self.rng.chance(3) => {
                return (*self.rng.pick(&["100", "None", "True", "-99"])).into();
            }
            'K' => return (self.rng.below(11) as i32 - 4).to_string(),
            'P' => return self.rng.below(5).to_string(),
            'Q' => return (*self.rng.pick(INTS)).into(),
            'W' => return (*self.rng.pick(STRINGS)).into(),
            'R' => return self.rng.pick(FLOATS).trim_start_matches('-').into(),
            'C' => return (*self.rng.pick(&["==", "!=", "<", "<=", ">", ">="])).into(),
            'X' => return (*self.rng.pick(EXCEPTIONS)).into(),
            'G' => return self.spec(),
            _ => {}
        }
        let mut kind = kind;
        // Something of the wrong type now and then.
        if "IFSBLMTDE".contains(kind) && self.rng.chance(3) {
            kind = *self.rng.pick(&['I', 'F', 'S', 'B', 'T']);
            if self.rng.chance(20) {
                return "None".into();
            }
        }
        let leaf = depth == 0 || self.rng.chance(20);
        if leaf {
            let text = match kind {
                'N' => "n".into(),
                'U' => "c".into(),
                'H' => "iter([3, 1])".into(),
                'A' => {
                    let kind = *self.rng.pick(&["I", "F", "S", "B", "L", "M", "T", "D"]);
                    self.leaf(kind)
                }
                _ => self.leaf(&kind.to_string()),
            };
            let number = text.starts_with(|c: char| c.is_ascii_digit() || c == '-');
            return if number && (dotted || text.len() > 4 || text.starts_with('-')) {
                format!("({text})")
            } else {
                text
            };
        }
        let from = PAIRS
            .iter()
            .find(|(name, _)| *name == kind)
            .unwrap_or_else(|| panic!("no rules for ${kind}"))
            .1;
        loop {
            let rule = *self.rng.pick(from);
            if !self.inside || is_inside(rule) {
                return format!("({})", self.expand(rule, depth - 1, 0));
            }
        }
    }

    fn leaf(&mut self, kind: &str) -> String {
        let literal = match kind {
            "I" => Some(INTS),
            "F" => Some(FLOATS),
            "S" => Some(STRINGS),
            "B" => Some(&["True", "False"][..]),
            _ => None,
        };
        match literal {
            Some(all) if self.literal || self.rng.chance(50) => (*self.rng.pick(all)).to_string(),
            _ => self.variable(kind.to_lowercase().chars().next().expect("a kind")),
        }
    }

    /// A format specification, not always a right one.
    fn spec(&mut self) -> String {
        let mut text = String::new();
        if self.rng.chance(30) {
            if self.rng.chance(50) {
                text.push_str(self.rng.pick::<&str>(&["*", ".", "x", "0", "é", " "]));
            }
            text.push_str(self.rng.pick::<&str>(&["<", ">", "^", "="]));
        }
        for (percent, all) in [
            (25, &["+", "-", " "][..]),
            (15, &["#"][..]),
            (20, &["0"][..]),
            (50, &["1", "4", "9", "12", "20"][..]),
            (20, &[",", "_"][..]),
            (35, &[".0", ".1", ".2", ".3", ".6", ".10", ".17"][..]),
            (
                60,
                &["d", "f", "e", "g", "s", "x", "b", "o", "%", "n", "c", "X", "E", "G", "F", "q"][..],
            ),
        ] {
            if self.rng.chance(percent) {
                text.push_str(self.rng.pick::<&str>(all));
            }
        }
        text
    }
}
