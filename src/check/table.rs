//! The table of checks as tests: for every check, where it fires and where it just does not.

use std::collections::BTreeSet;

use super::sample::{At, NOW, Scene, credential, entities, expiring, owner, registered, row, time, workload};
use super::{Mode, Subject, all};
use crate::coverage::{Notice, NoticeKind};
use crate::inventory::record::{Expiry, Key};
use crate::inventory::{MatchKey, Record, Standing, State, Tables};

const ACME: &str = "github.com/acme/agents";
const MIRROR: &str = "gitlab.acme.io/mirror/agents";

fn at(credential: usize, occurrence: usize) -> Subject {
    Subject::Occurrence { credential, occurrence }
}

/// One credential of server `github` in the repository.
fn planted() -> super::super::credential::Credential {
    credential(1, [At::repo(ACME, ".mcp.json").server("github")])
}

fn with(change: impl FnOnce(&mut Record)) -> Scene {
    let mut record = row("nhi-1");
    change(&mut record);
    Scene::of(planted()).registered(vec![record])
}

fn gone_workload() -> Tables {
    Tables { workloads: entities(&[("pr-triage", "decommissioned")]), ..Tables::default() }
}

#[test]
fn a_tracked_file_is_a_repository_and_any_other_is_a_host() {
    let repo = Scene::of(planted());
    let host = Scene::of(credential(1, [At::host("home/.cursor/mcp.json"), At::env("dump.env")]));
    assert_eq!(repo.fired("exposed-in-repository"), [at(0, 0)]);
    assert!(repo.fired("exposed-on-host").is_empty());
    assert_eq!(host.fired("exposed-on-host"), [at(0, 0), at(0, 1)]);
    assert!(host.fired("exposed-in-repository").is_empty());
}

#[test]
fn what_only_the_history_holds_is_exposed_there_and_present_nowhere() {
    let scene = |in_head| {
        let found = credential(1, [At::repo(ACME, ".mcp.json").history("1f1f", in_head)]);
        let record = Record { state: State::Revoked, ..row("nhi-1") };
        Scene::of(found).registered(vec![record]).scanned_history()
    };
    assert_eq!(scene(false).fired("exposed-in-history"), [at(0, 0)]);
    assert!(scene(false).fired("exposed-in-repository").is_empty() && scene(false).fired("revoked-present").is_empty());
    assert_eq!(scene(true).fired("exposed-in-repository"), [at(0, 0)]);
    assert_eq!(scene(true).fired("revoked-present"), [at(0, 0)]);
    assert!(scene(true).fired("exposed-in-history").is_empty());
}

#[test]
fn forks_that_share_their_first_commit_and_a_file_are_one_asset() {
    let scene = |root: &str| {
        let here = At::repo(ACME, ".mcp.json").history("1f1f", true);
        Scene::of(credential(1, [here, At::repo(MIRROR, ".mcp.json").history(root, true)])).scanned_history()
    };
    assert!(scene("1f1f").fired("duplicated").is_empty());
    assert_eq!(scene("2e2e").fired("duplicated"), [at(0, 0), at(0, 1)]);
}

#[test]
fn unregistered_is_said_of_unregistered_credentials_only() {
    let standing = |standing| Scene::of(planted()).inventory(vec![row("nhi-1")]).standing(standing);
    assert_eq!(standing(Standing::Unregistered).fired("unregistered"), [at(0, 0)]);
    for other in [Standing::NotCovered, Standing::Unchecked, registered(&[0])] {
        assert!(standing(other.clone()).fired("unregistered").is_empty(), "{}", other.as_str());
    }
}

#[test]
fn without_an_inventory_what_needs_one_is_not_evaluated_and_says_so() {
    let outcome = Scene::of(planted()).standing(Standing::Unregistered).run();
    assert!(outcome.findings.iter().all(|finding| finding.check != "unregistered"));
    assert!(outcome.not_evaluated["unregistered"].contains("--inventory"));
    assert!(!outcome.not_evaluated.contains_key("duplicated"));
    assert!(!outcome.not_evaluated.contains_key("expired-present"));
}

#[test]
fn ambiguous_match_names_the_candidates() {
    let reason = "two rows have this hint".to_owned();
    let standing = Standing::Ambiguous { by: MatchKey::Hint, rows: vec![0, 1], reason };
    let scene = Scene::of(planted()).inventory(vec![row("nhi-1"), row("nhi-2")]).standing(standing);
    assert_eq!(scene.fired("ambiguous-match"), [at(0, 0)]);
    assert!(scene.why("ambiguous-match").contains("`nhi-1` and `nhi-2` by `hint`: two rows have this hint"));
    assert!(with(|_| ()).fired("ambiguous-match").is_empty());
}

#[test]
fn two_assets_are_a_duplicate() {
    let places = [At::repo(ACME, ".env"), At::repo("github.com/acme/other", ".env")];
    let scene = Scene::of(credential(1, places));
    assert_eq!(scene.fired("duplicated"), [at(0, 0), at(0, 1)]);
    assert!(scene.why("duplicated").contains("2 assets: `github.com/acme/agents` and `github.com/acme/other`"));
}

#[test]
fn two_paths_with_two_workloads_are_a_duplicate() {
    let places = [
        At::repo(ACME, ".mcp.json").server("github"),
        At::repo(ACME, ".cursor/mcp.json").server("gh").client("cursor"),
    ];
    assert_eq!(Scene::of(credential(1, places)).fired("duplicated"), [at(0, 0), at(0, 1)]);
}

#[test]
fn copies_of_one_config_are_no_duplicate() {
    let places = ["a/.mcp.json", "b/.mcp.json", "c/.mcp.json"].map(|path| At::repo(ACME, path).server("github"));
    assert!(Scene::of(credential(1, places)).fired("duplicated").is_empty());
}

#[test]
fn several_places_in_one_path_are_no_duplicate() {
    let places = [At::repo(ACME, ".mcp.json").server("github"), At::repo(ACME, ".mcp.json").server("gh").line(9)];
    assert!(Scene::of(credential(1, places)).fired("duplicated").is_empty());
}

#[test]
fn a_config_and_the_dotenv_that_feeds_it_are_no_duplicate() {
    let places = [At::repo(ACME, ".mcp.json").server("github"), At::repo(ACME, ".env")];
    assert!(Scene::of(credential(1, places)).fired("duplicated").is_empty());
}

#[test]
fn mirrors_are_one_asset() {
    let places =
        [At::repo(ACME, "agents/.mcp.json").server("github"), At::repo(MIRROR, "mirror/.mcp.json").server("github")];
    let scene = Scene::of(credential(1, places));
    assert_eq!(scene.fired("duplicated").len(), 2);
    let policy = "[assets]\nmirrors = [['git@github.com:acme/agents', 'https://gitlab.acme.io/mirror/agents']]";
    assert!(scene.policy(policy).fired("duplicated").is_empty());
}

#[test]
fn one_config_in_two_environments_is_a_duplicate() {
    let places = ["deploy/prod/.mcp.json", "dev/.mcp.json"].map(|path| At::repo(ACME, path).server("github"));
    let policy = "[[environment]]\nname = 'prod'\nglob = ['deploy/prod/**']";
    assert_eq!(Scene::of(credential(1, places)).policy(policy).fired("duplicated").len(), 2);
}

#[test]
fn two_servers_with_one_credential_share_it() {
    let places = [At::repo(ACME, ".mcp.json").server("github"), At::repo(ACME, ".mcp.json").server("triage").line(9)];
    let scene = Scene::of(credential(1, places));
    assert_eq!(scene.fired("shared-across-agents"), [at(0, 0), at(0, 1)]);
    assert!(scene.why("shared-across-agents").contains("`github` and `triage`"));
}

#[test]
fn two_clients_with_one_credential_share_it() {
    let client = |path, client| At::host(path).server("github").client(client);
    let places = [client(".cursor/mcp.json", "cursor"), client(".claude.json", "claude-code")];
    let scene = Scene::of(credential(1, places));
    assert_eq!(scene.fired("shared-across-agents").len(), 2);
    assert!(scene.why("shared-across-agents").contains("`claude-code/github` and `cursor/github`"));
}

#[test]
fn two_credentials_of_one_row_are_shared_too() {
    let second = credential(2, [At::repo(ACME, "x/.mcp.json").server("triage")]);
    let scene = with(|_| ()).and(second.clone(), registered(&[0]));
    assert_eq!(scene.fired("shared-across-agents"), [at(0, 0), at(1, 0)]);
    let apart = with(|_| ()).inventory(vec![row("nhi-1"), row("nhi-2")]).and(second, registered(&[1]));
    assert!(apart.fired("shared-across-agents").is_empty());
}

#[test]
fn the_same_entry_in_two_repositories_is_one_agent() {
    let places = [ACME, "github.com/acme/other"].map(|asset| At::repo(asset, ".mcp.json").server("github"));
    assert!(Scene::of(credential(1, places)).fired("shared-across-agents").is_empty());
}

#[test]
fn sharing_that_the_row_declares_is_allowed() {
    let places = [At::repo(ACME, ".mcp.json").server("github"), At::repo(ACME, ".mcp.json").server("triage").line(9)];
    let declaring = |workloads: Vec<_>| {
        let record = Record { workloads, ..row("nhi-1") };
        Scene::of(credential(1, places.clone())).registered(vec![record])
    };
    let serving = |id: &str, server: &str| crate::inventory::Workload { server: Some(server.into()), ..workload(id) };
    assert!(declaring(vec![workload("a"), workload("b")]).fired("shared-across-agents").is_empty());
    assert!(declaring(vec![serving("a", "github"), workload("triage")]).fired("shared-across-agents").is_empty());
    assert_eq!(declaring(vec![workload("a")]).fired("shared-across-agents").len(), 2);
    assert_eq!(declaring(vec![]).fired("shared-across-agents").len(), 2);
    assert_eq!(declaring(vec![serving("a", "github"), serving("b", "gitlab")]).fired("shared-across-agents").len(), 2);
}

#[test]
fn a_decommissioned_row_workload_or_system_orphans_a_credential() {
    let system = || Tables { systems: entities(&[("github-mcp-server", "Retired")]), ..Tables::default() };
    for scene in [
        with(|row| row.state = State::Decommissioned),
        with(|row| row.decommissioned_at = Some(time("2026-06-30T00:00:00Z"))),
        with(|row| row.workloads[0].state = Some("decommissioned".into())),
        with(|row| row.workloads.push(workload("other"))).tables(gone_workload()),
        with(|_| ()).tables(system()),
    ] {
        assert_eq!(scene.fired("orphaned-workload"), [at(0, 0)], "{scene:?}");
    }
    let elsewhere = Tables { workloads: entities(&[("another", "decommissioned")]), ..Tables::default() };
    assert!(with(|_| ()).tables(elsewhere).fired("orphaned-workload").is_empty());
    assert!(
        with(|row| row.decommissioned_at = Some(time("2026-12-30T00:00:00Z"))).fired("orphaned-workload").is_empty()
    );
}

#[test]
fn a_row_that_is_active_after_its_workload_went_was_not_revoked() {
    let scene = with(|_| ()).tables(gone_workload());
    assert_eq!(scene.fired("live-after-decommission"), [at(0, 0)]);
    assert!(scene.why("live-after-decommission").contains("`pr-triage` is decommissioned"));
    for dead in [
        with(|row| row.state = State::Revoked),
        with(|row| row.revoked_at = Some(time("2026-07-01T00:00:00Z"))),
        with(|row| row.expires_at = Expiry::At(time("2026-07-01T00:00:00Z"))),
    ] {
        assert!(dead.tables(gone_workload()).fired("live-after-decommission").is_empty());
    }
    assert!(with(|row| row.state = State::Decommissioned).fired("live-after-decommission").is_empty());
}

#[test]
fn an_owner_who_is_missing_a_placeholder_or_gone_is_no_owner() {
    let departed = || Tables { people: entities(&[("Ann", "departed"), ("bob", "active")]), ..Tables::default() };
    let disbanded = || Tables { teams: entities(&[("iam-platform", "disbanded")]), ..Tables::default() };
    for scene in [
        with(|row| row.owner = None),
        with(|row| row.owner = Some(owner("team", "  "))),
        with(|row| row.owner = Some(owner("unknown", "TBD"))),
        with(|row| row.owner = Some(owner("person", "ann"))).tables(departed()),
        with(|row| row.owner = Some(owner("person", "carol"))).tables(departed()),
        with(|_| ()).tables(disbanded()),
    ] {
        assert_eq!(scene.fired("orphaned-owner"), [at(0, 0)], "{scene:?}");
    }
    for fine in [
        with(|_| ()),
        with(|_| ()).tables(departed()),
        with(|row| row.owner = Some(owner("person", "bob"))).tables(departed()),
        with(|row| row.owner = Some(owner("vendor", "initech"))).tables(departed()),
        with(|row| row.owner = Some(owner("", "somebody"))).tables(departed()),
    ] {
        assert!(fine.fired("orphaned-owner").is_empty(), "{fine:?}");
    }
}

#[test]
fn an_active_row_without_owner_is_told_at_its_line_though_its_credential_was_not_found() {
    let unowned = |state| Record { owner: None, state, ..row("nhi-9") };
    let mut scene = Scene::default().inventory(vec![row("nhi-1"), unowned(State::Active), unowned(State::Revoked)]);
    assert_eq!(scene.fired("orphaned-owner"), [Subject::Record(1)]);
    scene.mode = Mode::Staged;
    assert!(scene.fired("orphaned-owner").is_empty());
}

#[test]
fn a_revoked_credential_is_told_by_state_or_date() {
    assert_eq!(with(|row| row.state = State::Revoked).fired("revoked-present"), [at(0, 0)]);
    let dated = with(|row| row.revoked_at = Some(time("2026-11-22T00:00:00Z")));
    assert!(dated.why("revoked-present").contains("was revoked on 2026-11-22"));
    assert!(with(|row| row.revoked_at = Some(time("2026-11-24T00:00:00Z"))).fired("revoked-present").is_empty());
}

#[test]
fn an_expired_credential_is_told_by_state_date_or_its_own_word() {
    assert_eq!(with(|row| row.state = State::Expired).fired("expired-present"), [at(0, 0)]);
    assert_eq!(with(|row| row.expires_at = Expiry::At(time(NOW))).fired("expired-present"), [at(0, 0)]);
    let token = |at| Scene::of(expiring(planted(), at));
    assert!(
        token("2026-11-01T00:00:00Z").why("expired-present").contains("states itself that it expired on 2026-11-01")
    );
    assert!(token("2026-11-24T00:00:00Z").fired("expired-present").is_empty());
    for fine in [Expiry::At(time("2026-11-23T00:00:01Z")), Expiry::Never, Expiry::Unknown] {
        assert!(with(|row| row.expires_at = fine).fired("expired-present").is_empty());
    }
}

#[test]
fn a_suspended_credential_is_told_by_state() {
    assert_eq!(with(|row| row.state = State::Suspended).fired("suspended-present"), [at(0, 0)]);
    for other in [State::Active, State::Pending, State::Unknown] {
        assert!(with(|row| row.state = other).fired("suspended-present").is_empty());
    }
}

#[test]
fn two_rows_with_one_digest_or_one_credential_are_duplicates() {
    let claiming = |id: &str, key: Key| Record { keys: vec![key], ..row(id) };
    let digests = |a: u8, b: u8| {
        Scene::default()
            .inventory(vec![claiming("nhi-1", Key::Sha256([a; 32])), claiming("nhi-2", Key::Sha256([b; 32]))])
    };
    assert_eq!(digests(1, 1).fired("duplicate-records"), [Subject::Record(1)]);
    assert_eq!(digests(1, 1).run().findings[0].records, [1, 0]);
    assert!(digests(1, 2).fired("duplicate-records").is_empty());

    let both = Scene::of(planted()).inventory(vec![row("nhi-1"), row("nhi-2")]).standing(registered(&[0, 1]));
    assert_eq!(both.fired("duplicate-records"), [Subject::Record(1)]);

    let tails = ["nhi-1", "nhi-2"].map(|id| claiming(id, Key::Last8("12345678".to_owned())));
    assert!(Scene::default().inventory(tails.to_vec()).fired("duplicate-records").is_empty());
}

#[test]
fn every_gap_of_a_scan_is_told_and_mere_warnings_are_not() {
    let notice = |kind, path: &str| Notice {
        kind,
        path: Some(path.to_owned()),
        line: None,
        message: "permission denied".to_owned(),
        hint: None,
    };
    let mut scene = Scene::default();
    scene.coverage.notices =
        BTreeSet::from([notice(NoticeKind::ConfigSyntax, "a.json"), notice(NoticeKind::Unreadable, "b.json")]);
    assert_eq!(scene.fired("scan-incomplete"), [Subject::Notice(0)]);
    assert_eq!(scene.why("scan-incomplete"), "`b.json` was not scanned: permission denied");
}

#[test]
fn an_exception_in_force_suppresses_and_an_expired_one_does_not() {
    let excepted = |expires: &str, path: &str| {
        let policy = format!(
            "[[exception]]\nid = 'EX-1'\nchecks = ['exposed-in-repository']\nmatch = {{ path = '{path}' }}\n\
             owner = 'team:a'\napprover = 'team:b'\nreason = 'fixture'\nticket = 'T-1'\n\
             created = 2026-11-01\nexpires = {expires}"
        );
        let findings = Scene::of(planted()).policy(&policy).run().findings;
        let of_credential = findings.into_iter().filter(|finding| !finding.check.starts_with("exception-"));
        of_credential.map(|finding| (finding.check, finding.excepted_by)).collect::<Vec<_>>()
    };
    let covered = [("exposed-in-repository", Some("EX-1".to_owned()))];
    let bare = [("exposed-in-repository", None)];
    assert_eq!(excepted("2026-11-23", "*.json"), covered);
    assert_eq!(excepted("2026-11-22", "*.json"), bare);
    assert_eq!(excepted("2026-11-23", "tests/**"), bare);
}

#[test]
fn findings_come_in_order_of_place_then_severity() {
    let places = [At::repo(ACME, "a.json").server("github"), At::repo("github.com/acme/other", "b.json").server("x")];
    let scene = Scene::of(credential(1, places)).inventory(vec![row("nhi-1")]).standing(Standing::Unregistered);
    let findings = scene.run().findings;
    let order: Vec<_> = findings.iter().map(|finding| (finding.subject, finding.check)).collect();
    let checks = ["unregistered", "exposed-in-repository", "shared-across-agents", "duplicated"];
    let expected: Vec<_> = [0, 1].iter().flat_map(|&i| checks.map(|check| (at(0, i), check))).collect();
    assert_eq!(order, expected);
}

#[test]
fn the_registry_names_every_check_in_the_folder_once_and_in_order() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/check");
    let mut files = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if std::fs::read_to_string(&path).unwrap().contains("\nimpl Check for ") {
            files.insert(path.file_stem().unwrap().to_str().unwrap().replace('_', "-"));
        }
    }
    let ids: Vec<_> = all().iter().map(|check| check.meta().id.to_owned()).collect();
    assert_eq!(ids, files.into_iter().collect::<Vec<_>>());
}

#[test]
fn a_policy_may_name_every_check() {
    for check in all() {
        assert!(crate::policy::check_id::is_known(check.meta().id), "{}", check.meta().id);
    }
    assert!(crate::policy::check_id::ALL.is_sorted());
}
