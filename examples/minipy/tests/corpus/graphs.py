"""Graph algorithms: BFS, DFS, Dijkstra, topological order, MST, Floyd-Warshall, SCC."""
import heapq
from collections import deque, defaultdict
edges = [("A", "B", 4), ("A", "C", 2), ("B", "C", 5), ("B", "D", 10), ("C", "E", 3), ("E", "D", 4), ("D", "F", 11), ("G", "H", 1)]
g = defaultdict(dict)
for a, b, w in edges: g[a][b] = w; g[b][a] = w
def bfs(start):
    seen, q, order = {start}, deque([start]), []
    while q:
        n = q.popleft(); order.append(n)
        for m in sorted(g[n]):
            if m not in seen: seen.add(m); q.append(m)
    return order
def dfs(n, seen=None):
    seen = set() if seen is None else seen
    seen.add(n); out = [n]
    for m in sorted(g[n]):
        if m not in seen: out += dfs(m, seen)
    return out
def dijkstra(src):
    dist, prev, heap = {src: 0}, {}, [(0, src)]
    while heap:
        d, n = heapq.heappop(heap)
        if d > dist[n]: continue
        for m, w in g[n].items():
            if d + w < dist.get(m, float("inf")): dist[m] = d + w; prev[m] = n; heapq.heappush(heap, (d + w, m))
    return dist, prev
def path(prev, dst):
    out = [dst]
    while out[-1] in prev: out.append(prev[out[-1]])
    return out[::-1]
dist, prev = dijkstra("A"); print(bfs("A"), dfs("A"), sorted(dist.items()), path(prev, "F"), "G" in dist)
def components():
    left, out = set(g), []
    while left: c = set(bfs(min(left))); out.append(sorted(c)); left -= c
    return out
print(components())
def topo(deps):
    indeg = {n: 0 for n in deps}
    for n in deps:
        for d in deps[n]: indeg.setdefault(d, 0); indeg[n] += 1
    ready, out = sorted(n for n, k in indeg.items() if k == 0), []
    while ready:
        n = ready.pop(0); out.append(n)
        for m in sorted(deps):
            if n in deps[m]:
                indeg[m] -= 1
                if indeg[m] == 0: ready.append(m); ready.sort()
    if len(out) < len(indeg): raise ValueError("cycle among " + ", ".join(sorted(set(indeg) - set(out))))
    return out
print(topo({"app": ["lib", "net"], "lib": ["core"], "net": ["core", "lib"], "core": []}))
try: topo({"a": ["b"], "b": ["a"], "c": []})
except ValueError as e: print(e)
class UF:
    def __init__(self): self.p = {}
    def find(self, x):
        self.p.setdefault(x, x)
        while self.p[x] != x: self.p[x] = self.p[self.p[x]]; x = self.p[x]
        return x
    def union(self, a, b): ra, rb = self.find(a), self.find(b); self.p[ra] = rb; return ra != rb
uf = UF(); mst = [(w, a, b) for w, a, b in sorted((w, a, b) for a, b, w in edges) if uf.union(a, b)]; print(mst, sum(w for w, *_ in mst))
nodes = sorted(g); INF = float("inf")
d = {a: {b: 0 if a == b else g[a].get(b, INF) for b in nodes} for a in nodes}
for k in nodes:
    for i in nodes:
        for j in nodes: d[i][j] = min(d[i][j], d[i][k] + d[k][j])
for n in nodes: print(n, *(f"{d[n][m]:>4}" for m in nodes))
def scc(graph):
    idx, low, st, on, out, n = {}, {}, [], set(), [], [0]
    def go(v):
        idx[v] = low[v] = n[0]; n[0] += 1; st.append(v); on.add(v)
        for w in graph.get(v, ()):
            if w not in idx: go(w); low[v] = min(low[v], low[w])
            elif w in on: low[v] = min(low[v], idx[w])
        if low[v] == idx[v]:
            comp = []
            while True:
                w = st.pop(); on.discard(w); comp.append(w)
                if w == v: break
            out.append(sorted(comp))
    for v in graph:
        if v not in idx: go(v)
    return out
print(scc({1: [2], 2: [3], 3: [1, 4], 4: [5], 5: [4], 6: [5]}))
maze = ["#########", "#S..#...#", "#.#.#.#.#", "#.#...#E#", "#########"]
def solve(m):
    pos = {c: (r, k) for r, row in enumerate(m) for k, c in enumerate(row) if c in "SE"}
    q, came = deque([pos["S"]]), {pos["S"]: None}
    while q:
        cur = q.popleft()
        if cur == pos["E"]: break
        for dr, dc in ((0, 1), (1, 0), (0, -1), (-1, 0)):
            nx = cur[0] + dr, cur[1] + dc
            if m[nx[0]][nx[1]] != "#" and nx not in came: came[nx] = cur; q.append(nx)
    grid = [list(r) for r in m]; cur = came[pos["E"]]; n = 1
    while cur != pos["S"]: grid[cur[0]][cur[1]] = "*"; cur = came[cur]; n += 1
    return n, "\n".join("".join(r) for r in grid)
print(*solve(maze), sep="\n")
h = []
for v in (5, 1, 4, 1, 3): heapq.heappush(h, v)
x = [9, 2, 7]; heapq.heapify(x); print([heapq.heappop(h) for _ in range(5)], x[0], heapq.nsmallest(2, [3, 1, 2]), heapq.nlargest(2, [3, 1, 2]), heapq.heappushpop(x, 1), heapq.heapreplace(x, 8), sorted(x))
