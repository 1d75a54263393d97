"""garbage.py -- who cleans up, and when.

Plain objects go away with their last reference, at once.  Objects that refer
to each other in a ring stay until the cycle collector finds them.  Weak
references watch without keeping alive, and their callbacks tell the tale.
"""

import gc
import weakref

log = []


class Node:
    def __init__(self, name):
        self.name = name
        self.next = None

    def __repr__(self):
        return f"Node({self.name!r})"

    def __del__(self):
        log.append(f"del {self.name}")


def take_log():
    lines = sorted(log)
    log.clear()
    return lines


def ring(*names):
    nodes = [Node(n) for n in names]
    for a, b in zip(nodes, nodes[1:] + nodes[:1]):
        a.next = b
    return nodes[0]


def watch(obj, name):
    return weakref.ref(obj, lambda ref: log.append(f"callback {name}"))


def reference_counting():
    node = Node("plain")
    ref = watch(node, "plain")
    print("alive:", ref() is node)
    node = None
    print("after the last reference:", ref(), take_log())


def cycles():
    head = ring("a", "b", "c")
    refs = [watch(head, "a"), watch(head.next, "b"), watch(head.next.next, "c")]
    head = None
    print("ring dropped, before the collector:", [r() for r in refs], take_log())
    found = gc.collect()
    print("collector found something:", found >= 3)
    print("after the collector:", [r() for r in refs], take_log())


def reachable_cycle_survives():
    head = ring("x", "y")
    ref = watch(head, "x")
    gc.collect()
    print("reachable ring after collect:", ref(), take_log())
    head.next.next = None       # break the ring by hand
    head = None
    print("broken by hand:", ref(), take_log())


def weak_dictionary():
    table = weakref.WeakValueDictionary()
    keep = Node("kept")
    table["kept"] = keep
    table["lost"] = Node("lost")
    print("weak table:", sorted(table.keys()), take_log())
    keep = None
    print("weak table, emptied:", sorted(table.keys()), take_log())


class Phoenix:
    """Saves itself the first time it dies."""
    nest = []

    def __del__(self):
        log.append("phoenix rises")
        Phoenix.nest.append(self)


def resurrection():
    bird = Phoenix()
    bird = None
    print("nest:", len(Phoenix.nest), take_log())
    Phoenix.nest.clear()        # the finalizer runs only once per object
    print("nest:", len(Phoenix.nest), take_log())


def many_cycles():
    counter = {"dead": 0}

    class Leaf:
        def __init__(self):
            self.me = self

        def __del__(self):
            counter["dead"] += 1

    for _ in range(2000):
        Leaf()
    gc.collect()
    print("self-referring objects finalized:", counter["dead"])


gc.disable()
reference_counting()
cycles()
reachable_cycle_survives()
weak_dictionary()
resurrection()
many_cycles()
gc.enable()
print("collector enabled:", gc.isenabled())
