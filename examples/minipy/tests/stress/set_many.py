"""Many threads on one set."""
import threading
shared = set(range(100)); N = 4
def work(k):
    for i in range(3000):
        op = (i * 3 + k) % 8; v = (i * 17 + k) % 300
        try:
            if op == 0: shared.add(v)
            elif op == 1: shared.discard(v)
            elif op == 2: shared.remove(v)
            elif op == 3:
                for x in shared: x + 1
            elif op == 4: shared | {1}; shared & {2, 3}; shared - {v}; shared ^ {v}
            elif op == 5: shared.pop()
            elif op == 6: v in shared; len(shared); sorted(shared); shared.copy(); shared.issubset(range(400))
            else: shared.update((v, v + 1)); shared.difference_update((v,))
        except KeyError: pass
        except RuntimeError as e: assert "changed size" in str(e), e
ts = [threading.Thread(target=work, args=(k,)) for k in range(N)]
for t in ts: t.start()
for t in ts: t.join()
assert len(shared) == len(list(shared)) and all(0 <= v <= 301 for v in shared)
s = set()
def fill(k):
    for i in range(5000): s.add((k * 2500 + i))
ts = [threading.Thread(target=fill, args=(k,)) for k in range(N)]
for t in ts: t.start()
for t in ts: t.join()
print("union", len(s), sum(s))
got = [[] for _ in range(N)]
def drain(k):
    while True:
        try: got[k].append(s.pop())
        except KeyError: return
ts = [threading.Thread(target=drain, args=(k,)) for k in range(N)]
for t in ts: t.start()
for t in ts: t.join()
print("drained", sum(map(len, got)), sorted(v for g in got for v in g) == list(range(12500)), s)
print("ok set_many")
