"""The operators, as functions."""


def lt(a, b):
    return a < b


def le(a, b):
    return a <= b


def eq(a, b):
    return a == b


def ne(a, b):
    return a != b


def ge(a, b):
    return a >= b


def gt(a, b):
    return a > b


def not_(a):
    return not a


def truth(a):
    return True if a else False


def is_(a, b):
    return a is b


def is_not(a, b):
    return a is not b


def add(a, b):
    return a + b


def sub(a, b):
    return a - b


def mul(a, b):
    return a * b


def matmul(a, b):
    return a.__matmul__(b)


def truediv(a, b):
    return a / b


def floordiv(a, b):
    return a // b


def mod(a, b):
    return a % b


def pow(a, b):
    return a ** b


def lshift(a, b):
    return a << b


def rshift(a, b):
    return a >> b


def and_(a, b):
    return a & b


def or_(a, b):
    return a | b


def xor(a, b):
    return a ^ b


def neg(a):
    return -a


def pos(a):
    return +a


def inv(a):
    return ~a


invert = inv
_abs = abs


def abs(a):
    return _abs(a)


def index(a):
    if not hasattr(type(a), '__index__') and not isinstance(a, int):
        raise TypeError("'%s' object cannot be interpreted as an integer"
                        % type(a).__name__)
    return a.__index__()


def concat(a, b):
    if not hasattr(a, '__getitem__'):
        raise TypeError("'%s' object can't be concatenated"
                        % type(a).__name__)
    return a + b


def contains(a, b):
    return b in a


def countOf(a, b):
    n = 0
    for x in a:
        if x is b or x == b:
            n += 1
    return n


def indexOf(a, b):
    i = 0
    for x in a:
        if x is b or x == b:
            return i
        i += 1
    raise ValueError('sequence.index(x): x not in sequence')


def getitem(a, b):
    return a[b]


def setitem(a, b, c):
    a[b] = c


def delitem(a, b):
    del a[b]


def length_hint(obj, default=0):
    if hasattr(obj, '__len__'):
        return len(obj)
    if hasattr(obj, '__length_hint__'):
        return obj.__length_hint__()
    return default


def call(obj, /, *args, **kwargs):
    return obj(*args, **kwargs)


def iadd(a, b):
    a += b
    return a


def isub(a, b):
    a -= b
    return a


def imul(a, b):
    a *= b
    return a


def itruediv(a, b):
    a /= b
    return a


def ifloordiv(a, b):
    a //= b
    return a


def imod(a, b):
    a %= b
    return a


def ipow(a, b):
    a **= b
    return a


def ilshift(a, b):
    a <<= b
    return a


def irshift(a, b):
    a >>= b
    return a


def iand(a, b):
    a &= b
    return a


def ior(a, b):
    a |= b
    return a


def ixor(a, b):
    a ^= b
    return a


def iconcat(a, b):
    a += b
    return a


def itemgetter(*items):
    if not items:
        raise TypeError('itemgetter expected 1 argument, got 0')
    if len(items) == 1:
        item = items[0]
        return lambda obj: obj[item]
    if len(items) == 2:
        first, second = items
        return lambda obj: (obj[first], obj[second])
    return lambda obj: tuple([obj[i] for i in items])


def attrgetter(*attrs):
    if not attrs:
        raise TypeError('attrgetter expected 1 argument, got 0')
    for attr in attrs:
        if not isinstance(attr, str):
            raise TypeError('attribute name must be a string')
    if len(attrs) == 1:
        attr = attrs[0]
        if '.' not in attr:
            return lambda obj: getattr(obj, attr)
        names = attr.split('.')
        return lambda obj: _walk(obj, names)
    paths = [attr.split('.') for attr in attrs]
    return lambda obj: tuple([_walk(obj, names) for names in paths])


def _walk(obj, names):
    for name in names:
        obj = getattr(obj, name)
    return obj


def methodcaller(name, /, *args, **kwargs):
    if not isinstance(name, str):
        raise TypeError('method name must be a string')
    return lambda obj: getattr(obj, name)(*args, **kwargs)


__lt__ = lt
__le__ = le
__eq__ = eq
__ne__ = ne
__ge__ = ge
__gt__ = gt
__not__ = not_
__abs__ = abs
__add__ = add
__and__ = and_
__floordiv__ = floordiv
__index__ = index
__inv__ = inv
__invert__ = invert
__lshift__ = lshift
__mod__ = mod
__mul__ = mul
__neg__ = neg
__or__ = or_
__pos__ = pos
__pow__ = pow
__rshift__ = rshift
__sub__ = sub
__truediv__ = truediv
__xor__ = xor
__concat__ = concat
__contains__ = contains
__delitem__ = delitem
__getitem__ = getitem
__setitem__ = setitem
