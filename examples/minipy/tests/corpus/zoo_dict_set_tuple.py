"""Dictionaries, sets, frozensets and tuples."""
d = {"a": 1, "b": 2}
d["c"] = 3; d.update({"d": 4}, e=5); d.update([("f", 6)]); d["a"] = 10
print(d, len(d), "a" in d, "z" not in d, d.get("z"), d.get("z", 0), d.pop("b"), d.pop("zz", None), d.setdefault("g", 7), d.setdefault("a", 0))
print(list(d), list(d.keys()), list(d.values()), list(d.items()), d.popitem(), list(reversed(d)))
del d["a"]; d["a"] = "back"; print(d)
print(dict(a=1), dict([("x", 1), ("y", 2)]), dict({"q": 1}, r=2), dict(zip("ab", [1, 2])), dict.fromkeys("abc"), dict.fromkeys([1, 2], 0), {}, dict())
print({1: "int", "1": "str", 1.5: "f", (1, 2): "t", None: "n", True: "overwrites"}, {**{"a": 1}, "b": 2, **{"a": 3}})
print({"a": 1} | {"b": 2}, {"a": 1} == {"a": 1.0}, {"a": 1, "b": 2} == {"b": 2, "a": 1}, {} == [], {k: v for k, v in zip("xy", range(2))}, {i: i * i for i in range(5) if i % 2})
e = {"a": 1}; e |= {"z": 26}; f = e.copy(); f["new"] = 1; print(e, f, e is f)
print({1: 0}.keys() | {2}, {1: 0, 2: 0}.keys() & {2, 3}, {1, 2} - {1: 0}.keys(), {"a": 1}.items() == {("a", 1)}, 1 in {1: 2}.values() or 2 in {1: 2}.values(), ("a", 1) in {"a": 1}.items())
k = e.keys(); e["later"] = 1; print(k, e.values(), e.items(), len(k), "later" in k)
for key in list(e):
    if key != "a": del e[key]
print(e, e.clear(), e, bool(e))
nested = {"x": {"y": {"z": [1, 2, {"deep": True}]}}}
print(nested["x"]["y"]["z"][2]["deep"], nested)
try:
    for key in (g := {1: 1, 2: 2}):
        g[key + 10] = 0
except RuntimeError as err: print(err)
for fn in (lambda: {}["missing"], lambda: {}[1], lambda: {(1, 2): 3}[2, 1], lambda: {}.pop("k"), lambda: {}.popitem(), lambda: {[]: 1}, lambda: {{}: 1}, lambda: dict([1]), lambda: dict(["abc"]), lambda: {}.foo, lambda: {} < {}, lambda: {} + {}, lambda: dict(5), lambda: {"a": 1}.update(5)):
    try: print(fn())
    except Exception as err: print(type(err).__name__ + ":", err)
big = {i: str(i) for i in range(1000)}
for i in range(0, 1000, 2): del big[i]
for i in range(0, 1000, 100): big[i] = "again"
print(len(big), list(big)[:3], list(big)[-3:], big[999], big[500])
class K:
    def __init__(self, v): self.v = v
    def __hash__(self): return self.v % 3
    def __eq__(self, o): return self.v == o.v
    def __repr__(self): return f"K({self.v})"
ks = {K(i): i for i in range(9)}; ks[K(4)] = "four"
print(ks, ks[K(8)], K(9) in ks)
class M(dict):
    def __missing__(self, key): return f"<{key}>"
print(M(a=1)["a"], M()["b"], M(), len(M(x=2)), isinstance(M(), dict))
# sets
s = {3, 1, 2}; s.add(4); s.add(1); s.discard(9); s.remove(3)
print(sorted(s), len(s), 1 in s, set(), {1}, type({}), frozenset([1]), frozenset(), sorted(set("hello")))
a, b = {1, 2, 3, 4}, {3, 4, 5}
print(sorted(a | b), sorted(a & b), sorted(a - b), sorted(a ^ b), a < b, {3} < a, {3} <= {3}, a > {1}, a >= a, a == {4, 3, 2, 1}, a != b, a.isdisjoint({9}), a.issubset(range(9)), a.issuperset([1]))
print(sorted(a.union([9], (8,))), sorted(a.intersection([1, 2, 7], [2])), sorted(a.difference([1], [2])), sorted(a.symmetric_difference([1, 100])))
c = set(a); c |= {10}; c &= {1, 2, 10, 11}; c -= {1}; c ^= {2, 3}; print(sorted(c))
c.update([7, 8], {9}); c.difference_update([7]); c.intersection_update({3, 8, 9}); c.symmetric_difference_update({3, 4}); print(sorted(c), c.copy() == c)
c = {5}; print(c.pop(), c, c.clear(), {x % 3 for x in range(10)} == {0, 1, 2}, {frozenset({1}): "fs"}[frozenset({1})], hash(frozenset([1, 2])) == hash(frozenset([2, 1])), {1, 2} == frozenset({1, 2}), type({1} | frozenset()), type(frozenset() | {1}), {1, 1.0, True})
for fn in (lambda: set().pop(), lambda: {1}.remove(2), lambda: {[1]}, lambda: hash(set()), lambda: {1} | [2], lambda: {1} + {2}, lambda: frozenset().add(1), lambda: {1}[0], lambda: set(5), lambda: {1} < [1]):
    try: print(fn())
    except Exception as err: print(type(err).__name__ + ":", err)
# tuples
t = (1, "two", 3.0, (4,))
print(t, len(t), t[0], t[-1], t[1:3], t[::-1], t + (5,), t * 2, (), (1,), 1 in t, t.index("two"), t.count(1), tuple("ab"), tuple([1, 2]), tuple())
print((1, 2) < (1, 3), (1,) < (1, 0), (2,) > (1, 9), (1, 2) == (1, 2), () < (1,), hash((1, 2)) == hash((1, 2)), {(0, 0): "origin"}[0, 0], max((1, 5), (2, 0)), sorted([(2, "a"), (1, "z"), (1, "b")]))
x = 1, 2; y, z = x; (p, q), r = (1, 2), 3; y, z = z, y; print(x, y, z, p, q, r)
def minmax(v): return min(v), max(v)
lo, hi = minmax([4, 2, 8]); print(lo, hi, *minmax("hello"))
for fn in (lambda: t[9], lambda: (1,) + [2], lambda: t.index(99), lambda: hash(([],)), lambda: (1, 2) < (1, "a"), lambda: (1).x, lambda: t["a"]):
    try: print(fn())
    except Exception as err: print(type(err).__name__ + ":", err)
try: t[0] = 2
except TypeError as err: print(err)
try: del t[0]
except TypeError as err: print(err)
t2 = ([],)
try: t2[0] += [1]
except TypeError as err: print(err, t2)
