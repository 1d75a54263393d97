"""Number crunching: Mandelbrot in letters, matrix products, integration, Newton, primes spiral, statistics."""
def mandel(w, h, n=40):
    for j in range(h):
        row = ""
        for i in range(w):
            cr, ci, x, y, k = i / w * 3 - 2.2, j / h * 2.4 - 1.2, 0.0, 0.0, 0
            while x * x + y * y < 4 and k < n: x, y, k = x * x - y * y + cr, 2 * x * y + ci, k + 1
            row += " .:-=+*#%@"[min(9, k * 9 // n)]
        yield row.rstrip()
print(*mandel(60, 20), sep="\n")
def matmul(a, b):
    bt = list(zip(*b)); return [[sum(x * y for x, y in zip(r, c)) for c in bt] for r in a]
n = 24; a = [[(i * j) % 7 + 1 for j in range(n)] for i in range(n)]; b = [[(i + j) % 5 - 2 for j in range(n)] for i in range(n)]
c = matmul(a, b); print(sum(map(sum, c)), c[3][4], matmul(a, [[int(i == j) for j in range(n)] for i in range(n)]) == a, [list(r) for r in zip(*[[1, 2], [3, 4], [5, 6]])])
def simpson(f, a, b, n=200): h = (b - a) / n; return h / 3 * (f(a) + f(b) + sum((4 if i % 2 else 2) * f(a + i * h) for i in range(1, n)))
print(f"{simpson(lambda x: x * x, 0, 3):.9f} {simpson(lambda x: 1 / x, 1, 2.718281828459045):.9f}")
def newton(f, df, x):
    for k in range(50):
        step = f(x) / df(x); x -= step
        if abs(step) < 1e-12: return x, k
print(newton(lambda x: x * x - 2, lambda x: 2 * x, 1.0), newton(lambda x: x ** 3 - x - 2, lambda x: 3 * x * x - 1, 1.5))
def bisect(f, lo, hi):
    while hi - lo > 1e-10: mid = (lo + hi) / 2; lo, hi = (mid, hi) if f(lo) * f(mid) > 0 else (lo, mid)
    return lo
print(round(bisect(lambda x: x ** 3 - 2 * x - 5, 2, 3), 8))
def pi_digits(n):
    def arctan(x, unity): 
        total = term = unity // x; k, sign = 3, -1
        while term: term //= x * x; total += sign * (term // k); k, sign = k + 2, -sign
        return total
    u = 10 ** (n + 10); return 4 * (4 * arctan(5, u) - arctan(239, u)) // 10 ** 10
print(pi_digits(100))
def e_digits(n):
    u = 10 ** (n + 5); total = term = u; k = 1
    while term: term //= k; total += term; k += 1
    return total // 10 ** 5
print(e_digits(60), int("1" * 30) ** 2, 7 ** 77 % 10 ** 20, 2 ** 200 // 3 ** 100)
def isqrt(n):
    x = n
    while (y := (x + n // x) // 2) < x: x = y
    return x
print(isqrt(2 * 10 ** 60), isqrt(10 ** 40) == 10 ** 20)
data = [2.5, 3.5, 1.0, 4.0, 9.5, 3.5]
def stats(d): s = sorted(d); m = sum(d) / len(d); k = len(d) // 2; return dict(mean=m, median=s[k] if len(d) % 2 else (s[k - 1] + s[k]) / 2, mode=max(s, key=d.count), var=sum((v - m) ** 2 for v in d) / (len(d) - 1), rng=max(d) - min(d))
print({k: round(v, 6) for k, v in stats(data).items()})
def spiral(n):
    g, x, y, dx, dy = [[0] * n for _ in range(n)], 0, 0, 1, 0
    for k in range(1, n * n + 1):
        g[y][x] = k
        if not (0 <= x + dx < n and 0 <= y + dy < n and g[y + dy][x + dx] == 0): dx, dy = -dy, dx
        x, y = x + dx, y + dy
    return g
for r in spiral(5): print(" ".join(f"{v:2}" for v in r))
def rotate(g): return [list(r)[::-1] for r in zip(*g)]
print(rotate([[1, 2, 3], [4, 5, 6]]), rotate(rotate(rotate(rotate(spiral(4))))) == spiral(4))
def magic(n): return [[n * ((i + j - 1 + n // 2) % n) + (i + 2 * j - 2) % n + 1 for j in range(1, n + 1)] for i in range(1, n + 1)]
m = magic(5); print(m, {sum(r) for r in m} | {sum(c) for c in zip(*m)} | {sum(m[i][i] for i in range(5))})
def linfit(p): n = len(p); sx, sy = (sum(v) for v in zip(*p)); sxx, sxy = sum(x * x for x, _ in p), sum(x * y for x, y in p); k = (n * sxy - sx * sy) / (n * sxx - sx * sx); return k, (sy - k * sx) / n
print(linfit([(0, 1), (1, 3), (2, 5), (3, 7)]), [round(v, 4) for v in linfit([(1, 2.1), (2, 3.9), (3, 6.2)])])
seed = 12345
def rnd():
    global seed
    seed = (1103515245 * seed + 12345) & 0x7FFFFFFF; return seed / 0x7FFFFFFF
inside = sum(rnd() ** 2 + rnd() ** 2 <= 1 for _ in range(20000)); print(round(4 * inside / 20000, 4))
print([[(a, b, c) for c in range(1, 30) for b in range(1, c) for a in range(1, b) if a * a + b * b == c * c][:4], [n for n in range(1000) if n == sum(int(d) ** len(str(n)) for d in str(n))]])
