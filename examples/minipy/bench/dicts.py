"""Dicts with strings and numbers as keys."""

import sys

n = int(sys.argv[1])
numbers = {}
for i in range(n):
    numbers[i * 7919 % 10007] = i
names = {f"name{i}": i for i in range(1000)}
keys = list(names)
total = 0
for i in range(n):
    total += names[keys[i % 1000]]
    if i in numbers:
        total -= 1
print(len(numbers), total, sum(numbers.values()))
