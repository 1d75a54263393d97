"""A JSON parser and writer by hand, checked against the module."""
import json
class ParseError(ValueError):
    def __init__(self, msg, pos): super().__init__(f"{msg} at {pos}"); self.pos = pos
class Parser:
    ESC = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", '"': '"', "\\": "\\", "/": "/"}
    def __init__(self, s): self.s, self.i = s, 0
    def ws(self):
        while self.i < len(self.s) and self.s[self.i] in " \t\r\n": self.i += 1
    def peek(self): self.ws(); return self.s[self.i] if self.i < len(self.s) else ""
    def need(self, c):
        if self.peek() != c: raise ParseError(f"expected {c!r}, found {self.peek()!r}", self.i)
        self.i += 1
    def parse(self):
        v = self.value()
        if self.peek(): raise ParseError("extra data", self.i)
        return v
    def value(self):
        c = self.peek()
        if c == "{": return self.obj()
        if c == "[": return self.arr()
        if c == '"': return self.string()
        if c and c in "-0123456789": return self.number()
        for word, v in (("true", True), ("false", False), ("null", None)):
            if self.s.startswith(word, self.i): self.i += len(word); return v
        raise ParseError(f"unexpected {c!r}", self.i)
    def obj(self):
        out = {}; self.need("{")
        if self.peek() == "}": self.i += 1; return out
        while True:
            self.ws(); k = self.string(); self.need(":"); out[k] = self.value()
            if self.peek() == ",": self.i += 1; continue
            self.need("}"); return out
    def arr(self):
        out = []; self.need("[")
        if self.peek() == "]": self.i += 1; return out
        while True:
            out.append(self.value())
            if self.peek() != ",": self.need("]"); return out
            self.i += 1
    def string(self):
        self.need('"'); out = []
        while True:
            if self.i >= len(self.s): raise ParseError("unterminated string", self.i)
            c = self.s[self.i]; self.i += 1
            if c == '"': return "".join(out)
            if c == "\\":
                e = self.s[self.i]; self.i += 1
                if e == "u": out.append(chr(int(self.s[self.i:self.i + 4], 16))); self.i += 4
                elif e in self.ESC: out.append(self.ESC[e])
                else: raise ParseError(f"bad escape {e!r}", self.i - 1)
            else: out.append(c)
    def number(self):
        st = self.i
        while self.i < len(self.s) and self.s[self.i] in "+-0123456789.eE": self.i += 1
        t = self.s[st:self.i]
        try: return float(t) if any(c in t for c in ".eE") else int(t)
        except ValueError: raise ParseError(f"bad number {t}", st) from None
def write(v, ind=None, lvl=0):
    nl = "\n" + " " * (ind * (lvl + 1)) if ind else ""; end = "\n" + " " * (ind * lvl) if ind else ""
    if v is None: return "null"
    if isinstance(v, bool): return "true" if v else "false"
    if isinstance(v, (int, float)): return repr(v)
    if isinstance(v, str): return '"' + "".join({'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}.get(c, c if " " <= c < "\x7f" else f"\\u{ord(c):04x}") for c in v) + '"'
    if isinstance(v, (list, tuple)): return "[" + nl + ("," + (nl or " ")).join(write(x, ind, lvl + 1) for x in v) + end + "]" if v else "[]"
    if isinstance(v, dict): return "{" + nl + ("," + (nl or " ")).join(f"{write(k)}: {write(x, ind, lvl + 1)}" for k, x in v.items()) + end + "}" if v else "{}"
    raise TypeError(type(v).__name__)
for s in ('{"a": [1, 2.5, -3e2, true, null], "b": {"c": "x\\ny\\u00e9\\"", "d": {}}, "e": []}', "[]", ' "s" ', "-12", "[[[[1]]], {}]", "0.125"):
    v = Parser(s).parse(); print(v, v == json.loads(s), write(v) == json.dumps(v), write(v, 2) == json.dumps(v, indent=2), json.loads(write(v)) == v)
for bad in ("", "[1,", "{1:2}", '{"a" 1}', "[1 2]", '"abc', "tru", "1 2", '"\\q"', "-", "[,]"):
    try: print(Parser(bad).parse())
    except ParseError as e: print(repr(bad), "->", e, e.pos)
doc = {"users": [{"id": i, "name": f"u{i}", "tags": ["a"] * (i % 3)} for i in range(4)], "total": 4}
print(write(doc, 2)); print(sum(u["id"] for u in Parser(write(doc)).parse()["users"]))
def walk(v, path="$"):
    if isinstance(v, dict):
        for k, x in v.items(): yield from walk(x, f"{path}.{k}")
    elif isinstance(v, list):
        for i, x in enumerate(v): yield from walk(x, f"{path}[{i}]")
    else: yield path, v
print(*(f"{p}={v}" for p, v in walk(doc)), sep="; ")
try: write({1, 2})
except TypeError as e: print("TypeError", e)
