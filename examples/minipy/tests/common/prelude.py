import bisect, functools, heapq, itertools, json, math, operator, textwrap
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from itertools import combinations, groupby, permutations, product, zip_longest


def num(v):
    return v if isinstance(v, (int, float)) else 3


def clip(v):
    if isinstance(v, int) and abs(v) > 10**40:
        return v % 1000003
    if isinstance(v, (str, list, tuple)) and len(v) > 12:
        return v[:12]
    if isinstance(v, dict) and len(v) > 12:
        return dict(list(v.items())[:12])
    return v


def fmt(v):
    if isinstance(v, (set, frozenset)):
        return type(v).__name__ + repr(sorted(v, key=repr))
    r = repr(v)
    return r if len(r) < 500 else r[:500] + f"... {len(r)}"


def show(tag, v):
    print(tag, fmt(v))


def oops(tag, e):
    # How CPython words it depends on where it noticed.
    print(tag, "!", type(e).__name__, "" if isinstance(e, RecursionError) else str(e)[:500])


class MyError(Exception):
    pass


class MyKeyError(KeyError):
    def __init__(self, *args):
        super().__init__(len(args), *args)


class CM:
    def __init__(self, name, swallow):
        self.name, self.swallow = name, swallow

    def __enter__(self):
        print("enter", self.name)
        return self.name

    def __exit__(self, kind, e, traceback):
        print("exit", self.name, kind and kind.__name__, e)
        return self.swallow


@contextmanager
def ctx(v):
    print("begin", v)
    try:
        yield v
    except ValueError as e:
        print("swallowed", e)
    finally:
        print("end", v)


def deco(k):
    def outer(f):
        @functools.wraps(f)
        def inner(*args, **kw):
            return k, f(*args, **kw)
        return inner
    return outer


def gen(n):
    for k in range(n):
        yield k * k - n


def gen2(items):
    got = None
    for item in items:
        if got is not None:
            print("got", got)
        got = yield item


def gen3(n):
    if n > 0:
        yield n
        yield from gen3(n - 1)
        yield n


def rec(n):
    return 1 if n <= 0 else n * rec(n - 1) + rec(n - 2)


def rec2(n, k):
    return k if n <= 0 else rec2(n - 1, rec2(n - 2, num(k) + n))


@dataclass(order=True)
class P2:
    x: int
    y: str = "why"


N3 = namedtuple("N3", "x y")


class Color(Enum):
    RED = 1
    GREEN = 2
    BLUE = 3


global_list = []
g0 = 17
