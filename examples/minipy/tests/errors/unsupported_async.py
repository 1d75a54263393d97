async def f():
    return 1
print("unreached")
