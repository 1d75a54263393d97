//! Functions whose contracts the compiler cannot check are unsafe.

use brc::{Brc, UniqueBrc, Weak};

fn main() {
    let _ = Brc::new_unbounded(1);
    let _ = UniqueBrc::into_brc_unbounded(UniqueBrc::new(1));
    let _ = Brc::from_raw(Brc::into_raw(Brc::new(1)));
    let _ = Weak::from_raw(Weak::<u8>::new().into_raw());
    let b = Brc::new(1);
    Brc::increment_strong_count(Brc::as_ptr(&b));
    Brc::decrement_strong_count(Brc::as_ptr(&b));
    let _ = Brc::<u8>::new_uninit().assume_init();
}
