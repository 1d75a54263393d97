//! One operation, a given number of times, for an instruction counter.
//!
//! `pairs CASE COUNT`. Two runs that differ in the count alone differ by the
//! loop's instructions alone: `ci/instructions.sh` subtracts them, and then
//! those of the case that only loops.

use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;

use brc::Brc;

use brc_benches::immortal;

/// Hides a value as `black_box` does and forgets it: the loop of all the others.
#[inline(never)]
fn empty_loop(n: u32, handle: &Brc<u64>) {
    for _ in 0..n {
        black_box(Brc::as_ptr(black_box(handle)));
    }
}

/// As `empty_loop`, without an object.
#[inline(never)]
fn empty_loop_new(n: u32) {
    for i in 0..n {
        black_box(std::ptr::without_provenance::<u64>(black_box(i as usize)));
    }
}

macro_rules! pairs {
    ($($name:ident: $ty:ty;)*) => {$(
        #[inline(never)]
        fn $name(n: u32, handle: &$ty) {
            for _ in 0..n {
                drop(black_box(black_box(handle).clone()));
            }
        }
    )*};
}

// One function each, to be found by name in a disassembly.
pairs! {
    pair_owner: Brc<u64>;
    pair_stranger: Brc<u64>;
    pair_stranger_merged: Brc<u64>;
    pair_immortal: Brc<u64>;
    pair_rc: Rc<u64>;
    pair_arc: Arc<u64>;
    pair_triomphe: triomphe::Arc<u64>;
    pair_hybrid: hybrid_rc::Rc<u64>;
    pair_biasedrc: biasedrc::Brc<u64>;
    pair_steel: steel_rc::BiasedRc<u64>;
}

macro_rules! news {
    ($($name:ident: $new:path;)*) => {$(
        #[inline(never)]
        fn $name(n: u32) {
            for i in 0..n {
                drop(black_box($new(u64::from(black_box(i)))));
            }
        }
    )*};
}

news! {
    new_brc: Brc::new;
    new_rc: Rc::new;
    new_arc: Arc::new;
    new_box: Box::new;
}

fn stranger<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    thread::scope(|scope| scope.spawn(f).join()).expect("no panic")
}

fn main() {
    let mut args = std::env::args().skip(1);
    let (case, n) = (args.next(), args.next().and_then(|n| n.parse().ok()));
    let (Some(case), Some(n)) = (case, n) else { panic!("usage: pairs CASE COUNT") };
    let b = Brc::new(7);
    match case.as_str() {
        "empty" => empty_loop(n, &b),
        "empty-new" => empty_loop_new(n),
        "owner" => pair_owner(n, &b),
        "stranger" => stranger(|| pair_stranger(n, &b)),
        "merged" => {
            Brc::share(&b);
            stranger(|| pair_stranger_merged(n, &b));
        }
        "immortal" => pair_immortal(n, &immortal(7)),
        "rc" => pair_rc(n, &Rc::new(7)),
        "arc" => pair_arc(n, &Arc::new(7)),
        "triomphe" => pair_triomphe(n, &triomphe::Arc::new(7)),
        "hybrid-rc" => pair_hybrid(n, &hybrid_rc::Rc::new(7)),
        "biasedrc" => pair_biasedrc(n, &biasedrc::Brc::new(7)),
        "steel-rc" => {
            steel_rc::register_thread();
            pair_steel(n, &steel_rc::BiasedRc::new(7));
        }
        "new" => new_brc(n),
        "new-rc" => new_rc(n),
        "new-arc" => new_arc(n),
        "new-box" => new_box(n),
        _ => panic!("no such case: {case}"),
    }
}
