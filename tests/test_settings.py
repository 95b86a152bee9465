"""config.toml and CARO_* variables: precedence, and what is said of bad values."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from caro.config_write import set_values
from caro.errors import UsageError
from caro.paths import Paths
from caro.runtime_conf import write_runtime_conf
from caro.settings import (
    BY_NAME,
    SETTINGS,
    Settings,
    load_settings,
    log_file,
    mode_of,
    parse_value,
    with_environment,
)


def load(home: Path, text: str = "", **env: str) -> Settings:
    paths = Paths.of({"HOME": str(home)})
    if text:
        paths.config.mkdir(parents=True, exist_ok=True)
        paths.config_toml.write_text(text, "utf-8")
    return load_settings({"HOME": str(home), **env}, paths)


def test_defaults_hold_without_a_file(home: Path) -> None:
    settings = load(home)
    assert settings["daemon.timeout_ms"] == 50 and settings.problems == ()
    assert log_file(settings, Paths.of({"HOME": str(home)})) == home / ".trace_shell.jsonl"


def test_variables_beat_the_environment_table_which_beats_the_file(home: Path) -> None:
    text = '[safety]\nmode = "off"\n[environments.work.safety]\nmode = "active"\n'
    assert load(home, text)["safety.mode"] == "off"
    assert load(home, text, CARO_ENV="work")["safety.mode"] == "active"
    assert load(home, text, CARO_ENV="work", CARO_SAFETY_MODE="passive")["safety.mode"] == "passive"
    assert load(home, text, CARO_SAFETY_MODE="passive", CARO_SAFETY_LEVEL="off")["safety.mode"] == "off"


def test_names_of_the_log(home: Path) -> None:
    paths = Paths.of({"HOME": str(home)})
    text = '[trace]\nlog_file = "/file"\n'
    assert log_file(load(home, text), paths) == Path("/file")
    assert log_file(load(home, text, TRACE_SHELL="/b"), paths) == Path("/b")
    assert log_file(load(home, text, TRACE_SHELL="/b", TRACE_LOG_FILE="/a"), paths) == Path("/a")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[safty]\nmode = 'off'\n", ["safty.mode", "safety.mode"]),
        ("[safety]\nmode = 'loud'\n", ["loud", "off, passive, active"]),
        ("[daemon]\ntimeout_ms = 'fast'\n", ["daemon.timeout_ms", "whole number"]),
        ("[daemon]\ntimeout_ms = true\n", ["daemon.timeout_ms", "whole number"]),
        ("[daemon]\ntimeout_ms = -1\n", ["daemon.timeout_ms", "below zero"]),
        ("mode = 1\n", ["mode", "outside"]),
        ("[trace\n", ["config.toml"]),
    ],
)
def test_problems_are_named_and_the_default_stands(home: Path, text: str, words: list[str]) -> None:
    settings = load(home, text)
    assert len(settings.problems) == 1
    assert all(word in settings.problems[0] for word in words), settings.problems
    assert settings["safety.mode"] == "passive" and settings["daemon.timeout_ms"] == 50


def stands(home: Path, *texts: str, **env: str) -> Settings:
    """Return the settings after these texts stood in config.toml one after the other, each compiled as it stood."""
    paths = Paths.of({"HOME": str(home)})
    for text in texts[:-1]:
        write_runtime_conf(load(home, text), paths, ())
    paths.config_toml.write_text(texts[-1], "utf-8")
    return load_settings({"HOME": str(home), **env}, paths)


ACTIVE = '[safety]\nmode = "active"\nblock = ["^never"]\nfolders = {"/a" = "active"}\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[safety\n", "config.toml"),
        ("", "empty"),
        ("stray\n" + ACTIVE, "config.toml"),
        (ACTIVE.replace('"active"\nblock', '"activ"\nblock'), "'activ' is none of"),
        (ACTIVE.replace('["^never"]', "3"), "3 is not a list"),
        (ACTIVE.replace('["^never"]', '"^never"'), "list of one"),
        (ACTIVE.replace('"/a" = "active"', '"/a" = "activ", "/b" = "off"'), "'activ' for /a"),
        ('safety = "off"\n', "outside any section"),
    ],
)
def test_what_stood_before_holds_where_the_guard_cannot_read_it(home: Path, text: str, said: str) -> None:
    settings = stands(home, ACTIVE, text)
    assert len(settings.problems) == 1 and said in settings.problems[0], settings.problems
    assert settings["safety.mode"] == "active"
    assert settings["safety.block"] == ["^never"]
    assert settings["safety.folders"]["/a"] == "active"
    again = stands(home, text, text)
    assert again.values == settings.values, "a faulty file never becomes the last good one"


def test_an_environments_unreadable_mode_stays_what_it_was(home: Path) -> None:
    text = '[safety]\nmode = "off"\n[environments.prod.safety]\nmode = "active"\n'
    faulty = text.replace('"active"', '"activ"')
    assert stands(home, text, faulty, faulty, CARO_ENV="prod")["safety.mode"] == "active"
    settings = stands(home, faulty)
    assert settings["safety.mode"] == "off" and "environments.prod.safety.mode" in settings.problems[0]
    assert with_environment(settings, "prod")["safety.mode"] == "active"


def test_without_a_file_nothing_of_before_stands(home: Path) -> None:
    paths = Paths.of({"HOME": str(home)})
    write_runtime_conf(load(home, ACTIVE), paths, ())
    paths.config_toml.unlink()
    write_runtime_conf(load(home), paths, ())
    settings = load(home, "[safety\n")
    assert settings["safety.mode"] == "passive" and not paths.config_good.exists()


def test_one_text_is_a_list_of_one_and_case_does_not_matter(home: Path) -> None:
    settings = load(
        home, '[safety]\nmode = "Active"\nblock = "^x"\nfolders = {"/a" = "OFF"}\n', CARO_UI_COLOUR="Never"
    )
    assert settings["safety.mode"] == "active" and settings["ui.colour"] == "never"
    assert settings["safety.block"] == ["^x"] and settings["safety.folders"] == {"/a": "off"}
    assert len(settings.problems) == 1 and "list of one" in settings.problems[0]
    assert load(home, '[safety]\nallow = "rm"\n')["safety.allow"] == [], "nothing is let through by guess"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("trace.builtins", "yes", True),
        ("trace.builtins", "0", False),
        ("daemon.timeout_ms", "80", 80),
        ("fix.confidence", "0.7", 0.7),
        ("trace.tools", "git make", ["git", "make"]),
    ],
)
def test_values_written_as_text(name: str, text: str, value: Any) -> None:
    assert parse_value(BY_NAME[name], text) == value


def test_bad_text_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="whole number"):
        parse_value(BY_NAME["daemon.timeout_ms"], "soon")


def test_every_default_is_valid_and_every_name_its_own() -> None:
    from caro.settings import why_invalid

    assert all(why_invalid(setting, setting.default) is None for setting in SETTINGS)
    assert len(BY_NAME) == len(SETTINGS)


def test_writing_keeps_comments_and_other_keys(home: Path) -> None:
    file = home / "config.toml"
    file.write_text("# mine\n[safety]\nmode = 'off'  # for now\n", "utf-8")
    set_values(file, {"trace.tools": ["git"], "safety.mode": "active"})
    text = file.read_text("utf-8")
    assert text.startswith("# mine\n") and "# for now" in text
    assert file.stat().st_mode & 0o777 == 0o600
    set_values(file, {"trace.tools": None})
    assert "tools" not in file.read_text("utf-8")


def test_writing_follows_a_symlink(home: Path) -> None:
    real = home / "dotfiles.toml"
    real.write_text("", "utf-8")
    link = home / "config.toml"
    link.symlink_to(real)
    set_values(link, {"safety.mode": "off"})
    assert link.is_symlink() and 'mode = "off"' in real.read_text("utf-8")


def test_writing_refuses_a_broken_file(home: Path) -> None:
    file = home / "config.toml"
    file.write_text("[trace\n", "utf-8")
    with pytest.raises(UsageError, match="can't be read"):
        set_values(file, {"safety.mode": "off"})
    assert file.read_text("utf-8") == "[trace\n"


def test_every_setting_is_read_somewhere() -> None:
    """By its name, in a line of Python outside the table: a key that nothing reads is a painted door."""
    source = Path(load_settings.__code__.co_filename).parent
    texts = {file: file.read_text("utf-8") for file in source.rglob("*.py") if file.name != "settings.py"}
    own = (source / "settings.py").read_text("utf-8").replace(" ", "")
    unread = [
        setting.name
        for setting in SETTINGS
        if not any(f'"{setting.name}"' in text for text in texts.values())
        and f'settings["{setting.name}"]' not in own
    ]
    assert not unread


def test_a_key_that_is_no_more_still_loads_and_is_named(
    home: Path, caro: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    settings = load(
        home, "[fix]\ntypos = false\nconfidence = 0.9\n[ui]\nicons = true\n[environments.x.fix]\ntypos = 1\n"
    )
    assert settings.problems == () and settings["fix.confidence"] == 0.9
    assert len(settings.notes) == 2 and all("caro config unset" in note for note in settings.notes)
    checked = caro("config", "validate")
    assert checked.returncode == 0 and "fix.typos is no more" in checked.stdout
    assert caro("config", "get", "fix.confidence").stderr == ""
    assert "is no more" in caro("config", "set", "ui.icons", "true").stderr
    assert caro("config", "unset", "fix.typos").returncode == 0
    assert "typos = false" not in (home / ".config/caro/config.toml").read_text()


def test_an_environment_only_adds_to_rules(home: Path) -> None:
    text = """
[safety]
block = ["^gen "]
commands = {"^a" = "confirm", "^b" = "warn"}
folders = {"/a" = "active", "/b" = "off"}
[privacy]
redact_patterns = ["one"]
[environments.ci.safety]
block = ["^ci ", "^gen "]
commands = {"^a" = "warn", "^b" = "block", "^c" = "warn"}
folders = {"/a" = "off", "/b" = "passive"}
[environments.ci.privacy]
redact_patterns = ["two"]
"""
    for settings in (load(home, text, CARO_ENV="ci"), with_environment(load(home, text), "ci")):
        assert settings["safety.block"] == ["^gen ", "^ci "]
        assert settings["safety.commands"] == {"^a": "confirm", "^b": "block", "^c": "warn"}
        assert settings["safety.folders"] == {"/a": "active", "/b": "passive"}
        assert settings["privacy.redact_patterns"] == ["one", "two"]
    assert load(home, text)["safety.block"] == ["^gen "]


@pytest.mark.parametrize(
    ("level", "mode", "chosen"),
    [
        ("bogus", "active", "active"),
        ("OFF", "active", "off"),
        ("", "Passive", "passive"),
        ("bogus", "", None),
    ],
)
def test_a_word_that_is_no_mode_is_passed_over(home: Path, level: str, mode: str, chosen: str | None) -> None:
    variables = {"CARO_SAFETY_LEVEL": level, "CARO_SAFETY_MODE": mode}
    assert mode_of(variables) == chosen
    assert load(home, **variables)["safety.mode"] == (chosen or "passive")


@pytest.mark.parametrize("text", ["0", "1_0", " 7", "+7", "1000000000", "٣"])
def test_a_number_is_what_the_natives_read_too(text: str) -> None:
    with pytest.raises(UsageError):
        parse_value(BY_NAME["daemon.timeout_ms"], text)


def test_each_file_that_a_variable_names_has_its_own_last_good_copy(home: Path) -> None:
    paths, file = Paths.of({"HOME": str(home)}), home / "other.toml"
    env = {"HOME": str(home), "CARO_CONFIG": str(file)}
    load(home, '[safety]\nmode = "off"\n')
    file.write_text(ACTIVE)
    write_runtime_conf(load_settings(env, paths), paths, ())
    file.write_text("[safety\n")
    settings = load_settings(env, paths)
    assert settings["safety.mode"] == "active" and settings["safety.block"] == ["^never"]
    file.with_name("third.toml").write_text("[safety\n")
    third = load_settings(env | {"CARO_CONFIG": str(home / "third.toml")}, paths)
    assert third["safety.mode"] == "passive", "of that file nothing good is known"


def test_an_environments_allowances_are_added(home: Path) -> None:
    text = '[safety]\nallow = ["a"]\n[environments.prod.safety]\nallow = ["b"]\n'
    assert load(home, text, CARO_ENV="prod")["safety.allow"] == ["a", "b"]
    assert load(home, text)["safety.allow"] == ["a"]


def test_no_variable_sets_what_the_gates_take_from_the_file(home: Path) -> None:
    loosening = {"CARO_SAFETY_AGENT_MODE": "off", "CARO_SAFETY_ALLOW": "rm", "CARO_SAFETY_BLOCK": "x"}
    settings = load(home, ACTIVE, **loosening)
    assert settings["safety.agent_mode"] == "active"
    assert settings["safety.allow"] == [] and settings["safety.block"] == ["^never"]
