"""Recursion, deep and caught."""
import sys
def forever(n): return forever(n + 1)
try: forever(0)
except RecursionError as e: print(type(e).__name__, str(e)[:32])
def deep(n): return 0 if n == 0 else 1 + deep(n - 1)
print(deep(500), deep(900))
class R:
    def __getattr__(self, n): return getattr(self, n + "x")
    def __eq__(self, o): return self == o
    def __repr__(self): return repr(self)
    def __len__(self): return len(self)
    def __add__(self, o): return self + o
    def __call__(self): return self()
    def __iter__(self): return iter(self)
    def __hash__(self): return hash(self)
    def __str__(self): return str(self)
    def __getitem__(self, i): return self[i]
    def __bool__(self): return bool(self)
r = R()
for f in (lambda: r.a, lambda: r == 1, lambda: repr(r), lambda: len(r), lambda: r + 1, lambda: r(), lambda: iter(r), lambda: hash(r), lambda: str(r), lambda: r[0], lambda: bool(r), lambda: [r] == [1], lambda: f"{r}", lambda: sorted([r, r], key=lambda q: q + 1), lambda: {r: 1}, lambda: list(map(lambda q: q(), [r]))):
    try: f(); print("no error")
    except RecursionError: print("caught", end=" ")
print()
def a(n): return b(n)
def b(n): return [a(n) for _ in (1,)][0]
try: a(1)
except RecursionError: print("mutual caught")
def gen(n): yield from gen(n + 1)
try: next(gen(0))
except RecursionError: print("generator caught")
depth = 0
def fin():
    global depth
    depth += 1
    try: fin()
    finally: depth -= 1
try: fin()
except RecursionError: print("balanced", depth)
l = []; l.append(l); d = {}; d["d"] = d; t = ([],); t[0].append(t); print(l, d, t)
nest = x = []
for _ in range(300): x.append([]); x = x[0]
print(len(repr(nest)))
n = None
for i in range(50000): n = (n, i)
n = None; print("deep tuple freed")
class Link:
    def __init__(s, n): s.n = n
head = None
for i in range(50000): head = Link(head)
head = None; print("deep chain freed")
def count(n, acc=0):
    while n: n, acc = n - 1, acc + n
    return acc
print(count(1000), sys.getrecursionlimit() >= 1000)
def collatz(n, s=0): return s if n == 1 else collatz(n // 2 if n % 2 == 0 else 3 * n + 1, s + 1)
print(collatz(27), [collatz(i) for i in range(1, 10)])
def power(xs): return [[]] if not xs else [s + e for s in power(xs[1:]) for e in ([], [xs[0]])]
print(sorted(power([1, 2, 3])), len(power(list(range(8)))))
def gcd(a, b): return a if b == 0 else gcd(b, a % b)
def pal(s): return len(s) < 2 or s[0] == s[-1] and pal(s[1:-1])
def binary(n): return str(n) if n < 2 else binary(n // 2) + str(n % 2)
def flat(x): return [x] if not isinstance(x, list) else [z for y in x for z in flat(y)]
print(gcd(1071, 462), pal("racecar"), pal("nope"), binary(37), flat([1, [2, [3, [4]]]]))
