//! The collectors' table, with mimalloc, which the heap of `brc` always uses.

#[path = "../collect/mod.rs"]
mod collect;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    collect::main()
}
