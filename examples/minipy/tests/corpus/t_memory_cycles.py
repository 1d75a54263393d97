"""Reference cycles, weak parents, caches that forget, finalizer order -- explained step by step."""
import gc
import weakref

events = []

class Tracked:
    def __init__(self, name):
        self.name = name
    def __del__(self):
        events.append(self.name)

def flush(title):
    print(f"{title}: {sorted(events)}")
    events.clear()

gc.collect()
gc.disable()

def local_scope():
    a = Tracked("a")
    b = Tracked("b")
local_scope(); flush("function locals")

x = Tracked("first"); x = Tracked("second"); flush("rebinding")
del x; flush("del")

box = [Tracked("l1"), Tracked("l2"), Tracked("l3")]
box.pop(1); flush("pop"); box[0] = None; flush("item replaced"); box.clear(); flush("clear")
d = {"k": Tracked("d1"), "j": Tracked("d2")}
d["k"] = 0; flush("value replaced"); d.pop("j"); flush("dict pop")
t = (Tracked("t"),); u = t; del t; flush("one tuple name gone"); del u; flush("both gone")

class Parent:
    def __init__(self, name): self.t = Tracked(name); self.children = []
    def add(self, child): self.children.append(child); child.parent = self; return self
class Child:
    def __init__(self, name): self.t = Tracked(name)
p = Parent("p").add(Child("c1")).add(Child("c2")); del p; flush("strong cycle, no collect")
gc.collect(); flush("strong cycle, collected")

class WeakChild(Child):
    @property
    def parent(self): return self._p()
    @parent.setter
    def parent(self, v): self._p = weakref.ref(v)
c = WeakChild("wc"); p = Parent("wp").add(c); print(c.parent is p); del p; flush("weak cycle"); print(c.parent); del c; flush("child")

class Cache:
    def __init__(self): self.d = weakref.WeakValueDictionary(); self.made = 0
    def get(self, k):
        v = self.d.get(k)
        if v is None: self.made += 1; v = self.d[k] = Tracked(f"cached {k}")
        return v
cache = Cache(); one = cache.get(1); print(cache.get(1) is one, cache.made, len(cache.d)); del one; print(len(cache.d)); flush("cache forgot"); cache.get(1); print(cache.made); flush("made again")

def closure_cycle():
    me = Tracked("closure")
    def f(): return f, me
    return weakref.ref(me)
r = closure_cycle(); print(r() is not None); gc.collect(); print(r()); flush("closure cycle")
class Meth:
    def __init__(self): self.t = Tracked("bound"); self.cb = self.go
    def go(self): pass
Meth(); flush("bound method cycle"); gc.collect(); flush("collected")
def gen():
    t = Tracked("in generator")
    yield
g = gen(); next(g); del g; flush("generator dropped")
try:
    t = Tracked("exc local")
    raise ValueError(t)
except ValueError as e: pass
del t; flush("exception freed")
log = []; o = Tracked("watched"); refs = [weakref.ref(o, lambda r, i=i: log.append(i)) for i in range(3)]; del o; print(sorted(log), [r() for r in refs]); flush("watched")
class Chain:
    def __init__(self, n): self.t = Tracked(f"n{n}"); self.next = Chain(n - 1) if n else None
ch = Chain(4); mid = ch.next.next; del ch; flush("head of chain"); del mid; flush("rest of chain")
class Back:
    pool = []
    def __init__(self): self.n = 0
    def __del__(self): self.n += 1; Back.pool.append(self)
b = Back(); del b; b = Back.pool.pop(); print(b.n); del b; print(len(Back.pool))
l = []
for i in range(100): l.append([l])
del l; print(gc.collect() > 0, gc.collect()); gc.enable()
