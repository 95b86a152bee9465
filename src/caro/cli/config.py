"""Read, change and check the configuration."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from caro.cli.asking import says_yes
from caro.cli.tell import answer, answer_json, tell
from caro.errors import CaroError, UsageError
from caro.paths import Paths
from caro.regular_file import read_regular_file, read_text_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, (words, help_text) in _ACTION_TABLE.items():
        action = actions.add_parser(name, help=help_text, description=help_text + ".")
        for word in words:
            if word == "--json":
                action.add_argument("--json", action="store_true", help="one JSON document")
            elif word == "VALUE":
                action.add_argument(
                    "value", nargs="+", metavar="VALUE", help="a list takes several, or TOML text"
                )
            else:
                nargs = "?" if word == "[FILE]" else None
                action.add_argument(word.strip("[]").lower(), metavar=word.strip("[]"), nargs=nargs)
    parser.epilog = "A variable CARO_SECTION_KEY beats section.key. docs/reference.md lists every key."


def run(args: argparse.Namespace) -> int:
    paths = Paths.of(os.environ)
    return {
        "get": _get, "set": _set, "unset": _unset, "show": _show, "edit": _edit,
        "validate": _validate, "path": _path, "list": _list, "effective": _effective,
    }[args.action](args, paths)  # fmt: skip


_ACTION_TABLE: dict[str, tuple[tuple[str, ...], str]] = {
    "list": (("--json",), "show every key: its value, its default, and where the value comes from"),
    "get": (("KEY", "--json"), "print the value that holds"),
    "set": (("KEY", "VALUE"), "write a value into config.toml; comments and order stay"),
    "unset": (("KEY",), "take a key out of config.toml: the default holds again"),
    "show": ((), "print config.toml"),
    "edit": ((), "open config.toml in $VISUAL or $EDITOR; it is checked before it is kept"),
    "validate": (("[FILE]", "--json"), "name every unknown key and bad value, with its line"),
    "path": ((), "print where config.toml is"),
    "effective": (("--json",), "print every key as KEY = VALUE, for programs"),
}


def _setting(name: str) -> Any:
    from caro.settings import BY_NAME, REMOVED, nearest_hint

    if name in REMOVED:
        raise UsageError(f"config: {name} is no more: {REMOVED[name]}")
    if name not in BY_NAME:
        raise UsageError(f"config: {name}: no such key{nearest_hint(name)}")
    return BY_NAME[name]


def _file(paths: Paths) -> Path:
    from caro.settings import config_file

    return config_file(os.environ, paths)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _get(args: argparse.Namespace, paths: Paths) -> int:
    from caro.settings import load_settings

    settings = load_settings(os.environ, paths)
    value = settings[_setting(args.key).name]
    _tell_problems(settings.problems)
    if args.json:
        answer_json(value)
    else:
        answer(_plain(value))
    return 0


def _tell_problems(problems: tuple[str, ...]) -> None:
    """A default that holds because the file can't be read is not what its owner wrote."""
    if problems:
        what = f"{len(problems)} problem{'s' * (len(problems) != 1)} in the configuration"
        tell(f"{what}: what is wrong is not used; see `caro config validate`")


def _split_span(words: list[str], paths: Paths) -> tuple[list[str], dict[str, Any]]:
    """Return (the words of the mode, what `safety.mode_until` becomes). The mode after it is the one that holds for
    ever today. Raises UsageError."""
    import time

    from caro.mode_until import ModeUntil, span_seconds
    from caro.runtime_conf import file_settings

    settings = file_settings(os.environ, paths)
    if len(words) != 2:
        return words, {"safety.mode_until": None} if settings["safety.mode_until"] else {}
    seconds = span_seconds(words[1])
    if seconds is None:
        raise UsageError(f"config: {words[1]}: no span up to thirty days: 30m, 1h, 2d")
    then = settings.mode_until.then if settings.mode_until else str(settings["safety.mode"])
    end = int(time.time()) + seconds
    if settings.mode_until and words[0] == settings["safety.mode"]:
        end = max(end, settings.mode_until.end)  # said twice, it holds longer, not shorter
    return words[:1], {"safety.mode_until": str(ModeUntil(end, then))}


def set_key(name: str, words: list[str], paths: Paths) -> Any:
    """Write one key from plain text and tell whoever goes by it; return the value. Raises UsageError.

    A mode may be followed by a span: `active 1h`. Without one it holds until it is changed.
    """
    value = _write_key(name, words, paths)
    bring_up_to_date(paths)
    return value


def _write_key(name: str, words: list[str], paths: Paths) -> Any:
    from caro.config_write import set_values

    setting = _setting(name)
    with_end: dict[str, Any] = {}
    if name == "safety.mode":
        words, with_end = _split_span(words, paths)
    try:
        " ".join(words).encode()
    except UnicodeEncodeError:
        raise UsageError(f"config: {name}: the value has bytes that are no UTF-8") from None
    value = _parsed(setting, words)
    _refuse_patterns(setting.name, value)
    set_values(_file(paths), {setting.name: value} | with_end)
    return value


def _refuse_patterns(name: str, value: Any) -> None:
    """Raise UsageError where the value holds a pattern that can't hold as it is written."""
    from caro.runtime_conf import pattern_problems
    from caro.settings import SETTINGS, Settings

    values = {setting.name: setting.default for setting in SETTINGS} | {name: value}
    for problem in pattern_problems(Settings(values)):
        raise UsageError(f"config: {name}: {problem.problem}")


def _set(args: argparse.Namespace, paths: Paths) -> int:
    value = _write_key(args.key, args.value, paths)
    answer(f"{args.key} = {_plain(value)}{_mode_end(paths) if args.key == 'safety.mode' else ''}")
    sys.stdout.flush()
    bring_up_to_date(paths)
    _tell_variable(_setting(args.key))
    if args.key in ("shell.inline", "shell.inline_fish") and value:
        _offer_relay(paths)
    if args.key == "safety.undo" and value:
        _tell_nothing_asked(paths)
    if args.key == "safety.folders":
        _tell_weaker_folders(paths)
    return 0


def _mode_end(paths: Paths) -> str:
    """Return until when the mode that was written holds, in words; "" where that is until it is changed."""
    from caro.runtime_conf import file_settings

    until = file_settings(os.environ, paths).mode_until
    return f" until {until.clock()}, then {until.then}" if until else ""


def _tell_weaker_folders(paths: Paths) -> None:
    """A folder's mode adds to the person's own; one that asks for less changes nothing."""
    from caro.safety.policy import MATRIX
    from caro.settings import load_settings

    settings, order = load_settings(os.environ, paths), list(MATRIX)
    mode = settings["safety.mode"]
    weaker = [
        name for name, less in settings["safety.folders"].items() if order.index(less) < order.index(mode)
    ]
    if weaker:
        names = ", ".join(weaker)
        tell(
            f"a folder's mode only adds to yours, which is {mode}: that of {names} changes nothing while it is"
        )


def _tell_nothing_asked(paths: Paths) -> None:
    """What the guard would ask about is kept; where it never asks, nothing is."""
    from caro.settings import load_settings

    settings = load_settings(os.environ, paths)
    if "active" not in (settings["safety.mode"], *settings["safety.folders"].values()):
        mode = settings["safety.mode"]
        tell(
            f"in mode {mode} the guard asks about nothing, so nothing is kept: `caro config set safety.mode active`"
        )


def _offer_relay(paths: Paths) -> None:
    """Ask for what grey text in bash and fish needs, where Caro is in them and somebody is there to ask."""
    from caro.settings import load_settings
    from caro.shell.health import need_relay

    lacking = " and ".join(need_relay(paths, os.environ, load_settings(os.environ, paths)))
    if not lacking:
        return
    if sys.stdin.isatty() and sys.stdout.isatty():
        question = f"{lacking}: by the relay alone. Run every terminal below it (shell.relay_always)? [y/N] "
        if says_yes(question):
            set_key("shell.relay_always", ["true"], paths)
            answer("shell.relay_always = true")
            return
    tell(f"{lacking}: no grey text of Caro's without the relay: caro config set shell.relay_always true")


def _parsed(setting: Any, words: list[str]) -> Any:
    """Return a value from the command line; TOML text where a list or table is written as such."""
    import tomllib

    from caro.settings import parse_value, why_invalid

    if isinstance(setting.default, list | dict) and len(words) == 1 and words[0].lstrip()[:1] in ("[", "{"):
        try:
            value = tomllib.loads(f"value = {words[0]}")["value"]
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"config: {setting.name}: {error}") from None
        reason = why_invalid(setting, value)
        if reason is not None:
            raise UsageError(f"config: {setting.name}: {reason}")
        return value
    if isinstance(setting.default, list):
        return words
    if isinstance(setting.default, dict):
        raise UsageError(
            f'config: {setting.name} is a table; write it so: caro config set {setting.name} \'{{"a" = "b"}}\''
        )
    if len(words) > 1:
        raise UsageError(f"config: {setting.name} takes one value, not {len(words)}; quote it")
    try:
        return parse_value(setting, words[0])
    except UsageError as error:
        raise UsageError(f"config: {setting.name}: {error}") from None


def _tell_variable(setting: Any) -> None:
    from caro.settings import SHORT_VARIABLES

    names = [setting.variable, *(name for name, key in SHORT_VARIABLES.items() if key == setting.name)]
    for name in names:
        if os.environ.get(name):
            tell(f"{name} is set in this shell and beats it here")


_GOES_WITH = {"safety.mode": ("safety.mode_until",)}
"""Keys that mean nothing without another."""


def _unset(args: argparse.Namespace, paths: Paths) -> int:
    from caro.config_write import set_values
    from caro.settings import REMOVED

    name = args.key if args.key in REMOVED else _setting(args.key).name
    if _file(paths).exists():
        set_values(_file(paths), dict.fromkeys([name, *_GOES_WITH.get(name, ())]))
        bring_up_to_date(paths)
    if name in REMOVED:
        print(f"{name} is no more")
        return 0
    setting = _setting(name)
    print(f"{setting.name} = {_plain(setting.default)} (default)")
    return 0


def bring_up_to_date(paths: Paths) -> None:
    """Bring up to date what is made from the configuration: runtime.conf, the init files, a daemon that runs."""
    from caro.client import Client
    from caro.runtime_conf import refresh_runtime_conf
    from caro.settings import socket_file
    from caro.shell.init_text import write_init_files

    refresh_runtime_conf(os.environ, paths)
    changed = write_init_files(os.environ, paths) if paths.shell.is_dir() else []
    if any(file.name.startswith("init.") for file in changed):
        tell("a shell that is open keeps what it began with; open a new one")
    try:
        Client(socket_file(os.environ, paths), timeout=1.0).request("reload")
    except (CaroError, OSError):
        pass


def _show(args: argparse.Namespace, paths: Paths) -> int:
    file = _file(paths)
    if not file.exists():
        tell(f"{file} is not there: the defaults hold (`caro config list` shows them)")
        return 0
    text = read_regular_file(file).decode("utf-8", "replace")
    print(text, end="" if text.endswith("\n") else "\n")
    return 0


def _path(args: argparse.Namespace, paths: Paths) -> int:
    print(_file(paths))
    return 0


def _list(args: argparse.Namespace, paths: Paths) -> int:
    from caro.knowledge.shells import key_words
    from caro.settings import SETTINGS, load_settings

    settings = load_settings(os.environ, paths)
    here = _mode_here(settings, paths)
    rows = [
        (key, *here) if here and key.name == "safety.mode"
        else (key, settings[key.name], _origin(settings.origin[key.name], paths))
        for key in SETTINGS
    ]  # fmt: skip
    if args.json:
        keys = {
            key.name: {"value": value, "default": key.default, "from": origin, "meaning": key.meaning}
            for key, value, origin in rows
        }
        answer_json({"v": 1, "settings": keys, "problems": settings.problems})
        return 0
    _tell_problems(settings.problems)
    answer(_row("KEY", "VALUE", "DEFAULT", "FROM"))
    for key, value, origin in rows:
        pressed = f"   ({key_words(value) or 'no key'})" if key.name.endswith("_key") else ""
        answer(_row(key.name, _shown(value), _shown(key.default), origin + pressed))
    return 0


def _mode_here(settings: Any, paths: Paths) -> tuple[str, str] | None:
    """Return the mode that `[safety] folders` gives this folder, and its origin; None: it changes nothing here."""
    from caro.engine.process import folder_here
    from caro.safety.policy import policy_from
    from caro.settings import folder_modes

    folders = folder_modes(settings, str(paths.home))
    mode = policy_from(settings.values, folders).mode_in(folder_here())
    return (mode, "safety.folders, for this folder") if mode != settings["safety.mode"] else None


def _origin(origin: str, paths: Paths) -> str:
    """Return where a value comes from, in words: the default, the file's name, its environment, or a variable."""
    if origin == "file":
        return str(_file(paths))
    return f"[{origin}] of {_file(paths)}" if origin.startswith("environments.") else origin


def _row(key: str, value: str, default: str, origin: str) -> str:
    return f"{key:<24} {value:<18} {default:<18} {origin}"


def _shown(value: Any) -> str:
    """Return a value in the width of its column: the beginning of a long one; `caro config get` prints it whole."""
    text = _plain(value) or '""'
    return text if len(text) <= 18 else text[:17] + "…"


def _effective(args: argparse.Namespace, paths: Paths) -> int:
    from caro.settings import SETTINGS, load_settings

    settings = load_settings(os.environ, paths)
    if args.json:
        keys = {
            key.name: {"value": settings[key.name], "from": settings.origin[key.name]} for key in SETTINGS
        }
        answer_json({"v": 1, "settings": keys, "problems": settings.problems})
        return 0
    _tell_problems(settings.problems)
    for setting in SETTINGS:
        origin = settings.origin[setting.name]
        origin = "" if origin == "default" else f"   # {origin}"
        answer(f"{setting.name} = {_plain(settings[setting.name])}{origin}")
    return 0


def _problems(env: dict[str, str], paths: Paths) -> tuple[list[str], list[str]]:
    """Return what is wrong, and what is only worth knowing."""
    from caro.runtime_conf import all_problems
    from caro.settings import OTHER_VARIABLES, SETTINGS, SHORT_VARIABLES, config_file, load_settings

    settings = load_settings(env, paths)
    wrong = all_problems(settings, config_file(env, paths))
    notes: list[str] = list(settings.notes)
    known = {setting.variable for setting in SETTINGS} | set(SHORT_VARIABLES) | set(OTHER_VARIABLES)
    for name in sorted(env):
        if name.startswith("CARO_") and name not in known:
            notes.append(f"{name}: no such variable{_nearest(name, known)}")
    return wrong, notes


def _nearest(name: str, known: set[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


def _validate(args: argparse.Namespace, paths: Paths) -> int:
    env = dict(os.environ)
    if args.file:
        if not Path(args.file).exists():
            raise CaroError(f"{args.file} is not there")
        env["CARO_CONFIG"] = os.path.abspath(args.file)
    wrong, notes = _problems(env, paths)
    if args.json:
        answer_json({"v": 1, "problems": wrong, "notes": notes})
        return int(bool(wrong))
    for problem in wrong:
        answer(problem)
    for note in notes:
        answer(f"note: {note}")
    if not wrong:
        print(
            "The configuration is fine."
            if _file(paths).exists() or args.file
            else "No config.toml: the defaults hold."
        )
    return int(bool(wrong))


def _edit(args: argparse.Namespace, paths: Paths) -> int:
    from caro.config_template import template
    from caro.config_write import write_private
    from caro.errors import RefusedError

    file = _file(paths)
    draft = file.with_name(f"{file.name}.draft")
    if not draft.exists():
        write_private(draft, read_text_file(file) if file.exists() else template())
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    while True:
        if _start_editor(editor, draft) != 0:
            raise CaroError(f"{editor} failed; what was edited is in {draft}, nothing was changed")
        wrong, _notes = _problems(dict(os.environ) | {"CARO_CONFIG": str(draft)}, paths)
        if not wrong:
            break
        tell("\n".join(wrong))
        if not sys.stdin.isatty() or not says_yes("Edit again? [Y/n]: ", default=True):
            raise RefusedError(f"{file} was not changed; the draft is {draft}")
    write_private(file, draft.read_text("utf-8"))
    draft.unlink()
    bring_up_to_date(paths)
    return 0


def _start_editor(editor: str, draft: Path) -> int:
    try:
        return subprocess.call([*shlex.split(editor), str(draft)])
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise CaroError(f"the editor {editor} can't be started: {why}; set VISUAL or EDITOR") from None
