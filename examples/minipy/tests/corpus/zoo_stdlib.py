"""functools, itertools, collections."""
import functools, itertools
from functools import partial, reduce, lru_cache, cmp_to_key, total_ordering, wraps, cached_property
from itertools import count, cycle, repeat, chain, islice, takewhile, dropwhile, accumulate, product, permutations, combinations, combinations_with_replacement, groupby, zip_longest, starmap, tee, filterfalse, compress, pairwise
from collections import deque, defaultdict, Counter, namedtuple, OrderedDict
print(reduce(lambda a, b: a * b, range(1, 6)), reduce(lambda a, b: a + b, [], "init"), reduce(max, [3, 9, 2]))
try: reduce(max, [])
except TypeError as e: print(e)
p = partial(pow, 2); q = partial(int, base=2); print(p(5), q("101"), p.func is pow, p.args, q.keywords, partial(print, "a", sep="-")("b"))
@lru_cache(maxsize=None)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(60), fib.cache_info().misses, fib.cache_info().hits)
@lru_cache(maxsize=2)
def f(x): print("compute", x); return x
f(1); f(2); f(1); f(3); f(2); f.cache_clear(); f(1)
@functools.cache
def g(x): print("once", x); return -x
print(g(1), g(1))
print(sorted(["bb", "a", "ccc"], key=cmp_to_key(lambda a, b: len(b) - len(a))))
@total_ordering
class V:
    def __init__(self, n): self.n = n
    def __eq__(self, o): return self.n == o.n
    def __lt__(self, o): return self.n < o.n
print(V(1) < V(2), V(1) >= V(2), V(2) > V(1), V(1) <= V(1))
class CP:
    @cached_property
    def v(self): print("calc"); return 9
c = CP(); print(c.v, c.v)
print(list(islice(count(5, 3), 4)), list(islice(cycle("ab"), 5)), list(repeat("x", 3)), list(chain([1], (2,), "c")), list(chain.from_iterable([[1, 2], [3]])), list(islice("abcdef", 2, None, 2)), list(takewhile(lambda x: x < 3, [1, 2, 3, 1])), list(dropwhile(lambda x: x < 3, [1, 2, 3, 1])))
print(list(accumulate([1, 2, 3, 4])), list(accumulate([3, 1, 4], max)), list(accumulate([1, 2], initial=10)), list(product("ab", [1, 2])), list(product([0, 1], repeat=2)), len(list(permutations(range(4)))), list(permutations("abc", 2)), list(combinations("abcd", 2)), list(combinations_with_replacement("ab", 2)))
print([(k, list(g)) for k, g in groupby("aaabbca")], [(k, len(list(g))) for k, g in groupby(sorted(["apple", "bob", "cat", "alpha"], key=lambda s: s[0]), key=lambda s: s[0])], list(zip_longest([1, 2, 3], "a", fillvalue="-")), list(starmap(pow, [(2, 3), (3, 2)])), list(filterfalse(lambda x: x % 2, range(6))), list(compress("abcd", [1, 0, 1, 1])), list(pairwise([1, 2, 3])))
a, b = tee([1, 2, 3]); print(next(a), list(b), list(a))
d = deque([1, 2, 3]); d.append(4); d.appendleft(0); print(d, d.pop(), d.popleft(), len(d), d[0], d[-1], 2 in d, list(reversed(d)))
d.rotate(1); print(d); d.rotate(-2); d.extend([8, 9]); d.extendleft([7, 6]); print(d, d.count(8), d.index(9)); d.remove(8); d.reverse(); d[0] = "z"; d.insert(1, "ins"); del d[2]; print(d, d == deque(d), d.copy(), d.maxlen)
m = deque(maxlen=3)
for i in range(6): m.append(i)
m.appendleft("L"); print(m, m.maxlen, deque("abc", 2), deque()); m.clear(); print(m, bool(m))
for fn in (lambda: deque().pop(), lambda: deque().popleft(), lambda: deque([1])[5], lambda: deque([1]).remove(2)):
    try: fn()
    except Exception as e: print(type(e).__name__, e)
dd = defaultdict(list); dd["a"].append(1); dd["b"]; print(dd, dict(dd), "zz" in dd, dd.get("zz"), dd.default_factory is list); di = defaultdict(int)
for ch in "mississippi": di[ch] += 1
print(dict(di), defaultdict(lambda: "dflt")["x"], sorted(di.items(), key=lambda kv: (-kv[1], kv[0])))
tree = lambda: defaultdict(tree)
tr = tree(); tr["a"]["b"]["c"] = 1; print(tr["a"]["b"]["c"], list(tr), len(tr["a"]))
try: defaultdict(None)["k"]
except KeyError as e: print("KeyError", e)
c = Counter("mississippi"); print(c, c["s"], c["zz"], c.most_common(2), sum(c.values()), sorted(c.elements()), c.total(), Counter(a=1, b=2), Counter({"x": 3}), Counter())
x, y = Counter(a=3, b=1), Counter(a=1, b=2, c=5); print(x + y, x - y, x & y, x | y, x == Counter("aaab")); x.update("ab"); x.subtract({"a": 10}); print(x, +x, -x, x.most_common()); del x["a"]; x["new"] += 1; print(x, isinstance(x, dict))
P = namedtuple("P", "x y"); p = P(1, y=2); print(p, p.x, p[1], p._replace(x=9), p._asdict(), P._fields, p == (1, 2), P._make([5, 6]), len(p), isinstance(p, tuple), {p: 1}[1, 2]); a, b = p; print(a, b, *p, sorted([P(2, 1), P(1, 5)]))
Q = namedtuple("Q", ["n", "d"], defaults=[7]); print(Q(1), Q(1, 2))
class P3(namedtuple("P3", "x, y, z")):
    __slots__ = ()
    def norm(self): return self.x + self.y + self.z
    def __str__(self): return f"P3<{self.x}>"
print(P3(1, 2, 3).norm(), str(P3(1, 2, 3)), repr(P3(1, 2, 3)))
for fn in (lambda: P(1), lambda: P(1, 2, 3), lambda: P(1, 2).z, lambda: setattr(p, "x", 5)):
    try: fn()
    except Exception as e: print(type(e).__name__)
o = OrderedDict([("a", 1), ("b", 2), ("c", 3)]); o.move_to_end("a"); o.move_to_end("c", last=False); print(list(o), o.popitem(last=False), o.popitem(), o == {"b": 2}, OrderedDict(a=1, b=2) == OrderedDict([("b", 2), ("a", 1)]), isinstance(o, dict)); print(o["b"], len(o), dict(o))
