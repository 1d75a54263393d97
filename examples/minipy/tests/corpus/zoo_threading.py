"""threading: threads, locks, conditions, barriers, events, semaphores, locals."""
import threading, time
def run(*fs):
    ts = [threading.Thread(target=f) for f in fs]
    for t in ts: t.start()
    for t in ts: t.join()
out = []
t = threading.Thread(target=lambda a, b=0: out.append((a, b)), args=(1,), kwargs={"b": 2}, name="namey", daemon=True)
print(t.name, t.daemon, t.is_alive(), t.ident); t.start(); t.join(); print(out, t.is_alive(), isinstance(t.ident, int), t.join())
try: t.start()
except RuntimeError as e: print(e)
try: threading.Thread(target=print).join()
except RuntimeError as e: print(e)
try: threading.current_thread().join()
except RuntimeError as e: print(e)
print(threading.current_thread().name, threading.main_thread() is threading.current_thread(), threading.active_count(), threading.get_ident() == threading.current_thread().ident)
class Worker(threading.Thread):
    def __init__(self, n): super().__init__(name=f"w{n}"); self.n = n; self.result = None
    def run(self): self.result = self.n ** 2, threading.current_thread().name, threading.current_thread() is self
ws = [Worker(i) for i in range(3)]
for w in ws: w.start()
for w in ws: w.join()
print([w.result for w in ws])
n = 0; L = threading.Lock()
def inc():
    global n
    for _ in range(1000):
        with L: n += 1
run(inc, inc, inc); print(n, L.locked(), L.acquire(), L.locked(), L.acquire(False), L.acquire(timeout=0.01), L.release(), L.locked())
R = threading.RLock()
with R:
    with R: print("nested", R.acquire(blocking=False)); R.release()
other = []
def tryr(): other.append(R.acquire(blocking=False))
with R: run(tryr)
print(other)
e = threading.Event(); log = []
def waiter(): log.append("waiting"); e.wait(); log.append("go")
w = threading.Thread(target=waiter); w.start(); print(e.is_set(), e.wait(0.001)); e.set(); w.join(); print(log, e.is_set(), e.wait()); e.clear(); print(e.is_set())
c = threading.Condition(); q = []
def cons():
    for _ in range(3):
        with c:
            while not q: c.wait()
            log.append(("got", q.pop(0)))
def prod():
    for i in range(3):
        with c: q.append(i); c.notify_all()
log.clear(); run(cons, prod); print(log)
with c: print(c.wait(0.001), c.wait_for(lambda: True), c.wait_for(lambda: False, timeout=0.001))
try: c.notify()
except RuntimeError as x: print(x)
b = threading.Barrier(3); ids = []; act = []
def party(): ids.append(b.wait())
run(party, party, party); print(sorted(ids), b.parties, b.n_waiting, b.broken)
b2 = threading.Barrier(2, action=lambda: act.append("action")); run(b2.wait, b2.wait); print(act)
b3 = threading.Barrier(2); res = []
def broken():
    try: b3.wait(timeout=0.01)
    except threading.BrokenBarrierError: res.append("broken")
run(broken); print(res, b3.broken); b3.reset(); print(b3.broken)
s = threading.Semaphore(2); print(s.acquire(), s.acquire(), s.acquire(blocking=False)); s.release(); s.release(2); print([s.acquire(blocking=False) for _ in range(4)])
bs = threading.BoundedSemaphore(1)
with bs: pass
try: bs.release()
except ValueError as x: print(x)
loc = threading.local(); loc.v = "main"; seen = []
def l(k):
    def f(): seen.append(hasattr(loc, "v")); loc.v = k; seen.append(loc.v)
    return f
run(l(1)); run(l(2)); print(seen, loc.v, vars(loc))
class MyLocal(threading.local):
    def __init__(self, start): self.n = start
ml = MyLocal(5); ml.n += 1; r = []; run(lambda: r.append(ml.n)); print(ml.n, r)
hook = []; old = threading.excepthook; threading.excepthook = lambda a: hook.append((a.exc_type.__name__, str(a.exc_value), a.thread.name))
def bad(): raise ValueError("in thread")
t = threading.Thread(target=bad, name="bad"); t.start(); t.join(); print(hook); threading.excepthook = old
class Catching(threading.Thread):
    exc = None
    def run(self):
        try: super().run()
        except Exception as e: self.exc = e
    def join(self, *a):
        super().join(*a)
        if self.exc: raise self.exc
t = Catching(target=lambda: 1 / 0); t.start()
try: t.join()
except ZeroDivisionError as x: print("propagated", x)
tm = []; timer = threading.Timer(0.001, lambda v: tm.append(v), args=["timer"]); timer.start(); timer.join(); t2 = threading.Timer(10, print); t2.start(); t2.cancel(); t2.join(); print(tm)
t = threading.Thread(target=time.sleep, args=(0.05,)); t.start(); t.join(0.001); print(t.is_alive()); t.join(); print(t.is_alive())
a, bb = threading.Lock(), threading.Lock(); bb.acquire(); seq = []
def ping():
    for i in range(3): a.acquire(); seq.append("ping"); bb.release()
def pong():
    for i in range(3): bb.acquire(); seq.append("pong"); a.release()
run(ping, pong); print(seq)
start = time.monotonic(); time.sleep(0.01); print(time.monotonic() - start >= 0.009, time.time() > 1e9, time.perf_counter() > 0)
