"""Classes whose methods are made from their annotations."""

import _argcheck
from copy import deepcopy as _deepcopy


class FrozenInstanceError(AttributeError):
    pass


class _Marker:

    def __init__(self, text):
        self._text = text

    def __repr__(self):
        return self._text


MISSING = _Marker('<dataclasses.MISSING>')
KW_ONLY = _Marker('<dataclasses.KW_ONLY>')
_DEFAULT_FACTORY = _Marker('<factory>')
_FIELD = _Marker('_FIELD')
_FIELD_CLASSVAR = _Marker('_FIELD_CLASSVAR')
_FIELD_INITVAR = _Marker('_FIELD_INITVAR')

_repr = repr
_FIELDS = '__dataclass_fields__'
_PARAMS = '__dataclass_params__'


class InitVar:
    """Marks something __init__ hands to __post_init__ only."""

    def __init__(self, type):
        self.type = type

    def __repr__(self):
        return 'dataclasses.InitVar[%s]' % getattr(self.type, '__name__',
                                                   repr(self.type))

    def __class_getitem__(cls, type):
        return InitVar(type)


class Field:
    """Describes one field."""

    def __init__(self, default, default_factory, init, repr, hash, compare,
                 metadata, kw_only):
        self.name = None
        self.type = None
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.hash = hash
        self.compare = compare
        self.metadata = {} if metadata is None else metadata
        self.kw_only = kw_only
        self._field_type = None

    def __repr__(self):
        return ('Field(name=%r,type=%r,default=%r,default_factory=%r,init=%r,'
                'repr=%r,hash=%r,compare=%r,metadata=mappingproxy(%r),'
                'kw_only=%r,_field_type=%r)'
                % (self.name, self.type, self.default, self.default_factory,
                   self.init, self.repr, self.hash, self.compare,
                   self.metadata, self.kw_only, self._field_type))


class _Params:

    def __init__(self, init, repr, eq, order, unsafe_hash, frozen):
        self.init = init
        self.repr = repr
        self.eq = eq
        self.order = order
        self.unsafe_hash = unsafe_hash
        self.frozen = frozen

    def __repr__(self):
        return ('_DataclassParams(init=%r,repr=%r,eq=%r,order=%r,'
                'unsafe_hash=%r,frozen=%r)'
                % (self.init, self.repr, self.eq, self.order,
                   self.unsafe_hash, self.frozen))


def field(*, default=MISSING, default_factory=MISSING, init=True, repr=True,
          hash=None, compare=True, metadata=None, kw_only=MISSING):
    if default is not MISSING and default_factory is not MISSING:
        raise ValueError('cannot specify both default and default_factory')
    return Field(default, default_factory, init, repr, hash, compare,
                 metadata, kw_only)


def _kind_of(annotation):
    """Tell a class variable, an InitVar or KW_ONLY from a usual field."""
    if isinstance(annotation, str):
        text = annotation.strip().split('[')[0]
        last = text.split('.')[-1]
        if last == 'ClassVar':
            return _FIELD_CLASSVAR
        if last == 'InitVar':
            return _FIELD_INITVAR
        if last == 'KW_ONLY':
            return KW_ONLY
        return _FIELD
    if annotation is KW_ONLY:
        return KW_ONLY
    if annotation is InitVar or type(annotation) is InitVar:
        return _FIELD_INITVAR
    if isinstance(annotation, (int, float)):
        return _FIELD
    import typing
    if (annotation is typing.ClassVar
            or getattr(annotation, '__origin__', None) is typing.ClassVar):
        return _FIELD_CLASSVAR
    return _FIELD


def _collect(cls, kw_only):
    """The fields of cls, those of its bases first."""
    fields = {}
    for base in reversed(cls.__mro__[1:]):
        theirs = base.__dict__.get(_FIELDS)
        if theirs is not None:
            for f in theirs.values():
                fields[f.name] = f
    own = cls.__dict__.get('__annotations__', {})
    own_names = cls.__dict__
    seen_kw_only = False
    for name, annotation in own.items():
        kind = _kind_of(annotation)
        if kind is KW_ONLY:
            if seen_kw_only:
                raise TypeError('%r is KW_ONLY, but KW_ONLY has already been '
                                'specified' % name)
            seen_kw_only = True
            kw_only = True
            continue
        default = own_names.get(name, MISSING)
        if isinstance(default, Field):
            f = default
        else:
            f = Field(default, MISSING, True, True, None, True, None, MISSING)
        f.name = name
        f.type = annotation
        f._field_type = kind
        if kind is not _FIELD and f.default_factory is not MISSING:
            raise TypeError('field %s cannot have a default factory' % name)
        if kind is _FIELD_CLASSVAR:
            if f.kw_only is not MISSING:
                raise TypeError('field %s is a ClassVar but specifies kw_only'
                                % name)
        elif f.kw_only is MISSING:
            f.kw_only = kw_only
        if kind is _FIELD and f.default is not MISSING and isinstance(
                f.default, (list, dict, set)):
            raise ValueError('mutable default %s for field %s is not allowed: '
                             'use default_factory'
                             % (type(f.default), name))
        fields[name] = f
        if isinstance(default, Field):
            if f.default is MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, f.default)
    for name, value in list(own_names.items()):
        if isinstance(value, Field) and name not in own:
            raise TypeError('%r is a field but has no type annotation' % name)
    return fields


def _make_init(cls, fields, frozen):
    fields = [f for f in fields.values()
              if f._field_type is not _FIELD_CLASSVAR]
    plain = [f for f in fields if f.init and not f.kw_only]
    keyed = [f for f in fields if f.init and f.kw_only]
    names = [f.name for f in plain]
    count = len(names)
    needed = 0
    seen_default = False
    for f in plain:
        if f.default is MISSING and f.default_factory is MISSING:
            if seen_default:
                raise TypeError('non-default argument %r follows default '
                                'argument' % f.name)
            needed += 1
        else:
            seen_default = True
    kwonly = [f.name for f in keyed]
    kwneeded = [f.name for f in keyed
                if f.default is MISSING and f.default_factory is MISSING]
    has_post = hasattr(cls, '__post_init__')
    initvars = [f.name for f in fields if f._field_type is _FIELD_INITVAR]
    fname = cls.__qualname__ + '.__init__'
    bind = _argcheck.bind
    setter = object.__setattr__

    # What __init__ sets though no argument gives it.
    unasked = [f for f in fields
               if not f.init and f._field_type is _FIELD
               and f.default_factory is not MISSING]
    plan = []
    for f in fields:
        if f.init:
            plan.append((f.name, f.default, f.default_factory,
                         f._field_type is _FIELD))

    def general(self, args, kwargs):
        got = bind(fname, names, needed, kwonly, kwneeded, args, kwargs)
        extra = {}
        for f in fields:
            name = f.name
            if f.init:
                if name in got:
                    value = got[name]
                elif f.default_factory is not MISSING:
                    value = f.default_factory()
                else:
                    value = f.default
                if f._field_type is _FIELD:
                    setter(self, name, value) if frozen else setattr(
                        self, name, value)
                else:
                    extra[name] = value
            elif f._field_type is _FIELD_INITVAR:
                extra[name] = f.default
            elif f.default_factory is not MISSING:
                value = f.default_factory()
                setter(self, name, value) if frozen else setattr(
                    self, name, value)
        if has_post:
            if initvars:
                self.__post_init__(*[extra[n] for n in initvars])
            else:
                self.__post_init__()

    simple = (not keyed and not initvars and not unasked and not frozen)
    if simple and 1 <= count <= 6:
        return _small_init(names, has_post, general)
    if not keyed and not initvars and not unasked:
        store = setter if frozen else setattr

        def __init__(self, *args, **kwargs):
            if kwargs or len(args) != count:
                return general(self, args, kwargs)
            for name, value in zip(names, args):
                store(self, name, value)
            if has_post:
                self.__post_init__()
        return __init__

    def __init__(self, *args, **kwargs):
        general(self, args, kwargs)
    return __init__


def _small_init(names, has_post, general):
    """An __init__ for few fields; calls with all of them are the quick way.

    The values arrive as a tuple, so that one comparison of lengths sorts
    out every other way to call it.
    """
    count = len(names)
    if count == 1:
        a, = names

        def __init__(self, *args, **kwargs):
            if kwargs or len(args) != 1:
                return general(self, args, kwargs)
            setattr(self, a, args[0])
            if has_post:
                self.__post_init__()
    elif count == 2:
        a, b = names

        def __init__(self, *args, **kwargs):
            if kwargs or len(args) != 2:
                return general(self, args, kwargs)
            setattr(self, a, args[0])
            setattr(self, b, args[1])
            if has_post:
                self.__post_init__()
    elif count == 3:
        a, b, c = names

        def __init__(self, *args, **kwargs):
            if kwargs or len(args) != 3:
                return general(self, args, kwargs)
            setattr(self, a, args[0])
            setattr(self, b, args[1])
            setattr(self, c, args[2])
            if has_post:
                self.__post_init__()
    elif count == 4:
        a, b, c, d = names

        def __init__(self, *args, **kwargs):
            if kwargs or len(args) != 4:
                return general(self, args, kwargs)
            setattr(self, a, args[0])
            setattr(self, b, args[1])
            setattr(self, c, args[2])
            setattr(self, d, args[3])
            if has_post:
                self.__post_init__()
    else:
        def __init__(self, *args, **kwargs):
            if kwargs or len(args) != count:
                return general(self, args, kwargs)
            i = 0
            for name in names:
                setattr(self, name, args[i])
                i += 1
            if has_post:
                self.__post_init__()
    return __init__


def _give(cls, name, function):
    """Put a made method into the class, unless the class has its own."""
    if name in cls.__dict__:
        return False
    function.__qualname__ = cls.__qualname__ + '.' + name
    function.__name__ = name
    setattr(cls, name, function)
    return True


_in_repr = set()


def _make_repr(names):
    from _thread import get_ident

    def __repr__(self):
        key = (id(self), get_ident())
        if key in _in_repr:
            return '...'
        _in_repr.add(key)
        try:
            return type(self).__qualname__ + '(' + ', '.join(
                [n + '=' + repr(getattr(self, n)) for n in names]) + ')'
        finally:
            _in_repr.discard(key)
    return __repr__


def _make_row(names):
    """A function that gives the fields of an object as a tuple."""
    if len(names) == 1:
        a, = names
        return lambda self: (getattr(self, a),)
    if len(names) == 2:
        a, b = names
        return lambda self: (getattr(self, a), getattr(self, b))
    if len(names) == 3:
        a, b, c = names
        return lambda self: (getattr(self, a), getattr(self, b),
                             getattr(self, c))
    return lambda self: tuple([getattr(self, n) for n in names])


def _process(cls, init, repr, eq, order, unsafe_hash, frozen, match_args,
             kw_only, slots, weakref_slot):
    any_base = False
    any_frozen = False
    any_thawed = False
    for base in cls.__mro__[1:]:
        if _FIELDS in base.__dict__:
            any_base = True
            if base.__dict__[_PARAMS].frozen:
                any_frozen = True
            else:
                any_thawed = True
    if any_base:
        if any_frozen and not frozen:
            raise TypeError(
                'cannot inherit non-frozen dataclass from a frozen one')
        if any_thawed and frozen:
            raise TypeError(
                'cannot inherit frozen dataclass from a non-frozen one')

    own = dict(cls.__dict__)
    own_hash = own.get('__hash__', MISSING)
    has_hash = not (own_hash is MISSING
                    or (own_hash is None and '__eq__' in own))
    fields = _collect(cls, kw_only)
    setattr(cls, _PARAMS, _Params(init, repr, eq, order, unsafe_hash, frozen))
    setattr(cls, _FIELDS, fields)
    real = [f for f in fields.values() if f._field_type is _FIELD]

    if init:
        made = _make_init(cls, fields, frozen)
        _give(cls, '__init__', made)

    if repr:
        _give(cls, '__repr__', _make_repr([f.name for f in real if f.repr]))

    row = _make_row([f.name for f in real if f.compare])
    if eq:
        def __eq__(self, other):
            if type(other) is type(self):
                return row(self) == row(other)
            return NotImplemented
        _give(cls, '__eq__', __eq__)

    if order:
        if not eq:
            raise ValueError('eq must be true if order is true')

        def __lt__(self, other):
            if type(other) is type(self):
                return row(self) < row(other)
            return NotImplemented

        def __le__(self, other):
            if type(other) is type(self):
                return row(self) <= row(other)
            return NotImplemented

        def __gt__(self, other):
            if type(other) is type(self):
                return row(self) > row(other)
            return NotImplemented

        def __ge__(self, other):
            if type(other) is type(self):
                return row(self) >= row(other)
            return NotImplemented

        for name, function in (('__lt__', __lt__), ('__le__', __le__),
                               ('__gt__', __gt__), ('__ge__', __ge__)):
            if not _give(cls, name, function):
                raise TypeError(
                    'Cannot overwrite attribute %s in class %s. Consider '
                    'using functools.total_ordering' % (name, cls.__name__))

    if frozen:
        names = set(fields)

        def __setattr__(self, name, value):
            if type(self) is cls or name in names:
                raise FrozenInstanceError("cannot assign to field %r" % name)
            super(cls, self).__setattr__(name, value)

        def __delattr__(self, name):
            if type(self) is cls or name in names:
                raise FrozenInstanceError("cannot delete field %r" % name)
            super(cls, self).__delattr__(name)

        for name, function in (('__setattr__', __setattr__),
                               ('__delattr__', __delattr__)):
            if not _give(cls, name, function):
                raise TypeError('Cannot overwrite attribute %s in class %s'
                                % (name, cls.__name__))

    if unsafe_hash and has_hash:
        raise TypeError('Cannot overwrite attribute __hash__ in class %s'
                        % cls.__name__)
    if unsafe_hash or (eq and frozen and not has_hash):
        hash_row = _make_row([f.name for f in real
                              if (f.compare if f.hash is None else f.hash)])

        def __hash__(self):
            return hash(hash_row(self))
        __hash__.__qualname__ = cls.__qualname__ + '.__hash__'
        cls.__hash__ = __hash__
    elif eq and not has_hash:
        cls.__hash__ = None

    if match_args and '__match_args__' not in own:
        cls.__match_args__ = tuple(
            [f.name for f in fields.values()
             if f.init and not f.kw_only
             and f._field_type is not _FIELD_CLASSVAR])

    if not getattr(cls, '__doc__', None):
        parts = []
        star = False
        for f in (
                [g for g in fields.values() if g.init and not g.kw_only
                 and g._field_type is not _FIELD_CLASSVAR]
                + [g for g in fields.values() if g.init and g.kw_only
                   and g._field_type is not _FIELD_CLASSVAR]):
            if f.kw_only and not star:
                parts.append('*')
                star = True
            note = f.type
            if not isinstance(note, str):
                note = getattr(note, '__name__', None) or str(note)
            else:
                note = "'" + note + "'"
            part = f.name + ': ' + note
            if f.default is not MISSING:
                part += ' = ' + _repr(f.default)
            elif f.default_factory is not MISSING:
                part += ' = <factory>'
            parts.append(part)
        cls.__doc__ = cls.__name__ + '(' + ', '.join(parts) + ')'
    if slots:
        cls = _with_slots(cls, tuple([f.name for f in real]))
    return cls


def _with_slots(cls, names):
    """The class once more, with fields as its slots."""
    if '__slots__' in cls.__dict__:
        raise TypeError(cls.__name__ + ' already specifies __slots__')
    body = {}
    for name, value in cls.__dict__.items():
        if name not in names and name not in ('__dict__', '__weakref__'):
            body[name] = value
    taken = set()
    for base in cls.__mro__[1:]:
        of_base = base.__dict__.get('__slots__', ())
        taken.update((of_base,) if isinstance(of_base, str) else of_base)
    body['__slots__'] = tuple([n for n in names if n not in taken])
    qualname = cls.__qualname__
    cls = type(cls)(cls.__name__, cls.__bases__, body)
    cls.__qualname__ = qualname
    return cls


def dataclass(cls=None, /, *, init=True, repr=True, eq=True, order=False,
              unsafe_hash=False, frozen=False, match_args=True,
              kw_only=False, slots=False, weakref_slot=False):
    def decorate(cls):
        return _process(cls, init, repr, eq, order, unsafe_hash, frozen,
                        match_args, kw_only, slots, weakref_slot)
    if cls is None:
        return decorate
    return decorate(cls)


def fields(class_or_instance):
    table = getattr(class_or_instance, _FIELDS, None)
    if table is None:
        raise TypeError(
            'must be called with a dataclass type or instance')
    return tuple([f for f in table.values() if f._field_type is _FIELD])


def _is_instance(obj):
    return hasattr(type(obj), _FIELDS)


def is_dataclass(obj):
    cls = obj if isinstance(obj, type) else type(obj)
    return hasattr(cls, _FIELDS)


def asdict(obj, *, dict_factory=dict):
    if not _is_instance(obj):
        raise TypeError('asdict() should be called on dataclass instances')
    return _asdict(obj, dict_factory)


def _asdict(obj, make):
    if _is_instance(obj):
        return make([(f.name, _asdict(getattr(obj, f.name), make))
                     for f in fields(obj)])
    if isinstance(obj, tuple) and hasattr(obj, '_fields'):
        return type(obj)(*[_asdict(v, make) for v in obj])
    if isinstance(obj, (list, tuple)):
        return type(obj)([_asdict(v, make) for v in obj])
    if isinstance(obj, dict):
        return type(obj)([(_asdict(k, make), _asdict(v, make))
                          for k, v in obj.items()])
    return _deepcopy(obj)


def astuple(obj, *, tuple_factory=tuple):
    if not _is_instance(obj):
        raise TypeError('astuple() should be called on dataclass instances')
    return _astuple(obj, tuple_factory)


def _astuple(obj, make):
    if _is_instance(obj):
        return make([_astuple(getattr(obj, f.name), make)
                     for f in fields(obj)])
    if isinstance(obj, tuple) and hasattr(obj, '_fields'):
        return type(obj)(*[_astuple(v, make) for v in obj])
    if isinstance(obj, (list, tuple)):
        return type(obj)([_astuple(v, make) for v in obj])
    if isinstance(obj, dict):
        return type(obj)([(_astuple(k, make), _astuple(v, make))
                          for k, v in obj.items()])
    return _deepcopy(obj)


def replace(obj, /, **changes):
    if not _is_instance(obj):
        raise TypeError('replace() should be called on dataclass instances')
    for f in getattr(obj, _FIELDS).values():
        if f._field_type is _FIELD_CLASSVAR:
            continue
        name = f.name
        if not f.init:
            if name in changes:
                raise ValueError('field %s is declared with init=False, it '
                                 'cannot be specified with replace()' % name)
            continue
        if name not in changes:
            if f._field_type is _FIELD_INITVAR and f.default is MISSING:
                raise ValueError('InitVar %r must be specified with replace()'
                                 % name)
            changes[name] = getattr(obj, name)
    return type(obj)(**changes)


def make_dataclass(cls_name, fields, *, bases=(), namespace=None, init=True,
                   repr=True, eq=True, order=False, unsafe_hash=False,
                   frozen=False, match_args=True, kw_only=False, slots=False,
                   weakref_slot=False):
    body = {} if namespace is None else dict(namespace)
    annotations = {}
    for item in fields:
        if isinstance(item, str):
            name = item
            annotation = 'typing.Any'
        elif len(item) == 2:
            name, annotation = item
        elif len(item) == 3:
            name, annotation, default = item
            body[name] = default
        else:
            raise TypeError('Invalid field: %r' % (item,))
        if not isinstance(name, str) or not name.isidentifier():
            raise TypeError('Field names must be valid identifiers: %r'
                            % (name,))
        if name in annotations:
            raise TypeError('Field name duplicated: %r' % name)
        annotations[name] = annotation
    body['__annotations__'] = annotations
    cls = type(cls_name, tuple(bases), body)
    return _process(cls, init, repr, eq, order, unsafe_hash, frozen,
                    match_args, kw_only, slots, weakref_slot)
