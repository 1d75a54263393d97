"""primes.py -- threads that really run at the same time.

Counts the primes below a limit, first in a plain loop and then with 1, 2 and
4 threads, and prints how long each took.  An interpreter with a global lock
gains nothing from the extra threads; a free-threaded one gains nearly one
core's worth for each.

    primes.py [LIMIT]          (default 500000)

Lines that start with "~ " carry clock readings and differ from run to run.
"""

import sys
import threading
import time


def is_prime(n):
    """Trial division by odd numbers: slow on purpose, pure bytecode."""
    if n < 2:
        return False
    if n % 2 == 0:
        return n == 2
    d = 3
    while d * d <= n:
        if n % d == 0:
            return False
        d += 2
    return True


def count_range(low, high):
    """How many primes p satisfy low <= p < high?"""
    found = 0
    for n in range(low, high):
        if is_prime(n):
            found += 1
    return found


def count_sequential(limit):
    return count_range(0, limit)


def count_threaded(limit, workers):
    """Share the numbers out in small blocks.

    Large numbers cost more than small ones, so cutting the range into one
    piece per thread would leave the first thread idle early.  Instead, thread
    number k takes blocks k, k + workers, k + 2 * workers, ...
    """
    block = max(1, limit // (workers * 32))
    results = [0] * workers

    def work(k):
        total = 0
        low = k * block
        while low < limit:
            total += count_range(low, min(low + block, limit))
            low += workers * block
        results[k] = total

    threads = [threading.Thread(target=work, args=(k,)) for k in range(workers)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return sum(results)


def timed(func, *args):
    start = time.perf_counter()
    value = func(*args)
    return value, time.perf_counter() - start


def main():
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else 500000
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()

    print(f"primes below {limit}")
    print(f"~ global interpreter lock: {'on' if gil else 'off'}")
    print(f"~ {'threads':>10} {'primes':>8} {'time':>9} {'speed-up':>9}")

    expected, base = timed(count_sequential, limit)
    print(f"~ {'sequential':>10} {expected:>8} {base:>7.3f} s {1.0:>7.2f} x")

    agree = True
    for workers in (1, 2, 4):
        count, spent = timed(count_threaded, limit, workers)
        agree = agree and count == expected
        print(f"~ {workers:>10} {count:>8} {spent:>7.3f} s {base / spent:>7.2f} x")

    print(f"found {expected}")
    print("all runs agree" if agree else "RUNS DISAGREE")


if __name__ == "__main__":
    main()
