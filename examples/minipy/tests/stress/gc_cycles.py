"""gc.collect() in a loop beside threads that make cycles."""
import gc, threading, weakref
N, PER = 3, 1500
dead = [0] * N; stop = threading.Event(); collections = [0]; kept = []
class Node:
    def __init__(self, k): self.k = k; self.links = []; self.me = self
    def __del__(self): deaths.append(self.k)
deaths = []; refs = []
def make(k):
    for i in range(PER):
        a, b = Node(k), Node(k)
        a.links.append(b); b.links.append(a)
        d = {"node": a}; a.d = d; a.f = lambda a=a, b=b: (a, b)
        if i % 100 == 0: kept.append(a)
        if i % 10 == 0: refs.append(weakref.ref(b))
def collect():
    while not stop.is_set(): gc.collect(); collections[0] += 1
c = threading.Thread(target=collect); c.start()
ts = [threading.Thread(target=make, args=(k,)) for k in range(N)]
for t in ts: t.start()
for t in ts: t.join()
stop.set(); c.join(); gc.collect()
print("kept", len(kept), all(n.me is n and n.links[0].links[0] is n and n.f()[0] is n for n in kept))
print("dead", len(deaths), [deaths.count(k) for k in range(N)], "weakrefs alive", sum(r() is not None for r in refs))
kept.clear(); gc.collect()
print("dead", len(deaths), "weakrefs alive", sum(r() is not None for r in refs), "collected:", collections[0] > 0)
print("ok gc_cycles")
