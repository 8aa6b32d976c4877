//! How many samples, as people write it.

/// Reads `64000`, `64_000`, `64k` or `1.5M`.
pub(super) fn count(text: &str) -> Result<u64, String> {
    let number = text.replace('_', "");
    let digits = match number.char_indices().last() {
        Some((end, 'k' | 'K')) => with_zeros(&number[..end], 3),
        Some((end, 'm' | 'M')) => with_zeros(&number[..end], 6),
        _ => Some(number),
    };
    let refused = || format!("`{text}` is no number of samples: write 64000, 64k or 1.5M");
    digits.and_then(|digits| digits.parse().ok()).ok_or_else(refused)
}

/// The digits of a decimal number so many powers of ten larger, if it is whole then.
fn with_zeros(number: &str, zeros: usize) -> Option<String> {
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let given = !whole.is_empty() || !part.is_empty();
    (given && part.len() <= zeros).then(|| format!("{whole}{part:0<zeros$}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_said() {
        for (text, samples) in [
            ("64000", 64_000),
            ("64_000", 64_000),
            ("64k", 64_000),
            ("2.3M", 2_300_000),
            (".5k", 500),
        ] {
            assert_eq!(count(text), Ok(samples), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_of_samples_is_refused_with_what_is() {
        for text in
            ["", "k", ".k", "64q", "-1", "-1k", "1.5", "0.0001k", "1e3k", "infk", "99999999999999M"]
        {
            let told = count(text).unwrap_err();
            assert!(told.contains("write 64000, 64k or 1.5M"), "{text}: {told}");
        }
    }
}
