//! The files of the sample workspace: two repositories, a laptop and an env dump.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use git2::{Repository, RepositoryInitOptions, Signature, Time};
use jiff::Timestamp;

use super::wallet::Wallet;

/// Why the workspace could not be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum WorkspaceError {
    /// The directory holds something already.
    #[error("`{0}` is not empty\nhint: name a directory that is empty or does not exist yet")]
    NotEmpty(String),
    /// A file or directory.
    #[error("could not write `{path}`")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A repository.
    #[error("could not make the repository `{path}`")]
    Repository {
        /// Which.
        path: String,
        /// Why.
        source: git2::Error,
    },
}

/// One file of a repository.
struct Tracked<'a> {
    path: &'a str,
    text: String,
}

/// Directory that is scanned.
pub(super) fn root(demo: &Path) -> PathBuf {
    demo.join("workspace")
}

/// Env dump that is scanned.
pub(super) fn dump(demo: &Path) -> PathBuf {
    demo.join("dumps").join("agent-pod.txt")
}

/// Makes `demo` ready: it must be empty, or absent.
pub(super) fn prepare(demo: &Path) -> Result<(), WorkspaceError> {
    let occupied = fs::read_dir(demo).is_ok_and(|mut entries| entries.next().is_some());
    if occupied || demo.is_file() {
        return Err(WorkspaceError::NotEmpty(demo.display().to_string()));
    }
    fs::create_dir_all(demo).map_err(|source| WorkspaceError::File { path: demo.display().to_string(), source })
}

/// Writes everything that is scanned.
pub(super) fn write(demo: &Path, wallet: &Wallet, now: Timestamp) -> Result<(), WorkspaceError> {
    let root = root(demo);
    let payments = root.join("payments-agent");
    repository(&payments, "https://github.com/example/payments-agent.git", &payments_agent(wallet), now)?;
    // Ignored by git, and so on no server, but still on this machine.
    put(&payments.join(".env"), &format!("LOG_LEVEL=info\nOPENAI_API_KEY={}\n", wallet.openai))?;
    let research = root.join("research-agent");
    repository(&research, "https://github.com/example/research-agent.git", &research_agent(wallet), now)?;
    put(&root.join("laptop/.config/goose/config.yaml"), &goose(wallet))?;
    put(&dump(demo), &env_dump(wallet))
}

fn payments_agent(wallet: &Wallet) -> [Tracked<'static>; 4] {
    let Wallet { github, postgres, linear, notion, .. } = wallet;
    [
        Tracked { path: ".gitignore", text: ".env\n".to_owned() },
        Tracked {
            path: ".mcp.json",
            text: format!(
                r#"{{
  "mcpServers": {{
    "github": {{
      "command": "docker",
      "args": ["run", "-i", "--rm", "-e", "GITHUB_PERSONAL_ACCESS_TOKEN", "ghcr.io/github/github-mcp-server"],
      "env": {{ "GITHUB_PERSONAL_ACCESS_TOKEN": "{github}" }}
    }},
    "ledger-db": {{
      "command": "npx",
      "args": ["-y", "@modelcontextprotocol/server-postgres", "postgresql://agent:{postgres}@ledger.example.com/ledger"]
    }},
    "sentry": {{
      "command": "npx",
      "args": ["-y", "@sentry/mcp-server"],
      "env": {{ "SENTRY_AUTH_TOKEN": "${{SENTRY_AUTH_TOKEN}}" }}
    }}
  }}
}}
"#
            ),
        },
        Tracked {
            path: ".cursor/mcp.json",
            text: format!(
                r#"{{
  "mcpServers": {{
    "linear": {{
      "url": "https://mcp.linear.app/mcp",
      "headers": {{ "Authorization": "Bearer {linear}" }}
    }},
    "notion": {{
      "command": "npx",
      "args": ["-y", "@notionhq/notion-mcp-server"],
      "env": {{ "NOTION_TOKEN": "{notion}" }}
    }}
  }}
}}
"#
            ),
        },
        Tracked {
            path: "README.md",
            text: "# payments-agent\n\nPut your own token into `.mcp.json`:\n\n    \"GITHUB_PERSONAL_ACCESS_TOKEN\": \"<your-token-here>\"\n"
                .to_owned(),
        },
    ]
}

fn research_agent(wallet: &Wallet) -> [Tracked<'static>; 3] {
    let Wallet { github, anthropic, slack, .. } = wallet;
    [
        Tracked {
            path: ".vscode/mcp.json",
            text: format!(
                r#"{{
  // The model asks for the key of the search server when it needs it.
  "inputs": [{{ "id": "search-key", "type": "promptString", "password": true, "description": "Search key" }}],
  "servers": {{
    "code-search": {{
      "type": "http",
      "url": "https://api.githubcopilot.com/mcp/",
      "headers": {{ "Authorization": "Bearer {github}" }},
    }},
    "search": {{
      "type": "stdio",
      "command": "npx",
      "args": ["-y", "search-mcp"],
      "env": {{ "SEARCH_API_KEY": "${{input:search-key}}" }},
    }},
  }},
}}
"#
            ),
        },
        Tracked {
            path: ".codex/config.toml",
            text: format!(
                r#"model = "o4-mini"

[mcp_servers.summarise]
command = "uvx"
args = ["summarise-mcp"]

[mcp_servers.summarise.env]
ANTHROPIC_API_KEY = "{anthropic}"
"#
            ),
        },
        Tracked {
            path: "src/alerts.py",
            text: format!(
                "from slack_sdk import WebClient\n\n\ndef client():\n    return WebClient(token=\"{slack}\")\n"
            ),
        },
    ]
}

fn goose(wallet: &Wallet) -> String {
    format!(
        r#"GOOSE_PROVIDER: openai
extensions:
  models:
    enabled: true
    type: stdio
    cmd: uvx
    args: [huggingface-mcp]
    envs:
      HF_TOKEN: {}
"#,
        wallet.hugging_face
    )
}

fn env_dump(wallet: &Wallet) -> String {
    let Wallet { aws_id, aws_secret, stripe, .. } = wallet;
    format!(
        "PATH=/usr/local/bin:/usr/bin:/bin\nHOSTNAME=billing-agent-7c9d\nAWS_REGION=eu-central-1\n\
         AWS_ACCESS_KEY_ID={aws_id}\nAWS_SECRET_ACCESS_KEY={aws_secret}\nSTRIPE_SECRET_KEY={stripe}\n"
    )
}

/// Writes a file and the directories it lies in.
pub(super) fn put(path: &Path, text: &str) -> Result<(), WorkspaceError> {
    let directory = path.parent().unwrap_or(path);
    fs::create_dir_all(directory)
        .and_then(|()| fs::write(path, text))
        .map_err(|source| WorkspaceError::File { path: path.display().to_string(), source })
}

fn repository(path: &Path, remote: &str, files: &[Tracked<'_>], now: Timestamp) -> Result<(), WorkspaceError> {
    for file in files {
        put(&path.join(file.path), &file.text)?;
    }
    commit(path, remote, files, now)
        .map_err(|source| WorkspaceError::Repository { path: path.display().to_string(), source })
}

fn commit(path: &Path, remote: &str, files: &[Tracked<'_>], now: Timestamp) -> Result<(), git2::Error> {
    // No template: a hook of the user's own has no business in a sample.
    let repository =
        Repository::init_opts(path, RepositoryInitOptions::new().initial_head("main").external_template(false))?;
    repository.remote("origin", remote)?;
    let mut index = repository.index()?;
    for file in files {
        index.add_path(Path::new(file.path))?;
    }
    index.write()?;
    let tree = repository.find_tree(index.write_tree()?)?;
    let author = Signature::new("Sample", "sample@example.com", &Time::new(now.as_second(), 0))?;
    repository.commit(Some("HEAD"), &author, &author, "Add the agent", &tree, &[])?;
    Ok(())
}
