"""Many threads on one dictionary: insert, delete, iterate, resize."""
import threading
shared = {i: i for i in range(200)}
N, ROUNDS = 4, 3000
changed = [0] * N
def work(k):
    for i in range(ROUNDS):
        op = (i * 5 + k) % 10
        key = (i * 31 + k) % 400
        try:
            if op == 0: shared[key] = i
            elif op == 1: del shared[key]
            elif op == 2: shared.get(key, None)
            elif op == 3:
                for a in shared: shared.get(a)
            elif op == 4: sorted(shared.items())
            elif op == 5: shared.setdefault(key, k); shared.pop(key, None)
            elif op == 6: dict(shared); len(shared); key in shared; list(shared.values())
            elif op == 7: shared.update({key: 1, key + 1: 2})
            elif op == 8: shared.popitem()
            elif op == 9: {a: b for a, b in shared.items()}
            if i % 1000 == 999: shared.clear()
        except KeyError: pass
        except RuntimeError as e:
            assert "dictionary" in str(e), e
            changed[k] += 1
ts = [threading.Thread(target=work, args=(k,)) for k in range(N)]
for t in ts: t.start()
for t in ts: t.join()
assert len(shared) == len(list(shared)) and all(isinstance(a, int) for a in shared)
d = {}
def fill(k):
    for i in range(4000): d[(k, i)] = i
    for i in range(0, 4000, 2): del d[(k, i)]
    for i in range(1, 4000, 4): d[(k, i)] = "x"
ts = [threading.Thread(target=fill, args=(k,)) for k in range(N)]
for t in ts: t.start()
for t in ts: t.join()
print("entries", len(d), "x", list(d.values()).count("x"), "right:", all(v == "x" or v == i for (k, i), v in d.items()))
# setdefault has one winner per key
winners = {}; seen = [[] for _ in range(N)]
gate = threading.Barrier(N)
def race(k):
    gate.wait()
    for i in range(3000): seen[k].append(winners.setdefault(i, k))
ts = [threading.Thread(target=race, args=(k,)) for k in range(N)]
for t in ts: t.start()
for t in ts: t.join()
print("one winner:", all(s == seen[0] for s in seen), len(winners))
# pop hands every key to exactly one thread
d = dict.fromkeys(range(8000)); got = [0] * N
def take(k):
    for i in range(8000):
        if d.pop(i, "gone") is None: got[k] += 1
ts = [threading.Thread(target=take, args=(k,)) for k in range(N)]
for t in ts: t.start()
for t in ts: t.join()
print("popped", sum(got), d)
class Key:
    def __init__(self, v): self.v = v
    def __hash__(self): return self.v % 7
    def __eq__(self, o): return isinstance(o, Key) and self.v == o.v
ks = {}
def slow(k):
    for i in range(60): ks[Key(k * 60 + i)] = i; Key(i) in ks
ts = [threading.Thread(target=slow, args=(k,)) for k in range(N)]
for t in ts: t.start()
for t in ts: t.join()
print("python keys", len(ks), sum(ks.values()))
print("ok dict_many")
