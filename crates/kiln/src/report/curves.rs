//! The curves of a run as one SVG: a small panel for each measure, samples seen across.
//!
//! Of a noisy line both are drawn, the readings thinly and their trend.

use std::io;
use std::ops::Range;
use std::path::Path;

use kiln_core::atomic;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::At;
use super::legend::{INK, apart, colours, title};
use super::numerals::{count, measure};
pub(crate) use super::series::History;
use super::series::{Panel, Point, smoothed};

/// The drawing library knows whole pixels only, so the plot is drawn at this scale and shown
/// smaller; every length below is in pixels as drawn.
const SCALE: u32 = 2;
const PANEL: (u32, u32) = (1240, 600);
const HEADER: u32 = 128;
const FOOTER: u32 = 32;
/// Room at the right of a panel for the names of its lines.
const LABEL_ROOM: u32 = 192;

const GREY: RGBColor = RGBColor(110, 116, 128);
const GRID: RGBColor = RGBColor(232, 234, 238);
type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
type Drawn = Result<(), DrawingAreaErrorKind<io::Error>>;

/// Writes [`svg`] to `path`, whole or not at all.
///
/// # Errors
///
/// When the file cannot be written; the message has the path.
pub(crate) fn write(path: &Path, title: &str, history: &History) -> io::Result<()> {
    let text = svg(title, history).at(path)?;
    atomic::write(path, text.as_bytes()).at(path)
}

/// The plot as the text of an SVG file, under `title`.
///
/// # Errors
///
/// When the drawing library refuses, which it has no reason to.
pub(crate) fn svg(title: &str, history: &History) -> io::Result<String> {
    let panels = history.panels();
    let columns = panels.len().clamp(1, 2);
    let rows = panels.len().div_ceil(columns).max(1);
    let size = (columns as u32 * PANEL.0, rows as u32 * PANEL.1 + HEADER + FOOTER);
    let mut text = String::new();
    {
        let root = SVGBackend::with_string(&mut text, size).into_drawing_area();
        draw(&root, title, history, &panels, (rows, columns)).map_err(io::Error::other)?;
    }
    Ok(shown_smaller(&text, size))
}

fn shown_smaller(text: &str, (width, height): (u32, u32)) -> String {
    let drawn = format!("width=\"{width}\" height=\"{height}\"");
    let shown = format!("width=\"{}\" height=\"{}\"", width / SCALE, height / SCALE);
    text.replacen(&drawn, &shown, 1)
}

fn draw(
    root: &Area<'_>,
    title: &str,
    history: &History,
    panels: &[Panel],
    layout: (usize, usize),
) -> Drawn {
    root.fill(&WHITE)?;
    let heading = ("sans-serif", 44, FontStyle::Bold).into_font().color(&INK);
    root.draw(&Text::new(title, (48, 40), heading))?;
    let subtitle = match panels {
        [] => "nothing recorded yet".to_owned(),
        _ => format!("{} samples", count(history.end())),
    };
    root.draw(&Text::new(subtitle, (48, 92), small(GREY)))?;
    let (_, below) = root.split_vertically(HEADER);
    let (cells, _) = below.split_vertically(layout.0 as u32 * PANEL.1);
    for (idx, cell) in cells.split_evenly(layout).iter().enumerate().take(panels.len()) {
        draw_panel(cell, &panels[idx], history, idx == 0)?;
    }
    root.present()
}

fn draw_panel(cell: &Area<'_>, panel: &Panel, history: &History, is_first: bool) -> Drawn {
    let heading = ("sans-serif", 30, FontStyle::Bold).into_font().color(&INK);
    cell.draw(&Text::new(title(panel), (48, 28), heading))?;
    let (low, high) = range(panel);
    let mut chart = ChartBuilder::on(cell)
        .margin_top(80)
        .margin_right(LABEL_ROOM)
        .margin_left(24)
        .x_label_area_size(68)
        .y_label_area_size(104)
        .build_cartesian_2d(0.0..history.end().max(1.0), low..high)?;
    draw_axes(&mut chart)?;
    draw_roll_backs(&mut chart, history, is_first)?;
    if panel.group == "accuracy" {
        draw_equilibrium(&mut chart)?;
    }
    let labels = panel.labels();
    for (line, colour) in panel.lines.iter().zip(colours(&labels)) {
        draw_line(&mut chart, line, colour)?;
    }
    draw_labels(&mut chart, panel, &labels)
}

fn draw_axes(chart: &mut Chart<'_, '_>) -> Drawn {
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(6)
        .y_labels(5)
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID.stroke_width(2))
        .axis_style(GRID.stroke_width(2))
        .label_style(small(GREY))
        .x_label_formatter(&|samples| count(*samples))
        .y_label_formatter(&|value| tick_text(*value))
        .draw()
}

/// The line of a critic that cannot tell.
fn draw_equilibrium(chart: &mut Chart<'_, '_>) -> Drawn {
    let ends = [(0.0, 0.5), (chart.x_range().end, 0.5)];
    chart.draw_series(DashedLineSeries::new(ends, 10, 8, GREY.stroke_width(2)))?;
    let above = small(GREY).pos(Pos::new(HPos::Left, VPos::Bottom));
    let words = Text::new("0.5: cannot tell", (12, -6), above);
    chart.draw_series([EmptyElement::at((0.0, 0.5)) + words])?;
    Ok(())
}

/// Where the run went back; said in words in one panel only.
fn draw_roll_backs(chart: &mut Chart<'_, '_>, history: &History, in_words: bool) -> Drawn {
    let range = chart.y_range();
    for samples in history.roll_backs() {
        let ends = [(*samples, range.start), (*samples, range.end)];
        chart.draw_series(DashedLineSeries::new(ends, 4, 6, GREY.stroke_width(2)))?;
        if in_words {
            let above = small(GREY).pos(Pos::new(HPos::Center, VPos::Bottom));
            let words = Text::new("went back", (0, -6), above);
            chart.draw_series([EmptyElement::at((*samples, range.end)) + words])?;
        }
    }
    Ok(())
}

/// The readings thinly, if there are many, and their trend; a lone reading is a dot.
fn draw_line(chart: &mut Chart<'_, '_>, line: &[Point], colour: RGBColor) -> Drawn {
    let range = chart.y_range();
    let readings = inside(line, &range);
    // Of what is seen: one far reading would move the mean of its whole neighbourhood.
    let mean = inside(&smoothed(&readings), &range);
    if mean != readings {
        chart.draw_series(LineSeries::new(readings, colour.mix(0.25).stroke_width(2)))?;
    }
    if let [lone] = mean[..] {
        chart.draw_series([Circle::new(lone, 6, colour.filled())])?;
    }
    chart.draw_series(LineSeries::new(mean, colour.stroke_width(4)))?;
    Ok(())
}

/// The points, moved to the edge of the panel if they lie beyond it.
fn inside(line: &[Point], range: &Range<f64>) -> Vec<Point> {
    let moved = |(x, y): &Point| (*x, y.clamp(range.start, range.end));
    line.iter().map(moved).collect()
}

/// The name of each line at its right end, moved apart where they would overlap.
fn draw_labels(chart: &mut Chart<'_, '_>, panel: &Panel, labels: &[String]) -> Drawn {
    let range = chart.y_range();
    let end = chart.x_range().end;
    let heights: Vec<i32> = panel
        .lines
        .iter()
        .map(|line| inside(&smoothed(&inside(line, &range)), &range))
        .map(|mean| mean.last().map_or(range.start, |(_, y)| *y))
        .map(|y| chart.backend_coord(&(end, y)).1)
        .collect();
    let floor = chart.backend_coord(&(end, range.start)).1;
    let middle = Pos::new(HPos::Left, VPos::Center);
    for ((label, colour), height) in labels.iter().zip(colours(labels)).zip(apart(&heights, floor))
    {
        let words = Text::new(label.clone(), (16, height - floor), small(colour).pos(middle));
        chart.draw_series([EmptyElement::at((end, range.start)) + words])?;
    }
    Ok(())
}

/// What the vertical axis spans. Shares have all of theirs; of the others a hundredth of the
/// readings at either end may lie outside, so that one spike does not flatten the rest.
fn range(panel: &Panel) -> (f64, f64) {
    if panel.group == "accuracy" {
        return (0.0, 1.0);
    }
    let mut values: Vec<f64> = panel.lines.iter().flatten().map(|(_, y)| *y).collect();
    values.sort_by(f64::total_cmp);
    let rare = values.len() / 100;
    let (Some(&low), Some(&high)) = (values.get(rare), values.iter().rev().nth(rare)) else {
        return (0.0, 1.0);
    };
    // Sizes are seen best from zero; a level line needs some height too.
    let low = if (0.0..high * 0.5).contains(&low) { 0.0 } else { low };
    let margin = ((high - low) * 0.06).max(high.abs() * 1e-3).max(1e-9);
    (if low == 0.0 { 0.0 } else { low - margin }, high + margin)
}

/// A number beside an axis; nothing is written of what arithmetic left of zero.
fn tick_text(value: f64) -> String {
    if value.abs() < 1e-12 {
        return "0".into();
    }
    let text = measure(value);
    match text.contains('e') || !text.contains('.') {
        true => text,
        false => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
    }
}

/// The lettering of axes and labels: 24 pixels as drawn, which the library calls 30.
fn small(colour: RGBColor) -> TextStyle<'static> {
    ("sans-serif", 30).into_font().color(&colour)
}

#[cfg(test)]
mod tests {
    use kiln_train::Event;

    use super::super::sample::ticked;
    use super::*;

    fn plot(events: &[Event]) -> String {
        let mut history = History::default();
        events.iter().for_each(|event| history.add(event));
        svg("dcgan-mnist", &history).unwrap()
    }

    #[track_caller]
    fn check_range(values: &[f64], low: f64, high: f64) {
        let mut history = History::default();
        for (value, samples) in values.iter().zip(0..) {
            history.add(&ticked(samples, &[("critic/loss", *value)]));
        }
        let (found_low, found_high) = range(&history.panels()[0]);
        assert!((found_low - low).abs() < 1e-6, "{found_low}");
        assert!((found_high - high).abs() < 1e-6, "{found_high}");
    }

    #[test]
    fn a_run_without_events_has_an_empty_plot() {
        let text = plot(&[]);
        assert!(text.contains("nothing recorded yet"));
        // One panel of room and the margins: drawn at twice the size at which it is shown.
        let size = r#"width="620" height="380" viewBox="0 0 1240 760""#;
        assert!(text.starts_with(&format!("<svg {size}")), "{text}");
    }

    #[test]
    fn one_reading_is_a_dot() {
        let text = plot(&[ticked(0, &[("critic/loss", 0.0)])]);
        assert_eq!(text.matches("<circle").count(), 1);
    }

    #[test]
    fn numbers_of_any_size_are_drawn() {
        for value in [1e-300, -1e30, 1e300, f64::NAN, f64::INFINITY] {
            let means = [("critic/loss", value), ("critic/accuracy-real", value)];
            assert!(plot(&[ticked(0, &means), ticked(9, &means)]).ends_with("</svg>\n"));
        }
    }

    #[test]
    fn panels_have_titles_and_lines_have_names() {
        let means = [
            ("critic/accuracy-fake", 0.8),
            ("critic/accuracy-real", 0.7),
            ("critic/loss", 0.6),
            ("generator/loss", 1.9),
        ];
        let text = plot(&[ticked(64, &means), ticked(64_000, &means)]);
        let words = ["dcgan-mnist", "64 k samples", "Loss", "Accuracy of the critic"];
        let names = ["generator", "critic", "real", "fake", "0.5: cannot tell"];
        for word in words.iter().chain(&names) {
            assert!(text.contains(&format!(">\n{word}\n<")), "{word}");
        }
    }

    #[test]
    fn a_name_with_markup_is_escaped() {
        let text = plot(&[ticked(1, &[("a<b/loss", 0.0), ("c/loss", 0.0)])]);
        assert!(text.contains("a&lt;b") && !text.contains("a<b"));
    }

    #[test]
    fn sizes_start_at_zero_and_a_level_line_has_room() {
        check_range(&[1.0, 2.0], 1.0 - 0.06, 2.06);
        check_range(&[0.5, 2.0], 0.0, 2.12);
        check_range(&[-1.0, 1.0], -1.12, 1.12);
        check_range(&[2.0, 2.0], 1.998, 2.002);
    }

    #[test]
    fn one_spike_does_not_flatten_the_rest() {
        let mut values = vec![1.0; 199];
        values.push(1e6);
        check_range(&values, 0.999, 1.001);
    }

    #[test]
    fn axis_numbers_are_short() {
        let texts = [0.5, 1e-17, 2.0, 1e-5, 40.0].map(tick_text);
        assert_eq!(texts, ["0.5", "0", "2", "1.00e-5", "40"]);
    }
}
