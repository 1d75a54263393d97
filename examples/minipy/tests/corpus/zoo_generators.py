"""Generators: send, throw, close, yield from, laziness."""
def count(n):
    i = 0
    while i < n: yield i; i += 1
print(list(count(3)), sum(count(5)), [*count(2)], tuple(count(0)), max(count(4)), 2 in count(9), dict(zip("ab", count(9))))
g = count(2); print(next(g), next(g), next(g, "done"), next(g, None), iter(g) is g, type(g).__name__, list(g))
def avg():
    total = n = 0; value = None
    while True:
        x = yield value
        if x is None: break
        total += x; n += 1; value = total / n
    return "final", value
a = avg(); next(a); print([a.send(v) for v in (10, 20, 60)])
try: a.send(None)
except StopIteration as e: print(e.value)
def sub(): r = yield 1; print("sub got", r); r = yield 2; print("sub got", r); return "ret"
def outer(): v = yield from sub(); print("outer got", v); yield v; yield from [7, 8]; yield from "ab"; return 99
o = outer(); print(next(o), o.send("A"), o.send("B"), list(o))
def wrap(): r = yield from outer(); print("r", r)
print(list(wrap()))
def resilient():
    n = 0
    while True:
        try: yield n
        except ValueError as e: print("handled", e); n += 100
        finally: n += 1
r = resilient(); print(next(r), next(r), r.throw(ValueError("v")), next(r))
try: r.throw(KeyError("k"))
except KeyError as e: print("escaped", e, list(r))
def deleg():
    try: yield from resilient()
    except TypeError: yield "deleg caught"
d = deleg(); print(next(d), d.throw(ValueError("through")), d.throw(TypeError), next(d, "end"))
def closing():
    try: yield 1
    finally: print("cleanup")
c = closing(); next(c); c.close(); c.close(); print(next(c, "closed"))
c2 = closing(); c2.close(); print("never started, no cleanup")
c3 = closing(); next(c3); del c3
def stubborn():
    try: yield 1
    except GeneratorExit: yield 2
s = stubborn(); next(s)
try: s.close()
except RuntimeError as e: print(e)
try: count(1).send(5)
except TypeError as e: print(e)
def selfref():
    yield 1
    next(me)
me = selfref(); next(me)
try: next(me)
except ValueError as e: print(e)
def fib():
    a, b = 0, 1
    while True: yield a; a, b = b, a + b
def take(n, it):
    for _, v in zip(range(n), it): yield v
def where(p, it): return (v for v in it if p(v))
print(list(take(10, fib())), list(take(5, where(lambda v: v % 2 == 0, fib()))))
def primes():
    yield 2
    found = [2]; n = 3
    while True:
        if all(n % p for p in found if p * p <= n): found.append(n); yield n
        n += 2
print(list(take(12, primes())))
def flatten(x):
    for v in x:
        if isinstance(v, (list, tuple)): yield from flatten(v)
        else: yield v
print(list(flatten([1, [2, (3, [4, []])], 5])))
def perms(xs):
    if not xs: yield []
    for i, x in enumerate(xs):
        for p in perms(xs[:i] + xs[i + 1:]): yield [x] + p
print(["".join(p) for p in perms("abc")])
def hanoi(n, a, b, c):
    if n: yield from hanoi(n - 1, a, c, b); yield f"{a}->{c}"; yield from hanoi(n - 1, b, a, c)
print(" ".join(hanoi(3, "A", "B", "C")), sum(1 for _ in hanoi(10, 1, 2, 3)))
x = 10; ge = (x * i for i in range(3)); x = 5; print(list(ge))
log = []
def noisy(tag, it):
    for v in it: log.append(f"{tag}{v}"); yield v
print(any(v > 1 for v in noisy("a", range(5))), all(v < 2 for v in noisy("b", range(5))), log)
def coroutine(f):
    def start(*a): g = f(*a); next(g); return g
    return start
@coroutine
def printer():
    try:
        while True: print("<", (yield))
    except GeneratorExit: print("printer closed")
@coroutine
def filt(pred, target):
    while True:
        v = yield
        if pred(v): target.send(v)
@coroutine
def broadcast(*targets):
    while True:
        v = yield
        for t in targets: t.send(v)
p = printer(); b = broadcast(filt(lambda v: v % 2, p), filt(lambda v: v > 3, p))
for i in range(6): b.send(i)
p.close()
class Sched:
    def __init__(self): self.q = []; self.trace = []
    def spawn(self, name, g): self.q.append((name, g))
    def run(self):
        while self.q:
            name, g = self.q.pop(0)
            try: self.trace.append(f"{name}:{next(g)}"); self.q.append((name, g))
            except StopIteration as e: self.trace.append(f"{name}={e.value}")
def task(n): 
    for i in range(n): yield i
    return n * 10
sc = Sched(); sc.spawn("a", task(2)); sc.spawn("b", task(3)); sc.spawn("c", task(0)); sc.run(); print(*sc.trace)
def lines():
    for l in "a=1\n# c\n\nb = two\n".splitlines(): yield l
def strip(it): return (l.strip() for l in it)
def pairs(it):
    for l in it:
        if l and not l.startswith("#"): k, _, v = l.partition("="); yield k.strip(), v.strip()
print(dict(pairs(strip(lines()))))
def gen_with_return_in_try():
    try: yield 1; return "r"
    finally: yield "from finally"
print(list(gen_with_return_in_try()))
gi = (i for i in range(3)); print(next(gi), list(gi), list(gi), gi.__class__.__name__)
f = lambda: (yield 5)
print(list(f()))
def tree(n): return None if n == 0 else (tree(n - 1), n, tree(n - 1))
def walk(t):
    if t: l, v, r = t; yield from walk(l); yield v; yield from walk(r)
print(list(walk(tree(4))))
def deep(n):
    if n: yield from deep(n - 1)
    yield n
print(sum(deep(200)))
