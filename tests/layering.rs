//! The import direction, enforced: a file uses only what is on lower floors.

use std::fs;
use std::path::Path;

/// Lowest first; files of one floor may not use each other. A new file is a new
/// entry here, or this test fails.
const FLOORS: &[&[&str]] = &[
    &["sync", "design"],
    &["header"],
    &["lock", "owner", "blocks"],
    &["biased"],
    &["immortal", "stw"],
    &["interop", "trace"],
    &["gc"],
    &["deferred"],
    &["collect"],
    &["heap"],
];

fn floor(name: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&name))
}

/// What the root re-exports, by the file it comes from.
const ROOT: &[(&str, &str)] = &[
    ("Brc", "biased"),
    ("CloneToBrc", "biased"),
    ("LockedGuard", "biased"),
    ("UniqueBrc", "biased"),
    ("Wake", "biased"),
    ("Weak", "biased"),
    ("Locked", "lock"),
    ("Immortal", "immortal"),
    ("Interner", "immortal"),
    ("detach", "owner"),
    ("merge", "owner"),
    ("GcMap", "deferred"),
    ("GcSlot", "deferred"),
    ("GcVec", "deferred"),
    ("Local", "trace"),
    ("OperandStack", "deferred"),
    ("Gc", "gc"),
    ("Lifetime", "gc"),
    ("GcWeak", "gc"),
    ("Section", "gc"),
    ("Mutator", "stw"),
    ("Trace", "trace"),
    ("Tracer", "trace"),
    ("Finalize", "trace"),
];

/// The modules that a line of code names after `crate::`, in braces or not.
fn used(line: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let mut names = Vec::new();
    for after in line.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            Some(list) => names.extend(list.split([',', '}']).map(|item| word(item.trim()))),
            None => names.push(word(after)),
        }
    }
    names.retain(|name| !name.is_empty());
    names
        .into_iter()
        .map(|name| {
            let root = ROOT.iter().find(|(item, _)| *item == name);
            root.map_or(name, |(_, file)| (*file).to_owned())
        })
        .collect()
}

fn check(file: &Path, name: &str, seen: &mut usize) {
    let floor_here = floor(name).unwrap_or_else(|| panic!("`{name}` has no floor"));
    let text = fs::read_to_string(file).unwrap();
    let code = text.lines().enumerate().map(|(n, line)| (n, line.trim()));
    for (n, line) in code.filter(|(_, line)| !line.starts_with("//")) {
        for used in used(line).iter().filter(|used| *used != name) {
            let floor_there = floor(used)
                .unwrap_or_else(|| panic!("{}:{}: `{used}` has no floor", file.display(), n + 1));
            assert!(
                floor_there < floor_here,
                "{}:{}: uses `{used}`, which is not below `{name}`",
                file.display(),
                n + 1,
            );
            *seen += 1;
        }
    }
}

fn walk(folder: &Path, name: Option<&str>, seen: &mut usize) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let name = name.unwrap_or(&stem);
        if path.is_dir() {
            walk(&path, Some(name), seen);
        } else if name != "lib" && !["model", "properties"].contains(&&*stem) {
            check(&path, name, seen);
        }
    }
}

#[test]
fn files_use_only_lower_floors() {
    let mut seen = 0;
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), None, &mut seen);
    assert!(seen > 20, "the test reads no imports: {seen}");
}

#[test]
fn only_the_facade_names_atomics_and_threads() {
    fn walk(folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                walk(&path);
            } else if !["sync", "model", "properties"].contains(&&*stem) {
                let text = fs::read_to_string(&path).unwrap();
                for line in text.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
                    for name in ["std::sync::atomic", "std::sync::Mutex", "loom::", "thread::spawn"]
                    {
                        assert!(!line.contains(name), "{} names {name}: {line}", path.display());
                    }
                }
            }
        }
    }
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
}
