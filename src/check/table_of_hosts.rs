//! The table of checks as tests, third part: checks on servers and on whose home directory something lies in.

use std::collections::BTreeMap;

use super::sample::{At, Scene, credential, owner, row};
use super::{Mode, Subject};
use crate::inventory::record::DeclaredLocation;
use crate::inventory::{Entity, Record, Tables};

const HERE: Subject = Subject::Occurrence { credential: 0, occurrence: 0 };

fn systems(servers: &[&str]) -> Tables {
    let servers = servers.iter().map(|server| (*server).to_owned()).collect();
    let entity = Entity { id: "tickets".to_owned(), state: Some("active".to_owned()), servers, ..Entity::default() };
    Tables { systems: Some(BTreeMap::from([("tickets".to_owned(), entity)])), ..Tables::default() }
}

fn held(server: &str, target: Option<&str>) -> Scene {
    let mut credential = credential(1, [At::host("~/.cursor/mcp.json").server(server)]);
    credential.occurrences[0].slot.target = target.map(std::sync::Arc::from);
    Scene::of(credential).inventory(Vec::new())
}

#[test]
fn a_server_is_known_by_name_package_image_host_or_system() {
    for (listed, server, target) in [
        ("github", "GitHub", None),
        ("@acme/tickets", "x", Some("@acme/tickets")),
        ("@acme/tickets@2", "x", Some("@acme/tickets")),
        ("docker.io/acme/tickets:1", "x", Some("acme/tickets")),
        ("https://mcp.acme.io/sse", "x", Some("mcp.acme.io")),
        ("@modelcontextprotocol/server-github", "x", Some("ghcr.io/github/github-mcp-server")),
        ("other", "tickets", None),
    ] {
        let scene = held(server, target).tables(systems(&[listed]));
        assert!(scene.fired("shadow-server").is_empty(), "{listed} {server}");
    }
    for (listed, server, target) in [
        ("github", "git", None),
        ("@acme/tickets", "x", Some("@acme/tickets-fork")),
        ("https://mcp.acme.io/sse", "x", Some("mcp.acme.io.evil.example")),
        ("", "x", Some("y")),
    ] {
        assert_eq!(held(server, target).tables(systems(&[listed])).fired("shadow-server"), [HERE], "{listed} {server}");
    }
}

#[test]
fn a_credential_of_a_known_system_makes_its_server_known() {
    let mut record = row("nhi-1");
    let of = |record: &Record| held("x", None).registered(vec![record.clone()]).tables(systems(&["y"]));
    assert_eq!(of(&record).fired("shadow-server"), [HERE]);
    record.system = Some("tickets".into());
    assert!(of(&record).fired("shadow-server").is_empty());
}

#[test]
fn a_credential_outside_of_servers_has_no_shadow_and_without_systems_nothing_is_said() {
    let text = Scene::of(credential(1, [At::host("~/.zshrc")])).inventory(Vec::new());
    assert!(text.tables(systems(&["a"])).fired("shadow-server").is_empty());
    assert!(held("x", None).run().not_evaluated["shadow-server"].contains("--inventory"));
}

fn at_home(path: &str, change: impl FnOnce(&mut Record)) -> Scene {
    let mut record = row("nhi-1");
    change(&mut record);
    let mut scene = Scene::of(credential(1, [At::host(path)])).registered(vec![record]);
    scene.mode = Mode::Discover;
    scene.person = Some("ann");
    scene
}

#[test]
fn a_workloads_credential_in_a_home_is_a_persons_use_unless_it_is_theirs() {
    assert_eq!(at_home("~/.zsh_history", |_| ()).fired("human-use"), [HERE]);
    assert!(at_home("~/.zsh_history", |_| ()).why("human-use").contains("`ann`"));
    assert_eq!(at_home("~bob/.zsh_history", |row| row.owner = Some(owner("person", "ann"))).fired("human-use"), [HERE]);
    for mine in ["ann", "Ann", "ann@acme.io"] {
        let scene = at_home("~/.zsh_history", |row| row.owner = Some(owner("person", mine)));
        assert!(scene.fired("human-use").is_empty(), "{mine}");
    }
    assert_eq!(at_home("~/x", |row| row.owner = Some(owner("team", "ann"))).fired("human-use"), [HERE]);
}

#[test]
fn a_declared_place_in_a_home_is_the_same_however_the_home_is_written() {
    let allowed = "[places]\ndefault = ['secret_manager']";
    let declared = |path: &str| {
        at_home("~/.cursor/mcp.json", |row| {
            row.locations = vec![DeclaredLocation {
                kind: "config".into(),
                reference: None,
                path: Some(path.into()),
                pointer: None,
            }];
        })
    };
    for path in ["~/.cursor/mcp.json", "/home/ann/.cursor/mcp.json", "/Users/ann/.cursor/mcp.json", ".cursor/mcp.json"]
    {
        assert!(declared(path).policy(allowed).fired("wrong-location").is_empty(), "{path}");
    }
    for path in ["/home/ann/.kiro/mcp.json", "/etc/.cursor/mcp.json"] {
        assert_eq!(declared(path).policy(allowed).fired("wrong-location"), [HERE], "{path}");
    }
}

#[test]
fn nobody_is_told_of_what_is_no_home_or_no_workloads() {
    assert!(at_home("etc/codex/config.toml", |_| ()).fired("human-use").is_empty());
    assert!(at_home("~/x", |row| row.workloads.clear()).fired("human-use").is_empty());
    assert!(at_home("~/x", |row| row.workloads[0].kind = Some("human".into())).fired("human-use").is_empty());
    let mut scan = at_home("~/x", |_| ());
    scan.mode = Mode::Scan;
    assert!(scan.run().not_evaluated["human-use"].contains("discover"));
}
