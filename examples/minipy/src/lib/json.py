"""JSON text to objects and back."""

import _json

_INF = float('inf')
_esc_ascii = _json.encode_basestring_ascii
_scanstring = _json.scanstring


class JSONDecodeError(ValueError):

    def __init__(self, msg, doc, pos):
        lineno = doc.count('\n', 0, pos) + 1
        colno = pos - doc.rfind('\n', 0, pos)
        ValueError.__init__(self, '%s: line %d column %d (char %d)'
                            % (msg, lineno, colno, pos))
        self.msg = msg
        self.doc = doc
        self.pos = pos
        self.lineno = lineno
        self.colno = colno

    def __reduce__(self):
        return type(self), (self.msg, self.doc, self.pos)


# ------------------------------------------------------------------ reading

_HEX = '0123456789abcdefABCDEF'
_PLAIN_ESCAPES = '"\\/bfnrt'


def _string_error(s, begin):
    """Say what is wrong with the string that starts after begin."""
    start = begin - 1
    n = len(s)
    i = begin
    while i < n:
        c = s[i]
        if c == '"':
            break
        if c == '\\':
            i += 1
            if i >= n:
                break
            c = s[i]
            if c == 'u':
                digits = s[i + 1:i + 5]
                if len(digits) != 4 or [d for d in digits if d not in _HEX]:
                    return JSONDecodeError('Invalid \\uXXXX escape', s, i)
                i += 5
                continue
            if c not in _PLAIN_ESCAPES:
                return JSONDecodeError('Invalid \\escape', s, i - 1)
            i += 1
            continue
        if c < ' ':
            return JSONDecodeError('Invalid control character at', s, i)
        i += 1
    return JSONDecodeError('Unterminated string starting at', s, start)


class JSONDecoder:

    def __init__(self, *, object_hook=None, parse_float=None, parse_int=None,
                 parse_constant=None, strict=True, object_pairs_hook=None):
        self.object_hook = object_hook
        self.parse_float = parse_float or float
        self.parse_int = parse_int or int
        self.parse_constant = parse_constant or _constant
        self.strict = strict
        self.object_pairs_hook = object_pairs_hook
        self._scan = _make_scanner(object_hook, self.parse_float,
                                   self.parse_int, self.parse_constant,
                                   object_pairs_hook, strict)

    def decode(self, s):
        n = len(s)
        i = 0
        while i < n and s[i] in ' \t\n\r':
            i += 1
        value, end = self._scan(s, i)
        while end < n and s[end] in ' \t\n\r':
            end += 1
        if end != n:
            raise JSONDecodeError('Extra data', s, end)
        return value

    def raw_decode(self, s, idx=0):
        return self._scan(s, idx)


def _constant(name):
    return float(name.replace('Infinity', 'inf'))


def _lenient_string(s, i):
    """Like scanstring, but control characters may stand in it."""
    for code in range(32):
        if chr(code) in s:
            break
    else:
        return _scanstring(s, i)
    parts = []
    n = len(s)
    while i < n:
        c = s[i]
        if c == '"':
            return ''.join(parts), i + 1
        if c == '\\':
            j = i + 2
            if s[i + 1:i + 2] == 'u':
                j = i + 6
                if s[j:j + 2] == '\\u':
                    j += 6
            piece, _ = _scanstring(s[i:j] + '"', 0)
            parts.append(piece)
            i = j
            continue
        parts.append(c)
        i += 1
    raise ValueError


def _make_scanner(object_hook, parse_float, parse_int, parse_constant,
                  pairs_hook, strict):
    scan_string = _scanstring if strict else _lenient_string
    keep_pairs = pairs_hook is not None

    def string(s, i):
        try:
            return scan_string(s, i)
        except ValueError:
            pass
        raise _string_error(s, i)

    def value(s, i):
        c = s[i:i + 1]
        if c == '"':
            return string(s, i + 1)
        if c == '{':
            return obj(s, i + 1)
        if c == '[':
            return array(s, i + 1)
        if c == 'n':
            if s[i:i + 4] == 'null':
                return None, i + 4
        elif c == 't':
            if s[i:i + 4] == 'true':
                return True, i + 4
        elif c == 'f':
            if s[i:i + 5] == 'false':
                return False, i + 5
        elif c == 'N':
            if s[i:i + 3] == 'NaN':
                return parse_constant('NaN'), i + 3
        elif c == 'I':
            if s[i:i + 8] == 'Infinity':
                return parse_constant('Infinity'), i + 8
        elif c == '-' and s[i:i + 9] == '-Infinity':
            return parse_constant('-Infinity'), i + 9
        elif c and c in '-0123456789':
            return number(s, i, c)
        raise JSONDecodeError('Expecting value', s, i)

    def number(s, i, c):
        n = len(s)
        j = i
        if c == '-':
            j += 1
            c = s[j:j + 1]
        if c == '0':
            j += 1
        else:
            k = j
            while j < n and '0' <= s[j] <= '9':
                j += 1
            if j == k:
                raise JSONDecodeError('Expecting value', s, i)
        if j >= n:
            return parse_int(s[i:j]), j
        c = s[j]
        if c != '.' and c != 'e' and c != 'E':
            return parse_int(s[i:j]), j
        real = False
        if c == '.':
            k = j + 1
            while k < n and '0' <= s[k] <= '9':
                k += 1
            if k > j + 1:
                real = True
                j = k
                c = s[j:j + 1]
        if c == 'e' or c == 'E':
            k = j + 1
            if k < n and (s[k] == '+' or s[k] == '-'):
                k += 1
            begin = k
            while k < n and '0' <= s[k] <= '9':
                k += 1
            if k > begin:
                real = True
                j = k
        if real:
            return parse_float(s[i:j]), j
        return parse_int(s[i:j]), j

    def array(s, i):
        result = []
        n = len(s)
        while i < n and s[i] in ' \t\n\r':
            i += 1
        if s[i:i + 1] == ']':
            return result, i + 1
        append = result.append
        while True:
            item, i = value(s, i)
            append(item)
            while i < n and s[i] in ' \t\n\r':
                i += 1
            c = s[i:i + 1]
            i += 1
            if c == ',':
                while i < n and s[i] in ' \t\n\r':
                    i += 1
                continue
            if c == ']':
                return result, i
            raise JSONDecodeError("Expecting ',' delimiter", s, i - 1)

    def obj(s, i):
        result = [] if keep_pairs else {}
        n = len(s)
        while i < n and s[i] in ' \t\n\r':
            i += 1
        if s[i:i + 1] == '}':
            i += 1
        else:
            while True:
                if s[i:i + 1] != '"':
                    raise JSONDecodeError(
                        'Expecting property name enclosed in double quotes',
                        s, i)
                key, i = string(s, i + 1)
                if s[i:i + 1] != ':':
                    while i < n and s[i] in ' \t\n\r':
                        i += 1
                    if s[i:i + 1] != ':':
                        raise JSONDecodeError("Expecting ':' delimiter", s, i)
                i += 1
                while i < n and s[i] in ' \t\n\r':
                    i += 1
                item, i = value(s, i)
                if keep_pairs:
                    result.append((key, item))
                else:
                    result[key] = item
                while i < n and s[i] in ' \t\n\r':
                    i += 1
                c = s[i:i + 1]
                i += 1
                if c == ',':
                    while i < n and s[i] in ' \t\n\r':
                        i += 1
                    continue
                if c == '}':
                    break
                raise JSONDecodeError("Expecting ',' delimiter", s, i - 1)
        if keep_pairs:
            return pairs_hook(result), i
        if object_hook is not None:
            return object_hook(result), i
        return result, i

    return value


_default_decoder = JSONDecoder()


def loads(s, *, cls=None, object_hook=None, parse_float=None, parse_int=None,
          parse_constant=None, object_pairs_hook=None, **kw):
    if isinstance(s, str):
        if s.startswith('\ufeff'):
            raise JSONDecodeError(
                'Unexpected UTF-8 BOM (decode using utf-8-sig)', s, 0)
    elif isinstance(s, (bytes, bytearray)):
        s = bytes(s).decode('utf-8')
    else:
        raise TypeError('the JSON object must be str, bytes or bytearray, '
                        'not ' + type(s).__name__)
    if (cls is None and object_hook is None and parse_int is None
            and parse_float is None and parse_constant is None
            and object_pairs_hook is None and not kw):
        value = _json.decode(s)
        if value is not NotImplemented:
            return value
        return _default_decoder.decode(s)
    if cls is None:
        cls = JSONDecoder
    if object_hook is not None:
        kw['object_hook'] = object_hook
    if object_pairs_hook is not None:
        kw['object_pairs_hook'] = object_pairs_hook
    if parse_float is not None:
        kw['parse_float'] = parse_float
    if parse_int is not None:
        kw['parse_int'] = parse_int
    if parse_constant is not None:
        kw['parse_constant'] = parse_constant
    return cls(**kw).decode(s)


def load(fp, **kw):
    return loads(fp.read(), **kw)


# ------------------------------------------------------------------ writing

def _esc_unicode(s):
    s = s.replace('\\', '\\\\').replace('"', '\\"')
    for c in s:
        if c < ' ':
            break
    else:
        return '"' + s + '"'
    for code in range(32):
        c = chr(code)
        if c in s:
            s = s.replace(c, _SHORT.get(c) or '\\u%04x' % code)
    return '"' + s + '"'


_SHORT = {'\n': '\\n', '\r': '\\r', '\t': '\\t', '\f': '\\f', '\b': '\\b'}


class JSONEncoder:

    item_separator = ', '
    key_separator = ': '

    def __init__(self, *, skipkeys=False, ensure_ascii=True,
                 check_circular=True, allow_nan=True, sort_keys=False,
                 indent=None, separators=None, default=None):
        self.skipkeys = skipkeys
        self.ensure_ascii = ensure_ascii
        self.check_circular = check_circular
        self.allow_nan = allow_nan
        self.sort_keys = sort_keys
        self.indent = indent
        if separators is not None:
            self.item_separator, self.key_separator = separators
        elif indent is not None:
            self.item_separator = ','
        if default is not None:
            self.default = default

    def default(self, o):
        raise TypeError('Object of type %s is not JSON serializable'
                        % type(o).__name__)

    def encode(self, o):
        out = []
        self._make_writer(out.append)(o, 0)
        return ''.join(out)

    def iterencode(self, o, _one_shot=False):
        out = []
        self._make_writer(out.append)(o, 0)
        return iter(out)

    def _make_writer(self, emit):
        escape = _esc_ascii if self.ensure_ascii else _esc_unicode
        allow_nan = self.allow_nan
        sort_keys = self.sort_keys
        skipkeys = self.skipkeys
        comma = self.item_separator
        colon = self.key_separator
        indent = self.indent
        if indent is not None and not isinstance(indent, str):
            indent = ' ' * indent
        default = self.default
        open_ids = {} if self.check_circular else None
        circular = 'Circular reference detected'

        def real(o):
            if o != o:
                text = 'NaN'
            elif o == _INF:
                text = 'Infinity'
            elif o == -_INF:
                text = '-Infinity'
            else:
                return float.__repr__(o)
            if not allow_nan:
                raise ValueError(
                    'Out of range float values are not JSON compliant')
            return text

        def write(o, level):
            kind = type(o)
            if kind is str:
                emit(escape(o))
            elif o is None:
                emit('null')
            elif o is True:
                emit('true')
            elif o is False:
                emit('false')
            elif kind is int:
                emit(repr(o))
            elif kind is float:
                emit(real(o))
            elif kind is dict:
                mapping(o, level)
            elif kind is list or kind is tuple:
                array(o, level)
            elif isinstance(o, str):
                emit(escape(o))
            elif isinstance(o, int):
                emit(int.__repr__(o))
            elif isinstance(o, float):
                emit(real(o))
            elif isinstance(o, (list, tuple)):
                array(o, level)
            elif isinstance(o, dict):
                mapping(o, level)
            else:
                if open_ids is not None:
                    mark = id(o)
                    if mark in open_ids:
                        raise ValueError(circular)
                    open_ids[mark] = o
                write(default(o), level)
                if open_ids is not None:
                    del open_ids[mark]

        def array(o, level):
            if not o:
                emit('[]')
                return
            if open_ids is not None:
                mark = id(o)
                if mark in open_ids:
                    raise ValueError(circular)
                open_ids[mark] = o
            if indent is None:
                before = '['
                between = comma
            else:
                pad = '\n' + indent * (level + 1)
                before = '[' + pad
                between = comma + pad
            for item in o:
                kind = type(item)
                if kind is str:
                    emit(before + escape(item))
                elif kind is int:
                    emit(before + repr(item))
                else:
                    emit(before)
                    write(item, level + 1)
                before = between
            if indent is not None:
                emit('\n' + indent * level)
            emit(']')
            if open_ids is not None:
                del open_ids[mark]

        def mapping(o, level):
            if not o:
                emit('{}')
                return
            if open_ids is not None:
                mark = id(o)
                if mark in open_ids:
                    raise ValueError(circular)
                open_ids[mark] = o
            emit('{')
            if indent is None:
                before = ''
                between = comma
            else:
                before = '\n' + indent * (level + 1)
                between = comma + before
            items = o.items()
            if sort_keys:
                items = sorted(items)
            for key, item in items:
                if type(key) is str:
                    pass
                elif isinstance(key, str):
                    pass
                elif isinstance(key, float):
                    key = real(key)
                elif key is True:
                    key = 'true'
                elif key is False:
                    key = 'false'
                elif key is None:
                    key = 'null'
                elif isinstance(key, int):
                    key = int.__repr__(key)
                elif skipkeys:
                    continue
                else:
                    raise TypeError('keys must be str, int, float, bool or '
                                    'None, not ' + type(key).__name__)
                kind = type(item)
                if kind is str:
                    emit(before + escape(key) + colon + escape(item))
                elif kind is int:
                    emit(before + escape(key) + colon + repr(item))
                else:
                    emit(before + escape(key) + colon)
                    write(item, level + 1)
                before = between
            if indent is not None:
                emit('\n' + indent * level)
            emit('}')
            if open_ids is not None:
                del open_ids[mark]

        return write


def dumps(obj, *, skipkeys=False, ensure_ascii=True, check_circular=True,
          allow_nan=True, cls=None, indent=None, separators=None,
          default=None, sort_keys=False, **kw):
    if (cls is None and default is None and not sort_keys and not skipkeys
            and not kw):
        if separators is not None:
            comma, colon = separators
        else:
            comma, colon = ', ' if indent is None else ',', ': '
        pad = ' ' * indent if isinstance(indent, int) else indent
        text = _json.encode(obj, ensure_ascii, allow_nan, pad, comma, colon)
        if text is not NotImplemented:
            return text
    if cls is None:
        cls = JSONEncoder
    return cls(skipkeys=skipkeys, ensure_ascii=ensure_ascii,
               check_circular=check_circular, allow_nan=allow_nan,
               indent=indent, separators=separators, default=default,
               sort_keys=sort_keys, **kw).encode(obj)


def dump(obj, fp, **kw):
    fp.write(dumps(obj, **kw))
