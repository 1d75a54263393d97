"""Nested lists and comprehension drills."""
m = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
print([row[0] for row in m], [m[i][i] for i in range(3)], [m[i][2 - i] for i in range(3)], [list(c) for c in zip(*m)])
print([[x * 2 for x in row] for row in m], [x for row in m for x in row if x % 2], sum(sum(r) for r in m), [sum(c) for c in zip(*m)], max(max(r) for r in m))
t = []
for i in range(len(m[0])):
    t.append([])
    for row in m:
        t[i].append(row[i])
print(t)
def add(a, b): return [[x + y for x, y in zip(r, s)] for r, s in zip(a, b)]
def mul(a, b): return [[sum(a[i][k] * b[k][j] for k in range(len(b))) for j in range(len(b[0]))] for i in range(len(a))]
def identity(n): return [[1 if i == j else 0 for j in range(n)] for i in range(n)]
def det(a):
    if len(a) == 1: return a[0][0]
    return sum((-1) ** j * a[0][j] * det([r[:j] + r[j + 1:] for r in a[1:]]) for j in range(len(a)))
print(add(m, m), mul(m, identity(3)) == m, mul(m, m), det(m), det([[2, 0, 1], [1, 3, 2], [1, 1, 4]]), det([[4, 3], [6, 3]]))
def power(a, n):
    result = identity(len(a))
    while n:
        if n % 2: result = mul(result, a)
        a = mul(a, a); n //= 2
    return result
print(power([[1, 1], [1, 0]], 10), power([[2]], 64))
grid = [["." for _ in range(7)] for _ in range(4)]
grid[1][2] = "#"; grid[3][6] = "@"; grid[0] = list("=======")
for row in grid: print("".join(row))
shared = [[0] * 2] * 2; shared[0][0] = 1; own = [[0] * 2 for _ in range(2)]; own[0][0] = 1; print(shared, own)
def flood(g, r, c, new):
    old = g[r][c]
    if old == new: return 0
    todo, n = [(r, c)], 0
    while todo:
        r, c = todo.pop()
        if 0 <= r < len(g) and 0 <= c < len(g[0]) and g[r][c] == old:
            g[r][c] = new; n += 1
            todo += [(r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)]
    return n
print(flood(grid, 2, 0, "~")); print("\n".join("".join(r) for r in grid))
def sp(n): return [[min(i, j, n - 1 - i, n - 1 - j) for j in range(n)] for i in range(n)]
for r in sp(5): print(*r)
def islands(rows):
    seen, n = set(), 0
    def visit(r, c):
        if (r, c) in seen or not (0 <= r < len(rows) and 0 <= c < len(rows[0])) or rows[r][c] == "0": return
        seen.add((r, c))
        for dr, dc in ((0, 1), (1, 0), (0, -1), (-1, 0)): visit(r + dr, c + dc)
    for r in range(len(rows)):
        for c in range(len(rows[0])):
            if rows[r][c] == "1" and (r, c) not in seen: n += 1; visit(r, c)
    return n
print(islands(["11000", "11000", "00100", "00011"]))
print([[1] * i for i in range(4)], [(i, j) for i in range(3) for j in range(3) if i < j], [*range(3), *[9]], list(zip(*[iter(range(6))] * 2)), [a + b for a, b in zip([1, 2], [3, 4])], [x for x in "hello" if x not in "l"], [[j for j in range(i)] for i in range(3)])
def rotate(l, k): k %= len(l); return l[-k:] + l[:-k]
print(rotate([1, 2, 3, 4, 5], 2), rotate([1, 2, 3], -1), [l[i:i + 2] for l in [[1, 2, 3, 4, 5]] for i in range(0, 5, 2)], sorted([3, 1, 2])[::-1], [v for i, v in enumerate("abcdef") if i % 2 == 0], list(dict.fromkeys([3, 1, 3, 2, 1])))
def det_gauss(a):
    a, d = [r[:] for r in a], 1.0
    for i in range(len(a)):
        p = max(range(i, len(a)), key=lambda r: abs(a[r][i]))
        if a[p][i] == 0: return 0.0
        if p != i: a[i], a[p] = a[p], a[i]; d = -d
        d *= a[i][i]
        for r in range(i + 1, len(a)):
            f = a[r][i] / a[i][i]
            for c in range(i, len(a)): a[r][c] -= f * a[i][c]
    return d
print(round(det_gauss([[2, -1, 0], [1, 3, 2], [0, 5, -4]]), 6))
