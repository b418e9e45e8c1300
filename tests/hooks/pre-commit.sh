#!/bin/sh
# Runs the hooks of .pre-commit-hooks.yaml under the real pre-commit, in a real repository.
#
#   tests/hooks/pre-commit.sh KEYTRAWL
#   tests/hooks/pre-commit.sh --build
#
# KEYTRAWL is the program that the hook `keytrawl-system` is to run. With --build pre-commit builds what is committed in this
# checkout, as it does for the hook `keytrawl`: minutes, unless CARGO_TARGET_DIR names a directory with what it depends on.
# Ends with 0 if pre-commit did what it should, 1 if it did not, 4 if pre-commit cannot be had (no Python, no network).
# It is installed once, into $KEYTRAWL_PRE_COMMIT or the user's cache directory.
set -eu

version=4.7.0
home=${KEYTRAWL_PRE_COMMIT:-${XDG_CACHE_HOME:-$HOME/.cache}/keytrawl/pre-commit-$version}
here=$(cd "$(dirname "$0")/../.." && pwd)

cannot() {
    echo "HOOKS NOT TESTED: $1" >&2
    exit 4
}

[ $# = 1 ] || { echo "usage: $0 KEYTRAWL | --build" >&2; exit 2; }
hook=keytrawl-system
if [ "$1" = --build ]; then
    hook=keytrawl
    command -v cargo >/dev/null || cannot "cargo is not installed"
    export CARGO_HOME="${CARGO_HOME:-$HOME/.cargo}" RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}"
else
    program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
    [ -x "$program" ] || { echo "$1: not a program" >&2; exit 2; }
fi
command -v git >/dev/null || cannot "git is not installed"
if [ ! -x "$home/bin/pre-commit" ]; then
    command -v python3 >/dev/null || cannot "python3 is not installed"
    rm -rf "$home"
    python3 -m venv "$home" >&2 || cannot "python3 cannot make a virtual environment"
    "$home/bin/pip" install --quiet --disable-pip-version-check "pre-commit==$version" >&2 ||
        cannot "pip could not install pre-commit"
fi
pre_commit=$home/bin/pre-commit

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Nothing of the tester's own: neither configuration nor hooks.
export HOME="$work/home" PRE_COMMIT_HOME="$work/cache" GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL="$work/gitconfig"
unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE KEYTRAWL_KEY KEYTRAWL_CONFIG XDG_CONFIG_HOME 2>/dev/null || true
mkdir -p "$HOME" "$work/bin"
if [ $hook = keytrawl-system ]; then
    ln -s "$program" "$work/bin/keytrawl"
    PATH=$work/bin:$PATH
fi
git config --global user.name Test
git config --global user.email test@example.com
git config --global init.defaultBranch main
git config --global init.templateDir ""

# A token that no scanner of this file sees: it is put together here, with the checksum that GitHub's have.
token() {
    python3 -c '
import sys, zlib
body = ("aZ3kQ9xW7" * 4)[:29] + sys.argv[1]
digits, left = "", zlib.crc32(body.encode())
alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
for _ in range(6):
    left, at = divmod(left, 62)
    digits = alphabet[at] + digits
print("gh" + "p_" + body + digits)' "$1"
}

failed=0
# expect CODE WHAT COMMAND...: pre-commit ends with 1 whatever its hook ended with.
expect() {
    code=$1 what=$2
    shift 2
    got=0
    "$@" >"$work/said" 2>&1 || got=$?
    if [ "$got" = "$code" ]; then
        echo "ok: $what"
    else
        failed=1
        echo "NOT OK: $what: ended with $got instead of $code" >&2
        sed 's/^/    /' "$work/said" >&2
    fi
}
says() {
    grep -q "$1" "$work/said" || { failed=1; echo "NOT OK: it does not say '$1'" >&2; sed 's/^/    /' "$work/said" >&2; }
}

# The hooks as a repository of their own, for pre-commit clones what it runs.
if [ $hook = keytrawl ]; then
    git clone --quiet "$here" "$work/hooks"
else
    mkdir "$work/hooks"
    cp "$here/.pre-commit-hooks.yaml" "$work/hooks/"
    git -C "$work/hooks" init --quiet
    git -C "$work/hooks" add .pre-commit-hooks.yaml
    git -C "$work/hooks" commit --quiet --message hooks
fi
revision=$(git -C "$work/hooks" rev-parse HEAD)

expect 0 "the manifest of the hooks is valid" "$pre_commit" validate-manifest "$work/hooks/.pre-commit-hooks.yaml"

mkdir "$work/repository"
cd "$work/repository"
git init --quiet
cat >.pre-commit-config.yaml <<YAML
repos:
  - repo: file://$work/hooks
    rev: $revision
    hooks:
      - id: $hook
        args: [--no-config, --exclude, "excluded/**"]
YAML
echo "token = $(token A)" >old.txt
mkdir excluded
git add .
git commit --quiet --message "Before there was a hook"
"$pre_commit" install >/dev/null

[ $hook = keytrawl-system ] || expect 0 "pre-commit builds the hook" "$pre_commit" install-hooks

echo "nothing here" >clean.txt
git add clean.txt
expect 0 "a clean commit passes" git commit --message clean

echo "token = $(token B)" >new.txt
git add new.txt
expect 1 "a staged credential blocks" git commit --message leak
says "new.txt"
if grep -q "$(token B)" "$work/said"; then failed=1; echo "NOT OK: it shows the credential" >&2; fi

git reset --quiet new.txt
echo "more" >>clean.txt
git add clean.txt
expect 0 "one that is not staged does not block" git commit --message more

echo "nothing yet" >later.txt
git add later.txt
echo "token = $(token C)" >>later.txt
expect 0 "one in the part of a file that is not staged does not block" git commit --message later
git checkout --quiet later.txt

git mv old.txt moved.txt
echo "and a line" >>moved.txt
git add moved.txt
expect 0 "an old one that moves with its file does not block" git commit --message move

mkdir -p excluded
echo "token = $(token D)" >excluded/a.txt
git add excluded
expect 0 "one in an excluded file does not block" git commit --message excluded

rm new.txt
git checkout --quiet -b side HEAD~1
echo "theirs" >conflict.txt
echo "token = $(token E)" >theirs.txt
git add .
git commit --quiet --no-verify --message theirs
git checkout --quiet main
echo "ours" >conflict.txt
git add .
git commit --quiet --no-verify --message ours
git merge side >/dev/null 2>&1 || true
echo "both" >conflict.txt
git add conflict.txt
expect 0 "a merge in progress is not blocked by what the other side holds" git commit --message merge
git checkout --quiet -b other side
echo "again" >conflict.txt
git commit --quiet --all --no-verify --message again
git checkout --quiet main
git merge other >/dev/null 2>&1 || true
echo "token = $(token F)" >conflict.txt
git add conflict.txt
expect 1 "a merge in progress is blocked by what is new in it" git commit --message merge
says "conflict.txt"
git merge --abort

expect 1 "--all-files looks at every file, staged or not" "$pre_commit" run --all-files
says "moved.txt"
expect 1 "--files looks at the files it is given" "$pre_commit" run --files moved.txt
expect 0 "--files passes a file without one" "$pre_commit" run --files clean.txt
expect 1 "--from-ref looks at the files between two commits" "$pre_commit" run --from-ref HEAD~4 --to-ref HEAD
exit $failed
