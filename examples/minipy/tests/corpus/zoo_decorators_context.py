"""Decorators and context managers."""
import functools
def trace(f):
    @functools.wraps(f)
    def w(*a, **k):
        parts = [repr(x) for x in a] + [f"{n}={v!r}" for n, v in k.items()]
        r = f(*a, **k); print(f"{f.__name__}({', '.join(parts)}) -> {r!r}"); return r
    w.calls = 0
    return w
def repeat(n):
    def deco(f):
        @functools.wraps(f)
        def w(*a, **k): return [f(*a, **k) for _ in range(n)]
        return w
    return deco
@trace
def add(a, b=1):
    """adds"""
    return a + b
add(1); add(2, b=3); print(add.__name__, add.__doc__, add.__wrapped__(5), add.calls)
@repeat(3)
@trace
def hi(name): return "hi " + name
print(hi("bo"), hi.__name__)
class CountCalls:
    def __init__(self, f): self.f = f; self.n = 0
    def __call__(self, *a): self.n += 1; return self.f(*a)
    def __get__(self, obj, owner): return functools.partial(self, obj) if obj else self
@CountCalls
def sq(x): return x * x
print(sq(2), sq(3), sq.n)
class T:
    @CountCalls
    def m(self, v): return ("m", v)
    @staticmethod
    @trace
    def s(x): return x
    @classmethod
    @trace
    def c(cls, x): return (cls.__name__, x)
    @property
    @trace
    def p(self): return 7
    @trace
    def __repr__(self): return "T!"
t = T(); print(t.m(4), t.m(5), T.m.n); T.s(1); t.c(2)
def memo(f):
    cache = {}
    def w(*a):
        if a not in cache: cache[a] = f(*a)
        return cache[a]
    w.cache = cache; return w
@memo
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(80), len(fib.cache))
def retry(times, exc=Exception):
    def deco(f):
        def w(*a):
            for i in range(times):
                try: return f(*a)
                except exc as e: print("attempt", i + 1, "failed:", e)
            raise RuntimeError(f"gave up after {times}")
        return w
    return deco
state = {"n": 0}
@retry(3, ValueError)
def flaky(limit):
    state["n"] += 1
    if state["n"] < limit: raise ValueError(f"n={state['n']}")
    return "finally ok"
print(flaky(3))
try: flaky(100)
except RuntimeError as e: print(e)
def add_methods(**ms):
    def deco(cls):
        for k, v in ms.items(): setattr(cls, k, v)
        cls.decorated = True; return cls
    return deco
@add_methods(shout=lambda self: self.n.upper(), twice=lambda self: self.n * 2)
class N:
    def __init__(self, n): self.n = n
print(N("ab").shout(), N("ab").twice(), N.decorated)
registry = {}
def register(name=None):
    def deco(f): registry[name or f.__name__] = f; return f
    return deco
@register()
def plus(a, b): return a + b
@register("times")
def _t(a, b): return a * b
print({k: f(3, 4) for k, f in sorted(registry.items())})
def validate(**types):
    def deco(f):
        def w(**k):
            for n, t in types.items():
                if not isinstance(k.get(n), t): raise TypeError(f"{n}: expected {t.__name__}, got {type(k.get(n)).__name__}")
            return f(**k)
        return w
    return deco
@validate(a=int, s=str)
def rep(a, s): return s * a
print(rep(a=2, s="x"))
try: rep(a="2", s="x")
except TypeError as e: print(e)
(lambda f: print("deco on lambda", f()))(lambda: 1)
@(lambda f: f.__name__)
def printed(): pass
print(printed)
# contexts
class Ctx:
    def __init__(self, name, eat=()): self.name, self.eat = name, eat
    def __enter__(self): print("enter", self.name); return self.name.upper()
    def __exit__(self, t, v, tb): print("exit", self.name, t.__name__ if t else None, v); return t is not None and issubclass(t, self.eat)
with Ctx("a") as a: print(a)
with Ctx("a") as a, Ctx("b") as b: print(a + b)
with (Ctx("p"), Ctx("q") as q,): print(q)
with Ctx("eater", (ValueError,)): raise ValueError("eaten")
try:
    with Ctx("o"), Ctx("i", (KeyError,)): raise ValueError("through both")
except ValueError as e: print("out:", e)
def early():
    for i in range(3):
        with Ctx(f"loop{i}"):
            if i == 0: continue
            return i
print(early())
class BadEnter:
    def __enter__(self): raise ValueError("enter failed")
    def __exit__(self, *a): print("never")
try:
    with Ctx("first"), BadEnter(): pass
except ValueError as e: print(e)
class BadExit:
    def __enter__(self): return self
    def __exit__(self, *a): raise KeyError("exit failed")
try:
    with BadExit(): raise ValueError("body")
except KeyError as e: print(e, type(e.__context__).__name__)
class Transaction:
    def __init__(self, d): self.d = d
    def __enter__(self): self.save = dict(self.d); return self.d
    def __exit__(self, t, v, tb):
        if t: self.d.clear(); self.d.update(self.save); print("rolled back:", v); return True
acct = {"a": 100, "b": 0}
with Transaction(acct) as d: d["a"] -= 30; d["b"] += 30
with Transaction(acct) as d:
    d["a"] -= 500
    if d["a"] < 0: raise ValueError("overdrawn")
print(acct)
with Ctx("target") as (x, *y): print(x, y)
with Ctx("attr") as acct["w"]: pass
print(acct)
