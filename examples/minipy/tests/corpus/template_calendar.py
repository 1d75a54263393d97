"""A template engine, calendar arithmetic, money, time spans, versions, units."""
class Template:
    def __init__(self, src): self.nodes = self.parse(self.split(src))
    @staticmethod
    def split(s):
        while s:
            a, mark = min(((s.find(m), m) for m in ("{{", "{%") if m in s), default=(len(s), ""))
            if a: yield "text", s[:a]
            if not mark: return
            end = s.find("}}" if mark == "{{" else "%}", a)
            if end < 0: raise SyntaxError(f"unclosed {mark}")
            yield ("expr" if mark == "{{" else "tag"), s[a + 2:end].strip(); s = s[end + 2:]
    def parse(self, toks, until=()):
        out = []
        for kind, v in toks:
            if kind != "tag": out.append((kind, v)); continue
            word = v.split()[0]
            if word in until: return out, word
            if word == "for": _, name, _, src = v.split(); body, _ = self.parse(toks, ("end",)); out.append(("for", name, src, body))
            elif word == "if":
                yes, w = self.parse(toks, ("else", "end")); no = self.parse(toks, ("end",))[0] if w == "else" else []; out.append(("if", v[3:], yes, no))
            else: raise SyntaxError(f"unknown tag {word}")
        if until: raise SyntaxError(f"missing {'/'.join(until)}")
        return out
    FILTERS = {"upper": str.upper, "title": str.title, "len": len, "join": ", ".join, "money": lambda v: f"${v:,.2f}"}
    def lookup(self, e, ctx):
        path, *fs = [p.strip() for p in e.split("|")]
        neg = path.startswith("not "); head, *rest = path[4 * neg:].split("."); v = ctx.get(head, "")
        for r in rest: v = v[r] if isinstance(v, dict) else v[int(r)] if r.isdigit() else getattr(v, r)
        for f in fs: v = self.FILTERS[f](v)
        return not v if neg else v
    def render(self, **ctx): return "".join(self.emit(self.nodes, ctx))
    def emit(self, nodes, ctx):
        for kind, *n in nodes:
            if kind == "text": yield n[0]
            elif kind == "expr": yield str(self.lookup(n[0], ctx))
            elif kind == "if": yield from self.emit(n[1] if self.lookup(n[0], ctx) else n[2], ctx)
            else:
                for i, v in enumerate(self.lookup(n[1], ctx)): yield from self.emit(n[2], {**ctx, n[0]: v, "i": i})
t = Template("Dear {{ user.name|title }},{% if items %}{% for it in items %}\n {{ i }}. {{ it.0|upper }} {{ it.1|money }}{% end %}\n{{ items|len }} items{% else %} nothing{% end %}.{% if not vip %} Join!{% end %}")
print(t.render(user={"name": "ann lee"}, items=[("tea", 3.5), ("pot", 1250)])); print(t.render(user={"name": "bo"}, vip=True))
for bad in ("{{ x", "{% for a in b %}", "{% wat %}"):
    try: Template(bad)
    except SyntaxError as e: print("SyntaxError", e)
def leap(y): return y % 4 == 0 and (y % 100 != 0 or y % 400 == 0)
DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
class Date:
    __slots__ = ("y", "m", "d")
    def __init__(self, y, m, d):
        if not 1 <= m <= 12: raise ValueError(f"month {m}")
        if not 1 <= d <= self.days(y, m): raise ValueError(f"day {d}")
        self.y, self.m, self.d = y, m, d
    @staticmethod
    def days(y, m): return 29 if m == 2 and leap(y) else DAYS[m - 1]
    @classmethod
    def parse(cls, s): return cls(*map(int, s.split("-")))
    def ordinal(self): y = self.y - 1; return y * 365 + y // 4 - y // 100 + y // 400 + sum(self.days(self.y, k) for k in range(1, self.m)) + self.d
    @classmethod
    def from_ordinal(cls, n):
        y = n // 366 + 1
        while cls(y + 1, 1, 1).ordinal() <= n: y += 1
        n -= cls(y, 1, 1).ordinal() - 1; m = 1
        while n > cls.days(y, m): n -= cls.days(y, m); m += 1
        return cls(y, m, n)
    def __add__(self, n): return Date.from_ordinal(self.ordinal() + n)
    def __sub__(self, o): return self.ordinal() - o.ordinal() if isinstance(o, Date) else self + -o
    def __eq__(self, o): return self.ordinal() == o.ordinal()
    def __lt__(self, o): return self.ordinal() < o.ordinal()
    def __hash__(self): return self.ordinal()
    @property
    def weekday(self): return "Mon Tue Wed Thu Fri Sat Sun".split()[(self.ordinal() - 1) % 7]
    def __str__(self): return f"{self.y:04}-{self.m:02}-{self.d:02}"
    __repr__ = __str__
d = Date.parse("2024-02-28"); print(d, d.weekday, d + 1, d + 2, d + 366, d - 59, Date(2024, 12, 25) - d, Date(2000, 1, 1).weekday, sorted([d + 5, d, d - 1]), len({d, Date(2024, 2, 28)}), [y for y in range(1896, 1913) if leap(y)], max(d, d + 1), str(Date.from_ordinal(1)), Date(1970, 1, 1).ordinal())
assert all(Date.from_ordinal(n).ordinal() == n for n in range(700000, 701500))
for bad in ("2023-02-29", "2024-13-01", "2024-x-1"):
    try: print(Date.parse(bad))
    except ValueError as e: print("ValueError", e)
def month(y, m):
    print(f"{'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split()[m - 1]} {y}".center(20).rstrip()); print("Mo Tu We Th Fr Sa Su")
    pad = (Date(y, m, 1).ordinal() - 1) % 7; cells = ["  "] * pad + [f"{i:2}" for i in range(1, Date.days(y, m) + 1)]
    for i in range(0, len(cells), 7): print(" ".join(cells[i:i + 7]))
month(2024, 2)
def span(s): d, s = divmod(s, 86400); h, s = divmod(s, 3600); m, s = divmod(s, 60); return " ".join(f"{v}{u}" for v, u in ((d, "d"), (h, "h"), (m, "m"), (s, "s")) if v) or "0s"
print([span(n) for n in (0, 59, 3600, 90061, 86399)])
class Money:
    def __init__(self, cents): self.c = cents
    @classmethod
    def of(cls, s): sign = -1 if s.startswith("-") else 1; w, _, f = s.lstrip("-").partition("."); return cls(sign * (int(w or 0) * 100 + int((f + "00")[:2])))
    def __add__(self, o): return Money(self.c + o.c)
    def __mul__(self, k): return Money(round(self.c * k))
    def split(self, n): q, r = divmod(self.c, n); return [Money(q + (i < r)) for i in range(n)]
    def __repr__(self): s = "-" if self.c < 0 else ""; return f"{s}${abs(self.c) // 100:,}.{abs(self.c) % 100:02}"
print(Money.of("1234.5"), Money.of("-.75"), Money.of("10").split(3), Money.of("19.99") * 0.0825, sum([Money.of("0.10")] * 3, Money(0)))
