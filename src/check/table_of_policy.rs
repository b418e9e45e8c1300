//! The table of checks as tests, second half: checks that rest on what the policy decides.

use std::collections::BTreeSet;

use super::Subject;
use super::sample::{At, Scene, credential, expiring, export, owner, row, time};
use crate::coverage::{Notice, NoticeKind};
use crate::inventory::record::{DeclaredLocation, Expiry};
use crate::inventory::{Record, State};

const ACME: &str = "github.com/acme/agents";
const HERE: Subject = Subject::Occurrence { credential: 0, occurrence: 0 };
const ENVIRONMENTS: &str =
    "[[environment]]\nname = 'prod'\nglob = 'prod/**'\n[[environment]]\nname = 'dev'\nglob = 'dev/**'";

fn at_path(path: &str, change: impl FnOnce(&mut Record)) -> Scene {
    let mut record = row("nhi-1");
    change(&mut record);
    Scene::of(credential(1, [At::repo(ACME, path).server("github")])).registered(vec![record])
}

fn with(change: impl FnOnce(&mut Record)) -> Scene {
    at_path(".mcp.json", change)
}

#[test]
fn declared_to_never_expire_is_not_the_same_as_not_saying() {
    let limit = "[lifetime]\nmax_days = 90";
    let expiry = |expiry| with(|row| row.expires_at = expiry);
    assert_eq!(expiry(Expiry::Never).policy(limit).fired("no-expiry"), [HERE]);
    assert!(expiry(Expiry::Unknown).policy(limit).fired("no-expiry").is_empty());
    let of_others = "[[lifetime.override]]\nissuer = 'aws'\nmax_days = 30";
    assert!(expiry(Expiry::Never).policy(of_others).fired("no-expiry").is_empty());
    assert!(expiry(Expiry::Never).run().not_evaluated.contains_key("no-expiry"));
}

#[test]
fn a_life_is_counted_from_the_last_rotation() {
    // The row lives from 2026-10-01 to 2026-12-20: 80 days.
    let limit = |days| format!("[lifetime]\nmax_days = {days}");
    assert!(with(|_| ()).policy(&limit(80)).fired("ttl-too-long").is_empty());
    assert_eq!(with(|_| ()).policy(&limit(79)).fired("ttl-too-long"), [HERE]);
    let rotated = with(|row| row.rotated_at = Some(time("2026-11-01T00:00:00Z")));
    assert!(rotated.policy(&limit(79)).fired("ttl-too-long").is_empty());
}

#[test]
fn expiring_soon_is_said_before_and_not_after() {
    let warn = "[lifetime]\nwarn_days = 14";
    let expiry = |at| with(|row| row.expires_at = Expiry::At(time(at))).policy(warn);
    assert_eq!(expiry("2026-12-07T00:00:00Z").fired("expiring-soon"), [HERE]);
    assert!(expiry("2026-12-07T00:00:01Z").fired("expiring-soon").is_empty());
    assert!(expiry("2026-11-22T00:00:00Z").fired("expiring-soon").is_empty());
}

#[test]
fn rotation_is_overdue_after_the_rows_own_age_or_the_policys_and_grace() {
    // Created 53 days before the clock of the tests.
    let age = |days| format!("[lifetime]\nmax_age_days = {days}\ngrace_days = 7");
    assert_eq!(with(|_| ()).policy(&age(45)).fired("rotation-overdue"), [HERE]);
    assert!(with(|_| ()).policy(&age(46)).fired("rotation-overdue").is_empty());
    assert_eq!(with(|row| row.max_age_days = Some(30)).fired("rotation-overdue"), [HERE]);
    assert!(with(|row| row.max_age_days = Some(90)).policy(&age(45)).fired("rotation-overdue").is_empty());
    assert!(with(|row| row.state = State::Revoked).policy(&age(45)).fired("rotation-overdue").is_empty());
}

#[test]
fn a_required_field_that_is_blank_or_a_placeholder_is_missing() {
    let required = "[inventory]\nrequire_fields = ['purpose', 'expires_at']";
    let scene = with(|row| row.purpose = Some(" n/a ".into())).policy(required);
    assert_eq!(scene.fired("missing-metadata"), [HERE]);
    assert!(scene.why("missing-metadata").ends_with("does not say `purpose`"));
    assert!(with(|row| row.expires_at = Expiry::Never).policy(required).fired("missing-metadata").is_empty());
}

#[test]
fn only_owners_that_the_policy_lists_are_accepted() {
    let allowed = "[owners]\nallowed = ['team:iam-platform']";
    assert_eq!(
        with(|row| row.owner = Some(owner("team", "agents"))).policy(allowed).fired("owner-not-allowed"),
        [HERE]
    );
    assert!(with(|_| ()).policy(allowed).fired("owner-not-allowed").is_empty());
    let of_no_kind = with(|row| row.owner = Some(owner("unknown", "iam-platform")));
    assert!(of_no_kind.policy(allowed).fired("owner-not-allowed").is_empty());
    assert_eq!(
        with(|row| row.owner = Some(owner("person", "iam-platform"))).policy(allowed).fired("owner-not-allowed"),
        [HERE]
    );
    assert!(with(|row| row.owner = None).policy(allowed).fired("owner-not-allowed").is_empty());
}

#[test]
fn an_export_is_outdated_after_the_policys_hours() {
    let exported = |at: &str| {
        let mut scene = with(|_| ()).policy("[inventory]\nmax_age_hours = 48");
        scene.inventory.as_mut().unwrap().exports = vec![export(at)];
        scene
    };
    assert_eq!(exported("2026-11-20T23:59:59Z").fired("inventory-outdated"), [Subject::Record(0)]);
    assert!(exported("2026-11-21T00:00:00Z").fired("inventory-outdated").is_empty());
}

#[test]
fn a_static_credential_of_a_dynamic_issuer_is_told_unless_it_is_short_lived() {
    let dynamic = "[dynamic]\nissuers = ['github']";
    let plain = || credential(1, [At::repo(ACME, ".mcp.json")]);
    assert_eq!(Scene::of(plain()).policy(dynamic).fired("static-where-dynamic"), [HERE]);
    let short = Scene::of(expiring(plain(), "2026-11-24T00:00:00Z")).policy(dynamic);
    assert!(short.fired("static-where-dynamic").is_empty());
    assert!(with(|row| row.is_static = Some(false)).policy(dynamic).fired("static-where-dynamic").is_empty());
    assert!(Scene::of(plain()).policy("[dynamic]\nissuers = ['aws']").fired("static-where-dynamic").is_empty());
}

#[test]
fn scopes_in_use_beyond_the_row_or_against_the_policy_are_told() {
    let scopes = |granted: &str, observed: &str| {
        with(|row| {
            row.scopes = granted.split_whitespace().map(Into::into).collect();
            row.observed_scopes = observed.split_whitespace().map(Into::into).collect();
        })
        .policy("[scopes]\ndeny = ['*', 'admin:*']")
    };
    assert_eq!(scopes("issues:read", "issues:read repo:write").fired("scope-creep"), [HERE]);
    assert_eq!(scopes("admin:org", "").fired("scope-creep"), [HERE]);
    assert_eq!(scopes("*", "").fired("scope-creep"), [HERE]);
    assert!(scopes("issues:read metadata:read", "issues:read").fired("scope-creep").is_empty());
    assert!(scopes("", "issues:read").fired("scope-creep").is_empty());
}

#[test]
fn a_production_credential_at_a_place_of_another_environment_is_wrong_there() {
    let production = |path: &str| {
        at_path(path, |row| row.environment = Some("prod".into())).policy(ENVIRONMENTS).fired("wrong-environment")
    };
    assert_eq!(production("dev/.mcp.json"), [HERE]);
    assert!(production("prod/.mcp.json").is_empty());
    assert!(production("other/.mcp.json").is_empty());
    let dev = at_path("dev/.mcp.json", |row| row.environment = Some("dev".into())).policy(ENVIRONMENTS);
    assert!(dev.fired("wrong-environment").is_empty());
}

#[test]
fn one_credential_in_and_outside_production_crosses_environments() {
    let found_in = |paths: [&str; 2]| {
        Scene::of(credential(1, paths.map(|path| At::repo(ACME, path))))
            .policy(ENVIRONMENTS)
            .fired("env-crossing-reuse")
    };
    assert_eq!(found_in(["prod/.env", "dev/.env"]).len(), 2);
    assert!(found_in(["prod/.env", "other/.env"]).is_empty());
    assert!(found_in(["dev/.env", "dev/a.env"]).is_empty());
}

#[test]
fn a_place_must_be_allowed_by_the_policy_or_listed_in_the_row() {
    let places = "[places]\ndefault = ['secret_manager']\nsandbox = ['repo']";
    assert_eq!(with(|_| ()).policy(places).fired("wrong-location"), [HERE]);
    let sandbox = with(|row| row.environment = Some("sandbox".into()));
    assert!(sandbox.policy(places).fired("wrong-location").is_empty());
    let listed = |reference: &str, path: &str| {
        let location = DeclaredLocation {
            kind: "repo".into(),
            reference: Some(reference.into()),
            path: Some(path.into()),
            pointer: None,
        };
        with(|row| row.locations = vec![location]).policy(places).fired("wrong-location")
    };
    assert!(listed("acme/agents", ".mcp.json").is_empty());
    assert!(listed("git@github.com:acme/agents.git", ".mcp.json").is_empty());
    assert_eq!(listed("acme/other", ".mcp.json"), [HERE]);
    assert_eq!(listed("acme/agents", "mcp.json"), [HERE]);

    // Without a policy a row still says where its credential belongs.
    let vault = DeclaredLocation {
        kind: "secret_manager".into(),
        reference: Some("vault:kv/mcp/github#token".into()),
        path: None,
        pointer: None,
    };
    assert_eq!(with(|row| row.locations = vec![vault]).fired("wrong-location"), [HERE]);
    assert!(with(|row| row.locations.clear()).fired("wrong-location").is_empty());
}

#[test]
fn a_plaintext_value_in_an_export_is_told() {
    let mut scene = with(|_| ());
    assert!(scene.fired("inventory-contains-plaintext").is_empty());
    scene.coverage.notices = BTreeSet::from([Notice {
        kind: NoticeKind::InventoryPlaintext,
        path: Some("inventory.csv".to_owned()),
        line: Some(3),
        message: "column `token` held a credential in the clear".to_owned(),
        hint: None,
    }]);
    assert_eq!(scene.fired("inventory-contains-plaintext"), [Subject::Notice(0)]);
    assert!(scene.fired("scan-incomplete").is_empty());
}
