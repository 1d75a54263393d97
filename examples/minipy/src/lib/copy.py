"""Copies of objects, shallow or deep."""


class Error(Exception):
    pass


error = Error

_ATOMS = {type(None), type(Ellipsis), type(NotImplemented), int, float, bool,
          complex, bytes, str, type, range, property, type(len),
          type(lambda: 0)}


def _new(cls):
    return object.__new__(cls)


def _reduced(x, deep, memo):
    """Rebuild x from what its __reduce__ gives."""
    parts = list(x.__reduce__())
    while len(parts) < 5:
        parts.append(None)
    func, args, state, items, pairs = parts
    if deep:
        args = tuple([deepcopy(a, memo) for a in args])
    y = func(*args)
    if deep:
        memo[id(x)] = y
    if state is not None:
        if deep:
            state = deepcopy(state, memo)
        _set_state(y, state)
    if items is not None:
        for item in items:
            y.append(deepcopy(item, memo) if deep else item)
    if pairs is not None:
        for key, value in pairs:
            if deep:
                key = deepcopy(key, memo)
                value = deepcopy(value, memo)
            y[key] = value
    return y


def _set_state(y, state):
    if hasattr(y, '__setstate__'):
        y.__setstate__(state)
        return
    slots = None
    if type(state) is tuple and len(state) == 2:
        state, slots = state
    for values in (state, slots):
        if values:
            for key, value in values.items():
                object.__setattr__(y, key, value)


def _own_reduce(cls):
    for base in cls.__mro__:
        if base.__module__ == 'builtins':
            return False
        if '__reduce__' in base.__dict__:
            return True
    return False


def _slots(cls):
    names = []
    for base in cls.__mro__:
        slots = base.__dict__.get('__slots__', ())
        if isinstance(slots, str):
            slots = (slots,)
        for name in slots:
            if name not in ('__dict__', '__weakref__'):
                names.append(name)
    return names


def _state(x):
    """The attributes of x, as a dict that is not x's own."""
    state = dict(getattr(x, '__dict__', {}))
    for name in _slots(type(x)):
        if hasattr(x, name):
            state[name] = getattr(x, name)
    return state


def _blank(x, cls):
    """An object like x whose attributes are yet to come."""
    if isinstance(x, list):
        return list.__new__(cls)
    if isinstance(x, dict):
        return dict.__new__(cls)
    if isinstance(x, set):
        return set.__new__(cls)
    if isinstance(x, tuple):
        return tuple.__new__(cls, x)
    if isinstance(x, frozenset):
        return frozenset.__new__(cls, x)
    if isinstance(x, str):
        return str.__new__(cls, x)
    if isinstance(x, int):
        return int.__new__(cls, x)
    if isinstance(x, float):
        return float.__new__(cls, x)
    if isinstance(x, BaseException):
        return cls.__new__(cls, *x.args)
    return object.__new__(cls)


def _refuse(x, cls):
    if cls.__name__ in ('lock', 'RLock', 'generator', 'module',
                        'TextIOWrapper'):
        raise TypeError("cannot pickle '%s' object"
                        % (('_thread.' if cls.__name__.endswith('ock') else '')
                           + cls.__name__))


def copy(x):
    cls = type(x)
    if cls in _ATOMS or isinstance(x, type):
        return x
    if cls is list or cls is dict or cls is set or cls is bytearray:
        return x.copy()
    if cls is tuple or cls is frozenset:
        return x
    method = getattr(cls, '__copy__', None)
    if method is not None:
        return method(x)
    if cls.__name__ == 'deque':
        return x.copy()
    if _own_reduce(cls):
        return _reduced(x, False, None)
    _refuse(x, cls)
    y = _blank(x, cls)
    if isinstance(x, BaseException):
        y.args = x.args
    if isinstance(x, list):
        list.extend(y, x)
    elif isinstance(x, dict):
        for key, value in x.items():
            y[key] = value
    elif isinstance(x, set):
        for item in x:
            y.add(item)
    if hasattr(x, '__getstate__') and _user_method(cls, '__getstate__'):
        _set_state(y, x.__getstate__())
        return y
    state = _state(x)
    if state and _user_method(cls, '__setstate__'):
        y.__setstate__(state)
        return y
    for key, value in state.items():
        object.__setattr__(y, key, value)
    return y


def _user_method(cls, name):
    for base in cls.__mro__:
        if base is object:
            return False
        if name in base.__dict__:
            return True
    return False


def deepcopy(x, memo=None):
    cls = type(x)
    if cls in _ATOMS:
        return x
    if memo is None:
        memo = {}
    key = id(x)
    y = memo.get(key, memo)
    if y is not memo:
        return y
    if cls is list:
        y = []
        memo[key] = y
        for item in x:
            y.append(deepcopy(item, memo))
    elif cls is dict:
        y = {}
        memo[key] = y
        for k, v in x.items():
            y[deepcopy(k, memo)] = deepcopy(v, memo)
    elif cls is tuple:
        parts = [deepcopy(item, memo) for item in x]
        # A tuple inside itself was copied on the way.
        y = memo.get(key, memo)
        if y is not memo:
            return y
        y = x
        i = 0
        for item in x:
            if item is not parts[i]:
                y = tuple(parts)
                break
            i += 1
    elif cls is set or cls is frozenset:
        y = cls([deepcopy(item, memo) for item in x])
    elif isinstance(x, type):
        return x
    else:
        method = getattr(cls, '__deepcopy__', None)
        if method is not None:
            y = method(x, memo)
        elif cls.__name__ == 'bytearray':
            y = x.copy()
        elif cls.__name__ == 'deque':
            y = cls([], x.maxlen)
            memo[key] = y
            for item in x:
                y.append(deepcopy(item, memo))
        elif cls.__name__ == 'method':
            y = cls(x.__func__, deepcopy(x.__self__, memo))
        elif cls.__name__ == 'weakref' or cls.__name__ == 'ReferenceType':
            y = x
        elif _own_reduce(cls):
            y = _reduced(x, True, memo)
        else:
            y = _deep_object(x, cls, memo)
    if y is not x:
        memo[key] = y
        # Keep x alive, so that its id is not given to another.
        kept = memo.get(id(memo))
        if kept is None:
            memo[id(memo)] = [x]
        else:
            kept.append(x)
    return y


def _deep_object(x, cls, memo):
    _refuse(x, cls)
    if isinstance(x, tuple):
        y = tuple.__new__(cls, [deepcopy(item, memo) for item in x])
    elif isinstance(x, frozenset):
        y = frozenset.__new__(cls, [deepcopy(item, memo) for item in x])
    else:
        y = _blank(x, cls)
    memo[id(x)] = y
    if isinstance(x, BaseException):
        y.args = deepcopy(x.args, memo)
    if _user_method(cls, '__getstate__'):
        state = x.__getstate__()
    else:
        state = _state(x)
    if state:
        state = deepcopy(state, memo)
        if _user_method(cls, '__setstate__'):
            y.__setstate__(state)
        else:
            _set_state(y, state)
    if isinstance(x, list):
        for item in x:
            list.append(y, deepcopy(item, memo))
    elif isinstance(x, dict):
        for k, v in x.items():
            y[deepcopy(k, memo)] = deepcopy(v, memo)
    elif isinstance(x, set):
        for item in x:
            y.add(deepcopy(item, memo))
    return y
