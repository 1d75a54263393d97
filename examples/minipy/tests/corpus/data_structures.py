"""LRU cache, tree, heap, trie, union-find, ring buffer, stack, queue, skip-ish set, matrix."""
class LRU:
    class _N:
        __slots__ = ("k", "v", "p", "n")
        def __init__(self, k=None, v=None): self.k, self.v = k, v
    def __init__(self, cap): self.cap, self.map = cap, {}; self.h, self.t = self._N(), self._N(); self.h.n, self.t.p = self.t, self.h; self.hits = self.misses = 0
    def _cut(self, n): n.p.n, n.n.p = n.n, n.p
    def _front(self, n): n.n, n.p = self.h.n, self.h; self.h.n.p = n; self.h.n = n
    def get(self, k, d=None):
        n = self.map.get(k)
        if n is None: self.misses += 1; return d
        self.hits += 1; self._cut(n); self._front(n); return n.v
    def put(self, k, v):
        if k in self.map: self.map[k].v = v; self.get(k); return
        if len(self.map) >= self.cap: old = self.t.p; self._cut(old); del self.map[old.k]
        n = self.map[k] = self._N(k, v); self._front(n)
    def keys(self):
        n = self.h.n
        while n is not self.t: yield n.k; n = n.n
c = LRU(3)
for k in "abc": c.put(k, k.upper())
c.get("a"); c.put("d", "D"); print(list(c.keys()), c.get("b"), c.get("a"), c.hits, c.misses); c.put("c", "new"); print(list(c.keys()), c.get("c"))
class Tree:
    def __init__(self, items=()): 
        self.root = None; self.n = 0
        for i in items: self.add(i)
    def add(self, v):
        self.n += 1
        if self.root is None: self.root = [v, None, None]; return
        node = self.root
        while True:
            side = 1 if v < node[0] else 2
            if node[side] is None: node[side] = [v, None, None]; return
            node = node[side]
    def __contains__(self, v):
        node = self.root
        while node and node[0] != v: node = node[1 if v < node[0] else 2]
        return node is not None
    def __iter__(self):
        st, node = [], self.root
        while st or node:
            while node: st.append(node); node = node[1]
            node = st.pop(); yield node[0]; node = node[2]
    def height(self, n=0): return 0 if (n := self.root if n == 0 else n) is None else 1 + max(self.height(n[1]), self.height(n[2]))
    def levels(self):
        row = [self.root] if self.root else []
        while row: yield [n[0] for n in row]; row = [k for n in row for k in n[1:] if k]
    def remove(self, v):
        def rm(n, v):
            if n is None: raise KeyError(v)
            if v != n[0]: i = 1 if v < n[0] else 2; n[i] = rm(n[i], v); return n
            if n[1] is None or n[2] is None: return n[1] or n[2]
            s = n[2]
            while s[1]: s = s[1]
            n[0] = s[0]; n[2] = rm(n[2], s[0]); return n
        self.root = rm(self.root, v); self.n -= 1
t = Tree([50, 30, 70, 20, 40, 60, 80, 35, 45]); print(list(t), 40 in t, 41 in t, t.height(), list(t.levels())); t.remove(30); t.remove(50); t.remove(20); print(list(t), list(t.levels()), t.n)
try: t.remove(999)
except KeyError as e: print("KeyError", e)
class Heap:
    def __init__(self, key=lambda v: v): self.a, self.key = [], key
    def push(self, v):
        a, i = self.a, len(self.a); a.append(v)
        while i and self.key(a[i]) < self.key(a[(i - 1) // 2]): a[i], a[(i - 1) // 2] = a[(i - 1) // 2], a[i]; i = (i - 1) // 2
    def pop(self):
        a = self.a; a[0], a[-1] = a[-1], a[0]; out = a.pop(); i = 0
        while (k := 2 * i + 1) < len(a):
            if k + 1 < len(a) and self.key(a[k + 1]) < self.key(a[k]): k += 1
            if self.key(a[i]) <= self.key(a[k]): break
            a[i], a[k] = a[k], a[i]; i = k
        return out
    def __len__(self): return len(self.a)
h = Heap(key=lambda p: (p[0], p[1]))
for p in ((5, "low"), (1, "urgent"), (3, "mid"), (1, "also")): h.push(p)
print([h.pop() for _ in range(len(h))])
class Trie:
    def __init__(self): self.kids, self.end = {}, False
    def add(self, w):
        n = self
        for ch in w: n = n.kids.setdefault(ch, Trie())
        n.end = True; return self
    def words(self, pre=""):
        if self.end: yield pre
        for ch in sorted(self.kids): yield from self.kids[ch].words(pre + ch)
    def starts(self, pre):
        n = self
        for ch in pre:
            if (n := n.kids.get(ch)) is None: return []
        return list(n.words(pre))
tr = Trie()
for w in "tea ten tent to inn in i".split(): tr.add(w)
print(list(tr.words()), tr.starts("te"), tr.starts("x"), tr.starts(""))
class Ring:
    def __init__(self, n): self.b, self.i, self.full = [None] * n, 0, False
    def add(self, v): self.b[self.i] = v; self.i = (self.i + 1) % len(self.b); self.full |= self.i == 0
    def __iter__(self): return iter(self.b[self.i:] + self.b[:self.i] if self.full else self.b[:self.i])
r = Ring(3)
for i in range(5): r.add(i); print(list(r), end=" ")
print()
class TwoStackQueue:
    def __init__(self): self.i, self.o = [], []
    def put(self, v): self.i.append(v)
    def get(self):
        if not self.o:
            while self.i: self.o.append(self.i.pop())
        return self.o.pop()
q = TwoStackQueue(); q.put(1); q.put(2); print(q.get(), q.put(3), q.get(), q.get())
class HashMap:
    def __init__(self): self.n, self.t = 0, [[] for _ in range(4)]
    def __setitem__(self, k, v):
        b = self.t[hash(k) % len(self.t)]
        for e in b:
            if e[0] == k: e[1] = v; return
        b.append([k, v]); self.n += 1
        if self.n > len(self.t) * 2: old = self.t; self.t = [[] for _ in range(len(old) * 2)]; self.n = 0; [self.__setitem__(*e) for b in old for e in b]
    def __getitem__(self, k):
        for a, v in self.t[hash(k) % len(self.t)]:
            if a == k: return v
        raise KeyError(k)
    def __len__(self): return self.n
m = HashMap()
for i in range(50): m[i] = i * i
m[7] = "seven"; print(len(m), m[7], m[49], len(m.t))
try: m["x"]
except KeyError as e: print("no", e)
