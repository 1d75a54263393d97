"""deque and queue under many threads."""
import threading, queue
from collections import deque
N, PER = 4, 4000
d = deque(); got = [[] for _ in range(N)]; done = threading.Event()
def put(k):
    for i in range(PER): (d.append if i % 2 else d.appendleft)(k * PER + i)
def take(k):
    while True:
        try: got[k].append(d.popleft() if k % 2 else d.pop())
        except IndexError:
            if done.is_set() and not d: return
ps = [threading.Thread(target=put, args=(k,)) for k in range(N)]; cs = [threading.Thread(target=take, args=(k,)) for k in range(2)]
for t in ps + cs: t.start()
for t in ps: t.join()
done.set()
for t in cs: t.join()
print("deque", sorted(v for g in got for v in g) == list(range(N * PER)), len(d))
for kind in (queue.Queue, queue.LifoQueue, queue.PriorityQueue, queue.SimpleQueue):
    q = kind() if kind is queue.SimpleQueue else kind(maxsize=16)
    out = [0] * N; n = [0] * N
    def prod(k):
        for i in range(1000): q.put(k * 1000 + i)
    def cons(k):
        while True:
            v = q.get()
            if v == 10 ** 9: return
            out[k] += v; n[k] += 1
    ps = [threading.Thread(target=prod, args=(k,)) for k in range(N)]; cs = [threading.Thread(target=cons, args=(k,)) for k in range(N)]
    for t in ps + cs: t.start()
    for t in ps: t.join()
    if kind is queue.LifoQueue:          # stop marks must not overtake
        while not q.empty(): pass
    for _ in cs: q.put(10 ** 9)
    for t in cs: t.join()
    while True:                          # overtaken items, if any
        try: v = q.get_nowait(); out[0] += v; n[0] += 1
        except queue.Empty: break
    print(kind.__name__, sum(n), sum(out), q.empty())
q = queue.Queue()
def worker():
    while True:
        f = q.get()
        if f is None: q.task_done(); return
        res.append(f * f); q.task_done()
res = []; ts = [threading.Thread(target=worker, daemon=True) for _ in range(3)]
for t in ts: t.start()
for i in range(500): q.put(i)
q.join(); print("joined", len(res), sum(res))
for _ in ts: q.put(None)
for t in ts: t.join()
m = deque(maxlen=10)
def roll():
    for i in range(5000): m.append(i); m.rotate(1); len(m)
ts = [threading.Thread(target=roll) for _ in range(3)]
for t in ts: t.start()
for t in ts: t.join()
print("bounded", len(m), all(0 <= v < 5000 for v in m))
print("ok queues_hammer")
