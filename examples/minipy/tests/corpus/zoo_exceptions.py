"""Exceptions: raising, chaining, finally, flow."""
class AppError(Exception): pass
class CodeError(AppError):
    def __init__(self, code, msg="default"): super().__init__(code, msg); self.code = code; self.msg = msg
    def __str__(self): return f"[{self.code}] {self.msg}"
def tryit(f, *a):
    try: r = f(*a)
    except CodeError as e: return "code", e.code, str(e), repr(e), e.args
    except (KeyError, IndexError) as e: return "lookup", type(e).__name__, str(e), repr(e), isinstance(e, LookupError)
    except ArithmeticError as e: return "arith", type(e).__name__, str(e)
    except Exception as e: return "other", type(e).__name__, str(e), repr(e), e.args
    else: return "ok", r
    finally: print("finally", end=" ")
def rz(e): raise e
for e in (CodeError(5), CodeError(6, "m"), KeyError("k"), KeyError(), IndexError("i"), ZeroDivisionError("z"), OverflowError("o"), ValueError(), ValueError("a", 1), ValueError("one"), TypeError, AppError("app"), StopIteration(3), AssertionError("as"), NotImplementedError("ni"), RuntimeError("r"), OSError(2, "nope"), FileNotFoundError("f"), Exception(None), Exception([1])): print(tryit(rz, e))
print(tryit(lambda: 1), tryit(rz, 5), tryit(rz, None), tryit(rz, int))
def assertion(x): assert x > 0, f"x was {x}"; assert x < 10; return x
print(tryit(assertion, 5), tryit(assertion, -1), tryit(assertion, 50))
try:
    try: {}["a"]
    except KeyError as e: raise ValueError("wrapped") from e
except ValueError as e: print(e, repr(e.__cause__), e.__cause__ is e.__context__, e.__suppress_context__)
try:
    try: 1 / 0
    except ZeroDivisionError: raise ValueError("during")
except ValueError as e: print(e, repr(e.__context__), e.__cause__, e.__suppress_context__)
try:
    try: 1 / 0
    except ZeroDivisionError: raise ValueError("hidden") from None
except ValueError as e: print(e, e.__cause__, e.__suppress_context__, type(e.__context__).__name__)
try:
    try: raise KeyError("orig")
    except KeyError: print("re-raising"); raise
except KeyError as e: print("got", e, e.args)
try: raise
except RuntimeError as e: print(e)
e = "outer"
try: raise ValueError
except ValueError as e: pass
try: print(e)
except NameError as n: print("NameError:", n)
def f1():
    try: return "try"
    finally: print("f1 finally")
def f2():
    try: return "try"
    finally: return "finally wins"
def f3():
    for i in range(5):
        try:
            if i == 1: continue
            if i == 3: break
            print("body", i)
        finally: print("fin", i)
    else: print("never")
    return i
def f4():
    while True:
        try: 1 / 0
        except ZeroDivisionError: return "handler"
        finally: break
    return "after break"
def f5():
    x = 1
    try: return x
    finally: x = 2
def f6():
    try:
        try: raise ValueError("inner")
        finally: print("inner finally")
    except ValueError as e: return f"caught {e}"
    else: return "else"
    finally: print("outer finally")
def f7():
    for i in range(3):
        try: pass
        except ValueError: pass
        else: print("else", i)
        finally: print("fin", i)
    else: return "loop else"
def f8():
    try: raise ValueError("lost")
    finally: return "swallowed"
def f9():
    def g():
        try: yield 1; yield 2
        finally: print("gen cleanup")
    for v in g(): break
    return v
for f in (f1, f2, f3, f4, f5, f6, f7, f8, f9): print(f.__name__, f())
def depth(n):
    try:
        if n == 0: raise ValueError("bottom")
        depth(n - 1)
    finally: print("unwind", n, end=" ")
try: depth(4)
except ValueError as e: print(e, e.__traceback__ is not None)
def which(e, *kinds):
    try: raise e
    except kinds as x: return "caught " + type(x).__name__
    except BaseException as x: return "base " + type(x).__name__
print(which(KeyError(), KeyError, ValueError), which(KeyError(), LookupError), which(TypeError(), ValueError), which(KeyboardInterrupt(), Exception), which(SystemExit(3), Exception), which(GeneratorExit(), Exception), which(UnicodeDecodeError("utf-8", b"x", 0, 1, "r"), ValueError), which(ModuleNotFoundError(), ImportError), which(RecursionError(), RuntimeError), which(UnboundLocalError(), NameError), which(ConnectionError(), OSError), which(FileNotFoundError(), OSError))
try:
    try: raise ValueError(1)
    except 5: pass
except TypeError as e: print(e)
try: import not_there_at_all
except ImportError as e: print(type(e).__name__, e)
try: from math import nothing_here
except ImportError as e: print(type(e).__name__, str(e)[:45])
try: open("/no/such/file")
except FileNotFoundError as e: print(e, e.errno)
err = ValueError("with note"); err.extra = 5; print(err.extra, err == err, ValueError("a") == ValueError("a"), str(Exception()), str(Exception(1, 2)), bool(Exception()))
err.add_note("n1"); print(err.__notes__, err.with_traceback(None) is err)
try: raise CodeError
except TypeError as e: print(str(e).replace("CodeError.", ""))
class Quiet:
    def __enter__(self): return self
    def __exit__(self, t, v, tb): print("exit", t and t.__name__, v, tb is not None); return t is ValueError
with Quiet(): raise ValueError("muted")
try:
    with Quiet() as a, Quiet() as b: raise TypeError("loud")
except TypeError as e: print("out", e)
def gen():
    while True:
        try: x = yield
        except ValueError as e: print("gen got", e)
        except GeneratorExit: print("closing"); raise
g = gen(); next(g); g.throw(ValueError("thrown")); g.close()
try: g.throw(KeyError("dead"))
except KeyError as e: print("dead gen", e)
def bad():
    yield 1
    raise StopIteration("x")
try: list(bad())
except RuntimeError as e: print(e, repr(e.__cause__))
errors = []
for v in ("1", "x", None, "2.5", [], "7"):
    try: errors.append(int(v))
    except (ValueError, TypeError) as e: errors.append(type(e).__name__)
print(errors)
