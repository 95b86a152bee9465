"""This machine's side: its files as operations, and what all agree on as its files."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caro.atomic import write_whole
from caro.config_write import set_values
from caro.errors import CaroError
from caro.paths import Paths
from caro.redact.in_c import lines_redactor
from caro.redact.redact import redact_text
from caro.regular_file import read_text_file
from caro.rule_files import PARTS, rule_files, unread
from caro.settings import BY_NAME, Settings, config_file, why_invalid
from caro.sync.keys import is_looser, is_protective, is_shared
from caro.sync.operations import LEARN, LINE, MOST_USES, RULE, SET, USE, Operation, Replica, Rule
from caro.sync.state import State
from caro.sync.weaker import protects_less

if TYPE_CHECKING:
    from caro.model import Event

_CONFLICT = ".conflict-"
MOST_RULES = 1 << 20
OFTEN, MOST_USED, LONGEST = 3, 2000, 1000
"""How often a line was typed that is counted for other machines; how many lines at most, of how many characters."""
NOT_FOUND = 127


class Machine:
    """The files of one user that are shared."""

    def __init__(self, paths: Paths, env: Mapping[str, str], settings: Settings, log: Path) -> None:
        self._paths, self._settings, self._log = paths, settings, log
        self._config = config_file(env, paths)

    # ---- what this machine has to say ----

    def gather(self, state: State, replica: Replica) -> list[Operation]:
        """Return what was changed here since the last look, and remember that it was looked at."""
        made = [
            *self._changed_settings(state, replica),
            *self._changed_rules(state, replica),
            *self._learned(state, replica),
            *self._used(state, replica),
            *self._typed(state, replica),
        ]
        for operation in made:
            replica.take(operation)
        return made

    def settings(self) -> dict[str, Any]:
        """Return the shared keys that config.toml sets. Raises CaroError where it can't be read: an empty one would
        say that everything was unset."""
        try:
            document = tomllib.loads(read_text_file(self._config)) if self._config.exists() else {}
        except (OSError, ValueError) as error:
            raise CaroError(
                f"{self._config}: {error}; mend it with `caro config edit`, then sync again"
            ) from None
        found = {
            f"{section}.{key}": value
            for section, table in document.items()
            if isinstance(table, dict)
            for key, value in table.items()
        }
        return {
            key: value
            for key, value in found.items()
            if is_shared(key) and why_invalid(BY_NAME[key], value) is None
        }

    def _changed_settings(self, state: State, replica: Replica) -> Iterator[Operation]:
        current = self.settings()
        for key in sorted({*current, *state.base}):
            if current.get(key) != state.base.get(key):
                yield Operation(SET, key, replica.next_clock(_now()), state.name, current.get(key))
        state.base = current

    def _changed_rules(self, state: State, replica: Replica) -> Iterator[Operation]:
        texts = self._rule_texts()
        for name in sorted({*texts, *state.rules}):
            version, text = state.rules.get(name, ""), texts.get(name)
            known = replica.rule_text(_rule_of(name), version) if version else None
            if text == known or (_CONFLICT in name and text is not None):
                continue
            parents = (version,) if version else ()
            clock = replica.next_clock(_now())
            said = json.dumps([name, text, clock, state.name, parents])
            fresh = hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:24]
            yield Operation(RULE, _rule_of(name), clock, state.name, text, fresh, parents)
            if text is None:
                state.rules.pop(name, None)
            else:
                state.rules[name] = fresh

    def _rule_texts(self) -> dict[str, str]:
        found = {}
        for part in PARTS:
            for file in rule_files(self._paths, part):
                if not unread(file) and file.stat().st_size <= MOST_RULES:
                    found[f"{part}/{file.name}"] = read_text_file(file)
        return found

    def _learned(self, state: State, replica: Replica) -> Iterator[Operation]:
        own, foreign = replica.learned_by(state.name), set(state.learned)
        counts: dict[str, int] = {}
        for failed, fixed, project, refused in self._corrections():
            key = json.dumps([redact_text(failed), redact_text(fixed), bool(refused)])
            if project or key not in foreign:
                counts[key] = counts.get(key, 0) + 1
        for key, count in sorted(counts.items()):
            if count > own.get(key, 0):
                yield Operation(LEARN, key, replica.next_clock(_now()), state.name, count)

    def _corrections(self) -> list[tuple[str, str, str, int]]:
        file = self._paths.corrections_db
        if not file.exists():
            return []
        try:
            connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=1)
            try:
                return connection.execute(
                    "SELECT failed, fixed, project, refused FROM corrections"
                ).fetchall()
            finally:
                connection.close()
        except sqlite3.Error:
            return []

    def _used(self, state: State, replica: Replica) -> Iterator[Operation]:
        """How often the record has the lines that are typed again and again, where that is shared; one that the record
        has no more, or that is shared no more, is taken back."""
        own = replica.used_by(state.name)
        counts = self._counts() if self._settings["sync.suggestions"] else Counter[str]()
        often = {text: count for text, count in counts.most_common(MOST_USED) if count >= OFTEN}
        for text, count in sorted(often.items()):
            if count > own.get(text, 0) and self._may_share(text):
                value = {"text": text, "count": min(count, MOST_USES)}
                yield Operation(USE, _use_key(text), replica.next_clock(_now()), state.name, value)
        for text in sorted(own):
            if text not in counts:
                yield Operation(USE, _use_key(text), replica.next_clock(_now()), state.name)

    def _counts(self) -> Counter[str]:
        from caro.record.reader import read_events

        typed = (each for each in read_events(self._log) if self._is_shared_line(each))
        return Counter(each.text for each in typed if each.text and each.exit_code != NOT_FOUND)

    def _may_share(self, text: str) -> bool:
        patterns = tuple(self._settings["privacy.redact_patterns"])
        return len(text) <= LONGEST and text.isprintable() and redact_text(text, patterns) == text

    def _is_shared_line(self, event: Event) -> bool:
        from caro.record.query import is_kept_back, is_typed

        return is_typed(event) and not (self._settings["privacy.ignore_space"] and is_kept_back(event))

    def _typed(self, state: State, replica: Replica) -> Iterator[Operation]:
        """The typed lines, where history is shared: redacted once more, without folders, which are another's there."""
        if not self._settings["sync.history"]:
            return
        from caro.record.reader import read_events

        known = replica.lines()
        patterns = tuple(self._settings["privacy.redact_patterns"])
        for event in read_events(self._log):
            if self._is_shared_line(event) and event.text and event.id not in known:
                text = redact_text(event.text, patterns)
                value = {"text": text, "ts": event.ts, "exit": event.exit_code, "host": event.host}
                yield Operation(LINE, event.id, replica.next_clock(_now()), state.name, value)

    # ---- what all agree on ----

    def apply(self, state: State, replica: Replica) -> list[str]:
        """Write what all agree on into this machine's files; return a sentence for each change. What would protect
        less is left, and stands in `state.asked`."""
        changes = [*self._apply_settings(state, replica), *self._apply_rules(state, replica)]
        if learned := self._apply_learned(state, replica):
            changes.append(f"{learned} corrections learned elsewhere")
        if used := self._apply_used(state, replica):
            changes.append(f"{used} lines that are typed often elsewhere")
        if lines := self._apply_lines(state, replica):
            changes.append(f"{lines} lines typed elsewhere")
        return changes

    def _apply_settings(self, state: State, replica: Replica) -> Iterator[str]:
        current, names = self.settings(), state.devices.names
        agreed, latest, own = replica.settings(names), replica.latest(names), replica.said_by(state.name)
        wanted = {}
        for key, value in sorted(agreed.items()):
            fits = is_shared(key) and (value is None or why_invalid(BY_NAME[key], value) is None)
            # What was said here needs no second answer.
            may = not is_looser(key, value, current.get(key)) or (key in own and own[key] == value)
            if fits and may and value != current.get(key):
                wanted[key] = value
        if wanted:
            set_values(self._config, wanted)
        state.base = self.settings()
        state.asked = [
            key for key, value in sorted(latest.items())
            if is_shared(key) and is_protective(key) and is_looser(key, value, state.base.get(key))
            and not (key in own and own[key] == value)
        ]  # fmt: skip
        for key, value in wanted.items():
            yield f"{key} = {value}" if value is not None else f"{key} is no longer set"

    def _apply_rules(self, state: State, replica: Replica) -> Iterator[str]:
        wanted = {_file_name(rule): rule for rule in replica.rules() if _is_rule_name(rule.name)}
        for name, rule in wanted.items():
            file = self._paths.rules / name
            if state.rules.get(name) == rule.version:
                continue
            here = read_text_file(file) if file.exists() else ""
            if _is_of_guard(name) and protects_less(here, rule.text):
                _ask(state, name)
                continue
            if not file.exists() or here != rule.text:
                self._write_rule(name, rule.text)
                yield f"rules {name}" + (
                    f", as {rule.conflict} has it: join the two by hand" if rule.conflict else ""
                )
            state.rules[name] = rule.version
        yield from self._apply_removed(state, replica, wanted)

    def _write_rule(self, name: str, text: str) -> None:
        file = self._paths.rules / name
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(file, text.encode("utf-8", "surrogateescape"))

    def _apply_removed(self, state: State, replica: Replica, wanted: Mapping[str, Rule]) -> Iterator[str]:
        """A rule that is gone elsewhere protects here until somebody here says so; of a conflict that was joined the
        other version goes, unless somebody changed it here or it protects from more than what it was joined to."""
        texts = self._rule_texts()
        for name, text in texts.items():
            if _CONFLICT not in name or name in wanted or not replica.is_version(_rule_of(name), text):
                continue
            if _is_of_guard(name) and protects_less(text, texts.get(_rule_of(name), "")):
                _ask(state, name)
                continue
            (self._paths.rules / name).unlink(missing_ok=True)
            yield f"rules {name} are joined"
        for name in [name for name in state.rules if name not in wanted]:
            if _CONFLICT in name:
                del state.rules[name]
            else:
                _ask(state, name)

    def _apply_learned(self, state: State, replica: Replica) -> int:
        from caro.machine.corrections import Corrections

        have = {
            json.dumps([redact_text(failed), redact_text(fixed), bool(refused)])
            for failed, fixed, _, refused in self._corrections()
        }
        store, count = Corrections(self._paths.corrections_db), 0
        for key in sorted(set(replica.learned()) - have - set(state.learned)):
            failed, fixed, refused = json.loads(key)
            if store.learn(str(failed), str(fixed), "", bool(refused)):
                state.learned.append(key)
                count += 1
        return count

    def _apply_used(self, state: State, replica: Replica) -> int:
        """Keep what the others type often; where whole lines are shared those say it already."""
        from caro.record.counted import read_counted, write_counted

        wanted = self._settings["sync.suggestions"] and not self._settings["sync.history"]
        counts = replica.used_elsewhere(state.name, state.devices.names) if wanted else {}
        known = {each.text: each.count for each in read_counted(self._paths.counted)}
        if counts != known:
            write_counted(self._paths.counted, counts)
        return len(counts.keys() - known.keys())

    def _apply_lines(self, state: State, replica: Replica) -> int:
        if not self._settings["sync.history"]:
            return 0
        from caro.record.history_files import Typed
        from caro.record.imported import Import
        from caro.record.times import ts_seconds

        others = [
            Typed(
                str(value["text"]),
                ts_seconds(str(value["ts"])),
                None,
                value.get("exit"),
                host=value.get("host"),
            )
            for value in replica.lines_of_others(state.name).values()
        ]
        if not others:
            return 0
        with Import(self._paths.imported, lines_redactor()) as into:
            return into.take("caro", others).imported

    def accept(self, key: str, state: State, replica: Replica) -> None:
        """Take over what others loosened. Raises CaroError where it is not asked about."""
        if key not in state.asked:
            raise CaroError(f"{key} is not waiting for an answer; `caro sync status` lists what is")
        state.asked.remove(key)
        if key.startswith("rules/"):
            self._accept_rule(key.removeprefix("rules/"), state, replica)
            return
        value = replica.latest(state.devices.names)[key]
        set_values(self._config, {key: value})
        operation = Operation(SET, key, replica.next_clock(_now()), state.name, value)
        replica.take(operation)
        state.outgoing.append(operation)
        state.base = self.settings()

    def _accept_rule(self, name: str, state: State, replica: Replica) -> None:
        newer = next((rule for rule in replica.rules() if _file_name(rule) == name), None)
        if newer is not None:
            self._write_rule(name, newer.text)
            state.rules[name] = newer.version
        else:
            (self._paths.rules / name).unlink(missing_ok=True)
            state.rules.pop(name, None)


def _ask(state: State, name: str) -> None:
    if f"rules/{name}" not in state.asked:
        state.asked.append(f"rules/{name}")


def _is_of_guard(name: str) -> bool:
    return name.startswith("safety/")


def _use_key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _now() -> int:
    return time.time_ns() // 1_000_000


def _file_name(rule: Rule) -> str:
    if not rule.conflict:
        return rule.name
    stem, dot, suffix = rule.name.rpartition(".")
    return f"{stem}{_CONFLICT}{rule.conflict}{dot}{suffix}"


def _rule_of(name: str) -> str:
    """Return the name of the rules that a file holds a version of."""
    before, mark, after = name.partition(_CONFLICT)
    return before + os.path.splitext(after)[1] if mark else name


def _is_rule_name(name: str) -> bool:
    """True for `PART/NAME.toml` and nothing that leads elsewhere."""
    part, _, file = name.partition("/")
    return (
        part in PARTS
        and file.endswith(".toml")
        and "/" not in file
        and not file.startswith(".")
        and "\0" not in file
    )
