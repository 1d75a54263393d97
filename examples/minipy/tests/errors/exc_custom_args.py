class AppError(Exception): pass
raise AppError(1, "two")
