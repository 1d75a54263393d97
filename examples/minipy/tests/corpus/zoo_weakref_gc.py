"""weakref, gc, __del__, sys odds and ends."""
import gc, sys, weakref
class N:
    def __init__(self, n): self.n = n
    def __repr__(self): return f"N{self.n}"
    def __del__(self): log.append(f"del{self.n}")
log = []
gc.collect(); gc.disable()
a = N(1); r = weakref.ref(a); r2 = weakref.ref(a); print(r() is a, r is r2, r == r2, hash(r) == hash(a), weakref.getweakrefcount(a)); b = a; del a; print(r(), log); del b; print(r(), log)
cb = []; x = N(2); w = weakref.ref(x, lambda ref: cb.append((ref is w, ref()))); x = None; print(cb, log)
wv = weakref.WeakValueDictionary(); k = N(3); wv["k"] = k; wv["t"] = N(4); print(dict(wv), len(wv), "k" in wv, wv.get("t"), list(wv.items())); del k; print(len(wv))
wk = weakref.WeakKeyDictionary(); k = N(5); wk[k] = "data"; print(wk[k], len(wk)); del k; print(len(wk))
ws = weakref.WeakSet(); k = N(6); ws.add(k); print(k in ws, len(ws)); del k; print(len(ws), log); log.clear()
p = N(7); px = weakref.proxy(p); print(px.n); px.n = 70; print(p.n); del p
try: px.n
except ReferenceError as e: print(e)
fin = []; o = N(8); f = weakref.finalize(o, fin.append, "fin"); print(f.alive); del o; print(f.alive, fin)
for v in (5, "s", None, [], (1,), {}):
    try: weakref.ref(v); print("ok")
    except TypeError as e: print(e)
class S: __slots__ = ("a",)
try: weakref.ref(S())
except TypeError as e: print(e)
class SW: __slots__ = ("a", "__weakref__")
sw = SW(); print(weakref.ref(sw)() is sw, weakref.ref(N)() is N, weakref.ref(len)() is len)
class M:
    def m(self): return "m"
m = M(); wm = weakref.WeakMethod(m.m); print(wm()()); dead = weakref.ref(m.m); print(dead()); del m; print(wm())
log.clear(); a, b = N("a"), N("b"); a.o, b.o = b, a; ra = weakref.ref(a); del a, b; print(ra() is not None, log, gc.collect() > 0, ra(), sorted(log))
log.clear(); l = [N("in list")]; l.append(l); del l; print(log); gc.collect(); print(log)
log.clear(); d = {"n": N("in dict")}; d["me"] = d; d = None; gc.collect(); print(log)
log.clear(); n = N("func"); n.f = lambda: n
def mk(): z = N("closure"); z.f = lambda: z
mk(); print(log); gc.collect(); print(log)
log.clear()
def g():
    h = N("gen"); yield h
it = g(); next(it); print(log); del it; print(log)
log.clear()
def exc():
    e = N("local")
    try: raise ValueError
    except ValueError: pass
exc(); print(log)
log.clear(); t = (N("t1"), [N("t2")]); t = None; print(sorted(log)); s = {N("s")}; s.clear(); print(log[-1]); q = N("old"); q = N("new"); print(log[-1]); lst = [N("l0"), N("l1")]; lst[0] = None; print(log[-1]); lst.pop(); print(log[-1]); N("temp"); print(log[-1]); del q
class Res:
    kept = []
    def __del__(self): Res.kept.append(self)
x = Res(); del x; print(len(Res.kept)); Res.kept.clear(); print(len(Res.kept))
class Par:
    def __init__(self): self.kids = []
    def add(self, k): k.parent = weakref.ref(self); self.kids.append(k); return k
class Kid: parent = None
pp = Par(); kid = pp.add(Kid()); print(kid.parent() is pp); del pp; print(kid.parent())
class LCyc:
    count = 0
    def __init__(self): self.s = self; LCyc.count += 1
    def __del__(self): LCyc.count -= 1
for _ in range(500): LCyc()
print(LCyc.count); gc.collect(); print(LCyc.count, gc.isenabled()); gc.enable(); print(gc.isenabled(), isinstance(gc.get_count(), tuple), len(gc.get_threshold()), gc.is_tracked([]))
print(sys.version_info >= (3, 0), sys.version[:2] in ("3.",), len(sys.argv) >= 1, sys.maxsize > 2 ** 31, sys.getrecursionlimit() > 100, sys.intern("abc") is sys.intern("ab" + "c"), isinstance(sys.getrefcount(log), int), type(sys.platform).__name__, sys.byteorder, "sys" in sys.modules)
sys.stdout.write("via write\n"); sys.stderr.write(""); sys.stdout.flush(); print("to stderr", file=sys.stderr); print("flush", flush=True)
i = id(log); print(i == id(log), id(1) == id(1), type(id(log)).__name__)
