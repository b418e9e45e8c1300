//! Judges what stands in the slots of a structured file: there the name decides, and a value needs no known format.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::candidate::{Candidate, Evidence};
use super::context::Context;
use super::generic::{self, GENERIC, kind_of};
use super::keywords::{Keywords, Meaning};
use super::{confirm, plausible};
use crate::client::{Assignment, Slot, SlotKind, SlotValue};
use crate::detector::name::{self, Role};
use crate::detector::{Anatomy, Confidence, Detectors, Facts, placeholder, public, shape, strength};
use crate::span::{Span, Text};

/// Id of the detector for a literal in a slot of a server entry that holds a credential.
const SERVER: &str = "mcp-server-credential";
/// Id of the detector for a literal in a dotenv file or an env dump.
const DOTENV: &str = "dotenv-credential";
/// Shortest value that is taken for a credential because of its slot.
const SHORTEST: usize = 6;
/// Shortest value that is taken for a credential in a slot that may hold anything.
const NEUTRAL: usize = 24;
/// Longest value that is taken for one credential.
const LONGEST: usize = 4096;

/// A slot and where its value stands, for what is found in the text of it.
pub(super) struct Place {
    pub(super) span: Span,
    pub(super) slot: Slot,
    pub(super) issuer: Option<&'static str>,
    /// The slot is known to hold no credential, whatever its name sounds like.
    pub(super) innocent: bool,
}

/// Everything needed to judge a slot.
#[derive(Clone, Copy)]
pub(super) struct Judge<'s> {
    pub(super) keywords: &'s Keywords,
    pub(super) detectors: &'static Detectors,
    pub(super) context: Context,
}

/// One value with its slot, whichever reader it came from.
struct Value<'v> {
    text: &'v Text<'v>,
    slot: &'v Slot,
    role: Role,
    issuer: Option<&'static str>,
}

impl Judge<'_> {
    /// The credentials in the values of a config.
    pub(super) fn reading(&self, values: &[SlotValue<'_>], found: &mut Vec<Candidate<'_>>) {
        // Parts come before the value that holds them: what holds a found part is no secret of its own.
        let mut parts = BTreeSet::new();
        for (index, value) in values.iter().enumerate() {
            let (from, whole) = (found.len(), value.text.span());
            let one = Value { text: &value.text, slot: &value.slot, role: value.role, issuer: value.issuer };
            if parts.range(whole.start..whole.end).next().is_some() {
                // What surrounds the part may tell its format: a whole URL does what its password does not.
                self.formats(&one, found);
                continue;
            }
            self.value(&one, found);
            found.iter_mut().skip(from).for_each(|candidate| candidate.facts.merge(value.facts.clone()));
            for candidate in found.iter_mut().skip(from).filter(|candidate| wants_key_id(candidate)) {
                candidate.facts.key_id = key_id_beside(values, index);
            }
            parts.extend(found.iter().skip(from).map(|candidate| candidate.span.start));
        }
    }

    /// The credentials in the assignments of a dotenv file or an env dump.
    pub(super) fn assignments(&self, assignments: &[Assignment<'_>], kind: SlotKind, found: &mut Vec<Candidate<'_>>) {
        let is_id = |assignment: &Assignment<'_>| public::is_aws_key_id(assignment.text.as_str());
        let ids: Vec<usize> = (0..assignments.len()).filter(|at| assignments.get(*at).is_some_and(is_id)).collect();
        for (index, assignment) in assignments.iter().enumerate() {
            let slot = variable_slot(assignment, kind);
            let role = name::role(&assignment.name);
            let from = found.len();
            self.value(&Value { text: &assignment.text, slot: &slot, role, issuer: None }, found);
            for candidate in found.iter_mut().skip(from).filter(|candidate| wants_key_id(candidate)) {
                // The nearest: a file may hold several pairs.
                let nearest = ids.iter().min_by_key(|at| at.abs_diff(index)).and_then(|at| assignments.get(*at));
                candidate.facts.key_id = nearest.map(|id| id.text.as_str().to_owned());
            }
        }
    }

    /// The values that would be credentials if their names said so. What a server entry refers to may be called anything.
    pub(super) fn latent(&self, assignments: &[Assignment<'_>], kind: SlotKind, found: &mut Vec<Candidate<'_>>) {
        for assignment in assignments.iter().filter(|assignment| name::role(&assignment.name) == Role::Neutral) {
            let slot = variable_slot(assignment, kind);
            let value = Value { text: &assignment.text, slot: &slot, role: Role::Secret, issuer: None };
            found.extend(self.literal(&value));
        }
    }

    fn value(&self, value: &Value<'_>, found: &mut Vec<Candidate<'_>>) {
        let from = found.len();
        self.formats(value, found);
        let whole = value.text.span();
        let covered = found.iter().skip(from).any(|candidate| candidate.span.len() * 2 > whole.len());
        if !covered {
            found.extend(self.literal(value));
        }
    }

    /// Documented formats inside the value, or the format that its variable is known to hold.
    fn formats(&self, value: &Value<'_>, found: &mut Vec<Candidate<'_>>) {
        let bytes = value.text.as_str().as_bytes();
        let mut hits = Vec::new();
        self.keywords.find(bytes, &mut hits);
        hits.extend(self.keywords.addresses(bytes));
        let mut inside = Vec::new();
        for hit in hits {
            if let Meaning::Detectors(ordinals) = self.keywords.meaning(hit) {
                confirm::confirm(self.detectors, ordinals, bytes, &self.keywords.span(hit), &mut inside);
            }
        }
        let named = value.slot.variable.as_deref().and_then(|name| self.detectors.by_variable(name));
        if let Some(detector) = named.filter(|_| value.role != Role::NotSecret)
            && let Some(hit) = detector.examine(bytes)
            && !placeholder::is_placeholder(value.text.as_str(), value.slot.variable.as_deref())
        {
            // The name alone tells whose it is here, and a known server tells better.
            let found = confirm::found(detector, bytes, hit);
            inside.extend(found.map(|found| Candidate { issuer: value.issuer.or(found.issuer), ..found }));
        }
        found.extend(inside.into_iter().map(|mut candidate| {
            candidate.span = value.text.raw(candidate.span.start..candidate.span.end);
            candidate.slot = value.slot.clone();
            candidate.issuer = candidate.issuer.or(value.issuer);
            if value.role == Role::Secret {
                // The slot says what the format alone leaves open; a wrong checksum still tells against it.
                candidate.confidence = match candidate.confidence {
                    Confidence::Low => Confidence::Medium,
                    Confidence::Medium | Confidence::High => Confidence::High,
                };
            }
            candidate.into_owned()
        }));
    }

    /// The whole value, where the slot holds a credential or the value can be nothing else.
    fn literal(&self, value: &Value<'_>) -> Option<Candidate<'static>> {
        let text = value.text.as_str();
        let secret = text.trim();
        let variable = value.slot.variable.as_deref();
        let server = is_server(value.slot);
        if secret.len() < SHORTEST || secret.len() > LONGEST {
            return None;
        }
        if placeholder::is_placeholder(secret, variable) || shape::is_shareable(secret) {
            return None;
        }
        if generic::is_something_else(variable.unwrap_or_default(), secret) {
            return None;
        }
        let confidence = match value.role {
            Role::NotSecret => return None,
            Role::Secret if is_identifier_shaped(secret) || !is_innocent(secret, variable, server) => {
                if !server && plausible::is_code(secret) {
                    return None;
                }
                let strong = server || plausible::looks_generated(secret) || is_identifier_shaped(secret);
                // In a job or a container, what everybody thinks of is most often the password of a service beside it.
                let everyday = value.slot.kind == SlotKind::Env && !server && plausible::is_thought_of(secret);
                match (strong && !everyday, everyday || self.context.rehearsal) {
                    (true, false) => Confidence::High,
                    (true, true) | (false, false) => Confidence::Medium,
                    (false, true) => Confidence::Low,
                }
            }
            Role::Neutral if server && may_hold_key(value.slot.kind) && is_unmistakable(secret) => Confidence::Medium,
            Role::Secret | Role::Neutral => return None,
        };
        let start = text.len() - text.trim_start().len();
        let named = variable.and_then(|name| self.detectors.by_variable(name));
        Some(Candidate {
            span: value.text.raw(start..start + secret.len()),
            secret: Cow::Owned(secret.as_bytes().to_vec()),
            evidence: Evidence::Slot,
            signed: false,
            detector: match value.slot.kind {
                _ if server => SERVER,
                SlotKind::Dotenv | SlotKind::EnvDump => DOTENV,
                _ => GENERIC,
            },
            issuer: value.issuer.or_else(|| named.and_then(|detector| detector.issuer)),
            kind: named.map_or_else(|| kind_of(variable.unwrap_or_default()), |detector| detector.kind),
            confidence,
            bits: strength::bits(secret.as_bytes()),
            public: Anatomy::default(),
            facts: Facts::default(),
            slot: value.slot.clone(),
        })
    }
}

/// The slots of a reading, for what is found in their text.
pub(super) fn places(values: &[SlotValue<'_>]) -> impl Iterator<Item = Place> {
    values.iter().map(|value| Place {
        span: value.text.span(),
        slot: value.slot.clone(),
        issuer: value.issuer,
        innocent: value.role == Role::NotSecret,
    })
}

/// The slot of a variable in a dotenv file or an env dump.
pub(super) fn variable_slot(assignment: &Assignment<'_>, kind: SlotKind) -> Slot {
    let variable = Some(assignment.name.clone().into_owned());
    Slot { variable, pointer: assignment.pointer.clone(), ..Slot::bare(kind) }
}

/// Whether the slot belongs to a server entry or another part of a client's config.
fn is_server(slot: &Slot) -> bool {
    slot.server.is_some() || slot.client.is_some()
}

/// Slots in which a key may stand though nothing names it.
fn may_hold_key(kind: SlotKind) -> bool {
    matches!(kind, SlotKind::Arg | SlotKind::UrlPath | SlotKind::UrlQuery | SlotKind::Env | SlotKind::Header)
}

/// UUIDs and runs of hexadecimal digits: identifiers elsewhere, keys in a slot that holds one.
fn is_identifier_shaped(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_hexdigit).count();
    digits >= 16 && value.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Whether the value is something else than a credential. A server's password may be words, for a person chose it.
fn is_innocent(value: &str, variable: Option<&str>, server: bool) -> bool {
    let password = server && variable.is_some_and(plausible::is_password);
    shape::is_innocent(value) && !(password && shape::may_be_password(value))
}

/// Long, mixed and wordless: no name, path or identifier looks like this.
fn is_unmistakable(value: &str) -> bool {
    value.len() >= NEUTRAL
        && value.bytes().any(|byte| byte.is_ascii_uppercase())
        && value.bytes().any(|byte| byte.is_ascii_lowercase())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
        && plausible::looks_generated(value)
        && !shape::is_innocent(value)
}

fn wants_key_id(candidate: &Candidate<'_>) -> bool {
    candidate.issuer == Some("aws") && candidate.facts.key_id.is_none() && !is_aws_bytes(&candidate.secret)
}

/// Values to either side among which the id of an AWS key is looked for.
const BESIDE: usize = 32;

/// The AWS key id in the same server entry.
fn key_id_beside(values: &[SlotValue<'_>], index: usize) -> Option<String> {
    let server = &values.get(index)?.slot.server;
    let near = values.get(index.saturating_sub(BESIDE)..values.len().min(index + BESIDE))?;
    let beside = near.iter().filter(|value| value.slot.server == *server);
    beside.map(|value| value.text.as_str()).find(|value| public::is_aws_key_id(value)).map(str::to_owned)
}

fn is_aws_bytes(secret: &[u8]) -> bool {
    std::str::from_utf8(secret).is_ok_and(public::is_aws_key_id)
}
