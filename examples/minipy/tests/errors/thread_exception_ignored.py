import threading
def f(): raise KeyError("worker died")
t = threading.Thread(target=f); t.start(); t.join()
print("main goes on")
