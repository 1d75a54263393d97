# misc syntax
def f(a, b=2, *args, c, d=4, **kw): return a, b, args, c, d, kw
print(f(1, c=3), f(1, 2, 3, 4, c=5, e=6), f(*[1, 2], **{"c": 3, "z": 1}), f(*(1,), 9, *[8], c=0, **{}))
for bad in (lambda: f(), lambda: f(1), lambda: f(1, c=1, a=2), lambda: f(c=1), lambda: f(1, 2, c=3, **{"c": 4}), lambda: f(**{1: 2}), lambda: f(*1)):
    try: bad()
    except TypeError as e: print(e)
def po(a, /, b, *, c): return a, b, c
print(po(1, b=2, c=3))
for bad in (lambda: po(a=1, b=2, c=3), lambda: po(1, 2, 3), lambda: po(1, 2), lambda: po(1), lambda: po(1, 2, c=1, d=2)):
    try: bad()
    except TypeError as e: print(e)
def trap(x, acc=[]): acc.append(x); return acc
trap(1); print(trap(2), trap.__defaults__)
fs = [lambda: i for i in range(3)]; print([f() for f in fs]); fs = [lambda i=i: i for i in range(3)]; print([f() for f in fs])
def counter():
    n = 0
    def inc(by=1):
        nonlocal n
        n += by
        return n
    def get(): return n
    return inc, get
inc, get = counter(); inc(); inc(5); print(get(), inc.__closure__[0].cell_contents, inc.__code__.co_freevars)
x = 10
def g1():
    global x
    x += 1
    def g2():
        global x
        x *= 2
        return x
    return g2()
print(g1(), x)
def unb():
    try: print(x)
    except UnboundLocalError as e: print(e)
    x = 1
    del x
    try: x
    except UnboundLocalError as e: print(e)
unb()
class S:
    x = "class"
    def get(self): return x
    l = [x for _ in range(2)]
    y = [i for i in x]
print(S().get(), S.l, S.y)
a, (b, *c), d = 1, (2, 3, 4), 5; print(a, b, c, d)
*a, b = "xyz"; print(a, b)
a = b = c = []; a.append(1); print(b is c, c)
i = 0; l = [0, 0, 0]; i, l[i] = 1, 9; print(i, l)
for bad in (lambda: exec_unpack(2), ):
    pass
try: a, b = [1, 2, 3]
except ValueError as e: print(e)
try: a, b, c = [1, 2]
except ValueError as e: print(e)
try: a, *b, c = [1]
except ValueError as e: print(e)
try: a, b = 5
except TypeError as e: print(e)
print(1 < 2 < 3, 1 < 3 < 2, 3 > 2 >= 2 != 1 == 1, 1 in [1] in [[1]])
d = {"a": 1, **{"b": 2, "a": 3}, "c": 4}; print(d, {*[1, 2], *{3}}, [*range(2), *"ab"], (*d,))
print({k: v for k, v in zip("abc", range(3)) if v}, {x % 3 for x in range(9)}, [(i, j) for i in range(3) for j in range(i) if (i + j) % 2], [[j for j in range(i)] for i in range(3)])
print([y := 5, y ** 2], (z := 3) + z, [last := n for n in range(3)], last)
if (n := len("abc")) > 2: print(n)
name, val, w = "bob", 3.14159, 10
print(f"{name!r:>{w}}|{val:.2f}|{val=}|{name=!s}|{1+1=}|{name + 'x' = }|{val:{w}.{2}f}|{{}}|{'nested ' + f'{name}'}|{w:#x}|{w:>+5d}|{name:^9}|{name:*<6}|{1234567:,}|{0.5:%}|{True}|{None}|{[1,2]}|{d['a']}|{'a' if w else 'b'}|{(lambda q: q*2)(4)}")
print(f"{val!r}", f"{name!a}", f'{"é"!a}', f"{w:b} {w:o} {w:e} {w:c}", f"{'x':5}|{5:5}|{5:<5}|{-5:05}", rf"\n{w}", f"a" "b" f"{w}")
print("%s %r %d %5.2f %x %o %e %g %% %c %-5s| %05d %+d" % ("a", "b", 3, 2.5, 255, 8, 12345.678, 0.0001, "z", "l", 42, 7), "%(a)s %(b)03d" % {"a": 1, "b": 2}, "%s" % (1,), "%s" % [1])
print("{} {0}".format(1) if False else "{0} {1} {0} {x} {y[0]} {z.real}".format(1, 2, x=3, y=[4], z=5), "{:>{w}}".format("a", w=5), "{!r}".format("s"))
print(1, 2, sep="-", end="!\n"); print(*[1, 2], sep=""); print("a", "b", sep=None); print(); print("x", end=""); print()
l = list(range(10)); print(l[2:5], l[::-1], l[::3], l[-3:], l[:-3], l[8:2:-2], l[100:], l[-100:3]); l[2:5] = [9]; print(l); l[::2] = [0] * 4; print(l); del l[::2]; print(l); del l[0], l[-1]; print(l)
try: l[::2] = [1, 2, 3, 4]
except ValueError as e: print(e)
l[1:1] = "ab"; print(l); l[len(l):] = [7]; print(l); l *= 2; print(l); l += (1,); print(l)
print(2 ** 100, -7 // 2, -7 % 3, 7 % -3, divmod(-7, 2), 10 ** 30 // 7 ** 10, (2 ** 70) >> 3, -(2 ** 65) & 0xFFFF, 2 ** -1, 0 ** 0, 1e3, 1e16, 1e-5, 1.0, 123456789012345678901234567890, int("1" * 30), 0x_ff, 0b11, 0o17, 1_000)
print(5 .bit_length(), (255).to_bytes(2, "big"), int.from_bytes(b"\x01\x00", "little"), round(2.5), round(-3.5), round(1234, -2), round(2.675, 2), float("inf"), float("-inf") < 0, float("nan") != float("nan"), 3.0 == 3, hash(3.0) == hash(3), True + True, 7 / 2, 6 / 2, 1e308 * 10)
def deco(n, *, up=False):
    def wrap(fn):
        def inner(*a, **k):
            r = [fn(*a, **k) for _ in range(n)]
            return [s.upper() for s in r] if up else r
        inner.__name__ = fn.__name__
        return inner
    return wrap
@deco(2, up=True)
@deco(1)
def hello(n):
    "doc"
    return "hi " + n
try: print(hello("x"))
except AttributeError as e: print(e)
@(lambda f: lambda *a: ("wrapped", f(*a)))
def sq(x): return x * x
print(sq(3), hello.__name__)
class Reg:
    all = {}
    @classmethod
    def register(cls, name):
        def d(k): cls.all[name] = k; return k
        return d
    @staticmethod
    def st(x): return x + 1
@Reg.register("foo")
class Foo: pass
print(Reg.all["foo"] is Foo, Reg.st(1), Reg().st(2), Foo.__name__, Foo.__module__, Foo.__qualname__)
for i in range(3):
    for j in range(3):
        if j == 1: break
    else: print("never")
    if i == 1: break
else: print("never")
print(i, j)
while i < 5:
    i += 1
    if i == 3: continue
else: print("while else", i)
lam = lambda *a, k=1, **kw: (a, k, kw); print(lam(1, 2, k=3, z=4), (lambda: None)(), (lambda x, y=2: x + y)(1))
print(sorted("bAc", key=str.lower), sorted([3, 1, 2], reverse=True), sorted({"b": 1, "a": 2}.items(), key=lambda kv: kv[1]), max("abc", key=ord), min([3, 1], default=0), max([], default="d"))
t = 1,; print(t, (), (1), type(()), ((1, 2), 3)[0][1]); del t
try: t
except NameError as e: print(e)
class Del:
    def __del__(self): print("del called")
dd = Del(); del dd; print("after")
print(locals() is not None, "x" in globals(), type(globals()).__name__)
def loc(a, b=2):
    c = 3
    return sorted(locals().items())
print(loc(1))
print(__name__, type(print), print.__name__)
if True: pass
else: x = 1
try: pass
except: pass
x: int = 5; y: "str"; print(x, __annotations__)
def ann(a: int, *b: str, c: "float" = 1) -> None: ...
print(ann.__annotations__, ann(1), ann.__doc__)
print(not None, not [], [] or "d", 0 and 1, 1 and 2, None or 0 or "" or [], "a" if [] else "b")
print(0.1 + 0.2, 1 / 3, 1e22, 1e21 + 1, 5e-324, 2.0 ** 0.5, -0.0, 1e100)
print("a\tb\\n\x41\u00e9\N{BULLET}" if True else "", 'it\'s', "q\"q", '''tri
ple''', b"by\x00te", r"raw\n", "a" "b")
print(isinstance(True, int), issubclass(bool, int), isinstance(1, (str, int)), type(1) is int, callable(len), id(x) == id(x))
