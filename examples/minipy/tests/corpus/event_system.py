"""Events, observers, a state machine and an undo stack."""
from collections import defaultdict
import weakref
class Emitter:
    def __init__(self): self._subs = defaultdict(list)
    def on(self, event, fn=None, *, priority=0):
        if fn is None: return lambda f: self.on(event, f, priority=priority)
        self._subs[event].append((priority, len(self._subs[event]), fn)); self._subs[event].sort(key=lambda t: (-t[0], t[1])); return fn
    def once(self, event, fn):
        def wrapper(*a, **k): self.off(event, wrapper); return fn(*a, **k)
        return self.on(event, wrapper)
    def off(self, event, fn): self._subs[event] = [t for t in self._subs[event] if t[2] is not fn]
    def emit(self, event, *a, **k): return [fn(*a, **k) for _, _, fn in list(self._subs[event])]
em = Emitter()
@em.on("greet")
def hello(name): return f"hello {name}"
@em.on("greet", priority=5)
def first(name): return f"first {name}"
em.once("greet", lambda name: f"once {name}")
print(em.emit("greet", "a")); print(em.emit("greet", "b")); em.off("greet", hello); print(em.emit("greet", name="c"), em.emit("nothing"))
class Subject:
    def __init__(self): self._obs = []; self._v = 0
    def attach(self, o): self._obs.append(weakref.ref(o)); return self
    @property
    def value(self): return self._v
    @value.setter
    def value(self, v):
        old, self._v = self._v, v
        for r in self._obs[:]:
            o = r()
            if o is None: self._obs.remove(r)
            else: o.update(old, v)
class Obs:
    def __init__(self, n): self.n = n; self.seen = []
    def update(self, old, new): self.seen.append((old, new))
s = Subject(); a, b = Obs("a"), Obs("b"); s.attach(a).attach(b); s.value = 5; del b; s.value = 7; print(a.seen, len(s._obs))
class Invalid(Exception): pass
class Machine:
    table = {("idle", "start"): "running", ("running", "pause"): "paused", ("paused", "start"): "running", ("running", "stop"): "idle", ("paused", "stop"): "idle"}
    def __init__(self): self.state = "idle"; self.trail = []
    def fire(self, ev):
        try: new = self.table[self.state, ev]
        except KeyError: raise Invalid(f"cannot {ev} while {self.state}") from None
        for hook in (f"exit_{self.state}", f"enter_{new}"):
            if (m := getattr(self, hook, None)): m(ev)
        self.state = new
    def enter_running(self, ev): self.trail.append(f"->running by {ev}")
    def exit_running(self, ev): self.trail.append(f"running-> by {ev}")
m = Machine()
for ev in "start pause stop stop start start stop".split():
    try: m.fire(ev); print(ev, m.state)
    except Invalid as e: print("!", e)
print(m.trail)
class Editor:
    def __init__(self): self.text = ""; self.done, self.undone = [], []
    def do(self, cmd): cmd.apply(self); self.done.append(cmd); self.undone.clear(); return self
    def undo(self):
        if self.done: c = self.done.pop(); c.revert(self); self.undone.append(c)
        return self
    def redo(self):
        if self.undone: c = self.undone.pop(); c.apply(self); self.done.append(c)
        return self
class Insert:
    def __init__(self, at, s): self.at, self.s = at, s
    def apply(self, e): e.text = e.text[:self.at] + self.s + e.text[self.at:]
    def revert(self, e): e.text = e.text[:self.at] + e.text[self.at + len(self.s):]
class Delete(Insert):
    def __init__(self, at, n): self.at, self.n = at, n
    def apply(self, e): self.s = e.text[self.at:self.at + self.n]; Insert.revert(self, e)
    def revert(self, e): Insert.apply(self, e)
e = Editor().do(Insert(0, "hello world")).do(Delete(5, 6)).do(Insert(5, "!")); print(e.text); print(e.undo().undo().text, "|", e.redo().text, "|", e.undo().undo().undo().text, "|", e.redo().text, "|", e.do(Insert(0, ">")).redo().text)
