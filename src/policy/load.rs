//! From the file as it is written to the policy as it is meant; everything that can be wrong with it is found here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};
use toml::Spanned;

use super::environment::glob_set;
use super::error::{Complaint, PolicyError, line_of, nearest};
use super::exception::Matcher;
use super::{Environment, Exception, Gate, InventoryRules, Lifetime, Policy, asset, check_id, file};

/// Longest life of an exception in days, where the policy sets none.
const MAX_DAYS: u32 = 90;
/// Longest life in days of an exception for a credential that should have been revoked by a machine.
const MAX_DAYS_LIVE: u32 = 7;
const LIVE: &str = "live-after-decommission";

const PLACES: [&str; 7] = ["repo", "host_config", "env", "secret_manager", "ci_secret", "k8s_secret", "image"];

/// Fields of a row that a policy may require.
pub(crate) const FIELDS: [&str; 17] = [
    "created_at",
    "environment",
    "expires_at",
    "last_used_at",
    "locations",
    "match",
    "name",
    "owner",
    "provider_type",
    "purpose",
    "rotated_at",
    "rotation",
    "scopes",
    "sensitivity",
    "system",
    "team",
    "workload",
];

impl Policy {
    /// Reads a policy file.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is no TOML, has an unknown key, or says something that cannot be meant.
    pub fn load(path: &Path) -> Result<Self, PolicyError> {
        let shown = path.display().to_string();
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&shown, &text),
            Err(source) => Err(PolicyError::Read { path: shown, source }),
        }
    }

    /// Reads the text of a policy file; `path` is named in errors.
    ///
    /// # Errors
    ///
    /// As for [`Policy::load`].
    pub fn parse(path: &str, text: &str) -> Result<Self, PolicyError> {
        let file = toml::from_str(text).map_err(|error| Complaint::from_toml(&error).into_error(path, text))?;
        let mut policy = meant(file, text).map_err(|complaint| complaint.into_error(path, text))?;
        policy.digest = Sha256::digest(text).into();
        Ok(policy)
    }
}

fn meant(file: file::File, text: &str) -> Result<Policy, Complaint> {
    if *file.version.get_ref() != 1 {
        let at = file.version.span().start;
        return Err(Complaint::new(at, "this version of the policy format is not known", "write `version = 1`"));
    }
    let lifetime = Lifetime {
        max_days: file.lifetime.max_days,
        warn_days: file.lifetime.warn_days,
        max_age_days: file.lifetime.max_age_days,
        grace_days: file.lifetime.grace_days.unwrap_or(0),
    };
    Ok(Policy {
        inventory: InventoryRules {
            max_age_hours: file.inventory.max_age_hours,
            require_fields: each(file.inventory.require_fields, |field| known(field, &FIELDS, "field of a record"))?,
            stale_days: file.inventory.stale_days,
        },
        owners: file.owners.allowed,
        lifetime_overrides: overrides(file.lifetime.overrides, lifetime)?,
        lifetime,
        dynamic_issuers: file.dynamic.issuers,
        denied_scopes: file.scopes.deny,
        places: places(file.places)?,
        environments: each(file.environment, environment)?,
        mirrors: each(file.assets.mirrors, mirrors)?,
        gate: Gate {
            pull_request: each(file.gate.pull_request, check_or_severity)?,
            sweep: each(file.gate.sweep, check_or_severity)?,
        },
        exceptions: exceptions(file.exception, &file.exceptions, text)?,
        digest: [0; 32],
    })
}

fn each<T, U>(items: Vec<T>, f: impl FnMut(T) -> Result<U, Complaint>) -> Result<Vec<U>, Complaint> {
    items.into_iter().map(f).collect()
}

/// Refuses a word that is not one of the known ones.
fn known(word: Spanned<String>, words: &[&str], what: &str) -> Result<String, Complaint> {
    if words.contains(&word.get_ref().as_str()) {
        return Ok(word.into_inner());
    }
    let hint = match nearest(word.get_ref(), words) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known: {}", words.join(", ")),
    };
    Err(Complaint::new(word.span().start, format!("`{}` is no {what}", word.get_ref()), hint))
}

fn check_or_severity(word: Spanned<String>) -> Result<String, Complaint> {
    let words: Vec<&str> = check_id::ALL.iter().chain(&check_id::SEVERITIES).copied().collect();
    known(word, &words, "check or severity")
}

fn overrides(overrides: Vec<file::Override>, general: Lifetime) -> Result<BTreeMap<String, Lifetime>, Complaint> {
    let mut by_issuer = BTreeMap::new();
    for special in overrides {
        let at = special.issuer.span().start;
        let lifetime = Lifetime {
            max_days: special.max_days.or(general.max_days),
            warn_days: special.warn_days.or(general.warn_days),
            max_age_days: special.max_age_days.or(general.max_age_days),
            grace_days: special.grace_days.unwrap_or(general.grace_days),
        };
        let issuer = special.issuer.into_inner();
        if by_issuer.insert(issuer.clone(), lifetime).is_some() {
            let message = format!("a second lifetime override for issuer `{issuer}`");
            return Err(Complaint::new(at, message, "merge the two"));
        }
    }
    Ok(by_issuer)
}

fn places(places: BTreeMap<String, Vec<Spanned<String>>>) -> Result<BTreeMap<String, Vec<String>>, Complaint> {
    let each_place =
        |(environment, kinds)| Ok((environment, each(kinds, |kind| known(kind, &PLACES, "kind of place"))?));
    places.into_iter().map(each_place).collect()
}

fn environment(environment: file::Environment) -> Result<Environment, Complaint> {
    let at = environment.glob.span().start;
    Environment::new(environment.name, environment.glob.into_inner().into_vec()).map_err(|error| bad_glob(at, &error))
}

fn bad_glob(at: usize, error: &globset::Error) -> Complaint {
    Complaint::new(at, format!("not a glob: {}", error.kind()), "`*` stays in a directory, `**` crosses directories")
}

fn mirrors(group: Spanned<Vec<String>>) -> Result<Vec<String>, Complaint> {
    let at = group.span().start;
    let group: Vec<String> = group.into_inner().iter().map(|address| asset::canonical(address)).collect();
    if group.len() < 2 || group.iter().any(String::is_empty) {
        return Err(Complaint::new(at, "a group of mirrors names fewer than two repositories", "name each by its URL"));
    }
    Ok(group)
}

fn exceptions(
    written: Vec<Spanned<file::Exception>>,
    rules: &file::Exceptions,
    text: &str,
) -> Result<Vec<Exception>, Complaint> {
    let mut ids = BTreeSet::new();
    let mut exceptions = Vec::with_capacity(written.len());
    for one in written {
        let line = line_of(text, one.span().start);
        let one = one.into_inner();
        if !ids.insert(one.id.get_ref().clone()) {
            let message = format!("a second exception has the id `{}`", one.id.get_ref());
            return Err(Complaint::new(one.id.span().start, message, "give each exception an id of its own"));
        }
        exceptions.push(exception(one, rules, line)?);
    }
    Ok(exceptions)
}

fn exception(one: file::Exception, rules: &file::Exceptions, line: u32) -> Result<Exception, Complaint> {
    if one.checks.get_ref().is_empty() {
        let at = one.checks.span().start;
        return Err(Complaint::new(at, "the exception names no check", "list the ids of the checks that it covers"));
    }
    let approver_at = one.approver.span().start;
    let approver = filled(one.approver, "approver")?;
    if !rules.approvers.is_empty() && !rules.approvers.contains(&approver) {
        let hint = format!("one of `[exceptions] approvers` must approve: {}", rules.approvers.join(", "));
        return Err(Complaint::new(approver_at, format!("`{approver}` may not approve exceptions"), hint));
    }
    let checks = each(one.checks.into_inner(), |check| known(check, &check_id::ALL, "check"))?;
    let (created, expires) = (one.created.get_ref().0, one.expires.get_ref().0);
    let at = one.expires.span().start;
    if expires < created {
        return Err(Complaint::new(at, "the exception expires before it was created", "correct one of the two days"));
    }
    let general = rules.max_days.as_ref().map_or(MAX_DAYS, |days| *days.get_ref());
    let (max, which) = match checks.iter().any(|check| check == LIVE) {
        true => (general.min(MAX_DAYS_LIVE), " for `live-after-decommission`"),
        false => (general, ""),
    };
    let days = (expires - created).get_days();
    if i64::from(days) > i64::from(max) {
        let message = format!("the exception lasts {days} days; {max} are allowed{which}");
        return Err(Complaint::new(at, message, "let it expire sooner; it may be renewed with a fresh approval"));
    }
    Ok(Exception {
        id: filled(one.id, "id")?,
        checks,
        matcher: matcher(one.matcher)?,
        owner: filled(one.owner, "owner")?,
        approver,
        reason: filled(one.reason, "reason")?,
        ticket: filled(one.ticket, "ticket")?,
        created,
        expires,
        line,
    })
}

fn filled(text: Spanned<String>, key: &str) -> Result<String, Complaint> {
    if text.get_ref().trim().is_empty() {
        return Err(Complaint::new(text.span().start, format!("`{key}` of the exception is blank"), "fill it in"));
    }
    Ok(text.into_inner())
}

/// An exception covers something, never everything.
fn matcher(written: Spanned<file::Match>) -> Result<Matcher, Complaint> {
    const HINT: &str =
        "state at least one of credential, record, path, server, asset, and no path that fits everything";
    let at = written.span().start;
    let everything = |message: &str| Complaint::new(at, message, HINT);
    let written = written.into_inner();
    let stated = [&written.credential, &written.record, &written.path, &written.server, &written.asset];
    if stated.iter().all(|value| value.is_none()) {
        return Err(everything("`match` of the exception states nothing"));
    }
    if stated.iter().any(|value| value.as_deref().is_some_and(is_anything)) {
        return Err(everything("`match` of the exception fits everything"));
    }
    let globs: Vec<String> = written.path.iter().cloned().collect();
    let path_glob = glob_set(&globs).map_err(|error| bad_glob(at, &error))?;
    Ok(Matcher {
        credential: written.credential,
        record: written.record,
        path: written.path,
        server: written.server,
        asset: written.asset,
        path_glob,
    })
}

/// Whether nothing of a pattern says what is meant: `**`, `**/*.*`, a blank.
fn is_anything(pattern: &str) -> bool {
    pattern.chars().all(|c| c.is_whitespace() || "*?./{},[]!".contains(c))
}
