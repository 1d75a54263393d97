"""Means, medians and spreads."""

import math as _math
from fractions import Fraction as _Fraction


class StatisticsError(ValueError):
    pass


def _exact(x):
    """x as an integer or a Fraction, without rounding."""
    if isinstance(x, (int, _Fraction)):
        return x
    if isinstance(x, float):
        top, bottom = x.as_integer_ratio()
        return _Fraction(top, bottom)
    raise TypeError("can't convert type %r to numerator/denominator"
                    % type(x).__name__)


def _kind(data):
    """What the answer should be: int counts as exact, float wins."""
    kind = int
    for x in data:
        if isinstance(x, float):
            return float
        if isinstance(x, _Fraction):
            kind = _Fraction
    return kind


def _total(data):
    ints = 0
    # Sums for each power-of-two denominator, so that little needs reducing.
    by_bottom = {}
    for x in data:
        if isinstance(x, int):
            ints += x
        else:
            if isinstance(x, float):
                top, bottom = x.as_integer_ratio()
            else:
                x = _exact(x)
                top = x.numerator
                bottom = x.denominator
            by_bottom[bottom] = by_bottom.get(bottom, 0) + top
    total = _Fraction(ints)
    for bottom, top in by_bottom.items():
        total += _Fraction(top, bottom)
    return total


def _as(value, kind):
    if kind is float:
        return value.numerator / value.denominator
    if kind is int:
        if value.denominator == 1:
            return value.numerator
        return value.numerator / value.denominator
    return value


def _odd_float(data):
    """Whether data holds an infinity or a nan, for which only floats do."""
    for x in data:
        if isinstance(x, float) and (x != x or x in (_math.inf, -_math.inf)):
            return True
    return False


def mean(data):
    data = list(data)
    n = len(data)
    if n < 1:
        raise StatisticsError('mean requires at least one data point')
    if _odd_float(data):
        return sum(data) / n
    return _as(_total(data) / n, _kind(data))


def fmean(data, weights=None):
    data = list(data)
    if not data:
        raise StatisticsError('fmean requires at least one data point')
    if weights is None:
        return _math.fsum(data) / len(data)
    weights = list(weights)
    if len(weights) != len(data):
        raise StatisticsError('data and weights must be the same length')
    num = _math.fsum([x * w for x, w in zip(data, weights)])
    den = _math.fsum(weights)
    if not den:
        raise StatisticsError('sum of weights must be non-zero')
    return num / den


def geometric_mean(data):
    try:
        return _math.exp(fmean([_math.log(x) for x in data]))
    except ValueError:
        raise StatisticsError('geometric mean requires a non-empty dataset '
                              'containing positive numbers') from None


def harmonic_mean(data, weights=None):
    data = list(data)
    if not data:
        raise StatisticsError(
            'harmonic_mean requires at least one data point')
    if weights is None:
        weights = [1] * len(data)
    for x in data:
        if x < 0:
            raise StatisticsError(
                'harmonic mean does not support negative values')
        if x == 0:
            return 0
    total = _Fraction(0)
    for x, w in zip(data, weights):
        total += _Fraction(_exact(w)) / _Fraction(_exact(x))
    return _as(_Fraction(_total(weights)) / total, _kind(data))


def median(data):
    data = sorted(data)
    n = len(data)
    if n == 0:
        raise StatisticsError('no median for empty data')
    if n % 2 == 1:
        return data[n // 2]
    i = n // 2
    return (data[i - 1] + data[i]) / 2


def median_low(data):
    data = sorted(data)
    n = len(data)
    if n == 0:
        raise StatisticsError('no median for empty data')
    return data[(n - 1) // 2]


def median_high(data):
    data = sorted(data)
    n = len(data)
    if n == 0:
        raise StatisticsError('no median for empty data')
    return data[n // 2]


def _tally(data):
    counts = {}
    for x in data:
        counts[x] = counts.get(x, 0) + 1
    return counts


def mode(data):
    counts = _tally(data)
    if not counts:
        raise StatisticsError('no mode for empty data')
    most = max(counts.values())
    for x, n in counts.items():
        if n == most:
            return x


def multimode(data):
    counts = _tally(data)
    if not counts:
        return []
    most = max(counts.values())
    return [x for x, n in counts.items() if n == most]


def _squares(data, centre=None):
    """The sum of squared distances from the mean (or from centre)."""
    if centre is None:
        n = len(data)
        exact = [_exact(x) for x in data]
        total = _total(exact)
        squares = _total([x * x for x in exact])
        return squares - total * total / n
    c = _exact(centre)
    return _total([(_exact(x) - c) * (_exact(x) - c) for x in data])


def variance(data, xbar=None):
    data = list(data)
    if len(data) < 2:
        raise StatisticsError('variance requires at least two data points')
    return _as(_squares(data, xbar) / (len(data) - 1), _kind(data))


def pvariance(data, mu=None):
    data = list(data)
    if len(data) < 1:
        raise StatisticsError('pvariance requires at least one data point')
    return _as(_squares(data, mu) / len(data), _kind(data))


def _root(q):
    """The square root of a Fraction, rightly rounded to a float."""
    n = q.numerator
    m = q.denominator
    if not n:
        return 0.0
    shift = (n.bit_length() - m.bit_length() - 109) // 2
    if shift >= 0:
        bottom = m << 2 * shift
        r = _math.isqrt(n // bottom)
        r |= r * r * bottom != n
        return float(r << shift)
    top = n << -2 * shift
    r = _math.isqrt(top // m)
    r |= r * r * m != top
    return r / (1 << -shift)


def stdev(data, xbar=None):
    data = list(data)
    if len(data) < 2:
        raise StatisticsError('stdev requires at least two data points')
    return _root(_squares(data, xbar) / (len(data) - 1))


def pstdev(data, mu=None):
    data = list(data)
    if len(data) < 1:
        raise StatisticsError('pstdev requires at least one data point')
    return _root(_squares(data, mu) / len(data))


def quantiles(data, *, n=4, method='exclusive'):
    if n < 1:
        raise StatisticsError('n must be at least 1')
    data = sorted(data)
    size = len(data)
    if size < 2:
        raise StatisticsError('must have at least two data points')
    result = []
    if method == 'inclusive':
        m = size - 1
        for i in range(1, n):
            j, delta = divmod(i * m, n)
            result.append((data[j] * (n - delta) + data[j + 1] * delta) / n)
        return result
    if method == 'exclusive':
        m = size + 1
        for i in range(1, n):
            j = i * m // n
            j = 1 if j < 1 else size - 1 if j > size - 1 else j
            delta = i * m - j * n
            result.append((data[j - 1] * (n - delta) + data[j] * delta) / n)
        return result
    raise ValueError('Unknown method: %r' % (method,))


def _deviations(x, y, what):
    n = len(x)
    if len(y) != n:
        raise StatisticsError(
            '%s requires that both inputs have same number of data points'
            % what)
    if n < 2:
        raise StatisticsError(
            '%s requires at least two data points' % what)
    xbar = _math.fsum(x) / n
    ybar = _math.fsum(y) / n
    return ([v - xbar for v in x], [v - ybar for v in y], xbar, ybar)


def covariance(x, y, /):
    dx, dy, _, _ = _deviations(x, y, 'covariance')
    return _math.fsum([a * b for a, b in zip(dx, dy)]) / (len(dx) - 1)


def correlation(x, y, /):
    dx, dy, _, _ = _deviations(x, y, 'correlation')
    sxy = _math.fsum([a * b for a, b in zip(dx, dy)])
    sxx = _math.fsum([a * a for a in dx])
    syy = _math.fsum([b * b for b in dy])
    try:
        return sxy / _math.sqrt(sxx * syy)
    except ZeroDivisionError:
        raise StatisticsError('at least one of the inputs is constant')


LinearRegression = None


def linear_regression(x, y, /, *, proportional=False):
    global LinearRegression
    if LinearRegression is None:
        from collections import namedtuple
        LinearRegression = namedtuple('LinearRegression',
                                      ('slope', 'intercept'))
    dx, dy, xbar, ybar = _deviations(x, y, 'linear regression')
    sxy = _math.fsum([a * b for a, b in zip(dx, dy)])
    sxx = _math.fsum([a * a for a in dx])
    try:
        slope = sxy / sxx
    except ZeroDivisionError:
        raise StatisticsError('x is constant')
    return LinearRegression(slope=slope, intercept=ybar - slope * xbar)
