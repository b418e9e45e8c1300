//! Formats that look like credentials and are published or written to logs by design: ids, publishable keys.

/// Heads of formats whose whole value is public, and the shortest value that has the head.
const HEADS: &[(&str, usize)] = &[
    // Project keys of PostHog, which stand in every page that it measures.
    ("phc_", 40),
    // Publishable keys of Stripe, Supabase and Langfuse, and what Clerk calls a publishable key too.
    ("pk_live_", 16),
    ("pk_test_", 16),
    ("sb_publishable_", 30),
    ("pk-lf-", 42),
    // Public tokens of Mapbox.
    ("pk.eyJ", 60),
    // Ids beside which the secret stands: MongoDB Atlas, Ramp, Razorpay, Alibaba Cloud, Volcengine, GitHub apps.
    ("mdb_sa_id_", 24),
    ("ramp_id_", 40),
    ("rzp_live_", 22),
    ("rzp_test_", 22),
    ("AKLT", 24),
    ("LTAI", 16),
    ("Iv1.", 20),
    ("Iv23", 20),
    ("Ov23", 20),
];

/// Whether `value` is of a format that is no secret, whatever the name in front of it says.
#[must_use]
pub fn is_public(value: &str) -> bool {
    let plain = |bytes: &[u8]| bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(byte));
    is_aws_key_id(value)
        || is_twilio_sid(value)
        || is_ethereum_address(value)
        || value.strip_suffix(".apps.googleusercontent.com").is_some_and(|id| plain(id.as_bytes()))
        || HEADS.iter().any(|(head, len)| {
            value.len() >= *len && value.len() <= 512 && value.starts_with(head) && plain(value.as_bytes())
        })
}

/// `AKIA…`, `ASIA…` and the older heads of AWS: 20 characters, an id and no secret.
#[must_use]
pub fn is_aws_key_id(value: &str) -> bool {
    value.len() == 20
        && ["AKIA", "ASIA", "ABIA", "ACCA", "A3T"].iter().any(|head| value.starts_with(head))
        && value.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// `AC…` and `SK…` of Twilio: an account and a key by name. The secret is another value.
#[must_use]
pub fn is_twilio_sid(value: &str) -> bool {
    value.strip_prefix("AC").or_else(|| value.strip_prefix("SK")).is_some_and(|digits| {
        digits.len() == 32 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// `0x` and 40 digits: where a contract or an account lies on a chain. A private key has 64.
fn is_ethereum_address(value: &str) -> bool {
    value
        .strip_prefix("0x")
        .is_some_and(|digits| digits.len() == 40 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::recipe::expand;

    #[test]
    fn what_is_published_is_told_from_what_is_secret() {
        for recipe in [
            "phc_{alnum:43}",
            "pk_live_51{alnum:97}",
            "sb_publishable_{b64url:31}",
            "pk-lf-{uuid}",
            "AC{hex:32}",
            "0x{hex:40}",
            "SK{hex:32}",
            "AKIA{base32:16}",
            "A3TX{base32:16}",
            "{digit:12}-{lowernum:32}.apps.googleusercontent.com",
        ] {
            assert!(is_public(&expand(recipe, 3).unwrap()), "{recipe}");
        }
        for recipe in
            ["phx_{alnum:43}", "sk_live_51{alnum:97}", "pk_{digit:8}_{uppernum:32}", "SK{alnum:32}", "{alnum:20}"]
        {
            assert!(!is_public(&expand(recipe, 3).unwrap()), "{recipe}");
        }
    }
}
