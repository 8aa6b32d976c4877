//! Codes that a generator is asked for and learns the meaning of itself (Chen et al. 2016, InfoGAN).

use std::fmt;

use kiln_core::{Address, Stream};
use serde::{Deserialize, Serialize};

use super::conditions::AskError;

/// What a code of each kind may be: `c1`, `c2` and on, the categories first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Codes {
    /// How many values each categorical code has: whole numbers from 0, all as frequent.
    pub categories: Vec<usize>,
    /// How many codes are numbers, uniform in `[-1, 1)`.
    pub continuous: usize,
}

/// What one code is to be; of a sweep the first and the last of a row of samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CodeWish {
    /// Which code, counted from 0.
    pub code: usize,
    /// Of the first sample of a row.
    pub from: f32,
    /// Of the last.
    pub to: f32,
}

impl CodeWish {
    /// Whether the code differs along a row.
    pub fn sweeps(&self) -> bool {
        self.from != self.to
    }
}

impl Codes {
    /// Numbers in a condition: a one-hot for each category, then the numbers.
    pub fn width(&self) -> usize {
        self.categories.iter().sum::<usize>() + self.continuous
    }

    /// How many codes there are.
    pub fn count(&self) -> usize {
        self.categories.len() + self.continuous
    }

    /// The codes of `n` samples, drawn at `address`, a row a sample.
    pub fn draw(&self, n: usize, address: Address) -> Vec<Vec<f32>> {
        let mut stream = Stream::new(address);
        let mut row = || {
            let whole = self.categories.iter();
            let mut row: Vec<f32> =
                whole.map(|values| stream.below(*values as u64) as f32).collect();
            row.extend(stream.uniforms(self.continuous, -1.0, 1.0));
            row
        };
        (0..n).map(|_| row()).collect()
    }

    /// The condition of these codes.
    pub fn condition(&self, codes: &[f32]) -> Vec<f32> {
        let mut condition = Vec::with_capacity(self.width());
        for (values, code) in self.categories.iter().zip(codes) {
            condition.extend((0..*values).map(|value| f32::from(u8::from(value as f32 == *code))));
        }
        condition.extend(codes.iter().skip(self.categories.len()));
        condition
    }

    /// What `c1=3`, `c2=-0.5` or `c2=-2..2` wishes for.
    ///
    /// # Errors
    ///
    /// When there is no such code, or it cannot be that.
    pub fn wish(&self, text: &str) -> Result<CodeWish, AskError> {
        let refused = || AskError::Code { wish: text.to_owned(), known: self.to_string() };
        let (name, value) = text.split_once('=').ok_or_else(refused)?;
        let number = name.trim().strip_prefix('c').and_then(|n| n.parse::<usize>().ok());
        let code = number.filter(|n| (1..=self.count()).contains(n)).ok_or_else(refused)? - 1;
        let (from, to) = value.split_once("..").unwrap_or((value, value));
        let fits = |value: &f32| match self.categories.get(code) {
            Some(values) => value.fract() == 0.0 && (0.0..*values as f32).contains(value),
            None => value.is_finite(),
        };
        let parse = |text: &str| text.trim().parse().ok().filter(fits).ok_or_else(refused);
        Ok(CodeWish { code, from: parse(from)?, to: parse(to)? })
    }

    /// `codes` with those wished for at `share` of the way along a row.
    pub fn granted(&self, codes: &[f32], wishes: &[CodeWish], share: f32) -> Vec<f32> {
        let mut codes = codes.to_vec();
        for wish in wishes {
            let value = wish.from + (wish.to - wish.from) * share;
            let value = if wish.code < self.categories.len() { value.round() } else { value };
            codes.iter_mut().skip(wish.code).take(1).for_each(|code| *code = value);
        }
        codes
    }

    /// Samples in a row of a sweep: one a value of a category.
    pub fn steps(&self, wish: &CodeWish) -> usize {
        const STEPS: usize = 10;
        let values = (wish.to - wish.from).abs() as usize + 1;
        if wish.code < self.categories.len() { values } else { STEPS }
    }
}

impl fmt::Display for Codes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole =
            self.categories.iter().map(|values| format!("0 to {}", values.saturating_sub(1)));
        let numbers = (0..self.continuous).map(|_| "a number about -1 to 1".to_owned());
        let all = whole.chain(numbers).enumerate();
        let all: Vec<String> = all.map(|(idx, range)| format!("c{}: {range}", idx + 1)).collect();
        f.write_str(&all.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kiln_core::Purpose;

    fn codes() -> Codes {
        Codes { categories: vec![3, 2], continuous: 1 }
    }

    #[test]
    fn a_condition_is_a_one_hot_a_category_and_the_numbers() {
        assert_eq!(codes().width(), 6);
        assert_eq!(codes().condition(&[2.0, 0.0, -0.5]), [0.0, 0.0, 1.0, 1.0, 0.0, -0.5]);
    }

    #[test]
    fn codes_are_drawn_evenly_within_their_ranges() {
        let drawn = codes().draw(600, Address::new(1, Purpose::Sample));
        for value in 0..3 {
            let n = drawn.iter().filter(|row| row[0] == value as f32).count();
            assert!(n.abs_diff(200) < 50, "{n} of value {value}"); // four deviations of 11.5
        }
        assert!(drawn.iter().all(|row| row.len() == 3 && (-1.0..1.0).contains(&row[2])));
    }

    #[test]
    fn wishes_are_values_and_sweeps_of_the_codes_that_there_are() {
        let wish = |text: &str| codes().wish(text);
        assert_eq!(wish("c1=2"), Ok(CodeWish { code: 0, from: 2.0, to: 2.0 }));
        let sweep = wish("c3=-2..2").unwrap();
        assert_eq!((sweep, codes().steps(&sweep)), (CodeWish { code: 2, from: -2.0, to: 2.0 }, 10));
        let values = wish("c1=0..2").unwrap();
        assert_eq!((values.sweeps(), codes().steps(&values)), (true, 3));
        for wrong in ["c1", "c1=3", "c1=0.5", "c0=1", "c4=1", "x=1", "c3=nan", "c3=a"] {
            let error = wish(wrong).unwrap_err().to_string();
            assert!(error.contains(wrong) && error.contains("c2: 0 to 1"), "{error}");
        }
    }
}
