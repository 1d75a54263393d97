"""A small Lisp: reader, environments, closures, macros-free special forms, tail loop."""
class LispError(Exception): pass
class Env(dict):
    def __init__(self, names=(), vals=(), outer=None): super().__init__(zip(names, vals)); self.outer = outer
    def find(self, n):
        env = self
        while env is not None:
            if n in env: return env
            env = env.outer
        raise LispError(f"unbound {n}")
class Sym(str): pass
def read(src):
    toks = src.replace("(", " ( ").replace(")", " ) ").replace("'", " ' ").split()
    def one():
        if not toks: raise LispError("unexpected end")
        t = toks.pop(0)
        if t == "(":
            out = []
            while toks and toks[0] != ")": out.append(one())
            if not toks: raise LispError("missing )")
            toks.pop(0); return out
        if t == ")": raise LispError("unexpected )")
        if t == "'": return [Sym("quote"), one()]
        for conv in (int, float):
            try: return conv(t)
            except ValueError: pass
        return {"#t": True, "#f": False}.get(t, Sym(t))
    while toks: yield one()
class Fn:
    def __init__(self, params, body, env): self.params, self.body, self.env = params, body, env
    def __repr__(self): return f"<fn/{len(self.params)}>"
def show(v):
    if v is True: return "#t"
    if v is False: return "#f"
    return "(" + " ".join(map(show, v)) + ")" if isinstance(v, list) else str(v)
def ev(x, env):
    while True:
        if isinstance(x, Sym): return env.find(x)[x]
        if not isinstance(x, list): return x
        if not x: return []
        head, *args = x
        if head == "quote": return args[0]
        elif head == "if": x = args[1] if ev(args[0], env) is not False else args[2] if len(args) > 2 else []
        elif head == "define":
            if isinstance(args[0], list): env[args[0][0]] = Fn(args[0][1:], args[1:], env)
            else: env[args[0]] = ev(args[1], env)
            return None
        elif head == "set!": env.find(args[0])[args[0]] = ev(args[1], env); return None
        elif head == "lambda": return Fn(args[0], args[1:], env)
        elif head == "let": env = Env([b[0] for b in args[0]], [ev(b[1], env) for b in args[0]], env); x = [Sym("begin"), *args[1:]]
        elif head == "begin":
            for a in args[:-1]: ev(a, env)
            x = args[-1]
        elif head == "cond":
            for test, *body in args:
                if test == "else" or ev(test, env) is not False: x = [Sym("begin"), *body]; break
            else: return []
        elif head == "and": return all(ev(a, env) is not False for a in args)
        else:
            f, *vals = [ev(a, env) for a in x]
            if isinstance(f, Fn):
                if len(vals) != len(f.params): raise LispError(f"{show(head)} wants {len(f.params)} arguments, got {len(vals)}")
                env = Env(f.params, vals, f.env); x = [Sym("begin"), *f.body]
            elif callable(f):
                try: return f(*vals)
                except (TypeError, ZeroDivisionError, IndexError) as e: raise LispError(f"{show(head)}: {type(e).__name__}") from e
            else: raise LispError(f"not a function: {show(f)}")
def fold(op):
    def f(*a):
        out = a[0]
        for v in a[1:]: out = op(out, v)
        return out
    return f
out = []
G = Env(); G.update({"+": lambda *a: sum(a), "*": fold(lambda a, b: a * b), "-": lambda *a: -a[0] if len(a) == 1 else fold(lambda x, y: x - y)(*a), "/": lambda a, b: a / b, "=": lambda a, b: a == b, "<": lambda a, b: a < b, ">": lambda a, b: a > b, "mod": lambda a, b: a % b, "list": lambda *a: list(a), "car": lambda l: l[0], "cdr": lambda l: l[1:], "cons": lambda a, l: [a, *l], "null?": lambda l: l == [], "not": lambda v: v is False, "length": len, "print": lambda *a: out.append(" ".join(map(show, a)))})
prog = """
(define pi 3.14159) (* pi 2 2)
(define (fact n) (if (< n 2) 1 (* n (fact (- n 1))))) (fact 25)
(define (map f l) (if (null? l) '() (cons (f (car l)) (map f (cdr l)))))
(map (lambda (x) (* x x)) '(1 2 3 4))
(define (counter) (let ((n 0)) (lambda () (begin (set! n (+ n 1)) n))))
(define c (counter)) (c) (c) (c)
(define (loop i acc) (if (= i 0) acc (loop (- i 1) (+ acc i)))) (loop 20000 0)
(cond ((> 1 2) 'a) ((= 1 1) 'b) (else 'c))
(define (filter p l) (cond ((null? l) '()) ((p (car l)) (cons (car l) (filter p (cdr l)))) (else (filter p (cdr l)))))
(filter (lambda (n) (= 0 (mod n 3))) '(3 4 6 7 9))
(let ((a 2) (b 3)) (print a b '(nested (list #t))) (+ a b))
(define (fib n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))) (fib 14)
((lambda (x y) (- x y)) 10 4) (and #t (> 2 1)) 'quoted ''x (list 1 2.5 #f) (- 5) fact"""
for form in read(prog):
    v = ev(form, G)
    if v is not None: print(show(v))
print(out)
for bad in ("(", ")", "(foo)", "(fact)", "(1 2)", "(car '())", "(/ 1 0)", "(set! nope 1)", "(+ 1 'a)"):
    try: print([show(ev(f, G)) for f in read(bad)])
    except LispError as e: print(bad, "->", e, type(e.__cause__).__name__)
