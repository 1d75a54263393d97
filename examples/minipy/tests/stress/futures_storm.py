"""Thousands of futures."""
from concurrent.futures import ThreadPoolExecutor, as_completed, wait
import threading
def f(n):
    if n % 50 == 0: raise ValueError(n)
    return n * n
with ThreadPoolExecutor(max_workers=8) as ex:
    fs = [ex.submit(f, i) for i in range(3000)]
    good = bad = 0
    for x in as_completed(fs):
        try: good += x.result()
        except ValueError as e: bad += e.args[0]
print("good", good, "bad", bad, all(x.done() for x in fs))
with ThreadPoolExecutor(4) as ex: print("map", list(ex.map(lambda a, b: a * b, range(200), range(200))) == [i * i for i in range(200)])
hits = []; lock = threading.Lock()
with ThreadPoolExecutor(4) as ex:
    for i in range(1000): ex.submit(pow, i, 2).add_done_callback(lambda fut: hits.append(fut.result()))
print("callbacks", len(hits), sum(hits))
pools = []
for i in range(40):
    with ThreadPoolExecutor(3) as ex: pools.append(sum(ex.map(abs, range(-20, 0))))
print("pools", len(pools), set(pools))
ex = ThreadPoolExecutor(2); outer = [ex.submit(lambda i=i: [ex.submit(pow, i, 3)]) for i in range(50)]
inner = [o.result()[0].result() for o in outer]; print("nested", sum(inner)); d, nd = wait(outer); print(len(d), len(nd)); ex.shutdown()
try: ex.submit(print)
except RuntimeError as e: print(e)
def drive(k, out):
    with ThreadPoolExecutor(3) as e: out.append(sum(e.map(lambda v: v + k, range(300))))
out = []; ts = [threading.Thread(target=drive, args=(k, out)) for k in range(6)]
for t in ts: t.start()
for t in ts: t.join()
print("drivers", sorted(out))
print("ok futures_storm")
