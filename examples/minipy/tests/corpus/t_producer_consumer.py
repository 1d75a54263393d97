"""Producers and consumers five ways."""
import queue
import threading
from collections import deque

def start(*fs):
    ts = [threading.Thread(target=f) for f in fs]
    for t in ts: t.start()
    return ts
def join(ts):
    for t in ts: t.join()

# 1: queue.Queue with sentinels
q = queue.Queue(maxsize=3)
got, glock = [], threading.Lock()
def producer(k):
    def run():
        for i in range(25):
            q.put((k, i))
    return run
def consumer():
    while True:
        item = q.get()
        if item is None:
            q.put(None)         # pass it on
            break
        with glock:
            got.append(item)
ps, cs = start(producer(0), producer(1)), start(consumer, consumer, consumer)
join(ps); q.put(None); join(cs)
print("queue", len(got), sorted(got) == [(k, i) for k in range(2) for i in range(25)])

# 2: bounded buffer from a Condition
class Buffer:
    def __init__(self, size):
        self.items, self.size, self.cond, self.closed = deque(), size, threading.Condition(), False
        self.most = 0
    def put(self, v):
        with self.cond:
            while len(self.items) >= self.size:
                self.cond.wait()
            self.items.append(v)
            self.most = max(self.most, len(self.items))
            self.cond.notify_all()
    def get(self):
        with self.cond:
            while not self.items and not self.closed:
                self.cond.wait()
            if not self.items:
                return None
            v = self.items.popleft()
            self.cond.notify_all()
            return v
    def close(self):
        with self.cond:
            self.closed = True
            self.cond.notify_all()
buf, sums = Buffer(4), [0, 0]
def fill():
    for i in range(1, 101): buf.put(i)
    buf.close()
def take(k):
    def run():
        while (v := buf.get()) is not None: sums[k] += v
    return run
join(start(fill, take(0), take(1)))
print("condition", sum(sums), buf.most <= 4)

# 3: semaphores
slots, avail, ring, lock3, total = threading.Semaphore(5), threading.Semaphore(0), deque(), threading.Lock(), []
def sp():
    for i in range(60):
        slots.acquire()
        with lock3: ring.append(i)
        avail.release()
def sc():
    for _ in range(60):
        avail.acquire()
        with lock3: total.append(ring.popleft())
        slots.release()
join(start(sp, sc)); print("semaphore", total == list(range(60)))

# 4: event hand-over, strictly alternating
full, empty, box, seen = threading.Event(), threading.Event(), [], []
empty.set()
def ep():
    for i in range(30):
        empty.wait(); empty.clear()
        box.append(i); full.set()
def ec():
    for _ in range(30):
        full.wait(); full.clear()
        seen.append(box.pop()); empty.set()
join(start(ep, ec)); print("event", seen == list(range(30)), box)

# 5: priority and last-in-first-out
pq, lifo, order = queue.PriorityQueue(), queue.LifoQueue(), []
for n, name in ((3, "low"), (1, "high"), (2, "mid"), (1, "also high")): pq.put((n, name)); lifo.put(name)
def drain():
    while not pq.empty(): order.append(pq.get()[1]); pq.task_done()
join(start(drain)); pq.join(); print("priority", order, [lifo.get() for _ in range(4)])
results = {}
def work(name, n): results[name] = sum(i * i for i in range(n))
ts = [threading.Thread(target=work, args=(f"t{i}",), kwargs={"n": i * 100}) for i in range(4)]
for t in ts: t.start()
join(ts); print(dict(sorted(results.items())))
