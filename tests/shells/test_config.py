"""`caro config`: comments stay, every problem is named with its line, bad input loses nothing."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from caro.config_lines import key_lines
from caro.config_template import template
from caro.config_write import set_values
from caro.settings import SETTINGS

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


def test_what_counts_in_new_shells_alone_is_said(caro: Caro, config: Path) -> None:
    config.unlink()
    assert caro("install", "--yes", "bash").returncode == 0
    said = "open a new one"
    for key, value in (
        ("shell.pick", "true"),
        ("shell.fix_key", r"\C-xf"),
        ("privacy.shell_history", "drop"),
    ):
        assert said in caro("config", "set", key, value).stderr, key
        assert said not in caro("config", "set", key, value).stderr, key
        assert said in caro("config", "unset", key).stderr, key
    for key, value in (("safety.mode", "active"), ("fix.confidence", "0.9")):
        assert said not in caro("config", "set", key, value).stderr, key


def test_who_switches_undo_on_where_nothing_is_asked_is_told(caro: Caro, config: Path) -> None:
    assert "nothing is kept" in caro("config", "set", "safety.undo", "true").stderr
    caro("config", "set", "safety.mode", "active")
    assert "kept" not in caro("config", "set", "safety.undo", "true").stderr


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


def test_list_tells_value_default_and_origin(caro: Caro, config: Path, env: dict[str, str]) -> None:
    env["CARO_TRACE_ENV_DIFF"] = "1"
    told = json.loads(caro("config", "list", "--json").stdout)["settings"]
    assert list(told) == [setting.name for setting in SETTINGS]
    assert (
        told["trace.env_diff"]["from"] == "CARO_TRACE_ENV_DIFF" and told["trace.env_diff"]["default"] is False
    )
    assert told["shell.fix_key"]["from"] == str(config)
    lines = caro("config", "list").stdout.splitlines()
    assert len(lines) == len(SETTINGS) + 1 and all("  " in line for line in lines)


def test_the_commented_file_sets_nothing_and_holds_every_key() -> None:
    text = template()
    assert not any(tomllib.loads(text).values())
    open_text = re.sub(r"^# ([a-z_]+ = )", r"\1", text.partition("# What holds while")[0], flags=re.M)
    document = tomllib.loads(open_text)
    assert {
        f"{section}.{key}": value for section, keys in document.items() for key, value in keys.items()
    } == {setting.name: setting.default for setting in SETTINGS}


@pytest.mark.parametrize("name", ["safety.mode", "trace.tools", "safety.commands", "ui.colour"])
def test_a_key_of_the_commented_file_stands_below_its_comment(tmp_path: Path, name: str) -> None:
    file, section, key = tmp_path / "config.toml", *name.split(".")
    file.write_text(template())
    value: object = {"a": "warn"} if name == "safety.commands" else "x"
    set_values(file, {name: value})
    text = file.read_text()
    assert tomllib.loads(text)[section] == {key: value}
    assert isinstance(value, dict) or re.search(rf"^# {key} = .*\n{key} = ", text, re.M)
    if not isinstance(value, dict):
        set_values(file, {name: None})
        assert file.read_text() == template()


def test_an_edit_begins_with_the_commented_file(caro: Caro, home: Path, env: dict[str, str]) -> None:
    env["VISUAL"] = "true"
    assert caro("config", "edit").returncode == 0
    assert (home / ".config/caro/config.toml").read_text() == template()
    assert caro("config", "validate").returncode == 0


def test_a_folder_that_has_a_mode_is_named(home: Path, env: dict[str, str]) -> None:
    (home / ".config/caro").mkdir(parents=True)
    (home / ".config/caro/config.toml").write_text('[safety.folders]\n"~" = "active"\n')
    told = subprocess.run(["caro", "config", "list"], cwd=home, env=env, capture_output=True, text=True)
    row = next(line for line in told.stdout.splitlines() if line.startswith("safety.mode "))
    assert row.split()[1:3] == ["active", "passive"] and "safety.folders" in row


def test_keys_are_listed_as_they_are_pressed(caro: Caro) -> None:
    caro("config", "set", "shell.hint_key", "")
    rows = {line.split()[0]: line for line in caro("config", "list").stdout.splitlines()}
    assert rows["shell.ask_key"].endswith("(ctrl-x ctrl-p)") and rows["shell.fix_key"].endswith("(esc esc)")
    assert rows["shell.hint_key"].endswith("(no key)")


def test_a_folder_whose_mode_asks_for_less_is_said_to_change_nothing(caro: Caro) -> None:
    told = caro("config", "set", "safety.folders", '{"~/play" = "off", "~/prod" = "active"}')
    assert told.returncode == 0 and "~/play changes nothing" in told.stderr
    assert caro("config", "set", "safety.folders", '{"~/prod" = "active"}').stderr == ""


PAST, FUTURE = "2001-01-01T00:00:00+00:00", "2999-01-01T00:00:00+00:00"


def test_a_mode_for_a_while(caro: Caro, home: Path) -> None:
    file, compiled = home / ".config/caro/config.toml", home / ".config/caro/runtime.conf"
    assert caro("config", "set", "safety.mode", "active", "1h").returncode == 0
    document = tomllib.loads(file.read_text())["safety"]
    assert document["mode"] == "active" and document["mode_until"].endswith("+00:00 passive")
    assert re.search(r"^mode = active\nmode_until = \d{10} passive$", compiled.read_text(), re.M)
    assert ", then passive" in caro("status").stdout
    assert caro("config", "set", "safety.mode", "active", "1s").returncode == 0
    assert tomllib.loads(file.read_text())["safety"]["mode_until"] == document["mode_until"]
    # Chosen again, it ends later; what comes after it stays what it was before the first.
    assert caro("config", "set", "safety.mode", "off", "2d").returncode == 0
    assert tomllib.loads(file.read_text())["safety"]["mode_until"].endswith("+00:00 passive")
    for words in (("set", "safety.mode", "active"), ("unset", "safety.mode")):
        assert caro("config", *words).returncode == 0
        assert "mode_until" not in file.read_text() + compiled.read_text()


@pytest.mark.parametrize("span", ["1", "h", "0h", "31d", "1h30m", "1y"])
def test_a_span_that_is_none(caro: Caro, home: Path, span: str) -> None:
    told = caro("config", "set", "safety.mode", "active", span)
    assert told.returncode == 2 and "no span" in told.stderr
    assert caro("config", "get", "safety.mode").stdout == "passive\n"


@pytest.mark.parametrize(("end", "mode"), [(PAST, "active"), (FUTURE, "off"), ("2999-01-01", "off")])
def test_the_mode_after_it_holds_once_it_is_over(caro: Caro, home: Path, end: str, mode: str) -> None:
    file = home / ".config/caro/config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(f'[safety]\nmode = "off"\nmode_until = "{end} active"\n')
    assert caro("config", "get", "safety.mode").stdout == f"{mode}\n"
    told = caro("config", "validate")
    assert ("mode_until" in told.stdout + told.stderr) == (end == "2999-01-01")
