//! The extractors by name.

use std::fmt;
use std::str::FromStr;

use kiln_models::InceptionLayer;

use super::ExtractorError;

/// Which extractor.
///
/// Its text is its name, such as `inception-tf`. A layer of Inception other than the last follows
/// after a colon: `inception-pt:768`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExtractorKind {
    /// Inception v3 as torch-fidelity looks through it: pictures are resized as TensorFlow 1 did.
    /// Values are comparable with the original implementations of the Fréchet distance and the
    /// Inception score.
    InceptionTf(InceptionLayer),
    /// Inception v3 as pytorch-fid looks through it: pictures are resized as PyTorch does.
    InceptionPt(InceptionLayer),
    /// The classifier of digits that comes with Kiln: [`Digits`](crate::Digits).
    Digits,
    /// The bytes themselves, in `[0, 1]`.
    Pixels,
    /// A small convolutional network with random weights. For tests that a number does not move: its
    /// features mean nothing.
    RandomConv,
}

impl Default for ExtractorKind {
    /// `inception-tf`.
    fn default() -> Self {
        Self::InceptionTf(InceptionLayer::Last)
    }
}

impl ExtractorKind {
    /// One of each, Inception at its last layer.
    pub const ALL: [Self; 5] = [
        Self::InceptionTf(InceptionLayer::Last),
        Self::InceptionPt(InceptionLayer::Last),
        Self::Digits,
        Self::Pixels,
        Self::RandomConv,
    ];

    /// The names, without layers.
    pub fn names() -> [&'static str; 5] {
        Self::ALL.map(Self::name)
    }

    /// The name, without the layer.
    pub fn name(self) -> &'static str {
        match self {
            Self::InceptionTf(_) => "inception-tf",
            Self::InceptionPt(_) => "inception-pt",
            Self::Digits => "digits",
            Self::Pixels => "pixels",
            Self::RandomConv => "random-conv",
        }
    }

    /// The layer of Inception.
    fn layer(self) -> Option<InceptionLayer> {
        match self {
            Self::InceptionTf(layer) | Self::InceptionPt(layer) => Some(layer),
            Self::Digits | Self::Pixels | Self::RandomConv => None,
        }
    }
}

impl fmt::Display for ExtractorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.layer() {
            None | Some(InceptionLayer::Last) => f.write_str(self.name()),
            Some(layer) => write!(f, "{}:{}", self.name(), layer.channels()),
        }
    }
}

impl FromStr for ExtractorKind {
    type Err = ExtractorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let layers = InceptionLayer::ALL.into_iter();
        let inceptions =
            layers.flat_map(|layer| [Self::InceptionTf(layer), Self::InceptionPt(layer)]);
        let text_of = |kind: &Self| kind.to_string() == text || full_text(*kind) == text;
        let unknown = || ExtractorError::Unknown { name: text.to_owned() };
        Self::ALL.into_iter().chain(inceptions).find(text_of).ok_or_else(unknown)
    }
}

/// With the layer, even where it need not be said.
fn full_text(kind: ExtractorKind) -> String {
    match kind.layer() {
        Some(layer) => format!("{}:{}", kind.name(), layer.channels()),
        None => kind.name().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back_as_it_is_written() {
        let first = ExtractorKind::InceptionPt(InceptionLayer::First);
        for kind in ExtractorKind::ALL.into_iter().chain([first]) {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        assert_eq!(first.to_string(), "inception-pt:64");
        assert_eq!("inception-tf:2048".parse(), Ok(ExtractorKind::default()));
    }

    #[test]
    fn an_unknown_name_lists_those_there_are() {
        for name in ["fid", "inception-tf:65", "digits:64", ""] {
            let refusal = name.parse::<ExtractorKind>().unwrap_err().to_string();
            let known = "inception-tf, inception-pt, digits, pixels, random-conv";
            assert!(refusal.contains(known) && refusal.contains(name), "{refusal}");
        }
    }
}
