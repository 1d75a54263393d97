class C:
    def __del__(self): raise ValueError("in del")
c = C()
del c
print("still running")
