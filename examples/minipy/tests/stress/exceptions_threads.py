"""Exceptions raised, chained, shared and re-raised across threads."""
import threading, queue
class Boom(Exception):
    def __init__(self, k, i): super().__init__(k, i); self.k, self.i = k, i
N, PER = 4, 2000; counts = [0] * N; bad = []
def deep(n, k, i):
    try:
        if n == 0: raise Boom(k, i)
        deep(n - 1, k, i)
    finally: counts[k] += 1
def work(k):
    for i in range(PER):
        try:
            try: deep(5, k, i)
            except Boom as e:
                if (e.k, e.i) != (k, i): bad.append(e.args)
                raise ValueError(i) from e
        except ValueError as v:
            if v.__cause__.k != k: bad.append(v)
ts = [threading.Thread(target=work, args=(k,)) for k in range(N)]
for t in ts: t.start()
for t in ts: t.join()
print("unwound", counts, "mixed up", bad)
shared = ValueError("one exception object"); seen = [0] * N
def reraise(k):
    for _ in range(2000):
        try: raise shared
        except ValueError as e: seen[k] += e is shared
ts = [threading.Thread(target=reraise, args=(k,)) for k in range(N)]
for t in ts: t.start()
for t in ts: t.join()
print("same object", seen)
box = queue.Queue()
def fail(i):
    try: [][i]
    except IndexError as e: box.put((i, e))
for i in range(100):
    t = threading.Thread(target=fail, args=(i,)); t.start(); t.join()
n = 0
while not box.empty():
    i, e = box.get()
    try: raise e
    except IndexError as x: n += x is e
print("carried over", n)
hooked = []; threading.excepthook = lambda a: hooked.append((a.exc_type.__name__, str(a.exc_value)))
def die(i): raise KeyError(i)
ts = [threading.Thread(target=die, args=(i,)) for i in range(100)]
for t in ts: t.start()
for t in ts: t.join()
print("hook", len(hooked), sorted(set(h[0] for h in hooked)), len(set(hooked)))
def rec(n): return rec(n + 1)
hit = []
def overflow():
    try: rec(0)
    except RecursionError: hit.append(1)
ts = [threading.Thread(target=overflow) for _ in range(4)]
for t in ts: t.start()
for t in ts: t.join()
print("recursion caught", len(hit))
print("ok exceptions_threads")
