"""String methods, escapes, slices and comparisons."""
s = "Hello, World"
print(s.upper(), s.lower(), s.swapcase(), s.title(), s.capitalize(), s.casefold())
print(s.find("o"), s.rfind("o"), s.find("zz"), s.index("W"), s.rindex("l"), s.count("l"), s.count(""), s.find("o", 5), s.find("o", 5, 7), s.count("o", 0, 5))
print(s.startswith("Hell"), s.endswith("ld"), s.startswith(("x", "He")), s.endswith(("a", "b")), s.startswith("W", 7), s.startswith(""))
print(s.replace("l", "L"), s.replace("l", "L", 2), s.replace("", "-"), s.replace("zz", "y"), "aaa".replace("aa", "b"))
print(s.split(","), s.split(), "a,b,,c".split(","), "  a  b ".split(), "  a  b ".split(" "), "a b c d".split(None, 2), "a,b,c".rsplit(",", 1), "".split(), "".split(","), "a--b--c".split("--"))
print("one\ntwo\r\nthree\n".splitlines(), "one\ntwo\n".splitlines(True), "".splitlines())
print("a=b=c".partition("="), "a=b=c".rpartition("="), "abc".partition("-"), "abc".rpartition("-"))
print("-".join(["a", "b", "c"]), "".join("xyz"), ", ".join(str(i) for i in range(4)), "x".join([]), "x".join(["only"]))
print(repr("  pad ".strip()), repr("  pad ".lstrip()), repr("  pad ".rstrip()), "xxhixx".strip("x"), "abcba".strip("ab"), "www.site.org".lstrip("w."), "prefix-body".removeprefix("prefix-"), "body.py".removesuffix(".py"), "body".removesuffix("x"))
print("[" + "mid".center(9) + "]", "mid".center(10, "*"), "mid".ljust(6, "."), "mid".rjust(6, "."), "42".zfill(5), "-42".zfill(5), "+4".zfill(1), "ab".center(5, "-"), "abc".center(6, "-"))
print("abc".isalpha(), "ab1".isalpha(), "123".isdigit(), "12a".isdigit(), "ab1".isalnum(), "".isalpha(), " \t".isspace(), "ABC".isupper(), "abc".islower(), "Abc Def".istitle(), "a_1".isidentifier(), "1a".isidentifier(), "12".isdecimal(), "½".isnumeric(), "abc\n".isprintable(), "abc".isascii(), "é".isascii())
print("a\tb\tc".expandtabs(4), "ab\tc".expandtabs(), "they're bill's".title())
t = str.maketrans("abc", "xyz"); print("aabbcc".translate(t), "hello".translate({ord("l"): None, ord("o"): "0"}), "abc".translate(str.maketrans({"a": "1", "b": None})), "abcd".translate(str.maketrans("ab", "cd", "d")))
print(s[0], s[-1], s[1:4], s[:5], s[7:], s[::-1], s[::2], s[-5:-1], s[10:2:-2], s[100:], s[-100:3], repr(s[5:5]))
print(s * 2, 3 * "ab", "x" * 0, repr("x" * -1), s + "!" + s[0])
print("World" in s, "world" in s, "" in s, "z" not in s)
print("a" < "b", "abc" < "abd", "Z" < "a", "" < "a", "abc" == "abc", "10" < "9", max("hello"), min("hello"), sorted("hello"))
print(len("héllo"), len("日本語"), len("😀"), ord("é"), chr(8364), ord("😀"), chr(128512), "日本語"[1], "é".upper(), "ß".upper(), "İ".lower() != "", "ÀÉ".lower())
print(repr("tab\t nl\n cr\r bs\\ q' dq\" nul\0 \x7f \x1b"), repr("it's"), repr('say "hi"'), repr("both ' and \""), repr("é日😀"), repr("\u200b\xa0"), ascii("é日😀x"))
print("\x41\u0042\U00000043\101\N{BULLET}" if True else "", "a\
b", 'single', """triple "quoted" text
second line""", r"raw\n\t", "con" "cat" 'enated')
print("abc".encode(), "é".encode("utf-8"), "é".encode("latin-1"), b"caf\xc3\xa9".decode(), str(b"x", "ascii"), str(b"raw"), "é".encode("ascii", "replace"), "é".encode("ascii", "ignore"))
for f in (lambda: "abc".index("z"), lambda: "abc"[5], lambda: "a" + 1, lambda: "a" * "b", lambda: ord("ab"), lambda: chr(-1), lambda: "".join([1]), lambda: "abc"["x"], lambda: "é".encode("ascii"), lambda: b"\xff".decode(), lambda: "a".split(""), lambda: "abc".foo, lambda: "a" < 1, lambda: 1 in "abc", lambda: "x".center(), lambda: "a".replace("a")):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__ + ":", e)
try:
    s[0] = "J"
except TypeError as e:
    print(e)
print([c for c in "abc"], list(enumerate("ab", 1)), list(zip("abc", "xy")), list(reversed("abc")), dict(zip("ab", (1, 2))), set("aab") == {"a", "b"}, tuple("hi"), [*"hey"])
print(str(), str(12), str(1.5), str(None), str([1, "a"]), str({"k": (1,)}), str(True), str(str), repr(print)[:9])
print("abc" == "abc", hash("abc") == hash("ab" + "c"), "%s" % "x", "{}".format("y"), f"{'z'}")
parts = []
for i in range(5):
    parts.append(f"{i}:{i * i}")
text = ";".join(parts)
print(text, dict((int(k), int(v)) for k, v in (p.split(":") for p in text.split(";"))))
acc = ""
for i in range(1000):
    acc += str(i % 10)
print(len(acc), acc[995:], acc.count("7"))
print("abc".__len__(), "abc".__contains__("b"), "abc".__getitem__(1), "a".__add__("b"), "b".__mul__(3), "a".__lt__("b"), "a".__eq__(1))
print("Straße".casefold(), "ǅ".title() != "", "hello world foo".title(), "x1y2".title(), "ALL CAPS".capitalize())
print("é" == "e\u0301", len("e\u0301"), "naïve café".split(), "ñandú".capitalize(), "日本".ljust(5, "*"), "αβγ".upper(), sorted("ßaéz"))
