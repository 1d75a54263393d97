"""queue and concurrent.futures."""
import queue, threading, time
from concurrent.futures import ThreadPoolExecutor, as_completed, wait, Future, FIRST_COMPLETED, ALL_COMPLETED, TimeoutError, CancelledError
q = queue.Queue(maxsize=2); q.put(1); q.put(2); print(q.qsize(), q.full(), q.empty())
try: q.put(3, block=False)
except queue.Full: print("Full")
try: q.put(3, timeout=0.01)
except queue.Full: print("Full again")
print(q.get(), q.get_nowait())
for f in (lambda: q.get(False), lambda: q.get(timeout=0.01), q.get_nowait):
    try: f()
    except queue.Empty as e: print("Empty", repr(str(e)))
l = queue.LifoQueue(); p = queue.PriorityQueue()
for v in (3, 1, 2): l.put(v); p.put((v, f"job{v}"))
print([l.get() for _ in range(3)], [p.get() for _ in range(3)])
q = queue.Queue(); done = []
def worker():
    while (item := q.get()) is not None: done.append(item * 2); q.task_done()
    q.task_done()
t = threading.Thread(target=worker); t.start()
for i in range(5): q.put(i)
q.join(); print(sorted(done)); q.put(None); t.join()
try: q.task_done()
except ValueError as e: print(e)
s = queue.SimpleQueue(); s.put("x"); print(s.qsize(), s.get(), s.empty())
def sq(x): return x * x
def fail(x): raise ValueError(f"bad {x}")
def slow(x, d): time.sleep(d); return x
with ThreadPoolExecutor(max_workers=3) as ex:
    f = ex.submit(sq, 7); print(f.result(), f.done(), f.exception(), f.cancelled(), f.running())
    print(list(ex.map(sq, range(6))), list(ex.map(pow, [2, 3], [3, 2])), list(ex.map(slow, "abc", [0.03, 0.02, 0.001])))
    f = ex.submit(fail, 1)
    try: f.result()
    except ValueError as e: print("result raised", e)
    print(repr(f.exception()), f.done())
    it = ex.map(lambda v: 10 // v, [5, 2, 0, 1]); got = []
    try:
        for v in it: got.append(v)
    except ZeroDivisionError as e: print(got, e)
    fs = {ex.submit(slow, n, d): n for n, d in (("slow", 0.06), ("fast", 0.0), ("mid", 0.03))}
    print([fs[f] for f in as_completed(fs)])
    fs = [ex.submit(sq, i) for i in range(4)]; d, nd = wait(fs); print(len(d), len(nd), sorted(f.result() for f in d))
    a = ex.submit(slow, 1, 0.05)
    try: a.result(timeout=0.001)
    except TimeoutError as e: print("TimeoutError", isinstance(e, Exception))
    d, nd = wait([a, ex.submit(sq, 1)], return_when=FIRST_COMPLETED); print(len(d) >= 1, a.result())
    calls = []; f = ex.submit(sq, 9); f.add_done_callback(lambda fut: calls.append(fut.result())); f.result()
    f.add_done_callback(lambda fut: calls.append("late"))
    print(ex.submit(lambda *a, **k: (a, k), 1, 2, z=3).result())
print(sorted(map(str, calls)))
try: ex.submit(sq, 1)
except RuntimeError as e: print(e)
one = ThreadPoolExecutor(1); gate = threading.Event(); first = one.submit(gate.wait); second = one.submit(sq, 2); print(second.cancel(), second.cancelled(), second.done()); gate.set(); one.shutdown(wait=True); print(first.result())
try: second.result()
except CancelledError: print("CancelledError")
f = Future(); print(f.done()); f.set_result(5); print(f.result(), f.done()); g = Future(); g.set_exception(KeyError("k")); print(repr(g.exception()))
init = []
with ThreadPoolExecutor(2, thread_name_prefix="pool", initializer=init.append, initargs=("init",)) as ex: print(ex.submit(lambda: threading.current_thread().name[:4]).result(), init[0])
def word_len(ws): return {w: len(w) for w in ws}
with ThreadPoolExecutor() as ex:
    merged = {}
    for part in ex.map(word_len, [["a", "bb"], ["ccc"], []]): merged |= part
print(merged)
def fibm(n): return n if n < 2 else fibm(n - 1) + fibm(n - 2)
with ThreadPoolExecutor(4) as ex: print(sum(ex.map(fibm, range(15))), [f.result() for f in [ex.submit(fibm, i) for i in (10, 5)]])
