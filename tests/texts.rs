//! Texts that stand in two places are the same.

const README: &str = include_str!("../README.md");

#[test]
fn the_readme_says_which_pointer_when_as_the_docs_do() {
    assert!(README.contains(include_str!("../docs/which.md").trim()));
}

#[test]
fn the_readme_tells_the_differences_as_the_docs_do() {
    assert!(README.contains(include_str!("../docs/differences.md").trim()));
}

#[test]
fn the_readme_names_the_oldest_toolchain_that_works() {
    let manifest = include_str!("../Cargo.toml");
    let version = manifest.lines().find_map(|line| line.strip_prefix("rust-version = "));
    let version = version.expect("the manifest has one").trim_matches('"');
    assert!(README.contains(&format!("Rust toolchain ({version})")), "not {version}");
}
