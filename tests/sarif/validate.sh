#!/bin/sh
# Holds SARIF files against Microsoft's validator, with the rules of the standard and of GitHub.
#
#   tests/sarif/validate.sh FILE...
#
# Ends with 0 if no file has a result of level error, 1 if one has, 4 if the validator cannot be had (no npm, no network,
# no Linux). It is installed once, into $KEYTRAWL_SARIF_MULTITOOL or the user's cache directory.
set -eu

version=5.7.0
home=${KEYTRAWL_SARIF_MULTITOOL:-${XDG_CACHE_HOME:-$HOME/.cache}/keytrawl/sarif-multitool-$version}
# The npm wrapper passes arguments through a shell without quoting them, so the program itself is run.
tool=$home/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool

cannot() {
    echo "SARIF NOT VALIDATED: $1" >&2
    exit 4
}

[ $# -gt 0 ] || { echo "usage: $0 FILE..." >&2; exit 2; }
command -v node >/dev/null || cannot "node is not installed"
if [ ! -x "$tool" ]; then
    command -v npm >/dev/null || cannot "npm is not installed"
    mkdir -p "$home"
    npm install --silent --no-audit --no-fund --prefix "$home" "@microsoft/sarif-multitool@$version" >&2 ||
        cannot "npm could not install @microsoft/sarif-multitool"
    [ -f "$tool" ] || cannot "the validator has no program for this platform"
    chmod +x "$tool"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
for file in "$@"; do
    # The exit code is 0 even for files that break the schema; only the verdict tells.
    if ! "$tool" validate "$file" --rule-kind "Sarif;Gh" --level "Error;Warning;Note" \
        --output "$work/verdict.sarif" --log ForceOverwrite >"$work/log" 2>&1 || [ ! -f "$work/verdict.sarif" ]; then
        cat "$work/log" >&2
        cannot "the validator did not run"
    fi
    node - "$file" "$work/verdict.sarif" <<'JS' || failed=1
const [file, verdict] = process.argv.slice(2);
const { runs: [run] } = JSON.parse(require("fs").readFileSync(verdict, "utf8"));
const rules = Object.fromEntries(run.tool.driver.rules?.map((rule) => [rule.id, rule]) ?? []);
const counts = {};
for (const result of run.results ?? []) {
  const level = result.level ?? rules[result.ruleId]?.defaultConfiguration?.level ?? "warning";
  const line = result.locations?.[0]?.physicalLocation?.region?.startLine ?? 0;
  const form = rules[result.ruleId]?.messageStrings?.[result.message.id]?.text ?? result.message.text ?? "";
  const words = form.replace(/\{(\d+)\}/g, (whole, at) => result.message.arguments?.[at] ?? whole);
  const key = `${level} ${result.ruleId}`;
  counts[key] = (counts[key] ?? 0) + 1;
  if (level === "error" || counts[key] === 1) console.log(`${file}:${line}: ${level} ${result.ruleId}: ${words}`);
}
const failures = (run.invocations ?? []).flatMap((one) => one.toolExecutionNotifications ?? []).filter((one) => one.level === "error");
for (const failure of failures) console.log(`${file}: error ${failure.message.text}`);
for (const [key, count] of Object.entries(counts).sort()) console.log(`${file}: ${count} × ${key}`);
const bad = failures.length > 0 || Object.keys(counts).some((key) => key.startsWith("error "));
console.log(`${file}: ${bad ? "refused" : "accepted"}`);
process.exit(bad ? 1 : 0);
JS
done
exit $failed
