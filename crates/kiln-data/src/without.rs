//! Data without some of its classes, as what a detector of anomalies learns from.

use kiln_core::Checksum;
use serde::{Deserialize, Serialize};

use crate::pictures::{Held, Store};
use crate::solids::Solids;
use crate::{DataError, Labels, Pictures};

/// Classes by name; one that is called by a number may be written as one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Name>")]
pub struct ClassNames(pub Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Name {
    Number(u64),
    Text(String),
}

impl From<Vec<Name>> for ClassNames {
    fn from(names: Vec<Name>) -> Self {
        let text = |name| match name {
            Name::Number(number) => number.to_string(),
            Name::Text(text) => text,
        };
        Self(names.into_iter().map(text).collect())
    }
}

impl ClassNames {
    /// Whether none is named.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The indices of the classes.
    ///
    /// # Errors
    ///
    /// [`DataError::BadOption`] when there is no such class, or there are no labels.
    pub fn indices(&self, labels: Option<&Labels>) -> Result<Vec<u32>, DataError> {
        let Some(labels) = labels else {
            let message = format!(
                "there are no labels to tell the class `{}` by: put the pictures of each class into a \
                 folder of its own, or leave `data.without` out",
                self.0.join("`, `")
            );
            return Err(DataError::BadOption(message));
        };
        let index = |name: &String| {
            let found = labels.classes.iter().position(|class| class == name);
            let unknown = || {
                let known = labels.classes.join(", ");
                DataError::BadOption(format!("there is no class `{name}`; there are {known}"))
            };
            found.map(|index| index as u32).ok_or_else(unknown)
        };
        self.0.iter().map(index).collect()
    }
}

impl Pictures {
    /// The same data without the pictures of these classes, whose names stay.
    ///
    /// # Errors
    ///
    /// [`DataError::BadOption`] when there is no such class, nothing is left, or the data has no
    /// labels, is stacked or in pairs.
    pub fn without(self, classes: &ClassNames) -> Result<Self, DataError> {
        if classes.is_empty() {
            return Ok(self);
        }
        let out = classes.indices(self.labels.as_ref())?;
        let of = self.labels.as_ref().map(|labels| &labels.of[..]).unwrap_or_default();
        let kept: Vec<usize> = (0..self.len).filter(|idx| !out.contains(&of[*idx])).collect();
        if kept.is_empty() {
            return Err(DataError::BadOption("no class is left to learn from".into()));
        }
        if self.inputs.is_some() {
            return Err(DataError::BadOption("pairs have no classes to leave out".into()));
        }
        let summary = format!("{} without {:?}", self.checksum, classes.0);
        let labels = self.labels.map(|labels| Labels {
            of: kept.iter().map(|idx| labels.of[*idx]).collect(),
            classes: labels.classes,
        });
        let store = self.store.select(&kept)?;
        let checksum = Checksum::of(summary.as_bytes());
        Ok(Self { len: kept.len(), labels, store, checksum, ..self })
    }
}

impl Store {
    /// Some of the pictures.
    fn select(self, kept: &[usize]) -> Result<Self, DataError> {
        Ok(match self {
            Self::Memory(Held { bytes, len, frame }) => {
                let some = kept.iter().flat_map(|idx| &bytes[idx * len..][..len]).copied();
                Self::Memory(Held { bytes: some.collect(), len, frame })
            }
            Self::Files { paths, part, max_pixels, bad_files } => {
                let paths = kept.iter().map(|idx| paths[*idx].clone()).collect();
                Self::Files { paths, part, max_pixels, bad_files }
            }
            Self::Solids(Solids { split, numbers }) => {
                let numbers = kept.iter().map(|idx| numbers[*idx]).collect();
                Self::Solids(Solids { split, numbers })
            }
            Self::Stacked(_) => {
                let message = "stacks have no classes to leave out".into();
                return Err(DataError::BadOption(message));
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OpenOptions, Source, Split, open};

    fn names(names: &[&str]) -> ClassNames {
        ClassNames(names.iter().copied().map(str::to_owned).collect())
    }

    fn three() -> Pictures {
        let labels = Labels::numbered(vec![1, 0, 2, 1]);
        Pictures::new("four", [1, 1, 1], vec![10, 20, 30, 40], Some(labels)).unwrap()
    }

    #[test]
    fn what_is_left_keeps_its_order_and_the_numbers_of_its_classes() {
        let some = three().without(&names(&["1"])).unwrap();
        let found: Vec<_> = (0..some.len()).map(|idx| some.picture(idx).unwrap()).collect();
        let found: Vec<_> = found.iter().map(|one| (one.pixels[0], one.label)).collect();
        assert_eq!(found, [(20, Some(0)), (30, Some(2))]);
        assert_eq!(some.labels().unwrap().classes, ["0", "1", "2"]);
        assert_ne!(some.checksum(), three().checksum());
        assert_eq!(three().without(&names(&[])).unwrap().checksum(), three().checksum());
    }

    #[test]
    fn mnist_can_do_without_a_digit_at_another_size() {
        let options =
            OpenOptions { size: Some(32), without: names(&["3", "8"]), ..OpenOptions::default() };
        let some = open(&Source::Mnist, Split::Test, &options).unwrap();
        // MNIST's test part has 1,010 threes and 974 eights.
        assert_eq!((some.len(), some.shape()), (10_000 - 1010 - 974, [1, 32, 32]));
        let counts = some.labels().unwrap().counts();
        assert_eq!((counts[3], counts[8], counts[0]), (0, 0, 980));
    }

    #[test]
    fn a_class_is_written_as_a_number_or_a_name() {
        let read = |text| serde_json::from_str::<ClassNames>(text).unwrap();
        assert_eq!(read("[3, \"cat\"]"), names(&["3", "cat"]));
    }

    #[test]
    fn what_cannot_be_left_out_is_told() {
        let refused = |pictures: Pictures, out: &[&str]| {
            pictures.without(&names(out)).unwrap_err().to_string()
        };
        assert!(refused(three(), &["7"]).contains("no class `7`; there are 0, 1, 2"));
        assert!(refused(three(), &["0", "1", "2"]).contains("no class is left"));
        let bare = Pictures::new("bare", [1, 1, 1], vec![1], None).unwrap();
        assert!(refused(bare, &["0"]).contains("no labels"));
    }
}
