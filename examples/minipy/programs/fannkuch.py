"""fannkuch.py -- pancake flips over all permutations: lists and slices.

For every order of 1..n, repeat: look at the first number k and turn round
the first k numbers, until a 1 comes first.  Prints the largest number of
turns, and a checksum with alternating signs.

    fannkuch.py [N]     (default 7)
"""

import sys


def permutations(n):
    """All orders of 1..n by Heap's method; each differs from the one
    before it by one exchange, so the sign simply alternates."""
    order = list(range(1, n + 1))
    count = [0] * n
    yield order
    i = 1
    while i < n:
        if count[i] < i:
            j = count[i] if i % 2 else 0
            order[i], order[j] = order[j], order[i]
            yield order
            count[i] += 1
            i = 1
        else:
            count[i] = 0
            i += 1


def flips(order):
    if order[0] == 1:
        return 0
    cards = order[:]
    turns = 0
    first = cards[0]
    while first != 1:
        cards[:first] = cards[first - 1::-1]
        turns += 1
        first = cards[0]
    return turns


def fannkuch(n):
    best = 0
    worst = None
    checksum = 0
    sign = 1
    for order in permutations(n):
        turns = flips(order)
        checksum += sign * turns
        sign = -sign
        if turns > best:
            best = turns
            worst = tuple(order)
    return best, worst, checksum


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    best, worst, checksum = fannkuch(n)
    print(f"n = {n}")
    print("most flips:", best)
    print("first reached by:", worst)
    print("checksum:", checksum)


main()
