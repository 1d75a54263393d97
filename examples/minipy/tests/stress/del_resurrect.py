"""__del__ with resurrection, from several threads and from the collector."""
import threading, gc
saved = []; runs = []
class Ph:
    def __init__(self, k, cyc): self.k = k; self.me = self if cyc else None
    def __del__(self): runs.append(self.k); saved.append(self)
N, PER = 4, 1000
def work(k):
    for i in range(PER): Ph(k, i % 2)
ts = [threading.Thread(target=work, args=(k,)) for k in range(N)]
for t in ts: t.start()
for t in ts: t.join()
gc.collect()
print("finalized", len(runs), [runs.count(k) for k in range(N)], "saved", len(saved), all(s.k in range(N) for s in saved))
saved.clear(); gc.collect(); print("second death is silent", len(runs), len(saved))
class Bad:
    def __del__(self): ends.append(1)
ends = []
class Chain:
    def __init__(self, n): self.n = n; self.next = Chain(n - 1) if n else None
    def __del__(self): ends.append(self.n)
def chains(k):
    for _ in range(100): Chain(20)
ts = [threading.Thread(target=chains, args=(k,)) for k in range(N)]
for t in ts: t.start()
for t in ts: t.join()
print("chain parts", len(ends), sum(ends))
ends.clear(); pool = [Bad() for _ in range(2000)]
def popper(k):
    while True:
        try: pool.pop()
        except IndexError: return
ts = [threading.Thread(target=popper, args=(k,)) for k in range(N)]
for t in ts: t.start()
for t in ts: t.join()
print("one end each", len(ends))
lock = threading.RLock(); n = [0]
class Locks:
    def __del__(self):
        with lock: n[0] += 1
def lk(k):
    for _ in range(1000):
        with lock: Locks()
ts = [threading.Thread(target=lk, args=(k,)) for k in range(N)]
for t in ts: t.start()
for t in ts: t.join()
print("finalizers that lock", n[0])
print("ok del_resurrect")
