"""Scopes: closures, late binding, global, nonlocal, comprehensions, defaults, arguments."""
def counter():
    n = 0
    def inc(by=1): nonlocal n; n += by; return n
    def get(): return n
    return inc, get
inc, get = counter(); inc(); inc(5); inc2, get2 = counter(); inc2(); print(get(), get2())
print([f() for f in [lambda: i for i in range(3)]], [f() for f in [lambda i=i: i for i in range(3)]], [f(10) for f in [(lambda k: lambda x: x + k)(k) for k in range(3)]])
fs = []
for j in range(3):
    def h(): return j
    fs.append(h)
print([f() for f in fs], j); j = 100; print(fs[0]())
G = 1
def setg(): global G; G = 2; global NEWG; NEWG = "made"
setg(); print(G, NEWG)
def shadow(): G = 5; return G
print(shadow(), G)
def levels():
    x = "outer"
    def mid():
        nonlocal x
        x = "mid"
        def inner():
            nonlocal x; x = "inner"
        inner(); return x
    return mid(), x
print(levels())
x = "module"
class Cls:
    x = "class"; y = [x for _ in range(2)] if False else [x]
    def m(self): return x
    z = (lambda: x)()
print(Cls().m(), Cls.y, Cls.z)
def comp():
    v = 3; r = [v for v in range(5)]; s = {v: w for v, w in zip("ab", [1, 2])}; return v, r, s, [v * k for k in range(3)], [[v * a + b for b in range(2)] for a in range(2)]
print(comp())
print([y := 5, y ** 2], [last := q for q in range(4)], last, (w := [1, 2, 3]) and len(w), [t for n in range(5) if (t := n * n) > 3])
if (n := len("hello")) > 3: print(n)
def wal(data):
    while (chunk := data[:2]): yield chunk; data = data[2:]
print(list(wal("abcde")), any((hit := c).isdigit() for c in "ab3d"), hit)
def mut(v, acc=[]): acc.append(v); return acc
print(mut(1), mut(2), mut(3, []), mut.__defaults__)
def sig(a, b=2, *args, c, d=4, **kw): return a, b, args, c, d, kw
print(sig(1, c=3), sig(1, 9, 8, 7, c=0, z=1, y=2), sig(*[1, 2, 3], **{"c": 5, "e": 6}), sig(c=1, a=2), sig(*(1,), *(2, 3), c=4, **{"q": 1}, **{"r": 2}))
def po(a, b, /, c, *, d): return a, b, c, d
print(po(1, 2, 3, d=4), po(1, 2, c=3, d=4))
def kwonly(*, a=1, b): return a, b
print(kwonly(b=2), (lambda *a, **k: (a, k))(1, 2, z=3), (lambda a, b=5: a + b)(1), (lambda: None)())
def annotated(a: int, b: "str" = "x", *c: float, **d: dict) -> bool: z: int = 5; w: str; return a, b, z
print(annotated(1), annotated.__name__, annotated.__doc__, list(annotated.__annotations__))
v1: int = 3; v2: str
print(v1)
def docs():
    "the doc"
    pass
print(docs.__doc__, docs(), docs.__qualname__, levels.__code__.co_name if hasattr(docs, "__code__") else "levels"); docs.attr = 5; print(docs.attr, docs.__dict__)
def fact(n): return 1 if n < 2 else n * fact(n - 1)
def even(n): return n == 0 or odd(n - 1)
def odd(n): return n != 0 and even(n - 1)
print(fact(20), even(100), odd(7), (lambda f, n: f(f, n))(lambda f, n: 1 if n < 2 else n * f(f, n - 1), 6))
def acker(m, n): return n + 1 if m == 0 else acker(m - 1, 1) if n == 0 else acker(m - 1, acker(m, n - 1))
print(acker(2, 3))
def compose(*fs):
    def run(x):
        for f in reversed(fs): x = f(x)
        return x
    return run
print(compose(str, lambda x: x + 1, lambda x: x * 2)(5), list(map(compose(len, str), [1, 22, 333])))
def curry(f, n, *got): return f(*got) if len(got) == n else lambda x: curry(f, n, *got, x)
print(curry(lambda a, b, c: a + b * c, 3)(1)(2)(3))
def dd():
    a = 1; del a
    try: a
    except UnboundLocalError as e: print(e)
    a = 2; return a
print(dd())
def make():
    def f(): return [cell for cell in (a, b)]
    a, b = 1, 2; r1 = f(); a = 10; return r1, f()
print(make())
class Acc:
    total = 0
    def adder(self):
        def add(v): self.total += v; return self.total
        return add
ac = Acc(); ad = ac.adder(); ad(5); ad(6); print(ac.total, Acc.total)
print(*sorted(globals().keys() & {"x", "G", "fact"}), "locals:", (lambda p, q=2: sorted(locals().items()))(1))
print(1 if True else 2, (1, 2)[True], not None, 5 and 0 or "x", [] or {} or "last", 0 or None, 1 and [] and 2)
a = b = c = []; a.append(1); print(b, c is a); (a, b), [c, *d] = (1, 2), [3, 4, 5]; print(a, b, c, d); a, b = b, a; print(a, b); i, arr = 0, [0, 0]; i, arr[i] = 1, 9; print(i, arr)
def star_ret(): t = (2, 3); return 1, *t, 4
print(star_ret(), [*range(2), *"ab", *{9: 1}], {*[1], *(2,)} == {1, 2}, {**{"a": 1}, "a": 2}, (*[1],), [*[]], *"x")
*a, = "abc"; print(a); [p, *q], r = [[1, 2, 3], 4]; print(p, q, r)
for a, *b in [(1, 2, 3), "xyz"]: print(a, b)
def ifs(n):
    if n < 0: return "neg"
    elif n == 0: return "zero"
    elif 0 < n < 10: return "small"
    else: return "big"
print([ifs(n) for n in (-1, 0, 5, 50)]); pass; ...; print(..., Ellipsis is ...)
if 1: print("one-line"); print("two")
