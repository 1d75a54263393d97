"""Polynomial, fraction, matrix, vector, complex-like, roman and interval classes."""
from functools import total_ordering, reduce
from math import gcd
@total_ordering
class Frac:
    __slots__ = ("n", "d")
    def __init__(self, n, d=1):
        if d == 0: raise ZeroDivisionError(f"Frac({n}, 0)")
        s = -1 if d < 0 else 1; g = gcd(n, d) or 1; self.n, self.d = s * n // g, s * d // g
    @staticmethod
    def of(v): return v if isinstance(v, Frac) else Frac(v)
    def __add__(self, o): o = Frac.of(o); return Frac(self.n * o.d + o.n * self.d, self.d * o.d)
    __radd__ = __add__
    def __neg__(self): return Frac(-self.n, self.d)
    def __sub__(self, o): return self + -Frac.of(o)
    def __rsub__(self, o): return Frac.of(o) - self
    def __mul__(self, o): o = Frac.of(o); return Frac(self.n * o.n, self.d * o.d)
    __rmul__ = __mul__
    def __truediv__(self, o): o = Frac.of(o); return Frac(self.n * o.d, self.d * o.n)
    def __rtruediv__(self, o): return Frac.of(o) / self
    def __pow__(self, k): return Frac(self.n ** k, self.d ** k) if k >= 0 else Frac(self.d ** -k, self.n ** -k)
    def __eq__(self, o): o = Frac.of(o); return (self.n, self.d) == (o.n, o.d)
    def __lt__(self, o): o = Frac.of(o); return self.n * o.d < o.n * self.d
    def __hash__(self): return hash((self.n, self.d)) if self.d != 1 else hash(self.n)
    def __float__(self): return self.n / self.d
    def __int__(self): return int(self.n / self.d)
    def __bool__(self): return self.n != 0
    def __repr__(self): return f"{self.n}/{self.d}" if self.d != 1 else str(self.n)
h, t = Frac(1, 2), Frac(1, 3)
print(h + t, h - t, h * t, h / t, h ** 3, t ** -2, 1 + h, 1 - t, 2 * h, 1 / t, -h, h > t, h >= 1, h == Frac(2, 4), h == 1, Frac(4, -6), float(t), int(Frac(7, 2)), bool(Frac(0)), sum([h, t, Frac(1, 6)]), {Frac(2): "two"}[2], sorted([h, t, Frac(3, 4)]), max(h, t))
print(reduce(lambda a, b: a + b, (Frac(1, i) for i in range(1, 20))))
try: Frac(1, 0)
except ZeroDivisionError as e: print(e)
class Poly:
    def __init__(self, *c):
        c = list(c)
        while c and c[-1] == 0: c.pop()
        self.c = tuple(c)
    def __call__(self, x): return reduce(lambda acc, k: acc * x + k, reversed(self.c), 0)
    def __add__(self, o): n = max(len(self.c), len(o.c)); g = lambda p, i: p.c[i] if i < len(p.c) else 0; return Poly(*(g(self, i) + g(o, i) for i in range(n)))
    def __mul__(self, o):
        if isinstance(o, int): return Poly(*(k * o for k in self.c))
        out = [0] * (len(self.c) + len(o.c))
        for i, a in enumerate(self.c):
            for j, b in enumerate(o.c): out[i + j] += a * b
        return Poly(*out)
    __rmul__ = __mul__
    def __sub__(self, o): return self + o * -1
    def __pow__(self, n): return reduce(lambda a, b: a * b, [self] * n, Poly(1))
    def __eq__(self, o): return self.c == o.c
    @property
    def degree(self): return len(self.c) - 1
    def deriv(self): return Poly(*(i * k for i, k in enumerate(self.c) if i))
    def __str__(self):
        out = []
        for i in range(self.degree, -1, -1):
            k = self.c[i]
            if k: out.append(("-" if k < 0 else "+", ("" if abs(k) == 1 and i else str(abs(k))) + ("" if i == 0 else "x" if i == 1 else f"x^{i}")))
        return "0" if not out else (out[0][0] if out[0][0] == "-" else "") + out[0][1] + "".join(f" {s} {b}" for s, b in out[1:])
p, q = Poly(1, -3, 2), Poly(0, 1); print(p, "|", q, "|", p + q, "|", p - p, "|", p * q, "|", p ** 2, "|", 3 * p, "|", p.deriv(), "|", p.degree, p(2), [p(x) for x in range(-2, 3)], Poly(1, 1) ** 5, p == Poly(1, -3, 2, 0, 0))
class Matrix:
    def __init__(self, rows): self.r = [list(x) for x in rows]; self.shape = len(self.r), len(self.r[0])
    @classmethod
    def eye(cls, n): return cls([[int(i == j) for j in range(n)] for i in range(n)])
    def __matmul__(self, o):
        if self.shape[1] != o.shape[0]: raise ValueError(f"shapes {self.shape} and {o.shape} do not fit")
        return Matrix([[sum(a * b for a, b in zip(r, c)) for c in zip(*o.r)] for r in self.r])
    def __pow__(self, n):
        out, base = Matrix.eye(self.shape[0]), self
        while n: 
            if n & 1: out = out @ base
            base = base @ base; n >>= 1
        return out
    def __getitem__(self, ij): i, j = ij; return self.r[i][j]
    def __setitem__(self, ij, v): i, j = ij; self.r[i][j] = v
    def __eq__(self, o): return self.r == o.r
    @property
    def T(self): return Matrix(zip(*self.r))
    def det(self):
        m, sign = [[Frac(v) for v in r] for r in self.r], 1
        n, out = len(m), Frac(1)
        for i in range(n):
            piv = next((k for k in range(i, n) if m[k][i]), None)
            if piv is None: return Frac(0)
            if piv != i: m[i], m[piv] = m[piv], m[i]; sign = -sign
            out *= m[i][i]
            for k in range(i + 1, n):
                f = m[k][i] / m[i][i]; m[k] = [a - f * b for a, b in zip(m[k], m[i])]
        return out * sign
    def minor(self, i, j): return Matrix([r[:j] + r[j + 1:] for k, r in enumerate(self.r) if k != i])
    def laplace(self): return self.r[0][0] if self.shape == (1, 1) else sum((-1) ** j * self.r[0][j] * self.minor(0, j).laplace() for j in range(self.shape[1]))
    def inverse(self):
        n = self.shape[0]; m = [[Frac(v) for v in r] + [Frac(int(i == j)) for j in range(n)] for i, r in enumerate(self.r)]
        for i in range(n):
            p = next((k for k in range(i, n) if m[k][i]), None)
            if p is None: raise ArithmeticError("singular")
            m[i], m[p] = m[p], m[i]; m[i] = [v / m[i][i] for v in m[i]]
            for k in range(n):
                if k != i: f = m[k][i]; m[k] = [a - f * b for a, b in zip(m[k], m[i])]
        return Matrix([r[n:] for r in m])
    def __str__(self): return "\n".join(" ".join(f"{str(v):>5}" for v in r) for r in self.r)
a = Matrix([[2, 1, 3], [0, -1, 4], [1, 2, 5]]); print(a.T); print(a.det(), a.laplace(), a[1, 2], Matrix([[1, 1], [1, 0]]) ** 90 @ Matrix([[1], [0]])); print(a.inverse()); print(a @ a.inverse() == Matrix.eye(3))
for f in (lambda: a @ Matrix([[1, 2]]), lambda: Matrix([[1, 2], [2, 4]]).inverse()):
    try: f()
    except (ValueError, ArithmeticError) as e: print(type(e).__name__, e)
a[0, 0] = 100; print(a.det())
class Roman(int):
    T = [(1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")]
    def __str__(self):
        n, out = int(self), ""
        for v, s in self.T: out += s * (n // v); n %= v
        return out
    @classmethod
    def parse(cls, s):
        vals = [dict((b, a) for a, b in cls.T)[c] for c in s]; return cls(sum(-v if v < max(vals[i:]) else v for i, v in enumerate(vals)))
    def __add__(self, o): return Roman(int(self) + int(o))
print([str(Roman(n)) for n in (1, 4, 9, 14, 40, 90, 400, 1994, 2024, 3999)], int(Roman.parse("MCMXCIV")), str(Roman.parse("XIV") + Roman.parse("VI")), all(int(Roman.parse(str(Roman(n)))) == n for n in range(1, 500)))
