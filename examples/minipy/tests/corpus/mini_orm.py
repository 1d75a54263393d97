"""A tiny object-relational mapper in memory, from descriptors and __init_subclass__."""
class ValidationError(Exception): pass
class Field:
    kind = object
    def __init__(self, *, default=None, required=False, check=None): self.default, self.required, self.check = default, required, check
    def __set_name__(self, owner, name): self.name = name
    def __get__(self, obj, owner):
        if obj is None: return self
        return obj._data.get(self.name, self.default)
    def __set__(self, obj, v):
        if v is not None and not isinstance(v, self.kind): raise ValidationError(f"{type(obj).__name__}.{self.name}: {v!r} is not {self.kind.__name__}")
        if self.check and v is not None and not self.check(v): raise ValidationError(f"{self.name}: {v!r} rejected")
        obj._data[self.name] = v; obj._dirty.add(self.name)
    def __eq__(self, v): return Cond(self.name, "==", v)
    def __gt__(self, v): return Cond(self.name, ">", v)
    def __lt__(self, v): return Cond(self.name, "<", v)
    __hash__ = object.__hash__
class Text(Field): kind = str
class Int(Field): kind = int
class Ref(Field):
    def __init__(self, model): super().__init__(); self.model = model
    def __get__(self, obj, owner): return self if obj is None else self.model.get(obj._data.get(self.name))
    def __set__(self, obj, v): obj._data[self.name] = v.id if isinstance(v, Model) else v
class Cond:
    OPS = {"==": lambda a, b: a == b, ">": lambda a, b: a is not None and a > b, "<": lambda a, b: a is not None and a < b}
    def __init__(self, name, op, v): self.test = lambda o: self.OPS[op](getattr(o, name), v); self.text = f"{name} {op} {v!r}"
    def __and__(self, o): c = Cond.__new__(Cond); c.test = lambda x: self.test(x) and o.test(x); c.text = f"({self.text} and {o.text})"; return c
    def __or__(self, o): c = Cond.__new__(Cond); c.test = lambda x: self.test(x) or o.test(x); c.text = f"({self.text} or {o.text})"; return c
    def __invert__(self): c = Cond.__new__(Cond); c.test = lambda x: not self.test(x); c.text = f"not {self.text}"; return c
    def __repr__(self): return self.text
class Query:
    def __init__(self, model, conds=(), order=None, lim=None): self.model, self.conds, self.order, self.lim = model, tuple(conds), order, lim
    def where(self, *c): return Query(self.model, self.conds + c, self.order, self.lim)
    def by(self, name): return Query(self.model, self.conds, name, self.lim)
    def limit(self, n): return Query(self.model, self.conds, self.order, n)
    def __iter__(self):
        rows = [r for r in self.model._rows.values() if all(c.test(r) for c in self.conds)]
        if self.order: rows.sort(key=lambda r: getattr(r, self.order.lstrip("-")), reverse=self.order.startswith("-"))
        return iter(rows[:self.lim])
    def __len__(self): return len(list(iter(self)))
    def first(self): return next(iter(self), None)
class Model:
    models = {}
    def __init_subclass__(cls, table=None, **kw):
        super().__init_subclass__(**kw); cls._rows, cls._seq = {}, 0; cls.table = table or cls.__name__.lower() + "s"
        cls._fields = {n: f for k in reversed(cls.__mro__) for n, f in vars(k).items() if isinstance(f, Field)}; Model.models[cls.table] = cls
    def __init__(self, **kw):
        self._data, self._dirty, self.id = {}, set(), None
        if bad := sorted(set(kw) - set(self._fields)): raise TypeError(f"unknown fields {bad}")
        for k, v in kw.items(): setattr(self, k, v)
    def save(self):
        for n, f in self._fields.items():
            if f.required and self._data.get(n) is None: raise ValidationError(f"{n} is required")
        if self.id is None: type(self)._seq += 1; self.id = self._seq
        self._rows[self.id] = self; self._dirty.clear(); return self
    def delete(self): del self._rows[self.id]
    @classmethod
    def get(cls, pk): return cls._rows.get(pk)
    @classmethod
    def query(cls, *c): return Query(cls, c)
    def __repr__(self): return f"{type(self).__name__}#{self.id}({', '.join(f'{n}={self._data.get(n)!r}' for n in self._fields)})"
class Author(Model): name = Text(required=True); born = Int(check=lambda v: v > 0)
class Book(Model, table="library"): title = Text(); pages = Int(default=0); author = Ref(Author)
class Novel(Book): genre = Text(default="fiction")
a = Author(name="Lin", born=1950).save(); b = Author(name="Ode", born=1980).save()
for t, p, w in (("One", 100, a), ("Two", 250, b), ("Three", 300, a), ("Four", 50, b)): Book(title=t, pages=p, author=w).save()
print(a, Model.models.keys() == {"authors", "library", "novels"}, Book.get(1).author.name, list(Novel._fields))
print([x.title for x in Book.query(Book.pages > 90).by("-pages")], [x.title for x in Book.query((Book.pages < 60) | (Book.title == "Two"))], Book.query().where(Book.pages > 50).where(~(Book.title == "Two")).by("title").limit(1).first(), (Book.pages > 5) & ~(Book.title == "x"), len(Book.query()))
b.born = 1981; print(sorted(b._dirty), b.save()._dirty, Novel(title="N").save().genre, Book.get(99), Author.query(Author.name == "zz").first())
for f in (lambda: Author().save(), lambda: Author(name=5), lambda: Author(name="x", born=-1), lambda: Book(colour=1), lambda: setattr(a, "born", "old")):
    try: f()
    except (ValidationError, TypeError) as e: print(type(e).__name__, e)
Book.get(2).delete(); print([x.id for x in Book.query()])
