"""Names for types that have no builtin name."""

import sys


def _f():
    yield 1


class _C:
    def m(self):
        pass


FunctionType = type(_f)
LambdaType = FunctionType
GeneratorType = type(_f())
MethodType = type(_C().m)
BuiltinFunctionType = type(len)
BuiltinMethodType = type([].append)
ModuleType = type(sys)
NoneType = type(None)
NotImplementedType = type(NotImplemented)
EllipsisType = type(Ellipsis)
MappingProxyType = type(_C.__dict__)


class SimpleNamespace:
    """An object with the attributes it is given."""

    def __init__(self, /, **kwargs):
        for name, value in kwargs.items():
            setattr(self, name, value)

    def __repr__(self):
        name = type(self).__name__
        if type(self) is SimpleNamespace:
            name = 'namespace'
        return name + '(' + ', '.join(
            ['%s=%r' % item for item in self.__dict__.items()]) + ')'

    def __eq__(self, other):
        if isinstance(self, SimpleNamespace) and isinstance(
                other, SimpleNamespace):
            return self.__dict__ == other.__dict__
        return NotImplemented

    __hash__ = None


DynamicClassAttribute = property


def new_class(name, bases=(), kwds=None, exec_body=None):
    body = {}
    if exec_body is not None:
        exec_body(body)
    return type(name, tuple(bases), body)


def coroutine(func):
    return func
