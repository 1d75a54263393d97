"""lists.py -- two threads read one list.

Indexing, iterating and slicing a shared list, by one thread and then by two.
The rates ("~ " lines) show how much the second thread adds.

    lists.py [ROUNDS]     (default 150)
"""

import sys
import threading
import time


def read(shared, rounds, out, slot):
    total = 0
    size = len(shared)
    for r in range(rounds):
        for i in range(size):               # by index
            total += shared[i]
        for value in shared:                # by iterator
            total += value
        total += sum(shared[r % size:])     # by slice
    out[slot] = total


def rate(shared, rounds, workers):
    out = [None] * workers
    threads = [threading.Thread(target=read, args=(shared, rounds, out, k))
               for k in range(workers)]
    start = time.perf_counter()
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    spent = time.perf_counter() - start
    return out, rounds * len(shared) * 2 * workers / spent


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 150
    shared = [(i * 37) % 101 for i in range(2000)]
    one, alone = rate(shared, rounds, 1)
    two, together = rate(shared, rounds, 2)
    print(f"~ one thread : {alone / 1e6:8.2f} million items per s |")
    print(f"~ two threads: {together / 1e6:8.2f} million items per s |")
    print(f"~ gain       : {together / alone:8.2f} x |")
    print("sums:", one, two)
    print("equal:", set(one) == set(two))


main()
