//! A bar chart of the main rows, written by hand.

use std::fmt::Write as _;

use crate::table::{COLUMNS, Row};

/// The rows to draw, with a heading each.
const MAIN: [(&str, &str); 6] = [
    ("owner: clone + drop", "clone + drop on the thread that made the object"),
    ("other thread: clone + drop, merged", "clone + drop on another thread, shared object"),
    (
        "two threads, one object: its owner",
        "clone + drop by the owner while another thread does the same",
    ),
    ("owner: new + drop", "new + drop"),
    ("immortal: two threads at once", "clone + drop of an immortal object by two threads at once"),
    ("walk of one tree, two other threads", "two threads walk one shared tree, per node"),
];

const SHOWN: [&str; 7] = ["Brc", "Rc", "Arc", "triomphe", "hybrid-rc", "biasedrc", "steel-rc"];

const WIDTH: u32 = 760;
const LABEL: u32 = 90;
const BARS: u32 = 560;
const BAR: u32 = 13;
const STEP: u32 = 18;

/// Draws the main rows that were measured. The grays are readable on white and
/// on near-black.
#[must_use]
pub fn chart(rows: &[Row]) -> String {
    let mut body = String::new();
    let mut y = 24;
    for (title, heading) in MAIN {
        let Some(row) = rows.iter().find(|row| row.title == title) else {
            continue;
        };
        let bars: Vec<(&str, f64)> = COLUMNS
            .iter()
            .zip(row.cells)
            .filter(|(name, _)| SHOWN.contains(name))
            .filter_map(|(name, ns)| Some((*name, ns?)))
            .collect();
        let longest = bars.iter().map(|(_, ns)| *ns).fold(f64::MIN_POSITIVE, f64::max);
        let _ = writeln!(body, r#"<text class="h" x="8" y="{y}">{heading}, ns</text>"#);
        y += 10;
        for (name, ns) in bars {
            let width = (ns / longest * f64::from(BARS)).max(2.0);
            let (class, base) = (if name == "Brc" { "us" } else { "them" }, y + BAR - 3);
            let _ =
                writeln!(body, r#"<text x="{LABEL}" y="{base}" text-anchor="end">{name}</text>"#);
            let x = LABEL + 8;
            let _ = writeln!(
                body,
                r#"<rect class="{class}" x="{x}" y="{y}" width="{width:.1}" height="{BAR}" rx="2"/>"#
            );
            let end = f64::from(x) + width + 6.0;
            let _ = writeln!(body, r#"<text x="{end:.1}" y="{base}">{ns:.1}</text>"#);
            y += STEP;
        }
        y += 26;
    }
    let height = y - 14;
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="Nanoseconds per operation of Brc and other pointers; shorter is better">
<style>
text {{ font: 12px system-ui, sans-serif; fill: #7a838d }}
.h {{ font-weight: 600 }}
.us {{ fill: #d9730d }}
.them {{ fill: #8b96a3 }}
</style>
{body}</svg>
"#
    )
}
