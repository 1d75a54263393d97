"""Building, scanning and counting strings the simple way."""
s = "The quick brown fox jumps over the lazy dog"
print(s.lower().count("o"), len(s.split()), " ".join(reversed(s.split())), s[::-1])
print("".join(c for c in s if c.isupper()), "".join(w[0] for w in s.split()), " ".join(w.capitalize() for w in s.split()))
vowels = 0
for ch in s:
    if ch.lower() in "aeiou":
        vowels += 1
print(vowels, sorted(set(s.lower()) - {" "}) == [chr(c) for c in range(97, 123)])
counts = {}
for ch in s.replace(" ", "").lower():
    counts[ch] = counts.get(ch, 0) + 1
print(sorted(counts.items(), key=lambda kv: (-kv[1], kv[0]))[:5])

def is_palindrome(t):
    t = [c for c in t.lower() if c.isalnum()]
    return t == t[::-1]
for t in ("Never odd or even", "Was it a car", "", "x"):
    print(repr(t), is_palindrome(t))

def pyramid(n):
    return "\n".join(" " * (n - i - 1) + "*" * (2 * i + 1) for i in range(n))
print(pyramid(4))

out = ""
for i in range(1, 6):
    out += str(i) * i
    out += "\n" if i < 5 else ""
print(out)

def between(text, a, b):
    start = text.find(a)
    if start == -1: return None
    start += len(a)
    end = text.find(b, start)
    return text[start:end] if end != -1 else None
print(between("x=[hello] y", "[", "]"), between("none", "[", "]"), between("[open", "[", "]"))

url = "https://site.org:8080/path/to/page?user=ann&lang=en#top"
scheme, rest = url.split("://")
rest, _, frag = rest.partition("#")
rest, _, query = rest.partition("?")
host, slash, path = rest.partition("/")
name, _, port = host.partition(":")
print(scheme, name, int(port), slash + path, dict(p.split("=") for p in query.split("&")), frag)

def zigzag(t, rows):
    lines = [""] * rows
    r, d = 0, 1
    for c in t:
        lines[r] += c
        if r + d not in range(rows): d = -d
        r += d
    return "".join(lines)
print(zigzag("PAYPALISHIRING", 3))

def common_prefix(*ws):
    for i, cs in enumerate(zip(*ws)):
        if len(set(cs)) > 1: return ws[0][:i]
    return min(ws, key=len)
print(common_prefix("flower", "flow", "flight"), repr(common_prefix("a", "b")), common_prefix("same", "same"))
words = "banana apple cherry date apple".split()
print(sorted(words), sorted(set(words)), words.index("apple"), max(words, key=len), [w for w in words if "e" in w], {w: len(w) for w in words})
print("abc" * 2 + "-" + "d", "a,b;c".replace(";", ",").split(","), "%s is %d years and %.1f%%" % ("Bo", 5, 99.5), "tab\tsep".expandtabs(8), "x".join("abc"), "=" * 20)
print(bytes("héllo", "utf-8"), [hex(ord(c)) for c in "aé€"], "".join(map(chr, [72, 105])), "3" + str(4), int("3") + 4, "10" > "9", "A" < "a", ord("a") - ord("A"))
morse = {"a": ".-", "b": "-...", "s": "...", "o": "---"}
print(" ".join(morse[c] for c in "sos"), "/".join("".join({v: k for k, v in morse.items()}[m] for m in w.split()) for w in ["... --- ..."]))
lines = """first line
  second line

last""".split("\n")
for no, line in enumerate(lines, start=1):
    print(f"{no:02d}|{line:<14}|{len(line):>3}|{line.strip()!r}")
