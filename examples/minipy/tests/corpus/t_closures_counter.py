"""Simple closures, one idea at a time."""
def make_counter(start=0, step=1):
    value = start

    def increment():
        nonlocal value
        value += step
        return value

    def reset():
        nonlocal value
        value = start

    return increment, reset

inc, reset = make_counter(10, 5)
print(inc(), inc(), inc())
reset()
print(inc())

other, _ = make_counter()
print(other(), other(), inc())

def make_multipliers():
    return [lambda x, n=n: x * n for n in range(4)]

for m in make_multipliers():
    print(m(10), end=" ")
print()

def average():
    numbers = []

    def add(n):
        numbers.append(n)
        return sum(numbers) / len(numbers)
    return add

avg = average()
print(avg(10), avg(20), avg(60))

def make_account(balance):
    def deposit(n):
        nonlocal balance
        balance += n
        return balance

    def withdraw(n):
        nonlocal balance
        if n > balance:
            return "refused"
        balance -= n
        return balance
    return {"deposit": deposit, "withdraw": withdraw, "peek": lambda: balance}

acc = make_account(100)
print(acc["deposit"](50), acc["withdraw"](500), acc["withdraw"](30), acc["peek"]())

def outer():
    x = 1
    def middle():
        y = 2
        def inner():
            return x + y + z
        z = 3
        return inner
    fn = middle()
    x = 100
    return fn
print(outer()())

def logger(prefix):
    lines = []
    def log(msg, *args, level="info"):
        lines.append(f"{prefix}[{level}] {msg % args if args else msg}")
        return len(lines)
    log.lines = lines
    return log
log = logger("app")
log("started")
log("%d items of %s", 3, "tea", level="debug")
print(log.lines, log("bye"))

class Holder:
    def __init__(self, n):
        self.get = lambda: n
        self.set = self.make_set()
        self.n = n
    def make_set(self):
        def s(v):
            self.n = v
            return self
        return s
h = Holder(5)
print(h.get(), h.set(9).n, h.get())
def gen_funcs():
    for i in range(3):
        yield lambda: i
print([f() for f in gen_funcs()], [f() for f in list(gen_funcs())])
