"""Bytes by which the process grows for each object. Argument: of what kind."""

import sys


def resident():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * 4096


class Instance:
    def __init__(self, i):
        self.a = i % 10
        self.b = None
        self.c = "c"


MAKE = {
    "instance": Instance,
    "list": lambda i: [None, None, None],
    "dict": lambda i: {"a": None, "b": None},
    "tuple": lambda i: (i % 10, None, "c"),
    "int": lambda i: i + 1_000_000,
    "float": lambda i: i + 0.5,
    "str": lambda i: f"text{i:06}",
}

make = MAKE[sys.argv[1]]
n = 200_000
keep = [None] * n
warm = [make(i) for i in range(1000)]
before = resident()
for i in range(n):
    keep[i] = make(i)
grown = resident() - before
print(f"~ bytes {grown / n:.0f}")
