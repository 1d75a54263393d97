//! The collectors' table, with the system's allocator.

#[path = "../collect/mod.rs"]
mod collect;

fn main() -> std::process::ExitCode {
    collect::main()
}
