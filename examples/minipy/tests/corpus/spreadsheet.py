"""A spreadsheet with formulas, dependencies, caching and cycle detection."""
class CellError(Exception): pass
class Sheet:
    def __init__(self): self.raw, self.cache, self.busy, self.evals = {}, {}, [], 0
    def __setitem__(self, ref, v): self.raw[ref] = v; self.cache.clear()
    def __getitem__(self, ref):
        if ref in self.cache: return self.cache[ref]
        if ref in self.busy: raise CellError("cycle: " + " -> ".join(self.busy[self.busy.index(ref):] + [ref]))
        self.busy.append(ref)
        try:
            v = self.raw.get(ref, 0)
            if isinstance(v, str) and v.startswith("="): self.evals += 1; v = self.formula(v[1:])
            self.cache[ref] = v; return v
        finally: self.busy.pop()
    def rng(self, a, b): return [self[f"{chr(c)}{r}"] for c in range(ord(a[0]), ord(b[0]) + 1) for r in range(int(a[1:]), int(b[1:]) + 1)]
    FN = {"SUM": sum, "MAX": max, "MIN": min, "AVG": lambda v: sum(v) / len(v), "COUNT": len}
    def formula(self, s):
        toks, cur = [], ""
        for c in s + " ":
            if c.isalnum() or c in ".:": cur += c
            else:
                if cur: toks.append(cur); cur = ""
                if not c.isspace(): toks.append(c)
        def expr():
            v = term()
            while toks and toks[0] in "+-":
                v = v + term() if toks.pop(0) == "+" else v - term()
            return v
        def term():
            v = atom()
            while toks and toks[0] in "*/":
                if toks.pop(0) == "*": v *= atom()
                else:
                    d = atom()
                    if d == 0: raise CellError("#DIV/0")
                    v /= d
            return v
        def atom():
            if not toks: raise CellError("#SYNTAX")
            t = toks.pop(0)
            if t == "-": return -atom()
            if t == "(": v = expr(); toks.pop(0); return v
            if t in self.FN and toks and toks[0] == "(":
                toks.pop(0); args = []
                while toks and toks[0] != ")":
                    if ":" in toks[0]: args += self.rng(*toks.pop(0).split(":"))
                    else: args.append(expr())
                    if toks and toks[0] == ",": toks.pop(0)
                toks.pop(0); return self.FN[t](args)
            if t[0].isalpha() and t[1:].isdigit(): return self[t]
            try: return float(t) if "." in t else int(t)
            except ValueError: raise CellError(f"#NAME {t}") from None
        v = expr()
        if toks: raise CellError("#SYNTAX")
        return v
    def show(self, cols, rows):
        print("   " + "".join(f"{c:>9}" for c in cols))
        for r in range(1, rows + 1):
            line = []
            for c in cols:
                try: v = self[f"{c}{r}"] if f"{c}{r}" in self.raw else ""
                except CellError as e: v = str(e)[:8]
                line.append(f"{v:>9.2f}" if isinstance(v, float) else f"{v:>9}")
            print(f"{r:>3}" + "".join(line))
s = Sheet()
for k, v in {"A1": 5, "A2": 7, "A3": "=A1+A2*2", "B1": "=SUM(A1:A3)", "B2": "=AVG(A1:A3)/2", "B3": "=-(B1-3)*2", "C1": "=MAX(A1:B3, 40)", "C2": "=C3", "C3": "=C2+1", "D1": "=A1/Z9", "D2": "=FOO+1", "D3": "=1+", "E1": "text", "E2": "=COUNT(A1:C1)"}.items():
    s[k] = v
s.show("ABCDE", 3)
for ref in ("C2", "D1", "D2", "D3", "E2"):
    try: print(ref, s[ref])
    except CellError as e: print(ref, e)
n = s.evals; s["B3"]; s["B1"]; print(s.evals == n, s.busy); s["A1"] = 50; print(s["B1"], s["B3"], s.evals > n)
s["A1"] = "=B1"
try: s["B1"]
except CellError as e: print(e)
for i in range(2, 60): s[f"F{i}"] = f"=F{i - 1}+F{i - 2 if i > 2 else 1}"
s["F1"] = 1; print(s["F59"], len(s.cache))
