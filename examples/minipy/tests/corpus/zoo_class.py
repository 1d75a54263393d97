"""Class features."""
class Base:
    count = 0
    def __init__(self, x): self.x = x; Base.count += 1
    def who(self): return "Base.who"
    def __repr__(self): return f"{type(self).__name__}({self.x})"
    @classmethod
    def make(cls, *a): return cls(*a)
    @staticmethod
    def add(a, b): return a + b
    @property
    def double(self): return self.x * 2
    @double.setter
    def double(self, v): self.x = v // 2
    @double.deleter
    def double(self): print("deleting"); self.x = 0
class A(Base):
    def who(self): return "A>" + super().who()
class B(Base):
    def who(self): return "B>" + super().who()
class C(A, B):
    def who(self): return "C>" + super().who()
    def __init__(self, x, y=0): super().__init__(x); self.y = y
c = C(1, y=2)
print(c, c.who(), [k.__name__ for k in C.__mro__], C.make(5), C.add(1, 2), c.add(3, 4), c.double)
c.double = 50; print(c.x); del c.double; print(c.x, Base.count, c.count, isinstance(c, B), issubclass(C, (int, A)), type(c) is C, C.__bases__ == (A, B), C.__name__, c.__class__.__qualname__, C.__module__)
Base.late = lambda self: f"late {self.x}"; print(c.late()); A.who = lambda self: "patched"; print(c.who(), A.who(c)); del A.who; print(c.who())
try:
    class Bad(Base, A): pass
except TypeError as e: print("mro", str(e)[:46])
c.count = 99; print(c.count, C.count, vars(c), hasattr(c, "zz"), getattr(c, "zz", "dflt"), getattr(c, "x")); del c.count; print(c.count)
setattr(c, "dyn", 1); print(c.dyn, "dyn" in c.__dict__, delattr(c, "dyn"), hasattr(c, "dyn"))
class ReadOnly:
    @property
    def v(self): return 1
for fn in (lambda: setattr(ReadOnly(), "v", 2), lambda: delattr(ReadOnly(), "v"), lambda: ReadOnly().zz, lambda: ReadOnly.zz, lambda: C(), lambda: C(1, 2, 3), lambda: C(1, z=3), lambda: ReadOnly(1), lambda: c.who(1), lambda: C.who(), lambda: c(), lambda: c[0], lambda: len(c), lambda: iter(c), lambda: c + 1, lambda: 1 + c, lambda: c < c, lambda: -c, lambda: next(c), lambda: 5 in c):
    try: print(fn())
    except Exception as e: print(type(e).__name__ + ":", e)
class Dyn:
    def __init__(self): self.log = []
    def __getattr__(self, name):
        if name.startswith("x_"): return name[2:].upper()
        raise AttributeError(f"no {name}")
    def __setattr__(self, name, v): object.__setattr__(self, name, (v, "set") if name == "special" else v)
    def __delattr__(self, name): print("del", name); super().__delattr__(name)
d = Dyn(); d.special = 1; d.plain = 2; print(d.x_hello, d.special, d.plain, hasattr(d, "nope"), getattr(d, "nope", None)); del d.plain; print(hasattr(d, "plain"))
class Spy:
    def __init__(self): self.a = 1
    def __getattribute__(self, name):
        if name == "secret": return "from getattribute"
        return object.__getattribute__(self, name)
print(Spy().secret, Spy().a)
class Slot:
    __slots__ = ("a", "b")
    def __init__(self): self.a = 1
s = Slot(); s.b = 2; print(s.a, s.b, hasattr(s, "__dict__"))
for fn in (lambda: setattr(s, "c", 1), lambda: delattr(s, "b"), lambda: s.b):
    try: print(fn())
    except AttributeError as e: print("AttributeError", e)
class SubSlot(Slot): pass
ss = SubSlot(); ss.zed = 3; print(ss.zed, ss.a, vars(ss))
class Plugin:
    registry = []
    def __init_subclass__(cls, tag=None, **kw): super().__init_subclass__(**kw); Plugin.registry.append((cls.__name__, tag))
class P1(Plugin, tag="one"): pass
class P2(P1): pass
print(Plugin.registry)
class Typed:
    def __init__(self, kind): self.kind = kind
    def __set_name__(self, owner, name): self.name = name; print("named", owner.__name__, name)
    def __get__(self, obj, owner=None): return self if obj is None else obj.__dict__.get(self.name, "unset")
    def __set__(self, obj, v):
        if not isinstance(v, self.kind): raise TypeError(f"{self.name} wants {self.kind.__name__}")
        obj.__dict__[self.name] = v
    def __delete__(self, obj): del obj.__dict__[self.name]
class Person: name = Typed(str); age = Typed(int)
p = Person(); p.name = "Jo"; print(p.name, p.age, type(Person.name).__name__)
try: p.age = "x"
except TypeError as e: print(e)
del p.name; print(p.name)
class NonData:
    def __get__(self, obj, owner): return "from descriptor"
class H: nd = NonData()
h = H(); print(h.nd, H.nd); h.nd = "instance wins"; print(h.nd)
class Gen:
    def __class_getitem__(cls, item): return f"{cls.__name__}[{item}]"
print(Gen[int is int], Gen["k"])
class Singleton:
    _one = None
    def __new__(cls, *a):
        if cls._one is None: print("new", a); cls._one = super().__new__(cls)
        return cls._one
    def __init__(self, *a): self.a = a
print(Singleton(1) is Singleton(2), Singleton._one.a)
class Inch(float):
    def __new__(cls, v): return super().__new__(cls, v * 2.54)
    def __str__(self): return f"{float(self):.2f}cm"
print(Inch(10), Inch(1) + 1, isinstance(Inch(1), float))
class Stack(list):
    def push(self, v): self.append(v); return self
    def __getitem__(self, i): return ("got", super().__getitem__(i))
st = Stack().push(1).push(2); print(st, st[0], len(st), list(st), st == [1, 2], isinstance(st, list))
class Upper(str):
    def shout(self): return self.upper() + "!"
print(Upper("hey").shout(), Upper("a") + "b", type(Upper("a") + "b").__name__, {Upper("k"): 1}["k"])
class MyInt(int):
    def __add__(self, o): return MyInt(int(self) + o + 100)
print(MyInt(1) + 2, MyInt(5) * 2, 3 + MyInt(4), type(MyInt(1) + 1).__name__)
class Outer:
    k = 3
    class Inner:
        def hi(self): return "inner " + type(self).__qualname__
    vals = [i * 2 for i in range(k)]
    def meth(self): return self.Inner().hi()
    alias = meth
print(Outer().alias(), Outer.vals, Outer.Inner.__name__)
class Meta1: """doc of Meta1"""
print(Meta1.__doc__, type("Made", (Base,), {"extra": 7, "who": lambda self: "made"})(3).who(), type("Made2", (), {})().__class__.__name__)
m = c.who; print(m(), m.__self__ is c, m.__func__ is C.who, m == c.who, m.__name__, callable(m), callable(c), callable(C))
class __Priv: pass
class Mangle:
    def __init__(self): self.__hidden = 1
    def get(self): return self.__hidden
print(Mangle().get(), list(vars(Mangle())), hasattr(Mangle(), "__hidden"))
def method_outside(self, y): return self.x + y
Base.outside = method_outside; print(C(40).outside(2)); c.inst = lambda: "no self"; print(c.inst())
print(super(C, C(1)).who(), object().__class__, type(type), type(None).__name__)
print([n for n in dir(Slot()) if not n.startswith("__")], "who" in dir(C), sorted(k for k in vars(Person) if not k.startswith("__")))
