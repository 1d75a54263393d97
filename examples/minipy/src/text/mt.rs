//! The generator behind Python's `random`: the Mersenne Twister MT19937 of Matsumoto and Nishimura, seeded
//! and read as CPython does, so that the same seeds give the same sequences.

use num_bigint::{BigInt, BigUint};

const N: usize = 624;
const M: usize = 397;

/// A Mersenne Twister.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MersenneTwister {
    words: Box<[u32; N]>,
    index: usize,
}

impl MersenneTwister {
    /// The generator of a seed given as 32-bit words, the least significant first.
    pub fn seed_by_array(key: &[u32]) -> Self {
        let key = if key.is_empty() { &[0] } else { key };
        let mut words = Box::new([0u32; N]);
        words[0] = 19_650_218;
        for i in 1..N {
            words[i] = mixed(words[i - 1]).wrapping_mul(1_812_433_253).wrapping_add(i as u32);
        }
        let (mut i, mut j) = (1, 0);
        let step = |words: &mut [u32; N], i: &mut usize| {
            *i += 1;
            if *i == N {
                words[0] = words[N - 1];
                *i = 1;
            }
        };
        for _ in 0..N.max(key.len()) {
            words[i] = (words[i] ^ mixed(words[i - 1]).wrapping_mul(1_664_525))
                .wrapping_add(key[j])
                .wrapping_add(j as u32);
            step(&mut words, &mut i);
            j = (j + 1) % key.len();
        }
        for _ in 1..N {
            words[i] =
                (words[i] ^ mixed(words[i - 1]).wrapping_mul(1_566_083_941)).wrapping_sub(i as u32);
            step(&mut words, &mut i);
        }
        words[0] = 0x8000_0000;
        MersenneTwister { words, index: N }
    }

    /// The generator of `random.seed(n)`; the sign does not count.
    pub fn seed_int(n: &BigInt) -> Self {
        Self::seed_by_array(&n.magnitude().to_u32_digits())
    }

    /// The words and the place of the next one, as `random.getstate()` shows them.
    pub fn state(&self) -> (&[u32], usize) {
        (&*self.words, self.index)
    }

    /// Sets what [`state`](Self::state) gave; `false`, and no change, where it is not such a state.
    pub fn set_state(&mut self, words: &[u32], index: usize) -> bool {
        if words.len() != N || index > N {
            return false;
        }
        self.words.copy_from_slice(words);
        self.index = index;
        true
    }

    /// The next 32 bits.
    pub fn next_u32(&mut self) -> u32 {
        if self.index >= N {
            self.twist();
        }
        let mut y = self.words[self.index];
        self.index += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    fn twist(&mut self) {
        for i in 0..N {
            let y = (self.words[i] & 0x8000_0000) | (self.words[(i + 1) % N] & 0x7fff_ffff);
            let odd = if y & 1 == 1 { 0x9908_b0df } else { 0 };
            self.words[i] = self.words[(i + M) % N] ^ (y >> 1) ^ odd;
        }
        self.index = 0;
    }

    /// `random.random()`: 53 random bits, from zero to below one.
    pub fn random(&mut self) -> f64 {
        let high = f64::from(self.next_u32() >> 5);
        let low = f64::from(self.next_u32() >> 6);
        (high * 67_108_864.0 + low) / 9_007_199_254_740_992.0
    }

    /// `random.getrandbits(k)`.
    pub fn getrandbits(&mut self, k: usize) -> BigInt {
        let mut digits = Vec::with_capacity(k.div_ceil(32));
        let mut left = k;
        while left > 0 {
            let word = self.next_u32();
            digits.push(if left < 32 { word >> (32 - left) } else { word });
            left = left.saturating_sub(32);
        }
        BigUint::new(digits).into()
    }

    /// [`getrandbits`](Self::getrandbits) for up to 64 bits; more are cut to 64.
    pub fn getrandbits_u64(&mut self, k: u32) -> u64 {
        match k.min(64) {
            0 => 0,
            k @ 1..=32 => u64::from(self.next_u32() >> (32 - k)),
            k => {
                let low = u64::from(self.next_u32());
                low | u64::from(self.next_u32() >> (64 - k)) << 32
            }
        }
    }

    /// A number below `n`, drawn as `random.Random._randbelow` does; zero for zero.
    pub fn below(&mut self, n: u64) -> u64 {
        if n == 0 {
            return 0;
        }
        let bits = u64::BITS - n.leading_zeros();
        loop {
            let drawn = self.getrandbits_u64(bits);
            if drawn < n {
                return drawn;
            }
        }
    }

    /// [`below`](Self::below) for any positive number; zero for others.
    pub fn below_big(&mut self, n: &BigInt) -> BigInt {
        if n <= &BigInt::ZERO {
            return BigInt::ZERO;
        }
        let bits = usize::try_from(n.bits()).unwrap_or(usize::MAX);
        loop {
            let drawn = self.getrandbits(bits);
            if &drawn < n {
                return drawn;
            }
        }
    }
}

fn mixed(word: u32) -> u32 {
    word ^ (word >> 30)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_of_cpython() {
        let mut mt = MersenneTwister::seed_int(&BigInt::from(0));
        assert_eq!(mt.random(), 0.844_421_851_525_048_1);
        assert_eq!(mt.random(), 0.757_954_402_940_302_5);
        let mut mt = MersenneTwister::seed_int(&BigInt::from(42));
        assert_eq!(mt.random(), 0.639_426_798_457_883_7);
        assert_eq!(mt.clone(), MersenneTwister { ..mt.clone() });
        let negative = MersenneTwister::seed_int(&BigInt::from(-42));
        assert_eq!(negative, MersenneTwister::seed_int(&BigInt::from(42)));
    }

    #[test]
    fn state_round_trip() {
        let mut mt = MersenneTwister::seed_int(&BigInt::from(7));
        mt.random();
        let (words, index) = mt.state();
        let (words, index) = (words.to_vec(), index);
        let mut other = MersenneTwister::seed_by_array(&[1]);
        assert!(other.set_state(&words, index));
        assert!(!other.set_state(&words[1..], index));
        assert_eq!(other.getrandbits(100), mt.getrandbits(100));
        assert_eq!(BigInt::from(other.getrandbits_u64(50)), mt.getrandbits(50));
        assert!(other.below(10) < 10);
        assert!(other.below_big(&BigInt::from(1000)) < BigInt::from(1000));
    }
}
