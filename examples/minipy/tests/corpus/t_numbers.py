"""Number programs of the classroom kind."""
def gcd(a, b):
    while b: a, b = b, a % b
    return a
def egcd(a, b): return (a, 1, 0) if b == 0 else (lambda g, x, y: (g, y, x - a // b * y))(*egcd(b, a % b))
print(gcd(48, 36), gcd(17, 5), gcd(0, 9), egcd(240, 46), pow(7, -1, 26), gcd(2 ** 100, 6 ** 50) == 2 ** 50)
def digits(n): return [int(c) for c in str(abs(n))]
print(digits(-9075), sum(digits(2 ** 1000)), [n for n in range(100, 1000) if sum(d ** 3 for d in digits(n)) == n])
def perfect(n): return sum(d for d in range(1, n // 2 + 1) if n % d == 0) == n
print([n for n in range(2, 500) if perfect(n)], [n for n in range(1, 60) if all(n % d for d in range(2, n)) and n > 1])
def to_base(n, b):
    if n == 0: return "0"
    out, sign = "", "-" if n < 0 else ""
    n = abs(n)
    while n: n, r = divmod(n, b); out = "0123456789abcdefghijklmnopqrstuvwxyz"[r] + out
    return sign + out
print([to_base(255, b) for b in (2, 3, 8, 16, 36)], to_base(-10, 2), to_base(10 ** 20, 36), all(int(to_base(n, b), b) == n for n in range(0, 300, 7) for b in (2, 7, 30)))
def fib(n):
    a, b = 0, 1
    for _ in range(n): a, b = b, a + b
    return a
print([fib(i) for i in range(15)], fib(150), [fib(i) % 10 for i in range(20)])
def fact(n):
    r = 1
    for i in range(2, n + 1): r *= i
    return r
print(fact(30), len(str(fact(200))), fact(52) // fact(47), str(fact(100)).rstrip("0")[-5:], fact(25) % (10 ** 9 + 7))
def collatz(n):
    yield n
    while n != 1: n = n // 2 if n % 2 == 0 else 3 * n + 1; yield n
print(list(collatz(13)), max(collatz(27)), len(list(collatz(97))))
def sqrt(x, eps=1e-12):
    g = x / 2 or 1.0
    while abs(g * g - x) > eps * max(1, x): g = (g + x / g) / 2
    return g
print(round(sqrt(2), 10), round(sqrt(144), 10), round(sqrt(1e10), 4), 2 ** 0.5, 8 ** (1 / 3))
def happy(n):
    seen = set()
    while n != 1 and n not in seen: seen.add(n); n = sum(d * d for d in digits(n))
    return n == 1
print([n for n in range(1, 50) if happy(n)])
def luhn(s): return sum(d if i % 2 == 0 else d * 2 - 9 * (d > 4) for i, d in enumerate(digits(int(s))[::-1])) % 10 == 0
print(luhn("4539578763621486"), luhn("4539578763621487"))
def triangle(n): return n * (n + 1) // 2
print([triangle(n) for n in range(8)], 10 / 3, 10 // 3, -10 // 3, -10 % 3, 10 % -3, divmod(-10, 3), 7.5 // 2, -7.5 % 2, round(10 / 3, 4), int(-3.7), 1e3, 0.1 + 0.2, 1 / 3 * 3 == 1, 3.0 == 3)
print(f"{10 / 4:.0f} {15 / 2:.0f} {2.5:.0f} {1e6:,.0f} {1234.5:010.2f} {0.000123:.2e} {5:03d} {-5:03d} {255:08b}")
print(sum(1 / fact(n) for n in range(20)), sum((-1) ** k * 4 / (2 * k + 1) for k in range(2000)), sum(1 / n ** 2 for n in range(1, 1000)))
c = 0
for a in range(1, 50):
    for b in range(a, 50):
        h = a * a + b * b
        r = int(h ** 0.5)
        if r * r == h and r < 50: c += 1
print(c); x = 123456789 ** 5; print(x, x // 987654321, x % 987654321, x >> 64, x & (1 << 64) - 1, -x // 10 ** 20, -x % 10 ** 20, len(bin(x)) - 2, x == int(str(x)), float(10 ** 15) == 10 ** 15)
def powmod(b, e, m):
    r = 1
    while e:
        if e & 1: r = r * b % m
        b, e = b * b % m, e >> 1
    return r
print(powmod(3, 10 ** 18, 10 ** 9 + 7) == pow(3, 10 ** 18, 10 ** 9 + 7), powmod(2, 10, 1000))
p, q, e = 1009, 3643, 65537; n, d = p * q, pow(65537, -1, 1008 * 3642); msg = 12345; print(n, d, pow(msg, e, n), pow(pow(msg, e, n), d, n))
print([[r * c for c in range(1, 5)] for r in range(1, 4)], [bin(i)[2:].zfill(4) for i in range(5)], max(0.1 + 0.2, 0.3), min(-0.0, 0.0), abs(-7 // 2), -7 // 2 * 2 + -7 % 2, True + 1, 5 - True, 10 ** -2, 1_000 * 3)
