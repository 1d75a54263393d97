"""Makes objects, links them, and calls their methods."""

import sys


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)

    def norm(self):
        return self.x * self.x + self.y * self.y


class Node:
    def __init__(self, value, next):
        self.value = value
        self.next = next


n = int(sys.argv[1])
at = Point(0, 0)
step = Point(1, 2)
for _ in range(n):
    at = at + step
head = None
for i in range(n):
    head = Node(i, head)
total = 0
while head is not None:
    total += head.value
    head = head.next
print(at.norm(), total)
