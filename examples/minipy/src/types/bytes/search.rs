//! `bytes` and `bytearray`: looking for bytes, and taking apart by what is found.

use brc::Mutator;

use super::{bytes_like, is_bytes, make, this_bytes, this_bytes_kw};
use crate::object::*;
use crate::ops::Num;
use crate::statics::methods;
use crate::types::args::bound;
use crate::vm::{Args, R, Vm};

pub fn init(m: &Mutator) {
    for class in ["bytes", "bytearray"] {
        methods(m, class, METHODS);
    }
}

const METHODS: &[(&str, NativeFn)] = &[
    ("find", |vm, args| {
        let at = search(vm, args, "find", find)?;
        Ok(Value::Int(at.map_or(-1, |at| at as i64)))
    }),
    ("rfind", |vm, args| {
        let at = search(vm, args, "rfind", rfind)?;
        Ok(Value::Int(at.map_or(-1, |at| at as i64)))
    }),
    ("index", |vm, args| match search(vm, args, "index", find)? {
        Some(at) => Ok(Value::from(at)),
        None => Err(vm.value_error("subsection not found")),
    }),
    ("rindex", |vm, args| match search(vm, args, "rindex", rfind)? {
        Some(at) => Ok(Value::from(at)),
        None => Err(vm.value_error("subsection not found")),
    }),
    ("count", |vm, args| {
        let (_, whole) = this_bytes(vm, args, "count", 1, 3)?;
        let part = part_arg(vm, &args[1])?;
        let Some((start, end)) = bounds(vm, args, whole.len())? else { return Ok(Value::Int(0)) };
        let within = &whole[start..end];
        let n = if part.is_empty() { within.len() + 1 } else { places(within, &part).count() };
        Ok(Value::from(n))
    }),
    ("startswith", |vm, args| affix(vm, args, "startswith", |b, part| b.starts_with(part))),
    ("endswith", |vm, args| affix(vm, args, "endswith", |b, part| b.ends_with(part))),
    ("removeprefix", |vm, args| {
        let (array, whole) = this_bytes(vm, args, "removeprefix", 1, 1)?;
        let part = bytes_like(vm, &args[1])?;
        let rest = whole.strip_prefix(&part[..]).unwrap_or(&whole).to_vec();
        Ok(make(vm, array, rest))
    }),
    ("removesuffix", |vm, args| {
        let (array, whole) = this_bytes(vm, args, "removesuffix", 1, 1)?;
        let part = bytes_like(vm, &args[1])?;
        let rest = whole.strip_suffix(&part[..]).unwrap_or(&whole).to_vec();
        Ok(make(vm, array, rest))
    }),
    ("split", |vm, args| split(vm, args, "split", false)),
    ("rsplit", |vm, args| split(vm, args, "rsplit", true)),
    ("splitlines", splitlines),
    ("partition", |vm, args| partition(vm, args, "partition", false)),
    ("rpartition", |vm, args| partition(vm, args, "rpartition", true)),
    ("join", join),
    ("replace", replace),
    ("translate", translate),
];

/// Where a part is found, as often as it is without overlap. The part is not empty.
fn places<'a>(whole: &'a [u8], part: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + find(whole.get(from..)?, part)?;
        from = at + part.len();
        Some(at)
    })
}

fn find(whole: &[u8], part: &[u8]) -> Option<usize> {
    if part.is_empty() {
        return Some(0);
    }
    whole.windows(part.len()).position(|window| window == part)
}

fn rfind(whole: &[u8], part: &[u8]) -> Option<usize> {
    if part.is_empty() {
        return Some(whole.len());
    }
    whole.windows(part.len()).rposition(|window| window == part)
}

/// What is looked for: bytes, or one of them as a number.
fn part_arg(vm: &mut Vm<'_>, arg: &Value) -> R<Vec<u8>> {
    let inner = vm.unwrap(arg);
    if is_bytes(vm, &inner) {
        return Ok(vm.bytes_of(&inner));
    }
    match vm.num(&inner) {
        Some(Num::Int(n)) => match u8::try_from(n) {
            Ok(byte) => Ok(vec![byte]),
            Err(_) => Err(vm.value_error("byte must be in range(0, 256)")),
        },
        Some(Num::Big(_)) => Err(vm.value_error("byte must be in range(0, 256)")),
        _ => {
            let name = vm.type_name(arg);
            let message = format!("argument should be integer or bytes-like object, not '{name}'");
            Err(vm.type_error(message))
        }
    }
}

/// The optional bounds of a search; nothing if not even an empty part is between them.
fn bounds(vm: &mut Vm<'_>, args: Args<'_>, len: usize) -> R<Option<(usize, usize)>> {
    let len = len as i64;
    let place = |n: i64| if n < 0 { n.saturating_add(len).max(0) } else { n };
    let start = place(bound(vm, args.get(2))?.unwrap_or(0));
    let end = place(bound(vm, args.get(3))?.unwrap_or(len)).min(len);
    Ok((start <= end).then_some((start as usize, end as usize)))
}

type Search = fn(&[u8], &[u8]) -> Option<usize>;

fn search(vm: &mut Vm<'_>, args: Args<'_>, name: &str, f: Search) -> R<Option<usize>> {
    let (_, whole) = this_bytes(vm, args, name, 1, 3)?;
    let part = part_arg(vm, &args[1])?;
    let Some((start, end)) = bounds(vm, args, whole.len())? else { return Ok(None) };
    Ok(f(&whole[start..end], &part).map(|at| at + start))
}

fn affix(vm: &mut Vm<'_>, args: Args<'_>, name: &str, f: fn(&[u8], &[u8]) -> bool) -> R {
    let (_, whole) = this_bytes(vm, args, name, 1, 3)?;
    let within = bounds(vm, args, whole.len())?;
    let wanted = vm.unwrap(&args[1]);
    let parts = match wanted.as_obj(vm.m) {
        Some(Obj::Tuple(items)) => items.to_vec(),
        Some(Obj::Bytes(_) | Obj::ByteArray(_)) => vec![wanted.clone()],
        _ => {
            let class = vm.type_name(&args[1]);
            let message =
                format!("{name} first arg must be bytes or a tuple of bytes, not {class}");
            return Err(vm.type_error(message));
        }
    };
    for part in &parts {
        let part = bytes_like(vm, part)?;
        if within.is_some_and(|(start, end)| f(&whole[start..end], &part)) {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn is_space(b: &u8) -> bool {
    b.is_ascii_whitespace() || *b == 0x0b
}

fn split(vm: &mut Vm<'_>, args: Args<'_>, name: &str, from_end: bool) -> R {
    let (array, mut whole) = this_bytes_kw(vm, args, name, 2)?;
    let most = match args.arg(2, "maxsplit") {
        Some(most) => usize::try_from(vm.index_i64(most)?).unwrap_or(usize::MAX),
        None => usize::MAX,
    };
    let mut sep = match args.arg(1, "sep") {
        None | Some(Value::None) => None,
        Some(sep) => Some(bytes_like(vm, sep)?),
    };
    if sep.as_ref().is_some_and(Vec::is_empty) {
        return Err(vm.value_error("empty separator"));
    }
    // From the end is from the start of what is turned round.
    if from_end {
        whole.reverse();
        if let Some(sep) = &mut sep {
            sep.reverse();
        }
    }
    let mut parts = match &sep {
        Some(sep) => split_by(&whole, sep, most),
        None => split_space(&whole, most),
    };
    if from_end {
        parts.reverse();
        parts.iter_mut().for_each(|part| part.reverse());
    }
    let parts = parts.into_iter().map(|part| make(vm, array, part)).collect();
    Ok(vm.new_list(parts))
}

fn split_by(whole: &[u8], sep: &[u8], most: usize) -> Vec<Vec<u8>> {
    let mut parts = Vec::new();
    let mut from = 0;
    for at in places(whole, sep).take(most) {
        parts.push(whole[from..at].to_vec());
        from = at + sep.len();
    }
    parts.push(whole[from..].to_vec());
    parts
}

fn split_space(whole: &[u8], most: usize) -> Vec<Vec<u8>> {
    let mut parts = Vec::new();
    let mut rest = whole;
    loop {
        let start = rest.iter().position(|b| !is_space(b)).unwrap_or(rest.len());
        rest = &rest[start..];
        if rest.is_empty() {
            return parts;
        }
        if parts.len() == most {
            parts.push(rest.to_vec());
            return parts;
        }
        let end = rest.iter().position(is_space).unwrap_or(rest.len());
        parts.push(rest[..end].to_vec());
        rest = &rest[end..];
    }
}

fn splitlines(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let (array, whole) = this_bytes_kw(vm, args, "splitlines", 1)?;
    let keep = match args.arg(1, "keepends") {
        Some(keep) => vm.truth(keep)?,
        None => false,
    };
    let mut lines = Vec::new();
    let mut rest = &whole[..];
    while !rest.is_empty() {
        let end = rest.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(rest.len());
        let mark = match &rest[end..] {
            [] => 0,
            [b'\r', b'\n', ..] => 2,
            _ => 1,
        };
        lines.push(make(vm, array, rest[..if keep { end + mark } else { end }].to_vec()));
        rest = &rest[end + mark..];
    }
    Ok(vm.new_list(lines))
}

fn partition(vm: &mut Vm<'_>, args: Args<'_>, name: &str, from_end: bool) -> R {
    let (array, whole) = this_bytes(vm, args, name, 1, 1)?;
    let sep = bytes_like(vm, &args[1])?;
    if sep.is_empty() {
        return Err(vm.value_error("empty separator"));
    }
    let found = if from_end { rfind(&whole, &sep) } else { find(&whole, &sep) };
    let parts = match found {
        Some(at) => [whole[..at].to_vec(), sep.clone(), whole[at + sep.len()..].to_vec()],
        None if from_end => [Vec::new(), Vec::new(), whole],
        None => [whole, Vec::new(), Vec::new()],
    };
    let parts = parts.map(|part| make(vm, array, part));
    Ok(vm.new_tuple(parts.into()))
}

fn join(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let (array, sep) = this_bytes(vm, args, "join", 1, 1)?;
    let items = match vm.collect(&args[1]) {
        Ok(items) => items,
        Err(e) if vm.is_err(&e, "TypeError") && vm.iter(&args[1]).is_err() => {
            return Err(vm.type_error("can only join an iterable"));
        }
        Err(e) => return Err(e),
    };
    let mut joined = Vec::new();
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            joined.extend_from_slice(&sep);
        }
        let inner = vm.unwrap(item);
        if !is_bytes(vm, &inner) {
            let name = vm.type_name(item);
            return Err(vm.type_error(format!(
                "sequence item {i}: expected a bytes-like object, {name} found"
            )));
        }
        joined.extend(vm.bytes_of(&inner));
    }
    Ok(make(vm, array, joined))
}

fn replace(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let (array, whole) = this_bytes(vm, args, "replace", 2, 3)?;
    let (old, new) = (bytes_like(vm, &args[1])?, bytes_like(vm, &args[2])?);
    let most = match args.get(3) {
        Some(most) => usize::try_from(vm.index_i64(most)?).unwrap_or(usize::MAX),
        None => usize::MAX,
    };
    let mut out = Vec::with_capacity(whole.len());
    let mut from = 0;
    let found: Vec<usize> = if old.is_empty() {
        (0..=whole.len()).take(most).collect()
    } else {
        places(&whole, &old).take(most).collect()
    };
    for at in found {
        out.extend_from_slice(&whole[from..at]);
        out.extend_from_slice(&new);
        from = at + old.len();
    }
    out.extend_from_slice(&whole[from..]);
    Ok(make(vm, array, out))
}

fn translate(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let (array, whole) = this_bytes_kw(vm, args, "translate", 2)?;
    let table = match args.get(1) {
        None | Some(Value::None) => None,
        Some(table) => {
            let table = bytes_like(vm, table)?;
            if table.len() != 256 {
                return Err(vm.value_error("translation table must be 256 characters long"));
            }
            Some(table)
        }
    };
    let dropped = match args.arg(2, "delete") {
        Some(dropped) => bytes_like(vm, dropped)?,
        None => Vec::new(),
    };
    let kept = whole.into_iter().filter(|b| !dropped.contains(b));
    let mapped = kept.map(|b| table.as_ref().map_or(b, |table| table[usize::from(b)])).collect();
    Ok(make(vm, array, mapped))
}
