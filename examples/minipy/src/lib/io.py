"""Files that live in memory."""

SEEK_SET = 0
SEEK_CUR = 1
SEEK_END = 2
DEFAULT_BUFFER_SIZE = 8192


class UnsupportedOperation(OSError, ValueError):
    pass


class IOBase:
    pass


class TextIOBase(IOBase):
    pass


class _Memory:
    """A buffer, of str or of bytes, with a place in it.

    Writes at the end are gathered in a list and joined when needed.
    """

    def _open(self, value):
        self._text = value
        self._more = []
        self._pos = 0
        self.closed = False

    def _check(self):
        if self.closed:
            raise ValueError('I/O operation on closed file')

    def _whole(self):
        if self._more:
            more = self._more
            self._more = []
            self._text += self._empty.join(more)
            self._pos = len(self._text)
        return self._text

    def getvalue(self):
        self._check()
        return self._whole()

    def read(self, size=-1):
        self._check()
        text = self._whole()
        pos = self._pos
        if size is None or size < 0:
            piece = text[pos:]
        else:
            piece = text[pos:pos + size]
        self._pos = pos + len(piece)
        return piece

    def readline(self, size=-1):
        self._check()
        text = self._whole()
        pos = self._pos
        end = text.find(self._newline, pos)
        end = len(text) if end < 0 else end + 1
        if size is not None and size >= 0:
            end = min(end, pos + size)
        if end <= pos:
            return self._empty
        self._pos = end
        return text[pos:end]

    def readlines(self, hint=-1):
        return [line for line in self]

    def __iter__(self):
        self._check()
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def _put(self, s):
        if self._more or self._pos == len(self._text):
            self._more.append(s)
            return
        text = self._text
        pos = self._pos
        if pos > len(text):
            text += self._zero * (pos - len(text))
        self._text = text[:pos] + s + text[pos + len(s):]
        self._pos = pos + len(s)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def tell(self):
        self._check()
        self._whole()
        return self._pos

    def seek(self, pos, whence=0):
        self._check()
        text = self._whole()
        if whence == 1:
            pos += self._pos
        elif whence == 2:
            pos += len(text)
        if pos < 0:
            raise ValueError('Negative seek position %d' % pos)
        self._pos = pos
        return pos

    def truncate(self, size=None):
        self._check()
        text = self._whole()
        if size is None:
            size = self._pos
        self._text = text[:size]
        return size

    def close(self):
        self.closed = True
        self._text = self._empty
        self._more = []

    def flush(self):
        self._check()

    def readable(self):
        return True

    def writable(self):
        return True

    def seekable(self):
        return True

    def isatty(self):
        return False

    def __enter__(self):
        self._check()
        return self

    def __exit__(self, kind, value, tb):
        self.close()


class StringIO(_Memory, TextIOBase):

    _empty = ''
    _newline = '\n'
    _zero = '\0'

    def __init__(self, initial_value='', newline='\n'):
        if initial_value is None:
            initial_value = ''
        elif not isinstance(initial_value, str):
            raise TypeError('initial_value must be str or None, not '
                            + type(initial_value).__name__)
        self._open(initial_value)

    def write(self, s):
        if not isinstance(s, str):
            raise TypeError("string argument expected, got '%s'"
                            % type(s).__name__)
        if self.closed:
            raise ValueError('I/O operation on closed file')
        if s:
            self._put(s)
        return len(s)


class BytesIO(_Memory, IOBase):

    _empty = b''
    _newline = b'\n'
    _zero = b'\0'

    def __init__(self, initial_bytes=b''):
        self._open(bytes(initial_bytes or b''))

    def write(self, b):
        if isinstance(b, str):
            raise TypeError("a bytes-like object is required, not 'str'")
        if self.closed:
            raise ValueError('I/O operation on closed file')
        b = bytes(b)
        if b:
            self._put(b)
        return len(b)

    def getbuffer(self):
        return self.getvalue()
