"""The abstract classes, by the name people know them under."""

from _collections_abc import (
    Hashable, Sized, Container, Callable, Iterable, Iterator,
    Reversible, Generator,
    Awaitable, Coroutine, Collection, Sequence, MutableSequence, Set,
    MutableSet, MappingView,
    KeysView, ItemsView, ValuesView, Mapping, MutableMapping, ByteString)
