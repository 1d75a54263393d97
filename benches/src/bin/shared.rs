//! What threads share, in the heap of `brc` and by other crates; all with mimalloc,
//! which that heap always uses.

#[path = "../shared/mod.rs"]
mod shared;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    shared::main()
}
