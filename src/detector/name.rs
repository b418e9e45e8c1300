//! What the name of a variable, header, flag or query parameter says about its value.

/// Whether a name is that of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// It names a credential.
    Secret,
    /// It names something that only looks like one: an id, a path, a limit.
    NotSecret,
    /// It says nothing.
    Neutral,
}

/// The role of a name, by its words.
#[must_use]
pub fn role(name: &str) -> Role {
    let mut words: Vec<String> = Vec::new();
    let mut previous = ' ';
    for character in name.chars() {
        if !character.is_ascii_alphanumeric() {
            words.push(String::new());
        } else if words.is_empty() || (character.is_ascii_uppercase() && previous.is_ascii_lowercase()) {
            words.push(character.to_ascii_lowercase().to_string());
        } else if let Some(word) = words.last_mut() {
            word.push(character.to_ascii_lowercase());
        }
        previous = character;
    }
    words.retain(|word| !word.is_empty());
    let last = words.last().map_or("", String::as_str);
    if matches!(
        last,
        "id" | "url"
            | "uri"
            | "path"
            | "file"
            | "name"
            | "type"
            | "dir"
            | "limit"
            | "ttl"
            | "host"
            | "port"
            | "endpoint"
            | "username"
            | "arn"
            | "mode"
            | "method"
    ) || words.first().is_some_and(|word| word == "max")
        || (words.len() > 1 && matches!(words[words.len() - 2].as_str(), "public" | "publishable") && last == "key")
    {
        return Role::NotSecret;
    }
    let secret = |word: &str| {
        matches!(
            word,
            "token"
                | "secret"
                | "password"
                | "passwd"
                | "pwd"
                | "passphrase"
                | "pat"
                | "apikey"
                | "authorization"
                | "auth"
                | "credential"
                | "credentials"
                | "cookie"
                | "key"
                | "secretkey"
                | "bearer"
                | "dsn"
        )
    };
    if secret(last) || words.iter().any(|word| matches!(word.as_str(), "password" | "secret" | "apikey")) {
        Role::Secret
    } else {
        Role::Neutral
    }
}
