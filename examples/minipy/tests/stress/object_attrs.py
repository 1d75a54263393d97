"""One object's attributes: set, delete, read, vars(), __dict__ -- all at once."""
import threading
class Bag:
    default = "class"
    def __init__(self): self.a = 0; self.b = 0
class Slots:
    __slots__ = ("p", "q")
obj, sl = Bag(), Slots(); sl.p = sl.q = 0; N = 4
def work(k):
    for i in range(4000):
        op = (i + k) % 9; name = f"n{(i * 7 + k) % 40}"
        try:
            if op == 0: setattr(obj, name, i)
            elif op == 1: delattr(obj, name)
            elif op == 2: getattr(obj, name)
            elif op == 3: obj.a = i; obj.b = obj.a; obj.default
            elif op == 4: len(vars(obj)); list(obj.__dict__)
            elif op == 5: sl.p = (k, i); a, b = sl.p; assert 0 <= a < N and 0 <= b < 4000
            elif op == 6: del sl.q; sl.q = 1
            elif op == 7: obj.__dict__[name] = k; hasattr(obj, name)
            else: obj.default = i; del obj.default
        except (AttributeError, KeyError): pass
        except RuntimeError as e: assert "changed size" in str(e), e
ts = [threading.Thread(target=work, args=(k,)) for k in range(N)]
for t in ts: t.start()
for t in ts: t.join()
assert obj.a in range(4000)
# a published pair is always seen whole
class Pair: pass
box = Pair(); box.v = (0, 0); bad = []; stop = threading.Event()
def writer():
    for i in range(20000): box.v = (i, i)
    stop.set()
def reader():
    while not stop.is_set():
        x, y = box.v
        if x != y: bad.append((x, y))
ts = [threading.Thread(target=writer)] + [threading.Thread(target=reader) for _ in range(2)]
for t in ts: t.start()
for t in ts: t.join()
print("torn pairs", bad, box.v)
own = Bag()
def mine(k):
    for i in range(3000): setattr(own, f"t{k}_{i % 100}", i)
ts = [threading.Thread(target=mine, args=(k,)) for k in range(N)]
for t in ts: t.start()
for t in ts: t.join()
d = vars(own); print("attributes", len(d), sum(v for n, v in d.items() if n[0] == "t"))
print("ok object_attrs")
