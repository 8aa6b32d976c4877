//! What a sample may be asked to be, and what samples are made from.

use burn::tensor::{Device, Tensor, TensorData};
use kiln_core::Address;
use thiserror::Error;

use super::classes::Classes;
use super::painter::LatentSpace;

/// What a sample may be asked to be: the command line has its flags from here.
///
/// What is asked of a sample is a *condition*: numbers beside its latent, of the same width for each.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Conditions {
    /// Nothing.
    #[default]
    None,
    /// Of a class: its condition is one at the place of the class and zero elsewhere.
    Classes(Classes),
    /// Made from a picture `[channels, height, width]`, which takes the place of its latent.
    Input([usize; 3]),
}

/// Something asked for that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AskError {
    /// There are no classes.
    #[error(
        "this generator cannot be asked for a class: it was trained without; train one that can on \
         labelled data, such as with --recipe cgan"
    )]
    NoClasses,
    /// There are only latents.
    #[error(
        "this generator makes pictures of latents alone: --input is for those that learned from \
         pairs, such as with --recipe pix2pix"
    )]
    NoInput,
    /// There are no latents.
    #[error(
        "this generator makes pictures of pictures, so it must be given some: --input FILE|DIR, each \
         is brought to {} pixels", told(*shape)
    )]
    NeedsInput {
        /// `[channels, height, width]` of an input.
        shape: [usize; 3],
    },
    /// There is no such class.
    #[error("there is no class `{name}`; there are {}", known.join(", "))]
    UnknownClass {
        /// What was asked for.
        name: String,
        /// The classes.
        known: Vec<String>,
    },
}

/// A picture's size and colours in words.
pub(crate) fn told([channels, height, width]: [usize; 3]) -> String {
    format!("{width} x {height} {}", if channels == 1 { "grey" } else { "colour" })
}

impl Conditions {
    /// Checks that samples need nothing that a user would have to give.
    ///
    /// # Errors
    ///
    /// When they need an input.
    pub fn drawable(&self) -> Result<(), AskError> {
        match self {
            Self::Input(shape) => Err(AskError::NeedsInput { shape: *shape }),
            Self::None | Self::Classes(_) => Ok(()),
        }
    }

    /// Numbers in a condition; 0 where nothing can be asked.
    pub fn width(&self) -> usize {
        match self {
            Self::None | Self::Input(_) => 0,
            Self::Classes(classes) => classes.len(),
        }
    }

    /// The classes that can be asked for.
    ///
    /// # Errors
    ///
    /// When there are none.
    pub fn classes(&self) -> Result<&Classes, AskError> {
        match self {
            Self::None | Self::Input(_) => Err(AskError::NoClasses),
            Self::Classes(classes) => Ok(classes),
        }
    }

    /// The class of this name or number.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn class(&self, name: &str) -> Result<usize, AskError> {
        let classes = self.classes()?;
        let unknown =
            || AskError::UnknownClass { name: name.to_owned(), known: classes.names.clone() };
        classes.find(name).ok_or_else(unknown)
    }

    /// The conditions of samples of these classes, one after another.
    pub fn of(&self, classes: &[usize]) -> Vec<f32> {
        let mut conditions = vec![0.0; classes.len() * self.width()];
        let rows = conditions.chunks_exact_mut(self.width().max(1));
        rows.zip(classes).for_each(|(row, class)| {
            row.iter_mut().skip(*class).take(1).for_each(|place| *place = 1.0);
        });
        conditions
    }

    /// `n` samples drawn at `address`, conditions among them as frequent as in the data.
    pub fn origins(&self, n: usize, space: &LatentSpace, address: Address) -> Origins {
        let latents = space.draw(n, address);
        let conditions = match self {
            Self::None | Self::Input(_) => Vec::new(),
            Self::Classes(classes) => self.of(&classes.draw(n, address.named("conditions"))),
        };
        Origins { latents, conditions, columns: None }
    }

    /// Samples of these classes, one after another, with latents drawn at `address`.
    pub fn of_classes(&self, classes: &[usize], space: &LatentSpace, address: Address) -> Origins {
        let (latents, conditions) = (space.draw(classes.len(), address), self.of(classes));
        Origins { latents, conditions, columns: None }
    }

    /// `n` samples drawn at `address`, the classes one after another where there are any, as many of
    /// one as of another.
    pub fn evenly(&self, n: usize, space: &LatentSpace, address: Address) -> Origins {
        let Self::Classes(classes) = self else { return self.origins(n, space, address) };
        let columns =
            Some(n / classes.len()).filter(|n_each| *n_each > 1 && n_each * classes.len() == n);
        Origins { columns, ..self.of_classes(&classes.spread(n), space, address) }
    }

    /// A sheet of about `n` samples: with a row a class, and the same latents in each row, where
    /// there are classes.
    pub fn sheet(&self, n: usize, space: &LatentSpace, address: Address) -> Origins {
        let Self::Classes(classes) = self else { return self.origins(n, space, address) };
        let (rows, columns) = (classes.len().min(n), (n / classes.len()).max(1));
        let row = space.draw(columns, address);
        let latents = row.repeat(rows);
        let conditions = self.of(&(0..rows * columns).map(|idx| idx / columns).collect::<Vec<_>>());
        Origins { latents, conditions, columns: (columns > 1).then_some(columns) }
    }
}

/// What samples are made from, on the host.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Origins {
    /// One latent after another.
    pub latents: Vec<f32>,
    /// What each sample is asked to be, one condition after another; nothing to ask for nothing.
    pub conditions: Vec<f32>,
    /// Samples side by side in a picture of them, if that matters.
    pub columns: Option<usize>,
}

impl Origins {
    /// Of latents alone, one after another.
    pub fn of_latents(latents: Vec<f32>) -> Self {
        Self { latents, ..Self::default() }
    }
}

/// Rows of numbers on a device, `[n, width]`.
pub(super) fn rows(values: Vec<f32>, width: usize, device: &Device) -> Tensor<2> {
    let n = values.len() / width.max(1);
    Tensor::from_data(TensorData::new(values, [n, width]), device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::Prior;
    use kiln_core::Purpose;

    fn conditions() -> Conditions {
        let names = ["a", "b", "c"].map(str::to_owned).into();
        Conditions::Classes(Classes { names, shares: vec![0.0, 1.0, 0.0] })
    }

    const SPACE: LatentSpace = LatentSpace { width: 2, prior: Prior::Normal };
    const ADDRESS: fn() -> Address = || Address::new(1, Purpose::Preview);

    #[test]
    fn a_class_is_asked_for_by_a_one_at_its_place() {
        assert_eq!(conditions().of(&[2, 0]), [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
        assert_eq!(Conditions::None.of(&[2, 0]), Vec::<f32>::new());
    }

    #[test]
    fn classes_beside_the_latents_leave_these_as_they_are() {
        let [plain, asked] =
            [Conditions::None, conditions()].map(|c| c.origins(2, &SPACE, ADDRESS()));
        assert_eq!(plain.latents, asked.latents);
        assert_eq!((plain.conditions.len(), asked.conditions), (0, conditions().of(&[1, 1])));
    }

    #[test]
    fn evenly_is_as_many_of_each_class_in_rows_where_that_comes_out() {
        let even = conditions().evenly(6, &SPACE, ADDRESS());
        assert_eq!(
            (even.columns, &even.conditions),
            (Some(2), &conditions().of(&[0, 0, 1, 1, 2, 2]))
        );
        assert_eq!(conditions().evenly(5, &SPACE, ADDRESS()).columns, None);
        let plain = Conditions::None.evenly(6, &SPACE, ADDRESS());
        assert_eq!((&plain.latents, plain.conditions.len()), (&even.latents, 0));
    }

    #[test]
    fn what_cannot_be_asked_for_is_told() {
        assert_eq!(conditions().class("b"), Ok(1));
        let error = conditions().class("d").unwrap_err().to_string();
        assert_eq!(error, "there is no class `d`; there are a, b, c");
        assert!(Conditions::None.class("b").unwrap_err().to_string().contains("cgan"));
    }

    #[test]
    fn a_sheet_has_a_row_a_class_and_the_same_latents_in_each() {
        let sheet = conditions().sheet(7, &SPACE, ADDRESS());
        assert_eq!((sheet.columns, sheet.latents.len()), (Some(2), 3 * 2 * 2));
        assert_eq!(sheet.latents[..4], sheet.latents[8..]);
        assert_eq!(sheet.conditions, conditions().of(&[0, 0, 1, 1, 2, 2]));
        // Of more classes than there is room for, the first.
        let sheet = conditions().sheet(2, &SPACE, ADDRESS());
        assert_eq!((sheet.columns, sheet.conditions), (None, conditions().of(&[0, 1])));
    }
}
