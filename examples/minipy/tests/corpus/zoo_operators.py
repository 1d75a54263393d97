"""Operator overloading: forward, reflected, in place, comparison, protocol methods."""
class Vec:
    def __init__(self, x, y): self.x, self.y = x, y
    def __repr__(self): return f"Vec({self.x}, {self.y})"
    def __str__(self): return f"<{self.x},{self.y}>"
    def __add__(self, o):
        if not isinstance(o, Vec): return NotImplemented
        return Vec(self.x + o.x, self.y + o.y)
    def __radd__(self, o): return self if o == 0 else NotImplemented
    def __sub__(self, o): return Vec(self.x - o.x, self.y - o.y)
    def __mul__(self, k): return Vec(self.x * k, self.y * k) if isinstance(k, (int, float)) else NotImplemented
    __rmul__ = __mul__
    def __matmul__(self, o): return self.x * o.x + self.y * o.y
    def __truediv__(self, k): return Vec(self.x / k, self.y / k)
    def __floordiv__(self, k): return Vec(self.x // k, self.y // k)
    def __mod__(self, k): return Vec(self.x % k, self.y % k)
    def __pow__(self, k, m=None): return ("pow", k, m)
    def __neg__(self): return Vec(-self.x, -self.y)
    def __pos__(self): return self
    def __invert__(self): return Vec(self.y, self.x)
    def __abs__(self): return (self.x ** 2 + self.y ** 2) ** 0.5
    def __eq__(self, o): return isinstance(o, Vec) and (self.x, self.y) == (o.x, o.y)
    def __hash__(self): return hash((self.x, self.y))
    def __bool__(self): return bool(self.x or self.y)
    def __len__(self): return 2
    def __getitem__(self, i): return (self.x, self.y)[i]
    def __iter__(self): yield self.x; yield self.y
    def __contains__(self, v): return v in (self.x, self.y)
    def __iadd__(self, o): self.x += o.x; self.y += o.y; return self
    def __call__(self, *a, **k): return ("called", a, k)
    def __int__(self): return int(abs(self))
    def __float__(self): return float(abs(self))
    def __index__(self): return self.x
    def __round__(self, n=None): return Vec(round(self.x, n), round(self.y, n))
    def __divmod__(self, o): return ("divmod", o)
    def __format__(self, spec): return f"({format(self.x, spec)}; {format(self.y, spec)})"
    def __reversed__(self): return iter((self.y, self.x))
v, w = Vec(3, 4), Vec(1, 2)
print(v + w, v - w, v * 2, 2 * v, v @ w, v / 2, v // 2, v % 2, v ** 2, pow(v, 2, 5), -v, +v is v, ~v, abs(v), v == Vec(3, 4), v != w, {v: 1}[Vec(3, 4)], bool(Vec(0, 0)), len(v), v[0], v[-1], list(v), 4 in v, 9 in v)
print(v(1, k=2), int(v), float(v), [10, 20, 30, 40][v], round(Vec(1.26, 2.34), 1), divmod(v, 3), f"{v:.2f} {v:>4}", list(reversed(v)), sum([v, w]), str(v), repr(v), [v], hex(Vec(255, 0)), "ab" * Vec(2, 0), list(range(Vec(3, 0))))
u = v; v += w; print(u is v, v); v *= 2; print(u is v, v, *v); a, b = v; print(a, b, max(v), sorted(v), tuple(v))
for fn in (lambda: v + 1, lambda: 1 + v, lambda: v * "s", lambda: v < w, lambda: v - 1, lambda: v | w, lambda: v >> 1, lambda: [] + v):
    try: print(fn())
    except Exception as e: print(type(e).__name__ + ":", e)
class Log:
    def __init__(self, n): self.n = n
def mk(op):
    def f(self, o): return f"{self.n}.{op}({getattr(o, 'n', o)})"
    return f
for op in "add sub mul truediv floordiv mod pow and or xor lshift rshift matmul".split():
    setattr(Log, f"__{op}__", mk(op)); setattr(Log, f"__r{op}__", mk("r" + op))
for op in "iadd imul".split(): setattr(Log, f"__{op}__", mk(op))
L, R = Log("L"), Log("R")
print(L + R, L - R, L * 1, L / R, L // R, L % R, L ** R, L & R, L | R, L ^ R, L << R, L >> R, L @ R)
print(1 + R, 1 - R, 1 * R, 1 / R, 1 // R, 1 % R, 1 ** R, 1 & R, 1 | R, 1 ^ R, 1 << R, 1 >> R, 1 @ R, [1] + R)
x = L; x += 5; print(x); x = L; x *= 5; print(x); x = L; x -= 5; print(x); x = L; x @= R; print(x)
class Sub(Log):
    def __radd__(self, o): return "sub first"
print(L + Sub("S"), Sub("S") + L)
class Ver:
    def __init__(self, *p): self.p = p
    def __lt__(self, o): return self.p < o.p
    def __le__(self, o): return self.p <= o.p
    def __eq__(self, o): return self.p == o.p if isinstance(o, Ver) else NotImplemented
    def __repr__(self): return "v" + ".".join(map(str, self.p))
a, b = Ver(1, 2), Ver(1, 10)
print(a < b, a > b, a <= b, a >= b, a == b, a != b, a == 1, a != 1, sorted([b, a]), max(a, b), a < b < Ver(2), [a] == [Ver(1, 2)], a in [Ver(1, 2)])
try: hash(a)
except TypeError as e: print(e)
class Box:
    def __init__(self): self.d = {}
    def __setitem__(self, k, v): print("set", k, v); self.d[str(k)] = v
    def __getitem__(self, k): print("get", k); return self.d[str(k)]
    def __delitem__(self, k): print("del", k); del self.d[str(k)]
b = Box(); b["a"] = 1; b[1:2] = "sl"; b[1, 2] = "t"; b[::2, 0] = 5; b["a"] += 5; print(b["a"], b[1:2]); del b["a"]; print(sorted(b.d))
class OldIter:
    def __getitem__(self, i):
        if i > 3: raise IndexError
        return i * 10
print(list(OldIter()), 20 in OldIter(), 25 in OldIter(), [*OldIter()], max(OldIter()))
class LenOnly:
    def __init__(self, n): self.n = n
    def __len__(self): return self.n
print(bool(LenOnly(0)), bool(LenOnly(2)), "yes" if LenOnly(1) else "no", not LenOnly(0), LenOnly(0) or "or", len(LenOnly(0) and 1))
class NoIter: __iter__ = None
for fn in (lambda: len(LenOnly(-1)), lambda: len(LenOnly("x")), lambda: list(NoIter()), lambda: [1, 2][LenOnly(1)], lambda: range(1.5), lambda: bool(type("T", (), {"__bool__": lambda s: 5})()), lambda: hash(type("T", (), {"__hash__": lambda s: "x"})()), lambda: str(type("T", (), {"__str__": lambda s: 5})()), lambda: iter(type("T", (), {"__iter__": lambda s: 5})())):
    try: print(fn())
    except Exception as e: print(type(e).__name__ + ":", e)
# order of evaluation and short circuit
def t(n, r=True): print("eval", n); return r
print(t(1) and t(2, 0) and t(3), t(4, "") or t(5), t(6) if t(7, False) else t(8))
print(t(1, 1) < t(2, 5) < t(3, 3) < t(4, 9), 1 < 2 > 1 == 1 != 2, not 1 < 2, 1 in [1] == True, None is None is not 5)
d = {}; d[t("key", "k")] = t("value", 1); print(d, [t(1), t(2)][t("i", 0)])
def args(*a, **k): return a, k
print(args(t("a1"), *[t("a2")], k=t("a3"), **{"z": t("a4")}))
