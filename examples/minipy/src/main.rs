//! `minipy`: runs Python programs. See the library's documentation.

/// Registers, tables and the like; objects have a heap of their own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let args = std::env::args().skip(1).collect();
    std::process::exit(minipy::interp::main(args));
}
