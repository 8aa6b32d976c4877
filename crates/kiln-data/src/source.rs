//! Which data: one word or path, as a user writes it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{DataError, Mixture};

/// The word for the data in the box.
const MNIST: &str = "mnist";
/// The word for solids.
const SOLIDS: &str = "solids";
/// The word for stacks of it.
const STACKED_MNIST: &str = "stacked-mnist";

/// Which data, as a user writes it: `mnist`, `stacked-mnist`, `solids`, `ring8`, `grid25`, or a
/// path.
///
/// ```
/// use kiln_data::Source;
///
/// # fn main() -> Result<(), kiln_data::DataError> {
/// assert_eq!(Source::parse("mnist")?, Source::Mnist);
/// // A folder that happens to have this name is written as a path.
/// assert_eq!(Source::parse("./mnist")?.to_string(), "./mnist");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Source {
    /// The full MNIST, which comes with Kiln.
    Mnist,
    /// Three of its digits as the channels of one picture.
    StackedMnist,
    /// Solids of six kinds, as voxels.
    Solids,
    /// Points in the plane.
    Points(Mixture),
    /// A folder (IDX, CIFAR-10, pictures or volumes), or one IDX file with images. What it is, is found
    /// from what it holds.
    Path(PathBuf),
}

impl Source {
    /// From what a user wrote.
    ///
    /// # Errors
    ///
    /// [`DataError::BadOption`] when nothing was written.
    pub fn parse(text: &str) -> Result<Self, DataError> {
        match text {
            "" => Err(DataError::BadOption(
                "no data source is given: write `mnist`, or the path of a folder".into(),
            )),
            MNIST => Ok(Self::Mnist),
            STACKED_MNIST => Ok(Self::StackedMnist),
            SOLIDS => Ok(Self::Solids),
            other => {
                let mixture = Mixture::ALL.into_iter().find(|mixture| mixture.name() == other);
                Ok(mixture.map_or_else(|| Self::Path(PathBuf::from(other)), Self::Points))
            }
        }
    }

    /// A short name for titles and folder names: letters, digits, `-`, `_` and `.` only.
    pub fn name(&self) -> String {
        match self {
            Self::Mnist => MNIST.into(),
            Self::StackedMnist => STACKED_MNIST.into(),
            Self::Solids => SOLIDS.into(),
            Self::Points(mixture) => mixture.name().into(),
            Self::Path(path) => path_name(path),
        }
    }
}

fn path_name(path: &Path) -> String {
    // `.` and `..` have no name of their own; the folder they mean has one.
    let real = match path.file_name() {
        Some(_) => path.to_owned(),
        None => path.canonicalize().unwrap_or_else(|_| path.to_owned()),
    };
    let name: String = real
        .file_name()
        .map(|name| name.to_string_lossy())
        .unwrap_or_default()
        .chars()
        .map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' })
        .collect();
    if name.trim_matches('.').is_empty() { "data".into() } else { name }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mnist => f.write_str(MNIST),
            Self::StackedMnist => f.write_str(STACKED_MNIST),
            Self::Solids => f.write_str(SOLIDS),
            Self::Points(mixture) => f.write_str(mixture.name()),
            Self::Path(path) => {
                let text = path.display().to_string();
                // Written bare, a path that is one of the words would be read back as the word.
                let is_word = !matches!(Self::parse(&text), Ok(Self::Path(_)) | Err(_));
                write!(f, "{}{text}", if is_word { "./" } else { "" })
            }
        }
    }
}

impl FromStr for Source {
    type Err = DataError;
    fn from_str(text: &str) -> Result<Self, DataError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Source {
    type Error = DataError;
    fn try_from(text: String) -> Result<Self, DataError> {
        Self::parse(&text)
    }
}

impl From<Source> for String {
    fn from(source: Source) -> Self {
        source.to_string()
    }
}

/// Which part of the data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Split {
    /// What a generator learns from.
    #[default]
    Train,
    /// What it is judged by.
    Test,
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Train => "train",
            Self::Test => "test",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_displayed_is_parsed_to_the_same_source() {
        for source in [
            Source::Mnist,
            Source::StackedMnist,
            Source::Solids,
            Source::Points(Mixture::Ring8),
            Source::Points(Mixture::Grid25),
            Source::Path("./mnist".into()),
            Source::Path("data/my pictures".into()),
            Source::Path("/".into()),
        ] {
            let text = source.to_string();
            assert_eq!(Source::parse(&text).unwrap(), source, "{text}");
        }
    }

    #[test]
    fn a_folder_named_like_the_data_in_the_box_stays_a_folder() {
        for word in ["mnist", "stacked-mnist", "solids", "ring8", "grid25"] {
            let text = Source::Path(word.into()).to_string();
            let folder = Source::Path(format!("./{word}").into());
            assert_eq!(Source::parse(&text).unwrap(), folder);
        }
    }

    #[test]
    fn serde_writes_the_users_own_string() {
        let source = Source::parse("some/where").unwrap();
        assert_eq!(serde_json::to_string(&source).unwrap(), r#""some/where""#);
        assert_eq!(serde_json::from_str::<Source>(r#""mnist""#).unwrap(), Source::Mnist);
        assert!(serde_json::from_str::<Source>(r#""""#).is_err());
    }

    #[test]
    fn a_name_fits_in_a_folder_name() {
        assert_eq!(Source::parse("a/my cats/").unwrap().name(), "my-cats");
        assert_eq!(Source::parse("/").unwrap().name(), "data");
        assert_ne!(Source::parse(".").unwrap().name(), ".");
    }
}
