"""Sorting by hand and with sorted(): stability, keys, comparison functions."""
import random
from functools import cmp_to_key
def bubble(a):
    a = a[:]
    for i in range(len(a)):
        swapped = False
        for j in range(len(a) - 1 - i):
            if a[j] > a[j + 1]: a[j], a[j + 1] = a[j + 1], a[j]; swapped = True
        if not swapped: break
    return a
def insertion(a):
    a = a[:]
    for i in range(1, len(a)):
        v, j = a[i], i - 1
        while j >= 0 and a[j] > v: a[j + 1] = a[j]; j -= 1
        a[j + 1] = v
    return a
def selection(a):
    a = a[:]
    for i in range(len(a)): m = min(range(i, len(a)), key=a.__getitem__); a[i], a[m] = a[m], a[i]
    return a
def quick(a): return a if len(a) < 2 else quick([x for x in a if x < a[0]]) + [x for x in a if x == a[0]] + quick([x for x in a if x > a[0]])
def merge(a):
    if len(a) < 2: return a
    l, r, out = merge(a[:len(a) // 2]), merge(a[len(a) // 2:]), []
    i = j = 0
    while i < len(l) and j < len(r):
        if r[j] < l[i]: out.append(r[j]); j += 1
        else: out.append(l[i]); i += 1
    return out + l[i:] + r[j:]
def heap(a):
    a, n = a[:], len(a)
    def sift(i, n):
        while (c := 2 * i + 1) < n:
            if c + 1 < n and a[c + 1] > a[c]: c += 1
            if a[i] >= a[c]: return
            a[i], a[c] = a[c], a[i]; i = c
    for i in reversed(range(n // 2)): sift(i, n)
    for end in range(n - 1, 0, -1): a[0], a[end] = a[end], a[0]; sift(0, end)
    return a
def counting(a):
    lo = min(a, default=0); c = [0] * (max(a, default=0) - lo + 1)
    for v in a: c[v - lo] += 1
    return [i + lo for i, n in enumerate(c) for _ in range(n)]
def shell(a):
    a, gap = a[:], len(a) // 2
    while gap:
        for i in range(gap, len(a)):
            v = a[i]
            while i >= gap and a[i - gap] > v: a[i] = a[i - gap]; i -= gap
            a[i] = v
        gap //= 2
    return a
def radix(a):
    m = max(a, default=0); e = 1
    while m // e:
        b = [[] for _ in range(10)]
        for v in a: b[v // e % 10].append(v)
        a = [v for x in b for v in x]; e *= 10
    return a
r = random.Random(5); tests = [[], [1], [2, 1], [5] * 4, list(range(10)), list(range(10, 0, -1)), [r.randrange(100) for _ in range(60)]]
for f in (bubble, insertion, selection, quick, merge, heap, counting, shell, radix): print(f"{f.__name__:>10}", [f(t) == sorted(t) for t in tests])
print(merge(list("sorting")), quick([2.5, 1, True, -3]))
people = [("Ann", 30), ("Bob", 25), ("Cid", 30), ("Dee", 25)]
print(sorted(people, key=lambda p: p[1]), sorted(people, key=lambda p: p[1], reverse=True), sorted(people, key=lambda p: (-p[1], p[0])), sorted(sorted(people, reverse=True), key=lambda p: p[1]))
print(sorted(["10", "9", "2", "1"], key=int), sorted(["b", "A", "c"], key=str.lower), sorted(["x", "yy", "z"], key=len), sorted([3, -1, -2], key=abs), sorted("hello world".split(), key=lambda s: s[::-1]), sorted([True, 0, 2.5, -1]), sorted([[3], [1, 2], []]), sorted({"b": 2, "a": 1}.items(), key=lambda kv: kv[1], reverse=True))
print("".join(sorted(["3", "30", "34", "5", "9"], key=cmp_to_key(lambda a, b: 1 if a + b < b + a else -1))), sorted(range(6), key=lambda n: (n % 2, -n)))
big = [r.random() for _ in range(2000)]; s = sorted(big); print(all(a <= b for a, b in zip(s, s[1:])), sorted(big, reverse=True) == s[::-1], sorted(range(3000), key=lambda v: v % 7) == [v for m in range(7) for v in range(m, 3000, 7)])
l = [3, 1, 2]; print(l.sort(), l, l.sort(key=lambda v: -v), l)
def bad(v): raise ValueError("key failed")
try: l.sort(key=bad)
except ValueError as e: print(e, l)
try: sorted([1, "a", None])
except TypeError as e: print(e)
calls = []; sorted([3, 1, 2], key=lambda v: calls.append(v) or v); print(calls)
def search(a, v, lo=0):
    hi = len(a)
    while lo < hi: mid = (lo + hi) // 2; lo, hi = (mid + 1, hi) if a[mid] < v else (lo, mid)
    return lo
print([search([1, 3, 5, 5, 9], v) for v in (0, 1, 4, 5, 9, 10)])
