//! Who is suggested as the owner of a credential that no row stands for.

use super::Credential;
use crate::inventory::Tables;
use crate::policy::CodeOwners;

/// What is known of owners.
#[derive(Debug, Clone, Default)]
pub struct Suggestions {
    /// Owners that the policy allows; none = any.
    pub allowed: Vec<String>,
    /// What the repository says.
    pub code: CodeOwners,
    /// People and their teams.
    pub tables: Tables,
}

impl Suggestions {
    /// An owner, and by what: the only one whom the policy allows, else whom CODEOWNERS names for its paths, else the team
    /// of whoever first committed it. Where one of them names two, that is a question and no suggestion.
    #[must_use]
    pub fn of(&self, credential: &Credential) -> Option<(String, &'static str)> {
        if let [only] = self.allowed.as_slice() {
            return Some((only.clone(), "policy"));
        }
        let by_code = credential.occurrences.iter().filter_map(|at| self.code.of(&at.path)).map(str::to_owned);
        let (owners, by) = match self.distinct(by_code) {
            owners if owners.is_empty() => (self.distinct(self.committers(credential)), "committer"),
            owners => (owners, "CODEOWNERS"),
        };
        match owners.as_slice() {
            [one] => Some((one.clone(), by)),
            _ => None,
        }
    }

    /// Those whom the policy allows, each once.
    fn distinct(&self, owners: impl Iterator<Item = String>) -> Vec<String> {
        let is_allowed = |owner: &String| self.allowed.is_empty() || self.allowed.contains(owner);
        let mut owners: Vec<String> = owners.filter(is_allowed).collect();
        owners.sort();
        owners.dedup();
        owners
    }

    /// The team of whoever wrote the oldest of the commits that brought it, as far as the report has seen its history.
    fn committers(&self, credential: &Credential) -> impl Iterator<Item = String> {
        let written = || credential.occurrences.iter().filter_map(|at| at.commits.as_ref());
        // RFC 3339 in UTC: the order of the texts is that of the times.
        let first = written().filter_map(|commits| commits.authored_at.as_deref()).min();
        let authors = written().filter(move |commits| commits.authored_at.as_deref() == first);
        let teams = authors.filter_map(|commits| self.tables.team_of(commits.author.as_deref()?));
        teams.map(|team| format!("team:{team}"))
    }
}
