//! Every kind of object: immortal ones, slices, strings, trait objects; of every
//! alignment, huge ones, and those of no size.
#![cfg(all(feature = "gc", not(loom)))]

mod common;
mod heap_common;

use std::any::Any;
use std::collections::HashSet;
use std::fmt::{Debug, Display};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use brc::{Gc, GcWeak, Locked, Mutator, Trace, Tracer, heap};
use common::{Counted, Tally, catches_panic, join, panic_quietly, size};
use heap_common::{Finalized, Node, alone, alone_detached, elsewhere, link, outside, ring};

// ---------------------------------------------------------------------- immortal

#[test]
fn an_immortal_object_is_never_counted_and_never_dies() {
    let tally = Tally::new();
    alone_detached(|| {
        let before = heap::stats();
        let (forever, weak) = heap::attach(|m| {
            let forever = m.alloc_immortal(Node::new(&tally));
            (forever.clone(), forever.downgrade(m))
        })
        .unwrap();
        let after = heap::stats();
        assert_eq!(after.immortal_objects, before.immortal_objects + 1);
        assert_eq!(after.objects, before.objects + 1);
        assert!(after.immortal_bytes >= before.immortal_bytes + size_of::<Node>() as u64);
        let threads: Vec<_> = (0..4)
            .map(|n| {
                let forever = forever.clone();
                thread::spawn(move || {
                    let work = || {
                        for _ in 0..1000 {
                            drop(forever.clone());
                        }
                        drop(forever.clone());
                        drop(forever);
                    };
                    if n % 2 == 0 { heap::attach(|_| work()).unwrap() } else { work() }
                })
            })
            .collect();
        threads.into_iter().for_each(join);
        heap::attach(|m| {
            let mut forever = forever;
            assert!(Gc::is_immortal(&forever));
            assert_eq!(Gc::strong_count(&forever), usize::MAX);
            assert!(Gc::get_mut(&mut forever, m).is_none());
            // More often than there are references, so the count would go negative.
            for _ in 0..3 {
                drop(weak.upgrade(m).unwrap());
            }
            drop(forever);
            m.collect();
            m.collect_full();
            assert!(weak.is_alive(m));
            assert!(weak.upgrade(m).is_some());
        })
        .unwrap();
        assert_eq!(tally.live(), 1);
    });
}

#[test]
fn what_an_immortal_object_refers_to_lives_as_long_as_it_does_so() {
    let tally = Tally::new();
    alone(|m| {
        let forever = m.alloc_immortal(Node::new(&Tally::new()));
        let cycle = ring(m, 3, |_| Node::new(&tally));
        link(m, &forever, &cycle);
        link(m, &cycle, &forever);
        drop(cycle);
        m.collect();
        m.collect_full();
        assert_eq!(tally.live(), 3);
        forever.get(m).edges.lock().unwrap().clear();
        m.collect();
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn an_immortal_object_can_be_locked_and_finalizes_nothing() {
    let tally = Tally::new();
    alone(|m| {
        let forever = m.alloc_immortal(Locked::new(1));
        *m.lock(&forever) += 1;
        let section = m.lock(&forever);
        assert_eq!(*section, 2);
        drop(section);
        let theirs = forever.clone();
        m.detach(|| elsewhere(move |m| *m.lock(&theirs) += 1));
        assert_eq!(*m.lock(&forever), 3);
        drop(m.alloc_immortal(Finalized::new(&tally, |_, _| panic!("an immortal object died"))));
        m.collect_full();
        assert_eq!(tally.live(), 1);
    });
}

// ----------------------------------------------- slices, strings, trait objects

/// A part of a slice that can refer to slices.
#[derive(Trace)]
struct Part {
    to: Mutex<Option<Gc<[Part]>>>,
    #[trace(skip)]
    _counted: Counted,
}

fn parts(m: &Mutator, tally: &Tally, length: usize) -> Gc<[Part]> {
    m.alloc_slice((0..length).map(|_| Part { to: Mutex::default(), _counted: tally.payload() }))
}

#[test]
fn slices_die_by_count_and_in_cycles() {
    let tally = Tally::new();
    alone(|m| {
        for length in [0, 1, 2, 7, 1000] {
            let slice = parts(m, &tally, length);
            assert_eq!(slice.get(m).len(), length);
            drop(slice);
            assert_eq!(tally.live(), 0);
        }
        let (a, b) = (parts(m, &tally, 5), parts(m, &tally, 500));
        *a.get(m)[4].to.lock().unwrap() = Some(b.clone());
        *b.get(m)[499].to.lock().unwrap() = Some(a.clone());
        *b.get(m)[0].to.lock().unwrap() = Some(b.clone());
        let weak = b.downgrade(m);
        drop(b);
        m.collect();
        assert_eq!(weak.upgrade(m).map(|b| b.get(m).len()), Some(500));
        drop(a);
        m.collect();
        assert_eq!(tally.live(), 0);
        assert!(weak.upgrade(m).is_none());
        // Elsewhere too.
        let (slice, text) = (parts(m, &tally, 3), m.alloc_str("text"));
        m.detach(|| {
            outside(move || drop((slice, text)));
        });
        m.safepoint();
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn strings_are_what_they_were_made_of() {
    alone(|m| {
        for text in ["", "a", "\0", "länger als ein Wort", &"🦀".repeat(10_000)] {
            let gc = m.alloc_str(text);
            assert_eq!(gc.get(m), text);
            assert_eq!(gc.downgrade(m).upgrade(m).unwrap().get(m), text);
            assert_eq!(size_of_val(&gc), size_of::<usize>());
        }
        assert_eq!(Gc::type_name(&m.alloc_str("x")), "str");
        assert_eq!(Gc::type_name(&m.alloc_slice([1_u8])), "[u8]");
    });
}

/// What is called through a trait object.
trait Speak: Any + Send + Sync {
    fn say(&self) -> String;
    fn links(&self) -> &Mutex<Vec<Gc<dyn Speak>>>;
}

#[derive(Trace)]
struct Animal<T> {
    links: Mutex<Vec<Gc<dyn Speak>>>,
    name: T,
    #[trace(skip)]
    _counted: Counted,
}

impl<T: Display + Send + Sync + 'static> Speak for Animal<T> {
    fn say(&self) -> String {
        format!("{} of {} bytes", self.name, size_of::<T>())
    }
    fn links(&self) -> &Mutex<Vec<Gc<dyn Speak>>> {
        &self.links
    }
}

fn animal<T: Display + Trace + Send + Sync + 'static>(
    m: &Mutator,
    tally: &Tally,
    name: T,
) -> Gc<dyn Speak> {
    let links = Mutex::default();
    m.alloc_dyn(Animal { links, name, _counted: tally.payload() }, |animal| animal)
}

#[test]
fn trait_objects_die_by_count_and_in_cycles() {
    let tally = Tally::new();
    alone(|m| {
        let cat = animal(m, &tally, String::from("cat"));
        let seven = animal(m, &tally, 7_u8);
        assert_eq!(size_of_val(&cat), size_of::<usize>());
        assert_eq!(cat.get(m).say(), format!("cat of {} bytes", size_of::<String>()));
        assert_eq!(seven.get(m).say(), "7 of 1 bytes");
        cat.get(m).links().lock().unwrap().push(seven.clone());
        drop(seven);
        drop(cat);
        assert_eq!(tally.live(), 0);
        let (cat, seven) = (animal(m, &tally, String::from("cat")), animal(m, &tally, 7_u8));
        cat.get(m).links().lock().unwrap().push(seven.clone());
        seven.get(m).links().lock().unwrap().push(cat.clone());
        let weak: GcWeak<dyn Speak> = seven.downgrade(m);
        drop(seven);
        m.collect();
        assert_eq!(weak.upgrade(m).unwrap().get(m).say(), "7 of 1 bytes");
        drop(cat);
        m.collect();
        assert!(weak.upgrade(m).is_none());
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn a_downcast_gives_the_own_type_or_the_handle_back() {
    let tally = Tally::new();
    alone(|m| {
        let cat = animal(m, &tally, String::from("cat"));
        let other = cat.clone();
        let cat = Gc::downcast::<String>(cat).unwrap_err();
        let cat = Gc::downcast::<Animal<u8>>(cat).unwrap_err();
        let cat = Gc::downcast::<Animal<String>>(cat).unwrap();
        assert_eq!(cat.get(m).name, "cat");
        assert_eq!((cat.as_ptr(), Gc::strong_count(&cat)), (other.as_ptr(), 2));
        drop(other);
        assert_eq!(tally.live(), 1);
        // To itself.
        let cat = Gc::downcast::<Animal<String>>(cat).unwrap();
        drop(Gc::downcast::<Animal<u8>>(cat).unwrap_err());
        assert_eq!(tally.live(), 0);
        let slice = Gc::downcast::<[u8; 2]>(m.alloc_slice([1_u8, 2])).unwrap_err();
        assert_eq!(slice.get(m), [1, 2]);
        drop(Gc::downcast::<String>(m.alloc_str("x")).unwrap_err());
        let array: Gc<[u8]> = m.alloc_dyn([1_u8, 2], |array| array);
        assert_eq!(*array.get(m), [1, 2]);
        assert_eq!(*Gc::downcast::<[u8; 2]>(array).unwrap().get(m), [1, 2]);
    });
}

#[test]
fn only_the_one_handle_of_the_owner_may_write() {
    alone(|m| {
        let mut gc = m.alloc(1);
        *Gc::get_mut(&mut gc, m).unwrap() = 2;
        let mut other = gc.clone();
        assert!(Gc::get_mut(&mut gc, m).is_none() && Gc::get_mut(&mut other, m).is_none());
        drop(gc);
        // The owner counted both.
        *Gc::get_mut(&mut other, m).unwrap() += 1;
        // After a collection has seen it as a candidate, too.
        m.collect();
        *Gc::get_mut(&mut other, m).unwrap() += 1;
        assert_eq!(*other.get(m), 4);

        // A weak handle can be upgraded at any time.
        let weak = other.downgrade(m);
        assert!(Gc::get_mut(&mut other, m).is_none());
        drop(weak);
        assert!(Gc::get_mut(&mut other, m).is_none(), "for good");

        // Another thread's count may hide a handle.
        let mut shared = m.alloc(1);
        let theirs = shared.clone();
        m.detach(|| outside(move || drop(theirs)));
        assert!(Gc::get_mut(&mut shared, m).is_none());
        let mut moved = m.alloc(1);
        moved = m.detach(|| {
            elsewhere(move |m| {
                assert!(Gc::get_mut(&mut moved, m).is_none());
                moved
            })
        });
        assert!(Gc::get_mut(&mut moved, m).is_some(), "it comes back as it was");

        let mut slice = m.alloc_slice([1, 2, 3]);
        Gc::get_mut(&mut slice, m).unwrap()[1] = 5;
        assert_eq!(slice.get(m), [1, 5, 3]);
        let mut text = m.alloc_str("text");
        Gc::get_mut(&mut text, m).unwrap().make_ascii_uppercase();
        assert_eq!(text.get(m), "TEXT");
    });
}

#[test]
fn what_was_coerced_to_a_part_of_itself_is_not_unwrapped() {
    #[derive(Trace)]
    #[repr(C)]
    struct Whole {
        part: u64,
        rest: String,
        #[trace(skip)]
        _counted: Counted,
    }
    let tally = Tally::new();
    alone(|m| {
        let whole = Whole { part: 5, rest: "x".repeat(99), _counted: tally.payload() };
        let part: Gc<u64> = m.alloc_dyn(whole, |whole| &whole.part);
        let part = Gc::try_unwrap(part, m).expect_err("took a part out of the whole");
        assert_eq!(*part.get(m), 5);
        let whole = Gc::downcast::<Whole>(part).unwrap();
        let whole = Gc::try_unwrap(whole, m).expect("the only handle, to the whole");
        assert_eq!((whole.rest.len(), tally.live()), (99, 1));
    });
    assert_eq!(tally.live(), 0);
}

// ---------------------------------------------------------- sizes and alignments

macro_rules! for_alignments {
    ($check:ident: $($align:literal)*) => {
        $({
            #[derive(Trace)]
            #[repr(align($align))]
            struct Nothing;

            #[derive(Trace)]
            #[repr(align($align))]
            struct Something {
                number: u8,
                edges: Mutex<Vec<Gc<Something>>>,
                #[trace(skip)]
                counted: Option<Counted>,
            }

            $check!($align, Nothing, Something);
        })*
    };
}

#[test]
fn payloads_of_every_alignment_are_aligned_found_and_freed() {
    macro_rules! check {
        ($align:literal, $Nothing:ident, $Something:ident) => {
            let tally = Tally::new();
            let aligned = |payload: *const ()| payload.addr().is_multiple_of($align);
            let new = |number| $Something {
                number,
                edges: Mutex::default(),
                counted: Some(tally.payload()),
            };
            alone(|m| {
                let before = m.snapshot().objects();
                let mut kept = Vec::new();
                for number in 0..20 {
                    let nothing = m.alloc($Nothing);
                    let slice = m.alloc_slice((0..3).map(|_| $Nothing));
                    let something = m.alloc(new(number));
                    let several = m.alloc_slice((0..number).map(new));
                    let shown: Gc<dyn Any + Send + Sync> = m.alloc_dyn(new(number), |it| it);
                    assert_eq!(something.get(m).number, number);
                    assert_eq!(slice.get(m).len(), 3);
                    assert_eq!(
                        several.get(m).iter().map(|it| it.number).max(),
                        number.checked_sub(1)
                    );
                    assert_eq!(shown.get(m).downcast_ref::<$Something>().unwrap().number, number);
                    let addresses = [
                        nothing.as_ptr(),
                        slice.as_ptr(),
                        something.as_ptr(),
                        several.as_ptr(),
                        shown.as_ptr(),
                    ];
                    assert!(addresses.into_iter().all(aligned), "{addresses:?}");
                    something.get(m).edges.lock().unwrap().push(something.clone());
                    something.get(m).counted.as_ref().unwrap().check();
                    kept.push((nothing, slice, something, several, shown));
                }
                // The walk over the blocks finds each payload.
                assert_eq!(m.snapshot().objects(), before + 5 * 20);
                drop(kept);
                assert_eq!(tally.live(), 20, "those in a cycle");
                m.collect();
                assert_eq!(tally.live(), 0);
                assert_eq!(m.snapshot().objects(), before);
                // From every block of the heap.
                let lost = m.alloc(new(1));
                lost.get(m).edges.lock().unwrap().push(lost.clone());
                drop(lost);
                m.collect_full();
                assert_eq!(tally.live(), 0);
            });
        };
    }
    for_alignments!(check: 1 2 4 8 16 32 64 128 256 512 1024 2048 4096 8192);
}

#[test]
fn huge_objects_live_and_die_as_others() {
    let bytes = size(64 << 20, 64 << 20, 1 << 20);
    alone(|m| {
        let text = "x".repeat(bytes);
        let before = heap::stats().bytes;
        let gc = m.alloc_str(&text);
        assert!(heap::stats().bytes >= before + bytes as u64);
        assert!(*gc.get(m) == *text);
        let theirs = gc.clone();
        drop((gc, text));
        m.detach(|| outside(move || drop(theirs)));
        m.safepoint();
        assert_eq!(heap::stats().bytes, before);

        // In cycles, of a size on either side of where blocks become special.
        let tally = Tally::new();
        for length in [1000, 10_000, 20_000, 50_000] {
            let slice = parts(m, &tally, size(length, length, length / 10));
            *slice.get(m).last().unwrap().to.lock().unwrap() = Some(slice.clone());
            m.collect();
            assert_ne!(tally.live(), 0);
            drop(slice);
            m.collect();
            assert_eq!(tally.live(), 0);
        }
    });
}

static ZEROS: AtomicUsize = AtomicUsize::new(0);

/// Of no size, and counted all the same.
struct Zero;

impl Zero {
    fn new() -> Self {
        ZEROS.fetch_add(1, SeqCst);
        Self
    }
}

impl Drop for Zero {
    fn drop(&mut self) {
        ZEROS.fetch_sub(1, SeqCst);
    }
}

// SAFETY: owns no handle.
unsafe impl Trace for Zero {
    const ACYCLIC: bool = true;
    fn trace(&self, _: &mut Tracer<'_>) {}
}

#[test]
fn payloads_of_no_size_are_objects_like_others() {
    const MANY: usize = 1000;
    alone(|m| {
        let before = m.snapshot().objects();
        let all: Vec<_> = (0..MANY).map(|_| m.alloc(Zero::new())).collect();
        let addresses: HashSet<_> = all.iter().map(Gc::as_ptr).collect();
        assert_eq!(addresses.len(), MANY, "each has an address of its own");
        assert!(!Gc::ptr_eq(&all[0], &all[1]) && Gc::ptr_eq(&all[0], &all[0].clone()));
        let slice = m.alloc_slice((0..MANY).map(|_| Zero::new()));
        assert_eq!((slice.get(m).len(), ZEROS.load(SeqCst)), (MANY, 2 * MANY));
        assert_eq!(m.snapshot().objects(), before + MANY + 1);
        drop(all);
        assert_eq!(ZEROS.load(SeqCst), MANY);
        drop(slice);
        assert_eq!(ZEROS.load(SeqCst), 0);
        assert_eq!(m.alloc_slice(vec![(); MANY]).get(m).len(), MANY);
    });
}

// -------------------------------------------------------- iterators and coercions

struct Liar<F> {
    says: usize,
    hints: Option<usize>,
    next: F,
}

impl<T, F: FnMut() -> Option<T>> Iterator for Liar<F> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        (self.next)()
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.hints.unwrap_or(0), self.hints)
    }
}

impl<T, F: FnMut() -> Option<T>> ExactSizeIterator for Liar<F> {
    fn len(&self) -> usize {
        self.says
    }
}

#[test]
fn an_iterator_that_lies_about_its_length_loses_nothing() {
    let tally = Tally::new();
    alone(|m| {
        // Says, hints, gives.
        let lies = [
            (3, Some(3), 3),
            (3, None, 5),
            (0, Some(5), 5),
            (5, Some(5), 3),
            (5, Some(0), 3),
            (1, Some(usize::MAX), 0),
            (usize::MAX, None, 3),
            (usize::MAX, Some(usize::MAX), 3),
        ];
        for (says, hints, gives) in lies {
            let mut left: usize = gives;
            let next = || {
                left = left.checked_sub(1)?;
                Some((Locked::new(None::<Gc<Node>>), tally.payload()))
            };
            let before = heap::stats().objects;
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                m.alloc_slice(
                    Liar { says, hints, next }.map(|(locked, counted)| Pair(locked, counted)),
                )
            }));
            match result {
                Ok(slice) => {
                    assert!(says <= gives);
                    assert_eq!(slice.get(m).len(), says);
                    assert_eq!(tally.live(), says as isize);
                }
                Err(_) => assert!(says > gives),
            }
            assert_eq!((tally.live(), heap::stats().objects), (0, before));
        }
    });
}

/// A field that `Trace` looks into, and one behind it.
#[derive(Trace)]
#[expect(dead_code, reason = "they are there to be dropped")]
struct Pair(Locked<Option<Gc<Node>>>, #[trace(skip)] Counted);

#[test]
fn an_iterator_may_use_the_heap_and_panic() {
    let tally = Tally::new();
    alone(|m| {
        let nested = m.alloc_slice((0..5).map(|n| {
            drop(ring(m, 2, |_| Node::new(&tally)));
            m.alloc_slice((0..n).map(|_| m.alloc(Node::new(&tally))))
        }));
        let lengths: Vec<_> = nested.get(m).iter().map(|inner| inner.get(m).len()).collect();
        assert_eq!(lengths, [0, 1, 2, 3, 4]);
        drop(nested);
        let mut given = 0;
        let next = || {
            given += 1;
            if given == 4 {
                panic_quietly();
            }
            Some(m.alloc(Node::new(&tally)))
        };
        assert!(catches_panic(|| drop(m.alloc_slice(Liar { says: 5, hints: None, next }))));
        m.collect();
        assert_eq!(tally.live(), 0);
    });
}

#[test]
fn a_coercion_to_something_else_panics_and_frees() {
    #[derive(Trace)]
    struct Two(u64, #[trace(skip)] Counted);
    type Shown = Gc<dyn Debug + Send + Sync>;
    let tally = Tally::new();
    let two = || Two(1, tally.payload());
    let refused = |f: &dyn Fn()| {
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f));
        let message = result.unwrap_err().downcast::<&str>().unwrap();
        assert!(message.contains("not to the value itself"), "{message}");
        assert_eq!(tally.live(), 0);
    };
    alone(|m| {
        // One of the two fields is not at the start.
        let first = || drop::<Shown>(m.alloc_dyn(two(), |Two(first, _)| first));
        let second = || drop::<Shown>(m.alloc_dyn(two(), |Two(_, second)| second));
        let at_start = std::mem::offset_of!(Two, 0) == 0;
        let (whole, part): (&dyn Fn(), &dyn Fn()) =
            if at_start { (&first, &second) } else { (&second, &first) };
        whole();
        assert_eq!(tally.live(), 0);
        refused(part);
        // Something that lives for ever.
        refused(&|| drop::<Shown>(m.alloc_dyn(two(), |_| Box::leak(Box::new(1_u64)))));
        assert!(catches_panic(|| drop::<Shown>(m.alloc_dyn(two(), |_| panic_quietly()))));
        assert_eq!(tally.live(), 0);
    });
}
