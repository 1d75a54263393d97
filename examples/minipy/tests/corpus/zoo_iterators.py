"""Iterator protocol and built-in iterators."""
class Count:
    def __init__(self, n): self.n, self.i = n, 0
    def __iter__(self): return self
    def __next__(self):
        if self.i >= self.n: raise StopIteration
        self.i += 1; return self.i
class Many:
    def __init__(self, n): self.n = n
    def __iter__(self): return Count(self.n)
m = Many(3); print(list(m), list(m), sum(m), [a * b for a in m for b in m], 2 in m, 7 in m, max(m), sorted(m, reverse=True), dict.fromkeys(m), *m)
a, b, c = m; x, *y = m; print(a, b, c, x, y, tuple(m), set(m) == {1, 2, 3}, ",".join(map(str, m)))
c = Count(2); print(next(c), next(c), next(c, "dflt"), list(c))
try: next(c)
except StopIteration as e: print("stop", e.value, e.args)
for i in Count(5):
    if i == 3: break
else: print("not printed")
for i in Count(2): pass
else: print("else", i)
it = iter([1, 2, 3, 4]); print(list(zip(it, it)), list(it))
it = iter("abcdef"); next(it); print(list(enumerate(it, 10)))
vals = iter([3, 1, 4, 0, 5]); print(list(iter(lambda: next(vals), 0)), list(vals))
print(list(map(lambda a, b: a + b, [1, 2, 3], [10, 20])), list(map(None.__class__, [])) , list(filter(lambda v: v > 1, [1, 2, 3])), list(filter(None, [0, 1, [], "a"])), list(zip()), list(zip([1])), list(zip([1, 2], [3, 4], [5, 6])), list(zip(*[(1, 2), (3, 4)])))
z = zip([1, 2, 3], "ab"); print(next(z), next(z), next(z, None))
e = enumerate("xy", start=5); print(next(e), list(e)); r = reversed([1, 2, 3]); print(next(r), list(r), list(reversed(range(5))), list(reversed("ab")), list(reversed((1, 2))), list(reversed({"a": 1, "b": 2})))
try: list(zip([1], [1, 2], strict=True))
except ValueError as ex: print(ex)
# range
r = range(2, 20, 3); print(r, len(r), r[0], r[-1], r[1:3], r[::-1], list(r), 5 in r, 6 in r, r.index(8), r.count(8), r.start, r.stop, r.step, r == range(2, 18 + 1, 3), range(0) == range(5, 5), bool(range(0)), hash(range(3)) == hash(range(3)), range(10)[2:8:2], list(range(5, 0, -2)), list(range(-3)), len(range(-10, 10, 7)), 3.0 in range(5), "a" in range(5), min(range(3, 9)), sum(range(101)))
lst = [1, 2, 3]; it = iter(lst); next(it); lst.append(4); print(list(it), list(it)); lst.append(5); print(list(it))
d = {"a": 1}; it = iter(d); d["b"] = 2
try: next(it)
except RuntimeError as ex: print(ex)
s = {1, 2, 3}
try:
    for v in s: s.add(v + 10)
except RuntimeError as ex: print(ex)
class Peek:
    END = object()
    def __init__(self, it): self.it = iter(it); self.buf = next(self.it, self.END)
    def peek(self): return self.buf
    def __bool__(self): return self.buf is not self.END
    def __next__(self):
        v = self.buf
        if v is self.END: raise StopIteration
        self.buf = next(self.it, self.END); return v
    def __iter__(self): return self
def group(text):
    p = Peek(text); out = []
    while p:
        ch = next(p)
        if ch.isdigit():
            while p and p.peek().isdigit(): ch += next(p)
        out.append(ch)
    return out
print(group("12+345*6"))
class Matrix:
    def __init__(self, rows): self.rows = rows
    def __iter__(self):
        for r in self.rows: yield from r
    def __reversed__(self): return (v for r in reversed(self.rows) for v in reversed(r))
    def __len__(self): return sum(map(len, self.rows))
    def __contains__(self, v): print("contains?"); return any(v in r for r in self.rows)
mx = Matrix([[1, 2], [3, 4]]); print(list(mx), list(reversed(mx)), len(mx), 3 in mx, 9 not in mx, *mx)
class Linked:
    class Node:
        __slots__ = "v", "n"
        def __init__(self, v, n): self.v, self.n = v, n
    def __init__(self, vals=()):
        self.head = None; self.size = 0
        for v in reversed(list(vals)): self.push(v)
    def push(self, v): self.head = self.Node(v, self.head); self.size += 1
    def __iter__(self):
        n = self.head
        while n: yield n.v; n = n.n
    def reverse(self):
        prev, cur = None, self.head
        while cur: cur.n, prev, cur = prev, cur, cur.n
        self.head = prev
    def __getitem__(self, i):
        for j, v in enumerate(self):
            if i == j: return v
        raise IndexError(i)
    def __len__(self): return self.size
    def __repr__(self): return "->".join(map(repr, self)) or "empty"
l = Linked("abc"); l.push("z"); print(l, len(l), l[2], list(l)); l.reverse(); print(l, Linked())
try: l[10]
except IndexError as ex: print("IndexError", ex)
class Bad:
    def __iter__(self): return self
    def __next__(self): raise ValueError("inside next")
try: [v for v in Bad()]
except ValueError as ex: print(ex)
for i, (a, (b, c)) in enumerate([(1, (2, 3)), (4, (5, 6))]): print(i, a, b, c)
for k, v in sorted({"x": 1, "a": 2}.items()): print(k, v)
for d["slot"] in range(3): pass
print(d); lst[:] = []
for lst[len(lst):] in ([1], [2, 3]): pass
print(lst)
i = 0
while i < 10:
    i += 1
    if i % 2: continue
    if i > 6: break
    print(i, end=" ")
else: print("no")
print(i)
while i: i -= 1
else: print("while else")
