//! Sums that lose nothing on the way: `fsum`, and lengths of vectors.

use super::special::Trouble;

/// The sum of some floats, rounded once: what is lost by each addition is kept.
#[derive(Default)]
pub struct ExactSum {
    /// They do not overlap, and grow.
    partials: Vec<f64>,
    /// The sum of what is infinite or not a number.
    special: f64,
    infinite: f64,
}

/// Why there is no sum.
pub enum NoSum {
    Overflow,
    /// Infinities of both signs.
    Infinities,
}

impl ExactSum {
    pub fn add(&mut self, x: f64) -> Result<(), NoSum> {
        let given = x;
        let mut x = x;
        let mut kept = 0;
        for at in 0..self.partials.len() {
            let mut y = self.partials[at];
            if x.abs() < y.abs() {
                std::mem::swap(&mut x, &mut y);
            }
            let hi = x + y;
            let lo = y - (hi - x);
            if lo != 0.0 {
                self.partials[kept] = lo;
                kept += 1;
            }
            x = hi;
        }
        self.partials.truncate(kept);
        if x == 0.0 {
            return Ok(());
        }
        if x.is_finite() {
            self.partials.push(x);
            return Ok(());
        }
        if given.is_finite() {
            return Err(NoSum::Overflow);
        }
        if given.is_infinite() {
            self.infinite += given;
        }
        self.special += given;
        self.partials.clear();
        Ok(())
    }

    pub fn sum(self) -> Result<f64, NoSum> {
        if self.special != 0.0 {
            return if self.infinite.is_nan() { Err(NoSum::Infinities) } else { Ok(self.special) };
        }
        let mut partials = self.partials;
        let Some(mut hi) = partials.pop() else { return Ok(0.0) };
        let mut lo = 0.0;
        while let Some(y) = partials.pop() {
            let x = hi;
            hi = x + y;
            lo = y - (hi - x);
            if lo != 0.0 {
                break;
            }
        }
        // Half-way cases are rounded by what comes next.
        if let Some(&next) = partials.last()
            && ((lo < 0.0 && next < 0.0) || (lo > 0.0 && next > 0.0))
        {
            let y = lo * 2.0;
            let x = hi + y;
            if y == x - hi {
                hi = x;
            }
        }
        Ok(hi)
    }
}

/// The mantissa, from a half to one, and the exponent.
pub fn frexp(x: f64) -> (f64, i32) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    let bits = x.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32;
    if exponent == 0 {
        let (mantissa, exponent) = frexp(x * 2.0_f64.powi(64));
        return (mantissa, exponent - 64);
    }
    (f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52), exponent - 1022)
}

/// `x * 2**n`, rounded once.
pub fn ldexp(x: f64, n: i64) -> Result<f64, Trouble> {
    if x == 0.0 || !x.is_finite() {
        return Ok(x);
    }
    let (mantissa, exponent) = frexp(x);
    let exponent = i64::from(exponent).saturating_add(n);
    if exponent > 1024 {
        return Err(Trouble::Range);
    }
    if exponent < -1080 {
        return Ok(0.0_f64.copysign(x));
    }
    let exponent = exponent as i32;
    let scaled = if exponent > 1000 {
        mantissa * 2.0_f64.powi(1000) * 2.0_f64.powi(exponent - 1000)
    } else if exponent < -1000 {
        // The last product is the one that rounds.
        mantissa * 2.0_f64.powi(-1000) * 2.0_f64.powi(exponent + 1000)
    } else {
        mantissa * 2.0_f64.powi(exponent)
    };
    if scaled.is_infinite() { Err(Trouble::Range) } else { Ok(scaled) }
}

/// The length of a vector: squares are added up in twice the precision, and the root is corrected once.
pub fn length(parts: &[f64]) -> f64 {
    let max = parts.iter().fold(0.0_f64, |max, x| max.max(x.abs()));
    if max.is_infinite() || parts.iter().any(|x| x.is_infinite()) {
        return f64::INFINITY;
    }
    if parts.iter().any(|x| x.is_nan()) {
        return f64::NAN;
    }
    if max == 0.0 || parts.len() <= 1 {
        return max;
    }
    let (_, exponent) = frexp(max);
    if exponent < -1023 {
        let (mut sum, mut lost) = (1.0, 0.0);
        for part in parts {
            let x = part.abs() / max;
            let old = sum;
            sum += x * x;
            lost += (old - sum) + x * x;
        }
        return max * (sum - 1.0 + lost).sqrt();
    }
    let scale = 2.0_f64.powi(-exponent);
    let (mut sum, mut lost_products, mut lost_sums) = (1.0, 0.0, 0.0);
    let mut add = |x: f64, y: f64| {
        let product = x * y;
        lost_products += x.mul_add(y, -product);
        let old = sum;
        sum += product;
        lost_sums += product - (sum - old);
        sum - 1.0 + (lost_products + lost_sums)
    };
    let mut square = 0.0;
    for part in parts {
        let x = part * scale;
        square = add(x, x);
    }
    let root = square.sqrt();
    let rest = add(-root, root);
    (root + rest / (2.0 * root)) / scale
}
