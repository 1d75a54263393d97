"""Names for what objects can do.

A class with _minipy_check_ in its own body answers isinstance and
issubclass by that function, which is given the class in question.
"""

_MISSING = object()


# What the builtin types can do, by name, should they not list their
# special methods.
_SIZED = ('list tuple str bytes bytearray range dict set frozenset dict_keys '
          'dict_values dict_items deque memoryview mappingproxy').split()
_ITERATORS = ('generator enumerate zip map filter reversed list_iterator '
              'tuple_iterator str_iterator str_ascii_iterator range_iterator '
              'dict_keyiterator dict_valueiterator dict_itemiterator '
              'set_iterator bytes_iterator callable_iterator iterator '
              'list_reverseiterator').split()
_BUILTIN = {
    '__len__': _SIZED,
    '__contains__': _SIZED,
    '__iter__': _SIZED + _ITERATORS,
    '__next__': _ITERATORS,
    '__reversed__': ['list', 'tuple', 'str', 'range', 'dict', 'deque',
                     'bytes', 'bytearray',
                     'dict_keys', 'dict_values', 'dict_items'],
    '__call__': ['function', 'builtin_function_or_method', 'method', 'type',
                 'method_descriptor', 'method-wrapper', 'wrapper_descriptor'],
    'send': ['generator'],
    'throw': ['generator'],
    'close': ['generator'],
}
_PLACES = ('builtins', '_collections', 'collections', 'types')


def _defines(cls, name):
    for base in cls.__mro__:
        space = base.__dict__
        if name in space:
            return space[name] is not None
    for base in cls.__mro__:
        if base.__module__ in _PLACES and (
                base.__name__ in _BUILTIN.get(name, ())):
            return True
    return False


def _has(*names):
    """A check for classes that define all of names (None counts as not)."""
    def check(cls):
        for name in names:
            if not _defines(cls, name):
                return False
        return True
    return staticmethod(check)


_UNHASHABLE = ('list', 'dict', 'set', 'bytearray', 'deque')


def _can_hash(cls):
    for base in cls.__mro__:
        space = base.__dict__
        if '__hash__' in space:
            return space['__hash__'] is not None
        if base.__module__ in _PLACES and base.__name__ in _UNHASHABLE:
            return False
        if '__eq__' in space and base.__module__ != 'builtins':
            return False
    return True


_registered = []             # (abstract class, class) pairs


def _derives(mine, *builtin_names):
    """Let mine answer for its subclasses, registered ones and builtins."""
    def check(cls):
        mro = cls.__mro__
        if mine in mro:
            return True
        for base in mro:
            if base.__name__ in builtin_names and base.__module__ in _PLACES:
                return True
        for kind, other in _registered:
            if other in mro and mine in kind.__mro__:
                return True
        return False
    mine._minipy_check_ = staticmethod(check)


def _register(cls, subclass):
    _registered.append((cls, subclass))
    return subclass


class Hashable:
    _minipy_check_ = staticmethod(_can_hash)

    def __hash__(self):
        return 0


class Sized:
    _minipy_check_ = _has('__len__')

    def __len__(self):
        return 0


class Container:
    _minipy_check_ = _has('__contains__')

    def __contains__(self, x):
        return False

    def __class_getitem__(cls, item):
        return cls


class Callable:
    _minipy_check_ = _has('__call__')

    def __call__(self, *args, **kwds):
        return False

    def __class_getitem__(cls, item):
        return cls


class Iterable:
    _minipy_check_ = _has('__iter__')

    def __iter__(self):
        return iter(())

    def __class_getitem__(cls, item):
        return cls


class Iterator(Iterable):
    _minipy_check_ = _has('__iter__', '__next__')

    def __next__(self):
        raise StopIteration

    def __iter__(self):
        return self


class Reversible(Iterable):
    _minipy_check_ = _has('__iter__', '__reversed__')


class Generator(Iterator):
    _minipy_check_ = _has('__iter__', '__next__', 'send', 'throw', 'close')

    def __next__(self):
        return self.send(None)

    def send(self, value):
        raise StopIteration

    def throw(self, typ, val=None, tb=None):
        if val is None:
            val = typ() if isinstance(typ, type) else typ
        raise val

    def close(self):
        try:
            self.throw(GeneratorExit)
        except (GeneratorExit, StopIteration):
            pass
        else:
            raise RuntimeError('generator ignored GeneratorExit')


class Awaitable:
    _minipy_check_ = _has('__await__')

    def __class_getitem__(cls, item):
        return cls


class Coroutine(Awaitable):
    _minipy_check_ = _has('__await__', 'send', 'throw', 'close')


class Collection(Sized, Iterable, Container):
    _minipy_check_ = _has('__len__', '__iter__', '__contains__')


class Sequence(Reversible, Collection):
    register = classmethod(_register)

    def __iter__(self):
        i = 0
        try:
            while True:
                value = self[i]
                yield value
                i += 1
        except IndexError:
            return

    def __contains__(self, value):
        for v in self:
            if v is value or v == value:
                return True
        return False

    def __reversed__(self):
        for i in range(len(self) - 1, -1, -1):
            yield self[i]

    def index(self, value, start=0, stop=None):
        size = len(self)
        if start is not None and start < 0:
            start = max(size + start, 0)
        if stop is not None and stop < 0:
            stop += size
        i = start
        while stop is None or i < stop:
            try:
                v = self[i]
            except IndexError:
                break
            if v is value or v == value:
                return i
            i += 1
        raise ValueError

    def count(self, value):
        return sum([1 for v in self if v is value or v == value])


_derives(Sequence, 'tuple', 'str', 'range', 'memoryview', 'bytes',
         'bytearray', 'list', 'deque')


class MutableSequence(Sequence):
    def append(self, value):
        self.insert(len(self), value)

    def clear(self):
        try:
            while True:
                self.pop()
        except IndexError:
            pass

    def reverse(self):
        n = len(self)
        for i in range(n // 2):
            self[i], self[n - i - 1] = self[n - i - 1], self[i]

    def extend(self, values):
        if values is self:
            values = list(values)
        for v in values:
            self.append(v)

    def pop(self, index=-1):
        v = self[index]
        del self[index]
        return v

    def remove(self, value):
        del self[self.index(value)]

    def __iadd__(self, values):
        self.extend(values)
        return self


_derives(MutableSequence, 'bytearray', 'list', 'deque')


class Set(Collection):
    register = classmethod(_register)

    @classmethod
    def _from_iterable(cls, it):
        return cls(it)

    def __le__(self, other):
        if not isinstance(other, Set):
            return NotImplemented
        if len(self) > len(other):
            return False
        for elem in self:
            if elem not in other:
                return False
        return True

    def __lt__(self, other):
        if not isinstance(other, Set):
            return NotImplemented
        return len(self) < len(other) and self.__le__(other)

    def __gt__(self, other):
        if not isinstance(other, Set):
            return NotImplemented
        return len(self) > len(other) and self.__ge__(other)

    def __ge__(self, other):
        if not isinstance(other, Set):
            return NotImplemented
        if len(self) < len(other):
            return False
        for elem in other:
            if elem not in self:
                return False
        return True

    def __eq__(self, other):
        if not isinstance(other, Set):
            return NotImplemented
        return len(self) == len(other) and self.__le__(other)

    __hash__ = None

    def __and__(self, other):
        if not isinstance(other, Iterable):
            return NotImplemented
        return self._from_iterable([v for v in other if v in self])

    __rand__ = __and__

    def isdisjoint(self, other):
        for value in other:
            if value in self:
                return False
        return True

    def __or__(self, other):
        if not isinstance(other, Iterable):
            return NotImplemented
        return self._from_iterable([e for s in (self, other) for e in s])

    __ror__ = __or__

    def __sub__(self, other):
        if not isinstance(other, Set):
            if not isinstance(other, Iterable):
                return NotImplemented
            other = self._from_iterable(other)
        return self._from_iterable([v for v in self if v not in other])

    def __rsub__(self, other):
        if not isinstance(other, Set):
            if not isinstance(other, Iterable):
                return NotImplemented
            other = self._from_iterable(other)
        return self._from_iterable([v for v in other if v not in self])

    def __xor__(self, other):
        if not isinstance(other, Set):
            if not isinstance(other, Iterable):
                return NotImplemented
            other = self._from_iterable(other)
        return (self - other) | (other - self)

    __rxor__ = __xor__


_derives(Set, 'set', 'frozenset', 'dict_keys', 'dict_items')


class MutableSet(Set):
    def remove(self, value):
        if value not in self:
            raise KeyError(value)
        self.discard(value)

    def pop(self):
        for value in self:
            break
        else:
            raise KeyError
        self.discard(value)
        return value

    def clear(self):
        try:
            while True:
                self.pop()
        except KeyError:
            pass

    def __ior__(self, it):
        for value in it:
            self.add(value)
        return self

    def __iand__(self, it):
        for value in (self - it):
            self.discard(value)
        return self

    def __ixor__(self, it):
        if it is self:
            self.clear()
        else:
            for value in list(it):
                if value in self:
                    self.discard(value)
                else:
                    self.add(value)
        return self

    def __isub__(self, it):
        if it is self:
            self.clear()
        else:
            for value in it:
                self.discard(value)
        return self


_derives(MutableSet, 'set')


class MappingView(Sized):
    def __init__(self, mapping):
        self._mapping = mapping

    def __len__(self):
        return len(self._mapping)

    def __repr__(self):
        return '%s(%r)' % (type(self).__name__, self._mapping)


_derives(MappingView, 'dict_keys', 'dict_values', 'dict_items')


class KeysView(MappingView, Set):
    @classmethod
    def _from_iterable(cls, it):
        return set(it)

    def __contains__(self, key):
        return key in self._mapping

    def __iter__(self):
        yield from self._mapping


_derives(KeysView, 'dict_keys')


class ItemsView(MappingView, Set):
    @classmethod
    def _from_iterable(cls, it):
        return set(it)

    def __contains__(self, item):
        key, value = item
        try:
            v = self._mapping[key]
        except KeyError:
            return False
        return v is value or v == value

    def __iter__(self):
        for key in self._mapping:
            yield (key, self._mapping[key])


_derives(ItemsView, 'dict_items')


class ValuesView(MappingView, Collection):
    def __contains__(self, value):
        for key in self._mapping:
            v = self._mapping[key]
            if v is value or v == value:
                return True
        return False

    def __iter__(self):
        for key in self._mapping:
            yield self._mapping[key]


_derives(ValuesView, 'dict_values')


class Mapping(Collection):
    register = classmethod(_register)

    def get(self, key, default=None):
        try:
            return self[key]
        except KeyError:
            return default

    def __contains__(self, key):
        try:
            self[key]
        except KeyError:
            return False
        return True

    def keys(self):
        return KeysView(self)

    def items(self):
        return ItemsView(self)

    def values(self):
        return ValuesView(self)

    def __eq__(self, other):
        if not isinstance(other, Mapping):
            return NotImplemented
        return dict(self.items()) == dict(other.items())

    __hash__ = None

    __reversed__ = None


_derives(Mapping, 'dict', 'mappingproxy')


class MutableMapping(Mapping):
    def pop(self, key, default=_MISSING):
        try:
            value = self[key]
        except KeyError:
            if default is _MISSING:
                raise
            return default
        del self[key]
        return value

    def popitem(self):
        for key in self:
            break
        else:
            raise KeyError
        value = self[key]
        del self[key]
        return key, value

    def clear(self):
        try:
            while True:
                self.popitem()
        except KeyError:
            pass

    def update(self, other=(), /, **kwds):
        if isinstance(other, dict) or hasattr(other, 'keys'):
            for key in other.keys():
                self[key] = other[key]
        else:
            for key, value in other:
                self[key] = value
        for key, value in kwds.items():
            self[key] = value

    def setdefault(self, key, default=None):
        try:
            return self[key]
        except KeyError:
            self[key] = default
        return default


_derives(MutableMapping, 'dict')


class ByteString(Sequence):
    pass


_derives(ByteString, 'bytes', 'bytearray')
