"""shared_cache.py -- one dictionary as a cache for many threads.

Every thread asks a shared cache for the length of the Collatz path of many
numbers.  Two threads may compute the same entry at once: that wastes a little
time but both store the same answer, so no lock is needed for correctness.
The hit statistics, on the other hand, are kept per thread and merged.
"""

import threading


class Cache:
    def __init__(self, compute):
        self.compute = compute
        self.table = {}
        self.tally = threading.local()

    def begin(self):
        self.tally.hits = 0
        self.tally.misses = 0

    def get(self, key):
        try:
            value = self.table[key]
        except KeyError:
            self.tally.misses += 1
            value = self.compute(key)
            return self.table.setdefault(key, value)
        self.tally.hits += 1
        return value


def collatz_length(n):
    steps = 0
    while n != 1:
        n = 3 * n + 1 if n % 2 else n // 2
        steps += 1
    return steps


def main():
    cache = Cache(collatz_length)
    numbers = 1500
    workers = 4
    reports = {}
    sums = [None] * workers

    def work(k):
        cache.begin()
        total = 0
        # every thread visits every number, each from another starting point
        for i in range(numbers):
            n = (i + k * numbers // workers) % numbers + 1
            total += cache.get(n)
        sums[k] = total
        reports[threading.current_thread().name] = (cache.tally.hits, cache.tally.misses)

    threads = [threading.Thread(target=work, args=(k,), name=f"reader-{k}")
               for k in range(workers)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()

    for name in sorted(reports):
        hits, misses = reports[name]
        print(f"~ {name}: {hits} hits, {misses} misses |")
        assert hits + misses == numbers
    print("threads:", sorted(reports))
    print("entries:", len(cache.table))
    print("lookups:", sum(h + m for h, m in reports.values()))
    print("every entry computed:", sum(m for _, m in reports.values()) >= numbers)
    print("sums agree:", len(set(sums)) == 1, sums[0])
    longest = max(cache.table, key=lambda n: (cache.table[n], -n))
    print(f"longest path below {numbers + 1}: {longest} with {cache.table[longest]} steps")
    print("fresh thread-local in the main thread:", not hasattr(cache.tally, "hits"))


main()
