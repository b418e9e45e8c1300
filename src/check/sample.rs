//! Evidence for tests, in words: credentials at places, rows with a few fields set, all judged at one fixed time.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Evidence, Ground, Mode, Outcome, Subject};
use crate::client::{Slot, SlotKind};
use crate::coverage::Coverage;
use crate::credential::{Commits, Credential, CredentialId, Identity, Location, Occurrence, Preview};
use crate::detector::{Anatomy, Confidence, Facts};
use crate::inventory::record::Expiry;
use crate::inventory::{
    Entity, Export, Header, Inventory, MatchKey, Owner, Record, Standing, State, Strength, Table, Tables, Usage,
    Workload as RowWorkload,
};
use crate::policy::Policy;
use crate::source::Origin;
use crate::source::origin::{Asset, Place};
use crate::span::Region;

/// The clock of every test.
pub(super) const NOW: &str = "2026-11-23T00:00:00Z";

pub(super) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A place for an occurrence.
#[derive(Debug, Clone)]
pub(super) struct At {
    place: Place,
    asset: String,
    path: String,
    line: u32,
    slot: Slot,
    commits: Option<Commits>,
}

impl At {
    pub(super) fn repo(asset: &str, path: &str) -> Self {
        let slot = Slot::bare(SlotKind::Text);
        Self { place: Place::Repo, asset: asset.to_owned(), path: path.to_owned(), line: 3, slot, commits: None }
    }

    pub(super) fn host(path: &str) -> Self {
        Self { place: Place::HostConfig, ..Self::repo("host", path) }
    }

    pub(super) fn env(path: &str) -> Self {
        Self { place: Place::Env, ..Self::host(path) }
    }

    pub(super) fn server(mut self, name: &str) -> Self {
        self.slot.kind = SlotKind::Env;
        self.slot.server = Some(name.into());
        self.slot.target = Some(format!("npx {name}-mcp").into());
        self.slot.pointer = Some(format!("/mcpServers/{name}/env/TOKEN"));
        self.slot.variable = Some("TOKEN".to_owned());
        self
    }

    pub(super) fn client(mut self, id: &'static str) -> Self {
        self.slot.client = Some(id);
        self
    }

    /// As the history of a repository that began with the commit `root` tells it.
    pub(super) fn history(mut self, root: &str, in_head: bool) -> Self {
        let text = |text: &str| Some(text.to_owned());
        self.commits = Some(Commits {
            first: text(root),
            last: text(root),
            root: text(root),
            path: text(&self.path),
            object: text("b10b"),
            in_head,
            ..Commits::default()
        });
        self
    }

    pub(super) fn line(mut self, line: u32) -> Self {
        self.line = line;
        self
    }
}

/// A GitHub token, told from others by a number.
pub(super) fn credential(number: u8, places: impl IntoIterator<Item = At>) -> Credential {
    let identity = Arc::new(Identity {
        fold: [number; 32],
        hmac: Vec::new(),
        sha256: None,
        tagged_sha256: None,
        hmsl: None,
        facts: Facts::default(),
        hint: None,
        bits: 178,
    });
    let preview = Preview::of(b"", Anatomy::default(), 0);
    let occurrence = |at: At| Occurrence {
        location: Location { origin: Arc::new(origin(&at)), region: region(at.line) },
        slot: at.slot,
        detector: "github-pat",
        issuer: Some("github"),
        kind: "api_token",
        identity: Arc::clone(&identity),
        preview: preview.clone(),
        confidence: Confidence::High,
        commits: at.commits.map(Arc::new),
    };
    let mut occurrences: Vec<Occurrence> = places.into_iter().map(occurrence).collect();
    occurrences.sort();
    Credential {
        id: CredentialId { hex: format!("{number:032x}"), transient: false },
        identity,
        detector: "github-pat",
        issuer: Some("github"),
        kind: "api_token",
        preview,
        confidence: Confidence::High,
        occurrences,
    }
}

/// The same, stating its own expiry as a JWT does.
pub(super) fn expiring(mut credential: Credential, at: &str) -> Credential {
    let mut identity = (*credential.identity).clone();
    identity.facts.expires_at = Some(time(at).as_second());
    credential.identity = Arc::new(identity);
    credential
}

fn origin(at: &At) -> Origin {
    let asset = Asset { id: at.asset.clone(), ..Asset::host() };
    Origin::new(at.path.clone(), at.place, Arc::new(asset))
}

fn region(line: u32) -> Region {
    Region { start_line: line, start_column: 9, end_line: line, end_column: 49, byte_offset: 90, byte_length: 40 }
}

/// An active row with an owner, a workload and an expiry ahead: nothing is wrong with it.
pub(super) fn row(id: &str) -> Record {
    Record {
        id: id.to_owned(),
        state: State::Active,
        kind: "api_token".into(),
        issuer: "github".into(),
        provider_type: None,
        name: None,
        system: Some("github-mcp-server".into()),
        purpose: Some("reads issues".into()),
        owner: Some(owner("team", "iam-platform")),
        team: None,
        workloads: vec![workload("pr-triage")],
        environment: None,
        scopes: Vec::new(),
        observed_scopes: Vec::new(),
        created_at: Some(time("2026-10-01T00:00:00Z")),
        rotated_at: None,
        expires_at: Expiry::At(time("2026-12-20T00:00:00Z")),
        last_used_at: None,
        revoked_at: None,
        decommissioned_at: None,
        max_age_days: None,
        is_rotated_automatically: None,
        is_static: None,
        locations: Vec::new(),
        keys: Vec::new(),
        sensitivity: None,
        ext: BTreeMap::new(),
        file: "inventory.jsonl".into(),
        line: 2,
    }
}

pub(super) fn owner(kind: &str, id: &str) -> Owner {
    Owner { kind: kind.into(), id: id.into(), contact: None }
}

pub(super) fn workload(id: &str) -> RowWorkload {
    RowWorkload { kind: None, id: id.into(), server: None, state: None }
}

/// A sibling table of ids and states.
pub(super) fn entities(rows: &[(&str, &str)]) -> Option<BTreeMap<String, Entity>> {
    let entity = |(id, state): &(&str, &str)| {
        let entity = Entity { id: (*id).to_owned(), state: Some((*state).to_owned()), ..Entity::default() };
        ((*id).to_owned(), entity)
    };
    Some(rows.iter().map(entity).collect())
}

/// The export of all rows, made at that time.
pub(super) fn export(at: &str) -> Export {
    let header =
        Header { exported_at: Some(time(at)), complete: None, scope: None, key_id: None, key_check: None, line: 1 };
    Export {
        path: "inventory.jsonl".to_owned(),
        table: Table::Records,
        headers: vec![header],
        records: 1,
        entities: 0,
        refused: 0,
        plaintext: 0,
    }
}

pub(super) fn registered(rows: &[usize]) -> Standing {
    Standing::Registered {
        strength: Strength::Exact,
        by: MatchKey::Sha256,
        rows: rows.to_vec(),
        narrowed_by: Vec::new(),
    }
}

/// Everything one run of the checks looks at.
#[derive(Debug, Default)]
pub(super) struct Scene {
    pub credentials: Vec<Credential>,
    pub standings: Vec<Standing>,
    pub inventory: Option<Inventory>,
    pub policy: Policy,
    pub coverage: Coverage,
    pub mode: Mode,
    pub person: Option<&'static str>,
    pub usage: Option<Usage>,
    pub ground: Ground,
}

impl Scene {
    /// One credential that no inventory was asked about.
    pub(super) fn of(credential: Credential) -> Self {
        Self { credentials: vec![credential], standings: vec![Standing::Unchecked], ..Self::default() }
    }

    /// Adds another.
    pub(super) fn and(mut self, credential: Credential, standing: Standing) -> Self {
        self.credentials.push(credential);
        self.standings.push(standing);
        self
    }

    /// The first credential is registered by the first of these rows.
    pub(super) fn registered(self, rows: Vec<Record>) -> Self {
        self.standing(registered(&[0])).inventory(rows)
    }

    pub(super) fn standing(mut self, standing: Standing) -> Self {
        self.standings = vec![standing];
        self
    }

    pub(super) fn inventory(mut self, records: Vec<Record>) -> Self {
        self.inventory.get_or_insert_default().records = records;
        self
    }

    pub(super) fn scanned_history(mut self) -> Self {
        self.coverage.commits = 1;
        self
    }

    pub(super) fn tables(mut self, tables: Tables) -> Self {
        self.inventory.get_or_insert_default().tables = tables;
        self
    }

    pub(super) fn policy(mut self, text: &str) -> Self {
        self.policy = Policy::parse("policy.toml", &format!("version = 1\n{text}")).unwrap();
        self
    }

    pub(super) fn run(&self) -> Outcome {
        super::run(&Evidence {
            credentials: &self.credentials,
            standings: &self.standings,
            inventory: self.inventory.as_ref(),
            policy: &self.policy,
            coverage: &self.coverage,
            now: time(NOW),
            mode: self.mode,
            person: self.person,
            usage: self.usage.as_ref(),
            ground: &self.ground,
        })
    }

    /// What a check fired on.
    pub(super) fn fired(&self, check: &str) -> Vec<Subject> {
        let findings = self.run().findings;
        findings.iter().filter(|finding| finding.check == check).map(|finding| finding.subject).collect()
    }

    /// Why a check fired first.
    pub(super) fn why(&self, check: &str) -> String {
        let findings = self.run().findings;
        findings.into_iter().find(|finding| finding.check == check).map(|finding| finding.message).unwrap_or_default()
    }
}
