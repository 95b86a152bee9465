#!/bin/bash
# What a coding agent does: bash by its absolute path, python, node, env -i, pipelines, failures. Usage: agent.sh [ROUNDS]
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
cat >walk.py <<'PY'
import os, subprocess, sys
print(subprocess.run(["ls", "-1"], capture_output=True, text=True).returncode)
print(subprocess.run(["/bin/sh", "-c", "exit 5"]).returncode, os.path.basename(sys.executable)[:6])
PY
cat >walk.js <<'JS'
const { execFileSync, spawnSync } = require("node:child_process");
console.log(execFileSync("/bin/echo", ["from node"]).toString().trim());
console.log(spawnSync("sh", ["-c", "exit 4"]).status);
JS
cat >tool <<'SH'
#!/bin/sh
exec printf "%s\n" "tool: $1"
SH
chmod +x tool
for ((i = 1; i <= ${1:-4}; i++)); do
    /bin/bash -c -l 'echo "round" && ls | wc -l'
    /usr/bin/env -i /bin/sh -c 'PATH=/usr/bin:/bin; ls >/dev/null; echo cleaned'
    env -i PATH=/usr/bin:/bin sh -c 'date >/dev/null; true'
    PATH=/usr/bin:/bin /bin/bash -c 'grep -rn "no such text" . ; echo "status $?"'
    ./tool "$i"
    command -p ls >/dev/null
    /usr/bin/python3 walk.py
    if command -v node >/dev/null; then node walk.js; fi
    find . -name '*.py' -exec wc -l {} \; | sort
    printf '%s\n' a b c | xargs -n1 echo
    (setsid -f true)
    timeout 0.3 sleep 5; echo "timeout $?"
    bash -c 'kill -9 $$'; echo "killed $?"
    cat missing-file 2>/dev/null; echo "cat $?"
done
