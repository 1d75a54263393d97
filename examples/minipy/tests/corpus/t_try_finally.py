"""try / except / else / finally, narrated."""
def narrate(kind):
    log = []
    try:
        log.append("try")
        if kind == "value": raise ValueError("v")
        if kind == "key": {}["k"]
        if kind == "return": return log
        log.append("end of try")
    except ValueError as e:
        log.append(f"except {e}")
    except KeyError as e:
        log.append(f"except key {e}")
        raise RuntimeError("converted") from e
    else:
        log.append("else")
    finally:
        log.append("finally")
    log.append("after")
    return log
for k in ("none", "value", "return"): print(k, narrate(k))
try: narrate("key")
except RuntimeError as e: print(e, "from", repr(e.__cause__))

def loop():
    out = []
    for i in range(6):
        try:
            if i == 1: continue
            if i == 4: break
            if i == 2: raise IndexError(i)
            out.append(f"body{i}")
        except IndexError as e:
            out.append(f"caught{e}")
            continue
        else:
            out.append(f"else{i}")
        finally:
            out.append(f"fin{i}")
        out.append(f"tail{i}")
    return out
print(loop())

def nested():
    order = []
    try:
        try:
            try:
                order.append(1); raise KeyError("a")
            finally:
                order.append(2)
        except ValueError:
            order.append("wrong")
        finally:
            order.append(3)
    except KeyError:
        order.append(4)
    return order
print(nested())

def return_order():
    def say(x): print("say", x); return x
    try: return say("try")
    finally: say("finally")
print(return_order())

def override():
    for _ in range(3):
        try: return "from try"
        finally: continue
    return "after loop"
print(override())

def gen():
    try:
        yield 1
        yield 2
    except GeneratorExit:
        print("gen exit"); raise
    finally:
        print("gen finally")
for v in gen():
    print(v)
    break

class MyErr(Exception):
    def __init__(self, code, **info): super().__init__(f"code {code}"); self.code = code; self.info = info
try: raise MyErr(5, who="me")
except MyErr as e: print(e, e.code, e.info, e.args)

def deep():
    try: raise ValueError("low")
    except ValueError as e: raise TypeError("mid") from e
try:
    try: deep()
    except TypeError as e: raise MyErr(1) from e
except MyErr as e:
    chain = []
    while e: chain.append(f"{type(e).__name__}({e})"); e = e.__cause__
    print(" <- ".join(chain))

def cleanup_stack(*fs):
    errors = []
    for f in fs:
        try: f()
        except Exception as e: errors.append(e)
    return errors
print(cleanup_stack(lambda: 1 / 0, lambda: None, lambda: [][1], lambda: int("x")))
try:
    try: raise ValueError("first")
    finally: raise KeyError("second")
except KeyError as e: print(repr(e), repr(e.__context__))
def exc_in_except():
    try: undefined_thing
    except NameError:
        try: 1 / 0
        except ZeroDivisionError as z: return type(z.__context__).__name__
print(exc_in_except())
try: pass
except: print("no")
else: print("clean")
try: raise Exception("bare")
except: print("bare except works")
x = 0
while True:
    try:
        x += 1
        if x < 3: continue
        break
    finally: print("x", x)
with_result = []
class Guard:
    def __enter__(self): with_result.append("in"); return self
    def __exit__(self, t, v, tb): with_result.append(t.__name__ if t else None); return t is ZeroDivisionError
def guarded(n):
    with Guard():
        return 10 // n
    return "suppressed"
print(guarded(5), guarded(0), with_result)
