"""One generator or iterator used by several threads."""
import threading
def numbers(n):
    for i in range(n): yield i
g = numbers(20000); got = [[] for _ in range(4)]; busy = [0] * 4
def pull(k):
    while True:
        try: got[k].append(next(g))
        except StopIteration: return
        except ValueError as e:
            assert "generator already executing" in str(e), e
            busy[k] += 1
ts = [threading.Thread(target=pull, args=(k,)) for k in range(4)]
for t in ts: t.start()
for t in ts: t.join()
v = sorted(x for p in got for x in p); print("each value once:", v == list(range(20000)))
class Safe:
    def __init__(self, it): self.it, self.lock = iter(it), threading.Lock()
    def __iter__(self): return self
    def __next__(self):
        with self.lock: return next(self.it)
s = Safe(numbers(20000)); sums = [0] * 4; cnt = [0] * 4
def use(k):
    for x in s: sums[k] += x; cnt[k] += 1
ts = [threading.Thread(target=use, args=(k,)) for k in range(4)]
for t in ts: t.start()
for t in ts: t.join()
print("locked", sum(cnt), sum(sums))
# shared list/dict/range/zip/map iterators must not crash
for it in (iter(list(range(5000))), iter(dict.fromkeys(range(5000))), iter(range(5000)), zip(range(5000), range(5000)), enumerate(range(5000)), map(str, range(5000)), iter("x" * 5000), reversed(list(range(5000)))):
    seen = []
    def eat():
        for x in it: seen.append(x)
    ts = [threading.Thread(target=eat) for _ in range(3)]
    for t in ts: t.start()
    for t in ts: t.join()
    assert len(set(map(str, seen))) >= 1 and next(it, "end") == "end"
closes = []
def res():
    try:
        while True: yield 1
    finally: closes.append(1)
for _ in range(200):
    r = res(); next(r)
    def close():
        try: r.close()
        except ValueError: pass
    ts = [threading.Thread(target=close) for _ in range(2)]
    for t in ts: t.start()
    for t in ts: t.join()
print("finally ran", len(closes))
print("ok shared_generators")
