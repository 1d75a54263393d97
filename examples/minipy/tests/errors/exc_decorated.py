def deco(f):
    def w(*a): return f(*a)
    return w
@deco
def f(a): raise TypeError("inside")
f(1)
