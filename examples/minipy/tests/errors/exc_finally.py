try:
    raise OSError("disk")
finally:
    print("cleanup runs")
