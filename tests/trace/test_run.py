"""`caro run`: the command behaves as without it, and everything it started stands in the log."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect
import pytest

from caro.cli.summary import _seen_by
from caro.trace.bash_environment import bash_value
from environment import ends, processes_of

Caro = Callable[..., subprocess.CompletedProcess[str]]


def events(log: Path, kind: str = "exec") -> list[dict[str, Any]]:
    """All events of a kind; every line has to parse."""
    return [event for event in map(json.loads, log.read_text("utf-8").splitlines()) if event["kind"] == kind]


@pytest.fixture(autouse=True)
def shims_mode(env: dict[str, str]) -> None:
    """`auto` is deep where that costs nothing; here it is about the shims."""
    env["CARO_TRACE_MODE"] = "shims"


@pytest.fixture
def log(home: Path) -> Path:
    return home / ".trace_shell.jsonl"


@pytest.fixture
def repository(home: Path, env: dict[str, str]) -> Path:
    folder = home / "repository"
    subprocess.run(["git", "init", "-q", str(folder)], env=env, check=True)
    return folder


def same_as_without(env: dict[str, str], folder: Path, *command: str) -> subprocess.CompletedProcess[bytes]:
    """Runs it bare and under Caro; the outcome has to be the same to the byte."""
    bare = subprocess.run(command, env=env, cwd=folder, capture_output=True, timeout=120)
    seen = subprocess.run(
        ["caro", "run", "--", *command], env=env, cwd=folder, capture_output=True, timeout=120
    )
    assert (seen.returncode, seen.stdout, seen.stderr) == (bare.returncode, bare.stdout, bare.stderr)
    return seen


def test_pipeline_and_status(env: dict[str, str], repository: Path, log: Path) -> None:
    done = same_as_without(env, repository, "bash", "-c", "git status | grep foo; (exit 3)")
    assert done.returncode == 3
    seen = {event["command"]: event for event in events(log)}
    assert seen["bash"]["source"] == "launch" and seen["bash"]["exit_code"] == 3
    assert seen["git"]["source"] == "shim" and seen["git"]["argv"] == ["git", "status"]
    assert seen["git"]["parent_id"] == seen["bash"]["id"]
    assert seen["git"]["session_id"] == seen["bash"]["session_id"]
    assert seen["git"]["cwd"] == str(repository)


def test_a_virtual_environment_wins_as_it_would_without(env: dict[str, str], home: Path, log: Path) -> None:
    subprocess.run(["python3", "-m", "venv", "--without-pip", str(home / "venv")], env=env, check=True)
    code = 'import sys, subprocess; print(sys.prefix, flush=True); subprocess.run(["git", "--version"])'
    done = same_as_without(env, home, "bash", "-c", f". venv/bin/activate; python -c '{code}'")
    assert done.stdout.startswith(str(home / "venv").encode())
    # `activate` puts its folder in front of ours, so the python itself is deep mode's to see.
    assert [event["argv"] for event in events(log) if event["command"] == "git"] == [["git", "--version"]]


def test_a_shimmed_python_keeps_its_virtual_environment(env: dict[str, str], home: Path, log: Path) -> None:
    """With the shim folder in front of an active environment, sys.prefix is the environment's all the same."""
    subprocess.run(["python3", "-m", "venv", "--without-pip", str(home / "venv")], env=env, check=True)
    env["PATH"] = f"{home / 'venv/bin'}:{env['PATH']}"
    code = "import sys; print(sys.prefix, sys.executable)"
    done = same_as_without(env, home, "bash", "-c", f"python -c '{code}'; true")
    assert done.stdout.startswith(str(home / "venv").encode())
    python = next(event for event in events(log) if event["command"] == "python")
    assert python["path"] == str(home / "venv/bin/python") and python["argv"][0] == "python"


def test_make_of_a_c_project(env: dict[str, str], home: Path, log: Path) -> None:
    (home / "main.c").write_text("int main(void) { return 0; }\n", "utf-8")
    (home / "Makefile").write_text("all: main\n\t@git --version\n", "utf-8")
    bare = subprocess.run(["make"], env=env, cwd=home, capture_output=True)
    (home / "main").unlink()
    seen = subprocess.run(["caro", "run", "--", "make"], env=env, cwd=home, capture_output=True)
    assert (seen.returncode, seen.stdout, seen.stderr) == (bare.returncode, bare.stdout, bare.stderr)
    make = next(event for event in events(log) if event["command"] == "make")
    git = next(event for event in events(log) if event["command"] == "git")
    assert git["parent_id"] == make["id"]


def test_npm_starts_node(env: dict[str, str], home: Path, log: Path) -> None:
    same_as_without(env, home, "npm", "--version")
    seen = {event["command"] for event in events(log)}
    assert "npm" in seen


def test_one_session_for_all_and_a_run_inside_joins(env: dict[str, str], home: Path, log: Path) -> None:
    inner = "git --version; caro run -- git --version; bash -c 'git --version'"
    subprocess.run(
        ["caro", "run", "--", "bash", "-c", inner], env=env, cwd=home, capture_output=True, check=True
    )
    everything = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert len({event["session_id"] for event in everything}) == 1
    assert len([event for event in everything if event["kind"] == "session"]) == 1
    assert len([event for event in events(log) if event["argv"] == ["git", "--version"]]) == 3


def test_two_runs_are_two_sessions(env: dict[str, str], home: Path, log: Path) -> None:
    for _ in range(2):
        subprocess.run(["caro", "run", "--", "true"], env=env, check=True)
    assert len({event["session_id"] for event in events(log)}) == 2


@pytest.mark.parametrize("status", [0, 1, 7, 42, 126, 127, 255])
def test_exit_status_is_the_commands(env: dict[str, str], status: int) -> None:
    assert subprocess.run(["caro", "run", "--", "sh", "-c", f"exit {status}"], env=env).returncode == status


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGHUP, signal.SIGSEGV])
def test_death_by_signal_is_handed_on(env: dict[str, str], log: Path, number: signal.Signals) -> None:
    done = subprocess.run(["caro", "run", "--", "sh", "-c", f"kill -{int(number)} $$"], env=env)
    assert done.returncode == -number
    assert events(log)[-1]["signal"] == number


@pytest.mark.parametrize("mode", ["shims", "auto"])
def test_no_signal_is_ignored_below(env: dict[str, str], home: Path, mode: str) -> None:
    """Python ignores SIGPIPE and SIGXFSZ for itself; below, a pipeline has to end as it does bare."""
    env["CARO_TRACE_MODE"] = mode
    same_as_without(env, home, "sh", "-c", "grep SigIgn /proc/self/status")
    same_as_without(env, home, "bash", "-c", "yes | head -n 1; echo ${PIPESTATUS[*]}")
    env["CARO_DISABLE"] = "1"
    same_as_without(env, home, "sh", "-c", "grep SigIgn /proc/self/status")


def test_missing_command_is_127_and_not_executable_126(caro: Caro, home: Path) -> None:
    done = caro("run", "--", "no-such-command-at-all")
    assert done.returncode == 127 and "no-such-command-at-all" in done.stderr
    (home / "plain").write_text("x", "utf-8")
    assert caro("run", "--", str(home / "plain")).returncode == 126
    folder = caro("run", "--", str(home))
    assert folder.returncode == 126 and "is a folder" in folder.stderr
    assert "'': not found" in caro("run", "--", "").stderr
    assert caro("run").returncode == 2


def test_environment_below(env: dict[str, str], home: Path) -> None:
    """PATH is deduplicated with our folder first; ORIGINAL_PATH is clean; BASH_ENV is set."""
    shims = home / ".local/share/caro/shims"
    env["PATH"] = f"{shims}:/usr/bin:{shims}/:{env['PATH']}:/usr/bin"
    done = subprocess.run(["caro", "run", "--", "env"], env=env, capture_output=True, text=True)
    below = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    folders = below["PATH"].split(":")
    assert folders[0] == str(shims) and len(folders) == len(set(folders))
    assert not [folder for folder in folders[1:] if "caro/shims" in folder]
    assert str(shims) not in below["ORIGINAL_PATH"]
    assert below["BASH_ENV"] == bash_value(home / ".config/caro/bashenv")
    added = set(below) - set(env) - {"_", "SHLVL", "PWD"}
    assert added == {"ORIGINAL_PATH", "BASH_ENV", "CARO_SESSION_ID", "CARO_RUN", "CARO_PARENT_ID"}


def test_log_option_beats_the_variable(env: dict[str, str], home: Path, log: Path) -> None:
    env["TRACE_LOG_FILE"] = str(home / "variable.jsonl")
    subprocess.run(
        ["caro", "run", "--log", "mine.jsonl", "--", "git", "--version"], env=env, cwd=home, check=True
    )
    assert events(home / "mine.jsonl") and not log.exists() and not (home / "variable.jsonl").exists()
    subprocess.run(["caro", "run", "--", "git", "--version"], env=env, cwd=home, check=True)
    assert events(home / "variable.jsonl") and not log.exists()


def test_agent_is_named(env: dict[str, str], home: Path, log: Path) -> None:
    subprocess.run(
        ["caro", "run", "--agent", "robot", "--", "bash", "-c", "git --version"], env=env, check=True
    )
    assert {event["agent"] for event in events(log)} == {"robot"}
    env["CLAUDECODE"] = "1"
    subprocess.run(["caro", "run", "--", "git", "--version"], env=env, check=True)
    assert events(log)[-1]["agent"] == "claude-code"


def test_disabled_only_passes_through(env: dict[str, str], home: Path, caro: Caro, log: Path) -> None:
    caro("run", "--", "true")
    log.unlink()
    assert caro("disable").returncode == 0
    done = caro("run", "--", "bash", "-c", "git --version; exit 5")
    assert done.returncode == 5 and "git version" in done.stdout and not log.exists()
    assert caro("enable").returncode == 0
    env["CARO_DISABLE"] = "1"
    assert caro("run", "--", "git", "--version").returncode == 0 and not log.exists()
    del env["CARO_DISABLE"]
    caro("run", "--", "git", "--version")
    assert events(log)


def test_summary_on_a_terminal_only(env: dict[str, str], home: Path) -> None:
    code = "git --version; git no-such-command; exit 3"
    child = pexpect.spawn("caro", ["run", "--", "bash", "-c", code], env=env, cwd=str(home), timeout=60)  # type: ignore[arg-type]
    child.expect(pexpect.EOF)
    child.close()
    text = (child.before or b"").decode()
    assert child.exitstatus == 3
    last = text.strip().splitlines()[-1]
    assert "3 commands" in last and "2 failed" in last and "caro tree --last" in last
    assert ("(deep: every exec)" in last) != ("(shims: tools on PATH" in last)
    shims = pexpect.spawn("caro", ["run", "--mode", "shims", "--", "git", "--version"], env=env, timeout=60)  # type: ignore[arg-type]
    shims.expect_exact("1 command, ")
    shims.expect_exact("(shims: tools on PATH)")
    shims.expect(pexpect.EOF)
    quiet = pexpect.spawn("caro", ["run", "--quiet", "--", "true"], env=env, timeout=60)  # type: ignore[arg-type]
    quiet.expect(pexpect.EOF)
    assert not quiet.before


def test_the_closing_line_is_of_no_module_that_lies_in_the_folder(env: dict[str, str], home: Path) -> None:
    (home / "caro").mkdir()
    (home / "caro/__init__.py").write_text("print('another')")
    child = pexpect.spawn("caro", ["run", "--", "git", "--version"], env=env, cwd=str(home), timeout=60)  # type: ignore[arg-type]
    child.expect_exact("1 command")
    assert b"another" not in child.before
    child.expect(pexpect.EOF)


def test_the_closing_line_names_deep_mode_only_where_it_would_work() -> None:
    assert "--mode deep sees every exec" in _seen_by("shims", True)
    assert "--mode" not in _seen_by("shims", False) + _seen_by("deep", False) + _seen_by(None, True)


def test_no_home_and_no_path(env: dict[str, str]) -> None:
    caro = subprocess.run(["which", "caro"], env=env, capture_output=True, text=True).stdout.strip()
    done = subprocess.run([caro, "run", "--", "/bin/echo", "hello"], env={}, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "hello\n")


def test_closed_descriptors(env: dict[str, str]) -> None:
    command = "exec caro run -- sh -c 'exit 6' <&- >&- 2>&-"
    assert subprocess.run(["bash", "-c", command], env=env).returncode == 6


def test_a_log_that_cannot_be_written_changes_nothing(env: dict[str, str], home: Path, caro: Caro) -> None:
    env["TRACE_LOG_FILE"] = "/dev/full"
    done = caro("run", "--", "bash", "-c", "git --version; exit 4")
    assert done.returncode == 4 and "git version" in done.stdout and not done.stderr
    assert "could not be written" in caro("doctor").stdout


def test_builtins_on_request(env: dict[str, str], home: Path, log: Path) -> None:
    code = "cd /; export A=1; git --version; bash -c 'umask 077'"
    same_as_without(env, home, "bash", "-c", code)
    assert not events(log, "builtin")
    done = subprocess.run(
        ["caro", "run", "--builtins", "--", "bash", "-c", code], env=env, capture_output=True
    )
    assert done.returncode == 0 and done.stderr == b""
    # The collector of a shell ends after it: nobody waits for its last lines but this test.
    assert all(ends(pid) for pid in processes_of(home))
    seen = [event["argv"] for event in events(log, "builtin")]
    assert [argv for argv in seen if argv[0] != "set"] == [["cd", "/"], ["export", "A=1"], ["umask", "077"]]
