//! A tiny symbol table: a reader of s-expressions whose symbols are interned.
//!
//! Equal symbols are one immortal object, so comparing two is comparing two
//! addresses, and no thread ever counts them.
//!
//! ```console
//! cargo run --example interning -- '(define (square x) (* x x))'
//! ```

use std::thread;

use brc::{Brc, Interner};

type Symbol = Brc<str>;

static SYMBOLS: Interner<str> = Interner::new();

/// What a reader makes of text.
enum Expr {
    Symbol(Symbol),
    List(Vec<Brc<Expr>>),
}

/// Reads one expression; the rest of the text with it.
fn read(text: &str) -> Result<(Brc<Expr>, &str), String> {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('(') {
        let mut items = Vec::new();
        loop {
            rest = rest.trim_start();
            if let Some(rest) = rest.strip_prefix(')') {
                return Ok((Brc::new(Expr::List(items)), rest));
            }
            let (item, after) = read(rest)?;
            items.push(item);
            rest = after;
        }
    }
    let end = text.find(|c: char| c.is_whitespace() || "()".contains(c)).unwrap_or(text.len());
    match text.split_at(end) {
        ("", "") => Err("the text ends inside a list".into()),
        ("", rest) => Err(format!("unexpected {rest:?}")),
        (name, rest) => Ok((Brc::new(Expr::Symbol(SYMBOLS.intern(name))), rest)),
    }
}

/// How often a symbol occurs. Compares addresses, not text.
fn count(expr: &Expr, symbol: &Symbol) -> usize {
    match expr {
        Expr::Symbol(other) => usize::from(Brc::ptr_eq(symbol, other)),
        Expr::List(items) => items.iter().map(|item| count(item, symbol)).sum(),
    }
}

fn main() -> Result<(), String> {
    let text = std::env::args().nth(1);
    let text = text.unwrap_or_else(|| "(define (square x) (* x x))".into());

    // Two threads read the same text; their symbols are the same objects.
    let (ours, theirs) = thread::scope(|s| {
        let theirs = s.spawn(|| read(&text).map(|(expr, _)| expr));
        (read(&text), theirs.join().expect("the reader does not panic"))
    });
    let ((ours, rest), theirs) = (ours?, theirs?);
    if !rest.trim().is_empty() {
        return Err(format!("unexpected text after the expression: {rest:?}"));
    }

    println!("{} symbols interned", SYMBOLS.len());
    for name in ["x", "define", "cons"] {
        match SYMBOLS.get(name) {
            Some(symbol) => {
                assert_eq!(count(&ours, &symbol), count(&theirs, &symbol));
                println!("{name}: {} times", count(&ours, &symbol));
            }
            None => println!("{name}: not in the text"),
        }
    }
    Ok(())
}
