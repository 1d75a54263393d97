import sys
def f():
    try: sys.exit(6)
    except Exception: print("not reached")
f()
