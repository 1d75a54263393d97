//! A chart of what a collection costs, by the number of living objects.

use std::fmt::Write as _;

use super::driver::{COLLECTORS, Case};

const WIDTH: f64 = 760.0;
/// Of a panel's axes.
const LEFT: f64 = 70.0;
const RIGHT: f64 = 590.0;
const HIGH: f64 = 250.0;
const GAP: f64 = 76.0;

struct Panel {
    heading: &'static str,
    figure: &'static str,
    /// Microseconds, of the figure and the number of objects.
    micros: fn(f64, f64) -> f64,
}

const PANELS: [Panel; 3] = [
    Panel {
        heading: "a collection after all objects were touched, µs",
        figure: "all touched, ns/object",
        micros: |ns, objects| ns * objects / 1e3,
    },
    Panel {
        heading: "a collection after 1000 objects were touched, µs",
        figure: "1000 touched, µs",
        micros: |micros, _| micros,
    },
    Panel {
        heading: "a collection after nothing was touched, µs",
        figure: "nothing touched, µs",
        micros: |micros, _| micros,
    },
];

/// An axis by orders of magnitude.
struct Axis {
    /// In powers of ten.
    from: i32,
    to: i32,
    /// Where these lie in the picture.
    at: (f64, f64),
}

impl Axis {
    fn of(values: impl Iterator<Item = f64> + Clone, at: (f64, f64)) -> Self {
        let low = values.clone().fold(f64::INFINITY, f64::min).log10().floor() as i32;
        let high = values.fold(0.0, f64::max).log10().ceil() as i32;
        Self { from: low, to: high.max(low + 1), at }
    }

    fn place(&self, value: f64) -> f64 {
        let part = (value.log10() - f64::from(self.from)) / f64::from(self.to - self.from);
        self.at.0 + part * (self.at.1 - self.at.0)
    }

    fn ticks(&self) -> impl Iterator<Item = (String, f64)> {
        (self.from..=self.to).map(|power| {
            let name = match power {
                -3..=3 => format!("{}", 10f64.powi(power)),
                _ => format!("10<tspan dy=\"-4\" font-size=\"9\">{power}</tspan>"),
            };
            (name, self.place(10f64.powi(power)))
        })
    }
}

/// A collector's line: sizes and microseconds.
type Line = (&'static str, Vec<(f64, f64)>);

fn lines(cases: &[Case], panel: &Panel) -> Vec<Line> {
    let line = |collector: &&'static str| {
        let points = cases
            .iter()
            .filter(|case| case.load.name == "growth" && case.collector == *collector)
            .filter_map(|case| {
                let size = case.size as f64;
                // Less than the clock shows.
                Some((size, (panel.micros)(case.figure(panel.figure)?, size).max(0.01)))
            });
        (*collector, points.collect::<Vec<_>>())
    };
    COLLECTORS.iter().map(line).filter(|(_, points)| !points.is_empty()).collect()
}

/// Draws a panel: its heading, its axes, its lines and their names.
fn draw(out: &mut String, top: f64, heading: &str, lines: &[Line]) {
    let points = || lines.iter().flat_map(|(_, points)| points.iter());
    let x = Axis::of(points().map(|point| point.0), (LEFT, RIGHT));
    let y = Axis::of(points().map(|point| point.1), (top + HIGH, top));
    let title = format!("{heading}, by the number of living objects");
    let _ = writeln!(out, r#"<text class="h" x="8" y="{:.0}">{title}</text>"#, top - 12.0);
    axes(out, top, &x, &y);
    let mut ends = Vec::new();
    for (name, points) in lines {
        let class = if name.starts_with("brc") { "us" } else { "them" };
        let dash = COLLECTORS.iter().position(|collector| collector == name).unwrap_or(0) % 4 * 2;
        let dashes = if dash == 0 { "none".into() } else { format!("{} {dash}", dash * 2) };
        let place = |&(size, micros): &(f64, f64)| (x.place(size), y.place(micros));
        let path: Vec<String> =
            points.iter().map(place).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(
            out,
            r#"<polyline class="{class}" points="{}" stroke-dasharray="{dashes}"/>"#,
            path.join(" ")
        );
        ends.push((points.last().map(place).expect("a line has points"), *name));
    }
    names(out, ends);
}

fn axes(out: &mut String, top: f64, x: &Axis, y: &Axis) {
    let bottom = top + HIGH;
    for (name, at) in x.ticks() {
        let _ = writeln!(
            out,
            r#"<line class="g" x1="{at:.1}" y1="{top}" x2="{at:.1}" y2="{bottom}"/><text x="{at:.1}" y="{0}" text-anchor="middle">{name}</text>"#,
            bottom + 16.0
        );
    }
    for (name, at) in y.ticks() {
        let _ = writeln!(
            out,
            r#"<line class="g" x1="{LEFT}" y1="{at:.1}" x2="{RIGHT}" y2="{at:.1}"/><text x="{0}" y="{1:.1}" text-anchor="end">{name}</text>"#,
            LEFT - 6.0,
            at + 4.0
        );
    }
}

/// Writes the names beside where the lines end, one below the other.
fn names(out: &mut String, mut ends: Vec<((f64, f64), &str)>) {
    ends.sort_by(|a, b| a.0.1.total_cmp(&b.0.1));
    let mut lowest = f64::NEG_INFINITY;
    for ((x, y), name) in ends {
        lowest = y.max(lowest + 13.0);
        let class = if name.starts_with("brc") { "ours" } else { "" };
        let _ = writeln!(
            out,
            r#"<line class="g" x1="{0:.1}" y1="{y:.1}" x2="{1}" y2="{lowest:.1}"/><text class="{class}" x="{2}" y="{3:.1}">{name}</text>"#,
            x + 2.0,
            RIGHT + 14.0,
            RIGHT + 18.0,
            lowest + 4.0
        );
    }
}

/// Draws `growth`, as far as it was measured. The grays are readable on white
/// and on near-black.
#[must_use]
pub(crate) fn growth(cases: &[Case]) -> String {
    let mut body = String::new();
    let mut top = 40.0;
    for panel in &PANELS {
        let lines = lines(cases, panel);
        if !lines.is_empty() {
            draw(&mut body, top, panel.heading, &lines);
            top += HIGH + GAP;
        }
    }
    let height = (top - GAP + 30.0).max(1.0);
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="Microseconds of a collection by the number of living objects, both by orders of magnitude; lower is better">
<style>
text {{ font: 12px system-ui, sans-serif; fill: #7a838d }}
.h {{ font-weight: 600 }}
.ours {{ fill: #d9730d; font-weight: 600 }}
polyline {{ fill: none; stroke-width: 1.5 }}
.us {{ stroke: #d9730d; stroke-width: 2.5 }}
.them {{ stroke: #8b96a3 }}
.g {{ stroke: #8b96a3; stroke-opacity: 0.3 }}
</style>
{body}</svg>
"#
    )
}
