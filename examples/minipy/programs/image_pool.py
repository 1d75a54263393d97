"""image_pool.py -- image processing over a thread pool.

Draws a grey picture from arithmetic, blurs it and thresholds it.  The rows
are cut into bands, and each band is a job for a ThreadPoolExecutor.  The
result must not depend on the number of workers; a checksum shows that.

    image_pool.py [SIZE]     (default 96)
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field


@dataclass
class Image:
    width: int
    height: int
    rows: list = field(default_factory=list, repr=False)

    @classmethod
    def generate(cls, size):
        rows = []
        for y in range(size):
            row = []
            for x in range(size):
                # two overlapping rings and some repeatable speckle
                a = (x - size // 3) ** 2 + (y - size // 2) ** 2
                b = (x - 2 * size // 3) ** 2 + (y - size // 2) ** 2
                speckle = (x * 7919 + y * 104729 + x * y) % 32
                row.append(((a // 8) ^ (b // 8)) % 224 + speckle)
            rows.append(row)
        return cls(size, size, rows)

    def checksum(self):
        total = 1
        for row in self.rows:
            for value in row:
                total = (total * 31 + value) % 1_000_000_007
        return total


@dataclass(frozen=True)
class Band:
    """Rows first <= y < last."""
    first: int
    last: int


@dataclass
class Histogram:
    buckets: dict = field(default_factory=dict)

    def add(self, value):
        key = value // 32
        self.buckets[key] = self.buckets.get(key, 0) + 1

    def merged(self, other):
        keys = set(self.buckets) | set(other.buckets)
        return Histogram({k: self.buckets.get(k, 0) + other.buckets.get(k, 0)
                          for k in sorted(keys)})


def bands(height, count):
    edges = [height * i // count for i in range(count + 1)]
    return [Band(a, b) for a, b in zip(edges, edges[1:]) if a < b]


def blur_band(image, band, radius=1):
    """Mean of the neighbourhood, clipped at the edges of the picture."""
    out = []
    for y in range(band.first, band.last):
        near = image.rows[max(0, y - radius):y + radius + 1]
        row = []
        for x in range(image.width):
            left = max(0, x - radius)
            right = min(image.width, x + radius + 1)
            total = 0
            for source in near:
                for value in source[left:right]:
                    total += value
            row.append(total // (len(near) * (right - left)))
        out.append(row)
    return out


def threshold_band(image, band, level):
    return [[255 if value >= level else 0 for value in row]
            for row in image.rows[band.first:band.last]]


def histogram_band(image, band):
    result = Histogram()
    for row in image.rows[band.first:band.last]:
        for value in row:
            result.add(value)
    return result


def process(size, workers):
    image = Image.generate(size)
    parts = bands(image.height, workers * 4)
    with ThreadPoolExecutor(max_workers=workers) as pool:
        for _ in range(2):
            pieces = pool.map(lambda band: blur_band(image, band), parts)
            image = Image(size, size, [row for piece in pieces for row in piece])
        counts = Histogram()
        for h in pool.map(lambda band: histogram_band(image, band), parts):
            counts = counts.merged(h)
        level = sum(sum(row) for row in image.rows) // (size * size)
        jobs = [pool.submit(threshold_band, image, band, level) for band in parts]
        binary = Image(size, size, [row for job in jobs for row in job.result()])
    return image, counts, level, binary


def preview(image, columns=32):
    step = max(1, image.width // columns)
    for y in range(0, image.height, step * 2):
        print("".join("#" if image.rows[y][x] else "."
                      for x in range(0, image.width, step)))


def main():
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 96
    seen = set()
    for workers in (1, 2, 4):
        start = time.perf_counter()
        grey, counts, level, binary = process(size, workers)
        spent = time.perf_counter() - start
        print(f"~ {workers} worker(s): {spent:.3f} s |")
        seen.add((grey.checksum(), binary.checksum()))
    print(grey)
    print("histogram:", counts.buckets)
    print("level:", level)
    print("white pixels:", sum(row.count(255) for row in binary.rows))
    preview(binary)
    print("checksums:", sorted(seen))
    print("same for every number of workers:", len(seen) == 1)


main()
