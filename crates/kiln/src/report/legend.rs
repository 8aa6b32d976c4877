//! What the panels and lines of a plot are called, their colours, and where the names stand.
//!
//! Colours are those of Okabe and Ito (2008), which people with any colour vision can tell apart;
//! a side has the same colour in every panel.

use plotters::style::RGBColor;

use super::series::Panel;

/// Least distance of two names, in pixels as drawn.
const LABEL_STEP: i32 = 32;

/// The colour of words, and of a line for which no other is left.
pub(super) const INK: RGBColor = RGBColor(34, 38, 46);
const BLUE: RGBColor = RGBColor(0, 114, 178);
const VERMILION: RGBColor = RGBColor(213, 94, 0);
const GREEN: RGBColor = RGBColor(0, 158, 115);
const PURPLE: RGBColor = RGBColor(204, 121, 167);
const ORANGE: RGBColor = RGBColor(230, 159, 0);
const SKY: RGBColor = RGBColor(86, 180, 233);

/// What stands above a panel.
pub(super) fn title(panel: &Panel) -> String {
    let name = match panel.group.as_str() {
        "loss" => "Loss",
        "accuracy" => "Accuracy",
        "spread" => "Spread of the sheet",
        "gradient" => "Gradient norm",
        "logit" => "Mean logit",
        other => other,
    };
    match panel.common_side() {
        Some(side) if side != "sheet" && !side.is_empty() => format!("{name} of the {side}"),
        _ => name.to_owned(),
    }
}

/// A colour for each name: its own, or the next that is free.
pub(super) fn colours(labels: &[String]) -> Vec<RGBColor> {
    let own = |label: &str| match label {
        _ if label.contains("real") => Some(GREEN),
        _ if label.contains("fake") => Some(PURPLE),
        _ if label.contains("critic") => Some(BLUE),
        _ if label.contains("generator") => Some(VERMILION),
        _ => None,
    };
    let mut free = vec![SKY, ORANGE, PURPLE, GREEN, VERMILION, BLUE];
    let mut colours = Vec::new();
    for label in labels {
        let colour =
            own(label).filter(|own| free.contains(own)).or(free.last().copied()).unwrap_or(INK);
        free.retain(|other| *other != colour);
        colours.push(colour);
    }
    colours
}

/// Heights at least [`LABEL_STEP`] apart, in the same order, none below `floor` (which is the
/// largest: pixels count downwards).
pub(super) fn apart(heights: &[i32], floor: i32) -> Vec<i32> {
    let mut order: Vec<usize> = (0..heights.len()).collect();
    order.sort_by_key(|idx| heights[*idx]);
    let mut moved = heights.to_vec();
    let mut least = i32::MIN;
    for idx in &order {
        moved[*idx] = moved[*idx].max(least);
        least = moved[*idx] + LABEL_STEP;
    }
    let mut most = floor;
    for idx in order.iter().rev() {
        moved[*idx] = moved[*idx].min(most);
        most = moved[*idx] - LABEL_STEP;
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_moved_apart_but_not_below_the_floor() {
        assert_eq!(apart(&[100, 102, 40], 200), [100, 132, 40]);
        assert_eq!(apart(&[200, 199], 200), [200, 168]);
        assert!(apart(&[], 200).is_empty());
    }

    #[test]
    fn sides_keep_their_colours_and_no_two_lines_share_one() {
        let of =
            |labels: &[&str]| colours(&labels.iter().map(|l| l.to_string()).collect::<Vec<_>>());
        assert_eq!(of(&["critic", "generator"]), [BLUE, VERMILION]);
        assert_eq!(of(&["fake", "real"]), [PURPLE, GREEN]);
        assert_eq!(of(&["critic", "critic penalty"]), [BLUE, VERMILION]);
    }
}
