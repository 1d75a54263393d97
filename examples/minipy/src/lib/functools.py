"""Functions that make or change functions."""

from _thread import RLock as _RLock, allocate_lock as _allocate_lock
from collections import namedtuple as _namedtuple

WRAPPER_ASSIGNMENTS = ('__module__', '__name__', '__qualname__', '__doc__',
                       '__annotations__')
WRAPPER_UPDATES = ('__dict__',)

_missing = object()


def reduce(function, iterable, initial=_missing, /):
    try:
        it = iter(iterable)
    except TypeError:
        raise TypeError('reduce() arg 2 must support iteration') from None
    if initial is _missing:
        for value in it:
            break
        else:
            raise TypeError(
                'reduce() of empty iterable with no initial value')
    else:
        value = initial
    for element in it:
        value = function(value, element)
    return value


def update_wrapper(wrapper, wrapped, assigned=WRAPPER_ASSIGNMENTS,
                   updated=WRAPPER_UPDATES):
    for name in assigned:
        value = getattr(wrapped, name, _missing)
        if value is not _missing:
            setattr(wrapper, name, value)
    for name in updated:
        if name == '__dict__':
            for key, value in getattr(wrapped, name, {}).items():
                setattr(wrapper, key, value)
        else:
            getattr(wrapper, name).update(getattr(wrapped, name, {}))
    wrapper.__wrapped__ = wrapped
    return wrapper


def wraps(wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=WRAPPER_UPDATES):
    def decorate(wrapper):
        return update_wrapper(wrapper, wrapped, assigned, updated)
    return decorate


class partial:
    """A function some of whose arguments are given already."""

    def __init__(self, func, /, *args, **keywords):
        if not callable(func):
            raise TypeError('the first argument must be callable')
        if isinstance(func, partial):
            args = func.args + args
            merged = dict(func.keywords)
            merged.update(keywords)
            keywords = merged
            func = func.func
        self.func = func
        self.args = args
        self.keywords = keywords

    def __call__(self, /, *args, **keywords):
        if not self.keywords:
            return self.func(*self.args, *args, **keywords)
        if not keywords:
            return self.func(*self.args, *args, **self.keywords)
        merged = dict(self.keywords)
        merged.update(keywords)
        return self.func(*self.args, *args, **merged)

    def __repr__(self):
        parts = [repr(self.func)]
        for value in self.args:
            parts.append(repr(value))
        for key, value in self.keywords.items():
            parts.append('%s=%r' % (key, value))
        name = type(self).__qualname__
        if type(self) is partial:
            name = 'functools.partial'
        return name + '(' + ', '.join(parts) + ')'


class partialmethod:
    """partial for use as a method."""

    def __init__(self, func, /, *args, **keywords):
        if isinstance(func, partialmethod):
            args = func.args + args
            merged = dict(func.keywords)
            merged.update(keywords)
            keywords = merged
            func = func.func
        elif not callable(func) and not hasattr(func, '__get__'):
            raise TypeError('%r is not callable or a descriptor' % (func,))
        self.func = func
        self.args = args
        self.keywords = keywords

    def __get__(self, obj, cls=None):
        func = self.func
        if isinstance(func, (classmethod, staticmethod)):
            return partial(func.__get__(obj, cls), *self.args,
                           **self.keywords)
        if obj is None:
            args = self.args
            keywords = self.keywords

            def method(cls_or_self, /, *more, **others):
                merged = dict(keywords)
                merged.update(others)
                return func(cls_or_self, *args, *more, **merged)
            return method
        return partial(func, obj, *self.args, **self.keywords)


# ------------------------------------------------------------------- caches

CacheInfo = _namedtuple('CacheInfo', ['hits', 'misses', 'maxsize',
                                      'currsize'])
_CacheInfo = CacheInfo
_keyword_mark = object()


def _make_key(args, kwargs, typed):
    if not kwargs and not typed:
        if len(args) == 1:
            only = args[0]
            if type(only) is int or type(only) is str:
                return only
        return args
    key = args
    if kwargs:
        key = key + (_keyword_mark,)
        for item in kwargs.items():
            key = key + item
    if typed:
        key = key + tuple([type(v) for v in args])
        if kwargs:
            key = key + tuple([type(v) for v in kwargs.values()])
    return key


def lru_cache(maxsize=128, typed=False):
    if isinstance(maxsize, int):
        if maxsize < 0:
            maxsize = 0
    elif callable(maxsize) and isinstance(typed, bool):
        return _cached(maxsize, 128, False)
    elif maxsize is not None:
        raise TypeError('Expected first argument to be an integer, a '
                        'callable, or None')

    def decorate(function):
        return _cached(function, maxsize, typed)
    return decorate


def cache(user_function, /):
    return _cached(user_function, None, False)


def _cached(function, maxsize, typed):
    lock = _allocate_lock()
    hits = 0
    misses = 0
    table = {}
    get = table.get
    missing = _missing
    make_key = _make_key
    # A ring of [before, after, key, value]; root.before is the newest.
    root = []
    root[:] = [root, root, None, None]

    if maxsize is None:
        def wrapper(*args, **kwargs):
            nonlocal hits, misses
            if kwargs or typed:
                key = make_key(args, kwargs, typed)
            elif len(args) == 1:
                key = args[0]
                if type(key) is not int and type(key) is not str:
                    key = args
            else:
                key = args
            result = get(key, missing)
            if result is not missing:
                with lock:
                    hits += 1
                return result
            with lock:
                misses += 1
            result = function(*args, **kwargs)
            table[key] = result
            return result
    elif maxsize == 0:
        def wrapper(*args, **kwargs):
            nonlocal misses
            with lock:
                misses += 1
            return function(*args, **kwargs)
    else:
        def wrapper(*args, **kwargs):
            nonlocal hits, misses
            key = make_key(args, kwargs, typed)
            with lock:
                link = get(key)
                if link is not None:
                    hits += 1
                    before = link[0]
                    after = link[1]
                    before[1] = after
                    after[0] = before
                    last = root[0]
                    last[1] = root[0] = link
                    link[0] = last
                    link[1] = root
                    return link[3]
                misses += 1
            result = function(*args, **kwargs)
            old = None
            with lock:
                if key not in table:
                    if len(table) >= maxsize:
                        old = root[1]
                        after = old[1]
                        root[1] = after
                        after[0] = root
                        del table[old[2]]
                    last = root[0]
                    link = [last, root, key, result]
                    last[1] = root[0] = table[key] = link
            return result

    def cache_info():
        with lock:
            return CacheInfo(hits, misses, maxsize, len(table))

    def cache_clear():
        nonlocal hits, misses
        with lock:
            root[:] = [root, root, None, None]
            table.clear()
            hits = misses = 0

    def cache_parameters():
        return {'maxsize': maxsize, 'typed': typed}

    update_wrapper(wrapper, function)
    wrapper.cache_info = cache_info
    wrapper.cache_clear = cache_clear
    wrapper.cache_parameters = cache_parameters
    return wrapper


class cached_property:
    """A property worked out once and then kept on the object."""

    def __init__(self, func):
        self.func = func
        self.attrname = None
        self.__doc__ = getattr(func, '__doc__', None)
        self.lock = _RLock()

    def __set_name__(self, owner, name):
        if self.attrname is None:
            self.attrname = name
        elif name != self.attrname:
            raise TypeError('Cannot assign the same cached_property to two '
                            'different names (%r and %r).'
                            % (self.attrname, name))

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        name = self.attrname
        if name is None:
            raise TypeError('Cannot use cached_property instance without '
                            'calling __set_name__ on it.')
        with self.lock:
            value = instance.__dict__.get(name, _missing)
            if value is _missing:
                value = self.func(instance)
                object.__setattr__(instance, name, value)
        return value


# ----------------------------------------------------------------- ordering

def _from_lt(cls):
    def __gt__(self, other):
        r = type(self).__lt__(self, other)
        if r is NotImplemented:
            return r
        return not r and self != other

    def __le__(self, other):
        r = type(self).__lt__(self, other)
        if r is NotImplemented:
            return r
        return r or self == other

    def __ge__(self, other):
        r = type(self).__lt__(self, other)
        if r is NotImplemented:
            return r
        return not r
    return [__gt__, __le__, __ge__]


def _from_le(cls):
    def __ge__(self, other):
        r = type(self).__le__(self, other)
        if r is NotImplemented:
            return r
        return not r or self == other

    def __lt__(self, other):
        r = type(self).__le__(self, other)
        if r is NotImplemented:
            return r
        return r and self != other

    def __gt__(self, other):
        r = type(self).__le__(self, other)
        if r is NotImplemented:
            return r
        return not r
    return [__ge__, __lt__, __gt__]


def _from_gt(cls):
    def __lt__(self, other):
        r = type(self).__gt__(self, other)
        if r is NotImplemented:
            return r
        return not r and self != other

    def __ge__(self, other):
        r = type(self).__gt__(self, other)
        if r is NotImplemented:
            return r
        return r or self == other

    def __le__(self, other):
        r = type(self).__gt__(self, other)
        if r is NotImplemented:
            return r
        return not r
    return [__lt__, __ge__, __le__]


def _from_ge(cls):
    def __le__(self, other):
        r = type(self).__ge__(self, other)
        if r is NotImplemented:
            return r
        return not r or self == other

    def __gt__(self, other):
        r = type(self).__ge__(self, other)
        if r is NotImplemented:
            return r
        return r and self != other

    def __lt__(self, other):
        r = type(self).__ge__(self, other)
        if r is NotImplemented:
            return r
        return not r
    return [__le__, __gt__, __lt__]


_ROOTS = (('__lt__', _from_lt), ('__le__', _from_le), ('__gt__', _from_gt),
          ('__ge__', _from_ge))


def total_ordering(cls):
    defined = set()
    for base in cls.__mro__:
        if base is not object:
            for name, _ in _ROOTS:
                if name in base.__dict__:
                    defined.add(name)
    for name, build in _ROOTS:
        if name in defined:
            for function in build(cls):
                if function.__name__ not in defined:
                    setattr(cls, function.__name__, function)
            return cls
    raise ValueError(
        'must define at least one ordering operation: < > <= >=')


def cmp_to_key(mycmp):
    class K:
        def __init__(self, obj):
            self.obj = obj

        def __lt__(self, other):
            return mycmp(self.obj, other.obj) < 0

        def __gt__(self, other):
            return mycmp(self.obj, other.obj) > 0

        def __eq__(self, other):
            return mycmp(self.obj, other.obj) == 0

        def __le__(self, other):
            return mycmp(self.obj, other.obj) <= 0

        def __ge__(self, other):
            return mycmp(self.obj, other.obj) >= 0

        __hash__ = None
    return K


# ----------------------------------------------------------- single dispatch

def _first_annotation(func):
    notes = getattr(func, '__annotations__', None)
    if notes:
        for name, value in notes.items():
            if name != 'return':
                return value
    raise TypeError(
        'Invalid first argument to `register()`: %r. Use either '
        '`@register(some_class)` or plain `@register` on an annotated '
        'function.' % (func,))


def singledispatch(func):
    registry = {object: func}
    known = {}

    def dispatch(cls):
        found = known.get(cls)
        if found is not None:
            return found
        found = None
        for base in cls.__mro__:
            if base is object:
                break
            found = registry.get(base)
            if found is not None:
                break
        if found is None:
            best = None
            for kind in registry:
                if kind is not object and issubclass(cls, kind):
                    if best is None or issubclass(kind, best):
                        best = kind
            found = func if best is None else registry[best]
        known[cls] = found
        return found

    def register(cls, function=None):
        if function is None:
            if isinstance(cls, type):
                def decorate(function):
                    return register(cls, function)
                return decorate
            function = cls
            cls = _first_annotation(function)
        registry[cls] = function
        known.clear()
        return function

    def wrapper(*args, **kwargs):
        if not args:
            raise TypeError('%s requires at least 1 positional argument'
                            % getattr(func, '__name__',
                                      'singledispatch function'))
        return dispatch(type(args[0]))(*args, **kwargs)

    update_wrapper(wrapper, func)
    wrapper.register = register
    wrapper.dispatch = dispatch
    wrapper.registry = registry
    wrapper._clear_cache = known.clear
    return wrapper


class singledispatchmethod:

    def __init__(self, func):
        self.dispatcher = singledispatch(func)
        self.func = func

    def register(self, cls, method=None):
        return self.dispatcher.register(cls, method)

    def __get__(self, obj, cls=None):
        dispatch = self.dispatcher.dispatch

        def method(*args, **kwargs):
            found = dispatch(type(args[0]))
            if hasattr(found, '__get__'):
                found = found.__get__(obj, cls)
            return found(*args, **kwargs)
        method.register = self.register
        return method
