//! A handle gives no mutable access by itself. See `pass/mutation.rs`.

use brc::Brc;

fn main() {
    let b = Brc::new(String::from("x"));
    b.push('y');
    *b = String::new();
}
