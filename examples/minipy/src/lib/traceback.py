"""Exceptions as text."""

import sys


def _pick(exc, value):
    """The exception meant, whether given alone or after its type."""
    if isinstance(value, BaseException):
        return value
    return exc


def format_exception(exc, /, value=None, tb=None, limit=None, chain=True):
    return list(sys._format_exception(_pick(exc, value)))


def format_exception_only(exc, /, value=None):
    exc = _pick(exc, value)
    cls = type(exc)
    name = cls.__qualname__
    if cls.__module__ not in ('builtins', '__main__'):
        name = cls.__module__ + '.' + name
    text = str(exc)
    return [name + ': ' + text + '\n' if text else name + '\n']


def print_exception(exc, /, value=None, tb=None, limit=None, file=None,
                    chain=True):
    if file is None:
        file = sys.stderr
    for line in format_exception(exc, value):
        file.write(line)


def format_exc(limit=None, chain=True):
    exc = sys.exc_info()[1]
    if exc is None:
        return 'NoneType: None\n'
    return ''.join(format_exception(exc))


def print_exc(limit=None, file=None, chain=True):
    if file is None:
        file = sys.stderr
    file.write(format_exc())


def extract_tb(tb, limit=None):
    return []


def format_tb(tb, limit=None):
    return []


def print_tb(tb, limit=None, file=None):
    pass


def extract_stack(f=None, limit=None):
    return []


def format_stack(f=None, limit=None):
    return []


def print_stack(f=None, limit=None, file=None):
    pass
