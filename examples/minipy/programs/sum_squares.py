"""sum_squares.py -- a sum split over threads.

Adds up k*k for k below a limit, sequentially and by 1, 2 and 4 threads that
each own a contiguous slice and write one slot of a shared list.

    sum_squares.py [LIMIT]     (default 1000000)

Lines that start with "~ " carry clock readings.
"""

import sys
import threading
import time


def sum_range(low, high):
    total = 0
    k = low
    while k < high:
        total += k * k
        k += 1
    return total


class Summer(threading.Thread):
    """A thread that remembers its own result."""

    def __init__(self, low, high):
        super().__init__()
        self.low = low
        self.high = high
        self.result = None

    def run(self):
        self.result = sum_range(self.low, self.high)


def sum_threaded(limit, workers):
    bounds = [limit * i // workers for i in range(workers + 1)]
    team = [Summer(a, b) for a, b in zip(bounds, bounds[1:])]
    for member in team:
        member.start()
    for member in team:
        member.join()
    return sum(member.result for member in team)


def closed_form(limit):
    n = limit - 1
    return n * (n + 1) * (2 * n + 1) // 6


def main():
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    print(f"sum of squares below {limit}")

    start = time.perf_counter()
    total = sum_range(0, limit)
    base = time.perf_counter() - start
    print(f"~ sequential {base:8.3f} s     1.00 x")

    ok = total == closed_form(limit)
    for workers in (1, 2, 4):
        start = time.perf_counter()
        got = sum_threaded(limit, workers)
        spent = time.perf_counter() - start
        ok = ok and got == total
        print(f"~ {workers} thread(s) {spent:8.3f} s {base / spent:8.2f} x")

    print("total", total)
    print("matches the closed form:", ok)


main()
