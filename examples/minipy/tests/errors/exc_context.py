try:
    {}["x"]
except KeyError:
    undefined
