//! What compiles and what does not, what is `Send` and `Sync`, what has which size.

use std::any::Any;
use std::cell::{Cell, OnceCell, RefCell, UnsafeCell};
use std::fmt::Debug;
use std::marker::PhantomPinned;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::sync::atomic::AtomicU8;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, RwLock, mpsc};

use brc::header::Header;
use brc::{Brc, UniqueBrc, Weak};

/// Each file under `fail/` has a sibling under `pass/` that differs in what is
/// at stake. The messages in the `.stderr` files are those of the compiler in
/// `rust-version`; `TRYBUILD=overwrite` writes them anew.
#[test]
fn programs_that_would_be_unsound_are_rejected_and_their_neighbours_are_not() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/fail/*.rs");
}

/// Whether a concrete type has a trait: an inherent constant, if its bound
/// holds, hides the trait's constant of that name.
macro_rules! has {
    ($ty:ty: $bound:ident) => {{
        struct Probe<T: ?Sized>(std::marker::PhantomData<T>);
        #[allow(dead_code, reason = "used only if the bound does not hold")]
        trait Fallback {
            const HAS: bool = false;
        }
        impl<T: ?Sized> Fallback for Probe<T> {}
        #[allow(dead_code, reason = "used only if the bound holds")]
        impl<T: ?Sized + $bound> Probe<T> {
            const HAS: bool = true;
        }
        <Probe<$ty>>::HAS
    }};
}

/// Which of the auto traits a type has.
macro_rules! auto_traits {
    ($ty:ty) => {
        [
            ("Send", has!($ty: Send)),
            ("Sync", has!($ty: Sync)),
            ("Unpin", has!($ty: Unpin)),
            ("UnwindSafe", has!($ty: UnwindSafe)),
            ("RefUnwindSafe", has!($ty: RefUnwindSafe)),
        ]
    };
}

macro_rules! for_payloads {
    ($check:ident: $($payload:ty,)*) => {
        $($check!($payload);)*
    };
    ($check:ident) => {
        for_payloads! {
            $check:
            u8, (), String, str, [u8], [u8; 3], &'static str, &'static mut u8, *const u8, fn(),
            Cell<u8>, RefCell<u8>, UnsafeCell<u8>, OnceCell<u8>, [Cell<u8>], &'static Cell<u8>,
            Rc<u8>, Arc<u8>, Arc<Cell<u8>>, Brc<u8>, Brc<Cell<u8>>,
            AtomicU8, Mutex<u8>, Mutex<Cell<u8>>, Mutex<Rc<u8>>, RwLock<Cell<u8>>,
            OnceLock<Cell<u8>>, MutexGuard<'static, u8>, mpsc::Sender<u8>, mpsc::Receiver<u8>,
            PhantomPinned, Option<PhantomPinned>,
            dyn Any, dyn Any + Send, dyn Any + Send + Sync, dyn Debug + Sync,
            dyn Fn() + Send + Sync + UnwindSafe + RefUnwindSafe, dyn Unpin,
        }
    };
}

#[test]
fn handles_have_the_auto_traits_of_their_counterparts() {
    macro_rules! check {
        ($payload:ty) => {
            let payload = stringify!($payload);
            assert_eq!(auto_traits!(Brc<$payload>), auto_traits!(Arc<$payload>), "{payload}");
            assert_eq!(
                auto_traits!(Weak<$payload>),
                auto_traits!(std::sync::Weak<$payload>),
                "{payload}"
            );
        };
    }
    for_payloads!(check);
    // The probe tells the two cases apart.
    assert!(has!(Brc<u8>: Send) && !has!(Brc<Cell<u8>>: Send));
}

#[test]
fn a_unique_handle_has_the_auto_traits_of_a_box_but_is_always_unpin() {
    macro_rules! check {
        ($payload:ty) => {
            assert_eq!(
                (has!(UniqueBrc<$payload>: Send), has!(UniqueBrc<$payload>: Sync)),
                (has!(Box<$payload>: Send), has!(Box<$payload>: Sync)),
                "{}",
                stringify!($payload)
            );
            assert!(has!(UniqueBrc<$payload>: Unpin));
        };
    }
    for_payloads!(check);
}

#[test]
fn handles_are_one_word_and_have_a_niche() {
    const WORD: usize = size_of::<usize>();
    macro_rules! check {
        ($payload:ty) => {
            let pointer = size_of::<*const $payload>();
            assert_eq!(size_of::<Brc<$payload>>(), pointer);
            assert_eq!(size_of::<Option<Brc<$payload>>>(), pointer);
            assert_eq!(size_of::<Weak<$payload>>(), pointer);
            assert_eq!(size_of::<Option<Weak<$payload>>>(), pointer);
            assert_eq!(size_of::<UniqueBrc<$payload>>(), pointer);
            assert_eq!(size_of::<Option<UniqueBrc<$payload>>>(), pointer);
        };
    }
    for_payloads!(check);
    assert_eq!(size_of::<Brc<[u64; 100]>>(), WORD);
}

#[test]
fn the_header_takes_24_bytes_and_does_not_move_the_payload() {
    let expected = if size_of::<usize>() == 8 { 24 } else { 20 };
    assert_eq!(size_of::<Header>(), expected);
    assert!(align_of::<Header>() <= align_of::<u64>());
}
