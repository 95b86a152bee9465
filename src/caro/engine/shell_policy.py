"""Policies of a shell: reads them from a file or from `[repl]`, keeps what a shell began with, and tightens decisions.

A shell that has one carries `CARO_POLICY`, the path of a copy that was made when it began: hooks, gates and agents
below it ask with that variable, and what the person's own file says later changes nothing for a shell that runs.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caro.errors import CaroError
from caro.levels import Action
from caro.regular_file import read_text_file

if TYPE_CHECKING:
    from caro.engine.bounds import Bounds, Entry, Reads
    from caro.engine.decision import Decision
    from caro.engine.question import Question
    from caro.knowledge import Knowledge
    from caro.paths import Paths
    from caro.safety.world import World
    from caro.settings import Settings

VARIABLE = "CARO_POLICY"
KEYS = (
    "allow",
    "deny",
    "confirm",
    "read_only",
    "reads",
    "folders",
    "hours",
    "days",
    "until",
    "minutes",
    "mode",
    "name",
)
IN_SETTINGS = (
    "repl.allow", "repl.deny", "repl.confirm", "repl.read_only", "repl.reads", "repl.folders", "repl.hours",
    "repl.days", "repl.minutes",
)  # fmt: skip
MOST_ENTRIES = 2000
_HOURS = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\s*-\s*([01]?\d|2[0-4]):([0-5]\d)")
_SECONDS_OF_A_COPY = 31 * 24 * 3600


class PolicyError(CaroError):
    """A policy that can't be read in full: nothing runs by half of one."""


def read_policy_file(path: str, home: str, now: float) -> Bounds:
    """Return the bounds that a file (TOML) asks for. Raises PolicyError with one sentence."""
    import tomllib

    try:
        document = tomllib.loads(read_text_file(path))
    except (OSError, ValueError) as error:
        raise PolicyError(
            f"the policy {path} can't be read: {getattr(error, 'strerror', None) or error}"
        ) from error
    return bounds_of(document, os.path.basename(path), home, now)


def bounds_of(document: Mapping[str, Any], name: str, home: str, now: float) -> Bounds:
    """Return the bounds of a table. Raises PolicyError on what no key is, and on a value that doesn't fit."""
    from caro.engine.bounds import Bounds

    for key in document:
        if key not in KEYS:
            raise PolicyError(f"the policy {name} has a key that there is not: {key}{_near(key)}")
    confirm = document.get("confirm", [])
    bounds = Bounds(
        _text(document, "name", name, name),
        _entries(document["allow"], "allow", name) if "allow" in document else None,
        _entries(document.get("deny", []), "deny", name),
        () if confirm == "all" else _entries(confirm, "confirm", name),
        confirm == "all",
        _flag(document, "read_only", name),
        _entries(document.get("reads", []), "reads", name),
        _folders(document.get("folders", []), home, name),
        _hours(document.get("hours", ""), name),
        _days(document.get("days", []), name),
        _until(document, name, now),
        _text(document, "mode", name, ""),
    )
    if bounds.mode not in ("", "off", "passive", "active"):
        raise PolicyError(f"the policy {name}: mode is {bounds.mode!r}, none of off, passive, active")
    return bounds


def policy_of_settings(settings: Settings, home: str, now: float) -> Bounds | None:
    """Return what `[repl]` asks for; None where it asks for nothing. Raises PolicyError."""
    document = {name.removeprefix("repl."): settings[name] for name in IN_SETTINGS if settings[name]}
    if document.get("confirm") == ["all"]:
        document["confirm"] = "all"
    faults = [problem for problem in settings.problems if "repl" in problem.partition(":")[0].split(".")]
    if faults:
        raise PolicyError(f"[repl] can't be read: {faults[0]}")
    return bounds_of(document, "[repl]", home, now) if document else None


def begin(layers: list[Bounds], paths: Paths) -> str:
    """Keep a copy of the bounds for a shell that begins; return its path, the value of `CARO_POLICY`. Raises
    PolicyError where it can't be kept: then no shell begins."""
    import secrets

    from caro.config_write import write_private

    folder = paths.state / "policies"
    file = folder / f"{secrets.token_hex(8)}.json"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _forget_old(folder)
        write_private(file, json.dumps({"v": 1, "layers": [_as_json(layer) for layer in layers]}))
    except OSError as error:
        raise PolicyError(
            f"the policy can't be kept in {folder}: {error.strerror}; no shell begins without it"
        ) from error
    return str(file)


def _forget_old(folder: Path) -> None:
    """Remove copies whose shells are long gone."""
    for file in folder.glob("*.json"):
        with contextlib.suppress(OSError):
            if time.time() - file.stat().st_mtime > _SECONDS_OF_A_COPY:
                file.unlink()


def _as_json(layer: Bounds) -> dict[str, Any]:
    return asdict(layer) | {"days": sorted(layer.days)}


def layers_of(path: str) -> tuple[Bounds, ...]:
    """Return the bounds that a shell began with. Raises PolicyError where its copy is gone or damaged."""
    try:
        status = os.stat(path)
        return _layers(path, status.st_mtime_ns, status.st_size, status.st_ino)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise PolicyError(
            "the policy of this shell can't be read any more, so nothing runs in it: end it"
        ) from error


@cache
def _layers(path: str, _mtime: int, _size: int, _inode: int) -> tuple[Bounds, ...]:
    from caro.engine.bounds import Bounds

    found = []
    for layer in json.loads(read_text_file(path))["layers"]:
        fields = {key: tuple(value) if isinstance(value, list) else value for key, value in layer.items()}
        for key in ("allow", "deny", "confirm", "reads"):
            fields[key] = None if fields[key] is None else tuple(tuple(entry) for entry in fields[key])
        found.append(Bounds(**fields | {"days": frozenset(fields["days"])}))
    if not found:
        raise ValueError(path)
    return tuple(found)


def strictest_mode(env: Mapping[str, str]) -> str | None:
    """Return the mode that the shell's policy asks for at least; None where it asks for none."""
    if VARIABLE not in env:
        return None
    try:
        modes = [layer.mode for layer in layers_of(env[VARIABLE]) if layer.mode]
    except PolicyError:
        return None  # nothing runs: `tightened` says so
    return max(modes, key=("off", "passive", "active").index, default=None)


def tightened(decision: Decision, question: Question, world: World, knowledge: Knowledge) -> Decision:
    """Return the decision as the policy of the asking shell makes it: at least as strict."""
    path = question.env.get(VARIABLE)
    if path is None:
        return decision
    from caro.engine.bounds import Bound, bound_by

    try:
        bound = bound_by(layers_of(path), _asked(decision, question, world, knowledge))
    except PolicyError as error:
        bound = Bound(Action.BLOCK, str(error))
    if bound.action is Action.ALLOW or bound.action < decision.action:
        return decision
    return replace(
        decision,
        action=bound.action,
        rules=("policy", *decision.rules),
        reason=bound.reason,
        instead="",
        transform=None,
        decided_by=f"the policy of this shell{bound.key and f' ({bound.key})'}",
        final=decision.final or bound.action is Action.BLOCK,
    )


def _asked(decision: Decision, question: Question, world: World, knowledge: Knowledge) -> Any:
    from caro.engine.bounds import Asked
    from caro.safety.plan import Planned, plan_text

    words, assessment = question.words, decision.assessment
    assert assessment is not None
    problems = list(assessment.problems)
    if isinstance(words, str):
        commands: list[Planned] = []
        for statement in plan_text(words, world, question.syntax, knowledge):
            commands += _all_of(statement.commands)
            problems += statement.problems
    else:
        from caro.safety.values import shown

        commands = [Planned("", tuple(map(shown, each))) for each in assessment.commands] or [
            Planned("", tuple(words))
        ]
    if question.cut:
        problems.append("its beginning alone is known")
    return Asked(
        tuple(commands),
        tuple(finding.effect for finding in assessment.findings),
        "; ".join(dict.fromkeys(problems)),
        question.cwd,
        world.home or "",
        time.time(),
        reading_programs(),
        words if isinstance(words, str) else "",
        question.syntax,
        not isinstance(words, str),
    )


def _all_of(commands: list[Any]) -> list[Any]:
    return [
        each for command in commands for each in (command, *_all_of(command.inner), *_all_of(command.body))
    ]


@cache
def reading_programs() -> Mapping[str, Reads]:
    """Return the programs that only read, by name (reading.toml)."""
    import tomllib

    from caro.engine.bounds import Reads

    document = tomllib.loads((Path(__file__).parent / "reading.toml").read_text("utf-8"))
    found = dict.fromkeys(str(document.pop("programs")).split(), Reads())
    for name, table in document.items():
        second = tuple(tuple(words.split()) for words in table.get("second", []))
        found[name] = Reads(second, frozenset(table.get("skip", [])), frozenset(table.get("never", [])))
    return found


# -- values of a policy's keys


def _near(key: str) -> str:
    import difflib

    near = difflib.get_close_matches(key, KEYS, n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


def _text(document: Mapping[str, Any], key: str, name: str, default: str) -> str:
    value = document.get(key, default)
    if not isinstance(value, str):
        raise PolicyError(f"the policy {name}: {key} is {value!r}, not a text")
    return value


def _flag(document: Mapping[str, Any], key: str, name: str) -> bool:
    value = document.get(key, False)
    if not isinstance(value, bool):
        raise PolicyError(f"the policy {name}: {key} is {value!r}, neither true nor false")
    return value


def _texts(value: object, key: str, name: str) -> list[str]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
        raise PolicyError(f"the policy {name}: {key} is {value!r}, not a list of texts")
    if len(texts) > MOST_ENTRIES:
        raise PolicyError(f"the policy {name}: {key} has more than {MOST_ENTRIES} entries")
    return texts


def _entries(value: object, key: str, name: str) -> tuple[Entry, ...]:
    import shlex

    try:
        return tuple(tuple(shlex.split(text)) for text in _texts(value, key, name))
    except ValueError as error:
        raise PolicyError(f"the policy {name}: {key} has a quote that never closes") from error


def _folders(value: object, home: str, name: str) -> tuple[str, ...]:
    folders = []
    for text in _texts(value, "folders", name):
        place = home + text[1:] if text == "~" or text.startswith("~/") else text
        if not os.path.isabs(place):
            raise PolicyError(f"the policy {name}: folders has {text!r}, which is no absolute path")
        folders.append(os.path.realpath(place))
    return tuple(folders)


def _hours(value: object, name: str) -> tuple[int, int] | None:
    if value == "":
        return None
    match = _HOURS.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise PolicyError(f"the policy {name}: hours is {value!r}, not like '09:00-17:30'")
    begin, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    return begin, end


def _days(value: object, name: str) -> frozenset[int]:
    from caro.engine.bounds import DAYS

    found: set[int] = set()
    for text in _texts(value, "days", name):
        first, dash, last = (part.strip().lower()[:3] for part in text.partition("-"))
        if first not in DAYS or (dash and last not in DAYS):
            raise PolicyError(f"the policy {name}: days has {text!r}, not like 'mon' or 'mon-fri'")
        begin = DAYS.index(first)
        length = (DAYS.index(last) - begin) % 7 if dash else 0
        found |= {(begin + step) % 7 for step in range(length + 1)}
    return frozenset(found)


def _until(document: Mapping[str, Any], name: str, now: float) -> float | None:
    """Return when the shell's time is over: `until`, or `minutes` from now, whichever is first."""
    ends = []
    value = document.get("until", "")
    if value not in ("", None):
        ends.append(_moment(value, name))
    minutes = document.get("minutes", 0)
    if (
        isinstance(minutes, bool)
        or not isinstance(minutes, int | float)
        or minutes < 0
        or not math.isfinite(minutes)
    ):
        raise PolicyError(f"the policy {name}: minutes is {minutes!r}, not a number of minutes")
    if minutes:
        ends.append(now + minutes * 60)
    return min(ends, default=None)


def _moment(value: object, name: str) -> float:
    try:
        if isinstance(value, str):
            return datetime.fromisoformat(value).timestamp()
        if isinstance(value, datetime):
            return value.timestamp()
        if isinstance(value, date):
            return datetime(value.year, value.month, value.day).timestamp()
    except (ValueError, OverflowError, OSError):
        pass
    raise PolicyError(f"the policy {name}: until is {value!r}, not like 2027-01-31 or 2027-01-31T18:00")
