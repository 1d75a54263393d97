# descriptors, special methods
class Typed:
    def __init__(self, kind, default=None):
        self.kind = kind; self.default = default
    def __set_name__(self, owner, name):
        self.name = name
        print("set_name", owner.__name__, name)
    def __get__(self, obj, objtype=None):
        if obj is None:
            return self
        return obj.__dict__.get(self.name, self.default)
    def __set__(self, obj, value):
        if not isinstance(value, self.kind):
            raise TypeError(f"{self.name} must be {self.kind.__name__}, got {type(value).__name__}")
        obj.__dict__[self.name] = value
    def __delete__(self, obj):
        print("del", self.name)
        del obj.__dict__[self.name]

class Person:
    name = Typed(str)
    age = Typed(int, 0)
    def __init__(self, name, age=0):
        self.name = name
        self.age = age
    def __repr__(self):
        return f"{type(self).__name__}({self.name!r}, {self.age})"

p = Person("Ann", 3)
print(p, p.__dict__)
try:
    p.age = "x"
except TypeError as e:
    print(e)
del p.age
print(p.age)
try:
    del p.age
except KeyError as e:
    print("KeyError", e)
print(Person.age.name, type(Person.__dict__['age']).__name__)

class NonData:
    def __get__(self, obj, t): return "nondata"
class X:
    a = NonData()
x = X(); print(x.a); x.a = 5; print(x.a); del x.a; print(x.a)

class Temp:
    def __init__(self, c): self._c = c
    @property
    def c(self):
        """celsius"""
        return self._c
    @c.setter
    def c(self, v):
        if v < -273: raise ValueError("too cold")
        self._c = v
    @c.deleter
    def c(self):
        print("deleting"); self._c = 0
    f = property(lambda self: self._c * 9 / 5 + 32)
t = Temp(100)
print(t.c, t.f); t.c = 20; print(t.f)
try: t.c = -300
except ValueError as e: print(e)
try: t.f = 5
except AttributeError as e: print(e)
del t.c; print(t.c, Temp.c.__doc__, Temp.c.fget(t))
try: del t.f
except AttributeError as e: print(e)

class Meta:
    def __init_subclass__(cls, /, tag=None, **kw):
        super().__init_subclass__(**kw)
        cls.tag = tag
        print("subclass", cls.__name__, tag)
class A(Meta, tag="a"): pass
class B(A): pass
class C(B, tag=3): pass
print(A.tag, B.tag, C.tag)
try:
    class D(Meta, foo=1): pass
except TypeError as e: print(e)

class Proxy:
    def __init__(self, target): object.__setattr__(self, "_t", target)
    def __getattr__(self, n):
        print("getattr", n)
        return getattr(self._t, n)
    def __setattr__(self, n, v):
        print("setattr", n, v)
        setattr(self._t, n, v)
    def __delattr__(self, n):
        print("delattr", n); delattr(self._t, n)
    def __getitem__(self, k): return ("item", k)
    def __len__(self): return 7
    def __contains__(self, k): return k == "in"
    def __call__(self, *a, **k): return (a, k)
    def __enter__(self): print("enter"); return self
    def __exit__(self, *a): print("exit", a[0]); return True
    def __bool__(self): return False
pr = Proxy(t)
pr.c = 5; print(pr.c, t.c); pr.zz = 1; del pr.zz
print(pr[1:2], pr[1, 2:3, ...], pr[::], len(pr), "in" in pr, "out" in pr, pr(1, *[2, 3], k=4), bool(pr))
with pr as q: raise KeyError("swallow")
try: pr.nope
except AttributeError as e: print(e)

class GA:
    def __getattribute__(self, n):
        if n.startswith("x"): return "intercepted " + n
        return super().__getattribute__(n)
g = GA(); g.y = 3; print(g.xyz, g.y)
try: g.z
except AttributeError as e: print(e)

class Cmp:
    def __init__(self, v): self.v = v
    def __eq__(self, o): return isinstance(o, Cmp) and self.v == o.v
    def __lt__(self, o): return self.v < o.v if isinstance(o, Cmp) else NotImplemented
    def __repr__(self): return f"Cmp{self.v}"
print(sorted([Cmp(3), Cmp(1), Cmp(2)]), Cmp(1) > Cmp(0), Cmp(1) != Cmp(1), max(Cmp(1), Cmp(5)))
try: Cmp(1) < 3
except TypeError as e: print(e)
try: Cmp(1) <= Cmp(3)
except TypeError as e: print(e)
try: hash(Cmp(1))
except TypeError as e: print(e)
try: {Cmp(1): 2}
except TypeError as e: print(e)

class Vec:
    __slots__ = ("x", "y")
    def __init__(self, x, y): self.x, self.y = x, y
    def __add__(self, o): return Vec(self.x + o.x, self.y + o.y) if isinstance(o, Vec) else NotImplemented
    def __radd__(self, o): return self if o == 0 else NotImplemented
    def __mul__(self, k): return Vec(self.x * k, self.y * k)
    __rmul__ = __mul__
    def __neg__(self): return Vec(-self.x, -self.y)
    def __iadd__(self, o): self.x += o.x; self.y += o.y; return self
    def __matmul__(self, o): return self.x * o.x + self.y * o.y
    def __abs__(self): return (self.x ** 2 + self.y ** 2) ** .5
    def __iter__(self): yield self.x; yield self.y
    def __format__(self, spec): return f"<{self.x:{spec}}|{self.y:{spec}}>"
    def __hash__(self): return hash((self.x, self.y))
    def __eq__(self, o): return tuple(self) == tuple(o)
    def __repr__(self): return "Vec(%r, %r)" % (self.x, self.y)
    def __divmod__(self, o): return "divmod", o
    def __rdivmod__(self, o): return "rdivmod", o
    def __pow__(self, o, m=None): return "pow", o, m
    def __rpow__(self, o): return "rpow", o
    def __floordiv__(self, o): return "//"
    def __truediv__(self, o): return "/"
    def __rtruediv__(self, o): return "r/"
    def __lshift__(self, o): return "<<"
    def __rrshift__(self, o): return "r>>"
    def __and__(self, o): return "&"
    def __ror__(self, o): return "r|"
    def __xor__(self, o): return "^"
    def __invert__(self): return "~"
    def __pos__(self): return "+"
    def __round__(self, n=None): return ("round", n)
    def __index__(self): return 3
    def __int__(self): return 42
    def __float__(self): return 1.5
    def __trunc__(self): return 9
    def __reversed__(self): return iter("rev")
    def __mod__(self, o): return "%"
    def __rmod__(self, o): return "r%"
v, w = Vec(1, 2), Vec(3, 4)
print(v + w, v * 3, 3 * v, -v, v @ w, abs(w), sum([v, w]), [*v], f"{w:.2f}", "{:03d}".format(v), len({v, Vec(1, 2)}))
u = v; v += w; print(u is v, u)
print(divmod(v, 3), divmod(3, v), v ** 2, pow(v, 2, 5), 2 ** v, v // 1, v / 1, 1 / v, v << 1, 1 >> v, v & 1, 1 | v, v ^ 1, ~v, +v, round(v), round(v, 2))
print([1, 2, 3, 4][v], int(v), float(v), list(reversed(v)), v % 2, 2 % v, range(10)[v], hex(v), "abc" * v)
try: v - w
except TypeError as e: print(e)
try: v + 1
except TypeError as e: print(e)
try: v.z = 1
except AttributeError as e: print(e)
try: v.__dict__
except AttributeError as e: print(e)
try: "a" | v; v >> 2
except TypeError as e: print(e)
