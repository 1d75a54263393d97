import weakref
class C: pass
c = C()
r = weakref.ref(c, lambda _: 1 / 0)
del c
print("still running")
