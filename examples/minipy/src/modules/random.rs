//! `_random`: a Mersenne Twister; what can be done with it is written in Python.

use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicU64, Ordering::*};

use brc::Mutator;
use num_bigint::{BigInt, Sign};
use parking_lot::Mutex;

use super::{Entries, bind, class, count, this};
use crate::object::*;
use crate::statics::{methods, static_methods};
use crate::sym::intern;
use crate::text::mt::MersenneTwister;
use crate::types::args::class_arg;
use crate::vm::{Args, R, Vm};

/// A generator, which any number of threads may use: each gets numbers of its own.
struct Random(Mutex<MersenneTwister>);

impl Native for Random {
    fn class_name(&self) -> &'static str {
        "_Random"
    }
}

pub fn fill(_: &mut Vm<'_>) -> Entries {
    vec![(intern("Random"), class("_Random"))]
}

pub fn init(m: &Mutator) {
    static_methods(m, "_Random", &[("__new__", new)]);
    methods(
        m,
        "_Random",
        &[
            ("random", random),
            ("seed", seed),
            ("getstate", getstate),
            ("setstate", setstate),
            ("getrandbits", getrandbits),
        ],
    );
}

fn new(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    class_arg(vm, args, "Random")?;
    let rest = Args { pos: &args.pos[1..], kw: args.kw };
    let [x] = bind(vm, rest, "Random", ["x"], 0)?;
    let twister = seeded(vm, x)?;
    Ok(Value::Obj(vm.alloc(Obj::Native(Box::new(Random(Mutex::new(twister)))))))
}

/// A generator that begins with a number, or with one that nobody knows.
fn seeded(vm: &mut Vm<'_>, x: Option<&Value>) -> R<MersenneTwister> {
    Ok(match x {
        None | Some(Value::None) => MersenneTwister::seed_by_array(&unknown_seed()),
        Some(x) => match vm.num(x) {
            Some(crate::ops::Num::Int(_) | crate::ops::Num::Big(_)) => {
                let n = vm.index(x)?;
                MersenneTwister::seed_int(&n)
            }
            _ => {
                let hash = vm.py_hash(x)?;
                MersenneTwister::seed_int(&BigInt::from(hash as u64))
            }
        },
    })
}

fn unknown_seed() -> Vec<u32> {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    (0..16)
        .flat_map(|_| {
            // Its keys are the system's.
            let mut hasher = std::hash::RandomState::new().build_hasher();
            hasher.write_u64(CALLS.fetch_add(1, Relaxed));
            hasher.write_u128(now.as_ref().map_or(0, std::time::Duration::as_nanos));
            let word = hasher.finish();
            [word as u32, (word >> 32) as u32]
        })
        .collect()
}

fn random(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, Args { pos: args.pos.get(1..).unwrap_or_default(), kw: args.kw }, "random", 0, 0)?;
    let this = this::<Random>(vm, args, "random")?;
    let x = this.0.lock().random();
    Ok(Value::Float(x))
}

fn seed(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let twister = seeded(vm, args.get(1))?;
    *this::<Random>(vm, args, "seed")?.0.lock() = twister;
    Ok(Value::None)
}

fn getrandbits(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(
        vm,
        Args { pos: args.pos.get(1..).unwrap_or_default(), kw: args.kw },
        "getrandbits",
        1,
        1,
    )?;
    let bits = vm.index_i64(&args[1])?;
    if bits < 0 {
        return Err(vm.value_error("number of bits must be non-negative"));
    }
    let this = this::<Random>(vm, args, "getrandbits")?;
    if bits < 64 {
        let n = this.0.lock().getrandbits_u64(bits as u32);
        return Ok(Value::Int(n as i64));
    }
    let n = this.0.lock().getrandbits(bits as usize);
    Ok(vm.new_int(n))
}

/// The words, and the number of the next one.
fn getstate(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let this = this::<Random>(vm, args, "getstate")?;
    let twister = this.0.lock().clone();
    let (words, index) = twister.state();
    let mut all: Vec<Value> = words.iter().map(|w| Value::Int(i64::from(*w))).collect();
    all.push(index.into());
    Ok(vm.new_tuple(all))
}

fn setstate(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let state = args.get(1).map(|state| vm.unwrap(state)).unwrap_or_default();
    if !matches!(state.as_obj(vm.m), Some(Obj::Tuple(_))) {
        return Err(vm.type_error("state vector must be a tuple"));
    }
    let mut words = Vec::new();
    for item in vm.items_of(&state) {
        let n = vm.index(&item)?;
        let (sign, digits) = n.to_u32_digits();
        if sign == Sign::Minus || digits.len() > 1 {
            return Err(vm.value_error("invalid state"));
        }
        words.push(digits.first().copied().unwrap_or(0));
    }
    let Some(index) = words.pop() else {
        return Err(vm.value_error("state vector is the wrong size"));
    };
    let this = this::<Random>(vm, args, "setstate")?;
    let done = this.0.lock().set_state(&words, index as usize);
    if done { Ok(Value::None) } else { Err(vm.value_error("invalid state")) }
}
