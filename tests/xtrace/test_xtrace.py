"""Builtins of bash become events, and the script can't tell."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from environment import NATIVES, ROOT
from waiting import PATIENCE, wait_until

SOURCED = ROOT / "src" / "caro" / "trace" / "xtrace.bash"


@pytest.fixture
def traced(home: Path, env: dict[str, str]) -> Iterator[dict[str, str]]:
    """An environment in which every bash records its builtins. The collectors that it started are ended."""
    bash_env = home / "bashenv"
    bash_env.write_text(f". {SOURCED}\n")
    log = home / "log.jsonl"
    yield env | {
        "BASH_ENV": str(bash_env),
        "CARO_BUILTINS": str(NATIVES / "caro-xtrace"),
        "TRACE_LOG_FILE": str(log),
        "CARO_PARENT_ID": "01890a5d-ac96-774b-bcce-b302099a8057",
    }
    for pid in collectors(home):
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda pid=pid: not list_open(pid))  # type: ignore[misc]


def list_open(pid: int) -> list[str]:
    try:
        return os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return []


def collectors(home: Path) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            ours = f"HOME={home}\0".encode() in (folder / "environ").read_bytes()
            if ours and (folder / "comm").read_text() == "caro-xtrace\n":
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def run(env: dict[str, str], *words: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(words, env=env, capture_output=True, timeout=60, check=False, **options)


def events(env: dict[str, str], until: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
    log, deadline = Path(env["TRACE_LOG_FILE"]), time.monotonic() + PATIENCE
    while True:
        written = log.read_text() if log.exists() else ""
        lines = written.split("\n")[:-1]  # the last one may be on its way
        found = [json.loads(line) for line in lines]
        if until(found) or time.monotonic() > deadline:
            return found


def count_is(count: int) -> Callable[[list[dict[str, Any]]], bool]:
    return lambda found: len(found) >= count


def test_builtins_with_folder_file_and_line(traced: dict[str, str], tmp_path: Path) -> None:
    script = tmp_path / "script.sh"
    script.write_text(
        "cd /usr\nf() { cd lib; }\nf\nexport A='x y' \\\n  B=$'two\\nlines'\ntrue; :; echo done\nset +x\ncd /\n"
    )
    done = run(traced, "bash", str(script))
    assert (done.returncode, done.stdout, done.stderr) == (0, b"done\n", b"")
    found = events(traced, count_is(4))
    assert [(e["argv"], e["lineno"], e["cwd"]) for e in found] == [
        (["cd", "/usr"], 1, os.getcwd()),
        (["cd", "lib"], 2, "/usr"),
        (["export", "A=x y", "B=two\nlines"], 4, "/usr/lib"),
        (["set", "+x"], 7, "/usr/lib"),
    ]
    assert {(e["kind"], e["source"], e["file"]) for e in found} == {("builtin", "xtrace", str(script))}
    assert {e["parent_id"] for e in found} == {traced["CARO_PARENT_ID"]}
    assert all(e["command"] == e["argv"][0] and e["ts"].endswith("Z") for e in found)


EACH = {
    "cd /": ["cd", "/"],
    "pushd / >/dev/null": ["pushd", "/"],
    "pushd / >/dev/null; popd >/dev/null": ["popd"],
    "export V=1": ["export", "V=1"],
    "unset HOME": ["unset", "HOME"],
    "alias l='ls -l'": ["alias", "l=ls -l"],
    "source /dev/null": ["source", "/dev/null"],
    ". /dev/null x": [".", "/dev/null", "x"],
    "eval 'true;' \"a='it'\"": ["eval", "true;", "a='it'"],
    "set -e -- a 'b c'": ["set", "-e", "--", "a", "b c"],
    "shopt -s nullglob": ["shopt", "-s", "nullglob"],
    "umask 077": ["umask", "077"],
    "ulimit -c 0": ["ulimit", "-c", "0"],
    "trap 'echo x >/dev/null' EXIT": ["trap", "echo x >/dev/null", "EXIT"],
    "exec true": ["exec", "true"],
    "read -r v </dev/null": ["read", "-r", "v"],
    "command cd /usr": ["cd", "/usr"],
    "builtin cd /usr": ["cd", "/usr"],
    "(cd /usr)": ["cd", "/usr"],
    "cd /usr | cat": ["cd", "/usr"],
    "cd $'/tmp\\a' 2>/dev/null": ["cd", "/tmp\a"],
    "export PASSWORD=hunter2": ["export", "PASSWORD=***"],
}


@pytest.mark.parametrize("script", EACH)
def test_each_builtin(traced: dict[str, str], script: str) -> None:
    run(traced, "bash", "-c", script)
    assert EACH[script] in [event["argv"] for event in events(traced, count_is(1 + script.count("popd")))]


QUIET = [
    "set -x; true; set +x; echo out; echo err >&2; exit 3",
    "bash -c 'cd /; echo inner' 10>&- 11>&- 63>&-",
    'for fd in 10 11 12; do eval "exec $fd>&-"; done; cd /; echo $?',
    "(cd /; exec bash -c 'echo deeper'); echo $!",
    'echo a | while read -r line; do echo "$line"; done; wait; echo $?',
    "sh -c 'cd /; echo sh'; env -u HOME bash -c 'echo env'",
    'set -u; cd /; echo "${PS4-none}" >/dev/null; echo "${BASH_XTRACEFD-}" >/dev/null',
    "false; echo $?; trap 'echo bye' EXIT; exit 7",
    "env | grep -c BASH_XTRACEFD; declare -F",
    'echo "$1" "$#" "$0"',
    'for ((fd = 3; fd < 256; fd++)); do eval "exec $fd>&-"; done; cd /; echo $?',
    "kill -TERM $$",
]


@pytest.mark.parametrize("script", QUIET)
def test_script_behaves_the_same(traced: dict[str, str], script: str) -> None:
    plain = {name: value for name, value in traced.items() if name != "CARO_BUILTINS"}
    expected, got = (run(env, "bash", "-c", script, "name", "arg") for env in (plain, traced))
    if "set -x" in script:  # documented: a script's own trace goes to the collector
        expected = subprocess.CompletedProcess(expected.args, 3, b"out\n", b"err\n")
    assert (got.returncode, got.stdout, got.stderr) == (expected.returncode, expected.stdout, expected.stderr)


def test_own_trace_stays(traced: dict[str, str]) -> None:
    done = run(traced, "bash", "-xc", "cd /")
    assert b"cd /" in done.stderr
    assert not Path(traced["TRACE_LOG_FILE"]).exists()


def test_killed_collector_changes_nothing(traced: dict[str, str]) -> None:
    script = "cd /usr; kill -9 $CARO_XTRACE; for i in {1..3000}; do cd /usr/lib; cd /usr; done; echo still"
    script += "; bash -c 'cd /; echo new'"
    done = run(traced, "bash", "-c", script)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"still\nnew\n", b"")


def test_one_collector_for_a_tree_of_shells(traced: dict[str, str], home: Path) -> None:
    run(traced, "bash", "-c", "for i in {1..20}; do bash -c 'cd /' & done; wait; bash -c 'cd /usr'")
    assert len(events(traced, count_is(21))) == 21
    assert len(collectors(home)) == 1


def test_no_secret_in_any_file(traced: dict[str, str], home: Path) -> None:
    run(traced, "bash", "-c", "export API_TOKEN=hunter2secret; cd /; eval 'export X_PASSWORD=hunter2secret'")
    events(traced, count_is(4))
    for path in home.rglob("*"):
        assert not path.is_file() or b"hunter2secret" not in path.read_bytes()
