//! Functions that Rust's standard library does not have: the gamma function by Lanczos' approximation
//! with the coefficients that CPython uses, and the error function by the rational approximations
//! of Sun's mathematical library, which C libraries use.

use std::f64::consts::PI;

/// What has no value is not a number; what is too large is infinite, and that may be an error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trouble {
    Domain,
    Range,
}

const LANCZOS_G: f64 = 6.024_680_040_776_73;
const G_MINUS_HALF: f64 = 5.524_680_040_776_73;

#[expect(clippy::excessive_precision, reason = "as published")]
const NUMERATOR: [f64; 13] = [
    23531376880.410759688572007674451636754734846804940,
    42919803642.649098768957899047001988850926355848959,
    35711959237.355668049440185451547166705960488635843,
    17921034426.037209699919755754458931112671403265390,
    6039542586.3520280050642916443072979210699388420708,
    1439720407.3117216736632230727949123939715485786372,
    248874557.86205415651146038641322942321632125127801,
    31426415.585400194380614231628318205362874684987640,
    2876370.6289353724412254090516208496135991145378768,
    186056.26539522349504029498971604569928220784236328,
    8071.6720023658162106380029022722506138218516325024,
    210.82427775157934587250973392071336271166969580291,
    2.5066282746310002701649081771338373386264310793408,
];

const DENOMINATOR: [f64; 13] = [
    0.0,
    39916800.0,
    120543840.0,
    150917976.0,
    105258076.0,
    45995730.0,
    13339535.0,
    2637558.0,
    357423.0,
    32670.0,
    1925.0,
    66.0,
    1.0,
];

fn lanczos_sum(x: f64) -> f64 {
    let (mut num, mut den) = (0.0, 0.0);
    let pairs = NUMERATOR.iter().zip(&DENOMINATOR);
    if x < 5.0 {
        for (n, d) in pairs.rev() {
            num = num * x + n;
            den = den * x + d;
        }
    } else {
        // The same by powers of 1/x, which do not overflow.
        for (n, d) in pairs {
            num = num / x + n;
            den = den / x + d;
        }
    }
    num / den
}

/// `sin(pi * x)`, also where `x` is large.
fn sin_pi(x: f64) -> f64 {
    let y = x.abs() % 2.0;
    let r = match (2.0 * y).round() as i32 {
        0 => (PI * y).sin(),
        1 => (PI * (y - 0.5)).cos(),
        2 => (PI * (1.0 - y)).sin(),
        3 => -(PI * (y - 1.5)).cos(),
        _ => (PI * (y - 2.0)).sin(),
    };
    1.0_f64.copysign(x) * r
}

pub fn gamma(x: f64) -> Result<f64, Trouble> {
    if !x.is_finite() {
        return if x.is_nan() || x > 0.0 { Ok(x) } else { Err(Trouble::Domain) };
    }
    if x == 0.0 {
        return Err(Trouble::Domain);
    }
    if x == x.floor() {
        if x < 0.0 {
            return Err(Trouble::Domain);
        }
        if x <= 23.0 {
            // A factorial that is exact.
            return Ok((1..x as u64).map(|n| n as f64).product());
        }
    }
    let finite = |r: f64| if r.is_infinite() { Err(Trouble::Range) } else { Ok(r) };
    let abs = x.abs();
    if abs < 1e-20 {
        return finite(1.0 / x);
    }
    if abs > 200.0 {
        return if x < 0.0 { Ok(0.0 / sin_pi(x)) } else { Err(Trouble::Range) };
    }
    let y = abs + G_MINUS_HALF;
    // What was lost in that sum.
    let z = if abs > G_MINUS_HALF { y - abs - G_MINUS_HALF } else { y - G_MINUS_HALF - abs };
    let z = z * LANCZOS_G / y;
    let power = |r: f64, up: bool| {
        let apply = |r: f64, p: f64| if up { r * p } else { r / p };
        if abs < 140.0 {
            return apply(r, y.powf(abs - 0.5));
        }
        let half = y.powf(abs / 2.0 - 0.25);
        apply(apply(r, half), half)
    };
    let r = if x < 0.0 {
        let r = -PI / sin_pi(abs) / abs * y.exp() / lanczos_sum(abs);
        power(r - z * r, false)
    } else {
        let r = lanczos_sum(abs) / y.exp();
        power(r + z * r, true)
    };
    finite(r)
}

pub fn lgamma(x: f64) -> Result<f64, Trouble> {
    const LOG_PI: f64 = 1.144_729_885_849_400_2;
    if !x.is_finite() {
        return Ok(if x.is_nan() { x } else { f64::INFINITY });
    }
    if x == x.floor() && x <= 2.0 {
        return if x <= 0.0 { Err(Trouble::Domain) } else { Ok(0.0) };
    }
    let abs = x.abs();
    if abs < 1e-20 {
        return Ok(-abs.ln());
    }
    let mut r = lanczos_sum(abs).ln() - LANCZOS_G;
    r += (abs - 0.5) * ((abs + LANCZOS_G - 0.5).ln() - 1.0);
    if x < 0.0 {
        r = LOG_PI - sin_pi(abs).abs().ln() - abs.ln() - r;
    }
    if r.is_infinite() { Err(Trouble::Range) } else { Ok(r) }
}

/// A polynomial, its constant first; nine coefficients at most. It is rounded as C libraries do.
fn poly(x: f64, coefficients: &[f64]) -> f64 {
    let x2 = x * x;
    let x4 = x2 * x2;
    let powers = [1.0, x2, x4, x4 * x2, x4 * x4];
    let pairs = coefficients.chunks(2).map(|pair| match *pair {
        [even, odd] => even + x * odd,
        _ => pair[0],
    });
    let mut terms = pairs.zip(powers).map(|(pair, power)| power * pair);
    let first = terms.next().unwrap_or(0.0);
    terms.fold(first, |sum, term| sum + term)
}

// By intervals: up to 27/32, to 5/4, to 1/0.35, to 28.

const ERX: f64 = 8.450_629_115_104_675e-1;
const EFX: f64 = 1.283_791_670_955_126e-1;
const PP: [f64; 5] = [
    1.283_791_670_955_125_6e-1,
    -3.250_421_072_470_015e-1,
    -2.848_174_957_559_851e-2,
    -5.770_270_296_489_442e-3,
    -2.376_301_665_665_016_3e-5,
];
const QQ: [f64; 6] = [
    1.0,
    3.979_172_239_591_553_5e-1,
    6.502_224_998_876_73e-2,
    5.081_306_281_875_766e-3,
    1.324_947_380_043_216_4e-4,
    -3.960_228_278_775_368e-6,
];
const PA: [f64; 7] = [
    -2.362_118_560_752_659_4e-3,
    4.148_561_186_837_483_3e-1,
    -3.722_078_760_357_013e-1,
    3.183_466_199_011_617_5e-1,
    -1.108_946_942_823_966_8e-1,
    3.547_830_432_561_823_6e-2,
    -2.166_375_594_868_791e-3,
];
const QA: [f64; 7] = [
    1.0,
    1.064_208_804_008_442_3e-1,
    5.403_979_177_021_71e-1,
    7.182_865_441_419_627e-2,
    1.261_712_198_087_616_4e-1,
    1.363_708_391_202_905e-2,
    1.198_449_984_679_911e-2,
];
const RA: [f64; 8] = [
    -9.864_944_034_847_148e-3,
    -6.938_585_727_071_818e-1,
    -1.055_862_622_532_329_1e1,
    -6.237_533_245_032_601e1,
    -1.623_966_694_625_734_7e2,
    -1.846_050_929_067_110_4e2,
    -8.128_743_550_630_66e1,
    -9.814_329_344_169_145,
];
const SA: [f64; 9] = [
    1.0,
    1.965_127_166_743_925_7e1,
    1.376_577_541_435_190_4e2,
    4.345_658_774_752_292_3e2,
    6.453_872_717_332_679e2,
    4.290_081_400_275_678_3e2,
    1.086_350_055_417_794_4e2,
    6.570_249_770_319_282,
    -6.042_441_521_485_81e-2,
];
const RB: [f64; 7] = [
    -9.864_942_924_700_1e-3,
    -7.992_832_376_805_23e-1,
    -1.775_795_491_775_475_2e1,
    -1.606_363_848_558_219_2e2,
    -6.375_664_433_683_896e2,
    -1.025_095_131_611_077_2e3,
    -4.835_191_916_086_514e2,
];
const SB: [f64; 8] = [
    1.0,
    3.033_806_074_348_246e1,
    3.257_925_129_965_739e2,
    1.536_729_586_084_437e3,
    3.199_858_219_508_595_5e3,
    2.553_050_406_433_164_4e3,
    4.745_285_412_069_554e2,
    -2.244_095_244_658_582e1,
];

/// `1 - erf(x)` for an `x` from 27/32 to 28, its sign not counting.
fn erfc_large(x: f64) -> f64 {
    let abs = x.abs();
    if abs < 1.25 {
        let s = abs - 1.0;
        return 1.0 - ERX - poly(s, &PA) / poly(s, &QA);
    }
    let s = 1.0 / (abs * abs);
    let (r, d) =
        if abs < 1.0 / 0.35 { (poly(s, &RA), poly(s, &SA)) } else { (poly(s, &RB), poly(s, &SB)) };
    // Without the low half, its square is exact.
    let z = f64::from_bits(abs.to_bits() & 0xffff_ffff_0000_0000);
    (-z * z - 0.5625).exp() * ((z - abs) * (z + abs) + r / d).exp() / abs
}

pub fn erf(x: f64) -> f64 {
    if !x.is_finite() {
        return if x.is_nan() { x } else { 1.0_f64.copysign(x) };
    }
    let abs = x.abs();
    if abs < 0.84375 {
        if abs < 2.0_f64.powi(-28) {
            // No underflow on the way.
            return 0.125 * (8.0 * x + 8.0 * EFX * x);
        }
        let z = x * x;
        return x + x * (poly(z, &PP) / poly(z, &QQ));
    }
    if abs < 1.25 {
        let s = abs - 1.0;
        return (ERX + poly(s, &PA) / poly(s, &QA)).copysign(x);
    }
    if abs < 6.0 { (1.0 - erfc_large(x)).copysign(x) } else { 1.0_f64.copysign(x) }
}

pub fn erfc(x: f64) -> f64 {
    if !x.is_finite() {
        return if x.is_nan() {
            x
        } else if x > 0.0 {
            0.0
        } else {
            2.0
        };
    }
    let abs = x.abs();
    if abs < 0.84375 {
        if abs < 2.0_f64.powi(-56) {
            return 1.0 - x;
        }
        let z = x * x;
        let y = poly(z, &PP) / poly(z, &QQ);
        if x < 0.25 {
            return 1.0 - (x + x * y);
        }
        return 0.5 - (x - 0.5 + x * y);
    }
    if abs < 1.25 {
        let s = abs - 1.0;
        let p = poly(s, &PA) / poly(s, &QA);
        return if x < 0.0 { 1.0 + (ERX + p) } else { 1.0 - ERX - p };
    }
    if x < -6.0 {
        return 2.0;
    }
    if abs < 28.0 {
        return if x < 0.0 { 2.0 - erfc_large(x) } else { erfc_large(x) };
    }
    0.0
}
