//! What the path of a file says about the text in it: how values are written there, and how likely they are real.

/// How values are written in a file, as far as its name tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// `NAME=value` without quotes means a value: dotenv, ini, properties, YAML, shell, Dockerfile, Terraform variables.
    Settings,
    /// Text without a syntax, such as logs and notes: values stand bare as in settings, but nothing says that they count.
    Plain,
    /// A program: only a quoted literal is a value.
    Code,
    /// Markup and prose: values are mostly examples.
    Prose,
    /// Locks, checksums, minified and generated files: long random strings that are nobody's credential.
    Derived,
}

/// What is known of an artifact from its path alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Context {
    /// How values are written.
    pub(super) kind: Kind,
    /// The path speaks of tests, examples, fixtures, documentation or third-party code.
    pub(super) rehearsal: bool,
}

const SETTINGS: &[&str] = &[
    "env",
    "ini",
    "cfg",
    "conf",
    "config",
    "properties",
    "yaml",
    "yml",
    "toml",
    "sh",
    "bash",
    "zsh",
    "fish",
    "ps1",
    "bat",
    "cmd",
    "tfvars",
    "envrc",
    "service",
    "npmrc",
    "netrc",
    "pypirc",
    "credentials",
    "history",
    "profile",
    "bashrc",
    "zshrc",
    "pgpass",
    "editorconfig",
];

const PROSE: &[&str] = &["md", "mdx", "markdown", "rst", "adoc", "html", "htm", "tex", "org", "svg", "pod", "man"];

const DERIVED: &[&str] = &[
    "lock", "sum", "map", "min.js", "min.css", "snap", "po", "pot", "csv", "tsv", "sha256", "sha512", "md5", "asc",
    "sig", "crl", "crt", "cer", "der", "woff", "woff2", "ttf", "pdf", "png", "jpg", "jpeg", "gif", "ico", "wasm",
    "winmd", "lib", "a", "o", "so", "dll", "bin", "dat", "gz", "zip", "xz", "zst", "bz2", "rsp", "asm", "s",
];

const DERIVED_NAMES: &[&str] = &[
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "cargo.lock",
    "poetry.lock",
    "go.sum",
    "composer.lock",
    "gemfile.lock",
    "uv.lock",
    ".cargo-checksum.json",
    ".cargo_vcs_info.json",
    "bun.lock",
    "deno.lock",
];

const REHEARSAL: &[&str] = &[
    "test",
    "tests",
    "testing",
    "testdata",
    "test_data",
    "test-data",
    "spec",
    "specs",
    "__tests__",
    "example",
    "examples",
    "sample",
    "samples",
    "demo",
    "demos",
    "fixture",
    "fixtures",
    "mock",
    "mocks",
    "mockdata",
    "doc",
    "docs",
    "bench",
    "benches",
    "benchmark",
    "benchmarks",
    "vendor",
    "node_modules",
    "third_party",
    "thirdparty",
    "snapshots",
    "corpus",
    "testsuite",
    "unittest",
    "unittests",
    "kat",
    "vectors",
    "testvectors",
    "wycheproof",
    "site-packages",
    "dist-packages",
];

impl Context {
    /// Reads a `/`-separated reported path.
    #[must_use]
    pub(super) fn of(path: &str) -> Self {
        let lower = path.to_ascii_lowercase();
        let name = lower.rsplit(['/', '!']).next().unwrap_or_default();
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        let ends = |list: &[&str]| list.contains(&extension);
        let kind =
            if DERIVED_NAMES.contains(&name) || ends(DERIVED) || name.contains(".min.") || name.contains("generated") {
                Kind::Derived
            } else if ends(PROSE) {
                Kind::Prose
            } else if ends(&["txt", "log", "out"]) {
                Kind::Plain
            } else if ends(SETTINGS)
                || !name.contains('.')
                || name.starts_with(".env")
                || name.starts_with("dockerfile")
                || (name.starts_with('.') && !name.get(1..).unwrap_or_default().contains('.'))
            {
                Kind::Settings
            } else {
                Kind::Code
            };
        let folders = lower.rsplit_once('/').map_or("", |(folders, _)| folders);
        let rehearsal = folders.split(['/', '-', '_', '.']).any(|word| REHEARSAL.contains(&word))
            || name
                .split(['.', '_', '-'])
                .any(|word| REHEARSAL.contains(&word) || word == "dist" || word == "template");
        Self { kind, rehearsal }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_tell_how_values_are_written() {
        for (path, kind, rehearsal) in [
            ("app/.env.production", Kind::Settings, false),
            ("app/.env.example", Kind::Settings, true),
            ("Dockerfile", Kind::Settings, false),
            ("src/main.rs", Kind::Code, false),
            ("src/tests/data.rs", Kind::Code, true),
            ("README.md", Kind::Prose, false),
            ("server.log", Kind::Plain, false),
            ("web/package-lock.json", Kind::Derived, false),
            ("web/app.min.js", Kind::Derived, false),
            ("src/latest.py", Kind::Code, false),
        ] {
            assert_eq!(Context::of(path), Context { kind, rehearsal }, "{path}");
        }
    }
}
