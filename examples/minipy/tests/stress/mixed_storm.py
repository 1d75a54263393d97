"""Everything shared with everything: nested containers, closures, strings, big ints."""
import threading, gc
world = {"list": [], "dict": {}, "set": set(), "text": "", "fn": lambda: 0}
N = 4
def work(k):
    for i in range(1500):
        try:
            world["list"].append({"k": k, "i": i, "l": [i] * 3})
            if len(world["list"]) > 200: world["list"] = world["list"][100:]
            world["dict"].setdefault(i % 20, []).append(k)
            if i % 50 == 0: world["dict"] = {}
            world["set"].add((k, i % 30)); world["set"].discard((k, (i + 15) % 30))
            world["text"] = f"{k}:{i}:{world['text'][:20]}"
            world["fn"] = lambda k=k, i=i: k * 10000 + i
            v = world["fn"](); assert 0 <= v < N * 10000
            x = world["list"][-1]; assert len(x["l"]) == 3 and x["l"][0] == x["i"]
            world[f"tmp{k}"] = 3 ** (i % 200); assert world.pop(f"tmp{k}") == 3 ** (i % 200)
            if i % 300 == 0: gc.collect()
            sorted(map(str, list(world["list"])))[:1]
            global_thing(k, i)
        except (IndexError, KeyError): pass
        except RuntimeError as e: assert "changed size" in str(e), e
def global_thing(k, i):
    global shared_global
    shared_global = (k, i)
    globals()["g%d" % (i % 10)] = i
errs = []
def safe(k):
    try: work(k)
    except BaseException as e: errs.append(repr(e))
ts = [threading.Thread(target=safe, args=(k,)) for k in range(N)]
for t in ts: t.start()
for t in ts: t.join()
print("errors", errs, all(k < N and i < 30 for k, i in world["set"]), len(shared_global))
print("ok mixed_storm")
