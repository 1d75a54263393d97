"""Threads and the usual things to coordinate them with."""

import _thread
from _thread import get_ident, allocate_lock, RLock, TIMEOUT_MAX
from _collections import deque as _deque
from time import monotonic as _now

Lock = allocate_lock
ThreadError = RuntimeError

_active = {}                 # ident -> Thread, for every thread that runs
_active_lock = allocate_lock()
_exit_calls = []
_name_lock = allocate_lock()
_name_number = 0


def get_native_id():
    return get_ident()


def stack_size(size=0):
    return 0


def settrace(func):
    pass


def setprofile(func):
    pass


# ---------------------------------------------------------------- Condition

class Condition:
    """A lock together with a line of threads that wait for news."""

    def __init__(self, lock=None):
        if lock is None:
            lock = RLock()
        self._lock = lock
        self.acquire = lock.acquire
        self.release = lock.release
        self._waiters = _deque()
        self._reentrant = hasattr(lock, '_release_save')
        if hasattr(lock, '_is_owned'):
            self._is_owned = lock._is_owned

    def __enter__(self):
        return self._lock.__enter__()

    def __exit__(self, kind, value, tb):
        self._lock.release()

    def __repr__(self):
        return '<Condition(%s, %d)>' % (self._lock, len(self._waiters))

    def _is_owned(self):
        if self._lock.acquire(False):
            self._lock.release()
            return False
        return True

    def wait(self, timeout=None):
        if not self._is_owned():
            raise RuntimeError('cannot wait on un-acquired lock')
        gate = allocate_lock()
        gate.acquire()
        self._waiters.append(gate)
        lock = self._lock
        woken = False
        if self._reentrant:
            state = lock._release_save()
        else:
            lock.release()
        try:
            if timeout is None:
                woken = gate.acquire()
            elif timeout > 0:
                woken = gate.acquire(True, timeout)
            else:
                woken = gate.acquire(False)
            return woken
        finally:
            if self._reentrant:
                lock._acquire_restore(state)
            else:
                lock.acquire()
            if not woken:
                try:
                    self._waiters.remove(gate)
                except ValueError:
                    pass

    def wait_for(self, predicate, timeout=None):
        result = predicate()
        if timeout is None:
            while not result:
                self.wait()
                result = predicate()
            return result
        end = _now() + timeout
        while not result:
            left = end - _now()
            if left <= 0:
                break
            self.wait(left)
            result = predicate()
        return result

    def notify(self, n=1):
        if not self._is_owned():
            raise RuntimeError('cannot notify on un-acquired lock')
        waiters = self._waiters
        while n > 0 and waiters:
            waiters.popleft().release()
            n -= 1

    def notify_all(self):
        if not self._is_owned():
            raise RuntimeError('cannot notify on un-acquired lock')
        waiters = self._waiters
        while waiters:
            waiters.popleft().release()

    notifyAll = notify_all


# -------------------------------------------------------------------- Event

class Event:
    """A flag that threads can wait for."""

    def __init__(self):
        self._cond = Condition(allocate_lock())
        self._flag = False

    def __repr__(self):
        cls = type(self)
        return '<%s.%s at %s: %s>' % (cls.__module__, cls.__qualname__,
                                      hex(id(self)),
                                      'set' if self._flag else 'unset')

    def is_set(self):
        return self._flag

    isSet = is_set

    def set(self):
        cond = self._cond
        with cond._lock:
            self._flag = True
            waiters = cond._waiters
            while waiters:
                waiters.popleft().release()

    def clear(self):
        with self._cond._lock:
            self._flag = False

    def wait(self, timeout=None):
        if self._flag:
            return True
        with self._cond._lock:
            if not self._flag:
                woken = self._cond.wait(timeout)
                # Whoever set the flag also opened our gate.
                return woken or self._flag
            return True


# --------------------------------------------------------------- Semaphores

class Semaphore:
    """A counter that blocks whoever would take it below nought."""

    def __init__(self, value=1):
        if value < 0:
            raise ValueError('semaphore initial value must be >= 0')
        self._cond = Condition(allocate_lock())
        self._value = value

    def __repr__(self):
        cls = type(self)
        return '<%s.%s at %s: value=%s>' % (cls.__module__, cls.__qualname__,
                                            hex(id(self)), self._value)

    def acquire(self, blocking=True, timeout=None):
        if not blocking and timeout is not None:
            raise ValueError("can't specify timeout for non-blocking acquire")
        cond = self._cond
        with cond._lock:
            if self._value > 0:
                self._value -= 1
                return True
            if not blocking:
                return False
            if timeout is None:
                while self._value == 0:
                    cond.wait()
            else:
                end = _now() + timeout
                while self._value == 0:
                    left = end - _now()
                    if left <= 0:
                        return False
                    cond.wait(left)
            self._value -= 1
            return True

    def __enter__(self):
        return self.acquire()

    def release(self, n=1):
        if n < 1:
            raise ValueError('n must be one or more')
        cond = self._cond
        with cond._lock:
            self._value += n
            waiters = cond._waiters
            while n > 0 and waiters:
                waiters.popleft().release()
                n -= 1

    def __exit__(self, kind, value, tb):
        self.release()


class BoundedSemaphore(Semaphore):
    """A semaphore that never holds more than it began with."""

    def __init__(self, value=1):
        Semaphore.__init__(self, value)
        self._initial_value = value

    def __repr__(self):
        cls = type(self)
        return '<%s.%s at %s: value=%s/%s>' % (
            cls.__module__, cls.__qualname__, hex(id(self)), self._value,
            self._initial_value)

    def release(self, n=1):
        if n < 1:
            raise ValueError('n must be one or more')
        cond = self._cond
        with cond._lock:
            if self._value + n > self._initial_value:
                raise ValueError('Semaphore released too many times')
            self._value += n
            waiters = cond._waiters
            while n > 0 and waiters:
                waiters.popleft().release()
                n -= 1


# ------------------------------------------------------------------ Barrier

class BrokenBarrierError(RuntimeError):
    pass


class Barrier:
    """Holds threads back until a fixed number of them has arrived.

    Every round has its own one-element list: 0 while it fills, 1 once it
    was let through, -1 when it was broken.
    """

    def __init__(self, parties, action=None, timeout=None):
        self._cond = Condition(allocate_lock())
        self._action = action
        self._timeout = timeout
        self._parties = parties
        self._count = 0
        self._round = [0]
        self._broken = False

    def __repr__(self):
        cls = type(self)
        head = '<%s.%s at %s: ' % (cls.__module__, cls.__qualname__,
                                   hex(id(self)))
        if self._broken:
            return head + 'broken>'
        return head + 'waiters=%d/%d>' % (self.n_waiting, self._parties)

    @property
    def parties(self):
        return self._parties

    @property
    def n_waiting(self):
        return self._count

    @property
    def broken(self):
        return self._broken

    def _end_round(self, outcome):
        self._round[0] = outcome
        self._round = [0]
        self._count = 0
        waiters = self._cond._waiters
        while waiters:
            waiters.popleft().release()

    def wait(self, timeout=None):
        if timeout is None:
            timeout = self._timeout
        cond = self._cond
        with cond._lock:
            if self._broken:
                raise BrokenBarrierError
            mine = self._round
            index = self._count
            self._count = index + 1
            if index + 1 == self._parties:
                if self._action is not None:
                    try:
                        self._action()
                    except BaseException:
                        self._broken = True
                        self._end_round(-1)
                        raise
                self._end_round(1)
                return index
            if timeout is None:
                while mine[0] == 0:
                    cond.wait()
            else:
                end = _now() + timeout
                while mine[0] == 0:
                    left = end - _now()
                    if left <= 0:
                        self._broken = True
                        self._end_round(-1)
                        break
                    cond.wait(left)
            if mine[0] < 0:
                raise BrokenBarrierError
            return index

    def reset(self):
        with self._cond._lock:
            if self._count:
                self._end_round(-1)
            self._broken = False

    def abort(self):
        with self._cond._lock:
            self._broken = True
            self._end_round(-1)


# ------------------------------------------------------------------ Threads

class ExceptHookArgs:
    """What excepthook is given."""

    def __init__(self, args):
        kind, value, tb, thread = args
        self.exc_type = kind
        self.exc_value = value
        self.exc_traceback = tb
        self.thread = thread


def excepthook(args):
    """Tell stderr about an exception that left a thread."""
    if args.exc_type is SystemExit:
        return
    thread = args.thread
    name = thread.name if thread is not None else get_ident()
    _thread._excepthook(name, args.exc_value)


__excepthook__ = excepthook


def _report(thread, exc):
    if isinstance(exc, SystemExit):
        return
    try:
        excepthook(ExceptHookArgs([type(exc), exc,
                                   getattr(exc, '__traceback__', None),
                                   thread]))
    except BaseException as second:
        _thread._excepthook(thread.name, second)


def _make_name(template, target=None):
    global _name_number
    with _name_lock:
        _name_number += 1
        number = _name_number
    name = template % number
    if target is not None:
        try:
            name = '%s (%s)' % (name, target.__name__)
        except AttributeError:
            pass
    return name


class Thread:
    """One thread of control; see the start method."""

    _initialized = False

    def __init__(self, group=None, target=None, name=None, args=(),
                 kwargs=None, *, daemon=None):
        if group is not None:
            raise AssertionError('group argument must be None for now')
        if name is None:
            name = _make_name('Thread-%d', target)
        else:
            name = str(name)
        self._target = target
        self._name = name
        self._args = args
        self._kwargs = {} if kwargs is None else kwargs
        if daemon is None:
            daemon = current_thread()._daemon
        self._daemon = daemon
        self._ident = None
        self._begun = False
        self._over = False
        self._done = allocate_lock()
        self._local_stores = []
        self._initialized = True

    def __repr__(self):
        if not self._initialized:
            raise AssertionError('Thread.__init__() was not called')
        if self._over:
            status = 'stopped'
        elif self._begun:
            status = 'started'
        else:
            status = 'initial'
        if self._daemon:
            status += ' daemon'
        if self._ident is not None:
            status += ' %s' % self._ident
        return '<%s(%s, %s)>' % (type(self).__name__, self._name, status)

    def start(self):
        if not self._initialized:
            raise RuntimeError('thread.__init__() not called')
        with _active_lock:
            if self._begun:
                raise RuntimeError('threads can only be started once')
            self._begun = True
        self._done.acquire()
        try:
            ident = _thread.start_new_thread(self._bootstrap, ())
        except BaseException:
            self._begun = False
            self._done.release()
            raise
        with _active_lock:
            self._ident = ident
            if not self._over:
                _active[ident] = self

    def run(self):
        try:
            if self._target is not None:
                self._target(*self._args, **self._kwargs)
        finally:
            # These may well lead back to this thread.
            del self._target, self._args, self._kwargs

    def _bootstrap(self):
        ident = get_ident()
        self._ident = ident
        with _active_lock:
            _active[ident] = self
        try:
            self.run()
        except BaseException as exc:
            _report(self, exc)
        finally:
            self._finish(ident)

    def _finish(self, ident):
        for store in self._local_stores:
            store.pop(ident, None)
        self._local_stores = []
        with _active_lock:
            self._over = True
            _active.pop(ident, None)
        self._done.release()

    def join(self, timeout=None):
        if not self._initialized:
            raise RuntimeError('Thread.__init__() not called')
        if not self._begun:
            raise RuntimeError('cannot join thread before it is started')
        if self._ident == get_ident() and not self._over:
            raise RuntimeError('cannot join current thread')
        done = self._done
        if timeout is None:
            got = done.acquire()
        elif timeout > 0:
            got = done.acquire(True, timeout)
        else:
            got = done.acquire(False)
        if got:
            done.release()

    @property
    def name(self):
        if not self._initialized:
            raise AssertionError('Thread.__init__() not called')
        return self._name

    @name.setter
    def name(self, name):
        if not self._initialized:
            raise AssertionError('Thread.__init__() not called')
        self._name = str(name)

    @property
    def ident(self):
        if not self._initialized:
            raise AssertionError('Thread.__init__() not called')
        return self._ident

    @property
    def native_id(self):
        if not self._initialized:
            raise AssertionError('Thread.__init__() not called')
        return self._ident

    def is_alive(self):
        if not self._initialized:
            raise AssertionError('Thread.__init__() not called')
        return self._begun and not self._over

    @property
    def daemon(self):
        if not self._initialized:
            raise AssertionError('Thread.__init__() not called')
        return self._daemon

    @daemon.setter
    def daemon(self, daemonic):
        if not self._initialized:
            raise RuntimeError('Thread.__init__() not called')
        if self._begun:
            raise RuntimeError('cannot set daemon status of active thread')
        self._daemon = daemonic

    def isDaemon(self):
        return self.daemon

    def setDaemon(self, daemonic):
        self.daemon = daemonic

    def getName(self):
        return self.name

    def setName(self, name):
        self.name = name


class Timer(Thread):
    """Calls a function after a while, unless cancelled before."""

    def __init__(self, interval, function, args=None, kwargs=None):
        Thread.__init__(self)
        self.interval = interval
        self.function = function
        self.args = args if args is not None else []
        self.kwargs = kwargs if kwargs is not None else {}
        self.finished = Event()

    def cancel(self):
        self.finished.set()

    def run(self):
        self.finished.wait(self.interval)
        if not self.finished.is_set():
            self.function(*self.args, **self.kwargs)
        self.finished.set()


class _MainThread(Thread):

    def __init__(self):
        Thread.__init__(self, name='MainThread', daemon=False)
        self._begun = True
        self._ident = get_ident()
        self._done.acquire()
        _active[self._ident] = self


class _DummyThread(Thread):
    """Stands for a thread that this module did not start."""

    def __init__(self):
        Thread.__init__(self, name=_make_name('Dummy-%d'), daemon=True)
        self._begun = True
        self._ident = get_ident()
        self._done.acquire()
        with _active_lock:
            _active[self._ident] = self

    def join(self, timeout=None):
        raise AssertionError('cannot join a dummy thread')


def current_thread():
    thread = _active.get(get_ident())
    if thread is None:
        return _DummyThread()
    return thread


currentThread = current_thread


def main_thread():
    return _main_thread


def enumerate():
    with _active_lock:
        return list(_active.values())


def active_count():
    with _active_lock:
        return len(_active)


activeCount = active_count

_main_thread = _MainThread()


def _register_atexit(func, *args, **kwargs):
    _exit_calls.append((func, args, kwargs))


def _shutdown():
    """Called by the interpreter when the main program is over."""
    while _exit_calls:
        func, args, kwargs = _exit_calls.pop()
        func(*args, **kwargs)
    me = get_ident()
    while True:
        waiting = [t for t in enumerate()
                   if not t._daemon and t is not _main_thread
                   and t._ident != me]
        if not waiting:
            break
        for thread in waiting:
            thread.join()


# ------------------------------------------------------------- thread-local

_plain_get = object.__getattribute__
_plain_set = object.__setattr__
_plain_del = object.__delattr__


def _open_store(self, stores, ident):
    """Give this thread its own attributes, as the class would begin them."""
    mine = {}
    stores[ident] = mine
    thread = current_thread()
    thread._local_stores.append(stores)
    cls = type(self)
    if cls.__init__ is not object.__init__:
        args, kwargs = _plain_get(self, '_local_args')
        try:
            cls.__init__(self, *args, **kwargs)
        except BaseException:
            del stores[ident]
            raise
    return mine


class local:
    """An object whose attributes differ from thread to thread."""

    def __new__(cls, *args, **kwargs):
        if (args or kwargs) and cls.__init__ is object.__init__:
            raise TypeError('Initialization arguments are not supported')
        self = object.__new__(cls)
        stores = {get_ident(): {}}
        _plain_set(self, '_local_stores', stores)
        _plain_set(self, '_local_args', (args, kwargs))
        current_thread()._local_stores.append(stores)
        return self

    def __getattribute__(self, name):
        stores = _plain_get(self, '_local_stores')
        ident = get_ident()
        mine = stores.get(ident)
        if mine is None:
            mine = _open_store(self, stores, ident)
        if name in mine:
            return mine[name]
        if name == '__dict__':
            return mine
        return _plain_get(self, name)

    def __setattr__(self, name, value):
        if name == '__dict__':
            raise AttributeError(
                "'%s' object attribute '__dict__' is read-only"
                % type(self).__name__)
        stores = _plain_get(self, '_local_stores')
        ident = get_ident()
        mine = stores.get(ident)
        if mine is None:
            mine = _open_store(self, stores, ident)
        kind = getattr(type(self), name, None)
        if kind is not None and hasattr(type(kind), '__set__'):
            _plain_set(self, name, value)
        else:
            mine[name] = value

    def __delattr__(self, name):
        if name == '__dict__':
            raise AttributeError(
                "'%s' object attribute '__dict__' is read-only"
                % type(self).__name__)
        stores = _plain_get(self, '_local_stores')
        ident = get_ident()
        mine = stores.get(ident)
        if mine is None:
            mine = _open_store(self, stores, ident)
        kind = getattr(type(self), name, None)
        if kind is not None and hasattr(type(kind), '__set__'):
            _plain_del(self, name)
        elif name in mine:
            del mine[name]
        else:
            raise AttributeError(name)
