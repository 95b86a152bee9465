"""`caro config`: comments stay, every problem is named with its line, bad input loses nothing."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from caro.config_lines import key_lines

Caro = Callable[..., subprocess.CompletedProcess[str]]
TEXT = """\
# mine
[safety]
mode = "pasive"   # typo
allow = [
  "x = 1",
]

[safty]
mode = "active"

[shell]
ask_kee = '''
[not.a.section]
'''
fix_key = "\\\\e\\\\e"
"""


BAD = [
    ("safety.mode", "loud"),
    ("daemon.timeout_ms", "-1"),
    ("fix.confidence", "x"),
    ("no.such", "1"),
    ("safety.commands", "x"),
]


@pytest.fixture
def config(home: Path) -> Path:
    file = home / ".config/caro/config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(TEXT)
    return file


def test_every_problem_is_named_with_line_and_nearest_key(caro: Caro, config: Path) -> None:
    told = caro("config", "validate")
    assert told.returncode == 1
    assert f"{config}:3: safety.mode: 'pasive' is none of off, passive, active" in told.stdout
    assert f"{config}:9: safty.mode: no such key; did you mean safety.mode?" in told.stdout
    assert f"{config}:12: shell.ask_kee: no such key; did you mean shell.ask_key?" in told.stdout
    assert len(told.stdout.splitlines()) == 3


def test_broken_toml_is_named_and_kept(caro: Caro, config: Path) -> None:
    config.write_text("[safety\nmode = 1\n")
    assert "line 1" in caro("config", "validate").stdout
    told = caro("config", "set", "safety.mode", "active")
    assert told.returncode == 2 and "Traceback" not in told.stderr
    assert config.read_text() == "[safety\nmode = 1\n"
    for words in (["get", "safety.mode"], ["effective"]):
        told = caro("config", *words)
        assert told.returncode == 0 and "passive" in told.stdout
        assert "1 problem in the configuration" in told.stderr


def test_set_keeps_comments_and_reaches_the_natives(caro: Caro, config: Path, home: Path) -> None:
    assert caro("config", "set", "safety.mode", "active").returncode == 0
    assert config.read_text() == TEXT.replace('"pasive"', '"active"')
    assert "mode = active" in (home / ".config/caro/runtime.conf").read_text()
    assert caro("config", "get", "safety.mode").stdout == "active\n"
    assert caro("config", "unset", "safety.mode").returncode == 0
    assert caro("config", "get", "safety.mode").stdout == "passive\n"


@pytest.mark.parametrize("words", BAD)
def test_a_bad_value_changes_nothing(caro: Caro, config: Path, words: tuple[str, str]) -> None:
    told = caro("config", "set", *words)
    assert told.returncode == 2 and told.stderr.startswith("caro: config: ")
    assert config.read_text() == TEXT


def test_lists_and_tables(caro: Caro, home: Path) -> None:
    caro("config", "set", "trace.tools", "git", "npm")
    caro("config", "set", "safety.commands", '{"git push.*-f" = "confirm"}')
    assert json.loads(caro("config", "get", "trace.tools", "--json").stdout) == ["git", "npm"]
    assert "rule = confirm git push.*-f" in (home / ".config/caro/runtime.conf").read_text()


def test_effective_tells_where_a_value_comes_from(caro: Caro, config: Path, env: dict[str, str]) -> None:
    env["CARO_TRACE_ENV_DIFF"] = "1"
    told = json.loads(caro("config", "effective", "--json").stdout)
    assert told["settings"]["trace.env_diff"] == {"value": True, "from": "CARO_TRACE_ENV_DIFF"}
    assert told["settings"]["daemon.timeout_ms"]["from"] == "default"
    assert told["settings"]["shell.fix_key"]["from"] == "file"


def test_an_edit_that_is_wrong_is_kept_aside(
    caro: Caro, config: Path, env: dict[str, str], tmp_path: Path
) -> None:
    editor = tmp_path / "ed"
    editor.write_text("#!/bin/sh\nprintf '[ui]\\ncolour = 7\\n' > \"$1\"\n")
    editor.chmod(0o755)
    env["EDITOR"] = str(editor)
    told = caro("config", "edit", stdin=subprocess.DEVNULL)
    assert told.returncode == 1 and config.read_text() == TEXT
    assert "colour" in config.with_name("config.toml.draft").read_text()


def test_an_editor_that_is_not_there(caro: Caro, config: Path, env: dict[str, str]) -> None:
    env["EDITOR"] = "/none/editor"
    told = caro("config", "edit")
    assert told.returncode == 1 and "set VISUAL or EDITOR" in told.stderr and told.stderr.count("\n") == 1
    assert config.read_text() == TEXT


def test_lines_of_keys() -> None:
    text = '[a]\nb = """\nc = 1\n"""\nd = [\n "]",\n]\n"e f" = 1\n[g."h i"]\nj.k = {l = 1}\n'
    lines = key_lines(text)
    assert (lines["a"], lines["a.b"], lines["a.d"], lines["a.e f"]) == (1, 2, 5, 8)
    assert (lines["g.h i"], lines["g.h i.j.k"]) == (9, 10)
    assert "a.c" not in lines
