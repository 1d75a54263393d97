"""producer_consumer.py -- a pipeline of queues.

Producers put orders on a bounded queue, packers price them and pass them on,
and a single clerk writes the ledger.  None marks the end of a stream.
"""

import queue
import threading

PRODUCERS = 3
PACKERS = 4
ORDERS = 200

PRICES = {"tea": 3, "bread": 2, "honey": 7, "salt": 1}


def produce(number, orders):
    goods = sorted(PRICES)
    for i in range(ORDERS):
        item = goods[(i * 5 + number) % len(goods)]
        orders.put((number, i, item, i % 4 + 1))


def pack(orders, bills):
    while True:
        order = orders.get()
        if order is None:
            bills.put(None)
            return
        number, i, item, amount = order
        bills.put((number, i, item, amount * PRICES[item]))


def keep_ledger(bills, ledger):
    open_packers = PACKERS
    while open_packers:
        bill = bills.get()
        if bill is None:
            open_packers -= 1
            continue
        number, i, item, price = bill
        ledger.setdefault(number, []).append((i, item, price))


def main():
    orders = queue.Queue(maxsize=8)       # small: producers must often wait
    bills = queue.Queue()
    ledger = {}

    producers = [threading.Thread(target=produce, args=(n, orders)) for n in range(PRODUCERS)]
    packers = [threading.Thread(target=pack, args=(orders, bills)) for _ in range(PACKERS)]
    clerk = threading.Thread(target=keep_ledger, args=(bills, ledger))

    for t in producers + packers + [clerk]:
        t.start()
    for t in producers:
        t.join()
    for _ in packers:
        orders.put(None)
    for t in packers:
        t.join()
    clerk.join()

    print("bills:", sum(len(v) for v in ledger.values()))
    for number in sorted(ledger):
        rows = sorted(ledger[number])
        # each order was billed exactly once
        assert [i for i, _, _ in rows] == list(range(ORDERS))
        by_item = {}
        for _, item, price in rows:
            by_item[item] = by_item.get(item, 0) + price
        print(f"producer {number}: {sum(by_item.values()):5d}  "
              + ", ".join(f"{k}={by_item[k]}" for k in sorted(by_item)))
    print("queues empty:", orders.empty(), bills.empty())


main()
