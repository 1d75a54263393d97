//! What the documentation of `std::sync::Arc` and `std::sync::Weak` promises,
//! tested on `Brc` and `Weak`; and that every item gives back the memory it takes.

use std::alloc::{GlobalAlloc, Layout, System};
use std::any::Any;
use std::borrow::{Borrow, Cow};
use std::cell::{Cell, RefCell};
use std::cmp::Ordering as Order;
use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::error::Error;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::hash::{Hash, Hasher};
use std::io::{IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::marker::PhantomPinned;
use std::mem::{MaybeUninit, size_of_val};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicUsize, Ordering::*};
use std::sync::{Barrier, mpsc};
use std::task::{RawWaker, RawWakerVTable, Waker};
use std::thread;

use brc::header::{Header, OwnerId, State};
use brc::{Brc, UniqueBrc, Weak};

// ------------------------------------------------------------------ accounting

/// Blocks of these sizes are counted across threads, each by its size.
const SIZES: usize = 1 << 14;

/// What one thread allocated and did not free.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Balance {
    bytes: isize,
    blocks: isize,
}

thread_local! {
    static BALANCE: Cell<Balance> = const { Cell::new(Balance { bytes: 0, blocks: 0 }) };
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

static LIVE_BLOCKS: [AtomicIsize; SIZES] = [const { AtomicIsize::new(0) }; SIZES];

struct Counting;

impl Counting {
    fn note(size: usize, sign: isize) {
        // A thread that is ending has nothing to compare any more.
        let _ = BALANCE.try_with(|balance| {
            let Balance { bytes, blocks } = balance.get();
            balance.set(Balance { bytes: bytes + sign * size as isize, blocks: blocks + sign });
        });
        if sign > 0 {
            let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        }
        if let Some(live) = LIVE_BLOCKS.get(size) {
            live.fetch_add(sign, Relaxed);
        }
    }
}

// SAFETY: `System` does it all; counting allocates nothing. The default
// `realloc` is an allocation and a deallocation, which are counted.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::note(layout.size(), 1);
        // SAFETY: forwarded.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        Self::note(layout.size(), 1);
        // SAFETY: forwarded.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        Self::note(layout.size(), -1);
        // SAFETY: forwarded.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Runs `f` on this thread and demands that it frees all that it allocates.
#[track_caller]
fn balanced(f: impl FnOnce()) {
    // The thread's registration as an owner stays.
    drop(Brc::new(0_u8));
    let before = BALANCE.get();
    f();
    assert_eq!(BALANCE.get(), before, "left over, or freed too much");
}

/// How many blocks `f` allocates.
fn allocations<R>(f: impl FnOnce() -> R) -> (usize, R) {
    drop(Brc::new(0_u8));
    let before = ALLOCATIONS.get();
    let result = f();
    (ALLOCATIONS.get() - before, result)
}

/// How many bytes this thread holds.
fn held() -> isize {
    BALANCE.get().bytes
}

// --------------------------------------------------------------------- helpers

/// Counts its clones and drops.
struct Witness {
    clones: Rc<Cell<u32>>,
    drops: Rc<Cell<u32>>,
}

impl Witness {
    fn new() -> Self {
        Self { clones: Rc::default(), drops: Rc::default() }
    }

    /// A view of its counters that outlives it: clones, drops.
    fn counters(&self) -> impl Fn() -> (u32, u32) + use<> {
        let (clones, drops) = (self.clones.clone(), self.drops.clone());
        move || (clones.get(), drops.get())
    }
}

impl Clone for Witness {
    fn clone(&self) -> Self {
        self.clones.set(self.clones.get() + 1);
        Self { clones: self.clones.clone(), drops: self.drops.clone() }
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.drops.set(self.drops.get() + 1);
    }
}

/// Unwinds without the message that a panic hook would print.
fn unwind() -> ! {
    resume_unwind(Box::new("expected"))
}

/// Runs `f`, which must unwind as [`unwind`] does.
#[track_caller]
fn unwinds<R>(f: impl FnOnce() -> R) {
    let Err(payload) = catch_unwind(AssertUnwindSafe(f)) else { panic!("it returned") };
    assert_eq!(payload.downcast_ref(), Some(&"expected"), "another panic");
}

fn hash_of(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
#[repr(align(256))]
struct Wide(u8);

// ---------------------------------------------------------------- construction

#[test]
fn new_allocates_one_block_and_clones_and_weak_handles_none() {
    balanced(|| {
        let (count, b) = allocations(|| Brc::new([7_u64; 5]));
        assert_eq!(count, 1);
        let (count, _handles) =
            allocations(|| (b.clone(), Brc::downgrade(&b), Brc::downgrade(&b).clone()));
        assert_eq!(count, 0);
        assert_eq!(*b, [7; 5]);
    });
}

#[test]
fn pin_holds_the_payload_in_place_while_the_handle_moves() {
    balanced(|| {
        struct Immovable(u32, PhantomPinned);
        let pinned: Pin<Brc<Immovable>> = Brc::pin(Immovable(3, PhantomPinned));
        let address = &raw const *pinned;
        let moved = Box::new(pinned);
        let clone = Pin::clone(&moved);
        assert_eq!(address, &raw const **moved);
        assert_eq!(address, &raw const *clone);
        assert_eq!(clone.0, 3);
    });
}

#[test]
fn new_cyclic_gives_a_weak_handle_that_upgrades_only_afterwards() {
    balanced(|| {
        struct Gadget {
            me: Weak<Gadget>,
            id: u32,
        }
        let gadget = Brc::new_cyclic(|me| {
            assert!(me.upgrade().is_none());
            assert_eq!((me.strong_count(), me.weak_count()), (0, 0));
            let copy = me.clone();
            assert!(copy.upgrade().is_none());
            assert!(copy.ptr_eq(me));
            Gadget { me: copy, id: 5 }
        });
        assert_eq!((Brc::strong_count(&gadget), Brc::weak_count(&gadget)), (1, 1));
        let again = gadget.me.upgrade().unwrap();
        assert!(Brc::ptr_eq(&gadget, &again));
        assert_eq!(again.id, 5);
        drop(again);
        let weak = gadget.me.clone();
        drop(gadget);
        assert!(weak.upgrade().is_none());
    });
}

#[test]
fn new_cyclic_without_a_kept_weak_handle_is_an_ordinary_object() {
    balanced(|| {
        let witness = Witness::new();
        let counters = witness.counters();
        let mut b = Brc::new_cyclic(|_| witness);
        assert!(Brc::get_mut(&mut b).is_some());
        drop(b);
        assert_eq!(counters(), (0, 1));
    });
}

#[test]
fn new_cyclic_that_panics_leaves_weak_handles_dead_and_frees_the_memory() {
    balanced(|| {
        unwinds(|| Brc::<[u64; 9]>::new_cyclic(|_| unwind()));
    });
    balanced(|| {
        let escaped = RefCell::new(Weak::new());
        unwinds(|| {
            Brc::<[u64; 9]>::new_cyclic(|me| {
                *escaped.borrow_mut() = me.clone();
                unwind()
            })
        });
        let weak = escaped.into_inner();
        assert!(weak.upgrade().is_none());
        assert_eq!((weak.strong_count(), weak.weak_count()), (0, 0));
        assert!(weak.clone().upgrade().is_none());
    });
}

#[test]
fn new_uninit_is_written_and_then_assumed_to_be_initialized() {
    balanced(|| {
        let mut b = Brc::<String>::new_uninit();
        Brc::get_mut(&mut b).unwrap().write("five".to_owned());
        // SAFETY: just written.
        let b = unsafe { b.assume_init() };
        assert_eq!(*b, "five");
        let _never_written = Brc::<String>::new_uninit();
    });
}

#[test]
fn new_zeroed_is_filled_with_zero_bytes() {
    balanced(|| {
        // SAFETY: zero is a `[u64; 40]`.
        let b = unsafe { Brc::<[u64; 40]>::new_zeroed().assume_init() };
        assert_eq!(*b, [0; 40]);
        // SAFETY: as above, 30 times.
        let b = unsafe { Brc::<[u64]>::new_zeroed_slice(30).assume_init() };
        assert_eq!(*b, [0; 30]);
    });
}

#[test]
fn new_uninit_slice_has_the_length_asked_for() {
    balanced(|| {
        for len in [0, 1, 3, 1000] {
            let mut b = Brc::<[String]>::new_uninit_slice(len);
            assert_eq!(b.len(), len);
            for (i, slot) in Brc::get_mut(&mut b).unwrap().iter_mut().enumerate() {
                slot.write(i.to_string());
            }
            // SAFETY: all are written.
            let b: Brc<[String]> = unsafe { b.assume_init() };
            assert!(b.iter().enumerate().all(|(i, s)| *s == i.to_string()));
        }
        let _never_written: Brc<[MaybeUninit<String>]> = Brc::<[String]>::new_uninit_slice(4);
    });
}

#[test]
fn a_slice_larger_than_the_address_space_panics() {
    let result = catch_unwind(|| Brc::<[u64]>::new_uninit_slice(usize::MAX / 8));
    assert!(result.is_err());
    let result = catch_unwind(|| Brc::<[u8]>::new_zeroed_slice(isize::MAX as usize - 8));
    assert!(result.is_err());
}

#[test]
fn over_aligned_and_empty_payloads_stand_where_they_must() {
    balanced(|| {
        let b = Brc::new(Wide(1));
        assert!(Brc::as_ptr(&b).is_aligned());
        let weak = Brc::downgrade(&b);
        assert!(weak.as_ptr().is_aligned());
        assert_eq!(Brc::try_unwrap(b).unwrap(), Wide(1));
        assert!(weak.upgrade().is_none());

        let b: Brc<[Wide]> = Brc::from([Wide(1), Wide(2)]);
        assert!(b.as_ptr().is_aligned());
        assert_eq!(*b, [Wide(1), Wide(2)]);

        let b: Brc<dyn fmt::Debug> = Brc::from(Box::new(Wide(4)) as Box<dyn fmt::Debug>);
        assert!(Brc::as_ptr(&b).cast::<Wide>().is_aligned());
        assert_eq!(format!("{b:?}"), "Wide(4)");

        let mut b: Brc<[Wide; 0]> = Brc::new([]);
        assert!(Brc::as_ptr(&b).is_aligned());
        assert!(Brc::make_mut(&mut b).is_empty());
    });
}

// ------------------------------------------------------------------ uniqueness

#[test]
fn try_unwrap_gives_the_value_to_the_only_handle() {
    balanced(|| {
        let witness = Witness::new();
        let counters = witness.counters();
        let b = Brc::new(witness);
        let Ok(value) = Brc::try_unwrap(b) else { panic!("there was one handle") };
        assert_eq!(counters(), (0, 0));
        drop(value);
        assert_eq!(counters(), (0, 1));
    });
}

#[test]
fn try_unwrap_gives_the_same_handle_back_if_there_are_others() {
    balanced(|| {
        let b = Brc::new(String::from("x"));
        let other = b.clone();
        let b = Brc::try_unwrap(b).unwrap_err();
        assert!(Brc::ptr_eq(&b, &other));
        assert_eq!(Brc::strong_count(&b), 2);
        drop(other);
        assert_eq!(Brc::try_unwrap(b).unwrap(), "x");
    });
}

#[test]
fn try_unwrap_succeeds_with_weak_handles_outstanding() {
    balanced(|| {
        let b = Brc::new(String::from("x"));
        let weak = Brc::downgrade(&b);
        assert_eq!(Brc::try_unwrap(b).unwrap(), "x");
        assert!(weak.upgrade().is_none());
        assert_eq!((weak.strong_count(), weak.weak_count()), (0, 0));
    });
}

#[test]
fn into_inner_gives_the_value_to_the_last_handle_and_drops_the_others() {
    balanced(|| {
        let witness = Witness::new();
        let counters = witness.counters();
        let a = Brc::new(witness);
        let b = a.clone();
        assert!(Brc::into_inner(a).is_none());
        assert_eq!(Brc::strong_count(&b), 1);
        let value = Brc::into_inner(b);
        assert!(value.is_some());
        assert_eq!(counters(), (0, 0));
        drop(value);
        assert_eq!(counters(), (0, 1));
    });
}

#[test]
fn into_inner_succeeds_with_weak_handles_outstanding() {
    balanced(|| {
        let b = Brc::new(String::from("x"));
        let weak = Brc::downgrade(&b);
        assert_eq!(Brc::into_inner(b).unwrap(), "x");
        assert!(weak.upgrade().is_none());
    });
}

#[test]
fn unwrap_or_clone_clones_only_if_there_are_other_handles() {
    balanced(|| {
        let inner = String::from("test");
        let address = inner.as_ptr();
        let inner = Brc::unwrap_or_clone(Brc::new(inner));
        assert_eq!(inner.as_ptr(), address);
    });
    balanced(|| {
        let witness = Witness::new();
        let counters = witness.counters();
        let a = Brc::new(witness);
        let b = a.clone();
        drop(Brc::unwrap_or_clone(a));
        assert_eq!(counters(), (1, 1));
        let weak = Brc::downgrade(&b);
        drop(Brc::unwrap_or_clone(b));
        assert_eq!(counters(), (1, 2), "a weak handle is no reason to clone");
        assert!(weak.upgrade().is_none());
    });
}

#[test]
fn get_mut_demands_that_there_is_no_other_handle_strong_or_weak() {
    balanced(|| {
        let mut b = Brc::new(3);
        *Brc::get_mut(&mut b).unwrap() = 4;
        let strong = b.clone();
        assert_eq!(Brc::get_mut(&mut b), None);
        drop(strong);
        assert_eq!(Brc::get_mut(&mut b), Some(&mut 4));
        let weak = Brc::downgrade(&b);
        assert_eq!(Brc::get_mut(&mut b), None);
        assert!(weak.upgrade().is_some());
        assert_eq!(Brc::get_mut(&mut b), None);
        drop(weak);
        assert_eq!(Brc::get_mut(&mut b), Some(&mut 4));
    });
}

#[test]
fn get_mut_works_on_unsized_payloads() {
    balanced(|| {
        let mut s: Brc<str> = Brc::from("abc");
        Brc::get_mut(&mut s).unwrap().make_ascii_uppercase();
        assert_eq!(&*s, "ABC");
        let mut f: Brc<dyn FnMut() -> u32> = Brc::from({
            let mut n = 0_u32;
            Box::new(move || {
                n += 1;
                n
            }) as Box<dyn FnMut() -> u32>
        });
        let call = Brc::get_mut(&mut f).unwrap();
        call();
        assert_eq!(call(), 2);
    });
}

#[test]
fn make_mut_changes_in_place_if_the_handle_is_the_only_one() {
    balanced(|| {
        let witness = Witness::new();
        let counters = witness.counters();
        let mut b = Brc::new((witness, 1));
        let address = Brc::as_ptr(&b);
        Brc::make_mut(&mut b).1 = 2;
        assert_eq!((Brc::as_ptr(&b), b.1), (address, 2));
        assert_eq!(counters(), (0, 0));
    });
}

#[test]
fn make_mut_clones_if_there_are_other_strong_handles() {
    balanced(|| {
        let mut data = Brc::new(5);
        *Brc::make_mut(&mut data) += 1;
        let mut other = data.clone();
        *Brc::make_mut(&mut data) += 1;
        assert!(!Brc::ptr_eq(&data, &other));
        *Brc::make_mut(&mut data) += 1;
        *Brc::make_mut(&mut other) *= 2;
        assert_eq!((*data, *other), (8, 12));
    });
    balanced(|| {
        let witness = Witness::new();
        let counters = witness.counters();
        let mut b = Brc::new(witness);
        let other = b.clone();
        let _ = Brc::make_mut(&mut b);
        assert_eq!(counters(), (1, 0));
        drop(other);
        assert_eq!(counters(), (1, 1));
        let _ = Brc::make_mut(&mut b);
        assert_eq!(counters(), (1, 1));
    });
}

#[test]
fn make_mut_moves_the_value_away_from_weak_handles_without_cloning() {
    balanced(|| {
        let witness = Witness::new();
        let counters = witness.counters();
        let mut b = Brc::new((witness, 75));
        let weak = Brc::downgrade(&b);
        let old = Brc::as_ptr(&b);
        Brc::make_mut(&mut b).1 += 1;
        assert_eq!(b.1, 76);
        assert_ne!(Brc::as_ptr(&b), old);
        assert!(weak.upgrade().is_none());
        assert_eq!(counters(), (0, 0));
        assert_eq!(Brc::weak_count(&b), 0);
        drop(b);
        assert_eq!(counters(), (0, 1));
    });
}

#[test]
fn make_mut_leaves_weak_handles_with_the_other_strong_ones() {
    balanced(|| {
        let mut b = Brc::new(1);
        let other = b.clone();
        let weak = Brc::downgrade(&b);
        *Brc::make_mut(&mut b) = 2;
        assert!(Brc::ptr_eq(&weak.upgrade().unwrap(), &other));
        assert_eq!((*b, *other), (2, 1));
    });
}

#[test]
fn make_mut_works_on_slices_and_strings() {
    balanced(|| {
        let mut slice: Brc<[String]> = Brc::from(["a".to_owned(), "b".to_owned()]);
        let other = slice.clone();
        Brc::make_mut(&mut slice)[1].push('!');
        assert_eq!((&slice[1][..], &other[1][..]), ("b!", "b"));
        let weak = Brc::downgrade(&slice);
        Brc::make_mut(&mut slice)[0].push('?');
        assert!(weak.upgrade().is_none());
        assert_eq!(*slice, ["a?", "b!"]);

        let mut string: Brc<str> = Brc::from("abc");
        let other = string.clone();
        Brc::make_mut(&mut string).make_ascii_uppercase();
        assert_eq!((&*string, &*other), ("ABC", "abc"));

        let mut path: Brc<Path> = Brc::from(Path::new("a/b"));
        let other = path.clone();
        let _ = Brc::make_mut(&mut path);
        assert!(!Brc::ptr_eq(&path, &other));
        assert_eq!(path, other);

        let mut os: Brc<OsStr> = Brc::from(OsStr::new("abc"));
        let weak = Brc::downgrade(&os);
        Brc::make_mut(&mut os).make_ascii_uppercase();
        assert!(weak.upgrade().is_none());
        assert_eq!(&*os, "ABC");

        let mut c: Brc<CStr> = Brc::from(c"abc");
        let other = c.clone();
        let _ = Brc::make_mut(&mut c);
        assert!(!Brc::ptr_eq(&c, &other));
        assert_eq!(&*c, c"abc");
    });
}

#[test]
fn make_mut_whose_clone_panics_leaves_everything_as_it_was() {
    balanced(|| {
        struct Stubborn(#[allow(dead_code, reason = "something to free")] String);
        impl Clone for Stubborn {
            fn clone(&self) -> Self {
                unwind()
            }
        }
        let mut b = Brc::new(Stubborn("x".to_owned()));
        let other = b.clone();
        unwinds(|| {
            let _ = Brc::make_mut(&mut b);
        });
        assert!(Brc::ptr_eq(&b, &other));
        assert_eq!(Brc::strong_count(&b), 2);
    });
}

// --------------------------------------------------------------- handles, counts

#[test]
fn strong_and_weak_counts_follow_the_handles() {
    balanced(|| {
        let b = Brc::new(5);
        assert_eq!((Brc::strong_count(&b), Brc::weak_count(&b)), (1, 0));
        let c = Brc::clone(&b);
        let weak = Brc::downgrade(&b);
        let other = weak.clone();
        assert_eq!((Brc::strong_count(&b), Brc::weak_count(&c)), (2, 2));
        assert_eq!((weak.strong_count(), weak.weak_count()), (2, 2));
        let d = weak.upgrade().unwrap();
        assert_eq!((other.strong_count(), other.weak_count()), (3, 2));
        drop((b, c, other));
        assert_eq!((weak.strong_count(), weak.weak_count()), (1, 1));
        drop(d);
        assert_eq!((weak.strong_count(), weak.weak_count()), (0, 0));
        let dead = weak.clone();
        assert_eq!((dead.strong_count(), dead.weak_count()), (0, 0));
    });
}

#[test]
fn ptr_eq_compares_objects_not_values() {
    balanced(|| {
        let five = Brc::new(5);
        assert!(Brc::ptr_eq(&five, &five.clone()));
        assert!(!Brc::ptr_eq(&five, &Brc::new(5)));

        let (unit, other) = (Brc::new(()), Brc::new(()));
        assert!(Brc::ptr_eq(&unit, &unit.clone()));
        assert!(!Brc::ptr_eq(&unit, &other), "values without size have objects of their own");

        let (empty, other) = (Brc::<[Wide]>::from([]), Brc::<[Wide]>::from([]));
        assert!(Brc::ptr_eq(&empty, &empty.clone()));
        assert!(!Brc::ptr_eq(&empty, &other));
    });
}

#[test]
fn ptr_eq_ignores_the_metadata_of_trait_objects() {
    trait Shape {
        fn sides(&self) -> u32;
    }
    #[repr(transparent)]
    struct Square(Triangle);
    struct Triangle;
    impl Shape for Square {
        fn sides(&self) -> u32 {
            4
        }
    }
    impl Shape for Triangle {
        fn sides(&self) -> u32 {
            3
        }
    }
    balanced(|| {
        let triangle: Brc<dyn Shape> = Brc::from(Box::new(Triangle) as Box<dyn Shape>);
        let raw = Brc::into_raw(triangle.clone()).cast::<Square>();
        // SAFETY: `Square` is a transparent `Triangle`, and the reference was
        // given up above.
        let square: Brc<dyn Shape> = unsafe { Brc::from_raw(raw as *const dyn Shape) };
        assert_eq!((triangle.sides(), square.sides()), (3, 4));
        assert!(Brc::ptr_eq(&triangle, &square));
        assert!(Brc::downgrade(&triangle).ptr_eq(&Brc::downgrade(&square)));
    });
}

#[test]
fn the_value_is_dropped_once_with_the_last_strong_handle() {
    balanced(|| {
        let witness = Witness::new();
        let counters = witness.counters();
        let a = Brc::new(witness);
        let b = a.clone();
        let weak = Brc::downgrade(&a);
        drop(a);
        assert_eq!(counters(), (0, 0));
        drop(b);
        assert_eq!(counters(), (0, 1));
        drop(weak);
        assert_eq!(counters(), (0, 1));
    });
}

#[test]
fn a_weak_handle_keeps_the_memory_but_not_the_value() {
    balanced(|| {
        let before = held();
        let b = Brc::new((Witness::new(), [0_u8; 1000]));
        let counters = b.0.counters();
        let weak = Brc::downgrade(&b);
        drop(b);
        assert_eq!(counters(), (0, 1));
        assert!(held() - before >= 1000);
        drop((weak, counters));
        assert_eq!(held(), before);
    });
}

#[test]
fn a_destructor_that_panics_still_frees_the_memory() {
    struct Bad(Rc<Cell<u32>>);
    impl Drop for Bad {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
            unwind();
        }
    }
    balanced(|| {
        let drops = Rc::new(Cell::new(0));
        let b = Brc::new(Bad(drops.clone()));
        unwinds(|| drop(b));
        let b = Brc::new_merged(Bad(drops.clone()));
        let weak = Brc::downgrade(&b);
        unwinds(|| drop(b));
        assert!(weak.upgrade().is_none());
        let slice: Brc<[(Bad, Rc<Cell<u32>>)]> = Brc::from([(Bad(drops.clone()), drops.clone())]);
        unwinds(|| drop(slice));
        assert_eq!(drops.get(), 3);
        assert_eq!(Rc::strong_count(&drops), 1);
    });
}

#[test]
fn clone_from_lets_go_of_the_old_object() {
    balanced(|| {
        let witness = Witness::new();
        let counters = witness.counters();
        let mut b = Brc::new(witness);
        let other = Brc::new(Witness::new());
        b.clone_from(&other);
        assert_eq!(counters(), (0, 1));
        assert!(Brc::ptr_eq(&b, &other));
        let mut weak = Brc::downgrade(&b);
        weak.clone_from(&Weak::new());
        assert_eq!(Brc::weak_count(&b), 0);
    });
}

#[test]
fn a_value_may_drop_handles_of_its_own_type_and_weak_handles_to_itself() {
    struct Node {
        me: Weak<Node>,
        next: Option<Brc<Node>>,
        upgraded: Rc<Cell<bool>>,
    }
    impl Drop for Node {
        fn drop(&mut self) {
            self.upgraded.set(self.upgraded.get() || self.me.upgrade().is_some());
        }
    }
    balanced(|| {
        let upgraded = Rc::new(Cell::new(false));
        let mut head = None;
        for _ in 0..100 {
            let (next, upgraded) = (head.take(), upgraded.clone());
            head = Some(Brc::new_cyclic(|me| Node { me: me.clone(), next, upgraded }));
        }
        assert!(head.as_ref().unwrap().next.is_some());
        drop(head);
        assert!(!upgraded.get(), "a dying object cannot be upgraded");
        assert_eq!(Rc::strong_count(&upgraded), 1);
    });
}

/// While the owner merges, its count is neither in its word nor in the shared
/// one: who counts at that moment must not take the object for dead.
#[test]
fn no_count_is_zero_while_an_object_lives() {
    let header = Header::new(OwnerId::new(1));
    for (count, state, least) in [
        (0, State::Biased, 1),
        (0, State::Weakref, 1),
        (-2, State::Queued, 1),
        (3, State::Merged, 3),
        (0, State::Merged, 0),
    ] {
        // SAFETY: nobody counts with this header.
        unsafe { header.poke(Some(0), Some((count, state)), Some(2)) };
        assert_eq!(header.strong_count(), least, "({count}, {state:?})");
    }
}

// ------------------------------------------------------------------------ weak

#[test]
fn weak_new_allocates_nothing_and_never_upgrades() {
    static EMPTY: Weak<u32> = const { Weak::new() };
    balanced(|| {
        let (count, weak) = allocations(Weak::<String>::new);
        assert_eq!(count, 0);
        assert!(weak.upgrade().is_none());
        assert!(weak.clone().upgrade().is_none());
        assert_eq!((weak.strong_count(), weak.weak_count()), (0, 0));
        assert!(Weak::<i64>::default().upgrade().is_none());
        assert!(EMPTY.upgrade().is_none());
    });
}

#[test]
fn weak_ptr_eq_compares_objects_and_all_without_one_are_equal() {
    balanced(|| {
        let b = Brc::new(5);
        let (first, second) = (Brc::downgrade(&b), Brc::downgrade(&b));
        assert!(first.ptr_eq(&second));
        assert!(!first.ptr_eq(&Brc::downgrade(&Brc::new(5))));
        assert!(Weak::<u8>::new().ptr_eq(&Weak::new()));
        assert!(!Brc::downgrade(&Brc::new(())).ptr_eq(&Weak::new()));
    });
}

#[test]
fn weak_as_ptr_is_the_strong_handle_s() {
    balanced(|| {
        let strong = Brc::new("hello".to_owned());
        let weak = Brc::downgrade(&strong);
        assert_eq!(weak.as_ptr(), Brc::as_ptr(&strong));
        // SAFETY: the strong handle keeps the string.
        assert_eq!(unsafe { &*weak.as_ptr() }, "hello");
    });
}

#[test]
fn weak_raw_pointers_keep_their_weak_reference() {
    balanced(|| {
        let strong = Brc::new("hello".to_owned());
        let first = Brc::downgrade(&strong).into_raw();
        let second = Brc::downgrade(&strong).into_raw();
        assert_eq!(Brc::weak_count(&strong), 2);
        // SAFETY: given up above.
        let weak = unsafe { Weak::from_raw(first) };
        assert_eq!(*weak.upgrade().unwrap(), "hello");
        drop(weak);
        assert_eq!(Brc::weak_count(&strong), 1);
        drop(strong);
        // SAFETY: given up above; the strong count may be 0.
        assert!(unsafe { Weak::from_raw(second) }.upgrade().is_none());

        let nothing = Weak::<String>::new().into_raw();
        // SAFETY: given up above.
        assert!(unsafe { Weak::from_raw(nothing) }.upgrade().is_none());
    });
}

#[test]
fn weak_handles_of_unsized_payloads_work_too() {
    balanced(|| {
        let text: Brc<str> = Brc::from("hello");
        let weak = Brc::downgrade(&text);
        let raw = weak.into_raw();
        // SAFETY: given up above.
        let weak = unsafe { Weak::from_raw(raw) };
        assert_eq!(&*weak.upgrade().unwrap(), "hello");
        drop(text);
        assert!(weak.clone().upgrade().is_none());
    });
}

#[test]
fn weak_prints_without_its_value() {
    assert_eq!(format!("{:?}", Weak::<Cell<u8>>::new()), "(Weak)");
    assert_eq!(format!("{:?}", Brc::downgrade(&Brc::new("x"))), "(Weak)");
}

// ---------------------------------------------------------------- raw pointers

#[test]
fn into_raw_and_from_raw_keep_the_reference() {
    balanced(|| {
        let b = Brc::new("hello".to_owned());
        let other = b.clone();
        let raw = Brc::into_raw(b);
        // SAFETY: the reference is still there.
        assert_eq!(unsafe { &*raw }, "hello");
        assert_eq!(Brc::strong_count(&other), 2);
        // SAFETY: given up above.
        let b = unsafe { Brc::from_raw(raw) };
        assert!(Brc::ptr_eq(&b, &other));
        assert_eq!(Brc::strong_count(&b), 2);
    });
}

#[test]
fn as_ptr_changes_no_count() {
    balanced(|| {
        let b = Brc::new("hello".to_owned());
        let c = b.clone();
        assert_eq!(Brc::as_ptr(&b), Brc::as_ptr(&c));
        assert_eq!(Brc::as_ptr(&b), &raw const *c);
        assert_eq!((Brc::strong_count(&b), Brc::weak_count(&b)), (2, 0));
    });
}

#[test]
fn increment_and_decrement_count_through_raw_pointers() {
    balanced(|| {
        let witness = Witness::new();
        let counters = witness.counters();
        let raw = Brc::into_raw(Brc::new(witness));
        // SAFETY: the object is alive, by the reference given up above.
        unsafe { Brc::increment_strong_count(raw) };
        // SAFETY: one of the two references.
        let b = unsafe { Brc::from_raw(raw) };
        assert_eq!(Brc::strong_count(&b), 2);
        // SAFETY: the other.
        unsafe { Brc::decrement_strong_count(raw) };
        assert_eq!(Brc::strong_count(&b), 1);
        let raw = Brc::into_raw(b);
        assert_eq!(counters(), (0, 0));
        // SAFETY: the last.
        unsafe { Brc::decrement_strong_count(raw) };
        assert_eq!(counters(), (0, 1));
    });
}

#[test]
fn raw_pointers_to_unsized_payloads_keep_their_metadata() {
    balanced(|| {
        let raw: *const str = Brc::into_raw(Brc::<str>::from("eggplant"));
        // SAFETY: the object is alive, by the reference given up above.
        unsafe { Brc::increment_strong_count(raw) };
        // SAFETY: one of the two references.
        assert_eq!(&*unsafe { Brc::from_raw(raw) }, "eggplant");
        // SAFETY: the other.
        unsafe { Brc::decrement_strong_count(raw) };
    });
}

/// How a `Brc<T>` becomes a `Brc<dyn Trait>` without another allocation, on
/// stable Rust and without the feature `unsize`.
#[test]
fn a_raw_pointer_may_be_unsized_on_its_way() {
    balanced(|| {
        let b = Brc::new(Wide(3));
        let weak = Brc::downgrade(&b);
        let other = b.clone();
        // SAFETY: the same object, whose type is only hidden.
        let b: Brc<dyn fmt::Debug> = unsafe { Brc::from_raw(Brc::into_raw(b) as *const _) };
        // SAFETY: as above.
        let weak: Weak<dyn fmt::Debug> = unsafe { Weak::from_raw(weak.into_raw() as *const _) };
        assert_eq!(format!("{b:?} {:?}", weak.upgrade().unwrap()), "Wide(3) Wide(3)");
        assert_eq!(Brc::strong_count(&b), 2);
        drop(other);
        drop(b);
        assert!(weak.upgrade().is_none());

        let nothing = Weak::<Wide>::new().into_raw() as *const dyn fmt::Debug;
        // SAFETY: as above.
        let nothing: Weak<dyn fmt::Debug> = unsafe { Weak::from_raw(nothing) };
        assert!(nothing.upgrade().is_none());
        assert_eq!((nothing.strong_count(), nothing.weak_count()), (0, 0));
    });
}

// ----------------------------------------------------------------- conversions

#[test]
fn a_value_converts_into_an_object() {
    balanced(|| {
        assert_eq!(Brc::from(5), Brc::new(5));
        let b: Brc<String> = "x".to_owned().into();
        assert_eq!(*b, "x");
        assert_eq!(*Brc::<i32>::from(UniqueBrc::new(6)), 6);
    });
}

#[test]
fn boxes_of_any_kind_move_into_objects() {
    balanced(|| {
        let witness = Witness::new();
        let counters = witness.counters();
        let b: Brc<Witness> = Brc::from(Box::new(witness));
        assert_eq!(counters(), (0, 0));
        drop(b);
        assert_eq!(counters(), (0, 1));

        assert_eq!(&*Brc::<str>::from(Box::<str>::from("eggplant")), "eggplant");
        let boxed: Box<[String]> = Box::new(["a".to_owned(), "b".to_owned()]);
        assert_eq!(*Brc::<[String]>::from(boxed), ["a", "b"]);
        assert_eq!(*Brc::<()>::from(Box::new(())), ());
        let boxed: Box<[Wide]> = Box::new([]);
        assert!(Brc::<[Wide]>::from(boxed).is_empty());

        let f: Brc<dyn Fn(u32) -> u32> = Brc::from({
            let kept = "abc".to_owned();
            Box::new(move |x| x + kept.len() as u32) as Box<dyn Fn(u32) -> u32>
        });
        let g = f.clone();
        assert_eq!(f(1) + g(2), 9);
    });
}

#[test]
fn slices_arrays_and_vectors_convert_in_order() {
    balanced(|| {
        let strings = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(*Brc::<[String]>::from(&strings[..]), strings);
        assert_eq!(*Brc::<[String]>::from(&mut strings.clone()[..]), strings);
        assert_eq!(*Brc::<[String]>::from(strings.clone()), strings);
        let mut vec = strings.to_vec();
        vec.reserve(100);
        let address = vec[0].as_ptr();
        let b = Brc::<[String]>::from(vec);
        assert_eq!(*b, strings);
        assert_eq!(b[0].as_ptr(), address, "moved, not cloned");
        assert!(Brc::<[String]>::from(Vec::new()).is_empty());
        assert!(Brc::<[String]>::from([]).is_empty());
        assert_eq!(Brc::<[()]>::from([(); 3]).len(), 3);
    });
}

#[test]
fn a_clone_that_panics_drops_the_clones_before_it_and_frees_the_slice() {
    struct Fourth(Witness);
    impl Clone for Fourth {
        fn clone(&self) -> Self {
            if self.0.clones.get() == 3 {
                unwind();
            }
            Self(self.0.clone())
        }
    }
    balanced(|| {
        let witness = Witness::new();
        let counters = witness.counters();
        let source: [Fourth; 5] = std::array::from_fn(|_| {
            Fourth(Witness { clones: witness.clones.clone(), drops: witness.drops.clone() })
        });
        unwinds(|| Brc::<[Fourth]>::from(&source[..]));
        assert_eq!(counters(), (3, 3));
    });
}

#[test]
fn collecting_keeps_the_order_whatever_the_size_hint() {
    /// An iterator that says too little, or too much, about its length.
    struct Hint<I>(I, (usize, Option<usize>));
    impl<I: Iterator> Iterator for Hint<I> {
        type Item = I::Item;
        fn next(&mut self) -> Option<I::Item> {
            self.0.next()
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            self.1
        }
    }
    balanced(|| {
        let expected: Vec<String> = (0..10).map(|i| i.to_string()).collect();
        let strings = || (0..10).map(|i: u32| i.to_string());
        assert_eq!(*strings().collect::<Brc<[_]>>(), expected);
        assert_eq!(*strings().filter(|_| true).collect::<Brc<[_]>>(), expected);
        assert_eq!(*Hint(strings(), (0, Some(2))).collect::<Brc<[_]>>(), expected);
        assert_eq!(*Hint(strings(), (50, None)).collect::<Brc<[_]>>(), expected);
        assert!(std::iter::empty::<String>().collect::<Brc<[_]>>().is_empty());
        let evens: Brc<[u8]> = (0..10).filter(|x| x % 2 == 0).collect();
        assert_eq!(*evens, [0, 2, 4, 6, 8]);
    });
}

#[test]
fn an_iterator_that_panics_leaves_nothing_behind() {
    balanced(|| {
        let items = (0..10).map(|i| if i == 7 { unwind() } else { i.to_string() });
        unwinds(|| items.collect::<Brc<[String]>>());
    });
}

#[test]
fn strings_of_all_kinds_convert() {
    balanced(|| {
        assert_eq!(&*Brc::<str>::from("eggplant"), "eggplant");
        assert_eq!(&*Brc::<str>::from(&mut *String::from("eggplant")), "eggplant");
        assert_eq!(&*Brc::<str>::from(String::from("eggplant")), "eggplant");
        assert_eq!(&*Brc::<str>::from(""), "");

        let mut owned = c"egg".to_owned();
        assert_eq!(&*Brc::<CStr>::from(c"egg"), c"egg");
        assert_eq!(&*Brc::<CStr>::from(&mut *owned.clone().into_boxed_c_str()), c"egg");
        assert_eq!(&*Brc::<CStr>::from(std::mem::take(&mut owned)), c"egg");
        assert_eq!(Brc::<CStr>::from(CString::default()).to_bytes_with_nul(), b"\0");

        let mut owned = OsString::from("egg");
        assert_eq!(&*Brc::<OsStr>::from(OsStr::new("egg")), "egg");
        assert_eq!(&*Brc::<OsStr>::from(owned.as_mut_os_str_for_test()), "egg");
        assert_eq!(&*Brc::<OsStr>::from(owned), "egg");

        let owned = PathBuf::from("egg/plant");
        assert_eq!(&*Brc::<Path>::from(Path::new("egg/plant")), Path::new("egg/plant"));
        assert_eq!(&*Brc::<Path>::from(&mut *owned.clone().into_boxed_path()), owned);
        assert_eq!(&*Brc::<Path>::from(owned.clone()), owned);
    });
}

/// `OsString` derefs mutably; the name says what for.
trait AsMutOsStr {
    fn as_mut_os_str_for_test(&mut self) -> &mut OsStr;
}

impl AsMutOsStr for OsString {
    fn as_mut_os_str_for_test(&mut self) -> &mut OsStr {
        self
    }
}

#[test]
fn a_cow_converts_whether_borrowed_or_owned() {
    balanced(|| {
        assert_eq!(&*Brc::<str>::from(Cow::Borrowed("eggplant")), "eggplant");
        assert_eq!(&*Brc::<str>::from(Cow::<str>::Owned("eggplant".to_owned())), "eggplant");
        let local = [1, 2, 3];
        let cow: Cow<'_, [u8]> = Cow::Borrowed(&local);
        assert_eq!(*Brc::<[u8]>::from(cow), [1, 2, 3]);
        assert_eq!(*Brc::<[u8]>::from(Cow::<[u8]>::Owned(vec![4])), [4]);
        assert_eq!(&*Brc::<Path>::from(Cow::Borrowed(Path::new("p"))), Path::new("p"));
        assert_eq!(&*Brc::<CStr>::from(Cow::Borrowed(c"p")), c"p");
        assert_eq!(&*Brc::<OsStr>::from(Cow::Borrowed(OsStr::new("p"))), "p");
    });
}

#[test]
fn a_string_becomes_bytes_and_a_slice_an_array_without_a_new_object() {
    balanced(|| {
        let text: Brc<str> = Brc::from("eggplant");
        let other = text.clone();
        let (count, bytes) = allocations(|| Brc::<[u8]>::from(text));
        assert_eq!(count, 0);
        assert_eq!(*bytes, *b"eggplant");
        assert_eq!(Brc::strong_count(&other), 2);
        assert_eq!(Brc::as_ptr(&bytes).cast::<u8>(), other.as_ptr());

        let bytes = Brc::<[u8; 3]>::try_from(bytes).unwrap_err();
        assert_eq!(bytes.len(), 8, "the handle comes back");
        let (count, array) = allocations(|| Brc::<[u8; 8]>::try_from(bytes).unwrap());
        assert_eq!(count, 0);
        assert_eq!(*array, *b"eggplant");
        let slice: Brc<[u8]> = array.into();
        assert_eq!(*slice, *b"eggplant");
        assert_eq!(Brc::strong_count(&other), 2);
    });
}

#[test]
fn downcast_finds_the_type_or_gives_the_handle_back() {
    balanced(|| {
        let any: Brc<dyn Any + Send + Sync> = Brc::from(Box::new("x".to_owned()) as Box<_>);
        let any = any.downcast::<u32>().unwrap_err();
        assert_eq!(Brc::strong_count(&any), 1);
        assert_eq!(*any.downcast::<String>().unwrap(), "x");

        let b = Brc::new(7_u32);
        let any: Brc<dyn Any + Send + Sync> = b.clone().into();
        assert!(Brc::ptr_eq(&any.downcast().unwrap(), &b));
    });
}

#[test]
fn defaults_are_those_of_the_payload_or_empty() {
    balanced(|| {
        assert_eq!(*Brc::<i32>::default(), 0);
        assert_eq!(*Brc::<String>::default(), "");
        assert_eq!(&*Brc::<str>::default(), "");
        assert_eq!(&*Brc::<CStr>::default(), c"");
        assert!(Brc::<[String]>::default().is_empty());
        assert_eq!(*Pin::<Brc<u32>>::default(), 0);
        assert_eq!(&*Pin::<Brc<str>>::default(), "");
    });
}

// ---------------------------------------------------------------------- traits

#[test]
fn comparison_is_that_of_the_payload() {
    let (one, two) = (Brc::new(1), Brc::new(2));
    assert_eq!(one, Brc::new(1));
    assert_ne!(one, two);
    assert!(one < two && one <= two);
    assert!(two > one && two >= one);
    assert_eq!(one.cmp(&two), Order::Less);
    assert_eq!(one.partial_cmp(&two), Some(Order::Less));
    assert_eq!(one.clone().max(two.clone()), two);
    assert_eq!(two.clone().clamp(one.clone(), one.clone()), one);

    let nan = Brc::new(f64::NAN);
    assert_eq!(nan.partial_cmp(&nan), None);
    assert!(nan != nan.clone(), "without `Eq`, one object need not equal itself");
    assert!(!(nan < nan.clone() || nan >= nan.clone()));
}

#[test]
fn every_comparison_calls_the_payload_s_own() {
    thread_local! { static CALLED: Cell<&'static str> = const { Cell::new("") } }
    struct Odd;
    #[allow(clippy::partialeq_ne_impl, reason = "to see which is called")]
    impl PartialEq for Odd {
        fn eq(&self, _: &Self) -> bool {
            CALLED.set("eq");
            false
        }
        fn ne(&self, _: &Self) -> bool {
            CALLED.set("ne");
            false
        }
    }
    impl PartialOrd for Odd {
        fn partial_cmp(&self, _: &Self) -> Option<Order> {
            CALLED.set("partial_cmp");
            None
        }
        fn lt(&self, _: &Self) -> bool {
            CALLED.set("lt");
            true
        }
        fn le(&self, _: &Self) -> bool {
            CALLED.set("le");
            true
        }
        fn gt(&self, _: &Self) -> bool {
            CALLED.set("gt");
            true
        }
        fn ge(&self, _: &Self) -> bool {
            CALLED.set("ge");
            true
        }
    }
    let (a, b) = (Brc::new(Odd), Brc::new(Odd));
    let called = |result: bool| (CALLED.get(), result);
    assert_eq!(called(a == b), ("eq", false));
    assert_eq!(called(a != b), ("ne", false));
    assert_eq!(called(a < b), ("lt", true));
    assert_eq!(called(a <= b), ("le", true));
    assert_eq!(called(a > b), ("gt", true));
    assert_eq!(called(a >= b), ("ge", true));
    assert_eq!(called(a.partial_cmp(&b).is_none()), ("partial_cmp", true));
}

#[test]
fn hashing_and_borrowing_make_a_key_that_is_found_by_its_payload() {
    balanced(|| {
        assert_eq!(hash_of(&Brc::new(5_u64)), hash_of(&5_u64));
        assert_eq!(hash_of(&Brc::<str>::from("x")), hash_of("x"));
        assert_eq!(hash_of(&Brc::<[u8]>::from([1, 2])), hash_of(&[1_u8, 2][..]));

        let mut ages: HashMap<Brc<str>, u32> = HashMap::new();
        ages.insert(Brc::from("ann"), 3);
        assert_eq!(ages.get("ann"), Some(&3));
        assert_eq!(ages.insert(Brc::from("ann"), 4), Some(3));
        let sorted: BTreeMap<Brc<str>, u32> =
            ["c", "a", "b"].into_iter().zip(1..).map(|(k, v)| (Brc::from(k), v)).collect();
        assert_eq!(sorted.get("b"), Some(&3));
        assert_eq!(sorted.keys().map(|k| &**k).collect::<String>(), "abc");
        let set: HashSet<Brc<[u8]>> = [Brc::from([1, 2])].into();
        assert!(set.contains(&[1, 2][..]));
    });
}

#[test]
fn references_come_by_deref_as_ref_and_borrow() {
    let b = Brc::new("x".to_owned());
    let address: *const String = &*b;
    assert_eq!(address, AsRef::<String>::as_ref(&b));
    assert_eq!(address, Borrow::<String>::borrow(&b));
    assert_eq!(b.len(), 1, "methods of the payload are found");
}

#[test]
fn formatting_is_that_of_the_payload() {
    balanced(|| {
        let b = Brc::new(255);
        assert_eq!(format!("{b} {b:>5} {b:?} {b:#x?}"), "255   255 255 0xff");
        assert_eq!(b.to_string(), "255");
        assert_eq!(format!("{:?}", Brc::<str>::from("x")), "\"x\"");
        assert_eq!(format!("{:#?}", Brc::new([1])), format!("{:#?}", [1]));
        assert_eq!(format!("{b:p}"), format!("{:p}", Brc::as_ptr(&b)));
        let text: Brc<str> = Brc::from("x");
        assert_eq!(format!("{text:p}"), format!("{:p}", Brc::as_ptr(&text)));
    });
}

#[test]
fn an_error_in_an_object_is_an_error_with_the_same_source() {
    #[derive(Debug)]
    struct Outer(fmt::Error);
    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("outer")
        }
    }
    impl Error for Outer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
        fn description(&self) -> &str {
            "described"
        }
        fn cause(&self) -> Option<&dyn Error> {
            Some(&self.0)
        }
    }
    fn check(error: &dyn Error) {
        assert_eq!(error.to_string(), "outer");
        assert!(error.source().unwrap().is::<fmt::Error>());
        #[allow(deprecated, reason = "still part of the trait")]
        let old = (error.description(), error.cause().is_some());
        assert_eq!(old, ("described", true));
    }
    balanced(|| {
        let error = Brc::new(Outer(fmt::Error));
        check(&error);
        let fails = || -> Result<(), Box<dyn Error>> { Err(error.clone())? };
        check(&*fails().unwrap_err());
        let unsized_error: Brc<dyn Error> = Brc::from(Box::new(Outer(fmt::Error)) as Box<_>);
        check(&unsized_error);
    });
}

#[test]
fn a_file_is_read_written_and_sought_through_its_handles() {
    let path = std::env::temp_dir().join(format!("brc-std-behaviour-{}", std::process::id()));
    balanced(|| {
        let mut options = File::options();
        let file = options.read(true).write(true).create(true).truncate(true).open(&path).unwrap();
        let mut file = Brc::new(file);
        let mut other = file.clone();
        file.write_all(b"hello ").unwrap();
        let written = other.write_vectored(&[IoSlice::new(b"wo"), IoSlice::new(b"rld")]).unwrap();
        assert!(written > 0);
        write!(other, "{}", &"world"[written..]).unwrap();
        file.flush().unwrap();
        assert_eq!(file.stream_position().unwrap(), 11);
        assert_eq!(file.seek(SeekFrom::Start(6)).unwrap(), 6);
        let mut text = String::new();
        other.read_to_string(&mut text).unwrap();
        assert_eq!(text, "world", "the handles share one position");
        other.rewind().unwrap();
        let mut bytes = [0; 5];
        file.read_exact(&mut bytes).unwrap();
        assert_eq!(&bytes, b"hello");
        other.seek_relative(1).unwrap();
        let mut rest = Vec::new();
        file.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, b"world");
        file.rewind().unwrap();
        let read = file.read_vectored(&mut [IoSliceMut::new(&mut bytes)]).unwrap();
        assert_eq!(bytes[..read], b"hello"[..read]);
        let mut two = Vec::new();
        Read::by_ref(&mut other).take(2).read_to_end(&mut two).unwrap();
        assert_eq!(two.len(), 2);
    });
    std::fs::remove_file(path).unwrap();
}

#[cfg(unix)]
#[test]
fn descriptors_are_those_of_the_payload() {
    use std::os::fd::{AsFd, AsRawFd};
    fn raw(fd: &(impl AsFd + AsRawFd)) -> [i32; 2] {
        [fd.as_fd().as_raw_fd(), fd.as_raw_fd()]
    }
    let stdin = Brc::new(std::io::stdin());
    assert_eq!(raw(&stdin), raw(&*stdin));
    let hidden: Brc<dyn AsFd> = Brc::from(Box::new(std::io::stdin()) as Box<dyn AsFd>);
    assert_eq!(hidden.as_fd().as_raw_fd(), stdin.as_raw_fd());
}

// --------------------------------------------------------------------- threads

/// A payload whose blocks are counted under its size, whichever threads
/// allocate and free them. Each test has a size of its own.
#[derive(Clone, Debug)]
struct Sized_<const N: usize>([u8; N]);

impl<const N: usize> Sized_<N> {
    fn new() -> Self {
        Self([1; N])
    }

    #[track_caller]
    fn assert_live(expected: isize) {
        assert_eq!(LIVE_BLOCKS[N + HEADER].load(Relaxed), expected, "objects of {N} bytes");
    }
}

const HEADER: usize = size_of::<Header>();

#[test]
fn into_inner_on_every_handle_of_a_shared_object_gives_the_value_to_one_thread() {
    const THREADS: usize = 4;
    type Payload = Sized_<5001>;
    for round in 0..if cfg!(debug_assertions) { 300 } else { 3000 } {
        let b =
            if round % 2 == 0 { Brc::new_merged(Payload::new()) } else { Brc::new(Payload::new()) };
        Brc::share(&b);
        let start = Barrier::new(THREADS);
        let values: Vec<Option<Payload>> = thread::scope(|s| {
            let takers: Vec<_> = std::iter::repeat_n(b, THREADS)
                .map(|b| {
                    s.spawn(|| {
                        start.wait();
                        Brc::into_inner(b)
                    })
                })
                .collect();
            takers.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert_eq!(values.iter().filter(|v| v.is_some()).count(), 1);
        assert_eq!(values.into_iter().flatten().next().unwrap().0, [1; 5001]);
    }
    Payload::assert_live(0);
}

/// The difference to `Arc` that `docs/api.md` names: of two threads that let go
/// of a biased object, only the owner can get the value, and only as the last.
#[test]
fn into_inner_on_every_handle_of_a_biased_object_gives_the_value_to_at_most_one_thread() {
    type Payload = Sized_<5002>;
    let pair = || {
        let ours = Brc::new(Payload::new());
        (ours.clone(), ours)
    };
    for _ in 0..if cfg!(debug_assertions) { 300 } else { 3000 } {
        let (ours, theirs) = pair();
        thread::scope(|s| {
            let taker = s.spawn(|| Brc::into_inner(theirs));
            let value = Brc::into_inner(ours);
            let other = taker.join().unwrap();
            assert!(value.is_none() || other.is_none());
        });
        brc::merge();
        Payload::assert_live(0);
    }

    let (ours, theirs) = pair();
    let taker = thread::spawn(|| Brc::into_inner(theirs));
    assert!(taker.join().unwrap().is_none());
    assert!(Brc::into_inner(ours).is_some());

    let (ours, theirs) = pair();
    assert!(Brc::into_inner(ours).is_none());
    let taker = thread::spawn(|| Brc::into_inner(theirs));
    assert!(taker.join().unwrap().is_none());
    brc::merge();
    Payload::assert_live(0);
}

#[test]
fn the_owner_unwraps_what_other_threads_let_go_of() {
    type Payload = Sized_<5003>;
    for weak in [false, true] {
        let b = Brc::new(Payload::new());
        let kept = weak.then(|| Brc::downgrade(&b));
        let users: Vec<_> = (0..3)
            .map(|_| {
                let b = b.clone();
                thread::spawn(move || b.clone().0.len())
            })
            .collect();
        for user in users {
            assert_eq!(user.join().unwrap(), 5003);
        }
        assert_eq!(Brc::strong_count(&b), 1);
        assert_eq!(Brc::try_unwrap(b).unwrap().0.len(), 5003);
        assert!(kept.is_none_or(|weak| weak.upgrade().is_none()));
    }
    Payload::assert_live(0);
}

#[test]
fn the_last_handle_is_mutable_on_whichever_thread_if_the_object_is_shared() {
    type Payload = Sized_<5005>;
    let b = Brc::new(Payload::new());
    Brc::share(&b);
    let value = thread::spawn(move || {
        let mut b = b;
        Brc::get_mut(&mut b).unwrap().0[0] = 2;
        Brc::make_mut(&mut b).0[1] = 3;
        let weak = Brc::downgrade(&b);
        Brc::make_mut(&mut b).0[2] = 4;
        assert!(weak.upgrade().is_none());
        Brc::try_unwrap(b).unwrap()
    })
    .join()
    .unwrap();
    assert_eq!(value.0[..4], [2, 3, 4, 1]);
    Payload::assert_live(0);
}

/// The difference to `Arc` that `docs/api.md` names: only the owner's side
/// knows the owner's count.
#[test]
fn another_thread_is_told_no_until_the_owner_has_merged() {
    type Payload = Sized_<5007>;
    let (to_user, from_owner) = mpsc::channel::<Brc<Payload>>();
    let (merged, when_merged) = mpsc::channel::<()>();
    let (asked, when_asked) = mpsc::channel::<()>();
    let user = thread::spawn(move || {
        let mut b = from_owner.recv().unwrap();
        let address = Brc::as_ptr(&b);
        assert!(Brc::get_mut(&mut b).is_none(), "the owner has not answered yet");
        let b = Brc::try_unwrap(b).unwrap_err();
        asked.send(()).unwrap();
        when_merged.recv().unwrap();
        let mut b = b;
        Brc::get_mut(&mut b).unwrap().0[0] = 9;
        assert_eq!(Brc::as_ptr(&b), address);
        Brc::try_unwrap(b).unwrap().0[0]
    });
    to_user.send(Brc::new(Payload::new())).unwrap();
    when_asked.recv().unwrap();
    brc::merge();
    merged.send(()).unwrap();
    assert_eq!(user.join().unwrap(), 9);
    Payload::assert_live(0);
}

#[test]
fn another_thread_s_make_mut_never_shows_through_other_handles() {
    type Payload = Sized_<5009>;
    let b = Brc::new(Payload::new());
    let mut theirs = b.clone();
    let theirs = thread::spawn(move || {
        Brc::make_mut(&mut theirs).0[0] = 7;
        theirs
    })
    .join()
    .unwrap();
    assert_eq!((b.0[0], theirs.0[0]), (1, 7));
    drop((b, theirs));
    brc::merge();
    Payload::assert_live(0);
}

#[test]
fn an_owner_that_is_gone_does_not_hinder_uniqueness() {
    type Payload = Sized_<5011>;
    let mut b = thread::spawn(|| Brc::new(Payload::new())).join().unwrap();
    assert!(!Brc::is_owner(&b));
    Brc::get_mut(&mut b).unwrap().0[0] = 2;
    let weak = Brc::downgrade(&b);
    assert_eq!(Brc::into_inner(b).unwrap().0[0], 2);
    assert!(weak.upgrade().is_none());
    drop(weak);
    Payload::assert_live(0);
}

#[test]
fn upgrades_race_with_the_last_drop_and_never_see_a_dead_value() {
    struct Canary(AtomicBool, #[allow(dead_code, reason = "counted by its size")] [u8; 5013]);
    impl Drop for Canary {
        fn drop(&mut self) {
            self.0.store(false, Relaxed);
        }
    }
    let rounds = if cfg!(debug_assertions) { 500 } else { 5000 };
    let size = HEADER + size_of::<Canary>();
    thread::scope(|s| {
        let (to_reader, weak_handles) = mpsc::channel::<Weak<Canary>>();
        s.spawn(move || {
            for weak in weak_handles {
                while let Some(b) = weak.upgrade() {
                    assert!(b.0.load(Relaxed));
                }
                assert!(weak.upgrade().is_none());
                assert_eq!(weak.strong_count(), 0);
            }
        });
        for round in 0..rounds {
            let b = Brc::new(Canary(AtomicBool::new(true), [0; 5013]));
            if round % 3 == 0 {
                Brc::share(&b);
            }
            to_reader.send(Brc::downgrade(&b)).unwrap();
            assert!(b.0.load(Relaxed));
            drop(b);
            // What the reader dropped last waits for us.
            brc::merge();
        }
        // The reader may still hold the last one through the queue of this thread.
        drop(to_reader);
        brc::detach(|| ());
    });
    brc::merge();
    assert_eq!(LIVE_BLOCKS[size].load(Relaxed), 0);
}

#[test]
fn handles_travel_through_channels_and_thread_exits_without_a_leak() {
    type Payload = Sized_<5015>;
    let drops = Brc::new(AtomicUsize::new(0));
    struct Tracked(
        Brc<AtomicUsize>,
        #[allow(dead_code, reason = "counted by its size")] Brc<Payload>,
    );
    impl Drop for Tracked {
        fn drop(&mut self) {
            self.0.fetch_add(1, Relaxed);
        }
    }
    const EACH: usize = 50;
    let (tx, rx) = mpsc::channel::<Brc<Tracked>>();
    let makers: Vec<_> = (0..3)
        .map(|_| {
            let (tx, drops) = (tx.clone(), drops.clone());
            thread::spawn(move || {
                for _ in 0..EACH {
                    let b = Brc::new(Tracked(drops.clone(), Brc::new(Payload::new())));
                    tx.send(b.clone()).unwrap();
                }
            })
        })
        .collect();
    drop(tx);
    for b in rx {
        assert_eq!(b.1.0.len(), 5015);
    }
    for maker in makers {
        maker.join().unwrap();
    }
    brc::merge();
    assert_eq!(drops.load(Relaxed), 3 * EACH);
    Payload::assert_live(0);
}

// ---------------------------------------------- what only `Arc` has, by other means

/// A `Waker` made of a `Brc`, as the standard library makes one of an `Arc`.
fn waker<W: Fn() + Send + Sync + 'static>(wake: Brc<W>) -> Waker {
    // SAFETY (for all four): `data` came from `Brc::into_raw` of a `Brc<W>`
    // whose reference the waker owns, and `W` may be used from any thread.
    const fn vtable<W: Fn() + Send + Sync + 'static>() -> &'static RawWakerVTable {
        &RawWakerVTable::new(
            |data| {
                // SAFETY: see above.
                unsafe { Brc::increment_strong_count(data.cast::<W>()) };
                RawWaker::new(data, vtable::<W>())
            },
            |data| {
                // SAFETY: see above.
                let wake = unsafe { Brc::from_raw(data.cast::<W>()) };
                wake();
            },
            |data| {
                // SAFETY: see above.
                let wake = unsafe { &*data.cast::<W>() };
                wake();
            },
            |data| {
                // SAFETY: see above.
                unsafe { Brc::decrement_strong_count(data.cast::<W>()) };
            },
        )
    }
    let raw = RawWaker::new(Brc::into_raw(wake).cast(), vtable::<W>());
    // SAFETY: the functions do what `RawWakerVTable` asks of them.
    unsafe { Waker::from_raw(raw) }
}

#[test]
fn a_waker_can_be_made_of_a_brc() {
    balanced(|| {
        static WOKEN: AtomicUsize = AtomicUsize::new(0);
        let b = Brc::new(|| {
            WOKEN.fetch_add(1, Relaxed);
        });
        let first = waker(b.clone());
        let second = first.clone();
        assert!(first.will_wake(&second));
        assert_eq!(Brc::strong_count(&b), 3);
        first.wake();
        second.wake_by_ref();
        assert_eq!(WOKEN.load(Relaxed), 2);
        assert_eq!(Brc::strong_count(&b), 2);
        drop(second);
        assert_eq!(Brc::strong_count(&b), 1);
    });
}

/// Instead of a receiver `self: Arc<Self>`.
#[test]
fn an_associated_function_takes_the_handle_itself() {
    struct Task {
        queue: RefCell<Vec<Brc<Task>>>,
    }
    impl Task {
        fn enqueue(this: Brc<Self>, on: &Brc<Self>) {
            on.queue.borrow_mut().push(this);
        }
    }
    balanced(|| {
        let queue = Brc::new(Task { queue: RefCell::default() });
        Task::enqueue(Brc::new(Task { queue: RefCell::default() }), &queue);
        assert_eq!(queue.queue.borrow().len(), 1);
    });
}

#[test]
fn the_accounting_of_this_file_notices_a_leak() {
    let mut kept = None;
    let leaks = catch_unwind(AssertUnwindSafe(|| {
        balanced(|| kept = Some(Brc::new([0_u8; 77])));
    }));
    assert!(leaks.is_err());
    let before = held();
    let b = Brc::new([0_u8; 77]);
    assert_eq!(held() - before, (HEADER + size_of_val(&*b)) as isize);
}

#[test]
fn a_waker_counts_its_task_and_wakes_it() {
    use brc::Wake;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Waker;

    struct Task(AtomicUsize);
    impl Wake for Task {
        fn wake(this: Brc<Self>) {
            this.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    let task = Brc::new_merged(Task(AtomicUsize::new(0)));
    let waker = Waker::from(task.clone());
    assert_eq!(Brc::strong_count(&task), 2);
    let other = waker.clone();
    assert_eq!(Brc::strong_count(&task), 3);
    other.wake_by_ref();
    assert_eq!(Brc::strong_count(&task), 3);
    std::thread::spawn(move || other.wake()).join().unwrap();
    assert_eq!((Brc::strong_count(&task), task.0.load(Ordering::Relaxed)), (2, 2));
    drop(waker);
    assert_eq!(Brc::strong_count(&task), 1);
}
