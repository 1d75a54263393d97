"""Paths, as text."""

sep = '/'
curdir = '.'
pardir = '..'
extsep = '.'
pathsep = ':'


def join(a, *p):
    path = a
    for b in p:
        if b.startswith('/'):
            path = b
        elif not path or path.endswith('/'):
            path += b
        else:
            path += '/' + b
    return path


def split(p):
    i = p.rfind('/') + 1
    head = p[:i]
    tail = p[i:]
    if head and head != '/' * len(head):
        head = head.rstrip('/')
    return head, tail


def basename(p):
    return p[p.rfind('/') + 1:]


def dirname(p):
    return split(p)[0]


def splitext(p):
    slash = p.rfind('/')
    dot = p.rfind('.')
    if dot > slash:
        # Dots that begin a name do not begin an extension.
        for i in range(slash + 1, dot):
            if p[i] != '.':
                return p[:dot], p[dot:]
    return p, ''


def isabs(s):
    return s.startswith('/')


def normpath(path):
    if not path:
        return '.'
    lead = ''
    if path.startswith('/'):
        lead = '/'
        if path.startswith('//') and not path.startswith('///'):
            lead = '//'
    parts = []
    for part in path.split('/'):
        if part in ('', '.'):
            continue
        if part != '..' or (not lead and not parts) or (
                parts and parts[-1] == '..'):
            parts.append(part)
        elif parts:
            parts.pop()
    return lead + '/'.join(parts) or '.'


def _cwd():
    import sys
    f = getattr(sys, '_getcwd', None)
    return f() if f is not None else '/'


def abspath(path):
    if not path.startswith('/'):
        path = join(_cwd(), path)
    return normpath(path)


realpath = abspath


def relpath(path, start=None):
    if not path:
        raise ValueError('no path specified')
    here = [x for x in abspath(start or '.').split('/') if x]
    there = [x for x in abspath(path).split('/') if x]
    n = 0
    while n < len(here) and n < len(there) and here[n] == there[n]:
        n += 1
    parts = ['..'] * (len(here) - n) + there[n:]
    return join(*parts) if parts else '.'


def expanduser(path):
    return path


def exists(path):
    import sys
    f = getattr(sys, '_path_exists', None)
    if f is not None:
        return f(path)
    try:
        open(path).close()
        return True
    except Exception:
        return False


def isfile(path):
    try:
        open(path).close()
        return True
    except Exception:
        return False


def isdir(path):
    return exists(path) and not isfile(path)


def commonprefix(m):
    if not m:
        return ''
    low = min(m)
    high = max(m)
    for i, c in enumerate(low):
        if c != high[i]:
            return low[:i]
    return low
