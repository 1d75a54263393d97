"""Hundreds of short threads, nested starts, thread-locals that go away."""
import threading, weakref, gc
total = 0; lock = threading.Lock(); loc = threading.local(); refs = []
class Thing: pass
def short(i):
    global total
    loc.thing = Thing(); loc.thing.n = i
    with lock: refs.append(weakref.ref(loc.thing)); total += loc.thing.n
for batch in range(40):
    ts = [threading.Thread(target=short, args=(batch * 20 + j,)) for j in range(20)]
    for t in ts: t.start()
    for t in ts: t.join()
    assert not any(t.is_alive() for t in ts)
del t, ts; gc.collect()
print("total", total, "locals alive", sum(r() is not None for r in refs), len(refs))
for i in range(300):
    t = threading.Thread(target=short, args=(1,)); t.start(); t.join()
print("total", total)
done = []
def nest(n):
    if n:
        a = threading.Thread(target=nest, args=(n - 1,)); b = threading.Thread(target=nest, args=(n - 1,))
        a.start(); b.start(); a.join(); b.join()
    done.append(n)
nest(5); print("tree", len(done), [done.count(i) for i in range(6)])
ds = [threading.Thread(target=lambda: None, daemon=True) for _ in range(50)]
for d in ds: d.start()
for d in ds: d.join()
try: ds[0].start()
except RuntimeError as e: print(e)
print("threads left", threading.active_count())
print("ok thread_turnover")
