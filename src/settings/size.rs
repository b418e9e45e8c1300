//! Sizes as people write them: `500`, `64k`, `10MB`, `64MiB`.

use std::str::FromStr;

use serde::Deserialize;

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "toml::Value")]
pub struct Size(pub u64);

/// Why a size was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// Not digits and a known unit.
    #[error("not a size: write a whole number with an optional unit, such as 500, 64k, 10MB or 64MiB")]
    Malformed,
    /// No file is that large.
    #[error("too large a size")]
    TooLarge,
    /// Nothing could be scanned with it.
    #[error("a size of zero would scan nothing")]
    Zero,
}

/// Units in lower case. A bare letter counts in 1024, as in ripgrep; `kB MB GB` count in 1000, as SI has it.
const UNITS: [(&str, u64); 11] = [
    ("", 1),
    ("b", 1),
    ("k", 1 << 10),
    ("kib", 1 << 10),
    ("kb", 1_000),
    ("m", 1 << 20),
    ("mib", 1 << 20),
    ("mb", 1_000_000),
    ("g", 1 << 30),
    ("gib", 1 << 30),
    ("gb", 1_000_000_000),
];

impl FromStr for Size {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, SizeError> {
        let text = text.trim();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        if number.is_empty() {
            return Err(SizeError::Malformed);
        }
        let unit = unit.trim_start().to_ascii_lowercase();
        let factor = UNITS.iter().find(|(name, _)| *name == unit).ok_or(SizeError::Malformed)?.1;
        let number: u64 = number.parse().map_err(|_| SizeError::TooLarge)?;
        match number.checked_mul(factor) {
            Some(0) => Err(SizeError::Zero),
            Some(bytes) => Ok(Self(bytes)),
            None => Err(SizeError::TooLarge),
        }
    }
}

impl TryFrom<toml::Value> for Size {
    type Error = SizeError;

    fn try_from(value: toml::Value) -> Result<Self, SizeError> {
        match value {
            toml::Value::String(text) => text.parse(),
            toml::Value::Integer(number) => number.to_string().parse(),
            _ => Err(SizeError::Malformed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_number_and_a_unit() {
        for (text, bytes) in
            [("500", 500), ("64k", 65_536), ("10MB", 10_000_000), ("64MiB", 67_108_864), ("1 GiB", 1 << 30), ("7b", 7)]
        {
            assert_eq!(text.parse(), Ok(Size(bytes)), "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for (text, error) in [
            ("", SizeError::Malformed),
            ("MB", SizeError::Malformed),
            ("-1", SizeError::Malformed),
            ("1.5MB", SizeError::Malformed),
            ("10parsecs", SizeError::Malformed),
            ("0", SizeError::Zero),
            ("99999999999999999999", SizeError::TooLarge),
            ("18446744073709551615k", SizeError::TooLarge),
        ] {
            assert_eq!(text.parse::<Size>(), Err(error), "{text}");
        }
    }
}
