"""Built-in functions, one after another."""
print(abs(-3), abs(-2.5), abs(True), all([1, 2]), any(()), ascii("é"), bin(5), bool([]), bool("0"), callable(len), callable(5), chr(97), divmod(17, 5), divmod(-17, 5.0), float("2"), hex(255), int("7"), len("abc"), max(1, 5, 3), max("ab", "b", key=len), min([4, 2]), oct(8), ord("a"), pow(2, 3), pow(2, 3, 5), round(2.567, 1), repr("x"), str(5), sum([1, 2], 10), sum([[1], [2]], []), tuple([1]), type(5), type("s").__name__)
print(isinstance(5, int), isinstance(5, (str, int)), isinstance(True, int), isinstance("s", str | int), issubclass(bool, int), issubclass(int, (str, object)), isinstance(int, type), isinstance(None, type(None)), isinstance(5, object), isinstance([], list), isinstance(print, type(len)))
class A:
    """Doc."""
    k = 1
    def __init__(self): self.b = 2
    def m(self): "mdoc"
a = A(); print(getattr(a, "k"), getattr(a, "z", None), hasattr(a, "m"), setattr(a, "c", 3), a.c, delattr(a, "c"), vars(a), a.__dict__, "m" in dir(a), "b" in dir(a), A.__doc__, a.m.__doc__, A.__name__, type(a) is A, a.__class__)
print(sorted([3, 1, 2]), sorted("cab", reverse=True), sorted({"b": 1, "a": 2}), sorted([-3, 2, 1], key=abs), sorted([]), list(reversed([1, 2])), list(enumerate(["a"], 1)), list(zip("ab", [1, 2])), list(map(len, ["a", "bb"])), list(filter(str.isdigit, "a1b2")), list(range(3)), next(iter([9])), next(iter([]), "d"), list(iter([1, 2])), slice(1, 2), slice(None), slice(1, 9, 2).indices(5), [1, 2, 3][slice(0, 2)], range(5)[1:3])
print(id(a) == id(a), hash("a") == hash("a"), hash(1) == hash(1.0), hash((1, 2)) == hash((1, 2)), hash(None) == hash(None), hash(A) == hash(A), eval_is_missing if False else "no eval", format(3.14159, ".2f"), format("x", ">3"), print(), list(), dict(), set(), tuple(), str(), int(), float(), bool(), bytes(), frozenset(), object() != object(), complex if False else "")
print(list(map(int, "123")), list(map(str.upper, ["a"])), [f(5) for f in (str, float, bin)], dict(a=1), set([1, 1]), frozenset("aa"), list(map(lambda *a: a, [1], [2])), [*map(max, [1, 5], [3, 2])], str.join("-", ["a", "b"]), int.__add__(1, 2), list.__len__([1]), (5).__class__, [].__class__.__name__, type(type(5)), type(lambda: 0).__name__, type(len).__name__, type(A().m).__name__, type([].append).__name__, type(x for x in ()).__name__, type(range(1)).__name__, type({}.keys()).__name__, type(NotImplemented).__name__, NotImplemented is NotImplemented, type(...).__name__)
print(int, float, str, list, dict, type, object, ValueError, A, [int, str], {int: "i"}[int], bool, tuple, set, bytes, len, print, None, True, NotImplemented, ...)
print(max([1, 2, 3], key=lambda v: -v), min("hello", key=ord), max({"a": 5, "b": 9}, key={"a": 5, "b": 9}.get), max([], default=0), max((1, 2), (1, 3)), min("b", "a", "c"), max([[1], [2, 3]], key=len), sum(x * x for x in range(4)), sum([0.5, 1]), sum((), 5), any(x > 2 for x in [1, 2, 3]), all(x > 0 for x in []))
print(round(3.5), round(4.5), round(-3.5), round(12345, -2), round(2.5, 0), round(1.15, 1), int(-3.7), int("-12"), int("0b11", 0), float("-inf"), str(1e5), str(1e16), bool(float("nan")), int(True), str(None), repr(None), repr(True), list("héy"), bytes([1, 2]), str([None, True, 1.0, "s", b"b", (1,), {1}, {"k": []}]))
print(*(type(v).__name__ for v in (1, 1.0, "s", b"", None, True, [], (), {}, set(), frozenset(), range(1), slice(1), print, A, a, a.m, ValueError(), iter([]), iter(()), iter({}), iter(""), zip(), map(str, []), filter(None, []), enumerate([]), reversed([]))))
x = [1, 2]; print(x.__len__(), x.__iter__().__next__(), "abc".__getitem__(0), (3).__add__(4), (3).__eq__(3), (3).__eq__("a"), (3).__lt__(5), [].__bool__() if hasattr([], "__bool__") else "no bool", (0).__bool__(), "s".__str__(), "s".__repr__(), (5).__hash__(), [].__hash__, x.__contains__(1), x.__getitem__(-1), x.__setitem__(0, 9), x, x.__delitem__(0), x, type(x).__mro__)
print(print("inner"), (lambda: None)(), [print(i, end=" ") for i in range(3)], input if False else "-")
import typing; from typing import List, Dict, Optional, Union, Any, Callable, Tuple, Iterable
def typed(a: List[int], b: Optional[str] = None, *c: Any, d: "Dict[str, int]" = {}, e: Union[int, str] = 0, f: Callable[[int], str] = str) -> Tuple[int, ...]: return len(a), b, e
print(typed([1, 2]), typed([], "b", e="e")); v: int | None = None; w: list[int] = [1]; T = typing.TypeVar("T"); print(v, w, typing.cast(int, "x"))
try:
    input_fn = input; print(input_fn("prompt> "))
except EOFError as e: print("EOFError", e)
assert True; assert 1 == 1, "msg"
if __name__ == "__main__": print("main", __name__, __doc__[:8])
