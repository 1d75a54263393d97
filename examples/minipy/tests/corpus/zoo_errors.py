"""Texts of typical errors, as CPython words them."""
import math
def one(a): return a
def two(a, b): pass
def deflt(a, b=1, *, k): pass
def posonly(a, /, b): pass
def star(*a, k1, k2): pass
class C:
    x = 1
    def m(self): pass
    def m2(self, a): pass
    @property
    def ro(self): return 1
    @staticmethod
    def st(a): pass
def unbound():
    print(v)
    v = 1
def delled(): q = 1; del q; return q
def free():
    def inner(): return later
    r = inner(); later = 1
    return r
def unpack2(): a, b = (1, 2, 3)
def unpack3(): a, b, c = (1, 2)
def unpackstar(): a, b, *c = (1,)
def unpackint(): a, b = 5
def unpacknone(): a, b = None
def forint():
    for x in 5: pass
def withint():
    with 5: pass
def delname(): global zork; del zork
def setnone(): None.x = 1 if False else 0
def setitem(): (1, 2)[0] = 1
def setitem2(): "abc"[0] = "x"
def setitem3(): (5)[0] = 1
def delitem(): del (1, 2)[0]
def aug(): x = 1; x += "a"
def aug2(): x = []; x += 5
def callnone(): None()
tests = [unbound, delled, free, unpack2, unpack3, unpackstar, unpackint, unpacknone, forint, withint, delname, setnone, setitem, setitem2, setitem3, delitem, aug, aug2, callnone,
    lambda: undefined_name, lambda: 1 / 0, lambda: 1 // 0, lambda: 1 % 0, lambda: 1.0 / 0, lambda: 1.5 // 0, lambda: divmod(1, 0), lambda: 0 ** -1, lambda: 0.0 ** -1,
    lambda: [1][5], lambda: (1,)[5], lambda: "a"[5], lambda: {}["k"], lambda: {}[("a", 1)], lambda: [].pop(), lambda: {}.pop("q"), lambda: set().pop(), lambda: [].remove(1), lambda: {1}.remove(5), lambda: [].index(1), lambda: "".index("a"), lambda: range(3)[5], lambda: range(3).index(9), lambda: {}.popitem(),
    lambda: 1 + "a", lambda: "a" + 1, lambda: "a" + None, lambda: [] + (), lambda: () + [], lambda: {} + {}, lambda: None + 1, lambda: 1 - "a", lambda: "a" * "b", lambda: "a" - "b", lambda: -"a", lambda: ~1.5, lambda: not_defined(), lambda: "a" / 2, lambda: [] * 1.5, lambda: 1 & 1.0, lambda: 1 << "a", lambda: 1 @ 2, lambda: "a" % 1, lambda: 5 % "a", lambda: 2 ** "a", lambda: len ** 2, lambda: C() + C(), lambda: C() + 1,
    lambda: 1 < "a", lambda: "a" <= 1, lambda: [] > 5, lambda: None < None, lambda: {} >= {}, lambda: (1, "a") < (1, 2), lambda: C() < C(), lambda: max(1, "a"), lambda: sorted([1, "a"]), lambda: min([]), lambda: max(), lambda: max(5),
    lambda: one(), lambda: one(1, 2), lambda: one(1, 2, 3), lambda: one(b=1), lambda: one(1, a=1), lambda: two(), lambda: two(1), lambda: two(1, 2, 3), lambda: two(1, c=2), lambda: deflt(), lambda: deflt(1), lambda: deflt(1, 2, 3, k=1), lambda: deflt(1, k=1, z=2), lambda: posonly(a=1, b=2), lambda: star(), lambda: star(k1=1), lambda: (lambda: 0)(1), lambda: (lambda x: 0)(), lambda: one(**{"a": 1, "z": 2}), lambda: one(*5), lambda: one(**5), lambda: one(**{1: 2}), lambda: two(1, **{"a": 2}),
    lambda: C(1), lambda: C().m(1), lambda: C().m2(), lambda: C.m(), lambda: C().st(), lambda: C().nope, lambda: C.nope, lambda: setattr(C(), "ro", 1), lambda: C()(), lambda: C()[0], lambda: len(C()), lambda: iter(C()), lambda: next(C()), lambda: 1 in C(), lambda: int(C()), lambda: float(C()), lambda: [1][C()], lambda: abs(C()), lambda: round(C()) and 0,
    lambda: (5)(), lambda: "s"(), lambda: [1](), lambda: (5)[0], lambda: None[0], lambda: len[0], lambda: one[0], lambda: one.zz, lambda: (5).zz, lambda: "s".zz, lambda: [].zz, lambda: {}.zz, lambda: None.zz, lambda: (1.5).zz, lambda: (1,).zz, lambda: {1}.zz, lambda: True.zz, lambda: math.zz, lambda: int.zz, lambda: len.zz, lambda: (lambda: 0).zz, lambda: range(3).zz,
    lambda: int("x"), lambda: int("1.5"), lambda: int(""), lambda: int([]), lambda: int(None), lambda: int("z", 36) + int("z", 10), lambda: float("x"), lambda: float(None), lambda: float([]), lambda: complex_, lambda: chr(-1), lambda: chr(1 << 30), lambda: ord("ab"), lambda: ord(5), lambda: len(5), lambda: len(None), lambda: abs("a"), lambda: sum(["a"]), lambda: sum(5), lambda: round("a"), lambda: list(5), lambda: tuple(None), lambda: set(5), lambda: dict(5), lambda: dict([1]), lambda: dict(["abc"]), lambda: iter(5), lambda: next(5), lambda: next(iter([])), lambda: reversed(5), lambda: enumerate(5), lambda: zip(5), lambda: map(5), lambda: list(map(5, [1])), lambda: list(filter(5, [1])), lambda: hash([]), lambda: hash({}), lambda: {[]: 1}, lambda: {{}}, lambda: isinstance(1, 5), lambda: issubclass(1, int), lambda: range("a"), lambda: range(1, 2, 0), lambda: range(), lambda: bin(1.5), lambda: hex("a"), lambda: pow(2, -1, 0), lambda: bytes("a"), lambda: getattr(1, "zz"), lambda: any(5), lambda: callable(), lambda: print(zz=1), lambda: sorted(1), lambda: sorted([1], 5), lambda: "".join([1]), lambda: "".join(5), lambda: ",".join([1, 2]), lambda: "a".split(""), lambda: "{}".format(), lambda: "%d" % "a", lambda: "%s %s" % 1, lambda: f"{1:z}", lambda: f"{'a':d}", lambda: "a".encode("nope") and 0, lambda: list(zip([1], [1, 2], strict=True)), lambda: math.sqrt(-1), lambda: math.sqrt("a"), lambda: math.factorial(-1), lambda: math.log(0), lambda: math.exp(10 ** 4), lambda: "x".startswith(5), lambda: [1, 2, 3].insert(1), lambda: [].append(), lambda: [].append(1, 2), lambda: {}.get(), lambda: [3, 1].sort(lambda a: a), lambda: [1]["a"], lambda: [1][1.5], lambda: "abc"["a"], lambda: "abc"[1.0], lambda: (1, 2)[None], lambda: "a" in 5, lambda: 1 in "a", lambda: 1 in None, lambda: [1][::0], lambda: 10 ** 400 * 1.0, lambda: 1e308 ** 2, lambda: 1 << -1, lambda: "x" * (1 << 70), lambda: next(i for i in ()), lambda: super().x, lambda: object().x, lambda: object(1), lambda: type(1)("q")]
for i, t in enumerate(tests):
    try: print(i, "no error:", t())
    except Exception as e: print(i, type(e).__name__ + ":", e)
