#!/bin/sh
# Measures how long a hook takes on a repository of 50,000 files with three of them staged, and git beside it.
#
#   tests/hooks/speed.sh KEYTRAWL
#
# KEYTRAWL is a release build. Says the medians of 31 runs that alternate, from start to exit, and ends with 1 where keytrawl takes
# more than 40 ms, or more than 20 ms above `git diff --cached --name-only`.
set -eu

[ $# = 1 ] || { echo "usage: $0 KEYTRAWL" >&2; exit 2; }
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME="$work" GIT_CONFIG_NOSYSTEM=1
unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE XDG_CONFIG_HOME 2>/dev/null || true
cd "$work"
python3 - <<'PY'
import os, random
random.seed(1)
for module in range(50):
    for part in range(20):
        directory = f"repository/src/module{module:02}/part{part:02}"
        os.makedirs(directory)
        for file in range(50):
            lines = (f"export const v{random.randrange(10**9)} = {random.randrange(10**9)};\n" for _ in range(20))
            with open(f"{directory}/file{file:02}.ts", "w") as out:
                out.writelines(lines)
PY
cd repository
git init --quiet --initial-branch=main --template=
git add --all
git -c gc.auto=0 -c maintenance.auto=false -c user.name=Test -c user.email=test@example.com commit --quiet --message "Add files"
git gc --quiet
echo "// more" >>src/module03/part04/file05.ts
echo "// more" >>src/module33/part14/file25.ts
echo '{ "mcpServers": { "x": { "command": "npx" } } }' >.mcp.json
git add --all
python3 - "$program" <<'PY'
import statistics, subprocess, sys, time
def run(command):
    start = time.perf_counter()
    code = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
    assert code == 0, f"{command} ended with {code}"
    return (time.perf_counter() - start) * 1000
ours, gits = [], []
for _ in range(31):
    ours.append(run([sys.argv[1], "scan", "--staged", "--no-config"]))
    gits.append(run(["git", "diff", "--cached", "--name-only"]))
our, git = statistics.median(ours), statistics.median(gits)
print(f"keytrawl scan --staged {our:.1f} ms, git diff --cached --name-only {git:.1f} ms, {our - git:+.1f} ms (medians of 31)")
sys.exit(our > 40 or our - git > 20)
PY
