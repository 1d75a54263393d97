print(nothing_here)
