"""runtime.conf: what the native programs need of the configuration, compiled into one file.

`key = value` lines, at most 64 KiB, written atomically; native/lib/base/runtime_conf.c reads it. It is made from the
configuration *file* alone: variables of one shell must not become the rules of all.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from caro.addition import Addition, agents_of
from caro.config_lines import with_lines
from caro.config_write import write_private
from caro.errors import CaroError
from caro.knowledge import Knowledge, Table, shipped
from caro.knowledge.agents import agents
from caro.paths import Paths
from caro.plain import plain_entries
from caro.regular_file import read_text_file
from caro.rule_files import has_rules, rule_files, unread
from caro.settings import Settings, folder_modes, load_settings, own_mode, with_environment

MAX_BYTES = 64 * 1024
HEADER = (
    "# Made by Caro from config.toml: edit that one. `caro config validate` tells what could not be taken.\n"
)
ACTIONS = ("warn", "confirm", "block")
MODE_ORDER = ("off", "passive", "active")
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
    """One pattern of `[safety.commands]` or `[safety] block`."""

    key: str
    pattern: str
    action: str
    ere: str
    """As it stands in runtime.conf."""
    problem: str | None = None
    """What is wrong with it. It holds nevertheless: more widely, or as matching every line."""
    meanwhile: str = ""
    """What holds until it is changed."""


def user_rules(settings: Settings) -> list[UserRule]:
    named = [("safety.block", str(pattern), "block") for pattern in settings["safety.block"]]
    commands = settings["safety.commands"].items()
    named += [("safety.commands", pattern, str(action)) for pattern, action in commands]
    return [_read_rule(*name) for name in named]


def _read_rule(key: str, pattern: str, action: str) -> UserRule:
    """An action that there isn't, and a block whose pattern can't be read, become a question."""
    from caro.ere import read_pattern

    reading = read_pattern(pattern)
    if action not in ACTIONS:
        problem = f"{action!r} is none of {', '.join(ACTIONS)}"
        return UserRule(key, pattern, "confirm", reading.text, problem, "it asks")
    if action == "block" and not reading.readable:
        return UserRule(
            key, pattern, "confirm", reading.text, reading.problem, f"{reading.meanwhile}, and asks"
        )
    return UserRule(key, pattern, action, reading.text, reading.problem, reading.meanwhile)


def redact_patterns(settings: Settings) -> tuple[str, ...]:
    """The user's patterns of secrets as they stand in runtime.conf."""
    patterns = settings["privacy.redact_patterns"]
    if not patterns:
        return ()
    from caro.ere import read_pattern

    return tuple(read_pattern(str(pattern)).text for pattern in patterns)


class PatternProblem(NamedTuple):
    """A pattern that doesn't hold as it is written: its key, what is wrong, what holds meanwhile."""

    key: str
    problem: str
    meanwhile: str

    def __str__(self) -> str:
        return f"{self.key}: {self.problem}; until it is changed, {self.meanwhile}"


def pattern_problems(settings: Settings) -> list[PatternProblem]:
    """Return the faults of all patterns, those of every environment included."""
    found = list(_problems_of(settings))
    for name in settings.environments:
        own = [problem for problem in _problems_of(with_environment(settings, name)) if problem not in found]
        found += [problem._replace(key=f"environments.{name}.{problem.key}") for problem in own]
    return found


def all_problems(settings: Settings, file: Path) -> list[str]:
    """Return what is wrong with the configuration, patterns included, with their lines where those are known."""
    patterns = [str(problem) for problem in pattern_problems(settings)]
    return [*settings.problems, *(with_lines(patterns, file) if patterns else [])]


def _problems_of(settings: Settings) -> Iterator[PatternProblem]:
    for rule in user_rules(settings):
        if rule.problem:
            yield PatternProblem(rule.key, f"{rule.pattern!r}: {rule.problem}", rule.meanwhile)
    key, patterns = "privacy.redact_patterns", [str(one) for one in settings["privacy.redact_patterns"]]
    if not patterns:
        return
    from caro.ere import MATCHES_ALL, read_pattern, secret_patterns

    readings = [(pattern, read_pattern(pattern)) for pattern in patterns]
    for pattern, reading in readings:
        if reading.problem:
            yield PatternProblem(key, f"{pattern!r}: {reading.problem}", reading.meanwhile)
    readable = all(reading.readable for _pattern, reading in readings)
    if readable and secret_patterns(tuple(reading.text for _pattern, reading in readings)) is None:
        yield PatternProblem(key, "too many or too long together", MATCHES_ALL)


def guarded_programs(paths: Paths | None = None, additions: Iterable[Addition] = ()) -> tuple[str, ...]:
    """Return the programs that the guard has a table for: the exec gate asks the daemon about these alone.

    `additions` bring theirs. With `paths` those of the user's own rules too, also of a file that the guard refuses for
    another fault in it: to ask about one program more does no harm.
    """
    known = shipped().view(_guarded_programs)
    own = {name for file in rule_files(paths, "safety") for name in _own_programs(file)} if paths else set()
    own.update(name for addition in additions for name in _added_programs(addition))
    return tuple(sorted({*known, *filter(_can_be_looked_up, own)})) if own else known


def _own_programs(file: Path) -> list[str]:
    """Return the programs that a file of the user's describes; none where it can't be read."""
    import tomllib

    try:
        programs = {} if unread(file) else tomllib.loads(read_text_file(file)).get("program", {})
        return [str(name) for name in _names_in(programs)]
    except (OSError, ValueError, TypeError, AttributeError):
        return []  # `caro check` and the daemon's log name it


def _added_programs(addition: Addition) -> Iterator[str]:
    """Give the programs that a plugin, a project or a policy describes."""
    import tomllib

    tables: list[Any] = [addition.table.get("program", {})]
    for _name, data in addition.toml("safety"):
        with contextlib.suppress(ValueError, AttributeError):
            tables.append(tomllib.loads(data.decode("utf-8")).get("program", {}))
    for table in tables:
        with contextlib.suppress(TypeError, AttributeError):
            yield from map(str, _names_in(table))


def speaks_of_any_line(addition: Addition) -> bool:
    """True if it has rules of the guard: no line is then too plain to be asked about."""
    safety = addition.table.get("safety", {})
    inline = any(addition.table.get(key) for key in ("rule", "program", "environments"))
    ruled = bool(safety.get("block") or safety.get("commands"))
    return inline or ruled or any(True for _ in addition.toml("safety"))


def has_rule_programs(settings: Settings) -> bool:
    """True if the program of a plugin may have something to say of any line; a Python one tells its hooks itself."""
    manifests = {one.name: one.table["executable"] for one in settings.additions if one.program}
    return any(
        "rule" in manifests[name].get("hooks", ()) if name in manifests else True
        for name in settings["plugins.enabled"]
    )


def _can_be_looked_up(name: str) -> bool:
    return not set(name) & set(" /\n")


def _guarded_programs(knowledge: Knowledge) -> tuple[str, ...]:
    names = set[str]()
    for document in knowledge.documents("safety/programs"):
        names.update(_names_in(document.table))
    # What changes who runs a command, or where; the rest only hands it on, and it is met again below.
    wrappers = knowledge.table("safety/wrappers")
    names.update(_names_in({name: table for name, table in wrappers.items() if table.get("marks")}))
    return tuple(sorted(filter(_can_be_looked_up, names)))


def _names_in(table: Table) -> Iterator[str]:
    for name, entry in table.items():
        yield from (name, *entry.get("same_as", ()))


def compile_text(
    settings: Settings, programs: Iterable[str] | None = None, home: str = "", plain: bool = True
) -> str:
    """Return the file's text. Raises CaroError above 64 KiB.

    `programs` None: those of the guard. With `plain` False no line counts as one that no rule can object to.
    """
    programs = guarded_programs() if programs is None else programs
    lines = [
        f"{key} = {value}" for key, value in _entries(settings, programs, home, plain) if "\n" not in value
    ]
    text = HEADER + "".join(line + "\n" for line in lines)
    if len(text.encode("utf-8", "surrogateescape")) > MAX_BYTES:
        raise CaroError("the rules and patterns of config.toml make more than 64 KiB: remove some")
    return text


def _entries(
    settings: Settings, programs: Iterable[str], home: str, plain: bool
) -> Iterator[tuple[str, str]]:
    general = list(_settings_entries(settings, home))
    yield from _identity()
    yield from general
    if plain:
        yield "plain", " ".join(plain_entries())
    for name, agent in added_agents(settings).items():
        yield from (("agent", f"{variable} {name}") for variable in agent.get("variables", ()))
    # Those that begin alike on one line: the natives look one of them up at each exec.
    for _letter, alike in groupby(programs, key=lambda name: name[:1]):
        yield "program", " ".join(alike)
    for name in settings.environments:
        yield "environment", name
        there = with_environment(settings, name)
        if (mode := own_mode(there, name)) is not None:
            # So marked, it is told to the daemon too, which has one configuration for all shells.
            yield "own_mode", mode
        yield from (entry for entry in _settings_entries(there, home) if entry not in general)


def added_agents(settings: Settings) -> Mapping[str, Mapping[str, Any]]:
    """Return the agents that plugins name; none where an agent's mode is milder than a person's anywhere: whose a
    shell is would then loosen what holds in it."""
    order = MODE_ORDER.index
    everywhere = (settings, *(with_environment(settings, name) for name in settings.environments))
    milder = any(order(one["safety.agent_mode"]) < order(one["safety.mode"]) for one in everywhere)
    named: Mapping[str, Mapping[str, Any]] = {} if milder else agents_of(settings.additions)
    return {name: table for name, table in named.items() if name not in agents().by_name} if named else {}


def _settings_entries(settings: Settings, home: str) -> Iterator[tuple[str, str]]:
    if settings["trace.log_file"]:
        yield "log_file", str(Path(settings["trace.log_file"]).expanduser())
    yield "capture", settings["privacy.capture"]
    yield "mode", settings["safety.mode"]
    if settings.mode_until is not None:
        yield "mode_until", f"{settings.mode_until.end} {settings.mode_until.then}"
    yield "agent_mode", settings["safety.agent_mode"]
    for key, name in (
        ("redact", "privacy.redact"),
        ("env_diff", "trace.env_diff"),
        ("stderr_bytes", "trace.stderr_bytes"),
        ("auto_start", "daemon.auto_start"),
    ):
        yield key, "true" if settings[name] else "false"
    yield "timeout_ms", str(settings["daemon.timeout_ms"])
    for pattern in redact_patterns(settings):
        yield "redact_pattern", pattern
    for rule in user_rules(settings):
        yield "rule", f"{rule.action} {rule.ere}"
    for folder, mode in folder_modes(settings, home).items():
        yield "folder", f"{mode} {folder}"


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
    """Bring the file up to date, and the last good configuration too; True where it changed. Raises CaroError,
    OSError."""
    _keep_last_good(settings)
    # Rules of the user's may speak of any line; a fault in the configuration is told with the next one.
    ruled = has_rules(paths, "safety") or any(map(speaks_of_any_line, settings.additions))
    ruled = ruled or has_rule_programs(settings)
    plain = not ruled and not settings.problems
    programs = guarded_programs(paths, settings.additions) if programs is None else programs
    text = compile_text(settings, programs, str(paths.home), plain).encode("utf-8", "surrogateescape")
    file = paths.runtime_conf
    try:
        if file.read_bytes() == text:
            # Newer than what it was made from: the natives look at that.
            with contextlib.suppress(OSError):
                os.utime(file)
            return False
    except OSError:
        pass
    write_private(file, text.decode("utf-8", "surrogateescape"))
    return True


def _keep_last_good(settings: Settings) -> None:
    """Keep the configuration where nothing is wrong with it; without one, keep none."""
    text, good = settings.good_text, settings.good_file
    if good is None:
        return
    if text:
        if not good.exists() or good.read_bytes() != text.encode("utf-8"):
            write_private(good, text)
    elif text is not None:
        good.unlink(missing_ok=True)


def refresh_runtime_conf(env: Mapping[str, str], paths: Paths) -> bool:
    """write_runtime_conf from the configuration file: what every change of the configuration ends with."""
    return write_runtime_conf(file_settings(env, paths), paths)
