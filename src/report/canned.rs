//! One report for all tests of writers: two credentials, an inventory row, a gap, an exception.

use std::collections::BTreeMap;

use super::*;

pub(super) fn suppression() -> Suppression {
    Suppression {
        kind: "exception".to_owned(),
        id: Some("EX-2026-014".to_owned()),
        justification: "migration under way, until 2026-12-31".to_owned(),
    }
}

fn text(words: &str) -> Option<String> {
    Some(words.to_owned())
}

fn region(line: u32) -> Region {
    Region { start_line: line, start_column: 9, end_line: line, end_column: 49, byte_offset: 120, byte_length: 40 }
}

fn occurrence(path: &str, line: u32) -> Occurrence {
    Occurrence {
        path: path.to_owned(),
        region: region(line),
        place: "repo".to_owned(),
        asset: "github.com/acme/agents".to_owned(),
        detector: "github-pat".to_owned(),
        confidence: "high".to_owned(),
        slot: "env".to_owned(),
        client: text("cursor"),
        server: text("github"),
        pointer: text("/mcpServers/github/env/GITHUB_TOKEN"),
        variable: text("GITHUB_TOKEN"),
        environment: text("prod"),
        expected_issuer: None,
        commits: None,
    }
}

fn finding(id: u32, check: &str, severity: &str, at: (&str, usize), place: &Occurrence) -> Finding {
    Finding {
        id: format!("{id:032x}"),
        check: check.to_owned(),
        severity: severity.to_owned(),
        message: format!("the {check} check fired for server `github`"),
        credential: text(at.0),
        occurrence: Some(at.1),
        path: place.path.clone(),
        region: place.region,
        records: Vec::new(),
        also: Vec::new(),
        suppressed: None,
        baseline_state: None,
    }
}

pub(super) fn report() -> Report {
    let ids = ["a1".repeat(16), "b2".repeat(16)];
    let places: Vec<Occurrence> = (1..=25).map(|n| occurrence(&format!("team {n}/.mcp.json"), n)).collect();
    let lone = Occurrence { client: None, server: None, slot: "text".to_owned(), ..occurrence("<stdin>", 3) };
    let standing = Standing {
        status: "unregistered".to_owned(),
        matched_by: None,
        records: Vec::new(),
        reason: None,
        state: None,
        owner: None,
        team: None,
        system: None,
        workloads: Vec::new(),
        expires_at: None,
        since: None,
    };
    let registered = Standing {
        status: "exact".to_owned(),
        matched_by: text("sha256"),
        records: vec!["NHI-0042".to_owned()],
        state: text("active"),
        owner: text("team:payments"),
        team: text("payments"),
        system: text("github"),
        workloads: vec!["triage".to_owned()],
        expires_at: text("2026-12-31T00:00:00Z"),
        since: text("2026-10-01T00:00:00Z"),
        ..standing.clone()
    };
    let credential = |id: &str, standing: Standing, occurrences: Vec<Occurrence>| Credential {
        id: id.to_owned(),
        transient: false,
        detector: "github-pat".to_owned(),
        issuer: text("github"),
        kind: "api_token".to_owned(),
        preview: "ghp_… (40)".to_owned(),
        confidence: "high".to_owned(),
        facts: BTreeMap::from([("account".to_owned(), "acme".to_owned())]),
        keys: vec![MatchEntry { alg: "sha256".to_owned(), value: format!("hex:{}", "0b".repeat(32)) }],
        standing,
        occurrences,
    };
    let mut findings = vec![
        finding(1, "unregistered", "high", (&ids[0], 0), &places[0]),
        finding(2, "unregistered", "high", (&ids[0], 1), &places[1]),
        finding(3, "exposed-on-host", "medium", (&ids[1], 0), &lone),
    ];
    findings[2].suppressed = Some(suppression());
    findings.push(Finding {
        credential: None,
        occurrence: None,
        path: "inventory/nhi.jsonl".to_owned(),
        region: Region::line(7),
        records: vec!["NHI-0042".to_owned(), "NHI-0043".to_owned()],
        ..finding(4, "duplicate-records", "medium", ("", 0), &lone)
    });
    let credentials = vec![credential(&ids[0], standing, places), credential(&ids[1], registered, vec![lone])];
    Report {
        schema: SCHEMA.to_owned(),
        tool: Tool { name: "keytrawl".to_owned(), version: "0.1.0".to_owned() },
        mode: "scan".to_owned(),
        now: "2026-11-23T00:00:00Z".to_owned(),
        settings: Settings {
            digest: "c3".repeat(32),
            fail_on: vec!["medium".to_owned()],
            primary_only: false,
            inventory: true,
        },
        coverage: Coverage {
            complete: false,
            files: 27,
            members: 0,
            blobs: 0,
            commits: 0,
            tags: 0,
            bytes: 12_345,
            skipped: BTreeMap::from([("symlink".to_owned(), 1), ("unreadable".to_owned(), 1)]),
            not_evaluated: BTreeMap::from([("stale-record".to_owned(), "no sweep".to_owned())]),
        },
        assets: vec![Asset {
            id: "github.com/acme/agents".to_owned(),
            remote: text("https://github.com/acme/agents.git"),
            revision: text("0123456789012345678901234567890123456789"),
            branch: text("main"),
        }],
        credentials,
        references: vec![reference()],
        findings,
        servers: vec![Server {
            path: "agents/.mcp.json".to_owned(),
            line: 3,
            asset: "github.com/acme/agents".to_owned(),
            client: text("claude-code"),
            name: text("github"),
            kind: text("package"),
            target: text("@modelcontextprotocol/server-github"),
            known: text("github"),
            pointer: "/mcpServers/github".to_owned(),
            credentials: vec![ids[0].clone()],
            references: vec!["GITHUB_HOST".to_owned()],
        }],
        files: vec![HostFile {
            path: "~/.claude.json".to_owned(),
            kind: "config".to_owned(),
            client: text("claude-code"),
            mode: text("0644"),
            world_readable: true,
        }],
        notices: vec![
            Notice {
                kind: "unreadable".to_owned(),
                level: "error".to_owned(),
                path: text("vault/.env"),
                line: None,
                message: "permission denied".to_owned(),
                hint: text("run as a user who may read it"),
            },
            Notice {
                kind: "inventory-row".to_owned(),
                level: "warning".to_owned(),
                path: text("inventory/nhi.jsonl"),
                line: Some(9),
                message: "no `issuer`".to_owned(),
                hint: None,
            },
        ],
        notice_kinds: BTreeMap::from([
            ("inventory-row".to_owned(), "A row of the inventory was refused.".to_owned()),
            ("unreadable".to_owned(), "A file could not be read.".to_owned()),
        ]),
        exceptions: vec![Exception { id: "EX-1".to_owned(), state: "used".to_owned() }],
        scorecard: None,
    }
}

fn reference() -> Reference {
    Reference {
        path: ".mcp.json".to_owned(),
        region: Region::line(5),
        asset: "github.com/acme/agents".to_owned(),
        slot: "env".to_owned(),
        client: text("claude-code"),
        server: text("notion"),
        pointer: text("/mcpServers/notion/env/NOTION_TOKEN"),
        variable: text("NOTION_TOKEN"),
        kind: "store".to_owned(),
        name: "op://team/notion/token".to_owned(),
        standing: "managed".to_owned(),
        defined_in: vec![".env".to_owned()],
        credentials: vec!["0".repeat(32)],
        records: vec!["NHI-0042".to_owned()],
    }
}
