"""Locks of all kinds, exact counts."""
import threading, time
N, PER = 4, 2000
def run(f, n=N):
    ts = [threading.Thread(target=f, args=(k,)) for k in range(n)]
    for t in ts: t.start()
    for t in ts: t.join()
class Box: pass
b = Box(); b.n = 0; L = threading.Lock()
def lk(k):
    for _ in range(PER):
        with L: b.n += 1
run(lk); print("Lock", b.n)
R = threading.RLock(); b.n = 0
def rl(k):
    for _ in range(PER // 2):
        with R:
            with R:
                R.acquire(); b.n += 1; R.release()
run(rl); print("RLock", b.n)
try: R.release()
except RuntimeError as e: print(e)
S = threading.Semaphore(2); b.inside = b.peak = b.n = 0
def sem(k):
    for _ in range(200):
        with S:
            with L: b.inside += 1; b.peak = max(b.peak, b.inside); b.n += 1
            with L: b.inside -= 1
run(sem); print("Semaphore", b.n, b.inside, b.peak <= 2)
BS = threading.BoundedSemaphore(1)
with BS: pass
try: BS.release()
except ValueError as e: print(e)
C = threading.Condition(); items = []; got = []
def cv(k):
    for i in range(300):
        with C:
            if k % 2: items.append((k, i)); C.notify()
            else: C.wait_for(lambda: items); got.append(items.pop())
run(cv); print("Condition", len(got), len(items), len(set(got)))
B = threading.Barrier(N); phases = [[] for _ in range(50)]; leaders = []
def bar(k):
    for p in range(50):
        phases[p].append(k)
        if B.wait() == 0: leaders.append(p)
        assert len(phases[p]) == N
        B.wait()
run(bar); print("Barrier", all(sorted(p) == list(range(N)) for p in phases), leaders == list(range(50)))
E = threading.Event(); woke = []
def ev(k): E.wait(); woke.append(k)
ts = [threading.Thread(target=ev, args=(k,)) for k in range(20)]
for t in ts: t.start()
E.set()
for t in ts: t.join()
print("Event", len(woke), E.is_set()); E.clear(); print(E.wait(0.01))
L.acquire(); print("timeout", L.acquire(timeout=0.02), L.acquire(False), L.acquire(blocking=False), L.locked()); L.release()
try: L.release()
except RuntimeError as e: print(e)
forks = [threading.Lock() for _ in range(5)]; meals = [0] * 5
def phil(k):
    a, c = sorted((k, (k + 1) % 5))
    for _ in range(200):
        with forks[a], forks[c]: meals[k] += 1
run(phil, 5); print("meals", meals)
def crash(k):
    for i in range(300):
        try:
            with L: raise ValueError(i)
        except ValueError: pass
run(crash); print("released after exceptions:", not L.locked())
toks = [threading.Lock() for _ in range(N)]; order = []
for t in toks[1:]: t.acquire()
def ring(k):
    for i in range(100): toks[k].acquire(); order.append(k); toks[(k + 1) % N].release()
run(ring); print("ring", order == list(range(N)) * 100)
print("ok locks_all")
