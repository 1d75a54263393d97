"""Many threads on one list: every kind of access while it changes."""
import threading
shared = list(range(100))
N, ROUNDS = 4, 3000
caught = [0] * N
def work(k):
    for i in range(ROUNDS):
        op = (i * 7 + k) % 12
        try:
            if op == 0: shared.append(i)
            elif op == 1: shared.pop()
            elif op == 2: shared[i % 150]
            elif op == 3: shared[i % 90] = k
            elif op == 4: shared[10:20]
            elif op == 5: sum(v for v in shared if isinstance(v, int))
            elif op == 6: shared.insert(i % 50, -i)
            elif op == 7: del shared[i % 60]
            elif op == 8: shared.index(-12345)
            elif op == 9: shared[5:10] = [k, k, k, k, k]
            elif op == 10: sorted(shared); len(shared); 3 in shared; shared.count(k)
            elif op == 11 and i % 5 == 0: shared.sort()
            elif op == 11: shared.reverse(); shared.copy(); list(shared); shared + [1]; shared * 2
        except (IndexError, ValueError):
            caught[k] += 1
ts = [threading.Thread(target=work, args=(k,)) for k in range(N)]
for t in ts: t.start()
for t in ts: t.join()
assert all(isinstance(v, int) for v in shared) and len(shared) == len(list(shared))
assert all(c > 0 for c in caught)
# exact part: appends are atomic
out = []
def push(k):
    for i in range(5000): out.append(k * 5000 + i)
ts = [threading.Thread(target=push, args=(k,)) for k in range(N)]
for t in ts: t.start()
for t in ts: t.join()
print("appended", len(out), "distinct", len(set(out)), "sum", sum(out))
order = [[v for v in out if v // 5000 == k] for k in range(N)]
print("each thread's order kept:", all(o == sorted(o) for o in order))
# exact part: every element is popped exactly once
got = [[] for _ in range(N)]
def drain(k):
    while True:
        try: got[k].append(out.pop())
        except IndexError: return
ts = [threading.Thread(target=drain, args=(k,)) for k in range(N)]
for t in ts: t.start()
for t in ts: t.join()
allv = [v for g in got for v in g]
print("popped", len(allv), sorted(allv) == list(range(20000)), out)
print("ok list_many")
