"""The little of the system that programs here may ask for."""

import sys
import posixpath as path
from posixpath import sep, curdir, pardir, extsep, pathsep

name = 'posix'
linesep = '\n'
devnull = '/dev/null'
environ = {}
error = OSError


def getenv(key, default=None):
    return environ.get(key, default)


def getcwd():
    return path._cwd()


def cpu_count():
    return sys._cpu_count()


def getpid():
    f = getattr(sys, '_getpid', None)
    return f() if f is not None else 1


def urandom(n):
    import _random
    return _random.Random().getrandbits(n * 8).to_bytes(n, 'little')


def fspath(p):
    if isinstance(p, (str, bytes)):
        return p
    return p.__fspath__()


def sched_getaffinity(pid):
    return set(range(cpu_count() or 1))


def _exit(code):
    raise SystemExit(code)
