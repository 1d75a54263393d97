"""Work handed to a pool of threads, and the results to come."""

import sys
import threading
from _collections import deque as _deque
from _thread import allocate_lock as _allocate_lock
from time import monotonic as _now
from collections import namedtuple as _namedtuple

FIRST_COMPLETED = 'FIRST_COMPLETED'
FIRST_EXCEPTION = 'FIRST_EXCEPTION'
ALL_COMPLETED = 'ALL_COMPLETED'

PENDING = 'PENDING'
RUNNING = 'RUNNING'
CANCELLED = 'CANCELLED'
FINISHED = 'FINISHED'

_Condition = threading.Condition


class Error(Exception):
    pass


class CancelledError(Error):
    pass


TimeoutError = TimeoutError


class InvalidStateError(Error):
    pass


class BrokenExecutor(RuntimeError):
    pass


class BrokenThreadPool(BrokenExecutor):
    pass


def _complain(exc, what):
    text = ''.join(sys._format_exception(exc))
    sys.stderr.write('%s\n%s' % (what, text))


class Future:
    """The result of a call that may not have happened yet."""

    def __init__(self):
        self._condition = _Condition(_allocate_lock())
        self._state = PENDING
        self._result = None
        self._exception = None
        self._callbacks = []

    def __repr__(self):
        name = type(self).__name__
        state = self._state.lower()
        if self._state == FINISHED:
            if self._exception is not None:
                return '<%s at %s state=%s raised %s>' % (
                    name, hex(id(self)), state,
                    type(self._exception).__name__)
            return '<%s at %s state=%s returned %s>' % (
                name, hex(id(self)), state, type(self._result).__name__)
        return '<%s at %s state=%s>' % (name, hex(id(self)), state)

    def cancel(self):
        with self._condition._lock:
            if self._state == RUNNING or self._state == FINISHED:
                return False
            if self._state == CANCELLED:
                return True
            self._state = CANCELLED
            self._condition.notify_all()
        self._call_back()
        return True

    def cancelled(self):
        return self._state == CANCELLED

    def running(self):
        return self._state == RUNNING

    def done(self):
        state = self._state
        return state == FINISHED or state == CANCELLED

    def _await(self, timeout):
        """Wait until settled; the lock is held by the caller."""
        if timeout is None:
            while self._state != FINISHED and self._state != CANCELLED:
                self._condition.wait()
        elif self._state != FINISHED and self._state != CANCELLED:
            end = _now() + timeout
            while self._state != FINISHED and self._state != CANCELLED:
                left = end - _now()
                if left <= 0:
                    raise TimeoutError()
                self._condition.wait(left)

    def result(self, timeout=None):
        if self._state != FINISHED:
            with self._condition._lock:
                self._await(timeout)
        if self._state == CANCELLED:
            raise CancelledError()
        if self._exception is not None:
            raise self._exception
        return self._result

    def exception(self, timeout=None):
        if self._state != FINISHED:
            with self._condition._lock:
                self._await(timeout)
        if self._state == CANCELLED:
            raise CancelledError()
        return self._exception

    def add_done_callback(self, fn):
        with self._condition._lock:
            if self._state != FINISHED and self._state != CANCELLED:
                self._callbacks.append(fn)
                return
        try:
            fn(self)
        except Exception as exc:
            _complain(exc, 'exception calling callback for %r' % (self,))

    def _watch(self, fn):
        """Like add_done_callback, for wait and as_completed."""
        with self._condition._lock:
            if self._state != FINISHED and self._state != CANCELLED:
                self._callbacks.append(fn)
                return True
        return False

    def _unwatch(self, fn):
        with self._condition._lock:
            try:
                self._callbacks.remove(fn)
            except ValueError:
                pass

    def _call_back(self):
        for fn in self._callbacks:
            try:
                fn(self)
            except Exception as exc:
                _complain(exc, 'exception calling callback for %r' % (self,))

    def set_running_or_notify_cancel(self):
        with self._condition._lock:
            if self._state == CANCELLED:
                return False
            if self._state == PENDING:
                self._state = RUNNING
                return True
            raise RuntimeError('Future in unexpected state')

    def set_result(self, result):
        cond = self._condition
        with cond._lock:
            if self._state == CANCELLED or self._state == FINISHED:
                raise InvalidStateError('%s: %r' % (self._state, self))
            self._result = result
            self._state = FINISHED
            if cond._waiters:
                cond.notify_all()
        if self._callbacks:
            self._call_back()

    def set_exception(self, exception):
        cond = self._condition
        with cond._lock:
            if self._state == CANCELLED or self._state == FINISHED:
                raise InvalidStateError('%s: %r' % (self._state, self))
            self._exception = exception
            self._state = FINISHED
            if cond._waiters:
                cond.notify_all()
        if self._callbacks:
            self._call_back()


DoneAndNotDoneFutures = _namedtuple('DoneAndNotDoneFutures', 'done not_done')


def wait(fs, timeout=None, return_when=ALL_COMPLETED):
    fs = set(fs)
    done = set()
    lock = _allocate_lock()
    cond = _Condition(lock)

    def settled(future):
        with lock:
            done.add(future)
            cond.notify_all()

    def enough():
        if len(done) == len(fs):
            return True
        if return_when == FIRST_COMPLETED:
            return len(done) > 0
        if return_when == FIRST_EXCEPTION:
            for f in done:
                if f._state == FINISHED and f._exception is not None:
                    return True
        return False

    if return_when not in (FIRST_COMPLETED, FIRST_EXCEPTION, ALL_COMPLETED):
        raise ValueError('Invalid return condition: %r' % (return_when,))
    watched = []
    for f in fs:
        if f._watch(settled):
            watched.append(f)
        else:
            with lock:
                done.add(f)
    with lock:
        cond.wait_for(enough, timeout)
        result = set(done)
    for f in watched:
        if f not in result:
            f._unwatch(settled)
    return DoneAndNotDoneFutures(result, fs - result)


def as_completed(fs, timeout=None):
    end = None if timeout is None else _now() + timeout
    fs = set(fs)
    total = len(fs)
    ready = _deque()
    lock = _allocate_lock()
    cond = _Condition(lock)

    def settled(future):
        with lock:
            ready.append(future)
            cond.notify_all()

    watched = []
    try:
        at_once = []
        for f in fs:
            if f._watch(settled):
                watched.append(f)
            else:
                at_once.append(f)
        given = 0
        for f in at_once:
            given += 1
            fs.discard(f)
            yield f
        at_once = f = None
        while given < total:
            with lock:
                while not ready:
                    if end is None:
                        cond.wait()
                    else:
                        left = end - _now()
                        if left <= 0:
                            raise TimeoutError('%d (of %d) futures unfinished'
                                               % (total - given, total))
                        cond.wait(left)
                future = ready.popleft()
            given += 1
            fs.discard(future)
            yield future
            future = None
    finally:
        for f in watched:
            if f in fs:
                f._unwatch(settled)


class Executor:
    """What every kind of executor can do."""

    def submit(self, fn, /, *args, **kwargs):
        raise NotImplementedError()

    def map(self, fn, *iterables, timeout=None, chunksize=1):
        end = None if timeout is None else timeout + _now()
        futures = [self.submit(fn, *args) for args in zip(*iterables)]
        return _results(futures, end)

    def shutdown(self, wait=True, *, cancel_futures=False):
        pass

    def __enter__(self):
        return self

    def __exit__(self, kind, value, tb):
        self.shutdown(wait=True)
        return False


def _results(futures, end):
    try:
        futures.reverse()
        while futures:
            future = futures.pop()
            try:
                if end is None:
                    value = future.result()
                else:
                    value = future.result(end - _now())
            except BaseException:
                future.cancel()
                raise
            future = None
            yield value
    finally:
        for future in futures:
            future.cancel()


_pools = []
_pools_lock = _allocate_lock()
_exiting = False


def _close_pools():
    global _exiting
    with _pools_lock:
        _exiting = True
        pools = list(_pools)
    for pool in pools:
        with pool._lock:
            pool._stopping = True
            pool._ready.notify_all()
    for pool in pools:
        for thread in list(pool._threads):
            thread.join()


threading._register_atexit(_close_pools)

_pool_number = 0


class ThreadPoolExecutor(Executor):
    """Runs calls in up to max_workers threads."""

    def __init__(self, max_workers=None, thread_name_prefix='',
                 initializer=None, initargs=()):
        global _pool_number
        if max_workers is None:
            max_workers = min(32, (sys._cpu_count() or 1) + 4)
        if max_workers <= 0:
            raise ValueError('max_workers must be greater than 0')
        if initializer is not None and not callable(initializer):
            raise TypeError('initializer must be a callable')
        self._max_workers = max_workers
        if not thread_name_prefix:
            with _pools_lock:
                thread_name_prefix = 'ThreadPoolExecutor-%d' % _pool_number
                _pool_number += 1
        self._thread_name_prefix = thread_name_prefix
        self._initializer = initializer
        self._initargs = initargs
        self._lock = _allocate_lock()
        self._ready = _Condition(self._lock)
        self._work = _deque()
        self._threads = set()
        self._shutdown = False
        self._stopping = False
        self._broken = False

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        start = None
        with self._lock:
            if self._broken:
                raise BrokenThreadPool(self._broken)
            if self._shutdown:
                raise RuntimeError(
                    'cannot schedule new futures after shutdown')
            if _exiting:
                raise RuntimeError('cannot schedule new futures after '
                                   'interpreter shutdown')
            self._work.append((future, fn, args, kwargs))
            waiters = self._ready._waiters
            if waiters:
                waiters.popleft().release()
            elif len(self._threads) < self._max_workers:
                start = threading.Thread(
                    target=self._worker,
                    name='%s_%d' % (self._thread_name_prefix,
                                    len(self._threads)))
                start._daemon = False
                if not self._threads:
                    with _pools_lock:
                        _pools.append(self)
                self._threads.add(start)
                start.start()
        return future

    def _worker(self):
        if self._initializer is not None:
            try:
                self._initializer(*self._initargs)
            except BaseException as exc:
                _complain(exc, 'Exception in initializer:')
                self._break()
                return
        lock = self._lock
        work = self._work
        while True:
            with lock:
                while not work:
                    if self._stopping:
                        return
                    self._ready.wait()
                future, fn, args, kwargs = work.popleft()
            if future.set_running_or_notify_cancel():
                try:
                    result = fn(*args, **kwargs)
                except BaseException as exc:
                    future.set_exception(exc)
                else:
                    future.set_result(result)
                    result = None
            future = fn = args = kwargs = None

    def _break(self):
        with self._lock:
            self._broken = ('A thread initializer failed, the thread pool '
                            'is not usable anymore')
            left = list(self._work)
            self._work.clear()
            self._stopping = True
            self._ready.notify_all()
        for item in left:
            item[0].set_exception(BrokenThreadPool(self._broken))

    def shutdown(self, wait=True, *, cancel_futures=False):
        dropped = []
        with self._lock:
            self._shutdown = True
            self._stopping = True
            if cancel_futures:
                dropped = list(self._work)
                self._work.clear()
            self._ready.notify_all()
        for item in dropped:
            item[0].cancel()
        if wait:
            for thread in list(self._threads):
                thread.join()
            with _pools_lock:
                if self in _pools:
                    _pools.remove(self)
