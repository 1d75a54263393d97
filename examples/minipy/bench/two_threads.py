"""How much more two threads do than one, on the same objects.

Prints "~ gain N": the time that one thread takes for twice the work, by the
time that two threads take for it. Argument: what they do.
"""

import sys
import threading
import time


class Shared:
    scale = 3

    def __init__(self):
        self.width = 80
        self.title = "shared"
        self.next = self

    def area(self):
        return self.width * 2


shared = Shared()
items = [i * 1000 for i in range(100)] + [f"text{i}" for i in range(100)]
table = {f"key{i}": [i] for i in range(100)}
names = list(table)


def compute(n):
    total = 0
    for i in range(n):
        total += i * i % 7
    return total


def attributes(n):
    total = 0
    for _ in range(n):
        total += shared.width + shared.scale + shared.next.width + len(shared.title)
    return total


def read_list(n):
    total = 0
    for i in range(n):
        total += items[i % 100]
        if items[100 + i % 100] is None:
            total += 1
    return total


def read_dict(n):
    total = 0
    for i in range(n):
        total += table[names[i % 100]][0]
    return total


def use_globals(n):
    total = 0
    for i in range(n):
        total += compute(1) + len(names)
    return total


def allocation(n):
    made = None
    for i in range(n):
        made = [made, (i, str(i))]
        if i % 100 == 0:
            made = None
    return 0


KINDS = {
    "compute": (compute, 2_000_000),
    "attributes": (attributes, 700_000),
    "list": (read_list, 800_000),
    "dict": (read_dict, 800_000),
    "globals": (use_globals, 500_000),
    "allocation": (allocation, 400_000),
}


def timed(work, n, threads):
    all = [threading.Thread(target=work, args=(n,)) for _ in range(threads)]
    start = time.perf_counter()
    for t in all:
        t.start()
    for t in all:
        t.join()
    return time.perf_counter() - start


work, n = KINDS[sys.argv[1]]
work(n // 10)
one = timed(work, n, 1)
two = timed(work, n, 2)
print(f"~ gain {2 * one / two:.2f} (one {one:.3f} s, two {two:.3f} s)")
