//! Attributes that say nothing, or in the wrong place. See
//! `trace_pass/attributes.rs`.

use brc::Trace;

#[derive(Trace)]
#[trace(finalise)]
struct UnknownOnType;

#[derive(Trace)]
struct UnknownOnField {
    #[trace(skipped)]
    a: u8,
    #[trace(brc::skip)]
    b: u8,
}

#[derive(Trace)]
enum UnknownOnVariant {
    #[trace(rename = "x")]
    A,
}

#[derive(Trace)]
#[trace(skip)]
struct SkipOnType;

#[derive(Trace)]
enum OfType {
    #[trace(finalize)]
    A(u8),
    B(#[trace(bound = "")] u8),
}

#[derive(Trace)]
#[trace(cyclic, cyclic)]
struct Twice;

#[derive(Trace)]
#[trace(cyclic)]
#[trace(cyclic)]
struct TwiceApart(#[trace(skip, skip)] u8);

#[derive(Trace)]
enum SkippedAlready {
    #[trace(skip)]
    A {
        #[trace(skip)]
        a: u8,
    },
}

#[derive(Trace)]
#[trace]
struct Bare;

#[derive(Trace)]
#[trace = "skip"]
struct NameValue;

#[derive(Trace)]
#[trace(finalize = true)]
struct Value;

#[derive(Trace)]
#[trace(bound = "T Trace")]
struct NoBound<T>(T);

#[derive(Trace)]
#[trace(bound)]
struct NoBoundAtAll<T>(T);

#[derive(Trace)]
#[trace(crate = "not a path")]
struct NoPath;

fn main() {}
