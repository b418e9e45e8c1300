#!/usr/bin/env bash
# The scan of the GitHub action (action.yml): takes the range from the event, writes SARIF and a job summary, and leaves the
# verdict to a later step, so that SARIF is uploaded first. Reads the variables that action.yml sets, and nothing else.
set -uo pipefail

zeros='^0+$'
range=${RANGE:-}
if [[ -z $range ]]; then
    case ${EVENT:-} in
    pull_request | pull_request_target) range="${PULL_BASE:-}..${PULL_HEAD:-}" ;;
    # The first push of a branch has nothing before it: what is there is scanned as it is.
    push) [[ -z ${PUSH_BEFORE:-} || $PUSH_BEFORE =~ $zeros ]] || range="$PUSH_BEFORE..${PUSH_AFTER:-HEAD}" ;;
    esac
fi

arguments=(scan --no-config --fail-on "${FAIL_ON:-medium}" --sarif-omit-suppressed)
[[ -z ${INVENTORY:-} ]] || arguments+=(--inventory "$INVENTORY")
[[ -z ${POLICY:-} ]] || arguments+=(--policy "$POLICY")
[[ -z ${BASELINE:-} ]] || arguments+=(--baseline "$BASELINE")
[[ -n ${KEYTRAWL_KEY:-} ]] || unset KEYTRAWL_KEY
arguments+=(-o "sarif=${SARIF:-keytrawl.sarif}")
if [[ -n $range && $range != none ]]; then
    arguments+=("--range=$range")
else
    while IFS= read -r path; do
        [[ -z $path ]] || arguments+=("$path")
    done <<<"${PATHS:-.}"
fi

report=$(mktemp)
trap 'rm -f "$report" "$report.log"' EXIT
keytrawl "${arguments[@]}" >"$report" 2> >(tee "$report.log" >&2)
code=$?
cat "$report"

# Names in a report were chosen by whoever opened the pull request: none of them is taken for Markdown.
escape() { sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g'; }
{
    case $code in
    0) echo "### keytrawl: nothing to act on" ;;
    1) echo "### keytrawl: findings" ;;
    3) echo "### keytrawl: incomplete" ;;
    *) echo "### keytrawl: nothing was scanned" ;;
    esac
    echo "<pre>"
    # A summary may have a mebibyte; the whole report is in the log and in SARIF.
    { head -c 200000 "$report"; tail -n 20 "$report.log"; } | escape
    echo "</pre>"
} >>"${GITHUB_STEP_SUMMARY:-/dev/stdout}"
echo "exit-code=$code" >>"${GITHUB_OUTPUT:-/dev/stdout}"
