"""Floats: repr, rounding, infinities, formatting."""
import math
for x in (0.0, -0.0, 1.0, 0.1, 0.1 + 0.2, 1e15, 1e16, 123456789012345678.0, 1e-4, 1e-5, 0.00012345, 1e22, 1e23, 1.5e300, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 100.0, 1 / 3, 2 / 3, 1e100, 9007199254740993.0):
    print(repr(x), str(x), x)
print(1e308 * 10, -1e308 * 10, float("inf"), float("-inf"), float("nan"), float("Infinity"))
inf = float("inf"); nan = float("nan")
print(inf - inf, inf * 0, nan == nan, nan != nan, nan < 1, inf > 10 ** 400, -inf < -10 ** 400, max(1, inf), nan in [nan], [nan] == [nan])
for s in ("1", " 2.5 ", "-3e2", ".5", "5.", "1_0.5", "1e400", "-0", "+1.25E-2"):
    print(repr(s), float(s))
for s in ("", "abc", "1.2.3", "1e", "--1", "0x10"):
    try:
        float(s)
    except ValueError as e:
        print(e)
print(7.5 // 2, -7.5 // 2, 7.5 % 2, -7.5 % 2, 7.5 % -2, divmod(-7.5, 2), divmod(7.5, -2), 1e300 // 1e-10 > 0, -1.0 // 3.0, 5 % 0.3)
print(2.0 ** 0.5, 2 ** 0.5, (-8) ** 3.0, 2.0 ** -2, 0.0 ** 0, 4 ** -0.5)
for f in (lambda: 1.0 / 0, lambda: 1.0 // 0, lambda: 1.0 % 0, lambda: 0.0 ** -1, lambda: 10.0 ** 400, lambda: float("x"), lambda: float([]), lambda: 1.5 & 1, lambda: 1.5 << 1, lambda: float(10 ** 400)):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__ + ":", e)
print([round(v) for v in (0.5, 1.5, 2.5, -0.5, -1.5, 2.4999, 1e20)])
print(round(2.675, 2), round(1.005, 2), round(1234.5678, -2), round(0.15, 1), round(-2.5, 0), round(3.14159, 3), round(5.0, 2), round(1e16, 2))
print(type(round(2.5)), type(round(2.5, 0)), round(nan, 2), round(inf, 1))
for f in (lambda: round(nan), lambda: round(inf)):
    try:
        f()
    except (ValueError, OverflowError) as e:
        print(type(e).__name__, e)
print((3.0).is_integer(), (3.5).is_integer(), (0.75).as_integer_ratio(), (3.5).hex(), float.fromhex("0x1.8p1"), (2.5).real, (2.5).imag)
print(hash(1.0), hash(0.5), hash(2.5) == hash(2.5), hash(inf), hash(-inf), hash(0.0) == hash(-0.0))
print(0.1 + 0.2 == 0.3, abs(0.1 + 0.2 - 0.3) < 1e-9, 1.0 == 1, 0.0 == -0.0, bool(0.0), bool(nan), not -0.0)
# formatting
v = 1234567.891
for spec in ("f", ".2f", "e", ".3e", "E", "g", "G", ".3g", ".10g", "n", "%", ".1%", ",", ",.2f", "_.3f", "+.1f", " .1f", "-.1f", "15.2f", "<15.2f|", ">15.2f", "^15.2f", "*^15.1f", "015.2f", "+015.2f", "=+15.2f", "#.0f", ".0f", "", "10", ".4"):
    try:
        print(spec, "[" + format(v, spec) + "]", "[" + format(-v, spec) + "]")
    except ValueError as e:
        print(spec, "ValueError", e)
for x in (0.0, -0.0, 1.0, 12345678.0, 1e-7, 1e20, inf, -inf, nan, 0.5, 1.5, 2.5, 99999.95, 123456.0, 1234567.0):
    print(f"{x:g} {x:f} {x:e} {x:.1f} {x:.0f} {x:8.3g}| {x!r:>10} {x:010.2f} {x:+}")
print("%f %.2f %e %g %G %10.3f|%-10.2f|%+.1f %05.1f %%" % (1.5, 2.345, 12345.678, 1e-10, 1e20, 3.14159, 2.5, 1.25, 2.5))
print(sum([0.1] * 10), math.fsum([0.1] * 10), sum([0.1] * 3, 0.5), 3.0 * 2, 3 * 2.0, 10 / 5)
print(min(1.5, 1), max(2, 2.0), sorted([2.5, 1, -3.0, 2]), abs(-2.5), -(-1.0), +1.5)
print(1.0.__add__(2), 1.5.__class__.__name__, float(), float(True), float("1e5"), int(1e15))
x = 10.0
x /= 4; x += 1; x **= 2; x -= 0.25; x *= 2; x //= 1; x %= 7
print(x)
