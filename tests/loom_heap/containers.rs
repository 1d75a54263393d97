//! Vectors and maps that are read while they change.

use std::borrow::Borrow;
use std::hash::{BuildHasherDefault, Hash, Hasher};

use brc::{GcMap, GcVec, Local};

use super::*;

/// Hashes a key to itself.
#[derive(Default)]
struct Same(u64);

impl Hasher for Same {
    fn write(&mut self, _: &[u8]) {}

    fn write_u32(&mut self, n: u32) {
        self.0 = n.into();
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// A key that is looked at when it is compared.
struct Key(u32, Option<Probe>);

// SAFETY: it has no handles.
unsafe impl Trace for Key {
    const ACYCLIC: bool = true;

    fn trace(&self, _: &mut Tracer<'_>) {}
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        Borrow::<u32>::borrow(self) == Borrow::<u32>::borrow(other)
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.0.hash(hasher);
    }
}

impl Borrow<u32> for Key {
    fn borrow(&self) -> &u32 {
        self.1.iter().for_each(Probe::look);
        &self.0
    }
}

type Map = GcMap<Key, Leaf, BuildHasherDefault<Same>>;

fn key(n: u32) -> Key {
    Key(n, None)
}

fn fates() -> [Arc<Fate>; 2] {
    [Fate::new(), Fate::new()]
}

fn vec(leaves: impl IntoIterator<Item = Gc<Leaf>>) -> Arc<GcVec<Leaf>> {
    Arc::new(leaves.into_iter().collect())
}

fn map(entries: impl IntoIterator<Item = (Key, Gc<Leaf>)>) -> Arc<Map> {
    Arc::new(entries.into_iter().collect())
}

fn is(leaf: Local<'_, Leaf>, fate: &Arc<Fate>) -> bool {
    std::ptr::eq(leaf.get().0.0, Arc::as_ptr(fate))
}

/// Runs `ours` and, on a guest, `theirs`, on what `new` makes, and demands that all
/// objects are gone when it is.
fn both<T: 'static, R: 'static>(
    bound: Option<usize>,
    new: fn(&Mutator, &[Arc<Fate>; 2]) -> Arc<T>,
    ours: fn(&Mutator, &T, &[Arc<Fate>; 2]) -> R,
    theirs: fn(&Mutator, &T, &[Arc<Fate>; 2]) -> R,
    after: fn(&Mutator, &T, &[Arc<Fate>; 2], [R; 2]),
) {
    let explore = move |f| match bound {
        Some(bound) => bounded_model(bound, f),
        None => model(f),
    };
    explore(move || {
        let fates = fates();
        attach(|m| {
            let shared = new(m, &fates);
            let guest = guest({
                let (shared, fates) = (shared.clone(), fates.clone());
                move |m| {
                    let result = theirs(m, &shared, &fates);
                    drop(shared);
                    m.safepoint();
                    result
                }
            });
            let our_result = ours(m, &shared, &fates);
            m.safepoint();
            let their_result = m.detach(|| guest.join().unwrap());
            after(m, &shared, &fates, [our_result, their_result]);
        });
        end();
        for fate in &fates {
            // Some models make one only.
            fate.cell.with_mut(|_| ());
        }
    });
}

/// An element is read while a push makes room.
///
/// Fails if a reader finds a buffer that is not yet filled, or one that was freed.
#[test]
fn a_vector_is_read_while_it_grows() {
    both(
        None,
        |m, fates| vec([leaf(m, &fates[0])]),
        |m, vec, fates| vec.push(m, leaf(m, &fates[1])),
        |m, vec, _| {
            vec.get(m, 0).expect("it was there from the beginning").look();
            if let Some(new) = vec.get(m, 1) {
                new.look();
                assert_eq!(vec.len(m), 2);
            } else if vec.len(m) == 2 {
                vec.get(m, 1).expect("it is counted").look();
            }
        },
        |m, vec, _, _| assert_eq!(vec.len(m), 2),
    );
}

/// An element is read while it is removed, and another takes its place.
///
/// Fails if what was removed gets no stamp, or if the old buffer is freed at once.
#[test]
fn a_vector_is_read_while_an_element_is_removed() {
    both(
        None,
        |m, fates| vec([leaf(m, &fates[0]), leaf(m, &fates[1])]),
        |m, vec, _| drop(vec.remove(m, 0)),
        |m, vec, _| {
            let first = vec.get(m, 0).expect("there is always one");
            let second = vec.get(m, 1);
            first.look();
            second.iter().for_each(|second| second.look());
        },
        |m, vec, _, _| assert_eq!(vec.len(m), 1),
    );
}

/// An element is read while it is popped and another one is pushed there.
///
/// Fails if `get` does not look at the length again: it would find the new one, and
/// then not. And if what is pushed there is visible before it is made.
#[test]
fn a_vector_is_read_while_a_place_is_filled_again() {
    both(
        None,
        // Deferred: what is counted gets a stamp, with a fence that hides what is missing.
        |m, fates| vec([m.alloc_deferred(Leaf(Probe::new(&fates[0])))]),
        |m, vec, fates| {
            drop(vec.pop(m));
            vec.push(m, leaf(m, &fates[1]));
        },
        |m, vec, fates| {
            let is_new = |one: &Local<'_, Leaf>| is(*one, &fates[1]);
            let first = vec.get(m, 0);
            let second = vec.get(m, 0);
            first.iter().chain(&second).for_each(|one| one.look());
            if first.iter().any(is_new) {
                assert!(second.iter().any(is_new), "pushed, and then not yet");
            }
            if first.is_none() {
                assert!(second.iter().all(is_new), "popped, and then not yet");
            }
        },
        |m, vec, _, _| assert_eq!(vec.len(m), 1),
    );
}

/// An element is replaced while another thread copies the vector.
///
/// Fails if one of them does not take the lock.
#[test]
fn a_vector_is_changed_by_two() {
    both(
        None,
        |m, fates| vec([leaf(m, &fates[0])]),
        |m, vec, fates| {
            assert!(vec.insert(m, 0, leaf(m, &fates[1])).is_ok());
            None
        },
        |m, vec, _| vec.pop(m),
        |m, vec, fates, popped| {
            assert_eq!(vec.len(m), 1);
            let last = popped.into_iter().flatten().next().expect("there was one");
            let inserted = vec.get(m, 0).expect("the other");
            inserted.look();
            assert!(is(inserted, &fates[1]), "popped what was put in before the last");
            look_and_drop(m, last);
        },
    );
}

/// A key is looked up while another one makes the table grow.
///
/// Fails if a reader finds a table that is not yet filled, or one that was freed.
#[test]
fn a_map_is_read_while_it_grows() {
    both(
        Some(3),
        |m, fates| map([(Key(1, None), leaf(m, &fates[0]))]),
        |m, map, fates| drop(map.insert(m, key(2), leaf(m, &fates[1]))),
        |m, map, _| {
            map.get(m, &1).expect("it was there from the beginning").look();
            if let Some(new) = map.get(m, &2) {
                new.look();
                assert_eq!(map.len(m), 2);
            }
        },
        |m, map, _, _| assert_eq!(map.len(m), 2),
    );
}

/// A key is looked up while it is added, in a table with room for it.
///
/// Fails if its slot is visible before the entry, or the length says another thing.
#[test]
fn a_map_is_read_while_a_key_is_added() {
    both(
        None,
        |m, fates| {
            let map = map([(Key(1, None), leaf(m, &fates[0]))]);
            map.reserve(m, 1);
            map
        },
        |m, map, fates| drop(map.insert(m, key(2), leaf(m, &fates[1]))),
        |m, map, _| {
            let found = map.get(m, &2);
            if let Some(new) = found {
                new.look();
            }
            let len = map.len(m);
            assert!(len == 2 || found.is_none(), "found, and not counted");
            assert!(len == 1 || map.contains_key(m, &2), "counted, and not found");
        },
        |m, map, _, _| assert_eq!(map.len(m), 2),
    );
}

/// A key is looked up while what it has is replaced.
///
/// Fails if what was there before gets no stamp, or if what is there now is visible before
/// it is made.
#[test]
fn a_map_is_read_while_a_handle_is_replaced() {
    both(
        None,
        |m, fates| map([(Key(1, None), leaf(m, &fates[0]))]),
        |m, map, fates| drop(map.insert(m, key(1), leaf(m, &fates[1]))),
        |m, map, _| map.get(m, &1).expect("there is always one").look(),
        |m, map, _, _| assert_eq!(map.len(m), 1),
    );
}

/// A key is looked up while it is removed.
///
/// Fails if the entry is freed at once, or if what was removed gets no stamp.
#[test]
fn a_map_is_read_while_a_key_is_removed() {
    both(
        Some(3),
        |m, fates| map([(Key(1, Some(Probe::new(&fates[1]))), leaf(m, &fates[0]))]),
        |m, map, _| drop(map.remove(m, &1)),
        |m, map, _| {
            let found = map.get_key_value(m, &1);
            let len = map.len(m);
            assert!(len == 0 || found.is_some(), "not found, and counted");
            if let Some((key, value)) = found {
                value.look();
                assert!(*key == Key(1, None));
            }
        },
        |m, map, _, _| assert_eq!(map.len(m), 0),
    );
}

/// Two add the same key.
///
/// Fails if one does not see that the other was faster.
#[test]
fn two_add_the_same_key() {
    both(
        Some(3),
        |_, _| map([]),
        |m, map, fates| map.insert(m, key(1), leaf(m, &fates[0])),
        |m, map, fates| map.insert(m, key(1), leaf(m, &fates[1])),
        |m, map, _, results| {
            assert_eq!(results.iter().flatten().count(), 1, "the second replaces the first");
            assert_eq!((map.len(m), map.iter(m).count()), (1, 1));
            results.into_iter().flatten().for_each(|gc| look_and_drop(m, gc));
        },
    );
}

/// A handle is replaced while its entry is removed.
///
/// Fails if what is put into an entry that was removed is lost.
#[test]
fn a_handle_is_replaced_while_its_key_is_removed() {
    both(
        Some(3),
        |m, fates| map([(Key(1, None), leaf(m, &fates[0]))]),
        |m, map, _| map.remove(m, &1),
        |m, map, fates| map.insert(m, key(1), leaf(m, &fates[1])),
        |m, map, _, [removed, replaced]| {
            let is_there = map.contains_key(m, &1);
            assert_eq!(replaced.is_none(), is_there, "put in, and not there");
            assert_eq!(map.len(m), usize::from(is_there));
            let removed = removed.expect("there was something all the time");
            look_and_drop(m, removed);
            replaced.into_iter().for_each(|gc| look_and_drop(m, gc));
        },
    );
}

/// A handle is replaced while the map is cleared.
///
/// Fails if `clear` leaves handles in the entries.
#[test]
fn a_handle_is_replaced_while_the_map_is_cleared() {
    both(
        Some(3),
        |m, fates| map([(Key(1, None), leaf(m, &fates[0]))]),
        |m, map, _| {
            map.clear(m);
            None
        },
        |m, map, fates| map.insert(m, key(1), leaf(m, &fates[1])),
        |m, map, _, [_, replaced]| {
            let is_there = map.contains_key(m, &1);
            assert_eq!(replaced.is_none(), is_there, "put in, and not there");
            assert_eq!(map.len(m), usize::from(is_there));
            replaced.into_iter().for_each(|gc| look_and_drop(m, gc));
        },
    );
}
