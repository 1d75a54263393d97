"""attributes.py -- two threads read one object.

Reading attributes of a shared object must not make threads wait for each
other.  One thread reads alone, then two read the same object together; the
rates ("~ " lines) show how much the second thread adds.

    attributes.py [READS]     (default 200000)
"""

import sys
import threading
import time


class Settings:
    scale = 3                       # found on the class

    def __init__(self):
        self.width = 80
        self.height = 25
        self.title = "shared"

    @property
    def area(self):
        return self.width * self.height

    def factor(self):
        return self.scale


def read(shared, times, out, slot):
    total = 0
    for _ in range(times):
        total += shared.width + shared.height + shared.scale
        total += shared.factor()
    out[slot] = total + shared.area


def rate(shared, times, workers):
    out = [None] * workers
    threads = [threading.Thread(target=read, args=(shared, times, out, k))
               for k in range(workers)]
    start = time.perf_counter()
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    spent = time.perf_counter() - start
    return out, times * 4 * workers / spent


def main():
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    shared = Settings()
    one, alone = rate(shared, times, 1)
    two, together = rate(shared, times, 2)
    print(f"~ one thread : {alone / 1e6:8.2f} million reads per s |")
    print(f"~ two threads: {together / 1e6:8.2f} million reads per s |")
    print(f"~ gain       : {together / alone:8.2f} x |")
    print("sums:", one, two)
    print("equal:", set(one) == set(two))


main()
