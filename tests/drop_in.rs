//! Programs written for `Arc` compile with `Brc` under that name, and give the
//! same results.

mod with_arc {
    use std::sync::{Arc, Weak};

    include!("drop_in/programs.rs");
}

mod with_brc {
    use brc::{Brc as Arc, Weak};

    include!("drop_in/programs.rs");
}

macro_rules! same {
    ($($test:ident: $program:ident,)*) => {$(
        #[test]
        fn $test() {
            let expected = with_arc::$program();
            assert!(!expected.is_empty());
            for _ in 0..10 {
                assert_eq!(with_brc::$program(), expected);
            }
        }
    )*};
}

same! {
    a_thread_pool_shares_its_configuration: thread_pool,
    a_tree_has_weak_parents: tree,
    observers_are_forgotten_when_they_die: observers,
    a_vector_is_copied_on_write: copy_on_write,
    a_map_interns_words: interning,
    closures_are_shared: closures,
    channels_carry_packets: packets,
    counters_are_taken_out_at_the_end: counters,
    scoped_threads_share_an_object: scoped_threads,
}
