//! From the file as it is written to the policy as it is meant; everything that can be wrong with it is found here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};
use toml::Spanned;

use super::environment::glob_set;
use super::error::PolicyError;
use super::exception::Matcher;
use super::{Environment, Exception, Gate, InventoryRules, Lifetime, Origins, Policy, asset, check_id, file, origin};
use crate::mistyped::{Complaint, line_of, nearest};

/// Longest life of an exception in days, where the policy sets none.
pub(super) const MAX_DAYS: u32 = 90;
/// Longest life in days of an exception for a credential that should have been revoked by a machine.
const MAX_DAYS_LIVE: u32 = 7;
const LIVE: &str = "live-after-decommission";

const PLACES: [&str; 7] = ["repo", "host_config", "env", "secret_manager", "ci_secret", "k8s_secret", "image"];

/// Fields of a row that a policy may require.
pub const FIELDS: [&str; 17] = [
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
        let toml = |error| Complaint::from_toml(&error, "compare with the policy that `keytrawl demo` writes");
        let file = toml::from_str(text).map_err(toml).and_then(|file| meant(file, path, text));
        let mut policy = file.map_err(|complaint| PolicyError::invalid(complaint, path, text))?;
        policy.origins = origin::of(path, text);
        policy.digest = Sha256::digest(text).into();
        Ok(policy)
    }
}

fn meant(file: file::File, path: &str, text: &str) -> Result<Policy, Complaint> {
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
        exceptions: exceptions(file.exception, &file.exceptions, path, text)?,
        exception_days: file.exceptions.max_days.as_ref().map(|days| *days.get_ref()),
        approvers: file.exceptions.approvers,
        origins: Origins::new(),
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
    let hint = match nearest(word.get_ref(), words.iter().copied()) {
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
    path: &str,
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
        exceptions.push(exception(one, rules, path, line)?);
    }
    Ok(exceptions)
}

fn exception(one: file::Exception, rules: &file::Exceptions, path: &str, line: u32) -> Result<Exception, Complaint> {
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
        file: reported(path),
        line,
    })
}

/// Path as reports name it: they leave the machine, so an absolute path is cut to the file's name.
fn reported(path: &str) -> String {
    let is_inside = !Path::new(path).is_absolute() && !path.starts_with("..");
    let name = || Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned());
    if is_inside { path.replace('\\', "/") } else { name().unwrap_or_else(|| path.to_owned()) }
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

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"version = 1
[inventory]
max_age_hours = 48
require_fields = ["owner", "expires_at"]
stale_days = 90
[owners]
allowed = ["team:iam-platform"]
[lifetime]
max_days = 90
warn_days = 14
max_age_days = 90
grace_days = 7
[[lifetime.override]]
issuer = "aws"
max_days = 30
[dynamic]
issuers = ["aws"]
[scopes]
deny = ["*", "admin:*"]
[places]
prod = ["secret_manager"]
default = ["secret_manager", "host_config"]
[[environment]]
name = "prod"
glob = ["deploy/prod/**", "**/prod/**"]
[[environment]]
name = "dev"
glob = "~/**"
[assets]
mirrors = [["git@github.com:acme/agents", "https://gitlab.acme.io/mirror/agents"]]
[gate]
pull_request = ["unregistered"]
sweep = ["high"]
[exceptions]
max_days = 90
approvers = ["team:iam-platform"]
[[exception]]
id = "EX-1"
checks = ["unregistered"]
match = { path = "tests/fixtures/**" }
owner = "team:agents"
approver = "team:iam-platform"
reason = "recorded fixture"
ticket = "SEC-1"
created = 2026-11-01
expires = "2027-01-15"
"#;

    /// What is said of the whole policy with one piece of it replaced.
    fn complaint(piece: &str, by: &str) -> String {
        assert!(WHOLE.contains(piece), "{piece}");
        Policy::parse("policy.toml", &WHOLE.replacen(piece, by, 1)).unwrap_err().to_string()
    }

    #[test]
    fn every_key_of_the_format_is_understood() {
        let policy = Policy::parse("policy.toml", WHOLE).unwrap();
        assert_eq!(policy.inventory.max_age_hours, Some(48));
        assert_eq!(policy.lifetime(Some("github")).max_days, Some(90));
        let aws = Lifetime { max_days: Some(30), warn_days: Some(14), max_age_days: Some(90), grace_days: 7 };
        assert_eq!(policy.lifetime(Some("aws")), aws);
        assert_eq!(policy.environment("deploy/prod/.env"), Some("prod"));
        assert_eq!(policy.environment("/home/ann/prod/.env"), Some("prod"));
        assert_eq!(policy.environment("~/.env"), Some("dev"));
        assert_eq!(policy.environment("src/.env"), None);
        assert!(policy.same_asset("github.com/acme/agents", "gitlab.acme.io/mirror/agents"));
        assert!(!policy.same_asset("github.com/acme/agents", "gitlab.acme.io/other"));
        assert_eq!(policy.exceptions[0].line, 37);
        assert_ne!(policy.digest, [0; 32]);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_what_was_meant() {
        let said = complaint("warn_days = 14", "warm_days = 14");
        assert_eq!(said, "policy.toml:10: unknown key `warm_days`\nhint: did you mean `warn_days`?");
        assert!(complaint("[dynamic]", "[dynamics]").contains("unknown key `dynamics`\nhint: did you mean `dynamic`?"));
    }

    #[test]
    fn an_exception_must_say_everything_it_is_asked() {
        for (line, key) in [
            ("owner = \"team:agents\"\n", "owner"),
            ("reason = \"recorded fixture\"\n", "reason"),
            ("ticket = \"SEC-1\"\n", "ticket"),
            ("expires = \"2027-01-15\"\n", "expires"),
            ("match = { path = \"tests/fixtures/**\" }\n", "match"),
        ] {
            let said = complaint(line, "");
            assert!(said.starts_with("policy.toml:37: missing key `"), "{said}");
            assert!(said.contains(&format!("`{key}`\nhint: add `{key}`")), "{said}");
        }
        assert!(complaint("\"SEC-1\"", "\" \"").contains("policy.toml:44: `ticket` of the exception is blank"));
    }

    #[test]
    fn an_exception_never_covers_everything() {
        for matcher in ["{}", "{ path = \"**\" }", "{ path = \"**/*.*\" }", "{ server = \"\" }"] {
            let said = complaint("{ path = \"tests/fixtures/**\" }", matcher);
            assert!(said.contains("policy.toml:40: `match` of the exception"), "{said}");
        }
    }

    #[test]
    fn an_exception_ends_in_time() {
        let said = complaint("2027-01-15", "2027-02-15");
        assert!(said.contains("policy.toml:46: the exception lasts 106 days; 90 are allowed"), "{said}");
        let said = complaint("checks = [\"unregistered\"]", "checks = [\"live-after-decommission\"]");
        assert!(said.contains("lasts 75 days; 7 are allowed for `live-after-decommission`"), "{said}");
        assert!(complaint("2027-01-15", "2026-10-01").contains("expires before it was created"));
        assert!(complaint("2027-01-15", "soon").contains("not a day"));
    }

    #[test]
    fn only_those_who_may_approve_approve() {
        let said = complaint("approver = \"team:iam-platform\"", "approver = \"team:agents\"");
        assert!(said.contains("policy.toml:42: `team:agents` may not approve exceptions"), "{said}");
    }

    #[test]
    fn names_that_do_not_exist_are_refused_where_they_stand() {
        assert!(
            complaint("checks = [\"unregistered\"]", "checks = [\"unregistred\"]")
                .contains(":39: `unregistred` is no check")
        );
        assert!(complaint("sweep = [\"high\"]", "sweep = [\"hihg\"]").contains("did you mean `high`?"));
        assert!(complaint("\"secret_manager\"]", "\"secret-manager\"]").contains("did you mean `secret_manager`?"));
        assert!(complaint("\"expires_at\"", "\"expiry\"").contains("is no field of a record"));
        assert!(complaint("\"deploy/prod/**\"", "\"deploy/{prod\"").contains("not a glob"));
    }

    #[test]
    fn a_second_exception_with_the_same_id_is_refused() {
        let (_, exception) = WHOLE.split_once("[[exception]]").unwrap();
        let said = complaint("[[exception]]", &format!("[[exception]]{exception}[[exception]]"));
        assert!(said.contains("policy.toml:48: a second exception has the id `EX-1`"), "{said}");
    }

    #[test]
    fn the_version_must_be_there_and_known() {
        assert!(complaint("version = 1", "version = 2").contains("hint: write `version = 1`"));
        assert!(complaint("version = 1\n", "").contains("missing key `version`"));
    }

    #[test]
    fn a_wrong_file_is_refused_without_quoting_it() {
        let said = Policy::parse(".env", "TOKEN=\"hunter2 hunter2\"\n").unwrap_err().to_string();
        assert!(said.starts_with(".env:1: ") && !said.contains("hunter2"), "{said}");
        let said = Policy::parse(".env", "export TOKEN=hunter2\n").unwrap_err().to_string();
        assert!(said.starts_with(".env:1: ") && !said.contains("hunter2"), "{said}");
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_the_reader(cut in 0usize..WHOLE.len(), put in ".{0,24}") {
            // Cut at any place of a good policy, so that every part of the reader is reached.
            let text = format!("{}{put}{}", &WHOLE[..cut], &WHOLE[cut..]);
            let line_count = text.lines().count() as u32;
            if let Err(PolicyError::Invalid { line, message, .. }) = Policy::parse("policy.toml", &text) {
                proptest::prop_assert!(line >= 1 && line <= line_count + 1 && !message.is_empty());
            }
        }

        #[test]
        fn no_line_noise_breaks_the_reader(text in "\\PC{0,80}") {
            proptest::prop_assert!(Policy::parse("policy.toml", &text).is_err());
        }
    }
}
