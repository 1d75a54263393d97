"""Plugin registry, pipelines by generators and send, mixins, abstract bases, factories."""
class Registry:
    def __init__(self): self._p = {}
    def register(self, name=None, **meta):
        def deco(obj):
            key = name or obj.__name__.lower()
            if key in self._p: raise KeyError(f"{key} already registered")
            self._p[key] = (obj, meta); return obj
        if callable(name): obj, name = name, None; return deco(obj)
        return deco
    def __getitem__(self, k): return self._p[k][0]
    def __iter__(self): return iter(sorted(self._p))
    def meta(self, k): return self._p[k][1]
reg = Registry()
@reg.register
def Upper(s): return s.upper()
@reg.register("rev", version=2)
def reverse(s): return s[::-1]
@reg.register(version=3, author="me")
class Title:
    def __call__(self, s): return s.title()
try:
    @reg.register("rev")
    def again(s): pass
except KeyError as e: print("KeyError", e)
print(list(reg), reg["upper"]("abc"), reg["rev"]("abc"), reg["title"]()("a b"), reg.meta("title"), reg.meta("upper"))
class Stage:
    def __init__(self, fn): self.fn = fn
    def __or__(self, o): return Stage(lambda it: o.fn(self.fn(it)))
    def __ror__(self, it): return self.fn(it)
def stage(f): return lambda *a, **k: Stage(lambda it: f(it, *a, **k))
@stage
def where(it, p): return (v for v in it if p(v))
@stage
def each(it, f): return (f(v) for v in it)
@stage
def take(it, n):
    for i, v in enumerate(it):
        if i >= n: return
        yield v
@stage
def chunk(it, n):
    buf = []
    for v in it:
        buf.append(v)
        if len(buf) == n: yield buf; buf = []
    if buf: yield buf
def naturals():
    n = 0
    while True: yield n; n += 1
print(list(naturals() | where(lambda v: v % 3 == 0) | each(lambda v: v * v) | take(6)), list(range(7) | chunk(3)), list(range(9) | (where(lambda v: v > 4) | each(str))))
def collector():
    out = []
    while True:
        item = yield list(out)
        if item is None: return out
        out.append(item)
def sender(target, items):
    next(target)
    for i in items: last = target.send(i)
    try: target.send(None)
    except StopIteration as e: return last, e.value
print(sender(collector(), "abc"))
def tokenizer(): 
    word, count = "", 0
    while (ch := (yield count)) is not None:
        if ch == " ": count += bool(word); word = ""
        else: word += ch
    return count + bool(word)
def drive(text):
    def outer(): r = yield from tokenizer(); print("words:", r)
    g = outer(); next(g)
    for c in text: g.send(c)
    try: g.send(None)
    except StopIteration: pass
drive("the quick  brown fox")
class Shape:
    def area(self): raise NotImplementedError(f"{type(self).__name__}.area")
    def __str__(self): return f"{type(self).__name__} of {self.area():.2f}"
class Named:
    def __init__(self, *a, name="unnamed", **k): self.name = name; super().__init__(*a, **k)
class Loud:
    def __str__(self): return super().__str__().upper() + "!"
class Rect(Shape):
    def __init__(self, w, h): self.w, self.h = w, h
    def area(self): return self.w * self.h
class Square(Rect):
    def __init__(self, s): super().__init__(s, s)
class Circle(Shape):
    def __init__(self, r): self.r = r
    def area(self): return 3.14159 * self.r ** 2
class LoudNamedSquare(Loud, Named, Square):
    def __str__(self): return f"{self.name}: {super().__str__()}"
print(Rect(2, 3), Square(2), Circle(1), LoudNamedSquare(3, name="bob"), [k.__name__ for k in LoudNamedSquare.__mro__])
try: print(Shape())
except NotImplementedError as e: print("NotImplementedError", e)
def factory(kind, *a, _kinds={k.__name__.lower(): k for k in (Rect, Square, Circle)}): return _kinds[kind](*a)
print(factory("rect", 1, 2).area(), sorted([factory("square", 2), factory("circle", 1)], key=lambda s: s.area())[0], sum(s.area() for s in map(Square, range(4))))
class Chain:
    def __init__(self): self.ops = []
    def __getattr__(self, name):
        if name.startswith("__"): raise AttributeError(name)
        def call(*a): self.ops.append((name, a)); return self
        return call
    def run(self, v):
        for n, a in self.ops: v = getattr(v, n)(*a)
        return v
print(Chain().strip().upper().replace("A", "4").split(",").run("  a,b,ca "))
class Meta(dict):
    __getattr__ = dict.__getitem__
    __setattr__ = dict.__setitem__
m = Meta(a=1); m.b = 2; print(m, m.a + m.b, m["b"])
try: m.zz
except KeyError as e: print("KeyError", e)
class Builder:
    def __init__(self): self._p = []
    def add(self, tag, text="", **attrs): self._p.append(f"<{tag}" + "".join(f' {k.rstrip("_")}="{v}"' for k, v in attrs.items()) + f">{text}</{tag}>"); return self
    def build(self): return "".join(self._p)
print(Builder().add("p", "hi", class_="x", id=3).add("br").build())
