raise StopIteration("loose")
