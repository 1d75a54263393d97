"""A list kept as a heap: item k is never above items 2k+1 and 2k+2."""


def _up(heap, low, pos):
    """Move heap[pos] towards the root until its parent is no larger."""
    item = heap[pos]
    while pos > low:
        parent_pos = (pos - 1) >> 1
        parent = heap[parent_pos]
        if not (item < parent):
            break
        heap[pos] = parent
        pos = parent_pos
    heap[pos] = item


def _down(heap, pos):
    """Sink heap[pos] to a leaf along smaller children, then lift it."""
    end = len(heap)
    start = pos
    item = heap[pos]
    child = 2 * pos + 1
    while child < end:
        right = child + 1
        if right < end and not (heap[child] < heap[right]):
            child = right
        heap[pos] = heap[child]
        pos = child
        child = 2 * pos + 1
    heap[pos] = item
    _up(heap, start, pos)


def _up_max(heap, low, pos):
    item = heap[pos]
    while pos > low:
        parent_pos = (pos - 1) >> 1
        parent = heap[parent_pos]
        if not (parent < item):
            break
        heap[pos] = parent
        pos = parent_pos
    heap[pos] = item


def _down_max(heap, pos):
    end = len(heap)
    start = pos
    item = heap[pos]
    child = 2 * pos + 1
    while child < end:
        right = child + 1
        if right < end and not (heap[right] < heap[child]):
            child = right
        heap[pos] = heap[child]
        pos = child
        child = 2 * pos + 1
    heap[pos] = item
    _up_max(heap, start, pos)


def heappush(heap, item):
    pos = len(heap)
    heap.append(item)
    while pos > 0:
        parent_pos = (pos - 1) >> 1
        parent = heap[parent_pos]
        if not (item < parent):
            break
        heap[pos] = parent
        pos = parent_pos
    heap[pos] = item


def heappop(heap):
    if not heap:
        raise IndexError('index out of range')
    last = heap.pop()
    end = len(heap)
    if not end:
        return last
    top = heap[0]
    pos = 0
    child = 1
    while child < end:
        right = child + 1
        if right < end and not (heap[child] < heap[right]):
            child = right
        heap[pos] = heap[child]
        pos = child
        child = 2 * pos + 1
    while pos > 0:
        parent_pos = (pos - 1) >> 1
        parent = heap[parent_pos]
        if not (last < parent):
            break
        heap[pos] = parent
        pos = parent_pos
    heap[pos] = last
    return top


def heapreplace(heap, item):
    top = heap[0]
    heap[0] = item
    _down(heap, 0)
    return top


def heappushpop(heap, item):
    if heap and heap[0] < item:
        top = heap[0]
        heap[0] = item
        _down(heap, 0)
        return top
    return item


def heapify(x):
    for pos in range(len(x) // 2 - 1, -1, -1):
        _down(x, pos)


def _heapify_max(x):
    for pos in range(len(x) // 2 - 1, -1, -1):
        _down_max(x, pos)


class _Backwards:
    """Wraps a key so that a larger one compares as smaller."""

    def __init__(self, key):
        self.key = key

    def __lt__(self, other):
        return other.key < self.key

    def __eq__(self, other):
        return self.key == other.key


def merge(*iterables, key=None, reverse=False):
    heap = []
    for number, iterable in enumerate(iterables):
        it = iter(iterable)
        for value in it:
            rank = value if key is None else key(value)
            if reverse:
                rank = _Backwards(rank)
            heap.append([rank, number, value, it])
            break
    heapify(heap)
    done = object()
    while heap:
        entry = heap[0]
        it = entry[3]
        if len(heap) == 1:
            yield entry[2]
            yield from it
            return
        yield entry[2]
        value = next(it, done)
        if value is done:
            heappop(heap)
            continue
        rank = value if key is None else key(value)
        if reverse:
            rank = _Backwards(rank)
        heapreplace(heap, [rank, entry[1], value, it])


def nsmallest(n, iterable, key=None):
    if n < 1:
        return []
    return sorted(iterable, key=key)[:n]


def nlargest(n, iterable, key=None):
    if n < 1:
        return []
    return sorted(iterable, key=key, reverse=True)[:n]
