"""The bounds of a shell: what its policy lets run, over and above what the guard says. They only ever tighten.

A command is compared as sudoers(5) compares it: an entry of one word is a program with whatever words follow; an entry
of several is those words, each of which may be a pattern (`*`, `?`, `[…]`), and a last `*` stands for any more.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase

from caro.engine.hidden_code import code_table, keeps_code_of, made_when_it_runs, run_as, steering_variable
from caro.levels import Action
from caro.safety.effects import Effect
from caro.safety.plan import Planned

Entry = tuple[str, ...]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WRITING = frozenset(
    "delete overwrite write_device change_permissions change_owner gain_privilege execute_remote_code"
    " open_reverse_shell send_data persist tamper_audit lose_git_work lose_git_remote destroy_data destroy_resource"
    " disrupt_service break_boot cut_network lower_defence install_untrusted remove_software".split()
)
"""Effects that write or send (safety/effects.py)."""
_SINKS = frozenset({"/dev/null", "/dev/tty", "/dev/stdout", "/dev/stderr", "/dev/full"})
"""What a redirection may write to without anything being kept."""
_MOVES = frozenset({"cd", "pushd", "chdir"})


@dataclass(frozen=True)
class Reads:
    """A program that only reads. `second`: with one of these behind it alone, `skip`: options whose value stands before
    those; `never`: with none of these options, which write or run (`-o` stands for `-oFILE` too)."""

    second: tuple[Entry, ...] = ()
    skip: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Bounds:
    """One layer: a policy file, or `[repl]` of the configuration. None and empty: no bound of that kind."""

    name: str
    allow: tuple[Entry, ...] | None = None
    deny: tuple[Entry, ...] = ()
    confirm: tuple[Entry, ...] = ()
    confirm_all: bool = False
    read_only: bool = False
    reads: tuple[Entry, ...] = ()
    """Commands that the policy's author knows to read alone."""
    folders: tuple[str, ...] = ()
    """Absolute paths."""
    hours: tuple[int, int] | None = None
    """Minutes since midnight, from and to; from above to: over midnight."""
    days: frozenset[int] = frozenset()
    """0 is Monday."""
    until: float | None = None
    """Seconds since the epoch."""
    mode: str = ""


@dataclass(frozen=True)
class Asked:
    """What a policy looks at. `commands` are all simple commands, inner ones too; `cwd` and `home` absolute."""

    commands: tuple[Planned, ...]
    effects: tuple[Effect, ...]
    unread: str = ""
    """Why not all of it could be read; "" where it was."""
    cwd: str | None = None
    home: str = ""
    now: float = 0.0
    reading: Mapping[str, Reads] = field(default_factory=dict)
    text: str = ""
    dialect: str = "bash"
    below: bool = False
    """True if a program of the shell starts it, and no line: a listed one, a prompt, an rc file. What is denied, what
    it would change and when hold for it; lists of what may be typed don't."""


@dataclass(frozen=True)
class Bound:
    """What the bounds ask for, and the sentence that says why; "" where they ask for nothing."""

    action: Action = Action.ALLOW
    reason: str = ""
    key: str = ""
    """What of the policy asks for it, as its file writes that: a key, and the entry of a list."""


FREE = Bound()


def bound_by(layers: Iterable[Bounds], asked: Asked) -> Bound:
    """Return the strictest of what the layers ask for; of equals the first."""
    found = FREE
    if _only_leaves(asked):
        return found
    for layer in layers:
        for bound in _of_layer(layer, asked):
            if bound.action > found.action:
                found = Bound(
                    bound.action, f"{bound.reason} (policy {layer.name})", f"{bound.key}, policy {layer.name}"
                )
    return found


def _only_leaves(asked: Asked) -> bool:
    """True if the line ends the shell, and does nothing else: that is everybody's at any time."""
    commands = asked.commands
    return (
        len(commands) == 1
        and commands[0].words[:1] in (("exit",), ("logout",))
        and not any(map(_is_unknown, commands[0].words))
        and not commands[0].redirects
    )


def _of_layer(layer: Bounds, asked: Asked) -> Iterator[Bound]:
    if reason := _out_of_time(layer, asked.now):
        yield Bound(Action.BLOCK, reason, "hours, days or until")
    says_what_runs = layer.allow is not None or layer.deny or layer.read_only or layer.folders
    if says_what_runs and not asked.below and (unread := asked.unread or _unseen(asked)):
        yield Bound(Action.BLOCK, f"not all of it can be read: {unread}", _bounding_keys(layer))
    if layer.folders and (reason := _out_of_folders(layer.folders, asked)):
        yield Bound(Action.BLOCK, reason, "folders")
    if layer.read_only and (reason := _writes(layer, asked)):
        yield Bound(Action.BLOCK, reason, "read_only")
    for command in asked.commands:
        if layer.allow is not None and not asked.below and (reason := _not_listed(layer.allow, command)):
            yield Bound(Action.BLOCK, reason, "allow")
        if entry := next((each for each in layer.deny if _is_denied(each, command)), None):
            yield Bound(Action.BLOCK, f"`{' '.join(entry)}` is denied", f"deny `{' '.join(entry)}`")
        if entry := next((each for each in layer.confirm if may_be(each, command.words)), None):
            yield Bound(
                Action.CONFIRM, f"`{_short(command)}` is to be confirmed", f"confirm `{' '.join(entry)}`"
            )
    if layer.confirm_all and asked.commands and not asked.below:
        yield Bound(Action.CONFIRM, "every line is to be confirmed", "confirm `all`")


def _bounding_keys(layer: Bounds) -> str:
    """Return the keys that say what may run."""
    said = {"allow": layer.allow is not None, "deny": layer.deny, "read_only": layer.read_only}
    return ", ".join(key for key, says in (said | {"folders": layer.folders}).items() if says)


def _unseen(asked: Asked) -> str:
    """Return what keeps code from us that the line, or a later one, runs."""
    if made := made_when_it_runs(asked.text, asked.dialect):
        return f"{made} runs a text as code"
    return next((f"{name} holds code" for each in asked.commands if (name := code_table(each))), "")


def _is_denied(entry: Entry, command: Planned) -> bool:
    return any(may_be(entry, words) for words in run_as(command.words)) or keeps_code_of(command, entry[0])


def is_listed(entry: Entry, words: tuple[str, ...]) -> bool:
    """True if a command is surely what the entry lists. What can't be known before it runs is nothing that is listed,
    but where any word may stand."""
    if not words:
        return False
    if len(entry) == 1:
        return words[0] == entry[0] or (fnmatchcase(words[0], entry[0]) and not _is_unknown(words[0]))
    head, more = (entry[:-1], True) if entry[-1] == "*" else (entry, False)
    if len(words) < len(head) or (len(words) > len(head) and not more):
        return False
    return all(
        fnmatchcase(word, wanted) and (not _is_unknown(word) or wanted == "*")
        for word, wanted in zip(words, head, strict=False)
    )


def may_be(entry: Entry, words: tuple[str, ...]) -> bool:
    """True if a command may be what the entry names: its words in their order, whatever options stand between them;
    the program by whatever path."""
    if not words:
        return False
    wanted = list(entry[:-1] if len(entry) > 1 and entry[-1] == "*" else entry)
    if not (
        _is_unknown(words[0]) or fnmatchcase(words[0].rsplit("/", 1)[-1], wanted[0]) or words[0] == wanted[0]
    ):
        return False
    letters = {letter for word in words[1:] if _is_letters(word) for letter in word[1:]}
    left = [word for word in wanted[1:] if not (_is_letters(word) and letters.issuperset(word[1:]))]
    for word in words[1:]:
        if left and (fnmatchcase(word, left[0]) or _is_unknown(word)):
            left.pop(0)
    return not left


def _is_letters(word: str) -> bool:
    """True if a word is options of one letter each: `-rf` is `-f -r`."""
    return word.startswith("-") and not word.startswith("--") and word[1:].isalpha()


def _is_unknown(word: str) -> bool:
    """True if a part of the word is known only when it runs: it stands as it is written."""
    return "$" in word or "`" in word


def _not_listed(allow: tuple[Entry, ...], command: Planned) -> str:
    for name in command.assignments:
        if not any(
            len(each) == 1 and fnmatchcase(name, each[0].partition("=")[0] + "=")
            for each in allow
            if "=" in each[0]
        ):
            return f"`{name}` sets a variable that is not listed"
    if target := _kept_in(command):
        return f"`> {target}` writes a file, and only what is listed runs"
    # What an alias stands for is looked at in its place.
    if not command.words or command.alias or any(is_listed(each, command.words) for each in allow):
        return ""
    return f"`{_short(command)}` is not listed"


def _kept_in(command: Planned) -> str:
    """Return the file that a redirection of the command writes; "" where it writes none."""
    for redirect in command.redirects:
        operator = redirect.lstrip("0123456789{}abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
        target = operator.lstrip("&<>|?^ ")
        if ">" not in operator[:3] or (
            operator.startswith((">&", "<&")) and (target.rstrip("-").isdigit() or not target.rstrip("-"))
        ):
            continue
        if target not in _SINKS:
            return target
    return ""


def _out_of_time(layer: Bounds, now: float) -> str:
    if layer.until is not None and now >= layer.until:
        return f"the time of this shell was over at {datetime.fromtimestamp(layer.until):%Y-%m-%d %H:%M}"
    local = datetime.fromtimestamp(now)
    if layer.days and local.weekday() not in layer.days:
        return f"not on a {local:%A}"
    if layer.hours is None:
        return ""
    begin, end = layer.hours
    minute = local.hour * 60 + local.minute
    inside = begin <= minute < end if begin <= end else minute >= begin or minute < end
    return "" if inside else f"not at this hour: from {_clock(begin)} to {_clock(end)} alone"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _out_of_folders(folders: tuple[str, ...], asked: Asked) -> str:
    """Return why the line leaves the folders: it would run outside of them, go there, or change something there."""
    told = ", ".join(folders)
    here = asked.cwd is not None and _is_below(asked.cwd, folders)
    for command in asked.commands:
        moves = bool(command.words) and command.words[0] in _MOVES
        if (
            moves
            and (target := _destination(command.words, asked)) is not None
            and not _is_below(target, folders)
        ):
            return f"`{_short(command)}` leads out of {told}"
        if command.words and not moves and not here and not asked.below:
            return f"it would run outside of {told}"
        written = _kept_in(command)
        if written and not _is_below(_absolute(written, asked), folders):
            return f"{written} lies outside of {told}"
    for effect in asked.effects:
        if (
            effect.name in WRITING
            and _is_path(effect.target)
            and not _is_below(_absolute(effect.target, asked), folders)
        ):
            return f"{effect.target} lies outside of {told}"
    return ""


def _is_path(target: str) -> bool:
    return target.startswith(("/", "~", "./", "../")) or target in (".", "..") or "/../" in target


def _destination(words: tuple[str, ...], asked: Asked) -> str | None:
    """Return where `cd` leads; None where it goes back, to where the next line is judged anew."""
    operands = [word for word in words[1:] if word == "-" or not word.startswith("-")]
    if (operands and operands[0] == "-") or (operands and operands[0].startswith("+")):
        return None if len(asked.commands) == 1 else ""
    return _absolute(operands[0] if operands else "~", asked)


def _absolute(path: str, asked: Asked) -> str:
    """Return the path without links and `..`; "" where it can't be known."""
    if _is_unknown(path):
        return ""
    if path == "~" or path.startswith("~/"):
        path = asked.home + path[1:]
    if not path.startswith("/"):
        if asked.cwd is None or path.startswith("~"):
            return ""
        path = f"{asked.cwd}/{path}"
    return os.path.normpath(path)


def _is_below(path: str, folders: tuple[str, ...]) -> bool:
    return any(path == folder or path.startswith(folder.rstrip("/") + "/") for folder in folders)


def _writes(layer: Bounds, asked: Asked) -> str:
    """Return why the line may write or send something; "" where it surely only reads."""
    for effect in asked.effects:
        if effect.name in WRITING and effect.target not in _SINKS:
            done = f"{effect.program or 'the line'} {effect.name.replace('_', ' ')} {effect.target}"
            return f"it writes or sends: {done.rstrip()}"
    for command in asked.commands:
        if target := _kept_in(command):
            return f"`> {target}` writes a file, and this shell only reads"
        if not asked.below and (name := steering_variable(command)):
            return f"{name} chooses which programs run, and this shell only reads"
        if (
            asked.below
            or not command.words
            or command.alias
            or any(is_listed(each, command.words) for each in layer.reads)
        ):
            continue
        if not only_reads(command.words, asked.reading):
            return f"`{_short(command)}` is not known to only read"
    return ""


def only_reads(words: tuple[str, ...], reading: Mapping[str, Reads]) -> bool:
    """True if the table knows that a command of these words reads, and neither writes nor sends."""
    known = reading.get(words[0])
    if known is None or any(_is_option(word, option) for word in words[1:] for option in known.never):
        return False
    if not known.second or words[1:] in (("--version",), ("--help",)):
        return True
    rest = list(words[1:])
    while rest and rest[0].startswith("-"):
        del rest[: 2 if rest[0] in known.skip else 1]
    return any(rest[: len(second)] == list(second) for second in known.second)


def _is_option(word: str, option: str) -> bool:
    if option.startswith("--"):
        return word == option or word.startswith(option + "=")
    if option.startswith("-") and len(option) == 2:
        return word.startswith("-") and not word.startswith("--") and option[1] in word[1:]
    return word == option or word.startswith(option + "=") or fnmatchcase(word, option)


def _short(command: Planned) -> str:
    text = " ".join(command.words)
    return text if len(text) <= 60 else text[:59] + "…"
