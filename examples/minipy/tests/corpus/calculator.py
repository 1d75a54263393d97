"""Tokenizer, recursive-descent parser and evaluator with variables and functions."""
import math
class CalcError(Exception): pass
def tokens(s):
    i = 0
    while i < len(s):
        c = s[i]
        if c.isspace(): i += 1
        elif c.isdigit() or c == ".":
            j = i
            while j < len(s) and (s[j].isdigit() or s[j] == "."): j += 1
            t = s[i:j]
            try: yield "num", float(t) if "." in t else int(t)
            except ValueError: raise CalcError(f"bad number {t!r}") from None
            i = j
        elif c.isalpha() or c == "_":
            j = i
            while j < len(s) and (s[j].isalnum() or s[j] == "_"): j += 1
            yield "name", s[i:j]; i = j
        elif s[i:i + 2] in ("**", "<=", ">=", "==", "!=", "//"): yield "op", s[i:i + 2]; i += 2
        elif c in "+-*/%()=,<>": yield "op", c; i += 1
        else: raise CalcError(f"unexpected {c!r} at {i}")
    yield "end", None
class Parser:
    LEVELS = [["<", ">", "<=", ">=", "==", "!="], ["+", "-"], ["*", "/", "//", "%"]]
    def __init__(self, text): self.toks = list(tokens(text)); self.i = 0
    @property
    def cur(self): return self.toks[self.i]
    def eat(self, kind=None, val=None):
        k, v = self.cur
        if (kind and k != kind) or (val and v != val): raise CalcError(f"expected {val or kind}, got {v if v is not None else 'end'}")
        self.i += 1; return v
    def parse(self):
        if self.cur[0] == "name" and self.toks[self.i + 1] == ("op", "="):
            n = self.eat(); self.eat(); node = ("set", n, self.level(0))
        else: node = self.level(0)
        self.eat("end"); return node
    def level(self, n):
        if n == len(self.LEVELS): return self.unary()
        left = self.level(n + 1)
        while self.cur[0] == "op" and self.cur[1] in self.LEVELS[n]: op = self.eat(); left = (op, left, self.level(n + 1))
        return left
    def unary(self):
        if self.cur in (("op", "-"), ("op", "+")): return ("u" + self.eat(), self.unary())
        base = self.atom()
        if self.cur == ("op", "**"): self.eat(); return ("**", base, self.unary())
        return base
    def atom(self):
        k, v = self.cur
        if k == "num": self.eat(); return ("num", v)
        if k == "name":
            self.eat()
            if self.cur != ("op", "("): return ("var", v)
            self.eat(); args = []
            while self.cur != ("op", ")"):
                args.append(self.level(0))
                if self.cur == ("op", ","): self.eat()
                elif self.cur != ("op", ")"): raise CalcError("expected , or )")
            self.eat(); return ("call", v, args)
        self.eat("op", "("); node = self.level(0); self.eat("op", ")"); return node
OPS = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b, "//": lambda a, b: a // b, "%": lambda a, b: a % b, "**": lambda a, b: a ** b, "<": lambda a, b: a < b, ">": lambda a, b: a > b, "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b, "==": lambda a, b: a == b, "!=": lambda a, b: a != b}
class Evaluator:
    def __init__(self): self.env = {"pi": math.pi}; self.fns = {"sqrt": math.sqrt, "max": max, "min": min, "abs": abs, "round": round}
    def run(self, text): return self.eval(Parser(text).parse())
    def eval(self, node):
        kind, *rest = node
        m = getattr(self, "do_" + kind, None)
        if m: return m(*rest)
        if kind in ("u-", "u+"): v = self.eval(rest[0]); return -v if kind == "u-" else +v
        a, b = map(self.eval, rest)
        try: return OPS[kind](a, b)
        except ZeroDivisionError: raise CalcError("division by zero") from None
    def do_num(self, v): return v
    def do_var(self, n):
        if n not in self.env: raise CalcError(f"unknown variable {n}")
        return self.env[n]
    def do_set(self, n, e): self.env[n] = v = self.eval(e); return v
    def do_call(self, n, args):
        if n not in self.fns: raise CalcError(f"unknown function {n}")
        return self.fns[n](*[self.eval(a) for a in args])
ev = Evaluator()
for line in ("1 + 2 * 3", "(1 + 2) * 3", "2 ** 3 ** 2", "-2 ** 2", "10 / 4", "10 // 4 % 2", "x = 5 * 2", "x * x - 1", "y = x > 3", "sqrt(16) + max(1, x, 3)", "min(4, 2) - -3", "1.5e", "round(pi, 2)", "1 / 0", "foo", "bar(1)", "(1 + 2", "1 +", "2 $ 3", "1..2", "", "3 4", "100 - 1 - 1", "abs(-7) == 7", "2 * (3 + (4 - 1)) / 3", "max(1 2)"):
    try: print(f"{line:<28} = {ev.run(line)!r}")
    except CalcError as e: print(f"{line:<28} ! {e}")
print(Parser("1+2*x").parse(), list(tokens("a<=b"))); print(sorted(ev.env))
