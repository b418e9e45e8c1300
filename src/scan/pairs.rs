//! The id that stands beside a secret under the name that goes with the secret's: `ACME_CLIENT_ID` beside
//! `ACME_CLIENT_SECRET`, in any syntax in which a name is given a value.

use super::assignment::{self, Assignment};
use super::candidate::Candidate;
use crate::detector::scope::Scope;
use crate::detector::{placeholder, public};

/// Bytes to either side of a secret among which its id is looked for.
const REACH: usize = 600;
/// Longest id.
const LONGEST: usize = 200;

/// Ends of names of secrets, without `_`, and what stands in their place in the name of the id; whose id it is.
const PAIRS: &[(&str, &str, Id)] = &[
    ("clientsecret", "clientid", Id::Principal("client_id")),
    ("consumersecret", "consumerkey", Id::Principal("client_id")),
    ("appsecret", "appid", Id::Principal("app")),
    ("registrationaccesstoken", "clientid", Id::Principal("client_id")),
    ("secretaccesskey", "accesskeyid", Id::Key),
    ("accesskeysecret", "accesskeyid", Id::Key),
    ("secretkey", "accesskey", Id::Public),
    ("secretkey", "publickey", Id::Public),
    ("authtoken", "accountsid", Id::Account),
];

/// What an id is an id of.
#[derive(Clone, Copy)]
enum Id {
    /// Of whom the secret belongs to, by this name.
    Principal(&'static str),
    /// Of this one key.
    Key,
    /// Of this one key, where its format says that it is none itself.
    Public,
    /// Of a Twilio account, where it looks like one.
    Account,
}

/// Adds the id beside a secret to what is known of it, where its name says what that is called.
pub(super) fn complete(text: &[u8], found: &mut Candidate<'_>) {
    let Some(name) = found.slot.variable.as_deref() else { return };
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let mut scope = None;
    for (secret, id, kind) in PAIRS {
        let Some(head) = plain.strip_suffix(secret) else { continue };
        let known = match kind {
            Id::Principal(principal) => found.facts.principals.contains_key(principal),
            Id::Key | Id::Public => found.facts.key_id.is_some(),
            Id::Account => found.facts.principals.contains_key("account"),
        };
        if known {
            continue;
        }
        let place = found.span.start..found.span.end;
        let scope = scope.get_or_insert_with(|| Scope::around(text, place, REACH, REACH));
        let centre = found.span.start - scope.start;
        let Some(value) = value_of(&scope.bytes, centre, &format!("{head}{id}")) else { continue };
        match kind {
            Id::Principal(principal) => {
                found.facts.principals.insert(principal, value);
            }
            Id::Key => found.facts.key_id = Some(value),
            Id::Public if public::is_public(&value) => found.facts.key_id = Some(value),
            Id::Account if public::is_twilio_sid(&value) => {
                found.facts.principals.insert("account", value);
                found.issuer = found.issuer.or(Some("twilio"));
            }
            Id::Public | Id::Account => {}
        }
    }
}

/// The value nearest to `centre` that is given to `name`, which is written without marks and in small letters.
fn value_of(bytes: &[u8], centre: usize, name: &str) -> Option<String> {
    let last = name.get(name.len() - 2..)?;
    let (low, high) = (last.as_bytes(), last.to_ascii_uppercase());
    let ends = memchr::memmem::find_iter(bytes, low).chain(memchr::memmem::find_iter(bytes, high.as_bytes()));
    // `clientId` and `ClientID` end in three ways.
    let mixed = [low.first()?.to_ascii_uppercase(), *low.get(1)?];
    let mut places: Vec<usize> = ends.chain(memchr::memmem::find_iter(bytes, &mixed)).collect();
    places.sort_unstable_by_key(|place| place.abs_diff(centre));
    places.dedup();
    places.into_iter().find_map(|place| {
        let range = assignment::name_around(bytes, place..place + last.len());
        let written = bytes.get(range.clone())?.iter().filter(|byte| byte.is_ascii_alphanumeric());
        if !written.map(u8::to_ascii_lowercase).eq(name.bytes()) {
            return None;
        }
        let Assignment { value, .. } = assignment::read(bytes, range, true)?;
        let value = std::str::from_utf8(bytes.get(value)?).ok()?;
        let is_id = (4..=LONGEST).contains(&value.len())
            && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:/@~".contains(&byte))
            && !placeholder::is_placeholder(value, Some("client_id"));
        is_id.then(|| value.to_owned())
    })
}
