//! Hashes of passwords as systems store them (crypt, htpasswd, LDAP, Django, PostgreSQL …): nobody logs in with one.

/// No hash is longer.
const LONGEST: usize = 512;

/// Whether `value` is the stored form of a password, with or without the user in front of it.
#[must_use]
pub fn is_password_hash(value: &str) -> bool {
    if value.len() > LONGEST {
        return false;
    }
    // Compose files write each dollar twice.
    let single;
    let value = if value.contains("$$") {
        single = value.replace("$$", "$");
        &single
    } else {
        value
    };
    let is_user =
        |user: &str| user.len() <= 64 && user.bytes().all(|b| b.is_ascii_alphanumeric() || b"._@-".contains(&b));
    let of_user = value.split_once(':').filter(|(user, hash)| is_user(user) && hash.starts_with(['$', '{']));
    let hash = of_user.map_or(value, |(_, hash)| hash);
    is_modular(hash) || is_of_scheme(hash) || is_named(hash) || is_of_database(hash)
}

/// `$2b$12$…`, `$argon2id$v=19$…`: the modular format of `crypt(3)`, by the ids that are in use.
fn is_modular(hash: &str) -> bool {
    const IDS: &[&str] = &[
        "1",
        "2",
        "2a",
        "2b",
        "2x",
        "2y",
        "3",
        "5",
        "6",
        "7",
        "H",
        "P",
        "S",
        "apr1",
        "argon2d",
        "argon2i",
        "argon2id",
        "bcrypt",
        "bcrypt-sha256",
        "gy",
        "md5",
        "pbkdf2",
        "pbkdf2-sha1",
        "pbkdf2-sha256",
        "pbkdf2-sha512",
        "scrypt",
        "sha1",
        "y",
    ];
    /// That of MD5, the shortest there is, without its salt.
    const SHORTEST: usize = 22;
    hash.strip_prefix('$').and_then(|rest| rest.split_once('$')).is_some_and(|(id, rest)| {
        IDS.contains(&id)
            && rest.len() >= SHORTEST
            && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"./+=,$-_".contains(&b))
    })
}

/// `{SSHA}…` of LDAP and `{bcrypt}…` of Spring; not `{noop}` and `{CLEARTEXT}`, behind which the password itself stands.
fn is_of_scheme(hash: &str) -> bool {
    const SCHEMES: &[&str] =
        &["sha", "ssha", "md5", "smd5", "crypt", "pbkdf2", "argon2", "argon2id", "bcrypt", "scrypt"];
    hash.strip_prefix('{').and_then(|rest| rest.split_once('}')).is_some_and(|(scheme, rest)| {
        let scheme = scheme.to_ascii_lowercase();
        // `{SHA256}` and `{PBKDF2-SHA512}` are of a family.
        let family = scheme.split(['-', '_', '@']).next().unwrap_or_default();
        let known =
            SCHEMES.contains(&family) || SCHEMES.contains(&family.trim_end_matches(|c: char| c.is_ascii_digit()));
        known && (is_modular(rest) || is_digest(rest, 16))
    })
}

/// `pbkdf2_sha256$600000$salt$…` of Django, `scrypt:32768:8:1$salt$…` of Werkzeug, `SCRAM-SHA-256$4096:…` of PostgreSQL.
fn is_named(hash: &str) -> bool {
    const NAMES: &[&str] = &[
        "SCRAM-SHA-1",
        "SCRAM-SHA-256",
        "SCRAM-SHA-512",
        "argon2",
        "bcrypt",
        "bcrypt_sha256",
        "md5",
        "pbkdf2",
        "pbkdf2_sha1",
        "pbkdf2_sha256",
        "scrypt",
        "sha1",
        "sha256",
        "sha512",
    ];
    let Some((head, rest)) = hash.split_once('$') else { return false };
    let name = head.split(':').next().unwrap_or_default();
    NAMES.contains(&name)
        && rest.contains(['$', ':'])
        && rest.rsplit(['$', ':']).next().is_some_and(|digest| is_digest(digest, 20))
}

/// `md5` and 32 digits of PostgreSQL, `*` and 40 of MySQL, `0x0200…` of SQL Server.
fn is_of_database(hash: &str) -> bool {
    let digits = |text: &str, len: usize, test: fn(&u8) -> bool| text.len() == len && text.as_bytes().iter().all(test);
    let is_lower = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_upper = |byte: &u8| matches!(byte, b'0'..=b'9' | b'A'..=b'F');
    hash.strip_prefix("md5").is_some_and(|rest| digits(rest, 32, is_lower))
        || hash.strip_prefix('*').is_some_and(|rest| digits(rest, 40, is_upper))
        || ["0x0100", "0x0200"]
            .iter()
            .filter_map(|head| hash.strip_prefix(head))
            .any(|rest| [48, 88, 136].iter().any(|&len| digits(rest, len, u8::is_ascii_hexdigit)))
}

/// Base64, hexadecimal or the alphabet of `crypt`, and nothing else.
fn is_digest(text: &str, least: usize) -> bool {
    text.len() >= least && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"./+=$-_".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::recipe::expand;

    #[test]
    fn stored_passwords_are_hashes() {
        for recipe in [
            "$2b$12${alnum:53}",
            "$$2y$$10$${alnum:53}",
            "$6${alnum:16}${alnum:86}",
            "$1${alnum:8}${alnum:22}",
            "$argon2id$v=19$m=65536,t=3,p=4${alnum:22}${alnum:43}",
            "$P$B{alnum:30}",
            "admin:$apr1${alnum:8}${alnum:22}",
            "user:{{SHA}}{alnum:27}=",
            "{{SSHA}}{alnum:32}",
            "{{bcrypt}}$2a$10${alnum:53}",
            "{{PBKDF2-SHA512}}10000${alnum:22}${alnum:86}",
            "pbkdf2_sha256$600000${alnum:22}${alnum:43}=",
            "pbkdf2:sha256:600000${alnum:16}${hex:64}",
            "scrypt:32768:8:1${alnum:16}${hex:128}",
            "SCRAM-SHA-256$4096:{alnum:22}==${alnum:43}=:{alnum:43}=",
            "md5{hex:32}",
            "*{HEX:40}",
            "0x0100{hex:48}",
        ] {
            let hash = expand(recipe, 5).unwrap();
            assert!(is_password_hash(&hash), "{recipe}: {hash}");
        }
    }

    #[test]
    fn a_password_is_no_hash_whatever_it_begins_with() {
        for recipe in [
            "{{noop}}{alnum:24}",
            "{{CLEARTEXT}}{alnum:24}",
            "$2b$12$short",
            "$ecret${alnum:24}",
            "admin:{alnum:24}",
            "md5{alnum:24}",
            "{alnum:16}${alnum:24}",
            "*{alnum:40}",
            "{password:16}",
        ] {
            let value = expand(recipe, 5).unwrap();
            assert!(!is_password_hash(&value), "{recipe}: {value}");
        }
    }
}
