"""Bank accounts: inheritance, properties, exceptions, threads."""
import threading
class InsufficientFunds(Exception):
    def __init__(self, need, have):
        super().__init__(f"need {need}, have {have}")
        self.need, self.have = need, have
class Account:
    _next = 1000
    def __init__(self, owner, balance=0):
        Account._next += 1
        self.number, self.owner, self._balance = Account._next, owner, balance
        self.history = []; self.lock = threading.RLock()
    @property
    def balance(self): return self._balance
    def deposit(self, amount):
        if amount <= 0: raise ValueError("deposit must be positive")
        with self.lock: self._balance += amount; self.history.append(("deposit", amount))
    def withdraw(self, amount):
        with self.lock:
            if amount > self.available(): raise InsufficientFunds(amount, self.available())
            self._balance -= amount; self.history.append(("withdraw", amount))
    def available(self): return self._balance
    def __repr__(self): return f"<{type(self).__name__} {self.number} {self.owner}: {self._balance:,.2f}>"
    def __lt__(self, other): return self._balance < other._balance
class Savings(Account):
    def __init__(self, owner, balance=0, *, rate=0.02): super().__init__(owner, balance); self.rate = rate
    def add_interest(self): self.deposit(round(self._balance * self.rate, 2))
class Checking(Account):
    limit = 100
    def available(self): return super().available() + self.limit
class Bank:
    def __init__(self): self.accounts = {}
    def open(self, kind, *a, **k): acc = kind(*a, **k); self.accounts[acc.number] = acc; return acc
    def transfer(self, src, dst, amount):
        first, second = sorted((src, dst))
        with self.accounts[first].lock, self.accounts[second].lock:
            self.accounts[src].withdraw(amount); self.accounts[dst].deposit(amount)
    def total(self): return sum(a.balance for a in self.accounts.values())
    def __iter__(self): return iter(sorted(self.accounts.values()))
bank = Bank()
a, b, c = bank.open(Savings, "Ann", 1000, rate=0.05), bank.open(Checking, "Bob", 50), bank.open(Account, "Cy")
a.add_interest(); b.withdraw(120); print(a, b, c, b.balance)
for f in (lambda: b.withdraw(100), lambda: c.deposit(-5), lambda: setattr(a, "balance", 1), lambda: bank.transfer(a.number, 9, 1)):
    try: f()
    except InsufficientFunds as e: print("funds:", e, e.need - e.have)
    except (ValueError, AttributeError, KeyError) as e: print(type(e).__name__, e if not isinstance(e, AttributeError) else "")
bank.transfer(a.number, c.number, 250); print([x.owner for x in bank], bank.total(), a.history)
for x in (a, b, c): x.deposit(10_000)
before = bank.total(); nums = sorted(bank.accounts)
def shuffle(k):
    for i in range(500):
        try: bank.transfer(nums[(i + k) % 3], nums[(i * 2 + k + 1) % 3] if (i * 2 + k + 1) % 3 != (i + k) % 3 else nums[(i + k + 1) % 3], i % 50 + 1)
        except InsufficientFunds: pass
ts = [threading.Thread(target=shuffle, args=(k,)) for k in range(4)]
for t in ts: t.start()
for t in ts: t.join()
print("conserved:", bank.total() == before, len(a.history) + len(b.history) + len(c.history))
