"""Building blocks for loops."""

from _thread import allocate_lock as _allocate_lock


class count:
    """start, start + step, and so on; threads may share one."""

    def __init__(self, start=0, step=1):
        if not hasattr(start, '__add__') or isinstance(start, (str, list,
                                                               tuple)):
            raise TypeError('a number is required')
        self._value = start
        self._step = step
        self._lock = _allocate_lock()

    def __iter__(self):
        return self

    def __next__(self):
        with self._lock:
            value = self._value
            self._value = value + self._step
            return value

    def __repr__(self):
        step = self._step
        if type(step) is int and step == 1:
            return 'count(%r)' % (self._value,)
        return 'count(%r, %r)' % (self._value, step)


class cycle:
    """The elements of an iterable over and over; threads may share one."""

    def __init__(self, iterable):
        self._source = iter(iterable)
        self._saved = []
        self._next = 0
        self._lock = _allocate_lock()

    def __iter__(self):
        return self

    def __next__(self):
        with self._lock:
            saved = self._saved
            if self._source is not None:
                for value in self._source:
                    saved.append(value)
                    return value
                self._source = None
                if not saved:
                    raise StopIteration
            elif not saved:
                raise StopIteration
            i = self._next
            value = saved[i]
            i += 1
            self._next = 0 if i == len(saved) else i
            return value


class repeat:
    """The same object, for ever or so many times."""

    def __init__(self, object, times=None):
        self._object = object
        if times is not None and times < 0:
            times = 0
        self._left = times

    def __iter__(self):
        return self

    def __next__(self):
        left = self._left
        if left is not None:
            if left <= 0:
                raise StopIteration
            self._left = left - 1
        return self._object

    def __length_hint__(self):
        if self._left is None:
            raise TypeError('len() of unsized object')
        return self._left

    def __repr__(self):
        if self._left is None:
            return 'repeat(%r)' % (self._object,)
        return 'repeat(%r, %d)' % (self._object, self._left)


def chain(*iterables):
    for iterable in iterables:
        yield from iterable


def _chain_from(iterables):
    for iterable in iterables:
        yield from iterable


def _from_iterable(iterable):
    return _chain_from(iter(iterable))


chain.from_iterable = _from_iterable


def _index(value, message):
    if value is None:
        return value
    if hasattr(value, '__index__'):
        value = value.__index__()
    if not isinstance(value, int) or value < 0:
        raise ValueError(message)
    return value


def islice(iterable, *args):
    if not args:
        raise TypeError('islice expected at least 2 arguments, got 1')
    if len(args) > 3:
        raise TypeError('islice expected at most 4 arguments, got %d'
                        % (len(args) + 1))
    s = slice(*args)
    stop = _index(s.stop, 'Stop argument for islice() must be None or an '
                          'integer: 0 <= x <= sys.maxsize.')
    if len(args) == 1:
        return _head(iter(iterable), stop)
    start = _index(s.start, 'Indices for islice() must be None or an '
                            'integer: 0 <= x <= sys.maxsize.')
    step = s.step
    if step is None:
        step = 1
    elif not isinstance(step, int) or step < 1:
        raise ValueError(
            'Step for islice() must be a positive integer or None.')
    if not start and step == 1:
        return _head(iter(iterable), stop)
    return _slice(iter(iterable), start or 0, stop, step)


def _head(it, stop):
    if stop is None:
        yield from it
    elif stop:
        for value in it:
            yield value
            stop -= 1
            if not stop:
                return


def _slice(it, start, stop, step):
    due = start              # the number of the next element to hand on
    seen = 0
    if stop is not None and stop <= start:
        # Nothing comes out, yet the elements before start are used up.
        while seen < start:
            for value in it:
                break
            else:
                return
            seen += 1
        return
    for value in it:
        if seen == due:
            yield value
            due += step
            if stop is not None and due >= stop:
                # Use up what lies before stop, as the slice would.
                seen += 1
                while seen < stop:
                    for value in it:
                        break
                    else:
                        return
                    seen += 1
                return
        seen += 1


def takewhile(predicate, iterable):
    return _takewhile(predicate, iter(iterable))


def _takewhile(predicate, it):
    for value in it:
        if not predicate(value):
            return
        yield value


def dropwhile(predicate, iterable):
    return _dropwhile(predicate, iter(iterable))


def _dropwhile(predicate, it):
    for value in it:
        if not predicate(value):
            yield value
            break
    yield from it


def filterfalse(predicate, iterable):
    return _filterfalse(predicate, iter(iterable))


def _filterfalse(predicate, it):
    if predicate is None:
        predicate = bool
    for value in it:
        if not predicate(value):
            yield value


def starmap(function, iterable):
    return _starmap(function, iter(iterable))


def _starmap(function, it):
    for args in it:
        yield function(*args)


def accumulate(iterable, func=None, *, initial=None):
    return _accumulate(iter(iterable), func, initial)


def _accumulate(it, func, total):
    if total is None:
        for total in it:
            break
        else:
            return
    yield total
    if func is None:
        for value in it:
            total = total + value
            yield total
    else:
        for value in it:
            total = func(total, value)
            yield total


def compress(data, selectors):
    return _compress(zip(data, selectors))


def _compress(pairs):
    for value, wanted in pairs:
        if wanted:
            yield value


def product(*iterables, repeat=1):
    if repeat < 0:
        raise ValueError('repeat argument cannot be negative')
    pools = [tuple(pool) for pool in iterables] * repeat
    n = len(pools)
    if n == 0:
        return iter([()])
    if n == 1:
        return iter([(a,) for a in pools[0]])
    if n == 2:
        return _product2(pools[0], pools[1])
    return _product(pools)


def _product2(first, second):
    for a in first:
        for b in second:
            yield (a, b)


def _product(pools):
    n = len(pools)
    for pool in pools:
        if not pool:
            return
    last = pools[n - 1]
    outer = n - 1
    positions = [0] * outer
    head = [pool[0] for pool in pools[:outer]]
    while True:
        begin = tuple(head)
        for value in last:
            yield begin + (value,)
        i = outer - 1
        while i >= 0:
            pos = positions[i] + 1
            pool = pools[i]
            if pos < len(pool):
                positions[i] = pos
                head[i] = pool[pos]
                break
            positions[i] = 0
            head[i] = pool[0]
            i -= 1
        else:
            return


def permutations(iterable, r=None):
    pool = tuple(iterable)
    n = len(pool)
    if r is None:
        r = n
    elif not isinstance(r, int):
        raise TypeError('Expected int as r')
    if r < 0:
        raise ValueError('r must be non-negative')
    return _permutations(pool, n, r)


def _permutations(pool, n, r):
    if r > n:
        return
    order = list(range(n))
    turns = list(range(n, n - r, -1))
    result = list(pool[:r])
    yield tuple(result)
    while n:
        i = r - 1
        while i >= 0:
            turns[i] -= 1
            if turns[i] == 0:
                # Position i has been through all: put it back in order.
                moved = order[i]
                del order[i]
                order.append(moved)
                turns[i] = n - i
                i -= 1
                continue
            j = n - turns[i]
            order[i], order[j] = order[j], order[i]
            k = i
            while k < r:
                result[k] = pool[order[k]]
                k += 1
            yield tuple(result)
            break
        else:
            return


def combinations(iterable, r):
    pool = tuple(iterable)
    if r < 0:
        raise ValueError('r must be non-negative')
    if r == 2:
        return _pairs(pool)
    return _combinations(pool, len(pool), r)


def _pairs(pool):
    n = len(pool)
    for i in range(n - 1):
        a = pool[i]
        for j in range(i + 1, n):
            yield (a, pool[j])


def _combinations(pool, n, r):
    if r > n:
        return
    at = list(range(r))
    result = list(pool[:r])
    yield tuple(result)
    while True:
        i = r - 1
        while i >= 0 and at[i] == i + n - r:
            i -= 1
        if i < 0:
            return
        k = at[i] + 1
        while i < r:
            at[i] = k
            result[i] = pool[k]
            i += 1
            k += 1
        yield tuple(result)


def combinations_with_replacement(iterable, r):
    pool = tuple(iterable)
    if r < 0:
        raise ValueError('r must be non-negative')
    return _combinations_wr(pool, len(pool), r)


def _combinations_wr(pool, n, r):
    if not n and r:
        return
    at = [0] * r
    yield tuple([pool[0]] * r) if r else ()
    while True:
        i = r - 1
        while i >= 0 and at[i] == n - 1:
            i -= 1
        if i < 0:
            return
        at[i:] = [at[i] + 1] * (r - i)
        yield tuple([pool[k] for k in at])


class groupby:
    """Runs of elements with the same key, as (key, iterator) pairs."""

    def __init__(self, iterable, key=None):
        self._it = iter(iterable)
        self._key = key
        self._have = False       # whether _value is yet to be handed on
        self._value = None
        self._current = None
        self._run = None         # stands for the run being handed on
        self._begun = False

    def __iter__(self):
        return self

    def _advance(self):
        value = next(self._it)
        key = self._key
        self._current = value if key is None else key(value)
        self._value = value
        self._have = True

    def __next__(self):
        if not self._begun:
            self._run = None
            self._begun = True
            self._advance()
        else:
            old = self._last
            self._run = None
            if not self._have:
                self._advance()
            while self._current == old:
                self._advance()
        self._last = self._current
        self._run = run = object()
        return self._current, self._group(run, self._current)

    def _group(self, run, wanted):
        it = self._it
        key = self._key
        while self._run is run:
            if not self._have:
                for value in it:
                    break
                else:
                    return
                self._current = value if key is None else key(value)
                self._value = value
                self._have = True
            if self._run is not run or not (self._current == wanted):
                return
            self._have = False
            yield self._value


def zip_longest(*iterables, fillvalue=None):
    return _zip_longest([iter(it) for it in iterables], fillvalue)


def _zip_longest(its, fill):
    running = len(its)
    if not running:
        return
    end = object()
    while True:
        row = []
        for i, it in enumerate(its):
            if it is None:
                row.append(fill)
                continue
            value = next(it, end)
            if value is end:
                running -= 1
                if not running:
                    return
                its[i] = None
                value = fill
            row.append(value)
        yield tuple(row)


class _tee:
    """One of several readers; cells are [value, next cell] lists."""

    def __init__(self, source, lock, cell):
        self._source = source
        self._lock = lock
        self._cell = cell

    def __iter__(self):
        return self

    def __next__(self):
        cell = self._cell
        if not cell:
            with self._lock:
                if not cell:
                    cell.extend([next(self._source), []])
        self._cell = cell[1]
        return cell[0]

    def __copy__(self):
        return _tee(self._source, self._lock, self._cell)


def tee(iterable, n=2):
    if n < 0:
        raise ValueError('n must be >= 0')
    if n == 0:
        return ()
    it = iter(iterable)
    if isinstance(it, _tee):
        first = it
    else:
        first = _tee(it, _allocate_lock(), [])
    result = [first]
    while len(result) < n:
        result.append(first.__copy__())
    return tuple(result)


def pairwise(iterable):
    return _pairwise(iter(iterable))


def _pairwise(it):
    for before in it:
        break
    else:
        return
    for value in it:
        yield (before, value)
        before = value


def batched(iterable, n):
    if n < 1:
        raise ValueError('n must be at least one')
    return _batched(iter(iterable), n)


def _batched(it, n):
    batch = []
    for value in it:
        batch.append(value)
        if len(batch) == n:
            yield tuple(batch)
            batch = []
    if batch:
        yield tuple(batch)
