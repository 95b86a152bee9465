"""Which of twenty ways to start a program each mode sees; docs/limits-detail.md tells the numbers."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from deep.tracing import Deep
from environment import NATIVES, ROOT
from waiting import wait_until

LIMITS = ROOT / "docs" / "limits-detail.md"

# {tag} is an argument that tells the case; {static}, {raw} and {tool} are programs made for the test.
CASES = {
    "bare name in a shell": "ls {tag}",
    "in a pipeline": "echo | ls {tag} | cat",
    "from Python, bare name": "python3 -c \"import subprocess; subprocess.run(['ls', '{tag}'])\"",
    "from node, bare name": "node -e \"require('child_process').spawnSync('ls', ['{tag}'])\"",
    "xargs": "echo {tag} | xargs ls",
    "find -exec": "find . -maxdepth 0 -exec ls {tag} ';'",
    "setsid -f": "setsid -f ls {tag}; sleep 0.2",
    "absolute path": "/bin/ls {tag}",
    "from Python, absolute path": "python3 -c \"import subprocess; subprocess.run(['/bin/ls', '{tag}'])\"",
    "a script in the folder": "{tool} {tag}",
    "PATH set anew": "PATH=/usr/bin:/bin sh -c 'ls {tag}'",
    "command -p": "command -p ls {tag}",
    "a static program": "{static} {tag}",
    "from a static program, by a raw system call": "{raw} {tag}",
    "execveat": "{raw} at {tag}",
    "fexecve": "python3 -c \"import os; os.execve(os.open('/bin/ls', os.O_RDONLY), ['ls', '{tag}'], os.environ)\"",
    "env -i": "env -i ls {tag}",
    "env -i with a PATH": "env -i PATH=/usr/bin:/bin ls {tag}",
    "as another user": "{drop} ls {tag}",
    "a builtin of bash": "cd /{tag}/..",
}

RAW = r"""
static long call(long n, long a, long b, long c, long d, long e) {
    long r; register long r10 asm("r10") = d; register long r8 asm("r8") = e;
    asm volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
    return r;
}
void run(long *stack) {
    char **argv = (char **)(stack + 1);
    if (STATIC) call(60, 0, 0, 0, 0, 0);
    argv[1 - (stack[0] == 2)] = "ls";
    if (stack[0] == 3) call(322, -100, (long)"/bin/ls", (long)(argv + 1), 0, 0);
    call(59, (long)"/bin/ls", (long)argv, 0, 0, 0);
    call(60, 1, 0, 0, 0, 0);
}
asm(".globl _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call run\n");
"""


@pytest.fixture
def scripts(deep: Deep) -> dict[str, str]:
    """Each case as a bash command; the tag is its number."""
    source = deep.folder / "raw.c"
    source.write_text(RAW)
    for name, static in (("raw", 0), ("static", 1)):
        words = ["gcc", "-O1", "-static", "-nostdlib", f"-DSTATIC={static}", "-o", deep.folder / name, source]
        subprocess.run(words, check=True)
    tool = deep.folder / "tool"
    tool.write_text('#!/bin/sh\ntest -n "$1"\n')
    tool.chmod(0o755)
    places = {
        "static": "./static",
        "raw": "./raw",
        "tool": "./tool",
        "drop": "setpriv --reuid 65534 --clear-groups",
    }
    for number in range(len(CASES)):
        (deep.folder / f"tag{number}").mkdir()
    return {
        name: text.format(tag=f"tag{number}", **places) for number, (name, text) in enumerate(CASES.items())
    }


def seen(events: list[dict[str, object]]) -> set[int]:
    """The cases whose last program, or builtin, is in the log."""
    found = set()
    for event in events:
        argv = event.get("argv")
        if not isinstance(argv, list) or event["kind"] not in ("exec", "builtin"):
            continue
        own = os.path.basename(argv[0]) in ("ls", "static", "tool", "cd") if argv else False
        found |= {
            int(m.group(1)) for arg in argv[1:] if own and (m := re.fullmatch(r"/?tag(\d+)(/\.\.)?", arg))
        }
    return found


def all_events(log: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def told(mode: str) -> int:
    """What docs/limits-detail.md says."""
    match = re.search(rf"\| {mode} \| (\d+) of 20 \|", LIMITS.read_text())
    assert match, f"docs/limits-detail.md does not tell what {mode} sees"
    return int(match.group(1))


def missed(found: set[int]) -> list[str]:
    return [name for number, name in enumerate(CASES) if number not in found]


@pytest.mark.parametrize("way", ["notify", "notify-exit", "ptrace"])
def test_deep(deep: Deep, scripts: dict[str, str], way: str) -> None:
    deep.run("bash", "-c", "; ".join(f"({script})" for script in scripts.values()), way=way)
    found = seen(all_events(deep.log))
    assert missed(found) == ["a builtin of bash"]
    assert len(found) == told("deep") == 19


def test_deep_with_builtins(deep: Deep, scripts: dict[str, str]) -> None:
    bash_env = deep.folder / "bashenv"
    bash_env.write_text(f". {ROOT}/src/caro/trace/xtrace.bash\n")
    deep.env |= {"BASH_ENV": str(bash_env), "CARO_BUILTINS": str(NATIVES / "caro-xtrace")}
    deep.run("bash", "-c", "; ".join(f"({script})" for script in scripts.values()))
    wait_until(lambda: len(seen(all_events(deep.log))) >= 20)
    assert missed(seen(all_events(deep.log))) == []
    assert told("deep with builtins") == 20


def test_shims(deep: Deep, scripts: dict[str, str]) -> None:
    """Every tool of the cases shimmed: the most that shims can see."""
    caro = shutil.which("caro", path=os.environ["PATH"]) or str(
        Path(shutil.which("python3") or "").parent / "caro"
    )
    caro = str(NATIVES.parents[2] / ".venv" / "bin" / "caro") if not os.path.exists(caro) else caro
    subprocess.run([caro, "shims", "add", "ls"], env=deep.env, check=True, capture_output=True)
    command = "; ".join(f"({script})" for script in scripts.values())
    words = [caro, "run", "--mode", "shims", "--quiet", "--", "bash", "-c", command]
    subprocess.run(words, env=deep.env, cwd=deep.folder, capture_output=True, check=False, timeout=60)
    assert len(seen(all_events(deep.log))) == told("shims")
