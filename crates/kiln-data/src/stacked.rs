//! Stacked MNIST (Metz et al. 2017): three digits as the channels of one picture, 1000 modes.
//!
//! The protocol of Srivastava et al. 2017 (VEEGAN): 128,000 stacks of training digits, each three
//! drawn at random. Which three is a function of the stack's number alone.

use kiln_core::{Address, Checksum, Purpose, Stream};

use crate::pictures::Store;
use crate::{DataError, Pictures};

/// Stacks in the data set.
const STACKS: usize = 128_000;

/// Stacks of the grey pictures `digits`.
pub(crate) fn stacked(digits: Pictures, name: String) -> Result<Pictures, DataError> {
    let [channels, height, width] = digits.shape;
    let Store::Memory(held) = digits.store else {
        return Err(DataError::BadOption("stacks are made of pictures in memory".into()));
    };
    if channels != 1 {
        let message = format!("stacks are made of grey pictures, not of {channels} channels");
        return Err(DataError::BadOption(message));
    }
    let checksum = Checksum::of(format!("stacked {STACKS} {}", digits.checksum).as_bytes());
    Ok(Pictures {
        name,
        kind: digits.kind,
        medium: digits.medium,
        shape: [3, height, width],
        len: STACKS,
        labels: None,
        checksum,
        store: Store::Stacked(held),
        skipped: digits.skipped,
        inputs: None,
    })
}

/// The numbers, under `n`, of the three pictures of stack `index`.
pub(crate) fn members(index: usize, n: usize) -> [usize; 3] {
    let mut stream = Stream::new(Address::new(0, Purpose::Data).lane(index as u64));
    [(); 3].map(|()| stream.below(n as u64) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OpenOptions, Source, Split, open};

    #[test]
    fn each_channel_is_a_digit_of_the_box() {
        let options = OpenOptions::default();
        let open = |source: &str| open(&Source::parse(source).unwrap(), Split::Train, &options);
        let (stacks, digits) = (open("stacked-mnist").unwrap(), open("mnist").unwrap());
        assert_eq!((stacks.len(), stacks.shape()), (STACKS, [3, 28, 28]));
        let stack = stacks.picture(7).unwrap();
        for (channel, digit) in stack.pixels.chunks_exact(784).zip(members(7, digits.len())) {
            assert_eq!(channel, digits.picture(digit).unwrap().pixels);
        }
        assert_ne!(members(7, 60_000), members(8, 60_000));
        assert_ne!(stacks.checksum(), digits.checksum());
        assert!(stacks.picture(STACKS).is_err());
    }
}
