"""Threads doing real work: merge sort, map-reduce, matrix product, prefix sums, search, pipeline."""
import threading, queue
from concurrent.futures import ThreadPoolExecutor
from collections import Counter
def run_all(fns):
    ts = [threading.Thread(target=f) for f in fns]
    for t in ts: t.start()
    for t in ts: t.join()
def merge(a, b):
    out, i, j = [], 0, 0
    while i < len(a) and j < len(b):
        if a[i] <= b[j]: out.append(a[i]); i += 1
        else: out.append(b[j]); j += 1
    return out + a[i:] + b[j:]
def psort(a, depth=2):
    if len(a) < 2: return a[:]
    mid, halves = len(a) // 2, [None, None]
    def left(): halves[0] = psort(a[:mid], depth - 1)
    def right(): halves[1] = psort(a[mid:], depth - 1)
    if depth > 0: run_all([left, right])
    else: left(); right()
    return merge(*halves)
data = [(i * 7919) % 2003 for i in range(2000)]; print(psort(data) == sorted(data), psort([]), psort([3, 1, 2]))
docs = ["the cat sat on the mat", "the dog sat", "a cat and a dog", "mat and cat"]
def mapper(d): return [(w, 1) for w in d.split()]
def reducer(kv): k, vs = kv; return k, sum(vs)
with ThreadPoolExecutor(3) as ex:
    groups = {}
    for pairs in ex.map(mapper, docs):
        for k, v in pairs: groups.setdefault(k, []).append(v)
    print(sorted(ex.map(reducer, groups.items()), key=lambda kv: (-kv[1], kv[0])))
    print(sorted(sum(ex.map(lambda d: Counter(d.split()), docs), Counter()).items()))
n = 30; A = [[i + j for j in range(n)] for i in range(n)]; B = [[i - j for j in range(n)] for i in range(n)]; C = [[0] * n for _ in range(n)]
def rows(lo, hi):
    def f():
        for i in range(lo, hi):
            for j in range(n): C[i][j] = sum(A[i][k] * B[k][j] for k in range(n))
    return f
run_all([rows(k * n // 4, (k + 1) * n // 4) for k in range(4)]); print(C == [[sum(A[i][k] * B[k][j] for k in range(n)) for j in range(n)] for i in range(n)], C[2][3])
def prefix(a, workers=4):
    size = (len(a) + workers - 1) // workers; out, tops, gate = a[:], [0] * workers, threading.Barrier(workers)
    def work(k):
        lo, hi = k * size, min((k + 1) * size, len(a)); run = 0
        for i in range(lo, hi): run += out[i]; out[i] = run
        tops[k] = run; gate.wait(); base = sum(tops[:k])
        for i in range(lo, hi): out[i] += base
    run_all([lambda k=k: work(k) for k in range(workers)]); return out
print(prefix(list(range(1, 14))))
found = threading.Event(); hit = []
def hunt(k):
    for x in range(k, 100000, 4):
        if found.is_set(): return
        if x * x == 2500 * 2500: hit.append(x); found.set()
run_all([lambda k=k: hunt(k) for k in range(4)]); print(hit)
def stage(f, src, dst):
    def loop():
        while (v := src.get()) is not None: dst.put(f(v))
        dst.put(None)
    return loop
qs = [queue.Queue(5) for _ in range(4)]; res = []
def feed():
    for i in range(40): qs[0].put(i)
    qs[0].put(None)
def drain():
    while (v := qs[3].get()) is not None: res.append(v)
run_all([feed, stage(lambda v: v + 1, qs[0], qs[1]), stage(lambda v: v * v, qs[1], qs[2]), stage(str, qs[2], qs[3]), drain]); print(" ".join(res))
class RW:
    def __init__(self): self.c = threading.Condition(); self.r = 0; self.w = False
    def read(self, f):
        with self.c:
            while self.w: self.c.wait()
            self.r += 1
        try: return f()
        finally:
            with self.c:
                self.r -= 1
                if not self.r: self.c.notify_all()
    def write(self, f):
        with self.c:
            while self.w or self.r: self.c.wait()
            self.w = True
        try: return f()
        finally:
            with self.c: self.w = False; self.c.notify_all()
rw = RW(); pair = [0, 0]; torn = []
def writer():
    def upd(): pair[0] += 1; pair[1] += 1
    for _ in range(200): rw.write(upd)
def reader():
    for _ in range(200): rw.read(lambda: torn.append(1) if pair[0] != pair[1] else None)
run_all([writer, reader, reader, writer]); print(pair, torn)
class Pool:
    def __init__(self, n): self.q = queue.Queue(); self.ts = [threading.Thread(target=self.loop) for _ in range(n)]; [t.start() for t in self.ts]
    def loop(self):
        while (job := self.q.get()) is not None:
            f, a, box, ev = job
            try: box["v"] = f(*a)
            except Exception as e: box["e"] = e
            ev.set()
    def submit(self, f, *a):
        box, ev = {}, threading.Event(); self.q.put((f, a, box, ev))
        def wait():
            ev.wait()
            if "e" in box: raise box["e"]
            return box["v"]
        return wait
    def __enter__(self): return self
    def __exit__(self, *a):
        for _ in self.ts: self.q.put(None)
        for t in self.ts: t.join()
with Pool(3) as p:
    ws = [p.submit(pow, i, 2) for i in range(10)]; bad = p.submit(lambda: 1 // 0); print([w() for w in ws])
    try: bad()
    except ZeroDivisionError as e: print("pool error:", e)
once, made = threading.Lock(), []
class Lazy:
    inst = None
    @classmethod
    def get(cls):
        if cls.inst is None:
            with once:
                if cls.inst is None: made.append(1); cls.inst = cls()
        return cls.inst
got = []; run_all([lambda: got.append(Lazy.get()) for _ in range(8)]); print(len(set(map(id, got))), made)
