"""Loops, else clauses, nested breaks, conditional expressions, chained comparison, del, pass, globals."""
for i in range(3): print(i, end=" ")
else: print("for-else")
for i in range(3):
    if i == 1: break
else: print("never")
for x in []: pass
else: print("empty-else")
n = 5
while n > 0:
    n -= 1
    if n == 3: continue
    if n == 1: break
    print("n", n)
else: print("never")
for i in range(3):
    for j in range(3):
        if j == 2: break
        if i == j: continue
        print(i, j, end="; ")
    else: print("inner else")
print()
def find(m, v):
    for r, row in enumerate(m):
        for c, x in enumerate(row):
            if x == v: return r, c
    return None
print(find([[1, 2], [3, 4]], 3), find([[1]], 9))
for i in range(5): i = i * 10
print(i)
a = 5; print("big" if a > 3 else "small", "x" if a > 9 else "y" if a > 4 else "z", 1 < a < 10, 1 < a > 3 < 4, a == 5 == 5.0, not a, not not a, a and "and", 0 or "or", None or 0 or [] or "end", a > 3 and a < 4 or "neither")
def f(v, log=[]): log.append(v); return v
print(f(1) < f(2) < f(0) < f(9), f.__defaults__[0]); print(f(0) and f(7), f(0) or f(8), f.__defaults__[0][3:])
t = [1, 2, 3]; del t[0], t[-1]; print(t); x = y = 1; del x
try: x
except NameError as e: print(e)
d = {"a": {"b": [10, 20]}}; d["a"]["b"][0] += 5; d["a"]["c"] = d["a"].pop("b"); print(d); del d["a"]["c"][0]; print(d)
x, y = 1, 2; x, y = y, x + y; (a, b), c = [3, 4], 5; [p, q] = "hi"; first, *_, last = range(10); print(x, y, a, b, c, p, q, first, last, len(_))
def multi(): return 1, [2, 3], {"k": 4}
one, (two, three), rest = multi(); print(one, two, three, rest["k"])
total = 0
def add(k):
    global total
    total += k
for k in range(4): add(k)
print(total, "total" in globals(), "nope" in globals())
def count_down(n):
    while True:
        if n <= 0: return "liftoff"
        n -= 1
print(count_down(3), (lambda: [i for i in range(3)])(), max((len(w), w) for w in "some words here".split()))
s = 0
for i, c in enumerate("a1b2c3"):
    if not c.isdigit(): continue
    s += int(c) * i
print(s); import math as m, sys; from math import sqrt as root, floor; print(m.floor(2.5), root(9), floor(-0.5))
if True: import collections
else: import nothing_at_all
print(collections.Counter("aab")["a"])
def fizz(n): return "".join(("Fizz" * (n % 3 == 0), "Buzz" * (n % 5 == 0))) or str(n)
print(*map(fizz, range(1, 16))); print(*("*" * i for i in (1, 2, 3)), sep="\n")
for i in range(1, 4): print("".join(f"{i * j:4}" for j in range(1, 6)))
for k, v in {"x": 1}.items(): ...
print([(x, y) for x in range(3) for y in range(x) if x + y > 1], {k: [v for v in range(k)] for k in range(3)}, {len(w) for w in ("a", "bb", "c")} == {1, 2}, sum(1 for _ in range(5)), [[c * 2 for c in r] for r in ["ab", "c"]], [x if x % 2 else -x for x in range(4)], [*(a for a in "xy")], dict((v, k) for k, v in {"a": 1}.items()))
try: [z for z in range(2)]; z
except NameError as e: print(e)
v = 0x10 | 0b11; v <<= 2; v ^= 5; v &= 0xFE; v -= -1; v **= 2; v //= 7; v %= 50; v = -v; v = ~v; print(v, -2 ** 2, (-2) ** 2, 2 ** -1, 7 // -2, -7 % 3, 1 + 2 * 3 - 4 / 2, (1 + 2) * 3, 2 ** 3 ** 0, not 1 == 2, 5 & 3 | 4 ^ 1, 1 << 2 + 1, 10 - 3 - 2, 100 / 10 / 2)
long = (1 +
        2 +
        3); also = 1 + \
    2; text = ("implicit "
               "joining"); print(long, also, text, [
    1,
    2,
], {"trailing": 1,}, (3,))
class Empty: pass
def nothing(): pass
def doc(): "just a docstring"
print(nothing(), doc(), Empty.__name__, 1if True else 2, [1,2][0]if True else 3)
assert (lambda *, k=3: k)() == 3; print("a" "b" f"{1}" 'c', 'it''s', "tab\tend", "\\", '\'', "\"", """q"q""", len("\n"), r"\n", b"\x00", "€", "\u20ac" == "€", 0xff, 1e3, 1_0, .5, 5., 1E-2, 0o17)
def outer():
    def inner():
        nonlocal v
        v += 1; return v
    v = 10; inner(); return inner() + v
print(outer()); print((lambda x: (lambda y: x + y))(1)(2), [(lambda: k)() for k in range(3)], (lambda *a, **k: (len(a), sorted(k)))(1, 2, z=3, a=4))
