"""Queues that many threads may use at once."""

from _thread import allocate_lock as _allocate_lock
from _collections import deque as _deque
from threading import Condition as _Condition
from time import monotonic as _now
from heapq import heappush as _heappush, heappop as _heappop


class Empty(Exception):
    pass


class Full(Exception):
    pass


class Queue:
    """First in, first out; put blocks while maxsize items are inside."""

    def __init__(self, maxsize=0):
        self.maxsize = maxsize
        self._init(maxsize)
        lock = _allocate_lock()
        self.mutex = lock
        self.not_empty = _Condition(lock)
        self.not_full = _Condition(lock)
        self.all_tasks_done = _Condition(lock)
        self.unfinished_tasks = 0

    # A subclass changes the order by replacing these four.

    def _init(self, maxsize):
        self.queue = _deque()

    def _qsize(self):
        return len(self.queue)

    def _put(self, item):
        self.queue.append(item)

    def _get(self):
        return self.queue.popleft()

    def put(self, item, block=True, timeout=None):
        with self.mutex:
            maxsize = self.maxsize
            if maxsize > 0 and self._qsize() >= maxsize:
                if not block:
                    raise Full
                if timeout is None:
                    while self._qsize() >= self.maxsize:
                        self.not_full.wait()
                elif timeout < 0:
                    raise ValueError(
                        "'timeout' must be a non-negative number")
                else:
                    end = _now() + timeout
                    while self._qsize() >= self.maxsize:
                        left = end - _now()
                        if left <= 0.0:
                            raise Full
                        self.not_full.wait(left)
            self._put(item)
            self.unfinished_tasks += 1
            waiters = self.not_empty._waiters
            if waiters:
                waiters.popleft().release()

    def get(self, block=True, timeout=None):
        with self.mutex:
            if not self._qsize():
                if not block:
                    raise Empty
                if timeout is None:
                    while not self._qsize():
                        self.not_empty.wait()
                elif timeout < 0:
                    raise ValueError(
                        "'timeout' must be a non-negative number")
                else:
                    end = _now() + timeout
                    while not self._qsize():
                        left = end - _now()
                        if left <= 0.0:
                            raise Empty
                        self.not_empty.wait(left)
            item = self._get()
            waiters = self.not_full._waiters
            if waiters:
                waiters.popleft().release()
            return item

    def put_nowait(self, item):
        return self.put(item, False)

    def get_nowait(self):
        return self.get(False)

    def qsize(self):
        with self.mutex:
            return self._qsize()

    def empty(self):
        with self.mutex:
            return not self._qsize()

    def full(self):
        with self.mutex:
            return 0 < self.maxsize <= self._qsize()

    def task_done(self):
        with self.mutex:
            left = self.unfinished_tasks - 1
            if left < 0:
                raise ValueError('task_done() called too many times')
            self.unfinished_tasks = left
            if left == 0:
                self.all_tasks_done.notify_all()

    def join(self):
        with self.mutex:
            while self.unfinished_tasks:
                self.all_tasks_done.wait()


class LifoQueue(Queue):
    """Last in, first out."""

    def _init(self, maxsize):
        self.queue = []

    def _put(self, item):
        self.queue.append(item)

    def _get(self):
        return self.queue.pop()


class PriorityQueue(Queue):
    """The smallest item comes out first."""

    def _init(self, maxsize):
        self.queue = []

    def _put(self, item):
        _heappush(self.queue, item)

    def _get(self):
        return _heappop(self.queue)


class SimpleQueue:
    """An unbounded queue without the counting of tasks."""

    def __init__(self):
        self._items = _deque()
        self._mutex = _allocate_lock()
        self._ready = _Condition(self._mutex)

    def put(self, item, block=True, timeout=None):
        with self._mutex:
            self._items.append(item)
            waiters = self._ready._waiters
            if waiters:
                waiters.popleft().release()

    def get(self, block=True, timeout=None):
        if timeout is not None and block and timeout < 0:
            raise ValueError("'timeout' must be a non-negative number")
        items = self._items
        with self._mutex:
            if not items:
                if not block:
                    raise Empty
                if timeout is None:
                    while not items:
                        self._ready.wait()
                else:
                    end = _now() + timeout
                    while not items:
                        left = end - _now()
                        if left <= 0.0:
                            raise Empty
                        self._ready.wait(left)
            return items.popleft()

    def put_nowait(self, item):
        self.put(item)

    def get_nowait(self):
        return self.get(False)

    def empty(self):
        return len(self._items) == 0

    def qsize(self):
        return len(self._items)
