//! Models of statics and of the interner: every interleaving of two threads, the
//! interner with a trie of two slots a node. Hashing is by choice, so that paths meet where they should.
//!
//! Readers run on the thread that is started: loom compares a step only with
//! the last access before it, so it overlooks that a load comes before another
//! thread's compare-and-swap if that thread has loaded in between.

use std::hash::{BuildHasher, Hash, Hasher};

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use super::{Brc, Immortal, Interner, UniqueBrc};
use crate::lock::model::explore;

/// A value, watched by loom: comparing it reads what making it wrote.
struct Word {
    spelling: u64,
    made: UnsafeCell<()>,
}

// SAFETY: the cell is accessed only through loom, which checks that.
unsafe impl Sync for Word {}

impl Word {
    fn new(spelling: u64) -> Self {
        let made = UnsafeCell::new(());
        made.with_mut(|_| ());
        Self { spelling, made }
    }

    fn spelling(&self) -> u64 {
        self.made.with(|_| ());
        self.spelling
    }
}

impl PartialEq for Word {
    fn eq(&self, other: &Self) -> bool {
        self.spelling() == other.spelling()
    }
}

impl Eq for Word {}

impl Hash for Word {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.spelling());
    }
}

/// A value is its own hash, up to a number of bits.
struct Bits<const KEPT: u32>(u64);

impl<const KEPT: u32> Hasher for Bits<KEPT> {
    fn write(&mut self, _: &[u8]) {
        unreachable!("words hash themselves as one number")
    }

    fn write_u64(&mut self, spelling: u64) {
        self.0 = spelling & ((1 << KEPT) - 1);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[derive(Default)]
struct Hash32<const KEPT: u32>;

impl<const KEPT: u32> BuildHasher for Hash32<KEPT> {
    type Hasher = Bits<KEPT>;

    fn build_hasher(&self) -> Bits<KEPT> {
        Bits(0)
    }
}

/// Different hashes, which may share the beginning of their path.
type Paths = Interner<Word, Hash32<32>>;

/// One hash for all.
type Chain = Interner<Word, Hash32<0>>;

fn spawn<R: 'static>(f: impl FnOnce() -> R + 'static) -> thread::JoinHandle<R> {
    thread::spawn(f)
}

/// Ends a model: the interner has these values and no others. Frees them, which
/// no program can, since loom asks for every block. The model must have dropped
/// all other handles.
fn end<S: BuildHasher + Default, const N: usize>(
    interner: Arc<Interner<Word, S>>,
    values: [Brc<Word>; N],
) {
    assert_eq!(interner.len(), N);
    for value in &values {
        assert!(Brc::is_immortal(value));
        let found = interner.get(value).expect("interned, but not found");
        assert!(Brc::ptr_eq(&found, value), "two objects for one value");
    }
    drop(interner);
    for value in values {
        // SAFETY: the only handle, now that the trie is gone too.
        drop(unsafe { UniqueBrc::from_payload(Brc::into_payload(value)) });
    }
}

/// Interns the same values in this order here, and in that order on another
/// thread. Gives what came of it, in the order of `ours`.
fn intern_from_two_threads<S>(
    interner: &Arc<Interner<Word, S>>,
    ours: &'static [u64],
    theirs: &'static [u64],
) -> Vec<Brc<Word>>
where
    S: BuildHasher + Default + 'static,
{
    let other = spawn({
        let interner = interner.clone();
        move || theirs.iter().map(|&n| interner.intern(Word::new(n))).collect::<Vec<_>>()
    });
    let ours: Vec<_> = ours.iter().map(|&n| interner.intern(Word::new(n))).collect();
    for their in other.join().unwrap() {
        // Dropped here: it must not outlive the model's end.
        let our = ours.iter().find(|our| our.spelling == their.spelling);
        assert!(our.is_none_or(|our| Brc::ptr_eq(our, &their)), "two objects for one value");
    }
    ours
}

/// Protects "equal values, one object" where two threads come first at once.
///
/// Fails if the second replaces the leaf of the first, or does not look at it.
#[test]
fn equal_values_interned_at_once_are_one_object() {
    explore(None, || {
        let interner = Arc::new(Paths::new());
        let [value] = intern_from_two_threads(&interner, &[0], &[0]).try_into().ok().unwrap();
        end(interner, [value]);
    });
}

/// Protects nodes that two threads make in the place of one leaf: 4, 0 and 12
/// share two bits, 4 and 12 one more.
///
/// Fails if the leaf is lost, put where it is not looked for, or if the node of
/// the one thread replaces that of the other.
#[test]
fn values_that_share_a_path_are_interned_at_once() {
    explore(None, || {
        let interner = Arc::new(Paths::new());
        let first = interner.intern(Word::new(4));
        let their = spawn({
            let interner = interner.clone();
            move || interner.intern(Word::new(0))
        });
        let our = interner.intern(Word::new(12));
        let their = their.join().unwrap();
        end(interner, [first, our, their]);
    });
}

/// As above, where both threads intern both values.
///
/// Fails as above, or if an equal value further down is not found.
#[test]
fn values_that_share_a_path_are_interned_in_both_orders() {
    explore(None, || {
        let interner = Arc::new(Paths::new());
        let both = intern_from_two_threads(&interner, &[0, 2], &[2, 0]);
        let both: [_; 2] = both.try_into().ok().unwrap();
        end(interner, both);
    });
}

/// Protects the chain of values that have the very same hash.
///
/// Fails if one of two leaves is lost, or if the second thread does not compare
/// with the leaf that came in between.
#[test]
fn values_with_one_hash_are_interned_in_both_orders() {
    explore(None, || {
        let interner = Arc::new(Chain::new());
        let both = intern_from_two_threads(&interner, &[1, 2], &[2, 1]);
        let both: [_; 2] = both.try_into().ok().unwrap();
        end(interner, both);
    });
}

/// Protects readers: what `get` gives was written before, all of it.
///
/// Fails if the `Release` in `replace` or the `Acquire` in `content` is weakened.
#[test]
fn a_reader_sees_a_value_that_is_complete() {
    explore(None, || {
        let interner = Arc::new(Paths::new());
        let reader = spawn({
            let interner = interner.clone();
            move || interner.get(&Word::new(0)).map(|seen| seen.spelling())
        });
        let value = interner.intern(Word::new(0));
        assert!(matches!(reader.join().unwrap(), None | Some(0)));
        end(interner, [value]);
    });
}

/// Protects readers of a value which a node pushes down meanwhile: it is there
/// all the time, and what came with the node is complete.
///
/// Fails if the node is published before the leaf is below it, or as above.
#[test]
fn a_reader_finds_a_value_while_it_is_pushed_down() {
    explore(None, || {
        let interner = Arc::new(Paths::new());
        let first = interner.intern(Word::new(0));
        let reader = spawn({
            let interner = interner.clone();
            move || {
                let second = interner.get(&Word::new(2)).map(|seen| seen.spelling());
                let first = interner.get(&Word::new(0)).map(|seen| seen.spelling());
                (first, second)
            }
        });
        let second = interner.intern(Word::new(2));
        let (first_seen, second_seen) = reader.join().unwrap();
        assert_eq!(first_seen, Some(0), "lost for a moment");
        assert!(matches!(second_seen, None | Some(2)));
        end(interner, [first, second]);
    });
}

/// Protects the header of an over-aligned static, which is written by the first
/// that asks for a handle: once, and before anybody looks at it.
///
/// Fails if the `Release` in `place` or the `Acquire` in `Immortal::header` is
/// weakened, or if a thread goes on while another writes.
#[test]
fn the_header_of_an_overaligned_static_is_written_before_it_is_used() {
    #[repr(align(64))]
    struct Wide;

    explore(None, || {
        let object: &'static Immortal<Wide> = Box::leak(Box::new(Immortal::new(Wide)));
        let look = || assert!(Brc::is_immortal(&object.get()));
        let other = spawn(look);
        look();
        other.join().unwrap();
        look();
    });
}
