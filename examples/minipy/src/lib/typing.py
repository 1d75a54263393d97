"""Names for annotations; nothing is checked."""

import _collections_abc as _abc
from collections import namedtuple as _namedtuple

TYPE_CHECKING = False


def _show(arg):
    if arg is None or arg is type(None):
        return 'None'
    if arg is Ellipsis:
        return '...'
    if isinstance(arg, type):
        if arg.__module__ == 'builtins':
            return arg.__qualname__
        return arg.__module__ + '.' + arg.__qualname__
    if isinstance(arg, list):
        return '[' + ', '.join([_show(a) for a in arg]) + ']'
    return repr(arg)


class _Alias:
    """Something subscripted, such as List[int]."""

    def __init__(self, origin, name, args, origin_type=None):
        self._base = origin
        self._name = name
        self.__args__ = args
        self.__origin__ = origin_type if origin_type is not None else origin

    def __repr__(self):
        args = self.__args__
        if self._name == 'Optional':
            return 'typing.Optional[%s]' % _show(args[0])
        if self._name == 'Callable' and len(args) > 1:
            if args[0] is Ellipsis:
                return 'typing.Callable[..., %s]' % _show(args[-1])
            return 'typing.Callable[[%s], %s]' % (
                ', '.join([_show(a) for a in args[:-1]]), _show(args[-1]))
        if self._name == 'Literal':
            return 'typing.Literal[%s]' % ', '.join([repr(a) for a in args])
        return 'typing.%s[%s]' % (self._name,
                                  ', '.join([_show(a) for a in args]) or '()')

    def __getitem__(self, params):
        return self

    def __call__(self, *args, **kwargs):
        return self.__origin__(*args, **kwargs)

    def __or__(self, other):
        return Union[self, other]

    def __ror__(self, other):
        return Union[other, self]

    def __eq__(self, other):
        if type(other) is not _Alias:
            return NotImplemented
        return self._name == other._name and (
            self.__args__ == other.__args__)

    def __hash__(self):
        return hash((self._name, tuple([repr(a) for a in self.__args__])))


class _Form:
    """A name that may be subscripted."""

    def __init__(self, name, origin=None):
        self._name = name
        self._origin = origin

    def __repr__(self):
        return 'typing.' + self._name

    def __getitem__(self, params):
        if type(params) is not tuple:
            params = (params,)
        name = self._name
        if name == 'Optional':
            return Union[params[0], None]
        if name == 'Union':
            return _union(params)
        if name == 'Callable' and isinstance(params[0], list):
            params = tuple(params[0]) + params[1:]
        return _Alias(self, name, params, self._origin)

    def __call__(self, *args, **kwargs):
        if self._origin is None:
            raise TypeError('Cannot instantiate %r' % (self,))
        return self._origin(*args, **kwargs)

    def __or__(self, other):
        return Union[self, other]

    def __ror__(self, other):
        return Union[other, self]


def _union(params):
    flat = []
    for p in params:
        if p is None:
            p = type(None)
        parts = p.__args__ if (type(p) is _Alias and (
            p._name in ('Union', 'Optional'))) else (p,)
        for part in parts:
            if part not in flat:
                flat.append(part)
    if len(flat) == 1:
        return flat[0]
    if len(flat) == 2 and type(None) in flat:
        flat.sort(key=lambda p: p is type(None))
        return _Alias(Union, 'Optional', tuple(flat), Union)
    return _Alias(Union, 'Union', tuple(flat), Union)


Any = _Form('Any')
NoReturn = _Form('NoReturn')
Never = _Form('Never')
Self = _Form('Self')
LiteralString = _Form('LiteralString')
Optional = _Form('Optional')
Union = _Form('Union')
ClassVar = _Form('ClassVar')
Final = _Form('Final')
Literal = _Form('Literal')
Annotated = _Form('Annotated')
Concatenate = _Form('Concatenate')
TypeAlias = _Form('TypeAlias')
TypeGuard = _Form('TypeGuard')
Required = _Form('Required')
NotRequired = _Form('NotRequired')
Unpack = _Form('Unpack')
Tuple = _Form('Tuple', tuple)
List = _Form('List', list)
Dict = _Form('Dict', dict)
Set = _Form('Set', set)
FrozenSet = _Form('FrozenSet', frozenset)
Type = _Form('Type', type)
Text = str
AnyStr = str

import collections as _collections_module
DefaultDict = _Form('DefaultDict', _collections_module.defaultdict)
OrderedDict = _Form('OrderedDict', _collections_module.OrderedDict)
Counter = _Form('Counter', _collections_module.Counter)
ChainMap = _Form('ChainMap', _collections_module.ChainMap)
Deque = _Form('Deque', _collections_module.deque)

# These serve as base classes too, so they are the classes themselves.
Callable = _Form('Callable', _abc.Callable)
Hashable = _abc.Hashable
Sized = _abc.Sized
Container = _abc.Container
Collection = _abc.Collection
Iterable = _abc.Iterable
Iterator = _abc.Iterator
Reversible = _abc.Reversible
Generator = _abc.Generator
Awaitable = _abc.Awaitable
Coroutine = _abc.Coroutine
Sequence = _abc.Sequence
MutableSequence = _abc.MutableSequence
Mapping = _abc.Mapping
MutableMapping = _abc.MutableMapping
AbstractSet = _abc.Set
MutableSet = _abc.MutableSet
KeysView = _abc.KeysView
ItemsView = _abc.ItemsView
ValuesView = _abc.ValuesView
ByteString = _abc.ByteString
AsyncIterator = _Form('AsyncIterator')
AsyncIterable = _Form('AsyncIterable')
AsyncGenerator = _Form('AsyncGenerator')
ContextManager = _Form('ContextManager')
Pattern = _Form('Pattern')
Match = _Form('Match')
IO = _Form('IO')
TextIO = _Form('TextIO')
BinaryIO = _Form('BinaryIO')


class TypeVar:

    def __init__(self, name, *constraints, bound=None, covariant=False,
                 contravariant=False):
        self.__name__ = name
        self.__constraints__ = constraints
        self.__bound__ = bound
        self.__covariant__ = covariant
        self.__contravariant__ = contravariant

    def __repr__(self):
        if self.__covariant__:
            return '+' + self.__name__
        if self.__contravariant__:
            return '-' + self.__name__
        return '~' + self.__name__

    def __or__(self, other):
        return Union[self, other]

    def __ror__(self, other):
        return Union[other, self]


class ParamSpec(TypeVar):

    @property
    def args(self):
        return self

    @property
    def kwargs(self):
        return self


class TypeVarTuple(TypeVar):

    def __iter__(self):
        yield self


class Generic:

    def __class_getitem__(cls, params):
        return cls


class Protocol:

    def __class_getitem__(cls, params):
        return cls


def _protocol_names(cls):
    names = []
    for base in cls.__mro__:
        if base is object or base is Protocol or base is Generic:
            continue
        for name in base.__dict__:
            if name.startswith('_minipy') or name in names:
                continue
            if name in ('__module__', '__dict__', '__weakref__', '__doc__',
                        '__qualname__', '__init__', '__annotations__',
                        '__slots__', '__firstlineno__', '__hash__'):
                continue
            names.append(name)
    return names


def runtime_checkable(cls):
    names = _protocol_names(cls)

    def check(other):
        if cls in other.__mro__:
            return True
        for name in names:
            if not hasattr(other, name):
                return False
        return True
    cls._minipy_check_ = staticmethod(check)
    return cls


runtime = runtime_checkable


class SupportsInt(Protocol):
    def __int__(self):
        pass


class SupportsFloat(Protocol):
    def __float__(self):
        pass


class SupportsIndex(Protocol):
    def __index__(self):
        pass


class SupportsAbs(Protocol):
    def __abs__(self):
        pass


def cast(typ, val):
    return val


def overload(func):
    return func


def final(f):
    return f


def override(f):
    return f


def no_type_check(arg):
    return arg


def assert_never(arg):
    raise AssertionError('Expected code to be unreachable, but got: %r'
                         % (arg,))


def assert_type(val, typ):
    return val


def reveal_type(obj):
    return obj


def get_type_hints(obj, globalns=None, localns=None, include_extras=False):
    hints = {}
    if isinstance(obj, type):
        for base in reversed(obj.__mro__):
            hints.update(base.__dict__.get('__annotations__', {}))
    else:
        hints.update(getattr(obj, '__annotations__', {}))
    for name, value in hints.items():
        if value is None:
            hints[name] = type(None)
    return hints


def get_origin(tp):
    return getattr(tp, '__origin__', None)


def get_args(tp):
    return getattr(tp, '__args__', ())


def NewType(name, tp):
    def new(x):
        return x
    new.__name__ = name
    new.__qualname__ = name
    new.__supertype__ = tp
    return new


# -------------------------------------------------- NamedTuple and TypedDict

def _finish_named_tuple(cls):
    space = dict(cls.__dict__)
    notes = space.get('__annotations__', {})
    defaults = []
    for name in notes:
        if name in space:
            defaults.append(space[name])
        elif defaults:
            raise TypeError('Non-default namedtuple field %s cannot follow '
                            'default field' % name)
    base = _namedtuple(cls.__name__, list(notes), defaults=defaults)
    for name, value in space.items():
        if name in notes or name in ('__dict__', '__weakref__', '__new__',
                                     '__slots__', '__init__'):
            continue
        if name == '__doc__' and value is None:
            continue
        setattr(base, name, value)
    base.__module__ = cls.__module__
    base.__qualname__ = cls.__qualname__
    base.__annotations__ = notes
    base.__orig_bases__ = (NamedTuple,)
    return base


class NamedTuple:
    """Base of the class form; called, it makes a class from a list."""

    __minipy_class__ = staticmethod(_finish_named_tuple)

    def __new__(cls, typename, fields=(), **kwargs):
        pairs = list(fields) or list(kwargs.items())
        made = _namedtuple(typename, [name for name, _ in pairs])
        made.__annotations__ = dict(pairs)
        return made


class TypedDict:
    """Its subclasses, called, give plain dicts."""

    def __init_subclass__(cls, total=True, **kwargs):
        cls.__total__ = total

    def __new__(cls, *args, **kwargs):
        if cls is TypedDict:
            name, fields = args
            return type(name, (TypedDict,), {'__annotations__': dict(fields)})
        return dict(*args, **kwargs)
