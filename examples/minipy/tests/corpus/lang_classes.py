"""Inheritance, super, what classes can override."""
# inheritance, super, mro, class stuff
class A:
    count = 0
    def __init__(self, *args, **kw):
        A.count += 1
        print("A", args, kw)
    def hi(self): return "A.hi"
    @classmethod
    def make(cls, *a): return cls(*a)
    @staticmethod
    def stat(): return "stat"
class B(A):
    def __init__(self, x, **kw):
        print("B", x); super().__init__(**kw); self.x = x
    def hi(self): return "B>" + super().hi()
class C(A):
    def __init__(self, y=1, **kw):
        print("C", y); super().__init__(**kw); self.y = y
    def hi(self): return "C>" + super().hi()
class D(B, C):
    def hi(self): return "D>" + super(D, self).hi()
d = D(1, y=2, z=3)
print(d.hi(), [k.__name__ for k in D.__mro__], sorted(vars(d)), A.count, D.count, D.make(5).x, D.stat(), D.__bases__, D.mro() == list(D.__mro__))
try:
    class E(A, B): pass
except TypeError as e: print(e)
try:
    class F(A, A): pass
except TypeError as e: print(e)
try: B()
except TypeError as e: print(e)
try: A.hi()
except TypeError as e: print(e)
try: d.nope
except AttributeError as e: print(e, e.name, e.obj is d)
try: D.nope
except AttributeError as e: print(e)
try: d.nope()
except AttributeError as e: print(e)
try: del d.nope
except AttributeError as e: print(e)
try: d()
except TypeError as e: print(e)
try: d[0]
except TypeError as e: print(e)
try: d[0] = 1
except TypeError as e: print(e)
try: del d[0]
except TypeError as e: print(e)
try: len(d)
except TypeError as e: print(e)
try: iter(d)
except TypeError as e: print(e)
try: d + 1
except TypeError as e: print(e)
try: -d
except TypeError as e: print(e)
try: d < d
except TypeError as e: print(e)
try: 1 in d
except TypeError as e: print(e)
try: int(d)
except TypeError as e: print(e)
try:
    with d: pass
except TypeError as e: print(e)
print(bool(d), d == d, d != d, hash(d) == hash(d), str(d)[:20], isinstance(d, C), issubclass(D, (int, A)), type(d) is D, D.__name__, D.__doc__, d.__class__.__qualname__)
class Singleton:
    _inst = None
    def __new__(cls, *a, **k):
        if cls._inst is None: cls._inst = super().__new__(cls)
        return cls._inst
    def __init__(self, v=0): self.v = v
print(Singleton(1) is Singleton(2), Singleton(3).v)
class NotSelf:
    def __new__(cls): return 5
    def __init__(self): print("never")
print(NotSelf())
class Bad:
    def __init__(self): return 1
try: Bad()
except TypeError as e: print(e)
class Node:
    def __init__(self, v, nxt=None): self.v, self.next = v, nxt
    def __iter__(self):
        n = self
        while n is not None: yield n.v; n = n.next
    def __len__(self): return sum(1 for _ in self)
    def __getitem__(self, i):
        if isinstance(i, slice): return list(self)[i]
        if i < 0: i += len(self)
        for k, v in enumerate(self):
            if k == i: return v
        raise IndexError("node index out of range")
    def __contains__(self, v): return any(x == v for x in self)
    def __repr__(self): return "->".join(map(repr, self))
n = Node(1, Node("b", Node(3.0))); print(n, list(n), len(n), n[1], n[-1], n[:2], "b" in n, "z" in n, max(n, key=str))
try: n[9]
except IndexError as e: print(e)
class Old:
    def __getitem__(self, i):
        if i > 3: raise IndexError
        return i * i
print(list(Old()), 4 in Old(), [*Old()], dict(enumerate(Old())), tuple(reversed([*Old()])))
class It:
    def __init__(self, n): self.n = n
    def __iter__(self): return self
    def __next__(self):
        if self.n <= 0: raise StopIteration
        self.n -= 1; return self.n
i = It(3); print(next(i), list(i), next(i, "done"), list(It(2)), sum(It(4)), max(It(3)), [a for a in It(2)], dict.fromkeys(It(2)), len(set(It(3))), tuple(It(2)), ",".join(map(str, It(3))))
class Matrix:
    def __init__(self, rows): self.rows = [list(r) for r in rows]
    def __getitem__(self, ij): i, j = ij; return self.rows[i][j]
    def __setitem__(self, ij, v): i, j = ij; self.rows[i][j] = v
    def __delitem__(self, i): del self.rows[i]
    def __matmul__(self, o): return Matrix([[sum(a * b for a, b in zip(r, c)) for c in zip(*o.rows)] for r in self.rows])
    def __eq__(self, o): return self.rows == o.rows
    def __str__(self): return "\n".join(" ".join(map(str, r)) for r in self.rows)
    def __imul__(self, k): self.rows = [[x * k for x in r] for r in self.rows]; return self
m = Matrix([[1, 2], [3, 4]]); m[0, 1] += 5; print(m, m @ m, sep="\n"); m *= 2; print(m[1, 1]); del m[0]; print(m.rows, m == Matrix([[6, 8]]))
class Meth:
    def f(self): return "f"
    f.attr = 5
    g = f
    h = lambda self, x=3: x
    class Inner:
        def who(self): return __class__.__name__
x = Meth(); print(x.g(), Meth.f.attr, x.f.attr, x.h(), x.h(4), Meth.Inner().who(), x.f.__self__ is x, x.f.__name__, Meth.f.__qualname__, Meth.Inner.who.__qualname__)
import types
x.bound = types.MethodType(lambda self, n: (self is x, n), x); print(x.bound(2))
setattr(Meth, "dyn", lambda self: "dyn"); print(x.dyn(), hasattr(x, "zz"), getattr(x, "zz", "def")); delattr(Meth, "dyn"); print(hasattr(x, "dyn"))
T = type("T", (A,), {"z": 1, "m": lambda self: self.z}); t = T(); print(t.m(), T.__name__, T.__bases__[0].__name__)
print(repr(A)[:8], A, type(A), type(type(A)), object, int, type(None), type(len), type(lambda: 0), type(x.f), type(A.make), [].append.__name__)
class Cls:
    _reg = []
    def __init_subclass__(cls, **kw): cls._reg.append((cls.__name__, kw))
class S1(Cls, k=1): pass
print(Cls._reg)
class P:
    def __init__(self): self.__priv = 1; self._prot = 2
    def __hid(self): return "hid"
    def call(self): return self.__hid(), self.__priv
class Q(P):
    def __init__(self): super().__init__(); self.__priv = 9
print(P().call(), Q().call(), sorted(Q().__dict__), P()._P__hid())
class Acc:
    total = 0
    items = []
    def add(self, n): self.total += n; self.items.append(n); return self
a1, a2 = Acc(), Acc(); a1.add(1).add(2); a2.add(3); print(a1.total, a2.total, Acc.total, Acc.items, a1.items is a2.items)
class Eq:
    def __eq__(self, o): return True
    __hash__ = None
print(Eq() == 5, 5 == Eq(), Eq() != 5, [Eq()] == [3], Eq() in [1], [1].count(Eq()))
class RA:
    def __radd__(self, o): return f"r{o}"
    def __rsub__(self, o): return NotImplemented
    def __eq__(self, o): return NotImplemented
    def __lt__(self, o): return NotImplemented
    def __gt__(self, o): return "gt"
print(1 + RA(), "s" + RA(), [] + RA(), RA() == RA(), RA() < RA())
try: 1 - RA()
except TypeError as e: print(e)
class Sub(int):
    def __radd__(self, o): return "sub radd"
    def __repr__(self): return "Sub"
print(1 + Sub(2), Sub(2) + 1, [Sub(1)], str(Sub(3)), f"{Sub(3)}", "%d" % Sub(3))
class FmtErr: pass
try: f"{FmtErr():>5}"
except TypeError as e: print(e)
class BoolErr:
    def __bool__(self): return 5
try: bool(BoolErr())
except TypeError as e: print(e)
class LenErr:
    def __len__(self): return -1
try: bool(LenErr())
except ValueError as e: print(e)
class StrErr:
    def __str__(self): return 5
try: str(StrErr())
except TypeError as e: print(e)
class HashErr:
    def __hash__(self): return "x"
try: hash(HashErr())
except TypeError as e: print(e)
class IterErr:
    def __iter__(self): return 5
try: iter(IterErr())
except TypeError as e: print(e)
class CallMe:
    def __call__(self, *a, **k): return len(a), sorted(k)
c = CallMe(); print(c(1, 2, x=3), callable(c), list(map(c, [1, 2])), sorted([3, 1], key=lambda v: -v))
class Slot:
    __slots__ = ["a", "__b"]
    def __init__(self): self.a = 1; self.__b = 2
s = Slot(); print(s.a, s._Slot__b, hasattr(s, "__dict__"), dir(s)[-1])
def outer():
    class L:
        v = 1
        def get(self): return v
    v = "outer"
    return L().get()
print(outer())
