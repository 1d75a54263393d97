"""bytes (and a little bytearray)."""
b = b"hello\x00\xff"
print(b, len(b), b[0], b[-1], b[1:3], b[::-1], list(b[:3]), b"it's", b'q"', b"\t\n\\", b"'\"")
print(bytes(3), bytes([65, 66]), bytes("é", "utf-8"), bytes(b"copy"), bytes(range(5)), bytes(), b"a" b"b")
print(b + b"!", b"ab" * 3, b"ell" in b, 104 in b, b"z" in b, b == b"hello\x00\xff", b"a" < b"b", b"" == b"", b"a" == "a")
print(b"a,b,c".split(b","), b" x ".strip(), b"abc".upper(), b"ABC".lower(), b"abc".find(b"c"), b"abc".count(b"b"), b"abc".replace(b"b", b"BB"), b",".join([b"x", b"y"]), b"abc".startswith(b"ab"), b"abc".endswith(b"bc"), b"abc".index(b"b"))
print(b"a b".split(), b"k=v".partition(b"="), b"12".isdigit(), b"ab".isalpha(), b"ab".center(6, b"*"), b"7".zfill(3), b"a\nb".splitlines(), b"Hello".swapcase(), b"hello".capitalize(), b"hi there".title())
print(b.hex(), bytes.fromhex("68656c6c6f"), bytes.fromhex("de ad"), b"abc".hex("-"))
print(b"caf\xc3\xa9".decode("utf-8"), b"caf\xe9".decode("latin-1"), b"abc".decode("ascii"), b"\xffa".decode("utf-8", "replace"), b"\xffa".decode("utf-8", "ignore"), "xyz".encode().decode())
print(hash(b"abc") == hash(b"abc"), {b"k": 1}[b"k"], sorted([b"b", b"a", b"ab"]), max(b"az"), sum(b"\x01\x02"), tuple(b"AB"), [x for x in b"AB"], bool(b""), bool(b"0"))
print(int.from_bytes(b"\x01\x00", "big"), (258).to_bytes(2, "big"), b"%d-%s" % (5, b"x"), repr(b"\x80"), str(b"x"), b"abc".translate(bytes.maketrans(b"ab", b"xy")))
for f in (lambda: b[100], lambda: b + "s", lambda: bytes([256]), lambda: bytes("é"), lambda: b"\xff".decode("ascii"), lambda: b"abc".index(b"z"), lambda: bytes.fromhex("zz"), lambda: bytes(-1), lambda: "a" in b):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__ + ":", e)
try:
    b[0] = 1
except TypeError as e:
    print(e)
a = bytearray(b"abc")
a[0] = 120
a.append(33)
a.extend(b"??")
a += b"."
print(a, len(a), a[1], bytes(a), a[1:3], a == b"xbc!??.", a.decode(), a.find(b"!"))
del a[0]
a[0:2] = b"ZZZ"
print(a, a.pop(), a.upper(), bytearray(2), list(bytearray(b"hi")), a.hex())
checksum = 0
for byte in b"the quick brown fox":
    checksum = (checksum * 33 ^ byte) & 0xFFFFFFFF
print(checksum)
def rle(data):
    out = []
    i = 0
    while i < len(data):
        j = i
        while j < len(data) and data[j] == data[i] and j - i < 255:
            j += 1
        out += [j - i, data[i]]
        i = j
    return bytes(out)
print(rle(b"aaabbbbc"), rle(b""), rle(b"\x00" * 300))
