"""Text: ciphers, wrapping, justification, tables, runs, anagrams, parsing of ini/csv/log."""
from collections import Counter, defaultdict
def caesar(s, k): return "".join(chr((ord(c) - b + k) % 26 + b) if c.isalpha() and c.isascii() and (b := ord("A") if c.isupper() else ord("a")) else c for c in s)
def vigenere(s, key, sign=1):
    out, i = [], 0
    for c in s:
        if c.isalpha(): out.append(caesar(c, sign * (ord(key[i % len(key)].lower()) - 97))); i += 1
        else: out.append(c)
    return "".join(out)
m = "Meet me at the old Mill, 7pm!"; e = vigenere(m, "Lemon"); print(caesar(m, 3), caesar(caesar(m, 3), -3) == m, e, vigenere(e, "Lemon", -1))
text = "The lighthouse keeper counted the boats every evening and wrote the number in a large green book that nobody ever opened"
def wrap(s, w):
    line = []
    for word in s.split():
        if line and sum(map(len, line)) + len(line) + len(word) > w: yield line; line = []
        line.append(word)
    if line: yield line
def justify(s, w):
    rows = list(wrap(s, w))
    for r in rows[:-1]:
        gaps = len(r) - 1
        if not gaps: yield r[0].ljust(w); continue
        space, extra = divmod(w - sum(map(len, r)), gaps)
        yield "".join(x + " " * (space + (i < extra)) if i < gaps else x for i, x in enumerate(r))
    yield " ".join(rows[-1]).ljust(w)
for l in justify(text, 24): print("|" + l + "|")
for r in wrap(text, 30): print(f"|{' '.join(r):^30}|{' '.join(r):>30}|")
def rle(s):
    out = []
    for c in s:
        if out and out[-1][0] == c: out[-1][1] += 1
        else: out.append([c, 1])
    return "".join(f"{n}{c}" if n > 1 else c for c, n in out)
def unrle(s):
    n = out = ""
    for c in s:
        if c.isdigit(): n += c
        else: out += c * int(n or 1); n = ""
    return out
print(rle("aaabccddddde"), unrle(rle("aaabccddddde")), rle(""), rle("abc"))
groups = defaultdict(list)
for w in "listen silent enlist google elbow below inlets abc".split(): groups["".join(sorted(w))].append(w)
print([g for g in groups.values() if len(g) > 1], Counter(text.lower().replace(" ", "")).most_common(3), Counter(map(len, text.split())).most_common(2))
ini = "[main]\nname = demo\n; note\nport=80\n\n[paths]\nroot = /srv = x\nempty =\n"
def parse_ini(s):
    out, cur = {}, None
    for no, line in enumerate(s.splitlines(), 1):
        line = line.strip()
        if not line or line[0] in ";#": continue
        if line.startswith("[") and line.endswith("]"): cur = out.setdefault(line[1:-1], {})
        elif "=" in line and cur is not None: k, _, v = line.partition("="); cur[k.strip()] = v.strip()
        else: raise ValueError(f"line {no}: {line!r}")
    return out
print(parse_ini(ini))
for bad in ("x=1", "[a]\nnonsense"):
    try: parse_ini(bad)
    except ValueError as e: print(e)
def csv(s):
    for line in s.strip().split("\n"):
        row, cell, q, i = [], "", False, 0
        while i < len(line):
            c = line[i]
            if q and c == '"' and line[i + 1:i + 2] == '"': cell += '"'; i += 1
            elif c == '"': q = not q
            elif c == "," and not q: row.append(cell); cell = ""
            else: cell += c
            i += 1
        yield row + [cell]
head, *rows = csv('name,age,quote\n"Lee, A.",30,"said ""hi"""\nBo,4,\n'); print(head, rows, [dict(zip(head, r)) for r in rows])
log = """10:00 INFO start
10:01 WARN disk 91%
10:02 ERROR db timeout
10:03 INFO retry
10:04 ERROR db gone"""
lv = defaultdict(list)
for l in log.split("\n"): t, level, *msg = l.split(" ", 2); lv[level].append((t, *msg))
for k in sorted(lv, key=lambda k: (-len(lv[k]), k)): print(f"{k:<6}{len(lv[k]):>2} {lv[k]}")
def table(rows, head):
    w = [max(len(str(r[i])) for r in [head, *rows]) for i in range(len(head))]; sep = "+" + "+".join("-" * (n + 2) for n in w) + "+"
    fmt = lambda r: "|" + "|".join(f" {v:>{n}} " if isinstance(v, (int, float)) else f" {v:<{n}} " for v, n in zip(r, w)) + "|"
    return "\n".join([sep, fmt(head), sep, *map(fmt, rows), sep])
print(table([("pear", 3, 1.5), ("fig", 120, 0.25)], ("fruit", "n", "price")))
def words(n):
    ones = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(); tens = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()
    if n < 0: return "minus " + words(-n)
    if n < 20: return ones[n]
    if n < 100: return tens[n // 10] + ("-" + ones[n % 10] if n % 10 else "")
    for v, name in ((10 ** 9, "billion"), (10 ** 6, "million"), (1000, "thousand"), (100, "hundred")):
        if n >= v: return words(n // v) + " " + name + ("" if n % v == 0 else (" and " if n % v < 100 else " ") + words(n % v))
for n in (0, 13, 85, 100, 342, 1001, 99999, 7_000_300, -12): print(n, words(n))
def lev(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        prev, row[0] = row[0], i
        for j, y in enumerate(b, 1): prev, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, prev + (x != y))
    return row[-1]
print(lev("kitten", "sitting"), lev("", "abc"), lev("same", "same"), "".join(w[0].upper() + w[1:] for w in "snake_case_name".split("_")), "".join("_" + c.lower() if c.isupper() else c for c in "camelCaseName"), " ".join(w[1:] + w[0] + "ay" for w in "pig latin".split()), "A man a plan".lower().replace(" ", "")[::-1], bin(int("ff", 16)), sum(c in "aeiou" for c in text))
