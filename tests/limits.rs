//! The ends of every range: counts, sizes, alignments, lifetimes of threads.

mod common;

use std::cell::RefCell;
use std::mem::forget;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;

use brc::header::{Header, IMMORTAL, State};
use brc::{Brc, UniqueBrc, Weak};
use common::*;

const OVERFLOW: &str = "a reference count left its range";

/// The local count that is too much.
const LOCAL_LIMIT: u32 = if usize::BITS == 64 { 1 << 31 } else { 1 << 27 };

/// The shared count that is too much, on both sides of zero.
const SHARED_LIMIT: isize = isize::MAX >> 3;

/// The weak count that is too much.
const WEAK_LIMIT: u32 = u32::MAX >> 1;

fn header<T: ?Sized>(object: &Brc<T>) -> &Header {
    // SAFETY: the header stands in front of the payload, and the handle keeps it.
    unsafe { &*Brc::as_ptr(object).cast::<Header>().wrapping_sub(1) }
}

fn set_local<T>(object: &Brc<T>, local: u32) {
    // SAFETY: what so many forgotten clones do.
    unsafe { header(object).poke(Some(local), None, None) };
}

fn set_shared<T>(object: &Brc<T>, count: isize, state: State) {
    // SAFETY: what so many forgotten clones do, or a test that aborts.
    unsafe { header(object).poke(None, Some((count, state)), None) };
}

fn set_weak<T>(object: &Brc<T>, weak: u32) {
    // SAFETY: what so many forgotten weak handles do.
    unsafe { header(object).poke(None, None, Some(weak)) };
}

// ------------------------------------------------------------------ local count

#[test]
fn a_local_count_near_its_end_is_moved_to_the_shared_word() {
    on_thread(|| {
        let tally = Tally::new();
        let object = Brc::new(tally.payload());
        // We hold one; the others are as if forgotten.
        set_local(&object, LOCAL_LIMIT - 3);
        let kept = [object.clone(), object.clone()];
        assert!(Brc::is_owner(&object));
        assert_eq!(Brc::strong_count(&object), LOCAL_LIMIT as usize - 1);
        let last = object.clone();
        assert!(!Brc::is_owner(&object), "merged");
        assert!(header(&object).is_merged());
        assert_eq!(Brc::strong_count(&object), LOCAL_LIMIT as usize);
        assert!(!Brc::is_immortal(&object));
        drop((kept, last));
        assert_eq!(Brc::strong_count(&object), LOCAL_LIMIT as usize - 3);
        set_shared(&object, 1, State::Merged);
        drop(object);
        assert_eq!(tally.died(), 1);
    });
}

#[test]
fn a_local_count_near_its_end_is_moved_by_an_upgrade_and_beside_a_queue_entry() {
    on_thread(|| {
        let tally = Tally::new();
        let object = Brc::new(tally.payload());
        let weak = Brc::downgrade(&object);
        set_local(&object, LOCAL_LIMIT - 1);
        let upgraded = weak.upgrade().unwrap();
        assert!(header(&object).is_merged());
        set_shared(&object, 2, State::Merged);
        drop((object, upgraded));
        assert_eq!(tally.died(), 1);

        let object = Brc::new(tally.payload());
        let gifts = [object.clone(), object.clone(), object.clone()];
        on_thread(move || drop(gifts)); // one in the queue, two below zero
        let local = header(&object).peek().1;
        set_local(&object, LOCAL_LIMIT - 1);
        let clone = object.clone();
        assert!(header(&object).is_merged());
        assert_eq!(Brc::strong_count(&object), LOCAL_LIMIT as usize - 3, "the queue is done");
        set_shared(&object, local as isize + 1 - 3, State::Merged);
        assert_eq!(Brc::strong_count(&object), 2);
        drop((object, clone));
        assert_eq!(tally.died(), 2);
    });
}

#[test]
fn a_merge_whose_sum_does_not_fit_aborts() {
    let test = "a_merge_whose_sum_does_not_fit_aborts";
    assert_aborts(test, "share", OVERFLOW, || {
        let object = Brc::new(1);
        set_local(&object, LOCAL_LIMIT - 1);
        set_shared(&object, SHARED_LIMIT - 1000, State::Biased);
        Brc::share(&object);
    });
    assert_aborts(test, "clone", OVERFLOW, || {
        let object = Brc::new(1);
        set_local(&object, LOCAL_LIMIT - 1);
        set_shared(&object, SHARED_LIMIT - 1000, State::Weakref);
        forget(object.clone());
    });
}

// ----------------------------------------------------------------- shared count

#[test]
fn a_shared_count_near_its_ends_still_counts() {
    on_thread(|| {
        for state in [State::Biased, State::Weakref, State::Queued, State::Merged] {
            let object = Brc::new_merged(1);
            set_shared(&object, SHARED_LIMIT - 2, state);
            let clone = object.clone();
            assert_eq!(header(&object).peek().2.count(), SHARED_LIMIT - 1);
            assert_eq!(header(&object).peek().2.state(), state);
            drop(clone);
            assert_eq!(header(&object).peek().2.count(), SHARED_LIMIT - 2);
            set_shared(&object, 1, State::Merged);
        }
    });
}

#[test]
fn a_shared_count_past_its_end_aborts() {
    let test = "a_shared_count_past_its_end_aborts";
    for state in [State::Biased, State::Weakref, State::Queued, State::Merged] {
        assert_aborts(test, &format!("clone {state:?}"), OVERFLOW, || {
            let object = Brc::new_merged(1);
            set_shared(&object, SHARED_LIMIT - 1, state);
            forget(object.clone());
            forget(object.clone());
        });
        assert_aborts(test, &format!("upgrade {state:?}"), OVERFLOW, || {
            let object = Brc::new_merged(1);
            let weak = Brc::downgrade(&object);
            set_shared(&object, SHARED_LIMIT - 1, state);
            forget(weak.upgrade());
            forget(weak.upgrade());
        });
    }
    assert_aborts(test, "increment_strong_count", OVERFLOW, || {
        let object = Brc::new_merged(1);
        set_shared(&object, SHARED_LIMIT, State::Merged);
        // SAFETY: of a live object; the end of the process is near.
        unsafe { Brc::increment_strong_count(Brc::into_raw(object)) };
    });
    assert_aborts(test, "get_mut", OVERFLOW, || {
        // Asks for a merge, with a reference of its own.
        let mut object = on_thread_that_stays(|| Brc::new(1));
        set_shared(&object, SHARED_LIMIT - 1, State::Biased);
        let _ = Brc::get_mut(&mut object);
    });
    assert_aborts(test, "share", OVERFLOW, || {
        let object = on_thread_that_stays(|| Brc::new(1));
        set_shared(&object, SHARED_LIMIT - 1, State::Weakref);
        Brc::share(&object);
    });
}

#[test]
fn a_shared_count_past_its_negative_end_aborts() {
    let test = "a_shared_count_past_its_negative_end_aborts";
    assert_aborts(test, "drop", OVERFLOW, || {
        let object = on_thread_that_stays(|| Brc::new(1));
        set_shared(&object, 2 - SHARED_LIMIT, State::Queued);
        for _ in 0..2 {
            // SAFETY: a handle too many; the process ends before it is missed.
            drop(unsafe { std::ptr::read(&raw const object) });
        }
    });
    assert_aborts(test, "merge", OVERFLOW, || {
        let object = Brc::new(1);
        set_shared(&object, -SHARED_LIMIT, State::Queued);
        Brc::share(&object);
    });
}

/// What another thread made, which is attached as long as the process lives.
fn on_thread_that_stays<T: Send + 'static>(make: fn() -> T) -> T {
    let (give, take) = channel();
    thread::spawn(move || {
        give.send(make()).unwrap();
        loop {
            thread::park();
        }
    });
    take.recv().unwrap()
}

// ------------------------------------------------------------------- weak count

#[test]
fn a_weak_count_near_its_end_still_counts() {
    on_thread(|| {
        let tally = Tally::new();
        let object = Brc::new(tally.payload());
        let weak = Brc::downgrade(&object);
        set_weak(&object, WEAK_LIMIT - 1);
        let other = Brc::downgrade(&object);
        assert_eq!(Brc::weak_count(&object), WEAK_LIMIT as usize - 1);
        drop(other);
        set_weak(&object, 2);
        drop(object);
        assert!(weak.upgrade().is_none());
        assert_eq!(tally.died(), 1);
    });
}

#[test]
fn a_weak_count_past_its_end_aborts() {
    let test = "a_weak_count_past_its_end_aborts";
    assert_aborts(test, "downgrade", OVERFLOW, || {
        let object = Brc::new(1);
        set_weak(&object, WEAK_LIMIT - 1);
        forget(Brc::downgrade(&object));
        forget(Brc::downgrade(&object));
    });
    assert_aborts(test, "clone", OVERFLOW, || {
        let object = Brc::new(1);
        let weak = Brc::downgrade(&object);
        set_weak(&object, WEAK_LIMIT - 1);
        forget(weak.clone());
        forget(weak.clone());
    });
}

#[test]
fn an_immortal_count_stays_where_it_is() {
    on_thread(|| {
        let object = Brc::new(1);
        assert!(Brc::immortalize(&object));
        let before = header(&object).peek();
        for _ in 0..100 {
            drop(object.clone());
            forget(object.clone());
            let weak = Brc::downgrade(&object);
            drop((weak.clone(), weak.upgrade()));
        }
        on_thread({
            let object = object.clone();
            move || drop((object.clone(), object))
        });
        assert_eq!(header(&object).peek(), before);
        assert_eq!(before.1, IMMORTAL);
        assert_eq!(Brc::strong_count(&object), usize::MAX);
    });
}

// ----------------------------------------------------------- sizes and alignment

/// Makes, shares, compares, takes out and destroys payloads of one layout.
fn every_way<T: Clone + PartialEq + std::fmt::Debug + Send + Sync + 'static>(value: T) {
    let aligned = |at: *const T| assert!(at.addr().is_multiple_of(align_of::<T>()));
    let object = Brc::new(value.clone());
    aligned(Brc::as_ptr(&object));
    assert_eq!(*object, value);
    let weak = Brc::downgrade(&object);
    let theirs = object.clone();
    on_thread(move || {
        assert_eq!(*weak.upgrade().unwrap(), *theirs);
        drop(theirs);
        assert!(weak.upgrade().is_some());
    });
    brc::merge();
    assert_eq!(Brc::try_unwrap(object), Ok(value.clone()));

    let object = Brc::new_merged(value.clone());
    let weak = Brc::downgrade(&object);
    // SAFETY: it came from `into_raw`.
    let object = unsafe { Brc::from_raw(Brc::into_raw(object)) };
    // SAFETY: it came from `into_raw`.
    let weak = unsafe { Weak::from_raw(weak.into_raw()) };
    assert_eq!(*weak.upgrade().unwrap(), value);
    aligned(weak.as_ptr());
    drop(object);
    assert!(weak.upgrade().is_none());

    let object: Brc<dyn Any2<T>> = Brc::from(Box::new(value.clone()) as Box<dyn Any2<T>>);
    aligned((*object).get());
    assert_eq!((*object).get(), &value);
    let weak = Brc::downgrade(&object);
    drop(object);
    assert!(weak.upgrade().is_none());
    drop(weak);

    for len in [0, 1, 3] {
        let mut slice: Brc<[T]> = vec![value.clone(); len].into();
        assert!(slice.as_ptr().addr().is_multiple_of(align_of::<T>()));
        assert!(slice.iter().all(|element| *element == value));
        let weak = Brc::downgrade(&slice);
        assert_eq!(Brc::make_mut(&mut slice).len(), len);
        assert!(weak.upgrade().is_none());
        on_thread(move || drop(slice));
        let boxed: Box<[T]> = vec![value.clone(); len].into();
        assert_eq!(*Brc::<[T]>::from(boxed), vec![value.clone(); len]);
        drop(UniqueBrc::<[T]>::new_zeroed_slice(len));
    }
    let mut cyclic_sees_nothing = false;
    let object = Brc::new_cyclic(|weak| {
        cyclic_sees_nothing = weak.upgrade().is_none();
        value.clone()
    });
    assert!(cyclic_sees_nothing);
    aligned(Brc::as_ptr(&object));
    aligned(&*UniqueBrc::new(value.clone()));
    assert_eq!(*Brc::<T>::from(Box::new(value.clone())), value);
    assert!(Weak::<T>::new().upgrade().is_none());
    assert!(Weak::<T>::new().ptr_eq(&Weak::new()));
    assert!(!Weak::<T>::new().ptr_eq(&Brc::downgrade(&object)));
}

trait Any2<T>: Send + Sync {
    fn get(&self) -> &T;
}

impl<T: Send + Sync> Any2<T> for T {
    fn get(&self) -> &T {
        self
    }
}

/// Calls [`every_way`] with payloads of these alignments, with and without size.
macro_rules! alignments {
    ($($align:literal)*) => {$({
        #[derive(Clone, PartialEq, Debug)]
        #[repr(align($align))]
        struct Empty;
        #[derive(Clone, PartialEq, Debug)]
        #[repr(align($align))]
        struct Full(u8, String);
        every_way(Empty);
        every_way(Full(7, "text".into()));
    })*};
}

#[test]
fn payloads_of_every_alignment_and_without_size() {
    let account = Account::open();
    on_thread(move || {
        account.on(|| {
            alignments!(1 2 4 8 16 32 64 128 256 512 1024 2048 4096);
            every_way(());
            every_way(0_u8);
            every_way([0_u16; 3]);
            every_way(u128::MAX);
            every_way(String::from("x"));
        });
    });
    assert_eq!(account.live(), (0, 0));
}

#[test]
fn a_payload_larger_than_can_be_is_refused_with_a_message() {
    let refused = |f: fn()| {
        let payload = std::panic::catch_unwind(f).unwrap_err();
        let message = payload.downcast_ref::<&str>().copied().unwrap_or("no text");
        assert!(message.contains("capacity overflow"), "{message}");
    };
    const MAX: usize = isize::MAX as usize;
    refused(|| drop(Brc::<[u8]>::new_uninit_slice(usize::MAX)));
    refused(|| drop(Brc::<[u8]>::new_zeroed_slice(usize::MAX)));
    refused(|| drop(Brc::<[u64]>::new_uninit_slice(usize::MAX)));
    refused(|| drop(Brc::<[u64]>::new_uninit_slice(usize::MAX / 8 + 1)));
    refused(|| drop(Brc::<[u8]>::new_uninit_slice(MAX + 1)));
    // As an array it would fit, but not with the header.
    refused(|| drop(Brc::<[u8]>::new_uninit_slice(MAX)));
    refused(|| drop(Brc::<[u8]>::new_zeroed_slice(MAX - 1)));
    refused(|| drop(UniqueBrc::<[u8]>::new_uninit_slice(MAX - size_of::<Header>())));
    refused(|| drop(UniqueBrc::<[u64]>::new_uninit_slice(MAX / 8)));
    #[repr(align(4096))]
    struct Wide;
    drop(UniqueBrc::<[Wide]>::new_uninit_slice(usize::MAX)); // nothing, so often
    refused(|| drop(UniqueBrc::<[[u8; 4096]]>::new_uninit_slice(MAX / 4096 + 1)));
    drop(Brc::<[()]>::new_uninit_slice(usize::MAX));
}

#[test]
fn a_size_that_no_memory_has_ends_as_the_allocator_says() {
    // Just fits the layout: `handle_alloc_error`, as for `Arc`.
    let test = "a_size_that_no_memory_has_ends_as_the_allocator_says";
    assert_aborts(test, "slice", "memory allocation of", || {
        let len = isize::MAX as usize - size_of::<Header>() - 7;
        drop(UniqueBrc::<[u8]>::new_uninit_slice(len));
    });
}

// --------------------------------------------------------------- wrong pointers

/// Why debug builds look at what `from_raw` gets.
#[cfg(debug_assertions)]
mod wrong_pointers {
    use super::*;

    fn claims<T>(at: *const T) -> Brc<T> {
        // SAFETY: none; the check comes before anything is done with it, and
        // reads memory that is there.
        unsafe { Brc::from_raw(at) }
    }

    #[test]
    #[should_panic(expected = "not from `into_raw`: misaligned")]
    fn from_raw_of_a_misaligned_pointer_panics() {
        let object = Brc::new([0_u8; 8]);
        forget(claims(&object[1]));
    }

    #[test]
    #[should_panic(expected = "not from `into_raw`: no live object there")]
    fn from_raw_of_a_pointer_into_zeros_panics() {
        let words = [0_u64; 8];
        forget(claims(&words[4]));
    }

    #[test]
    #[should_panic(expected = "not from `into_raw`: no live object there")]
    fn from_raw_of_a_pointer_into_ones_panics() {
        let words = [u64::MAX; 8];
        forget(claims(&words[4]));
    }

    #[test]
    #[should_panic(expected = "not from `into_raw`: no live object there")]
    fn from_raw_of_a_dead_object_panics() {
        let object = Brc::new(1_u64);
        let weak = Brc::downgrade(&object);
        drop(object);
        forget(claims(weak.as_ptr()));
    }

    /// The two counts are not read at one moment: it must not look dead
    /// while they move.
    #[test]
    fn from_raw_of_a_live_object_does_not_panic_while_its_owner_merges() {
        let rounds = size(0, 3000, 20);
        let (give, take) = std::sync::mpsc::sync_channel::<Brc<u64>>(0);
        let stranger = spawn(move || {
            for mut object in take {
                for _ in 0..100 {
                    // SAFETY: it came from `into_raw`.
                    object = unsafe { Brc::from_raw(Brc::into_raw(object)) };
                }
            }
        });
        for _ in 0..rounds {
            let object = Brc::new(1);
            give.send(object.clone()).unwrap();
            Brc::share(&object);
        }
        drop(give);
        join(stranger);
    }

    #[test]
    #[should_panic(expected = "not from `into_raw`: no live object there")]
    fn from_raw_of_a_box_of_text_panics() {
        let text = Box::new([u64::from_ne_bytes(*b"some txt"); 8]);
        forget(claims(&text[4]));
    }
}

// --------------------------------------------------------------- thread teardown

/// Runs when its thread-local is torn down.
struct Teardown(Option<Box<dyn FnOnce()>>);

impl Drop for Teardown {
    fn drop(&mut self) {
        if let Some(f) = self.0.take() {
            f();
        }
    }
}

thread_local! {
    static FIRST: RefCell<Teardown> = const { RefCell::new(Teardown(None)) };
    static LAST: RefCell<Teardown> = const { RefCell::new(Teardown(None)) };
}

#[test]
fn objects_in_thread_locals_are_used_before_and_after_the_ownership_ends() {
    let tally = Tally::new();
    let account = Account::open();
    let theirs = tally.clone();
    let owners = Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = owners.clone();
    let left = join(thread::spawn(move || {
        let left: Arc<std::sync::Mutex<Vec<Brc<Counted>>>> = Arc::default();
        let teardown = || {
            let (tally, seen, left) = (theirs.clone(), seen.clone(), left.clone());
            let old = account.on(|| Brc::new(tally.payload()));
            let weak = Brc::downgrade(&old);
            let queued = account.on(|| Brc::new(tally.payload()));
            let gift = queued.clone();
            on_thread(move || drop(gift));
            Teardown(Some(Box::new(move || {
                let mut new = account.on(|| Brc::new(tally.payload()));
                seen.lock().unwrap().push(Brc::is_owner(&new));
                let mut old = old;
                let clones = [old.clone(), old.clone()];
                assert!(Brc::get_mut(&mut old).is_none());
                drop(weak.upgrade().unwrap());
                drop(weak);
                left.lock().unwrap().extend(clones);
                old.check();
                drop(old);
                assert!(Brc::get_mut(&mut new).is_some());
                let weak = Brc::downgrade(&new);
                assert_eq!(Brc::strong_count(&new), 1);
                drop(Brc::try_unwrap(new));
                assert!(weak.upgrade().is_none());
                brc::merge();
                brc::detach(|| drop(Brc::new(tally.payload())));
                queued.check();
                drop(queued);
                account.on(|| {
                    let mut unique = UniqueBrc::into_brc(UniqueBrc::new(tally.payload()));
                    Brc::make_mut(&mut unique).check();
                    Brc::share(&unique);
                    left.lock().unwrap().push(unique);
                });
            })))
        };
        FIRST.with(|_| ());
        drop(Brc::new(1)); // an owner from now on, not on the account
        let (first, last) = (teardown(), teardown());
        FIRST.set(first);
        LAST.set(last);
        left
    }));
    let mut owners = owners.lock().unwrap().clone();
    owners.sort_unstable();
    assert_eq!(owners, [false, true], "one before, one after the hook");
    assert_eq!(left.lock().unwrap().len(), 6);
    assert_eq!(tally.live(), 4);
    drop(left);
    assert_eq!(tally.live(), 0);
    assert_eq!(account.live(), (0, 0));
}

#[test]
fn a_thread_may_make_its_first_object_in_its_teardown() {
    let tally = Tally::new();
    let (give, take) = channel();
    let theirs = tally.clone();
    join(thread::spawn(move || {
        LAST.set(Teardown(Some(Box::new(move || {
            let object = Brc::new(theirs.payload());
            drop(object.clone());
            give.send(object).unwrap();
            drop(Brc::new(theirs.payload()));
        }))));
    }));
    let object = take.recv().unwrap();
    object.check();
    drop(object);
    assert_eq!(tally.live(), 0);
}

#[test]
fn a_thread_local_that_makes_objects_whenever_one_is_destroyed_comes_to_an_end() {
    let tally = Tally::new();
    struct Chain(u32, Tally, #[allow(dead_code, reason = "it is dropped")] Counted);
    impl Drop for Chain {
        fn drop(&mut self) {
            if self.0 > 0 {
                let next = Brc::new(Chain(self.0 - 1, self.1.clone(), self.1.payload()));
                let theirs = next.clone();
                on_thread(move || drop(theirs));
                drop(next);
            }
        }
    }
    let theirs = tally.clone();
    on_thread(move || {
        let chain = Brc::new(Chain(200, theirs.clone(), theirs.payload()));
        on_thread(move || drop(chain));
        // It now unrolls in the exit's drain.
    });
    assert_eq!(tally.live(), 0);
    assert_eq!(tally.died(), 201);
}

#[global_allocator]
static LEDGER: Ledger = Ledger;
