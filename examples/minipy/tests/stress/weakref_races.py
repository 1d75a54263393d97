"""Weak references made and called while their targets die."""
import threading, weakref, gc
class T:
    def __init__(self, n): self.n = n; self.check = n * 2
slot = [T(0)]; stop = threading.Event(); bad = []; cb = []
def churn():
    for i in range(1, 8000): slot[0] = T(i)
    stop.set()
def look():
    while not stop.is_set():
        r = weakref.ref(slot[0]); o = r()
        if o is not None and o.check != o.n * 2: bad.append(o.n)
        o = None; r()
def look_cb():
    while not stop.is_set(): r = weakref.ref(slot[0], lambda _: cb.append(1)); q = r(); del q
ts = [threading.Thread(target=f) for f in (churn, look, look, look_cb)]
for t in ts: t.start()
for t in ts: t.join()
print("broken", bad, slot[0].n)
fired = []; objs = [T(i) for i in range(3000)]
refs = [weakref.ref(o, lambda r, i=o.n: fired.append(i)) for o in objs]
def kill(k):
    for i in range(k, 3000, 3): objs[i] = None
ts = [threading.Thread(target=kill, args=(k,)) for k in range(3)]
for t in ts: t.start()
for t in ts: t.join()
gc.collect(); print("callbacks", len(fired), sorted(fired) == list(range(3000)), all(r() is None for r in refs))
wv = weakref.WeakValueDictionary(); strong = {}
def use(k):
    for i in range(1500):
        o = T(i); wv[(k, i)] = o
        if i % 3 == 0: strong[(k, i)] = o
        x = wv.get((1 - k, i)); assert x is None or x.check == 2 * x.n
        del o, x
ts = [threading.Thread(target=use, args=(k,)) for k in range(2)]
for t in ts: t.start()
for t in ts: t.join()
gc.collect(); print("weak values", len(wv), sorted(wv.keys()) == sorted(strong)); strong.clear(); gc.collect(); print("then", len(wv))
print("ok weakref_races")
