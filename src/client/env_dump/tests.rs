//! Each form of a dump, written as its program writes it and read back to the byte.

use proptest::prelude::*;

use super::*;

fn pairs(raw: &str) -> Vec<(String, String)> {
    let dump = read(raw);
    dump.assignments.iter().map(|it| (it.name.clone().into_owned(), it.text.as_str().to_owned())).collect()
}

fn expect(raw: &str, expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    assert_eq!(pairs(raw), expected, "{raw}");
}

#[test]
fn lines_of_env_keep_their_line_breaks() {
    expect(
        "A=1\r\nKEY=-----BEGIN X-----\nabc=\n-----END X-----\nB=x=y\nC=\n",
        &[("A", "1"), ("KEY", "-----BEGIN X-----\nabc=\n-----END X-----"), ("B", "x=y"), ("C", "")],
    );
}

#[test]
fn nul_separated_dumps_are_read() {
    let raw = "PATH=/bin\0B=two\nlines\0C=\0";
    assert_eq!(recognise(raw), Some(Form::Nul));
    expect(raw, &[("PATH", "/bin"), ("B", "two\nlines"), ("C", "")]);
}

#[test]
fn exports_are_unquoted_to_the_byte() {
    let raw = "declare -x A=\"x\\\"y\\$z\"\nexport B='it'\\''s'\ndeclare -rx C=$'a\\nb\\x41\\303\\251'\nexport D=plain\ndeclare -x E\nexport F='it'\"'\"'s'\n";
    expect(raw, &[("A", "x\"y$z"), ("B", "it's"), ("C", "a\nbAé"), ("D", "plain"), ("F", "it's")]);
    let dump = read(raw);
    let span = dump.assignments[3].text.span();
    assert_eq!(&raw[span.start..span.end], "plain");
}

#[test]
fn an_export_of_several_lines_ends_where_its_quote_does() {
    expect("declare -x A=\"one\nB=two\"\ndeclare -x C=\"3\"\n", &[("A", "one\nB=two"), ("C", "3")]);
}

#[test]
fn the_variables_of_set_are_unquoted_and_its_functions_are_passed_over() {
    let raw = "BASH=/usr/bin/bash\nA='x y'\nARR=([0]=\"x\")\nIFS=$' \\t\\n'\nB=$'a\\'b'\nf () \n{ \n    local x=1\n}\n";
    expect(raw, &[("BASH", "/usr/bin/bash"), ("A", "x y"), ("IFS", " \t\n"), ("B", "a'b")]);
}

#[test]
fn what_fish_lists_is_unquoted() {
    let raw = "A_TOKEN a\\'b\\nc\nB 'x 'y\\'\nEMPTY\nHOME /root\nPATH '/usr/bin'  '/bin'\nSHLVL 1\nUSER me\n";
    assert_eq!(recognise(raw), Some(Form::Fish));
    let system = [("HOME", "/root"), ("SHLVL", "1"), ("USER", "me")];
    let own = [("A_TOKEN", "a'b\nc"), ("B", "x 'y\\"), ("EMPTY", "")];
    expect(raw, &[&own[..], &system[..]].concat());
    let cut = format!("A_TOKEN {}…\n{raw}", "x".repeat(60));
    assert_eq!(read(&cut).truncated, [Truncated { name: "A_TOKEN".into(), at: 0 }]);
    assert_eq!(recognise("HOME sweet\nPATH of life\nUSER manual\nwith words\n"), None);
}

#[test]
fn what_a_system_manager_shows_is_told_by_its_escapes() {
    let raw = "LANG=C.UTF-8\nPATH=/bin\nA=$'x\\ty'\n";
    assert_eq!(recognise(raw), Some(Form::Set));
    expect(raw, &[("LANG", "C.UTF-8"), ("PATH", "/bin"), ("A", "x\ty")]);
}

#[test]
fn what_systemd_escapes_is_unescaped() {
    expect(
        "HOME=/root\nPATH=/bin\nLANG=C\nA=$'x\\ty\\'z'\n",
        &[("HOME", "/root"), ("PATH", "/bin"), ("LANG", "C"), ("A", "x\ty'z")],
    );
}

#[test]
fn a_fish_environment_is_read() {
    expect(
        "set -gx A 'it\\'s'\nset --export B two\nset -x C \"q\\\"\"\n",
        &[("A", "it's"), ("B", "two"), ("C", "q\"")],
    );
}

#[test]
fn a_powershell_table_is_read_and_cut_values_are_told() {
    let raw = "\r\nName                           Value\r\n----                           -----\r\nAPI_KEY                        abc def\r\nLONG                           abc...\r\nA_VERY_LONG_NAME_THAT_IS_CU... x\r\nNEW                            abc…\r\nWRAPPED                        abc\r\n                               def\r\n";
    expect(raw, &[("API_KEY", "abc def"), ("WRAPPED", "abcdef")]);
    let names: Vec<_> = read(raw).truncated.into_iter().map(|it| it.name.into_owned()).collect();
    assert_eq!(names, ["LONG", "A_VERY_LONG_NAME_THAT_IS_CU...", "NEW"]);
}

#[test]
fn a_powershell_list_is_read_and_wrapped_lines_are_joined() {
    let raw = "\nName  : A\nValue : x: y\n\nName  : B\nValue : 123456789012\n        abc\n\nName  : KEY\nValue : -----BEGIN X\n        abc\n        -----END X\n";
    expect(raw, &[("A", "x: y"), ("B", "123456789012abc"), ("KEY", "-----BEGIN X\nabc\n-----END X")]);
}

#[test]
fn documents_are_read_with_pointers() {
    let raw = r#"[{"Id": "x", "State": {}, "Config": {"Env": ["A=1=2", "B=x\ny"], "Cmd": null}}]"#;
    assert_eq!(recognise(raw), Some(Form::Json));
    expect(raw, &[("A", "1=2"), ("B", "x\ny")]);
    assert_eq!(read(raw).assignments[0].pointer.as_deref(), Some("/0/Config/Env/0"));
    expect("{\"A\": \"1\", \"B\": \"x\"}", &[("A", "1"), ("B", "x")]);
    let raw = "apiVersion: v1\nkind: List\nitems:\n- kind: Pod\n  spec:\n    containers:\n    - env:\n      - name: A\n        value: \"1\"\n      - name: B\n        valueFrom: {}\n- kind: Secret\n  data:\n    C: eHl6\n";
    assert_eq!(recognise(raw), Some(Form::Yaml));
    expect(raw, &[("A", "1"), ("C", "xyz")]);
}

#[test]
fn texts_that_are_no_dump_are_told_so() {
    for text in [
        "",
        "A=1\nB=2\nC=3\n",
        "PATH=/bin\nAPI=1\n",
        "export PATH=$PATH:/x\nexport EDITOR=vi\n",
        "# HOME=1\nPATH\n",
        "{\"a\": [1]}",
        "Name Value\nx y\n",
        "apiVersion: v1\nkind: Pod\n",
        "fn main() {}\n",
    ] {
        assert_eq!(recognise(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_and_spans_slice_it(raw in "\\PC{0,60}|(declare -x |export |Name  : |Value : |---- -----\n)?[A-C=$'\"\\\\x0u \n\0\u{e9}]{0,80}") {
        for form in [Form::Lines, Form::Nul, Form::Shell, Form::Set, Form::Table, Form::List, Form::Json, Form::Yaml] {
            for found in read_as(&raw, form).assignments {
                let span = found.text.span();
                prop_assert!(raw.get(span.start..span.end).is_some());
            }
        }
        let _ = recognise(&raw);
    }
}
