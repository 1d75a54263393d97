"""References that do not keep their objects alive."""

from _weakref import ref, getweakrefcount
from _thread import RLock as _RLock
import _collections_abc as _abc

ReferenceType = ref


def getweakrefs(obj):
    return []


class proxy:
    """Passes on what it is asked to an object it does not keep alive."""

    def __init__(self, obj, callback=None):
        object.__setattr__(self, '_proxy_ref', ref(obj, callback))

    def __getattr__(self, name):
        return getattr(_target(self), name)

    def __setattr__(self, name, value):
        setattr(_target(self), name, value)

    def __delattr__(self, name):
        delattr(_target(self), name)

    def __repr__(self):
        obj = object.__getattribute__(self, '_proxy_ref')()
        return '<weakproxy at %s to %s at %s>' % (
            hex(id(self)), type(obj).__name__, hex(id(obj)))

    def __str__(self):
        return str(_target(self))

    def __bool__(self):
        return bool(_target(self))

    def __call__(self, *args, **kwargs):
        return _target(self)(*args, **kwargs)

    def __len__(self):
        return len(_target(self))

    def __iter__(self):
        return iter(_target(self))

    def __getitem__(self, key):
        return _target(self)[key]

    def __setitem__(self, key, value):
        _target(self)[key] = value

    def __delitem__(self, key):
        del _target(self)[key]

    def __contains__(self, item):
        return item in _target(self)

    def __eq__(self, other):
        return _target(self) == _bare(other)

    def __ne__(self, other):
        return _target(self) != _bare(other)

    def __lt__(self, other):
        return _target(self) < _bare(other)

    def __gt__(self, other):
        return _target(self) > _bare(other)

    def __add__(self, other):
        return _target(self) + _bare(other)

    def __sub__(self, other):
        return _target(self) - _bare(other)

    def __mul__(self, other):
        return _target(self) * _bare(other)

    __hash__ = None


ProxyType = proxy


def _target(p):
    obj = object.__getattribute__(p, '_proxy_ref')()
    if obj is None:
        raise ReferenceError('weakly-referenced object no longer exists')
    return obj


def _bare(other):
    return _target(other) if type(other) is proxy else other


class WeakMethod:
    """A weak reference to a bound method."""

    def __init__(self, meth, callback=None):
        self._obj = ref(meth.__self__, callback)
        self._func = meth.__func__

    def __call__(self):
        obj = self._obj()
        if obj is None:
            return None
        return self._func.__get__(obj, type(obj))


class WeakValueDictionary(_abc.MutableMapping):
    """A mapping whose entries go when their values do."""

    def __init__(self, other=(), /, **kw):
        self._data = {}
        self.update(other, **kw)

    def _watch(self, key, value):
        data = self._data

        def gone(wr):
            if data.get(key) is wr:
                data.pop(key, None)
        return ref(value, gone)

    def __getitem__(self, key):
        obj = self._data[key]()
        if obj is None:
            raise KeyError(key)
        return obj

    def __setitem__(self, key, value):
        self._data[key] = self._watch(key, value)

    def __delitem__(self, key):
        del self._data[key]

    def __len__(self):
        return len([1 for wr in list(self._data.values())
                    if wr() is not None])

    def __contains__(self, key):
        wr = self._data.get(key)
        return wr is not None and wr() is not None

    def __repr__(self):
        return '<WeakValueDictionary at %s>' % hex(id(self))

    def get(self, key, default=None):
        wr = self._data.get(key)
        if wr is None:
            return default
        obj = wr()
        return default if obj is None else obj

    def __iter__(self):
        for key, wr in list(self._data.items()):
            if wr() is not None:
                yield key

    def keys(self):
        return iter(self)

    def values(self):
        for wr in list(self._data.values()):
            obj = wr()
            if obj is not None:
                yield obj

    def items(self):
        for key, wr in list(self._data.items()):
            obj = wr()
            if obj is not None:
                yield key, obj

    def valuerefs(self):
        return list(self._data.values())

    def setdefault(self, key, default=None):
        obj = self.get(key)
        if obj is None:
            self[key] = default
            return default
        return obj

    def pop(self, key, *args):
        wr = self._data.pop(key, None)
        obj = None if wr is None else wr()
        if obj is None:
            if args:
                return args[0]
            raise KeyError(key)
        return obj

    def popitem(self):
        while True:
            key, wr = self._data.popitem()
            obj = wr()
            if obj is not None:
                return key, obj

    def clear(self):
        self._data.clear()

    def copy(self):
        new = WeakValueDictionary()
        for key, obj in self.items():
            new[key] = obj
        return new

    __copy__ = copy


class WeakKeyDictionary(_abc.MutableMapping):
    """A mapping whose entries go when their keys do."""

    def __init__(self, dict=None):
        self._data = data = {}

        def gone(wr):
            data.pop(wr, None)
        self._gone = gone
        if dict is not None:
            self.update(dict)

    def __getitem__(self, key):
        try:
            return self._data[ref(key)]
        except KeyError:
            raise KeyError(key) from None

    def __setitem__(self, key, value):
        self._data[ref(key, self._gone)] = value

    def __delitem__(self, key):
        del self._data[ref(key)]

    def __len__(self):
        return len([1 for wr in list(self._data) if wr() is not None])

    def __contains__(self, key):
        try:
            wr = ref(key)
        except TypeError:
            return False
        return wr in self._data

    def __repr__(self):
        return '<WeakKeyDictionary at %s>' % hex(id(self))

    def get(self, key, default=None):
        return self._data.get(ref(key), default)

    def __iter__(self):
        for wr in list(self._data):
            obj = wr()
            if obj is not None:
                yield obj

    def keys(self):
        return iter(self)

    def values(self):
        for wr, value in list(self._data.items()):
            if wr() is not None:
                yield value

    def items(self):
        for wr, value in list(self._data.items()):
            obj = wr()
            if obj is not None:
                yield obj, value

    def keyrefs(self):
        return list(self._data)

    def setdefault(self, key, default=None):
        return self._data.setdefault(ref(key, self._gone), default)

    def pop(self, key, *args):
        return self._data.pop(ref(key), *args)

    def popitem(self):
        while True:
            wr, value = self._data.popitem()
            obj = wr()
            if obj is not None:
                return obj, value

    def clear(self):
        self._data.clear()

    def copy(self):
        new = WeakKeyDictionary()
        for key, value in self.items():
            new[key] = value
        return new

    __copy__ = copy


class WeakSet(_abc.MutableSet):
    """A set whose elements may go at any time."""

    def __init__(self, data=None):
        self._data = refs = {}

        def gone(wr):
            refs.pop(wr, None)
        self._gone = gone
        if data is not None:
            self.update(data)

    def __iter__(self):
        for wr in list(self._data):
            obj = wr()
            if obj is not None:
                yield obj

    def __len__(self):
        return len([1 for wr in list(self._data) if wr() is not None])

    def __contains__(self, item):
        try:
            wr = ref(item)
        except TypeError:
            return False
        return wr in self._data

    def add(self, item):
        self._data.setdefault(ref(item, self._gone))

    def discard(self, item):
        self._data.pop(ref(item), None)

    def remove(self, item):
        try:
            del self._data[ref(item)]
        except KeyError:
            raise KeyError(item) from None

    def pop(self):
        while True:
            try:
                wr, _ = self._data.popitem()
            except KeyError:
                raise KeyError('pop from empty WeakSet') from None
            obj = wr()
            if obj is not None:
                return obj

    def clear(self):
        self._data.clear()

    def update(self, other):
        for item in other:
            self.add(item)

    def copy(self):
        return WeakSet(self)

    __copy__ = copy

    def union(self, other):
        new = self.copy()
        new.update(other)
        return new

    def difference(self, other):
        return WeakSet([x for x in self if x not in other])

    def intersection(self, other):
        return WeakSet([x for x in other if x in self])

    def issubset(self, other):
        for x in self:
            if x not in other:
                return False
        return True

    def __repr__(self):
        return repr(set(self._data))

    def __eq__(self, other):
        if not isinstance(other, WeakSet):
            return NotImplemented
        return set(self) == set(other)

    __hash__ = None


class finalize:
    """Calls a function once, when an object goes or when it is asked to."""

    _registry = {}
    _lock = _RLock()
    _number = 0

    def __init__(self, obj, func, /, *args, **kwargs):
        self.atexit = True
        self._info = [None, func, args, kwargs]
        with finalize._lock:
            if not finalize._number:
                import atexit
                atexit.register(_run_finalizers)
            finalize._number += 1
            self._key = finalize._number
            finalize._registry[self._key] = self
        self._info[0] = ref(obj, self)

    def __call__(self, _=None):
        if finalize._registry.pop(self._key, None) is None:
            return None
        wr, func, args, kwargs = self._info
        return func(*args, **kwargs)

    def detach(self):
        if self._key not in finalize._registry:
            return None
        wr, func, args, kwargs = self._info
        obj = wr()
        if obj is None or finalize._registry.pop(self._key, None) is None:
            return None
        return obj, func, args, kwargs

    def peek(self):
        if self._key not in finalize._registry:
            return None
        wr, func, args, kwargs = self._info
        obj = wr()
        if obj is None:
            return None
        return obj, func, args, kwargs

    @property
    def alive(self):
        return self._key in finalize._registry

    def __repr__(self):
        obj = self._info[0]()
        if self._key not in finalize._registry or obj is None:
            return '<finalize object at %s; dead>' % hex(id(self))
        return '<finalize object at %s; for %r at %s>' % (
            hex(id(self)), type(obj).__name__, hex(id(obj)))


def _run_finalizers():
    keys = sorted(finalize._registry, reverse=True)
    for key in keys:
        item = finalize._registry.get(key)
        if item is not None and item.atexit:
            item()
