"""Argument binding and its error messages, for functions made at run time."""


def _names(names):
    names = [repr(n) for n in names]
    if len(names) == 1:
        return names[0]
    if len(names) == 2:
        return names[0] + ' and ' + names[1]
    return ', '.join(names[:-1]) + ', and ' + names[-1]


def missing(fname, kind, names):
    return TypeError('%s() missing %d required %s argument%s: %s' % (
        fname, len(names), kind, '' if len(names) == 1 else 's',
        _names(names)))


def bind(fname, names, needed, kwonly, kwneeded, args, kwargs):
    """Return a dict of parameter name -> given value.

    names: the positional parameters; the first `needed` of them must be
    given.  kwonly: the keyword-only ones, of which those in kwneeded must
    be given.  self is not in names, but counts in the messages.
    """
    got = dict(zip(names, args))
    for key in kwargs:
        if key in got:
            raise TypeError("%s() got multiple values for argument '%s'"
                            % (fname, key))
        if key not in names and key not in kwonly:
            raise TypeError("%s() got an unexpected keyword argument '%s'"
                            % (fname, key))
    if len(args) > len(names):
        most = len(names) + 1
        least = needed + 1
        if least != most:
            takes = 'from %d to %d' % (least, most)
            plural = True
        else:
            takes = '%d' % most
            plural = most != 1
        given = len(args) + 1
        extra = [k for k in kwargs if k in kwonly]
        if extra:
            also = (' positional argument%s (and %d keyword-only argument%s)'
                    % ('' if given == 1 else 's', len(extra),
                       '' if len(extra) == 1 else 's'))
        else:
            also = ''
        raise TypeError('%s() takes %s positional argument%s but %d%s %s given'
                        % (fname, takes, 's' if plural else '', given, also,
                           'was' if given == 1 and not extra else 'were'))
    got.update(kwargs)
    lacking = [n for n in names[:needed] if n not in got]
    if lacking:
        raise missing(fname, 'positional', lacking)
    lacking = [n for n in kwonly if n in kwneeded and n not in got]
    if lacking:
        raise missing(fname, 'keyword-only', lacking)
    return got
