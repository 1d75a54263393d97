# generators & exceptions
def gen():
    try:
        x = yield 1
        print("got", x)
        try:
            y = yield 2
            print("got", y)
        except ValueError as e:
            print("caught", e)
            z = yield "handled"
            print("z", z)
        yield from inner()
        return "result"
    finally:
        print("cleanup")
def inner():
    try:
        r = yield "in1"
        print("inner got", r)
        r = yield "in2"
    except KeyError as e:
        print("inner caught", repr(e))
        yield "after"
    return "inner-res"
g = gen()
print(next(g), g.send("A"), g.throw(ValueError("bad")), g.send("Z"), g.send("I"), g.throw(KeyError("k")))
try: next(g)
except StopIteration as e: print("stop", e.value, e.args)
g = gen(); next(g); g.close(); g.close()
try: g.send(3)
except StopIteration as e: print("stopped", e.value)
g = gen()
try: g.send(3)
except TypeError as e: print(e)
def bad():
    try: yield 1
    finally: yield 2
b = bad(); next(b)
try: b.close()
except RuntimeError as e: print(e)
def raises_stop():
    yield 1
    raise StopIteration("x")
try: list(raises_stop())
except RuntimeError as e: print(e, repr(e.__cause__))
def deleg():
    r = yield from [1, 2]
    print(r)
    r = yield from (i for i in "ab")
    r = yield from sub()
    print("sub ->", r)
def sub():
    yield "s"
    return 99
print(list(deleg()))
g = gen()
print(g.gi_frame is not None, g.__name__, g.__qualname__, type(g).__name__)
def self_run():
    yield next(it)
it = self_run()
try: next(it)
except ValueError as e: print(e)
def f():
    for i in range(3):
        try:
            if i == 1: continue
            if i == 2: break
            print("body", i)
        finally:
            print("fin", i)
    else: print("no")
    try: return "ret"
    finally: print("last")
print(f())
def f2():
    try: return 1
    finally: return 2
def f3():
    while True:
        try: 1 / 0
        except ZeroDivisionError: break
        finally: print("f3 fin")
    return "out"
def f4():
    for i in range(2):
        try: raise KeyError(i)
        except KeyError: continue
        finally: print("f4", i)
    try:
        try: raise ValueError("a")
        finally: print("inner fin")
    except ValueError as e: return str(e)
    else: return "else"
print(f2(), f3(), f4())
class MyErr(Exception):
    def __init__(self, code, msg="dflt"):
        super().__init__(code, msg); self.code = code
    def __str__(self): return f"[{self.code}]"
try: raise MyErr(4)
except MyErr as e: print(e, repr(e), e.args, e.code)
try:
    try: {}["k"]
    except KeyError as e: raise MyErr(1) from e
except MyErr as e: print(repr(e.__cause__), repr(e.__context__), e.__suppress_context__)
try:
    try: 1 / 0
    except ZeroDivisionError: undefined
except NameError as e: print(e, repr(e.__context__), e.__cause__, e.name)
try:
    try: 1 / 0
    except ZeroDivisionError: raise ValueError from None
except ValueError as e: print(repr(e), e.__suppress_context__, repr(e.__context__))
try: raise MyErr
except TypeError as e: print(e)
try: raise 5
except TypeError as e: print(e)
try: raise ValueError("x") from 5
except TypeError as e: print(e)
try:
    try: raise ValueError
    except 5: pass
except TypeError as e: print(e)
try:
    assert 1 > 2, ("tuple", 3)
except AssertionError as e: print(e, e.args)
try: assert False
except AssertionError as e: print(repr(e), str(e) == "")
e = ValueError(1, 2); print(e, repr(e), str(ValueError()), repr(ValueError("a")), str(KeyError("a")), KeyError("a", 1))
try:
    e = "shadow"
    try: raise ValueError
    except ValueError as e: pass
    print(e)
except NameError as err: print(err)
def reraise():
    try: raise OSError(2, "No such")
    except OSError as x:
        print(x, x.errno, x.strerror, x.args)
        raise
try: reraise()
except Exception as x: print(type(x), isinstance(x, OSError), type(x).__mro__)
try:
    raise
except RuntimeError as x: print(x)
class Ctx:
    def __init__(self, n, sw=False): self.n, self.sw = n, sw
    def __enter__(self): print("enter", self.n); return self.n
    def __exit__(self, t, v, tb): print("exit", self.n, t and t.__name__, v, tb is None); return self.sw
with Ctx(1) as a, Ctx(2, True) as b:
    print(a, b); raise ValueError("in with")
try:
    with Ctx(1), Ctx(2): raise KeyError("esc")
except KeyError as x: print("esc", x)
def wf():
    for i in range(3):
        with Ctx(i):
            if i == 0: continue
            return i
print(wf())
with (Ctx("p") as p, Ctx("q") as q): print(p, q)
try:
    with 5: pass
except (TypeError, AttributeError) as x: print(type(x).__name__, x)
eg = None
try:
    x = int("zz")
except (TypeError, ValueError) as eg2: print(eg2)
else: print("no")
finally: print("fin")
x = ValueError("n"); x.add_note("note1"); print(x.__notes__)
print(ValueError("a").with_traceback(None).args)
def nested():
    try:
        try: raise KeyError("one")
        finally:
            try: raise ValueError("two")
            except ValueError as v: print(repr(v.__context__))
    except KeyError as k: print(repr(k), k.__context__)
nested()
import sys
try: 1/0
except ZeroDivisionError: print(sys.exc_info()[0].__name__, sys.exc_info()[1])
print(sys.exc_info())
def rec(n): return rec(n + 1)
try: rec(0)
except RecursionError as x: print(x)
try: [].pop()
except IndexError as x: print(x)
try: (lambda: (yield))().throw(ValueError)
except ValueError as x: print(repr(x))
raise SystemExit(0)
