"""An inventory with reports, search and undo."""
from dataclasses import dataclass, field
from collections import defaultdict
@dataclass(order=True)
class Item:
    sku: str
    name: str = field(compare=False)
    qty: int = field(default=0, compare=False)
    price: float = field(default=0.0, compare=False)
    tags: set = field(default_factory=set, compare=False, repr=False)
    @property
    def value(self): return self.qty * self.price
class OutOfStock(Exception): pass
class Inventory:
    def __init__(self): self._items, self._undo = {}, []
    def __len__(self): return len(self._items)
    def __contains__(self, sku): return sku in self._items
    def __getitem__(self, sku):
        try: return self._items[sku]
        except KeyError: raise LookupError(f"unknown sku {sku!r}") from None
    def __iter__(self): yield from sorted(self._items.values())
    def add(self, sku, name, qty, price, *tags):
        if sku in self: raise ValueError(f"duplicate {sku}")
        self._items[sku] = Item(sku, name, qty, price, set(tags)); self._undo.append(lambda: self._items.pop(sku)); return self
    def move(self, sku, delta):
        item = self[sku]
        if item.qty + delta < 0: raise OutOfStock(f"{item.name}: {item.qty} left, {-delta} wanted")
        item.qty += delta; self._undo.append(lambda: setattr(item, "qty", item.qty - delta))
    def undo(self): self._undo.pop()() if self._undo else print("nothing to undo")
    def find(self, pred=None, **want): return [i for i in self if (pred is None or pred(i)) and all(getattr(i, k) == v for k, v in want.items())]
    def by_tag(self):
        out = defaultdict(list)
        for i in self:
            for t in sorted(i.tags): out[t].append(i.name)
        return dict(sorted(out.items()))
    def report(self):
        print(f"{'sku':<6}{'name':<12}{'qty':>5}{'price':>9}{'value':>11}"); print("=" * 43)
        for i in self: print(f"{i.sku:<6}{i.name:<12}{i.qty:>5}{i.price:>9.2f}{i.value:>11,.2f}")
        print(f"{'total':>18}{sum(i.qty for i in self):>5}{'':9}{sum(i.value for i in self):>11,.2f}")
inv = Inventory().add("B2", "bolt", 500, .12, "metal", "small").add("A1", "anvil", 2, 349.5, "metal").add("C3", "candle", 40, 1.75, "small")
inv.report(); inv.move("A1", 3); inv.move("B2", -120); print(inv["A1"], inv.by_tag(), [i.name for i in inv.find(lambda i: i.value > 50)], inv.find(name="candle"))
for f in (lambda: inv.move("C3", -41), lambda: inv["Z9"], lambda: inv.add("A1", "x", 1, 1)):
    try: f()
    except (OutOfStock, LookupError, ValueError) as e: print(f"{type(e).__name__}: {e}")
inv.undo(); inv.undo(); inv.undo(); print(len(inv), "C3" in inv, inv["A1"].qty, inv["B2"].qty)
for _ in range(3): inv.undo()
print(len(inv), max(Item("a", "n"), Item("b", "m")))
