//! What a commit or a tag says.

use super::Id;

/// A commit, as far as it is needed. Borrowed from its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit<'c> {
    /// Its tree.
    pub tree: Id,
    /// Its parents.
    pub parents: Vec<Id>,
    /// Who wrote it: `Name <e-mail> seconds zone`.
    pub author: &'c [u8],
    /// Who committed it, in the same form.
    pub committer: &'c [u8],
}

/// Most parents taken in.
const MOST_PARENTS: usize = 10_000;

impl<'c> Commit<'c> {
    /// Reads the header of a commit; `None` where it is none.
    #[must_use]
    pub fn parse(bytes: &'c [u8]) -> Option<Self> {
        let mut lines = bytes.split(|byte| *byte == b'\n');
        let tree = Id::from_hex(lines.next()?.strip_prefix(b"tree ")?)?;
        let (mut parents, mut author, mut committer) = (Vec::new(), None, None);
        for line in lines.take_while(|line| !line.is_empty()) {
            if let Some(parent) = line.strip_prefix(b"parent ") {
                if author.is_none() && parents.len() < MOST_PARENTS {
                    parents.push(Id::from_hex(parent)?);
                }
            } else if let Some(person) = line.strip_prefix(b"author ") {
                author.get_or_insert(person);
            } else if let Some(person) = line.strip_prefix(b"committer ") {
                committer.get_or_insert(person);
                break;
            }
        }
        Some(Self { tree, parents, author: author.unwrap_or_default(), committer: committer.unwrap_or_default() })
    }

    /// When it was committed, in Unix seconds; 0 where it does not say.
    #[must_use]
    pub fn time(&self) -> i64 {
        person(self.committer).2
    }
}

/// Name, e-mail and time of a line of a commit.
#[must_use]
pub fn person(line: &[u8]) -> (&[u8], &[u8], i64) {
    let close = memchr::memrchr(b'>', line).unwrap_or(line.len());
    let open = memchr::memchr(b'<', &line[..close]).unwrap_or(close);
    let name = line[..open].trim_ascii();
    let mail = line.get(open + 1..close).unwrap_or_default().trim_ascii();
    let time = line.get(close + 1..).unwrap_or_default().trim_ascii();
    let seconds = time.split(|byte| *byte == b' ').next().and_then(|digits| std::str::from_utf8(digits).ok());
    (name, mail, seconds.and_then(|digits| digits.parse().ok()).unwrap_or(0))
}

/// What a tag points at; `None` where it is no tag.
#[must_use]
pub fn tagged(bytes: &[u8]) -> Option<Id> {
    Id::from_hex(bytes.split(|byte| *byte == b'\n').next()?.strip_prefix(b"object ")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_names_its_tree_its_parents_and_who_made_it_when() {
        let text = format!(
            "tree {}\nparent {}\nparent {}\nauthor A B <a@b.test> 12 +0100\ncommitter C <c@d.test> 34 -0500\n\nparent {}\n",
            "1".repeat(40),
            "2".repeat(40),
            "3".repeat(40),
            "4".repeat(40)
        );
        let commit = Commit::parse(text.as_bytes()).expect("a commit");
        assert_eq!((commit.tree.to_string(), commit.parents.len(), commit.time()), ("1".repeat(40), 2, 34));
        assert_eq!(person(commit.author), (&b"A B"[..], &b"a@b.test"[..], 12));
    }

    #[test]
    fn odd_people_and_broken_commits_do_not_end_the_reading() {
        assert_eq!(person(b""), (&b""[..], &b""[..], 0));
        assert_eq!(person(b"no mail 12 +0000").2, 0);
        assert_eq!(person(b"x> <y"), (&b"x"[..], &b""[..], 0));
        assert!(Commit::parse(b"tree 12\n").is_none() && Commit::parse(b"").is_none());
        assert!(Commit::parse(format!("tree {}\n", "1".repeat(40)).as_bytes()).is_some_and(|it| it.time() == 0));
        assert!(tagged(format!("object {}\ntype commit\n", "a".repeat(40)).as_bytes()).is_some());
    }
}
