//! The collectors whose objects have cells of the library's own or std's kind.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard};

use super::tally::Tally;
use super::{Collector, Links};

/// The types and the collector of a pointer type that dereferences.
macro_rules! collector {
    (
        $(#[$doc:meta])*
        $name:ident = $ptr:ident,
        derive($($derive:path),*) $(ignore($($ignore:tt)*))?,
        cell $cell:ident: $new:path, $read:path, $write:path,
        {
            $($item:item)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) enum $name {}

        #[allow(non_local_definitions, reason = "what gc's derive makes")]
        const _: () = {
            #[derive($($derive),*)]
            pub(crate) struct Node {
                value: u64,
                links: [$cell<Option<$ptr<Node>>>; 3],
                $(#[$($ignore)*])?
                _tally: Tally,
            }

            #[derive($($derive),*)]
            pub(crate) struct Hub {
                links: $cell<Vec<$ptr<Hub>>>,
                $(#[$($ignore)*])?
                _tally: Tally,
            }

            fn sum(tree: &$ptr<Node>) -> u64 {
                let below: u64 = tree.links[..2]
                    .iter()
                    .map(|link| $read(link).as_ref().map_or(0, sum))
                    .sum();
                below + tree.value
            }

            traced_by_hand!($name, $ptr);

            impl Collector for $name {
                type Mutator = ();
                type Ptr = $ptr<Node>;
                type Hub = $ptr<Hub>;

                fn enter<R>(f: impl FnOnce(&mut ()) -> R) -> R {
                    f(&mut ())
                }

                #[inline]
                fn node(_: &mut (), value: u64, links: Links<Self>) -> Self::Ptr {
                    $ptr::new(Node { value, links: links.map($new), _tally: Tally })
                }

                #[inline]
                fn link(_: &mut (), node: &Self::Ptr, index: usize) -> Option<Self::Ptr> {
                    $read(&node.links[index]).clone()
                }

                #[inline]
                fn set_link(_: &mut (), node: &Self::Ptr, index: usize, to: Option<Self::Ptr>) {
                    *$write(&node.links[index]) = to;
                }

                fn sum(_: &mut (), tree: &Self::Ptr) -> u64 {
                    sum(tree)
                }

                #[inline]
                fn hub(_: &mut ()) -> Self::Hub {
                    $ptr::new(Hub { links: $new(Vec::new()), _tally: Tally })
                }

                #[inline]
                fn with_hub<R>(
                    _: &mut (),
                    hub: &Self::Hub,
                    f: impl FnOnce(&mut Vec<Self::Hub>) -> R,
                ) -> R {
                    f(&mut $write(&hub.links))
                }

                $($item)*
            }
        };
    };
}

/// What a collector that is not derived needs.
macro_rules! traced_by_hand {
    (BaconRajan, $ptr:ident) => {
        impl bacon_rajan_cc::Trace for Node {
            fn trace(&self, tracer: &mut bacon_rajan_cc::Tracer) {
                self.links.iter().for_each(|link| link.trace(tracer));
            }
        }

        impl bacon_rajan_cc::Trace for Hub {
            fn trace(&self, tracer: &mut bacon_rajan_cc::Tracer) {
                self.links.trace(tracer);
            }
        }
    };
    (DumpsterUnsync, $ptr:ident) => {
        traced_by_hand!(dumpster);
    };
    (DumpsterSync, $ptr:ident) => {
        traced_by_hand!(dumpster);
    };
    // Its derive does not work inside of a macro.
    (dumpster) => {
        // SAFETY: visits all links, in order.
        unsafe impl<V: dumpster::Visitor> dumpster::TraceWith<V> for Node {
            fn accept(&self, visitor: &mut V) -> Result<(), ()> {
                self.links.accept(visitor)
            }
        }

        // SAFETY: as above.
        unsafe impl<V: dumpster::Visitor> dumpster::TraceWith<V> for Hub {
            fn accept(&self, visitor: &mut V) -> Result<(), ()> {
                self.links.accept(visitor)
            }
        }
    };
    ($name:ident, $ptr:ident) => {};
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nobody panics in a section")
}

collector!(
    /// `std::rc::Rc`: the floor, without a collector.
    StdRc = Rc,
    derive(),
    cell RefCell: RefCell::new, RefCell::borrow, RefCell::borrow_mut,
    {
        const COLLECTS: bool = false;

        fn collect(_: &mut ()) {}
    }
);

collector!(
    /// `std::sync::Arc`: the floor, without a collector.
    StdArc = Arc,
    derive(),
    cell Mutex: Mutex::new, lock, lock,
    {
        const COLLECTS: bool = false;

        fn collect(_: &mut ()) {}
    }
);

use rust_cc::Cc;

collector!(
    /// `rust_cc::Cc`.
    RustCc = Cc,
    derive(rust_cc::Trace, rust_cc::Finalize) ignore(rust_cc(ignore)),
    cell RefCell: RefCell::new, RefCell::borrow, RefCell::borrow_mut,
    {
        fn collect(_: &mut ()) {
            rust_cc::collect_cycles();
        }

        fn by_hand() {
            let set = rust_cc::config::config(|config| config.set_auto_collect(false));
            set.expect("nobody else configures");
        }
    }
);

use bacon_rajan_cc::Cc as BaconRajanCc;

collector!(
    /// `bacon_rajan_cc::Cc`. It never collects by itself.
    BaconRajan = BaconRajanCc,
    derive(),
    cell RefCell: RefCell::new, RefCell::borrow, RefCell::borrow_mut,
    {
        fn collect(_: &mut ()) {
            bacon_rajan_cc::collect_cycles();
        }
    }
);

use gc::{Gc as ManishGc, GcCell};

collector!(
    /// `gc::Gc`.
    RustGc = ManishGc,
    derive(gc::Trace, gc::Finalize) ignore(unsafe_ignore_trace),
    cell GcCell: GcCell::new, GcCell::borrow, GcCell::borrow_mut,
    {
        fn collect(_: &mut ()) {
            gc::force_collect();
        }
    }
);

use boa_gc::{Gc as BoaPtr, GcRefCell};

collector!(
    /// `boa_gc::Gc`.
    BoaGc = BoaPtr,
    derive(boa_gc::Trace, boa_gc::Finalize) ignore(unsafe_ignore_trace),
    cell GcRefCell: GcRefCell::new, GcRefCell::borrow, GcRefCell::borrow_mut,
    {
        fn collect(_: &mut ()) {
            boa_gc::force_collect();
        }
    }
);

use dumpster::unsync::Gc as UnsyncGc;

collector!(
    /// `dumpster::unsync::Gc`.
    DumpsterUnsync = UnsyncGc,
    derive(),
    cell RefCell: RefCell::new, RefCell::borrow, RefCell::borrow_mut,
    {
        fn collect(_: &mut ()) {
            dumpster::unsync::collect();
        }

        fn by_hand() {
            dumpster::unsync::set_collect_condition(|_| false);
        }
    }
);

use dumpster::sync::Gc as SyncGc;

collector!(
    /// `dumpster::sync::Gc`.
    DumpsterSync = SyncGc,
    derive(),
    cell Mutex: Mutex::new, lock, lock,
    {
        fn collect(_: &mut ()) {
            dumpster::sync::collect();
        }

        fn by_hand() {
            dumpster::sync::set_collect_condition(|_| false);
        }
    }
);
