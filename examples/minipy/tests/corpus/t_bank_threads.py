"""Threads moving money about; the sum stays the same."""
import threading
import time

class Account:
    def __init__(self, name, balance):
        self.name = name
        self.balance = balance
        self.lock = threading.Lock()

def transfer(a, b, amount):
    first, second = (a, b) if a.name < b.name else (b, a)
    with first.lock:
        with second.lock:
            if a.balance < amount:
                return False
            a.balance -= amount
            b.balance += amount
            return True

accounts = [Account(n, 1000) for n in "ABCD"]
results = {"ok": 0, "refused": 0}
results_lock = threading.Lock()

def worker(seed):
    state = seed
    ok = refused = 0
    for _ in range(400):
        state = (state * 1103515245 + 12345) % (1 << 31)
        a, b = accounts[state % 4], accounts[(state // 4 % 3 + state % 4 + 1) % 4]
        if transfer(a, b, state // 16 % 300):
            ok += 1
        else:
            refused += 1
    with results_lock:
        results["ok"] += ok
        results["refused"] += refused

threads = [threading.Thread(target=worker, args=(s,)) for s in range(1, 6)]
for t in threads: t.start()
for t in threads: t.join()
print("total", sum(a.balance for a in accounts), "tries", sum(results.values()))
print("no debts", all(a.balance >= 0 for a in accounts))

class ATM:
    """Several withdrawals at once from one account: only as many succeed as it can pay."""
    def __init__(self, cash): self.cash, self.cond, self.log = cash, threading.Condition(), []
    def withdraw(self, n):
        with self.cond:
            if self.cash >= n: self.cash -= n; self.log.append(n); return True
            return False
    def wait_for(self, n):
        with self.cond:
            self.cond.wait_for(lambda: self.cash >= n); self.cash -= n; self.log.append(-n)
    def fill(self, n):
        with self.cond: self.cash += n; self.cond.notify_all()
atm = ATM(500); wins = []
ts = [threading.Thread(target=lambda: wins.append(atm.withdraw(70))) for _ in range(20)]
for t in ts: t.start()
for t in ts: t.join()
print(wins.count(True), wins.count(False), atm.cash)
w = [threading.Thread(target=atm.wait_for, args=(100,)) for _ in range(3)]
for t in w: t.start()
time.sleep(0.01); print(sum(t.is_alive() for t in w))
atm.fill(290)
for t in w: t.join()
print(atm.cash, sorted(atm.log)[:3])
daily = threading.Semaphore(3); inside = []; peak = []; L = threading.Lock()
def visit(k):
    with daily:
        with L: inside.append(k); peak.append(len(inside))
        time.sleep(0.001)
        with L: inside.remove(k)
ts = [threading.Thread(target=visit, args=(k,)) for k in range(10)]
for t in ts: t.start()
for t in ts: t.join()
print(max(peak) <= 3, inside, len(peak))
