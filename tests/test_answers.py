"""What commands answer a newcomer: only a yes is one, near words are near, and what holds is said whole."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from caro.cli.asking import is_yes

Caro = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("given", ["y", "yes", " Y \n", "YES"])
def test_a_yes_is_a_yes(given: str) -> None:
    assert is_yes(given) and is_yes(given, default=True)


@pytest.mark.parametrize("given", ["gti", "n", "yes; ls", "git --version", "yn"])
def test_what_is_meant_for_the_shell_is_no_yes(given: str) -> None:
    assert not is_yes(given) and not is_yes(given, default=True)


def test_nothing_typed_is_what_the_question_says() -> None:
    assert not is_yes("\n") and is_yes("\n", default=True)


def test_uninstall_takes_no_line_for_a_yes(caro: Caro, env: dict[str, str], home: Path) -> None:
    (home / ".bashrc").write_text("PS1='> '\n")
    assert caro("install", "--yes", "bash").returncode == 0
    before = (home / ".bashrc").read_bytes()
    child = pexpect.spawn("caro", ["uninstall"], env=env, cwd=str(home), timeout=60)  # type: ignore[arg-type]
    child.expect_exact("Go on? [Y/n]:")
    child.sendline("git --version; gti")
    child.expect_exact("Nothing was changed.")
    child.expect(pexpect.EOF)
    assert (home / ".bashrc").read_bytes() == before


def test_uninstall_of_nothing_asks_nothing(env: dict[str, str], home: Path) -> None:
    child = pexpect.spawn("caro", ["uninstall"], env=env, cwd=str(home), timeout=60)  # type: ignore[arg-type]
    assert child.expect_exact(["Go on?", "Caro was not installed."]) == 1
    child.expect(pexpect.EOF)


def test_leaving_names_what_is_large_and_how_the_program_goes(
    caro: Caro, env: dict[str, str], home: Path
) -> None:
    assert caro("install", "--yes", "bash").returncode == 0
    compiler = home / ".cache/caro/compiler/lib"
    compiler.mkdir(parents=True)
    (compiler / "a").write_bytes(b"x" * 12_000_000)
    told = caro("uninstall", "--yes").stdout
    assert f"removing {home}/.cache/caro (1 file, 12 MB)" in told
    assert "pipx uninstall caro" in told and not (home / ".cache/caro").exists()


def test_status_after_leaving(caro: Caro, env: dict[str, str]) -> None:
    assert caro("install", "--yes", "bash").returncode == 0
    assert json.loads(caro("status", "--json").stdout)["installed"]
    assert caro("uninstall", "--yes", "--purge").returncode == 0
    told = caro("status", env=env | {"CARO_SESSION_ID": "00000000-0000-7000-8000-000000000000"}).stdout
    assert "not installed; `caro install`" in told and "not there: the defaults hold" in told
    assert "taken out since" in told and "fine" not in told


def test_a_mode_for_a_while_says_until_when(caro: Caro) -> None:
    told = caro("config", "set", "safety.mode", "active", "1h").stdout
    assert told.startswith("safety.mode = active until ") and told.endswith(", then passive\n")
    assert caro("config", "set", "safety.mode", "active").stdout == "safety.mode = active\n"


def test_letters_that_changed_places_are_nearest(caro: Caro) -> None:
    assert "did you mean `caro status`" in caro("stauts").stderr
    assert "did you mean `caro log`" in caro("lgo").stderr


def test_words_too_many_lead_to_the_commands_own_help(caro: Caro) -> None:
    wrong = caro("log", "--nosuch", "x")
    assert wrong.returncode == 2 and wrong.stderr.startswith("caro: log: ")
    assert wrong.stderr.endswith("see `caro log --help`\n")


def test_explain_error_takes_the_text_itself(caro: Caro) -> None:
    text = "fatal: not a git repository (or any of the parent directories): .git"
    told = caro("explain-error", text)
    assert told.returncode == 0 and told.stdout == caro("explain-error", input=text).stdout
    assert caro("explain-error", "--output-file", "/dev/null", text).returncode == 2


def test_explain_says_what_mode_active_would_do(caro: Caro) -> None:
    assert "mode passive; in mode active it would not run." in caro("explain", "rm -rf /").stdout
    assert "mode passive; in mode active it would ask first." in caro("explain", "git reset --hard").stdout
    caro("config", "set", "safety.mode", "active")
    assert "in mode active" not in caro("explain", "rm -rf /").stdout


def test_what_is_lacking_is_named_with_its_choices(caro: Caro) -> None:
    assert "required: FORMAT (jsonl, csv, " in caro("export").stderr
    assert "required: ACTION (list, get, " in caro("config").stderr


def test_a_finding_is_told_once(caro: Caro) -> None:
    assert caro("check", "kubectl delete ns prod").stdout.count("[destroy-resource]") == 1
    assert "writes over /etc/passwd, which" in caro("check", "echo x > /etc/passwd").stdout
    assert "gives rights" in caro("check", "echo 'u ALL=(ALL) NOPASSWD:ALL' >> /etc/sudoers").stdout


@pytest.mark.parametrize("topic", ["agents", "ci"])
def test_there_is_a_page_about_what_people_look_for(topic: str, caro: Caro) -> None:
    assert caro("help", topic).returncode == 0 and f"  {topic} " in caro("help").stdout
