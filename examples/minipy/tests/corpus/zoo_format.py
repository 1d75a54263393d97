"""f-strings, str.format and % formatting with every kind of spec."""
n, name, pi = 42, "Ada", 3.14159265
print(f"{n}", f"{n:d}", f"{n:5}", f"{n:<5}|", f"{n:>5}", f"{n:^5}|", f"{n:05}", f"{n:+}", f"{n: }", f"{-n:05d}", f"{n:x}", f"{n:X}", f"{n:o}", f"{n:b}", f"{n:#x}", f"{n:#o}", f"{n:#b}", f"{n:#010b}", f"{n:c}", f"{n:e}", f"{n:.2f}", f"{n:%}", f"{n:*^9}", f"{n:=+6}", f"{n:0=6}", f"{n:_>6}")
print(f"{1234567:,}", f"{1234567:_}", f"{1234567:15,}", f"{-1234567:,}", f"{0xABCDEF12:_x}", f"{0b1111000011:_b}", f"{123:,}", f"{10 ** 25:,}", f"{1234567.891:,.2f}", f"{12345:012,}", f"{True}", f"{True:d}", f"{True:5}|", f"{10 ** 20:e}", f"{0:d}", f"{5:#X}")
print(f"{name}", f"{name:10}|", f"{name:>10}|", f"{name:^10}|", f"{name:*<6}", f"{name:.2}", f"{name:5.1}|", f"{name!r}", f"{name!s}", f"{name!r:>8}", f"{name!a}", f"{'é'!a}", f"{name:s}", f"{'':3}|", f"{name:-^{n // 4}}|")
w, p, fill, al = 10, 3, "#", "^"
print(f"{pi:{w}.{p}f}|", f"{pi:{fill}{al}{w}.{p}}", f"{pi:.0f}", f"{pi:8.2e}", f"{pi:<8.2f}|", f"{pi:+.1f}", f"{pi:08.2f}", f"{-pi:08.2f}", f"{pi:g}", f"{pi}", f"{pi!r:.4}", f"{1e10:g}", f"{1e-10}", f"{100.0:g}", f"{0.1:.20f}", f"{0.25:%}", f"{0.256:.1%}")
d = {"key": "value", "n": 3}; lst = [1, 2, 3]
class P:
    x = 5
    def __str__(self): return "P-str"
    def __repr__(self): return "P-repr"
    def __format__(self, spec): return f"P-format({spec})"
o = P()
print(f"{d['key']}", f"{lst[0]}", f"{o.x}", f"{o}", f"{o:abc}", f"{o!s}", f"{o!r}", f"{o!r:>8}", f"{d}", f"{lst}", f"{(1, 2)}", f"{None}", f"{lst[-1] * 2 + 1}", f"{'nested ' + f'{n}'}", f"{lambda_}" if False else "", f"{(lambda v: v * 2)(4)}", f"{n if n > 5 else 0}", f"{[i for i in lst]}", f"{ {'a': 1} }", f"{n!r:^6}", f"{'a' 'b'}")
print(f"{{literal}} {{{n}}} {{", f"{n=}", f"{n = }", f"{name=}", f"{n + 1=}", f"{pi=:.2f}", f"{name=!s}", f"{len(name)=}", f"a{n}b{n}c", f"" f"x{n}" "y{n}", rf"\n{n}", f"\t{n}\n".strip(), f'''multi
{n}
line''')
print(f"{(y := 5)} {y}", f"{y:{'>'}{8}}", f"{3 == 3}", f"{1 != 2}", f"{'%'}", f"{'{'}")
# str.format
print("{} {} {}".format(1, 2, 3), "{0} {1} {0}".format("a", "b"), "{x} {y}".format(x=1, y=2), "{0[1]} {1[key]} {2.x}".format(lst, d, o), "{:>5}|{:<5}|{:^5}".format(1, 2, 3), "{:{w}.{p}f}".format(pi, w=8, p=2), "{!r} {!s}".format("q", "q"), "{{}}".format(), "{:,}".format(9999999), "{0:>{1}}".format("r", 6), "{a}{b}{a}".format(**{"a": 1, "b": 2}), "{} {}".format(*[1, 2]), "{:#x} {:08b}".format(255, 5), "{:%}".format(0.5), "{:s}".format("s"), "{n}".format_map({"n": 9}))
for fn in (lambda: "{} {}".format(1), lambda: "{x}".format(), lambda: "{0.foo}".format(1), lambda: "{:d}".format("s"), lambda: "{:.2f}".format("s"), lambda: "{:s}".format(1), lambda: "{".format(), lambda: "}".format(), lambda: "{0} {}".format(1, 2), lambda: format(1, "zz"), lambda: format("s", "d"), lambda: format(1.5, "d"), lambda: format([], "5"), lambda: format(1, ".2"), lambda: "{:,}".format("s"), lambda: format("s", "=5")):
    try: print(fn())
    except Exception as e: print(type(e).__name__ + ":", e)
# percent
print("%d %i %5d|%-5d|%05d %+d % d" % (1, 2, 3, 4, 5, 6, 7), "%s %r %10s|%-10s|%.2s" % ("s", "r", "right", "left", "cut"), "%x %X %#x %o %#o %c %c" % (255, 255, 255, 8, 8, 65, "z"), "%f %.2f %10.3f|%-10.1f|%e %g" % (1.5, 2.345, pi, pi, pi, pi), "%%", "%d%%" % 50, "%(a)s-%(b)03d" % {"a": "x", "b": 7}, "%s" % (1,), "%s" % [1, 2], "%s %s" % ((1, 2), None), "%*d|%.*f" % (6, 42, 2, pi), "%d" % 3.99, "%s" % {"k": 1}, "%5s|%-5s|" % (True, None), "%a" % "é", "%d" % (10 ** 25), "%x" % (2 ** 70), "%-8r|" % "q", "%i" % True)
for fn in (lambda: "%d" % "x", lambda: "%d %d" % (1,), lambda: "%d" % (1, 2), lambda: "%q" % 1, lambda: "%(a)s" % {}, lambda: "%(a)s" % 5, lambda: "%c" % "ab", lambda: "%x" % 1.5, lambda: "%" % (), lambda: "x" % 1, lambda: "%f" % "s"):
    try: print(fn())
    except Exception as e: print(type(e).__name__ + ":", e)
print(format(5), format(5, "03"), format("a", ">3"), format(o, "q"), format(None), format(True), format([1]), format(2.5, ".0f"), format(3.5, ".0f"))
# a table
rows = [("apple", 3, 1.25), ("kiwi", 12, 0.4), ("watermelon", 1, 13.999)]
print(f"{'item':<12}|{'qty':^5}|{'price':>8}")
print("-" * 12 + "+" + "-" * 5 + "+" + "-" * 8)
for item, qty, price in rows:
    print(f"{item:<12}|{qty:^5}|{price:>8.2f}")
print(f"{'total':.<12}|{sum(q for _, q, _ in rows):^5}|{sum(q * p for _, q, p in rows):>8.2f}")
print(1, "a", None, sep="-", end="!\n"); print(); print("x", end=""); print("y", "z", sep=""); print(*[1, 2], sep=", "); print(sep="x"); print("a\n", "b")
class OnlyRepr:
    def __repr__(self): return "<R>"
class Plain: pass
print(OnlyRepr(), f"{OnlyRepr()}", "%s" % OnlyRepr(), [OnlyRepr()], "{}".format(OnlyRepr()), f"{OnlyRepr()!s:>5}", str(Plain).split(".")[-1], repr(Plain())[:17])
try: f"{Plain():>5}"
except TypeError as e: print(e)
