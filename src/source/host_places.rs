//! Places of a home directory that belong to no client's settings: shells, transcripts, logs, files of variables.

/// What a place of a host holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sort {
    /// The config of a client.
    Config,
    /// Tokens that a client was given.
    Tokens,
    /// What a shell reads when it starts, and what was typed into one.
    Shell,
    /// Variables.
    Variables,
    /// What an agent and its user said, and what the tools answered.
    Transcript,
    /// Logs of servers.
    Log,
}

impl Sort {
    /// The word used in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Tokens => "token-store",
            Self::Shell => "shell",
            Self::Variables => "variables",
            Self::Transcript => "transcript",
            Self::Log => "log",
        }
    }

    /// Whether a directory of that name is meant with all that is in it.
    pub(super) const fn is_directory(self) -> bool {
        matches!(self, Self::Transcript | Self::Log)
    }
}

/// Path patterns below a home directory, by what they are.
pub const OTHER: &[(Sort, &[&str])] = &[
    (
        Sort::Shell,
        &[
            "~/.profile",
            "~/.bashrc",
            "~/.bash_profile",
            "~/.bash_login",
            "~/.bash_logout",
            "~/.bash_aliases",
            "~/.bash_history",
            "~/.zshrc",
            "~/.zshenv",
            "~/.zprofile",
            "~/.zlogin",
            "~/.zsh_history",
            "~/.histfile",
            "~/.zsh_sessions/*.history",
            "~/.kshrc",
            "~/.mkshrc",
            "~/.cshrc",
            "~/.tcshrc",
            "~/.login",
            "~/.history",
            "~/.sh_history",
            "~/.ash_history",
            "~/.ksh_history",
            "~/.xprofile",
            "~/.xsessionrc",
            "~/.config/zsh/.zshrc",
            "~/.config/zsh/.zshenv",
            "~/.config/zsh/.zsh_history",
            "~/.config/fish/config.fish",
            "~/.config/fish/conf.d/*.fish",
            "~/.config/fish/fish_variables",
            "~/.local/share/fish/fish_history",
            "~/.config/nushell/config.nu",
            "~/.config/nushell/env.nu",
            "~/.config/nushell/history.txt",
            "~/.config/powershell/*.ps1",
            "~/.local/share/powershell/PSReadLine/*_history.txt",
            "~/AppData/Roaming/Microsoft/Windows/PowerShell/PSReadLine/*_history.txt",
            "~/Documents/PowerShell/*.ps1",
            "~/Documents/WindowsPowerShell/*.ps1",
            "~/.aws/amazonq/.cli_bash_history",
        ],
    ),
    (
        Sort::Variables,
        &[
            "~/.env",
            "~/.env.*",
            "~/.envrc",
            "~/.config/environment.d/*.conf",
            "~/.pam_environment",
            "~/.codex/.env",
            "~/.docker/mcp/.env",
            "~/.goose/.env",
            "~/Library/LaunchAgents/*.plist",
            "~/.config/systemd/user/*.service",
        ],
    ),
    (
        Sort::Transcript,
        &[
            "~/.claude/projects",
            "~/.claude/history.jsonl",
            "~/.claude/debug",
            "~/.claude/shell-snapshots",
            "~/.claude/todos",
            "~/.codex/sessions",
            "~/.codex/archived_sessions",
            "~/.codex/history.jsonl",
            "~/.cursor/chats",
            "~/.cursor/projects/*/agent-transcripts",
            "~/.gemini/tmp",
            "~/.qwen/tmp",
            "~/.qwen/projects",
            "~/.copilot/session-state",
            "~/.copilot/history-session-state",
            "~/.continue/sessions",
            "~/.factory/sessions",
            "~/.crush/crush.db",
            "~/.aider.chat.history.md",
            "~/.aider.input.history",
            "{local}/opencode/storage",
            "{local}/goose/sessions",
            "{local}/amp/threads",
            "{config}/Code/User/globalStorage/saoudrizwan.claude-dev/tasks",
            "{config}/Cursor/User/globalStorage/saoudrizwan.claude-dev/tasks",
            "{config}/Code/User/globalStorage/rooveterinaryinc.roo-cline/tasks",
            "{config}/Code/User/globalStorage/kilocode.kilo-code/tasks",
            "{config}/Code/User/workspaceStorage/*/chatSessions",
            "~/.cline/data/tasks",
        ],
    ),
    (
        Sort::Log,
        &[
            "~/Library/Logs/Claude/mcp*.log",
            "{config}/Claude/logs/mcp*.log",
            "~/.cache/claude-cli-nodejs",
            "~/.codex/log",
            "{config}/Code/logs/**/mcpServer*.log",
            "{config}/Cursor/logs/**/mcpServer*.log",
        ],
    ),
];
