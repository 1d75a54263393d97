"""A discrete-event simulation: customers at counters, with a seeded generator of our own."""
from collections import deque, namedtuple
import heapq
Event = namedtuple("Event", "time seq kind who")
class Lcg:
    def __init__(self, seed): self.s = seed
    def next(self, n): self.s = (self.s * 6364136223846793005 + 1442695040888963407) % 2 ** 64; return (self.s >> 33) % n
class Sim:
    def __init__(self, counters, customers, seed=1):
        self.rng, self.heap, self.seq, self.now = Lcg(seed), [], 0, 0
        self.free, self.line, self.waits, self.log, self.busy = list(range(counters)), deque(), {}, [], {c: 0 for c in range(counters)}
        t = 0
        for i in range(customers): t += self.rng.next(5); self.at(t, "arrive", i)
    def at(self, t, kind, who): heapq.heappush(self.heap, Event(t, self.seq, kind, who)); self.seq += 1
    def run(self):
        arrived = {}
        while self.heap:
            ev = heapq.heappop(self.heap); self.now = ev.time
            if ev.kind == "arrive": arrived[ev.who] = ev.time; self.line.append(ev.who)
            else: c, who = ev.who; self.free.append(c); self.free.sort(); self.log.append(f"{ev.time}:{who}@{c}")
            while self.free and self.line:
                c, who = self.free.pop(0), self.line.popleft(); d = 2 + self.rng.next(8); self.waits[who] = self.now - arrived[who]; self.busy[c] += d; self.at(self.now + d, "leave", (c, who))
        return self
for n in (1, 2, 3):
    s = Sim(n, 30).run(); w = s.waits.values(); print(f"{n} counters: end {s.now}, mean wait {sum(w) / len(w):.2f}, max {max(w)}, busy {[round(b / s.now, 2) for b in s.busy.values()]}"); print(*s.log[:6], sep=" | ")
class Elevator:
    def __init__(self, floors): self.floors, self.at, self.dir, self.calls, self.trail = floors, 0, 1, set(), []
    def call(self, *fs):
        for f in fs:
            if not 0 <= f < self.floors: raise ValueError(f"no floor {f}")
            self.calls.add(f)
        return self
    def step(self):
        if self.at in self.calls: self.calls.remove(self.at); self.trail.append(f"[{self.at}]"); return
        if not any((f - self.at) * self.dir > 0 for f in self.calls): self.dir = -self.dir
        self.at += self.dir; self.trail.append(str(self.at))
    def run(self, later=()):
        later, t = dict(later), 0
        while self.calls or later:
            if t in later: self.call(*later.pop(t))
            if self.calls: self.step()
            t += 1
        return " ".join(self.trail)
print(Elevator(10).call(3, 7, 5).run({4: [1], 6: [9, 0]}))
try: Elevator(5).call(2, 8)
except ValueError as e: print(e)
class Light:
    ORDER = {"red": ("green", 3), "green": ("yellow", 4), "yellow": ("red", 1)}
    def __init__(self, s="red"): self.s, self.left = s, self.ORDER[s][1]
    def __iter__(self): return self
    def __next__(self):
        out = self.s; self.left -= 1
        if self.left == 0: self.s = self.ORDER[self.s][0]; self.left = self.ORDER[self.s][1]
        return out
print(*(s[0] for s, _ in zip(Light(), range(20))))
def ca(rule, width, steps):
    row = [0] * width; row[width // 2] = 1
    for _ in range(steps):
        yield "".join(".#"[v] for v in row)
        row = [rule >> (row[i - 1] * 4 + row[i] * 2 + row[(i + 1) % width]) & 1 for i in range(width)]
print(*ca(90, 31, 8), sep="\n"); print(*ca(30, 21, 5), sep="\n")
class Walker:
    D = {"N": (0, 1), "E": (1, 0), "S": (0, -1), "W": (-1, 0)}
    def __init__(self): self.p, self.h, self.seen = (0, 0), "N", {(0, 0)}
    def obey(self, s):
        for c in s:
            if c in "LR": self.h = "NESW"[("NESW".index(self.h) + (1 if c == "R" else -1)) % 4]
            elif c.isdigit():
                for _ in range(int(c)): self.p = tuple(a + b for a, b in zip(self.p, self.D[self.h])); self.seen.add(self.p)
        return self
w = Walker().obey("3R2R5L1LL4"); print(w.p, w.h, len(w.seen), max(w.seen), sorted(w.seen)[:3])
