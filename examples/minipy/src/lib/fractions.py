"""Exact quotients of integers."""

import math as _math


def _parse(text):
    s = text.strip()
    sign = 1
    body = s
    if body[:1] in ('-', '+'):
        if body[0] == '-':
            sign = -1
        body = body[1:]
    bad = ValueError('Invalid literal for Fraction: %r' % text)
    if '/' in body:
        top, _, bottom = body.partition('/')
        if not top.isdigit() or not bottom.isdigit():
            raise bad
        return sign * int(top), int(bottom)
    power = 0
    low = body.lower()
    if 'e' in low:
        body, _, exponent = low.partition('e')
        digits = exponent[1:] if exponent[:1] in ('-', '+') else exponent
        if not digits.isdigit():
            raise bad
        power = int(exponent)
    whole, dot, part = body.partition('.')
    if (whole and not whole.isdigit()) or (part and not part.isdigit()) or (
            not whole and not part):
        raise bad
    top = int((whole or '') + part)
    power -= len(part)
    if power >= 0:
        return sign * top * 10 ** power, 1
    return sign * top, 10 ** -power


class Fraction:

    def __init__(self, numerator=0, denominator=None):
        if denominator is None:
            if type(numerator) is int:
                self.numerator = numerator
                self.denominator = 1
                return
            if isinstance(numerator, (int, Fraction)):
                self.numerator = numerator.numerator
                self.denominator = numerator.denominator
                return
            if isinstance(numerator, float):
                top, bottom = numerator.as_integer_ratio()
                self.numerator = top
                self.denominator = bottom
                return
            if not isinstance(numerator, str):
                raise TypeError('argument should be a string or a Rational '
                                'instance')
            numerator, denominator = _parse(numerator)
        elif isinstance(numerator, (int, Fraction)) and isinstance(
                denominator, (int, Fraction)):
            if type(numerator) is not int or type(denominator) is not int:
                numerator, denominator = (
                    numerator.numerator * denominator.denominator,
                    denominator.numerator * numerator.denominator)
        else:
            raise TypeError('both arguments should be Rational instances')
        if denominator == 0:
            raise ZeroDivisionError('Fraction(%s, 0)' % numerator)
        common = _math.gcd(numerator, denominator)
        if denominator < 0:
            common = -common
        self.numerator = numerator // common
        self.denominator = denominator // common

    @classmethod
    def from_float(cls, f):
        return cls(f)

    def is_integer(self):
        return self.denominator == 1

    def as_integer_ratio(self):
        return self.numerator, self.denominator

    def limit_denominator(self, max_denominator=1000000):
        if max_denominator < 1:
            raise ValueError('max_denominator should be at least 1')
        if self.denominator <= max_denominator:
            return Fraction(self)
        p0, q0, p1, q1 = 0, 1, 1, 0
        n, d = self.numerator, self.denominator
        while True:
            a = n // d
            q2 = q0 + a * q1
            if q2 > max_denominator:
                break
            p0, q0, p1, q1 = p1, q1, p0 + a * p1, q2
            n, d = d, n - a * d
        k = (max_denominator - q0) // q1
        bound1 = Fraction(p0 + k * p1, q0 + k * q1)
        bound2 = Fraction(p1, q1)
        if abs(bound2 - self) <= abs(bound1 - self):
            return bound2
        return bound1

    def __repr__(self):
        return '%s(%s, %s)' % (type(self).__name__, self.numerator,
                               self.denominator)

    def __str__(self):
        if self.denominator == 1:
            return str(self.numerator)
        return '%s/%s' % (self.numerator, self.denominator)

    def __add__(self, other):
        if isinstance(other, (int, Fraction)):
            return Fraction(self.numerator * other.denominator
                            + other.numerator * self.denominator,
                            self.denominator * other.denominator)
        if isinstance(other, float):
            return float(self) + other
        return NotImplemented

    __radd__ = __add__

    def __sub__(self, other):
        if isinstance(other, (int, Fraction)):
            return Fraction(self.numerator * other.denominator
                            - other.numerator * self.denominator,
                            self.denominator * other.denominator)
        if isinstance(other, float):
            return float(self) - other
        return NotImplemented

    def __rsub__(self, other):
        if isinstance(other, (int, Fraction)):
            return -(self - other)
        if isinstance(other, float):
            return other - float(self)
        return NotImplemented

    def __mul__(self, other):
        if isinstance(other, (int, Fraction)):
            return Fraction(self.numerator * other.numerator,
                            self.denominator * other.denominator)
        if isinstance(other, float):
            return float(self) * other
        return NotImplemented

    __rmul__ = __mul__

    def __truediv__(self, other):
        if isinstance(other, (int, Fraction)):
            return Fraction(self.numerator * other.denominator,
                            self.denominator * other.numerator)
        if isinstance(other, float):
            return float(self) / other
        return NotImplemented

    def __rtruediv__(self, other):
        if isinstance(other, (int, Fraction)):
            return Fraction(other.numerator * self.denominator,
                            other.denominator * self.numerator)
        if isinstance(other, float):
            return other / float(self)
        return NotImplemented

    def __floordiv__(self, other):
        if isinstance(other, (int, Fraction)):
            return (self.numerator * other.denominator
                    // (self.denominator * other.numerator))
        if isinstance(other, float):
            return float(self) // other
        return NotImplemented

    def __rfloordiv__(self, other):
        if isinstance(other, (int, Fraction)):
            return Fraction(other) // self
        if isinstance(other, float):
            return other // float(self)
        return NotImplemented

    def __mod__(self, other):
        if isinstance(other, (int, Fraction)):
            return self - other * (self // other)
        if isinstance(other, float):
            return float(self) % other
        return NotImplemented

    def __rmod__(self, other):
        if isinstance(other, (int, Fraction)):
            return Fraction(other) % self
        if isinstance(other, float):
            return other % float(self)
        return NotImplemented

    def __divmod__(self, other):
        if isinstance(other, (int, Fraction)):
            q = self // other
            return q, self - other * q
        return NotImplemented

    def __pow__(self, other):
        if isinstance(other, Fraction):
            if other.denominator != 1:
                return float(self) ** float(other)
            other = other.numerator
        if isinstance(other, int):
            if other >= 0:
                return Fraction(self.numerator ** other,
                                self.denominator ** other)
            return Fraction(self.denominator ** -other,
                            self.numerator ** -other)
        return float(self) ** other

    def __rpow__(self, other):
        if self.denominator == 1:
            return other ** self.numerator
        return other ** float(self)

    def __pos__(self):
        return Fraction(self)

    def __neg__(self):
        return Fraction(-self.numerator, self.denominator)

    def __abs__(self):
        return Fraction(abs(self.numerator), self.denominator)

    def __int__(self):
        if self.numerator < 0:
            return -(-self.numerator // self.denominator)
        return self.numerator // self.denominator

    __trunc__ = __int__

    def __float__(self):
        return self.numerator / self.denominator

    def __floor__(self):
        return self.numerator // self.denominator

    def __ceil__(self):
        return -(-self.numerator // self.denominator)

    def __round__(self, ndigits=None):
        if ndigits is None:
            floor, rest = divmod(self.numerator, self.denominator)
            if rest * 2 < self.denominator:
                return floor
            if rest * 2 > self.denominator:
                return floor + 1
            return floor + (floor & 1)
        shift = 10 ** abs(ndigits)
        if ndigits > 0:
            return Fraction(round(self * shift), shift)
        return Fraction(round(self / shift) * shift)

    def __bool__(self):
        return self.numerator != 0

    def __hash__(self):
        if self.denominator == 1:
            return hash(self.numerator)
        # Equal numbers hash alike, whatever their type.
        prime = (1 << 61) - 1
        if self.denominator % prime == 0:
            value = 314159
        else:
            value = (abs(self.numerator) % prime
                     * pow(self.denominator, prime - 2, prime) % prime)
        if self.numerator < 0:
            value = -value
        return -2 if value == -1 else value

    def __eq__(self, other):
        if isinstance(other, (int, Fraction)):
            return (self.numerator == other.numerator
                    and self.denominator == other.denominator)
        if isinstance(other, float):
            if other != other or other in (_math.inf, -_math.inf):
                return False
            return self == Fraction(other)
        return NotImplemented

    def _against(self, other):
        """What self and other come to, as integers to compare."""
        if isinstance(other, float):
            if other != other or other in (_math.inf, -_math.inf):
                return 0.0, other
            other = Fraction(other)
        if isinstance(other, (int, Fraction)):
            return (self.numerator * other.denominator,
                    other.numerator * self.denominator)
        return None

    def __lt__(self, other):
        pair = self._against(other)
        return NotImplemented if pair is None else pair[0] < pair[1]

    def __le__(self, other):
        pair = self._against(other)
        return NotImplemented if pair is None else pair[0] <= pair[1]

    def __gt__(self, other):
        pair = self._against(other)
        return NotImplemented if pair is None else pair[0] > pair[1]

    def __ge__(self, other):
        pair = self._against(other)
        return NotImplemented if pair is None else pair[0] >= pair[1]

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self
