//! The examples in README.md are true: each `console` block is run in a copy of `tests/cmd/readme.in`.

use std::fs;
use std::path::Path;

use crate::runner::Case;

/// A case with the files that the README's examples are run on.
fn case() -> Case {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd/readme.in");
    ["clean/settings.txt", "inventory.jsonl"].into_iter().fold(Case::new(), |case, path| {
        // The folder that trycmd runs the examples of README.md in.
        case.raw(&format!("README.in/{path}"), fs::read(files.join(path)).expect("a file of the examples"))
    })
}

#[test]
fn the_examples_in_the_readme_are_true() {
    let case = case();
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("README.md");
    let here = case.path("README.md");
    fs::write(&here, readme).expect("a copy");
    let cases = trycmd::TestCases::new();
    cases.register_bin("keytrawl", Path::new(env!("CARGO_BIN_EXE_keytrawl")));
    cases.case(&here);
    cases.run();
}
