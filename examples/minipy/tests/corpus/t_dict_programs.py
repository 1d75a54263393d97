"""Dictionaries in use: grouping, inverting, counting, caching, nesting, merging."""
orders = [("ann", "tea", 3), ("bob", "pot", 1), ("ann", "cup", 4), ("cid", "tea", 2), ("bob", "tea", 5)]
by_person, by_item = {}, {}
for who, what, n in orders:
    by_person.setdefault(who, {})[what] = n
    by_item[what] = by_item.get(what, 0) + n
print(by_person, by_item)
print({k: sum(v.values()) for k, v in by_person.items()}, sorted(by_item, key=by_item.get, reverse=True), max(by_item.items(), key=lambda kv: kv[1]))
inverse = {}
for who, items in by_person.items():
    for i in items: inverse.setdefault(i, []).append(who)
print(inverse, {v: k for k, v in {"a": 1, "b": 2}.items()})
def merge(a, b):
    out = dict(a)
    for k, v in b.items():
        out[k] = merge(out[k], v) if isinstance(v, dict) and isinstance(out.get(k), dict) else v
    return out
print(merge({"x": {"a": 1, "b": 2}, "y": 1}, {"x": {"b": 3, "c": 4}, "z": 5}), {**{"a": 1}, **{"a": 2}}, {"a": 1} | {"b": 2})
def flatten(d, pre=""):
    for k, v in d.items():
        if isinstance(v, dict) and v: yield from flatten(v, f"{pre}{k}.")
        else: yield pre + k, v
flat = dict(flatten({"a": {"b": {"c": 1}, "d": 2}, "e": {}, "f": [1]})); print(flat)
def unflatten(d):
    out = {}
    for k, v in d.items():
        *path, last = k.split("."); cur = out
        for p in path: cur = cur.setdefault(p, {})
        cur[last] = v
    return out
print(unflatten(flat))
phone = {"ann": "123"}
for name in ("ann", "zed"):
    try: print(phone[name])
    except KeyError as e: print("missing", e, e.args)
    print(phone.get(name), phone.get(name, "none"), name in phone)
d = {}
for i in range(20): d[i % 7] = i
print(d, len(d), list(d)[0]); d.pop(3); d[3] = "back"; print(list(d), d.popitem(), sum(v for v in d.values()))
for k in [k for k, v in d.items() if v % 2]: del d[k]
print(d)
try:
    for k in d: d[k + 100] = 0
except RuntimeError as e: print(e)
keys, vals, items = d.keys(), d.values(), d.items(); d.clear(); d["new"] = 1; print(list(keys), list(vals), list(items), len(keys))
matrix = {(r, c): r * c for r in range(3) for c in range(3) if r != c}; print(matrix[2, 1], (1, 1) in matrix, sum(matrix.values()), max(matrix, key=matrix.get), {r for r, _ in matrix})
switch = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b}
print([switch.get(op, lambda a, b: None)(6, 3) for op in "+-*/"])
class Cfg(dict):
    def __getattr__(self, k):
        try: return self[k]
        except KeyError: raise AttributeError(k) from None
    def __setattr__(self, k, v): self[k] = v
    def __missing__(self, k): return f"default-{k}"
c = Cfg(port=80); c.host = "h"; print(c.port, c["host"], c["nope"], c, hasattr(c, "zz"), c.get("nope"), c.zz)
print(dict(sorted({"b": 1, "a": 2}.items())), list(dict(a=1, b=2).items()), dict([("k", "v")]), dict(enumerate("ab")), dict(zip("abc", range(3))), {c: "abca".count(c) for c in "abca"}, {1: "a"} == {1.0: "a"}, {"x": 1} != {"x": 2})
deep = {}
cur = deep
for ch in "abcde": cur[ch] = {}; cur = cur[ch]
print(deep, str(deep).count("{")); big = {str(i): i for i in range(5000)}; print(len(big), big["4999"], sum(big.values()), all(big[str(i)] == i for i in range(0, 5000, 97)))
for i in range(5000):
    if i % 3: del big[str(i)]
print(len(big), list(big)[:4], list(big.values())[-1]); print({None: 1, (): 2, "": 3, 0: 4, False: 5, b"": 6, frozenset(): 7})
