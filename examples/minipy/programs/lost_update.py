"""lost_update.py -- why `n += 1` needs a lock.

Four threads each add one to a shared counter many times.  Reading, adding and
storing are three steps, so without a lock another thread may slip in between
and an update is lost.  (The interpreter itself must stay sound: the count may
be short, but never too large, and nothing may crash.)  With a lock the total
is exact.

    lost_update.py [PER_THREAD]     (default 50000)

What happened without the lock differs from run to run: "~ " lines.
"""

import sys
import threading


class Counter:
    def __init__(self):
        self.value = 0

    def add(self):
        self.value += 1


class LockedCounter(Counter):
    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()

    def add(self):
        with self.lock:
            self.value += 1


def hammer(counter, workers, per_thread):
    gate = threading.Barrier(workers)

    def work():
        gate.wait()             # start together, to make a clash likely
        for _ in range(per_thread):
            counter.add()

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return counter.value


def main():
    per_thread = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    workers = 4
    want = workers * per_thread
    print(f"{workers} threads, {per_thread} additions each: {want} expected")

    got = hammer(Counter(), workers, per_thread)
    print(f"~ without a lock: {got} ({want - got} lost)")
    print("without a lock, at most the expected count:", 0 < got <= want)

    got = hammer(LockedCounter(), workers, per_thread)
    print(f"with a lock: {got} ({want - got} lost)")


main()
