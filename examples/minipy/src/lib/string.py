"""Sets of characters, and text with blanks to fill."""

whitespace = ' \t\n\r\v\f'
ascii_lowercase = 'abcdefghijklmnopqrstuvwxyz'
ascii_uppercase = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
ascii_letters = ascii_lowercase + ascii_uppercase
digits = '0123456789'
hexdigits = digits + 'abcdef' + 'ABCDEF'
octdigits = '01234567'
punctuation = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'
printable = digits + ascii_letters + punctuation + whitespace

_START = ascii_letters + '_'
_REST = _START + digits


def capwords(s, sep=None):
    return (sep or ' ').join([w.capitalize() for w in s.split(sep)])


class Template:
    """Text in which $name and ${name} are filled in."""

    delimiter = '$'

    def __init__(self, template):
        self.template = template

    def _fill(self, mapping, kws, safe):
        if kws:
            merged = dict(mapping)
            merged.update(kws)
            mapping = merged
        s = self.template
        mark = self.delimiter
        n = len(s)
        out = []
        i = 0
        while True:
            at = s.find(mark, i)
            if at < 0:
                out.append(s[i:])
                return ''.join(out)
            out.append(s[i:at])
            i = at + 1
            if s[i:i + 1] == mark:
                out.append(mark)
                i += 1
                continue
            begin = i
            braced = s[i:i + 1] == '{'
            if braced:
                begin += 1
            end = begin
            if end < n and s[end] in _START:
                while end < n and s[end] in _REST:
                    end += 1
            if end == begin or (braced and s[end:end + 1] != '}'):
                if safe:
                    out.append(mark)
                    continue
                before = s[:at]
                line = before.count('\n') + 1
                col = at - (before.rfind('\n') + 1) + 1
                raise ValueError('Invalid placeholder in string: line %d, '
                                 'col %d' % (line, col))
            name = s[begin:end]
            i = end + 1 if braced else end
            if safe and name not in mapping:
                out.append(s[at:i])
            else:
                out.append(str(mapping[name]))

    def substitute(self, mapping={}, /, **kws):
        return self._fill(mapping, kws, False)

    def safe_substitute(self, mapping={}, /, **kws):
        return self._fill(mapping, kws, True)


class Formatter:

    def format(self, format_string, /, *args, **kwargs):
        return format_string.format(*args, **kwargs)

    def vformat(self, format_string, args, kwargs):
        return format_string.format(*args, **kwargs)
