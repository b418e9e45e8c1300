//! What was made to be stored or shown in the open: ciphertext, public keys, certificates, names of resources.

/// Whether `value` is of use to nobody without a key that stands elsewhere, or is meant for everybody.
///
/// Fernet is not among it: what OpenStack encrypts so is itself a token.
#[must_use]
pub fn is_sealed(value: &str) -> bool {
    is_encrypted(value) || is_fenced(value) || is_public_key(value) || is_armored(value) || is_resource_name(value)
}

/// Ciphertext that says so: dotenvx, Spring Cloud Config, jasypt, Vault's transit engine, Ansible, OpenSSL, KMS of AWS and
/// Sealed Secrets, the last two by the first bytes of what is always longer than any token.
fn is_encrypted(value: &str) -> bool {
    const HEADS: &[(&str, usize)] = &[
        ("encrypted:", 32),
        ("enc:", 16),
        ("ENC(", 16),
        ("{cipher}", 16),
        ("vault:v", 16),
        ("$ANSIBLE_VAULT;", 3),
        ("U2FsdGVkX1", 24),
        ("AQICAH", 120),
        ("AgA", 680),
        ("AgB", 680),
        ("AgC", 680),
    ];
    HEADS.iter().any(|(head, least)| {
        value.strip_prefix(head).is_some_and(|rest| {
            rest.len() >= *least && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=_-:.;,() \n".contains(&b))
        })
    })
}

/// `%^%#…%^%#`: how Huawei's devices write what they encrypted into their configuration.
fn is_fenced(value: &str) -> bool {
    const FENCES: &[&str] = &["%^%#", "%@%@", "%$%$", "@%@%", "%+%#"];
    const SHORTEST: usize = 24;
    FENCES.iter().any(|fence| {
        let inner = value.strip_prefix(fence).and_then(|rest| rest.strip_suffix(fence));
        inner.is_some_and(|inner| inner.len() >= SHORTEST)
    })
}

/// A line of `authorized_keys`, or a recipient of age.
fn is_public_key(value: &str) -> bool {
    const TYPES: &[&str] = &["ssh-rsa", "ssh-dss", "ssh-ed25519", "ssh-ed448", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"];
    let of_ssh = || {
        value
            .split_once(' ')
            .is_some_and(|(kind, key)| key.starts_with("AAAA") && TYPES.iter().any(|known| kind.starts_with(known)))
    };
    let of_age = || {
        value
            .strip_prefix("age1")
            .is_some_and(|key| key.len() == 58 && key.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase()))
    };
    of_ssh() || of_age()
}

/// PEM and OpenPGP of anything but a private key.
fn is_armored(value: &str) -> bool {
    const LABELS: &[&str] =
        &["PUBLIC KEY", "CERTIFICATE", "X509 CRL", "PARAMETERS", "MESSAGE", "SIGNATURE", "ENCRYPTED FILE"];
    let label = value.strip_prefix("-----BEGIN ").and_then(|rest| rest.split_once("-----"));
    label.is_some_and(|(label, _)| LABELS.iter().any(|known| label.contains(known)))
        && !value.contains("PRIVATE KEY")
        && !value.contains("SECRET KEY")
}

/// `arn:aws:kms:us-east-1:123456789012:key/…`, and the address of something in a key vault of Azure.
#[must_use]
pub fn is_resource_name(value: &str) -> bool {
    if value.contains(char::is_whitespace) {
        return false;
    }
    let address = value.strip_prefix("keyvaultref:").unwrap_or(value);
    let in_key_vault =
        address.strip_prefix("https://").and_then(|rest| rest.split_once('/')).is_some_and(|(host, path)| {
            let is_vault = [".vault.azure.net", ".vault.azure.cn", ".vault.usgovcloudapi.net"];
            is_vault.iter().any(|end| host.ends_with(end))
                && ["secrets/", "keys/", "certificates/"].iter().any(|kind| path.starts_with(kind))
        });
    let is_arn = value
        .strip_prefix("arn:aws")
        .is_some_and(|rest| rest.starts_with([':', '-']) && rest.matches(':').count() >= 4);
    in_key_vault || is_arn
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::recipe::expand;

    #[test]
    fn what_may_be_shown_is_told() {
        for recipe in [
            "encrypted:B{b64:88}",
            "enc:v1:{b64:40}",
            "ENC({b64:32})",
            "{{cipher}}{hex:96}",
            "vault:v1:{b64:60}",
            "$ANSIBLE_VAULT;1.1;AES256",
            "AQICAH{b64:180}",
            "AgB{b64:700}",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{b64:43} ann@host",
            "age1{lowernum:58}",
            "-----BEGIN PUBLIC KEY-----\n{b64:60}\n-----END PUBLIC KEY-----",
            "-----BEGIN CERTIFICATE-----\\n{b64:60}",
            "arn:aws:kms:us-east-1:{digit:12}:key/{uuid}",
            "https://agents.vault.azure.net/secrets/github/{hex:32}",
            "keyvaultref:https://agents.vault.azure.net/secrets/github,identityref:system",
        ] {
            let value = expand(recipe, 5).unwrap();
            assert!(is_sealed(&value), "{recipe}");
        }
    }

    #[test]
    fn a_private_key_and_a_token_are_not_sealed() {
        for recipe in
            ["{pem}", "AgB{b64:80}", "AQICAH{alnum:32}", "encrypted:{alnum:20}", "age1{alnum:20}", "{alnum:40}"]
        {
            let value = expand(recipe, 5).unwrap();
            assert!(!is_sealed(&value), "{recipe}");
        }
        let both = expand("-----BEGIN CERTIFICATE-----\n{b64:60}\n-----END CERTIFICATE-----\n{pem}", 5).unwrap();
        assert!(!is_sealed(&both));
    }
}
