//! Numbers as people read them.

/// A count with three significant digits and a suffix: `640`, `1.28 k`, `64 k`, `1.5 M`.
pub(crate) fn count(n: f64) -> String {
    const SUFFIXES: [&str; 4] = ["", " k", " M", " G"];
    let mut scaled = n;
    let mut suffix = 0;
    // Not 1000: 999.95 of anything would be written as 1000.
    while scaled.abs() >= 999.5 && suffix + 1 < SUFFIXES.len() {
        scaled /= 1000.0;
        suffix += 1;
    }
    format!("{}{}", significant(scaled), SUFFIXES[suffix])
}

/// A whole number, thousands set apart: `1 210`.
pub(crate) fn grouped(n: f64) -> String {
    let digits = format!("{:.0}", n.max(0.0));
    let mut text = String::new();
    for (idx, digit) in digits.chars().enumerate() {
        if idx > 0 && (digits.len() - idx).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A measurement with three significant digits, at least two after the point if it is small:
/// `0.61`, `1.93`, `12.3`, `1.20e-5`.
pub(crate) fn measure(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() || size == 0.0 {
        return format!("{value}");
    }
    match size {
        _ if !(0.001..1e6).contains(&size) => format!("{value:.2e}"),
        _ if size < 0.0995 => format!("{value:.4}"),
        _ if size < 9.995 => format!("{value:.2}"),
        _ if size < 99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// Seconds as `2:05` or `1:02:05`.
pub(crate) fn duration(seconds: f64) -> String {
    // The cast saturates, and takes NaN for zero.
    let whole = seconds.max(0.0).round() as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// A share as whole per cent, never rounded up to all or down to none: `78 %`, `> 99 %`.
pub(crate) fn percent(share: f64) -> String {
    match share * 100.0 {
        percent if (99.5..100.0).contains(&percent) => "> 99 %".into(),
        percent if percent > 0.0 && percent < 0.5 => "< 1 %".into(),
        percent => format!("{percent:.0} %"),
    }
}

/// Three significant digits without trailing zeros; small numbers with four places.
fn significant(value: f64) -> String {
    let places = match value.abs() {
        size if size >= 99.95 => 0,
        size if size >= 9.995 => 1,
        size if size >= 1.0 => 2,
        _ => 4,
    };
    let text = format!("{value:.places$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_three_digits_and_a_suffix() {
        let texts = [0.0, 640.0, 999.0, 1280.0, 64_000.0, 999_999.0, 1.5e6, 2e12].map(count);
        let expected = ["0", "640", "999", "1.28 k", "64 k", "1 M", "1.5 M", "2000 G"];
        assert_eq!(texts, expected);
    }

    #[test]
    fn thousands_are_set_apart() {
        let texts = [0.0, 999.4, 1210.0, 1_234_567.0].map(grouped);
        assert_eq!(texts, ["0", "999", "1 210", "1 234 567"]);
    }

    #[test]
    fn measurements_keep_three_digits() {
        let values = [0.0, 0.61, -1.934, 12.34, 12_345.6, 0.0123, 1.2e-5, f64::NAN];
        let texts = ["0", "0.61", "-1.93", "12.3", "12346", "0.0123", "1.20e-5", "NaN"];
        assert_eq!(values.map(measure), texts);
    }

    #[test]
    fn durations_show_hours_only_when_there_are_any() {
        let texts = [125.0, 3725.2, -1.0, f64::NAN].map(duration);
        assert_eq!(texts, ["2:05", "1:02:05", "0:00", "0:00"]);
    }

    #[test]
    fn a_share_is_all_only_when_it_is() {
        let texts = [0.0, 0.001, 0.78, 0.998, 1.0].map(percent);
        assert_eq!(texts, ["0 %", "< 1 %", "78 %", "> 99 %", "100 %"]);
    }
}
