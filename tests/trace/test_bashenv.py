"""BASH_ENV and `caro init --shims-only`: the shim folder comes first, whatever the profile did."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from caro.trace.bash_environment import bash_value

Caro = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def shims(home: Path, caro: Caro) -> Path:
    assert caro("shims", "sync").returncode == 0
    return home / ".local/share/caro/shims"


@pytest.fixture
def bash_env(env: dict[str, str], home: Path, shims: Path) -> dict[str, str]:
    return env | {"BASH_ENV": str(home / ".config/caro/bashenv")}


def bash(env: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", *words], env=env, capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize("option", ["-c", "-lc", "-euc"])
def test_shims_are_first_also_after_a_profile(
    bash_env: dict[str, str], home: Path, shims: Path, option: str
) -> None:
    (home / ".bash_profile").write_text("export PATH=/usr/bin:/bin:$PATH\n", "utf-8")
    done = bash(bash_env, option, "which -a git | head -n 1; type git; git --version")
    first, kind, version = done.stdout.splitlines()
    assert first == str(shims / "git") and str(shims / "git") in kind and version.startswith("git version")


def test_a_script_honours_the_shims(bash_env: dict[str, str], home: Path, shims: Path) -> None:
    script = home / "script"
    script.write_text("#!/bin/bash\ncommand -v git\n", "utf-8")
    script.chmod(0o755)
    assert (
        subprocess.run([script], env=bash_env, capture_output=True, text=True).stdout == f"{shims / 'git'}\n"
    )


def test_the_users_own_file_is_sourced_first(bash_env: dict[str, str], home: Path) -> None:
    mine = home / "my_bash_env"
    mine.write_text("MINE=yes; echo on stderr >&2; PATH=/opt/mine:$PATH\n", "utf-8")
    done = bash(bash_env | {"CARO_BASH_ENV": str(mine)}, "-c", "echo $MINE; echo ${PATH%%:*}")
    assert done.stdout.splitlines()[0] == "yes" and done.stdout.splitlines()[1].endswith("caro/shims")
    assert done.stderr == "on stderr\n"


def test_the_users_own_name_is_expanded_as_bash_does(bash_env: dict[str, str], home: Path) -> None:
    (home / "my_bash_env").write_text("MINE=yes\n", "utf-8")
    done = bash(
        bash_env | {"CARO_BASH_ENV": "$HOME/my_bash_env"}, "-euc", "echo $MINE; declare -p __caro_user"
    )
    assert done.stdout == "yes\n" and "not found" in done.stderr


def test_a_home_with_a_dollar_in_its_name(env: dict[str, str], home: Path, caro: Caro) -> None:
    """bash expands the value of BASH_ENV; a folder's name must not become a command."""
    odd = home / "$(touch pwned)"
    odd.mkdir()
    env["HOME"] = str(odd)
    done = caro("run", "--mode", "shims", "--", "bash", "-c", "bash -c 'type git'", cwd=home)
    assert str(odd / ".local/share/caro/shims/git") in done.stdout
    lines = caro("init", "bash", "--shims-only").stdout
    bash(env, "-c", f"cd {home}; {lines}\nbash -c :")
    assert not (home / "pwned").exists()


def test_run_keeps_the_users_own_bash_env(env: dict[str, str], home: Path, caro: Caro) -> None:
    mine = home / "my_bash_env"
    mine.write_text("MINE=yes\n", "utf-8")
    env["BASH_ENV"] = str(mine)
    done = caro("run", "--", "bash", "-c", "bash -c 'echo $MINE'; caro run -- bash -c 'echo $MINE'")
    assert done.stdout == "yes\nyes\n"


@pytest.mark.parametrize("options", ["-xc", "-exuc", "-vc"])
def test_tracing_shows_the_users_lines_alone(
    bash_env: dict[str, str], env: dict[str, str], options: str
) -> None:
    bare = bash(env, options, "echo one")
    seen = bash(bash_env, options, "echo one")
    # `bash -v` echoes each file that it reads, and nothing can hide that; docs/limits-detail.md says so.
    kept = [
        line for line in seen.stderr.splitlines() if "-v" not in options or line in bare.stderr.splitlines()
    ]
    assert kept == bare.stderr.splitlines() and seen.stdout == bare.stdout


def test_no_names_stay_behind(bash_env: dict[str, str]) -> None:
    done = bash(bash_env, "-c", "declare -F; compgen -v | grep -i __caro")
    assert done.stdout == ""


@pytest.mark.parametrize("options", ["-c", "-euc"])
def test_the_last_argument_is_what_it_was(
    bash_env: dict[str, str], env: dict[str, str], options: str
) -> None:
    """`[[ $_ != "$0" ]]` on its first line is how a script asks whether it is sourced."""
    code = 'echo "$_"; echo "$_"'
    assert bash(bash_env, options, code).stdout == bash(env, options, code).stdout


def test_disabled_and_missing_parts_are_silent(bash_env: dict[str, str], home: Path, shims: Path) -> None:
    look = ("-c", "echo ${PATH%%:*}")
    assert bash(bash_env | {"CARO_DISABLE": "1"}, *look).stdout != f"{shims}\n"
    (home / ".config/caro/disabled").touch()
    assert bash(bash_env, *look).stdout != f"{shims}\n"
    (home / ".config/caro/disabled").unlink()
    for shim in shims.iterdir():
        shim.unlink()
    shims.rmdir()
    done = bash(bash_env, *look)
    assert done.stdout != f"{shims}\n" and done.stderr == ""


SHELLS = {
    "bash": (["--norc", "--noprofile", "-i", "-c"], 'eval "$(caro init bash --shims-only)"; '),
    "zsh": (["-f", "-i", "-c"], 'eval "$(caro init zsh --shims-only)"; '),
    "fish": (["-N", "-i", "-c"], "caro init fish --shims-only | source; "),
    "dash": (["-c"], 'eval "$(caro init sh --shims-only)"; '),
    "busybox": (["sh", "-c"], 'eval "$(caro init sh --shims-only)"; '),
    "mksh": (["-c"], 'eval "$(caro init sh --shims-only)"; '),
    "ksh": (["-c"], 'eval "$(caro init sh --shims-only)"; '),
}


def in_shell(shell: str, env: dict[str, str], code: str, times: int = 1) -> subprocess.CompletedProcess[str]:
    options, init = SHELLS[shell]
    # setsid: an interactive shell without a terminal would complain about job control.
    words = ["setsid", "-w", shell, *options, init * times + code]
    return subprocess.run(
        words, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=30
    )


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("times", [1, 3])
def test_init_puts_the_shims_first_once(shell: str, times: int, env: dict[str, str], home: Path) -> None:
    done = in_shell(shell, env, "env", times)
    below = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    folders = below["PATH"].split(":")
    assert folders[0] == str(home / ".local/share/caro/shims") and folders.count(folders[0]) == 1
    assert folders[1:] == env["PATH"].split(":")
    assert below["ORIGINAL_PATH"] == env["PATH"]
    assert below["BASH_ENV"] == bash_value(home / ".config/caro/bashenv")
    assert not [name for name in below if name.startswith("__caro")]


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_each_interactive_shell_has_a_session_of_its_own(shell: str, env: dict[str, str]) -> None:
    import uuid

    sessions = {in_shell(shell, env, "echo $CARO_SESSION_ID").stdout.strip() for _ in range(3)}
    assert len(sessions) == 3 and {uuid.UUID(session).version for session in sessions} == {7}


@pytest.mark.parametrize("option", [["-l"], ["-lc", "git --version"], ["-c", "exec bash -l -c true"]])
def test_a_login_shell_whose_rc_sources_caro_ends(env: dict[str, str], home: Path, option: list[str]) -> None:
    (home / ".bash_profile").write_text('eval "$(caro init bash --shims-only)"\n. ~/.bashrc\n', "utf-8")
    (home / ".bashrc").write_text('eval "$(caro init bash --shims-only)"\n', "utf-8")
    done = subprocess.run(
        ["bash", *option], env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
