"""dataclasses."""
from dataclasses import dataclass, field, asdict, astuple, fields, replace, is_dataclass, FrozenInstanceError
from typing import List, Optional, ClassVar, Dict
@dataclass
class Point:
    x: int
    y: int = 0
    def dist(self): return abs(self.x) + abs(self.y)
p = Point(1, 2)
print(p, Point(3), Point(y=1, x=2), p == Point(1, 2), p != Point(1, 3), p.dist(), p == (1, 2), repr(p))
p.x = 10; print(p, vars(p), is_dataclass(p), is_dataclass(Point), is_dataclass(3), [f.name for f in fields(Point)], [f.default == 0 for f in fields(p)])
@dataclass(order=True, frozen=True)
class Version:
    major: int
    minor: int = 0
    label: str = field(default="", compare=False)
vs = [Version(2, 1), Version(1, 9, "z"), Version(1, 9, "a"), Version(1)]
print(sorted(vs), max(vs), Version(1, 9, "q") == Version(1, 9), Version(1) < Version(1, 1), hash(Version(1, 2)) == hash(Version(1, 2)), len({Version(1), Version(1, 0, "b")}), Version(1) >= Version(0, 99))
for fn in (lambda: setattr(vs[0], "major", 5), lambda: delattr(vs[0], "major"), lambda: Version(), lambda: Version(1, 2, 3, 4), lambda: Version(1, huh=2), lambda: Point(1) < Point(2), lambda: hash(Point(1))):
    try: print(fn())
    except Exception as e: print(type(e).__name__ + ":", e, isinstance(e, AttributeError))
@dataclass
class Team:
    name: str
    members: List[str] = field(default_factory=list)
    scores: Dict[str, int] = field(default_factory=dict, repr=False)
    kind: ClassVar[str] = "team"
    size: int = field(init=False, default=-1)
    note: Optional[str] = None
    def __post_init__(self):
        self.size = len(self.members)
a, b = Team("a"), Team("b", ["x", "y"], {"x": 1})
a.members.append("solo"); print(a, b, a.members is b.members, Team.kind, b.kind, [f.name for f in fields(Team)])
print(asdict(b), astuple(b), replace(Point(1, 2), y=99), asdict(Point(1)) == {"x": 1, "y": 0})
@dataclass
class Animal:
    name: str
    legs: int = 4
@dataclass
class Bird(Animal):
    legs: int = 2
    wings: int = 2
    def fly(self): return f"{self.name} flies"
print(Bird("owl"), Bird("x", 1, 0), Bird("owl") == Animal("owl", 2), Bird("owl").fly(), isinstance(Bird("a"), Animal))
@dataclass(eq=False)
class Ident: v: int
print(Ident(1) == Ident(1), hash(Ident(1)) is not None, Ident(5).v)
@dataclass(repr=False)
class Quiet:
    v: int
    def __repr__(self): return f"Q{self.v}"
print(Quiet(3), [Quiet(4)])
@dataclass(unsafe_hash=True)
class Key: a: int; b: str = "k"
print({Key(1): "v"}[Key(1, "k")])
@dataclass
class Node:
    value: int
    left: Optional["Node"] = None
    right: Optional["Node"] = None
    def insert(self, v):
        side = "left" if v < self.value else "right"
        kid = getattr(self, side)
        if kid: kid.insert(v)
        else: setattr(self, side, Node(v))
        return self
    def __iter__(self):
        if self.left: yield from self.left
        yield self.value
        if self.right: yield from self.right
root = Node(5)
for v in (3, 8, 1, 4): root.insert(v)
print(list(root), root); print(asdict(Node(1, Node(2))))
@dataclass
class WithProp:
    _r: float
    @property
    def area(self): return round(3.14159 * self._r ** 2, 2)
    @classmethod
    def unit(cls): return cls(1.0)
print(WithProp.unit().area, WithProp(2.0))
try:
    @dataclass
    class Bad:
        a: int = 1
        b: int
except TypeError as e: print(e)
try:
    @dataclass
    class Bad2: a: list = []
except ValueError as e: print(e)
@dataclass(kw_only=True)
class KW: a: int; b: int = 2
print(KW(a=1))
try: KW(1)
except TypeError as e: print(str(e)[:40])
@dataclass(slots=True)
class SL: a: int = 0
try: SL().zz = 1
except AttributeError as e: print("AttributeError")
@dataclass
class Inventory:
    items: list = field(default_factory=list)
    def add(self, name, qty, price): self.items.append(Item(name, qty, price)); return self
    def total(self): return sum(i.cost for i in self.items)
@dataclass
class Item:
    name: str
    qty: int
    price: float
    cost: float = field(init=False, repr=False)
    def __post_init__(self):
        if self.qty < 0: raise ValueError(f"negative quantity for {self.name}")
        self.cost = self.qty * self.price
inv = Inventory().add("nail", 100, 0.05).add("hammer", 1, 12.5)
print(inv, inv.total())
try: inv.add("bolt", -1, 1)
except ValueError as e: print(e)
