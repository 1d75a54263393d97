"""Text made to fit a width."""

_WHITE = '\t\n\x0b\x0c\r '


def _is_word(c):
    return c.isalnum() or c == '_'


def _pieces(text, on_hyphens):
    """Split text into runs of blanks and unbreakable pieces."""
    out = []
    i = 0
    n = len(text)
    while i < n:
        j = i
        if text[i] in _WHITE:
            while j < n and text[j] in _WHITE:
                j += 1
            out.append(text[i:j])
            i = j
            continue
        while j < n and text[j] not in _WHITE:
            j += 1
        word = text[i:j]
        i = j
        if on_hyphens and '-' in word:
            out.extend(_hyphenated(word))
        else:
            out.append(word)
    return out


def _hyphenated(word):
    out = []
    begin = 0
    n = len(word)
    i = 1
    while i < n:
        c = word[i]
        if c == '-':
            # A dash of two or more stands by itself between words.
            j = i
            while j < n and word[j] == '-':
                j += 1
            if j - i >= 2:
                if j < n and _is_word(word[j]) and (
                        _is_word(word[i - 1]) or word[i - 1] in '!"\'&.,?'):
                    out.append(word[begin:i])
                    out.append(word[i:j])
                    begin = j
                i = j
                continue
            before = word[i - 2:i] if i >= 2 else ''
            if (len(before) == 2 and before.isalpha() and i - begin >= 2
                    and word[i + 1:i + 2].isalpha()
                    and (word[i + 2:i + 3].isalpha()
                         or word[i + 2:i + 3] == '-')):
                out.append(word[begin:i + 1])
                begin = i + 1
        i += 1
    if begin < n:
        out.append(word[begin:])
    return out


class TextWrapper:

    def __init__(self, width=70, initial_indent='', subsequent_indent='',
                 expand_tabs=True, replace_whitespace=True,
                 fix_sentence_endings=False, break_long_words=True,
                 drop_whitespace=True, break_on_hyphens=True, tabsize=8, *,
                 max_lines=None, placeholder=' [...]'):
        self.width = width
        self.initial_indent = initial_indent
        self.subsequent_indent = subsequent_indent
        self.expand_tabs = expand_tabs
        self.replace_whitespace = replace_whitespace
        self.fix_sentence_endings = fix_sentence_endings
        self.break_long_words = break_long_words
        self.drop_whitespace = drop_whitespace
        self.break_on_hyphens = break_on_hyphens
        self.tabsize = tabsize
        self.max_lines = max_lines
        self.placeholder = placeholder

    def wrap(self, text):
        if self.expand_tabs:
            text = text.expandtabs(self.tabsize)
        if self.replace_whitespace:
            for c in _WHITE:
                if c != ' ' and c in text:
                    text = text.replace(c, ' ')
        chunks = _pieces(text, self.break_on_hyphens)
        if self.fix_sentence_endings:
            for i in range(len(chunks) - 1):
                tail = chunks[i].rstrip('"\'')
                if chunks[i + 1] == ' ' and tail[-1:] in ('.', '!', '?') and (
                        tail[-2:-1].islower()):
                    chunks[i + 1] = '  '
        if self.width <= 0:
            raise ValueError('invalid width %r (must be > 0)' % self.width)
        if self.max_lines is not None:
            indent = (self.subsequent_indent if self.max_lines > 1
                      else self.initial_indent)
            if len(indent) + len(self.placeholder.lstrip()) > self.width:
                raise ValueError('placeholder too large for max width')
        lines = []
        chunks.reverse()
        while chunks:
            indent = self.subsequent_indent if lines else self.initial_indent
            room = self.width - len(indent)
            if self.drop_whitespace and lines and not chunks[-1].strip():
                chunks.pop()
            line = []
            used = 0
            while chunks and used + len(chunks[-1]) <= room:
                used += len(chunks[-1])
                line.append(chunks.pop())
            if chunks and len(chunks[-1]) > room:
                self._long(chunks, line, used, room)
                used = sum([len(c) for c in line])
            if self.drop_whitespace and line and not line[-1].strip():
                used -= len(line.pop())
            if not line:
                continue
            if (self.max_lines is None or len(lines) + 1 < self.max_lines
                    or (not chunks or self.drop_whitespace
                        and len(chunks) == 1 and not chunks[0].strip())
                    and used <= room):
                lines.append(indent + ''.join(line))
                continue
            # This is the last line allowed, and there is more to come.
            holder = self.placeholder
            while line:
                if line[-1].strip() and used + len(holder) <= room:
                    lines.append(indent + ''.join(line) + holder)
                    return lines
                used -= len(line.pop())
            if lines:
                last = lines[-1].rstrip()
                if len(last) + len(holder) <= self.width:
                    lines[-1] = last + holder
                    return lines
            lines.append(indent + holder.lstrip())
            return lines
        return lines

    def _long(self, chunks, line, used, room):
        space = 1 if room < 1 else room - used
        if self.break_long_words:
            end = space
            chunk = chunks[-1]
            if self.break_on_hyphens and len(chunk) > space:
                at = chunk.rfind('-', 0, space)
                if at > 0 and chunk[:at].strip('-'):
                    end = at + 1
            line.append(chunk[:end])
            chunks[-1] = chunk[end:]
        elif not line:
            line.append(chunks.pop())

    def fill(self, text):
        return '\n'.join(self.wrap(text))


def wrap(text, width=70, **kwargs):
    return TextWrapper(width=width, **kwargs).wrap(text)


def fill(text, width=70, **kwargs):
    return TextWrapper(width=width, **kwargs).fill(text)


def shorten(text, width, **kwargs):
    return TextWrapper(width=width, max_lines=1, **kwargs).fill(
        ' '.join(text.strip().split()))


def dedent(text):
    lines = text.split('\n')
    margin = None
    for i, line in enumerate(lines):
        body = line.lstrip(' \t')
        if not body:
            lines[i] = ''
            continue
        lead = line[:len(line) - len(body)]
        if margin is None:
            margin = lead
        else:
            n = 0
            most = min(len(margin), len(lead))
            while n < most and margin[n] == lead[n]:
                n += 1
            margin = margin[:n]
    if margin:
        n = len(margin)
        lines = [line[n:] for line in lines]
    return '\n'.join(lines)


def indent(text, prefix, predicate=None):
    if predicate is None:
        return ''.join([prefix + line if line.strip() else line
                        for line in text.splitlines(True)])
    return ''.join([prefix + line if predicate(line) else line
                    for line in text.splitlines(True)])
