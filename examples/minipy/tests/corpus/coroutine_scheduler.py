"""Cooperative tasks on generators: sleep, channels, cancellation, results, errors."""
from collections import deque
import heapq
class Sleep:
    def __init__(self, t): self.t = t
class Spawn:
    def __init__(self, g, name): self.g, self.name = g, name
class Join:
    def __init__(self, task): self.task = task
class Task:
    def __init__(self, g, name): self.g, self.name, self.done, self.result, self.error, self.waiters = g, name, False, None, None, []
class Cancelled(Exception): pass
class Channel:
    def __init__(self, size=1): self.size, self.q, self.getters, self.putters = size, deque(), deque(), deque()
    def get(self): return ("get", self)
    def put(self, v): return ("put", self, v)
class Loop:
    def __init__(self): self.ready, self.timers, self.now, self.seq, self.trace = deque(), [], 0, 0, []
    def spawn(self, g, name="task"): t = Task(g, name); self.ready.append((t, None, None)); return t
    def cancel(self, t): self.ready.append((t, None, Cancelled(t.name)))
    def step(self, t, val, exc):
        if t.done: return
        try: req = t.g.throw(exc) if exc else t.g.send(val)
        except StopIteration as e: return self.finish(t, e.value, None)
        except Exception as e: return self.finish(t, None, e)
        if req is None: self.ready.append((t, None, None))
        elif isinstance(req, Sleep): heapq.heappush(self.timers, (self.now + req.t, self.seq, t)); self.seq += 1
        elif isinstance(req, Spawn): self.ready.append((t, self.spawn(req.g, req.name), None))
        elif isinstance(req, Join):
            if req.task.done: self.ready.append((t, req.task.result, req.task.error))
            else: req.task.waiters.append(t)
        elif req[0] == "get":
            ch = req[1]
            if ch.q:
                self.ready.append((t, ch.q.popleft(), None))
                if ch.putters: p, v = ch.putters.popleft(); ch.q.append(v); self.ready.append((p, None, None))
            else: ch.getters.append(t)
        else:
            _, ch, v = req
            if ch.getters: self.ready.append((ch.getters.popleft(), v, None)); self.ready.append((t, None, None))
            elif len(ch.q) < ch.size: ch.q.append(v); self.ready.append((t, None, None))
            else: ch.putters.append((t, v))
    def finish(self, t, result, error):
        t.done, t.result, t.error = True, result, error; self.trace.append(f"{self.now}:{t.name}{'!' if error else ''}")
        for w in t.waiters: self.ready.append((w, result, error))
    def run(self):
        while self.ready or self.timers:
            if not self.ready: self.now, _, t = heapq.heappop(self.timers); self.ready.append((t, None, None))
            self.step(*self.ready.popleft())
def worker(n, d):
    for i in range(n): yield Sleep(d); print(f"  worker {d} tick {i}")
    return n * d
def failing(): yield Sleep(2); raise ValueError("task failed")
def main():
    a = yield Spawn(worker(3, 2), "a"); b = yield Spawn(worker(2, 3), "b"); f = yield Spawn(failing(), "f")
    print("a ->", (yield Join(a)), "b ->", (yield Join(b)))
    try: yield Join(f)
    except ValueError as e: print("joined error:", e)
    return "main done"
lp = Loop(); m = lp.spawn(main(), "main"); lp.run(); print(m.result, lp.now, lp.trace)
def producer(ch, n):
    for i in range(n): yield ch.put(i); print("put", i, end=" ")
    yield ch.put(None)
def consumer(ch, out):
    while (v := (yield ch.get())) is not None: out.append(v); yield Sleep(1)
    return sum(out)
lp, ch, out = Loop(), Channel(2), []; p = lp.spawn(producer(ch, 6), "p"); c = lp.spawn(consumer(ch, out), "c"); lp.run(); print("\n", out, c.result, lp.trace)
def endless():
    try:
        while True: yield Sleep(1)
    except Cancelled as e: print("cancelled", e); raise
    finally: print("cleanup")
def killer(lp, t): yield Sleep(3); lp.cancel(t)
lp = Loop(); e = lp.spawn(endless(), "endless"); lp.spawn(killer(lp, e), "killer"); lp.run(); print(type(e.error).__name__, lp.now)
def round_robin(*its):
    q = deque(map(iter, its))
    while q:
        it = q.popleft()
        try: yield next(it)
        except StopIteration: continue
        q.append(it)
print("".join(round_robin("abc", "d", "efgh")))
def ping(n, other):
    while n: n = yield from relay(n, other)
def relay(n, log): log.append(n); got = yield n; return (got if got is not None else n) - 1
log = []; g = ping(5, log); v = next(g)
try:
    while True: v = g.send(v - 1 if v > 3 else None)
except StopIteration: print(log)
