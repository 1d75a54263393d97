"""Classes that refuse to be instantiated until they are complete."""


def abstractmethod(funcobj):
    funcobj.__isabstractmethod__ = True
    return funcobj


def abstractproperty(fget=None, fset=None, fdel=None, doc=None):
    if fget is not None:
        fget = abstractmethod(fget)
    return property(fget, fset, fdel, doc)


def abstractclassmethod(callable):
    return classmethod(abstractmethod(callable))


def abstractstaticmethod(callable):
    return staticmethod(abstractmethod(callable))


def _is_abstract(value):
    if isinstance(value, property):
        for f in (value.fget, value.fset, value.fdel):
            if f is not None and getattr(f, '__isabstractmethod__', False):
                return True
        return False
    if isinstance(value, (classmethod, staticmethod)):
        return getattr(value.__func__, '__isabstractmethod__', False) is True
    return getattr(value, '__isabstractmethod__', False) is True


def _abstract_names(cls):
    seen = set()
    names = []
    for base in cls.__mro__:
        for name, value in base.__dict__.items():
            if name not in seen:
                seen.add(name)
                if _is_abstract(value):
                    names.append(name)
    names.sort()
    return names


_makers = {}                 # complete class -> None or a builtin's __new__


class ABC:

    def __new__(cls, *args, **kwargs):
        maker = _makers.get(cls, cls)
        if maker is cls:
            maker = _examine(cls)
        if maker is None:
            return object.__new__(cls)
        return maker(cls, *args, **kwargs)

    @classmethod
    def register(cls, subclass):
        known = cls.__dict__.get('_abc_registry')
        if known is None:
            known = []
            cls._abc_registry = known
            cls._minipy_check_ = staticmethod(_registry_check(cls, known))
        known.append(subclass)
        return subclass

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.__abstractmethods__ = frozenset(_abstract_names(cls))
        hook = cls.__dict__.get('__subclasshook__')
        if hook is not None:
            known = []
            cls._abc_registry = known
            cls._minipy_check_ = staticmethod(_registry_check(cls, known))


ABCMeta = ABC


def _registry_check(mine, known):
    def check(cls):
        hook = getattr(mine, '__subclasshook__', None)
        if hook is not None:
            answer = hook(cls)
            if answer is not NotImplemented:
                return answer
        mro = cls.__mro__
        if mine in mro:
            return True
        for other in known:
            if other in mro:
                return True
        return False
    return check


def _examine(cls):
    names = _abstract_names(cls)
    if names:
        raise TypeError("Can't instantiate abstract class %s with abstract "
                        'method%s %s' % (cls.__name__,
                                         's' if len(names) > 1 else '',
                                         ', '.join(names)))
    maker = None
    for base in cls.__mro__:
        if base is not object and base is not ABC and (
                base.__module__ == 'builtins'):
            maker = base.__new__
            break
    _makers[cls] = maker
    return maker


def get_cache_token():
    return 0


def update_abstractmethods(cls):
    cls.__abstractmethods__ = frozenset(_abstract_names(cls))
    return cls
