"""Classes change (methods added, replaced, removed, bases' attributes, properties)
while other threads call."""
import threading
class Root:
    val = 0
    def f(self): return 0
    def g(self): return self.f() + self.val
class Mid(Root): pass
class Leaf(Mid): pass
class Other(Mid):
    def g(self): return -1
stop = threading.Event(); errors = []; calls = [0] * 3
def caller(k):
    o = Leaf()
    while not stop.is_set():
        try:
            r = o.f(); assert r in (0, 1, 2, 3), r
            o.g(); Leaf.val; o.val
            calls[k] += 1
            o.extra()
            o.prop
        except AttributeError: pass
        except BaseException as e: errors.append(repr(e)); return
def mutate():
    for i in range(4000):
        m = i % 8
        if m == 0: Root.f = lambda self: 1
        elif m == 1: Mid.f = lambda self: 2
        elif m == 2: Leaf.f = lambda self: 3
        elif m == 3: Leaf.extra = Leaf.f; Mid.prop = property(lambda self: self.f())
        elif m == 4: del Leaf.f; Root.val = i
        elif m == 5: del Mid.f; Mid.val = -i
        elif m == 6: del Leaf.extra; del Mid.prop; del Mid.val
        else:
            setattr(Root, f"m{i % 50}", staticmethod(lambda: i)); x = Other(); assert x.g() == -1
    stop.set()
ts = [threading.Thread(target=caller, args=(k,)) for k in range(2)] + [threading.Thread(target=mutate)]
for t in ts: t.start()
for t in ts: t.join()
print("errors", errors, "final", Leaf().f(), Root.val, sorted(n for n in vars(Leaf) if not n.startswith("_")))
made = []
def maker(k):
    for i in range(300):
        C = type(f"C{k}_{i}", (Leaf,), {"f": lambda self, i=i: i})
        assert C().f() == i and C().g() == i + Root.val
        made.append(C.__name__)
ts = [threading.Thread(target=maker, args=(k,)) for k in range(4)]
for t in ts: t.start()
for t in ts: t.join()
print("classes made", len(set(made)))
print("ok class_mutation")
