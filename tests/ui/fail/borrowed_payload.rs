//! A biased object may be destroyed after the drop of its last handle, so no
//! safe function makes one whose payload borrows. See `pass/borrowed_payload.rs`.

use std::borrow::Cow;
use std::fmt::Debug;
use std::mem::MaybeUninit;
use std::pin::Pin;

use brc::{Brc, UniqueBrc};

type S<'a> = &'a str;

fn new(s: S<'_>) -> Brc<S<'_>> {
    Brc::new(s)
}

fn pin(s: S<'_>) -> Pin<Brc<S<'_>>> {
    Brc::pin(s)
}

fn new_cyclic(s: S<'_>) -> Brc<S<'_>> {
    Brc::new_cyclic(|_| s)
}

fn new_uninit(_: S<'_>) -> Brc<MaybeUninit<S<'_>>> {
    Brc::new_uninit()
}

fn new_zeroed(_: S<'_>) -> Brc<MaybeUninit<S<'_>>> {
    Brc::new_zeroed()
}

fn new_uninit_slice(_: S<'_>) -> Brc<[MaybeUninit<S<'_>>]> {
    Brc::new_uninit_slice(1)
}

fn new_zeroed_slice(_: S<'_>) -> Brc<[MaybeUninit<S<'_>>]> {
    Brc::new_zeroed_slice(1)
}

fn default(_: S<'_>) -> Brc<Option<S<'_>>> {
    Brc::default()
}

fn default_slice(_: S<'_>) -> Brc<[S<'_>]> {
    Brc::default()
}

fn default_pin(_: S<'_>) -> Pin<Brc<Option<S<'_>>>> {
    Pin::default()
}

fn from_value(s: S<'_>) -> Brc<S<'_>> {
    Brc::from(s)
}

fn from_box(s: S<'_>) -> Brc<S<'_>> {
    Brc::from(Box::new(s))
}

fn from_unsized_box(s: S<'_>) -> Brc<dyn Debug + '_> {
    Brc::from(Box::new(s) as Box<dyn Debug>)
}

fn from_vec(s: S<'_>) -> Brc<[S<'_>]> {
    Brc::from(vec![s])
}

fn from_array(s: S<'_>) -> Brc<[S<'_>]> {
    Brc::from([s])
}

fn from_slice(s: S<'_>) -> Brc<[S<'_>]> {
    Brc::from(&[s][..])
}

fn from_mut_slice(s: S<'_>) -> Brc<[S<'_>]> {
    Brc::from(&mut [s][..])
}

fn from_cow(s: S<'_>) -> Brc<[S<'_>]> {
    Brc::from(Cow::Owned(vec![s]))
}

fn from_iter(s: S<'_>) -> Brc<[S<'_>]> {
    [s].into_iter().collect()
}

fn into_brc(s: S<'_>) -> Brc<S<'_>> {
    UniqueBrc::into_brc(UniqueBrc::new(s))
}

fn into_brc_unsized(s: S<'_>) -> Brc<[S<'_>]> {
    UniqueBrc::into_brc(UniqueBrc::from_vec(vec![s]))
}

fn from_unique(s: S<'_>) -> Brc<S<'_>> {
    UniqueBrc::new(s).into()
}

fn main() {}
