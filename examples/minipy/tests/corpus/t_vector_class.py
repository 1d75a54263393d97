"""A vector class with every operator people usually test."""
import math

class Vector:
    def __init__(self, *components):
        if not components:
            raise ValueError("a vector needs components")
        self._c = tuple(float(c) for c in components)

    @classmethod
    def zero(cls, n): return cls(*[0] * n)

    def __repr__(self): return f"Vector({', '.join(f'{c:g}' for c in self._c)})"
    def __len__(self): return len(self._c)
    def __iter__(self): return iter(self._c)
    def __getitem__(self, i): return Vector(*self._c[i]) if isinstance(i, slice) else self._c[i]
    def __eq__(self, other): return isinstance(other, Vector) and self._c == other._c
    def __hash__(self): return hash(self._c)
    def __bool__(self): return any(self._c)
    def __abs__(self): return math.sqrt(self @ self)
    def __neg__(self): return Vector(*(-c for c in self))

    def _check(self, other):
        if len(self) != len(other):
            raise ValueError(f"sizes differ: {len(self)} and {len(other)}")

    def __add__(self, other):
        if not isinstance(other, Vector): return NotImplemented
        self._check(other)
        return Vector(*(a + b for a, b in zip(self, other)))
    def __sub__(self, other): return self + -other
    def __mul__(self, k):
        if isinstance(k, (int, float)): return Vector(*(c * k for c in self))
        return NotImplemented
    __rmul__ = __mul__
    def __truediv__(self, k): return self * (1 / k)
    def __matmul__(self, other):
        self._check(other)
        return sum(a * b for a, b in zip(self, other))
    def __xor__(self, o):
        (a, b, c), (d, e, f) = self, o
        return Vector(b * f - c * e, c * d - a * f, a * e - b * d)
    def __lt__(self, other): return abs(self) < abs(other)
    def __contains__(self, v): return v in self._c
    def __getattr__(self, name):
        if len(name) == 1 and name in "xyzw" and "xyzw".index(name) < len(self): return self._c["xyzw".index(name)]
        raise AttributeError(f"{type(self).__name__} has no {name!r}")
    def __setattr__(self, name, v):
        if name in ("x", "y", "z", "w"): raise AttributeError("vectors do not change")
        super().__setattr__(name, v)
    def __format__(self, spec):
        if spec.endswith("p"): return f"<{abs(self):{spec[:-1]}} @ {math.degrees(math.atan2(self.y, self.x)):{spec[:-1]}}>"
        return "(" + ", ".join(format(c, spec) for c in self) + ")"
    def __call__(self, f): return Vector(*map(f, self))
    def __copy__(self): return Vector(*self)

a, b = Vector(3, 4), Vector(1, -2)
print(a, b, a + b, a - b, a * 2, 2 * a, a / 2, -a, abs(a), a @ b, a == Vector(3.0, 4), a != b, bool(Vector.zero(3)), len(a), list(a))
print(a[0], a[-1], Vector(1, 2, 3, 4)[1:3], a.x, a.y, 4 in a, 9 in a, sorted([a, b, Vector(0, 0)]), max(a, b), b < a, b > a, {a: "hashable"}[Vector(3, 4)], len({a, Vector(3, 4)}))
print(Vector(1, 0, 0) ^ Vector(0, 1, 0), f"{a}", f"{a:.2f}", f"{a:.1fp}", f"{a:>6}", a(lambda c: c ** 2), sum([a, b], Vector.zero(2)), *a)
x, y = a; print(x, y, math.hypot(*a), dict(zip("xy", a)), tuple(a + a), [v.x for v in (a, b)], sum(a), max(a))
for f in (lambda: a + 1, lambda: 1 + a, lambda: a * "2", lambda: a + Vector(1), lambda: Vector(), lambda: a.z, lambda: a.foo, lambda: setattr(a, "x", 1), lambda: a["q"], lambda: a[5], lambda: Vector("x"), lambda: a @ Vector(1, 2, 3), lambda: a / 0, lambda: a >= b, lambda: Vector(1, 2) ^ b):
    try: print(f())
    except Exception as e: print(type(e).__name__ + ":", e)
a += b; print(a); a *= 3; print(a); a /= 2; print(a); a -= Vector(1, 1); print(a); c = a; c += b; print(c is a, c, a)
class Vector3(Vector):
    def __init__(self, x=0, y=0, z=0): super().__init__(x, y, z)
    def cross(self, o): return self ^ o
    def __repr__(self): return super().__repr__().replace("Vector", "V3")
print(Vector3(1), Vector3(y=2).cross(Vector3(z=1)), Vector3(1, 2, 3) == Vector(1, 2, 3), isinstance(Vector3(), Vector), type(Vector3() + Vector3(1)).__name__, hasattr(Vector3(), "w"), Vector3(3, 4).z)
