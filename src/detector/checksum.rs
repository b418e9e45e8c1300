//! Checksums that issuers put at the end of their tokens: a valid one is proof of form, an invalid one proof of nothing.

/// How a token's checksum is computed. Sources: `rules/detectors/<provider>.toml` of the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checksum {
    /// Six base-62 digits of the CRC-32 of what stands between the last `_` and the checksum.
    Github,
    /// Eight upper-case hex digits of the CRC-32 of all that stands before them.
    Atlassian,
    /// Eight hex digits of the CRC-32 of all before the last `_`, lowest byte first.
    Grafana,
    /// Eight hex digits of the CRC-32 of what stands between the last `_` and the checksum.
    Cloudflare,
    /// Eight hex digits of the CRC-32 of what stands between the last two `_`.
    Zuplo,
}

impl Checksum {
    /// The checksum of this name in rules and recipes.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "github" => Self::Github,
            "atlassian" => Self::Atlassian,
            "grafana" => Self::Grafana,
            "cloudflare" => Self::Cloudflare,
            "zuplo" => Self::Zuplo,
            _ => return None,
        })
    }

    /// Its name in rules.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Atlassian => "atlassian",
            Self::Grafana => "grafana",
            Self::Cloudflare => "cloudflare",
            Self::Zuplo => "zuplo",
        }
    }

    /// Whether tokens of this form carry the checksum at all: GitHub's stateless installation tokens do not.
    #[must_use]
    pub fn applies(self, token: &[u8]) -> bool {
        self != Self::Github || token.len() == 40
    }

    /// Whether the token ends with its own checksum.
    #[must_use]
    pub fn holds(self, token: &str) -> bool {
        let Some(split) = token.len().checked_sub(self.length()) else { return false };
        let (Some(body), Some(sum)) = (token.get(..split), token.get(split..)) else { return false };
        self.complete(body).is_some_and(|expected| expected == sum)
    }

    /// The checksum that completes `text`, whose end is a token without its checksum.
    #[must_use]
    pub fn complete(self, text: &str) -> Option<String> {
        let covered = self.covered(text).filter(|covered| !covered.is_empty())?;
        let crc = crc32fast::hash(covered.as_bytes());
        Some(match self {
            Self::Github => base62(crc),
            Self::Atlassian => format!("{crc:08X}"),
            Self::Grafana => format!("{:08x}", crc.swap_bytes()),
            Self::Cloudflare | Self::Zuplo => format!("{crc:08x}"),
        })
    }

    const fn length(self) -> usize {
        match self {
            Self::Github => 6,
            _ => 8,
        }
    }

    fn covered(self, text: &str) -> Option<&str> {
        match self {
            Self::Github | Self::Cloudflare => text.rfind('_').and_then(|at| text.get(at + 1..)),
            Self::Atlassian => {
                ["ATATT", "ATCTT", "ATBB"].iter().filter_map(|head| text.rfind(head)).max().map(|at| &text[at..])
            }
            Self::Grafana => {
                let text = text.strip_suffix('_')?;
                text.rfind("glsa_").map(|at| &text[at..])
            }
            Self::Zuplo => {
                let text = text.strip_suffix('_')?;
                text.rfind('_').and_then(|at| text.get(at + 1..))
            }
        }
    }
}

/// Six digits, most significant first, `0-9A-Za-z`.
fn base62(mut number: u32) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut digits = [b'0'; 6];
    for place in digits.iter_mut().rev() {
        *place = DIGITS[(number % 62) as usize];
        number /= 62;
    }
    digits.iter().map(|&digit| char::from(digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::recipe::expand;

    const EVERY: [(Checksum, &str); 5] = [
        (Checksum::Github, "ghp_{alnum:30}{crc32-github}"),
        (Checksum::Atlassian, "ATATT3xFfGF0{b64url:171}={crc32-atlassian}"),
        (Checksum::Grafana, "glsa_{alnum:32}_{crc32-grafana}"),
        (Checksum::Cloudflare, "cfut_{alnum:40}{crc32-cloudflare}"),
        (Checksum::Zuplo, "zpka_{lowernum:32}_{crc32-zuplo}"),
    ];

    #[test]
    fn what_a_recipe_completes_holds_and_a_changed_character_breaks_it() {
        for (checksum, recipe) in EVERY {
            for seed in 0..50 {
                let token = expand(recipe, seed).unwrap();
                assert!(checksum.holds(&token), "{recipe}");
                let changed: String = token
                    .char_indices()
                    .map(|(at, c)| if at == 20 { if c == 'a' { 'b' } else { 'a' } } else { c })
                    .collect();
                assert!(!checksum.holds(&changed), "{recipe}");
            }
        }
    }

    #[test]
    fn the_width_is_kept_for_small_sums() {
        assert_eq!(base62(61), "00000z");
        assert_eq!(base62(u32::MAX), "4gfFC3");
    }

    #[test]
    fn anything_is_accepted_as_input() {
        for (checksum, _) in EVERY {
            for text in ["", "_", "é", "ééééééé", "ATATT", "glsa_"] {
                assert!(!checksum.holds(text));
            }
        }
    }
}
