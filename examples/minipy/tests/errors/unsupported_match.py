def f(x):
    match x:
        case 1:
            return "one"
print(f(1))
