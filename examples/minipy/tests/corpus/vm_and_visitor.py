"""A stack machine with an assembler, an AST with visitors, and a brainf-like interpreter."""
class VMError(Exception): pass
class VM:
    def __init__(self, code): self.code = self.assemble(code); self.stack, self.mem, self.calls, self.out, self.pc, self.steps = [], {}, [], [], 0, 0
    @staticmethod
    def assemble(src):
        labels, prog = {}, []
        for line in src.strip().splitlines():
            line = line.split(";")[0].strip()
            if not line: continue
            if line.endswith(":"): labels[line[:-1]] = len(prog)
            else: prog.append(line.split())
        return [(op.lower(), *(labels[a] if a in labels else int(a) if a.lstrip("-").isdigit() else a for a in args)) for op, *args in prog]
    def run(self, limit=10_000):
        while self.pc < len(self.code):
            op, *args = self.code[self.pc]; self.pc += 1; self.steps += 1
            if self.steps > limit: raise VMError("step limit")
            f = getattr(self, "op_" + op, None)
            if f is None: raise VMError(f"bad op {op!r} at {self.pc - 1}")
            try:
                if f(*args) == "halt": break
            except IndexError: raise VMError(f"stack underflow in {op}") from None
        return self.out
    def op_push(self, v): self.stack.append(v)
    def op_dup(self): self.stack.append(self.stack[-1])
    def op_store(self, n): self.mem[n] = self.stack.pop()
    def op_load(self, n): self.stack.append(self.mem.get(n, 0))
    def op_print(self): self.out.append(self.stack.pop())
    def op_jmp(self, t): self.pc = t
    def op_jz(self, t):
        if not self.stack.pop(): self.pc = t
    def op_call(self, t): self.calls.append(self.pc); self.pc = t
    def op_ret(self): self.pc = self.calls.pop()
    def op_halt(self): return "halt"
for name, fn in dict(add=lambda a, b: a + b, sub=lambda a, b: a - b, mul=lambda a, b: a * b, lt=lambda a, b: int(a < b), mod=lambda a, b: a % b).items():
    def op(self, fn=fn): b, a = self.stack.pop(), self.stack.pop(); self.stack.append(fn(a, b))
    setattr(VM, "op_" + name, op)
fact = VM("""
    push 1
    store acc
    push 10
    store n
loop:
    load n
    jz done      ; leave when n is 0
    load acc
    load n
    mul
    store acc
    load n
    push 1
    sub
    store n
    jmp loop
done:
    load acc
    print
    call twice
    halt
twice:
    load acc
    push 2
    mul
    print
    ret""")
print(fact.run(), fact.steps, sorted(fact.mem.items()))
for src in ("add", "zap 1", "a:\njmp a", "push 1\npush 0\nmod"):
    try: print(VM(src).run())
    except (VMError, ZeroDivisionError) as e: print(type(e).__name__, e)
class Node:
    fields = ()
    def __init__(self, *a):
        if len(a) != len(self.fields): raise TypeError(f"{type(self).__name__} takes {len(self.fields)} parts")
        for n, v in zip(self.fields, a): setattr(self, n, v)
class Num(Node): fields = ("v",)
class Var(Node): fields = ("name",)
class Bin(Node): fields = ("op", "l", "r")
class Neg(Node): fields = ("e",)
class Let(Node): fields = ("name", "val", "body")
class Visitor:
    def visit(self, n, *a):
        for k in type(n).__mro__:
            if (m := getattr(self, "visit_" + k.__name__, None)): return m(n, *a)
        raise NotImplementedError(type(n).__name__)
class Show(Visitor):
    def visit_Num(self, n): return str(n.v)
    def visit_Var(self, n): return n.name
    def visit_Bin(self, n): return f"({self.visit(n.l)} {n.op} {self.visit(n.r)})"
    def visit_Node(self, n): return f"<{type(n).__name__} " + ", ".join(self.visit(v) if isinstance(v, Node) else v for v in vars(n).values()) + ">"
class Eval(Visitor):
    def visit_Num(self, n, env): return n.v
    def visit_Var(self, n, env): return env[n.name]
    def visit_Neg(self, n, env): return -self.visit(n.e, env)
    def visit_Let(self, n, env): return self.visit(n.body, {**env, n.name: self.visit(n.val, env)})
    def visit_Bin(self, n, env): a, b = self.visit(n.l, env), self.visit(n.r, env); return a + b if n.op == "+" else a * b if n.op == "*" else a - b
class Fold(Visitor):
    def visit_Bin(self, n):
        l, r = self.visit(n.l), self.visit(n.r)
        if isinstance(l, Num) and isinstance(r, Num): return Num(Eval().visit(Bin(n.op, l, r), {}))
        if n.op == "*" and any(isinstance(x, Num) and x.v == 0 for x in (l, r)): return Num(0)
        if n.op == "+" and isinstance(l, Num) and l.v == 0: return r
        return Bin(n.op, l, r)
    def visit_Node(self, n): return type(n)(*(self.visit(v) if isinstance(v, Node) else v for v in vars(n).values()))
ex = Let("x", Bin("+", Num(2), Num(3)), Bin("*", Var("x"), Bin("-", Bin("+", Num(0), Var("x")), Neg(Bin("*", Num(0), Var("y"))))))
print(Show().visit(ex)); print(Show().visit(Fold().visit(ex)), Eval().visit(ex, {"y": 9}))
try: Bin(1)
except TypeError as e: print(e)
try: Eval().visit(object(), {})
except NotImplementedError as e: print("NotImplementedError", e)
def tape(src, inp=""):
    st, pair = [], {}
    for i, c in enumerate(src):
        if c == "[": st.append(i)
        elif c == "]": j = st.pop(); pair[i], pair[j] = j, i
    cells, p, pc, out, it = [0] * 50, 0, 0, [], iter(inp)
    while pc < len(src):
        c = src[pc]
        if c == ">": p += 1
        elif c == "<": p -= 1
        elif c in "+-": cells[p] = (cells[p] + (1 if c == "+" else -1)) % 256
        elif c == ".": out.append(chr(cells[p]))
        elif c == ",": cells[p] = ord(next(it, "\0"))
        elif c == "[" and not cells[p] or c == "]" and cells[p]: pc = pair[pc]
        pc += 1
    return "".join(out)
print(tape("++++++++[>++++++++<-]>+.+.+.>" + "+" * 33 + "."), tape(",[.,]", "echo"), tape(",>,<[->+<]>.", "\x21\x20"))
