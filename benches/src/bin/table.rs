//! The table, with the system's allocator.

fn main() {
    brc_benches::table::main();
}
