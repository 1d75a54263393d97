"""A regex matcher by closures, Huffman coding, base64, bit tricks, checksums."""
import heapq
from collections import Counter
def parse(p):
    i = 0
    def alt():
        nonlocal i
        opts = [seq()]
        while i < len(p) and p[i] == "|": i += 1; opts.append(seq())
        return opts[0] if len(opts) == 1 else lambda s, k, cont: any(o(s, k, cont) for o in opts)
    def seq():
        nonlocal i
        items = []
        while i < len(p) and p[i] not in "|)":
            a = atom()
            while i < len(p) and p[i] in "*+?": a = rep(a, p[i]); i += 1
            items.append(a)
        def run(s, k, cont, n=0): return cont(k) if n == len(items) else items[n](s, k, lambda k2: run(s, k2, cont, n + 1))
        return lambda s, k, cont: run(s, k, cont)
    def rep(a, op):
        def star(s, k, cont): return a(s, k, lambda k2: k2 > k and star(s, k2, cont)) or cont(k)
        return star if op == "*" else (lambda s, k, cont: a(s, k, lambda k2: star(s, k2, cont))) if op == "+" else (lambda s, k, cont: a(s, k, cont) or cont(k))
    def atom():
        nonlocal i
        c = p[i]; i += 1
        if c == "(":
            r = alt()
            if i >= len(p): raise ValueError("missing )")
            i += 1; return r
        if c == "[":
            neg = p[i] == "^"; i += neg; st = i
            while p[i] != "]": i += 1
            body = p[st:i]; i += 1; ok = set()
            j = 0
            while j < len(body):
                if body[j + 1:j + 2] == "-" and j + 2 < len(body): ok |= {chr(x) for x in range(ord(body[j]), ord(body[j + 2]) + 1)}; j += 3
                else: ok.add(body[j]); j += 1
            return lambda s, k, cont: k < len(s) and (s[k] in ok) != neg and cont(k + 1)
        if c == ".": return lambda s, k, cont: k < len(s) and cont(k + 1)
        if c == "^": return lambda s, k, cont: k == 0 and cont(k)
        if c == "$": return lambda s, k, cont: k == len(s) and cont(k)
        if c == "\\": c = p[i]; i += 1; kind = {"d": str.isdigit, "w": lambda x: x.isalnum() or x == "_", "s": str.isspace}.get(c)
        else: kind = None
        return lambda s, k, cont: k < len(s) and (kind(s[k]) if kind else s[k] == c) and cont(k + 1)
    r = alt()
    if i < len(p): raise ValueError("unbalanced )")
    return r
def search(p, s):
    m = parse(p)
    for st in range(len(s) + 1):
        end = []
        if m(s, st, lambda k: end.append(k) or True): return s[st:end[0]]
    return None
for p, s in (("a*b", "caaab"), ("(ab|cd)+", "xxabcdabz"), ("^h.llo$", "hello"), ("^h.llo$", "hello!"), ("[a-c]+x?", "zzabcabx"), (r"\d+\.\d+", "pi 3.14!"), ("[^ ]+", "  word here"), ("(a|b)*c", "abbac"), ("colou?r", "my color"), ("x*", "aaa"), ("a+a+b", "aaab"), (r"\w+@\w+\.(com|org)", "mail me@site.org now")): print(f"{p!r:>24} {s!r:<24} {search(p, s)!r}")
for bad in ("(a", "a)"):
    try: parse(bad)
    except ValueError as e: print(e)
def huff(s):
    h = [(n, i, c) for i, (c, n) in enumerate(sorted(Counter(s).items()))]; heapq.heapify(h); k = len(h)
    while len(h) > 1: a, b = heapq.heappop(h), heapq.heappop(h); heapq.heappush(h, (a[0] + b[0], k, (a[2], b[2]))); k += 1
    codes = {}
    def walk(t, pre):
        if isinstance(t, tuple): walk(t[0], pre + "0"); walk(t[1], pre + "1")
        else: codes[t] = pre or "0"
    walk(h[0][2], ""); return codes
text = "she sells sea shells by the sea shore"; codes = huff(text); enc = "".join(codes[c] for c in text)
def dec(bits, codes):
    back, cur = {v: k for k, v in codes.items()}, ""
    for b in bits:
        cur += b
        if cur in back: yield back[cur]; cur = ""
print(sorted(codes.items(), key=lambda kv: (len(kv[1]), kv[0])), len(enc), "".join(dec(enc, codes)) == text)
AL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
def b64(data):
    out = ""
    for i in range(0, len(data), 3):
        ch = data[i:i + 3]; n = int.from_bytes(ch + b"\0" * (3 - len(ch)), "big"); out += "".join(AL[n >> s & 63] for s in (18, 12, 6, 0))[:len(ch) + 1] + "=" * (3 - len(ch))
    return out
def unb64(s):
    n = 0
    for c in s.rstrip("="): n = n << 6 | AL.index(c)
    bits = len(s.rstrip("=")) * 6; return (n >> bits % 8).to_bytes(bits // 8, "big")
for d in (b"", b"a", b"ab", b"abc", b"hello world", bytes(range(250, 256))): print(d, b64(d), unb64(b64(d)) == d)
def crc(data):
    c = 0xFFFFFFFF
    for b in data:
        c ^= b
        for _ in range(8): c = c >> 1 ^ (0xEDB88320 if c & 1 else 0)
    return c ^ 0xFFFFFFFF
def adler(d):
    a, b = 1, 0
    for x in d: a = (a + x) % 65521; b = (b + a) % 65521
    return b << 16 | a
def fnv(d):
    h = 0xcbf29ce484222325
    for x in d: h = (h ^ x) * 0x100000001b3 & 0xFFFFFFFFFFFFFFFF
    return h
print(hex(crc(b"123456789")), hex(adler(b"Wikipedia")), hex(fnv(b"hello")), [bin(n ^ n >> 1)[2:].zfill(3) for n in range(8)], [bin(n).count("1") for n in (0, 7, 255, 2 ** 70 - 1)], [n & -n for n in (12, 7, 8)], int(bin(0b1101 | 1 << 8)[:1:-1], 2), [x for x in range(20) if x and x & x - 1 == 0])
def xor(s, key): return bytes(a ^ key[i % len(key)] for i, a in enumerate(s))
print(xor(b"secret", b"k3y"), xor(xor(b"secret", b"k3y"), b"k3y"))
