//! What a reference refers to, by how it is written: a variable, an input, a file, a command, a secret in a store.

/// What stands at the other end of a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReferenceKind {
    /// A variable of the environment.
    Variable,
    /// An input that the client asks for, or a setting of an extension.
    Input,
    /// Another file.
    File,
    /// What a command prints.
    Command,
    /// A secret in a secret manager, a keychain, a cluster or a pipeline.
    Store,
    /// A hole that some other program fills before the config is used.
    Template,
}

impl ReferenceKind {
    /// The word used in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Variable => "variable",
            Self::Input => "input",
            Self::File => "file",
            Self::Command => "command",
            Self::Store => "store",
            Self::Template => "template",
        }
    }

    /// The kind of a reference that is written so.
    #[must_use]
    pub fn of(written: &str) -> Self {
        let written = written.trim();
        let inner = written.trim_start_matches(['$', '=', '{', '%', ' ']);
        let begins = |words: &[&str]| words.iter().any(|word| inner.starts_with(word));
        if ["$(", "`", "!", "cmd:", "command:", "exec:", "shell:"].iter().any(|head| written.starts_with(head)) {
            Self::Command
        } else if begins(&[
            "env:",
            "env.",
            "env://",
            "$env",
            "process.env",
            "import.meta.env",
            "os.environ",
            "os.getenv",
        ]) {
            Self::Variable
        } else if begins(&["file:", "file://"]) {
            Self::File
        } else if begins(&["input:", "inputs.", "user_config.", "config:"]) {
            Self::Input
        } else if begins(&["secrets.", "secret:", "secretRef:", "secretref:", "vars."]) {
            Self::Store
        } else if written.starts_with("${{")
            || written.starts_with("{{")
            || written.starts_with("={{")
            || written.starts_with('{')
        {
            Self::Template
        } else if written.starts_with("${") {
            // `${kind:name}`, as editors look a name up elsewhere.
            match inner.split(['}', '-', '=', '?', '+']).next().and_then(|name| name.split_once(':')) {
                Some((_, name)) if !name.is_empty() => Self::Template,
                _ => Self::Variable,
            }
        } else if written.starts_with('$') || written.starts_with('%') {
            Self::Variable
        } else {
            Self::Store
        }
    }

    /// Whether a variable is one that editors and shells set themselves, so that nothing has to define it.
    #[must_use]
    pub fn is_predefined(name: &str) -> bool {
        const NAMES: &[&str] = &[
            "HOME",
            "USER",
            "USERNAME",
            "USERPROFILE",
            "LOGNAME",
            "PATH",
            "PWD",
            "OLDPWD",
            "SHELL",
            "TMPDIR",
            "TEMP",
            "TMP",
            "LANG",
            "HOSTNAME",
            "COMPUTERNAME",
            "APPDATA",
            "LOCALAPPDATA",
            "PROGRAMDATA",
            "ProgramFiles",
            "SystemRoot",
            "XDG_CONFIG_HOME",
            "XDG_DATA_HOME",
            "XDG_CACHE_HOME",
            "XDG_RUNTIME_DIR",
            "workspaceFolder",
            "workspaceRoot",
            "workspaceFolderBasename",
            "userHome",
            "cwd",
            "file",
            "fileDirname",
            "pathSeparator",
            "__dirname",
            "DOCUMENTS",
            "DESKTOP",
            "DOWNLOADS",
            "CLAUDE_PLUGIN_ROOT",
            "CLAUDE_PROJECT_DIR",
            "extensionPath",
            "projectDir",
            "UID",
            "GID",
            "DISPLAY",
            "SSH_AUTH_SOCK",
        ];
        NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_a_reference_is_written_tells_its_kind() {
        use ReferenceKind::{Command, File, Input, Store, Template, Variable};
        for (written, kind) in [
            ("$GITHUB_TOKEN", Variable),
            ("${GITHUB_TOKEN:-x}", Variable),
            ("${env:GITHUB_TOKEN}", Variable),
            ("{env:GITHUB_TOKEN}", Variable),
            ("%GITHUB_TOKEN%", Variable),
            ("$env:GITHUB_TOKEN", Variable),
            ("process.env.GITHUB_TOKEN", Variable),
            ("env:GITHUB_TOKEN", Variable),
            ("${input:github}", Input),
            ("${{ inputs.github }}", Input),
            ("${user_config.key}", Input),
            ("{file:./key}", File),
            ("$(pass show x)", Command),
            ("`pass show x`", Command),
            ("op://v/i/f", Store),
            ("vault:kv/x#y", Store),
            ("arn:aws:secretsmanager:eu-west-1:1:secret:x", Store),
            ("${{ secrets.X }}", Store),
            ("projects/1/secrets/x", Store),
            ("{{github.token}}", Template),
            ("{token}", Template),
            ("${command:pick}", Template),
        ] {
            assert_eq!(ReferenceKind::of(written), kind, "{written}");
        }
    }
}
