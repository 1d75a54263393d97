"""Everyday programs: grades, library, cart, parking lot, vending machine, quiz, tic-tac-toe board."""
from collections import defaultdict, namedtuple, OrderedDict
class Student:
    def __init__(self, name, *marks): self.name, self.marks = name, list(marks)
    @property
    def average(self): return sum(self.marks) / len(self.marks) if self.marks else 0.0
    @property
    def grade(self): return next((g for lim, g in ((90, "A"), (80, "B"), (70, "C"), (60, "D")) if self.average >= lim), "F")
    def __lt__(self, o): return (-self.average, self.name) < (-o.average, o.name)
cls = [Student("Kim", 90, 95, 88), Student("Lee", 72, 65), Student("Max", 59), Student("Nia"), Student("Oli", 91)]
for i, s in enumerate(sorted(cls), 1): print(f"{i}. {s.name:<5}{s.average:7.2f} {s.grade} {'*' * int(s.average // 10)}")
by = defaultdict(list)
for s in cls: by[s.grade].append(s.name)
print(dict(sorted(by.items())), max(cls, key=lambda s: s.average).name, round(sum(s.average for s in cls) / len(cls), 3))
class LibraryError(Exception): pass
class NotAvailable(LibraryError):
    def __init__(self, title, holder): super().__init__(title, holder); self.title, self.holder = title, holder
    def __str__(self): return f"{self.title!r} is lent to {self.holder}"
class Library:
    limit = 2
    def __init__(self, *titles): self.lent = OrderedDict((t, None) for t in titles); self.queue = defaultdict(list)
    def borrow(self, who, title):
        if title not in self.lent: raise LibraryError(f"no {title!r}")
        if (h := self.lent[title]): self.queue[title].append(who); raise NotAvailable(title, h)
        if sum(v == who for v in self.lent.values()) >= self.limit: raise LibraryError(f"{who} has {self.limit} books")
        self.lent[title] = who; return f"{who} takes {title}"
    def bring(self, title):
        self.lent[title] = None
        if self.queue[title]: return self.borrow(self.queue[title].pop(0), title)
        return f"{title} is back"
lib = Library("Dune", "Emma", "Ulysses")
for f, *a in ((lib.borrow, "ann", "Dune"), (lib.borrow, "bob", "Dune"), (lib.borrow, "ann", "Emma"), (lib.borrow, "ann", "Ulysses"), (lib.borrow, "cy", "Zen"), (lib.bring, "Dune"), (lib.bring, "Emma"), (lib.bring, "Dune")):
    try: print(f(*a))
    except NotAvailable as e: print("wait:", e, e.args)
    except LibraryError as e: print("error:", e)
Line = namedtuple("Line", "name price qty", defaults=(1,))
class Cart:
    def __init__(self, *rules): self.lines, self.rules = [], rules
    def __iadd__(self, line): self.lines.append(line if isinstance(line, Line) else Line(*line)); return self
    def __len__(self): return sum(l.qty for l in self.lines)
    def subtotal(self): return sum(l.price * l.qty for l in self.lines)
    def total(self): return round(max(0, self.subtotal() - sum(r(self) for r in self.rules)), 2)
def percent(p, over=0): return lambda c: c.subtotal() * p / 100 if c.subtotal() > over else 0
def three_for_two(name): return lambda c: sum(l.qty // 3 * l.price for l in c.lines if l.name == name)
c = Cart(percent(10, over=50), three_for_two("tea")); c += ("tea", 4.5, 7); c += Line("pot", 29.99); print(len(c), c.subtotal(), c.total(), c.lines[1]._replace(qty=3)); c += ("cup", 1,); print(c.total(), bool(Cart()))
class Lot:
    def __init__(self, **spots): self.free = spots; self.cars = {}
    def park(self, plate, size, t):
        order = ["small", "medium", "large"]
        for s in order[order.index(size):]:
            if self.free.get(s, 0): self.free[s] -= 1; self.cars[plate] = s, t; return s
        return "full"
    def leave(self, plate, t, rate={"small": 1, "medium": 2, "large": 3}): s, t0 = self.cars.pop(plate); self.free[s] += 1; return -(-(t - t0) // 60) * rate[s]
lot = Lot(small=1, large=1); print(lot.park("A1", "small", 0), lot.park("B2", "small", 10), lot.park("C3", "medium", 20), lot.leave("A1", 61), lot.leave("B2", 70), lot.free)
class Vending:
    COINS = (200, 100, 50, 20, 10, 5)
    def __init__(self, stock): self.stock, self.credit, self.till = stock, 0, dict.fromkeys(self.COINS, 2)
    def coin(self, *cs):
        for c in cs:
            if c not in self.COINS: raise ValueError(f"strange coin {c}")
            self.credit += c; self.till[c] += 1
        return self
    def change(self):
        out = []
        for c in self.COINS:
            while self.credit >= c and self.till[c]: self.credit -= c; self.till[c] -= 1; out.append(c)
        return out
    def buy(self, what):
        price, n = self.stock[what]
        if not n: return f"{what} sold out", self.change()
        if self.credit < price: return f"insert {price - self.credit}", []
        self.stock[what] = price, n - 1; self.credit -= price; return what, self.change()
v = Vending({"gum": (35, 1), "bar": (120, 5)}); print(v.coin(20).buy("gum"), v.coin(20, 100).buy("gum"), v.coin(200).buy("bar"), v.coin(50).buy("gum"))
try: v.coin(3)
except ValueError as e: print(e)
rooms = {"hall": {"north": "attic", "east": "cellar"}, "attic": {"south": "hall"}, "cellar": {"west": "hall", "down": "cave"}, "cave": {}}
class Game:
    def __init__(self): self.room, self.bag, self.things, self.over = "hall", set(), {"hall": {"lamp"}, "attic": {"key", "dust"}, "cave": {"gold"}}, False
    def do(self, line):
        verb, *rest = line.lower().split() or [""]
        m = getattr(self, "cmd_" + verb, None)
        if m is None: return f"what is {verb!r}?"
        try: return m(*rest)
        except TypeError: return f"{verb} how?"
    def cmd_go(self, d):
        if d not in rooms[self.room]: return "no way"
        if rooms[self.room][d] == "cave" and "lamp" not in self.bag: return "too dark"
        self.room = rooms[self.room][d]; return f"{self.room}: {', '.join(sorted(self.things.get(self.room, ()))) or 'nothing'}"
    def cmd_take(self, t):
        if t not in self.things.get(self.room, ()): return f"no {t}"
        self.things[self.room].remove(t); self.bag.add(t); self.over = t == "gold"; return f"taken {t}"
    def cmd_bag(self): return " ".join(sorted(self.bag)) or "empty"
g = Game()
for l in "go east;go down;go west;take lamp;take sword;go north;take key;go up;go;dance;bag;;go south;go east;go down;take gold;bag".split(";"):
    print(">", l, "|", g.do(l), "| won" if g.over else "")
