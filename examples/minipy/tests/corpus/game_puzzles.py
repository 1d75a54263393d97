"""Game of life, queens, sudoku, knight's tour, towers, mastermind-like search."""
def life(cells, steps):
    for _ in range(steps):
        near = {}
        for x, y in cells:
            for dx in (-1, 0, 1):
                for dy in (-1, 0, 1):
                    if dx or dy: near[x + dx, y + dy] = near.get((x + dx, y + dy), 0) + 1
        cells = {c for c, n in near.items() if n == 3 or n == 2 and c in cells}
    return cells
def show(cells, w, h): return "\n".join("".join("#" if (x, y) in cells else "." for x in range(w)) for y in range(h))
glider = {(1, 0), (2, 1), (0, 2), (1, 2), (2, 2)}
print(show(glider, 6, 6)); print(show(life(glider, 4), 6, 6)); print(sorted(life({(0, 1), (1, 1), (2, 1)}, 1)), life({(0, 0), (0, 1), (1, 0), (1, 1)}, 9) == {(0, 0), (0, 1), (1, 0), (1, 1)}, len(life({(x, 0) for x in range(10)}, 30)))
def queens(n, row=0, cols=(), d1=frozenset(), d2=frozenset()):
    if row == n: yield cols; return
    for c in range(n):
        if c not in cols and row + c not in d1 and row - c not in d2: yield from queens(n, row + 1, cols + (c,), d1 | {row + c}, d2 | {row - c})
print([len(list(queens(n))) for n in range(1, 8)], next(queens(8)))
for c in next(queens(6)): print("." * c + "Q" + "." * (5 - c))
puzzle = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"
def sudoku(s):
    g = [0 if c == "." else int(c) for c in s]
    def ok(i):
        r, c = divmod(i, 9); used = set(g[r * 9:r * 9 + 9]) | set(g[c::9])
        b = r // 3 * 27 + c // 3 * 3
        for k in range(3): used |= set(g[b + k * 9:b + k * 9 + 3])
        return [v for v in range(1, 10) if v not in used]
    def go():
        best = None
        for i in range(81):
            if g[i] == 0:
                o = ok(i)
                if best is None or len(o) < len(best[1]): best = i, o
        if best is None: return True
        i, o = best
        for v in o:
            g[i] = v
            if go(): return True
        g[i] = 0; return False
    return go() and "".join(map(str, g))
s = sudoku(puzzle)
for r in range(9): print(" ".join(s[r * 9:r * 9 + 9]))
print(all(sorted(s[i::9]) == list("123456789") for i in range(9)))
def knight(n):
    board = [[-1] * n for _ in range(n)]
    def moves(r, c): return [(r + a, c + b) for a, b in ((1, 2), (2, 1), (2, -1), (1, -2), (-1, -2), (-2, -1), (-2, 1), (-1, 2)) if 0 <= r + a < n and 0 <= c + b < n and board[r + a][c + b] < 0]
    def go(r, c, k):
        board[r][c] = k
        if k == n * n - 1: return True
        for m in sorted(moves(r, c), key=lambda p: len(moves(*p))):
            if go(*m, k + 1): return True
        board[r][c] = -1; return False
    return board if go(0, 0, 0) else None
for row in knight(5): print(" ".join(f"{v:2}" for v in row))
def subset(nums, target): 
    def go(i, left, got):
        if left == 0: yield got; return
        if i < len(nums) and left > 0: yield from go(i + 1, left - nums[i], got + [nums[i]]); yield from go(i + 1, left, got)
    return list(go(0, target, []))
print(subset([3, 5, 2, 8, 1, 9], 11))
def tictac():
    lines = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]; memo = {}
    def win(b): return next((b[x] for x, y, z in lines if b[x] != " " and b[x] == b[y] == b[z]), None)
    def score(b, p):
        if (b, p) in memo: return memo[b, p]
        w = win(b)
        if w: r = 1 if w == p else -1
        elif " " not in b: r = 0
        else: r = max(-score(b[:i] + p + b[i + 1:], "O" if p == "X" else "X") for i in range(9) if b[i] == " ")
        memo[b, p] = r; return r
    return score(" " * 9, "X"), score("X        ", "O"), score("XX  O    ", "X"), len(memo)
print(tictac())
