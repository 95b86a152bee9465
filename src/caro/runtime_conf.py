"""runtime.conf: what the native programs need of the configuration, compiled into one file.

`key = value` lines, at most 64 KiB, written atomically; native/lib/runtime_conf.c reads it. It is made from the
configuration *file* alone: variables of one shell must not become the rules of all.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

from caro.config_write import write_private
from caro.errors import CaroError
from caro.paths import Paths
from caro.plain import plain_entries
from caro.settings import Settings, folder_modes, load_settings, with_environment

MAX_BYTES = 64 * 1024
HEADER = (
    "# Made by Caro from config.toml: edit that one. `caro config validate` tells what could not be taken.\n"
)
_GUARD = Path(__file__).parent / "safety"
_TABLE_NAMES = re.compile(r'^\[(?:"([^"\]]+)"|([\w.+-]+))\]|^same_as = \[([^\]]*)\]', re.MULTILINE)
ACTIONS = ("warn", "confirm", "block")
_KEPT_VARIABLES = (
    "HOME",
    "CARO_CONFIG",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "XDG_CACHE_HOME",
)


@dataclass(frozen=True)
class UserRule:
    """One pattern of `[safety.commands]` or `[safety] block`, and who decides it."""

    pattern: str
    action: str
    ere: str | None
    """As it stands in runtime.conf; None: the daemon alone decides it."""
    problem: str | None = None
    """Why it is refused (then nobody decides it), or why only the daemon can."""
    refused: bool = False


def user_rules(settings: Settings) -> list[UserRule]:
    named = [(str(pattern), "block") for pattern in settings["safety.block"]]
    named += [(pattern, str(action)) for pattern, action in settings["safety.commands"].items()]
    return [_compile_rule(pattern, action) for pattern, action in named]


def _compile_rule(pattern: str, action: str) -> UserRule:
    from caro.ere import Ere, NotEre, SlowPattern, check_python_pattern

    if action not in ACTIONS:
        return UserRule(pattern, action, None, f"{action!r} is none of {', '.join(ACTIONS)}", True)
    try:
        return UserRule(pattern, action, Ere(pattern).text)
    except SlowPattern as error:
        return UserRule(pattern, action, None, str(error), True)
    except NotEre as error:
        reason = f"{error}: only the daemon decides it"
    try:
        check_python_pattern(pattern)
    except ValueError as error:
        return UserRule(pattern, action, None, str(error), True)
    return UserRule(pattern, action, None, reason)


@cache
def guarded_programs() -> tuple[str, ...]:
    """The programs that the guard has a table for: the exec gate asks the daemon about these alone.

    Read as text from the guard's data: everything may need this file, the guard's code only who judges.
    """
    import tomllib

    names = set[str]()
    for file in _GUARD.glob("programs/**/*.toml"):
        if file.name != "verbs.toml":
            names.update(_names_in(file.read_text("utf-8")))
    # What changes who runs a command, or where; the rest only hands it on, and it is met again below.
    wrappers = tomllib.loads((_GUARD / "wrappers.toml").read_text("utf-8"))
    for name, wrapper in wrappers.items():
        if isinstance(wrapper, dict) and wrapper.get("marks"):
            names.update((name, *wrapper.get("same_as", ())))
    return tuple(sorted(name for name in names if " " not in name and "/" not in name))


def _names_in(text: str) -> Iterator[str]:
    for match in _TABLE_NAMES.finditer(text):
        yield from re.findall(r'"([^"]+)"', match[3]) if match[3] is not None else (match[1] or match[2],)


def compile_text(settings: Settings, programs: Iterable[str] | None = None, home: str = "") -> str:
    """The file's text; raises CaroError above 64 KiB. `programs` None: those of the guard."""
    programs = guarded_programs() if programs is None else programs
    lines = [f"{key} = {value}" for key, value in _entries(settings, programs, home) if "\n" not in value]
    text = HEADER + "".join(line + "\n" for line in lines)
    if len(text.encode("utf-8", "surrogateescape")) > MAX_BYTES:
        raise CaroError("the rules and patterns of config.toml make more than 64 KiB: remove some")
    return text


def _entries(settings: Settings, programs: Iterable[str], home: str) -> Iterator[tuple[str, str]]:
    general = list(_settings_entries(settings, home))
    yield from _identity()
    yield from general
    kinds = [settings, *(with_environment(settings, name) for name in settings.environments)]
    # A rule that the daemon alone decides may be about any line.
    if all(rule.ere is not None or rule.refused for kind in kinds for rule in user_rules(kind)):
        yield "plain", " ".join(plain_entries())
    # Those that begin alike on one line: the natives look one of them up at each exec.
    for _letter, alike in groupby(programs, key=lambda name: name[:1]):
        yield "program", " ".join(alike)
    for name in settings.environments:
        yield "environment", name
        for entry in _settings_entries(with_environment(settings, name), home):
            if entry not in general:
                # So marked, it is told to the daemon too, which has one configuration for all shells.
                yield ("own_mode", entry[1]) if entry[0] == "mode" else entry


def _settings_entries(settings: Settings, home: str) -> Iterator[tuple[str, str]]:
    if settings["trace.log_file"]:
        yield "log_file", str(Path(settings["trace.log_file"]).expanduser())
    yield "capture", settings["privacy.capture"]
    yield "mode", settings["safety.mode"]
    for key, name in (
        ("redact", "privacy.redact"),
        ("env_diff", "trace.env_diff"),
        ("stderr_bytes", "trace.stderr_bytes"),
        ("auto_start", "daemon.auto_start"),
    ):
        yield key, "true" if settings[name] else "false"
    yield "timeout_ms", str(settings["daemon.timeout_ms"])
    for pattern in settings["privacy.redact_patterns"]:
        yield "redact_pattern", str(pattern)
    for rule in user_rules(settings):
        if rule.ere is not None:
            yield "rule", f"{rule.action} {_without_outer_blanks(rule.ere)}"
    for folder, mode in folder_modes(settings, home).items():
        yield "folder", f"{mode} {folder}"


def _without_outer_blanks(ere: str) -> str:
    """The reader trims values; a blank at either end is written as a bracket expression."""
    ere = re.sub(r"^([ \t])", r"[\1]", ere)
    return re.sub(r"(?<!\\)([ \t])$", r"[\1]", ere)


def _identity() -> Iterator[tuple[str, str]]:
    import pwd
    import socket

    try:
        yield "user", pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        pass
    yield "uid", str(os.geteuid())
    yield "host", socket.gethostname()


def file_settings(env: Mapping[str, str], paths: Paths) -> Settings:
    """The settings of the file alone, without this environment's variables."""
    return load_settings({name: env[name] for name in _KEPT_VARIABLES if name in env}, paths)


def write_runtime_conf(settings: Settings, paths: Paths, programs: Iterable[str] | None = None) -> bool:
    """Brings the file up to date; True where it changed. Raises CaroError, OSError."""
    text = compile_text(settings, programs, str(paths.home)).encode("utf-8", "surrogateescape")
    file = paths.runtime_conf
    try:
        if file.read_bytes() == text:
            # Newer than what it was made from: the natives look at that.
            os.utime(file)
            return False
    except OSError:
        pass
    write_private(file, text.decode("utf-8", "surrogateescape"))
    return True


def refresh_runtime_conf(env: Mapping[str, str], paths: Paths, programs: Iterable[str] | None = None) -> bool:
    """write_runtime_conf from the configuration file: what every change of the configuration ends with."""
    return write_runtime_conf(file_settings(env, paths), paths, programs)
