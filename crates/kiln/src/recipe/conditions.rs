//! What a sample may be asked to be, and what samples are made from.

use burn::tensor::{Device, Tensor, TensorData};
use kiln_core::Address;
use thiserror::Error;

use super::classes::Classes;
use super::codes::{CodeWish, Codes};
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
    /// Codes whose meaning the generator has found.
    Codes(Codes),
    /// Made from a picture `[channels, height, width]`, which takes the place of its latent.
    Input([usize; 3]),
}

/// Something asked for that cannot be.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum AskError {
    /// There are no classes.
    #[error(
        "this generator cannot be asked for a class: it was trained without; train one that can on \
         labelled data, such as with --recipe cgan"
    )]
    NoClasses,
    /// Truncation that leaves nothing.
    #[error(
        "truncation at {threshold} leaves too little: give a threshold above {least}, such as 1"
    )]
    Truncation {
        /// What was asked for.
        threshold: f32,
        /// What is too little.
        least: f32,
    },
    /// There are only latents.
    #[error(
        "this generator makes pictures of latents alone: --input is for those that learned from \
         pairs, such as with --recipe pix2pix, or with an encoder, such as with --recipe vae"
    )]
    NoInput,
    /// There is no way back.
    #[error(
        "this generator came without an encoder, so it finds no latents of pictures: train one with \
         --recipe vae or anogan"
    )]
    NoEncoder,
    /// There are no latents.
    #[error(
        "this generator makes pictures of pictures, so it must be given some: --input FILE|DIR, each \
         is brought to {} pixels", told(*shape)
    )]
    NeedsInput {
        /// `[channels, height, width]` of an input.
        shape: [usize; 3],
    },
    /// What was learned has no way back.
    #[error(
        "this generator has no way back: --backward is for those that learned from two sets, such as \
         with --recipe cyclegan"
    )]
    NoWayBack,
    /// There is no such class.
    #[error("there is no class `{name}`; there are {}", known.join(", "))]
    UnknownClass {
        /// What was asked for.
        name: String,
        /// The classes.
        known: Vec<String>,
    },
    /// There are no codes.
    #[error(
        "this generator cannot be asked for codes: it was trained without; --recipe infogan trains \
         one that can"
    )]
    NoCodes,
    /// There is no such code, or it cannot be that.
    #[error("there is no code `{wish}`: write such as c1=0 or c1=0..1; there are {known}")]
    Code {
        /// What was asked for.
        wish: String,
        /// The codes.
        known: String,
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
            Self::None | Self::Classes(_) | Self::Codes(_) => Ok(()),
        }
    }

    /// Numbers in a condition; 0 where nothing can be asked.
    pub fn width(&self) -> usize {
        match self {
            Self::None | Self::Input(_) => 0,
            Self::Classes(classes) => classes.len(),
            Self::Codes(codes) => codes.width(),
        }
    }

    /// The values of what the rows of a sheet differ by: the classes, or the first category's.
    pub fn choices(&self) -> usize {
        match self {
            Self::None | Self::Input(_) => 0,
            Self::Classes(classes) => classes.len(),
            Self::Codes(codes) => codes.categories.first().copied().unwrap_or_default(),
        }
    }

    /// The classes that can be asked for.
    ///
    /// # Errors
    ///
    /// When there are none.
    pub fn classes(&self) -> Result<&Classes, AskError> {
        match self {
            Self::Classes(classes) => Ok(classes),
            _ => Err(AskError::NoClasses),
        }
    }

    /// The codes that can be asked for.
    ///
    /// # Errors
    ///
    /// When there are none.
    pub fn codes(&self) -> Result<&Codes, AskError> {
        match self {
            Self::Codes(codes) => Ok(codes),
            _ => Err(AskError::NoCodes),
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

    /// The conditions of samples of these classes, one after another, or of these values of the first
    /// category and other codes drawn at `address`.
    pub fn of(&self, choices: &[usize], address: Address) -> Vec<f32> {
        match self {
            Self::None | Self::Input(_) => Vec::new(),
            Self::Classes(classes) => {
                let row = |class| (0..classes.len()).map(move |place| one_at(place, class));
                choices.iter().copied().flat_map(row).collect()
            }
            Self::Codes(codes) => {
                let mut drawn = codes.draw(choices.len(), address.named("conditions"));
                for (row, choice) in drawn.iter_mut().zip(choices) {
                    row.iter_mut().take(1).for_each(|first| *first = *choice as f32);
                }
                drawn.iter().flat_map(|row| codes.condition(row)).collect()
            }
        }
    }

    /// `n` conditions drawn at `address`, as frequent as in the data, one after another.
    pub fn draw(&self, n: usize, address: Address) -> Vec<f32> {
        match self {
            Self::None | Self::Input(_) => Vec::new(),
            Self::Classes(classes) => self.of(&classes.draw(n, address), address),
            Self::Codes(codes) => {
                codes.draw(n, address).iter().flat_map(|row| codes.condition(row)).collect()
            }
        }
    }

    /// `n` samples drawn at `address`, conditions among them as frequent as in the data.
    pub fn origins(&self, n: usize, space: &LatentSpace, address: Address) -> Origins {
        let conditions = self.draw(n, address.named("conditions"));
        Origins { latents: space.draw(n, address), conditions, columns: None }
    }

    /// Samples of these [choices](Self::choices), one after another, with latents drawn at `address`.
    pub fn of_choices(&self, choices: &[usize], space: &LatentSpace, address: Address) -> Origins {
        let latents = space.draw(choices.len(), address);
        Origins { latents, conditions: self.of(choices, address), columns: None }
    }

    /// `n` samples drawn at `address`, the [choices](Self::choices) one after another where there are
    /// any, as many of one as of another.
    pub fn evenly(&self, n: usize, space: &LatentSpace, address: Address) -> Origins {
        let of = self.choices();
        if of == 0 {
            return self.origins(n, space, address);
        }
        let columns = Some(n / of).filter(|n_each| *n_each > 1 && n_each * of == n);
        let choices: Vec<usize> = (0..n).map(|idx| idx * of / n).collect();
        Origins { columns, ..self.of_choices(&choices, space, address) }
    }

    /// A sheet of about `n` samples: with a row a [choice](Self::choices), and all else the same in
    /// each row, where there are choices.
    pub fn sheet(&self, n: usize, space: &LatentSpace, address: Address) -> Origins {
        let of = self.choices();
        if of == 0 {
            return self.origins(n, space, address);
        }
        let (rows, columns) = (of.min(n), (n / of).max(1));
        let latents = space.draw(columns, address).repeat(rows);
        let row = |choice| self.of(&vec![choice; columns], address);
        let conditions = (0..rows).flat_map(row).collect();
        Origins { latents, conditions, columns: (columns > 1).then_some(columns) }
    }

    /// About `n` samples with codes as wished; those that sweep do so along each row, in which all
    /// else is the same.
    ///
    /// # Errors
    ///
    /// When there are no codes.
    pub fn wished(
        &self,
        wishes: &[CodeWish],
        n: usize,
        space: &LatentSpace,
        address: Address,
    ) -> Result<Origins, AskError> {
        let codes = self.codes()?;
        let sweeps = wishes.iter().filter(|wish| wish.sweeps());
        let columns = sweeps.map(|wish| codes.steps(wish)).max();
        let steps = columns.unwrap_or(1);
        let n_rows = (n / steps).max(1);
        let (mut latents, mut conditions) = (Vec::new(), Vec::new());
        let starts = space.draw(n_rows, address);
        let drawn = codes.draw(n_rows, address.named("conditions"));
        for (latent, row) in starts.chunks(space.width).zip(drawn) {
            for step in 0..steps {
                latents.extend(latent);
                let share = step as f32 / (steps - 1).max(1) as f32;
                conditions.extend(codes.condition(&codes.granted(&row, wishes, share)));
            }
        }
        Ok(Origins { latents, conditions, columns })
    }
}

fn one_at(place: usize, class: usize) -> f32 {
    f32::from(u8::from(place == class))
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

    const SPACE: LatentSpace = LatentSpace { width: 2, prior: Prior::Normal, truncation: None };
    const ADDRESS: fn() -> Address = || Address::new(1, Purpose::Preview);

    #[test]
    fn a_class_is_asked_for_by_a_one_at_its_place() {
        assert_eq!(conditions().of(&[2, 0], ADDRESS()), [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
        assert_eq!(Conditions::None.of(&[2, 0], ADDRESS()), Vec::<f32>::new());
    }

    #[test]
    fn classes_beside_the_latents_leave_these_as_they_are() {
        let [plain, asked] =
            [Conditions::None, conditions()].map(|c| c.origins(2, &SPACE, ADDRESS()));
        assert_eq!(plain.latents, asked.latents);
        assert_eq!(
            (plain.conditions.len(), asked.conditions),
            (0, conditions().of(&[1, 1], ADDRESS()))
        );
    }

    #[test]
    fn evenly_is_as_many_of_each_class_in_rows_where_that_comes_out() {
        let even = conditions().evenly(6, &SPACE, ADDRESS());
        assert_eq!(
            (even.columns, &even.conditions),
            (Some(2), &conditions().of(&[0, 0, 1, 1, 2, 2], ADDRESS()))
        );
        assert_eq!(conditions().evenly(5, &SPACE, ADDRESS()).columns, None);
        let plain = Conditions::None.evenly(6, &SPACE, ADDRESS());
        assert_eq!((&plain.latents, plain.conditions.len()), (&even.latents, 0));
    }

    fn codes() -> Conditions {
        Conditions::Codes(Codes { categories: vec![2], continuous: 1 })
    }

    #[test]
    fn a_row_of_codes_differs_by_the_first_category_alone() {
        let sheet = codes().sheet(4, &SPACE, ADDRESS());
        assert_eq!((sheet.columns, sheet.conditions.len()), (Some(2), 4 * 3));
        let rows: Vec<_> = sheet.conditions.chunks(3).collect();
        assert_eq!(
            rows.iter().map(|row| &row[..2]).collect::<Vec<_>>(),
            [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]
        );
        assert_eq!((rows[0][2], rows[1][2]), (rows[2][2], rows[3][2]));
        assert_ne!(rows[0][2], rows[1][2]);
    }

    #[test]
    fn a_code_sweeps_along_rows_in_which_all_else_is_the_same() {
        let wishes = [codes().codes().unwrap().wish("c2=-2..2").unwrap()];
        let made = codes().wished(&wishes, 25, &SPACE, ADDRESS()).unwrap();
        assert_eq!((made.columns, made.latents.len()), (Some(10), 2 * 10 * 2));
        assert_eq!(made.latents[..2], made.latents[18..20]);
        let rows: Vec<_> = made.conditions.chunks(3).collect();
        assert_eq!((rows[0][2], rows[9][2], rows[10][2]), (-2.0, 2.0, -2.0));
        assert_eq!(rows[0][..2], rows[9][..2]);
        assert!(conditions().wished(&wishes, 9, &SPACE, ADDRESS()).is_err());
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
        assert_eq!(sheet.conditions, conditions().of(&[0, 0, 1, 1, 2, 2], ADDRESS()));
        // Of more classes than there is room for, the first.
        let sheet = conditions().sheet(2, &SPACE, ADDRESS());
        assert_eq!((sheet.columns, sheet.conditions), (None, conditions().of(&[0, 1], ADDRESS())));
    }
}
