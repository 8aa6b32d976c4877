//! The classes of the data, as a generator is asked for them.

use kiln_core::{Address, Stream};
use kiln_data::Labels;
use serde::{Deserialize, Serialize};

/// Names of the classes and how frequent they are; there is at least one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Classes {
    /// In the order of the labels.
    pub names: Vec<String>,
    /// The share of the data that each makes up; they sum to one.
    pub shares: Vec<f64>,
}

impl Classes {
    /// Those of labelled data; none where no class has a name.
    pub fn of(labels: &Labels) -> Option<Self> {
        let n = labels.of.len().max(1) as f64;
        let shares = labels.counts().into_iter().map(|count| count as f64 / n).collect();
        let classes = Self { names: labels.classes.clone(), shares };
        (!classes.names.is_empty()).then_some(classes)
    }

    /// How many there are.
    #[expect(clippy::len_without_is_empty, reason = "there is at least one class")]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// The class of this name or, where none has it, of this number, counted from 0.
    pub fn find(&self, name: &str) -> Option<usize> {
        let named = self.names.iter().position(|class| class == name);
        named.or_else(|| name.parse().ok().filter(|class| *class < self.len()))
    }

    /// `n` classes drawn at `address`, as frequent as in the data.
    pub fn draw(&self, n: usize, address: Address) -> Vec<usize> {
        let uniforms = Stream::new(address).uniforms(n, 0.0, 1.0);
        uniforms.into_iter().map(|uniform| self.at(f64::from(uniform))).collect()
    }

    /// `n` classes drawn at `address`, each as frequent as any other.
    pub fn draw_evenly(&self, n: usize, address: Address) -> Vec<usize> {
        let mut stream = Stream::new(address);
        (0..n).map(|_| stream.below(self.len() as u64) as usize).collect()
    }

    /// The class in which this share of the data ends.
    fn at(&self, share: f64) -> usize {
        let mut end = 0.0;
        let ends = self.shares.iter().map(|share| {
            end += share;
            end
        });
        // Rounding may leave the last end a little under one; no sample is of an empty class.
        let last = self.shares.iter().rposition(|share| *share > 0.0).unwrap_or_default();
        ends.take(last).take_while(|end| *end <= share).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kiln_core::Purpose;

    fn classes(names: [&str; 4]) -> Classes {
        let labels = Labels { of: vec![0, 2, 2, 2], classes: names.map(str::to_owned).into() };
        Classes::of(&labels).unwrap()
    }

    #[test]
    fn a_class_is_found_by_its_name_before_its_number() {
        let classes = classes(["cat", "3", "dog", "1"]);
        assert_eq!(classes.find("dog"), Some(2));
        assert_eq!((classes.find("3"), classes.find("0")), (Some(1), Some(0)));
        assert_eq!((classes.find("cow"), classes.find("4")), (None, None));
    }

    #[test]
    fn classes_are_drawn_as_the_data_has_them_and_evenly() {
        let classes = classes(["a", "b", "c", "d"]);
        let address = Address::new(1, Purpose::Sample);
        let count =
            |drawn: Vec<usize>| [0, 1, 2, 3].map(|c| drawn.iter().filter(|d| **d == c).count());
        // Of 4,000: a quarter and three quarters, within four deviations of 27.
        let [a, b, c, d] = count(classes.draw(4000, address));
        assert!(a.abs_diff(1000) < 110 && c == 4000 - a, "{a} {c}");
        assert_eq!((b, d), (0, 0), "classes without a sample are never asked for");
        assert!(count(classes.draw_evenly(4000, address)).iter().all(|n| n.abs_diff(1000) < 110));
        assert_eq!(classes.at(1.0), 2);
    }
}
