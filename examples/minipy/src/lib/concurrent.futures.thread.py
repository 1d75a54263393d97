from concurrent.futures import ThreadPoolExecutor, BrokenThreadPool
