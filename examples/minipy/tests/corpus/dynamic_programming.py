"""Knapsack, longest common subsequence, coins, partitions, paths, sieves, memoization."""
from functools import lru_cache
def knap(items, cap):
    best = [[0] * (cap + 1) for _ in range(len(items) + 1)]
    for i, (n, w, v) in enumerate(items, 1):
        for c in range(cap + 1):
            best[i][c] = best[i - 1][c]
            if w <= c and best[i - 1][c - w] + v > best[i][c]: best[i][c] = best[i - 1][c - w] + v
    c, took = cap, []
    for i in range(len(items), 0, -1):
        if best[i][c] != best[i - 1][c]: took.append(items[i - 1][0]); c -= items[i - 1][1]
    return best[-1][cap], took[::-1]
print(knap([("map", 9, 150), ("water", 153, 200), ("tin", 68, 45), ("rope", 40, 160), ("cheese", 23, 30)], 200))
def lcs(a, b):
    t = [[""] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b): t[i + 1][j + 1] = t[i][j] + x if x == y else max(t[i][j + 1], t[i + 1][j], key=len)
    return t[-1][-1]
print(lcs("thisisatest", "testing123testing"), lcs("", "a"))
@lru_cache(None)
def ways(total, coins): return 1 if total == 0 else 0 if total < 0 or not coins else ways(total - coins[0], coins) + ways(total, coins[1:])
print(ways(100, (50, 25, 10, 5, 1)), ways(3, (2,)))
def fewest(total, coins):
    best = [0] + [None] * total
    for t in range(1, total + 1):
        opts = [best[t - c] for c in coins if c <= t and best[t - c] is not None]; best[t] = min(opts) + 1 if opts else None
    return best[total]
print(fewest(63, [1, 5, 10, 21, 25]), fewest(3, [2]))
def lis(a):
    best = []
    for i, v in enumerate(a): best.append(max((best[j] for j in range(i) if a[j] < v), key=len, default=[]) + [v])
    return max(best, key=len)
print(lis([10, 9, 2, 5, 3, 7, 101, 18]))
part = [1] + [0] * 100
for k in range(1, 101):
    for n in range(k, 101): part[n] += part[n - k]
print(part[5], part[50], part[100])
@lru_cache(maxsize=None)
def paths(r, c): return 1 if r == 0 or c == 0 else paths(r - 1, c) + paths(r, c - 1)
print(paths(16, 16), paths.cache_info().currsize)
def sieve(n):
    f = [True] * (n + 1); f[0:2] = [False, False]
    for i in range(2, int(n ** 0.5) + 1):
        if f[i]: f[i * i::i] = [False] * len(range(i * i, n + 1, i))
    return [i for i, p in enumerate(f) if p]
p = sieve(1000); print(len(p), p[:10], p[-1], sum(p), [(a, b) for a, b in zip(p, p[1:]) if b - a == 2][:5])
def factors(n):
    d, out = 2, {}
    while d * d <= n:
        while n % d == 0: out[d] = out.get(d, 0) + 1; n //= d
        d += 1
    if n > 1: out[n] = out.get(n, 0) + 1
    return out
print([factors(n) for n in (1, 2, 360, 97, 2 ** 10 * 3, 600851475143)], [n for n in range(2, 500) if sum(d for d in range(1, n) if n % d == 0) == n])
def miller(n):
    if n < 2: return False
    for q in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37):
        if n % q == 0: return n == q
    d, s = n - 1, 0
    while d % 2 == 0: d, s = d // 2, s + 1
    for a in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37):
        x = pow(a, d, n)
        if x in (1, n - 1): continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1: break
        else: return False
    return True
print([n for n in range(100) if miller(n)] == sieve(99), miller(2 ** 61 - 1), miller(2 ** 89 - 1), miller(2 ** 67 - 1))
def pascal(n):
    row = [1]
    for _ in range(n): yield row; row = [1] + [a + b for a, b in zip(row, row[1:])] + [1]
for r in pascal(6): print(" ".join(map(str, r)).center(20).rstrip())
def edit(a, b, memo={}):
    if (a, b) not in memo: memo[a, b] = len(a or b) if not a or not b else edit(a[1:], b[1:]) if a[0] == b[0] else 1 + min(edit(a[1:], b), edit(a, b[1:]), edit(a[1:], b[1:]))
    return memo[a, b]
print(edit("intention", "execution"), max(range(1, 3000), key=lambda n: (lambda f: f(f, n))(lambda f, n: 1 if n == 1 else 1 + f(f, n // 2 if n % 2 == 0 else 3 * n + 1))))
kad = best = 0
for v in (-2, 1, -3, 4, -1, 2, 1, -5, 4): kad = max(v, kad + v); best = max(best, kad)
print(best, sum(1 / n for n in range(1, 11)), (lambda n: [n := n + 1 for _ in range(3)])(5))
