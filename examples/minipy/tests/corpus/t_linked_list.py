"""Singly and doubly linked lists, step by step."""
class Node:
    def __init__(self, value, next=None):
        self.value = value
        self.next = next

class LinkedList:
    def __init__(self, *values):
        self.head = None
        self._len = 0
        for v in values:
            self.append(v)

    def append(self, value):
        node = Node(value)
        if self.head is None:
            self.head = node
        else:
            cur = self.head
            while cur.next:
                cur = cur.next
            cur.next = node
        self._len += 1

    def prepend(self, value):
        self.head = Node(value, self.head)
        self._len += 1

    def remove(self, value):
        prev, cur = None, self.head
        while cur is not None and cur.value != value:
            prev, cur = cur, cur.next
        if cur is None:
            raise ValueError(f"{value!r} not in list")
        if prev is None:
            self.head = cur.next
        else:
            prev.next = cur.next
        self._len -= 1

    def reverse(self):
        prev = None
        cur = self.head
        while cur:
            cur.next, prev, cur = prev, cur, cur.next
        self.head = prev

    def middle(self):
        slow = fast = self.head
        while fast and fast.next:
            slow, fast = slow.next, fast.next.next
        return slow.value if slow else None

    def has_cycle(self):
        slow = fast = self.head
        while fast and fast.next:
            slow, fast = slow.next, fast.next.next
            if slow is fast:
                return True
        return False

    def __iter__(self):
        cur = self.head
        while cur:
            yield cur.value
            cur = cur.next

    def __len__(self): return self._len
    def __getitem__(self, i):
        if i < 0: i += self._len
        for k, v in enumerate(self):
            if k == i: return v
        raise IndexError("list index out of range")
    def __repr__(self): return " -> ".join(map(str, self)) + " -> None" if self.head else "None"
    def __eq__(self, o): return list(self) == list(o)

l = LinkedList(1, 2, 3)
l.append(4); l.prepend(0)
print(l, len(l), l.middle(), l[1], l[-1], 3 in l, 9 in l)
l.reverse(); print(l)
l.remove(2); l.remove(4); l.remove(0); print(l, len(l), sum(l), max(l), list(map(str, l)))
for f in (lambda: l.remove(99), lambda: l[10]):
    try: f()
    except (ValueError, IndexError) as e: print(type(e).__name__, e)
print(LinkedList(), LinkedList().middle(), LinkedList(1, 2) == LinkedList(1, 2), l.has_cycle())
l.head.next.next = l.head; print(l.has_cycle())

class DNode:
    __slots__ = ("v", "prev", "next")
    def __init__(self, v): self.v = v; self.prev = self.next = self
class Deque:
    def __init__(self, it=()):
        self.root = DNode(None); self.n = 0
        for v in it: self.push(v)
    def _insert(self, v, after):
        node = DNode(v); node.prev, node.next = after, after.next
        after.next.prev = node; after.next = node; self.n += 1
    def push(self, v): self._insert(v, self.root.prev)
    def push_left(self, v): self._insert(v, self.root)
    def _drop(self, node):
        if node is self.root: raise IndexError("empty")
        node.prev.next, node.next.prev = node.next, node.prev; self.n -= 1
        return node.v
    def pop(self): return self._drop(self.root.prev)
    def pop_left(self): return self._drop(self.root.next)
    def __iter__(self):
        cur = self.root.next
        while cur is not self.root: yield cur.v; cur = cur.next
    def __reversed__(self):
        cur = self.root.prev
        while cur is not self.root: yield cur.v; cur = cur.prev
d = Deque("bc"); d.push_left("a"); d.push("d"); print(list(d), list(reversed(d)), d.pop(), d.pop_left(), d.n, list(d)); d.pop(); d.pop()
try: d.pop()
except IndexError as e: print(e)
