//! Whether samples are of the class that they were asked to be of, by the classifier of digits.

use std::fmt;

use burn::tensor::Device;
use kiln_core::Address;
use kiln_eval::{CLASSES, Digits};
use serde::Serialize;

use super::EvaluateError;
use super::run::pictures;
use crate::recipe::{Painter, paint_sheet};

/// How many samples are of the class that they were asked to be of.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct LabelsReport {
    /// Samples judged.
    pub n: usize,
    /// The mean of the shares of the classes.
    pub right_share: f64,
    /// The least of them.
    pub smallest_right_share: f64,
    /// Of each class, in their order.
    pub classes: Vec<ClassRight>,
}

/// How many samples of a class were taken for it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ClassRight {
    /// The class.
    pub name: String,
    /// The share of the samples asked to be of it that the classifier takes for it.
    pub right_share: f64,
}

/// Asks for about `count` samples, as many of each class, drawn at `address`, and has the classifier
/// of digits tell their classes.
///
/// # Errors
///
/// When samples cannot be asked for classes, these are no digits, the samples are no pictures or hold
/// numbers that are not finite, or the device fails.
pub fn check_labels(
    painter: &dyn Painter,
    count: usize,
    address: Address,
    device: &Device,
) -> Result<LabelsReport, EvaluateError> {
    let conditions = painter.conditions();
    let classes = conditions.classes()?;
    let digits = Digits::embedded(device)?;
    let n_each = (count / classes.len()).max(1);
    let mut report = Vec::new();
    for (class, name) in classes.names.iter().enumerate() {
        let digit = name.parse().ok().filter(|digit: &usize| *digit < CLASSES);
        let digit = digit.ok_or_else(|| EvaluateError::NoDigit { class: name.clone() })?;
        let (asked, address) = (vec![class; n_each], address.lane(class as u64));
        let origins = conditions.of_choices(&asked, &painter.latents(), address);
        let samples = paint_sheet(painter, &origins)?;
        let said = digits.judge(pictures(&samples, device)?)?;
        let right = said.classes().filter(|said| *said == digit).count();
        report.push(ClassRight { name: name.clone(), right_share: right as f64 / n_each as f64 });
    }
    Ok(LabelsReport::new(n_each, report))
}

impl LabelsReport {
    /// Of `n_each` samples of each class, of which there is one at least.
    fn new(n_each: usize, classes: Vec<ClassRight>) -> Self {
        let shares = || classes.iter().map(|class| class.right_share);
        Self {
            n: n_each * classes.len(),
            right_share: shares().sum::<f64>() / classes.len().max(1) as f64,
            smallest_right_share: shares().fold(1.0, f64::min),
            classes,
        }
    }
}

impl fmt::Display for LabelsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        writeln!(f, "samples         {}", self.n)?;
        writeln!(f, "as asked        {}", percent(self.right_share))?;
        writeln!(f, "smallest class  {}", percent(self.smallest_right_share))?;
        write!(f, "classes        ")?;
        for class in &self.classes {
            write!(f, " {}: {:.1}", class.name, 100.0 * class.right_share)?;
        }
        write!(f, " (%)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_reads_as_a_table_and_as_json() {
        let class = |name: &str, right_share| ClassRight { name: name.to_owned(), right_share };
        let report = LabelsReport::new(4, vec![class("0", 1.0), class("7", 0.5)]);
        let expected = "\
samples         8
as asked        75.0 %
smallest class  50.0 %
classes         0: 100.0 7: 50.0 (%)";
        assert_eq!(report.to_string(), expected);
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(
            (&json["right-share"], &json["classes"][1]["name"]),
            (&0.75.into(), &"7".into())
        );
    }
}
