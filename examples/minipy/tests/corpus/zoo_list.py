"""List methods, slice assignment and deletion, identity and errors."""
a = [3, 1, 2]
a.append(5); a.insert(0, 9); a.insert(-1, 7); a.insert(100, 8); a.insert(-100, 0)
print(a, len(a), a.index(7), a.count(1), a.pop(), a.pop(0), a.pop(-2), a)
a.extend(range(3)); a.extend("ab"); a.remove("a"); a.reverse()
print(a, 7 in a, "b" in a, a.index(2), a.index(2, 2))
b = a.copy(); b.clear(); print(a is b, b, a == a[:], a is a[:], [] == [], not [])
n = [5, 2, 9, 1, 5, 6]
n.sort(); print(n); n.sort(reverse=True); print(n); n.sort(key=lambda v: (v % 3, v)); print(n)
print(sorted("banana"), sorted(n, key=lambda v: -v), sorted([[2], [1, 5], [1]]), sorted([(1, "b"), (1, "a")]), sorted({3: 0, 1: 0}))
print([1, 2] + [3], [0] * 4, 2 * [1, 2], [[]] * 2, [1, 2] * 0, [1] < [1, 2], [2] > [1, 9], [1, 2] == (1, 2), [1, [2]] == [1, [2]])
# slices
r = list(range(10))
print(r[2:5], r[:3], r[7:], r[-3:], r[:-7], r[::3], r[1::4], r[::-1], r[8:2:-2], r[-2:-8:-3], r[20:], r[5:2], r[2:5:-1], r[slice(1, 8, 3)])
r[2:5] = ["x"]; print(r)
r[1:1] = [10, 11]; print(r)
r[:2] = []; print(r)
r[::2] = ["e"] * len(r[::2]); print(r)
r[::-3] = [1, 2, 3][:len(r[::-3])]; print(r)
r[5:100] = "tail"; print(r)
r[-2:] = (i * i for i in range(3)); print(r)
r[3:1] = ["mid"]; print(r)
r[:] = r[::-1]; print(r)
d = list(range(12))
del d[0]; del d[-1]; del d[2:4]; print(d)
del d[::2]; print(d)
del d[::-2]; print(d)
del d[10:]; print(d)
del d[:]; print(d)
d = list(range(12)); del d[10:2:-3]; print(d)
q = [1, 2, 3]; q[1:2] = q; print(q)
q += (4, 5); q *= 2; print(q)
p = q; p += [6]; print(p is q, len(q))
p = p + [7]; print(p is q, len(q), len(p))
grid = [[0] * 3 for _ in range(2)]; grid[0][1] = 5; print(grid)
alias = [[0] * 2] * 2; alias[0][0] = 1; print(alias)
rec = [1]; rec.append(rec); print(rec, rec[1][1][0])
print([x for x in [[1, 2], [3]] for x in x], [[j for j in range(i)] for i in range(4)], [i for i in range(20) if i % 2 if i % 3])
print(list("abc"), list((1, 2)), list({"k": 1}), list(range(3, 0, -1)), list(map(str, [1, 2])), list(), [*range(3), *"xy"])
print(max([3, 9, 2]), min([[2], [1]]), sum([1, 2, 3]), sum([[1], [2]], []), any([0, 1]), all([]), any([]), all([1, 0]), max([], default="none"), min("b", "a"), max([1, -5], key=abs))
print(list(enumerate("ab")), list(zip([1, 2], "xyz")), list(reversed([1, 2, 3])), list(filter(None, [0, 1, "", "a"])), list(map(lambda x, y: x * y, [1, 2], [3, 4, 5])))
first, *rest = [1, 2, 3]; *init, last = "xyz"; x, (y, z) = 1, [2, 3]; print(first, rest, init, last, x, y, z)
for f in (lambda: [][0], lambda: [1][1], lambda: [1][-2], lambda: [].pop(), lambda: [1].pop(5), lambda: [1].remove(2), lambda: [1].index(2), lambda: [1]["a"], lambda: [1] + (2,), lambda: [1] * 1.5, lambda: [1] < [None], lambda: [1, "a"].sort(), lambda: max([]), lambda: list(5), lambda: [1].foo, lambda: [3, 1].sort(bad=1), lambda: hash([]), lambda: {[]: 1}, lambda: sum(["a"]), lambda: [].append(), lambda: [].append(1, 2), lambda: [1][1.0], lambda: [1, 2][::0]):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__ + ":", e)
def assign(code):
    try:
        code()
    except Exception as e:
        print(type(e).__name__ + ":", e)
def c1(): r[50] = 1
def c2(): r[::2] = [1]
def c3(): r[0:2] = 5
def c4(): del r[50]
def c5(): a, b = [1, 2, 3]
def c6(): a, b, *c = [1]
def c7(): a, b = 5
for c in (c1, c2, c3, c4, c5, c6, c7):
    assign(c)
m = [1, 2, 3, 4, 5, 6]
for v in m:            # removing while iterating skips
    if v % 2 == 0:
        m.remove(v)
    elif v == 1:
        m.append(9)
print(m)
class Weird:
    def __init__(self, v): self.v = v
    def __eq__(self, o): return isinstance(o, Weird) and self.v % 10 == o.v % 10
    def __lt__(self, o): return self.v > o.v
    def __repr__(self): return f"W{self.v}"
w = [Weird(v) for v in (13, 5, 28, 3)]
print(sorted(w), w.index(Weird(8)), w.count(Weird(33)), Weird(105) in w, max(w), min(w), w == [Weird(3), Weird(15), Weird(8), Weird(13)])
print([1, 2, 3].__len__(), [1].__contains__(1), [1, 2].__getitem__(slice(0, 1)), [1].__add__([2]), [].__class__, list.append, list.__name__)
stack = []
for ch in "3 4 + 2 * 7 -".split():
    stack.append(int(ch) if ch.isdigit() else {"+": lambda b, a: a + b, "-": lambda b, a: a - b, "*": lambda b, a: a * b}[ch](stack.pop(), stack.pop()))
print(stack)
