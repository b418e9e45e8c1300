//! Policies on top of each other: built-in, the organisation's, then those of repositories, which may only tighten.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{Lifetime, Policy, PolicyError};

impl Policy {
    /// Reads the organisation's policy and those that tighten it, in order; none at all is the built-in policy.
    ///
    /// # Errors
    ///
    /// As for [`Policy::load`], and where a later policy loosens an earlier one.
    pub fn load_layers<P: AsRef<Path>>(paths: &[P]) -> Result<Self, PolicyError> {
        let mut layers = paths.iter();
        let Some(first) = layers.next() else { return Ok(Self::default()) };
        let mut policy = Self::load(first.as_ref())?;
        for path in layers {
            let path: PathBuf = path.as_ref().to_path_buf();
            let shown = path.display().to_string();
            let text = fs::read_to_string(&path).map_err(|source| PolicyError::Read { path: shown.clone(), source })?;
            policy = policy.tightened(Self::parse(&shown, &text)?, &shown)?;
        }
        Ok(policy)
    }

    /// This policy with what another adds.
    ///
    /// # Errors
    ///
    /// Where the other would allow what this one does not.
    pub fn tightened(mut self, other: Self, path: &str) -> Result<Self, PolicyError> {
        let loose = |key: &str, message: String| {
            let line = other.origins.get(key).map_or(1, |(_, line)| *line);
            let hint = match self.origins.get(key) {
                Some((file, line)) => {
                    format!("a repository's policy may only tighten what {file}:{line} says; ask its owners")
                }
                None => "a repository's policy may only tighten the organisation's; ask its owners".to_owned(),
            };
            PolicyError::Invalid { path: path.to_owned(), line, message, hint }
        };
        let numbers = [
            ("inventory.max_age_hours", self.inventory.max_age_hours, other.inventory.max_age_hours, false),
            ("inventory.stale_days", self.inventory.stale_days, other.inventory.stale_days, false),
        ];
        for (key, own, new, more) in numbers {
            number(key, own, new, more).map_err(|message| loose(key, message))?;
        }
        lifetime("lifetime", self.lifetime, other.lifetime, other.origins.contains_key("lifetime.grace_days"))
            .map_err(|(key, message)| loose(&key, message))?;
        for (issuer, new) in &other.lifetime_overrides {
            let prefix = format!("lifetime.override.{issuer}");
            let states_grace = other.origins.contains_key(&format!("{prefix}.grace_days"));
            lifetime(&prefix, self.lifetime(Some(issuer)), *new, states_grace)
                .map_err(|(key, message)| loose(&key, message))?;
        }
        if !self.owners.is_empty()
            && let Some(owner) = other.owners.iter().find(|owner| !self.owners.contains(owner))
        {
            return Err(loose("owners.allowed", format!("`owners.allowed` adds `{owner}`")));
        }
        for (environment, kinds) in &other.places {
            let own = self.places.get(environment).or_else(|| self.places.get("default"));
            if let Some(kind) = own.and_then(|own| kinds.iter().find(|kind| !own.contains(kind))) {
                let key = format!("places.{environment}");
                return Err(loose(&key, format!("`{key}` adds `{kind}`")));
            }
        }
        if !other.mirrors.is_empty() {
            return Err(loose("assets.mirrors", "`assets.mirrors` would make two places one".to_owned()));
        }
        if let Some(exception) = other.exceptions.first() {
            let key = format!("exception.{}", exception.id);
            return Err(loose(&key, format!("exception `{}` stands in a repository's policy", exception.id)));
        }

        let digest = Sha256::new().chain_update(self.digest).chain_update(other.digest).finalize();
        self.digest = digest.into();
        self.inventory.max_age_hours = other.inventory.max_age_hours.or(self.inventory.max_age_hours);
        self.inventory.stale_days = other.inventory.stale_days.or(self.inventory.stale_days);
        for (issuer, new) in &other.lifetime_overrides {
            let merged = merged(self.lifetime(Some(issuer)), *new, true);
            self.lifetime_overrides.insert(issuer.clone(), merged);
        }
        // What tightens the rule for all tightens it for those that have one of their own.
        for (issuer, own) in &mut self.lifetime_overrides {
            if !other.lifetime_overrides.contains_key(issuer) {
                *own = tightest(*own, other.lifetime, other.origins.contains_key("lifetime.grace_days"));
            }
        }
        self.lifetime = merged(self.lifetime, other.lifetime, other.origins.contains_key("lifetime.grace_days"));
        if !other.owners.is_empty() {
            self.owners = other.owners;
        }
        for (own, new) in [
            (&mut self.inventory.require_fields, other.inventory.require_fields),
            (&mut self.dynamic_issuers, other.dynamic_issuers),
            (&mut self.denied_scopes, other.denied_scopes),
            (&mut self.gate.pull_request, other.gate.pull_request),
            (&mut self.gate.sweep, other.gate.sweep),
        ] {
            for word in new {
                if !own.contains(&word) {
                    own.push(word);
                }
            }
        }
        self.places.extend(other.places);
        // The first match wins, so that what the organisation classified stays classified.
        self.environments.extend(other.environments);
        self.origins.extend(other.origins.into_iter().filter(|(key, _)| key != "version"));
        Ok(self)
    }

    /// What the policy says fails a run of that kind; nothing where it does not say.
    #[must_use]
    pub fn gate_of(&self, is_change: bool, is_sweep: bool) -> &[String] {
        match (is_change, is_sweep) {
            (true, _) => &self.gate.pull_request,
            (_, true) => &self.gate.sweep,
            _ => &[],
        }
    }
}

/// Whether a number tightens another; `more` says whether the greater one is the tighter.
fn number(key: &str, own: Option<u32>, new: Option<u32>, more: bool) -> Result<(), String> {
    match (own, new) {
        (Some(own), Some(new)) if (more && new < own) || (!more && new > own) => {
            Err(format!("`{key} = {new}` is {} than {own}", if more { "less" } else { "more" }))
        }
        _ => Ok(()),
    }
}

fn lifetime(prefix: &str, own: Lifetime, new: Lifetime, states_grace: bool) -> Result<(), (String, String)> {
    let grace = states_grace.then_some(new.grace_days);
    for (name, own, new, more) in [
        ("max_days", own.max_days, new.max_days, false),
        ("warn_days", own.warn_days, new.warn_days, true),
        ("max_age_days", own.max_age_days, new.max_age_days, false),
        // Without a rule there is nothing that grace would loosen.
        ("grace_days", own.max_age_days.map(|_| own.grace_days), grace, false),
    ] {
        let key = format!("{prefix}.{name}");
        number(&key, own, new, more).map_err(|message| (key, message))?;
    }
    Ok(())
}

fn merged(own: Lifetime, new: Lifetime, states_grace: bool) -> Lifetime {
    Lifetime {
        max_days: new.max_days.or(own.max_days),
        warn_days: new.warn_days.or(own.warn_days),
        max_age_days: new.max_age_days.or(own.max_age_days),
        grace_days: if states_grace { new.grace_days } else { own.grace_days },
    }
}

fn tightest(own: Lifetime, new: Lifetime, states_grace: bool) -> Lifetime {
    let least = |own: Option<u32>, new: Option<u32>| own.into_iter().chain(new).min();
    Lifetime {
        max_days: least(own.max_days, new.max_days),
        warn_days: own.warn_days.max(new.warn_days),
        max_age_days: least(own.max_age_days, new.max_age_days),
        grace_days: if states_grace { own.grace_days.min(new.grace_days) } else { own.grace_days },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "version = 1\n[inventory]\nmax_age_hours = 48\nrequire_fields = ['owner']\n[owners]\nallowed = ['team:iam', 'team:secops']\n\
        [lifetime]\nmax_days = 90\nwarn_days = 14\nmax_age_days = 90\ngrace_days = 7\n[[lifetime.override]]\nissuer = 'aws'\nmax_days = 30\n\
        [places]\nprod = ['secret_manager']\ndefault = ['secret_manager', 'host_config']\n[gate]\npull_request = ['unregistered']\n";

    fn both(other: &str) -> Result<Policy, String> {
        let own = Policy::parse("org.toml", OWN).unwrap();
        let other = Policy::parse("repo.toml", &format!("version = 1\n{other}")).unwrap();
        own.tightened(other, "repo.toml").map_err(|error| error.to_string())
    }

    #[test]
    fn what_tightens_is_taken() {
        let policy = both(
            "[inventory]\nmax_age_hours = 24\nrequire_fields = ['purpose']\n[owners]\nallowed = ['team:iam']\n[lifetime]\nmax_days = 20\nwarn_days = 30\n\
             [places]\ndefault = ['secret_manager']\n[gate]\npull_request = ['duplicated']\n[scopes]\ndeny = ['*']\n",
        )
        .unwrap();
        assert_eq!(policy.inventory.max_age_hours, Some(24));
        assert_eq!(policy.inventory.require_fields, ["owner", "purpose"]);
        assert_eq!((policy.owners.as_slice(), policy.gate.pull_request.len()), (&["team:iam".to_owned()][..], 2));
        assert_eq!(
            (policy.lifetime.max_days, policy.lifetime.warn_days, policy.lifetime.grace_days),
            (Some(20), Some(30), 7)
        );
        assert_eq!(policy.lifetime(Some("aws")).max_days, Some(20));
        assert_eq!(policy.origins["lifetime.max_days"], ("repo.toml".to_owned(), 8));
        assert_eq!(policy.origins["lifetime.max_age_days"].0, "org.toml");
    }

    #[test]
    fn what_loosens_is_refused_with_both_places() {
        for (other, said) in [
            (
                "[inventory]\nmax_age_hours = 72",
                "repo.toml:3: `inventory.max_age_hours = 72` is more than 48\nhint: a repository's policy may only tighten what org.toml:3",
            ),
            ("[lifetime]\nmax_days = 91", "`lifetime.max_days = 91` is more than 90"),
            ("[lifetime]\nwarn_days = 3", "`lifetime.warn_days = 3` is less than 14"),
            ("[lifetime]\ngrace_days = 8", "`lifetime.grace_days = 8` is more than 7"),
            (
                "[[lifetime.override]]\nissuer = 'aws'\nmax_days = 60",
                "`lifetime.override.aws.max_days = 60` is more than 30",
            ),
            ("[[lifetime.override]]\nissuer = 'gcp'\nmax_days = 100", "is more than 90"),
            ("[owners]\nallowed = ['team:me']", "repo.toml:3: `owners.allowed` adds `team:me`"),
            ("[places]\nprod = ['repo']", "`places.prod` adds `repo`"),
            ("[places]\ndev = ['repo']", "`places.dev` adds `repo`"),
            ("[assets]\nmirrors = [['a/b', 'c/d']]", "would make two places one"),
            (
                "[[exception]]\nid = 'EX-1'\nchecks = ['unregistered']\nmatch = { path = 'a' }\nowner = 'x'\napprover = 'x'\nreason = 'x'\nticket = 'x'\ncreated = 2026-11-01\nexpires = 2026-11-30",
                "exception `EX-1` stands in a repository's policy",
            ),
        ] {
            let error = both(other).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
