"""Helpers for the with statement."""

import sys
from functools import wraps as _wraps
from abc import ABC as _ABC


class AbstractContextManager:

    def __enter__(self):
        return self

    def __exit__(self, kind, value, tb):
        return None


class ContextDecorator:
    """Lets a context manager decorate functions too."""

    def _recreate_cm(self):
        return self

    def __call__(self, func):
        @_wraps(func)
        def inner(*args, **kwds):
            with self._recreate_cm():
                return func(*args, **kwds)
        return inner


class _GeneratorContextManager(ContextDecorator):

    def __init__(self, func, args, kwds):
        self.gen = func(*args, **kwds)
        self.func = func
        self.args = args
        self.kwds = kwds

    def _recreate_cm(self):
        return type(self)(self.func, self.args, self.kwds)

    def __enter__(self):
        for value in self.gen:
            return value
        raise RuntimeError("generator didn't yield")

    def __exit__(self, kind, value, tb):
        gen = self.gen
        if kind is None:
            for _ in gen:
                gen.close()
                raise RuntimeError("generator didn't stop")
            return False
        if value is None:
            value = kind()
        try:
            gen.throw(value)
        except StopIteration as exc:
            return exc is not value
        except RuntimeError as exc:
            if exc is value:
                return False
            if (isinstance(value, StopIteration)
                    and exc.__cause__ is value):
                return False
            raise
        except BaseException as exc:
            if exc is not value:
                raise
            return False
        gen.close()
        raise RuntimeError("generator didn't stop after throw()")


def contextmanager(func):
    @_wraps(func)
    def helper(*args, **kwds):
        return _GeneratorContextManager(func, args, kwds)
    return helper


class closing:

    def __init__(self, thing):
        self.thing = thing

    def __enter__(self):
        return self.thing

    def __exit__(self, kind, value, tb):
        self.thing.close()


class suppress:

    def __init__(self, *exceptions):
        self._exceptions = exceptions

    def __enter__(self):
        pass

    def __exit__(self, kind, value, tb):
        return kind is not None and issubclass(kind, self._exceptions)


class nullcontext:

    def __init__(self, enter_result=None):
        self.enter_result = enter_result

    def __enter__(self):
        return self.enter_result

    def __exit__(self, kind, value, tb):
        pass


class _Redirect:

    def __init__(self, new_target):
        self._new_target = new_target
        self._old_targets = []

    def __enter__(self):
        self._old_targets.append(getattr(sys, self._stream))
        setattr(sys, self._stream, self._new_target)
        return self._new_target

    def __exit__(self, kind, value, tb):
        setattr(sys, self._stream, self._old_targets.pop())


class redirect_stdout(_Redirect):
    _stream = 'stdout'


class redirect_stderr(_Redirect):
    _stream = 'stderr'


class ExitStack:
    """Leaves, last first, everything that was entered through it."""

    def __init__(self):
        self._exits = []

    def pop_all(self):
        new = type(self)()
        new._exits = self._exits
        self._exits = []
        return new

    def push(self, exit):
        method = getattr(type(exit), '__exit__', None)
        if method is None:
            self._exits.append(exit)
        else:
            self._exits.append(
                lambda kind, value, tb: method(exit, kind, value, tb))
        return exit

    def enter_context(self, cm):
        cls = type(cm)
        if not hasattr(cls, '__enter__') or not hasattr(cls, '__exit__'):
            raise TypeError("'%s.%s' object does not support the context "
                            'manager protocol'
                            % (cls.__module__, cls.__qualname__))
        method = cls.__exit__
        result = cls.__enter__(cm)
        self._exits.append(
            lambda kind, value, tb: method(cm, kind, value, tb))
        return result

    def callback(self, callback, /, *args, **kwds):
        def leave(kind, value, tb):
            callback(*args, **kwds)
        self._exits.append(leave)
        return callback

    def close(self):
        self.__exit__(None, None, None)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, tb):
        original = value
        swallowed = False
        while self._exits:
            leave = self._exits.pop()
            try:
                if value is None:
                    leave(None, None, None)
                elif leave(type(value), value,
                           getattr(value, '__traceback__', None)):
                    value = None
                    swallowed = True
            except BaseException as exc:
                if value is not None and exc is not value and (
                        exc.__context__ is None):
                    exc.__context__ = value
                value = exc
        if value is None:
            return swallowed
        if value is original:
            return False
        raise value
