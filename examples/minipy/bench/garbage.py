"""Two threads that make cyclic garbage beside many living objects."""

import threading


class Node:
    def __init__(self):
        self.other = None


alive = [Node() for _ in range(200_000)]
for a, b in zip(alive, alive[1:]):
    a.other = b


def work():
    for _ in range(200_000):
        a, b = Node(), Node()
        a.other, b.other = b, a


threads = [threading.Thread(target=work) for _ in range(2)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(len(alive))
