"""Integers of every size."""
print(0, -0, 7, -7, 1_000_000, 0x1F, 0o17, 0b1011, 0XFF, 0B1)
print(2 ** 64, -2 ** 63, 2 ** 100, 10 ** 30)
print((2 ** 63 - 1) + 1, -(2 ** 63) - 1, (2 ** 62) * 4, (2 ** 31) * (2 ** 31))
print(3037000500 * 3037000500, -3037000500 * 3037000500)

# floor division and modulo, every sign
for a in (7, -7, 6, -6, 0):
    for b in (3, -3, 7, -1):
        print(a, b, a // b, a % b, divmod(a, b))
        assert a == (a // b) * b + a % b
big = 10 ** 25 + 7
for a in (big, -big):
    for b in (10 ** 10, -10 ** 10, 3, -3, 10 ** 24 + 1, -(10 ** 24 + 1)):
        q, r = divmod(a, b)
        print(q, r)
        assert q * b + r == a and (r == 0 or (r < 0) == (b < 0))

# true division, also of huge ints
print(7 / 2, -7 / 2, 1 / 3, 10 ** 30 / 10 ** 29, 0 / 5)
print(int(1e20), int(-3.99), int(3.99), int(True))

# shifts
print(1 << 70, (1 << 70) >> 68, -1 >> 10, -5 >> 1, 5 >> 1, -(1 << 70) >> 69, 5 >> 100, -5 >> 100)
print((2 ** 65 + 1) >> 1, 3 << 62, 0 << 1000)
# bit operations with signs
for a, b in ((12, 10), (-12, 10), (12, -10), (-12, -10), (2 ** 70 + 5, 2 ** 69 + 3), (-(2 ** 70), 2 ** 65 - 1), (-(2 ** 70) - 1, -(2 ** 66))):
    print(a & b, a | b, a ^ b, ~a)

# pow
print(pow(2, 10), pow(2, 0), pow(0, 0), 2 ** -1, (-2) ** 3, -2 ** 2, pow(3, 200, 1000007), pow(-3, 5, 7), pow(3, 5, -7))
print(pow(3, -1, 11), pow(10, -2, 7), 2 ** 3 ** 2, (-1) ** 101)
print(pow(12345678901234567890, 98765432109876543210, 1000000007))
try:
    pow(2, -1, 4)
except ValueError as e:
    print(type(e).__name__, e)

# methods
print((0).bit_length(), (255).bit_length(), (256).bit_length(), (-256).bit_length(), (2 ** 100).bit_length())
print((255).bit_count(), (-7).bit_count())
print((1024).to_bytes(2, "big"), (1024).to_bytes(4, "little"), (-2).to_bytes(2, "big", signed=True))
print(int.from_bytes(b"\x04\x00", "big"), int.from_bytes(b"\x00\x04", "little"), int.from_bytes(b"\xff\xfe", "big", signed=True))
print((5).conjugate(), (5).real, (5).imag, (6).numerator, (6).denominator, (7).as_integer_ratio())
print((10 ** 20).__add__(1), (5).__sub__(7), (5).__rsub__(7), (3).__mul__("x"))

# conversions
print(int("42"), int("  -42\n"), int("+7"), int("ff", 16), int("0xff", 16), int("0xff", 0), int("0b101", 0), int("z", 36), int("1_000"), int("777", 8))
print(int("123456789012345678901234567890"), str(10 ** 40), int())
print(bin(10), bin(-10), hex(255), hex(-255), oct(8), oct(-8), hex(2 ** 70), bin(0))
for bad in ("", "abc", "1.5", "0x10", "1__0", "_1", "--1", "9" * 3 + "z"):
    try:
        print(int(bad))
    except ValueError as e:
        print(e)
for f in (lambda: int("12", 2), lambda: int(None), lambda: int("1", 99), lambda: 1 // 0, lambda: 1 % 0, lambda: divmod(1, 0), lambda: 1 << -1, lambda: int(float("nan")), lambda: int(float("inf")), lambda: 5 + "5", lambda: "5" + 5, lambda: 5 / 0, lambda: 0 ** -1):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__ + ":", e)

# comparisons and hash with floats and bools
print(1 == 1.0, 1 == True, 2 ** 53 == float(2 ** 53), 2 ** 53 + 1 == float(2 ** 53), 10 ** 400 > 1e300, 1 < 1.5 < 2)
print(hash(5), hash(-1), hash(2 ** 61 - 1), hash(2 ** 61), hash(-(2 ** 61)), hash(10 ** 30) == hash(float(10 ** 30)))
print({1: "a", True: "b", 1.0: "c"})
print(True + True, True * 5, ~True, -True, True & False, True | 2, True ^ True, isinstance(True, int), int.__name__, bool.__mro__)
print(sum(range(10 ** 5)), sum([2 ** 70] * 3), max(3, 2 ** 70, 5), min(-2 ** 70, 0), abs(-2 ** 70))
print(round(1234, -2), round(1250, -2), round(1350, -2), round(-1250, -2), round(15, -1), round(25, -1), round(5))

f = 1
for i in range(1, 41):
    f *= i
print(f, len(str(f)))
a, b = 0, 1
for _ in range(300):
    a, b = b, a + b
print(a)
x = 7; x += 3; x -= 1; x *= 4; x //= 5; x **= 3; x %= 100; x <<= 3; x >>= 1; x |= 1; x &= 0xFF; x ^= 0x0F
print(x)
n = 3 ** 150
print(n // 7 ** 50, n % 7 ** 50, str(n)[::-1][:20])
