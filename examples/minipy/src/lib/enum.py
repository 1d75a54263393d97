"""Named constants.

The interpreter hands every finished enumeration class to __minipy_class__,
and asks the __class_*__ methods when the class itself is called, looped
over or indexed.
"""

_absent = object()


def _settled(x):
    return x.value if isinstance(x, auto) else x


class auto:
    """Stands for the next value.

    Such values are only found when the class is finished, so operators in
    its body give a promise to be kept by then.
    """

    def __init__(self, value=_absent):
        self.value = value

    def __or__(self, other):
        return _Promise(lambda: _settled(self) | _settled(other))

    def __ror__(self, other):
        return _Promise(lambda: _settled(other) | _settled(self))

    def __and__(self, other):
        return _Promise(lambda: _settled(self) & _settled(other))

    def __xor__(self, other):
        return _Promise(lambda: _settled(self) ^ _settled(other))

    def __invert__(self):
        return _Promise(lambda: ~_settled(self))

    def __add__(self, other):
        return _Promise(lambda: _settled(self) + _settled(other))

    def __sub__(self, other):
        return _Promise(lambda: _settled(self) - _settled(other))

    def __mul__(self, other):
        return _Promise(lambda: _settled(self) * _settled(other))

    def __lshift__(self, other):
        return _Promise(lambda: _settled(self) << _settled(other))


class _Promise(auto):

    def __init__(self, work):
        self._work = work

    @property
    def value(self):
        return self._work()


class nonmember:

    def __init__(self, value):
        self.value = value


class member:

    def __init__(self, value):
        self.value = value


def _is_plain(name, value):
    """Whether a name in an enumeration's body makes a member."""
    if name.startswith('__') and name.endswith('__'):
        return False
    if name.startswith('_') and name.endswith('_'):
        return False
    if isinstance(value, (property, classmethod, staticmethod, nonmember)):
        return False
    kind = type(value)
    if kind.__name__ in ('function', 'method_descriptor'):
        return False
    if isinstance(value, type):
        return True
    if hasattr(kind, '__get__') or hasattr(kind, '__set__'):
        return False
    return True


def _data_type(cls):
    """The builtin type whose instances the members are, or object."""
    for base in cls.__mro__[1:]:
        if base is object or '_member_map_' in base.__dict__:
            continue
        if base.__module__ == 'builtins':
            return base
    return object


def _build(cls):
    if cls.__dict__.get('_enum_done_'):
        return cls
    for base in cls.__mro__[1:]:
        if base.__dict__.get('_member_map_'):
            raise TypeError("<enum %r> cannot extend <enum %r>"
                            % (cls.__name__, base.__name__))
    space = dict(cls.__dict__)
    ignored = space.get('_ignore_', ())
    if isinstance(ignored, str):
        ignored = ignored.replace(',', ' ').split()
    members = {}
    by_value = {}
    unhashed = []
    cls._member_map_ = members
    cls._member_names_ = names = []
    cls._value2member_map_ = by_value
    cls._unhashable_values_ = unhashed
    cls.__members__ = members
    cls._enum_done_ = True
    kind = _data_type(cls)
    cls._member_type_ = kind
    if kind is not object:
        # How members look is not for the data type to say.
        for name in ('__repr__', '__str__', '__format__', '__reduce__'):
            for base in cls.__mro__:
                if name in base.__dict__ or base is kind:
                    if base is kind:
                        setattr(cls, name, getattr(Enum, name))
                    break
    own_new = None
    for base in cls.__mro__:
        if base.__module__ == 'builtins' or base in _ROOTS:
            continue
        if '__new__' in base.__dict__:
            own_new = base.__dict__['__new__']
            if isinstance(own_new, staticmethod):
                own_new = own_new.__func__
            break
    has_init = False
    for base in cls.__mro__:
        if base.__module__ != 'builtins' and base not in _ROOTS and (
                '__init__' in base.__dict__):
            has_init = True
    seen = []
    for name, value in space.items():
        if isinstance(value, nonmember):
            setattr(cls, name, value.value)
            continue
        if isinstance(value, member):
            value = value.value
        elif not _is_plain(name, value) or name in ignored:
            continue
        if isinstance(value, auto):
            if value.value is _absent:
                value.value = cls._generate_next_value_(
                    name, 1, len(names), list(seen))
            value = value.value
        elif type(value) is tuple and [v for v in value
                                       if isinstance(v, auto)]:
            parts = []
            for v in value:
                if isinstance(v, auto):
                    if v.value is _absent:
                        v.value = cls._generate_next_value_(
                            name, 1, len(names), list(seen))
                    v = v.value
                parts.append(v)
            value = tuple(parts)
        args = value if type(value) is tuple else (value,)
        if own_new is not None:
            obj = own_new(cls, *args)
        elif kind is object:
            obj = object.__new__(cls)
        elif kind is tuple:
            obj = tuple.__new__(cls, value)
        else:
            obj = kind.__new__(cls, *args)
        data = obj.__dict__
        if '_value_' not in data:
            if kind is object or kind is tuple:
                obj._value_ = value
            else:
                obj._value_ = kind(*args)
        if has_init:
            obj._name_ = name
            obj.__init__(*args)
        value = obj._value_
        seen.append(value)
        known = None
        try:
            known = by_value.get(value)
        except TypeError:
            for other in unhashed:
                if other._value_ == value:
                    known = other
        if known is None:
            obj._name_ = name
            obj._sort_order_ = len(names)
            if cls._is_flag_ and isinstance(value, int) and (
                    value == 0 or value & (value - 1)):
                pass             # neither of these is looped over
            else:
                names.append(name)
            try:
                by_value[value] = obj
            except TypeError:
                unhashed.append(obj)
            known = obj
        members[name] = known
        setattr(cls, name, known)
    if cls._is_flag_:
        mask = 0
        single = 0
        for m in members.values():
            if isinstance(m._value_, int):
                mask |= m._value_
                if m._value_ and not m._value_ & (m._value_ - 1):
                    single |= m._value_
        cls._flag_mask_ = mask
        cls._singles_mask_ = single
    return cls


_ROOTS = []


class Enum:

    _member_map_ = {}
    _member_names_ = []
    _value2member_map_ = {}
    _unhashable_values_ = []
    _is_flag_ = False

    __minipy_class__ = staticmethod(_build)

    def __init__(self, *args, **kwds):
        pass

    @staticmethod
    def _generate_next_value_(name, start, count, last_values):
        for value in reversed(last_values):
            try:
                return value + 1
            except TypeError:
                pass
        return start

    @classmethod
    def _missing_(cls, value):
        return None

    @classmethod
    def __class_call__(cls, value, names=None, *, module=None, qualname=None,
                       type=None, start=1):
        if names is not None:
            return _functional(cls, value, names, start, module)
        try:
            found = cls._value2member_map_.get(value)
            if found is not None:
                return found
        except TypeError:
            for found in cls._unhashable_values_:
                if found._value_ == value:
                    return found
        if isinstance(value, cls):
            return value
        result = cls._missing_(value)
        if result is None:
            raise ValueError('%r is not a valid %s'
                             % (value, cls.__qualname__))
        if not isinstance(result, cls):
            raise TypeError('error in %s._missing_: returned %r instead of '
                            'None or a valid member'
                            % (cls.__name__, result))
        return result

    @classmethod
    def __class_iter__(cls):
        table = cls._member_map_
        return iter([table[name] for name in cls._member_names_])

    @classmethod
    def __class_reversed__(cls):
        table = cls._member_map_
        return iter([table[name] for name in reversed(cls._member_names_)])

    @classmethod
    def __class_len__(cls):
        return len(cls._member_names_)

    @classmethod
    def __class_getitem__(cls, name):
        return cls._member_map_[name]

    @classmethod
    def __class_contains__(cls, item):
        if isinstance(item, cls):
            return item._name_ in cls._member_map_ or cls._is_flag_
        if not isinstance(item, Enum):
            raise TypeError("unsupported operand type(s) for 'in': '%s' and "
                            "'EnumType'" % type(item).__qualname__)
        return False

    @classmethod
    def __class_repr__(cls):
        if cls._is_flag_:
            return '<flag %r>' % cls.__name__
        return '<enum %r>' % cls.__name__

    @property
    def name(self):
        return self._name_

    @property
    def value(self):
        return self._value_

    def __repr__(self):
        return '<%s.%s: %r>' % (type(self).__name__, self._name_,
                                self._value_)

    def __str__(self):
        return '%s.%s' % (type(self).__name__, self._name_)

    def __format__(self, spec):
        return str.__format__(str(self), spec)

    def __hash__(self):
        return hash(self._name_)

    def __eq__(self, other):
        return True if self is other else NotImplemented

    def __ne__(self, other):
        return False if self is other else NotImplemented

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        return type(self), (self._value_,)


def _functional(cls, name, names, start, module):
    if isinstance(names, str):
        names = names.replace(',', ' ').split()
    if isinstance(names, dict):
        names = list(names.items())
    body = {}
    values = []
    for item in names:
        if isinstance(item, str):
            value = cls._generate_next_value_(item, start, len(values),
                                              list(values))
            body[item] = value
        else:
            item, value = item
            body[item] = value
        values.append(value)
    body['__module__'] = module or '__main__'
    return _build(type(name, (cls,), body))


class IntEnum(int, Enum):

    def __repr__(self):
        return Enum.__repr__(self)

    def __str__(self):
        return int.__repr__(self._value_)

    def __format__(self, spec):
        return int.__format__(self._value_, spec)

    def __hash__(self):
        return hash(self._value_)

    def __eq__(self, other):
        return int.__eq__(self, other)

    def __ne__(self, other):
        return int.__ne__(self, other)


class StrEnum(str, Enum):

    @staticmethod
    def _generate_next_value_(name, start, count, last_values):
        return name.lower()

    def __repr__(self):
        return Enum.__repr__(self)

    def __str__(self):
        return str.__str__(self._value_)

    def __format__(self, spec):
        return str.__format__(self._value_, spec)

    def __hash__(self):
        return hash(self._value_)

    def __eq__(self, other):
        return str.__eq__(self, other)

    def __ne__(self, other):
        return str.__ne__(self, other)


class Flag(Enum):

    _is_flag_ = True
    _flag_mask_ = 0
    _singles_mask_ = 0

    @staticmethod
    def _generate_next_value_(name, start, count, last_values):
        if not last_values:
            return start if start is not None else 1
        return 1 << max(last_values).bit_length()

    @classmethod
    def _missing_(cls, value):
        if not isinstance(value, int):
            raise ValueError('%r is not a valid %s'
                             % (value, cls.__qualname__))
        mask = cls._flag_mask_
        keep = issubclass(cls, int)
        if value < 0:
            value &= (1 << mask.bit_length()) - 1 if keep else mask
            found = cls._value2member_map_.get(value)
            if found is not None:
                return found
        elif value & ~mask and not keep:
            width = max(value.bit_length(), mask.bit_length())
            raise ValueError(
                '%r invalid value %r\n    given %s\n  allowed %s'
                % (cls, value, _bits(value, width), _bits(mask, width)))
        if keep:
            obj = int.__new__(cls, value)
        else:
            obj = object.__new__(cls)
        obj._value_ = value
        parts = [m for m in _parts(cls, value)]
        left = value
        for m in parts:
            left &= ~m._value_
        if parts:
            obj._name_ = '|'.join([m._name_ for m in parts])
            if left:
                obj._name_ += '|%d' % left
        else:
            obj._name_ = None
        return cls._value2member_map_.setdefault(value, obj)

    def __repr__(self):
        cls = type(self).__name__
        if self._name_ is None:
            return '<%s: %r>' % (cls, self._value_)
        return '<%s.%s: %r>' % (cls, self._name_, self._value_)

    def __str__(self):
        if self._name_ is None:
            return '%s(%r)' % (type(self).__name__, self._value_)
        return '%s.%s' % (type(self).__name__, self._name_)

    def __bool__(self):
        return bool(self._value_)

    def __iter__(self):
        return iter(_parts(type(self), self._value_))

    def __len__(self):
        n = 0
        v = self._value_
        while v:
            n += v & 1
            v >>= 1
        return n

    def __contains__(self, other):
        if not isinstance(other, type(self)):
            raise TypeError("unsupported operand type(s) for 'in': %r and %r"
                            % (type(other).__qualname__,
                               type(self).__qualname__))
        return other._value_ & self._value_ == other._value_

    def _plain(self, other):
        if isinstance(other, type(self)):
            return other._value_
        if issubclass(type(self), int) and isinstance(other, int):
            return int(other)
        return None

    def __or__(self, other):
        value = self._plain(other)
        if value is None:
            return NotImplemented
        return type(self)(self._value_ | value)

    def __and__(self, other):
        value = self._plain(other)
        if value is None:
            return NotImplemented
        return type(self)(self._value_ & value)

    def __xor__(self, other):
        value = self._plain(other)
        if value is None:
            return NotImplemented
        return type(self)(self._value_ ^ value)

    __ror__ = __or__
    __rand__ = __and__
    __rxor__ = __xor__

    def __invert__(self):
        cls = type(self)
        return cls(cls._singles_mask_ & ~self._value_)


def _bits(value, width):
    return '0b0 ' + bin(value)[2:].rjust(width, '0')


def _parts(cls, value):
    table = cls._member_map_
    return [table[name] for name in cls._member_names_
            if table[name]._value_ & value]


class IntFlag(int, Flag):

    def __repr__(self):
        return Flag.__repr__(self)

    def __str__(self):
        return int.__repr__(self._value_)

    def __format__(self, spec):
        return int.__format__(self._value_, spec)

    def __hash__(self):
        return hash(self._value_)

    def __eq__(self, other):
        return int.__eq__(self, other)

    def __ne__(self, other):
        return int.__ne__(self, other)

    def __bool__(self):
        return self._value_ != 0

    __or__ = Flag.__or__
    __and__ = Flag.__and__
    __xor__ = Flag.__xor__
    __ror__ = Flag.__or__
    __rand__ = Flag.__and__
    __rxor__ = Flag.__xor__
    __invert__ = Flag.__invert__


ReprEnum = Enum
EnumMeta = EnumType = type
_ROOTS.extend([Enum, IntEnum, StrEnum, Flag, IntFlag])


def unique(enumeration):
    doubles = []
    for name, m in enumeration.__members__.items():
        if name != m._name_:
            doubles.append('%s -> %s' % (name, m._name_))
    if doubles:
        raise ValueError('duplicate values found in %r: %s'
                         % (enumeration, ', '.join(doubles)))
    return enumeration
