//! How numerals read, and what Python's numbers do where Rust's differ: rounding, hashing, division,
//! and exact conversions between ints and floats.

use super::{FormatError, Result, decimal_value};
use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::borrow::Cow;
use std::cmp::Ordering;

/// An int, in a machine word where it fits one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntValue {
    /// It fits.
    Small(i64),
    /// It does not fit.
    Big(BigInt),
}

impl From<BigInt> for IntValue {
    fn from(n: BigInt) -> Self {
        n.to_i64().map_or(IntValue::Big(n), IntValue::Small)
    }
}

impl From<IntValue> for BigInt {
    fn from(n: IntValue) -> Self {
        match n {
            IntValue::Small(n) => n.into(),
            IntValue::Big(n) => n,
        }
    }
}

/// Whether Python counts the character as whitespace, which is a few more than Unicode does.
pub fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\x1c'..='\x1f')
}

/// The text of a numeral in ASCII: without the whitespace around it, and with digits of other scripts
/// replaced. `None` where there is anything else beyond ASCII.
fn numeral(text: &str) -> Option<Cow<'_, str>> {
    // Not `is_space`: the separators of ASCII are no whitespace here.
    let text = text.trim_matches(char::is_whitespace);
    if text.is_ascii() {
        return Some(Cow::Borrowed(text));
    }
    let ascii = |c: char| {
        if c.is_ascii() { Some(c) } else { decimal_value(c).and_then(|d| char::from_digit(d, 10)) }
    };
    text.chars().map(ascii).collect::<Option<String>>().map(Cow::Owned)
}

/// Splits the sign off.
fn split_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// `int(text, base)` for base 0 and 2 to 36; `None` where the text is no numeral of that base. A limit
/// on the number of digits is the caller's.
pub fn parse_int(text: &str, base: u32) -> Option<IntValue> {
    let text = numeral(text)?;
    let (negative, mut digits) = split_sign(&text);
    let marked = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => Some(16),
        [b'0', b'o' | b'O', ..] => Some(8),
        [b'0', b'b' | b'B', ..] => Some(2),
        _ => None,
    };
    let mut only_zero = false;
    let base = match (base, marked) {
        (0, Some(marked)) => marked,
        (0, None) => {
            // A zero at the front would mean octal in C; Python takes it for zero alone.
            only_zero = digits.starts_with('0');
            10
        }
        (2..=36, _) => base,
        _ => return None,
    };
    if marked == Some(base) {
        digits = &digits[2..];
        digits = digits.strip_prefix('_').unwrap_or(digits);
    }
    if digits.is_empty()
        || digits.starts_with('_')
        || digits.ends_with('_')
        || digits.contains("__")
    {
        return None;
    }
    if only_zero && digits.bytes().any(|b| !matches!(b, b'0' | b'_')) {
        return None;
    }
    let mut values = Vec::with_capacity(digits.len());
    let mut small = Some(0i64);
    for c in digits.chars().filter(|&c| c != '_') {
        let value = c.to_digit(base)?;
        // Below zero, since the least int has no positive counterpart.
        small = small
            .and_then(|n| n.checked_mul(i64::from(base)))
            .and_then(|n| n.checked_sub(i64::from(value)));
        values.push(value as u8);
    }
    if let Some(n) = small
        && let Some(n) = if negative { Some(n) } else { n.checked_neg() }
    {
        return Some(IntValue::Small(n));
    }
    let size = BigUint::from_radix_be(&values, base)?;
    let sign = if negative { Sign::Minus } else { Sign::Plus };
    Some(BigInt::from_biguint(sign, size).into())
}

/// `float(text)`; `None` where the text is no numeral.
pub fn parse_float(text: &str) -> Option<f64> {
    let text = numeral(text)?;
    let (_, unsigned) = split_sign(&text);
    if unsigned.starts_with(|c: char| c.is_ascii_alphabetic()) {
        let known = ["inf", "infinity", "nan"];
        return known
            .iter()
            .any(|k| unsigned.eq_ignore_ascii_case(k))
            .then(|| text.parse().ok())?;
    }
    if !text.bytes().all(|b| b.is_ascii_digit() || b"+-._eE".contains(&b)) {
        return None;
    }
    if !text.contains('_') {
        return text.parse().ok();
    }
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let between = |at: usize| digit(at.checked_sub(1)) && digit(at.checked_add(1));
    let good = bytes.iter().enumerate().all(|(at, &b)| b != b'_' || between(at));
    if good { text.replace('_', "").parse().ok() } else { None }
}

/// The mantissa and exponent of a finite float: its size is `mantissa * 2**exponent`, and the flag says
/// whether it is negative.
fn decode(x: f64) -> (bool, u64, i32) {
    let bits = x.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    let mantissa = if exponent == 0 { fraction } else { fraction | 1 << 52 };
    (bits >> 63 == 1, mantissa, exponent.max(1) - 1075)
}

/// `mantissa * 2**exponent` rounded half to even, with `sticky` for a bit lost below; `None` on overflow.
fn encode(mantissa: u128, exponent: i64, sticky: bool) -> Option<f64> {
    if mantissa == 0 {
        return Some(0.0);
    }
    let bits = 128 - i64::from(mantissa.leading_zeros());
    // The exponent of the last bit that a float of this size keeps.
    let last = (bits - 53 + exponent).max(-1074);
    let drop = last - exponent;
    let mut kept = mantissa;
    if drop > 127 {
        // Below half of the least float.
        return Some(0.0);
    }
    if drop > 0 {
        kept = mantissa >> drop;
        let lost = mantissa & ((1 << drop) - 1);
        let half = 1u128 << (drop - 1);
        if lost > half || (lost == half && (sticky || kept & 1 == 1)) {
            kept += 1;
        }
    } else if drop < 0 {
        kept <<= -drop;
    }
    // `kept` has at most 53 bits, or is 2**53: exact, as the power of two is.
    let x = kept as f64;
    if last > 971 {
        return None;
    }
    let power = |e: i64| f64::from_bits(((e + 1023) as u64) << 52);
    let x = if last < -1022 { x * power(-1022) * power(last + 1022) } else { x * power(last) };
    x.is_finite().then_some(x)
}

/// `int(x)`: the float without its fraction.
pub fn float_to_int_bigint(x: f64) -> Result<BigInt> {
    if x.is_nan() {
        return Err(FormatError::value("cannot convert float NaN to integer"));
    }
    if x.is_infinite() {
        return Err(FormatError::overflow("cannot convert float infinity to integer"));
    }
    Ok(whole_part(x))
}

fn whole_part(x: f64) -> BigInt {
    let (negative, mantissa, exponent) = decode(x);
    let size = if exponent >= 0 {
        BigInt::from(mantissa) << exponent.unsigned_abs()
    } else {
        BigInt::from(mantissa.checked_shr(exponent.unsigned_abs()).unwrap_or(0))
    };
    if negative { -size } else { size }
}

/// The float as an `i64` where it is whole and fits one, which is the quick way for most.
pub fn float_as_i64(x: f64) -> Option<i64> {
    let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&x);
    (fits && x == x.trunc()).then_some(x as i64)
}

/// `float(n)`: the nearest float, half to even; `None` where none is as large.
pub fn bigint_to_f64(n: &BigInt) -> Option<f64> {
    let size = n.magnitude();
    let shift = size.bits().saturating_sub(64);
    let top = if shift == 0 { size.to_u64() } else { (size >> shift).to_u64() }?;
    let sticky = shift > 0 && size.trailing_zeros().is_some_and(|zeros| zeros < shift);
    let x = encode(top.into(), i64::try_from(shift).ok()?, sticky)?;
    Some(if n.is_negative() { -x } else { x })
}

/// `a / b` of ints, rounded once. The caller has seen to it that `b` is not zero.
pub fn int_true_div(a: &BigInt, b: &BigInt) -> Result<f64> {
    let overflow = || FormatError::overflow("integer division result too large for a float");
    if a.is_zero() {
        return Ok(if b.is_negative() { -0.0 } else { 0.0 });
    }
    let exact = |n: &BigInt| n.to_i64().filter(|n| n.unsigned_abs() <= 1 << 53);
    if let (Some(a), Some(b)) = (exact(a), exact(b)) {
        return Ok(a as f64 / b as f64);
    }
    let negative = a.is_negative() != b.is_negative();
    let bits = |n: &BigInt| i64::try_from(n.bits()).unwrap_or(i64::MAX);
    let difference = bits(a) - bits(b);
    if difference > 1025 {
        return Err(overflow());
    }
    let x = if difference < -1080 {
        0.0
    } else {
        // Enough bits that the quotient and a sticky bit decide the rounding.
        let shift = 70 - difference;
        let (a, b) = (a.magnitude(), b.magnitude());
        let (quotient, remainder) = if shift >= 0 {
            (a << shift.unsigned_abs()).div_rem(b)
        } else {
            a.div_rem(&(b << shift.unsigned_abs()))
        };
        let quotient = quotient.to_u128().unwrap_or(u128::MAX);
        encode(quotient, -shift, !remainder.is_zero()).ok_or_else(overflow)?
    };
    Ok(if negative { -x } else { x })
}

/// `round(x, ndigits)`: to decimal places, half to even on the exact value.
pub fn float_round(x: f64, ndigits: i32) -> Result<f64> {
    if !x.is_finite() || ndigits > 323 {
        return Ok(x);
    }
    if ndigits < -308 {
        return Ok(0.0 * x);
    }
    if let Ok(places) = usize::try_from(ndigits) {
        return Ok(format!("{x:.places$}").parse().unwrap_or(x));
    }
    let unit = BigInt::from(10).pow(ndigits.unsigned_abs());
    let whole = whole_part(x.abs());
    let (mut quotient, remainder) = whole.div_rem(&unit);
    let up = match (remainder << 1u32).cmp(&unit) {
        Ordering::Equal => x.fract() != 0.0 || quotient.is_odd(),
        order => order.is_gt(),
    };
    if up {
        quotient += 1;
    }
    let rounded = bigint_to_f64(&(quotient * unit))
        .ok_or_else(|| FormatError::overflow("rounded value too large to represent"))?;
    Ok(rounded.copysign(x))
}

/// `round(x)`: the nearest int, half to even.
pub fn float_round_int(x: f64) -> Result<BigInt> {
    float_to_int_bigint(x.round_ties_even())
}

/// `round(n, ndigits)`, which changes an int only where `ndigits` is negative; half to even.
pub fn int_round(n: &BigInt, ndigits: i64) -> BigInt {
    if ndigits >= 0 {
        return n.clone();
    }
    // Every decimal digit takes more than three bits: beyond these the unit is more than twice `n`.
    let Some(places) =
        u32::try_from(ndigits.unsigned_abs()).ok().filter(|&p| u64::from(p) <= n.bits())
    else {
        return BigInt::ZERO;
    };
    let unit = BigInt::from(10).pow(places);
    let (mut quotient, remainder) = n.div_mod_floor(&unit);
    match (remainder << 1u32).cmp(&unit) {
        Ordering::Greater => quotient += 1,
        Ordering::Equal if quotient.is_odd() => quotient += 1,
        _ => {}
    }
    quotient * unit
}

const HASH_BITS: u32 = 61;
const HASH_MODULUS: u64 = (1 << HASH_BITS) - 1;

fn signed_hash(negative: bool, hash: u64) -> i64 {
    let hash = if negative { -(hash as i64) } else { hash as i64 };
    // The value that C functions keep for errors.
    if hash == -1 { -2 } else { hash }
}

/// `hash` of a float; that of NaN, which in Python depends on the object, is 0 here.
pub fn float_hash(x: f64) -> i64 {
    if x.is_infinite() {
        return if x > 0.0 { 314_159 } else { -314_159 };
    }
    if x.is_nan() {
        return 0;
    }
    let (negative, mantissa, exponent) = decode(x);
    // Multiplying by a power of two modulo 2**61 - 1 turns the 61 bits round.
    let turn = exponent.rem_euclid(HASH_BITS as i32) as u32;
    let turned =
        (mantissa << turn & HASH_MODULUS) | mantissa.checked_shr(HASH_BITS - turn).unwrap_or(0);
    signed_hash(negative, if turned == HASH_MODULUS { 0 } else { turned })
}

/// `hash` of an int.
pub fn int_hash(n: &BigInt) -> i64 {
    let modulus = u128::from(HASH_MODULUS);
    let mut hash = 0u64;
    for digit in n.iter_u64_digits().rev() {
        hash = (((u128::from(hash) << 64) + u128::from(digit)) % modulus) as u64;
    }
    signed_hash(n.is_negative(), hash)
}

/// `hash` of an int that fits a machine word.
pub fn i64_hash(n: i64) -> i64 {
    signed_hash(n < 0, n.unsigned_abs() % HASH_MODULUS)
}

/// `divmod(a, b)` of floats: floor division, and a remainder with the sign of `b`. The caller has seen to
/// it that `b` is not zero.
pub fn float_divmod(a: f64, b: f64) -> (f64, f64) {
    let mut remainder = a % b;
    let mut quotient = (a - remainder) / b;
    if remainder == 0.0 {
        remainder = 0f64.copysign(b);
    } else if (b < 0.0) != (remainder < 0.0) {
        remainder += b;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return (0f64.copysign(a / b), remainder);
    }
    let floor = quotient.floor();
    // The subtraction above may have rounded to just below an integer.
    (if quotient - floor > 0.5 { floor + 1.0 } else { floor }, remainder)
}

/// `a % b` of floats, under the same condition as [`float_divmod`].
pub fn float_mod(a: f64, b: f64) -> f64 {
    let remainder = a % b;
    if remainder == 0.0 {
        0f64.copysign(b)
    } else if (b < 0.0) != (remainder < 0.0) {
        remainder + b
    } else {
        remainder
    }
}

/// What `a ** b` of floats comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PowResult {
    /// A float.
    Value(f64),
    /// `ZeroDivisionError: 0.0 cannot be raised to a negative power`.
    ZeroDivision,
    /// `OverflowError: (34, 'Numerical result out of range')`.
    Overflow,
    /// A complex number: a negative base with a finite exponent that is not whole.
    Complex,
}

/// `a ** b` of floats. The special values are those of C's `pow`; what is different is that a zero to a
/// negative power, an overflow of finite operands, and a root of a negative number are not floats.
pub fn float_pow(a: f64, b: f64) -> PowResult {
    if a.is_finite() && b.is_finite() {
        if a == 0.0 && b < 0.0 {
            return PowResult::ZeroDivision;
        }
        if a < 0.0 && b != b.floor() {
            return PowResult::Complex;
        }
        let x = a.powf(b);
        return if x.is_infinite() { PowResult::Overflow } else { PowResult::Value(x) };
    }
    if a == 0.0 && b == f64::NEG_INFINITY {
        // C answers infinity here, and so does Python.
        return PowResult::Value(f64::INFINITY);
    }
    PowResult::Value(a.powf(b))
}

/// `x.as_integer_ratio()`: numerator and denominator in lowest terms.
pub fn float_as_integer_ratio(x: f64) -> Result<(BigInt, BigInt)> {
    if x.is_nan() {
        return Err(FormatError::value("cannot convert NaN to integer ratio"));
    }
    if x.is_infinite() {
        return Err(FormatError::overflow("cannot convert Infinity to integer ratio"));
    }
    let (negative, mantissa, exponent) = decode(x);
    if mantissa == 0 {
        return Ok((BigInt::ZERO, BigInt::one()));
    }
    let zeros = mantissa.trailing_zeros();
    let exponent = exponent + zeros as i32;
    let mut numerator = BigInt::from(mantissa >> zeros);
    let mut denominator = BigInt::one();
    if exponent >= 0 {
        numerator <<= exponent.unsigned_abs();
    } else {
        denominator <<= exponent.unsigned_abs();
    }
    Ok((if negative { -numerator } else { numerator }, denominator))
}

/// `x.hex()`.
pub fn float_hex(x: f64) -> String {
    if !x.is_finite() {
        return super::repr::float_repr(x);
    }
    let (negative, mantissa, exponent) = decode(x);
    let sign = if negative { "-" } else { "" };
    if mantissa == 0 {
        return format!("{sign}0x0.0p+0");
    }
    let (whole, fraction) = (mantissa >> 52, mantissa & ((1 << 52) - 1));
    format!("{sign}0x{whole}.{fraction:013x}p{:+}", exponent + 52)
}

/// `math.isqrt(n)`; `None` where `n` is negative.
pub fn isqrt(n: &BigInt) -> Option<BigInt> {
    (!n.is_negative()).then(|| n.sqrt())
}

/// Compares an int with a float exactly; `None` for NaN.
pub fn compare_int_float(n: &BigInt, x: f64) -> Option<Ordering> {
    if x.is_nan() {
        return None;
    }
    if x.is_infinite() {
        return Some(if x > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    Some(n.cmp(&whole_part(x)).then_with(|| 0f64.total_cmp(&(x.fract() + 0.0))))
}

/// [`compare_int_float`] for an int that fits a machine word.
pub fn compare_i64_float(n: i64, x: f64) -> Option<Ordering> {
    if n.unsigned_abs() <= 1 << 53 {
        return (n as f64).partial_cmp(&x);
    }
    compare_int_float(&n.into(), x)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn big(text: &str) -> BigInt {
        parse_int(text, 10).map(BigInt::from).unwrap_or_default()
    }

    #[test]
    fn numerals() {
        for (text, base, n) in [
            (" 12\n", 10, Some(12)),
            ("-1_000", 10, Some(-1000)),
            ("0x_fF", 0, Some(255)),
            ("ff", 16, Some(255)),
            ("0b11", 16, Some(0xb11)),
            ("0b11", 2, Some(3)),
            ("00", 0, Some(0)),
            ("010", 0, None),
            ("010", 10, Some(10)),
            ("1__0", 10, None),
            ("_1", 10, None),
            ("1_", 10, None),
            ("+-1", 10, None),
            ("", 10, None),
            ("0x", 16, None),
            ("z", 36, Some(35)),
            ("٣٤", 10, Some(34)),
            ("9", 8, None),
            ("-9223372036854775808", 10, Some(i64::MIN)),
        ] {
            assert_eq!(parse_int(text, base), n.map(IntValue::Small), "{text} {base}");
        }
        assert!(matches!(parse_int("9223372036854775808", 10), Some(IntValue::Big(_))));
        for (text, x) in [
            ("1.5", Some(1.5)),
            (" -1e3 ", Some(-1000.0)),
            ("1_0.0_1", Some(10.01)),
            ("1_.0", None),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            (".", None),
            ("Infinity", Some(f64::INFINITY)),
            ("-inf", Some(f64::NEG_INFINITY)),
            ("infin", None),
            ("0x1p3", None),
            ("1e999", Some(f64::INFINITY)),
        ] {
            assert_eq!(parse_float(text), x, "{text}");
        }
        assert!(parse_float("nan").is_some_and(f64::is_nan));
    }

    #[test]
    fn conversions() {
        assert_eq!(bigint_to_f64(&big("9007199254740993")), Some(9_007_199_254_740_992.0));
        assert_eq!(bigint_to_f64(&BigInt::from(10).pow(400)), None);
        assert_eq!(float_to_int_bigint(-1e20).ok(), Some(big("-100000000000000000000")));
        assert_eq!(float_as_integer_ratio(0.75).ok(), Some((BigInt::from(3), BigInt::from(4))));
        assert_eq!(float_hex(-0.1), "-0x1.999999999999ap-4");
        assert_eq!(float_hex(5e-324), "0x0.0000000000001p-1022");
        assert_eq!(isqrt(&big("99999999999999999999")), Some(big("9999999999")));
        assert_eq!(isqrt(&BigInt::from(-1)), None);
        assert_eq!(float_as_i64(3.5), None);
        assert_eq!(float_as_i64(-4.0), Some(-4));
    }

    #[test]
    fn rounding() {
        assert_eq!(float_round(2.675, 2), Ok(2.67));
        assert_eq!(float_round(0.5, 0), Ok(0.0));
        assert_eq!(float_round(25.0, -1), Ok(20.0));
        assert_eq!(float_round(-1234.5, -2), Ok(-1200.0));
        assert!(float_round(1.7e308, -308).is_err());
        assert_eq!(float_round_int(2.5).ok(), Some(BigInt::from(2)));
        assert_eq!(int_round(&BigInt::from(-25), -1), BigInt::from(-20));
        assert_eq!(int_round(&BigInt::from(35), -1), BigInt::from(40));
        assert_eq!(int_round(&BigInt::from(6), -1), BigInt::from(10));
        assert_eq!(int_round(&BigInt::from(6), -1_000_000_000_000), BigInt::ZERO);
    }

    #[test]
    fn division_and_powers() {
        let tenth = int_true_div(&BigInt::from(10).pow(400), &BigInt::from(10).pow(401));
        assert_eq!(tenth, Ok(0.1));
        assert!(int_true_div(&BigInt::from(10).pow(400), &BigInt::one()).is_err());
        assert_eq!(float_divmod(-7.0, 2.0), (-4.0, 1.0));
        assert_eq!(float_divmod(7.0, -2.0), (-4.0, -1.0));
        assert_eq!(float_mod(-1.0, 3.0), 2.0);
        assert_eq!(float_pow(0.0, -1.0), PowResult::ZeroDivision);
        assert_eq!(float_pow(-8.0, 0.5), PowResult::Complex);
        assert_eq!(float_pow(10.0, 400.0), PowResult::Overflow);
        assert_eq!(float_pow(2.0, 0.5), PowResult::Value(2f64.sqrt()));
    }

    #[test]
    fn hashes_and_order() {
        assert_eq!(int_hash(&BigInt::from(-1)), -2);
        assert_eq!(int_hash(&BigInt::from(HASH_MODULUS)), 0);
        assert_eq!(i64_hash(i64::MIN), int_hash(&BigInt::from(i64::MIN)));
        assert_eq!(float_hash(0.5), 1 << 60);
        assert_eq!(float_hash(-1.0), -2);
        assert_eq!(float_hash(1e300), int_hash(&whole_part(1e300)));
        let n = big("9007199254740993");
        assert_eq!(compare_int_float(&n, 9_007_199_254_740_992.0), Some(Ordering::Greater));
        assert_eq!(compare_int_float(&BigInt::from(-1), -1.5), Some(Ordering::Greater));
        assert_eq!(compare_int_float(&BigInt::ZERO, -0.0), Some(Ordering::Equal));
        assert_eq!(compare_int_float(&n, f64::NAN), None);
        assert_eq!(compare_i64_float(i64::MAX, 9_223_372_036_854_775_808.0), Some(Ordering::Less));
    }
}
