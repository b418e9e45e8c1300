//! Reads the ids that issuers embed in their tokens, and refuses tokens that say themselves that they are no secret.

use super::language::wordiness;
use super::{Confidence, Facts, Hit, claims, strength};

/// A reader of embedded ids; named in rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoder {
    /// Airtable OAuth: a JSON object in base64 between the id and the secret.
    AirtableOauth,
    /// AWS: the account is written in the access key id.
    AwsAccount,
    /// AWS Bedrock: base64 of `<user>-at-<account>:<secret>`.
    Bedrock,
    /// Discord: the first segment is the bot's id in base64.
    Discord,
    /// Elasticsearch: base64 of `<id>:<secret>`.
    Elastic,
    /// No id: only refuses what is not mixed of letters and digits, as a generated secret is.
    Generated,
    /// GitLab: routing lines in base64.
    GitlabRoutable,
    /// GitHub: `ghs_<app>_<JWT>`.
    GithubApp,
    /// Grafana Cloud: a JSON object in base64.
    GrafanaCloud,
    /// Grafana before service accounts: a JSON object in base64, and nothing else.
    GrafanaLegacy,
    /// Any JSON Web Token that no other decoder knows better.
    Jwt,
    /// Mapbox: a JSON object in base64 behind the first dot.
    Mapbox,
    /// 1Password: a JSON object in base64.
    Onepassword,
    /// PEM: an encrypted key is believed less.
    Pem,
    /// Sentry: a JSON object in base64.
    Sentry,
    /// Supabase: a JSON Web Token whose role says whether it is public.
    Supabase,
    /// A URL with a password: names that documentation uses are no credential.
    Url,
}

impl Decoder {
    /// The decoder of this name in rules.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "airtable-oauth" => Self::AirtableOauth,
            "aws-account" => Self::AwsAccount,
            "bedrock" => Self::Bedrock,
            "discord" => Self::Discord,
            "elastic" => Self::Elastic,
            "generated" => Self::Generated,
            "gitlab-routable" => Self::GitlabRoutable,
            "github-app" => Self::GithubApp,
            "grafana-cloud" => Self::GrafanaCloud,
            "grafana-legacy" => Self::GrafanaLegacy,
            "jwt" => Self::Jwt,
            "mapbox" => Self::Mapbox,
            "onepassword" => Self::Onepassword,
            "pem" => Self::Pem,
            "sentry" => Self::Sentry,
            "supabase" => Self::Supabase,
            "url" => Self::Url,
            _ => return None,
        })
    }

    /// Names of what it reads, as far as the token holds them.
    #[must_use]
    pub const fn ids(self) -> &'static [&'static str] {
        const JWT: &[&str] =
            &["aud", "client_id", "email", "expiry", "iss", "key_id", "project", "role", "scope", "sub", "tenant"];
        match self {
            Self::AirtableOauth => &["client_id", "expiry", "user"],
            Self::AwsAccount => &["account"],
            Self::Bedrock => &["account", "user"],
            Self::Discord => &["bot"],
            Self::Elastic => &["key_id"],
            Self::GitlabRoutable => &["cell", "group", "organization", "project", "user"],
            Self::GithubApp | Self::Jwt => JWT,
            Self::Supabase => &["iss", "expiry", "project", "role"],
            Self::GrafanaCloud | Self::GrafanaLegacy => &["key_id", "organization"],
            Self::Mapbox => &["key_id", "user"],
            Self::Onepassword => &["email", "host", "key_id"],
            Self::Sentry => &["host", "organization"],
            Self::Generated | Self::Pem | Self::Url => &[],
        }
    }

    /// Adds what `secret` tells to `hit`. `None`: it is no credential after all. `whole` is all that the pattern matched.
    pub(super) fn read(self, secret: &[u8], whole: &[u8], hit: &mut Hit) -> Option<()> {
        let facts = &mut hit.facts;
        match self {
            Self::AirtableOauth => {
                let object = secret.split(|&byte| byte == b'.').nth(2).and_then(claims::object);
                if let Some(object) = object {
                    insert(facts, "user", object.get("userId"));
                    insert(facts, "client_id", object.get("oauthApplicationId"));
                    let until = object.get("expiresAt").and_then(serde_json::Value::as_str);
                    let until = until.and_then(|until| until.parse::<jiff::Timestamp>().ok());
                    facts.expires_at = until.map(jiff::Timestamp::as_second);
                }
                hit.bits = strength::bits(signature(secret));
            }
            Self::AwsAccount => {
                let has = |class: fn(&u8) -> bool| secret.iter().any(class);
                // A path, a digest or a constant may be forty characters long too.
                if !has(u8::is_ascii_uppercase)
                    || !has(u8::is_ascii_lowercase)
                    || secret.iter().all(u8::is_ascii_alphabetic)
                {
                    return None;
                }
                if let Some(account) = facts.key_id.as_deref().and_then(aws_account) {
                    facts.principals.insert("account", account);
                }
            }
            Self::Bedrock => bedrock(secret, facts),
            Self::Discord => {
                let id = secret.split(|&byte| byte == b'.').next().and_then(claims::base64)?;
                let id = String::from_utf8(id).ok().filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()))?;
                facts.principals.insert("bot", id);
            }
            Self::Elastic => {
                let text = claims::base64(secret).and_then(|bytes| String::from_utf8(bytes).ok())?;
                let (id, key) = text.split_once(':')?;
                let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
                if !(16..=32).contains(&id.len()) || !(16..=32).contains(&key.len()) || !plain(id) || !plain(key) {
                    return None;
                }
                hit.bits = strength::bits(key.as_bytes());
                facts.key_id = Some(id.to_owned());
            }
            Self::Generated => {
                let count = |class: fn(&u8) -> bool| secret.iter().filter(|&byte| class(byte)).count();
                if count(u8::is_ascii_digit) * 20 < secret.len() || count(u8::is_ascii_alphabetic) < 3 {
                    return None;
                }
            }
            Self::GitlabRoutable => gitlab(secret, facts),
            Self::GithubApp => {
                let start = secret.windows(3).position(|window| window == b"eyJ").unwrap_or_default();
                if let Some((header, claims)) = claims::of(&secret[start..]) {
                    claims::facts(&header, &claims, facts);
                    hit.bits = strength::bits(signature(secret));
                }
            }
            Self::GrafanaCloud => {
                let object = claims::object(secret.get(4..)?)?;
                insert(facts, "organization", object.get("o"));
                facts.key_id = object.get("n").and_then(claims::scalar);
                hit.bits = object.get("k").and_then(claims::scalar).map_or(0, |key| strength::bits(key.as_bytes()));
            }
            Self::GrafanaLegacy => {
                let object = claims::object(secret)?;
                let key = object.get("k").and_then(claims::scalar)?;
                insert(facts, "organization", Some(object.get("id")?));
                facts.key_id = Some(object.get("n").and_then(claims::scalar)?);
                hit.bits = strength::bits(key.as_bytes());
            }
            Self::Jwt => {
                let (header, claims) = claims::of(secret)?;
                let issuer = claims.get("iss").and_then(claims::scalar).unwrap_or_default();
                let from_documentation =
                    claims.get("name").and_then(claims::scalar).is_some_and(|name| name == "John Doe");
                // Supabase's own detector knows which of its tokens are public.
                if !header.contains_key("alg") || issuer.starts_with("supabase") || from_documentation {
                    return None;
                }
                claims::facts(&header, &claims, facts);
                hit.bits = strength::bits(signature(secret));
            }
            Self::Mapbox => {
                let object = secret.split(|&byte| byte == b'.').nth(1).and_then(claims::object)?;
                insert(facts, "user", object.get("u"));
                facts.key_id = object.get("a").and_then(claims::scalar);
                hit.bits = strength::bits(signature(secret));
            }
            Self::Supabase => {
                let (header, claims) = claims::of(secret)?;
                let issuer = claims.get("iss").and_then(claims::scalar)?;
                let role = claims.get("role").and_then(claims::scalar)?;
                // `supabase-demo` signs the keys of every local development stack.
                if !issuer.starts_with("supabase") || issuer == "supabase-demo" || role == "anon" {
                    return None;
                }
                claims::facts(&header, &claims, facts);
                hit.bits = strength::bits(signature(secret));
            }
            Self::Onepassword => {
                let object = claims::object(secret.get(4..)?)?;
                insert(facts, "email", object.get("email"));
                insert(facts, "host", object.get("signInAddress"));
                facts.key_id = object.get("deviceUuid").and_then(claims::scalar);
            }
            Self::Pem => {
                let encrypted = [b"ENCRYPTED".as_slice(), b"Proc-Type"].iter().any(|word| contains(secret, word));
                if encrypted {
                    hit.confidence = Confidence::Medium;
                }
                hit.bits = hit.bits.min(128);
            }
            Self::Sentry => {
                let payload = secret.get(7..)?;
                let end = payload.iter().rposition(|&byte| byte == b'_')?;
                let object = claims::object(&payload[..end])?;
                insert(facts, "organization", object.get("org"));
                insert(facts, "host", object.get("url"));
                hit.bits = strength::bits(&payload[end + 1..]);
            }
            Self::Url => url(secret, whole, hit)?,
        }
        Some(())
    }
}

fn insert(facts: &mut Facts, name: &'static str, value: Option<&serde_json::Value>) {
    if let Some(value) = value.and_then(claims::scalar) {
        facts.principals.insert(name, value);
    }
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}

fn signature(token: &[u8]) -> &[u8] {
    token.rsplit(|&byte| byte == b'.').next().unwrap_or_default()
}

/// The account number in an access key id: forty bits from the second bit behind the four letters.
fn aws_account(key_id: &str) -> Option<String> {
    let mut bits: u64 = 0;
    for byte in key_id.as_bytes().get(4..14)? {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return None,
        };
        bits = bits << 5 | u64::from(digit);
    }
    // Fifty bits: six bytes and two bits; the mask leaves the account.
    let account = ((bits >> 2) & 0x7fff_ffff_ff80) >> 7;
    // An account has twelve digits; what reads otherwise was no key id of AWS.
    (account < 1_000_000_000_000).then(|| format!("{account:012}"))
}

fn bedrock(secret: &[u8], facts: &mut Facts) {
    let Some(text) = secret.get(4..).and_then(claims::base64).and_then(|bytes| String::from_utf8(bytes).ok()) else {
        return;
    };
    let Some((user, _)) = text.split_once(':') else { return };
    let user: String = user.chars().filter(char::is_ascii_graphic).collect();
    if let Some((_, account)) = user.rsplit_once("-at-") {
        facts.principals.insert("account", account.to_owned());
    }
    facts.principals.insert("user", user);
}

/// `…o:1\nu:2k` and a length byte: organisation, user, group, project and cell in base 36.
fn gitlab(secret: &[u8], facts: &mut Facts) {
    let Some(payload) = secret.split(|&byte| byte == b'-').nth(1).map(|_| &secret[6.min(secret.len())..]) else {
        return;
    };
    let payload = payload.split(|&byte| byte == b'.').next().unwrap_or_default();
    let Some(bytes) = claims::base64(payload) else { return };
    let Some((&length, rest)) = bytes.split_last() else { return };
    let Some(routes) = rest.len().checked_sub(usize::from(length)).and_then(|start| rest.get(start..)) else { return };
    for line in routes.split(|&byte| byte == b'\n') {
        let [kind, b':', id @ ..] = line else { continue };
        let name = match kind {
            b'o' => "organization",
            b'u' => "user",
            b'g' => "group",
            b'p' => "project",
            b'c' => "cell",
            _ => continue,
        };
        let number = std::str::from_utf8(id).ok().and_then(|id| u64::from_str_radix(id, 36).ok());
        if let Some(number) = number {
            facts.principals.insert(name, number.to_string());
        }
    }
}

/// A password that repeats its user, or that documentation gives to everybody, is no credential.
fn url(secret: &[u8], whole: &[u8], hit: &mut Hit) -> Option<()> {
    let password = String::from_utf8_lossy(secret);
    let user = hit.facts.principals.get("user").map(String::as_str).unwrap_or_default();
    let plain = percent_encoding::percent_decode(secret).decode_utf8_lossy();
    let letters: String = plain.chars().filter(char::is_ascii_alphabetic).collect();
    let words = letters.len() * 4 >= plain.len() * 3 && wordiness(&letters) > WORDS;
    let public = password.eq_ignore_ascii_case(user)
        || super::placeholder::is_placeholder(&password, Some(user))
        || contains(whole, b"@HOST")
        || contains(whole, b"@<")
        || (words && is_documentation(whole));
    // Anybody writes a web address with some user and some word in it; the address of a database is meant.
    if words && (whole.starts_with(b"http") || whole.starts_with(b"ws")) {
        hit.confidence = Confidence::Low;
    }
    (!public).then_some(())
}

/// Bits above which a password is made of words rather than drawn at random.
const WORDS: f64 = -2.0;

/// Whether the host is one of the names that RFC 2606 keeps for documentation. A generated password is believed there too.
fn is_documentation(url: &[u8]) -> bool {
    let host = url.rsplit(|&byte| byte == b'@').next().unwrap_or_default();
    let host = host.split(|&byte| matches!(byte, b':' | b'/' | b'?')).next().unwrap_or_default();
    let mut labels = host.rsplit(|&byte| byte == b'.');
    let is = |label: Option<&[u8]>, names: &[&str]| {
        label.is_some_and(|label| names.iter().any(|name| label.eq_ignore_ascii_case(name.as_bytes())))
    };
    let top = labels.next();
    is(top, &["example", "invalid"]) || (is(top, &["com", "net", "org"]) && is(labels.next(), &["example"]))
}

#[cfg(test)]
mod tests {
    use crate::detector::recipe::expand;
    use crate::detector::{Detectors, Facts};

    /// Facts that the detector reads from the expanded recipe, and the text that was searched.
    fn facts(id: &str, recipe: &str) -> (Facts, String) {
        let text = expand(recipe, 3).unwrap();
        let detector = Detectors::embedded().get(id).unwrap();
        let hit = detector.keywords.iter().find_map(|keyword| {
            let at = text.match_indices(keyword).map(|(at, _)| at);
            at.filter_map(|at| detector.confirm(text.as_bytes(), at..at + keyword.len())).next()
        });
        (hit.or_else(|| detector.examine(text.as_bytes())).unwrap().facts, text)
    }

    fn principal(id: &str, recipe: &str, name: &str) -> String {
        facts(id, recipe).0.principals.remove(name).unwrap_or_default()
    }

    #[test]
    fn words_before_a_host_of_documentation_are_an_example_and_generated_passwords_are_not() {
        let found = |url: &str| {
            let detector = Detectors::embedded().get("http-url").unwrap();
            detector.confirm(expand(url, 5).unwrap().as_bytes(), 0..7).is_some()
        };
        for url in [
            "http://alice:one+two%3F@www.example.com/c",
            "http://user:p%40ss%3Aword@example.com/path",
            "http://alice:sunflower@docs.example/",
        ] {
            assert!(!found(url), "{url}");
        }
        for url in [
            "http://svc:{password:16}@db.example.com/",
            "http://svc:{alnum:20}@example.org",
            "http://svc:{password:10}@acme.io/",
        ] {
            assert!(found(url), "{url}");
        }
    }

    #[test]
    fn tokens_tell_whose_they_are() {
        let airtable = r#"oaa{alnum:14}.v1.{b64json:{"userId":"usrQ1","oauthApplicationId":"oapX7","expiresAt":"2027-01-01T00:00:00Z"}}.{hex:64}"#;
        let (read, _) = facts("airtable-oauth-token", airtable);
        assert_eq!(read.expires_at, Some(1_798_761_600));
        assert_eq!(read.principals.get("client_id").map(String::as_str), Some("oapX7"));
        let grafana = r#"{b64json:{"k":"T2xkS2V5T2ZHcmFmYW5hMTdiNGQ5YzNm","n":"ci","id":23}}"#;
        assert_eq!(principal("grafana-legacy-api-key", grafana, "organization"), "23");
        assert_eq!(facts("grafana-legacy-api-key", grafana).0.key_id.as_deref(), Some("ci"));
        let cloud =
            r#"glc_{b64json:{"o":"123456","n":"reader","k":"T2xkS2V5T2ZHcmFmYW5hMTdiNGQ5YzNm","m":{"r":"us"}}}"#;
        assert_eq!(principal("grafana-cloud-token", cloud, "organization"), "123456");
        assert_eq!(
            principal("mapbox-secret-token", r#"sk.{b64json:{"u":"acme","a":"cm1"}}.{b64url:22}"#, "user"),
            "acme"
        );
        assert_eq!(
            principal("discord-bot-token", "MTA5ODc2NTQzMjEwOTg3NjU0.{b64url:6}.{b64url:38}", "bot"),
            "109876543210987654"
        );
        let onepassword = r#"ops_{b64json:{"signInAddress":"acme.1password.com","email":"svc@1passwordserviceaccounts.com","deviceUuid":"d7","muk":"T2xkS2V5T2ZHcmFmYW5hMTdiNGQ5YzNmT2xkS2V5T2ZHcmFmYW5hMTdiNGQ5YzNmT2xkS2V5T2ZHcmFmYW5hMTdiNGQ5YzNmT2xkS2V5"}}"#;
        assert_eq!(principal("onepassword-service-account-token", onepassword, "host"), "acme.1password.com");
        let supabase =
            r#"{jwt:{"iss":"supabase","ref":"abcdefghijklmnopqrst","role":"service_role","exp":2000000000}}"#;
        assert_eq!(principal("supabase-service-role-key", supabase, "project"), "abcdefghijklmnopqrst");
        let oauth = r#"{jwt:{"iss":"https://as.acme.dev","sub":"svc","aud":["mcp"],"client_id":"c7","scope":"tools:read","jti":"j1","exp":2000000000}}"#;
        for (name, value) in [
            ("iss", "https://as.acme.dev"),
            ("sub", "svc"),
            ("aud", "mcp"),
            ("client_id", "c7"),
            ("scope", "tools:read"),
        ] {
            assert_eq!(principal("jwt", oauth, name), value);
        }
    }

    #[test]
    fn ids_beside_a_secret_are_its_ids() {
        for (id, recipe, name, length) in [
            ("twilio-auth-token", "TWILIO_ACCOUNT_SID=AC{hex:32}\nTWILIO_AUTH_TOKEN={hex:32}\n", "account", 34),
            ("spotify-client-secret", "SPOTIFY_CLIENT_ID={hex:32}\nSPOTIFY_CLIENT_SECRET={hex:32}\n", "client_id", 32),
            ("slack-session-cookie", "xoxd-{b64:110}%3D xoxc-{digit:12}-{digit:12}-{digit:13}-{hex:64}", "team", 12),
            ("mongodb-atlas-client-secret", "mdb_sa_id_{hex:24} mdb_sa_sk_{alnum:40}", "client_id", 34),
            ("langfuse-secret-key", "pk-lf-{uuid} sk-lf-{uuid}", "client_id", 42),
            ("stripe-secret-key", "sk_live_51{alnum:97}", "account", 14),
            ("oauth-client-secret", r#"{{"client_id": "mcp-7", "client_secret": "{alnum:40}"}}"#, "client_id", 5),
            ("terraform-token", "{alnum:14}.atlasv1.{alnum:67}", "", 14),
            ("elasticsearch-api-key", "ES_API_KEY={b64pair}", "", 20),
            ("postman-api-key", "PMAK-{hex:24}-{hex:34}", "", 24),
            ("alibaba-access-key", "LTAI{alnum:20} {alnum:30}", "", 24),
        ] {
            let (read, text) = facts(id, recipe);
            let value = if name.is_empty() { read.key_id } else { read.principals.get(name).cloned() };
            let value = value.unwrap_or_default();
            assert_eq!(value.len(), length, "{id}");
            assert!(id == "elasticsearch-api-key" || text.contains(&value), "{id}");
        }
    }

    #[test]
    fn no_fact_holds_the_secret() {
        for detector in Detectors::embedded().all() {
            let file = Detectors::embedded()
                .texts()
                .iter()
                .find(|(_, text)| text.contains(&format!("id = \"{}\"", detector.id)));
            let file: crate::detector::rule::RuleFile = toml::from_str(file.unwrap().1).unwrap();
            for rule in file.detector.iter().filter(|rule| rule.id == detector.id) {
                for sample in &rule.samples.positive {
                    let text = expand(sample, 9).unwrap();
                    let mut hits: Vec<_> = detector.examine(text.as_bytes()).into_iter().collect();
                    for keyword in detector.keywords {
                        hits.extend(
                            text.match_indices(keyword)
                                .filter_map(|(at, _)| detector.confirm(text.as_bytes(), at..at + keyword.len())),
                        );
                    }
                    for hit in hits {
                        let secret = &text[hit.secret.clone()];
                        let values = hit.facts.principals.values().chain(&hit.facts.key_id);
                        assert!(values.clone().all(|value| !value.contains(secret)), "{}", detector.id);
                    }
                }
            }
        }
    }
}
