//! Whether a categorical code has found the digits, by the classifier of digits.

use std::fmt;

use burn::tensor::Device;
use kiln_core::Address;
use kiln_eval::{CLASSES, Digits};
use serde::Serialize;

use super::EvaluateError;
use super::run::pictures;
use crate::recipe::{AskError, Painter, paint_sheet};

/// What the values of the first category have come to mean.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CodesReport {
    /// Samples judged.
    pub n: usize,
    /// The share of the samples that are the most frequent digit of their value.
    pub purity: f64,
    /// How many digits are the most frequent of a value.
    pub digits: usize,
    /// Of each value.
    pub values: Vec<ValueDigit>,
}

/// What a value of a code means.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ValueDigit {
    /// The digit that most of its samples are, of equally frequent ones the first.
    pub digit: usize,
    /// The share of its samples that are.
    pub share: f64,
}

/// Asks for about `count` samples, as many of each value of the first category, drawn at `address`,
/// and has the classifier of digits tell what they are.
///
/// # Errors
///
/// When samples cannot be asked for a category, they are no pictures or hold numbers that are not
/// finite, or the device fails.
pub fn check_codes(
    painter: &dyn Painter,
    count: usize,
    address: Address,
    device: &Device,
) -> Result<CodesReport, EvaluateError> {
    let conditions = painter.conditions();
    conditions.codes()?;
    if conditions.choices() == 0 {
        return Err(AskError::NoCodes.into());
    }
    let digits = Digits::embedded(device)?;
    let n_each = (count / conditions.choices()).max(1);
    let mut values = Vec::new();
    for value in 0..conditions.choices() {
        let (asked, address) = (vec![value; n_each], address.lane(value as u64));
        let origins = conditions.of_choices(&asked, &painter.latents(), address);
        let said = digits.judge(pictures(&paint_sheet(painter, &origins)?, device)?)?;
        values.push(ValueDigit::of(&said.class_shares()));
    }
    Ok(CodesReport::new(n_each, values))
}

impl ValueDigit {
    fn of(shares: &[f64]) -> Self {
        let first = Self { digit: 0, share: 0.0 };
        shares.iter().copied().enumerate().fold(first, |most, (digit, share)| {
            if share > most.share { Self { digit, share } } else { most }
        })
    }
}

impl CodesReport {
    /// Of `n_each` samples of each value, of which there is one at least.
    fn new(n_each: usize, values: Vec<ValueDigit>) -> Self {
        let found = |digit: &usize| values.iter().any(|value| value.digit == *digit);
        Self {
            n: n_each * values.len(),
            purity: values.iter().map(|value| value.share).sum::<f64>()
                / values.len().max(1) as f64,
            digits: (0..CLASSES).filter(found).count(),
            values,
        }
    }
}

impl fmt::Display for CodesReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "samples         {}", self.n)?;
        writeln!(f, "purity          {:.1} %", 100.0 * self.purity)?;
        writeln!(f, "digits found    {} of {CLASSES}", self.digits)?;
        write!(f, "values         ")?;
        for (value, ValueDigit { digit, share }) in self.values.iter().enumerate() {
            write!(f, " {value} is {digit}: {:.1}", 100.0 * share)?;
        }
        write!(f, " (%)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purity_is_the_mean_share_of_the_most_frequent_digits() {
        let mut shares = [0.0; CLASSES];
        (shares[3], shares[8]) = (0.25, 0.75);
        let of_eight = ValueDigit::of(&shares);
        assert_eq!(of_eight, ValueDigit { digit: 8, share: 0.75 });
        let also = ValueDigit { digit: 8, share: 0.25 };
        let report = CodesReport::new(4, vec![of_eight, also]);
        assert_eq!((report.n, report.purity, report.digits), (8, 0.5, 1));
        let expected = "\
samples         8
purity          50.0 %
digits found    1 of 10
values          0 is 8: 75.0 1 is 8: 25.0 (%)";
        assert_eq!(report.to_string(), expected);
    }
}
