"""Builds, splits, formats and counts strings."""

import sys

n = int(sys.argv[1])
words = []
for i in range(n):
    words.append(f"w{i % 1000}:{i * 7 % 13:>3}")
text = " ".join(words)
counts = {}
for word in text.split():
    key, _, _ = word.partition(":")
    counts[key] = counts.get(key, 0) + 1
print(len(text), len(counts), max(counts.values()), text.count("w99"))
print("".join(c.upper() if c.isalpha() else c for c in text[:100]))
