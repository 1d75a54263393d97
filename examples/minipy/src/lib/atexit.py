"""Functions to be called when the program is over."""

_all = []


def register(func, *args, **kwargs):
    _all.append((func, args, kwargs))
    return func


def unregister(func):
    _all[:] = [entry for entry in _all if entry[0] != func]


def _clear():
    _all.clear()


def _ncallbacks():
    return len(_all)


def _run_exitfuncs():
    import sys
    import traceback
    while _all:
        func, args, kwargs = _all.pop()
        try:
            func(*args, **kwargs)
        except SystemExit:
            pass
        except BaseException as e:
            print('Exception ignored in atexit callback: %r' % (func,), file=sys.stderr)
            traceback.print_exception(type(e), e, e.__traceback__)
