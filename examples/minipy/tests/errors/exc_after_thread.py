import threading
t = threading.Thread(target=lambda: print("thread done"))
t.start(); t.join()
raise SystemError("main fails")
